# SPDX-License-Identifier: GPL-2.0-only
"""The interop matrix: figures from packets, verdicts from figures, and one small network for real."""

from __future__ import annotations

import socket
import struct
from itertools import product
from pathlib import Path

import pytest

from conformance.harness import run as suite
from conformance.harness.run import Outcome
from conformance.interop.figures import (
    Row,
    Seen,
    Trace,
    duplicates,
    judge,
    lost,
    measured,
    measured_dense,
    misses,
)
from conformance.interop.matrix import members_of, rows_of, run_matrix
from conformance.interop.measure import Measurement
from conformance.interop.measure_dense import measurement_of
from conformance.interop.network import (
    incoming_of,
    is_igmp_report,
    is_mld_report,
    outgoing_of,
    number_in_ipv4,
    number_in_ipv6,
)
from conformance.interop.topology import TOPOLOGIES
from conformance.report import interop as report
from conformance.report.html import write_html
from conformance.targets import mininet_lab
from conformance.targets.mcastd import program

PERIOD = 0.005
DENSE = ("dense-row", "dense-lan")
NOTHING: frozenset[int] = frozenset()


def flow(first: int, last: int, missing: frozenset[int] | range = NOTHING, delay: float = 0.0) -> list[Seen]:
    """Datagrams of a source that sends number n at n * PERIOD."""
    return [Seen(n * PERIOD + delay, n) for n in range(first, last + 1) if n not in missing]


def trace(seen: list[Seen], **moments: float) -> Trace:
    """Reports go out a millisecond after the join at 1 s and after the leave."""
    reports = [Seen(one + 0.001, None) for one in (1.0, moments.get("left")) if one is not None]
    ordered = sorted([*seen, *reports], key=lambda one: one.time)
    return Trace(ordered, joined=1.0, switched=2.0, ended=20.0, **moments)


def row(*positions: str, topology: str = "chain", **figures: object) -> Row:
    good = {
        "join_ms": 5.0,
        "switched": True,
        "switchover_lost": 0,
        "switchover_duplicates": 0,
        "failure_lost": 2,
        "failure_ms": 15.0,
        "recovered": True,
        "stop_ms": 2000.0,
    }
    if topology.startswith("dense"):
        good |= {"first_ms": 4.0, "first_lost": 0, "pruned": True, "switched": False}
    return Row(topology, positions, "ipv4", **{**good, **figures})


# ---- figures -----------------------------------------------------------------------------------------------


def test_a_network_that_does_all_that_is_asked() -> None:
    """Number 204 is the first; 600 to 606 die with the link at 3 s; the data ends 2 s after the leave."""
    seen = flow(204, 2000, range(600, 607))
    found = measured(Row("chain", ("mcastd",) * 3, "ipv4"), trace(seen, cut=2.9991, left=8.0))
    assert found.join_ms == pytest.approx(19.0)
    assert found.switched and (found.switchover_lost, found.switchover_duplicates) == (0, 0)
    assert found.recovered and found.failure_lost == 7 and found.failure_ms == pytest.approx(40.0)
    assert found.stop_ms == pytest.approx(1999.0)
    assert misses(found) == {}


def test_loss_and_duplicates_at_the_switchover_are_counted_apart_from_the_failure() -> None:
    twice = [Seen(2.0001, 400), Seen(2.0002, 401)]
    seen = flow(204, 2000, frozenset({399, 402, 700})) + twice
    found = measured(Row("chain", ("frr",) * 3, "ipv4"), trace(seen, cut=3.0, left=8.0))
    assert (found.switchover_lost, found.switchover_duplicates, found.failure_lost) == (2, 2, 1)
    assert "2 lost at the switchover" in misses(found).values()


def test_a_failure_that_costs_nothing_took_no_time() -> None:
    found = measured(Row("chain", ("frr",) * 3, "ipv4"), trace(flow(204, 2000), cut=3.0, left=8.0))
    assert found.recovered and (found.failure_lost, found.failure_ms) == (0, 0.0)


def test_data_of_before_the_join_is_not_an_answer_to_it() -> None:
    found = measured(Row("lan", ("frr", "frr"), "ipv4"), trace(flow(0, 150), cut=None, left=None))
    assert found.join_ms is None and misses(found) == {"join": "no data after the join"}


def test_a_network_that_does_not_recover() -> None:
    found = measured(Row("chain", ("pimd",) * 3, "ipv4"), trace(flow(204, 599), cut=3.0, left=None))
    assert not found.recovered and found.failure_lost is None and found.stop_ms is None
    assert misses(found) == {"recovered": "no data after the link failure"}


def test_data_that_trickled_in_before_a_second_failure_is_no_recovery() -> None:
    found = measured(Row("chain", ("pimd",) * 3, "ipv4"), trace(flow(204, 1000), cut=3.0, left=8.0))
    assert not found.recovered


