# SPDX-License-Identifier: GPL-2.0-only
"""Start, stop, reload, privileges, and interfaces that come, go and change."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Callable

import pytest

from netlab import (
    MCASTD,
    TO_EX,
    Host,
    Mcastd,
    Namespace,
    Tap,
    delivers,
    is_query,
    v3_report,
    veth,
    wait_until,
)

FAST = "query-interval: 3, query-response-interval: 1, last-member-query-interval: 200ms"
CONFIG = f"interfaces: {{lan1: {{igmp: {{{FAST}}}}}, lan2: {{optional: true, igmp: {{{FAST}}}}}}}\n"
GROUP = "239.1.2.3"
NET_ADMIN_AND_RAW = 1 << 12 | 1 << 13


def nothing_is_left(router: Namespace) -> bool:
    """No virtual interface and no forwarding entry in the kernel: only the headings."""
    return all(len(router.read(name).splitlines()) == 1 for name in ("ip_mr_vif", "ip_mr_cache"))


def forward_something(lan: SimpleNamespace, daemon: Mcastd) -> None:
    receiver = lan.h2.receiver()
    lan.h2.join(receiver, GROUP)
    wait_until(lambda: GROUP in daemon.groups("lan2"))
    assert delivers(lan.h1.sender(), receiver, GROUP)
    assert not nothing_is_left(lan.router)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_stop_takes_everything_back(lan, mcastd, number):
    daemon = mcastd(CONFIG).ready()
    forward_something(lan, daemon)
    assert daemon.stop(number) == 0
    assert nothing_is_left(lan.router)
    assert not daemon.socket.exists()
    assert list(daemon.socket.parent.glob("*.sock*")) == []


def test_after_a_kill_it_starts_clean(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    forward_something(lan, daemon)
    daemon.stop(signal.SIGKILL)
    assert daemon.socket.exists(), "a killed daemon can't clean up its socket"
    daemon.start()
    wait_until(lambda: "starts" if answers(daemon) else "")
    assert daemon.mroute() == {}
    forward_something(lan, daemon)


def answers(daemon: Mcastd) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(daemon.socket)) == 0


def test_it_is_ready_at_once(lan, mcastd):
    begin = time.monotonic()
    mcastd(CONFIG).ready()
    assert time.monotonic() - begin < 0.5


def test_a_second_one_in_the_namespace_is_refused(lan, mcastd):
    first = mcastd(CONFIG).ready()
    second = mcastd(CONFIG)
    assert second.exit_status() == 1
    assert "another multicast router runs in this network namespace" in second.log.read_text()
    assert first.interface("lan1")["is_querier"], "and the first one is none the worse"


def test_a_control_socket_that_is_in_use_is_refused(lan, mcastd, network, tmp_path):
    first = mcastd(CONFIG).ready()
    other = network(Namespace, "r2")
    second = Mcastd(other, tmp_path, "interfaces: {lo: {}}\n", control=first.socket)
    assert second.exit_status() == 1
    assert f"control socket {first.socket}: another mcastd answers there" in second.log.read_text()
    assert first.ctl("show", "version")["pid"] == first.process.pid


def test_a_control_socket_path_that_is_a_file_is_left_alone(lan, mcastd, tmp_path):
    (tmp_path / "precious").write_text("data")
    daemon = mcastd(CONFIG, control=tmp_path / "precious")
    assert daemon.exit_status() == 1
    assert (tmp_path / "precious").read_text() == "data"
    assert nothing_is_left(lan.router)


# --- configuration ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, message",
    [
        ("interfaces:\n  nope0: {}\n", "{file}:2:3: interfaces.nope0: there is no such interface"),
        ("interfaces:\n  lo: {}\n  lo: {}\n", "{file}:3:3: interfaces.lo: stands here twice"),
        ("interfaces:\n  lo: {igmp: {vresion: 3}}\n", "{file}:2:15: interfaces.lo.igmp.vresion: unknown key"),
        (
            "interfaces:\n  lo: {igmp: {static-joins: [300.1.1.1]}}\n",
            "{file}:2:30: interfaces.lo.igmp.static-joins[0]",
        ),
        ("interfaces:\n  lo:\n    igmp: {robustness: 0}\n", "{file}:3:12: interfaces.lo.igmp.robustness"),
        ("interfaces:\n\tlo: {}\n", "{file}:2:4: "),
    ],
)
def test_a_bad_configuration_is_told_with_its_place(tmp_path: Path, text: str, message: str):
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    for command in (["--check-config", str(file)], ["-c", str(file)]):
        result = subprocess.run([str(MCASTD), *command], capture_output=True, text=True, timeout=5)
        assert result.returncode == 2, result.stderr
        assert message.format(file=file) in result.stderr


def test_an_absent_or_empty_file_is_told(tmp_path: Path):
    (tmp_path / "empty.yaml").touch()
    for name, why in (("absent.yaml", "No such file"), ("empty.yaml", "")):
        result = subprocess.run(
            [str(MCASTD), "-c", str(tmp_path / name)], capture_output=True, text=True, timeout=5
        )
        assert result.returncode == 2
        assert str(tmp_path / name) in result.stderr and why in result.stderr


def test_the_example_is_a_good_configuration():
    example = Path(__file__).resolve().parents[2] / "examples" / "mcastd.yaml"
    result = subprocess.run(
        [str(MCASTD), "--check-config", str(example)], capture_output=True, text=True, timeout=5
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["--bogus"], ["-c"], ["--log-level", "loud"], ["extra"]])
def test_wrong_usage_is_status_2(arguments: list[str]):
    result = subprocess.run([str(MCASTD), *arguments], capture_output=True, text=True, timeout=5)
    assert result.returncode == 2 and result.stderr


def test_sighup_takes_a_new_configuration_up_and_keeps_the_rest(lan, mcastd):
    daemon = mcastd(f"interfaces: {{lan1: {{igmp: {{{FAST}}}}}}}\n").ready()
    lan.h1.igmp_socket().sendto(v3_report((TO_EX, GROUP, [])), ("224.0.0.22", 0))
    wait_until(lambda: GROUP in daemon.groups("lan1"))
    uptime = daemon.groups("lan1")[GROUP]["uptime"]
    daemon.config.write_text(
        f"""
