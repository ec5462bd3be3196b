# SPDX-License-Identifier: GPL-2.0-only
"""PIM on Linux: neighbours, trees, Registers, switchover, and what disturbs them; between daemons and real kernels."""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Callable

import pytest

from netlab import MCASTCTL, Mcastd, Namespace, Tap, checksum, v2_message, veth, wait_until
from netlab6 import Frame6
from netlab_pim import (
    HELLO,
    INTERFACE,
    JOIN_PRUNE,
    PIM,
    REGISTER,
    REGISTER_STOP,
    Flow,
    Names,
    PimLab,
    is_pim,
    nothing_is_left,
)

SSM_ONLY = ""


@pytest.fixture
def lab(network: Callable, tmp_path: Path) -> PimLab:
    return PimLab(network, tmp_path)


@pytest.fixture(params=["ipv4", "ipv6"])
def names(request: pytest.FixtureRequest) -> Names:
    return Names(request.param)


# --- neighbours ---------------------------------------------------------------------------------------------


def test_neighbours_of_both_families_know_each_other(lab, network):
    taps = {"ipv4": network(Tap, lab.routers[2], "to1"), "ipv6": network(Tap, lab.routers[2], "to1", Frame6)}
    lab.start(only=(1, 2))
    for family, (here, there) in {"ipv4": ("10.12.0.1", "10.12.0.2"), "ipv6": ("fe80::1", "fe80::2")}.items():
        [row] = [r for r in lab.neighbors(1) if r["family"] == family]
        assert (row["interface"], row["address"]) == ("to2", there) and 0 < row["expires"] <= 7
        assert row["lan_prune_delay"] == {
            "tracking": False,
            "propagation_delay": 0.1,
            "override_interval": 0.3,
        }
        interfaces = lab.daemons[1].ctl("show", "pim", "interfaces", f"--{family}")
        interface = next(r for r in interfaces if r["interface"] == "to2")
        assert interface["dr"] == there and not interface["is_dr"], "the greater address"
        hello = taps[family].expect(is_pim(HELLO, here))
        assert hello.destination == ("224.0.0.13" if family == "ipv4" else "ff02::d")
        assert hello.ttl == 1 and (hello.tos if family == "ipv4" else hello.tclass) == 0xC0
        assert (checksum(hello.payload) if family == "ipv4" else hello.checksum()) == 0
    summary = lab.daemons[1].ctl("show", "pim", "summary")
    assert (summary["interfaces"], summary["neighbors"]) == (6, 2)
    table = ctl(lab.daemons[1], "show", "pim", "neighbors")
    assert "10.12.0.2" in table.stdout and "fe80::2" in table.stdout
    counters = {
        (r["interface"], r.get("family")): r
        for r in lab.daemons[1].ctl("show", "counters")
        if r.get("protocol") == "pim"
    }
    assert counters["to2", "ipv4"]["received"]["pim-hello"] >= 1
    assert counters["to2", "ipv6"]["sent"]["pim-hello"] >= 1


def ctl(daemon: Mcastd, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(MCASTCTL), "-s", str(daemon.socket), *words], capture_output=True, text=True, timeout=20
    )


def test_each_command_is_a_table_and_json_and_wrong_words_are_told(lab):
    lab.start(only=(1,))
    daemon = lab.daemons[1]
    for what in ("interfaces", "neighbors", "rp", "bsr", "upstream", "downstream", "assert", "mroute"):
        assert isinstance(daemon.ctl("show", "pim", what), list), what
        table = ctl(daemon, "show", "pim", what, "--ipv4")
        assert table.returncode == 0 and len(table.stdout.splitlines()[0].split()) > 4, what
    assert ctl(daemon, "show", "pim", "summary").stdout.startswith("interfaces: 6\nneighbors: 0\n")
    assert daemon.ctl("show", "pim", "upstream", "239.1.2.3") == []
    wrong = ctl(daemon, "show", "pim", "upstream", "10.0.0.1")
    assert wrong.returncode == 1 and "no family and no group: 10.0.0.1" in wrong.stderr
    assert ctl(daemon, "show", "pim", "mroutes").returncode == 2


def test_a_clean_stop_says_goodbye_and_leaves_nothing(lab):
    lab.start(only=(1, 2))
    assert not nothing_is_left(lab.routers[1])
    assert lab.daemons[1].stop() == 0
    wait_until(lambda: lab.neighbors(2) == [], within=1, what="both are gone at once, not after the holdtime")
    assert nothing_is_left(lab.routers[1])


