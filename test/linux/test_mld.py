# SPDX-License-Identifier: GPL-2.0-only
"""MLD and IPv6 forwarding: from the query on the wire to the datagram in the socket."""

from __future__ import annotations

import json
import random
import select
import signal
import socket
import struct
import subprocess
import time
from types import SimpleNamespace
from typing import Callable

import pytest

from netlab import MCASTCTL, TO_EX, TO_IN, Mcastd, Namespace, Tap, delivers, veth, wait_until
from netlab6 import (
    ALERT,
    MLD_DONE,
    MLD_REPORT,
    Frame6,
    Host6,
    is_query,
    joined,
    octets,
    v1_message,
    v2_report,
)

FAST = "query-interval: 3, query-response-interval: 1, last-member-query-interval: 200ms"
CONFIG = f"interfaces: {{lan1: {{mld: {{{FAST}}}}}, lan2: {{optional: true, mld: {{{FAST}}}}}}}\n"
GROUP = "ff1e::1:2:3"
MRT6_INIT = 200


def groups(daemon: Mcastd, interface: str) -> dict:
    return daemon.groups(interface, "mld")


def interface(daemon: Mcastd, name: str) -> dict:
    return daemon.interface(name, "mld")


def nothing_is_left(router: Namespace) -> bool:
    """Neither of IPv4 nor of IPv6: only the headings."""
    files = ("ip_mr_vif", "ip_mr_cache", "ip6_mr_vif", "ip6_mr_cache")
    return all(len(router.read(name).splitlines()) == 1 for name in files)


def report(host: Host6, *records: tuple) -> None:
    host.mld_socket().sendto(v2_report(*records), ("ff02::16", 0))


def forward_something(lan6: SimpleNamespace, daemon: Mcastd) -> None:
    receiver = lan6.h2.receiver6()
    lan6.h2.join6(receiver, GROUP)
    wait_until(lambda: GROUP in groups(daemon, "lan2"))
    assert delivers(lan6.h1.sender6(), receiver, GROUP)


# --- queries ------------------------------------------------------------------------------------------------


def test_the_query_has_the_header_that_the_rfc_wants(lan6, mcastd6):
    mcastd6("interfaces: {lan1: {}}").ready()
    query = lan6.tap1.expect(is_query)
    assert query.mac == bytes.fromhex("333300000001")
    assert (query.source, query.destination, query.ttl, query.tclass) == ("fe80::1", "ff02::1", 1, 0)
    assert query.options == ALERT and query.checksum() == 0
    assert len(query.payload) == 28 and query.payload[24:28] == bytes([2, 125, 0, 0])
    assert struct.unpack("!H", query.payload[4:6])[0] == 10000, "milliseconds"


def test_version_1_is_asked_in_its_own_form(lan6, mcastd6):
    daemon = mcastd6("interfaces: {lan1: {mld: {version: 1}}}").ready()
    assert len(lan6.tap1.expect(is_query).payload) == 24
    assert interface(daemon, "lan1")["version"] == 1


@pytest.fixture
def shared_lan(network: Callable) -> SimpleNamespace:
    """Two routers and a host on a bridge: fe80::1, fe80::2, fe80::9."""
    switch, a, b = network(Namespace, "sw"), network(Namespace, "a", True), network(Namespace, "b", True)
    host = network(Host6, "h", "eth0", "", "fe80::9", "2001:db8:1::9")
    switch.ip("link add br0 type bridge forward_delay 0 stp_state 0 mcast_snooping 0", "link set br0 up")
    for number, (node, name, address) in enumerate(
        [(a, "lan", "fe80::1/64"), (b, "lan", "fe80::2/64"), (host, "eth0", "fe80::9/64")]
    ):
        veth(switch, f"p{number}", "", node, name, address)
        switch.ip(f"link set p{number} master br0")
    return SimpleNamespace(a=a, b=b, host=host, tap=network(Tap, host, "eth0", Frame6))


