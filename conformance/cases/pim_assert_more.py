# SPDX-License-Identifier: GPL-2.0-only
"""Asserts: metrics, links upstream, members, and which machine a message is for (RFC 7761 4.6.2 to 4.6.5)."""

from conformance.harness import *

from .pim_assert_common import *
from .pim_scene import *


# ---- a link upstream ---------------------------------------------------------------------------------------


@pim_case(
    "PIMSM-ROUTER-4.6.1-14",
    "PIMSM-ROUTER-4.1.5-04",
    seconds=lambda timers: timers.join_prune_period + 6,
)
def joins_go_to_the_winner(lab):
    """Of two routers on the upstream link one has won for the source: it gets the joins, then and periodically."""
    meet(lab, U, U2)
    join(lab, source=BESIDE)
    by_now(lab, "up", joins(BESIDE, G, to=U2))
    lab.up.send(assert_(G, BESIDE, src=U, **BEST))
    first = lab.up.expect(joins(BESIDE, G, to=U), within=lab.pim.timers.override_interval)
    lab.up.expect(joins(BESIDE, G, to=U), after=first, within=lab.pim.timers.join_prune_period)
    lab.up.expect_none(joins(BESIDE, G, to=U2), after=first)
    lab.up.expect_none(any_assert(), after=0.0)


@pim_case(
    "PIMSM-ROUTER-4.6.1-14",
    "PIMSM-ROUTER-4.1.5-04",
    "PIMSM-ROUTER-4.6.2-02",
    seconds=lambda timers: timers.join_prune_period + 6,
)
def joins_of_the_group_go_to_its_winner(lab):
    """Of two routers on the upstream link one has won for the group: it gets the joins, then and periodically."""
    meet(lab, U, U2)
    join(lab)
    by_now(lab, "up", joins(None, G, to=U))
    lab.up.send(assert_(G, NOBODY, src=U2, rpt=True, **BEST))
    first = lab.up.expect(joins(None, G, to=U2), within=lab.pim.timers.override_interval)
    lab.up.expect(joins(None, G, to=U2), after=first, within=lab.pim.timers.join_prune_period)
    lab.up.expect_none(joins(None, G, to=U), after=first)


@pim_case("PIMSM-ROUTER-4.1.5-04", pim=NEVER, seconds=lambda timers: timers.join_prune_period + 6)
def source_won_by_another_is_pruned_from_the_shared_tree(lab):
    """RPF'(S,G,rpt): on the RP's link another router has won for a source: it is pruned off at the RP's side."""
    meet(lab, U, U2)
    join(lab)
    by_now(lab, "up", joins(None, G, to=U))
    lab.up.send(assert_(G, BESIDE, src=U2, **BEST))
    both = join_prune(join_g(G), prune_rpt(G, BESIDE), only=False, upstream=U)
    lab.up.expect(both, within=lab.pim.timers.join_prune_period)


@pim_case("PIMSM-ROUTER-4.6.5-01", needs=NEEDS, seconds=6)
def assert_on_the_way_in_stops_nothing(lab):
    """An Assert on the link that data comes from changes nothing about where it goes."""
    tree = Tree(lab)
    tree.prepare()
    meet(lab, U2)
    lab.up.send(assert_(G, S, src=U2, **BEST))
    lab.up.expect(joins(S, G, to=U2), within=lab.pim.timers.override_interval)
    tree.expect_forwarding("still")


def wins_nothing(lab, **metric):
    """Joined for a source without data so far, the system hears an Assert of ``metric``."""
    meet(lab, U, RIVAL)
    join(lab, source=S)
    by_now(lab, "up", joins(S, G, to=U))
    lab.lan.send(assert_(G, S, src=RIVAL, **metric))


@pim_case("PIMSM-ROUTER-4.6.5-01", needs=NEEDS, seconds=6)
def assert_that_will_be_won_is_no_loss(lab):
    """Before the first data a worse Assert than the system's will be does not make it leave the source's tree."""
    wins_nothing(lab, **WORST)
    lab.up.expect_none(prunes(S, G), within=2 * lab.timers.tolerance)
    lab.check(lab.forwards(S, G), "and data is forwarded when it comes")


@pim_case("PIMSM-ROUTER-4.6.5-01", needs=NEEDS, seconds=6)
def assert_that_will_be_lost_is_a_loss(lab):
    """Before the first data a better Assert makes the system leave the source's tree, which nobody else wants."""
    wins_nothing(lab, **BEST)
    lab.up.expect(prunes(S, G, to=U))
    lab.check(not lab.forwards(S, G), "data is not forwarded")


# ---- members on the link -----------------------------------------------------------------------------------


