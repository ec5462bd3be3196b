# SPDX-License-Identifier: GPL-2.0-only
"""Reports in odd or broken packets: who sent them, their options, their IP header, their frame."""

from conformance.harness import *

from .igmp_router_common import (
    A,
    GROUP,
    OTHER,
    UNLISTED,
    acts_as_querier,
    by_group,
    expect_accepted,
    expect_ignored,
    expect_nothing_known,
    numbered_groups,
)


# ---- source addresses and Router Alert ---------------------------------------------------------------------


@case("IGMPV3-ROUTER-4.2.13-01", "BADIN-ROUTER-9.2-01", role="querier", needs=igmp(3), seconds=6)
def reports_from_0_0_0_0_are_accepted(lab):
    """A host without an address yet can join and leave, in every version."""
    expect_accepted(
        lab,
        by_group(
            [
                ("TO_EX", lambda group: report(to_ex(group, []), src="0.0.0.0")),
                ("version 2 report", lambda group: v2_report(group, src="0.0.0.0")),
            ]
        ),
    )
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.lan.send(report(to_in(GROUP, []), src="0.0.0.0"), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP))


@case(
    "BADIN-ROUTER-9.2-01",
    "IGMPV3-ROUTER-4.2.13-01",
    role="querier",
    needs=igmp(3),
    setup=dict(interfaces=dict(lan=dict(require_on_subnet_source=True))),
    seconds=6,
)
def reports_from_0_0_0_0_are_accepted_even_where_off_subnet_ones_are_not(lab):
    """The defence against reports from elsewhere must not hit hosts without an address (RFC 3376 9.2)."""
    group = "239.1.3.100"
    expect_accepted(lab, {"TO_EX": (group, report(to_ex(group, []), src="0.0.0.0"))})
    expect_ignored(
        lab,
        by_group(
            [
                ("TO_EX from elsewhere", lambda group: report(to_ex(group, []), src="192.0.2.7")),
                ("version 2 report from elsewhere", lambda group: v2_report(group, src="192.0.2.7")),
                (
                    "version 1 report from another port's network",
                    lambda group: v1_report(group, src="10.2.0.7"),
                ),
            ]
        ),
    )


@case(
    "BADIN-ROUTER-9.2-01",
    role="querier",
    needs=igmp(3),
    setup=dict(interfaces=dict(lan=dict(require_router_alert=True))),
    seconds=6,
)
def reports_without_router_alert_are_ignored_where_it_is_required(lab):
    """The defence against reports without Router Alert, where it is configured, holds for all versions."""
    expect_ignored(
        lab,
        by_group(
            [
                ("TO_EX", lambda group: report(to_ex(group, []), router_alert=False)),
                ("version 2 report", lambda group: v2_report(group, router_alert=False)),
                ("version 1 report", lambda group: v1_report(group, router_alert=False)),
                (
                    "TO_EX with another option",
                    lambda group: report(to_ex(group, []), options=b"\x01\x01\x01\x01"),
                ),
            ]
        ),
    )


@case(
    "BADIN-ROUTER-9.2-01",
    role="querier",
    needs=igmp(3),
    seconds=6,
    ambiguous=("taken by default", "ignored by default"),
)
def report_without_router_alert(lab):
    """A report without Router Alert on a router that is not configured to require it."""
    lab.lan.send(report(is_ex(GROUP, []), router_alert=False))
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    taken = lab.lan.collect(group_query(GROUP), lab.timers.tolerance)
    lab.check(acts_as_querier(lab, OTHER), "a report with the option counts")
    lab.reading("taken by default" if taken else "ignored by default")


@case(
    "BADIN-ROUTER-9.2-01",
    role="querier",
    needs=igmp(3),
    seconds=6,
    ambiguous=("taken by default", "ignored by default"),
)
def report_from_another_network(lab):
    """A report whose source is on none of the interface's networks."""
    lab.lan.send(report(is_ex(GROUP, []), src="192.0.2.7"))
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    taken = lab.lan.collect(group_query(GROUP), lab.timers.tolerance)
    lab.check(acts_as_querier(lab, OTHER), "a report from the network counts")
    lab.reading("taken by default" if taken else "ignored by default")


@case(
    "BADIN-ROUTER-1122-3.2.1.3-01",
    role="querier",
    needs=igmp(3),
    seconds=6,
    mld="BADIN-ROUTER-1122-3.2.1.3-01",
)
def reports_from_groups_and_broadcast_are_discarded(lab):
    """A group or 255.255.255.255 is no source of a report."""
    expect_ignored(
        lab,
        by_group(
            [
                ("TO_EX from 239.9.9.9", lambda group: report(to_ex(group, []), src="239.9.9.9")),
                ("TO_EX from 255.255.255.255", lambda group: report(to_ex(group, []), src="255.255.255.255")),
                ("version 2 report from 224.0.0.1", lambda group: v2_report(group, src="224.0.0.1")),
            ]
        ),
    )


