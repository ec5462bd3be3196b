# SPDX-License-Identifier: GPL-2.0-only
"""What an MLD router does that no IGMP router does (RFC 2710; RFC 3810, 5, 7 to 9; RFC 9777)."""

from conformance.harness import *

from .igmp_router_bad_queries import expect_election, expect_no_election
from .igmp_router_common import (
    expect_accepted,
    expect_ignored,
    expect_served,
    expect_unserved,
    margin,
)
from .mld_common import A, B, G, G2, RFC9777, V1, numbered, wrong_packets, wrong_sources

BOTH = [mld(2), mld(1)]


# ---- which messages are taken ------------------------------------------------------------------------------


@case("MLDV2-ANY-5.1.14-01", role="router", family="ipv6", seconds=4)
def query_from_no_link_local_address_elects_nobody(lab):
    """A General Query from ::, or from an address that is not link-local, though lower, elects nobody."""
    query = general_query()
    expect_no_election(lab, {words: query.but(src=source) for words, source in wrong_sources(lab).items()})


@case("MLDV2-ROUTER-7.6-01", role="router", family="ipv6", seconds=4)
def query_is_taken_from_the_link_alone(lab):
    """A query from no link-local address, with another Hop Limit or without Router Alert elects nobody."""
    expect_no_election(lab, wrong_packets(lab, general_query(src=lab.lan.lower())))


@case("MLDV2R-ANY-5-01", role="router", family="ipv6", setup=RFC9777, seconds=4)
def query_is_taken_from_the_link_alone_in_rfc_9777(lab):
    """RFC 9777 keeps it: link-local source, Hop Limit 1 and Router Alert are needed in every query."""
    expect_no_election(lab, wrong_packets(lab, general_query(src=lab.lan.lower())))


@case("MLDV2-ROUTER-7.6-01", role="router", family="ipv6", seconds=lambda timers: timers.lmqt + 4)
def wrong_specific_query_lowers_no_timer(lab):
    """A specific query in a wrong packet lowers no timer; the same query in a right one does."""
    lab.lan.send(report(is_ex(G, []), is_ex(G2, [])))
    bad = wrong_packets(lab, group_query(G, src=lab.lan.higher()))
    lab.wait(lab.timers.tolerance)
    for words, packet in bad.items():
        lab.note(words)
        lab.lan.send(packet)
    asked = lab.lan.send(group_query(G2, src=lab.lan.higher()))
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_served(lab, G, A)
    expect_unserved(lab, G2, A)


def wrong_reports(lab, make):
    """What is wrong -> (group, packet), for ``expect_ignored``; ``make`` gives a right report of a group."""
    words = list(wrong_packets(lab, make(G)))
    groups = numbered(len(words))
    return {one: (group, wrong_packets(lab, make(group))[one]) for one, group in zip(words, groups)}


@case("MLDV2-ROUTER-7.4-01", "MLDV2-ROUTER-5.2.13-01", role="querier", family="ipv6", seconds=5)
def report_is_taken_from_the_link_alone(lab):
    """A report from no link-local address, with another Hop Limit or without Router Alert is dropped."""
    expect_ignored(lab, wrong_reports(lab, lambda group: report(to_ex(group, []))))


@case("MLDV2R-ANY-5-01", role="querier", family="ipv6", setup=RFC9777, seconds=5)
def report_is_taken_from_the_link_alone_in_rfc_9777(lab):
    """RFC 9777 keeps it: link-local source, Hop Limit 1 and Router Alert are needed in every report."""
    expect_ignored(lab, wrong_reports(lab, lambda group: report(to_ex(group, []))))


@case("MLDV1-ROUTER-6-01", "MLDV1-ANY-3-01", role="querier", family="ipv6", needs=mld(1), setup=V1, seconds=5)
def version_1_report_is_taken_from_the_link_alone(lab):
    """An MLDv1 report from ::, or any address that is not link-local, makes no state (RFC 3590, too)."""
    bad = wrong_reports(lab, v2_report)
    expect_ignored(lab, {words: one for words, one in bad.items() if words.startswith("from")}, version=2)