def test_the_dr_is_by_priority_and_follows_a_reload(lab):
    lab.start(only=(1, 2))
    config = lab.daemons[1].config
    config.write_text(config.read_text().replace("{pim: {", "{pim: {dr-priority: 9, "))
    lab.daemons[1].process.send_signal(signal.SIGHUP)
    for n in (1, 2):
        wait_until(
            lambda: all(
                row["is_dr"] == (n == 1)
                for row in lab.daemons[n].ctl("show", "pim", "interfaces")
                if row["interface"] == f"to{3 - n}"
            ),
            what=f"r{n} knows the new DR",
        )


def test_a_new_address_is_a_new_neighbour(lab):
    lab.start(only=(1, 2))
    lab.routers[1].ip("addr del 10.12.0.1/24 dev to2", "addr add 10.12.0.77/24 dev to2")
    addresses = lambda: {row["address"] for row in lab.neighbors(2) if row["family"] == "ipv4"}  # noqa: E731
    wait_until(lambda: addresses() == {"10.12.0.77"}, what="the old address said goodbye")


def test_a_link_that_goes_takes_its_neighbours(lab):
    lab.start(only=(1, 2))
    lab.routers[1].ip("link del to2")
    wait_until(lambda: lab.neighbors(1) == [] and lab.neighbors(2) == [], what="both ends forget")
    lab._link(1, 2)
    for n in (1, 2):
        lab.wait_for_neighbors(n, {(f"to{3 - n}", family) for family in ("ipv4", "ipv6")})


def test_pim_may_be_switched_on_and_off_while_it_runs(lab):
    lab.start(only=(1, 2))
    config = lab.daemons[1].config
    text = config.read_text()
    config.write_text(text.replace("{pim: {", "{pim: {enabled: false, "))
    lab.daemons[1].process.send_signal(signal.SIGHUP)
    wait_until(lambda: lab.neighbors(2) == [], what="a goodbye")
    assert lab.daemons[1].ctl("show", "pim", "interfaces") == []
    assert "pimreg" not in lab.routers[1].read("ip_mr_vif")
    config.write_text(text)
    lab.daemons[1].process.send_signal(signal.SIGHUP)
    lab.wait_for_neighbors(2, {("to1", "ipv4"), ("to1", "ipv6")})
    assert "pimreg" in lab.routers[1].read("ip_mr_vif") and "pim6reg" in lab.routers[1].read("ip6_mr_vif")


def test_registers_take_two_of_the_kernels_32_interfaces(network, tmp_path):
    router = network(Namespace, "r")
    router.ip(*(f"link add p{i} type veth peer name q{i}" for i in range(32)))
    daemon = Mcastd(router, tmp_path, "interfaces: {'p*': {pim: true}}\n")
    assert daemon.exit_status() == 1
    assert "among 30 at most, besides two for PIM's Registers" in daemon.log.read_text()


# --- trees and data -----------------------------------------------------------------------------------------


def test_data_comes_by_the_rps_tree_and_stops_after_the_leave(lab, names):
    lab.start("rp: [10.9.9.2, '2001:db8:99::2'], spt-switchover: never")
    receiver = lab.member(names)
    wait_until(lambda: lab.tree(3, "starg", names.group).get("joined"), what="r3 joins towards the RP")
    star = lab.tree(3, "starg", names.group)
    assert (star["rp"], star["rpf_interface"]) == (names.rp, "to2")
    assert star["upstream"] == names.next_hop("23", 2)
    wait_until(lambda: lab.trees(2, "downstream", names.group).get("starg", {}).get("interface") == "to3")
    flow = Flow(lab.sender(names), receiver, names.group).run_until_received(50)
    assert flow.lost() == []
    entry = lab.mroute(3, names.source, names.group)
    assert entry["incoming"] == "to2" and [o["interface"] for o in entry["outgoing"]] == ["lan"]
    assert not lab.tree(3, "sg", names.group).get("joined"), "never means never"

    lab.leave(receiver, names)
    wait_until(lambda: not lab.tree(3, "starg", names.group).get("joined"), within=8, what="r3 leaves the tree")
    wait_until(lambda: not lab.trees(2, "downstream", names.group).get("starg"), what="and r2 hears of it")
    before = len(flow.received)
    assert len(flow.run(1.0).received) == before


