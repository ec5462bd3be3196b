// SPDX-License-Identifier: GPL-2.0-only
// What new and restarted neighbours are told (RFC 5059 3.5).

#include "bootstrap-fixture.h"

namespace mcast::pim::bootstrap_test
{
namespace
{

class BootstrapNeighborTest : public BootstrapFixture
{
};

INSTANTIATE_TEST_SUITE_P(Families, BootstrapNeighborTest, ::testing::Values(IPV4, IPV6), FamilyName);

TEST_P(BootstrapNeighborTest, NewNeighborIsPrimedByTheDr) // BSR-ROUTER-3.5-01, BSR-ROUTER-3.5.1-01
{
    Start();
    Hear(Usual(m_names.lesser));
    Hear(Scoped(m_names.lesser));
    Forget();
    ASSERT_TRUE(Pim(WEST).IsDesignatedRouter());
    Greet(WEST, m_names.family == Family::Ipv4 ? "10.0.1.7" : "fe80::1:7");
    bool hello = false;
    for (const auto& transmit : m_context.transmits)
    {
        const auto message = Parse(transmit.meta, transmit.payload);
        ASSERT_TRUE(message);
        hello |= std::holds_alternative<Hello>(*message);
        EXPECT_TRUE(hello); // comes first
    }
    const auto sent = Sent();
    ASSERT_EQ(sent.size(), 2u);
    for (const auto& [id, message] : sent)
    {
        EXPECT_EQ(id, WEST);
        EXPECT_TRUE(message.noForward);
        EXPECT_EQ(message.bsr, Ip(m_names.lesser));
    }
    EXPECT_EQ(Describe(sent[0].second), Describe(Usual(m_names.lesser)));
    EXPECT_EQ(m_lastDestination, AllRouters(m_names.family));
}

TEST_P(BootstrapNeighborTest, RestartedNeighborIsPrimed) // BSR-ROUTER-3.5-01
{
    m_config.sendUnicastBootstrap = true;
    Start();
    Hear(Usual(m_names.lesser));
    Forget();
    Greet(WEST, m_names.westNeighbor, 1); // nothing new
    EXPECT_EQ(SentTo(), "");
    Greet(WEST, m_names.westNeighbor, 2);
    EXPECT_EQ(SentTo(), "1,1");
    EXPECT_EQ(m_lastDestination, Ip(m_names.westNeighbor)); // and by unicast
}

TEST_P(BootstrapNeighborTest, OthersLeaveThatToTheDr) // BSR-ROUTER-3.5-01
{
    m_neighborPriority = 100;
    Start();
    Hear(Usual(m_names.lesser));
    Forget();
    m_neighborPriority = 0;
    const auto* third = m_names.family == Family::Ipv4 ? "10.0.1.7" : "fe80::1:7";
    Greet(WEST, third);
    EXPECT_EQ(SentTo(), "");
    m_neighborPriority = 100;
    Greet(WEST, m_names.westNeighbor, 2); // the DR itself: we would be it without it, if the third is no better
    EXPECT_EQ(SentTo(), "1");
}

TEST_P(BootstrapNeighborTest, NothingToTellANewNeighbor)
{
    Start();
    Greet(WEST, m_names.family == Family::Ipv4 ? "10.0.1.7" : "fe80::1:7");
    EXPECT_EQ(SentTo(), "");
    Hear(Usual(m_names.lesser));
    Advance(seconds{130}); // its BSR is gone, and what it said with it
    Forget();
    Greet(WEST, m_names.family == Family::Ipv4 ? "10.0.1.8" : "fe80::1:8");
    EXPECT_EQ(SentTo(), "");
}

TEST_P(BootstrapNeighborTest, AllFragmentsAreKept) // RFC 5059 3.1.5
{
    Start();
    auto first = Usual(m_names.lesser);
    auto second = With(Message(m_names.lesser), m_names.zoneRange, {m_names.rp2});
    second.fragmentTag = first.fragmentTag;
    Hear(first);
    Hear(second);
    Forget();
    Greet(WEST, m_names.westNeighbor, 2);
    EXPECT_EQ(SentTo(), "1,1");
    Hear(Usual(m_names.lesser)); // another message takes their place
    Forget();
    Greet(WEST, m_names.westNeighbor, 3);
    EXPECT_EQ(SentTo(), "1");
}

} // namespace
} // namespace mcast::pim::bootstrap_test
