// SPDX-License-Identifier: GPL-2.0-only
// Join/Prune messages of neighbours, at a router: the machines of one interface together, what is refused, and limits
// (RFC 7761 4.5 to 4.5.3).

#include "../router-fixture.h"

namespace mcast::pim
{
namespace
{

class ReceiveTest : public PimRouterTest
{
  protected:
    // Two neighbours on link 3, so that a Prune waits for objections.
    void StartLan()
    {
        Start();
        Greet(3, 2);
        Forget();
    }
};

BOTH_FAMILIES(ReceiveTest);

TEST_P(ReceiveTest, APruneOnALanWaitsAndIsEchoed)
{
    StartLan();
    Join(3, SG(S), G);
    Join(3, StarG(), G);
    Forget();
    Prune(3, SG(S), G);
    EXPECT_EQ(Downstream(3, Kind::SG, G, S), DownstreamState::PrunePending);
    EXPECT_TRUE(On(3, Kind::SG, G, S)->outgoing);
    EXPECT_EQ(On(3, Kind::SG, G, S)->prunePending, seconds{3});
    Wait(milliseconds{2999});
    EXPECT_TRUE(TakeSent().empty());
    Wait(milliseconds{1});
    const auto lines = TakeSent();
    EXPECT_EQ((std::set<std::string>(lines.begin(), lines.end())),
              (std::set<std::string>{"2 N21: -(S,G)", "3 US3: -(S,G)"}));
    Prune(3, StarG(), G);
    Wait(seconds{3});
    const auto shared = TakeSent();
    EXPECT_EQ((std::set<std::string>(shared.begin(), shared.end())),
              (std::set<std::string>{"1 N11: -(*,G)", "3 US3: -(*,G)"}));
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(ReceiveTest, APruneIsOverriddenByAJoin)
{
    StartLan();
    Join(3, SG(S), G);
    Forget();
    Prune(3, SG(S), G);
    Wait(seconds{2});
    Hear(3, Neighbor(3, 2), MakeJoinPrune(Us(3), G, {SG(S)}, {}, 210));
    EXPECT_EQ(Downstream(3, Kind::SG, G, S), DownstreamState::Join);
    Wait(seconds{4});
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(ReceiveTest, TheExpiryTimerIsTheGreaterOfBoth)
{
    Start();
    Join(3, SG(S), G, 100);
    Wait(seconds{10});
    Join(3, SG(S), G, 20);
    EXPECT_EQ(On(3, Kind::SG, G, S)->expires, seconds{90});
    Join(3, SG(S), G, 200);
    EXPECT_EQ(On(3, Kind::SG, G, S)->expires, seconds{200});
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    EXPECT_TRUE(On(3, Kind::SG, G, S)->forever);
    Wait(seconds{100000});
    EXPECT_EQ(Downstream(3, Kind::SG, G, S), DownstreamState::Join);
}

TEST_P(ReceiveTest, AnRptPruneWaitsOnALanAndIsRepeatedOrTakenBack)
{
    StartLan();
    HearJoinPrune(3, G, {StarG()}, {Rpt(S)});
    EXPECT_EQ(Downstream(3, Kind::SGRpt, G, S), DownstreamState::PrunePending);
    EXPECT_TRUE(On(3, Kind::SGRpt, G, S)->outgoing);
    Wait(seconds{3});
    EXPECT_EQ(Downstream(3, Kind::SGRpt, G, S), DownstreamState::Prune);
    EXPECT_FALSE(On(3, Kind::SGRpt, G, S)->outgoing);
    HearJoinPrune(3, G, {StarG()}, {Rpt(S)});
    EXPECT_EQ(Downstream(3, Kind::SGRpt, G, S), DownstreamState::Prune);
    Hear(3, Neighbor(3, 2), MakeJoinPrune(Us(3), G, {StarG()}, {}, 210));
    EXPECT_EQ(Downstream(3, Kind::SGRpt, G, S), DownstreamState::NoInfo);
}

TEST_P(ReceiveTest, AnRptJoinTakesItsPruneBack)
{
    StartLan();
    HearJoinPrune(3, G, {StarG()}, {Rpt(S), Rpt(T)});
    Wait(seconds{3});
    HearJoinPrune(3, G, {Rpt(S)}, {});
    EXPECT_EQ(Downstream(3, Kind::SGRpt, G, S), DownstreamState::NoInfo);
    EXPECT_EQ(Downstream(3, Kind::SGRpt, G, T), DownstreamState::Prune);
}

TEST_P(ReceiveTest, AnRptPruneExpires)
{
    StartLan();
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    HearJoinPrune(3, G, {}, {Rpt(S)}, 30);
    Wait(seconds{29});
    EXPECT_EQ(Downstream(3, Kind::SGRpt, G, S), DownstreamState::Prune);
    Wait(seconds{1});
    EXPECT_EQ(Downstream(3, Kind::SGRpt, G, S), DownstreamState::NoInfo);
    EXPECT_FALSE(Tree(Kind::SGRpt, G, S));
}

TEST_P(ReceiveTest, WhatIsNotForUsMakesNoState)
{
    Start();
    Hear(3, Neighbor(3, 1), MakeJoinPrune(Neighbor(3, 2), G, {SG(S), StarG()}, {}, 210));
    Hear(3, Neighbor(3, 1), MakeJoinPrune(Us(1), G, {SG(S)}, {}, 210));
    EXPECT_EQ(Trees(), 0u);
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(ReceiveTest, PrunesOfNothingMakeNoState)
{
    Start();
    Prune(3, SG(S), G);
    Prune(3, StarG(), G);
    HearJoinPrune(3, G, {Rpt(S)}, {});
    EXPECT_EQ(Trees(), 0u);
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(ReceiveTest, BadEntriesAreIgnoredByReasonAndTheOthersTaken)
{
    Start();
    const auto hear = [this](const Address& group, const Told& told) {
        HearJoinPrune(3, group, {told, SG(T)}, {}, 210);
        return TakeDropped();
    };
    EXPECT_EQ(hear(G, SG(Any())), Lines{"bad-source"});
    EXPECT_TRUE(hear(G, SG(H)).empty()); // a malformed entry, which the decoder skips (4.9.1)
    EXPECT_EQ(hear(G, SG(Pick("169.254.0.1", "fe80::77"))), Lines{"bad-source"});
    EXPECT_EQ(hear(G, {Told::What::StarG, S}), Lines{"wrong-rp"});
    EXPECT_EQ(Trees(), 1u);
    EXPECT_EQ(Downstream(3, Kind::SG, G, T), DownstreamState::Join);
    EXPECT_EQ(hear(SSM, StarG()), Lines{"ssm-group"});
    EXPECT_EQ(hear(SSM, Rpt(S)), Lines{"ssm-group"});
    EXPECT_EQ(hear(Pick("224.0.0.5", "ff02::5"), SG(S)), Lines{"link-local-group"});
    EXPECT_EQ(Trees(), 2u);
}

TEST_P(ReceiveTest, StrangersAreNotHeard)
{
    Start();
    Hear(3, Neighbor(3, 4), MakeJoinPrune(Us(3), G, {SG(S)}, {}, 210));
    EXPECT_EQ(TakeDropped(), Lines{"not-neighbor"});
    auto meta = From(Neighbor(3, 1));
    meta.destination = Us(3);
    const auto message = MakeJoinPrune(Us(3), G, {SG(S)}, {}, 210);
    router->HandlePacket(InterfaceId{3}, meta, Write(meta, message));
    EXPECT_EQ(TakeDropped(), Lines{"bad-destination"});
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(ReceiveTest, StatesOfARouterAreLimited)
{
    config.maxStates = 3;
    Start();
    for (unsigned i = 0; i < 5; ++i)
    {
        Join(3, SG(OnLink(9, 10 + i)), G);
    }
    EXPECT_EQ(Trees(), 3u);
    EXPECT_EQ(TakeDropped(), (Lines{"router-limit", "router-limit"}));
    Prune(3, SG(OnLink(9, 10)), G);
    Join(3, SG(S), G);
    EXPECT_EQ(Downstream(3, Kind::SG, G, S), DownstreamState::Join);
}

TEST_P(ReceiveTest, StatesOfANeighborAreLimited)
{
    config.maxStatesPerNeighbor = 2;
    Start();
    for (unsigned i = 0; i < 4; ++i)
    {
        Join(3, SG(OnLink(9, 10 + i)), G);
    }
    EXPECT_EQ(Trees(), 2u);
    EXPECT_EQ(TakeDropped(), (Lines{"group-limit", "group-limit"}));
    Join(2, SG(OnLink(9, 20)), H); // others have their own
    EXPECT_EQ(Trees(), 3u);
}

// Whatever comes and goes: the room that a neighbour has for states comes back.
TEST_P(ReceiveTest, TheRoomOfANeighborComesBack)
{
    config.maxStatesPerNeighbor = 2;
    Start();
    const auto expectRoom = [this](const char* after) {
        Forget();
        Join(3, SG(S), SSM);
        Join(3, SG(T), SSM);
        EXPECT_TRUE(TakeDropped().empty()) << after;
        Join(3, SG(OnLink(9, 10)), SSM);
        EXPECT_EQ(TakeDropped(), Lines{"group-limit"}) << after;
        Prune(3, SG(S), SSM);
        Prune(3, SG(T), SSM);
        EXPECT_EQ(Trees(), 0u) << after;
    };
    expectRoom("nothing");
    Join(3, SG(S), G, 5);
    Join(3, StarG(), G, 5);
    Wait(seconds{5});
    expectRoom("expired joins");
    HearJoinPrune(3, G, {}, {Rpt(S), Rpt(T)}, 5);
    Wait(seconds{5});
    expectRoom("expired prunes");
    HearJoinPrune(3, G, {}, {Rpt(S)}, 0);
    Wait(seconds{1});
    expectRoom("a prune with a holdtime of zero");
    HearJoinPrune(3, G, {}, {Rpt(S)});
    HearJoinPrune(3, G, {Rpt(S), Rpt(S), Rpt(S)}, {});
    expectRoom("joins of a pruned source");
    HearJoinPrune(3, G, {StarG()}, {Rpt(S)});
    HearJoinPrune(3, G, {StarG()}, {});
    Prune(3, StarG(), G);
    expectRoom("prunes that were not repeated");
    Join(3, SG(S), G);
    Join(3, StarG(), G);
    auto state = StateOf(3);
    state.up = false;
    router->HandleInterface(state);
    state.up = true;
    router->HandleInterface(state);
    Greet(3, 1);
    expectRoom("an interface that was down");
}

TEST_P(ReceiveTest, AMessageWithManyGroupsIsTakenWhole)
{
    Start();
    JoinPrune message = MakeJoinPrune(Us(3), G, {StarG(), SG(S)}, {}, 210);
    const auto second = MakeJoinPrune(Us(3), H, {SG(T)}, {SG(S)}, 210);
    message.groups.push_back(second.groups[0]);
    Hear(3, Neighbor(3, 1), message);
    EXPECT_EQ(Trees(), 3u);
    const auto lines = TakeSent();
    EXPECT_EQ((std::set<std::string>(lines.begin(), lines.end())),
              (std::set<std::string>{"1 N11: +(*,G)", "2 N21: +(S,G) +(T,H)"}));
}

TEST_P(ReceiveTest, TheSameMessageTwiceChangesNothing)
{
    Start();
    const auto message = MakeJoinPrune(Us(3), G, {StarG(), SG(S)}, {Rpt(T)}, 210);
    Hear(3, Neighbor(3, 1), message);
    Forget();
    Hear(3, Neighbor(3, 1), message);
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_EQ(Trees(), 3u);
}

TEST_P(ReceiveTest, WithoutInterfacesThereIsNoState)
{
    Start();
    Member(4, G);
    Join(3, SG(S), H);
    Data(4, OnLink(4, 77), G); // registered
    ASSERT_GE(Trees(), 3u);
    for (std::uint32_t link = 1; link <= 4; ++link)
    {
        auto only = InterfaceConfigOf(link);
        only.pim.reset();
        ASSERT_TRUE(router->Configure(InterfaceId{link}, only));
    }
    Drain();
    EXPECT_EQ(Trees(), 0u);
    Reconfigure();
    EXPECT_EQ(Trees(), 0u);
    Data(3, OnLink(3, 77), G); // by membership alone
    EXPECT_EQ(Plane(OnLink(3, 77), G), "3 > 4");
}

TEST_P(ReceiveTest, AnInterfaceThatGoesTakesItsJoinsAlong)
{
    Start();
    Join(3, SG(S), G);
    Forget();
    router->HandleInterfaceGone(InterfaceId{3});
    EXPECT_EQ(TakeSent(), Lines{"2 N21: -(S,G)"});
    EXPECT_EQ(Trees(), 0u);
}

} // namespace
} // namespace mcast::pim
