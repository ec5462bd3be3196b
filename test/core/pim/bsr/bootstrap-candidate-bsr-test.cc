// SPDX-License-Identifier: GPL-2.0-only
// A candidate BSR, from packets to packets.

#include "bootstrap-fixture.h"

namespace mcast::pim::bootstrap_test
{
namespace
{

class BootstrapCandidateBsrTest : public BootstrapFixture
{
};

INSTANTIATE_TEST_SUITE_P(Families, BootstrapCandidateBsrTest, ::testing::Values(IPV4, IPV6), FamilyName);

TEST_P(BootstrapCandidateBsrTest,
       ElectedAfterTheOverrideTime) // BSR-ROUTER-3.1.1-01, BSR-ROUTER-3.1.1-02, BSR-ROUTER-3.3-08
{
    BeCandidate();
    Start();
    EXPECT_EQ(View().state, State::Pending);
    Advance(milliseconds{4999});
    EXPECT_EQ(SentTo(), "");
    Advance(seconds{5});
    const auto message = TheMessage();
    EXPECT_EQ(message.bsr, Ip(m_names.ours));
    EXPECT_EQ(message.priority, 64);
    EXPECT_EQ(message.hashMaskLength, m_names.family == Family::Ipv4 ? 30 : 126); // BSR-ROUTER-4.1-01
    EXPECT_FALSE(message.noForward);
    EXPECT_TRUE(message.groups.empty());
    EXPECT_EQ(View().state, State::Elected);
    EXPECT_EQ(View().bsr, Ip(m_names.ours));
    EXPECT_EQ(View().bootstrapTimer, seconds{60});
    EXPECT_EQ(View().fragmentTag, message.fragmentTag);
    Advance(seconds{64});
    EXPECT_EQ(SentTo(), "");
    Advance(seconds{65}); // BSR-ROUTER-3.1.1-09
    EXPECT_NE(TheMessage().fragmentTag, message.fragmentTag);
}

TEST_P(BootstrapCandidateBsrTest, PendingForwardsLesserMessages) // BSR-ROUTER-3.1.1-04
{
    BeCandidate();
    Start();
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(SentTo(), "1,2");
    EXPECT_EQ(View().state, State::Pending);
    EXPECT_EQ(m_set.LearnedCount(), 0u); // not stored
}

TEST_P(BootstrapCandidateBsrTest, GivesWayToAGreaterOne) // BSR-ROUTER-3.1.1-10
{
    BeCandidate();
    BecomeElected();
    Forget();
    Hear(Usual(m_names.greater));
    EXPECT_EQ(View().state, State::Candidate);
    EXPECT_EQ(SentTo(), "1,2");
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.rp1).ToString());
    Advance(seconds{134});
    EXPECT_EQ(SentTo(), ""); // says nothing any more
    Advance(seconds{135});
    EXPECT_EQ(View().state, State::Pending); // BSR-ROUTER-3.1.1-06
}

TEST_P(BootstrapCandidateBsrTest, AnswersALesserOne) // BSR-ROUTER-3.1.1-11
{
    BeCandidate();
    BecomeElected();
    Advance(seconds{30});
    Forget();
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(TheMessage().bsr, Ip(m_names.ours));
    EXPECT_EQ(View().bootstrapTimer, seconds{60});
}

TEST_P(BootstrapCandidateBsrTest, MessagesKeepTheirDistance) // BSR-ROUTER-3.3-07
{
    BeCandidate();
    BecomeElected();
    Forget();
    for (int i = 0; i < 20; ++i)
    {
        Advance(seconds{5} + milliseconds{100 * i});
        Hear(Usual(m_names.lesser));
    }
    EXPECT_EQ(SentTo(), "");
    Advance(milliseconds{14999});
    EXPECT_EQ(SentTo(), "");
    Advance(seconds{15});
    EXPECT_EQ(SentTo(), "1,2");
}

TEST_P(BootstrapCandidateBsrTest, CollectsCandidateRps) // BSR-ROUTER-3.3-01, BSR-ROUTER-3.3-08
{
    BeCandidate();
    BecomeElected(); // and its first message is out
    Forget();
    Advance(seconds{7});
    Offer(m_names.rp1, {m_names.range});
    Offer(m_names.rp2, {m_names.range}, 200);
    Advance(milliseconds{14999});
    EXPECT_EQ(SentTo(), "");
    Advance(seconds{15}); // BS_Min_Interval after the first
    const auto text = std::string(m_names.range) + "(" + m_names.rp1 + "/150 " + m_names.rp2 + "/200)";
    EXPECT_EQ(Describe(TheMessage()), text);
    EXPECT_NE(Rp(m_names.group), "none"); // its own RP set, too
    EXPECT_EQ(m_set.LearnedCount(), 2u);
    EXPECT_EQ(View().bootstrapTimer, seconds{60});
}

