# SPDX-License-Identifier: GPL-2.0-only
"""``index.html``: one file that opens from disk. Matrix, versions, filters, message ladders, sabotage.

Other tools may add tables: every further ``*.json`` in the folder becomes one, titled by its ``title`` or its
name. Such a file is ``{"title": ..., "columns": [...], "rows": [[...], ...]}``, or a list of objects (keys
are the columns), or an object of objects (the outer keys are the first column), or an object of plain values.
"""

from __future__ import annotations

import collections
import datetime
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from conformance.harness.model import PORTS, CaseResult, Verdict
from conformance.targets import OWN

from .interop import FILE as INTEROP, interop_badges, interop_tables
from .summary import summary
from .versions import daemons

if TYPE_CHECKING:
    from conformance.harness.run import Outcome

FOLDER = Path(__file__).resolve().parent
OURS = {"summary.json", "results.json", INTEROP}
# Worst first: what a cell shows when several cases show one requirement.
ORDER = (
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.EXPECTED_FAIL,
    Verdict.AMBIGUOUS,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)
LETTERS = {
    Verdict.PASS: "P",
    Verdict.FAIL: "F",
    Verdict.EXPECTED_FAIL: "X",
    Verdict.INCONCLUSIVE: "I",
    Verdict.NOT_APPLICABLE: "–",
    Verdict.AMBIGUOUS: "A",
}
MEANINGS = {
    Verdict.PASS: "as the standard says",
    Verdict.FAIL: "not as the standard says",
    Verdict.EXPECTED_FAIL: "a known and explained failure",
    Verdict.INCONCLUSIVE: "the lab could not find out",
    Verdict.NOT_APPLICABLE: "the system lacks what the case needs",
    Verdict.AMBIGUOUS: "the standard has two readings; the case names the one seen",
}
FIRST_STEPS, LAST_STEPS, LONGEST_TEXT = 300, 100, 400


@dataclass
class Cell:
    """One requirement on one target."""

    verdict: Verdict | None = None  # None: no case ran
    results: list[int] = field(default_factory=list)  # numbers of the results behind it
    unexpected: bool = False

    @property
    def letter(self) -> str:
        return LETTERS[self.verdict] if self.verdict else ""


