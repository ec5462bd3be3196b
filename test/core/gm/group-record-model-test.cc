// SPDX-License-Identifier: GPL-2.0-only
// A group record against a slow twin that follows the text of RFC 3376 source by source, through random reports,
// queries and times.

#include "group-record-fixture.h"

#include "base/random.h"

#include <map>

namespace mcast::gm
{
namespace
{

using namespace test;

constexpr unsigned UNIVERSE = 8;

// RFC 3376 6.2: a filter mode, a group timer, and sources with timers. Times are absolute; zero: not running.
class Twin
{
  public:
    explicit Twin(bool querier)
        : m_querier(querier)
    {
    }

    void Advance(TimePoint now)
    {
        m_now = now;
        for (auto source = m_sources.begin(); source != m_sources.end();)
        {
            const bool ends = source->second != TimePoint{} && source->second <= m_now;
            source->second = ends ? TimePoint{} : source->second;
            source = ends && m_mode == FilterMode::Include ? m_sources.erase(source) : std::next(source);
        }
        if (m_mode == FilterMode::Exclude && m_group <= m_now)
        {
            m_mode = FilterMode::Include;
            for (auto source = m_sources.begin(); source != m_sources.end();)
            {
                source = source->second == TimePoint{} ? m_sources.erase(source) : std::next(source);
            }
        }
    }

    void Report(RecordType type, const SourceSet& record)
    {
        m_before = m_sources;
        const bool exclude = m_mode == FilterMode::Exclude;
        const auto gmi = m_now + GMI;
        SourceSet asked;
        switch (type)
        {
        case RecordType::IsIn:
        case RecordType::Allow:
        case RecordType::ToIn:
            for (const auto& [source, timer] : m_before)
            {
                if (type == RecordType::ToIn && timer != TimePoint{} && !record.Contains(source))
                {
                    asked.Append(source);
                }
            }
            for (const auto& source : record)
            {
                m_sources[source] = gmi;
            }
            break;
        case RecordType::IsEx:
        case RecordType::ToEx:
            m_sources.clear();
            for (const auto& source : record)
            {
                const auto fresh = !exclude ? TimePoint{} : type == RecordType::IsEx ? gmi : m_group;
                m_sources[source] = Known(source) ? m_before.at(source) : fresh;
                if (type == RecordType::ToEx && m_sources[source] != TimePoint{})
                {
                    asked.Append(source);
                }
            }
            m_mode = FilterMode::Exclude;
            break;
        case RecordType::Block:
            for (const auto& source : record)
            {
                if (exclude && !Known(source))
                {
                    m_sources[source] = m_group;
                }
                if (m_sources.count(source) != 0 && m_sources[source] != TimePoint{})
                {
                    asked.Append(source);
                }
            }
            break;
        }
        if (type == RecordType::IsEx || type == RecordType::ToEx)
        {
            m_group = gmi;
        }
        if (m_querier)
        {
            LowerSources(asked);
            LowerGroup(exclude && type == RecordType::ToIn);
        }
    }

    void Query(const SourceSet& sources)
    {
        LowerSources(sources);
        LowerGroup(sources.Empty() && m_mode == FilterMode::Exclude);
    }

    bool Exists() const
    {
        return m_mode == FilterMode::Exclude || !m_sources.empty();
    }

    void ExpectSame(const GroupView& view) const
    {
        ASSERT_EQ(view.mode, m_mode);
        ASSERT_EQ(view.expires, m_mode == FilterMode::Exclude ? m_group - m_now : Duration::zero());
        ASSERT_EQ(view.sources.size(), m_sources.size());
        auto twin = m_sources.begin();
        for (const auto& source : view.sources)
        {
            ASSERT_EQ(source.source, twin->first);
            ASSERT_EQ(source.forwarded, twin->second != TimePoint{});
            ASSERT_EQ(source.expires, source.forwarded ? twin->second - m_now : Duration::zero());
            ++twin;
        }
    }

    FilterMode Mode() const
    {
        return m_mode;
    }

  private:
    bool Known(const Address& source) const
    {
        return m_before.count(source) != 0;
    }

    void LowerSources(const SourceSet& sources)
    {
        for (const auto& source : sources)
        {
            const auto place = m_sources.find(source);
            if (place != m_sources.end() && place->second != TimePoint{})
            {
                place->second = std::min(place->second, m_now + LMQT);
            }
        }
    }

    void LowerGroup(bool asked)
    {
        m_group = asked ? std::min(m_group, m_now + LMQT) : m_group;
    }

    bool m_querier;
    TimePoint m_now{};
    FilterMode m_mode = FilterMode::Include;
    TimePoint m_group{};
    std::map<Address, TimePoint> m_sources;
    std::map<Address, TimePoint> m_before;
};

class GroupRecordModelTest : public GroupRecordTest, public ::testing::WithParamInterface<bool>
{
  protected:
    SourceSet AnySources(Random& random)
    {
        std::vector<Address> sources;
        for (unsigned i = 0; i < UNIVERSE; ++i)
        {
            if (random.Next() % 3 == 0)
            {
                sources.push_back(Source(i));
            }
        }
        return SourceSet(std::move(sources));
    }
};

TEST_P(GroupRecordModelTest, DoesWhatTheTextSays)
{
    m_mayQuery = GetParam();
    Random random(GetParam() ? 1 : 2);
    Twin twin(GetParam());
    TimePoint now = At(seconds{1});
    for (int step = 0; step < 20000; ++step)
    {
        now += random.Next() % 3 == 0 ? Duration(seconds{static_cast<int>(random.Next() % 200)})
                                      : Duration(milliseconds{static_cast<int>(random.Next() % 900) + 1});
        Advance(now.time_since_epoch());
        twin.Advance(now);
        ASSERT_EQ(Exists(), twin.Exists()) << step;
        if (random.Next() % 8 == 0)
        {
            const auto sources = AnySources(random);
            auto query = SpecificQuery(GROUP);
            query.sources = sources.Vector();
            if (Exists())
            {
                Record().HandleQuery(query, LMQT);
                twin.Query(sources);
            }
        }
        else
        {
            const auto type = static_cast<RecordType>(1 + random.Next() % 6);
            const auto sources = AnySources(random);
            Report(type, sources);
            twin.Report(type, sources);
        }
        ASSERT_EQ(Exists(), twin.Exists()) << step;
        if (Exists())
        {
            ASSERT_NO_FATAL_FAILURE(twin.ExpectSame(Record().View())) << step;
        }
        TakeQueries();
        TakeEvents();
    }
}

INSTANTIATE_TEST_SUITE_P(, GroupRecordModelTest, ::testing::Values(true, false),
                         [](const auto& info) { return info.param ? "AsQuerier" : "AsNonQuerier"; });

} // namespace
} // namespace mcast::gm
