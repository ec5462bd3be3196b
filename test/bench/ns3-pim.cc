// SPDX-License-Identifier: GPL-2.0-only
//
// What a second of simulated time costs in ns-3 for a tree of PIM routers.
//
// The routers are a complete tree of --degree branches over point-to-point links; the sender is behind its root, which is
// also the RP unless the groups are dense, and a member behind each router without branches, up to --members. First all
// have Hellos, joins and trees; then --seconds are measured in which the sender sends --rate datagrams a second, and all
// periodic messages go on. Prints one line of JSON: routers, mode, members, CPU seconds for each simulated second, CPU
// seconds to set up, events, datagrams received, resident memory in bytes for each router with all that belongs to it. If
// a datagram is lost or comes twice, the program ends with status 1.

#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

using namespace ns3;

namespace
{

const uint16_t PORT = 9;

struct Options
{
    uint32_t routers = 100;
    uint32_t degree = 3;
    uint32_t members = 1000000;
    uint32_t groups = 1;
    uint32_t rate = 10;
    uint32_t seconds = 60;
    bool ipv6 = false;
    bool dense = false;
};

double
CpuSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

uint64_t
ResidentOctets()
{
    std::ifstream statm("/proc/self/statm");
    uint64_t total = 0;
    uint64_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// Subnets by number: 10.0.0.0/30 and what follows, or 2001:0:n:n::/64.
Ipv4Address
Ipv4Of(uint32_t subnet, uint32_t host)
{
    return Ipv4Address(0x0a000000 + (subnet << 2) + host);
}

Ipv6Address
Ipv6Of(uint32_t subnet, uint32_t host)
{
    uint8_t octets[16] = {0x20, 0x01, 0, 0};
    for (uint32_t i = 0; i < 4; ++i)
    {
        octets[4 + i] = static_cast<uint8_t>(subnet >> (24 - 8 * i));
        octets[12 + i] = static_cast<uint8_t>(host >> (24 - 8 * i));
    }
    return Ipv6Address(octets);
}

// The network, its traffic and what is measured of it. Subnet i leads to router i from above; the sender's is 0, and those of
// members follow.
class Tree
{
  public:
    explicit Tree(const Options& options);
    bool Run();

  private:
    void Install();
    void Connect(Ptr<Node> upper, Ptr<Node> lower, uint32_t subnet);
    Address Group(uint32_t number) const;
    Address Any() const;
    void Send(uint32_t number);
    void OnData(Ptr<Socket> socket);

    Options m_options;
    NodeContainer m_routers;
    NodeContainer m_hosts; // the sender, then the members
    PointToPointHelper m_link;
    Ptr<Socket> m_sender;
    std::vector<Ptr<Socket>> m_sinks;
    uint64_t m_received = 0;
    uint64_t m_octetsBefore = ResidentOctets();
};

Tree::Tree(const Options& options)
    : m_options(options),
      m_routers(options.routers)
{
    std::vector<uint32_t> leaves;
    for (uint32_t i = 0; i < options.routers; ++i)
    {
        if (uint64_t{i} * options.degree + 1 >= options.routers && leaves.size() < options.members)
        {
            leaves.push_back(i);
        }
    }
    m_hosts.Create(1 + static_cast<uint32_t>(leaves.size()));
    Install();
    m_link.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
    m_link.SetChannelAttribute("Delay", TimeValue(MicroSeconds(100)));
    Connect(m_hosts.Get(0), m_routers.Get(0), 0);
    for (uint32_t i = 1; i < options.routers; ++i)
    {
        Connect(m_routers.Get((i - 1) / options.degree), m_routers.Get(i), i);
    }
    for (uint32_t i = 0; i < leaves.size(); ++i)
    {
        Connect(m_routers.Get(leaves[i]), m_hosts.Get(i + 1), options.routers + i);
    }
    PimHelper pim;
    if (options.dense)
    {
        pim.SetMode("dense");
    }
    else
    {
        pim.AddStaticRp(options.ipv6 ? Address(Ipv6Of(0, 2)) : Address(Ipv4Of(0, 2)));
    }
    pim.Install(m_routers);
    for (uint32_t i = 0; i < leaves.size(); ++i)
    {
        const auto sink = Socket::CreateSocket(m_hosts.Get(i + 1), UdpSocketFactory::GetTypeId());
        sink->Bind(Any());
        sink->SetRecvCallback(MakeCallback(&Tree::OnData, this));
        m_sinks.push_back(sink);
        for (uint32_t group = 0; group < options.groups; ++group)
        {
            MulticastHelper::JoinAt(Seconds(3), m_hosts.Get(i + 1), Group(group));
        }
    }
}

void
Tree::Install()
{
    MulticastHelper multicast;
    multicast.SetIpv4StackInstall(!m_options.ipv6);
    multicast.SetIpv6StackInstall(m_options.ipv6);
    multicast.InstallRouters(m_routers);
    multicast.InstallHosts(m_hosts);
    multicast.AssignStreams(NodeContainer(m_routers, m_hosts), 1);
}

// Static routes, up by default: the unicast routes of a tree are known.
void
Tree::Connect(Ptr<Node> upper, Ptr<Node> lower, uint32_t subnet)
{
    const auto devices = m_link.Install(upper, lower);
    if (!m_options.ipv6)
    {
        Ipv4AddressHelper(Ipv4Of(subnet, 0), "255.255.255.252").Assign(devices);
        if (subnet != 0)
        {
            const auto ipv4 = lower->GetObject<Ipv4>();
            Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->SetDefaultRoute(
                Ipv4Of(subnet, 1), static_cast<uint32_t>(ipv4->GetInterfaceForDevice(devices.Get(1))));
        }
        return;
    }
    Ipv6AddressHelper().AssignWithoutAddress(devices);
    for (uint32_t i = 0; i < 2; ++i)
    {
        const auto ipv6 = devices.Get(i)->GetNode()->GetObject<Ipv6>();
        const auto interface = static_cast<uint32_t>(ipv6->GetInterfaceForDevice(devices.Get(i)));
        ipv6->AddAddress(interface, Ipv6InterfaceAddress(Ipv6Of(subnet, i + 1), Ipv6Prefix(64)));
    }
    if (subnet != 0)
    {
        const auto above = upper->GetObject<Ipv6>();
        const auto next = above->GetAddress(static_cast<uint32_t>(above->GetInterfaceForDevice(devices.Get(0))), 0);
        const auto ipv6 = lower->GetObject<Ipv6>();
        Ipv6StaticRoutingHelper().GetStaticRouting(ipv6)->SetDefaultRoute(
            next.GetAddress(), static_cast<uint32_t>(ipv6->GetInterfaceForDevice(devices.Get(1))));
    }
}

Address
Tree::Group(uint32_t number) const
{
    if (!m_options.ipv6)
    {
        return Ipv4Address(0xef010101 + number);
    }
    uint8_t octets[16] = {0xff, 0x0e};
    octets[12] = 1;
    octets[14] = static_cast<uint8_t>(number >> 8);
    octets[15] = static_cast<uint8_t>(number);
    return Ipv6Address(octets);
}

Address
Tree::Any() const
{
    return m_options.ipv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                          : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT));
}

