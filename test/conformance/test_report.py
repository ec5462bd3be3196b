# SPDX-License-Identifier: GPL-2.0-only
"""The HTML report in headless Chromium: driven by the address, read back as the document that results."""

from __future__ import annotations

import html.parser
import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.harness.expected import Expected
from conformance.harness.model import Verdict
from conformance.harness.run import Observer, Options, Run
from conformance.report import write_reports
from conformance.report.html import table_of
from test_run import FAKE
from toy_cases import TOYS

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --hide-scrollbars --virtual-time-budget=3000"
).split()
VOID = {"meta", "input", "br", "link", "img", "hr"}
LADDER = "toy_cases.leave_is_answered_by_group_queries@fake"
VIEWS = {
    "all": "",
    "filter": "filter=6.4.2-07+LMQC",
    "document": "document=rfc9776&role=host",
    "verdict": "verdict=fail&target=fake",
    "unexpected": f"verdict=unexpected&case={LADDER}",
    "uncovered": "verdict=uncovered&filter=IGMPV3-ROUTER-8.1-01&cell=IGMPV3-QUERIER-6.6.3.2-01@fake",
}


class Element:
    """A parsed element: enough to ask for what is shown."""

    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    @property
    def classes(self):
        return (self.attributes.get("class") or "").split()

    @property
    def hidden(self):
        return "hidden" in self.attributes or (self.parent is not None and self.parent.hidden)

    def all(self, tag=None, cls=None, **attributes):
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if (
                    (tag is None or child.tag == tag)
                    and (cls is None or cls in child.classes)
                    and all(
                        child.attributes.get(key.replace("_", "-")) == value
                        for key, value in attributes.items()
                    )
                ):
                    found.append(child)
                found += child.all(tag, cls, **attributes)
        return found

    def text(self):
        return " ".join(
            "".join(
                child if isinstance(child, str) else f" {child.text()} " for child in self.children
            ).split()
        )


class Parser(html.parser.HTMLParser):
    """Builds Elements."""

    def __init__(self):
        super().__init__()
        self.root = self.here = Element("root", {}, None)

    def handle_starttag(self, tag, attrs):
        made = Element(tag, dict(attrs), self.here)
        self.here.children.append(made)
        if tag not in VOID:
            self.here = made

    def handle_endtag(self, tag):
        while self.here.parent and self.here.tag != tag:
            self.here = self.here.parent
        self.here = self.here.parent or self.here

    def handle_data(self, data):
        self.here.children.append(data)


