// SPDX-License-Identifier: GPL-2.0-only
// Joins and Prunes to be sent: what goes together, what is split, and when periodic ones are due.

#include "pim/join-prune-queue.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::pim
{
namespace
{

using namespace test;
using Entry = JoinPruneQueue::Entry;

const auto N1 = Ip("10.0.0.1");
const auto N2 = Ip("10.0.0.2");
const auto G = Ip("239.1.2.3");
const auto H = Ip("239.1.2.4");
const auto RP = Ip("10.8.0.1");
constexpr std::size_t ROOM = 1480;

class JoinPruneQueueTest : public ::testing::Test
{
  protected:
    UpstreamNeighbor& To(const Address& neighbor, std::uint32_t interface = 1)
    {
        return *m_queue.Find(InterfaceId{interface}, neighbor, At(seconds{0}));
    }

    void Add(const Entry& entry, const Address& neighbor = N1, std::uint32_t interface = 1)
    {
        m_queue.Add(To(neighbor, interface), entry);
    }

    std::vector<JoinPruneQueue::Outgoing> Take(std::size_t room = ROOM)
    {
        auto messages = m_queue.Take(Family::Ipv4, 210, [=](InterfaceId) { return room; });
        for (const auto& outgoing : messages)
        {
            const PacketMeta meta{Ip("10.0.0.5"), AllRouters(Family::Ipv4), PROTOCOL, 1, 0, false};
            EXPECT_LE(Write(meta, outgoing.message).size(), room);
            EXPECT_FALSE(outgoing.message.groups.empty());
        }
        EXPECT_TRUE(m_queue.Empty());
        return messages;
    }

    JoinPruneQueue m_queue;
};

Entry
StarG(const Address& group, bool join = true)
{
    return {group, RP, true, true, join};
}

Entry
SG(const Address& group, unsigned source, bool join = true)
{
    return {group, Source(source), false, false, join};
}

Entry
Rpt(const Address& group, unsigned source, bool join = false)
{
    return {group, Source(source), false, true, join};
}

Address
GroupNumber(unsigned number)
{
    return Address::Ipv4(Ip("239.0.0.0").ToIpv4() + number);
}

TEST_F(JoinPruneQueueTest, OneMessageForANeighborOneSetForAGroup)
{
    Add(SG(H, 2));
    Add(SG(G, 1));
    Add(StarG(G));
    Add(SG(G, 3, false));
    Add(Rpt(G, 4));
    const auto messages = Take();
    ASSERT_EQ(messages.size(), 1u);
    const auto& message = messages[0].message;
    EXPECT_EQ(messages[0].interface, InterfaceId{1});
    EXPECT_EQ(message.upstream, N1);
    EXPECT_EQ(message.holdtime, 210);
    ASSERT_EQ(message.groups.size(), 2u);
    EXPECT_EQ(message.groups[0].group.group, (Prefix{G, 32}));
    ASSERT_EQ(message.groups[0].joins.size(), 2u);
    EXPECT_TRUE(message.groups[0].joins[0].wildcard && message.groups[0].joins[0].rpt);
    EXPECT_EQ(message.groups[0].joins[0].address, RP);
    EXPECT_EQ(message.groups[0].joins[1].address, Source(1));
    ASSERT_EQ(message.groups[0].prunes.size(), 2u);
    EXPECT_TRUE(message.groups[0].prunes[0].rpt);
    EXPECT_FALSE(message.groups[0].prunes[1].rpt);
    EXPECT_TRUE(message.groups[0].prunes[1].sparse);
}

TEST_F(JoinPruneQueueTest, NeighborsGetTheirOwnInTheOrderOfTheFirstWord)
{
    Add(SG(G, 1), N2);
    Add(SG(G, 1), N1);
    Add(SG(G, 2), N2);
    Add(SG(G, 2), N1, 2);
    const auto messages = Take();
    ASSERT_EQ(messages.size(), 3u);
    EXPECT_EQ(messages[0].message.upstream, N2);
    EXPECT_EQ(messages[0].message.groups[0].joins.size(), 2u);
    EXPECT_EQ(messages[1].message.upstream, N1);
    EXPECT_EQ(messages[2].interface, InterfaceId{2});
}

TEST_F(JoinPruneQueueTest, TheLastWordAboutAnEntryCounts)
{
    Add(SG(G, 1));
    Add(SG(G, 1, false));
    Add(StarG(G, false));
    Add(StarG(G));
    const auto messages = Take();
    ASSERT_EQ(messages.size(), 1u);
    const auto& set = messages[0].message.groups.at(0);
    ASSERT_EQ(set.joins.size(), 1u);
    EXPECT_TRUE(set.joins[0].wildcard);
    ASSERT_EQ(set.prunes.size(), 1u);
    EXPECT_EQ(set.prunes[0].address, Source(1));
}

TEST_F(JoinPruneQueueTest, RptAndSgOfASourceAreTwoEntries)
{
    Add(SG(G, 1));
    Add(Rpt(G, 1));
    const auto messages = Take();
    const auto& set = messages.at(0).message.groups.at(0);
    EXPECT_EQ(set.joins.size(), 1u);
    EXPECT_EQ(set.prunes.size(), 1u);
}

TEST_F(JoinPruneQueueTest, WhatIsDueToAnInterfaceThatWentIsForgotten)
{
    Add(SG(G, 1), N1, 1);
    Add(SG(G, 1), N1, 2);
    m_queue.Drop(InterfaceId{1});
    const auto messages = Take();
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].interface, InterfaceId{2});
}

