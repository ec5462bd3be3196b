// SPDX-License-Identifier: GPL-2.0-only

#include "group-record-fixture.h"

namespace mcast::gm
{
namespace
{

using namespace test;
using Lines = std::vector<std::string>;

// The rows' timers. (What the rows do to the sets is in membership-table-test.)

TEST_F(GroupRecordTest, AJoinOfAnySourceRunsTheGroupTimer)
{
    Report(RecordType::ToEx);
    ExpectExclude({}, {});
    EXPECT_EQ(GroupTimer(), GMI);
    EXPECT_TRUE(TakeQueries().empty());
    EXPECT_EQ(TakeEvents(), (Lines{"filter-mode-changed"}));
    EXPECT_TRUE(Record().Forwards(Source(1)));
    EXPECT_EQ(Record().View().lastReporter, REPORTER);
}

TEST_F(GroupRecordTest, AJoinOfSourcesRunsTheirTimers)
{
    Report(RecordType::Allow, Sources({1, 2}));
    ExpectInclude(Sources({1, 2}));
    EXPECT_EQ(SourceTimer(1), GMI);
    EXPECT_EQ(TakeEvents(), (Lines{"source-forwarded 10.9.0.1", "source-forwarded 10.9.0.2"}));
    EXPECT_TRUE(Record().Forwards(Source(1)));
    EXPECT_FALSE(Record().Forwards(Source(3)));
}

TEST_F(GroupRecordTest, ReportsRefreshOnlyWhatTheyName)
{
    Report(RecordType::IsIn, Sources({1, 2}));
    Advance(seconds{100});
    Report(RecordType::IsIn, Sources({2, 3}));
    EXPECT_EQ(SourceTimer(1), GMI - seconds{100});
    EXPECT_EQ(SourceTimer(2), GMI);
    EXPECT_EQ(SourceTimer(3), GMI);
}

TEST_F(GroupRecordTest, IncludeToExcludeKeepsTheTimersOfWhatBothName)
{
    Report(RecordType::IsIn, Sources({1, 2}));
    Advance(seconds{100});
    TakeEvents();
    Report(RecordType::IsEx, Sources({2, 3}));
    ExpectExclude(Sources({2}), Sources({3}));
    EXPECT_EQ(SourceTimer(2), GMI - seconds{100});
    EXPECT_EQ(GroupTimer(), GMI);
    EXPECT_TRUE(TakeQueries().empty()); // a current state is nothing to ask about (RFC 3376 6.1)
    EXPECT_EQ(TakeEvents(), (Lines{"filter-mode-changed", "source-blocked 10.9.0.3", "source-removed 10.9.0.1"}));
    EXPECT_TRUE(Record().Forwards(Source(2)));
    EXPECT_FALSE(Record().Forwards(Source(3)));
    EXPECT_TRUE(Record().Forwards(Source(1)));
}

TEST_F(GroupRecordTest, ExcludeRefreshedByACurrentStateStartsNewSourcesAtGmi)
{
    Report(RecordType::IsEx, Sources({1}));
    Report(RecordType::Allow, Sources({2}));
    Advance(seconds{100});
    Report(RecordType::IsEx, Sources({1, 2, 3}));
    ExpectExclude(Sources({2, 3}), Sources({1}));
    EXPECT_EQ(SourceTimer(2), GMI - seconds{100}); // X*A keeps its timer
    EXPECT_EQ(SourceTimer(3), GMI);
    EXPECT_EQ(GroupTimer(), GMI);
}

TEST_F(GroupRecordTest, ExcludeRefreshedByAChangeStartsNewSourcesAtTheOldGroupTimer)
{
    m_mayQuery = false; // a query would lower them
    Report(RecordType::IsEx);
    Advance(seconds{100});
    Report(RecordType::ToEx, Sources({1}));
    ExpectExclude(Sources({1}), {});
    EXPECT_EQ(SourceTimer(1), GMI - seconds{100});
    EXPECT_EQ(GroupTimer(), GMI);
}

TEST_F(GroupRecordTest, BlockInExcludeStartsSourcesAtTheGroupTimer)
{
    m_mayQuery = false;
    Report(RecordType::IsEx);
    Advance(seconds{100});
    Report(RecordType::Block, Sources({1}));
    ExpectExclude(Sources({1}), {});
    EXPECT_EQ(SourceTimer(1), GMI - seconds{100});
    EXPECT_EQ(GroupTimer(), GMI - seconds{100});
}

TEST_F(GroupRecordTest, AllowInExcludeUnblocks)
{
    Report(RecordType::IsEx, Sources({1, 2}));
    TakeEvents();
    Report(RecordType::Allow, Sources({1}));
    ExpectExclude(Sources({1}), Sources({2}));
    EXPECT_EQ(SourceTimer(1), GMI);
    EXPECT_EQ(TakeEvents(), (Lines{"source-forwarded 10.9.0.1"}));
}

TEST_F(GroupRecordTest, EmptyListsChangeNothing)
{
    Report(RecordType::IsIn, Sources({1}));
    Advance(seconds{10});
    TakeEvents();
    for (const auto type : {RecordType::IsIn, RecordType::Allow, RecordType::Block})
    {
        Report(type);
        ExpectInclude(Sources({1}));
        EXPECT_EQ(SourceTimer(1), GMI - seconds{10});
    }
    EXPECT_TRUE(TakeQueries().empty());
    EXPECT_TRUE(TakeEvents().empty());
}

// Expiry.

TEST_F(GroupRecordTest, TheGroupTimerEndsExclude)
{
    Report(RecordType::IsEx, Sources({1, 2}));
    Advance(seconds{100});
    Report(RecordType::Allow, Sources({1, 3}));
    TakeEvents();
    Advance(GMI - milliseconds{1});
    ExpectExclude(Sources({1, 3}), Sources({2}));
    Advance(GMI);
    ExpectInclude(Sources({1, 3})); // INCLUDE (X), Y deleted (RFC 3376 6.5)
    EXPECT_EQ(SourceTimer(1), seconds{100});
    EXPECT_EQ(TakeEvents(), (Lines{"filter-mode-changed", "source-removed 10.9.0.2"}));
    Advance(seconds{360});
    EXPECT_FALSE(Exists());
    EXPECT_EQ(TakeEvents(), (Lines{"source-removed 10.9.0.1", "source-removed 10.9.0.3", "empty"}));
}

TEST_F(GroupRecordTest, TheGroupTimerEndsAGroupWithoutSources)
{
    Report(RecordType::ToEx, Sources({1}));
    Advance(GMI);
    EXPECT_FALSE(Exists());
    EXPECT_EQ(m_context.timers.Size(), 0u);
}

TEST_F(GroupRecordTest, ASourceTimerEndsItsRecordInInclude)
{
    Report(RecordType::IsIn, Sources({1, 2}));
    Advance(seconds{1});
    Report(RecordType::IsIn, Sources({2}));
    Advance(GMI);
    ExpectInclude(Sources({2}));
    Advance(GMI + seconds{1});
    EXPECT_FALSE(Exists());
}

TEST_F(GroupRecordTest, ASourceTimerBlocksInExclude)
{
    Report(RecordType::IsEx);
    Report(RecordType::Allow, Sources({1}));
    Advance(seconds{200});
    Report(RecordType::IsEx, Sources({1})); // refreshes the group, not the source
    TakeEvents();
    Advance(GMI);
    ExpectExclude({}, Sources({1}));
    EXPECT_EQ(TakeEvents(), (Lines{"source-blocked 10.9.0.1"}));
    EXPECT_FALSE(Record().Forwards(Source(1)));
    EXPECT_TRUE(Record().Forwards(Source(2)));
}

TEST_F(GroupRecordTest, SourceAndGroupTimersThatEndTogetherLeaveNothing)
{
    m_mayQuery = false;
    Report(RecordType::IsEx);
    Report(RecordType::Block, Sources({1, 2})); // timers equal to the group's
    Report(RecordType::Allow, Sources({3}));    // by chance equal to it
    TakeEvents();
    Advance(GMI);
    EXPECT_FALSE(Exists());
    EXPECT_EQ(TakeEvents().back(), "empty");
}

TEST_F(GroupRecordTest, AJumpOverEveryDeadlineEndsTheRecordOnce)
{
    Report(RecordType::IsEx);
    Report(RecordType::Allow, Sources({1, 2}));
    Record().HandleOlderReport(Version::V2, REPORTER);
    Report(RecordType::ToIn);
    m_context.AdvanceTo(At(seconds{100000}));
    EXPECT_FALSE(Exists());
    EXPECT_EQ(m_context.timers.Size(), 0u);
}

// Specific queries (RFC 3376 6.6.3).

TEST_F(GroupRecordTest, ALeaveAsksForTheGroupAndLowersItsTimer)
{
    Report(RecordType::ToEx);
    Advance(seconds{10});
    Report(RecordType::ToIn);
    EXPECT_EQ(GroupTimer(), LMQT);
    EXPECT_TRUE(Record().Forwards(Source(1))); // until the last query was not answered (6.4.2)
    Advance(seconds{12} - milliseconds{1});
    EXPECT_TRUE(Exists());
    Advance(seconds{100});
    EXPECT_FALSE(Exists());
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup(seconds{10}), ForGroup(seconds{11})}));
    EXPECT_EQ(TakeEvents(), (Lines{"filter-mode-changed", "queries 0", "filter-mode-changed", "empty"}));
}

