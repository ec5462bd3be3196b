// SPDX-License-Identifier: GPL-2.0-only
// The same stream over each kind of link: point-to-point, CSMA, Wi-Fi; and a chain of routers.

#include "multicast-test-network.h"

#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/mobility-helper.h"
#include "ns3/node.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/ssid.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-helper.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/yans-wifi-helper.h"

#include <memory>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

const Ipv4Address GROUP("239.1.1.1");

NetDeviceContainer
InstallCsma(NodeContainer nodes)
{
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("100Mbps"));
    return csma.Install(nodes);
}

NetDeviceContainer
InstallPointToPoint(NodeContainer nodes)
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
    return link.Install(nodes);
}

// The first node is the access point, the others are its stations.
NetDeviceContainer
InstallWifi(NodeContainer nodes)
{
    MobilityHelper mobility;
    mobility.SetMobilityModel("ns3::ConstantPositionMobilityModel");
    mobility.Install(nodes);
    YansWifiPhyHelper phy;
    phy.SetChannel(YansWifiChannelHelper::Default().Create());
    WifiHelper wifi;
    wifi.SetStandard(WIFI_STANDARD_80211g);
    wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager", "DataMode", StringValue("ErpOfdmRate6Mbps"));
    const Ssid ssid("multicast");
    WifiMacHelper mac;
    mac.SetType("ns3::ApWifiMac", "Ssid", SsidValue(ssid));
    NetDeviceContainer devices = wifi.Install(phy, mac, nodes.Get(0));
    mac.SetType("ns3::StaWifiMac", "Ssid", SsidValue(ssid));
    for (uint32_t i = 1; i < nodes.GetN(); ++i)
    {
        devices.Add(wifi.Install(phy, mac, nodes.Get(i)));
    }
    return devices;
}

} // namespace

/// sender --- router --- members, the members over one kind of link; data as long as they listen, none before or after.
class LinkTest : public TestCase
{
  public:
    LinkTest(const std::string& name, NetDeviceContainer (*install)(NodeContainer), uint32_t hosts)
        : TestCase(name),
          m_install(install),
          m_hosts(hosts)
    {
    }

  private:
    void DoRun() override
    {
        NodeContainer sender(1);
        NodeContainer router(1);
        NodeContainer hosts(m_hosts);
        const auto left = InstallPointToPoint(NodeContainer(sender, router));
        const auto right = m_install(NodeContainer(router, hosts));
        const auto helper = TwoLans::QuickHelper();
        helper.InstallRouters(router);
        helper.InstallHosts(NodeContainer(sender, hosts));
        Ipv4AddressHelper("10.1.0.0", "255.255.255.0").Assign(left);
        Ipv4AddressHelper("10.2.0.0", "255.255.255.0").Assign(right);
        std::vector<std::unique_ptr<StockSink>> sinks;
        for (uint32_t i = 0; i < m_hosts; ++i)
        {
            sinks.push_back(std::make_unique<StockSink>(hosts.Get(i)));
        }
        // Joined before the link is up, as far as Wi-Fi goes: reported when it is.
        MulticastHelper::Join(hosts.Get(0), GROUP);
        MulticastHelper::LeaveAt(Seconds(10.05), hosts.Get(0), GROUP);
        const auto socket = Socket::CreateSocket(sender.Get(0), TypeId::LookupByName("ns3::UdpSocketFactory"));
        for (int i = 0; i < 150; ++i)
        {
            Simulator::ScheduleWithContext(sender.Get(0)->GetId(), Seconds(2) + MilliSeconds(100 * i), &SendDatagram,
                                           socket, GROUP, 100);
        }
        Simulator::Stop(Seconds(18));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sinks[0]->CountBetween(2, 10.05), 81, "while it listens");
        NS_TEST_EXPECT_MSG_EQ(sinks[0]->Count(), 81, "and no longer");
        for (uint32_t i = 1; i < m_hosts; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(sinks[i]->Count(), 0, "who does not listen");
        }
        NS_TEST_EXPECT_MSG_EQ(MulticastHelper::GetMulticast(router.Get(0))->GetMembers(2).size(), 0, "all have left");
        Simulator::Destroy();
    }

    NetDeviceContainer (*m_install)(NodeContainer);
    uint32_t m_hosts;
};

/// A chain of routers, each of which is a member on its upstream side for the sake of the next: no routes, no protocol.
class ChainTest : public TestCase
{
  public:
    ChainTest()
        : TestCase("a chain of five routers")
    {
    }

  private:
    void DoRun() override
    {
        const uint32_t n = 7;
        NodeContainer nodes(n);
        const auto helper = TwoLans::QuickHelper();
        NodeContainer routers;
        for (uint32_t i = 1; i + 1 < n; ++i)
        {
            routers.Add(nodes.Get(i));
        }
        helper.InstallRouters(routers);
        helper.InstallHosts(NodeContainer(nodes.Get(0), nodes.Get(n - 1)));
        Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.0");
        for (uint32_t i = 0; i + 1 < n; ++i)
        {
            addresses.Assign(InstallPointToPoint(NodeContainer(nodes.Get(i), nodes.Get(i + 1))));
            addresses.NewNetwork();
        }
        Ipv4GlobalRoutingHelper::PopulateRoutingTables();
        StockSink sink(nodes.Get(n - 1));
        for (uint32_t i = 2; i < n; ++i)
        {
            MulticastHelper::Join(nodes.Get(i), GROUP, 1);
        }
        const auto socket = Socket::CreateSocket(nodes.Get(0), TypeId::LookupByName("ns3::UdpSocketFactory"));
        for (int i = 0; i < 20; ++i)
        {
            Simulator::ScheduleWithContext(nodes.Get(0)->GetId(), Seconds(2) + MilliSeconds(100 * i), &SendDatagram,
                                           socket, GROUP, 100);
        }
        Simulator::Stop(Seconds(6));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sink.Count(), 20, "all datagrams, the first included");
        for (uint32_t i = 1; i + 1 < n; ++i)
        {
            const auto entries = MulticastHelper::GetMulticast(nodes.Get(i))->GetForwarding();
            NS_TEST_EXPECT_MSG_EQ(entries.size(), 1, "entries of router " << i);
            for (const auto& entry : entries)
            {
                NS_TEST_EXPECT_MSG_EQ(entry.source, Ipv4Address("10.0.0.1"), "source");
                NS_TEST_EXPECT_MSG_EQ(entry.packets, 20, "packets");
            }
        }
        Simulator::Destroy();
    }
};

