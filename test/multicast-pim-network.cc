// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-pim-network.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/ipv4-list-routing-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv4-routing-table-entry.h"
#include "ns3/ipv6-routing-table-entry.h"
#include "ns3/ipv6-list-routing-helper.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/rip-helper.h"
#include "ns3/ripng-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>
#include <queue>
#include <sstream>

namespace ns3
{

namespace
{

const uint32_t PERIOD_MS = 100;

std::string
Hex(uint32_t number)
{
    std::ostringstream text;
    text << std::hex << number;
    return text.str();
}

void
SendNumber(Ptr<Socket> socket, const Address& group, uint32_t number, uint32_t size)
{
    std::vector<uint8_t> octets(size);
    for (uint32_t i = 0; i < 4; ++i)
    {
        octets[i] = static_cast<uint8_t>(number >> (24 - 8 * i));
    }
    socket->SendTo(Create<Packet>(octets.data(), size), 0, SocketAddress(group, MULTICAST_TEST_PORT));
}

void
UseRip(MulticastHelper& helper)
{
    Ipv4ListRoutingHelper list;
    list.Add(Ipv4StaticRoutingHelper(), 0);
    list.Add(RipHelper(), 10);
    helper.SetUnicastRouting(list);
    Ipv6ListRoutingHelper list6;
    list6.Add(Ipv6StaticRoutingHelper(), 0);
    list6.Add(RipNgHelper(), 10);
    helper.SetUnicastRouting(list6);
}

} // namespace

PimNetwork::PimNetwork(MulticastNode::Family which, uint32_t routers, uint32_t hosts, UnicastRouting routing)
    : family(which),
      m_routers(routers),
      m_hosts(hosts),
      m_routing(routing)
{
    auto helper = TwoLans::QuickHelper();
    helper.SetIpv4StackInstall(family == MulticastNode::IPV4);
    helper.SetIpv6StackInstall(family == MulticastNode::IPV6);
    auto routerHelper = helper;
    if (routing == UnicastRouting::DYNAMIC)
    {
        UseRip(routerHelper);
    }
    Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));
    routerHelper.InstallRouters(m_routers);
    helper.InstallHosts(m_hosts);
    Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(true));
    helper.AssignStreams(NodeContainer(m_routers, m_hosts), 1);
}

uint32_t
PimNetwork::AddLan(const std::vector<Ptr<Node>>& nodes)
{
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("100Mbps"));
    csma.SetChannelAttribute("Delay", TimeValue(MicroSeconds(10)));
    NodeContainer all;
    for (const auto& node : nodes)
    {
        all.Add(node);
    }
    m_lans.push_back({nodes, csma.Install(all)});
    const auto lan = static_cast<uint32_t>(m_lans.size() - 1);
    AssignAddresses(lan);
    return lan;
}

void
PimNetwork::AssignAddresses(uint32_t lan)
{
    const auto& devices = m_lans[lan].devices;
    if (family == MulticastNode::IPV4)
    {
        Ipv4AddressHelper(Ipv4Address(0x0a000000 + (lan << 8)), "255.255.255.0").Assign(devices);
        return;
    }
    Ipv6AddressHelper().AssignWithoutAddress(devices);
    for (uint32_t i = 0; i < devices.GetN(); ++i)
    {
        const auto node = devices.Get(i)->GetNode();
        const auto ipv6 = node->GetObject<Ipv6>();
        const auto own = Ipv6Address::ConvertFrom(AddressOf(node, lan));
        ipv6->AddAddress(ipv6->GetInterfaceForDevice(devices.Get(i)), Ipv6InterfaceAddress(own, Ipv6Prefix(64)));
    }
}

Address
PimNetwork::AddressOf(Ptr<Node> node, uint32_t lan) const
{
    const auto& nodes = m_lans[lan].nodes;
    const auto host = static_cast<uint32_t>(std::find(nodes.begin(), nodes.end(), node) - nodes.begin()) + 1;
    return family == MulticastNode::IPV4 ? Address(Ipv4Address(0x0a000000 + (lan << 8) + host))
                                         : Ip("2001:" + Hex(lan + 1) + "::" + Hex(host));
}

Ptr<NetDevice>
PimNetwork::DeviceOf(Ptr<Node> node, uint32_t lan) const
{
    const auto& nodes = m_lans[lan].nodes;
    return m_lans[lan].devices.Get(static_cast<uint32_t>(std::find(nodes.begin(), nodes.end(), node) - nodes.begin()));
}

uint32_t
PimNetwork::InterfaceOf(Ptr<Node> node, uint32_t lan) const
{
    return MulticastHelper::GetInterfaceIndex(DeviceOf(node, lan), family);
}

