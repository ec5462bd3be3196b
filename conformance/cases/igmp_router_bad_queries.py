# SPDX-License-Identifier: GPL-2.0-only
"""Queries of others that are wrong, cut, lying or odd, as a router hears them.

A General Query from a lower address that is processed shows itself: it ends the role as querier, and the
router no longer asks about a group that is left.
"""

from conformance.harness import *

from .igmp_router_common import (
    A,
    B,
    GROUP,
    OTHER,
    THIRD,
    is_querier,
    expect_nothing_known,
    expect_served,
    expect_unserved,
    margin,
    numbered_groups,
    oldest_query,
    with_tail,
)


def expect_no_election(lab, bad):
    """The system stays querier after each of the queries (words -> packet); the right query ends that."""
    first, second, third = numbered_groups(3)
    lab.check(is_querier(lab, first), "it is the querier at first")
    for words, packet in bad.items():
        lab.note(words)
        lab.lan.send(packet)
    lab.wait(lab.timers.tolerance)
    lab.check(is_querier(lab, second), f"it is still the querier after: {', '.join(bad)}")
    lab.lan.send(general_query(src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, third), "a right query from a lower address elects")


def elects(lab, packet, group):
    """Whether the system is querier no more after the packet."""
    lab.lan.send(packet)
    lab.wait(lab.timers.tolerance)
    return not is_querier(lab, group)


def expect_election(lab, packet):
    """The packet ends the querier's role."""
    first, second = numbered_groups(2)
    lab.check(is_querier(lab, first), "it is the querier at first")
    lab.check(elects(lab, packet, second), "the query is processed: it is the querier no longer")


@case("IGMPV3-ANY-4.1.2-01", role="router", needs=igmp(3), seconds=4, mld="MLDV2-ANY-5.1.2-01")
def queries_with_a_wrong_checksum_are_not_processed(lab):
    """A General Query from a lower address with a wrong checksum elects nobody."""
    lower = lab.lan.lower()
    expect_no_election(
        lab,
        {
            "one bit wrong": general_query(src=lower, checksum="bad"),
            "checksum zero": general_query(src=lower, checksum=0),
            "version 2, wrong": v2_query(src=lower, checksum="bad"),
            "oldest version, wrong": oldest_query(lab, src=lower, checksum="bad"),
        },
    )


@case(
    "IGMPV3-ANY-4.1.2-01",
    "IGMPV3-ROUTER-6.6.1-01",
    role="router",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 4,
    mld=["MLDV2-ANY-5.1.2-01", "MLDV2-ROUTER-7.6.1-01"],
)
def specific_queries_with_a_wrong_checksum_lower_no_timer(lab):
    """Q(G) with a wrong checksum leaves the group timer alone; with the right one it lowers it."""
    lab.lan.send(report(is_ex(GROUP, []), is_ex(OTHER, [])))
    lab.lan.send(group_query(GROUP, src=lab.lan.higher(), checksum="bad"), after=lab.timers.tolerance)
    asked = lab.lan.send(group_query(OTHER, src=lab.lan.higher()))
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP)
    expect_unserved(lab, OTHER)


@case("IGMPV3-ANY-7.1-01", role="router", needs=igmp(3), seconds=4, mld="MLDV2-ANY-8.1-01")
def queries_of_other_lengths_are_ignored(lab):
    """Queries of less than 8 octets, and of 9, 10 or 11, fit no version and are ignored."""
    lower = lab.lan.lower()
    expect_no_election(
        lab,
        {f"{octets} octets": general_query(src=lower, truncate=octets) for octets in (*range(8), 9, 10, 11)},
    )


@case("IGMPV3-ANY-7.1-01", role="router", needs=igmp(3), seconds=5, mld="MLDV2-ANY-8.1-01")
def queries_of_8_and_of_12_octets_or_more_are_processed(lab):
    """8 octets are a query of version 1 or 2, 12 and more one of version 3: all of them elect."""
    packets = (oldest_query(lab), v2_query(), general_query(extra=b"more"))
    for port, packet, group in zip((lab.lan, lab.lan2, lab.up), packets, numbered_groups(3)):
        lab.check(is_querier(lab, GROUP, port.name), f"it is the querier on {port.name} at first")
        port.send(packet, source=port.lower())
        lab.wait(lab.timers.tolerance)
        lab.check(not is_querier(lab, group, port.name), f"{packet} elects")


