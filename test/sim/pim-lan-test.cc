// SPDX-License-Identifier: GPL-2.0-only
// Two routers beside each other on the links of source and members: Assert, DR, Prune override, RPF changes, restarts.

#include "sim-fixture.h"

namespace mcast
{
namespace
{

// Two ways from the source's router to the members':
//
//   lan 1          lan 2             lan 3          lan 4
//   sender -- first -+- upper -+- last one -- member one
//                    +- lower -+- last two -- member two (lan 5)
//
// The RP is `first`. On lan 3 both `upper` and `lower` may forward.
class PimDiamond : public testing::TestWithParam<Family>
{
  protected:
    PimDiamond()
        : family(GetParam())
    {
        for (unsigned i = 1; i <= 5; ++i)
        {
            lans.push_back(std::make_unique<TestLan>(network, i, LanOptions{}, family));
        }
        first = network.AddRouter("first");
        upper = network.AddRouter("upper");
        lower = network.AddRouter("lower");
        one = network.AddRouter("last one");
        two = network.AddRouter("last two");
        sender = Lan(1).AddHost("sender");
        Attach(1, first);                          // .2
        Attach(2, first);                          // .1
        Attach(2, upper), Attach(2, lower);        // .2, .3
        upperOn3 = Attach(3, upper);               // .1
        lowerOn3 = Attach(3, lower);               // .2
        Attach(3, one), Attach(3, two);            // .3, .4
        memberOne = Lan(4).AddHost("member one");
        memberTwo = Lan(5).AddHost("member two");
        Attach(4, one), Attach(5, two);
        for (const auto router : {upper, lower})
        {
            Route(router, 1, 2, 1);
        }
        for (const auto router : {one, two})
        {
            const unsigned hop = router == one ? 1 : 2; // last one by upper, last two by lower
            Route(router, 1, 3, hop);
            Route(router, 2, 3, hop);
        }
        config.family = family;
        config.staticRps = {{On(1, 2), Groups(), false}};
        for (const auto router : {first, upper, lower, one, two})
        {
            network.OnStart(router, [this](SimNode& node) { EXPECT_TRUE(node.ConfigurePim(config)); });
        }
        network.RunFor(seconds{10});
    }

    TestLan& Lan(unsigned number)
    {
        return *lans[number - 1];
    }

    Place Attach(unsigned lan, NodeId router)
    {
        AttachOptions options;
        options.router.pim.emplace();
        options.router.pim->family = family;
        options.router.pim->triggeredHelloDelay = milliseconds{100};
        return Lan(lan).Attach(router, options);
    }

    Address On(unsigned lan, unsigned host) const
    {
        return Ip(family == Family::Ipv4 ? "10." + std::to_string(lan) + ".0." + std::to_string(host)
                                         : "2001:db8:" + std::to_string(lan) + "::" + std::to_string(host));
    }

    Prefix Groups() const
    {
        return Prefix::Parse(family == Family::Ipv4 ? "224.0.0.0/4" : "ff00::/8").value();
    }

    std::string Group() const
    {
        return family == Family::Ipv4 ? "239.1.2.3" : "ff1e::123";
    }

    RouteTable::Result Way(NodeId router, unsigned by, unsigned host)
    {
        const auto nextHop = family == Family::Ipv4 ? On(by, host) : Ip("fe80::" + std::to_string(host));
        RouteTable::Result way{{}, nextHop, 1, 1};
        for (std::uint32_t port = 1; port <= 4; ++port)
        {
            const auto* state = network.Node(router).FindPort(InterfaceId{port});
            if (state != nullptr && state->IsOnSubnet(On(by, host)))
            {
                way.interface = InterfaceId{port};
            }
        }
        return way;
    }

    // To a LAN, by the .host of another; also after a restart.
    void Route(NodeId router, unsigned to, unsigned by, unsigned host)
    {
        const auto way = Way(router, by, host);
        network.OnStart(router, [this, to, way](SimNode& node) {
            node.AddUnicastRoute(Prefix{On(to, 0), family == Family::Ipv4 ? 24u : 64u}, way);
        });
    }

    void BothListen()
    {
        ASSERT_TRUE(network.Listen(memberOne.node, memberOne.port, Group()));
        ASSERT_TRUE(network.Listen(memberTwo.node, memberTwo.port, Group()));
        network.RunFor(seconds{2});
    }

