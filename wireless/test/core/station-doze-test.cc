// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/station-doze.h"

#include "support.h"

#include <set>

namespace mcast::wifi
{
namespace
{

using namespace test;
using State = StationDoze::State;

// A station of AID 1 with power save on, and an access point whose Beacons come when the radio is on.
class StationDozeTest : public ::testing::Test
{
  protected:
    void Make(DozeConfig config, unsigned dtimPeriod)
    {
        station.emplace(config);
        period = dtimPeriod;
        station->Associated(At({}), 1);
        Beacon(0);
        station->SetPowerSave(At(milliseconds{5}), true);
        const auto action = station->PollAction();
        ASSERT_TRUE(action);
        EXPECT_EQ(action->kind, StationAction::Kind::Null);
        EXPECT_TRUE(action->powerManagement);
        station->PowerManagementAcked(At(milliseconds{6}), true);
    }

    TimePoint Tbtt(unsigned number) const
    {
        return At(TIME_UNIT * 100 * number);
    }

    void RunTo(TimePoint at)
    {
        for (auto next = station->NextDeadline(); next && *next <= at; next = station->NextDeadline())
        {
            station->AdvanceTo(*next);
        }
        station->AdvanceTo(at);
    }

    // \return true if the station heard it
    bool Beacon(unsigned number, bool group = false, bool unicast = false)
    {
        RunTo(Tbtt(number));
        const bool heard = station->Awake();
        Tim tim;
        tim.dtimPeriod = static_cast<std::uint8_t>(period);
        tim.dtimCount = static_cast<std::uint8_t>((period - number % period) % period);
        tim.groupTraffic = group;
        tim.stations.set(1, unicast);
        station->HandleBeacon(Tbtt(number) + milliseconds{1}, Tbtt(number), &tim);
        return heard;
    }

    std::set<unsigned> HeardUntil(unsigned last)
    {
        std::set<unsigned> heard;
        for (unsigned i = 1; i <= last; i++)
        {
            if (Beacon(i))
            {
                heard.insert(i);
            }
        }
        return heard;
    }

    bool SleepsAt(TimePoint at)
    {
        RunTo(at);
        return !station->Awake();
    }

    std::optional<StationDoze> station;
    unsigned period = 1;
};

TEST_F(StationDozeTest, WakesForTheBeaconsOfItsListenInterval)
{
    DozeConfig config;
    config.listenInterval = 4;
    config.receiveDtims = false;
    Make(config, 3);
    EXPECT_EQ(HeardUntil(12), (std::set<unsigned>{4, 8, 12}));
}

TEST_F(StationDozeTest, ReceiveDtimsAddsEveryDtim)
{
    DozeConfig config;
    config.listenInterval = 2;
    Make(config, 3);
    EXPECT_EQ(HeardUntil(12), (std::set<unsigned>{2, 3, 4, 6, 8, 9, 10, 12}));
}

TEST_F(StationDozeTest, AListenIntervalThatNeverMeetsADtimStillHearsThemAll)
{
    DozeConfig config;
    config.listenInterval = 100;
    Make(config, 3);
    EXPECT_EQ(HeardUntil(9), (std::set<unsigned>{3, 6, 9}));
}

TEST_F(StationDozeTest, DozesBetween)
{
    Make({}, 3);
    EXPECT_TRUE(SleepsAt(At(milliseconds{7})));
    EXPECT_EQ(station->NextDeadline(), Tbtt(1) - microseconds{800});
    EXPECT_FALSE(SleepsAt(Tbtt(1) - microseconds{800}));
    Beacon(1);
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{2}));
}

TEST_F(StationDozeTest, StaysAwakeUntilAGroupFrameWithoutMoreData)
{
    Make({}, 1);
    Beacon(1, true);
    EXPECT_FALSE(SleepsAt(Tbtt(1) + milliseconds{30}));
    station->HandleGroup(Tbtt(1) + milliseconds{31}, true);
    EXPECT_FALSE(SleepsAt(Tbtt(1) + milliseconds{40}));
    station->HandleGroup(Tbtt(1) + milliseconds{41}, false);
    EXPECT_FALSE(SleepsAt(Tbtt(1) + milliseconds{41} + microseconds{19}));
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{41} + microseconds{20}));
}

