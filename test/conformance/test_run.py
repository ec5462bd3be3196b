# SPDX-License-Identifier: GPL-2.0-only
"""Whole runs on the fake system: verdicts, workers that die, expected failures, sabotage, files, commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from conformance.__main__ import main
from conformance.harness import expected as expected_module
from conformance.harness.expected import Expected, apply_expected, load_expected
from conformance.harness.model import CaseResult, Frame, Verdict
from conformance.harness.pool import Lost, run_jobs
from conformance.harness.registry import load_cases, select
from conformance.harness.requirements import (
    ConfigurationError,
    load_not_covered,
    load_requirements,
    load_yaml,
    requirements,
)
from conformance.harness.run import Observer, Options, Run, run
from conformance.harness.sabotage import sabotage
from conformance.report import write_reports
from conformance.report.pcapng import write_pcapng
from conformance.report.summary import read_results, result_to_dict, summary
from fake_system import FakeTarget
from toy_cases import TOYS

ROOT = Path(__file__).resolve().parents[2]
FAKE = str(ROOT / "test" / "conformance" / "fake_system.py")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of every toy case, with reports."""
    out = tmp_path_factory.mktemp("report")
    return run(Options((FAKE,), out), report=write_reports, cases=list(TOYS.values())), out


def verdicts(outcome):
    return {result.case.split(".")[1]: result.verdict.value for result in outcome.results}


def test_every_verdict_and_a_crash_that_takes_nothing_with_it(finished):
    outcome, _ = finished
    assert verdicts(outcome) == {
        "leave_is_answered_by_group_queries": "pass",
        "link_local_groups_make_no_state": "pass",
        "data_goes_where_it_is_wanted": "pass",
        "only_the_socket_that_joined_gets_data": "pass",
        "shows_nothing": "pass",
        "sources_are_asked_for": "fail",
        "nothing_is_known": "inconclusive",
        "kills_the_worker": "inconclusive",
        "not_for_this_one": "not_applicable",
        "there_are_two_readings": "ambiguous",
    }
    reasons = {result.case.split(".")[1]: result.reason for result in outcome.results}
    assert "SIGKILL" in reasons["kills_the_worker"] and "no such interface" in reasons["nothing_is_known"]
    assert (
        reasons["there_are_two_readings"] == "reading: long"
        and reasons["not_for_this_one"] == "needs counters"
    )


def test_summary_has_exactly_the_agreed_keys(finished):
    outcome, out = finished
    content = json.loads((out / "summary.json").read_text())
    assert content == summary(outcome) and set(content) == {"targets", "requirements", "sabotage", "seconds"}
    assert content["targets"] == {
        "fake": {
            "version": "1",
            "pass": 5,
            "fail": 1,
            "expected_fail": 0,
            "inconclusive": 2,
            "not_applicable": 1,
            "ambiguous": 1,
        }
    }
    assert set(content["requirements"]) == {
        "rfc1112",
        "rfc2236",
        "rfc3376",
        "rfc9776",
        "rfc2710",
        "rfc3810",
        "rfc9777",
        "ssm",
        "router-alert",
        "mac-mapping",
    }
    assert content["requirements"]["rfc3376"]["total"] == 110
    # The inapplicable case alone names IGMPV3-ROUTER-8.1-01, so that is not covered; the others name ten.
    assert content["requirements"]["rfc3376"]["covered"] == 10
    assert content["sabotage"] == {"cases": 9, "killed": 5} and content["seconds"] > 0


def test_sabotage_finds_the_case_that_shows_nothing(finished):
    outcome, _ = finished
    killed = {killing.case.split(".")[1]: killing.killed for killing in outcome.killings}
    assert not killed["shows_nothing"] and killed["leave_is_answered_by_group_queries"]
    assert killed["data_goes_where_it_is_wanted"] and killed["there_are_two_readings"]
    assert not killed["sources_are_asked_for"], "it fails anyway, so that proves nothing"


