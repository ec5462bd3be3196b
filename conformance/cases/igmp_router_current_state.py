# SPDX-License-Identifier: GPL-2.0-only
"""Current-state records, group and source timers, and data. RFC 3376 6.2, 6.3, 6.4.1, 6.5"""

from conformance.harness import *

from .igmp_router_common import (
    A,
    B,
    C,
    D,
    E,
    GROUP,
    OTHER,
    UNLISTED,
    expect_nothing_known,
    expect_record,
    expect_served,
    expect_unserved,
    make_exclude,
    margin,
    pause,
    shows_in_data,
)


def a_membership_interval(timers):
    """Real seconds of a case that waits for a membership to end."""
    return timers.gmi * 9 / 8 + 2


@case("IGMPV3-ROUTER-6.4.1-01", role="router", needs=igmp(3), mld="MLDV2-ROUTER-7.4.1-01")
def include_takes_in_the_sources_of_is_in(lab):
    """INCLUDE (A) + IS_IN (B) = INCLUDE (A+B); the timers of B are GMI, those of A-B go on."""
    before = lab.lan.send(report(is_in(GROUP, [A, B])))
    after = lab.lan.send(report(is_in(GROUP, [B, C])), after=pause(lab))
    gmi = lab.timers.gmi
    expect_record(lab, "include", [A, B, C], source_ends={A: before + gmi, B: after + gmi, C: after + gmi})


@case("IGMPV3-ROUTER-6.4.1-02", role="router", needs=igmp(3), mld="MLDV2-ROUTER-7.4.1-02")
def include_becomes_exclude_by_is_ex(lab):
    """INCLUDE (A) + IS_EX (B) = EXCLUDE (A*B, B-A); A-B is forgotten; the group timer is GMI."""
    before = lab.lan.send(report(is_in(GROUP, [A, B])))
    after = lab.lan.send(report(is_ex(GROUP, [B, C])), after=pause(lab))
    gmi = lab.timers.gmi
    expect_record(lab, "exclude", [B], [C], ends=after + gmi, source_ends={B: before + gmi})
    if shows_in_data(lab):
        expect_served(lab, source=A)


@case("IGMPV3-ROUTER-6.4.1-03", role="router", needs=igmp(3), mld="MLDV2-ROUTER-7.4.1-03")
def exclude_takes_in_the_sources_of_is_in(lab):
    """EXCLUDE (X,Y) + IS_IN (A) = EXCLUDE (X+A, Y-A); the timers of A are GMI, the group timer goes on."""
    group, first = make_exclude(lab, [A], [B, C])
    second = lab.lan.send(report(is_in(GROUP, [B, D])), after=pause(lab))
    gmi = lab.timers.gmi
    ends = {A: first + gmi, B: second + gmi, D: second + gmi}
    expect_record(lab, "exclude", [A, B, D], [C], ends=group + gmi, source_ends=ends)


@case("IGMPV3-ROUTER-6.4.1-04", role="router", needs=igmp(3), mld="MLDV2-ROUTER-7.4.1-04")
def exclude_shrinks_to_the_sources_of_is_ex(lab):
    """EXCLUDE (X,Y) + IS_EX (A) = EXCLUDE (A-Y, Y*A); X-A, Y-A are gone; A-X-Y and the group get GMI."""
    _, first = make_exclude(lab, [A, B], [C, D])
    second = lab.lan.send(report(is_ex(GROUP, [B, C, E])), after=pause(lab))
    gmi = lab.timers.gmi
    expect_record(
        lab, "exclude", [B, E], [C], ends=second + gmi, source_ends={B: first + gmi, E: second + gmi}
    )
    if shows_in_data(lab):
        expect_served(lab, source=D)


@case(
    "IGMPV3-ROUTER-6.4.1-01",
    "IGMPV3-ROUTER-6.4.2-01",
    "IGMPV3-ROUTER-6.2.3-01",
    role="router",
    needs=igmp(3),
    mld=["MLDV2-ROUTER-7.4.1-01", "MLDV2-ROUTER-7.4.2-01", "MLDV2-ROUTER-7.2.3-01"],
)
def records_without_any_source_to_include_make_no_state(lab):
    """IS_IN ({}), ALLOW ({}), TO_IN ({}) and BLOCK leave an unknown group at INCLUDE ({}): no record."""
    lab.lan.send(report(is_in(GROUP, []), allow(GROUP, []), to_in(GROUP, []), block(GROUP, [A])))
    lab.lan.expect_none(any_query(group=GROUP))
    expect_nothing_known(lab)
    lab.lan.send(report(is_in(GROUP, [A])))
    expect_record(lab, "include", [A])


