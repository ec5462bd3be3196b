# SPDX-License-Identifier: GPL-2.0-only
"""The Assert machine of dense mode as the loser, and on the upstream link (RFC 3973 4.6.4.3)."""

from conformance.harness import *

from .pim_dense_assert_common import *
from .pim_dense_common import *


# ---- the loser -------------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.6.4.3-01", needs=DATA, seconds=5)
def loser_forwards_when_the_winner_cancels(lab):
    """Loser: an AssertCancel of the winner ends it at once, that of a third router does not."""
    scene(lab, HIGH_RIVAL)
    lose(lab)
    say(lab, by=HIGH_RIVAL, **INFINITE)
    moment(lab)
    expect_unserved(lab)
    say(lab, **INFINITE)
    lab.up.expect(grafts(dst=U))
    expect_served(lab)
    assert_state(lab, "no-info")


@dense_case("PIMDM-ROUTER-4.6.4.3-01", needs=[REFRESH, DATA], seconds=6)
def loser_forwards_when_the_winner_becomes_worse(lab):
    """Loser: an Assert or State Refresh of the winner with a metric worse than the system's ends it."""
    scene(lab)
    for ask in (say, lambda lab, **fields: refresh(lab, by=RIVAL, **fields)):
        mine, _ = lose(lab)
        expect_unserved(lab)
        ask(lab, **rank(mine, +1))
        lab.up.expect(grafts(dst=U))
        send_graft_ack(lab)
        assert_state(lab, "no-info")
        expect_served(lab)
        lab.wait(4)


@dense_case(
    "PIMDM-ROUTER-4.6.4.3-02", needs=[TIME, DATA], seconds=lambda timers: 1.6 * timers.assert_time + 8
)
def winner_keeps_the_loser_silent(lab):
    """Loser: each Assert of the winner starts Assert_Time anew, and no Prune is sent again for the same winner."""
    scene(lab)
    mine, lost = lose(lab)
    lab.wait_until(lost + 0.6 * lab.pim.timers.assert_time)
    again = say(lab, **rank(mine, -1))
    lab.wait_until(again + lab.pim.timers.assert_time - 2 * margin(lab))
    expect_unserved(lab)
    lab.wait_until(again + lab.pim.timers.assert_time + margin(lab))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.3-02", needs=[REFRESH, TIME, DATA], seconds=3 * INTERVAL + 8)
def refresh_of_the_winner_counts_for_three_intervals(lab):
    """Loser: a State Refresh of the winner sets the timer to three of its intervals."""
    scene(lab)
    mine, _ = lose(lab)
    when = refresh(lab, by=RIVAL, interval=INTERVAL, **rank(mine, -1))
    assert_state(lab, "loser", assert_timer=3.0 * INTERVAL)
    lab.wait_until(when + 3 * INTERVAL - 2 * margin(lab))
    expect_unserved(lab)
    lab.wait_until(when + 3 * INTERVAL + margin(lab))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.3-02", needs=DATA, seconds=6)
def a_still_better_one_takes_over(lab):
    """Loser: a third router with a better metric is the winner from then on, and gets a Prune."""
    scene(lab, HIGH_RIVAL)
    mine, _ = lose(lab)
    say(lab, by=HIGH_RIVAL, **BEST)
    lab.lan.expect(prunes(HIGH_RIVAL))
    assert_state(lab, "loser", assert_winner=HIGH_RIVAL)
    say(lab, **INFINITE)
    moment(lab)
    expect_unserved(lab)
    say(lab, by=HIGH_RIVAL, **rank(mine, +1))
    moment(lab)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.3-02", needs=DATA, seconds=5)
def worse_than_the_winner_is_no_winner(lab):
    """Loser: a third router's Assert, better than the system's but not than the winner's, changes nothing."""
    scene(lab, HIGH_RIVAL)
    mine = provoke(lab)
    say(lab, **BEST)
    lab.lan.expect(prunes(RIVAL))
    say(lab, by=HIGH_RIVAL, **rank(mine, -1))
    lab.lan.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)
    assert_state(lab, "loser", assert_winner=RIVAL)
    say(lab, **INFINITE)
    moment(lab)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.3-03", needs=[TIME, DATA], seconds=whole_time)
