// SPDX-License-Identifier: GPL-2.0-only
// What MLD does otherwise than IGMP; the rest is the same engine, and tested with IGMP.

#include "gm/host-interface.h"
#include "gm/router-interface.h"
#include "host.h"
#include "router.h"
#include "support.h"
#include "wire/mld.h"

#include <gtest/gtest.h>

namespace mcast::gm
{
namespace
{

using namespace test;

const InterfaceId LAN{1};
const SocketId SOCKET{1};
const auto OWN = Ip("fe80::5");
const auto PEER = Ip("fe80::9");
const auto LOWER = Ip("fe80::1");
const auto GLOBAL = Ip("2001:db8::9");
const auto GROUP = Ip("ff1e::3");
const auto SOURCE = Ip("2001:db8:1::1");

PacketMeta
MldMeta(const Address& source, const Address& destination = Ip("ff02::16"))
{
    return {source, destination, PROTOCOL_ICMPV6, 1, 0, true};
}

Query
MldQuery(Version version = Version::V3, const Address& group = Ip("::"))
{
    Query query;
    query.version = version;
    query.group = group;
    query.maxResponseCode = 10000;
    query.robustness = 2;
    query.queryIntervalCode = 125;
    return query;
}

MembershipMessage
ReadMld(const Transmit& transmit)
{
    const auto message = ParseMld(transmit.meta, transmit.payload);
    EXPECT_TRUE(message) << ToString(message.Error().reason);
    return *message;
}

InterfaceState
MldState(std::initializer_list<const char*> addresses)
{
    auto state = UpInterface(LAN, "");
    for (const auto* address : addresses)
    {
        state.addresses.push_back({Ip(address), 64});
    }
    return state;
}

RouterInterfaceConfig
MldRouter()
{
    RouterInterfaceConfig config;
    config.gm.family = Family::Ipv6;
    return config;
}

template <class Node>
std::vector<Transmit>
Sent(Node& node)
{
    std::vector<Transmit> all;
    while (auto transmit = node.PollTransmit())
    {
        all.push_back(std::move(*transmit));
    }
    return all;
}

template <class Node>
void
PassTime(Node& node, Duration until)
{
    for (auto next = node.NextDeadline(); next && *next <= At(until); next = node.NextDeadline())
    {
        node.AdvanceTo(*next);
    }
    node.AdvanceTo(At(until));
}

class MldRouterTest : public ::testing::Test
{
  protected:
    MldRouterTest()
        : m_router(RouterOptions{})
    {
        EXPECT_TRUE(m_router.Configure(LAN, MldRouter()));
        m_router.HandleInterface(MldState({"2001:db8::5", "fe80::5"}));
    }

    void Hear(const MembershipMessage& message, const PacketMeta& meta)
    {
        m_router.HandlePacket(LAN, meta, WriteMld(meta, message));
    }

    bool Knows(const Address& group) const
    {
        return m_router.FindGroup(LAN, group).has_value();
    }

    std::uint64_t Dropped(Reason reason) const
    {
        return m_router.FindInterface(LAN, Family::Ipv6)->counters.Dropped(reason);
    }

    Router m_router;
};

const Report JOIN{{{RecordType::ToEx, GROUP, {}}}};

TEST_F(MldRouterTest, QueriesComeFromTheLinkLocalAddress)
{
    const auto sent = Sent(m_router);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].meta.source, OWN);
    EXPECT_EQ(sent[0].meta.destination, Ip("ff02::1"));
    EXPECT_EQ(sent[0].meta.protocol, PROTOCOL_ICMPV6);
    EXPECT_EQ(sent[0].meta.ttl, 1);
    EXPECT_TRUE(sent[0].meta.routerAlert);
    EXPECT_EQ(std::get<Query>(ReadMld(sent[0])).maxResponseCode, 10000);
}

