// SPDX-License-Identifier: GPL-2.0-only

#include "render.h"
#include "rows-pim.h"

#include <gtest/gtest.h>

namespace mcast::linux_host
{
namespace
{

TEST(Table, AlignsItsColumns)
{
    EXPECT_EQ(RenderTable({{"A", "Long", "C"}, {"wide", "b", "c"}}), "A     Long  C\nwide  b     c\n");
    EXPECT_EQ(RenderTable({}), "");
}

TEST(Groups, ShowTimersAndBlockedSources)
{
    const Json row = Json::parse(R"({"interface":"eth1","group":"239.1.2.3","mode":"exclude","version":3,
        "group_timer":259.94,"uptime":0.05,"last_reporter":null,"static":false,
        "sources":[{"source":"10.0.0.9","timer":120.5,"forwarded":true},
                   {"source":"10.0.0.8","timer":0,"forwarded":false}]})");
    EXPECT_EQ(
        RenderList("show igmp groups", {row}),
        "Interface  Group      Mode     Version  Timer  Uptime  Reporter  Static  Sources\n"
        "eth1       239.1.2.3  exclude  3        259.9  0.1     -         -       10.0.0.9 120.5, 10.0.0.8 blocked\n");
}

TEST(Counters, ShowWhatCounted)
{
    const Json row = Json::parse(R"({"interface":"eth1","protocol":"igmp","received":{"leave":2,"query-v3":0},
                        "dropped":{"bad-checksum":1}})");
    EXPECT_EQ(RenderList("show counters", {row}), "Interface  Protocol  What      Name          Count\n"
                                                  "eth1       igmp      received  leave         2\n"
                                                  "eth1       igmp      dropped   bad-checksum  1\n");
}

TEST(Interfaces, SayWhichProtocolTheyAreWithout)
{
    for (const std::string protocol : {"igmp", "mld"})
    {
        const Json row{{"interface", "eth1"}, {"address", "::"}, {"up", true},
                       {"active", false},     {protocol, false}, {"ttl_threshold", 1}};
        EXPECT_NE(RenderList("show " + protocol + " interfaces", {row}).find("no " + protocol), std::string::npos);
    }
}

TEST(GroupRow, NumbersVersionsAsTheProtocolDoes)
{
    gm::GroupView view;
    view.version = Version::V2;
    view.olderHostV2 = std::chrono::seconds{7};
    view.group = Address::Ipv4(239, 1, 2, 3);
    const auto igmp = GroupRow("eth1", view);
    EXPECT_EQ(igmp["version"], 2);
    EXPECT_EQ(igmp["v2_host_timer"], 7.0);
    EXPECT_EQ(igmp["v1_host_timer"], 0.0);
    view.group = *Address::Parse("ff1e::1");
    const auto mld = GroupRow("eth1", view);
    EXPECT_EQ(mld["version"], 1);
    EXPECT_EQ(mld["v1_host_timer"], 7.0);
    EXPECT_FALSE(mld.contains("v2_host_timer"));
}

TEST(CounterRow, NamesMessagesAsTheProtocolDoes)
{
    Counters counters;
    counters.received[static_cast<std::size_t>(MessageKind::ReportV3)] = 4;
    counters.received[static_cast<std::size_t>(MessageKind::Leave)] = 5;
    const auto igmp = CounterRow("eth1", Family::Ipv4, counters);
    EXPECT_EQ(igmp["received"]["report-v3"], 4);
    EXPECT_EQ(igmp["received"]["leave"], 5);
    EXPECT_EQ(igmp["received"].size(), 7U);
    const auto mld = CounterRow("eth1", Family::Ipv6, counters);
    EXPECT_EQ(mld["received"]["report-v2"], 4);
    EXPECT_EQ(mld["received"]["done"], 5);
    EXPECT_EQ(mld["received"].size(), 5U);
}

TEST(Pim, TablesShowTreesAndWhoIsWhat)
{
    const Json tree = Json::parse(R"({"family":"ipv4","kind":"sgrpt","source":"10.0.0.1","group":"239.1.2.3",
        "rp":"10.9.9.9","joined":true,"spt":false,"incoming":null,"upstream":null,"outgoing":["eth1","eth2"],"uptime":1})");
    EXPECT_EQ(RenderList("show pim mroute", {tree}),
              "Tree                      Incoming  Upstream  Joined  SPT  Outgoing\n"
              "10.0.0.1, 239.1.2.3, rpt  -         -         yes     -    eth1, eth2\n");
    pim::NeighborView neighbor;
    neighbor.address = Address::Ipv4(10, 0, 0, 2);
    neighbor.forever = true;
    neighbor.drPriority = 7;
    const auto row = PimNeighborRow("eth1", Family::Ipv4, neighbor);
    EXPECT_TRUE(row["expires"].is_null() && row["generation_id"].is_null());
    const auto table = RenderList("show pim neighbors", {row});
    EXPECT_NE(table.find("eth1       10.0.0.2  -       never    7            -"), std::string::npos) << table;
}

