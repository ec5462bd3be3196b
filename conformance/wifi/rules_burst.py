# SPDX-License-Identifier: GPL-2.0-only
"""Judges of group frames and sleeping stations (IEEE 802.11-2020 11.2.3)."""

from __future__ import annotations

import bisect

from .bss import Bss, GroupTx
from .finding import Evidence, judge

GRACE = 0.005  # seconds in which frames may still be on their way when the first station falls asleep
AT_ONCE = 0.02  # a flush begins that soon
PAUSE = 0.6  # of a beacon interval: a burst that goes on does not pause that long
ENOUGH = 8  # Beacons with group frames behind them: that all of them are DTIM Beacons is no chance any more


def _held(one: GroupTx) -> bool:
    """Must the frame have waited for a DTIM, as far as the capture tells?"""
    unknown = one.beacon is not None and one.beacon.tim is None and one.beacon.frame.cut
    return bool(one.asleep) and one.asleep_for > GRACE and not unknown


@judge("WLAN-AP-11.2.3.6-01")
def group_frames_wait_for_the_dtim(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no group frame while a station sleeps")
    for one in bss.groups:
        if _held(one):
            good = one.burst is not None or bss.of_fms(one)
            evidence.check(one.frame, good, "a group frame while a station sleeps, and no DTIM Beacon announced it")
    return evidence


@judge("WLAN-AP-11.2.3.6-02")
def nobody_asleep_nothing_waits(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no group frames while every station is awake")
    period = max((beacon.tim.period for beacon in bss.beacons if beacon.tim), default=1)
    free = [
        one for one in bss.group_data
        if not one.asleep and one.stations and one.burst is None and one.awake_for > 2 * period * 0.1024
    ]  # fmt: skip
    for one in free:
        evidence.check(one.frame, not one.frame.more_data, "More Data in a group frame that nothing announced")
    behind_dtim = [one for one in free if one.beacon and one.beacon.tim and one.beacon.tim.dtim]
    if len({id(one.beacon) for one in free}) >= ENOUGH and period > 1:
        spread = len(behind_dtim) < len(free)
        evidence.check(free[0].frame, spread, "all group frames follow DTIM Beacons, although every station is awake")
    if not free:
        waited = [one for one in bss.group_data if not one.asleep and one.stations and one.awake_for > 2 * period * 0.1]
        if len({id(one.beacon) for one in waited}) >= ENOUGH:
            evidence.check(waited[0].frame, False, "group frames wait for DTIMs, although every station is awake")
    return evidence


@judge("WLAN-AP-11.2.3.6-03")
def group_before_unicast(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no burst of group frames")
    for burst in bss.bursts:
        for one in burst.frames:
            evidence.seen.append(one.frame)
    for one in bss.unicasts:
        if one.asleep and one.asleep_for > GRACE and one.frame.has_payload and one.in_burst:
            evidence.check(one.frame, False, "a frame to a sleeping station before the burst is over")
    return evidence


@judge("WLAN-AP-11.2.3.6-04")
def more_data_but_in_the_last(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no burst of group frames")
    for one in bss.groups:
        if one.frame.more_data and one.burst is None and not one.flushed:
            evidence.check(one.frame, False, "More Data in a group frame that no Beacon announced")
    for burst in bss.bursts:
        if not burst.frames:
            continue
        for one in burst.frames:
            evidence.seen.append(one.frame)
        last = burst.frames[-1]
        for earlier, beacon in zip(burst.beacons, burst.beacons[1:]):
            sent = bss.after(earlier)
            idle = beacon.frame.time - (sent[-1] if sent else earlier).frame.time
            if sent and idle > PAUSE * beacon.frame.beacon_interval * 1.024e-3:
                evidence.check(
                    sent[-1].frame, False, f"More Data 1, and nothing more until the Beacon {idle * 1e3:.0f} ms later"
                )
        if burst.end == "cut":
            evidence.check(last.frame, False, "the burst ends without a frame whose More Data bit is 0")
        # a frame after the last one, before the next Beacon: the one with More Data 0 was not the last
        for one in bss.after(last.beacon) if last.beacon else ():
            if one.burst is None and _held(one) and one.frame.time > last.frame.time:
                evidence.check(last.frame, False, f"More Data 0, and group frame {one.frame.number} follows")
                break
    return evidence


@judge("WLAN-AP-11.2.3.6-05")
def overrun_keeps_the_group_bit(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no burst outlasts a beacon interval")
    for burst in bss.bursts:
        for beacon in burst.beacons[1:]:
            evidence.seen.append(beacon.frame)
        if burst.end == "cut" and burst.frames and burst.frames[-1].frame.more_data:
            evidence.check(
                burst.frames[-1].frame, False, "More Data 1, and the next Beacon's group bit is clear"
            )
    return evidence


@judge("WLAN-AP-11.2.3.6-06")
def every_group_address_waits(bss: Bss) -> Evidence:
    """Broadcast, IPv4 and IPv6 multicast alike: each kind that there was while a station slept came in bursts."""
    evidence = Evidence(nothing="group frames of one kind only while a station sleeps")
    kinds: dict[str, list[GroupTx]] = {}
    for one in bss.group_data:
        if _held(one):
            address = one.frame.a1
            kind = next((name for prefix, name in _KINDS if address.startswith(prefix)), "other")
            kinds.setdefault(kind, []).append(one)
    if len(kinds) < 2:
        return evidence
    for kind, frames in kinds.items():
        for one in frames:
            good = one.burst is not None or bss.of_fms(one)
            evidence.check(one.frame, good, f"a frame of kind {kind} did not wait for the DTIM")
    return evidence


_KINDS = (("ff:ff", "broadcast"), ("01:00:5e", "IPv4 multicast"), ("33:33", "IPv6 multicast"))


@judge("WLAN-AP-11.2.3.6-08")
def group_frames_stay_in_order(bss: Bss) -> Evidence:
    """By their sequence numbers, which an access point counts up in the order in which frames came to it."""
    evidence = Evidence(nothing="no group frames in a row")
    former: dict[tuple[str, int], GroupTx] = {}
    for one in bss.group_data:
        if one.frame.retry or bss.of_fms(one):
            continue
        key = (one.frame.source, one.frame.tid if one.frame.qos else -1)
        before = former.get(key)
        if before is not None and not bss.restarted_between(before.frame, one.frame):
            ahead = (one.frame.sequence - before.frame.sequence) % 4096
            evidence.check(
                one.frame, ahead < 2048,
                f"sequence number {one.frame.sequence} after {before.frame.sequence}",
            )  # fmt: skip
        payload = bss.counter_of(one.frame)
        last = bss.counter_of(before.frame) if before else None
        if payload is not None and last is not None and payload[0] == last[0]:
            again = payload[1] < 2 and last[1] > 10  # the sender began anew
            evidence.check(one.frame, again or payload[1] > last[1], f"datagram {payload[1]} after {last[1]}")
        former[key] = one
    return evidence


@judge("WLAN-AP-11.2.3-01")
def sleepers_frames_are_announced(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no unicast frame to a sleeping station")
    for one in bss.unicasts:
        if one.asleep and one.asleep_for > GRACE and one.frame.has_payload and one.aid:
            good = one.announced or one.asked
            evidence.check(
                one.frame, good, f"a frame to a sleeping station whose AID {one.aid} no Beacon announced"
            )
    return evidence


@judge("WLAN-AP-11.2.3-02")
def the_last_wake_flushes(bss: Bss) -> Evidence:
    """Frames that wait when the last station wakes up go at once; mac80211 lets them wait for the DTIM."""
    evidence = Evidence(nothing="the last sleeping station never woke up with group frames waiting")
    times = [one.frame.time for one in bss.group_data]
    for number, change in enumerate(bss.changes):
        if change.asleep or change.left:
            continue
        until = bss.changes[number + 1].frame.time if number + 1 < len(bss.changes) else float("inf")
        place = bisect.bisect_right(times, change.frame.time)
        after = bss.group_data[place : bisect.bisect_left(times, until)]
        if not after or place == 0:
            continue
        interval = max(bss.beacons[0].frame.beacon_interval, 1) * 1.024e-3
        if after[0].frame.time - change.frame.time > 12 * interval:
            continue  # nothing was waiting
        evidence.seen.append(after[0].frame)
        if after[0].frame.time - change.frame.time > AT_ONCE and after[0].burst is not None:
            evidence.reading = "group frames wait for the DTIM after the last station woke up (mac80211)"
    return evidence


@judge("WLAN-STA-11.2.3.6-01")
def stations_answer_only_when_awake(bss: Bss) -> Evidence:
    """On the wire: a sleeping station fetches its frames after the burst, not in it."""
    evidence = Evidence(nothing="no station polls around a burst")
    bursts = [burst for burst in bss.bursts if burst.frames]
    begins = [burst.beacons[0].frame.time for burst in bursts]
    for poll in bss.polls:
        place = bisect.bisect_left(begins, poll.time) - 1
        inside = place >= 0 and poll.time < bursts[place].frames[-1].frame.time
        evidence.check(poll, not inside, "a PS-Poll before the last group frame")
    return evidence
