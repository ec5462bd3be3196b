# SPDX-License-Identifier: GPL-2.0-only
"""PIM dense mode on Linux: flood, prune, graft, Assert and State Refresh between daemons and real kernels."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from netlab import MCASTCTL, Mcastd, Namespace, Tap, veth, wait_until
from netlab6 import Host6
from netlab_pim import (
    GM,
    GRAFT,
    GRAFT_ACK,
    INTERFACE,
    JOIN_PRUNE,
    REGISTER,
    STATE_REFRESH,
    Flow,
    Names,
    PimLab,
    is_pim,
    nothing_is_left,
)

NO_REFRESH = "state-refresh: false"
UDP = 17


@pytest.fixture
def lab(network: Callable, tmp_path: Path) -> PimLab:
    return PimLab(network, tmp_path)


@pytest.fixture(params=["ipv4", "ipv6"])
def names(request: pytest.FixtureRequest) -> Names:
    return Names(request.param)


def outgoing(lab: PimLab, n: int, names: Names) -> list[str]:
    entry = lab.mroute(n, names.source, names.group)
    return sorted(output["interface"] for output in entry["outgoing"]) if entry else []


def dense(lab: PimLab, n: int, names: Names) -> dict[str, Any]:
    """The row of the source in `show pim dense`."""
    return next(iter(lab.daemons[n].ctl("show", "pim", "dense", names.group)), {})


def downstream(lab: PimLab, n: int, names: Names) -> dict[str, dict]:
    """The rows of `show pim downstream` by their interface."""
    return {row["interface"]: row for row in lab.daemons[n].ctl("show", "pim", "downstream", names.group)}


def member_that_is_known(lab: PimLab, names: Names) -> socket.socket:
    receiver = lab.member(names)
    protocol = "mld" if names.ipv6 else "igmp"
    wait_until(lambda: names.group in lab.daemons[3].groups("lan", protocol), what="r3 knows the member")
    return receiver


def data_in(tap: Any, names: Names, seconds: float) -> int:
    """How much of the group's data comes in within so many seconds, or passes."""
    end, number = time.monotonic() + seconds, 0
    while (left := end - time.monotonic()) > 0:
        number += sum(
            frame.protocol == UDP and frame.destination == names.group for frame in tap.frames(left)
        )
    return number


