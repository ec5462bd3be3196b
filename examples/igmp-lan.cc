// SPDX-License-Identifier: GPL-2.0-only
//
// One LAN with a multicast router, a sender and three listeners.
//
//   router   sender   host 0   host 1   host 2
//      |        |        |        |        |
//   ===+========+========+========+========+===  CSMA, 10.0.0.0/24
//
// Host 0 listens to 239.1.1.1 from 2 s to 8 s, host 1 from 4 s to 12 s; both have ns-3's PacketSink. Host 2 listens from
// 1 s, but excludes the sender: its own application gets nothing. The sender sends ten datagrams a second.
//
// The program writes what the protocol does, second by second, and at the end what each host got. Options:
//   --version=2      speak IGMPv2
//   --profile=9776   follow RFC 9776
//   --pcap           write igmp-lan-*.pcap
//   --verbose        also write the members that the router knows, each second

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/csma-module.h"
#include "ns3/internet-module.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-receiver-helper.h"
#include "ns3/multicast-receiver.h"
#include "ns3/network-module.h"

#include <iostream>

using namespace ns3;

namespace
{

const Ipv4Address GROUP("239.1.1.1");
const uint16_t PORT = 5000;

ApplicationContainer
InstallSender(Ptr<Node> node)
{
    OnOffHelper sender("ns3::UdpSocketFactory", InetSocketAddress(GROUP, PORT));
    sender.SetConstantRate(DataRate("8kbps"), 100);
    auto applications = sender.Install(node);
    applications.Start(Seconds(0.5));
    applications.Stop(Seconds(15));
    return applications;
}

// A stock application, and beside it one that holds the membership.
Ptr<PacketSink>
InstallListener(Ptr<Node> node, double start, double stop)
{
    const auto sinks = PacketSinkHelper("ns3::UdpSocketFactory", InetSocketAddress(GROUP, PORT)).Install(node);
    auto membership = MulticastReceiverHelper(GROUP).Install(node);
    membership.Start(Seconds(start));
    membership.Stop(Seconds(stop));
    return DynamicCast<PacketSink>(sinks.Get(0));
}

} // namespace

int
main(int argc, char* argv[])
{
    uint32_t version = 3;
    uint32_t profile = 3376;
    bool pcap = false;
    bool verbose = false;
    CommandLine cmd(__FILE__);
    cmd.AddValue("version", "version of IGMP: 1, 2 or 3", version);
    cmd.AddValue("profile", "RFC that rules where two differ: 3376 or 9776", profile);
    cmd.AddValue("pcap", "write igmp-lan-*.pcap", pcap);
    cmd.AddValue("verbose", "write the members that the router knows, each second", verbose);
    cmd.Parse(argc, argv);

    NodeContainer router(1);
    NodeContainer sender(1);
    NodeContainer hosts(3);
    const NodeContainer all(router, sender, hosts);

    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("100Mbps"));
    csma.SetChannelAttribute("Delay", TimeValue(MicroSeconds(5)));
    const auto devices = csma.Install(all);

    MulticastHelper multicast;
    multicast.SetInterface("Version", UintegerValue(version));
    multicast.SetInterface("Profile", UintegerValue(profile));
    multicast.SetInterface("QueryInterval", TimeValue(Seconds(5)));
    multicast.SetInterface("QueryResponseInterval", TimeValue(Seconds(2)));
    multicast.InstallRouters(router);
    multicast.InstallHosts(NodeContainer(sender, hosts));
    multicast.AssignStreams(all, 1);
    Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);

    const auto senders = InstallSender(sender.Get(0));
    const auto first = InstallListener(hosts.Get(0), 2, 8);
    const auto second = InstallListener(hosts.Get(1), 4, 12);
    MulticastReceiverHelper choosy(GROUP, PORT);
    choosy.Exclude({Ipv4Address("10.0.0.2")});
    auto third = choosy.Install(hosts.Get(2));
    third.Start(Seconds(1));
    third.Stop(Seconds(15));

    const auto out = Create<OutputStreamWrapper>(&std::cout);
    MulticastHelper::EnableAsciiEvents(out, all);
    for (int second = 1; verbose && second < 15; ++second)
    {
        MulticastHelper::PrintStateAt(Seconds(second), router.Get(0), out);
    }
    if (pcap)
    {
        csma.EnablePcapAll("igmp-lan");
    }
    Simulator::Stop(Seconds(16));
    Simulator::Run();
    std::cout << "octets received: host 0 " << first->GetTotalRx() << ", host 1 " << second->GetTotalRx() << ", host 2 "
              << DynamicCast<MulticastReceiver>(third.Get(0))->GetTotalRx() << "\n";
    Simulator::Destroy();
    return 0;
}
