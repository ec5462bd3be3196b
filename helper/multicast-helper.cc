// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-helper.h"

#include "ns3/boolean.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-list-routing-helper.h"
#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/multicast-igmp-l4-protocol.h"
#include "ns3/multicast-routing.h"
#include "ns3/node.h"
#include "ns3/simulator.h"

#include <utility>

namespace ns3
{

namespace
{

// Stock helpers and routing protocols look into the list of the node, not into a list in it.
void
AddUnicast(MulticastRouting& routing, Ptr<Ipv4RoutingProtocol> unicast)
{
    const auto list = DynamicCast<Ipv4ListRouting>(unicast);
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
{
    Ipv4ListRoutingHelper list;
    list.Add(Ipv4StaticRoutingHelper(), 0);
    list.Add(Ipv4GlobalRoutingHelper(), -10);
    SetUnicastRouting(list);
    m_nodeFactory.SetTypeId(MulticastNode::GetTypeId());
    m_interfaceFactory.SetTypeId(MulticastInterface::GetTypeId());
}

MulticastHelper::MulticastHelper(const MulticastHelper& other)
    : Ipv4RoutingHelper(),
      m_unicast(other.m_unicast->Copy()),
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

Ptr<Ipv4RoutingProtocol>
MulticastHelper::Create(Ptr<Node> node) const
{
    const auto multicast = m_nodeFactory.Create<MulticastNode>();
    multicast->SetInterfaceFactory(m_interfaceFactory);
    node->AggregateObject(multicast);
    const auto igmp = CreateObject<IgmpL4Protocol>();
    igmp->SetMulticastNode(multicast);
    node->GetObject<Ipv4>()->Insert(igmp);
    const auto routing = CreateObject<MulticastRouting>();
    routing->SetMulticastNode(multicast);
    AddUnicast(*routing, m_unicast->Create(node));
    return routing;
}

void
MulticastHelper::Install(NodeContainer nodes, bool router) const
{
    MulticastHelper helper(*this);
    helper.SetRouter(router);
    InternetStackHelper stack;
    stack.SetRoutingHelper(helper);
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
    NS_ABORT_MSG_UNLESS(multicast,
                        "MulticastHelper: node " << node->GetId()
                                                 << " has no multicast; use InstallRouters or InstallHosts");
    return multicast;
}

uint32_t
MulticastHelper::GetInterfaceIndex(Ptr<NetDevice> device)
{
    const auto node = device->GetNode();
    const int32_t index = node->GetObject<Ipv4>()->GetInterfaceForDevice(device);
    NS_ABORT_MSG_IF(index < 0,
                    "MulticastHelper: device " << device->GetIfIndex() << " of node " << node->GetId()
                                               << " has no IPv4 interface");
    return static_cast<uint32_t>(index);
}

Ptr<MulticastInterface>
MulticastHelper::GetInterface(Ptr<NetDevice> device)
{
    const auto interface = GetMulticast(device->GetNode())->GetInterface(GetInterfaceIndex(device));
    NS_ABORT_MSG_UNLESS(interface, "MulticastHelper: a loopback device has no multicast");
    return interface;
}

void
MulticastHelper::Join(Ptr<Node> node,
                      Ipv4Address group,
                      uint32_t interface,
                      MulticastNode::FilterMode mode,
                      std::vector<Ipv4Address> sources)
{
    const auto multicast = GetMulticast(node);
    const bool done = mode == MulticastNode::INCLUDE ? multicast->Include(group, sources, interface)
                                                     : multicast->Exclude(group, sources, interface);
    NS_ABORT_MSG_UNLESS(done,
                        "MulticastHelper::Join: node " << node->GetId() << " can't listen to " << group
                                                       << ": no group, no such interface, or a bad source");
}

void
MulticastHelper::Leave(Ptr<Node> node, Ipv4Address group, uint32_t interface)
{
    GetMulticast(node)->Leave(group, interface);
}

void
MulticastHelper::JoinAt(Time at,
                        Ptr<Node> node,
                        Ipv4Address group,
                        uint32_t interface,
                        MulticastNode::FilterMode mode,
                        std::vector<Ipv4Address> sources)
{
    Simulator::ScheduleWithContext(
        node->GetId(), at - Simulator::Now(), [=]() { Join(node, group, interface, mode, sources); });
}

void
MulticastHelper::LeaveAt(Time at, Ptr<Node> node, Ipv4Address group, uint32_t interface)
{
    Simulator::ScheduleWithContext(
        node->GetId(), at - Simulator::Now(), [=]() { Leave(node, group, interface); });
}

void
MulticastHelper::AddRoute(Ptr<Node> router,
                          Ipv4Address source,
                          Ipv4Address group,
                          Ptr<NetDevice> incoming,
                          const std::vector<Ptr<NetDevice>>& outgoing)
{
    std::vector<uint32_t> interfaces;
    interfaces.reserve(outgoing.size());
    for (const auto& device : outgoing)
    {
        interfaces.push_back(GetInterfaceIndex(device));
    }
    GetMulticast(router)->AddRoute(source, group, GetInterfaceIndex(incoming), interfaces);
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

} // namespace ns3