@case("MLDV2-ROUTER-5.2.13-01", role="querier", family="ipv6", seconds=5)
def wrong_source_changes_no_state_either(lab):
    """TO_IN, BLOCK or Done from :: or a global address ends nothing and asks nothing; a right one does."""
    lab.lan.send(report(is_ex(G, [])))
    for source in wrong_sources(lab).values():
        for packet in (report(to_in(G, [])), report(block(G, [A])), v2_leave(G)):
            lab.lan.send(packet.but(src=source))
    lab.lan.expect_none(any_query(group=G))
    expect_served(lab, G, A)
    lab.lan.send(report(to_in(G, [])))
    lab.lan.expect(group_query(G))


@case("MLDV2-ANY-5.1.15-01", role="router", family="ipv6", seconds=3)
def general_query_to_the_own_address_is_processed(lab):
    """A General Query to the router's own link-local address elects as one to ff02::1."""
    expect_election(lab, general_query(src=lab.lan.lower(), dst=lab.lan.dut))


@case("MLDV2-ANY-5.1.15-01", role="router", family="ipv6", seconds=3)
def general_query_to_the_group_of_mld_routers_is_processed(lab):
    """A General Query to ff02::16, where every MLDv2 router listens (7), elects as one to ff02::1."""
    expect_election(lab, general_query(src=lab.lan.lower(), dst="ff02::16"))


# ---- all of 33:33 ------------------------------------------------------------------------------------------

# Groups whose Ethernet addresses share no bits beyond 33:33.
ANYWHERE = (
    "ff1e::1",
    "ff15::8000:0",
    "ff1e::7fff:ffff",
    "ff0e::ffff:fffe",
    "ff1e::55aa:aa55",
    "ff18::1:ff00:77",
)


def expect_hears_everywhere(lab):
    """Older reports, which go to their own groups, are heard on whatever Ethernet address."""
    macs = {multicast_mac(group) for group in ANYWHERE}
    lab.check(len(macs) == len(ANYWHERE), "the groups have different Ethernet addresses")
    expect_accepted(
        lab, {f"sent to {multicast_mac(group)}": (group, v2_report(group)) for group in ANYWHERE}, version=2
    )


@case("MLDV1-ROUTER-4-02", role="querier", family="ipv6", needs=mld(1), setup=V1, seconds=4)
def router_hears_all_groups(lab):
    """The router listens to every Ethernet address of 33:33: a report to any group makes its state."""
    expect_hears_everywhere(lab)


@case("MLDV2-ROUTER-7-02", role="querier", family="ipv6", needs=BOTH, seconds=4)
def version_2_router_hears_all_groups(lab):
    """The router accepts all frames to 33:33, such as MLDv1 reports, which go to any group."""
    expect_hears_everywhere(lab)


# ---- what it sends -----------------------------------------------------------------------------------------


def everything_asked(lab, report_of):
    """Queries of each kind that a leave of G provokes, and the next General Query."""
    lab.lan.send(report_of)
    lab.lan.send(v2_leave(G), after=lab.timers.tolerance)
    first = lab.lan.expect(group_query(G))
    return [first, lab.lan.expect(general_query(), after=first, within=lab.timers.qi)]


@case(
    "MLDV1-ROUTER-4-01",
    role="querier",
    family="ipv6",
    needs=mld(1),
    setup=V1,
    seconds=lambda timers: timers.qi + 3,
)
def every_query_comes_from_one_link_local_address(lab):
    """All queries on a link come from the same link-local address, whatever else the interface has."""
    first = lab.lan.expect(general_query(), after=0.0, within=lab.timers.qi)
    for query in (first, *everything_asked(lab, v2_report(G))):
        lab.check(query.src == lab.lan.link_local, f"from {lab.lan.link_local} ({query.src})")
    second = lab.lan2.expect(general_query(), after=0.0, within=lab.timers.qi)
    lab.check(second.src == lab.lan2.link_local, f"on lan2 from {lab.lan2.link_local} ({second.src})")


