// SPDX-License-Identifier: GPL-2.0-only
// The upstream (S,G,rpt) machine: each row of its table (RFC 7761 4.5.6, 4.5.7).

#include "../router-fixture.h"

namespace mcast::pim
{
namespace
{

class UpstreamRptTest : public PimRouterTest
{
  protected:
    // NotPruned: joined to the RP's tree for link 3.
    void StartJoined()
    {
        Start();
        Greet(1, 2);
        Join(3, StarG(), G, HOLDTIME_FOREVER);
        Forget();
    }

    // Pruned: link 3 does not want S.
    void StartPruned()
    {
        StartJoined();
        HearJoinPrune(3, G, {StarG()}, {Rpt(S)}, HOLDTIME_FOREVER);
        ASSERT_TRUE(Tree(Kind::SGRpt, G, S));
        ASSERT_FALSE(Tree(Kind::SGRpt, G, S)->joined);
        Forget();
    }

    void ExpectSentWithin(const std::string& line, Duration time)
    {
        Wait(time);
        EXPECT_EQ(TakeSent(), Lines{line});
    }
};

BOTH_FAMILIES(UpstreamRptTest);

TEST_P(UpstreamRptTest, NotPrunedToPrunedSendsAPrune)
{
    StartJoined();
    EXPECT_FALSE(Tree(Kind::SGRpt, G, S));
    HearJoinPrune(3, G, {StarG()}, {Rpt(S)}, HOLDTIME_FOREVER);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: -(S,G,rpt)"});
    const auto tree = Tree(Kind::SGRpt, G, S);
    ASSERT_TRUE(tree);
    EXPECT_FALSE(tree->joined);
    EXPECT_TRUE(tree->joinDesired); // PruneDesired
}

TEST_P(UpstreamRptTest, PrunedToNotPrunedSendsAJoin)
{
    StartPruned();
    HearJoinPrune(3, G, {StarG()}, {}, HOLDTIME_FOREVER); // does not repeat the prune
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(S,G,rpt)"});
    EXPECT_FALSE(Tree(Kind::SGRpt, G, S));
}

TEST_P(UpstreamRptTest, PrunedEndsWithTheSharedTreeWithoutAWord)
{
    StartPruned();
    Prune(3, StarG(), G);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: -(*,G)"});
    const auto tree = Tree(Kind::SGRpt, G, S);
    EXPECT_TRUE(!tree || !tree->joinDesired);
}

TEST_P(UpstreamRptTest, ASourceThatIsPrunedBeforeTheSharedTreeIsJoinedIsPrunedWithTheJoin)
{
    Start();
    HearJoinPrune(3, G, {}, {Rpt(S)}, HOLDTIME_FOREVER);
    EXPECT_TRUE(TakeSent().empty()); // RPTNotJoined
    HearJoinPrune(3, G, {StarG()}, {Rpt(S)}, HOLDTIME_FOREVER);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(*,G) -(S,G,rpt)"});
}

TEST_P(UpstreamRptTest, PeriodicJoinsRepeatThePrunes)
{
    StartPruned();
    Wait(seconds{61});
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(*,G) -(S,G,rpt)"});
}

TEST_P(UpstreamRptTest, PrunesGoAlongToAnotherUpstreamNeighbor)
{
    StartPruned();
    routes.table[Prefix{RP, 128}] = {InterfaceId{2}, Neighbor(2, 1), 20, 110};
    router->HandleRouteChange(Prefix{RP, 128});
    Drain();
    EXPECT_EQ((std::set<std::string>(sent.begin(), sent.end())),
              (std::set<std::string>{"1 N11: -(*,G)", "2 N21: +(*,G) -(S,G,rpt)"}));
}

TEST_P(UpstreamRptTest, AnotherInterfaceThatWantsTheSourceKeepsIt)
{
    StartJoined();
    Member(4, G);
    Forget();
    HearJoinPrune(3, G, {StarG()}, {Rpt(S)}, HOLDTIME_FOREVER);
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_FALSE(Tree(Kind::SGRpt, G, S)->joinDesired);
    EXPECT_FALSE(On(3, Kind::SGRpt, G, S)->outgoing);
    EXPECT_EQ(Downstream(3, Kind::SGRpt, G, S), DownstreamState::Prune);
}

TEST_P(UpstreamRptTest, MembersThatExcludeASourcePruneItUpstream)
{
    Start();
    Report(4, RecordType::ToEx, G, {S});
    Forget();
    Data(1, S, G); // nobody wants it: pim_exclude(S,G)
    Wait(seconds{61});
    const auto lines = TakeSent();
    ASSERT_FALSE(lines.empty());
    EXPECT_NE(Plane(S, G), "1 > 4");
}

TEST_P(UpstreamRptTest, APruneOfAnotherIsOverridden)
{
    StartJoined();
    Overhear(1, 1, G, {}, {Rpt(S)});
    ExpectSentWithin("1 N11: +(S,G,rpt)", milliseconds{2500});
    Wait(seconds{20});
    Forget();
    Overhear(1, 1, G, {}, {SG(T)}); // Prune(S,G) to RPF'(S,G,rpt)
    ExpectSentWithin("1 N11: +(T,G,rpt)", milliseconds{2500});
    Wait(seconds{10});
    EXPECT_FALSE(Tree(Kind::SGRpt, G, S)); // nothing is kept of it
}

TEST_P(UpstreamRptTest, APruneToSomebodyElseIsNot)
{
    StartJoined();
    Overhear(1, 2, G, {}, {Rpt(S)});
    Overhear(2, 1, G, {}, {Rpt(S)});
    Wait(seconds{4});
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(UpstreamRptTest, AJoinOfAThirdMakesOursNeedless)
{
    StartJoined();
    Greet(1, 3);
    Forget();
    Overhear(1, 1, G, {}, {Rpt(S)});
    Overhear(1, 1, G, {Rpt(S)});
    Wait(seconds{4});
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(UpstreamRptTest, WhatWePruneOurselvesIsNotOverridden)
{
    StartPruned();
    Overhear(1, 1, G, {}, {Rpt(S)});
    Wait(seconds{4});
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(UpstreamRptTest, WhenAWinnerOfTheSourceIsGoneTheRpsNeighborHearsOfIt)
{
    StartJoined();
    HearAssert(1, 2, G, S, false, 110, 5); // N12 forwards S
    ASSERT_TRUE(Tree(Kind::SGRpt, G, S));
    EXPECT_EQ(Tree(Kind::SGRpt, G, S)->upstream, Neighbor(1, 2));
    EXPECT_EQ(Tree(Kind::StarG, G)->upstream, Neighbor(1, 1));
    Forget();
    Greet(1, 2, 99); // RPF'(S,G,rpt) is RPF'(*,G) again
    ExpectSentWithin("1 N11: +(S,G,rpt)", milliseconds{2500});
}

TEST_P(UpstreamRptTest, WhileAWinnerForwardsTheSourceThePeriodicJoinPrunesIt)
{
    StartJoined();
    HearAssert(1, 2, G, S, false, 110, 5);
    Forget();
    Wait(seconds{61});
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(*,G) -(S,G,rpt)"});
}

TEST_P(UpstreamRptTest, TheSourcesOwnTreeOnAnotherWayPrunesTheShared)
{
    StartJoined();
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    Forget();
    Data(2, S, G);
    EXPECT_TRUE(Tree(Kind::SG, G, S)->sptBit);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: -(S,G,rpt)"});
    Prune(3, SG(S), G); // link 3 wants it by the RP's tree again, and by the source's as long as data comes
    EXPECT_TRUE(Tree(Kind::SG, G, S)->joined);
}

TEST_P(UpstreamRptTest, OnTheSameWayTheSharedTreeIsNotPruned)
{
    routes.table[Network(9)] = {InterfaceId{1}, Neighbor(1, 1), 10, 110};
    StartJoined();
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    Forget();
    Data(1, S, G);
    EXPECT_TRUE(Tree(Kind::SG, G, S)->sptBit);
    EXPECT_TRUE(TakeSent().empty());
}

} // namespace
} // namespace mcast::pim
