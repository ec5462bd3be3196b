// SPDX-License-Identifier: GPL-2.0-only
// How long a router goes on after the last member left.                       RFC 3376 6.4.2, 6.6.3, 8.10

#include "sim-fixture.h"

namespace mcast
{
namespace
{

const std::string GROUP = "239.1.2.3";

class Leaving : public testing::Test
{
  protected:
    Leaving()
        : network(1),
          lan(network, 1)
    {
    }

    void Build(std::size_t routers, std::size_t hosts, const AttachOptions& options = {})
    {
        for (std::size_t i = 0; i < routers; ++i)
        {
            lan.AddRouter("r" + std::to_string(i), options);
        }
        for (std::size_t i = 0; i < hosts; ++i)
        {
            const auto host = lan.AddHost("h" + std::to_string(i), options);
            EXPECT_TRUE(network.Listen(host.node, host.port, GROUP));
        }
        network.RunFor(seconds{50});
    }

    void Leave(std::size_t host)
    {
        ASSERT_TRUE(network.Leave(lan.hosts[host].node, lan.hosts[host].port, GROUP));
    }

    // Time from now until the router forgets the group, to a millisecond.
    Duration Latency(std::size_t router)
    {
        const auto start = network.Now();
        while (HasGroup(network, lan.routers[router], GROUP) && network.Now() - start < seconds{1000})
        {
            network.RunFor(milliseconds{1});
        }
        return network.Now() - start;
    }

    SimNetwork network;
    TestLan lan;
};

TEST_F(Leaving, LastMemberQueryTimeAtTheQuerierAndTheOthers)
{
    Build(3, 1);
    Leave(0);
    const auto left = network.Now();
    for (std::size_t router = 0; router < 3; ++router)
    {
        Latency(router);
        EXPECT_LE(network.Now() - left, milliseconds{2005}) << "router " << router;
        EXPECT_GE(network.Now() - left, milliseconds{1995}) << "router " << router;
    }
}

TEST_F(Leaving, ConfiguredLatency)
{
    AttachOptions options;
    options.router.gm.lastMemberQueryInterval = milliseconds{300};
    options.router.gm.lastMemberQueryCount = 3;
    Build(1, 1, options);
    Leave(0);
    const auto latency = Latency(0);
    EXPECT_LE(latency, milliseconds{905});
    EXPECT_GE(latency, milliseconds{895});
}

TEST_F(Leaving, FastLeaveIsImmediate)
{
    AttachOptions options;
    options.router.gm.fastLeave = true;
    Build(1, 1, options);
    Leave(0);
    EXPECT_LE(Latency(0), milliseconds{2});
}

TEST_F(Leaving, OthersStayMembers)
{
    Build(3, 4);
    for (std::size_t host = 0; host < 3; ++host)
    {
        Leave(host);
        network.RunFor(seconds{10});
        for (const auto& router : lan.routers)
        {
            EXPECT_TRUE(HasGroup(network, router, GROUP)) << "after host " << host;
        }
    }
    Leave(3);
    network.RunFor(seconds{3});
    for (const auto& router : lan.routers)
    {
        EXPECT_FALSE(HasGroup(network, router, GROUP));
    }
}

TEST_F(Leaving, SilentDeathTakesGroupMembershipInterval)
{
    Build(1, 1);
    network.Fail(lan.hosts[0].node);
    const auto latency = Latency(0);
    EXPECT_LE(latency, seconds{260});
    EXPECT_GE(latency, seconds{260 - 50}); // the last report is at most as old as the network
}

TEST_F(Leaving, OneSourceOfTwo)
{
    Build(2, 0);
    const auto host = lan.AddHost("h");
    ASSERT_TRUE(network.Listen(host.node, host.port, GROUP, FilterMode::Include, {"10.9.0.1", "10.9.0.2"}));
    network.RunFor(seconds{5});
    ASSERT_TRUE(network.Listen(host.node, host.port, GROUP, FilterMode::Include, {"10.9.0.2"}));
    network.RunFor(seconds{3});
    for (const auto& router : lan.routers)
    {
        const auto* core = network.Node(router.node).GetRouter();
        EXPECT_FALSE(core->IsForwarded(router.port, Ip(GROUP), Ip("10.9.0.1")));
        EXPECT_TRUE(core->IsForwarded(router.port, Ip(GROUP), Ip("10.9.0.2")));
    }
}

} // namespace
} // namespace mcast
