// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/group-ack.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

MethodConfig
Config(Method method, unsigned retries, unsigned blockSize = 2)
{
    MethodConfig config;
    config.method = method;
    config.retries = retries;
    config.blockSize = blockSize;
    return config;
}

std::vector<std::pair<AckOutcome::Kind, FrameId>>
Outcomes(GroupAck& acks)
{
    std::vector<std::pair<AckOutcome::Kind, FrameId>> outcomes;
    while (const auto outcome = acks.PollOutcome())
    {
        outcomes.emplace_back(outcome->kind, outcome->id);
    }
    return outcomes;
}

using Kind = AckOutcome::Kind;
using List = std::vector<std::pair<AckOutcome::Kind, FrameId>>;

TEST(GroupAck, ALeaderIsAskedOnceItWasAnnounced)
{
    GroupAck acks;
    const auto config = Config(Method::LeaderAck, 1);
    acks.SetMembers(Group(1), config, {{Sta(1), 20}, {Sta(2), 10}});
    acks.Sent(Group(1), config, 1, 10, false);
    EXPECT_FALSE(acks.Demand());
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Done, 1}})) << "nobody acknowledges it";
    EXPECT_EQ(acks.Leaders(), (std::vector<std::pair<MacAddress, MacAddress>>{{Group(1), Sta(2)}}));
    acks.Sent(Group(1), config, 2, 11, false);
    ASSERT_TRUE(acks.Demand());
    EXPECT_EQ(acks.Demand()->kind, AckDemand::Kind::Ack);
    EXPECT_EQ(acks.Demand()->member, Sta(2));
    EXPECT_TRUE(Outcomes(acks).empty());
    acks.OnNoAnswer();
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Repeat, 2}}));
    EXPECT_FALSE(acks.Demand());
    acks.Sent(Group(1), config, 2, 11, false);
    acks.OnAck();
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Done, 2}}));
}

TEST(GroupAck, ALeaderThatNeverAnswersIsGivenUp)
{
    GroupAck acks;
    const auto config = Config(Method::LeaderAck, 2);
    acks.SetMembers(Group(1), config, {{Sta(1), 20}});
    acks.Leaders();
    for (int i = 0; i < 3; i++)
    {
        acks.Sent(Group(1), config, 1, 10, false);
        acks.OnNoAnswer();
    }
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Repeat, 1}, {Kind::Repeat, 1}, {Kind::GaveUp, 1}}));
}

TEST(GroupAck, ALeaderThatLeavesIsWaitedForNoMore)
{
    GroupAck acks;
    const auto config = Config(Method::LeaderAck, 7);
    acks.SetMembers(Group(1), config, {{Sta(1), 20}, {Sta(2), 30}});
    acks.Leaders();
    acks.Sent(Group(1), config, 1, 10, false);
    acks.Leave(Sta(1));
    acks.OnNoAnswer();
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Done, 1}}));
    EXPECT_EQ(acks.Leaders().front().second, Sta(2));
}

TEST(GroupAck, MembersAreAskedInTurnAndAgainForWhatWasRepeated)
{
    GroupAck acks;
    const auto config = Config(Method::GcrBlockAck, 3);
    acks.SetMembers(Group(1), config, {{Sta(1), 0}, {Sta(2), 0}});
    acks.Sent(Group(1), config, 1, 10, false);
    EXPECT_FALSE(acks.Demand()) << "half a block";
    acks.Sent(Group(1), config, 2, 11, false);
    ASSERT_TRUE(acks.Demand());
    EXPECT_EQ(acks.Demand()->member, Sta(1));
    EXPECT_FALSE(acks.OnBlockAck(Sta(2), Group(1), 10, 3)) << "not the one that was asked";
    EXPECT_TRUE(acks.OnBlockAck(Sta(1), Group(1), 10, 3));
    EXPECT_EQ(acks.Demand()->member, Sta(2));
    EXPECT_TRUE(acks.OnBlockAck(Sta(2), Group(1), 10, 0));
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Repeat, 1}, {Kind::Repeat, 2}}));
    EXPECT_FALSE(acks.Demand()) << "they are not out";
    acks.Sent(Group(1), config, 1, 10, false);
    EXPECT_FALSE(acks.Demand());
    acks.Sent(Group(1), config, 2, 11, false);
    ASSERT_TRUE(acks.Demand());
    EXPECT_EQ(acks.Demand()->member, Sta(2)) << "the other one has all";
    EXPECT_TRUE(acks.OnBlockAck(Sta(2), Group(1), 10, 3));
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Done, 1}, {Kind::Done, 2}}));
    EXPECT_FALSE(acks.Demand());
}

TEST(GroupAck, ALostAnswerIsAskedForAgain)
{
    GroupAck acks;
    const auto config = Config(Method::GcrBlockAck, 0, 1);
    acks.SetMembers(Group(1), config, {{Sta(1), 0}});
    acks.Sent(Group(1), config, 1, 10, false);
    acks.OnNoAnswer();
    ASSERT_TRUE(acks.Demand());
    EXPECT_TRUE(acks.OnBlockAck(Sta(1), Group(1), 10, 1));
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Done, 1}}));
    acks.Sent(Group(1), config, 2, 11, false);
    for (int i = 0; i < 3; i++)
    {
        EXPECT_TRUE(acks.Demand());
        acks.OnNoAnswer();
    }
    EXPECT_FALSE(acks.Demand()) << "three times, no more";
    EXPECT_EQ(Outcomes(acks), (List{{Kind::GaveUp, 2}}));
}

