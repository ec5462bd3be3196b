# SPDX-License-Identifier: GPL-2.0-only
"""Judges of Beacons and their TIM (IEEE 802.11-2020 9.4.2.5, 11.1.3)."""

from __future__ import annotations

from .bss import Beacon, Bss
from .finding import Evidence, judge
from .tim import shortest_map

LATE = 2e-3  # seconds after its target time from which a Beacon counts as late
CATCH_UP = 12  # so many Beacons at least must follow, and one of them be at its own time again


@judge("WLAN-AP-9.4.2.5-01")
def beacons_have_a_tim(bss: Bss) -> Evidence:
    evidence = Evidence()
    for beacon in bss.beacons:
        if beacon.tim is not None or not beacon.frame.cut:
            evidence.check(beacon.frame, not beacon.problem, beacon.problem)
    return evidence


@judge("WLAN-AP-9.4.2.5-02")
def dtim_count_goes_down(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no two Beacons in a row")
    for beacon, former in _pairs(bss):
        assert beacon.tim and former.tim
        if beacon.tim.period != former.tim.period:
            continue  # another requirement
        want = (former.tim.count - beacon.elapsed) % beacon.tim.period
        evidence.check(
            beacon.frame, beacon.tim.count == want,
            f"DTIM Count {beacon.tim.count}, {beacon.elapsed} Beacons after {former.tim.count}: {want} is next",
        )  # fmt: skip
    return evidence


@judge("WLAN-AP-9.4.2.5-03")
def period_and_interval_stay(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no two Beacons in a row")
    for beacon, former in _pairs(bss):
        assert beacon.tim and former.tim
        same = beacon.tim.period == former.tim.period
        evidence.check(
            beacon.frame, same, f"DTIM Period {beacon.tim.period} after {former.tim.period}"
        )
        told, before = beacon.frame.beacon_interval, former.frame.beacon_interval
        evidence.check(beacon.frame, told == before, f"Beacon Interval {told} after {before}")
    whole = [one for one in _pairs(bss) if one[0].elapsed == 1]
    spacings = sorted(one.frame.time - former.frame.time for one, former in whole)
    if spacings:
        middle, interval = spacings[len(spacings) // 2], whole[0][0].frame.beacon_interval * 1.024e-3
        evidence.check(
            whole[0][0].frame, abs(middle - interval) < interval / 20,
            f"Beacons come every {middle * 1e3:.1f} ms, their Beacon Interval is {interval * 1e3:.1f} ms",
        )  # fmt: skip
    return evidence


@judge("WLAN-AP-9.4.2.5-04")
def group_bit_means_group_frames(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no DTIM Beacon while a station sleeps")
    for number, beacon in enumerate(bss.beacons):
        if beacon.tim is None or number + 1 == len(bss.beacons):
            continue  # what follows the last one is not in the capture
        following = bss.after(beacon)
        if beacon.announces:
            goes_on = beacon.burst is not None and beacon.burst.beacons[0] is not beacon
            if not beacon.tim.dtim:
                evidence.check(beacon.frame, goes_on, "the group bit outside a DTIM Beacon, and no burst goes on")
            if beacon.tim.dtim or goes_on:
                evidence.check(beacon.frame, bool(following), "the group bit is set, and no group frame follows")
        elif beacon.tim.dtim and beacon.asleep:
            early = [one for one in following if one.asleep and _soon(one.frame.time - beacon.frame.time)]
            evidence.check(
                beacon.frame, not early, "the group bit is clear, and group frames follow while a station sleeps"
            )
    return evidence


def _soon(seconds: float) -> bool:
    """Right behind the Beacon: not what was on its way when a station fell asleep later."""
    return seconds < 0.02


@judge("WLAN-AP-9.4.2.5-05")
def map_is_as_short_as_it_can_be(bss: Bss) -> Evidence:
    evidence = Evidence()
    for beacon in bss.beacons:
        if beacon.tim is None:
            continue
        offset, octets = shortest_map(beacon.tim.aids)
        evidence.check(
            beacon.frame, (offset, octets) == (beacon.tim.offset, beacon.tim.octets),
            f"a map of {len(beacon.tim.octets)} octets from octet {beacon.tim.offset} on;"
            f" {len(octets)} from {offset} on are enough",
        )  # fmt: skip
    return evidence


@judge("WLAN-AP-9.4.2.5-06")
def aids_are_of_stations(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no bit of a station is set in any TIM")
    for beacon in bss.beacons:
        for aid in sorted(beacon.tim.aids) if beacon.tim else ():
            known = {station.aid for station in beacon.stations.values()}
            evidence.check(beacon.frame, aid != 0, "the bit of AID 0 in the map")
            if known and 0 not in known:
                evidence.check(beacon.frame, aid in known, f"AID {aid} is of no associated station")
    return evidence


@judge("WLAN-AP-11.1.3-01")
def late_beacons_shift_nothing(bss: Bss) -> Evidence:
    """Timestamps are when a Beacon really goes out: a late one is followed by one at its own time."""
    evidence = Evidence(nothing="no Beacon was late by more than 2 ms")
    lateness = [bss.lateness(beacon) for beacon in bss.beacons]
    best: list[tuple[float, int]] = [(float("inf"), 0)] * (len(lateness) + 1)  # of those behind, in the same run; how many
    for number in range(len(lateness) - 1, -1, -1):
        behind = best[number + 1] if number + 1 < len(lateness) and bss.beacons[number + 1].elapsed else (float("inf"), 0)
        best[number] = (min(lateness[number], behind[0]), behind[1] + 1)
    for number, beacon in enumerate(bss.beacons[:-1]):
        late, following = lateness[number], bss.beacons[number + 1]
        if late <= LATE or not following.elapsed or best[number + 1][1] < CATCH_UP:
            continue
        caught_up = best[number + 1][0] < late / 2 + 1e-3
        evidence.check(beacon.frame, caught_up, f"a Beacon {late * 1e3:.1f} ms late delays all those after it")
        if beacon.tim and following.tim and beacon.tim.period:
            want = (beacon.tim.count - following.elapsed) % beacon.tim.period
            evidence.check(following.frame, following.tim.count == want, "a late Beacon moved the DTIM Count")
    return evidence


def _pairs(bss: Bss) -> list[tuple[Beacon, Beacon]]:
    """Beacons of one run of the BSS with the one before, both with a TIM."""
    return [
        (one, one.former)
        for one in bss.beacons
        if one.former and one.elapsed and one.tim and one.former.tim and one.tim.period and one.former.tim.period
    ]
