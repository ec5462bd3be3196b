// SPDX-License-Identifier: GPL-2.0-only
// Private to the module: not installed.

#ifndef MULTICAST_UDP_DEMUX_H
#define MULTICAST_UDP_DEMUX_H

#include "ns3/address.h"
#include "ns3/ip-l4-protocol.h"
#include "ns3/net-device.h"

#include <vector>

namespace ns3
{

class MulticastSocket;

/**
 * \ingroup multicast
 * \brief UDP of a node with MulticastSockets: copies multicast datagrams to those of them that may have them, and leaves
 * everything, these datagrams included, to the node's own UDP.
 *
 * It takes the place of the node's UDP in the lists of protocols of IPv4 and IPv6, where the datagrams are whole again. The node's own
 * sockets can't do this: only one of them may be bound to a port, and a stock socket has no source filter.
 */
class MulticastUdpDemux : public IpL4Protocol
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /**
     * \brief Set whose place this takes. Whoever calls it registers this with IPv4 and IPv6.
     * \param udp the node's own UDP
     */
    void SetUdp(Ptr<IpL4Protocol> udp);

    /// \param socket gets datagrams from now on; it removes itself before it goes
    void Add(MulticastSocket* socket);
    /// \param socket gets no more datagrams
    void Remove(MulticastSocket* socket);

    // Below are from IpL4Protocol
    int GetProtocolNumber() const override;
    RxStatus Receive(Ptr<Packet> p, const Ipv4Header& header, Ptr<Ipv4Interface> incomingInterface) override;
    RxStatus Receive(Ptr<Packet> p, const Ipv6Header& header, Ptr<Ipv6Interface> incomingInterface) override;
    void ReceiveIcmp(Ipv4Address icmpSource, uint8_t icmpTtl, uint8_t icmpType, uint8_t icmpCode, uint32_t icmpInfo,
                     Ipv4Address payloadSource, Ipv4Address payloadDestination, const uint8_t payload[8]) override;
    void ReceiveIcmp(Ipv6Address icmpSource, uint8_t icmpTtl, uint8_t icmpType, uint8_t icmpCode, uint32_t icmpInfo,
                     Ipv6Address payloadSource, Ipv6Address payloadDestination, const uint8_t payload[8]) override;
    void SetDownTarget(DownTargetCallback callback) override;
    void SetDownTarget6(DownTargetCallback6 callback) override;
    DownTargetCallback GetDownTarget() const override;
    DownTargetCallback6 GetDownTarget6() const override;

  protected:
    void DoDispose() override;

  private:
    /// \return has a MulticastSocket got it?
    bool Deliver(Ptr<const Packet> datagram, const Address& source, const Address& group, uint32_t interface);

    Ptr<IpL4Protocol> m_udp;                 //!< the node's own UDP
    std::vector<MulticastSocket*> m_sockets; //!< in the order in which they were opened
};

} // namespace ns3

#endif // MULTICAST_UDP_DEMUX_H
