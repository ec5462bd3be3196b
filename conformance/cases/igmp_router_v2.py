# SPDX-License-Identifier: GPL-2.0-only
"""A router configured for IGMPv2: querier, non-querier and members (RFC 2236, 3 to 7)."""

import re

from conformance.harness import *

from .igmp_router_common import (
    GROUP,
    OTHER,
    THIRD,
    expect_asks_when_left,
    expect_ignored,
    expect_sequence,
    expect_served,
    expect_unserved,
    is_querier,
    margin,
    numbered_groups,
    oldest_report,
    pause,
)

V2 = dict(igmp_version=2)
SLOW = dict(igmp_version=2, timers=dict(lmqi=2.0))


def known_until(timers):
    """Real seconds of a case that waits for a membership to end."""
    return timers.gmi * 9 / 8 + 3


# ---- querier and non-querier -------------------------------------------------------------------------------


@case(
    "IGMPV2-ROUTER-3-01",
    "IGMPV2-QUERIER-3-01",
    "IGMPV2-QUERIER-3-02",
    role="querier",
    needs=igmp(2),
    setup=V2,
    seconds=lambda timers: (timers.sqc - 1) * timers.sqi + 2 * timers.qi,
    mld=["MLDV1-ROUTER-4-03", "MLDV1-QUERIER-4-01"],
)
def router_starts_as_querier_and_queries_every_interval(lab):
    """A General Query at once on each network, SQC of them SQI apart, then one every QI."""
    for port in (lab.lan, lab.lan2, lab.up):
        port.expect(general_query(version=2), after=0.0, within=0 if lab.virtual else 2.5)
    last = next(message for message in lab.lan.frames if message.kind == "general_query")
    for gap in [lab.timers.sqi] * (lab.timers.sqc - 1) + [lab.timers.qi] * 2:
        last = lab.lan.expect(general_query(version=2, max_resp=lab.timers.qri), at=last.time + gap)
    lab.lan.expect_none(general_query(), until=lab.now)


@case(
    "IGMPV2-ROUTER-3-02",
    "IGMPV2-NONQUERIER-3-01",
    "IGMPV2-ROUTER-8-01",
    role="non-querier",
    needs=igmp(2),
    setup=V2,
    seconds=lambda timers: timers.oqpi + timers.qi + 1,
    mld=["MLDV1-ROUTER-4-03", "MLDV1-ROUTER-7-01"],
)
def query_from_a_lower_address_makes_a_non_querier_for_oqpi(lab):
    """No General Query for RV * QI + QRI / 2 after the last query of a lower address; then one at once."""
    lab.lan.send(v2_query(src=lab.lan.lower()))
    asked = lab.lan.send(v2_query(src=lab.lan.lower()), after=lab.timers.qi)
    lab.lan.expect_none(general_query(), until=asked + lab.timers.oqpi - margin(lab))
    lab.lan.expect(general_query(version=2), at=asked + lab.timers.oqpi)


@case("IGMPV2-ROUTER-3-02", role="router", needs=igmp(2), setup=V2, seconds=5, mld="MLDV1-ROUTER-4-03")
def query_from_a_higher_address_makes_no_non_querier(lab):
    """Only a lower address wins; a higher one changes nothing."""
    first, second = numbered_groups(2)
    lab.lan.send(v2_query(src=lab.lan.higher()))
    lab.wait(lab.timers.tolerance)
    lab.check(is_querier(lab, first), "it is still the querier")
    lab.lan.send(v2_query(src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, second), "it is querier no more")


@case(
    "IGMPV2-NONQUERIER-3-02",
    role="non-querier",
    needs=igmp(2),
    setup=V2,
    seconds=lambda timers: timers.lmqt + 5,
    mld="MLDV1-NONQUERIER-4-01",
)
def non_querier_ignores_leaves(lab):
    """A Leave makes a non-querier ask nothing and changes no timer."""
    lab.lan.send(v2_report(OTHER))
    expect_asks_when_left(lab, OTHER, version=2)
    lab.lan.send(v2_query(src=lab.lan.lower()))
    lab.lan.send(v2_report(GROUP), after=lab.timers.tolerance)
    left = lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    lab.lan.expect_none(any_query(group=GROUP), until=left + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP)


