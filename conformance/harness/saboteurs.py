# SPDX-License-Identifier: GPL-2.0-only
"""Systems that are wrong on purpose. A case that none of them fails shows nothing.

A saboteur stands between the lab and a real system and spoils one thing: what comes out, when, what the state read-out
says, where data goes. Each is one class with the hooks that it needs; ``SABOTEURS`` has them all, in the order of how
many cases they are likely to fail.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Iterable, Sequence

from . import packets, rewrite
from .case_traits import Traits
from .model import PORTS, Delivery, Frame, GroupState, Setup, Sut, Target
from .wire import decode


class Saboteur:
    """Changes nothing; the base of those that do. A fresh one is made for every case."""

    name = "nobody"
    suits: Callable[[Traits], bool] = staticmethod(lambda traits: True)  # False: it cannot fail such a case

    def __init__(self, sut: Sut, setup: Setup) -> None:
        self.sut, self.setup = sut, setup

    def incoming(self, port: str, frame: bytes) -> bytes | None:
        """A frame of the tester; None: it does not arrive."""
        return frame

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        """A frame of the system: none, one or several instead."""
        return [frame]

    def extra(self) -> Iterable[Frame]:
        """Frames that the system never sent, now."""
        return ()

    def groups(self, port: str, groups: dict[str, GroupState]) -> dict[str, GroupState]:
        return groups

    def interface(self, port: str, state: dict[str, Any]) -> dict[str, Any]:
        return state

    def listen(self, accepted: bool) -> bool:
        return accepted

    def delivered(self, deliveries: list[Delivery]) -> list[Delivery]:
        return deliveries

    def log(self, lines: list[str]) -> list[str]:
        return lines


class SabotagedSut:
    """A system under test with a saboteur in front of it."""

    def __init__(self, sut: Sut, saboteur: Saboteur) -> None:
        self._sut, self._saboteur = sut, saboteur

    def now(self) -> float:
        return self._sut.now()

    def mac(self, port: str) -> str:
        return self._sut.mac(port)

    def send(self, port: str, frame: bytes) -> None:
        changed = self._saboteur.incoming(port, frame)
        if changed is not None:
            self._sut.send(port, changed)

    def advance(self, until: float) -> None:
        self._sut.advance(until)

    def frames(self) -> list[Frame]:
        out = [changed for frame in self._sut.frames() for changed in self._saboteur.outgoing(frame)]
        return sorted([*out, *self._saboteur.extra()], key=lambda frame: frame.time)

    def groups(self, port: str) -> dict[str, GroupState]:
        return self._saboteur.groups(port, dict(self._sut.groups(port)))

    def interface_state(self, port: str) -> dict[str, Any]:
        return self._saboteur.interface(port, dict(self._sut.interface_state(port)))

    def listen(self, socket: str, port: str, group: str, mode: str, sources: Sequence[str] = ()) -> bool:
        hook = getattr(self._saboteur, "heard_listen", None)
        if hook:
            hook(socket, group, sources)
        return self._saboteur.listen(self._sut.listen(socket, port, group, mode, sources))

    def send_data(self, group: str, payload: bytes, port: str | None = None, ttl: int | None = None,
                  loop: bool = True) -> None:
        self._sut.send_data(group, payload, port, ttl, loop)

    def deliveries(self) -> list[Delivery]:
        return self._saboteur.delivered(self._sut.deliveries())

    def log(self) -> list[str]:
        return self._saboteur.log(self._sut.log())

    def close(self) -> None:
        self._sut.close()

    def __getattr__(self, name: str) -> Any:  # what a target has beyond the protocol, ``step`` excepted
        if name == "step":
            raise AttributeError(name)
        return getattr(self._sut, name)


class SabotagedTarget:
    """A target whose every system has a saboteur in front of it."""

    def __init__(self, target: Target, saboteur: type[Saboteur]) -> None:
        self._target, self._saboteur = target, saboteur

    def open(self, setup: Setup) -> SabotagedSut:
        sut = self._target.open(setup)
        return SabotagedSut(sut, self._saboteur(sut, setup))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


# ---- silent ones -------------------------------------------------------------------------------------------------

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


# ---- talkative ones ----------------------------------------------------------------------------------------------

class _Listening(Saboteur):
    """Knows which groups and sources the case is about, by what it sends and calls."""

    def __init__(self, sut: Sut, setup: Setup) -> None:
        super().__init__(sut, setup)
        self.known: dict[tuple[str, str], set[str]] = {}  # (port, group) -> sources
        self.heard: list[tuple[str, bytes]] = []
        self.sockets: set[str] = set()

    def incoming(self, port: str, frame: bytes) -> bytes | None:
        message = decode(frame, 0.0, port)
        for record in message.records:
            self.known.setdefault((port, record.group), set()).update(record.sources)
        if message.kind == "data":  # a member may be on any port
            for name in PORTS:
                self.known.setdefault((name, message.group), set()).add(message.src)
        elif message.group not in ("", "0.0.0.0"):
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
        octets = packet.build(packets.Context(own, own))
        return Frame(self.sut.now(), port, octets[:6] + bytes.fromhex(self.sut.mac(port).replace(":", "")) + octets[12:])


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
        for (port, group), sources in list(self.known.items()):
            yield from (self.frame(port, packet) for packet in self.chatter(port, group, sorted(sources)))

    def general(self, port: str) -> Iterable[packets.Packet]:
        return ()

    def chatter(self, port: str, group: str, sources: list[str]) -> Iterable[packets.Packet]:
        return ()


class Questions(_Chatty):
    """Sends queries of every kind that nobody asked for."""

    name = "questions"

    def general(self, port: str) -> Iterable[packets.Packet]:
        return [packets.general_query(), packets.v2_query(), packets.v1_query()]

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
        yield from (packets.v1_report(group), packets.v2_report(group), packets.v2_leave(group))


class Duplicates(Saboteur):
    """Everything comes out twice."""

    name = "duplicates"

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        return [frame, frame]


class Leaks(_Listening):
    """Forwards all data to everywhere."""

    name = "leaks"
    suits = staticmethod(lambda traits: traits.data)

    def extra(self) -> Iterable[Frame]:
        heard, self.heard = self.heard, []
        for port, octets in heard:
            if octets and decode(octets).kind in ("data", "ip"):
                lower = rewrite.change_header(octets, rewrite.set_octet(8, lambda ttl: max(ttl - 1, 0)))
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
                deliveries += [Delivery(self.sut.now(), socket, message.src, message.dst, payload)
                               for socket in sorted(self.sockets | {"a", "b"})]
        return deliveries


class DeliversTwice(Saboteur):
    name = "delivers-twice"
    suits = staticmethod(lambda traits: traits.delivery)

    def delivered(self, deliveries: list[Delivery]) -> list[Delivery]:
        return [one for one in deliveries for _ in range(2)]


# ---- liars about state -------------------------------------------------------------------------------------------

class Invents(_Listening):
    """The read-out has every group that the case ever mentioned, and its sources."""

    name = "invents"
    suits = staticmethod(lambda traits: traits.state)

    def groups(self, port: str, groups: dict[str, GroupState]) -> dict[str, GroupState]:
        for (_, group), sources in self.known.items():
            groups.setdefault(group, GroupState(group, "exclude", frozenset(sources), frozenset(), 3, 100.0,
                                                dict.fromkeys(sources, 100.0)))
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
        blocked = None if state.blocked is None else (state.sources or frozenset()) | {"10.9.9.9"}
        sources = None if state.sources is None else (state.blocked or frozenset()) | {"10.9.9.8"}
        return dataclasses.replace(state, sources=sources, blocked=blocked)


class WrongStateTimers(_StateLiar):
    name = "wrong-state-timers"

    def lie(self, state: GroupState) -> GroupState:
        return dataclasses.replace(
            state, expires=None if state.expires is None else state.expires * 1.5 + 2, version=(state.version or 3) % 3 + 1,
            source_expires=state.source_expires and {one: value * 1.5 + 2 for one, value in state.source_expires.items()})


class WrongInterfaceState(Saboteur):
    """The read-out of interfaces is wrong in every value."""

    name = "wrong-interface-state"

    def interface(self, port: str, state: dict[str, Any]) -> dict[str, Any]:
        lies = {bool: lambda value: not value, int: lambda value: value + 1, float: lambda value: value * 2 + 1,
                str: lambda value: "10.9.9.9", dict: lambda value: {name: count + 7 for name, count in value.items()}}
        return {key: lies[type(value)](value) if type(value) in lies else value for key, value in state.items()}


# ---- late and misplaced ------------------------------------------------------------------------------------------

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


# ---- wrong in one field ------------------------------------------------------------------------------------------

class _Changes(Saboteur):
    change: Callable[[bytes], bytes]

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        return [dataclasses.replace(frame, data=type(self).change(frame.data))]


def _changes(name: str, change: Callable[[bytes], bytes]) -> type[Saboteur]:
    return type(name, (_Changes,), {"name": name, "change": staticmethod(change), "__doc__": f"Frames with {name}."})


def _igmp(name: str, change: Callable[[bytearray], Any], checksum: bool = True) -> type[Saboteur]:
    return _changes(name, lambda frame: rewrite.change_igmp(frame, change, checksum))


def _header(name: str, at: int, value: Callable[[int], int]) -> type[Saboteur]:
    return _changes(name, lambda frame: rewrite.change_header(frame, rewrite.set_octet(at, value)))


def _query_only(change: Callable[[bytearray], Any]) -> Callable[[bytearray], Any]:
    return lambda message: change(message) if message[0] == 0x11 else None


def _report_only(change: Callable[[bytearray], Any]) -> Callable[[bytearray], Any]:
    return lambda message: change(message) if message[0] == 0x22 and len(message) >= 16 else None


def _other_version(message: bytearray) -> bytes:
    if message[0] == 0x11:
        return message[:8] if len(message) > 8 else message + b"\x02\x7d\0\0"
    if message[0] == 0x22 and len(message) >= 16:
        return b"\x16\0\0\0" + message[12:16]
    return b"\x22\0\0\0\0\0\0\1\4\0\0\0" + message[4:8]


def _without_last_source(message: bytearray) -> bytes | None:
    """Drops the last source of a query, or of the last record of a report."""
    if message[0] == 0x11 and len(message) >= 16:
        return message[:11] + bytes([message[11] - 1]) + message[12:-4]
    if message[0] == 0x22 and len(message) == 20 and message[11] == 1:
        return message[:11] + b"\0" + message[12:-4]
    return None


def _other_source(message: bytearray) -> None:
    if len(message) >= (20 if message[0] == 0x22 else 16) and message[0] in (0x11, 0x22):
        message[-1] ^= 0x55


def _other_record_type(swap: dict[int, int]) -> Callable[[bytearray], Any]:
    return _report_only(rewrite.set_octet(8, lambda kind: swap.get(kind, kind)))


def _other_group(message: bytearray) -> None:
    at = 15 if message[0] == 0x22 and len(message) >= 16 else 7
    message[at] ^= 0x2A


FIELDS: tuple[type[Saboteur], ...] = (
    _igmp("wrong group", _other_group),
    _igmp("wrong version", _other_version),
    _igmp("wrong type", lambda message: rewrite.set_octet(0, lambda octet: octet ^ 0x80)(message)),
    _igmp("wrong checksum", lambda message: rewrite.set_octet(2, lambda octet: octet ^ 0x55)(message), checksum=False),
    _igmp("wrong max resp code", _query_only(rewrite.set_octet(1, lambda code: code + 37))),
    _igmp("non-zero second octet", _report_only(rewrite.set_octet(1, lambda code: 9))),
    _igmp("S flag flipped", _query_only(rewrite.set_octet(8, lambda flags: flags ^ 8))),
    _igmp("wrong QRV", _query_only(rewrite.set_octet(8, lambda flags: flags ^ 5))),
    _igmp("wrong QQIC", _query_only(rewrite.set_octet(9, lambda code: code ^ 0x11))),
    _igmp("reserved bits set", lambda message: rewrite.set_octet(4 if message[0] == 0x22 else 8,
                                                                 lambda flags: flags | 0xA0)(message)),
    _igmp("a source dropped", _without_last_source),
    _igmp("a source changed", _other_source),
    _igmp("record types IS and TO swapped", _other_record_type({1: 3, 2: 4, 3: 1, 4: 2, 5: 6, 6: 5})),
    _igmp("record types IN and EX swapped", _other_record_type({1: 2, 2: 1, 3: 4, 4: 3, 5: 1, 6: 2})),
    _igmp("octets after the message", lambda message: message + b"\0\0\0\1"),
    _igmp("auxiliary data", _report_only(lambda message: message[:9] + b"\1" + message[10:] + b"aux!")),
    _header("wrong TTL", 8, lambda ttl: (ttl + 63) % 256 or 1),
    _header("TTL one too high", 8, lambda ttl: min(ttl + 1, 255)),
    _header("wrong TOS", 1, lambda tos: tos ^ 0xC0),
    _header("wrong source address", 15, lambda octet: octet ^ 0x55),
    _header("group as source address", 12, lambda octet: 0xE1),
    _header("wrong destination address", 19, lambda octet: octet ^ 0x2A),
    _changes("no Router Alert", rewrite.without_options),
    _changes("wrong destination MAC", lambda frame: frame[:5] + bytes([frame[5] ^ 0x2A]) + frame[6:]),
    _changes("unicast destination MAC", lambda frame: b"\2\0\0\0\0\x99" + frame[6:]),
    _changes("wrong payload", lambda frame: frame[:-1] + bytes([frame[-1] ^ 0x55])),
)

SABOTEURS: tuple[type[Saboteur], ...] = (
    Mute, Forgets, Questions, Reports, Invents, Deaf, Leaks, BlackHole, DeliversToNobody, DeliversToEverybody, Late,
    WrongSources, WrongMode, WrongStateTimers, WrongInterfaceState, Stale, Echo, Duplicates, Refuses, Accepts, VeryLate,
    WrongPort, Silences, DeliversTwice, *FIELDS,
)