def chromium(tmp_path, url, *more):
    profile = tmp_path / "profile"
    return subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *more, url],
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The folder of a report that has everything in it."""
    out = tmp_path_factory.mktemp("html")
    one = Run(Options((FAKE,), out), Observer(), list(TOYS.values()))
    one.expected["fake"] = [Expected(TOYS["data_goes_where_it_is_wanted"].name, False, "it leaks")]
    (out / "bench.json").write_text(
        json.dumps({"title": "Bench <1>", "rows": [{"name": "ns3-hop", "ratio": 1.25}]})
    )
    outcome = one.execute()
    outcome.not_covered = {"IGMPV3-ROUTER-8.1-01": "a packet cannot show it"}
    write_reports(outcome, out)
    return out


@pytest.fixture(scope="module")
def pages(report, tmp_path_factory):
    """What the browser makes of the report at several addresses."""
    if not CHROMIUM:
        pytest.skip("chromium is not installed: apt-get install chromium")

    def view(name):
        parser = Parser()
        parser.feed(
            chromium(tmp_path_factory.mktemp(name), f"file://{report}/index.html#{VIEWS[name]}", "--dump-dom")
        )
        return parser.root

    with ThreadPoolExecutor(2) as threads:
        return dict(zip(VIEWS, threads.map(view, VIEWS)))


def rows(page):
    return [row.attributes["data-id"] for row in page.all("tr", "req") if not row.hidden]


def test_the_whole_matrix_is_there(pages):
    page = pages["all"]
    assert len(rows(page)) == 380 and page.all(id="shown")[0].text() == "380 requirements"
    assert page.all("aside", id="drawer")[0].hidden
    cell = page.all("tr", data_id="IGMPV3-QUERIER-6.6.3.2-01")[0].all("td", "cell")[0]
    assert cell.attributes["data-verdict"] == "fail" and cell.text() == "F"
    letters = {badge.text() for badge in page.all("button", "badge")}
    assert {"P", "F", "I", "A", "–"} <= letters
    assert "1 result wrong or unexpected" in page.all("header")[0].text()


def test_filters_by_text_verdict_document_role_and_target(pages):
    assert rows(pages["filter"]) == ["IGMPV3-QUERIER-6.4.2-07"]
    assert pages["filter"].all(id="shown")[0].text() == "1 of 380"
    assert rows(pages["verdict"]) == ["IGMPV3-QUERIER-6.6.3.2-01"]
    assert rows(pages["document"]) and all(one.startswith("IGMPV3R-HOST-") for one in rows(pages["document"]))
    assert rows(pages["unexpected"]) == ["IGMPV3-ROUTER-6.3-01"]
    assert rows(pages["uncovered"]) == ["IGMPV3-ROUTER-8.1-01"]


def test_the_ladder_of_a_case(pages):
    drawer = pages["unexpected"].all("aside", id="drawer")[0]
    assert not drawer.hidden and len(drawer.all("article")) == 1
    rungs = drawer.all(cls="rung")
    texts = [rung.all(cls="between")[0].text() for rung in rungs]
    sent = [text for rung, text in zip(rungs, texts) if "tx" in rung.classes]
    got = [text for rung, text in zip(rungs, texts) if "rx" in rung.classes]
    assert sent == [
        "IGMPv3 report TO_EX 239.1.2.3 {} 10.1.0.100 > 224.0.0.22",
        "IGMPv3 report TO_IN 239.1.2.3 {} 10.1.0.100 > 224.0.0.22",
    ]
    assert sum("group query 239.1.2.3" in text for text in got) == 2
    expectations = [rung for rung in rungs if "expect" in rung.classes]
    assert len(expectations) == 3 and not any("no" in rung.classes for rung in expectations)
    assert "and now <b>the repeat</b></script>" in texts, "remarks are text, not markup"
    (link,) = [one for one in drawer.all("a") if one.text() == "capture (pcapng)"]
    assert link.attributes["href"] == "pcap/fake/toy_cases.leave_is_answered_by_group_queries.pcapng"
    assert "RFC 3376 6.4.2: Each query triggered by a state table" in drawer.text()


def test_the_ladder_of_a_cell_shows_the_failure(pages):
    drawer = pages["uncovered"].all("aside", id="drawer")[0]
    crossed = [rung for rung in drawer.all(cls="rung") if "expect" in rung.classes and "no" in rung.classes]
    assert len(crossed) == 1 and "group source query 239.1.2.3 {10.0.0.9}" in crossed[0].text()
    assert drawer.all(cls="why")[0].text().startswith("lan: no group source query")


def test_the_other_sections(pages):
    page = pages["all"]
    assert "a packet cannot show it" in page.all("section", id="uncovered")[0].text()
    sabotage = page.all("section", id="sabotage")[0]
    assert "Survivors: " in sabotage.text() and "toy_cases.shows_nothing" in sabotage.text()
    bench = page.all("section", id="table-bench")[0]
    assert bench.all("h2")[0].text() == "Bench <1>" and "ns3-hop 1.25" in bench.text()
    findings = page.all("section", id="findings")[0].text()
    assert "unexpected pass; expected: it leaks" in findings and "no such interface" in findings


def test_the_file_needs_nothing_else(report):
    text = (report / "index.html").read_text()
    assert "src=" not in text.split("<script type")[0] and "http://" not in text and "https://" not in text
    assert "@import" not in text and "url(" not in text


@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed: apt-get install chromium")
def test_a_screenshot_shows_a_page(report, tmp_path):
    picture = tmp_path / "report.png"
    chromium(tmp_path, f"file://{report}/index.html", f"--screenshot={picture}", "--window-size=1200,900")
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and picture.stat().st_size > 30000


@pytest.mark.parametrize(
    "content, columns, rows",
    [
        ({"title": "T", "columns": ["a", "b"], "rows": [[1, 2]]}, ["a", "b"], [[1, 2]]),
        ([{"a": 1, "b": 2.5}, {"b": 3}], ["a", "b"], [["1", "2.5"], ["", "3"]]),
        ({"x": {"a": 1}, "y": {"a": 22222}}, ["", "a"], [["x", "1"], ["y", "22,222"]]),
        ({"x": 1, "y": [1, 2]}, ["", "value"], [["x", "1"], ["y", "[1, 2]"]]),
    ],
)
def test_tables_of_other_tools(content, columns, rows):
    table = table_of(content, "name")
    assert (table["columns"], table["rows"]) == (columns, rows)


def test_cells_show_the_worst_of_several_cases():
    from conformance.report.html import Cell, _add
    from test_run import a_result

    cell = Cell()
    for number, verdict in enumerate((Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.FAIL, Verdict.AMBIGUOUS)):
        _add(cell, number, a_result(verdict))
    assert cell.verdict is Verdict.FAIL and cell.letter == "F" and cell.results == [0, 1, 2, 3]
