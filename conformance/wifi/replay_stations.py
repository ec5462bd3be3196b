# SPDX-License-Identifier: GPL-2.0-only
"""Reads out of the capture of an access point what its stations did: who was associated and slept when."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .capture import (
    ASSOC_REQUEST, ASSOC_RESPONSE, DEAUTH, DISASSOC, MANAGEMENT, PS_POLL, REASSOC_REQUEST, REASSOC_RESPONSE, Capture, Frame,
    is_group,
)  # fmt: skip
from .hostapd_conf import Conf
from .pcap_file import CaptureError
from .replay_unicast import Nap, members_in_tim
from .tim import TIM, Tim, parse_tim

NEVER = float("inf")


@dataclass
class Event:
    time: float  # of the capture, s
    words: str  # with the script's syntax after the time


@dataclass
class Membership:
    """A station from its association on, to its end; begin is -inf if that was before the capture."""

    address: str
    begin: float
    end: float = NEVER
    aid: int | None = None  # if the capture has the association
    number: int = 0  # in the script

    def __contains__(self, time: float) -> bool:
        return self.begin <= time < self.end


def find_bssid(capture: Capture, ssid: str = "") -> str:
    """The access point with that SSID, or else the one with the most Beacons."""
    counts: dict[str, int] = {}
    for frame in capture.frames:
        if frame.beacon and not is_group(frame.a2):
            same = ssid and (frame.element(0) or b"") == ssid.encode()
            counts[frame.a2] = counts.get(frame.a2, 0) + (1000000 if same else 1)
    if not counts:
        raise CaptureError(f"{capture.path}: there is no Beacon")
    return max(counts, key=lambda bssid: counts[bssid])


def parse_tim_of(frame: Frame) -> Tim | None:
    return parse_tim(frame.element(TIM))[0]


def _steps(before: Frame, frame: Frame, interval: float) -> int | None:
    """Beacon intervals between two Beacons; None if the access point began anew between them."""
    passed = (frame.time - before.time) / interval
    nearest = max(1, round(passed))
    one, other = parse_tim_of(before), parse_tim_of(frame)
    if not one or not other or not one.period:
        return nearest
    fitting = [n for n in range(max(1, nearest - 1), nearest + 2) if (one.count - n) % one.period == other.count]
    if one.period != other.period or not fitting:
        return None
    return min(fitting, key=lambda n: abs(n - passed))


def split_runs(capture: Capture, bssid: str, conf: Conf) -> list[Capture]:
    """The capture's parts, one for each time that the access point was started."""
    interval = conf.beacon_interval * 1024e-6
    starts = [0]
    before: Frame | None = None
    goodbye: int | None = None  # a broadcast that ends all associations, since the last Beacon
    for index, frame in enumerate(capture.frames):
        if frame.a2 != bssid:
            continue
        if frame.management(DEAUTH, DISASSOC) and frame.group and before is not None and goodbye is None:
            goodbye = index
        elif frame.beacon:
            anew = before is not None and _steps(before, frame, interval) is None
            silent = goodbye is not None and before is not None and frame.time - before.time > 2.5 * interval
            if anew or silent:
                starts.append(index if goodbye is None else goodbye)
            before, goodbye = frame, None
    ends = starts[1:] + [len(capture.frames)]
    return [Capture(capture.path, capture.link_type, capture.frames[i:j]) for i, j in zip(starts, ends)]


def number_beacons(capture: Capture, bssid: str, conf: Conf) -> list[tuple[int, float]]:
    """Beacons by the number of their TBTT, counted from a DTIM, with the time of it by the capture's clock."""
    beacons = [frame for frame in capture.frames if frame.beacon and frame.a2 == bssid]
    interval = conf.beacon_interval * 1024e-6
    first = next((i for i, frame in enumerate(beacons) if (tim := parse_tim_of(frame)) and tim.dtim), None)
    if first is None:
        raise CaptureError(f"{capture.path}: there is no DTIM Beacon")
    numbered = [(0, beacons[first].time)]
    for before, frame in zip(beacons[first:], beacons[first + 1 :]):
        numbered.append((numbered[-1][0] + (_steps(before, frame, interval) or 1), frame.time))
    return numbered


