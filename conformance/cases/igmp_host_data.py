# SPDX-License-Identifier: GPL-2.0-only
"""Multicast datagrams that a host sends and receives (RFC 1112, 6 and 7)."""

from conformance.harness import *

from .igmp_host_common import G, G2, G3, QUERY_V1, join, quiet

SEND, RECEIVE = "host:send", ["host:listen", "host:delivery"]
ICMP = ip(1)
PORTS = ("lan", "lan2", "up")


def sent(lab, port, group=G, **fields):
    """The datagram that an application has just sent, on this port."""
    return lab.ports[port].expect(data(group, **fields))


# ---- sending -----------------------------------------------------------------------------------------------


@case("IGMPV1-HOST-6.1-01", role="host", needs=SEND, seconds=2)
def ttl_is_1_by_default(lab):
    """An application that says nothing about the TTL sends with TTL 1."""
    for port in PORTS:
        lab.host.send(G, b"no TTL", port=port)
        message = sent(lab, port, payload=b"no TTL")
        lab.check(message.ttl == 1, f"TTL 1 on {port} ({message.ttl})")


@case("IGMPV1-HOST-6.1-02", role="host", needs=SEND, seconds=2)
def ttl_is_what_the_application_wants(lab):
    """An application chooses the TTL of its datagrams."""
    for ttl in (16, 2, 1, 255):
        lab.host.send(G, b"chosen", port="lan", ttl=ttl)
        message = sent(lab, "lan", payload=b"chosen")
        lab.check(message.ttl == ttl, f"TTL {ttl} ({message.ttl})")


@case("IGMPV1-HOST-6.1-03", role="host", needs=SEND, seconds=3)
def datagram_goes_out_once_on_the_chosen_interface(lab):
    """An application names the interface: the datagram is sent there, once, and nowhere else."""
    for port in PORTS:
        payload = f"on {port}".encode()
        lab.host.send(G, payload, port=port)
        sent(lab, port, payload=payload)
        for other in PORTS:
            lab.ports[other].expect_none(data(payload=payload))


@case("IGMPV1-HOST-6.1-03", role="host", needs=SEND, seconds=3)
def datagram_goes_out_once_on_a_default_interface(lab):
    """Without an interface named, one default interface is used: one copy, on the same one each time."""
    used = []
    for group in (G, G2, "224.0.0.200"):
        lab.host.send(group, b"anywhere")
        copies = [
            port
            for port in PORTS
            for _ in lab.ports[port].collect(data(group, payload=b"anywhere"), lab.timers.tolerance)
        ]
        lab.check(len(copies) == 1, f"one copy of the datagram ({', '.join(copies) or 'none'})")
        used += copies
    lab.check(len(set(used)) == 1, f"always the same interface ({', '.join(used)})")


@case("IGMPV1-HOST-6.1-04", role="host", needs=[SEND, *RECEIVE], seconds=4)
def sender_that_is_a_member_gets_a_copy(lab):
    """A member on the outgoing interface gets a copy of what its host sends, unless that is inhibited."""
    join(lab, G)
    for loop, copies in ((True, 1), (False, 0)):
        payload = f"loop {loop}".encode()
        lab.host.send(G, payload, port="lan", loop=loop)
        got = lab.host.received("a", payload=payload)
        lab.check(len(got) == copies, f"{copies} copies with loopback {loop} ({len(got)})")
        sent(lab, "lan", payload=payload)
    lab.host.send(G2, b"another", port="lan")
    lab.check(not lab.host.received(payload=b"another"), "no copy of what goes to a group that is not joined")


@case("IGMPV1-HOST-7.3-01", role="host", needs=[SEND, *RECEIVE], seconds=3)
def link_does_not_give_back_what_it_sent(lab):
    """A frame that the link transmits is not received by it: one copy by IP's own loopback, none without."""
    join(lab, G)
    for loop, copies in ((False, 0), (True, 1)):
        for number in range(3):
            payload = f"{loop} {number}".encode()
            lab.host.send(G, payload, port="lan", loop=loop)
            sent(lab, "lan", payload=payload)
            got = lab.host.received(payload=payload)
            lab.check(len(got) == copies, f"{copies} copies with loopback {loop} ({len(got)})")


