# SPDX-License-Identifier: GPL-2.0-only
"""Runs one case on one target and judges what happened."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, field, replace

from .case_traits import traits_of
from .registry import Case, lacks
from .shield import shielded
from .lab import Lab
from .model import CaseResult, Frame, Step, Target, TargetDied, Unsupported, Verdict, features_of
from .verdicts import CaseFailed, Inconclusive, ReadingObserved

WALL_LIMIT = {True: 60.0, False: 300.0}  # seconds for one case, by ``target.virtual``


@dataclass
class Execution:
    """A result and the frames of both directions, oldest first; of Wi-Fi the whole capture file."""

    result: CaseResult
    frames: list[Frame] = field(default_factory=list)
    pcap: bytes = b""


def run_case(case: Case, target: Target) -> Execution:
    """Opens a fresh system, runs the case, closes the system. Whatever breaks becomes a verdict."""
    began = time.monotonic()
    result = CaseResult(case.name, case.title, target.name, Verdict.PASS, case.requirements, case.role)
    missing = lacks(case, features_of(target, case.family))
    cannot = getattr(target, "cannot_play", lambda case: None)(case)
    execution = Execution(result)
    if missing or cannot:
        why = cannot or "needs " + ", ".join(missing)
        result.verdict, result.reason = Verdict.NOT_APPLICABLE, why
    elif "wifi" in case.needs:
        from conformance.wifi.case import run_wifi_case  # it is made of this module

        execution = run_wifi_case(case, target)
        result = execution.result
    else:
        _run(case, target, execution)
    result.seconds = time.monotonic() - began
    return execution


def _run(case: Case, target: Target, execution: Execution) -> None:
    result, lab, sut = execution.result, None, None
    try:
        made = case.make_setup(target.timers, getattr(target, "pim_timers", None))
        setup = replace(made, forwarding=traits_of(case).data)
        sut = target.open(setup)
        lab = Lab(target, sut, setup, case.ambiguous, WALL_LIMIT[target.virtual], case.labels)
        case.function(lab)
        result.verdict, result.reason = Verdict.PASS, ""
        if case.ambiguous:
            raise Inconclusive("the case ended without naming the reading it saw")
    except Exception as error:  # noqa: BLE001  (whatever breaks is a verdict, the run goes on)
        result.verdict, result.reason = judge(error, bool(lab and lab.stimulated))
        if lab:
            result.reason = lab.names.text(result.reason)
    finally:
        _close(sut, result)
    if lab:
        _finish(lab, execution)


def judge(error: Exception, stimulated: bool) -> tuple[Verdict, str]:
    """The verdict that an exception means."""
    if isinstance(error, CaseFailed):
        return Verdict.FAIL, str(error)
    if isinstance(error, ReadingObserved):
        return Verdict.AMBIGUOUS, f"reading: {error}"
    if isinstance(error, Unsupported):
        return Verdict.NOT_APPLICABLE, str(error)
    if isinstance(error, Inconclusive):
        return Verdict.INCONCLUSIVE, str(error)
    if isinstance(error, TargetDied):
        if stimulated:
            return Verdict.FAIL, f"the system under test died: {error}"
        return Verdict.INCONCLUSIVE, f"the system under test died before anything was sent: {error}"
    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        Verdict.INCONCLUSIVE,
        f"{type(error).__name__}: {error} ({where.filename.split('/')[-1]}:{where.lineno})",
    )


def _close(sut: object, result: CaseResult) -> None:
    if sut is None:
        return
    try:
        with shielded():
            sut.close()
    except Exception as error:  # noqa: BLE001
        text = f"closing the system failed: {type(error).__name__}: {error}"
        result.reason = f"{result.reason}; {text}" if result.reason else text
        if result.verdict is Verdict.PASS:
            result.verdict = Verdict.INCONCLUSIVE


def _finish(lab: Lab, execution: Execution) -> None:
    """Steps and frames in the order of time (real systems report frames a little after they came)."""
    result = execution.result
    result.steps = sorted(lab.steps, key=lambda step: step.time)
    if result.reason and result.verdict is not Verdict.PASS:
        last = result.steps[-1].time if result.steps else 0.0
        result.steps.append(Step(last, "note", "", result.reason))
    execution.frames = sorted(lab.history, key=lambda frame: frame.time)
