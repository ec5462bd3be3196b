# SPDX-License-Identifier: GPL-2.0-only
"""``lab.state``: what a router says of its memberships; ``lab.host``: the socket side of a host."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping

from .addressing import Names
from .model import Delivery, GroupState, Step, Unsupported
from .packets import data
from .timers import CLOCK_GRAIN
from .verdicts import CaseFailed

if TYPE_CHECKING:
    from .lab import Lab


class StateLab:
    """Read-outs. Reading is not a stimulus and takes no (virtual) time.

    A case that asks for what the target cannot read is not applicable there. This is where what targets tell
    of IPv6 becomes what the case sees (labels, see ``addressing``) and MLD's versions the numbers that cases
    use.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def groups(self, port: str = "lan") -> dict[str, GroupState]:
        """All membership records of an interface, by group."""
        self._lab.need("state:groups")
        names = self._lab.ports[port].names
        found = [_seen_state(state, names) for state in self._lab.sut.groups(port).values()]
        return {state.group: state for state in found}

    def group(self, group: str, port: str = "lan") -> GroupState | None:
        """The record of a group, or None."""
        return self.groups(port).get(self._lab.ports[port].names.wanted(group))

    def interface(self, port: str = "lan") -> dict[str, Any]:
        """See ``model.Sut.interface_state``."""
        self._lab.need("state:interfaces")
        return _seen_interface(self._lab.sut.interface_state(port), self._lab.ports[port].names)

    def value(self, key: str, port: str = "lan") -> Any:
        """One value of an interface's state; not applicable where the target does not know it."""
        found = self.interface(port).get(key)
        if found is None:
            raise Unsupported(f"the target does not tell {key}")
        return found

    def counter(self, name: str, port: str = "lan") -> int:
        """A counter of an interface; 0 if it never counted."""
        self._lab.need("counters")
        return self.interface(port).get("counters", {}).get(name, 0)

    def log(self) -> list[str]:
        """Lines that the system logged since the last call."""
        self._lab.need("log")
        return self._lab.sut.log()

    def eventually(self, condition: Callable[[], Any], within: float | None = None, message: str = "") -> Any:
        """Waits until ``condition()`` is true, gives its value; fails after ``within`` (or the tolerance)."""
        lab = self._lab
        limit = lab.now + (lab.timers.tolerance if within is None else within)
        found = self._poll(condition, limit)
        text = message or f"condition within {limit - lab.now:.3f} s"
        lab.expectation(text, bool(found))
        if not found:
            raise CaseFailed(f"did not come true by {limit:.3f} s: {message or 'the condition'}")
        return found

    def expect_group(
        self,
        group: str,
        port: str = "lan",
        within: float | None = None,
        *,
        mode: str | None = None,
        sources: Iterable[str] | None = None,
        blocked: Iterable[str] | None = None,
        version: int | None = None,
        expires: float | None = None,
        source_expires: Mapping[str, float] | None = None,
        tolerance: float | None = None,
    ) -> GroupState:
        """The record of a group, with every field that is given; fails if it is not so within the tolerance.

        mode: "include" or "exclude". sources: those with a running timer. blocked: EXCLUDE mode, timer zero.
        version: of the group's compatibility mode. expires, source_expires: remaining seconds, give or take
        ``tolerance`` (default: the target's) and what its read-out rounds.
        """
        lab, name = self._lab, self._lab.names.wanted
        wanted = {
            "mode": mode,
            "sources": None if sources is None else frozenset(map(name, sources)),
            "blocked": None if blocked is None else frozenset(map(name, blocked)),
            "version": version,
            "expires": expires,
            "source_expires": source_expires and {name(one): when for one, when in source_expires.items()},
        }
        wanted = {name: value for name, value in wanted.items() if value is not None}
        slack = (lab.timers.tolerance if tolerance is None else tolerance) + getattr(
            lab.target, "readout", 0.0
        )
        text = f"state of {group}: " + (
            ", ".join(f"{name} {_show(value)}" for name, value in wanted.items()) or "known"
        )
        limit = lab.now + (lab.timers.tolerance if within is None else within)
        state = self._poll(lambda: self._if_agrees(group, port, wanted, slack), limit)
        lab.expectation(text, state is not None, port)
        if state is None:
            raise CaseFailed(
                f"{port}: {text} expected; the system says {_show_state(self.group(group, port))}"
            )
        return state

    def expect_no_group(self, group: str, port: str = "lan", within: float | None = None) -> None:
        """Fails if the system still has a record of ``group`` after ``within`` (default: the tolerance)."""
        lab = self._lab
        limit = lab.now + (lab.timers.tolerance if within is None else within)
        gone = self._poll(lambda: self.group(group, port) is None, limit)
        lab.expectation(f"no state of {group}", bool(gone), port)
        if not gone:
            raise CaseFailed(
                f"{port}: no state of {group} expected; the system says "
                f"{_show_state(self.group(group, port))}"
            )

    def _poll(self, condition: Callable[[], Any], limit: float) -> Any:
        lab = self._lab
        lab.collect_frames()
        pause = max((limit - lab.now) / 20, lab.timers.tolerance if lab.virtual else 0.05)
        while True:
            found = condition()
            if found or lab.now >= limit - CLOCK_GRAIN:
                return found or None
            lab.advance(min(limit, lab.now + pause))

    def _if_agrees(self, group: str, port: str, wanted: Mapping[str, Any], slack: float) -> GroupState | None:
        state = self.group(group, port)
        if state is None:
            return None
        for name, value in wanted.items():
            actual = getattr(state, name)
            if actual is None and not (name == "expires" and state.mode == "include"):
                raise Unsupported(f"the target does not tell {name} of a group")
            if not _same(name, value, actual, slack):
                return None
        return state


