// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_ICMPV6_L4_PROTOCOL_H
#define MULTICAST_ICMPV6_L4_PROTOCOL_H

#include "ns3/icmpv6-l4-protocol.h"

namespace ns3
{

class MulticastNode;

/**
 * \ingroup multicast
 * \brief ICMPv6 of a node with MLD: hands MLD's messages to MulticastNode, and does all the rest as Icmpv6L4Protocol.
 *
 * It takes the place of the node's Icmpv6L4Protocol in IPv6's list of protocols, with the attributes that this one has
 * then; Ipv6L3Protocol::GetIcmpv6 finds it. What is sent does not pass through here.
 */
class MulticastIcmpv6L4Protocol : public Icmpv6L4Protocol
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    MulticastIcmpv6L4Protocol();
    ~MulticastIcmpv6L4Protocol() override;

    /**
     * \brief Take the place of a node's ICMPv6.
     * \param node the node
     * \param multicast takes the messages, aggregated to it
     */
    void Install(Ptr<Node> node, Ptr<MulticastNode> multicast);

    // Below are from Icmpv6L4Protocol
    RxStatus Receive(Ptr<Packet> p, const Ipv4Header& header, Ptr<Ipv4Interface> incomingInterface) override;
    RxStatus Receive(Ptr<Packet> p, const Ipv6Header& header, Ptr<Ipv6Interface> incomingInterface) override;
    void FunctionDadTimeout(Ipv6Interface* interface, Ipv6Address addr) override;

  protected:
    void DoDispose() override;

  private:
    Ptr<MulticastNode> m_multicast; //!< takes the messages
};

} // namespace ns3

#endif // MULTICAST_ICMPV6_L4_PROTOCOL_H
