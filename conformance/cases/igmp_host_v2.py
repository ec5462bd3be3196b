# SPDX-License-Identifier: GPL-2.0-only
"""An IGMPv2 host: joining, answering, being suppressed, leaving, and version 1 routers (RFC 2236, 3 to 6)."""

from conformance.harness import *

from .igmp_host_common import (
    D_V1,
    G,
    G2,
    G3,
    LISTEN_V2,
    QUERY_V1,
    V1_ROUTER_PRESENT_TIMEOUT,
    V2,
    check_random,
    delays_by_group,
    groups,
    join,
    join_many,
    more_if_virtual,
    quiet,
)

MRT = 1  # seconds


# ---- queries -----------------------------------------------------------------------------------------------


@case("IGMPV2-HOST-3-01", role="host", needs=LISTEN_V2, setup=V2, seconds=5, mld="MLDV1-HOST-4-01")
def general_query_is_answered_for_each_group(lab):
    """A General Query is answered by one report for each group, to it, after a random delay of its own."""
    wanted = groups(more_if_virtual(lab, 40, 10))
    join_many(lab, wanted)
    asked = lab.lan.send(v2_query(max_resp=2))
    reports = lab.lan.collect(any_report(), 2 + lab.timers.tolerance)
    delays = delays_by_group(reports, asked)
    lab.check(set(delays) == set(wanted), f"every group is reported ({len(delays)} of {len(wanted)})")
    lab.check(len(reports) == len(wanted), f"each group is reported once ({len(reports)} reports)")
    for report in reports:
        lab.check(
            report.kind == "v2_report" and report.dst == report.group and report.ttl == 1,
            f"a version 2 report to the group with TTL 1 ({report})",
        )
    check_random(lab, [times[0] for times in delays.values()], 2)


@case(
    "IGMPV2-HOST-3-01",
    "IGMPV2-HOST-6-03",
    role="host",
    needs=LISTEN_V2,
    setup=V2,
    seconds=5,
    mld=["MLDV1-HOST-4-01", "MLDV1-HOST-5-03"],
)
def all_systems_group_is_never_reported_nor_left(lab):
    """224.0.0.1 is never reported and never left, whatever applications and queries ask."""
    everything = any_igmp(link_local=True, where=lambda message: ALL_SYSTEMS in (message.group, message.dst))
    lab.host.listen(ALL_SYSTEMS, "exclude", [], socket="b")
    join(lab, G)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.send(v2_query(ALL_SYSTEMS, max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)
    lab.lan.expect_none(everything, until=lab.now + MRT + lab.timers.tolerance, after=0.0)
    lab.host.listen(ALL_SYSTEMS, "include", [], socket="b")
    lab.wait(MRT)
    lab.lan.expect_none(everything, after=0.0)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)  # queries to 224.0.0.1 are heard still


@case("IGMPV2-HOST-3-02", role="host", needs=LISTEN_V2, setup=V2, seconds=6, mld="MLDV1-HOST-4-04")
def group_query_is_answered_for_that_group(lab):
    """A Group-Specific Query for a joined group is answered once, after a random delay."""
    join(lab, G, G2)
    delays = []
    for _ in range(more_if_virtual(lab, 30, 5)):
        asked = lab.lan.send(v2_query(G, max_resp=MRT))
        delays.append(lab.lan.expect(v2_report(G, dst=G, ttl=1), within=MRT).time - asked)
        lab.lan.expect_none(any_report())
    check_random(lab, delays, MRT)
    lab.lan.expect_none(any_report(), within=MRT + lab.timers.tolerance)


@case("IGMPV2-HOST-3-02", role="host", needs=LISTEN_V2, setup=V2, seconds=5, mld="MLDV1-HOST-4-04")
def group_query_for_another_group_is_not_answered(lab):
    """No answer for a group that is not joined, or joined on another interface alone."""
    lab.host.join(G, port="lan2")
    join(lab, G2)
    lab.lan.send(v2_query(G, max_resp=MRT, dst=ALL_SYSTEMS))
    lab.lan.send(v2_query(G, max_resp=MRT))
    lab.lan.send(v2_query(G3, max_resp=MRT, dst=ALL_SYSTEMS))
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)
    lab.lan2.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)
    lab.lan2.send(v2_query(G, max_resp=MRT))
    lab.lan2.expect(v2_report(G), within=MRT)
    lab.lan.send(v2_query(G2, max_resp=MRT))
    lab.lan.expect(v2_report(G2), within=MRT)