interfaces:
  lan1: {{igmp: {{{FAST}, robustness: 3}}}}
  lan2: {{ttl-threshold: 5, igmp: {{version: 2, static-joins: [239.7.7.7]}}}}
routes: [{{group: 239.8.8.8, source: 10.1.0.2, incoming: lan1, outgoing: [lan2]}}]
"""
    )
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: daemon.interface("lan2"), what="lan2 is taken up")
    assert daemon.interface("lan1")["rv"] == 3 and daemon.interface("lan2")["version"] == 2
    assert daemon.groups("lan1")[GROUP]["uptime"] > uptime, "lan1 kept its members"
    assert daemon.mroute()["10.1.0.2", "239.8.8.8"]["outgoing"] == [{"interface": "lan2", "ttl_threshold": 5}]

    daemon.config.write_text("interfaces:\n  lan1: {igmp: {version: 9}}\n")
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: f"the old configuration stays: {daemon.config}:2:17: " in daemon.log.read_text())
    assert daemon.interface("lan2")["version"] == 2

    daemon.config.write_text(f"interfaces: {{lan1: {{igmp: {{{FAST}}}}}}}\n")
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: not daemon.interface("lan2"), what="lan2 is given back")
    assert daemon.mroute() == {}
    assert len(lan.router.read("ip_mr_vif").splitlines()) == 2


# --- privileges ---------------------------------------------------------------------------------------------


def capabilities(pid: int) -> dict[str, int]:
    status = Path(f"/proc/{pid}/status").read_text()
    return {name: int(value, 16) for name, value in re.findall(r"^Cap(\w+):\s+(\w+)$", status, re.MULTILINE)}


def test_root_keeps_two_capabilities_and_can_still_do_its_work(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    sets = capabilities(daemon.process.pid)
    assert sets["Eff"] == sets["Prm"] == sets["Bnd"] == NET_ADMIN_AND_RAW
    assert sets["Inh"] == sets["Amb"] == 0
    forward_something(lan, daemon)
    veth(lan.router, "lan3", "10.3.0.1/24", lan.h2, "eth1", "10.3.0.2/24")
    daemon.config.write_text("interfaces: {lan3: {}}\n")
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: daemon.interface("lan3"))
    assert daemon.stop() == 0 and nothing_is_left(lan.router)


def as_nobody(*given: str) -> list[str]:
    """Runs what follows as a user with these capabilities and no other."""
    listed = ",".join(["-all", *(f"+{name}" for name in given)])
    return [
        "setpriv",
        "--reuid=nobody",
        "--regid=nogroup",
        "--clear-groups",
        f"--bounding-set={listed}",
        f"--inh-caps={listed}",
        f"--ambient-caps={listed}",
        "--no-new-privs",
    ]


def test_two_capabilities_are_enough(lan, mcastd, tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:2]):
        os.chmod(folder, 0o755)
    home = tmp_path / "nobody"
    home.mkdir()
    os.chmod(home, 0o777)
    daemon = Mcastd(lan.router, home, CONFIG, prefix=as_nobody("net_admin", "net_raw"))
    daemon.ready()
    forward_something(lan, daemon)
    assert daemon.stop() == 0
    assert nothing_is_left(lan.router) and not daemon.socket.exists()


@pytest.mark.parametrize("given, missing", [("net_admin", "CAP_NET_RAW"), ("net_raw", "CAP_NET_ADMIN")])
def test_without_one_of_them_it_says_which(lan, tmp_path, given, missing):
    for folder in (tmp_path, *tmp_path.parents[:2]):
        os.chmod(folder, 0o755)
    daemon = Mcastd(lan.router, tmp_path, CONFIG, prefix=as_nobody(given))
    assert daemon.exit_status() == 1
    assert f"{missing} is missing" in daemon.log.read_text()


def test_the_service_manager_is_told(lan, mcastd, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        daemon = mcastd(CONFIG, prefix=["env", f"NOTIFY_SOCKET={tmp_path}/notify"])
        assert manager.recv(100) == b"READY=1"
        daemon.ready().stop()
        assert manager.recv(100) == b"STOPPING=1"


# --- interfaces ---------------------------------------------------------------------------------------------


def test_an_interface_that_goes_and_comes_back_is_taken_up_again(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    forward_something(lan, daemon)
    lan.router.ip("link del lan2")
    wait_until(lambda: not daemon.interface("lan2"), what="lan2 is released")
    assert daemon.groups("lan2") == {} and daemon.mroute()["10.1.0.2", GROUP]["outgoing"] == []
    veth(lan.router, "lan2", "10.2.0.1/24", lan.h2, "eth0", "10.2.0.2/24")
    wait_until(lambda: daemon.interface("lan2").get("active"), what="lan2 is taken up")
    receiver = lan.h2.receiver()
    lan.h2.join(receiver, "239.1.2.4")
    wait_until(lambda: "239.1.2.4" in daemon.groups("lan2"))
    assert delivers(lan.h1.sender(), receiver, "239.1.2.4")


def test_one_that_comes_back_with_its_old_index_is_another_interface(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    lan.h2.igmp_socket().sendto(v3_report((TO_EX, GROUP, [])), ("224.0.0.22", 0))
    wait_until(lambda: GROUP in daemon.groups("lan2"))
    index = daemon.interface("lan2")["index"]
    lan.router.ip(
        "link del lan2",
        f"link add lan2 index {index} type veth peer name far",
        "addr add 10.2.0.1/24 dev lan2",
        "link set lan2 up",
        "link set far up",
    )
    wait_until(lambda: GROUP not in daemon.groups("lan2"), what="the old one's groups are gone")
    wait_until(lambda: daemon.interface("lan2").get("active"))
    assert len(lan.router.read("ip_mr_vif").splitlines()) == 3


def test_a_pattern_takes_interfaces_as_they_come_and_a_new_name_changes_hands(lan, mcastd):
    daemon = mcastd("interfaces: {'lan*': {}, 'x*': {ttl-threshold: 7}}\n").ready()
    lan.router.ip(
        "link add wan0 type veth peer name lan9", "addr add 10.9.0.1/24 dev lan9", "link set lan9 up"
    )
    wait_until(lambda: daemon.interface("lan9"))
    assert not daemon.interface("wan0") and not daemon.interface("lo")
    lan.router.ip("link set lan9 down", "link set lan9 name x9", "link set x9 up")
    assert wait_until(lambda: daemon.interface("x9"))["ttl_threshold"] == 7
    lan.router.ip("link set x9 down", "link set x9 name other")
    wait_until(lambda: not daemon.interface("x9"))


def test_the_source_address_follows_the_interfaces_first_address(lan, mcastd):
    mcastd("interfaces: {lan1: {igmp: {query-interval: 2, query-response-interval: 1}}}").ready()
    assert lan.tap1.expect(is_query).source == "10.1.0.1"
    lan.router.ip("addr add 10.1.0.5/24 dev lan1")
    assert lan.tap1.expect(is_query).source == "10.1.0.1", "a second address of the subnet is not the first"
    lan.router.ip("addr flush dev lan1", "addr add 10.1.0.7/24 dev lan1")
    assert lan.tap1.expect(lambda frame: is_query(frame) and frame.source != "10.1.0.1").source == "10.1.0.7"


def test_a_link_that_goes_down_forgets_and_asks_again_when_it_is_up(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    lan.h2.igmp_socket().sendto(v3_report((TO_EX, GROUP, [])), ("224.0.0.22", 0))
    wait_until(lambda: GROUP in daemon.groups("lan2"))
    lan.router.ip("link set lan2 down")
    wait_until(lambda: not daemon.interface("lan2")["active"])
    assert daemon.groups("lan2") == {}
    lan.router.ip("link set lan2 up")
    wait_until(lambda: daemon.interface("lan2")["active"])
    lan.tap2.expect(is_query)
    lan.h2.ip("link set eth0 down")
    wait_until(lambda: not daemon.interface("lan2")["active"], what="no carrier is down, too")


def test_an_interface_without_an_address_waits_for_one(lan, mcastd):
    lan.router.ip("addr flush dev lan2")
    daemon = mcastd(CONFIG).ready()
    assert not daemon.interface("lan2")["active"]
    lan.router.ip("addr add 10.2.0.1/24 dev lan2")
    wait_until(lambda: daemon.interface("lan2")["active"])
    assert lan.tap2.expect(is_query).source == "10.2.0.1"


def test_static_routes_wait_for_their_interfaces(lan, mcastd):
    daemon = mcastd(
        CONFIG + "routes: [{group: 239.8.8.8, source: 10.1.0.2, incoming: lan1, outgoing: [lan2]}]\n"
    )
    daemon.ready()
    assert daemon.mroute()["10.1.0.2", "239.8.8.8"]["outgoing"]
    lan.router.ip("link del lan2")
    wait_until(lambda: daemon.mroute()["10.1.0.2", "239.8.8.8"]["outgoing"] == [])
    veth(lan.router, "lan2", "10.2.0.1/24", lan.h2, "eth0", "10.2.0.2/24")
    wait_until(lambda: daemon.mroute()["10.1.0.2", "239.8.8.8"]["outgoing"])


def test_the_kernel_forwards_among_32_interfaces(network, tmp_path):
    router = network(Namespace, "r")
    router.ip(*(f"link add p{i} type veth peer name q{i}" for i in range(32)))
    daemon = Mcastd(router, tmp_path, "interfaces: {'p*': {}}\n").ready()
    assert len(daemon.ctl("show", "igmp", "interfaces")) == 32
    router.ip("link add p99 type veth peer name q99")
    wait_until(
        lambda: "p99: left out: all 32 virtual interfaces of the kernel are in use" in daemon.log.read_text()
    )
    router.ip("link del p5")
    wait_until(lambda: daemon.interface("p99"), what="there is room now")
    daemon.stop()
    router.ip("link add p100 type veth peer name q100")
    daemon.start()
    assert daemon.exit_status() == 1
    assert "takes 33 interfaces, and the kernel forwards multicast among 32 at most" in daemon.log.read_text()
    assert nothing_is_left(router)


def router_groups(router: Namespace, interface: str) -> set[str]:
    """The groups that the router's kernel itself has joined on an interface."""
    groups: dict[str, set[str]] = {}
    name = ""
    for line in router.read("igmp").splitlines()[1:]:
        words = line.split()
        if not line.startswith("\t"):
            name = words[1]
        else:
            groups.setdefault(name, set()).add(socket.inet_ntoa(int(words[0], 16).to_bytes(4, "little")))
    return groups.get(interface, set())


