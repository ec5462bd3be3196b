# SPDX-License-Identifier: GPL-2.0-only
"""Judges of FMS, DMS and groupcast with retries (IEEE 802.11-2020 11.2.3.14, 11.21.16)."""

from __future__ import annotations

from .bss import Bss, GroupTx
from .capture import BLOCK_ACK_REQUEST, CONCEALMENT
from .finding import Evidence, judge
from .services import BLOCK_ACK_POLICY, DIRECTED, UNSOLICITED_RETRY, Deal

NO_FMS = "no FMS stream was accepted"
NO_DMS = "no DMS stream was accepted"
NO_GCR = "no GCR stream was accepted"
_BITMAP = slice(10, 18)  # of a GCR BlockAck's body: control, starting sequence control, group, bitmap (9.3.1.8.6)


def _requests_are_answered(bss: Bss, services: tuple[str, ...], nothing: str) -> Evidence:
    evidence = Evidence(nothing=nothing)
    for deal in bss.deals:
        if deal.answer or deal.service not in services or deal.status != 0:
            continue
        answers = [
            one for one in bss.deals
            if one.answer and one.station == deal.station and one.token == deal.token
            and one.frame.time > deal.frame.time
        ]  # fmt: skip
        evidence.check(deal.frame, bool(answers), f"a request ({deal.service}, {deal.group}) without an answer")
        for answer in answers[:1]:
            evidence.check(
                answer.frame, answer.status != 0 or answer.number > 0, "a stream is accepted without an identifier"
            )
    return evidence


@judge("WLAN-STA-11.2.3.14-01")
def fms_requests_are_answered(bss: Bss) -> Evidence:
    return _requests_are_answered(bss, ("fms",), "no station asks for FMS")


@judge("WLAN-STA-11.21.16-01")
def dms_requests_are_answered(bss: Bss) -> Evidence:
    return _requests_are_answered(bss, (DIRECTED,), "no station asks for DMS")


@judge("WLAN-STA-11.21.16-03")
def gcr_requests_are_answered(bss: Bss) -> Evidence:
    return _requests_are_answered(bss, (UNSOLICITED_RETRY, BLOCK_ACK_POLICY), "no station asks for GCR")


@judge("WLAN-STA-11.21-01")
def services_need_both_sides(bss: Bss) -> Evidence:
    """A request of a station whose association did not tell the service is turned down."""
    evidence = Evidence(nothing="nobody asks for a service that it does not tell to have")
    for deal in bss.deals:
        if not deal.answer or deal.station not in bss.capabilities:
            continue
        has = deal.service in bss.capabilities[deal.station]
        accepted = deal.status == 0
        if not has:
            evidence.check(
                deal.frame, not accepted, f"{deal.service} is granted to {deal.station}, which does not tell to have it"
            )
    return evidence


def _fms_frames(bss: Bss) -> list[tuple[GroupTx, Deal]]:
    streams = bss.accepted("fms")
    found = []
    for one in bss.group_data:
        for group, _, _ in one.frame.msdus:
            if group in streams and one.frame.time > streams[group][0].frame.time:
                found.append((one, streams[group][0]))
    return found


@judge("WLAN-AP-11.2.3.14-01")
def fms_streams_wait_for_their_counter(bss: Bss) -> Evidence:
    evidence = Evidence(nothing=NO_FMS)
    for one, deal in _fms_frames(bss):
        beacon = one.beacon
        counts = beacon.fms.counts if beacon and beacon.fms else {}
        good = beacon is not None and (one.burst is not None or bool(beacon.tim and beacon.tim.dtim))
        evidence.check(one.frame, good, "a frame of an FMS stream, and the last Beacon is no DTIM")
        start = one.burst.beacons[0].fms if one.burst else None
        counts = start.counts if start else counts
        count = counts.get(deal.counter)
        evidence.check(
            one.frame, count == 0, f"a frame of FMSID {deal.number}, and its counter {deal.counter} is {count}"
        )
    return evidence


