# SPDX-License-Identifier: GPL-2.0-only
"""Join/Prune from downstream: the (*,G) and (S,G) machines of an interface (RFC 7761 4.5, 4.5.1, 4.5.2).

Seen by what they make the system send upstream, by its prune echoes, by data, and in read-outs.
"""

from conformance.cases.pim_common import *
from conformance.harness import *

TWO = (DOWN, DOWN2, UPSTREAM)  # two neighbours on ``lan``: a prune may be objected to


def pruned(lab, tree, group=GROUP):
    return join_prune(tree.prune(group), upstream=UPSTREAM, only=False)


def echo(lab, tree):
    """A PruneEcho: a Prune to oneself."""
    return join_prune(tree.prune(), upstream=lab.lan.dut, only=False)


def check_state(lab, tree, **wanted):
    if lab.has("state:pim:trees"):
        lab.pim.expect_downstream(GROUP, tree.source, **wanted)


@both_trees(["PIMSM-ROUTER-4.5.1-03"], ["PIMSM-ROUTER-4.5.2-01"], seconds=16)
def join_holds_for_its_holdtime(lab, tree):
    """A Join TREE makes Join state for the message's Holdtime; then it is pruned upstream, without an echo."""
    when = joined(lab, tree.join(), neighbors=TWO, holdtime=6)
    check_state(lab, tree, state="join", expires=6.0 - (lab.now - when))
    lab.up.expect_none(tree.prune(), until=when + 6 - 3 * lab.timers.tolerance)
    lab.up.expect(pruned(lab, tree), at=when + 6)
    lab.lan.expect_none(echo(lab, tree), within=7)
    check_state(lab, tree, state="no-info")


@both_trees(["PIMSM-ROUTER-4.5.1-08"], ["PIMSM-ROUTER-4.5.2-03"], seconds=16)
def expiry_while_a_prune_is_pending(lab, tree):
    """The Expiry Timer ends Prune-Pending, too, without an echo of TREE."""
    when = joined(lab, tree.join(), neighbors=TWO, holdtime=4)
    lab.wait_until(when + 2)
    lab.pim.join(DOWN, tree.prune())
    lab.up.expect(pruned(lab, tree), at=when + 4)
    lab.lan.expect_none(echo(lab, tree), until=when + 7)


@both_trees(["PIMSM-ROUTER-4.5.1-04"], ["PIMSM-ROUTER-4.5.2-01"], seconds=20)
def refresh_never_shortens(lab, tree):
    """A further Join TREE sets the Expiry Timer to the greater of what is left and its Holdtime."""
    when = joined(lab, tree.join(), holdtime=8)
    lab.wait_until(when + 1)
    lab.pim.join(DOWN, tree.join(), holdtime=2)
    lab.up.expect_none(tree.prune(), until=when + 6)
    later = lab.pim.join(DOWN, tree.join(), holdtime=5)
    lab.up.expect_none(tree.prune(), until=later + 5 - 3 * lab.timers.tolerance)
    lab.up.expect(pruned(lab, tree), at=later + 5)


@both_trees(["PIMSM-ROUTER-4.5.1-05", "PIMSM-ROUTER-4.5.1-07"], ["PIMSM-ROUTER-4.5.2-02"], seconds=12)
def prune_of_the_only_neighbour_is_immediate(lab, tree):
    """With one neighbour on the link a Prune TREE takes effect at once, and is not echoed."""
    joined(lab, tree.join())
    lab.pim.join(DOWN, tree.prune())
    lab.up.expect(pruned(lab, tree))
    lab.lan.expect_none(echo(lab, tree), within=4)
    check_state(lab, tree, state="no-info")


