// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/gcr.h"

#include "support.h"

#include "model/core/base/random.h"

#include <cmath>
#include <map>

namespace mcast::wifi
{
namespace
{

using namespace test;

TEST(UnsolicitedRetry, SendsRoundsWithOneNumberPerFrame)
{
    UnsolicitedRetry retry(2);
    retry.Push(1, 10);
    retry.Push(2, 11);
    std::vector<std::tuple<FrameId, std::uint16_t, bool>> sent;
    while (const auto attempt = retry.Next())
    {
        sent.emplace_back(attempt->id, attempt->sequence, attempt->retry);
    }
    EXPECT_EQ(sent, (std::vector<std::tuple<FrameId, std::uint16_t, bool>>{
                        {1, 10, false}, {2, 11, false}, {1, 10, true}, {2, 11, true}, {1, 10, true}, {2, 11, true}}));
    EXPECT_EQ(retry.PollDone(), FrameId{1});
    EXPECT_EQ(retry.PollDone(), FrameId{2});
    EXPECT_EQ(retry.PollDone(), std::nullopt);
    EXPECT_EQ(retry.Pending(), 0U);
}

TEST(UnsolicitedRetry, WithoutRetriesEachFrameGoesOnce)
{
    UnsolicitedRetry retry(0);
    retry.Push(1, 0);
    EXPECT_FALSE(retry.Next()->retry);
    EXPECT_EQ(retry.Next(), std::nullopt);
}

// A receiver that loses each transmission with probability p loses p^(R+1) of the frames.
TEST(UnsolicitedRetry, LossIsThatOfTheClosedForm)
{
    constexpr int FRAMES = 20000;
    constexpr double P = 0.5;
    UnsolicitedRetry retry(3);
    Random random(7);
    DuplicateFilter filter;
    int received = 0;
    for (int i = 0; i < FRAMES; i++)
    {
        retry.Push(static_cast<FrameId>(i), static_cast<std::uint16_t>(i % 4096));
        while (const auto attempt = retry.Next())
        {
            const bool lost = static_cast<double>(random.Next() % 1000) < P * 1000;
            received += !lost && filter.Accept(BSSID, Group(1), 0, attempt->sequence, attempt->retry) ? 1 : 0;
        }
    }
    const double loss = 1 - static_cast<double>(received) / FRAMES;
    const double deviation = std::sqrt(0.0625 * 0.9375 / FRAMES);
    EXPECT_NEAR(loss, 0.0625, 4 * deviation);
}

TEST(GcrBlockAck, AsksEachMemberAndRepeatsWhatIsMissing)
{
    GcrBlockAck block(2, 3);
    block.SetMembers({Sta(1), Sta(2)});
    block.Push(1, 100);
    EXPECT_EQ(block.Next()->attempt.id, 1U);
    EXPECT_FALSE(block.Next()) << "the block is not full";
    block.Push(2, 101);
    EXPECT_EQ(block.Next()->attempt.sequence, 101);
    auto step = block.Next();
    EXPECT_EQ(step->kind, BlockAckStep::Kind::Request);
    EXPECT_EQ(step->member, Sta(1));
    EXPECT_EQ(step->startSequence, 100);
    EXPECT_FALSE(block.Next()) << "an answer is awaited";
    block.OnBlockAck(Sta(1), 100, 0b11);
    EXPECT_EQ(block.Next()->member, Sta(2));
    block.OnBlockAck(Sta(2), 100, 0b01);
    step = block.Next();
    EXPECT_EQ(step->kind, BlockAckStep::Kind::Done);
    EXPECT_EQ(step->attempt.id, 1U);
    step = block.Next();
    EXPECT_EQ(step->kind, BlockAckStep::Kind::Send);
    EXPECT_EQ(step->attempt.id, 2U);
    EXPECT_TRUE(step->attempt.retry);
    EXPECT_EQ(block.Pending(), 1U);
    block.Flush();
    step = block.Next();
    EXPECT_EQ(step->member, Sta(2)) << "only who misses something is asked";
    EXPECT_EQ(step->startSequence, 101);
    block.OnBlockAck(Sta(2), 101, 1);
    EXPECT_EQ(block.Next()->kind, BlockAckStep::Kind::Done);
    EXPECT_FALSE(block.Next());
}

TEST(GcrBlockAck, GivesUpAfterItsRounds)
{
    GcrBlockAck block(1, 1);
    block.SetMembers({Sta(1)});
    block.Push(1, 5);
    for (int round = 0; round < 2; round++)
    {
        EXPECT_EQ(block.Next()->kind, BlockAckStep::Kind::Send);
        EXPECT_EQ(block.Next()->kind, BlockAckStep::Kind::Request);
        block.OnNoAnswer(Sta(1));
    }
    const auto step = block.Next();
    EXPECT_EQ(step->kind, BlockAckStep::Kind::GaveUp);
    EXPECT_EQ(step->missing, 1U);
    EXPECT_FALSE(block.Next());
}

TEST(GcrBlockAck, AMemberThatLeavesOwesNothing)
{
    GcrBlockAck block(1, 5);
    block.SetMembers({Sta(1), Sta(2)});
    block.Push(1, 4095);
    block.Next();
    block.Next();
    block.OnBlockAck(Sta(1), 4095, 1);
    block.SetMembers({Sta(1)});
    EXPECT_EQ(block.Next()->kind, BlockAckStep::Kind::Done);
}

TEST(GcrBlockAck, NumbersGoRound)
{
    GcrBlockAck block(2, 5);
    block.SetMembers({Sta(1)});
    block.Push(1, 4095);
    block.Push(2, 0);
    block.Next();
    block.Next();
    EXPECT_EQ(block.Next()->startSequence, 4095);
    block.OnBlockAck(Sta(1), 4095, 0b11);
    EXPECT_EQ(block.Next()->kind, BlockAckStep::Kind::Done);
    EXPECT_EQ(block.Next()->kind, BlockAckStep::Kind::Done);
}

TEST(GcrBlockAck, AnAnswerOfSomebodyElseCountsForNothing)
{
    GcrBlockAck block(1, 5);
    block.SetMembers({Sta(1)});
    block.Push(1, 1);
    block.Next();
    block.Next();
    block.OnBlockAck(Sta(2), 1, 1);
    EXPECT_FALSE(block.Next());
    block.OnBlockAck(Sta(1), 1, 1);
    EXPECT_EQ(block.Next()->kind, BlockAckStep::Kind::Done);
}

TEST(LeaderAck, TheWorstLeadsAndIsReplacedWithHysteresis)
{
    LeaderAck leader(2);
    leader.SetMembers({{Sta(1), 20}, {Sta(2), 10}});
    EXPECT_EQ(leader.Leader(), std::nullopt) << "nobody was told yet";
    EXPECT_EQ(leader.Announce(), Sta(2));
    leader.SetMembers({{Sta(1), 8}, {Sta(2), 10}});
    EXPECT_EQ(leader.Announce(), Sta(2)) << "2 dB are not enough";
    leader.SetMembers({{Sta(1), 6}, {Sta(2), 10}});
    EXPECT_EQ(leader.Leader(), Sta(2)) << "until the other one is told";
    EXPECT_EQ(leader.Announce(), Sta(1));
    leader.SetMembers({{Sta(2), 10}});
    EXPECT_EQ(leader.Leader(), std::nullopt) << "it is gone";
    EXPECT_EQ(leader.Announce(), Sta(2));
    leader.SetMembers({});
    EXPECT_EQ(leader.Leader(), std::nullopt);
    EXPECT_EQ(leader.Announce(), std::nullopt);
}

TEST(LeaderAck, RepeatsUntilTheLeaderAnswersOrTheTriesAreOver)
{
    LeaderAck leader(2);
    leader.SetMembers({{Sta(1), 1}});
    leader.Announce();
    leader.Push(1, 7);
    leader.Push(2, 8);
    EXPECT_FALSE(leader.Next()->retry);
    EXPECT_FALSE(leader.Next()) << "its answer is awaited";
    leader.OnNoAck();
    const auto again = leader.Next();
    EXPECT_TRUE(again->retry);
    EXPECT_EQ(again->sequence, 7);
    leader.OnAck();
    EXPECT_TRUE(leader.PollDone()->acknowledged);
    for (int i = 0; i < 3; i++)
    {
        EXPECT_EQ(leader.Next()->id, 2U);
        leader.OnNoAck();
    }
    const auto lost = leader.PollDone();
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->id, 2U);
    EXPECT_FALSE(lost->acknowledged);
    EXPECT_FALSE(leader.Next());
}

TEST(LeaderAck, WithoutALeaderEachFrameGoesOnce)
{
    LeaderAck leader(2);
    leader.Push(1, 7);
    EXPECT_TRUE(leader.Next());
    EXPECT_FALSE(leader.PollDone()->acknowledged);
    EXPECT_FALSE(leader.Next());
}

TEST(LeaderAck, AFrameThatIsLostOnTheWayHoldsUpNobody)
{
    LeaderAck leader(2);
    leader.SetMembers({{Sta(1), 1}});
    leader.Announce();
    leader.Push(1, 7);
    leader.Push(2, 8);
    leader.Next();
    leader.OnNoAck();
    leader.Forget(1);
    EXPECT_EQ(leader.Next()->id, 2U);
}

// More frames than a bitmap has bits for, or numbers in between that are others': asked in several questions.
TEST(GcrBlockAck, AsksForMoreThanABitmapHolds)
{
    GcrBlockAck block(3, 1);
    block.SetMembers({Sta(1)});
    block.PushSent(1, 4000);
    block.PushSent(2, 4050);
    block.PushSent(3, 20);
    auto step = block.Next();
    EXPECT_EQ(step->startSequence, 4000);
    block.OnBlockAck(Sta(1), 4000, 1);
    step = block.Next();
    ASSERT_EQ(step->kind, BlockAckStep::Kind::Request);
    EXPECT_EQ(step->startSequence, 20) << "the first one beyond the bitmap";
    block.OnBlockAck(Sta(1), 20, 1);
    std::map<FrameId, BlockAckStep::Kind> left;
    while ((step = block.Next()) && step->kind != BlockAckStep::Kind::Request)
    {
        left[step->attempt.id] = step->kind;
    }
    using Kind = BlockAckStep::Kind;
    EXPECT_EQ(left, (std::map<FrameId, Kind>{{1, Kind::Done}, {2, Kind::Send}, {3, Kind::Done}}));
    EXPECT_EQ(step->startSequence, 4050) << "asked again without a full block";
}

TEST(GcrBlockAck, WithoutFramesAFlushMeansNothing)
{
    GcrBlockAck block(2, 1);
    block.SetMembers({Sta(1)});
    block.Flush();
    block.PushSent(1, 5);
    EXPECT_FALSE(block.Next()) << "the block is not full";
    block.Forget(1);
    block.Flush();
    EXPECT_FALSE(block.Next()) << "nobody is asked for nothing";
}

TEST(DuplicateFilter, ARepeatedFrameGoesUpOnce)
{
    DuplicateFilter filter(4);
    EXPECT_TRUE(filter.Accept(BSSID, Group(1), 0, 1, false));
    EXPECT_FALSE(filter.Accept(BSSID, Group(1), 0, 1, true));
    EXPECT_TRUE(filter.Accept(BSSID, Group(1), 0, 2, true)) << "its first copy was lost";
    EXPECT_TRUE(filter.Accept(BSSID, Group(1), 1, 1, true)) << "another TID";
    EXPECT_TRUE(filter.Accept(Sta(1), Group(1), 0, 1, true)) << "another transmitter";
    EXPECT_TRUE(filter.Accept(BSSID, Group(2), 0, 1, true)) << "another group";
    for (std::uint16_t sequence = 3; sequence < 8; sequence++)
    {
        filter.Accept(BSSID, Group(1), 0, sequence, false);
    }
    EXPECT_TRUE(filter.Accept(BSSID, Group(1), 0, 1, true)) << "too long ago to be a copy";
}

} // namespace
} // namespace mcast::wifi
