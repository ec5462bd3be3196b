// SPDX-License-Identifier: GPL-2.0-only
// Asserts of a router: which machine they go to, what they do to forwarding and upstream (RFC 7761 4.6).

#include "../router-fixture.h"
#include "pim/assert.h"

namespace mcast::pim
{
namespace
{

constexpr std::uint32_t INFINITE_METRIC = AssertMetric::INFINITE_METRIC;
constexpr std::uint32_t INFINITE_PREFERENCE = AssertMetric::INFINITE_PREFERENCE;

class AssertsTest : public PimRouterTest
{
  protected:
    // Link 3 is joined to the RP's tree and has two neighbours.
    void StartShared()
    {
        Start();
        Greet(3, 2);
        Join(3, StarG(), G, HOLDTIME_FOREVER);
        Data(1, S, G);
        Forget();
        ASSERT_EQ(Plane(S, G), "1 > 3");
    }

    // Link 3 is joined to the source's tree, and its SPTbit is set.
    void StartSource()
    {
        Start();
        Greet(3, 2);
        Join(3, SG(S), G, HOLDTIME_FOREVER);
        Data(2, S, G);
        Forget();
        ASSERT_TRUE(Tree(Kind::SG, G, S)->sptBit);
        ASSERT_EQ(Plane(S, G), "2 > 3");
    }
};

BOTH_FAMILIES(AssertsTest);

TEST_P(AssertsTest, DataWhereItGoesOutOfTheSharedTreeIsAssertedForTheGroup)
{
    StartShared();
    Data(3, S, G);
    EXPECT_EQ(TakeSent(), Lines{"3 assert (S,G) rpt 110/20"}); // it names the source whose data led to it
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::Winner);
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::NoInfo);
    EXPECT_EQ(On(3, Kind::StarG, G)->assertWinner, Us(3));
    EXPECT_EQ(Plane(S, G), "1 > 3");
    Wait(seconds{176});
    TakeSent();
    Wait(seconds{1});
    EXPECT_EQ(TakeSent(), Lines{"3 assert (*,G) rpt 110/20"});
}

TEST_P(AssertsTest, DataWhereItGoesOutOfTheSourcesTreeIsAssertedForTheSource)
{
    StartSource();
    Data(3, S, G);
    EXPECT_EQ(TakeSent(), Lines{"3 assert (S,G) 110/10"});
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::Winner);
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::NoInfo);
}

TEST_P(AssertsTest, DataWhereItDoesNotGoOutIsNotAsserted)
{
    StartShared();
    Data(4, S, G);
    Data(2, S, G);
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(AssertsTest, WhoLosesForwardsNoLongerAndLeavesTheTree)
{
    StartShared();
    HearAssert(3, 2, G, Any(), true, 110, 5);
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::Loser);
    EXPECT_EQ(Plane(S, G), "1 >");
    EXPECT_EQ(TakeSent(), Lines{"1 N11: -(*,G)"});
    Wait(seconds{179});
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::Loser);
    Forget();
    Wait(seconds{1}); // the winner did not repeat it
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::NoInfo);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(*,G)"});
}

TEST_P(AssertsTest, WhoLosesASourceForwardsTheOthers)
{
    StartShared();
    Data(1, T, G);
    HearAssert(3, 2, G, S, false, 110, 5);
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::Loser);
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::NoInfo);
    EXPECT_EQ(Plane(S, G), "1 >");
    EXPECT_EQ(Plane(T, G), "1 > 3");
}

TEST_P(AssertsTest, AnInferiorAssertIsAnswered)
{
    StartSource();
    HearAssert(3, 2, G, S, false, 110, 11);
    EXPECT_EQ(TakeSent(), Lines{"3 assert (S,G) 110/10"});
    HearAssert(3, 2, G, S, false, 120, 1);
    EXPECT_EQ(TakeSent(), Lines{"3 assert (S,G) 110/10"});
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::Winner);
}

