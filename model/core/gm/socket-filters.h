// SPDX-License-Identifier: GPL-2.0-only
// What the sockets of a host ask for one group on one interface, and what the interface has to receive for them.
//                                                                                       RFC 3376 2, 3.1, 3.2

#ifndef MCAST_CORE_GM_SOCKET_FILTERS_H
#define MCAST_CORE_GM_SOCKET_FILTERS_H

#include "../base/ids.h"
#include "../wire/membership.h"
#include "source-set.h"

#include <map>

namespace mcast::gm
{

/// A filter: INCLUDE lists who may send, EXCLUDE who may not. INCLUDE of nothing is no interest at all.
struct Filter
{
    FilterMode mode = FilterMode::Include;
    SourceSet sources;

    bool Passes(const Address& source) const
    {
        return sources.Contains(source) == (mode == FilterMode::Include);
    }

    bool IsNothing() const
    {
        return mode == FilterMode::Include && sources.Empty();
    }

    friend bool operator==(const Filter& a, const Filter& b)
    {
        return a.mode == b.mode && a.sources == b.sources;
    }
};

class SocketFilters
{
  public:
    /// Replaces the socket's filter; one of nothing removes the socket.
    void Set(SocketId socket, Filter filter);

    /// None if the socket asked for nothing.
    const Filter* Find(SocketId socket) const;

    /// RFC 3376 3.2: any EXCLUDE makes EXCLUDE of what all of them exclude, less what anybody includes; else INCLUDE of
    /// all that anybody includes.
    Filter Merge() const;

  private:
    std::map<SocketId, Filter> m_filters;
};

} // namespace mcast::gm

#endif // MCAST_CORE_GM_SOCKET_FILTERS_H