def _seen_state(state: GroupState, names: Names) -> GroupState:
    """A record as the case sees it."""
    if not names.ipv6:
        return state
    seen = names.seen
    return dataclasses.replace(
        state,
        group=seen(state.group),
        sources=None if state.sources is None else frozenset(map(seen, state.sources)),
        blocked=None if state.blocked is None else frozenset(map(seen, state.blocked)),
        version=None if state.version is None else state.version + 1,
        source_expires=state.source_expires
        and {seen(one): when for one, when in state.source_expires.items()},
    )


def _seen_interface(state: dict[str, Any], names: Names) -> dict[str, Any]:
    if not names.ipv6:
        return state
    changed = {key: state[key] + 1 for key in ("version", "compatibility") if state.get(key)}
    if state.get("querier"):
        changed["querier"] = names.seen(state["querier"], on_link=True)
    return {**state, **changed}


def _same(name: str, wanted: Any, actual: Any, slack: float) -> bool:
    if name == "expires":
        return actual is not None and abs(wanted - actual) <= slack
    if name == "source_expires":
        return all(
            source in actual and abs(value - actual[source]) <= slack for source, value in wanted.items()
        )
    return wanted == actual


def _show(value: Any) -> str:
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(value)) + "}"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{source}: {seconds:.3f} s" for source, seconds in sorted(value.items())) + "}"
        )
    return f"{value:.3f} s" if isinstance(value, float) else str(value)


def _show_state(state: GroupState | None) -> str:
    if state is None:
        return "it has no such group"
    names = ("mode", "sources", "blocked", "version", "expires", "source_expires")
    known = [f"{name} {_show(getattr(state, name))}" for name in names if getattr(state, name) is not None]
    return ", ".join(known) or "only that the group is there"


