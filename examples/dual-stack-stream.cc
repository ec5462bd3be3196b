// SPDX-License-Identifier: GPL-2.0-only
//
// One video stream, twice: over IPv4 and over IPv6, to hosts that have one of them or both.
//
//                            +-- IPv4-only host
//   source --- router --- LAN -- IPv6-only host
//                            +-- dual-stack host, which moves from IPv4 to IPv6 in the middle of the run
//
// IGMP and MLD run side by side on the router and on the dual-stack host. Each LAN carries a version of the stream only while
// somebody listens to it.
//
// Each sample is a line of CSV: time in seconds, host or LAN and version of IP, bit/s. plot-routed-stream.py draws it:
//
//   dual-stack-stream --csv=dual.csv && plot-routed-stream.py dual.csv

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/csma-module.h"
#include "ns3/internet-module.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-receiver-helper.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

const Ipv4Address GROUP("239.1.1.1");
const Ipv6Address IPV6_GROUP("ff1e::1:1");
const uint16_t PORT = 5004;

// Counts octets and writes their rate down from time to time.
class Meter
{
  public:
    explicit Meter(std::string name)
        : m_name(std::move(name))
    {
    }

    void OnViewed(Ptr<const Packet> data, const Address&, const Address&)
    {
        m_octets += data->GetSize();
    }

    void Sample(std::ostream& os, Time interval)
    {
        os << Simulator::Now().GetSeconds() << "," << m_name << ","
           << static_cast<double>(m_octets - m_last) * 8 / interval.GetSeconds() << "\n";
        m_last = m_octets;
    }

    void Report(std::ostream& os) const
    {
        os << m_name << ": " << m_octets << " octets\n";
    }

  private:
    std::string m_name;
    uint64_t m_octets = 0;
    uint64_t m_last = 0;
};

// What the router puts on the LAN, by version of IP: the header of the trace source tells.
class LanMeter
{
  public:
    LanMeter(Meter& ipv4, Meter& ipv6)
        : m_ipv4(ipv4),
          m_ipv6(ipv6)
    {
    }

    void OnForwarded(const Header& header, Ptr<const Packet> datagram, uint32_t)
    {
        const bool ipv6 = dynamic_cast<const Ipv6Header*>(&header) != nullptr;
        (ipv6 ? m_ipv6 : m_ipv4).OnViewed(datagram, Address(), Address());
    }

  private:
    Meter& m_ipv4;
    Meter& m_ipv6;
};

typedef std::vector<std::unique_ptr<Meter>> MeterList;

Meter&
Add(MeterList& meters, const std::string& name)
{
    meters.push_back(std::make_unique<Meter>(name));
    return *meters.back();
}

void
SampleAll(MeterList* meters, std::ostream* os, Time interval)
{
    for (auto& meter : *meters)
    {
        meter->Sample(*os, interval);
    }
    Simulator::Schedule(interval, &SampleAll, meters, os, interval);
}

void
View(Ptr<Node> node, const Address& group, Meter& meter, Time start, Time stop)
{
    auto receiver = MulticastReceiverHelper(group, PORT).Install(node);
    receiver.Start(start);
    receiver.Stop(stop);
    receiver.Get(0)->TraceConnectWithoutContext("Rx", MakeCallback(&Meter::OnViewed, &meter));
}

void
Stream(Ptr<Node> source, const Address& to, DataRate rate, Time end)
{
    OnOffHelper stream("ns3::UdpSocketFactory", to);
    stream.SetConstantRate(rate, 1000);
    auto application = stream.Install(source);
    application.Start(Seconds(2));
    application.Stop(end);
}

} // namespace

int
main(int argc, char* argv[])
{
    bool pcap = false;
    std::string csv = "dual-stack-stream.csv";
    Time end = Seconds(30);
    Time interval = MilliSeconds(500);
    CommandLine cmd(__FILE__);
    cmd.AddValue("csv", "file of samples to write", csv);
    cmd.AddValue("end", "end of the simulation", end);
    cmd.AddValue("pcap", "write dual-stack-stream-*.pcap", pcap);
    cmd.Parse(argc, argv);

    const NodeContainer source(1);
    const NodeContainer router(1);
    const NodeContainer ipv4Only(1);
    const NodeContainer ipv6Only(1);
    const NodeContainer dual(1);

    MulticastHelper multicast;
    multicast.SetInterface("QueryInterval", TimeValue(Seconds(10)));
    multicast.SetInterface("QueryResponseInterval", TimeValue(Seconds(2)));
    multicast.InstallRouters(router);
    multicast.InstallHosts(NodeContainer(source, dual));
    multicast.SetIpv6StackInstall(false);
    multicast.InstallHosts(ipv4Only);
    multicast.SetIpv6StackInstall(true);
    multicast.SetIpv4StackInstall(false);
    multicast.InstallHosts(ipv6Only);
    multicast.AssignStreams(NodeContainer(source, router, ipv4Only, ipv6Only, dual), 100);

    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("100Mbps"));
    const auto uplink = link.Install(router.Get(0), source.Get(0));
    const auto lan = csma.Install(NodeContainer(router, ipv4Only, ipv6Only, dual));
    Ipv4AddressHelper addresses("10.1.0.0", "255.255.255.0");
    Ipv6AddressHelper ipv6Addresses("2001:1::", 64);
    addresses.Assign(uplink);
    ipv6Addresses.Assign(uplink);
    addresses.NewNetwork();
    ipv6Addresses.NewNetwork();
    addresses.Assign(NetDeviceContainer(NetDeviceContainer(lan.Get(0), lan.Get(1)), lan.Get(3)));
    ipv6Addresses.Assign(NetDeviceContainer(NetDeviceContainer(lan.Get(0), lan.Get(2)), lan.Get(3)));

    Stream(source.Get(0), InetSocketAddress(GROUP, PORT), DataRate("1Mbps"), end);
    Stream(source.Get(0), Inet6SocketAddress(IPV6_GROUP, PORT), DataRate("1Mbps"), end);

    const auto at = [end](double part) { return Seconds(end.GetSeconds() * part); };
    MeterList meters;
    LanMeter onLan(Add(meters, "ipv4-lan"), Add(meters, "ipv6-lan"));
    MulticastHelper::GetMulticast(router.Get(0))
        ->TraceConnectWithoutContext("Forward", MakeCallback(&LanMeter::OnForwarded, &onLan));
    View(ipv4Only.Get(0), GROUP, Add(meters, "ipv4-only-host"), at(0.1), at(0.4));
    View(ipv6Only.Get(0), IPV6_GROUP, Add(meters, "ipv6-only-host"), at(0.3), at(0.6));
    View(dual.Get(0), GROUP, Add(meters, "dual-stack-host-ipv4"), at(0.2), at(0.5));
    View(dual.Get(0), IPV6_GROUP, Add(meters, "dual-stack-host-ipv6"), at(0.5), at(0.9));

    std::ofstream samples(csv);
    NS_ABORT_MSG_UNLESS(samples, "cannot write " << csv);
    samples << "time,where,rate\n";
    Simulator::Schedule(interval, &SampleAll, &meters, static_cast<std::ostream*>(&samples), interval);
    if (pcap)
    {
        csma.EnablePcapAll("dual-stack-stream");
        link.EnablePcapAll("dual-stack-stream");
    }
    Simulator::Stop(end + Seconds(1));
    Simulator::Run();
    for (const auto& meter : meters)
    {
        meter->Report(std::cout);
    }
    MulticastHelper::GetMulticast(router.Get(0))->Print(std::cout);
    Simulator::Destroy();
    return 0;
}