@judge("WLAN-AP-11.2.3.14-02")
def fms_counters_go_down(bss: Bss) -> Evidence:
    evidence = Evidence(nothing=NO_FMS)
    streams = [deals[0] for deals in bss.accepted("fms").values()]
    if not streams:
        return evidence
    intervals = {deal.counter: deal.interval for deal in streams}
    began = min(deal.frame.time for deal in streams)
    former: dict[int, int] | None = None
    for beacon in bss.beacons:
        if beacon.frame.time < began or not (beacon.tim and beacon.tim.dtim):
            continue
        evidence.check(beacon.frame, beacon.fms is not None, "a DTIM Beacon without FMS Descriptor")
        counts = beacon.fms.counts if beacon.fms else {}
        for counter, interval in intervals.items():
            if former is None or counter not in former or counter not in counts:
                continue
            want = former[counter] - 1 if former[counter] else interval - 1
            evidence.check(
                beacon.frame, counts[counter] == want,
                f"FMS counter {counter} is {counts[counter]} after {former[counter]}: {want} is next",
            )  # fmt: skip
        former = counts
    return evidence


def _dms_copies(bss: Bss, group: str, station: str) -> list[tuple[object, bytes]]:
    return [
        (one, octets)
        for one in bss.unicasts
        if one.frame.a1 == station and one.frame.amsdu
        for destination, _, octets in one.frame.msdus
        if destination == group
    ]


@judge("WLAN-AP-11.21.16-01")
def dms_copies_are_unicast(bss: Bss) -> Evidence:
    """A copy for every group MSDU that others got, to the station's own address, with Ack."""
    evidence = Evidence(nothing=NO_DMS)
    for group, deals in bss.accepted(DIRECTED).items():
        for deal in deals:
            until = _ended(bss, deal)
            copies = _dms_copies(bss, group, deal.station)
            for one, _ in copies:
                frame = one.frame  # type: ignore[attr-defined]
                evidence.check(frame, frame.ack_policy != 1, "a DMS copy that asks for no Ack")
            have = {octets for _, octets in copies}
            for tx in bss.group_data:
                inside = [octets for destination, _, octets in tx.frame.msdus if destination == group]
                if inside and deal.frame.time < tx.frame.time < until:
                    evidence.check(tx.frame, inside[0] in have, f"no DMS copy of it for {deal.station}")
            if not copies:
                evidence.check(deal.frame, False, f"{deal.station} has DMS for {group} and gets no copy")
    return evidence


def _ended(bss: Bss, deal: Deal) -> float:
    ends = [
        one.frame.time for one in bss.deals
        if one.station == deal.station and one.group == deal.group and one.frame.time > deal.frame.time
        and (one.status == 2 if one.answer else one.status == 1)
    ]  # fmt: skip
    return min(ends, default=float("inf"))


@judge("WLAN-AP-11.21.16-02")
def group_frames_stay_for_the_others(bss: Bss) -> Evidence:
    """While an associated station has no DMS for the group, each MSDU goes as a group frame, too."""
    evidence = Evidence(nothing=NO_DMS)
    for group, deals in bss.accepted(DIRECTED).items():
        served = {deal.station for deal in deals}
        in_group = {
            octets for tx in bss.group_data for destination, _, octets in tx.frame.msdus if destination == group
        }
        members = bss.members_of(group)
        for deal in deals:
            for one, octets in _dms_copies(bss, group, deal.station):
                frame = one.frame  # type: ignore[attr-defined]
                others = members - served
                if others and frame.time < bss.capture.frames[-1].time - 1.0:
                    who = ", ".join(sorted(others))
                    evidence.check(frame, octets in in_group, f"no group frame of it for {who}, who has no DMS")
    return evidence


def _concealed(bss: Bss) -> list[GroupTx]:
    return [one for one in bss.group_data if one.frame.a1 == CONCEALMENT]


