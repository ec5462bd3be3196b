# SPDX-License-Identifier: GPL-2.0-only
"""A host that speaks IGMPv1 (RFC 1112, appendix I): reports, their delays, and when they are left out.

Delays reach up to D = 10 s whatever a query says, so these cases take that long where time is real.
"""

from conformance.harness import *
from conformance.harness.wire import internet_checksum

from .igmp_host_common import (
    D_V1,
    G,
    G2,
    G3,
    LISTEN_V1,
    QUERY_V1,
    V1,
    check_random,
    delays_by_group,
    groups,
    join,
    join_many,
    more_if_virtual,
)


@case(
    "IGMPV1-HOST-A.I-format-01", "IGMPV1-ANY-A.I-format-01", role="host", needs=LISTEN_V1, setup=V1, seconds=3
)
def report_has_the_format_of_version_1(lab):
    """A report is 0x12, a zero octet, the checksum over its eight octets and the group."""
    for group in (G, "225.0.0.1", "239.255.255.250"):
        lab.host.join(group)
        report = lab.lan.expect(v1_report(group, checksum={"ok", "bad"}))
        octets = report.igmp
        lab.check(report.proto == 2, "the protocol is IGMP (2)")
        lab.check(len(octets) == 8, f"the message has eight octets ({octets.hex()})")
        lab.check(octets[:2] == b"\x12\x00", f"version 1, type 2, and the unused octet zero ({octets.hex()})")
        lab.check(
            internet_checksum(octets) == 0, f"the checksum over the eight octets is right ({octets.hex()})"
        )


@case("IGMPV1-HOST-A.I-desc-02", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1)
def report_goes_to_the_group_with_ttl_1(lab):
    """A report, unsolicited or asked for, goes to the group that it reports, with TTL 1."""
    lab.host.join(G)
    first = lab.lan.expect(v1_report(G))
    join(lab, G2)
    lab.lan.send(QUERY_V1)
    second = lab.lan.expect(v1_report(G2), within=D_V1)
    for report in (first, second):
        lab.check(report.dst == report.group, f"the destination is the group ({report.dst})")
        lab.check(report.ttl == 1, f"TTL is 1 ({report.ttl})")


@case("IGMPV1-HOST-A.I-format-02", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1)
def query_with_a_number_in_the_unused_octet_is_answered(lab):
    """A version 1 host answers a query whose unused octet is not zero, by a version 1 report."""
    join(lab, G)
    lab.lan.send(v1_query(max_resp_code=7))
    lab.lan.expect(v1_report(G), within=D_V1)


@case("IGMPV1-HOST-A.I-format-02", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1)
def query_with_a_group_in_it_is_answered_for_every_group(lab):
    """The group field of a query is ignored: the host reports every group that it is a member of."""
    join(lab, G, G2)
    lab.lan.send(igmp_message(0x11, group=G, dst=ALL_SYSTEMS, router_alert=False))
    reports = lab.lan.collect(any_report(), D_V1 + lab.timers.tolerance)
    lab.check({report.group for report in reports} == {G, G2}, "both groups are reported")
    lab.check(all(report.version == 1 for report in reports), "by reports of version 1")


@case("IGMPV1-HOST-A.I-desc-01", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1 + 3)
def each_group_is_reported_once_after_its_own_random_delay(lab):
    """A query is answered by one report for each group, each after its own random delay of up to 10 s."""
    wanted = groups(more_if_virtual(lab, 40, 10))
    join_many(lab, wanted)
    asked = lab.lan.send(QUERY_V1)
    delays = delays_by_group(lab.lan.collect(v1_report(), D_V1 + 1), asked)
    lab.check(set(delays) == set(wanted), f"every group is reported ({len(delays)} of {len(wanted)})")
    lab.check(all(len(times) == 1 for times in delays.values()), "each group is reported once")
    check_random(lab, [times[0] for times in delays.values()], D_V1)
    lab.check(max(times[0] for times in delays.values()) > D_V1 / 10, "the delays use the range up to 10 s")


@case("IGMPV1-HOST-A.I-desc-01", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1)
def query_on_one_network_is_answered_there_alone(lab):
    """A query is answered for the groups joined on the interface where it came in, and only there."""
    lab.host.join(G, port="lan")
    join(lab, G2, port="lan2")
    lab.lan2.send(QUERY_V1)
    lab.lan2.expect(v1_report(G2), within=D_V1)
    lab.lan2.expect_none(any_report(), within=D_V1)
    lab.lan.expect_none(any_report(), within=D_V1)


