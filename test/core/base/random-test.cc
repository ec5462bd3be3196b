// SPDX-License-Identifier: GPL-2.0-only

#include "base/random.h"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>

namespace mcast
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RandomTest, IsSplitMix64)
{
    // The reference values of the published algorithm for seed 1234567.
    Random random(1234567);
    EXPECT_EQ(random.Next(), 6457827717110365317ULL);
    EXPECT_EQ(random.Next(), 3203168211198807973ULL);
    EXPECT_EQ(random.Next(), 9817491932198370423ULL);
}

TEST(RandomTest, SameSeedSameValues)
{
    Random a(7);
    Random b(7);
    Random c(8);
    EXPECT_EQ(a.Next(), b.Next());
    EXPECT_EQ(a.Delay(seconds{10}), b.Delay(seconds{10}));
    EXPECT_NE(a.Next(), c.Next());
}

TEST(RandomTest, DelaysFillTheRangeAboveZero)
{
    Random random(1);
    constexpr int PER_BIN = 1000;
    std::array<int, 10> bins{};
    for (int i = 0; i < 10 * PER_BIN; ++i)
    {
        const auto delay = random.Delay(seconds{10});
        ASSERT_GT(delay, Duration::zero()); // (0, maximum]: never at once (RFC 3376 5.2)
        ASSERT_LE(delay, seconds{10});
        ++bins[static_cast<std::size_t>((delay - Duration{1}) / seconds{1})];
    }
    // Ten standard deviations of a binomial bin are 300.
    EXPECT_GT(*std::min_element(bins.begin(), bins.end()), PER_BIN - 300);
    EXPECT_LT(*std::max_element(bins.begin(), bins.end()), PER_BIN + 300);
}

TEST(RandomTest, TheSmallestRangeHasOneValue)
{
    Random random(1);
    EXPECT_EQ(random.Delay(Duration{1}), Duration{1});
    EXPECT_EQ(random.Delay(Duration::zero()), Duration::zero());
    EXPECT_EQ(random.Delay(milliseconds{-5}), Duration::zero());
}

} // namespace
} // namespace mcast
