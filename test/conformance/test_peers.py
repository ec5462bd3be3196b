# SPDX-License-Identifier: GPL-2.0-only
"""The targets FRR (in three versions) and linux-bridge: settings, read-outs, and one small lab each."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from conformance import targets
from conformance.harness.addressing import Names
from conformance.harness.model import PORTS, InterfaceSetup, Setup, TimerSet, Unsupported, features_of
from conformance.harness.packets import Context, data, is_ex, is_in, report
from conformance.harness.pim_setup import in_ipv6, pim_setup
from conformance.harness.timers import Timers
from conformance.harness.wire import decode
from conformance.targets import all_targets, load_target, unpacked
from conformance.targets.frr import daemon_configuration, joined_state
from conformance.targets.linux_bridge import LinuxBridgeTarget, bridge_settings, group_state
from conformance.targets.realtime import SHORT_TIMERS

ROOT = Path(__file__).resolve().parents[2]
GROUP = "239.1.2.3"

# ---- FRR ----


def test_the_three_versions_are_one_module() -> None:
    old, newer, newest = (load_target(name) for name in ("frr", "frr-10.3", "frr-10.7.1"))
    assert (old.name, newer.name, newest.name) == ("frr", "frr-10.3", "frr-10.7.1")
    assert not any(feature.startswith("mld") for feature in features_of(old, "ipv6"))
    assert {"mld:1", "mld:2"} <= features_of(newer, "ipv6") < features_of(newest, "ipv6")
    for target in (newer, newest):  # show ipv6 mld tells no timers
        assert "state:timers" in features_of(target, "ipv4") - features_of(target, "ipv6")


def test_the_configuration_of_each_daemon() -> None:
    setup = Setup("router", family="ipv6", interfaces={"lan2": InterfaceSetup(version=1)})
    lines = daemon_configuration(setup, SHORT_TIMERS, "10.3").splitlines()
    assert lines[:3] == ["router pim6", " rp 2001:db8::a ff00::/8", "exit"]
    assert lines.count(" ipv6 pim") == 3 and lines.count(" ipv6 mld version 2") == 2
    assert lines.count(" ipv6 mld version 1") == 1 and lines.count(" ipv6 mld query-interval 4") == 3
    lines = daemon_configuration(Setup("router"), SHORT_TIMERS).splitlines()
    assert lines[0] == "ip pim rp 10.0.0.10 224.0.0.0/4" and lines.count(" ip igmp version 3") == 3
    assert daemon_configuration(Setup("router"), SHORT_TIMERS, "10.7.1").startswith(
        "router pim\n rp 10.0.0.10 "
    )


def test_what_frr_cannot_be_told() -> None:
    def setup(**settings: object) -> Setup:
        return Setup("router", interfaces={"lan": InterfaceSetup(**settings)})

    with pytest.raises(Unsupported, match="IGMPv1"):
        daemon_configuration(setup(version=1), SHORT_TIMERS, "10.3")
    with pytest.raises(Unsupported, match="at once in IGMPv2"):
        daemon_configuration(setup(fast_leave=True), SHORT_TIMERS, "10.7.1")
    assert " ip igmp immediate-leave" in daemon_configuration(
        setup(fast_leave=True, version=2), SHORT_TIMERS, "10.7.1"
    )
    with pytest.raises(Unsupported, match="query interval of 4.5 s"):
        daemon_configuration(Setup("router"), TimerSet(qi=4.5, qri=1.0))


def test_frr_is_told_about_dense_mode():
    def lines(family="ipv4", **values):
        pim = pim_setup(dict(rp=None, **values))
        one = Setup("router", family=family, pim=in_ipv6(pim) if family == "ipv6" else pim)
        return daemon_configuration(one, SHORT_TIMERS, "10.7.1").splitlines()

    told = lines(mode="dense")
    assert told[:4] == [
        "ip prefix-list DENSE seq 1 deny 232.0.0.0/8 le 32",
        "ip prefix-list DENSE seq 2 permit 224.0.0.0/4 le 32",
        "router pim",
        " dm prefix-list DENSE",
    ]
    assert told.count(" ip pim dm") == 3
    told = lines("ipv6", mode="sparse-dense", dense_groups=["239.1.2.3/32"], interfaces=dict(lan=dict(mode="sparse")))
    assert "ipv6 prefix-list DENSE seq 2 permit ff1e::1:2:3/128" in told
    assert told.count(" ipv6 pim sm-dm") == 2 and told.count(" ipv6 pim") == 1
    assert not any("DENSE" in line for line in lines())


def test_joins_of_mld_as_group_state() -> None:
    def states(**members: str) -> dict[str, dict[str, str]]:
        names = {"any": "*", "a": "2001:db8::a", "b": "2001:db8::b"}
        return {names[name]: {"state": state} for name, state in members.items()}

    group = "ff1e::1"
    included = joined_state(group, states(a="JOIN", b="JOIN_EXPIRING"))
    assert (included.mode, included.sources) == ("include", {"2001:db8::a", "2001:db8::b"})
    excluded = joined_state(group, states(any="JOIN_EXPIRING", a="PRUNE", b="NOPRUNE"))
    assert (excluded.mode, excluded.sources) == ("exclude", {"2001:db8::b"})
    assert excluded.blocked == {"2001:db8::a"} and excluded.expires is None
    assert joined_state(group, states(any="NOINFO", a="NOINFO")) is None


# ---- fetching FRR 10 ----


def fetch(tmp_path: Path, apt: str) -> subprocess.CompletedProcess:
    """Runs the script with an apt-get of its own making."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "apt-get").write_text(f"#!/bin/sh\n{apt}\n")
    (tools / "apt-get").chmod(0o755)
    return subprocess.run(
        ["bash", ROOT / "scripts" / "fetch-daemons.sh", "frr-10.3"],
        env={
            **os.environ,
            "MCAST_DAEMONS": str(tmp_path / "daemons"),
            "PATH": f"{tools}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


SOURCE = "case \"$*\" in *indextargets*) echo 'http://archive.test/debian/ Debian/Debian'; exit;; esac\n"


@pytest.mark.parametrize(
    "apt, said",
    [
        ("exit 0", "frr-10.3: skipped: needs a Debian archive in apt's sources"),
        (
            SOURCE + "echo 'E: no network' >&2; exit 100",
            "frr-10.3: skipped: Debian trixie cannot be read: E: no network",
        ),
        (
            SOURCE + 'case "$*" in *print-uris*) echo "\'http://x/f\' frr_10.9-1_amd64.deb 1";; esac',
            "frr-10.3: skipped: Debian trixie has FRR 10.9-1 by now, not 10.3",
        ),
    ],
)
def test_frr_10_that_cannot_be_had_is_skipped_with_one_line(tmp_path: Path, apt: str, said: str) -> None:
    if not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists():
        pytest.skip("needs debian-archive-keyring")
    done = fetch(tmp_path, apt)
    assert done.returncode == 1 and done.stdout == ""
    assert [line for line in done.stderr.splitlines() if said in line] == done.stderr.splitlines()
    assert list((tmp_path / "daemons").iterdir()) == []


def test_a_daemon_from_afar_belongs_to_all_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCAST_DAEMONS", str(tmp_path))
    assert "frr" in all_targets() and "frr-10.3" not in all_targets()
    (tmp_path / "frr-10.3").mkdir()
    (tmp_path / "frr-10.3" / "packages").write_text("frr\t10.3-3\n")
    assert "frr-10.3" in all_targets() and "frr-10.7.1" not in all_targets()
    assert set(all_targets()) < set(targets.MODULES) and "dut" not in all_targets()


def test_a_program_with_its_own_loader_is_started_by_it(tmp_path: Path) -> None:
    assert unpacked.command(tmp_path, "usr/bin/x") == [str(tmp_path / "usr/bin/x")]
    library = tmp_path / "usr" / "lib" / f"{os.uname().machine}-linux-gnu"
    library.mkdir(parents=True)
    (library / "libx.so.1").touch()
    assert unpacked.environment(tmp_path) == {"LD_LIBRARY_PATH": str(library)}
    (library / "ld-linux-x.so.2").touch()
    loader = str(library / "ld-linux-x.so.2")
    assert unpacked.command(tmp_path, "usr/bin/x") == [
        loader,
        "--library-path",
        str(library),
        str(tmp_path / "usr/bin/x"),
    ]
    assert unpacked.environment(tmp_path) == {}, "other programs on the way keep their own libraries"


# ---- the bridge ----


def test_the_bridge_is_told_every_timer_in_hundredths() -> None:
    timers = Timers(TimerSet(qi=4.0, qri=1.0, lmqi=0.5, lmqc=3), "rfc3376", 0.0)
    settings = bridge_settings(Setup("router"), InterfaceSetup(version=2), timers)
    assert settings["mcast_query_interval"] == 400 and settings["mcast_last_member_interval"] == 50
    assert settings["mcast_membership_interval"] == 900 and settings["mcast_querier_interval"] == 850
    assert settings["mcast_last_member_count"] == 3 and settings["mcast_igmp_version"] == 2
    assert "mcast_querier" not in settings, "it comes after the times"
    mld = bridge_settings(Setup("router", family="ipv6"), InterfaceSetup(), timers)
    assert mld["mcast_mld_version"] == 2 and "mcast_igmp_version" not in mld
    with pytest.raises(Unsupported, match="IGMPv1"):
        bridge_settings(Setup("router"), InterfaceSetup(version=1), timers)


def test_an_entry_of_the_database_as_group_state() -> None:
    sources = [{"address": "10.0.0.1", "timer": "0.00"}, {"address": "10.0.0.2", "timer": "3.25"}]
    entry = {"grp": GROUP, "filter_mode": "exclude", "source_list": sources, "timer": "   8.50"}
    state = group_state(entry)
    assert (state.mode, state.sources, state.blocked) == ("exclude", {"10.0.0.2"}, {"10.0.0.1"})
    assert (state.expires, state.source_expires) == (8.5, {"10.0.0.2": 3.25})
    assert group_state({**entry, "filter_mode": "include", "timer": "   0.00"}).expires is None
    old = group_state({"grp": GROUP, "timer": "   8.50"})
    assert (old.mode, old.expires) == (None, 8.5)


@pytest.fixture(params=["linux-bridge", "frr-10.3", "frr-10.7.1"])
def peer(request: pytest.FixtureRequest):
    if request.param not in all_targets():
        pytest.skip(f"{request.param} was not fetched: ./mcast setup --with-frr10")
    target = load_target(request.param)
    if target.missing():
        pytest.skip(target.missing())
    return target


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_members_of_a_peer_are_read_out_and_served(peer, family: str) -> None:
    system = peer.open(Setup("router", family=family, timers=peer.timers, forwarding=True))
    try:
        ports = {
            name: Context(
                port.tester_address,
                port.dut_address,
                system.mac(name),
                2,
                4.0,
                1.0,
                1.0,
                Names(family, port=name),
            )
            for name, port in PORTS.items()
        }
        names = ports["lan"].names
        system.send("lan", report(is_ex(GROUP, []), is_in("239.1.2.4", ["10.0.0.21"])).build(ports["lan"]))
        system.advance(system.now() + 0.3)
        known = system.groups("lan")
        assert known[names.real(GROUP)].mode == "exclude"
        assert known[names.real("239.1.2.4")].sources == {names.real("10.0.0.21")}
        assert names.real(GROUP) not in system.groups("lan2")
        system.frames()
        for number in range(3):  # the first may be lost to an entry in the making
            system.send("up", data(GROUP, "10.0.0.21", payload=b"x%d" % number).build(ports["up"]))
            system.advance(system.now() + 0.3)
        wanted = data(GROUP, "10.0.0.21", payload=b"x2")
        seen = {
            frame.port
            for frame in system.frames()
            if wanted.matches(decode(frame.data, frame.time, frame.port, Names(family, port=frame.port)))
        }
        assert seen == {"lan"}
    finally:
        system.close()


def test_a_bridge_of_its_own_for_each_port_where_no_data_is_looked_at() -> None:
    target = LinuxBridgeTarget()
    if target.missing():
        pytest.skip(target.missing())
    system = target.open(Setup("router", timers=target.timers))
    try:
        senders = {frame.port: frame.data[26:30] for frame in system.frames() if frame.data[23] == 2}
        assert senders == {
            "lan": bytes([10, 1, 0, 10]),
            "lan2": bytes([10, 2, 0, 10]),
            "up": bytes([10, 0, 0, 10]),
        }
    finally:
        system.close()
