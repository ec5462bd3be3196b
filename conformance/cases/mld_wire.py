# SPDX-License-Identifier: GPL-2.0-only
"""What is around MLD messages: the Router Alert option (RFC 2711), Ethernet addresses (RFC 2464, 7)."""

from conformance.harness import *

from .igmp_host_common import join, quiet
from .mld_common import A, ALL_MLD_ROUTERS, ALL_NODES, B, G, G2, G3, LISTEN_V2, OF_THE_LINK, V1

MRD = 1  # seconds
SEND, RECEIVE = "host:send", ["host:listen", "host:delivery"]
HOP_BY_HOP = slice(14 + 40, 14 + 48)  # octets of a frame
ROUTER_ALERT, PADN = b"\x05\x02\0\0", b"\x01\0"
BOTH = [mld(2), mld(1)]


def said_by_a_member(lab):
    """Reports of a join, an answer, a leave."""
    lab.host.join(G)
    joined = lab.lan.expect(to_ex(G))
    quiet(lab)
    lab.lan.send(general_query(max_resp=MRD))
    answer = lab.lan.expect(is_ex(G), within=MRD)
    lab.host.leave(G)
    return [joined, answer, lab.lan.expect(to_in(G))]


def said_by_the_querier(lab):
    """A General Query and specific ones of both kinds."""
    query = lab.lan.expect(general_query(), after=0.0, within=lab.timers.qi)
    lab.lan.send(report(is_ex(G, []), is_in(G2, [A, B])))
    lab.lan.send(report(to_in(G, []), block(G2, [B])), after=lab.timers.tolerance)
    return [query, lab.lan.expect(group_query(G)), lab.lan.expect(group_source_query(G2, [B]))]


# ---- Router Alert ------------------------------------------------------------------------------------------


def check_option(lab, messages):
    """Option 5 of two octets, at an even offset, in a hop-by-hop header; its value is 0, MLD's."""
    for message in messages:
        header = message.raw[14 + 40 : 14 + message.ip_header_length]
        lab.check(message.raw[14 + 6] == 0, f"a hop-by-hop header comes first ({message})")
        at = header.find(ROUTER_ALERT[:2])
        lab.check(at >= 2 and at % 2 == 0, f"option 5 of two octets at an even offset ({header.hex()})")
        lab.check(message.router_alert == 0, f"its value is 0, for MLD ({message.router_alert})")
        lab.check(not message.problems, f"nothing is wrong with the packet ({message.problems})")


def check_layout(lab, messages):
    """IPv6 header, hop-by-hop header of eight octets (Router Alert, PadN), ICMPv6."""
    for message in messages:
        octets = message.raw[HOP_BY_HOP]
        lab.check(message.raw[14 + 6] == 0, f"Next Header 0 in the IPv6 header ({message.raw[14 + 6]})")
        lab.check(octets[:2] == b"\x3a\0", f"Next Header 58 and eight octets in all ({octets.hex()})")
        orders = (ROUTER_ALERT + PADN, PADN + ROUTER_ALERT)
        lab.check(octets[2:] in orders, f"05020000 and PadN 0100 ({octets.hex()})")
        lab.check(message.raw[14 + 48] in (130, 143), f"the MLD message follows ({message.raw[14 + 48]})")


def check_once(lab, messages):
    """One Router Alert among the options, whatever its value."""
    for message in messages:
        options, at, found = message.options, 0, 0
        while at < len(options):
            found += options[at] == 5
            at += 1 if options[at] == 0 else 2 + options[at + 1]
        lab.check(found == 1, f"one Router Alert option ({found} in {options.hex()})")


@case(
    "RALERT-ANY-2711-2.1-01", "RALERT-ANY-2711-2.1-02", role="host", family="ipv6", needs=LISTEN_V2, seconds=4
)
def router_alert_of_reports(lab):
    """Reports have the option of type 5, length 2, at an even offset, and value 0, which means MLD."""
    check_option(lab, said_by_a_member(lab))


@case("RALERT-ANY-2711-2.1-01", "RALERT-ANY-2711-2.1-02", role="querier", family="ipv6", seconds=4)
def router_alert_of_queries(lab):
    """Queries have the option of type 5, length 2, at an even offset, and value 0, which means MLD."""
    check_option(lab, said_by_the_querier(lab))


@case("RALERT-ANY-2711-2.1-03", role="host", family="ipv6", needs=LISTEN_V2, seconds=4)
def layout_of_reports(lab):
    """A report is an IPv6 header, a hop-by-hop header of eight octets, ICMPv6."""
    check_layout(lab, said_by_a_member(lab))


