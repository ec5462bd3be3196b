# SPDX-License-Identifier: GPL-2.0-only
"""Saboteurs that change the octets of everything a system sends: one field each."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Iterable

from . import rewrite
from .model import Frame
from .rewrite import Layout
from .sabotaged import Saboteur


class _Changes(Saboteur):
    change: Callable[[bytes], bytes]

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        return [dataclasses.replace(frame, data=type(self).change(frame.data))]


def _changes(name: str, change: Callable[[bytes], bytes]) -> type[Saboteur]:
    return type(
        name, (_Changes,), {"name": name, "change": staticmethod(change), "__doc__": f"Frames with {name}."}
    )


def _igmp(name: str, change: Callable[[bytearray, Layout], Any], checksum: bool = True) -> type[Saboteur]:
    """A change of the IGMP or MLD message."""
    return _changes(name, lambda frame: rewrite.change_message(frame, change, checksum))


def _header(name: str, field: str, value: Callable[[int], int]) -> type[Saboteur]:
    return _changes(name, lambda frame: rewrite.change_field(frame, field, value))


def _octet(
    where: Callable[[Layout], int], value: Callable[[int], int]
) -> Callable[[bytearray, Layout], None]:
    """A change of one octet of a message; ``where`` gives its offset in the family's layout."""
    return lambda message, layout: rewrite.set_octet(where(layout), value)(message)


def _query_only(change: Callable[[bytearray, Layout], Any]) -> Callable[[bytearray, Layout], Any]:
    return lambda message, layout: change(message, layout) if message[0] == layout.query else None


def _has_record(message: bytearray, layout: Layout) -> bool:
    return message[0] == layout.report and len(message) >= layout.record_group_at + layout.address


def _report_only(change: Callable[[bytearray, Layout], Any]) -> Callable[[bytearray, Layout], Any]:
    return lambda message, layout: change(message, layout) if _has_record(message, layout) else None


def _other_version(message: bytearray, layout: Layout) -> bytes:
    head = layout.group_at - 2  # type to checksum, and in MLD the delay and reserved octets
    if message[0] == layout.query:
        short = layout.flags_at
        return message[:short] if len(message) > short else message + b"\x02\x7d\0\0"
    if _has_record(message, layout):
        group = message[layout.record_group_at : layout.record_group_at + layout.address]
        return bytes([layout.older_report]) + bytes(head + 1) + group
    group = message[layout.group_at : layout.group_at + layout.address]
    return bytes([layout.report]) + b"\0\0\0\0\0\0\1\4\0\0\0" + group


def _without_last_source(message: bytearray, layout: Layout) -> bytes | None:
    """Drops the last source of a query, or of the last record of a report."""
    size, at = layout.address, layout.sources_at
    if message[0] == layout.query and len(message) >= at + size:
        return message[: at - 1] + bytes([message[at - 1] - 1]) + message[at:-size]
    if message[0] == layout.report and len(message) == 12 + 2 * size and message[11] == 1:
        return message[:11] + b"\0" + message[12:-size]
    return None


def _other_source(message: bytearray, layout: Layout) -> None:
    size = layout.address
    shortest = {layout.report: 12 + 2 * size, layout.query: layout.sources_at + size}
    if len(message) >= shortest.get(message[0], len(message) + 1):
        message[-1] ^= 0x55


def _other_record_type(swap: dict[int, int]) -> Callable[[bytearray, Layout], Any]:
    return _report_only(_octet(lambda layout: 8, lambda kind: swap.get(kind, kind)))


def _other_group(message: bytearray, layout: Layout) -> None:
    at = layout.record_group_at if _has_record(message, layout) else layout.group_at
    rewrite.set_octet(at + layout.address - 1, lambda octet: octet ^ 0x2A)(message)


def _reserved_bits(message: bytearray, layout: Layout) -> None:
    at = layout.reserved_of_report_at if message[0] == layout.report else layout.flags_at
    rewrite.set_octet(at, lambda flags: flags | 0xA0)(message)


FIELDS: tuple[type[Saboteur], ...] = (
    _igmp("wrong group", _other_group),
    _igmp("wrong version", _other_version),
    _igmp("wrong type", _octet(lambda layout: 0, lambda octet: octet ^ 0x80)),
    _igmp("wrong checksum", _octet(lambda layout: 2, lambda octet: octet ^ 0x55), checksum=False),
    _igmp(
        "wrong max resp code", _query_only(_octet(lambda layout: layout.max_resp_at, lambda code: code + 37))
    ),
    _igmp("non-zero second octet", _report_only(_octet(lambda layout: 1, lambda code: 9))),
    _igmp("S flag flipped", _query_only(_octet(lambda layout: layout.flags_at, lambda flags: flags ^ 8))),
    _igmp("wrong QRV", _query_only(_octet(lambda layout: layout.flags_at, lambda flags: flags ^ 5))),
    _igmp("wrong QQIC", _query_only(_octet(lambda layout: layout.flags_at + 1, lambda code: code ^ 0x11))),
    _igmp("reserved bits set", _reserved_bits),
    _igmp("a source dropped", _without_last_source),
    _igmp("a source changed", _other_source),
    _igmp("record types IS and TO swapped", _other_record_type({1: 3, 2: 4, 3: 1, 4: 2, 5: 6, 6: 5})),
    _igmp("record types IN and EX swapped", _other_record_type({1: 2, 2: 1, 3: 4, 4: 3, 5: 1, 6: 2})),
    _igmp("octets after the message", lambda message, layout: message + b"\0\0\0\1"),
    _igmp(
        "auxiliary data",
        _report_only(lambda message, layout: message[:9] + b"\1" + message[10:] + b"aux!"),
    ),
    _header("wrong TTL", "ttl", lambda ttl: (ttl + 63) % 256 or 1),
    _header("TTL one too high", "ttl", lambda ttl: min(ttl + 1, 255)),
    _header("wrong TOS", "tos", lambda tos: tos ^ 0xC0),
    _header("wrong source address", "last octet of the source", lambda octet: octet ^ 0x55),
    _header(
        "group as source address", "first octet of the source", lambda octet: 0xFF if octet > 0xEF else 0xE1
    ),
    _header("wrong destination address", "last octet of the destination", lambda octet: octet ^ 0x2A),
    _changes("no Router Alert", rewrite.without_options),
    _changes("wrong destination MAC", lambda frame: frame[:5] + bytes([frame[5] ^ 0x2A]) + frame[6:]),
    _changes("unicast destination MAC", lambda frame: b"\2\0\0\0\0\x99" + frame[6:]),
    _changes("wrong payload", lambda frame: frame[:-1] + bytes([frame[-1] ^ 0x55])),
)
