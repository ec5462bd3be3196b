# SPDX-License-Identifier: GPL-2.0-only
"""The scene of the Assert cases: two routers that forward onto one link (RFC 7761 4.6).

The system forwards from ``up`` to ``lan``, where a rival does, too. A downstream router (D) is on ``lan``; its joins make
the system forward. What the system's metric is, its first Assert tells: the rival's are better or worse by one.
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

from conformance.harness import Lab, Message, assert_, pim_case

from .pim_scene import G, INFINITE, by_now, NEVER, NOBODY, S, U, join, joins, meet, moment, prune

NEEDS = "forwarding"
RIVAL, HIGH_RIVAL = "10.1.0.7", "10.1.0.77"  # below and above the system's address on ``lan``


class Tree:
    """The tree that an assert is about: (S,G), or (*,G)."""

    def __init__(self, lab: Lab, star: bool = False) -> None:
        self.lab, self.star, self.source = lab, star, None if star else S
        self.preference = self.metric = 0

    def prepare(self) -> None:
        """The system forwards to ``lan``; the rival is known there."""
        meet(self.lab, U, RIVAL)
        self.join()
        by_now(self.lab, "up", joins(self.source, G, to=U))
        self.expect_forwarding("at first")

    def join(self, **fields: Any) -> None:
        join(self.lab, source=self.source, **fields)

    def prune(self) -> None:
        """Nobody on the link wants it any more, once the time for objections is over."""
        prune(self.lab, source=self.source)

    def expect_forwarding(self, words: str) -> None:
        self.lab.check(self.lab.forwards(S, G), f"{words} the system forwards to lan")

    def expect_no_forwarding(self, words: str) -> None:
        self.lab.check(not self.lab.forwards(S, G), f"{words} the system does not forward to lan")

    def own(self, **fields: Any) -> Any:
        """The expectation of an Assert of the system's."""
        source = {S, NOBODY} if self.star else S
        return assert_(G, source, src=self.lab.lan.dut, rpt=self.star, **fields)

    def provoke(self) -> Message:
        """The system's Assert to data of the rival's."""
        self.lab.lan.data(S, G, ttl=9, payload=b"by the rival")
        found = self.lab.lan.expect(self.own())
        self.preference, self.metric = found.pim.preference, found.pim.metric
        self.lab.require(self.metric > 0, "the system's metric leaves room for a better one")
        return found

    def send(self, change: int = 0, src: str = RIVAL, after: float = 0.0, **fields: Any) -> float:
        """An Assert of the rival's, its metric this much above the system's."""
        values = {"preference": self.preference, "metric": self.metric + change, "rpt": self.star, **fields}
        return self.lab.lan.send(assert_(G, NOBODY if self.star else S, src=src, **values), after=after)

    def cancel(self, src: str = RIVAL) -> None:
        self.send(src=src, **{**INFINITE, "rpt": True})
        moment(self.lab)

    def lose(self) -> float:
        """The system has lost to the rival, since then."""
        self.provoke()
        lost = self.send(-1)
        moment(self.lab)
        return lost


def any_assert() -> Any:
    return assert_()


# The requirement of (*,G) beside each of (S,G).
STAR_OF = {
    "PIMSM-ROUTER-4.6.1-01": "PIMSM-ROUTER-4.6.2-01",
    "PIMSM-ROUTER-4.6.1-02": "PIMSM-ROUTER-4.6.2-01",
    "PIMSM-ROUTER-4.6.1-03": "PIMSM-ROUTER-4.6.2-02",
    "PIMSM-ROUTER-4.6.1-04": "PIMSM-ROUTER-4.6.2-03",
    "PIMSM-ROUTER-4.6.1-05": "PIMSM-ROUTER-4.6.2-03",
    "PIMSM-ROUTER-4.6.1-06": "PIMSM-ROUTER-4.6.2-03",
    "PIMSM-ROUTER-4.6.1-07": "PIMSM-ROUTER-4.6.2-03",
    **{f"PIMSM-ROUTER-4.6.1-{number:02}": "PIMSM-ROUTER-4.6.2-04" for number in range(8, 14)},
}


def both_trees(
    *ids: str, star: Sequence[str] = (), needs: Sequence[str] = (), seconds: Any = 6
) -> Callable[[Callable[[Lab, Tree], None]], Callable[[Lab, Tree], None]]:
    """Declares a case of the tree of a source, and the same one of the shared tree."""
    beside = [
        *(STAR_OF[one] for one in ids if one in STAR_OF),
        *(one for one in ids if one not in STAR_OF),
        *star,
    ]

    def register_both(function: Callable[[Lab, Tree], None]) -> Callable[[Lab, Tree], None]:
        def of_source(lab: Lab) -> None:
            function(lab, Tree(lab))

        def of_group(lab: Lab) -> None:
            function(lab, Tree(lab, star=True))

        for made, wanted, words, suffix in (
            (of_source, ids, "(S,G)", ""),
            (of_group, beside, "(*,G)", "_of_the_group"),
        ):
            made.__name__ = made.__qualname__ = function.__name__ + suffix
            made.__module__ = function.__module__
            made.__doc__ = f"{words}: {function.__doc__}"
            pim_case(
                *dict.fromkeys(wanted), needs=[NEEDS, *needs], pim=NEVER if suffix else None, seconds=seconds
            )(made)
        return function

    return register_both


def lost_time(lab: Lab) -> float:
    return lab.pim.timers.assert_time


def won_time(lab: Lab) -> float:
    return lab.pim.timers.assert_time - lab.pim.timers.assert_override_interval


__all__ = ["HIGH_RIVAL", "NEEDS", "RIVAL", "Tree", "any_assert", "both_trees", "lost_time", "won_time"]
