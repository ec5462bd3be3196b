// SPDX-License-Identifier: GPL-2.0-only
// Pending group-specific and group-and-source-specific queries of one group.            RFC 3376 6.6.3
//
// Each is sent Last Member Query Count times, once every Last Member Query Interval, the first at once. A new query
// joins what is pending: there is one schedule for the group and one for its sources.

#ifndef MCAST_CORE_GM_SPECIFIC_QUERIES_H
#define MCAST_CORE_GM_SPECIFIC_QUERIES_H

#include "../base/time.h"
#include "source-set.h"

#include <vector>

namespace mcast::gm
{

class SpecificQueries
{
  public:
    /// What is to be sent now.
    struct Round
    {
        bool group = false;
        SourceSet sources;
    };

    bool GroupPending() const
    {
        return m_groupLeft > 0;
    }

    bool Empty() const
    {
        return m_groupLeft == 0 && m_sources.empty();
    }

    /// `count` transmissions, the first with the next Take.
    void AskGroup(TimePoint now, unsigned count);
    void AskSources(TimePoint now, const SourceSet& sources, unsigned count);
    void CancelGroup();
    /// Forgets sources that have no record any more.
    void KeepOnly(const SourceSet& sources);

    TimePoint Next() const;

    /// Counts one transmission of what is due and sets the next ones `interval` later.
    Round Take(TimePoint now, Duration interval);

  private:
    struct PendingSource
    {
        Address source;
        unsigned left;
    };

    unsigned m_groupLeft = 0;
    Deadline m_nextGroup;
    Deadline m_nextSources;
    std::vector<PendingSource> m_sources; // sorted
};

} // namespace mcast::gm

#endif // MCAST_CORE_GM_SPECIFIC_QUERIES_H
