# SPDX-License-Identifier: GPL-2.0-only
"""Dense mode: which data goes where, and how long the state of a source lasts (RFC 3973 4.1, 4.2, 5)."""

from conformance.harness import *

from .pim_dense_common import *

SSM_GROUP = "232.1.2.3"
SCOPE = ("239.1.0.0/16",)
ALL_SPARSE_DENSE = {"mode": "sparse-dense", "dense_groups": ["239.1.0.0/16"]}
OUTSIDE = "239.2.2.3"
EVERYTHING = "0.0.0.0/0"


# ---- flooding ----------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.2-06", "PIMDM-ROUTER-4.2-02", needs=DATA, seconds=6)
def first_packet_is_flooded_to_all_neighbours(lab):
    """The first packet of a source goes to every other port with neighbours, once, TTL one lower; nobody had to ask."""
    meet(lab, U, D, E)
    lab.up.data(S, G, ttl=16, payload=b"first")
    for port in (lab.lan, lab.lan2):
        found = port.expect(data(G, S, payload=b"first"))
        lab.check(found.ttl == 15, f"TTL 16 - 1 ({found.ttl})")
    for port in (lab.lan, lab.lan2, lab.up):
        port.expect_none(data(payload=b"first"), within=2 * lab.timers.tolerance)


@dense_case("PIMDM-ROUTER-4.2-02", needs=DATA, seconds=7)
def every_source_is_flooded_by_its_own_way(lab):
    """Each source's data goes out of all ports but the one that leads to it."""
    meet(lab, U, U2, D, E)
    expect_served(lab, to="lan2", source=BESIDE)
    expect_served(lab, to="lan", source=BESIDE)
    expect_served(lab, to="up", source=APART, port="lan2")
    expect_served(lab, to="lan", source=APART, port="lan2")
    expect_served(lab, to="lan", source=HERE)


@dense_case("PIMDM-ROUTER-4.2-06", "PIMDM-ROUTER-4.1.3-01", needs=DATA, seconds=8)
def port_without_neighbours_and_members_gets_nothing(lab):
    """Data is not sent where there is no router and nobody listens; with the first of either it is."""
    meet(lab)
    expect_served(lab)
    expect_unserved(lab, to="lan2")
    lab.pim.member(G, port="lan2")
    moment(lab)
    expect_served(lab, to="lan2")


@dense_case("PIMDM-ROUTER-4.1.3-01", "PIMDM-ROUTER-4.2-02", needs=DATA, seconds=9)
def new_neighbour_gets_the_data(lab):
    """A port on which the first neighbour shows up is flooded to from then on."""
    meet(lab)
    expect_served(lab)
    expect_unserved(lab, to="lan2")
    meet(lab, E)
    expect_served(lab, to="lan2")


@dense_case("PIMDM-ROUTER-4.1.3-01", "PIMDM-ROUTER-4.2-02", needs=DATA, seconds=6)
def members_are_served_without_any_neighbour(lab):
    """Where there is no other router the data goes to the ports with members of its group alone."""
    lab.pim.settle()
    lab.pim.member(G)
    moment(lab)
    expect_served(lab, source=HERE)
    expect_unserved(lab, to="lan2", source=HERE)
    expect_unserved(lab, source=HERE, group=G2)


@dense_case("PIMDM-ROUTER-4.3.4-04", "PIMDM-ROUTER-4.3.3-01", needs=DATA, seconds=10)
def port_that_loses_its_last_neighbour_is_no_longer_flooded(lab):
    """When the last neighbour of a port says goodbye or is silent for its Holdtime, the data stops there."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    lab.pim.neighbor(E, holdtime=5)
    told = lab.now
    lab.pim.goodbye(D)
    moment(lab)
    expect_unserved(lab, to="lan")
    lab.wait_until(told + 5 + margin(lab))
    expect_unserved(lab, to="lan2")


# ---- prunes, members and their sources ---------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.1.3-01", needs=DATA, seconds=8)
def pruned_port_is_left_out_and_members_bring_it_back(lab):
    """A port that the only neighbour pruned gets nothing, the others do; members on it are served all the same."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    prune(lab)
    moment(lab)
    expect_unserved(lab)
    expect_served(lab, to="lan2")
    lab.pim.member(G)
    moment(lab)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.1.3-01", needs=DATA, seconds=8)
