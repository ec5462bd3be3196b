// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-helper.h"

#include "ns3/boolean.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-list-routing-helper.h"
#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-list-routing.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/multicast-icmpv6-l4-protocol.h"
#include "ns3/multicast-igmp-l4-protocol.h"
#include "ns3/multicast-ipv6-routing.h"
#include "ns3/multicast-routing.h"
#include "ns3/node.h"
#include "ns3/simulator.h"

#include <sstream>
#include <utility>

namespace ns3
{

namespace
{

// Stock helpers and routing protocols look into the list of the node, not into a list in it.
template <class List, class Routing, class Protocol>
void
AddUnicast(Routing& routing, Ptr<Protocol> unicast)
{
    const auto list = DynamicCast<List>(unicast);
    if (!list)
    {
        routing.AddRoutingProtocol(unicast, 0);
        return;
    }
    for (uint32_t i = 0; i < list->GetNRoutingProtocols(); ++i)
    {
        int16_t priority = 0;
        const auto protocol = list->GetRoutingProtocol(i, priority);
        routing.AddRoutingProtocol(protocol, priority);
    }
}

template <class Ip>
int32_t
FindInterface(Ptr<NetDevice> device)
{
    const auto ip = device->GetNode()->GetObject<Ip>();
    return ip ? ip->GetInterfaceForDevice(device) : -1;
}

std::string
ToText(const Address& address)
{
    std::ostringstream text;
    if (Ipv4Address::IsMatchingType(address))
    {
        text << Ipv4Address::ConvertFrom(address);
    }
    else if (Ipv6Address::IsMatchingType(address))
    {
        text << Ipv6Address::ConvertFrom(address);
    }
    else
    {
        text << address;
    }
    return text.str();
}

void
WriteHostEvent(Ptr<OutputStreamWrapper> stream, uint32_t node, Time at, const std::string& text)
{
    *stream->GetStream() << at.GetSeconds() << " node=" << node << " host " << text << "\n";
}

void
WriteRouterEvent(Ptr<OutputStreamWrapper> stream, uint32_t node, Time at, const std::string& text)
{
    *stream->GetStream() << at.GetSeconds() << " node=" << node << " router " << text << "\n";
}

void
PrintState(Ptr<Node> node, Ptr<OutputStreamWrapper> stream)
{
    *stream->GetStream() << "Node " << node->GetId() << ". ";
    MulticastHelper::GetMulticast(node)->Print(*stream->GetStream());
}

} // namespace

MulticastHelper::MulticastHelper()
    : m_ipv4(true),
      m_ipv6(true)
{
    Ipv4ListRoutingHelper list;
    list.Add(Ipv4StaticRoutingHelper(), 0);
    list.Add(Ipv4GlobalRoutingHelper(), -10);
    SetUnicastRouting(list);
    SetUnicastRouting(Ipv6StaticRoutingHelper());
    m_nodeFactory.SetTypeId(MulticastNode::GetTypeId());
    m_interfaceFactory.SetTypeId(MulticastInterface::GetTypeId());
}

MulticastHelper::MulticastHelper(const MulticastHelper& other)
    : Ipv4RoutingHelper(),
      m_unicast(other.m_unicast->Copy()),
      m_ipv6Unicast(other.m_ipv6Unicast->Copy()),
      m_ipv4(other.m_ipv4),
      m_ipv6(other.m_ipv6),
      m_nodeFactory(other.m_nodeFactory),
      m_interfaceFactory(other.m_interfaceFactory)
{
}

MulticastHelper::~MulticastHelper() = default;

MulticastHelper*
MulticastHelper::Copy() const
{
    return new MulticastHelper(*this);
}

void
MulticastHelper::SetUnicastRouting(const Ipv4RoutingHelper& routing)
{
    m_unicast.reset(routing.Copy());
}

void
MulticastHelper::SetUnicastRouting(const Ipv6RoutingHelper& routing)
{
    m_ipv6Unicast.reset(routing.Copy());
}

void
MulticastHelper::SetIpv4StackInstall(bool enable)
{
    m_ipv4 = enable;
}

void
MulticastHelper::SetIpv6StackInstall(bool enable)
{
    m_ipv6 = enable;
}

void
MulticastHelper::SetRouter(bool router)
{
    m_nodeFactory.Set("Router", BooleanValue(router));
}

void
MulticastHelper::Set(std::string name, const AttributeValue& value)
{
    m_nodeFactory.Set(name, value);
}

void
MulticastHelper::SetInterface(std::string name, const AttributeValue& value)
{
    m_interfaceFactory.Set(name, value);
}

// The first of IPv4 and IPv6 that is installed brings it.
Ptr<MulticastNode>
MulticastHelper::MakeMulticast(Ptr<Node> node) const
{
    auto multicast = node->GetObject<MulticastNode>();
    if (!multicast)
    {
        multicast = m_nodeFactory.Create<MulticastNode>();
        multicast->SetInterfaceFactory(m_interfaceFactory);
        node->AggregateObject(multicast);
    }
    return multicast;
}

// ns-3's IPv6 does not forward by default, and from 3.41 on takes frames to an address of another interface only in the weak end
// system model: a Rendezvous Point's may be on any.
Ptr<Ipv6RoutingProtocol>
MulticastHelper::CreateIpv6(Ptr<Node> node) const
{
    const auto multicast = MakeMulticast(node);
    if (multicast->IsRouter())
    {
        node->GetObject<Ipv6>()->SetAttribute("IpForward", BooleanValue(true));
        node->GetObject<Ipv6>()->SetAttribute("StrongEndSystemModel", BooleanValue(false));
    }
    CreateObject<MulticastIcmpv6L4Protocol>()->Install(node, multicast);
    const auto routing = CreateObject<MulticastIpv6Routing>();
    routing->SetMulticastNode(multicast);
    AddUnicast<Ipv6ListRouting>(*routing, m_ipv6Unicast->Create(node));
    return routing;
}

Ptr<Ipv4RoutingProtocol>
MulticastHelper::Create(Ptr<Node> node) const
{
    const auto multicast = MakeMulticast(node);
    const auto igmp = CreateObject<IgmpL4Protocol>();
    igmp->SetMulticastNode(multicast);
    node->GetObject<Ipv4>()->Insert(igmp);
    const auto routing = CreateObject<MulticastRouting>();
    routing->SetMulticastNode(multicast);
    AddUnicast<Ipv4ListRouting>(*routing, m_unicast->Create(node));
    return routing;
}

void
MulticastHelper::Install(NodeContainer nodes, bool router) const
{
    MulticastHelper helper(*this);
    helper.SetRouter(router);
    InternetStackHelper stack;
    stack.SetIpv4StackInstall(m_ipv4);
    stack.SetIpv6StackInstall(m_ipv6);
    stack.SetRoutingHelper(helper);
    stack.SetRoutingHelper(MulticastIpv6RoutingHelper(helper));
    stack.Install(nodes);
}

void
MulticastHelper::InstallRouters(NodeContainer nodes) const
{
    Install(nodes, true);
}

void
MulticastHelper::InstallHosts(NodeContainer nodes) const
{
    Install(nodes, false);
}

int64_t
MulticastHelper::AssignStreams(NodeContainer nodes, int64_t stream) const
{
    int64_t next = stream;
    for (uint32_t i = 0; i < nodes.GetN(); ++i)
    {
        const auto multicast = nodes.Get(i)->GetObject<MulticastNode>();
        if (multicast)
        {
            next += multicast->AssignStreams(next);
        }
    }
    return next - stream;
}

Ptr<MulticastNode>
MulticastHelper::GetMulticast(Ptr<Node> node)
{
    const auto multicast = node->GetObject<MulticastNode>();
    NS_ABORT_MSG_UNLESS(multicast, "MulticastHelper: node " << node->GetId()
                                                            << " has no multicast; use InstallRouters or InstallHosts");
    return multicast;
}

uint32_t
MulticastHelper::GetInterfaceIndex(Ptr<NetDevice> device, Family family)
{
    const auto node = device->GetNode();
    const int32_t index = family == MulticastNode::IPV4 ? FindInterface<Ipv4>(device) : FindInterface<Ipv6>(device);
    NS_ABORT_MSG_IF(index < 0, "MulticastHelper: device " << device->GetIfIndex() << " of node " << node->GetId()
                                                          << " has no interface of "
                                                          << (family == MulticastNode::IPV4 ? "IPv4" : "IPv6"));
    return static_cast<uint32_t>(index);
}

Ptr<MulticastInterface>
MulticastHelper::GetInterface(Ptr<NetDevice> device, Family family)
{
    const auto index = GetInterfaceIndex(device, family);
    const auto interface = GetMulticast(device->GetNode())->GetInterface(index, family);
    NS_ABORT_MSG_UNLESS(interface, "MulticastHelper: a loopback device has no multicast");
    return interface;
}

void
MulticastHelper::Join(Ptr<Node> node, Address group, uint32_t interface, MulticastNode::FilterMode mode,
                      std::vector<Address> sources)
{
    const auto multicast = GetMulticast(node);
    const bool done = mode == MulticastNode::INCLUDE ? multicast->Include(group, sources, interface)
                                                     : multicast->Exclude(group, sources, interface);
    NS_ABORT_MSG_UNLESS(done, "MulticastHelper::Join: node " << node->GetId() << " can't listen to " << ToText(group)
                                                             << ": no group, no such interface, or a bad source");
}

void
MulticastHelper::Leave(Ptr<Node> node, Address group, uint32_t interface)
{
    GetMulticast(node)->Leave(group, interface);
}

void
MulticastHelper::JoinAt(Time at, Ptr<Node> node, Address group, uint32_t interface, MulticastNode::FilterMode mode,
                        std::vector<Address> sources)
{
    Simulator::ScheduleWithContext(node->GetId(), at - Simulator::Now(),
                                   [=]() { Join(node, group, interface, mode, sources); });
}

void
MulticastHelper::LeaveAt(Time at, Ptr<Node> node, Address group, uint32_t interface)
{
    Simulator::ScheduleWithContext(node->GetId(), at - Simulator::Now(), [=]() { Leave(node, group, interface); });
}

void
MulticastHelper::AddRoute(Ptr<Node> router, const Address& source, const Address& group, Ptr<NetDevice> incoming,
                          const std::vector<Ptr<NetDevice>>& outgoing)
{
    const auto family = Ipv6Address::IsMatchingType(group) ? MulticastNode::IPV6 : MulticastNode::IPV4;
    std::vector<uint32_t> interfaces;
    interfaces.reserve(outgoing.size());
    for (const auto& device : outgoing)
    {
        interfaces.push_back(GetInterfaceIndex(device, family));
    }
    GetMulticast(router)->AddRoute(source, group, GetInterfaceIndex(incoming, family), interfaces);
}

void
MulticastHelper::PrintStateAt(Time at, Ptr<Node> node, Ptr<OutputStreamWrapper> stream)
{
    Simulator::ScheduleWithContext(node->GetId(), at - Simulator::Now(), &PrintState, node, stream);
}

void
MulticastHelper::EnableAsciiEvents(Ptr<OutputStreamWrapper> stream, NodeContainer nodes)
{
    for (uint32_t i = 0; i < nodes.GetN(); ++i)
    {
        const auto node = nodes.Get(i);
        const auto multicast = GetMulticast(node);
        multicast->TraceConnectWithoutContext("HostEvent", MakeBoundCallback(&WriteHostEvent, stream, node->GetId()));
        multicast->TraceConnectWithoutContext("RouterEvent",
                                              MakeBoundCallback(&WriteRouterEvent, stream, node->GetId()));
    }
}

MulticastIpv6RoutingHelper::MulticastIpv6RoutingHelper(const MulticastHelper& multicast)
    : m_multicast(multicast)
{
}

MulticastIpv6RoutingHelper*
MulticastIpv6RoutingHelper::Copy() const
{
    return new MulticastIpv6RoutingHelper(*this);
}

Ptr<Ipv6RoutingProtocol>
MulticastIpv6RoutingHelper::Create(Ptr<Node> node) const
{
    return m_multicast.CreateIpv6(node);
}

} // namespace ns3
