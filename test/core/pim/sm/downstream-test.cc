// SPDX-License-Identifier: GPL-2.0-only
// The downstream (*,G) and (S,G) machine: each row of its table (RFC 7761 4.5.1, 4.5.2).

#include "pim/sm/downstream.h"

#include "support.h"
#include "wire/pim.h"

#include <gtest/gtest.h>

namespace mcast::pim
{
namespace
{

using namespace test;
using Outcome = DownstreamJoin::Outcome;

constexpr Duration OVERRIDE = seconds{3};

class DownstreamJoinTest : public ::testing::Test
{
  protected:
    void Join(std::uint16_t holdtime = 210)
    {
        m_isNew = m_machine.ReceiveJoin(m_now, holdtime);
    }

    void Prune(Duration override = OVERRIDE)
    {
        m_machine.ReceivePrune(m_now, override);
    }

    Outcome Expire(Duration sinceStart)
    {
        m_now = At(sinceStart);
        return m_machine.Expire(m_now);
    }

    DownstreamJoin m_machine;
    TimePoint m_now = At(seconds{0});
    bool m_isNew = false;
};

TEST_F(DownstreamJoinTest, NoInfoKnowsNothing)
{
    EXPECT_FALSE(m_machine.IsJoined());
    EXPECT_EQ(m_machine.Next(), NEVER);
    Prune();
    EXPECT_EQ(m_machine.State(), DownstreamState::NoInfo);
    EXPECT_EQ(Expire(seconds{1000}), Outcome::Nothing);
}

TEST_F(DownstreamJoinTest, JoinInNoInfoStartsTheExpiryTimer)
{
    Join(100);
    EXPECT_TRUE(m_isNew);
    EXPECT_EQ(m_machine.State(), DownstreamState::Join);
    EXPECT_EQ(m_machine.Expiry().At(), At(seconds{100}));
    EXPECT_EQ(m_machine.Next(), At(seconds{100}));
}

TEST_F(DownstreamJoinTest, JoinInJoinRaisesTheExpiryTimerAndNeverLowersIt)
{
    Join(100);
    m_now = At(seconds{50});
    Join(10);
    EXPECT_FALSE(m_isNew);
    EXPECT_EQ(m_machine.Expiry().At(), At(seconds{100}));
    Join(100);
    EXPECT_EQ(m_machine.Expiry().At(), At(seconds{150}));
}

TEST_F(DownstreamJoinTest, AHoldtimeForEverDoesNotEnd)
{
    Join(HOLDTIME_FOREVER);
    EXPECT_EQ(m_machine.Next(), NEVER);
    Join(10);
    EXPECT_EQ(Expire(seconds{1000000}), Outcome::Nothing);
    EXPECT_TRUE(m_machine.IsJoined());
    Prune();
    EXPECT_EQ(Expire(seconds{1000003}), Outcome::Pruned);
    Join(10); // a new one
    EXPECT_EQ(m_machine.Expiry().At(), At(seconds{1000013}));
}

TEST_F(DownstreamJoinTest, AHoldtimeOfZeroEndsAtOnce)
{
    Join(0);
    EXPECT_EQ(Expire(seconds{0}), Outcome::Left);
}

TEST_F(DownstreamJoinTest, JoinExpires)
{
    Join(100);
    EXPECT_EQ(Expire(seconds{99}), Outcome::Nothing);
    EXPECT_EQ(Expire(seconds{100}), Outcome::Left);
    EXPECT_EQ(m_machine.State(), DownstreamState::NoInfo);
    EXPECT_EQ(m_machine.Next(), NEVER);
}

TEST_F(DownstreamJoinTest, PruneInJoinWaitsForAnOverrideStillForwarding)
{
    Join();
    Prune();
    EXPECT_EQ(m_machine.State(), DownstreamState::PrunePending);
    EXPECT_TRUE(m_machine.IsJoined());
    EXPECT_EQ(m_machine.Next(), At(OVERRIDE));
    EXPECT_EQ(Expire(OVERRIDE - milliseconds{1}), Outcome::Nothing);
    EXPECT_EQ(Expire(OVERRIDE), Outcome::Pruned);
    EXPECT_FALSE(m_machine.IsJoined());
    EXPECT_EQ(m_machine.Next(), NEVER);
}

TEST_F(DownstreamJoinTest, PruneOfALoneNeighborCountsAtOnce)
{
    Join();
    Prune(Duration::zero());
    EXPECT_EQ(Expire(seconds{0}), Outcome::Pruned);
}

TEST_F(DownstreamJoinTest, SecondPruneDoesNotPutItOff)
{
    Join();
    Prune();
    m_now = At(seconds{2});
    Prune();
    EXPECT_EQ(m_machine.PrunePending().At(), At(OVERRIDE));
}

TEST_F(DownstreamJoinTest, JoinInPrunePendingOverrides)
{
    Join(100);
    Prune();
    m_now = At(seconds{2});
    Join(50);
    EXPECT_FALSE(m_isNew);
    EXPECT_EQ(m_machine.State(), DownstreamState::Join);
    EXPECT_FALSE(m_machine.PrunePending().Running());
    EXPECT_EQ(m_machine.Expiry().At(), At(seconds{100}));
}

TEST_F(DownstreamJoinTest, PrunePendingExpiresWithItsJoin)
{
    Join(2);
    Prune();
    EXPECT_EQ(Expire(seconds{2}), Outcome::Left); // no PruneEcho
    EXPECT_EQ(m_machine.State(), DownstreamState::NoInfo);
}

} // namespace
} // namespace mcast::pim