TEST_F(JoinPruneQueueTest, ManyGroupsFillMessages)
{
    for (unsigned i = 0; i < 10000; ++i)
    {
        Add(SG(GroupNumber(i), i));
    }
    const auto messages = Take();
    // 20 octets for each group with a source, 73 in 1480.
    EXPECT_EQ(messages.size(), (10000u + 72) / 73);
    unsigned next = 0;
    for (const auto& outgoing : messages)
    {
        for (const auto& set : outgoing.message.groups)
        {
            EXPECT_EQ(set.group.group.GetAddress(), GroupNumber(next++));
            EXPECT_EQ(set.joins.size(), 1u);
        }
    }
    EXPECT_EQ(next, 10000u);
}

TEST_F(JoinPruneQueueTest, ManySourcesOfAGroupGoOnInTheNextMessage)
{
    for (unsigned i = 0; i < 500; ++i)
    {
        Add(SG(G, i));
    }
    const auto messages = Take();
    // (1480 - 14 - 12) / 8 = 181 of them
    ASSERT_EQ(messages.size(), 3u);
    EXPECT_EQ(messages[0].message.groups.at(0).joins.size(), 181u);
    EXPECT_EQ(messages[2].message.groups.at(0).joins.size(), 500u - 2 * 181);
}

TEST_F(JoinPruneQueueTest, AMessageHasAtMost255Groups)
{
    for (unsigned i = 0; i < 300; ++i)
    {
        Add(SG(GroupNumber(i), 1));
    }
    const auto messages = Take(65000);
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].message.groups.size(), 255u);
}

TEST_F(JoinPruneQueueTest, AJoinOfTheSharedTreeIsNeverSplitFromItsPrunes)
{
    for (unsigned i = 0; i < 60; ++i)
    {
        Add(SG(GroupNumber(i), 1));
    }
    Add(StarG(H));
    for (unsigned i = 0; i < 100; ++i)
    {
        Add(Rpt(H, i));
    }
    const auto messages = Take();
    ASSERT_EQ(messages.size(), 2u);
    const auto& set = messages[1].message.groups.at(0);
    EXPECT_EQ(messages[1].message.groups.size(), 1u);
    EXPECT_EQ(set.joins.size(), 1u);
    EXPECT_EQ(set.prunes.size(), 100u);
}

// The numerically smallest are told, the others expire (4.9.5.2).
TEST_F(JoinPruneQueueTest, TooManyPrunesOfASharedTreeAreCut)
{
    Add(StarG(G));
    for (unsigned i = 400; i > 0; --i)
    {
        Add(Rpt(G, i));
    }
    Add(SG(H, 1));
    const auto messages = Take();
    ASSERT_EQ(messages.size(), 2u);
    const auto& set = messages[0].message.groups.at(0);
    EXPECT_EQ(set.joins.size(), 1u);
    ASSERT_EQ(set.prunes.size(), 180u);
    EXPECT_EQ(set.prunes.front().address, Source(1));
    EXPECT_EQ(set.prunes.back().address, Source(180));
    EXPECT_EQ(messages[1].message.groups.at(0).group.group.GetAddress(), H);
}

TEST_F(JoinPruneQueueTest, PrunesOfASharedTreeThatIsPrunedNeedNotStayTogether)
{
    Add(StarG(G, false));
    for (unsigned i = 0; i < 400; ++i)
    {
        Add(Rpt(G, i));
    }
    std::size_t prunes = 0;
    for (const auto& outgoing : Take())
    {
        prunes += outgoing.message.groups.at(0).prunes.size();
    }
    EXPECT_EQ(prunes, 401u);
}

TEST_F(JoinPruneQueueTest, NothingToTellNothingToSend)
{
    EXPECT_TRUE(m_queue.Empty());
    EXPECT_TRUE(Take().empty());
}

TEST_F(JoinPruneQueueTest, PeriodicJoinsFallOnAGridAPeriodAtMostFromNow)
{
    const auto& neighbor = *m_queue.Find(InterfaceId{1}, N1, At(seconds{7}));
    EXPECT_EQ(JoinPruneQueue::NextPeriodic(neighbor, At(seconds{7}), seconds{60}), At(seconds{67}));
    for (int ms = 0; ms < 60000; ms += 777)
    {
        const auto now = At(seconds{7} + milliseconds{ms});
        const auto next = JoinPruneQueue::NextPeriodic(neighbor, now, seconds{60});
        EXPECT_LE(next, now + seconds{60});
        EXPECT_GT(next, now + seconds{59});
        EXPECT_EQ((next - neighbor.phase) % seconds{1}, Duration::zero());
    }
}

TEST_F(JoinPruneQueueTest, ANeighborKeepsItsRecord)
{
    auto* neighbor = &To(N1);
    To(N2);
    EXPECT_EQ(m_queue.Find(InterfaceId{1}, N1, At(seconds{99})), neighbor);
    EXPECT_EQ(neighbor->phase, At(seconds{0}));
    EXPECT_NE(m_queue.Find(InterfaceId{2}, N1, At(seconds{99})), neighbor);
}

} // namespace
} // namespace mcast::pim