Address
PimNetwork::Group(uint32_t number) const
{
    return Ip((family == MulticastNode::IPV4 ? "239.1.1." : "ff0e::1:") + std::to_string(number));
}

Address
PimNetwork::SsmGroup(uint32_t number) const
{
    return Ip((family == MulticastNode::IPV4 ? "232.1.1." : "ff3e::1:") + std::to_string(number));
}

Ptr<MulticastPim>
PimNetwork::Pim(uint32_t router) const
{
    return PimHelper::GetPim(m_routers.Get(router), family);
}

Ptr<MulticastNode>
PimNetwork::Multicast(uint32_t router) const
{
    return MulticastHelper::GetMulticast(m_routers.Get(router));
}

bool
PimNetwork::IsRouter(Ptr<Node> node) const
{
    return MulticastHelper::GetMulticast(node)->IsRouter();
}

bool
PimNetwork::IsUp(Ptr<Node> node, uint32_t lan) const
{
    return m_down.count({node->GetId(), lan}) == 0;
}

void
PimNetwork::SetUp(Ptr<Node> node, uint32_t lan, bool up)
{
    if (up)
    {
        m_down.erase({node->GetId(), lan});
    }
    else
    {
        m_down.insert({node->GetId(), lan});
    }
    const auto interface = InterfaceOf(node, lan);
    if (family == MulticastNode::IPV4)
    {
        const auto ipv4 = node->GetObject<Ipv4>();
        up ? ipv4->SetUp(interface) : ipv4->SetDown(interface);
        return;
    }
    const auto ipv6 = node->GetObject<Ipv6>();
    up ? ipv6->SetUp(interface) : ipv6->SetDown(interface);
}

void
PimNetwork::PopulateRoutes()
{
    if (m_routing == UnicastRouting::GLOBAL && family == MulticastNode::IPV4)
    {
        Simulator::Now().IsZero() ? Ipv4GlobalRoutingHelper::PopulateRoutingTables()
                                  : Ipv4GlobalRoutingHelper::RecomputeRoutingTables();
        return;
    }
    for (const auto& nodes : {m_routers, m_hosts})
    {
        for (uint32_t i = 0; i < nodes.GetN(); ++i)
        {
            const bool learns = m_routing == UnicastRouting::DYNAMIC && IsRouter(nodes.Get(i));
            if (!learns)
            {
                RemoveRoutes(nodes.Get(i));
                RouteFrom(nodes.Get(i));
            }
        }
    }
}

// Those with a gateway: the others belong to the interfaces.
void
PimNetwork::RemoveRoutes(Ptr<Node> node) const
{
    const auto remove = [](const auto& routing, const auto& hasGateway) {
        for (uint32_t i = routing->GetNRoutes(); i > 0; --i)
        {
            if (hasGateway(routing->GetRoute(i - 1)))
            {
                routing->RemoveRoute(i - 1);
            }
        }
    };
    if (family == MulticastNode::IPV4)
    {
        remove(Ipv4StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv4>()),
               [](const Ipv4RoutingTableEntry& route) { return route.GetGateway() != Ipv4Address::GetZero(); });
        return;
    }
    remove(Ipv6StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv6>()),
           [](const Ipv6RoutingTableEntry& route) { return !route.GetGateway().IsAny(); });
}

// Breadth first over LANs; of ways of the same length the one over the LAN with the lowest number.
void
PimNetwork::RouteFrom(Ptr<Node> node) const
{
    struct Way
    {
        uint32_t lan; // that is reached
        uint32_t first;
        Ptr<Node> gateway;
    };

    std::set<uint32_t> reached;
    std::queue<Way> ways;
    for (uint32_t lan = 0; lan < m_lans.size(); ++lan)
    {
        const auto& nodes = m_lans[lan].nodes;
        if (std::find(nodes.begin(), nodes.end(), node) != nodes.end() && IsUp(node, lan))
        {
            reached.insert(lan);
            ways.push({lan, lan, nullptr});
        }
    }
    while (!ways.empty())
    {
        const auto way = ways.front();
        ways.pop();
        for (uint32_t next = 0; next < m_lans.size(); ++next)
        {
            for (const auto& over : m_lans[way.lan].nodes)
            {
                const auto& nodes = m_lans[next].nodes;
                const bool leads = over != node && IsRouter(over) && IsUp(over, way.lan) && IsUp(over, next) &&
                                   std::find(nodes.begin(), nodes.end(), over) != nodes.end();
                if (leads && reached.insert(next).second)
                {
                    const auto gateway = way.gateway ? way.gateway : over;
                    AddRoute(node, next, way.first, gateway);
                    ways.push({next, way.first, gateway});
                }
            }
        }
    }
}

