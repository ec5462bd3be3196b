// SPDX-License-Identifier: GPL-2.0-only

#include "mfc/mfc.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast
{
namespace
{

using namespace test;

const auto G = Address::Ipv4(239, 1, 2, 3);
const auto ANY = Address::Any(Family::Ipv4);
constexpr InterfaceId IN{1};
constexpr InterfaceId OUT{2};
constexpr InterfaceId ELSEWHERE{3};

class MfcTest : public ::testing::Test
{
  protected:
    Mfc::Result Arrive(Duration at, InterfaceId arrival = IN, unsigned source = 1, std::uint64_t cookie = 0)
    {
        return m_mfc.Lookup(At(at), arrival, Source(source), G, 100, cookie);
    }

    std::vector<Mfc::Released> Install(const Address& source, const Address& group = G)
    {
        return m_mfc.Apply({ForwardingChange::Kind::Install, source, group, IN, {{OUT, 1}}});
    }

    Mfc m_mfc;
};

TEST_F(MfcTest, AHitForwardsAndCounts)
{
    Install(Source(1));
    for (int i = 0; i < 3; ++i)
    {
        const auto result = Arrive(seconds{i});
        EXPECT_EQ(result.outcome, Mfc::Outcome::Forward);
        ASSERT_NE(result.entry, nullptr);
        EXPECT_EQ(result.entry->outgoing, (std::vector<OutputInterface>{{OUT, 1}}));
        EXPECT_FALSE(result.upcall);
    }
    const auto* entry = m_mfc.Find(Source(1), G);
    EXPECT_EQ(entry->counters.packets, 3u);
    EXPECT_EQ(entry->counters.bytes, 300u);
    EXPECT_EQ(entry->counters.wrongInterface, 0u);
    EXPECT_EQ(entry->lastUse, At(seconds{2}));
}

TEST_F(MfcTest, TheFirstMissTellsAndFourPacketsWait)
{
    for (std::uint64_t cookie = 1; cookie <= 4; ++cookie)
    {
        const auto result = Arrive(seconds{0}, IN, 1, cookie);
        EXPECT_EQ(result.outcome, Mfc::Outcome::NoCache);
        EXPECT_EQ(result.upcall, cookie == 1);
    }
    EXPECT_EQ(Arrive(seconds{0}, IN, 1, 5).outcome, Mfc::Outcome::QueueFull);
    EXPECT_TRUE(Arrive(seconds{0}, ELSEWHERE, 2, 6).upcall); // another source has its own queue
    EXPECT_EQ(m_mfc.UnresolvedSize(), 2u);

    const auto released = Install(Source(1));
    ASSERT_EQ(released.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i)
    {
        EXPECT_EQ(released[i].cookie, i + 1);
        EXPECT_EQ(released[i].arrival, IN);
        EXPECT_FALSE(released[i].drop);
    }
    EXPECT_EQ(m_mfc.UnresolvedSize(), 1u);
    EXPECT_TRUE(Install(Source(1)).empty());
}

TEST_F(MfcTest, WaitingEndsAfterTenSeconds)
{
    Arrive(seconds{0}, IN, 1, 11);
    Arrive(seconds{3}, IN, 2, 12);
    Arrive(seconds{4}, IN, 1, 13); // does not prolong it
    EXPECT_EQ(m_mfc.NextExpiry(), At(seconds{10}));
    EXPECT_TRUE(m_mfc.Expire(At(seconds{10} - milliseconds{1})).empty());
    const auto dropped = m_mfc.Expire(At(seconds{10}));
    ASSERT_EQ(dropped.size(), 2u);
    EXPECT_EQ(dropped[0].cookie, 11u);
    EXPECT_EQ(dropped[1].cookie, 13u);
    EXPECT_TRUE(dropped[0].drop);
    EXPECT_EQ(m_mfc.NextExpiry(), At(seconds{13}));
    EXPECT_TRUE(Arrive(seconds{11}, IN, 1).upcall); // told again
    EXPECT_EQ(m_mfc.Expire(At(seconds{100})).size(), 2u);
    EXPECT_EQ(m_mfc.NextExpiry(), NEVER);
}

TEST_F(MfcTest, AScanOfSourcesDoesNotFillTheMemory)
{
    for (unsigned i = 0; i < 1000; ++i)
    {
        EXPECT_EQ(Arrive(seconds{0}, IN, i).outcome, Mfc::Outcome::NoCache);
    }
    EXPECT_EQ(Arrive(seconds{0}, IN, 1000).outcome, Mfc::Outcome::QueueFull);
    EXPECT_EQ(Arrive(seconds{0}, IN, 7).outcome, Mfc::Outcome::NoCache); // known ones still wait
    EXPECT_EQ(m_mfc.UnresolvedSize(), 1000u);
}

TEST_F(MfcTest, AWrongInterfaceIsDroppedAndToldRarely)
{
    Install(Source(1));
    EXPECT_TRUE(Arrive(seconds{0}, ELSEWHERE).upcall);
    EXPECT_EQ(Arrive(seconds{1}, ELSEWHERE).outcome, Mfc::Outcome::WrongInterface);
    EXPECT_FALSE(Arrive(seconds{2}, ELSEWHERE).upcall);
    EXPECT_FALSE(Arrive(seconds{3} - milliseconds{1}, ELSEWHERE).upcall);
    EXPECT_TRUE(Arrive(seconds{3}, ELSEWHERE).upcall);
    EXPECT_EQ(m_mfc.Find(Source(1), G)->counters.wrongInterface, 5u);
    EXPECT_EQ(m_mfc.Find(Source(1), G)->counters.packets, 0u);
}

// Data that comes in by two other interfaces, always in the same order: each is told of.
TEST_F(MfcTest, WrongInterfacesAreToldEach)
{
    Install(Source(1));
    EXPECT_TRUE(Arrive(seconds{0}, ELSEWHERE).upcall);
    EXPECT_TRUE(Arrive(seconds{0}, OUT).upcall);
    EXPECT_FALSE(Arrive(seconds{1}, OUT).upcall);
    EXPECT_TRUE(Arrive(seconds{3}, ELSEWHERE).upcall);
    EXPECT_TRUE(Arrive(seconds{3}, OUT).upcall);
}

TEST_F(MfcTest, AWildcardServesWhatNoSourceEntryDoes)
{
    Arrive(seconds{0}, IN, 5, 55);
    Arrive(seconds{0}, ELSEWHERE, 4, 44);
    const auto released = Install(ANY);
    ASSERT_EQ(released.size(), 2u); // of all sources, in the order of their cookies
    EXPECT_EQ(released[0].cookie, 44u);
    EXPECT_EQ(released[0].arrival, ELSEWHERE);
    EXPECT_EQ(Arrive(seconds{0}, IN, 9).outcome, Mfc::Outcome::Forward);
    m_mfc.Apply({ForwardingChange::Kind::Install, Source(9), G, ELSEWHERE, {}});
    EXPECT_EQ(Arrive(seconds{0}, IN, 9).outcome, Mfc::Outcome::WrongInterface);
    EXPECT_EQ(Arrive(seconds{0}, IN, 8).outcome, Mfc::Outcome::Forward);
    EXPECT_EQ(m_mfc.Lookup(At(seconds{0}), IN, Source(8), Ip("239.9.9.9"), 1).outcome, Mfc::Outcome::NoCache);
}

TEST_F(MfcTest, ReplacingKeepsCountersAndRemovingForgets)
{
    Install(Source(1));
    Arrive(seconds{0});
    m_mfc.Apply({ForwardingChange::Kind::Replace, Source(1), G, IN, {{OUT, 1}, {ELSEWHERE, 16}}});
    EXPECT_EQ(Arrive(seconds{0}).entry->outgoing.size(), 2u);
    EXPECT_EQ(m_mfc.Find(Source(1), G)->counters.packets, 2u);
    m_mfc.Apply({ForwardingChange::Kind::ReadCounters, Source(1), G, IN, {}});
    EXPECT_EQ(m_mfc.Find(Source(1), G)->outgoing.size(), 2u);
    m_mfc.Apply({ForwardingChange::Kind::Remove, Source(1), G, IN, {}});
    EXPECT_EQ(m_mfc.Find(Source(1), G), nullptr);
    EXPECT_EQ(m_mfc.Size(), 0u);
    EXPECT_EQ(Arrive(seconds{0}).outcome, Mfc::Outcome::NoCache);
}

TEST_F(MfcTest, SnapshotsAreSorted)
{
    Install(Source(2), Ip("239.0.0.2"));
    Install(Source(1), Ip("239.0.0.2"));
    Install(Source(9), Ip("239.0.0.1"));
    const auto all = m_mfc.Snapshot();
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].first.source, Source(9));
    EXPECT_EQ(all[1].first.source, Source(1));
    EXPECT_EQ(all[2].first.source, Source(2));
}

} // namespace
} // namespace mcast
