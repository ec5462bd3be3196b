// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/group-responder.h"

#include "wireless/core/group-leaders.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

// Station 1, AID 5; frames of the group come by number.
class GroupResponderTest : public ::testing::Test
{
  protected:
    GroupResponderTest()
    {
        responder.Associated(Sta(1), 5);
    }

    bool Receive(std::uint16_t sequence, bool blockAck = true, const MacAddress& group = Group(1))
    {
        auto header = FromDs(group, BSSID, BSSID, blockAck);
        header.blockAck = blockAck;
        header.sequence = sequence;
        return responder.HandleGroup(now, header, group);
    }

    std::uint64_t Ask(std::uint16_t start, const MacAddress& group = Group(1))
    {
        const auto answer = responder.HandleRequest(now, {Sta(1), BSSID, group, start, 0});
        EXPECT_TRUE(answer);
        EXPECT_EQ(answer->receiver, BSSID);
        EXPECT_EQ(answer->start, start);
        return answer->bitmap;
    }

    GroupResponder responder;
    TimePoint now = At(seconds{1});
};

TEST_F(GroupResponderTest, TheBitmapHasWhatCame)
{
    Receive(4094);
    Receive(4095);
    Receive(1);
    EXPECT_EQ(Ask(4094), 0b1011U);
    Receive(0);
    EXPECT_EQ(Ask(4095), 0b111U);
    EXPECT_EQ(Ask(0, Group(2)), 0U) << "another group's numbers are its own";
}

TEST_F(GroupResponderTest, NumbersOfTheLastTimeRoundAreForgotten)
{
    for (unsigned i = 0; i < 4096 + 10; i += 2)
    {
        Receive(static_cast<std::uint16_t>(i % 4096));
    }
    Receive(11);
    EXPECT_EQ(Ask(10) & 0b111, 0b10U) << "10 is half the numbers old in one way, unsent in the other";
}

TEST_F(GroupResponderTest, OthersAreNotAnsweredFor)
{
    EXPECT_FALSE(responder.HandleRequest(now, {Sta(2), BSSID, Group(1), 0, 0}));
    responder.Disassociated();
    EXPECT_FALSE(responder.HandleRequest(now, {Sta(1), BSSID, Group(1), 0, 0}));
}

TEST_F(GroupResponderTest, ItStaysAwakeUntilItWasAskedAndLacksNothing)
{
    EXPECT_LE(responder.AwakeUntil(), now);
    Receive(1);
    Receive(3);
    EXPECT_EQ(responder.AwakeUntil(), NEVER);
    Ask(1);
    EXPECT_EQ(responder.AwakeUntil(), NEVER) << "2 is to come again";
    Receive(2);
    Ask(2);
    EXPECT_EQ(responder.AwakeUntil(), now + GroupResponder::LINGER) << "its answer may be lost";
}

TEST_F(GroupResponderTest, WhatIsRepeatedForOthersHoldsItNoLonger)
{
    Receive(1);
    Receive(2);
    Ask(1);
    Receive(2);
    EXPECT_EQ(responder.AwakeUntil(), now + GroupResponder::LINGER);
}

TEST_F(GroupResponderTest, WhoIsNeverAskedIsNoMember)
{
    for (std::uint16_t beacon = 0; beacon < 2; beacon++)
    {
        Receive(beacon);
        EXPECT_EQ(responder.AwakeUntil(), NEVER);
        responder.HandleBeacon({});
        EXPECT_LE(responder.AwakeUntil(), now) << "a Beacon says what follows";
    }
    Receive(2);
    EXPECT_LE(responder.AwakeUntil(), now);
    Ask(2);
    Receive(3);
    EXPECT_EQ(responder.AwakeUntil(), NEVER) << "now it is one";
}

TEST_F(GroupResponderTest, TheLeaderAcknowledgesItsGroup)
{
    EXPECT_FALSE(Receive(1, false));
    responder.HandleBeacon(WriteGroupLeaders({{Group(1), 5}, {Group(2), 6}}));
    EXPECT_TRUE(Receive(2, false));
    EXPECT_EQ(responder.AwakeUntil(), now + GroupResponder::LINGER);
    EXPECT_FALSE(Receive(2, false, Group(2)));
    responder.HandleBeacon(WriteGroupLeaders({{Group(1), 6}}));
    EXPECT_FALSE(Receive(3, false)) << "another one leads";
}

} // namespace
} // namespace mcast::wifi