def test_saboteurs_of_every_kind_are_noticed_where_they_should_be():
    target = FakeTarget()
    everyone = {
        name: set(sabotage(TOYS[name], target, full=True).killed_by)
        for name in (
            "leave_is_answered_by_group_queries",
            "link_local_groups_make_no_state",
            "data_goes_where_it_is_wanted",
            "only_the_socket_that_joined_gets_data",
        )
    }
    assert {
        "mute",
        "deaf",
        "late",
        "questions",
        "duplicates",
        "wrong group",
        "wrong checksum",
        "wrong-port",
    } <= everyone["leave_is_answered_by_group_queries"]
    assert {"forgets", "invents", "stale", "wrong-mode", "wrong-state-timers"} <= everyone[
        "link_local_groups_make_no_state"
    ]
    assert {"leaks", "black-hole", "mute", "wrong payload"} <= everyone["data_goes_where_it_is_wanted"]
    assert {"delivers-to-nobody", "deaf"} <= everyone["only_the_socket_that_joined_gets_data"]
    for wrong in ("wrong TTL", "wrong TOS", "no Router Alert"):
        assert wrong not in everyone["leave_is_answered_by_group_queries"], "the case does not ask for that"


def test_results_survive_the_file(finished):
    outcome, out = finished
    again = read_results(out)
    assert [result_to_dict(one) for one in again.results] == [result_to_dict(one) for one in outcome.results]
    assert summary(again) == summary(outcome)


def test_junit(finished):
    _, out = finished
    suite = xml.parse(out / "junit.xml").getroot().find("testsuite")
    assert {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")} == {
        "name": "fake",
        "tests": "10",
        "failures": "1",
        "errors": "2",
        "skipped": "1",
    }
    assert (
        suite.find("testcase[@name='sources_are_asked_for']/failure")
        .get("message")
        .startswith("lan: no group")
    )


def test_captures_are_read_by_tshark_with_port_and_direction(finished):
    _, out = finished
    path = out / "pcap" / "fake" / "toy_cases.leave_is_answered_by_group_queries.pcapng"
    fields = [
        "frame.time_epoch",
        "frame.interface_name",
        "frame.packet_flags_direction",
        "ip.src",
        "igmp.type",
    ]
    command = [
        "tshark",
        "-r",
        str(path),
        "-T",
        "fields",
        *(word for field in fields for word in ("-e", field)),
    ]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    assert ["0.000000000", "lan", "0x00000001", "10.1.0.10", "0x11"] in rows
    assert ["1.000000000", "lan", "0x00000002", "10.1.0.100", "0x22"] in rows
    assert ["2.000000000", "lan", "0x00000001", "10.1.0.10", "0x11"] in rows
    assert {row[1] for row in rows} == {"lan", "lan2", "up"}


def test_pcapng_keeps_odd_lengths_and_nanoseconds(tmp_path):
    from scapy.utils import rdpcap

    path = tmp_path / "x.pcapng"
    write_pcapng(
        path, ["a", "b"], [Frame(0.000000001, "a", b"x" * 15), Frame(4295.5, "b", b"y" * 64, True)], "hello"
    )
    first, second = rdpcap(str(path))
    assert bytes(first) == b"x" * 15 and bytes(second) == b"y" * 64
    assert abs(float(first.time) - 1e-9) < 1e-12 and float(second.time) == 4295.5


# ---- workers ----


def test_workers_run_at_once_and_lose_only_what_hangs_or_dies():
    def work(job):
        if job == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if job == "exits":
            os._exit(3)
        time.sleep(30 if job == "hangs" else 0.05)
        return job.upper()

    outcomes = {}
    began = time.monotonic()
    jobs = ["hangs", "dies", "exits", *(f"job{number}" for number in range(20))]
    run_jobs(jobs, work, outcomes.__setitem__, 8, limit=2.0)
    assert time.monotonic() - began < 15
    assert outcomes["hangs"] == Lost("no end within 2 s")
    assert "SIGKILL" in outcomes["dies"].reason and "exit status 3" in outcomes["exits"].reason
    assert all(outcomes[f"job{number}"] == f"JOB{number}" for number in range(20))


