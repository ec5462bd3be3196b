// SPDX-License-Identifier: GPL-2.0-only
//
// What happens when the RP fails, and a Bootstrap Router knows another.
//
//              +--- RP A ---+
//   source --- left         right --- receiver
//              +--- RP B ---+
//
// "right" is the BSR; RP A and RP B are candidates, and A is preferred. At --fail RP A goes down. Unicast routing is global
// routing and finds the other way at once: with the next look at the routes (MulticastNode's RouteCheckInterval) the trees
// move to it, towards where A was. Data flows again, as that way leads over the source's first hop. The BSR finds out when A's
// advertisements stay away for their holdtime, and all groups move to B, without loss; and back to A when it has come back,
// at --repair. The last hop stays on the RP's tree (--switchover=never); with --switchover=immediately it hears the source by
// its own tree.
//
// What it writes is lines of CSV: rate, time in seconds, bit/s at the receiver; rp, time in seconds, router, RP of the
// group; event, time in seconds, text. plot-pim-bsr-failover.py draws them:
//
//   pim-bsr-failover --csv=bsr.csv && plot-pim-bsr-failover.py bsr.csv

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/multicast-receiver-helper.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

const Ipv4Address GROUP("239.1.1.1");
const uint16_t PORT = 5004;
const std::vector<std::string> NAMES{"left", "RP A", "RP B", "right"};

enum
{
    LEFT,
    RP_A,
    RP_B,
    RIGHT,
};

// The network, its traffic, and the file that tells of it.
class Failover
{
  public:
    Failover(const std::string& csv, const std::string& when);
    void Run(Time fail, Time repair, Time end);

  private:
    void Connect(Ptr<Node> a, Ptr<Node> b);
    void InstallPim(const std::string& when);
    void OnViewed(Ptr<const Packet> data, const Address&, const Address&);
    void OnChange(std::string router, const std::string& what, uint32_t, const Address&, const Address&, uint32_t);
    void Sample();
    void SetUp(uint32_t router, bool up);
    void Event(const std::string& text);
    std::string NameOf(const Address& rp) const;

    std::ofstream m_csv;
    NodeContainer m_routers;
    NodeContainer m_hosts; // source, receiver
    PointToPointHelper m_link;
    Ipv4AddressHelper m_addresses;
    uint64_t m_octets = 0;
    uint64_t m_last = 0;
    std::map<std::string, std::string> m_rps; // by router
};

Failover::Failover(const std::string& csv, const std::string& when)
    : m_csv(csv),
      m_routers(static_cast<uint32_t>(NAMES.size())),
      m_hosts(2),
      m_addresses("10.0.0.0", "255.255.255.0")
{
    NS_ABORT_MSG_UNLESS(m_csv, "cannot write " << csv);
    MulticastHelper multicast;
    multicast.InstallRouters(m_routers);
    multicast.InstallHosts(m_hosts);
    multicast.AssignStreams(NodeContainer(m_routers, m_hosts), 1);
    m_link.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
    m_link.SetChannelAttribute("Delay", TimeValue(MilliSeconds(5)));
    Connect(m_hosts.Get(0), m_routers.Get(LEFT));
    Connect(m_routers.Get(LEFT), m_routers.Get(RP_A));
    Connect(m_routers.Get(LEFT), m_routers.Get(RP_B));
    Connect(m_routers.Get(RP_A), m_routers.Get(RIGHT));
    Connect(m_routers.Get(RP_B), m_routers.Get(RIGHT));
    Connect(m_routers.Get(RIGHT), m_hosts.Get(1));
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();
    InstallPim(when);
}

void
Failover::Connect(Ptr<Node> a, Ptr<Node> b)
{
    m_addresses.Assign(m_link.Install(a, b));
    m_addresses.NewNetwork();
}

void
Failover::InstallPim(const std::string& when)
{
    PimHelper pim;
    pim.Set("BootstrapPeriod", TimeValue(Seconds(20)));
    pim.Set("CandidateRpPeriod", TimeValue(Seconds(10))); // and their holdtime is 2.5 times that
    pim.Install(m_routers);
    PimHelper::GetPim(m_routers.Get(RIGHT))->SetAttribute("SptSwitchover", StringValue(when));
    PimHelper::SetCandidateBsr(NodeContainer(m_routers.Get(RIGHT)));
    PimHelper::AddCandidateRp(NodeContainer(m_routers.Get(RP_A)), {}, 10);
    PimHelper::AddCandidateRp(NodeContainer(m_routers.Get(RP_B)), {}, 20);
    for (uint32_t i = 0; i < m_routers.GetN(); ++i)
    {
        PimHelper::GetPim(m_routers.Get(i))->TraceConnect("Change", NAMES[i],
                                                          MakeCallback(&Failover::OnChange, this));
    }
}

