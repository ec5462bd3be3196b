# SPDX-License-Identifier: GPL-2.0-only
"""The Assert machines of (S,G) and (*,G), row by row (RFC 7761 4.6.1, 4.6.2)."""

from conformance.harness import *

from .pim_assert_common import *
from .pim_scene import *


def long(timers):
    """Seconds of a case that waits for an Assert to end."""
    return 2 * timers.assert_time + 8


# ---- nobody has won yet ------------------------------------------------------------------------------------


@both_trees("PIMSM-ROUTER-4.6.1-01", "PIMSM-ROUTER-4.2-04", "PIMSM-ROUTER-4.9.6-01", "PIMSM-ANY-4.9-01")
def data_of_another_router_is_answered_by_an_assert(lab, tree):
    """data on a link that the system forwards to makes it send an Assert there, once."""
    tree.prepare()
    found = tree.provoke()
    lab.check(found.ttl == 1 and found.dst == ALL_PIM_ROUTERS, f"to the link ({found})")
    length, mask = (32 if lab.family == "ipv4" else 128), found.pim.group_mask_length
    lab.check(mask == length, f"about one group: mask length {length} ({mask})")
    lab.lan.expect_none(any_assert())
    for port in (lab.up, lab.lan2):
        port.expect_none(any_assert())
    tree.expect_forwarding("as the winner")


@both_trees(
    "PIMSM-ROUTER-4.6.1-04", "PIMSM-ROUTER-4.6.1-01", needs=["config:pim:timers:assert_time"], seconds=long
)
def winner_says_so_again_before_the_others_forget(lab, tree):
    """Assert_Override_Interval before Assert_Time is over the winner repeats its Assert, again and again."""
    tree.prepare()
    found = tree.provoke()
    for _ in range(2):
        again = lab.lan.expect(tree.own(), at=found.time + won_time(lab))
        lab.lan.expect_none(any_assert(), after=found.time, until=again.time)
        found = again


@both_trees("PIMSM-ROUTER-4.6.1-02")
def inferior_assert_is_answered(lab, tree):
    """an Assert with a worse metric is answered by the system's own, which goes on forwarding."""
    tree.prepare()
    tree.send(**WORST)
    lab.lan.expect(tree.own())
    tree.expect_forwarding("as the winner")


@pim_case("PIMSM-ROUTER-4.6.1-02", needs=NEEDS, seconds=6)
def assert_of_the_shared_tree_loses_to_the_source_tree(lab):
    """(S,G): an Assert of the shared tree, however good, is answered by the one of the source's tree."""
    tree = Tree(lab)
    tree.prepare()
    lab.lan.send(assert_(G, S, rpt=True, src=RIVAL, **BEST))
    lab.lan.expect(tree.own())
    tree.expect_forwarding("as the winner")


@both_trees("PIMSM-ROUTER-4.6.1-03")
def better_assert_is_accepted(lab, tree):
    """an Assert with a better metric silences the system on that link, and on that link alone."""
    tree.prepare()
    join(lab, source=tree.source, by=D2)
    moment(lab)
    tree.send(**BEST)
    lab.lan.expect_none(any_assert())
    tree.expect_no_forwarding("as the loser")
    lab.check(lab.forwards(S, G, to="lan2"), "it goes on on lan2")


@both_trees("PIMSM-ROUTER-4.6.1-03", "PIMSM-ROUTER-4.6-01")
def assert_of_a_stranger_is_dropped(lab, tree):
    """an Assert from a router without a Hello changes nothing; after its Hello it does."""
    tree.prepare()
    tree.send(**BEST, src=HIGH_RIVAL)
    moment(lab)
    tree.expect_forwarding("still")
    lab.lan.send(hello(src=HIGH_RIVAL, dr_priority=0))
    tree.send(**BEST, src=HIGH_RIVAL)
    moment(lab)
    tree.expect_no_forwarding("as the loser")


