# SPDX-License-Identifier: GPL-2.0-only
"""Assert: two routers that forward onto one link (RFC 7761 4.6).

The system forwards from ``up`` to ``lan``, where a rival does, too. A downstream router (D) is on ``lan``; its joins make
the system forward. What the system's metric is, its first Assert tells: the rival's are better or worse by one.
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

from conformance.harness import *

from .pim_scene import *

NEEDS = "forwarding"
RIVAL, HIGH_RIVAL = "10.1.0.7", "10.1.0.77"  # below and above the system's address on ``lan``


class Tree:
    """The tree that an assert is about: (S,G), or (*,G)."""

    def __init__(self, lab: Lab, star: bool = False) -> None:
        self.lab, self.star, self.source = lab, star, None if star else S
        self.preference = self.metric = 0

    def prepare(self) -> None:
        """The system forwards to ``lan``; the rival is known there."""
        meet(self.lab, U, RIVAL)
        self.join()
        self.lab.up.expect(joins(self.source, G, to=U), after=0.0)
        self.expect_forwarding("at first")

    def join(self, **fields: Any) -> None:
        join(self.lab, source=self.source, **fields)

    def prune(self) -> None:
        """Nobody on the link wants it any more, once the time for objections is over."""
        prune(self.lab, source=self.source)

    def expect_forwarding(self, words: str) -> None:
        self.lab.check(self.lab.forwards(S, G), f"{words} the system forwards to lan")

    def expect_no_forwarding(self, words: str) -> None:
        self.lab.check(not self.lab.forwards(S, G), f"{words} the system does not forward to lan")

    def own(self, **fields: Any) -> Any:
        """The expectation of an Assert of the system's."""
        source = {S, NOBODY} if self.star else S
        return assert_(G, source, src=self.lab.lan.dut, rpt=self.star, **fields)

    def provoke(self) -> Message:
        """The system's Assert to data of the rival's."""
        self.lab.lan.data(S, G, ttl=9, payload=b"by the rival")
        found = self.lab.lan.expect(self.own())
        self.preference, self.metric = found.pim.preference, found.pim.metric
        self.lab.require(self.metric > 0, "the system's metric leaves room for a better one")
        return found

    def send(self, change: int = 0, src: str = RIVAL, after: float = 0.0, **fields: Any) -> float:
        """An Assert of the rival's, its metric this much above the system's."""
        values = {"preference": self.preference, "metric": self.metric + change, "rpt": self.star, **fields}
        return self.lab.lan.send(assert_(G, NOBODY if self.star else S, src=src, **values), after=after)

    def cancel(self, src: str = RIVAL) -> None:
        self.send(src=src, **{**INFINITE, "rpt": True})
        moment(self.lab)

    def lose(self) -> float:
        """The system has lost to the rival, since then."""
        self.provoke()
        lost = self.send(-1)
        moment(self.lab)
        return lost


def any_assert() -> Any:
    return assert_()


# The requirement of (*,G) beside each of (S,G).
STAR_OF = {
    "PIMSM-ROUTER-4.6.1-01": "PIMSM-ROUTER-4.6.2-01",
    "PIMSM-ROUTER-4.6.1-02": "PIMSM-ROUTER-4.6.2-01",
    "PIMSM-ROUTER-4.6.1-03": "PIMSM-ROUTER-4.6.2-02",
    "PIMSM-ROUTER-4.6.1-04": "PIMSM-ROUTER-4.6.2-03",
    "PIMSM-ROUTER-4.6.1-05": "PIMSM-ROUTER-4.6.2-03",
    "PIMSM-ROUTER-4.6.1-06": "PIMSM-ROUTER-4.6.2-03",
    "PIMSM-ROUTER-4.6.1-07": "PIMSM-ROUTER-4.6.2-03",
    **{f"PIMSM-ROUTER-4.6.1-{number:02}": "PIMSM-ROUTER-4.6.2-04" for number in range(8, 14)},
}


