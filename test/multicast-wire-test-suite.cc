// SPDX-License-Identifier: GPL-2.0-only
// What goes on the wire, read back from pcap files: IP header with Router Alert, TTL 1, TOS 0xc0, checksums, MAC.
// InternetStackHelper keeps its files open until the program ends: what it would write is taken from the trace source.

#include "multicast-test-network.h"

#include "ns3/ipv4.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/pcap-file.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

typedef std::vector<uint8_t> Octets;

// Frames of a file, without what comes before the IP packet, if they are IGMP.
std::vector<Octets>
ReadIgmp(const std::string& path, std::size_t linkHeader)
{
    std::vector<Octets> packets;
    PcapFile file;
    file.Open(path, std::ios::in);
    uint8_t data[65536];
    uint32_t seconds, fraction, captured, original, read;
    while (!file.Fail() && !file.Eof())
    {
        file.Read(data, sizeof(data), seconds, fraction, captured, original, read);
        if (!file.Fail() && read > linkHeader + 20 && data[linkHeader] >> 4 == 4 && data[linkHeader + 9] == 2)
        {
            packets.emplace_back(data + linkHeader, data + read);
        }
    }
    file.Close();
    return packets;
}

uint16_t
Checksum(const Octets& octets, std::size_t begin, std::size_t end)
{
    uint32_t sum = 0;
    for (std::size_t i = begin; i < end; ++i)
    {
        sum += (i - begin) % 2 == 0 ? octets[i] << 8 : octets[i];
    }
    while (sum >> 16)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<uint16_t>(~sum);
}

// The first packet whose IGMP type is this, from an address that ends like this; empty if there is none.
Octets
FirstOfType(const std::vector<Octets>& packets, uint8_t type, uint8_t source)
{
    for (const auto& packet : packets)
    {
        if (packet[(packet[0] & 0xf) * 4] == type && packet[15] == source)
        {
            return packet;
        }
    }
    return {};
}

Octets
Slice(const Octets& octets, std::size_t begin, std::size_t size)
{
    return begin + size <= octets.size() ? Octets(octets.begin() + begin, octets.begin() + begin + size) : Octets();
}

} // namespace

/// IGMPv3 on CSMA, from a device's pcap file and from an IP interface's.
class WireCsmaTest : public TestCase
{
  public:
    WireCsmaTest()
        : TestCase("queries and reports on CSMA")
    {
    }

  private:
    void DoRun() override
    {
        const std::string prefix = CreateTempDirFilename("csma");
        {
            TwoLans lans(TwoLans::QuickHelper());
            MulticastHelper::JoinAt(Seconds(1), lans.hosts.Get(0), Ipv4Address("239.1.2.3"));
            CsmaHelper().EnablePcap(prefix + "-router", lans.right.Get(0), true, true);
            CsmaHelper().EnablePcap(prefix + "-host", lans.right.Get(1), true, true);
            lans.router.Get(0)->GetObject<Ipv4>()->TraceConnectWithoutContext(
                "Tx", MakeCallback(&WireCsmaTest::OnIpv4Tx, this));
            lans.RunUntil(4);
            Simulator::Destroy();
        }
        CheckQuery(FirstOfType(ReadIgmp(prefix + "-router", 14), 0x11, 1));
        CheckQuery(FirstOfType(m_ipv4Tx, 0x11, 1));
        CheckReport(FirstOfType(ReadIgmp(prefix + "-host", 14), 0x22, 2));
        CheckMac(prefix + "-router");
    }

    void OnIpv4Tx(Ptr<const Packet> packet, Ptr<Ipv4>, uint32_t interface)
    {
        Octets octets(packet->GetSize());
        packet->CopyData(octets.data(), packet->GetSize());
        if (interface == TwoLans::RIGHT && octets[9] == 2)
        {
            m_ipv4Tx.push_back(octets);
        }
    }

    void CheckHeader(const Octets& packet)
    {
        NS_TEST_EXPECT_MSG_EQ(+packet[0], 0x46, "version 4, header of 24 octets");
        NS_TEST_EXPECT_MSG_EQ(+packet[1], 0xc0, "TOS");
        NS_TEST_EXPECT_MSG_EQ(+packet[8], 1, "TTL");
        NS_TEST_EXPECT_MSG_EQ(+packet[9], 2, "protocol");
        NS_TEST_EXPECT_MSG_EQ((Slice(packet, 20, 4) == Octets{0x94, 4, 0, 0}), true, "Router Alert");
        NS_TEST_EXPECT_MSG_EQ(Checksum(packet, 0, 24), 0, "header checksum");
        const std::size_t size = packet[2] << 8 | packet[3];
        NS_TEST_EXPECT_MSG_LT_OR_EQ(size, packet.size(), "total length");
        NS_TEST_EXPECT_MSG_EQ(Checksum(packet, 24, std::min(size, packet.size())), 0, "IGMP checksum");
    }

    void CheckQuery(const Octets& packet)
    {
        NS_TEST_EXPECT_MSG_GT_OR_EQ(packet.size(), 36, "no such packet");
        if (packet.size() < 36)
        {
            return;
        }
        CheckHeader(packet);
        NS_TEST_EXPECT_MSG_EQ((Slice(packet, 12, 8) == Octets{10, 2, 0, 1, 224, 0, 0, 1}), true, "addresses");
        NS_TEST_EXPECT_MSG_EQ((packet[2] << 8 | packet[3]), 36, "total length of an IGMPv3 query without sources");
        NS_TEST_EXPECT_MSG_EQ(+packet[25], 20, "Max Resp Code of 2 s");
        NS_TEST_EXPECT_MSG_EQ((Slice(packet, 28, 4) == Octets{0, 0, 0, 0}), true, "group of a General Query");
        NS_TEST_EXPECT_MSG_EQ(+packet[32], 2, "robustness, no S flag");
        NS_TEST_EXPECT_MSG_EQ(+packet[33], 10, "QQIC");
    }

