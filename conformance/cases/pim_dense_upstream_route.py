# SPDX-License-Identifier: GPL-2.0-only
"""The upstream machine of dense mode when the way to the source changes, or the source is near (RFC 3973 4.4.1)."""

from conformance.harness import *

from .pim_dense_common import *
from .pim_dense_upstream import data_is_not_pruned, data_is_pruned, override

LIMIT = "config:pim:timers:prune_limit"
ROUTES = "pim:routes"
SILENT = "10.5.0.1"  # behind a router on ``up`` that doesn't speak PIM
VISITOR = "10.2.0.121"  # a source on ``lan2`` if no route says otherwise
PREFIX = {S: "10.9.0.0/24", SILENT: "10.5.0.0/24", VISITOR: f"{VISITOR}/32"}


# ---- RPF'(S) changes -----------------------------------------------------------------------------------------


@dense_case(
    "PIMDM-ROUTER-4.4.1.1-07",
    needs=[ROUTES, DATA],
    seconds=lambda timers: 3 * timers.graft_retry_period + 5,
)
def changed_upstream_is_grafted(lab):
    """Forwarding, another router becomes RPF'(S): a Graft to it, repeated until it is answered."""
    period = lab.pim.timers.graft_retry_period
    meet(lab, U, U2, D)
    flood(lab)
    lab.pim.route(PREFIX[S], U2)
    first = lab.up.expect(grafts(U2, dst=U2))
    expect_upstream(lab, "ack-pending")
    lab.up.expect_none(any_join_prune())
    again = lab.up.expect(grafts(U2, dst=U2), at=first.time + period)
    send_graft_ack(lab, U2)
    lab.up.expect_none(graft(), after=again, within=1.5 * period)
    expect_upstream(lab, "forwarding")
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.1.1-07", "PIMDM-ROUTER-4.2-01", needs=[ROUTES, DATA], seconds=6)
def flow_moves_with_the_route(lab):
    """The way moves to another port: Graft there, data from there is forwarded, from the old one it is not."""
    meet(lab, U, E, D)
    flood(lab, "lan", "lan2")
    lab.pim.route(PREFIX[S], E)
    lab.lan2.expect(grafts(E, dst=E))
    send_graft_ack(lab, E)
    moment(lab)
    expect_served(lab, "lan", port="lan2")
    expect_served(lab, "up", port="lan2")
    expect_unserved(lab, "lan", port="up")


@dense_case("PIMDM-ROUTER-4.4.1.1-08", needs=[ROUTES, DATA], seconds=6)
def changed_upstream_of_an_unwanted_flow_is_not_grafted(lab):
    """Forwarding, the only port that wants the data becomes RPF_interface(S): Pruned, without a Graft or a Join."""
    meet(lab, E)
    flood(lab, "lan2", source=SILENT)
    lab.pim.route(PREFIX[SILENT], E)
    lab.lan2.data(SILENT, G, payload=b"of the new way")
    lab.lan2.expect(prunes(E, SILENT))
    for port in (lab.up, lab.lan, lab.lan2):
        port.expect_none(graft(), after=0.0, within=2 * lab.timers.tolerance + lab.now)
        port.expect_none(join_prune(join_sg(G, SILENT), only=False), after=0.0)
        port.expect_none(data(payload=b"of the new way"))
    expect_upstream(lab, "pruned", source=SILENT)


@dense_case("PIMDM-ROUTER-4.4.1.2-05", needs=[ROUTES, LIMIT], seconds=6)
def unwanted_flow_is_pruned_at_its_new_upstream(lab):
    """Pruned, another router becomes RPF'(S): no Graft; the next packet is pruned there at once."""
    pruned(lab, U, U2, D)
    lab.pim.route(PREFIX[S], U2)
    for what in (graft(), join_prune(join_sg(G, S), only=False)):
        lab.up.expect_none(what, within=2 * lab.timers.tolerance)
    expect_upstream(lab, "pruned", prune_limit_timer=lambda value: not value)
    data_is_pruned(lab, U2)
    data_is_not_pruned(lab)


@dense_case("PIMDM-ROUTER-4.4.1.2-05", "PIMDM-ROUTER-4.4.2.2-05", needs=[ROUTES, DATA], seconds=7)
def old_upstream_link_may_want_the_flow(lab):
    """Pruned, the way moves to another port: the old one has neighbours, so the new RPF'(S) is grafted."""
    meet(lab, U, E)
    flood(lab, "lan2")
    prune(lab, E)
    lab.up.expect(prunes())
    lab.pim.route(PREFIX[S], E)
    lab.lan2.expect(grafts(E, dst=E))
    lab.lan2.expect_none(any_join_prune())
    moment(lab)
    expect_served(lab, "up", port="lan2")


