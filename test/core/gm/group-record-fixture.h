// SPDX-License-Identifier: GPL-2.0-only
// A group record with an owner that writes down what it is asked.

#ifndef MCAST_TEST_CORE_GM_GROUP_RECORD_FIXTURE_H
#define MCAST_TEST_CORE_GM_GROUP_RECORD_FIXTURE_H

#include "gm/group-record.h"
#include "support.h"

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mcast::gm
{

inline const auto GROUP = Address::Ipv4(239, 1, 2, 3);
inline const auto REPORTER = Address::Ipv4(10, 0, 0, 7);
inline constexpr Duration GMI = std::chrono::seconds{260};
inline constexpr Duration LMQT = std::chrono::seconds{2};

class GroupRecordTest : public ::testing::Test, protected GroupOwner
{
  protected:
    struct Asked
    {
        TimePoint at;
        SourceSet sources; // empty: the group
        bool suppress;

        friend bool operator==(const Asked& a, const Asked& b)
        {
            return a.at == b.at && a.sources == b.sources && a.suppress == b.suppress;
        }

        friend void PrintTo(const Asked& asked, std::ostream* out)
        {
            PrintTo(asked.at, out);
            PrintTo(asked.sources, out);
            *out << (asked.suppress ? " S" : "");
        }
    };

    GroupRecordTest()
    {
        m_intervals.queryInterval = m_config.queryInterval;
        m_intervals.queryResponseInterval = m_config.queryResponseInterval;
        m_intervals.lastMemberQueryInterval = m_config.lastMemberQueryInterval;
    }

    // To do.

    GroupRecord& Record()
    {
        if (!m_record)
        {
            GroupOwner& self = *this;
            m_record = std::make_unique<GroupRecord>(self, GROUP);
        }
        return *m_record;
    }

    void Report(RecordType type, const SourceSet& sources = {})
    {
        Record().HandleRecord(type, sources, REPORTER);
    }

    /// Every timer up to then, each at its own time.
    void Advance(Duration sinceStart)
    {
        test::RunTo(m_context, test::At(sinceStart));
    }

    // To ask.

    bool Exists() const
    {
        return m_record != nullptr;
    }

    Duration GroupTimer() const
    {
        return m_record->View().expires;
    }

    /// What is left of a source's timer; zero: blocked; negative: no record.
    Duration SourceTimer(unsigned number) const
    {
        for (const auto& source : m_record->View().sources)
        {
            if (source.source == test::Source(number))
            {
                return source.expires;
            }
        }
        return Duration{-1};
    }

    void ExpectInclude(const SourceSet& sources)
    {
        ASSERT_TRUE(Exists());
        EXPECT_EQ(m_record->Mode(), FilterMode::Include);
        EXPECT_EQ(Forwarded(), sources);
        EXPECT_EQ(m_record->SourceCount(), sources.Size());
        EXPECT_EQ(GroupTimer(), Duration::zero());
    }

    void ExpectExclude(const SourceSet& forwarded, const SourceSet& blocked)
    {
        ASSERT_TRUE(Exists());
        EXPECT_EQ(m_record->Mode(), FilterMode::Exclude);
        EXPECT_EQ(Forwarded(), forwarded);
        EXPECT_EQ(Blocked(), blocked);
    }

    SourceSet Forwarded() const
    {
        return SourcesThat(true);
    }

    SourceSet Blocked() const
    {
        return SourcesThat(false);
    }

    std::vector<Asked> TakeQueries()
    {
        return std::exchange(m_asked, {});
    }

    std::vector<std::string> TakeEvents()
    {
        return std::exchange(m_events, {});
    }

    Asked ForGroup(Duration at, bool suppress = false) const
    {
        return {test::At(at), {}, suppress};
    }

    Asked ForSources(Duration at, std::initializer_list<unsigned> sources, bool suppress = false) const
    {
        return {test::At(at), test::Sources(sources), suppress};
    }

    Context m_context{1};
    RouterConfig m_config;
    Intervals m_intervals;
    bool m_mayQuery = true;
    std::optional<Version> m_operating; // none: as configured
    std::unique_ptr<GroupRecord> m_record;

  private:
    SourceSet SourcesThat(bool forwarded) const
    {
        SourceSet result;
        for (const auto& source : m_record->View().sources)
        {
            if (source.forwarded == forwarded)
            {
                result.Append(source.source);
            }
        }
        return result;
    }

    // GroupOwner

    Context& GetContext() override
    {
        return m_context;
    }

    const RouterConfig& GetConfig() const override
    {
        return m_config;
    }

    const Intervals& GetIntervals() const override
    {
        return m_intervals;
    }

    Version OperatingVersion() const override
    {
        return m_operating.value_or(m_config.version);
    }

    bool MayQuery() const override
    {
        return m_mayQuery;
    }

    void SendSpecificQuery(const Address& group, const SourceSet& sources, bool suppressRouterSide) override
    {
        EXPECT_EQ(group, GROUP);
        m_asked.push_back({m_context.now, sources, suppressRouterSide});
    }

    void RecordChanged(EventKind kind, const GroupRecord& record, const Address& source) override
    {
        EXPECT_EQ(record.Group(), GROUP);
        m_events.push_back(ToString(kind) + (source.IsUnspecified() ? "" : " " + source.ToString()));
    }

    void QueriesStarted(const Address&, std::size_t sources) override
    {
        m_events.push_back("queries " + std::to_string(sources));
    }

    void SourceCountChanged(std::ptrdiff_t by) override
    {
        m_sourceCount += by;
    }

    void SourceLimitReached(const Address&) override
    {
        m_events.emplace_back("limit");
    }

    void RecordEmpty(GroupRecord& record) override
    {
        EXPECT_EQ(&record, m_record.get());
        m_events.emplace_back("empty");
        EXPECT_EQ(m_sourceCount, 0) << "sources of a record that is empty";
        m_record.reset();
    }

    std::vector<Asked> m_asked;
    std::vector<std::string> m_events;
    std::ptrdiff_t m_sourceCount = 0;
};

} // namespace mcast::gm

#endif // MCAST_TEST_CORE_GM_GROUP_RECORD_FIXTURE_H
