// SPDX-License-Identifier: GPL-2.0-only
//
// A video stream to viewers who come and go, behind two routers.
//
//   source --- first hop --+-- west --- LAN with three viewers
//                          |
//                          +-- east --- LAN with three viewers
//
// Between the routers the stream flows by configured multicast routes, or with --pim by PIM Sparse Mode, whose RP is the first
// hop, only while there are viewers; onto the LANs only while IGMP knows a viewer there. So the rate on a LAN follows its viewers, with the delay that a join and a leave take.
//
// Each sample is a line of CSV: time in seconds, LAN or viewer, bit/s. plot-routed-stream.py draws it:
//
//   routed-stream --csv=stream.csv && plot-routed-stream.py stream.csv
//
// With --mpi, east is one rank's and all the rest is another's: mpirun -np 2 routed-stream --mpi. Each rank then writes
// what is its own, to stream.csv.rank0 and stream.csv.rank1: sorted, the lines are those of one rank.

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/csma-module.h"
#include "ns3/internet-module.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/multicast-receiver-helper.h"
#include "ns3/multicast-receiver.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#ifdef NS3_MPI
#include "ns3/mpi-interface.h"
#endif

#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

const Ipv4Address GROUP("239.1.1.1");
const uint16_t PORT = 5004;
const uint32_t VIEWERS_PER_LAN = 3;

// Counts datagrams and writes their rate down from time to time.
class Meter
{
  public:
    explicit Meter(std::string name)
        : m_name(std::move(name))
    {
    }

    // Sink of MulticastReceiver's Rx.
    void OnViewed(Ptr<const Packet> data, const Address&, const Address&)
    {
        Count(data->GetSize());
    }

    // Sink of MulticastNode's Forward; counts what a viewer would.
    void OnForwarded(const Header&, Ptr<const Packet> datagram, uint32_t)
    {
        Count(datagram->GetSize() - UdpHeader().GetSerializedSize());
    }

    void Sample(std::ostream& os, Time interval)
    {
        os << Simulator::Now().GetSeconds() << "," << m_name << ","
           << static_cast<double>(m_octets - m_last) * 8 / interval.GetSeconds() << "\n";
        m_last = m_octets;
    }

    void Report(std::ostream& os) const
    {
        os << m_name << ": " << m_datagrams << " datagrams, " << m_octets << " octets\n";
    }

  private:
    void Count(uint32_t octets)
    {
        ++m_datagrams;
        m_octets += octets;
    }

    std::string m_name;
    uint64_t m_datagrams = 0;
    uint64_t m_octets = 0;
    uint64_t m_last = 0;
};

typedef std::vector<std::unique_ptr<Meter>> MeterList;

void
SampleAll(MeterList* meters, std::ostream* os, Time interval)
{
    for (auto& meter : *meters)
    {
        meter->Sample(*os, interval);
    }
    Simulator::Schedule(interval, &SampleAll, meters, os, interval);
}

// A router with a LAN of viewers; all of it is one rank's.
class Site
{
  public:
    Site(std::string name, uint32_t rank)
        : router(CreateObject<Node>(rank)),
          viewers(VIEWERS_PER_LAN, rank),
          m_name(std::move(name))
    {
    }

    void Connect(const CsmaHelper& csma, Ipv4AddressHelper& addresses) const
    {
        addresses.Assign(csma.Install(NodeContainer(NodeContainer(router), viewers)));
        addresses.NewNetwork();
    }

    // Viewers come at random times and stay for random times, until the end. All ranks draw all of these.
    void InstallViewers(MeterList& meters, bool ours, Time end, Ptr<RandomVariableStream> comes,
                        Ptr<RandomVariableStream> stays) const
    {
        if (ours)
        {
            meters.push_back(std::make_unique<Meter>(m_name + "-lan"));
            MulticastHelper::GetMulticast(router)->TraceConnectWithoutContext(
                "Forward", MakeCallback(&Meter::OnForwarded, meters.back().get()));
        }
        for (uint32_t i = 0; i < viewers.GetN(); ++i)
        {
            const Time start = Seconds(comes->GetValue());
            const Time stop = Min(start + Seconds(stays->GetValue()), end);
            if (ours)
            {
                meters.push_back(std::make_unique<Meter>(m_name + "-viewer-" + std::to_string(i)));
                InstallViewer(viewers.Get(i), *meters.back(), start, stop);
            }
        }
    }

    const Ptr<Node> router;
    const NodeContainer viewers;

  private:
    static void InstallViewer(Ptr<Node> node, Meter& meter, Time start, Time stop)
    {
        auto receiver = MulticastReceiverHelper(GROUP, PORT).Install(node);
        receiver.Start(start);
        receiver.Stop(stop);
        receiver.Get(0)->TraceConnectWithoutContext("Rx", MakeCallback(&Meter::OnViewed, &meter));
    }

    std::string m_name;
};

NetDeviceContainer
Link(PointToPointHelper& link, Ipv4AddressHelper& addresses, Ptr<Node> a, Ptr<Node> b)
{
    const auto devices = link.Install(a, b);
    addresses.Assign(devices);
    addresses.NewNetwork();
    return devices;
}

} // namespace

