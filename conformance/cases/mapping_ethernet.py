# SPDX-License-Identifier: GPL-2.0-only
"""Groups and Ethernet addresses: what a host sends where, and what it takes (RFC 1112, 6.4, 7.3 and 7.4)."""

from conformance.harness import *

from .igmp_host_common import D_V1, G, G2, QUERY_V1, V2, groups, join, join_many, quiet

SEND, LISTEN, RECEIVE = "host:send", "host:listen", ["host:listen", "host:delivery"]
# Four groups that differ in the five bits that the mapping drops.
SAME_MAC = ("224.1.1.1", "225.1.1.1", "224.129.1.1", "239.129.1.1")


def mac_sent_to(lab, group):
    """The Ethernet destination of a datagram that an application sends to the group."""
    lab.host.send(group, b"mapped", port="lan")
    return lab.lan.expect(data(group, payload=b"mapped")).dst_mac


@case("MACMAP-ANY-1112-6.4-01", role="host", needs=SEND, seconds=3)
def low_23_bits_of_the_group_make_the_address(lab):
    """The Ethernet address of a group is 01-00-5e, a zero bit, and the low 23 bits of the group."""
    for group, mac in (
        ("239.129.2.3", "01:00:5e:01:02:03"),
        ("224.0.0.200", "01:00:5e:00:00:c8"),
        ("239.255.255.255", "01:00:5e:7f:ff:ff"),
        ("232.128.0.1", "01:00:5e:00:00:01"),
        ("224.127.255.254", "01:00:5e:7f:ff:fe"),
        ("230.64.85.170", "01:00:5e:40:55:aa"),
    ):
        lab.check(mac_sent_to(lab, group) == mac, f"{group} is sent to {mac}")


@case("MACMAP-ANY-1112-6.4-02", role="host", needs=SEND, seconds=3)
def groups_share_an_address_by_32(lab):
    """Groups that differ only in the five bits that are not mapped have the same Ethernet address."""
    for group in SAME_MAC:
        lab.check(mac_sent_to(lab, group) == "01:00:5e:01:01:01", f"{group} is sent to 01:00:5e:01:01:01")
    lab.check(
        mac_sent_to(lab, "225.65.1.1") == "01:00:5e:41:01:01", "a group that differs in a mapped bit is not"
    )


@case("MACMAP-ANY-1112-6.4-03", role="host", needs=[LISTEN, igmp(3)], seconds=4)
def version_3_reports_use_the_mapped_address(lab):
    """Reports to 224.0.0.22 go to 01:00:5e:00:00:16."""
    lab.host.join(G)
    changed = lab.lan.expect(to_ex(G))
    quiet(lab)
    lab.lan.send(general_query(max_resp=1))
    for message in (changed, lab.lan.expect(is_ex(G), within=1)):
        lab.check(
            message.dst == "224.0.0.22" and message.dst_mac == "01:00:5e:00:00:16",
            f"224.0.0.22 at 01:00:5e:00:00:16 ({message.dst} at {message.dst_mac})",
        )


@case("MACMAP-ANY-1112-6.4-03", role="host", needs=[LISTEN, igmp(2)], setup=V2, seconds=D_V1 + 4)
def older_messages_use_the_mapped_address(lab):
    """Older reports go to the Ethernet address of their group, a leave to that of 224.0.0.2."""
    for group, mac in ((G, "01:00:5e:01:02:03"), ("239.200.7.9", "01:00:5e:48:07:09")):
        lab.host.join(group)
        joined = lab.lan.expect(v2_report(group))
        lab.check(joined.dst_mac == mac, f"{group} at {mac} ({joined.dst_mac})")
    quiet(lab)
    lab.host.leave(G)
    left = lab.lan.expect(v2_leave(G))
    lab.check(left.dst_mac == "01:00:5e:00:00:02", f"224.0.0.2 at 01:00:5e:00:00:02 ({left.dst_mac})")
    lab.lan.send(QUERY_V1)
    older = lab.lan.expect(v1_report("239.200.7.9"), within=D_V1)
    lab.check(
        older.dst_mac == "01:00:5e:48:07:09", f"a version 1 report at 01:00:5e:48:07:09 ({older.dst_mac})"
    )


@case("MACMAP-ANY-1112-6.2-01", role="host", needs=[LISTEN, SEND], seconds=3)
def frames_have_the_group_bit_and_the_sender_s_address(lab):
    """A frame to a group has the group bit in its destination, and the sender's unicast address as source."""
    for port in (lab.lan, lab.lan2):
        lab.host.join(G, port=port.name)
        messages = [port.expect(any_report(group=G))]
        lab.host.send(G2, b"framed", port=port.name)
        messages.append(port.expect(data(G2, payload=b"framed")))
        for message in messages:
            lab.check(message.raw[0] & 1, f"the group bit is set ({message.dst_mac})")
            lab.check(message.src_mac == port.mac, f"the source is {port.mac} ({message.src_mac})")
            lab.check(not message.raw[6] & 1, "which is a unicast address")


@case("MACMAP-HOST-1112-7.4-01", role="host", needs=RECEIVE, seconds=5)
def group_with_the_same_address_is_discarded(lab):
    """A datagram of another group with the Ethernet address of a joined one is discarded silently."""
    joined, *others = SAME_MAC
    join(lab, joined)
    source = lab.lan.address(50)
    for group in others:
        lab.check(not lab.host.delivered(source, group), f"{group} is not delivered")
        lab.lan.expect_none(ip(1))
    # the address of the joined group on the frame of one that would have another
    lab.check(not lab.host.delivered(source, G, dst_mac="01:00:5e:01:01:01"), f"{G} is not delivered")
    lab.lan.expect_none(ip(1))
    lab.check(lab.host.delivered(source, joined), f"{joined} is delivered")


@case("MACMAP-HOST-1112-7.4-02", role="host", needs=RECEIVE, seconds=6)
def many_groups_are_received(lab):
    """A host receives as many groups as it joins: 150, each of another Ethernet address, and not a 151st."""
    *wanted, other = groups(151)
    join_many(lab, wanted)
    source = lab.lan.address(50)
    for group in (*wanted, other):
        lab.lan.data(source, group)
    got = {delivery.group for delivery in lab.host.received(within=3 * lab.timers.tolerance)}
    lab.check(got >= set(wanted), f"every group is delivered ({len(got & set(wanted))} of {len(wanted)})")
    lab.check(other not in got, "a group that is not joined is not")


@case("MACMAP-HOST-1112-7.3-01", role="host", needs=RECEIVE, seconds=5)
def frames_after_the_last_leave_are_not_delivered(lab):
    """After the last leave frames may still come up the link, but IP delivers none."""
    first, second = SAME_MAC[:2]
    source = lab.lan.address(50)
    join(lab, first, second)
    lab.check(lab.host.delivered(source, first), "a joined group is delivered")
    lab.host.leave(first)
    lab.check(not lab.host.delivered(source, first), "a group that was left is not")
    lab.check(lab.host.delivered(source, second), "another of the same Ethernet address is")
    lab.host.leave(second)
    for group in (first, second):
        lab.check(not lab.host.delivered(source, group), f"{group} is not delivered after the last leave")
    lab.host.join(first)
    lab.check(lab.host.delivered(source, first), "after a new join it is")
