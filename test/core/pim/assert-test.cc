// SPDX-License-Identifier: GPL-2.0-only
// The Assert machine: each row of its tables (RFC 7761 4.6.1, 4.6.2), and the order of metrics (4.6.3).

#include "pim/assert.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::pim
{
namespace
{

using namespace test;
using State = AssertState;
using Outcome = AssertMachine::Outcome;

const auto US = Ip("10.0.0.5");
const auto LOWER = Ip("10.0.0.4");
const auto HIGHER = Ip("10.0.0.6");

AssertMetric
Metric(std::uint32_t preference, std::uint32_t metric, const Address& address, bool rpt = false)
{
    return {rpt, preference, metric, address};
}

AssertMetric
Cancel(const Address& address)
{
    return {true, AssertMetric::INFINITE_PREFERENCE, AssertMetric::INFINITE_METRIC, address};
}

// The machine of (S,G), and of (*,G) if the parameter says so: they differ by the RPT bit that counts.
class AssertMachineTest : public ::testing::TestWithParam<bool>
{
  protected:
    AssertMachineTest()
        : m_ofGroup(GetParam())
    {
        m_in.couldAssert = true;
        m_in.trackingDesired = true;
        m_in.mine = Own(110, 20);
    }

    AssertMetric Own(std::uint32_t preference, std::uint32_t metric) const
    {
        return Metric(preference, metric, US, m_ofGroup);
    }

    /// What others of our own kind of tree say.
    Outcome Hear(std::uint32_t preference, std::uint32_t metric, const Address& from)
    {
        return Hear(Metric(preference, metric, from, m_ofGroup));
    }

    Outcome Hear(const AssertMetric& metric)
    {
        return m_machine.Receive(m_now, metric, m_in, m_times, m_ofGroup);
    }

    // We could not assert: our metric is infinite.
    void OnlyTrack()
    {
        m_in.couldAssert = false;
        m_in.mine = AssertMetric{};
    }

    void Win()
    {
        ASSERT_EQ(m_machine.DataArrived(m_now, m_in, m_times), Outcome::Send);
        ASSERT_EQ(m_machine.State(), State::Winner);
    }

    void Lose()
    {
        ASSERT_EQ(Hear(100, 5, HIGHER), Outcome::Changed);
        ASSERT_EQ(m_machine.State(), State::Loser);
    }

    void ExpectForgotten()
    {
        EXPECT_EQ(m_machine.State(), State::NoInfo);
        EXPECT_TRUE(m_machine.Winner().IsInfinite());
        EXPECT_FALSE(m_machine.Timer().Running());
    }

    bool m_ofGroup;
    AssertMachine m_machine;
    AssertInputs m_in;
    AssertTimes m_times{seconds{180}, seconds{3}};
    TimePoint m_now = At(seconds{100});
};

INSTANTIATE_TEST_SUITE_P(Trees, AssertMachineTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "OfGroup" : "OfSource"; });

TEST(AssertMetricTest, RptBitThenPreferenceThenMetricThenTheGreaterAddress)
{
    const auto metric = Metric(110, 20, US);
    EXPECT_TRUE(metric.IsBetterThan(Metric(0, 0, US, true)));
    EXPECT_FALSE(Metric(0, 0, US, true).IsBetterThan(metric));
    EXPECT_TRUE(Metric(109, 99, US).IsBetterThan(metric));
    EXPECT_FALSE(metric.IsBetterThan(Metric(109, 99, US)));
    EXPECT_TRUE(Metric(110, 19, LOWER).IsBetterThan(metric));
    EXPECT_TRUE(Metric(110, 20, HIGHER).IsBetterThan(metric));
    EXPECT_FALSE(Metric(110, 20, LOWER).IsBetterThan(metric));
    EXPECT_FALSE(metric.IsBetterThan(metric));
    EXPECT_TRUE(metric.IsBetterThan(Cancel(HIGHER)));
    EXPECT_TRUE(Cancel(US).IsInfinite());
    EXPECT_FALSE(Metric(AssertMetric::INFINITE_PREFERENCE, 1, US).IsInfinite());
}

// NoInfo.

TEST_P(AssertMachineTest, InferiorAssertMakesTheWinner)
{
    EXPECT_EQ(Hear(110, 20, LOWER), Outcome::Send);
    EXPECT_EQ(m_machine.State(), State::Winner);
    EXPECT_EQ(m_machine.Winner().address, US);
    EXPECT_EQ(m_machine.Timer().At(), m_now + seconds{177}); // before the losers' timers
}

TEST_P(AssertMachineTest, InferiorAssertConcernsNobodyWhoCouldNotAssert)
{
    OnlyTrack();
    EXPECT_EQ(Hear(Cancel(LOWER)), Outcome::Nothing);
    ExpectForgotten();
}

TEST_P(AssertMachineTest, DataMakesTheWinnerWhereWeCouldAssert)
{
    Win();
    EXPECT_EQ(m_machine.DataArrived(m_now, m_in, m_times), Outcome::Nothing);
    OnlyTrack();
    AssertMachine other;
    EXPECT_EQ(other.DataArrived(m_now, m_in, m_times), Outcome::Nothing);
    EXPECT_EQ(other.State(), State::NoInfo);
}

TEST_P(AssertMachineTest, AcceptableAssertMakesALoser)
{
    EXPECT_EQ(Hear(110, 20, HIGHER), Outcome::Changed);
    EXPECT_EQ(m_machine.State(), State::Loser);
    EXPECT_EQ(m_machine.Winner().address, HIGHER);
    EXPECT_EQ(m_machine.Timer().At(), m_now + seconds{180});
}

TEST_P(AssertMachineTest, AcceptableAssertCountsOnlyWhereAssertsAreTracked)
{
    OnlyTrack();
    m_in.trackingDesired = false;
    EXPECT_EQ(Hear(1, 1, HIGHER), Outcome::Nothing);
    ExpectForgotten();
    m_in.trackingDesired = true;
    EXPECT_EQ(Hear(1, 1, HIGHER), Outcome::Changed);
    EXPECT_EQ(m_machine.State(), State::Loser);
}

TEST_P(AssertMachineTest, AnInfiniteAssertIsNeverAcceptable)
{
    OnlyTrack();
    m_in.mine.address = LOWER;
    EXPECT_EQ(Hear(Cancel(HIGHER)), Outcome::Nothing);
    ExpectForgotten();
}

TEST_P(AssertMachineTest, TheRptBitTellsTheTrees)
{
    if (m_ofGroup)
    {
        EXPECT_EQ(Hear(Metric(1, 1, HIGHER)), Outcome::Nothing); // (S,G) state of others
        ExpectForgotten();
        return;
    }
    EXPECT_EQ(Hear(Metric(1, 1, HIGHER, true)), Outcome::Send); // whatever its metric: we have (S,G) state
    EXPECT_EQ(m_machine.State(), State::Winner);
    AssertMachine other;
    OnlyTrack();
    EXPECT_EQ(other.Receive(m_now, Metric(1, 1, HIGHER, true), m_in, m_times, false), Outcome::Nothing);
    EXPECT_EQ(other.State(), State::NoInfo);
}

// Winner.

TEST_P(AssertMachineTest, TheWinnerRepeatsItselfWhenItsTimerEnds)
{
    Win();
    const auto due = m_machine.Timer().At();
    EXPECT_EQ(m_machine.Expire(due - milliseconds{1}, m_in, m_times), Outcome::Nothing);
    EXPECT_EQ(m_machine.Expire(due, m_in, m_times), Outcome::Send);
    EXPECT_EQ(m_machine.State(), State::Winner);
    EXPECT_EQ(m_machine.Timer().At(), due + seconds{177});
}

TEST_P(AssertMachineTest, TheWinnerAnswersInferiorAsserts)
{
    Win();
    m_now += seconds{10};
    EXPECT_EQ(Hear(110, 21, HIGHER), Outcome::Send);
    EXPECT_EQ(m_machine.Timer().At(), m_now + seconds{177});
    EXPECT_EQ(Hear(Cancel(HIGHER)), Outcome::Send);
    EXPECT_EQ(m_machine.State(), State::Winner);
}

TEST_P(AssertMachineTest, TheWinnerLosesToAPreferredAssert)
{
    Win();
    EXPECT_EQ(Hear(110, 19, LOWER), Outcome::Changed);
    EXPECT_EQ(m_machine.State(), State::Loser);
    EXPECT_EQ(m_machine.Winner().address, LOWER);
    EXPECT_EQ(m_machine.Timer().At(), m_now + seconds{180});
}

TEST_P(AssertMachineTest, TheWinnerCancelsWhenItCanNoLongerAssert)
{
    Win();
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Nothing);
    OnlyTrack();
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Cancel);
    ExpectForgotten();
}

