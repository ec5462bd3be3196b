# SPDX-License-Identifier: GPL-2.0-only
"""Reads out of the capture of an access point which group frames came in, and when.

A capture knows when a frame was sent to the access point, not when it came there. Where both fall on different sides of
something that matters (a Beacon, a change of power save) within ``SLACK``, the side is taken that the capture shows.
"""

from __future__ import annotations

import bisect
import struct
from dataclasses import dataclass, field

from .bss import udp_payload
from .capture import Capture, Frame, is_group
from .replay_stations import NEVER, Event, Membership, Sleepers, dtims_of
from .replay_unicast import AHEAD, CHANGE, SLACK

ACCESS = 0.00025  # s that a group frame takes on the simulation's air before its payload; none on hwsim's
BEHIND = 0.0005  # s that one must come there after a Beacon to go after it
JOINING = 0.05  # s before and after an association in which nobody can say whether the access point took a frame
LLC = 8


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
        self.rate = rate
        self.bursts = self._bursts()
        for event in sleepers.events:
            event.time = self._ahead_of_beacon(self._after_burst(event.time) + self._room(event.time))
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

    def _bursts(self) -> list[tuple[float, float, float]]:
        """From when to when bursts last on the simulation's air; and when their last frame was sent in the capture."""
        found = []
        for due, announced in self.dtims:
            if not announced:
                continue
            at = bisect.bisect_left(self.frames, due, key=lambda frame: frame.time)
            end, last = due + 0.002, due
            for frame in self.frames[at:]:
                end, last = end + self._airtime(frame), frame.time
                if not frame.more_data:
                    break
            found.append((due, end, last))
        return found

    def _airtime(self, frame: Frame) -> float:
        return ACCESS + len(frame.octets) * 80e-6 / self.rate

    def _room(self, change: float) -> float:
        """What frames take that go at once between a burst and a change of power save, both of which are late there."""
        at = bisect.bisect_right(self.bursts, (change, NEVER, NEVER)) - 1
        if at < 0 or change >= self.bursts[at][1]:
            return 0.0
        return sum(1.5 * self._airtime(frame) for frame in self.frames if self.bursts[at][2] < frame.time < change)

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
        if not any(one.begin + JOINING < time < one.end - JOINING for one in self.members):
            return  # nobody was there
        due = min((due for due, _ in self.dtims), key=lambda one: abs(one - time), default=0.0)
        # else the buffer would have kept it instead of an older one
        time = min(self._after_burst(due if 0 < due - time < 2 * SLACK else time), latest)
        begin = min(self.begins, key=lambda one: abs(one - time), default=-NEVER)
        if latest < NEVER and abs(begin - time) < CHANGE:
            time = min(begin + CHANGE, latest)  # it was in the buffer
        if time >= self.start:
            self._add(time, len(like.body) - LLC, like.a1)
