// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-test-network.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace ns3
{

namespace
{

std::string
Describe(uint32_t interface, const Address& group, const std::string& what)
{
    return std::to_string(interface) + " " + ToText(group) + " " + what;
}

TraceLog::Sent
Note(const Header& header, Ptr<const Packet> payload, uint32_t interface)
{
    std::vector<uint8_t> octets(payload->GetSize());
    payload->CopyData(octets.data(), payload->GetSize());
    if (const auto* ipv4 = dynamic_cast<const Ipv4Header*>(&header))
    {
        return {Simulator::Now(), ipv4->GetSource(), ipv4->GetDestination(), ipv4->GetTtl(), octets, interface};
    }
    const auto& ipv6 = dynamic_cast<const Ipv6Header&>(header);
    return {Simulator::Now(), ipv6.GetSource(), ipv6.GetDestination(), ipv6.GetHopLimit(), octets, interface};
}

} // namespace

Address
Ip(const std::string& text)
{
    return text.find(':') == std::string::npos ? Address(Ipv4Address(text.c_str()))
                                               : Address(Ipv6Address(text.c_str()));
}

std::string
ToText(const Address& address)
{
    std::ostringstream text;
    if (Ipv6Address::IsMatchingType(address))
    {
        text << Ipv6Address::ConvertFrom(address);
    }
    else
    {
        text << Ipv4Address::ConvertFrom(address);
    }
    return text.str();
}

Address
SocketAddress(const Address& address, uint16_t port)
{
    return Ipv6Address::IsMatchingType(address) ? Address(Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port))
                                                : Address(InetSocketAddress(Ipv4Address::ConvertFrom(address), port));
}

StockSink::StockSink(Ptr<Node> node, const Address& local, uint16_t port)
    : m_socket(Socket::CreateSocket(node, UdpSocketFactory::GetTypeId()))
{
    m_socket->Bind(SocketAddress(local, port));
    m_socket->SetRecvCallback(MakeCallback(&StockSink::OnData, this));
}

void
StockSink::OnData(Ptr<Socket> socket)
{
    while (socket->Recv())
    {
        m_times.push_back(Simulator::Now());
    }
}

std::size_t
StockSink::CountBetween(double from, double to) const
{
    return std::count_if(m_times.begin(), m_times.end(),
                         [=](const Time& time) { return time >= Seconds(from) && time < Seconds(to); });
}

TraceLog::TraceLog(Ptr<Node> node)
{
    const auto multicast = node->GetObject<MulticastNode>();
    multicast->TraceConnectWithoutContext("Drop", MakeCallback(&TraceLog::OnDrop, this));
    multicast->TraceConnectWithoutContext("PacketTx", MakeCallback(&TraceLog::OnTx, this));
    multicast->TraceConnectWithoutContext("PacketRx", MakeCallback(&TraceLog::OnRx, this));
    multicast->TraceConnectWithoutContext("Forward", MakeCallback(&TraceLog::OnForward, this));
    multicast->TraceConnectWithoutContext("MembershipChange", MakeCallback(&TraceLog::OnMembership, this));
    multicast->TraceConnectWithoutContext("StateChange", MakeCallback(&TraceLog::OnState, this));
    multicast->TraceConnectWithoutContext("HostEvent", MakeCallback(&TraceLog::OnEvent, this));
    multicast->TraceConnectWithoutContext("RouterEvent", MakeCallback(&TraceLog::OnEvent, this));
}

std::vector<TraceLog::Sent>
TraceLog::SentOfType(uint8_t type) const
{
    std::vector<Sent> result;
    std::copy_if(sent.begin(), sent.end(), std::back_inserter(result),
                 [type](const Sent& message) { return !message.payload.empty() && message.payload[0] == type; });
    return result;
}

void
TraceLog::OnDrop(const Header& header, Ptr<const Packet> payload, const std::string& reason, uint32_t interface)
{
    if (Note(header, payload, interface).destination != Ip("ff02::2"))
    {
        ++drops[reason]; // hosts solicit routers, which no other host listens to
    }
}

void
TraceLog::OnTx(const Header& header, Ptr<const Packet> payload, uint32_t interface)
{
    sent.push_back(Note(header, payload, interface));
}

void
TraceLog::OnRx(const Header& header, Ptr<const Packet> payload, uint32_t interface)
{
    received.push_back(Note(header, payload, interface));
}

void
TraceLog::OnForward(const Header& header, Ptr<const Packet> payload, uint32_t interface)
{
    forwarded.push_back(Note(header, payload, interface));
}

void
TraceLog::OnMembership(uint32_t interface, const Address& group, bool present)
{
    changes.push_back(Describe(interface, group, present ? "joined" : "left"));
}

void
TraceLog::OnState(uint32_t interface, const Address& group, const std::string& what)
{
    states.push_back(Describe(interface, group, what));
}

void
TraceLog::OnEvent(Time at, const std::string& text)
{
    events.push_back(std::to_string(at.GetNanoSeconds()) + " " + text);
}

const Ipv4Address TwoLans::GROUP("239.1.1.1");
const Ipv4Address TwoLans::SENDER("10.1.0.2");
const uint32_t TwoLans::LEFT;
const uint32_t TwoLans::RIGHT;