def send(
    sender: socket.socket, names: Names, seconds: float, until: Callable[[], bool] = lambda: False
) -> bool:
    """50 datagrams a second, for so long or until something is the case."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sender.sendto(b"0", (names.group, 5000))
        time.sleep(0.02)
        if until():
            return True
    return until()


# --- flood, prune, graft ------------------------------------------------------------------------------------


def test_data_comes_from_the_first_packet_on(lab, names):
    lab.start("", mode="dense")
    receiver = member_that_is_known(lab, names)
    flow = Flow(lab.sender(names), receiver, names.group).run(3)
    assert flow.received[0] == 0 and flow.lost() == [], "the packet that makes the entries is forwarded, too"
    assert flow.sent == len(flow.received), "each once"
    tree = dense(lab, 3, names)
    assert (tree["kind"], tree["upstream_state"], tree["rpf_interface"]) == ("dense", "forwarding", "to1")
    assert tree["upstream"] == names.next_hop("13", 1) and tree["rp"] is None
    assert lab.mroute(3, names.source, names.group)["incoming"] == "to1"
    first_hop = dense(lab, 1, names)
    assert first_hop["originator"] and first_hop["rpf_interface"] == "lan" and first_hop["upstream"] is None
    [summary] = [lab.daemons[3].ctl("show", "pim", "summary", f"--{names.family}")]
    assert (summary["dense"], summary["sg"], summary["starg"]) == (1, 0, 0)
    [row] = lab.daemons[3].ctl("show", "pim", "mroute", names.group)
    assert (row["kind"], row["incoming"], "lan" in row["outgoing"]) == ("dense", "to1", True)


def test_many_sources_lose_none_of_their_first_packets(lab, names):
    """One packet each: all of them are the ones that make entries, in three kernels in a row."""
    lab.start("", mode="dense")
    receiver = member_that_is_known(lab, names)
    number = 200
    commands = []
    for i in range(number):
        address = f"2001:db8:1::1:{i:x}/64" if names.ipv6 else f"10.1.0.{20 + i}/24"
        commands.append(f"addr add {address} dev eth0" + (" nodad" if names.ipv6 else ""))
    lab.source.ip(*commands)
    sources = [command.split()[2].partition("/")[0] for command in commands]
    for source in sources:
        sender = lab.source.sender6(source=source) if names.ipv6 else lab.sender(names)
        if not names.ipv6:
            sender.bind((source, 0))
        sender.sendto(source.encode(), (names.group, 5000))
        sender.close()
        time.sleep(0.005)
    receiver.settimeout(3)
    assert {receiver.recv(2048).decode() for _ in range(number)} == set(sources)


def test_what_nobody_wants_is_pruned_and_grafted_at_once(lab, names, network):
    """The last router's Graft goes to its upstream neighbour alone, which acknowledges it."""
    lab.start("", mode="dense")
    sender = lab.sender(names)
    assert send(sender, names, 10, lambda: dense(lab, 1, names) != {} and outgoing(lab, 1, names) == [])
    wait_until(lambda: dense(lab, 3, names)["upstream_state"] == "pruned")
    assert downstream(lab, 1, names)["to3"]["state"] == "prune"
    assert downstream(lab, 1, names)["to3"]["expires"] > 0
    tap = lab.tap(network, 3, "to1", names)
    receiver = member_that_is_known(lab, names)
    flow = Flow(sender, receiver, names.group).run_until_received(50, within=5)
    assert len(flow.lost()) == 0 and flow.received[0] <= 20, "a fifth of a second, and not a Prune's Holdtime"
    here, there = names.next_hop("13", 3), names.next_hop("13", 1)
    graft = tap.expect(is_pim(GRAFT, here, there))
    assert graft.ttl == 1 or not names.ipv6
    tap.expect(is_pim(GRAFT_ACK, there, here))
    assert dense(lab, 3, names)["upstream_state"] == "forwarding"
    counters = {
        row["interface"]: row
        for row in lab.daemons[1].ctl("show", "counters")
        if row.get("protocol") == "pim" and row.get("family") == names.family
    }
    assert counters["to3"]["received"]["pim-graft"] == counters["to3"]["sent"]["pim-graft-ack"] >= 1
    lab.leave(receiver, names)
    assert send(sender, names, 10, lambda: outgoing(lab, 1, names) == []), "and pruned again after the leave"


def test_a_graft_without_an_answer_is_repeated(lab, names, network):
    lab.start("graft-retry-period: 500ms, " + NO_REFRESH, mode="dense")
    sender = lab.sender(names)
    assert send(sender, names, 10, lambda: dense(lab, 1, names) != {} and outgoing(lab, 1, names) == [])
    wait_until(lambda: dense(lab, 3, names)["upstream_state"] == "pruned")
    tap = lab.tap(network, 3, "to1", names)
    lab.daemons[1].process.send_signal(signal.SIGSTOP)
    receiver = member_that_is_known(lab, names)
    for _ in range(3):
        tap.expect(is_pim(GRAFT, names.next_hop("13", 3)), within=2)
    tree = dense(lab, 3, names)
    assert tree["upstream_state"] == "ack-pending" and 0 < tree["graft_retry_timer"] <= 0.5
    lab.daemons[1].process.send_signal(signal.SIGCONT)
    wait_until(lambda: dense(lab, 3, names)["upstream_state"] == "forwarding")
    receiver.close()