@case("RALERT-ANY-2711-2.1-03", role="querier", family="ipv6", seconds=4)
def layout_of_queries(lab):
    """A query is an IPv6 header, a hop-by-hop header of eight octets, ICMPv6."""
    check_layout(lab, said_by_the_querier(lab))


@case("RALERT-ANY-2711-2.1-04", role="host", family="ipv6", needs=LISTEN_V2, seconds=4)
def reports_have_the_option_once(lab):
    """There is one Router Alert option in a report."""
    check_once(lab, said_by_a_member(lab))


@case("RALERT-ANY-2711-2.1-04", role="querier", family="ipv6", seconds=4)
def queries_have_the_option_once(lab):
    """There is one Router Alert option in a query."""
    check_once(lab, said_by_the_querier(lab))


@case("RALERT-ANY-2711-2.1-01", role="host", family="ipv6", needs=LISTEN_V2, seconds=6)
def router_alert_among_other_options_is_found(lab):
    """A query has the option wherever it stands among others; a header without it does not do."""
    join(lab, G)
    query = general_query(max_resp=MRD)
    unknown = b"\x1e\x04abcd"  # to be skipped where it is not known (RFC 8200 4.2)
    lab.lan.send(query.but(options=unknown))
    lab.lan.expect_none(any_report(), within=MRD + lab.timers.tolerance)
    for options in (
        PADN + ROUTER_ALERT,
        b"\0\0" + ROUTER_ALERT,
        unknown + ROUTER_ALERT,
        ROUTER_ALERT + unknown,
    ):
        lab.lan.send(query.but(options=options))
        lab.lan.expect(is_ex(G, []), within=MRD)


# ---- Ethernet addresses of what a host sends ---------------------------------------------------------------


def mac_sent_to(lab, group):
    """The Ethernet destination of a datagram that an application sends to the group."""
    lab.host.send(group, b"mapped", port="lan")
    return lab.lan.expect(data(group, payload=b"mapped")).dst_mac


def check_macs(lab, wanted):
    for group, mac in wanted.items():
        found = mac_sent_to(lab, group)
        lab.check(found == mac, f"{group} is sent to {mac} ({found})")


@case("MACMAP-ANY-2464-7-01", role="host", family="ipv6", needs=SEND, seconds=3)
def last_four_octets_of_the_group_make_the_address(lab):
    """The Ethernet address of a group is 33-33 and the last four octets of the group."""
    check_macs(
        lab,
        {
            "ff1e::1:2:3": "33:33:00:02:00:03",
            "ff02::1:ff28:9c5a": "33:33:ff:28:9c:5a",
            "ff0e::ffff:ffff": "33:33:ff:ff:ff:ff",
            "ff3e::8000:0": "33:33:80:00:00:00",
            "ff15:1:2:3:4:5:6789:abcd": "33:33:67:89:ab:cd",
        },
    )


@case("MACMAP-ANY-2464-7-02", role="host", family="ipv6", needs=SEND, seconds=3)
def groups_with_the_same_last_octets_share_an_address(lab):
    """Groups that differ only in their first twelve octets have the same Ethernet address."""
    shared = ("ff1e::5:6", "ff02::5:6", "ff0e::1:5:6", "ff3e::5:6", "ff1e:1:2:3:4:5:5:6")
    check_macs(lab, dict.fromkeys(shared, "33:33:00:05:00:06") | {"ff1e::5:7": "33:33:00:05:00:07"})


@case("MACMAP-ANY-2464-7-01", role="host", family="ipv6", needs=LISTEN_V2, seconds=4)
def reports_go_to_the_mapped_address(lab):
    """Reports to ff02::16 go to 33-33-00-00-00-16."""
    for message in said_by_a_member(lab):
        lab.check(
            (message.dst, message.dst_mac) == (ALL_MLD_ROUTERS, "33:33:00:00:00:16"),
            f"ff02::16 at 33:33:00:00:00:16 ({message.dst} at {message.dst_mac})",
        )


