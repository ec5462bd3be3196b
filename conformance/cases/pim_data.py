# SPDX-License-Identifier: GPL-2.0-only
"""Data on the trees: who gets it (RFC 7761 4.1.5, 4.2), and the way from the RP's tree to the source's (4.2.1, 4.2.2)."""

from conformance.harness import *

from .pim_scene import *

DATA = "forwarding"


def expect_served(lab, source, group=G, to="lan", port="up"):
    lab.check(
        lab.forwards(source, group, to=to, port=port),
        f"data of {source} to {group} from {port} must reach {to}",
    )


def expect_unserved(lab, source, group=G, to="lan", port="up"):
    lab.check(
        not lab.forwards(source, group, to=to, port=port),
        f"data of {source} to {group} from {port} must not reach {to}",
    )


# ---- who gets it -------------------------------------------------------------------------------------------


@pim_case("PIMSM-ROUTER-4.2-02", "PIMSM-ROUTER-4.1.5-01", "PIMSM-ROUTER-4.2-09", needs=DATA, seconds=5)
def shared_tree_serves_who_joined_it(lab):
    """Data from the RP goes where (*,G) was joined, each packet once, TTL one lower, and nowhere else."""
    meet(lab)
    join(lab)
    expect_served(lab, S)
    lab.up.data(S, G, ttl=16, payload=b"once")
    found = lab.lan.expect(data(G, S, payload=b"once"))
    lab.check(found.ttl == 15, f"TTL 16 - 1 ({found.ttl})")
    for port in (lab.lan, lab.lan2, lab.up):
        port.expect_none(data(payload=b"once"))
    for port in ("lan", "lan2"):
        expect_unserved(lab, S, G2, to=port)


@pim_case("PIMSM-ROUTER-4.1.5-01", "PIMSM-ROUTER-4.2-02", needs=DATA, seconds=6)
def joins_and_members_are_served_alike(lab):
    """The list of a group has the ports of joins and the ports of hosts; each leaves it by itself."""
    meet(lab)
    join(lab)
    lab.pim.member(G, port="lan2")
    moment(lab)
    for port in ("lan", "lan2"):
        expect_served(lab, S, to=port)
    prune(lab)
    moment(lab)
    expect_unserved(lab, S, to="lan")
    expect_served(lab, S, to="lan2")


@pim_case("PIMSM-ROUTER-4.1.5-02", "PIMSM-ROUTER-4.2-02", needs=DATA, pim=NEVER, seconds=6)
def source_pruned_from_the_shared_tree_is_not_sent_there(lab):
    """A port that pruned a source off the RP's tree gets the others' data alone."""
    meet(lab)
    join(lab, rpt_prunes=[S])
    join(lab, by=D2)
    expect_served(lab, S, to="lan2")
    expect_unserved(lab, S, to="lan")
    expect_served(lab, S3, to="lan")


@pim_case("PIMSM-ROUTER-4.1.5-02", needs=[DATA, igmp(3)], pim=NEVER, seconds=5, families=["ipv4"])
@pim_case("PIMSM-ROUTER-4.1.5-02", needs=[DATA, mld(2)], pim=NEVER, seconds=5, families=["ipv6"])
def source_that_all_hosts_exclude_is_not_sent_to_them(lab):
    """Hosts that exclude a source get the group's other data from the RP's tree."""
    meet(lab)
    lab.lan.send(report(to_ex(G, [S])))
    moment(lab)
    expect_served(lab, S3)
    expect_unserved(lab, S)


@pim_case("PIMSM-ROUTER-4.1.5-03", "PIMSM-ROUTER-4.2-01", needs=DATA, seconds=7)
def source_tree_serves_both_kinds_of_joins(lab):
    """On the source's tree data goes to those who joined the source and to those who joined the group."""
    meet(lab)
    join(lab, source=S)
    join(lab, by=D2)
    for port in ("lan", "lan2"):
        expect_served(lab, S, to=port)
    lab.up.data(S, G, payload=b"once")
    for port in (lab.lan, lab.lan2):
        port.expect(data(G, S, payload=b"once"))
        port.expect_none(data(payload=b"once"))
    expect_served(lab, S3, to="lan2")
    expect_unserved(lab, S3, to="lan")


