// SPDX-License-Identifier: GPL-2.0-only
// The core's question about unicast routing, answered by the node. Private to the module: not installed.

#ifndef MULTICAST_RPF_H
#define MULTICAST_RPF_H

#include "core/interface.h"
#include "multicast-ip.h"

#include <cstdint>
#include <optional>

namespace ns3
{

/// What the unicast routing protocols say, in the order of the node's list; without a word from them, connected subnets.
/// Preference is 0 on a connected subnet, else by the kind of protocol; metrics and prefixes are those of static routes, and
/// 0 for others, which don't tell theirs. \tparam Ip MulticastIpv4 or MulticastIpv6
template <class Ip>
class MulticastRpf
{
  public:
    typedef mcast::RouteTable::Result Result;

    /// \param routing outlives this object
    MulticastRpf(Ptr<typename Ip::L3Protocol> l3, typename Ip::Routing& routing);

    /// \param destination of this IP
    std::optional<Result> Lookup(const mcast::Address& destination) const;

  private:
    std::optional<Result> LookupConnected(const mcast::Address& destination) const;
    std::optional<Result> LookupRoutes(const mcast::Address& destination) const;

    Ptr<typename Ip::L3Protocol> m_l3;
    typename Ip::Routing& m_routing;
};

} // namespace ns3

#endif // MULTICAST_RPF_H