def prune_is_about_one_source_and_one_group(lab):
    """A Prune(S,G) leaves the group's other sources and the source's other groups alone."""
    meet(lab)
    flood(lab)
    flood(lab, source=S2)
    flood(lab, group=G2)
    prune(lab)
    moment(lab)
    expect_unserved(lab)
    expect_served(lab, source=S2)
    expect_served(lab, group=G2)


def _of_hosts(function):
    """A case that needs hosts which name sources."""
    ids = ("PIMDM-ROUTER-4.1.3-01", "PIMDM-ROUTER-5-01")
    dense_case(*ids, needs=[DATA, igmp(3)], seconds=7, families=["ipv4"])(function)
    return dense_case(*ids, needs=[DATA, mld(2)], seconds=7, families=["ipv6"])(function)


@_of_hosts
def hosts_of_one_source_get_that_one_on_a_pruned_port(lab):
    """On a port that was pruned, hosts that include one source get its data, and nothing of another source."""
    meet(lab)
    for source in (S, S2):
        flood(lab, source=source)
        prune(lab, source=source)
    moment(lab)
    lab.pim.member(G, S)
    moment(lab)
    expect_served(lab)
    expect_unserved(lab, source=S2)


@_of_hosts
def source_that_all_hosts_exclude_is_not_sent_to_them(lab):
    """On a port without other routers hosts that exclude a source get the group's other sources alone."""
    meet(lab, U)
    lab.lan.send(report(to_ex(G, [S])))
    moment(lab)
    expect_served(lab, source=S2)
    expect_unserved(lab)


# ---- where it is not forwarded -----------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.2-01", needs=DATA, seconds=7)
def data_from_another_side_is_dropped_and_answered_by_an_assert(lab):
    """Data of a source that comes in by a port it is flooded to is not forwarded and starts the Assert process there."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    lab.lan2.data(S, G, payload=b"astray")
    lab.lan2.expect(assert_(G, S, rpt=False))
    for port in (lab.up, lab.lan):
        port.expect_none(data(payload=b"astray"), within=2 * lab.timers.tolerance)


@dense_case("PIMDM-ROUTER-4.2-01", needs=DATA, seconds=6)
def first_packet_from_another_side_is_not_flooded(lab):
    """Also the very first packet of a source is dropped if it comes in by another port than the way back has."""
    meet(lab, U, D, E)
    lab.lan2.data(S, G, payload=b"astray")
    for port in (lab.up, lab.lan):
        port.expect_none(data(payload=b"astray"), within=2 * lab.timers.tolerance)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.2-04", needs=[DATA, "pim:routes"], seconds=8)
def data_without_a_way_back_is_discarded(lab):
    """Data of a source that no route leads to is not forwarded; with a route it is."""
    meet(lab)
    lab.pim.no_route(EVERYTHING)
    lab.pim.no_route("10.9.0.0/24")
    expect_unserved(lab)
    lab.pim.route("10.9.0.0/24", U)
    moment(lab)
    expect_served(lab)


@dense_case("PIMDM-ROUTER-4.2-03", needs=DATA, seconds=6)
def data_that_nobody_wants_is_pruned(lab):
    """Data for which there is no outgoing port makes the router send a Prune(S,G) to the neighbour that it comes from, one only."""
    meet(lab, U)
    lab.up.data(S, G)
    lab.up.expect(prunes(to=U))
    lab.wait(2 * lab.timers.tolerance)
    for _ in range(3):
        lab.up.data(S, G)
        lab.up.expect_none(prunes(to=None), within=2 * lab.timers.tolerance)
    expect_upstream(lab, "pruned")


@dense_case("PIMDM-ROUTER-4.2-05", needs=DATA, seconds=8)
def pruned_router_forwards_nothing(lab):
    """In Pruned state nothing is forwarded, though the data comes in from the right side; after a Graft it is."""
    pruned(lab)
    for to in ("lan", "lan2"):
        expect_unserved(lab, to=to)
    send_graft(lab)
    lab.up.expect(grafts())
    expect_served(lab)


@dense_case(
    "PIMDM-ROUTER-4.1.3-01",
    needs=DATA,
    setup=dict(interfaces=dict(lan=dict(boundaries=SCOPE))),
    seconds=6,
)
def boundary_is_not_crossed(lab):
    """Data of a group whose boundary a port is does not go out there, though there are neighbours; other groups do."""
    meet(lab, U, D, E)
    expect_served(lab, to="lan2")
    expect_unserved(lab)
    expect_served(lab, group=OUTSIDE)


@dense_case("PIMDM-ROUTER-4.1.3-01", needs=DATA, seconds=7)
def port_of_a_lost_assert_is_left_out(lab):
    """Where another router won the Assert nothing is forwarded, elsewhere it is."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    lab.lan.send(assert_(G, S, src=D, **BEST))
    moment(lab)
    expect_unserved(lab)
    expect_served(lab, to="lan2")


