// SPDX-License-Identifier: GPL-2.0-only
// What IPv6 has of its own: MLD on the wire, addresses that come up slowly, scopes, nodes with one IP or two. What it
// shares with IPv4 is tested for both in the other suites.

#include "multicast-test-network.h"

#include "ns3/boolean.h"
#include "ns3/icmpv6-l4-protocol.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/multicast-receiver-helper.h"
#include "ns3/multicast-receiver.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/pcap-file.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

typedef std::vector<uint8_t> Octets;

const uint8_t QUERY = 130;
const uint8_t REPORT_V1 = 131;
const uint8_t DONE = 132;
const uint8_t REPORT_V2 = 143;

const auto IPV4 = MulticastNode::IPV4;
const auto IPV6 = MulticastNode::IPV6;

const std::size_t ETHERNET_HEADER = 14;
const std::size_t MESSAGE = ETHERNET_HEADER + 48; // behind the Hop-by-Hop header

// Ethernet frames of a file with an ICMPv6 message of a type behind a Hop-by-Hop header of eight octets.
std::vector<Octets>
ReadMld(const std::string& path, uint8_t type)
{
    std::vector<Octets> frames;
    PcapFile file;
    file.Open(path, std::ios::in);
    uint8_t data[65536];
    uint32_t seconds, fraction, captured, original, read;
    while (!file.Fail() && !file.Eof())
    {
        file.Read(data, sizeof(data), seconds, fraction, captured, original, read);
        if (!file.Fail() && read > MESSAGE && data[12] == 0x86 && data[13] == 0xdd && data[MESSAGE] == type)
        {
            frames.emplace_back(data, data + read);
        }
    }
    file.Close();
    return frames;
}

Octets
Slice(const Octets& octets, std::size_t begin, std::size_t size)
{
    return begin + size <= octets.size() ? Octets(octets.begin() + begin, octets.begin() + begin + size) : Octets();
}

// With the pseudo-header of RFC 8200 8.1; 0 if the field is right.
uint16_t
Checksum(const Octets& frame, std::size_t size)
{
    uint32_t sum = static_cast<uint32_t>(size) + 58;
    const auto add = [&](std::size_t begin, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
        {
            sum += i % 2 == 0 ? frame[begin + i] << 8 : frame[begin + i];
        }
    };
    add(ETHERNET_HEADER + 8, 32);
    add(MESSAGE, size);
    while (sum >> 16)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<uint16_t>(~sum);
}

bool
Contains(const std::vector<std::string>& texts, const std::string& text)
{
    return std::find(texts.begin(), texts.end(), text) != texts.end();
}

bool
IsLinkLocal(const Address& address)
{
    return Ipv6Address::ConvertFrom(address).IsLinkLocal();
}

// A report's records start at octet 8; the group of the first at 12.
Address
FirstGroup(const TraceLog::Sent& report)
{
    return Ipv6Address(const_cast<uint8_t*>(report.payload.data()) + 12);
}

} // namespace

/// Queries, reports and Done as they are in pcap files.
class MldWireTest : public TestCase
{
  public:
    explicit MldWireTest(uint8_t version)
        : TestCase("MLDv" + std::to_string(version) + " on CSMA"),
          m_version(version)
    {
    }

  private:
    void DoRun() override
    {
        const std::string prefix = CreateTempDirFilename("mld");
        {
            auto helper = TwoLans::QuickHelper();
            helper.SetInterface("MldVersion", UintegerValue(m_version));
            TwoLans lans(helper, 2, IPV6);
            MulticastHelper::JoinAt(Seconds(1), lans.hosts.Get(0), Ipv6Address("ff0e::1234:5678"));
            MulticastHelper::LeaveAt(Seconds(3), lans.hosts.Get(0), Ipv6Address("ff0e::1234:5678"));
            CsmaHelper().EnablePcap(prefix, lans.right.Get(0), true, true);
            lans.RunUntil(4);
            Simulator::Destroy();
        }
        Check(prefix, QUERY, "ff02::1");
        if (m_version == 1)
        {
            Check(prefix, REPORT_V1, "ff0e::1234:5678");
            Check(prefix, DONE, "ff02::2");
            NS_TEST_EXPECT_MSG_EQ(ReadMld(prefix, REPORT_V2).size(), 0, "no MLDv2");
        }
        else
        {
            Check(prefix, REPORT_V2, "ff02::16");
            NS_TEST_EXPECT_MSG_EQ(ReadMld(prefix, REPORT_V1).size() + ReadMld(prefix, DONE).size(), 0, "no MLDv1");
        }
    }