def test_data_that_does_not_end() -> None:
    found = measured(Row("chain", ("frr",) * 3, "ipv4"), trace(flow(204, 3990), cut=3.0, left=8.0))
    assert found.stop_ms is None and misses(found) == {"stopped": "data goes on 14 s after the leave"}


def test_of_dense_mode_the_flood_is_measured_besides() -> None:
    moments = {"left": 3.0, "rejoined": 7.0, "cut": 8.0}
    seen = flow(204, 1000, frozenset({300})) + flow(1401, 4000, frozenset({1700}))
    flood = [Seen(0.52, 3), Seen(0.525, 4)]
    took = trace(seen, **moments, began=0.5, flood=flood, pruned=True)
    found = measured_dense(Row("dense-row", ("mcastd",) * 2, "ipv4"), took)
    assert found.first_ms == pytest.approx(20.0) and found.first_lost == 3 and found.pruned
    assert (found.switchover_lost, found.failure_lost) == (1, 1)
    assert found.join_ms == pytest.approx(19.0) and found.stop_ms == pytest.approx(1999.0)
    assert misses(found) == {
        "first": "3 lost until the first came, after 20 ms",
        "switchover": "1 lost while nothing happened",
    }
    never = measured_dense(Row("dense-row", ("frr-10.7.1",) * 2, "ipv4"), trace(flow(204, 1500), **moments))
    assert set(misses(never)) == {"first", "pruned", "recovered", "stopped"}


def test_lost_and_duplicates_of_nothing_and_of_disorder() -> None:
    assert lost([]) == duplicates([]) == 0
    swapped = [Seen(0.0, 7), Seen(0.1, 9), Seen(0.2, 8), Seen(0.3, 9)]
    assert (lost(swapped), duplicates(swapped)) == (0, 1)


# ---- verdicts ----------------------------------------------------------------------------------------------


def test_networks_without_mcastd_are_never_judged() -> None:
    rows = [row("frr", "frr", "frr", recovered=False, stop_ms=None)]
    judge(rows)
    assert rows[0].verdict == "info"


def test_a_miss_of_mcastd_fails_and_says_what() -> None:
    rows = [row("frr", "frr", "frr"), row("mcastd", "frr", "frr", switchover_lost=3)]
    judge(rows)
    assert rows[1].verdict == "fail" and rows[1].note == "3 lost at the switchover"
    judge(rows)
    assert rows[1].note == "3 lost at the switchover"


def test_a_miss_that_is_there_without_mcastd_too_is_the_others() -> None:
    gone = {"recovered": False, "failure_lost": None, "failure_ms": None, "stop_ms": None}
    rows = [
        row("mcastd", "pimd", "pimd", **gone),
        row("frr", "pimd", "pimd", **gone),
        row("pimd", "pimd", "pimd", **gone),
    ]
    judge(rows)
    assert rows[0].verdict == "peer" and "(so without mcastd)" in rows[0].note
    rows[1] = row("frr", "pimd", "pimd")
    judge(rows)
    assert rows[0].verdict == "fail", "FRR manages there"


def test_nobody_else_excuses_a_network_of_mcastds() -> None:
    rows = [row("mcastd", "mcastd", "mcastd", switchover_lost=1), row("frr", "frr", "frr", switchover_lost=1)]
    judge(rows)
    assert rows[0].verdict == "fail"


def test_join_latency_is_measured_by_frr_in_the_same_place() -> None:
    rows = [row("mcastd", "pimd", "pimd", join_ms=8700.0), row("frr", "pimd", "pimd", join_ms=8650.0)]
    rows += [row("mcastd", "mcastd", "mcastd", join_ms=300.0), row("frr", "frr", "frr", join_ms=5.0)]
    judge(rows)
    assert [one.verdict for one in rows] == ["pass", "info", "fail", "info"]
    assert "with FRR in its place 5 ms" in rows[2].note


# ---- which networks there are ------------------------------------------------------------------------------


def test_every_daemon_holds_every_position() -> None:
    rows = {one.key for one in rows_of(members_of(["core", "mcastd", "pimd", "frr", "frr-10.3"]))}
    for place in range(3):
        for other in ("frr", "frr-10.3", "pimd"):
            positions = tuple("mcastd" if n == place else other for n in range(3))
            assert ("chain", positions, "ipv4") in rows
        assert ("chain", tuple("frr" if n == place else "mcastd" for n in range(3)), "ipv4") in rows
    for pair in (
        ("mcastd", "frr"),
        ("frr", "mcastd"),
        ("mcastd", "pimd"),
        ("pimd", "mcastd"),
        ("frr", "pimd"),
    ):
        assert ("lan", pair, "ipv4") in rows
    assert ("chain", ("mcastd", "frr-10.3", "frr-10.3"), "ipv6") in rows
    assert not any({"pimd", "frr"} & set(positions) for _, positions, family in rows if family == "ipv6")