@pim_case("PIMSM-ROUTER-4.1.5-01", "PIMSM-ROUTER-4.2-01", needs=[DATA, igmp(3)], seconds=6, families=["ipv4"])
@pim_case("PIMSM-ROUTER-4.1.5-01", "PIMSM-ROUTER-4.2-01", needs=[DATA, mld(2)], seconds=6, families=["ipv6"])
def hosts_of_one_source_are_on_its_tree(lab):
    """Hosts that include a source alone: its tree is joined and carries its data to them, nothing else comes."""
    meet(lab)
    lab.pim.member(G, S)
    lab.up.expect(joins(S, G, to=U))
    expect_served(lab, S)
    expect_unserved(lab, S3)
    lab.up.expect_none(joins(None, G), after=0.0)


@pim_case("PIMSM-DR-4.1.5-01", "PIMSM-DR-4.3.2-05", "PIMSM-DR-4.3.2-06", role="dr", seconds=6)
def hosts_are_the_business_of_the_designated_router(lab):
    """Beside a router that is DR the members on the link are not joined for; when it goes they are."""
    meet(lab)
    other = lab.lan.higher(5)
    meet(lab, other, dr_priority=1)
    lab.pim.member(G)
    lab.up.expect_none(joins(None, G), within=2 * lab.timers.tolerance)
    lab.pim.goodbye(other)
    lab.up.expect(joins(None, G, to=U))
    lab.pim.neighbor(other, dr_priority=1)
    lab.up.expect(prunes(None, G, to=U))


@pim_case("PIMSM-ROUTER-4.2-03", needs=DATA, seconds=6)
def data_from_another_side_is_dropped(lab):
    """Data that comes in where neither the source nor the RP is reached is not forwarded."""
    meet(lab)
    join(lab)
    expect_served(lab, S)
    expect_unserved(lab, S, port="lan2")
    expect_unserved(lab, S3, port="lan2")
    expect_served(lab, S3)


@pim_case("PIMSM-ROUTER-4.2-08", needs=DATA, seconds=5)
def nothing_goes_back_where_it_came_from(lab):
    """A packet is not sent out of the port that it came in by, even if that was joined."""
    meet(lab)
    for source in (None, S):
        join(lab, source=source, by=lab.up.lower(5))
    join(lab)
    expect_served(lab, S)
    lab.up.data(S, G, payload=b"not back")
    lab.lan.expect(data(G, S, payload=b"not back"))
    lab.up.expect_none(data(payload=b"not back"))


@pim_case("PIMSM-ROUTER-4.2-09", needs=DATA, seconds=5)
def ttl_of_one_ends_here(lab):
    """Data with a TTL of 1 is not forwarded, with 2 it is, with 1 then."""
    meet(lab)
    join(lab)
    expect_served(lab, S)
    lab.up.data(S, G, ttl=1, payload=b"last hop")
    lab.lan.expect_none(data(payload=b"last hop"), within=2 * lab.timers.tolerance)
    lab.up.data(S, G, ttl=2, payload=b"one more")
    found = lab.lan.expect(data(payload=b"one more"))
    lab.check(found.ttl == 1, f"TTL 1 ({found.ttl})")


@pim_case("PIMSM-ROUTER-4.2-09", needs=DATA, seconds=7)
def groups_of_the_link_are_never_routed(lab):
    """Data to groups of the link's own is not forwarded, whoever joins them."""
    meet(lab)
    for group in ("224.0.0.77", "224.0.0.251"):
        lab.pim.member(group)
        join(lab, group)
        expect_unserved(lab, S, group)
        lab.up.expect_none(joins(None, group), after=0.0)
    join(lab)
    expect_served(lab, S)


