# SPDX-License-Identifier: GPL-2.0-only
"""Grafts of dense mode, sent and received, and their answers (RFC 3973 4.4.1, 4.4.2, 4.7.8, 4.7.9)."""

from conformance.harness import *

from .pim_dense_common import *

RETRIES = "config:pim:max_graft_retries"
NEIGHBOR = "10.1.0.7"


def periods(number):
    """Seconds of a case that waits for so many repetitions."""
    return lambda timers: number * timers.graft_retry_period + 6


def unwanted(lab, *neighbors):
    """Data that nobody wants: the system is Pruned."""
    meet(lab, *(neighbors or (U,)))
    lab.up.data(S, G, payload=b"unwanted")
    lab.up.expect(prunes())


# ---- the system's own ------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.1.2-04", "PIMDM-ROUTER-4.7.8-01", "PIMDM-ANY-4.7-01", needs=DATA, seconds=5)
def new_member_is_grafted_for(lab):
    """Pruned, a host joins: a Graft by unicast to RPF'(S), Holdtime 0; data flows at once."""
    unwanted(lab)
    lab.pim.member(G)
    found = lab.up.expect(graft(join_sg(G, S), upstream=U, dst=U, src=lab.up.dut))
    lab.check(found.pim.holdtime == 0, f"Holdtime 0 ({found.pim.holdtime})")
    expect_upstream(lab, "ack-pending", prune_limit_timer=lambda value: not value)
    expect_served(lab)
    lab.up.expect_none(any_join_prune(), after=found)
    lab.lan.expect_none(graft(), after=found.time)


@dense_case("PIMDM-ROUTER-4.4.1.2-04", needs=DATA, seconds=6)
def new_neighbor_is_grafted_for(lab):
    """Pruned, a router appears on a port that had nobody: it may want the data, so it is grafted for and flooded."""
    unwanted(lab)
    lab.pim.neighbor(D)
    lab.up.expect(grafts(dst=U))
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.1.2-04", needs=DATA, seconds=5)
def each_source_of_the_group_is_grafted(lab):
    """A host that joins a group causes Grafts of its pruned sources, not of those of another group."""
    meet(lab, U)
    for source, group in ((S, G), (S2, G), (S, G2)):
        lab.up.data(source, group)
        lab.up.expect(prunes(source=source, group=group))
    lab.pim.member(G)
    lab.up.expect(grafts(source=S), within=lab.timers.tolerance)
    for source in (S, S2):
        found = [one for one in lab.up.frames if grafts(source=source).matches(one)]
        lab.check(len(found) == 1, f"one Graft of ({source},{G}) ({len(found)})")
        expect_served(lab, source=source)
    lab.up.expect_none(grafts(group=G2), after=0.0, within=lab.now)


@dense_case(
    "PIMDM-ROUTER-4.4.1.2-04", "PIMDM-ROUTER-5-01", needs=[DATA, igmp(3)], seconds=6, families=["ipv4"]
)
@dense_case(
    "PIMDM-ROUTER-4.4.1.2-04", "PIMDM-ROUTER-5-01", needs=[DATA, mld(2)], seconds=6, families=["ipv6"]
)
def source_that_hosts_ask_for_is_grafted(lab):
    """Pruned for two sources, a host asks for one of them: that one is grafted and comes, the other is not."""
    unwanted(lab)
    lab.up.data(S2, G)
    lab.up.expect(prunes(source=S2))
    lab.pim.member(G, S)
    lab.up.expect(grafts(source=S))
    lab.up.expect_none(grafts(source=S2))
    expect_served(lab, source=S)
    expect_unserved(lab, source=S2)


@dense_case("PIMDM-ROUTER-4.4.1.3-02", "PIMDM-ROUTER-4.4.1.3-01", seconds=periods(5))
def graft_is_repeated_until_it_is_answered(lab):
    """The Graft is repeated every Graft_Retry_Period; the Graft-Ack of RPF'(S) ends that."""
    period = lab.pim.timers.graft_retry_period
    first = ack_pending(lab)
    for number in (1, 2, 3):
        lab.up.expect(grafts(dst=U), at=first.time + number * period)
    lab.up.expect_none(graft(), after=first)
    send_graft_ack(lab)
    expect_upstream(lab, "forwarding")
    lab.up.expect_none(graft(), within=1.5 * period)


