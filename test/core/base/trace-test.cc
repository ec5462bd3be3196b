// SPDX-License-Identifier: GPL-2.0-only

#include "base/trace.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace mcast
{
namespace
{

bool
IsKebabCase(const std::string& name)
{
    const bool letters = std::all_of(
        name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    return letters && !name.empty() && name.front() != '-' && name.back() != '-' &&
           name.find("--") == std::string::npos;
}

template <class Enum>
void
ExpectDistinctNames(std::size_t count)
{
    std::set<std::string> names;
    for (std::size_t i = 0; i < count; ++i)
    {
        const std::string name = ToString(static_cast<Enum>(i));
        EXPECT_TRUE(IsKebabCase(name)) << i << ": " << name;
        EXPECT_TRUE(names.insert(name).second) << name << " twice";
    }
    EXPECT_STREQ(ToString(static_cast<Enum>(count)), "?"); // the count is the enum's
}

TEST(TraceTest, EveryEnumeratorHasAName)
{
    ExpectDistinctNames<MessageKind>(N_MESSAGE_KINDS);
    ExpectDistinctNames<Reason>(N_REASONS);
    ExpectDistinctNames<EventKind>(N_EVENT_KINDS);
}

TEST(TraceTest, TellsTheFieldsOfAnEvent)
{
    const auto group = Address::Ipv4(239, 1, 2, 3);
    const auto source = Address::Ipv4(10, 0, 0, 1);
    EXPECT_EQ(ToString(TraceEvent(EventKind::GroupJoined, InterfaceId{2}).Group(group)),
              "group-joined if=2 group=239.1.2.3 mode=exclude");
    EXPECT_EQ(ToString(TraceEvent(EventKind::HostStateChanged, InterfaceId{2}).Group(group).Include(true).Value(3)),
              "host-state-changed if=2 group=239.1.2.3 mode=include sources=3");
    EXPECT_EQ(ToString(TraceEvent(EventKind::PacketDropped, InterfaceId{1})
                           .Message(MessageKind::QueryV2)
                           .Because(Reason::BadTtl)
                           .Source(source)),
              "packet-dropped if=1 message=query-v2 source=10.0.0.1 reason=bad-ttl");
    EXPECT_EQ(ToString(TraceEvent(EventKind::QuerierChanged, InterfaceId{1}).Source(source).Value(1)),
              "querier-changed if=1 source=10.0.0.1 self=1");
    EXPECT_EQ(ToString(TraceEvent(EventKind::InterfaceDown, InterfaceId{7})), "interface-down if=7");
    EXPECT_EQ(ToString(TraceEvent(EventKind::VersionChanged, InterfaceId{7}).Value(2)),
              "version-changed if=7 version=2");
    EXPECT_EQ(ToString(TraceEvent(EventKind::VersionChanged, InterfaceId{7}).Of(Family::Ipv6).Value(2)),
              "version-changed if=7 family=ipv6 version=1"); // MLDv1
}

TEST(TraceTest, CountersAreReadByReason)
{
    Counters counters;
    counters.dropped[static_cast<std::size_t>(Reason::BadTtl)] = 4;
    EXPECT_EQ(counters.Dropped(Reason::BadTtl), 4u);
    EXPECT_EQ(counters.Dropped(Reason::BadLength), 0u);
}

} // namespace
} // namespace mcast