TEST_P(BootstrapCandidateBsrTest, LaterCandidateRpIsToldSoon) // BSR-ROUTER-3.3-07
{
    BeCandidate();
    BecomeElected();
    Advance(seconds{40});
    Forget();
    Offer(m_names.rp1, {m_names.range});
    EXPECT_EQ(View().bootstrapTimer, seconds{10});
    Offer(m_names.rp1, {m_names.range}); // no change
    Advance(seconds{50});
    EXPECT_EQ(SentTo(), "1,2");
    EXPECT_EQ(View().bootstrapTimer, seconds{60});
}

TEST_P(BootstrapCandidateBsrTest, WithdrawalIsToldAtOnce) // BSR-ROUTER-3.2-03
{
    BeCandidate();
    BecomeElected();
    Offer(m_names.rp1, {m_names.range});
    Advance(seconds{40});
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.rp1).ToString());
    Forget();
    Offer(m_names.rp1, {m_names.range}, 0);
    Advance(seconds{40});
    EXPECT_EQ(Describe(TheMessage()), std::string(m_names.range) + "(" + m_names.rp1 + "/0)");
    EXPECT_EQ(Rp(m_names.group), "none");
    Advance(seconds{100});
    EXPECT_EQ(Describe(TheMessage()), std::string(m_names.range) + "()"); // BSR-ROUTER-4.1.1-03
    Advance(seconds{160});
    EXPECT_EQ(Describe(TheMessage()), std::string(m_names.range) + "()");
    Advance(seconds{220});
    EXPECT_EQ(Describe(TheMessage()), "");
}

TEST_P(BootstrapCandidateBsrTest, SilentCandidateRpExpires) // BSR-ROUTER-3.3-03
{
    BeCandidate();
    BecomeElected();
    Offer(m_names.rp1, {m_names.range}, 100); // until 105 s
    Advance(seconds{104});
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.rp1).ToString());
    Forget();
    Advance(seconds{115});
    EXPECT_EQ(Describe(TheMessage()), std::string(m_names.range) + "(" + m_names.rp1 + "/0)");
    EXPECT_EQ(Rp(m_names.group), "none");
}

TEST_P(BootstrapCandidateBsrTest, AdvertisementWithoutRanges) // BSR-ROUTER-3.3-02
{
    BeCandidate();
    BecomeElected();
    Offer(m_names.rp1, {});
    Advance(seconds{20});
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.rp1).ToString());
    EXPECT_EQ(m_set.View(m_context.now)[0].groups, *Prefix::Parse(m_names.all));
}

TEST_P(BootstrapCandidateBsrTest, AdvertisementsToOthersThanTheBsr) // BSR-ROUTER-3.3-01
{
    BeCandidate();
    Start();
    Offer(m_names.rp1, {m_names.range});
    EXPECT_EQ(Dropped(Reason::NotElected, EAST), 1u);
    Advance(seconds{5});
    m_router.HandleCandidateRp(EAST, {Ip(m_names.rp1), Ip(m_names.greater), PROTOCOL, 30, 0, false},
                               CandidateRp{192, 150, Ip(m_names.rp1), {}});
    EXPECT_EQ(Dropped(Reason::BadDestination, EAST), 1u);
    m_router.HandleCandidateRp(EAST, {Ip(m_names.rp1), Ip(m_names.ours), PROTOCOL, 30, 0, false},
                               CandidateRp{192, 150, Address::Any(m_names.family), {}});
    EXPECT_EQ(Dropped(Reason::BadSource, EAST), 1u);
    Link(EAST).border = true;
    Offer(m_names.rp1, {m_names.range});
    EXPECT_EQ(Dropped(Reason::Boundary, EAST), 1u);
    Advance(seconds{100});
    EXPECT_EQ(m_set.LearnedCount(), 0u);
}

TEST_P(BootstrapCandidateBsrTest, CandidateRpsAreLimited)
{
    BeCandidate();
    m_config.maxRps = 1;
    BecomeElected();
    Offer(m_names.rp1, {m_names.range, m_names.zoneRange});
    EXPECT_EQ(Dropped(Reason::RpLimit, EAST), 1u);
    Advance(seconds{100});
    EXPECT_EQ(m_set.LearnedCount(), 1u);
}

