# SPDX-License-Identifier: GPL-2.0-only
"""The Assert machine of dense mode before anybody has won, and as the winner (RFC 3973 4.6)."""

from conformance.harness import *

from .pim_dense_assert_common import *
from .pim_dense_common import *


# ---- nobody has won yet ----------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.6.4.1-01", "PIMDM-ROUTER-4.2-01", "PIMDM-ROUTER-4.7.7-01", needs=DATA, seconds=5)
def data_of_another_router_is_answered_by_an_assert(lab):
    """NoInfo: data on a port that the system forwards to is not forwarded, but answered by one Assert(S,G) there."""
    scene(lab)
    found = provoke(lab)
    lab.check(found.ttl == 1 and found.dst == ALL_PIM_ROUTERS, f"to all routers of the link ({found})")
    assert_state(lab, "winner", assert_timer=lab.pim.timers.assert_time)
    lab.lan.expect_none(assert_())
    for port in (lab.up, lab.lan2):
        port.expect_none(assert_(), after=found.time)
        port.expect_none(data(payload=b"by the rival"), after=found.time)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.3-01", "PIMDM-ROUTER-4.6.4.1-01", needs=DATA, seconds=6)
def any_port_but_the_upstream_one_asserts(lab):
    """Data on a port that is pruned is answered by an Assert, too; an inferior Assert on RPF_interface(S) is not."""
    meet(lab, U, D, PEER)
    flood(lab)
    prune(lab)
    lab.up.expect(prunes())
    provoke(lab)
    lab.up.send(assert_(G, S, src=U, preference=1, metric=1))
    lab.up.send(assert_(G, S, src=PEER, **WORST))
    lab.up.expect_none(assert_(), within=2 * lab.timers.tolerance)


@dense_case("PIMDM-ROUTER-4.6.4.1-02", needs=DATA, seconds=5)
def inferior_assert_is_answered(lab):
    """NoInfo: an Assert with a worse metric is answered by the system's own, which goes on forwarding."""
    scene(lab)
    say(lab, **WORST)
    lab.lan.expect(own(lab))
    assert_state(lab, "winner", assert_timer=lab.pim.timers.assert_time)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.1-02", needs=[REFRESH, DATA], seconds=5)
def inferior_refresh_is_answered(lab):
    """NoInfo: a State Refresh with a worse metric is answered by an Assert."""
    scene(lab)
    refresh(lab, by=RIVAL, **WORST)
    lab.lan.expect(own(lab))
    assert_state(lab, "winner", assert_timer=lab.pim.timers.assert_time)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.1-03", "PIMDM-ROUTER-4.6.5-01", needs=DATA, seconds=6)
def better_assert_is_accepted(lab):
    """NoInfo: a better Assert silences the system; it multicasts a Prune for Assert_Time to the winner."""
    scene(lab, E)
    say(lab, **BEST)
    found = lab.lan.expect(prunes(RIVAL))
    holdtime = int(lab.pim.timers.assert_time)
    lab.check(found.pim.holdtime == holdtime, f"Holdtime {holdtime} ({found.pim.holdtime})")
    lab.check(found.ttl == 1 and found.dst == ALL_PIM_ROUTERS, f"to all routers of the link ({found})")
    assert_state(lab, "loser", assert_winner=RIVAL, assert_timer=lab.pim.timers.assert_time)
    lab.lan.expect_none(assert_())
    lab.up.expect_none(any_join_prune())
    expect_unserved(lab)
    expect_served(lab, "lan2")


@dense_case("PIMDM-ROUTER-4.6.4.1-03", "PIMDM-ROUTER-4.4.1.1-01", needs=DATA, seconds=5)
def loser_that_serves_nobody_is_pruned_upstream(lab):
    """The Assert was lost on the only port that wanted the data: the system prunes itself upstream."""
    scene(lab)
    say(lab, **BEST)
    lab.up.expect(prunes())
    expect_upstream(lab, "pruned")


