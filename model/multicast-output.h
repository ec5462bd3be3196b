// SPDX-License-Identifier: GPL-2.0-only
// The way out for what applications of the node send to groups. Private to the module: not installed.

#ifndef MULTICAST_OUTPUT_H
#define MULTICAST_OUTPUT_H

#include "multicast-ip.h"
#include "multicast-node.h"

#include "ns3/net-device.h"

#include <cstdint>
#include <optional>

namespace ns3
{

/// Chooses the interface, as Linux does, and makes the route. \tparam Ip MulticastIpv4 or MulticastIpv6
template <class Ip>
class MulticastOutput
{
  public:
    typedef typename Ip::Header Header;
    typedef typename Ip::Route Route;

    /// \param node for its attributes; with `unicast`, outlives this
    MulticastOutput(const MulticastNode& node, typename Ip::Routing& unicast, Ptr<typename Ip::L3Protocol> l3);

    /// The interface that the socket is bound to, the one that has the source address, the configured one, the one that
    /// unicast routing would take, or the first that is up, whichever comes first.
    std::optional<uint32_t> Choose(const Header& header, Ptr<NetDevice> device) const;

    /// The interface that multicast leaves by if nothing else decides; none if there is none.
    std::optional<uint32_t> GetDefaultInterface() const;

    /// A route out of an interface, with the packet's source address, or the interface's if it has none yet.
    Ptr<Route> MakeRoute(uint32_t interface, const Header& header) const;

  private:
    bool IsLoopback(uint32_t interface) const;

    const MulticastNode& m_node;
    typename Ip::Routing& m_unicast;
    Ptr<typename Ip::L3Protocol> m_l3;
};

} // namespace ns3

#endif // MULTICAST_OUTPUT_H