@case("IGMPV1-HOST-6.2-01", role="host", needs=SEND, seconds=2)
def datagram_goes_to_the_group_on_the_link(lab):
    """A datagram to a group is sent directly to the group's Ethernet address."""
    for group in (G, "224.1.2.3", "232.3.4.5", "239.255.255.255"):
        lab.host.send(group, b"direct", port="lan")
        message = sent(lab, "lan", group, payload=b"direct")
        lab.check(message.dst_mac == multicast_mac(group), f"to {multicast_mac(group)} ({message.dst_mac})")


@case("IGMPV1-HOST-6.2-02", role="host", needs=SEND, seconds=2)
def source_is_an_address_of_the_outgoing_interface(lab):
    """The IPv4 source of a datagram is the address of the interface that sends it."""
    for port in PORTS:
        lab.host.send(G, b"whose", port=port)
        message = sent(lab, port, payload=b"whose")
        lab.check(message.src == lab.ports[port].dut, f"{lab.ports[port].dut} ({message.src})")


def groups_named_by_options(message):
    """Group addresses in source route and record route options."""
    octets, at, found = message.options, 0, []
    while at < len(octets) and octets[at] != 0:
        length = 1 if octets[at] == 1 else max(octets[at + 1], 2) if at + 1 < len(octets) else 2
        if octets[at] in (7, 0x83, 0x89):
            found += [octets[i : i + 4] for i in range(at + 3, at + length, 4) if 224 <= octets[i] <= 239]
        at += length
    return found


@case("IGMPV1-HOST-6.2-03", role="host", needs=[SEND, "host:listen"], seconds=3)
def group_is_never_a_source_nor_in_a_route(lab):
    """Neither the IPv4 source nor a route option of what a host sends has a group address in it."""
    lab.host.join(G)
    reported = lab.lan.expect(any_report(group=G))
    lab.host.send(G, b"to us", port="lan", ttl=5)
    lab.host.send(G2, b"to them", port="lan")
    messages = [reported, sent(lab, "lan", payload=b"to us"), sent(lab, "lan", G2, payload=b"to them")]
    for message in messages:
        lab.check(not 224 <= int(message.src.split(".")[0]) <= 239, f"the source is no group ({message.src})")
        lab.check(
            not groups_named_by_options(message), f"no group in a route option ({message.options.hex()})"
        )


# ---- receiving ---------------------------------------------------------------------------------------------


@case("IGMPV1-HOST-7.2-01", role="host", needs=RECEIVE, seconds=5)
def datagram_for_a_group_not_joined_is_discarded(lab):
    """A datagram for a group not joined, or only on another interface, is discarded without an error."""
    lab.host.join(G, port="lan2")
    join(lab, G2)
    on_lan, on_lan2 = lab.lan.address(50), lab.lan2.address(50)
    for group in (G, G3):
        lab.check(not lab.host.delivered(on_lan, group, ttl=1), f"{group} is not delivered from lan")
        lab.lan.expect_none(ICMP)
    lab.check(not lab.host.delivered(on_lan2, G2, port="lan2"), f"{G2} is not delivered from lan2")
    lab.lan2.expect_none(ICMP)
    lab.check(lab.host.delivered(on_lan2, G, port="lan2"), f"{G} is delivered from lan2, where it is joined")
    lab.check(lab.host.delivered(on_lan, G2), f"{G2} is delivered from lan, where it is joined")


@case("IGMPV1-HOST-7.2-02", role="host", needs=RECEIVE, seconds=3)
def datagram_with_ttl_1_is_delivered(lab):
    """A datagram that arrives with TTL 1 is delivered."""
    join(lab, G)
    for ttl in (1, 2, 255):
        lab.check(lab.host.delivered(lab.lan.address(50), G, ttl=ttl), f"TTL {ttl} is delivered")
    lab.lan.expect_none(ICMP)


@case("IGMPV1-HOST-7.2-03", role="host", needs=RECEIVE, seconds=4)
def datagram_from_a_group_address_is_discarded(lab):
    """A datagram whose IPv4 source is a group address is discarded without an error."""
    join(lab, G)
    for source in (G, "224.0.0.5", "239.255.255.255"):
        lab.check(
            not lab.host.delivered(source, G, src_mac="02:00:0a:01:00:32"),
            f"source {source} is not delivered",
        )
        lab.lan.expect_none(ICMP)
    lab.check(lab.host.delivered(lab.lan.address(50), G), "a host's datagram is delivered")


