// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/dtim-scheduler.h"

#include "support.h"

#include <map>

namespace mcast::wifi
{
namespace
{

using namespace test;

// Two stations, one of them asleep unless told, and a Beacon every 100 TU.
class DtimSchedulerTest : public ::testing::Test
{
  protected:
    void Make(DtimConfig config, std::size_t asleep = 1)
    {
        scheduler.emplace(config);
        scheduler->Stations(At({}), 2, asleep);
    }

    void Make(unsigned period)
    {
        DtimConfig config;
        config.dtimPeriod = period;
        Make(config);
    }

    TimePoint Tbtt(unsigned number) const
    {
        return At(TIME_UNIT * 100 * number);
    }

    // A Beacon at its time, and on the air 1 ms later.
    BeaconFields Beacon(unsigned number)
    {
        const auto fields = scheduler->NextBeacon(Tbtt(number));
        scheduler->BeaconSent(Tbtt(number) + milliseconds{1});
        return fields;
    }

    bool Push(FrameId id, TimePoint at, std::uint64_t notBefore = 0)
    {
        return scheduler->Enqueue(at, {id, Group(3), 200, notBefore});
    }

    // All that may go, as id and More Data.
    std::vector<std::pair<FrameId, bool>> TakeAll(TimePoint at)
    {
        std::vector<std::pair<FrameId, bool>> taken;
        while (const auto release = scheduler->Release(at))
        {
            taken.emplace_back(release->id, release->moreData);
        }
        return taken;
    }

    std::map<DtimEventKind, int> Events()
    {
        std::map<DtimEventKind, int> counts;
        while (const auto event = scheduler->PollEvent())
        {
            counts[event->kind]++;
            last[event->kind] = *event;
        }
        return counts;
    }

