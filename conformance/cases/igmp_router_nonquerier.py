# SPDX-License-Identifier: GPL-2.0-only
"""What a router does with the queries of others, and its own part as a member. RFC 3376 6, 6.6.1"""

from conformance.harness import *

from .igmp_router_common import (
    A,
    B,
    C,
    GROUP,
    OTHER,
    THIRD,
    UNLISTED,
    is_querier,
    expect_nothing_known,
    expect_record,
    expect_served,
    expect_unserved,
    margin,
)

SLOW = dict(timers=dict(lmqi=2.0))


@case(
    "IGMPV3-ROUTER-6.6.1-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 4,
    mld="MLDV2-ROUTER-7.6.1-01",
)
def group_query_heard_lowers_the_group_timer(lab):
    """Q(G) of the querier: the non-querier's group timer becomes LMQT; other groups are not touched."""
    lab.become_non_querier()
    heard = lab.lan.send(report(is_ex(GROUP, []), is_ex(OTHER, [])))
    asked = lab.lan.send(group_query(GROUP, src=lab.lan.lower()), after=lab.timers.tolerance)
    if lab.has("state:timers"):
        lab.state.expect_group(GROUP, expires=asked + lab.timers.lmqt - lab.now)
        lab.state.expect_group(OTHER, expires=heard + lab.timers.gmi - lab.now)
    lab.wait_until(asked + lab.timers.lmqt - margin(lab))
    expect_served(lab, GROUP)
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_unserved(lab, GROUP)
    expect_served(lab, OTHER)


@case(
    "IGMPV3-ROUTER-6.6.1-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 4,
    mld="MLDV2-ROUTER-7.6.1-01",
)
def source_query_heard_lowers_the_timers_of_its_sources(lab):
    """Q(G,A) of the querier: the timers of A, and no others, become LMQT in both filter modes."""
    lab.become_non_querier()
    lab.lan.send(report(is_in(GROUP, [A, B]), is_ex(OTHER, [])))
    lab.lan.send(report(is_in(OTHER, [A, B])), after=lab.timers.tolerance)
    lab.lan.send(group_source_query(GROUP, [A, C], src=lab.lan.lower()), after=lab.timers.tolerance)
    asked = lab.lan.send(group_source_query(OTHER, [A], src=lab.lan.lower()))
    lab.wait_until(asked + lab.timers.lmqt - margin(lab))
    expect_served(lab, GROUP, A)
    expect_served(lab, OTHER, A)
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_record(lab, "include", [B], group=GROUP)
    expect_record(lab, "exclude", [B], [A], group=OTHER)


@case(
    "IGMPV3-ROUTER-6.6.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld="MLDV2-ROUTER-7.6.1-01",
)
def group_query_of_a_higher_address_lowers_the_group_timer_too(lab):
    """Timers follow any Q(G) received with S clear; who is querier has nothing to do with it."""
    lab.lan.send(report(is_ex(GROUP, []), is_ex(OTHER, [])))
    asked = lab.lan.send(group_query(GROUP, src=lab.lan.higher()), after=lab.timers.tolerance)
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_unserved(lab, GROUP)
    expect_served(lab, OTHER)


@case(
    "IGMPV3-ROUTER-6.6.1-01",
    role="non-querier",
    needs=igmp(3),
    setup=SLOW,
    seconds=8,
    mld="MLDV2-ROUTER-7.6.1-01",
)
def queries_never_raise_a_timer(lab):
    """A second Q(G) and Q(G,A) half a LMQT after the first don't prolong what is left."""
    lab.become_non_querier()
    lab.lan.send(report(is_ex(GROUP, []), is_in(OTHER, [A])))
    asked = lab.lan.send(group_query(GROUP, src=lab.lan.lower()), after=lab.timers.tolerance)
    lab.lan.send(group_source_query(OTHER, [A], src=lab.lan.lower()))
    lab.lan.send(group_query(GROUP, src=lab.lan.lower()), after=lab.timers.lmqt / 2)
    lab.lan.send(group_source_query(OTHER, [A], src=lab.lan.lower()))
    expect_served(lab, GROUP)
    expect_served(lab, OTHER, A)
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_unserved(lab, GROUP)
    expect_unserved(lab, OTHER, A)


@case(
    "IGMPV3-ROUTER-4.1.5-01",
    "IGMPV3-ROUTER-6.6.1-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 4,
    mld=["MLDV2-ROUTER-5.1.7-01", "MLDV2-ROUTER-7.6.1-01"],
)
def queries_with_the_s_flag_lower_no_timer(lab):
    """Q(G) and Q(G,A) with S set leave all timers alone; the same with S clear lower them."""
    lab.become_non_querier()
    lab.lan.send(report(is_ex(GROUP, []), is_in(OTHER, [A]), is_ex(THIRD, [])))
    asked = lab.lan.send(group_query(GROUP, s=True, src=lab.lan.lower()), after=lab.timers.tolerance)
    lab.lan.send(group_source_query(OTHER, [A], s=True, src=lab.lan.lower()))
    lab.lan.send(group_query(THIRD, s=False, src=lab.lan.lower()))
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP)
    expect_served(lab, OTHER, A)
    expect_unserved(lab, THIRD)