def two_queries(lab, wanted, first, gap, second):
    """Queries with response times ``first`` and ``second``, ``gap`` apart; for the groups waiting at
    the second one: when they were reported, in seconds from it."""
    join_many(lab, wanted)
    begun = lab.lan.send(v2_query(max_resp=first))
    early = {report.group for report in lab.lan.collect(any_report(), gap)}
    asked = lab.lan.send(v2_query(max_resp=second))
    # After ``begun``: with what came between collecting and asking again.
    rest = lab.lan.collect(any_report(), max(first, second) + lab.timers.tolerance, after=begun)
    late = delays_by_group(rest, asked)
    lab.check(early | set(late) == set(wanted), "every group is reported")
    # A report at about the time of the second query may be an answer to the first.
    waiting = {
        group: times
        for group, times in late.items()
        if group not in early and times[0] > 2 * lab.timers.tolerance
    }
    lab.require(waiting, "no group was waiting when the second query came")
    return waiting


@case("IGMPV2-HOST-3-03", role="host", needs=LISTEN_V2, setup=V2, seconds=10, mld="MLDV1-HOST-4-02")
def query_with_a_shorter_time_draws_the_delay_again(lab):
    """A response time shorter than what is left of the delay draws the delay anew: one report, in time."""
    wanted = groups(more_if_virtual(lab, 40, 12))
    waiting = two_queries(lab, wanted, first=8, gap=1, second=1)
    for group, times in waiting.items():
        lab.check(len(times) == 1, f"{group} is reported once for both queries ({len(times)} times)")
        lab.check(
            times[0] <= 1 + lab.timers.tolerance,
            f"{group} is reported {times[0]:.3f} s after the second query, " "at most 1 s",
        )


@case("IGMPV2-HOST-3-03", role="host", needs=LISTEN_V2, setup=V2, seconds=10, mld="MLDV1-HOST-4-02")
def query_with_a_longer_time_leaves_the_delay_alone(lab):
    """A response time longer than what is left of the delay changes nothing: one report, in time."""
    wanted = groups(more_if_virtual(lab, 40, 12))
    waiting = two_queries(lab, wanted, first=3, gap=1, second=8)
    for group, times in waiting.items():
        lab.check(len(times) == 1, f"{group} is reported once for both queries ({len(times)} times)")
        lab.check(
            times[0] <= 2 + lab.timers.tolerance,
            f"{group} is reported {times[0] + 1:.3f} s after the first " "query, at most 3 s",
        )


# ---- suppression -------------------------------------------------------------------------------------------


