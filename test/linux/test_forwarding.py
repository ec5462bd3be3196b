# SPDX-License-Identifier: GPL-2.0-only
"""From the query on the wire to the datagram in the socket."""

from __future__ import annotations

import select
import socket
import time

from netlab import TO_EX, TO_IN, checksum, delivers, is_query, v2_message, v3_report, wait_until

# Short enough for a test, and all that RFC 3376 8.3 asks for.
FAST = "query-interval: 3, query-response-interval: 1, last-member-query-interval: 200ms"
CONFIG = f"interfaces: {{lan1: {{igmp: {{{FAST}}}}}, lan2: {{igmp: {{{FAST}}}}}}}\n"
GROUP = "239.1.2.3"


def test_the_query_has_the_header_that_the_rfc_wants(lan, mcastd):
    mcastd("interfaces: {lan1: {}}").ready()
    query = lan.tap1.expect(is_query)
    assert query.mac == bytes.fromhex("01005e000001")
    assert (query.source, query.destination, query.ttl, query.tos) == ("10.1.0.1", "224.0.0.1", 1, 0xC0)
    assert query.header[20:] == b"\x94\x04\0\0", "Router Alert"
    assert checksum(query.header) == 0 and checksum(query.payload) == 0
    assert len(query.payload) == 12 and query.payload[1] == 100 and query.payload[8:10] == bytes([2, 125])


def test_versions_1_and_2_are_asked_in_their_own_form(lan, mcastd):
    mcastd("interfaces: {lan1: {igmp: {version: 2}}, lan2: {igmp: {version: 1}}}").ready()
    assert lan.tap1.expect(is_query).payload[:2] == bytes([0x11, 100])
    older = lan.tap2.expect(is_query)
    assert older.payload[1] == 0 and len(older.payload) == 8