using Told = std::vector<std::tuple<MacAddress, unsigned, unsigned>>; // member, received, lost

Told ToldBy(GroupAck& acks)
{
    Told told;
    while (const auto one = acks.PollTries())
    {
        told.emplace_back(one->first, one->second.received, one->second.lost);
    }
    return told;
}

TEST(GroupAck, ALeadersAcksTellWhatItLoses)
{
    GroupAck acks;
    const auto config = Config(Method::LeaderAck, 3);
    acks.SetMembers(Group(1), config, {{Sta(1), 20}, {Sta(2), 10}});
    acks.Leaders();
    EXPECT_TRUE(ToldBy(acks).empty());
    acks.Sent(Group(1), config, 1, 10, false);
    acks.OnNoAnswer();
    acks.Sent(Group(1), config, 1, 10, false);
    acks.OnAck();
    acks.Sent(Group(1), config, 2, 11, false);
    acks.OnAck();
    EXPECT_EQ(ToldBy(acks), (Told{{Sta(2), 2, 1}}));
    EXPECT_TRUE(ToldBy(acks).empty()) << "told once";
    acks.Sent(Group(1), config, 3, 12, false);
    acks.Leave(Sta(2));
    acks.OnNoAnswer();
    EXPECT_TRUE(ToldBy(acks).empty()) << "it is gone";
}

TEST(GroupAck, BlockAcksTellWhatMembersLose)
{
    GroupAck acks;
    const auto config = Config(Method::GcrBlockAck, 3, 2);
    acks.SetMembers(Group(1), config, {{Sta(1), 0}, {Sta(2), 0}});
    acks.Sent(Group(1), config, 1, 10, false);
    acks.Sent(Group(1), config, 2, 11, false);
    ASSERT_TRUE(acks.Demand());
    acks.OnNoAnswer();
    EXPECT_TRUE(ToldBy(acks).empty()) << "the request may be what is lost";
    ASSERT_TRUE(acks.Demand());
    acks.OnBlockAck(Sta(1), Group(1), 10, 3);
    ASSERT_TRUE(acks.Demand());
    acks.OnBlockAck(Sta(2), Group(1), 10, 1);
    EXPECT_EQ(ToldBy(acks), (Told{{Sta(1), 2, 0}, {Sta(2), 1, 1}}));
    acks.Sent(Group(1), config, 2, 11, false);
    ASSERT_TRUE(acks.Demand());
    acks.OnBlockAck(Sta(2), Group(1), 11, 1);
    EXPECT_EQ(ToldBy(acks), (Told{{Sta(2), 1, 0}})) << "the other one is not asked again";
}

TEST(GroupAck, TheLastFrameAndAFlushEndABlock)
{
    GroupAck acks;
    const auto config = Config(Method::GcrBlockAck, 1, 16);
    acks.SetMembers(Group(1), config, {{Sta(1), 0}});
    acks.Sent(Group(1), config, 1, 10, true);
    EXPECT_TRUE(acks.Demand());
    acks.OnBlockAck(Sta(1), Group(1), 10, 1);
    acks.Sent(Group(1), config, 2, 11, false);
    EXPECT_FALSE(acks.Demand());
    acks.Flush();
    EXPECT_TRUE(acks.Demand());
}

TEST(GroupAck, AMemberThatLeavesIsNotWaitedFor)
{
    GroupAck acks;
    const auto config = Config(Method::GcrBlockAck, 5, 1);
    acks.SetMembers(Group(1), config, {{Sta(1), 0}});
    acks.Sent(Group(1), config, 1, 10, false);
    EXPECT_TRUE(acks.Demand());
    acks.Leave(Sta(1));
    acks.OnNoAnswer();
    EXPECT_FALSE(acks.Demand());
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Done, 1}}));
}

TEST(GroupAck, AFrameLostOnTheWayHoldsUpNobody)
{
    GroupAck acks;
    const auto config = Config(Method::GcrBlockAck, 5, 2);
    acks.SetMembers(Group(1), config, {{Sta(1), 0}});
    acks.Sent(Group(1), config, 1, 10, false);
    acks.Sent(Group(1), config, 2, 11, false);
    EXPECT_TRUE(acks.Demand());
    acks.OnBlockAck(Sta(1), Group(1), 10, 0);
    EXPECT_EQ(Outcomes(acks).size(), 2U);
    acks.Sent(Group(1), config, 1, 10, false);
    EXPECT_FALSE(acks.Demand());
    acks.Forget(2);
    ASSERT_TRUE(acks.Demand()) << "the other one is out";
    acks.OnBlockAck(Sta(1), Group(1), 10, 1);
    EXPECT_EQ(Outcomes(acks), (List{{Kind::Done, 1}}));
}

} // namespace
} // namespace mcast::wifi
