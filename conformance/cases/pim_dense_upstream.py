# SPDX-License-Identifier: GPL-2.0-only
"""The upstream machine of dense mode: Forwarding, Pruned, AckPending towards RPF'(S) (RFC 3973 4.4.1). Grafts of other
neighbours and Graft-Acks: ``pim_dense_graft``.
"""

from conformance.harness import *

from .pim_dense_common import *

LIMIT = "config:pim:timers:prune_limit"
THIRD = "10.0.0.41"  # another router on ``up`` that is downstream as the system is


def one_limit(timers):
    return timers.prune_limit + 8


def two_limits(timers):
    return 2 * timers.prune_limit + 8


def others_say(lab, entry, by=PEER, to=U, **fields):
    """A Join/Prune of another router on ``up``."""
    return lab.pim.join(by, entry, upstream=to, **fields)


def override(lab):
    """t_override is at most this (RFC 3973 4.8)."""
    return lab.pim.timers.override_interval


def data_is_pruned(lab, to=U, source=S, port="up"):
    """Data of a source that nobody wants is answered by a Prune."""
    lab.ports[port].data(source, G, payload=b"unwanted")
    return lab.ports[port].expect(prunes(to, source))


def data_is_not_pruned(lab, source=S, port="up"):
    """Data of a source that nobody wants is answered by nothing, and not forwarded."""
    lab.ports[port].data(source, G, payload=b"unwanted again")
    for one in lab.ports.values():
        one.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)
        one.expect_none(data(payload=b"unwanted again"))


# ---- data that nobody wants ----------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.1-01", needs=[TREES, LIMIT], seconds=6)
def upstream_machine_goes_round(lab):
    """Forwarding at first; Pruned when nobody wants the data; AckPending after the Graft, until its answer."""
    timers = lab.pim.timers
    meet(lab)
    flood(lab)
    expect_upstream(lab, "forwarding")
    prune(lab)
    lab.up.expect(prunes())
    expect_upstream(lab, "pruned", prune_limit_timer=timers.prune_limit)
    send_graft(lab)
    lab.up.expect(grafts())
    expect_upstream(lab, "ack-pending", graft_retry_timer=timers.graft_retry_period)
    send_graft_ack(lab)
    expect_upstream(lab, "forwarding")


@dense_case("PIMDM-ROUTER-4.4.1.1-02", "PIMDM-ROUTER-4.2-03", "PIMDM-ROUTER-4.7.6-01", seconds=4)
def data_that_nobody_wants_is_pruned(lab):
    """The first packet of a source that nobody wants is answered by one Prune(S,G) to RPF'(S)."""
    meet(lab, U)
    lab.up.data(S, G)
    what = join_prune(prune_sg(G, S), upstream=U, holdtime=lab.pim.timers.tree_holdtime)
    found = lab.up.expect(what)
    lab.check(found.ttl == 1 and found.dst == ALL_PIM_ROUTERS, f"to all routers of the link ({found})")
    for port in (lab.up, lab.lan, lab.lan2):
        port.expect_none(any_join_prune())
        port.expect_none(data())


