# SPDX-License-Identifier: GPL-2.0-only
"""What the cases of dense mode share (RFC 3973). The network is that of ``harness.pim_setup``, all of it in dense mode.

``S`` is reached by ``U`` on ``up``, ``BESIDE`` by ``U2`` on the same link, ``APART`` by ``E`` on ``lan2``; ``HERE`` is a source on ``up``
itself. ``D`` and ``D2`` are neighbours on ``lan``, ``E`` and ``E2`` on ``lan2``, ``PEER`` is one on ``up`` that is downstream
as the system is. None of them refreshes state unless it says so (``refresh=``): a State Refresh would keep prunes alive.
"""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping

from conformance.harness import *

G, G2 = "239.1.2.3", "239.1.2.4"
U, U2 = UPSTREAM, OTHER_UPSTREAM
D, D2 = "10.1.0.5", "10.1.0.6"
E, E2 = LAN2_ROUTER, "10.2.0.6"
PEER = "10.0.0.40"
S, S2 = "10.9.0.1", "10.9.0.2"
BESIDE, APART = "10.7.0.1", "10.6.0.1"
HERE, HERE2 = "10.0.0.121", "10.0.0.122"
FAR_ORIGINATOR = "10.9.0.200"  # the first router behind ``S``
FOR_EVER = 0xFFFF
ALL_PIM_ROUTERS = "224.0.0.13"
REFRESH = "pim:state-refresh"
DATA = "forwarding"
TREES = "state:pim:trees"
BEST = {"preference": 0, "metric": 0}
WORST = {"preference": 0x7FFFFFFE, "metric": 0xFFFFFFFE}
INFINITE = {"preference": 0x7FFFFFFF, "metric": 0xFFFFFFFF}


def dense_case(
    *ids: str, pim: Mapping[str, Any] | None = None, needs: str | Iterable[Any] = (), **options: Any
) -> Callable:
    """A case of both families on a router all of whose interfaces are in dense mode. See ``pim_case``."""
    return pim_case(*ids, pim={"mode": "dense", "rp": None, **(pim or {})}, needs=needs, **options)


def preference_of_routes(lab: Lab) -> range:
    """What the preference in messages may be by the routes of the setup: anything where the system can't be told it."""
    return range(110, 111) if lab.has("pim:route-preference") else range(1 << 31)


def margin(lab: Lab) -> float:
    """Seconds to keep from a deadline, on either side."""
    return 2.5 * lab.timers.tolerance


def moment(lab: Lab) -> None:
    """Time for the system to do what it does at once."""
    lab.wait(2 * lab.timers.tolerance)


def meet(lab: Lab, *addresses: str, refresh: int | None = None, **fields: Any) -> None:
    """Neighbours for the rest of the case (default: ``U`` and ``D``), and what the system says to greet them has passed.

    refresh: the interval that their State Refresh Capable option tells, in seconds; None: they have none.
    """
    if refresh is not None:
        fields["state_refresh"] = refresh
    lab.pim.neighbors_up(*(addresses or (U, D)), **fields)


# ---- data --------------------------------------------------------------------------------------------------


def let_it_sink_in(lab: Lab) -> None:
    """A forwarding plane of real time may follow milliseconds after the message that tells of the change."""
    if not lab.virtual:
        lab.wait(0.05)


def expect_served(lab: Lab, to: str = "lan", source: str = S, group: str = G, port: str = "up") -> None:
    """Data of the source comes out there."""
    let_it_sink_in(lab)
    reached = _reaches(lab, to, source, group, port)
    lab.check(reached, f"data of {source} to {group} from {port} must reach {to}")


def expect_unserved(lab: Lab, to: str = "lan", source: str = S, group: str = G, port: str = "up") -> None:
    """Data of the source does not come out there."""
    let_it_sink_in(lab)
    lab.check(
        not lab.forwards(source, group, to=to, port=port),
        f"data of {source} to {group} from {port} must not reach {to}",
    )


def flood(lab: Lab, *to: str, source: str = S, group: str = G, port: str = "up") -> None:
    """Data of the source, which makes the (S,G) state; it comes out on these ports. Otherwise the case is inconclusive."""
    for one in to or ("lan",):
        lab.require(_reaches(lab, one, source, group, port), f"data is not flooded to {one}")


def _reaches(lab: Lab, to: str, source: str, group: str, port: str) -> bool:
    """Whether data comes out there. A target whose ``first_flood`` says that it floods nothing of a new source for so many
    seconds is given them, once.
    """
    until = lab.now
    if not any(data(group, source).matches(one) for there in lab.ports.values() for one in there.frames):
        until += getattr(lab.target, "first_flood", 0.0)
    while not lab.forwards(source, group, to=to, port=port):
        if lab.now >= until:
            return False
    return True


# ---- what neighbours say -----------------------------------------------------------------------------------