    void CheckReport(const Octets& packet)
    {
        NS_TEST_EXPECT_MSG_GT_OR_EQ(packet.size(), 36, "no such packet");
        if (packet.size() < 36)
        {
            return;
        }
        CheckHeader(packet);
        NS_TEST_EXPECT_MSG_EQ((Slice(packet, 16, 4) == Octets{224, 0, 0, 22}), true, "destination");
        // One record: TO_EX (4), no auxiliary data, no sources, the group.
        const Octets record{0, 1, 4, 0, 0, 0, 239, 1, 2, 3};
        NS_TEST_EXPECT_MSG_EQ((Slice(packet, 30, 10) == record), true, "record of the join");
    }

    void CheckMac(const std::string& path)
    {
        PcapFile file;
        file.Open(path, std::ios::in);
        uint8_t data[2000];
        uint32_t seconds, fraction, captured, original, read;
        bool query = false;
        while (!file.Eof())
        {
            file.Read(data, sizeof(data), seconds, fraction, captured, original, read);
            if (file.Fail())
            {
                break;
            }
            const Octets frame(data, data + read);
            if (frame.size() > 38 && frame[23] == 2 && frame[38] == 0x11)
            {
                query = true;
                NS_TEST_EXPECT_MSG_EQ((Slice(frame, 0, 6) == Octets{1, 0, 0x5e, 0, 0, 1}), true, "MAC of 224.0.0.1");
                NS_TEST_EXPECT_MSG_EQ((Slice(frame, 12, 2) == Octets{8, 0}), true, "Ethernet type");
            }
        }
        NS_TEST_EXPECT_MSG_EQ(query, true, "a query in the file");
    }

    std::vector<Octets> m_ipv4Tx;
};

/// The other versions' messages, on a point-to-point link.
class WireVersionTest : public TestCase
{
  public:
    WireVersionTest(uint8_t version, uint8_t reportType)
        : TestCase("IGMPv" + std::to_string(version) + " on a point-to-point link"),
          m_version(version),
          m_reportType(reportType)
    {
    }

  private:
    void DoRun() override
    {
        const std::string path = CreateTempDirFilename("p2p");
        Simulate(path);
        const auto packets = ReadIgmp(path, 2);
        const auto query = FirstOfType(packets, 0x11, 1);
        const auto report = FirstOfType(packets, m_reportType, 2);
        NS_TEST_EXPECT_MSG_GT_OR_EQ(std::min(report.size(), query.size()), 28, "a report and a query in the file");
        if (std::min(report.size(), query.size()) < 28)
        {
            return;
        }
        const std::size_t header = (report[0] & 0xf) * 4;
        NS_TEST_EXPECT_MSG_EQ(header, 24, "Router Alert with all versions");
        NS_TEST_EXPECT_MSG_EQ((Slice(report, 16, 4) == Octets{239, 1, 2, 3}), true, "reports go to the group");
        NS_TEST_EXPECT_MSG_EQ((Slice(report, header + 4, 4) == Octets{239, 1, 2, 3}), true, "group");
        NS_TEST_EXPECT_MSG_EQ(+query[(query[0] & 0xf) * 4 + 1], (m_version == 1 ? 0 : 20), "Max Resp Time");
        const auto leave = FirstOfType(packets, 0x17, 2);
        NS_TEST_EXPECT_MSG_EQ(leave.empty(), (m_version == 1), "IGMPv1 has no leave");
        if (!leave.empty())
        {
            NS_TEST_EXPECT_MSG_EQ((Slice(leave, 16, 4) == Octets{224, 0, 0, 2}), true, "leaves go to all routers");
        }
    }

    // The file is complete when the devices are gone.
    void Simulate(const std::string& path)
    {
        NodeContainer nodes(2);
        PointToPointHelper link;
        const auto devices = link.Install(nodes);
        auto helper = TwoLans::QuickHelper();
        helper.SetInterface("Version", UintegerValue(m_version));
        helper.InstallRouters(NodeContainer(nodes.Get(0)));
        helper.InstallHosts(NodeContainer(nodes.Get(1)));
        Ipv4AddressHelper("10.0.0.0", "255.255.255.252").Assign(devices);
        MulticastHelper::JoinAt(Seconds(1), nodes.Get(1), Ipv4Address("239.1.2.3"));
        MulticastHelper::LeaveAt(Seconds(8), nodes.Get(1), Ipv4Address("239.1.2.3"));
        link.EnablePcap(path, devices.Get(1), true, true);
        Simulator::Stop(Seconds(9));
        Simulator::Run();
        Simulator::Destroy();
    }

    uint8_t m_version;
    uint8_t m_reportType;
};

/// The suite.
class MulticastWireTestSuite : public TestSuite
{
  public:
    MulticastWireTestSuite()
        : TestSuite("multicast-wire")
    {
        AddTestCase(new WireCsmaTest);
        AddTestCase(new WireVersionTest(2, 0x16));
        AddTestCase(new WireVersionTest(1, 0x12));
    }
};

static MulticastWireTestSuite g_multicastWireTestSuite;