@case(
    "IGMPV3-QUERIER-6.1-02",
    "IGMPV3R-QUERIER-6.1-01",
    role="querier",
    needs=igmp(3),
    mld="MLDV2-QUERIER-7.1-01",
)
def current_state_records_are_never_answered_by_specific_queries(lab):
    """IS_IN and IS_EX, whatever they drop, make the querier ask nothing; a state-change record does."""
    for records in (
        [is_in(GROUP, [A, B])],
        [is_in(GROUP, [])],
        [is_ex(GROUP, [B])],
        [is_ex(GROUP, [B, C])],
        [is_in(GROUP, [C])],
        [is_ex(GROUP, [])],
        [is_in(GROUP, [])],
    ):
        lab.lan.send(report(*records))
        lab.lan.expect_none(any_query(group=GROUP))
    lab.lan.send(report(block(GROUP, [A])))
    lab.lan.expect(group_source_query(GROUP, [A]))


@case(
    "IGMPV3-ROUTER-6.2.2-01",
    "IGMPV3-ROUTER-8.4-01",
    role="router",
    needs=igmp(3),
    seconds=a_membership_interval,
    mld=["MLDV2-ROUTER-7.5-01", "MLDV2-ROUTER-9.4-01"],
)
def exclude_record_goes_when_its_group_timer_expires(lab):
    """EXCLUDE ({}, Y) ends GMI after the last report, not earlier; another report starts GMI anew."""
    lab.lan.send(report(is_ex(GROUP, [B]), is_ex(OTHER, [])))
    renewed = lab.lan.send(report(is_ex(OTHER, [])), after=lab.timers.gmi / 2)
    lab.wait_until(renewed + lab.timers.gmi / 2 - margin(lab))
    expect_served(lab, GROUP)
    lab.wait_until(renewed + lab.timers.gmi / 2 + margin(lab))
    expect_unserved(lab, GROUP)
    expect_served(lab, OTHER)
    if lab.has("state:groups"):
        lab.state.expect_no_group(GROUP)


@case("IGMPV3-ROUTER-6.2.2-01", role="router", needs=[igmp(3), "state:timers"], mld="MLDV2-ROUTER-7.5-01")
def group_timer_runs_in_exclude_mode_only(lab):
    """A record in INCLUDE mode has no running group timer; one in EXCLUDE mode has GMI."""
    lab.lan.send(report(is_in(GROUP, [A])))
    state = lab.state.expect_group(GROUP, mode="include")
    lab.check(not state.expires, "no group timer in INCLUDE mode")
    asked = lab.lan.send(report(is_ex(GROUP, [])))
    lab.state.expect_group(GROUP, mode="exclude", expires=asked + lab.timers.gmi - lab.now)


@case(
    "IGMPV3-ROUTER-6.5-01",
    "IGMPV3-ROUTER-6.2.2-01",
    role="router",
    needs=igmp(3),
    seconds=a_membership_interval,
    mld="MLDV2-ROUTER-7.5-01",
)
def exclude_becomes_include_when_its_group_timer_expires(lab):
    """EXCLUDE (X,Y) ends as INCLUDE (X): Y and all unlisted sources are no longer wanted."""
    group, sources = make_exclude(lab, [A], [B])
    gmi = lab.timers.gmi
    lab.wait_until(group + gmi - margin(lab))
    expect_served(lab, source=UNLISTED)
    lab.wait_until(group + gmi + margin(lab))
    expect_record(lab, "include", [A], source_ends={A: sources + gmi})
    if shows_in_data(lab):
        expect_unserved(lab, source=B)


