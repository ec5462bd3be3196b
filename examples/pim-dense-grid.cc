// SPDX-License-Identifier: GPL-2.0-only
//
// Flood, prune and graft on a grid, and what they cost: Dense Mode with State Refresh, without it, and Sparse Mode.
//
//   source - R - R - R - R - R
//            |   |   |   |   |
//            R - R - R - R - R
//            |   |   |   |   |
//            R - R - C - R - R         C: the RP of Sparse Mode, and the router of a member
//            |   |   |   |   |
//            R - R - R - R - R
//            |   |   |   |   |
//       B  - R - R - R - R - R -  A
//
// The source sends to a group. A listens to it from the beginning; B and C join later, and B leaves again. Once a second the
// source also sends to --idle groups that nobody listens to. In Dense Mode the first datagrams go over each link, and those
// routers who have no use for them prune themselves off. When these prunes and Asserts have had their time, the data floods
// the grid again, unless State Refreshes have renewed them. A join is a Graft, and served by the next datagram. In Sparse
// Mode nothing is flooded, and routers that no tree crosses send nothing but Hellos.
//
// The same happens in three networks, one after the other. Links to hosts are not counted; a Register counts as control.
// What the program writes is lines of CSV: node, name, x, y; host, name, name of its router; event, time in seconds, text;
// second, mode, time in seconds, copies of datagrams on links, octets of these, packets of PIM, octets of these, datagrams
// received; link, mode, name, name, copies of datagrams; join, mode, name, seconds until the first datagram; total, mode,
// copies, octets of PIM, datagrams received, datagrams received twice, datagrams lost. plot-pim-dense-grid.py draws them:
//
//   pim-dense-grid --csv=grid.csv && plot-pim-dense-grid.py grid.csv

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

const Ipv4Address GROUP("239.1.1.1");
const uint32_t IDLE_GROUPS = 0xef020000; // 239.2.0.0 and those that follow
const uint16_t PORT = 5004;
const uint8_t PIM_PROTOCOL = 103;

struct Options
{
    uint32_t size = 5;
    uint32_t idle = 20;
    Time end = Seconds(480);
    Time interval = MilliSeconds(100);
    Time refreshInterval = Seconds(60);
    Time holdtime = Seconds(210);
    std::string csv = "pim-dense-grid.csv";
};

// One of the three ways to run the network.
struct Mode
{
    std::string name;
    bool dense;
    bool refresh;
};

const std::vector<Mode> MODES{
    {"dense with State Refresh", true, true},
    {"dense without State Refresh", true, false},
    {"sparse", false, false},
};

const Time START = Seconds(10); // of the source: by then all neighbours are known

// A host that listens for some time.
struct Member
{
    std::string name;
    uint32_t router;
    Time join;
    std::optional<Time> leave;
};

// Corner, opposite corner, middle: whatever the size.
std::vector<Member>
Members(uint32_t size)
{
    const uint32_t middle = size / 2 * size + size / 2;
    return {
        {"A", size * size - 1, Seconds(5), std::nullopt},
        {"B", size * (size - 1), MilliSeconds(60050), Seconds(300)},
        {"C", middle, MilliSeconds(120050), std::nullopt},
    };
}

// Of one second.
struct Figures
{
    uint64_t data = 0;
    uint64_t dataOctets = 0;
    uint64_t pim = 0;
    uint64_t pimOctets = 0;
    uint64_t received = 0;
};

// A grid in one mode, and what happens there.
class Grid
{
  public:
    Grid(const Options& options, const Mode& mode, std::ostream& csv);
    /// Returns whether each member has had all that it should have.
    bool Run();

  private:
    // What a host has received.
    struct Listener
    {
        Member member;
        Ptr<Socket> socket;
        std::map<uint32_t, uint32_t> numbers; // how often
        Time first;                           // first datagram
    };