def test_an_igmpv2_report_is_enough(lab, network):
    names = Names("ipv4")
    lab.start()
    tap = network(Tap, lab.receiver, "eth0")
    raw = lab.receiver.igmp_socket()
    raw.sendto(v2_message(0x16, names.group), (names.group, 0))
    wait_until(lambda: lab.tree(3, "starg", names.group).get("joined"))
    sender = lab.sender(names)
    wait_until(lambda: lab.trees(2, "downstream", names.group).get("starg"))
    sender.sendto(b"x", (names.group, 5000))
    tap.expect(lambda frame: frame.destination == names.group and frame.protocol == 17)
    raw.sendto(v2_message(0x17, names.group), ("224.0.0.2", 0))
    wait_until(lambda: not lab.tree(3, "starg", names.group).get("joined"), within=8)


def test_registers_go_to_the_rp_until_it_says_stop(lab, names, network):
    tap = lab.tap(network, 2, "to1", names)
    lab.start(r3="rp: [10.9.9.2, '2001:db8:99::2'], spt-switchover: never")
    receiver = lab.member(names)
    wait_until(lambda: lab.trees(2, "downstream", names.group).get("starg"), what="the RP has a tree")
    flow = Flow(lab.sender(names), receiver, names.group).run_until_received(100)
    assert flow.lost() == []
    register = tap.expect(is_pim(REGISTER, destination=names.rp))
    assert register.payload[4] & 0x40 == 0, "not a Null-Register"
    inner = register.payload[8:]
    family = socket.AF_INET6 if names.ipv6 else socket.AF_INET
    ends = (inner[8:24], inner[24:40]) if names.ipv6 else (inner[12:16], inner[16:20])
    assert [socket.inet_ntop(family, end) for end in ends] == [names.source, names.group]
    tap.expect(is_pim(REGISTER_STOP, source=names.rp))
    wait_until(lambda: lab.tree(1, "sg", names.group).get("register") == "prune", what="r1 is told to stop")
    flow.run_until_received(50)
    entry = lab.mroute(2, names.source, names.group)
    assert entry["incoming"] == "to1", "the RP has it natively"
    assert lab.daemons[2].counters("*")["host"]["decapsulated"] > 0
    assert flow.duplicates() <= 3
    assert lab.daemons[1].counters("*")["host"]["send-failed"] == 0


def test_a_register_to_another_address_of_the_rp_is_not_let_in(lab, names, network):
    """RFC 7761 4.4.2: only what is sent to the RP's own address; the kernel would take any apart."""
    lab.start("rp: [10.9.9.2, '2001:db8:99::2'], spt-switchover: never")
    receiver = lab.member(names)
    wait_until(lambda: lab.trees(2, "downstream", names.group).get("starg"), what="the RP has a tree")
    raw = lab.routers[1].socket(
        socket.AF_INET6 if names.ipv6 else socket.AF_INET, socket.SOCK_RAW, PIM
    )
    tap = lab.tap(network, 2, "to1", names)
    flow = Flow(lab.sender(names), receiver, names.group).run_until_received(3)
    register = tap.expect(is_pim(REGISTER, destination=names.rp)).payload
    lab.daemons[1].stop()
    if names.ipv6:
        raw.bind(("2001:db8:12::1", 0))
    before = len(flow.run(0.5).received)
    other = "2001:db8:12::2" if names.ipv6 else "10.12.0.2"
    raw.sendto(register_for(register, other, names), (other, 0))
    assert len(flow.run(0.5).received) == before
    raw.sendto(register_for(register, names.rp, names), (names.rp, 0))
    assert len(flow.run(0.5).received) == before + 1, "the right one is"


def register_for(register: bytes, destination: str, names: Names) -> bytes:
    """The Register as r1 sends it to an address; its checksum covers the head, of IPv6 the pseudo-header besides."""
    if not names.ipv6:
        return register
    head = register[:2] + b"\0\0" + register[4:8]
    ends = socket.inet_pton(socket.AF_INET6, "2001:db8:12::1") + socket.inet_pton(socket.AF_INET6, destination)
    return head[:2] + struct.pack("!H", checksum(ends + struct.pack("!II", 8, PIM) + head)) + register[4:]


