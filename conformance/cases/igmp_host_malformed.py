# SPDX-License-Identifier: GPL-2.0-only
"""What an IGMPv3 host makes of odd and broken messages (RFC 3376, 4.1, 4.1.12, 5 and 9.1).

Every case shows first or last that the right message has its effect.
"""

import socket
import struct

from conformance.harness import *

from .igmp_host_common import A, B, G, G2, G3, LISTEN_V3, QUERY_V1, has_version_1, join, quiet

MRT = 1  # seconds
ROUTER_ALERT = b"\x94\x04\0\0"
QUERY, GROUP_QUERY = general_query(max_resp=MRT), group_query(G, max_resp=MRT)
SOURCE_QUERY = group_source_query(G, [A, B], max_resp=MRT)
VARIANTS = (QUERY, GROUP_QUERY, SOURCE_QUERY)


def member(lab):
    """INCLUDE {A, B} of G: every variant of the query is answered by IS_IN {A, B}."""
    lab.host.include(G, [A, B])
    quiet(lab)


def ignored(lab, *packets, port="lan"):
    """None of the packets is answered, within the time for an answer, nor complained about."""
    for packet in packets:
        lab.ports[port].send(packet)
    lab.ports[port].expect_none(any_of(any_igmp(), ip(1)), within=MRT + lab.timers.tolerance)


def answered(lab, *packets):
    """Each of the packets is answered with the whole state of ``member``."""
    for packet in packets:
        lab.lan.send(packet)
        lab.lan.expect(report(is_in(G, [A, B])), within=MRT)


# ---- checksums and lengths ---------------------------------------------------------------------------------


