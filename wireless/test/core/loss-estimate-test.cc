// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/loss-estimate.h"

#include "support.h"

#include <cmath>

namespace mcast::wifi
{
namespace
{

using namespace test;

TEST(LossEstimate, SaysNothingOfFewTries)
{
    LossEstimate loss(1.0 / 64, 8);
    loss.Tried(Sta(1), false, 7);
    EXPECT_EQ(loss.Of(Sta(1)), 0);
    loss.Tried(Sta(1), false);
    EXPECT_EQ(loss.Of(Sta(1)), 1);
    EXPECT_EQ(loss.Tries(Sta(1)), 8U);
    EXPECT_EQ(loss.Of(Sta(2)), 0);
}

TEST(LossEstimate, BeginsAsThePlainMean)
{
    LossEstimate loss(1.0 / 64, 4);
    loss.Tried(Sta(1), true, 9);
    loss.Tried(Sta(1), false, 3);
    EXPECT_NEAR(loss.Of(Sta(1)), 0.25, 1e-9);
}

TEST(LossEstimate, ForgetsWhatIsLongAgo)
{
    LossEstimate loss(1.0 / 16, 4);
    loss.Tried(Sta(1), false, 100);
    loss.Tried(Sta(1), true, 16);
    EXPECT_NEAR(loss.Of(Sta(1)), std::pow(15.0 / 16, 16), 1e-9);
}

TEST(LossEstimate, TheWorstMemberCounts)
{
    LossEstimate loss(1.0 / 64, 4);
    loss.Tried(Sta(1), true, 10);
    for (unsigned i = 0; i < 10; i++)
    {
        loss.Tried(Sta(2), i % 2 == 0);
    }
    EXPECT_NEAR(loss.Worst({Sta(1), Sta(2), Sta(3)}), 0.5, 1e-9);
    EXPECT_EQ(loss.Worst({Sta(1), Sta(3)}), 0);
    EXPECT_EQ(loss.Worst({}), 0);
    loss.Forget(Sta(2));
    EXPECT_EQ(loss.Worst({Sta(1), Sta(2)}), 0);
}

} // namespace
} // namespace mcast::wifi
