// SPDX-License-Identifier: GPL-2.0-only
// IGMP, MLD and PIM between the core's values and ns-3's packets. Private to the module: not installed.

#ifndef MULTICAST_MESSAGE_IO_H
#define MULTICAST_MESSAGE_IO_H

#include "core/wire/packet.h"
#include "multicast-ip.h"

#include "ns3/packet.h"

#include <cstdint>

namespace ns3
{

/// Takes the packets of one node apart and puts them together. \tparam Ip MulticastIpv4 or MulticastIpv6
template <class Ip>
class MulticastMessageIo
{
  public:
    typedef typename Ip::Header Header;
    typedef typename Ip::Interface Interface;

    explicit MulticastMessageIo(Ptr<typename Ip::L3Protocol> l3);

    /// IP has taken a packet, which it is about to take apart: looks at its options, which ns-3 reads over, and at its
    /// length field, which ns-3 believes.
    void OnRx(const Ptr<const Packet>& packet);

    /// Does the length field of the packet that IP took last fit its header and its octets?
    bool IsLengthTrue() const
    {
        return m_lengthIsTrue;
    }

    /// Header fields of the message that IP took last.
    mcast::PacketMeta ReadMeta(const Header& header, uint8_t protocol) const;

    static mcast::Bytes ReadPayload(const Packet& payload);

    /// The packet inside of a Register; nothing of any other message.
    static mcast::BytesView InnerOf(const mcast::Transmit& packet);

    /// The payload of a packet of the core, made anew, or of a Register around the packet that it holds.
    static Ptr<Packet> MakePayload(const mcast::Transmit& packet, Ptr<Packet> inner);

    /// Sends a packet of the core where a route leads. \param payload it is changed
    void SendByRoute(const mcast::PacketMeta& meta, Ptr<Packet> payload, Ptr<typename Ip::Route> route);

    /// Sends a packet of the core. \param interface of this IP
    void Send(const mcast::Transmit& packet, uint32_t interface);

  private:
    void SendToNeighbor(const mcast::Transmit& packet, Ptr<NetDevice> device);

    Ptr<typename Ip::L3Protocol> m_l3;
    bool m_routerAlert = false;  ///< of the packet that IP took last
    bool m_lengthIsTrue = false; ///< of the same
    uint16_t m_identification = 0;
};

template <>
void MulticastMessageIo<MulticastIpv4>::OnRx(const Ptr<const Packet>& packet);
template <>
void MulticastMessageIo<MulticastIpv6>::OnRx(const Ptr<const Packet>& packet);
template <>
void MulticastMessageIo<MulticastIpv4>::Send(const mcast::Transmit& packet, uint32_t interface);
template <>
void MulticastMessageIo<MulticastIpv6>::Send(const mcast::Transmit& packet, uint32_t interface);

} // namespace ns3

#endif // MULTICAST_MESSAGE_IO_H