@pim_case("PIMSM-ROUTER-4.2-05", needs=NEEDS, seconds=5)
def asserts_to_data_are_limited(lab):
    """A stream of data of another router is not answered by an Assert per packet."""
    tree = Tree(lab)
    tree.prepare()
    for number in range(50):
        lab.lan.data(S, G, ttl=9, payload=b"number %d" % number)
    found = lab.lan.collect(any_assert(), lab.timers.tolerance)
    lab.check(1 <= len(found) <= 5, f"some Asserts, not 50 ({len(found)})")


# ---- the winner --------------------------------------------------------------------------------------------


@both_trees("PIMSM-ROUTER-4.6.1-05")
def winner_answers_an_inferior_assert(lab, tree):
    """the winner answers a worse Assert with its own, and so again."""
    tree.prepare()
    tree.provoke()
    for _ in range(2):
        tree.send(1)
        lab.lan.expect(tree.own())
    tree.expect_forwarding("still")


@both_trees("PIMSM-ROUTER-4.6.1-05", needs=["config:pim:timers:assert_time"], seconds=long)
def answer_counts_as_repetition(lab, tree):
    """the winner's answer restarts its timer."""
    tree.prepare()
    first = tree.provoke()
    lab.wait_until(first.time + won_time(lab) / 2)
    tree.send(1)
    answer = lab.lan.expect(tree.own())
    lab.lan.expect(tree.own(), at=answer.time + won_time(lab))
    lab.lan.expect_none(any_assert(), after=answer)


@both_trees("PIMSM-ROUTER-4.6.1-06")
def winner_gives_way_to_a_better_one(lab, tree):
    """the winner hears a better Assert, says nothing more and forwards nothing more."""
    tree.prepare()
    tree.lose()
    lab.lan.expect_none(any_assert())
    tree.expect_no_forwarding("as the loser")


@both_trees("PIMSM-ROUTER-4.6.1-07", "PIMSM-ROUTER-4.6.3-02", seconds=8)
def winner_says_that_it_stops(lab, tree):
    """the winner that nobody on the link wants data from any more sends an AssertCancel: infinite metric."""
    tree.prepare()
    tree.provoke()
    tree.prune()
    source = NOBODY if tree.star else S
    lab.lan.expect(assert_(G, source, src=lab.lan.dut, rpt=True, **INFINITE), within=prune_delay(lab))


# ---- the loser ---------------------------------------------------------------------------------------------


@both_trees("PIMSM-ROUTER-4.6.1-10", needs=["config:pim:timers:assert_time"], seconds=long)
def loser_forgets_in_time(lab, tree):
    """Assert_Time after the last Assert of the winner the loser forwards again, not earlier."""
    tree.prepare()
    lost = tree.lose()
    lab.wait_until(lost + lost_time(lab) - margin(lab))
    tree.expect_no_forwarding("until then")
    lab.wait_until(lost + lost_time(lab) + margin(lab))
    tree.expect_forwarding("afterwards")


@both_trees("PIMSM-ROUTER-4.6.1-08", needs=["config:pim:timers:assert_time"], seconds=long)
def winner_keeps_the_loser_silent(lab, tree):
    """each Assert of the winner, also with a metric worse than before, restarts the loser's timer."""
    tree.prepare()
    tree.provoke()
    tree.send(**BEST)
    lost = tree.send(-1, after=0.6 * lost_time(lab))
    lab.wait_until(lost + lost_time(lab) - margin(lab))
    tree.expect_no_forwarding("for a whole Assert_Time more")
    lab.wait_until(lost + lost_time(lab) + margin(lab))
    tree.expect_forwarding("afterwards")


@both_trees("PIMSM-ROUTER-4.6.1-08", seconds=8)
def a_still_better_one_takes_over(lab, tree):
    """a third router with a better metric is the winner from then on: what the former one cancels is nothing."""
    tree.prepare()
    meet(lab, HIGH_RIVAL)
    tree.lose()
    tree.send(**BEST, src=HIGH_RIVAL)
    moment(lab)
    tree.cancel()
    tree.expect_no_forwarding("as the loser to the third")
    tree.cancel(src=HIGH_RIVAL)
    tree.expect_forwarding("after the third has cancelled")