TEST_F(GroupRecordTest, CountAndIntervalOfQueriesAreConfigured)
{
    m_intervals.lastMemberQueryCount = 4;
    m_intervals.lastMemberQueryInterval = milliseconds{500};
    Report(RecordType::ToEx);
    Report(RecordType::ToIn);
    EXPECT_EQ(GroupTimer(), seconds{2});
    Advance(seconds{100});
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup({}), ForGroup(milliseconds{500}), ForGroup(seconds{1}),
                                                 ForGroup(milliseconds{1500})}));
}

TEST_F(GroupRecordTest, AnAnswerKeepsTheGroupAndSetsTheSFlagInWhatFollows)
{
    Report(RecordType::ToEx);
    Report(RecordType::ToIn);
    Advance(milliseconds{400});
    Report(RecordType::IsEx);
    EXPECT_EQ(GroupTimer(), GMI);
    Advance(seconds{20});
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup({}), ForGroup(seconds{1}, true)}));
    ExpectExclude({}, {});
}

TEST_F(GroupRecordTest, ARepeatedLeaveDoesNotStartTheQueriesOver)
{
    Report(RecordType::ToEx);
    Report(RecordType::ToIn);
    Report(RecordType::ToIn);
    Advance(milliseconds{300});
    Report(RecordType::ToIn); // the host's own repetition
    Advance(seconds{100});
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup({}), ForGroup(seconds{1})}));
}

