# SPDX-License-Identifier: GPL-2.0-only
"""Reads out of a capture which unicast frames waited for sleepers, and when they came, so that a replay has the same TIMs.

A capture shows when a frame was released, and in which Beacons its station's bit was set; a stream's frames tell when they
were sent, too. A frame that came while its station slept came before the first Beacon of those with the bit that it was
released after. Where a bit is set and nothing is released, something waited that is not in the capture.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Protocol

from .capture import PS_POLL, Capture, Frame
from .tim import TIM, Tim, parse_tim

SLACK = 0.004  # s from sending to arrival, and from waking up to the end of what was released for it
AHEAD = 0.002  # s that a frame comes before a Beacon that tells of it
CHANGE = 0.006  # s that a change of power save, or an association, may take in the simulation
POLLED = 0.05  # s from a PS-Poll to the frame that it asked for
UNSEEN = 60  # octets of a frame that was never released


class Member(Protocol):
    address: str
    aid: int | None
    number: int  # by which it is told apart from other associations

    def __contains__(self, time: float) -> bool: ...


@dataclass
class Nap:
    """A time in which a member slept, in the capture's time."""

    member: int
    begin: float
    end: float


@dataclass
class Waiting:
    """A frame that waited for a sleeper."""

    member: int
    arrival: float
    octets: int
    released: Frame | None = None
    poll: float | None = None  # when it was asked for; none: it came out when the member woke up


def members_in_tim(frame: Frame, members: list[Member]) -> tuple[int, ...]:
    """The members that a Beacon's TIM has frames for. A bit that is nobody's is that of the only member whose association
    is not in the capture."""
    tim: Tim | None = parse_tim(frame.element(TIM))[0]
    if tim is None:
        return ()
    here = [member for member in members if frame.time in member]
    known = {member.aid: member.number for member in here if member.aid is not None}
    strangers = [member.number for member in here if member.aid is None]
    numbers = {known[aid] for aid in tim.aids if aid in known}
    if len(strangers) == 1 and any(aid not in known for aid in tim.aids):
        numbers.add(strangers[0])
    return tuple(sorted(numbers))


def waiting_frames(capture: Capture, bssid: str, members: list[Member], naps: list[Nap], start: float, end: float,
                   sent: dict[int, float]) -> list[Waiting]:  # fmt: skip
    """All frames that waited between start and end; ``sent`` has the time of sending of those that tell it, by number."""
    beacons = [(frame.time, members_in_tim(frame, members)) for frame in capture.frames if frame.beacon and frame.a2 == bssid]
    found = []
    for nap in naps:
        bits = [(time, nap.member in told) for time, told in beacons if max(nap.begin, start) < time < min(nap.end, end)]
        found += _of_nap(capture, bssid, members[nap.member].address, nap, bits, sent)
    return sorted(found, key=lambda one: one.arrival)


def _of_nap(
    capture: Capture, bssid: str, address: str, nap: Nap, bits: list[tuple[float, bool]], sent: dict[int, float]
) -> list[Waiting]:
    def run_begins(time: float) -> tuple[float, float] | None:
        """Of the Beacons with the bit before that time: the last one without it (or when the nap began), the first with it."""
        at = max((i for i, (due, _) in enumerate(bits) if due < time), default=-1)
        if at < 0 or not bits[at][1]:
            return None
        while at > 0 and bits[at - 1][1]:
            at -= 1
        return (bits[at - 1][0] if at > 0 else nap.begin), bits[at][0]

    found: list[Waiting] = []
    begin, end = (bisect.bisect(capture.frames, time, key=lambda one: one.time) for time in (nap.begin, nap.end + SLACK))
    frames = capture.frames[begin:end]
    polls = [one.time for one in frames if one.control(PS_POLL) and one.a2 == address]
    last = nap.begin
    for frame in frames:
        if not (frame.from_ds and frame.a1 == address and frame.a2 == bssid and frame.has_payload and not frame.retry):
            continue
        run = run_begins(frame.time)
        told = sent.get(frame.number)
        if told is None:
            if frame.time > nap.end and run is None:
                continue  # it came when the member was awake
            arrival = max(run[0], run[1] - AHEAD) if run else frame.time - 1e-3
        else:
            if told > nap.end:
                continue
            silent = [due for due, bit in bits if told <= due < frame.time and not bit]
            arrival = silent[-1] + 1e-4 if silent else told  # after the last Beacon that does not tell of it
        last = max(arrival, last + 1e-5, nap.begin + CHANGE)
        poll = None
        if frame.time <= nap.end:
            asked = [time for time in polls if frame.time - POLLED < time < frame.time]
            poll = max(asked[-1] if asked else frame.time - 2e-4, last + 1e-4)
        found.append(Waiting(nap.member, last, len(frame.body), frame, poll))
    return found + _unseen(nap, bits, found)


def _unseen(nap: Nap, bits: list[tuple[float, bool]], found: list[Waiting]) -> list[Waiting]:
    """Frames that Beacons tell of and that were never released."""
    unseen: list[Waiting] = []
    before, last = (nap.begin, False), nap.begin + CHANGE
    until = nap.begin  # the Beacons up to then have been explained
    for at, (due, bit) in enumerate(bits):
        covered = due < until or any(one.arrival < due and one.released and one.released.time > due for one in found)
        if bit and not covered:
            gone = next((time for time, still in bits[at:] if not still), None)
            until = nap.end if gone is None else gone
            # the bit was never clear: it came before the one that the last Beacon told of went
            came = max([one.arrival for one in found if one.arrival < before[0]], default=last) if before[1] else due - AHEAD
            unseen.append(Waiting(nap.member, max(came + 1e-5, last), UNSEEN, None, None if gone is None else gone - 5 * AHEAD))
        before, last = (due, bit), max(last, due if not bit else last)
    return unseen