# ---- sources on the system's own links -----------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.1.1-09", needs=DATA, seconds=7)
def source_on_the_link_has_no_upstream(lab):
    """No Prune, Join or Graft for a source on the system's link, whether it is wanted, pruned or grafted."""
    source = "10.2.0.122"
    meet(lab, U, E)
    flood(lab, "up", source=source, port="lan2")
    prune(lab, U, source)
    expect_unserved(lab, "up", source, port="lan2")
    silence(lab, "lan2", within=2 * lab.timers.tolerance)
    send_graft(lab, U, source)
    lab.up.expect(graft_acks(source=source, dst=U))
    expect_served(lab, "up", source, port="lan2")
    silence(lab, "lan2", within=override(lab) + lab.timers.tolerance)


@dense_case("PIMDM-ROUTER-4.4.1.1-09", "PIMDM-ROUTER-4.2-03", seconds=6)
def source_on_the_link_that_nobody_wants_is_not_pruned(lab):
    """Data that nobody wants is dropped without a word if its source is on the link; a far one is pruned."""
    source = "10.2.0.122"
    meet(lab, E)
    lab.lan2.data(source, G, payload=b"unwanted")
    for port in (lab.up, lab.lan, lab.lan2):
        port.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)
        port.expect_none(data(payload=b"unwanted"))
    lab.lan2.data(APART, G)
    lab.lan2.expect(prunes(E, APART))


@dense_case("PIMDM-ROUTER-4.4.1.2-06", needs=[ROUTES, DATA], seconds=8)
def source_that_comes_to_the_link_is_pruned_no_more(lab):
    """Pruned, the source is on the system's own link from then on: Forwarding without a Graft."""
    lab.pim.route(PREFIX[VISITOR], U)
    meet(lab, U)
    data_is_pruned(lab, source=VISITOR)
    lab.pim.no_route(PREFIX[VISITOR])
    moment(lab)
    expect_served(lab, "up", VISITOR, port="lan2")
    for port in (lab.up, lab.lan2):
        port.expect_none(graft(), after=0.0, within=lab.now + 2 * lab.timers.tolerance)


@dense_case(
    "PIMDM-ROUTER-4.4.1.2-06",
    needs=[ROUTES, DATA],
    seconds=lambda timers: 3 * timers.graft_retry_period + 6,
)
def source_that_comes_to_the_link_is_grafted_no_more(lab):
    """AckPending, the source is on the system's own link from then on: Forwarding, and no more Grafts."""
    period = lab.pim.timers.graft_retry_period
    lab.pim.route(PREFIX[VISITOR], U)
    first = ack_pending(lab, source=VISITOR)
    lab.up.expect(grafts(source=VISITOR), at=first.time + period)
    lab.pim.no_route(PREFIX[VISITOR])
    for port in (lab.up, lab.lan2):
        port.expect_none(graft(), within=1.5 * period)
    expect_upstream(lab, "forwarding", source=VISITOR)
    expect_served(lab, "lan", VISITOR, port="lan2")


# ---- while a Graft is open ---------------------------------------------------------------------------------


@dense_case(
    "PIMDM-ROUTER-4.4.1.3-05",
    needs=[ROUTES, DATA],
    seconds=lambda timers: 4 * timers.graft_retry_period + 5,
)
def open_graft_moves_to_the_new_upstream(lab):
    """AckPending, another router becomes RPF'(S): a Graft to it at once and repeatedly, none to the old one."""
    period = lab.pim.timers.graft_retry_period
    old = ack_pending(lab, U, U2, D)
    lab.wait_until(old.time + 0.5 * period)
    lab.pim.route(PREFIX[S], U2)
    first = lab.up.expect(grafts(U2, dst=U2))
    lab.up.expect_none(graft(), after=first, within=period - margin(lab))
    lab.up.expect(grafts(U2, dst=U2), at=first.time + period)
    send_graft_ack(lab, U)
    third = lab.up.expect(grafts(U2, dst=U2), at=first.time + 2 * period)
    send_graft_ack(lab, U2)
    lab.up.expect_none(graft(), after=third, within=1.5 * period)


@dense_case(
    "PIMDM-ROUTER-4.4.1.3-05",
    needs=[ROUTES, LIMIT],
    seconds=lambda timers: 2 * timers.graft_retry_period + 7,
)
def open_graft_ends_where_its_link_becomes_the_way(lab):
    """AckPending, the only port that wants the data becomes RPF_interface(S): Pruned, no more Grafts."""
    meet(lab, U, E)
    flood(lab, "lan2")
    prune(lab, E)
    lab.up.expect(prunes())
    send_graft(lab, E)
    lab.up.expect(grafts())
    lab.pim.goodbye(U)
    lab.pim.route(PREFIX[S], E)
    for port in (lab.up, lab.lan2):
        port.expect_none(graft(), within=1.5 * lab.pim.timers.graft_retry_period)
    expect_upstream(lab, "pruned")
    expect_unserved(lab, "up", port="lan2")
    lab.lan2.expect(prunes(E), after=0.0, within=lab.now)
