# SPDX-License-Identifier: GPL-2.0-only
"""One core, two hosts, with PIM: the same seeded life gives the same events, frames and trees in the simulated node and in
ns-3. A life is neighbours that come, restart and go, Joins and Prunes, members, data, Registers, Asserts and Bootstrap
messages. What differs is each IP layer's own: the Identification of IPv4 headers, which Ethernet
address a unicast packet goes to, and what the register interface is called.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any, Callable

import pytest

from conformance.harness import packets
from conformance.harness import pim_packets as pim
from conformance.harness.addressing import FAMILIES, Names
from conformance.harness.model import PORTS, Frame, Setup, TimerSet
from conformance.harness.pim_setup import (
    LAN2_ROUTER,
    OTHER_RP,
    OTHER_UPSTREAM,
    OWN_RP,
    RP,
    UPSTREAM,
    in_ipv6,
    pim_setup,
)
from conformance.harness.wire import decode
from conformance.targets import core, ns3

GROUPS = ["239.1.2.3", "239.1.2.4", "232.1.1.1"]
SOURCES = ["10.9.0.1", "10.7.0.1", "10.6.0.1", "10.1.0.60", "10.0.0.60"]
NEIGHBOURS = {
    "lan": ["10.1.0.5", "10.1.0.20", "10.1.0.30"],
    "lan2": [LAN2_ROUTER],
    "up": [UPSTREAM, OTHER_UPSTREAM],
}
PORT_NAMES = list(PORTS)
INPUTS = 150
# Events of trees, neighbours, RPs and forwarding; those of membership are compared without PIM elsewhere.
EVENTS = {
    "neighbor-up",
    "neighbor-down",
    "neighbor-restarted",
    "designated-router-changed",
    "bootstrap-state-changed",
    "rp-set-changed",
    "tree-changed",
    "downstream-changed",
    "shared-tree-prune-changed",
    "spt-bit-changed",
    "assert-changed",
    "register-changed",
    "forwarding-installed",
    "forwarding-replaced",
    "forwarding-removed",
}
END = 400.0  # seconds after the last input: most of it expires

pytestmark = pytest.mark.skipif(
    bool(core.target().missing() or ns3.target().missing()),
    reason=core.target().missing() or ns3.target().missing() or "",
)


@dataclass
class Life:
    """Random inputs, each with its time. Addresses are labels."""

    seed: int
    family: str
    time: float = 0.0
    inputs: list[tuple[float, str, Callable[[Any], Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        kinds = [
            self.hello,
            self.hello,
            self.join_prune,
            self.join_prune,
            self.join_prune,
            self.report,
            self.data,
            self.data,
            self.register,
            self.assert_,
            self.bootstrap,
            self.register_stop,
        ]
        for port, addresses in NEIGHBOURS.items():
            for address in addresses:
                self.send(port, pim.hello(src=address, dr_priority=0, holdtime=300))
        for _ in range(INPUTS):
            self.time += self.random.choice([0.0, 0.01, 0.5, 2.0, 3.1, 20.0, self.random.uniform(0, 70)])
            self.random.choice(kinds)()

    def send(self, port: str, packet: Any) -> None:
        context = packets.Context(
            tester_address=PORTS[port].tester_address,
            dut_address=PORTS[port].dut_address,
            dut_mac=f"02:00:00:00:00:{PORT_NAMES.index(port) + 1:02x}",
            names=Names(self.family, port=port),
        )
        frame = packet.build(context)
        self.inputs.append((self.time, f"{port}: {packet}", lambda system: system.send(port, frame)))

    def neighbour(self) -> tuple[str, str]:
        port = self.random.choice(PORT_NAMES)
        return port, self.random.choice(NEIGHBOURS[port])

    def hello(self) -> None:
        port, address = self.neighbour()
        options = self.random.choice(
            [
                {},
                {"generation_id": self.random.randrange(99)},
                {"dr_priority": False},
                {"dr_priority": 7},
                {"propagation_delay": 700, "override_interval": 900},
            ]
        )
        fields = {"dr_priority": 0, "holdtime": self.random.choice([0, 20, 300, 300]), **options}
        self.send(port, pim.hello(src=address, **fields))

    def join_prune(self) -> None:
        port, address = self.neighbour()
        entries = []
        for _ in range(self.random.randrange(1, 4)):
            group, source = self.random.choice(GROUPS), self.random.choice(SOURCES)
            make = self.random.choice([pim.join_sg, pim.prune_sg, pim.join_rpt, pim.prune_rpt, None, None])
            if make is None:
                entries.append(
                    self.random.choice([pim.join_g, pim.join_g, pim.prune_g])(
                        group, self.random.choice([RP, OWN_RP])
                    )
                )
            else:
                entries.append(make(group, source))
        upstream = self.random.choice([PORTS[port].dut_address] * 3 + NEIGHBOURS[port])
        holdtime = self.random.choice([5, 60, 210])
        self.send(port, pim.join_prune(*entries, src=address, upstream=upstream, holdtime=holdtime))

    def report(self) -> None:
        group, source = self.random.choice(GROUPS), self.random.choice(SOURCES)
        record = self.random.choice(
            [packets.to_ex(group, []), packets.to_in(group, []), packets.allow(group, [source])]
        )
        self.send(self.random.choice(["lan", "lan2"]), packets.report(record))

    def data(self) -> None:
        source, group = self.random.choice(SOURCES), self.random.choice(GROUPS)
        near = {"10.1": "lan", "10.6": "lan2"}.get(source[:4], "up")
        for _ in range(self.random.choice([1, 3])):
            self.send(self.random.choice([near, near, "up"]), packets.data(group, source))

    def register(self) -> None:
        source, group = self.random.choice(SOURCES[:3]), self.random.choice(GROUPS)
        make = self.random.choice([pim.register, pim.register, pim.null_register])
        self.send("up", make(source, group, src=self.random.choice(["10.7.0.7", "10.9.0.7"])))

    def register_stop(self) -> None:
        self.send(
            "up",
            pim.register_stop(self.random.choice(SOURCES[3:]), self.random.choice(GROUPS), dst="10.1.0.10"),
        )

    def assert_(self) -> None:
        port, address = self.neighbour()
        fields = self.random.choice(
            [dict(source=self.random.choice(SOURCES)), dict(source="0.0.0.0", rpt=True)]
        )
        metric = self.random.choice([1, 200])
        self.send(
            port,
            pim.assert_(self.random.choice(GROUPS), src=address, preference=metric, metric=metric, **fields),
        )

    def bootstrap(self) -> None:
        rps = [(self.random.choice([RP, OTHER_RP, OWN_RP]), 150, 10)]
        self.send(
            "up",
            pim.bootstrap(
                pim.rp_range("239.0.0.0/8", rps),
                bsr="10.8.0.9",
                src=UPSTREAM,
                fragment_tag=self.random.randrange(1000),
            ),
        )


@dataclass
class Outcome:
    """What a system did in its life."""

    events: list[str]
    frames: list[Frame]
    states: list[Any]


def live(system: Any, life: Life) -> Outcome:
    """Lets a system live, and closes it."""
    states = []
    for number, (when, _, apply) in enumerate(life.inputs):
        system.advance(when)
        apply(system)
        if number % 10 == 9:
            states.append(read(system))
    system.advance(life.time + END)
    states.append(read(system))
    lines = [line for line in system.log() if line.split()[1] == "router"]
    lines = [line.replace("if=2147483646", "if=4294967295") for line in lines if line.split()[2] in EVENTS]
    frames = [
        alike(frame)
        for frame in system.frames()
        if decode(frame.data).pim or decode(frame.data).kind == "data"
    ]
    outcome = Outcome(lines, frames, states)
    system.close()
    return outcome


def read(system: Any) -> Any:
    """The read-outs, without what numbers interfaces."""
    trees = [
        {
            **tree,
            "rpf_interface": None,
            "interfaces": [{**one, "interface": None} for one in tree["interfaces"]],
        }
        for tree in system.pim_trees()
    ]
    neighbors = {port: system.pim_neighbors(port) for port in PORT_NAMES}
    return system.now(), trees, neighbors, system.pim_rps(), system.pim_bootstrap()


def alike(frame: Frame) -> Frame:
    """Without the IPv4 Identification and the IPv6 flow label, and of unicast without the receiver's Ethernet address."""
    octets = frame.data
    if octets[12:14] == b"\x08\x00":
        octets = octets[:18] + b"\0\0" + octets[20:24] + b"\0\0" + octets[26:]
    elif octets[12:14] == b"\x86\xdd":
        octets = octets[:15] + bytes([octets[15] & 0xF0, 0, 0]) + octets[18:]
    unicast = octets[30] < 224 if octets[12:14] == b"\x08\x00" else octets[38] != 0xFF
    return replace(frame, data=bytes(6) + octets[6:] if unicast else octets)


