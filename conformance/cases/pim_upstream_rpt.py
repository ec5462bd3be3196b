# SPDX-License-Identifier: GPL-2.0-only
"""(S,G,rpt) towards the RP: prunes in periodic Joins and triggered messages (RFC 7761 4.5.6, 4.5.7, 4.9.5.2)."""

from conformance.cases.pim_common import *
from conformance.harness import *

CUT, BACK, ALL = prune_rpt(GROUP, SOURCE), join_rpt(GROUP, SOURCE), join_g(GROUP, RP)


def to_rp(*entries):
    return join_prune(*entries, upstream=UPSTREAM, only=False)


def switched_over(lab):
    """A member of (*,G), and the source behind the other neighbour on ``up`` is received by its own tree."""
    lab.pim.neighbors_up(UPSTREAM, LAN2_ROUTER)
    lab.pim.member(GROUP)
    lab.up.expect(to_rp(ALL))
    for _ in range(1 if lab.virtual else 3):
        lab.up.data("10.6.0.1", GROUP)
        lab.wait(0.3)
    joined = lab.advance_until(lambda: lab.lan2.find(join_sg(GROUP, "10.6.0.1")), lab.now + 0.5)
    lab.require(joined, "the source is not joined")
    for _ in range(2):
        lab.lan2.data("10.6.0.1", GROUP)
        lab.wait(0.05)


@pim_case("PIMSM-ROUTER-4.5.7-01", "PIMSM-ROUTER-4.2.2-02", needs="forwarding", seconds=14)
def switchover_prunes_the_source_from_the_shared_tree(lab):
    """With the SPT bit set and another RPF' than the RP's, a Prune(S,G,rpt) goes to the RP's at once."""
    switched_over(lab)
    cut = prune_rpt(GROUP, "10.6.0.1")
    found = lab.advance_until(lambda: lab.up.find(to_rp(cut)), lab.now + 0.5)
    lab.check(found, "a Prune(S,G,rpt) goes to RPF'(*,G)")
    lab.check(all(not one.joined for one in found.pim.entries if one.kind == "S,G,rpt"), "it is no Join")


@pim_case(
    "PIMSM-ROUTER-4.5.6-01",
    "PIMSM-ROUTER-4.9.5.2-01",
    needs="forwarding",
    seconds=lambda timers: 2 * timers.join_prune_period + 12,
)
def periodic_join_repeats_the_prune(lab):
    """The periodic Join(*,G) has the Prune(S,G,rpt) in the same group set, as long as S comes by its own tree."""
    switched_over(lab)
    cut = prune_rpt(GROUP, "10.6.0.1")
    for _ in range(2):
        lab.wait(1)
        lab.lan2.data("10.6.0.1", GROUP)
        one = lab.up.expect(to_rp(ALL), within=1.5 * lab.pim.timers.join_prune_period)
        lab.check(to_rp(ALL, cut).matches(one), "the Join(*,G) and the prune are in one message")
        lab.check(one.pim.groups.count(lab.names.wanted(GROUP)) == 1, "they are in one group set")


@pim_case("PIMSM-ROUTER-4.5.6-01", seconds=lambda timers: 2 * timers.join_prune_period + 10)
def periodic_join_repeats_a_prune_of_all(lab):
    """The periodic Join(*,G) has a Prune(S,G,rpt) of a source that nobody downstream wants."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(to_rp(ALL))
    lab.pim.join(DOWN, CUT)
    lab.up.expect(to_rp(CUT), within=0.5)
    lab.up.expect(to_rp(ALL, CUT), within=1.2 * lab.pim.timers.join_prune_period)
    lab.pim.join(DOWN, BACK)
    lab.wait(0.5)
    again = lab.up.expect(to_rp(ALL), within=1.2 * lab.pim.timers.join_prune_period)
    lab.check(not CUT.matches(again), "the prune is gone when the source is wanted again")


@pim_case("PIMSM-ROUTER-4.5.7-02", seconds=14)
def pruned_source_is_joined_at_once(lab):
    """When a pruned source is wanted again, a Join(S,G,rpt) goes to RPF'(S,G,rpt) at once."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(to_rp(ALL))
    lab.pim.join(DOWN, CUT)
    lab.up.expect(to_rp(CUT), within=0.5)
    lab.pim.join(DOWN, BACK)
    lab.up.expect(to_rp(BACK), within=0.5)


