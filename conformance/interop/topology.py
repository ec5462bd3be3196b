# SPDX-License-Identifier: GPL-2.0-only
"""The networks of the matrix, in both families.

``chain``: the Rendezvous Point in the middle, and a shorter way from the last router to the source, so that
the source's tree leaves the Rendezvous Point's; the link that dies is that shorter way.

    source -- 1 -- r1 ----- 12 ----- r2 (RP) ----- 23 ----- r3 -- 2 -- receiver
                   r1 ---------------- 13 ----------------- r3

``lan``: both routers stand on the receiver's LAN, where r2 has the greater address: it is the Designated
Router, and the Rendezvous Point as well. Its link to r1 dies; then the source is reached over the LAN itself,
and r1 has to send there what r2 asks it for.

Two networks are of dense mode (RFC 3973), where data is flooded and pruned, and nobody is a Rendezvous Point:

``dense-row``: two links lead from the first router to the last, which takes data from one of them; the other,
where both routers send at first, is pruned. The link in use dies.

    source -- 1 -- r1 ----- 12 ----- r2 -- 2 -- receiver
                   r1 ----- 13 ----- r2

``dense-lan``: both routers send to the receiver's LAN at first; r1, on whose link the source is, wins the
Assert there, and is the Designated Router. Then r1 is cut off the LAN, and r2 has to notice.

    source -- 1 -- r1 ----- 12 ----- r2
                   r1 ------ 2 ------ r2         -- receiver

    source -- 1 -- r1 ----- 12 ----- r2 (RP, DR)
                   r1 ------ 2 ------ r2         -- receiver

A network of number n is 10.n.0.0/24 and 2001:db8:n::/64. Router rk is host k everywhere (fe80::k), end
systems are host 100. All routes are the kernel's, the second best with a greater metric: when an interface
goes down the kernel drops its routes, and the others take over.
"""

from __future__ import annotations

from dataclasses import dataclass

END_SYSTEM = 100
SOURCE_NET, RECEIVER_NET = 1, 2
BEST, SECOND_BEST = 10, 200  # metrics
GROUPS = {"ipv4": "239.1.2.3", "ipv6": "ff1e::1:2:3"}
FLOOD_GROUPS = {"ipv4": "239.1.2.9", "ipv6": "ff1e::1:2:9"}  # of dense mode: a member is there first


@dataclass(frozen=True)
class Route:
    """On a router: to a network by the neighbour ``via`` on the network ``over``."""

    router: int
    to: int
    via: int
    over: int
    metric: int = BEST


@dataclass(frozen=True)
class Topology:
    """What is wired to what. ``switchover``: the router that changes its incoming interface, and to which
    network.
    """

    name: str
    title: str
    roles: tuple[str, ...]  # of r1, r2...
    networks: dict[int, tuple[int, ...]]  # number -> routers on it
    routes: tuple[Route, ...]
    dying: int  # the network that is cut
    rp: tuple[int, int] | None = None  # network and router; None: dense mode
    switchover: tuple[int, int] = (0, 0)
    dying_ends: tuple[int, ...] = ()  # the routers that are cut off that network; none: all on it

    @property
    def dense(self) -> bool:
        return self.rp is None

    def networks_of(self, router: int) -> list[int]:
        return [number for number, routers in self.networks.items() if router in routers]

    def rp_address(self, family: str) -> str:
        assert self.rp is not None
        return address(family, *self.rp)

    def cut_ends(self) -> tuple[int, ...]:
        return self.dying_ends or self.networks[self.dying]


CHAIN = Topology(
    "chain",
    "three routers in a row",
    ("first hop", "RP", "last hop"),
    {1: (1,), 12: (1, 2), 23: (2, 3), 13: (1, 3), 2: (3,)},
    (
        Route(1, 23, 2, 12),
        Route(1, 23, 3, 13, SECOND_BEST),
        Route(1, 2, 3, 13),
        Route(1, 2, 2, 12, SECOND_BEST),
        Route(2, 1, 1, 12),
        Route(2, 1, 3, 23, SECOND_BEST),
        Route(2, 2, 3, 23),
        Route(2, 2, 1, 12, SECOND_BEST),
        Route(2, 13, 1, 12),
        Route(3, 1, 1, 13),
        Route(3, 1, 2, 23, SECOND_BEST),
        Route(3, 12, 2, 23),
        Route(3, 12, 1, 13, SECOND_BEST),
    ),
    13,
    rp=(23, 2),
    switchover=(3, 13),
)
LAN = Topology(
    "lan",
    "two routers on one LAN",
    ("first hop", "RP and DR"),
    {1: (1,), 12: (1, 2), 2: (1, 2)},
    (Route(2, 1, 1, 12), Route(2, 1, 1, 2, SECOND_BEST)),
    12,
    rp=(2, 2),
    switchover=(2, 12),
)
DENSE_ROW = Topology(
    "dense-row",
    "dense mode, two routers in a row",
    ("first hop", "last hop"),
    {1: (1,), 12: (1, 2), 13: (1, 2), 2: (2,)},
    (
        Route(1, 2, 2, 12),
        Route(1, 2, 2, 13, SECOND_BEST),
        Route(2, 1, 1, 12),
        Route(2, 1, 1, 13, SECOND_BEST),
    ),
    12,
)
DENSE_LAN = Topology(
    "dense-lan",
    "dense mode, two routers on one LAN",
    ("first hop", "second on the LAN"),
    {1: (1,), 12: (1, 2), 2: (1, 2)},
    (Route(2, 1, 1, 12),),
    2,
    dying_ends=(1,),
)
TOPOLOGIES = {one.name: one for one in (CHAIN, LAN, DENSE_ROW, DENSE_LAN)}


def interface(network: int) -> str:
    """The name of every interface on a network."""
    return f"net{network}"


def address(family: str, network: int, host: int) -> str:
    return f"2001:db8:{network}::{host}" if family == "ipv6" else f"10.{network}.0.{host}"


def prefix(family: str, network: int) -> str:
    return f"2001:db8:{network}::/64" if family == "ipv6" else f"10.{network}.0.0/24"


def next_hop(family: str, network: int, router: int) -> str:
    """As routes name a neighbour."""
    return f"fe80::{router}" if family == "ipv6" else address(family, network, router)


def addresses(family: str, network: int, host: int) -> list[str]:
    """What a node has on a network, as ip(8) adds it."""
    if family == "ipv6":
        return [f"fe80::{host}/64", f"{address(family, network, host)}/64"]
    return [f"{address(family, network, host)}/24"]
