// SPDX-License-Identifier: GPL-2.0-only
// Sparse mode over a few routers: the tree of the RP, Registers, the change to the source's tree, and the end of it all.

#include "sim-fixture.h"

namespace mcast
{
namespace
{

// sender - r1 - rp - r3 - member, and a shorter way from r1 to r3:
//
//   lan 1      lan 2       lan 3       lan 4
//   sender -- r1 -- rp -- r3 -- member
//              \---- lan 5 ---/
class PimChain : public testing::TestWithParam<Family>
{
  protected:
    PimChain()
        : family(GetParam())
    {
        for (unsigned i = 1; i <= 5; ++i)
        {
            lans.push_back(std::make_unique<TestLan>(network, i, LanOptions{}, family));
        }
    }

    // Who is attached to a LAN, in order, has the addresses .1, .2, ...
    void Build(const pim::RouterConfig& common = {})
    {
        config = common;
        config.family = family;
        config.staticRps = {{On(2, 2), Groups(), false}};
        r1 = network.AddRouter("r1");
        rp = network.AddRouter("rp");
        r3 = network.AddRouter("r3");
        sender = Lan(1).AddHost("sender");
        Attach(1, r1);
        Attach(2, r1);
        Attach(2, rp);
        Attach(3, rp);
        Attach(3, r3);
        member = Lan(4).AddHost("member");
        Attach(4, r3);
        Attach(5, r1);
        Attach(5, r3);
        // Everybody by the RP's side of the ring, but sources and r1 from r3 by the short way.
        Route(r1, 3, 2, 2);
        Route(r1, 4, 5, 2);
        Route(rp, 1, 2, 1);
        Route(rp, 4, 3, 2);
        Route(r3, 1, 5, 1);
        Route(r3, 2, 3, 1);
        for (const auto router : {r1, rp, r3})
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

    Prefix Subnet(unsigned lan) const
    {
        return Prefix{On(lan, 0), family == Family::Ipv4 ? 24u : 64u};
    }

    Prefix Groups() const
    {
        return Prefix::Parse(family == Family::Ipv4 ? "224.0.0.0/4" : "ff00::/8").value();
    }

    std::string Group() const
    {
        return family == Family::Ipv4 ? "239.1.2.3" : "ff1e::123";
    }

    // To a LAN, by the .host of another.
    void Route(NodeId router, unsigned to, unsigned by, unsigned host)
    {
        const auto nextHop = family == Family::Ipv4 ? On(by, host) : Ip("fe80::" + std::to_string(host));
        network.OnStart(router, [this, to, by, host, nextHop](SimNode& node) {
            InterfaceId out;
            for (std::uint32_t port = 1; port <= 4; ++port)
            {
                const auto* state = node.FindPort(InterfaceId{port});
                if (state != nullptr && state->IsOnSubnet(On(by, host)))
                {
                    out = InterfaceId{port};
                }
            }
            node.AddUnicastRoute(Subnet(to), {out, nextHop, 1, 1});
        });
    }

    std::size_t Send(unsigned from, unsigned count)
    {
        for (unsigned i = 0; i < count; ++i)
        {
            EXPECT_TRUE(network.SendData(sender.node, Group(), "p" + std::to_string(from + i)));
            network.RunFor(milliseconds{5});
        }
        return from + count;
    }

    void ExpectOnceEach(unsigned from, unsigned to)
    {
        for (unsigned i = from; i < to; ++i)
        {
            const auto got = Receivers(network, "p" + std::to_string(i));
            const std::map<NodeId, int> expected{{member.node, 1}};
            EXPECT_EQ(got, expected) << "packet " << i;
        }
    }

    std::optional<pim::TreeView> Tree(NodeId router, pim::TreeView::Kind kind)
    {
        for (const auto& tree : network.Node(router).GetRouter()->PimTrees(family))
        {
            if (tree.kind == kind)
            {
                return tree;
            }
        }
        return std::nullopt;
    }

    Family family;
    SimNetwork network{7};
    std::vector<std::unique_ptr<TestLan>> lans;
    pim::RouterConfig config;
    NodeId r1, rp, r3;
    Place sender, member;
};

using Kind = pim::TreeView::Kind;

TEST_P(PimChain, DataGoesByTheRpThenByTheShortestPathAndEndsWithTheMember)
{
    Build();
    ASSERT_TRUE(network.Listen(member.node, member.port, Group()));
    network.RunFor(seconds{2});
    ASSERT_TRUE(Tree(r3, Kind::StarG));
    EXPECT_TRUE(Tree(r3, Kind::StarG)->joined);
    ASSERT_TRUE(Tree(rp, Kind::StarG));
    Send(0, 40);
    ExpectOnceEach(0, 40);
    const auto tree = Tree(r3, Kind::SG);
    ASSERT_TRUE(tree);
    EXPECT_TRUE(tree->sptBit);
    EXPECT_EQ(Tree(r1, Kind::SG)->registerState, pim::RegisterState::Prune);
    ASSERT_TRUE(network.Leave(member.node, member.port, Group()));
    network.RunFor(seconds{5});
    EXPECT_FALSE(Tree(r3, Kind::StarG) && Tree(r3, Kind::StarG)->joined);
    network.ClearRecords();
    Send(100, 5);
    network.RunFor(seconds{700});
    for (const auto router : {r1, rp, r3})
    {
        EXPECT_EQ(network.Node(router).GetRouter()->PimTreeCounts(family).Total(), 0u) << network.Name(router);
        EXPECT_EQ(network.Node(router).GetRouter()->ForwardingEntryCount(), 0u) << network.Name(router);
    }
}

TEST_P(PimChain, WithoutSwitchoverDataStaysOnTheTreeOfTheRp)
{
    pim::RouterConfig common;
    common.sptSwitchover.when = pim::SptSwitchover::When::Never;
    Build(common);
    ASSERT_TRUE(network.Listen(member.node, member.port, Group()));
    network.RunFor(seconds{2});
    Send(0, 40);
    ExpectOnceEach(0, 40);
    EXPECT_FALSE(Tree(r3, Kind::SG));
    EXPECT_EQ(Tree(r1, Kind::SG)->registerState, pim::RegisterState::Join);
}

TEST_P(PimChain, AMemberThatNamesItsSourceNeedsNoRp)
{
    Build();
    const auto group = family == Family::Ipv4 ? "232.1.2.3" : "ff3e::123";
    ASSERT_TRUE(network.Listen(member.node, member.port, group, FilterMode::Include, {On(1, 1).ToString()}));
    network.RunFor(seconds{2});
    for (int i = 0; i < 10; ++i)
    {
        EXPECT_TRUE(network.SendData(sender.node, group, "s" + std::to_string(i)));
        network.RunFor(milliseconds{5});
        EXPECT_EQ(Receivers(network, "s" + std::to_string(i)), (std::map<NodeId, int>{{member.node, 1}}));
    }
    EXPECT_FALSE(Tree(rp, Kind::SG));
    EXPECT_FALSE(Tree(r3, Kind::StarG));
}

// RFC 9465: probes of many sources go together if the RP says that it takes that, and are answered together.
TEST_P(PimChain, ProbesOfManySourcesShareAMessageIfTheRpOffersIt)
{
    const auto probe = [this](bool offer) {
        pim::RouterConfig common;
        common.offerPacking = offer;
        Build(common);
        constexpr int nGroups = 40;
        for (int i = 0; i < 60; ++i)
        {
            const auto group = family == Family::Ipv4 ? "239.1.3." + std::to_string(i % nGroups)
                                                      : "ff1e::3:" + std::to_string(i % nGroups);
            EXPECT_TRUE(network.SendData(sender.node, group, "x"));
            network.RunFor(milliseconds{10});
        }
        network.RunFor(seconds{100});
        const auto views = network.Node(rp).GetRouter()->PimInterfaces(family);
        EXPECT_EQ(network.Node(r1).GetRouter()->PimTreeCounts(family).sG, static_cast<std::size_t>(nGroups));
        EXPECT_EQ(network.Node(rp).GetRouter()->PimTreeCounts(family).sG, static_cast<std::size_t>(nGroups));
        std::uint64_t received = 0;
        for (const auto& view : views)
        {
            received += view.counters.received[static_cast<std::size_t>(MessageKind::PimRegister)];
        }
        return received;
    };
    const auto packed = probe(true);
    EXPECT_GE(packed, 40u); // the first packet of each group comes alone
    EXPECT_LT(packed, 40u + 20u);
}

INSTANTIATE_TEST_SUITE_P(Families, PimChain, testing::Values(Family::Ipv4, Family::Ipv6),
                         [](const auto& item) { return item.param == Family::Ipv4 ? "Ipv4" : "Ipv6"; });

} // namespace
} // namespace mcast