TEST(Pim, TablesShowWhatIsFloodedAndWhatIsPruned)
{
    const Json tree = Json::parse(R"({"family":"ipv4","kind":"dense","source":"10.0.0.1","group":"239.1.2.3","rp":null,
        "joined":false,"join_desired":false,"rpf_interface":"eth0","upstream":"10.9.0.2","next_hop":"10.9.0.2",
        "join_timer":0,"keepalive":200.5,"spt":false,"register":"no-info","register_stop_timer":0,
        "upstream_state":"ack-pending","prune_limit_timer":31,"graft_retry_timer":2.75,"originator":true,
        "state_refresh_timer":55.04,"uptime":10})");
    EXPECT_EQ(RenderList("show pim dense", {tree}),
              "Tree                        RPF-interface  Upstream  State        Prune-limit  Graft-retry  Override  "
              "Data   Originator  Next-refresh  Uptime\n"
              "10.0.0.1, 239.1.2.3, dense  eth0           10.9.0.2  ack-pending  31.0         2.8          -         "
              "200.5  yes         55.0          10.0\n");
    const auto upstream = RenderList("show pim upstream", {tree});
    EXPECT_NE(upstream.find("ack-pending"), std::string::npos) << upstream;
    pim::InterfaceView view;
    view.mode = pim::Mode::SparseDense;
    view.stateRefreshCapable = true;
    const auto interface = PimInterfaceRow("eth1", view);
    EXPECT_EQ(interface["mode"], "sparse-dense");
    EXPECT_NE(RenderList("show pim interfaces", {interface}).find("sparse-dense"), std::string::npos);
    pim::NeighborView neighbor;
    EXPECT_TRUE(PimNeighborRow("eth1", Family::Ipv4, neighbor)["state_refresh_interval"].is_null());
    neighbor.stateRefreshInterval = 60;
    EXPECT_EQ(PimNeighborRow("eth1", Family::Ipv4, neighbor)["state_refresh_interval"], 60);
}

TEST(CounterRow, OfPimHasItsMessages)
{
    pim::InterfaceView view;
    view.family = Family::Ipv6;
    view.counters.received[static_cast<std::size_t>(MessageKind::PimHello)] = 3;
    const auto row = PimCounterRow("eth1", view);
    EXPECT_EQ(row["received"]["pim-hello"], 3);
    EXPECT_EQ(row["received"].size(), 10U);
    EXPECT_EQ(row["family"], "ipv6");
}

TEST(Object, IsALineForEachKey)
{
    EXPECT_EQ(RenderObject(Json::parse(R"({"starg":1,"sg":20})")), "starg: 1\nsg: 20\n");
}

TEST(EventLine, TellsTheFieldsThatTheEventHas)
{
    TraceEvent event;
    event.at = TimePoint{std::chrono::milliseconds{1500}};
    event.kind = EventKind::GroupJoined;
    event.interface = InterfaceId{2};
    event.group = Address::Ipv4(239, 1, 2, 3);
    const auto line = ToLine(EventRow(event, "eth\xff"));
    ASSERT_EQ(line.back(), '\n');
    const auto json = Json::parse(line);
    EXPECT_EQ(json["event"], ToString(EventKind::GroupJoined));
    EXPECT_EQ(json["monotonic"], 1.5);
    EXPECT_EQ(json["interface"], "eth\xef\xbf\xbd") << "what is no UTF-8 is replaced";
    EXPECT_EQ(json["group"], "239.1.2.3");
    EXPECT_EQ(json["mode"], "exclude");
    EXPECT_FALSE(json.contains("source"));
    EXPECT_FALSE(json.contains("reason"));
}

TEST(EventLine, NumbersVersionsAsTheProtocolDoes)
{
    TraceEvent event(EventKind::VersionChanged, InterfaceId{2});
    event.value = static_cast<std::uint64_t>(Version::V2);
    EXPECT_EQ(EventRow(event, "eth1")["value"], 2);
    event.family = Family::Ipv6;
    EXPECT_EQ(EventRow(event, "eth1")["value"], 1);
    EXPECT_EQ(EventRow(event, "eth1")["family"], "ipv6");
}

} // namespace
} // namespace mcast::linux_host