class HostLab:
    """The applications on a host. Sockets are names; a socket exists from its first use."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._deliveries: list[Delivery] = []
        self._seen = 0

    def listen(
        self, group: str, mode: str, sources: Iterable[str] = (), socket: str = "a", port: str = "lan"
    ) -> bool:
        """IPMulticastListen (RFC 3376 2): ``mode`` "include" or "exclude". False if the system refuses."""
        self._lab.need("host:listen")
        sources = tuple(sources)
        real = self._lab.ports[port].names.real
        group, sources = real(group), tuple(map(real, sources))
        self._act(f"socket {socket}: {mode} {group} {{{', '.join(sources)}}}", port)
        return self._lab.sut.listen(socket, port, group, mode, sources)

    def join(self, group: str, socket: str = "a", port: str = "lan") -> None:
        """EXCLUDE {}: every source. Inconclusive if the system refuses (as are the three below)."""
        self.exclude(group, (), socket, port)

    def leave(self, group: str, socket: str = "a", port: str = "lan") -> None:
        """INCLUDE {}: no source."""
        self.include(group, (), socket, port)

    def include(self, group: str, sources: Iterable[str], socket: str = "a", port: str = "lan") -> None:
        """Listens to these sources alone."""
        self._lab.require(
            self.listen(group, "include", sources, socket, port), f"refuses to listen to {group}"
        )

    def exclude(self, group: str, sources: Iterable[str], socket: str = "a", port: str = "lan") -> None:
        """Listens to all but these sources."""
        self._lab.require(
            self.listen(group, "exclude", sources, socket, port), f"refuses to listen to {group}"
        )

    def send(
        self,
        group: str,
        payload: bytes = b"data",
        port: str | None = None,
        ttl: int | None = None,
        loop: bool = True,
    ) -> None:
        """An application sends a datagram (UDP port 5001); ``port``, ``ttl`` None: the system's default."""
        self._lab.need("host:send")
        group = self._lab.names.real(group)
        self._act(f"application sends {payload[:24]!r} to {group}", port or "")
        self._lab.sut.send_data(group, payload, port, ttl, loop)

    def lose_address(self, port: str = "lan") -> None:
        """The interface has no address: as if duplicate address detection had just begun."""
        self._set_address(port, False)

    def gain_address(self, port: str = "lan") -> None:
        """The interface has its addresses again."""
        self._set_address(port, True)

    def _set_address(self, port: str, present: bool) -> None:
        self._lab.need("host:address")
        self._act("the addresses are valid" if present else "no address is valid", port)
        self._lab.sut.set_address(port, present)

    def received(
        self,
        socket: str | None = None,
        group: str | None = None,
        payload: bytes | None = None,
        within: float | None = None,
    ) -> list[Delivery]:
        """What applications got from the last stimulus to ``within`` after it (default: the tolerance)."""
        lab = self._lab
        lab.need("host:delivery")
        start = lab.stimulus_time
        lab.advance(max(lab.now, start + (lab.timers.tolerance if within is None else within)))
        self._collect()
        group = None if group is None else lab.names.wanted(group)
        return [
            one
            for one in self._deliveries[self._seen :]
            if socket in (None, one.socket) and group in (None, one.group) and payload in (None, one.payload)
        ]

    def delivered(self, source: str, group: str, socket: str = "a", port: str = "lan", **fields: Any) -> bool:
        """Whether a datagram that ``source`` sends to ``group`` now on ``port`` reaches the socket."""
        real = self._lab.names.real
        payload = f"{real(source)}>{real(group)} #{len(self._lab.history)}".encode()
        self._lab.ports[port].send(data(group, source, payload=payload, **fields))
        arrived = bool(self.received(socket, payload=payload))
        self._lab.expectation(
            f"data of {source} to {group} is{'' if arrived else ' not'} delivered to socket {socket}",
            True,
            port,
        )
        return arrived

    def begin_stimulus(self) -> None:
        """What arrived until now no longer counts as received."""
        if self._lab.has("host:delivery"):
            self._collect()
            self._seen = len(self._deliveries)

    def _act(self, text: str, port: str) -> None:
        lab = self._lab
        lab.begin_stimulus()
        lab.steps.append(Step(lab.now, "app", port, text))

    def _collect(self) -> None:
        seen = self._lab.names.seen
        for delivery in self._lab.sut.deliveries():
            self._deliveries.append(
                dataclasses.replace(delivery, source=seen(delivery.source), group=seen(delivery.group))
            )
            self._lab.steps.append(
                Step(
                    delivery.time,
                    "app",
                    "",
                    f"socket {delivery.socket} gets "
                    f"{delivery.payload[:24]!r} from {delivery.source} to {delivery.group}",
                )
            )
