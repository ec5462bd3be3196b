# SPDX-License-Identifier: GPL-2.0-only
"""Reads out of the capture of an access point all that came in, as a scenario for a replay."""

from __future__ import annotations

from dataclasses import dataclass

from .capture import Capture
from .hostapd_conf import Conf
from .pcap_file import CaptureError
from .replay_group import LLC, Arrivals, stream_number
from .replay_stations import Event, Membership, Sleepers, memberships, number_beacons
from .replay_unicast import CHANGE, Nap, waiting_frames


@dataclass
class Scenario:
    """What went into a capture, in its own time."""

    capture: Capture
    conf: Conf
    bssid: str
    members: list[Membership]
    beacons: list[tuple[int, float]]  # number of its TBTT from the first DTIM Beacon on, when it was due
    start: float  # frames between start and end are compared
    end: float
    events: list[Event]
    numbers: dict[int, int]  # in the script, of group frames and of what waited for sleepers, by their number in the capture
    rate: int  # of group frames in the simulation, 100 kb/s


def _unicast(
    capture: Capture, bssid: str, members: list[Membership], naps: list[Nap], arrivals: Arrivals, start: float, end: float
) -> list[Event]:
    """The arrival of frames that waited for sleepers, and PS-Polls."""
    released = (frame for frame in capture.frames if frame.from_ds and not frame.group)
    sent = {frame.number: stream[1] for frame in released if (stream := stream_number(frame))}
    events = []
    for one in waiting_frames(capture, bssid, members, naps, start, end, sent):
        number = arrivals.take_number()
        events.append(Event(one.arrival, f"unicast {number} {max(12, one.octets - LLC)} {one.member}"))
        if one.released:
            arrivals.numbers[one.released.number] = number
        if one.poll is not None:
            events.append(Event(one.poll, f"poll {one.member}"))
    return events


def read_scenario(capture: Capture, conf: Conf, bssid: str, rate: int) -> Scenario:
    """What went into one run of an access point; ``rate`` is the simulation's for group frames, in 100 kb/s."""
    if not capture.frames:
        raise CaptureError(f"{capture.path}: no frames")
    beacons = number_beacons(capture, bssid, conf)
    members = memberships(capture, bssid)
    interval = conf.beacon_interval * 1024e-6
    start, end = beacons[0][1] - interval / 2, capture.frames[-1].time
    sleepers = Sleepers(capture, bssid, members)
    sleepers.collect(start, end)
    arrivals = Arrivals(capture, bssid, members, sleepers, start, end, rate)
    arrivals.collect()
    events = arrivals.events + sleepers.events + _unicast(capture, bssid, members, sleepers.naps, arrivals, start, end)
    for number, member in enumerate(members):
        if member.begin > start:
            events.append(Event(member.begin - CHANGE, f"associate {number}"))
        if member.end < end:
            events.append(Event(member.end, f"disassociate {number}"))
    # The frames after the last Beacons may not be in the capture any more.
    end = min(end, beacons[-1][1]) - 1.5 * interval
    return Scenario(capture, conf, bssid, members, beacons, start, end, events, arrivals.numbers, rate)