SLEEPER = """
import sys, time
sys.path.insert(0, {folder!r})
from fake_system import FakeTarget

class Sleeper(FakeTarget):
    name, virtual = "sleeper", False

    def open(self, setup):
        sut = super().open(setup)
        sut.now = lambda: 0.0
        sut.advance = lambda until: time.sleep(30)
        sut.close = lambda: open({mark!r}, "a").write("closed ")
        open({mark!r}, "a").write("opened ")
        return sut

target = Sleeper
"""


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_closes_its_systems(tmp_path, number, status):
    mark, code = tmp_path / "mark", tmp_path / "sleeper.py"
    code.write_text(SLEEPER.format(folder=str(ROOT / "test" / "conformance"), mark=str(mark)))
    script = (
        "import sys; sys.path[:0] = ['test/conformance', '.']; import toy_cases, conformance.harness.run as run,"
        " conformance.__main__ as main; case = toy_cases.TOYS['leave_is_answered_by_group_queries'];"
        " run.load_cases = lambda: [case];"
        f"sys.exit(main.main(['run', '--targets', '{code}', '--out', '{tmp_path}/out', '--no-sabotage']))"
    )
    # A shell makes what it starts in the background ignore SIGINT, these tests and their children included.
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, start_new_session=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    limit = time.monotonic() + 10
    while not (mark.exists() and mark.read_text()) and time.monotonic() < limit:
        time.sleep(0.02)
    os.kill(process.pid, number)
    assert process.wait(25) == status  # less than what the sleeper sleeps
    assert mark.read_text().split().count("closed") == mark.read_text().split().count("opened") >= 1


class Slow(FakeTarget):
    """A fake that claims real time; its second system of a case works, the first does not."""

    name = "slow"
    virtual = False
    tolerance = 0.05

    def __init__(self, flag):
        self.flag = flag

    def open(self, setup):
        sut = super().open(setup)
        if not self.flag.exists():
            self.flag.touch()
            sut.frames = lambda: []
        return sut


def test_a_real_time_failure_is_tried_again_and_says_so(tmp_path):
    one = Run(
        Options((FAKE,), tmp_path, sabotage=False), Observer(), [TOYS["leave_is_answered_by_group_queries"]]
    )
    one.targets, one.expected = {"slow": Slow(tmp_path / "flag")}, {"slow": []}
    (result,) = one.execute().results
    assert result.verdict is Verdict.PASS and result.attempts == 2
    assert result.reason.startswith("attempt 1: fail: lan: no group query")


def test_longer_cases_start_first_where_time_is_real(tmp_path):
    import dataclasses

    order = []
    quick, slow = TOYS["link_local_groups_make_no_state"], TOYS["leave_is_answered_by_group_queries"]
    slow = dataclasses.replace(slow, seconds=lambda timers: timers.gmi)
    one = Run(Options((FAKE,), tmp_path, sabotage=False, jobs=1), Observer(), [quick, slow])
    (tmp_path / "flag").touch()
    one.targets, one.expected = {"slow": Slow(tmp_path / "flag")}, {"slow": []}
    one.observer.result = lambda phase, result: order.append(result.case)
    one.execute()
    assert order == [slow.name, quick.name]


def test_a_run_leaves_out_what_takes_longer_than_it_is_patient_in_real_time(tmp_path):
    import dataclasses

    quick, slow = TOYS["link_local_groups_make_no_state"], TOYS["leave_is_answered_by_group_queries"]
    quick, slow = dataclasses.replace(quick, seconds=5), dataclasses.replace(slow, seconds=20)
    one = Run(Options((FAKE,), tmp_path, sabotage=False, patience=10), Observer(), [quick, slow])
    (tmp_path / "flag").touch()
    one.targets, one.expected = {"slow": Slow(tmp_path / "flag")}, {"slow": []}
    verdicts = {result.case: result for result in one.execute().results}
    assert verdicts[quick.name].verdict is not Verdict.NOT_APPLICABLE
    assert verdicts[slow.name].verdict is Verdict.NOT_APPLICABLE
    assert "more than 10 s" in verdicts[slow.name].reason
    virtual = Run(Options((FAKE,), tmp_path, sabotage=False, patience=10), Observer(), [slow]).execute()
    assert virtual.results[0].verdict is Verdict.PASS


