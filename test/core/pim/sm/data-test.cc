// SPDX-License-Identifier: GPL-2.0-only
// The rules for data packets over the forwarding cache, the SPTbit and the switch to the source's tree
// (RFC 7761 4.2, 4.2.1, 4.2.2).

#include "../router-fixture.h"

namespace mcast::pim
{
namespace
{

class DataTest : public PimRouterTest
{
  protected:
    bool SptBit(const Address& source) const
    {
        const auto tree = Tree(Kind::SG, G, source);
        return tree && tree->sptBit;
    }
};

BOTH_FAMILIES(DataTest);

// Which tree data goes by.

TEST_P(DataTest, OfTheSharedTreeItComesInTowardsTheRp)
{
    Start();
    Join(3, StarG(), G);
    Data(1, S, G);
    EXPECT_EQ(Plane(S, G), "1 > 3");
    EXPECT_FALSE(Tree(Kind::SG, G, S)); // no member here: who joined decides about his tree
    Member(4, H);
    Join(4, StarG(), G);
    EXPECT_EQ(TakeDropped(), Lines{"not-neighbor"});
    Greet(4, 1);
    Join(4, StarG(), G);
    EXPECT_EQ(Plane(S, G), "1 > 3 4");
}

TEST_P(DataTest, WithoutAnyTreeItStopsHere)
{
    Start();
    Data(1, S, G);
    EXPECT_EQ(Plane(S, G), "2 >"); // towards the source: nobody asked for it
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(DataTest, FromAWrongSideItIsNotForwarded)
{
    Start();
    Join(3, StarG(), G);
    Data(4, S, G);
    EXPECT_EQ(Plane(S, G), "1 > 3");
    Data(3, T, G);
    EXPECT_EQ(Plane(T, G), "1 > 3");
}

TEST_P(DataTest, PrunedSourcesDontGoOut)
{
    Start();
    Join(3, StarG(), G);
    Data(1, S, G);
    Data(1, T, G);
    HearJoinPrune(3, G, {StarG()}, {Rpt(S)});
    EXPECT_EQ(Plane(S, G), "1 >");
    EXPECT_EQ(Plane(T, G), "1 > 3");
    HearJoinPrune(3, G, {StarG()}, {});
    EXPECT_EQ(Plane(S, G), "1 > 3");
}

TEST_P(DataTest, BoundariesAreKept)
{
    Start();
    auto inside = InterfaceConfigOf(3);
    inside.boundaries = {Prefix{G, 128}};
    ASSERT_TRUE(router->Configure(InterfaceId{3}, inside));
    Join(3, StarG(), G);
    EXPECT_EQ(TakeDropped(), Lines{"boundary"});
    EXPECT_EQ(Trees(), 0u);
    Data(3, OnLink(3, 77), G);
    EXPECT_EQ(Trees(), 0u);
}

// Update_SPTbit.

TEST_P(DataTest, TheBitIsSetForADirectlyConnectedSource)
{
    Start();
    Join(3, StarG(), G);
    Data(4, OnLink(4, 77), G);
    EXPECT_TRUE(SptBit(OnLink(4, 77)));
    EXPECT_EQ(Plane(OnLink(4, 77), G), "4 > 3 R");
}

TEST_P(DataTest, TheBitIsSetWhereTheWaysPart)
{
    Start();
    Join(3, StarG(), G);
    Join(3, SG(S), G);
    EXPECT_FALSE(SptBit(S));
    Data(1, S, G); // by the shared tree, as yet
    EXPECT_FALSE(SptBit(S));
    EXPECT_EQ(Plane(S, G), "1 > 3");
    Data(2, S, G);
    EXPECT_TRUE(SptBit(S));
    EXPECT_EQ(Plane(S, G), "2 > 3");
}

TEST_P(DataTest, TheBitIsSetOnTheSameInterfaceIfNobodyWantsItByTheSharedTree)
{
    routes.table[Network(9)] = {InterfaceId{1}, Neighbor(1, 2), 10, 110};
    Start();
    Greet(1, 2);
    Join(3, SG(S), G);
    Data(1, S, G);
    EXPECT_TRUE(SptBit(S)); // inherited_olist(S,G,rpt) is empty
    EXPECT_EQ(Plane(S, G), "1 > 3");
}

TEST_P(DataTest, TheBitIsSetOnTheSameInterfaceBehindTheSameNeighbor)
{
    routes.table[Network(9)] = {InterfaceId{1}, Neighbor(1, 1), 10, 110};
    Start();
    Join(3, StarG(), G);
    Join(3, SG(S), G);
    Data(1, S, G);
    EXPECT_TRUE(SptBit(S));
}

TEST_P(DataTest, TheBitIsNotSetOnTheSameInterfaceBehindAnotherNeighbor)
{
    routes.table[Network(9)] = {InterfaceId{1}, Neighbor(1, 2), 10, 110};
    Start();
    Greet(1, 2);
    Join(3, StarG(), G);
    Join(3, SG(S), G);
    Data(1, S, G); // who of the two sent it?
    EXPECT_FALSE(SptBit(S));
    EXPECT_EQ(Plane(S, G), "1 > 3");
    HearAssert(1, 2, G, S, false, 100, 1); // this answers it
    EXPECT_TRUE(SptBit(S));
}

TEST_P(DataTest, WhereBothTreesComeInByOneLinkThoseWhoJoinedTheSourceGetItToo)
{
    routes.table[Network(9)] = {InterfaceId{1}, Neighbor(1, 2), 10, 110};
    Start();
    Greet(1, 2);
    Member(4, G);
    Join(3, SG(S), G);
    Data(1, S, G); // no Assert says by which of them, if the RP's neighbour has it from that link itself
    EXPECT_FALSE(SptBit(S));
    EXPECT_EQ(Plane(S, G), "1 > 3 4");
}

TEST_P(DataTest, TheBitIsNotSetWhereTheTreeIsNotDesired)
{
    Start();
    Data(2, S, G);
    EXPECT_FALSE(Tree(Kind::SG, G, S));
    HearJoinPrune(3, G, {}, {Rpt(S)});
    Data(2, S, G);
    EXPECT_FALSE(SptBit(S));
}

TEST_P(DataTest, TheBitIsNotSetByWhatKeepsComingByTheSharedTree)
{
    Start();
    Member(4, G);
    Data(1, S, G);
    for (int i = 0; i < 10; ++i)
    {
        Report(4, RecordType::IsEx, G);
        ++packets[{S, G}];
        Wait(seconds{50}); // Keepalive Timers end and are started again
        ASSERT_TRUE(Tree(Kind::SG, G, S) && Tree(Kind::SG, G, S)->joined);
        EXPECT_FALSE(SptBit(S));
        EXPECT_EQ(Plane(S, G), "1 > 4");
    }
}

// The switch of a last hop.

TEST_P(DataTest, TheFirstPacketAtALastHopJoinsTheSource)
{
    Start();
    Member(4, G);
    Forget();
    Data(1, S, G);
    EXPECT_EQ(TakeSent(), Lines{"2 N21: +(S,G)"});
    EXPECT_EQ(Plane(S, G), "1 > 4"); // still by the shared tree
    Data(1, S, G);
    EXPECT_EQ(Plane(S, G), "1 > 4");
    Data(2, S, G);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: -(S,G,rpt)"});
    EXPECT_EQ(Plane(S, G), "2 > 4");
}

TEST_P(DataTest, NeverMeansTheSharedTreeForEver)
{
    config.sptSwitchover.when = SptSwitchover::When::Never;
    Start();
    Member(4, G);
    Forget();
    Data(1, S, G);
    Wait(seconds{30});
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_EQ(Plane(S, G), "1 > 4");
    EXPECT_FALSE(Tree(Kind::SG, G, S));
}

TEST_P(DataTest, AtARateOnlyASourceThatReachesIt)
{
    config.sptSwitchover = {SptSwitchover::When::AtRate, 1000}; // 10 packets of 100 octets a second
    Start();
    Member(4, G);
    Data(1, S, G);
    Data(1, T, G);
    Forget();
    for (int second = 0; second < 10; ++second)
    {
        packets[{S, G}] += 2;
        packets[{T, G}] += 20;
        Wait(seconds{1});
    }
    EXPECT_FALSE(Tree(Kind::SG, G, S));
    ASSERT_TRUE(Tree(Kind::SG, G, T));
    EXPECT_TRUE(Tree(Kind::SG, G, T)->joined);
    EXPECT_EQ(TakeSent().at(0), "2 N21: +(T,G)");
}

TEST_P(DataTest, ASourceThatFallsSilentIsForgotten)
{
    Start();
    Member(4, G);
    Data(1, S, G);
    Data(2, S, G);
    Wait(seconds{100});
    Report(4, RecordType::IsEx, G); // the member is still there
    ++packets[{S, G}];
    Wait(seconds{115});
    ASSERT_TRUE(Tree(Kind::SG, G, S)); // there was a packet since
    Report(4, RecordType::IsEx, G);
    Wait(seconds{110});
    Report(4, RecordType::IsEx, G);
    Wait(seconds{120});
    EXPECT_FALSE(Tree(Kind::SG, G, S) && Tree(Kind::SG, G, S)->joined);
}

// Source-specific groups.

TEST_P(DataTest, SourceSpecificGroupsHaveOnlySourcesTrees)
{
    Start();
    Join(3, SG(S), SSM);
    Data(2, S, SSM);
    EXPECT_EQ(Plane(S, SSM), "2 > 3");
    Data(1, T, SSM); // nobody joined that one
    EXPECT_EQ(Plane(T, SSM), "2 >");
    Join(3, StarG(), SSM);
    EXPECT_EQ(TakeDropped(), Lines{"ssm-group"});
    EXPECT_FALSE(Tree(Kind::StarG, SSM));
    EXPECT_FALSE(Tree(Kind::SGRpt, SSM, T));
}

TEST_P(DataTest, SourceSpecificGroupsAreNotRegistered)
{
    Start();
    Data(4, OnLink(4, 77), SSM);
    EXPECT_EQ(Plane(OnLink(4, 77), SSM), "4 >");
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(DataTest, RoutesAreFollowed)
{
    Start();
    Join(3, SG(S), SSM, HOLDTIME_FOREVER);
    Data(2, S, SSM);
    routes.table[Network(9)] = {InterfaceId{1}, Neighbor(1, 1), 10, 110};
    router->HandleRouteChange(Network(9));
    Drain();
    EXPECT_EQ(Plane(S, SSM), "1 > 3");
    Join(4, SG(S), SSM);
    Greet(4, 1);
    Join(4, SG(S), SSM);
    EXPECT_EQ(Plane(S, SSM), "1 > 3 4");
}

} // namespace
} // namespace mcast::pim