TEST_F(MldRouterTest, IsSilentWithoutALinkLocalAddress)
{
    Router router{RouterOptions{}};
    EXPECT_TRUE(router.Configure(LAN, MldRouter()));
    router.HandleInterface(MldState({"2001:db8::5"}));
    EXPECT_TRUE(Sent(router).empty());
    EXPECT_FALSE(router.FindInterface(LAN, Family::Ipv6)->active);
    router.HandleInterface(MldState({"2001:db8::5", "fe80::5"}));
    EXPECT_EQ(Sent(router).size(), 1u);
}

TEST_F(MldRouterTest, ReportsAreTakenFromLinkLocalSourcesOnly)
{
    for (const auto& source : {GLOBAL, Ip("::")})
    {
        Hear(JOIN, MldMeta(source));
    }
    EXPECT_FALSE(Knows(GROUP));
    EXPECT_EQ(Dropped(Reason::BadSource), 2u);
    Hear(JOIN, MldMeta(PEER));
    EXPECT_TRUE(Knows(GROUP));
}

TEST_F(MldRouterTest, HopLimitAndRouterAlertAreNoSettings)
{
    auto config = MldRouter();
    config.gm.requireTtlOne = config.gm.requireRouterAlert = false;
    EXPECT_TRUE(m_router.Configure(LAN, config));
    auto far = MldMeta(PEER);
    far.ttl = 2;
    Hear(JOIN, far);
    auto plain = MldMeta(PEER);
    plain.routerAlert = false;
    Hear(JOIN, plain);
    EXPECT_FALSE(Knows(GROUP));
    EXPECT_EQ(Dropped(Reason::BadTtl), 1u);
    EXPECT_EQ(Dropped(Reason::NoRouterAlert), 1u);
}

TEST_F(MldRouterTest, OnlyLinkLocalQueriersElect)
{
    Hear(MldQuery(), MldMeta(Ip("2001:db8::1"), Ip("ff02::1")));
    EXPECT_TRUE(m_router.FindInterface(LAN, Family::Ipv6)->isQuerier);
    Hear(MldQuery(), MldMeta(LOWER, Ip("ff02::1")));
    EXPECT_FALSE(m_router.FindInterface(LAN, Family::Ipv6)->isQuerier);
}

TEST_F(MldRouterTest, QueriesFitTheMtu)
{
    Hear(JOIN, MldMeta(PEER));
    Sent(m_router);
    Record block{RecordType::Allow, GROUP, {}};
    for (unsigned number = 0; number < 90; ++number)
    {
        block.sources.push_back(
            Address::Ipv6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, std::uint8_t(number)}));
    }
    Hear(Report{{block}}, MldMeta(PEER));
    block.type = RecordType::Block;
    Hear(Report{{block}}, MldMeta(PEER));
    const auto sent = Sent(m_router);
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(std::get<Query>(ReadMld(sent[0])).sources.size(), 89u); // RFC 3810 5.1.10
    EXPECT_EQ(std::get<Query>(ReadMld(sent[1])).sources.size(), 1u);
}

TEST_F(MldRouterTest, Version1MembersMakeTheGroupVersion1)
{
    Hear(OlderReport{Version::V2, GROUP}, MldMeta(PEER, GROUP));
    EXPECT_EQ(m_router.FindGroup(LAN, GROUP)->version, Version::V2);
    Sent(m_router);
    Hear(Leave{GROUP}, MldMeta(PEER, Ip("ff02::2")));
    const auto sent = Sent(m_router);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(std::get<Query>(ReadMld(sent[0])).group, GROUP);
    PassTime(m_router, seconds{3});
    EXPECT_FALSE(Knows(GROUP));
}

