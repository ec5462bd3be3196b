# SPDX-License-Identifier: GPL-2.0-only
"""What an administrator adds to the protocol: static joins and routes, fast leave, limits, other timers."""

from conformance.harness import *

from .igmp_router_common import (
    A,
    B,
    C,
    D,
    GROUP,
    OTHER,
    THIRD,
    expect_asks_when_left,
    expect_nothing_known,
    expect_record,
    expect_served,
    expect_unserved,
    margin,
    numbered_groups,
)

FORWARDING = [igmp(3), "forwarding"]
FAST = dict(interfaces=dict(lan=dict(fast_leave=True)))
OTHER_TIMERS = dict(timers=dict(rv=3, qi=3.0, qri=2.0))


# ---- static joins and routes -------------------------------------------------------------------------------


@case(
    "MFWD-ROUTER-STATIC-01",
    role="router",
    needs=FORWARDING,
    seconds=lambda timers: timers.lmqt + 5,
    setup=dict(interfaces=dict(lan=dict(static_joins=((GROUP, None), (OTHER, A))))),
    mld="MFWD-ROUTER-STATIC-01",
)
def static_joins_forward_without_members(lab):
    """A group (and a group and source) joined statically is forwarded to that interface, and to no other."""
    expect_served(lab, GROUP, A, data=True)
    expect_served(lab, GROUP, B, data=True)
    expect_served(lab, OTHER, A, data=True)
    expect_unserved(lab, OTHER, B, data=True)
    expect_unserved(lab, GROUP, A, port="lan2", data=True)


@case(
    "MFWD-ROUTER-STATIC-01",
    role="router",
    needs=FORWARDING,
    seconds=lambda timers: timers.lmqt + 5,
    setup=dict(interfaces=dict(lan=dict(static_joins=((GROUP, None), (OTHER, A))))),
    mld="MFWD-ROUTER-STATIC-01",
)
def static_joins_outlive_members(lab):
    """When members of a statically joined group have come and left, it is still forwarded."""
    lab.lan.send(report(is_ex(GROUP, []), is_ex(OTHER, [])))
    expect_served(lab, OTHER, B, data=True)
    left = lab.lan.send(report(to_in(GROUP, []), to_in(OTHER, [])))
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP, B, data=True)
    expect_served(lab, OTHER, A, data=True)
    expect_unserved(lab, OTHER, B, data=True)


@case(
    "MFWD-ROUTER-STATIC-02",
    role="router",
    needs=FORWARDING,
    seconds=6,
    setup=dict(
        routes=[
            dict(group=GROUP, source=A, incoming="up", outgoing=("lan",)),
            dict(group=OTHER, source=None, incoming="up", outgoing=("lan", "lan2")),
        ]
    ),
    mld="MFWD-ROUTER-STATIC-02",
)
def static_routes_forward_from_their_incoming_interface(lab):
    """(S,G) forwards data of S, (*,G) of any source, from the incoming interface to the outgoing ones."""
    expect_served(lab, GROUP, A, data=True)
    expect_unserved(lab, GROUP, B, data=True)
    expect_unserved(lab, GROUP, A, port="lan2", data=True)
    for port in ("lan", "lan2"):
        expect_served(lab, OTHER, A, port, data=True)
        expect_served(lab, OTHER, B, port, data=True)
    lab.check(not lab.forwards("10.2.0.55", OTHER, to="lan", port="lan2"), "nothing from another interface")


@case(
    "MFWD-ROUTER-STATIC-02",
    role="router",
    needs=FORWARDING,
    seconds=6,
    setup=dict(
        routes=[
            dict(group=GROUP, source=A, incoming="up", outgoing=("lan",)),
            dict(group=GROUP, source=None, incoming="up", outgoing=("lan2",)),
        ]
    ),
    mld="MFWD-ROUTER-STATIC-02",
)
def static_source_route_goes_before_a_group_route(lab):
    """Data of S follows the (S,G) route alone, data of other sources the (*,G) route."""
    expect_served(lab, GROUP, A, "lan", data=True)
    expect_unserved(lab, GROUP, A, "lan2", data=True)
    expect_served(lab, GROUP, B, "lan2", data=True)
    expect_unserved(lab, GROUP, B, "lan", data=True)


