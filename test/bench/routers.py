# SPDX-License-Identifier: GPL-2.0-only
"""mcastd beside FRR and pimd: the suite's own targets, with the RFC's default timers, under load.

Per daemon: CPU to take in N IGMPv3 groups that nobody asked for before (180 records a packet), resident memory a group,
CPU to take the same reports again, time from a report to the first datagram and from a leave to the last one. CPU is
what the scheduler charged to the daemons' threads, in nanoseconds (schedstat), not ticks.
"""

from __future__ import annotations

import functools
import os
import re
import signal
import socket
import statistics
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, Sequence

from conformance.harness.model import PORTS, Setup, TimerSet
from conformance.targets.frr import FrrRouter, FrrTarget
from conformance.targets.mcastd import McastdRouter, McastdTarget
from conformance.targets.pimd import PimdRouter, PimdTarget
from conformance.targets.realtime import DaemonSystem
from rows import Row, less_is_better

TO_IN, TO_EX, IS_EX = 3, 4, 2
RECORDS_PER_PACKET = 180
BURST = 4  # packets between two looks at the daemon's queue
QUEUE_LIMIT = 48 << 10  # octets that may wait in a socket of the daemon before we do
QUIET = 0.6  # seconds without work that end a phase
LIMIT = 60.0  # seconds that a phase may take
SIZES = (1000, 10000, 50000)
TRIALS = 40  # joins whose delay is taken
LEAVES = 8
DATA_GAP = 0.00002  # seconds between two datagrams while a join is timed: the grain of that figure
SETUP = Setup(role="router", timers=TimerSet(), forwarding=True)


@dataclass
class Figures:
    """What was measured of one daemon. CPU in seconds, memory in octets, delays in milliseconds."""

    name: str
    cpu: dict[int, float] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    memory: dict[int, float] = field(default_factory=dict)
    again: dict[int, float] = field(default_factory=dict)
    join: float | None = None
    leave: float | None = None


@dataclass(frozen=True)
class Peer:
    """A daemon under measurement: how to open it and how to count its groups (None: can't be told)."""

    key: str
    target: object
    open: Callable[[Setup], DaemonSystem]
    groups: Callable[[DaemonSystem], int | None]


# ---- packets ----


def checksum(octets: bytes) -> bytes:
    """The Internet checksum of an even number of octets."""
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xffff) + (total >> 16)
    return struct.pack("!H", ~(total + (total >> 16)) & 0xffff)


def frame(source: str, destination: bytes, protocol: int, payload: bytes, ttl: int, alert: bool) -> bytes:
    """An Ethernet frame to the group address ``destination``."""
    options = b"\x94\x04\0\0" if alert else b""
    header = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0xc0 if alert else 0, 20 + len(options) + len(payload),
                         0, 0, ttl, protocol, 0) + socket.inet_aton(source) + destination + options
    header = header[:10] + checksum(header) + header[12:]
    mac = b"\x01\0\x5e" + bytes([destination[1] & 0x7f]) + destination[2:]
    return mac + b"\x02\0\0\0\x01\x01" + b"\x08\0" + header + payload


def report(kind: int, groups: Sequence[bytes]) -> bytes:
    """A version 3 report with one record without sources for each group."""
    body = b"".join(struct.pack("!BBH", kind, 0, 0) + group for group in groups)
    message = struct.pack("!BBHHH", 0x22, 0, 0, 0, len(groups)) + body
    message = message[:2] + checksum(message) + message[4:]
    return frame(PORTS["lan"].tester_address, socket.inet_aton("224.0.0.22"), 2, message, 1, True)


def reports(kind: int, count: int) -> list[bytes]:
    groups = [struct.pack("!I", 0xef100000 + number) for number in range(count)]
    return [report(kind, groups[i:i + RECORDS_PER_PACKET]) for i in range(0, count, RECORDS_PER_PACKET)]


def datagram(group: bytes) -> bytes:
    """64 octets of UDP from the tester on ``up``."""
    payload = struct.pack("!HHHH", 5000, 5001, 72, 0) + bytes(64)
    return frame(PORTS["up"].tester_address, group, 17, payload, 16, False)


# ---- the daemon under load ----


def cpu(system: DaemonSystem) -> float:
    """Seconds that all threads of the daemons have run."""
    total = 0
    for process in system.processes:
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident(system: DaemonSystem) -> int:
    """Octets of the daemons' resident memory."""
    statuses = (Path(f"/proc/{process.pid}/status").read_text() for process in system.processes)
    return sum(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024 for status in statuses)


