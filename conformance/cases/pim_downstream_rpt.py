# SPDX-License-Identifier: GPL-2.0-only
"""Join/Prune of (S,G,rpt) from downstream (RFC 7761 4.5.3): a source is cut out of the RP's tree.

A Prune(S,G,rpt) of everybody makes the system prune the source upstream (4.5.7), a Join(S,G,rpt) makes it join again.
"""

from conformance.cases.pim_common import *
from conformance.harness import *

TWO = (DOWN, DOWN2, UPSTREAM)
CUT, BACK = prune_rpt(GROUP, SOURCE), join_rpt(GROUP, SOURCE)
ALL = join_g(GROUP, RP)
STATE = "state:pim:trees"


def flows(lab, wanted, why):
    """Whether data of the source reaches ``lan`` from the RP's tree, where that can be seen."""
    if lab.has("forwarding"):
        lab.check(
            lab.forwards(SOURCE, GROUP) == wanted,
            f"data of the source is{'' if wanted else ' not'} forwarded {why}",
        )
    if lab.has(STATE):
        state = lab.pim.downstream(GROUP, SOURCE, rpt=True)["state"]
        lab.check((state in ("no-info", "prune-pending")) == wanted, f"so says the state: {state}")


@pim_case(
    "PIMSM-ROUTER-4.5.3-01", "PIMSM-ROUTER-4.5.3-02", "PIMSM-ROUTER-4.1.5-02", needs="forwarding", seconds=16
)
def prune_among_several_waits(lab):
    """A Prune(S,G,rpt) with several neighbours waits for J/P_Override_Interval; then the source is cut out, silently."""
    joined(lab, ALL, neighbors=TWO)
    flows(lab, True, "to who joined (*,G)")
    when = lab.pim.join(DOWN, CUT)
    lab.wait_until(when + 1.5)
    flows(lab, True, "while the prune is pending")
    lab.wait_until(when + 3.5)
    flows(lab, False, "afterwards")
    lab.lan.expect_none(CUT, after=when, until=when + 4)
    lab.check(
        not lab.has("forwarding") or lab.forwards(OTHER_SOURCE, GROUP), "data of another source is forwarded"
    )


@pim_case("PIMSM-ROUTER-4.5.3-01", "PIMSM-ROUTER-4.5.7-01", seconds=14)
def prune_of_all_is_sent_upstream(lab):
    """When the last interface is cut off from a source, a Prune(S,G,rpt) goes upstream, J/P_Override_Interval later."""
    joined(lab, ALL, neighbors=TWO)
    when = lab.pim.join(DOWN, CUT)
    lab.up.expect_none(CUT, until=when + 3 - 3 * lab.timers.tolerance)
    lab.up.expect(join_prune(CUT, upstream=UPSTREAM, only=False), at=when + 3)


@pim_case("PIMSM-ROUTER-4.5.3-01", needs="forwarding", seconds=12)
def prune_of_the_only_neighbour_is_immediate(lab):
    """With one neighbour on the link the source is cut out at once."""
    joined(lab, ALL)
    flows(lab, True, "at first")
    lab.pim.join(DOWN, CUT)
    lab.wait(0.3)
    flows(lab, False, "after the prune")


@pim_case("PIMSM-ROUTER-4.5.3-01", needs=STATE)
def pending_prune_has_both_timers(lab):
    """In Prune-Pending the Expiry Timer is the Holdtime and the Prune-Pending Timer J/P_Override_Interval."""
    joined(lab, ALL, neighbors=TWO)
    lab.pim.join(DOWN, CUT, holdtime=50)
    lab.pim.expect_downstream(GROUP, SOURCE, rpt=True, state="prune-pending", expires=50.0, prune_pending=3.0)
    lab.wait(3.1)
    lab.pim.expect_downstream(GROUP, SOURCE, rpt=True, state="prune", expires=46.9)


@pim_case(
    "PIMSM-ROUTER-4.5.3-09",
    needs=STATE,
    ambiguous=("leaves the Expiry Timer alone", "sets the Expiry Timer to the greater value"),
)
def repeated_prune_while_pending(lab):
    """A second Prune(S,G,rpt) in Prune-Pending leaves that timer alone; of the Expiry Timer the table says nothing."""
    joined(lab, ALL, neighbors=TWO)
    lab.pim.join(DOWN, CUT, holdtime=50)
    lab.wait(1)
    lab.pim.join(DOWN2, CUT, holdtime=100)
    told = lab.pim.expect_downstream(GROUP, SOURCE, rpt=True, state="prune-pending", prune_pending=2.0)
    alone = abs(told["expires"] - 49) < 1
    lab.check(alone or abs(told["expires"] - 100) < 1, "the Expiry Timer is 49 s or 100 s")
    lab.reading("leaves the Expiry Timer alone" if alone else "sets the Expiry Timer to the greater value")


@pim_case("PIMSM-ROUTER-4.5.3-03", needs="forwarding", seconds=16)
def join_rpt_ends_the_prune(lab):
    """A Join(S,G,rpt) in Prune or Prune-Pending ends it: data flows again."""
    joined(lab, ALL)
    lab.pim.join(DOWN, CUT)
    lab.wait(0.3)
    flows(lab, False, "after the prune")
    lab.pim.join(DOWN, BACK)
    lab.wait(0.3)
    flows(lab, True, "after the Join(S,G,rpt)")


