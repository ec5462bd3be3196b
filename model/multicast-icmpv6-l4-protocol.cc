// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-icmpv6-l4-protocol.h"

#include "core/wire/mld.h"
#include "multicast-node-impl.h"
#include "multicast-node.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/packet.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastIcmpv6L4Protocol");

NS_OBJECT_ENSURE_REGISTERED(MulticastIcmpv6L4Protocol);

namespace
{

constexpr uint8_t LAST_ERROR = 127;     // RFC 4443 2.1
constexpr uint32_t SHORTEST_ERROR = 56; // with the header of the packet that it is about, and eight octets of that

} // namespace

TypeId
MulticastIcmpv6L4Protocol::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MulticastIcmpv6L4Protocol")
                            .SetParent<Icmpv6L4Protocol>()
                            .SetGroupName("Multicast")
                            .AddConstructor<MulticastIcmpv6L4Protocol>();
    return tid;
}

MulticastIcmpv6L4Protocol::MulticastIcmpv6L4Protocol()
{
    NS_LOG_FUNCTION(this);
}

MulticastIcmpv6L4Protocol::~MulticastIcmpv6L4Protocol()
{
    NS_LOG_FUNCTION(this);
}

// Random variables are attributes, too: both objects share them, so that InternetStackHelper::AssignStreams and
// SetIpv6NsRsJitter, which know the replaced one, hold for this one.
void
MulticastIcmpv6L4Protocol::Install(Ptr<Node> node, Ptr<MulticastNode> multicast)
{
    NS_LOG_FUNCTION(this << node << multicast);
    m_multicast = multicast;
    multicast->m_impl->Adopt(this);
    const auto ipv6 = node->GetObject<Ipv6L3Protocol>();
    const auto replaced = ipv6->GetIcmpv6();
    NS_ABORT_MSG_UNLESS(replaced, "ns3::MulticastIcmpv6L4Protocol: node " << node->GetId() << " has no ICMPv6");
    const auto type = Icmpv6L4Protocol::GetTypeId();
    for (std::size_t i = 0; i < type.GetAttributeN(); ++i)
    {
        const auto attribute = type.GetAttribute(i);
        const auto value = attribute.checker->Create();
        replaced->GetAttribute(attribute.name, *value);
        SetAttribute(attribute.name, *value);
    }
    SetNode(node);
    IpL4Protocol& self = *this;
    self.SetDownTarget6(MakeCallback(&Ipv6::Send, Ptr<Ipv6>(ipv6)));
    ipv6->Insert(this);
}

void
MulticastIcmpv6L4Protocol::DoDispose()
{
    NS_LOG_FUNCTION(this);
    m_multicast = nullptr;
    Icmpv6L4Protocol::DoDispose();
}

IpL4Protocol::RxStatus
MulticastIcmpv6L4Protocol::Receive(Ptr<Packet> p, const Ipv4Header& header, Ptr<Ipv4Interface> incomingInterface)
{
    return Icmpv6L4Protocol::Receive(p, header, incomingInterface);
}

IpL4Protocol::RxStatus
MulticastIcmpv6L4Protocol::Receive(Ptr<Packet> p, const Ipv6Header& header, Ptr<Ipv6Interface> incomingInterface)
{
    NS_LOG_FUNCTION(this << p << header << incomingInterface);
    uint8_t type = 0;
    if (p->CopyData(&type, 1) == 0 || (type <= LAST_ERROR && p->GetSize() < SHORTEST_ERROR))
    {
        return RX_OK; // the base class would read on all the same
    }
    if (!mcast::IsMld(mcast::BytesView(&type, 1)))
    {
        return Icmpv6L4Protocol::Receive(p, header, incomingInterface);
    }
    if (m_multicast)
    {
        m_multicast->m_impl->Receive<MulticastIpv6>(p, header, incomingInterface);
    }
    return RX_OK;
}

void
MulticastIcmpv6L4Protocol::FunctionDadTimeout(Ipv6Interface* interface, Ipv6Address addr)
{
    NS_LOG_FUNCTION(this << interface << addr);
    Icmpv6L4Protocol::FunctionDadTimeout(interface, addr);
    if (m_multicast)
    {
        const auto ipv6 = GetNode()->GetObject<Ipv6>();
        const auto index = ipv6->GetInterfaceForDevice(interface->GetDevice());
        m_multicast->UpdateInterface(MulticastNode::IPV6, static_cast<uint32_t>(index));
    }
}

} // namespace ns3
