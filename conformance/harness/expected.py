# SPDX-License-Identifier: GPL-2.0-only
"""Failures that are known and explained: ``conformance/targets/expected/<target>.yaml``.

    expected:
    - case: igmpv3_querier.leave_is_answered_by_group_queries     # a case; * stands for any text
      reason: what the target does instead, and where the standard says otherwise
      version: "8.4"                                              # optional: only for versions with this text
    - case: [igmpv3_querier.one, igmpv3_querier.two]              # several for one reason
      reason: ...
      sometimes: true                                             # optional: it fails in some runs only
    - requirement: IGMPV3-QUERIER-8.8-01                          # or every case that shows a requirement
      reason: ...

An entry turns *fail* into *expected fail*. A case that passes although an entry names it, and not for
``sometimes``, is an unexpected pass and fails the run: the entry is out of date, or too wide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Mapping

from .model import CaseResult, Verdict
from .registry import Case
from .requirements import ConfigurationError, Requirement, load_yaml

FOLDER = Path(__file__).resolve().parent.parent / "targets" / "expected"
KEYS = {"case", "requirement", "reason", "version", "sometimes"}


@dataclass(frozen=True)
class Expected:
    """One entry."""

    pattern: str
    by_requirement: bool
    reason: str
    version: str | None = None
    sometimes: bool = False

    def names(self, case: str, requirements: Iterable[str]) -> bool:
        """Whether the entry is about a case with this name and these requirements."""
        expression = re.compile(re.escape(self.pattern).replace(r"\*", ".*"))
        return any(expression.fullmatch(text) for text in (requirements if self.by_requirement else [case]))


def load_expected(
    target: str, cases: Iterable[Case], requirements: Mapping[str, Requirement], folder: Path = FOLDER
) -> list[Expected]:
    """The entries of a target; an entry that names no case is an error (``cases``: all of them)."""
    path = folder / f"{target}.yaml"
    if not path.exists():
        return []
    content = load_yaml(path) or {}
    if (
        not isinstance(content, dict)
        or set(content) - {"expected"}
        or not isinstance(content.get("expected"), list)
    ):
        raise ConfigurationError(f"{path}: must hold one list 'expected' and nothing else")
    cases = list(cases)
    return [
        entry
        for number, one in enumerate(content["expected"], 1)
        for entry in _entries(f"{path}: entry {number}", one, cases)
    ]


def _entries(where: str, one: object, cases: list[Case]) -> list[Expected]:
    if not isinstance(one, dict):
        raise ConfigurationError(f"{where}: must be a mapping")
    unknown = sorted(set(one) - KEYS)
    if unknown:
        raise ConfigurationError(f"{where}: unknown key {unknown[0]!r}")
    if ("case" in one) == ("requirement" in one):
        raise ConfigurationError(f"{where}: needs either 'case' or 'requirement'")
    if "reason" not in one:
        raise ConfigurationError(f"{where}: needs a 'reason'")
    _check_values(where, one)
    named = one.get("case") or one["requirement"]
    entries = [
        Expected(
            pattern,
            "requirement" in one,
            " ".join(one["reason"].split()),
            one.get("version"),
            one.get("sometimes", False),
        )
        for pattern in ([named] if isinstance(named, str) else named)
    ]
    for entry in entries:
        if not any(entry.names(case.name, case.requirements) for case in cases):
            raise ConfigurationError(
                f"{where}: {entry.pattern}: no case has that name or shows that requirement"
            )
    return entries


def _check_values(where: str, one: dict) -> None:
    for key, value in one.items():
        if key == "sometimes":
            if not isinstance(value, bool):
                raise ConfigurationError(f"{where}: {key}: must be true or false")
            continue
        texts = value if key in ("case", "requirement") and isinstance(value, list) and value else [value]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise ConfigurationError(f"{where}: {key}: must be text")


def apply_expected(result: CaseResult, entries: Iterable[Expected], version: str) -> None:
    """Turns an explained failure into an expected one, marks an unexpected pass."""
    for entry in entries:
        if entry.version and entry.version not in version:
            continue
        if not entry.names(result.case, result.requirements):
            continue
        if result.verdict is Verdict.FAIL:
            result.verdict = Verdict.EXPECTED_FAIL
            result.reason = f"{result.reason} (expected: {entry.reason})"
        elif result.verdict in (Verdict.PASS, Verdict.AMBIGUOUS) and not entry.sometimes:
            result.unexpected = True
            result.reason = (
                f"{result.reason}; " if result.reason else ""
            ) + f"unexpected pass; expected: {entry.reason}"
        return