@pim_case("PIMSM-ROUTER-4.5.7-03", seconds=14)
def prune_of_another_is_overridden(lab):
    """A Prune(S,G,rpt) of another router to RPF' is answered by a Join(S,G,rpt) within the override interval."""
    lab.pim.neighbors_up(DOWN, DOWN2, UPSTREAM, PEER)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(to_rp(ALL))
    lab.pim.join(PEER, CUT, upstream=UPSTREAM)
    lab.up.expect(to_rp(BACK), within=lab.pim.timers.override_interval)


@pim_case("PIMSM-ROUTER-4.5.7-03", seconds=14)
def prune_of_the_source_s_tree_is_overridden_too(lab):
    """A Prune(S,G) of another router to RPF'(S,G,rpt) is answered by a Join(S,G,rpt) within the override interval."""
    lab.pim.neighbors_up(DOWN, DOWN2, UPSTREAM, PEER)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(to_rp(ALL))
    lab.pim.join(PEER, prune_sg(GROUP, SOURCE), upstream=UPSTREAM)
    lab.up.expect(to_rp(BACK), within=lab.pim.timers.override_interval)


@pim_case("PIMSM-ROUTER-4.5.7-04", needs="virtual")
def join_of_another_is_enough(lab):
    """A Join(S,G,rpt) of another router to RPF' makes the own one needless."""
    lab.pim.neighbors_up(DOWN, UPSTREAM, PEER)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(to_rp(ALL))
    silent = 0
    for _ in range(12):
        lab.wait(70)
        lab.pim.join(PEER, CUT, upstream=UPSTREAM)
        if lab.up.collect(BACK, 0.2):
            continue
        lab.pim.join(PEER, BACK, upstream=UPSTREAM)
        lab.up.expect_none(BACK, within=4)
        silent += 1
    lab.require(silent, "the override always came first")
    lab.wait(10)
    lab.pim.join(PEER, CUT, upstream=UPSTREAM)
    lab.up.expect(to_rp(BACK), within=lab.pim.timers.override_interval)


@pim_case("PIMSM-ROUTER-4.5.7-03", needs="virtual")
def prune_to_another_neighbour_is_not_overridden(lab):
    """A Prune(S,G,rpt) to another upstream neighbour than RPF' is not answered; nor is one where S is not wanted."""
    lab.pim.neighbors_up(DOWN, UPSTREAM, OTHER_UPSTREAM, PEER)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(to_rp(ALL))
    lab.pim.join(PEER, CUT, upstream=OTHER_UPSTREAM)
    lab.up.expect_none(BACK, within=4)
    lab.pim.join(DOWN, CUT)
    lab.up.expect(to_rp(CUT), within=0.5)
    lab.pim.join(PEER, CUT, upstream=UPSTREAM)
    lab.up.expect_none(BACK, within=4)
    lab.pim.join(DOWN, BACK)
    lab.up.expect(to_rp(BACK), within=0.5)