TwoLans::TwoLans(const MulticastHelper& helper, uint32_t hostCount, MulticastNode::Family which)
    : family(which),
      router(1),
      sender(1),
      hosts(hostCount)
{
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("100Mbps"));
    csma.SetChannelAttribute("Delay", TimeValue(MicroSeconds(1)));
    left = csma.Install(NodeContainer(router, sender));
    right = csma.Install(NodeContainer(router, hosts));
    // IPv6 addresses are good at once, as IPv4's: Duplicate Address Detection has a test of its own.
    Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));
    helper.InstallRouters(router);
    helper.InstallHosts(NodeContainer(sender, hosts));
    Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(true));
    helper.AssignStreams(NodeContainer(router, sender, hosts), 1);
    Assign(family);
}

void
TwoLans::MakeDualStack()
{
    Assign(family == MulticastNode::IPV4 ? MulticastNode::IPV6 : MulticastNode::IPV4);
}

void
TwoLans::Assign(MulticastNode::Family which)
{
    if (which == MulticastNode::IPV4)
    {
        Ipv4AddressHelper("10.1.0.0", "255.255.255.0").Assign(left);
        Ipv4AddressHelper("10.2.0.0", "255.255.255.0").Assign(right);
        return;
    }
    // With the host numbers of IPv4 instead of those of the devices.
    const auto assign = [](const NetDeviceContainer& devices, const std::string& network) {
        Ipv6AddressHelper().AssignWithoutAddress(devices);
        for (uint32_t i = 0; i < devices.GetN(); ++i)
        {
            const auto ipv6 = devices.Get(i)->GetNode()->GetObject<Ipv6>();
            const Ipv6Address address((network + std::to_string(i + 1)).c_str());
            ipv6->AddAddress(ipv6->GetInterfaceForDevice(devices.Get(i)),
                             Ipv6InterfaceAddress(address, Ipv6Prefix(64)));
        }
    };
    assign(left, "2001:1::");
    assign(right, "2001:2::");
}

Address
TwoLans::Group(uint32_t number) const
{
    return Ip((family == MulticastNode::IPV4 ? "239.1.1." : "ff0e::1:") + std::to_string(number));
}

Address
TwoLans::Left(uint32_t host) const
{
    return family == MulticastNode::IPV4 ? Address(Ipv4Address(0x0a010000 + host))
                                         : Ip("2001:1::" + std::to_string(host));
}

Address
TwoLans::Any() const
{
    return Ip(family == MulticastNode::IPV4 ? "0.0.0.0" : "::");
}

std::string
TwoLans::Change(uint32_t interface, const std::string& what, uint32_t group) const
{
    return Describe(interface, Group(group), what);
}

void
TwoLans::SetUp(Ptr<Node> node, uint32_t interface, bool up) const
{
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
TwoLans::PopulateRoutes() const
{
    if (family == MulticastNode::IPV4)
    {
        Ipv4GlobalRoutingHelper::PopulateRoutingTables();
        return;
    }
    const auto setDefault = [](Ptr<Node> node, const char* router) {
        Ipv6StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv6>())->SetDefaultRoute(Ipv6Address(router), 1);
    };
    setDefault(sender.Get(0), "2001:1::1");
    for (uint32_t i = 0; i < hosts.GetN(); ++i)
    {
        setDefault(hosts.Get(i), "2001:2::1");
    }
}

Ptr<MulticastInterface>
TwoLans::Interface(Ptr<NetDevice> device) const
{
    return MulticastHelper::GetInterface(device, family);
}

MulticastHelper
TwoLans::QuickHelper()
{
    MulticastHelper helper;
    helper.Set("ReportSolicitedNodes", BooleanValue(false)); // listeners that no test has asked for
    helper.SetInterface("QueryInterval", TimeValue(Seconds(10)));
    helper.SetInterface("QueryResponseInterval", TimeValue(Seconds(2)));
    return helper;
}

void
SendDatagram(Ptr<Socket> socket, const Address& group, uint32_t size)
{
    socket->SendTo(Create<Packet>(size), 0, SocketAddress(group, MULTICAST_TEST_PORT));
}

void
TwoLans::SendFrom(Ptr<Node> node, double from, double to, const Address& group, uint8_t ttl, Ptr<NetDevice> device,
                  uint32_t size)
{
    const auto socket = Socket::CreateSocket(node, UdpSocketFactory::GetTypeId());
    socket->SetAttribute("IpMulticastTtl", UintegerValue(ttl));
    const Address target = group.IsInvalid() ? Group() : group;
    Ipv6Address::IsMatchingType(target) ? socket->Bind6() : socket->Bind();
    if (device)
    {
        socket->BindToNetDevice(device);
    }
    m_sockets.push_back(socket);
    for (double at = from; at < to - 1e-6; at += 0.1)
    {
        Simulator::ScheduleWithContext(node->GetId(), Seconds(at), &SendDatagram, socket, target, size);
    }
}

void
TwoLans::RunUntil(double end)
{
    Simulator::Stop(Seconds(end) - Simulator::Now());
    Simulator::Run();
}

Ptr<MulticastNode>
TwoLans::Multicast(Ptr<Node> node) const
{
    return MulticastHelper::GetMulticast(node);
}

} // namespace ns3
