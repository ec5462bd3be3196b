# SPDX-License-Identifier: GPL-2.0-only
"""The judge's own decoder of what a system under test put on the wire: Ethernet, IPv4, IGMP. IPv6: ``wire6``.

It shares no code with the builders (Scapy) nor with any target, reads strictly, and never throws: what is odd
about a frame ends up in ``Message.problems``. Times are seconds since the opening of the system under test.
"""

from __future__ import annotations

import dataclasses
import socket
import struct

from . import pim_wire, wire6
from .addressing import Names
from .message import Message, Record, describe
from .pim_message import PROTO_PIM
from .wire6 import TYPES_OF_MLD
from .octets import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    PROTO_ICMP,
    PROTO_IGMP,
    PROTO_UDP,
    internet_checksum,
    mac_text,
    multicast_mac,
)

__all__ = [
    "Message",
    "Record",
    "decode",
    "describe",
    "internet_checksum",
    "multicast_mac",
    "mac_text",
    "PROTO_ICMP",
    "PROTO_IGMP",
    "PROTO_UDP",
    "ETHERTYPE_IPV4",
    "ETHERTYPE_IPV6",
]


def decode(raw: bytes, time: float = 0.0, port: str = "", names: Names | None = None) -> Message:
    """Decodes one Ethernet frame.

    With ``names`` only frames of their family, and addresses as the case sees them; else both, as they are.
    """
    message = Message(time, port, raw)
    if len(raw) < 14:
        message.problems.append(f"frame of {len(raw)} octets")
        return message
    message.dst_mac, message.src_mac = mac_text(raw[0:6]), mac_text(raw[6:12])
    message.ethertype = raw[12] << 8 | raw[13]
    if names and message.family != names.family:
        return message
    if message.ethertype == ETHERTYPE_IPV4:
        _decode_ipv4(message, raw[14:])
    elif message.ethertype == ETHERTYPE_IPV6:
        wire6.decode_ipv6(message, raw[14:])
    if names and names.ipv6:
        _name(message, names)
    return message


def _name(message: Message, names: Names) -> None:
    """Real addresses become what the case sees; what a person reads stays."""
    message.shown, message.names = describe(message), names
    if names.labels:
        _label(message, names)
    message.hidden = tuple(one for one in message.records if names.hides(one.group))
    message.records = tuple(one for one in message.records if not names.hides(one.group))


def _label(message: Message, names: Names) -> None:
    on_link = message.is_of_the_link
    if message.is_mld:
        message.type = TYPES_OF_MLD.get(message.type, message.type)
    message.src, message.dst = names.seen(message.src, on_link), names.seen(message.dst, on_link)
    if message.pim:
        message.pim = message.pim.renamed(names.seen, lambda text: names.seen(text, True))
    message.group = names.seen(message.group)
    message.sources = tuple(map(names.seen, message.sources))
    message.records = tuple(
        dataclasses.replace(one, group=names.seen(one.group), sources=tuple(map(names.seen, one.sources)))
        for one in message.records
    )


def _decode_ipv4(message: Message, data: bytes) -> None:
    if len(data) < 20 or data[0] >> 4 != 4:
        message.problems.append("no IPv4 header")
        return
    header_length = (data[0] & 0x0F) * 4
    (message.tos, total, message.ip_id, fragment, message.ttl, message.proto) = struct.unpack_from(
        "!xBHHHBB", data
    )
    message.kind = "ip"
    message.src, message.dst = socket.inet_ntoa(data[12:16]), socket.inet_ntoa(data[16:20])
    message.ip_header_length = header_length
    if header_length < 20 or header_length > len(data) or not header_length <= total <= len(data):
        message.problems.append(
            f"IPv4 header length {header_length}, total length {total}, frame has {len(data)}"
        )
        return
    message.dont_fragment, message.more_fragments = bool(fragment & 0x4000), bool(fragment & 0x2000)
    message.fragment_offset = (fragment & 0x1FFF) * 8
    message.ip_checksum_ok = internet_checksum(data[:header_length]) == 0
    if not message.ip_checksum_ok:
        message.problems.append("IPv4 header checksum is wrong")
    message.options = data[20:header_length]
    _decode_options(message)
    message.payload = data[header_length:total]
    if message.fragment_offset or message.more_fragments:
        return
    if message.proto == PROTO_IGMP:
        _decode_igmp(message)
    elif message.proto == PROTO_PIM:
        pim_wire.decode_pim(message)
    elif message.proto == PROTO_UDP:
        _decode_udp(message)


