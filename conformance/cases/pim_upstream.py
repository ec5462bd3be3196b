# SPDX-License-Identifier: GPL-2.0-only
"""Join/Prune towards the RP and towards sources: the (*,G) and (S,G) machines (RFC 7761 4.5.4, 4.5.5)."""

from conformance.cases.pim_common import *
from conformance.harness import *

PREFIX = {None: "10.8.0.0/24", SOURCE: "10.9.0.0/24"}  # what leads to the root of a tree
NEW_GENERATION = 0x0BADCAFE


def sent(tree, upstream=UPSTREAM, **fields):
    return join_prune(tree.join(), upstream=upstream, only=False, **fields)


def not_sent(tree, upstream=UPSTREAM):
    return join_prune(tree.prune(), upstream=upstream, only=False)


def next_join(lab, tree):
    """The next periodic Join."""
    return lab.up.expect(sent(tree), within=1.5 * lab.pim.timers.join_prune_period)


def others_join(lab, entry, **fields):
    """A Join/Prune of another router on ``up`` to the same upstream neighbour."""
    return lab.pim.join(PEER, entry, upstream=UPSTREAM, **fields)


@both_trees(
    ["PIMSM-ROUTER-4.5.4-01", "PIMSM-ROUTER-4.9.5-01", "PIMSM-ANY-4.9.1-02"],
    ["PIMSM-ROUTER-4.5.5-01", "PIMSM-ROUTER-4.9.5-01", "PIMSM-ANY-4.9.1-02"],
    seconds=lambda timers: 3 * timers.join_prune_period + 8,
)
def join_is_immediate_and_periodic(lab, tree):
    """JoinDesired TREE: a Join to RPF' at once, to ALL-PIM-ROUTERS, then every t_periodic with J/P_Holdtime."""
    timers = lab.pim.timers
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, tree.join())
    first = lab.up.expect(sent(tree, holdtime=timers.tree_holdtime, dst="224.0.0.13", ttl=1, src=lab.up.dut))
    # No later than that: Joins to one neighbour may share their round.
    second = lab.up.expect(
        sent(tree, holdtime=timers.tree_holdtime), within=timers.join_prune_period, after=first
    )
    lab.up.expect(sent(tree), at=second.time + timers.join_prune_period)
    lab.lan.expect_none(any_join_prune(), within=1)


@both_trees(
    ["PIMSM-ROUTER-4.5.4-02"],
    ["PIMSM-ROUTER-4.5.5-02"],
    seconds=lambda timers: 2 * timers.join_prune_period + 8,
)
def prune_is_immediate_and_final(lab, tree):
    """When TREE is no longer desired, one Prune goes to RPF' at once, and no Join any more."""
    joined(lab, tree.join())
    lab.pim.join(DOWN, tree.prune())
    lab.up.expect(not_sent(tree))
    lab.up.expect_none(tree.join(), within=1.5 * lab.pim.timers.join_prune_period)
    lab.up.expect_none(tree.prune(), within=1.5 * lab.pim.timers.join_prune_period)


@pim_case("PIMSM-ROUTER-4.5.4-01", "PIMSM-ROUTER-4.5.4-02", seconds=14)
def member_makes_and_ends_the_tree(lab):
    """A member on a link where the system is DR is as good as a Join; when it has left, the tree is pruned."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.pim.member(GROUP)
    lab.up.expect(sent(STAR_G))
    lab.pim.no_member(GROUP)
    lab.up.expect(not_sent(STAR_G), within=lab.timers.lmqt + 1)


@both_trees(
    ["PIMSM-ROUTER-4.5.4-03"],
    ["PIMSM-ROUTER-4.5.5-03"],
    seconds=lambda timers: 5 * timers.join_prune_period + 8,
)
def join_of_another_suppresses(lab, tree):
    """A Join TREE of another router to the same RPF' defers the next one to 1.1 to 1.4 periods after it."""
    period = lab.pim.timers.join_prune_period
    lab.pim.neighbor(PEER)
    joined(lab, tree.join())
    last = next_join(lab, tree)
    heard = lab.now
    lab.wait_until(last.time + 0.7 * period)
    heard = others_join(lab, tree.join(), holdtime=lab.pim.timers.tree_holdtime)
    lab.up.expect_none(tree.join(), until=heard + 1.1 * period - lab.timers.tolerance)
    lab.up.expect(sent(tree), within=0.3 * period + lab.timers.tolerance)