@case("IGMPV1-HOST-A.I-desc-03", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1 + 3)
def report_of_another_host_suppresses_the_own(lab):
    """Another host reports the group while the own delay runs: no own report. Other groups are reported."""
    join(lab, G, G2)
    lab.lan.send(QUERY_V1)
    lab.lan.send(v1_report(G, router_alert=False))
    lab.lan.expect(v1_report(G2), within=D_V1)
    lab.lan.expect_none(any_report(group=G), within=D_V1 + lab.timers.tolerance)


@case("IGMPV1-HOST-A.I-desc-03", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1 + 3)
def report_on_another_network_suppresses_nothing(lab):
    """A report counts on the interface where it comes in: heard on another network it suppresses nothing."""
    lab.host.join(G, socket="b", port="lan2")
    join(lab, G)
    lab.lan.send(QUERY_V1)
    lab.lan2.send(v1_report(G, router_alert=False))
    lab.lan.expect(v1_report(G), within=D_V1)


@case("IGMPV1-HOST-A.I-desc-04", role="host", needs=LISTEN_V1, setup=V1, seconds=2 * D_V1)
def second_query_leaves_a_running_delay_alone(lab):
    """A query during the delay does not draw it anew: one report, within 10 s of the first query."""
    wanted, gap, slack = groups(more_if_virtual(lab, 60, 16)), 6.0, 2 * lab.timers.tolerance
    join_many(lab, wanted)
    first = lab.lan.send(QUERY_V1)
    early = {report.group for report in lab.lan.collect(v1_report(), gap)}
    second = lab.lan.send(QUERY_V1)
    late = delays_by_group(lab.lan.collect(v1_report(), D_V1 + 1), second)
    # What came out at about the time of the second query may belong to either.
    clear = {group for group, times in late.items() if times[0] > slack}
    waiting = [group for group in clear if group not in early]
    lab.check(early | set(late) == set(wanted), "every group is reported")
    lab.require(waiting, "no group was waiting when the second query came")
    for group in waiting:
        lab.check(
            len(late[group]) == 1, f"{group} is reported once for both queries ({len(late[group])} times)"
        )
        since = late[group][0] + second - first
        lab.check(
            since <= D_V1 + lab.timers.tolerance,
            f"{group} is reported {since:.3f} s after the first query, " f"at most {D_V1:g} s",
        )
    for group in early & clear:
        lab.check(len(late[group]) == 1, f"{group}, reported before the second query, is reported once more")


@case("IGMPV1-HOST-A.I-desc-05", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1 + 3)
def all_hosts_group_is_never_reported(lab):
    """224.0.0.1 is never reported: not when a query comes, and not when an application joins or leaves it."""
    everything = any_report(group=ALL_SYSTEMS, link_local=True)
    lab.host.listen(ALL_SYSTEMS, "exclude", [], socket="b")
    join(lab, G)
    lab.lan.send(QUERY_V1)
    lab.lan.expect(v1_report(G), within=D_V1)
    lab.lan.expect_none(everything, within=D_V1)
    lab.host.listen(ALL_SYSTEMS, "include", [], socket="b")
    lab.wait(2 * lab.timers.uri)
    lab.lan.expect_none(everything, after=0.0)


@case("IGMPV1-HOST-A.I-desc-06", role="host", needs=LISTEN_V1, setup=V1, seconds=2 * D_V1)
def join_is_reported_at_once_and_again(lab):
    """A join is reported at once, and once or twice again after short delays of at most 10 s each."""
    joined = lab.now
    lab.host.join(G)
    first = lab.lan.expect(v1_report(G))
    repeats = lab.lan.collect(v1_report(G), 2 * D_V1, after=first)
    lab.check(1 <= len(repeats) <= 2, f"it is repeated once or twice ({len(repeats)} times)")
    previous = joined
    for repeat in repeats:
        gap = repeat.time - previous
        lab.check(
            0 < gap <= D_V1 + lab.timers.tolerance, f"each repeat follows within {D_V1:g} s ({gap:.3f} s)"
        )
        previous = repeat.time


@case(
    "IGMPV1-HOST-A.I-desc-07",
    "IGMPV1-HOST-A.I-state-02",
    role="host",
    needs=LISTEN_V1,
    setup=V1,
    seconds=D_V1,
)
def report_to_another_address_does_not_suppress(lab):
    """A report whose IP destination is not the group in it does not suppress the own report."""
    join(lab, G, G2, G3)
    lab.lan.send(QUERY_V1)
    for destination in (G2, ALL_SYSTEMS, lab.lan.dut):
        lab.lan.send(v1_report(G, dst=destination))
    lab.lan.send(v1_report(G3))
    lab.lan.expect(v1_report(G), within=D_V1)
    lab.lan.expect_none(v1_report(G3), within=D_V1)  # a right one does


