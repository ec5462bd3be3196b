// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-pim-l4-protocol.h"

#include "multicast-node-impl.h"
#include "multicast-node.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv6-interface.h"
#include "ns3/log.h"
#include "ns3/packet.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PimL4Protocol");

NS_OBJECT_ENSURE_REGISTERED(PimL4Protocol);

const uint8_t PimL4Protocol::PROT_NUMBER = mcast::pim::PROTOCOL;

TypeId
PimL4Protocol::GetTypeId()
{
    static TypeId tid = TypeId("ns3::PimL4Protocol")
                            .SetParent<MulticastL4Protocol>()
                            .SetGroupName("Multicast")
                            .AddConstructor<PimL4Protocol>();
    return tid;
}

PimL4Protocol::PimL4Protocol()
{
    NS_LOG_FUNCTION(this);
}

PimL4Protocol::~PimL4Protocol()
{
    NS_LOG_FUNCTION(this);
}

int
PimL4Protocol::GetProtocolNumber() const
{
    return PROT_NUMBER;
}

IpL4Protocol::RxStatus
PimL4Protocol::Receive(Ptr<Packet> p, const Ipv4Header& header, Ptr<Ipv4Interface> incomingInterface)
{
    NS_LOG_FUNCTION(this << p << header << incomingInterface);
    if (m_node)
    {
        m_node->m_impl->ReceivePim<MulticastIpv4>(p, header, incomingInterface);
    }
    return RX_OK;
}

IpL4Protocol::RxStatus
PimL4Protocol::Receive(Ptr<Packet> p, const Ipv6Header& header, Ptr<Ipv6Interface> incomingInterface)
{
    NS_LOG_FUNCTION(this << p << header << incomingInterface);
    if (m_node)
    {
        m_node->m_impl->ReceivePim<MulticastIpv6>(p, header, incomingInterface);
    }
    return RX_OK;
}

} // namespace ns3
