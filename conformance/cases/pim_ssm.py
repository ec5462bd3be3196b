# SPDX-License-Identifier: GPL-2.0-only
"""PIM and source-specific groups (RFC 7761 4.8; RFC 4607 5)."""

from conformance.harness import *

from .pim_scene import *

SSM, SSM2 = "232.1.2.3", "232.1.2.4"
DATA = "forwarding"


def expect_only_channels(lab, *groups):
    """No join or prune of the shared tree, nor of a source off it, was ever sent for the groups."""
    for group in groups:
        for entry in (join_g(group), prune_g(group), join_rpt(group, None), prune_rpt(group, None)):
            for port in lab.ports.values():
                port.expect_none(join_prune(entry, only=False), after=0.0)


@pim_case("SSM-ROUTER-4607-5.1-01", "PIMSM-ROUTER-4.8.1-01", seconds=5)
def channel_is_joined_towards_its_source(lab):
    """A member of a channel makes the router join (S,G) towards the source, and leave it when the member leaves."""
    meet(lab)
    lab.pim.member(SSM, S)
    found = lab.up.expect(joins(S, SSM, to=U))
    kinds = [one.kind for one in found.pim.entries if one.group == SSM]
    lab.check(kinds == ["S,G"], f"nothing else of the group in it ({found})")
    lab.pim.no_member(SSM, S)
    lab.up.expect(prunes(S, SSM, to=U), within=2 * lab.timers.lmqt)
    expect_only_channels(lab, SSM)


@pim_case("PIMSM-ROUTER-4.8.1-01", "SSM-ROUTER-4607-5.1-01", needs=DATA, seconds=7)
def nothing_else_is_sent_for_a_channel(lab):
    """Members of any source, joins and prunes of neighbours, data: no (*,G) and no (S,G,rpt) is sent for a channel."""
    meet(lab, U, N2)
    lab.lan.send(report(to_ex(SSM, [])))
    join(lab, SSM, by=D2)
    join(lab, SSM, source=APART)
    lab.pim.member(SSM, APART)
    by_now(lab, "lan2", joins(APART, SSM, to=N2))
    for port in ("lan2", "up"):
        lab.forwards(APART, SSM, port=port)
    lab.pim.join(D, prune_rpt(SSM, APART))
    prune(lab, SSM, source=APART)
    moment(lab)
    expect_only_channels(lab, SSM)
    expect_rp(lab, G, RP)


@pim_case("PIMSM-DR-4.8.1-01", "SSM-ROUTER-4607-5.1-01", role="dr", seconds=4)
def channel_is_not_registered(lab):
    """Data of a local source to a source-specific group is not registered, data to another group is."""
    meet(lab)
    for _ in range(2):
        expect_unregistered(lab, LOCAL, SSM)
    register_of(lab)


@pim_case("PIMSM-ROUTER-4.8.1-02", "SSM-ROUTER-4607-5.2-03", needs=DATA, seconds=8)
def shared_tree_of_a_channel_forwards_nothing(lab):
    """Joins of (*,G) for a source-specific group, as an old router sends them, make no data go there."""
    meet(lab)
    join(lab, SSM, rp=RP)
    lab.check(not lab.forwards(S, SSM), "nothing to who joined the group")
    join(lab, SSM, source=S, by=D2)
    lab.check(lab.forwards(S, SSM, to="lan2"), "data to who joined the channel")
    lab.check(not lab.forwards(S, SSM), "and nothing still to who joined the group")


@pim_case("PIMSM-ROUTER-4.8.1-02", "SSM-ROUTER-4607-5.2-03", needs=DATA, seconds=6)
def prune_of_the_shared_tree_takes_no_channel_away(lab):
    """A Prune(S,G,rpt) and a Prune(*,G) for a source-specific group change nothing about a joined channel."""
    meet(lab)
    join(lab, SSM, source=S)
    lab.check(lab.forwards(S, SSM), "data comes")
    lab.pim.join(D, prune_rpt(SSM, S))
    lab.pim.join(D, prune_g(SSM, RP))
    lab.wait(prune_delay(lab) + margin(lab))
    lab.check(lab.forwards(S, SSM), "and goes on")


