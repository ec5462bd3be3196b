# SPDX-License-Identifier: GPL-2.0-only
"""What a judge finds, and the registry of judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Iterable

from conformance.harness.model import Verdict
from conformance.harness.requirements import requirements

from .bss import Bss
from .capture import Frame

SHOWN = 5  # frames that a reason names


@dataclass
class Finding:
    """A verdict about one requirement in one BSS, with the frames it rests on (numbers from 1)."""

    requirement: str
    verdict: Verdict
    reason: str
    frames: list[int] = field(default_factory=list)


@dataclass
class Evidence:
    """Collects what speaks for and against; the verdict follows from it."""

    seen: list[Frame] = field(default_factory=list)
    bad: list[tuple[Frame, str]] = field(default_factory=list)
    reading: str = ""  # of a statement with two: the one seen
    nothing: str = "nothing of the kind in the capture"

    def check(self, frame: Frame, good: bool, what: str) -> None:
        """A frame that the requirement is about; ``what`` is wrong with it unless it is good."""
        self.seen.append(frame)
        if not good:
            self.bad.append((frame, what))

    def finding(self, requirement: str) -> Finding:
        if self.bad:
            first = self.bad[0][1]
            others = f" (and {len(self.bad) - 1} more)" if len(self.bad) > 1 else ""
            numbers = sorted({frame.number for frame, _ in self.bad})
            return Finding(
                requirement, Verdict.FAIL, f"frame {self.bad[0][0].number}: {first}{others}", numbers
            )
        if self.reading:
            return Finding(requirement, Verdict.AMBIGUOUS, f"reading: {self.reading}", _numbers(self.seen))
        if not self.seen:
            return Finding(requirement, Verdict.NOT_APPLICABLE, self.nothing)
        return Finding(requirement, Verdict.PASS, f"{len(self.seen)} frames", _numbers(self.seen))


def _numbers(frames: Iterable[Frame]) -> list[int]:
    return sorted({frame.number for frame in frames})


Judge = Callable[[Bss], Evidence]
JUDGES: dict[str, Judge] = {}


def judge(requirement: str) -> Callable[[Judge], Judge]:
    """Declares the judge of a requirement of ``ieee80211-group.yaml``."""

    def register(function: Judge) -> Judge:
        assert requirement in requirements(), requirement
        assert requirement not in JUDGES, requirement
        JUDGES[requirement] = function
        return function

    return register
