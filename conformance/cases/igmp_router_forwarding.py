# SPDX-License-Identifier: GPL-2.0-only
"""Where data goes: members, reverse path, TTL, boundaries, and what never leaves its link."""

from conformance.harness import *

from .igmp_router_common import A, B, GROUP, OTHER, THIRD, expect_served, expect_unserved

FORWARDING = [igmp(3), "forwarding"]
NEIGHBOUR = "10.2.0.55"  # a source on lan2
INSIDE, OUTSIDE = "239.1.2.3", "239.2.2.3"  # of the boundary 239.1.0.0/16
LOCAL_SCOPE = ("239.1.0.0/16",)


def join_everywhere(lab, *groups):
    """Members of the groups on lan and lan2."""
    for port in (lab.lan, lab.lan2):
        port.send(report(*(is_ex(group, []) for group in groups)))
    lab.wait(lab.timers.tolerance)


def prepare(lab, source=A, group=GROUP, to="lan"):
    """Makes sure that data flows, so that what comes next is not lost to a route in the making."""
    lab.check(lab.forwards(source, group, to=to), f"data of {source} to {group} must be forwarded to {to}")


# ---- the datagram ------------------------------------------------------------------------------------------


@case(
    "MFWD-ROUTER-1812-5.3.1-01", role="router", needs=FORWARDING, seconds=4, mld="MFWD-ROUTER-1812-5.3.1-01"
)
def forwarded_datagram_has_one_less_to_live_and_is_otherwise_the_same(lab):
    """TTL 9 becomes 8, the checksum fits, source, group, TOS, identification and payload stay."""
    join_everywhere(lab, GROUP)
    prepare(lab)
    lab.up.data(A, GROUP, ttl=9, payload=b"nine lives", tos=0x28, ip_id=777, dport=6000, sport=6001)
    found = lab.lan.expect(data(GROUP, A, payload=b"nine lives"))
    lab.check(found.ttl == 8 and found.ip_checksum_ok, "TTL 8 and a right header checksum")
    lab.check(found.tos == 0x28, "TOS as sent")
    lab.check(found.ip_id == 777 or lab.family == "ipv6", "identification as sent")  # IPv6 has none
    lab.check((found.sport, found.dport) == (6001, 6000), "the UDP header as sent")
    lab.check(not found.problems, "a sound packet")


@case(
    "MFWD-ROUTER-1812-5.3.1-01", role="router", needs=FORWARDING, seconds=5, mld="MFWD-ROUTER-1812-5.3.1-01"
)
def datagram_with_ttl_1_is_not_forwarded(lab):
    """TTL 0 and 1 end at the router, TTL 2 leaves with 1."""
    join_everywhere(lab, GROUP)
    prepare(lab)
    for ttl in (0, 1):
        lab.up.data(A, GROUP, ttl=ttl, payload=b"too old")
    lab.lan.expect_none(data(GROUP, payload=b"too old"))
    lab.up.data(A, GROUP, ttl=2, payload=b"just right")
    lab.lan.expect(data(GROUP, A, ttl=1, payload=b"just right"))


@case(
    "MFWD-ROUTER-1812-4.3.2.7-01",
    role="router",
    needs=FORWARDING,
    seconds=5,
    mld="MFWD-ROUTER-1812-4.3.2.7-01",
)
def datagrams_to_groups_cause_no_icmp(lab):
    """No ICMP error answers a datagram to a group: TTL at its end, no members, a strange protocol."""
    join_everywhere(lab, GROUP)
    prepare(lab)
    lab.up.data(A, GROUP, ttl=1)
    lab.up.data(A, OTHER)
    lab.up.data(A, ALL_SYSTEMS, ttl=1)
    lab.up.send(ip(200, src=A, dst=GROUP, ttl=9, payload=b"strange"))
    lab.up.send(ip(17, src=A, dst=GROUP, ttl=1, payload=b"short"))
    for port in (lab.up, lab.lan, lab.lan2):
        port.expect_none(ip(1))