@case(
    "MFWD-ROUTER-STATIC-02",
    role="router",
    needs=FORWARDING,
    seconds=lambda timers: timers.lmqt + 5,
    setup=dict(routes=[dict(group=GROUP, source=A, incoming="up", outgoing=("lan",))]),
    mld="MFWD-ROUTER-STATIC-02",
)
def members_add_to_a_static_route(lab):
    """A member on another network is served beside the outgoing interfaces of the route, until it leaves."""
    expect_unserved(lab, GROUP, A, "lan2", data=True)
    lab.lan2.send(report(is_ex(GROUP, [])))
    expect_served(lab, GROUP, A, "lan2", data=True)
    left = lab.lan2.send(report(to_in(GROUP, [])))
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    expect_unserved(lab, GROUP, A, "lan2", data=True)
    expect_served(lab, GROUP, A, "lan", data=True)


# ---- fast leave --------------------------------------------------------------------------------------------


@case(
    "MFWD-ROUTER-FASTLEAVE-01",
    role="querier",
    needs=igmp(3),
    setup=FAST,
    seconds=lambda timers: timers.lmqt + 4,
    mld="MFWD-ROUTER-FASTLEAVE-01",
)
def fast_leave_ends_a_group_at_once(lab):
    """TO_IN ({}), or a version 2 Leave, ends the group without a query; other interfaces ask as ever."""
    lab.lan2.send(report(is_ex(GROUP, [])))
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.lan.send(v2_report(OTHER))
    expect_served(lab, GROUP)
    expect_served(lab, OTHER)
    lab.lan.send(report(to_in(GROUP, [])))
    lab.lan.send(v2_leave(OTHER))
    expect_unserved(lab, GROUP)
    expect_unserved(lab, OTHER)
    lab.lan.expect_none(any_query(group={GROUP, OTHER}), within=lab.timers.lmqi + lab.timers.tolerance)
    expect_asks_when_left(lab, GROUP, "lan2")


@case(
    "MFWD-ROUTER-FASTLEAVE-01",
    role="querier",
    needs=igmp(3),
    setup=FAST,
    seconds=lambda timers: timers.lmqt + 4,
    mld="MFWD-ROUTER-FASTLEAVE-01",
)
def fast_leave_ends_a_source_at_once(lab):
    """BLOCK (A) ends that source without a query, the others go on."""
    lab.lan.send(report(is_in(GROUP, [A, B])))
    expect_served(lab, GROUP, A)
    lab.lan.send(report(block(GROUP, [A])))
    lab.lan.expect_none(any_query(group=GROUP), within=lab.timers.lmqi + lab.timers.tolerance)
    expect_record(lab, "include", [B])
    expect_unserved(lab, GROUP, A)


# ---- limits ------------------------------------------------------------------------------------------------


@case(
    "BADIN-ROUTER-LIMIT-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 6,
    setup=dict(interfaces=dict(lan=dict(max_groups=3))),
    mld="BADIN-ROUTER-LIMIT-01",
)
def groups_beyond_the_limit_are_not_taken_in(lab):
    """Three groups fit; a fourth is refused while they last, and taken in when one of them has ended."""
    groups = numbered_groups(5)
    for group in groups[:3]:
        lab.lan.send(report(is_ex(group, [])))
    lab.lan.send(report(is_ex(groups[3], []), is_ex(groups[0], [])))
    lab.lan.send(v2_report(groups[4]))
    for group in groups[:3]:
        expect_served(lab, group)
    for group in groups[3:]:
        expect_nothing_known(lab, group)
    left = lab.lan.send(report(to_in(groups[1], [])))
    lab.lan.expect(group_query(groups[1]))
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    lab.lan.send(report(is_ex(groups[3], [])))
    expect_served(lab, groups[3])
    lab.lan2.send(report(*(is_ex(group, []) for group in groups)))
    expect_served(lab, groups[4], port="lan2")


@case(
    "BADIN-ROUTER-LIMIT-02",
    role="querier",
    needs=igmp(3),
    seconds=6,
    setup=dict(interfaces=dict(lan=dict(max_sources=3))),
    mld="BADIN-ROUTER-LIMIT-02",
)
def sources_beyond_the_limit_are_not_taken_in(lab):
    """Three sources fit into a group; a fourth is refused, the known ones are served and refreshed."""
    lab.lan.send(report(is_in(GROUP, [A, B, C])))
    again = lab.lan.send(report(is_in(GROUP, [A, D])), after=margin(lab))
    expect_record(lab, "include", [A, B, C], source_ends={A: again + lab.timers.gmi})
    expect_unserved(lab, GROUP, D)
    lab.lan.send(report(is_in(OTHER, [D])))
    expect_served(lab, OTHER, D)