def both_trees(
    *ids: str, star: Sequence[str] = (), needs: Sequence[str] = (), seconds: Any = 6
) -> Callable[[Callable[[Lab, Tree], None]], Callable[[Lab, Tree], None]]:
    """Declares a case of the tree of a source, and the same one of the shared tree."""
    beside = [*(STAR_OF[one] for one in ids if one in STAR_OF), *(one for one in ids if one not in STAR_OF), *star]

    def register_both(function: Callable[[Lab, Tree], None]) -> Callable[[Lab, Tree], None]:
        def of_source(lab: Lab) -> None:
            function(lab, Tree(lab))

        def of_group(lab: Lab) -> None:
            function(lab, Tree(lab, star=True))

        for made, wanted, words, suffix in (
            (of_source, ids, "(S,G)", ""),
            (of_group, beside, "(*,G)", "_of_the_group"),
        ):
            made.__name__ = made.__qualname__ = function.__name__ + suffix
            made.__module__ = function.__module__
            made.__doc__ = f"{words}: {function.__doc__}"
            pim_case(*dict.fromkeys(wanted), needs=[NEEDS, *needs], pim=NEVER if suffix else None, seconds=seconds)(made)
        return function

    return register_both


def lost_time(lab: Lab) -> float:
    return lab.pim.timers.assert_time


def won_time(lab: Lab) -> float:
    return lab.pim.timers.assert_time - lab.pim.timers.assert_override_interval


# ---- nobody has won yet ------------------------------------------------------------------------------------


@both_trees("PIMSM-ROUTER-4.6.1-01", "PIMSM-ROUTER-4.2-04", "PIMSM-ROUTER-4.9.6-01", "PIMSM-ANY-4.9-01")
def data_of_another_router_is_answered_by_an_assert(lab, tree):
    """data on a link that the system forwards to makes it send an Assert there, once."""
    tree.prepare()
    found = tree.provoke()
    lab.check(found.ttl == 1 and found.dst == ALL_PIM_ROUTERS, f"to the link ({found})")
    length = 32 if lab.family == "ipv4" else 128
    lab.check(found.pim.group_mask_length == length, f"about one group: mask length {length} ({found.pim.group_mask_length})")
    lab.lan.expect_none(any_assert())
    for port in (lab.up, lab.lan2):
        port.expect_none(any_assert())
    tree.expect_forwarding("as the winner")


@both_trees("PIMSM-ROUTER-4.6.1-04", "PIMSM-ROUTER-4.6.1-01", needs=["virtual"])
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


@both_trees("PIMSM-ROUTER-4.6.1-05", needs=["virtual"])
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


@both_trees("PIMSM-ROUTER-4.6.1-10", needs=["virtual"])
def loser_forgets_in_time(lab, tree):
    """Assert_Time after the last Assert of the winner the loser forwards again, not earlier."""
    tree.prepare()
    lost = tree.lose()
    lab.wait_until(lost + lost_time(lab) - margin(lab))
    tree.expect_no_forwarding("until then")
    lab.wait_until(lost + lost_time(lab) + margin(lab))
    tree.expect_forwarding("afterwards")


@both_trees("PIMSM-ROUTER-4.6.1-08", needs=["virtual"])
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
    moment(lab)
    tree.expect_no_forwarding("as the loser to the third")
    tree.cancel(src=HIGH_RIVAL)
    moment(lab)
    tree.expect_forwarding("after the third has cancelled")


@both_trees("PIMSM-ROUTER-4.6.1-09", "PIMSM-ROUTER-4.6.4-01", seconds=8)
def loser_forwards_when_the_winner_cancels(lab, tree):
    """the loser forwards again as soon as the winner sends an AssertCancel."""
    tree.prepare()
    tree.lose()
    tree.expect_no_forwarding("as the loser")
    tree.cancel()
    moment(lab)
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
    lab.lan.send(report(to_ex(G, []) if tree.star else is_in(G, [S])))
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
    lab.wait(2 * lab.timers.tolerance)
    tree.expect_forwarding("afterwards")


@both_trees("PIMSM-ROUTER-4.6.1-13", seconds=8)
def join_to_the_loser_makes_it_forward(lab, tree):
    """a join addressed to the loser ends the assert; one addressed to the winner does not."""
    tree.prepare()
    tree.lose()
    tree.join(to=RIVAL)
    moment(lab)
    tree.expect_no_forwarding("after a join to the winner")
    tree.join()
    moment(lab)
    tree.expect_forwarding("after a join to the system")