    void Check(const std::string& path, uint8_t type, const char* destination)
    {
        uint8_t to[16];
        Ipv6Address(destination).GetBytes(to);
        const Octets group(to, to + 16);
        bool found = false;
        for (const auto& frame : ReadMld(path, type))
        {
            const std::size_t size = (frame[18] << 8 | frame[19]) - 8;
            found = found || Slice(frame, 38, 16) == group;
            NS_TEST_EXPECT_MSG_EQ(+frame[20], 0, "next header: Hop-by-Hop");
            NS_TEST_EXPECT_MSG_EQ(+frame[21], 1, "Hop Limit");
            NS_TEST_EXPECT_MSG_EQ((Slice(frame, 22, 2) == Octets{0xfe, 0x80}), true, "link-local source");
            NS_TEST_EXPECT_MSG_EQ((Slice(frame, 54, 8) == Octets{58, 0, 5, 2, 0, 0, 1, 0}), true, "Router Alert, PadN");
            NS_TEST_EXPECT_MSG_EQ((Slice(frame, 0, 2) == Octets{0x33, 0x33}), true, "MAC");
            NS_TEST_EXPECT_MSG_EQ((Slice(frame, 2, 4) == Slice(frame, 50, 4)), true, "MAC of the group");
            NS_TEST_EXPECT_MSG_LT_OR_EQ(MESSAGE + size, frame.size(), "payload length");
            NS_TEST_EXPECT_MSG_EQ(Checksum(frame, size), 0, "checksum");
        }
        NS_TEST_EXPECT_MSG_EQ(found, true, "a message of type " << +type << " to " << destination);
    }

    uint8_t m_version;
};

/// The lower link-local address is the querier; when its interface goes down the other takes over.
class MldElectionTest : public TestCase
{
  public:
    MldElectionTest()
        : TestCase("election between two routers")
    {
    }

  private:
    void DoRun() override
    {
        NodeContainer routers(2);
        TwoLans::QuickHelper().InstallRouters(routers);
        const auto devices = CsmaHelper().Install(routers);
        Ipv6AddressHelper(Ipv6Address("2001:1::"), Ipv6Prefix(64)).Assign(devices);
        const auto lower = routers.Get(0)->GetObject<MulticastNode>();
        const auto higher = routers.Get(1)->GetObject<MulticastNode>();
        Run(30);
        NS_TEST_EXPECT_MSG_EQ(lower->GetQuerier(1, IPV6).isQuerier, true, "the lower address is querier");
        NS_TEST_EXPECT_MSG_EQ(higher->GetQuerier(1, IPV6).isQuerier, false, "the higher address is not");
        NS_TEST_EXPECT_MSG_EQ((higher->GetQuerier(1, IPV6).querier == lower->GetQuerier(1, IPV6).querier), true,
                              "and knows");
        NS_TEST_EXPECT_MSG_EQ(IsLinkLocal(higher->GetQuerier(1, IPV6).querier), true, "a link-local address");
        routers.Get(0)->GetObject<Ipv6>()->SetDown(1);
        Run(60);
        NS_TEST_EXPECT_MSG_EQ(higher->GetQuerier(1, IPV6).isQuerier, true, "the other takes over");
        NS_TEST_EXPECT_MSG_EQ(lower->GetQuerier(1, IPV6).active, false, "the interface is down");
        routers.Get(0)->GetObject<Ipv6>()->SetUp(1);
        Run(70);
        NS_TEST_EXPECT_MSG_EQ(lower->GetQuerier(1, IPV6).isQuerier, true, "the lower address is back");
        NS_TEST_EXPECT_MSG_EQ(higher->GetQuerier(1, IPV6).isQuerier, false, "and the other gives way");
        Simulator::Destroy();
    }