def test_a_register_larger_than_the_mtu_gets_through(lab):
    names = Names("ipv4")
    lab.start("rp: [10.9.9.2, '2001:db8:99::2'], spt-switchover: never")
    receiver = lab.member(names)
    wait_until(lambda: lab.trees(2, "downstream", names.group).get("starg"))
    sender = lab.sender(names)
    sender.sendto(b"7".ljust(1472), (names.group, 5000))  # 1500 octets in all
    receiver.settimeout(5)
    assert len(receiver.recv(2048)) == 1472
    assert lab.daemons[1].counters("*")["host"]["send-failed"] == 0


def test_the_switchover_to_the_sources_tree_loses_nothing(lab, names):
    lab.start()
    receiver = lab.member(names)
    wait_until(lambda: lab.trees(2, "downstream", names.group).get("starg"), what="the RP has a tree")
    flow = Flow(lab.sender(names), receiver, names.group, rate=200)
    flow.run_until_received(1)
    flow.run(6, until=lambda: lab.tree(3, "sg", names.group).get("spt", False))
    flow.run(2)
    tree = lab.tree(3, "sg", names.group)
    assert tree["spt"] and tree["joined"] and tree["rpf_interface"] == "to1"
    assert lab.mroute(3, names.source, names.group)["incoming"] == "to1"
    assert flow.lost() == [], "between the first and the last"
    assert flow.duplicates() <= 3
    assert flow.sent - flow.received[0] - len(set(flow.received)) == 0, "and the last one came"
    wait_until(
        lambda: "to3" not in outgoing(lab, 2, names), within=8, what="the RP's branch is pruned for the source"
    )


def outgoing(lab: PimLab, n: int, names: Names) -> list[str]:
    entry = lab.mroute(n, names.source, names.group)
    return [output["interface"] for output in entry["outgoing"]] if entry else []


def test_a_source_specific_group_needs_no_rp(lab, names):
    lab.start(SSM_ONLY)
    receiver = lab.member(names, source=names.source)
    wait_until(lambda: lab.tree(3, "sg", names.ssm_group).get("joined"), what="r3 joins towards the source")
    tree = lab.tree(3, "sg", names.ssm_group)
    assert tree["rpf_interface"] == "to1" and tree["upstream"] == names.next_hop("13", 1) and tree["rp"] is None
    wait_until(lambda: lab.trees(1, "downstream", names.ssm_group).get("sg", {}).get("interface") == "to3")
    flow = Flow(lab.sender(names), receiver, names.ssm_group).run_until_received(50)
    assert flow.lost() == []
    for n in (1, 2, 3):
        assert "starg" not in lab.trees(n, "upstream", names.ssm_group)
    assert lab.daemons[2].ctl("show", "pim", "upstream", names.ssm_group) == []


def test_a_bootstrap_router_tells_everybody_the_rp(lab, names):
    elect = "candidate-bsr: {priority: 9, address: %s}, candidate-rp: {address: %s, priority: 3}"
    lab.start("", r2=elect % ((f"'{names.rp}'",) * 2))
    for n in (1, 2, 3):
        wait_until(
            lambda: lab.daemons[n].ctl("show", "pim", "rp", f"--{names.family}"), 15, f"r{n} learns the RP"
        )
        [row] = lab.daemons[n].ctl("show", "pim", "rp", f"--{names.family}")
        assert (row["rp"], row["origin"], row["priority"], row["is_us"]) == (names.rp, "bootstrap", 3, n == 2)
        [bsr] = lab.daemons[n].ctl("show", "pim", "bsr", f"--{names.family}")
        assert bsr["bsr"] == names.rp and bsr["priority"] == 9
        assert bsr["state"] == ("elected" if n == 2 else "accept-preferred")
        assert lab.daemons[n].ctl("show", "pim", "rp", names.group)[0]["rp"] == names.rp
    receiver = lab.member(names)
    wait_until(lambda: lab.trees(2, "downstream", names.group).get("starg"), what="the tree grows to it")
    Flow(lab.sender(names), receiver, names.group).run_until_received(20)


# --- what disturbs trees ------------------------------------------------------------------------------------