@case(
    "MACMAP-ANY-2464-7-01",
    "MACMAP-ANY-2464-7-03",
    role="host",
    family="ipv6",
    needs=[mld(1), "host:listen"],
    setup=V1,
    seconds=4,
)
def older_messages_go_to_the_mapped_address(lab):
    """MLDv1 reports go to the Ethernet address of their group, Done to that of ff02::2."""
    for group, mac in ((G, "33:33:00:02:00:03"), ("ff02::1:ff28:9c5a", "33:33:ff:28:9c:5a")):
        lab.host.join(group)
        joined = lab.lan.expect(v2_report(group))
        lab.check(joined.dst_mac == mac, f"{group} at {mac} ({joined.dst_mac})")
        quiet(lab)
        lab.host.leave(group)
        left = lab.lan.expect(v2_leave(group))
        lab.check(left.dst_mac == "33:33:00:00:00:02", f"ff02::2 at 33:33:00:00:00:02 ({left.dst_mac})")


@case("MACMAP-ANY-2464-7-03", role="host", family="ipv6", needs=SEND, seconds=3)
def groups_of_routers_have_their_addresses(lab):
    """ff02::2 is at 33-33-00-00-00-02, ff02::d, all PIM routers, at 33-33-00-00-00-0d."""
    check_macs(lab, {"ff02::2": "33:33:00:00:00:02", "ff02::d": "33:33:00:00:00:0d"})


@case("MACMAP-ANY-2464-7-04", role="host", family="ipv6", needs=[*LISTEN_V2, SEND], seconds=4)
def every_frame_to_a_group_has_the_address_of_the_group(lab):
    """No frame to a group has a unicast or another group's Ethernet address; the source is the sender's."""
    messages = said_by_a_member(lab)
    for group in (G, G2, OF_THE_LINK):
        lab.host.send(group, b"mapped", port="lan")
        messages.append(lab.lan.expect(data(group, payload=b"mapped")))
    for message in messages:
        wanted = multicast_mac(message.dst)
        lab.check(message.dst_mac == wanted, f"{message.dst} at {wanted} ({message.dst_mac})")
        lab.check(message.src_mac == lab.lan.mac, f"from {lab.lan.mac} ({message.src_mac})")


@case("MACMAP-ANY-2464-7-04", role="host", family="ipv6", needs=RECEIVE, seconds=5)
def what_arrives_is_judged_by_its_ipv6_address(lab):
    """What is not joined is discarded whatever its frame; a joined group is delivered whatever its frame."""
    join(lab, G, G2)
    source = lab.lan.global_address(50)
    shares = "ff15::9:2:3"  # has the Ethernet address of G
    lab.check(not lab.host.delivered(source, shares), f"{shares} is not delivered")
    lab.check(not lab.host.delivered(source, G3, dst_mac=multicast_mac(G)), f"{G3} is not delivered")
    lab.lan.expect_none(ip(1))
    lab.check(lab.host.delivered(source, G, dst_mac=multicast_mac(G2)), f"{G} is delivered")
    lab.check(lab.host.delivered(source, G), f"{G} is delivered in a frame of its own")


# ---- Ethernet addresses of what a router sends -------------------------------------------------------------


@case("MACMAP-ANY-2464-7-01", role="querier", family="ipv6", seconds=4)
def queries_go_to_the_mapped_address(lab):
    """A General Query goes to 33-33-00-00-00-01, specific ones to the Ethernet address of their group."""
    queries = said_by_the_querier(lab)
    wanted = ("33:33:00:00:00:01", "33:33:00:02:00:03", "33:33:00:02:00:04")
    for query, group, mac in zip(queries, (ALL_NODES, G, G2), wanted):
        lab.check(query.dst == group and query.dst_mac == mac, f"{group} at {mac} ({query.dst_mac})")


@case(
    "MACMAP-ANY-2464-7-01",
    "MACMAP-ANY-2464-7-04",
    role="router",
    family="ipv6",
    needs="forwarding",
    seconds=5,
)
def forwarded_data_goes_to_the_mapped_address(lab):
    """Data that is forwarded goes to the Ethernet address of its group, whatever it arrived with."""
    lab.lan.send(report(is_ex(G, []), is_ex(G3, [])))
    lab.wait(lab.timers.tolerance)
    for group in (G, G3):
        lab.check(lab.forwards(A, group), f"data to {group} is forwarded")
        lab.up.data(A, group, payload=b"mapped", dst_mac=multicast_mac(G2))
        found = lab.lan.expect(data(group, A, payload=b"mapped"))
        lab.check(found.dst_mac == multicast_mac(group), f"at {multicast_mac(group)} ({found.dst_mac})")
        lab.check(found.src_mac == lab.lan.mac, f"from {lab.lan.mac} ({found.src_mac})")
