# SPDX-License-Identifier: GPL-2.0-only
"""``summary.json`` (the figures of a run), ``results.json`` (every result) and ``junit.xml``."""

from __future__ import annotations

import dataclasses
import json
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.harness.model import CaseResult, Step, Verdict

from .interop import interop_summary, read_interop

if TYPE_CHECKING:
    from conformance.harness.run import Outcome

COUNTED = ("pass", "fail", "expected_fail", "inconclusive", "not_applicable", "ambiguous")


def summary(outcome: Outcome) -> dict[str, Any]:
    """Verdicts per target, coverage per document, kills of the saboteurs, wall seconds."""
    targets = {}
    for name, version in outcome.versions.items():
        verdicts = [result.verdict.value for result in outcome.of(name)]
        targets[name] = {"version": version, **{verdict: verdicts.count(verdict) for verdict in COUNTED}}
    interop = {"interop": interop_summary(outcome.interop)} if outcome.interop else {}
    return {
        "targets": targets,
        "requirements": {
            name: {"total": total, "covered": covered}
            for name, (total, covered) in outcome.documents().items()
        },
        "sabotage": {"cases": len(outcome.killings), "killed": sum(one.killed for one in outcome.killings)},
        "seconds": round(outcome.seconds, 2),
        **interop,
    }


def write_summary(outcome: Outcome, out: Path) -> None:
    (out / "summary.json").write_text(json.dumps(summary(outcome), indent=2) + "\n")


def write_results(outcome: Outcome, out: Path) -> None:
    """All that the HTML report shows; ``python3 -m conformance report DIR`` makes it anew from this."""
    content = {
        "versions": outcome.versions,
        "skipped": outcome.skipped,
        "seconds": outcome.seconds,
        "phases": outcome.phases,
        "cases": [_case(case) for case in outcome.cases],
        "results": [result_to_dict(result) for result in outcome.results],
        "killings": [dataclasses.asdict(killing) for killing in outcome.killings],
        "unsabotaged": outcome.unsabotaged,
    }
    (out / "results.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


def read_results(out: Path) -> Outcome:
    """The outcome that ``write_results`` saved."""
    from conformance.harness.registry import Case
    from conformance.harness.requirements import ConfigurationError, load_not_covered, requirements
    from conformance.harness.run import Outcome
    from conformance.harness.sabotage import Killing

    path = out / "results.json"
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    known = requirements()
    cases = [
        Case(
            one["name"],
            lambda lab: None,
            one["title"],
            tuple(one["requirements"]),
            one["role"],
            frozenset(one["needs"]),
        )
        for one in content["cases"]
    ]
    return Outcome(
        known,
        load_not_covered(known),
        cases,
        content["versions"],
        content["skipped"],
        [result_from_dict(one) for one in content["results"]],
        [Killing(**one) for one in content["killings"]],
        content["unsabotaged"],
        content["seconds"],
        content["phases"],
        read_interop(out),
    )


def _case(case: Any) -> dict[str, Any]:
    return {
        "name": case.name,
        "title": case.title,
        "requirements": case.requirements,
        "role": case.role,
        "needs": sorted(case.needs),
    }


def result_to_dict(result: CaseResult) -> dict[str, Any]:
    """JSON-able; a step is a list of its fields."""
    fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    return {
        **fields,
        "verdict": result.verdict.value,
        "requirements": list(result.requirements),
        "seconds": round(result.seconds, 4),
        "steps": [[round(step.time, 6), step.kind, step.port, step.text, step.ok] for step in result.steps],
    }


def result_from_dict(fields: dict[str, Any]) -> CaseResult:
    """The reverse."""
    return CaseResult(
        **{
            **fields,
            "verdict": Verdict(fields["verdict"]),
            "requirements": tuple(fields["requirements"]),
            "steps": [Step(*step) for step in fields["steps"]],
        }
    )


def write_junit(outcome: Outcome, out: Path) -> None:
    """One suite per target. Expected failures and inapplicable cases are skipped, unexpected passes fail."""
    root = xml.Element("testsuites", name="conformance")
    for name in outcome.versions:
        results = outcome.of(name)
        suite = xml.SubElement(
            root,
            "testsuite",
            name=name,
            tests=str(len(results)),
            failures=str(sum(r.verdict is Verdict.FAIL or r.unexpected for r in results)),
            errors=str(sum(r.verdict is Verdict.INCONCLUSIVE for r in results)),
            skipped=str(sum(r.verdict in _SKIPPED for r in results)),
            time=f"{sum(r.seconds for r in results):.3f}",
        )
        for result in results:
            suite.append(_junit_case(result))
    xml.indent(root)
    xml.ElementTree(root).write(out / "junit.xml", encoding="utf-8", xml_declaration=True)


_SKIPPED = (Verdict.NOT_APPLICABLE, Verdict.EXPECTED_FAIL)


def _junit_case(result: CaseResult) -> xml.Element:
    module, _, name = result.case.rpartition(".")
    element = xml.Element(
        "testcase", classname=f"{result.target}.{module}", name=name, time=f"{result.seconds:.3f}"
    )
    reason = _printable(result.reason)
    if result.verdict is Verdict.FAIL or result.unexpected:
        xml.SubElement(element, "failure", message=reason).text = ", ".join(result.requirements)
    elif result.verdict is Verdict.INCONCLUSIVE:
        xml.SubElement(element, "error", message=reason)
    elif result.verdict in _SKIPPED:
        xml.SubElement(element, "skipped", message=f"{result.verdict.value}: {reason}")
    elif result.verdict is Verdict.AMBIGUOUS:
        xml.SubElement(element, "system-out").text = reason
    return element


def _printable(text: str) -> str:
    """XML has no place for control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