@dense_case("PIMDM-ROUTER-4.6.4.1-04", needs=[REFRESH, DATA], seconds=3 * INTERVAL + 6)
def better_refresh_is_accepted(lab):
    """NoInfo: a better State Refresh makes the system the loser for three of the intervals that it tells."""
    scene(lab)
    when = refresh(lab, by=RIVAL, interval=INTERVAL, **BEST)
    found = lab.lan.expect(prunes(RIVAL))
    lab.check(found.pim.holdtime == 3 * INTERVAL, f"Holdtime {3 * INTERVAL} ({found.pim.holdtime})")
    expect_unserved(lab)
    lab.wait_until(when + 3 * INTERVAL - 2 * margin(lab))
    expect_unserved(lab)
    lab.wait_until(when + 3 * INTERVAL + margin(lab))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6-01", needs=DATA, seconds=6)
def assert_of_a_stranger_is_dropped(lab):
    """An Assert from a router without a Hello changes nothing; after its Hello it does."""
    scene(lab)
    say(lab, by=HIGH_RIVAL, **BEST)
    lab.lan.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)
    expect_served(lab)
    lab.pim.neighbor(HIGH_RIVAL)
    say(lab, by=HIGH_RIVAL, **BEST)
    lab.lan.expect(prunes(HIGH_RIVAL))
    expect_unserved(lab)


# ---- who is better ---------------------------------------------------------------------------------------------


def judged(lab, by, metric, preference, better):
    """An Assert that compares so with the system's own is accepted, or answered."""
    scene(lab, HIGH_RIVAL)
    mine = provoke(lab)
    lab.require(mine.pim.preference > 0, "the system's preference leaves room for a better one")
    say(lab, by=by, **rank(mine, metric, preference))
    if better:
        lab.lan.expect(prunes(by))
        lab.lan.expect_none(assert_())
        expect_unserved(lab)
    else:
        lab.lan.expect(own(lab))
        lab.lan.expect_none(any_join_prune())
        expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.1-01", needs=DATA, seconds=5)
def lower_preference_is_better(lab):
    """A lower preference wins, whatever the metric and the address."""
    judged(lab, RIVAL, +1, -1, better=True)


@dense_case("PIMDM-ROUTER-4.6.1-01", needs=DATA, seconds=5)
def higher_preference_is_worse(lab):
    """A higher preference loses, whatever the metric and the address."""
    judged(lab, HIGH_RIVAL, -1, +1, better=False)


@dense_case("PIMDM-ROUTER-4.6.1-01", needs=DATA, seconds=5)
def lower_metric_is_better(lab):
    """Of equal preference the lower metric wins, whatever the address."""
    judged(lab, RIVAL, -1, 0, better=True)


@dense_case("PIMDM-ROUTER-4.6.1-01", needs=DATA, seconds=5)
def higher_metric_is_worse(lab):
    """Of equal preference the higher metric loses, whatever the address."""
    judged(lab, HIGH_RIVAL, +1, 0, better=False)


@dense_case("PIMDM-ROUTER-4.6.1-01", needs=DATA, seconds=5)
def higher_address_is_better(lab):
    """Of equal preference and metric the higher address wins."""
    judged(lab, HIGH_RIVAL, 0, 0, better=True)


@dense_case("PIMDM-ROUTER-4.6.1-01", needs=DATA, seconds=5)
def lower_address_is_worse(lab):
    """Of equal preference and metric the lower address loses."""
    judged(lab, RIVAL, 0, 0, better=False)


# ---- the winner ------------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.6.4.2-01", needs=DATA, seconds=11)
def winner_answers_later_data_again(lab):
    """Winner: data that still comes by another router is answered again, and the Assert Timer starts anew."""
    scene(lab)
    for _ in range(2):
        provoke(lab)
        assert_state(lab, "winner", assert_timer=lab.pim.timers.assert_time)
        lab.wait(4)
    provoke(lab)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.2-01", needs=[REFRESH, DATA], seconds=6)
def winner_answers_what_is_inferior(lab):
    """Winner: a worse Assert and a worse State Refresh are answered by an Assert each."""
    scene(lab)
    mine = provoke(lab)
    for ask in (say, lambda lab, **fields: refresh(lab, by=RIVAL, **fields)):
        lab.wait(1)
        ask(lab, **rank(mine, +1))
        lab.lan.expect(own(lab, **rank(mine)))
        assert_state(lab, "winner", assert_timer=lab.pim.timers.assert_time)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.2-02", "PIMDM-ROUTER-4.6.5-01", needs=DATA, seconds=5)
