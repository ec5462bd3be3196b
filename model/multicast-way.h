// SPDX-License-Identifier: GPL-2.0-only
// The way of multicast packets out of an interface. Private to the module: not installed.

#ifndef MULTICAST_WAY_H
#define MULTICAST_WAY_H

#include "multicast-ip.h"

#include "ns3/address.h"
#include "ns3/net-device.h"
#include "ns3/traffic-control-layer.h"

#include <cstdint>

namespace ns3
{

/// Out of one interface, to the group itself. \tparam Ip MulticastIpv4 or MulticastIpv6
template <class Ip>
class MulticastWay
{
  public:
    typedef typename Ip::Header Header;

    /// Leads nowhere, and is not to be taken.
    MulticastWay() = default;
    MulticastWay(Ptr<typename Ip::L3Protocol> l3, uint32_t interface);

    /// Sends a packet of this node, in fragments if need be.
    void Send(const Ptr<Packet>& payload, const Header& header) const;

    /// Sends a packet on, by the shortest way: the same packet to the same device as with Send, and the same traces.
    void Forward(const Ptr<Packet>& payload, const Header& header) const;

  private:
    bool IsQueued() const;

    Ptr<typename Ip::L3Protocol> m_l3;
    uint32_t m_interface = 0;
    Ptr<typename Ip::Route> m_route;
    Ptr<typename Ip::Interface> m_ipInterface;
    Ptr<NetDevice> m_device;
    Ptr<TrafficControlLayer> m_trafficControl; ///< none: IP sends past it
    Address m_broadcast;
    bool m_needsMac = false;     ///< else a packet goes to all on the link, as a point-to-point device takes it
    bool m_controlsFlow = false; ///< the device may stop its queues
};

} // namespace ns3

#endif // MULTICAST_WAY_H
