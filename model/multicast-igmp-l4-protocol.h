// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_IGMP_L4_PROTOCOL_H
#define MULTICAST_IGMP_L4_PROTOCOL_H

#include "multicast-l4-protocol.h"

namespace ns3
{

/**
 * \ingroup multicast
 * \brief IGMP, IP protocol number 2, on a node: hands what comes in to MulticastNode.
 *
 * What goes out does not pass through here: IGMP carries the Router Alert option, which Ipv4L3Protocol cannot write, so
 * MulticastNode gives whole IP packets to the traffic control layer.
 */
class IgmpL4Protocol : public MulticastL4Protocol
{
  public:
    static const uint8_t PROT_NUMBER; //!< protocol number 2

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    IgmpL4Protocol();
    ~IgmpL4Protocol() override;

    // Below are from IpL4Protocol
    int GetProtocolNumber() const override;
    RxStatus Receive(Ptr<Packet> p, const Ipv4Header& header, Ptr<Ipv4Interface> incomingInterface) override;
    RxStatus Receive(Ptr<Packet> p, const Ipv6Header& header, Ptr<Ipv6Interface> incomingInterface) override;
};

} // namespace ns3

#endif // MULTICAST_IGMP_L4_PROTOCOL_H