def winner_gives_way_to_a_better_one(lab):
    """Winner: a better Assert makes it the loser; it multicasts a Prune for Assert_Time to the new winner."""
    scene(lab)
    mine = provoke(lab)
    say(lab, **rank(mine, -1))
    found = lab.lan.expect(prunes(RIVAL))
    holdtime = int(lab.pim.timers.assert_time)
    lab.check(found.pim.holdtime == holdtime, f"Holdtime {holdtime} ({found.pim.holdtime})")
    assert_state(lab, "loser", assert_winner=RIVAL, assert_timer=lab.pim.timers.assert_time)
    lab.lan.expect_none(assert_())
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.6.4.2-02", needs=[REFRESH, DATA], seconds=3 * INTERVAL + 6)
def winner_gives_way_to_a_better_refresh(lab):
    """Winner: a better State Refresh makes it the loser for three of its intervals, and it prunes for as long."""
    scene(lab)
    mine = provoke(lab)
    when = refresh(lab, by=RIVAL, interval=INTERVAL, **rank(mine, -1))
    found = lab.lan.expect(prunes(RIVAL))
    lab.check(found.pim.holdtime == 3 * INTERVAL, f"Holdtime {3 * INTERVAL} ({found.pim.holdtime})")
    lab.wait_until(when + 3 * INTERVAL - 2 * margin(lab))
    expect_unserved(lab)
    lab.wait_until(when + 3 * INTERVAL + margin(lab))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.2-03", needs=[TIME, DATA], seconds=whole_time)
def victory_ends_in_silence(lab):
    """Winner: when Assert_Time is over it is forgotten; no Assert is repeated before or then, and data flows on."""
    scene(lab)
    won = provoke(lab)
    lab.wait_until(won.time + lab.pim.timers.assert_time - 2 * margin(lab))
    assert_state(lab, "winner")
    lab.wait_until(won.time + lab.pim.timers.assert_time + margin(lab))
    lab.lan.expect_none(assert_(), after=won, within=lab.now - won.time)
    assert_state(lab, "no-info")
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.6.4.2-04", "PIMDM-ROUTER-4.5.1-05", needs=[REFRESH, TIME, DATA], seconds=14)
def refresh_shortens_the_victory(lab):
    """Winner: after a State Refresh it sent it has won for three intervals; then one tells Assert Override."""
    scene(lab)
    provoke(lab)
    when = refresh(lab, interval=INTERVAL)
    lab.lan.expect(refreshes(assert_override=False))
    assert_state(lab, "winner", assert_timer=3.0 * INTERVAL)
    lab.wait_until(when + max(3 * INTERVAL, lab.pim.timers.state_refresh_limit) + margin(lab))
    refresh(lab, interval=INTERVAL)
    lab.lan.expect(refreshes(assert_override=True))


@dense_case("PIMDM-ROUTER-4.6.4.2-05", "PIMDM-ROUTER-4.6.2-01", needs=[ROUTES, DATA], seconds=5)
def winner_whose_way_moves_there_cancels(lab):
    """Winner: when the port becomes RPF_interface(S), an AssertCancel (infinite metric) is sent there."""
    scene(lab)
    provoke(lab)
    lab.pim.route(PREFIX, D)
    found = lab.lan.expect(assert_(G, S, src=lab.lan.dut, **INFINITE))
    lab.lan.expect_none(assert_(), after=found)
    assert_state(lab, "no-info")


@dense_case("PIMDM-ROUTER-4.6.2-01", needs=["pim:shutdown", DATA], seconds=6)
def winner_that_goes_out_of_service_cancels(lab):
    """Winner: a router that is shut down sends an AssertCancel for what it has won, and a goodbye."""
    scene(lab)
    provoke(lab)
    lab.pim.shut_down()
    lab.lan.expect(assert_(G, S, src=lab.lan.dut, **INFINITE))
    lab.lan.expect(hello(holdtime=0))