TEST_P(AssertsTest, ASharedTreesAssertLosesToASourcesTree)
{
    StartSource();
    HearAssert(3, 2, G, S, true, 1, 1);
    EXPECT_EQ(TakeSent(), Lines{"3 assert (S,G) 110/10"});
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::Winner);
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::NoInfo);
}

TEST_P(AssertsTest, ASharedTreesAssertThatNamesASourceGoesToTheGroupsMachine)
{
    StartShared();
    HearAssert(3, 2, G, S, true, 110, 21);
    EXPECT_EQ(TakeSent(), Lines{"3 assert (*,G) rpt 110/20"});
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::Winner);
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::NoInfo);
}

TEST_P(AssertsTest, WhileTheSourcesMachineIsLoserTheGroupsTakesNothing)
{
    StartShared();
    HearAssert(3, 2, G, S, false, 110, 5);
    Forget();
    HearAssert(3, 1, G, S, true, 110, 21); // inferior to (*,G), and the machine of (S,G) stays Loser
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::Loser);
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::NoInfo);
    HearAssert(3, 2, G, S, true, INFINITE_PREFERENCE, INFINITE_METRIC); // takes it back
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::NoInfo);
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::NoInfo); // not by the same message
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(S,G,rpt)"});           // and no Assert
}

TEST_P(AssertsTest, AJoinTakesALossBack)
{
    StartSource();
    HearAssert(3, 2, G, S, false, 110, 5);
    EXPECT_FALSE(On(3, Kind::SG, G, S)->outgoing);
    EXPECT_FALSE(Tree(Kind::SG, G, S)->joined); // nobody else wants it
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::NoInfo);
    Data(2, S, G);
    EXPECT_EQ(Plane(S, G), "2 > 3");
}

TEST_P(AssertsTest, AJoinOfTheSharedTreeTakesItsLossBack)
{
    StartShared();
    HearAssert(3, 2, G, Any(), true, 110, 5);
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::NoInfo);
    Data(1, S, G);
    EXPECT_EQ(Plane(S, G), "1 > 3");
}

TEST_P(AssertsTest, AWinnerThatRestartsOrGoesIsForgotten)
{
    StartShared();
    for (const std::uint16_t holdtime : {HOLDTIME_FOREVER, std::uint16_t{0}})
    {
        HearAssert(3, 2, G, Any(), true, 110, 5);
        ASSERT_EQ(AssertOn(3, Kind::StarG, G), AssertState::Loser);
        Greet(3, 2, holdtime == 0 ? 8 : 9, holdtime);
        EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::NoInfo);
        Greet(3, 2, 8);
    }
}

TEST_P(AssertsTest, WhenThereIsNothingToAssertForTheWinnerSaysSo)
{
    StartSource();
    Data(3, S, G);
    Forget();
    Greet(3, 2, 1, 0); // one neighbour is left: its Prune counts at once
    Prune(3, SG(S), G);
    const auto lines = TakeSent();
    EXPECT_EQ((std::set<std::string>(lines.begin(), lines.end())),
              (std::set<std::string>{"2 N21: -(S,G)", "3 assert (S,G) rpt 2147483647/4294967295"}));
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::NoInfo);
}

TEST_P(AssertsTest, AShutDownInterfaceForgetsItsAsserts)
{
    StartShared();
    Data(3, S, G);
    router->Deconfigure(InterfaceId{3}, family);
    Forget();
    EXPECT_FALSE(Tree(Kind::StarG, G));
}

TEST_P(AssertsTest, ABetterMetricOfOursEndsALoss)
{
    StartSource();
    HearAssert(3, 2, G, S, false, 110, 5);
    routes.table[Network(9)] = {InterfaceId{2}, Neighbor(2, 1), 4, 110};
    router->HandleRouteChange(Network(9));
    EXPECT_TRUE(On(3, Kind::SG, G, S)->outgoing); // lost_assert(S,G,I) is FALSE: we would win
    EXPECT_TRUE(Tree(Kind::SG, G, S)->joined);
    Data(2, S, G);
    EXPECT_EQ(AssertOn(3, Kind::SG, G, S), AssertState::NoInfo);
    EXPECT_EQ(Plane(S, G), "2 > 3");
}

