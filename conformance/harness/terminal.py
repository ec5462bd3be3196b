# SPDX-License-Identifier: GPL-2.0-only
"""The run as seen on a terminal: bars that move if it is one, plain lines if it is a file or a pipe."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from conformance.targets import OWN

from conformance.interop.figures import Row

from .model import CaseResult, Verdict
from .run import Observer, Outcome
from .sabotage import Killing

MARKS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.EXPECTED_FAIL: "yellow",
    Verdict.INCONCLUSIVE: "bold magenta",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.AMBIGUOUS: "cyan",
}


def make_observer() -> Observer:
    """Bars on a terminal (with python3-rich), lines otherwise."""
    if sys.stdout.isatty():
        try:
            return RichObserver()
        except ImportError:
            pass
    return PlainObserver()


def _is_loud(result: CaseResult) -> bool:
    return result.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)


def _line(result: CaseResult) -> str:
    reason = result.reason if len(result.reason) < 300 else result.reason[:297] + "..."
    return f"{result.verdict.value.upper()} {result.target} {result.case}: {reason}"


class PlainObserver(Observer):
    """One line per bad result, one per tenth of a phase, one at its end."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}  # phase -> done, total, bad
        self._began: dict[str, float] = {}

    def begin(self, phase: str, total: int) -> None:
        self._counts[phase], self._began[phase] = [0, total, 0], time.monotonic()
        print(f"{phase}: {total} cases", flush=True)

    def result(self, phase: str, result: CaseResult) -> None:
        self._step(phase, _line(result) if _is_loud(result) else "")

    def killing(self, phase: str, killing: Killing) -> None:
        self._step(
            phase,
            "" if killing.killed else f"SURVIVOR {killing.case}: {killing.reason or 'no saboteur fails it'}",
        )

    def network(self, phase: str, row: Row) -> None:
        self._step(phase, "")

    def end(self, phase: str) -> None:
        done, total, bad = self._counts[phase]
        print(
            f"{phase}: {done} of {total}, {bad} bad, {time.monotonic() - self._began[phase]:.1f} s",
            flush=True,
        )

    def skipped(self, target: str, why: str) -> None:
        print(f"{target}: skipped: {why}", flush=True)

    def _step(self, phase: str, trouble: str) -> None:
        counts = self._counts[phase]
        counts[0] += 1
        if trouble:
            counts[2] += 1
            print(trouble, flush=True)
        tenth = max(counts[1] // 10, 25)
        if counts[0] % tenth == 0 and counts[0] < counts[1]:
            print(f"{phase}: {counts[0]} of {counts[1]}", flush=True)


class RichObserver(Observer):
    """One bar per phase, bad results above the bars."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        self._console = Console(highlight=False)
        self._make = lambda: Progress(
            SpinnerColumn(finished_text="·"),
            TextColumn("{task.description:<12}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[counts]}"),
            console=self._console,
        )
        self._progress: Any = None
        self._tasks: dict[str, Any] = {}
        self._counts: dict[str, dict[str, int]] = {}

    def begin(self, phase: str, total: int) -> None:
        self._progress = self._make()
        self._progress.start()
        self._tasks[phase] = self._progress.add_task(phase, total=total, counts="")
        self._counts[phase] = {}

    def result(self, phase: str, result: CaseResult) -> None:
        if _is_loud(result):
            self._say(_line(result), MARKS[result.verdict])
        self._count(phase, result.verdict.value, MARKS[result.verdict])

    def killing(self, phase: str, killing: Killing) -> None:
        if not killing.killed:
            self._say(f"SURVIVOR {killing.case}: {killing.reason or 'no saboteur fails it'}", "bold red")
        self._count(
            phase, "killed" if killing.killed else "survived", "green" if killing.killed else "bold red"
        )

    def network(self, phase: str, row: Row) -> None:
        self._count(phase, "measured" if row.recovered else "broken", "green" if row.recovered else "yellow")

    def end(self, phase: str) -> None:
        self._progress.stop()

    def skipped(self, target: str, why: str) -> None:
        self._say(f"{target}: skipped: {why}", "yellow")

    def _say(self, text: str, style: str) -> None:
        from rich.text import Text

        self._console.print(Text(text, style=style))

    def _count(self, phase: str, what: str, style: str) -> None:
        counts = self._counts[phase]
        counts[f"[{style}]{what}"] = counts.get(f"[{style}]{what}", 0) + 1
        text = "  ".join(f"{name.replace('_', ' ')} {number}[/]" for name, number in counts.items())
        self._progress.update(self._tasks[phase], advance=1, counts=text)


def print_outcome(outcome: Outcome, out: Path) -> None:
    """The totals, and why the exit status is what it is."""
    from conformance.report.summary import COUNTED, summary

    totals = summary(outcome)
    width = max([len(name) for name in totals["targets"]] + [8])
    print("\n" + " " * width + "".join(f"{name.replace('_', ' '):>16}" for name in COUNTED))
    for name, counts in totals["targets"].items():
        print(
            f"{name:<{width}}" + "".join(f"{counts[key]:>16}" for key in COUNTED) + f"   {counts['version']}"
        )
    for name, document in totals["requirements"].items():
        share = 100 * document["covered"] / document["total"]
        print(
            f"{name:<{width}}  {document['covered']} of {document['total']} requirements covered"
            f" ({share:.1f} %)"
        )
    if outcome.killings:
        survivors = [one.case for one in outcome.killings if not one.killed]
        print(
            f"sabotage: {len(outcome.killings) - len(survivors)} of {len(outcome.killings)} cases killed"
            + (f"; survivors: {', '.join(survivors)}" if survivors else "")
        )
    if outcome.interop:
        counts = ", ".join(f"{number} {name}" for name, number in totals["interop"].items())
        print(f"interop matrix: {counts}")
    for row in outcome.interop_faults():
        print(f"FAIL interop {row.topology} {row.family} {', '.join(row.positions)}: {row.note}")
    for result in outcome.faults():
        print(
            ("UNEXPECTED PASS" if result.unexpected else result.verdict.value.upper())
            + f" {result.target} {result.case}: {result.reason}"
        )
    findings = sum(_is_loud(result) and result.target not in OWN for result in outcome.results)
    if findings:
        print(f"{findings} findings on other systems: see the report")
    print(f"{totals['seconds']} s; {out / 'index.html'}")