TEST_F(MldRouterTest, SsmRangeHoldsInEveryScope)
{
    auto config = MldRouter();
    config.gm.profile = Profile::Rfc9776;
    EXPECT_TRUE(m_router.Configure(LAN, config));
    for (const auto* text : {"ff35::8000:1", "ff3e::8000:1"})
    {
        Hear(Report{{{RecordType::ToEx, Ip(text), {}}}}, MldMeta(PEER));
        EXPECT_FALSE(Knows(Ip(text))) << text;
        Hear(Report{{{RecordType::Allow, Ip(text), {SOURCE}}}}, MldMeta(PEER));
        EXPECT_TRUE(Knows(Ip(text))) << text;
    }
    Hear(Report{{{RecordType::ToEx, Ip("ff3e:20:2001:db8::1"), {}}}}, MldMeta(PEER)); // prefix-based, not SSM
    EXPECT_TRUE(Knows(Ip("ff3e:20:2001:db8::1")));
}

TEST_F(MldRouterTest, LinkScopeGroupsMakeNoState)
{
    Hear(Report{{{RecordType::ToEx, Ip("ff02::1:ff00:1"), {}}, {RecordType::ToEx, Ip("ff01::5"), {}}}}, MldMeta(PEER));
    EXPECT_EQ(m_router.GroupCount(), 0u);
    EXPECT_EQ(Dropped(Reason::LinkLocalGroup), 2u);
}

TEST_F(MldRouterTest, LinkLocalSourcesAreNotForwarded)
{
    Hear(JOIN, MldMeta(PEER));
    m_router.HandleUpcall({Upcall::Kind::NoCache, LAN, PEER, GROUP, {}});
    EXPECT_EQ(m_router.ForwardingEntryCount(), 0u);
    EXPECT_EQ(m_router.GetCounters().Dropped(Reason::BadSource), 1u);
}

TEST_F(MldRouterTest, FamiliesOfAnInterfaceStandForThemselves)
{
    EXPECT_TRUE(m_router.Configure(LAN, RouterInterfaceConfig{}));
    auto state = MldState({"fe80::5"});
    state.addresses.push_back({Ip("10.0.0.5"), 24});
    m_router.HandleInterface(state);
    EXPECT_EQ(m_router.Interfaces().size(), 2u);
    Hear(JOIN, MldMeta(PEER));
    EXPECT_EQ(m_router.GroupCount(LAN, Family::Ipv6), 1u);
    EXPECT_EQ(m_router.GroupCount(LAN), 0u);
    m_router.Deconfigure(LAN);
    EXPECT_TRUE(Knows(GROUP));
    EXPECT_FALSE(m_router.FindInterface(LAN));
    m_router.Deconfigure(LAN, Family::Ipv6);
    EXPECT_EQ(m_router.GroupCount(), 0u);
}

TEST_F(MldRouterTest, IgmpInIpv6AndMldInIpv4AreNobodys)
{
    PacketMeta meta{PEER, Ip("ff02::16"), PROTOCOL_IGMP, 1, 0, true};
    m_router.HandlePacket(LAN, meta, WriteIgmp(OlderReport{Version::V2, Ip("239.1.2.3")}));
    EXPECT_EQ(m_router.GetCounters().Dropped(Reason::NotEnabled), 1u);
}

TEST(MldConfigTest, ForbiddenValuesNameTheirField)
{
    RouterConfig config;
    config.family = Family::Ipv6;
    EXPECT_TRUE(config.Validate());
    config.version = Version::V1;
    EXPECT_EQ(config.Validate().Error().field, "version");
    config.version = Version::V2;
    config.lastMemberQueryInterval = seconds{66};
    EXPECT_EQ(config.Validate().Error().field, "lastMemberQueryInterval");
    EXPECT_EQ(config.Validate().Error().why, "must be from 0.001 s to 65.535 s, as MLDv1 can tell it");
    config.version = Version::V3;
    EXPECT_TRUE(config.Validate());
    config.staticJoins = {{Ip("239.1.2.3"), {}}};
    EXPECT_EQ(config.Validate().Error().field, "staticJoins");
    config.staticJoins = {};
    config.ssmRange = Prefix{Ip("232.0.0.0"), 8};
    EXPECT_EQ(config.Validate().Error().field, "ssmRange");
}