def test_without_state_refresh_prunes_end_and_data_floods_anew(lab, names, network):
    lab.start("join-prune-holdtime: 4, prune-limit: 4, " + NO_REFRESH, mode="dense")
    tap = lab.tap(network, 3, "to1", names)
    sender = lab.sender(names)
    assert send(sender, names, 10, lambda: dense(lab, 1, names) != {} and outgoing(lab, 1, names) == [])
    assert send(sender, names, 8, lambda: "to3" in outgoing(lab, 1, names)), "the Prune's Holdtime is over"
    assert send(sender, names, 5, lambda: outgoing(lab, 1, names) == []), "and pruned once more"
    assert data_in(tap, names, 0.5) >= 2
    assert lab.daemons[1].ctl("show", "pim", "neighbors")[0]["state_refresh_interval"] is None


def test_state_refresh_keeps_prunes(lab, names, network):
    """Prunes would end after 5 s; the first router's State Refreshes keep them, and no data flows meanwhile."""
    lab.start("join-prune-holdtime: 5, state-refresh-interval: 1, state-refresh-limit: 0", mode="dense")
    assert {row["state_refresh_interval"] for row in lab.neighbors(2)} == {1}
    rows = lab.daemons[2].ctl("show", "pim", "interfaces", f"--{names.family}")
    assert {r["interface"]: r["state_refresh_capable"] for r in rows} == {"to1": True, "to3": True}
    refreshes = lab.tap(network, 3, "to1", names)
    sender = lab.sender(names)
    assert send(sender, names, 10, lambda: dense(lab, 1, names) != {} and outgoing(lab, 1, names) == [])
    message = refreshes.expect(is_pim(STATE_REFRESH, names.next_hop("13", 1)), within=4)
    assert message.ttl == 1 and message.destination == ("ff02::d" if names.ipv6 else "224.0.0.13")
    mask, ttl, _, interval = message.payload[-4:]
    assert mask == (64 if names.ipv6 else 24), "of the route to the source"
    assert ttl == 255, "Linux does not tell that of the data"
    assert interval == 1
    send(sender, names, 1)
    tap = lab.tap(network, 3, "to1", names)
    send(sender, names, 9)
    assert data_in(tap, names, 0.2) == 0, "the branch stays pruned"
    assert downstream(lab, 1, names)["to3"]["state"] == "prune"
    assert dense(lab, 1, names)["state_refresh_timer"] > 0
    receiver = member_that_is_known(lab, names)
    assert Flow(sender, receiver, names.group).run_until_received(20, within=4).received[0] <= 20


def test_two_routers_of_a_link_agree_who_sends_to_it(lab, names, network):
    """r2 and r3 are equally far from the source: the greater address wins, and tells by an Assert."""
    lab.start("", mode="dense")
    receiver = member_that_is_known(lab, names)
    flow = Flow(lab.sender(names), receiver, names.group)
    flow.run(8, until=lambda: len(asserts(lab, names)) == 2)
    assert asserts(lab, names) == {2: "loser", 3: "winner"}
    assert not downstream(lab, 2, names).get("to3", {}).get("outgoing", False)
    tap = lab.tap(network, 3, "to2", names)
    flow.run(2)
    assert flow.lost() == [] and flow.received[0] == 0
    assert data_in(tap, names, 0.2) == 0, "neither sends to it: the loser prunes, and nobody listens"


def asserts(lab: PimLab, names: Names) -> dict[int, str]:
    """The states of r2 and r3 on the link between them."""
    states = {}
    for n in (2, 3):
        rows = lab.daemons[n].ctl("show", "pim", "assert", names.group)
        states.update({n: row["state"] for row in rows if row["interface"] == f"to{5 - n}"})
    return states


# --- what disturbs it ---------------------------------------------------------------------------------------


