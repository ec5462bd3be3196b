// SPDX-License-Identifier: GPL-2.0-only
//
// What it costs to forward a multicast packet over one hop in ns-3.
//
//   sender --- router --- router --- ... --- router --- receiver       point-to-point links
//
//   --routing=multicast   this module: the last router has learned the groups by IGMP, the others have routes
//   --routing=static      ns-3's own: Ipv4StaticRouting, or Ipv6StaticRouting, with a multicast route for each group
//
// With --ipv6 all of it is IPv6, and nodes have no IPv4; without, they have no IPv6.
// Both send the same packets over the same links, one group after the other. Prints one line of JSON: CPU time of a hop in
// nanoseconds, in the best part of the run, since other programs on the machine only ever make it worse; and the number of
// hops. A packet that is lost ends the program with status 1.

#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-receiver-helper.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <algorithm>
#include <ctime>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

const Ipv4Address SOURCE("10.0.0.1");
const Ipv6Address IPV6_SOURCE(
    "2001:0:0:1::aa"); // of the sender, as it is told; what its interface has is made of its device
const uint16_t PORT = 9;
const uint32_t SLICES = 10; // at most; each has all groups equally often

struct Options
{
    std::string routing = "multicast";
    uint32_t routers = 100;
    uint32_t groups = 1;
    uint32_t packets = 3000;
    uint32_t size = 512;
    bool ipv6 = false;
};

Ipv4Address
Group(uint32_t number)
{
    return Ipv4Address(0xef010000 + number);
}

Ipv6Address
Ipv6Group(uint32_t number)
{
    std::ostringstream text;
    text << "ff0e::1:" << std::hex << number;
    return Ipv6Address(text.str().c_str());
}

double
CpuSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The network, its traffic and what is measured of it.
class Chain
{
  public:
    explicit Chain(const Options& options);
    double Measure();

    uint64_t Received() const
    {
        return m_received;
    }

  private:
    void Connect();
    void InstallMulticast();
    void InstallStatic();
    void Route();
    void RouteToSource();
    void AddStaticRoute(uint32_t router, uint32_t group);
    void SendIpv6(Ptr<Packet> packet, uint32_t group);

    Address GroupAddress(uint32_t number) const
    {
        return m_options.ipv6 ? Address(Ipv6Group(number)) : Address(Group(number));
    }

    void OpenSink();
    void Send(uint32_t number);
    void OnData(Ptr<Socket> socket);

    bool IsMulticast() const
    {
        return m_options.routing == "multicast";
    }

    Options m_options;
    NodeContainer m_nodes; // sender, routers, receiver
    std::vector<NetDeviceContainer> m_links;
    Ptr<Socket> m_sink;
    uint64_t m_received = 0;
    std::vector<double> m_marks; // CPU time at the ends of the slices
};

Chain::Chain(const Options& options)
    : m_options(options)
{
    m_nodes.Create(options.routers + 2);
    IsMulticast() ? InstallMulticast() : InstallStatic();
    Connect();
    Route();
    OpenSink();
}

void
Chain::InstallMulticast()
{
    NodeContainer routers;
    for (uint32_t i = 1; i <= m_options.routers; ++i)
    {
        routers.Add(m_nodes.Get(i));
    }
    MulticastHelper helper;
    helper.SetIpv4StackInstall(!m_options.ipv6);
    helper.SetIpv6StackInstall(m_options.ipv6);
    helper.InstallRouters(routers);
    helper.InstallHosts(NodeContainer(m_nodes.Get(0), m_nodes.Get(m_options.routers + 1)));
}

void
Chain::InstallStatic()
{
    InternetStackHelper stack;
    stack.SetIpv4StackInstall(!m_options.ipv6);
    stack.SetIpv6StackInstall(m_options.ipv6);
    stack.Install(m_nodes);
    for (uint32_t i = 0; m_options.ipv6 && i < m_nodes.GetN(); ++i)
    {
        m_nodes.Get(i)->GetObject<Ipv6>()->SetAttribute("IpForward", BooleanValue(true));
    }
}