    using Sent = std::vector<std::pair<FrameId, bool>>;
    std::optional<DtimScheduler> scheduler;
    std::map<DtimEventKind, DtimEvent> last;
};

TEST_F(DtimSchedulerTest, CountsDownByTbtt)
{
    Make(3);
    std::vector<int> counts;
    for (unsigned i = 0; i < 7; i++)
    {
        counts.push_back(Beacon(i).dtimCount);
    }
    EXPECT_EQ(counts, (std::vector<int>{0, 2, 1, 0, 2, 1, 0}));
    EXPECT_EQ(scheduler->DtimNumber(), 3U);
}

TEST_F(DtimSchedulerTest, CountGoesOnOverABeaconThatWasLeftOut)
{
    Make(3);
    Beacon(0);
    Beacon(1);
    EXPECT_EQ(Beacon(4).dtimCount, 2);
    EXPECT_EQ(Beacon(6).dtimCount, 0);
}

TEST_F(DtimSchedulerTest, PeriodOneMakesEveryBeaconADtim)
{
    Make(1);
    for (unsigned i = 0; i < 4; i++)
    {
        const auto fields = Beacon(i);
        EXPECT_EQ(fields.dtimCount, 0);
        EXPECT_EQ(fields.dtimPeriod, 1);
    }
}

TEST_F(DtimSchedulerTest, WithNobodyAsleepFramesGoAtOnce)
{
    DtimConfig config;
    config.dtimPeriod = 3;
    Make(config, 0);
    Beacon(0);
    Push(1, Tbtt(0) + milliseconds{5});
    Push(2, Tbtt(0) + milliseconds{6});
    EXPECT_EQ(TakeAll(Tbtt(0) + milliseconds{7}), (Sent{{1, false}, {2, false}}));
    EXPECT_FALSE(Beacon(3).groupTraffic);
    EXPECT_EQ(Events()[DtimEventKind::Buffered], 0);
}

TEST_F(DtimSchedulerTest, ASleeperMakesFramesWaitForTheDtim)
{
    Make(3);
    EXPECT_FALSE(Beacon(0).groupTraffic);
    Push(1, Tbtt(0) + milliseconds{5});
    Push(2, Tbtt(1) + milliseconds{5});
    EXPECT_FALSE(Beacon(1).groupTraffic);
    EXPECT_FALSE(Beacon(2).groupTraffic) << "the bit is of DTIM Beacons";
    EXPECT_FALSE(scheduler->CanRelease());
    EXPECT_TRUE(Beacon(3).groupTraffic);
    EXPECT_EQ(TakeAll(Tbtt(3) + milliseconds{2}), (Sent{{1, true}, {2, false}}));
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Holding);
    auto events = Events();
    EXPECT_EQ(events[DtimEventKind::Buffered], 2);
    EXPECT_EQ(events[DtimEventKind::Released], 2);
    EXPECT_EQ(last[DtimEventKind::BurstEnds].value, 2U);
    EXPECT_EQ(last[DtimEventKind::Released].after, TIME_UNIT * 200 - milliseconds{3});
}

TEST_F(DtimSchedulerTest, NothingGoesBeforeTheBeaconIsOnTheAir)
{
    Make(1);
    Push(1, Tbtt(0));
    EXPECT_TRUE(scheduler->NextBeacon(Tbtt(1)).groupTraffic);
    EXPECT_FALSE(scheduler->CanRelease());
    scheduler->BeaconSent(Tbtt(1) + milliseconds{3});
    EXPECT_TRUE(scheduler->CanRelease());
}

TEST_F(DtimSchedulerTest, AFrameThatCameAfterTheBeaconWasMadeIsNotAnnouncedByIt)
{
    Make(2);
    EXPECT_FALSE(scheduler->NextBeacon(Tbtt(0)).groupTraffic);
    Push(1, Tbtt(0) + microseconds{10});
    scheduler->BeaconSent(Tbtt(0) + milliseconds{1});
    EXPECT_FALSE(scheduler->CanRelease());
    Beacon(1);
    EXPECT_TRUE(Beacon(2).groupTraffic);
    EXPECT_TRUE(scheduler->CanRelease());
}

TEST_F(DtimSchedulerTest, AFrameThatComesDuringTheBurstJoinsIt)
{
    Make(2);
    Push(1, Tbtt(0));
    Push(2, Tbtt(0));
    Beacon(0);
    EXPECT_TRUE(scheduler->Release(Tbtt(0) + milliseconds{2})->moreData);
    Push(3, Tbtt(0) + milliseconds{3});
    EXPECT_EQ(TakeAll(Tbtt(0) + milliseconds{4}), (Sent{{2, true}, {3, false}}));
    Push(4, Tbtt(0) + milliseconds{5});
    EXPECT_FALSE(scheduler->CanRelease()) << "after More Data 0 nobody listens";
}

TEST_F(DtimSchedulerTest, OrItWaitsForTheNextOne)
{
    DtimConfig config;
    config.dtimPeriod = 2;
    config.lateFrame = LateFrame::NextDtim;
    Make(config);
    Push(1, Tbtt(0));
    Beacon(0);
    Push(2, Tbtt(0) + milliseconds{2});
    EXPECT_EQ(TakeAll(Tbtt(0) + milliseconds{3}), (Sent{{1, false}}));
    Beacon(1);
    EXPECT_TRUE(Beacon(2).groupTraffic);
    EXPECT_EQ(TakeAll(Tbtt(2) + milliseconds{3}), (Sent{{2, false}}));
}

TEST_F(DtimSchedulerTest, ABurstThatOutrunsTheIntervalKeepsTheGroupBit)
{
    Make(3);
    for (FrameId id = 1; id <= 4; id++)
    {
        Push(id, Tbtt(0));
    }
    Beacon(0);
    EXPECT_TRUE(scheduler->Release(Tbtt(0) + milliseconds{2})->moreData);
    EXPECT_TRUE(scheduler->Release(Tbtt(0) + milliseconds{50})->moreData);
    const auto fields = scheduler->NextBeacon(Tbtt(1));
    EXPECT_TRUE(fields.groupTraffic);
    EXPECT_EQ(fields.dtimCount, 2);
    EXPECT_FALSE(scheduler->CanRelease()) << "the Beacon goes first";
    scheduler->BeaconSent(Tbtt(1) + milliseconds{1});
    EXPECT_EQ(TakeAll(Tbtt(1) + milliseconds{2}), (Sent{{3, true}, {4, false}}));
    EXPECT_FALSE(Beacon(2).groupTraffic);
    EXPECT_EQ(Events()[DtimEventKind::Overran], 1);
    EXPECT_EQ(last[DtimEventKind::Overran].value, 2U);
}

TEST_F(DtimSchedulerTest, OrStopsAtTheBeacon)
{
    DtimConfig config;
    config.dtimPeriod = 3;
    config.overrun = Overrun::WaitForDtim;
    Make(config);
    Push(1, Tbtt(0));
    Push(2, Tbtt(0));
    Beacon(0);
    EXPECT_TRUE(scheduler->Release(Tbtt(0) + milliseconds{2})->moreData);
    EXPECT_FALSE(Beacon(1).groupTraffic);
    EXPECT_FALSE(scheduler->CanRelease());
    Beacon(2);
    EXPECT_TRUE(Beacon(3).groupTraffic);
    EXPECT_EQ(TakeAll(Tbtt(3) + milliseconds{2}), (Sent{{2, false}}));
}

TEST_F(DtimSchedulerTest, TheLastWakeFlushes)
{
    Make(3);
    Beacon(0);
    Push(1, Tbtt(0) + milliseconds{5});
    Push(2, Tbtt(0) + milliseconds{6});
    scheduler->Stations(Tbtt(0) + milliseconds{20}, 2, 0);
    EXPECT_EQ(TakeAll(Tbtt(0) + milliseconds{21}), (Sent{{1, true}, {2, false}}));
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Open);
    EXPECT_EQ(Events()[DtimEventKind::Flushed], 1);
}

