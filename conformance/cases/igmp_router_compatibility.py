# SPDX-License-Identifier: GPL-2.0-only
"""An IGMPv3 router among version 1 and 2 hosts and queriers. RFC 3376 4, 4.2.14, 7.3"""

import re

from conformance.harness import *

from .igmp_router_common import (
    A,
    B,
    GROUP,
    OTHER,
    THIRD,
    UNLISTED,
    expect_accepted,
    expect_asks_when_left,
    expect_ignored,
    expect_record,
    expect_sequence,
    expect_served,
    expect_unserved,
    is_querier,
    margin,
    numbered_groups,
    oldest_query,
    oldest_report,
    pause,
    shows_in_data,
)


def older_host_interval(timers):
    """Real seconds of a case that waits for the older hosts to be forgotten."""
    return timers.ohpi * 9 / 8 + timers.lmqt + 3


def expect_mode(lab, version, group=GROUP):
    """The group's compatibility mode, by the read-out where there is one."""
    if lab.has("state:timers"):
        lab.state.expect_group(group, version=version)


def expect_block_is_ignored(lab, group=GROUP):
    """BLOCK says nothing while older hosts are present."""
    lab.lan.send(report(block(group, [A])))
    lab.lan.expect_none(any_query(group=group))


def expect_block_is_asked_about(lab, group=GROUP):
    """BLOCK makes the querier of a version 3 group ask about the source."""
    lab.lan.send(report(block(group, [A])))
    lab.lan.expect(group_source_query(group, [A]))


# ---- messages of older hosts -------------------------------------------------------------------------------


@case(
    "IGMPV3-ANY-4-04",
    "IGMPV2-ANY-2.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld=["MLDV2-ANY-5-02", "MLDV1-ANY-3.1-01"],
)
def reports_and_leaves_of_older_versions_are_taken(lab):
    """Types 0x12 and 0x16 make members known, type 0x17 makes the querier ask about them."""
    lab.lan.send(oldest_report(lab, OTHER))
    expect_record(lab, "exclude", group=OTHER)
    lab.lan.send(v2_report(GROUP))
    expect_record(lab, "exclude", group=GROUP)
    lab.lan.send(v2_leave(GROUP))
    query = expect_sequence(lab, group_query(GROUP, max_resp=lab.timers.lmqi))[0]
    lab.check(query.type == 0x11, "a query is type 0x11")
    expect_unserved(lab, GROUP)
    expect_served(lab, OTHER)


@case("IGMPV3-ROUTER-4.2.14-01", role="querier", needs=igmp(3), seconds=5, mld="MLDV2-HOST-5.2.14-01")
def older_reports_to_any_address_of_the_interface_are_taken(lab):
    """Version 2 reports to the router's unicast address, to 224.0.0.1 or 224.0.0.2 count as well."""
    groups = numbered_groups(4)
    destinations = (lab.lan.dut, ALL_SYSTEMS, ALL_ROUTERS, groups[3])
    good = {f"sent to {dst}": (group, v2_report(group, dst=dst)) for group, dst in zip(groups, destinations)}
    expect_accepted(lab, good, version=2)


@case("IGMPV3-ROUTER-4.2.14-01", role="router", needs=igmp(3))
def version_1_reports_to_any_address_of_the_interface_are_taken(lab):
    """So do version 1 reports."""
    groups = numbered_groups(3)
    for group, destination in zip(groups, (lab.lan.dut, ALL_SYSTEMS, ALL_ROUTERS)):
        lab.lan.send(v1_report(group, dst=destination))
    for group in groups:
        expect_record(lab, "exclude", group=group)


@case("IGMPV2-ROUTER-3-04", "IGMPV3-ANY-4-04", role="querier", needs=igmp(3))
def leave_sent_to_the_group_itself_is_taken(lab):
    """Hosts of an early IGMPv2 send their Leave to the group: the querier acts on it all the same."""
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_leave(GROUP, dst=GROUP), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP))


