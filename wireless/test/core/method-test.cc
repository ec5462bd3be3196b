// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/method.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

const auto GROUP = *Address::Parse("239.1.2.3");

GroupSituation
Members(std::size_t count, double loss = 0)
{
    GroupSituation situation;
    situation.members = count;
    situation.worstLoss = loss;
    situation.octets = 1000;
    situation.groupRate = 12;
    situation.memberRates.assign(count, 108);
    return situation;
}

SelectionConfig
By(Automatic automatic)
{
    SelectionConfig config;
    config.automatic = automatic;
    return config;
}

TEST(Method, NamesGoBothWays)
{
    for (std::size_t i = 0; i < N_METHODS; i++)
    {
        const auto method = static_cast<Method>(i);
        EXPECT_EQ(MethodFromString(ToString(method)), method);
    }
    EXPECT_EQ(MethodFromString("carrier-pigeon"), std::nullopt);
}

TEST(MethodSelector, AGroupsOwnSettingComesFirst)
{
    MethodSelector selector(By(Automatic::ByMembers));
    MethodConfig own;
    own.method = Method::Fms;
    own.fmsInterval = 5;
    selector.Set(GROUP, own);
    EXPECT_EQ(selector.Choose(GROUP, Members(1)).method, Method::Fms);
    EXPECT_EQ(selector.Choose(GROUP, Members(1)).fmsInterval, 5U);
    selector.Set(GROUP, std::nullopt);
    EXPECT_EQ(selector.Choose(GROUP, Members(1)).method, Method::UnicastAmsdu);
    own.method = Method::LeaderAck;
    selector.Set(GroupMac(GROUP), own);
    EXPECT_EQ(selector.Choose(GROUP, Members(1)).method, Method::LeaderAck) << "by its MAC address";
}

TEST(MethodSelector, OffIsTheStandardMethod)
{
    auto config = By(Automatic::Off);
    config.standard.method = Method::GcrUnsolicitedRetry;
    EXPECT_EQ(MethodSelector(config).Choose(GROUP, Members(1)).method, Method::GcrUnsolicitedRetry);
}

TEST(MethodSelector, ByMembers)
{
    const MethodSelector selector(By(Automatic::ByMembers));
    EXPECT_EQ(selector.Choose(GROUP, Members(0)).method, Method::NoAck);
    EXPECT_EQ(selector.Choose(GROUP, Members(8)).method, Method::UnicastAmsdu);
    EXPECT_EQ(selector.Choose(GROUP, Members(9)).method, Method::NoAck);
}

TEST(MethodSelector, ByAirtimeTurnsAtTheCrossover)
{
    const auto config = By(Automatic::ByAirtime);
    const MethodSelector selector(config);
    const auto crossover =
        UnicastCrossover(GroupExchange(config.timing, 12, 1000), UnicastExchange(config.timing, 108, 48, 1000));
    ASSERT_GT(crossover, 2U);
    EXPECT_EQ(selector.Choose(GROUP, Members(crossover - 1)).method, Method::UnicastAmsdu);
    EXPECT_EQ(selector.Choose(GROUP, Members(crossover)).method, Method::NoAck);
}

TEST(MethodSelector, ByLossTakesTheCheapestThatIsGoodEnough)
{
    const MethodSelector selector(By(Automatic::ByLoss));
    EXPECT_EQ(selector.Choose(GROUP, Members(3, 0.01)).method, Method::NoAck);
    const auto few = selector.Choose(GROUP, Members(1, 0.1));
    EXPECT_EQ(few.method, Method::UnicastAmsdu);
    EXPECT_LE(MethodSelector::ResidualLoss(few, 0.1), 0.01 + 1e-12);
    auto many = Members(30, 0.1);
    many.membersWithGcr = 30;
    const auto chosen = selector.Choose(GROUP, many);
    EXPECT_TRUE(chosen.method == Method::GcrUnsolicitedRetry || chosen.method == Method::GcrBlockAck);
    many.membersWithGcr = 29;
    EXPECT_EQ(selector.Choose(GROUP, many).method, Method::UnicastAmsdu) << "one of them knows no GCR";
}

TEST(MethodSelector, ByLossDoesWhatItCanWhereNothingIsGoodEnough)
{
    const MethodSelector selector(By(Automatic::ByLoss));
    const auto chosen = selector.Choose(GROUP, Members(2, 0.9));
    EXPECT_EQ(chosen.method, Method::UnicastAmsdu);
    EXPECT_EQ(chosen.retries, 3U);
}

TEST(Airtime, OfMethodsGrowsAsItShould)
{
    const auto timing = PhyTiming::Of11a();
    MethodConfig config;
    const auto one = AirtimeOf(config, timing, Members(5));
    config.method = Method::GcrUnsolicitedRetry;
    config.retries = 2;
    EXPECT_EQ(AirtimeOf(config, timing, Members(5)), one * 3);
    config.method = Method::UnicastPayload;
    EXPECT_EQ(AirtimeOf(config, timing, Members(10)), AirtimeOf(config, timing, Members(5)) * 2);
    config.method = Method::LeaderAck;
    EXPECT_GT(AirtimeOf(config, timing, Members(5)), one);
    EXPECT_GT(AirtimeOf(config, timing, Members(5, 0.5)), AirtimeOf(config, timing, Members(5)));
    config.method = Method::GcrBlockAck;
    EXPECT_GT(AirtimeOf(config, timing, Members(9)), AirtimeOf(config, timing, Members(5)));
}

} // namespace
} // namespace mcast::wifi