void
Failover::Run(Time fail, Time repair, Time end)
{
    OnOffHelper stream("ns3::UdpSocketFactory", InetSocketAddress(GROUP, PORT));
    stream.SetConstantRate(DataRate("200kbps"), 500);
    auto application = stream.Install(m_hosts.Get(0));
    application.Start(Seconds(10));
    application.Stop(end);
    auto receiver = MulticastReceiverHelper(GROUP, PORT).Install(m_hosts.Get(1));
    receiver.Start(Seconds(5));
    receiver.Stop(end);
    receiver.Get(0)->TraceConnectWithoutContext("Rx", MakeCallback(&Failover::OnViewed, this));
    Simulator::Schedule(Seconds(0), &Failover::Sample, this);
    Simulator::Schedule(fail, &Failover::SetUp, this, static_cast<uint32_t>(RP_A), false);
    Simulator::Schedule(repair, &Failover::SetUp, this, static_cast<uint32_t>(RP_A), true);
    Simulator::Stop(end);
    Simulator::Run();
    std::cout << m_octets << " octets received\n";
}

void
Failover::SetUp(uint32_t router, bool up)
{
    const auto ipv4 = m_routers.Get(router)->GetObject<Ipv4>();
    for (uint32_t interface = 1; interface < ipv4->GetNInterfaces(); ++interface)
    {
        up ? ipv4->SetUp(interface) : ipv4->SetDown(interface);
    }
    Ipv4GlobalRoutingHelper::RecomputeRoutingTables();
    Event(NAMES[router] + (up ? " is back" : " fails"));
}

void
Failover::OnViewed(Ptr<const Packet> data, const Address&, const Address&)
{
    m_octets += data->GetSize();
}

void
Failover::OnChange(std::string router, const std::string& what, uint32_t, const Address&, const Address&, uint32_t)
{
    if (what == "rp-set-changed" && router == NAMES[RIGHT])
    {
        Event("the BSR's set of RPs changes");
    }
}

std::string
Failover::NameOf(const Address& rp) const
{
    for (uint32_t i = 0; i < m_routers.GetN(); ++i)
    {
        if (m_routers.Get(i)->GetObject<Ipv4>()->GetInterfaceForAddress(Ipv4Address::ConvertFrom(rp)) >= 0)
        {
            return NAMES[i];
        }
    }
    return "none";
}

// The rate since the last sample; the RP of a router, when it is another one.
void
Failover::Sample()
{
    const Time interval = MilliSeconds(500);
    m_csv << "rate," << Simulator::Now().GetSeconds() << ","
          << static_cast<double>(m_octets - m_last) * 8 / interval.GetSeconds() << "\n";
    m_last = m_octets;
    for (uint32_t i = 0; i < m_routers.GetN(); ++i)
    {
        const auto rp = NameOf(PimHelper::GetPim(m_routers.Get(i))->GetRp(GROUP));
        if (m_rps[NAMES[i]] != rp)
        {
            m_rps[NAMES[i]] = rp;
            m_csv << "rp," << Simulator::Now().GetSeconds() << "," << NAMES[i] << "," << rp << "\n";
            std::cout << Simulator::Now().GetSeconds() << " s: RP of " << NAMES[i] << ": " << rp << "\n";
        }
    }
    Simulator::Schedule(interval, &Failover::Sample, this);
}

void
Failover::Event(const std::string& text)
{
    m_csv << "event," << Simulator::Now().GetSeconds() << "," << text << "\n";
    std::cout << Simulator::Now().GetSeconds() << " s: " << text << "\n";
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string csv = "pim-bsr-failover.csv";
    std::string when = "never";
    Time fail = Seconds(120);
    Time repair = Seconds(220);
    Time end = Seconds(320);
    CommandLine cmd(__FILE__);
    cmd.AddValue("csv", "file to write", csv);
    cmd.AddValue("switchover", "immediately, never, or a rate as in 64kbps", when);
    cmd.AddValue("fail", "when the RP fails", fail);
    cmd.AddValue("repair", "when it comes back", repair);
    cmd.AddValue("end", "end of the simulation", end);
    cmd.Parse(argc, argv);
    {
        Failover failover(csv, when);
        failover.Run(fail, repair, end);
    }
    Simulator::Destroy();
    return 0;
}