def _decode_options(message: Message) -> None:
    options, at = message.options, 0
    while at < len(options) and options[at] != 0:  # 0 ends the list
        if options[at] == 1:  # no operation
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2 or at + length > len(options):
            message.problems.append("IPv4 option runs over the header")
            return
        if options[at] == 0x94 and length == 4:  # Router Alert, RFC 2113
            if message.router_alert is not None:
                message.problems.append("Router Alert appears twice")
            message.router_alert = options[at + 2] << 8 | options[at + 3]
        at += length


def _decode_udp(message: Message) -> None:
    if len(message.payload) < 8:
        message.problems.append("UDP header is cut")
        return
    message.sport, message.dport, length, _ = struct.unpack_from("!HHHH", message.payload)
    if not 8 <= length <= len(message.payload):
        message.problems.append(f"UDP length {length} of {len(message.payload)}")
        return
    message.payload = message.payload[8:length]
    if 224 <= int(message.dst.split(".")[0]) <= 239:
        message.kind, message.group = "data", message.dst


def _decode_igmp(message: Message) -> None:
    data = message.payload
    message.kind, message.type = "igmp", data[0] if data else 0
    if len(data) < 8:
        message.problems.append(f"IGMP message of {len(data)} octets")
        return
    message.type, message.code, message.max_resp_code = data[0], data[1], data[1]
    message.checksum_ok = internet_checksum(data) == 0
    if not message.checksum_ok:
        message.problems.append("IGMP checksum is wrong")
    if message.type == 0x22:
        _decode_report(message, data)
        return
    message.group = socket.inet_ntoa(data[4:8])
    if message.type == 0x11:
        _decode_query(message, data)
    elif message.type in (0x12, 0x16, 0x17):
        message.kind = {0x12: "v1_report", 0x16: "v2_report", 0x17: "v2_leave"}[message.type]
        message.version = 1 if message.type == 0x12 else 2
        message.extra = data[8:]


def _decode_query(message: Message, data: bytes) -> None:
    """The version follows from the size, RFC 3376 7.1."""
    if 8 < len(data) < 12:
        message.problems.append(f"query of {len(data)} octets")
        return
    message.version = 3
    if len(data) == 8:
        message.version = 1 if message.max_resp_code == 0 else 2
    else:
        message.resv, message.s, message.qrv = data[8] >> 4, bool(data[8] & 8), data[8] & 7
        message.qqic = data[9]
        count = data[10] << 8 | data[11]
        if 12 + 4 * count > len(data):
            message.problems.append(f"query claims {count} sources in {len(data)} octets")
            return
        message.sources = _addresses(data, 12, count)
        message.extra = data[12 + 4 * count :]
    if message.sources:
        message.kind = "group_source_query"
    else:
        message.kind = "general_query" if message.group == "0.0.0.0" else "group_query"


def _decode_report(message: Message, data: bytes) -> None:
    message.kind, message.version = "report", 3
    message.resv, count = struct.unpack_from("!HH", data, 4)
    at, records = 8, []
    for _ in range(count):
        if at + 8 > len(data):
            message.problems.append(f"report claims {count} records and has {len(records)}")
            break
        kind, aux_len, number = struct.unpack_from("!BBH", data, at)
        end = at + 8 + 4 * number
        if end + 4 * aux_len > len(data):
            message.problems.append(f"record claims {number} sources and {aux_len} words of auxiliary data")
            break
        group = socket.inet_ntoa(data[at + 4 : at + 8])
        records.append(
            Record(kind, group, _addresses(data, at + 8, number), aux_len, data[end : end + 4 * aux_len])
        )
        at = end + 4 * aux_len
    message.records, message.extra = tuple(records), data[at:]


def _addresses(data: bytes, at: int, count: int) -> tuple[str, ...]:
    return tuple(socket.inet_ntoa(data[at + 4 * i : at + 4 * i + 4]) for i in range(count))