def test_a_target_that_is_missing_is_skipped_with_its_reason(tmp_path):
    class Missing(FakeTarget):
        def missing(self):
            return "not installed: frr; apt-get install frr"

    told = []
    one = Run(Options((FAKE,), tmp_path), Observer(), list(TOYS.values()))
    one.targets = {"fake": Missing()}
    one.observer.skipped = lambda *words: told.append(words)
    outcome = one.execute()
    assert told == [("fake", "not installed: frr; apt-get install frr")] and not outcome.results
    assert summary(outcome)["targets"] == {} and outcome.skipped["fake"].startswith("not installed")


# ---- expected failures ----


def a_result(verdict, case="module.case"):
    return CaseResult(case, "t", "frr", verdict, ("IGMPV3-QUERIER-6.1-01",), "querier", "because")


def test_expected_failures_and_unexpected_passes():
    entry = Expected("module.*", False, "known", "8.4")
    failed, passed, other = a_result(Verdict.FAIL), a_result(Verdict.PASS), a_result(Verdict.FAIL, "x.case")
    for one in (failed, passed, other):
        apply_expected(one, [entry], "FRR 8.4.4")
    assert failed.verdict is Verdict.EXPECTED_FAIL and failed.reason == "because (expected: known)"
    assert passed.verdict is Verdict.PASS and passed.unexpected and "unexpected pass" in passed.reason
    assert other.verdict is Verdict.FAIL and not other.unexpected
    newer = a_result(Verdict.FAIL)
    apply_expected(newer, [entry], "FRR 10.3")
    assert newer.verdict is Verdict.FAIL
    lost = a_result(Verdict.INCONCLUSIVE)
    apply_expected(lost, [Expected("IGMPV3-QUERIER-*", True, "known")], "")
    assert lost.verdict is Verdict.INCONCLUSIVE


def test_a_failure_that_comes_sometimes_may_stay_away(tmp_path):
    text = "expected: [{case: ['*sources*', '*leave*'], reason: by chance, sometimes: true}]\n"
    (tmp_path / "frr.yaml").write_text(text)
    entries = load_expected("frr", TOYS.values(), requirements(), tmp_path)
    assert [entry.pattern for entry in entries] == ["*sources*", "*leave*"]
    failed, passed = a_result(Verdict.FAIL, "a.leave"), a_result(Verdict.PASS, "a.leave")
    for one in (failed, passed):
        apply_expected(one, entries, "")
    assert failed.verdict is Verdict.EXPECTED_FAIL
    assert passed.verdict is Verdict.PASS and not passed.unexpected and passed.reason == "because"


def test_an_unexpected_pass_fails_the_run_of_any_target(tmp_path):
    case = TOYS["leave_is_answered_by_group_queries"]
    one = Run(Options((FAKE,), tmp_path, sabotage=False), Observer(), [case, TOYS["sources_are_asked_for"]])
    one.expected["fake"] = [
        Expected(case.name, False, "it never asks"),
        Expected("IGMPV3-QUERIER-6.6.3.2-01", True, "y"),
    ]
    outcome = one.execute()
    assert [fault.case for fault in outcome.faults()] == [case.name]
    assert verdicts(outcome)["sources_are_asked_for"] == "expected_fail"


