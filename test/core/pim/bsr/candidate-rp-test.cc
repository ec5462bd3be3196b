// SPDX-License-Identifier: GPL-2.0-only
// What a candidate RP tells to whom, and when.

#include "pim/bsr/candidate-rp.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::pim::bsr
{
namespace
{

using namespace test;
using Lines = std::vector<std::string>;

std::optional<Prefix>
Zone(const std::string& text)
{
    return Prefix::Parse(text);
}

const ScopeZone GLOBAL;
const auto WIDE = Zone("239.0.0.0/8");
const auto NARROW = Zone("239.1.0.0/16");
const auto SITE = Zone("ff05::/16");

std::vector<std::string>
Ranges(const ScopeZone& zone, const std::vector<std::string>& configured, const std::vector<ScopeZone>& zones,
       Family family = Family::Ipv4)
{
    std::vector<Prefix> ranges;
    for (const auto& text : configured)
    {
        ranges.push_back(*Prefix::Parse(text));
    }
    Lines lines;
    for (const auto& range : RangesFor(family, zone, ranges, zones))
    {
        lines.push_back(range.ToString());
    }
    return lines;
}

TEST(RangesForTest, WithoutZonesAllGoesToTheGlobalBsr)
{
    EXPECT_EQ(Ranges(GLOBAL, {}, {GLOBAL}), (Lines{"224.0.0.0/4"}));
    EXPECT_EQ(Ranges(GLOBAL, {}, {GLOBAL}, Family::Ipv6), (Lines{"ff00::/8"}));
    EXPECT_EQ(Ranges(GLOBAL, {"239.1.2.0/24", "238.0.0.0/8"}, {GLOBAL}), (Lines{"238.0.0.0/8", "239.1.2.0/24"}));
}

TEST(RangesForTest, TheSmallestZoneThatContainsARange) // BSR-ROUTER-3.2-05
{
    const std::vector<ScopeZone> zones{GLOBAL, WIDE, NARROW};
    const Lines configured{"239.1.2.0/24", "239.2.0.0/16", "238.0.0.0/8"};
    EXPECT_EQ(Ranges(GLOBAL, configured, zones), (Lines{"238.0.0.0/8"}));
    EXPECT_EQ(Ranges(WIDE, configured, zones), (Lines{"239.2.0.0/16"}));
    EXPECT_EQ(Ranges(NARROW, configured, zones), (Lines{"239.1.2.0/24"}));
}

TEST(RangesForTest, AZoneWithinARange) // BSR-ROUTER-3.2-06
{
    const std::vector<ScopeZone> zones{GLOBAL, WIDE, NARROW};
    EXPECT_EQ(Ranges(GLOBAL, {"224.0.0.0/4"}, zones), (Lines{"224.0.0.0/4"}));
    EXPECT_EQ(Ranges(WIDE, {"224.0.0.0/4"}, zones), (Lines{"239.0.0.0/8"}));
    EXPECT_EQ(Ranges(NARROW, {"239.0.0.0/8"}, zones), (Lines{"239.1.0.0/16"})); // strictly contained
    EXPECT_EQ(Ranges(WIDE, {"239.0.0.0/8"}, zones), (Lines{"239.0.0.0/8"}));
    EXPECT_EQ(Ranges(NARROW, {"238.0.0.0/8"}, zones), Lines{});
}

TEST(RangesForTest, ScopesOfIpv6) // BSR-ROUTER-3.2-05, BSR-ROUTER-3.2-06, BSR-ROUTER-3.2-07
{
    const std::vector<ScopeZone> zones{GLOBAL, SITE};
    const auto all = Ranges(SITE, {}, zones, Family::Ipv6);
    ASSERT_EQ(all.size(), 16u); // one per set of flags
    EXPECT_EQ(all[0], "ff05::/16");
    EXPECT_EQ(all[7], "ff75::/16");
    EXPECT_EQ(Ranges(GLOBAL, {}, zones, Family::Ipv6), (Lines{"ff00::/8"}));
    EXPECT_EQ(Ranges(SITE, {"ff70::/12"}, zones, Family::Ipv6), (Lines{"ff75::/16"}));
    EXPECT_EQ(Ranges(SITE, {"ff15:7::/32"}, zones, Family::Ipv6), (Lines{"ff15:7::/32"}));
    EXPECT_EQ(Ranges(GLOBAL, {"ff15:7::/32"}, zones, Family::Ipv6), Lines{});
    EXPECT_EQ(Ranges(SITE, {"ff0e::/16"}, zones, Family::Ipv6), Lines{});
    EXPECT_EQ(Ranges(SITE, {"ff08::/13"}, zones, Family::Ipv6), Lines{}); // scopes 8 to f
    EXPECT_EQ(Ranges(SITE, {"ff04::/14"}, zones, Family::Ipv6), (Lines{"ff05::/16"}));
}

CandidateRp
Message(unsigned rp, std::initializer_list<const char*> ranges)
{
    CandidateRp message;
    message.rp = Source(rp);
    for (const auto* range : ranges)
    {
        message.groups.push_back({*Prefix::Parse(range), false, false});
    }
    return message;
}

TEST(CandidateRpMessagesTest, NeverEmptyAndNeverTooLong) // BSR-ROUTER-3.2-04
{
    EXPECT_TRUE(Split(Message(1, {})).empty());
    EXPECT_EQ(Split(Message(1, {"239.0.0.0/8"})).size(), 1u);
    auto message = Message(1, {});
    message.groups.resize(600, {*Prefix::Parse("239.0.0.0/8"), false, false});
    const auto parts = Split(message);
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[0].groups.size(), 255u);
    EXPECT_EQ(parts[2].groups.size(), 90u);
    EXPECT_EQ(parts[2].rp, Source(1));
}

TEST(CandidateRpMessagesTest, WhatIsNoLongerTold) // BSR-ROUTER-3.2-03
{
    const std::vector<CandidateRp> before{Message(1, {"239.0.0.0/8", "238.0.0.0/8"}), Message(2, {"239.0.0.0/8"})};
    EXPECT_TRUE(Withdrawals(before, before).empty());
    const auto gone = Withdrawals(before, {Message(1, {"238.0.0.0/8"}), Message(3, {"239.0.0.0/8"})});
    ASSERT_EQ(gone.size(), 2u);
    EXPECT_EQ(gone[0].rp, Source(1));
    EXPECT_EQ(gone[0].holdtime, 0);
    ASSERT_EQ(gone[0].groups.size(), 1u);
    EXPECT_EQ(gone[0].groups[0].group, *Prefix::Parse("239.0.0.0/8"));
    EXPECT_EQ(gone[1].rp, Source(2));
}

TEST(AdvertisementTimerTest, ThreeQuickOnesThenPeriodic) // BSR-ROUTER-3.2-01, BSR-ROUTER-3.2-02
{
    Random random(3);
    AdvertisementTimer timer;
    EXPECT_FALSE(timer.Due(At(seconds{1000}), seconds{60}, random));
    timer.Start(At({}), random);
    auto last = At({});
    for (int i = 0; i < 3; ++i)
    {
        const auto next = timer.At();
        EXPECT_GT(next, last);
        EXPECT_LE(next - last, seconds{3});
        EXPECT_FALSE(timer.Due(next - Duration{1}, seconds{60}, random));
        EXPECT_TRUE(timer.Due(next, seconds{60}, random));
        last = next;
    }
    EXPECT_EQ(timer.At(), last + seconds{60});
    EXPECT_TRUE(timer.Due(last + seconds{60}, seconds{60}, random));
    EXPECT_EQ(timer.At(), last + seconds{120});
    timer.Stop();
    EXPECT_EQ(timer.At(), NEVER);
}

} // namespace
} // namespace mcast::pim::bsr