@both_trees("PIMSM-ROUTER-4.6.1-15", star=["PIMSM-ROUTER-4.6.2-01"], seconds=9)
def winner_serves_the_members_though_it_is_not_dr(lab, tree):
    """the winner goes on forwarding for hosts of the link when the last join has gone, DR or not."""
    tree.prepare()
    meet(lab, HIGH_RIVAL, dr_priority=1)
    lab.pim.member(G, tree.source)
    moment(lab)
    tree.provoke()
    tree.prune()
    lab.wait(prune_delay(lab) + margin(lab))
    tree.expect_forwarding("for the members")


@both_trees("PIMSM-ROUTER-4.6.1-15", star=["PIMSM-ROUTER-4.6.2-02"], seconds=9)
def loser_does_not_serve_the_members_though_it_is_dr(lab, tree):
    """the loser forwards nothing to the hosts of the link, though it is DR there."""
    meet(lab, U, RIVAL)
    lab.pim.member(G, tree.source)
    lab.up.expect(joins(tree.source, G, to=U))
    tree.expect_forwarding("at first")
    tree.send(**BEST)
    lab.up.expect(prunes(tree.source, G, to=U))
    tree.expect_no_forwarding("as the loser")


# ---- who is better -----------------------------------------------------------------------------------------


@pim_case("PIMSM-ROUTER-4.6.3-01", needs=NEEDS, seconds=15)
def metrics_are_compared_in_order(lab):
    """The RPT bit first, then the preference, then the metric, then the address, of which the higher one wins."""
    tree = Tree(lab)
    tree.prepare()
    meet(lab, HIGH_RIVAL)
    tree.provoke()
    preference, metric = tree.preference, tree.metric
    for words, fields in {
        "RPT bit, all else the best": dict(rpt=True, **BEST),
        "worse preference, better metric": dict(preference=preference + 1, metric=0),
        "same preference, worse metric": dict(metric=metric + 1),
        "all alike, lower address": dict(metric=metric),
    }.items():
        lab.note(words)
        tree.send(**fields)
        lab.lan.expect(tree.own())
        tree.expect_forwarding(f"{words}:")
    for words, fields in {
        "all alike, higher address": dict(metric=metric, src=HIGH_RIVAL),
        "same preference, better metric, lower address": dict(metric=metric - 1, src=RIVAL),
    }.items():
        lab.note(words)
        tree.send(**fields)
        moment(lab)
        lab.lan.expect_none(any_assert())
        tree.expect_no_forwarding(f"{words}:")
        tree.cancel(src=fields["src"])
        tree.expect_forwarding("after a cancel")


@pim_case("PIMSM-ROUTER-4.6.3-02", needs=NEEDS, seconds=6)
def infinite_metric_is_never_accepted(lab):
    """An AssertCancel from somebody who had not won silences nobody."""
    tree = Tree(lab)
    tree.prepare()
    tree.cancel()
    tree.expect_forwarding("still")


@pim_case("PIMSM-ROUTER-4.6.4-01", needs=NEEDS, seconds=6)
def cancel_is_answered_by_who_can_forward(lab):
    """An AssertCancel that a router in state to forward hears is answered by its own Assert."""
    tree = Tree(lab)
    tree.prepare()
    lab.lan.send(assert_(G, S, src=RIVAL, rpt=True, **INFINITE))
    lab.lan.expect(tree.own())


# ---- one message, two machines -----------------------------------------------------------------------------


@pim_case("PIMSM-ROUTER-4.6.2-05", pim=NEVER, needs=NEEDS, seconds=7)
def assert_about_a_source_is_of_that_source_alone(lab):
    """On the shared tree an Assert(S,G) silences the system for S, the other sources of G go on."""
    tree = Tree(lab, star=True)
    tree.prepare()
    lab.lan.send(assert_(G, S, src=RIVAL, **BEST))
    moment(lab)
    tree.expect_no_forwarding("of that source")
    lab.check(lab.forwards(S3, G), "data of another source is forwarded")


@pim_case("PIMSM-ROUTER-4.6.2-05", "PIMSM-ROUTER-4.9.6-02", pim=NEVER, needs=NEEDS, seconds=7)
def assert_of_the_shared_tree_may_name_a_source(lab):
    """On the shared tree an Assert with the RPT bit is about all of G, whichever source it names."""
    tree = Tree(lab, star=True)
    tree.prepare()
    lab.lan.send(assert_(G, S3, src=RIVAL, rpt=True, **BEST))
    moment(lab)
    tree.expect_no_forwarding("of any source")
    lab.check(not lab.forwards(S3, G), "nor of the one that it names")