def test_a_route_that_changes_moves_the_branch(lab, names):
    lab.start("", mode="dense")
    receiver = member_that_is_known(lab, names)
    flow = Flow(lab.sender(names), receiver, names.group).run(2)
    hop = "fe80::2 dev to2" if names.ipv6 else "10.23.0.2"
    lab.routers[3].ip(f"route change {names.source_net} via {hop}")
    wait_until(lambda: dense(lab, 3, names)["upstream"] == names.next_hop("23", 2), what="r3 turns to r2")
    flow.run_until_received(50)
    flow.run(1)
    assert lab.mroute(3, names.source, names.group)["incoming"] == "to2"
    assert flow.sent - flow.received[-1] <= 2 and len(flow.lost()) <= 50


def test_a_link_that_fails_is_got_around(lab):
    names = Names("ipv4")
    lab.start("", mode="dense")
    lab.routers[3].ip(f"route add {names.source_net} via 10.23.0.2 metric 100")
    receiver = member_that_is_known(lab, names)
    flow = Flow(lab.sender(names), receiver, names.group).run(6)
    lab.routers[3].ip("link set to1 down")
    flow.run_until_received(50)
    assert dense(lab, 3, names)["upstream"] == "10.23.0.2"
    assert len(flow.lost()) <= 100, "a Graft to r2, and one from there to r1"


def test_a_router_that_is_killed_comes_back_with_nothing_stale(lab, names):
    """The kernel takes the entries away with the daemon; its neighbours flood it again when it says Hello."""
    lab.start("", mode="dense")
    hop = "fe80::2 dev to2" if names.ipv6 else "10.23.0.2"
    lab.routers[3].ip(f"route change {names.source_net} via {hop}")
    receiver = member_that_is_known(lab, names)
    flow = Flow(lab.sender(names), receiver, names.group).run_until_received(50)
    lab.daemons[2].stop(signal.SIGKILL)
    wait_until(lambda: nothing_is_left(lab.routers[2]), what="the kernel cleans up")
    lab.daemons[2].socket.unlink()
    lab.daemons[2].start()
    lab.daemons[2].ready()
    flow.run_until_received(50)
    flow.run(1)
    assert flow.sent - flow.received[-1] <= 2
    for n in (1, 2, 3):
        assert lab.daemons[n].stop() == 0
        assert nothing_is_left(lab.routers[n])


def test_a_source_that_is_silent_is_forgotten(lab, names):
    lab.start("source-lifetime: 3, assert-time: 4, " + NO_REFRESH, mode="dense")
    receiver = member_that_is_known(lab, names)
    sender = lab.sender(names)
    send(sender, names, 1)
    assert all(dense(lab, n, names) for n in (1, 3))
    for n in (1, 2, 3):
        wait_until(lambda: dense(lab, n, names) == {}, within=15, what=f"r{n} forgets the source")
        wait_until(lambda: (names.source, names.group) not in lab.daemons[n].mroute(), what="its entry goes")
    receiver.close()


# --- besides sparse mode ------------------------------------------------------------------------------------


def test_dense_and_sparse_groups_live_in_one_router(lab, names, network):
    ranges = "dense-groups: [239.1.0.0/16, 'ff1e::1:0:0/96']"
    lab.start(f"rp: [10.9.9.2, '2001:db8:99::2'], {ranges}", mode="sparse-dense")
    tap = lab.tap(network, 2, "to1", names)
    dense_receiver = member_that_is_known(lab, names)
    flow = Flow(lab.sender(names), dense_receiver, names.group).run(2)
    assert flow.received[0] == 0 and flow.lost() == []
    dense_group, names.group = names.group, "ff1e::2:2:3" if names.ipv6 else "239.2.2.3"
    sparse_receiver = lab.member(names)
    wait_until(lambda: lab.trees(2, "downstream", names.group).get("starg"), what="the RP has a tree")
    flow = Flow(lab.sender(names), sparse_receiver, names.group).run_until_received(20)
    tap.expect(is_pim(REGISTER, destination=names.rp))
    assert set(lab.trees(3, "upstream", names.group)) & {"starg", "sg"}
    assert set(lab.trees(3, "upstream", dense_group)) == {"dense"}
    assert lab.trees(3, "upstream", names.group).get("dense") is None


