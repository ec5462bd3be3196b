# SPDX-License-Identifier: GPL-2.0-only
"""Judgements in the suite's own forms: text, JSON, and an ``Outcome`` that its reports are made of."""

from __future__ import annotations

from typing import Any, Sequence

from conformance.harness.model import CaseResult, Step, Verdict
from conformance.harness.registry import Case
from conformance.harness.requirements import load_not_covered, requirements
from conformance.harness.run import Outcome

from .capture import Capture
from .describe import describe
from .finding import Finding
from .judge import Judgement
from .timeline import Entry

FIRST_FRAMES = 40  # of a finding, in the report
DOCUMENT = "ieee80211-group"

class CaptureOutcome(Outcome):
    """About this one document alone."""

    def documents(self) -> dict[str, tuple[int, int]]:
        return {name: counts for name, counts in super().documents().items() if name == DOCUMENT}


def as_text(capture: Capture, judgements: Sequence[Judgement], everything: bool) -> str:
    """A line per requirement; ``everything``: also those that the capture says nothing about."""
    lines = []
    for one in judgements:
        lines.append(f"{capture.path}: BSS {one.bssid} {one.ssid!r}, {one.beacons} Beacons")
        for finding in one.findings:
            if everything or finding.verdict is not Verdict.NOT_APPLICABLE:
                lines.append(f"  {finding.verdict.value:14} {finding.requirement:24} {finding.reason}")
        counts = {verdict: sum(f.verdict is verdict for f in one.findings) for verdict in Verdict}
        told = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count)
        lines.append(f"  {told}")
    return "\n".join(lines)


def as_json(capture: Capture, judgements: Sequence[Judgement]) -> dict[str, Any]:
    """All findings, with frame numbers."""
    return {
        "file": capture.path,
        "frames": len(capture.frames),
        "skipped": capture.skipped,
        "bss": [
            {
                "bssid": one.bssid,
                "ssid": one.ssid,
                "beacons": one.beacons,
                "verdicts": {
                    finding.requirement: {
                        "verdict": finding.verdict.value,
                        "reason": finding.reason,
                        "frames": finding.frames,
                    }
                    for finding in one.findings
                },
            }
            for one in judgements
        ],
    }


def as_outcome(
    judged: Sequence[tuple[Capture, Sequence[Judgement]]], timeline: Sequence[Entry] = (), seconds: float = 0.0
) -> Outcome:
    """One target per capture and BSS, one case per requirement."""
    known = requirements()
    cases: dict[str, Case] = {}
    outcome = CaptureOutcome(known, load_not_covered(known), [], seconds=seconds)
    for capture, judgements in judged:
        for one in judgements:
            target = f"{capture.path.split('/')[-1]} {one.bssid}"
            outcome.versions[target] = f"{one.beacons} Beacons of {one.ssid!r}"
            for finding in one.findings:
                case = cases.setdefault(finding.requirement, _case(finding.requirement))
                outcome.results.append(_result(case, target, finding, capture, timeline))
    outcome.cases = [cases[name] for name in sorted(cases)]
    return outcome


def _case(requirement: str) -> Case:
    told = requirements()[requirement]
    name = f"wifi.{requirement.lower().replace('.', '_').replace('-', '_')}"
    return Case(name, lambda lab: None, told.statement, (requirement,), told.role, frozenset())


def _result(
    case: Case, target: str, finding: Finding, capture: Capture, timeline: Sequence[Entry]
) -> CaseResult:
    by_number = {frame.number: frame for frame in capture.frames}
    base = capture.frames[0].time
    good = finding.verdict is not Verdict.FAIL
    steps = [
        Step(by_number[number].time - base, "rx", "air", describe(by_number[number]), good)
        for number in finding.frames[:FIRST_FRAMES]
        if number in by_number
    ]
    if len(finding.frames) > FIRST_FRAMES:
        last = steps[-1].time if steps else 0.0
        steps.append(Step(last, "note", "", f"and {len(finding.frames) - FIRST_FRAMES} frames more"))
    if steps:
        steps += [Step(entry.time - base, "note", "", entry.text) for entry in timeline]
    steps.sort(key=lambda step: step.time)
    return CaseResult(
        case.name, case.title, target, finding.verdict, case.requirements, case.role, finding.reason, 0.0, steps
    )