def loser_forgets_in_time(lab):
    """Loser: Assert_Time after the last Assert of the winner the system grafts upstream and forwards, not earlier."""
    scene(lab)
    _, lost = lose(lab)
    lab.wait_until(lost + lab.pim.timers.assert_time - 2 * margin(lab))
    expect_unserved(lab)
    lab.up.expect(grafts(dst=U), at=lost + lab.pim.timers.assert_time)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.3-03", needs=DATA, seconds=8)
def loser_forwards_when_the_winner_is_gone(lab):
    """Loser: when the winner's Hello has timed out the system grafts upstream and forwards."""
    scene(lab)
    lose(lab)
    when = lab.lan.send(hello(src=RIVAL, holdtime=2, dr_priority=0))
    expect_unserved(lab)
    lab.up.expect(grafts(dst=U), at=when + 2)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.3-05", needs=DATA, seconds=6)
def loser_forwards_when_the_winner_restarts(lab):
    """Loser: a new Generation ID of the winner ends it at once; a Hello with the old one does not."""
    scene(lab)
    lose(lab)
    lab.pim.neighbor(RIVAL)
    moment(lab)
    expect_unserved(lab)
    lab.pim.neighbor(RIVAL, generation_id=4711)
    lab.up.expect(grafts(dst=U))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.3-03", needs=[ROUTES, DATA], seconds=6)
def defeat_is_forgotten_where_the_way_is(lab):
    """Loser: when the port becomes RPF_interface(S) the Assert is forgotten: later it is forwarded to again."""
    scene(lab)
    lose(lab)
    lab.pim.route(PREFIX, D)
    moment(lab)
    assert_state(lab, "no-info")
    lab.pim.route(PREFIX, U)
    moment(lab)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.3-03", "PIMDM-ROUTER-4.6.3-01", needs=[ROUTES, DATA], seconds=6)
def defeat_is_forgotten_where_the_way_was(lab):
    """Loser on RPF_interface(S): when the way moves elsewhere, the port is downstream and forwarded to at once."""
    meet(lab, U, U2, E)
    flood(lab, "lan2")
    lab.up.send(assert_(G, S, src=U2, **BEST))
    lab.up.expect(grafts(U2, dst=U2))
    lab.pim.route(PREFIX, E)
    lab.lan2.expect(grafts(E, dst=E))
    assert_state(lab, "no-info", "up")
    expect_served(lab, "up", port="lan2")


@dense_case("PIMDM-ROUTER-4.6.4.3-04", needs=DATA, seconds=10)
def loser_that_is_asked_asserts(lab):
    """Loser: a Join, Prune or Graft addressed to it is answered by its Assert, the Graft also by its Ack."""
    scene(lab)
    mine, _ = lose(lab)
    for ask in (join, prune, send_graft):
        lab.wait(1)
        ask(lab)
        lab.lan.expect(own(lab, **rank(mine)))
        if ask is send_graft:
            lab.lan.expect(graft_acks(dst=D))
        assert_state(lab, "loser", assert_winner=RIVAL)
    expect_unserved(lab)
    join(lab, upstream=RIVAL)
    lab.lan.expect_none(assert_(), within=2 * lab.timers.tolerance)


# ---- on the upstream link --------------------------------------------------------------------------------------