@case("IGMPV3-ANY-3.2-01", role="querier", needs=igmp(3))
def reports_from_a_blocked_source_are_processed(lab):
    """Source filters are about data: a host whose own data nobody wants can join, leave and be asked."""
    lab.lan.send(report(is_ex(GROUP, [lab.lan.address(101)])))
    lab.lan.send(report(is_in(OTHER, [A])), after=lab.timers.tolerance)
    lab.lan.send(v2_report(OTHER), source=lab.lan.address(101))
    expect_record(lab, "exclude", group=OTHER)
    lab.lan.send(report(to_in(GROUP, [])), source=lab.lan.address(101))
    lab.lan.expect(group_query(GROUP))


# ---- the compatibility mode of a group ---------------------------------------------------------------------


@case("IGMPV3-ROUTER-7.3.2-02", role="querier", needs=igmp(3), mld="MLDV2-ROUTER-8.3.2-02")
def version_2_report_is_is_ex_of_nothing(lab):
    """A version 2 report makes EXCLUDE ({}, {}) of any record: every source is wanted."""
    lab.lan.send(report(is_in(GROUP, [A]), is_ex(OTHER, [B])))
    expect_record(lab, "include", [A], group=GROUP)
    expect_record(lab, "exclude", [], [B], group=OTHER)
    heard = lab.lan.send(v2_report(GROUP), source=lab.lan.address(102))
    lab.lan.send(v2_report(OTHER), source=lab.lan.address(102))
    for group in (GROUP, OTHER):
        expect_record(lab, "exclude", [], [], group=group, ends=heard + lab.timers.gmi, version=2)
    if shows_in_data(lab):
        expect_served(lab, OTHER, B)


@case(
    "IGMPV3-ROUTER-7.3.2-02",
    "IGMPV3-QUERIER-6.4.2-07",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld=["MLDV2-ROUTER-8.3.2-02", "MLDV2-QUERIER-7.4.2-07"],
)
def leave_is_to_in_of_nothing(lab):
    """In version 2 mode a Leave starts a sequence of group queries, and the group ends after LMQT."""
    lab.lan.send(v2_report(GROUP))
    left = lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    first = lab.lan.expect(group_query(GROUP, max_resp=lab.timers.lmqi))
    for number in range(1, lab.timers.lmqc):
        lab.lan.expect(group_query(GROUP), at=first.time + number * lab.timers.lmqi)
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    expect_unserved(lab)


@case("IGMPV3-ROUTER-7.3.2-02", role="querier", needs=igmp(3), mld="MLDV2-ROUTER-8.3.2-02")
def version_2_mode_ignores_block_and_the_sources_of_to_ex(lab):
    """In version 2 mode BLOCK changes nothing, and TO_EX (B) counts as TO_EX ({})."""
    lab.lan.send(v2_report(GROUP))
    expect_block_is_ignored(lab)
    lab.lan.send(report(to_ex(GROUP, [B])))
    lab.lan.expect_none(any_query(group=GROUP))
    expect_record(lab, "exclude", [], [])
    lab.lan.send(report(to_ex(OTHER, [B])))
    expect_record(lab, "exclude", [], [B], group=OTHER)
    expect_block_is_asked_about(lab, OTHER)


@case("IGMPV3-ROUTER-7.3.2-03", role="querier", needs=igmp(3), seconds=lambda timers: timers.lmqt + 3)
def version_1_mode_ignores_leaves_too(lab):
    """In version 1 mode Leave, TO_IN, BLOCK and the sources of TO_EX are ignored."""
    lab.lan.send(v1_report(GROUP))
    heard = lab.lan.send(v2_report(OTHER))
    lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    lab.lan.send(report(to_in(GROUP, []), block(GROUP, [A])))
    lab.lan.send(report(to_in(GROUP, [A])))
    lab.lan.expect_none(any_query(group=GROUP), within=lab.timers.lmqt + margin(lab))
    lab.lan.send(report(to_ex(GROUP, [B])))
    lab.lan.expect_none(any_query(group=GROUP))
    expect_record(lab, "exclude", [], [], version=1)
    lab.check(lab.now < heard + lab.timers.gmi - margin(lab), "the other group is still there")
    expect_asks_when_left(lab, OTHER, version=2)


