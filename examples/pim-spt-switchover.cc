// SPDX-License-Identifier: GPL-2.0-only
//
// The textbook case of PIM Sparse Mode: from the RP's tree to the source's.
//
//   source --- first hop ---- 20 ms ---- RP
//                   \                    |
//                  10 ms               20 ms
//                     \                  |
//                      +----------- last hop --- receiver
//
// The source begins slowly: its datagrams go to the RP in Registers, then natively, and from there to the receiver. When it
// sends faster than --switchover says, the last hop joins the source's own tree over the shorter way, and prunes itself off
// the RP's. Nothing is lost and nothing comes twice, which the program checks: what is on its way over the RP when the first
// datagram comes by the shorter way would be dropped, but here the next one is sent only when it has arrived. With --gap=10ms
// it is otherwise.
//
// What it writes is lines of CSV: node, name, x, y; link, name, name; hop, phase, name, name, kind, packets; state, phase,
// name, text; event, time in seconds, name, text; datagram, number, time in seconds, delay in seconds.
// plot-pim-spt-switchover.py draws the trees before and after, and the delays:
//
//   pim-spt-switchover --csv=spt.csv && plot-pim-spt-switchover.py spt.csv

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

using namespace ns3;

namespace
{

const Ipv4Address GROUP("239.1.1.1");
const uint16_t PORT = 5004;

struct Place
{
    const char* name;
    double x;
    double y;
};

const std::vector<Place> PLACES{
    {"source", 0, 1}, {"first hop", 1, 1}, {"RP", 3, 1}, {"last hop", 2, 0}, {"receiver", 3, 0},
};

enum
{
    SOURCE,
    FIRST_HOP,
    RP,
    LAST_HOP,
    RECEIVER,
};

// The network, its traffic, and the file that tells of it.
class Switchover
{
  public:
    Switchover(const std::string& csv, const std::string& rate);
    bool Run(Time faster, Time gap, Time end, bool pcap);

  private:
    void Connect(uint32_t a, uint32_t b, Time delay);
    void Send(Time gap, Time until);
    void OnData(Ptr<Socket> socket);
    void OnForward(std::string router, const Header&, Ptr<const Packet>, uint32_t interface);
    void OnMessage(std::string router, const Header&, Ptr<const Packet> message, uint32_t);
    void OnChange(std::string router, const std::string& what, uint32_t, const Address&, const Address&, uint32_t value);
    void CountHop(const std::string& from, const std::string& to, const std::string& kind);
    void EndPhase(std::string phase);
    std::string Peer(uint32_t node, uint32_t interface) const;
    void Event(const std::string& router, const std::string& text);

