# SPDX-License-Identifier: GPL-2.0-only
"""Which requirements fail once a capture is spoilt, of those that it fulfilled before."""

from __future__ import annotations

from conformance.harness.model import Verdict

from .capture import Capture
from .judge import Judgement, judge_capture
from .saboteurs import SABOTEURS, spoil

GOOD = (Verdict.PASS, Verdict.AMBIGUOUS)


def kills_of(capture: Capture, judgement: Judgement) -> dict[str, set[str] | None]:
    """By saboteur: the requirements whose judge noticed; None where it found nothing to spoil."""
    good = {one.requirement for one in judgement.findings if one.verdict in GOOD}
    found: dict[str, set[str] | None] = {}
    for name in SABOTEURS:
        spoilt = spoil(capture, name, judgement.bssid)
        if spoilt is None:
            found[name] = None
            continue
        failed = judge_capture(spoilt, judgement.bssid)[0].failed
        found[name] = {one.requirement for one in failed} & good
    return found