@dense_case("PIMDM-ROUTER-4.4.1.3-02", needs=RETRIES, pim={"max_graft_retries": 2}, seconds=periods(5))
def graft_is_given_up_after_the_configured_retries(lab):
    """A router that is told to repeat a Graft twice sends three without an answer, and no more."""
    period = lab.pim.timers.graft_retry_period
    first = ack_pending(lab)
    lab.wait_until(first.time + 4.5 * period)
    found = [one for one in lab.up.frames if grafts().matches(one)]
    lab.check(len(found) == 3, f"three Grafts ({len(found)})")


@dense_case("PIMDM-ROUTER-4.4.1.3-01", seconds=periods(5))
def answer_of_somebody_else_is_none(lab):
    """A Graft-Ack that is not from RPF'(S), or of another group or source, does not end the repetition."""
    period = lab.pim.timers.graft_retry_period
    first = ack_pending(lab, U, D, PEER)
    send_graft_ack(lab, PEER)
    again = lab.up.expect(grafts(), at=first.time + period)
    for source, group in ((S, G2), (S2, G)):
        send_graft_ack(lab, source=source, group=group)
    lab.up.expect(grafts(), at=again.time + period)
    send_graft_ack(lab)
    lab.up.expect_none(graft(), within=1.5 * period)


@dense_case("PIMDM-ROUTER-4.4.1.3-01", "PIMDM-ROUTER-4.7.8-01", seconds=periods(3))
def answer_counts_whatever_upstream_neighbor_it_names(lab):
    """A Graft-Ack of RPF'(S) that is a mere copy of the Graft, RPF'(S) as upstream neighbour, is an answer, too."""
    period = lab.pim.timers.graft_retry_period
    first = ack_pending(lab)
    lab.up.expect(grafts(), at=first.time + period)
    send_graft_ack(lab, upstream=U)
    lab.up.expect_none(graft(), within=1.5 * period)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.1.3-01", seconds=periods(2))
def answer_without_a_graft_changes_nothing(lab):
    """A Graft-Ack to a router that is Pruned leaves it so."""
    pruned(lab)
    send_graft_ack(lab)
    expect_unserved(lab)
    expect_upstream(lab, "pruned")
    send_graft(lab)
    first = lab.up.expect(grafts())
    lab.up.expect(grafts(), at=first.time + lab.pim.timers.graft_retry_period)


@dense_case("PIMDM-ROUTER-4.4.1.3-01", "PIMDM-ROUTER-4.2-02", needs=DATA, seconds=periods(2))
def data_need_not_wait_for_the_answer(lab):
    """AckPending: data that comes is forwarded, and a Prune that follows the Graft-Ack begins from the start."""
    ack_pending(lab)
    expect_served(lab)
    send_graft_ack(lab)
    expect_served(lab)
    prune(lab)
    lab.up.expect(prunes())
    expect_unserved(lab)


# ---- a neighbour's -----------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.4.2.1-02", "PIMDM-ROUTER-4.4.2-03", needs=DATA, seconds=5)
def graft_of_a_flow_is_answered(lab):
    """NoInfo: a Graft is answered by a Graft-Ack by unicast, nothing else happens, and data flows on."""
    meet(lab)
    flood(lab)
    send_graft(lab)
    lab.lan.expect(graft_acks(dst=D, src=lab.lan.dut))
    lab.up.expect_none(graft())
    for port in (lab.up, lab.lan):
        port.expect_none(any_join_prune(), within=2 * lab.timers.tolerance)
    expect_downstream(lab, "no-info")
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.2.1-02", seconds=5)
def graft_of_an_unknown_source_is_answered(lab):
    """A Graft of a source that the system has never heard of is answered by a Graft-Ack, too."""
    meet(lab)
    send_graft(lab, source=S2)
    lab.lan.expect(graft_acks(source=S2, dst=D))


