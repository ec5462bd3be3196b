# SPDX-License-Identifier: GPL-2.0-only
"""What the messages of an IGMPv2 host look like, and which messages it takes (RFC 2236, 2, 6 and 9)."""

from conformance.harness import *

from .igmp_host_common import D_V1, G, G2, LISTEN_V2, QUERY_V1, V2, has_version_1, join, quiet
from .igmp_router_common import with_tail

MRT = 1  # seconds


def said_by_a_member(lab, **fields):
    """One of each message: the report of a join, the answer to a query, the leave."""
    lab.host.join(G)
    joined = lab.lan.expect(v2_report(G, **fields))
    quiet(lab)
    lab.lan.send(v2_query(max_resp=MRT))
    answer = lab.lan.expect(v2_report(G, **fields), within=MRT)
    lab.host.leave(G)
    return [joined, answer, lab.lan.expect(v2_leave(G, **fields))]


@case(
    "IGMPV2-ANY-2-01",
    "RALERT-ANY-3376-4-01",
    role="host",
    needs=LISTEN_V2,
    setup=V2,
    seconds=4,
    mld=["MLDV1-ANY-3-01", "RALERT-ANY-3376-4-01"],
)
def every_message_has_ttl_1_and_router_alert(lab):
    """Reports and leaves are IGMP in IPv4 with TTL 1 and the Router Alert option."""
    for message in said_by_a_member(lab):
        lab.check(message.is_igmp, f"{message.kind}: IGMP")
        lab.check(message.ttl == 1, f"{message.kind}: TTL 1 ({message.ttl})")
        lab.check(
            message.router_alert == 0, f"{message.kind}: Router Alert with value 0 ({message.router_alert})"
        )


@case("IGMPV2-ANY-2.1-01", role="host", needs=LISTEN_V2, setup=V2, seconds=D_V1 + 4)
def message_types_are_those_of_the_standard(lab):
    """A report is type 0x16, a leave 0x17, and a report to a version 1 router 0x12; a query is 0x11."""
    reports_and_leave = said_by_a_member(lab)
    types = [message.igmp[0] for message in reports_and_leave]
    lab.check(types == [0x16, 0x16, 0x17], f"report, report, leave: {', '.join(map(hex, types))}")
    join(lab, G2)
    lab.lan.send(QUERY_V1)
    older = lab.lan.expect(v1_report(G2), within=D_V1)
    lab.check(older.igmp[0] == 0x12, "version 1 report")


@case(
    "IGMPV2-ANY-9-01",
    role="host",
    needs=LISTEN_V2,
    setup=V2,
    seconds=4,
    mld=["MLDV1-HOST-4-05", "MLDV1-HOST-4-08"],
)
def reports_go_to_the_group_and_leaves_to_all_routers(lab):
    """A report goes to the group that it reports, a leave to 224.0.0.2."""
    joined, answer, left = said_by_a_member(lab)
    for report in (joined, answer):
        lab.check(report.dst == G, f"the report goes to the group ({report.dst})")
    lab.check(left.dst == ALL_ROUTERS, f"the leave goes to all routers ({left.dst})")