TEST_P(BootstrapCandidateBsrTest, BsrOfAZone) // BSR-ROUTER-3.3-01, BSR-ROUTER-3.3-09
{
    BeCandidate();
    m_config.candidateBsr->zone = Prefix::Parse(m_names.zone);
    Link(EAST).boundaries = {*Prefix::Parse(m_names.zone)};
    Start();
    Advance(seconds{5});
    EXPECT_EQ(View(0).state, State::AcceptAny); // not of the global zone
    EXPECT_EQ(View(1).state, State::Elected);
    auto sent = Sent();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].first, WEST);
    EXPECT_EQ(Describe(sent[0].second), std::string(m_names.zone) + "Z()"); // one range at least
    Offer(m_names.rp1, {m_names.zoneRange, m_names.range, m_names.zone});
    EXPECT_EQ(Dropped(Reason::NotElected, EAST), 1u); // the range is none of the zone's
    Advance(seconds{15});
    sent = Sent();
    ASSERT_EQ(sent.size(), 1u);
    const auto rp = std::string("(") + m_names.rp1 + "/150)";
    EXPECT_EQ(Describe(sent[0].second), m_names.zone + ("Z" + rp) + " " + m_names.zoneRange + rp);
    EXPECT_EQ(Rp(m_names.zoneGroup), Ip(m_names.rp1).ToString());
    Offer(m_names.rp1, {}); // all groups: only the non-scoped BSR's
    EXPECT_EQ(Dropped(Reason::NotElected, EAST), 2u);
}

TEST_P(BootstrapCandidateBsrTest, CutToTheMtu) // BSR-ROUTER-4.1.1-01
{
    BeCandidate();
    Link(WEST).mtu = m_names.family == Family::Ipv4 ? 576 : 1280;
    Link(EAST).mtu = 9000;
    BecomeElected();
    for (unsigned i = 1; i <= 100; ++i)
    {
        const auto rp = m_names.family == Family::Ipv4 ? Source(i).ToString() : "2001:db8:9::" + std::to_string(i);
        Offer(rp.c_str(), {m_names.range});
    }
    Forget();
    Advance(seconds{15});
    std::size_t east = 0;
    std::size_t west = 0;
    std::uint16_t tag = 0;
    for (const auto& [id, message] : Sent())
    {
        (id == WEST ? west : east) += 1;
        EXPECT_EQ(message.groups[0].rpCount, 100);
        EXPECT_TRUE(tag == 0 || tag == message.fragmentTag);
        tag = message.fragmentTag;
    }
    EXPECT_EQ(east, 1u);
    EXPECT_GT(west, 1u);
    EXPECT_EQ(m_set.LearnedCount(), 100u);
}

TEST_P(BootstrapCandidateBsrTest, ResignsWithTheLowestPriority) // BSR-ROUTER-3.3-11
{
    BeCandidate();
    BecomeElected();
    Offer(m_names.rp1, {m_names.range});
    Advance(seconds{16});
    Forget();
    m_router.Shutdown(); // sooner than BS_Min_Interval
    const auto message = TheMessage();
    EXPECT_EQ(message.priority, 0);
    EXPECT_EQ(message.bsr, Ip(m_names.ours));
    EXPECT_EQ(Describe(message), std::string(m_names.range) + "(" + m_names.rp1 + "/150)");
    EXPECT_EQ(m_set.LearnedCount(), 0u);
    EXPECT_TRUE(m_router.View().empty());
    Advance(seconds{1000});
    EXPECT_EQ(SentTo(), "");
    m_router.Configure(m_config);
    EXPECT_EQ(View().state, State::Pending); // starts over
}

TEST_P(BootstrapCandidateBsrTest, NoLongerACandidate)
{
    BeCandidate();
    BecomeElected();
    Forget();
    m_config.candidateBsr.reset();
    m_router.Configure(m_config);
    EXPECT_EQ(TheMessage().priority, 0);
    EXPECT_EQ(View().state, State::AcceptAny);
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(View().state, State::AcceptPreferred);
}

TEST_P(BootstrapCandidateBsrTest, CandidateWithoutAnAddress)
{
    BeCandidate();
    m_own.clear();
    m_default = Address::Any(m_names.family);
    Start();
    EXPECT_EQ(View().state, State::AcceptAny);
    m_own = {Ip(m_names.ours)};
    m_default = Ip(m_names.ours);
    m_router.InterfacesChanged();
    EXPECT_EQ(View().state, State::Pending);
    m_own.push_back(Ip(m_names.greater));
    m_default = Ip(m_names.greater);
    m_router.InterfacesChanged(); // a greater one comes along: no reason to start over
    Advance(seconds{5});
    EXPECT_EQ(View().bsr, Ip(m_names.ours));
    m_own = {Ip(m_names.greater)};
    m_router.InterfacesChanged(); // ours is gone
    EXPECT_EQ(View().state, State::Pending);
    Advance(seconds{15});
    EXPECT_EQ(View().bsr, Ip(m_names.greater));
}

TEST_P(BootstrapCandidateBsrTest, AnotherPriorityStartsOver)
{
    BeCandidate(64);
    Start();
    Hear(Usual(m_names.greater));
    EXPECT_EQ(View().state, State::Candidate);
    BeCandidate(65);
    m_router.Configure(m_config);
    EXPECT_EQ(View().state, State::Pending);
    m_router.Configure(m_config); // nothing new
    EXPECT_EQ(View().state, State::Pending);
    Advance(seconds{5} + seconds{2});
    EXPECT_EQ(View().state, State::Elected);
}

} // namespace
} // namespace mcast::pim::bootstrap_test