void
Chain::Connect()
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("10Gbps"));
    link.SetChannelAttribute("Delay", TimeValue(MicroSeconds(10)));
    link.DisableFlowControl();
    Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.252");
    Ipv6AddressHelper ipv6Addresses("2001:0:0:1::", 64);
    for (uint32_t i = 0; i + 1 < m_nodes.GetN(); ++i)
    {
        m_links.push_back(link.Install(m_nodes.Get(i), m_nodes.Get(i + 1)));
        if (m_options.ipv6)
        {
            ipv6Addresses.Assign(m_links.back());
            ipv6Addresses.NewNetwork();
            continue;
        }
        addresses.Assign(m_links.back());
        addresses.NewNetwork();
    }
}

// Group by group, as scripts lay out their trees.
void
Chain::Route()
{
    if (IsMulticast())
    {
        RouteToSource();
    }
    for (uint32_t g = 0; g < m_options.groups; ++g)
    {
        for (uint32_t i = 1; i <= m_options.routers; ++i)
        {
            if (!IsMulticast())
            {
                AddStaticRoute(i, g);
            }
            else if (i < m_options.routers)
            {
                const auto source = m_options.ipv6 ? Address(IPV6_SOURCE) : Address(SOURCE);
                MulticastHelper::AddRoute(m_nodes.Get(i), source, GroupAddress(g), m_links[i - 1].Get(1),
                                          {m_links[i].Get(0)});
            }
        }
    }
}

void
Chain::AddStaticRoute(uint32_t router, uint32_t group)
{
    const auto up = m_links[router - 1].Get(1);
    const auto down = m_links[router].Get(0);
    if (m_options.ipv6)
    {
        Ipv6StaticRoutingHelper().AddMulticastRoute(m_nodes.Get(router), IPV6_SOURCE, Ipv6Group(group), up, down);
    }
    else
    {
        Ipv4StaticRoutingHelper().AddMulticastRoute(m_nodes.Get(router), SOURCE, Group(group), up, down);
    }
}

// The last router learns where its members are, but must know the way back to the source.
void
Chain::RouteToSource()
{
    if (m_options.ipv6)
    {
        const auto ipv6 = m_nodes.Get(m_options.routers)->GetObject<Ipv6>();
        const auto up = MulticastHelper::GetInterfaceIndex(m_links[m_options.routers - 1].Get(1), MulticastNode::IPV6);
        Ipv6StaticRoutingHelper().GetStaticRouting(ipv6)->AddHostRouteTo(IPV6_SOURCE, up);
        return;
    }
    const auto ipv4 = m_nodes.Get(m_options.routers)->GetObject<Ipv4>();
    const auto up = m_links[m_options.routers - 1].Get(1);
    Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->AddHostRouteTo(SOURCE, MulticastHelper::GetInterfaceIndex(up));
}

void
Chain::OpenSink()
{
    const auto receiver = m_nodes.Get(m_options.routers + 1);
    m_sink = Socket::CreateSocket(receiver, UdpSocketFactory::GetTypeId());
    m_sink->Bind(m_options.ipv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                                : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)));
    m_sink->SetRecvCallback(MakeCallback(&Chain::OnData, this));
    for (uint32_t g = 0; IsMulticast() && g < m_options.groups; ++g)
    {
        MulticastHelper::Join(receiver, GroupAddress(g));
    }
    // The stock IPv6 has a filter of its own, for whoever has not got a better one.
    for (uint32_t g = 0; !IsMulticast() && m_options.ipv6 && g < m_options.groups; ++g)
    {
        receiver->GetObject<Ipv6L3Protocol>()->AddMulticastAddress(Ipv6Group(g));
    }
}

void
Chain::OnData(Ptr<Socket> socket)
{
    while (socket->Recv())
    {
        ++m_received;
    }
}

// Past the sockets of the sender, so that both kinds of routing get the same packets in the same way.
void
Chain::Send(uint32_t number)
{
    const auto packet = Create<Packet>(m_options.size);
    UdpHeader udp;
    udp.SetSourcePort(PORT);
    udp.SetDestinationPort(PORT);
    packet->AddHeader(udp);
    if (m_options.ipv6)
    {
        SendIpv6(packet, number % m_options.groups);
        return;
    }
    const auto route = Create<Ipv4Route>();
    route->SetGateway(Ipv4Address::GetAny());
    route->SetOutputDevice(m_links[0].Get(0));
    route->SetSource(SOURCE);
    route->SetDestination(Group(number % m_options.groups));
    SocketIpTtlTag ttl;
    ttl.SetTtl(255);
    packet->AddPacketTag(ttl);
    m_nodes.Get(0)->GetObject<Ipv4>()->Send(packet, SOURCE, route->GetDestination(), 17, route);
}