# ---- the IPv4 header ---------------------------------------------------------------------------------------


@case(
    "BADIN-ROUTER-TTL-01",
    role="querier",
    needs=igmp(3),
    seconds=6,
    ambiguous=("dropped: it came through a router", "processed as any other"),
)
def report_with_another_ttl(lab):
    """Reports with TTL 2, 64 and 255: hosts send 1, the receiver's part is not told."""
    groups = numbered_groups(3)
    for group, ttl in zip(groups, (2, 64, 255)):
        lab.lan.send(report(is_ex(group, []), ttl=ttl))
    lab.wait(lab.timers.tolerance)
    for group in groups:
        lab.lan.send(report(to_in(group, [])))
    taken = {message.group for message in lab.lan.collect(any_query(), lab.timers.tolerance)} & set(groups)
    lab.check(len(taken) in (0, 3), "all of them are treated alike")
    lab.check(acts_as_querier(lab, GROUP), "a report with TTL 1 counts")
    lab.reading("processed as any other" if taken else "dropped: it came through a router")


def header_checksum(lab):
    """A wrong header checksum; IPv6 has none."""
    packet = ("wrong header checksum", lambda group: report(to_ex(group, []), ip_checksum="bad"))
    return [] if lab.family == "ipv6" else [packet]


@case("BADIN-ROUTER-IP-01", role="querier", needs=igmp(3), seconds=8, mld="BADIN-ROUTER-IP-01")
def reports_in_broken_ipv4_packets_are_discarded(lab):
    """Wrong header checksum, a total length beyond the frame, within the header or the message: no effect."""
    expect_ignored(
        lab,
        by_group(
            [
                *header_checksum(lab),
                ("total length beyond the frame", lambda group: report(to_ex(group, []), total_length=200)),
                ("total length 65535", lambda group: report(to_ex(group, []), total_length=65535)),
                (
                    "total length 20, inside the header",
                    lambda group: report(to_ex(group, []), total_length=20),
                ),
                ("total length 0", lambda group: report(to_ex(group, []), total_length=0)),
                ("total length inside the message", lambda group: report(to_ex(group, []), total_length=32)),
                (
                    "a fragment, the first",
                    lambda group: report(to_ex(group, []), more_fragments=True, ip_id=7),
                ),
                (
                    "a fragment, a later one",
                    lambda group: report(to_ex(group, []), fragment_offset=64, ip_id=8),
                ),
            ]
        ),
    )


@case("BADIN-ROUTER-IP-01", role="querier", needs=igmp(3), seconds=20, mld="BADIN-ROUTER-IP-01")
def frame_cut_at_any_octet_makes_no_state(lab):
    """The frame of a report, cut after each octet behind its Ethernet header: nothing comes of it."""
    size = len(report(to_ex(GROUP, [A])).build(lab.lan.context()))
    expect_ignored(
        lab,
        by_group(
            [
                (f"frame of {octets} octets", lambda group, n=octets: report(to_ex(group, [A]), cut_frame=n))
                for octets in range(15, size)
            ]
        ),
    )


@case("RALERT-ROUTER-2113-2.1-01", role="querier", needs=igmp(3), seconds=6)
def reports_with_any_router_alert_value_are_processed(lab):
    """A report counts with Router Alert value 0, and as well with values that nobody has assigned."""
    expect_accepted(
        lab,
        by_group(
            [
                (
                    f"Router Alert {value}",
                    lambda group, value=value: report(to_ex(group, []), router_alert=value),
                )
                for value in (0, 70, 65535)
            ]
        ),
    )


@case(
    "IGMPV3-ANY-4-04",
    "BADIN-ROUTER-IP-01",
    role="querier",
    needs=igmp(3),
    seconds=6,
    mld=["MLDV2-ANY-5-02", "BADIN-ROUTER-IP-01"],
)
def padding_of_the_frame_is_no_part_of_the_message(lab):
    """Octets after the IPv4 packet, as Ethernet pads short frames, are no part of the message."""
    expect_accepted(
        lab,
        by_group(
            [
                ("TO_EX, zeros", lambda group: report(to_ex(group, []), padding=b"\0" * 18)),
                ("TO_EX, other octets", lambda group: report(to_ex(group, []), padding=b"\xa5" * 18)),
                ("version 2 report", lambda group: v2_report(group, padding=b"\xa5" * 14)),
            ]
        ),
    )
    expect_nothing_known(lab, UNLISTED.replace("10.0", "239.9", 1))