def write_html(outcome: Outcome, out: Path) -> None:
    """Writes ``index.html`` to the folder ``out``."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    page = environment.get_template("index.html.j2").render(
        **_content(outcome, out),
        style=(FOLDER / "style.css").read_text(),
        script=(FOLDER / "app.js").read_text(),
    )
    (out / "index.html").write_text(page, encoding="utf-8")


def _content(outcome: Outcome, out: Path) -> dict[str, Any]:
    totals = summary(outcome)
    documents = _documents(outcome)
    return {
        "totals": totals,
        "own": [name for name in outcome.versions if name in OWN],
        "targets": list(outcome.versions),
        "skipped": outcome.skipped,
        "documents": documents,
        "letters": {verdict.value: letter for verdict, letter in LETTERS.items()},
        "meanings": {verdict.value: text for verdict, text in MEANINGS.items()},
        "faults": outcome.faults(),
        "daemons": daemons(outcome),
        "interop": interop_tables(outcome),
        "interop_badges": interop_badges(),
        "interop_faults": outcome.interop_faults(),
        "findings": _findings(outcome),
        "uncovered": _uncovered(documents),
        "killings": sorted(outcome.killings, key=lambda one: (one.killed, one.case)),
        "saboteurs": _saboteurs(outcome),
        "unsabotaged": outcome.unsabotaged,
        "case_count": len(outcome.cases),
        "phases": outcome.phases,
        "made": datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        "tables": _extra_tables(out),
        "data": _script_json(_data(outcome)),
    }


def _documents(outcome: Outcome) -> list[dict[str, Any]]:
    """The rows of the matrix, by document."""
    cells: dict[tuple[str, str], Cell] = {}
    for number, result in enumerate(outcome.results):
        for requirement in result.requirements:
            _add(cells.setdefault((requirement, result.target), Cell()), number, result)
    documents = []
    for name, (total, covered) in outcome.documents().items():
        rows = [requirement for requirement in outcome.requirements.values() if requirement.document == name]
        documents.append(
            {
                "name": name,
                "title": rows[0].title,
                "total": total,
                "covered": covered,
                "rows": [_row(outcome, requirement, cells) for requirement in rows],
            }
        )
    return documents


def _row(outcome: Outcome, requirement: Any, cells: dict[tuple[str, str], Cell]) -> dict[str, Any]:
    of_row = [cells.get((requirement.id, target), Cell()) for target in outcome.versions]
    cases = [case for case in outcome.cases if requirement.id in case.requirements]
    ran = any(cell.verdict not in (None, Verdict.NOT_APPLICABLE) for cell in of_row)
    return {
        "requirement": requirement,
        "cells": list(zip(outcome.versions, of_row)),
        "covered": ran,
        "reason": outcome.not_covered.get(requirement.id, ""),
        "cases": [case.name for case in cases],
        "search": " ".join(
            [
                requirement.id,
                requirement.clause,
                requirement.statement,
                requirement.level,
                *(f"{case.name} {case.title}" for case in cases),
            ]
        ).lower(),
    }


def _add(cell: Cell, number: int, result: CaseResult) -> None:
    cell.results.append(number)
    cell.unexpected |= result.unexpected
    if cell.verdict is None or ORDER.index(result.verdict) < ORDER.index(cell.verdict):
        cell.verdict = result.verdict


def _findings(outcome: Outcome) -> list[tuple[int, CaseResult]]:
    """What a reader wants to see first: everything that went wrong, by target."""
    shown = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.EXPECTED_FAIL, Verdict.AMBIGUOUS)
    return [
        (number, result)
        for number, result in enumerate(outcome.results)
        if result.verdict in shown or result.unexpected
    ]


def _uncovered(documents: list[dict[str, Any]]) -> list[tuple[Any, str]]:
    """Requirements that no case showed, with the reason: written down, or what happened."""
    left = []
    for document in documents:
        for row in document["rows"]:
            if not row["covered"]:
                happened = "its cases are not applicable on these targets" if row["cases"] else ""
                left.append((row["requirement"], row["reason"] or happened))
    return left


def _saboteurs(outcome: Outcome) -> list[tuple[str, int, int]]:
    """Name, cases tried with, cases that noticed; only of a run where every saboteur met every case."""
    if all(len(killing.killed_by) < 2 for killing in outcome.killings):
        return []
    tried = collections.Counter(name for killing in outcome.killings for name in killing.tried)
    noticed = collections.Counter(name for killing in outcome.killings for name in killing.killed_by)
    return sorted(((name, count, noticed[name]) for name, count in tried.items()), key=lambda one: -one[2])


def _data(outcome: Outcome) -> dict[str, Any]:
    """What the script needs for the ladders."""
    clauses = {
        name: f"{r.title.split(' (')[0]} {r.clause}: {r.statement}"
        for name, r in outcome.requirements.items()
        if any(name in result.requirements for result in outcome.results)
    }
    return {
        "ports": list(PORTS),
        "clauses": clauses,
        "letters": {verdict.value: LETTERS[verdict] for verdict in Verdict},
        "results": [_result(result) for result in outcome.results],
    }


def _result(result: CaseResult) -> dict[str, Any]:
    steps = [
        [round(step.time, 6), step.kind, step.port, step.text[:LONGEST_TEXT], step.ok]
        for step in result.steps
    ]
    if len(steps) > FIRST_STEPS + LAST_STEPS:
        left = len(steps) - FIRST_STEPS - LAST_STEPS
        middle = [[steps[FIRST_STEPS][0], "note", "", f"{left} more steps: see the capture", None]]
        steps = steps[:FIRST_STEPS] + middle + steps[-LAST_STEPS:]
    return {
        "case": result.case,
        "title": result.title,
        "target": result.target,
        "verdict": result.verdict.value,
        "requirements": result.requirements,
        "role": result.role,
        "reason": result.reason,
        "pcap": result.pcap,
        "seconds": round(result.seconds, 3),
        "unexpected": result.unexpected,
        "attempts": result.attempts,
        "steps": steps,
    }


def _script_json(data: dict[str, Any]) -> jinja2.utils.markupsafe.Markup:
    """JSON that can't end the script element it stands in."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return jinja2.utils.markupsafe.Markup(text)


def _extra_tables(out: Path) -> list[dict[str, Any]]:
    tables = []
    for path in sorted(out.glob("*.json")):
        if path.name in OURS:
            continue
        try:
            tables.append({"name": path.stem, **table_of(json.loads(path.read_text()), path.stem)})
        except (ValueError, TypeError, OSError) as error:
            tables.append(
                {
                    "name": path.stem,
                    "title": path.name,
                    "columns": ["cannot be shown"],
                    "rows": [[str(error)]],
                }
            )
    return tables


def table_of(content: Any, name: str) -> dict[str, Any]:
    """Title, columns and rows of any of the forms that a table file may have."""
    title = name
    if isinstance(content, dict) and "rows" in content and "columns" in content:
        return {"title": content.get("title", title), "columns": content["columns"], "rows": content["rows"]}
    if isinstance(content, dict) and isinstance(content.get("rows"), list):
        title, content = content.get("title", title), content["rows"]
    if isinstance(content, dict) and content and all(isinstance(value, dict) for value in content.values()):
        content = [{"": key, **value} for key, value in content.items()]
    if isinstance(content, dict):
        return {
            "title": title,
            "columns": ["", "value"],
            "rows": [[key, _plain(value)] for key, value in content.items()],
        }
    columns = list(dict.fromkeys(key for row in content for key in row))
    return {
        "title": title,
        "columns": columns,
        "rows": [[_plain(row.get(key, "")) for key in columns] for row in content],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e5 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return json.dumps(value) if isinstance(value, (dict, list)) else value
