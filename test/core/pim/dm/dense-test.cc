// SPDX-License-Identifier: GPL-2.0-only
// Dense mode from packets to packets: flood, prune, graft, Assert and State Refresh (RFC 3973 4.2 to 4.6).

#include "../router-fixture.h"

namespace mcast::pim
{
namespace
{

class DenseTest : public PimRouterTest
{
  protected:
    RouterInterfaceConfig InterfaceConfigOf(std::uint32_t link) override
    {
        auto of = PimRouterTest::InterfaceConfigOf(link);
        of.pim->mode = Mode::Dense;
        return of;
    }

    TreeView Flooded(const Address& source, const Address& group) const
    {
        const auto tree = Tree(Kind::Dense, group, source);
        EXPECT_TRUE(tree);
        return tree.value_or(TreeView{});
    }

    /// From neighbour `from` of the link to us, or to its neighbour `to`.
    void HearGraft(std::uint32_t link, const Address& group, const Address& source)
    {
        auto graft = MakeJoinPrune(Us(link), group, {SG(source)}, {}, 0);
        graft.kind = JoinPrune::Kind::Graft;
        HearFrom(link, Neighbor(link, 1), Us(link), graft);
    }

    void HearGraftAck(std::uint32_t link, const Address& group, const Address& source, std::uint32_t number = 1)
    {
        auto ack = MakeJoinPrune(Us(link), group, {SG(source)}, {}, 0);
        ack.kind = JoinPrune::Kind::GraftAck;
        HearFrom(link, Neighbor(link, number), Us(link), ack);
    }

    void HearFrom(std::uint32_t link, const Address& from, const Address& to, const Message& message)
    {
        const PacketMeta meta{from, to, PROTOCOL, 1, TOS_INTERNETWORK_CONTROL, false};
        router->HandlePacket(InterfaceId{link}, meta, Write(meta, message));
        Wait(Duration::zero());
    }

    void HearRefresh(std::uint32_t link, std::uint32_t number, bool prune, std::uint32_t metric = 5)
    {
        StateRefresh refresh;
        refresh.group = G;
        refresh.source = S;
        refresh.originator = OnLink(2, 77);
        refresh.preference = 100;
        refresh.metric = metric;
        refresh.ttl = 64;
        refresh.pruneIndicator = prune;
        Hear(link, Neighbor(link, number), refresh);
    }

    void GreetRefreshing(std::uint32_t link, std::uint32_t number)
    {
        Hello hello;
        hello.holdtime = HOLDTIME_FOREVER;
        hello.generationId = 1;
        hello.lanPruneDelay = LanPruneDelay{};
        hello.stateRefreshInterval = 60;
        Hear(link, Neighbor(link, number), hello);
    }

