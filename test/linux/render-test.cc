// SPDX-License-Identifier: GPL-2.0-only

#include "render.h"
#include "rows.h"

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
    const Json row =
        Json::parse(R"({"interface":"eth1","received":{"leave":2,"query-v3":0},"dropped":{"bad-checksum":1}})");
    EXPECT_EQ(RenderList("show counters", {row}), "Interface  What      Name          Count\n"
                                                  "eth1       received  leave         2\n"
                                                  "eth1       dropped   bad-checksum  1\n");
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

} // namespace
} // namespace mcast::linux_host
