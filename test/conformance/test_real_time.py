# SPDX-License-Identifier: GPL-2.0-only
"""The lab of the real-time targets: wires, clocks, daemons that die, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

import pytest

from conformance.harness.model import PORTS, InterfaceSetup, Setup, TargetDied, TimerSet, Unsupported
from conformance.harness.packets import Context, general_query, report, to_ex
from conformance.harness.wire import decode
from conformance.targets import load_target, mininet_lab, unpacked
from conformance.targets.mininet_lab import mac_of_system
from conformance.targets.realtime import DaemonSystem, MininetSystem, is_query

ROOT = Path(__file__).resolve().parents[2]
needs_lab = pytest.mark.skipif(mininet_lab.missing() is not None, reason=str(mininet_lab.missing()))


@pytest.fixture
def system() -> Iterator[MininetSystem]:
    made = MininetSystem(Setup("host", interfaces={"lan2": InterfaceSetup(mtu=576)}))
    yield made
    made.close()


def shell(system: MininetSystem, command: str) -> str:
    """Runs a command in the system's node."""
    arguments = ["nsenter", f"--net={system.lab.namespace}", "sh", "-c", command]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=False).stdout


# ---- wires -------------------------------------------------------------------------------------------------


@needs_lab
def test_ports_are_as_the_suite_says(system: MininetSystem) -> None:
    for name, port in PORTS.items():
        shown = shell(system, f"ip address show dev {name}")
        assert f"{port.dut_address}/{port.prefix_length}" in shown and mac_of_system(name) in shown
        assert system.mac(name) == mac_of_system(name)
        assert "inet6" not in shown
    assert "mtu 576" in shell(system, "ip link show dev lan2")
    assert "mtu 1500" in shell(system, "ip link show dev lan")


@needs_lab
def test_frames_go_both_ways_with_the_time_of_the_kernel(system: MininetSystem) -> None:
    with system.lab.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("", 5001))
        receiver.settimeout(2)
        system.start_clock()
        before = system.now()
        receiver.sendto(b"hello", ("10.1.0.77", 5001))
        after = system.now()
        system.advance(after + 0.3)  # read late; the time of arrival is what counts
        [frame] = system.frames()
        assert before - 0.01 <= frame.time <= after + 0.05 and frame.port == "lan" and not frame.sent
        message = decode(frame.data)
        assert (
            message.dst == "10.1.0.77" and message.dst_mac == "02:00:0a:01:00:4d"
        ), "ARP was answered for it"
        assert udp_checksum_is_right(message.raw)
        octets = bytearray(frame.data[6:12] + frame.data[0:6] + frame.data[12:])
        system.send("lan", bytes.fromhex(mac_of_system("lan").replace(":", "")) + bytes(octets[6:]))
        assert system.frames() == [], "the tester does not hear itself"


def udp_checksum_is_right(frame: bytes) -> bool:
    datagram = frame[34:]
    pseudo = frame[26:34] + struct.pack("!BBH", 0, 17, len(datagram))
    octets = pseudo + datagram + b"\0" * (len(datagram) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF


@needs_lab
def test_the_clock_neither_oversleeps_nor_wakes_early(system: MininetSystem) -> None:
    system.start_clock()
    for until in (0.05, 0.1, 0.3):
        system.advance(until)
        assert until <= system.now() < until + 0.1
    began = time.monotonic()
    shell(system, "ping -c 1 -W 1 10.1.0.50 &")
    system.step(system.now() + 5)
    assert system.frames() and time.monotonic() - began < 2, "step ends with the first frame"


@needs_lab
def test_what_no_wire_carries_is_not_applicable(system: MininetSystem) -> None:
    with pytest.raises(Unsupported, match="10 octets"):
        system.send("lan", bytes(10))
    with pytest.raises(Unsupported, match="20000 octets"):
        system.send("lan", bytes(20000))


# ---- a host ------------------------------------------------------------------------------------------------


@needs_lab
def test_a_refused_filter_leaves_no_trace() -> None:
    target = load_target("linux-host")
    system = target.open(
        Setup("host", timers=target.timers, interfaces={"lan": InterfaceSetup(max_sources=3)})
    )
    try:
        assert not system.listen(
            "a", "lan", "239.1.2.3", "include", ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]
        )
        assert not system.listen("a", "lan", "10.1.2.3", "exclude")
        system.advance(system.now() + 1.5)
        assert system.frames() == []
        assert system.listen("a", "lan", "239.1.2.3", "include", ["10.0.0.1", "10.0.0.2"])
        system.advance(system.now() + 0.3)
        [frame] = system.frames()[:1]
        assert [(one.type, sorted(one.sources)) for one in decode(frame.data).records] == [
            (5, ["10.0.0.1", "10.0.0.2"])
        ]
    finally:
        system.close()


@needs_lab
def test_a_host_has_learned_the_intervals_and_says_nothing_of_it() -> None:
    target = load_target("linux-host")
    timers = TimerSet(rv=2, qi=2.0, qri=0.5, uri=0.2)
    system = target.open(Setup("host", timers=timers))
    try:
        context = Context("10.1.0.100", "10.1.0.10", system.mac("lan"), 2, 2.0, 0.5, 1.0)
        assert system.frames() == [] and system.interface_state("lan") == {"compatibility": 3}
        system.send("lan", general_query(version=2).build(context))
        system.advance(system.now() + 0.2)
        assert system.interface_state("lan") == {"compatibility": 2}
        system.advance(system.now() + 5)  # 2 * 2 s + 0.5 s; without the lesson it would be 260 s
        assert system.interface_state("lan") == {"compatibility": 3}
    finally:
        system.close()