def test_a_route_that_changes_moves_the_tree(lab, names):
    lab.start(SSM_ONLY)
    receiver = lab.member(names, source=names.source)
    wait_until(lambda: lab.trees(1, "downstream", names.ssm_group).get("sg", {}).get("interface") == "to3")
    flow = Flow(lab.sender(names), receiver, names.ssm_group).run_until_received(20)
    hop = "fe80::2 dev to2" if names.ipv6 else "10.23.0.2"
    lab.routers[3].ip(f"route change {names.source_net} via {hop}")
    wait_until(
        lambda: lab.tree(3, "sg", names.ssm_group)["upstream"] == names.next_hop("23", 2), what="r3 turns to r2"
    )
    wait_until(lambda: lab.trees(1, "downstream", names.ssm_group).get("sg", {}).get("interface") == "to2", 8)
    flow.run_until_received(20)
    assert lab.mroute(3, names.source, names.ssm_group)["incoming"] == "to2"
    assert len(flow.lost()) <= 20


def test_a_link_that_fails_is_got_around(lab):
    names = Names("ipv4")
    lab.start(SSM_ONLY)
    lab.routers[3].ip(f"route add {names.source_net} via 10.23.0.2 metric 100")
    receiver = lab.member(names, source=names.source)
    wait_until(lambda: lab.trees(1, "downstream", names.ssm_group).get("sg", {}).get("interface") == "to3")
    flow = Flow(lab.sender(names), receiver, names.ssm_group).run_until_received(20)
    lab.routers[3].ip("link set to1 down")
    flow.run_until_received(20)
    assert lab.tree(3, "sg", names.ssm_group)["upstream"] == "10.23.0.2"


def test_a_router_that_is_killed_comes_back_with_nothing_stale(lab, names):
    lab.start(SSM_ONLY)
    lab.routers[3].ip(f"route change {names.source_net} via " + ("fe80::2 dev to2" if names.ipv6 else "10.23.0.2"))
    receiver = lab.member(names, source=names.source)
    wait_until(lambda: lab.trees(1, "downstream", names.ssm_group).get("sg", {}).get("interface") == "to2")
    flow = Flow(lab.sender(names), receiver, names.ssm_group).run_until_received(20)
    generations = {row["generation_id"] for row in lab.neighbors(3) if row["interface"] == "to2"}
    lab.daemons[2].stop(signal.SIGKILL)
    wait_until(lambda: nothing_is_left(lab.routers[2]), what="the kernel cleans up")
    lab.daemons[2].socket.unlink()
    lab.daemons[2].start()
    lab.daemons[2].ready()
    wait_until(
        lambda: not generations & {r["generation_id"] for r in lab.neighbors(3) if r["interface"] == "to2"},
        what="it says another Generation ID",
    )
    flow.run_until_received(20)


def test_the_first_hop_stops_what_nobody_wants(lab, names):
    lab.start()
    sender = lab.sender(names)
    for _ in range(20):
        sender.sendto(b"x", (names.group, 5000))
        time.sleep(0.05)
    wait_until(lambda: lab.tree(1, "sg", names.group).get("register") == "prune", what="the RP has no use for it")
    assert outgoing(lab, 1, names) == []


# --- the unicast routes that PIM leans on -------------------------------------------------------------------


@pytest.fixture
def ways(network: Callable, tmp_path: Path) -> Callable[[], dict[str, dict]]:
    """A router with two links, which joins (S,G) of a few sources; `ways()` is where to."""
    router, a, b = network(Namespace, "r", True), network(Namespace, "a", True), network(Namespace, "b", True)
    for n, (name, other) in enumerate((("west", a), ("east", b)), 1):
        veth(router, name, f"10.{n}.0.1/24", other, "x", f"10.{n}.0.2/24")
        router.ip(f"addr add fe80::{n}/64 dev {name}", f"addr add 2001:db8:{n}::1/64 dev {name}")
    router.ip("link add inside type veth peer name spare", "addr add 10.3.0.1/24 dev inside")
    router.ip("addr add fe80::3/64 dev inside", "link set inside up", "link set spare up")
    joins = "{group: 232.1.1.1, source: 10.50.1.1}, {group: 232.1.1.1, source: 10.60.1.1}"
    joins6 = "{group: 'ff3e::1', source: '2001:db8:50::1'}"
    daemon = Mcastd(
        router,
        tmp_path,
        f"defaults: {{pim: {{{INTERFACE}}}}}\ninterfaces: {{west: {{}}, east: {{}}, inside: {{igmp: "
        f"{{static-joins: [{joins}]}}, mld: {{static-joins: [{joins6}]}}}}}}\n",
    ).ready()

    def rows() -> dict[str, dict]:
        return {row["source"]: row for row in daemon.ctl("show", "pim", "upstream")}

    wait_until(lambda: len(rows()) == 3)
    rows.router, rows.daemon = router, daemon
    return rows


