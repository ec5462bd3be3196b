# SPDX-License-Identifier: GPL-2.0-only
"""One row of dense mode: a flood to a member that is there first, then join, leave, join and failure."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing

from .figures import Row, measured_dense
from .measure import Measurement
from .network import Member, Network, Stream, Wire
from .topology import FLOOD_GROUPS, TOPOLOGIES

AFTER_REPORT = 1.0  # seconds: the routers know the member
PRUNE_SECONDS = 14.0  # until the first router sends nowhere; FRR prunes when the kernel asks again after 10
ASSERT_SECONDS = 4.0  # until one router alone sends to a link
RECOVERY_SECONDS = 9.0  # Hello Holdtimes of 3 s have to end first


class DenseMeasurement(Measurement):
    """The steps of a row of dense mode."""

    recovery_seconds = RECOVERY_SECONDS

    def figures(self) -> Row:
        return measured_dense(self.row, self.trace)

    def _before_join(self, network: Network, stack: ExitStack) -> None:
        """The flood reaches the member that is there; what nobody listens to is pruned."""
        group = FLOOD_GROUPS[network.family]
        self._flood = stack.enter_context(closing(Wire(network, group)))
        member = stack.enter_context(closing(Member(network, group)))
        member.join()
        self._watch(AFTER_REPORT)
        stream = stack.enter_context(closing(Stream(network, group)))
        self.trace.began = stream.began
        self.trace.pruned = self._watch(PRUNE_SECONDS, lambda: not network.outgoing_interfaces(1))

    def _after_join(self, network: Network, member: Member) -> None:
        """Two routers of one link find out by Asserts who sends there. The leave comes before the failure, as
        the one who then is cut off may be the querier, who alone asks after a leave.
        """
        self._watch(ASSERT_SECONDS)
        self._leave(member)
        self.trace.rejoined = time.monotonic()
        member.join()
        self._watch(ASSERT_SECONDS)
        self._fail(network)

    def _take_in(self) -> None:
        super()._take_in()
        if not self.trace.flood and hasattr(self, "_flood"):
            self.trace.flood += [one for one in self._flood.receive() if one.number is not None]


def measurement_of(row: Row) -> type[Measurement]:
    """The steps that a row's network asks for."""
    return DenseMeasurement if TOPOLOGIES[row.topology].dense else Measurement