// One leaves, another answers, and leaves too while queries are still to be sent: it must be asked for anew.
TEST_F(GroupRecordTest, ASecondMemberThatLeavesDuringTheQueriesIsNotForgotten)
{
    Report(RecordType::ToEx);
    Report(RecordType::ToIn);
    Advance(milliseconds{300});
    Report(RecordType::IsEx);
    EXPECT_EQ(GroupTimer(), GMI);
    Advance(milliseconds{600});
    Report(RecordType::ToIn);
    EXPECT_EQ(GroupTimer(), LMQT);
    Advance(seconds{3});
    EXPECT_FALSE(Exists());
    EXPECT_EQ(TakeQueries(),
              (std::vector<Asked>{ForGroup({}), ForGroup(milliseconds{600}), ForGroup(milliseconds{1600})}));
}

TEST_F(GroupRecordTest, BlockedSourcesAreAskedFor)
{
    Report(RecordType::IsIn, Sources({1, 2, 3}));
    Advance(seconds{10});
    TakeEvents();
    Report(RecordType::Block, Sources({2, 3, 4}));
    ExpectInclude(Sources({1, 2, 3}));
    EXPECT_EQ(SourceTimer(1), GMI - seconds{10});
    EXPECT_EQ(SourceTimer(2), LMQT);
    EXPECT_EQ(TakeEvents(), (Lines{"queries 2"}));
    Advance(seconds{12});
    ExpectInclude(Sources({1}));
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForSources(seconds{10}, {2, 3}), ForSources(seconds{11}, {2, 3})}));
}

