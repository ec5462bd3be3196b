# SPDX-License-Identifier: GPL-2.0-only
"""What an MLDv2 host does that no IGMPv3 host does (RFC 3810, 5, 6 and 8.2; RFC 9777)."""

from conformance.harness import *

from .igmp_host_common import check_random, join, quiet
from .igmp_host_compat import speaks, until_mode
from .mld_common import (
    A,
    ALL_NODES,
    B,
    G,
    G2,
    G3,
    LISTEN_BOTH,
    LISTEN_V2,
    OF_THE_LINK,
    RFC9777,
    SOLICITED_NODE,
    UNREPORTED,
    numbered,
    wrong_packets,
)

MRD = 1  # seconds
QUERY, GROUP_QUERY = general_query(max_resp=MRD), group_query(G, max_resp=MRD)
SOURCE_QUERY = group_source_query(G, [A, B], max_resp=MRD)
QUERY_V1 = v2_query(max_resp=MRD)  # versions are numbered as IGMP's
ADDRESS = [*LISTEN_V2, "host:address"]


# ---- response codes ----------------------------------------------------------------------------------------


def delays_of(lab, query, what, limit, count=40):
    """Joins many groups, asks for each by ``query(group)``: how long each took, checked against the limit."""
    wanted = numbered(count)
    for number, group in enumerate(wanted):
        lab.host.join(group, socket=f"many{number // 10}")
    quiet(lab)
    for group in wanted:
        asked = lab.lan.send(query(group))
    found = {}
    for answer in lab.lan.collect(what, limit + 1):
        for group in [record.group for record in answer.records] or [answer.group]:
            found[group] = answer.time - asked
    lab.check(set(found) == set(wanted), f"every group is reported ({len(found)} of {len(wanted)})")
    check_random(lab, found.values(), limit)
    return found.values()


@case("MLDV2-HOST-5.1.3-01", role="host", family="ipv6", needs=LISTEN_V2, seconds=5)
def response_code_below_32768_is_milliseconds(lab):
    """A Maximum Response Code below 32768 is in milliseconds: with 300, the answer comes within 0.3 s."""
    join(lab, G)
    for _ in range(20 if lab.virtual else 5):
        lab.lan.send(general_query(max_resp_code=300))
        lab.lan.expect(is_ex(G, []), within=0.3)


@case("MLDV2-HOST-5.1.3-01", role="host", family="ipv6", needs=[*LISTEN_V2, "virtual"])
def response_code_32767_is_linear(lab):
    """Maximum Response Code 32767, the last linear one, is 32.767 s."""
    delays = delays_of(lab, lambda group: group_query(group, max_resp_code=32767), any_report(), 32.767)
    lab.check(max(delays) > 26, f"the delays use the range (up to {max(delays):.1f} s)")


@case("MLDV2-HOST-5.1.3-01", role="host", family="ipv6", needs=[*LISTEN_V2, "virtual"])
def smallest_float_response_code(lab):
    """Maximum Response Code 0x8000 is 32.768 s."""
    delays = delays_of(lab, lambda group: group_query(group, max_resp_code=0x8000), any_report(), 32.768)
    lab.check(max(delays) > 26, f"the delays use the range (up to {max(delays):.1f} s)")


@case("MLDV2-HOST-5.1.3-01", role="host", family="ipv6", needs=[*LISTEN_V2, "virtual"])
def response_code_of_32768_and_more_is_a_float(lab):
    """Codes of 32768 and more are (mant | 0x1000) << (exp + 3) ms: 0x8FFF is 65.528 s, not 36.863 s."""
    delays = delays_of(lab, lambda group: group_query(group, max_resp_code=0x8FFF), any_report(), 65.528)
    lab.check(max(delays) > 36.9, f"the delays go beyond a linear reading (up to {max(delays):.1f} s)")


@case("MLDV2-HOST-5.1.3-01", role="host", family="ipv6", needs=[*LISTEN_V2, "virtual"])
def largest_response_code(lab):
    """Maximum Response Code 0xFFFF is 8387.584 s."""
    delays = delays_of(lab, lambda group: group_query(group, max_resp_code=0xFFFF), any_report(), 8387.584)
    lab.check(max(delays) > 4200, f"the delays use the range (up to {max(delays):.0f} s)")


