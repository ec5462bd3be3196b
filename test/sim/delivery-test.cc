// SPDX-License-Identifier: GPL-2.0-only
// A routed network: who gets data, and how often. Each LAN has one router towards the sender's segment; others on the
// LAN are there to be queriers.

#include "sim-fixture.h"
#include "wire/ipv4-header.h"

namespace mcast
{
namespace
{

const std::string GROUP = "239.1.2.3";
constexpr std::size_t N_LANS = 3;
constexpr std::size_t N_HOSTS = 5;

class Delivery : public testing::TestWithParam<std::uint64_t>
{
  protected:
    Delivery()
        : network(GetParam()),
          backbone(network, 9)
    {
        sender = backbone.AddHost("sender");
        for (unsigned i = 0; i < N_LANS; ++i)
        {
            lans.push_back(std::make_unique<TestLan>(network, i + 1));
            auto& lan = *lans.back();
            lan.AddRouter("querier" + std::to_string(i)); // the lowest address, no way to the sender
            const auto router = network.AddRouter("router" + std::to_string(i));
            lan.routers.push_back(lan.Attach(router));
            backbone.routers.push_back(backbone.Attach(router));
            for (std::size_t k = 0; k < N_HOSTS; ++k)
            {
                hosts.push_back(lan.AddHost("h" + std::to_string(i) + "." + std::to_string(k)));
            }
        }
        network.RunFor(seconds{1});
    }

    std::map<NodeId, int> Send(const std::string& payload)
    {
        EXPECT_TRUE(network.SendData(sender.node, GROUP, payload));
        network.RunFor(milliseconds{100});
        return Receivers(network, payload);
    }

    // How often data was put on a LAN, and by whom.
    std::map<NodeId, int> Forwarders(const TestLan& lan)
    {
        std::map<NodeId, int> count;
        for (const auto& sighting : network.Frames())
        {
            const auto packet = ParseIpv4(BytesView(sighting.octets).Sub(14));
            const bool data = packet && packet->meta.protocol != PROTOCOL_IGMP;
            if (data && sighting.lan == lan.Id())
            {
                ++count[sighting.sender];
            }
        }
        return count;
    }

    SimNetwork network;
    TestLan backbone;
    Place sender;
    std::vector<std::unique_ptr<TestLan>> lans;
    std::vector<Place> hosts;
};

TEST_P(Delivery, MembersGetEachPacketOnceAndNobodyElseDoes)
{
    std::map<NodeId, int> members;
    Random random(GetParam());
    for (const auto& host : hosts)
    {
        if (random.Next() % 2 == 0)
        {
            ASSERT_TRUE(network.Listen(host.node, host.port, GROUP));
            members[host.node] = 1;
        }
        else
        {
            ASSERT_TRUE(network.Listen(host.node, host.port, "239.9.9.9"));
        }
    }
    network.RunFor(seconds{3});
    for (int i = 0; i < 20; ++i)
    {
        EXPECT_EQ(Send("packet " + std::to_string(i)), members);
        network.RunFor(seconds{30});
    }
    for (std::size_t i = 0; i < N_LANS; ++i)
    {
        const auto& lan = *lans[i];
        const bool wanted = std::any_of(lan.hosts.begin(), lan.hosts.end(),
                                        [&](const auto& host) { return members.count(host.node) > 0; });
        const std::map<NodeId, int> once{{lan.routers[1].node, 20}};
        EXPECT_EQ(Forwarders(lan), wanted ? once : (std::map<NodeId, int>{})) << "LAN " << i;
    }
}

TEST_P(Delivery, SourcesAreFilteredByTheRouterWhenNobodyWantsThem)
{
    const auto other = backbone.AddHost("other sender");
    const auto wanted = network.Node(sender.node).FindPort(sender.port)->addresses[0].address.ToString();
    for (const auto& host : lans[0]->hosts)
    {
        ASSERT_TRUE(network.Listen(host.node, host.port, GROUP, FilterMode::Include, {wanted}));
    }
    ASSERT_TRUE(network.Listen(lans[1]->hosts[0].node, lans[1]->hosts[0].port, GROUP, FilterMode::Exclude, {wanted}));
    network.RunFor(seconds{10});
    network.ClearRecords();
    EXPECT_EQ(Send("wanted").size(), N_HOSTS);
    EXPECT_EQ(Forwarders(*lans[0]).size(), 1u);
    EXPECT_EQ(Forwarders(*lans[1]).size(), 0u) << "its only member excludes the source";
    network.ClearRecords();
    ASSERT_TRUE(network.SendData(other.node, GROUP, "other"));
    network.RunFor(seconds{1});
    EXPECT_EQ(Receivers(network, "other"), (std::map<NodeId, int>{{lans[1]->hosts[0].node, 1}}));
    EXPECT_EQ(Forwarders(*lans[0]).size(), 0u) << "nobody there wants the other source";
    EXPECT_EQ(Forwarders(*lans[1]).size(), 1u);
}

TEST_P(Delivery, JoinAndLeaveWhileDataFlows)
{
    const auto& host = lans[0]->hosts[0];
    int number = 0;
    const auto flows = [&] { return Send("packet " + std::to_string(++number)).count(host.node) > 0; };
    EXPECT_FALSE(flows());
    for (int round = 0; round < 5; ++round)
    {
        ASSERT_TRUE(network.Listen(host.node, host.port, GROUP));
        network.RunFor(milliseconds{1}); // one report on its way
        EXPECT_TRUE(flows());
        ASSERT_TRUE(network.Leave(host.node, host.port, GROUP));
        EXPECT_FALSE(flows()) << "the host itself stops at once";
        network.RunFor(seconds{3}); // Last Member Query Time
        network.ClearRecords();
        EXPECT_FALSE(flows());
        EXPECT_TRUE(Forwarders(*lans[0]).empty());
    }
}

TEST_P(Delivery, GoesOnWhenTheQuerierFails)
{
    const auto& host = lans[0]->hosts[0];
    ASSERT_TRUE(network.Listen(host.node, host.port, GROUP));
    network.RunFor(seconds{100});
    network.Fail(lans[0]->routers[0].node);
    for (int i = 0; i < 100; ++i)
    {
        EXPECT_EQ(Send("packet " + std::to_string(i)), (std::map<NodeId, int>{{host.node, 1}})) << "after " << i * 10;
        network.RunFor(seconds{10});
    }
}

TEST_P(Delivery, ComesBackAfterARouterRestarts)
{
    const auto& host = lans[0]->hosts[0];
    ASSERT_TRUE(network.Listen(host.node, host.port, GROUP));
    network.RunFor(seconds{100});
    network.Fail(lans[0]->routers[1].node);
    EXPECT_TRUE(Send("while down").empty());
    network.Restart(lans[0]->routers[1].node);
    network.RunFor(seconds{11}); // its startup query and the longest delay of an answer
    EXPECT_EQ(Send("back").size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Delivery, testing::Range<std::uint64_t>(1, 6));

} // namespace
} // namespace mcast
