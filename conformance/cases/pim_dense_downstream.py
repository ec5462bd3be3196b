# SPDX-License-Identifier: GPL-2.0-only
"""The downstream machine of dense mode: NoInfo, PrunePending, Pruned on each port (RFC 3973 4.4.2). With two neighbours
on ``lan`` a Prune waits for objections; both readings of the Prune Timer of a lone neighbour's Prune are the same there.
"""

from conformance.harness import *

from .pim_dense_common import *

ROUTES = "pim:routes"
PREFIX = "10.9.0.0/24"
HOLDTIME = 12  # s; beyond J/P_Override_Interval and short enough to wait for


def delay(lab):
    """J/P_Override_Interval."""
    return lab.pim.timers.override_delay


def two_listeners(lab):
    """Data of S flows to ``lan``, where two routers are."""
    meet(lab, U, D, D2)
    flood(lab)


def echo(lab, **fields):
    """The expectation of the system's PruneEcho on ``lan``."""
    return join_prune(prune_sg(G, S), only=False, upstream=lab.lan.dut, **fields)


def pruned_lan(lab, holdtime=FOR_EVER):
    """A Prune of one of two routers on ``lan`` has taken effect. Gives the time of the Prune."""
    two_listeners(lab)
    when = prune(lab, D, holdtime=holdtime)
    lab.lan.expect(echo(lab), at=when + delay(lab))
    return when


# ---- a Prune ---------------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.2.1-01", "PIMDM-ROUTER-4.4.2-01", needs=DATA, seconds=9)
def prune_waits_for_objections(lab):
    """With two neighbours a Prune takes effect after J/P_Override_Interval; until then data is forwarded."""
    two_listeners(lab)
    when = prune(lab, D)
    expect_downstream(lab, "prune-pending", prune_pending=delay(lab))
    expect_served(lab)
    lab.wait_until(when + delay(lab) - 3 * margin(lab))
    expect_served(lab)
    lab.wait_until(when + delay(lab) + margin(lab))
    expect_unserved(lab)
    expect_downstream(lab, "prune")
    lab.up.expect(prunes(), after=when, within=lab.now - when)


@dense_case("PIMDM-ROUTER-4.4.2.1-01", needs=DATA, seconds=4)
def prune_of_the_only_neighbor_takes_effect_at_once(lab):
    """With one neighbour on the port there is nobody to object."""
    meet(lab)
    flood(lab)
    prune(lab)
    lab.up.expect(prunes())
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.4.2.2-03", "PIMDM-ROUTER-4.4.2.2-04", needs=DATA, seconds=9)
def prune_that_takes_effect_is_echoed(lab):
    """A Prune that takes effect on a port with two neighbours is echoed: a Prune to the system itself."""
    two_listeners(lab)
    when = prune(lab, D)
    found = lab.lan.expect(echo(lab), at=when + delay(lab))
    lab.check(found.src == lab.lan.dut, f"from the system itself ({found})")
    lab.check(found.ttl == 1 and found.dst == ALL_PIM_ROUTERS, f"to all routers of the link ({found})")
    lab.check(found.pim.holdtime > delay(lab), "its Holdtime exceeds J/P_Override_Interval")
    lab.lan.expect_none(any_join_prune(), after=when, within=delay(lab) + 1)
    lab.up.expect_none(prunes(lab.lan.dut), after=when)


@dense_case(
    "PIMDM-ROUTER-4.4.2.2-03",
    "PIMDM-ROUTER-4.4.2.3-04",
    "PIMDM-ROUTER-4.7.6-01",
    needs=DATA,
    seconds=HOLDTIME + 6,
)
def prune_lasts_for_its_holdtime(lab):
    """A Prune's Holdtime after it was received data is flooded on the port again, not earlier."""
    when = pruned_lan(lab, HOLDTIME)
    expect_downstream(lab, "prune", expires=HOLDTIME - delay(lab))
    expect_unserved(lab)
    lab.wait_until(when + HOLDTIME - 2 * margin(lab))
    expect_unserved(lab)
    lab.wait_until(when + HOLDTIME + margin(lab))
    expect_served(lab)
    expect_downstream(lab, "no-info")