@case("MLDV2-HOST-8.2.1-02", role="host", family="ipv6", needs=[*LISTEN_BOTH, "virtual"])
def response_code_of_version_1_is_linear(lab):
    """In MLDv1 mode the whole code is linear: 0x8FFF is 36.863 s, not 65.528 s."""
    delays = delays_of(lab, lambda group: v2_query(max_resp_code=0x8FFF), v2_report(), 36.863, count=60)
    lab.check(max(delays) > 29, f"the delays use the range (up to {max(delays):.1f} s)")


@case("MLDV2-HOST-8.2.1-02", role="host", family="ipv6", needs=[*LISTEN_BOTH, "virtual"])
def largest_response_code_of_version_1(lab):
    """In MLDv1 mode code 0xFFFF is 65.535 s."""
    delays = delays_of(lab, lambda group: v2_query(max_resp_code=0xFFFF), v2_report(), 65.535, count=60)
    lab.check(max(delays) > 52, f"the delays use the range (up to {max(delays):.1f} s)")


# ---- which messages are taken ------------------------------------------------------------------------------


def member(lab):
    """INCLUDE {A, B} of G: every variant of the query is answered by IS_IN {A, B}."""
    lab.host.include(G, [A, B])
    quiet(lab)


def expect_only_good_ones_answered(lab):
    """Queries in wrong packets are not answered; the same queries in right ones are."""
    member(lab)
    for query in (QUERY, GROUP_QUERY, SOURCE_QUERY):
        for words, packet in wrong_packets(lab, query).items():
            lab.note(words)
            lab.lan.send(packet)
        lab.lan.expect_none(any_of(any_igmp(), ip(1)), within=MRD + lab.timers.tolerance)
        lab.lan.send(query)
        lab.lan.expect(report(is_in(G, [A, B])), within=MRD)


@case("MLDV2-HOST-6.2-01", "MLDV2-ANY-5-01", role="host", family="ipv6", needs=LISTEN_V2, seconds=7)
def query_is_taken_from_the_link_alone(lab):
    """A query from no link-local address, with another Hop Limit or without Router Alert is dropped."""
    expect_only_good_ones_answered(lab)


@case("MLDV2R-ANY-5-01", role="host", family="ipv6", needs=LISTEN_V2, setup=RFC9777, seconds=7)
def query_is_taken_from_the_link_alone_in_rfc_9777(lab):
    """RFC 9777 keeps it: link-local source, Hop Limit 1 and Router Alert are needed in every query."""
    expect_only_good_ones_answered(lab)


@case("MLDV2-ANY-5.1.14-01", role="host", family="ipv6", needs=LISTEN_V2, seconds=5)
def query_of_any_link_local_address_is_answered(lab):
    """Whatever its link-local address, a querier is answered; from :: or a global address it is not."""
    join(lab, G)
    for source in ("::", lab.lan.global_address(1), lab.lan.global_address()):
        lab.lan.send(QUERY, source=source)
    lab.lan.expect_none(any_report(), within=MRD + lab.timers.tolerance)
    for source in (lab.lan.lower(), lab.lan.higher(), "fe80::77", "fe80::ffff:ffff:ffff:ffff"):
        lab.lan.send(QUERY, source=source)
        lab.lan.expect(report(is_ex(G, [])), within=MRD)


@case("MLDV2-ANY-5.1.14-01", role="host", family="ipv6", needs=LISTEN_BOTH, seconds=5)
def version_1_query_from_no_link_local_address_changes_no_mode(lab):
    """An MLDv1 query from :: or a global address is discarded, and changes no mode; a right one does."""
    join(lab, G)
    for source in ("::", lab.lan.global_address(1)):
        lab.lan.send(QUERY_V1, source=source)
    lab.lan.expect_none(any_report(), within=MRD + lab.timers.tolerance)
    speaks(lab, 3)
    lab.lan.send(QUERY_V1)
    lab.lan.expect(v2_report(G), within=MRD)