@both_trees(["PIMSM-ROUTER-4.5.1-05", "PIMSM-ROUTER-4.5.1-07"], ["PIMSM-ROUTER-4.5.2-02"], seconds=14)
def prune_among_several_waits_and_is_echoed(lab, tree):
    """With more than one neighbour a Prune TREE waits for J/P_Override_Interval, then it is echoed and sent on."""
    joined(lab, tree.join(), neighbors=TWO)
    when = lab.pim.join(DOWN, tree.prune())
    check_state(lab, tree, state="prune-pending", prune_pending=3.0)
    lab.up.expect_none(tree.prune(), until=when + 3 - 3 * lab.timers.tolerance)
    lab.lan.expect(echo(lab, tree), at=when + 3)
    lab.up.expect(pruned(lab, tree), at=when + 3)
    check_state(lab, tree, state="no-info")


@both_trees(["PIMSM-ROUTER-4.5.1-06"], ["PIMSM-ROUTER-4.5.2-02"], seconds=16)
def join_overrides_a_pending_prune(lab, tree):
    """A Join TREE of another neighbour while a prune is pending keeps the state, for the Holdtime that it tells."""
    joined(lab, tree.join(), neighbors=TWO, holdtime=60)
    lab.pim.join(DOWN, tree.prune())
    lab.wait(1.5)
    lab.pim.join(DOWN2, tree.join(), holdtime=200)
    check_state(lab, tree, state="join", expires=200.0)
    lab.lan.expect_none(echo(lab, tree), within=4)
    lab.up.expect_none(tree.prune(), within=4)


@both_trees(
    ["PIMSM-ROUTER-4.5.1-06", "PIMSM-ROUTER-4.1.5-01"],
    ["PIMSM-ROUTER-4.5.2-02", "PIMSM-ROUTER-4.5.2-04", "PIMSM-ROUTER-4.1.5-01"],
    needs="forwarding",
    seconds=16,
)
def pending_prune_keeps_forwarding(lab, tree):
    """Data flows to a joined interface while a prune TREE is pending, and no more when it has taken effect."""
    joined(lab, tree.join(), neighbors=TWO)
    lab.check(lab.forwards(SOURCE, GROUP), "data is forwarded to who has joined")
    when = lab.pim.join(DOWN, tree.prune())
    lab.wait_until(when + 1)
    lab.check(lab.forwards(SOURCE, GROUP), "it still is while the prune is pending")
    lab.wait_until(when + 3.5)
    lab.check(not lab.forwards(SOURCE, GROUP), "it is no longer afterwards")


@both_trees(["PIMSM-ROUTER-4.5.1-09"], ["PIMSM-ROUTER-4.5.2-01"], seconds=12)
def prune_of_what_nobody_joined(lab, tree):
    """A Prune TREE without state changes nothing and makes the system send nothing; a Join still works."""
    lab.pim.neighbors_up(*TWO)
    lab.pim.join(DOWN, tree.prune())
    lab.lan.expect_none(any_join_prune(), within=3.5)
    lab.up.expect_none(any_join_prune(), within=3.5)
    check_state(lab, tree, state="no-info")
    lab.pim.join(DOWN, tree.join())
    lab.up.expect(tree.join())


@both_trees(["PIMSM-ROUTER-4.5.1-10"], ["PIMSM-ROUTER-4.5-02"], seconds=12)
def join_to_another_router_is_not_ours(lab, tree):
    """A Join TREE to another upstream neighbour makes no state here; nor does a Prune to another end any."""
    lab.pim.neighbors_up(*TWO)
    lab.pim.join(DOWN, tree.join(), upstream=DOWN2)
    lab.up.expect_none(any_join_prune(), within=1.0)
    lab.pim.join(DOWN, tree.join())
    lab.up.expect(tree.join())
    lab.pim.join(DOWN, tree.prune(), upstream=DOWN2)
    lab.up.expect_none(tree.prune(), within=4)


