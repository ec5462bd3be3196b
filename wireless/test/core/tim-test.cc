// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/tim.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

Tim
Of(std::uint8_t count, std::uint8_t period, bool group, std::initializer_list<Aid> aids)
{
    Tim tim;
    tim.dtimCount = count;
    tim.dtimPeriod = period;
    tim.groupTraffic = group;
    for (const auto aid : aids)
    {
        tim.stations.set(aid);
    }
    return tim;
}

ElementProblem
ProblemOf(const Bytes& octets)
{
    const auto parsed = ParseTim(octets);
    EXPECT_FALSE(parsed);
    return parsed ? ElementProblem{} : parsed.Error().problem;
}

TEST(Tim, WithNothingForAnybodyIsOneZeroOctetAtOffsetZero)
{
    EXPECT_EQ(WriteTim(Of(2, 3, false, {})), (Bytes{5, 4, 2, 3, 0, 0}));
    EXPECT_EQ(WriteTim(Of(0, 1, true, {})), (Bytes{5, 4, 0, 1, 1, 0}));
}

TEST(Tim, AidZeroIsNeverInTheMap)
{
    EXPECT_EQ(WriteTim(Of(0, 1, false, {0})), (Bytes{5, 4, 0, 1, 0, 0}));
    const auto parsed = ParseTim(Bytes{5, 4, 0, 1, 0, 1});
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->stations.none());
    EXPECT_FALSE(parsed->groupTraffic);
}

TEST(Tim, AidIsBitNMod8OfOctetNBy8)
{
    EXPECT_EQ(WriteTim(Of(0, 1, false, {1})), (Bytes{5, 4, 0, 1, 0, 0x02}));
    EXPECT_EQ(WriteTim(Of(0, 1, false, {7, 8})), (Bytes{5, 5, 0, 1, 0, 0x80, 0x01}));
    // N1 is even: of AID 24 (octet 3) the map begins at octet 2
    EXPECT_EQ(WriteTim(Of(0, 1, true, {24})), (Bytes{5, 5, 0, 1, 0x03, 0x00, 0x01}));
    EXPECT_EQ(WriteTim(Of(0, 1, false, {2007})), (Bytes{5, 4, 0, 1, 250, 0x80}));
}

TEST(Tim, RoundTripForEveryAid)
{
    for (Aid aid = 1; aid <= MAX_AID; aid++)
    {
        const auto tim = Of(3, 10, aid % 2 == 0, {aid, static_cast<Aid>(aid / 2 + 1)});
        const auto parsed = ParseTim(WriteTim(tim));
        ASSERT_TRUE(parsed) << aid;
        EXPECT_EQ(parsed->stations, tim.stations) << aid;
        EXPECT_EQ(parsed->groupTraffic, tim.groupTraffic);
        EXPECT_EQ(parsed->dtimCount, 3);
        EXPECT_EQ(parsed->dtimPeriod, 10);
    }
}

TEST(Tim, WholeMapFits)
{
    Tim tim = Of(0, 1, false, {});
    tim.stations.set();
    const auto octets = WriteTim(tim);
    EXPECT_EQ(octets.size(), 2U + 3 + 251);
    const auto parsed = ParseTim(octets);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->stations.count(), std::size_t{MAX_AID});
}

TEST(Tim, TruncationAtEveryOctetIsTold)
{
    const auto octets = WriteTim(Of(0, 3, true, {1, 40}));
    for (std::size_t size = 0; size < octets.size(); size++)
    {
        EXPECT_EQ(ProblemOf(Bytes(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size))),
                  ElementProblem::Truncated);
    }
}

TEST(Tim, LengthsThatLieAndReservedValuesAreRefused)
{
    EXPECT_EQ(ProblemOf({5, 3, 0, 1, 0, 0}), ElementProblem::BadLength);
    EXPECT_EQ(ProblemOf({5, 0, 0, 1, 0, 0}), ElementProblem::BadLength);
    Bytes huge{5, 255, 0, 1, 0};
    huge.resize(257);
    EXPECT_EQ(ProblemOf(huge), ElementProblem::BadLength);
    EXPECT_EQ(ProblemOf({5, 5, 0, 1, 250, 0, 0}), ElementProblem::BadLength) << "octet 251 doesn't exist";
    EXPECT_EQ(ProblemOf({5, 4, 0, 0, 0, 0}), ElementProblem::ZeroPeriod);
    EXPECT_EQ(ProblemOf({5, 4, 3, 3, 0, 0}), ElementProblem::BadCount);
    EXPECT_EQ(ProblemOf({6, 4, 0, 1, 0, 0}), ElementProblem::WrongId);
}

TEST(Tim, TakesItsPlaceInABeacon)
{
    Bytes body(BEACON_FIXED_SIZE);
    const Bytes ssid{0, 1, 'x'};
    const Bytes channel{3, 1, 6};
    const Bytes erp{42, 1, 0};
    for (const auto& element : {ssid, channel, erp})
    {
        body.insert(body.end(), element.begin(), element.end());
    }
    const auto tim = Of(0, 2, true, {});
    const auto ordered = WithTim(body, tim, TimPosition::Ordered);
    EXPECT_EQ(Bytes(ordered.begin() + BEACON_FIXED_SIZE, ordered.end()),
              (Bytes{0, 1, 'x', 3, 1, 6, 5, 4, 0, 2, 1, 0, 42, 1, 0}));
    const auto trailing = WithTim(body, tim, TimPosition::Trailing);
    EXPECT_EQ(Bytes(trailing.end() - 6, trailing.end()), (Bytes{5, 4, 0, 2, 1, 0}));
    EXPECT_EQ(trailing.size(), body.size() + 6);
}

TEST(Tim, ReplacesTheOneInABeacon)
{
    Bytes body(BEACON_FIXED_SIZE);
    const auto first = WithTim(body, Of(0, 3, true, {9}), TimPosition::Ordered);
    const auto second = WithTim(first, Of(2, 3, false, {}), TimPosition::Trailing);
    EXPECT_EQ(Bytes(second.begin() + BEACON_FIXED_SIZE, second.end()), (Bytes{5, 4, 2, 3, 0, 0}));
}

TEST(Tim, ShortOrBrokenBodiesAreLeftAlone)
{
    const Bytes shortBody(BEACON_FIXED_SIZE - 1);
    EXPECT_EQ(WithTim(shortBody, Of(0, 1, false, {}), TimPosition::Ordered), shortBody);
    EXPECT_EQ(FindElement(Bytes{0, 200, 1}, 0).Size(), 0U);
    EXPECT_EQ(FindElement(Bytes{0, 0, 5}, 5).Size(), 0U);
    EXPECT_EQ(FindElement(Bytes{0, 0, 5, 1, 9}, 5).Size(), 3U);
}

} // namespace
} // namespace mcast::wifi