def queued(system: DaemonSystem) -> int:
    """Octets in the fullest raw or packet socket of the daemon's namespace."""
    folder = Path(f"/proc/{system.processes[-1].pid}/net")
    raw = [int(line.split()[4].split(":")[1], 16) for line in (folder / "raw").read_text().splitlines()[1:]]
    packet = [int(line.split()[6]) for line in (folder / "packet").read_text().splitlines()[1:]]
    return max([0, *raw, *packet])


def feed(system: DaemonSystem, packets: Sequence[bytes]) -> float:
    """Sends the packets no faster than the daemon takes them, waits until it rests. Its CPU seconds."""
    before, limit = cpu(system), time.monotonic() + LIMIT
    for number, packet in enumerate(packets):
        while number % BURST == 0 and queued(system) > QUEUE_LIMIT and time.monotonic() < limit:
            time.sleep(0.001)
        system.taps["lan"].send(packet)
    last, quiet_since = cpu(system), time.monotonic()
    while time.monotonic() < limit and time.monotonic() - quiet_since < QUIET:
        time.sleep(0.05)
        now = cpu(system)
        if now - last > 0.005 or queued(system):
            quiet_since = time.monotonic()
        last = now
    system.check_alive()
    return last - before


def load(peer: Peer, size: int, figures: Figures) -> None:
    """Takes in ``size`` groups, then the same reports again."""
    system = peer.open(SETUP)
    try:
        before = resident(system)
        figures.cpu[size] = feed(system, reports(TO_EX, size))
        grown = resident(system) - before
        counted = peer.groups(system)
        figures.taken[size] = size if counted is None else min(counted, size)
        figures.memory[size] = grown / max(figures.taken[size], 1)
        if figures.taken[size] == size:
            figures.again[size] = feed(system, reports(IS_EX, size))
    finally:
        system.close()


def drain(system: DaemonSystem, group: bytes) -> list[float]:
    """Times of the group's datagrams that came out on ``lan``."""
    arrivals = system.taps["lan"].receive()
    return [arrival.time for arrival in arrivals if arrival.data[23] == 17 and arrival.data[30:34] == group]


def join_delay(system: DaemonSystem, group: bytes) -> float | None:
    """Seconds from a report to the first datagram of a stream that was already there."""
    packet, joining = datagram(group), report(TO_EX, [group])
    until = time.monotonic() + 0.12
    while time.monotonic() < until:
        system.taps["up"].send(packet)
        time.sleep(0.004)
    drain(system, group)
    joined = time.monotonic()
    system.taps["lan"].send(joining)
    while time.monotonic() < joined + 2:
        system.taps["up"].send(packet)
        next_one = time.monotonic() + DATA_GAP
        while time.monotonic() < next_one:
            if times := drain(system, group):
                return times[0] - joined if flows(system, group) else None
    return None


def flows(system: DaemonSystem, group: bytes) -> bool:
    """Whether most of ten datagrams come out."""
    drain(system, group)
    for _ in range(10):
        system.taps["up"].send(datagram(group))
        time.sleep(0.01)
    return len(drain(system, group)) > 5


def leave_delay(system: DaemonSystem, group: bytes) -> float | None:
    """Seconds from a leave to the last datagram; None if it never stops."""
    packet = datagram(group)
    if not flows(system, group):
        return None
    left = time.monotonic()
    system.taps["lan"].send(report(TO_IN, [group]))
    last = left
    while time.monotonic() < left + 5:
        system.taps["up"].send(packet)
        time.sleep(0.01)
        last = max([last, *drain(system, group)])
        if time.monotonic() > last + 1.5:
            return last - left
    return None


def delays(peer: Peer, figures: Figures) -> None:
    """Medians of the join delay and the leave delay."""
    system = peer.open(SETUP)
    try:
        groups = [struct.pack("!I", 0xef200000 + number) for number in range(TRIALS)]
        joins = [delay for group in groups if (delay := join_delay(system, group)) is not None]
        leaves = [delay for group in groups[:LEAVES] if (delay := leave_delay(system, group)) is not None]
        figures.join = statistics.median(joins) * 1000 if len(joins) > TRIALS / 2 else None
        figures.leave = statistics.median(leaves) * 1000 if leaves else None
    finally:
        system.close()


# ---- the peers ----


# They log as production routers do.


