// SPDX-License-Identifier: GPL-2.0-only
// Unicast routing tables as the kernel has them, for one family: kept by its notifications, asked without a system call.

#ifndef MCAST_LINUX_ROUTE_MIRROR_H
#define MCAST_LINUX_ROUTE_MIRROR_H

#include "base/address.h"
#include "base/ids.h"

#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace mcast::linux_host
{

struct RouteHop
{
    InterfaceId interface;
    Address nextHop; ///< unspecified: the destination is on the link

    friend bool operator==(const RouteHop& a, const RouteHop& b)
    {
        return a.interface == b.interface && a.nextHop == b.nextHop;
    }
};

/// What becomes of what the route matches.
enum class RouteKind : std::uint8_t
{
    Unicast,
    Local,   ///< it is for this machine
    Refused, ///< unreachable, prohibited, a black hole, or no unicast
    Throw,   ///< goes on with the next table
};

struct Route
{
    RouteKind kind = RouteKind::Unicast;
    std::uint32_t metric = 0;
    std::uint8_t protocol = 0;     ///< RTPROT_*
    std::vector<RouteHop> hops;    ///< those that are alive
    std::uint8_t prefixLength = 0; ///< of its destination

    /// Of several ways of the same cost that with the greatest next hop: the same whatever order they were learned in.
    std::optional<RouteHop> Choose() const;
};

/// A route that comes or goes.
struct RouteUpdate
{
    std::uint32_t table = 0; ///< RT_TABLE_*
    Prefix destination;
    Route route;
    bool remove = false;
    bool replace = false; ///< it takes the place of the first one of its metric
};

class RouteMirror
{
  public:
    void Apply(const RouteUpdate& update);
    void Clear();

    /// The best of the longest match in the first of the tables that has one, other than Throw.
    /// \param tables their numbers, in the order in which they are asked
    const Route* Find(const Address& destination, const std::vector<std::uint32_t>& tables) const;

    std::size_t Size() const; ///< routes

  private:
    using Routes = std::vector<Route>; ///< of one destination, the best first
    /// By length, the longest first: a lookup costs as many steps as there are lengths in use.
    using Table = std::map<unsigned, std::unordered_map<Address, Routes>, std::greater<>>;

    static const Route* Find(const Address& destination, const Table& table);

    std::unordered_map<std::uint32_t, Table> m_tables;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_ROUTE_MIRROR_H
