// SPDX-License-Identifier: GPL-2.0-only

#include "host.h"

#include "support.h"

#include <gtest/gtest.h>
#include <set>

namespace mcast
{
namespace
{

using namespace test;

const InterfaceId LAN{1};
const InterfaceId LAN2{2};
const auto G = Address::Ipv4(239, 1, 2, 3);
constexpr SocketId S1{1};
constexpr SocketId S2{2};

class HostTest : public ::testing::Test
{
  protected:
    HostTest()
    {
        m_host.HandleInterface(UpInterface(LAN, "10.0.0.7"));
        m_host.HandleInterface(UpInterface(LAN2, "10.0.1.7"));
        Forget();
    }

    void Forget()
    {
        while (m_host.PollTransmit() || m_host.PollEvent())
        {
        }
    }

    std::optional<ListenError> Listen(SocketId socket, const Address& group, FilterMode mode,
                                      std::vector<Address> sources = {}, InterfaceId interface = LAN)
    {
        const auto done = m_host.Listen(socket, interface, group, mode, std::move(sources));
        return done ? std::nullopt : std::optional(done.Error());
    }

    std::optional<ListenError> Exclude(SocketId socket, std::initializer_list<unsigned> sources)
    {
        return Listen(socket, G, FilterMode::Exclude, Sources(sources).Vector());
    }

    std::optional<ListenError> Include(SocketId socket, std::initializer_list<unsigned> sources)
    {
        return Listen(socket, G, FilterMode::Include, Sources(sources).Vector());
    }

    std::size_t CountTransmits()
    {
        std::size_t count = 0;
        while (m_host.PollTransmit())
        {
            ++count;
        }
        return count;
    }

