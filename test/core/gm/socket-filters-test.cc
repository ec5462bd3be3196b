// SPDX-License-Identifier: GPL-2.0-only

#include "gm/socket-filters.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::gm
{
namespace
{

using test::Source;
using test::Sources;

Filter
Include(std::initializer_list<unsigned> sources)
{
    return {FilterMode::Include, Sources(sources)};
}

Filter
Exclude(std::initializer_list<unsigned> sources)
{
    return {FilterMode::Exclude, Sources(sources)};
}

constexpr SocketId S1{1};
constexpr SocketId S2{2};
constexpr SocketId S3{3};

TEST(FilterTest, PassesWhatItsModeSays)
{
    EXPECT_TRUE(Include({1}).Passes(Source(1)));
    EXPECT_FALSE(Include({1}).Passes(Source(2)));
    EXPECT_FALSE(Exclude({1}).Passes(Source(1)));
    EXPECT_TRUE(Exclude({1}).Passes(Source(2)));
    EXPECT_TRUE(Include({}).IsNothing());
    EXPECT_FALSE(Exclude({}).IsNothing());
    EXPECT_FALSE(Include({1}).IsNothing());
}

TEST(SocketFiltersTest, NoSocketIsNoInterest)
{
    EXPECT_TRUE(SocketFilters().Merge().IsNothing());
}

// The two examples of RFC 3376 3.2, letters as numbers.
TEST(SocketFiltersTest, IncludesAreUnited)
{
    SocketFilters sockets;
    sockets.Set(S1, Include({1, 2, 3}));
    sockets.Set(S2, Include({2, 3, 4}));
    sockets.Set(S3, Include({5, 6}));
    EXPECT_EQ(sockets.Merge(), Include({1, 2, 3, 4, 5, 6}));
}

TEST(SocketFiltersTest, ExcludesAreIntersectedLessWhatIsIncluded)
{
    SocketFilters sockets;
    sockets.Set(S1, Exclude({1, 2, 3, 4}));
    sockets.Set(S2, Exclude({2, 3, 4, 5}));
    sockets.Set(S3, Include({4, 5, 6}));
    EXPECT_EQ(sockets.Merge(), Exclude({2, 3}));
}

TEST(SocketFiltersTest, OneExcludeOfNothingOpensTheInterface)
{
    SocketFilters sockets;
    sockets.Set(S1, Exclude({1, 2}));
    sockets.Set(S2, Exclude({}));
    sockets.Set(S3, Exclude({1}));
    EXPECT_EQ(sockets.Merge(), Exclude({}));
}

TEST(SocketFiltersTest, ARequestReplacesTheEarlierOne)
{
    SocketFilters sockets;
    sockets.Set(S1, Include({1}));
    sockets.Set(S1, Exclude({2}));
    EXPECT_EQ(sockets.Merge(), Exclude({2}));
    ASSERT_NE(sockets.Find(S1), nullptr);
    EXPECT_EQ(*sockets.Find(S1), Exclude({2}));
}

TEST(SocketFiltersTest, IncludeOfNothingDeletes)
{
    SocketFilters sockets;
    sockets.Set(S1, Exclude({}));
    sockets.Set(S2, Include({1}));
    sockets.Set(S1, Include({}));
    sockets.Set(S3, Include({}));
    EXPECT_EQ(sockets.Find(S1), nullptr);
    EXPECT_EQ(sockets.Find(S3), nullptr);
    EXPECT_EQ(sockets.Merge(), Include({1}));
}

} // namespace
} // namespace mcast::gm
