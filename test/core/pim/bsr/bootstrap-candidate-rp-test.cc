// SPDX-License-Identifier: GPL-2.0-only
// A candidate RP, from packets to packets.

#include "bootstrap-fixture.h"

namespace mcast::pim::bootstrap_test
{
namespace
{

class BootstrapCandidateRpTest : public BootstrapFixture
{
};

INSTANTIATE_TEST_SUITE_P(Families, BootstrapCandidateRpTest, ::testing::Values(IPV4, IPV6), FamilyName);

TEST_P(BootstrapCandidateRpTest, AdvertisesToTheBsr) // BSR-ROUTER-3.2-01, BSR-ROUTER-3.2-02, BSR-ROUTER-4.2-01
{
    BeCandidateRp();
    Start();
    Advance(seconds{100});
    EXPECT_TRUE(m_unicasts.empty()); // to whom?
    Hear(Usual(m_names.lesser));
    Advance(seconds{109});
    ASSERT_EQ(m_unicasts.size(), 3u); // each after at most 3 s
    for (const auto& [destination, message] : m_unicasts)
    {
        EXPECT_EQ(destination, Ip(m_names.lesser));
        EXPECT_EQ(message.rp, Ip(m_names.ours));
        EXPECT_EQ(message.priority, 192);
        EXPECT_EQ(message.holdtime, 150);
        ASSERT_EQ(message.groups.size(), 1u);
        EXPECT_EQ(message.groups[0].group, *Prefix::Parse(m_names.range));
        EXPECT_FALSE(message.groups[0].zone);
    }
    EXPECT_GT(View().candidateRpTimer, seconds{51});
    Hear(Usual(m_names.lesser)); // the same BSR
    Advance(m_unicastTimes[2] + seconds{59});
    EXPECT_EQ(m_unicasts.size(), 3u);
    Advance(m_unicastTimes[2] + seconds{60});
    EXPECT_EQ(m_unicasts.size(), 4u);
}

TEST_P(BootstrapCandidateRpTest, AdvertisesToANewBsr) // BSR-ROUTER-3.2-02
{
    BeCandidateRp();
    Start();
    Hear(Usual(m_names.lesser));
    Advance(seconds{10});
    m_unicasts.clear();
    Hear(Usual(m_names.greater));
    Advance(seconds{19});
    ASSERT_EQ(m_unicasts.size(), 3u);
    EXPECT_EQ(m_unicasts[0].first, Ip(m_names.greater));
    m_unicasts.clear();
    Advance(seconds{200}); // it is gone
    const auto before = m_unicasts.size();
    EXPECT_LE(before, 2u);
    EXPECT_EQ(View().candidateRpTimer, Duration::zero());
    Advance(seconds{400});
    EXPECT_EQ(m_unicasts.size(), before);
}

TEST_P(BootstrapCandidateRpTest, RangesGoToTheirZones) // BSR-ROUTER-3.2-04, BSR-ROUTER-3.2-05, BSR-ROUTER-3.2-08
{
    BeCandidateRp();
    m_config.candidateRps[0].groups = {*Prefix::Parse(m_names.zoneRange)};
    Link(EAST).boundaries = {*Prefix::Parse(m_names.zone)}; // we are the zone's border
    Start();
    Hear(Usual(m_names.greater));
    Advance(seconds{10});
    EXPECT_EQ(m_unicasts.size(), 3u); // no zone is known
    m_unicasts.clear();
    Hear(Scoped(m_names.lesser));
    ASSERT_EQ(m_unicasts.size(), 1u); // taken back from the global BSR
    EXPECT_EQ(m_unicasts[0].first, Ip(m_names.greater));
    EXPECT_EQ(m_unicasts[0].second.holdtime, 0);
    m_unicasts.clear();
    Advance(seconds{120});
    ASSERT_GE(m_unicasts.size(), 4u);
    for (const auto& [destination, message] : m_unicasts)
    {
        EXPECT_EQ(destination, Ip(m_names.lesser)); // the other one is told nothing
        ASSERT_EQ(message.groups.size(), 1u);
        EXPECT_EQ(message.groups[0].group, *Prefix::Parse(m_names.zoneRange));
        EXPECT_TRUE(message.groups[0].zone);
    }
}

TEST_P(BootstrapCandidateRpTest, WithdrawsOnShutdown) // BSR-ROUTER-3.2-03
{
    BeCandidateRp();
    Start();
    Hear(Usual(m_names.lesser));
    Advance(seconds{10});
    m_unicasts.clear();
    m_router.Shutdown();
    ASSERT_EQ(m_unicasts.size(), 1u);
    EXPECT_EQ(m_unicasts[0].second.holdtime, 0);
    EXPECT_EQ(m_unicasts[0].second.groups.size(), 1u);
}

TEST_P(BootstrapCandidateRpTest, WithdrawsWhatIsNoLongerConfigured)
{
    BeCandidateRp();
    m_config.candidateRps[0].groups.push_back(*Prefix::Parse(m_names.zoneRange));
    Start();
    Hear(Usual(m_names.lesser));
    Advance(seconds{10});
    m_unicasts.clear();
    m_config.candidateRps[0].groups.pop_back();
    m_router.Configure(m_config);
    ASSERT_EQ(m_unicasts.size(), 1u);
    EXPECT_EQ(m_unicasts[0].second.holdtime, 0);
    EXPECT_EQ(m_unicasts[0].second.groups[0].group, *Prefix::Parse(m_names.zoneRange));
    m_config.candidateRps.clear();
    m_router.Configure(m_config);
    EXPECT_EQ(m_unicasts.size(), 2u);
    Advance(seconds{100});
    EXPECT_EQ(m_unicasts.size(), 2u);
}

TEST_P(BootstrapCandidateRpTest, BsrAndRpInOne)
{
    BeCandidate();
    BeCandidateRp();
    Start();
    Advance(seconds{5});
    const auto text = std::string(m_names.range) + "(" + m_names.ours + "/150)";
    EXPECT_EQ(Describe(TheMessage()), text); // already the first one tells
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.ours).ToString());
    Advance(seconds{1000}); // and it refreshes itself
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.ours).ToString());
    EXPECT_TRUE(m_unicasts.empty());
    Forget();
    m_router.Shutdown();
    EXPECT_EQ(Describe(TheMessage()), std::string(m_names.range) + "(" + m_names.ours + "/0)");
}

} // namespace
} // namespace mcast::pim::bootstrap_test
