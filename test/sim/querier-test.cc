// SPDX-License-Identifier: GPL-2.0-only
// Querier election among many routers.                                  RFC 3376 6.6.2, RFC 2236 3

#include "sim-fixture.h"
#include "wire/ipv4-header.h"

#include "wire/igmp.h"

namespace mcast
{
namespace
{

constexpr Duration OTHER_QUERIER_PRESENT = seconds{255}; // 2 * 125 s + 10 s / 2

class QuerierElection : public testing::TestWithParam<unsigned>
{
};

// General queries that a node put on its segments.
std::size_t
GeneralQueriesOf(const SimNetwork& network, NodeId node)
{
    std::size_t count = 0;
    for (const auto& sighting : network.Frames())
    {
        const auto packet = ParseIpv4(BytesView(sighting.octets).Sub(14));
        const auto message = packet ? ParseIgmp(packet->payload) : Unexpected{DecodeError{}};
        const auto* query = message ? std::get_if<Query>(&*message) : nullptr;
        count += sighting.sender == node && query && query->IsGeneral() ? 1 : 0;
    }
    return count;
}

TEST_P(QuerierElection, LowestAddressWinsAndTheOthersFallSilent)
{
    SimNetwork network(GetParam());
    TestLan lan(network, 1);
    for (unsigned i = 0; i < GetParam(); ++i)
    {
        lan.AddRouter("r" + std::to_string(i));
    }
    network.RunFor(seconds{40}); // the startup queries; the others missed the very first
    EXPECT_EQ(Queriers(network, lan.routers), (std::vector<std::size_t>{0}));
    network.ClearRecords();
    network.RunFor(seconds{1250});
    EXPECT_EQ(Queriers(network, lan.routers), (std::vector<std::size_t>{0}));
    EXPECT_EQ(GeneralQueriesOf(network, lan.routers[0].node), 10u);
    for (unsigned i = 1; i < GetParam(); ++i)
    {
        EXPECT_EQ(GeneralQueriesOf(network, lan.routers[i].node), 0u) << "router " << i;
    }
}

TEST_P(QuerierElection, NextLowestTakesOverAfterOtherQuerierPresentInterval)
{
    SimNetwork network(GetParam());
    TestLan lan(network, 1);
    for (unsigned i = 0; i < GetParam(); ++i)
    {
        lan.AddRouter("r" + std::to_string(i));
    }
    network.RunFor(seconds{200});
    for (std::size_t failing = 0; failing + 1 < GetParam(); ++failing)
    {
        network.Fail(lan.routers[failing].node);
        // The last query came up to a Query Interval ago.
        network.RunFor(OTHER_QUERIER_PRESENT - seconds{126});
        EXPECT_TRUE(Queriers(network, lan.routers).empty()) << "after failure " << failing;
        network.RunFor(seconds{127});
        EXPECT_EQ(Queriers(network, lan.routers), (std::vector<std::size_t>{failing + 1}));
    }
    network.Restart(lan.routers[0].node);
    network.RunFor(seconds{1});
    EXPECT_EQ(Queriers(network, lan.routers), (std::vector<std::size_t>{0})) << "the lowest is back";
}

INSTANTIATE_TEST_SUITE_P(Routers, QuerierElection, testing::Values(2u, 3u, 5u, 12u));

TEST(Querier, EachLanHasItsOwn)
{
    // r0 comes first on the first segment and second on the other.
    SimNetwork network;
    TestLan left(network, 1);
    TestLan right(network, 2);
    const auto r0 = network.AddRouter("r0");
    const auto r1 = network.AddRouter("r1");
    left.routers = {left.Attach(r0), left.Attach(r1)};
    right.routers = {right.Attach(r1), right.Attach(r0)};
    network.RunFor(seconds{100});
    EXPECT_EQ(Queriers(network, left.routers), (std::vector<std::size_t>{0}));
    EXPECT_EQ(Queriers(network, right.routers), (std::vector<std::size_t>{0}));
}

TEST(Querier, SplitLanHasTwoAndAJoinedOneHasOneAgain)
{
    SimNetwork network;
    TestLan lan(network, 1);
    lan.AddRouter("r0");
    lan.AddRouter("r1");
    network.RunFor(seconds{100});
    network.SetLanUp(lan.Id(), false);
    network.RunFor(seconds{300});
    EXPECT_EQ(Queriers(network, lan.routers), (std::vector<std::size_t>{0, 1}));
    network.SetLanUp(lan.Id(), true);
    network.RunFor(seconds{130});
    EXPECT_EQ(Queriers(network, lan.routers), (std::vector<std::size_t>{0}));
}

TEST(Querier, PortThatGoesDownAndUpTakesPartAnew)
{
    SimNetwork network;
    TestLan lan(network, 1);
    const auto first = lan.AddRouter("r0");
    lan.AddRouter("r1");
    network.RunFor(seconds{100});
    network.SetPortUp(first.node, first.port, false);
    network.RunFor(OTHER_QUERIER_PRESENT + seconds{1});
    EXPECT_EQ(Queriers(network, lan.routers), (std::vector<std::size_t>{1}));
    network.SetPortUp(first.node, first.port, true);
    network.RunFor(seconds{1});
    EXPECT_EQ(Queriers(network, lan.routers), (std::vector<std::size_t>{0}));
}

// RFC 3376 4.1.6, 4.1.7: what the querier tells rules the others.
TEST(Querier, NonQueriersTakeItsVariables)
{
    SimNetwork network;
    TestLan lan(network, 1);
    AttachOptions options;
    options.router.gm.robustness = 3;
    options.router.gm.queryInterval = seconds{60};
    lan.AddRouter("r0", options);
    lan.AddRouter("r1");
    // Also the querier takes the robustness of the last query heard (4.1.6): r0 forgets what r1 said at its start.
    network.Fail(lan.routers[0].node);
    network.Restart(lan.routers[0].node);
    network.RunFor(seconds{1});
    const auto& place = lan.routers[1];
    const auto view = network.Node(place.node).GetRouter()->FindInterface(place.port).value();
    EXPECT_EQ(view.robustness, 3u);
    EXPECT_EQ(view.queryInterval, seconds{60});
    EXPECT_EQ(view.groupMembershipInterval, seconds{190});
    network.Fail(lan.routers[0].node);
    network.RunFor(seconds{190});
    const auto alone = network.Node(place.node).GetRouter()->FindInterface(place.port).value();
    EXPECT_TRUE(alone.isQuerier);
    EXPECT_EQ(alone.queryInterval, seconds{125}) << "on its own again with its own variables";
}

} // namespace
} // namespace mcast
