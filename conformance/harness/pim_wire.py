# SPDX-License-Identifier: GPL-2.0-only
"""The judge's own decoder of PIM, over IPv4 and IPv6; see ``wire``.

    | version, type | flags | checksum | ...                                     RFC 7761 4.9, RFC 9436 4
"""

from __future__ import annotations

import dataclasses
import socket
import struct
from typing import Any

from .message import Message
from .octets import internet_checksum, upper_layer_checksum
from .pim_message import KINDS, PROTO_PIM, Candidate, Entry, Pim, Range

REGISTER, REGISTER_HEAD = 1, 8
HOLDTIME, LAN_PRUNE_DELAY, DR_PRIORITY, GENERATION_ID, STATE_REFRESH, ADDRESS_LIST = 1, 2, 19, 20, 21, 24
_SIZES = {1: 4, 2: 16}


class _Cut(Exception):
    """The message ends before it should, or has an address of an unknown kind."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise _Cut(f"cut at octet {len(self.data)}")
        self.at += size
        return self.data[self.at - size : self.at]

    def unpack(self, form: str) -> tuple[Any, ...]:
        return struct.unpack("!" + form, self.take(struct.calcsize("!" + form)))

    def address(self, family: int, encoding: int) -> str:
        size = _SIZES.get(family)
        if size is None or encoding != 0:
            raise _Cut(f"address family {family}, encoding {encoding}")
        octets = self.take(size)
        return socket.inet_ntop(socket.AF_INET if size == 4 else socket.AF_INET6, octets)

    def unicast(self) -> str:
        return self.address(*self.unpack("BB"))

    def group(self) -> tuple[str, int, int]:
        """Address, mask length, flags."""
        family, encoding, flags, length = self.unpack("BBBB")
        return self.address(family, encoding), length, flags

    @property
    def rest(self) -> bytes:
        return self.data[self.at :]


def decode_pim(message: Message, addresses: bytes = b"") -> None:
    """Of ``message.payload``. addresses: source and destination of IPv6."""
    data = message.payload
    message.kind = "pim"
    if len(data) < 4:
        message.pim = Pim(size=len(data))
        message.problems.append(f"PIM message of {len(data)} octets")
        return
    pim = Pim(version=data[0] >> 4, type=data[0] & 15, flags=data[1], size=len(data))
    message.type, message.code = pim.type, pim.flags
    whole_ok = _checksum_ok(data, addresses)
    message.checksum_ok = whole_ok
    if pim.type == REGISTER:
        message.checksum_ok = _checksum_ok(data[:REGISTER_HEAD], addresses)
        pim = dataclasses.replace(pim, whole_checksum_ok=whole_ok)
    if not message.checksum_ok:
        message.problems.append("PIM checksum is wrong")
    if pim.version == 2 and pim.type < len(KINDS):
        message.kind = KINDS[pim.type]
        reader = _Reader(data)
        reader.at = 4
        try:
            pim = dataclasses.replace(pim, **_DECODERS[message.kind](reader, message))
            message.extra = reader.rest
        except _Cut as error:
            message.problems.append(str(error))
    message.pim = pim


def _checksum_ok(data: bytes, addresses: bytes) -> bool:
    if not addresses:
        return internet_checksum(data) == 0
    return upper_layer_checksum(addresses[:16], addresses[16:], PROTO_PIM, data) == 0


def _hello(reader: _Reader, message: Message) -> dict[str, Any]:
    options: list[tuple[int, bytes]] = []
    while reader.rest:
        kind, length = reader.unpack("HH")
        options.append((kind, reader.take(length)))
    found: dict[str, Any] = {"options": tuple(options)}
    for kind, value in options:
        if kind == HOLDTIME and len(value) == 2:
            (found["holdtime"],) = struct.unpack("!H", value)
        elif kind == LAN_PRUNE_DELAY and len(value) == 4:
            delay, found["override_interval"] = struct.unpack("!HH", value)
            found["tracking"], found["propagation_delay"] = bool(delay >> 15), delay & 0x7FFF
        elif kind == DR_PRIORITY and len(value) == 4:
            (found["dr_priority"],) = struct.unpack("!I", value)
        elif kind == GENERATION_ID and len(value) == 4:
            (found["generation_id"],) = struct.unpack("!I", value)
        elif kind == STATE_REFRESH and len(value) == 4:
            version, found["state_refresh"], reserved = struct.unpack("!BBH", value)
            if version != 1 or reserved:
                message.problems.append(f"State Refresh Capable option: version {version}, reserved {reserved}")
        elif kind == ADDRESS_LIST:
            listed, addresses = _Reader(value), []
            while listed.rest:
                addresses.append(listed.unicast())
            found["addresses"] = tuple(addresses)
        elif kind in (HOLDTIME, LAN_PRUNE_DELAY, DR_PRIORITY, GENERATION_ID, STATE_REFRESH):
            message.problems.append(f"Hello option {kind} of {len(value)} octets")
    return found


def _register(reader: _Reader, message: Message) -> dict[str, Any]:
    (bits,) = reader.unpack("I")
    inner = reader.take(len(reader.rest))
    found: dict[str, Any] = {
        "border": bool(bits >> 31),
        "null": bool(bits >> 30 & 1),
        "reserved": bits & 0x3FFFFFFF,
        "inner": inner,
    }
    if len(inner) >= 20 and inner[0] >> 4 == 4:
        header = (inner[0] & 15) * 4
        source, group = socket.inet_ntoa(inner[12:16]), socket.inet_ntoa(inner[16:20])
        found.update(source=source, group=group, inner_ttl=inner[8], inner_tos=inner[1])
        if inner[9] == 17:
            found["payload"] = inner[header + 8 :]
    elif len(inner) >= 40 and inner[0] >> 4 == 6:
        source, group = (socket.inet_ntop(socket.AF_INET6, inner[at : at + 16]) for at in (8, 24))
        tos = (inner[0] & 15) << 4 | inner[1] >> 4
        found.update(source=source, group=group, inner_ttl=inner[7], inner_tos=tos)
        if inner[6] == 17:
            found["payload"] = inner[48:]
    else:
        message.problems.append("Register without an IP packet")
    return found


def _register_stop(reader: _Reader, message: Message) -> dict[str, Any]:
    group, length, _ = reader.group()
    return {"group": group, "group_mask_length": length, "source": reader.unicast()}


def _join_prune(reader: _Reader, message: Message) -> dict[str, Any]:
    upstream = reader.unicast()
    reserved, count, holdtime = reader.unpack("BBH")
    entries: list[Entry] = []
    groups: list[str] = []
    for _ in range(count):
        group, group_length, group_flags = reader.group()
        groups.append(group)
        joins, prunes = reader.unpack("HH")
        for number in range(joins + prunes):
            family, encoding, bits, length = reader.unpack("BBBB")
            entries.append(
                Entry(
                    number < joins,
                    group,
                    reader.address(family, encoding),
                    bool(bits & 2),
                    bool(bits & 1),
                    bool(bits & 4),
                    length,
                    group_length,
                    bits >> 3,
                    group_flags,
                )
            )
    return {
        "upstream": upstream,
        "reserved": reserved,
        "holdtime": holdtime,
        "entries": tuple(entries),
        "groups": tuple(groups),
    }


def _assert(reader: _Reader, message: Message) -> dict[str, Any]:
    group, length, _ = reader.group()
    source = reader.unicast()
    preference, metric = reader.unpack("II")
    return {
        "group": group,
        "group_mask_length": length,
        "source": source,
        "rpt": bool(preference >> 31),
        "preference": preference & 0x7FFFFFFF,
        "metric": metric,
    }


def _state_refresh(reader: _Reader, message: Message) -> dict[str, Any]:
    group, length, _ = reader.group()
    source, originator = reader.unicast(), reader.unicast()
    preference, metric, mask_length, hops, bits, interval = reader.unpack("IIBBBB")
    return {
        "group": group,
        "group_mask_length": length,
        "source": source,
        "originator": originator,
        "rpt": bool(preference >> 31),
        "preference": preference & 0x7FFFFFFF,
        "metric": metric,
        "mask_length": mask_length,
        "hops": hops,
        "prune_indicator": bool(bits & 0x80),
        "prune_now": bool(bits & 0x40),
        "assert_override": bool(bits & 0x20),
        "reserved": bits & 0x1F,
        "interval": interval,
    }


def _bootstrap(reader: _Reader, message: Message) -> dict[str, Any]:
    tag, hash_mask_length, priority = reader.unpack("HBB")
    bsr = reader.unicast()
    ranges: list[Range] = []
    while reader.rest:
        group, length, flags = reader.group()
        count, here, _ = reader.unpack("BBH")
        rps = []
        for _ in range(here):
            address = reader.unicast()
            rps.append(Candidate(address, *reader.unpack("HBB")))
        ranges.append(Range(f"{group}/{length}", flags, count, here, tuple(rps)))
    return {
        "fragment_tag": tag,
        "hash_mask_length": hash_mask_length,
        "priority": priority,
        "bsr": bsr,
        "ranges": tuple(ranges),
    }


def _candidate_rp(reader: _Reader, message: Message) -> dict[str, Any]:
    count, priority, holdtime = reader.unpack("BBH")
    rp = reader.unicast()
    ranges = []
    for _ in range(count):
        group, length, flags = reader.group()
        ranges.append(Range(f"{group}/{length}", flags))
    return {"priority": priority, "holdtime": holdtime, "rp": rp, "ranges": tuple(ranges)}


_DECODERS = {
    "hello": _hello,
    "register": _register,
    "register_stop": _register_stop,
    "join_prune": _join_prune,
    "graft": _join_prune,
    "graft_ack": _join_prune,
    "assert": _assert,
    "bootstrap": _bootstrap,
    "candidate_rp": _candidate_rp,
    "state_refresh": _state_refresh,
}