TEST_F(StationDozeTest, OrUntilABeaconWithoutTheGroupBit)
{
    Make({}, 2);
    Beacon(2, true);
    station->HandleGroup(Tbtt(2) + milliseconds{5}, true);
    EXPECT_FALSE(SleepsAt(Tbtt(3))) << "the last frame was lost, or the burst goes on";
    Beacon(3, true);
    EXPECT_EQ(station->GetState(), State::Group);
    Beacon(4, false);
    EXPECT_TRUE(SleepsAt(Tbtt(4) + milliseconds{2}));
    bool cut = false;
    while (const auto event = station->PollEvent())
    {
        cut = cut || event->kind == DozeEvent::Kind::GroupCut;
    }
    EXPECT_TRUE(cut);
}

TEST_F(StationDozeTest, WithoutReceiveDtimsTheGroupBitSaysNothing)
{
    DozeConfig config;
    config.receiveDtims = false;
    config.listenInterval = 1;
    Make(config, 1);
    Beacon(1, true);
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{2}));
}

TEST_F(StationDozeTest, FallingAsleepInABurstWaitsForItsEnd)
{
    station.emplace(DozeConfig{});
    station->Associated(At({}), 1);
    Beacon(0, true);
    station->SetPowerSave(At(milliseconds{5}), true);
    station->PollAction();
    station->PowerManagementAcked(At(milliseconds{6}), true);
    EXPECT_FALSE(SleepsAt(At(milliseconds{30})));
    station->HandleGroup(At(milliseconds{31}), false);
    EXPECT_TRUE(SleepsAt(At(milliseconds{32})));
}

TEST_F(StationDozeTest, PollsForItsFramesAfterTheGroupFrames)
{
    Make({}, 1);
    Beacon(1, true, true);
    EXPECT_FALSE(station->PollAction());
    station->HandleGroup(Tbtt(1) + milliseconds{3}, false);
    ASSERT_EQ(station->GetState(), State::Poll);
    EXPECT_EQ(station->PollAction()->kind, StationAction::Kind::PsPoll);
    station->HandleUnicast(Tbtt(1) + milliseconds{4}, true);
    EXPECT_EQ(station->PollAction()->kind, StationAction::Kind::PsPoll) << "More Data: another one";
    station->HandleUnicast(Tbtt(1) + milliseconds{5}, false);
    EXPECT_FALSE(station->PollAction());
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{6}));
}

TEST_F(StationDozeTest, AnUnansweredPollIsRepeatedAndThenLeftToTheNextBeacon)
{
    Make({}, 1);
    Beacon(1, false, true);
    for (int i = 0; i < 3; i++)
    {
        const auto action = station->PollAction();
        ASSERT_TRUE(action) << i;
        EXPECT_EQ(action->kind, StationAction::Kind::PsPoll);
        RunTo(Tbtt(1) + milliseconds{1} + milliseconds{20} * (i + 1));
    }
    EXPECT_FALSE(station->PollAction());
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{63}));
    Beacon(2, false, true);
    EXPECT_EQ(station->PollAction()->kind, StationAction::Kind::PsPoll);
}

TEST_F(StationDozeTest, AnAnswerJustBeforeABeaconLeavesItAwakeForThat)
{
    DozeConfig config;
    config.fetch = UnicastFetch::OnDemand;
    Make(config, 1);
    Beacon(1, false, true);
    EXPECT_TRUE(SleepsAt(Tbtt(2) - milliseconds{2}));
    station->Poll(Tbtt(2) - milliseconds{1});
    EXPECT_TRUE(station->PollAction());
    station->HandleUnicast(Tbtt(2) - microseconds{400}, false);
    EXPECT_FALSE(SleepsAt(Tbtt(2) - microseconds{1}));
    EXPECT_EQ(station->GetState(), State::Listen);
    Beacon(2);
    EXPECT_TRUE(SleepsAt(Tbtt(2) + milliseconds{5}));
    EXPECT_EQ(station->NextDeadline(), Tbtt(3) - microseconds{800});
}