@pim_case("PIMSM-ROUTER-4.6.1-12", needs=[NEEDS, "pim:routes"], seconds=8)
def lost_assert_upstream_ends_with_the_route(lab):
    """Of routers on the upstream link one has won; when the route moves to another port, so do the joins."""
    meet(lab, U, U2)
    meet(lab, N2)
    join(lab, source=BESIDE)
    lab.up.expect(joins(BESIDE, G, to=U2))
    lab.up.send(assert_(G, BESIDE, src=U, **BEST))
    lab.up.expect(joins(BESIDE, G, to=U), within=lab.pim.timers.override_interval)
    lab.pim.route("10.7.0.0/24", N2)
    lab.lan2.expect(joins(BESIDE, G, to=N2))
    lab.pim.route("10.7.0.0/24", U2)
    lab.up.expect(joins(BESIDE, G, to=U2))


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
    lab.up.expect(joins(BESIDE, G, to=U2))
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
    lab.up.expect(joins(None, G, to=U))
    lab.up.send(assert_(G, NOBODY, src=U2, rpt=True, **BEST))
    first = lab.up.expect(joins(None, G, to=U2), within=lab.pim.timers.override_interval)
    lab.up.expect(joins(None, G, to=U2), after=first, within=lab.pim.timers.join_prune_period)
    lab.up.expect_none(joins(None, G, to=U), after=first)


@pim_case("PIMSM-ROUTER-4.1.5-04", pim=NEVER, seconds=6)
def source_won_by_another_is_pruned_from_the_shared_tree(lab):
    """RPF'(S,G,rpt): on the RP's link another router has won for a source: it is pruned off at the RP's side."""
    meet(lab, U, U2)
    join(lab)
    lab.up.expect(joins(None, G, to=U))
    lab.up.send(assert_(G, BESIDE, src=U2, **BEST))
    lab.up.expect(
        joins(None, G, to=U, where=lambda message: pruned_in(message, G, BESIDE)),
        within=lab.pim.timers.join_prune_period,
    )


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
    meet_upstream(lab)
    meet(lab, "lan", D)
    meet(lab, RIVAL)
    lab.wait(2 * lab.timers.tolerance)
    join(lab, "lan", G, source=S)
    lab.up.expect(joins(S, G, to=U))
    lab.lan.send(assert_(G, S, src=RIVAL, **metric))
    lab.wait(2 * lab.timers.tolerance)


@pim_case("PIMSM-ROUTER-4.6.5-01", needs=NEEDS, seconds=6)
def assert_that_will_be_won_is_no_loss(lab):
    """Before the first data a worse Assert than the system's will be does not make it leave the source's tree."""
    wins_nothing(lab, **WORST)
    lab.up.expect_none(prunes(S, G))
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
    lab.lan.send(hello(src=HIGH_RIVAL, dr_priority=100))
    lab.lan.send(report(to_ex(G, []) if tree.star else is_in(G, [S])), after=lab.timers.tolerance)
    tree.provoke()
    tree.prune()
    lab.wait(prune_delay(lab) + margin(lab))
    tree.expect_forwarding("for the members")


@both_trees("PIMSM-ROUTER-4.6.1-15", star=["PIMSM-ROUTER-4.6.2-02"], seconds=9)
def loser_does_not_serve_the_members_though_it_is_dr(lab, tree):
    """the loser forwards nothing to the hosts of the link, though it is DR there."""
    meet_upstream(lab)
    meet(lab, RIVAL)
    lab.lan.send(report(to_ex(G, []) if tree.star else is_in(G, [S])), after=lab.timers.tolerance)
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
    moment(lab)
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
        moment(lab)
        tree.expect_forwarding("after a cancel")


@pim_case("PIMSM-ROUTER-4.6.3-02", needs=NEEDS, seconds=6)
def infinite_metric_is_never_accepted(lab):
    """An AssertCancel from somebody who had not won silences nobody."""
    tree = Tree(lab)
    tree.prepare()
    tree.cancel()
    moment(lab)
    tree.expect_forwarding("still")


@pim_case("PIMSM-ROUTER-4.6.4-01", needs=NEEDS, seconds=6)
def cancel_is_answered_by_who_can_forward(lab):
    """An AssertCancel that a router in state to forward hears is answered by its own Assert."""
    tree = Tree(lab)
    tree.prepare()
    tree.cancel()
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