TEST_F(DtimSchedulerTest, AFlushEndsWhenAStationSleepsAgain)
{
    Make(3);
    Beacon(0);
    Push(1, Tbtt(0) + milliseconds{5});
    Push(2, Tbtt(0) + milliseconds{6});
    scheduler->Stations(Tbtt(0) + milliseconds{20}, 2, 0);
    EXPECT_EQ(scheduler->Release(Tbtt(0) + milliseconds{20})->id, 1U);
    scheduler->Stations(Tbtt(0) + milliseconds{21}, 2, 1);
    EXPECT_FALSE(scheduler->CanRelease());
    EXPECT_TRUE(Beacon(3).groupTraffic);
    EXPECT_EQ(TakeAll(Tbtt(3) + milliseconds{2}), (Sent{{2, false}}));
}

TEST_F(DtimSchedulerTest, OrLinuxWaitsForTheDtimAllTheSame)
{
    DtimConfig config = LinuxDtimConfig();
    config.dtimPeriod = 3;
    Make(config);
    Beacon(0);
    Push(1, Tbtt(0) + milliseconds{5});
    scheduler->Stations(Tbtt(0) + milliseconds{20}, 2, 0);
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Draining);
    Push(2, Tbtt(1) + milliseconds{5});
    EXPECT_FALSE(scheduler->CanRelease()) << "new frames stay behind the old ones";
    EXPECT_TRUE(Beacon(3).groupTraffic);
    EXPECT_EQ(TakeAll(Tbtt(3) + milliseconds{2}), (Sent{{1, true}, {2, false}}));
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Open);
    Push(3, Tbtt(3) + milliseconds{9});
    EXPECT_TRUE(scheduler->CanRelease());
}

TEST_F(DtimSchedulerTest, AFullBufferDropsTheSideThatIsTold)
{
    for (const auto side : {DropSide::Newest, DropSide::Oldest})
    {
        DtimConfig config;
        config.maxFrames = 2;
        config.dropSide = side;
        Make(config);
        EXPECT_TRUE(Push(1, Tbtt(0)));
        EXPECT_TRUE(Push(2, Tbtt(0)));
        EXPECT_EQ(Push(3, Tbtt(0)), side == DropSide::Oldest);
        auto events = Events();
        EXPECT_EQ(events[DtimEventKind::Dropped], 1);
        EXPECT_EQ(last[DtimEventKind::Dropped].id, side == DropSide::Oldest ? 1U : 3U);
        EXPECT_EQ(last[DtimEventKind::Dropped].reason, DropReason::BufferFull);
        Beacon(1);
        EXPECT_EQ(TakeAll(Tbtt(1) + milliseconds{2}),
                  side == DropSide::Oldest ? (Sent{{2, true}, {3, false}}) : (Sent{{1, true}, {2, false}}));
    }
}

TEST_F(DtimSchedulerTest, OctetsHaveALimitToo)
{
    DtimConfig config;
    config.maxOctets = 500;
    Make(config);
    EXPECT_TRUE(Push(1, Tbtt(0)));
    EXPECT_TRUE(Push(2, Tbtt(0)));
    EXPECT_FALSE(Push(3, Tbtt(0)));
    EXPECT_EQ(scheduler->WaitingOctets(), 400U);
    Beacon(0);
    TakeAll(Tbtt(0) + milliseconds{2});
    EXPECT_EQ(scheduler->WaitingOctets(), 0U);
}

TEST_F(DtimSchedulerTest, ALifetimeEnds)
{
    DtimConfig config;
    config.dtimPeriod = 10;
    config.lifetime = milliseconds{500};
    Make(config);
    Beacon(0);
    Push(1, Tbtt(0) + milliseconds{10});
    Push(2, Tbtt(3));
    EXPECT_EQ(scheduler->NextDeadline(), At(milliseconds{510}));
    scheduler->AdvanceTo(At(milliseconds{510}));
    EXPECT_EQ(scheduler->Waiting(), 1U);
    EXPECT_EQ(Events()[DtimEventKind::Dropped], 1);
    EXPECT_EQ(last[DtimEventKind::Dropped].reason, DropReason::Lifetime);
    EXPECT_EQ(last[DtimEventKind::Dropped].after, milliseconds{500});
}

