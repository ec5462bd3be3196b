// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-routing-base.h"

#include "multicast-convert.h"
#include "multicast-forwarder.h"
#include "multicast-ipv6-routing.h"
#include "multicast-node-impl.h"
#include "multicast-node.h"
#include "multicast-routing.h"

#include "ns3/ipv4-routing-table-entry.h"
#include "ns3/ipv4-static-routing.h"
#include "ns3/ipv6-routing-table-entry.h"
#include "ns3/ipv6-static-routing.h"
#include "ns3/log.h"
#include "ns3/loopback-net-device.h"

#include <map>
#include <string>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastRoutingBase");

namespace
{

// What other routers call administrative distance; only whoever asserts itself with it compares it.
uint32_t
PreferenceOf(const std::string& protocol)
{
    static const std::map<std::string, uint32_t> preferences{
        {"ns3::Ipv4StaticRouting", 1},
        {"ns3::Ipv6StaticRouting", 1},
        {"ns3::Ipv4GlobalRouting", 110}, // link state, as OSPF
        {"ns3::Ipv4NixVectorRouting", 115},
        {"ns3::Ipv6NixVectorRouting", 115},
        {"ns3::Rip", 120},
        {"ns3::RipNg", 120},
        {"ns3::olsr::RoutingProtocol", 130},
        {"ns3::dsdv::RoutingProtocol", 140},
        {"ns3::aodv::RoutingProtocol", 150},
    };
    const auto found = preferences.find(protocol);
    return found == preferences.end() ? 200 : found->second;
}

bool
IsMatch(Ipv4Address destination, const Ipv4RoutingTableEntry& route, uint32_t& length)
{
    length = route.GetDestNetworkMask().GetPrefixLength();
    return route.GetDestNetworkMask().IsMatch(destination, route.GetDestNetwork());
}

bool
IsMatch(Ipv6Address destination, const Ipv6RoutingTableEntry& route, uint32_t& length)
{
    length = route.GetDestNetworkPrefix().GetPrefixLength();
    return route.GetDestNetworkPrefix().IsMatch(destination, route.GetDestNetwork());
}

/// What a protocol tells of the way to a destination.
struct Cost
{
    uint32_t metric = 0;
    uint8_t prefixLength = 0;
};

// Of the longest match; of several, the least.
template <class Static, class Address>
Cost
StaticCost(const Static& routes, Address destination)
{
    uint32_t longest = 0;
    uint32_t metric = 0;
    bool any = false;
    for (uint32_t i = 0; i < routes.GetNRoutes(); ++i)
    {
        uint32_t length = 0;
        const auto route = routes.GetRoute(i);
        const uint32_t cost = routes.GetMetric(i);
        if (IsMatch(destination, route, length) &&
            (!any || length > longest || (length == longest && cost < metric)))
        {
            any = true;
            longest = length;
            metric = cost;
        }
    }
    return {metric, static_cast<uint8_t>(longest)};
}

// Only static routes tell theirs.
Cost
CostOf(const Ptr<Ipv4RoutingProtocol>& protocol, Ipv4Address destination)
{
    const auto routes = DynamicCast<Ipv4StaticRouting>(protocol);
    return routes ? StaticCost(*routes, destination) : Cost();
}

Cost
CostOf(const Ptr<Ipv6RoutingProtocol>& protocol, Ipv6Address destination)
{
    const auto routes = DynamicCast<Ipv6StaticRouting>(protocol);
    return routes ? StaticCost(*routes, destination) : Cost();
}

// Would Ipv4StaticRouting choose the source address of a packet among those of an interface that has none, and end the
// simulation? So it is between the removal of an address and the next one, while routes by gateways stay.
bool
LeadsNowhere(const Ptr<Ipv4RoutingProtocol>& protocol, Ipv4Address destination, const Ipv4& ipv4)
{
    const auto hasNone = [&ipv4](uint32_t interface) { return ipv4.GetNAddresses(interface) == 0; };
    bool any = false;
    for (uint32_t i = 0; i < ipv4.GetNInterfaces(); ++i)
    {
        any = any || hasNone(i);
    }
    const auto routes = any ? DynamicCast<Ipv4StaticRouting>(protocol) : nullptr;
    for (uint32_t i = 0; routes && i < routes->GetNRoutes(); ++i)
    {
        uint32_t length = 0;
        const auto route = routes->GetRoute(i);
        if (IsMatch(destination, route, length) && hasNone(route.GetInterface()))
        {
            return true;
        }
    }
    return false;
}

// Ipv6StaticRouting does not mind.
bool
LeadsNowhere(const Ptr<Ipv6RoutingProtocol>&, const Ipv6Address&, const Ipv6&)
{
    return false;
}

void
IgnoreRoute(Ptr<Ipv4Route>, Ptr<const Packet>, const Ipv4Header&)
{
}

void
IgnoreError(Ptr<const Packet>, const Ipv4Header&, Socket::SocketErrno)
{
}

// The empty packet goes nowhere: only the route is wanted.
void
LookOnDemand(Ipv4RoutingProtocol& protocol, const Ptr<Packet>& packet, const Ipv4Header& header,
             const Ptr<NetDevice>& loopback)
{
    protocol.RouteInput(packet, header, loopback, MakeCallback(&IgnoreRoute),
                        Ipv4RoutingProtocol::MulticastForwardCallback(),
                        Ipv4RoutingProtocol::LocalDeliverCallback(), MakeCallback(&IgnoreError));
}

// None of IPv6's protocols does that.
void
LookOnDemand(Ipv6RoutingProtocol&, const Ptr<Packet>&, const Ipv6Header&, const Ptr<NetDevice>&)
{
}

} // namespace

