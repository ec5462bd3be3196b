# SPDX-License-Identifier: GPL-2.0-only
"""Saboteurs of PIM: messages nobody asked for, changed fields, and lies about its state."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any, Callable, Iterable

from . import pim_packets as pim
from . import rewrite
from .addressing import UNSPECIFIED, Names
from .model import PORTS, Frame, Setup, Sut
from .sabotaged import Saboteur
from .wire import decode

HELLO, REGISTER, REGISTER_STOP, JOIN_PRUNE, BOOTSTRAP, ASSERT = range(6)
GRAFT, GRAFT_ACK, CANDIDATE_RP, STATE_REFRESH = range(6, 10)
OF_ENTRIES = (JOIN_PRUNE, GRAFT, GRAFT_ACK)


def of_pim(traits: Any) -> bool:
    return bool(traits.pim)


# ---- what the system says of itself ----


class ForgetsPim(Saboteur):
    """The read-outs of PIM are empty."""

    name = "forgets PIM"
    suits = staticmethod(of_pim)

    def pim_state(self, name: str, value: Any) -> Any:
        return type(value)() if isinstance(value, (list, dict)) else None


class StalePim(Saboteur):
    """The read-outs of PIM stay what they were at first."""

    name = "stale PIM"
    suits = staticmethod(of_pim)

    def __init__(self, sut: Sut, setup: Setup) -> None:
        super().__init__(sut, setup)
        self._first: dict[str, Any] = {}

    def pim_state(self, name: str, value: Any) -> Any:
        return copy.deepcopy(self._first.setdefault(name, value))


class RemembersPim(Saboteur):
    """Neighbours, trees and RPs that were there once stay in the read-outs."""

    name = "remembers PIM"
    suits = staticmethod(of_pim)

    def __init__(self, sut: Sut, setup: Setup) -> None:
        super().__init__(sut, setup)
        self._seen: dict[tuple[str, str], Any] = {}

    def pim_state(self, name: str, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        for one in value:
            self._seen[
                name, str([one.get(key) for key in ("kind", "group", "source", "address", "rp", "groups")])
            ] = one
        return [copy.deepcopy(one) for (of, _), one in self._seen.items() if of == name]


class WrongPim(Saboteur):
    """Every value in the read-outs of PIM is another one."""

    name = "wrong PIM values"
    suits = staticmethod(of_pim)

    def pim_state(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            kept = ("port", "address", "group", "kind", "interface")
            return {key: one if key in kept else self.pim_state(key, one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self.pim_state(name, one) for one in value)
        if isinstance(value, bool):
            return not value
        if isinstance(value, (int, float)):
            return value * 2 + 7
        return "wrong" if isinstance(value, str) else value


# ---- unasked messages ----


class PimTalk(Saboteur):
    """After every stimulus, and again some time later, PIM messages of every kind about everything it has heard of."""

    name = "talks PIM"
    suits = staticmethod(of_pim)
    period = 7.0
    most = 6

    def __init__(self, sut: Sut, setup: Setup) -> None:
        super().__init__(sut, setup)
        self._names = Names(setup.family, labels=False)
        self._pairs: dict[tuple[str, str | None], None] = {}  # (group, source)
        self._neighbours: dict[str, set[str]] = {name: set() for name in PORTS}
        self._heard, self._next = True, 0.0

    def incoming(self, port: str, frame: bytes) -> bytes | None:
        message = decode(frame, 0.0, port)
        self._heard = True
        if message.pim is not None:
            self._neighbours[port].add(message.src)
            for entry in message.pim.entries:
                self._pairs[entry.group, None if entry.wildcard else entry.address] = None
            if message.pim.group:
                self._pairs[message.pim.group, message.pim.source or None] = None
        elif message.kind == "data":
            self._pairs[message.group, message.src] = None
        for record in message.records:
            for source in record.sources or (None,):
                self._pairs[record.group, source] = None
        return frame

    def extra(self) -> Iterable[Frame]:
        if not self._heard and self.sut.now() < self._next:
            return
        self._heard, self._next = False, self.sut.now() + self.period
        for port in PORTS:
            upstreams = sorted(self._neighbours[port]) or [PORTS[port].tester_address]
            for group, source in list(self._pairs)[-self.most :]:
                for packet in self._about(group, source, upstreams[:3], port):
                    yield self._frame(port, packet)
            yield self._frame(port, pim.hello())
            yield self._frame(port, pim.bootstrap(pim.rp_range()))

    def _about(self, group: str, source: str | None, upstreams: list[str], port: str) -> Iterable[Any]:
        makers = [pim.join_g, pim.prune_g]
        nobody = source is None or source in UNSPECIFIED.values()
        entries = [make(group) for make in makers]
        if not nobody:
            entries += [
                make(group, source) for make in (pim.join_sg, pim.prune_sg, pim.join_rpt, pim.prune_rpt)
            ]
        own = PORTS[port].dut_address
        for upstream in [*upstreams, own]:
            yield from (pim.join_prune(one, upstream=upstream) for one in entries)
        if not nobody:
            for upstream in [*upstreams, own]:
                yield pim.graft(pim.join_sg(group, source), upstream=upstream, dst=upstream)
                yield pim.graft_ack(pim.join_sg(group, source), upstream=upstream, dst=upstream)
            yield pim.state_refresh(group, source)
        yield pim.assert_(group, source, preference=1, metric=1)
        yield pim.assert_(group, source, rpt=True, preference=0x7FFFFFFF, metric=0xFFFFFFFF)
        if not nobody:
            far = upstreams[0] if not upstreams[0].startswith("fe80") else "10.8.0.1"
            yield pim.register(source, group, dst="10.8.0.1", payload=b"data")
            yield pim.null_register(source, group, dst="10.8.0.1")
            yield pim.register_stop(source, group, src="10.0.0.10", dst=far)
            yield pim.register_stop(source, group, src="10.0.0.10", dst=PORTS[port].tester_address)

    def _frame(self, port: str, packet: Any) -> Frame:
        from .packets import Context

        own = PORTS[port].dut_address
        octets = packet.build(Context(own, own, names=dataclasses.replace(self._names, port=port)))
        mac = bytes.fromhex(self.sut.mac(port).replace(":", ""))
        return Frame(self.sut.now(), port, octets[:6] + mac + octets[12:])


class ForwardsRegisters(PimTalk):
    """The datagrams of Registers come out everywhere, whoever they are for."""

    name = "forwards Registers"

    def __init__(self, sut: Sut, setup: Setup) -> None:
        super().__init__(sut, setup)
        self._inner: list[bytes] = []

    def incoming(self, port: str, frame: bytes) -> bytes | None:
        message = decode(frame, 0.0, port)
        if message.kind == "register" and message.pim is not None and message.pim.inner:
            self._inner.append(message.pim.inner)
        return frame

    def extra(self) -> Iterable[Frame]:
        inner, self._inner = self._inner, []
        for octets in inner:
            ethertype = b"\x08\0" if octets[0] >> 4 == 4 else b"\x86\xdd"
            for port in PORTS:
                yield Frame(self.sut.now(), port, b"\1\0\x5e\0\0\1" + b"\2\0\0\0\0\7" + ethertype + octets)


# ---- fields ----


class _Changes(Saboteur):
    suits = staticmethod(of_pim)
    change: Callable[[bytearray, int], Any]
    checksum = True

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        octets = rewrite.change_pim(frame.data, type(self).change, self.checksum)
        return [dataclasses.replace(frame, data=octets)]


def _pim(name: str, change: Callable[[bytearray, int], Any], checksum: bool = True) -> type[Saboteur]:
    """``change`` gets the message, and the octets of an address; it changes in place or returns another message."""
    values = {
        "name": f"PIM {name}",
        "change": staticmethod(change),
        "checksum": checksum,
        "__doc__": f"PIM: {name}.",
    }
    return type(f"PIM {name}", (_Changes,), values)


def _only(kinds: Iterable[int], change: Callable[[bytearray, int], Any]) -> Callable[[bytearray, int], Any]:
    kinds = tuple(kinds)
    return lambda message, size: change(message, size) if message[0] & 15 in kinds else None


def _octet(at: Callable[[int], int], value: Callable[[int], int]) -> Callable[[bytearray, int], None]:
    def change(message: bytearray, size: int) -> None:
        where = at(size)
        if where < len(message):
            message[where] = value(message[where]) & 0xFF

    return change


def _option(kind: int, value: Callable[[bytes], bytes | None]) -> Callable[[bytearray, int], bytes]:
    """A change of a Hello option's value; None drops the option."""

    def change(message: bytearray, size: int) -> bytes:
        out, at = bytes(message[:4]), 4
        while at + 4 <= len(message):
            length = message[at + 2] << 8 | message[at + 3]
            this, body = message[at] << 8 | message[at + 1], bytes(message[at + 4 : at + 4 + length])
            changed = value(body) if this == kind else body
            if changed is not None:
                out += bytes(message[at : at + 2]) + len(changed).to_bytes(2, "big") + changed
            at += 4 + length
        return out

    return _only([HELLO], change)


