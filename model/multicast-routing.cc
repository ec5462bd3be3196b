// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-routing.h"

#include "multicast-forwarder.h"
#include "multicast-node-impl.h"
#include "multicast-node.h"

#include "ns3/ipv4-l3-protocol.h"
#include "ns3/log.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastRouting");

NS_OBJECT_ENSURE_REGISTERED(MulticastRouting);

TypeId
MulticastRouting::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MulticastRouting")
                            .SetParent<Ipv4ListRouting>()
                            .SetGroupName("Multicast")
                            .AddConstructor<MulticastRouting>();
    return tid;
}

MulticastRouting::MulticastRouting()
{
    NS_LOG_FUNCTION(this);
}

MulticastRouting::~MulticastRouting()
{
    NS_LOG_FUNCTION(this);
}

void
MulticastRouting::DoDispose()
{
    NS_LOG_FUNCTION(this);
    if (m_node)
    {
        m_node->m_impl->Stop();
    }
    Detach();
    Ipv4ListRouting::DoDispose();
}

void
MulticastRouting::Detach()
{
    m_forwarder.reset();
    m_node = nullptr;
}

void
MulticastRouting::SetMulticastNode(Ptr<MulticastNode> node)
{
    NS_LOG_FUNCTION(this << node);
    m_node = node;
}

void
MulticastRouting::SetIpv4(Ptr<Ipv4> ipv4)
{
    NS_LOG_FUNCTION(this << ipv4);
    Ipv4ListRouting::SetIpv4(ipv4);
    NS_ABORT_MSG_UNLESS(m_node, "ns3::MulticastRouting without a MulticastNode: install it with MulticastHelper");
    const auto l3 = DynamicCast<Ipv4L3Protocol>(ipv4);
    NS_ABORT_MSG_UNLESS(l3, "ns3::MulticastRouting needs the IPv4 of class Ipv4L3Protocol");
    m_forwarder = m_node->m_impl->Attach<MulticastIpv4>(l3, *this);
}

Ptr<Ipv4Route>
MulticastRouting::LookupUnicast(Ipv4Address destination)
{
    NS_LOG_FUNCTION(this << destination);
    Ipv4Header header;
    header.SetSource(Ipv4Address::GetAny());
    header.SetDestination(destination);
    Socket::SocketErrno ignored;
    return Ipv4ListRouting::RouteOutput(nullptr, header, nullptr, ignored);
}

Ptr<Ipv4Route>
MulticastRouting::RouteOutput(Ptr<Packet> p, const Ipv4Header& header, Ptr<NetDevice> oif, Socket::SocketErrno& sockerr)
{
    NS_LOG_FUNCTION(this << p << header.GetDestination() << oif);
    if (!header.GetDestination().IsMulticast())
    {
        return Ipv4ListRouting::RouteOutput(p, header, oif, sockerr);
    }
    const auto route = m_forwarder ? m_forwarder->Output(p, header, oif) : nullptr;
    sockerr = route ? Socket::ERROR_NOTERROR : Socket::ERROR_NOROUTETOHOST;
    return route;
}

bool
MulticastRouting::RouteInput(Ptr<const Packet> p, const Ipv4Header& header, Ptr<const NetDevice> idev,
                             RouteInputParameter<3> ucb, RouteInputParameter<4> mcb, RouteInputParameter<5> lcb,
                             RouteInputParameter<6> ecb)
{
    NS_LOG_FUNCTION(this << p << header << idev);
    if (!header.GetDestination().IsMulticast())
    {
        return Ipv4ListRouting::RouteInput(p, header, idev, ucb, mcb, lcb, ecb);
    }
    if (m_forwarder)
    {
        m_forwarder->Input(p, header, idev, lcb);
    }
    return true;
}

void
MulticastRouting::NotifyInterfaceUp(uint32_t interface)
{
    Ipv4ListRouting::NotifyInterfaceUp(interface);
    Update(interface);
}

void
MulticastRouting::NotifyInterfaceDown(uint32_t interface)
{
    Ipv4ListRouting::NotifyInterfaceDown(interface);
    Update(interface);
}

void
MulticastRouting::NotifyAddAddress(uint32_t interface, Ipv4InterfaceAddress address)
{
    Ipv4ListRouting::NotifyAddAddress(interface, address);
    Update(interface);
}

void
MulticastRouting::NotifyRemoveAddress(uint32_t interface, Ipv4InterfaceAddress address)
{
    Ipv4ListRouting::NotifyRemoveAddress(interface, address);
    Update(interface);
}

void
MulticastRouting::Update(uint32_t interface)
{
    if (m_node)
    {
        m_node->UpdateInterface(MulticastNode::IPV4, interface);
    }
}

void
MulticastRouting::PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit unit) const
{
    Ipv4ListRouting::PrintRoutingTable(stream, unit);
    if (m_node)
    {
        m_node->Print(*stream->GetStream());
    }
}

} // namespace ns3
