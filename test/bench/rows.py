# SPDX-License-Identifier: GPL-2.0-only
"""The one form of a measurement: what ``mcast bench --json`` writes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A value beside its baseline. ``ratio`` above 1 means that we are better; None where nothing compares."""

    name: str
    value: float
    unit: str
    baseline: str | None = None
    baseline_value: float | None = None
    ratio: float | None = None

    def to_json(self) -> dict[str, Any]:
        """A dictionary with the keys name, value, unit, baseline, baseline_value, ratio."""
        return asdict(self)


def less_is_better(name: str, value: float, unit: str, baseline: str, baseline_value: float) -> Row:
    """A cost: the ratio says how many times cheaper we are."""
    return Row(name, value, unit, baseline, baseline_value, baseline_value / value if value else None)


def more_is_better(name: str, value: float, unit: str, baseline: str, baseline_value: float) -> Row:
    """A rate."""
    return Row(name, value, unit, baseline, baseline_value, value / baseline_value if baseline_value else None)