TEST_F(GroupRecordTest, SourcesAskedForSplitBySFlag)
{
    Report(RecordType::IsIn, Sources({1, 2}));
    Report(RecordType::Block, Sources({1, 2}));
    Advance(milliseconds{200});
    Report(RecordType::IsIn, Sources({1}));
    Advance(seconds{5});
    ExpectInclude(Sources({1}));
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForSources({}, {1, 2}), ForSources(seconds{1}, {1}, true),
                                                 ForSources(seconds{1}, {2})}));
}

TEST_F(GroupRecordTest, NewSourcesJoinTheQueriesPending)
{
    Report(RecordType::IsIn, Sources({1, 2}));
    Report(RecordType::Block, Sources({1}));
    Advance(milliseconds{500});
    Report(RecordType::Block, Sources({1, 2})); // 1 is on its way out already
    Advance(milliseconds{1800});
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForSources({}, {1}), ForSources(milliseconds{500}, {1, 2}),
                                                 ForSources(milliseconds{1500}, {2})}));
    Advance(seconds{10});
    EXPECT_FALSE(Exists());
    EXPECT_TRUE(TakeQueries().empty());
}

TEST_F(GroupRecordTest, SourcesAboutToExpireAreNotAskedFor)
{
    Report(RecordType::IsIn, Sources({1}));
    Advance(GMI - LMQT);
    Report(RecordType::Block, Sources({1}));
    EXPECT_TRUE(TakeQueries().empty()); // timer not larger than LMQT (6.6.3.2)
    EXPECT_EQ(SourceTimer(1), LMQT);
    Advance(GMI);
    EXPECT_FALSE(Exists());
}

TEST_F(GroupRecordTest, ALeaveFromExcludeAsksForSourcesAndGroup)
{
    Report(RecordType::IsEx, Sources({1}));
    Report(RecordType::Allow, Sources({2, 3}));
    Report(RecordType::ToIn, Sources({3}));
    EXPECT_EQ(GroupTimer(), LMQT);
    EXPECT_EQ(SourceTimer(2), LMQT);
    EXPECT_EQ(SourceTimer(3), GMI);
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup({}), ForSources({}, {2})}));
    Advance(LMQT);
    ExpectInclude(Sources({3}));
}

TEST_F(GroupRecordTest, BesideTheGroupNoSFlaggedSourcesAreSent)
{
    Report(RecordType::IsEx);
    Report(RecordType::Allow, Sources({1, 2}));
    Report(RecordType::ToIn);
    TakeQueries();
    Advance(milliseconds{500});
    Report(RecordType::Allow, Sources({1})); // 1 is above LMQT again
    Advance(seconds{1});
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup(seconds{1}), ForSources(seconds{1}, {2})}));
}

TEST_F(GroupRecordTest, ToExAsksForTheSourcesItExcludes)
{
    Report(RecordType::IsIn, Sources({1, 2}));
    Report(RecordType::ToEx, Sources({2, 3}));
    ExpectExclude(Sources({2}), Sources({3}));
    EXPECT_EQ(SourceTimer(2), LMQT);
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForSources({}, {2})}));
    Advance(seconds{5});
    ExpectExclude({}, Sources({2, 3}));
}

TEST_F(GroupRecordTest, ACurrentStateIsNeverAskedAbout)
{
    Report(RecordType::IsIn, Sources({1, 2}));
    Report(RecordType::IsEx, Sources({1}));
    Report(RecordType::IsEx, Sources({3}));
    Report(RecordType::IsIn, Sources({4}));
    Advance(seconds{100});
    EXPECT_TRUE(TakeQueries().empty());
}

TEST_F(GroupRecordTest, TheExpiredGroupIsNotAskedForAgain)
{
    m_intervals.lastMemberQueryCount = 2;
    Report(RecordType::IsEx);
    Report(RecordType::Allow, Sources({1}));
    Report(RecordType::ToIn, Sources({1}));
    Advance(milliseconds{1500});
    Report(RecordType::ToIn, Sources({1})); // asks again, at 1.5 s and 2.5 s; the group is gone at 2 s
    Advance(seconds{10});
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup({}), ForGroup(seconds{1}), ForGroup(milliseconds{1500})}));
    ExpectInclude(Sources({1}));
}

