// SPDX-License-Identifier: GPL-2.0-only

#include "gm/source-set.h"

#include "support.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace mcast::gm
{
namespace
{

using test::Source;
using test::Sources;

// Any of the sets of the sources 0 to 5, by the bits of a number.
SourceSet
FromBits(unsigned bits)
{
    std::vector<Address> sources;
    for (unsigned i = 0; i < 6; ++i)
    {
        if ((bits >> i & 1) != 0)
        {
            sources.push_back(Source(i));
        }
    }
    return SourceSet(std::move(sources));
}

TEST(SourceSetTest, SortsAndDropsDuplicates)
{
    const SourceSet set{Source(3), Source(1), Source(3), Source(2), Source(1)};
    EXPECT_EQ(set.Vector(), (std::vector<Address>{Source(1), Source(2), Source(3)}));
    EXPECT_EQ(set.Size(), 3u);
    EXPECT_TRUE(set.Contains(Source(2)));
    EXPECT_FALSE(set.Contains(Source(4)));
    EXPECT_TRUE(SourceSet().Empty());
}

TEST(SourceSetTest, OperatorsAreThoseOfSets)
{
    for (unsigned a = 0; a < 64; ++a)
    {
        for (unsigned b = 0; b < 64; ++b)
        {
            ASSERT_EQ(FromBits(a) + FromBits(b), FromBits(a | b));
            ASSERT_EQ(FromBits(a) * FromBits(b), FromBits(a & b));
            ASSERT_EQ(FromBits(a) - FromBits(b), FromBits(a & ~b));
            ASSERT_EQ(FromBits(a) == FromBits(b), a == b);
            ASSERT_EQ(FromBits(a) != FromBits(b), a != b);
        }
    }
}

TEST(SourceSetTest, AppendKeepsTheOrderThatItIsGiven)
{
    SourceSet set;
    set.Append(Source(1));
    set.Append(Source(5));
    EXPECT_EQ(set, Sources({5, 1}));
}

TEST(SourceSetTest, TruncateKeepsTheLowest)
{
    auto set = Sources({9, 4, 7});
    set.Truncate(5);
    EXPECT_EQ(set.Size(), 3u);
    set.Truncate(2);
    EXPECT_EQ(set, Sources({4, 7}));
    set.Truncate(0);
    EXPECT_TRUE(set.Empty());
}

} // namespace
} // namespace mcast::gm