    void Run(double end)
    {
        Simulator::Stop(Seconds(end) - Simulator::Now());
        Simulator::Run();
    }
};

/// A host of MLDv1 at a router of MLDv2, and a host of MLDv2 at a router of MLDv1.
class MldVersionsTest : public TestCase
{
  public:
    MldVersionsTest(uint8_t router, uint8_t host)
        : TestCase("MLDv" + std::to_string(router) + " router, MLDv" + std::to_string(host) + " host"),
          m_router(router),
          m_host(host)
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 1, IPV6);
        lans.Interface(lans.right.Get(0))->SetAttribute("MldVersion", UintegerValue(m_router));
        lans.Interface(lans.right.Get(1))->SetAttribute("MldVersion", UintegerValue(m_host));
        TraceLog log(lans.hosts.Get(0));
        StockSink sink(lans.hosts.Get(0), lans.Any());
        MulticastHelper::JoinAt(Seconds(5), lans.hosts.Get(0), lans.Group());
        lans.SendFrom(lans.sender.Get(0), 6, 8);
        lans.RunUntil(12);
        const auto members = lans.Multicast(lans.router.Get(0))->GetMembers(TwoLans::RIGHT, IPV6);
        NS_TEST_EXPECT_MSG_EQ(members.size(), 1, "groups");
        for (const auto& group : members)
        {
            NS_TEST_EXPECT_MSG_EQ(+group.version, 1, "compatibility mode of the group");
        }
        NS_TEST_EXPECT_MSG_GT(log.SentOfType(REPORT_V1).size(), 0, "reports of the older version");
        NS_TEST_EXPECT_MSG_EQ(sink.Count(), 20, "data");
        Simulator::Destroy();
    }

    uint8_t m_router;
    uint8_t m_host;
};

/// Before Duplicate Address Detection is through, reports come from :: and routers are silent (RFC 3810 5.2.13).
class StartUpTest : public TestCase
{
  public:
    explicit StartUpTest(bool solicitedNodes)
        : TestCase(solicitedNodes ? "addresses come up, with reports of their own groups" : "addresses come up"),
          m_solicitedNodes(solicitedNodes)
    {
    }

  private:
    void DoRun() override
    {
        NodeContainer nodes(2);
        auto helper = TwoLans::QuickHelper();
        helper.Set("ReportSolicitedNodes", BooleanValue(m_solicitedNodes));
        helper.InstallRouters(nodes.Get(0));
        helper.InstallHosts(nodes.Get(1));
        Ipv6AddressHelper(Ipv6Address("2001:1::"), Ipv6Prefix(64)).Assign(CsmaHelper().Install(nodes));
        TraceLog router(nodes.Get(0));
        TraceLog host(nodes.Get(1));
        const Ipv6Address group("ff0e::1:1");
        MulticastHelper::Join(nodes.Get(1), group);
        Simulator::Stop(Seconds(4));
        Simulator::Run();
        bool early = false;
        bool late = false;
        bool solicited = false;
        for (const auto& report : host.SentOfType(REPORT_V2))
        {
            const bool before = report.at < Seconds(1);
            NS_TEST_EXPECT_MSG_EQ((report.source == Ip("::")), before, "source of a report");
            NS_TEST_EXPECT_MSG_EQ((before || IsLinkLocal(report.source)), true, "link-local as soon as there is one");
            const bool ours = FirstGroup(report) == Address(group);
            early = early || (ours && before);
            late = late || (ours && !before);
            solicited = solicited || Ipv6Address::ConvertFrom(FirstGroup(report)).IsSolicitedMulticast();
        }
        NS_TEST_EXPECT_MSG_EQ(early, true, "a report from ::");
        NS_TEST_EXPECT_MSG_EQ(late, true, "again from the link-local address");
        NS_TEST_EXPECT_MSG_EQ(solicited, m_solicitedNodes, "solicited-node groups");
        for (const auto& query : router.SentOfType(QUERY))
        {
            NS_TEST_EXPECT_MSG_EQ((query.at >= Seconds(1) && IsLinkLocal(query.source)), true, "a query");
        }
        NS_TEST_EXPECT_MSG_GT(router.SentOfType(QUERY).size(), 0, "queries");
        NS_TEST_EXPECT_MSG_EQ(Contains(router.changes, "1 ff0e::1:1 joined"), true,
                              "the router has heard of the member");
        Simulator::Destroy();
    }