@case(
    "BADIN-ROUTER-LIMIT-01",
    role="querier",
    needs=[igmp(3), "virtual"],
    setup=dict(interfaces=dict(lan=dict(max_groups=20))),
    mld="BADIN-ROUTER-LIMIT-01",
)
def flood_of_groups_stays_within_the_limit(lab):
    """Reports about 600 groups leave 20 records at most, and the router goes on."""
    for first in range(0, 600, 100):
        lab.lan.send(report(*(is_ex(f"239.3.{first // 100}.{number}", []) for number in range(100))))
    if lab.has("state:groups"):
        lab.check(len(lab.state.groups()) == 20, f"{len(lab.state.groups())} records are the limit of 20")
    expect_asks_when_left(lab, "239.3.0.0")
    expect_nothing_known(lab, THIRD)


# ---- timers of another configuration -----------------------------------------------------------------------


@case(
    "IGMPV3-ROUTER-8.4-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.gmi + 2,
    mld="MLDV2-ROUTER-9.4-01",
)
def membership_interval_as_leaves_show_it(lab):
    """A group left just before RV * QI + QRI is asked about; one left just after is forgotten already."""
    heard = lab.lan.send(report(is_ex(GROUP, []), is_ex(OTHER, [])))
    lab.wait_until(heard + lab.timers.gmi - margin(lab))
    lab.lan.send(report(to_in(GROUP, [])))
    lab.lan.expect(group_query(GROUP))
    lab.wait_until(heard + lab.timers.gmi + margin(lab))
    lab.lan.send(report(to_in(OTHER, [])))
    lab.lan.expect_none(any_query(group=OTHER))


@case(
    "IGMPV3-ROUTER-8.4-01",
    role="router",
    needs=igmp(3),
    setup=OTHER_TIMERS,
    seconds=lambda timers: timers.gmi + 3,
    mld="MLDV2-ROUTER-9.4-01",
)
def membership_interval_follows_its_three_variables(lab):
    """RV 3, QI 3 s, QRI 2 s make a Group Membership Interval of 11 s."""
    heard = lab.lan.send(report(is_ex(GROUP, []), is_in(OTHER, [A])))
    lab.wait_until(heard + 11 - margin(lab))
    expect_served(lab, GROUP)
    expect_served(lab, OTHER, A)
    lab.wait_until(heard + 11 + margin(lab))
    expect_unserved(lab, GROUP)
    expect_unserved(lab, OTHER, A)


@case(
    "IGMPV3-ROUTER-8.5-01",
    role="non-querier",
    needs=igmp(3),
    setup=OTHER_TIMERS,
    seconds=lambda timers: timers.oqpi + 3,
    mld="MLDV2-ROUTER-9.5-01",
)
def other_querier_present_interval_follows_its_three_variables(lab):
    """RV 3, QI 3 s, QRI 2 s make an Other Querier Present Interval of 10 s."""
    asked = lab.lan.send(general_query(src=lab.lan.lower()))
    lab.lan.expect_none(general_query(), until=asked + 10 - margin(lab))
    lab.lan.expect(general_query(), at=asked + 10)


@case(
    "IGMPV3-QUERIER-6.1-01",
    "IGMPV3-QUERIER-6.4.2-07",
    role="querier",
    needs=igmp(3),
    setup=dict(timers=dict(rv=3)),
    seconds=lambda timers: timers.sqi * 2 + timers.lmqt + 3,
    mld=["MLDV2-QUERIER-7.1-01", "MLDV2-ROUTER-7.6.2-01", "MLDV2-QUERIER-7.4.2-07"],
)
def counts_follow_the_robustness_variable(lab):
    """Startup Query Count and Last Member Query Count are the Robustness Variable unless configured."""
    last = lab.lan.expect(general_query(qrv=3), after=0.0, within=lab.timers.qi)
    for gap in (lab.timers.sqi, lab.timers.sqi, lab.timers.qi):
        last = lab.lan.expect(general_query(qrv=3), at=last.time + gap)
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    first = lab.lan.expect(group_query(GROUP))
    for number in (1, 2):
        lab.lan.expect(group_query(GROUP), at=first.time + number * lab.timers.lmqi)
    lab.lan.expect_none(group_query(GROUP), until=first.time + 3 * lab.timers.lmqi + 2 * lab.timers.tolerance)
