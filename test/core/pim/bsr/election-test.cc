// SPDX-License-Identifier: GPL-2.0-only
// Every row of the tables of RFC 5059 3.1.1 and 3.1.2.

#include "pim/bsr/election.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::pim::bsr
{
namespace
{

using namespace test;
using State = BootstrapView::State;
using Expiry = Election::Expiry;

const Weight OWN{64, Ip("10.0.0.5")};
const Weight LESSER{64, Ip("10.0.0.2")};
const Weight GREATER{64, Ip("10.0.0.9")};
const Weight GREATEST{65, Ip("10.0.0.1")};

class ElectionTest : public ::testing::Test
{
  protected:
    // What is done with a message: letters of the table.
    std::string Hear(Duration at, const Weight& sender, Election& election)
    {
        const auto outcome = election.OnMessage(At(at), sender);
        return std::string(outcome.forward ? "F" : "") + (outcome.store ? "S" : "") + (outcome.originate ? "O" : "");
    }

    std::string Hear(Duration at, const Weight& sender)
    {
        return Hear(at, sender, m_election);
    }

    void BecomeElected() // at 5 s
    {
        m_election.BecomeCandidate(At({}), OWN);
        ASSERT_EQ(m_election.OnTimer(At(seconds{5})), Expiry::Originate);
    }

    Duration Timer(Duration at) const
    {
        return m_election.BootstrapTimer(At(at));
    }

    RouterConfig m_config;
    Election m_election{m_config, false};
};

TEST(BsrWeightTest, PriorityBeforeAddress) // BSR-ROUTER-3.1-03
{
    EXPECT_LT((Weight{64, Ip("10.255.0.1")}), (Weight{65, Ip("10.0.0.1")}));
    EXPECT_LT((Weight{64, Ip("10.0.0.1")}), (Weight{64, Ip("10.255.0.1")}));
    EXPECT_LT((Weight{64, Ip("10.0.0.1")}), (Weight{64, Ip("200.0.0.1")})); // unsigned
}

TEST_F(ElectionTest, CandidateStartsPending) // BSR-ROUTER-3.1.1-01
{
    m_election.BecomeCandidate(At({}), OWN);
    EXPECT_EQ(m_election.GetState(), State::Pending);
    EXPECT_EQ(Timer({}), seconds{5});
    EXPECT_EQ(m_election.Bsr(), std::nullopt);
    EXPECT_EQ(m_election.OnTimer(At(milliseconds{4999})), Expiry::None);
}

TEST_F(ElectionTest, PendingBecomesElected) // BSR-ROUTER-3.1.1-02
{
    BecomeElected();
    EXPECT_EQ(m_election.GetState(), State::Elected);
    EXPECT_EQ(m_election.Bsr(), OWN);
    EXPECT_EQ(Timer(seconds{5}), seconds{60});
}

TEST_F(ElectionTest, PendingAndPreferred) // BSR-ROUTER-3.1.1-03
{
    m_election.BecomeCandidate(At({}), OWN);
    EXPECT_EQ(Hear(seconds{1}, GREATER), "FS");
    EXPECT_EQ(m_election.GetState(), State::Candidate);
    EXPECT_EQ(m_election.Bsr(), GREATER);
    EXPECT_EQ(Timer(seconds{1}), seconds{130});
}

TEST_F(ElectionTest, PendingAndLesser) // BSR-ROUTER-3.1.1-04
{
    m_election.BecomeCandidate(At({}), OWN);
    EXPECT_EQ(Hear(seconds{1}, LESSER), "F");
    EXPECT_EQ(m_election.GetState(), State::Pending);
    EXPECT_EQ(Timer(seconds{1}), seconds{4});
}

TEST_F(ElectionTest, CandidateAndPreferred) // BSR-ROUTER-3.1.1-05
{
    m_election.BecomeCandidate(At({}), OWN);
    Hear(seconds{1}, GREATER);
    EXPECT_EQ(Hear(seconds{11}, GREATER), "FS"); // equal
    EXPECT_EQ(Timer(seconds{11}), seconds{130});
    EXPECT_EQ(Hear(seconds{21}, GREATEST), "FS");
    EXPECT_EQ(m_election.Bsr(), GREATEST);
    EXPECT_EQ(Timer(seconds{21}), seconds{130});
    EXPECT_EQ(m_election.GetState(), State::Candidate);
}

TEST_F(ElectionTest, CandidateMissesItsBsr) // BSR-ROUTER-3.1.1-06
{
    m_election.BecomeCandidate(At({}), OWN);
    Hear(seconds{1}, GREATEST);
    EXPECT_EQ(m_election.OnTimer(At(seconds{131})), Expiry::None);
    EXPECT_EQ(m_election.GetState(), State::Pending);
    EXPECT_EQ(Timer(seconds{131}), RandomOverride(OWN, GREATEST));
    EXPECT_GT(Timer(seconds{131}), seconds{7});
}

TEST_F(ElectionTest, CandidateWhoseBsrFallsBelowIt) // BSR-ROUTER-3.1.1-07
{
    m_election.BecomeCandidate(At({}), OWN);
    Hear(seconds{1}, GREATEST);
    EXPECT_EQ(Hear(seconds{2}, {63, GREATEST.address}), "F");
    EXPECT_EQ(m_election.GetState(), State::Pending);
    EXPECT_EQ(Timer(seconds{2}), seconds{5}); // nobody better is known
}

TEST_F(ElectionTest, CandidateAndLesserOfAnother) // BSR-ROUTER-3.1.1-08
{
    m_election.BecomeCandidate(At({}), OWN);
    Hear(seconds{1}, GREATEST);
    EXPECT_EQ(Hear(seconds{2}, GREATER), ""); // greater than we are, but not than the BSR
    EXPECT_EQ(Hear(seconds{2}, LESSER), "");
    EXPECT_EQ(m_election.Bsr(), GREATEST);
    EXPECT_EQ(Timer(seconds{2}), seconds{129});
}

TEST_F(ElectionTest, CandidateWhoseBsrFallsButStaysAbove) // BSR-ROUTER-3.1.4-01
{
    m_election.BecomeCandidate(At({}), OWN);
    Hear(seconds{1}, {100, GREATER.address});
    EXPECT_EQ(Hear(seconds{2}, {70, GREATER.address}), "FS");
    EXPECT_EQ(m_election.Bsr()->priority, 70);
    EXPECT_EQ(Hear(seconds{3}, {71, LESSER.address}), "FS"); // measured by the new priority
}

TEST_F(ElectionTest, ElectedOriginatesEveryPeriod) // BSR-ROUTER-3.1.1-09
{
    BecomeElected();
    EXPECT_EQ(m_election.OnTimer(At(seconds{64})), Expiry::None);
    EXPECT_EQ(m_election.OnTimer(At(seconds{65})), Expiry::Originate);
    EXPECT_EQ(Timer(seconds{65}), seconds{60});
}

TEST_F(ElectionTest, ElectedGivesWay) // BSR-ROUTER-3.1.1-10
{
    BecomeElected();
    EXPECT_EQ(Hear(seconds{6}, GREATER), "FS");
    EXPECT_EQ(m_election.GetState(), State::Candidate);
    EXPECT_EQ(Timer(seconds{6}), seconds{130});
}

TEST_F(ElectionTest, ElectedAnswersLesserOnes) // BSR-ROUTER-3.1.1-11
{
    BecomeElected();
    EXPECT_EQ(Hear(seconds{35}, LESSER), "O");
    EXPECT_EQ(m_election.GetState(), State::Elected);
    EXPECT_EQ(Timer(seconds{35}), seconds{60});
}

TEST_F(ElectionTest, ElectedTimerIsLowered)
{
    BecomeElected();
    m_election.LowerBootstrapTimer(At(seconds{5}), seconds{10});
    EXPECT_EQ(Timer(seconds{5}), seconds{10});
    m_election.LowerBootstrapTimer(At(seconds{5}), seconds{20});
    EXPECT_EQ(Timer(seconds{5}), seconds{10});
}

TEST_F(ElectionTest, OthersAcceptAnyFirst) // BSR-ROUTER-3.1.2-02
{
    EXPECT_EQ(m_election.GetState(), State::AcceptAny); // BSR-ROUTER-3.1.2-05: no NoInfo
    EXPECT_EQ(m_election.NextTimer(), NEVER);
    EXPECT_EQ(Hear(seconds{1}, LESSER), "FS");
    EXPECT_EQ(m_election.GetState(), State::AcceptPreferred);
    EXPECT_EQ(Timer(seconds{1}), seconds{130});
}

TEST_F(ElectionTest, OthersAcceptPreferred) // BSR-ROUTER-3.1.2-03, BSR-ROUTER-3.1.4-01
{
    Hear(seconds{1}, GREATER);
    EXPECT_EQ(Hear(seconds{2}, LESSER), "");
    EXPECT_EQ(Timer(seconds{2}), seconds{129});
    EXPECT_EQ(Hear(seconds{3}, GREATER), "FS");
    EXPECT_EQ(Timer(seconds{3}), seconds{130});
    EXPECT_EQ(Hear(seconds{4}, GREATEST), "FS");
    EXPECT_EQ(Hear(seconds{5}, {0, GREATEST.address}), "FS"); // the BSR resigns
    EXPECT_EQ(m_election.Bsr()->priority, 0);
    EXPECT_EQ(Hear(seconds{6}, LESSER), "FS");
}

TEST_F(ElectionTest, OthersMissTheirBsr) // BSR-ROUTER-3.1.2-04
{
    Hear(seconds{1}, GREATER);
    EXPECT_EQ(m_election.OnTimer(At(seconds{131})), Expiry::Refresh);
    EXPECT_EQ(m_election.GetState(), State::AcceptAny);
    EXPECT_EQ(m_election.Bsr(), std::nullopt);
    EXPECT_EQ(m_election.NextTimer(), NEVER); // no Scope-Zone Expiry Timer of a configured zone
}

TEST_F(ElectionTest, LearnedZones) // BSR-ROUTER-3.1.2-01, BSR-ROUTER-3.1.2-04, BSR-ROUTER-3.1.2-05
{
    Election learned(m_config, true);
    EXPECT_EQ(learned.GetState(), State::NoInfo);
    EXPECT_EQ(Hear(seconds{1}, LESSER, learned), "FS");
    EXPECT_EQ(learned.GetState(), State::AcceptPreferred);
    EXPECT_EQ(learned.BootstrapTimer(At(seconds{1})), seconds{130});
    EXPECT_EQ(learned.OnTimer(At(seconds{131})), Expiry::Refresh);
    EXPECT_EQ(learned.NextTimer(), At(seconds{1431}));
    EXPECT_EQ(learned.OnTimer(At(seconds{1430})), Expiry::None);
    EXPECT_EQ(learned.OnTimer(At(seconds{1431})), Expiry::Remove);
    EXPECT_EQ(learned.GetState(), State::NoInfo);
    EXPECT_EQ(learned.NextTimer(), NEVER);
}

TEST_F(ElectionTest, LearnedZoneIsHeardOfAgain)
{
    Election learned(m_config, true);
    Hear(seconds{1}, LESSER, learned);
    learned.OnTimer(At(seconds{131}));
    EXPECT_EQ(Hear(seconds{200}, LESSER, learned), "FS");
    EXPECT_EQ(learned.OnTimer(At(seconds{1431})), Expiry::Refresh); // the Bootstrap Timer, not the zone's
}

TEST_F(ElectionTest, LearnedBecomesConfiguredAndBack)
{
    Election zone(m_config, true);
    zone.SetLearned(At({}), false);
    EXPECT_EQ(zone.GetState(), State::AcceptAny);
    zone.SetLearned(At({}), true);
    EXPECT_EQ(zone.NextTimer(), At(seconds{1300}));
    zone.SetLearned(At(seconds{5}), true); // nothing new
    EXPECT_EQ(zone.NextTimer(), At(seconds{1300}));
}

TEST_F(ElectionTest, BecomesACandidateLater) // RFC 5059 3.1.1
{
    Hear(seconds{1}, GREATEST);
    m_election.BecomeCandidate(At(seconds{2}), OWN);
    EXPECT_EQ(m_election.GetState(), State::Pending);
    EXPECT_EQ(Timer(seconds{2}), RandomOverride(OWN, GREATEST));
}

TEST_F(ElectionTest, StopsBeingACandidate)
{
    BecomeElected();
    m_election.StopCandidacy(At(seconds{10}));
    EXPECT_EQ(m_election.GetState(), State::AcceptAny);
    m_election.BecomeCandidate(At(seconds{10}), OWN);
    Hear(seconds{11}, GREATER);
    m_election.StopCandidacy(At(seconds{12}));
    EXPECT_EQ(m_election.GetState(), State::AcceptPreferred);
    EXPECT_EQ(m_election.Bsr(), GREATER);
    m_election.StopCandidacy(At(seconds{12})); // of none
    EXPECT_EQ(m_election.GetState(), State::AcceptPreferred);
}

double
Seconds(Duration time)
{
    return std::chrono::duration<double>(time).count();
}

TEST(RandomOverrideTest, Ipv4) // BSR-ROUTER-5-02
{
    const Weight own{64, Ip("10.0.0.1")};
    EXPECT_EQ(RandomOverride(own, std::nullopt), seconds{5});
    EXPECT_EQ(RandomOverride(own, Weight{10, Ip("10.0.0.0")}), seconds{5});
    EXPECT_NEAR(Seconds(RandomOverride(own, Weight{64, Ip("10.0.0.4")})), 5 + 2.0 / 16, 0.001); // log2(1 + 3) / 16
    // 2 log2(1 + 7) and 2 - 10.0.0.1 / 2^31
    EXPECT_NEAR(Seconds(RandomOverride(own, Weight{71, Ip("10.0.0.4")})), 5 + 6 + 2 - 0.078125, 0.001);
    // The longest: priority 0 against 255, the lowest address.
    EXPECT_NEAR(Seconds(RandomOverride({0, Ip("0.0.0.1")}, Weight{255, Ip("223.0.0.1")})), 23, 0.001);
}

TEST(RandomOverrideTest, Ipv6)
{
    const Weight own{64, Ip("2001:db8::1")};
    EXPECT_EQ(RandomOverride(own, std::nullopt), seconds{5});
    EXPECT_NEAR(Seconds(RandomOverride(own, Weight{64, Ip("2001:db8::8")})), 5 + 3.0 / 64, 0.001);
    EXPECT_NEAR(Seconds(RandomOverride(own, Weight{64, Ip("2001:db9::1")})), 5 + 96.0 / 64, 0.001);
    EXPECT_NEAR(Seconds(RandomOverride(own, Weight{65, Ip("2001:db8::1")})), 5 + 2 + 2 - 0x2001 / 32768.0, 0.001);
    EXPECT_NEAR(Seconds(RandomOverride({64, Ip("2001:db8::ffff")}, Weight{64, Ip("2001:db8:0:1::")})), 5 + 64.0 / 64,
                0.001); // a borrow
}

} // namespace
} // namespace mcast::pim::bsr
