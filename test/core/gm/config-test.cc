// SPDX-License-Identifier: GPL-2.0-only
// Every variable of RFC 3376 section 8: its default, what follows from it, and the values that are refused.

#include "gm/config.h"

#include "support.h"

#include <functional>
#include <gtest/gtest.h>

namespace mcast::gm
{
namespace
{

using namespace test;

// The field that a configuration is refused for; empty if it is taken.
template <class Config>
std::string
Refused(const std::function<void(Config&)>& change)
{
    Config config;
    change(config);
    const auto valid = config.Validate();
    if (valid)
    {
        return "";
    }
    EXPECT_GT(valid.Error().why.size(), 10u);
    return valid.Error().field;
}

std::string
Router(const std::function<void(RouterConfig&)>& change)
{
    return Refused<RouterConfig>(change);
}

std::string
Host(const std::function<void(HostConfig&)>& change)
{
    return Refused<HostConfig>(change);
}

template <class Config>
class CommonConfigTest : public ::testing::Test
{
};

using Configs = ::testing::Types<RouterConfig, HostConfig>;
TYPED_TEST_SUITE(CommonConfigTest, Configs);

TYPED_TEST(CommonConfigTest, DefaultsAreThoseOfTheRfc)
{
    const TypeParam config;
    EXPECT_TRUE(config.Validate());
    EXPECT_EQ(config.version, Version::V3);
    EXPECT_EQ(config.robustness, 2u);
    EXPECT_EQ(config.queryInterval, seconds{125});
    EXPECT_EQ(config.queryResponseInterval, seconds{10});
    EXPECT_TRUE(config.olderVersionCompatibility);
    EXPECT_FALSE(config.ssmRange); // the range of RFC 4607
}

TYPED_TEST(CommonConfigTest, RobustnessVariable) // 8.1: MUST NOT be zero
{
    const auto with = [](unsigned value) { return Refused<TypeParam>([=](auto& c) { c.robustness = value; }); };
    EXPECT_EQ(with(0), "robustness");
    EXPECT_EQ(with(1), "");
    EXPECT_EQ(with(7), "");
    EXPECT_EQ(with(255), ""); // told as 0 in queries (4.1.6)
    EXPECT_EQ(with(256), "robustness");
}

TYPED_TEST(CommonConfigTest, QueryInterval) // 8.2
{
    const auto with = [](Duration value) { return Refused<TypeParam>([=](auto& c) { c.queryInterval = value; }); };
    EXPECT_EQ(with(seconds{0}), "queryInterval");
    EXPECT_EQ(with(seconds{-1}), "queryInterval");
    EXPECT_EQ(with(seconds{11}), "");
    EXPECT_EQ(with(seconds{31744}), "");
    EXPECT_EQ(with(seconds{31745}), "queryInterval");
}

TYPED_TEST(CommonConfigTest, QueryResponseInterval) // 8.3: MUST be below the Query Interval
{
    const auto with = [](Duration value, Version version = Version::V3) {
        return Refused<TypeParam>([=](auto& c) {
            c.version = version;
            c.queryInterval = seconds{10000};
            c.queryResponseInterval = value;
        });
    };
    EXPECT_EQ(with(seconds{0}), "queryResponseInterval");
    EXPECT_EQ(with(milliseconds{99}), "queryResponseInterval");
    EXPECT_EQ(with(milliseconds{100}), "");
    EXPECT_EQ(with(milliseconds{3174400}), "");
    EXPECT_EQ(with(milliseconds{3174401}), "queryResponseInterval");
    EXPECT_EQ(with(milliseconds{25500}, Version::V2), "");
    EXPECT_EQ(with(milliseconds{25600}, Version::V2), "queryResponseInterval"); // linear before version 3
    EXPECT_EQ(with(milliseconds{25600}, Version::V1), "queryResponseInterval");

    const auto beside = [](Duration interval) {
        return Refused<TypeParam>([=](auto& c) { c.queryInterval = interval; });
    };
    EXPECT_EQ(beside(seconds{10}), "queryResponseInterval");
    EXPECT_EQ(beside(seconds{10} + milliseconds{1}), "");
}

TEST(RouterConfigTest, StartupQueries) // 8.6, 8.7
{
    const auto interval = [](Duration value) { return Router([=](auto& c) { c.startupQueryInterval = value; }); };
    EXPECT_EQ(interval(seconds{0}), "startupQueryInterval");
    EXPECT_EQ(interval(seconds{-1}), "startupQueryInterval");
    EXPECT_EQ(interval(milliseconds{100}), "");
    EXPECT_EQ(interval(seconds{31744}), "");
    EXPECT_EQ(interval(seconds{31745}), "startupQueryInterval");
    const auto count = [](unsigned value) { return Router([=](auto& c) { c.startupQueryCount = value; }); };
    EXPECT_EQ(count(0), "startupQueryCount");
    EXPECT_EQ(count(1), "");
    EXPECT_EQ(count(255), "");
    EXPECT_EQ(count(256), "startupQueryCount");
}

TEST(RouterConfigTest, LastMemberQueries) // 8.8, 8.9
{
    const auto interval = [](Duration value, Version version = Version::V3) {
        return Router([=](auto& c) {
            c.lastMemberQueryInterval = value;
            c.version = version;
        });
    };
    EXPECT_EQ(interval(seconds{0}), "lastMemberQueryInterval");
    EXPECT_EQ(interval(milliseconds{99}), "lastMemberQueryInterval");
    EXPECT_EQ(interval(milliseconds{100}), "");
    EXPECT_EQ(interval(milliseconds{3174400}), "");
    EXPECT_EQ(interval(milliseconds{3174500}), "lastMemberQueryInterval");
    EXPECT_EQ(interval(milliseconds{25500}, Version::V2), "");
    EXPECT_EQ(interval(milliseconds{25600}, Version::V2), "lastMemberQueryInterval");
    const auto count = [](unsigned value) { return Router([=](auto& c) { c.lastMemberQueryCount = value; }); };
    EXPECT_EQ(count(0), "lastMemberQueryCount");
    EXPECT_EQ(count(1), "");
    EXPECT_EQ(count(255), "");
    EXPECT_EQ(count(256), "lastMemberQueryCount");
}

TEST(RouterConfigTest, Limits)
{
    EXPECT_EQ(Router([](auto& c) { c.maxGroups = 0; }), "maxGroups");
    EXPECT_EQ(Router([](auto& c) { c.maxGroups = 1; }), "");
    EXPECT_EQ(Router([](auto& c) { c.maxSourcesPerGroup = 0; }), ""); // any-source groups only
}

TEST(RouterConfigTest, StaticJoins)
{
    const auto join = [](const char* group, std::optional<Address> source = {}) {
        return Router([=](auto& c) { c.staticJoins = {{Ip(group), source}}; });
    };
    EXPECT_EQ(join("239.1.2.3"), "");
    EXPECT_EQ(join("239.1.2.3", Ip("10.0.0.1")), "");
    EXPECT_EQ(join("10.0.0.1"), "staticJoins");
    EXPECT_EQ(join("224.0.0.5"), "staticJoins"); // never leaves its link
    EXPECT_EQ(join("239.1.2.3", Ip("239.0.0.1")), "staticJoins");
    EXPECT_EQ(join("239.1.2.3", Ip("0.0.0.0")), "staticJoins");
    EXPECT_EQ(join("239.1.2.3", Ip("2001:db8::1")), "staticJoins");
}

TEST(HostConfigTest, UnsolicitedReportIntervals) // 8.11, RFC 2236 8.10
{
    EXPECT_EQ(HostConfig().unsolicitedReportInterval, seconds{1});
    EXPECT_EQ(HostConfig().unsolicitedReportIntervalV2, seconds{10});
    for (const Duration value :
         {Duration(seconds{0}), Duration(seconds{-1}), Duration(seconds{31745}), Duration::max()})
    {
        EXPECT_EQ(Host([=](auto& c) { c.unsolicitedReportInterval = value; }), "unsolicitedReportInterval");
        EXPECT_EQ(Host([=](auto& c) { c.unsolicitedReportIntervalV2 = value; }), "unsolicitedReportIntervalV2");
    }
    EXPECT_EQ(Host([](auto& c) { c.unsolicitedReportInterval = milliseconds{1}; }), "");
}

TEST(HostConfigTest, AListOf64SourcesMustFit) // RFC 3376 2
{
    EXPECT_EQ(Host([](auto& c) { c.maxSourcesPerGroup = 63; }), "maxSourcesPerGroup");
    EXPECT_EQ(Host([](auto& c) { c.maxSourcesPerGroup = 64; }), "");
}

TEST(RouterConfigTest, ErrorsOfTheCommonPartComeFirst)
{
    EXPECT_EQ(Router([](auto& c) {
                  c.robustness = 0;
                  c.maxGroups = 0;
              }),
              "robustness");
}

Intervals
Defaults(Profile profile)
{
    Intervals intervals;
    intervals.robustness = 2;
    intervals.queryInterval = seconds{125};
    intervals.queryResponseInterval = seconds{10};
    intervals.lastMemberQueryInterval = seconds{1};
    intervals.lastMemberQueryCount = 2;
    intervals.profile = profile;
    return intervals;
}

TEST(IntervalsTest, FollowFromTheDefaults)
{
    const auto intervals = Defaults(Profile::Rfc3376);
    EXPECT_EQ(intervals.GroupMembershipInterval(), seconds{260});     // 8.4
    EXPECT_EQ(intervals.OtherQuerierPresentInterval(), seconds{255}); // 8.5
    EXPECT_EQ(intervals.LastMemberQueryTime(), seconds{2});           // 8.10
    EXPECT_EQ(intervals.OlderHostPresentInterval(), seconds{260});    // 8.13
}

TEST(IntervalsTest, Rfc9776WaitsOneResponseIntervalLongerForMembers)
{
    const auto intervals = Defaults(Profile::Rfc9776);
    EXPECT_EQ(intervals.GroupMembershipInterval(), seconds{270});
    EXPECT_EQ(intervals.OtherQuerierPresentInterval(), seconds{255});
    EXPECT_EQ(intervals.OlderHostPresentInterval(), seconds{260});
}

TEST(IntervalsTest, OlderVersionQuerierPresentTimeout) // 8.12
{
    HostConfig config;
    const auto timeout = [&](unsigned robustness, Duration interval, Duration response) {
        return OlderVersionQuerierPresentTimeout(config, robustness, interval, response);
    };
    EXPECT_EQ(timeout(2, seconds{125}, seconds{10}), seconds{260});
    EXPECT_EQ(timeout(3, seconds{60}, seconds{5}), seconds{185});
    config.profile = Profile::Rfc9776; // from the default values, and ten times the Max Response Time
    EXPECT_EQ(timeout(3, seconds{60}, seconds{10}), seconds{350});
    config.version = Version::V2;
    EXPECT_EQ(timeout(3, seconds{60}, seconds{10}), seconds{400}); // RFC 2236 8.11
}

} // namespace
} // namespace mcast::gm
