# SPDX-License-Identifier: GPL-2.0-only
"""One core, two hosts: the same seeded life on a network gives the same events in the simulated node and in ns-3.

A life is a list of inputs with times: reports, leaves, queries of other routers (so that the querier changes), data,
applications that listen, all of it subject to loss. Both systems get it; what the two halves of their cores tell, what
they put on the wire, what applications receive and what is known in the end must be the same. Only the Identification of
the IPv4 headers, which is each IP layer's own, may differ, and with it the header checksum.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any, Callable

import pytest

from conformance.harness import packets
from conformance.harness.addressing import FAMILIES, Names
from conformance.harness.model import PORTS, Frame, InterfaceSetup, Setup, StaticRoute, TimerSet
from conformance.targets import core, ns3

GROUPS = ["239.1.2.3", "239.1.2.4", "232.1.1.1", "224.0.0.251"]
SOURCES = ["10.0.0.1", "10.0.0.2", "10.9.0.1"]
RECORDS = [packets.is_in, packets.is_ex, packets.to_in, packets.to_ex, packets.allow, packets.block]
PORT_NAMES = list(PORTS)
LOSS = 0.2
INPUTS = 150

pytestmark = pytest.mark.skipif(bool(core.target().missing() or ns3.target().missing()),
                                reason=core.target().missing() or ns3.target().missing() or "")


@dataclass(frozen=True)
class Input:
    """Something that happens to a system at a time (seconds)."""

    time: float
    what: str
    apply: Callable[[Any], Any]


class Life:
    """Random inputs for one system in the role of a router or a host. Addresses are labels (``addressing``)."""

    def __init__(self, seed: int, role: str, family: str) -> None:
        self.random = random.Random(seed)
        self.role = role
        self.family = family
        self.time = 0.0
        self.inputs: list[Input] = []
        kinds = [self.report, self.report, self.older, self.query, self.query, self.data, self.data, self.listen]
        for _ in range(INPUTS):
            self.time += self.random.choice([0.0, 0.01, 0.3, 2.0, 15.0, self.random.uniform(0, 120)])
            self.random.choice(kinds)()

    def port(self) -> str:
        return self.random.choice(PORT_NAMES)

    def some_sources(self) -> list[str]:
        return self.random.sample(SOURCES, self.random.randrange(len(SOURCES) + 1))

    def send(self, port: str, packet: packets.Packet) -> None:
        """The frame gets through, gets lost, or comes twice: the same for every system."""
        context = packets.Context(tester_address=PORTS[port].tester_address, dut_address=PORTS[port].dut_address,
                                  names=Names(self.family, port=port))
        frame = packet.build(context)
        for _ in range(0 if self.random.random() < LOSS else self.random.choice([1, 1, 1, 2])):
            self.inputs.append(Input(self.time, f"{port}: {packet}", lambda system: system.send(port, frame)))

    def report(self) -> None:
        records = [self.random.choice(RECORDS)(self.random.choice(GROUPS), self.some_sources())
                   for _ in range(self.random.randrange(1, 4))]
        spoiled = self.random.choice([{}, {}, {}, {"checksum": "bad"}, {"ttl": 2}, {"router_alert": False}])
        self.send(self.port(), packets.report(*records, **spoiled))

    def older(self) -> None:
        make = self.random.choice([packets.v2_report, packets.v2_report, packets.v2_leave]
                                  + ([packets.v1_report] if self.family == "ipv4" else []))
        self.send(self.port(), make(self.random.choice(GROUPS)))

    def query(self) -> None:
        port = self.port()
        network = PORTS[port].dut_address.rsplit(".", 1)[0]
        src = f"{network}.{self.random.choice([1, 2, 50])}"  # lower and higher than the system's .10
        group, sources = self.random.choice(GROUPS[:3]), self.some_sources()
        made = self.random.choice([packets.general_query(src=src), packets.general_query(src=src, qrv=3, qqi=60),
                                   packets.v2_query(src=src), packets.group_query(group, src=src),
                                   packets.group_source_query(group, sources or SOURCES, src=src, s=True)])
        self.send(port, made)

    def data(self) -> None:
        source, group = self.random.choice(SOURCES), self.random.choice(GROUPS)
        ttl = self.random.choice([1, 2, 16])
        self.send(self.random.choice(["up", "up", self.port()]), packets.data(group, source, ttl=ttl))

    def listen(self) -> None:
        socket, port = self.random.choice("ab"), self.port()
        real = Names(self.family).real
        group, sources = real(self.random.choice(GROUPS)), [real(source) for source in self.some_sources()]
        mode = self.random.choice(["include", "exclude"])
        self.inputs.append(Input(self.time, f"{socket} listens on {port}: {mode} {group} {sources}",
                                 lambda system: system.listen(socket, port, group, mode, sources)))


@dataclass
class Outcome:
    """All that a system did in its life."""

    answers: list[Any]
    events: dict[str, list[str]]  # by half of the core
    frames: list[Frame]
    deliveries: list[Any]
    state: list[Any]


def live(system: Any, life: Life) -> Outcome:
    """Lets a system live, and closes it."""
    answers = []
    for one in life.inputs:
        system.advance(one.time)
        answers.append(one.apply(system))
    system.advance(life.time + 700)  # all of it expires
    lines = system.log()
    lines = [line for line in lines if ("family=ipv6" in line) == (life.family == "ipv6")]  # the other one only comes up
    events = {side: [line for line in lines if line.split()[1] == side] for side in ("host", "router")}
    state = [(port, system.groups(port), system.interface_state(port)) for port in PORT_NAMES]
    for _, _, interface in state:
        interface.pop("counters")  # also count what IP drops, which is each IP layer's own business
    outcome = Outcome(answers, events, [without_identification(frame) for frame in system.frames()],
                      system.deliveries(), state)
    system.close()
    return outcome


def without_identification(frame: Frame) -> Frame:
    octets = frame.data
    if octets[12:14] != b"\x08\x00":
        return frame  # IPv6 has none
    return replace(frame, data=octets[:18] + b"\0\0" + octets[20:24] + b"\0\0" + octets[26:])


def setups(role: str, seed: int, family: str) -> Setup:
    """A few configurations in turn."""
    names = Names(family)
    groups, source = [names.real(group) for group in GROUPS], names.real(SOURCES[0])
    boundary = "239.1.2.4/32" if family == "ipv4" else f"{groups[1]}/128"
    interfaces: dict[str, InterfaceSetup] = {}
    routes: tuple[StaticRoute, ...] = ()
    timers = TimerSet()
    if seed % 3 == 1:
        timers = TimerSet(rv=3, qi=40.0, qri=5.0, lmqi=0.5)
    if seed % 4 == 2:
        interfaces = {"lan": InterfaceSetup(version=2), "lan2": InterfaceSetup(ttl_threshold=4, fast_leave=True)}
    if seed % 4 == 3 and role == "router":
        interfaces = {"lan": InterfaceSetup(static_joins=((groups[0], None), (groups[2], source))),
                      "lan2": InterfaceSetup(boundaries=(boundary,), max_groups=1)}
        routes = (StaticRoute(groups[1], None, "up", ("lan",)),)
    return Setup(role=role, profile="rfc9776" if seed % 2 else "rfc3376", timers=timers, interfaces=interfaces,
                 routes=routes, seed=seed + 1, family=family)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("role", ["router", "host"])
@pytest.mark.parametrize("seed", range(12))
def test_same_life_same_events(family: str, role: str, seed: int) -> None:
    life, setup = Life(seed, role, family), setups(role, seed, family)
    one = live(core.target().open(setup), life)
    other = live(ns3.target().open(setup), life)
    for side in ("host", "router"):
        assert one.events[side] == other.events[side]
    assert one.answers == other.answers
    for port in PORT_NAMES:
        assert ([frame for frame in one.frames if frame.port == port]
                == [frame for frame in other.frames if frame.port == port])
    assert one.deliveries == other.deliveries
    assert one.state == other.state


@pytest.mark.parametrize("family", FAMILIES)
def test_lives_are_rich_enough_to_tell_something(family: str) -> None:
    seen: set[str] = set()
    for seed in range(12):
        outcome = live(core.target().open(setups("router", seed, family)), Life(seed, "router", family))
        seen.update(line.split()[2] for lines in outcome.events.values() for line in lines)
        assert any("querier-changed" in line for line in outcome.events["router"][10:])
    wanted = {"group-joined", "group-left", "filter-mode-changed", "source-blocked", "query-sequence-started",
              "querier-changed", "version-changed", "host-state-changed", "forwarding-installed", "forwarding-replaced",
              "forwarding-removed", "packet-dropped", "record-ignored", "limit-reached"}
    assert not wanted - seen


def test_another_seed_gives_other_events() -> None:
    setup = setups("host", 0, "ipv4")
    life = Life(0, "host", "ipv4")
    assert (live(core.target().open(setup), life).events
            != live(core.target().open(replace(setup, seed=99)), life).events)
