// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/fms.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

TEST(FmsDescriptor, OctetsAndRoundTrip)
{
    const FmsDescriptor descriptor{{{0, 3}, {7, 31}}, {1, 9}};
    const auto octets = WriteFmsDescriptor(descriptor);
    EXPECT_EQ(octets, (Bytes{86, 5, 2, 0x18, 0xff, 1, 9}));
    const auto parsed = ParseFmsDescriptor(octets);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->counters, descriptor.counters);
    EXPECT_EQ(parsed->buffered, descriptor.buffered);
}

TEST(FmsDescriptor, LengthsThatLieAreRefused)
{
    const auto problem = [](const Bytes& octets) { return ParseFmsDescriptor(octets).Error().problem; };
    EXPECT_EQ(problem({86}), ElementProblem::Truncated);
    EXPECT_EQ(problem({86, 3, 1, 0}), ElementProblem::Truncated);
    EXPECT_EQ(problem({86, 0}), ElementProblem::BadLength);
    EXPECT_EQ(problem({86, 2, 2, 0}), ElementProblem::BadLength);
    EXPECT_EQ(problem({5, 1, 0}), ElementProblem::WrongId);
    EXPECT_EQ(problem({86, 10, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0}), ElementProblem::BadValue);
}

TEST(FmsTable, StreamsOfAnIntervalShareACounter)
{
    FmsTable table;
    const auto first = table.Request(Sta(1), true, Group(1), 3);
    EXPECT_EQ(first.status, FmsStatus::Accept);
    const auto second = table.Request(Sta(2), true, Group(2), 3);
    EXPECT_EQ(second.counter, first.counter);
    EXPECT_NE(second.fmsid, first.fmsid);
    EXPECT_NE(table.Request(Sta(1), true, Group(3), 4).counter, first.counter);
    const auto joined = table.Request(Sta(2), true, Group(1), 7);
    EXPECT_EQ(joined.fmsid, first.fmsid);
    EXPECT_EQ(joined.interval, 3U) << "the interval that the stream has";
}

TEST(FmsTable, SaysNoWithAReason)
{
    FmsTable table;
    EXPECT_EQ(table.Request(Sta(1), false, Group(1), 3).status, FmsStatus::DenyCapability);
    EXPECT_EQ(table.Request(Sta(1), true, Group(1), 0).status, FmsStatus::DenyInterval);
    EXPECT_EQ(table.Request(Sta(1), true, Group(1), 32).status, FmsStatus::DenyInterval);
    for (std::uint8_t i = 1; i <= MAX_FMS_COUNTERS; i++)
    {
        EXPECT_EQ(table.Request(Sta(1), true, Group(i), i).status, FmsStatus::Accept);
    }
    EXPECT_EQ(table.Request(Sta(1), true, Group(9), 9).status, FmsStatus::DenyCounters);
    EXPECT_EQ(table.Request(Sta(1), true, Group(9), 8).status, FmsStatus::Accept) << "a counter that is there";
    for (unsigned i = 10; i <= 255; i++)
    {
        table.Request(Sta(1), true, Group(static_cast<std::uint8_t>(i)), 1);
    }
    EXPECT_EQ(table.Request(Sta(1), true, {1, 0, 0x5e, 9, 9, 9}, 1).status, FmsStatus::DenyStreams);
}

TEST(FmsTable, CountsDownEveryDtimAndDeliversAtZero)
{
    FmsTable table;
    table.Request(Sta(1), true, Group(1), 3);
    std::vector<int> counts;
    for (std::uint64_t dtim = 1; dtim <= 7; dtim++)
    {
        table.OnDtim(dtim);
        counts.push_back(table.Descriptor({}).counters.front().count);
    }
    EXPECT_EQ(counts, (std::vector<int>{2, 1, 0, 2, 1, 0, 2}));
    EXPECT_EQ(table.DeliveryDtim(Group(1), 1), 3U);
    EXPECT_EQ(table.DeliveryDtim(Group(1), 2), 3U);
    EXPECT_EQ(table.DeliveryDtim(Group(1), 3), 6U);
    EXPECT_EQ(table.DeliveryDtim(Group(2), 3), 0U);
    EXPECT_EQ(table.Descriptor({Group(1)}).buffered, (std::vector<std::uint8_t>{1}));
}

TEST(FmsTable, TheLastOneWhoLeavesEndsTheStream)
{
    FmsTable table;
    table.Request(Sta(1), true, Group(1), 3);
    table.Request(Sta(2), true, Group(1), 3);
    EXPECT_FALSE(table.Cancel(Sta(3), Group(1)));
    EXPECT_TRUE(table.Cancel(Sta(1), Group(1)));
    EXPECT_TRUE(table.Find(Group(1)));
    table.Forget(Sta(2));
    EXPECT_TRUE(table.Empty());
    EXPECT_TRUE(table.Descriptor({}).counters.empty());
}

} // namespace
} // namespace mcast::wifi
