# SPDX-License-Identifier: GPL-2.0-only
"""mcastd beside FRR and pimd as PIM routers, with the RFC's default timers, under Joins of a neighbour.

Per daemon: CPU and wall time to take in N (S,G) Joins that are new (one source a group, 250 sources, 73 groups a message)
and to take the same ones again, resident memory a tree, messages that go upstream for them; and the time until the data
of each tree is forwarded, from its first datagram.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Callable, Iterator, Sequence

from conformance.harness.model import PORTS, Setup, TimerSet
from conformance.harness.pim_setup import RP, UPSTREAM, PimSetup, PimTimers, StaticRp
from conformance.targets.realtime import DaemonSystem
from rows import Row, less_is_better
from routers import (BURST, LIMIT, QUEUE_LIMIT, QUIET, QuietFrr, QuietMcastd, QuietPimd, checksum, cpu, frame, queued,
                     resident, there)

JOINS = (1000, 10000)
MCASTD_JOINS = (*JOINS, 50000)  # how our own cost grows
ROUTES = 5000
ROUTES_LIMIT = 40.0  # seconds for all of them to be forwarded
EACH = 73  # groups of one source that fit in 1500 octets
N_SOURCES = 250
HOLDTIME_FOREVER = 0xffff
NEIGHBOR = "10.1.0.20"  # downstream, on lan
ALL_ROUTERS = socket.inet_aton("224.0.0.13")
PIM, UDP = 103, 17
SETUP = Setup(role="router", timers=TimerSet(), forwarding=True,
              pim=PimSetup(timers=PimTimers(), rps=(StaticRp(RP),)))

Tree = tuple[bytes, bytes]  # source, group


@dataclass
class Figures:
    """What was measured of one daemon, by number of trees. CPU and wall in seconds, memory in octets."""

    name: str
    cpu: dict[int, float] = field(default_factory=dict)
    wall: dict[int, float] = field(default_factory=dict)
    again: dict[int, float] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    memory: dict[int, float] = field(default_factory=dict)
    messages: dict[int, int] = field(default_factory=dict)
    routes: float | None = None  # until the last of ROUTES was forwarded; None: not all were
    forwarded: int = 0


@dataclass(frozen=True)
class Peer:
    """A daemon under measurement, and how its (S,G) are counted (None: can't be told)."""

    key: str
    version: str
    open: Callable[[], DaemonSystem]
    count: Callable[[DaemonSystem], int | None]


# ---- packets ----


def message(source: str, kind: int, body: bytes) -> bytes:
    """A frame with a PIM message to all routers of the link."""
    octets = struct.pack("!BBH", 0x20 | kind, 0, 0) + body
    octets = octets[:2] + checksum(octets) + octets[4:]
    return frame(source, ALL_ROUTERS, PIM, octets, 1, False)


def hello(source: str, generation: int) -> bytes:
    """For ever, DR priority 1, the RFC's delays."""
    return message(source, 0, struct.pack("!HHH HHHH HHI HHI", 1, 2, HOLDTIME_FOREVER, 2, 4, 500, 2500, 19, 4, 1, 20, 4,
                                          generation))


def trees(count: int) -> list[Tree]:
    """Sources behind the upstream neighbour, groups of 238.16.0.0 and on."""
    return [(socket.inet_aton(f"10.9.0.{1 + i % N_SOURCES}"), struct.pack("!I", 0xee100000 + i)) for i in range(count)]


def joins(wanted: Sequence[Tree]) -> list[bytes]:
    """Join/Prune messages of the downstream neighbour."""
    upstream = b"\1\0" + socket.inet_aton(PORTS["lan"].dut_address)
    packets = []
    for start in range(0, len(wanted), EACH):
        some = wanted[start:start + EACH]
        body = upstream + struct.pack("!BBH", 0, len(some), 210)
        for source, group in some:
            body += b"\1\0\0\x20" + group + b"\0\1\0\0" + b"\1\0\4\x20" + source
        packets.append(message(NEIGHBOR, 3, body))
    return packets


def datagram(tree: Tree) -> bytes:
    """100 octets of UDP."""
    payload = struct.pack("!HHHH", 5000, 5001, 108, 0) + bytes(100)
    return frame(socket.inet_ntoa(tree[0]), tree[1], UDP, payload, 16, False)


# ---- the daemon under load ----


def open_with_neighbors(peer: Peer) -> DaemonSystem:
    """It knows the neighbours on ``up`` and ``lan``, and rests."""
    system = peer.open()
    for generation in (1, 1, 1):
        system.taps["up"].send(hello(UPSTREAM, generation))
        system.taps["lan"].send(hello(NEIGHBOR, generation))
        time.sleep(1.2)
    system.taps["up"].receive()
    return system


def feed(system: DaemonSystem, packets: Sequence[bytes], sent: list[bytes] | None = None) -> tuple[float, float]:
    """Sends the packets no faster than the daemon takes them, waits until it rests. Its CPU seconds, and those until it
    was last seen at work. What it sends upstream meanwhile is appended to ``sent``.
    """
    before, start = cpu(system), time.monotonic()
    for number, packet in enumerate(packets):
        while number % BURST == 0 and queued(system) > QUEUE_LIMIT and time.monotonic() < start + LIMIT:
            time.sleep(0.001)
        system.taps["lan"].send(packet)
    last, busy = cpu(system), time.monotonic()
    while time.monotonic() < start + LIMIT and time.monotonic() - busy < QUIET:
        time.sleep(0.01)
        now = cpu(system)
        if now - last > 0.001 or queued(system):
            busy = time.monotonic()
        last = now
        arrivals = system.taps["up"].receive()
        if sent is not None:
            sent += [one.data for one in arrivals]
    system.check_alive()
    return last - before, busy - start


def join_messages(frames: Sequence[bytes]) -> int:
    return sum(1 for one in frames if one[12:14] == b"\x08\0" and one[23] == PIM and one[34] & 15 == 3)


def load(peer: Peer, size: int, figures: Figures) -> None:
    """Takes in ``size`` trees, then the same Joins again."""
    system = open_with_neighbors(peer)
    try:
        before, sent = resident(system), []
        packets = joins(trees(size))
        figures.cpu[size], figures.wall[size] = feed(system, packets, sent)
        figures.messages[size] = join_messages(sent)
        grown = resident(system) - before
        counted = peer.count(system)
        figures.taken[size] = size if counted is None else min(counted, size)
        figures.memory[size] = grown / max(figures.taken[size], 1)
        if figures.taken[size] == size:
            figures.again[size] = feed(system, packets)[0]
    finally:
        system.close()


def forward(peer: Peer, figures: Figures) -> None:
    """The time until each of ROUTES trees has forwarded a datagram."""
    system = open_with_neighbors(peer)
    try:
        wanted = trees(ROUTES)
        feed(system, joins(wanted))
        packets = {tree[1]: datagram(tree) for tree in wanted}
        system.taps["lan"].receive()
        start, last = time.monotonic(), 0.0
        while packets and time.monotonic() < start + ROUTES_LIMIT:
            for number, (group, packet) in enumerate(list(packets.items())):
                if number % 16 == 0:
                    last = max(last, collect(system, packets, start))
                    while queued(system) > QUEUE_LIMIT and time.monotonic() < start + ROUTES_LIMIT:
                        time.sleep(0.001)
                system.taps["up"].send(packet)
            again = time.monotonic() + 1
            while packets and time.monotonic() < again:
                last = max(last, collect(system, packets, start))
                time.sleep(0.002)
        figures.forwarded = ROUTES - len(packets)
        figures.routes = last if not packets else None
    finally:
        system.close()


def collect(system: DaemonSystem, missing: dict[bytes, bytes], start: float) -> float:
    """Takes groups whose datagrams came out off ``missing``. Seconds since ``start`` of the last of them, or 0."""
    last = 0.0
    for arrival in system.taps["lan"].receive():
        if arrival.data[12:14] == b"\x08\0" and arrival.data[23] == UDP and missing.pop(arrival.data[30:34], None):
            last = max(last, arrival.time - start)
    return last


# ---- the peers ----


def mcastd_trees(system: DaemonSystem) -> int:
    return next(iter(system._control.ask("show pim summary ipv4")))["sg"]


def frr_trees(system: DaemonSystem) -> int:
    """Those that are joined upstream."""
    return len(re.findall(r"^\s*\S+\s+10\.9\.0\.\d+\s+238\.", system._terminal.ask("show ip pim upstream"), re.M))


def pimd_trees(system: DaemonSystem) -> int | None:
    """(S,G) entries of the dump that SIGUSR1 makes; None if none comes."""
    for stale in system.run_folder().rglob("*dump*"):
        stale.unlink()
    os.kill(system.processes[-1].pid, signal.SIGUSR1)
    limit, size = time.monotonic() + 20, -1
    while time.monotonic() < limit:
        time.sleep(0.3)
        dumps = [dump for dump in system.run_folder().rglob("*dump*") if dump.stat().st_size]
        if dumps and dumps[0].stat().st_size == size:  # written to its end
            return len(set(re.findall(r"^\s*10\.9\.0\.\d+\s+(238\S+)", dumps[0].read_text(), re.M)))
        size = dumps[0].stat().st_size if dumps else -1
    return None


def peers() -> list[Peer]:
    """Those that are here, ours first."""
    how = {
        "mcastd": (lambda root: QuietMcastd(SETUP, SETUP.timers), mcastd_trees),
        "frr": (lambda root: QuietFrr(SETUP, root, SETUP.timers), frr_trees),
        "pimd": (lambda root: QuietPimd(SETUP, root, SETUP.timers), pimd_trees),
    }
    found = []
    for key, target in there():
        opener, count = how[key]
        root = getattr(target, "_root", None)
        found.append(Peer(key, target.version(), lambda opener=opener, root=root: opener(root), count))
    return found


def rows_of(ours: Figures, other: Figures, key: str) -> Iterator[Row]:
    for size in JOINS:
        taken = other.taken.get(size, 0)
        name = other.name if taken == size else f"{other.name} ({taken} taken in {LIMIT:.0f} s)"
        pairs = (("", "cpu s", ours.cpu, other.cpu), ("-wall", "s", ours.wall, other.wall),
                 ("-again", "cpu s", ours.again, other.again), ("-bytes-per-tree", "bytes", ours.memory, other.memory),
                 ("-messages-upstream", "messages", ours.messages, other.messages))
        for suffix, unit, mine, theirs in pairs:
            if size in mine and theirs.get(size):  # pimd answers Joins upstream later, so with none here
                yield less_is_better(f"mcastd-pim-{size}-joins{suffix}-vs-{key}", mine[size], unit, name, theirs[size])
    name = other.name if other.routes else f"{other.name} ({other.forwarded} of {ROUTES} in {ROUTES_LIMIT:.0f} s)"
    if ours.routes:
        yield less_is_better(f"mcastd-pim-{ROUTES}-routes-forwarding-vs-{key}", ours.routes, "s", name,
                             other.routes or ROUTES_LIMIT)


def measure() -> Iterator[Row]:
    """All rows, the daemons one after the other in this run."""
    figures: dict[str, Figures] = {}
    for peer in peers():
        one = figures[peer.key] = Figures(peer.version)
        for size in MCASTD_JOINS if peer.key == "mcastd" else JOINS:
            print(f"pim routers: {peer.key}, {size} joins", flush=True)
            load(peer, size, one)
        print(f"pim routers: {peer.key}, {ROUTES} routes", flush=True)
        forward(peer, one)
    ours = figures.pop("mcastd")
    if ours.taken != {size: size for size in MCASTD_JOINS}:
        raise RuntimeError(f"mcastd took in {ours.taken}")
    if ours.routes is None:
        raise RuntimeError(f"mcastd forwarded {ours.forwarded} of {ROUTES}")
    yield less_is_better("mcastd-pim-joins-growth-1000-to-50000", ours.cpu[50000] / ours.cpu[1000], "times", "linear", 50.0)
    for key, other in figures.items():
        yield from rows_of(ours, other, key)
