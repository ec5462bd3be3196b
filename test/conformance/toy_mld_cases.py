# SPDX-License-Identifier: GPL-2.0-only
"""Cases for testing the judge with: twins of IGMP cases, and one of MLD alone."""

from __future__ import annotations

from conformance.harness import *  # noqa: F401,F403
from conformance.harness.registry import registered

G = "239.1.2.3"


@case("IGMPV3-QUERIER-6.4.2-07", role="querier", needs=igmp(3), mld="MLDV2-QUERIER-7.4.2-07")
def leave_is_answered_by_group_queries(lab):
    """TO_IN {} of 239.1.2.3: the querier asks for the group by IGMPv3, LMQC times, LMQI apart."""
    lab.lan.send(report(to_ex(G, [])))
    lab.check(lab.forwards("10.0.0.9", G), "data of 10.0.0.9 reaches the member's LAN")
    if lab.has("state:groups"):
        lab.state.expect_group(G, mode="exclude", sources=[], version=3)
        lab.check(set(lab.state.groups()) == {G} and lab.state.group(G).group == G, "239.1.2.3 is known")
        lab.check(lab.state.value("querier") == lab.lan.dut, "it is the querier")
    lab.lan.send(report(to_in(G, [])), after=seconds(1))
    first = lab.lan.expect(group_query(G, version=3, src=lab.lan.dut, max_resp=lab.timers.lmqi))
    lab.check(first.group == G and first.src == lab.lan.dut, "of the group")
    lab.lan.expect(group_query(G), at=first.time + lab.timers.lmqi)
    lab.lan.expect_none(group_query(G), within=2 * lab.timers.lmqt)


@case(
    "IGMPV3-ROUTER-7.3.1-01",
    role="router",
    needs=[igmp(2), "state:groups"],
    setup=dict(igmp_version=3),
    mld=dict(ids=["MLDV2-ROUTER-8.3.2-01", "MLDV2-ROUTER-8.3.2-02"], title="Done"),
)
def older_members_are_known(lab):
    """A version 2 report makes a member known, a leave ends it; a lower querier ends the questions."""
    lab.lan.send(v2_report(G))
    lab.state.expect_group(G)
    lab.lan.send(v2_leave(G))
    lab.lan.expect(group_query(G))
    lab.become_non_querier()
    lab.lan.send(v2_report(G))
    lab.lan.send(v2_leave(G), after=seconds(1))
    lab.lan.expect_none(any_query())


@case("IGMPV3-HOST-3.2-05", role="host", needs=["host:listen", "host:delivery"], mld="MLDV2-HOST-6.3-01")
def only_the_socket_that_joined_gets_data(lab):
    """A socket gets the data of the group that it joined."""
    lab.host.join(G)
    lab.lan.expect(to_ex(G, []))
    lab.check(lab.host.delivered("10.1.0.9", G), "the socket that joined gets it")
    got = lab.host.received("a", group=G)
    lab.check([(one.source, one.group) for one in got] == [("10.1.0.9", G)], "from 10.1.0.9 to 239.1.2.3")
    lab.check(not lab.host.delivered("10.1.0.9", "239.1.2.4"), "no other group")


@case("MLDV2-QUERIER-5.1.5-01", role="querier", family="ipv6")
def general_query_is_right(lab):
    """A case of MLD alone: it sees real addresses."""
    query = lab.lan.expect(general_query(dst="ff02::1"), within=1)
    lab.check((query.src, query.dst) == (lab.lan.dut, "ff02::1") and query.src == "fe80::1:a", "link-local")
    lab.check(lab.lan.lower() == "fe80::1:9" and lab.lan.global_address(5) == "2001:db8:1::5", "neighbours")
    lab.lan.send(report(to_ex("ff05::1:3", [])))
    lab.state.expect_group("ff05::1:3", mode="exclude")
    lab.lan.send(report(to_ex(G, [])))
    lab.check(set(lab.state.groups()) == {"ff05::1:3", "ff1e::1:2:3"}, "real addresses")
    lab.check(lab.forwards("2001:db8::7", "ff05::1:3"), "data")


@case("IGMPV3-QUERIER-6.6.3.2-01", role="querier", mld="MLDV2-QUERIER-7.6.3.2-01")
def sources_are_asked_for(lab):
    """BLOCK is answered by a group-and-source query (the fake knows no sources)."""
    lab.lan.send(report(block(G, ["10.0.0.9"])))
    lab.lan.expect(group_source_query(G, ["10.0.0.9"]), within=3)


TOYS = {one.name: one for one in registered(__name__)}
