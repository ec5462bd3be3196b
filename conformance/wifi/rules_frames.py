# SPDX-License-Identifier: GPL-2.0-only
"""Judges of single group frames: addresses, rates, protection (IEEE 802.11-2020 9.2.4, 10.3.6, 10.6.5, 12.5)."""

from __future__ import annotations

from .bss import Bss, GroupTx
from .capture import CONCEALMENT, CTS, RTS, Frame
from .finding import Evidence, judge
from .tim import HT_OPERATION, RSN

IGMP, ICMPV6 = 2, 58
AGAIN = 1.0  # seconds in which sequence numbers do not come round


@judge("WLAN-AP-10.3.6-01")
def group_frames_go_once(bss: Bss) -> Evidence:
    """No Ack, no retransmission, no RTS; frames of groupcast with retries are another requirement's."""
    evidence = Evidence(nothing="no group data")
    seen: dict[int, GroupTx] = {}
    for one in bss.plain_groups:
        evidence.check(one.frame, not one.frame.retry, "the Retry bit in a group frame")
        former = seen.get(one.frame.sequence)
        if former is not None and one.frame.time - former.frame.time < AGAIN:
            same = former.frame.a1 == one.frame.a1 and former.frame.body == one.frame.body
            evidence.check(one.frame, not same, f"sequence number {one.frame.sequence} again")
        seen[one.frame.sequence] = one
    groups = {id(one.frame) for one in bss.plain_groups}
    frames = bss.capture.frames
    for number, frame in enumerate(frames[1:], 1):
        if id(frame) in groups and (frames[number - 1].control(RTS) or frames[number - 1].control(CTS)):
            if frame.time - frames[number - 1].time < 5e-4 and frames[number - 1].a1 == bss.bssid:
                evidence.check(frame, False, "RTS or CTS before a group frame")
    for ack in bss.acks_of_groups:
        evidence.check(ack, False, "an Ack for a group frame")
    return evidence


@judge("WLAN-AP-10.3.6-02")
def group_frames_are_whole(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no group data")
    for one in bss.groups:
        whole = not one.frame.more_fragments and one.frame.fragment == 0
        evidence.check(one.frame, whole, "a fragment of a group frame")
    return evidence


@judge("WLAN-AP-10.3.6-03")
def stations_send_group_frames_to_the_access_point(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no station sends group data")
    sent = [one.frame for one in bss.group_data] + [one.frame for one in bss.unicasts]
    repeated = {(source, octets) for frame in sent for _, source, octets in frame.msdus}
    answered = False
    asked: list[Frame] = []
    for one in bss.from_stations:
        frame = one.frame
        if not frame.has_payload:
            continue
        direct = not frame.to_ds and frame.group
        if not direct and not int(frame.a3[:2] or "0", 16) & 1:
            continue
        evidence.check(frame, not direct, "a station sends a group frame to the group itself")
        if one.acknowledged and not direct and not is_membership(frame):
            if (frame.a2, frame.body) in repeated:
                answered = True
            else:
                asked.append(frame)
    if asked and not answered:
        evidence.reading = "group frames of stations do not come back: the access point keeps them apart (isolation)"
    return evidence


def is_membership(frame: Frame) -> bool:
    """IGMP or MLD, which snooping keeps from other stations (RFC 4541 2.1.1)."""
    packet = frame.body[8:]
    if frame.body[6:8] == b"\x08\x00" and len(packet) > 9:
        return packet[9] == IGMP
    if frame.body[6:8] == b"\x86\xdd" and len(packet) > 40:
        following = packet[40] if packet[6] == 0 else packet[6]
        return following == ICMPV6
    return False


@judge("WLAN-AP-10.6.5-01")
def group_frames_have_a_basic_rate(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="the capture tells no rates of group data")
    basic = bss.basic_rates
    for one in bss.groups:
        if one.frame.rate is not None and basic:
            evidence.check(
                one.frame, one.frame.rate in basic,
                f"{one.frame.rate / 2:g} Mb/s, the basic rates are {', '.join(f'{r / 2:g}' for r in sorted(basic))}",
            )  # fmt: skip
        elif one.frame.mcs is not None:
            allowed = basic_mcs(bss)
            if allowed is not None:
                evidence.check(one.frame, one.frame.mcs in allowed, f"MCS {one.frame.mcs} is no basic one")
    return evidence


def basic_mcs(bss: Bss) -> set[int] | None:
    """MCSs of the Basic HT-MCS Set (9.4.2.57); None if Beacons tell none."""
    operation = bss.beacons[-1].frame.element(HT_OPERATION)
    if operation is None or len(operation) < 22:
        return None
    return {octet * 8 + bit for octet in range(10) for bit in range(8) if operation[6 + octet] >> bit & 1}


@judge("WLAN-AP-10.6.5-02")
def every_station_can_receive_them(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no association tells the rates of a station")
    for one in bss.plain_groups:
        told = [station for station in one.stations.values() if station.rates]
        for station in told:
            if one.frame.rate is not None:
                evidence.check(
                    one.frame, one.frame.rate in station.rates,
                    f"{one.frame.rate / 2:g} Mb/s, which {station.address} does not have",
                )  # fmt: skip
            elif one.frame.mcs is not None:
                evidence.check(one.frame, station.ht, f"an HT frame, and {station.address} has no HT")
        evidence.check(one.frame, one.frame.width == 20, f"{one.frame.width} MHz wide") if told else None
    return evidence


@judge("WLAN-AP-9.2.4-01")
def group_frames_are_as_they_should_be(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="no group data")
    for one in bss.group_data:
        frame = one.frame
        evidence.check(frame, frame.from_ds and not frame.to_ds and frame.a2 == bss.bssid, "not From DS")
        inside = frame.a3 == bss.bssid if frame.amsdu else not int(frame.a3[:2], 16) & 1
        evidence.check(frame, inside, f"Address 3 is {frame.a3}")
        if frame.qos and frame.a1 != CONCEALMENT:  # which only stations with GCR, so with QoS, take
            plain = [station.address for station in one.stations.values() if station.listen_interval and not station.qos]
            evidence.check(frame, not plain, f"QoS Data, and {', '.join(plain)} has no QoS")
    return evidence


@judge("WLAN-AP-12.5-01")
def group_frames_are_protected(bss: Bss) -> Evidence:
    evidence = Evidence(nothing="the BSS has no RSN, or no group data")
    highest = -1  # packet number of the key at hand
    former: tuple[Frame, int] | None = None
    for one in bss.group_data:
        if one.beacon is None or one.beacon.frame.element(RSN) is None:
            continue
        frame = one.frame
        evidence.check(frame, frame.protected, "a group frame in clear in an RSN")
        if frame.protected and len(frame.body) >= 8:
            key, number = frame.body[3] >> 6, packet_number(frame.body)
            if former is None or former[1] != key or bss.restarted_between(former[0], frame):
                highest = -1  # another key
            evidence.check(frame, number > highest, f"packet number {number} of key {key} was used before")
            highest, former = max(number, highest), (frame, key)
    return evidence


def packet_number(octets: bytes) -> int:
    """Of the CCMP or GCMP header (12.5.3.2)."""
    return int.from_bytes(octets[4:8], "little") << 16 | int.from_bytes(octets[0:2], "little")