@pim_case(
    "PIMSM-ROUTER-4.2-09",
    needs=DATA,
    setup={"interfaces": {"lan": {"boundaries": ("239.1.0.0/16",)}}},
    seconds=5,
)
def border_of_a_scope_is_not_crossed(lab):
    """Groups that a border on a port is for don't go out there, others do."""
    meet(lab)
    inside, outside = G, "239.2.2.3"
    for group in (inside, outside):
        join(lab, group)
        join(lab, group, by=D2)
    expect_served(lab, S, inside, to="lan2")
    expect_unserved(lab, S, inside, to="lan")
    expect_served(lab, S, outside, to="lan")


# ---- from one tree to the other ----------------------------------------------------------------------------


@pim_case("PIMSM-ROUTER-4.2.1-01", needs=DATA, seconds=5)
def last_hop_joins_the_source_on_first_data(lab):
    """A router with members joins the source's tree when the first packet of it comes down from the RP."""
    meet(lab, U, N2)
    lab.pim.member(G)
    lab.up.expect(joins(None, G, to=U))
    lab.lan2.expect_none(joins(APART, G))
    expect_served(lab, APART)
    by_now(lab, "lan2", joins(APART, G, to=N2))


@pim_case("PIMSM-ROUTER-4.2.1-01", needs=DATA, pim=NEVER, seconds=6)
def switchover_may_be_off(lab):
    """With an infinite threshold data never makes the router join the source's tree."""
    meet(lab, U, N2)
    lab.pim.member(G)
    lab.up.expect(joins(None, G, to=U))
    for _ in range(3):
        expect_served(lab, APART)
    lab.lan2.expect_none(joins(APART, G), after=0.0)


@pim_case("PIMSM-ROUTER-4.2.1-01", needs=[DATA, "virtual"], pim={"spt": "10000"})
def switchover_may_be_for_fast_sources_alone(lab):
    """With a threshold in octets per second a slow source stays on the RP's tree, a fast one is joined."""
    meet(lab, U, N2)
    lab.pim.member(G)
    lab.up.expect(joins(None, G, to=U))
    slow, fast = "10.6.0.1", "10.6.0.2"
    for number in range(600):
        lab.up.data(fast, G, payload=bytes(1000))
        if number % 50 == 0:
            lab.up.data(slow, G, payload=b"slow")
        lab.wait(0.05)
    by_now(lab, "lan2", joins(fast, G, to=N2))
    lab.lan2.expect_none(joins(slow, G), after=0.0)


@pim_case("PIMSM-ROUTER-4.2.1-02", needs=DATA, seconds=6)
def transit_router_does_not_switch(lab):
    """A router that has no members, only joins of others, stays on the RP's tree."""
    meet(lab, U, N2)
    join(lab)
    for _ in range(2):
        expect_served(lab, APART)
    lab.lan2.expect_none(joins(APART, G), after=0.0)
    lab.pim.member(G)
    moment(lab)
    expect_served(lab, APART)
    by_now(lab, "lan2", joins(APART, G, to=N2))


@pim_case(
    "PIMSM-ROUTER-4.2.2-02",
    "PIMSM-ROUTER-4.2.2-01",
    "PIMSM-ROUTER-4.2-01",
    "PIMSM-ROUTER-4.2-03",
    needs=DATA,
    seconds=8,
)
def switchover_loses_nothing_and_doubles_nothing(lab):
    """Data comes from the RP until the source's tree brings it, from then on from there alone; the RP is told."""
    meet(lab, U, N2)
    lab.pim.member(G)
    lab.up.expect(joins(None, G, to=U))
    expect_served(lab, APART)
    by_now(lab, "lan2", joins(APART, G, to=N2))
    expect_served(lab, APART)
    lab.up.expect_none(prunes(APART, G, rpt=True), after=0.0)
    lab.lan2.data(APART, G, payload=b"native")
    lab.lan.expect(data(G, APART, payload=b"native"))
    lab.up.expect(prunes(APART, G, rpt=True, to=U))
    for number in range(3):
        lab.up.data(APART, G, payload=b"from the RP")
        lab.lan2.data(APART, G, payload=b"native %d" % number)
        lab.lan.expect(data(G, APART, payload=b"native %d" % number))
        lab.lan.expect_none(data(G, APART), within=2 * lab.timers.tolerance)
        lab.lan.expect_none(data(payload=b"from the RP"))
    expect_served(lab, S)