TEST_F(DtimSchedulerTest, WithoutALifetimeNothingIsLostAtDtim10)
{
    Make(10);
    Beacon(0);
    for (FrameId id = 0; id < 50; id++)
    {
        Push(id, Tbtt(0) + milliseconds{20} * id + milliseconds{2});
    }
    EXPECT_EQ(scheduler->NextDeadline(), std::nullopt);
    for (unsigned i = 1; i < 10; i++)
    {
        EXPECT_FALSE(Beacon(i).groupTraffic);
    }
    EXPECT_TRUE(Beacon(10).groupTraffic);
    EXPECT_EQ(TakeAll(Tbtt(10) + milliseconds{2}).size(), 50U);
}

TEST_F(DtimSchedulerTest, WithNobodyAssociatedLinuxSendsNothing)
{
    DtimConfig config = LinuxDtimConfig();
    scheduler.emplace(config);
    EXPECT_FALSE(Push(1, Tbtt(0)));
    EXPECT_EQ(Events()[DtimEventKind::Dropped], 1);
    EXPECT_EQ(last[DtimEventKind::Dropped].reason, DropReason::NoStations);
    scheduler->Stations(Tbtt(0), 1, 1);
    EXPECT_TRUE(Push(2, Tbtt(0)));
    scheduler->Stations(Tbtt(0), 0, 0);
    EXPECT_FALSE(Push(3, Tbtt(0)));
    // What waits when the last one leaves goes at its DTIM.
    EXPECT_EQ(scheduler->Waiting(), 1U);
    EXPECT_TRUE(Beacon(LinuxDtimConfig().dtimPeriod).groupTraffic);
}

TEST_F(DtimSchedulerTest, AWithdrawnFrameDoesNotHoldTheBurst)
{
    Make(1);
    Push(1, Tbtt(0));
    Push(2, Tbtt(0));
    Beacon(0);
    EXPECT_TRUE(scheduler->Release(Tbtt(0) + milliseconds{2})->moreData);
    EXPECT_TRUE(scheduler->Withdraw(Tbtt(0) + milliseconds{3}, 2));
    EXPECT_FALSE(scheduler->Withdraw(Tbtt(0) + milliseconds{3}, 2));
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Holding);
}

TEST_F(DtimSchedulerTest, AHostMayPickTheFrame)
{
    Make(1);
    Push(1, Tbtt(0));
    Push(2, Tbtt(0));
    EXPECT_FALSE(scheduler->Release(Tbtt(0), 2));
    Beacon(0);
    EXPECT_EQ(scheduler->Next(), FrameId{1});
    EXPECT_TRUE(scheduler->Release(Tbtt(0) + milliseconds{2}, 2)->moreData);
    EXPECT_FALSE(scheduler->Release(Tbtt(0) + milliseconds{2}, 2));
    EXPECT_FALSE(scheduler->Release(Tbtt(0) + milliseconds{2}, 1)->moreData);
}

TEST_F(DtimSchedulerTest, FramesOfFmsWaitForTheirDtim)
{
    Make(1);
    Beacon(0); // DTIM 1
    Push(1, Tbtt(0) + milliseconds{2}, 3);
    Push(2, Tbtt(0) + milliseconds{3});
    EXPECT_TRUE(Beacon(1).groupTraffic); // DTIM 2
    EXPECT_EQ(TakeAll(Tbtt(1) + milliseconds{2}), (Sent{{2, false}}));
    EXPECT_TRUE(Beacon(2).groupTraffic);
    EXPECT_EQ(TakeAll(Tbtt(2) + milliseconds{2}), (Sent{{1, false}}));
}

TEST_F(DtimSchedulerTest, AnotherPeriodStartsCountingAnew)
{
    Make(3);
    Beacon(0);
    Beacon(1);
    DtimConfig config;
    config.dtimPeriod = 2;
    scheduler->Configure(config);
    EXPECT_EQ(Beacon(2).dtimCount, 0);
    EXPECT_EQ(Beacon(3).dtimCount, 1);
    EXPECT_EQ(Beacon(4).dtimCount, 0);
}

