# SPDX-License-Identifier: GPL-2.0-only
"""Saboteurs that change the octets of everything a system sends: one field each."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Iterable

from . import rewrite
from .model import Frame
from .sabotaged import Saboteur


class _Changes(Saboteur):
    change: Callable[[bytes], bytes]

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        return [dataclasses.replace(frame, data=type(self).change(frame.data))]


def _changes(name: str, change: Callable[[bytes], bytes]) -> type[Saboteur]:
    return type(
        name, (_Changes,), {"name": name, "change": staticmethod(change), "__doc__": f"Frames with {name}."}
    )


def _igmp(name: str, change: Callable[[bytearray], Any], checksum: bool = True) -> type[Saboteur]:
    return _changes(name, lambda frame: rewrite.change_igmp(frame, change, checksum))


def _header(name: str, at: int, value: Callable[[int], int]) -> type[Saboteur]:
    return _changes(name, lambda frame: rewrite.change_header(frame, rewrite.set_octet(at, value)))


def _query_only(change: Callable[[bytearray], Any]) -> Callable[[bytearray], Any]:
    return lambda message: change(message) if message[0] == 0x11 else None


def _report_only(change: Callable[[bytearray], Any]) -> Callable[[bytearray], Any]:
    return lambda message: change(message) if message[0] == 0x22 and len(message) >= 16 else None


def _other_version(message: bytearray) -> bytes:
    if message[0] == 0x11:
        return message[:8] if len(message) > 8 else message + b"\x02\x7d\0\0"
    if message[0] == 0x22 and len(message) >= 16:
        return b"\x16\0\0\0" + message[12:16]
    return b"\x22\0\0\0\0\0\0\1\4\0\0\0" + message[4:8]


def _without_last_source(message: bytearray) -> bytes | None:
    """Drops the last source of a query, or of the last record of a report."""
    if message[0] == 0x11 and len(message) >= 16:
        return message[:11] + bytes([message[11] - 1]) + message[12:-4]
    if message[0] == 0x22 and len(message) == 20 and message[11] == 1:
        return message[:11] + b"\0" + message[12:-4]
    return None


def _other_source(message: bytearray) -> None:
    if len(message) >= (20 if message[0] == 0x22 else 16) and message[0] in (0x11, 0x22):
        message[-1] ^= 0x55


def _other_record_type(swap: dict[int, int]) -> Callable[[bytearray], Any]:
    return _report_only(rewrite.set_octet(8, lambda kind: swap.get(kind, kind)))


def _other_group(message: bytearray) -> None:
    at = 15 if message[0] == 0x22 and len(message) >= 16 else 7
    message[at] ^= 0x2A


FIELDS: tuple[type[Saboteur], ...] = (
    _igmp("wrong group", _other_group),
    _igmp("wrong version", _other_version),
    _igmp("wrong type", lambda message: rewrite.set_octet(0, lambda octet: octet ^ 0x80)(message)),
    _igmp(
        "wrong checksum",
        lambda message: rewrite.set_octet(2, lambda octet: octet ^ 0x55)(message),
        checksum=False,
    ),
    _igmp("wrong max resp code", _query_only(rewrite.set_octet(1, lambda code: code + 37))),
    _igmp("non-zero second octet", _report_only(rewrite.set_octet(1, lambda code: 9))),
    _igmp("S flag flipped", _query_only(rewrite.set_octet(8, lambda flags: flags ^ 8))),
    _igmp("wrong QRV", _query_only(rewrite.set_octet(8, lambda flags: flags ^ 5))),
    _igmp("wrong QQIC", _query_only(rewrite.set_octet(9, lambda code: code ^ 0x11))),
    _igmp(
        "reserved bits set",
        lambda message: rewrite.set_octet(4 if message[0] == 0x22 else 8, lambda flags: flags | 0xA0)(
            message
        ),
    ),
    _igmp("a source dropped", _without_last_source),
    _igmp("a source changed", _other_source),
    _igmp("record types IS and TO swapped", _other_record_type({1: 3, 2: 4, 3: 1, 4: 2, 5: 6, 6: 5})),
    _igmp("record types IN and EX swapped", _other_record_type({1: 2, 2: 1, 3: 4, 4: 3, 5: 1, 6: 2})),
    _igmp("octets after the message", lambda message: message + b"\0\0\0\1"),
    _igmp("auxiliary data", _report_only(lambda message: message[:9] + b"\1" + message[10:] + b"aux!")),
    _header("wrong TTL", 8, lambda ttl: (ttl + 63) % 256 or 1),
    _header("TTL one too high", 8, lambda ttl: min(ttl + 1, 255)),
    _header("wrong TOS", 1, lambda tos: tos ^ 0xC0),
    _header("wrong source address", 15, lambda octet: octet ^ 0x55),
    _header("group as source address", 12, lambda octet: 0xE1),
    _header("wrong destination address", 19, lambda octet: octet ^ 0x2A),
    _changes("no Router Alert", rewrite.without_options),
    _changes("wrong destination MAC", lambda frame: frame[:5] + bytes([frame[5] ^ 0x2A]) + frame[6:]),
    _changes("unicast destination MAC", lambda frame: b"\2\0\0\0\0\x99" + frame[6:]),
    _changes("wrong payload", lambda frame: frame[:-1] + bytes([frame[-1] ^ 0x55])),
)