TEST_P(AssertsTest, TheWinnersTreeIsTheUpstreamOne)
{
    Start();
    Greet(1, 2);
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    HearAssert(1, 2, G, Any(), true, 110, 5);
    EXPECT_EQ(AssertOn(1, Kind::StarG, G), AssertState::Loser);
    EXPECT_EQ(Tree(Kind::StarG, G)->upstream, Neighbor(1, 2));
    // The way to the RP moves: what happens on link 1 is no longer of interest.
    routes.table[Prefix{RP, 128}] = {InterfaceId{2}, Neighbor(2, 1), 20, 110};
    router->HandleRouteChange(Prefix{RP, 128});
    EXPECT_EQ(AssertOn(1, Kind::StarG, G), AssertState::NoInfo);
}

// Its tree has no periodic Join that would wake it.
TEST_P(AssertsTest, TheRpRepeatsItsAssertsToo)
{
    RP = OnLink(1, 5);
    config.staticRps = {{RP, Groups(), false}};
    Start();
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Data(3, S, G);
    ASSERT_EQ(AssertOn(3, Kind::StarG, G), AssertState::Winner);
    Forget();
    Wait(seconds{177});
    EXPECT_EQ(TakeSent(), Lines{"3 assert (*,G) rpt 0/0"});
}

TEST_P(AssertsTest, WithoutAnRpThereIsNothingToAssert)
{
    config.staticRps.clear();
    Start();
    Greet(4, 1);
    Member(4, G);
    Data(4, S, G);
    EXPECT_EQ(AssertOn(4, Kind::StarG, G), AssertState::NoInfo);
    HearAssert(4, 1, G, Any(), true, 110, 200); // who has one forwards there
    EXPECT_EQ(AssertOn(4, Kind::StarG, G), AssertState::Loser);
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(AssertsTest, MembersAreServedByTheWinner)
{
    Start();
    Greet(4, 1);
    Greet(4, 9); // the DR
    Member(4, G);
    EXPECT_FALSE(Tree(Kind::StarG, G) && Tree(Kind::StarG, G)->joined);
    EXPECT_TRUE(TakeSent().empty());
    Join(4, StarG(), G, 30);
    Data(1, S, G);
    Data(4, S, G); // somebody else forwards there: we assert, and win
    EXPECT_EQ(AssertOn(4, Kind::StarG, G), AssertState::Winner);
    Forget();
    Wait(seconds{40}); // the Join is over, members are ours
    EXPECT_TRUE(Tree(Kind::StarG, G)->joined);
    EXPECT_EQ(AssertOn(4, Kind::StarG, G), AssertState::Winner);
}

TEST_P(AssertsTest, WhatConcernsNothingHereMakesNoState)
{
    Start();
    HearAssert(3, 1, G, S, false, 1, 1);
    HearAssert(3, 1, G, Any(), true, 1, 1);
    EXPECT_EQ(Trees(), 0u);
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    HearAssert(4, 1, G, S, false, 1, 1); // nobody there
    EXPECT_FALSE(Tree(Kind::SG, G, S));
    EXPECT_EQ(TakeDropped(), Lines{"not-neighbor"});
}

TEST_P(AssertsTest, BadAssertsAreCountedByReason)
{
    StartShared();
    HearAssert(3, 2, Pick("224.0.0.5", "ff02::5"), S, false, 1, 1);
    HearAssert(3, 2, G, H, false, 1, 1);
    HearAssert(3, 2, G, Any(), false, 1, 1); // no source, but the tree of one
    Hear(3, Neighbor(3, 4), Assert{G, S, false, 1, 1});
    EXPECT_EQ(TakeDropped(), (Lines{"link-local-group", "bad-source", "bad-source", "not-neighbor"}));
    EXPECT_EQ(Plane(S, G), "1 > 3");
    EXPECT_EQ(AssertOn(3, Kind::StarG, G), AssertState::NoInfo);
}

} // namespace
} // namespace mcast::pim
