// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-ipv6-routing.h"

#include "multicast-forwarder.h"
#include "multicast-node-impl.h"
#include "multicast-node.h"

#include "ns3/ipv6-l3-protocol.h"
#include "ns3/log.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastIpv6Routing");

NS_OBJECT_ENSURE_REGISTERED(MulticastIpv6Routing);

TypeId
MulticastIpv6Routing::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MulticastIpv6Routing")
                            .SetParent<Ipv6ListRouting>()
                            .SetGroupName("Multicast")
                            .AddConstructor<MulticastIpv6Routing>();
    return tid;
}

MulticastIpv6Routing::MulticastIpv6Routing()
{
    NS_LOG_FUNCTION(this);
}

MulticastIpv6Routing::~MulticastIpv6Routing()
{
    NS_LOG_FUNCTION(this);
}

void
MulticastIpv6Routing::DoDispose()
{
    NS_LOG_FUNCTION(this);
    if (m_node)
    {
        m_node->m_impl->Stop();
    }
    Detach();
    Ipv6ListRouting::DoDispose();
}

void
MulticastIpv6Routing::Detach()
{
    m_forwarder.reset();
    m_node = nullptr;
}

void
MulticastIpv6Routing::SetMulticastNode(Ptr<MulticastNode> node)
{
    NS_LOG_FUNCTION(this << node);
    m_node = node;
}

void
MulticastIpv6Routing::SetIpv6(Ptr<Ipv6> ipv6)
{
    NS_LOG_FUNCTION(this << ipv6);
    Ipv6ListRouting::SetIpv6(ipv6);
    NS_ABORT_MSG_UNLESS(m_node, "ns3::MulticastIpv6Routing without a MulticastNode: install it with MulticastHelper");
    const auto l3 = DynamicCast<Ipv6L3Protocol>(ipv6);
    NS_ABORT_MSG_UNLESS(l3, "ns3::MulticastIpv6Routing needs the IPv6 of class Ipv6L3Protocol");
    m_forwarder = m_node->m_impl->Attach<MulticastIpv6>(l3, *this);
}

Ptr<Ipv6Route>
MulticastIpv6Routing::LookupUnicast(Ipv6Address destination)
{
    NS_LOG_FUNCTION(this << destination);
    Ipv6Header header;
    header.SetSource(Ipv6Address::GetAny());
    header.SetDestination(destination);
    Socket::SocketErrno ignored;
    return Ipv6ListRouting::RouteOutput(nullptr, header, nullptr, ignored);
}

Ptr<Ipv6Route>
MulticastIpv6Routing::RouteOutput(Ptr<Packet> p, const Ipv6Header& header, Ptr<NetDevice> oif,
                                  Socket::SocketErrno& sockerr)
{
    NS_LOG_FUNCTION(this << p << header.GetDestination() << oif);
    if (!header.GetDestination().IsMulticast())
    {
        return Ipv6ListRouting::RouteOutput(p, header, oif, sockerr);
    }
    const auto route = m_forwarder ? m_forwarder->Output(p, header, oif) : nullptr;
    sockerr = route ? Socket::ERROR_NOTERROR : Socket::ERROR_NOROUTETOHOST;
    return route;
}

bool
MulticastIpv6Routing::RouteInput(Ptr<const Packet> p, const Ipv6Header& header, Ptr<const NetDevice> idev,
                                 RouteInputParameter<3> ucb, RouteInputParameter<4> mcb, RouteInputParameter<5> lcb,
                                 RouteInputParameter<6> ecb)
{
    NS_LOG_FUNCTION(this << p << header << idev);
    if (!header.GetDestination().IsMulticast())
    {
        return Ipv6ListRouting::RouteInput(p, header, idev, ucb, mcb, lcb, ecb);
    }
    if (m_forwarder)
    {
        m_forwarder->Input(p, header, idev, lcb);
    }
    return true;
}

void
MulticastIpv6Routing::NotifyInterfaceUp(uint32_t interface)
{
    Ipv6ListRouting::NotifyInterfaceUp(interface);
    Update(interface);
}

void
MulticastIpv6Routing::NotifyInterfaceDown(uint32_t interface)
{
    Ipv6ListRouting::NotifyInterfaceDown(interface);
    Update(interface);
}

void
MulticastIpv6Routing::NotifyAddAddress(uint32_t interface, Ipv6InterfaceAddress address)
{
    Ipv6ListRouting::NotifyAddAddress(interface, address);
    Update(interface);
}

void
MulticastIpv6Routing::NotifyRemoveAddress(uint32_t interface, Ipv6InterfaceAddress address)
{
    Ipv6ListRouting::NotifyRemoveAddress(interface, address);
    Update(interface);
}

void
MulticastIpv6Routing::Update(uint32_t interface)
{
    if (m_node)
    {
        m_node->UpdateInterface(MulticastNode::IPV6, interface);
    }
}

void
MulticastIpv6Routing::PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit unit) const
{
    Ipv6ListRouting::PrintRoutingTable(stream, unit);
    if (m_node)
    {
        m_node->Print(*stream->GetStream());
    }
}

} // namespace ns3