@dense_case("PIMDM-ROUTER-4.4.1.1-01", "PIMDM-ROUTER-4.1.3-01", needs=DATA, seconds=6)
def flow_is_pruned_when_the_last_router_has_pruned(lab):
    """As long as one of two ports wants the data nothing is sent; the Prune follows when the other is pruned, too."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    prune(lab, D)
    lab.up.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)
    expect_unserved(lab, "lan")
    expect_served(lab, "lan2")
    prune(lab, E)
    lab.up.expect(join_prune(prune_sg(G, S), upstream=U, holdtime=lab.pim.timers.tree_holdtime))
    expect_unserved(lab, "lan2")


@dense_case("PIMDM-ROUTER-4.4.1.1-01", "PIMDM-ROUTER-4.1.3-01", needs=DATA, seconds=10)
def flow_is_pruned_when_the_last_member_has_left(lab):
    """Hosts alone keep the data flowing; the Prune follows when the last of them has left."""
    meet(lab, U)
    lab.pim.member(G)
    moment(lab)
    flood(lab)
    lab.pim.no_member(G)
    lab.up.expect(prunes(), within=lab.timers.lmqt + 1)
    moment(lab)
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.4.1.1-01", "PIMDM-ROUTER-4.1.3-01", needs=DATA, seconds=5)
def flow_is_pruned_when_the_last_neighbor_has_gone(lab):
    """A link whose last router says goodbye gets no data any more, and the Prune goes upstream."""
    meet(lab, U, D, D2)
    flood(lab)
    lab.pim.goodbye(D)
    lab.up.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)
    expect_served(lab)
    lab.pim.goodbye(D2)
    lab.up.expect(prunes())
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.4.1.2-01", "PIMDM-ROUTER-4.1.2-01", needs=LIMIT, seconds=one_limit)
def prune_is_repeated_after_t_limit(lab):
    """Data causes no second Prune before t_limit is over; the next packet after that does."""
    limit = lab.pim.timers.prune_limit
    meet(lab, U)
    first = data_is_pruned(lab)
    for part in (0.0, 0.3, 0.6):
        lab.wait_until(first.time + part * limit)
        data_is_not_pruned(lab)
    lab.wait_until(first.time + limit - 2 * margin(lab))
    data_is_not_pruned(lab)
    lab.wait_until(first.time + limit + margin(lab))
    data_is_pruned(lab)
    data_is_not_pruned(lab)


@dense_case("PIMDM-ROUTER-4.4.1.2-01", needs=LIMIT, seconds=one_limit)
def silence_is_no_reason_to_prune(lab):
    """When t_limit is over and no data comes, nothing is sent; the Prune waits for the data."""
    first = pruned(lab)
    lab.wait_until(first.time + lab.pim.timers.prune_limit + margin(lab))
    lab.up.expect_none(any_join_prune(), after=first)
    data_is_pruned(lab)


@dense_case(
    "PIMDM-ROUTER-4.4.1.2-03",
    needs=LIMIT,
    ambiguous=("goes by its own t_limit", "takes over the greater Holdtime"),
    seconds=two_limits,
)
def prune_of_another_may_put_off_the_own(lab):
    """Another's Prune to RPF'(S) with a Holdtime beyond t_limit: the system may wait for its end."""
    limit = lab.pim.timers.prune_limit
    first = pruned(lab, U, D, PEER)
    lab.wait_until(first.time + 0.5 * limit)
    holdtime = int(limit)
    heard = others_say(lab, prune_sg(G, S), holdtime=holdtime)
    lab.up.expect_none(any_join_prune(), within=override(lab) + lab.timers.tolerance)
    lab.wait_until(first.time + limit + margin(lab))
    lab.up.data(S, G)
    lab.wait(2 * lab.timers.tolerance)
    if lab.up.find(prunes(), lab.up.stimulus_index):
        lab.reading("goes by its own t_limit")
    lab.wait_until(heard + holdtime + margin(lab))
    data_is_pruned(lab)
    lab.reading("takes over the greater Holdtime")


# ---- State Refresh from upstream ---------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.1.1-03", "PIMDM-ROUTER-4.4.1.1-06", needs=[REFRESH, DATA], seconds=12)
def refresh_that_tells_of_a_prune_is_overridden(lab):
    """A State Refresh with the Prune Indicator is answered by a Join within t_override, one without is not."""
    meet(lab)
    flood(lab)
    refresh(lab)
    lab.up.expect_none(any_join_prune(), within=override(lab) + lab.timers.tolerance)
    lab.wait(lab.pim.timers.state_refresh_limit)
    refresh(lab, prune_indicator=True)
    found = lab.up.expect(joins(), within=override(lab))
    lab.up.expect_none(any_join_prune(), after=found, within=override(lab))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.1.1-03", needs=[REFRESH, DATA], seconds=12)
def refresh_of_another_router_is_not_overridden(lab):
    """A State Refresh with the Prune Indicator that is not from RPF'(S) is answered by no Join."""
    meet(lab, U, D, PEER)
    flood(lab)
    refresh(lab, preference=1, metric=1)
    lab.wait(lab.pim.timers.state_refresh_limit + margin(lab))
    refresh(lab, by=PEER, preference=100, metric=100, prune_indicator=True)
    lab.up.expect_none(any_join_prune(), within=override(lab) + lab.timers.tolerance)
    refresh(lab, preference=1, metric=1, prune_indicator=True)
    lab.up.expect(joins(), within=override(lab))


