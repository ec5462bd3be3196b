// SPDX-License-Identifier: GPL-2.0-only

#include "socket-filters.h"

namespace mcast::gm
{

void
SocketFilters::Set(SocketId socket, Filter filter)
{
    if (filter.IsNothing())
    {
        m_filters.erase(socket);
    }
    else
    {
        m_filters[socket] = std::move(filter);
    }
}

const Filter*
SocketFilters::Find(SocketId socket) const
{
    const auto found = m_filters.find(socket);
    return found == m_filters.end() ? nullptr : &found->second;
}

Filter
SocketFilters::Merge() const
{
    bool anyExclude = false;
    SourceSet included;
    SourceSet excluded;
    for (const auto& [socket, filter] : m_filters)
    {
        if (filter.mode == FilterMode::Include)
        {
            included = included + filter.sources;
        }
        else
        {
            excluded = anyExclude ? excluded * filter.sources : filter.sources;
            anyExclude = true;
        }
    }
    return anyExclude ? Filter{FilterMode::Exclude, excluded - included} : Filter{FilterMode::Include, included};
}

} // namespace mcast::gm