@pim_case("PIMSM-ROUTER-4.5.3-03", seconds=16)
def join_rpt_ends_a_pending_prune(lab):
    """A Join(S,G,rpt) while the prune is pending ends it: nothing goes upstream."""
    joined(lab, ALL, neighbors=TWO)
    lab.pim.join(DOWN, CUT)
    lab.wait(1)
    lab.pim.join(DOWN2, BACK)
    lab.up.expect_none(CUT, within=4)
    lab.pim.join(DOWN, CUT)
    lab.up.expect(join_prune(CUT, upstream=UPSTREAM, only=False), within=3)


@pim_case("PIMSM-ROUTER-4.5.3-04", "PIMSM-ROUTER-4.5.3-07", seconds=18)
def prune_expires(lab):
    """Prune state lasts for the greatest Holdtime told; then the source is joined again, upstream, too."""
    joined(lab, ALL)
    lab.pim.join(DOWN, CUT, holdtime=8)
    first = lab.now
    lab.up.expect(CUT, within=0.5)
    lab.wait_until(first + 1)
    lab.pim.join(DOWN, CUT, holdtime=3)
    lab.up.expect_none(BACK, until=first + 7)
    later = lab.pim.join(DOWN, CUT, holdtime=5)
    lab.up.expect_none(BACK, until=later + 5 - 3 * lab.timers.tolerance)
    lab.up.expect(BACK, at=later + 5)


@pim_case("PIMSM-ROUTER-4.5.3-05", seconds=16)
def join_g_without_the_prune_ends_it(lab):
    """A Join(*,G) whose message does not repeat the Prune(S,G,rpt) ends it."""
    joined(lab, ALL)
    lab.pim.join(DOWN, CUT)
    lab.up.expect(CUT, within=0.5)
    lab.pim.join(DOWN, ALL)
    lab.up.expect(BACK, within=0.5)
    if lab.has("forwarding"):
        flows(lab, True, "again")


@pim_case("PIMSM-ROUTER-4.5.3-05", needs=STATE)
def join_g_without_the_prune_ends_a_pending_one(lab):
    """A Join(*,G) whose message does not repeat it ends a pending Prune(S,G,rpt), too."""
    joined(lab, ALL, neighbors=TWO)
    lab.pim.join(DOWN, CUT)
    lab.wait(1)
    lab.pim.join(DOWN, ALL)
    lab.pim.expect_downstream(GROUP, SOURCE, rpt=True, state="no-info")
    lab.up.expect_none(CUT, within=5)


@pim_case("PIMSM-ROUTER-4.5.3-06", seconds=18)
def join_g_with_the_prune_keeps_it(lab):
    """A Join(*,G) with the Prune(S,G,rpt) in its group set keeps the prune, and sets its Expiry Timer anew."""
    joined(lab, ALL)
    lab.pim.join(DOWN, CUT, holdtime=4)
    lab.up.expect(CUT, within=0.5)
    lab.wait(2)
    later = lab.pim.join(DOWN, ALL, CUT, holdtime=6)
    lab.up.expect_none(BACK, until=later + 6 - 3 * lab.timers.tolerance)
    if lab.has(STATE):
        lab.pim.expect_downstream(GROUP, SOURCE, rpt=True, state=frozenset({"prune", "no-info"}))


@pim_case("PIMSM-ROUTER-4.5.3-06", needs="forwarding", seconds=16)
def first_join_with_the_prune_cuts_the_source_out(lab):
    """A Join(*,G) that brings the Prune(S,G,rpt) along makes a tree without that source."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, ALL, CUT)
    lab.up.expect(ALL)
    lab.wait(0.5)
    flows(lab, False, "to who does not want it")
    lab.check(lab.forwards(OTHER_SOURCE, GROUP), "data of another source is forwarded")


@pim_case("PIMSM-ROUTER-4.5.3-08", needs=STATE)
def prune_g_leaves_it_alone(lab):
    """A Prune(*,G) does not touch (S,G,rpt) state downstream."""
    joined(lab, ALL)
    lab.pim.join(DOWN, CUT, holdtime=50)
    lab.pim.expect_downstream(GROUP, SOURCE, rpt=True, state="prune", expires=50.0)
    lab.wait(2)
    lab.pim.join(DOWN, prune_g(GROUP, RP))
    lab.pim.expect_downstream(GROUP, SOURCE, rpt=True, state="prune", expires=48.0)


@pim_case("PIMSM-ROUTER-4.9.5.1-02", needs="forwarding", seconds=16)
def join_of_both_is_taken(lab):
    """Join(*,G) with Join(S,G,rpt) of the same group is unusual but defined: the source is part of the tree."""
    joined(lab, ALL)
    lab.pim.join(DOWN, CUT)
    lab.wait(0.3)
    flows(lab, False, "after the prune")
    lab.pim.join(DOWN, ALL, BACK)
    lab.wait(0.3)
    flows(lab, True, "after the Joins")
