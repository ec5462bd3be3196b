# SPDX-License-Identifier: GPL-2.0-only
"""All rows of the matrix: which there are, several at once, what they came to."""

from __future__ import annotations

import multiprocessing
from typing import Callable, Iterable, Sequence

from conformance.harness.pool import Lost, run_jobs

from .daemons import families_of
from .figures import OURS, Row, judge
from .measure import SLOW
from .measure_dense import measurement_of
from .topology import TOPOLOGIES

AT_ONCE = 4  # networks in which something happens
WAITING = 8  # networks, with those whose routers only get to know each other
LIMIT = 120.0  # seconds for one
FAMILIES = ("ipv4", "ipv6")
MEMBERS = (OURS, "frr", "frr-10.3", "frr-10.7.1", SLOW)


def members_of(targets: Iterable[str]) -> list[str]:
    """Those of the targets that can stand in a network."""
    return [one for one in MEMBERS if one in targets]


def rows_of(members: Sequence[str]) -> list[Row]:
    """Each daemon alone, mcastd in each position among each other daemon, the oldest FRR in each position
    among mcastds and among pimds, and pairs on a LAN in both orders. The longest first.
    """
    rows = {}
    for family in FAMILIES:
        for name, topology in TOPOLOGIES.items():
            here = [one for one in members if family in families_of(one, topology.dense)]
            size = len(topology.roles)
            for positions in [(one,) * size for one in here] + _mixed(here, size):
                row = Row(name, positions, family)
                rows[row.key] = row
    return sorted(rows.values(), key=lambda row: SLOW not in row.positions)


def _mixed(members: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """One daemon in each single position among others."""
    pairs = [(OURS, other) for other in members if other != OURS] if OURS in members else []
    frr = next((one for one in members if one.startswith("frr")), None)
    pairs += [(frr, other) for other in (OURS, SLOW) if frr and other in members]
    return [
        tuple(one if place == position else other for position in range(size))
        for one, other in pairs
        for place in range(size)
    ]


def run_matrix(
    members: Sequence[str],
    begin: Callable[[str, int], None] = lambda phase, total: None,
    done: Callable[[str, Row], None] = lambda phase, row: None,
    end: Callable[[str], None] = lambda phase: None,
    attempts: int = 3,
) -> list[Row]:
    """Measures and judges all rows. What fails is measured again before it counts, first two networks at once,
    then one alone: a busy machine loses packets, too. attempts: 1 for none of this.
    """
    rows = _measure_all("interop", rows_of(members), AT_ONCE, WAITING, begin, done, end)
    judge(rows)
    for attempt in range(2, attempts + 1):
        again = [row for row in rows if row.verdict == "fail"]
        if not again:
            break
        few = 2 if attempt == 2 else 1
        fresh = [Row(*row.key) for row in again]
        before = {row.key: row for row in again}
        by_key = {row.key: row for row in rows}
        for row in _measure_all(f"interop, attempt {attempt}", fresh, few, few, begin, done, end):
            first = f"attempt {attempt - 1}: {before[row.key].note}"
            row.trouble = "; ".join(one for one in (row.trouble, first) if one)
            by_key[row.key] = row
        rows = list(by_key.values())
        judge(rows)
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple:
    """Where a row stands in the report: by network and family, the ones of one daemon before the mixed."""
    return (
        list(TOPOLOGIES).index(row.topology),
        FAMILIES.index(row.family),
        len(set(row.positions)),
        sorted({MEMBERS.index(one) for one in row.positions}),
        row.positions,
    )


def _measure_all(
    phase: str,
    rows: Sequence[Row],
    at_once: int,
    waiting: int,
    begin: Callable[[str, int], None],
    done: Callable[[str, Row], None],
    end: Callable[[str], None],
) -> list[Row]:
    gate = multiprocessing.get_context("fork").Semaphore(at_once)
    found: list[Row] = []

    def work(row: Row) -> Row:
        try:
            return measurement_of(row)(row, gate).run()
        except Exception as error:  # noqa: BLE001  (a network that breaks is a row of its own)
            row.trouble = f"{type(error).__name__}: {error}"
            return row

    def take(row: Row, outcome: Row | Lost) -> None:
        if isinstance(outcome, Lost):
            row.trouble = outcome.reason
        found.append(row if isinstance(outcome, Lost) else outcome)
        done(phase, found[-1])

    begin(phase, len(rows))
    run_jobs(rows, work, take, waiting, LIMIT * 2)
    end(phase)
    return found
