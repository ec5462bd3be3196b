// SPDX-License-Identifier: GPL-2.0-only
//
// A random network of PIM routers, whose members come and go.
//
// Routers lie at random on a square and are connected by the shortest links that make one network of them, and some more.
// Some have a host. A few hosts send, each to a group of its own; all others join and leave these groups at random. The RP
// is the router with the most links.
//
// What a member should have is all that is sent to its group from --settle after its join until its leave; what it gets
// besides may be more, for a while after joins and leaves, but nothing twice. Each second is a line of CSV: time in seconds, members,
// datagrams that members should have and have not had, datagrams that they had, datagrams that came twice, packets and
// octets of PIM, packets and octets of IGMP, packets of data over all links, trees of all routers.
// plot-pim-random-network.py draws it:
//
//   pim-random-network --csv=random.csv && plot-pim-random-network.py random.csv

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
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

const uint16_t PORT = 5004;

struct Options
{
    uint32_t routers = 100;
    uint32_t extraLinks = 40;
    uint32_t hosts = 40;
    uint32_t groups = 5;
    Time end = Seconds(120);
    Time settle = Seconds(2);
    Time stay = Seconds(20);
    Time interval = MilliSeconds(100);
    std::string switchover = "immediately";
    std::string csv = "pim-random-network.csv";
};

Ipv4Address
Group(uint32_t number)
{
    return Ipv4Address(0xef010101 + number);
}

// Of one second.
struct Figures
{
    uint32_t lost = 0;
    uint32_t received = 0;
    uint32_t twice = 0;
    uint64_t pimPackets = 0;
    uint64_t pimOctets = 0;
    uint64_t igmpPackets = 0;
    uint64_t igmpOctets = 0;
    uint64_t forwarded = 0;
};

// A host that listens to groups now and then.
struct Member
{
    Ptr<Node> node;
    Ptr<Socket> socket;
    std::map<uint32_t, Time> joined;                     // since when, by group
    std::set<std::pair<uint32_t, uint32_t>> received;    // group, number
};

// The network, its traffic, and the file that tells of it.
class RandomNetwork
{
  public:
    explicit RandomNetwork(const Options& options);
    bool Run();

  private:
    typedef std::pair<uint32_t, uint32_t> Edge;

    std::vector<Edge> DrawTopology();
    void Connect(Ptr<Node> a, Ptr<Node> b);
    void InstallPim(const std::vector<Edge>& edges);
    void OpenSockets();
    void Send(uint32_t group);
    void Expect(uint32_t group, uint32_t number);
    void Toggle(uint32_t member, uint32_t group);
    void OnData(Ptr<Socket> socket);
    void OnMessage(const Header& header, Ptr<const Packet> message, uint32_t);
    void OnForward(const Header&, Ptr<const Packet>, uint32_t);
    void Sample();

    Options m_options;
    std::ofstream m_csv;
    NodeContainer m_routers;
    NodeContainer m_hosts; // the first of them send
    Ptr<UniformRandomVariable> m_random;
    Ptr<ExponentialRandomVariable> m_stay;
    PointToPointHelper m_link;
    Ipv4AddressHelper m_addresses;
    std::vector<Member> m_members;
    std::map<Ptr<Socket>, uint32_t> m_memberOf;
    std::vector<Ptr<Socket>> m_senders;
    std::vector<uint32_t> m_sent; // by group
    Figures m_now;
    Figures m_all;
};

RandomNetwork::RandomNetwork(const Options& options)
    : m_options(options),
      m_csv(options.csv),
      m_routers(options.routers),
      m_hosts(options.hosts),
      m_random(CreateObject<UniformRandomVariable>()),
      m_stay(CreateObject<ExponentialRandomVariable>()),
      m_addresses("10.0.0.0", "255.255.255.252"),
      m_sent(options.groups)
{
    NS_ABORT_MSG_UNLESS(m_csv, "cannot write " << options.csv);
    m_csv << "time,members,lost,received,twice,pim_packets,pim_octets,igmp_packets,igmp_octets,data_hops,trees\n";
    m_random->SetStream(1);
    m_stay->SetStream(2);
    m_stay->SetAttribute("Mean", DoubleValue(options.stay.GetSeconds()));
    MulticastHelper multicast;
    multicast.SetIpv6StackInstall(false);
    multicast.InstallRouters(m_routers);
    multicast.InstallHosts(m_hosts);
    multicast.AssignStreams(NodeContainer(m_routers, m_hosts), 10);
    m_link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    m_link.SetChannelAttribute("Delay", TimeValue(MilliSeconds(2)));
    const auto edges = DrawTopology();
    for (const auto& [a, b] : edges)
    {
        Connect(m_routers.Get(a), m_routers.Get(b));
    }
    for (uint32_t i = 0; i < m_hosts.GetN(); ++i)
    {
        Connect(m_routers.Get(i * options.routers / options.hosts), m_hosts.Get(i));
    }
    std::cout << "unicast routes of " << options.routers << " routers ..." << std::endl;
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();
    InstallPim(edges);
    OpenSockets();
}