@case("IGMPV3-ANY-4.1.4-01", role="router", needs=igmp(3), seconds=3, mld="MLDV2-ANY-5.1.1-01")
def reserved_bits_of_a_query_are_ignored(lab):
    """A General Query with all four reserved bits set is processed."""
    expect_election(lab, general_query(src=lab.lan.lower(), resv=15))


@case("IGMPV3-ANY-4.1.10-01", role="router", needs=igmp(3), seconds=3, mld="MLDV2-ANY-5.1.12-01")
def octets_after_a_query_are_ignored(lab):
    """A General Query with octets after it, covered by the checksum, is processed."""
    expect_election(lab, with_tail(lab, general_query(src=lab.lan.lower()), b"additional data", True))


@case("IGMPV3-ANY-4.1.10-01", role="router", needs=igmp(3), seconds=4, mld="MLDV2-ANY-5.1.12-01")
def octets_after_a_query_count_for_the_checksum(lab):
    """A query whose checksum is right only without the octets after it is dropped."""
    query = general_query(src=lab.lan.lower())
    expect_no_election(
        lab,
        {
            "four octets more": with_tail(lab, query, b"tail", False),
            "one octet more": with_tail(lab, query, b"\x01", False),
        },
    )


@case(
    "IGMPV3-ANY-4.1.8-01",
    role="router",
    needs=igmp(3),
    seconds=4,
    ambiguous=("dropped as malformed", "what is there is acted upon"),
    mld="MLDV2-ANY-8.1-01",
)
def query_that_claims_more_sources_than_it_holds(lab):
    """Queries that claim 65,535 sources, or one too many: dropped, or read as far as they go."""
    first, second, third = numbered_groups(3)
    lab.check(is_querier(lab, third), "it is the querier at first")
    lab.lan.send(group_query(THIRD, count=65535, src=lab.lan.lower()))
    lab.lan.send(group_source_query(THIRD, [A, B], count=3, src=lab.lan.lower()))
    processed = elects(lab, general_query(count=65535, src=lab.lan.lower()), first)
    expect_nothing_known(lab, THIRD)
    lab.check(
        elects(lab, general_query(src=lab.lan.lower()), second), "the system goes on, a right query elects"
    )
    lab.reading("what is there is acted upon" if processed else "dropped as malformed")


@case(
    "IGMPV3-ANY-4.1.8-01",
    "IGMPV3-ROUTER-6.6.1-01",
    role="router",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 4,
    mld=["MLDV2-ANY-8.1-01", "MLDV2-ROUTER-7.6.1-01"],
)
def lying_source_query_harms_no_source_that_it_does_not_name(lab):
    """Q(G,S) that claims more sources than it holds ends no source but, at most, those it holds."""
    lab.lan.send(report(is_in(GROUP, [A, B]), is_in(OTHER, [A])))
    lab.lan.send(
        group_source_query(GROUP, [A], count=65535, src=lab.lan.higher()), after=lab.timers.tolerance
    )
    asked = lab.lan.send(group_source_query(OTHER, [A], src=lab.lan.higher()))
    lab.wait_until(asked + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP, B)
    expect_unserved(lab, OTHER, A)


@case(
    "IGMPV3-ROUTER-6.6.2-02",
    "BADIN-ROUTER-1122-3.2.1.3-01",
    role="router",
    needs=igmp(3),
    seconds=4,
    mld=["MLDV2-ROUTER-7.6.2-02", "BADIN-ROUTER-1122-3.2.1.3-01"],
)
def queries_from_no_lower_host_elect_nobody(lab):
    """A query from a group, from broadcast, or from the router's own address elects nobody."""
    expect_no_election(
        lab,
        {
            "from 239.9.9.9": general_query(src="239.9.9.9"),
            "from 255.255.255.255": general_query(src="255.255.255.255"),
            "from the system's own address": general_query(src=lab.lan.dut),
        },
    )


@case("IGMPV3-ANY-4-03", "IGMPV3R-ANY-4-01", role="router", needs=igmp(3), seconds=4, mld="MLDV2-ANY-5-03")
def messages_of_unknown_types_elect_nobody(lab):
    """Messages that are queries but for their type leave the querier alone."""
    lower = lab.lan.lower()
    expect_no_election(
        lab,
        {
            f"type 0x{kind:02x}": igmp_message(kind, code=10, body=b"\x02\x7d\0\0", src=lower)
            for kind in (0x00, 0x10, 0x18, 0x40, 0x91)
        },
    )