@case("IGMPV1-HOST-7.2-04", role="host", needs="host:listen", seconds=5)
def no_icmp_error_about_a_datagram_to_a_group(lab):
    """Nothing that is sent to a group makes a host send ICMP: closed port, protocol, options, TTL, routes."""
    join(lab, G)
    source = lab.lan.address(50)
    for group in (G, G2, ALL_SYSTEMS):
        where = dict(dst=group, src=source)
        for packet in (
            data(group, source, dport=9),
            data(group, source, dport=9, ttl=1),
            data(group, source, dport=9, ttl=0),
            ip(253, **where),
            ip(132, payload=bytes(12), **where),
            ip(6, payload=bytes(20), **where),
            ip(17, payload=b"\x13\x89", **where),
            data(group, source, options=b"\x1f\x27\x04\0"),  # an option that runs beyond the header
            data(group, source, options=b"\x83\x07\x05\x0a\x01\x00\x63\0"),  # source route, odd pointer
            data(group, source, options=b"\x44\x08\x01\0\0\0\0\0"),  # timestamp, pointer too low
            data(group, source, more_fragments=True, ip_id=77),
        ):
            lab.lan.send(packet)
    lab.wait(60 if lab.virtual else 1)  # the time for reassembly
    lab.lan.expect_none(ICMP)
    lab.lan.send(general_query(max_resp=1))
    lab.lan.expect(is_ex(G, []), within=1)


@case("IGMPV1-HOST-7.2-05", role="host", needs=RECEIVE, seconds=5)
def membership_lasts_until_the_last_leave(lab):
    """Two joins and one leave: the membership stays; it ends with the second leave."""
    source = lab.lan.address(50)
    lab.host.join(G, socket="a")
    lab.host.join(G, socket="b")
    quiet(lab)
    lab.host.leave(G, socket="a")
    lab.lan.expect_none(any_igmp(), within=lab.timers.uri)
    lab.check(lab.host.delivered(source, G, socket="b"), "the second application still gets the group")
    lab.check(not lab.host.delivered(source, G, socket="a"), "the first one does not")
    lab.host.leave(G, socket="b")
    lab.lan.expect(to_in(G, []))
    lab.check(not lab.host.delivered(source, G, socket="b"), "after the last leave nobody gets it")


@case(
    "IGMPV1-HOST-7.2-06", role="host", needs=["host:listen", igmp(1)], setup=dict(igmp_version=1), seconds=11
)
def host_is_a_member_of_all_hosts_from_the_start(lab):
    """224.0.0.1 is received on every interface from the start: a query to it is answered on each."""
    for port in PORTS:
        lab.host.join(G, port=port)
    for port in PORTS:
        lab.ports[port].expect(v1_report(G))
    quiet(lab)
    for port in PORTS:
        lab.ports[port].send(QUERY_V1)
    for port in PORTS:
        lab.ports[port].expect(v1_report(G), within=10)


@case("IGMPV1-HOST-7.2-06", role="host", needs="host:listen", seconds=6)
def host_cannot_leave_all_hosts(lab):
    """The membership of 224.0.0.1 depends on no application: after one left it queries are still heard."""
    join(lab, G)
    lab.host.listen(ALL_SYSTEMS, "exclude", [], socket="b")
    lab.host.listen(ALL_SYSTEMS, "include", [], socket="b")
    for query in (general_query(max_resp=1), group_query(G, max_resp=1, dst=ALL_SYSTEMS)):
        lab.lan.send(query)
        lab.lan.expect(is_ex(G, []), within=1)


@case("IGMPV1-HOST-7.2-06", role="host", needs=RECEIVE, seconds=3)
def datagram_to_all_hosts_is_delivered(lab):
    """Datagrams to 224.0.0.1 reach an application that listens to it."""
    for port in PORTS:
        lab.host.listen(ALL_SYSTEMS, "exclude", [], port=port)
        lab.check(
            lab.host.delivered(lab.ports[port].address(50), ALL_SYSTEMS, port=port, ttl=1),
            f"delivered on {port}",
        )
