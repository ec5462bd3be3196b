# SPDX-License-Identifier: GPL-2.0-only
"""A router and source-specific groups (RFC 4604, 2.3; RFC 4607, 5 and 6)."""

from conformance.harness import *

from .igmp_router_common import (
    expect_accepted,
    expect_nothing_known,
    expect_sequence,
    expect_served,
    expect_unserved,
    margin,
)
from .ssm_common import AWARE, INSIDE, INSIDE_IPV6, ORDINARY, OUTSIDE, OUTSIDE_IPV6, A, B, SSM, SSM2

FORWARDING = [igmp(3), "forwarding"]


# ---- which groups ------------------------------------------------------------------------------------------


def expect_range(lab, inside, outside):
    """Groups inside have members for their sources alone, those outside for any source."""
    for group in inside:
        lab.lan.send(report(is_ex(group, [])))
        expect_nothing_known(lab, group)
    expect_accepted(lab, {f"of {group}": (group, report(is_in(group, [A]))) for group in inside})
    expect_accepted(lab, {f"of {group}": (group, report(is_ex(group, []))) for group in outside})


@case("SSM-ANY-4607-1-01", role="querier", needs=igmp(3), setup=AWARE, seconds=6)
def range_is_232_8(lab):
    """The groups of 232/8, and no others, are source-specific: any-source members of them count nothing."""
    expect_range(lab, INSIDE, OUTSIDE)


@case("SSM-ANY-4607-1-01", role="querier", family="ipv6", setup=AWARE, seconds=6)
def range_is_ff3x_32(lab):
    """The groups of ff3x::/32, and no others, are source-specific: any-source members count nothing."""
    expect_range(lab, INSIDE_IPV6, OUTSIDE_IPV6)


# ---- what is asked -----------------------------------------------------------------------------------------


@case(
    "SSM-QUERIER-4604-2.3-01",
    "SSM-ROUTER-4604-2.3-01",
    role="querier",
    needs=igmp(3),
    setup=AWARE,
    seconds=lambda timers: 2 * timers.lmqt + 4,
    mld=["SSM-QUERIER-4604-2.3-01", "SSM-ROUTER-4604-2.3-01"],
)
def last_listener_is_asked_for_by_source(lab):
    """BLOCK and TO_IN {} of the last listener: Q(G,S), never Q(G), and the channel ends after LMQT."""
    lab.lan.send(report(is_in(SSM, [A]), is_in(SSM2, [A, B])))
    for group, leave, sources in ((SSM, block(SSM, [A]), [A]), (SSM2, to_in(SSM2, []), [A, B])):
        expect_served(lab, group, A)
        left = lab.lan.send(report(leave))
        expect_sequence(lab, group_source_query(group, sources))
        lab.lan.expect_none(group_query(group), after=left)
        lab.wait_until(left + lab.timers.lmqt + margin(lab))
        expect_unserved(lab, group, A)
        if lab.has("state:groups"):
            lab.state.expect_no_group(group)


@case(
    "SSM-QUERIER-4604-2.3-01",
    role="querier",
    needs=igmp(3),
    setup=AWARE,
    seconds=lambda timers: timers.qi + 2 * timers.lmqt,
    mld="SSM-QUERIER-4604-2.3-01",
)
def general_queries_are_for_channels_too(lab):
    """With nothing but channels on the link the querier sends General Queries as ever, and no Q(G)."""
    heard = lab.lan.send(report(is_in(SSM, [A])))
    query = lab.lan.expect(general_query(version=3), after=heard, within=lab.timers.qi)
    lab.lan.send(report(is_in(SSM, [A])))
    lab.lan.expect_none(any_of(group_query(), group_source_query()), after=heard)
    lab.wait_until(query.time + lab.timers.lmqt + margin(lab))
    expect_served(lab, SSM, A)


@case(
    "SSM-ROUTER-4604-2.3.1-01",
    "SSM-ROUTER-4604-2.3.2-01",
    role="querier",
    needs=igmp(3),
    setup=AWARE,
    seconds=5,
    mld=["SSM-ROUTER-4604-2.3.1-01", "SSM-ROUTER-4604-2.3.2-01"],
)
def any_source_requests_leave_a_channel_alone(lab):
    """TO_EX, IS_EX, older reports and leaves about a channel's group neither widen nor end it."""
    lab.lan.send(report(is_in(SSM, [A])))
    for packet in (report(to_ex(SSM, [])), report(is_ex(SSM, [A])), v2_report(SSM), v2_leave(SSM)):
        lab.lan.send(packet)
    lab.lan.expect_none(any_query(group=SSM))
    expect_served(lab, SSM, A)
    expect_unserved(lab, SSM, B)
    lab.lan.send(report(is_ex(ORDINARY, [])))
    expect_served(lab, ORDINARY, B)


# ---- forwarding --------------------------------------------------------------------------------------------


def stays(lab, group, source=A):
    """Data of the source to the group comes out nowhere, and nobody complains."""
    for port in ("lan", "lan2"):
        lab.check(not lab.forwards(source, group, to=port), f"data of {source} to {group} stays off {port}")
    lab.up.expect_none(ip(1))


@case(
    "SSM-ROUTER-4607-5.2-01",
    role="router",
    needs=FORWARDING,
    setup=AWARE,
    seconds=6,
    mld="SSM-ROUTER-4607-5.2-01",
)
def data_of_a_channel_that_nobody_asked_for_is_dropped(lab):
    """Data to a source-specific group goes only where that very channel was asked for; else it is dropped."""
    stays(lab, SSM)
    lab.lan.send(report(is_in(SSM, [B]), is_in(SSM2, [A])))
    lab.wait(lab.timers.tolerance)
    stays(lab, SSM)
    lab.lan.send(report(allow(SSM, [A])))
    lab.wait(lab.timers.tolerance)
    lab.check(lab.forwards(A, SSM), "once it was asked for it comes")
    lab.check(not lab.forwards(A, SSM, to="lan2"), "where it was asked for")


@case(
    "SSM-ROUTER-4607-5.2-02",
    role="router",
    needs=FORWARDING,
    setup=AWARE,
    seconds=6,
    mld="SSM-ROUTER-4607-5.2-02",
)
def any_source_request_causes_no_forwarding(lab):
    """A request for any source of a source-specific group, in any version, forwards nothing."""
    for packet in (report(is_ex(SSM, [])), report(to_ex(SSM, [])), report(to_ex(SSM, [B])), v2_report(SSM)):
        lab.lan.send(packet)
        lab.wait(lab.timers.tolerance)
        stays(lab, SSM)
    lab.lan.send(report(to_ex(ORDINARY, [])))
    lab.wait(lab.timers.tolerance)
    lab.check(lab.forwards(A, ORDINARY), "one for an ordinary group does")


@case("SSM-ANY-4607-6-01", role="router", needs=FORWARDING, setup=AWARE, seconds=6, mld="SSM-ANY-4607-6-01")
def channels_of_one_group_are_independent(lab):
    """(S1,G) is asked for on one network, (S2,G) on another: neither gets the other's data."""
    lab.lan.send(report(is_in(SSM, [A])))
    lab.lan2.send(report(is_in(SSM, [B])))
    lab.wait(lab.timers.tolerance)
    for source, wanted, other in ((A, "lan", "lan2"), (B, "lan2", "lan")):
        lab.check(lab.forwards(source, SSM, to=wanted), f"data of {source} reaches {wanted}")
        lab.check(not lab.forwards(source, SSM, to=other), f"and not {other}")