@both_trees(
    ["PIMSM-ROUTER-4.5.4-03"],
    ["PIMSM-ROUTER-4.5.5-03"],
    seconds=lambda timers: 4 * timers.join_prune_period + 8,
)
def join_of_another_suppresses_for_its_holdtime_at_most(lab, tree):
    """A Join TREE of another router with a short Holdtime defers the next one by no more than that."""
    period = lab.pim.timers.join_prune_period
    lab.pim.neighbor(PEER)
    joined(lab, tree.join())
    last = next_join(lab, tree)
    lab.wait_until(last.time + 0.8 * period)
    holdtime = max(int(0.4 * period), 2)
    heard = others_join(lab, tree.join(), holdtime=holdtime)
    lab.up.expect_none(tree.join(), until=heard + holdtime - 2 * lab.timers.tolerance)
    lab.up.expect(sent(tree), at=heard + holdtime)


@both_trees(["PIMSM-ROUTER-4.5.4-03"], ["PIMSM-ROUTER-4.5.5-03"], needs="virtual")
def join_to_another_upstream_suppresses_nothing(lab, tree):
    """A Join TREE to another upstream neighbour than RPF' defers nothing."""
    lab.pim.neighbor(PEER)
    lab.pim.neighbor(OTHER_UPSTREAM)
    joined(lab, tree.join())
    last = next_join(lab, tree)
    lab.wait_until(last.time + 50)
    lab.pim.join(PEER, tree.join(), upstream=OTHER_UPSTREAM)
    lab.up.expect(sent(tree), at=last.time + 60)


@both_trees(
    ["PIMSM-ROUTER-4.5.4-04"], ["PIMSM-ROUTER-4.5.5-03"], seconds=lambda timers: timers.join_prune_period + 12
)
def prune_of_another_is_overridden(lab, tree):
    """A Prune TREE of another router to RPF' is answered by a Join within the override interval."""
    lab.pim.neighbor(PEER)
    joined(lab, tree.join())
    if lab.virtual:
        next_join(lab, tree)
        lab.wait(5)
    others_join(lab, tree.prune())
    lab.up.expect(sent(tree), within=lab.pim.timers.override_interval)


@both_trees(["PIMSM-ROUTER-4.5.4-04"], ["PIMSM-ROUTER-4.5.5-03"], needs="virtual")
def prune_to_another_upstream_is_not_overridden(lab, tree):
    """A Prune TREE to another upstream neighbour than RPF' is nobody's business; nor is one of another tree."""
    lab.pim.neighbor(PEER)
    lab.pim.neighbor(OTHER_UPSTREAM)
    joined(lab, tree.join())
    last = next_join(lab, tree)
    lab.wait(5)
    lab.pim.join(PEER, tree.prune(), upstream=OTHER_UPSTREAM)
    others_join(lab, tree.prune(OTHER_GROUP))
    lab.up.expect_none(tree.join(), until=last.time + 59)
    lab.up.expect(sent(tree), at=last.time + 60)


@pim_case("PIMSM-ROUTER-4.5.5-04", needs="virtual")
def prunes_of_the_shared_tree_are_overridden_too(lab):
    """A Prune(S,G,rpt) or a Prune(*,G) of another router to RPF'(S,G) is answered by a Join(S,G) within t_override."""
    lab.pim.neighbor(PEER)
    joined(lab, join_sg(GROUP, SOURCE))
    next_join(lab, S_G)
    for entry in (prune_rpt(GROUP, SOURCE), prune_g(GROUP, RP)):
        lab.wait(10)
        others_join(lab, entry)
        lab.up.expect(sent(S_G), within=lab.pim.timers.override_interval)


@both_trees(
    ["PIMSM-ROUTER-4.5.4-05"], ["PIMSM-ROUTER-4.5.5-05"], seconds=lambda timers: timers.join_prune_period + 14
)
def restarted_upstream_is_joined_again(lab, tree):
    """When RPF' has a new Generation ID, a Join TREE follows within the override interval."""
    joined(lab, tree.join())
    if lab.virtual:
        next_join(lab, tree)
        lab.wait(5)
    lab.pim.neighbor(UPSTREAM, generation_id=NEW_GENERATION)
    lab.up.expect(sent(tree), within=lab.pim.timers.override_interval)


@both_trees(
    ["PIMSM-ROUTER-4.5.4-05", "PIMSM-ROUTER-4.1.5-04", "PIMSM-ROUTER-4.6.1-14"],
    ["PIMSM-ROUTER-4.5.5-05", "PIMSM-ROUTER-4.1.5-04", "PIMSM-ROUTER-4.6.1-14"],
    seconds=lambda timers: timers.join_prune_period + 16,
)
def assert_winner_is_joined(lab, tree):
    """When another router wins an Assert TREE on the upstream link, Joins go to it, within the override interval."""
    lab.pim.neighbor(OTHER_UPSTREAM)
    joined(lab, tree.join())
    fields = dict(rpt=True, source="0.0.0.0") if tree.source is None else dict(source=tree.source)
    lab.up.send(assert_(GROUP, preference=1, metric=1, src=OTHER_UPSTREAM, **fields))
    lab.up.expect(sent(tree, OTHER_UPSTREAM), within=lab.pim.timers.override_interval)
    lab.up.expect(sent(tree, OTHER_UPSTREAM), within=1.2 * lab.pim.timers.join_prune_period)
    lab.up.expect_none(not_sent(tree), within=1)


