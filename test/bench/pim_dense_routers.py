# SPDX-License-Identifier: GPL-2.0-only
"""mcastd beside FRR 10.7.1 as dense-mode routers, with the RFC's default timers, under floods of new sources.

Per daemon: CPU for N (S,G) whose first datagrams come in on ``up`` and have to go out on ``lan``, where a neighbour is,
and the time until the last of them did; how many datagrams that took (what a router lost is sent again every second);
resident memory an entry. Then the neighbour prunes all of them (a prune storm, which goes on upstream): CPU, and the
messages that go upstream.
"""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Callable, Iterator, Sequence

from conformance.harness.model import PORTS, Setup, TimerSet
from conformance.harness.pim_setup import PimSetup, PimTimers
from conformance.targets.frr import FrrTarget
from conformance.targets.mcastd import McastdTarget
from conformance.targets.realtime import DaemonSystem
from pim_routers import (EACH, NEIGHBOR, Peer, Tree, collect, datagram, feed, join_messages, message,
                         open_with_neighbors, trees)
from routers import QuietFrr, QuietMcastd, cpu, queued, resident
from rows import Row, less_is_better

FLOODS = (1000, 10000)
FLOOD_LIMIT = 90.0  # seconds for all of a flood to be forwarded
AGAIN = 1.0  # seconds after which what did not come out is sent again
BURST = 8  # datagrams of new sources between two looks at the daemon: below what the kernel keeps unresolved
PRUNE_HOLDTIME = 210
FRR = "frr-10.7.1"
SETUP = Setup(role="router", timers=TimerSet(), forwarding=True,
              pim=PimSetup(timers=PimTimers(), mode="dense", state_refresh=False))


@dataclass
class Figures:
    """What was measured of one daemon, by number of sources. CPU and wall in seconds, memory in octets."""

    name: str
    cpu: dict[int, float] = field(default_factory=dict)
    wall: dict[int, float] = field(default_factory=dict)
    datagrams: dict[int, int] = field(default_factory=dict)
    forwarded: dict[int, int] = field(default_factory=dict)
    memory: dict[int, float] = field(default_factory=dict)
    prune: dict[int, float] = field(default_factory=dict)
    messages: dict[int, int] = field(default_factory=dict)


def prunes(wanted: Sequence[Tree]) -> list[bytes]:
    """Join/Prune messages of the downstream neighbour that prune them all."""
    upstream = b"\1\0" + socket.inet_aton(PORTS["lan"].dut_address)
    packets = []
    for start in range(0, len(wanted), EACH):
        some = wanted[start:start + EACH]
        body = upstream + struct.pack("!BBH", 0, len(some), PRUNE_HOLDTIME)
        for source, group in some:
            body += b"\1\0\0\x20" + group + b"\0\0\0\1" + b"\1\0\0\x20" + source
        packets.append(message(NEIGHBOR, 3, body))
    return packets


def flood(peer: Peer, size: int, figures: Figures) -> None:
    """The sources begin; when all are forwarded, the neighbour prunes them."""
    system = open_with_neighbors(peer)
    try:
        wanted = trees(size)
        before_memory, before_cpu = resident(system), cpu(system)
        figures.forwarded[size], figures.datagrams[size], figures.wall[size] = send_until_forwarded(system, wanted)
        figures.cpu[size] = cpu(system) - before_cpu
        figures.memory[size] = (resident(system) - before_memory) / size
        system.check_alive()
        if figures.forwarded[size] == size:
            sent: list[bytes] = []
            system.taps["up"].receive()
            figures.prune[size] = feed(system, prunes(wanted), sent)[0]
            figures.messages[size] = join_messages(sent)
    finally:
        system.close()


def send_until_forwarded(system: DaemonSystem, wanted: Sequence[Tree]) -> tuple[int, int, float]:
    """How many of the trees forwarded a datagram, how many datagrams that took, and the seconds until the last."""
    packets = {tree[1]: datagram(tree) for tree in wanted}
    system.taps["lan"].receive()
    start, last, sent = time.monotonic(), 0.0, 0
    limit = start + FLOOD_LIMIT
    while packets and time.monotonic() < limit:
        for number, packet in enumerate(list(packets.values())):
            if number % BURST == 0:
                last = max(last, collect(system, packets, start))
                while queued(system) > 0 and time.monotonic() < limit:
                    time.sleep(0.0002)
            if time.monotonic() > limit:
                break
            system.taps["up"].send(packet)
            sent += 1
        again = time.monotonic() + AGAIN
        while packets and time.monotonic() < min(again, limit):
            last = max(last, collect(system, packets, start))
            time.sleep(0.002)
    return len(wanted) - len(packets), sent, last


def peers() -> list[Peer]:
    """Those that are here, ours first."""
    ours, other = McastdTarget(), FrrTarget("10.7.1")
    openers: dict[str, tuple[object, Callable[[], DaemonSystem]]] = {
        "mcastd": (ours, lambda: QuietMcastd(SETUP, SETUP.timers)),
        FRR: (other, lambda: QuietFrr(SETUP, other._root, SETUP.timers, "10.7.1")),
    }
    found = []
    for key, (target, opener) in openers.items():
        why = target.missing()
        if why:
            print(f"pim dense routers: {key} left out: {why}")
        else:
            found.append(Peer(key, target.version(), opener, lambda system: None))
    return found


def rows_of(ours: Figures, other: Figures) -> Iterator[Row]:
    for size in FLOODS:
        taken = other.forwarded.get(size, 0)
        name = other.name if taken == size else f"{other.name} ({taken} forwarded in {FLOOD_LIMIT:.0f} s)"
        pairs = (("", "cpu s", ours.cpu, other.cpu), ("-wall", "s", ours.wall, other.wall),
                 ("-datagrams", "datagrams", ours.datagrams, other.datagrams),
                 ("-bytes-per-tree", "bytes", ours.memory, other.memory),
                 ("-pruned", "cpu s", ours.prune, other.prune),
                 ("-prunes-upstream", "messages", ours.messages, other.messages))
        for suffix, unit, mine, theirs in pairs:
            if size in mine and theirs.get(size):
                yield less_is_better(f"mcastd-dense-flood-{size}{suffix}-vs-{FRR}", mine[size], unit, name, theirs[size])


def measure() -> Iterator[Row]:
    """All rows, the daemons one after the other in this run."""
    figures: dict[str, Figures] = {}
    for peer in peers():
        one = figures[peer.key] = Figures(peer.version)
        for size in FLOODS:
            print(f"pim dense routers: {peer.key}, {size} sources", flush=True)
            flood(peer, size, one)
    ours = figures.pop("mcastd")
    if ours.forwarded != {size: size for size in FLOODS}:
        raise RuntimeError(f"mcastd forwarded {ours.forwarded}")
    yield less_is_better("mcastd-dense-flood-growth-1000-to-10000", ours.cpu[10000] / ours.cpu[1000], "times", "linear", 10.0)
    for size in FLOODS:
        yield Row(f"mcastd-dense-flood-{size}", ours.cpu[size], "cpu s")
        yield Row(f"mcastd-dense-flood-{size}-bytes-per-tree", ours.memory[size], "bytes")
    for other in figures.values():
        yield from rows_of(ours, other)
