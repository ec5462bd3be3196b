// SPDX-License-Identifier: GPL-2.0-only
// A whole router by its public face: membership, forwarding, configuration and interfaces together.

#include "router.h"

#include "support.h"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>

namespace mcast
{
namespace
{

using namespace test;
using Lines = std::vector<std::string>;

const auto G = Address::Ipv4(239, 1, 2, 3);
const auto G2 = Address::Ipv4(239, 1, 2, 4);
constexpr InterfaceId LAN1{1}; // 10.0.1.0/24, and so on
constexpr InterfaceId LAN2{2};
constexpr InterfaceId LAN3{3};
const auto SENDER = Address::Ipv4(10, 0, 1, 99); // on LAN1

class Routes final : public RouteTable
{
  public:
    std::optional<Result> Lookup(const Address& destination) const override
    {
        ++lookups;
        for (const auto& [prefix, interface] : routes)
        {
            if (prefix.Contains(destination))
            {
                return Result{interface, {}};
            }
        }
        return std::nullopt;
    }

    std::map<Prefix, InterfaceId> routes;
    mutable std::size_t lookups = 0;
};

class RouterTest : public ::testing::Test
{
  protected:
    RouterTest()
    {
        Build({});
    }

    void Build(const RouterOptions& options, const RouteTable* routes = nullptr)
    {
        m_router = std::make_unique<Router>(options, routes);
        for (const auto id : {LAN1, LAN2, LAN3})
        {
            m_router->HandleInterface(State(id));
            EXPECT_TRUE(m_router->Configure(id, {}));
        }
        Forget();
    }

    static InterfaceState State(InterfaceId id, bool up = true)
    {
        auto state = UpInterface(id, "10.0." + std::to_string(id.value) + ".1");
        state.up = up;
        return state;
    }

    std::string Configure(InterfaceId id, const RouterInterfaceConfig& config)
    {
        const auto done = m_router->Configure(id, config);
        return done ? "" : done.Error().field;
    }

    void Report(InterfaceId id, RecordType type, const Address& group, std::initializer_list<unsigned> sources = {})
    {
        const MembershipMessage message{mcast::Report{{MakeRecord(type, group, sources)}}};
        const auto host = Address::Ipv4(10, 0, static_cast<std::uint8_t>(id.value), 50);
        m_router->HandlePacket(id, MetaFor(message, host), WriteIgmp(message));
    }

    void Join(InterfaceId id, const Address& group = G)
    {
        Report(id, RecordType::ToEx, group);
    }

    void Data(const Address& source, InterfaceId arrival, const Address& group = G)
    {
        m_router->HandleUpcall({Upcall::Kind::NoCache, arrival, source, group, {}});
    }

    void Advance(Duration sinceStart)
    {
        while (m_router->NextDeadline() && *m_router->NextDeadline() <= At(sinceStart))
        {
            m_router->AdvanceTo(*m_router->NextDeadline());
        }
        m_router->AdvanceTo(At(sinceStart));
    }

    void Forget()
    {
        while (m_router->PollTransmit() || m_router->PollEvent() || m_router->PollForwarding())
        {
        }
    }

    std::vector<Transmit> TakeTransmits()
    {
        std::vector<Transmit> all;
        while (auto transmit = m_router->PollTransmit())
        {
            all.push_back(*transmit);
        }
        return all;
    }

    /// "install 10.0.1.99 239.1.2.3 1 > 2/1 3/16": the incoming interface, and the outgoing ones with thresholds.
    Lines TakeForwarding()
    {
        static const char* const kinds[] = {"install", "replace", "remove", "read"};
        Lines lines;
        while (const auto change = m_router->PollForwarding())
        {
            auto line = kinds[static_cast<int>(change->kind)] + (" " + change->source.ToString()) + " " +
                        change->group.ToString() + " " + std::to_string(change->incoming.value) + " >";
            for (const auto& output : change->outgoing)
            {
                line += " " + std::to_string(output.interface.value) + "/" + std::to_string(output.ttlThreshold);
            }
            lines.push_back(line);
        }
        return lines;
    }

    Lines TakeEvents()
    {
        Lines lines;
        while (const auto event = m_router->PollEvent())
        {
            lines.push_back(ToString(*event));
        }
        return lines;
    }