@both_trees(
    ["PIMSM-ROUTER-4.5.4-06", "PIMSM-ROUTER-4.1.5-04"],
    ["PIMSM-ROUTER-4.5.5-05", "PIMSM-ROUTER-4.1.5-04"],
    needs="pim:routes",
    seconds=lambda timers: timers.join_prune_period + 14,
)
def route_change_moves_the_tree(lab, tree):
    """When the route changes, the new RPF' TREE is joined and the old one pruned at once; then it goes on periodically."""
    lab.pim.neighbor(OTHER_UPSTREAM)
    joined(lab, tree.join())
    if lab.virtual:
        lab.wait(13)
    lab.pim.route(PREFIX[tree.source], OTHER_UPSTREAM)
    slack = 0.0 if lab.virtual else 3.0
    joins = lab.up.expect(sent(tree, OTHER_UPSTREAM), within=slack)
    lab.up.expect(not_sent(tree), within=slack)
    lab.up.expect(sent(tree, OTHER_UPSTREAM), within=lab.pim.timers.join_prune_period, after=joins)
    lab.up.expect_none(sent(tree), within=0.5)


@both_trees(["PIMSM-ROUTER-4.5.4-06"], ["PIMSM-ROUTER-4.5.5-05"], needs="pim:routes", seconds=14)
def route_change_to_another_interface(lab, tree):
    """When the route moves to another interface, the tree TREE is joined there and pruned here."""
    lab.pim.neighbor(LAN2_ROUTER)
    joined(lab, tree.join())
    lab.pim.route(PREFIX[tree.source], LAN2_ROUTER)
    slack = 0.0 if lab.virtual else 3.0
    lab.lan2.expect(join_prune(tree.join(), upstream=LAN2_ROUTER, only=False), within=slack)
    lab.up.expect(not_sent(tree), within=slack)


@both_trees(["PIMSM-ROUTER-4.5.4-08"], ["PIMSM-ROUTER-4.5.5-06"], seconds=14)
def without_a_neighbour_on_the_way_nothing_is_sent(lab, tree):
    """If the next hop is no PIM neighbour, RPF' TREE is NULL and nothing is sent; once it says Hello, it is joined."""
    lab.pim.neighbors_up(DOWN, OTHER_UPSTREAM)
    lab.pim.join(DOWN, tree.join())
    lab.up.expect_none(any_join_prune(), within=1.5)
    lab.pim.neighbor(UPSTREAM)
    lab.up.expect(sent(tree), within=lab.pim.timers.join_prune_period + lab.pim.timers.override_interval)