template <class Types>
MulticastRoutingBase<Types>::MulticastRoutingBase()
{
    NS_LOG_FUNCTION(this);
}

template <class Types>
MulticastRoutingBase<Types>::~MulticastRoutingBase()
{
    NS_LOG_FUNCTION(this);
}

template <class Types>
void
MulticastRoutingBase<Types>::DoDispose()
{
    NS_LOG_FUNCTION(this);
    if (m_node)
    {
        m_node->m_impl->Stop();
    }
    Detach();
    List::DoDispose();
}

template <class Types>
void
MulticastRoutingBase<Types>::Detach()
{
    m_forwarder.reset();
    m_node = nullptr;
}

template <class Types>
void
MulticastRoutingBase<Types>::SetMulticastNode(Ptr<MulticastNode> node)
{
    NS_LOG_FUNCTION(this << node);
    m_node = node;
}

template <class Types>
void
MulticastRoutingBase<Types>::Attach(Ptr<typename Types::L3Protocol> l3)
{
    NS_LOG_FUNCTION(this << l3);
    NS_ABORT_MSG_UNLESS(m_node, this->GetInstanceTypeId()
                                    << " without a MulticastNode: install it with MulticastHelper");
    NS_ABORT_MSG_UNLESS(l3, this->GetInstanceTypeId() << " needs the IP of class Ipv4L3Protocol or Ipv6L3Protocol");
    typedef typename Types::Ip Ip;
    m_forwarder = m_node->m_impl->template Attach<Ip>(l3, static_cast<typename Ip::Routing&>(*this));
}

template <class Types>
Ptr<typename Types::Route>
MulticastRoutingBase<Types>::LookupUnicast(Address destination, Ptr<Packet> packet, Address source)
{
    NS_LOG_FUNCTION(this << destination << packet << source);
    Header header;
    header.SetSource(source);
    header.SetDestination(destination);
    Socket::SocketErrno ignored;
    return List::RouteOutput(packet, header, nullptr, ignored);
}