def way(rows: Callable, source: str) -> tuple:
    row = rows()[source]
    return row["rpf_interface"], row["next_hop"]


def test_the_longest_match_and_the_smallest_metric_lead_to_the_source(ways):
    assert way(ways, "10.50.1.1") == (None, None)
    for commands, wanted in (
        (["route add default via 10.1.0.2"], ("west", "10.1.0.2")),
        (["route add 10.50.0.0/16 via 10.2.0.2"], ("east", "10.2.0.2")),
        (["route add 10.50.0.0/16 via 10.1.0.9 metric 7"], ("east", "10.2.0.2")),
        (["route del 10.50.0.0/16 via 10.2.0.2"], ("west", "10.1.0.9")),
        (["route add 10.50.1.0/24 nexthop via 10.1.0.5 nexthop via 10.2.0.5"], ("east", "10.2.0.5")),
        (["route replace 10.50.1.0/24 via 10.1.0.77"], ("west", "10.1.0.77")),
        (["route replace blackhole 10.50.1.0/24"], (None, None)),
        (["route del 10.50.1.0/24", "route flush 10.50.0.0/16"], ("west", "10.1.0.2")),
    ):
        ways.router.ip(*commands)
        wait_until(lambda: way(ways, "10.50.1.1") == wanted, what=f"{commands} -> {wanted}")


def test_ipv6_routes_lead_to_link_local_next_hops(ways):
    for commands, wanted in (
        (["-6 route add 2001:db8:50::/48 via fe80::9 dev west"], ("west", "fe80::9")),
        (["-6 route append 2001:db8:50::/48 via fe80::a dev east"], ("east", "fe80::a")),
        (["-6 route del 2001:db8:50::/48 via fe80::a dev east"], ("west", "fe80::9")),
        (["-6 route replace 2001:db8:50::/48 via fe80::b dev east"], ("east", "fe80::b")),
        (["link set east down"], (None, None)),
        (["link set east up", "-6 route add default via fe80::c dev west"], ("west", "fe80::c")),
    ):
        ways.router.ip(*(command.replace("-6 ", "") for command in commands))
        wait_until(lambda: way(ways, "2001:db8:50::1") == wanted, what=f"{commands} -> {wanted}")


def test_policy_rules_are_heeded(ways):
    ways.router.ip("route add default via 10.1.0.2", "route add default via 10.2.0.9 table 77")
    wait_until(lambda: way(ways, "10.50.1.1") == ("west", "10.1.0.2"))
    for rule in ("from all", "from all to 10.50.0.0/16"):  # the second one is more than tables in a row
        ways.router.ip(f"rule add {rule} lookup 77 priority 100")
        wait_until(lambda: way(ways, "10.50.1.1") == ("east", "10.2.0.9"), what=rule)
        wanted = ("east", "10.2.0.9") if rule == "from all" else ("west", "10.1.0.2")
        assert way(ways, "10.60.1.1") == wanted
        ways.router.ip("rule del priority 100")
        wait_until(lambda: way(ways, "10.50.1.1") == ("west", "10.1.0.2"), what=f"without {rule}")


def test_a_flood_of_route_changes_is_taken_in(ways):
    ways.router.ip("route add 10.50.0.0/16 via 10.1.0.2")
    batch = [f"route add 10.{100 + i // 250}.{i % 250}.0/24 via 10.2.0.2" for i in range(10000)]
    begin = time.monotonic()
    ways.router.ip(*batch, "route add 10.50.1.0/24 via 10.2.0.4")
    wait_until(lambda: way(ways, "10.50.1.1") == ("east", "10.2.0.4"), within=10)
    assert time.monotonic() - begin < 15
    ways.router.ip(*(command.replace(" add ", " del ") for command in batch), "route del 10.50.1.0/24")
    wait_until(lambda: way(ways, "10.50.1.1") == ("west", "10.1.0.2"), within=10)
