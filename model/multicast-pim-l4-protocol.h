// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_PIM_L4_PROTOCOL_H
#define MULTICAST_PIM_L4_PROTOCOL_H

#include "multicast-l4-protocol.h"

namespace ns3
{

/**
 * \ingroup multicast
 * \brief PIM, IP protocol number 103, on a router: hands what comes in to MulticastNode, by IPv4 and IPv6, to the group of
 * all PIM routers or to an address of the node.
 *
 * MulticastNode makes one for each version of IP at the start of the simulation. What goes out does not pass through here.
 */
class PimL4Protocol : public MulticastL4Protocol
{
  public:
    static const uint8_t PROT_NUMBER; //!< protocol number 103

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    PimL4Protocol();
    ~PimL4Protocol() override;

    // Below are from IpL4Protocol
    int GetProtocolNumber() const override;
    RxStatus Receive(Ptr<Packet> p, const Ipv4Header& header, Ptr<Ipv4Interface> incomingInterface) override;
    RxStatus Receive(Ptr<Packet> p, const Ipv6Header& header, Ptr<Ipv6Interface> incomingInterface) override;
};

} // namespace ns3

#endif // MULTICAST_PIM_L4_PROTOCOL_H
