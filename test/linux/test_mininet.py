# SPDX-License-Identifier: GPL-2.0-only
"""The Mininet nodes, in scripts as users write them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from netlab import BUILD, ROOT, wait_until

pytest.importorskip("mininet", reason="needs Mininet (Debian package mininet)")
EXAMPLES = ROOT / "examples" / "mininet"
ENVIRONMENT = {**os.environ, "MCAST_BUILD": str(BUILD), "PYTHONPATH": str(EXAMPLES)}

LAN_OF_THREE = """
from mcast_mininet import BridgeSwitch, McastHost, McastRouter
from mininet.net import Mininet

net = Mininet(controller=None, switch=BridgeSwitch)
fast = {"last-member-query-interval": "300ms"}
config = {"interfaces": {"*": {"igmp": fast}, "r1-eth1": {"igmp": {"version": 2}}}}
r1 = net.addHost("r1", cls=McastRouter, ip="10.1.0.1/24", config=config, log_level="debug")
s1 = net.addSwitch("s1")
h1, h2, h3 = (net.addHost(f"h{i}", cls=McastHost, ip=f"10.1.0.{i + 1}/24") for i in (1, 2, 3))
source = net.addHost("src", cls=McastHost, ip="10.2.0.2/24")
for node in (r1, h1, h2, h3):
    net.addLink(node, s1)
net.addLink(r1, source, params1={"ip": "10.2.0.1/24"})
net.start()
try:
    assert {row["interface"]: row["version"] for row in r1.ctl("show", "igmp", "interfaces")} == \\
        {"r1-eth0": 3, "r1-eth1": 2}
    with source.stream("232.1.1.1"), source.stream("239.1.1.1") as other:
        one, two, three = h1.join("232.1.1.1", source="10.2.0.2"), h2.join("239.1.1.1"), \\
            h3.join("239.1.1.1", block=("10.2.0.2",))
        assert int.from_bytes(one.receive()[:8], "big") >= 0
        assert len(two.receive()) == 100 and three.count(0.3) == 0
        assert r1.groups("r1-eth0") == {"232.1.1.1", "239.1.1.1"} and r1.groups("r1-eth1") == set()
        two.leave(), three.leave()
        assert one.count(1.5) > 20 and h1.arrivals("239.1.1.1", 0.3) == 0 and other.sent > 20
    assert "group-joined" in r1.log()
    socket = r1.control_socket
finally:
    net.stop()
assert not socket.parent.exists()
print("good")
"""

DUAL_STACK = """
from mcast_mininet import McastHost, McastRouter
from mininet.net import Mininet

net = Mininet(controller=None)
fast = {"last-member-query-interval": "300ms"}
r1 = net.addHost("r1", cls=McastRouter, ip="10.1.0.1/24", ip6="2001:db8:1::1/64", igmp=fast, mld=fast)
h1, h2 = (net.addHost(f"h{i}", cls=McastHost, ip=f"10.{i}.0.2/24", ip6=f"2001:db8:{i}::2/64") for i in (1, 2))
net.addLink(h1, r1)
net.addLink(h2, r1, params2={"ip": "10.2.0.1/24", "ip6": "2001:db8:2::1/64"})
net.start()
try:
    assert all(row["is_querier"] for row in r1.ctl("show", "mld", "interfaces"))
    with h1.stream("ff1e::1"), h1.stream("ff3e::1"), h1.stream("239.1.1.1"):
        six, four = h2.join("ff1e::1"), h2.join("239.1.1.1")
        right = h2.join("ff3e::1", source="2001:db8:1::2", port=5000)
        assert len(six.receive()) == 100 and len(four.receive()) == 100 and len(right.receive()) == 100
        blocked = h2.join("ff1e::1", port=5001, block=("2001:db8:1::2",))
        assert r1.groups("r1-eth1") == {"ff1e::1", "ff3e::1", "239.1.1.1"} and r1.groups("r1-eth0") == set()
        six.leave(), blocked.leave()
        assert right.count(1.5) > 20 and h2.arrivals("ff1e::1", 0.3) == 0 and h2.arrivals("ff3e::1", 0.3) > 5
finally:
    net.stop()
print("good")
"""

DIES = """
import os
from mcast_mininet import McastRouter
from mininet.net import Mininet

net = Mininet(controller=None)
r1 = net.addHost("r1", cls=McastRouter, ip=None)
net.start()
print(r1.ctl("show", "version")["pid"], flush=True)
os.kill(os.getpid(), 9)
"""

REFUSED = """
from mcast_mininet import McastRouter
from mininet.net import Mininet

net = Mininet(controller=None)
net.addHost("r1", cls=McastRouter, ip=None, igmp={"version": 5})
try:
    net.start()
except RuntimeError as error:
    print(error)
finally:
    net.stop()
"""


@pytest.fixture
def run(network: Callable, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Runs a Mininet script."""
    return lambda *arguments: subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
    )


def test_the_example_shows_a_stream_that_comes_and_goes(run):
    result = run(str(EXAMPLES / "one-router.py"))
    assert result.returncode == 0, result.stderr
    member = re.search(r"^member of 239.1.2.3: (\d+) datagrams", result.stdout)
    left = re.search(r"^left;.*: (\d+) (\d+)$", result.stdout, re.MULTILINE)
    assert int(member[1]) > 60 and int(left[1]) > 0 and int(left[2]) == 0, result.stdout


def test_the_example_of_three_routers_shows_a_tree_that_grows_and_goes(run):
    result = run(str(EXAMPLES / "three-routers.py"))
    assert result.returncode == 0, result.stderr
    assert "r2's neighbours: 10.12.0.1 10.23.0.3" in result.stdout
    assert int(re.search(r"^member: (\d+) datagrams", result.stdout, re.MULTILINE)[1]) > 60, result.stdout
    assert "r2 (*, 239.1.2.3): register -> r2-eth1" in result.stdout
    assert "r3 (10.1.0.2, 239.1.2.3): r3-eth0 -> r3-eth1" in result.stdout
    assert result.stdout.endswith("packets in 1 s: 0\n"), result.stdout


def test_the_example_of_dense_mode_prunes_and_grafts(run):
    result = run(str(EXAMPLES / "dense-mode.py"))
    assert result.returncode == 0, result.stderr
    assert "nobody listens: r1 sends to nowhere; r2 is pruned" in result.stdout
    assert float(re.search(r"^first datagram (\d+) ms", result.stdout, re.MULTILINE)[1]) < 1000, result.stdout
    assert int(re.search(r"^member: (\d+) datagrams", result.stdout, re.MULTILINE)[1]) > 60, result.stdout
    assert "one member: r1 sends to r1-eth1; r2 is forwarding" in result.stdout
    assert result.stdout.endswith("left: r1 sends to nowhere; r2 is pruned\n"), result.stdout


def test_routers_hosts_and_a_lan_of_several(run):
    result = run("-c", LAN_OF_THREE)
    assert (result.returncode, result.stdout) == (0, "good\n"), result.stderr


def test_both_families(run):
    result = run("-c", DUAL_STACK)
    assert (result.returncode, result.stdout) == (0, "good\n"), result.stderr


def test_a_script_that_dies_takes_its_daemons_along(run):
    result = run("-c", DIES)
    assert result.returncode == -signal.SIGKILL, result.stderr
    process = Path("/proc", result.stdout.strip())
    wait_until(lambda: not process.exists(), what="mcastd ends")


def test_a_bad_configuration_is_told(run):
    result = run("-c", REFUSED)
    assert result.returncode == 0, result.stderr
    assert "r1: mcastd does not start" in result.stdout and "igmp.version: must be" in result.stdout