    bool m_solicitedNodes;
};

/// A node leaves the solicited-node group of an address that it loses.
class SolicitedNodesTest : public TestCase
{
  public:
    SolicitedNodesTest()
        : TestCase("solicited-node groups come and go with addresses")
    {
    }

  private:
    void DoRun() override
    {
        auto helper = TwoLans::QuickHelper();
        helper.Set("ReportSolicitedNodes", BooleanValue(true));
        TwoLans lans(helper, 1, IPV6);
        const auto host = lans.hosts.Get(0);
        const auto ipv6 = host->GetObject<Ipv6>();
        const Ipv6Address added("2001:2::77");
        const Address group = Ipv6Address("ff02::1:ff00:77");
        Simulator::Schedule(Seconds(2), [&]() { ipv6->AddAddress(1, Ipv6InterfaceAddress(added, Ipv6Prefix(64))); });
        lans.RunUntil(3);
        NS_TEST_EXPECT_MSG_EQ(Listens(lans, group), true, "of an address that was added");
        NS_TEST_EXPECT_MSG_EQ(Listens(lans, Ipv6Address("ff02::1:ff00:2")), true, "of one that was there");
        Simulator::Schedule(Seconds(1), [&]() { ipv6->RemoveAddress(1, added); });
        lans.RunUntil(5);
        NS_TEST_EXPECT_MSG_EQ(Listens(lans, group), false, "of an address that was removed");
        Simulator::Destroy();
    }

    bool Listens(const TwoLans& lans, const Address& group) const
    {
        const auto groups = lans.Multicast(lans.hosts.Get(0))->GetMemberships(1, IPV6);
        return std::any_of(groups.begin(), groups.end(),
                           [&](const MulticastNode::GroupState& state) { return state.group == group; });
    }
};

/// Both on one node: each has its members, its data and its part of the cache.
class DualStackTest : public TestCase
{
  public:
    DualStackTest()
        : TestCase("dual-stack nodes")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper());
        lans.MakeDualStack();
        const Ipv6Address group("ff0e::1:1");
        const auto host = lans.hosts.Get(0);
        StockSink ipv4(host);
        StockSink ipv6(host, Ipv6Address::GetAny());
        auto receivers = MulticastReceiverHelper(group, MULTICAST_TEST_PORT).Install(lans.hosts.Get(1));
        receivers.Get(0)->SetAttribute("Sources", StringValue("2001:1::2"));
        receivers.Get(0)->SetAttribute("Include", BooleanValue(true));
        TraceLog log(lans.router.Get(0));
        MulticastHelper::JoinAt(Seconds(1.5), host, lans.Group());
        MulticastHelper::JoinAt(Seconds(1.5), host, group);
        MulticastHelper::LeaveAt(Seconds(4.05), host, lans.Group());
        lans.SendFrom(lans.sender.Get(0), 2, 6);
        lans.SendFrom(lans.sender.Get(0), 2, 6, group);
        lans.RunUntil(5);
        const auto router = lans.Multicast(lans.router.Get(0));
        NS_TEST_EXPECT_MSG_EQ(router->GetForwarding().size(), 2, "one entry of each");
        NS_TEST_EXPECT_MSG_EQ(router->GetMembers(TwoLans::RIGHT, IPV6).size(), 1, "members of IPv6");
        lans.RunUntil(7);
        NS_TEST_EXPECT_MSG_EQ(ipv4.Count(), 21, "IPv4 from 2 s to 4 s");
        NS_TEST_EXPECT_MSG_EQ(ipv6.Count(), 40, "IPv6 to the end");
        NS_TEST_EXPECT_MSG_EQ(DynamicCast<MulticastReceiver>(receivers.Get(0))->GetTotalPackets(), 40,
                              "MulticastReceiver");
        NS_TEST_EXPECT_MSG_EQ(Contains(log.changes, "2 239.1.1.1 left"), true, "IPv4 has left");
        NS_TEST_EXPECT_MSG_EQ(Contains(log.changes, "2 ff0e::1:1 joined"), true, "IPv6 has joined");
        NS_TEST_EXPECT_MSG_EQ(Contains(log.changes, "2 ff0e::1:1 left"), false, "and not left");
        Simulator::Destroy();
    }
};