def test_a_source_specific_group_is_never_dense(lab, names):
    lab.start("", mode="sparse-dense")
    receiver = lab.member(names, source=names.source)
    wait_until(lambda: lab.tree(3, "sg", names.ssm_group).get("joined"), what="r3 joins towards the source")
    Flow(lab.sender(names), receiver, names.ssm_group).run_until_received(20)
    assert lab.daemons[3].ctl("show", "pim", "dense") == []


def test_an_interface_of_sparse_mode_is_not_flooded(lab, names, network):
    """r1's link to r2 stays out of it; r3 gets the data, and has a link to r2 of dense mode."""
    lab.start("dense-groups: [239.0.0.0/8, 'ff1e::/16']", only=(1, 3), mode="dense")
    config = lab.daemons[1].config
    config.write_text(config.read_text().replace('"to*": {', '"to2": {pim: {mode: sparse}}, "to*": {'))
    lab.daemons[1].process.send_signal(signal.SIGHUP)
    modes = {
        row["interface"]: row["mode"]
        for row in wait_until(lambda: lab.daemons[1].ctl("show", "pim", "interfaces", f"--{names.family}"))
    }
    wait_until(lambda: mode_of(lab, 1, "to2", names) == "sparse", what=f"the reload, {modes}")
    lab.start("dense-groups: [239.0.0.0/8, 'ff1e::/16']", only=(2,), mode="dense")
    lab.wait_for_neighbors(1, {("to2", names.family), ("to3", names.family)})
    tap = lab.tap(network, 2, "to1", names)
    receiver = member_that_is_known(lab, names)
    flow = Flow(lab.sender(names), receiver, names.group).run(2)
    assert flow.received[0] == 0 and flow.lost() == []
    assert data_in(tap, names, 0.2) == 0 and "to2" not in outgoing(lab, 1, names)


def mode_of(lab: PimLab, n: int, interface: str, names: Names) -> str:
    rows = lab.daemons[n].ctl("show", "pim", "interfaces", f"--{names.family}")
    return next(row["mode"] for row in rows if row["interface"] == interface)


# --- what is told -------------------------------------------------------------------------------------------


def test_a_watcher_and_the_log_hear_of_floods_prunes_and_grafts(lab):
    names = Names("ipv4")
    lab.start("", mode="dense")
    daemon = lab.daemons[3]
    watch = lab.routers[3].popen(
        [str(MCASTCTL), "--json", "-s", str(daemon.socket), "watch"],
        stdout=open(lab.directory / "events", "wb"),
    )
    daemon.ctl("log-level", "debug")
    events = lambda: (lab.directory / "events").read_text()  # noqa: E731
    wait_until(lambda: '"pim-hello"' in events(), what="it watches")
    sender = lab.sender(names)
    assert send(sender, names, 10, lambda: dense(lab, 3, names).get("upstream_state") == "pruned")
    receiver = member_that_is_known(lab, names)
    assert send(sender, names, 5, lambda: dense(lab, 3, names).get("upstream_state") == "forwarding")
    wait_until(lambda: events().count('"upstream-changed"') >= 3, what="pruned, ack-pending, forwarding")
    watch.terminate()
    assert '"pim-graft"' in events() and '"pim-graft-ack"' in events()
    wait_until(lambda: "upstream-changed" in daemon.log.read_text())
    receiver.close()


def test_a_branch_is_pruned_while_another_flows(lab, names, network):
    lab.start("", mode="dense")
    receiver = member_that_is_known(lab, names)
    flow = Flow(lab.sender(names), receiver, names.group)
    flow.run(10, until=lambda: outgoing(lab, 1, names) == ["to3"])
    assert downstream(lab, 1, names)["to2"]["state"] == "prune", "r2 has no members"
    tap = lab.tap(network, 2, "to1", names)
    flow.run(1)
    assert data_in(tap, names, 0.2) == 0
    assert flow.lost() == [] and flow.received[0] == 0


