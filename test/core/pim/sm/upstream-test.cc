// SPDX-License-Identifier: GPL-2.0-only
// The upstream (*,G) and (S,G) machines: each row of their tables (RFC 7761 4.5.4, 4.5.5).

#include "../router-fixture.h"

namespace mcast::pim
{
namespace
{

class UpstreamTest : public PimRouterTest
{
  protected:
    void ExpectSentWithin(const std::string& line, Duration time)
    {
        const auto start = router->Now();
        Wait(time);
        EXPECT_EQ(sent, Lines{line});
        EXPECT_LE(sentAt, start + time);
        Forget();
    }

    // When the next message goes out, from now on.
    Duration NextSent(Duration within)
    {
        const auto start = router->Now();
        Forget();
        sentAt = TimePoint::max();
        while (sent.empty() && router->Now() < start + within)
        {
            Wait(milliseconds{100});
        }
        return sent.empty() ? within : sentAt - start;
    }

    RouterInterfaceConfig InterfaceConfigOf(std::uint32_t link) override
    {
        auto result = PimRouterTest::InterfaceConfigOf(link);
        result.pim->trackingSupport = tracking;
        return result;
    }
};

BOTH_FAMILIES(UpstreamTest);

// (*,G)

TEST_P(UpstreamTest, StarGJoinDesiredSendsAJoinAndLeavingAPrune)
{
    Start();
    Join(3, StarG(), G);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(*,G)"});
    const auto tree = Tree(Kind::StarG, G);
    ASSERT_TRUE(tree);
    EXPECT_TRUE(tree->joined && tree->joinDesired);
    EXPECT_EQ(tree->upstream, Neighbor(1, 1));
    EXPECT_EQ(tree->rpfInterface, InterfaceId{1});
    EXPECT_EQ(tree->rp, RP);
    Prune(3, StarG(), G);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: -(*,G)"});
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(UpstreamTest, StarGJoinIsRepeatedEachPeriod)
{
    Start();
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Wait(seconds{600});
    const auto lines = TakeSent();
    EXPECT_GE(lines.size(), 11u);
    EXPECT_LE(lines.size(), 12u);
    EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()), (std::set<std::string>{"1 N11: +(*,G)"}));
}

TEST_P(UpstreamTest, StarGEndsWhenTheLastJoinExpires)
{
    Start();
    Join(3, StarG(), G, 20);
    Forget();
    Wait(seconds{19});
    EXPECT_TRUE(TakeSent().empty());
    Wait(seconds{1});
    EXPECT_EQ(TakeSent(), Lines{"1 N11: -(*,G)"});
}

TEST_P(UpstreamTest, StarGJoinOfAnotherSuppressesOurs)
{
    Start();
    Greet(1, 2);
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Overhear(1, 1, G, {StarG()});
    const auto next = NextSent(seconds{100});
    EXPECT_GE(next, seconds{65}); // rand(1.1, 1.4) times 60 s, on steps of 0.1 s
    EXPECT_LE(next, seconds{85});
}

TEST_P(UpstreamTest, AShortHoldtimeSuppressesNoLonger)
{
    Start();
    Greet(1, 2);
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Overhear(1, 1, G, {StarG()}, {}, 10);
    EXPECT_LE(NextSent(seconds{100}), seconds{61});
}

TEST_P(UpstreamTest, JoinsToOthersOrOfAnotherRpSuppressNothing)
{
    Start();
    Greet(1, 2);
    Greet(1, 3);
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Overhear(1, 3, G, {StarG()});
    Overhear(1, 1, H, {StarG()});
    Overhear(1, 1, G, {{Told::What::StarG, S}});
    Overhear(1, 1, G, {SG(S)});
    EXPECT_LE(NextSent(seconds{100}), seconds{61});
}

TEST_P(UpstreamTest, WhereAllTrackTheirDownstreamsNothingIsSuppressed)
{
    tracking = true;
    Start();
    Greet(1, 2);
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Overhear(1, 1, G, {StarG()});
    EXPECT_LE(NextSent(seconds{100}), seconds{61});
}

TEST_P(UpstreamTest, StarGPruneOfAnotherIsOverridden)
{
    Start();
    Greet(1, 2);
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Forget();
    Overhear(1, 1, G, {}, {StarG()});
    ExpectSentWithin("1 N11: +(*,G)", milliseconds{2500});
    Overhear(1, 2, G, {}, {StarG()}); // not to ours
    Wait(seconds{4});
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(UpstreamTest, StarGRpfNeighborChangesByARoute)
{
    Start();
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Forget();
    routes.table[Prefix{RP, 128}] = {InterfaceId{2}, Neighbor(2, 1), 20, 110};
    router->HandleRouteChange(Prefix{RP, 128});
    Drain();
    EXPECT_EQ((std::set<std::string>(sent.begin(), sent.end())),
              (std::set<std::string>{"1 N11: -(*,G)", "2 N21: +(*,G)"}));
    EXPECT_EQ(Tree(Kind::StarG, G)->upstream, Neighbor(2, 1));
    EXPECT_LE(NextSent(seconds{100}), seconds{61});
}

TEST_P(UpstreamTest, StarGRpfNeighborRestarts)
{
    Start();
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Wait(seconds{10});
    Forget();
    Greet(1, 1, 77);
    ExpectSentWithin("1 N11: +(*,G)", milliseconds{2500});
}

TEST_P(UpstreamTest, StarGRpfNeighborChangesByAnAssert)
{
    Start();
    Greet(1, 2);
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Wait(seconds{10});
    Forget();
    HearAssert(1, 2, G, Any(), true, 110, 5);
    EXPECT_TRUE(TakeSent().empty()); // no Prune to the old one
    EXPECT_EQ(Tree(Kind::StarG, G)->upstream, Neighbor(1, 2));
    ExpectSentWithin("1 N12: +(*,G)", milliseconds{2500});
    Greet(1, 2, 99); // the winner restarts: back, as quickly, also without a Prune
    EXPECT_EQ(Tree(Kind::StarG, G)->upstream, Neighbor(1, 1));
    ExpectSentWithin("1 N11: +(*,G)", milliseconds{2500});
}

TEST_P(UpstreamTest, StarGWithoutAnUpstreamNeighborWaitsForOne)
{
    Start();
    routes.table[Prefix{RP, 128}] = {InterfaceId{4}, Neighbor(4, 1), 20, 110};
    router->HandleRouteChange(Prefix{RP, 128});
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    EXPECT_TRUE(Tree(Kind::StarG, G)->joined);
    EXPECT_TRUE(Tree(Kind::StarG, G)->upstream.IsUnspecified());
    Wait(seconds{100});
    EXPECT_TRUE(TakeSent().empty());
    Greet(4, 1);
    EXPECT_EQ(TakeSent(), Lines{"4 N41: +(*,G)"});
}

TEST_P(UpstreamTest, AJoinGoesToTheRpItself)
{
    RP = OnLink(1, 1); // of IPv6 a secondary address of the neighbour
    config.staticRps = {{RP, Groups(), false}};
    routes.table.clear();
    Start();
    Join(3, StarG(), G);
    EXPECT_EQ(TakeSent(), Lines{"1 " + Name(Neighbor(1, 1)) + ": +(*,G)"});
    EXPECT_EQ(Tree(Kind::StarG, G)->upstream, Neighbor(1, 1));
}

TEST_P(UpstreamTest, AnotherRpTakesTheTreeAlong)
{
    Start();
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Forget();
    config.staticRps[0].rp = Pick("10.9.0.99", "2001:db8:9::99"); // by link 2
    Reconfigure();
    Drain();
    EXPECT_EQ((std::set<std::string>(sent.begin(), sent.end())),
              (std::set<std::string>{"1 N11: -(*,G)", "2 N21: +(*,G)"}));
}

TEST_P(UpstreamTest, AtTheRpItselfTheTreeEnds)
{
    RP = OnLink(1, 5);
    config.staticRps = {{RP, Groups(), false}};
    Start();
    Join(3, StarG(), G);
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_EQ(Tree(Kind::StarG, G)->rpfInterface, REGISTER_INTERFACE);
    EXPECT_TRUE(Tree(Kind::StarG, G)->joined);
}

TEST_P(UpstreamTest, MembersOfTheLastHopMakeATree)
{
    Start();
    Member(4, G);
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(*,G)"});
    Report(4, RecordType::ToIn, G);
    Wait(seconds{5});
    EXPECT_EQ(TakeSent(), Lines{"1 N11: -(*,G)"});
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(UpstreamTest, OnlyTheDrJoinsForMembers)
{
    Start();
    Greet(4, 9); // a greater address
    Member(4, G);
    EXPECT_TRUE(TakeSent().empty());
    Greet(4, 9, 1, 0); // goodbye
    EXPECT_EQ(TakeSent(), Lines{"1 N11: +(*,G)"});
}

// (S,G)

TEST_P(UpstreamTest, SGJoinDesiredSendsAJoinAndLeavingAPrune)
{
    Start();
    Join(3, SG(S), G);
    EXPECT_EQ(TakeSent(), Lines{"2 N21: +(S,G)"});
    const auto tree = Tree(Kind::SG, G, S);
    ASSERT_TRUE(tree);
    EXPECT_TRUE(tree->joined && tree->joinDesired && !tree->sptBit);
    EXPECT_EQ(tree->upstream, Neighbor(2, 1));
    EXPECT_EQ(tree->nextHop, Neighbor(2, 1));
    Prune(3, SG(S), G);
    EXPECT_EQ(TakeSent(), Lines{"2 N21: -(S,G)"});
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(UpstreamTest, LeavingClearsTheSptBit)
{
    Start();
    Join(3, StarG(), G, HOLDTIME_FOREVER);
    Join(3, SG(S), G);
    Data(2, S, G);
    EXPECT_TRUE(Tree(Kind::SG, G, S)->sptBit);
    Prune(3, SG(S), G);
    HearJoinPrune(3, G, {StarG()}, {Rpt(S)}); // nobody is left who wants it
    EXPECT_FALSE(Tree(Kind::SG, G, S) && Tree(Kind::SG, G, S)->sptBit);
}

TEST_P(UpstreamTest, SGJoinIsRepeatedEachPeriod)
{
    Start();
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    Wait(seconds{600});
    const auto lines = TakeSent();
    EXPECT_GE(lines.size(), 11u);
    EXPECT_LE(lines.size(), 12u);
}

TEST_P(UpstreamTest, SGJoinOfAnotherSuppressesOurs)
{
    Start();
    Greet(2, 2);
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    Overhear(2, 1, G, {SG(S)});
    const auto next = NextSent(seconds{100});
    EXPECT_GE(next, seconds{65});
    EXPECT_LE(next, seconds{85});
}

TEST_P(UpstreamTest, SGJoinsOfOtherKindsSuppressNothing)
{
    Start();
    Greet(2, 2);
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    Overhear(2, 1, G, {Rpt(S)});
    Overhear(2, 1, G, {SG(T)});
    Overhear(2, 1, G, {StarG()});
    EXPECT_LE(NextSent(seconds{100}), seconds{61});
}

TEST_P(UpstreamTest, SGPrunesThatWouldTakeItAreOverridden)
{
    Start();
    Greet(2, 2);
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    for (const auto& prune : {SG(S), Rpt(S), StarG()})
    {
        Forget();
        Overhear(2, 1, G, {}, {prune});
        ExpectSentWithin("2 N21: +(S,G)", milliseconds{2500});
    }
    Overhear(2, 1, G, {}, {SG(T)});
    Overhear(2, 1, H, {}, {SG(S)});
    Overhear(2, 2, G, {}, {SG(S)});
    Wait(seconds{4});
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(UpstreamTest, SGRpfNeighborChangesByARoute)
{
    Start();
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    Forget();
    routes.table[Network(9)] = {InterfaceId{1}, Neighbor(1, 1), 10, 110};
    router->HandleRouteChange(Network(9));
    Drain();
    EXPECT_EQ((std::set<std::string>(sent.begin(), sent.end())),
              (std::set<std::string>{"1 N11: +(S,G)", "2 N21: -(S,G)"}));
    Forget();
    routes.table.erase(Network(9)); // no way at all
    router->HandleRouteChange(Network(9));
    EXPECT_EQ(TakeSent(), Lines{"1 N11: -(S,G)"});
    EXPECT_TRUE(Tree(Kind::SG, G, S)->joined);
    Wait(seconds{100});
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(UpstreamTest, SGRpfNeighborRestartsOrGoes)
{
    Start();
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    Wait(seconds{10});
    Forget();
    Greet(2, 1, 77);
    ExpectSentWithin("2 N21: +(S,G)", milliseconds{2500});
    Greet(2, 1, 77, 0);
    Forget();
    EXPECT_TRUE(Tree(Kind::SG, G, S)->upstream.IsUnspecified());
    Greet(2, 1, 78);
    EXPECT_EQ(TakeSent(), Lines{"2 N21: +(S,G)"});
}

TEST_P(UpstreamTest, SGRpfNeighborChangesByAnAssert)
{
    Start();
    Greet(2, 2);
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    Wait(seconds{10});
    Forget();
    HearAssert(2, 2, G, S, false, 110, 5);
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_EQ(Tree(Kind::SG, G, S)->upstream, Neighbor(2, 2));
    EXPECT_EQ(Tree(Kind::SG, G, S)->nextHop, Neighbor(2, 1));
    EXPECT_TRUE(Tree(Kind::SG, G, S)->sptBit); // A6: who lost on the way to the source hears it from there
    ExpectSentWithin("2 N22: +(S,G)", milliseconds{2500});
}

TEST_P(UpstreamTest, MembersThatNameASourceJoinIt)
{
    Start();
    Report(4, RecordType::Allow, SSM, {S});
    EXPECT_EQ(TakeSent(), Lines{"2 N21: +(S,SSM)"});
    Report(4, RecordType::Block, SSM, {S});
    Wait(seconds{5});
    EXPECT_EQ(TakeSent(), Lines{"2 N21: -(S,SSM)"});
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(UpstreamTest, ManyTreesLeaveTogether)
{
    Start();
    for (unsigned i = 0; i < 50; ++i)
    {
        router->HandlePacket(
            InterfaceId{3}, From(Neighbor(3, 1)),
            Write(From(Neighbor(3, 1)),
                  MakeJoinPrune(Us(3), i % 2 == 0 ? G : H, {SG(OnLink(9, 100 + i))}, {}, HOLDTIME_FOREVER)));
    }
    EXPECT_EQ(TakeSent().size(), 1u);
    EXPECT_EQ(Trees(), 50u);
    Wait(seconds{60});
    EXPECT_EQ(TakeSent().size(), 1u);
}

TEST_P(UpstreamTest, ADeconfiguredInterfaceIsToldNothing)
{
    Start();
    Join(3, SG(S), G, HOLDTIME_FOREVER);
    Forget();
    router->Deconfigure(InterfaceId{2}, family);
    Wait(seconds{100});
    EXPECT_TRUE(TakeSent().empty());
    router->Shutdown();
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(UpstreamTest, ShutdownTakesTreesBack)
{
    Start();
    Join(3, SG(S), G);
    Join(3, StarG(), H);
    Forget();
    router->Shutdown();
    Drain();
    EXPECT_EQ((std::set<std::string>(sent.begin(), sent.end())),
              (std::set<std::string>{"1 N11: -(*,H)", "2 N21: -(S,G)"}));
}

} // namespace
} // namespace mcast::pim