// A minimum spanning tree by distance, and the shortest of the other links.
std::vector<RandomNetwork::Edge>
RandomNetwork::DrawTopology()
{
    std::vector<std::pair<double, double>> places;
    for (uint32_t i = 0; i < m_options.routers; ++i)
    {
        const double x = m_random->GetValue(0, 1);
        places.emplace_back(x, m_random->GetValue(0, 1));
    }
    std::vector<std::pair<double, Edge>> candidates;
    for (uint32_t a = 0; a < places.size(); ++a)
    {
        for (uint32_t b = a + 1; b < places.size(); ++b)
        {
            const double dx = places[a].first - places[b].first;
            const double dy = places[a].second - places[b].second;
            candidates.push_back({dx * dx + dy * dy, {a, b}});
        }
    }
    std::sort(candidates.begin(), candidates.end());
    std::vector<uint32_t> part(places.size());
    for (uint32_t i = 0; i < part.size(); ++i)
    {
        part[i] = i;
    }
    std::vector<Edge> edges;
    uint32_t extra = m_options.extraLinks;
    for (const auto& [distance, edge] : candidates)
    {
        const auto from = part[edge.first];
        const auto to = part[edge.second];
        if (from != to)
        {
            std::replace(part.begin(), part.end(), from, to);
            edges.push_back(edge);
        }
        else if (extra > 0)
        {
            --extra;
            edges.push_back(edge);
        }
    }
    return edges;
}

void
RandomNetwork::Connect(Ptr<Node> a, Ptr<Node> b)
{
    m_addresses.Assign(m_link.Install(a, b));
    m_addresses.NewNetwork();
}

void
RandomNetwork::InstallPim(const std::vector<Edge>& edges)
{
    std::vector<uint32_t> links(m_options.routers);
    for (const auto& [a, b] : edges)
    {
        ++links[a];
        ++links[b];
    }
    const auto rp = static_cast<uint32_t>(std::max_element(links.begin(), links.end()) - links.begin());
    PimHelper pim;
    pim.AddStaticRp(m_routers.Get(rp)->GetObject<Ipv4>()->GetAddress(1, 0).GetLocal());
    pim.Set("SptSwitchover", StringValue(m_options.switchover));
    pim.Install(m_routers);
    for (const auto& nodes : {m_routers, m_hosts})
    {
        for (uint32_t i = 0; i < nodes.GetN(); ++i)
        {
            const auto node = MulticastHelper::GetMulticast(nodes.Get(i));
            node->TraceConnectWithoutContext("PacketTx", MakeCallback(&RandomNetwork::OnMessage, this));
            node->TraceConnectWithoutContext("Forward", MakeCallback(&RandomNetwork::OnForward, this));
        }
    }
}

void
RandomNetwork::OpenSockets()
{
    for (uint32_t i = 0; i < m_hosts.GetN(); ++i)
    {
        const auto socket = Socket::CreateSocket(m_hosts.Get(i), UdpSocketFactory::GetTypeId());
        if (i < m_options.groups)
        {
            socket->SetAttribute("IpMulticastTtl", UintegerValue(64));
            socket->Bind();
            m_senders.push_back(socket);
            continue;
        }
        socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        socket->SetRecvCallback(MakeCallback(&RandomNetwork::OnData, this));
        m_memberOf[socket] = static_cast<uint32_t>(m_members.size());
        m_members.push_back({m_hosts.Get(i), socket, {}, {}});
    }
}

bool
RandomNetwork::Run()
{
    const Time start = Seconds(10); // by then all neighbours are known
    for (uint32_t group = 0; group < m_options.groups; ++group)
    {
        Simulator::ScheduleWithContext(m_hosts.Get(group)->GetId(),
                                       start + MilliSeconds(static_cast<uint64_t>(m_random->GetInteger(0, 99))),
                                       &RandomNetwork::Send, this, group);
        for (uint32_t member = 0; member < m_members.size(); ++member)
        {
            Simulator::Schedule(start + Seconds(m_stay->GetValue()), &RandomNetwork::Toggle, this, member, group);
        }
    }
    Simulator::Schedule(Seconds(1), &RandomNetwork::Sample, this);
    Simulator::Stop(m_options.end + MilliSeconds(1));
    Simulator::Run();
    const double due = m_all.lost + m_all.received;
    std::cout << m_all.received << " datagrams received, " << m_all.lost << " lost ("
              << (due > 0 ? 100 * m_all.lost / due : 0) << " %), " << m_all.twice << " twice; " << m_all.pimPackets
              << " packets of PIM, " << m_all.igmpPackets << " of IGMP, " << m_all.forwarded << " hops of data\n";
    return m_all.received > 0;
}

void
RandomNetwork::Toggle(uint32_t member, uint32_t group)
{
    auto& one = m_members[member];
    const auto found = one.joined.find(group);
    if (found == one.joined.end())
    {
        one.joined[group] = Simulator::Now();
        MulticastHelper::JoinAt(Simulator::Now(), one.node, Group(group));
    }
    else
    {
        one.joined.erase(found);
        MulticastHelper::LeaveAt(Simulator::Now(), one.node, Group(group));
    }
    Simulator::Schedule(Seconds(m_stay->GetValue()), &RandomNetwork::Toggle, this, member, group);
}