void
Tree::Send(uint32_t number)
{
    const auto group = Group(number % m_options.groups);
    m_sender->SendTo(Create<Packet>(200), 0,
                     m_options.ipv6 ? Address(Inet6SocketAddress(Ipv6Address::ConvertFrom(group), PORT))
                                    : Address(InetSocketAddress(Ipv4Address::ConvertFrom(group), PORT)));
}

void
Tree::OnData(Ptr<Socket> socket)
{
    while (socket->Recv())
    {
        ++m_received;
    }
}

bool
Tree::Run()
{
    const Time warm = Seconds(20);
    const uint32_t extra = m_options.groups; // each group's trees are there when the measurement begins
    m_sender = Socket::CreateSocket(m_hosts.Get(0), UdpSocketFactory::GetTypeId());
    m_sender->SetAttribute("IpMulticastTtl", UintegerValue(64));
    m_options.ipv6 ? m_sender->Bind6() : m_sender->Bind();
    const auto context = m_hosts.Get(0)->GetId();
    for (uint32_t i = 0; i < extra; ++i)
    {
        Simulator::ScheduleWithContext(context, warm - Seconds(5) + MilliSeconds(i), &Tree::Send, this, i);
    }
    const uint32_t packets = m_options.rate * m_options.seconds;
    for (uint32_t i = 0; i < packets; ++i)
    {
        Simulator::ScheduleWithContext(context, warm + Seconds(1.0 * i / m_options.rate), &Tree::Send, this, i);
    }
    const double before = CpuSeconds();
    Simulator::Stop(warm);
    Simulator::Run();
    const double start = CpuSeconds();
    const uint64_t events = Simulator::GetEventCount();
    Simulator::Stop(Seconds(m_options.seconds));
    Simulator::Run();
    const double used = CpuSeconds() - start;
    const uint64_t counted = Simulator::GetEventCount() - events;
    Simulator::Stop(Seconds(1));
    Simulator::Run();
    std::cout << "{\"routers\": " << m_options.routers << ", \"ipv6\": " << (m_options.ipv6 ? "true" : "false")
              << ", \"dense\": " << (m_options.dense ? "true" : "false")
              << ", \"members\": " << m_sinks.size() << ", \"groups\": " << m_options.groups
              << ", \"seconds_per_simulated_second\": " << used / m_options.seconds
              << ", \"setup_seconds\": " << start - before << ", \"events\": " << counted
              << ", \"received\": " << m_received << ", \"bytes_per_router\": " << (ResidentOctets() - m_octetsBefore) / m_options.routers
              << "}\n";
    const uint64_t due = uint64_t{packets + extra} * m_sinks.size();
    if (m_received != due)
    {
        std::cerr << "ns3-pim: " << m_received << " of " << due << " datagrams arrived\n";
    }
    return m_received == due;
}

} // namespace

int
main(int argc, char* argv[])
{
    Options options;
    CommandLine cmd(__FILE__);
    cmd.AddValue("routers", "number of routers", options.routers);
    cmd.AddValue("degree", "branches of a router", options.degree);
    cmd.AddValue("members", "most members, one behind a router", options.members);
    cmd.AddValue("groups", "number of groups, all with the same members", options.groups);
    cmd.AddValue("rate", "datagrams a second", options.rate);
    cmd.AddValue("seconds", "simulated seconds to measure", options.seconds);
    cmd.AddValue("ipv6", "IPv6 instead of IPv4", options.ipv6);
    cmd.AddValue("dense", "dense mode with State Refresh", options.dense);
    cmd.Parse(argc, argv);
    if (options.routers == 0 || options.degree == 0 || options.groups == 0 || options.rate == 0 || options.seconds == 0)
    {
        std::cerr << "ns3-pim: numbers must be above zero\n";
        return 2;
    }
    bool good = false;
    {
        Tree tree(options);
        good = tree.Run();
    }
    Simulator::Destroy();
    return good ? 0 : 1;
}