@case(
    "IGMPV2-NONQUERIER-3-03",
    role="non-querier",
    needs=igmp(2),
    setup=V2,
    seconds=lambda timers: 2 * timers.lmqt + 5,
    mld="MLDV1-NONQUERIER-4-02",
)
def group_specific_query_heard_lowers_the_membership_timer(lab):
    """A Group-Specific Query lowers the timer to LMQC times its own Max Resp Time, here twice our LMQI."""
    lab.lan.send(v2_query(src=lab.lan.lower()))
    lab.lan.send(v2_report(GROUP), after=lab.timers.tolerance)
    lab.lan.send(v2_report(OTHER))
    asked = lab.lan.send(
        v2_query(GROUP, src=lab.lan.lower(), max_resp=2 * lab.timers.lmqi), after=lab.timers.tolerance
    )
    over = asked + 2 * lab.timers.lmqt
    lab.wait_until(over - margin(lab))
    expect_served(lab, GROUP)
    lab.wait_until(over + margin(lab))
    expect_unserved(lab, GROUP)
    expect_served(lab, OTHER)


@case(
    "IGMPV2-NONQUERIER-3-03",
    role="non-querier",
    needs=igmp(2),
    setup=SLOW,
    seconds=8,
    mld="MLDV1-NONQUERIER-4-02",
)
def group_specific_query_heard_never_raises_the_timer(lab):
    """A second Group-Specific Query half a LMQT later doesn't prolong what is left."""
    lab.lan.send(v2_query(src=lab.lan.lower()))
    lab.lan.send(v2_report(GROUP), after=lab.timers.tolerance)
    asked = lab.lan.send(v2_query(GROUP, src=lab.lan.lower()), after=lab.timers.tolerance)
    lab.lan.send(v2_query(GROUP, src=lab.lan.lower()), after=lab.timers.lmqt / 2)
    expect_served(lab, GROUP)
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_unserved(lab, GROUP)


@case(
    "IGMPV2-NONQUERIER-7-01",
    "IGMPV2-NONQUERIER-3-03",
    role="non-querier",
    needs=igmp(2),
    setup=V2,
    seconds=lambda timers: timers.lmqt + 5,
    mld="MLDV1-NONQUERIER-4-02",
)
def non_querier_treats_reports_of_both_versions_alike(lab):
    """Members of version 1 and 2 are known, and a Group-Specific Query ends both if nobody answers."""
    lab.lan.send(v2_query(src=lab.lan.lower()))
    lab.lan.send(oldest_report(lab, GROUP), after=lab.timers.tolerance)
    lab.lan.send(v2_report(OTHER))
    lab.lan.send(oldest_report(lab, THIRD))
    for group in (GROUP, OTHER, THIRD):
        expect_served(lab, group)
    asked = lab.lan.send(v2_query(GROUP, src=lab.lan.lower()))
    lab.lan.send(v2_query(OTHER, src=lab.lan.lower()))
    lab.lan.send(v2_query(THIRD, src=lab.lan.lower()))
    lab.lan.send(oldest_report(lab, THIRD), after=lab.timers.tolerance)
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_unserved(lab, GROUP)
    expect_unserved(lab, OTHER)
    expect_served(lab, THIRD)
    lab.lan.expect_none(any_query(), after=asked)


# ---- members -----------------------------------------------------------------------------------------------


@case(
    "IGMPV2-ROUTER-3-03",
    "IGMPV2-ROUTER-8-01",
    "IGMPV2-ROUTER-7-01",
    role="querier",
    needs=igmp(2),
    setup=V2,
    seconds=known_until,
    mld=["MLDV1-ROUTER-4-04", "MLDV1-ROUTER-7-01"],
)
def membership_lasts_gmi_after_the_last_report(lab):
    """A report makes a member for RV * QI + QRI, each further report anew; then the group is forgotten."""
    lab.lan.send(v2_report(GROUP))
    renewed = lab.lan.send(v2_report(OTHER))
    lab.lan.send(v2_report(GROUP), after=2 * pause(lab))
    lab.wait_until(renewed + lab.timers.gmi - margin(lab))
    expect_served(lab, OTHER)
    lab.wait_until(renewed + lab.timers.gmi + margin(lab))
    expect_unserved(lab, OTHER)
    expect_served(lab, GROUP)
    lab.lan.send(v2_leave(OTHER))
    lab.lan.expect_none(any_query(group=OTHER))