/// A node may have one IP only.
class OneStackTest : public FamilyTestCase
{
  public:
    explicit OneStackTest(MulticastNode::Family family)
        : FamilyTestCase(family, "nodes with one IP only")
    {
    }

  private:
    void DoRun() override
    {
        auto helper = TwoLans::QuickHelper();
        helper.SetIpv4StackInstall(m_family == IPV4);
        helper.SetIpv6StackInstall(m_family == IPV6);
        TwoLans lans(helper, 2, m_family);
        StockSink sink(lans.hosts.Get(0), lans.Any());
        MulticastHelper::Join(lans.hosts.Get(0), lans.Group());
        lans.SendFrom(lans.sender.Get(0), 1, 2);
        lans.RunUntil(3);
        NS_TEST_EXPECT_MSG_EQ(sink.Count(), 10, "data");
        const auto host = lans.Multicast(lans.hosts.Get(0));
        const auto other = Ip(m_family == IPV4 ? "ff0e::1:1" : "239.1.1.1");
        NS_TEST_EXPECT_MSG_EQ(host->Join(other), false, "a group of the IP that it has not");
        NS_TEST_EXPECT_MSG_EQ(host->Accepts(1, other, lans.Left(2)), false, "nor does it take one");
        NS_TEST_EXPECT_MSG_EQ(host->GetMemberships(1, m_family == IPV4 ? IPV6 : IPV4).size(), 0, "no memberships");
        Simulator::Destroy();
    }
};

/// Ipv4 and Ipv6 number their interfaces differently if not all devices have both.
class NumberingTest : public TestCase
{
  public:
    NumberingTest()
        : TestCase("an interface has the index that its IP gives it")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper());
        Ipv6AddressHelper(Ipv6Address("2001:2::"), Ipv6Prefix(64)).Assign(lans.right);
        const auto index = MulticastHelper::GetInterfaceIndex(lans.right.Get(0), IPV6);
        NS_TEST_EXPECT_MSG_EQ(index, 1, "the second of Ipv4 is the first of Ipv6");
        const auto interface = MulticastHelper::GetInterface(lans.right.Get(0), IPV6);
        NS_TEST_EXPECT_MSG_EQ(interface->GetFamily(), IPV6, "family of its configuration");
        TraceLog log(lans.router.Get(0));
        MulticastHelper::JoinAt(Seconds(2), lans.hosts.Get(0), Ipv6Address("ff0e::1:1"));
        MulticastHelper::JoinAt(Seconds(2), lans.hosts.Get(0), lans.Group());
        lans.RunUntil(3);
        NS_TEST_EXPECT_MSG_EQ(Contains(log.changes, "1 ff0e::1:1 joined"), true, "IPv6 in the trace");
        NS_TEST_EXPECT_MSG_EQ(Contains(log.changes, "2 239.1.1.1 joined"), true, "IPv4 in the trace");
        const auto router = lans.Multicast(lans.router.Get(0));
        NS_TEST_EXPECT_MSG_EQ(router->GetMembers(1, IPV6).size(), 1, "members by the index of IPv6");
        NS_TEST_EXPECT_MSG_EQ(router->GetMembers(1, IPV4).size(), 0, "which is another one of IPv4");
        Simulator::Destroy();
    }
};

