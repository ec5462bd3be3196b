// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/airtime.h"

#include "support.h"

#include <cmath>

namespace mcast::wifi
{
namespace
{

using namespace test;

TEST(Airtime, OfPpdus)
{
    // 200 octets of MSDU at 6 Mb/s of 11a: 80 symbols and the preamble; at 54 Mb/s: 9 symbols
    EXPECT_EQ(PpduDuration(PhyTiming::Of11a(), 12, 236), microseconds{340});
    EXPECT_EQ(PpduDuration(PhyTiming::Of11a(), 108, 236), microseconds{56});
    EXPECT_EQ(PpduDuration(PhyTiming::Of11a(), 12, ACK_OCTETS), microseconds{44});
    EXPECT_EQ(PpduDuration(PhyTiming::Of11b(), 2, 236), microseconds{192 + 1888});
    EXPECT_EQ(PpduDuration(PhyTiming::Of11b(), 11, 100), microseconds{192 + 146});
    EXPECT_EQ(PpduDuration(PhyTiming::Of11g(), 12, ACK_OCTETS), microseconds{50});
    EXPECT_EQ(PpduDuration(PhyTiming::OfErp(), 12, ACK_OCTETS), microseconds{50});
    EXPECT_EQ(PpduDuration(PhyTiming::OfErp(), 2, 236), microseconds{192 + 1888});
}

TEST(Airtime, OfExchanges)
{
    const auto phy = PhyTiming::Of11a();
    EXPECT_EQ(phy.Difs(), microseconds{34});
    EXPECT_EQ(GroupExchange(phy, 12, 200), microseconds{34 + 340} + Duration{67500});
    EXPECT_EQ(UnicastExchange(phy, 12, 12, 200) - GroupExchange(phy, 12, 200), microseconds{16 + 44});
}

TEST(ClosedForm, SaturatedGroupRate)
{
    EXPECT_NEAR(SaturatedGroupRate(PhyTiming::Of11a(), 12, 200), 2265, 1);
}

// Against the sum over frames themselves: one every T, served s apart from the DTIM Beacon on.
TEST(ClosedForm, DelayOfASteadyStream)
{
    for (const auto& [period, service] : {std::pair{1, 1}, {2, 1}, {3, 2}, {10, 5}})
    {
        const double interval = 102.4 * period;
        const double spacing = 20;
        double sum = 0;
        int count = 0;
        double free = 0; // when the medium is free, from the Beacon on
        const int frames = 100000;
        double beacon = interval;
        bool burst = false;
        std::vector<double> waiting;
        for (int i = 0; i < frames; i++)
        {
            const double at = i * spacing + 0.01;
            while (at >= beacon)
            {
                free = std::max(free, beacon);
                for (const auto since : waiting)
                {
                    sum += free - since;
                    count++;
                    free += service;
                }
                waiting.clear();
                burst = true;
                beacon += interval;
            }
            if (burst && at < free)
            {
                sum += free - at;
                count++;
                free += service;
            }
            else
            {
                burst = false;
                waiting.push_back(at);
            }
        }
        const auto D = Duration{std::llround(interval * 1e6)};
        const auto s = milliseconds{service};
        const auto T = milliseconds{20};
        const auto closed = MeanBufferedDelay(D, BurstWindow(D, s, T)) + MeanBurstQueueing(D, s, T);
        // a stream of whole frames: half a service more or less than the fluid of the closed form
        EXPECT_NEAR(sum / count, static_cast<double>(closed.count()) / 1e6, 0.5 * service + 0.02 * interval / period)
            << "DTIM period " << period;
    }
}

TEST(ClosedForm, DelayWithoutAWindowIsHalfTheInterval)
{
    EXPECT_EQ(MeanBufferedDelay(milliseconds{300}, {}), milliseconds{150});
    EXPECT_EQ(MeanBufferedDelay(milliseconds{300}, milliseconds{300}), Duration::zero());
    EXPECT_EQ(BurstWindow(milliseconds{300}, milliseconds{2}, milliseconds{20}), milliseconds{30});
    EXPECT_EQ(BurstWindow(milliseconds{300}, milliseconds{20}, milliseconds{20}), milliseconds{300});
}

TEST(ClosedForm, LossTriesAndTau)
{
    EXPECT_DOUBLE_EQ(UnsolicitedRetryLoss(0.1, 0), 0.1);
    EXPECT_NEAR(UnsolicitedRetryLoss(0.1, 3), 1e-4, 1e-12);
    EXPECT_DOUBLE_EQ(MeanTries(0, 7), 1);
    EXPECT_DOUBLE_EQ(MeanTries(1, 7), 7);
    EXPECT_DOUBLE_EQ(MeanTries(0.5, 2), 1.5);
    EXPECT_DOUBLE_EQ(SaturatedBroadcastTau(15), 2.0 / 17);
}

TEST(ClosedForm, UnicastCrossoverIsTheFirstCountThatCostsMore)
{
    EXPECT_EQ(UnicastCrossover(microseconds{1000}, microseconds{300}), 4U);
    EXPECT_EQ(UnicastCrossover(microseconds{900}, microseconds{300}), 4U) << "equal is not more";
    EXPECT_EQ(UnicastCrossover(microseconds{100}, microseconds{300}), 1U);
}

} // namespace
} // namespace mcast::wifi
