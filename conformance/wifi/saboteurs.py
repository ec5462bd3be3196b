# SPDX-License-Identifier: GPL-2.0-only
"""Saboteurs of captures: each spoils one thing, and some judge must notice.

A saboteur works on frames as octets (MAC header on, without FCS) and times; radiotap headers stay as they are, except
where it is about rates. It is a function of a list of ``Item`` that returns the spoilt list, or None if there is
nothing in the capture that it could spoil.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Callable

from .bss import Bss
from .capture import LINK_RADIOTAP, Capture, Frame, take_apart
from .pcap_file import Record
from .services import Deal
from .tim import TIM


@dataclass(frozen=True)
class Item:
    """A record, split; ``frame`` is what the unspoilt capture says about it, None for one that is new or was skipped."""

    time: float
    radiotap: bytes
    octets: bytes
    frame: Frame | None


Saboteur = Callable[[list[Item], Bss], "list[Item] | None"]
SABOTEURS: dict[str, Saboteur] = {}


def saboteur(function: Saboteur) -> Saboteur:
    """Declares one; its name is what it does, with hyphens."""
    SABOTEURS[function.__name__.replace("_", "-")] = function
    return function


def spoil(capture: Capture, name: str, bssid: str) -> Capture | None:
    """The capture as the saboteur leaves it; None if it finds nothing to spoil."""
    by_number = {frame.number: frame for frame in capture.frames}
    items = []
    for number, record in enumerate(capture.records, 1):
        size = struct.unpack_from("<H", record.data, 2)[0] if capture.link_type == LINK_RADIOTAP else 0
        items.append(Item(record.time, record.data[:size], record.data[size:], by_number.get(number)))
    spoilt = SABOTEURS[name](items, Bss(capture, bssid))
    if spoilt is None:
        return None
    records = [Record(item.time, item.radiotap + item.octets) for item in spoilt]
    return take_apart(records, capture.link_type, f"{capture.path} ({name})")


def _change(items: list[Item], wanted: dict[int, Callable[[Item], Item | None]]) -> list[Item] | None:
    """Items with those of certain frame numbers changed, or left out (None)."""
    if not wanted:
        return None
    out = []
    for item in items:
        change = wanted.get(item.frame.number) if item.frame else None
        changed = change(item) if change else item
        if changed is not None:
            out.append(changed)
    return out


def _flag(bit: int, on: bool) -> Callable[[Item], Item]:
    def change(item: Item) -> Item:
        flags = item.octets[1] | 1 << bit if on else item.octets[1] & ~(1 << bit)
        return replace(item, octets=item.octets[:1] + bytes([flags]) + item.octets[2:])

    return change


RETRY, MORE_FRAGMENTS, MORE_DATA, PROTECTED = 3, 2, 5, 6  # bits of the second octet of Frame Control


def _tim_at(octets: bytes) -> int | None:
    """Where the TIM's body begins in a Beacon."""
    at = 24 + 12
    while at + 2 <= len(octets):
        if octets[at] == TIM:
            return at + 2
        at += 2 + octets[at + 1]
    return None


def _tim(change: Callable[[bytearray, int], None]) -> Callable[[Item], Item]:
    def changed(item: Item) -> Item:
        at = _tim_at(item.octets)
        if at is None:
            return item
        octets = bytearray(item.octets)
        change(octets, at)
        return replace(item, octets=bytes(octets))

    return changed


def _without_element(number: int) -> Callable[[Item], Item]:
    def changed(item: Item) -> Item:
        at = 36
        while at + 2 <= len(item.octets):
            size = 2 + item.octets[at + 1]
            if item.octets[at] == number:
                return replace(item, octets=item.octets[:at] + item.octets[at + size :])
            at += size
        return item

    return changed