@pim_case("PIMSM-RP-4.8.1-01", "PIMSM-ROUTER-4.8.1-02", role="rp", needs=DATA, pim=AT_RP, seconds=6)
def rp_forwards_no_register_of_a_channel(lab):
    """A Register for a source-specific group is not forwarded, whoever joined the group or the channel."""
    meet(lab)
    join(lab, SSM)
    join(lab, SSM, source=S, by=D2)
    send_register(lab, group=SSM, payload=b"registered")
    for port in (lab.lan, lab.lan2):
        port.expect_none(data(payload=b"registered"), within=2 * lab.timers.tolerance)
    join(lab)
    send_register(lab, payload=b"of another group")
    lab.lan.expect(data(G, S, payload=b"of another group"))


@pim_case("PIMSM-ROUTER-4.8.2-01", needs=DATA, seconds=6)
def joined_channel_is_forwarded_from_the_right_side(lab):
    """Data of a joined channel is forwarded if it comes in by the way to its source, the first packet, too."""
    meet(lab, U, N2)
    join(lab, SSM, source=APART)
    lab.lan2.data(APART, SSM, payload=b"first")
    lab.lan.expect(data(SSM, APART, payload=b"first"))
    lab.check(not lab.forwards(APART, SSM), "from another side it is not")
    lab.check(lab.forwards(APART, SSM, port="lan2"), "from the right one it is")
    lab.check(not lab.forwards("10.6.0.2", SSM, port="lan2"), "nor is another source's")


@pim_case("PIMSM-ROUTER-4.8.2-01", needs=DATA, seconds=6)
def data_on_a_link_of_the_channel_triggers_an_assert(lab):
    """Data of a channel on a link that the router forwards it to makes it send Assert(S,G), before any other data."""
    meet(lab)
    join(lab, SSM, source=S)
    lab.lan.data(S, SSM)
    found = lab.lan.expect(assert_(SSM, S, src=lab.lan.dut, rpt=False))
    lab.check(found.pim.metric > 0 or found.pim.preference > 0, f"with the metric of the route ({found})")


@pim_case(
    "PIMSM-ROUTER-4.8.2-01",
    needs=[DATA, "config:pim:timers:keepalive_period"],
    seconds=lambda timers: 4 * timers.keepalive_period + 5,
)
def silent_channel_stays_joined(lab):
    """A channel without data stays joined, for longer than any Keepalive_Period."""
    meet(lab)
    join(lab, SSM, source=S)
    by_now(lab, "up", joins(S, SSM, to=U))
    lab.wait(3 * lab.pim.timers.keepalive_period)
    lab.up.expect(joins(S, SSM, to=U), within=lab.pim.timers.join_prune_period)
    lab.up.expect_none(prunes(S, SSM), after=0.0)
    lab.check(lab.forwards(S, SSM), "its data is forwarded when it comes")


@pim_case("PIMSM-ROUTER-4.8.1-01", "SSM-ANY-4607-1-01", pim={"ssm_range": "239.1.0.0/16"}, seconds=5)
def range_may_be_another(lab):
    """Where another range is configured to be source-specific it is, and the usual one is not."""
    meet(lab)
    lab.lan.send(report(to_ex(G2, [])))
    lab.up.expect_none(joins(None, G2), within=2 * lab.timers.tolerance)
    lab.pim.member(G, S)
    lab.up.expect(joins(S, G, to=U))
    expect_rp(lab, "239.2.2.3", RP)
    expect_rp(lab, SSM, RP)


@pim_case("SSM-ANY-4607-6-01", needs=DATA, seconds=7)
def channels_of_one_group_are_two(lab):
    """(S1,G) joined on one link and (S2,G) on another: neither gets the other's data."""
    meet(lab, U, N2)
    join(lab, SSM, source=S)
    join(lab, SSM, source=S3, by=D2)
    for source, wanted, other in ((S, "lan", "lan2"), (S3, "lan2", "lan")):
        lab.check(lab.forwards(source, SSM, to=wanted), f"data of {source} reaches {wanted}")
        lab.check(not lab.forwards(source, SSM, to=other), f"and not {other}")


@pim_case("PIMSM-DR-4.8.1-01", "PIMSM-ROUTER-4.8.2-01", role="dr", needs=DATA, seconds=5)
def source_of_a_channel_on_the_own_link_is_forwarded(lab):
    """Data of a channel whose source is on a link of the router's goes to who joined it, with no Register."""
    meet(lab)
    join(lab, SSM, source=LOCAL, by=D2)
    lab.check(lab.forwards(LOCAL, SSM, to="lan2", port="lan"), "to who joined it")
    lab.up.expect_none(register(), after=0.0)
