// SPDX-License-Identifier: GPL-2.0-only
// The downstream (S,G,rpt) machine: each row of its table (RFC 7761 4.5.3).

#include "pim/sm/downstream-rpt.h"

#include "support.h"
#include "wire/pim.h"

#include <gtest/gtest.h>

namespace mcast::pim
{
namespace
{

using namespace test;
using State = DownstreamState;

constexpr Duration OVERRIDE = seconds{3};

class DownstreamPruneTest : public ::testing::Test
{
  protected:
    void Prune(std::uint16_t holdtime = 210)
    {
        m_machine.ReceivePrune(m_now, holdtime, OVERRIDE);
    }

    bool Expire(Duration sinceStart)
    {
        m_now = At(sinceStart);
        return m_machine.Expire(m_now);
    }

    void GoToPrune()
    {
        Prune();
        Expire(OVERRIDE);
        ASSERT_EQ(m_machine.State(), State::Prune);
    }

    void ExpectNothing()
    {
        EXPECT_EQ(m_machine.State(), State::NoInfo);
        EXPECT_EQ(m_machine.Next(), NEVER);
        EXPECT_FALSE(m_machine.IsPruned());
    }

    DownstreamPrune m_machine;
    TimePoint m_now = At(seconds{0});
};

TEST_F(DownstreamPruneTest, NoInfoIgnoresJoins)
{
    m_machine.ReceiveJoinStarG();
    ExpectNothing();
    m_machine.ReceiveJoin();
    ExpectNothing();
    m_machine.EndOfMessage();
    ExpectNothing();
    EXPECT_FALSE(Expire(seconds{1000}));
}

TEST_F(DownstreamPruneTest, PruneInNoInfoWaitsForAnOverride)
{
    Prune(100);
    EXPECT_EQ(m_machine.State(), State::PrunePending);
    EXPECT_FALSE(m_machine.IsPruned());
    EXPECT_EQ(m_machine.Expiry().At(), At(seconds{100}));
    EXPECT_EQ(m_machine.PrunePending().At(), At(OVERRIDE));
    EXPECT_FALSE(Expire(OVERRIDE - milliseconds{1}));
    EXPECT_TRUE(Expire(OVERRIDE));
    EXPECT_EQ(m_machine.State(), State::Prune);
    EXPECT_TRUE(m_machine.IsPruned());
}

TEST_F(DownstreamPruneTest, JoinEndsAPrune)
{
    GoToPrune();
    m_machine.ReceiveJoin();
    ExpectNothing();
    Prune();
    m_machine.ReceiveJoin();
    ExpectNothing();
}

TEST_F(DownstreamPruneTest, PruneInPruneRaisesTheExpiryTimer)
{
    GoToPrune();
    Prune(10);
    EXPECT_EQ(m_machine.Expiry().At(), At(seconds{210}));
    Prune(210);
    EXPECT_EQ(m_machine.Expiry().At(), At(OVERRIDE + seconds{210}));
    EXPECT_EQ(m_machine.State(), State::Prune);
}

TEST_F(DownstreamPruneTest, PruneInPrunePendingWaitsNoLonger)
{
    Prune(100);
    m_now = At(seconds{2});
    Prune(100);
    EXPECT_EQ(m_machine.State(), State::PrunePending);
    EXPECT_EQ(m_machine.PrunePending().At(), At(OVERRIDE));
    EXPECT_EQ(m_machine.Expiry().At(), At(seconds{102}));
}

TEST_F(DownstreamPruneTest, PrunesExpire)
{
    GoToPrune();
    EXPECT_FALSE(Expire(seconds{209}));
    EXPECT_TRUE(Expire(seconds{210}));
    ExpectNothing();
    Prune(1);
    EXPECT_TRUE(Expire(seconds{211})); // before it counted
    ExpectNothing();
}

TEST_F(DownstreamPruneTest, AHoldtimeForEverDoesNotEnd)
{
    Prune(HOLDTIME_FOREVER);
    EXPECT_TRUE(Expire(OVERRIDE));
    Prune(10);
    EXPECT_FALSE(Expire(seconds{1000000}));
    EXPECT_TRUE(m_machine.IsPruned());
}

TEST_F(DownstreamPruneTest, JoinStarGTakesBackWhatTheMessageDoesNotRepeat)
{
    GoToPrune();
    m_machine.ReceiveJoinStarG();
    EXPECT_EQ(m_machine.State(), State::PruneTmp);
    EXPECT_TRUE(m_machine.IsPruned()); // until the end of the message
    m_machine.EndOfMessage();
    ExpectNothing();
}

TEST_F(DownstreamPruneTest, JoinStarGTakesBackAPendingPrune)
{
    Prune();
    m_machine.ReceiveJoinStarG();
    EXPECT_EQ(m_machine.State(), State::PrunePendingTmp);
    EXPECT_FALSE(m_machine.IsPruned());
    m_machine.EndOfMessage();
    ExpectNothing();
}

TEST_F(DownstreamPruneTest, ARepeatedPruneStays)
{
    GoToPrune();
    m_machine.ReceiveJoinStarG();
    Prune(210);
    EXPECT_EQ(m_machine.State(), State::Prune);
    EXPECT_EQ(m_machine.Expiry().At(), At(OVERRIDE + seconds{210}));
    m_machine.EndOfMessage();
    EXPECT_EQ(m_machine.State(), State::Prune);
}

TEST_F(DownstreamPruneTest, ARepeatedPendingPruneStaysPendingAsLongAsBefore)
{
    Prune();
    m_now = At(seconds{1});
    m_machine.ReceiveJoinStarG();
    Prune();
    m_machine.EndOfMessage();
    EXPECT_EQ(m_machine.State(), State::PrunePending);
    EXPECT_EQ(m_machine.PrunePending().At(), At(OVERRIDE));
}

TEST_F(DownstreamPruneTest, JoinEndsTheTmpStates)
{
    GoToPrune();
    m_machine.ReceiveJoinStarG();
    m_machine.ReceiveJoin();
    ExpectNothing();
    Prune();
    m_machine.ReceiveJoinStarG();
    m_machine.ReceiveJoin();
    ExpectNothing();
}

TEST_F(DownstreamPruneTest, ASecondJoinStarGChangesNothing)
{
    GoToPrune();
    m_machine.ReceiveJoinStarG();
    m_machine.ReceiveJoinStarG();
    EXPECT_EQ(m_machine.State(), State::PruneTmp);
}

} // namespace
} // namespace mcast::pim
