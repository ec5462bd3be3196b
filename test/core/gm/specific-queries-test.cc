// SPDX-License-Identifier: GPL-2.0-only

#include "gm/specific-queries.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::gm
{
namespace
{

using namespace test;

constexpr Duration INTERVAL = seconds{1};

class SpecificQueriesTest : public ::testing::Test
{
  protected:
    SpecificQueries::Round TakeAt(Duration at)
    {
        return m_queries.Take(At(at), INTERVAL);
    }

    SpecificQueries m_queries;
};

TEST_F(SpecificQueriesTest, NothingIsPendingAtFirst)
{
    EXPECT_TRUE(m_queries.Empty());
    EXPECT_FALSE(m_queries.GroupPending());
    EXPECT_EQ(m_queries.Next(), NEVER);
    EXPECT_FALSE(TakeAt(seconds{0}).group);
    EXPECT_TRUE(TakeAt(seconds{0}).sources.Empty());
}

TEST_F(SpecificQueriesTest, TheGroupIsAskedForCountTimesAnIntervalApart)
{
    m_queries.AskGroup(At(seconds{0}), 3);
    for (int i = 0; i < 3; ++i)
    {
        EXPECT_TRUE(m_queries.GroupPending());
        EXPECT_EQ(m_queries.Next(), At(seconds{i}));
        EXPECT_FALSE(TakeAt(seconds{i} - milliseconds{1}).group);
        EXPECT_TRUE(TakeAt(seconds{i}).group);
    }
    EXPECT_TRUE(m_queries.Empty());
    EXPECT_EQ(m_queries.Next(), NEVER);
    EXPECT_FALSE(TakeAt(seconds{99}).group);
}

TEST_F(SpecificQueriesTest, NewSourcesJoinThosePending)
{
    m_queries.AskSources(At(seconds{0}), Sources({1, 2}), 2);
    EXPECT_EQ(TakeAt(seconds{0}).sources, Sources({1, 2}));
    m_queries.AskSources(At(milliseconds{500}), Sources({2, 3}), 2);
    EXPECT_EQ(TakeAt(milliseconds{500}).sources, Sources({1, 2, 3})); // at once, all together; 1 is done
    EXPECT_EQ(m_queries.Next(), At(milliseconds{1500}));
    EXPECT_EQ(TakeAt(milliseconds{1500}).sources, Sources({2, 3}));
    EXPECT_TRUE(m_queries.Empty());
}

TEST_F(SpecificQueriesTest, GroupAndSourcesHaveTheirOwnSchedules)
{
    m_queries.AskGroup(At(seconds{0}), 2);
    EXPECT_TRUE(TakeAt(seconds{0}).group);
    m_queries.AskSources(At(milliseconds{300}), Sources({1}), 2);
    const auto second = TakeAt(milliseconds{300});
    EXPECT_FALSE(second.group);
    EXPECT_EQ(second.sources, Sources({1}));
    EXPECT_EQ(m_queries.Next(), At(seconds{1}));
    const auto third = TakeAt(seconds{1});
    EXPECT_TRUE(third.group);
    EXPECT_TRUE(third.sources.Empty());
    EXPECT_EQ(m_queries.Next(), At(milliseconds{1300}));
}

TEST_F(SpecificQueriesTest, ACancelledGroupIsNotAskedForAgain)
{
    m_queries.AskGroup(At(seconds{0}), 2);
    m_queries.AskSources(At(seconds{0}), Sources({1}), 2);
    m_queries.CancelGroup();
    EXPECT_FALSE(m_queries.GroupPending());
    const auto round = TakeAt(seconds{0});
    EXPECT_FALSE(round.group);
    EXPECT_EQ(round.sources, Sources({1}));
}

TEST_F(SpecificQueriesTest, SourcesWithoutARecordAreForgotten)
{
    m_queries.AskSources(At(seconds{0}), Sources({1, 2, 3}), 2);
    m_queries.KeepOnly(Sources({2, 9}));
    EXPECT_EQ(TakeAt(seconds{0}).sources, Sources({2}));
    m_queries.KeepOnly({});
    EXPECT_TRUE(m_queries.Empty());
    EXPECT_EQ(m_queries.Next(), NEVER);
}

TEST_F(SpecificQueriesTest, ALateTakeCountsOnce)
{
    m_queries.AskGroup(At(seconds{0}), 3);
    EXPECT_TRUE(TakeAt(seconds{10}).group);
    EXPECT_EQ(m_queries.Next(), At(seconds{11}));
}

} // namespace
} // namespace mcast::gm