void
RandomNetwork::Send(uint32_t group)
{
    SeqTsHeader header;
    header.SetSeq(m_sent[group]++);
    const auto packet = Create<Packet>(200);
    packet->AddHeader(header);
    m_senders[group]->SendTo(packet, 0, InetSocketAddress(Group(group), PORT));
    Simulator::Schedule(Seconds(1), &RandomNetwork::Expect, this, group, header.GetSeq());
    Simulator::Schedule(m_options.interval, &RandomNetwork::Send, this, group);
}

// A second later: who should have had it, and has it not?
void
RandomNetwork::Expect(uint32_t group, uint32_t number)
{
    for (auto& member : m_members)
    {
        const auto since = member.joined.find(group);
        const bool had = member.received.erase({group, number}) > 0;
        m_now.received += had ? 1 : 0;
        const bool due = since != member.joined.end() &&
                         since->second + m_options.settle + Seconds(1) <= Simulator::Now();
        m_now.lost += due && !had ? 1 : 0;
    }
}

void
RandomNetwork::OnData(Ptr<Socket> socket)
{
    Address from;
    while (const auto packet = socket->RecvFrom(from))
    {
        SeqTsHeader header;
        packet->RemoveHeader(header);
        // each group has one sender
        const auto sender = InetSocketAddress::ConvertFrom(from).GetIpv4();
        for (uint32_t group = 0; group < m_options.groups; ++group)
        {
            if (m_hosts.Get(group)->GetObject<Ipv4>()->GetAddress(1, 0).GetLocal() == sender)
            {
                auto& received = m_members[m_memberOf[socket]].received;
                m_now.twice += received.insert({group, header.GetSeq()}).second ? 0 : 1;
            }
        }
    }
}

void
RandomNetwork::OnMessage(const Header& header, Ptr<const Packet> message, uint32_t)
{
    const bool pim = dynamic_cast<const Ipv4Header&>(header).GetProtocol() == 103;
    const auto octets = message->GetSize() + header.GetSerializedSize();
    (pim ? m_now.pimPackets : m_now.igmpPackets) += 1;
    (pim ? m_now.pimOctets : m_now.igmpOctets) += octets;
}

void
RandomNetwork::OnForward(const Header&, Ptr<const Packet>, uint32_t)
{
    ++m_now.forwarded;
}

void
RandomNetwork::Sample()
{
    std::size_t trees = 0;
    for (uint32_t i = 0; i < m_routers.GetN(); ++i)
    {
        trees += PimHelper::GetPim(m_routers.Get(i))->GetNTrees();
    }
    std::size_t members = 0;
    for (const auto& member : m_members)
    {
        members += member.joined.size();
    }
    const auto seconds = Simulator::Now().GetSeconds();
    m_csv << seconds << "," << members << "," << m_now.lost << "," << m_now.received << "," << m_now.twice << ","
          << m_now.pimPackets << "," << m_now.pimOctets << "," << m_now.igmpPackets << "," << m_now.igmpOctets << ","
          << m_now.forwarded << "," << trees << "\n";
    m_all.lost += m_now.lost;
    m_all.received += m_now.received;
    m_all.twice += m_now.twice;
    m_all.pimPackets += m_now.pimPackets;
    m_all.igmpPackets += m_now.igmpPackets;
    m_all.forwarded += m_now.forwarded;
    m_now = Figures();
    if (static_cast<int>(seconds) % 10 == 0)
    {
        std::cout << seconds << " of " << m_options.end.GetSeconds() << " s: " << members << " members, " << trees
                  << " trees" << std::endl;
    }
    Simulator::Schedule(Seconds(1), &RandomNetwork::Sample, this);
}

} // namespace

int
main(int argc, char* argv[])
{
    Options options;
    CommandLine cmd(__FILE__);
    cmd.AddValue("csv", "file to write", options.csv);
    cmd.AddValue("routers", "number of routers", options.routers);
    cmd.AddValue("extraLinks", "links besides those of a spanning tree", options.extraLinks);
    cmd.AddValue("hosts", "number of hosts, at most one for each router", options.hosts);
    cmd.AddValue("groups", "number of groups, each with one of the hosts as its sender", options.groups);
    cmd.AddValue("stay", "mean time that a host is a member, and that it is not", options.stay);
    cmd.AddValue("settle", "time after a join that is not counted as loss", options.settle);
    cmd.AddValue("interval", "time between datagrams of a sender", options.interval);
    cmd.AddValue("switchover", "immediately, never, or a rate as in 64kbps", options.switchover);
    cmd.AddValue("end", "end of the simulation", options.end);
    cmd.Parse(argc, argv);
    if (options.hosts > options.routers || options.groups >= options.hosts || options.routers < 2)
    {
        std::cerr << "pim-random-network: more routers than hosts, and more hosts than groups, please\n";
        return 2;
    }
    bool good = false;
    {
        RandomNetwork network(options);
        good = network.Run();
    }
    Simulator::Destroy();
    return good ? 0 : 1;
}