TEST_P(AssertMachineTest, TheWinnerIsNotMovedByJoinsOrNeighbors)
{
    Win();
    EXPECT_EQ(m_machine.ForgetLoss(), Outcome::Nothing);
    m_in.trackingDesired = false;
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Nothing);
    EXPECT_EQ(m_machine.State(), State::Winner);
}

// Loser.

TEST_P(AssertMachineTest, ALoserFollowsABetterWinner)
{
    Lose();
    m_now += seconds{10};
    EXPECT_EQ(Hear(100, 4, LOWER), Outcome::Changed);
    EXPECT_EQ(m_machine.Winner().address, LOWER);
    EXPECT_EQ(m_machine.Timer().At(), m_now + seconds{180});
    EXPECT_EQ(Hear(100, 4, Ip("10.0.0.3")), Outcome::Nothing); // lesser address
    EXPECT_EQ(m_machine.Winner().address, LOWER);
}

TEST_P(AssertMachineTest, TheWinnersNextAssertKeepsALoser)
{
    Lose();
    m_now += seconds{100};
    EXPECT_EQ(Hear(110, 19, HIGHER), Outcome::Changed); // worse than before, still better than ours
    EXPECT_EQ(m_machine.State(), State::Loser);
    EXPECT_EQ(m_machine.Winner().metric, 19u);
    EXPECT_EQ(m_machine.Timer().At(), m_now + seconds{180});
}