@pim_case(
    "PIMSM-ROUTER-4.2-07",
    "PIMSM-ROUTER-4.11-01",
    needs=[DATA, "config:pim:timers:keepalive_period"],
    seconds=lambda timers: 5 * timers.keepalive_period + 5,
)
def data_keeps_the_source_tree(lab):
    """The source's tree is kept for a Keepalive_Period after its last packet, then pruned."""
    meet(lab, U, N2)
    lab.pim.member(G)
    moment(lab)
    expect_served(lab, APART)
    by_now(lab, "lan2", joins(APART, G, to=N2))
    period, last = lab.pim.timers.keepalive_period, lab.lan2.data(APART, G)
    for part in (0.6, 0.7, 0.8):
        lab.wait_until(last + part * period)
        lab.pim.member(G)
        last = lab.lan2.data(APART, G)
    lab.lan2.expect_none(prunes(APART, G), after=last, until=last + period - margin(lab))
    lab.lan2.expect(prunes(APART, G, to=N2), after=last, within=period + late(lab))


def late(lab):
    """Seconds by which the end of data may be noticed late: a router asks its forwarding plane now and then."""
    return lab.pim.timers.keepalive_period


@pim_case(
    "PIMSM-ROUTER-4.2.2-03",
    "PIMSM-ROUTER-4.2.2-02",
    needs=[DATA, "config:pim:timers:keepalive_period"],
    seconds=lambda timers: 5 * timers.keepalive_period + 5,
)
def end_of_the_source_tree_brings_the_shared_one_back(lab):
    """When the source's tree is left the SPTbit is cleared: data of the RP's tree is forwarded once more."""
    meet(lab, U, N2)
    join(lab)
    lab.pim.member(G)
    moment(lab)
    expect_served(lab, APART)
    by_now(lab, "lan2", joins(APART, G, to=N2))
    expect_served(lab, APART, port="lan2")
    expect_unserved(lab, APART)
    lab.lan2.expect(prunes(APART, G, to=N2), within=lab.pim.timers.keepalive_period + late(lab))
    expect_served(lab, APART)


@pim_case("PIMSM-ROUTER-4.2.2-01", needs=DATA, seconds=6)
def source_on_a_link_needs_no_switch(lab):
    """Data of a source on a link of the router's is forwarded natively at once, and not from the RP's tree."""
    meet(lab, U, N2)
    join(lab)
    near = lab.lan2.address(121)
    expect_served(lab, near, port="lan2")
    expect_unserved(lab, near, port="up")


@pim_case("PIMSM-ROUTER-4.2.2-01", needs=DATA, seconds=5)
def source_that_nobody_wants_from_the_rp_is_taken_from_its_tree(lab):
    """RP and source behind two routers of one link, joined for the source alone: its first packet is forwarded."""
    meet(lab, U, U2)
    join(lab, source=BESIDE)
    by_now(lab, "up", joins(BESIDE, G, to=U2))
    expect_served(lab, BESIDE)
    expect_unserved(lab, S)


