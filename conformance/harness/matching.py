# SPDX-License-Identifier: GPL-2.0-only
"""Whether a received message is one that a ``packets.Packet`` expects: the kind, and every field that was
given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Sequence

from . import codes, pim_matching
from .addressing import is_link_local_group
from .octets import PROTO_ICMP, PROTO_ICMPV6
from .wire import Message
from .wire6 import TYPES_OF_MLD

if TYPE_CHECKING:
    from .packets import GroupRecord, Packet

KINDS_OF_PIM = pim_matching.KIND_NAMES
ADDRESSES = frozenset(("src", "dst", "group", "source", "upstream", "rp", "bsr"))  # fields that are one address, or a set of them
_BUILD_ONLY = frozenset("count truncate cut_frame padding total_length ip_checksum".split())

# Given field -> what it is compared with. Those that need the version or a set are below.
_ATTRIBUTES: dict[str, Callable[[Message], Any]] = {
    name: (lambda message, name=name: getattr(message, name))
    for name in "src dst ttl tos ip_id src_mac dst_mac options extra dont_fragment more_fragments"
    " fragment_offset"
    " version group code max_resp_code reserved qqic qrv s resv payload dport sport proto".split()
}
_ATTRIBUTES["source"] = lambda message: message.src
_ATTRIBUTES["checksum"] = lambda message: "ok" if message.checksum_ok else "bad"
_ATTRIBUTES["body"] = lambda message: message.igmp[24 if message.is_mld else 8 :]
_ATTRIBUTES["type"] = (
    lambda message: TYPES_OF_MLD.get(message.type, message.type) if message.is_mld else message.type
)


def _agrees(expected: Any, actual: Any) -> bool:
    if callable(expected):
        return bool(expected(actual))
    if isinstance(expected, (set, frozenset, range)):
        return actual in expected
    return expected == actual


def matches(packet: Packet, message: Message) -> bool:
    return _kind_matches(packet, message) and all(
        _field_matches(name, value, message, packet) for name, value in packet.given.items()
    )


def _kind_matches(packet: Packet, message: Message) -> bool:
    kind, given = packet.kind, packet.given
    if kind in ("anything", "frame"):
        return True
    if kind in KINDS_OF_PIM:
        return pim_matching.kind_matches(packet, message)
    if kind == "ip" and message.family == "ipv6" and given.get("proto") == PROTO_ICMP:
        return message.proto == PROTO_ICMPV6 and not message.is_igmp and message.type < 128
    if kind == "ip":
        return message.proto != -1
    if kind == "data":
        return message.kind == "data"
    if not message.is_igmp or not (message.checksum_ok or "checksum" in given):
        return False
    if kind == "report" and message.hidden and not message.records:
        return False
    if kind == "any_query":
        return message.is_query
    if kind == "any_report":
        return message.is_report and (given.get("link_local", False) or not _is_about_link_local(message))
    if kind == "any_igmp":
        return given.get("link_local", False) or not _is_about_link_local(message)
    return kind in ("igmp", "raw") or kind == message.kind


def _is_about_link_local(message: Message) -> bool:
    groups = [record.group for record in message.records + message.hidden] or [message.group]
    return not message.is_query and all(bool(group) and is_link_local_group(group) for group in groups)


def _field_matches(name: str, value: Any, message: Message, packet: Packet) -> bool:
    if name in _BUILD_ONLY:
        raise TypeError(f"{name}= builds a packet, it cannot be expected")
    if name in ("only", "link_local"):
        return True
    if packet.kind in KINDS_OF_PIM:
        judged = pim_matching.field_matches(name, value, message, packet)
        if judged is not None:
            return judged
    if name == "proto" and message.family == "ipv6":
        return _agrees(PROTO_ICMPV6 if value == PROTO_ICMP else value, message.proto)
    if name == "where":
        return bool(value(message))
    if name == "router_alert":
        return (
            message.router_alert == {True: 0, False: None}.get(value, value)
            if isinstance(value, bool)
            else _agrees(value, message.router_alert)
        )
    if name == "max_resp" and not callable(value):
        return message.max_resp_code == codes.max_resp_code(value, message.version, message.family)
    if name == "max_resp":
        return bool(value(message.max_resp))
    if name == "qqi":
        return bool(value(message.qqi)) if callable(value) else message.qqic == codes.qqic(value)
    if name == "sources":
        if callable(value):
            return bool(value(message.sources))
        return sorted(message.sources) == sorted(map(message.names.wanted, value))
    if name == "records":
        return _records_match(value, message, packet.given.get("only", True))
    if name == "octets":
        return value == (message.raw if packet.kind == "frame" else message.igmp)
    if name in ADDRESSES:
        value = _wanted(value, message, name in ("src", "dst") and message.is_mld)
    if name == "group" and packet.kind == "any_report":
        return message.group == value or message.record(value) is not None
    return _agrees(value, _ATTRIBUTES[name](message))


def _wanted(value: Any, message: Message, on_link: bool) -> Any:
    """A given address, or a set of them, as the case sees it in messages."""
    if isinstance(value, str):
        return message.names.wanted(value, on_link)
    if isinstance(value, frozenset):
        return frozenset(message.names.wanted(one, on_link) for one in value)
    return value


def _records_match(wanted: Sequence[GroupRecord], message: Message, only: bool) -> bool:
    left = list(message.records)
    for one in wanted:
        found = next((record for record in left if one.fits(record, message.names)), None)
        if found is None:
            return False
        left.remove(found)
    return not (only and left)