@both_trees("PIMSM-ROUTER-4.6.1-09", "PIMSM-ROUTER-4.6.4-01", seconds=8)
def loser_forwards_when_the_winner_cancels(lab, tree):
    """the loser forwards again as soon as the winner sends an AssertCancel."""
    tree.prepare()
    tree.lose()
    tree.expect_no_forwarding("as the loser")
    tree.cancel()
    tree.expect_forwarding("afterwards")


@both_trees("PIMSM-ROUTER-4.6.1-09", seconds=8)
def loser_forwards_when_the_winner_becomes_worse(lab, tree):
    """the loser forwards again when the winner's own Assert has a worse metric than the system's."""
    tree.prepare()
    tree.lose()
    tree.expect_no_forwarding("as the loser")
    tree.send(1)
    moment(lab)
    tree.expect_forwarding("afterwards")


@both_trees("PIMSM-ROUTER-4.6.1-11", seconds=8)
def loser_forwards_when_the_winner_restarts(lab, tree):
    """a new Generation ID of the winner ends its victory at once, a Hello with the old one does not."""
    tree.prepare()
    tree.lose()
    lab.lan.send(hello(src=RIVAL))
    moment(lab)
    tree.expect_no_forwarding("after the same Hello as before")
    lab.lan.send(hello(src=RIVAL, generation_id=4711))
    moment(lab)
    tree.expect_forwarding("after the restart")


@both_trees("PIMSM-ROUTER-4.6.1-11", seconds=8)
def loser_forwards_when_the_winner_leaves(lab, tree):
    """the loser forwards again when the winner's Hello has timed out."""
    tree.prepare()
    tree.lose()
    lab.lan.send(hello(src=RIVAL, holdtime=2))
    tree.expect_no_forwarding("as long as the winner is there")
    lab.wait(2 + margin(lab))
    tree.expect_forwarding("afterwards")


@both_trees("PIMSM-ROUTER-4.6.1-12", seconds=9)
def loser_forgets_what_is_no_longer_its_business(lab, tree):
    """when nobody on the link wants the data the assert is forgotten: members that come later are served."""
    tree.prepare()
    tree.lose()
    tree.prune()
    lab.wait(prune_delay(lab) + margin(lab))
    lab.pim.member(G, tree.source)
    moment(lab)
    tree.expect_forwarding("for the members")


@both_trees("PIMSM-ROUTER-4.6.1-12", needs=["pim:routes"], seconds=8)
def loser_forwards_when_its_own_metric_becomes_better(lab, tree):
    """a route with a better metric than the winner's ends its victory."""
    tree.prepare()
    tree.provoke()
    tree.send(-1)
    moment(lab)
    tree.expect_no_forwarding("as the loser")
    for prefix in ("10.9.0.0/24", "10.8.0.0/24"):
        lab.pim.route(prefix, U, metric=1)
    moment(lab)
    tree.expect_forwarding("afterwards")


@both_trees("PIMSM-ROUTER-4.6.1-13", seconds=8)
def join_to_the_loser_makes_it_forward(lab, tree):
    """a join addressed to the loser ends the assert; one addressed to the winner does not."""
    tree.prepare()
    tree.lose()
    tree.join(upstream=RIVAL)
    moment(lab)
    tree.expect_no_forwarding("after a join to the winner")
    tree.join()
    moment(lab)
    tree.expect_forwarding("after a join to the system")


@pim_case("PIMSM-ROUTER-4.6.1-12", needs=[NEEDS, "pim:routes"], seconds=8)
def lost_assert_upstream_ends_with_the_route(lab):
    """Of routers on the upstream link one has won; when the route moves to another port, so do the joins."""
    meet(lab, U, U2, N2)
    join(lab, source=BESIDE)
    by_now(lab, "up", joins(BESIDE, G, to=U2))
    lab.up.send(assert_(G, BESIDE, src=U, **BEST))
    lab.up.expect(joins(BESIDE, G, to=U), within=lab.pim.timers.override_interval)
    lab.pim.route("10.7.0.0/24", N2)
    lab.lan2.expect(joins(BESIDE, G, to=N2))
    lab.pim.route("10.7.0.0/24", U2)
    lab.up.expect(joins(BESIDE, G, to=U2))
