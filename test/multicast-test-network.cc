// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-test-network.h"

#include "ns3/inet-socket-address.h"
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
Describe(uint32_t interface, Ipv4Address group, const std::string& what)
{
    std::ostringstream text;
    text << interface << " " << group << " " << what;
    return text.str();
}

TraceLog::Sent
Note(const Ipv4Header& header, Ptr<const Packet> payload, uint32_t interface)
{
    std::vector<uint8_t> octets(payload->GetSize());
    payload->CopyData(octets.data(), payload->GetSize());
    return {Simulator::Now(), header, octets, interface};
}

} // namespace

StockSink::StockSink(Ptr<Node> node, Ipv4Address local, uint16_t port)
    : m_socket(Socket::CreateSocket(node, UdpSocketFactory::GetTypeId()))
{
    m_socket->Bind(InetSocketAddress(local, port));
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
    return std::count_if(m_times.begin(), m_times.end(), [=](const Time& time) {
        return time >= Seconds(from) && time < Seconds(to);
    });
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
    std::copy_if(sent.begin(), sent.end(), std::back_inserter(result), [type](const Sent& message) {
        return !message.payload.empty() && message.payload[0] == type;
    });
    return result;
}

void
TraceLog::OnDrop(const Ipv4Header&, Ptr<const Packet>, const std::string& reason, uint32_t)
{
    ++drops[reason];
}

void
TraceLog::OnTx(const Ipv4Header& header, Ptr<const Packet> payload, uint32_t interface)
{
    sent.push_back(Note(header, payload, interface));
}

void
TraceLog::OnRx(const Ipv4Header& header, Ptr<const Packet> payload, uint32_t interface)
{
    received.push_back(Note(header, payload, interface));
}

void
TraceLog::OnForward(const Ipv4Header& header, Ptr<const Packet> payload, uint32_t interface)
{
    forwarded.push_back(Note(header, payload, interface));
}

void
TraceLog::OnMembership(uint32_t interface, Ipv4Address group, bool present)
{
    changes.push_back(Describe(interface, group, present ? "joined" : "left"));
}

void
TraceLog::OnState(uint32_t interface, Ipv4Address group, const std::string& what)
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

TwoLans::TwoLans(const MulticastHelper& helper, uint32_t hostCount)
    : router(1),
      sender(1),
      hosts(hostCount)
{
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("100Mbps"));
    csma.SetChannelAttribute("Delay", TimeValue(MicroSeconds(1)));
    left = csma.Install(NodeContainer(router, sender));
    right = csma.Install(NodeContainer(router, hosts));
    helper.InstallRouters(router);
    helper.InstallHosts(NodeContainer(sender, hosts));
    helper.AssignStreams(NodeContainer(router, sender, hosts), 1);
    Ipv4AddressHelper("10.1.0.0", "255.255.255.0").Assign(left);
    Ipv4AddressHelper("10.2.0.0", "255.255.255.0").Assign(right);
}

MulticastHelper
TwoLans::QuickHelper()
{
    MulticastHelper helper;
    helper.SetInterface("QueryInterval", TimeValue(Seconds(10)));
    helper.SetInterface("QueryResponseInterval", TimeValue(Seconds(2)));
    return helper;
}

void
SendDatagram(Ptr<Socket> socket, Ipv4Address group, uint32_t size)
{
    socket->SendTo(Create<Packet>(size), 0, InetSocketAddress(group, MULTICAST_TEST_PORT));
}

void
TwoLans::SendFrom(Ptr<Node> node,
                  double from,
                  double to,
                  Ipv4Address group,
                  uint8_t ttl,
                  Ptr<NetDevice> device,
                  uint32_t size)
{
    const auto socket = Socket::CreateSocket(node, UdpSocketFactory::GetTypeId());
    socket->SetAttribute("IpMulticastTtl", UintegerValue(ttl));
    socket->Bind();
    if (device)
    {
        socket->BindToNetDevice(device);
    }
    m_sockets.push_back(socket);
    for (double at = from; at < to - 1e-6; at += 0.1)
    {
        Simulator::ScheduleWithContext(node->GetId(), Seconds(at), &SendDatagram, socket, group, size);
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
