# SPDX-License-Identifier: GPL-2.0-only
"""The interop matrix in the report: ``interop.json``, and what the page shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.interop.figures import REFERENCES, Row, counted
from conformance.interop.topology import TOPOLOGIES

if TYPE_CHECKING:
    from conformance.harness.run import Outcome

FILE = "interop.json"
FAMILIES = {"ipv4": "IPv4", "ipv6": "IPv6"}
BADGES = {  # by verdict: the colour's class and the letter
    "pass": ("pass", "P"),
    "fail": ("fail", "F"),
    "peer": ("expected_fail", "X"),
    "info": ("not_applicable", "–"),
}
MEANINGS = {
    "pass": "as asked",
    "fail": "not as asked",
    "peer": "not as asked, and neither without mcastd",
    "info": "a network without mcastd: for comparison",
}


def write_interop(outcome: Outcome, out: Path) -> None:
    """Writes the rows; a file of an earlier run goes."""
    if outcome.interop:
        text = json.dumps([row.as_dict() for row in outcome.interop], indent=1)
        (out / FILE).write_text(text + "\n", encoding="utf-8")
    else:
        (out / FILE).unlink(missing_ok=True)


def read_interop(out: Path) -> list[Row]:
    """The rows of ``write_interop``; none if there is no such file."""
    path = out / FILE
    if not path.is_file():
        return []
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Row.from_dict(row) for row in rows]


def interop_summary(rows: list[Row]) -> dict[str, int]:
    """Of the rows in which mcastd stands: how many are well. A miss that is the others' is neither."""
    return {"rows": len(rows), "pass": counted(rows, "pass"), "fail": counted(rows, "fail")}


def interop_badges() -> list[tuple[str, str, str]]:
    """Class, letter and meaning of each verdict."""
    return [(*BADGES[verdict], meaning) for verdict, meaning in MEANINGS.items()]


def interop_tables(outcome: Outcome) -> list[dict[str, Any]]:
    """One table for each network and family."""
    tables = []
    for topology in TOPOLOGIES.values():
        for family, title in FAMILIES.items():
            rows = [row for row in outcome.interop if (row.topology, row.family) == (topology.name, family)]
            if rows:
                tables.append(
                    {
                        "title": f"{topology.title[0].upper()}{topology.title[1:]}, {title}",
                        "dense": topology.dense,
                        "roles": [f"r{n}: {role}" for n, role in enumerate(topology.roles, 1)],
                        "rows": [_shown(row) for row in rows],
                        "references": REFERENCES if (topology.name, family) == ("chain", "ipv4") else (),
                    }
                )
    return tables


def _milliseconds(time: float | None) -> str:
    return "never" if time is None else f"{time:.0f}" if time >= 10 else f"{time:.1f}"


def _shown(row: Row) -> dict[str, Any]:
    tried = row.switched or row.failure_lost is not None or (row.dense and row.join_ms is not None)
    failure = "not recovered" if tried else ""
    if row.recovered:
        failure = f"{row.failure_lost} packets, {row.failure_ms:.0f} ms" if row.failure_lost else "0"
    stop = f"{row.stop_ms / 1000:.1f}" if row.stop_ms is not None else "does not" if row.recovered else ""
    return {
        "positions": row.positions,
        "first": _milliseconds(row.first_ms),
        "first_lost": "" if row.first_lost is None else str(row.first_lost),
        "pruned": "yes" if row.pruned else "no",
        "join": _milliseconds(row.join_ms),
        "lost": "" if row.switchover_lost is None else str(row.switchover_lost),
        "duplicates": "" if row.switchover_duplicates is None else str(row.switchover_duplicates),
        "failure": failure,
        "stop": stop,
        "verdict": row.verdict,
        "badge": BADGES[row.verdict][0],
        "letter": BADGES[row.verdict][1],
        "meaning": MEANINGS[row.verdict],
        "note": row.note,
    }