def test_dense_mode_is_for_those_that_have_it() -> None:
    rows = [one.key for one in rows_of(["mcastd", "frr", "frr-10.3", "frr-10.7.1", "pimd"]) if one.dense]
    assert set(rows) == {
        *((name, ("mcastd", "mcastd"), family) for name in DENSE for family in ("ipv4", "ipv6")),
        *((name, pair, "ipv4") for name in DENSE for pair in product(("mcastd", "frr-10.7.1"), repeat=2)),
    }


def test_of_one_daemon_there_are_only_its_own_networks() -> None:
    assert {(one.topology, one.family) for one in rows_of(["mcastd"])} == {
        (name, family) for name in TOPOLOGIES for family in ("ipv4", "ipv6")
    }
    assert members_of(["core", "ns3", "igmpproxy"]) == []


# ---- what is read ------------------------------------------------------------------------------------------


def test_numbers_are_read_from_frames_of_the_group_alone() -> None:
    group = socket.inet_aton("239.1.2.3")
    udp = struct.pack("!HHHH", 40000, 5001, 12, 0) + struct.pack("!I", 77)
    header = struct.pack("!BBHHHBBH4s", 0x45, 0, 32, 0, 0, 31, 17, 0, socket.inet_aton("10.1.0.100"))
    frame = bytes(12) + b"\x08\x00" + header + group + udp
    assert number_in_ipv4(frame, group) == 77
    assert number_in_ipv4(frame, socket.inet_aton("239.1.2.4")) is None
    assert number_in_ipv4(frame[:-1], group) is None
    other_port = frame.replace(struct.pack("!HH", 40000, 5001), struct.pack("!HH", 40000, 5002))
    assert number_in_ipv4(other_port, group) is None
    group6 = socket.inet_pton(socket.AF_INET6, "ff1e::1:2:3")
    frame6 = bytes(12) + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, 12, 17, 31) + bytes(16) + group6 + udp
    assert number_in_ipv6(frame6, group6) == 77 and number_in_ipv6(frame6, bytes(16)) is None


def test_reports_are_told_from_queries() -> None:
    igmp = bytes(12) + b"\x08\x00" + struct.pack("!BBHHHBBH", 0x46, 0, 40, 0, 0, 1, 2, 0) + bytes(12)
    assert (
        is_igmp_report(igmp + b"\x22")
        and is_igmp_report(igmp + b"\x17")
        and not is_igmp_report(igmp + b"\x11")
    )
    mld = (
        bytes(12) + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, 36, 0, 1) + bytes(32) + b"\x3a\0\5\2\0\0\1\0"
    )
    assert is_mld_report(mld + b"\x8f") and not is_mld_report(mld + b"\x82")


def test_the_incoming_interface_is_read_from_the_kernels_tables() -> None:
    vifs = "Interface      BytesIn  PktsIn\n 0 net23 0 0\n 2 pimreg 0 0\n"
    heading = "Group    Origin   Iif     Pkts    Bytes    Wrong Oifs\n"
    entry = "030201EF 6400010A 2 10 100 0  0:1\n"
    assert incoming_of(heading + entry, vifs, "ipv4") == "pimreg"
    assert incoming_of(heading + entry.replace(" 2 ", " 65535 "), vifs, "ipv4") is None
    assert incoming_of(heading, vifs, "ipv4") is None
    assert outgoing_of(heading + entry, vifs, "ipv4") == ["net23"]
    assert outgoing_of(heading + entry.replace("  0:1", " "), vifs, "ipv4") == []
    assert outgoing_of(heading, vifs, "ipv4") == []
    entry6 = "ff1e:0000:0000:0000:0000:0001:0002:0003 2001:0db8:0001:0000:0000:0000:0000:0100 0 1 1 0\n"
    assert incoming_of(heading + entry6, vifs, "ipv6") == "net23"


@pytest.mark.parametrize(
    "told, pattern, members, runs",
    [
        (None, None, ["mcastd", "frr"], True),
        (None, None, ["mcastd"], False),
        (None, None, ["frr", "pimd"], False),
        (None, "igmp", ["mcastd", "frr"], False),
        (True, "igmp", ["mcastd"], True),
        (True, None, [], False),
        (False, None, ["mcastd", "frr"], False),
    ],
)
def test_when_the_matrix_is_part_of_a_run(
    monkeypatch: pytest.MonkeyPatch, told: bool | None, pattern: str | None, members: list[str], runs: bool
) -> None:
    asked = []
    monkeypatch.setattr(suite, "run_matrix", lambda who, *rest: asked.append(who) or [row(*who)])
    one = suite.Run(suite.Options((), Path("unused"), pattern, interop=told), suite.Observer(), [])
    one._run_interop(members)
    assert asked == ([members] if runs else []) and bool(one.outcome.interop) == runs