@case("MLDV2-ANY-5.1.15-01", role="host", family="ipv6", needs=LISTEN_V2, seconds=6)
def general_query_to_any_address_of_the_interface_is_answered(lab):
    """A General Query to a joined group, or to the host's own address, is answered."""
    member(lab)
    for destination in (G, lab.lan.dut, ALL_NODES):
        lab.lan.send(QUERY.but(dst=destination))
        lab.lan.expect(report(is_in(G, [A, B])), within=MRD)


# ---- what is reported --------------------------------------------------------------------------------------


def is_about(groups):
    """Any message about one of the groups."""

    def about(message):
        return message.group in groups or any(record.group in groups for record in message.records)

    return any_igmp(link_local=True, where=about)


def expect_scopes(lab):
    """Groups of the link and beyond are reported, groups of the node are not, nor is ff02::1."""
    unreported = (ALL_NODES, *UNREPORTED)
    for number, group in enumerate(unreported):
        lab.host.listen(group, "exclude", [], socket=f"s{number}")
    for group in (G, OF_THE_LINK, SOLICITED_NODE):
        lab.host.join(group)
        lab.lan.expect(to_ex(group, []))
    quiet(lab)
    lab.lan.send(QUERY)
    answers = lab.lan.collect(any_report(link_local=True), MRD + lab.timers.tolerance)
    told = {record.group for answer in answers for record in answer.records}
    lab.check(told >= {G, OF_THE_LINK, SOLICITED_NODE}, f"groups of link scope, too ({sorted(told)})")
    for group in unreported:
        lab.lan.send(group_query(group, max_resp=MRD, dst=ALL_NODES))
    lab.wait(MRD)
    for number, group in enumerate(unreported):
        lab.host.listen(group, "include", [], socket=f"s{number}")
    lab.wait(lab.timers.uri)
    lab.lan.expect_none(is_about(unreported), after=0.0)


@case("MLDV2-HOST-6-01", role="host", family="ipv6", needs=LISTEN_V2, seconds=8)
def groups_of_the_node_are_never_reported(lab):
    """No message is about ff02::1 or groups of scope 0 and 1; other groups, solicited-node too, are told."""
    expect_scopes(lab)


@case("MLDV2R-HOST-6-01", role="host", family="ipv6", needs=LISTEN_V2, setup=RFC9777, seconds=8)
def groups_of_the_node_are_never_reported_in_rfc_9777(lab):
    """RFC 9777 says it: every group but ff02::1 and those of scope 0 and 1 is reported."""
    expect_scopes(lab)


@case("MLDV2-HOST-5.2.12-01", role="host", family="ipv6", needs=LISTEN_V2, seconds=6)
def is_in_of_nothing_is_never_sent(lab):
    """A group without a listener, or of none of the sources asked for, is in no IS_IN record."""
    lab.host.include(G, [A])
    lab.host.include(G3, [A])
    quiet(lab)
    lab.host.leave(G)
    quiet(lab)
    for query in (QUERY, GROUP_QUERY, SOURCE_QUERY, group_source_query(G3, [B], max_resp=MRD)):
        lab.lan.send(query)
    answers = lab.lan.collect(any_report(), MRD + lab.timers.tolerance)
    told = {(record.type, record.group, record.sources) for one in answers for record in one.records}
    lab.check(told == {(1, G3, (A,))}, f"IS_IN of the other group alone ({sorted(told)})")


# ---- the source of reports ---------------------------------------------------------------------------------


@case("MLDV2-HOST-5.2.13-01", role="host", family="ipv6", needs=LISTEN_V2, seconds=5)
def reports_come_from_the_link_local_address(lab):
    """Reports come from the link-local address of the interface although it has a global one."""
    for port in (lab.lan, lab.lan2):
        lab.host.join(G, port=port.name)
        changed = port.expect(to_ex(G))
        lab.check(changed.src == port.link_local, f"from {port.link_local} ({changed.src})")
    quiet(lab)
    lab.lan.send(QUERY)
    answer = lab.lan.expect(is_ex(G), within=MRD)
    lab.check(answer.src == lab.lan.link_local, f"from {lab.lan.link_local} ({answer.src})")