def _swap(message: bytearray, size: int) -> None:
    """Joins of every group set become prunes: the counts change places, which moves the line between them."""
    at = 4 + 2 + size + 4
    for _ in range(message[4 + 2 + size + 1]):
        at += 4 + size
        if at + 4 > len(message):
            return
        joins, prunes = message[at] << 8 | message[at + 1], message[at + 2] << 8 | message[at + 3]
        message[at : at + 4] = prunes.to_bytes(2, "big") + joins.to_bytes(2, "big")
        at += 4 + (joins + prunes) * (4 + size)


def _bits(message: bytearray, size: int) -> None:
    """S, W and R of the first source."""
    at = 4 + 2 + size + 4 + 4 + size + 4 + 2
    if at < len(message):
        message[at] ^= 7


_JOIN_PRUNE_HOLDTIME = lambda size: 4 + 2 + size + 2  # noqa: E731
_GROUP_OF_SET = lambda size: 4 + 2 + size + 4 + 4 + size - 1  # noqa: E731
_FIRST_SOURCE = lambda size: 4 + 2 + size + 4 + 4 + size + 4 + 4 + size - 1  # noqa: E731
_flip = lambda octet: octet ^ 0x15  # noqa: E731



def _refresh(name: str, at: int, value: Callable[[int], int]) -> type[Saboteur]:
    """An octet of State Refreshes, counted from the end of the originator's address."""
    return _pim(name, _only([STATE_REFRESH], _octet(lambda size: 4 + 4 + size + 2 * (2 + size) + at, value)))