    Host m_host{1};
};

TEST_F(HostTest, AcceptsWhatTheInterfaceListensTo)
{
    EXPECT_FALSE(m_host.Accepts(LAN, G, Source(1)));
    EXPECT_FALSE(Exclude(S1, {2}));
    EXPECT_TRUE(m_host.Accepts(LAN, G, Source(1)));
    EXPECT_FALSE(m_host.Accepts(LAN, G, Source(2)));
    EXPECT_FALSE(m_host.Accepts(LAN2, G, Source(1))); // another interface (RFC 1112 7.2)
    EXPECT_FALSE(m_host.Accepts(InterfaceId{9}, G, Source(1)));
    EXPECT_FALSE(Include(S1, {}));
    EXPECT_FALSE(m_host.Accepts(LAN, G, Source(1)));
}

TEST_F(HostTest, EachSocketGetsWhatItsOwnFilterPasses)
{
    Exclude(S1, {1});
    Include(S2, {1});
    EXPECT_TRUE(m_host.Accepts(LAN, G, Source(1)));
    EXPECT_FALSE(m_host.Accepts(S1, LAN, G, Source(1)));
    EXPECT_TRUE(m_host.Accepts(S2, LAN, G, Source(1)));
    EXPECT_TRUE(m_host.Accepts(S1, LAN, G, Source(2)));
    EXPECT_FALSE(m_host.Accepts(S2, LAN, G, Source(2)));
    EXPECT_FALSE(m_host.Accepts(SocketId{9}, LAN, G, Source(2))); // never asked
    EXPECT_TRUE(m_host.IsListening(S1, LAN, G));
    EXPECT_FALSE(m_host.IsListening(S1, LAN2, G));
}

TEST_F(HostTest, AllSystemsIsAlwaysReceived) // RFC 3376 5
{
    const auto allSystems = Ip("224.0.0.1");
    EXPECT_TRUE(m_host.Accepts(LAN, allSystems, Source(1)));
    EXPECT_FALSE(m_host.Accepts(InterfaceId{9}, allSystems, Source(1)));
    EXPECT_FALSE(Listen(S1, allSystems, FilterMode::Exclude));
    EXPECT_TRUE(m_host.IsListening(S1, LAN, allSystems));
    EXPECT_TRUE(m_host.Accepts(S1, LAN, allSystems, Source(1)));
    EXPECT_EQ(CountTransmits(), 0u);
    m_host.CloseSocket(S1);
    EXPECT_FALSE(m_host.IsListening(S1, LAN, allSystems));
    EXPECT_TRUE(m_host.Accepts(LAN, allSystems, Source(1)));
}

TEST_F(HostTest, MalformedRequestsAreRefusedAndChangeNothing)
{
    Include(S1, {1});
    Forget();
    EXPECT_EQ(Listen(S1, G, FilterMode::Exclude, {}, InterfaceId{9}), ListenError::NoSuchInterface);
    EXPECT_EQ(Listen(S1, Ip("10.0.0.1"), FilterMode::Exclude), ListenError::NotMulticast);
    EXPECT_EQ(Listen(S1, G, FilterMode::Include, {Ip("239.0.0.1")}), ListenError::BadSource);
    EXPECT_EQ(Listen(S1, G, FilterMode::Include, {Ip("0.0.0.0")}), ListenError::BadSource);
    EXPECT_EQ(Listen(S1, G, FilterMode::Include, {Ip("2001:db8::1")}), ListenError::BadSource);
    EXPECT_EQ(Listen(S1, G, FilterMode::Include, SourceRange(1, 5001)), ListenError::TooManySources);
    EXPECT_EQ(CountTransmits(), 0u);
    EXPECT_TRUE(m_host.Accepts(S1, LAN, G, Source(1)));
    std::set<std::string> texts;
    for (const auto error : {ListenError::NoSuchInterface, ListenError::NotMulticast, ListenError::BadSource,
                             ListenError::TooManySources, ListenError::SsmGroup})
    {
        EXPECT_TRUE(texts.insert(ToString(error)).second);
    }
}

TEST_F(HostTest, DuplicateSourcesCountOnce)
{
    auto sources = SourceRange(1, 5000);
    sources.push_back(Source(1));
    EXPECT_FALSE(Listen(S1, G, FilterMode::Include, sources));
}

TEST_F(HostTest, SsmGroupsNeedSourcesUnderRfc9776)
{
    const auto group = Ip("232.1.1.1");
    EXPECT_FALSE(Listen(S1, group, FilterMode::Exclude));
    gm::HostConfig config;
    config.profile = gm::Profile::Rfc9776;
    EXPECT_TRUE(m_host.Configure(LAN2, config));
    EXPECT_EQ(Listen(S1, group, FilterMode::Exclude, {}, LAN2), ListenError::SsmGroup);
    EXPECT_FALSE(Listen(S1, group, FilterMode::Include, {Source(1)}, LAN2));
    EXPECT_FALSE(Listen(S1, group, FilterMode::Include, {}, LAN2)); // leaving is always allowed
}

TEST_F(HostTest, AClosedSocketLeavesEverywhere)
{
    Exclude(S1, {});
    Listen(S1, G, FilterMode::Exclude, {}, LAN2);
    Exclude(S2, {});
    Forget();
    m_host.CloseSocket(S1);
    EXPECT_EQ(CountTransmits(), 1u);
    EXPECT_TRUE(m_host.Accepts(LAN, G, Source(1)));
    EXPECT_FALSE(m_host.Accepts(LAN2, G, Source(1)));
    m_host.CloseSocket(SocketId{77});
    EXPECT_EQ(CountTransmits(), 0u);
}

TEST_F(HostTest, AnInterfaceThatGoesTakesItsMemberships)
{
    Exclude(S1, {});
    Forget();
    m_host.HandleInterfaceGone(LAN);
    const auto event = m_host.PollEvent();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->kind, EventKind::InterfaceDown);
    EXPECT_FALSE(m_host.NextDeadline());
    EXPECT_FALSE(m_host.FindInterface(LAN));
    EXPECT_TRUE(m_host.Groups(LAN).empty());
    EXPECT_EQ(m_host.Interfaces().size(), 1u);
    m_host.HandleInterfaceGone(LAN); // once is enough
    m_host.HandleInterface(UpInterface(LAN, "10.0.0.7"));
    EXPECT_FALSE(m_host.Accepts(LAN, G, Source(1)));
}

TEST_F(HostTest, ADeconfiguredInterfaceStaysSilentUntilConfigured)
{
    Exclude(S1, {});
    Forget();
    m_host.Deconfigure(LAN);
    EXPECT_EQ(Exclude(S1, {}), ListenError::NoSuchInterface);
    EXPECT_FALSE(m_host.Accepts(LAN, G, Source(1)));
    m_host.HandleInterface(UpInterface(LAN, "10.0.0.8")); // still switched off
    EXPECT_EQ(Exclude(S1, {}), ListenError::NoSuchInterface);
    EXPECT_FALSE(m_host.FindInterface(LAN));
    EXPECT_TRUE(m_host.Configure(LAN, {}));
    EXPECT_TRUE(m_host.FindInterface(LAN)->active); // what was heard of it meanwhile holds
    EXPECT_FALSE(Exclude(S1, {}));
    const auto transmit = m_host.PollTransmit();
    ASSERT_TRUE(transmit);
    EXPECT_EQ(transmit->meta.source, Ip("10.0.0.8"));
}

TEST_F(HostTest, AnInterfaceMayBeSwitchedOffBeforeItComes)
{
    const InterfaceId later{5};
    m_host.Deconfigure(later);
    m_host.HandleInterface(UpInterface(later, "10.0.5.7"));
    EXPECT_FALSE(m_host.FindInterface(later));
    m_host.HandleInterfaceGone(later); // another of this number starts as any
    m_host.HandleInterface(UpInterface(later, "10.0.5.7"));
    EXPECT_TRUE(m_host.FindInterface(later)->active);
}

TEST_F(HostTest, BadConfigurationsAreRefused)
{
    gm::HostConfig config;
    config.robustness = 0;
    const auto refused = m_host.Configure(LAN, config);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.Error().field, "robustness");
    EXPECT_EQ(m_host.FindInterface(LAN)->configuredVersion, Version::V3);
}