    std::unique_ptr<Router> m_router;
};

// Configuration.

TEST_F(RouterTest, AnInterfaceMayGoBeforeItsStateWasTold)
{
    Router first({});
    RouterInterfaceConfig config;
    config.pim.emplace();
    EXPECT_TRUE(first.Configure(LAN1, config));
    first.HandleInterfaceGone(LAN1);
    EXPECT_TRUE(first.Interfaces().empty());
    EXPECT_TRUE(first.PimInterfaces().empty());
    EXPECT_FALSE(first.PollTransmit());
}

TEST_F(RouterTest, OrderOfConfigurationIsFree)
{
    Router first({});
    EXPECT_TRUE(first.Configure(LAN1, {}));
    EXPECT_FALSE(first.PollTransmit());
    first.HandleInterface(State(LAN1));
    EXPECT_TRUE(first.PollTransmit());
    Router second({});
    second.HandleInterface(State(LAN1));
    EXPECT_FALSE(second.PollTransmit());
    EXPECT_TRUE(second.Configure(LAN1, {}));
    EXPECT_TRUE(second.PollTransmit());
}

TEST_F(RouterTest, MalformedConfigurationsAreRefusedAndChangeNothing)
{
    Join(LAN2);
    Forget();
    RouterInterfaceConfig config;
    config.ttlThreshold = 0;
    EXPECT_EQ(Configure(LAN2, config), "ttlThreshold");
    config = {};
    config.boundaries = {*Prefix::Parse("10.0.0.0/8")};
    EXPECT_EQ(Configure(LAN2, config), "boundaries");
    config = {};
    config.gm.robustness = 0;
    EXPECT_EQ(Configure(LAN2, config), "robustness");
    EXPECT_EQ(m_router->GroupCount(LAN2), 1u);
    EXPECT_TRUE(TakeTransmits().empty());
    EXPECT_TRUE(TakeForwarding().empty());
}

TEST_F(RouterTest, InterfacesThatAreNotRouterInterfacesDropAndCount)
{
    RouterInterfaceConfig config;
    config.membership = false;
    EXPECT_EQ(Configure(LAN2, config), "");
    Join(LAN2);
    Join(InterfaceId{9});
    const MembershipMessage query{GeneralQuery()};
    auto meta = MetaFor(query, Ip("10.0.1.50"));
    meta.protocol = 17;
    m_router->HandlePacket(LAN1, meta, WriteIgmp(query));
    EXPECT_EQ(m_router->GetCounters().Dropped(Reason::NotEnabled), 3u);
    EXPECT_FALSE(m_router->FindInterface(LAN2));
    EXPECT_EQ(m_router->Interfaces().size(), 2u);
}

TEST_F(RouterTest, DeconfiguringTakesMembersAndQueriesBack)
{
    Join(LAN2);
    Data(SENDER, LAN1);
    Forget();
    m_router->Deconfigure(LAN2);
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 >"}));
    EXPECT_EQ(m_router->GroupCount(), 0u);
    m_router->Deconfigure(LAN2);
    m_router->Deconfigure(InterfaceId{9});
    Advance(seconds{300});
    for (const auto& transmit : TakeTransmits())
    {
        EXPECT_NE(transmit.interface, LAN2);
    }
    EXPECT_EQ(Configure(LAN2, {}), ""); // and back
    EXPECT_EQ(TakeTransmits().size(), 1u);
}

// Forwarding follows membership.

TEST_F(RouterTest, DataGoesWhereMembersAre)
{
    Data(SENDER, LAN1);
    EXPECT_EQ(TakeForwarding(), (Lines{"install 10.0.1.99 239.1.2.3 1 >"}));
    Join(LAN3);
    Join(LAN2);
    Join(LAN1);
    EXPECT_EQ(TakeForwarding(),
              (Lines{"replace 10.0.1.99 239.1.2.3 1 > 3/1", "replace 10.0.1.99 239.1.2.3 1 > 2/1 3/1"}));
    EXPECT_TRUE(m_router->IsForwarded(LAN2, G, SENDER));
    EXPECT_FALSE(m_router->IsForwarded(LAN2, G2, SENDER));
    EXPECT_FALSE(m_router->IsForwarded(InterfaceId{9}, G, SENDER));
    EXPECT_EQ(m_router->GroupCount(), 3u);
    ASSERT_EQ(m_router->ForwardingEntries().size(), 1u);
    EXPECT_EQ(m_router->ForwardingEntries()[0].outgoing.size(), 2u);
}

TEST_F(RouterTest, ALeaveStopsDataWhenNobodyAnswers)
{
    Join(LAN2);
    Data(SENDER, LAN1);
    Forget();
    Advance(seconds{10});
    Report(LAN2, RecordType::ToIn, G);
    Advance(seconds{12} - milliseconds{1});
    EXPECT_TRUE(TakeForwarding().empty());
    Advance(seconds{12});
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 >"}));
}

TEST_F(RouterTest, SourceFiltersDecideBySource)
{
    Data(SENDER, LAN1);
    Data(Ip("10.0.1.98"), LAN1);
    Forget();
    MembershipMessage message{mcast::Report{{{RecordType::ToEx, G, {SENDER}}}}};
    const auto hear = [&] { m_router->HandlePacket(LAN2, MetaFor(message, Ip("10.0.2.50")), WriteIgmp(message)); };
    hear();
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.98 239.1.2.3 1 > 2/1"}));
    message = mcast::Report{{{RecordType::Allow, G, {SENDER}}}};
    hear();
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 > 2/1"}));
    Advance(seconds{260}); // the group timer and the source's end together
    EXPECT_EQ(m_router->GroupCount(), 0u);
    EXPECT_EQ(m_router->ForwardingEntries()[0].outgoing.size(), 0u);
}

TEST_F(RouterTest, AMemberMovesNoSource)
{
    Routes routes;
    Build({}, &routes);
    for (std::uint8_t i = 1; i <= 100; ++i)
    {
        Data(Address::Ipv4(10, 0, 1, i), LAN1);
    }
    EXPECT_EQ(routes.lookups, 99u); // not for our own address
    Forget();
    Join(LAN2);
    EXPECT_EQ(TakeForwarding().size(), 100u);
    EXPECT_EQ(routes.lookups, 99u);
}

TEST_F(RouterTest, ThresholdsAndBoundariesHoldAtOnce)
{
    Join(LAN2);
    Join(LAN3);
    Data(SENDER, LAN1);
    Forget();
    RouterInterfaceConfig config;
    config.ttlThreshold = 16;
    EXPECT_EQ(Configure(LAN2, config), "");
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 > 2/16 3/1"}));
    config.boundaries = {*Prefix::Parse("239.0.0.0/8")};
    EXPECT_EQ(Configure(LAN2, config), "");
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 > 3/1"}));
    Join(LAN2, G2);
    EXPECT_FALSE(m_router->FindGroup(LAN2, G2));
    EXPECT_EQ(Configure(LAN1, config), ""); // where the data comes in
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 >"}));
    Data(SENDER, LAN1, G2);
    EXPECT_EQ(m_router->GetCounters().Dropped(Reason::Boundary), 1u);
}

TEST_F(RouterTest, StaticJoinsAreMembers)
{
    Data(SENDER, LAN1);
    Forget();
    RouterInterfaceConfig config;
    config.gm.staticJoins = {{G, SENDER}};
    EXPECT_EQ(Configure(LAN2, config), "");
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 > 2/1"}));
    EXPECT_EQ(Configure(LAN2, {}), "");
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 >"}));
}

TEST_F(RouterTest, RoutesReachInterfacesWithoutMembership)
{
    RouterInterfaceConfig config;
    config.membership = false;
    EXPECT_EQ(Configure(LAN3, config), "");
    EXPECT_TRUE(m_router->AddRoute({G, SENDER, LAN1, {LAN3, InterfaceId{9}}}));
    EXPECT_EQ(TakeForwarding(), (Lines{"install 10.0.1.99 239.1.2.3 1 > 3/1"}));
    EXPECT_TRUE(m_router->RemoveRoute(G, SENDER));
    EXPECT_EQ(TakeForwarding(), (Lines{"remove 10.0.1.99 239.1.2.3 1 > 3/1"}));
    EXPECT_FALSE(m_router->RemoveRoute(G, SENDER));
}

// Reverse path.

TEST_F(RouterTest, WithoutRoutesSourcesAreConnected)
{
    Join(LAN2);
    Data(Ip("10.0.3.99"), LAN1);
    EXPECT_EQ(TakeForwarding(), (Lines{"install 10.0.3.99 239.1.2.3 3 > 2/1"}));
    Data(Ip("192.0.2.1"), LAN1);
    EXPECT_EQ(TakeForwarding(), (Lines{"install 192.0.2.1 239.1.2.3 1 >"}));
    EXPECT_EQ(m_router->GetCounters().Dropped(Reason::NoRoute), 1u);
}

TEST_F(RouterTest, UnicastRoutesLeadToTheSource)
{
    Routes routes;
    Build({}, &routes);
    routes.routes[*Prefix::Parse("192.0.2.0/24")] = LAN3;
    Join(LAN2);
    Forget();
    Data(Ip("192.0.2.1"), LAN1);
    EXPECT_EQ(TakeForwarding(), (Lines{"install 192.0.2.1 239.1.2.3 3 > 2/1"}));
    routes.routes[*Prefix::Parse("192.0.2.0/24")] = LAN1;
    m_router->HandleRouteChange(*Prefix::Parse("192.0.0.0/16"));
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 192.0.2.1 239.1.2.3 1 > 2/1"}));
}

// A part of a connected subnet may lie behind another router: unicast routing knows, and its longest match counts.
TEST_F(RouterTest, AMoreSpecificRouteBeatsTheConnectedSubnet)
{
    Routes routes;
    Build({}, &routes);
    routes.routes[*Prefix::Parse("10.0.1.64/26")] = LAN3;
    Data(SENDER, LAN3);
    EXPECT_EQ(TakeForwarding(), (Lines{"install 10.0.1.99 239.1.2.3 3 >"}));
    Data(Ip("10.0.1.2"), LAN1); // routes that leave the connected ones out
    EXPECT_EQ(TakeForwarding(), (Lines{"install 10.0.1.2 239.1.2.3 1 >"}));
}

TEST_F(RouterTest, OurOwnDataComesFromItsInterface)
{
    Routes routes;
    Build({}, &routes);
    routes.routes[*Prefix::Parse("10.0.2.1/32")] = InterfaceId{77}; // a loopback interface, as some tables tell
    Data(Ip("10.0.2.1"), LAN2);
    EXPECT_EQ(TakeForwarding(), (Lines{"install 10.0.2.1 239.1.2.3 2 >"}));
}

// Interfaces come and go.

TEST_F(RouterTest, InterfacesThatGoDownAndUp)
{
    Join(LAN2);
    Join(LAN3);
    Data(SENDER, LAN1);
    Forget();
    m_router->HandleInterface(State(LAN2, false));
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 > 3/1"}));
    EXPECT_EQ(m_router->GroupCount(), 1u);
    m_router->HandleInterface(State(LAN1, false)); // the source's: no way back any more
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 >"}));
    m_router->HandleInterface(State(LAN1));
    m_router->HandleInterface(State(LAN2));
    Join(LAN2);
    EXPECT_EQ(TakeForwarding().back(), "replace 10.0.1.99 239.1.2.3 1 > 2/1 3/1");
}

TEST_F(RouterTest, AnInterfaceThatIsGoneIsForgotten)
{
    Join(LAN2);
    Data(SENDER, LAN1);
    Forget();
    m_router->HandleInterfaceGone(LAN2);
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 >"}));
    EXPECT_EQ(TakeEvents().front(), "group-left if=2 group=239.1.2.3");
    EXPECT_FALSE(m_router->FindInterface(LAN2));
    EXPECT_EQ(m_router->GroupCount(), 0u);
    m_router->HandleInterfaceGone(LAN2);
    m_router->HandleInterface(State(LAN2)); // a new one, not configured yet
    EXPECT_TRUE(TakeTransmits().empty());
}

TEST_F(RouterTest, AChangedAddressMovesTheReversePath)
{
    Data(SENDER, LAN1);
    Forget();
    auto moved = State(LAN1);
    moved.addresses = {{Ip("10.0.9.1"), 24}};
    m_router->HandleInterface(moved);
    EXPECT_EQ(TakeForwarding().size(), 0u); // no way back; the entry had nobody to forward to
    auto other = State(LAN3);
    other.addresses.push_back({Ip("10.0.1.1"), 24});
    m_router->HandleInterface(other);
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 3 >"}));
}

// Limits.

TEST_F(RouterTest, GroupsOfAllInterfacesAreLimited)
{
    RouterOptions options;
    options.maxGroups = 3;
    Build(options);
    for (const auto id : {LAN1, LAN2})
    {
        Join(id, G);
        Join(id, G2);
    }
    EXPECT_EQ(m_router->GroupCount(), 3u);
    EXPECT_EQ(m_router->FindInterface(LAN2)->counters.Dropped(Reason::RouterLimit), 1u);
    m_router->HandleInterface(State(LAN1, false));
    Join(LAN2, G2);
    EXPECT_EQ(m_router->GroupCount(), 2u);
}

TEST_F(RouterTest, ForwardingEntriesAreLimited)
{
    RouterOptions options;
    options.maxForwardingEntries = 10;
    Build(options);
    for (std::uint8_t i = 1; i <= 20; ++i)
    {
        Data(Address::Ipv4(10, 0, 1, i), LAN1);
    }
    EXPECT_EQ(m_router->ForwardingEntryCount(), 10u);
    EXPECT_EQ(m_router->GetCounters().Dropped(Reason::RouterLimit), 10u);
}

// The end.

TEST_F(RouterTest, ShutdownLeavesNothing)
{
    Join(LAN2);
    Data(SENDER, LAN1);
    EXPECT_TRUE(m_router->AddRoute({G2, SENDER, LAN1, {LAN3}}));
    Forget();
    m_router->Shutdown();
    EXPECT_EQ(TakeForwarding(), (Lines{"replace 10.0.1.99 239.1.2.3 1 >", "remove 10.0.1.99 239.1.2.3 1 >",
                                       "remove 10.0.1.99 239.1.2.4 1 > 3/1"}));
    EXPECT_FALSE(m_router->NextDeadline());
    Data(SENDER, LAN1); // an upcall that was on its way
    EXPECT_TRUE(TakeForwarding().empty());
    EXPECT_EQ(m_router->ForwardingEntryCount(), 0u);
    Advance(seconds{1000});
    EXPECT_TRUE(TakeTransmits().empty());
    m_router->Shutdown();
}

TEST_F(RouterTest, AfterShutdownItMayBeConfiguredAnew)
{
    m_router->Shutdown();
    Forget();
    EXPECT_EQ(Configure(LAN1, {}), "");
    EXPECT_EQ(TakeTransmits().size(), 1u);
    EXPECT_EQ(Configure(LAN2, {}), "");
    Join(LAN2);
    Data(SENDER, LAN1);
    EXPECT_EQ(TakeForwarding(), (Lines{"install 10.0.1.99 239.1.2.3 1 > 2/1"}));
}

// Time.

TEST_F(RouterTest, TimeNeverRunsBackwards)
{
    m_router->AdvanceTo(At(seconds{10}));
    m_router->AdvanceTo(At(seconds{5}));
    EXPECT_EQ(m_router->Now(), At(seconds{10}));
}

TEST_F(RouterTest, DeadlinesLeadThroughALife)
{
    Join(LAN2);
    Advance(seconds{0});
    int steps = 0;
    while (m_router->NextDeadline() && *m_router->NextDeadline() <= At(seconds{1000}))
    {
        const auto next = *m_router->NextDeadline();
        ASSERT_GT(next, m_router->Now());
        m_router->AdvanceTo(next);
        ASSERT_LT(++steps, 100);
    }
    EXPECT_EQ(m_router->GroupCount(), 0u);
}

// The same inputs give the same outputs, whatever the order in memory.
TEST_F(RouterTest, OutputsDependOnInputsOnly)
{
    const auto live = [&](int ballast) {
        Build({});
        std::vector<std::unique_ptr<int>> shift; // moves later allocations
        for (int i = 0; i < ballast; ++i)
        {
            shift.push_back(std::make_unique<int>(i));
        }
        for (std::uint32_t i = 0; i < 500; ++i)
        {
            Join(LAN2, Address::Ipv4(0xef000000 + i * 7919 % 65536));
            Data(SENDER, LAN1, Address::Ipv4(0xef000000 + i * 104729 % 65536));
        }
        Forget();
        m_router->HandleInterface(State(LAN2, false));
        auto lines = TakeEvents();
        const auto forwarding = TakeForwarding();
        lines.insert(lines.end(), forwarding.begin(), forwarding.end());
        m_router->Shutdown();
        const auto removed = TakeForwarding();
        lines.insert(lines.end(), removed.begin(), removed.end());
        return lines;
    };
    const auto lines = live(0);
    EXPECT_GT(lines.size(), 1000u);
    EXPECT_EQ(live(12345), lines);
    EXPECT_TRUE(std::is_sorted(lines.end() - 400, lines.end(), [](const auto& a, const auto& b) {
        return Ip(a.substr(17, a.find(' ', 17) - 17)) < Ip(b.substr(17, b.find(' ', 17) - 17));
    }));
}

TEST_F(RouterTest, GroupsAreListedInOrder)
{
    for (const char* group : {"239.0.0.9", "239.0.0.1", "239.0.0.5"})
    {
        Join(LAN2, Ip(group));
    }
    const auto groups = m_router->Groups(LAN2);
    ASSERT_EQ(groups.size(), 3u);
    EXPECT_EQ(groups[0].group, Ip("239.0.0.1"));
    EXPECT_EQ(groups[2].group, Ip("239.0.0.9"));
    EXPECT_EQ(groups[0].lastReporter, Ip("10.0.2.50"));
    EXPECT_TRUE(m_router->Groups(InterfaceId{9}).empty());
    EXPECT_EQ(m_router->GroupCount(InterfaceId{9}), 0u);
    EXPECT_FALSE(m_router->FindGroup(InterfaceId{9}, G));
}

} // namespace
} // namespace mcast
