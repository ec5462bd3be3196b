// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/service-period.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

TEST(ServicePeriod, EndsWithTheLastFrameThatWaits)
{
    ServicePeriod period;
    EXPECT_FALSE(period.Open());
    EXPECT_TRUE(period.Begin(3, 0));
    EXPECT_FALSE(period.Take(2));
    EXPECT_FALSE(period.Take(1));
    EXPECT_TRUE(period.Take(0));
    EXPECT_FALSE(period.Open());
}

TEST(ServicePeriod, IsNoLongerThanItsLimit)
{
    ServicePeriod period;
    EXPECT_TRUE(period.Begin(5, 2));
    EXPECT_FALSE(period.Take(4));
    EXPECT_TRUE(period.Take(3));
}

TEST(ServicePeriod, OfNothingIsOneNullFrame)
{
    ServicePeriod period;
    EXPECT_TRUE(period.Begin(0, 4));
    EXPECT_EQ(period.Left(), 1U);
    EXPECT_TRUE(period.Take(0));
}

TEST(ServicePeriod, IsOneAtATime)
{
    ServicePeriod period;
    EXPECT_TRUE(period.Begin(3, 0));
    EXPECT_FALSE(period.Take(2));
    EXPECT_FALSE(period.Begin(9, 0));
    EXPECT_EQ(period.Left(), 2U);
    period.End();
    EXPECT_TRUE(period.Begin(1, 0));
}

TEST(ServicePeriod, EndsEarlyWhenFramesAreGone)
{
    ServicePeriod period;
    EXPECT_TRUE(period.Begin(5, 0));
    EXPECT_TRUE(period.Take(0));
}

TEST(ServicePeriod, LimitAndQosInfoGoBothWays)
{
    for (const unsigned limit : {0U, 2U, 4U, 6U})
    {
        EXPECT_EQ(ServicePeriodLimit(QosInfo(true, limit)), limit);
        EXPECT_EQ(QosInfo(true, limit) & 0xf, 0xf);
    }
    EXPECT_EQ(QosInfo(false, 6), 0);
}

} // namespace
} // namespace mcast::wifi