@dense_case("PIMDM-ROUTER-4.4.1.2-02", needs=[REFRESH, LIMIT], seconds=one_limit)
def refresh_without_the_prune_is_answered_by_a_prune(lab):
    """Pruned, t_limit over: a State Refresh without the Prune Indicator causes a Prune, the next does not."""
    limit = lab.pim.timers.prune_limit
    first = pruned(lab)
    refresh(lab)
    lab.up.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)
    lab.wait_until(first.time + limit + margin(lab))
    refresh(lab)
    lab.up.expect(prunes())
    lab.wait(lab.pim.timers.state_refresh_limit + margin(lab))
    refresh(lab)
    lab.up.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)


@dense_case(
    "PIMDM-ROUTER-4.4.1.2-02", needs=[REFRESH, LIMIT], seconds=lambda timers: 1.6 * timers.prune_limit + 8
)
def refresh_with_the_prune_puts_off_the_next(lab):
    """Pruned: a State Refresh with the Prune Indicator starts t_limit anew; data is pruned at its end."""
    limit = lab.pim.timers.prune_limit
    first = pruned(lab)
    lab.wait_until(first.time + 0.6 * limit)
    refreshed = refresh(lab, prune_indicator=True)
    lab.up.expect_none(any_join_prune(), within=override(lab) + lab.timers.tolerance)
    lab.wait_until(refreshed + 0.9 * limit)
    data_is_not_pruned(lab)
    lab.wait_until(refreshed + limit + margin(lab))
    data_is_pruned(lab)


# ---- what other routers of the link say ----------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.1.1-05", "PIMDM-ROUTER-4.4.1.1-06", needs=DATA, seconds=9)
def prune_of_another_is_overridden(lab):
    """Another router's Prune to RPF'(S) is answered by one Join to RPF'(S), to all routers, within t_override."""
    meet(lab, U, D, PEER)
    flood(lab)
    others_say(lab, prune_sg(G, S))
    found = lab.up.expect(join_prune(join_sg(G, S), upstream=U), within=override(lab))
    lab.check(found.ttl == 1 and found.dst == ALL_PIM_ROUTERS, f"to all routers of the link ({found})")
    lab.up.expect_none(any_join_prune(), after=found, within=override(lab) + lab.timers.tolerance)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.1.1-05", "PIMDM-ROUTER-4.4.1.1-06", needs=DATA, seconds=6)
def echo_of_a_prune_is_overridden(lab):
    """The upstream router's PruneEcho, a Prune to itself, is answered by a Join within t_override."""
    meet(lab, U, D, PEER)
    flood(lab)
    others_say(lab, prune_sg(G, S), by=U)
    lab.up.expect(joins(), within=override(lab))


@dense_case("PIMDM-ROUTER-4.4.1.1-05", "PIMDM-ROUTER-4.4.1.1-06", needs=["virtual", DATA])
def second_prune_does_not_put_off_the_objection(lab):
    """Prunes that come while the Override Timer runs leave it as it is: the Join comes in the time of the first."""
    meet(lab, U, D, PEER)
    flood(lab)
    for _ in range(8):
        when = others_say(lab, prune_sg(G, S))
        while lab.now < when + override(lab) and not lab.up.find(joins(), 0, when):
            lab.wait(0.1)
            others_say(lab, prune_sg(G, S))
        found = lab.up.expect(joins(), after=when, within=override(lab))
        lab.up.expect(joins(), after=found, within=override(lab))
        lab.wait(2 * override(lab))


@dense_case("PIMDM-ROUTER-4.4.1.1-05", needs=DATA, seconds=9)
def prune_of_something_else_is_not_overridden(lab):
    """A Prune to another router than RPF'(S), of another group or of another source is nobody's business."""
    meet(lab, U, U2, D, PEER)
    flood(lab)
    others_say(lab, prune_sg(G, S), to=U2)
    others_say(lab, prune_sg(G2, S))
    others_say(lab, prune_sg(G, S2))
    lab.up.expect_none(any_join_prune(), within=override(lab) + lab.timers.tolerance)
    others_say(lab, prune_sg(G, S))
    lab.up.expect(joins(), within=override(lab))