/// Groups of the node and the link, and link-local senders, don't get past a router (RFC 4291 2.5.6, 2.7).
class ScopeTest : public TestCase
{
  public:
    ScopeTest(const std::string& group, const std::string& source, bool passes)
        : TestCase(group + " from " + (source.empty() ? "a link-local address" : source)),
          m_group(group),
          m_source(source),
          m_passes(passes)
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 1, IPV6);
        const auto group = Ip(m_group);
        lans.Interface(lans.right.Get(0))->AddStaticJoin(Ipv6Address("ff0e::1:1"));
        MulticastHelper::Join(lans.router.Get(0), group, TwoLans::LEFT);
        const auto sender = lans.sender.Get(0);
        const auto own = sender->GetObject<Ipv6L3Protocol>()->GetInterface(1)->GetLinkLocalAddress().GetAddress();
        const auto socket = Socket::CreateSocket(sender, UdpSocketFactory::GetTypeId());
        socket->SetAttribute("IpMulticastTtl", UintegerValue(8));
        socket->Bind(SocketAddress(m_source.empty() ? Address(own) : Ip(m_source), 6000));
        StockSink near(lans.router.Get(0), lans.Any());
        StockSink here(sender, lans.Any());
        if (m_group.find("ff01") == 0)
        {
            MulticastHelper::Join(sender, group);
        }
        TraceLog log(lans.router.Get(0));
        for (int i = 0; i < 5; ++i)
        {
            Simulator::ScheduleWithContext(sender->GetId(), Seconds(1 + i), &SendDatagram, socket, group, 100);
        }
        lans.RunUntil(7);
        const bool nodeLocal = m_group.find("ff01") == 0;
        NS_TEST_EXPECT_MSG_EQ(near.Count(), (nodeLocal ? 0 : 5), "received on the link by a member there");
        NS_TEST_EXPECT_MSG_EQ(here.Count(), (nodeLocal ? 5 : 0), "received on the sender's node by a member of ff01::");
        NS_TEST_EXPECT_MSG_EQ(log.forwarded.size(), (m_passes ? 5 : 0), "forwarded");
        Simulator::Destroy();
    }

    std::string m_group;
    std::string m_source;
    bool m_passes;
};

/// Socket::Ipv6JoinGroup of ns-3 delivers as before, and not twice if the node has joined, too.
class StockJoinTest : public TestCase
{
  public:
    StockJoinTest()
        : TestCase("Socket::Ipv6JoinGroup beside a join")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 1, IPV6);
        const auto host = lans.hosts.Get(0);
        StockSink sink(host, lans.Any());
        const auto socket = Socket::CreateSocket(host, UdpSocketFactory::GetTypeId());
        socket->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 77));
        socket->Ipv6JoinGroup(Ipv6Address::ConvertFrom(lans.Group()));
        MulticastHelper::Join(host, lans.Group());
        lans.SendFrom(lans.sender.Get(0), 1, 2);
        lans.RunUntil(3);
        NS_TEST_EXPECT_MSG_EQ(sink.Count(), 10, "once each");
        Simulator::Destroy();
    }
};

/// A group of the link goes to those who listen to it, and Neighbour Discovery works as ever.
class LinkScopeTest : public TestCase
{
  public:
    LinkScopeTest()
        : TestCase("groups of the link, and unicast")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, IPV6);
        lans.PopulateRoutes();
        const auto group = Ip("ff02::1234");
        StockSink member(lans.hosts.Get(0), lans.Any());
        StockSink other(lans.hosts.Get(1), lans.Any());
        MulticastHelper::Join(lans.hosts.Get(0), group);
        lans.SendFrom(lans.router.Get(0), 1, 2, group, 1, lans.right.Get(0));
        lans.SendFrom(lans.sender.Get(0), 3, 4, Ip("2001:2::3"));
        lans.RunUntil(6);
        NS_TEST_EXPECT_MSG_EQ(member.Count(), 10, "the member");
        NS_TEST_EXPECT_MSG_EQ(other.CountBetween(0, 2.5), 0, "the other host");
        NS_TEST_EXPECT_MSG_EQ(other.CountBetween(2.5, 6), 10, "unicast through the router");
        Simulator::Destroy();
    }
};

/// What the RFCs or the attributes forbid.
class MldConfigTest : public TestCase
{
  public:
    MldConfigTest()
        : TestCase("attributes")
    {
    }

