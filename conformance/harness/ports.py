# SPDX-License-Identifier: GPL-2.0-only
"""One Ethernet segment between the tester and the system under test."""

from __future__ import annotations

import dataclasses
import ipaddress
from typing import TYPE_CHECKING, Any

from .addressing import global_address, link_local
from .model import Port
from .packets import Context, data
from .timers import CLOCK_GRAIN
from .verdicts import CaseFailed
from .wire import Message

if TYPE_CHECKING:
    from .lab import Lab


class LabPort:
    """``lab.lan``, ``lab.lan2`` or ``lab.up``. ``frames`` is all that the system has sent there, decoded."""

    def __init__(self, lab: Lab, port: Port) -> None:
        self._lab, self._port = lab, port
        self._network = ipaddress.ip_network(f"{port.dut_address}/{port.prefix_length}", strict=False)
        self.names = dataclasses.replace(lab.names, port=port.name)
        self.name, self.dut, self.tester = (
            port.name,
            self._own(port.dut_address),
            self._own(port.tester_address),
        )
        self.frames: list[Message] = []
        self.stimulus_index = self.window_index = 0
        self._context: Context | None = None

    # ---- addresses ----

    def address(self, n: int) -> str:
        """The address of another host, by its number on the segment (1..254; 10 is the system's own)."""
        return self._own(str(self._network.network_address + n))

    def global_address(self, n: int | None = None) -> str:
        """The global IPv6 address of another host, by its number, or the system's own."""
        if n is None:
            return global_address(self._port)
        return self.names.real(str(self._network.network_address + n))

    @property
    def link_local(self) -> str:
        """The system's link-local IPv6 address."""
        return link_local(self._port)

    def _own(self, label: str) -> str:
        """A host on the segment as the case sees it: cases about MLD alone see link-local addresses."""
        return label if self.names.labels else self.names.real(label, on_link=True)

    def lower(self, n: int = 1) -> str:
        """An address lower than the system's: the n-th below it (1 to 9)."""
        return str(ipaddress.ip_address(self.dut) - n)

    def higher(self, n: int = 1) -> str:
        """An address higher than the system's: the n-th above it."""
        return str(ipaddress.ip_address(self.dut) + n)

    @property
    def mac(self) -> str:
        """The system's own Ethernet address on this port."""
        return self._lab.sut.mac(self.name)

    # ---- stimulus ----

    def send(self, packet: Any, after: float = 0.0, source: str | None = None) -> float:
        """Puts a packet on the wire, ``after`` seconds from now, and gives the time of that.

        packet: one of ``harness.packets``, a record (sent as a report of its own), a Scapy packet from Ether
        up, or the octets of a frame. source: IP source instead of the tester's own address.
        """
        if after > 0:
            self._lab.wait(after)
        octets = self._build(packet, source)
        self._lab.begin_stimulus()
        self._lab.log_sent(self.name, octets)
        when = self._lab.now
        self._lab.sut.send(self.name, octets)
        return when

    def data(self, source: str, group: str, ttl: int = 16, payload: bytes = b"data", **fields: Any) -> float:
        """Sends a UDP datagram from ``source`` to ``group``, as a routed or local sender would."""
        return self.send(data(group, source, ttl=ttl, payload=payload, **fields))

    def _build(self, packet: Any, source: str | None) -> bytes:
        if not hasattr(packet, "matches"):
            if source is not None:
                raise TypeError("source= needs a packet of harness.packets")
            return bytes(packet)
        if source is not None:
            packet = packet.but(src=source)
        return packet.build(self.context())

    def context(self) -> Context:
        """What fills the fields that packets leave open."""
        if self._context is None:
            timers = self._lab.timers
            self._context = Context(
                self._port.tester_address,
                self._port.dut_address,
                self.mac,
                timers.rv,
                timers.qi,
                timers.qri,
                timers.lmqi,
                self.names,
                self._lab.pim.timers.tree_holdtime,
                self._lab.pim.setup.mode_of(self._port.name) == "dense",
            )
        return self._context

    # ---- expectation ----

    def expect(
        self,
        matcher: Any,
        within: float | None = None,
        at: float | None = None,
        tolerance: float | None = None,
        after: float | Message | None = None,
    ) -> Message:
        """The first frame that matches, taken; fails if none comes.

        within: seconds from the last stimulus, wait, expect_none or collect (default 0), plus the tolerance.
        at: the very time, give or take the tolerance; a frame of any earlier or later time does not count.
        after: a time or a message: only later frames count (and ``within`` starts there).
        tolerance: instead of ``timers.tolerance``.
        """
        lab, slack = self._lab, self._lab.timers.tolerance if tolerance is None else tolerance
        if at is not None:
            first, start, end = 0, at - slack, at + slack
            if lab.now < start:
                lab.advance(start)
        else:
            first, start = self._begin(after, self.window_index, lab.window_time)
            end = (lab.within_base if after is None else start) + (within or 0.0) + slack
        found = lab.advance_until(lambda: self.find(matcher, first, start, end), end)
        when = f"at {at:.3f} s" if at is not None else f"from {start:.3f} s to {end:.3f} s"
        lab.expectation(f"{self._words(matcher)} {when}", bool(found), self.name)
        if not found:
            instead = self._what_came_instead(matcher, first, start, end)
            raise CaseFailed(f"{self.name}: no {self._words(matcher)} {when}; {instead}")
        found.taken = True
        return found

    def expect_none(
        self,
        matcher: Any,
        within: float | None = None,
        until: float | None = None,
        after: float | Message | None = None,
    ) -> None:
        """Fails if a frame that matches comes, from the last stimulus on.

        until: a time; within: seconds from the last stimulus (or ``after``). Default: now, at least the
        tolerance.
        """
        lab = self._lab
        first, start = self._begin(after, self.stimulus_index, lab.stimulus_time)
        if until is None:
            until = max(lab.now, start + lab.timers.tolerance) if within is None else start + within
        lab.advance(until)
        lab.within_base = lab.now
        found = self.find(matcher, first, start, until)
        lab.expectation(
            f"no {self._words(matcher)} from {start:.3f} s to {until:.3f} s", not found, self.name
        )
        if found:
            found.taken = True
            raise CaseFailed(
                f"{self.name}: {found} came at {found.time:.3f} s; nothing of the kind"
                f" ({self._words(matcher)}) may come from {start:.3f} s to {until:.3f} s"
            )

    def collect(
        self, matcher: Any, seconds: float = 0.0, after: float | Message | None = None
    ) -> list[Message]:
        """Lets ``seconds`` pass and takes all frames that match since the last stimulus (or ``after``)."""
        lab = self._lab
        first, start = self._begin(after, self.stimulus_index, lab.stimulus_time)
        lab.advance(lab.now + seconds)
        lab.within_base = lab.now
        found = [
            message
            for message in self.frames[first:]
            if message.time >= start - CLOCK_GRAIN and not message.taken and matcher.matches(message)
        ]
        for message in found:
            message.taken = True
        lab.note(
            f"{len(found)} times {self._words(matcher)} from {start:.3f} s to {lab.now:.3f} s", self.name
        )
        return found

    def find(
        self, matcher: Any, first: int = 0, start: float = 0.0, end: float = float("inf")
    ) -> Message | None:
        """The first frame from number ``first`` on that matches and nobody has taken; it is not taken."""
        for message in self.frames[first:]:
            if (
                start - CLOCK_GRAIN <= message.time <= end + CLOCK_GRAIN
                and not message.taken
                and matcher.matches(message)
            ):
                return message
        return None

    def _words(self, matcher: Any) -> str:
        """An expectation as a person reads it."""
        shown = getattr(matcher, "shown", None)
        return shown(self.names) if shown else str(matcher)

    def _begin(self, after: float | Message | None, index: int, when: float) -> tuple[int, float]:
        if after is None:
            return index, when
        if isinstance(after, Message):
            return next(i for i, message in enumerate(self.frames) if message is after) + 1, after.time
        return 0, after

    def _what_came_instead(self, matcher: Any, first: int, start: float, end: float) -> str:
        others = [message for message in self.frames if matcher.matches(message) and not message.taken]
        if others:
            times = ", ".join(f"{message.time:.3f} s" for message in others[-4:])
            return f"it came at {times}"
        if any(
            message.taken and matcher.matches(message) and message.time >= start - CLOCK_GRAIN
            for message in self.frames[first:]
        ):
            return "it came only as often as already expected"
        came = [
            str(message)
            for message in self.frames[first:]
            if start - CLOCK_GRAIN <= message.time <= end + CLOCK_GRAIN
        ]
        return (
            "nothing came"
            if not came
            else "instead came " + "; ".join(came[:3]) + ("; ..." if came[3:] else "")
        )
