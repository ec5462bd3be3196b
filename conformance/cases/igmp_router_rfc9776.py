# SPDX-License-Identifier: GPL-2.0-only
"""What RFC 9776 changes or makes clear for routers; the rest of RFC 3376 holds under it as well."""

from conformance.harness import *

from .igmp_router_common import (
    A,
    B,
    GROUP,
    OTHER,
    is_querier,
    expect_asks_when_left,
    expect_ignored,
    expect_nothing_known,
    expect_record,
    expect_served,
    expect_unserved,
    margin,
    numbered_groups,
    oldest_report,
    pause,
)

RFC9776 = dict(profile="rfc9776")
SSM, OTHER_SSM = "232.1.2.3", "232.1.2.4"


@case(
    "IGMPV3R-ROUTER-8.4-01",
    role="router",
    needs=igmp(3),
    setup=RFC9776,
    seconds=lambda timers: timers.gmi + 3,
    mld="MLDV2R-ROUTER-9.4-01",
)
def membership_lasts_one_response_interval_longer(lab):
    """The Group Membership Interval is RV * QI + 2 * QRI, for groups and for sources."""
    heard = lab.lan.send(report(is_ex(GROUP, []), is_in(OTHER, [A])))
    interval = lab.timers.rv * lab.timers.qi + 2 * lab.timers.qri
    lab.wait_until(heard + interval - margin(lab))
    expect_served(lab, GROUP)
    expect_served(lab, OTHER, A)
    lab.wait_until(heard + interval + margin(lab))
    expect_unserved(lab, GROUP)
    expect_unserved(lab, OTHER, A)


@case(
    "IGMPV3R-ROUTER-8.4-01",
    role="querier",
    needs=igmp(3),
    setup=RFC9776,
    seconds=lambda timers: (timers.rv + 1) * timers.qi + timers.qri + 3,
    mld="MLDV2R-ROUTER-9.4-01",
)
def member_that_reports_at_the_end_of_the_response_window_is_not_lost(lab):
    """A report at the start of a response window still counts at the end of the one RV queries later."""
    query = lab.lan.expect(
        general_query(), after=(lab.timers.sqc - 1) * lab.timers.sqi / 2, within=lab.timers.qi
    )
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.wait_until(query.time + lab.timers.rv * lab.timers.qi + lab.timers.qri + lab.timers.tolerance)
    expect_served(lab, GROUP)


@case(
    "IGMPV3R-ROUTER-8.13-01",
    role="querier",
    needs=igmp(3),
    setup=RFC9776,
    seconds=lambda timers: timers.gmi + 4,
    mld="MLDV2-ROUTER-8.3.2-01",
)
def older_host_present_interval_is_shorter_than_the_membership(lab):
    """Version 2 mode ends RV * QI + QRI after the last report, one QRI before the membership does."""
    heard = lab.lan.send(v2_report(GROUP))
    interval = lab.timers.rv * lab.timers.qi + lab.timers.qri
    lab.wait_until(heard + interval - margin(lab) - lab.timers.tolerance)
    lab.lan.send(report(block(GROUP, [A])))
    lab.lan.expect_none(any_query(group=GROUP))
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.wait_until(heard + interval + margin(lab))
    lab.lan.send(report(block(GROUP, [A])))
    lab.lan.expect(group_source_query(GROUP, [A]))


@case(
    "IGMPV3R-QUERIER-4.1.4-01",
    "IGMPV3R-QUERIER-6.1-01",
    role="querier",
    needs=igmp(3),
    setup=RFC9776,
    seconds=4,
    mld=["MLDV2R-QUERIER-5.1.6-01", "MLDV2-QUERIER-7.1-01"],
)
def flags_are_zero_and_current_state_asks_nothing(lab):
    """Unassigned flags of queries are sent as 0; current-state records provoke no query of sources."""
    query = lab.lan.expect(general_query(), after=0.0, within=lab.timers.qi)
    lab.check(query.resv == 0, "the flags of the General Query are zero")
    lab.lan.send(report(is_in(GROUP, [A, B])))
    lab.lan.send(report(is_in(GROUP, [A])))
    lab.lan.send(report(is_ex(GROUP, [A])))
    lab.lan.expect_none(any_query(group=GROUP))
    lab.lan.send(report(is_in(OTHER, [A, B])))
    lab.lan.send(report(block(OTHER, [B])), after=lab.timers.tolerance)
    lab.check(
        lab.lan.expect(group_source_query(OTHER, [B])).resv == 0, "and so are those of a query about sources"
    )


@case("IGMPV3R-ANY-4-01", role="querier", needs=igmp(3), setup=RFC9776, seconds=5, mld="MLDV2-ANY-5-03")
def unknown_types_are_ignored(lab):
    """Message types that nobody has assigned are silently ignored."""
    kinds = (0x10, 0x18, 0x23, 0x40, 0x91, 0xEE)
    bad = {
        f"type 0x{kind:02x}": (group, igmp_message(kind, group=group))
        for kind, group in zip(kinds, numbered_groups(len(kinds)))
    }
    expect_ignored(lab, bad)


@case(
    "IGMPV3R-ROUTER-6.4-01",
    role="querier",
    needs=igmp(3),
    setup=RFC9776,
    seconds=6,
    mld=["MLDV2R-ROUTER-7.4-01", "SSM-ROUTER-4604-2.3.1-01"],
)
def exclude_records_of_ssm_groups_are_ignored(lab):
    """IS_EX and TO_EX about 232/8 make and change no state; IS_IN and ALLOW do."""
    lab.lan.send(report(is_ex(SSM, []), to_ex(OTHER_SSM, [B]), is_ex(GROUP, [])))
    expect_nothing_known(lab, SSM)
    expect_nothing_known(lab, OTHER_SSM)
    expect_served(lab, GROUP)
    lab.lan.send(report(is_in(SSM, [A]), allow(OTHER_SSM, [A])))
    lab.lan.send(report(is_ex(SSM, [B]), to_ex(OTHER_SSM, [])))
    lab.lan.expect_none(any_query(group={SSM, OTHER_SSM}))
    expect_record(lab, "include", [A], group=SSM)
    expect_record(lab, "include", [A], group=OTHER_SSM)