def prune(lab: Lab, by: str = D, source: str = S, group: str = G, holdtime: int = FOR_EVER, **fields: Any) -> float:
    """A neighbour's Prune(S,G) to the system, which holds for ever unless it is told otherwise. Gives its time."""
    return lab.pim.join(by, prune_sg(group, source), holdtime=holdtime, **fields)


def join(lab: Lab, by: str = D, source: str = S, group: str = G, **fields: Any) -> float:
    """A neighbour's Join(S,G) to the system."""
    return lab.pim.join(by, join_sg(group, source), **fields)


def send_graft(lab: Lab, by: str = D, source: str = S, group: str = G, **fields: Any) -> float:
    """A neighbour's Graft to the system, unicast."""
    port = lab.pim.port_of(by)
    return port.send(graft(join_sg(group, source), **{"src": by, "dst": port.dut, **fields}))


def send_graft_ack(lab: Lab, by: str = U, source: str = S, group: str = G, **fields: Any) -> float:
    """What a neighbour answers to the system's Graft."""
    port = lab.pim.port_of(by)
    return port.send(graft_ack(join_sg(group, source), **{"src": by, "dst": port.dut, **fields}))


def refresh(lab: Lab, by: str = U, source: str = S, group: str = G, **fields: Any) -> float:
    """A State Refresh from a neighbour, by default from the one that leads to the source."""
    values = {"src": by, "originator": FAR_ORIGINATOR, "hops": 16, **fields}
    return lab.pim.port_of(by).send(state_refresh(group, source, **values))


# ---- what the system says ----------------------------------------------------------------------------------


def joins(to: str | None = U, source: str = S, group: str = G, **fields: Any) -> Any:
    """The expectation of a Join(S,G), alone or among other entries."""
    return join_prune(join_sg(group, source), only=False, upstream=to, **fields)


def prunes(to: str | None = U, source: str = S, group: str = G, **fields: Any) -> Any:
    """The expectation of a Prune(S,G), alone or among other entries."""
    return join_prune(prune_sg(group, source), only=False, upstream=to, **fields)


def grafts(to: str | None = U, source: str = S, group: str = G, **fields: Any) -> Any:
    """The expectation of a Graft of (S,G)."""
    return graft(join_sg(group, source), only=False, upstream=to, **fields)


def graft_acks(to: str | None = None, source: str = S, group: str = G, **fields: Any) -> Any:
    """The expectation of a Graft-Ack of (S,G); ``to``: whom it names as upstream neighbour, which receivers ignore."""
    return graft_ack(join_sg(group, source), only=False, upstream=to, **fields)


def refreshes(source: str = S, group: str = G, **fields: Any) -> Any:
    """The expectation of a State Refresh of (S,G)."""
    return state_refresh(group, source, **fields)


def silence(lab: Lab, port: str = "up", within: float = 0.0) -> None:
    """Nothing is said on the port about (S,G): no Join, Prune, Graft or Assert."""
    for what in (any_join_prune(), graft(), assert_()):
        lab.ports[port].expect_none(what, within=within)


# ---- states ------------------------------------------------------------------------------------------------


def expect_upstream(lab: Lab, state: str, source: str = S, group: str = G, **wanted: Any) -> None:
    """The upstream machine is in this state, where that can be read out: "forwarding", "pruned" or "ack-pending"."""
    if lab.has(TREES):
        lab.pim.expect_tree(group, source, upstream_state=state, **wanted)


def expect_downstream(
    lab: Lab, state: str, port: str = "lan", source: str = S, group: str = G, **wanted: Any
) -> None:
    """The downstream machine of a port, where that can be read out: "no-info", "prune-pending" or "prune"."""
    if lab.has(TREES):
        lab.pim.expect_downstream(group, source, port=port, state=state, **wanted)


def pruned(lab: Lab, *neighbors: str, source: str = S, group: str = G, **fields: Any) -> Message:
    """Data was flooded, the only neighbour downstream (``D``) has pruned, the system has pruned itself: gives that Prune."""
    meet(lab, *(neighbors or (U, D)))
    flood(lab, source=source, group=group)
    prune(lab, source=source, group=group, **fields)
    return lab.up.expect(prunes(source=source, group=group))


def ack_pending(lab: Lab, *neighbors: str, source: str = S, group: str = G) -> Message:
    """The same, and ``D`` has grafted: gives the system's own Graft, which is not answered yet."""
    pruned(lab, *neighbors, source=source, group=group)
    send_graft(lab, source=source, group=group)
    return lab.up.expect(grafts(source=source, group=group))


__all__ = [
    *"ALL_PIM_ROUTERS APART BESIDE BEST D D2 DATA E E2 FAR_ORIGINATOR FOR_EVER G G2 HERE HERE2".split(),
    *"INFINITE PEER REFRESH S S2 TREES U U2 WORST ack_pending dense_case expect_downstream".split(),
    *"expect_served expect_unserved expect_upstream flood graft_acks grafts join joins let_it_sink_in".split(),
    *"margin meet moment preference_of_routes prune pruned prunes refresh refreshes send_graft".split(),
    *"send_graft_ack silence".split(),
]