/// A router with queues before its devices sends the same frames as one without, and tells its traces the same.
class QueuesTest : public FamilyTestCase
{
  public:
    explicit QueuesTest(MulticastNode::Family family)
        : FamilyTestCase(family, "with and without queues")
    {
    }

  private:
    struct Seen
    {
        std::vector<std::vector<uint8_t>> frames;  // on the link
        std::vector<std::vector<uint8_t>> packets; // of IP's trace Tx
        uint32_t received;
    };

    static void Record(std::vector<std::vector<uint8_t>>* octets, Ptr<const Packet> packet)
    {
        if (packet->GetSize() > DATA_SIZE)
        {
            octets->emplace_back(packet->GetSize());
            packet->CopyData(octets->back().data(), packet->GetSize());
        }
    }

    static void RecordIpv4(std::vector<std::vector<uint8_t>>* octets, Ptr<const Packet> packet, Ptr<Ipv4>, uint32_t)
    {
        Record(octets, packet);
    }

    static void RecordIpv6(std::vector<std::vector<uint8_t>>* octets, Ptr<const Packet> packet, Ptr<Ipv6>, uint32_t)
    {
        Record(octets, packet);
    }

    Seen Observe(bool queues) const
    {
        NodeContainer sender(1);
        NodeContainer router(1);
        NodeContainer host(1);
        CsmaHelper csma;
        const auto left = csma.Install(NodeContainer(sender, router));
        if (!queues)
        {
            csma.DisableFlowControl();
        }
        const auto right = csma.Install(NodeContainer(router, host));
        const auto helper = TwoLans::QuickHelper();
        helper.InstallRouters(router);
        helper.InstallHosts(NodeContainer(sender, host));
        for (const auto& link : {left, right})
        {
            const bool first = link.Get(0) == left.Get(0);
            Ipv4AddressHelper(first ? "10.1.0.0" : "10.2.0.0", "255.255.255.0").Assign(link);
            Ipv6AddressHelper(first ? "2001:1::" : "2001:2::", 64).Assign(link);
        }
        const bool ipv4 = m_family == MulticastNode::IPV4;
        const Address group = ipv4 ? Address(GROUP) : Address(Ipv6Address("ff0e::1:1"));
        Seen seen;
        right.Get(0)->TraceConnectWithoutContext("PhyTxBegin", MakeBoundCallback(&Record, &seen.frames));
        router.Get(0)->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
            "Tx", MakeBoundCallback(&RecordIpv4, &seen.packets));
        router.Get(0)->GetObject<Ipv6L3Protocol>()->TraceConnectWithoutContext(
            "Tx", MakeBoundCallback(&RecordIpv6, &seen.packets));
        StockSink sink(host.Get(0), ipv4 ? Address(Ipv4Address::GetAny()) : Address(Ipv6Address::GetAny()));
        MulticastHelper::Join(host.Get(0), group);
        const auto socket = Socket::CreateSocket(sender.Get(0), TypeId::LookupByName("ns3::UdpSocketFactory"));
        socket->SetPriority(6); // marks packets for queues
        for (int i = 0; i < 10; ++i)
        {
            Simulator::ScheduleWithContext(sender.Get(0)->GetId(), Seconds(3) + MilliSeconds(i), &SendDatagram, socket,
                                           group, DATA_SIZE);
        }
        Simulator::Stop(Seconds(4));
        Simulator::Run();
        seen.received = sink.Count();
        Simulator::Destroy();
        return seen;
    }

    void DoRun() override
    {
        const auto with = Observe(true);
        const auto without = Observe(false);
        NS_TEST_EXPECT_MSG_EQ(with.frames.size(), 10, "frames");
        NS_TEST_EXPECT_MSG_EQ(with.packets.size(), 10, "packets in the trace");
        NS_TEST_EXPECT_MSG_EQ(without.received, 10, "received without queues");
        NS_TEST_EXPECT_MSG_EQ((without.frames == with.frames), true, "the same frames");
        NS_TEST_EXPECT_MSG_EQ((without.packets == with.packets), true, "the same packets in the trace");
    }

    static constexpr uint32_t DATA_SIZE = 500;
};

/// The suite.
class MulticastDevicesTestSuite : public TestSuite
{
  public:
    MulticastDevicesTestSuite()
        : TestSuite("multicast-devices")
    {
        AddTestCase(new LinkTest("point-to-point", &InstallPointToPoint, 1));
        AddTestCase(new LinkTest("CSMA", &InstallCsma, 3));
        AddTestCase(new LinkTest("Wi-Fi", &InstallWifi, 3));
        AddTestCase(new ChainTest);
        AddTestCase(new QueuesTest(MulticastNode::IPV4));
        AddTestCase(new QueuesTest(MulticastNode::IPV6));
    }
};

static MulticastDevicesTestSuite g_multicastDevicesTestSuite;
