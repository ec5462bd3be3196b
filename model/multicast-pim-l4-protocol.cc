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
                            .SetParent<IpL4Protocol>()
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

void
PimL4Protocol::DoDispose()
{
    NS_LOG_FUNCTION(this);
    m_node = nullptr;
    m_downTarget = DownTargetCallback();
    m_downTarget6 = DownTargetCallback6();
    IpL4Protocol::DoDispose();
}

void
PimL4Protocol::SetMulticastNode(Ptr<MulticastNode> node)
{
    m_node = node;
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

void
PimL4Protocol::SetDownTarget(DownTargetCallback callback)
{
    m_downTarget = callback;
}

void
PimL4Protocol::SetDownTarget6(DownTargetCallback6 callback)
{
    m_downTarget6 = callback;
}

IpL4Protocol::DownTargetCallback
PimL4Protocol::GetDownTarget() const
{
    return m_downTarget;
}

IpL4Protocol::DownTargetCallback6
PimL4Protocol::GetDownTarget6() const
{
    return m_downTarget6;
}

} // namespace ns3
