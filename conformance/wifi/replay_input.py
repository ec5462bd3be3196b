# SPDX-License-Identifier: GPL-2.0-only
"""Reads out of the capture of an access point what came in: who was associated and slept when, and which group frames came.

A capture knows when a frame was sent to the access point, not when it came there. Where both fall on different sides of
something that matters (a Beacon, a change of power save) within ``SLACK``, the side is taken that the capture shows.
"""

from __future__ import annotations

import bisect
import struct
from dataclasses import dataclass, field

from .bss import udp_payload
from .capture import (
    ASSOC_REQUEST, ASSOC_RESPONSE, DEAUTH, DISASSOC, MANAGEMENT, PS_POLL, REASSOC_REQUEST, REASSOC_RESPONSE, Capture, Frame,
    is_group,
)  # fmt: skip
from .hostapd_conf import Conf
from .pcap_file import CaptureError
from .replay_unicast import Nap, members_in_tim, waiting_frames
from .tim import TIM, Tim, parse_tim

SLACK = 0.004  # s between an application's send and the frame's way into the access point
ACCESS = 0.00025  # s that a group frame takes on the simulation's air before its payload; none on hwsim's
AHEAD = 0.002  # s that one must come there before a Beacon to go before it
BEHIND = 0.0005  # s that one must come there after a Beacon to go after it
CHANGE = 0.006  # s that a change of power save, or an association, may take there
JOINING = 0.05  # s before and after an association in which nobody can say whether the access point took a frame
LLC = 8
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
    numbers: dict[int, int]  # in the script, of group frames and of those that waited for sleepers, by their number in the capture
    rate: int  # of group frames in the simulation, 100 kb/s


def stream_number(frame: Frame) -> tuple[int, float] | None:
    """Number and time of sending (s) of a frame of a stream over UDP; None if it is none."""
    if len(frame.body) < LLC or frame.protected:
        return None
    payload = udp_payload(frame.body)
    if len(payload) < 12:
        return None
    number, microseconds = struct.unpack_from(">IQ", payload)
    return (number, microseconds / 1e6) if microseconds and abs(microseconds / 1e6 - frame.time) < 60 else None


def flow_of(frame: Frame) -> tuple[str, str, bytes]:
    """Frames with the same counter: receiver, source, IP addresses and ports."""
    six = frame.body[6:8] == b"\x86\xdd"
    return frame.a1, frame.a3, frame.body[LLC + (8 if six else 12) : LLC + (44 if six else 24)]


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
            if not frame.power_management and (frame.has_payload and self._goes_on(index, number) or self._keeps(index, number)):
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

    def _goes_on(self, index: int, number: int) -> bool:
        """Does the access point take the station for asleep, whatever its frame says? hwsim's artificial power save has
        data frames with the bit clear, and captures of Linux 6.1 show access points that pass over them: DTIM Beacons after
        the next one still announce group frames, which nobody else's sleep explains."""
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
        before = next((one for one in reversed(frames[:index]) if one.beacon and one.a2 == self.bssid), None)
        after = next((at for at in range(index, len(frames)) if frames[at].beacon and frames[at].a2 == self.bssid), None)
        if before is None or after is None or frames[after].time not in self.members[number]:
            return False
        released = any(one.a1 == address and one.from_ds and one.has_payload for one in frames[index:after])
        told = [number in members_in_tim(one, self.members) for one in (before, frames[after])]
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


def group_frames(capture: Capture, bssid: str) -> list[Frame]:
    return [frame for frame in capture.frames if frame.from_ds and frame.a2 == bssid and frame.has_payload and frame.group]


@dataclass
class _Seen:
    """A frame of a stream that the capture has."""

    number: int
    time: float  # of arrival
    frame: Frame


@dataclass
class _Flow:
    """A stream from its beginning, or from where its sender began anew."""

    seen: list[_Seen] = field(default_factory=list)


def _flow_with(flows: list[_Flow], number: int) -> _Flow:
    """The one that a number goes on with; several may have the same addresses and ports."""
    open_ = [flow for flow in flows if flow.seen[-1].number < number]
    if not open_:
        flows.append(_Flow())
        return flows[-1]
    return max(open_, key=lambda flow: (flow.seen[-1].number, flow.seen[-1].time))