def test_the_routers_groups_are_joined_where_igmp_runs(lan, mcastd):
    daemon = mcastd("interfaces: {lan1: {}, lan2: {igmp: false}}\n").ready()
    assert router_groups(lan.router, "lan1") == {"224.0.0.1", "224.0.0.2", "224.0.0.22"}
    assert router_groups(lan.router, "lan2") == {"224.0.0.1"}
    daemon.config.write_text("interfaces: {lan1: {igmp: false}, lan2: {}}\n")
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: router_groups(lan.router, "lan1") == {"224.0.0.1"})
    assert router_groups(lan.router, "lan2") == {"224.0.0.1", "224.0.0.2", "224.0.0.22"}


# --- two of them on a LAN -----------------------------------------------------------------------------------


@pytest.fixture
def shared_lan(network: Callable) -> SimpleNamespace:
    """Two routers and a host on a bridge: 10.1.0.1, 10.1.0.2, 10.1.0.9."""
    switch, a, b = (network(Namespace, role) for role in ("sw", "a", "b"))
    host = network(Host, "h", "eth0", "10.1.0.9")
    switch.ip("link add br0 type bridge forward_delay 0 stp_state 0 mcast_snooping 0", "link set br0 up")
    for number, (node, name, address) in enumerate(
        [(a, "lan", "10.1.0.1/24"), (b, "lan", "10.1.0.2/24"), (host, "eth0", "10.1.0.9/24")]
    ):
        veth(switch, f"p{number}", "", node, name, address)
        switch.ip(f"link set p{number} master br0")
    return SimpleNamespace(a=a, b=b, host=host, tap=network(Tap, host, "eth0"))


def test_the_lower_address_is_the_querier_and_the_other_takes_over(shared_lan, tmp_path):
    config = f"interfaces: {{lan: {{igmp: {{{FAST}}}}}}}\n"
    b = Mcastd(shared_lan.b, tmp_path, config).ready()
    assert b.interface("lan")["is_querier"]
    a = Mcastd(shared_lan.a, tmp_path, config).ready()
    wait_until(lambda: not b.interface("lan")["is_querier"], what="b gives in")
    view = b.interface("lan")
    assert view["querier"] == "10.1.0.1" and 0 < view["other_querier_timer"] <= 6.5
    shared_lan.host.igmp_socket().sendto(v3_report((TO_EX, GROUP, [])), ("224.0.0.22", 0))
    wait_until(lambda: GROUP in a.groups("lan") and GROUP in b.groups("lan"), what="both know the member")
    a.stop()
    wait_until(lambda: b.interface("lan")["is_querier"], within=8, what="b takes over after 6.5 s")
    query = shared_lan.tap.expect(lambda frame: is_query(frame) and frame.source == "10.1.0.2")
    assert query.ttl == 1
