# SPDX-License-Identifier: GPL-2.0-only
"""Wi-Fi cases: a scenario that a target plays, the capture that comes of it, and the judges' verdicts about it.

    @wifi_case("WLAN-AP-11.2.3.6-01", scenario=f"{AP} {SLEEPER} at 1 stream 239.1.2.3 0.02 100 200")
    def group_frames_wait(lab):
        \"\"\"Title.\"\"\"
        lab.check(...)            # what the judges don't see: lab.bss, lab.received(station)

A case passes if the judge of each of its requirements that has one says pass, and its function does not object. The
scenario's words are those of ``wireless/test/air/scenario.h``.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any, Callable

from conformance.harness import registry
from conformance.harness.execute import Execution, judge
from conformance.harness.model import CaseResult, Step, Target, Verdict
from conformance.harness.registry import Case
from conformance.harness.requirements import ConfigurationError, requirements
from conformance.harness.sabotage import Killing
from conformance.harness.verdicts import CaseFailed, Inconclusive, ReadingObserved

from .bss import Bss
from .capture import Capture, Frame, take_apart
from .describe import describe
from .finding import JUDGES
from .judge import judge_bss  # noqa: F401  (all rules are loaded with it)
from .pcap_file import CaptureError, Record, parse_records
from .saboteurs import SABOTEURS, spoil

FEATURE = "wifi"
BSSID = "02:00:00:00:00:00"
SHOWN = 60  # frames in the ladder


@dataclass(frozen=True)
class Received:
    """A datagram that an application on a station got; ``number`` counts from 0 in its stream."""

    time: float
    station: int
    group: str  # or the station's own MAC address
    source: str
    number: int


@dataclass
class Play:
    """What came of a scenario."""

    records: list[Record]
    link_type: int
    pcap: bytes
    received: list[Received]


class WifiLab:
    """What a case's function may look at."""

    def __init__(self, capture: Capture, received: list[Received]) -> None:
        self.capture, self.all_received = capture, received
        self.bss = Bss(capture, BSSID)

    def received(self, station: int, group: str | None = None, start: float = 0, end: float = 1e9) -> list[Received]:
        """What a station's applications got in an interval of time, of one group (a MAC address) or of all."""
        return [
            one for one in self.all_received
            if one.station == station and group in (None, one.group) and start <= one.time < end
        ]  # fmt: skip

    def check(self, condition: bool, message: str) -> None:
        """Fails unless; the message says what is so when it is right."""
        if not condition:
            raise CaseFailed(f"not so: {message}")


def play_result(pcap: bytes, deliveries: str) -> Play:
    """What a player wrote: a capture and a CSV file with time, station, group, source, number."""
    records, link_type = parse_records(pcap)
    rows = csv.DictReader(io.StringIO(deliveries))
    received = [
        Received(float(row["time"]), int(row["station"]), row["group"], row["source"], int(row["number"]))
        for row in rows
    ]
    return Play(records, link_type, pcap, received)


@dataclass(frozen=True)
class WifiCase(Case):
    """A case with a scenario."""

    scenario: str = ""


def wifi_case(*ids: str, scenario: str, needs: str = "") -> Callable:
    """Declares a case; ids may be an access point's and a station's. ``needs``: features beyond "wifi"."""

    def register(function: Callable[[WifiLab], None]) -> Callable:
        where = f"{function.__module__.replace('.', '/')}.py: case {function.__name__}"
        for one in ids:
            if one not in requirements() or requirements()[one].role not in ("ap", "sta"):
                raise ConfigurationError(f"{where}: {one!r} is no requirement of Wi-Fi")
        title = (function.__doc__ or "").strip().split("\n")[0]
        if not ids or not title:
            raise ConfigurationError(f"{where}: names no requirement, or has no docstring")
        name = registry.name_of(function)
        there = registry._registry.get(name)
        if there is not None and there.function.__code__ != function.__code__:
            raise ConfigurationError(f"{where}: there are two cases of the name {name}")
        role = requirements()[ids[0]].role
        registry._registry[name] = WifiCase(
            name, function, title, ids, role, frozenset({FEATURE, *needs.split()}), scenario=scenario
        )
        return function

    return register