TEST_P(AssertMachineTest, OthersThanTheWinnerDoNotKeepALoser)
{
    Lose();
    const auto due = m_machine.Timer().At();
    m_now += seconds{100};
    EXPECT_EQ(Hear(110, 19, LOWER), Outcome::Nothing); // acceptable, but not the winner
    EXPECT_EQ(Hear(110, 30, LOWER), Outcome::Nothing); // inferior
    EXPECT_EQ(Hear(Cancel(LOWER)), Outcome::Nothing);
    EXPECT_EQ(m_machine.Timer().At(), due);
}

TEST_P(AssertMachineTest, TheWinnersInferiorAssertOrCancelEndsALoser)
{
    Lose();
    EXPECT_EQ(Hear(110, 21, HIGHER), Outcome::Changed);
    ExpectForgotten();
    Lose();
    EXPECT_EQ(Hear(Cancel(HIGHER)), Outcome::Changed);
    ExpectForgotten();
    OnlyTrack();
    Lose();
    EXPECT_EQ(Hear(110, 21, HIGHER), Outcome::Changed); // nothing is inferior to an infinite metric
    EXPECT_EQ(m_machine.State(), State::Loser);
    EXPECT_EQ(Hear(Cancel(HIGHER)), Outcome::Changed);
    ExpectForgotten();
}

TEST_P(AssertMachineTest, ALossExpires)
{
    Lose();
    EXPECT_EQ(m_machine.Expire(m_machine.Timer().At() - milliseconds{1}, m_in, m_times), Outcome::Nothing);
    EXPECT_EQ(m_machine.Expire(m_machine.Timer().At(), m_in, m_times), Outcome::Changed);
    ExpectForgotten();
}

TEST_P(AssertMachineTest, ALossIsForgottenWithItsWinnerOrByAJoin)
{
    Lose();
    EXPECT_EQ(m_machine.ForgetLoss(), Outcome::Changed);
    ExpectForgotten();
    EXPECT_EQ(m_machine.ForgetLoss(), Outcome::Nothing);
}

TEST_P(AssertMachineTest, ALossIsForgottenWhereAssertsAreNoLongerTracked)
{
    Lose();
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Nothing);
    m_in.trackingDesired = false;
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Changed);
    ExpectForgotten();
}

TEST_P(AssertMachineTest, ALossIsForgottenWhenOurMetricIsBetter)
{
    Lose();
    m_in.mine = Own(100, 5); // the winner's, with a lesser address
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Nothing);
    m_in.mine = Own(100, 4);
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Changed);
    ExpectForgotten();
}

TEST_P(AssertMachineTest, ALossIsForgottenWhenTheInterfaceIsNoLongerTheWayToTheRoot)
{
    OnlyTrack();
    m_in.isRpfInterface = true;
    Lose();
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Nothing);
    m_in.isRpfInterface = false;
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Changed);
    ExpectForgotten();
}

// It became the way to the root after the loss, and is no longer.
TEST_P(AssertMachineTest, ALossIsForgottenWhenTheInterfaceWasTheWayToTheRootForAWhile)
{
    OnlyTrack();
    Lose();
    m_in.isRpfInterface = true;
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Nothing);
    m_in.isRpfInterface = false;
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Changed);
    ExpectForgotten();
}

TEST_P(AssertMachineTest, NothingMovesNoInfo)
{
    m_in.trackingDesired = false;
    EXPECT_EQ(m_machine.Check(m_in), Outcome::Nothing);
    EXPECT_EQ(m_machine.ForgetLoss(), Outcome::Nothing);
    EXPECT_EQ(m_machine.Expire(m_now + seconds{10000}, m_in, m_times), Outcome::Nothing);
    ExpectForgotten();
}

} // namespace
} // namespace mcast::pim
