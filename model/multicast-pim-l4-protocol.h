// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_PIM_L4_PROTOCOL_H
#define MULTICAST_PIM_L4_PROTOCOL_H

#include "ns3/ip-l4-protocol.h"

namespace ns3
{

class MulticastNode;

/**
 * \ingroup multicast
 * \brief PIM, IP protocol number 103, on a router: hands what comes in to MulticastNode, by IPv4 and IPv6, to the group of
 * all PIM routers or to an address of the node.
 *
 * MulticastNode makes one for each version of IP at the start of the simulation. What goes out does not pass through here.
 */
class PimL4Protocol : public IpL4Protocol
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

    /**
     * \brief Set who takes the messages.
     * \param node aggregated to the same node
     */
    void SetMulticastNode(Ptr<MulticastNode> node);

    // Below are from IpL4Protocol
    int GetProtocolNumber() const override;
    RxStatus Receive(Ptr<Packet> p, const Ipv4Header& header, Ptr<Ipv4Interface> incomingInterface) override;
    RxStatus Receive(Ptr<Packet> p, const Ipv6Header& header, Ptr<Ipv6Interface> incomingInterface) override;
    void SetDownTarget(DownTargetCallback callback) override;
    void SetDownTarget6(DownTargetCallback6 callback) override;
    DownTargetCallback GetDownTarget() const override;
    DownTargetCallback6 GetDownTarget6() const override;

  protected:
    void DoDispose() override;

  private:
    Ptr<MulticastNode> m_node;         //!< takes the messages
    DownTargetCallback m_downTarget;   //!< kept for whoever sets it, never called
    DownTargetCallback6 m_downTarget6; //!< kept for whoever sets it, never called
};

} // namespace ns3

#endif // MULTICAST_PIM_L4_PROTOCOL_H