class QuietMcastd(McastdRouter):
    log_level = "warning"


class QuietFrr(FrrRouter):
    log_options = ("--log", "stdout", "--log-level", "warnings")


class QuietPimd(PimdRouter):
    """Ready only when its Rendezvous Point counts: until then it makes no entry for a group, and the work that is to be
    measured is put off.
    """

    log_options = ("-s", "err")

    def launch(self) -> None:
        super().launch()
        self.get_ready_to_forward()


def frr_groups(system: DaemonSystem) -> int:
    found = re.search(r"[Tt]otal groups\s*: (\d+)", system._terminal.ask("show ip igmp statistics"))
    return int(found[1]) if found else 0


def pimd_groups(system: DaemonSystem) -> int | None:
    """(*,G) entries of the dump that SIGUSR1 makes; None if none comes."""
    for stale in system.run_folder().rglob("*dump*"):
        stale.unlink()
    os.kill(system.processes[-1].pid, signal.SIGUSR1)
    limit = time.monotonic() + 20
    size = -1
    while time.monotonic() < limit:
        time.sleep(0.3)
        dumps = [dump for dump in system.run_folder().rglob("*dump*") if dump.stat().st_size]
        if dumps and dumps[0].stat().st_size == size:  # written to its end
            return len(set(re.findall(r"^(?:ANY|INADDR_ANY)\s+(239\S+)", dumps[0].read_text(), re.M)))
        size = dumps[0].stat().st_size if dumps else -1
    return None


def mcastd_groups(system: DaemonSystem) -> int:
    return len(system.groups("lan"))


def there() -> list[tuple[str, object]]:
    """The targets that are here, with their keys, ours first."""
    found = []
    for key, target in (("mcastd", McastdTarget()), ("frr", FrrTarget()), ("pimd", PimdTarget())):
        why = target.missing()
        if why:
            print(f"routers: {key} left out: {why}")
        else:
            found.append((key, target))
    return found


def peers() -> list[Peer]:
    """Those that are here, ours first."""
    how = {
        "mcastd": (lambda setup, target: QuietMcastd(setup, setup.timers), mcastd_groups),
        "frr": (lambda setup, target: QuietFrr(setup, target._root, setup.timers), frr_groups),
        "pimd": (lambda setup, target: QuietPimd(setup, target._root, setup.timers), pimd_groups),
    }
    return [Peer(key, target, functools.partial(how[key][0], target=target), how[key][1]) for key, target in there()]


def compare(name: str, unit: str, ours: float | None, other: float | None, key: str, version: str) -> Row | None:
    """A row where both sides have a figure."""
    if ours is None or other is None:
        return None
    return less_is_better(f"mcastd-{name}-vs-{key}", ours, unit, version, other)


def rows_of(ours: Figures, other: Figures, key: str) -> Iterator[Row | None]:
    for size in SIZES:
        lacking = other.taken.get(size, 0) < size
        version = f"{other.name} ({other.taken.get(size, 0)} taken in {LIMIT:.0f} s)" if lacking else other.name
        yield compare(f"igmp-{size}-groups", "cpu s", ours.cpu.get(size), other.cpu.get(size), key, version)
        yield compare(f"bytes-per-group-{size}", "bytes", ours.memory.get(size), other.memory.get(size), key, version)
        yield compare(f"igmp-{size}-groups-again", "cpu s", ours.again.get(size), other.again.get(size), key, other.name)
    yield compare("join-delay", "ms", ours.join, other.join, key, other.name)
    yield compare("leave-delay", "ms", ours.leave, other.leave, key, other.name)


def measure() -> Iterator[Row]:
    """All rows, the daemons one after the other in this run."""
    figures: dict[str, Figures] = {}
    for peer in peers():
        one = figures[peer.key] = Figures(peer.target.version())
        for size in SIZES:
            print(f"routers: {peer.key}, {size} groups", flush=True)
            load(peer, size, one)
        print(f"routers: {peer.key}, delays", flush=True)
        delays(peer, one)
    ours = figures.pop("mcastd")
    if ours.taken != {size: size for size in SIZES}:
        raise RuntimeError(f"mcastd took in {ours.taken}")
    yield less_is_better("mcastd-igmp-growth-1000-to-50000", ours.cpu[50000] / ours.cpu[1000], "times", "linear", 50.0)
    for key, other in figures.items():
        yield from (row for row in rows_of(ours, other, key) if row is not None)
