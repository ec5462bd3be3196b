// SPDX-License-Identifier: GPL-2.0-only
// Ipv4L3Protocol's own trace sources, for packets that don't go through its methods. Private to the module.

#ifndef MULTICAST_L3_TRACES_H
#define MULTICAST_L3_TRACES_H

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/packet.h"

#include <cstdint>

namespace ns3
{

/// Fires Tx for a whole IP packet: what InternetStackHelper's pcap and ASCII traces of IPv4 write down.
void FireIpv4Tx(Ptr<Ipv4L3Protocol> ipv4, Ptr<const Packet> packet, uint32_t interface);

/// Fires MulticastForward, as Ipv4L3Protocol does for packets that it forwards by a multicast route.
void FireIpv4MulticastForward(Ipv4L3Protocol& ipv4,
                              const Ipv4Header& header,
                              const Ptr<Packet>& payload,
                              uint32_t interface);

} // namespace ns3

#endif // MULTICAST_L3_TRACES_H