int
main(int argc, char* argv[])
{
    bool mpi = false;
    bool pcap = false;
    bool pim = false;
    std::string csv = "routed-stream.csv";
    std::string rate = "2Mbps";
    Time end = Seconds(60);
    Time interval = MilliSeconds(500);
    CommandLine cmd(__FILE__);
    cmd.AddValue("mpi", "spread the network over two ranks; start with mpirun -np 2", mpi);
    cmd.AddValue("pim", "PIM between the routers instead of configured routes", pim);
    cmd.AddValue("csv", "file of samples to write", csv);
    cmd.AddValue("rate", "rate of the stream", rate);
    cmd.AddValue("end", "end of the simulation", end);
    cmd.AddValue("interval", "time between samples", interval);
    cmd.AddValue("pcap", "write routed-stream-*.pcap", pcap);
    cmd.Parse(argc, argv);

    uint32_t rank = 0;
    uint32_t ranks = 1;
    if (mpi)
    {
#ifdef NS3_MPI
        GlobalValue::Bind("SimulatorImplementationType", StringValue("ns3::DistributedSimulatorImpl"));
        MpiInterface::Enable(&argc, &argv);
        rank = MpiInterface::GetSystemId();
        ranks = MpiInterface::GetSize();
        NS_ABORT_MSG_UNLESS(ranks == 2, "routed-stream --mpi runs on 2 ranks: mpirun -np 2 ...");
#else
        NS_FATAL_ERROR("this ns-3 has no MPI");
#endif
    }
    const uint32_t eastRank = ranks - 1;

    // All ranks have all nodes.
    const auto source = CreateObject<Node>(0);
    const auto firstHop = CreateObject<Node>(0);
    const Site west("west", 0);
    const Site east("east", eastRank);
    const NodeContainer routers(NodeContainer(firstHop), NodeContainer(west.router), NodeContainer(east.router));
    const NodeContainer hosts(NodeContainer(source), west.viewers, east.viewers);

    MulticastHelper multicast;
    multicast.SetInterface("QueryInterval", TimeValue(Seconds(10)));
    multicast.SetInterface("QueryResponseInterval", TimeValue(Seconds(2)));
    multicast.InstallRouters(routers);
    multicast.InstallHosts(hosts);
    multicast.AssignStreams(NodeContainer(routers, hosts), 100);

    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    link.SetChannelAttribute("Delay", TimeValue(MilliSeconds(5)));
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("100Mbps"));
    csma.SetChannelAttribute("Delay", TimeValue(MicroSeconds(5)));
    Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.0");
    const auto toSource = Link(link, addresses, firstHop, source);
    const auto toWest = Link(link, addresses, firstHop, west.router);
    const auto toEast = Link(link, addresses, firstHop, east.router);
    west.Connect(csma, addresses);
    east.Connect(csma, addresses);
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();
    if (pim)
    {
        PimHelper helper;
        helper.AddStaticRp(firstHop->GetObject<Ipv4>()->GetAddress(1, 0).GetLocal());
        helper.Install(routers);
    }
    else
    {
        MulticastHelper::AddRoute(firstHop, Ipv4Address::GetAny(), GROUP, toSource.Get(0),
                                  {toWest.Get(0), toEast.Get(0)});
    }

    OnOffHelper stream("ns3::UdpSocketFactory", InetSocketAddress(GROUP, PORT));
    stream.SetConstantRate(DataRate(rate), 1250);
    if (rank == 0)
    {
        auto applications = stream.Install(source);
        applications.Start(Seconds(1));
        applications.Stop(end);
    }

    const auto comes = CreateObject<UniformRandomVariable>();
    comes->SetAttribute("Min", DoubleValue(1));
    comes->SetAttribute("Max", DoubleValue(end.GetSeconds() * 0.6));
    comes->SetStream(1);
    const auto stays = CreateObject<ExponentialRandomVariable>();
    stays->SetAttribute("Mean", DoubleValue(end.GetSeconds() * 0.3));
    stays->SetStream(2);
    MeterList meters;
    west.InstallViewers(meters, rank == 0, end, comes, stays);
    east.InstallViewers(meters, rank == eastRank, end, comes, stays);

    std::ofstream samples(ranks > 1 ? csv + ".rank" + std::to_string(rank) : csv);
    NS_ABORT_MSG_UNLESS(samples, "cannot write " << csv);
    if (rank == 0)
    {
        samples << "time,where,rate\n";
    }
    Simulator::Schedule(interval, &SampleAll, &meters, static_cast<std::ostream*>(&samples), interval);
    if (pcap)
    {
        link.EnablePcapAll("routed-stream");
        csma.EnablePcapAll("routed-stream");
    }
    Simulator::Stop(end + Seconds(1));
    Simulator::Run();
    for (const auto& meter : meters)
    {
        meter->Report(std::cout);
    }
    Simulator::Destroy();
#ifdef NS3_MPI
    if (mpi)
    {
        MpiInterface::Disable();
    }
#endif
    return 0;
}