    void Connect(Ptr<Node> a, Ptr<Node> b, bool counted);
    void InstallPim();
    void AddListeners();
    void Send();
    void SendIdle();
    void OnData(Ptr<Socket> socket);
    void OnLink(uint32_t link, Ptr<const Packet> frame);
    void Sample();
    std::string NameOf(Ptr<Node> node) const;
    void WriteNodes() const;
    bool WriteResults();

    Options m_options;
    Mode m_mode;
    std::ostream& m_csv;
    NodeContainer m_routers;
    NodeContainer m_hosts;
    PointToPointHelper m_link;
    Ipv4AddressHelper m_addresses;
    std::vector<std::pair<Ptr<Node>, Ptr<Node>>> m_ends; // of the links that count
    std::vector<uint64_t> m_copies;                      // on them
    std::vector<Listener> m_listeners;
    Ptr<Socket> m_sender;
    uint32_t m_sent = 0;
    Figures m_now;
    Figures m_all;
};

Grid::Grid(const Options& options, const Mode& mode, std::ostream& csv)
    : m_options(options),
      m_mode(mode),
      m_csv(csv),
      m_routers(options.size * options.size),
      m_hosts(4),
      m_addresses("10.0.0.0", "255.255.255.252")
{
    MulticastHelper multicast;
    multicast.SetIpv6StackInstall(false);
    multicast.InstallRouters(m_routers);
    multicast.InstallHosts(m_hosts);
    multicast.AssignStreams(NodeContainer(m_routers, m_hosts), 1);
    m_link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    m_link.SetChannelAttribute("Delay", TimeValue(MilliSeconds(2)));
    const auto size = options.size;
    for (uint32_t i = 0; i < size * size; ++i)
    {
        if (i % size + 1 < size)
        {
            Connect(m_routers.Get(i), m_routers.Get(i + 1), true);
        }
        if (i + size < size * size)
        {
            Connect(m_routers.Get(i), m_routers.Get(i + size), true);
        }
    }
    Connect(m_routers.Get(0), m_hosts.Get(0), false);
    AddListeners();
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();
    InstallPim();
    m_sender = Socket::CreateSocket(m_hosts.Get(0), UdpSocketFactory::GetTypeId());
    m_sender->SetAttribute("IpMulticastTtl", UintegerValue(64));
    m_sender->Bind();
}

void
Grid::Connect(Ptr<Node> a, Ptr<Node> b, bool counted)
{
    const auto devices = m_link.Install(a, b);
    m_addresses.Assign(devices);
    m_addresses.NewNetwork();
    if (!counted)
    {
        return;
    }
    const auto link = static_cast<uint32_t>(m_ends.size());
    m_ends.emplace_back(a, b);
    m_copies.push_back(0);
    for (uint32_t end = 0; end < 2; ++end)
    {
        devices.Get(end)->TraceConnectWithoutContext("PhyTxBegin", MakeCallback(&Grid::OnLink, this).Bind(link));
    }
}

void
Grid::InstallPim()
{
    PimHelper pim;
    pim.SetMode(m_mode.dense ? "dense" : "sparse");
    if (m_mode.dense)
    {
        pim.Set("StateRefresh", BooleanValue(m_mode.refresh));
        pim.Set("StateRefreshInterval", TimeValue(m_options.refreshInterval));
        pim.Set("JoinPruneHoldtime", TimeValue(m_options.holdtime));
    }
    else
    {
        const auto rp = m_routers.Get(Members(m_options.size).back().router);
        pim.AddStaticRp(rp->GetObject<Ipv4>()->GetAddress(1, 0).GetLocal());
    }
    pim.Install(m_routers);
}

void
Grid::AddListeners()
{
    for (const auto& member : Members(m_options.size))
    {
        const auto host = m_hosts.Get(static_cast<uint32_t>(m_listeners.size()) + 1);
        Connect(m_routers.Get(member.router), host, false);
        const auto socket = Socket::CreateSocket(host, UdpSocketFactory::GetTypeId());
        socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        socket->SetRecvCallback(MakeCallback(&Grid::OnData, this));
        MulticastHelper::JoinAt(member.join, host, GROUP);
        if (member.leave)
        {
            MulticastHelper::LeaveAt(*member.leave, host, GROUP);
        }
        m_listeners.push_back({member, socket, {}, Time()});
    }
}