class Arrivals:
    """When group frames came into the access point, as far as the capture tells."""

    def __init__(
        self, capture: Capture, bssid: str, members: list[Membership], sleepers: Sleepers, start: float, end: float, rate: int
    ) -> None:
        self.frames = group_frames(capture, bssid)
        self.capture, self.bssid, self.members, self.start, self.end = capture, bssid, members, start, end
        self.begins = sleepers.begins
        self.dtims = dtims_of(capture, bssid)
        self.beacons = [frame.time for frame in capture.frames if frame.beacon and frame.a2 == bssid]
        self.bursts = self._bursts(rate)
        for event in sleepers.events:
            event.time = self._ahead_of_beacon(self._after_burst(event.time))
        self.changes = [(event.time, event.words.endswith("on")) for event in sleepers.events]
        self.numbers: dict[int, int] = {}
        self.sources: dict[int, float] = {}
        self.events: list[Event] = []
        self._next = 0

    def collect(self) -> None:
        self.sources = self._sources()
        flows: dict[tuple[str, str, bytes], list[_Flow]] = {}
        last = self.start
        for frame in self.frames:
            if not self.start <= frame.time <= self.end:
                continue
            stream = stream_number(frame)
            if stream is None:
                last = self._other(frame, last)
                continue
            number, sent = stream
            time = frame.time if self._behind_burst(frame.time) else self._placed(sent, frame.time)
            last = max(self._settled(time, frame.time), last + 1e-6)
            self.numbers[frame.number] = self._add(last, len(frame.body) - LLC, frame.a1)
            _flow_with(flows.setdefault(flow_of(frame), []), number).seen.append(_Seen(number, last, frame))
        every = [flow for several in flows.values() for flow in several]
        oldest: dict[int, float] = {}  # arrival of the first frame of a burst, by its DTIM
        for one in (one for flow in every for one in flow.seen):
            if one.frame.time - one.time >= SLACK:
                dtim = self._burst_of(one)
                oldest[dtim] = min(one.time, oldest.get(dtim, NEVER))
        for flow in every:
            self._missing(flow, oldest)
        self.events.sort(key=lambda event: event.time)

    def _sources(self) -> dict[int, float]:
        """When stations sent the group frames that the access point then repeated, by the number of the repetition."""
        sent = [one for one in self.capture.frames if one.to_ds and one.a1 == self.bssid and is_group(one.a3)]
        found = {}
        for frame in self.frames:
            same = [
                one for one in sent if one.a3 == frame.a1 and one.body == frame.body and 0 <= frame.time - one.time < 3
            ]
            if same:
                one = same[-1] if frame.time - same[-1].time < SLACK else same[0]  # at once, or in their order
                found[frame.number] = one.time
                sent.remove(one)
        return found

    def take_number(self) -> int:
        self._next += 1
        return self._next - 1

    def _add(self, time: float, octets: int, group: str) -> int:
        number = self.take_number()
        self.events.append(Event(time, f"group {number} {max(12, octets)} {group}"))
        return number

    def _bursts(self, rate: int) -> list[tuple[float, float, float]]:
        """From when to when bursts last on the simulation's air; and when their last frame was sent in the capture."""
        found = []
        for due, announced in self.dtims:
            if not announced:
                continue
            at = bisect.bisect_left(self.frames, due, key=lambda frame: frame.time)
            octets, frames, last = 0, 0, due
            for frame in self.frames[at:]:
                octets, frames, last = octets + len(frame.octets), frames + 1, frame.time
                if not frame.more_data:
                    break
            found.append((due, due + 0.002 + frames * ACCESS + octets * 80e-6 / rate, last))
        return found

    def _behind_burst(self, time: float) -> bool:
        """More Data 0 said that nothing waited behind it, so what follows at once came after it, whenever it was sent."""
        at = bisect.bisect_right(self.bursts, (time, NEVER, NEVER)) - 1
        return at >= 0 and self.bursts[at][2] < time < self.bursts[at][0] + SLACK

    def _after_burst(self, time: float) -> float:
        """What comes while a burst would still be going on on real air comes after it, in its order: hwsim's take no time."""
        at = bisect.bisect_right(self.bursts, (time, NEVER, NEVER)) - 1
        if at < 0 or time >= self.bursts[at][1]:
            return time
        due, end, _ = self.bursts[at]
        return end + (time - due) / 100

    def _settled(self, time: float, released: float) -> float:
        """An arrival that the simulation sees in the same state as the access point did: neither in a burst nor in a change
        of power save, which both take their time there."""
        time = self._after_burst(time)
        waited = released - time >= SLACK
        for change, asleep in self.changes:
            if asleep == waited and change - (SLACK if waited else 0) <= time < change + CHANGE:
                later = change + CHANGE
                at = bisect.bisect_right(self.beacons, time)
                if at == len(self.beacons) or later < self.beacons[at]:
                    time = later
        return time if waited else self._beside_beacon(time)

    def _ahead_of_beacon(self, change: float) -> float:
        """A change of power save that a Beacon follows at once: it takes some time on real air."""
        at = bisect.bisect_right(self.beacons, change)
        near = at < len(self.beacons) and self.beacons[at] - change < AHEAD
        return self.beacons[at] - AHEAD if near else change

    def _beside_beacon(self, time: float) -> float:
        """A frame that went just before a Beacon needs some time to do so on real air; one that went just after it would go
        first there, as Beacons contend for the medium, too."""
        at = bisect.bisect_right(self.beacons, time)
        if at > 0 and time - self.beacons[at - 1] < BEHIND:
            return self.beacons[at - 1] + BEHIND + (time - self.beacons[at - 1]) / 10
        if at == len(self.beacons) or self.beacons[at] - time > AHEAD:
            return time
        earlier = self.beacons[at] - AHEAD
        return time if any(earlier - CHANGE <= change <= time for change, _ in self.changes) else earlier

    def _placed(self, sent: float, released: float) -> float:
        """The time of arrival between sending and release that explains the release."""
        at = bisect.bisect_right(self.dtims, (sent, False))
        if at < len(self.dtims) and released >= self.dtims[at][0]:
            due, announced = self.dtims[at]
            following = self.dtims[at + 1][0] if at + 1 < len(self.dtims) else NEVER
            if due - sent < SLACK and (released >= following or not announced):
                return due + 1e-4 if released >= following else released
            return min(sent, due - 1e-4)
        if at > 0 and released - self.dtims[at - 1][0] < 0.001 and self.dtims[at - 1][1]:
            return self.dtims[at - 1][0] - 1e-4  # it joined the burst that was just beginning
        return released if released - sent < SLACK else sent

    def _other(self, frame: Frame, last: float) -> float:
        """Group frames of stations came with these; others came after the one before them, or when they went."""
        source = self.sources.get(frame.number)
        in_burst = not self._behind_burst(frame.time) and any(
            announced and 0 <= frame.time - due < SLACK for due, announced in self.dtims
        )
        # when it would have gone at once, before the DTIM of its burst
        before = max((time + 1e-4 for time in [*self.begins, *(due for due, _ in self.dtims)] if time < frame.time - SLACK), default=0.0)
        time = source if source is not None else (max(last + 1e-5, before) if in_burst else frame.time)
        time = max(self._settled(time, frame.time), last + 1e-6)
        self.numbers[frame.number] = self._add(time, len(frame.body) - LLC, frame.a1)
        return time

    def _burst_of(self, one: _Seen) -> int:
        return bisect.bisect_right(self.dtims, (one.frame.time, True))

    def _missing(self, flow: _Flow, oldest: dict[int, float]) -> None:
        """Numbers that the access point dropped were sent, too: between their neighbours, at the stream's rate. A full buffer
        drops its oldest frame: one that came before all that its burst has."""
        seen = flow.seen
        pairs = list(zip(seen, seen[1:]))
        if not pairs or seen[0].frame.a3 in {member.address for member in self.members}:
            return  # a station counts on when it is not heard
        spacing = sorted((b.time - a.time) / (b.number - a.number) for a, b in pairs)[len(pairs) // 2]
        for low, high in pairs:
            waited = high.frame.time - high.time >= SLACK
            latest = oldest[self._burst_of(high)] - 1e-5 if waited else NEVER
            for number in range(low.number + 1, high.number):
                time = low.time + (high.time - low.time) * (number - low.number) / (high.number - low.number)
                self._dropped(time, low.frame, latest)
        first = seen[0]
        if first.frame.time - first.time >= SLACK:
            for number in range(first.number - 1, -1, -1):
                self._dropped(first.time - spacing * (first.number - number), first.frame)

    def _dropped(self, time: float, like: Frame, latest: float = NEVER) -> None:
        due = min((due for due, _ in self.dtims), key=lambda one: abs(one - time), default=0.0)
        # else the buffer would have kept it instead of an older one
        time = min(self._after_burst(due if 0 < due - time < 2 * SLACK else time), latest)
        begin = min(self.begins, key=lambda one: abs(one - time), default=-NEVER)
        if latest < NEVER and abs(begin - time) < CHANGE:
            time = min(begin + CHANGE, latest)  # it was in the buffer
        if time >= self.start and any(one.begin + JOINING < time < one.end - JOINING for one in self.members):
            self._add(time, len(like.body) - LLC, like.a1)


def _unicast(
    capture: Capture, bssid: str, members: list[Membership], naps: list[Nap], arrivals: Arrivals, start: float, end: float
) -> list[Event]:
    """The arrival of frames that waited for sleepers, and PS-Polls."""
    told = {frame.number: stream for frame in capture.frames if not frame.group and frame.from_ds and (stream := stream_number(frame))}
    sent = {number: time for number, (_, time) in told.items()}
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
