# SPDX-License-Identifier: GPL-2.0-only
"""A router configured for IGMPv2: what its messages look like, and which messages it takes (RFC 2236, 2)."""

from conformance.harness import *

from .igmp_router_common import (
    GROUP,
    OTHER,
    expect_accepted,
    expect_asks_when_left,
    expect_ignored,
    is_querier,
    numbered_groups,
    oldest_report,
)

V2 = dict(igmp_version=2)


def first_query(lab, port="lan"):
    """The first General Query on a port."""
    return lab.ports[port].expect(general_query(), after=0.0, within=lab.timers.qi)


@case(
    "IGMPV2-ANY-2-01",
    "IGMPV2-ANY-2.3-01",
    "IGMPV2-QUERIER-2.4-01",
    "IGMPV2-ANY-9-01",
    "IGMPV2-QUERIER-3-01",
    "IGMPV2-ANY-2.1-01",
    "IGMPV3-QUERIER-7.3.1-01",
    "RALERT-ANY-3376-4-01",
    role="querier",
    needs=igmp(2),
    setup=V2,
    mld=[
        "MLDV1-ANY-3-01",
        "MLDV1-ANY-3.3-01",
        "MLDV1-QUERIER-3.6-01",
        "MLDV1-QUERIER-4-01",
        "MLDV1-ANY-3.1-01",
        "MLDV2-QUERIER-8.3.1-01",
        "RALERT-ANY-3376-4-01",
    ],
)
def general_query_of_version_2(lab):
    """Eight octets: 0x11, Max Resp Time QRI, group 0, to 224.0.0.1, TTL 1, Router Alert, right checksum."""
    query = first_query(lab)
    lab.check(len(query.igmp) == query.fixed_size and query.type == 0x11, "a query without more octets")
    lab.check(query.version == 2 and query.max_resp == lab.timers.qri, "Max Resp Time is QRI")
    lab.check(query.group == "0.0.0.0" and query.dst == ALL_SYSTEMS, "about no group, to 224.0.0.1")
    lab.check(query.is_igmp and query.ttl == 1, "an IGMP message, TTL 1")
    lab.check(query.router_alert == 0, "Router Alert")
    lab.check(query.checksum_ok, "the checksum is right")


@case(
    "IGMPV2-ANY-2-01",
    "IGMPV2-ANY-2.3-01",
    "IGMPV2-QUERIER-2.4-01",
    "IGMPV2-ANY-9-01",
    "IGMPV2-ANY-2.1-01",
    "IGMPV2-QUERIER-3-03",
    role="querier",
    needs=igmp(2),
    setup=V2,
    mld=[
        "MLDV1-ANY-3-01",
        "MLDV1-ANY-3.3-01",
        "MLDV1-QUERIER-3.6-01",
        "MLDV1-ANY-3.1-01",
        "MLDV1-QUERIER-4-02",
    ],
)
def group_specific_query_of_version_2(lab):
    """Eight octets: 0x11, Max Resp Time LMQI, the group as group and destination, TTL 1, Router Alert."""
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    query = lab.lan.expect(group_query(GROUP))
    lab.check(len(query.igmp) == query.fixed_size and query.type == 0x11, "a query without more octets")
    lab.check(query.version == 2 and query.max_resp == lab.timers.lmqi, "Max Resp Time is LMQI")
    lab.check(query.dst == GROUP, "to the group")
    lab.check(query.is_igmp and query.ttl == 1, "an IGMP message, TTL 1")
    lab.check(query.router_alert == 0, "Router Alert")
    lab.check(query.checksum_ok, "the checksum is right")


@case(
    "IGMPV3-QUERIER-7.3.1-01",
    "IGMPV2-ANY-2.2-01",
    role="querier",
    needs=igmp(2),
    setup=dict(igmp_version=2, timers=dict(qi=40.0, qri=20.0)),
    mld=dict(
        ids=["MLDV2-QUERIER-8.3.1-01", "MLDV1-QUERIER-3.4-01"],
        setup=dict(mld_version=1, timers=dict(qi=60.0, qri=40.0)),
    ),
)
def max_resp_time_of_version_2_is_linear(lab):
    """QRI is a plain number in a version 2 query (20 s: the octet 200), no floating-point code."""
    units = 10 if lab.family == "ipv4" else 1000  # tenths of a second, milliseconds
    lab.check(
        first_query(lab).max_resp_code == round(lab.timers.qri * units),
        f"Max Resp Time is {lab.timers.qri * units:g} units",
    )