@case(
    "BADIN-ROUTER-TTL-01",
    role="router",
    needs=igmp(3),
    seconds=4,
    ambiguous=("dropped: it came through a router", "processed as any other"),
)
def query_with_another_ttl(lab):
    """A General Query from a lower address with TTL 64."""
    first, second, third = numbered_groups(3)
    lab.check(is_querier(lab, third), "it is the querier at first")
    processed = elects(lab, general_query(src=lab.lan.lower(), ttl=64), first)
    lab.check(elects(lab, general_query(src=lab.lan.lower()), second), "a query with TTL 1 elects")
    lab.reading("processed as any other" if processed else "dropped: it came through a router")


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    role="router",
    needs=igmp(3),
    seconds=4,
    ambiguous=("processed as any other", "ignored, as hosts ignore it (9.1)"),
)
def query_without_router_alert(lab):
    """A General Query from a lower address without Router Alert: 9.1 speaks of hosts only."""
    first, second, third = numbered_groups(3)
    lab.check(is_querier(lab, third), "it is the querier at first")
    processed = elects(lab, general_query(src=lab.lan.lower(), router_alert=False), first)
    lab.check(elects(lab, general_query(src=lab.lan.lower()), second), "a query with Router Alert elects")
    lab.reading("processed as any other" if processed else "ignored, as hosts ignore it (9.1)")


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    role="router",
    needs=igmp(3),
    seconds=4,
    ambiguous=("processed as any other", "ignored: it is not of this network"),
)
def query_from_another_network(lab):
    """A General Query from a lower address of another network."""
    first, second, third = numbered_groups(3)
    lab.check(is_querier(lab, third), "it is the querier at first")
    processed = elects(lab, general_query(src="9.9.9.9"), first)
    lab.check(elects(lab, general_query(src=lab.lan.lower()), second), "a query of the network elects")
    lab.reading("processed as any other" if processed else "ignored: it is not of this network")


@case(
    "BADIN-ROUTER-IP-01",
    "IGMPV3-ROUTER-6.6.2-01",
    role="router",
    needs=igmp(3),
    seconds=4,
    mld=["BADIN-ROUTER-IP-01", "MLDV2-ROUTER-7.6.2-01"],
)
def queries_in_broken_ipv4_packets_are_discarded(lab):
    """Wrong header checksum, a lying total length, a fragment, a cut frame: no election."""
    lower = lab.lan.lower()
    expect_no_election(
        lab,
        {
            **(
                {}
                if lab.family == "ipv6"
                else {"wrong header checksum": general_query(src=lower, ip_checksum="bad")}
            ),
            "total length beyond the frame": general_query(src=lower, total_length=400),
            "total length inside the header": general_query(src=lower, total_length=12),
            "a first fragment": general_query(src=lower, more_fragments=True, ip_id=9),
            "a later fragment": general_query(src=lower, fragment_offset=8, ip_id=10),
            "frame cut in the message": general_query(src=lower, cut_frame=44),
        },
    )


@case("BADIN-ROUTER-QUERY-01", role="router", needs=igmp(3), seconds=5, mld="BADIN-ROUTER-QUERY-01")
def queries_about_no_group_do_no_harm(lab):
    """Queries about no group, or about sources of no group, make no state and lower no timer."""
    heard = lab.lan.send(report(is_ex(GROUP, []), is_in(OTHER, [A])))
    for address in ("10.1.2.3", "255.255.255.255", "0.0.0.1"):
        lab.lan.send(group_query(address, dst=ALL_SYSTEMS, src=lab.lan.higher()))
    lab.lan.send(group_source_query("0.0.0.0", [A, B], dst=ALL_SYSTEMS, src=lab.lan.higher()))
    lab.wait_until(heard + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP)
    expect_served(lab, OTHER, A)
    for address in ("10.1.2.3", "255.255.255.255"):
        if lab.has("state:groups"):
            lab.state.expect_no_group(address)
    lab.check(is_querier(lab, THIRD), "it goes on as querier")