@dense_case(
    "PIMDM-ROUTER-4.4.1.1-07",
    "PIMDM-ROUTER-4.6.4.1-03",
    needs=DATA,
    seconds=lambda timers: 2 * timers.graft_retry_period + 7,
)
def winner_on_the_upstream_link_is_grafted(lab):
    """On RPF_interface(S) another router wins: it is RPF'(S), and grafted at; nothing is asserted or pruned there."""
    meet(lab, U, U2, D, PEER)
    flood(lab)
    lab.up.send(assert_(G, S, src=U2, **BEST))
    first = lab.up.expect(grafts(U2, dst=U2))
    for what in (assert_(), any_join_prune()):
        lab.up.expect_none(what)
    lab.up.expect(grafts(U2, dst=U2), at=first.time + lab.pim.timers.graft_retry_period)
    send_graft_ack(lab, U2)
    expect_served(lab)
    lab.pim.join(PEER, prune_sg(G, S), upstream=U2)
    lab.up.expect(joins(U2), within=lab.pim.timers.override_interval)


@dense_case("PIMDM-ROUTER-4.4.1.1-07", needs=DATA, seconds=6)
def upstream_that_wins_is_not_grafted(lab):
    """On RPF_interface(S) the upstream router itself wins: nothing changes, nothing is sent."""
    meet(lab, U, U2, D)
    flood(lab)
    lab.up.send(assert_(G, S, src=U, preference=1, metric=1))
    lab.up.send(assert_(G, S, src=U2, **WORST))
    silence(lab, "up", within=2 * lab.timers.tolerance)
    expect_served(lab)
    prune(lab)
    lab.up.expect(prunes(U))


@dense_case("PIMDM-ROUTER-4.4.1.1-07", "PIMDM-ROUTER-4.6.4.3-03", needs=[TIME, DATA], seconds=whole_time)
def victory_on_the_upstream_link_ends(lab):
    """On RPF_interface(S) Assert_Time is over: RPF'(S) is again who leads to the source, and is grafted."""
    meet(lab, U, U2, D)
    flood(lab)
    when = lab.up.send(assert_(G, S, src=U2, **BEST))
    lab.up.expect(grafts(U2, dst=U2))
    send_graft_ack(lab, U2)
    lab.wait_until(when + lab.pim.timers.assert_time / 2)
    expect_served(lab)  # data goes on; without any there is nothing to graft
    lab.up.expect(grafts(U, dst=U), at=when + lab.pim.timers.assert_time)


@dense_case("PIMDM-ROUTER-4.4.1.1-07", "PIMDM-ROUTER-4.6.4.3-01", needs=DATA, seconds=6)
def upstream_winner_that_cancels_is_followed_no_more(lab):
    """On RPF_interface(S) the winner cancels, or is gone: RPF'(S) is who leads to the source, and is grafted."""
    meet(lab, U, U2, D)
    flood(lab)
    for end in (lambda: lab.up.send(assert_(G, S, src=U2, **INFINITE)), lambda: lab.pim.goodbye(U2)):
        lab.up.send(assert_(G, S, src=U2, **BEST))
        lab.up.expect(grafts(U2, dst=U2))
        send_graft_ack(lab, U2)
        end()
        lab.up.expect(grafts(U, dst=U))
        send_graft_ack(lab, U)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.1.2-05", "PIMDM-ROUTER-4.6.4.1-03", seconds=6)
def unwanted_flow_is_pruned_at_the_winner(lab):
    """Pruned, another router wins on RPF_interface(S): no Graft; the next packet is pruned at the winner at once."""
    pruned(lab, U, U2, D)
    lab.up.send(assert_(G, S, src=U2, **BEST))
    lab.up.expect_none(graft(), within=2 * lab.timers.tolerance)
    lab.up.data(S, G, payload=b"by the winner")
    lab.up.expect(prunes(U2))


# ---- members -----------------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.6.5-01", "PIMDM-ROUTER-4.1.3-01", needs=DATA, seconds=6)
def winner_serves_the_members(lab):
    """Hosts beside the rival are served by the winner, also when the rival has pruned, not by the loser."""
    meet(lab, U, RIVAL)
    lab.pim.member(G)
    moment(lab)
    flood(lab)
    mine = provoke(lab)
    prune(lab, RIVAL, holdtime=int(lab.pim.timers.assert_time))
    moment(lab)
    expect_served(lab)
    say(lab, **rank(mine, -1))
    lab.up.expect(prunes())
    expect_unserved(lab)