def test_the_lower_address_is_the_querier_and_the_other_takes_over(shared_lan, tmp_path):
    config = f"interfaces: {{lan: {{mld: {{{FAST}}}}}}}\n"
    b = Mcastd(shared_lan.b, tmp_path, config).ready()
    assert interface(b, "lan")["is_querier"]
    a = Mcastd(shared_lan.a, tmp_path, config).ready()
    wait_until(lambda: not interface(b, "lan")["is_querier"], what="b gives in")
    view = interface(b, "lan")
    assert view["querier"] == "fe80::1" and 0 < view["other_querier_timer"] <= 6.5
    report(shared_lan.host, (TO_EX, GROUP, []))
    wait_until(lambda: GROUP in groups(a, "lan") and GROUP in groups(b, "lan"), what="both know the member")
    a.stop()
    wait_until(lambda: interface(b, "lan")["is_querier"], within=8, what="b takes over after 6.5 s")
    shared_lan.tap.expect(lambda frame: is_query(frame) and frame.source == "fe80::2")


# --- members and data ---------------------------------------------------------------------------------------


def test_a_stream_comes_with_the_join_and_ends_with_the_leave(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    receiver, sender = lan6.h2.receiver6(), lan6.h1.sender6()
    assert not delivers(sender, receiver, GROUP, 0.3)
    lan6.h2.join6(receiver, GROUP)
    group = wait_until(lambda: groups(daemon, "lan2").get(GROUP), what="the group is known")
    assert (group["mode"], group["version"], group["last_reporter"]) == ("exclude", 2, "fe80::2")
    assert 5.0 < group["group_timer"] <= 7.0
    assert delivers(sender, receiver, GROUP)
    entry = daemon.mroute()["2001:db8:1::2", GROUP]
    assert entry["family"] == "ipv6" and entry["incoming"] == "lan1" and entry["packets"] > 0
    assert entry["outgoing"] == [{"interface": "lan2", "ttl_threshold": 1}]
    assert daemon.ctl("show", "mroute", "summary") == {"starg": 0, "sg": 1}

    lan6.h2.join6(receiver, GROUP, leave=True)
    lan6.tap2.expect(lambda frame: is_query(frame, GROUP) and frame.destination == GROUP)
    wait_until(lambda: GROUP not in groups(daemon, "lan2"), what="the group is gone")
    wait_until(lambda: daemon.mroute()["2001:db8:1::2", GROUP]["outgoing"] == [])
    while select.select([lan6.tap2.socket], [], [], 0)[0]:
        lan6.tap2.socket.recv(2048)
    sender.sendto(b"late", (GROUP, 5000))
    assert not any(frame.destination == GROUP and frame.protocol == 17 for frame in lan6.tap2.frames(0.3))


def test_both_families_at_once(lan6, mcastd6):
    daemon = mcastd6("interfaces: {lan1: {}, lan2: {}}\n").ready()
    six, four = lan6.h2.receiver6(), lan6.h2.receiver(5001)
    lan6.h2.join6(six, GROUP)
    lan6.h2.join(four, "239.1.2.3")
    wait_until(lambda: groups(daemon, "lan2") and daemon.groups("lan2"))
    assert delivers(lan6.h1.sender6(), six, GROUP)
    lan6.h1.sender().sendto(b"x", ("239.1.2.3", 5001))
    four.settimeout(2)
    assert four.recv(10) == b"x"
    assert {row["family"] for row in daemon.mroute().values()} == {"ipv4", "ipv6"}
    for family in ("ipv4", "ipv6"):
        assert [row["family"] for row in daemon.ctl("show", "mroute", f"--{family}")] == [family]
    assert daemon.ctl("show", "mroute", "summary") == {"starg": 0, "sg": 2}
    assert daemon.ctl("show", "mld", "summary") == {"interfaces": 2, "groups": 1, "sources": 0}
    assert daemon.ctl("show", "igmp", "summary") == {"interfaces": 2, "groups": 1, "sources": 0}


def test_membership_lives_on_by_the_answers_to_queries(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    lan6.h2.join6(receiver := lan6.h2.receiver6(), GROUP)
    wait_until(lambda: GROUP in groups(daemon, "lan2"))
    time.sleep(7.5)  # beyond the Group Membership Interval of 7 s
    assert groups(daemon, "lan2")[GROUP]["uptime"] > 7.4
    dropped = daemon.counters("lan2", "mld")["dropped"]
    others = {reason: count for reason, count in dropped.items() if count and reason != "link-local-group"}
    assert others == {}, "neither our queries nor what our kernel reports counts"
    receiver.close()


def test_only_the_sources_that_were_asked_for_are_forwarded(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    lan6.h1.ip("addr add 2001:db8:1::3/64 dev eth0 nodad")
    receiver = lan6.h2.receiver6()
    lan6.h2.join_source6(receiver, "ff3e::1", "2001:db8:1::3")
    group = wait_until(lambda: groups(daemon, "lan2").get("ff3e::1"))
    assert group["mode"] == "include" and group["forwarded"] == ["2001:db8:1::3"]
    for source in ("2001:db8:1::2", "2001:db8:1::3"):
        lan6.h1.sender6(source=source).sendto(b"x", ("ff3e::1", 5000))
    lan6.tap2.expect(lambda frame: frame.protocol == 17 and frame.source == "2001:db8:1::3")
    assert wait_until(lambda: daemon.mroute().get(("2001:db8:1::2", "ff3e::1")))["outgoing"] == []


def test_hosts_of_version_1_are_understood(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    lan6.h2.sysctl("ipv6/conf/eth0/force_mld_version", 1)
    receiver = lan6.h2.receiver6()
    lan6.h2.join6(receiver, GROUP)
    group = wait_until(lambda: groups(daemon, "lan2").get(GROUP), what="a report to the group itself")
    assert group["version"] == 1 and group["v1_host_timer"] > 0
    assert delivers(lan6.h1.sender6(), receiver, GROUP)
    lan6.h2.join6(receiver, GROUP, leave=True)
    wait_until(lambda: GROUP not in groups(daemon, "lan2"), what="Done is understood")
    received = daemon.counters("lan2", "mld")["received"]
    assert received["report-v1"] > 0 and received["done"] == 1


def test_a_router_of_version_1_serves_its_hosts(lan6, mcastd6):
    daemon = mcastd6(f"interfaces: {{lan2: {{mld: {{version: 1, {FAST}}}}}}}\n").ready()
    raw = lan6.h2.mld_socket()
    raw.sendto(v1_message(MLD_REPORT, GROUP), (GROUP, 0))
    wait_until(lambda: GROUP in groups(daemon, "lan2"))
    raw.sendto(v1_message(MLD_DONE, GROUP), ("ff02::2", 0))
    asked = lan6.tap2.expect(lambda frame: is_query(frame, GROUP))
    assert asked.destination == GROUP and len(asked.payload) == 24
    wait_until(lambda: GROUP not in groups(daemon, "lan2"))


def test_a_boundary_is_not_crossed_out_or_in(lan6, mcastd6):
    static = "static-joins: ['ff15::1', 'ff1e::1']"
    daemon = mcastd6(
        f"interfaces: {{lan1: {{mld: {{{FAST}, {static}}}}}, "
        f"lan2: {{boundaries: [239.0.0.0/8, 'ff15::/16'], mld: {{{FAST}, {static}}}}}}}"
    ).ready()
    one, two = lan6.h1.receiver6(), lan6.h2.receiver6()
    for group in ("ff15::1", "ff1e::1"):
        lan6.h1.join6(one, group)
        lan6.h2.join6(two, group)
    assert not delivers(lan6.h1.sender6(), two, "ff15::1", 0.4)
    assert not delivers(lan6.h2.sender6(), one, "ff15::1", 0.4)
    assert delivers(lan6.h1.sender6(), two, "ff1e::1")
    assert delivers(lan6.h2.sender6(), one, "ff1e::1")
    assert interface(daemon, "lan2")["boundaries"] == ["ff15::/16"]


def test_static_joins_and_routes_need_no_member(lan6, mcastd6):
    daemon = mcastd6(
        f"""
interfaces:
  lan1: {{mld: false}}
  lan2: {{mld: {{static-joins: ["{GROUP}", {{group: "ff3e::1", source: "2001:db8:1::2"}}]}}}}
routes:
  - {{group: "ff1e::9", incoming: lan1, outgoing: [lan2]}}
  - {{group: "ff1e::8", source: "2001:db8:f::1", incoming: lan1, outgoing: [lan2]}}
"""
    ).ready()
    assert daemon.mroute()["2001:db8:f::1", "ff1e::8"]["outgoing"]
    assert groups(daemon, "lan2")[GROUP]["static"] is True
    for group in (GROUP, "ff3e::1", "ff1e::9"):
        lan6.h1.sender6().sendto(b"x", (group, 5000))
        lan6.tap2.expect(lambda frame: frame.protocol == 17 and frame.destination == group)
    lan6.h1.ip("addr add 2001:db8:f::1/128 dev eth0 nodad")
    lan6.h1.sender6(source="2001:db8:f::1").sendto(b"x", ("ff1e::8", 5000))
    lan6.tap2.expect(lambda frame: frame.source == "2001:db8:f::1")


def test_the_way_back_to_a_source_is_the_kernels_route(lan6, mcastd6):
    daemon = mcastd6(
        f"interfaces: {{lan1: {{mld: {{{FAST}}}}}, lan2: {{mld: {{{FAST}, static-joins: ['{GROUP}']}}}}}}"
    ).ready()
    lan6.h1.ip("addr add 2001:db8:f::1/128 dev eth0 nodad")
    sender = lan6.h1.sender6(source="2001:db8:f::1")
    sender.sendto(b"x", (GROUP, 5000))
    assert wait_until(lambda: daemon.mroute().get(("2001:db8:f::1", GROUP)))["outgoing"] == []
    lan6.router.ip("route add 2001:db8:f::/64 via fe80::2 dev lan1")
    entry = wait_until(lambda: (e := daemon.mroute()["2001:db8:f::1", GROUP])["outgoing"] and e)
    assert entry["incoming"] == "lan1" and entry["outgoing"][0]["interface"] == "lan2"
    sender.sendto(b"x", (GROUP, 5000))
    lan6.tap2.expect(lambda frame: frame.source == "2001:db8:f::1")
    lan6.router.ip("route change 2001:db8:f::/64 via fe80::2 dev lan2")
    wait_until(lambda: daemon.mroute()["2001:db8:f::1", GROUP]["incoming"] == "lan2")


def test_data_from_a_link_local_source_stays_on_its_link(lan6, mcastd6):
    daemon = mcastd6(f"interfaces: {{lan1: {{}}, lan2: {{mld: {{static-joins: ['{GROUP}']}}}}}}").ready()
    sender = lan6.h1.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 8)
    sender.bind(("fe80::2", 0, 0, lan6.h1.index()))
    sender.sendto(b"x", (GROUP, 5000, 0, lan6.h1.index()))
    wait_until(lambda: daemon.counters("*")["dropped"]["bad-source"] == 1)
    assert daemon.mroute() == {}
    assert not any(frame.destination == GROUP and frame.protocol == 17 for frame in lan6.tap2.frames(0.3))


def test_an_entry_without_data_goes(lan6, mcastd6):
    daemon = mcastd6(f"router: {{forwarding-entry-lifetime: 1s}}\n{CONFIG}").ready()
    sender = lan6.h1.sender6()
    sender.sendto(b"x", ("ff1e::4", 5000))
    wait_until(lambda: ("2001:db8:1::2", "ff1e::4") in daemon.mroute())
    for _ in range(30):
        sender.sendto(b"x", ("ff1e::5", 5000))
        time.sleep(0.1)
    assert set(daemon.mroute()) == {("2001:db8:1::2", "ff1e::5")}
    assert len(lan6.router.read("ip6_mr_cache").splitlines()) == 2


def test_applications_of_the_router_itself_are_members(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    receiver = lan6.router.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    index = lan6.router.inside(lambda: socket.if_nametoindex("lan2"))
    receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, octets(GROUP) + struct.pack("i", index))
    group = wait_until(lambda: groups(daemon, "lan2").get(GROUP))
    assert group["last_reporter"] == "fe80::1"
    timer = group["group_timer"]
    time.sleep(2.0)  # the next query is out by now, and answered within a second
    wait_until(lambda: groups(daemon, "lan2")[GROUP]["group_timer"] > timer - 1.5, within=4)
    assert daemon.counters("lan2", "mld")["dropped"]["own-message"] == 0


# --- start, stop, reload ------------------------------------------------------------------------------------


def test_a_clean_stop_takes_everything_back(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    forward_something(lan6, daemon)
    assert len(lan6.router.read("ip6_mr_vif").splitlines()) == 3
    assert daemon.stop() == 0
    assert nothing_is_left(lan6.router)


def test_after_a_kill_it_starts_clean(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    forward_something(lan6, daemon)
    daemon.stop(signal.SIGKILL)
    daemon.socket.unlink()
    daemon.start()
    daemon.ready()
    assert daemon.mroute() == {}
    forward_something(lan6, daemon)


def test_another_ipv6_router_is_left_alone_when_mld_is_off(lan6, mcastd6):
    other = lan6.router.socket(socket.AF_INET6, socket.SOCK_RAW, 58)
    other.setsockopt(socket.IPPROTO_IPV6, MRT6_INIT, struct.pack("i", 1))
    refused = mcastd6(CONFIG)
    assert refused.exit_status() == 1
    assert "another multicast router runs in this network namespace: MRT6_INIT" in refused.log.read_text()
    daemon = mcastd6("defaults: {mld: off}\ninterfaces: {lan1: {}, lan2: {}}\n").ready()
    assert interface(daemon, "lan1")["mld"] is False and daemon.interface("lan1")["is_querier"]
    other.close()
    second = mcastd6("defaults: {igmp: off}\ninterfaces: {lan1: {}, lan2: {}}\n").ready()
    assert interface(second, "lan1")["is_querier"], "a daemon for each family"
    assert second.interface("lan1")["igmp"] is False


def test_sighup_takes_a_family_up_and_gives_it_back(lan6, mcastd6):
    without, with_mld = "defaults: {mld: off}\n" + CONFIG.replace("mld:", "igmp:"), CONFIG
    daemon = mcastd6(without).ready()
    assert len(lan6.router.read("ip6_mr_vif").splitlines()) == 1
    for _ in range(2):
        daemon.config.write_text(with_mld)
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: interface(daemon, "lan2").get("active"), what="MLD is on")
        assert {"ff02::2", "ff02::16"} <= joined(lan6.router, "lan2")
        report(lan6.h2, (TO_EX, GROUP, []))
        wait_until(lambda: GROUP in groups(daemon, "lan2"))
        daemon.config.write_text(without)
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not interface(daemon, "lan2")["active"], what="MLD is off")
        assert len(lan6.router.read("ip6_mr_vif").splitlines()) == 1
        assert "ff02::16" not in joined(lan6.router, "lan2")
    assert daemon.stop() == 0 and nothing_is_left(lan6.router)


# --- interfaces and addresses -------------------------------------------------------------------------------


def test_an_interface_that_goes_and_comes_back_is_taken_up_again(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    forward_something(lan6, daemon)
    lan6.router.ip("link del lan2")
    wait_until(lambda: not interface(daemon, "lan2"), what="lan2 is released")
    assert daemon.mroute()["2001:db8:1::2", GROUP]["outgoing"] == []
    veth(lan6.router, "lan2", "fe80::1/64", lan6.h2, "eth0", "fe80::2/64")
    wait_until(lambda: interface(daemon, "lan2").get("active"), what="lan2 is taken up")
    receiver = lan6.h2.receiver6(5001)
    lan6.h2.join6(receiver, "ff1e::4")
    wait_until(lambda: "ff1e::4" in groups(daemon, "lan2"))


def test_the_source_address_follows_the_link_local_one(lan6, mcastd6):
    daemon = mcastd6("interfaces: {lan1: {mld: {query-interval: 2, query-response-interval: 1}}}").ready()
    assert lan6.tap1.expect(is_query).source == "fe80::1"
    lan6.router.ip("addr add fe80::7/64 dev lan1", "addr del fe80::1/64 dev lan1")
    assert lan6.tap1.expect(lambda frame: is_query(frame) and frame.source != "fe80::1").source == "fe80::7"
    lan6.router.ip("addr del fe80::7/64 dev lan1")
    wait_until(lambda: not interface(daemon, "lan1")["active"], what="a global address is none to ask from")


def test_a_tentative_address_is_waited_for(lan6, mcastd6):
    lan6.router.ip("addr flush dev lan2 scope link")
    daemon = mcastd6(CONFIG).ready()
    assert not interface(daemon, "lan2")["active"]
    lan6.router.sysctl("ipv6/conf/lan2/accept_dad", 1)
    began = time.monotonic()
    lan6.router.ip("addr add fe80::5/64 dev lan2")
    wait_until(lambda: interface(daemon, "lan2")["active"], what="the kernel found no other fe80::5")
    assert time.monotonic() - began > 0.5, "it was not used before"
    assert lan6.tap2.expect(is_query).source == "fe80::5"
    dropped = daemon.counters("lan2", "mld")["dropped"]
    assert dropped["bad-source"] == 0, "our own reports from :: do not count"


def test_ipv6_that_is_switched_off_and_on_again(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    lan6.router.ip("link set lan2 mtu 1000")
    wait_until(lambda: not interface(daemon, "lan2")["active"], what="too small for IPv6")
    assert daemon.interface("lan2")["active"], "IPv4 goes on"
    lan6.router.ip("link set lan2 mtu 1500", "addr add fe80::1/64 dev lan2")
    wait_until(lambda: interface(daemon, "lan2")["active"])
    assert {"ff02::2", "ff02::16"} <= joined(lan6.router, "lan2")
    lan6.tap2.expect(is_query)
    report(lan6.h2, (TO_EX, GROUP, []))
    wait_until(lambda: GROUP in groups(daemon, "lan2"))


# --- bad input ----------------------------------------------------------------------------------------------


def test_malformed_packets_are_counted_and_do_no_harm(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    raw = lan6.h1.mld_socket()
    good = v2_report((TO_EX, GROUP, ["2001:db8::9", "2001:db8::8"]))
    broken = {
        "truncated": good[:6],
        "bad-length": good[:6] + b"\xff\xff" + good[8:],
        "bad-group": v2_report((TO_EX, "2001:db8::1", [])),
    }
    for packet in broken.values():
        raw.sendto(packet, ("ff02::16", 0))
    lan6.h1.mld_socket(hops=2).sendto(good, ("ff02::16", 0))
    lan6.h1.mld_socket(router_alert=False).sendto(good, ("ff02::16", 0))
    lan6.h1.mld_socket(source="2001:db8:1::2").sendto(good, ("ff02::16", 0))
    reasons = [*broken, "bad-ttl", "no-router-alert", "bad-source"]
    wait_until(
        lambda: all(daemon.counters("lan1", "mld")["dropped"][reason] == 1 for reason in reasons),
        what="each reason counts once",
    )
    assert groups(daemon, "lan1") == {}

    chance = random.Random(1)
    for _ in range(20000):
        noise = bytearray(good if chance.random() < 0.5 else chance.randbytes(chance.randrange(4, 200)))
        noise[chance.randrange(len(noise))] ^= 1 << chance.randrange(8)
        noise[0] = chance.choice((130, 131, 132, 143))
        raw.sendto(bytes(noise[: chance.randrange(4, len(noise) + 1)]), ("ff02::16", 0))
    counters = wait_until(
        lambda: (c := daemon.counters("*")["host"])["packets"] + c["receive-queue-full"] >= 20000 and c
    )
    assert counters["receive-queue-full"] == 0
    dropped = daemon.counters("lan1", "mld")["dropped"]
    assert dropped["truncated"] + dropped["bad-length"] > 5000
    report(lan6.h1, (TO_EX, "ff1e::3", []))
    wait_until(lambda: "ff1e::3" in groups(daemon, "lan1"), what="it goes on as ever")


# --- mcastctl -----------------------------------------------------------------------------------------------


def test_tables_and_events_tell_mld_in_its_own_words(lan6, mcastd6):
    daemon = mcastd6(CONFIG).ready()
    watch = subprocess.Popen(
        [str(MCASTCTL), "-s", str(daemon.socket), "--json", "watch"], stdout=subprocess.PIPE, bufsize=0
    )
    time.sleep(0.2)
    report(lan6.h1, (TO_EX, GROUP, ["2001:db8::8"]))
    events = []
    while not events or events[-1]["event"] != "group-joined":
        assert select.select([watch.stdout], [], [], 5)[0]
        events.append(json.loads(watch.stdout.readline()))
    watch.terminate()
    assert watch.wait(5) == 0
    assert events[-1]["family"] == "ipv6" and events[-1]["group"] == GROUP
    assert any(one["event"] == "packet-received" and one["message"] == "report-v2" for one in events)
    wait_until(lambda: GROUP in groups(daemon, "lan1"))
    report(lan6.h1, (TO_IN, "ff1e::7", []))
    table = {
        words: subprocess.run(
            [str(MCASTCTL), "-s", str(daemon.socket), *words.split()], capture_output=True, text=True
        ).stdout
        for words in ("show mld interfaces", "show mld groups lan1", "show counters")
    }
    lan1 = table["show mld interfaces"].splitlines()[1].split()
    assert lan1[:5] == ["lan1", "fe80::1", "active", "2", "us"]
    assert f"{GROUP}  exclude" in table["show mld groups lan1"]
    assert "2001:db8::8 blocked" in table["show mld groups lan1"]
    assert "mld       received  report-v2" in table["show counters"]
    only = subprocess.run([str(MCASTCTL), "show", "mroute", "--ipv4", "--ipv6"], capture_output=True)
    assert only.returncode == 2