@pytest.mark.parametrize(
    "text, message",
    [
        ("- 1\n", "must hold one list 'expected'"),
        ("expected: 3\n", "must hold one list 'expected'"),
        ("expected: []\nother: 1\n", "must hold one list"),
        ("expected: [x]\n", "entry 1: must be a mapping"),
        ("expected: [{case: '*'}]\n", "entry 1: needs a 'reason'"),
        ("expected: [{reason: x}]\n", "entry 1: needs either 'case' or 'requirement'"),
        ("expected: [{case: '*', requirement: A, reason: x}]\n", "needs either"),
        ("expected: [{case: '*', reason: x, versoin: '1'}]\n", "entry 1: unknown key 'versoin'"),
        ("expected: [{case: '*', reason: x, version: 8.4}]\n", "entry 1: version: must be text"),
        ("expected: [{case: 'no_such', reason: x}]\n", "no_such: no case has that name"),
        ("expected: [{case: ['*', 'no_such'], reason: x}]\n", "no_such: no case has that name"),
        ("expected: [{case: [], reason: x}]\n", "case: must be text"),
        ("expected: [{case: ['*', 3], reason: x}]\n", "case: must be text"),
        ("expected: [{case: '*', reason: x, sometimes: often}]\n", "sometimes: must be true or false"),
        ("expected: [{case: '*'\n", "frr.yaml:2: "),
    ],
)
def test_a_broken_expected_file_is_named_with_its_key(tmp_path, text, message):
    (tmp_path / "frr.yaml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_expected("frr", TOYS.values(), requirements(), tmp_path)
    assert "frr.yaml" in str(caught.value) and message in str(caught.value)


def test_the_expected_files_of_the_project_are_sound():
    cases = load_cases()
    for path in expected_module.FOLDER.glob("*.yaml"):
        load_expected(path.stem, cases, requirements())


# ---- requirement files ----


def test_requirement_files_are_complete_and_unique():
    found = requirements()
    ours = ("bad-input", "forwarding")  # what the standards leave open
    assert sum(one.document not in ours for one in found.values()) == 930
    assert found["IGMPV3-QUERIER-6.4.2-07"].document == "rfc3376"


def test_reasons_for_uncovered_requirements_are_true():
    reasons = load_not_covered(requirements())
    named = {one: case.name for case in load_cases() for one in case.requirements}
    assert {one: named[one] for one in reasons if one in named} == {}, "these are covered"


@pytest.mark.parametrize(
    "text, message",
    [
        ("X-1: why\n", "X-1: no such requirement"),
        ("IGMPV3-QUERIER-6.1-01:\n", "the reason is empty"),
        ("[1]", "must map"),
    ],
)
def test_a_broken_list_of_reasons_is_refused(tmp_path, text, message):
    (tmp_path / "not-covered.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_not_covered(requirements(), tmp_path)


def test_broken_requirement_files_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("requirements:\n- {id: A-1}\n")
    with pytest.raises(ConfigurationError, match="a.yaml: requirement 1: 'clause' is missing"):
        load_requirements(tmp_path)
    (tmp_path / "a.yaml").write_text("a: [\n")
    with pytest.raises(ConfigurationError, match="a.yaml:2"):
        load_yaml(tmp_path / "a.yaml")


# ---- the command line ----


def test_selection_by_name_module_and_requirement():
    cases = TOYS.values()
    assert [one.name for one in select(cases, "shows_noth")] == ["toy_cases.shows_nothing"]
    assert {one.name for one in select(cases, "6.6.3.1-01, two_read")} == {
        "toy_cases.leave_is_answered_by_group_queries",
        "toy_cases.there_are_two_readings",
    }
    assert len(select(cases, "toy_cases.*queries")) == 1 and len(select(cases, None)) == 10


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--targets", "nonsense"], "no target 'nonsense'; there are core, ns3"),
        (["--targets", "no/such.py"], "no/such.py: no such file"),
        (["--targets", ","], "names no target"),
        (["--targets", "dut"], "dut"),
        (["--select", "no_such_case_anywhere"], "no case has that"),
        (["--dut", "x.yaml", "--targets", "core"], "only the target dut needs it"),
    ],
)
def test_wrong_arguments_end_with_status_2_and_a_sentence(arguments, message, capsys, tmp_path):
    assert main(["run", "--out", str(tmp_path / "out"), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_target_file_that_breaks_is_named(capsys, tmp_path):
    (tmp_path / "broken.py").write_text("import nothing_of_that_name\n")
    assert main(["run", "--targets", str(tmp_path / "broken.py"), "--out", str(tmp_path)]) == 2
    assert "broken.py: ModuleNotFoundError" in capsys.readouterr().err


def test_an_unknown_option_ends_with_status_2():
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "run", "--colour"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 and "--colour" in done.stderr