# ---- daemons -----------------------------------------------------------------------------------------------


class Script(DaemonSystem):
    """A shell script for a daemon."""

    daemon = "script"
    script = "sleep 100"

    def launch(self) -> None:
        self.run_daemon(
            ["sh", "-c", f"echo begun; touch /run/ready; {self.script}"], {self.run_folder(): "/run"}
        )
        self.wait_for((self.run_folder() / "ready").exists, 5, "ready")
        self.start_clock()


@needs_lab
def test_a_daemon_that_dies_is_noticed_with_its_last_words() -> None:
    class Dying(Script):
        script = "sleep 0.3; echo alas; exit 7"

    system = Dying(Setup("router"))
    try:
        assert system.log() == ["begun"]
        with pytest.raises(TargetDied, match="exit status 7.*alas"):
            system.advance(2)
        assert system.log() == ["alas"] and system.log() == []
    finally:
        system.close()


@needs_lab
def test_a_daemon_that_never_gets_ready_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Dying(Script):
        script = "exit 3"

        def launch(self) -> None:
            self.run_daemon(["sh", "-c", "exit 3"])
            self.wait_for(lambda: False, 5, "miracle")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(TargetDied, match="exit status 3"):
        Dying(Setup("router"))
    assert list(tmp_path.iterdir()) == []


@needs_lab
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_whatever_ends_the_process_nothing_is_left(number: int, tmp_path: Path) -> None:
    program = (
        "import sys, time; from test_real_time import Script; from conformance.harness.model import Setup\n"
        "Script.script = 'trap : TERM; sleep 1000 & wait; wait'\n"
        "system = Script(Setup('router'))\n"
        "print(system.processes[0].pid, system.lab.namespace, flush=True)\n"
        "time.sleep(100)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": f"{ROOT}:{ROOT / 'test/conformance'}"}
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True
    )
    pid, namespace = process.stdout.readline().split()
    assert Path("/proc", pid).exists() and list(tmp_path.iterdir())
    process.send_signal(number)
    process.wait(10)
    limit = time.monotonic() + 5
    while time.monotonic() < limit and (Path("/proc", pid).exists() or list(tmp_path.iterdir())):
        time.sleep(0.05)
    assert not Path("/proc", pid).exists() and not Path(namespace).exists() and not list(tmp_path.iterdir())


@needs_lab
@pytest.mark.parametrize("name", ["mcastd", "frr", "pimd"])
def test_time_zero_is_the_first_query_and_a_member_is_known(name: str) -> None:
    target = load_target(name)
    if target.missing():
        pytest.skip(target.missing())
    system = target.open(Setup("router", timers=target.timers))
    try:
        first = [frame for frame in system.frames() if is_query(frame.data)]
        assert {frame.port for frame in first} == set(PORTS) and first[0].time < 0.1
        context = Context("10.1.0.100", "10.1.0.10", system.mac("lan"), 2, 4.0, 1.0, 1.0)
        system.send("lan", report(to_ex("239.1.2.3", [])).build(context))
        system.advance(system.now() + 0.3)
        if "state:groups" in target.features:
            assert set(system.groups("lan")) == {"239.1.2.3"} and system.groups("lan2") == {}
            assert system.groups("lan")["239.1.2.3"].mode == "exclude"
            assert system.interface_state("lan")["is_querier"] is True
        assert system.log()
    finally:
        system.close()


def test_frames_that_are_queries() -> None:
    context = Context("10.1.0.100", "10.1.0.10", mac_of_system("lan"), 2, 4.0, 1.0, 1.0)
    assert is_query(general_query().build(context)) and is_query(
        general_query(router_alert=False).build(context)
    )
    assert not is_query(report(to_ex("239.1.2.3", [])).build(context))
    assert not is_query(b"") and not is_query(bytes(34))


# ---- fetching daemons --------------------------------------------------------------------------------------


def fetch(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", ROOT / "scripts" / "fetch-daemons.sh", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_fetching_says_what_is_wrong(tmp_path: Path) -> None:
    assert fetch("zebra").returncode == 2
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "apt-get").write_text("#!/bin/sh\necho 'E: Unable to locate package' >&2\nexit 100\n")
    (tools / "apt-get").chmod(0o755)
    done = fetch("pimd", MCAST_DAEMONS=str(tmp_path / "daemons"), PATH=f"{tools}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert "pimd: cannot download the Debian package pimd: E: Unable to locate package" in done.stderr
    assert list((tmp_path / "daemons").iterdir()) == []


def test_what_was_fetched_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCAST_DAEMONS", str(tmp_path))
    assert unpacked.folder("pimd") == Path("/")
    (tmp_path / "pimd" / "usr" / "sbin").mkdir(parents=True)
    (tmp_path / "pimd" / "packages").write_text("libx\t1\npimd\t2.3.2-3\n")
    (tmp_path / "pimd" / "usr" / "sbin" / "pimd").touch(mode=0o755)
    assert unpacked.folder("pimd") == tmp_path / "pimd"
    assert unpacked.package_version(tmp_path / "pimd", "pimd") == "2.3.2-3"
    done = fetch("pimd", MCAST_DAEMONS=str(tmp_path))
    assert done.returncode == 0 and done.stdout == "pimd: there (2.3.2-3)\n"