@case("IGMPV2-HOST-3-04", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-HOST-4-06")
def report_of_another_host_suppresses_the_own(lab):
    """A version 2 report of another host while the own delay runs: no own report for that group."""
    join(lab, G, G2)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.send(v2_report(G))
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.lan.expect_none(any_report(group=G), within=MRT + lab.timers.tolerance)


@case("IGMPV2-HOST-5-01", "IGMPV2-HOST-3-04", role="host", needs=LISTEN_V2, setup=V2, seconds=4)
def version_1_report_of_another_host_suppresses_the_own(lab):
    """A version 1 report of another host suppresses the own version 2 report, just as one of version 2."""
    join(lab, G, G2)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.send(v1_report(G, router_alert=False))
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.lan.expect_none(any_report(group=G), within=MRT + lab.timers.tolerance)


@case("IGMPV2-HOST-3-04", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-HOST-4-06")
def report_suppresses_the_answer_to_a_group_query(lab):
    """A report of another host suppresses the answer to a Group-Specific Query, but not the next one."""
    join(lab, G)
    lab.lan.send(v2_query(G, max_resp=MRT))
    lab.lan.send(v2_report(G))
    lab.lan.expect_none(any_report(), within=MRT + lab.timers.tolerance)
    lab.lan.send(v2_query(G, max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)


@case("IGMPV2-HOST-3-04", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-HOST-4-06")
def report_counts_whatever_its_destination(lab):
    """A report of eight octets with a right checksum is valid whatever its IP destination (6, 13)."""
    join(lab, G, G2, G3)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.send(v2_report(G, dst=ALL_SYSTEMS))
    lab.lan.send(v2_report(G2, dst=lab.lan.dut))
    lab.lan.expect(v2_report(G3), within=MRT)
    lab.lan.expect_none(any_report(), within=MRT + lab.timers.tolerance)


@case("IGMPV2-HOST-3-04", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-HOST-4-06")
def report_of_another_network_or_group_suppresses_nothing(lab):
    """A report counts for its group and on its interface only, and leaves of others not at all."""
    lab.host.join(G, socket="b", port="lan2")
    join(lab, G)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan2.send(v2_report(G))
    lab.lan.send(v2_report(G2))
    lab.lan.send(v2_leave(G))
    lab.lan.send(v2_leave(G, dst=G))
    lab.lan.expect(v2_report(G), within=MRT)


# ---- joining and leaving -----------------------------------------------------------------------------------


@case("IGMPV2-HOST-3-05", role="host", needs=LISTEN_V2, setup=V2, seconds=8, mld="MLDV1-HOST-4-07")
def join_is_reported_at_once_and_again(lab):
    """A join is reported at once, and once or twice again within the Unsolicited Report Interval."""
    gaps = []
    for number, group in enumerate(groups(more_if_virtual(lab, 30, 4))):
        lab.host.join(group, socket=f"s{number}")
        report = lab.lan.expect(v2_report(group, dst=group))
        repeats = lab.lan.collect(
            v2_report(group), 2 * lab.timers.uri + 2 * lab.timers.tolerance, after=report
        )
        lab.check(1 <= len(repeats) <= 2, f"it is repeated once or twice ({len(repeats)} times)")
        times = [report.time, *(repeat.time for repeat in repeats)]
        gaps += [later - earlier for earlier, later in zip(times, times[1:])]
    check_random(lab, gaps, lab.timers.uri)


@case("IGMPV2-HOST-3-05", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-HOST-4-07")
def second_member_on_the_host_is_no_join(lab):
    """A group is joined once: a second application that joins, and one of two that leaves, send nothing."""
    join(lab, G)
    lab.host.join(G, socket="b")
    lab.lan.expect_none(any_igmp(), within=lab.timers.uri)
    lab.host.leave(G)
    lab.lan.expect_none(any_igmp(), within=lab.timers.uri)
    lab.host.leave(G, socket="b")
    lab.lan.expect(v2_leave(G))


@case("IGMPV2-HOST-3-06", role="host", needs=LISTEN_V2, setup=V2, seconds=5, mld="MLDV1-HOST-4-08")
def last_reporter_sends_a_leave(lab):
    """A host that sent the last report of the group leaves with one Leave Group to 224.0.0.2."""
    join(lab, G, G2)
    lab.host.leave(G)  # its join was the last report
    lab.lan.expect(v2_leave(G, dst=ALL_ROUTERS, ttl=1))
    lab.lan.send(v2_query(G2, max_resp=MRT))
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.host.leave(G2)
    lab.lan.expect(v2_leave(G2, dst=ALL_ROUTERS, ttl=1))
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)


@case("IGMPV2-HOST-3-06", role="host", needs=LISTEN_V2, setup=V2, seconds=5, mld="MLDV1-HOST-4-08")
def group_that_was_left_is_not_reported(lab):
    """After a leave neither a repeat of the join nor an answer to a query is sent for the group."""
    join(lab, G2)
    lab.host.join(G)
    lab.lan.expect(v2_report(G))
    lab.host.leave(G)
    lab.lan.expect(v2_leave(G))
    lab.lan.expect_none(any_report(), within=lab.timers.uri + lab.timers.tolerance)
    lab.lan.send(v2_query(G, max_resp=MRT, dst=ALL_SYSTEMS))
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)


@case(
    "IGMPV2-HOST-3-04",
    "IGMPV2-HOST-3-07",
    role="host",
    needs=LISTEN_V2,
    setup=V2,
    ambiguous=("no Leave Group", "one Leave Group"),
    seconds=5,
    mld=["MLDV1-HOST-4-06", "MLDV1-HOST-4-08"],
)
def leave_of_a_host_that_was_suppressed(lab):
    """A host that did not report last may leave silently, or send one Leave Group as if it did not know."""
    join(lab, G, G2)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.send(v2_report(G))
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.lan.expect_none(any_report(group=G), within=MRT + lab.timers.tolerance)
    lab.host.leave(G)
    leaves = lab.lan.collect(any_igmp(), MRT)
    lab.check(len(leaves) <= 1, f"at most one message ({len(leaves)})")
    for leave in leaves:
        lab.check(
            leave.kind == "v2_leave" and leave.group == G and leave.dst == ALL_ROUTERS, "a Leave Group for it"
        )
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)  # it did leave
    lab.reading("one Leave Group" if leaves else "no Leave Group")


# ---- version 1 routers -------------------------------------------------------------------------------------


@case("IGMPV2-HOST-4-01", role="host", needs=LISTEN_V2, setup=V2, seconds=D_V1 + 4)
def response_time_zero_means_ten_seconds(lab):
    """A query with Max Response Time 0 is answered as if it said 100: after up to 10 s."""
    wanted = groups(more_if_virtual(lab, 40, 12))
    join_many(lab, wanted)
    asked = lab.lan.send(QUERY_V1)
    delays = delays_by_group(lab.lan.collect(any_report(), D_V1 + 1), asked)
    lab.check(set(delays) == set(wanted), f"every group is reported ({len(delays)} of {len(wanted)})")
    check_random(lab, [times[0] for times in delays.values()], D_V1)
    lab.check(max(times[0] for times in delays.values()) > D_V1 / 4, "the delays use the range up to 10 s")


@case("IGMPV2-HOST-4-02", role="host", needs=LISTEN_V2, setup=V2, seconds=D_V1 + 4)
def version_1_router_gets_version_1_reports(lab):
    """After a version 1 query every report is version 1, asked for or not, despite version 2 queries."""
    join(lab, G)
    lab.lan.send(QUERY_V1)
    lab.lan.expect(v1_report(G), within=D_V1)
    lab.host.join(G2)
    lab.lan.expect(v1_report(G2))
    quiet(lab)
    lab.lan.send(v2_query(max_resp=MRT))
    reports = lab.lan.collect(any_report(), MRT + lab.timers.tolerance)
    lab.check({report.group for report in reports} == {G, G2}, "both groups are reported")
    lab.check(all(report.version == 1 for report in reports), "in version 1")
    lab.lan2.expect_none(any_report(), after=0.0)


@case("IGMPV2-HOST-4-02", role="host", needs=LISTEN_V2, setup=V2, seconds=D_V1 + 4)
def version_1_router_counts_on_its_own_interface(lab):
    """The presence of a version 1 router is known for each interface: elsewhere reports stay version 2."""
    lab.lan.send(QUERY_V1)
    lab.wait(2 * lab.timers.tolerance)
    lab.host.join(G2, port="lan2")
    lab.lan2.expect(v2_report(G2))
    lab.host.join(G)
    lab.lan.expect(v1_report(G))


@case("IGMPV2-HOST-4-02", role="host", needs=[*LISTEN_V2, "virtual"], setup=V2)
def version_1_router_is_remembered_for_400_seconds(lab):
    """Reports are version 1 until 400 s after the last version 1 query, despite version 2 queries."""
    lab.lan.send(QUERY_V1)
    lab.wait(200)
    again = lab.lan.send(QUERY_V1)  # counts from the last one
    for _ in range(7):
        lab.wait(50)
        lab.lan.send(v2_query())
    lab.wait_until(again + V1_ROUTER_PRESENT_TIMEOUT - 2 * lab.timers.uri)
    lab.host.join(G)
    lab.lan.expect(v1_report(G))
    lab.wait_until(again + V1_ROUTER_PRESENT_TIMEOUT + 2 * lab.timers.tolerance)
    lab.host.join(G2)
    lab.lan.expect(v2_report(G2))
    quiet(lab)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)


@case(
    "IGMPV2-HOST-4-03",
    role="host",
    needs=LISTEN_V2,
    setup=V2,
    seconds=4,
    ambiguous=("no Leave Group", "a Leave Group"),
)
def leave_while_a_version_1_router_is_present(lab):
    """While a version 1 router is present a host need not send Leave Group, and should not (6)."""
    lab.lan.send(QUERY_V1)
    lab.wait(2 * lab.timers.tolerance)
    lab.host.join(G)
    lab.lan.expect(v1_report(G))
    quiet(lab)
    lab.host.leave(G)
    said = lab.lan.collect(any_igmp(), MRT)
    lab.check(
        all(one.kind == "v2_leave" and one.group == G for one in said[:1]) and len(said) <= 1,
        f"nothing, or one Leave Group ({len(said)} messages)",
    )
    lab.reading("a Leave Group" if said else "no Leave Group")