@case(
    "IGMPV3-ROUTER-7.3.2-01",
    role="querier",
    needs=igmp(3),
    seconds=older_host_interval,
    mld="MLDV2-ROUTER-8.3.2-01",
)
def version_2_mode_ends_an_older_host_present_interval_after_the_last_report(lab):
    """Version 2 mode begins at once with a version 2 report, and ends RV * QI + QRI after the last one."""
    lab.lan.send(v2_report(GROUP))
    heard = lab.lan.send(v2_report(GROUP), after=pause(lab))
    expect_mode(lab, 2)
    lab.lan.send(report(is_ex(GROUP, [])), after=lab.timers.ohpi / 2)
    lab.wait_until(heard + lab.timers.ohpi - margin(lab) - lab.timers.tolerance)
    expect_block_is_ignored(lab)
    lab.wait_until(heard + lab.timers.ohpi + margin(lab))
    expect_mode(lab, 3)
    expect_block_is_asked_about(lab)


@case(
    "IGMPV3-ROUTER-7.3.2-01",
    "IGMPV3-ROUTER-7.3.2-03",
    role="querier",
    needs=igmp(3),
    seconds=older_host_interval,
)
def version_1_mode_falls_back_to_2_while_version_2_hosts_are_present(lab):
    """Version 1 timer over, version 2 timer running: version 2 mode; a Leave counts, BLOCK doesn't."""
    lab.lan.send(v2_report(GROUP))
    first = lab.lan.send(v1_report(GROUP), after=margin(lab))
    expect_mode(lab, 1)
    lab.lan.send(v2_report(GROUP), after=2 * pause(lab))
    expect_mode(lab, 1)
    lab.wait_until(first + lab.timers.ohpi - margin(lab) - lab.timers.tolerance)
    lab.lan.send(v2_leave(GROUP))
    lab.lan.expect_none(any_query(group=GROUP))
    lab.wait_until(first + lab.timers.ohpi + margin(lab))
    expect_mode(lab, 2)
    expect_block_is_ignored(lab)
    lab.lan.send(v2_leave(GROUP))
    lab.lan.expect(group_query(GROUP))


@case("IGMPV3-ROUTER-7.3.2-01", role="querier", needs=igmp(3), seconds=older_host_interval)
def version_1_mode_falls_back_to_3_without_version_2_hosts(lab):
    """Version 1 timer over, no version 2 timer: version 3 mode, in which BLOCK counts."""
    heard = lab.lan.send(v1_report(GROUP))
    expect_mode(lab, 1)
    lab.lan.send(report(is_ex(GROUP, [])), after=lab.timers.ohpi / 2)
    lab.wait_until(heard + lab.timers.ohpi - margin(lab) - lab.timers.tolerance)
    expect_block_is_ignored(lab)
    lab.wait_until(heard + lab.timers.ohpi + margin(lab))
    expect_mode(lab, 3)
    expect_block_is_asked_about(lab)


@case("IGMPV3-ROUTER-7.3.2-01", role="querier", needs=igmp(3), mld="MLDV2-ROUTER-8.3.2-01")
def compatibility_mode_is_per_group(lab):
    """A version 2 host of one group leaves other groups in version 3 mode."""
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(report(is_ex(OTHER, [])))
    expect_block_is_ignored(lab, GROUP)
    expect_block_is_asked_about(lab, OTHER)


# ---- queriers of older versions ----------------------------------------------------------------------------


def warnings(lab):
    """Lines of the log that speak of versions, since the last call."""
    return [line for line in lab.state.log() if re.search(r"version", line, re.IGNORECASE)]