void
Chain::SendIpv6(Ptr<Packet> packet, uint32_t group)
{
    const auto route = Create<Ipv6Route>();
    route->SetGateway(Ipv6Address::GetAny());
    route->SetOutputDevice(m_links[0].Get(0));
    route->SetSource(IPV6_SOURCE);
    route->SetDestination(Ipv6Group(group));
    SocketIpv6HopLimitTag hops;
    hops.SetHopLimit(255);
    packet->AddPacketTag(hops);
    m_nodes.Get(0)->GetObject<Ipv6>()->Send(packet, IPV6_SOURCE, route->GetDestination(), 17, route);
}

// Each group once to fill the caches; then the measured packets, one at a time on its way. Gives the CPU seconds of a
// packet in the best slice.
double
Chain::Measure()
{
    const Time gap = MilliSeconds(2);
    const Time warm = Seconds(5);
    const uint32_t rounds = std::max(m_options.packets / m_options.groups / SLICES, 1U);
    const uint32_t slice = rounds * m_options.groups;
    for (uint32_t i = 0; i < m_options.groups + m_options.packets; ++i)
    {
        Simulator::ScheduleWithContext(m_nodes.Get(0)->GetId(), warm + gap * static_cast<int64_t>(i),
                                       [this, i]() { Send(i); });
    }
    for (uint32_t i = 0; i <= m_options.packets / slice; ++i)
    {
        const int64_t first = m_options.groups + i * slice;
        Simulator::Schedule(warm + gap * first - MicroSeconds(1), [this]() { m_marks.push_back(CpuSeconds()); });
    }
    Simulator::Stop(warm + gap * static_cast<int64_t>(m_options.groups + m_options.packets) + Seconds(1));
    Simulator::Run();
    double best = m_marks.back() - m_marks.front();
    for (std::size_t i = 1; i < m_marks.size(); ++i)
    {
        best = std::min(best, m_marks[i] - m_marks[i - 1]);
    }
    return best / slice;
}

} // namespace

int
main(int argc, char* argv[])
{
    Options options;
    CommandLine cmd(__FILE__);
    cmd.AddValue("routing", "multicast or static", options.routing);
    cmd.AddValue("ipv6", "IPv6 instead of IPv4", options.ipv6);
    cmd.AddValue("routers", "number of routers in the chain, up to 200", options.routers);
    cmd.AddValue("groups", "number of groups, up to 65536", options.groups);
    cmd.AddValue("packets", "number of packets to measure", options.packets);
    cmd.AddValue("size", "octets of data in a packet", options.size);
    cmd.Parse(argc, argv);
    if (options.routing != "multicast" && options.routing != "static")
    {
        std::cerr << "ns3-hop: --routing=" << options.routing << " is neither multicast nor static\n";
        return 2;
    }
    if (options.packets < options.groups)
    {
        std::cerr << "ns3-hop: --packets=" << options.packets << " leaves groups without any\n";
        return 2;
    }
    uint64_t received = 0;
    double packetSeconds = 0;
    {
        Chain chain(options);
        packetSeconds = chain.Measure();
        received = chain.Received();
    }
    Simulator::Destroy();
    if (received != uint64_t{options.groups} + options.packets)
    {
        std::cerr << "ns3-hop: " << received << " of " << options.groups + options.packets << " packets arrived\n";
        return 1;
    }
    const uint32_t links = options.routers + 1;
    std::cout << "{\"routing\": \"" << options.routing << "\", \"ipv6\": " << (options.ipv6 ? "true" : "false")
              << ", \"groups\": " << options.groups << ", \"hops\": " << uint64_t{options.packets} * links
              << ", \"ns_per_hop\": " << packetSeconds * 1e9 / links << "}\n";
    return 0;
}
