# SPDX-License-Identifier: GPL-2.0-only
"""The report's section about one daemon over its versions."""

from __future__ import annotations

from conformance.harness.model import CaseResult, Verdict
from conformance.harness.requirements import requirements
from conformance.harness.run import Outcome
from conformance.report.html import write_html
from conformance.report.versions import daemons, number_of
from test_report import Parser

P, F, X, A, N, I = (
    Verdict.PASS,
    Verdict.FAIL,
    Verdict.EXPECTED_FAIL,
    Verdict.AMBIGUOUS,
    Verdict.NOT_APPLICABLE,
    Verdict.INCONCLUSIVE,
)
VERSIONS = {
    "other": "other 1.0",
    "frr-10.7.1": "FRR 10.7.1 (Debian 10.7.1-6)",
    "frr": "FRR 8.4.4 (Debian 8.4.4-1)",
    "frr-10.3": "FRR 10.3",
}
# In the order 8.4.4, 10.3, 10.7.1; None: was not run.
FATES = {
    "m.mended": (X, P, P),
    "m.mended_and_spoilt": (F, A, X),
    "m.spoilt": (P, P, F),
    "m.unclear_between": (P, I, F),
    "m.new_and_right": (N, P, P),
    "m.new_and_wrong": (N, F, None),
    "m.new_and_mended": (None, F, P),
    "m.never": (F, N, X),
    "m.ever": (P, P, A),
    "m.once": (P, N, N),
}


def an_outcome() -> Outcome:
    results = []
    for case, verdicts in FATES.items():
        for target, verdict in zip(("frr", "frr-10.3", "frr-10.7.1"), verdicts):
            if verdict is not None:
                reason = f"{target} is wrong" if verdict in (F, X) else ""
                results.append(CaseResult(case, f"title of {case}", target, verdict, (), "router", reason))
    results.append(CaseResult("m.ever", "t", "other", F, (), "router"))
    return Outcome(requirements(), {}, [], VERSIONS, results=results)


def fates() -> dict[str, list[str]]:
    (one,) = daemons(an_outcome())
    return {group.title: [row.case for row in group.rows] for group in one.groups if group.rows}


def test_every_case_is_told_by_its_fate() -> None:
    assert fates() == {
        "Broke in 10.7.1": ["m.mended_and_spoilt", "m.spoilt", "m.unclear_between"],
        "Fixed in 10.7.1": ["m.new_and_mended"],
        "Fixed in 10.3": ["m.mended", "m.mended_and_spoilt"],
        "Judged first in 10.3, wrong": ["m.new_and_mended", "m.new_and_wrong"],
        "Judged first in 10.3, right": ["m.new_and_right"],
        "Wrong in all versions": ["m.never"],
        "Right in all versions": ["m.ever", "m.new_and_right"],
    }


def test_versions_are_in_order_and_a_lone_target_has_none() -> None:
    (one,) = daemons(an_outcome())
    assert one.name == "frr"
    assert one.versions == [("frr", "8.4.4"), ("frr-10.3", "10.3"), ("frr-10.7.1", "10.7.1")]
    assert number_of("pimd-2.3.2 (Debian 2.3.2-3)") == "2.3.2" and number_of("unknown") == "unknown"


def test_the_reason_is_that_of_the_version_that_is_wrong() -> None:
    (one,) = daemons(an_outcome())
    reasons = {(group.title, row.case): row.reason for group in one.groups for row in group.rows}
    assert reasons["Fixed in 10.3", "m.mended"] == "frr is wrong"
    assert reasons["Broke in 10.7.1", "m.unclear_between"] == "frr-10.7.1 is wrong"
    assert reasons["Wrong in all versions", "m.never"] == "frr-10.7.1 is wrong"
    assert reasons["Right in all versions", "m.ever"] == ""


def test_the_page_shows_the_verdicts_side_by_side(tmp_path) -> None:
    outcome = an_outcome()
    write_html(outcome, tmp_path)
    parser = Parser()
    parser.feed((tmp_path / "index.html").read_text())
    section = parser.root.all("section", id="versions-frr")[0]
    heads = [[head.text() for head in table.all("th")] for table in section.all("table")]
    assert all(columns[1:4] == ["8.4.4", "10.3", "10.7.1"] for columns in heads) and len(heads) == 7
    broke = section.all("details", cls="broke")[0]
    assert "open" in broke.attributes and broke.all("summary")[0].text() == "Broke in 10.7.1 3"
    row = broke.all("tr", data_case="m.unclear_between")[0]
    badges = row.all("button", cls="badge")
    assert [badge.text() for badge in badges] == ["P", "I", "F"]
    shown = [outcome.results[int(badge.attributes["data-results"])] for badge in badges]
    assert [(one.case, one.target) for one in shown] == [
        ("m.unclear_between", target) for target in ("frr", "frr-10.3", "frr-10.7.1")
    ]
    assert "open" not in section.all("details", cls="always-right")[0].attributes


def test_there_is_no_section_without_versions(tmp_path) -> None:
    outcome = an_outcome()
    outcome.versions = {"frr": VERSIONS["frr"]}
    outcome.results = [one for one in outcome.results if one.target == "frr"]
    write_html(outcome, tmp_path)
    assert "Versions of" not in (tmp_path / "index.html").read_text()
