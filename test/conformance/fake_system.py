# SPDX-License-Identifier: GPL-2.0-only
"""A target in a few lines of Python, to test the judge with: ``--targets test/conformance/fake_system.py``.

As a router it is an IGMPv3 or MLDv2 querier that knows TO_EX, IS_EX, TO_IN {} and v2 reports and leaves (MLDv1
reports and Done), no sources;
as a host it joins, leaves and answers General Queries. It is right as far as it goes, and it goes no further
than that.
"""

from __future__ import annotations

import heapq
import itertools
import random
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Callable

from conformance.harness import packets
from conformance.harness.addressing import Names, is_link_local_group, link_local
from conformance.harness.model import PORTS, Delivery, Frame, GroupState, Setup, TimerSet
from conformance.harness.timers import Timers
from conformance.harness.wire import Message, decode

MAC = "02:00:00:00:00:01"


class FakeSystem:
    """Virtual clock, three ports, one random generator; the two roles are below."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.family, self.newest = setup.family, 2 if setup.family == "ipv6" else 3
        self.timers = Timers(setup.timers or TimerSet(), setup.profile, 0.0, setup.family)
        self._now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._frames: list[Frame] = []
        self._deliveries: list[Delivery] = []
        self.random = random.Random(setup.seed)

    def now(self) -> float:
        return self._now

    def later(self, delay: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self._now + delay, next(self._count), action))

    def put(self, port: str, packet: packets.Packet) -> None:
        own = PORTS[port].dut_address
        timers, names = self.timers, Names(self.family, port=port, labels=False)
        context = packets.Context(own, own, MAC, timers.rv, timers.qi, timers.qri, timers.lmqi, names)
        self._frames.append(Frame(self._now, port, packet.but(src_mac=MAC).build(context)))

    def send(self, port: str, frame: bytes) -> None:
        message = decode(frame, self._now, port)
        if message.family != self.family or message.is_mld and not message.src.startswith("fe80:"):
            return
        if message.kind == "data" or message.checksum_ok and not message.problems:
            self.receive(message)

    def advance(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self._now, _, action = heapq.heappop(self._events)
            action()
        self._now = max(self._now, until)

    def frames(self) -> list[Frame]:
        out, self._frames = self._frames, []
        return out

    def mac(self, port: str) -> str:
        return MAC

    def deliveries(self) -> list[Delivery]:
        out, self._deliveries = self._deliveries, []
        return out

    def log(self) -> list[str]:
        return []

    def close(self) -> None:
        self._events.clear()


class FakeRouter(FakeSystem):
    """Querier on three ports, groups in EXCLUDE {} mode alone."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.expiry: dict[tuple[str, str], float] = {}
        self.other_querier = dict.fromkeys(PORTS, 0.0)  # until when
        for port in PORTS:
            self._general(port, self.timers.sqc)

    def _general(self, port: str, startup: int) -> None:
        if self._now >= self.other_querier[port]:
            self.put(port, packets.general_query())
        self.later(
            self.timers.sqi if startup > 1 else self.timers.qi, lambda: self._general(port, startup - 1)
        )

    def receive(self, message: Message) -> None:
        if message.kind == "data":
            self._forward(message)
        elif message.is_query and ip_address(message.src) < self._own(message.port):
            self.other_querier[message.port] = self._now + self.timers.oqpi
        elif message.kind == "v2_leave":
            self._leave(message.port, message.group)
        for record in message.records:
            if record.type in (2, 4) and not is_link_local_group(record.group):
                self._join(message.port, record.group)
            elif record.type == 3 and not record.sources:
                self._leave(message.port, record.group)
        if message.kind == "v2_report":
            self._join(message.port, message.group)

    def _own(self, port: str) -> IPv4Address | IPv6Address:
        return ip_address(link_local(PORTS[port]) if self.family == "ipv6" else PORTS[port].dut_address)

    def _join(self, port: str, group: str) -> None:
        self.expiry[port, group] = self._now + self.timers.gmi
        self.later(self.timers.gmi, lambda: self._expire(port, group))

    def _expire(self, port: str, group: str) -> None:
        if self.expiry.get((port, group), float("inf")) <= self._now:
            del self.expiry[port, group]

    def _leave(self, port: str, group: str) -> None:
        if (port, group) in self.expiry and self._now >= self.other_querier[port]:
            self.expiry[port, group] = min(self.expiry[port, group], self._now + self.timers.lmqt)
            for number in range(self.timers.lmqc):
                self.later(number * self.timers.lmqi, lambda: self.put(port, packets.group_query(group)))
            self.later(self.timers.lmqt, lambda: self._expire(port, group))
            self.advance(self._now)

    def _forward(self, message: Message) -> None:
        for port, group in self.expiry:
            if group == message.group and port != message.port and message.ttl > 1:
                self.put(port, packets.data(group, message.src, ttl=message.ttl - 1, payload=message.payload))

    def groups(self, port: str) -> dict[str, GroupState]:
        return {
            group: GroupState(group, "exclude", frozenset(), frozenset(), self.newest, when - self._now, {})
            for (where, group), when in self.expiry.items()
            if where == port
        }

    def interface_state(self, port: str) -> dict[str, Any]:
        return {
            "is_querier": self._now >= self.other_querier[port],
            "querier": str(self._own(port)),
            "version": self.newest,
        }


class FakeHost(FakeSystem):
    """Any-source joins, reported RV times, and answers to General Queries."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.sockets: dict[tuple[str, str], set[str]] = {}  # (port, group) -> sockets

    def listen(self, socket: str, port: str, group: str, mode: str, sources: tuple[str, ...] = ()) -> bool:
        if sources:
            return False
        sockets = self.sockets.setdefault((port, group), set())
        before = bool(sockets)
        sockets.add(socket) if mode == "exclude" else sockets.discard(socket)
        if bool(sockets) != before:
            kind = packets.to_ex if sockets else packets.to_in
            self.put(port, packets.report(kind(group, [])))
            for number in range(1, self.timers.rv):
                self.later(
                    number * self.timers.uri * self.random.uniform(0.1, 1),
                    lambda: self.put(port, packets.report(kind(group, []))),
                )
        return True

    def receive(self, message: Message) -> None:
        if message.kind == "general_query" and message.router_alert is not None:
            delay = self.random.uniform(0.001, message.max_resp)
            self.later(delay, lambda: self._answer(message.port))
        if message.kind == "data":
            for socket in sorted(self.sockets.get((message.port, message.group), ())):
                self._deliveries.append(
                    Delivery(self._now, socket, message.src, message.group, message.payload)
                )

    def _answer(self, port: str) -> None:
        records = [
            packets.is_ex(group, [])
            for (where, group), sockets in self.sockets.items()
            if where == port and sockets
        ]
        if records:
            self.put(port, packets.report(*records))


class FakeTarget:
    """See the head of the file."""

    name = "fake"
    virtual = True
    features = frozenset(
        {
            "role:router",
            "role:host",
            "igmp:2",
            "igmp:3",
            "mld:1",
            "mld:2",
            "state:groups",
            "state:timers",
            "state:interfaces",
            "forwarding",
            "host:listen",
            "host:delivery",
            "config:timers",
        }
    )
    timers = TimerSet()
    tolerance = 0.001

    def version(self) -> str:
        return "1"

    def missing(self) -> str | None:
        return None

    def open(self, setup: Setup) -> FakeSystem:
        return FakeHost(setup) if setup.role == "host" else FakeRouter(setup)


def target() -> FakeTarget:
    """The factory that the suite's registry calls."""
    return FakeTarget()