# ---- which groups ------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-5-01", needs=DATA, seconds=6)
def source_specific_group_is_not_flooded(lab):
    """Data of a group of the source-specific range is not flooded; that of another group is."""
    meet(lab)
    expect_unserved(lab, group=SSM_GROUP)
    lab.up.expect_none(prunes(to=None, group=SSM_GROUP), after=0.0)
    expect_served(lab)


def _of_hosts_in_both_modes(function):
    ids = ("PIMDM-ROUTER-5-01",)
    common = dict(pim=ALL_SPARSE_DENSE, seconds=7)
    dense_case(*ids, needs=[DATA, igmp(3)], families=["ipv4"], **common)(function)
    return dense_case(*ids, needs=[DATA, mld(2)], families=["ipv6"], **common)(function)


@_of_hosts_in_both_modes
def source_specific_group_is_joined_beside_dense_ones(lab):
    """On ports of both modes a source-specific group is joined by (S,G) while dense groups are flooded."""
    meet(lab)
    expect_served(lab)
    expect_unserved(lab, group=SSM_GROUP)
    lab.pim.member(SSM_GROUP, S)
    lab.up.expect(join_prune(join_sg(SSM_GROUP, S), upstream=U))
    expect_served(lab, group=SSM_GROUP)


@dense_case("PIMDM-ROUTER-4.1.3-01", needs=DATA, pim=ALL_SPARSE_DENSE, seconds=6)
def groups_outside_the_dense_range_are_not_flooded(lab):
    """Of ports that have both modes only groups of the dense range are flooded."""
    meet(lab)
    expect_served(lab)
    expect_unserved(lab, group=OUTSIDE)


@dense_case(
    "PIMDM-ROUTER-4.1.3-01",
    needs=DATA,
    pim=dict(dense_groups=["239.1.0.0/16"], interfaces=dict(lan2=dict(mode="sparse"))),
    seconds=8,
)
def neighbours_of_a_sparse_port_are_not_flooded(lab):
    """A port in sparse mode is for a dense group one that has members only: its neighbours are not flooded."""
    meet(lab, U, D, E)
    expect_served(lab)
    expect_unserved(lab, to="lan2")
    lab.pim.member(G, port="lan2")
    moment(lab)
    expect_served(lab, to="lan2")


# ---- how long it lasts -------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.1.2-01", needs=["virtual", TREES], pim=dict(state_refresh=False))
def state_lasts_as_long_as_the_prune_limit_timer(lab):
    """Without any data the state of a source that was pruned upstream stays until the Prune Limit Timer has ended."""
    limit = lab.pim.timers.prune_limit
    sent = pruned(lab, holdtime=10)
    for part in (0.3, 0.6, 0.95):
        lab.wait_until(sent.time + part * limit)
        lab.pim.expect_tree(G, S)


@dense_case("PIMDM-ROUTER-4.1.2-01", needs=["virtual", TREES], pim=dict(state_refresh=False))
def state_lasts_as_long_as_a_prune(lab):
    """Without any data the state stays as long as the Holdtime of a Prune that was received runs."""
    holdtime = 3 * lab.pim.timers.prune_limit
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    when = prune(lab, holdtime=int(holdtime))
    for part in (0.3, 0.6, 0.95):
        lab.wait_until(when + part * holdtime)
        expect_downstream(lab, "prune")


@dense_case("PIMDM-ROUTER-4.1.2-01", needs=["virtual", TREES], pim=dict(state_refresh=False))
def state_lasts_as_long_as_an_assert(lab):
    """Without any data the state stays as long as the Assert Timer of a lost Assert runs."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    lab.lan.send(assert_(G, S, src=D, **BEST))
    lost = lab.now
    for part in (0.3, 0.6, 0.95):
        lab.wait_until(lost + part * lab.pim.timers.assert_time)
        lab.pim.expect_downstream(G, S, assert_state="loser", assert_winner=D)
