# SPDX-License-Identifier: GPL-2.0-only
"""What an MLDv1 host does that no IGMPv2 host does (RFC 2710, 3 to 5; RFC 3590)."""

from conformance.harness import *

from .igmp_host_common import join, more_if_virtual, quiet
from .mld_common import (
    ALL_NODES,
    G,
    G2,
    LISTEN_V1,
    OF_THE_LINK,
    SOLICITED_NODE,
    UNREPORTED,
    V1,
    wrong_packets,
)

MRD = 1  # seconds
REPORT, DONE = 131, 132
REPORTED = (G, OF_THE_LINK, SOLICITED_NODE)
# Kernels report groups of their own, such as those of their addresses: each case looks for its own groups.
UNWANTED = any_igmp(link_local=True, where=lambda message: message.group in (ALL_NODES, *UNREPORTED))


def said_by_a_member(lab):
    """One of each message: the report of a join, the answer to a query, Done."""
    lab.host.join(G)
    joined = lab.lan.expect(v2_report(G))
    quiet(lab)
    lab.lan.send(v2_query(max_resp=MRD))
    answer = lab.lan.expect(v2_report(G), within=MRD)
    lab.host.leave(G)
    return [joined, answer, lab.lan.expect(v2_leave(G))]


@case("MLDV1-ANY-3.1-01", role="host", family="ipv6", needs=LISTEN_V1, setup=V1, seconds=4)
def message_types_and_length_are_those_of_the_standard(lab):
    """A report is ICMPv6 type 131, Done is 132; each has 24 octets."""
    said = said_by_a_member(lab)
    types = [message.igmp[0] for message in said]
    lab.check(types == [REPORT, REPORT, DONE], f"report, report, Done: {types}")
    lab.check({len(message.igmp) for message in said} == {24}, "of 24 octets each")


@case("MLDV1-ANY-3.2-01", role="host", family="ipv6", needs=LISTEN_V1, setup=V1, seconds=4)
def code_and_reserved_are_zero(lab):
    """The Code and Reserved fields of reports and Done are zero."""
    for message in said_by_a_member(lab):
        lab.check(message.code == 0, f"{message.kind}: Code is zero ({message.code})")
        lab.check(message.reserved == 0, f"{message.kind}: Reserved is zero ({message.reserved})")


@case("MLDV1-ANY-3.2-01", role="host", family="ipv6", needs=LISTEN_V1, setup=V1, seconds=5)
def code_and_reserved_are_ignored(lab):
    """Queries and reports of others with Code and Reserved set count like any other."""
    join(lab, G, G2)
    for odd in (dict(code=7), dict(reserved=0xFFFF), dict(code=255, reserved=1)):
        lab.lan.send(v2_query(max_resp=MRD, **odd))
        lab.lan.send(v2_report(G, **odd))
        lab.lan.expect(v2_report(G2), within=MRD)
        lab.lan.expect_none(v2_report(G), within=MRD + lab.timers.tolerance)


@case("MLDV1-HOST-4-01", "MLDV1-HOST-5-03", role="host", family="ipv6", needs=LISTEN_V1, setup=V1, seconds=5)
def groups_of_the_node_are_never_reported(lab):
    """Neither ff02::1 nor groups of scope 0 and 1 are reported, asked about or left; others are."""
    for number, group in enumerate((ALL_NODES, *UNREPORTED, G)):
        lab.host.listen(group, "exclude", [], socket=f"s{number}")
    lab.lan.expect(v2_report(G))
    quiet(lab)
    lab.lan.send(v2_query(max_resp=MRD))
    for group in (ALL_NODES, *UNREPORTED):
        lab.lan.send(v2_query(group, max_resp=MRD, dst=ALL_NODES))
    lab.lan.expect(v2_report(G), within=MRD)
    lab.wait(MRD)
    for number, group in enumerate((ALL_NODES, *UNREPORTED, G)):
        lab.host.listen(group, "include", [], socket=f"s{number}")
    lab.lan.expect(v2_leave(G))
    lab.wait(MRD)
    lab.lan.expect_none(UNWANTED, after=0.0)


