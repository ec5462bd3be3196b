// SPDX-License-Identifier: GPL-2.0-only
// What many groups cost: heap per group, and time that grows no faster than their number.

#include "router.h"

#include "support.h"

#include <algorithm>
#include <ctime>
#include <gtest/gtest.h>
#include <malloc.h>
#include <memory>

#if defined(__SANITIZE_ADDRESS__)
#define MCAST_TEST_OWN_HEAP 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MCAST_TEST_OWN_HEAP 0
#endif
#endif
#ifndef MCAST_TEST_OWN_HEAP
#define MCAST_TEST_OWN_HEAP 1
#endif

namespace mcast
{
namespace
{

using namespace test;

constexpr InterfaceId LAN{1};

std::unique_ptr<Router>
MakeRouter()
{
    auto router = std::make_unique<Router>(RouterOptions{});
    router->HandleInterface(UpInterface(LAN, "10.0.0.1"));
    EXPECT_TRUE(router->Configure(LAN, {}));
    return router;
}

void
Drain(Router& router)
{
    while (router.PollTransmit() || router.PollEvent() || router.PollForwarding())
    {
    }
}

// One report a group, as so many hosts would send.
void
Report(Router& router, RecordType type, std::uint32_t groups, const std::vector<Address>& sources = {})
{
    for (std::uint32_t i = 0; i < groups; ++i)
    {
        const MembershipMessage message{mcast::Report{{{type, Address::Ipv4(0xe8000000 + i), sources}}}};
        router.HandlePacket(LAN, MetaFor(message, Ip("10.0.0.9")), WriteIgmp(message));
        Drain(router);
    }
}

void
Advance(Router& router, Duration sinceStart)
{
    while (router.NextDeadline() && *router.NextDeadline() <= At(sinceStart))
    {
        router.AdvanceTo(*router.NextDeadline());
        Drain(router);
    }
    router.AdvanceTo(At(sinceStart));
}

// Octets on the heap, without what malloc keeps for later.
std::size_t
HeapInUse()
{
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

class HeapTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        if (MCAST_TEST_OWN_HEAP == 0)
        {
            GTEST_SKIP() << "a sanitizer's heap is not malloc's";
        }
    }

    std::size_t BytesPerGroup(RecordType type, const std::vector<Address>& sources)
    {
        constexpr std::uint32_t GROUPS = 10000;
        const auto router = MakeRouter();
        Drain(*router);
        const auto before = HeapInUse();
        Report(*router, type, GROUPS, sources);
        EXPECT_EQ(router->GroupCount(), GROUPS);
        const auto bytes = (HeapInUse() - before) / GROUPS;
        RecordProperty("bytes_per_group", static_cast<int>(bytes));
        return bytes;
    }
};

TEST_F(HeapTest, AGroupTakesAtMost300Octets)
{
    const auto bytes = BytesPerGroup(RecordType::ToEx, {});
    EXPECT_LE(bytes, 300u);
    EXPECT_GE(bytes, 100u); // or it was not measured
}

TEST_F(HeapTest, ASourceAddsLittle)
{
    EXPECT_LE(BytesPerGroup(RecordType::Allow, SourceRange(1, 1)), 350u);
}

TEST_F(HeapTest, GroupsThatGoGiveTheirMemoryBack)
{
    const auto router = MakeRouter();
    Report(*router, RecordType::ToEx, 1000);
    Report(*router, RecordType::ToIn, 1000);
    Advance(*router, seconds{10});
    ASSERT_EQ(router->GroupCount(), 0u);
    const auto before = HeapInUse();
    for (int round = 1; round <= 5; ++round)
    {
        Report(*router, RecordType::ToEx, 1000);
        Report(*router, RecordType::ToIn, 1000);
        Advance(*router, seconds{10 * (round + 1)});
        ASSERT_EQ(router->GroupCount(), 0u);
    }
    EXPECT_LE(HeapInUse(), before + 4000); // less than an octet of each group; queues keep some room
}

// The CPU time of a life of so many groups: joins, a refresh, leaves, the queries and the expiry.
double
SecondsOfLife(std::uint32_t groups)
{
    const auto router = MakeRouter();
    const auto start = std::clock();
    Report(*router, RecordType::ToEx, groups);
    Advance(*router, seconds{100});
    Report(*router, RecordType::IsEx, groups);
    Report(*router, RecordType::ToIn, groups);
    Advance(*router, seconds{200});
    EXPECT_EQ(router->GroupCount(), 0u);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

TEST(CpuTest, TenTimesTheGroupsTakeAboutTenTimesTheTime)
{
    SecondsOfLife(1000); // warm
    double few = SecondsOfLife(2000);
    for (int i = 0; i < 2; ++i)
    {
        few = std::min(few, SecondsOfLife(2000));
    }
    // Quadratic would be a hundred times; the machine may be busy with something else.
    EXPECT_LE(SecondsOfLife(20000), 30 * few);
}

} // namespace
} // namespace mcast