TEST_F(MldRouterTest, GeneralQueriesToGroupsOfRoutersElect) // RFC 3810 5.1.15
{
    Hear(MldQuery(), MldMeta(LOWER, Ip("ff1e::4")));
    EXPECT_TRUE(m_router.FindInterface(LAN, Family::Ipv6)->isQuerier);
    Hear(MldQuery(), MldMeta(LOWER, Ip("ff02::2")));
    EXPECT_FALSE(m_router.FindInterface(LAN, Family::Ipv6)->isQuerier);
}

class MldHostTest : public ::testing::Test
{
  protected:
    explicit MldHostTest()
        : m_host(1)
    {
    }

    void Hear(const MembershipMessage& message, const PacketMeta& meta)
    {
        m_host.HandlePacket(LAN, meta, WriteMld(meta, message));
    }

    void Join(const Address& group)
    {
        EXPECT_TRUE(m_host.Listen(SOCKET, LAN, group, FilterMode::Exclude));
    }

    Version Mode() const
    {
        return m_host.FindInterface(LAN, Family::Ipv6)->compatibility;
    }

    Host m_host;
};

TEST_F(MldHostTest, TakesPartFromTheFirstIpv6AddressOrListenerOn)
{
    m_host.HandleInterface(MldState({}));
    EXPECT_FALSE(m_host.FindInterface(LAN, Family::Ipv6));
    Join(GROUP);
    EXPECT_TRUE(m_host.FindInterface(LAN, Family::Ipv6));
    Host other(1);
    other.HandleInterface(MldState({"fe80::5"}));
    EXPECT_TRUE(other.FindInterface(LAN, Family::Ipv6));
}

TEST_F(MldHostTest, ReportsFromTheUnspecifiedAddressAreSaidAgain)
{
    m_host.HandleInterface(MldState({}));
    Join(GROUP);
    auto sent = Sent(m_host);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].meta.source, Ip("::")); // RFC 3810 5.2.13
    PassTime(m_host, seconds{10});
    Sent(m_host);
    m_host.HandleInterface(MldState({"2001:db8::5"}));
    EXPECT_TRUE(Sent(m_host).empty());
    m_host.HandleInterface(MldState({"2001:db8::5", "fe80::5"}));
    sent = Sent(m_host);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].meta.source, OWN);
    EXPECT_EQ(sent[0].meta.destination, Ip("ff02::16"));
    EXPECT_EQ(std::get<Report>(ReadMld(sent[0])).records.at(0).group, GROUP);
}

TEST_F(MldHostTest, NothingBelowLinkScopeIsReported)
{
    m_host.HandleInterface(MldState({"fe80::5"}));
    for (const auto* text : {"ff01::1", "ff01::5", "ff00::5", "ff02::1"})
    {
        Join(Ip(text));
        EXPECT_TRUE(m_host.Accepts(LAN, Ip(text), SOURCE)) << text;
        EXPECT_TRUE(m_host.Accepts(SOCKET, LAN, Ip(text), SOURCE)) << text;
    }
    EXPECT_TRUE(Sent(m_host).empty());
    Join(Ip("ff02::1:ff00:5")); // solicited-node groups are (RFC 2710 5)
    EXPECT_EQ(Sent(m_host).size(), 1u);
    Hear(MldQuery(), MldMeta(LOWER, Ip("ff02::1")));
    PassTime(m_host, seconds{10});
    std::vector<Address> reported;
    for (const auto& transmit : Sent(m_host))
    {
        const auto message = ReadMld(transmit);
        for (const auto& record : std::get<Report>(message).records)
        {
            reported.push_back(record.group);
        }
    }
    for (const auto& group : reported)
    {
        EXPECT_EQ(group, Ip("ff02::1:ff00:5"));
    }
    m_host.CloseSocket(SOCKET);
    EXPECT_FALSE(m_host.Accepts(LAN, Ip("ff01::5"), SOURCE));
    EXPECT_TRUE(m_host.Accepts(LAN, Ip("ff02::1"), SOURCE));
}