@case("RALERT-ROUTER-2113-2.2-01", role="router", needs=FORWARDING, seconds=4)
def datagram_with_router_alert_is_forwarded(lab):
    """Data with the Router Alert option reaches the members."""
    join_everywhere(lab, GROUP)
    prepare(lab)
    lab.up.data(A, GROUP, payload=b"alert", router_alert=0)
    found = lab.lan.expect(data(GROUP, A, payload=b"alert"))
    lab.check(found.ip_checksum_ok and not found.problems, "a sound packet")


# ---- where to ----------------------------------------------------------------------------------------------


@case("MFWD-ROUTER-1112-2-01", role="router", needs=FORWARDING, seconds=5, mld="MFWD-ROUTER-1112-2-01")
def data_goes_once_to_each_network_with_members(lab):
    """One copy for each network with members, whatever their number, none for others, none back."""
    lab.lan.send(report(is_ex(GROUP, [])), source=lab.lan.address(101))
    lab.lan.send(report(is_ex(GROUP, [])), source=lab.lan.address(102))
    lab.up.send(report(is_ex(GROUP, [])))
    lab.wait(lab.timers.tolerance)
    prepare(lab)
    lab.up.data(A, GROUP, payload=b"once")
    lab.lan.expect(data(GROUP, A, payload=b"once"))
    lab.wait(lab.timers.tolerance)
    for port in (lab.lan, lab.lan2, lab.up):
        port.expect_none(data(GROUP, payload=b"once"))


@case("MFWD-ROUTER-1112-2-01", role="router", needs=FORWARDING, seconds=5, mld="MFWD-ROUTER-1112-2-01")
def data_of_a_neighbour_goes_to_the_other_networks(lab):
    """A source on a network with members is forwarded to members elsewhere, not back."""
    join_everywhere(lab, GROUP)
    lab.check(lab.forwards(NEIGHBOUR, GROUP, to="lan", port="lan2"), "data of a source on lan2 reaches lan")
    lab.lan2.data(NEIGHBOUR, GROUP, payload=b"mine")
    lab.lan2.expect_none(data(GROUP, payload=b"mine"))


@case("MFWD-ROUTER-RPF-01", role="router", needs=FORWARDING, seconds=6, mld="MFWD-ROUTER-RPF-01")
def data_on_the_wrong_interface_is_not_forwarded(lab):
    """Data of a source behind up is forwarded when it arrives there, not when it arrives on lan2."""
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.wait(lab.timers.tolerance)
    lab.check(not lab.forwards(A, GROUP, port="lan2"), "it does not come in through lan2")
    lab.check(lab.forwards(A, GROUP, port="up"), "it comes in through up")
    lab.check(not lab.forwards(A, GROUP, port="lan2"), "and still not through lan2")


@case(
    "BADIN-ROUTER-1122-3.2.1.3-01",
    role="router",
    needs=FORWARDING,
    seconds=5,
    mld="BADIN-ROUTER-1122-3.2.1.3-01",
)
def data_from_no_unicast_address_is_not_forwarded(lab):
    """A group, 255.255.255.255 or 0.0.0.0 is no source of data."""
    join_everywhere(lab, GROUP)
    prepare(lab)
    for source in ("239.9.9.9", "255.255.255.255", "0.0.0.0"):
        lab.up.data(source, GROUP, payload=b"from nobody")
    lab.lan.expect_none(data(GROUP, payload=b"from nobody"))
    expect_served(lab, data=True)


@case("MFWD-ROUTER-5771-4-01", role="router", needs=FORWARDING, seconds=6, mld="MFWD-ROUTER-5771-4-01")
def data_to_link_local_groups_is_never_forwarded(lab):
    """224.0.0.0/24 stays on its link, with any TTL; 224.0.1.0 is an ordinary group."""
    groups = ("224.0.0.2", "224.0.0.9", "224.0.0.100", "224.0.0.255")
    lab.lan.send(report(*(is_ex(group, []) for group in (*groups, "224.0.1.0"))))
    lab.wait(lab.timers.tolerance)
    prepare(lab, group="224.0.1.0")
    for group in groups:
        lab.up.data(A, group, ttl=255, payload=b"stay")
    for port in (lab.lan, lab.lan2):
        port.expect_none(data(payload=b"stay"))


