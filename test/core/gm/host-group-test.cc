// SPDX-License-Identifier: GPL-2.0-only
// A membership with an interface that writes down what it is asked to send.

#include "gm/host-group.h"

#include "support.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace mcast::gm
{
namespace
{

using namespace test;
using Lines = std::vector<std::string>;

const auto GROUP = Address::Ipv4(239, 1, 2, 3);
constexpr SocketId S1{1};
constexpr SocketId S2{2};

class HostGroupTest : public ::testing::Test, protected HostGroupOwner
{
  protected:
    HostGroupTest()
    {
        HostGroupOwner& self = *this;
        m_group = std::make_unique<HostGroup>(self, GROUP);
    }

    void Include(std::initializer_list<unsigned> sources, SocketId socket = S1)
    {
        m_group->Listen(socket, {FilterMode::Include, Sources(sources)});
    }

    void Exclude(std::initializer_list<unsigned> sources, SocketId socket = S1)
    {
        m_group->Listen(socket, {FilterMode::Exclude, Sources(sources)});
    }

    void LeaveGroup(SocketId socket = S1)
    {
        Include({}, socket);
    }

    void Ask(std::initializer_list<unsigned> sources, Duration delay)
    {
        m_group->HandleSpecificQuery(SpecificQuery(GROUP, sources), delay);
    }

    void Advance(Duration sinceStart)
    {
        RunTo(m_context, At(sinceStart));
    }

    /// Lets the repetitions of what was reported pass.
    void Settle()
    {
        Advance(m_context.now.time_since_epoch() + seconds{100});
        TakeSent();
    }

    /// What was sent, one string a message, without times.
    Lines TakeSent()
    {
        m_times.clear();
        return std::exchange(m_sent, {});
    }

    Context m_context{1};
    HostConfig m_config;
    Version m_version = Version::V3;
    bool m_active = true;
    unsigned m_robustness = 2;
    std::unique_ptr<HostGroup> m_group;
    bool m_finished = false;
    Lines m_states;
    std::vector<TimePoint> m_times; // of what was sent

  private:
    static std::string Text(const Record& record)
    {
        static const char* const names[] = {"", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"};
        std::string text = names[static_cast<int>(record.type)];
        for (const auto& source : record.sources)
        {
            text += " " + std::to_string(source.ToIpv4() & 0xff);
        }
        EXPECT_EQ(record.group, GROUP);
        return text;
    }

    void Sent(const std::string& text)
    {
        EXPECT_TRUE(m_active);
        m_sent.push_back(text);
        m_times.push_back(m_context.now);
    }

    Context& GetContext() override
    {
        return m_context;
    }

    const HostConfig& GetConfig() const override
    {
        return m_config;
    }

    Version Compatibility() const override
    {
        return m_version;
    }

    bool Active() const override
    {
        return m_active;
    }

    unsigned Robustness() const override
    {
        return m_robustness;
    }

    void SendRecords(std::vector<Record> records) override
    {
        std::string text;
        for (const auto& record : records)
        {
            text += (text.empty() ? "" : ", ") + Text(record);
        }
        Sent(text);
    }

    void SendOlderReport(const Address&) override
    {
        Sent("report");
    }

    void SendLeave(const Address&) override
    {
        Sent("leave");
    }

    void StateChanged(const Address&, const Filter& state) override
    {
        m_states.push_back((state.mode == FilterMode::Include ? "include " : "exclude ") +
                           std::to_string(state.sources.Size()));
    }

    void GroupFinished(Address group) override
    {
        EXPECT_EQ(group, GROUP);
        m_finished = true;
        m_group.reset();
    }

    Lines m_sent;
};

// State changes (RFC 3376 5.1).

TEST_F(HostGroupTest, AJoinIsToExSentRobustnessTimes)
{
    m_robustness = 3;
    Exclude({});
    EXPECT_EQ(m_times, (std::vector<TimePoint>{At({})})); // at once
    Advance(seconds{100});
    ASSERT_EQ(m_times.size(), 3u);
    for (std::size_t i = 1; i < 3; ++i)
    {
        EXPECT_GT(m_times[i], m_times[i - 1]);
        EXPECT_LE(m_times[i], m_times[i - 1] + seconds{1});
    }
    EXPECT_EQ(TakeSent(), (Lines{"TO_EX", "TO_EX", "TO_EX"}));
    EXPECT_EQ(m_states, (Lines{"exclude 0"}));
    EXPECT_EQ(m_context.timers.Size(), 0u);
}

TEST_F(HostGroupTest, ALeaveIsToInAndEndsTheMembership)
{
    Exclude({});
    Settle();
    LeaveGroup();
    EXPECT_EQ(TakeSent(), (Lines{"TO_IN"}));
    EXPECT_FALSE(m_group->Finished());
    Advance(seconds{300});
    EXPECT_EQ(TakeSent(), (Lines{"TO_IN"}));
    EXPECT_TRUE(m_finished);
}

TEST_F(HostGroupTest, WithARobustnessOfOneNothingIsRepeated)
{
    m_robustness = 1;
    Exclude({});
    EXPECT_EQ(m_context.timers.Size(), 0u);
    LeaveGroup();
    EXPECT_TRUE(m_group->Finished());
    EXPECT_EQ(TakeSent(), (Lines{"TO_EX", "TO_IN"}));
}

TEST_F(HostGroupTest, TheRowsOfTheChangeTable)
{
    m_robustness = 1;
    Include({1, 2});
    EXPECT_EQ(TakeSent(), (Lines{"ALLOW 1 2"}));
    Include({2, 3});
    EXPECT_EQ(TakeSent(), (Lines{"ALLOW 3, BLOCK 1"}));
    Include({2});
    EXPECT_EQ(TakeSent(), (Lines{"BLOCK 3"}));
    Exclude({4, 5});
    EXPECT_EQ(TakeSent(), (Lines{"TO_EX 4 5"}));
    Exclude({5, 6});
    EXPECT_EQ(TakeSent(), (Lines{"ALLOW 4, BLOCK 6"}));
    Include({7});
    EXPECT_EQ(TakeSent(), (Lines{"TO_IN 7"}));
    LeaveGroup();
    EXPECT_EQ(TakeSent(), (Lines{"BLOCK 7"}));
}

TEST_F(HostGroupTest, NoChangeOfTheInterfaceIsNotReported)
{
    Exclude({1});
    Settle();
    m_states.clear();
    Exclude({1, 2}, S2); // the intersection stays {1}
    Exclude({1});
    LeaveGroup(SocketId{9});
    Advance(seconds{1000});
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_TRUE(m_states.empty());
    LeaveGroup(S2);
    EXPECT_TRUE(TakeSent().empty());
}

TEST_F(HostGroupTest, AFurtherChangeStartsOverAndMerges)
{
    m_config.unsolicitedReportInterval = seconds{30};
    Include({1});
    Include({1, 2});
    EXPECT_EQ(TakeSent(), (Lines{"ALLOW 1", "ALLOW 1 2"})); // 1 for the second time, 2 for the first
    Advance(seconds{1000});
    EXPECT_EQ(TakeSent(), (Lines{"ALLOW 2"}));
}

TEST_F(HostGroupTest, ASourceTakenBackIsReportedAsItStandsNow)
{
    m_config.unsolicitedReportInterval = seconds{30};
    Include({1, 2});
    Include({2});
    EXPECT_EQ(TakeSent(), (Lines{"ALLOW 1 2", "ALLOW 2, BLOCK 1"}));
    Advance(seconds{1000});
    EXPECT_EQ(TakeSent(), (Lines{"BLOCK 1"}));
}

TEST_F(HostGroupTest, AModeChangeCoversListChangesForRobustnessReports)
{
    m_config.unsolicitedReportInterval = seconds{30};
    m_robustness = 3;
    Exclude({1});
    Exclude({1, 2});
    EXPECT_EQ(TakeSent(), (Lines{"TO_EX 1", "TO_EX 1 2"}));
    Advance(seconds{1000});
    EXPECT_EQ(TakeSent(), (Lines{"TO_EX 1 2", "BLOCK 2"})); // the source in its third report
}

TEST_F(HostGroupTest, AModeChangedBackIsReportedAsItStandsNow)
{
    m_config.unsolicitedReportInterval = seconds{30};
    Exclude({});
    LeaveGroup();
    Exclude({3});
    EXPECT_EQ(TakeSent(), (Lines{"TO_EX", "TO_IN", "TO_EX 3"}));
    Advance(seconds{1000});
    EXPECT_EQ(TakeSent(), (Lines{"TO_EX 3"}));
    EXPECT_FALSE(m_finished);
}

TEST_F(HostGroupTest, ListChangesBeforeAModeChangeAreCoveredByIt)
{
    m_config.unsolicitedReportInterval = seconds{30};
    Include({1, 2});
    Exclude({2});
    EXPECT_EQ(TakeSent(), (Lines{"ALLOW 1 2", "TO_EX 2"}));
    Advance(seconds{1000});
    EXPECT_EQ(TakeSent(), (Lines{"TO_EX 2"}));
}

TEST_F(HostGroupTest, ManyChangesKeepWhatIsPendingBounded)
{
    m_config.unsolicitedReportInterval = seconds{30};
    for (unsigned i = 1; i < 200; ++i)
    {
        Include({i});
    }
    // Each change reports one to come and one to go; only those of the last Robustness reports are still in it.
    EXPECT_LE(TakeSent().back().size(), std::string("ALLOW 199, BLOCK 197 198").size());
}

// Answers (RFC 3376 5.2).

TEST_F(HostGroupTest, AGroupQueryIsAnsweredWithTheState)
{
    Exclude({1, 2});
    Settle();
    Ask({}, seconds{1});
    EXPECT_TRUE(TakeSent().empty());
    Advance(seconds{101});
    EXPECT_EQ(TakeSent(), (Lines{"IS_EX 1 2"}));
    Include({3, 4});
    Settle();
    Ask({}, seconds{1});
    Settle();
    Ask({}, seconds{1});
    Advance(m_context.now.time_since_epoch() + seconds{1});
    EXPECT_EQ(TakeSent(), (Lines{"IS_IN 3 4"}));
}

TEST_F(HostGroupTest, ASourceQueryIsAnsweredWithWhatIsWanted)
{
    Include({1, 2, 3});
    Settle();
    Ask({2, 3, 4}, seconds{1});
    Advance(m_context.now.time_since_epoch() + seconds{1});
    EXPECT_EQ(TakeSent(), (Lines{"IS_IN 2 3"}));
    Exclude({2});
    Settle();
    Ask({2, 3, 4}, seconds{1});
    Advance(m_context.now.time_since_epoch() + seconds{1});
    EXPECT_EQ(TakeSent(), (Lines{"IS_IN 3 4"}));
    Ask({2}, seconds{1});
    Advance(m_context.now.time_since_epoch() + seconds{1});
    EXPECT_TRUE(TakeSent().empty()); // an empty answer is none
}

TEST_F(HostGroupTest, QueriesMergeIntoOneAnswerAtTheEarliestTime)
{
    Include({1, 2, 3});
    Settle();
    const auto now = m_context.now.time_since_epoch();
    Ask({1}, seconds{5});
    Ask({2}, seconds{9}); // rule 5
    Advance(now + seconds{4});
    Ask({3}, milliseconds{500});
    Advance(now + milliseconds{4500});
    EXPECT_EQ(TakeSent(), (Lines{"IS_IN 1 2 3"}));
    Advance(now + seconds{100});
    EXPECT_TRUE(TakeSent().empty());
}

TEST_F(HostGroupTest, AGroupQueryWidensAPendingAnswer) // rule 4
{
    Include({1, 2, 3});
    Settle();
    const auto now = m_context.now.time_since_epoch();
    Ask({1}, seconds{5});
    Ask({}, seconds{9});
    Ask({2}, seconds{9}); // does not narrow it again
    Advance(now + seconds{5});
    EXPECT_EQ(TakeSent(), (Lines{"IS_IN 1 2 3"}));
}

TEST_F(HostGroupTest, TheAnswerTellsTheStateOfItsTime)
{
    Include({1, 2});
    Settle();
    Ask({1, 2}, seconds{5});
    Include({2, 3});
    TakeSent();
    Advance(m_context.now.time_since_epoch() + seconds{5});
    const auto sent = TakeSent();
    EXPECT_EQ(sent.back(), "IS_IN 2");
}

TEST_F(HostGroupTest, ALeftGroupAnswersNothing)
{
    Exclude({});
    Settle();
    Ask({}, seconds{50});
    LeaveGroup();
    Ask({}, milliseconds{1});
    Advance(m_context.now.time_since_epoch() + seconds{100});
    EXPECT_EQ(TakeSent(), (Lines{"TO_IN", "TO_IN"}));
    EXPECT_TRUE(m_finished);
}

TEST_F(HostGroupTest, TooManySourcesAskedForAreAnsweredWithAll) // RFC 3376 9.1
{
    m_config.maxSourcesPerGroup = 64;
    Include({1, 2, 3});
    Settle();
    auto query = SpecificQuery(GROUP);
    query.sources = SourceRange(1, 40);
    m_group->HandleSpecificQuery(query, seconds{5});
    query.sources = SourceRange(100, 140);
    m_group->HandleSpecificQuery(query, seconds{5});
    Advance(m_context.now.time_since_epoch() + seconds{5});
    EXPECT_EQ(TakeSent(), (Lines{"IS_IN 1 2 3"}));
}

// Versions 1 and 2 (RFC 2236 6, RFC 1112 A.I).

class OlderHostGroupTest : public HostGroupTest
{
  protected:
    OlderHostGroupTest()
    {
        m_version = Version::V2;
    }
};

TEST_F(OlderHostGroupTest, AJoinIsReportedAndRepeatedOnce)
{
    Exclude({});
    Advance(seconds{100});
    ASSERT_EQ(m_times.size(), 2u);
    EXPECT_EQ(m_times[0], At({}));
    EXPECT_LE(m_times[1], At(seconds{10}));
    EXPECT_EQ(TakeSent(), (Lines{"report", "report"}));
}

TEST_F(OlderHostGroupTest, FiltersDoNotShow)
{
    Include({1});
    Include({1, 2});
    Exclude({3});
    EXPECT_EQ(TakeSent(), (Lines{"report"}));
    LeaveGroup();
    EXPECT_EQ(TakeSent(), (Lines{"leave"}));
    EXPECT_TRUE(m_group->Finished());
}

TEST_F(OlderHostGroupTest, AQueryIsAnsweredWithinItsTime)
{
    Exclude({});
    Settle();
    const auto now = m_context.now;
    m_group->HandleOlderQuery(seconds{10});
    EXPECT_TRUE(TakeSent().empty());
    Advance(now.time_since_epoch() + seconds{10});
    ASSERT_EQ(m_times.size(), 1u);
    EXPECT_GT(m_times[0], now);
    EXPECT_EQ(TakeSent(), (Lines{"report"}));
}

TEST_F(OlderHostGroupTest, AShorterQueryBringsTheAnswerForward)
{
    Exclude({});
    Settle();
    const auto now = m_context.now;
    m_group->HandleOlderQuery(seconds{1000});
    m_group->HandleOlderQuery(milliseconds{1});
    Advance(now.time_since_epoch() + milliseconds{1});
    EXPECT_EQ(TakeSent(), (Lines{"report"}));
    // And a longer one leaves it.
    m_group->HandleOlderQuery(milliseconds{5});
    m_group->HandleOlderQuery(seconds{1000});
    Advance(now.time_since_epoch() + milliseconds{6});
    EXPECT_EQ(TakeSent(), (Lines{"report"}));
}

TEST_F(OlderHostGroupTest, InVersion1ARunningTimerStays)
{
    m_version = Version::V1;
    Exclude({});
    Settle();
    m_group->HandleOlderQuery(seconds{1000});
    const auto answer = *m_context.NextDeadline();
    m_group->HandleOlderQuery(milliseconds{1});
    EXPECT_EQ(*m_context.NextDeadline(), answer);
    EXPECT_GT(answer, m_context.now + milliseconds{1});
}

TEST_F(OlderHostGroupTest, AnothersReportSuppressesOurs)
{
    Exclude({});
    Settle();
    m_group->HandleOlderQuery(seconds{10});
    m_group->HandleOlderReport();
    Settle();
    m_group->HandleOlderQuery(seconds{10});
    m_group->HandleOlderReport();
    Advance(m_context.now.time_since_epoch() + seconds{100});
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_FALSE(m_group->View().lastReporter);
    LeaveGroup();
    EXPECT_TRUE(TakeSent().empty()); // somebody else is there (RFC 2236 3)
}

TEST_F(OlderHostGroupTest, AnothersReportEndsTheRepetitionOfAJoin)
{
    m_robustness = 3;
    Exclude({});
    m_group->HandleOlderReport();
    Advance(seconds{100});
    EXPECT_EQ(TakeSent(), (Lines{"report"}));
}

TEST_F(OlderHostGroupTest, AReportHeardWhileIdleIsIgnored)
{
    Exclude({});
    Settle();
    m_group->HandleOlderReport();
    EXPECT_TRUE(m_group->View().lastReporter);
    LeaveGroup();
    EXPECT_EQ(TakeSent(), (Lines{"leave"}));
}

TEST_F(OlderHostGroupTest, LeavesMayAlwaysBeSent)
{
    m_config.leaveAlways = true;
    Exclude({});
    m_group->HandleOlderReport();
    TakeSent();
    LeaveGroup();
    EXPECT_EQ(TakeSent(), (Lines{"leave"}));
}

TEST_F(OlderHostGroupTest, Version1SendsNoLeave)
{
    m_version = Version::V1;
    m_config.leaveAlways = true;
    Exclude({});
    EXPECT_EQ(TakeSent(), (Lines{"report"}));
    LeaveGroup();
    Advance(seconds{100});
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_TRUE(m_group->Finished());
}

TEST_F(OlderHostGroupTest, AModeChangeCancelsAllThatIsPending) // RFC 3376 7.2.1
{
    Exclude({});
    m_version = Version::V3;
    m_group->CancelPending();
    TakeSent();
    Exclude({1});
    Ask({1}, seconds{5});
    m_version = Version::V2;
    m_group->CancelPending();
    TakeSent();
    EXPECT_EQ(m_context.timers.Size(), 0u);
    Advance(seconds{100});
    EXPECT_TRUE(TakeSent().empty());
}

// Interfaces that are down.

TEST_F(HostGroupTest, NothingIsSentWhileInactive)
{
    m_active = false;
    Exclude({1});
    Include({2, 3});
    Advance(seconds{100});
    EXPECT_EQ(m_states, (Lines{"exclude 1", "include 2"}));
    m_active = true;
    m_group->Rejoin();
    EXPECT_EQ(TakeSent(), (Lines{"ALLOW 2 3"}));
    Advance(seconds{200});
    EXPECT_EQ(TakeSent(), (Lines{"ALLOW 2 3"}));
}

TEST_F(HostGroupTest, RejoinTellsTheStateAsAChange)
{
    Exclude({1});
    Settle();
    m_group->Rejoin();
    EXPECT_EQ(TakeSent(), (Lines{"TO_EX 1"}));
    m_version = Version::V2;
    m_group->CancelPending();
    m_group->Rejoin();
    EXPECT_EQ(TakeSent(), (Lines{"report"}));
    m_version = Version::V3;
    m_group->CancelPending();
    LeaveGroup();
    TakeSent();
    m_group->Rejoin();
    EXPECT_TRUE(TakeSent().empty());
}

} // namespace
} // namespace mcast::gm