TEST_F(MldHostTest, QueriesFromElsewhereAreIgnored)
{
    m_host.HandleInterface(MldState({"fe80::5"}));
    Join(GROUP);
    PassTime(m_host, seconds{5});
    Sent(m_host);
    auto far = MldMeta(LOWER, Ip("ff02::1"));
    far.ttl = 255;
    auto plain = MldMeta(LOWER, Ip("ff02::1"));
    plain.routerAlert = false;
    for (const auto& meta : {MldMeta(GLOBAL, Ip("ff02::1")), MldMeta(Ip("::"), Ip("ff02::1")), far, plain})
    {
        Hear(MldQuery(), meta);
    }
    PassTime(m_host, seconds{30});
    EXPECT_TRUE(Sent(m_host).empty());
    Hear(MldQuery(), MldMeta(LOWER, Ip("ff02::1")));
    PassTime(m_host, seconds{41});
    EXPECT_EQ(Sent(m_host).size(), 1u);
}

// RFC 3810 8.2.1 takes any version 1 query for a version 1 querier, RFC 9777 a General one.
TEST_F(MldHostTest, SpecificVersion1QueriesCountUnderRfc3810Only)
{
    m_host.HandleInterface(MldState({"fe80::5"}));
    HostConfig config;
    config.family = Family::Ipv6;
    config.profile = Profile::Rfc9776;
    EXPECT_TRUE(m_host.Configure(LAN, config));
    Hear(MldQuery(Version::V2, GROUP), MldMeta(LOWER, GROUP));
    EXPECT_EQ(Mode(), Version::V3);
    config.profile = Profile::Rfc3376;
    EXPECT_TRUE(m_host.Configure(LAN, config));
    Hear(MldQuery(Version::V2, GROUP), MldMeta(LOWER, GROUP));
    EXPECT_EQ(Mode(), Version::V2);
    Join(GROUP);
    const auto sent = Sent(m_host);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].meta.destination, GROUP);
    EXPECT_EQ(std::get<OlderReport>(ReadMld(sent[0])).group, GROUP);
    PassTime(m_host, 2 * seconds{125} + seconds{11});
    EXPECT_EQ(Mode(), Version::V3);
}

// RFC 3810 5.1.15; RFC 3376 9.1, which has hosts ignore them, has no like in MLD.
TEST_F(MldHostTest, GeneralQueriesToAJoinedGroupAreAnswered)
{
    m_host.HandleInterface(MldState({"fe80::5"}));
    Join(GROUP);
    PassTime(m_host, seconds{5});
    Sent(m_host);
    Hear(MldQuery(), MldMeta(LOWER, Ip("ff1e::4")));
    PassTime(m_host, seconds{20});
    EXPECT_TRUE(Sent(m_host).empty());
    Hear(MldQuery(), MldMeta(LOWER, GROUP));
    PassTime(m_host, seconds{31});
    EXPECT_EQ(Sent(m_host).size(), 1u);
}

TEST_F(MldHostTest, DoneGoesToAllRouters)
{
    m_host.HandleInterface(MldState({"fe80::5"}));
    HostConfig config;
    config.family = Family::Ipv6;
    config.version = Version::V2;
    EXPECT_TRUE(m_host.Configure(LAN, config));
    Join(GROUP);
    Sent(m_host);
    EXPECT_TRUE(m_host.Listen(SOCKET, LAN, GROUP, FilterMode::Include));
    const auto sent = Sent(m_host);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].meta.destination, Ip("ff02::2"));
    EXPECT_EQ(std::get<Leave>(ReadMld(sent[0])).group, GROUP);
}

} // namespace
} // namespace mcast::gm