@judge("WLAN-AP-11.21.16-03")
def unsolicited_retries_repeat(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no unsolicited retries")
    if not bss.accepted(UNSOLICITED_RETRY):
        return evidence
    copies: dict[tuple[int, bytes], list[GroupTx]] = {}
    for one in _concealed(bss):
        copies.setdefault((one.frame.sequence, one.frame.body), []).append(one)
    numbers = [len(group) for group in copies.values()]
    if not numbers:
        return evidence
    usual = max(set(numbers), key=numbers.count)
    for group in copies.values():
        first, *others = group
        evidence.check(first.frame, not first.frame.retry, "the Retry bit in the first transmission")
        for one in others:
            evidence.check(one.frame, one.frame.retry, f"sequence number {one.frame.sequence} again without Retry bit")
        evidence.check(first.frame, len(group) <= usual, f"{len(group)} transmissions, others have {usual}")
    seen: dict[bytes, GroupTx] = {}
    for one in _concealed(bss):
        before = seen.setdefault(one.frame.body, one)
        same = before.frame.sequence == one.frame.sequence
        evidence.check(one.frame, same, f"a repeated frame with another sequence number than {before.frame.sequence}")
    evidence.check(_concealed(bss)[0].frame, usual > 1, "no frame is repeated")
    return evidence


@judge("WLAN-AP-11.21.16-04")
def block_ack_asks_each_member(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no GCR block ack")
    streams = bss.accepted(BLOCK_ACK_POLICY)
    if not streams:
        return evidence
    members = {deal.station for deals in streams.values() for deal in deals}
    asked = [
        frame for frame in bss.capture.frames if frame.control(BLOCK_ACK_REQUEST) and frame.a2 == bss.bssid
    ]
    first = _concealed(bss)
    if not first:
        return evidence
    for station in sorted(members):
        found = [frame for frame in asked if frame.a1 == station]
        evidence.check(found[0] if found else first[0].frame, bool(found), f"{station} is never asked")
    for frame in asked:
        evidence.check(frame, frame.a1 in members, f"{frame.a1} is asked, who has no GCR block ack")
    missing = _missing(bss, members)
    for one in first:
        if one.frame.retry:
            wanted = missing.get(one.frame.sequence)
            evidence.check(one.frame, wanted is not False, "a frame that every member has is sent again")
    return evidence


def _missing(bss: Bss, members: set[str]) -> dict[int, bool]:
    """By sequence number: False once every member's Block Ack had it. What was not told stays out."""
    has: dict[int, set[str]] = {}
    for frame in bss.capture.frames:
        if frame.control(9) and frame.a1 == bss.bssid and frame.a2 in members and len(frame.body) >= _BITMAP.stop:
            start = int.from_bytes(frame.body[2:4], "little") >> 4
            bitmap = int.from_bytes(frame.body[_BITMAP], "little")
            for bit in range(64):
                if bitmap >> bit & 1:
                    has.setdefault((start + bit) % 4096, set()).add(frame.a2)
    # only numbers that were acknowledged by all before they could come round again
    retried = {one.frame.sequence: one.frame for one in _concealed(bss) if one.frame.retry}
    done = {sequence for sequence, stations in has.items() if stations >= members}
    told: dict[int, bool] = {}
    for sequence, frame in retried.items():
        first_missing = any(
            other.control(9) and other.a2 in members and other.time < frame.time
            and _lacks(other.body, sequence)
            for other in bss.capture.frames
        )  # fmt: skip
        silent = _unanswered_before(bss, frame, members)
        told[sequence] = bool(first_missing or silent or sequence not in done)
    return told


def _lacks(body: bytes, sequence: int) -> bool:
    if len(body) < _BITMAP.stop:
        return False
    start = int.from_bytes(body[2:4], "little") >> 4
    ahead = (sequence - start) % 4096
    return ahead < 64 and not int.from_bytes(body[_BITMAP], "little") >> ahead & 1


def _unanswered_before(bss: Bss, frame: object, members: set[str]) -> bool:
    """Was a request before the frame left without a Block Ack?"""
    frames = bss.capture.frames
    for number, one in enumerate(frames):
        if one is frame:
            return False
        if one.control(BLOCK_ACK_REQUEST) and one.a2 == bss.bssid and one.a1 in members:
            following = frames[number + 1 : number + 3]
            if not any(other.control(9) and other.a2 == one.a1 for other in following):
                return True
    return False


@judge("WLAN-AP-11.21.16-06")
def gcr_hides_the_group(bss: Bss) -> Evidence:
    evidence = Evidence(nothing=NO_GCR)
    streams = {**bss.accepted(UNSOLICITED_RETRY), **bss.accepted(BLOCK_ACK_POLICY)}
    if not streams:
        return evidence
    for one in _concealed(bss):
        inside = [destination for destination, _, _ in one.frame.msdus]
        good = one.frame.amsdu and bool(inside) and all(group in streams for group in inside)
        evidence.check(one.frame, good, "the concealment address, and no group of GCR in an A-MSDU inside")
    for one in bss.plain_groups:
        if one.frame.a1 in streams and one.frame.retry:
            evidence.check(one.frame, False, "a retry with the group's own address")
    return evidence