TEST_F(GroupRecordTest, ANonQuerierAsksNobodyAndLowersNothing)
{
    m_mayQuery = false;
    Report(RecordType::IsEx);
    Report(RecordType::Allow, Sources({1}));
    Advance(seconds{10});
    Report(RecordType::ToIn);
    Report(RecordType::Block, Sources({1}));
    EXPECT_EQ(GroupTimer(), GMI - seconds{10});
    EXPECT_EQ(SourceTimer(1), GMI - seconds{10});
    EXPECT_TRUE(TakeQueries().empty());
}

TEST_F(GroupRecordTest, TheLoserOfTheElectionStopsAsking)
{
    Report(RecordType::ToEx);
    Report(RecordType::ToIn);
    TakeQueries();
    m_mayQuery = false;
    Record().StopQuerying();
    Advance(milliseconds{1999});
    EXPECT_TRUE(TakeQueries().empty());
    EXPECT_TRUE(Exists());
    Advance(seconds{2}); // the timer that was lowered stays lowered
    EXPECT_FALSE(Exists());
}

// Queries of others (RFC 3376 6.6.1).

TEST_F(GroupRecordTest, AQueryForTheGroupLowersItsTimer)
{
    Report(RecordType::IsEx, Sources({1}));
    Report(RecordType::Allow, Sources({2}));
    Record().HandleQuery(SpecificQuery(GROUP), LMQT);
    EXPECT_EQ(GroupTimer(), LMQT);
    EXPECT_EQ(SourceTimer(2), GMI); // not asked for
    Advance(seconds{1});
    Record().HandleQuery(SpecificQuery(GROUP), LMQT);
    EXPECT_EQ(GroupTimer(), seconds{1}); // never raised
    Advance(seconds{2});
    ExpectInclude(Sources({2}));
}

TEST_F(GroupRecordTest, AQueryForSourcesLowersTheirs)
{
    Report(RecordType::IsEx, Sources({1}));
    Report(RecordType::Allow, Sources({2, 3}));
    Record().HandleQuery(SpecificQuery(GROUP, {1, 2, 9}), LMQT);
    EXPECT_EQ(GroupTimer(), GMI);
    EXPECT_EQ(SourceTimer(1), Duration::zero());
    EXPECT_EQ(SourceTimer(2), LMQT);
    EXPECT_EQ(SourceTimer(3), GMI);
    Advance(LMQT);
    ExpectExclude(Sources({3}), Sources({1, 2}));
}

TEST_F(GroupRecordTest, AQueryForAnIncludeGroupLowersNoSource)
{
    Report(RecordType::IsIn, Sources({1}));
    Record().HandleQuery(SpecificQuery(GROUP), LMQT);
    EXPECT_EQ(SourceTimer(1), GMI);
    Record().HandleQuery(SpecificQuery(GROUP, {1}), LMQT);
    EXPECT_EQ(SourceTimer(1), LMQT);
}

// Older hosts (RFC 3376 7.3.2).

TEST_F(GroupRecordTest, AnOlderReportIsAJoinOfAnySource)
{
    Report(RecordType::IsEx, Sources({1}));
    Report(RecordType::Allow, Sources({2}));
    TakeEvents();
    Record().HandleOlderReport(Version::V2, REPORTER);
    ExpectExclude({}, {}); // IS_EX ({})
    EXPECT_EQ(GroupTimer(), GMI);
    EXPECT_EQ(Record().GroupVersion(), Version::V2);
    EXPECT_EQ(TakeEvents(), (Lines{"version-changed", "source-removed 10.9.0.1", "source-removed 10.9.0.2"}));
    Record().HandleOlderReport(Version::V2, REPORTER);
    EXPECT_TRUE(TakeEvents().empty());
}

TEST_F(GroupRecordTest, CompatibilityEndsTimerByTimer)
{
    Record().HandleOlderReport(Version::V2, REPORTER);
    Advance(seconds{100});
    Record().HandleOlderReport(Version::V1, REPORTER);
    EXPECT_EQ(Record().GroupVersion(), Version::V1);
    Advance(seconds{200});
    Record().HandleOlderReport(Version::V2, REPORTER);
    EXPECT_EQ(Record().GroupVersion(), Version::V1);
    TakeEvents();
    Advance(seconds{360}); // V1 ends; V2 runs until 460 s
    EXPECT_EQ(Record().GroupVersion(), Version::V2);
    EXPECT_EQ(TakeEvents(), (Lines{"version-changed"}));
    Report(RecordType::IsEx);
    Advance(seconds{460});
    EXPECT_EQ(Record().GroupVersion(), Version::V3);
    EXPECT_EQ(Record().View().olderHostV2, Duration::zero());
}

