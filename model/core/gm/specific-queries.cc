// SPDX-License-Identifier: GPL-2.0-only

#include "specific-queries.h"

#include <algorithm>

namespace mcast::gm
{

void
SpecificQueries::AskGroup(TimePoint now, unsigned count)
{
    m_groupLeft = count;
    m_nextGroup.StartAt(now);
}

void
SpecificQueries::AskSources(TimePoint now, const SourceSet& sources, unsigned count)
{
    for (const auto& source : sources)
    {
        const auto place =
            std::lower_bound(m_sources.begin(), m_sources.end(), source,
                             [](const auto& pending, const auto& wanted) { return pending.source < wanted; });
        if (place != m_sources.end() && place->source == source)
        {
            place->left = count;
        }
        else
        {
            m_sources.insert(place, {source, count});
        }
    }
    m_nextSources.StartAt(now);
}

void
SpecificQueries::CancelGroup()
{
    m_groupLeft = 0;
    m_nextGroup.Stop();
}

void
SpecificQueries::KeepOnly(const SourceSet& sources)
{
    m_sources.erase(std::remove_if(m_sources.begin(), m_sources.end(),
                                   [&](const auto& pending) { return !sources.Contains(pending.source); }),
                    m_sources.end());
    if (m_sources.empty())
    {
        m_nextSources.Stop();
    }
}

TimePoint
SpecificQueries::Next() const
{
    return std::min(m_nextGroup.At(), m_nextSources.At());
}

SpecificQueries::Round
SpecificQueries::Take(TimePoint now, Duration interval)
{
    Round round;
    if (m_nextGroup.Due(now))
    {
        round.group = true;
        --m_groupLeft;
        m_groupLeft > 0 ? m_nextGroup.Start(now, interval) : m_nextGroup.Stop();
    }
    if (m_nextSources.Due(now))
    {
        for (auto& pending : m_sources)
        {
            round.sources.Append(pending.source);
            --pending.left;
        }
        m_sources.erase(
            std::remove_if(m_sources.begin(), m_sources.end(), [](const auto& pending) { return pending.left == 0; }),
            m_sources.end());
        m_sources.empty() ? m_nextSources.Stop() : m_nextSources.Start(now, interval);
    }
    return round;
}

} // namespace mcast::gm
