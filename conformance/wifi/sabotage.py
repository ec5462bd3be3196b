# SPDX-License-Identifier: GPL-2.0-only
"""Which requirements fail once a capture is spoilt, of those that it did not break before."""

from __future__ import annotations

from .capture import Capture
from .judge import Judgement, judge_capture
from .saboteurs import SABOTEURS, spoil

def kills_of(capture: Capture, judgement: Judgement) -> dict[str, set[str] | None]:
    """By saboteur: the requirements whose judge noticed; None where it found nothing to spoil."""
    before = {one.requirement for one in judgement.failed}
    found: dict[str, set[str] | None] = {}
    for name in SABOTEURS:
        spoilt = spoil(capture, name, judgement.bssid)
        if spoilt is None:
            found[name] = None
            continue
        failed = judge_capture(spoilt, judgement.bssid)[0].failed
        found[name] = {one.requirement for one in failed} - before
    return found