@dense_case("PIMDM-ROUTER-4.4.2.3-04", needs=DATA, seconds=HOLDTIME + 6)
def end_of_a_prune_is_grafted_upstream(lab):
    """When the Prune ends, the system, pruned itself by then, grafts at its own upstream neighbour."""
    when = pruned_lan(lab, HOLDTIME)
    lab.up.expect(prunes(), after=when, within=delay(lab))
    lab.up.expect(grafts(dst=U), at=when + HOLDTIME)


@dense_case("PIMDM-ROUTER-4.7.6-02", "PIMDM-ROUTER-4.4.2.3-01", needs=DATA, seconds=24)
def prune_without_end(lab):
    """A Prune with the Holdtime 0xffff has no end; a later Prune with a shorter one does not change that."""
    pruned_lan(lab)
    lab.wait(5000 if lab.virtual else 4)
    expect_unserved(lab)
    prune(lab, D2, holdtime=HOLDTIME)
    lab.wait(HOLDTIME + margin(lab))
    expect_unserved(lab)
    join(lab, D)
    moment(lab)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.2.3-01", needs=DATA, seconds=26)
def later_prune_extends_the_first(lab):
    """Pruned: the Holdtime of another Prune counts from its arrival if it ends later, and not if it ends earlier."""
    when = pruned_lan(lab, HOLDTIME)
    lab.wait_until(when + 6)
    later = prune(lab, D2, holdtime=14)
    expect_downstream(lab, "prune", expires=14.0)
    lab.wait_until(later + 3)
    prune(lab, D, holdtime=5)
    expect_downstream(lab, "prune", expires=11.0)
    lab.wait_until(later + 14 - 2 * margin(lab))
    expect_unserved(lab)
    lab.wait_until(later + 14 + margin(lab))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.2.1-01", "PIMDM-ROUTER-4.4.2-01", needs=DATA, seconds=8)
def each_port_is_pruned_by_itself(lab):
    """A Prune on one port is none on another, and none of another source or another group."""
    meet(lab, U, D, E)
    for source, group in ((S, G), (S2, G), (S, G2)):
        flood(lab, "lan", "lan2", source=source, group=group)
    prune(lab, D)
    moment(lab)
    expect_unserved(lab, "lan")
    expect_served(lab, "lan2")
    expect_served(lab, "lan", source=S2)
    expect_served(lab, "lan", group=G2)


@dense_case("PIMDM-ROUTER-4.1.3-01", "PIMDM-ROUTER-4.4.2.1-01", needs=DATA, seconds=9)
def members_outlast_a_prune(lab):
    """Hosts on the port get the data also after a router there has pruned, and nothing is pruned upstream."""
    meet(lab)
    lab.pim.member(G)
    moment(lab)
    flood(lab)
    prune(lab)
    lab.up.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)
    expect_served(lab)
    lab.pim.no_member(G)
    lab.up.expect(prunes(), within=lab.timers.lmqt + 1)
    moment(lab)
    expect_unserved(lab)


# ---- a Join ----------------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.2.1-03", needs=DATA, seconds=9)
def join_changes_nothing_where_nothing_is_pruned(lab):
    """NoInfo: a Join is answered by nothing, and when its Holdtime is over data flows as before."""
    meet(lab)
    flood(lab)
    join(lab, holdtime=2)
    for port in ("lan", "up"):
        silence(lab, port, within=2 * lab.timers.tolerance)
    expect_downstream(lab, "no-info")
    lab.wait(2 + margin(lab))
    expect_served(lab)
    prune(lab)
    lab.up.expect(prunes())
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.4.2.2-01", needs=DATA, seconds=10)
def objection_keeps_the_data_flowing(lab):
    """PrunePending: a Join of another router ends it; data flows on, nothing is echoed or pruned upstream."""
    two_listeners(lab)
    when = prune(lab, D)
    lab.wait_until(when + 0.5 * delay(lab))
    join(lab, D2)
    expect_downstream(lab, "no-info")
    for number in range(6):
        lab.wait_until(when + (0.6 + 0.15 * number) * delay(lab))
        expect_served(lab)
    lab.lan.expect_none(echo(lab), after=when)
    lab.up.expect_none(any_join_prune(), after=when)


