# SPDX-License-Identifier: GPL-2.0-only
"""One daemon over its versions: what was fixed and what broke from each to the next.

Targets are versions of one daemon if their names are the same up to a number: ``frr``, ``frr-10.3``. A case
counts as right (pass, ambiguous) or wrong (fail, expected fail) in a version, or as not known there (not
applicable, inconclusive, not run): a version is compared with the last one before it that is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Iterable

from conformance.harness.model import CaseResult, Verdict

if TYPE_CHECKING:
    from conformance.harness.run import Outcome

RIGHT = (Verdict.PASS, Verdict.AMBIGUOUS)
WRONG = (Verdict.FAIL, Verdict.EXPECTED_FAIL)
NAME = re.compile(r"(?P<daemon>.*?)(-\d[\w.]*)?")
NUMBER = re.compile(r"\d+(\.\d+)+")


@dataclass
class Row:
    """One case: its result in each version with its number in the outcome, and a word on the change."""

    case: str
    title: str
    cells: list[tuple[int, CaseResult] | None]
    reason: str = ""


@dataclass
class Group:
    """Cases of one fate."""

    name: str  # "fixed", "broke", "came-right", "came-wrong", "always-wrong" or "always-right"
    title: str
    rows: list[Row] = field(default_factory=list)


@dataclass
class Daemon:
    """One daemon with two versions or more, oldest first."""

    name: str
    versions: list[tuple[str, str]]  # target and number
    groups: list[Group]


def daemons(outcome: Outcome) -> list[Daemon]:
    """The daemons of which more than one version was judged."""
    families: dict[str, list[str]] = {}
    for target in outcome.versions:
        families.setdefault(NAME.fullmatch(target)["daemon"], []).append(target)
    return [_daemon(outcome, name, targets) for name, targets in families.items() if len(targets) > 1]


def number_of(version: str) -> str:
    """The number in what a target says of its version."""
    found = NUMBER.search(version)
    return found[0] if found else version


def _daemon(outcome: Outcome, name: str, targets: Iterable[str]) -> Daemon:
    versions = [(target, number_of(outcome.versions[target])) for target in targets]
    versions.sort(key=lambda one: [int(part) for part in re.findall(r"\d+", one[1])])
    place = {target: column for column, (target, _) in enumerate(versions)}
    rows: dict[str, Row] = {}
    for number, result in enumerate(outcome.results):
        if result.target in place:
            row = rows.setdefault(result.case, Row(result.case, result.title, [None] * len(versions)))
            row.cells[place[result.target]] = (number, result)
    return Daemon(name, versions, _groups(versions, [rows[case] for case in sorted(rows)]))


def _groups(versions: list[tuple[str, str]], rows: list[Row]) -> list[Group]:
    """Changes by version, newest first; then what no version gets right, then what all do."""
    groups = []
    for column in reversed(range(1, len(versions))):
        number = versions[column][1]
        groups += [
            Group("broke", f"Broke in {number}", _changed(rows, column, True, False)),
            Group("fixed", f"Fixed in {number}", _changed(rows, column, False, True)),
            Group("came-wrong", f"Judged first in {number}, wrong", _changed(rows, column, None, False)),
            Group("came-right", f"Judged first in {number}, right", _changed(rows, column, None, True)),
        ]
    groups.append(Group("always-wrong", "Wrong in all versions", _same(rows, False)))
    groups.append(Group("always-right", "Right in all versions", _same(rows, True)))
    return groups


def _state(row: Row, column: int) -> bool | None:
    """Whether a version gets the case right; None: not known."""
    verdict = row.cells[column][1].verdict if row.cells[column] else None
    return True if verdict in RIGHT else False if verdict in WRONG else None


def _before(row: Row, column: int) -> int | None:
    """The last version before that is known."""
    return next((one for one in reversed(range(column)) if _state(row, one) is not None), None)


def _changed(rows: list[Row], column: int, before: bool | None, now: bool) -> list[Row]:
    """The cases that went from ``before`` to ``now`` with a version; the reason is that of the wrong one."""
    found = []
    for row in rows:
        last = _before(row, column)
        if _state(row, column) is now and (None if last is None else _state(row, last)) is before:
            wrong = last if now else column
            found.append(_with_reason(row, wrong))
    return found


def _same(rows: list[Row], state: bool) -> list[Row]:
    """The cases that are right, or wrong, wherever they are known, and in two versions at least."""
    found = []
    for row in rows:
        known = [column for column in range(len(row.cells)) if _state(row, column) is not None]
        if len(known) > 1 and all(_state(row, column) is state for column in known):
            found.append(_with_reason(row, None if state else known[-1]))
    return found


def _with_reason(row: Row, column: int | None) -> Row:
    cell = None if column is None else row.cells[column]
    return Row(row.case, row.title, row.cells, cell[1].reason if cell else "")