def run_wifi_case(case: WifiCase, target: Target) -> Execution:
    """Plays the case's scenario on the target and judges it."""
    result = CaseResult(case.name, case.title, target.name, Verdict.PASS, case.requirements, case.role)
    execution = Execution(result)
    try:
        play = target.play_wifi(case.scenario)  # type: ignore[attr-defined]
        execution.pcap = play.pcap
        result.steps = _ladder(take_apart(play.records, play.link_type, case.name))
        judge_play(case, take_apart(play.records, play.link_type, case.name), play.received)
    except CaptureError as error:
        result.verdict, result.reason = Verdict.INCONCLUSIVE, str(error)
    except Exception as error:  # noqa: BLE001  (whatever breaks is a verdict, the run goes on)
        result.verdict, result.reason = judge(error, True)
        result.steps.append(Step(result.steps[-1].time if result.steps else 0.0, "note", "", result.reason))
    return execution


def judge_play(case: WifiCase, capture: Capture, received: list[Received]) -> None:
    """Raises what the verdict is, unless it is a pass."""
    lab = WifiLab(capture, received)
    reading = ""
    for requirement in case.requirements:
        if requirement not in JUDGES:
            continue  # the function's business
        finding = JUDGES[requirement](lab.bss).finding(requirement)
        if finding.verdict is Verdict.FAIL:
            raise CaseFailed(f"{requirement}: {finding.reason}")
        if finding.verdict is Verdict.AMBIGUOUS:
            reading = reading or finding.reason.removeprefix("reading: ")
        elif finding.verdict is not Verdict.PASS:
            raise Inconclusive(f"{requirement}: {finding.reason}")
    case.function(lab)
    if reading:
        raise ReadingObserved(reading)


def _ladder(capture: Capture) -> list[Step]:
    """Beacons and group frames, polls and requests; the first of them."""
    wanted = [frame for frame in capture.frames if _tells(frame)]
    steps = [
        Step(frame.time, "rx" if frame.from_ds or frame.beacon else "tx", "air", describe(frame))
        for frame in wanted[:SHOWN]
    ]
    if len(wanted) > SHOWN:
        steps.append(Step(steps[-1].time, "note", "", f"and {len(wanted) - SHOWN} frames more, see the capture"))
    return steps


def _tells(frame: Frame) -> bool:
    return not frame.control(13)


# ---- saboteurs ----


def _spoilt_deliveries(received: list[Received]) -> list[tuple[str, list[Received]]]:
    """Stations whose applications get nothing, everything twice, what others get, or every second datagram."""
    stations = sorted({one.station for one in received})
    copies = [
        Received(one.time, station, one.group, one.source, one.number)
        for one in received
        for station in stations
        if station != one.station
    ]
    strange = [
        Received(one.time, station, one.group, "02:00:00:00:07:07", 0xFFFF0000)
        for one in received[:1]
        for station in stations
    ]
    return [
        ("delivers-nothing", []),
        ("delivers-twice", [one for one in received for _ in range(2)]),
        ("delivers-to-others", received + copies),
        ("delivers-strangers", received + strange),
        ("delivers-half", received[::2]),
    ]


def sabotage_wifi(case: WifiCase, target: Target, full: bool = False) -> Killing:
    """Spoils the capture, and what applications got, until the case fails."""
    killing = Killing(case.name, target.name)
    play = target.play_wifi(case.scenario)  # type: ignore[attr-defined]
    capture = take_apart(play.records, play.link_type, case.name)
    made: list[tuple[str, Callable[[], Any]]] = [
        (name, lambda name=name: (spoil(capture, name, BSSID), play.received)) for name in SABOTEURS
    ]
    made += [
        (name, lambda changed=changed: (capture, changed)) for name, changed in _spoilt_deliveries(play.received)
    ]
    for name, make in made:
        spoilt, received = make()
        if spoilt is None:
            continue
        killing.tried.append(name)
        try:
            judge_play(case, spoilt, received)
        except CaseFailed as error:
            killing.killed_by.append(name)
            killing.reason = killing.reason or str(error)
            if not full:
                break
        except (Inconclusive, ReadingObserved):
            continue
    return killing