TEST_F(GroupRecordTest, Version2HostsMakeBlockAndListsMeaningless)
{
    Record().HandleOlderReport(Version::V2, REPORTER);
    Advance(seconds{10});
    TakeEvents();
    Report(RecordType::Block, Sources({1}));
    EXPECT_EQ(TakeEvents(), (Lines{"record-ignored 10.0.0.7"}));
    ExpectExclude({}, {});
    Report(RecordType::ToEx, Sources({1, 2}));
    ExpectExclude({}, {}); // TO_EX ({})
    EXPECT_EQ(GroupTimer(), GMI);
    EXPECT_TRUE(TakeQueries().empty());
    Report(RecordType::IsEx, Sources({1})); // only TO_EX loses its list
    ExpectExclude(Sources({1}), {});
    Report(RecordType::ToIn);
    EXPECT_EQ(GroupTimer(), LMQT);
    EXPECT_EQ(TakeQueries().size(), 2u);
}

TEST_F(GroupRecordTest, Version1HostsMakeLeavesMeaningless)
{
    Record().HandleOlderReport(Version::V1, REPORTER);
    TakeEvents();
    Report(RecordType::ToIn);
    Report(RecordType::ToIn, Sources({1}));
    Report(RecordType::Block, Sources({1}));
    EXPECT_EQ(TakeEvents().size(), 3u);
    EXPECT_EQ(Record().HandleLeave(), Reason::OlderHostPresent);
    ExpectExclude({}, {});
    EXPECT_EQ(GroupTimer(), GMI);
    EXPECT_TRUE(TakeQueries().empty());
    Report(RecordType::Allow, Sources({1}));
    ExpectExclude(Sources({1}), {});
}

TEST_F(GroupRecordTest, ALeaveIsAnEmptyToIn)
{
    Record().HandleOlderReport(Version::V2, REPORTER);
    EXPECT_EQ(Record().HandleLeave(), Reason::None);
    EXPECT_EQ(GroupTimer(), LMQT);
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup({})}));
}

TEST_F(GroupRecordTest, ANonQuerierIgnoresLeaves)
{
    m_mayQuery = false;
    Record().HandleOlderReport(Version::V2, REPORTER);
    EXPECT_EQ(Record().HandleLeave(), Reason::NotQuerier); // RFC 2236 3
    EXPECT_EQ(GroupTimer(), GMI);
}

TEST_F(GroupRecordTest, ALeaveOfAnIncludeGroupAsksForItsSources)
{
    Report(RecordType::IsIn, Sources({1, 2}));
    EXPECT_EQ(Record().HandleLeave(), Reason::None);
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForSources({}, {1, 2})}));
}

TEST_F(GroupRecordTest, InVersion2AReportEndsTheQueries)
{
    m_config.version = Version::V2;
    Record().HandleOlderReport(Version::V2, REPORTER);
    EXPECT_EQ(Record().HandleLeave(), Reason::None);
    Advance(milliseconds{300});
    Record().HandleOlderReport(Version::V2, REPORTER); // RFC 2236 3
    EXPECT_EQ(GroupTimer(), GMI);
    Advance(seconds{20});
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup({})}));
}

// Beside a version 2 querier our queries can't tell others to leave their timers alone: an answer ends them, too.
TEST_F(GroupRecordTest, OnAVersion2LinkAReportEndsTheQueries)
{
    m_operating = Version::V2;
    Record().HandleOlderReport(Version::V2, REPORTER);
    EXPECT_EQ(Record().HandleLeave(), Reason::None);
    Advance(milliseconds{300});
    Record().HandleOlderReport(Version::V2, REPORTER);
    Advance(seconds{20});
    EXPECT_EQ(TakeQueries(), (std::vector<Asked>{ForGroup({})}));
}

TEST_F(GroupRecordTest, OnAVersion1LinkLeavesAreIgnored)
{
    m_operating = Version::V1;
    m_mayQuery = false;
    Record().HandleOlderReport(Version::V2, REPORTER);
    EXPECT_EQ(Record().HandleLeave(), Reason::OlderHostPresent);
    EXPECT_EQ(GroupTimer(), GMI);
}