@case("MLDV2-HOST-5.2.13-01", role="host", family="ipv6", needs=ADDRESS, seconds=5)
def reports_of_a_host_without_an_address_come_from_nowhere(lab):
    """Before a link-local address is valid reports are sent, from ::, at once and Robustness times."""
    lab.host.lose_address()
    lab.host.join(G)
    sent = [lab.lan.expect(report(to_ex(G, []), src="::", ttl=1, router_alert=True, dst="ff02::16"))]
    for _ in range(lab.timers.rv - 1):
        sent.append(lab.lan.expect(report(to_ex(G, []), src="::"), within=lab.timers.uri, after=sent[-1]))
    lab.lan.expect_none(any_report(), within=lab.timers.uri)
    lab.lan2.expect_none(any_report(), after=0.0)
    lab.host.join(G2, port="lan2")
    lab.lan2.expect(to_ex(G2, []).but(src=lab.lan2.dut))  # which has its address


@case("MLDV2-HOST-5.2.13-02", role="host", family="ipv6", needs=ADDRESS, seconds=6)
def groups_are_reported_again_once_there_is_an_address(lab):
    """When a link-local address becomes valid every group of the interface is reported again, from it."""
    lab.host.lose_address()
    lab.host.join(G)
    lab.host.include(G2, [A, B])
    quiet(lab)
    lab.host.gain_address()
    records = [to_ex(G, []), allow(G2, [A, B])]
    sent = lab.lan.collect(any_report(src=lab.lan.dut), lab.timers.rv * lab.timers.uri)
    for record in records:
        count = sum(record.matches(one) for one in sent)
        lab.check(count == lab.timers.rv, f"{record} is sent {lab.timers.rv} times ({count})")
    lab.check(sent[0].time - lab.stimulus_time <= lab.timers.tolerance, "at once")


# ---- older queriers ----------------------------------------------------------------------------------------


@case("MLDV2-HOST-8.2.1-01", role="host", family="ipv6", needs=LISTEN_BOTH, seconds=5)
def version_1_specific_query_changes_the_mode(lab):
    """RFC 3810: any MLDv1 query, a specific one too, makes the host speak MLDv1 on that interface."""
    join(lab, G)
    lab.lan.send(v2_query(G, max_resp=MRD))
    lab.lan.expect(v2_report(G), within=MRD)
    speaks(lab, 2)
    speaks(lab, 3, "lan2")


@case("MLDV2-HOST-8.2.1-01", role="host", family="ipv6", needs=[*LISTEN_BOTH, "virtual"])
def every_version_1_query_prolongs_the_mode(lab):
    """RFC 3810: the timer of MLDv1 mode starts anew with every MLDv1 query, specific ones included."""
    lab.lan.send(v2_query(max_resp=lab.timers.qri))
    lab.wait(lab.timers.ovqpi / 2)
    again = lab.lan.send(v2_query(G3, max_resp=lab.timers.qri, dst=ALL_NODES))
    until_mode(lab, again, lab.timers.ovqpi, 2, 3)


@case("MLDV2R-HOST-8.2.1-01", role="host", family="ipv6", needs=LISTEN_BOTH, setup=RFC9777, seconds=5)
def version_1_specific_query_changes_no_mode_in_rfc_9777(lab):
    """RFC 9777: an MLDv1 specific query is answered in MLDv2 and changes no mode; a General Query does."""
    join(lab, G)
    lab.lan.send(v2_query(G, max_resp=MRD))
    lab.lan.expect(report(is_ex(G, [])), within=MRD)
    speaks(lab, 3)
    lab.lan.send(QUERY_V1)
    lab.lan.expect(v2_report(G), within=MRD)
    speaks(lab, 2)


@case("MLDV2R-HOST-9.12-01", role="host", family="ipv6", needs=[*LISTEN_BOTH, "virtual"], setup=RFC9777)
def older_mode_lasts_as_long_as_in_rfc_3810(lab):
    """RFC 9777 keeps the time of MLDv1 mode: Robustness * Query Interval + Query Response Interval."""
    lab.lan.send(general_query(max_resp=MRD))  # tells the same Query Interval
    lab.wait(2 * MRD)
    asked = lab.lan.send(v2_query(max_resp=lab.timers.qri))
    interval = lab.timers.rv * lab.timers.qi + lab.timers.qri
    until_mode(lab, asked, interval, 2, 3)