@pim_case(
    "PIMSM-ROUTER-4.2.2-01",
    "PIMSM-ROUTER-4.2.2-03",
    needs=DATA,
    seconds=lambda timers: timers.join_prune_period + 8,
)
def trees_of_one_link_are_told_apart_by_the_assert(lab):
    """RP and source behind two routers of one link: not data, but the Assert of the source's side completes the
    switch; a Prune(S,G,rpt) follows, at once to the winner (RPF'(S,G,rpt)), periodically to the RP's side."""
    meet(lab, U, U2)
    lab.pim.member(G)
    lab.up.expect(joins(None, G, to=U))
    expect_served(lab, BESIDE)
    by_now(lab, "up", joins(BESIDE, G, to=U2))
    expect_served(lab, BESIDE)
    lab.up.expect_none(prunes(BESIDE, G, rpt=True), after=0.0)
    lab.up.send(assert_(G, BESIDE, src=U2, **BEST))
    lab.up.expect(prunes(BESIDE, G, rpt=True), within=lab.pim.timers.override_interval)
    both = join_prune(join_g(G), prune_rpt(G, BESIDE), only=False, upstream=U)
    lab.up.expect(both, within=lab.pim.timers.join_prune_period)
    expect_served(lab, BESIDE)


@pim_case("PIMSM-ROUTER-4.2.2-01", needs=DATA, seconds=6)
def trees_of_one_neighbour_are_one(lab):
    """RP and source behind the same router: both trees are joined there, data goes on, no source is pruned off."""
    meet(lab)
    lab.pim.member(G)
    lab.up.expect(joins(None, G, to=U))
    expect_served(lab, S)
    by_now(lab, "up", joins(S, G, to=U))
    for number in range(3):
        lab.up.data(S, G, payload=b"number %d" % number)
        lab.lan.expect(data(G, S, payload=b"number %d" % number))
        lab.lan.expect_none(data(payload=b"number %d" % number))
    lab.up.expect_none(prunes(S, G, rpt=True), after=0.0)


@pim_case("PIMSM-ROUTER-4.1.5-02", "PIMSM-ROUTER-4.1.5-03", "PIMSM-ROUTER-4.2-01", needs=DATA, seconds=8)
def downstream_router_goes_over_to_the_source_tree(lab):
    """A downstream router joins the source and prunes it off the RP's tree: its data comes once, from the source."""
    meet(lab, U, N2)
    join(lab)
    expect_served(lab, APART)
    join(lab, source=APART)
    by_now(lab, "lan2", joins(APART, G, to=N2))
    expect_served(lab, APART, port="lan2")
    lab.pim.join(D, join_g(G, RP), prune_rpt(G, APART))
    moment(lab)
    for number in range(3):
        lab.up.data(APART, G, payload=b"from the RP")
        lab.lan2.data(APART, G, payload=b"native %d" % number)
        lab.lan.expect(data(G, APART, payload=b"native %d" % number))
        lab.lan.expect_none(data(G, APART), within=2 * lab.timers.tolerance)
    expect_served(lab, S)


@pim_case("PIMSM-ROUTER-4.2-03", "PIMSM-ROUTER-4.2-01", needs=[DATA, "pim:routes"], seconds=7)
def data_follows_the_route_to_its_source(lab):
    """When the route to a source moves to another port its data is taken from there, and no longer from the old one."""
    meet(lab, U, N2)
    join(lab, source=S)
    expect_served(lab, S)
    expect_unserved(lab, S, port="lan2")
    lab.pim.route("10.9.0.0/24", N2)
    lab.lan2.expect(joins(S, G, to=N2))
    expect_served(lab, S, port="lan2")
    expect_unserved(lab, S)


@pim_case("PIMSM-ROUTER-4.2-02", "PIMSM-ROUTER-4.2-03", needs=[DATA, "pim:routes"], seconds=7)
def data_follows_the_route_to_the_rp(lab):
    """When the route to the RP moves to another port the group's data is taken from there alone."""
    meet(lab, U, N2)
    join(lab)
    expect_served(lab, S)
    lab.pim.route("10.8.0.0/24", N2)
    lab.lan2.expect(joins(None, G, to=N2))
    lab.pim.route("10.9.0.0/24", N2)
    moment(lab)
    expect_served(lab, S, port="lan2")
    expect_unserved(lab, S)
