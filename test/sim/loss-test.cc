// SPDX-License-Identifier: GPL-2.0-only
// The Robustness Variable's promise: with RV = n the protocol stands n - 1 losses in a row.       RFC 3376 8.1

#include "sim-fixture.h"

namespace mcast
{
namespace
{

const std::string GROUP = "239.1.2.3";

// How often a membership that lasts is forgotten by a router in `hours` on a LAN that loses frames.
std::size_t
FalseTimeouts(std::uint64_t seed, unsigned robustness, double loss, int hours)
{
    SimNetwork network(seed);
    TestLan lan(network, 1, {loss, milliseconds{1}, milliseconds{20}});
    AttachOptions options;
    options.router.gm.robustness = robustness;
    options.host.robustness = robustness;
    const auto router = lan.AddRouter("r", options);
    const auto host = lan.AddHost("h", options);
    network.RunFor(seconds{60});
    EXPECT_TRUE(network.Listen(host.node, host.port, GROUP));
    network.RunFor(std::chrono::hours{hours});
    return TimesOf(network, router.node, EventKind::GroupLeft).size();
}

TEST(Loss, NothingIsForgottenWithoutLoss)
{
    EXPECT_EQ(FalseTimeouts(1, 2, 0, 24), 0u);
}

TEST(Loss, ReorderingAloneForgetsNothing)
{
    SimNetwork network(7);
    TestLan lan(network, 1, {0, milliseconds{1}, milliseconds{400}});
    const auto router = lan.AddRouter("r");
    std::vector<Place> hosts;
    for (int i = 0; i < 8; ++i)
    {
        hosts.push_back(lan.AddHost("h" + std::to_string(i)));
        ASSERT_TRUE(network.Listen(hosts.back().node, hosts.back().port, GROUP));
    }
    network.RunFor(std::chrono::hours{24});
    EXPECT_TRUE(HasGroup(network, router, GROUP));
    EXPECT_TRUE(TimesOf(network, router.node, EventKind::GroupLeft).empty());
}

// A round of query and answer fails with about 2 * loss; a membership is forgotten if RV rounds in a row do.
TEST(Loss, GreaterRobustnessForgetsMuchLess)
{
    std::size_t two = 0;
    std::size_t five = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
    {
        two += FalseTimeouts(seed, 2, 0.2, 48);
        five += FalseTimeouts(seed, 5, 0.2, 48);
    }
    // About 0.13 and 0.006 per round of 125 s and 13,800 rounds.
    EXPECT_GT(two, 500u);
    EXPECT_LT(five * 10, two);
    EXPECT_GT(five, 0u) << "so the test tells something";
}

// RFC 3376 5.1: a change is told RV times.
TEST(Loss, JoinGetsThroughWithRepetition)
{
    int missed[2] = {};
    for (std::uint64_t seed = 1; seed <= 300; ++seed)
    {
        for (const unsigned robustness : {1u, 4u})
        {
            SimNetwork network(seed);
            TestLan lan(network, 1, {0.3, milliseconds{1}, milliseconds{1}});
            AttachOptions options;
            options.host.robustness = robustness;
            options.router.gm.robustness = 7; // the host is not asked before, so its own value counts
            const auto router = lan.AddRouter("r", options);
            network.RunFor(seconds{300});
            const auto host = lan.AddHost("h", options);
            ASSERT_TRUE(network.Listen(host.node, host.port, GROUP));
            network.RunFor(seconds{5});
            missed[robustness == 4] += HasGroup(network, router, GROUP) ? 0 : 1;
        }
    }
    EXPECT_NEAR(missed[0], 300 * 0.3, 30);
    EXPECT_LE(missed[1], 10) << "0.3^4 of 300 is about 2";
}

} // namespace
} // namespace mcast
