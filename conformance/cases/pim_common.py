# SPDX-License-Identifier: GPL-2.0-only
"""What cases of PIM share: names of hosts and groups, and the two kinds of tree that most rules are the same for."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any, Callable, Iterable

from conformance.harness import *

GROUP, OTHER_GROUP = "239.1.2.3", "239.1.2.4"
SOURCE, OTHER_SOURCE = "10.9.0.1", "10.9.0.2"  # behind the neighbour that leads to the RP
FAR_SOURCE = "10.7.0.1"  # behind the other neighbour on ``up``
DOWN, DOWN2 = "10.1.0.20", "10.1.0.30"  # neighbours on ``lan``
PEER = "10.0.0.40"  # a router on ``up`` that is downstream as the system is
PORT_NAMES = ("lan", "lan2", "up")


@dataclass(frozen=True)
class Tree:
    """(*,G) or (S,G), and what is said about it on either side."""

    words: str
    suffix: str
    source: str | None

    def join(self, group: str = GROUP, **fields: Any) -> PimEntry:
        return join_g(group, RP, **fields) if self.source is None else join_sg(group, self.source, **fields)

    def prune(self, group: str = GROUP, **fields: Any) -> PimEntry:
        return prune_g(group, RP, **fields) if self.source is None else prune_sg(group, self.source, **fields)


STAR_G, S_G = Tree("(*,G)", "star_g", None), Tree("(S,G)", "s_g", SOURCE)


def both_trees(star_g: Iterable[str], s_g: Iterable[str], **options: Any) -> Callable:
    """A case of (*,G) and of (S,G): the function takes the tree as its second parameter, ``TREE`` in its title is that.

    star_g, s_g: the requirements that either shows; none: there is no such case.
    """

    def register(function: Callable) -> Callable:
        for tree, ids in ((STAR_G, star_g), (S_G, s_g)):
            if not ids:
                continue
            name = f"{function.__name__}_{tree.suffix}"
            copy = types.FunctionType(function.__code__, function.__globals__, name, (tree,))
            copy.__doc__, copy.__module__ = (function.__doc__ or "").replace(
                "TREE", tree.words
            ), function.__module__
            pim_case(*ids, **options)(copy)
        return function

    return register


def joined(lab: Lab, *entries: PimEntry, neighbors: Iterable[str] = (DOWN, UPSTREAM), **fields: Any) -> float:
    """Neighbours are there, one has joined, and the system has joined upstream. Gives the time of the join."""
    lab.pim.neighbors_up(*neighbors)
    when = lab.pim.join(DOWN, *entries, **fields)
    first = lab.up.stimulus_index

    def missing() -> list[PimEntry]:
        return [
            one for one in entries if not lab.up.find(join_prune(one, upstream=UPSTREAM, only=False), first)
        ]

    lab.advance_until(lambda: not missing(), lab.now + lab.timers.tolerance)
    lab.check(not missing(), f"sends {', '.join(map(str, missing() or entries))} upstream")
    for message in lab.up.frames[first:]:
        message.taken = message.taken or message.kind == "join_prune"
    return when
