# SPDX-License-Identifier: GPL-2.0-only
"""Systems that are wrong on purpose. A case that none of them fails shows nothing.

Each saboteur is one class with the hooks that it needs. ``SABOTEURS`` has them all, in the order of how many
cases they are likely to fail.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Iterable, Sequence

from . import packets, rewrite
from .addressing import UNSPECIFIED, Names
from .model import PORTS, Delivery, Frame, GroupState, Setup, Sut
from .saboteur_fields import FIELDS
from .saboteur_pim import PIM_SABOTEURS
from .sabotaged import Saboteur
from .wire import decode


# ---- silent ones ----


class Mute(Saboteur):
    """Nothing comes out."""

    name = "mute"

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        return ()


class Deaf(Saboteur):
    """Nothing gets in."""

    name = "deaf"

    def incoming(self, port: str, frame: bytes) -> bytes | None:
        return None


class BlackHole(Saboteur):
    """Forwards and sends no data."""

    name = "black-hole"
    suits = staticmethod(lambda traits: traits.data)

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        return () if decode(frame.data).kind == "data" else [frame]


class DeliversToNobody(Saboteur):
    name = "delivers-to-nobody"
    suits = staticmethod(lambda traits: traits.delivery)

    def delivered(self, deliveries: list[Delivery]) -> list[Delivery]:
        return []


class Forgets(Saboteur):
    """The read-out has no groups."""

    name = "forgets"
    suits = staticmethod(lambda traits: traits.state)

    def groups(self, port: str, groups: dict[str, GroupState]) -> dict[str, GroupState]:
        return {}


class Silences(Saboteur):
    """The log stays empty and the counters stay zero."""

    name = "keeps-no-log"

    def log(self, lines: list[str]) -> list[str]:
        return []

    def interface(self, port: str, state: dict[str, Any]) -> dict[str, Any]:
        return {**state, "counters": {}} if "counters" in state else state


class Refuses(Saboteur):
    """Every application call is refused."""

    name = "refuses"
    suits = staticmethod(lambda traits: traits.host)

    def listen(self, accepted: bool) -> bool:
        return False


class Accepts(Saboteur):
    """Every application call seems to be accepted."""

    name = "accepts-all"
    suits = staticmethod(lambda traits: traits.host)

    def listen(self, accepted: bool) -> bool:
        return True


# ---- talkative ones ----


class _Listening(Saboteur):
    """Knows which groups and sources the case is about, by what it sends and calls."""

    def __init__(self, sut: Sut, setup: Setup) -> None:
        super().__init__(sut, setup)
        self.known: dict[tuple[str, str], set[str]] = {}  # (port, group) -> sources
        self.heard: list[tuple[str, bytes]] = []
        self.sockets: set[str] = set()
        self.names = Names(setup.family, labels=False)  # between lab and system addresses are real ones

    def incoming(self, port: str, frame: bytes) -> bytes | None:
        message = decode(frame, 0.0, port)
        for record in message.records:
            self.known.setdefault((port, record.group), set()).update(record.sources)
        if message.kind == "data":  # a member may be on any port
            for name in PORTS:
                self.known.setdefault((name, message.group), set()).add(message.src)
        elif message.group not in ("", *UNSPECIFIED.values()):
            self.known.setdefault((port, message.group), set()).update(message.sources)
        self.heard.append((port, frame))
        return frame

    def heard_listen(self, socket: str, group: str, sources: Sequence[str]) -> None:
        self.sockets.add(socket)
        for name in PORTS:
            self.known.setdefault((name, group), set()).update(sources)
        self.heard.append(("lan", b""))

    def frame(self, port: str, packet: Any) -> Frame:
        own = PORTS[port].dut_address
        names = dataclasses.replace(self.names, port=port)
        octets = packet.build(packets.Context(own, own, names=names))
        return Frame(
            self.sut.now(),
            port,
            octets[:6] + bytes.fromhex(self.sut.mac(port).replace(":", "")) + octets[12:],
        )


class Echo(_Listening):
    """Reflects every frame of the tester, and complains by ICMP about it."""

    name = "echo"

    def extra(self) -> Iterable[Frame]:
        heard, self.heard = self.heard, []
        for port, frame in heard:
            if len(frame) >= 34:
                yield Frame(self.sut.now(), port, frame)
                quoted = b"\x03\x02\xfc\xfd\0\0\0\0" + frame[14:42]
                yield self.frame(port, packets.ip(1, dst=PORTS[port].tester_address, ttl=64, payload=quoted))


class _Chatty(_Listening):
    """After every stimulus, and again some time later, sends a batch of unasked messages."""

    period = 7.0
    most = 9  # groups that are talked about, the latest ones (one per port)

    def __init__(self, sut: Sut, setup: Setup) -> None:
        super().__init__(sut, setup)
        self._next = 0.0

    def extra(self) -> Iterable[Frame]:
        heard, self.heard = self.heard, []
        if not heard and self.sut.now() < self._next:
            return
        self._next = self.sut.now() + self.period
        for port in PORTS:
            yield from (self.frame(port, packet) for packet in self.general(port))
        for (port, group), sources in list(self.known.items())[-self.most :]:
            yield from (self.frame(port, packet) for packet in self.chatter(port, group, sorted(sources)))

    def general(self, port: str) -> Iterable[packets.Packet]:
        return ()

    def chatter(self, port: str, group: str, sources: list[str]) -> Iterable[packets.Packet]:
        return ()


class Questions(_Chatty):
    """Sends queries of every kind that nobody asked for."""

    name = "questions"

    def general(self, port: str) -> Iterable[packets.Packet]:
        oldest = [] if self.names.ipv6 else [packets.v1_query()]
        return [packets.general_query(), packets.v2_query(), *oldest]

    def chatter(self, port: str, group: str, sources: list[str]) -> Iterable[packets.Packet]:
        yield from (packets.group_query(group), packets.v2_query(group))
        if sources:
            yield packets.group_source_query(group, sources)
            yield from (packets.group_source_query(group, [source]) for source in sources[:4])


class Reports(_Chatty):
    """Sends reports of every kind that nobody asked for."""

    name = "reports"

    def chatter(self, port: str, group: str, sources: list[str]) -> Iterable[packets.Packet]:
        for listed in ([], sources) if sources else ([],):
            for number in packets.RECORD_TYPES.values():
                yield packets.report(packets.record(number, group, listed))
        if not self.names.ipv6:
            yield packets.v1_report(group)
        yield from (packets.v2_report(group), packets.v2_leave(group))


class Duplicates(Saboteur):
    """Everything comes out twice."""

    name = "duplicates"

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        return [frame, frame]


class Leaks(_Listening):
    """Forwards everything to everywhere, IGMP included."""

    name = "leaks"
    suits = staticmethod(lambda traits: traits.data)

    def extra(self) -> Iterable[Frame]:
        heard, self.heard = self.heard, []
        for port, octets in heard:
            if octets and decode(octets).proto != -1:
                lower = rewrite.change_field(octets, "ttl", lambda ttl: max(ttl - 1, 0))
                for other in PORTS:
                    yield Frame(self.sut.now(), other, lower)


class DeliversToEverybody(_Listening):
    """Every socket gets every datagram on the wire."""

    name = "delivers-to-everybody"
    suits = staticmethod(lambda traits: traits.delivery)

    def delivered(self, deliveries: list[Delivery]) -> list[Delivery]:
        heard, self.heard = self.heard, []
        for port, octets in heard:
            message = decode(octets)
            if message.proto == 17:
                payload = message.payload if message.kind == "data" else message.payload[8:]
                deliveries += [
                    Delivery(self.sut.now(), socket, message.src, message.dst, payload)
                    for socket in sorted(self.sockets | {"a", "b"})
                ]
        return deliveries


class DeliversTwice(Saboteur):
    name = "delivers-twice"
    suits = staticmethod(lambda traits: traits.delivery)

    def delivered(self, deliveries: list[Delivery]) -> list[Delivery]:
        return [one for one in deliveries for _ in range(2)]


# ---- liars about state ----


class Invents(_Listening):
    """The read-out has every group that the case ever mentioned, and its sources."""

    name = "invents"
    suits = staticmethod(lambda traits: traits.state)

    def groups(self, port: str, groups: dict[str, GroupState]) -> dict[str, GroupState]:
        newest = 2 if self.names.ipv6 else 3
        for (_, group), sources in self.known.items():
            timers = dict.fromkeys(sources, 100.0)
            groups.setdefault(
                group, GroupState(group, "exclude", frozenset(sources), frozenset(), newest, 100.0, timers)
            )
        return groups


class Stale(Saboteur):
    """The read-out stays what it was at first."""

    name = "stale"
    suits = staticmethod(lambda traits: traits.state)

    def __init__(self, sut: Sut, setup: Setup) -> None:
        super().__init__(sut, setup)
        self._first: dict[str, dict[str, GroupState]] = {}

    def groups(self, port: str, groups: dict[str, GroupState]) -> dict[str, GroupState]:
        return dict(self._first.setdefault(port, groups))


class _StateLiar(Saboteur):
    suits = staticmethod(lambda traits: traits.state)

    def lie(self, state: GroupState) -> GroupState:
        raise NotImplementedError

    def groups(self, port: str, groups: dict[str, GroupState]) -> dict[str, GroupState]:
        return {group: self.lie(state) for group, state in groups.items()}


class WrongMode(_StateLiar):
    name = "wrong-mode"

    def lie(self, state: GroupState) -> GroupState:
        other = {"include": "exclude", "exclude": "include"}
        return dataclasses.replace(state, mode=other.get(state.mode or "", None))


class WrongSources(_StateLiar):
    """Forwarded and blocked sources change places, and one more turns up."""

    name = "wrong-sources"

    def lie(self, state: GroupState) -> GroupState:
        one, other = map(Names(self.setup.family).real, ("10.9.9.9", "10.9.9.8"))
        blocked = None if state.blocked is None else (state.sources or frozenset()) | {one}
        sources = None if state.sources is None else (state.blocked or frozenset()) | {other}
        return dataclasses.replace(state, sources=sources, blocked=blocked)


class WrongStateTimers(_StateLiar):
    name = "wrong-state-timers"

    def lie(self, state: GroupState) -> GroupState:
        return dataclasses.replace(
            state,
            expires=None if state.expires is None else state.expires * 1.5 + 2,
            version=(state.version or 3) % (2 if self.setup.family == "ipv6" else 3) + 1,
            source_expires=state.source_expires
            and {one: value * 1.5 + 2 for one, value in state.source_expires.items()},
        )


class WrongInterfaceState(Saboteur):
    """The read-out of interfaces is wrong in every value."""

    name = "wrong-interface-state"

    def interface(self, port: str, state: dict[str, Any]) -> dict[str, Any]:
        lies = {
            bool: lambda value: not value,
            int: lambda value: value + 1,
            float: lambda value: value * 2 + 1,
            str: lambda value: Names(self.setup.family).real("10.9.9.9"),
            dict: lambda value: {name: count + 7 for name, count in value.items()},
        }
        return {
            key: lies[type(value)](value) if type(value) in lies else value for key, value in state.items()
        }


# ---- late and misplaced ----


class Late(Saboteur):
    """Everything comes out late, by 0.7 s or ten times the tolerance."""

    name = "late"
    delay = 0.7

    def __init__(self, sut: Sut, setup: Setup) -> None:
        super().__init__(sut, setup)
        self._held: list[Frame] = []

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        self._held.append(dataclasses.replace(frame, time=frame.time + self.delay))
        return ()

    def extra(self) -> Iterable[Frame]:
        due = [frame for frame in self._held if frame.time <= self.sut.now()]
        self._held = [frame for frame in self._held if frame.time > self.sut.now()]
        return due


class VeryLate(Late):
    """Everything comes out a minute late."""

    name = "very-late"
    delay = 60.0


class WrongPort(Saboteur):
    """What belongs on one port comes out on another."""

    name = "wrong-port"

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        other = {"lan": "lan2", "lan2": "up", "up": "lan"}
        return [dataclasses.replace(frame, port=other[frame.port])]


SABOTEURS: tuple[type[Saboteur], ...] = (
    Mute,
    Forgets,
    Questions,
    Reports,
    Invents,
    Deaf,
    Leaks,
    BlackHole,
    DeliversToNobody,
    DeliversToEverybody,
    Late,
    WrongSources,
    WrongMode,
    WrongStateTimers,
    WrongInterfaceState,
    Stale,
    Echo,
    Duplicates,
    Refuses,
    Accepts,
    VeryLate,
    WrongPort,
    Silences,
    DeliversTwice,
    *FIELDS,
    *PIM_SABOTEURS,
)