@case(
    "IGMPV3R-ROUTER-6.4-02",
    role="querier",
    needs=igmp(3),
    setup=RFC9776,
    seconds=6,
    mld=["MLDV2R-ROUTER-7.4-02", "SSM-ROUTER-4604-2.3.2-01"],
)
def older_reports_and_leaves_of_ssm_groups_are_ignored(lab):
    """Version 1 and 2 reports about 232/8 make no state, and a Leave makes no question and ends nothing."""
    lab.lan.send(v2_report(SSM))
    lab.lan.send(oldest_report(lab, OTHER_SSM))
    expect_nothing_known(lab, SSM)
    expect_nothing_known(lab, OTHER_SSM)
    lab.lan.send(report(is_in(SSM, [A])))
    lab.lan.send(v2_report(SSM))
    lab.lan.send(v2_leave(SSM))
    lab.lan.expect_none(any_query(group=SSM))
    expect_record(lab, "include", [A], group=SSM)
    lab.lan.send(report(block(SSM, [A])))
    lab.lan.expect(group_source_query(SSM, [A]))
    lab.lan.send(v2_report(GROUP))
    expect_asks_when_left(lab, GROUP, version=2)


@case("IGMPV3R-ROUTER-6.6.2-01", role="router", needs=igmp(3), setup=RFC9776, seconds=5)
def only_general_queries_elect(lab):
    """Specific queries of a lower address leave the querier alone; a General Query ends its role."""
    first, second = numbered_groups(2)
    lab.lan.send(group_query(GROUP, src=lab.lan.lower()))
    lab.lan.send(group_source_query(GROUP, [A], src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(is_querier(lab, first), "it is still the querier")
    lab.lan.send(general_query(src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, second), "it is querier no more")


@case(
    "IGMPV3R-ROUTER-6.6.2-01",
    role="non-querier",
    needs=igmp(3),
    setup=RFC9776,
    seconds=lambda timers: timers.oqpi + timers.qi / 2 + 1,
)
def other_querier_present_timer_counts_from_the_last_general_query(lab):
    """OQPI runs from the General Query; a specific query later doesn't start it anew."""
    asked = lab.lan.send(general_query(src=lab.lan.lower()))
    lab.lan.send(group_query(GROUP, src=lab.lan.lower()), after=lab.timers.qi / 2)
    lab.lan.expect_none(general_query(), until=asked + lab.timers.oqpi - margin(lab))
    lab.lan.expect(general_query(), at=asked + lab.timers.oqpi)


@case(
    "IGMPV3R-ROUTER-6.6.2-02",
    role="querier",
    needs=igmp(3),
    setup=RFC9776,
    seconds=lambda timers: timers.qi + 3,
)
def older_general_query_makes_the_router_use_that_version(lab):
    """After a version 2 General Query of a higher address the querier's own queries are version 2."""
    lab.lan.expect(general_query(version=3), after=0.0, within=lab.timers.qi)
    lab.lan.send(v2_query(src=lab.lan.higher()), after=lab.timers.tolerance)
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP, version=2))
    lab.lan.expect(general_query(version=2), within=lab.timers.qi)
    lab.up.expect(general_query(version=3), after=lab.now - lab.timers.tolerance, within=lab.timers.qi)


@case(
    "IGMPV3R-ROUTER-6.6.2-02",
    role="querier",
    needs=igmp(3),
    setup=RFC9776,
    seconds=lambda timers: timers.qi + 3,
)
def older_specific_query_does_not_change_the_version(lab):
    """A version 2 Group-Specific Query is no General Query: queries stay version 3."""
    lab.lan.send(v2_query(OTHER, src=lab.lan.higher()))
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP, version=3))
    lab.lan.expect(general_query(version=3), within=lab.timers.qi)


@case(
    "IGMPV3R-ROUTER-7.3.1-01",
    role="querier",
    needs=igmp(3),
    setup=dict(profile="rfc9776", compatibility=False),
    seconds=5,
    mld="MLDV2R-ROUTER-8.3.1-01",
)
def compatibility_can_be_switched_off(lab):
    """In a network of version 3 only, older reports make no state, older queries no older querier."""
    expect_ignored(
        lab,
        {"version 2 report": (GROUP, v2_report(GROUP)), "oldest report": (OTHER, oldest_report(lab, OTHER))},
    )
    lab.lan.send(v2_query(src=lab.lan.higher()))
    third = numbered_groups(1)[0]
    lab.lan.send(report(is_ex(third, [])), after=pause(lab) / 4)
    lab.lan.send(report(to_in(third, [])), after=lab.timers.tolerance)
    lab.lan.expect(group_query(third, version=3))


@case(
    "IGMPV3R-ROUTER-7.3.1-01",
    role="querier",
    needs=igmp(3),
    setup=RFC9776,
    seconds=4,
    mld="MLDV2R-ROUTER-8.3.1-01",
)
def compatibility_is_on_by_default(lab):
    """Without the switch version 2 hosts are served as ever."""
    lab.lan.send(v2_report(GROUP))
    expect_served(lab, GROUP)
    expect_asks_when_left(lab, GROUP, version=2)