TEST_F(DtimSchedulerTest, UnicastForSleepersWaitsForTheBurst)
{
    Make(1);
    Push(1, Tbtt(0));
    EXPECT_TRUE(scheduler->MaySendToSleepers());
    Beacon(0);
    EXPECT_FALSE(scheduler->MaySendToSleepers());
    TakeAll(Tbtt(0) + milliseconds{2});
    EXPECT_TRUE(scheduler->MaySendToSleepers());
}

// A frame that has to be acknowledged keeps the burst open; what comes meanwhile waits, as sleepers have seen More Data 0.
TEST_F(DtimSchedulerTest, ABurstLastsUntilItsFramesAreSettled)
{
    Make(1);
    for (FrameId id = 1; id <= 2; id++)
    {
        scheduler->Enqueue(At({}), {id, Group(3), 200, 0, true});
    }
    Beacon(0);
    EXPECT_EQ(TakeAll(Tbtt(0) + milliseconds{2}), (Sent{{1, true}, {2, false}}));
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Burst);
    EXPECT_EQ(scheduler->Unsettled(), 2U);
    Push(3, Tbtt(0) + milliseconds{3});
    EXPECT_FALSE(scheduler->CanRelease());
    EXPECT_TRUE(scheduler->Repeat(Tbtt(0) + milliseconds{4}, 2));
    EXPECT_TRUE(scheduler->Repeat(Tbtt(0) + milliseconds{4}, 1));
    EXPECT_FALSE(scheduler->Repeat(Tbtt(0) + milliseconds{4}, 1)) << "it is not out";
    EXPECT_EQ(TakeAll(Tbtt(0) + milliseconds{5}), (Sent{{1, true}, {2, false}}));
    scheduler->Settle(Tbtt(0) + milliseconds{6}, 1);
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Burst);
    scheduler->Settle(Tbtt(0) + milliseconds{7}, 2);
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Holding);
    EXPECT_EQ(scheduler->WaitingOctets(), 200U);
    EXPECT_TRUE(Beacon(1).groupTraffic);
    EXPECT_EQ(TakeAll(Tbtt(1) + milliseconds{2}), (Sent{{3, false}}));
}

TEST_F(DtimSchedulerTest, ARepetitionGoesBeforeOtherFrames)
{
    Make({}, 0);
    scheduler->Enqueue(At({}), {1, Group(3), 200, 0, true});
    Push(2, At({}));
    EXPECT_EQ(scheduler->Release(At({}))->id, 1U);
    EXPECT_TRUE(scheduler->HasMore(Group(3)));
    EXPECT_FALSE(scheduler->HasMore(Group(4)));
    scheduler->Repeat(At({}), 1);
    EXPECT_EQ(TakeAll(At({})), (Sent{{1, false}, {2, false}}));
}

// It was sent while nobody slept: the repetition waits for the DTIM, which announces it.
TEST_F(DtimSchedulerTest, ARepetitionWaitsForSleepers)
{
    Make({}, 0);
    scheduler->Enqueue(At({}), {1, Group(3), 200, 0, true});
    EXPECT_EQ(TakeAll(At({})).size(), 1U);
    scheduler->Stations(At(milliseconds{1}), 2, 1);
    EXPECT_TRUE(scheduler->NextBeacon(Tbtt(0)).groupTraffic) << "it may have to be repeated";
    scheduler->Repeat(Tbtt(0), 1);
    EXPECT_FALSE(scheduler->CanRelease());
    scheduler->BeaconSent(Tbtt(0) + milliseconds{1});
    EXPECT_EQ(TakeAll(Tbtt(0) + milliseconds{2}), (Sent{{1, false}}));
    scheduler->Settle(Tbtt(0) + milliseconds{3}, 1);
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Holding);
}

// A burst that is still to be acknowledged at the next DTIM goes on behind it with what came since.
TEST_F(DtimSchedulerTest, TheNextDtimTakesNewFramesIntoAnUnsettledBurst)
{
    Make(1);
    scheduler->Enqueue(At({}), {1, Group(3), 200, 0, true});
    Beacon(0);
    TakeAll(Tbtt(0) + milliseconds{2});
    Push(2, Tbtt(0) + milliseconds{3});
    EXPECT_TRUE(Beacon(1).groupTraffic);
    EXPECT_EQ(TakeAll(Tbtt(1) + milliseconds{2}), (Sent{{2, false}}));
    scheduler->Settle(Tbtt(1) + milliseconds{3}, 1);
    EXPECT_EQ(scheduler->GetState(), DtimScheduler::State::Holding);
}

} // namespace
} // namespace mcast::wifi