@dense_case("PIMDM-ROUTER-4.4.2.2-01", needs=DATA, seconds=13)
def prune_after_an_objection_waits_anew(lab):
    """After an objection the next Prune waits for a whole J/P_Override_Interval again."""
    two_listeners(lab)
    first = prune(lab, D)
    lab.wait_until(first + 0.7 * delay(lab))
    join(lab, D2)
    lab.wait(0.5)
    again = prune(lab, D)
    lab.wait_until(again + delay(lab) - 3 * margin(lab))
    expect_served(lab)
    lab.lan.expect(echo(lab), at=again + delay(lab))
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.4.2.3-02", needs=DATA, seconds=9)
def late_objection_restores_the_flow(lab):
    """Pruned: a Join ends the Prune at once, as when the PruneEcho is answered; the system grafts upstream."""
    when = pruned_lan(lab)
    lab.up.expect(prunes(), after=when, within=delay(lab))
    expect_unserved(lab)
    join(lab, D2)
    lab.up.expect(grafts(dst=U))
    expect_downstream(lab, "no-info")
    expect_served(lab)
    lab.lan.expect_none(graft_ack(), after=0.0)


@dense_case("PIMDM-ROUTER-4.4.2.3-02", needs=DATA, seconds=HOLDTIME + 9)
def join_cancels_the_prune_timer(lab):
    """A Prune after a Join lasts for its own Holdtime: nothing of the first Prune is left."""
    first = pruned_lan(lab, HOLDTIME)
    join(lab, D2)
    moment(lab)
    expect_served(lab)
    again = prune(lab, D)
    lab.lan.expect(echo(lab), at=again + delay(lab))
    lab.wait_until(max(lab.now, first + HOLDTIME + margin(lab)))
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.4-01", needs=DATA, seconds=lambda timers: 3 * timers.join_prune_period + 6)
def flow_needs_no_joins(lab):
    """Data flows without any Join, however long: none is sent upstream, none needed from downstream."""
    meet(lab)
    flood(lab)
    lab.pim.member(G)
    for _ in range(4):
        lab.wait(0.75 * lab.pim.timers.join_prune_period)
        expect_served(lab)
    for port in (lab.up, lab.lan, lab.lan2):
        port.expect_none(any_join_prune(), after=0.0, within=lab.now)


# ---- what is not the system's business -------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.2-02", needs=DATA, seconds=10)
def prune_to_another_router_is_not_obeyed(lab):
    """A Prune whose upstream neighbour is another router on the link does not prune the system's port."""
    two_listeners(lab)
    prune(lab, D, upstream=D2)
    lab.wait(delay(lab) + margin(lab))
    expect_served(lab)
    when = prune(lab, D)
    lab.lan.expect(echo(lab), at=when + delay(lab))
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.4.2-02", needs=DATA, seconds=10)
def join_to_another_router_is_no_objection(lab):
    """A Join whose upstream neighbour is another router on the link neither stops a Prune nor ends it."""
    two_listeners(lab)
    when = prune(lab, D)
    join(lab, D2, upstream=D)
    lab.lan.expect(echo(lab), at=when + delay(lab))
    join(lab, D2, upstream=D)
    lab.up.expect_none(graft(), within=2 * lab.timers.tolerance)
    expect_unserved(lab)
    join(lab, D2)
    moment(lab)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.2-02", "PIMDM-ROUTER-4.4.2.3-03", needs=DATA, seconds=6)
def graft_to_another_router_is_not_obeyed(lab):
    """A Graft whose upstream neighbour is another router is neither obeyed nor answered."""
    pruned(lab)
    send_graft(lab, upstream=D2)
    lab.lan.expect_none(graft_ack(), within=2 * lab.timers.tolerance)
    lab.up.expect_none(graft(), within=2 * lab.timers.tolerance)
    expect_unserved(lab)
    send_graft(lab)
    lab.lan.expect(graft_acks(dst=D))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.2-02", needs=DATA, seconds=9)
