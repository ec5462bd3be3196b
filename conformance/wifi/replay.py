# SPDX-License-Identifier: GPL-2.0-only
"""Rebuilds the scenario of a capture in ns-3 and compares what both access points put on the air, frame by frame.

What came in is read out of the capture of a real access point: when its Beacons were due (their Timestamps), when each
frame of the stream was sent (a number and a time in its payload), when stations changed power save. That goes to the ns-3
program ``wifi-replay``, and its capture is held against the real one: the order of Beacons and group frames, which frame is
released after which Beacon, More Data, Retry, QoS, and each Beacon's TIM, whose bits depend on the unicast frames that wait
for sleepers. Spacing inside a burst is not compared.
"""

from __future__ import annotations

import argparse
import bisect
import difflib
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable

from .capture import Capture, Frame, is_group, read_capture
from .hostapd_conf import Conf
from .pcap_file import CaptureError
from .replay_group import LLC
from .replay_input import Scenario, read_scenario
from .replay_stations import Membership, find_bssid, memberships, parse_tim_of, split_runs
from .replay_unicast import members_in_tim

ROOM = 0.4  # of a beacon interval that a burst may take on the simulation's air, if rates are to be compared
FASTEST = 540  # of the legacy rates, 100 kb/s
OVERHEAD = 60  # octets of a frame, as long as its preamble and the access to the medium take


@dataclass
class Shown:
    """One frame of an access point as it is compared."""

    what: str  # "beacon", "group"
    fields: tuple[object, ...]
    time: float
    number: int  # of the frame in its capture

    def __str__(self) -> str:
        return f"frame {self.number} at {self.time:.6f}: {self.what} {self.fields}"


def replayed_number(frame: Frame) -> int | None:
    """Of a frame that wifi-replay sent."""
    if len(frame.body) < LLC + 12 or frame.body[6:8] != b"\x88\xb5":
        return None
    return struct.unpack_from(">I", frame.body, LLC)[0]


class Clock:
    """From a capture's time to the simulation's, in which Beacons are due at multiples of the interval."""

    def __init__(self, scenario: Scenario) -> None:
        self.interval = scenario.conf.beacon_interval * 1024e-6
        lead = max(2.0, 4 * self.interval)  # for those to associate that were there before the capture
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


def group_rate(capture: Capture, conf: Conf, bssid: str) -> tuple[int, bool]:
    """The rate of group frames (100 kb/s), and whether rates are compared: hwsim's bursts take no time, so without a rate that
    the configuration asks for, or if bursts would not fit in with it, the fastest one comes nearest."""
    octets = longest = 0
    for frame in capture.frames:
        if frame.beacon and frame.a2 == bssid:
            octets = 0
        elif frame.from_ds and frame.a2 == bssid and frame.group:
            octets += len(frame.octets) + OVERHEAD
            longest = max(longest, octets)
    if conf.basic_rates and longest * 80 / conf.lowest_basic < ROOM * conf.beacon_interval * 1024:
        return conf.lowest_basic, True
    return FASTEST, False


def write_script(scenario: Scenario, clock: Clock, path: Path) -> None:
    """For wifi-replay."""
    conf = scenario.conf
    lines = [
        f"standard {'g' if conf.standard == 'b' and scenario.rate == FASTEST else conf.standard}",
        f"band {5 if conf.band5 else 2}",
        f"stations {len(scenario.members)}",
        f"beacon-interval {conf.beacon_interval}",
        "policies linux",
        "station Fetch OnDemand  # when the capture's stations did",
        "ap LateFramesJoin false  # a burst of hwsim takes no time: what comes after its Beacon is too late",
        f"dtim-period {conf.dtim_period}",
        f"group-mode {conf.mode_of(scenario.rate)}",
        f"end {clock.simulated(scenario.end) + 0.5:.6f}",
    ]
    lines += [f"at {clock.simulated(event.time):.9f} {event.words}" for event in scenario.events]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def simulated_members(simulated: Capture, bssid: str) -> list[Membership]:
    """Who was associated in the simulation, by the numbers of the script: addresses are given in their order."""
    first = int(bssid.replace(":", ""), 16) + 1
    return [replace(one, number=int(one.address.replace(":", ""), 16) - first) for one in memberships(simulated, bssid)]


