# SPDX-License-Identifier: GPL-2.0-only
"""The elements that announce group frames: TIM (IEEE 802.11-2020 9.4.2.5) and FMS Descriptor (9.4.2.74)."""

from __future__ import annotations

from dataclasses import dataclass

TIM, RATES, EXTENDED_RATES, RSN, HT_OPERATION, FMS_DESCRIPTOR = 5, 1, 50, 48, 61, 86
MAP_OCTETS = 251


@dataclass(frozen=True)
class Tim:
    """A TIM as it stands; ``octets`` is the Partial Virtual Bitmap, ``offset`` the number of its first octet."""

    count: int
    period: int
    group: bool
    offset: int
    octets: bytes

    @property
    def dtim(self) -> bool:
        return self.count == 0

    @property
    def aids(self) -> frozenset[int]:
        """Association IDs with frames waiting; AID 0, which has no place in the map, too if its bit is set."""
        return frozenset(
            (self.offset + number) * 8 + bit
            for number, octet in enumerate(self.octets)
            for bit in range(8)
            if octet >> bit & 1
        )


def parse_tim(body: bytes | None) -> tuple[Tim | None, str]:
    """The TIM and what is wrong with it; None if it cannot be read at all."""
    if body is None:
        return None, "no TIM element"
    if len(body) < 4:
        return None, f"a TIM element of {len(body)} octets"
    offset = body[2] & 0xFE
    tim = Tim(body[0], body[1], bool(body[2] & 1), offset, body[3:])
    if tim.period == 0:
        return tim, "DTIM Period 0"
    if tim.count >= tim.period:
        return tim, f"DTIM Count {tim.count} with DTIM Period {tim.period}"
    if offset + len(tim.octets) > MAP_OCTETS:
        return tim, f"a map that ends at octet {offset + len(tim.octets)} of {MAP_OCTETS}"
    return tim, ""


def shortest_map(aids: frozenset[int]) -> tuple[int, bytes]:
    """Offset and octets that the standard's N1 and N2 make of a set of AIDs."""
    whole = bytearray(MAP_OCTETS)
    for aid in aids:
        if 0 < aid < MAP_OCTETS * 8:
            whole[aid // 8] |= 1 << aid % 8
    used = [number for number, octet in enumerate(whole) if octet]
    if not used:
        return 0, b"\0"
    first = used[0] & ~1
    return first, bytes(whole[first : used[-1] + 1])


@dataclass(frozen=True)
class FmsDescriptor:
    """``counts`` by counter ID, and the FMSIDs with frames waiting."""

    counts: dict[int, int]
    buffered: tuple[int, ...]


def parse_fms(body: bytes | None) -> FmsDescriptor | None:
    if not body or len(body) < 1 + body[0]:
        return None
    counts = {octet & 7: octet >> 3 for octet in body[1 : 1 + body[0]]}
    return FmsDescriptor(counts, tuple(body[1 + body[0] :]))