TEST_F(GroupRecordTest, TheConfiguredVersionIsTheHighest)
{
    m_config.version = Version::V2;
    Report(RecordType::IsEx);
    EXPECT_EQ(Record().GroupVersion(), Version::V2);
    Report(RecordType::Block, Sources({1}));
    ExpectExclude({}, {});
}

// Fast leave.

TEST_F(GroupRecordTest, AFastLeaveEndsTheGroupAtOnce)
{
    m_config.fastLeave = true;
    Report(RecordType::ToEx);
    Report(RecordType::ToIn);
    EXPECT_FALSE(Exists());
    EXPECT_TRUE(TakeQueries().empty());
    EXPECT_EQ(m_context.timers.Size(), 0u);

    Record().HandleOlderReport(Version::V2, REPORTER);
    EXPECT_EQ(Record().HandleLeave(), Reason::None);
    EXPECT_FALSE(Exists());
}

TEST_F(GroupRecordTest, AFastLeaveEndsSourcesAtOnce)
{
    m_config.fastLeave = true;
    Report(RecordType::IsIn, Sources({1, 2, 3}));
    Report(RecordType::Block, Sources({1}));
    ExpectInclude(Sources({2, 3}));
    Report(RecordType::ToEx, Sources({2}));
    ExpectExclude({}, Sources({2}));
    Report(RecordType::Block, Sources({4}));
    ExpectExclude({}, Sources({2, 4}));
    Report(RecordType::ToIn, Sources({5}));
    ExpectInclude(Sources({5}));
    Report(RecordType::ToIn);
    EXPECT_FALSE(Exists());
    EXPECT_TRUE(TakeQueries().empty());
}

TEST_F(GroupRecordTest, FastLeaveSparesVersion1Hosts)
{
    m_config.fastLeave = true;
    Record().HandleOlderReport(Version::V1, REPORTER);
    EXPECT_EQ(Record().HandleLeave(), Reason::OlderHostPresent);
    Report(RecordType::ToIn);
    ExpectExclude({}, {});
}

// Limits.

TEST_F(GroupRecordTest, NewSourcesBeyondTheLimitAreNotTakenIn)
{
    m_config.maxSourcesPerGroup = 3;
    Report(RecordType::IsIn, Sources({5, 6}));
    TakeEvents();
    Advance(seconds{10});
    Report(RecordType::IsIn, Sources({1, 2, 5, 6}));
    ExpectInclude(Sources({1, 5, 6}));
    EXPECT_EQ(SourceTimer(5), GMI); // known ones are refreshed
    const auto events = TakeEvents();
    EXPECT_EQ(std::count(events.begin(), events.end(), "limit"), 1);
}

TEST_F(GroupRecordTest, AListThatReplacesTheOldOneMayFillTheLimit)
{
    m_config.maxSourcesPerGroup = 3;
    Report(RecordType::IsEx, Sources({1, 2, 3}));
    TakeEvents();
    Report(RecordType::IsEx, Sources({4, 5, 6})); // deletes 1, 2 and 3
    ExpectExclude(Sources({4, 5, 6}), {});
    const auto events = TakeEvents();
    EXPECT_EQ(std::count(events.begin(), events.end(), "limit"), 0);
    Report(RecordType::IsEx, Sources({4, 7, 8, 9}));
    ExpectExclude(Sources({4, 7, 8}), {});
}

TEST_F(GroupRecordTest, WhatAddsNothingMeetsNoLimit)
{
    m_config.maxSourcesPerGroup = 2;
    Report(RecordType::IsIn, Sources({1, 2}));
    TakeEvents();
    Report(RecordType::Block, Sources({3, 4, 5}));
    const auto events = TakeEvents();
    EXPECT_EQ(std::count(events.begin(), events.end(), "limit"), 0);
}

TEST_F(GroupRecordTest, ALimitOfZeroLeavesAnySourceGroups)
{
    m_config.maxSourcesPerGroup = 0;
    Report(RecordType::IsEx, Sources({1, 2}));
    ExpectExclude({}, {});
    Report(RecordType::Allow, Sources({1, 2}));
    ExpectExclude({}, {});
}

} // namespace
} // namespace mcast::gm