def show(
    frames: list[Frame], bssid: str, numbers: Callable[[Frame], int | None], with_rate: bool,
    waiting: Callable[[Frame], tuple[int, ...]],
) -> list[Shown]:  # fmt: skip
    """An access point's Beacons and group frames as they are compared."""
    shown = []
    for frame in frames:
        if frame.a2 != bssid:
            continue
        if frame.beacon:
            tim = parse_tim_of(frame)
            fields = ("no TIM",) if tim is None else (tim.count, tim.period, tim.group, waiting(frame))
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
    compared: int = 0
    groups: int = 0
    differences: list[str] = field(default_factory=list)


def replay(capture_path: Path, conf: Conf, program: Path, folder: Path) -> Outcome:
    """Rebuilds a capture; scripts and captures of the simulation stay in the folder."""
    capture = read_capture(capture_path)
    bssid = find_bssid(capture, conf.ssid)
    outcome = Outcome()
    rate, with_rate = group_rate(capture, conf, bssid)
    runs = [run for run in split_runs(capture, bssid, conf) if _long_enough(run, bssid)]
    scenarios = [read_scenario(run, conf, bssid, rate) for run in runs]
    if not scenarios:
        raise CaptureError(f"{capture_path}: too few Beacons of {bssid}")
    for number, scenario in enumerate(_with_own_periods(scenarios)):
        name = capture_path.stem + (f".{number + 1}" if number else "")
        one = _replay_run(scenario, with_rate, program, folder, name)
        outcome.compared += one.compared
        outcome.groups += one.groups
        outcome.differences += one.differences
    return outcome


def _long_enough(run: Capture, bssid: str) -> bool:
    beacons = [frame for frame in run.frames if frame.beacon and frame.a2 == bssid]
    return len(beacons) >= 4 and any((tim := parse_tim_of(frame)) and tim.dtim for frame in beacons)


def _with_own_periods(scenarios: list[Scenario]) -> list[Scenario]:
    """An access point that was started with several configurations, of which there is one: its periods are what they are.
    One that never had the configured one is compared with that."""
    if all(_period(one) != one.conf.dtim_period for one in scenarios):
        return scenarios
    return [replace(one, conf=replace(one.conf, dtim_period=_period(one))) for one in scenarios]


def _period(scenario: Scenario) -> int:
    tims = (parse_tim_of(frame) for frame in scenario.capture.frames if frame.beacon and frame.a2 == scenario.bssid)
    return next((tim.period for tim in tims if tim), scenario.conf.dtim_period)


def _replay_run(scenario: Scenario, with_rate: bool, program: Path, folder: Path, name: str) -> Outcome:
    clock = Clock(scenario)
    script, pcap = folder / f"{name}.script", folder / f"{name}.ns3.pcap"
    write_script(scenario, clock, script)
    subprocess.run([program, f"--script={script}", f"--pcap={pcap}"], check=True)
    simulated = read_capture(pcap)

    def real_number(frame: Frame) -> int | None:
        return scenario.numbers.get(frame.number)

    def real_waiting(frame: Frame) -> tuple[int, ...]:
        return members_in_tim(frame, scenario.members)

    def simulated_waiting(frame: Frame) -> tuple[int, ...]:
        return members_in_tim(frame, members)

    bssid = find_bssid(simulated)
    members = simulated_members(simulated, bssid)
    real = show(scenario.capture.frames, scenario.bssid, real_number, with_rate, real_waiting)
    real = inside(real, scenario.start, scenario.end)
    first, last = clock.simulated(scenario.start), clock.simulated(scenario.end)
    ours = inside(show(simulated.frames, bssid, replayed_number, with_rate, simulated_waiting), first, last)
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