@dense_case("PIMDM-ROUTER-4.4.1.1-05", "PIMDM-ROUTER-4.4.1.1-02", needs=LIMIT, seconds=6)
def prune_is_not_overridden_where_nobody_listens(lab):
    """A router that is Pruned itself does not override; data for which it is not pruned yet, it prunes."""
    pruned(lab, U, D, PEER)
    others_say(lab, prune_sg(G, S))
    lab.up.expect_none(any_join_prune(), within=override(lab) + lab.timers.tolerance)
    send_graft(lab)
    lab.up.expect(grafts())
    others_say(lab, prune_sg(G, S))
    lab.up.expect(joins(), within=override(lab))


@dense_case("PIMDM-ROUTER-4.4.1.1-04", needs=DATA, seconds=14)
def join_of_another_is_enough(lab):
    """Another router's Join to RPF'(S) spares the system its own; a Join to somebody else does not."""
    meet(lab, U, U2, D, PEER, THIRD)
    flood(lab)
    others_say(lab, prune_sg(G, S))
    others_say(lab, join_sg(G, S), by=THIRD)
    lab.up.expect_none(any_join_prune(), within=override(lab) + lab.timers.tolerance)
    others_say(lab, prune_sg(G, S))
    others_say(lab, join_sg(G, S), by=THIRD, to=U2)
    lab.up.expect(joins(), within=override(lab))


# ---- AckPending ----------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.1.3-03", needs=LIMIT, seconds=lambda timers: 2 * timers.graft_retry_period + 6)
def graft_that_nobody_needs_any_more_is_followed_by_a_prune(lab):
    """AckPending, nobody wants the data any more: a Prune at once, t_limit begins, and the Graft is not repeated."""
    ack_pending(lab)
    again = prune(lab)
    found = lab.up.expect(prunes())
    lab.check(found.time - again <= lab.timers.tolerance, "at once")
    lab.up.expect_none(graft(), within=1.5 * lab.pim.timers.graft_retry_period)
    expect_upstream(lab, "pruned")
    data_is_not_pruned(lab)


@dense_case("PIMDM-ROUTER-4.4.1.3-04", needs=DATA, seconds=16)
def prune_of_another_is_overridden_while_the_graft_is_open(lab):
    """AckPending: another's Prune is answered by a Join within t_override, unless a third joins first."""
    ack_pending(lab, U, D, PEER, THIRD)
    others_say(lab, prune_sg(G, S))
    lab.up.expect(joins(), within=override(lab))
    others_say(lab, prune_sg(G, S))
    others_say(lab, join_sg(G, S), by=THIRD)
    lab.up.expect_none(any_join_prune(), within=override(lab) + lab.timers.tolerance)
    others_say(lab, prune_sg(G, S), by=U)
    lab.up.expect(joins(), within=override(lab))


@dense_case("PIMDM-ROUTER-4.4.1.3-04", needs=[REFRESH, DATA], seconds=7)
def refresh_that_tells_of_a_prune_is_overridden_while_the_graft_is_open(lab):
    """AckPending: a State Refresh of RPF'(S) with the Prune Indicator is answered by a Join within t_override."""
    ack_pending(lab)
    refresh(lab, prune_indicator=True)
    lab.up.expect(joins(), within=override(lab))
    lab.up.expect(grafts(), within=lab.pim.timers.graft_retry_period)


@dense_case(
    "PIMDM-ROUTER-4.4.1.3-04",
    needs=[REFRESH, DATA],
    ambiguous=("it answers the Graft", "a Graft-Ack alone does"),
    seconds=lambda timers: 3 * timers.graft_retry_period + 6,
)
def refresh_without_the_prune_is_an_answer_or_none(lab):
    """AckPending: a State Refresh of RPF'(S) without the Prune Indicator is answered by no Join; it may end the Grafts."""
    period = lab.pim.timers.graft_retry_period
    first = ack_pending(lab)
    lab.up.expect(grafts(), at=first.time + period)
    refreshed = refresh(lab)
    lab.up.expect_none(any_join_prune(), within=max(override(lab), 1.5 * period) + lab.timers.tolerance)
    if not lab.up.find(graft(), 0, refreshed):
        expect_upstream(lab, "forwarding")
        lab.reading("it answers the Graft")
    send_graft_ack(lab)
    lab.up.expect_none(graft(), within=1.5 * period)
    lab.reading("a Graft-Ack alone does")