def test_a_stream_comes_with_the_join_and_ends_with_the_leave(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    receiver, sender = lan.h2.receiver(), lan.h1.sender()
    assert not delivers(sender, receiver, GROUP, 0.3)
    lan.h2.join(receiver, GROUP)
    group = wait_until(lambda: daemon.groups("lan2").get(GROUP), what="the group is known")
    assert (group["mode"], group["version"], group["last_reporter"]) == ("exclude", 3, "10.2.0.2")
    assert 5.0 < group["group_timer"] <= 7.0
    assert delivers(sender, receiver, GROUP)
    entry = daemon.mroute()["10.1.0.2", GROUP]
    assert entry["incoming"] == "lan1" and entry["packets"] > 0
    assert entry["outgoing"] == [{"interface": "lan2", "ttl_threshold": 1}]
    assert daemon.ctl("show", "mroute", "summary") == {"starg": 0, "sg": 1}

    lan.h2.join(receiver, GROUP, leave=True)
    lan.tap2.expect(lambda frame: is_query(frame, GROUP) and frame.destination == GROUP)
    wait_until(lambda: GROUP not in daemon.groups("lan2"), what="the group is gone")
    wait_until(lambda: daemon.mroute()["10.1.0.2", GROUP]["outgoing"] == [])
    while select.select([lan.tap2.socket], [], [], 0)[0]:
        lan.tap2.socket.recv(2048)
    sender.sendto(b"late", (GROUP, 5000))
    assert not any(frame.destination == GROUP and frame.protocol == 17 for frame in lan.tap2.frames(0.3))


def test_membership_lives_on_by_the_answers_to_queries(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    receiver = lan.h2.receiver()
    lan.h2.join(receiver, GROUP)
    wait_until(lambda: GROUP in daemon.groups("lan2"))
    time.sleep(7.5)  # beyond the Group Membership Interval of 7 s
    assert daemon.groups("lan2")[GROUP]["uptime"] > 7.4
    for name in ("lan1", "lan2"):
        dropped = daemon.counters(name)["dropped"]
        assert (
            sum(dropped.values()) == 0
        ), "neither our queries nor our kernel's reports of 224.0.0.2 and .22 count"


def test_only_the_sources_that_were_asked_for_are_forwarded(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    lan.h1.ip("addr add 10.1.0.3/24 dev eth0")
    receiver = lan.h2.receiver()
    lan.h2.join_source(receiver, "232.1.1.1", "10.1.0.3")
    group = wait_until(lambda: daemon.groups("lan2").get("232.1.1.1"))
    assert group["mode"] == "include" and group["forwarded"] == ["10.1.0.3"]
    assert 0 < group["sources"][0]["timer"] <= 7.0
    wrong, right = lan.h1.sender(), lan.h1.sender()
    right.bind(("10.1.0.3", 0))
    wrong.bind(("10.1.0.2", 0))
    for sender in (wrong, right):
        sender.sendto(b"x", ("232.1.1.1", 5000))
    lan.tap2.expect(lambda frame: frame.protocol == 17 and frame.source == "10.1.0.3")
    assert wait_until(lambda: daemon.mroute().get(("10.1.0.2", "232.1.1.1")))["outgoing"] == []


def test_older_hosts_are_understood(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    raw = lan.h2.igmp_socket()
    raw.sendto(v2_message(0x16, GROUP), (GROUP, 0))
    assert wait_until(lambda: daemon.groups("lan2").get(GROUP))["version"] == 2
    unalerted = lan.h2.igmp_socket(router_alert=False)
    unalerted.sendto(v2_message(0x12, "239.1.2.4"), ("239.1.2.4", 0))
    assert wait_until(lambda: daemon.groups("lan2").get("239.1.2.4"))["version"] == 1
    raw.sendto(v2_message(0x17, GROUP), ("224.0.0.2", 0))
    wait_until(lambda: GROUP not in daemon.groups("lan2"))


def test_the_ttl_threshold_is_of_the_outgoing_interface(lan, mcastd):
    daemon = mcastd(
        f"interfaces: {{lan1: {{igmp: {{{FAST}}}}}, "
        f"lan2: {{ttl-threshold: 10, igmp: {{{FAST}, static-joins: [{GROUP}]}}}}}}"
    ).ready()
    receiver = lan.h2.receiver()
    lan.h2.join(receiver, GROUP)
    assert not delivers(lan.h1.sender(ttl=10), receiver, GROUP, 0.4)
    assert delivers(lan.h1.sender(ttl=11), receiver, GROUP)
    assert daemon.mroute()["10.1.0.2", GROUP]["outgoing"] == [{"interface": "lan2", "ttl_threshold": 10}]


def test_a_boundary_is_not_crossed_out_or_in(lan, mcastd):
    static = "static-joins: [239.255.1.1, 239.1.1.1]"
    daemon = mcastd(
        f"interfaces: {{lan1: {{igmp: {{{FAST}, {static}}}}}, "
        f"lan2: {{boundaries: [239.255.0.0/16], igmp: {{{FAST}, {static}}}}}}}"
    ).ready()
    one, two = lan.h1.receiver(), lan.h2.receiver()
    for group in ("239.255.1.1", "239.1.1.1"):
        lan.h1.join(one, group)
        lan.h2.join(two, group)
    assert not delivers(lan.h1.sender(), two, "239.255.1.1", 0.4)
    assert not delivers(lan.h2.sender(), one, "239.255.1.1", 0.4)
    assert delivers(lan.h1.sender(), two, "239.1.1.1")
    assert delivers(lan.h2.sender(), one, "239.1.1.1")
    assert daemon.mroute()["10.1.0.2", "239.255.1.1"]["outgoing"] == []


def test_static_joins_and_routes_need_no_member(lan, mcastd):
    daemon = mcastd(
        f"""
interfaces:
  lan1: {{igmp: false}}
  lan2: {{igmp: {{static-joins: [{GROUP}, {{group: 232.1.1.1, source: 10.1.0.2}}]}}}}
routes:
  - {{group: 239.9.9.9, incoming: lan1, outgoing: [lan2]}}
  - {{group: 239.9.9.8, source: 192.0.2.1, incoming: lan1, outgoing: [lan2]}}
"""
    ).ready()
    assert daemon.mroute()["192.0.2.1", "239.9.9.8"]["outgoing"] == [
        {"interface": "lan2", "ttl_threshold": 1}
    ]
    assert daemon.groups("lan2")[GROUP]["static"] is True
    sender = lan.h1.sender()
    for group in (GROUP, "232.1.1.1", "239.9.9.9"):
        sender.sendto(b"x", (group, 5000))
        lan.tap2.expect(lambda frame: frame.protocol == 17 and frame.destination == group)
    lan.h1.ip("addr add 192.0.2.1/32 dev eth0")
    foreign = lan.h1.sender()
    foreign.bind(("192.0.2.1", 0))
    foreign.sendto(b"x", ("239.9.9.8", 5000))
    lan.tap2.expect(lambda frame: frame.source == "192.0.2.1")
    foreign.sendto(b"x", (GROUP, 5000))
    entry = wait_until(
        lambda: daemon.mroute().get(("192.0.2.1", GROUP)), what="(S,G) of a source with no way back"
    )
    assert entry["outgoing"] == []


def test_the_way_back_to_a_source_is_the_kernels_route(lan, mcastd):
    daemon = mcastd(
        f"interfaces: {{lan1: {{igmp: {{{FAST}}}}}, lan2: {{igmp: {{{FAST}, static-joins: [{GROUP}]}}}}}}"
    )
    daemon.ready()
    lan.h1.ip("addr add 192.0.2.1/32 dev eth0")
    sender = lan.h1.sender()
    sender.bind(("192.0.2.1", 0))
    sender.sendto(b"x", (GROUP, 5000))
    assert wait_until(lambda: daemon.mroute().get(("192.0.2.1", GROUP)))["outgoing"] == []
    lan.router.ip("route add 192.0.2.0/24 via 10.1.0.2")
    entry = wait_until(lambda: (e := daemon.mroute()["192.0.2.1", GROUP])["outgoing"] and e)
    assert entry["incoming"] == "lan1" and entry["outgoing"][0]["interface"] == "lan2"
    sender.sendto(b"x", (GROUP, 5000))
    lan.tap2.expect(lambda frame: frame.source == "192.0.2.1")
    lan.router.ip("route change 192.0.2.0/24 via 10.2.0.2")
    wait_until(lambda: daemon.mroute()["192.0.2.1", GROUP]["incoming"] == "lan2")


def test_an_entry_without_data_goes_and_one_with_data_stays(lan, mcastd):
    daemon = mcastd(f"router: {{forwarding-entry-lifetime: 1s}}\n{CONFIG}").ready()
    sender = lan.h1.sender()
    sender.sendto(b"x", ("239.4.4.4", 5000))
    wait_until(lambda: ("10.1.0.2", "239.4.4.4") in daemon.mroute())
    for _ in range(30):
        sender.sendto(b"x", ("239.5.5.5", 5000))
        time.sleep(0.1)
    entries = daemon.mroute()
    assert ("10.1.0.2", "239.4.4.4") not in entries and ("10.1.0.2", "239.5.5.5") in entries
    assert "239.4.4.4" not in kernel_groups(lan.router)


def test_applications_of_the_router_itself_are_members(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    receiver = lan.router.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(
        socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton("10.2.0.1")
    )
    group = wait_until(lambda: daemon.groups("lan2").get(GROUP))
    assert group["last_reporter"] == "10.2.0.1"
    timer = group["group_timer"]
    time.sleep(2.0)  # the next query is out by now, and answered within a second
    wait_until(lambda: daemon.groups("lan2")[GROUP]["group_timer"] > timer - 1.5, within=4)
    assert daemon.counters("lan2")["dropped"]["own-message"] == 0


def test_fast_leave_does_not_ask(lan, mcastd):
    daemon = mcastd("interfaces: {lan2: {igmp: {fast-leave: true, last-member-query-interval: 5}}}").ready()
    raw = lan.h2.igmp_socket()
    raw.sendto(v3_report((TO_EX, GROUP, [])), ("224.0.0.22", 0))
    wait_until(lambda: GROUP in daemon.groups("lan2"))
    raw.sendto(v3_report((TO_IN, GROUP, [])), ("224.0.0.22", 0))
    wait_until(lambda: GROUP not in daemon.groups("lan2"), within=2)


def kernel_groups(router) -> list[str]:
    """The groups of the kernel's forwarding cache; /proc shows them as words in host order."""
    return [
        socket.inet_ntoa(int(line.split()[0], 16).to_bytes(4, "little"))
        for line in router.read("ip_mr_cache").splitlines()[1:]
    ]