@case("IGMPV2-ROUTER-3-04", "IGMPV2-ANY-9-01", role="querier", needs=igmp(2), setup=V2)
def leave_to_the_group_counts_as_one_to_all_routers(lab):
    """A Leave is acted on whether it goes to 224.0.0.2 or, as of old, to the group."""
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_report(OTHER))
    lab.lan.send(v2_leave(GROUP, dst=GROUP), after=lab.timers.tolerance)
    lab.lan.send(v2_leave(OTHER, dst=ALL_ROUTERS))
    lab.lan.expect(group_query(GROUP, dst=GROUP))
    lab.lan.expect(group_query(OTHER, dst=OTHER))


@case(
    "IGMPV2-QUERIER-3-03",
    role="querier",
    needs=igmp(2),
    setup=V2,
    seconds=lambda timers: timers.lmqt + 2,
    mld="MLDV1-QUERIER-4-02",
)
def leave_is_answered_by_lmqc_queries_lmqi_apart(lab):
    """LMQC Group-Specific Queries, the first at once, LMQI apart, each with a Max Resp Time of LMQI."""
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    expect_sequence(lab, group_query(GROUP, version=2, max_resp=lab.timers.lmqi))


@case(
    "IGMPV2-QUERIER-3-04",
    role="querier",
    needs=igmp(2),
    setup=V2,
    seconds=lambda timers: timers.lmqt + 3,
    mld="MLDV1-QUERIER-4-02",
)
def membership_ends_lmqi_times_lmqc_after_a_leave(lab):
    """Data flows for LMQI * LMQC after the Leave, then the group is forgotten."""
    lab.lan.send(v2_report(GROUP))
    left = lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    lab.wait_until(left + lab.timers.lmqt - margin(lab))
    expect_served(lab, GROUP)
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    expect_unserved(lab, GROUP)


@case("IGMPV2-QUERIER-3-05", role="querier", needs=igmp(2), setup=SLOW, seconds=8, mld="MLDV1-QUERIER-4-03")
def report_during_the_queries_ends_them_and_keeps_the_group(lab):
    """A report in Checking Membership brings back Members Present: no more queries, the timer is GMI."""
    lab.lan.send(v2_report(GROUP))
    left = lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP))
    answered = lab.lan.send(v2_report(GROUP), after=lab.timers.lmqi / 2)
    lab.lan.expect_none(group_query(GROUP), until=left + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP)
    if lab.has("state:timers"):
        lab.state.expect_group(GROUP, expires=answered + lab.timers.gmi - lab.now)


@case("IGMPV2-QUERIER-3-06", role="querier", needs=igmp(2), setup=SLOW, seconds=6, mld="MLDV1-QUERIER-4-04")
def queries_that_have_begun_are_finished_after_a_lost_election(lab):
    """The router keeps sending the Group-Specific Queries although it becomes a non-querier meanwhile."""
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    first = lab.lan.expect(group_query(GROUP))
    lab.lan.send(v2_query(src=lab.lan.lower()), after=lab.timers.lmqi / 2)
    for number in range(1, lab.timers.lmqc):
        lab.lan.expect(group_query(GROUP), at=first.time + number * lab.timers.lmqi)
    lab.wait_until(first.time + lab.timers.lmqt + margin(lab))
    lab.lan.send(v2_query(src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, OTHER), "when they are finished it is a non-querier")


