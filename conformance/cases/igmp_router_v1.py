# SPDX-License-Identifier: GPL-2.0-only
"""A router configured for IGMPv1: RFC 1112 appendix I, RFC 2236 4, RFC 3376 7.3.1."""

from conformance.harness import *

from .igmp_router_common import (
    A,
    GROUP,
    OTHER,
    acts_as_querier,
    expect_served,
    expect_unserved,
    margin,
    pause,
)

V1 = dict(igmp_version=1)


def first_query(lab, port="lan"):
    """The first General Query on a port."""
    return lab.ports[port].expect(general_query(), after=0.0, within=lab.timers.qi)


@case(
    "IGMPV1-ROUTER-A.I-format-01",
    "IGMPV1-ANY-A.I-format-01",
    "IGMPV1-ROUTER-A.I-desc-01",
    "IGMPV3-QUERIER-7.3.1-01",
    "IGMPV2-QUERIER-4-01",
    role="querier",
    needs=igmp(1),
    setup=V1,
)
def query_of_version_1(lab):
    """Eight octets 11 00, checksum, 0.0.0.0: IPv4 protocol 2, to 224.0.0.1, TTL 1."""
    query = first_query(lab)
    lab.check(query.proto == 2 and len(query.igmp) == 8, "IPv4 protocol 2, eight octets")
    lab.check(query.igmp[:2] == b"\x11\x00", "version 1, type 1, second octet 0")
    lab.check(query.checksum_ok, "the checksum is right for the eight octets")
    lab.check(query.igmp[4:] == b"\0\0\0\0", "the group field is 0.0.0.0")
    lab.check(query.dst == ALL_SYSTEMS and query.ttl == 1, "to 224.0.0.1 with TTL 1")


@case(
    "IGMPV1-ROUTER-A.I-desc-02",
    "IGMPV2-QUERIER-4-01",
    "IGMPV3-QUERIER-7.3.1-01",
    role="querier",
    needs=igmp(1),
    setup=V1,
    seconds=lambda timers: 2 * timers.qi + timers.sqi,
)
def version_1_queries_are_periodic(lab):
    """Closely spaced queries at the start, then periodic ones, all of version 1."""
    last = first_query(lab)
    for gap in [lab.timers.sqi] * (lab.timers.sqc - 1) + [lab.timers.qi] * 2:
        last = lab.lan.expect(general_query(version=1, max_resp_code=0), at=last.time + gap)
    lab.lan.expect_none(any_query(), until=lab.now)


@case(
    "IGMPV1-ROUTER-A.I-desc-02",
    role="querier",
    needs=igmp(1),
    setup=V1,
    seconds=lambda timers: timers.gmi * 9 / 8 + 2,
)
def group_that_nobody_reports_any_more_is_memberless(lab):
    """A group that stays unreported over several queries has no members; one that is reported keeps them."""
    heard = lab.lan.send(v1_report(GROUP))
    lab.lan.send(v1_report(OTHER))
    lab.lan.send(v1_report(OTHER), after=2 * pause(lab))
    lab.wait_until(heard + lab.timers.gmi - margin(lab))
    expect_served(lab, GROUP)
    lab.wait_until(heard + lab.timers.gmi + margin(lab))
    expect_unserved(lab, GROUP)
    expect_served(lab, OTHER)


@case(
    "IGMPV2-QUERIER-4-01",
    "IGMPV3-QUERIER-7.3.1-01",
    role="querier",
    needs=igmp(1),
    setup=V1,
    seconds=lambda timers: timers.lmqt + 4,
)
def version_1_router_ignores_leaves(lab):
    """In version 1 mode a Leave Group message makes the router ask nothing and forget nobody."""
    expect_unserved(lab, GROUP)
    lab.lan.send(v1_report(GROUP))
    expect_served(lab, GROUP)
    left = lab.lan.send(v2_leave(GROUP))
    lab.lan.expect_none(any_query(group=GROUP), until=left + lab.timers.lmqt + margin(lab))
    expect_served(lab, GROUP)


@case(
    "IGMPV1-ROUTER-7.2-01", "MFWD-ROUTER-5771-4-01", role="router", needs=[igmp(3), "forwarding"], seconds=5
)
def data_to_all_systems_is_never_forwarded(lab):
    """A datagram to 224.0.0.1 stays on its link whatever its TTL; one to a group with members does not."""
    lab.lan.send(report(is_ex(GROUP, []), is_ex(ALL_SYSTEMS, [])))
    expect_served(lab, GROUP)
    for ttl in (255, 64, 2):
        lab.up.data(A, ALL_SYSTEMS, ttl=ttl)
    lab.lan.expect_none(data(ALL_SYSTEMS))
    lab.lan2.expect_none(data(ALL_SYSTEMS))
    lab.check(acts_as_querier(lab, OTHER), "the system goes on")
