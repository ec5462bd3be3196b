# SPDX-License-Identifier: GPL-2.0-only
"""One row: start the routers, stream, join, wait for the switchover, cut the link, leave."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing, nullcontext
from typing import Any, Callable, ContextManager

from . import topology as at
from .daemons import start
from .figures import SILENCE, STOP_SECONDS, Row, Trace, measured
from .network import Member, Network, Stream, Wire
from .topology import TOPOLOGIES

LOOK = 0.02  # seconds between two looks at what came
BEFORE_JOIN = 1.5  # seconds of data without a member: the source registers, and is told to stop
QUIET = 1.0  # seconds that a state has to last until the next step
LATE = 0.02  # seconds: the kernel keeps four datagrams for a router that is as slow to answer it
SLOW = "pimd"  # looks at its timers every 5 s


class Measurement:
    """The steps of a row. gate: held while something happens, not while routers get to know each other."""

    recovery_seconds = 6.0

    def __init__(self, row: Row, gate: ContextManager[Any] | None = None) -> None:
        self.row, self.trace = row, Trace()
        self.gate = nullcontext() if gate is None else gate
        slow = SLOW in row.positions
        self.join_seconds = 15.0 if slow else 6.0
        self.switch_seconds = 12.0 if slow else 4.0
        if slow:  # waits until the kernel tells of the flow anew, every 10 s, and then for its own timers
            self.recovery_seconds = 17.0

    def run(self) -> Row:
        """Measures; what goes wrong with the network itself is raised."""
        with ExitStack() as stack:
            with self.gate:
                network = stack.enter_context(
                    closing(Network(TOPOLOGIES[self.row.topology], self.row.family))
                )
                daemons = [
                    stack.enter_context(closing(start(network, number, name)))
                    for number, name in enumerate(self.row.positions, 1)
                ]
            time.sleep(max(one.settled for one in daemons))
            with self.gate:
                self._stream(network, stack)
            for one in daemons:
                one.check_alive()
        return self.figures()

    def figures(self) -> Row:
        """The row, with what was measured."""
        return measured(self.row, self.trace)

    def _stream(self, network: Network, stack: ExitStack) -> None:
        self._wire = stack.enter_context(closing(Wire(network)))
        member = stack.enter_context(closing(Member(network)))
        stream = stack.enter_context(closing(Stream(network)))
        self._before_join(network, stack)
        trace = self.trace
        trace.joined = time.monotonic()
        member.join()
        if self._watch(self.join_seconds, self._data_since_join):
            self._after_join(network, member)
        trace.ended = time.monotonic()
        if stream.late > LATE:
            self.row.trouble = f"on a busy machine: the source was up to {stream.late * 1000:.0f} ms late"

    def _after_join(self, network: Network, member: Member) -> None:
        self._wait_for_switchover(network)
        if self._fail(network):
            self._leave(member)

    def _fail(self, network: Network) -> bool:
        """The link dies; whether the data came again."""
        self.trace.cut = time.monotonic()
        network.cut()
        self._watch(QUIET)
        recovered = self._watch(self.recovery_seconds, lambda: self._flows_since(self.trace.cut))
        self._watch(QUIET)
        return recovered

    def _leave(self, member: Member) -> None:
        self.trace.left = time.monotonic()
        member.leave()
        self._watch(STOP_SECONDS, lambda: self._silent_since(self.trace.left))

    def _before_join(self, network: Network, stack: ExitStack) -> None:
        self._watch(BEFORE_JOIN)

    def _wait_for_switchover(self, network: Network) -> None:
        router, number = network.topology.switchover
        arrived = lambda: network.incoming_interface(router) == at.interface(number)  # noqa: E731
        if self._watch(self.switch_seconds, arrived):
            self.trace.switched = time.monotonic()
        self._watch(QUIET)

    def _watch(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Takes in what comes, at most for so long; whether what is waited for happened."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self._take_in()
            if until():
                return True
            time.sleep(LOOK)
        self._take_in()
        return until()

    def _take_in(self) -> None:
        self.trace.seen += self._wire.receive()

    def _data_since_join(self) -> bool:
        return any(one.number is not None and one.time >= self.trace.joined for one in self.trace.seen)

    def _last_data(self) -> float:
        return next((one.time for one in reversed(self.trace.seen) if one.number is not None), 0.0)

    def _flows_since(self, moment: float) -> bool:
        """Data came within the last looks, and for a while."""
        now = time.monotonic()
        recent = sum(one.number is not None for one in self.trace.seen[-50:] if now - one.time < 0.3)
        return self._last_data() > moment and recent >= 40

    def _silent_since(self, moment: float) -> bool:
        return time.monotonic() - max(self._last_data(), moment) >= SILENCE + 0.2
