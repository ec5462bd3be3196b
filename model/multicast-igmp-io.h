// SPDX-License-Identifier: GPL-2.0-only
// IGMP between the core's values and ns-3's packets. Private to the module: not installed.

#ifndef MULTICAST_IGMP_IO_H
#define MULTICAST_IGMP_IO_H

#include "core/wire/packet.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/packet.h"
#include "ns3/traffic-control-layer.h"

#include <cstdint>

namespace ns3
{

/// Takes the packets of one node apart and puts them together.
class MulticastIgmpIo
{
  public:
    /// A message that has come in, as the core takes it.
    struct Received
    {
        mcast::InterfaceId interface;
        mcast::PacketMeta meta;
        mcast::Bytes payload;
    };

    explicit MulticastIgmpIo(Ptr<Ipv4L3Protocol> ipv4);

    /// IPv4 has taken a packet, which it is about to take apart: looks at its options, which Ipv4Header reads over, and
    /// at its total length, which Ipv4L3Protocol believes.
    void OnIpv4Rx(const Ptr<const Packet>& packet);

    /// Does the total length of the packet that IPv4 took last fit its header and its octets?
    bool IsLengthTrue() const
    {
        return m_lengthIsTrue;
    }

    /// The message of the packet that IPv4 took last.
    Received Read(Ptr<const Packet> payload, const Ipv4Header& header, Ptr<Ipv4Interface> interface) const;

    /// Sends a packet of the core out of its interface.
    void Send(const mcast::Transmit& packet);

    /// The header of a packet of the core, as ns-3 has it: without options.
    static Ipv4Header MakeHeader(const mcast::Transmit& packet);

  private:
    Ptr<Ipv4L3Protocol> m_ipv4;
    bool m_routerAlert = false;  ///< of the packet that IPv4 took last
    bool m_lengthIsTrue = false; ///< of the same
    uint16_t m_identification = 0;
};

} // namespace ns3

#endif // MULTICAST_IGMP_IO_H