TEST_F(HostTest, PacketsOfNowhereAreCounted)
{
    const MembershipMessage query{GeneralQuery()};
    m_host.HandlePacket(InterfaceId{9}, MetaFor(query, Ip("10.0.0.1")), WriteIgmp(query));
    auto meta = MetaFor(query, Ip("10.0.0.1"));
    meta.protocol = 17;
    m_host.HandlePacket(LAN, meta, WriteIgmp(query));
    EXPECT_EQ(m_host.GetCounters().Dropped(Reason::NotEnabled), 2u);
    EXPECT_EQ(m_host.PollEvent()->reason, Reason::NotEnabled);
}

TEST_F(HostTest, ARouterReportsItsOwnGroup) // RFC 3376 6: the member part for 224.0.0.22
{
    Listen(S1, Ip("224.0.0.22"), FilterMode::Exclude);
    EXPECT_EQ(CountTransmits(), 1u);
}

// The same seed and inputs give the same octets.
TEST(HostDeterminismTest, SameSeedSameLife)
{
    const auto live = [](std::uint64_t seed) {
        Host host(seed);
        std::vector<std::pair<TimePoint, Bytes>> sent;
        const auto drain = [&] {
            while (auto transmit = host.PollTransmit())
            {
                sent.emplace_back(host.Now(), transmit->payload);
            }
        };
        host.HandleInterface(UpInterface(LAN, "10.0.0.7"));
        for (std::uint8_t i = 0; i < 20; ++i)
        {
            (void)host.Listen(SocketId{i}, LAN, Address::Ipv4(239, 0, 0, i), FilterMode::Exclude);
        }
        drain();
        const MembershipMessage query{GeneralQuery(Version::V2)};
        host.HandlePacket(LAN, MetaFor(query, Ip("10.0.0.1")), WriteIgmp(query));
        while (host.NextDeadline() && *host.NextDeadline() < At(seconds{20}))
        {
            host.AdvanceTo(*host.NextDeadline());
            drain();
        }
        return sent;
    };
    EXPECT_EQ(live(7), live(7));
    EXPECT_NE(live(7), live(8));
    EXPECT_EQ(live(7).size(), 40u);
}

} // namespace
} // namespace mcast
