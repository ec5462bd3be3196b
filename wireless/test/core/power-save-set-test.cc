// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/power-save-set.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

TEST(PowerSaveSet, GivesOutTheLowestFreeAid)
{
    PowerSaveSet set;
    EXPECT_EQ(set.Associate(Sta(1), {}), Aid{1});
    EXPECT_EQ(set.Associate(Sta(2), {}), Aid{2});
    EXPECT_EQ(set.Associate(Sta(3), {}), Aid{3});
    EXPECT_TRUE(set.Disassociate(Sta(2)));
    EXPECT_FALSE(set.Disassociate(Sta(2)));
    EXPECT_EQ(set.Associate(Sta(3), {}), Aid{3}) << "an old acquaintance";
    EXPECT_EQ(set.Associate(Sta(4), {}), Aid{2});
    EXPECT_EQ(set.Associated(), 3U);
}

TEST(PowerSaveSet, Has2007Places)
{
    PowerSaveSet set;
    for (unsigned i = 1; i <= MAX_AID; i++)
    {
        const MacAddress address{2, 1, 0, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
        ASSERT_EQ(set.Associate(address, {}), static_cast<Aid>(i));
    }
    EXPECT_EQ(set.Associate(Sta(9), {}), std::nullopt);
}

TEST(PowerSaveSet, TakesAidsOfTheHost)
{
    PowerSaveSet set;
    EXPECT_TRUE(set.AssociateAs(Sta(1), 7, {}));
    EXPECT_FALSE(set.AssociateAs(Sta(2), 7, {}));
    EXPECT_FALSE(set.AssociateAs(Sta(2), 0, {}));
    EXPECT_FALSE(set.AssociateAs(Sta(2), 2008, {}));
    EXPECT_TRUE(set.AssociateAs(Sta(1), 8, {}));
    EXPECT_EQ(set.Find(Aid{7}), nullptr);
    EXPECT_EQ(set.Find(Sta(1))->aid, 8);
}

TEST(PowerSaveSet, CountsSleepers)
{
    PowerSaveSet set;
    set.Associate(Sta(1), {});
    set.Associate(Sta(2), {});
    EXPECT_TRUE(set.SetAsleep(Sta(1), true));
    EXPECT_FALSE(set.SetAsleep(Sta(1), true));
    EXPECT_FALSE(set.SetAsleep(Sta(9), true));
    EXPECT_TRUE(set.SetAsleep(Sta(2), true));
    EXPECT_EQ(set.Asleep(), 2U);
    set.Disassociate(Sta(1));
    EXPECT_EQ(set.Asleep(), 1U);
    set.Associate(Sta(2), {});
    EXPECT_EQ(set.Asleep(), 0U) << "a station associates awake";
}

TEST(PowerSaveSet, TimHasTheSleepersWithFrames)
{
    PowerSaveSet set;
    for (std::uint8_t i = 1; i <= 3; i++)
    {
        set.Associate(Sta(i), {});
        set.SetBuffered(Sta(i), i == 3 ? 0 : 2);
    }
    set.SetAsleep(Sta(1), true);
    set.SetAsleep(Sta(3), true);
    Tim tim;
    set.FillTim(tim);
    EXPECT_EQ(tim.stations.count(), 1U);
    EXPECT_TRUE(tim.stations[1]);
}

TEST(PowerSaveSet, DeliveryEnabledFramesAreTheServicePeriodsBusiness)
{
    PowerSaveSet set;
    StationCapabilities some;
    some.deliveryEnabled = 0x8;
    StationCapabilities all;
    all.deliveryEnabled = 0xf;
    set.Associate(Sta(1), some);
    set.Associate(Sta(2), all);
    for (const auto& station : {Sta(1), Sta(2)})
    {
        set.SetAsleep(station, true);
        set.SetBuffered(station, 1, 1);
    }
    Tim tim;
    set.FillTim(tim);
    EXPECT_FALSE(tim.stations[1]);
    EXPECT_TRUE(tim.stations[2]);
    set.SetBuffered(Sta(1), 2, 1);
    set.FillTim(tim);
    EXPECT_TRUE(tim.stations[1]);
}

TEST(PowerSaveSet, AllQosNeedsEverybody)
{
    PowerSaveSet set;
    EXPECT_FALSE(set.AllQos());
    StationCapabilities qos;
    qos.qos = true;
    set.Associate(Sta(1), qos);
    EXPECT_TRUE(set.AllQos());
    set.Associate(Sta(2), {});
    EXPECT_FALSE(set.AllQos());
}

} // namespace
} // namespace mcast::wifi
