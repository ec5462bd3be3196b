# SPDX-License-Identifier: GPL-2.0-only
"""A whole run: which cases on which targets, in what order, and what it all came to.

Virtual targets first, one case at a time in as many processes as there are processors; then the saboteurs;
then the real-time targets, whose cases mostly wait: up to ``jobs`` at once. A real-time case that fails
without being expected to is tried again, two at a time, before it counts, and says so.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterable

from conformance.interop.figures import OURS as MCASTD, Row
from conformance.interop.matrix import members_of, run_matrix
from conformance.report.pcapng import write_pcapng
from conformance.targets import OWN, load_target

from .execute import WALL_LIMIT, run_case
from .expected import Expected, apply_expected, load_expected
from .model import PORTS, CaseResult, Target, Verdict
from .pool import Lost, run_jobs
from .registry import Case, load_cases, select
from .requirements import Requirement, load_not_covered, requirements
from .sabotage import Killing, sabotage
from .timers import Timers

# Documents that are counted even if no case names them.
ALWAYS = (
    "rfc1112",
    "rfc2236",
    "rfc3376",
    "rfc9776",
    "rfc2710",
    "rfc3810",
    "rfc9777",
    "ssm",
    "router-alert",
    "mac-mapping",
)
BAD = (Verdict.FAIL, Verdict.INCONCLUSIVE)


@dataclass
class Options:
    """What the command line asked for."""

    targets: tuple[str, ...]
    out: Path
    pattern: str | None = None
    jobs: int = 8
    workers: int = field(default_factory=lambda: min(os.cpu_count() or 1, 8))
    attempts: int = 2
    sabotage: bool = True
    full_sabotage: bool = False
    dut_file: str | None = None
    patience: float | None = None  # seconds that a real-time case may take by its own word
    interop: bool | None = None  # None: if mcastd and another daemon are among the targets, of all cases


@dataclass
class Outcome:
    """All that a run found out; the reports are made from this alone."""

    requirements: dict[str, Requirement]
    not_covered: dict[str, str]
    cases: list[Case]
    versions: dict[str, str] = field(default_factory=dict)  # of the targets that ran, in order
    skipped: dict[str, str] = field(default_factory=dict)  # target -> why
    results: list[CaseResult] = field(default_factory=list)
    killings: list[Killing] = field(default_factory=list)
    unsabotaged: list[str] = field(default_factory=list)  # cases that ran nowhere that a saboteur could go
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)  # wall time by phase
    interop: list[Row] = field(default_factory=list)

    def documents(self) -> dict[str, tuple[int, int]]:
        """Requirements of each document that counts: total, and covered by a case that was really run."""
        named = {self.requirements[one].document for case in self.cases for one in case.requirements}
        ran = {
            one
            for result in self.results
            if result.verdict is not Verdict.NOT_APPLICABLE
            for one in result.requirements
        }
        wanted = sorted(
            {r.document for r in self.requirements.values()} & (named | set(ALWAYS)),
            key=lambda name: (not name.startswith("rfc"), name),
        )
        return {
            name: (
                sum(r.document == name for r in self.requirements.values()),
                sum(r.document == name and r.id in ran for r in self.requirements.values()),
            )
            for name in wanted
        }

    def of(self, target: str) -> list[CaseResult]:
        return [result for result in self.results if result.target == target]

    def faults(self) -> list[CaseResult]:
        """Results that make the run fail."""
        return [
            result
            for result in self.results
            if result.unexpected or (result.target in OWN and result.verdict in BAD)
        ]

    def interop_faults(self) -> list[Row]:
        """Networks that make the run fail."""
        return [row for row in self.interop if row.verdict == "fail"]


class Observer:
    """Told what happens while it happens; the terminal is one."""

    def begin(self, phase: str, total: int) -> None:
        ...

    def result(self, phase: str, result: CaseResult) -> None:
        ...

    def killing(self, phase: str, killing: Killing) -> None:
        ...

    def network(self, phase: str, row: Row) -> None:
        ...

    def end(self, phase: str) -> None:
        ...

    def skipped(self, target: str, why: str) -> None:
        ...


class Run:
    """One run of the suite."""

    def __init__(self, options: Options, observer: Observer, cases: list[Case] | None = None) -> None:
        self.options, self.observer = options, observer
        known = requirements()
        every = load_cases() if cases is None else cases
        self.cases = select(every, options.pattern)
        self.by_name = {case.name: case for case in self.cases}
        self.targets = {
            target.name: target
            for target in (load_target(name, options.dut_file) for name in dict.fromkeys(options.targets))
        }
        self.expected: dict[str, list[Expected]] = {
            name: load_expected(name, every, known) for name in self.targets
        }
        self.outcome = Outcome(known, load_not_covered(known), self.cases)

    def execute(self) -> Outcome:
        """Runs everything and gives the outcome; the capture files are written as the cases end."""
        began = time.monotonic()
        available = [target for target in self.targets.values() if self._is_available(target)]
        for target in available:
            (self.options.out / "pcap" / target.name).mkdir(parents=True, exist_ok=True)
            if target.virtual:
                self._run_cases(target.name, [target], self.options.workers)
        if self.options.sabotage:
            self._run_sabotage([target for target in available if target.virtual])
        real = [target for target in available if not target.virtual]
        alone = [target for target in real if getattr(target, "one_at_a_time", False)]
        self._run_real("real time", [target for target in real if target not in alone], self.options.jobs)
        self._run_real("one at a time", alone, 1)
        self._apply_expected()
        self._run_interop(members_of(self.outcome.versions))
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _is_available(self, target: Target) -> bool:
        why = target.missing()
        if why:
            self.outcome.skipped[target.name] = why
            self.observer.skipped(target.name, why)
            return False
        self.outcome.versions[target.name] = target.version()
        return True

    # ---- cases ----

    def _run_real(self, phase: str, targets: list[Target], processes: int) -> None:
        if targets:
            self._run_cases(phase, targets, processes)
            self._try_again(phase, targets, min(processes, 2))

    def _run_cases(self, phase: str, targets: list[Target], processes: int) -> None:
        jobs = [(target.name, case.name) for target in targets for case in self.cases]
        if not targets[0].virtual:
            jobs.sort(key=lambda job: -self._duration(*job))
        self.outcome.results += self._run_jobs(phase, jobs, processes)

    def _run_jobs(self, phase: str, jobs: list[tuple[str, str]], processes: int) -> list[CaseResult]:
        began, results = time.monotonic(), []

        def done(job: tuple[str, str], outcome: CaseResult | Lost) -> None:
            result = self._lost(job, outcome.reason) if isinstance(outcome, Lost) else outcome
            results.append(result)
            self.observer.result(phase, result)

        self.observer.begin(phase, len(jobs))
        limit = max(WALL_LIMIT[self.targets[name].virtual] for name, _ in jobs) + 30 if jobs else 0
        run_jobs(jobs, self._work, done, processes, limit)
        self.observer.end(phase)
        self.outcome.phases[phase] = time.monotonic() - began
        order = {job: number for number, job in enumerate(jobs)}
        return sorted(results, key=lambda result: order[result.target, result.case])

    def _work(self, job: tuple[str, str]) -> CaseResult:
        """In a worker: one case on one target, and its capture file."""
        target, case = self.targets[job[0]], self.by_name[job[1]]
        patience, seconds = self._patience(target), self._duration(*job)
        if seconds > patience:
            why = f"takes about {seconds:.0f} s with the timers of this target, more than {patience:g} s"
            return CaseResult(
                case.name, case.title, job[0], Verdict.NOT_APPLICABLE, case.requirements, case.role, why
            )
        execution = run_case(case, target)
        if execution.frames:
            name = f"pcap/{target.name}/{case.name}.pcapng"
            write_pcapng(
                self.options.out / name, list(PORTS), execution.frames, f"{case.name} on {target.name}"
            )
            execution.result.pcap = name
        if execution.pcap:
            execution.result.pcap = f"pcap/{target.name}/{case.name}.pcap"
            (self.options.out / execution.result.pcap).write_bytes(execution.pcap)
        return execution.result

    def _patience(self, target: Target) -> float:
        """Seconds that a case may take on the target: what the target allows, and in real time what the run does."""
        allowed = [getattr(target, "patience", None), None if target.virtual else self.options.patience]
        return min((seconds for seconds in allowed if seconds is not None), default=math.inf)

    def _lost(self, job: tuple[str, str], reason: str) -> CaseResult:
        case = self.by_name[job[1]]
        return CaseResult(
            case.name, case.title, job[0], Verdict.INCONCLUSIVE, case.requirements, case.role, reason
        )

    def _duration(self, target: str, case: str) -> float:
        """Seconds that a case takes in real time, as far as it says; those that say nothing take 10."""
        hint, where = self.by_name[case].seconds, self.targets[target]
        if not callable(hint):
            return hint or 10.0
        setup = self.by_name[case].make_setup(where.timers, getattr(where, "pim_timers", None))
        if setup.pim:
            return hint(setup.pim.timers)
        return hint(Timers(setup.timers, setup.profile, where.tolerance, setup.family))

    def _try_again(self, phase: str, targets: Iterable[Target], processes: int) -> None:
        """Real-time cases that went wrong and are not expected to: once more, with little else going on."""
        for attempt in range(2, self.options.attempts + 1):
            again = {
                (result.target, result.case): number
                for number, result in enumerate(self.outcome.results)
                if result.target in {target.name for target in targets}
                and result.verdict in BAD
                and not self._is_expected(result)
            }
            if not again:
                return
            for result in self._run_jobs(f"{phase}, attempt {attempt}", list(again), processes):
                number = again[result.target, result.case]
                before = self.outcome.results[number]
                result.attempts = attempt
                if result.verdict is not before.verdict:
                    first = f"attempt {attempt - 1}: {before.verdict.value}: {before.reason}"
                    result.reason = f"{result.reason}; {first}" if result.reason else first
                self.outcome.results[number] = result

    def _is_expected(self, result: CaseResult) -> bool:
        version = self.outcome.versions[result.target]
        return result.verdict is Verdict.FAIL and any(
            entry.names(result.case, result.requirements) and (not entry.version or entry.version in version)
            for entry in self.expected[result.target]
        )

    def _apply_expected(self) -> None:
        for result in self.outcome.results:
            apply_expected(result, self.expected[result.target], self.outcome.versions[result.target])

    # ---- interop ----

    def _run_interop(self, members: list[str]) -> None:
        """Networks of the real targets."""
        wanted = self.options.interop
        if wanted is None:
            wanted = MCASTD in members and len(members) > 1 and self.options.pattern is None
        if not wanted or not members:
            return
        began, watch = time.monotonic(), self.observer
        attempts = self.options.attempts + 1 if self.options.attempts > 1 else 1
        self.outcome.interop = run_matrix(members, watch.begin, watch.network, watch.end, attempts)
        self.outcome.phases["interop"] = time.monotonic() - began

    # ---- sabotage ----

    def _run_sabotage(self, targets: list[Target]) -> None:
        """Each case on the first virtual target where it passes; one that fails anyway proves nothing."""
        where: dict[str, str] = {}
        verdicts = {(result.target, result.case): result.verdict for result in self.outcome.results}
        for case in self.cases:
            here = {target.name: verdicts[target.name, case.name] for target in targets}
            good = [name for name, verdict in here.items() if verdict in (Verdict.PASS, Verdict.AMBIGUOUS)]
            if good:
                where[case.name] = good[0]
            elif any(verdict is not Verdict.NOT_APPLICABLE for verdict in here.values()):
                name = next(name for name, verdict in here.items() if verdict is not Verdict.NOT_APPLICABLE)
                self.outcome.killings.append(
                    Killing(case.name, name, reason="does not pass without a saboteur")
                )
            else:
                self.outcome.unsabotaged.append(case.name)
        began, phase = time.monotonic(), "sabotage"
        self.observer.begin(phase, len(where))

        def done(job: str, outcome: Killing | Lost) -> None:
            killing = (
                Killing(job, where[job], reason=outcome.reason) if isinstance(outcome, Lost) else outcome
            )
            self.outcome.killings.append(killing)
            self.observer.killing(phase, killing)

        def work(job: str) -> Killing:
            return sabotage(self.by_name[job], self.targets[where[job]], self.options.full_sabotage)

        run_jobs(list(where), work, done, self.options.workers, WALL_LIMIT[True] * 5)
        self.observer.end(phase)
        self.outcome.killings.sort(key=lambda killing: killing.case)
        self.outcome.phases[phase] = time.monotonic() - began


def run(
    options: Options,
    observer: Observer | None = None,
    report: Callable[[Outcome, Path], None] | None = None,
    cases: list[Case] | None = None,
) -> Outcome:
    """Runs the suite and writes the reports with ``report(outcome, out)``."""
    options.out.mkdir(parents=True, exist_ok=True)
    outcome = Run(options, observer or Observer(), cases).execute()
    if report:
        report(outcome, options.out)
    return outcome