@case("IGMPV3-ANY-4.1.2-01", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-ANY-5.1.2-01")
def query_with_a_wrong_checksum_is_not_processed(lab):
    """Queries with a wrong checksum, or none, are dropped; with the right one they are answered."""
    member(lab)
    older = [v2_query(max_resp=MRT), *([QUERY_V1] if has_version_1(lab) else [])]
    ignored(lab, *(query.but(checksum=wrong) for query in (*VARIANTS, *older) for wrong in ("bad", 0)))
    answered(lab, *VARIANTS)


@case("IGMPV3-ANY-4.1.2-01", role="host", needs=LISTEN_V3, seconds=5, mld="MLDV2-ANY-5.1.2-01")
def query_that_is_cut_on_the_way_is_not_processed(lab):
    """A query whose IPv4 length says less than was sent, or whose frame ends early, is dropped."""
    member(lab)
    octets = SOURCE_QUERY.build(lab.lan.context())
    whole, right = len(octets), 24 + len(decode(octets).igmp)
    ignored(
        lab,
        *(frame(octets[:length]) for length in range(20, whole)),
        *(SOURCE_QUERY.but(total_length=length) for length in range(1, right)),
        SOURCE_QUERY.but(total_length=1500),
        *([SOURCE_QUERY.but(ip_checksum="bad")] if lab.family == "ipv4" else []),
    )
    answered(lab, SOURCE_QUERY)


@case("IGMPV3-ANY-4.1.10-01", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-ANY-5.1.12-01")
def octets_after_a_query_are_ignored(lab):
    """Octets after the last source are ignored: the query is answered by what its fields say."""
    member(lab)
    for extra in (b"\0", b"\xff\xff\xff", b"octets" * 100):
        answered(lab, *(query.but(extra=extra) for query in VARIANTS))
    lab.lan.send(SOURCE_QUERY.but(count=1))  # the second source is additional data then
    lab.lan.expect(report(is_in(G, [A])), within=MRT)


@case("IGMPV3-ANY-4.1.10-01", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-ANY-5.1.12-01")
def octets_after_a_query_count_for_the_checksum(lab):
    """A query whose checksum leaves out the octets after its last source is dropped."""
    member(lab)
    extra = b"\x12\x34\x56\x78"
    for query in VARIANTS:
        right = decode(query.build(lab.lan.context())).igmp  # the message without them
        ignored(lab, query.but(extra=extra, checksum=int.from_bytes(right[2:4], "big")))
    answered(lab, *(query.but(extra=extra) for query in VARIANTS))


@case(
    "IGMPV3-ANY-4.1.8-01",
    role="host",
    needs=LISTEN_V3,
    seconds=5,
    ambiguous=("dropped", "answered as far as the sources go"),
    mld="MLDV2-ANY-8.1-01",
)
def query_that_claims_more_sources_than_it_has(lab):
    """A query that claims more sources than it holds: dropped, or taken as far as it goes (4.1.8: silent)."""
    member(lab)
    for claimed in (3, 4, 255, 366, 32768, 65535):
        lab.lan.send(SOURCE_QUERY.but(count=claimed))
    for length in range(12, 20):
        lab.lan.send(SOURCE_QUERY.but(truncate=length))
    lab.lan.send(GROUP_QUERY.but(count=65535))
    lab.lan.send(QUERY.but(count=65535))
    answers = lab.lan.collect(any_of(any_igmp(), ip(1)), MRT + lab.timers.tolerance)
    lab.check(
        all(answer.kind == "report" and is_in(G).matches(answer) for answer in answers), "no answer, or IS_IN"
    )
    answered(lab, *VARIANTS)
    lab.reading("answered as far as the sources go" if answers else "dropped")


@case("IGMPV3-ANY-4.1.4-01", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-ANY-5.1.1-01")
def reserved_bits_of_a_query_are_ignored(lab):
    """Queries with the Resv bits set, and with the S flag, are answered like any other."""
    member(lab)
    answered(
        lab,
        *(query.but(resv=bits) for query in VARIANTS for bits in (8, 15)),
        GROUP_QUERY.but(s=True, resv=15),
    )


# ---- types -------------------------------------------------------------------------------------------------


@case("IGMPV3-ANY-4-03", "IGMPV3R-ANY-4-01", role="host", needs=LISTEN_V3, seconds=5, mld="MLDV2-ANY-5-03")
def unknown_message_types_are_ignored(lab):
    """A message of an unknown type is silently ignored: no reaction, no error, and what is pending stays."""
    member(lab)
    for kind in (0x00, 0x01, 0x10, 0x13, 0x14, 0x15, 0x18, 0x1E, 0x1F, 0x21, 0x23, 0x30, 0x7F, 0x80, 0xFF):
        lab.lan.send(igmp_message(kind, group=G, dst=ALL_SYSTEMS))
        lab.lan.send(igmp_message(kind, code=10, group=G, dst=G, body=bytes(12)))
    lab.lan.expect_none(any_of(any_igmp(), ip(1)), within=MRT + lab.timers.tolerance)
    lab.lan.send(QUERY)
    lab.lan.send(igmp_message(0x30, group=G, dst=G))
    lab.lan.expect(report(is_in(G, [A, B])), within=MRT)


@case("IGMPV3-HOST-5-01", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6-02")
def reports_of_others_are_ignored(lab):
    """Version 3 reports of other hosts suppress nothing and change nothing."""
    member(lab)
    lab.lan.send(GROUP_QUERY)
    for kind in (is_in, is_ex, to_in, to_ex, allow, block):
        lab.lan.send(report(kind(G, [A, B])))
        lab.lan.send(report(kind(G, []), dst=ALL_SYSTEMS))
    lab.lan.send(v2_leave(G, dst=G))
    lab.lan.expect(report(is_in(G, [A, B])), within=MRT)
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)


# ---- Router Alert and destinations -------------------------------------------------------------------------


@case("IGMPV3-HOST-9.1-01", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-HOST-6.2-01")
def query_without_router_alert_is_ignored(lab):
    """Version 3 queries without the Router Alert option are ignored; with it they are answered."""
    member(lab)
    ignored(
        lab,
        *(query.but(router_alert=False) for query in VARIANTS),
        *(query.but(options=b"\x01\x01\x01\x01") for query in VARIANTS),
    )
    answered(lab, *VARIANTS)


@case("IGMPV3-HOST-9.1-01", role="host", needs=[*LISTEN_V3, igmp(2)], seconds=5, mld="MLDV2-HOST-6.2-01")
def version_2_query_without_router_alert_is_ignored(lab):
    """Version 2 queries without Router Alert are ignored, and change no mode; with it they count."""
    member(lab)
    ignored(lab, v2_query(max_resp=MRT, router_alert=False), v2_query(G, max_resp=MRT, router_alert=False))
    answered(lab, QUERY)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)


@case(
    "RALERT-HOST-2113-2.1-01",
    "IGMPV3-HOST-9.1-01",
    role="host",
    needs=[*LISTEN_V3, igmp(2), igmp(1)],
    seconds=16,
)
def router_alert_matters_for_newer_queries_alone(lab):
    """Version 1 queries, and reports of others, count with and without Router Alert."""
    join(lab, G, G2, G3)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.send(v2_report(G, router_alert=False))
    lab.lan.send(v2_report(G2))
    lab.lan.expect(v2_report(G3), within=MRT)
    lab.lan.expect_none(any_report(), within=MRT + lab.timers.tolerance)
    lab.lan2.send(QUERY_V1)
    lab.up.send(QUERY_V1.but(router_alert=True))
    lab.wait(2 * lab.timers.tolerance)
    for port in (lab.lan2, lab.up):
        lab.host.join(G, socket="b", port=port.name)
        port.expect(v1_report(G))


@case("RALERT-HOST-2113-2.1-01", role="host", needs=[*LISTEN_V3, "host:delivery"], seconds=3)
def router_alert_on_data_changes_nothing(lab):
    """A host delivers a datagram with the Router Alert option like any other."""
    source = lab.lan.address(50)
    lab.host.join(G)
    lab.check(lab.host.delivered(source, G), "a datagram without the option is delivered")
    lab.check(lab.host.delivered(source, G, router_alert=True), "a datagram with the option is delivered")
    lab.check(not lab.host.delivered(source, G2, router_alert=True), "unless nobody asked for its group")


@case("IGMPV3-HOST-5.2-01", role="host", needs=LISTEN_V3, seconds=5)
def router_alert_among_other_options_is_found(lab):
    """A query has the Router Alert option wherever it stands among the options."""
    member(lab)
    timestamp = b"\x44\x0c\x05\x00" + bytes(8)  # of one address, to be filled in
    for options in (b"\x01\x01\x01\x01" + ROUTER_ALERT, ROUTER_ALERT + b"\0\0\0\0", timestamp + ROUTER_ALERT):
        answered(lab, GROUP_QUERY.but(options=options))


@case("IGMPV3-ANY-4.1.12-01", role="host", needs=LISTEN_V3, seconds=9, mld="MLDV2-ANY-5.1.15-01")
def query_to_an_address_of_the_interface_is_answered(lab):
    """Queries to the host's own address, to 224.0.0.1, and specific ones to a joined group, are answered."""
    member(lab)
    join(lab, G2)
    for query in VARIANTS[1:]:
        answered(lab, *(query.but(dst=destination) for destination in (lab.lan.dut, ALL_SYSTEMS, G, G2)))
    lab.lan.send(QUERY.but(dst=lab.lan.dut))
    lab.lan.expect(is_in(G, [A, B]), within=MRT)


@case("IGMPV3-HOST-9.1-01", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-ANY-5.1.15-01")
def general_query_to_a_group_of_others_is_ignored(lab):
    """A General Query of any version to a multicast address that is not 224.0.0.1 is ignored."""
    member(lab)
    older = [v2_query(max_resp=MRT), *([QUERY_V1] if has_version_1(lab) else [])]
    ignored(
        lab,
        *(
            query.but(dst=destination)
            for query in (QUERY, *older)
            for destination in ("239.9.9.9", ALL_ROUTERS, ALL_IGMPV3_ROUTERS)
        ),
    )
    answered(lab, *VARIANTS)


@case(
    "IGMPV3-HOST-9.1-01",
    "IGMPV3-ANY-4.1.12-01",
    role="host",
    needs=LISTEN_V3,
    seconds=4,
    ambiguous=("ignored (9.1)", "answered (4.1.12)"),
)
def general_query_to_a_joined_group(lab):
    """A General Query to a joined group: 4.1.12 MUST accept it, 9.1 SHOULD ignore it."""
    member(lab)
    lab.lan.send(QUERY.but(dst=G))
    answers = lab.lan.collect(any_igmp(), MRT + lab.timers.tolerance)
    lab.check(
        all(report(is_in(G, [A, B])).matches(answer) for answer in answers) and len(answers) <= 1,
        "no answer, or the right one",
    )
    answered(lab, QUERY)
    lab.reading("answered (4.1.12)" if answers else "ignored (9.1)")


@case("IGMPV3-HOST-5.2-01", role="host", needs=LISTEN_V3, seconds=5, ambiguous=("answered", "ignored"))
def query_with_another_ttl(lab):
    """Queries are sent with TTL 1 (4); what a host does with one of another TTL the standard does not say."""
    member(lab)
    answers = []
    for ttl in (2, 255):
        lab.lan.send(QUERY.but(ttl=ttl))
        answers += lab.lan.collect(any_of(any_igmp(), ip(1)), MRT + lab.timers.tolerance)
    lab.check(
        all(report(is_in(G, [A, B])).matches(answer) for answer in answers) and len(answers) <= 2,
        "no answer, or the right one",
    )
    answered(lab, QUERY)
    lab.reading("answered" if answers else "ignored")


@case("IGMPV3-ANY-5-01", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-HOST-6-01")
def all_systems_group_is_open_and_never_reported(lab):
    """224.0.0.1 is received from everybody, whatever applications filter, and no message is about it."""
    everything = any_igmp(
        link_local=True,
        where=lambda message: message.group == ALL_SYSTEMS
        or any(one.group == ALL_SYSTEMS for one in message.records),
    )
    member(lab)
    for mode, sources in (("include", [A]), ("exclude", [lab.lan.tester]), ("exclude", []), ("include", [])):
        lab.host.listen(ALL_SYSTEMS, mode, sources, socket="b")
        lab.lan.send(group_query(ALL_SYSTEMS, max_resp=MRT / 2))
        lab.lan.expect_none(any_igmp(), within=MRT / 2)
        answered(lab, QUERY)  # of lab.lan.tester, to 224.0.0.1
    lab.wait(lab.timers.uri)
    lab.lan.expect_none(everything, after=0.0)


# ---- floods ------------------------------------------------------------------------------------------------


def source_query(lab, group, sources, max_resp):
    """A Group-and-Source-Specific Query, made without Scapy: there will be many."""
    ipv6 = lab.family == "ipv6"
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    real = [socket.inet_pton(family, lab.lan.names.real(one)) for one in (group, *sources)]
    head = struct.pack("!BBHHH", 0x82, 0, 0, max_resp_code(max_resp, 3, "ipv6"), 0)
    if not ipv6:
        head = struct.pack("!BBH", 0x11, max_resp_code(max_resp), 0)
    octets = head + real[0] + struct.pack("!BBH", 2, 125, len(sources)) + b"".join(real[1:])
    return raw(octets, dst=group, checksum="ok")


def flood(lab, count, max_resp):
    """``count`` queries for G, each with as many other sources as Ethernet carries; how many these are."""
    most = 89 if lab.family == "ipv6" else 366
    for number in range(count):
        sources = [
            f"10.{100 + number // 250}.{number % 250}.{n % 250 + 1}"
            if n < 250
            else f"11.{number // 250}.{number % 250}.{n - 249}"
            for n in range(most)
        ]
        lab.lan.send(source_query(lab, G, sources, max_resp))
    return count * most


@case("IGMPV3-HOST-9.1-02", role="host", needs=LISTEN_V3, seconds=5, mld="MLDV2-HOST-10.1-01")
def flood_of_source_queries_for_an_include_group(lab):
    """Many source queries with a long response time: the host goes on answering other queries in time."""
    lab.host.include(G, [A])
    lab.host.join(G2)
    quiet(lab)
    flood(lab, 40, 3000)
    lab.lan.expect_none(any_report())
    lab.lan.send(GROUP_QUERY)
    lab.lan.expect(report(is_in(G, [A])), within=MRT)
    lab.lan.send(QUERY)
    lab.lan.expect(is_ex(G2, []), within=MRT)


@case("IGMPV3-HOST-9.1-02", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-HOST-10.1-01")
def flood_of_source_queries_for_an_exclude_group(lab):
    """Many source queries for a group that excludes nothing: a bounded answer, and life goes on."""
    join(lab, G, G2)
    asked = flood(lab, 40, MRT)
    answers = lab.lan.collect(any_report(), MRT + 2 * lab.timers.tolerance)
    lab.check(answers, "the queries are answered")
    lab.check(len(answers) <= 40, f"by no more reports than queries ({len(answers)})")
    for answer in answers:
        lab.check(
            all(
                one.group == G and (one.type == 1 or one.type == 2 and not one.sources)
                for one in answer.records
            ),
            f"records IS_IN, or IS_EX {{}}, of the group ({str(answer)[:80]})",
        )
        lab.check(answer.ip_header_length + len(answer.payload) <= 1500, "within the MTU")
    told = sum(len(one.sources) for answer in answers for one in answer.records)
    lab.note(f"{told} of {asked} sources are in the answer")
    lab.lan.send(QUERY)
    lab.lan.expect(is_ex(G2, []), within=MRT)