// A protocol that finds routes on demand answers with the loopback device as long as it has none, and begins to look for
// one when it is given the packet back.
template <class Types>
typename MulticastRoutingBase<Types>::Origin
MulticastRoutingBase<Types>::LookupOrigin(Address destination)
{
    NS_LOG_FUNCTION(this << destination);
    Header header;
    header.SetSource(Address::GetAny());
    header.SetDestination(destination);
    const auto probe = Create<Packet>();
    const auto ip = m_node->GetObject<typename Types::L3Protocol>();
    for (uint32_t i = 0; i < this->GetNRoutingProtocols(); ++i)
    {
        int16_t priority = 0;
        const auto protocol = this->GetRoutingProtocol(i, priority);
        if (LeadsNowhere(protocol, destination, *ip))
        {
            continue;
        }
        Socket::SocketErrno ignored;
        const auto route = protocol->RouteOutput(probe, header, nullptr, ignored);
        if (!route)
        {
            continue;
        }
        const auto device = route->GetOutputDevice();
        if (device && DynamicCast<LoopbackNetDevice>(device))
        {
            LookOnDemand(*protocol, probe, header, device);
            return {};
        }
        const auto cost = CostOf(protocol, destination);
        return {route, PreferenceOf(protocol->GetInstanceTypeId().GetName()), cost.metric, cost.prefixLength};
    }
    return {};
}

template <class Types>
Ptr<typename Types::Route>
MulticastRoutingBase<Types>::RouteOutput(Ptr<Packet> p, const Header& header, Ptr<NetDevice> oif,
                                         Socket::SocketErrno& sockerr)
{
    NS_LOG_FUNCTION(this << p << header.GetDestination() << oif);
    if (!header.GetDestination().IsMulticast())
    {
        return List::RouteOutput(p, header, oif, sockerr);
    }
    const auto route = m_forwarder ? m_forwarder->Output(p, header, oif) : nullptr;
    sockerr = route ? Socket::ERROR_NOTERROR : Socket::ERROR_NOROUTETOHOST;
    return route;
}

template <class Types>
bool
MulticastRoutingBase<Types>::RouteInput(Ptr<const Packet> p, const Header& header, Ptr<const NetDevice> idev,
                                        RouteInputParameter<3> ucb, RouteInputParameter<4> mcb,
                                        RouteInputParameter<5> lcb, RouteInputParameter<6> ecb)
{
    NS_LOG_FUNCTION(this << p << header << idev);
    if (!header.GetDestination().IsMulticast())
    {
        return (m_forwarder && m_forwarder->InputUnicast(p, header, idev, lcb)) ||
               List::RouteInput(p, header, idev, ucb, mcb, lcb, ecb);
    }
    if (m_forwarder)
    {
        m_forwarder->Input(p, header, idev, lcb);
    }
    return true;
}

template <class Types>
void
MulticastRoutingBase<Types>::NotifyInterfaceUp(uint32_t interface)
{
    List::NotifyInterfaceUp(interface);
    Update(interface);
}

template <class Types>
void
MulticastRoutingBase<Types>::NotifyInterfaceDown(uint32_t interface)
{
    List::NotifyInterfaceDown(interface);
    Update(interface);
}

template <class Types>
void
MulticastRoutingBase<Types>::NotifyAddAddress(uint32_t interface, InterfaceAddress address)
{
    List::NotifyAddAddress(interface, address);
    Update(interface);
}

template <class Types>
void
MulticastRoutingBase<Types>::NotifyRemoveAddress(uint32_t interface, InterfaceAddress address)
{
    List::NotifyRemoveAddress(interface, address);
    Update(interface);
}

template <class Types>
void
MulticastRoutingBase<Types>::Update(uint32_t interface)
{
    if (m_node)
    {
        m_node->UpdateInterface(FromCore(Types::Ip::FAMILY), interface);
    }
}

template <class Types>
void
MulticastRoutingBase<Types>::PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit unit) const
{
    List::PrintRoutingTable(stream, unit);
    if (m_node)
    {
        m_node->Print(*stream->GetStream());
    }
}

template class MulticastRoutingBase<MulticastIpv4Routes>;
template class MulticastRoutingBase<MulticastIpv6Routes>;

} // namespace ns3