void
PimNetwork::AddRoute(Ptr<Node> node, uint32_t to, uint32_t by, Ptr<Node> gateway) const
{
    const auto interface = InterfaceOf(node, by);
    if (family == MulticastNode::IPV4)
    {
        const Ipv4Address network(0x0a000000 + (to << 8));
        Ipv4StaticRoutingHelper()
            .GetStaticRouting(node->GetObject<Ipv4>())
            ->AddNetworkRouteTo(network, Ipv4Mask("255.255.255.0"),
                                Ipv4Address::ConvertFrom(AddressOf(gateway, by)), interface);
        return;
    }
    // the gateway's link-local address, as routing protocols have it
    const auto ipv6 = gateway->GetObject<Ipv6>();
    const auto next = ipv6->GetAddress(InterfaceOf(gateway, by), 0).GetAddress();
    const Ipv6Address network(("2001:" + Hex(to + 1) + "::").c_str());
    Ipv6StaticRoutingHelper()
        .GetStaticRouting(node->GetObject<Ipv6>())
        ->AddNetworkRouteTo(network, Ipv6Prefix(64), next, interface);
}

void
PimNetwork::InstallPim(PimHelper helper, const Address& rp)
{
    helper.SetInterface("PimHelloPeriod", TimeValue(Seconds(1)));
    helper.SetInterface("PimTriggeredHelloDelay", TimeValue(MilliSeconds(100)));
    helper.Set("JoinPrunePeriod", TimeValue(Seconds(10)));
    if (!rp.IsInvalid())
    {
        helper.AddStaticRp(rp);
    }
    helper.Install(m_routers);
}

void
PimNetwork::Join(Ptr<Node> host, const Address& group, double at)
{
    MulticastHelper::JoinAt(Seconds(at), host, group);
}

void
PimNetwork::JoinSource(Ptr<Node> host, const Address& group, const Address& source)
{
    MulticastHelper::Join(host, group, MulticastNode::ANY_INTERFACE, MulticastNode::INCLUDE, {source});
}

void
PimNetwork::Leave(Ptr<Node> host, const Address& group, double at)
{
    MulticastHelper::LeaveAt(Seconds(at), host, group);
}

void
PimNetwork::Send(Ptr<Node> host, const Address& group, double from, double to, uint32_t size)
{
    const auto socket = Socket::CreateSocket(host, UdpSocketFactory::GetTypeId());
    socket->SetAttribute("IpMulticastTtl", UintegerValue(16));
    Ipv6Address::IsMatchingType(group) ? socket->Bind6() : socket->Bind();
    m_sockets.push_back(socket);
    const auto count = static_cast<uint32_t>((to - from) * 1000 / PERIOD_MS + 0.5);
    for (uint32_t i = 0; i < count; ++i)
    {
        Simulator::ScheduleWithContext(host->GetId(), Seconds(from) + MilliSeconds(PERIOD_MS * i), &SendNumber, socket,
                                       group, i, size);
    }
}

void
PimNetwork::RunUntil(double end)
{
    Simulator::Stop(Seconds(end) - Simulator::Now());
    Simulator::Run();
}

NumberSink::NumberSink(Ptr<Node> node, const PimNetwork& network)
    : m_socket(Socket::CreateSocket(node, UdpSocketFactory::GetTypeId()))
{
    m_socket->Bind(SocketAddress(Ip(network.family == MulticastNode::IPV4 ? "0.0.0.0" : "::"), MULTICAST_TEST_PORT));
    m_socket->SetRecvCallback(MakeCallback(&NumberSink::OnData, this));
}

void
NumberSink::OnData(Ptr<Socket> socket)
{
    while (const auto packet = socket->Recv())
    {
        std::array<uint8_t, 4> octets{};
        packet->CopyData(octets.data(), octets.size());
        const uint32_t number = uint32_t{octets[0]} << 24 | uint32_t{octets[1]} << 16 | uint32_t{octets[2]} << 8 |
                                uint32_t{octets[3]};
        ++m_numbers[number];
        uids.push_back(packet->GetUid());
        sizes.push_back(packet->GetSize());
    }
}

uint32_t
NumberSink::Missing(uint32_t from, uint32_t to) const
{
    uint32_t missing = 0;
    for (uint32_t number = from; number < to; ++number)
    {
        missing += m_numbers.count(number) == 0 ? 1 : 0;
    }
    return missing;
}

uint32_t
NumberSink::Duplicates() const
{
    uint32_t duplicates = 0;
    for (const auto& [number, count] : m_numbers)
    {
        duplicates += count - 1;
    }
    return duplicates;
}

} // namespace ns3