def on_port(frames: list[Frame], port: str) -> list[Frame]:
    """In the order of time; what comes at one time comes in any order."""
    return sorted(
        (frame for frame in frames if frame.port == port), key=lambda frame: (frame.time, frame.data)
    )


def setup_of(seed: int, family: str) -> Setup:
    """A few configurations in turn. Metrics and preferences are those of static routes in ns-3."""
    given: dict[str, Any] = {
        "rp": "dut" if seed % 2 else "remote",
        "spt": "never" if seed % 3 == 2 else "immediately",
    }
    if seed % 4 == 3:
        given["timers"] = dict(hello_period=10.0, join_prune_period=20.0, keepalive_period=50.0)
    made = pim_setup(given)
    made = replace(made, routes=tuple(replace(one, metric=0, preference=1) for one in made.routes))
    return Setup(
        "router",
        timers=TimerSet(),
        seed=seed + 1,
        family=family,
        pim=in_ipv6(made) if family == "ipv6" else made,
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(10))
def test_same_life_same_events(family: str, seed: int) -> None:
    life = Life(seed, family)
    one = live(core.target().open(setup_of(seed, family)), life)
    other = live(ns3.target().open(setup_of(seed, family)), life)
    assert one.events == other.events
    for port in PORT_NAMES:
        assert on_port(one.frames, port) == on_port(other.frames, port)
    assert one.states == other.states


@pytest.mark.parametrize("family", FAMILIES)
def test_lives_are_rich_enough_to_tell_something(family: str) -> None:
    seen: set[str] = set()
    for seed in range(10):
        seen.update(
            line.split()[2]
            for line in live(core.target().open(setup_of(seed, family)), Life(seed, family)).events
        )
    assert not EVENTS - seen - {"bootstrap-state-changed"}