@case("MLDV1-HOST-5-03", role="host", family="ipv6", needs=LISTEN_V1, setup=V1, seconds=6)
def groups_of_the_link_are_reported(lab):
    """Groups of link scope, solicited-node ones among them, are reported, asked about and left as others."""
    for group in REPORTED:
        lab.host.join(group)
        lab.lan.expect(v2_report(group, dst=group))
        quiet(lab)
        lab.lan.send(v2_query(group, max_resp=MRD))
        lab.lan.expect(v2_report(group, dst=group), within=MRD)
        lab.host.leave(group)
        lab.lan.expect(v2_leave(group))


@case("MLDV1-HOST-4-03", role="host", family="ipv6", needs=LISTEN_V1, setup=V1, seconds=4)
def response_delay_zero_means_at_once(lab):
    """A query with Maximum Response Delay 0 is answered immediately, general or specific."""
    join(lab, G, G2)
    for _ in range(more_if_virtual(lab, 10, 2)):
        lab.lan.send(v2_query(max_resp_code=0))
        for group in (G, G2):
            lab.lan.expect(v2_report(group))
        lab.lan.send(v2_query(G, max_resp_code=0))
        lab.lan.expect(v2_report(G))


@case("MLDV1-HOST-4-03", role="host", family="ipv6", needs=LISTEN_V1, setup=V1, seconds=5)
def response_delay_zero_ends_a_longer_delay(lab):
    """A delay that runs is cut short by a query with Maximum Response Delay 0: one report, at once."""
    join(lab, G)
    lab.lan.send(v2_query(max_resp=60))
    lab.lan.send(v2_query(G, max_resp_code=0))
    lab.lan.expect(v2_report(G))
    lab.lan.expect_none(v2_report(G), within=60 if lab.virtual else 3)


@case("MLDV1-HOST-5-01", "MLDV1-ANY-3-01", role="host", family="ipv6", needs=LISTEN_V1, setup=V1, seconds=6)
def query_from_no_link_local_address_is_ignored(lab):
    """A query from ::, or from any address that is not link-local, starts no delay; a right one does."""
    join(lab, G)
    for query in (v2_query(max_resp=MRD), v2_query(G, max_resp=MRD)):
        for words, packet in wrong_packets(lab, query).items():
            if words.startswith("from"):
                lab.note(words)
                lab.lan.send(packet)
        lab.lan.expect_none(v2_report(G), within=MRD + lab.timers.tolerance)
        lab.lan.send(query)
        lab.lan.expect(v2_report(G), within=MRD)


@case("MLDV1-HOST-5-02", role="host", family="ipv6", needs=LISTEN_V1, setup=V1, seconds=5)
def report_from_no_link_local_address_suppresses_nothing(lab):
    """A report of another host from a global address, or ::, suppresses nothing; one that is right does."""
    join(lab, G, G2)
    lab.lan.send(v2_query(max_resp=MRD))
    for words, packet in wrong_packets(lab, v2_report(G)).items():
        if words.startswith("from"):
            lab.note(words)
            lab.lan.send(packet)
    lab.lan.send(v2_report(G2))
    lab.lan.expect(v2_report(G), within=MRD)
    lab.lan.expect_none(v2_report(G2), within=MRD + lab.timers.tolerance)


@case(
    "MLDV1-HOST-3590-4-01",
    role="host",
    family="ipv6",
    needs=[*LISTEN_V1, "host:address"],
    setup=V1,
    seconds=5,
)
def report_of_a_host_without_an_address(lab):
    """Before a link-local address is valid reports come from ::; once it is, they are sent again from it."""
    lab.host.lose_address()
    lab.host.join(G)
    lab.lan.expect(v2_report(G, src="::"))
    quiet(lab)
    lab.host.gain_address()
    lab.lan.expect(v2_report(G, src=lab.lan.dut))