@case("IGMPV1-HOST-A.I-desc-08", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1 + 3)
def other_message_types_are_ignored(lab):
    """A message that is neither query nor report is ignored: no reaction, and it suppresses nothing."""
    join(lab, G)
    lab.lan.send(QUERY_V1)
    for kind in (0x00, 0x01, 0x10, 0x13, 0x14, 0x15, 0x17, 0x1F, 0x30, 0xFF):
        lab.lan.send(igmp_message(kind, group=G, dst=G))
    lab.lan.expect(v1_report(G), within=D_V1)
    lab.lan.expect_none(any_of(any_igmp(), ip(1)), within=D_V1)


@case(
    "IGMPV1-HOST-A.I-desc-08",
    role="host",
    needs=LISTEN_V1,
    setup=V1,
    seconds=D_V1 + 3,
    ambiguous=("ignored (RFC 1112)", "heard (RFC 3376 4.2.14)"),
)
def version_2_report_and_a_version_1_host(lab):
    """A version 2 report is an unknown type to version 1; to a host that knows it and speaks 1, too?"""
    join(lab, G, G2)
    lab.lan.send(QUERY_V1)
    lab.lan.send(v2_report(G))
    lab.lan.expect(v1_report(G2), within=D_V1)
    reports = lab.lan.collect(any_igmp(), D_V1)
    lab.check(
        len(reports) <= 1 and all(v1_report(G).matches(one) for one in reports),
        "one report of the group, or none",
    )
    lab.reading("ignored (RFC 1112)" if reports else "heard (RFC 3376 4.2.14)")


@case("IGMPV1-HOST-A.I-state-01", role="host", needs=LISTEN_V1, setup=V1, seconds=2 * D_V1)
def short_query_or_wrong_checksum_is_no_query(lab):
    """A query of fewer than eight octets or with a wrong checksum triggers no report; a right one does."""
    join(lab, G)
    for length in range(8):
        lab.lan.send(QUERY_V1.but(truncate=length))
    lab.lan.send(QUERY_V1.but(checksum="bad"))
    lab.lan.expect_none(any_igmp(), within=D_V1 + lab.timers.tolerance)
    lab.lan.send(QUERY_V1)
    lab.lan.expect(v1_report(G), within=D_V1)


@case("IGMPV1-HOST-A.I-state-01", role="host", needs=LISTEN_V1, setup=V1, seconds=2 * D_V1)
def query_to_another_address_is_no_query(lab):
    """A query whose IP destination is not 224.0.0.1 triggers no report; one to 224.0.0.1 does."""
    join(lab, G)
    for destination in (G, lab.lan.dut, ALL_ROUTERS, "239.9.9.9"):
        lab.lan.send(QUERY_V1.but(dst=destination))
    lab.lan.expect_none(any_igmp(), within=D_V1 + lab.timers.tolerance)
    lab.lan.send(QUERY_V1)
    lab.lan.expect(v1_report(G), within=D_V1)


@case("IGMPV1-HOST-A.I-state-02", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1 + 3)
def short_report_or_wrong_checksum_suppresses_nothing(lab):
    """A report cut short or with a wrong checksum does not stop the delay; a right one does."""
    join(lab, G, G2)
    lab.lan.send(QUERY_V1)
    for length in range(8):
        lab.lan.send(v1_report(G, truncate=length))
    lab.lan.send(v1_report(G, checksum="bad"))
    lab.lan.send(v1_report(G2))
    lab.lan.expect(v1_report(G), within=D_V1)
    lab.lan.expect_none(v1_report(G2), within=D_V1)


@case("IGMPV1-HOST-A.I-state-03", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1 + 3)
def leaving_stops_the_delay_and_says_nothing(lab):
    """A host that leaves while the delay runs reports the group no more, and sends no leave message."""
    join(lab, G, G2)
    lab.lan.send(QUERY_V1)
    lab.host.leave(G)
    lab.lan.expect(v1_report(G2), within=D_V1)
    lab.lan.expect_none(any_igmp(), within=D_V1 + lab.timers.tolerance)


@case("IGMPV1-HOST-A.I-state-03", role="host", needs=LISTEN_V1, setup=V1, seconds=D_V1 + 3)
def group_that_was_left_is_not_reported(lab):
    """A query for every group is ignored in state Non-Member: the host reports what it has not left."""
    join(lab, G, G2)
    lab.host.leave(G)
    lab.wait(lab.timers.uri)
    lab.lan.expect_none(any_igmp())
    lab.lan.send(QUERY_V1)
    lab.lan.expect(v1_report(G2), within=D_V1)
    lab.lan.expect_none(any_report(group=G), within=D_V1)
