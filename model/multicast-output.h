// SPDX-License-Identifier: GPL-2.0-only
// The way out for what the applications of a node send to groups. Private to the module: not installed.

#ifndef MULTICAST_OUTPUT_H
#define MULTICAST_OUTPUT_H

#include "multicast-node.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-route.h"
#include "ns3/net-device.h"

#include <cstdint>
#include <optional>

namespace ns3
{

class MulticastRouting;

/// Chooses the interface, as Linux does, and makes the route.
class MulticastOutput
{
  public:
    /// \param node for its attributes; with `unicast`, outlives this
    MulticastOutput(const MulticastNode& node, MulticastRouting& unicast, Ptr<Ipv4L3Protocol> ipv4);

    /// The interface that the socket is bound to, the one that has the source address, the configured one, the one that
    /// unicast routing would take, or the first that is up, whichever comes first.
    std::optional<uint32_t> Choose(const Ipv4Header& header, Ptr<NetDevice> device) const;

    /// The interface that multicast leaves by if nothing else decides; none if there is none.
    std::optional<uint32_t> GetDefaultInterface() const;

    /// A route out of an interface, with the packet's source address, or the interface's if it has none yet.
    Ptr<Ipv4Route> MakeRoute(uint32_t interface, const Ipv4Header& header) const;

  private:
    bool IsLoopback(uint32_t interface) const;

    const MulticastNode& m_node;
    MulticastRouting& m_unicast;
    Ptr<Ipv4L3Protocol> m_ipv4;
};

} // namespace ns3

#endif // MULTICAST_OUTPUT_H