TEST_F(StationDozeTest, OnDemandItPollsOnceForOneFrame)
{
    DozeConfig config;
    config.fetch = UnicastFetch::OnDemand;
    Make(config, 1);
    Beacon(1, false, true);
    EXPECT_FALSE(station->PollAction()) << "whatever the TIM says";
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{5}));
    station->Poll(Tbtt(1) + milliseconds{6});
    EXPECT_TRUE(station->Awake());
    EXPECT_EQ(station->PollAction()->kind, StationAction::Kind::PsPoll);
    station->HandleUnicast(Tbtt(1) + milliseconds{7}, true);
    EXPECT_FALSE(station->PollAction()) << "whatever More Data says";
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{8}));
    station->Poll(Tbtt(1) + milliseconds{30});
    EXPECT_TRUE(station->PollAction());
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{55})) << "no answer";
    EXPECT_FALSE(station->PollAction());
}

TEST_F(StationDozeTest, APollInABurstComesAfterIt)
{
    DozeConfig config;
    config.fetch = UnicastFetch::OnDemand;
    Make(config, 1);
    Beacon(1, true, true);
    station->Poll(Tbtt(1) + milliseconds{2});
    EXPECT_FALSE(station->PollAction());
    station->HandleGroup(Tbtt(1) + milliseconds{3}, false);
    EXPECT_EQ(station->PollAction()->kind, StationAction::Kind::PsPoll);
    EXPECT_EQ(station->GetState(), State::Poll);
}

TEST_F(StationDozeTest, AServicePeriodLastsUntilItsEnd)
{
    DozeConfig config;
    config.fetch = UnicastFetch::ServicePeriod;
    Make(config, 1);
    Beacon(1, false, true);
    EXPECT_EQ(station->PollAction()->kind, StationAction::Kind::Trigger);
    station->HandleUnicast(Tbtt(1) + milliseconds{3}, false, false);
    EXPECT_EQ(station->GetState(), State::Service);
    station->HandleUnicast(Tbtt(1) + milliseconds{4}, false, true);
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{5}));
}

TEST_F(StationDozeTest, AFrameOfItsOwnOpensAServicePeriod)
{
    DozeConfig config;
    config.fetch = UnicastFetch::ServicePeriod;
    Make(config, 1);
    Beacon(1);
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{5}));
    station->TriggerAcked(Tbtt(1) + milliseconds{6});
    EXPECT_EQ(station->GetState(), State::Service);
    station->HandleUnicast(Tbtt(1) + milliseconds{8}, false, false);
    EXPECT_FALSE(SleepsAt(Tbtt(1) + milliseconds{9}));
    station->HandleUnicast(Tbtt(1) + milliseconds{10}, false, true);
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{11}));
    EXPECT_FALSE(station->PollAction()) << "no trigger beside it";
}

TEST_F(StationDozeTest, AServicePeriodWhoseEndIsLostIsOverAfterAWhile)
{
    DozeConfig config;
    config.fetch = UnicastFetch::ServicePeriod;
    Make(config, 1);
    Beacon(1);
    station->TriggerAcked(Tbtt(1) + milliseconds{6});
    EXPECT_FALSE(SleepsAt(Tbtt(1) + milliseconds{25}));
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{27}));
}

TEST_F(StationDozeTest, OnlyUapsdHasTriggers)
{
    Make({}, 1);
    Beacon(1);
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{5}));
    station->TriggerAcked(Tbtt(1) + milliseconds{6});
    EXPECT_EQ(station->GetState(), State::Doze);
}

