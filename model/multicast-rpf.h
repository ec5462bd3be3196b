// SPDX-License-Identifier: GPL-2.0-only
// The core's question about unicast routing, answered by the node. Private to the module: not installed.

#ifndef MULTICAST_RPF_H
#define MULTICAST_RPF_H

#include "core/interface.h"

#include "ns3/ipv4.h"

#include <cstdint>
#include <optional>

namespace ns3
{

class MulticastRouting;

/// Connected subnets first, then what the unicast routing protocols say.
class MulticastRpf : public mcast::RouteTable
{
  public:
    /// \param routing outlives this object
    MulticastRpf(Ptr<Ipv4> ipv4, MulticastRouting& routing);

    std::optional<Result> Lookup(const mcast::Address& destination) const override;

  private:
    std::optional<Result> LookupConnected(Ipv4Address destination) const;
    std::optional<Result> LookupRoutes(Ipv4Address destination) const;

    Ptr<Ipv4> m_ipv4;
    MulticastRouting& m_routing;
};

} // namespace ns3

#endif // MULTICAST_RPF_H
