# SPDX-License-Identifier: GPL-2.0-only
"""Rebuilds the scenario of a capture in ns-3 and compares what both access points put on the air, frame by frame.

What came in is read out of the capture of a real access point: when its Beacons were due (their Timestamps), when each
frame of the stream was sent (a number and a time in its payload), when stations changed power save. That goes to the ns-3
program ``wifi-replay``, and its capture is held against the real one: the order of Beacons and group frames, which frame is
released after which Beacon, More Data, Retry, QoS, and each Beacon's TIM. Spacing inside a burst is not compared.

A capture knows when a frame was sent to the access point, not when it came there. Where both fall on different sides of
something that matters (a Beacon, a change of power save) within ``SLACK``, the side is taken that the capture shows.
"""

from __future__ import annotations

import argparse
import bisect
import difflib
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .capture import (
    ACTION, ASSOC_RESPONSE, DEAUTH, DISASSOC, PS_POLL, REASSOC_RESPONSE, Capture, Frame, is_group, read_capture,
)
from .pcap_file import CaptureError
from .tim import TIM, Tim, parse_tim

SLACK = 0.004  # s between an application's send and the frame's way into the access point
BURST = 0.05  # s that the longest burst takes on the simulation's air; none on hwsim's
LLC, IPV4, UDP = 8, 20, 8
STREAM_IP = LLC + IPV4 + UDP
FAST = "ErpOfdmRate54Mbps"


