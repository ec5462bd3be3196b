// SPDX-License-Identifier: GPL-2.0-only
// The Register machine of a DR: each row of its table (RFC 7761 4.4.1).

#include "pim/sm/register.h"

#include "support.h"

#include <gtest/gtest.h>
#include <set>

namespace mcast::pim
{
namespace
{

using namespace test;
using State = RegisterState;

class RegisterMachineTest : public ::testing::Test
{
  protected:
    bool Stop(Duration sinceStart = Duration::zero())
    {
        return m_machine.ReceiveRegisterStop(At(sinceStart), m_random, m_config);
    }

    // The Register-Stop Timer ends.
    bool Expire()
    {
        return m_machine.Expire(m_machine.StopTimer().At(), m_config);
    }

    RegisterMachine m_machine;
    RouterConfig m_config;
    Random m_random{3};
    const Address m_rp = Ip("10.8.0.1");
    const Address m_other = Ip("10.8.0.2");
};

TEST_F(RegisterMachineTest, NoInfoUntilThereIsSomethingToRegisterAndSomebodyForIt)
{
    EXPECT_FALSE(m_machine.Update(false, m_rp));
    EXPECT_FALSE(m_machine.Update(true, Address{}));
    EXPECT_FALSE(Stop());
    EXPECT_EQ(m_machine.State(), State::NoInfo);
    EXPECT_TRUE(m_machine.Update(true, m_rp));
    EXPECT_EQ(m_machine.State(), State::Join);
    EXPECT_EQ(m_machine.Rp(), m_rp);
    EXPECT_FALSE(m_machine.StopTimer().Running());
}

TEST_F(RegisterMachineTest, CouldRegisterFalseEndsEachState)
{
    for (int steps = 0; steps < 3; ++steps)
    {
        m_machine.Update(true, m_rp);
        if (steps > 0)
        {
            Stop();
        }
        if (steps > 1)
        {
            Expire();
        }
        EXPECT_TRUE(m_machine.Update(false, m_rp));
        EXPECT_EQ(m_machine.State(), State::NoInfo);
        EXPECT_FALSE(m_machine.StopTimer().Running());
    }
}

TEST_F(RegisterMachineTest, RegisterStopSuppressesForARandomTime)
{
    std::set<Duration> times;
    for (int i = 0; i < 200; ++i)
    {
        m_machine.Update(false, m_rp);
        m_machine.Update(true, m_rp);
        EXPECT_TRUE(Stop());
        EXPECT_EQ(m_machine.State(), State::Prune);
        times.insert(m_machine.StopTimer().At() - At(Duration::zero()));
    }
    // rand(0.5, 1.5) * Register_Suppression_Time - Register_Probe_Time
    EXPECT_GE(*times.begin(), seconds{25});
    EXPECT_LE(*times.rbegin(), seconds{85});
    EXPECT_LT(*times.begin(), seconds{30});
    EXPECT_GT(*times.rbegin(), seconds{80});
}

TEST_F(RegisterMachineTest, ASecondRegisterStopInPruneChangesNothing)
{
    m_machine.Update(true, m_rp);
    Stop();
    const auto at = m_machine.StopTimer().At();
    EXPECT_FALSE(Stop(seconds{5}));
    EXPECT_EQ(m_machine.StopTimer().At(), at);
}

TEST_F(RegisterMachineTest, PruneProbesBeforeItEnds)
{
    m_machine.Update(true, m_rp);
    Stop();
    const auto due = m_machine.StopTimer().At();
    EXPECT_FALSE(m_machine.Expire(due - milliseconds{1}, m_config));
    EXPECT_EQ(m_machine.State(), State::Prune);
    EXPECT_TRUE(Expire()); // a Null-Register
    EXPECT_EQ(m_machine.State(), State::JoinPending);
    EXPECT_EQ(m_machine.StopTimer().At(), due + m_config.registerProbeTime);
}

TEST_F(RegisterMachineTest, WithoutAnAnswerToTheProbeItRegistersAgain)
{
    m_machine.Update(true, m_rp);
    Stop();
    Expire();
    EXPECT_FALSE(Expire());
    EXPECT_EQ(m_machine.State(), State::Join);
    EXPECT_FALSE(m_machine.StopTimer().Running());
}

TEST_F(RegisterMachineTest, AnAnswerToTheProbeSuppressesAgain)
{
    m_machine.Update(true, m_rp);
    Stop();
    Expire();
    EXPECT_TRUE(Stop(seconds{100}));
    EXPECT_EQ(m_machine.State(), State::Prune);
    EXPECT_GE(m_machine.StopTimer().At(), At(seconds{125}));
}

TEST_F(RegisterMachineTest, AnotherRpHasToHearItFirst)
{
    m_machine.Update(true, m_rp);
    EXPECT_FALSE(m_machine.Update(true, m_other)); // Join as before, to another
    EXPECT_EQ(m_machine.Rp(), m_other);
    Stop();
    EXPECT_TRUE(m_machine.Update(true, m_rp));
    EXPECT_EQ(m_machine.State(), State::Join);
    EXPECT_FALSE(m_machine.StopTimer().Running());
    Stop();
    Expire();
    EXPECT_EQ(m_machine.State(), State::JoinPending);
    EXPECT_TRUE(m_machine.Update(true, m_other));
    EXPECT_EQ(m_machine.State(), State::Join);
}

TEST_F(RegisterMachineTest, TheSameAgainChangesNothing)
{
    m_machine.Update(true, m_rp);
    Stop();
    const auto at = m_machine.StopTimer().At();
    EXPECT_FALSE(m_machine.Update(true, m_rp));
    EXPECT_EQ(m_machine.State(), State::Prune);
    EXPECT_EQ(m_machine.StopTimer().At(), at);
}

} // namespace
} // namespace mcast::pim