TEST_F(StationDozeTest, OrItWakesUpForAWhile)
{
    DozeConfig config;
    config.fetch = UnicastFetch::WakeUp;
    Make(config, 1);
    Beacon(1, false, true);
    auto action = station->PollAction();
    ASSERT_TRUE(action);
    EXPECT_FALSE(action->powerManagement);
    station->PowerManagementAcked(Tbtt(1) + milliseconds{2}, false);
    EXPECT_EQ(station->GetState(), State::Active);
    station->HandleUnicast(Tbtt(1) + milliseconds{50}, false);
    RunTo(Tbtt(1) + milliseconds{149});
    EXPECT_FALSE(station->PollAction());
    RunTo(Tbtt(1) + milliseconds{150});
    action = station->PollAction();
    ASSERT_TRUE(action);
    EXPECT_TRUE(action->powerManagement);
    station->PowerManagementAcked(Tbtt(1) + milliseconds{151}, true);
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{152}));
}

TEST_F(StationDozeTest, AMissedBeaconKeepsItAwakeUntilOneIsHeard)
{
    Make({}, 2);
    RunTo(Tbtt(1) + milliseconds{80});
    EXPECT_TRUE(station->Awake());
    bool missed = false;
    while (const auto event = station->PollEvent())
    {
        missed = missed || event->kind == DozeEvent::Kind::BeaconMissed;
    }
    EXPECT_TRUE(missed);
    EXPECT_TRUE(Beacon(2));
    EXPECT_TRUE(SleepsAt(Tbtt(2) + milliseconds{2}));
    EXPECT_EQ(station->NextDeadline(), Tbtt(3) - microseconds{800});
}

TEST_F(StationDozeTest, ALateBeaconMovesNothing)
{
    Make({}, 2);
    RunTo(Tbtt(1));
    Tim tim;
    tim.dtimPeriod = 2;
    tim.dtimCount = 1;
    station->HandleBeacon(Tbtt(1) + milliseconds{40}, Tbtt(1), &tim);
    EXPECT_TRUE(SleepsAt(Tbtt(1) + milliseconds{41}));
    EXPECT_EQ(station->NextDeadline(), Tbtt(2) - microseconds{800});
}

TEST_F(StationDozeTest, BeaconsWithoutATimLeaveTheCountGoingOn)
{
    DozeConfig config;
    config.listenInterval = 100;
    Make(config, 3);
    EXPECT_EQ(HeardUntil(3), (std::set<unsigned>{3}));
    RunTo(Tbtt(6));
    EXPECT_TRUE(station->Awake());
    station->HandleBeacon(Tbtt(6) + milliseconds{1}, Tbtt(6), nullptr);
    EXPECT_TRUE(station->Awake() || station->NextDeadline().has_value());
}

TEST_F(StationDozeTest, PowerSaveOffWakesItForGood)
{
    Make({}, 3);
    EXPECT_TRUE(SleepsAt(At(milliseconds{20})));
    station->SetPowerSave(At(milliseconds{30}), false);
    EXPECT_TRUE(station->Awake());
    EXPECT_FALSE(station->PollAction()->powerManagement);
    station->PowerManagementAcked(At(milliseconds{31}), false);
    EXPECT_EQ(station->GetState(), State::Active);
    EXPECT_FALSE(SleepsAt(Tbtt(5)));
}

TEST_F(StationDozeTest, DisassociationEndsPowerSaveUntilTheNextAssociation)
{
    Make({}, 3);
    EXPECT_TRUE(SleepsAt(At(milliseconds{20})));
    station->Disassociated(At(milliseconds{30}));
    EXPECT_TRUE(station->Awake());
    EXPECT_EQ(station->NextDeadline(), std::nullopt);
    station->Associated(At(milliseconds{40}), 2);
    EXPECT_TRUE(station->PollAction()->powerManagement) << "the user still wants it";
}

TEST(DozeConfig, NamesWhatIsWrong)
{
    DozeConfig config;
    EXPECT_TRUE(config.Validate());
    config.listenInterval = 0;
    EXPECT_EQ(config.Validate().Error().field, "listenInterval");
    config = {};
    config.wakeLead = TIME_UNIT * 100;
    EXPECT_EQ(config.Validate().Error().field, "wakeLead");
    config = {};
    config.pollAttempts = 0;
    EXPECT_EQ(config.Validate().Error().field, "pollAttempts");
}

} // namespace
} // namespace mcast::wifi