@both_trees(["PIMSM-ROUTER-4.5-01"], ["PIMSM-ROUTER-4.5-01"], seconds=12)
def join_of_a_stranger_is_discarded(lab, tree):
    """A Join TREE of a router that sent no Hello is discarded; after its Hello it is taken."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.pim.join(DOWN, tree.join())
    lab.up.expect_none(any_join_prune(), within=1.0)
    lab.pim.neighbor(DOWN)
    lab.wait(0.3)
    lab.pim.join(DOWN, tree.join())
    lab.up.expect(tree.join())


@pim_case("PIMSM-ROUTER-4.5-01", pim=dict(interfaces=dict(lan=dict(accept_unknown=True))), seconds=12)
def join_of_a_stranger_is_taken_if_that_is_wanted(lab):
    """With the option to accept them, a Join of a router that sent no Hello is taken."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.pim.join(DOWN, join_g(GROUP))
    lab.up.expect(join_g(GROUP))


@pim_case("PIMSM-ROUTER-4.5.1-01", seconds=14)
def join_with_another_rp_is_dropped_alone(lab):
    """A Join(*,G) that names another RP is dropped, the other entries of its group set are not."""
    lab.pim.neighbors_up(*TWO)
    lab.pim.join(DOWN, join_g(GROUP, OTHER_RP), join_sg(GROUP, SOURCE))
    lab.up.expect(join_sg(GROUP, SOURCE))
    lab.up.expect_none(join_g(GROUP), within=1.0)


@pim_case("PIMSM-ROUTER-4.5.1-01", seconds=14)
def prune_with_another_rp_is_processed(lab):
    """A Prune(*,G) is processed whatever RP it names."""
    joined(lab, join_g(GROUP, RP))
    lab.pim.join(DOWN, prune_g(GROUP, OTHER_RP))
    lab.up.expect(prune_g(GROUP))


@pim_case(
    "PIMSM-ROUTER-4.5.1-02",
    pim=dict(rp=None, embedded_rp=True),
    ambiguous=("uses the RP of the Join", "drops a Join without an RP of its own"),
    seconds=10,
)
def join_without_an_rp_mapping(lab):
    """A router that knows no RP for the group may use that of a Join(*,G), or drop it."""
    lab.pim.neighbors_up(*TWO)
    lab.pim.join(DOWN, join_g(GROUP, RP), join_sg(OTHER_GROUP, SOURCE))
    lab.up.expect(join_sg(OTHER_GROUP, SOURCE))
    used = lab.up.collect(join_g(GROUP, RP), 0.5)
    lab.reading("uses the RP of the Join" if used else "drops a Join without an RP of its own")


@pim_case("PIMSM-ROUTER-4.5-02", seconds=16)
def entries_of_one_kind_leave_the_others_alone(lab):
    """A Prune(S,G) does not end (*,G) state, and a Prune(*,G) does not end (S,G) state."""
    joined(lab, join_g(GROUP, RP), join_sg(GROUP, SOURCE))
    lab.pim.join(DOWN, prune_g(GROUP, RP))
    lab.up.expect(prune_g(GROUP))
    lab.up.expect_none(prune_sg(GROUP, SOURCE), within=1.0)
    lab.pim.join(DOWN, join_g(GROUP, RP))
    lab.up.expect(join_g(GROUP, RP))
    lab.pim.join(DOWN, prune_sg(GROUP, SOURCE))
    lab.up.expect(prune_sg(GROUP, SOURCE))
    lab.up.expect_none(prune_g(GROUP), within=1.0)


@pim_case("PIMSM-ROUTER-4.5-02", "PIMSM-ROUTER-4.9.5-01", seconds=14)
def one_message_about_many(lab):
    """A message with several group sets, joins and prunes of both kinds, is processed as a whole."""
    joined(lab, join_g("239.1.9.1", RP), join_sg("239.1.9.2", SOURCE))
    lab.pim.join(
        DOWN,
        prune_g("239.1.9.1", RP),
        prune_sg("239.1.9.2", SOURCE),
        join_sg("239.1.9.2", OTHER_SOURCE),
        join_g("239.1.9.3", RP),
        join_sg("239.1.9.3", FAR_SOURCE),
    )
    for entry in (
        prune_g("239.1.9.1"),
        prune_sg("239.1.9.2", SOURCE),
        join_sg("239.1.9.2", OTHER_SOURCE),
        join_g("239.1.9.3", RP),
    ):
        lab.advance_until(lambda: any(entry.matches(one) for one in lab.up.frames), lab.now + 1)
        lab.check(any(entry.matches(one) for one in lab.up.frames), f"{entry} is sent upstream")