@case("IGMPV3-ROUTER-4.1.5-01", role="router", needs=igmp(3), mld="MLDV2-ROUTER-5.1.7-01")
def s_flag_does_not_suppress_the_election(lab):
    """A General Query with S set from a lower address still ends the querier's role."""
    lab.check(is_querier(lab, OTHER), "it is the querier at first")
    lab.lan.send(general_query(s=True, src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, GROUP), "the lower address is the querier now")


@case(
    "IGMPV3-ROUTER-6-01",
    "IGMPV3-ROUTER-4.1.5-01",
    role="router",
    needs=igmp(3),
    seconds=6,
    mld=["MLDV2-ROUTER-7-01", "MLDV2-ROUTER-5.1.7-01"],
)
def router_reports_its_own_membership_of_224_0_0_22(lab):
    """The router is a member of 224.0.0.22 and answers General Queries for it, S flag or not."""
    for s in (False, True):
        lab.lan.send(general_query(src=lab.lan.lower(), max_resp=1, s=s), after=margin(lab))
        answer = lab.lan.expect(is_ex(ALL_IGMPV3_ROUTERS, []), within=1)
        lab.check(
            answer.src == lab.lan.dut and answer.dst == ALL_IGMPV3_ROUTERS,
            f"from {lab.lan.dut} to 224.0.0.22",
        )


@case(
    "IGMPV3-ROUTER-6.6.1-01",
    "IGMPV3-ROUTER-6.4.1-04",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld=["MLDV2-ROUTER-7.6.1-01", "MLDV2-ROUTER-7.4.1-04"],
)
def report_after_a_query_heard_starts_the_timer_anew(lab):
    """A member answers the querier's Q(G): the non-querier's group timer is GMI again."""
    lab.become_non_querier()
    lab.lan.send(report(is_ex(GROUP, []), is_ex(OTHER, [])))
    asked = lab.lan.send(group_query(GROUP, src=lab.lan.lower()), after=lab.timers.tolerance)
    lab.lan.send(group_query(OTHER, src=lab.lan.lower()))
    answered = lab.lan.send(report(is_ex(GROUP, [])), after=lab.timers.tolerance)
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_record(lab, "exclude", ends=answered + lab.timers.gmi)
    expect_unserved(lab, OTHER)


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    "IGMPV3-ROUTER-6.4.2-02",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 4,
    mld=["MLDV2-ROUTER-7.6.2-01", "MLDV2-ROUTER-7.4.2-02"],
)
def non_querier_learns_from_state_changes_and_asks_nothing(lab):
    """A non-querier keeps the records that the querier keeps, but asks nothing and lowers no timer."""
    lab.become_non_querier()
    lab.lan.send(report(is_ex(GROUP, [B]), is_in(OTHER, [A, B])))
    left = lab.lan.send(report(allow(GROUP, [A]), to_in(OTHER, [B])), after=lab.timers.tolerance)
    lab.lan.send(report(to_in(GROUP, [])))
    lab.lan.expect_none(any_query(group={GROUP, OTHER}), within=lab.timers.lmqt + margin(lab))
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    expect_record(lab, "exclude", [A], [B], group=GROUP)
    expect_record(lab, "include", [A, B], group=OTHER)


@case(
    "IGMPV3-ROUTER-6.6.1-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld="MLDV2-ROUTER-7.6.1-01",
)
def general_query_lowers_no_timer(lab):
    """A General Query, S clear, is not about the timers of any group; a group query is."""
    lab.become_non_querier()
    lab.lan.send(report(is_ex(GROUP, []), is_ex(OTHER, [])))
    asked = lab.lan.send(general_query(src=lab.lan.lower()), after=lab.timers.tolerance)
    lab.lan.send(group_query(OTHER, src=lab.lan.lower()))
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP)
    expect_unserved(lab, OTHER)


@case(
    "IGMPV3-ROUTER-6.6.1-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld="MLDV2-ROUTER-7.6.1-01",
)
def group_query_leaves_the_sources_of_the_group_alone(lab):
    """Q(G) lowers the group timer only: EXCLUDE (X,Y) becomes INCLUDE (X), and INCLUDE (A) stays as it is."""
    lab.become_non_querier()
    lab.lan.send(report(is_ex(GROUP, [B]), is_in(OTHER, [A])))
    lab.lan.send(report(is_in(GROUP, [A])), after=lab.timers.tolerance)
    asked = lab.lan.send(group_query(GROUP, src=lab.lan.lower()), after=lab.timers.tolerance)
    lab.lan.send(group_query(OTHER, src=lab.lan.lower()))
    expect_served(lab, GROUP, UNLISTED)
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_record(lab, "include", [A], group=GROUP)
    expect_record(lab, "include", [A], group=OTHER)


@case("IGMPV3-ROUTER-6.6.1-01", role="router", needs=igmp(3), mld="MLDV2-ROUTER-7.6.1-01")
def queries_about_unknown_groups_and_sources_make_no_state(lab):
    """A query tells nothing about members: no record comes of it."""
    lab.lan.send(report(is_in(OTHER, [A])))
    lab.lan.send(group_query(GROUP, src=lab.lan.higher()))
    lab.lan.send(group_source_query(GROUP, [A], src=lab.lan.higher()))
    lab.lan.send(group_source_query(OTHER, [B], src=lab.lan.higher()))
    expect_record(lab, "include", [A], group=OTHER)
    expect_unserved(lab, OTHER, B)
    expect_nothing_known(lab, GROUP)
