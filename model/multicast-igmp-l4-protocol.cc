// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-igmp-l4-protocol.h"

#include "multicast-node-impl.h"
#include "multicast-node.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv6-interface.h"
#include "ns3/log.h"
#include "ns3/packet.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("IgmpL4Protocol");

NS_OBJECT_ENSURE_REGISTERED(IgmpL4Protocol);

const uint8_t IgmpL4Protocol::PROT_NUMBER = mcast::PROTOCOL_IGMP;

TypeId
IgmpL4Protocol::GetTypeId()
{
    static TypeId tid = TypeId("ns3::IgmpL4Protocol")
                            .SetParent<MulticastL4Protocol>()
                            .SetGroupName("Multicast")
                            .AddConstructor<IgmpL4Protocol>();
    return tid;
}

IgmpL4Protocol::IgmpL4Protocol()
{
    NS_LOG_FUNCTION(this);
}

IgmpL4Protocol::~IgmpL4Protocol()
{
    NS_LOG_FUNCTION(this);
}

int
IgmpL4Protocol::GetProtocolNumber() const
{
    return PROT_NUMBER;
}

IpL4Protocol::RxStatus
IgmpL4Protocol::Receive(Ptr<Packet> p, const Ipv4Header& header, Ptr<Ipv4Interface> incomingInterface)
{
    NS_LOG_FUNCTION(this << p << header << incomingInterface);
    if (m_node)
    {
        m_node->m_impl->Receive<MulticastIpv4>(p, header, incomingInterface);
    }
    return RX_OK;
}

IpL4Protocol::RxStatus
IgmpL4Protocol::Receive(Ptr<Packet> p, const Ipv6Header& header, Ptr<Ipv6Interface> incomingInterface)
{
    NS_LOG_FUNCTION(this << p << header << incomingInterface);
    return RX_ENDPOINT_CLOSED; // IGMP is a protocol of IPv4; IPv6 has MLD
}

} // namespace ns3