@both_trees(
    ["PIMSM-ROUTER-4.9.5-02"],
    ["PIMSM-ROUTER-4.9.5-02"],
    needs="virtual",
    pim=dict(timers=dict(hello_period=15000.0, join_prune_period=15000.0)),
)
def holdtime_ffff_holds_for_ever(lab, tree):
    """A Join TREE with Holdtime 0xffff holds until it is pruned."""
    joined(lab, tree.join(), holdtime=0xFFFF)
    lab.up.expect_none(tree.prune(), within=70000)
    lab.pim.join(DOWN, tree.prune())
    lab.up.expect(pruned(lab, tree))


@both_trees(["PIMSM-ROUTER-4.9.5-02"], ["PIMSM-ROUTER-4.9.5-02"], seconds=12)
def holdtime_zero_expires_at_once(lab, tree):
    """A Join TREE with Holdtime 0 makes no state that lasts; it does not shorten any either."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, tree.join(), holdtime=0)
    lab.wait(1)
    check_state(lab, tree, state="no-info")
    if lab.has("forwarding"):
        lab.check(not lab.forwards(SOURCE, GROUP), "no data is forwarded")
    lab.pim.join(DOWN, tree.join(), holdtime=100)
    lab.up.expect(tree.join())
    lab.pim.join(DOWN, tree.join(), holdtime=0)
    lab.up.expect_none(tree.prune(), within=1.5)


@pim_case(
    "PIMSM-ROUTER-4.1.5-01", "PIMSM-ROUTER-4.1.5-03", "PIMSM-ROUTER-4.2-08", needs="forwarding", seconds=16
)
def data_goes_wherever_somebody_wants_it(lab):
    """Joins of (*,G), Joins of (S,G) and members all make a link an outgoing one, each of its own."""
    lab.pim.neighbors_up(DOWN, UPSTREAM, "10.2.0.30")
    lab.pim.join(DOWN, join_g(GROUP, RP))
    lab.check(lab.forwards(SOURCE, GROUP, to="lan"), "to who joined (*,G)")
    lab.check(not lab.forwards(SOURCE, GROUP, to="lan2"), "to nobody else")
    lab.pim.join("10.2.0.30", join_sg(GROUP, SOURCE))
    lab.wait(0.3)
    lab.check(lab.forwards(SOURCE, GROUP, to="lan2"), "to who joined (S,G)")
    lab.check(lab.forwards(SOURCE, GROUP, to="lan"), "to who joined (*,G), still")
    lab.check(not lab.forwards(OTHER_SOURCE, GROUP, to="lan2"), "of no other source to who joined (S,G)")


@both_trees(
    ["BADIN-ROUTER-PIM-05"],
    ["BADIN-ROUTER-PIM-05"],
    needs="virtual",
    pim=dict(max_states_per_neighbor=50),
)
def flood_of_joins_is_limited(lab, tree):
    """Joins TREE beyond the limit make no state; those before it stay, and what ends makes room."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    groups = [f"239.2.{number // 200}.{number % 200 + 1}" for number in range(300)]
    lab.pim.join(DOWN, *(tree.join(group) for group in groups[:40]))
    for start in range(40, 300, 20):
        lab.pim.join(DOWN, *(tree.join(group) for group in groups[start : start + 20]))
    lab.wait(1)
    upstream = {
        one.group for message in lab.up.frames if message.kind == "join_prune" for one in message.pim.entries
    }
    lab.check(len(upstream & set(groups)) == 50, "as many groups are joined as the limit allows")
    lab.check(set(groups[:40]) <= upstream, "the first are among them")
    lab.pim.join(DOWN, *(tree.prune(group) for group in groups[:40]))
    lab.wait(1)
    lab.pim.join(DOWN, tree.join("239.9.9.9"))
    lab.up.expect(tree.join("239.9.9.9"))