    /// Data of S, with both routers below not wanting it.
    void FloodAndPrune()
    {
        Start();
        Data(2, S, G);
        Prune(1, SG(S), G);
        Prune(3, SG(S), G);
        EXPECT_EQ(Plane(S, G), "2 >");
    }
};

BOTH_FAMILIES(DenseTest);

// Flood (4.2).

TEST_P(DenseTest, DataGoesToAllNeighboursAndMembers)
{
    Start();
    Data(2, S, G);
    EXPECT_EQ(Plane(S, G), "2 > 1 3");
    EXPECT_EQ(TakeSent(), Lines{});
    Member(4, G);
    EXPECT_EQ(Plane(S, G), "2 > 1 3 4");
    EXPECT_EQ(router->PimTreeCounts(family).dense, 1u);
    EXPECT_EQ(Flooded(S, G).upstreamState, UpstreamState::Forwarding);
}

TEST_P(DenseTest, WithoutARouteNothingIsForwarded)
{
    Start();
    routes.table.erase(Network(9));
    Data(2, S, G);
    EXPECT_EQ(Plane(S, G), "2 >");
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(DenseTest, SourceSpecificGroupsAreNotFlooded)
{
    Start();
    Data(2, S, SSM);
    EXPECT_EQ(Plane(S, SSM), "2 >");
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(DenseTest, EntriesEndWithoutData)
{
    Start();
    Data(2, S, G);
    Wait(seconds{212}); // a packet was counted when the time was over for the first time
    Wait(seconds{212});
    EXPECT_EQ(Trees(), 0u);
    Wait(seconds{422});
    EXPECT_EQ(Plane(S, G), "");
}

// Downstream (4.4.2).

TEST_P(DenseTest, APruneOfALoneNeighbourCountsAtOnceAndEndsByItsHoldtime)
{
    Start();
    Data(2, S, G);
    Prune(3, SG(S), G);
    EXPECT_EQ(Plane(S, G), "2 > 1");
    Wait(seconds{209});
    Data(2, S, G);
    EXPECT_EQ(Plane(S, G), "2 > 1");
    Wait(seconds{2});
    EXPECT_EQ(Plane(S, G), "2 > 1 3");
}

TEST_P(DenseTest, APruneOnALanWaitsForAJoinAndIsEchoed)
{
    Start();
    Greet(3, 2);
    Wait(seconds{6});
    Data(2, S, G);
    Prune(3, SG(S), G);
    EXPECT_EQ(Plane(S, G), "2 > 1 3");
    Wait(seconds{1});
    Hear(3, Neighbor(3, 2), MakeJoinPrune(Us(3), G, {SG(S)}, {}, 210));
    Wait(seconds{10});
    EXPECT_EQ(Plane(S, G), "2 > 1 3");
    EXPECT_EQ(TakeSent(), Lines{});
    Prune(3, SG(S), G);
    Wait(milliseconds{3100});
    EXPECT_EQ(Plane(S, G), "2 > 1");
    EXPECT_EQ(TakeSent(), Lines{"3 US3: -(S,G)"});
    Wait(seconds{206});
    EXPECT_EQ(Plane(S, G), "2 > 1");
    Wait(seconds{2});
    EXPECT_EQ(Plane(S, G), "2 > 1 3"); // 210 s after the Prune, not after the echo
}

TEST_P(DenseTest, AGraftIsAcknowledgedAndHeals)
{
    FloodAndPrune();
    TakeSent();
    HearGraft(3, G, S);
    EXPECT_EQ(Plane(S, G), "2 > 3");
    EXPECT_EQ(TakeSent(), (Lines{"graft-ack N31: +(S,G)", "graft N21: +(S,G)"}));
    EXPECT_EQ(Flooded(S, G).upstreamState, UpstreamState::AckPending);
    Wait(seconds{3});
    EXPECT_EQ(TakeSent(), Lines{"graft N21: +(S,G)"});
    HearGraftAck(2, G, S);
    Wait(seconds{10});
    EXPECT_EQ(TakeSent(), Lines{});
    EXPECT_EQ(Flooded(S, G).upstreamState, UpstreamState::Forwarding);
}

TEST_P(DenseTest, AGraftAckCountsWhateverUpstreamNeighbourItNames)
{
    FloodAndPrune();
    HearGraft(3, G, S);
    TakeSent();
    auto copy = MakeJoinPrune(Neighbor(2, 1), G, {SG(S)}, {}, 0);
    copy.kind = JoinPrune::Kind::GraftAck;
    HearFrom(2, Neighbor(2, 1), Us(2), copy);
    Wait(seconds{10});
    EXPECT_EQ(TakeSent(), Lines{});
    EXPECT_EQ(Flooded(S, G).upstreamState, UpstreamState::Forwarding);
}

TEST_P(DenseTest, ANewOrRestartedNeighbourIsFlooded)
{
    FloodAndPrune();
    Greet(3, 1, 2);
    EXPECT_EQ(Plane(S, G), "2 > 3");
    Greet(1, 2);
    EXPECT_EQ(Plane(S, G), "2 > 1 3");
}

// Upstream (4.4.1).

TEST_P(DenseTest, WhenNobodyWantsItAPruneGoesUpAndAgainWhenDataComesAfterItsLimit)
{
    FloodAndPrune();
    EXPECT_EQ(TakeSent(), Lines{"2 N21: -(S,G)"});
    EXPECT_EQ(Flooded(S, G).upstreamState, UpstreamState::Pruned);
    Data(2, S, G);
    EXPECT_EQ(TakeSent(), Lines{});
    Wait(seconds{100});
    Prune(1, SG(S), G); // the others go on pruning
    Prune(3, SG(S), G);
    Wait(seconds{111});
    EXPECT_EQ(TakeSent(), Lines{});
    Data(2, S, G);
    EXPECT_EQ(TakeSent(), Lines{"2 N21: -(S,G)"});
}

TEST_P(DenseTest, AMemberGraftsAndPrunesFollowItsLeave)
{
    FloodAndPrune();
    TakeSent();
    Member(4, G);
    EXPECT_EQ(TakeSent(), Lines{"graft N21: +(S,G)"});
    HearGraftAck(2, G, S);
    EXPECT_EQ(Plane(S, G), "2 > 4");
}

TEST_P(DenseTest, AnotherRoutersPruneIsOverridden)
{
    Start();
    Greet(2, 2);
    Wait(seconds{6});
    Data(2, S, G);
    Overhear(2, 1, G, {}, {SG(S)});
    Wait(milliseconds{2600});
    EXPECT_EQ(TakeSent(), Lines{"2 N21: +(S,G)"});
    Overhear(2, 1, G, {}, {SG(S)});
    Overhear(2, 1, G, {SG(S)});
    Wait(seconds{5});
    EXPECT_EQ(TakeSent(), Lines{});
}

TEST_P(DenseTest, AnotherWayIsGrafted)
{
    Start();
    Data(2, S, G);
    routes.table[Network(9)] = {InterfaceId{1}, Neighbor(1, 1), 10, 110};
    router->HandleRouteChange(Network(9));
    Wait(Duration::zero());
    EXPECT_EQ(TakeSent(), Lines{"graft N11: +(S,G)"});
    EXPECT_EQ(Plane(S, G), "1 > 2 3");
}

// Assert (4.6).

TEST_P(DenseTest, DataOnADownstreamLinkIsAsserted)
{
    Start();
    Data(2, S, G);
    Data(3, S, G);
    EXPECT_EQ(TakeSent(), Lines{"3 assert (S,G) 110/10"});
    HearAssert(3, 1, G, S, false, 110, 20);
    EXPECT_EQ(TakeSent(), Lines{"3 assert (S,G) 110/10"});
    EXPECT_EQ(Plane(S, G), "2 > 1 3");
    HearAssert(3, 1, G, S, false, 110, 5);
    EXPECT_EQ(TakeSent(), Lines{"3 N31: -(S,G)"});
    EXPECT_EQ(Plane(S, G), "2 > 1");
    HearJoinPrune(3, G, {SG(S)});
    EXPECT_EQ(TakeSent(), Lines{"3 assert (S,G) 110/10"});
    Wait(seconds{181});
    EXPECT_EQ(Plane(S, G), "2 > 1 3");
}

TEST_P(DenseTest, AWinnersTimeEndsWithoutAWord)
{
    Start();
    Data(2, S, G);
    Data(3, S, G);
    TakeSent();
    Wait(seconds{181});
    EXPECT_EQ(TakeSent(), Lines{});
    EXPECT_EQ(Flooded(S, G).interfaces.at(1).assertState, AssertState::NoInfo);
}

TEST_P(DenseTest, AWinnerThatForwardsOnIsPrunedAgain)
{
    Start();
    Data(2, S, G);
    HearRefresh(3, 1, false, 5);
    EXPECT_EQ(TakeSent(), Lines{"3 N31: -(S,G)"});
    for (int i = 0; i < 3; ++i)
    {
        Wait(seconds{60});
        HearRefresh(3, 1, false, 5);
        Data(3, S, G);
        EXPECT_EQ(TakeSent(), Lines{}); // not before t_limit
    }
    Wait(seconds{31});
    HearRefresh(3, 1, true, 5);
    EXPECT_EQ(TakeSent(), Lines{});
    HearRefresh(3, 1, false, 5);
    EXPECT_EQ(TakeSent(), Lines{"3 N31: -(S,G)"});
}

TEST_P(DenseTest, WithoutDataTheEndOfAnAssertIsTheEndOfAll)
{
    Start();
    Greet(2, 2);
    Wait(seconds{6});
    Prune(3, SG(S), G); // state without data
    HearAssert(2, 2, G, S, false, 110, 1);
    EXPECT_EQ(Flooded(S, G).upstream, Neighbor(2, 2));
    HearGraftAck(2, G, S, 2);
    TakeSent();
    Wait(seconds{240});
    EXPECT_EQ(TakeSent(), Lines{});
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(DenseTest, AnOverheardJoinLeavesNothingBehind)
{
    Start();
    Greet(2, 2);
    Wait(seconds{6});
    HearJoinPrune(3, G, {}, {SG(S)}, 1);
    Overhear(2, 1, G, {}, {SG(S)});
    Wait(seconds{1}); // the Prune is over, the answer is not sent yet
    Overhear(2, 1, G, {SG(S)});
    Wait(seconds{5});
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(DenseTest, DataIsToldAgainAfterItsStateEnded)
{
    Start();
    Data(2, S, G);
    routes.table.erase(Network(9));
    router->HandleRouteChange(Network(9));
    Wait(seconds{430});
    EXPECT_EQ(Trees(), 0u);
    packets[{S, G}] += 1; // the cache's entry lives on
    routes.table[Network(9)] = {InterfaceId{2}, Neighbor(2, 1), 10, 110};
    router->HandleRouteChange(Network(9));
    Wait(Duration::zero());
    Data(2, S, G);
    EXPECT_EQ(Trees(), 1u);
    EXPECT_EQ(Plane(S, G), "2 > 1 3");
}

// State Refresh (4.5).

TEST_P(DenseTest, TheFirstHopOriginatesWhileDataComes)
{
    Start();
    const auto local = OnLink(4, 60);
    Data(4, local, G);
    EXPECT_EQ(Plane(local, G), "4 > 1 2 3");
    EXPECT_TRUE(Flooded(local, G).originator);
    Wait(seconds{61});
    const auto told = TakeSent();
    ASSERT_EQ(told.size(), 3u);
    EXPECT_EQ(told[0], "1 refresh (" + local.ToString() + ",G) 0/0 ttl 255 O");
    Wait(seconds{60});
    TakeSent();
    Wait(seconds{60});
    EXPECT_EQ(TakeSent().at(0), "1 refresh (" + local.ToString() + ",G) 0/0 ttl 255 N O");
    Wait(seconds{500});
    TakeSent();
    Wait(seconds{100});
    EXPECT_EQ(TakeSent(), Lines{});
}

TEST_P(DenseTest, RefreshesKeepPrunesAndAreForwarded)
{
    Start();
    GreetRefreshing(3, 1);
    Wait(seconds{6});
    Data(2, S, G);
    Prune(1, SG(S), G);
    Prune(3, SG(S), G);
    TakeSent();
    for (int i = 0; i < 6; ++i)
    {
        Wait(seconds{60});
        HearRefresh(2, 1, false);
    }
    const auto told = TakeSent();
    EXPECT_EQ(told.at(0), "1 refresh (S,G) 110/10 ttl 63 P O"); // its neighbour forgets in spite of it
    EXPECT_EQ(told.at(1), "3 refresh (S,G) 110/10 ttl 63 P O");
    EXPECT_EQ(Plane(S, G), "2 > 1");
    HearRefresh(2, 1, false);
    EXPECT_EQ(TakeDropped(), Lines{"too-soon"});
}

TEST_P(DenseTest, ARefreshThatSaysPrunedIsOverridden)
{
    Start();
    Data(2, S, G);
    HearRefresh(2, 1, true);
    TakeSent();
    Wait(seconds{3});
    EXPECT_EQ(TakeSent(), Lines{"2 N21: +(S,G)"});
}

TEST_P(DenseTest, ARefreshDecidesWhoForwards)
{
    Start();
    Data(2, S, G);
    HearRefresh(3, 1, false, 5);
    EXPECT_EQ(Plane(S, G), "2 > 1");
    EXPECT_EQ(TakeSent(), Lines{"3 N31: -(S,G)"});
    Wait(seconds{179});
    EXPECT_EQ(Plane(S, G), "2 > 1");
    Wait(seconds{2});
    EXPECT_EQ(Plane(S, G), "2 > 1 3");
}

// Modes.

class MixedModeTest : public PimRouterTest
{
  protected:
    RouterInterfaceConfig InterfaceConfigOf(std::uint32_t link) override
    {
        auto of = PimRouterTest::InterfaceConfigOf(link);
        of.pim->mode = link == 1 ? Mode::Sparse : Mode::SparseDense;
        return of;
    }
};

BOTH_FAMILIES(MixedModeTest);

TEST_P(MixedModeTest, ADenseGroupHasNoRp)
{
    config.denseGroups = {Prefix{H, 128}};
    config.staticRps = {{OnLink(4, 5), Groups(), false}}; // us
    Start();
    EXPECT_EQ(router->PimRp(G), OnLink(4, 5));
    EXPECT_EQ(router->PimRp(H), std::nullopt);
    const Register registered{false, false, Packet(S, H)};
    HearRouted(OnLink(1, 9), OnLink(4, 5), registered);
    EXPECT_EQ(Trees(), 0u);
    EXPECT_EQ(decapsulated.size(), 0u);
}

TEST_P(MixedModeTest, EachGroupGoesItsWay)
{
    config.denseGroups = {Prefix{H, 128}};
    Start();
    Join(3, StarG(), G);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(*,G)"});
    Data(2, S, H);
    EXPECT_EQ(Plane(S, H), "2 > 3"); // link 1 has sparse neighbours only
    Data(1, S, G);
    EXPECT_EQ(Plane(S, G), "1 > 3");
    Join(3, StarG(), H);
    Prune(3, SG(S), H);
    EXPECT_EQ(Plane(S, H), "2 >");
    EXPECT_EQ(TakeSent(), Lines{"2 N21: -(S,H)"});
    HearJoinPrune(1, H, {SG(S)});
    EXPECT_EQ(TakeDropped(), Lines{"not-enabled"});
}

} // namespace
} // namespace mcast::pim