@case(
    "IGMPV3-ROUTER-6.2.3-01",
    role="router",
    needs=igmp(3),
    seconds=a_membership_interval,
    mld="MLDV2-ROUTER-7.2.3-01",
)
def include_record_loses_each_source_when_its_timer_expires(lab):
    """INCLUDE: a source whose timer expires is forgotten; with the last one the group is."""
    first = lab.lan.send(report(is_in(GROUP, [A])))
    second = lab.lan.send(report(is_in(GROUP, [B])), after=2 * pause(lab))
    lab.wait_until(first + lab.timers.gmi - margin(lab))
    expect_served(lab, source=A)
    lab.wait_until(first + lab.timers.gmi + margin(lab))
    expect_record(lab, "include", [B])
    expect_unserved(lab, source=A)
    lab.wait_until(second + lab.timers.gmi + margin(lab))
    expect_nothing_known(lab)


@case(
    "IGMPV3-ROUTER-6.2.3-02",
    "IGMPV3-ROUTER-6.4.1-04",
    role="router",
    needs=igmp(3),
    seconds=a_membership_interval,
    mld=["MLDV2-ROUTER-7.2.3-01", "MLDV2-ROUTER-7.2.3-02", "MLDV2-ROUTER-7.4.1-04"],
)
def exclude_record_blocks_a_source_when_its_timer_expires(lab):
    """EXCLUDE: a source whose timer expires stays on record, not to be forwarded; the group goes on."""
    _, first = make_exclude(lab, [A], [])
    lab.lan.send(report(is_ex(GROUP, [A])), after=2 * pause(lab))
    lab.wait_until(first + lab.timers.gmi - margin(lab))
    expect_served(lab, source=A)
    lab.wait_until(first + lab.timers.gmi + margin(lab))
    expect_record(lab, "exclude", [], [A])


@case("IGMPV3-ROUTER-6.3-01", role="router", needs=[igmp(3), "forwarding"], mld="MLDV2-ROUTER-7.3-01")
def include_forwards_the_listed_sources_only(lab):
    """INCLUDE (A): data of A is forwarded, data of any other source and before any report is not."""
    expect_unserved(lab, source=A, data=True)
    lab.lan.send(report(is_in(GROUP, [A])))
    expect_served(lab, source=A, data=True)
    expect_unserved(lab, source=B, data=True)
    expect_unserved(lab, OTHER, A, data=True)


@case("IGMPV3-ROUTER-6.3-01", role="router", needs=[igmp(3), "forwarding"], mld="MLDV2-ROUTER-7.3-01")
def exclude_forwards_all_but_the_sources_with_timer_zero(lab):
    """EXCLUDE (X,Y): X and unlisted sources are forwarded, Y is not."""
    lab.lan.send(report(is_ex(GROUP, [B])))
    lab.lan.send(report(is_in(GROUP, [A])), after=lab.timers.tolerance)
    expect_served(lab, source=A, data=True)
    expect_unserved(lab, source=B, data=True)
    expect_served(lab, source=UNLISTED, data=True)
    expect_unserved(lab, OTHER, A, data=True)


@case("IGMPV3-ROUTER-6.3-01", role="router", needs=[igmp(3), "forwarding"], mld="MLDV2-ROUTER-7.3-01")
def networks_are_served_each_by_its_own_members(lab):
    """Members of one network make no data flow to another, and the two may want different sources."""
    lab.lan.send(report(is_in(GROUP, [A])))
    lab.lan2.send(report(is_ex(GROUP, [A])))
    expect_served(lab, source=A, port="lan", data=True)
    expect_unserved(lab, source=A, port="lan2", data=True)
    expect_served(lab, source=B, port="lan2", data=True)
    expect_unserved(lab, source=B, port="lan", data=True)


@case(
    "IGMPV3-ROUTER-6.4.1-02",
    "IGMPV3-ROUTER-6.4.1-01",
    role="router",
    needs=igmp(3),
    mld=["MLDV2-ROUTER-7.4.1-02", "MLDV2-ROUTER-7.4.1-01"],
)
def records_of_one_report_are_each_about_their_own_group(lab):
    """A report with records of several groups changes each of them as if they had come alone."""
    third = "239.1.2.9"
    lab.lan.send(report(is_in(GROUP, [A]), is_ex(OTHER, [B]), is_in(third, [C])))
    expect_record(lab, "include", [A], group=GROUP)
    expect_record(lab, "exclude", [], [B], group=OTHER)
    expect_record(lab, "include", [C], group=third)
