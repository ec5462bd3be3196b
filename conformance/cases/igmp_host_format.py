# SPDX-License-Identifier: GPL-2.0-only
"""What the reports of an IGMPv3 host look like on the wire (RFC 3376, 4 and 4.2; RFC 2113)."""

from conformance.harness import *

from .igmp_host_common import (
    A,
    B,
    C,
    D_V1,
    G,
    G2,
    G3,
    LASTING,
    LISTEN_MLD,
    LISTEN_V3,
    QUERY_V1,
    groups,
    has_version_1,
    join,
    join_many,
    quiet,
    sources_of,
)

MRT = 1  # seconds
REPORT = 8  # octets of a report without its records
CURRENT_STATE, STATE_CHANGE = {1, 2}, {3, 4, 5, 6}  # record types
# The smallest MTU that every IPv4 host can take, and the smallest of IPv6 (RFC 8200 5).
SMALL, SMALL_IPV6 = ({"interfaces": {"lan": {"mtu": mtu}}} for mtu in (576, 1280))


def said_by_a_member(lab, **fields):
    """Reports of all kinds of changes and answers, the repeats of the changes included."""
    messages = []
    repeats = (lab.timers.rv - 1) * lab.timers.uri + lab.timers.tolerance
    for mode, sources, asked in (
        ("include", [A, B], False),
        ("include", [B, C], True),
        ("exclude", [A], False),
        ("exclude", [C], True),
        ("include", [], False),
    ):
        lab.host.listen(G, mode, sources)
        messages += lab.lan.collect(any_report(**fields), repeats)
        if asked:
            lab.lan.send(general_query(max_resp=0.5))
            messages += lab.lan.collect(any_report(**fields), 0.5 + lab.timers.tolerance)
    kinds = {record.type for message in messages for record in message.records}
    lab.check(kinds == CURRENT_STATE | STATE_CHANGE, f"records of every type were reported ({sorted(kinds)})")
    return messages


def burst(lab, matcher):
    """The reports of one transmission: the first that matches, and what comes with it."""
    return [lab.lan.expect(matcher), *lab.lan.collect(matcher, min(lab.timers.tolerance, 0.02))]


def length(message):
    """Octets of the IP packet."""
    return message.ip_header_length + len(message.payload)


def mtu(lab):
    """Octets that a packet on ``lan`` may have."""
    return lab.setup.interfaces["lan"].mtu


def fit(lab):
    """Sources of one record in a report of one packet."""
    header, address = (48, 16) if lab.family == "ipv6" else (24, 4)  # IP with Router Alert
    return (mtu(lab) - header - REPORT - 4 - address) // address


# ---- the IPv4 header ---------------------------------------------------------------------------------------


@case(
    "IGMPV3-ANY-4-01",
    "RALERT-ANY-3376-4-01",
    role="host",
    needs=LISTEN_V3,
    seconds=9,
    mld=["MLDV2-ANY-5-01", "RALERT-ANY-3376-4-01"],
)
def every_report_has_ttl_1_and_router_alert(lab):
    """Reports are IGMP in IPv4 with TTL 1 and the Router Alert option."""
    for message in said_by_a_member(lab):
        lab.check(message.is_igmp, f"IGMP ({message})")
        lab.check(message.ttl == 1, f"TTL 1 ({message})")
        lab.check(message.router_alert is not None, f"Router Alert ({message})")


@case("IGMPV3-ANY-4-02", role="host", needs=LISTEN_V3, seconds=9)
def every_report_has_precedence_internetwork_control(lab):
    """The TOS octet of reports is 0xc0, Internetwork Control."""
    for message in said_by_a_member(lab):
        lab.check(message.tos == 0xC0, f"TOS 0xc0 (0x{message.tos:02x}: {message})")


@case("RALERT-ANY-2113-2.1-01", role="host", needs=LISTEN_V3, seconds=4)
def router_alert_is_94_04_00_00(lab):
    """The Router Alert option is 94 04 00 00, and makes the IPv4 header 24 octets long."""
    lab.host.join(G)
    changed = lab.lan.expect(to_ex(G))
    quiet(lab)
    lab.lan.send(general_query(max_resp=MRT))
    for message in (changed, lab.lan.expect(is_ex(G), within=MRT)):
        lab.check(message.options == b"\x94\x04\0\0", f"the options are 94040000 ({message.options.hex()})")
        lab.check(message.raw[14] == 0x46, f"the header is of six words (0x{message.raw[14]:02x})")