    // \return how many packets did not reach each of the two members once
    unsigned Send(unsigned count)
    {
        unsigned wrong = 0;
        for (unsigned i = 0; i < count; ++i)
        {
            const auto name = "p" + std::to_string(m_sent++);
            EXPECT_TRUE(network.SendData(sender.node, Group(), name));
            network.RunFor(milliseconds{500});
            const std::map<NodeId, int> expected{{memberOne.node, 1}, {memberTwo.node, 1}};
            wrong += Receivers(network, name) == expected ? 0 : 1;
        }
        return wrong;
    }

    const Router& At(NodeId router)
    {
        return *network.Node(router).GetRouter();
    }

    Family family;
    SimNetwork network{11};
    std::vector<std::unique_ptr<TestLan>> lans;
    pim::RouterConfig config;
    NodeId first, upper, lower, one, two;
    Place sender, memberOne, memberTwo, upperOn3, lowerOn3;

  private:
    unsigned m_sent = 0;
};

pim::AssertState
StateOn(const Router& router, Family family, InterfaceId port, pim::TreeView::Kind kind)
{
    for (const auto& tree : router.PimTrees(family))
    {
        for (const auto& on : tree.interfaces)
        {
            if (tree.kind == kind && on.interface == port)
            {
                return on.assertState;
            }
        }
    }
    return pim::AssertState::NoInfo;
}

// The routes have the same preference and metric: the greater address wins.
TEST_P(PimDiamond, OfTwoForwardersOneWinsTheAssert)
{
    BothListen();
    Send(10);
    EXPECT_EQ(Send(20), 0u);
    EXPECT_EQ(StateOn(At(lower), family, lowerOn3.port, pim::TreeView::Kind::SG), pim::AssertState::Winner);
    EXPECT_NE(StateOn(At(upper), family, upperOn3.port, pim::TreeView::Kind::SG), pim::AssertState::Winner);
}

TEST_P(PimDiamond, WhenTheWinnerFailsTheOtherForwards)
{
    BothListen();
    Send(10);
    network.Fail(lower);
    const auto way = Way(two, 3, 1);
    network.Use(two, [&](SimNode& node) {
        for (const unsigned lan : {1, 2})
        {
            node.AddUnicastRoute(Prefix{On(lan, 0), family == Family::Ipv4 ? 24u : 64u}, way);
        }
    });
    network.RunFor(seconds{110}); // until its neighbours miss it
    Send(4);
    EXPECT_EQ(Send(20), 0u);
}

// Both routers of lan 3 have the same upstream neighbour; one leaves, the other overrides its Prune.
TEST_P(PimDiamond, WhoStaysOverridesThePruneOfWhoLeaves)
{
    const auto way = Way(two, 3, 1);
    network.Use(two, [&](SimNode& node) {
        for (const unsigned lan : {1, 2})
        {
            node.AddUnicastRoute(Prefix{On(lan, 0), family == Family::Ipv4 ? 24u : 64u}, way);
        }
    });
    BothListen();
    Send(10);
    ASSERT_TRUE(network.Leave(memberTwo.node, memberTwo.port, Group()));
    for (unsigned i = 0; i < 40; ++i)
    {
        const auto name = "o" + std::to_string(i);
        EXPECT_TRUE(network.SendData(sender.node, Group(), name));
        network.RunFor(milliseconds{250});
        EXPECT_EQ(Receivers(network, name).count(memberOne.node), 1u) << name;
    }
    EXPECT_EQ(Receivers(network, "o39").count(memberTwo.node), 0u);
}

// It has forgotten all Joins; its new Generation ID brings them back at once (RFC 7761 4.3.1, 4.5.4).
TEST_P(PimDiamond, ARouterThatRestartsIsJoinedAgain)
{
    BothListen();
    Send(10);
    network.Fail(lower);
    network.RunFor(seconds{1});
    network.Restart(lower);
    network.RunFor(seconds{8});
    Send(6);
    EXPECT_EQ(Send(10), 0u);
}

TEST_P(PimDiamond, NothingIsLeftWhenAllHaveLeft)
{
    BothListen();
    Send(10);
    ASSERT_TRUE(network.Leave(memberOne.node, memberOne.port, Group()));
    ASSERT_TRUE(network.Leave(memberTwo.node, memberTwo.port, Group()));
    network.RunFor(seconds{800});
    for (const auto router : {first, upper, lower, one, two})
    {
        EXPECT_EQ(At(router).PimTreeCounts(family).Total(), 0u) << network.Name(router);
        EXPECT_EQ(At(router).ForwardingEntryCount(), 0u) << network.Name(router);
    }
}

INSTANTIATE_TEST_SUITE_P(Families, PimDiamond, testing::Values(Family::Ipv4, Family::Ipv6),
                         [](const auto& item) { return item.param == Family::Ipv4 ? "Ipv4" : "Ipv6"; });

} // namespace
} // namespace mcast