@pim_case("PIMSM-ROUTER-4.5.7-06", seconds=14)
def prune_of_the_group_says_nothing_of_the_source(lab):
    """When (*,G) ends there is no message about (S,G,rpt) besides."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(to_rp(ALL))
    lab.pim.join(DOWN, CUT)
    lab.up.expect(to_rp(CUT), within=0.5)
    lab.pim.join(DOWN, prune_g(GROUP, RP))
    lab.up.expect(join_prune(prune_g(GROUP, RP), upstream=UPSTREAM), within=0.5)
    lab.up.expect_none(BACK, within=2)
    lab.up.expect_none(CUT, within=2)


@pim_case("PIMSM-ROUTER-4.5.7-06", seconds=14)
def prune_without_a_tree_sends_nothing(lab):
    """A Prune(S,G,rpt) from downstream where (*,G) is not joined makes the system send nothing."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, CUT)
    lab.up.expect_none(any_join_prune(), within=1.5)
    lab.pim.join(DOWN, ALL, CUT)
    lab.up.expect(to_rp(ALL))


@pim_case("PIMSM-ROUTER-4.5.7-05", "PIMSM-ROUTER-4.1.5-04", needs="virtual pim:routes")
def same_upstream_again_makes_a_join(lab):
    """When RPF'(S,G,rpt) becomes RPF'(*,G) again after an Assert of (S,G), a Join(S,G,rpt) follows within t_override."""
    lab.pim.neighbors_up(DOWN, DOWN2, UPSTREAM, OTHER_UPSTREAM)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(to_rp(ALL))
    lab.up.send(assert_(GROUP, SOURCE, preference=1, metric=1, src=OTHER_UPSTREAM))
    lab.wait(70)
    lab.up.send(
        assert_(GROUP, SOURCE, rpt=True, preference=0x7FFFFFFF, metric=0xFFFFFFFF, src=OTHER_UPSTREAM)
    )
    lab.up.expect(to_rp(BACK), within=lab.pim.timers.override_interval)


@pim_case("PIMSM-ROUTER-4.9.5.2-01", needs="virtual")
def prunes_that_do_not_fit_are_the_smallest(lab):
    """If not all Prunes(S,G,rpt) fit into the message of the Join(*,G), the numerically smallest ones are in it."""
    sources = [f"10.9.{number // 200}.{number % 200 + 1}" for number in range(400)]
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(to_rp(ALL))
    for start in range(0, 400, 50):
        lab.pim.join(DOWN, *(prune_rpt(GROUP, one) for one in sources[start : start + 50]))
    lab.wait(1)
    one = lab.up.expect(to_rp(ALL), within=62)
    listed = [entry.address for entry in one.pim.entries if entry.kind == "S,G,rpt"]
    lab.check(len(one.raw) - 14 <= 1500, "the message fits the MTU")
    lab.check(50 <= len(listed) < 400, "some prunes are in the message")
    lab.check(set(listed) == set(sources[: len(listed)]), "they are the smallest")


@pim_case("PIMSM-ROUTER-4.9.5.1-01", "PIMSM-ROUTER-4.9.5.1-02", needs="virtual")
def combinations_that_are_unusual_are_not_sent(lab):
    """No group set joins and prunes the same, joins (*,G) and (S,G,rpt), or prunes (*,G) and says anything of (S,G,rpt)."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    for number in range(40):
        entry = (ALL, CUT, BACK, join_sg(GROUP, SOURCE), prune_sg(GROUP, SOURCE), prune_g(GROUP, RP))[
            number * 5 % 6
        ]
        lab.pim.join(DOWN, entry)
        lab.wait((0, 0, 0.2, 3, 25)[number % 5])
    messages = [one for one in lab.up.frames if one.kind == "join_prune"]
    lab.check(messages, "there are messages")
    for message in messages:
        entries = message.pim.entries
        said = {(one.kind, one.joined) for one in entries}
        once = [(one.kind, one.address) for one in entries]
        lab.check(len(once) == len(set(once)), f"nothing twice: {message}")
        lab.check(
            not {("*,G", True), ("S,G,rpt", True)} <= said, f"no Join(*,G) with Join(S,G,rpt): {message}"
        )
        rpt = {("S,G,rpt", True), ("S,G,rpt", False)} & said
        lab.check(not (("*,G", False) in said and rpt), f"no Prune(*,G) with (S,G,rpt): {message}")