bool
Grid::Run()
{
    if (m_mode.name == MODES.front().name)
    {
        WriteNodes();
    }
    Simulator::ScheduleWithContext(m_hosts.Get(0)->GetId(), START, &Grid::Send, this);
    Simulator::ScheduleWithContext(m_hosts.Get(0)->GetId(), START, &Grid::SendIdle, this);
    Simulator::Schedule(Seconds(1), &Grid::Sample, this);
    Simulator::Stop(m_options.end + MilliSeconds(1));
    Simulator::Run();
    return WriteResults();
}

// The last ones arrive before the end.
void
Grid::Send()
{
    SeqTsHeader header;
    header.SetSeq(m_sent++);
    const auto packet = Create<Packet>(500);
    packet->AddHeader(header);
    m_sender->SendTo(packet, 0, InetSocketAddress(GROUP, PORT));
    if (Simulator::Now() + m_options.interval + Seconds(1) < m_options.end)
    {
        Simulator::Schedule(m_options.interval, &Grid::Send, this);
    }
}

void
Grid::SendIdle()
{
    for (uint32_t i = 0; i < m_options.idle; ++i)
    {
        m_sender->SendTo(Create<Packet>(500), 0, InetSocketAddress(Ipv4Address(IDLE_GROUPS + i), PORT));
    }
    if (Simulator::Now() + Seconds(2) < m_options.end)
    {
        Simulator::Schedule(Seconds(1), &Grid::SendIdle, this);
    }
}

void
Grid::OnData(Ptr<Socket> socket)
{
    for (auto& listener : m_listeners)
    {
        while (const auto packet = listener.socket == socket ? socket->Recv() : nullptr)
        {
            SeqTsHeader header;
            packet->RemoveHeader(header);
            listener.first = listener.numbers.empty() ? Simulator::Now() : listener.first;
            ++listener.numbers[header.GetSeq()];
            ++m_now.received;
        }
    }
}

void
Grid::OnLink(uint32_t link, Ptr<const Packet> frame)
{
    const auto packet = frame->Copy();
    PppHeader ppp;
    Ipv4Header header;
    packet->RemoveHeader(ppp);
    packet->RemoveHeader(header);
    const auto octets = header.GetSerializedSize() + packet->GetSize();
    if (header.GetProtocol() == PIM_PROTOCOL)
    {
        ++m_now.pim;
        m_now.pimOctets += octets;
    }
    else if (header.GetProtocol() == UdpL4Protocol::PROT_NUMBER)
    {
        ++m_now.data;
        m_now.dataOctets += octets;
        ++m_copies[link];
    }
}

void
Grid::Sample()
{
    m_csv << "second," << m_mode.name << "," << Simulator::Now().GetSeconds() << "," << m_now.data << ","
          << m_now.dataOctets << "," << m_now.pim << "," << m_now.pimOctets << "," << m_now.received << "\n";
    m_all.data += m_now.data;
    m_all.dataOctets += m_now.dataOctets;
    m_all.pim += m_now.pim;
    m_all.pimOctets += m_now.pimOctets;
    m_all.received += m_now.received;
    m_now = Figures();
    Simulator::Schedule(Seconds(1), &Grid::Sample, this);
}

std::string
Grid::NameOf(Ptr<Node> node) const
{
    const auto number = node->GetId() - m_routers.Get(0)->GetId();
    return "R" + std::to_string(number / m_options.size) + std::to_string(number % m_options.size);
}