@case(
    "IGMPV2-ANY-2.2-01",
    "IGMPV2-ANY-2.5-01",
    "IGMPV2-ANY-2.1-01",
    role="querier",
    needs=igmp(2),
    setup=V2,
    seconds=6,
    mld=["MLDV1-QUERIER-3.4-01", "MLDV1-ANY-3.7-01", "MLDV1-ANY-3.1-01"],
)
def max_resp_time_and_tail_of_reports_and_leaves_are_ignored(lab):
    """Reports and Leaves count whatever is in their second octet and past their eighth."""
    first, second, third = numbered_groups(3)
    good = {
        "code 0xff": (first, v2_report(first, code=0xFF)),
        "9 octets": (second, v2_report(second, extra=b"\x77")),
        "508 octets": (third, v2_report(third, extra=b"\x33" * 500)),
    }
    expect_accepted(lab, good, version=2)
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_report(OTHER))
    lab.lan.send(v2_leave(GROUP, code=0x11), after=lab.timers.tolerance)
    lab.lan.send(v2_leave(OTHER, extra=b"more"))
    lab.lan.expect(group_query(GROUP))
    lab.lan.expect(group_query(OTHER))


@case(
    "IGMPV2-ANY-2.3-02",
    "IGMPV2-ROUTER-7-02",
    "IGMPV2-ANY-2.5-01",
    role="querier",
    needs=igmp(2),
    setup=V2,
    seconds=10,
    mld=["MLDV1-ANY-3.3-01", "MLDV1-ROUTER-6-01", "MLDV1-ANY-3.7-01"],
)
def short_and_wrong_messages_make_no_transition(lab):
    """Reports of less than 8 octets or with a wrong checksum make no member, such Leaves no question."""
    groups = numbered_groups(11)
    bad = {f"report of {n} octets": (groups[n], v2_report(groups[n], truncate=n)) for n in range(8)}
    bad["wrong checksum"] = (groups[8], v2_report(groups[8], checksum="bad"))
    bad["oldest version, wrong checksum"] = (groups[9], oldest_report(lab, groups[9], checksum="bad"))
    right = decode(v2_report(groups[10]).build(lab.lan.context()), names=lab.lan.names).igmp
    bad["checksum without the last octets"] = (groups[10], raw(right + b"tail", dst=groups[10]))
    expect_ignored(lab, bad, version=2)
    lab.lan.send(v2_report(GROUP))
    for octets in range(8):
        lab.lan.send(v2_leave(GROUP, truncate=octets))
    lab.lan.send(v2_leave(GROUP, checksum="bad"))
    lab.lan.expect_none(any_query(group=GROUP))
    expect_asks_when_left(lab, GROUP, version=2)


@case(
    "IGMPV2-ANY-2.3-02",
    "IGMPV2-ROUTER-3-02",
    role="router",
    needs=igmp(2),
    setup=V2,
    seconds=5,
    mld=["MLDV1-ANY-3.3-01", "MLDV1-ROUTER-4-03"],
)
def query_with_a_wrong_checksum_elects_nobody(lab):
    """A query of a lower address with a wrong checksum changes nothing; with a right one it elects."""
    first, second = numbered_groups(2)
    lab.lan.send(v2_query(src=lab.lan.lower(), checksum="bad"))
    lab.wait(lab.timers.tolerance)
    lab.check(is_querier(lab, first), "it is still the querier")
    lab.lan.send(v2_query(src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, second), "it is querier no more")


@case("IGMPV2-ANY-2.1-02", role="querier", needs=igmp(2), setup=V2, seconds=6, mld="MLDV2-ANY-5-03")
def messages_of_unknown_types_are_ignored_in_version_2(lab):
    """Types that nobody has assigned make no state and no answer."""
    kinds = (0x00, 0x10, 0x18, 0x1D, 0x23, 0x40, 0x7F, 0x80, 0x91, 0xEE)
    bad = {
        f"type 0x{kind:02x}": (group, igmp_message(kind, group=group))
        for kind, group in zip(kinds, numbered_groups(len(kinds)))
    }
    expect_ignored(lab, bad, version=2)


@case(
    "IGMPV2-ANY-2.1-02",
    "IGMPV2-ANY-2.1-01",
    role="querier",
    needs=igmp(2),
    setup=V2,
    seconds=4,
    ambiguous=("type 0x22 is unknown to version 2: ignored", "taken as RFC 3376 7.3.2 translates it"),
    mld=["MLDV2-ANY-5-03", "MLDV1-ANY-3.1-01"],
)
def version_3_report_on_a_version_2_router(lab):
    """A router that knows version 3 but is configured for version 2 hears a version 3 report."""
    lab.lan.send(report(to_ex(GROUP, [])))
    lab.lan.send(v2_leave(GROUP), after=lab.timers.tolerance)
    taken = lab.lan.collect(group_query(GROUP), lab.timers.tolerance)
    lab.check(is_querier(lab, OTHER), "a version 2 report is taken")
    lab.check(all(query.version == 2 for query in taken), "queries stay version 2")
    lab.reading(
        "taken as RFC 3376 7.3.2 translates it" if taken else "type 0x22 is unknown to version 2: ignored"
    )