def prune_of_the_group_is_not_one_of_the_source(lab):
    """Prunes of (*,G) and (S,G,rpt), which dense mode does not have, don't prune (S,G)."""
    meet(lab)
    flood(lab)
    for entry in (prune_g(G, RP), prune_rpt(G, S)):
        lab.pim.join(D, entry)
        moment(lab)
        expect_served(lab)
    prune(lab)
    moment(lab)
    expect_unserved(lab)


# ---- the upstream link -----------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.2-01", needs=[ROUTES, DATA], seconds=11)
def nothing_is_pruned_on_the_upstream_link(lab):
    """A Prune to the system on RPF_interface(S) makes no state, also for the time when it is downstream."""
    meet(lab, U, D, E, PEER)
    flood(lab)
    when = prune(lab, PEER)
    expect_downstream(lab, "no-info", "up")
    lab.up.expect_none(prunes(lab.up.dut), after=when, within=delay(lab) + margin(lab))
    expect_served(lab)
    lab.pim.route(PREFIX, E)
    lab.lan2.expect(grafts(E, dst=E))
    send_graft_ack(lab, E)
    moment(lab)
    expect_served(lab, "up", port="lan2")


@dense_case("PIMDM-ROUTER-4.4.2.2-05", needs=[ROUTES, DATA], seconds=7)
def prune_is_forgotten_on_the_new_upstream_link(lab):
    """Pruned: when the port becomes RPF_interface(S) and later is downstream again, it is flooded."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    prune(lab, E)
    moment(lab)
    expect_unserved(lab, "lan2")
    lab.pim.route(PREFIX, E)
    moment(lab)
    expect_downstream(lab, "no-info", "lan2")
    lab.pim.route(PREFIX, U)
    moment(lab)
    expect_served(lab, "lan2")


@dense_case("PIMDM-ROUTER-4.4.2.2-05", needs=[ROUTES, DATA], seconds=10)
def pending_prune_is_forgotten_on_the_new_upstream_link(lab):
    """PrunePending: when the port becomes RPF_interface(S) nothing is echoed, and later the port is flooded."""
    meet(lab, U, D, E, E2)
    flood(lab, "lan", "lan2")
    when = prune(lab, E2)
    lab.wait_until(when + 0.3 * delay(lab))
    lab.pim.route(PREFIX, E)
    lab.wait_until(when + 0.6 * delay(lab))
    lab.pim.route(PREFIX, U)
    lab.wait_until(when + delay(lab) + margin(lab))
    lab.lan2.expect_none(prunes(lab.lan2.dut), after=when)
    expect_served(lab, "lan2")


# ---- State Refresh -----------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.2.3-05", needs=[REFRESH, DATA], seconds=26)
def refresh_keeps_the_prune(lab):
    """A State Refresh sent out of a pruned port starts the Holdtime of the Prune anew; without one data is flooded."""
    meet(lab, U)
    meet(lab, D, D2, refresh=60)
    flood(lab)
    when = prune(lab, D, holdtime=HOLDTIME)
    lab.wait_until(when + 8)
    refreshed = refresh(lab)
    lab.lan.expect(refreshes(prune_indicator=True))
    expect_downstream(lab, "prune", expires=float(HOLDTIME))
    lab.wait_until(when + HOLDTIME + margin(lab))
    expect_unserved(lab)
    lab.wait_until(refreshed + HOLDTIME - 2 * margin(lab))
    expect_unserved(lab)
    lab.wait_until(refreshed + HOLDTIME + margin(lab))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.2.3-05", "PIMDM-ROUTER-4.5-01", needs=[REFRESH, DATA], seconds=18)
def refresh_keeps_no_prune_where_a_neighbor_knows_none(lab):
    """Where one neighbour lacks the State Refresh Capable option, the Prune ends in its time all the same."""
    meet(lab, U, D2)
    meet(lab, D, refresh=60)
    flood(lab)
    when = prune(lab, D, holdtime=HOLDTIME)
    lab.wait_until(when + 8)
    refresh(lab)
    lab.wait_until(when + HOLDTIME - 2 * margin(lab))
    expect_unserved(lab)
    lab.wait_until(when + HOLDTIME + margin(lab))
    expect_served(lab)