@case("IGMPV3-ROUTER-9.1-01", role="router", needs=FORWARDING, seconds=6, mld="MLDV2-ANY-5-01")
def igmp_messages_are_not_forwarded(lab):
    """Queries and reports to a group with members stay on their link, whatever their TTL."""
    join_everywhere(lab, GROUP)
    expect_served(lab, data=True)
    sender = lab.up.higher()
    for router_alert in (True, False):
        for ttl in (1, 64):
            fields = dict(src=sender, ttl=ttl, router_alert=router_alert)
            lab.up.send(group_query(GROUP, s=True, **fields))
            lab.up.send(v2_query(GROUP, **fields))
            lab.up.send(v2_report(GROUP, **fields))
            lab.up.send(report(is_ex(THIRD, []), dst=GROUP, **fields))
            lab.up.send(v2_leave(THIRD, dst=GROUP, **fields))
    lab.wait(2 * lab.timers.tolerance)
    for port in (lab.lan, lab.lan2):
        port.expect_none(anything(src=sender))
    expect_served(lab, data=True)


# ---- thresholds and boundaries -----------------------------------------------------------------------------


@case(
    "MFWD-ROUTER-2365-3-01",
    role="router",
    needs=FORWARDING,
    seconds=6,
    setup=dict(interfaces=dict(lan=dict(ttl_threshold=16))),
    mld="MFWD-ROUTER-2365-3-01",
)
def ttl_threshold_keeps_data_of_short_life_away(lab):
    """Threshold 16: TTL 18 crosses the interface, TTL 16 and less doesn't, but other interfaces."""
    join_everywhere(lab, GROUP)
    lab.require(lab.forwards(A, GROUP, to="lan", ttl=64), "data of TTL 64 is not forwarded")
    lab.up.data(A, GROUP, ttl=18, payload=b"eighteen")
    lab.lan.expect(data(GROUP, A, ttl=17, payload=b"eighteen"))
    for ttl in (2, 15, 16):
        lab.up.data(A, GROUP, ttl=ttl, payload=b"few")
        lab.lan2.expect(data(GROUP, A, ttl=ttl - 1, payload=b"few"))
        lab.lan.expect_none(data(GROUP, payload=b"few"))


@case(
    "MFWD-ROUTER-2365-4-01",
    role="router",
    needs=FORWARDING,
    seconds=6,
    setup=dict(interfaces=dict(lan=dict(boundaries=LOCAL_SCOPE))),
    mld="MFWD-ROUTER-2365-4-01",
)
def boundary_keeps_groups_from_going_out(lab):
    """Groups of the range don't leave through the interface, although members ask; other groups do."""
    join_everywhere(lab, INSIDE, OUTSIDE)
    expect_served(lab, OUTSIDE, port="lan", data=True)
    expect_served(lab, INSIDE, port="lan2", data=True)
    expect_unserved(lab, INSIDE, port="lan", data=True)


@case(
    "MFWD-ROUTER-2365-4-01",
    role="router",
    needs=FORWARDING,
    seconds=6,
    setup=dict(interfaces=dict(up=dict(boundaries=LOCAL_SCOPE))),
    mld="MFWD-ROUTER-2365-4-01",
)
def boundary_keeps_groups_from_coming_in(lab):
    """Groups of the range don't come in through the interface; through another one they do."""
    join_everywhere(lab, INSIDE, OUTSIDE)
    expect_served(lab, OUTSIDE, port="lan", data=True)
    lab.check(
        lab.forwards(NEIGHBOUR, INSIDE, to="lan", port="lan2"), "inside the region the group is forwarded"
    )
    expect_unserved(lab, INSIDE, port="lan", data=True)
    expect_unserved(lab, INSIDE, B, port="lan2", data=True)