@case(
    "RALERT-ANY-2113-2.1-02",
    "RALERT-ANY-3376-4-01",
    role="host",
    needs=LISTEN_V3,
    setup=SMALL,
    seconds=4,
    mld=dict(ids=["MLDV2-HOST-5.2.15-01", "RALERT-ANY-3376-4-01"], setup=SMALL_IPV6),
)
def every_packet_of_a_long_answer_has_router_alert(lab):
    """An answer beyond the MTU: every packet of it, fragment or not, has the option, copied flag set."""
    join_many(lab, groups(150))
    lab.lan.send(general_query(max_resp=MRT))
    packets = lab.lan.collect(anything(where=lambda packet: packet.is_igmp), MRT + 2 * lab.timers.tolerance)
    lab.check(len(packets) > 1, f"the answer takes several packets ({len(packets)})")
    for packet in packets:
        lab.check(length(packet) <= mtu(lab), f"no packet exceeds the MTU ({length(packet)} octets)")
        lab.check(
            packet.router_alert == 0,
            f"every packet has Router Alert ({packet.options.hex() or 'no options'})",
        )
        if lab.family == "ipv4":
            lab.check(packet.options[0] & 0x80, "with the copied flag set")


@case(
    "IGMPV3-HOST-4.2.13-01",
    "IGMPV3R-HOST-4.2.14-01",
    role="host",
    needs=LISTEN_V3,
    seconds=4,
    mld="MLDV2-HOST-5.2.13-01",
)
def source_is_the_address_of_the_interface(lab):
    """The source of a report is the host's address on the subnet where it goes."""
    for port in (lab.lan, lab.lan2, lab.up):
        lab.host.join(G, port=port.name)
        changed = port.expect(to_ex(G))
        lab.check(changed.src == port.dut, f"the source on {port.name} is {port.dut} ({changed.src})")
    quiet(lab)
    lab.lan.send(general_query(max_resp=MRT))
    answer = lab.lan.expect(is_ex(G), within=MRT)
    lab.check(answer.src == lab.lan.dut, f"the source of the answer is {lab.lan.dut} ({answer.src})")


@case("IGMPV3-HOST-4.2.14-01", role="host", needs=LISTEN_V3, seconds=9, mld="MLDV2-HOST-5.2-01")
def version_3_reports_go_to_224_0_0_22(lab):
    """Version 3 reports are sent to 224.0.0.22."""
    for message in said_by_a_member(lab):
        lab.check(message.dst == ALL_IGMPV3_ROUTERS, f"to 224.0.0.22 ({message})")


@case(
    "IGMPV3-HOST-4.2.14-01",
    role="host",
    needs=[*LISTEN_V3, igmp(2), igmp(1)],
    setup=LASTING,
    seconds=D_V1 + 4,
    mld=dict(ids=["MLDV2-HOST-5.2.14-01", "MLDV1-HOST-4-05"], needs=LISTEN_MLD),
)
def older_reports_go_to_the_group(lab):
    """In the compatibility modes the older reports go to the group that they report."""
    join(lab, G)
    oldest = [(QUERY_V1, v1_report(G))] if has_version_1(lab) else []
    for query, answer in ((v2_query(max_resp=MRT), v2_report(G)), *oldest):
        lab.lan.send(query)
        message = lab.lan.expect(answer, within=D_V1)
        lab.check(message.dst == G, f"to the group ({message})")


# ---- the message -------------------------------------------------------------------------------------------


@case(
    "IGMPV3-HOST-4.2-01",
    "IGMPV3R-HOST-4.2.3-01",
    role="host",
    needs=LISTEN_V3,
    seconds=9,
    mld=["MLDV2-HOST-5.2-01", "MLDV2R-HOST-5.2.3-01"],
)
def report_has_the_format_of_version_3(lab):
    """A report is its type, zero, checksum, zero, the number of records, and so many records."""
    for message in said_by_a_member(lab, checksum={"ok", "bad"}):
        octets = message.igmp
        kind = 143 if lab.family == "ipv6" else 0x22
        lab.check(octets[0] == kind and octets[1] == 0, f"type {kind} and a zero octet ({octets.hex()})")
        lab.check(message.checksum_ok, f"the checksum is right ({octets.hex()})")
        lab.check(octets[4:6] == b"\0\0", f"the reserved field is zero ({octets.hex()})")
        count, at = int.from_bytes(octets[6:8], "big"), REPORT
        for _ in range(count):
            sources = int.from_bytes(octets[at + 2 : at + 4], "big")
            at += 4 + message.address_size * (1 + sources)
        lab.check(count > 0 and at == len(octets), f"{count} records fill the message ({octets.hex()})")