  private:
    void DoRun() override
    {
        const auto interface = CreateObject<MulticastInterface>();
        interface->SetFamily(IPV6);
        NS_TEST_EXPECT_MSG_EQ(interface->Validate(), "", "defaults");
        NS_TEST_EXPECT_MSG_EQ(interface->SetAttributeFailSafe("MldVersion", UintegerValue(3)), false, "no MLDv3");
        interface->SetAttribute("Ipv6SsmRange", StringValue("232.0.0.0/8"));
        NS_TEST_EXPECT_MSG_EQ(interface->Validate().find("Ipv6SsmRange: "), 0, "a range of IPv4");
        interface->SetAttribute("Ipv6SsmRange", StringValue("ff30::/32"));
        interface->SetAttribute("QueryResponseInterval", TimeValue(Seconds(100)));
        interface->SetAttribute("MldVersion", UintegerValue(1));
        NS_TEST_EXPECT_MSG_EQ(interface->Validate().find("QueryResponseInterval: "), 0, "MLDv1 cannot tell 100 s");
        interface->SetAttribute("QueryResponseInterval", TimeValue(Seconds(10)));
        interface->AddStaticJoin(Ipv4Address("239.1.1.1"));
        NS_TEST_EXPECT_MSG_EQ(interface->Validate().find("AddStaticJoin: "), 0, "a group of IPv4");
        interface->RemoveStaticJoin(Ipv4Address("239.1.1.1"));
        interface->AddBoundary(Ipv6Address("2001::"), Ipv6Prefix(16));
        NS_TEST_EXPECT_MSG_EQ(interface->Validate().find("AddBoundary: "), 0, "no group");
    }
};

/// Nobody holds on to anything when the simulation is destroyed; and the attributes of ICMPv6 are the node's.
class MldLifeTest : public TestCase
{
  public:
    MldLifeTest()
        : TestCase("from construction to destruction")
    {
    }

  private:
    void DoRun() override
    {
        Ptr<Node> router;
        Ptr<MulticastNode> multicast;
        Ptr<Ipv6RoutingProtocol> routing;
        Ptr<Icmpv6L4Protocol> icmp;
        {
            TwoLans lans(TwoLans::QuickHelper(), 1, IPV6);
            router = lans.router.Get(0);
            multicast = lans.Multicast(router);
            routing = router->GetObject<Ipv6>()->GetRoutingProtocol();
            icmp = router->GetObject<Ipv6L3Protocol>()->GetIcmpv6();
            MulticastHelper::Join(lans.hosts.Get(0), lans.Group());
            lans.SendFrom(lans.sender.Get(0), 1, 3);
            lans.RunUntil(2.05);
            NS_TEST_EXPECT_MSG_EQ(icmp->IsAlwaysDad(), false, "Config::SetDefault holds for the subclass");
        }
        Simulator::Destroy();
        NS_TEST_EXPECT_MSG_EQ(router->GetReferenceCount(), 1, "node");
        NS_TEST_EXPECT_MSG_EQ(multicast->GetReferenceCount(), 1, "MulticastNode");
        NS_TEST_EXPECT_MSG_EQ(routing->GetReferenceCount(), 1, "MulticastIpv6Routing");
        NS_TEST_EXPECT_MSG_EQ(icmp->GetReferenceCount(), 1, "MulticastIcmpv6L4Protocol");
    }
};

/// The suite.
class MulticastMldTestSuite : public TestSuite
{
  public:
    MulticastMldTestSuite()
        : TestSuite("multicast-mld")
    {
        AddTestCase(new MldWireTest(1));
        AddTestCase(new MldWireTest(2));
        AddTestCase(new MldElectionTest);
        AddTestCase(new MldVersionsTest(2, 1));
        AddTestCase(new MldVersionsTest(1, 2));
        AddTestCase(new StartUpTest(true));
        AddTestCase(new StartUpTest(false));
        AddTestCase(new SolicitedNodesTest);
        AddTestCase(new DualStackTest);
        AddTestCase(new OneStackTest(IPV4));
        AddTestCase(new OneStackTest(IPV6));
        AddTestCase(new NumberingTest);
        AddTestCase(new ScopeTest("ff0e::1:1", "2001:1::2", true));
        AddTestCase(new ScopeTest("ff0e::1:1", "", false));
        AddTestCase(new ScopeTest("ff01::1:1", "2001:1::2", false));
        AddTestCase(new ScopeTest("ff02::1:1", "2001:1::2", false));
        AddTestCase(new StockJoinTest);
        AddTestCase(new LinkScopeTest);
        AddTestCase(new MldConfigTest);
        AddTestCase(new MldLifeTest);
    }
};

static MulticastMldTestSuite g_multicastMldTestSuite;