# --- a LAN of three routers ---------------------------------------------------------------------------------


class Lan:
    """source -- lan: r1: south -- a switch -- north: r2, and north: r3: lan -- receiver. The LAN is 10.3.0.0/24."""

    def __init__(self, network: Callable, directory: Path, names: Names) -> None:
        self.routers = {n: network(Namespace, f"r{n}", True) for n in (1, 2, 3)}
        switch = network(Namespace, "switch")
        switch.ip("link add lan type bridge forward_delay 0 mcast_snooping 0", "link set lan up")
        for n, router in self.routers.items():
            name = "south" if n == 1 else "north"
            veth(router, name, f"10.3.0.{n}/24", switch, f"port{n}", "")
            switch.ip(f"link set port{n} master lan")
            router.ip(f"addr add fe80::{n}/64 dev {name}", f"addr add 2001:db8:3::{n}/64 dev {name}")
        self.source, self.receiver = (
            network(Host6, role, "eth0", f"10.{n}.0.2", "fe80::2", f"2001:db8:{n}::2")
            for n, role in ((1, "src"), (2, "rcv"))
        )
        for n, net, host in ((1, 1, self.source), (3, 2, self.receiver)):
            PimLab.add_lan(self.routers[n], host, net)
        for n in (2, 3):
            self.routers[n].ip(
                "route add 10.1.0.0/24 via 10.3.0.1", "route add 2001:db8:1::/64 via fe80::1 dev north"
            )
        config = f"defaults: {{pim: {{mode: dense, {INTERFACE}}}, igmp: {{{GM}}}, mld: {{{GM}}}}}\n"
        config += (
            'interfaces: {"south": {optional: true}, "north": {optional: true}, "lan": {optional: true}}\n'
        )
        self.daemons = {n: Mcastd(router, directory, config).ready() for n, router in self.routers.items()}
        for daemon in self.daemons.values():
            wait_until(lambda: len(daemon.ctl("show", "pim", "neighbors", f"--{names.family}")) == 2)


def test_a_router_of_a_lan_objects_to_a_prune(network, tmp_path, names):
    """r2 prunes; r1 waits, r3, which has a member, sends a Join, and nothing is lost."""
    lab = Lan(network, tmp_path, names)
    receiver = PimLab.member(lab, names)
    protocol = "mld" if names.ipv6 else "igmp"
    wait_until(lambda: names.group in lab.daemons[3].groups("lan", protocol), what="r3 knows the member")
    tap = network(Tap, lab.routers[1], "south", *([names.frame] if names.frame else []))
    flow = Flow(PimLab.sender(lab, names), receiver, names.group).run(5)
    of = [names.next_hop("3", n) for n in (1, 2, 3)]
    prune = tap.expect(is_pim(JOIN_PRUNE, of[1]))
    join = tap.expect(is_pim(JOIN_PRUNE, of[2]))
    assert numbers_of_sources(prune, names) == (0, 1) and numbers_of_sources(join, names) == (1, 0)
    assert flow.received[0] == 0 and flow.lost() == [] and flow.duplicates() == 0
    [row] = lab.daemons[1].ctl("show", "pim", "downstream", names.group)
    assert (row["interface"], row["state"], row["outgoing"]) == ("south", "no-info", True)


def numbers_of_sources(message: Any, names: Names) -> tuple[int, int]:
    """Joined and pruned ones of the first group of a Join/Prune."""
    upstream, group = (18, 20) if names.ipv6 else (6, 8)
    at = 4 + upstream + 4 + group
    return int.from_bytes(message.payload[at : at + 2], "big"), int.from_bytes(
        message.payload[at + 2 : at + 4], "big"
    )