@dataclass
class Conf:
    """What a hostapd.conf says that matters here."""

    dtim_period: int = 2
    beacon_interval: int = 100
    basic_rates: list[int] = field(default_factory=list)  # 100 kb/s
    ht: bool = False
    bridged: bool = False  # the interface is in a bridge

    @staticmethod
    def read(path: Path) -> "Conf":
        keys = dict(line.strip().split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
        return Conf(
            int(keys.get("dtim_period", 2)),
            int(keys.get("beacon_int", 100)),
            [int(rate) for rate in keys.get("basic_rates", "").split()],
            keys.get("ieee80211n", "0") == "1",
            "bridge" in keys,
        )


@dataclass
class Shown:
    """One frame of an access point as it is compared."""

    what: str  # "beacon", "group"
    fields: tuple[object, ...]
    time: float
    number: int  # of the frame in its capture

    def __str__(self) -> str:
        return f"frame {self.number} at {self.time:.6f}: {self.what} {self.fields}"


@dataclass
class Event:
    time: float  # of the capture, s
    words: str  # with the script's syntax after the time


@dataclass
class Scenario:
    """What went into a capture, in its own time."""

    capture: Capture
    conf: Conf
    bssid: str
    stations: list[str]
    beacons: list[tuple[int, float]]  # number of its TBTT from the first DTIM Beacon on, when it was due
    start: float  # frames between start and end are compared
    end: float
    events: list[Event]
    others: dict[int, int]  # frame number of group frames that are none of the stream: number for it


def stream_number(frame: Frame) -> tuple[int, float] | None:
    """Number and time of sending (s) of a frame of a stream over UDP; None if it is none."""
    body = frame.body
    if len(body) < STREAM_IP + 12 or body[6:8] != b"\x08\x00" or body[LLC + 9] != 17:
        return None
    number, microseconds = struct.unpack_from(">IQ", body, STREAM_IP)
    return (number, microseconds / 1e6) if abs(microseconds / 1e6 - frame.time) < 60 else None


def replayed_number(frame: Frame) -> int | None:
    """Of a frame that wifi-replay sent."""
    if len(frame.body) < LLC + 12 or frame.body[6:8] != b"\x88\xb5":
        return None
    return struct.unpack_from(">I", frame.body, LLC)[0]


def find_bssid(capture: Capture) -> str:
    beacon = next((frame for frame in capture.frames if frame.beacon), None)
    if beacon is None:
        raise CaptureError(f"{capture.path}: there is no Beacon")
    return beacon.a2


def number_beacons(capture: Capture, bssid: str, conf: Conf) -> list[tuple[int, float]]:
    """Beacons by the number of their TBTT, counted from a DTIM, with the time of it by the capture's clock."""
    beacons = [frame for frame in capture.frames if frame.beacon and frame.a2 == bssid]
    interval = conf.beacon_interval * 1024e-6
    first = next((i for i, frame in enumerate(beacons) if (tim := parse_tim_of(frame)) and tim.dtim), None)
    if first is None:
        raise CaptureError(f"{capture.path}: there is no DTIM Beacon")
    numbered = [(0, beacons[first].time)]
    for before, frame in zip(beacons[first:], beacons[first + 1 :]):
        numbered.append((numbered[-1][0] + max(1, round((frame.time - before.time) / interval)), frame.time))
    return numbered


def parse_tim_of(frame: Frame) -> Tim | None:
    return parse_tim(frame.element(TIM))[0]


def window(capture: Capture, bssid: str) -> tuple[list[str], float, float]:
    """Stations, and the time in which all of them were associated (s)."""
    associated = {}
    end = capture.frames[-1].time
    for frame in capture.frames:
        if frame.management(ASSOC_RESPONSE, REASSOC_RESPONSE) and frame.a2 == bssid:
            associated.setdefault(frame.a1, frame.time)
        elif frame.management(DEAUTH, DISASSOC) and associated and bssid in (frame.a1, frame.a2):
            if frame.time > max(associated.values()):
                end = min(end, frame.time)
    if not associated:
        raise CaptureError(f"{capture.path}: no station associates")
    return sorted(associated), max(associated.values()), end


def power_events(capture: Capture, stations: list[str], start: float, end: float, bridged: bool) -> list[Event]:
    """Changes of the Power Management bit. Where the interface is in a bridge, captures of Linux 6.1 show that QoS data
    frames with the bit clear wake nobody up: group frames stay in the buffer until a Null frame comes."""
    bssid = find_bssid(capture)
    asleep = dict.fromkeys(stations, False)
    events = []
    for frame in capture.frames:
        data = frame.data and not (bridged and frame.qos and frame.has_payload)
        tells = data or frame.management(ACTION) or frame.control(PS_POLL)
        if frame.a1 != bssid or frame.a2 not in asleep or not tells or frame.time > end:
            continue
        if frame.power_management != asleep[frame.a2]:
            asleep[frame.a2] = frame.power_management
            on = "on" if frame.power_management else "off"
            events.append(Event(max(frame.time, start), f"power-save {stations.index(frame.a2)} {on}"))
    return events


def group_frames(capture: Capture, bssid: str) -> list[Frame]:
    return [frame for frame in capture.frames if frame.from_ds and frame.a2 == bssid and frame.has_payload and frame.group]


class Arrivals:
    """When group frames came into the access point, as far as the capture tells."""

    def __init__(self, capture: Capture, bssid: str, beacons: list[tuple[int, float]], start: float, end: float) -> None:
        self.frames = group_frames(capture, bssid)
        self.capture, self.bssid, self.start, self.end = capture, bssid, start, end
        self.dtims = [  # when it was due, and whether it announced group frames
            (frame.time, tim.group)
            for frame in capture.frames
            if frame.beacon and frame.a2 == bssid and (tim := parse_tim_of(frame)) and tim.dtim
        ]
        self.others: dict[int, int] = {}
        self.sources: dict[int, float] = {}
        self.events: list[Event] = []

    def collect(self) -> None:
        self.sources = self._sources()
        known: list[tuple[int, float]] = []
        last = self.start
        for frame in self.frames:
            if not self.start <= frame.time <= self.end:
                continue
            stream = stream_number(frame)
            if stream is None:
                last = self._other(frame, last)
                continue
            number, sent = stream
            # More Data 0 says that nothing waited behind it. On real air the burst would still be going on.
            last = frame.time + SLACK if self._after_burst(frame) else self._placed(sent, frame.time)
            known.append((number, last))
            self._add(last, number, frame)
        self._missing(sorted(known))
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

    def _add(self, time: float, number: int, frame: Frame) -> None:
        self.events.append(Event(time, f"group {number} {max(12, len(frame.body) - LLC)} {frame.a1}"))

    def _after_burst(self, frame: Frame) -> bool:
        """Is it the first frame after the end of a burst, while that would take time on real air?"""
        at = bisect.bisect_right(self.dtims, (frame.time, True)) - 1
        if at < 0 or not self.dtims[at][1] or frame.time - self.dtims[at][0] > SLACK:
            return False
        return any(self.dtims[at][0] < one.time < frame.time and not one.more_data for one in self.frames)

    def _placed(self, sent: float, released: float) -> float:
        """The time of arrival between sending and release that explains the release."""
        at = bisect.bisect_right(self.dtims, (sent, False))
        if at < len(self.dtims) and released >= self.dtims[at][0]:
            due, announced = self.dtims[at]
            following = self.dtims[at + 1][0] if at + 1 < len(self.dtims) else float("inf")
            if due - sent < SLACK and (released >= following or not announced):
                return due + 1e-4 if released >= following else released
            return min(sent, due - 1e-4)
        if at > 0 and released - self.dtims[at - 1][0] < 0.001 and self.dtims[at - 1][1]:
            return self.dtims[at - 1][0] - 1e-4  # it joined the burst that was just beginning
        return released if released - sent < SLACK else sent

    def _other(self, frame: Frame, last: float) -> float:
        """Group frames of stations came with these; others came after the one before them, or when they went."""
        number = 0x80000000 + len(self.others)
        self.others[frame.number] = number
        source = self.sources.get(frame.number)
        in_burst = any(announced and 0 <= frame.time - due < SLACK for due, announced in self.dtims)
        before = max((due + 1e-4 for due, _ in self.dtims if due < frame.time - SLACK), default=0.0)
        time = source if source is not None else (max(last + 1e-5, before) if in_burst else frame.time)
        self._add(time, number, frame)
        return max(last, time)

    def _missing(self, known: list[tuple[int, float]]) -> None:
        """Numbers that the access point dropped were sent, too: between their neighbours, at the stream's rate."""
        if len(known) < 2:
            return
        octets = next(len(frame.body) - LLC for frame in self.frames if stream_number(frame))
        group = next(frame.a1 for frame in self.frames if stream_number(frame))
        pairs = list(zip(known, known[1:]))
        spacing = sorted((b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs if b[0] > a[0])[len(pairs) // 2]
        for (low, begun), (high, ended) in pairs:
            for number in range(low + 1, high):
                time = begun + (ended - begun) * (number - low) / (high - low)
                due = min((due for due, _ in self.dtims), key=lambda one: abs(one - time), default=0.0)
                if 0 < due - time < 2 * SLACK or 0 <= time - due < BURST:
                    time = due + BURST  # else the buffer would have kept it instead of an older one
                self.events.append(Event(time, f"group {number} {octets} {group}"))
        first = next(frame for frame in self.frames if (stream_number(frame) or (None,))[0] == known[0][0])
        waited = first.time - known[0][1] >= SLACK
        for number in range(known[0][0] - 1 if waited else -1, -1, -1):
            time = known[0][1] - spacing * (known[0][0] - number)
            if time >= self.start:
                self.events.append(Event(time, f"group {number} {octets} {group}"))


def read_scenario(capture: Capture, conf: Conf) -> Scenario:
    """What went into a capture."""
    bssid = find_bssid(capture)
    stations, start, end = window(capture, bssid)
    beacons = number_beacons(capture, bssid, conf)
    start = max(start, beacons[0][1]) + SLACK
    arrivals = Arrivals(capture, bssid, beacons, start, end)
    arrivals.collect()
    events = arrivals.events + power_events(capture, stations, start, end, conf.bridged)
    # The frames after the last Beacons may not be in the capture any more.
    end = min(end, beacons[-1][1]) - 1.5 * conf.beacon_interval * 1024e-6
    return Scenario(capture, conf, bssid, stations, beacons, start, end, events, arrivals.others)


class Clock:
    """From a capture's time to the simulation's, in which Beacons are due at multiples of the interval."""

    def __init__(self, scenario: Scenario, lead: float = 2.0) -> None:
        self.interval = scenario.conf.beacon_interval * 1024e-6
        cycle = self.interval * scenario.conf.dtim_period
        self.offset = (int(lead / cycle) + 1) * cycle
        self.numbers = [number for number, _ in scenario.beacons]
        self.times = [time for _, time in scenario.beacons]

    def simulated(self, time: float) -> float:
        at = min(max(bisect.bisect_right(self.times, time) - 1, 0), len(self.times) - 2)
        begun, ended = self.times[at], self.times[at + 1]
        share = (time - begun) / (ended - begun)
        number = self.numbers[at] + share * (self.numbers[at + 1] - self.numbers[at])
        return self.offset + number * self.interval


def group_mode(conf: Conf) -> tuple[str, bool]:
    """The mode for group frames, and whether rates are compared: hwsim's bursts take no time, so without a rate that the
    configuration asks for, the fastest one comes nearest."""
    if conf.basic_rates:
        return f"ErpOfdmRate{min(conf.basic_rates) // 10}Mbps", True
    return FAST, False


def write_script(scenario: Scenario, clock: Clock, mode: str, path: Path) -> None:
    """For wifi-replay."""
    lines = [
        "standard " + ("n" if scenario.conf.ht else "g"),
        f"stations {len(scenario.stations)}",
        f"beacon-interval {scenario.conf.beacon_interval}",
        "policies linux",
        "ap LateFramesJoin false  # a burst of hwsim takes no time: what comes after its Beacon is too late",
        f"dtim-period {scenario.conf.dtim_period}",
        f"group-mode {mode}",
        f"end {clock.simulated(scenario.end) + 0.5:.6f}",
    ]
    lines += [f"at {clock.simulated(event.time):.9f} {event.words}" for event in scenario.events]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def show(frames: list[Frame], bssid: str, numbers, with_rate: bool) -> list[Shown]:
    """An access point's Beacons and group frames as they are compared."""
    shown = []
    for frame in frames:
        if frame.a2 != bssid:
            continue
        if frame.beacon:
            tim = parse_tim_of(frame)
            fields = ("no TIM",) if tim is None else (tim.count, tim.period, tim.group)
            shown.append(Shown("beacon", fields, frame.time, frame.number))
        elif frame.from_ds and frame.has_payload and is_group(frame.a1):
            rate = (frame.rate,) if with_rate else ()
            shown.append(
                Shown(
                    "group",
                    (numbers(frame), frame.more_data, frame.retry, frame.qos, frame.power_management, *rate),
                    frame.time,
                    frame.number,
                )
            )
    return shown


def inside(shown: list[Shown], start: float, end: float) -> list[Shown]:
    """From the first Beacon after start to the last one before end, both included."""
    at = [i for i, one in enumerate(shown) if one.what == "beacon" and start <= one.time <= end]
    return shown[at[0] : at[-1] + 1] if at else []


def differences(real: list[Shown], ours: list[Shown]) -> list[str]:
    """What is not the same; empty if all is. A frame that one side lacks counts once, not all that follow it."""
    keys = [[(one.what, one.fields) for one in side] for side in (real, ours)]
    found = []
    for what, i, j, k, m in difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if what != "equal":
            found += [f"only in the capture: {one}" for one in real[i:j]]
            found += [f"only in the simulation: {one}" for one in ours[k:m]]
    return found


@dataclass
class Outcome:
    compared: int
    groups: int
    differences: list[str]


def replay(capture_path: Path, conf: Conf, program: Path, folder: Path) -> Outcome:
    """Rebuilds a capture; script and capture of the simulation stay in the folder."""
    capture = read_capture(capture_path)
    scenario = read_scenario(capture, conf)
    clock = Clock(scenario)
    mode, with_rate = group_mode(conf)
    script, pcap = folder / f"{capture_path.stem}.script", folder / f"{capture_path.stem}.ns3.pcap"
    write_script(scenario, clock, mode, script)
    subprocess.run([program, f"--script={script}", f"--pcap={pcap}"], check=True)
    simulated = read_capture(pcap)

    def real_number(frame: Frame) -> int | None:
        stream = stream_number(frame)
        return stream[0] if stream else scenario.others.get(frame.number)

    real = inside(show(capture.frames, scenario.bssid, real_number, with_rate), scenario.start, scenario.end)
    first, last = clock.simulated(scenario.start), clock.simulated(scenario.end)
    ours = inside(show(simulated.frames, find_bssid(simulated), replayed_number, with_rate), first, last)
    groups = sum(1 for one in real if one.what == "group")
    return Outcome(len(real), groups, differences(real, ours))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m conformance.wifi.replay", description=__doc__.splitlines()[0])
    parser.add_argument("capture", type=Path, help="of a real access point; beside it NAME.hostapd.conf")
    parser.add_argument("--conf", type=Path, help="its hostapd.conf (default: beside the capture)")
    parser.add_argument("--program", type=Path, default=Path("build/bin/wifi-replay"))
    parser.add_argument("--keep", type=Path, help="folder for the script and the capture of the simulation")
    arguments = parser.parse_args()
    conf = arguments.conf or arguments.capture.with_suffix(".hostapd.conf")
    try:
        with tempfile.TemporaryDirectory() as temporary:
            folder = arguments.keep or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            outcome = replay(arguments.capture, Conf.read(conf), arguments.program.resolve(), folder)
    except (CaptureError, OSError, subprocess.CalledProcessError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2
    for line in outcome.differences:
        print(line)
    print(f"{outcome.compared} frames compared, {outcome.groups} of them group frames, {len(outcome.differences)} differences")
    return 1 if outcome.differences else 0


if __name__ == "__main__":
    sys.exit(main())