PIM_FIELDS: tuple[type[Saboteur], ...] = (
    _pim("with another version", _octet(lambda size: 0, lambda octet: octet ^ 0x30)),
    _pim("of another type", _octet(lambda size: 0, lambda octet: octet ^ 6)),
    _pim("flags set", _octet(lambda size: 1, lambda octet: octet ^ 0xFF)),
    _pim("wrong checksum", _octet(lambda size: 2, _flip), checksum=False),
    _pim("octets after the message", lambda message, size: bytes(message) + b"\0\0\0\1"),
    _pim("joins and prunes swapped", _only(OF_ENTRIES, _swap)),
    _pim("another upstream neighbour", _only(OF_ENTRIES, _octet(lambda size: 5 + size, _flip))),
    _pim("another group", _only(OF_ENTRIES, _octet(_GROUP_OF_SET, _flip))),
    _pim("another source", _only(OF_ENTRIES, _octet(_FIRST_SOURCE, _flip))),
    _pim("bits of the source", _only(OF_ENTRIES, _bits)),
    _pim(
        "holdtime of Join/Prune",
        _only(OF_ENTRIES, _octet(lambda size: _JOIN_PRUNE_HOLDTIME(size) + 1, lambda o: o ^ 0x33)),
    ),
    _pim(
        "group set count", _only(OF_ENTRIES, _octet(lambda size: 4 + 2 + size + 1, lambda count: count + 1))
    ),
    _pim("reserved octet", _only(OF_ENTRIES, _octet(lambda size: 4 + 2 + size, lambda octet: 9))),
    _pim(
        "mask length",
        _only(OF_ENTRIES, _octet(lambda size: 4 + 2 + size + 4 + 3, lambda length: length - 1)),
    ),
    _pim(
        "mask length of the source",
        _only(OF_ENTRIES, _octet(lambda size: _FIRST_SOURCE(size) - size, lambda length: length - 1)),
    ),
    _pim("without Holdtime", _option(1, lambda value: None)),
    _pim("wrong Holdtime", _option(1, lambda value: bytes([value[0] ^ 1, value[1] ^ 0x55]))),
    _pim("without LAN Prune Delay", _option(2, lambda value: None)),
    _pim(
        "wrong LAN Prune Delay", _option(2, lambda value: bytes([value[0] ^ 0x81, *value[1:3], value[3] ^ 1]))
    ),
    _pim("without DR Priority", _option(19, lambda value: None)),
    _pim("wrong DR Priority", _option(19, lambda value: bytes([*value[:3], value[3] ^ 0x55]))),
    _pim("without Generation ID", _option(20, lambda value: None)),
    _pim("constant Generation ID", _option(20, lambda value: b"\0\0\0\1")),
    _pim("without Address List", _option(24, lambda value: None)),
    _pim("wrong Address List", _option(24, lambda value: bytes([*value[:-1], value[-1] ^ 0x55]))),
    _pim(
        "wrong first octets",
        _only(
            [REGISTER, REGISTER_STOP, BOOTSTRAP, ASSERT, CANDIDATE_RP],
            _octet(lambda size: 4, lambda octet: octet ^ 0xC0),
        ),
    ),
    _pim(
        "wrong octet 5",
        _only([REGISTER, REGISTER_STOP, BOOTSTRAP, ASSERT, CANDIDATE_RP], _octet(lambda size: 5, _flip)),
    ),
    _pim("wrong octet 6", _only([BOOTSTRAP, CANDIDATE_RP], _octet(lambda size: 6, _flip))),
    _pim(
        "wrong octet 7",
        _only([BOOTSTRAP, CANDIDATE_RP, REGISTER_STOP, ASSERT], _octet(lambda size: 7, _flip)),
    ),
    _pim(
        "wrong group of Assert", _only([REGISTER_STOP, ASSERT, STATE_REFRESH], _octet(lambda size: 4 + 4 + size - 1, _flip))
    ),
    _pim(
        "wrong source of Assert",
        _only([REGISTER_STOP, ASSERT, STATE_REFRESH], _octet(lambda size: 4 + 4 + size + 2 + size - 1, _flip)),
    ),
    _pim(
        "R bit flipped",
        _only([ASSERT], _octet(lambda size: 4 + 4 + size + 2 + size, lambda octet: octet ^ 0x80)),
    ),
    _pim("wrong preference", _only([ASSERT], _octet(lambda size: 4 + 4 + size + 2 + size + 3, _flip))),
    _refresh("another originator", -1, _flip),
    _refresh("R bit of State Refresh", 0, lambda octet: octet ^ 0x80),
    _refresh("preference of State Refresh", 3, _flip),
    _refresh("metric of State Refresh", 7, _flip),
    _refresh("mask length of State Refresh", 8, lambda length: length - 1),
    _refresh("TTL of State Refresh", 9, _flip),
    _refresh("Prune Indicator", 10, lambda octet: octet ^ 0x80),
    _refresh("Prune Now", 10, lambda octet: octet ^ 0x40),
    _refresh("Assert Override", 10, lambda octet: octet ^ 0x20),
    _refresh("reserved bits of State Refresh", 10, lambda octet: octet | 0x1F),
    _pim("without State Refresh Capable", _option(21, lambda value: None)),
    _pim("another State Refresh Capable", _option(21, lambda value: bytes([value[0], value[1] ^ 0x15, *value[2:]]))),
    _pim("version of State Refresh Capable", _option(21, lambda value: bytes([value[0] + 1, *value[1:]]))),
    _pim("wrong last octet", lambda message, size: message.__setitem__(-1, message[-1] ^ 0x15)),
    _pim(
        "wrong inner TTL",
        _only([REGISTER], _octet(lambda size: 16 if size == 4 else 15, lambda octet: octet + 1)),
    ),
    _pim("wrong inner packet", _only([REGISTER], _octet(lambda size: 8 + (19 if size == 4 else 39), _flip))),
)


def _generation_changes(message: bytearray, size: int) -> bytes:
    _generation_changes.count += 1  # type: ignore[attr-defined]
    count = _generation_changes.count  # type: ignore[attr-defined]
    return _option(20, lambda value: count.to_bytes(4, "big"))(message, size) or bytes(message)


_generation_changes.count = 0  # type: ignore[attr-defined]

PIM_SABOTEURS: tuple[type[Saboteur], ...] = (
    PimTalk,
    ForgetsPim,
    WrongPim,
    StalePim,
    RemembersPim,
    ForwardsRegisters,
    *PIM_FIELDS,
    _pim("Generation ID that changes", _generation_changes),
)