# ---- the report --------------------------------------------------------------------------------------------


def test_rows_are_saved_read_and_shown(tmp_path: Path) -> None:
    rows = [row("frr", "frr", "frr"), row("mcastd", "frr", "frr", recovered=False, stop_ms=None)]
    judge(rows)
    outcome = Outcome({}, {}, [], interop=rows)
    report.write_interop(outcome, tmp_path)
    assert report.read_interop(tmp_path) == rows
    assert report.interop_summary(rows) == {"rows": 2, "pass": 0, "fail": 1}
    assert outcome.interop_faults() == [rows[1]]
    [table] = report.interop_tables(outcome)
    assert [one["failure"] for one in table["rows"]] == ["2 packets, 15 ms", "not recovered"]
    assert [one[0] for one in table["references"]][2] == "pimd 2.3.2 x3"
    write_html(outcome, tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Three routers in a row, IPv4" in page and "1 result wrong or unexpected" in page
    assert "not recovered in 40 s" in page and 'id="table-interop"' not in page
    report.write_interop(Outcome({}, {}, []), tmp_path)
    assert not (tmp_path / "interop.json").exists() and report.read_interop(tmp_path) == []


def test_rows_of_dense_mode_are_shown_with_their_flood(tmp_path: Path) -> None:
    pair = ("mcastd", "frr-10.7.1")
    rows = [
        row("frr-10.7.1", "frr-10.7.1", topology="dense-row", first_ms=None, first_lost=None),
        row(*pair, topology="dense-row", first_ms=None, first_lost=None),
        row("mcastd", "mcastd", topology="dense-row", pruned=False, recovered=False, stop_ms=None),
    ]
    judge(rows)
    assert [one.verdict for one in rows] == ["info", "peer", "fail"]
    outcome = Outcome({}, {}, [], interop=rows)
    report.write_interop(outcome, tmp_path)
    assert report.read_interop(tmp_path) == rows
    [table] = report.interop_tables(outcome)
    assert table["dense"] and [one["first"] for one in table["rows"]] == ["never", "never", "4.0"]
    assert [one["pruned"] for one in table["rows"]] == ["yes", "yes", "no"]
    assert [one["failure"] for one in table["rows"]] == ["2 packets, 15 ms"] * 2 + ["not recovered"]
    write_html(outcome, tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Dense mode, two routers in a row, IPv4" in page and "First packet, ms" in page


def test_a_failure_is_measured_again_before_it_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "log"

    def run(self: Measurement) -> Row:
        """The first attempt of the chain of IPv4 loses a packet. (It runs in a process of its own.)"""
        with log.open("a") as file:
            file.write("x")
        first = self.row.key[::2] == ("chain", "ipv4") and not (tmp_path / "seen").exists()
        if first:
            (tmp_path / "seen").touch()
        good = row(*self.row.positions, topology=self.row.topology, switchover_lost=int(first))
        good.family = self.row.family
        return good

    monkeypatch.setattr(Measurement, "run", run)
    rows = run_matrix(["mcastd"])
    assert len(log.read_text()) == len(rows) + 1 and {one.verdict for one in rows} == {"pass"}
    assert [one.note for one in rows if one.note] == ["attempt 1: 1 lost at the switchover"]


# ---- for real ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(mininet_lab.missing() is not None, reason=str(mininet_lab.missing()))
@pytest.mark.skipif(not program("mcastd").is_file(), reason="mcastd was not built")
def test_three_mcastds_in_a_row() -> None:
    found = Measurement(Row("chain", ("mcastd",) * 3, "ipv4")).run()
    judge([found])
    assert found.verdict == "pass", found.note
    assert 0 < found.join_ms < 2000 and found.failure_ms < 2000
    assert 1900 < found.stop_ms < 4000, "two last member queries, a second apart"


@pytest.mark.skipif(mininet_lab.missing() is not None, reason=str(mininet_lab.missing()))
@pytest.mark.skipif(not program("mcastd").is_file(), reason="mcastd was not built")
def test_two_mcastds_of_dense_mode_on_a_lan() -> None:
    one = Row("dense-lan", ("mcastd",) * 2, "ipv6")
    found = measurement_of(one)(one).run()
    judge([found])
    assert found.verdict == "pass", found.note
    assert found.first_ms < 2000 and found.join_ms < 2000
    assert found.failure_ms < 8000, "a Hello Holdtime, and the way to the source once more"