@case("IGMPV2-ANY-2.2-01", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-QUERIER-3.4-01")
def response_time_is_zero_in_reports_and_leaves(lab):
    """The Max Response Time of reports and leaves is zero when sent."""
    for message in said_by_a_member(lab):
        code, octets = message.max_resp_code, len(message.igmp)
        lab.check(code == 0, f"{message.kind}: Max Response Time is zero ({code})")
        lab.check(octets == message.fixed_size, f"{message.kind}: nothing after the group ({octets} octets)")


@case("IGMPV2-ANY-2.2-01", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-QUERIER-3.4-01")
def response_time_in_a_report_is_ignored(lab):
    """A report of another host with a Max Response Time that is not zero counts like any other."""
    join(lab, G, G2)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.send(v2_report(G, **({"code": 100} if lab.family == "ipv4" else {"max_resp_code": 10000})))
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.lan.expect_none(any_report(group=G), within=MRT + lab.timers.tolerance)


@case("IGMPV2-ANY-2.2-01", role="host", needs=LISTEN_V2, setup=V2, seconds=5, mld="MLDV1-QUERIER-3.4-01")
def response_time_counts_tenths_of_a_second(lab):
    """The Max Response Time is in units of 1/10 s (MLD: ms): every answer comes within half a second."""
    join(lab, G)
    for _ in range(20 if lab.virtual else 4):
        lab.lan.send(v2_query(max_resp_code=500 if lab.family == "ipv6" else 5))
        lab.lan.expect(v2_report(G), within=0.5)


@case("IGMPV2-ANY-2.3-01", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-ANY-3.3-01")
def checksum_covers_the_whole_message(lab):
    """Every message carries the Internet checksum over the whole IP payload."""
    for message in said_by_a_member(lab, checksum={"ok", "bad"}):
        lab.check(message.checksum_ok, f"{message.kind}: the checksum is right ({message.igmp.hex()})")
        lab.check(message.igmp[2:4] != b"\0\0", f"{message.kind}: the checksum is filled in")


@case(
    "IGMPV2-ANY-2.3-02",
    "IGMPV2-HOST-6-01",
    role="host",
    needs=LISTEN_V2,
    setup=V2,
    seconds=5,
    mld=["MLDV1-ANY-3.3-01", "MLDV1-HOST-5-01"],
)
def query_with_a_wrong_checksum_is_dropped(lab):
    """A query with a wrong checksum starts no delay; the same query with the right one is answered."""
    join(lab, G)
    lab.lan.send(v2_query(max_resp=MRT, checksum="bad"))
    lab.lan.send(v2_query(G, max_resp=MRT, checksum="bad"))
    lab.lan.send(v2_query(max_resp=MRT, checksum=0))
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)


@case(
    "IGMPV2-ANY-2.3-02",
    "IGMPV2-HOST-6-02",
    role="host",
    needs=LISTEN_V2,
    setup=V2,
    seconds=4,
    mld=["MLDV1-ANY-3.3-01", "MLDV1-HOST-5-02"],
)
def report_with_a_wrong_checksum_suppresses_nothing(lab):
    """A report with a wrong checksum does not stop the own delay; one with the right checksum does."""
    join(lab, G, G2)
    lab.lan.send(v2_query(max_resp=MRT))
    older = [v1_report(G, checksum="bad")] if has_version_1(lab) else []
    for spoiled in (v2_report(G, checksum="bad"), *older, v2_report(G, checksum=0)):
        lab.lan.send(spoiled)
    lab.lan.send(v2_report(G2))
    lab.lan.expect(v2_report(G), within=MRT)
    lab.lan.expect_none(any_report(group=G2), within=MRT + lab.timers.tolerance)


@case("IGMPV2-HOST-6-01", role="host", needs=LISTEN_V2, setup=V2, seconds=5, mld="MLDV1-HOST-5-01")
def short_query_is_no_query(lab):
    """A query of fewer than eight octets triggers nothing; one of eight is answered."""
    join(lab, G)
    for length in range(8):
        lab.lan.send(v2_query(max_resp=MRT, truncate=length))
        lab.lan.send(v2_query(G, max_resp=MRT, truncate=length))
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)


@case("IGMPV2-HOST-6-01", role="host", needs=LISTEN_V2, setup=V2, seconds=5, mld="MLDV1-HOST-5-01")
def query_for_a_unicast_address_is_no_query(lab):
    """A query whose group field is neither zero nor a multicast address is ignored."""
    join(lab, G)
    for group in ("10.1.2.3", "192.0.2.1", "255.255.255.255", "240.0.0.1", "0.0.0.1"):
        lab.lan.send(v2_query(group, max_resp=MRT, dst=ALL_SYSTEMS))
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)
    lab.lan.send(v2_query(G, max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)


@case("IGMPV2-HOST-6-02", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-HOST-5-02")
def short_report_suppresses_nothing(lab):
    """A report of fewer than eight octets does not stop the own delay; one of eight does."""
    join(lab, G, G2)
    lab.lan.send(v2_query(max_resp=MRT))
    for length in range(8):
        lab.lan.send(v2_report(G, truncate=length))
        if has_version_1(lab):
            lab.lan.send(v1_report(G, truncate=length))
    lab.lan.send(v2_report(G2))
    lab.lan.expect(v2_report(G), within=MRT)
    lab.lan.expect_none(any_report(group=G2), within=MRT + lab.timers.tolerance)


@case("IGMPV2-ANY-2.1-02", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV2-ANY-5-03")
def unknown_message_types_are_ignored(lab):
    """A message of an unknown type has no effect: no reaction, no error, nothing suppressed or forgotten."""
    join(lab, G)
    lab.lan.send(v2_query(max_resp=MRT))
    for kind in (0x00, 0x01, 0x10, 0x13, 0x14, 0x15, 0x18, 0x1E, 0x1F, 0x23, 0x30, 0x7F, 0xFF):
        lab.lan.send(igmp_message(kind, group=G, dst=G))
        lab.lan.send(igmp_message(kind, group=G, dst=ALL_SYSTEMS, body=bytes(8)))
    lab.lan.expect(v2_report(G), within=MRT)
    lab.lan.expect_none(any_of(any_igmp(), ip(1)), within=MRT + lab.timers.tolerance)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)


@case("IGMPV2-ANY-2.5-01", role="host", needs=LISTEN_V2, setup=V2, seconds=6, mld="MLDV1-ANY-3.7-01")
def octets_after_a_query_are_ignored(lab):
    """A version 2 host answers a query of more than eight octets by its first eight."""
    join(lab, G)
    for extra in (b"\xff\xff\xff\xff", bytes(8), b"more" * 50):
        asked = lab.lan.send(v2_query(max_resp=MRT, extra=extra))
        answer = lab.lan.expect(v2_report(G), within=MRT)
        lab.check(answer.time > asked, "the answer has a delay")


@case(
    "IGMPV2-ANY-2.5-01",
    role="host",
    needs=LISTEN_V2,
    setup=V2,
    seconds=6,
    ambiguous=("answered (RFC 2236 2.5)", "ignored (RFC 3376 7.1)"),
    mld="MLDV1-ANY-3.7-01",
)
def query_of_9_to_11_octets_in_version_2(lab):
    """Queries of 9, 10 and 11 octets: version 2 takes their first eight, a version 3 host must ignore them.

    And a host that knows version 3 and was told to speak version 2?
    """
    join(lab, G)
    answers = []
    for extra in (b"\0", b"\0\0", b"\xff\xff\xff"):
        lab.lan.send(v2_query(max_resp=MRT, extra=extra))
        answers += lab.lan.collect(any_igmp(), MRT + lab.timers.tolerance)
    lab.check(
        len(answers) in (0, 3) and all(v2_report(G).matches(one) for one in answers),
        "each, or none, is answered",
    )
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)
    lab.reading("answered (RFC 2236 2.5)" if answers else "ignored (RFC 3376 7.1)")


@case("IGMPV2-ANY-2.5-01", role="host", needs=LISTEN_V2, setup=V2, seconds=5, mld="MLDV1-ANY-3.7-01")
def octets_after_a_query_count_for_the_checksum(lab):
    """A longer query whose checksum is right over eight octets only is dropped."""
    join(lab, G)
    query, extra = v2_query(max_resp=MRT), b"\x12\x34\x56\x78"
    lab.lan.send(with_tail(lab, query, extra, covered=False))
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)
    lab.lan.send(query.but(extra=extra))
    lab.lan.expect(v2_report(G), within=MRT)


@case("IGMPV2-ANY-2.5-01", role="host", needs=LISTEN_V2, setup=V2, seconds=4, mld="MLDV1-ANY-3.7-01")
def octets_after_a_report_are_ignored(lab):
    """A longer report of another host suppresses the own; not with a checksum over eight octets only."""
    join(lab, G, G2)
    lab.lan.send(v2_query(max_resp=MRT))
    extra = b"\x12\x34\x56\x78\x9a"
    lab.lan.send(v2_report(G, extra=extra))
    lab.lan.send(with_tail(lab, v2_report(G2), extra, covered=False))
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.lan.expect_none(any_report(group=G), within=MRT + lab.timers.tolerance)