@pim_case("PIMSM-ROUTER-4.5.4-08", role="rp", pim=dict(rp="dut"), seconds=12)
def rp_itself_joins_nobody(lab):
    """The RP sends no Join(*,G) for its own groups, wherever they were joined."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, join_g(GROUP, OWN_RP), join_sg(OTHER_GROUP, SOURCE))
    lab.up.expect(join_sg(OTHER_GROUP, SOURCE))
    lab.pim.member("239.1.2.9")
    for port in (lab.up, lab.lan, lab.lan2):
        port.expect_none(join_g(GROUP), within=1.5)
        port.expect_none(join_g("239.1.2.9"), within=1.5)
    if lab.has("state:pim:trees"):
        lab.pim.expect_tree(GROUP, joined=True, upstream=None)


@pim_case("PIMSM-ROUTER-4.5.5-06", seconds=12)
def source_on_the_link_is_not_joined(lab):
    """For a source on a link of the system nothing is sent anywhere, though (S,G) is joined."""
    source = "10.0.0.60"
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, join_sg(GROUP, source), join_sg(GROUP, SOURCE))
    lab.up.expect(join_sg(GROUP, SOURCE))
    lab.up.expect_none(join_sg(GROUP, source), within=1.5)
    if lab.has("state:pim:trees"):
        lab.pim.expect_tree(GROUP, source, joined=True, upstream=None)


@pim_case("PIMSM-ROUTER-4.5.5-01", needs="forwarding", pim=dict(spt="immediately"), seconds=14)
def keepalive_timer_with_inherited_olist_joins_the_source(lab):
    """With the Keepalive Timer running, members of (*,G) make the last-hop router join the source."""
    lab.pim.neighbors_up(UPSTREAM, OTHER_UPSTREAM)
    lab.pim.member(GROUP)
    lab.up.expect(sent(STAR_G))
    lab.up.data(FAR_SOURCE, GROUP)
    lab.up.expect(join_prune(join_sg(GROUP, FAR_SOURCE), upstream=OTHER_UPSTREAM, only=False), within=0.5)


@pim_case(
    "PIMSM-ROUTER-4.5.5-07", needs="forwarding", seconds=lambda timers: 2 * timers.keepalive_period + 20
)
def silent_source_is_pruned(lab):
    """When the Keepalive Timer of a silent source ends, (S,G) is pruned, and data flows by the RP's tree again."""
    lab.pim.neighbors_up(UPSTREAM, LAN2_ROUTER)
    lab.pim.member(GROUP)
    lab.up.expect(sent(STAR_G))
    source = "10.6.0.1"
    for _ in range(1 if lab.virtual else 3):
        lab.up.data(source, GROUP)
        lab.wait(0.3)
    lab.advance_until(lambda: lab.lan2.find(join_sg(GROUP, source)), lab.now + 0.5)
    lab.require(lab.lan2.find(join_sg(GROUP, source)), "the source is not joined")
    for _ in range(2):
        lab.lan2.data(source, GROUP)
        lab.wait(0.3)
    period = lab.pim.timers.keepalive_period
    lab.lan2.expect_none(prune_sg(GROUP, source), within=period - 2)
    slack = 0.1 if lab.virtual else period + 2  # counters of the kernel are looked at now and then
    lab.lan2.expect(join_prune(prune_sg(GROUP, source), upstream=LAN2_ROUTER, only=False), within=2 + slack)
    lab.check(lab.forwards(source, GROUP, to="lan", port="up"), "data of the RP's tree is forwarded")


@pim_case("PIMSM-ROUTER-4.11-03", needs="virtual")
def overrides_are_spread(lab):
    """The random delays of overrides differ from time to time and fill their interval."""
    lab.pim.neighbor(PEER)
    joined(lab, join_g(GROUP))
    delays = []
    for _ in range(20):
        lab.wait(100)
        asked = others_join(lab, prune_g(GROUP, RP))
        delays.append(lab.up.expect(sent(STAR_G), within=lab.pim.timers.override_interval).time - asked)
    lab.check(len({round(one, 4) for one in delays}) > 15, "they are not the same")
    lab.check(min(delays) < 1.0 and max(delays) > 1.5, "they are spread over the override interval")


@pim_case("PIMSM-ROUTER-4.9.5.1-01", "PIMSM-ROUTER-4.9.5-01", needs="virtual")
def joins_and_prunes_of_one_message_do_not_contradict(lab):
    """What is joined and pruned in quick turns never makes a message that joins and prunes the same."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    for number in range(30):
        tree = (STAR_G, S_G)[number % 2]
        lab.pim.join(DOWN, tree.join() if number % 3 else tree.prune())
        lab.wait(0.1 if number % 5 else 0)
    lab.wait(130)
    for message in lab.up.frames:
        if message.kind == "join_prune":
            seen = [(one.kind, one.group, one.address) for one in message.pim.entries]
            lab.check(len(seen) == len(set(seen)), "no entry is there twice, or both joined and pruned")
    lab.check(any(one.kind == "join_prune" for one in lab.up.frames), "there are messages")


@pim_case("PIMSM-ROUTER-4.5.4-07", "PIMSM-ROUTER-4.5.4-06", needs="pim:bsr", pim=dict(rp=None), seconds=16)
def rp_change_moves_the_tree(lab):
    """When the RP changes, the new one is joined and the old upstream neighbour pruned, by the new RP or the old."""
    new = "10.7.0.9"
    lab.pim.neighbor(OTHER_UPSTREAM)
    lab.pim.neighbors_up(UPSTREAM)
    lab.up.send(bootstrap(rp_range(rps=[(RP, 150, 10)]), bsr=RP, src=UPSTREAM, fragment_tag=1))
    lab.wait(0.5)
    lab.pim.member(GROUP)
    lab.up.expect(join_prune(join_g(GROUP, RP), upstream=UPSTREAM))
    lab.wait(1)
    lab.up.send(bootstrap(rp_range(rps=[(new, 150, 10)]), bsr=RP, src=UPSTREAM, fragment_tag=2))
    lab.up.expect(join_prune(join_g(GROUP, new), upstream=OTHER_UPSTREAM), within=0.5)
    prune = lab.up.expect(join_prune(prune_g(GROUP), upstream=UPSTREAM), within=0.5)
    named = {entry.address for entry in prune.pim.entries}
    lab.check(named <= {new, RP, "0.0.0.0"}, "the prune names the new RP, or the old one, or none")