void
Grid::WriteNodes() const
{
    const auto size = m_options.size;
    for (uint32_t i = 0; i < size * size; ++i)
    {
        m_csv << "node," << NameOf(m_routers.Get(i)) << "," << i % size << "," << size - 1 - i / size << "\n";
    }
    m_csv << "node,source,-1," << size - 1 << "\nhost,source," << NameOf(m_routers.Get(0)) << "\n";
    m_csv << "event," << START.GetSeconds() << ",source starts\n";
    for (const auto& member : Members(size))
    {
        const auto& name = member.name;
        const double x = member.router % size + (name == "B" ? -1 : name == "C" ? 0.5 : 1);
        const double y = static_cast<double>(size - 1 - member.router / size) + (name == "C" ? 0.5 : 0);
        m_csv << "node," << name << "," << x << "," << y << "\n";
        m_csv << "host," << name << "," << NameOf(m_routers.Get(member.router)) << "\n";
        if (member.join > START)
        {
            m_csv << "event," << member.join.GetSeconds() << "," << name << " joins\n";
        }
        if (member.leave)
        {
            m_csv << "event," << member.leave->GetSeconds() << "," << name << " leaves\n";
        }
    }
}

bool
Grid::WriteResults()
{
    for (std::size_t i = 0; i < m_ends.size(); ++i)
    {
        m_csv << "link," << m_mode.name << "," << NameOf(m_ends[i].first) << "," << NameOf(m_ends[i].second) << ","
              << m_copies[i] << "\n";
    }
    uint32_t lost = 0;
    uint32_t twice = 0;
    std::cout << m_mode.name << ": " << m_all.data << " copies of datagrams on links, "
              << m_all.pimOctets << " octets of PIM";
    for (const auto& [member, socket, numbers, first] : m_listeners)
    {
        // from the first on that came, all up to the leave
        const auto until = member.leave.value_or(m_options.end) - START;
        const auto last = std::min<uint32_t>(m_sent, until.GetMicroSeconds() / m_options.interval.GetMicroSeconds());
        const auto from = numbers.empty() ? last : numbers.begin()->first;
        for (uint32_t number = from; number < last; ++number)
        {
            lost += numbers.count(number) == 0 ? 1 : 0;
        }
        for (const auto& [number, count] : numbers)
        {
            twice += count - 1;
        }
        if (member.join > START && !numbers.empty())
        {
            const auto waited = (first - member.join).GetSeconds();
            m_csv << "join," << m_mode.name << "," << member.name << "," << waited << "\n";
            std::cout << ", " << member.name << " waits " << waited << " s";
        }
    }
    std::cout << "; " << m_all.received << " received, " << lost << " lost, " << twice << " twice" << std::endl;
    m_csv << "total," << m_mode.name << "," << m_all.data << "," << m_all.pimOctets << "," << m_all.received << ","
          << twice << "," << lost << "\n";
    return m_all.received > 0 && lost == 0 && twice == 0;
}

} // namespace

int
main(int argc, char* argv[])
{
    Options options;
    CommandLine cmd(__FILE__);
    cmd.AddValue("csv", "file to write", options.csv);
    cmd.AddValue("size", "routers along a side of the grid", options.size);
    cmd.AddValue("idle", "groups that nobody listens to, up to 1000", options.idle);
    cmd.AddValue("interval", "time between datagrams to the group that has members", options.interval);
    cmd.AddValue("refreshInterval", "of State Refresh, whole seconds", options.refreshInterval);
    cmd.AddValue("holdtime", "of prunes in dense mode", options.holdtime);
    cmd.AddValue("end", "end of the simulation", options.end);
    cmd.Parse(argc, argv);
    if (options.size < 3 || options.size > 10 || options.idle > 1000 || !options.interval.IsStrictlyPositive())
    {
        std::cerr << "pim-dense-grid: a size from 3 to 10, at most 1000 idle groups, an interval above zero, please\n";
        return 2;
    }
    std::ofstream csv(options.csv);
    NS_ABORT_MSG_UNLESS(csv, "cannot write " << options.csv);
    bool good = true;
    for (const auto& mode : MODES)
    {
        {
            Grid grid(options, mode, csv);
            good = grid.Run() && good;
        }
        Simulator::Destroy();
    }
    return good ? 0 : 1;
}