def memberships(capture: Capture, bssid: str) -> list[Membership]:
    """Who was associated when, in the order of the associations."""
    found: list[Membership] = []
    now: dict[str, Membership] = {}

    def leave(addresses: list[str], time: float) -> None:
        for address in addresses:
            if address in now:
                now.pop(address).end = time

    known: set[str] = set()
    for frame in capture.frames:
        if frame.management(ASSOC_RESPONSE, REASSOC_RESPONSE) and frame.a2 == bssid:
            if len(frame.body) >= 4 and frame.body[2:4] == b"\0\0" and not _again(now.get(frame.a1), frame):
                leave([frame.a1], frame.time)
                aid = struct.unpack_from("<H", frame.body, 4)[0] & 0x3FFF if len(frame.body) >= 6 else None
                now[frame.a1] = Membership(frame.a1, frame.time, aid=aid, number=len(found))
                found.append(now[frame.a1])
            known.add(frame.a1)
        elif frame.management(DEAUTH, DISASSOC) and bssid in (frame.a1, frame.a2):
            leave(list(now) if frame.group else [frame.a1, frame.a2], frame.time)
            known |= {frame.a1, frame.a2}
        elif frame.data and bssid in (frame.a1, frame.a2) and not frame.group:
            other = frame.a2 if frame.a1 == bssid else frame.a1
            if other not in known and frame.to_ds != frame.from_ds:
                now[other] = Membership(other, -NEVER, number=len(found))
                found.append(now[other])
            known.add(other)
        elif frame.management(ASSOC_REQUEST, REASSOC_REQUEST):
            known.add(frame.a2)
    return found


def _again(member: Membership | None, frame: Frame) -> bool:
    """Is it the same answer once more?"""
    return member is not None and frame.retry and frame.time - member.begin < 0.5


class Sleepers:
    """Who sleeps when, by the Power Management bit."""

    def __init__(self, capture: Capture, bssid: str, members: list[Membership]) -> None:
        self.capture, self.bssid, self.members = capture, bssid, members
        self.dtims = dtims_of(capture, bssid)
        self.asleep: set[int] = set()
        self.events: list[Event] = []
        self.begins: list[float] = []  # when the first one fell asleep, while all were awake
        self.naps: list[Nap] = []

    def collect(self, start: float, end: float) -> None:
        for index, frame in enumerate(self.capture.frames):
            number = self._number(frame)
            if number is None or frame.time > end:
                continue
            self.asleep = {one for one in self.asleep if frame.time in self.members[one]}
            if frame.power_management == (number in self.asleep):
                continue
            if not frame.power_management and self._stays(index, number):
                continue
            self.asleep ^= {number}
            if self.asleep == {number}:
                self.begins.append(frame.time)
            if frame.power_management:
                self.naps.append(Nap(number, frame.time, self.members[number].end))
            else:
                next(nap for nap in reversed(self.naps) if nap.member == number).end = frame.time
            on = "on" if frame.power_management else "off"
            self.events.append(Event(max(frame.time, start), f"power-save {number} {on}"))

    def _number(self, frame: Frame) -> int | None:
        """Of the member that a frame tells the power management of."""
        tells = frame.data or frame.control(PS_POLL) or (frame.type == MANAGEMENT and frame.subtype >= 8)
        if frame.a1 != self.bssid or not tells or frame.more_fragments:
            return None
        for number in range(len(self.members) - 1, -1, -1):
            if self.members[number].address == frame.a2 and frame.time in self.members[number]:
                return number
        return None

    def _stays(self, index: int, number: int) -> bool:
        """Does the access point take the station for asleep, whatever its frame says?"""
        return (self.capture.frames[index].has_payload and self._goes_on(index, number)) or self._keeps(index, number)

    def _goes_on(self, index: int, number: int) -> bool:
        """Does it keep group frames as if it did? hwsim's artificial power save has data frames with the bit clear, and
        captures of Linux 6.1 show access points that pass over them: DTIM Beacons after the next one still announce group
        frames, which nobody else's sleep explains."""
        if self.asleep != {number}:
            return False
        frame = self.capture.frames[index]
        until = next(
            (one.time for one in self.capture.frames[index + 1 :] if self._tells_anew(one, number)),
            self.members[number].end,
        )
        after = [announced for due, announced in self.dtims if frame.time < due < until]
        return any(after[1:])

    def _keeps(self, index: int, number: int) -> bool:
        """Does the access point still keep frames for it, and release none? So do those of Linux 6.1 whose station was in the
        middle of what a PS-Poll began."""
        frames, address = self.capture.frames, self.members[number].address
        before = next((at for at in range(index, -1, -1) if frames[at].beacon and frames[at].a2 == self.bssid), None)
        after = next((at for at in range(index, len(frames)) if frames[at].beacon and frames[at].a2 == self.bssid), None)
        if before is None or after is None or frames[after].time not in self.members[number]:
            return False
        released = any(one.a1 == address and one.from_ds and one.has_payload for one in frames[index:after])
        told = [number in members_in_tim(frames[at], self.members) for at in (before, after)]
        return all(told) and not released

    def _tells_anew(self, frame: Frame, number: int) -> bool:
        """Is it of this station, or does another one fall asleep?"""
        other = self._number(frame)
        return other == number or (other is not None and frame.power_management)


def dtims_of(capture: Capture, bssid: str) -> list[tuple[float, bool]]:
    """When DTIM Beacons were due, and whether they announced group frames."""
    return [
        (frame.time, tim.group)
        for frame in capture.frames
        if frame.beacon and frame.a2 == bssid and (tim := parse_tim_of(frame)) and tim.dtim
    ]
