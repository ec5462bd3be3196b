// SPDX-License-Identifier: GPL-2.0-only
// Each row of RFC 3376 6.4.1 and 6.4.2, twice: by an example that a reader can check by hand, and for all sets of four
// sources against what the row says about one source.

#include "gm/membership-table.h"

#include "support.h"

#include <functional>
#include <gtest/gtest.h>

namespace mcast::gm
{
namespace
{

using test::Source;
using test::Sources;

Membership
Include(const SourceSet& sources)
{
    return {FilterMode::Include, sources, {}};
}

Membership
Exclude(const SourceSet& forwarded, const SourceSet& blocked)
{
    return {FilterMode::Exclude, forwarded, blocked};
}

void
ExpectState(const Membership& state, const Membership& expected)
{
    EXPECT_EQ(state.mode, expected.mode);
    EXPECT_EQ(state.forwarded, expected.forwarded);
    EXPECT_EQ(state.blocked, expected.blocked);
}

// INCLUDE ({1,2,3}) and a record with {2,3,4}: A*B = {2,3}, A-B = {1}, B-A = {4}, A+B = {1,2,3,4}.
class IncludeRowTest : public ::testing::Test
{
  protected:
    TableRow After(RecordType type)
    {
        return LookUp(Include(Sources({1, 2, 3})), type, Sources({2, 3, 4}));
    }
};

TEST_F(IncludeRowTest, IsIn)
{
    const auto row = After(RecordType::IsIn);
    ExpectState(row.next, Include(Sources({1, 2, 3, 4})));
    EXPECT_EQ(row.toGmi, Sources({2, 3, 4}));
    EXPECT_TRUE(row.querySources.Empty());
    EXPECT_FALSE(row.queryGroup);
    EXPECT_FALSE(row.groupTimerToGmi);
}

TEST_F(IncludeRowTest, IsEx)
{
    const auto row = After(RecordType::IsEx);
    ExpectState(row.next, Exclude(Sources({2, 3}), Sources({4})));
    EXPECT_TRUE(row.toGmi.Empty()); // A*B keep their timers
    EXPECT_TRUE(row.toGroupTimer.Empty());
    EXPECT_TRUE(row.querySources.Empty());
    EXPECT_FALSE(row.queryGroup);
    EXPECT_TRUE(row.groupTimerToGmi);
}

TEST_F(IncludeRowTest, Allow)
{
    const auto row = After(RecordType::Allow);
    ExpectState(row.next, Include(Sources({1, 2, 3, 4})));
    EXPECT_EQ(row.toGmi, Sources({2, 3, 4}));
    EXPECT_TRUE(row.querySources.Empty());
    EXPECT_FALSE(row.queryGroup);
}

TEST_F(IncludeRowTest, Block)
{
    const auto row = After(RecordType::Block);
    ExpectState(row.next, Include(Sources({1, 2, 3})));
    EXPECT_TRUE(row.toGmi.Empty());
    EXPECT_EQ(row.querySources, Sources({2, 3}));
    EXPECT_FALSE(row.queryGroup);
    EXPECT_FALSE(row.groupTimerToGmi);
}

TEST_F(IncludeRowTest, ToEx)
{
    const auto row = After(RecordType::ToEx);
    ExpectState(row.next, Exclude(Sources({2, 3}), Sources({4})));
    EXPECT_TRUE(row.toGmi.Empty());
    EXPECT_EQ(row.querySources, Sources({2, 3}));
    EXPECT_FALSE(row.queryGroup);
    EXPECT_TRUE(row.groupTimerToGmi);
}

TEST_F(IncludeRowTest, ToIn)
{
    const auto row = After(RecordType::ToIn);
    ExpectState(row.next, Include(Sources({1, 2, 3, 4})));
    EXPECT_EQ(row.toGmi, Sources({2, 3, 4}));
    EXPECT_EQ(row.querySources, Sources({1}));
    EXPECT_FALSE(row.queryGroup);
    EXPECT_FALSE(row.groupTimerToGmi);
}

// EXCLUDE ({1,2},{3,4}) and a record with {2,3,5}: X*A = {2}, Y*A = {3}, A-X-Y = {5}, X-A = {1}, Y-A = {4}.
class ExcludeRowTest : public ::testing::Test
{
  protected:
    TableRow After(RecordType type)
    {
        return LookUp(Exclude(Sources({1, 2}), Sources({3, 4})), type, Sources({2, 3, 5}));
    }
};

TEST_F(ExcludeRowTest, IsIn)
{
    const auto row = After(RecordType::IsIn);
    ExpectState(row.next, Exclude(Sources({1, 2, 3, 5}), Sources({4})));
    EXPECT_EQ(row.toGmi, Sources({2, 3, 5}));
    EXPECT_FALSE(row.groupTimerToGmi);
    EXPECT_FALSE(row.queryGroup);
    EXPECT_TRUE(row.querySources.Empty());
}

TEST_F(ExcludeRowTest, IsEx)
{
    const auto row = After(RecordType::IsEx);
    ExpectState(row.next, Exclude(Sources({2, 5}), Sources({3})));
    EXPECT_EQ(row.toGmi, Sources({5}));
    EXPECT_TRUE(row.toGroupTimer.Empty());
    EXPECT_TRUE(row.groupTimerToGmi);
    EXPECT_FALSE(row.queryGroup);
    EXPECT_TRUE(row.querySources.Empty());
}

TEST_F(ExcludeRowTest, Allow)
{
    const auto row = After(RecordType::Allow);
    ExpectState(row.next, Exclude(Sources({1, 2, 3, 5}), Sources({4})));
    EXPECT_EQ(row.toGmi, Sources({2, 3, 5}));
    EXPECT_FALSE(row.queryGroup);
    EXPECT_TRUE(row.querySources.Empty());
}

TEST_F(ExcludeRowTest, Block)
{
    const auto row = After(RecordType::Block);
    ExpectState(row.next, Exclude(Sources({1, 2, 5}), Sources({3, 4})));
    EXPECT_TRUE(row.toGmi.Empty());
    EXPECT_EQ(row.toGroupTimer, Sources({5}));
    EXPECT_EQ(row.querySources, Sources({2, 5}));
    EXPECT_FALSE(row.queryGroup);
    EXPECT_FALSE(row.groupTimerToGmi);
}

TEST_F(ExcludeRowTest, ToEx)
{
    const auto row = After(RecordType::ToEx);
    ExpectState(row.next, Exclude(Sources({2, 5}), Sources({3})));
    EXPECT_TRUE(row.toGmi.Empty());
    EXPECT_EQ(row.toGroupTimer, Sources({5}));
    EXPECT_EQ(row.querySources, Sources({2, 5}));
    EXPECT_FALSE(row.queryGroup);
    EXPECT_TRUE(row.groupTimerToGmi);
}

TEST_F(ExcludeRowTest, ToIn)
{
    const auto row = After(RecordType::ToIn);
    ExpectState(row.next, Exclude(Sources({1, 2, 3, 5}), Sources({4})));
    EXPECT_EQ(row.toGmi, Sources({2, 3, 5}));
    EXPECT_EQ(row.querySources, Sources({1}));
    EXPECT_TRUE(row.queryGroup);
    EXPECT_FALSE(row.groupTimerToGmi);
}

TEST(EmptyRowTest, ALeaveAsksForTheGroup)
{
    const auto row = LookUp(Exclude({}, {}), RecordType::ToIn, {});
    ExpectState(row.next, Exclude({}, {}));
    EXPECT_TRUE(row.queryGroup);
    EXPECT_TRUE(row.querySources.Empty());
}

TEST(EmptyRowTest, AJoinOfNothingKnownAsksNobody)
{
    const auto row = LookUp(Include({}), RecordType::ToEx, {});
    ExpectState(row.next, Exclude({}, {}));
    EXPECT_TRUE(row.groupTimerToGmi);
    EXPECT_TRUE(row.querySources.Empty());
    EXPECT_FALSE(row.queryGroup);
}

// Where one source stands before the record, and what the row says becomes of it.
struct Where
{
    bool x; // in A of INCLUDE (A), or in X
    bool y; // in Y
    bool a; // in the record
};

struct Rule
{
    FilterMode mode;
    RecordType type;
    FilterMode next;
    bool groupTimerToGmi;
    bool queryGroup;
    std::function<bool(Where)> forwarded;
    std::function<bool(Where)> blocked;
    std::function<bool(Where)> toGmi;
    std::function<bool(Where)> toGroupTimer;
    std::function<bool(Where)> query;
};

bool
None(Where)
{
    return false;
}

bool
Reported(Where w)
{
    return w.a;
}

std::vector<Rule>
Rules()
{
    constexpr auto IN = FilterMode::Include;
    constexpr auto EX = FilterMode::Exclude;
    const auto either = [](Where w) { return w.x || w.a; };
    const auto kept = [](Where w) { return w.x && w.a; };
    const auto added = [](Where w) { return w.a && !w.x; };
    const auto missing = [](Where w) { return w.x && !w.a; };
    const auto stays = [](Where w) { return w.x; };
    const auto unblocked = [](Where w) { return w.y && !w.a; };
    const auto notBlocked = [](Where w) { return w.a && !w.y; };
    const auto stillBlocked = [](Where w) { return w.a && w.y; };
    const auto unknown = [](Where w) { return w.a && !w.x && !w.y; };
    const auto more = [](Where w) { return w.x || (w.a && !w.y); };
    const auto blocked = [](Where w) { return w.y; };
    return {
        {IN, RecordType::IsIn, IN, false, false, either, None, Reported, None, None},
        {IN, RecordType::IsEx, EX, true, false, kept, added, None, None, None},
        {IN, RecordType::Allow, IN, false, false, either, None, Reported, None, None},
        {IN, RecordType::Block, IN, false, false, stays, None, None, None, kept},
        {IN, RecordType::ToEx, EX, true, false, kept, added, None, None, kept},
        {IN, RecordType::ToIn, IN, false, false, either, None, Reported, None, missing},
        {EX, RecordType::IsIn, EX, false, false, either, unblocked, Reported, None, None},
        {EX, RecordType::IsEx, EX, true, false, notBlocked, stillBlocked, unknown, None, None},
        {EX, RecordType::Allow, EX, false, false, either, unblocked, Reported, None, None},
        {EX, RecordType::Block, EX, false, false, more, blocked, None, unknown, notBlocked},
        {EX, RecordType::ToEx, EX, true, false, notBlocked, stillBlocked, None, unknown, notBlocked},
        {EX, RecordType::ToIn, EX, false, true, either, unblocked, Reported, None, missing},
    };
}

// Four sources, each in one of 2 (INCLUDE) or 3 (EXCLUDE) places and in the record or not.
std::vector<std::vector<Where>>
AllPlacements(FilterMode mode)
{
    const unsigned places = mode == FilterMode::Include ? 2 : 3;
    const unsigned choices = places * 2;
    std::vector<std::vector<Where>> all;
    for (unsigned code = 0; code < choices * choices * choices * choices; ++code)
    {
        std::vector<Where> placement;
        for (unsigned rest = code, i = 0; i < 4; ++i, rest /= choices)
        {
            const unsigned place = rest % choices / 2;
            placement.push_back({place == 1, place == 2, rest % 2 == 1});
        }
        all.push_back(placement);
    }
    return all;
}

SourceSet
Pick(const std::vector<Where>& placement, const std::function<bool(Where)>& chosen)
{
    SourceSet picked;
    for (unsigned i = 0; i < placement.size(); ++i)
    {
        if (chosen(placement[i]))
        {
            picked.Append(Source(i));
        }
    }
    return picked;
}

TEST(MembershipTableTest, EveryRowHoldsForAllSets)
{
    for (const auto& rule : Rules())
    {
        for (const auto& placement : AllPlacements(rule.mode))
        {
            const Membership before{rule.mode, Pick(placement, [](Where w) { return w.x; }),
                                    Pick(placement, [](Where w) { return w.y; })};
            const auto row = LookUp(before, rule.type, Pick(placement, Reported));
            ASSERT_EQ(row.next.mode, rule.next);
            ASSERT_EQ(row.next.forwarded, Pick(placement, rule.forwarded)) << static_cast<int>(rule.type);
            ASSERT_EQ(row.next.blocked, Pick(placement, rule.blocked)) << static_cast<int>(rule.type);
            ASSERT_EQ(row.toGmi, Pick(placement, rule.toGmi)) << static_cast<int>(rule.type);
            ASSERT_EQ(row.toGroupTimer, Pick(placement, rule.toGroupTimer)) << static_cast<int>(rule.type);
            ASSERT_EQ(row.querySources, Pick(placement, rule.query)) << static_cast<int>(rule.type);
            ASSERT_EQ(row.groupTimerToGmi, rule.groupTimerToGmi);
            ASSERT_EQ(row.queryGroup, rule.queryGroup);
        }
    }
}

} // namespace
} // namespace mcast::gm