    std::ofstream m_csv;
    NodeContainer m_nodes;
    PointToPointHelper m_link;
    Ipv4AddressHelper m_addresses;
    Ptr<Socket> m_sender;
    Ptr<Socket> m_receiver;
    std::map<std::tuple<std::string, std::string, std::string>, uint32_t> m_hops; // of a phase: from, to, kind
    std::map<uint32_t, uint32_t> m_received;                                      // how often, by number
    uint32_t m_sent = 0;
};

Switchover::Switchover(const std::string& csv, const std::string& rate)
    : m_csv(csv),
      m_addresses("10.0.0.0", "255.255.255.0")
{
    NS_ABORT_MSG_UNLESS(m_csv, "cannot write " << csv);
    m_nodes.Create(static_cast<uint32_t>(PLACES.size()));
    for (const auto& place : PLACES)
    {
        m_csv << "node," << place.name << "," << place.x << "," << place.y << "\n";
    }
    const NodeContainer routers(m_nodes.Get(FIRST_HOP), m_nodes.Get(RP), m_nodes.Get(LAST_HOP));
    MulticastHelper multicast;
    multicast.InstallRouters(routers);
    multicast.InstallHosts(NodeContainer(m_nodes.Get(SOURCE), m_nodes.Get(RECEIVER)));
    multicast.AssignStreams(m_nodes, 1);
    m_link.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
    Connect(SOURCE, FIRST_HOP, MilliSeconds(1));
    Connect(FIRST_HOP, RP, MilliSeconds(20));
    Connect(RP, LAST_HOP, MilliSeconds(20));
    Connect(FIRST_HOP, LAST_HOP, MilliSeconds(10));
    Connect(LAST_HOP, RECEIVER, MilliSeconds(1));
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();

    PimHelper pim;
    pim.AddStaticRp(m_nodes.Get(RP)->GetObject<Ipv4>()->GetAddress(1, 0).GetLocal());
    pim.Install(routers);
    PimHelper::GetPim(m_nodes.Get(LAST_HOP))->SetAttribute("SptSwitchover", StringValue(rate));
    for (const uint32_t router : {FIRST_HOP, RP, LAST_HOP})
    {
        const std::string name = PLACES[router].name;
        const auto node = MulticastHelper::GetMulticast(m_nodes.Get(router));
        node->TraceConnect("Forward", name, MakeCallback(&Switchover::OnForward, this));
        node->TraceConnect("PacketTx", name, MakeCallback(&Switchover::OnMessage, this));
        node->GetPim()->TraceConnect("Change", name, MakeCallback(&Switchover::OnChange, this));
    }
}

void
Switchover::Connect(uint32_t a, uint32_t b, Time delay)
{
    m_link.SetChannelAttribute("Delay", TimeValue(delay));
    m_addresses.Assign(m_link.Install(m_nodes.Get(a), m_nodes.Get(b)));
    m_addresses.NewNetwork();
    m_csv << "link," << PLACES[a].name << "," << PLACES[b].name << "\n";
}

bool
Switchover::Run(Time faster, Time gap, Time end, bool pcap)
{
    m_sender = Socket::CreateSocket(m_nodes.Get(SOURCE), UdpSocketFactory::GetTypeId());
    m_sender->SetAttribute("IpMulticastTtl", UintegerValue(16));
    m_sender->Bind();
    m_receiver = Socket::CreateSocket(m_nodes.Get(RECEIVER), UdpSocketFactory::GetTypeId());
    m_receiver->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
    m_receiver->SetRecvCallback(MakeCallback(&Switchover::OnData, this));
    MulticastHelper::JoinAt(Seconds(6), m_nodes.Get(RECEIVER), GROUP);
    const auto context = m_nodes.Get(SOURCE)->GetId();
    Simulator::ScheduleWithContext(context, Seconds(8), &Switchover::Send, this, MilliSeconds(100), faster);
    Simulator::ScheduleWithContext(context, faster, &Switchover::Send, this, gap, end);
    Simulator::Schedule(faster - MilliSeconds(20), &Switchover::EndPhase, this, "before");
    Simulator::Schedule(end - Seconds(3), [this]() { m_hops.clear(); });
    Simulator::Schedule(end - MilliSeconds(20), &Switchover::EndPhase, this, "after");
    if (pcap)
    {
        m_link.EnablePcapAll("pim-spt-switchover");
    }
    Simulator::Stop(end + Seconds(1));
    Simulator::Run();
    uint32_t twice = 0;
    for (const auto& [number, times] : m_received)
    {
        twice += times - 1;
    }
    std::cout << m_sent << " datagrams sent, " << m_sent - m_received.size() << " lost, " << twice << " twice\n";
    return m_sent == m_received.size() && twice == 0;
}

void
Switchover::Send(Time gap, Time until)
{
    SeqTsHeader header;
    header.SetSeq(m_sent++);
    const auto packet = Create<Packet>(100);
    packet->AddHeader(header);
    m_sender->SendTo(packet, 0, InetSocketAddress(GROUP, PORT));
    CountHop(PLACES[SOURCE].name, PLACES[FIRST_HOP].name, "data");
    if (Simulator::Now() + gap < until)
    {
        Simulator::Schedule(gap, &Switchover::Send, this, gap, until);
    }
}

void
Switchover::OnData(Ptr<Socket> socket)
{
    while (const auto packet = socket->Recv())
    {
        SeqTsHeader header;
        packet->RemoveHeader(header);
        ++m_received[header.GetSeq()];
        m_csv << "datagram," << header.GetSeq() << "," << header.GetTs().GetSeconds() << ","
              << (Simulator::Now() - header.GetTs()).GetSeconds() << "\n";
    }
}

std::string
Switchover::Peer(uint32_t node, uint32_t interface) const
{
    const auto device = m_nodes.Get(node)->GetObject<Ipv4>()->GetNetDevice(interface);
    const auto channel = device->GetChannel();
    const auto other = channel->GetDevice(channel->GetDevice(0) == device ? 1 : 0);
    return PLACES[other->GetNode()->GetId()].name;
}

void
Switchover::OnForward(std::string router, const Header&, Ptr<const Packet>, uint32_t interface)
{
    CountHop(router, Peer(Simulator::GetContext(), interface), "data");
}

// A Register goes by unicast, here straight to the RP. Some have no packet in them.
void
Switchover::OnMessage(std::string router, const Header&, Ptr<const Packet> message, uint32_t)
{
    const uint32_t smallest = 100;
    uint8_t first = 0;
    message->CopyData(&first, 1);
    if (first == 0x21 && message->GetSize() > smallest)
    {
        CountHop(router, PLACES[RP].name, "register");
    }
}

void
Switchover::OnChange(std::string router, const std::string& what, uint32_t, const Address& source, const Address&,
                     uint32_t value)
{
    const bool ofSource = Ipv4Address::ConvertFrom(source) != Ipv4Address::GetAny();
    const std::string tree = ofSource ? "(S,G)" : "(*,G)";
    if (what == "tree-changed")
    {
        Event(router, (value ? "joins " : "leaves ") + tree);
    }
    else if (what == "spt-bit-changed" && value)
    {
        Event(router, "receives by the source's tree");
    }
    else if (what == "shared-tree-prune-changed" && value)
    {
        Event(router, "prunes the source off the RP's tree");
    }
    else if (what == "register-changed")
    {
        static const std::vector<std::string> states{"ends Registers", "begins Registers", "asks the RP again",
                                                     "stops Registers"};
        Event(router, states.at(value));
    }
}

void
Switchover::Event(const std::string& router, const std::string& text)
{
    m_csv << "event," << Simulator::Now().GetSeconds() << "," << router << ",\"" << text << "\"\n";
    std::cout << Simulator::Now().GetSeconds() << " s: " << router << " " << text << "\n";
}

void
Switchover::CountHop(const std::string& from, const std::string& to, const std::string& kind)
{
    ++m_hops[{from, to, kind}];
}

// What was sent over which link since the last phase, and the state of the routers now.
void
Switchover::EndPhase(std::string phase)
{
    for (const auto& [hop, packets] : m_hops)
    {
        const auto& [from, to, kind] = hop;
        m_csv << "hop," << phase << "," << from << "," << to << "," << kind << "," << packets << "\n";
    }
    m_hops.clear();
    for (const uint32_t router : {FIRST_HOP, RP, LAST_HOP})
    {
        for (const auto& tree : PimHelper::GetPim(m_nodes.Get(router))->GetTrees(GROUP))
        {
            static const std::map<MulticastPim::Tree::Kind, std::string> kinds{
                {MulticastPim::Tree::STAR_G, "(* G)"},
                {MulticastPim::Tree::SG, "(S G)"},
                {MulticastPim::Tree::SG_RPT, "(S G rpt)"}};
            m_csv << "state," << phase << "," << PLACES[router].name << "," << kinds.at(tree.kind)
                  << (tree.sptBit ? " SPT bit" : "") << "\n";
        }
    }
}

} // namespace

int
main(int argc, char* argv[])
{
    bool pcap = false;
    std::string csv = "pim-spt-switchover.csv";
    std::string rate = "20kbps";
    Time gap = MilliSeconds(40);
    Time faster = Seconds(14);
    Time end = Seconds(24);
    CommandLine cmd(__FILE__);
    cmd.AddValue("csv", "file to write", csv);
    cmd.AddValue("switchover", "immediately, never, or a rate: the source begins with 11 and goes on with 28 kbps", rate);
    cmd.AddValue("faster", "when the source begins to send faster", faster);
    cmd.AddValue("gap", "time between its datagrams then", gap);
    cmd.AddValue("end", "end of the data", end);
    cmd.AddValue("pcap", "write pim-spt-switchover-*.pcap", pcap);
    cmd.Parse(argc, argv);
    bool good = false;
    {
        Switchover switchover(csv, rate);
        good = switchover.Run(faster, gap, end, pcap);
    }
    Simulator::Destroy();
    return good ? 0 : 1;
}