@case(
    "IGMPV3-ROUTER-7.3.1-01", role="router", needs=[igmp(3), "log"], seconds=3, mld="MLDV2-QUERIER-8.3.1-01"
)
def older_queries_are_warned_about_but_not_each_of_them(lab):
    """A version 1 Query and version 2 General Queries make the log warn; the warnings are rate-limited."""
    lab.wait(lab.timers.tolerance)
    warnings(lab)
    lab.lan.send(general_query(src=lab.lan.higher()))
    lab.wait(lab.timers.tolerance)
    lab.check(not warnings(lab), "nothing to warn about a version 3 query")
    lab.lan.send(v2_query(src=lab.lan.higher()))
    for _ in range(10):
        lab.lan.send(oldest_query(lab, src=lab.lan.higher()), after=lab.timers.tolerance / 5)
        lab.lan.send(v2_query(src=lab.lan.higher()))
    lab.wait(lab.timers.tolerance)
    found = warnings(lab)
    lab.check(len(found) >= 1, "a warning about the version of a query")
    lab.check(len(found) <= 10, f"{len(found)} warnings about 21 queries are not rate-limited")


@case(
    "IGMPV3-ROUTER-6.6.2-02",
    role="querier",
    needs=igmp(3),
    ambiguous=("the version is administered: queries stay version 3", "the oldest version heard is used"),
    seconds=2,
    mld="MLDV2-ROUTER-7.6.2-02",
)
def version_2_query_of_a_higher_address(lab):
    """The querier hears a version 2 General Query: the oldest version (6.6.2) or the administered (7.3.1)?"""
    lab.lan.send(v2_query(src=lab.lan.higher()))
    lab.lan.send(report(is_ex(GROUP, [])), after=lab.timers.tolerance)
    lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    query = lab.lan.expect(group_query(GROUP))
    lab.check(query.version in (2, 3), "it is still the querier, in one of the two versions")
    lab.reading(
        "the version is administered: queries stay version 3"
        if query.version == 3
        else "the oldest version heard is used"
    )


@case("IGMPV3-ROUTER-6.6.2-01", role="router", needs=igmp(3), seconds=3, mld="MLDV2-ROUTER-7.6.2-01")
def older_query_from_a_lower_address_elects(lab):
    """A version 2 General Query from a lower address makes the router a non-querier as any query does."""
    first, second = numbered_groups(2)
    lab.check(is_querier(lab, first), "it is the querier at first")
    lab.lan.send(v2_query(src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, second), "it is querier no more")


@case("IGMPV3R-ROUTER-7.3.1-01", role="querier", needs=igmp(3), seconds=3, mld="MLDV2R-ROUTER-8.3.1-01")
def older_versions_are_welcome_by_default(lab):
    """The switch that makes a network version 3 only is off by default: version 1 and 2 reports are taken."""
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(oldest_report(lab, OTHER))
    expect_record(lab, "exclude", group=GROUP)
    expect_record(lab, "exclude", group=OTHER)


@case(
    "IGMPV3R-ROUTER-7.3.1-01",
    role="querier",
    needs=igmp(3),
    setup=dict(compatibility=False),
    seconds=3,
    mld="MLDV2R-ROUTER-8.3.1-01",
)
def older_versions_are_ignored_when_compatibility_is_off(lab):
    """With the switch on, version 1 and 2 reports make no state and a Leave no question."""
    bad = {"version 2 report": (GROUP, v2_report(GROUP)), "oldest report": (OTHER, oldest_report(lab, OTHER))}
    expect_ignored(lab, bad)
    lab.lan.send(report(is_ex(THIRD, [])))
    lab.lan.send(v2_leave(THIRD), after=lab.timers.tolerance)
    lab.lan.expect_none(any_query(group=THIRD))
    expect_served(lab, THIRD, UNLISTED)