@case(
    "IGMPV2-QUERIER-3-07",
    role="querier",
    needs=igmp(2),
    setup=V2,
    seconds=lambda timers: timers.lmqt + 4,
    mld="MLDV1-QUERIER-4-02",
)
def leave_of_a_group_without_members_is_ignored(lab):
    """A Leave for a group without members, or that a leave has already ended, is not asked about."""
    lab.lan.send(v2_leave(GROUP))
    lab.lan.expect_none(any_query(group=GROUP), within=lab.timers.lmqi + lab.timers.tolerance)
    lab.lan.send(v2_report(GROUP))
    left = lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP))
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    lab.lan.send(v2_leave(GROUP))
    lab.lan.expect_none(any_query(group=GROUP))


@case("IGMPV2-ROUTER-5-01", role="querier", needs=igmp(2), setup=V2, seconds=lambda timers: timers.lmqt + 4)
def leaves_are_ignored_while_version_1_hosts_are_members(lab):
    """After a version 1 report Leaves for that group are ignored, for other groups they are not."""
    lab.lan.send(v1_report(GROUP))
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_report(OTHER))
    left = lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    lab.lan.expect_none(any_query(group=GROUP), until=left + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP)
    expect_asks_when_left(lab, OTHER, version=2)


@case(
    "IGMPV2-ROUTER-7-01", "IGMPV2-ROUTER-5-01", role="querier", needs=igmp(2), setup=V2, seconds=known_until
)
def version_1_members_are_forgotten_after_gmi(lab):
    """GMI after the last version 1 report the group is in Members Present again, in which Leaves count."""
    lab.lan.send(v1_report(GROUP))
    heard = lab.lan.send(v1_report(GROUP), after=pause(lab))
    lab.lan.send(v2_report(GROUP), after=lab.timers.gmi / 2)
    lab.wait_until(heard + lab.timers.gmi - margin(lab) - lab.timers.tolerance)
    lab.lan.send(v2_leave(GROUP))
    lab.lan.expect_none(any_query(group=GROUP))
    lab.wait_until(heard + lab.timers.gmi + margin(lab))
    expect_asks_when_left(lab, GROUP, version=2)


@case("IGMPV2-ROUTER-4-01", role="router", needs=[igmp(2), "log"], setup=V2, seconds=4)
def version_1_query_is_only_warned_about(lab):
    """A version 1 Query makes a version 2 router log a warning, not each time, and go on as version 2."""
    lab.wait(lab.timers.tolerance)
    lab.state.log()
    for _ in range(10):
        lab.lan.send(v1_query(src=lab.lan.higher()), after=lab.timers.tolerance / 5)
    lab.wait(lab.timers.tolerance)
    found = [line for line in lab.state.log() if re.search("version", line, re.IGNORECASE)]
    lab.check(1 <= len(found) < 10, f"{len(found)} warnings about 10 queries: at least one, rate-limited")
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP, version=2))


@case("IGMPV2-ROUTER-4-01", role="querier", needs=igmp(2), setup=V2, seconds=lambda timers: timers.qi + 2)
def version_1_query_does_not_change_the_version(lab):
    """Without being configured for it, the router never turns to version 1, whatever it hears."""
    lab.lan.send(v1_query(src=lab.lan.higher()))
    lab.lan.expect(general_query(version=2), within=lab.timers.qi)
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP, version=2))


@case(
    "IGMPV2-ROUTER-10-01",
    role="querier",
    needs=igmp(2),
    seconds=6,
    setup=dict(
        interfaces={
            name: dict(igmp_version=2, require_router_alert=True, require_on_subnet_source=True)
            for name in ("lan", "lan2", "up")
        }
    ),
)
def forged_reports_are_ignored_where_so_configured(lab):
    """Reports and Leaves without Router Alert or from other networks are ignored if so configured."""
    first, second = numbered_groups(2)
    expect_ignored(
        lab,
        {
            "no Router Alert": (first, v2_report(first, router_alert=False)),
            "from 192.0.2.1": (second, v2_report(second, src="192.0.2.1")),
        },
        version=2,
    )
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_leave(GROUP, router_alert=False), after=lab.timers.tolerance)
    lab.lan.send(v2_leave(GROUP, src="192.0.2.1"))
    lab.lan.expect_none(any_query(group=GROUP))
    expect_asks_when_left(lab, GROUP, version=2)