@dense_case("PIMDM-ROUTER-4.7.8-01", "PIMDM-ANY-4.7-01", seconds=5)
def answer_is_a_copy_of_the_graft(lab):
    """The Graft-Ack has all entries of the Graft, and as upstream neighbour the one that grafted."""
    meet(lab, U, D, D2)
    entries = (join_sg(G, S), join_sg(G, S2), join_sg(G2, BESIDE))
    lab.lan.send(graft(*entries, src=D))
    found = lab.lan.expect(graft_ack(*entries, upstream=D, dst=D))
    lab.check(found.pim.holdtime == 0, f"Holdtime 0 ({found.pim.holdtime})")
    lab.lan.expect_none(graft_ack())
    lab.lan.send(graft(join_sg(G2, S), src=D2))
    lab.lan.expect(graft_ack(join_sg(G2, S), upstream=D2, dst=D2))


@dense_case("PIMDM-ROUTER-4.4.2.2-02", needs=DATA, seconds=9)
def graft_is_an_objection(lab):
    """PrunePending: a Graft ends it and is answered; data flows on, nothing is echoed or sent upstream."""
    delay = lab.pim.timers.override_delay
    meet(lab, U, D, D2)
    flood(lab)
    when = prune(lab)
    lab.wait_until(when + 0.5 * delay)
    send_graft(lab, D2)
    lab.lan.expect(graft_acks(dst=D2))
    expect_downstream(lab, "no-info")
    lab.wait_until(when + delay + margin(lab))
    expect_served(lab)
    lab.lan.expect_none(any_join_prune(), after=when)
    for what in (any_join_prune(), graft()):
        lab.up.expect_none(what, after=when)


@dense_case("PIMDM-ROUTER-4.4.2.3-03", "PIMDM-ROUTER-4.4.2-03", needs=DATA, seconds=5)
def graft_restores_the_flow(lab):
    """Pruned: a Graft is answered, the data flows at once, and the system grafts at its own upstream neighbour."""
    pruned(lab)
    expect_unserved(lab)
    send_graft(lab)
    lab.lan.expect(graft_acks(dst=D))
    lab.up.expect(grafts(dst=U))
    lab.lan.expect_none(graft())
    expect_downstream(lab, "no-info")
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.4.2.3-03", needs=DATA, seconds=28)
def graft_cancels_the_prune_timer(lab):
    """After a Graft the next Prune lasts for its own Holdtime: nothing of the first one is left."""
    meet(lab)
    flood(lab)
    first = prune(lab, holdtime=10)
    lab.wait_until(first + 5)
    send_graft(lab)
    lab.lan.expect(graft_acks(dst=D))
    expect_served(lab)
    lab.wait_until(first + 7)
    prune(lab, holdtime=20)
    lab.wait_until(first + 10 + margin(lab))
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.4.2-03", "PIMDM-ROUTER-4.4.2.3-03", needs=DATA, seconds=6)
def graft_goes_no_further_than_needed(lab):
    """Where another port has the data flowing the Graft of a pruned one is answered and not passed on upstream."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    prune(lab)
    moment(lab)
    expect_unserved(lab, "lan")
    send_graft(lab)
    lab.lan.expect(graft_acks(dst=D))
    expect_served(lab, "lan")
    lab.up.expect_none(graft(), after=0.0, within=lab.now)


@dense_case("PIMDM-ROUTER-4.4.2.3-03", needs=DATA, seconds=periods(3))
def repeated_graft_is_answered_again(lab):
    """Each Graft is answered, also a repeated one; the system's own is not hurried by it."""
    period = lab.pim.timers.graft_retry_period
    first = ack_pending(lab)
    for part in (0.3, 0.6):
        lab.wait_until(first.time + part * period)
        send_graft(lab)
        lab.lan.expect(graft_acks(dst=D))
        lab.up.expect_none(graft())
    lab.up.expect(grafts(dst=U), at=first.time + period)