@case(
    "IGMPV3-HOST-4.2-01",
    "IGMPV3-HOST-4.2.12-01",
    role="host",
    needs=LISTEN_V3,
    seconds=9,
    mld="MLDV2-HOST-5.2-01",
)
def another_dissector_reads_the_reports(lab):
    """Scapy reads the same records out of the reports, with type numbers from 1 to 6."""
    from conformance.layers.igmp import IGMPv3Report
    from conformance.layers.mld import MLDv2Report

    seen = lab.lan.names.seen
    for message in said_by_a_member(lab):
        octets = message.igmp
        records = (MLDv2Report(octets) if lab.family == "ipv6" else IGMPv3Report(octets[4:])).records
        read = [(one.rtype, seen(one.maddr), tuple(map(seen, one.srcaddrs))) for one in records]
        aside = {one.group for one in message.hidden}  # anywhere in the message
        decoded = message.records + message.hidden
        lab.check(
            sorted(read, key=lambda one: one[1] in aside)
            == [(one.type, one.group, one.sources) for one in decoded],
            f"the same records ({message})",
        )
        lab.check(all(1 <= one.rtype <= 6 for one in records), f"of known types ({message})")


@case("IGMPV3-HOST-4.2.10-01", role="host", needs=LISTEN_V3, seconds=9, mld="MLDV2-HOST-5.2.10-01")
def records_have_no_auxiliary_data(lab):
    """Aux Data Len is zero in every record."""
    for message in said_by_a_member(lab):
        lab.check(
            all(one.aux_len == 0 for one in message.records), f"Aux Data Len is zero ({message.igmp.hex()})"
        )


@case("IGMPV3-ANY-4.2.11-01", role="host", needs=LISTEN_V3, seconds=9, mld="MLDV2-ANY-5.2.11-01")
def reports_end_with_their_last_record(lab):
    """No octets follow the last record."""
    for message in said_by_a_member(lab):
        lab.check(
            message.extra == b"" and not message.problems,
            f"nothing after the last record ({message.igmp.hex()})",
        )


@case(
    "IGMPV3-HOST-4.2.12-01",
    role="host",
    needs=LISTEN_V3,
    seconds=8,
    mld=["MLDV2-HOST-6.1-01", "MLDV2-HOST-6.3-01"],
)
def current_state_is_told_to_queries_alone(lab):
    """Types 1 and 2 appear in answers to queries only, types 3 to 6 in reports of changes only."""
    for mode, sources in (("include", [A, B]), ("include", [B]), ("exclude", [A]), ("exclude", [])):
        lab.host.listen(G, mode, sources)
        unasked = lab.lan.collect(any_report(), (lab.timers.rv - 1) * lab.timers.uri + lab.timers.tolerance)
        types = {record.type for message in unasked for record in message.records}
        lab.check(types and types <= STATE_CHANGE, f"a change is told by types 3 to 6 ({sorted(types)})")
        lab.lan.send(general_query(max_resp=0.5))
        asked = lab.lan.collect(any_report(), 0.5 + lab.timers.tolerance)
        types = {record.type for message in asked for record in message.records}
        lab.check(types and types <= CURRENT_STATE, f"a query is answered by types 1 and 2 ({sorted(types)})")


# ---- reports that are too long -----------------------------------------------------------------------------

MANY = [
    f"10.5.{n // 200}.{n % 200 + 1}" for n in range(150)
]  # sources; few enough for a socket's option memory


@case(
    "IGMPV3-HOST-4.2.16-01",
    role="host",
    needs=LISTEN_V3,
    setup=SMALL,
    seconds=4,
    mld=dict(ids="MLDV2-HOST-5.2.15-01", setup=SMALL_IPV6),
)
def long_allow_record_is_split_over_reports(lab):
    """An ALLOW record of more sources than fit is split: each source once, each report within the MTU."""
    lab.host.include(G, MANY)
    reports = burst(lab, allow(G))
    check_split(lab, reports, 5, MANY)


@case(
    "IGMPV3-HOST-4.2.16-01",
    role="host",
    needs=LISTEN_V3,
    setup=SMALL,
    seconds=5,
    mld=dict(ids="MLDV2-HOST-5.2.15-01", setup=SMALL_IPV6),
)
def long_answer_is_split_over_reports(lab):
    """An IS_IN record of more sources than fit two reports is split over three or more."""
    for number in range(2):
        lab.host.include(
            G, [source.replace("10.5", f"10.{6 + number}") for source in MANY], socket=f"s{number}"
        )
    quiet(lab)
    lab.lan.send(group_query(G, max_resp=MRT))
    reports = lab.lan.collect(is_in(G), MRT + lab.timers.tolerance)
    check_split(
        lab,
        reports,
        1,
        [source.replace("10.5", f"10.{6 + number}") for number in range(2) for source in MANY],
    )