def _middle(numbers: list[int]) -> list[int]:
    """One in the middle: neither the first nor the last, if there are others."""
    return numbers[len(numbers) // 2 : len(numbers) // 2 + 1]


@saboteur
def drops_the_tim(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [one.frame.number for one in bss.beacons if one.tim]
    return _change(items, {number: _without_element(TIM) for number in numbers[1::2]})


@saboteur
def counts_wrong(items: list[Item], bss: Bss) -> list[Item] | None:
    """The DTIM Count stands still; with period 1 the period becomes 2."""

    def change(octets: bytearray, at: int) -> None:
        if octets[at + 1] < 2:
            octets[at], octets[at + 1] = 1, 2
        else:
            octets[at] = (octets[at] + 1) % octets[at + 1]

    numbers = [one.frame.number for one in bss.beacons if one.tim]
    return _change(items, {number: _tim(change) for number in numbers[3::5]})


@saboteur
def changes_the_period(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(octets: bytearray, at: int) -> None:
        octets[at + 1] += 1

    numbers = [one.frame.number for one in bss.beacons if one.tim]
    return _change(items, {number: _tim(change) for number in _middle(numbers)})


@saboteur
def clears_the_group_bit(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(octets: bytearray, at: int) -> None:
        octets[at + 2] &= 0xFE

    numbers = [one.frame.number for one in bss.beacons if one.burst]
    return _change(items, {number: _tim(change) for number in numbers})


@saboteur
def clears_the_group_bit_in_an_overrun(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(octets: bytearray, at: int) -> None:
        octets[at + 2] &= 0xFE

    numbers = [beacon.frame.number for burst in bss.bursts for beacon in burst.beacons[1:]]
    return _change(items, {number: _tim(change) for number in numbers})


@saboteur
def sets_the_group_bit_for_nothing(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(octets: bytearray, at: int) -> None:
        octets[at + 2] |= 1

    numbers = [one.frame.number for one in bss.beacons if one.tim and not one.announces]
    return _change(items, {number: _tim(change) for number in numbers})


@saboteur
def pads_the_map(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(octets: bytearray, at: int) -> None:
        octets[at - 1] += 1
        octets.insert(at + octets[at - 1] - 1, 0)

    numbers = [one.frame.number for one in bss.beacons if one.tim]
    return _change(items, {number: _tim(change) for number in numbers[::3]})


@saboteur
def sets_the_bit_of_a_stranger(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(octets: bytearray, at: int) -> None:
        octets[at + 3] |= 0x80

    numbers = [one.frame.number for one in bss.beacons if one.tim and one.tim.offset == 0]
    return _change(items, {number: _tim(change) for number in _middle(numbers)})


@saboteur
def clears_the_stations_bits(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(octets: bytearray, at: int) -> None:
        for number in range(octets[at - 1] - 3):
            octets[at + 3 + number] = 0

    if not any(one.asleep and one.frame.has_payload for one in bss.unicasts):
        return None  # whoever is awake gets frames unannounced
    numbers = [one.frame.number for one in bss.beacons if one.tim and one.tim.aids]
    return _change(items, {number: _tim(change) for number in numbers})


@saboteur
def drops_more_data(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [one.frame.number for burst in bss.bursts for one in burst.frames if one.frame.more_data]
    return _change(items, {number: _flag(MORE_DATA, False) for number in numbers})


@saboteur
def sets_more_data_in_the_last(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [burst.frames[-1].frame.number for burst in bss.bursts if burst.end == "last"]
    return _change(items, {number: _flag(MORE_DATA, True) for number in numbers})


@saboteur
def sets_more_data_for_nothing(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [one.frame.number for one in bss.group_data if one.burst is None]
    return _change(items, {number: _flag(MORE_DATA, True) for number in numbers})


@saboteur
def releases_at_another_beacon(items: list[Item], bss: Bss) -> list[Item] | None:
    """Bursts come one Beacon later, where no DTIM is."""
    moves: dict[int, float] = {}
    for burst in bss.bursts:
        following = [one for one in bss.beacons if one.frame.time > burst.beacons[-1].frame.time]
        if following and not (following[0].tim and following[0].tim.dtim):
            shift = following[0].frame.time - burst.beacons[-1].frame.time
            moves |= {one.frame.number: shift for one in burst.frames}
    changed = _change(
        items, {n: (lambda item, s=shift: replace(item, time=item.time + s)) for n, shift in moves.items()}
    )
    return sorted(changed, key=lambda item: item.time) if changed else None


@saboteur
def sends_at_once(items: list[Item], bss: Bss) -> list[Item] | None:
    """Frames of a burst come half a beacon interval before their Beacon."""
    moves = {
        one.frame.number: burst.beacons[0].frame.beacon_interval * 0.512e-3
        for burst in bss.bursts
        for one in burst.frames
    }
    changed = _change(
        items, {n: (lambda item, s=shift: replace(item, time=item.time - s)) for n, shift in moves.items()}
    )
    return sorted(changed, key=lambda item: item.time) if changed else None


@saboteur
def holds_for_nothing(items: list[Item], bss: Bss) -> list[Item] | None:
    """Group frames wait for the DTIM although nobody sleeps."""
    dtims = [one.frame.time for one in bss.beacons if one.tim and one.tim.dtim]
    if not any(one.tim and one.tim.period > 1 for one in bss.beacons):
        return None
    wanted: dict[int, Callable[[Item], Item | None]] = {}
    for one in bss.group_data:
        if one.burst is None and not one.asleep:
            later = next((time for time in dtims if time > one.frame.time), None)
            if later is not None:
                wanted[one.frame.number] = lambda item, t=later: replace(item, time=t + 1e-4)
    held = {int(time * 1e4) for time in dtims for one in bss.group_data if one.burst is None and one.frame.time < time}
    if len(wanted) < 30 or len(held) < 8:
        return None  # so few may follow DTIM Beacons by chance
    changed = _change(items, wanted)
    return sorted(changed, key=lambda item: item.time) if changed else None


@saboteur
def puts_unicast_first(items: list[Item], bss: Bss) -> list[Item] | None:
    """A frame to a sleeping station right behind the DTIM Beacon of a burst."""
    for one in bss.unicasts:
        if not (one.asleep and one.frame.has_payload):
            continue
        for burst in bss.bursts:
            asleep = burst.beacons[0].asleep
            if one.frame.a1 in asleep and burst.frames:
                when = burst.beacons[0].frame.time + 1e-6
                wanted = {one.frame.number: lambda item: replace(item, time=when)}
                changed = _change(items, wanted)  # type: ignore[arg-type]
                return sorted(changed, key=lambda item: item.time) if changed else None
    for burst in bss.bursts:  # no such frame: one to a sleeping station is made of a group frame
        sleepers = sorted(burst.beacons[0].asleep)
        if sleepers and len(burst.frames) > 1:
            receiver = bytes(int(part, 16) for part in sleepers[0].split(":"))
            number = burst.frames[0].frame.number
            return _change(
                items, {number: lambda item: replace(item, octets=item.octets[:4] + receiver + item.octets[10:])}
            )
    return None


@saboteur
def retries_a_group_frame(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [one.frame.number for one in bss.plain_groups]
    return _change(items, {number: _flag(RETRY, True) for number in _middle(numbers)})


@saboteur
def sends_a_group_frame_twice(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = _middle([one.frame.number for one in bss.plain_groups])
    out = []
    for item in items:
        out.append(item)
        if item.frame and item.frame.number in numbers:
            out.append(replace(item, time=item.time + 1e-4))
    return out if numbers else None


@saboteur
def acknowledges_a_group_frame(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = _middle([one.frame.number for one in bss.plain_groups])
    ack = b"\xd4\0\0\0" + bytes(int(part, 16) for part in bss.bssid.split(":"))
    out = []
    for item in items:
        out.append(item)
        if item.frame and item.frame.number in numbers:
            out.append(Item(item.time + 1e-5, item.radiotap, ack, None))
    return out if numbers else None


@saboteur
def fragments_a_group_frame(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [one.frame.number for one in bss.group_data]
    return _change(items, {number: _flag(MORE_FRAGMENTS, True) for number in _middle(numbers)})


@saboteur
def swaps_group_frames(items: list[Item], bss: Bss) -> list[Item] | None:
    """Two frames of a flow change places, octets and all but the flags."""
    frames = [one.frame for one in bss.group_data if bss.counter_of(one.frame)]
    for first, second in zip(frames, frames[1:]):
        if first.a1 == second.a1 and first.source == second.source and len(first.octets) == len(second.octets):
            by = {
                first.number: second.octets[:1] + first.octets[1:2] + second.octets[2:],
                second.number: first.octets[:1] + second.octets[1:2] + first.octets[2:],
            }
            return _change(items, {n: (lambda item, o=octets: replace(item, octets=o)) for n, octets in by.items()})
    return None


@saboteur
def sends_straight_to_the_group(items: list[Item], bss: Bss) -> list[Item] | None:
    """A station's group frame goes to the group itself, not to the access point."""
    for one in bss.from_stations:
        frame = one.frame
        if frame.has_payload and frame.to_ds and int(frame.a3[:2], 16) & 1:
            octets = bytearray(frame.octets)
            octets[1] &= 0xFE
            octets[4:10], octets[16:22] = frame.octets[16:22], frame.octets[4:10]
            return _change(items, {frame.number: lambda item: replace(item, octets=bytes(octets))})
    return None


@saboteur
def takes_a_rate_that_is_not_basic(items: list[Item], bss: Bss) -> list[Item] | None:
    return _rate(items, bss, next(rate for rate in (108, 96, 72, 3) if rate not in bss.basic_rates))


@saboteur
def takes_a_rate_that_nobody_has(items: list[Item], bss: Bss) -> list[Item] | None:
    return _rate(items, bss, 7)


def _rate(items: list[Item], bss: Bss, rate: int) -> list[Item] | None:
    def change(item: Item) -> Item:
        at = _rate_at(item.radiotap)
        return replace(item, radiotap=item.radiotap[:at] + bytes([rate]) + item.radiotap[at + 1 :])

    numbers = [one.frame.number for one in bss.groups if one.frame.rate is not None]
    return _change(items, {number: change for number in _middle(numbers)})


def _rate_at(radiotap: bytes) -> int:
    """Where radiotap's rate is: behind TSFT (8 octets, aligned) and flags."""
    present = struct.unpack_from("<I", radiotap, 4)[0]
    at, word = 8, present
    while word & 0x80000000:
        word = struct.unpack_from("<I", radiotap, at)[0]
        at += 4
    if present & 1:
        at = (at + 7) // 8 * 8 + 8
    return at + (1 if present & 2 else 0)


@saboteur
def mixes_up_addresses(items: list[Item], bss: Bss) -> list[Item] | None:
    """Address 3 of a group frame becomes a group."""
    numbers = [one.frame.number for one in bss.group_data]

    def change(item: Item) -> Item:
        return replace(item, octets=item.octets[:16] + b"\x01" + item.octets[17:])

    return _change(items, {number: change for number in _middle(numbers)})


@saboteur
def makes_group_frames_qos(items: list[Item], bss: Bss) -> list[Item] | None:
    plain = any(
        station.listen_interval and not station.qos for one in bss.beacons for station in one.stations.values()
    )
    if not plain:
        return None

    def change(item: Item) -> Item:
        octets = item.octets
        return replace(item, octets=bytes([octets[0] | 0x80]) + octets[1:24] + b"\x20\0" + octets[24:])

    return _change(items, {one.frame.number: change for one in bss.group_data if not one.frame.qos})


@saboteur
def delays_all_later_beacons(items: list[Item], bss: Bss) -> list[Item] | None:
    """From a late Beacon on every target time is later: the timestamps go on from there."""
    if len(bss.beacons) < 8:
        return None
    start = bss.beacons[len(bss.beacons) // 2].frame.number

    def change(item: Item) -> Item:
        stamp = struct.unpack_from("<Q", item.octets, 24)[0] + 20000
        return replace(item, octets=item.octets[:24] + struct.pack("<Q", stamp) + item.octets[32:])

    return _change(items, {one.frame.number: change for one in bss.beacons if one.frame.number >= start})


@saboteur
def sends_in_clear(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [one.frame.number for one in bss.group_data if one.frame.protected]
    return _change(items, {number: _flag(PROTECTED, False) for number in _middle(numbers)})


@saboteur
def uses_a_packet_number_again(items: list[Item], bss: Bss) -> list[Item] | None:
    frames = [one.frame for one in bss.group_data if one.frame.protected and len(one.frame.body) >= 8]
    for first, second in zip(frames, frames[1:]):
        if first.body[3] >> 6 == second.body[3] >> 6 and len(first.octets) - len(first.body) == len(second.octets) - len(second.body):
            at = len(second.octets) - len(second.body)
            return _change(
                items,
                {second.number: lambda item: replace(item, octets=item.octets[:at] + first.body[:8] + item.octets[at + 8 :])},
            )
    return None


@saboteur
def polls_in_the_burst(items: list[Item], bss: Bss) -> list[Item] | None:
    bursts = [burst for burst in bss.bursts if len(burst.frames) > 0]
    if not bss.polls or not bursts:
        return None
    when = (bursts[-1].beacons[0].frame.time + bursts[-1].frames[-1].frame.time) / 2
    changed = _change(items, {bss.polls[0].number: lambda item: replace(item, time=when)})
    return sorted(changed, key=lambda item: item.time) if changed else None


@saboteur
def leaves_requests_unanswered(items: list[Item], bss: Bss) -> list[Item] | None:
    return _change(items, {deal.frame.number: lambda item: None for deal in bss.deals if deal.answer})


@saboteur
def grants_without_an_identifier(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(item: Item, number: int) -> Item:
        at = item.octets.find(bytes([number]), 24 + 3 + 2)
        return replace(item, octets=item.octets[:at] + b"\0" + item.octets[at + 1 :]) if at >= 0 else item

    wanted = {
        deal.frame.number: (lambda item, n=deal.number: change(item, n))
        for deal in bss.deals if deal.answer and deal.status == 0 and deal.service != "fms"
    }  # fmt: skip
    return _change(items, wanted)  # type: ignore[arg-type]


@saboteur
def grants_to_everybody(items: list[Item], bss: Bss) -> list[Item] | None:
    """Denials become grants."""

    def change(item: Item, deal: Deal) -> Item:
        octets = bytearray(item.octets)
        if deal.service == "fms":
            octets[24 + 3 + 2 + 1 + 2] = 0
        else:
            octets[24 + 3 + 2 + 2] = 0
        return replace(item, octets=bytes(octets))

    wanted = {
        deal.frame.number: (lambda item, d=deal: change(item, d)) for deal in bss.deals if deal.answer and deal.status == 1
    }
    wanted |= {
        deal.frame.number: (lambda item, d=deal: change(item, d))
        for deal in bss.deals if deal.answer and deal.service == "fms" and deal.status
    }  # fmt: skip
    return _change(items, wanted)  # type: ignore[arg-type]


@saboteur
def drops_dms_copies(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [one.frame.number for one in bss.unicasts if one.frame.amsdu]
    return _change(items, {number: lambda item: None for number in numbers[1::2]})


@saboteur
def stops_the_group_copy(items: list[Item], bss: Bss) -> list[Item] | None:
    groups = bss.accepted("dms")
    numbers = [
        one.frame.number for one in bss.group_data if any(group in groups for group, _, _ in one.frame.msdus)
    ]
    return _change(items, {number: lambda item: None for number in numbers[1::2]})


@saboteur
def freezes_fms_counters(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(item: Item) -> Item:
        at = 36
        while at + 2 <= len(item.octets):
            if item.octets[at] == 86 and item.octets[at + 1] > 1:
                octets = bytearray(item.octets)
                octets[at + 3] = octets[at + 3] & 7 | 1 << 3
                return replace(item, octets=bytes(octets))
            at += 2 + item.octets[at + 1]
        return item

    return _change(items, {one.frame.number: change for one in bss.beacons if one.fms and one.fms.counts})


@saboteur
def repeats_without_retry_bit(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [one.frame.number for one in bss.group_data if one.frame.retry]
    return _change(items, {number: _flag(RETRY, False) for number in numbers})


@saboteur
def renumbers_retries(items: list[Item], bss: Bss) -> list[Item] | None:
    def change(item: Item) -> Item:
        number = struct.unpack_from("<H", item.octets, 22)[0] + 0x100 & 0xFFFF
        return replace(item, octets=item.octets[:22] + struct.pack("<H", number) + item.octets[24:])

    return _change(items, {one.frame.number: change for one in bss.group_data if one.frame.retry})


@saboteur
def reveals_the_group(items: list[Item], bss: Bss) -> list[Item] | None:
    """Frames behind the concealment address are no A-MSDU any more."""

    def change(item: Item) -> Item:
        return replace(item, octets=item.octets[:24] + bytes([item.octets[24] & 0x7F]) + item.octets[25:])

    numbers = [one.frame.number for one in bss.group_data if one.frame.amsdu and one.frame.qos]
    return _change(items, {number: change for number in numbers})


@saboteur
def asks_nobody(items: list[Item], bss: Bss) -> list[Item] | None:
    numbers = [frame.number for frame in bss.capture.frames if frame.control(8)]
    return _change(items, {number: lambda item: None for number in numbers})
