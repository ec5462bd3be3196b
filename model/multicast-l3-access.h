// SPDX-License-Identifier: GPL-2.0-only
// What Ipv4L3Protocol and Ipv6L3Protocol keep to themselves: trace sources for packets that don't go through their
// methods, and IPv6's way out for a packet with its header. Private to the module.

#ifndef MULTICAST_L3_ACCESS_H
#define MULTICAST_L3_ACCESS_H

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-protocol.h"
#include "ns3/packet.h"

#include <cstdint>

namespace ns3
{

/// Fires Tx for a whole IP packet: what InternetStackHelper's pcap and ASCII traces of IPv4 write down.
void FireIpv4Tx(Ptr<Ipv4L3Protocol> ipv4, Ptr<const Packet> packet, uint32_t interface);

/// Fires Tx, as both do for packets with a header.
void FireTx(const Ptr<Ipv4L3Protocol>& ipv4, const Ipv4Header& header, const Ptr<Packet>& payload, uint32_t interface);
void FireTx(const Ptr<Ipv6L3Protocol>& ipv6, const Ipv6Header& header, const Ptr<Packet>& payload, uint32_t interface);

/// Fires MulticastForward, as Ipv4L3Protocol does for packets that it forwards by a multicast route.
void FireMulticastForward(Ipv4L3Protocol& ipv4, const Ipv4Header& header, const Ptr<Packet>& payload,
                          uint32_t interface);

/// Ipv6L3Protocol has no such trace source.
inline void
FireMulticastForward(Ipv6L3Protocol&, const Ipv6Header&, const Ptr<Packet>&, uint32_t)
{
}

/// What RouteInput is given to deliver a packet to the node's own protocols, for packets that routing has not been given.
/// Good as long as the IP is.
Ipv4RoutingProtocol::LocalDeliverCallback LocalDeliverOf(const Ptr<Ipv4L3Protocol>& ipv4);
Ipv6RoutingProtocol::LocalDeliverCallback LocalDeliverOf(const Ptr<Ipv6L3Protocol>& ipv6);

/// Sends a packet by a route, in fragments if it is too long; or, if it is another node's IPv6, Packet Too Big goes back.
void SendWithHeader(Ipv4L3Protocol& ipv4, const Ptr<Packet>& payload, const Ipv4Header& header,
                    const Ptr<Ipv4Route>& route);
void SendWithHeader(Ipv6L3Protocol& ipv6, const Ptr<Packet>& payload, const Ipv6Header& header,
                    const Ptr<Ipv6Route>& route);

} // namespace ns3

#endif // MULTICAST_L3_ACCESS_H