@case(
    "IGMPV3-HOST-4.2.16-01",
    role="host",
    needs=LISTEN_V3,
    setup=SMALL,
    seconds=4,
    mld=dict(ids="MLDV2-HOST-5.2.15-01", setup=SMALL_IPV6),
)
def long_change_to_include_is_split_over_reports(lab):
    """A TO_IN record of more sources than fit is split: each source once, each report within the MTU."""
    join(lab, G)
    lab.host.include(G, MANY)
    reports = burst(lab, to_in(G))
    check_split(lab, reports, 3, MANY)


def check_split(lab, reports, kind, sources):
    """The reports have one record each, of this type, and all the sources between them, each once."""
    lab.check(
        len(reports) >= -(-len(sources) // fit(lab)),
        f"{len(sources)} sources take several reports ({len(reports)})",
    )
    for one in reports:
        lab.check(len(one.records) == 1, f"one record a report ({len(one.records)})")
        lab.check(length(one) <= mtu(lab), f"no report exceeds the MTU ({length(one)} octets)")
    told = [
        source
        for one in reports
        for record in one.records
        if record.type == kind
        for source in record.sources
    ]
    if not lab.virtual and len(told) == 2 * len(sources):
        told = told[: len(sources)]  # the repetition, which comes at a random time, came as soon as that
    lab.check(
        sorted(told) == sorted(sources), f"each source is reported once ({len(told)} of {len(sources)})"
    )


@case(
    "IGMPV3-HOST-4.2.16-02",
    role="host",
    needs=LISTEN_V3,
    setup=SMALL,
    seconds=5,
    mld=dict(ids="MLDV2-HOST-5.2.15-01", setup=SMALL_IPV6),
)
def long_exclude_record_is_truncated(lab):
    """A TO_EX or IS_EX record of more sources than fit is one record of as many as fit."""
    lab.host.exclude(G, MANY)
    changes = burst(lab, any_report(group=G))
    lab.check(
        len(changes) == 1 and to_ex(G).matches(changes[0]),
        f"one report, with a TO_EX record ({len(changes)})",
    )
    quiet(lab)
    lab.lan.send(group_query(G, max_resp=MRT))
    answers = lab.lan.collect(any_report(group=G), MRT + lab.timers.tolerance)
    lab.check(
        len(answers) == 1 and is_ex(G).matches(answers[0]),
        f"one report, with an IS_EX record ({len(answers)})",
    )
    first, second = sources_of(changes[0], 4, G), sources_of(answers[0], 2, G)
    for one, told in ((changes[0], first), (answers[0], second)):
        lab.check(length(one) <= mtu(lab), f"within the MTU ({length(one)} octets)")
        most = fit(lab)
        lab.check(len(told) == most and told <= set(MANY), f"as many sources as fit: {most} ({len(told)})")
    if first != second:
        lab.note("the two records have different sources; the same ones each time are preferred")


@case(
    "IGMPV3-HOST-4.2.16-01",
    role="host",
    needs=LISTEN_V3,
    setup=SMALL,
    seconds=5,
    mld=dict(ids="MLDV2-HOST-5.2.15-01", setup=SMALL_IPV6),
)
def records_that_do_not_fit_together_go_apart(lab):
    """Records that fit a report each, but not together, go in several reports; EXCLUDE ones whole."""
    included, excluded = MANY[: fit(lab) * 2 // 3], MANY[: fit(lab) * 3 // 5]
    lab.host.include(G, included)
    lab.host.exclude(G2, excluded)
    lab.host.join(G3)
    quiet(lab)
    lab.lan.send(general_query(max_resp=MRT))
    answers = lab.lan.collect(any_report(), MRT + lab.timers.tolerance)
    records = [one for answer in answers for one in answer.records]
    for record in (is_ex(G2, excluded), is_ex(G3, [])):
        found = [one for one in records if one.group == record.group]
        lab.check(
            len(found) == 1 and record.fits(found[0]), f"one whole record of {record.group} ({len(found)})"
        )
    told = sorted(source for one in records if (one.group, one.type) == (G, 1) for source in one.sources)
    lab.check(told == sorted(included), f"each source of {G} once, in IS_IN ({len(told)} of {len(included)})")
    lab.check(all(length(answer) <= mtu(lab) for answer in answers), "no report exceeds the MTU")
