# SPDX-License-Identifier: GPL-2.0-only
"""The scene of dense mode's Assert cases (RFC 3973 4.6): the system forwards from ``up`` to ``lan``, where a rival does, too.

A router (D) listens on ``lan``. What the system's metric is, its first Assert tells: the rival's are better or worse by one.
"""

from __future__ import annotations

from typing import Any

from conformance.harness import Lab, Message, assert_

from .pim_dense_common import D, G, S, TREES, U, flood, meet, prunes

RIVAL, HIGH_RIVAL = "10.1.0.7", "10.1.0.77"  # below and above the system's address on ``lan``
TIME = "config:pim:timers:assert_time"
ROUTES = "pim:routes"
PREFIX = "10.9.0.0/24"  # of S
INTERVAL = 2  # s, of a State Refresh that tells a metric


def whole_time(timers: Any) -> float:
    """Seconds of a case that waits for an Assert to end."""
    return timers.assert_time + 8


def scene(lab: Lab, *more: str) -> None:
    """The system forwards to ``lan``; the rival is known there."""
    meet(lab, U, D, RIVAL, *more)
    flood(lab)


def own(lab: Lab, **fields: Any) -> Any:
    """The expectation of the system's Assert on ``lan``."""
    return assert_(G, S, src=lab.lan.dut, rpt=False, **fields)


def provoke(lab: Lab) -> Message:
    """The system's Assert to the rival's data: it is the winner."""
    lab.lan.data(S, G, ttl=9, payload=b"by the rival")
    found = lab.lan.expect(own(lab))
    lab.require(found.pim.metric > 0, "the system's metric leaves room for a better one")
    return found


def rank(mine: Message, metric: int = 0, preference: int = 0) -> dict[str, int]:
    """The metric of the system's Assert, so much greater."""
    return {"preference": mine.pim.preference + preference, "metric": mine.pim.metric + metric}


def say(lab: Lab, by: str = RIVAL, **fields: Any) -> float:
    """An Assert of the rival."""
    return lab.lan.send(assert_(G, S, src=by, **fields))


def lose(lab: Lab) -> tuple[Message, float]:
    """The system has lost to the rival by one: gives its own Assert, and the time of the rival's."""
    mine = provoke(lab)
    when = say(lab, **rank(mine, -1))
    lab.lan.expect(prunes(RIVAL))
    return mine, when


def assert_state(lab: Lab, state: str, port: str = "lan", **wanted: Any) -> None:
    """The Assert machine of a port, where it can be read out: "no-info", "winner" or "loser"."""
    if lab.has(TREES):
        told = (lambda value: value in (None, state)) if state == "no-info" else state
        lab.pim.expect_downstream(G, S, port=port, assert_state=told, **wanted)


__all__ = [
    *"HIGH_RIVAL INTERVAL PREFIX RIVAL ROUTES TIME assert_state lose own provoke rank say scene whole_time".split()
]