@case(
    "MLDV1-ANY-3.1-01",
    "MLDV1-ANY-3.2-01",
    role="querier",
    family="ipv6",
    needs=mld(1),
    setup=V1,
    seconds=lambda timers: timers.qi + 3,
)
def version_1_query_has_the_format_of_the_standard(lab):
    """A query is ICMPv6 type 130 of 24 octets, Code and Reserved zero."""
    for query in everything_asked(lab, v2_report(G)):
        lab.check(query.igmp[0] == 130 and len(query.igmp) == 24, f"type 130, 24 octets ({query.igmp.hex()})")
        lab.check(query.code == 0 and query.reserved == 0, f"Code and Reserved are zero ({query.igmp.hex()})")


@case("MLDV1-ANY-3.2-01", role="querier", family="ipv6", needs=mld(1), setup=V1, seconds=4)
def code_and_reserved_are_ignored(lab):
    """Reports and Done with Code and Reserved set count like any other."""
    lab.lan.send(v2_report(G, code=7, reserved=0xFFFF))
    expect_served(lab, G, A)
    lab.lan.send(v2_leave(G, code=255, reserved=1))
    lab.lan.expect(group_query(G))


@case(
    "MLDV2-QUERIER-8.3.2-01",
    role="querier",
    family="ipv6",
    needs=BOTH,
    seconds=lambda timers: timers.qi + 3,
)
def queries_stay_version_2_for_version_1_listeners(lab):
    """An address in MLDv1 mode changes no query: General and specific ones are MLDv2 still."""
    for query in everything_asked(lab, v2_report(G)):
        lab.check(query.version == 3 and len(query.igmp) >= 28, f"an MLDv2 query ({query})")


@case(
    "MLDV2-QUERIER-9.8-01",
    role="querier",
    family="ipv6",
    needs="virtual",
    setup=dict(timers=dict(lmqi=40.005)),
)
def interval_that_has_no_code_is_rounded_down(lab):
    """LLQI 40.005 s has no Maximum Response Code: the next lower one, 40.000 s, is told."""
    lab.lan.send(report(is_in(G, [A, B]), is_ex(G2, [])))
    lab.lan.send(report(block(G, [B])), after=lab.timers.tolerance)
    lab.lan.expect(group_source_query(G, [B], max_resp_code=0x8388))
    lab.lan.send(report(to_in(G2, [])))
    lab.lan.expect(group_query(G2, max_resp_code=0x8388))


@case(
    "MLDV2-QUERIER-9.8-01",
    role="querier",
    family="ipv6",
    needs="virtual",
    setup=dict(timers=dict(lmqi=32.767)),
)
def interval_that_has_a_code_is_told_exactly(lab):
    """LLQI 32.767 s is the longest that is told to the millisecond."""
    lab.lan.send(report(is_ex(G, [])))
    lab.lan.send(report(to_in(G, [])), after=lab.timers.tolerance)
    lab.lan.expect(group_query(G, max_resp_code=32767))


# ---- forwarding --------------------------------------------------------------------------------------------


@case("MLDV2R-ROUTER-7.3-01", role="router", family="ipv6", needs="forwarding", setup=RFC9777, seconds=5)
def source_without_a_record_is_not_forwarded_in_include_mode(lab):
    """INCLUDE: data of a source that has no record is not forwarded, data of one that has is."""
    lab.lan.send(report(is_in(G, [A])))
    expect_served(lab, G, A, data=True)
    expect_unserved(lab, G, B, data=True)
    lab.lan.send(report(allow(G, [B])))
    expect_served(lab, G, B, data=True)
