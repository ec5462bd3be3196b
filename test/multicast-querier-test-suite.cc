// SPDX-License-Identifier: GPL-2.0-only
// Several routers and several versions on one LAN, and a LAN that changes while it runs.

#include "multicast-test-network.h"

#include "ns3/boolean.h"
#include "ns3/ipv4.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

const uint8_t QUERY = 0x11;
const uint8_t REPORT_V1 = 0x12;
const uint8_t REPORT_V2 = 0x16;
const uint8_t LEAVE = 0x17;
const uint8_t REPORT_V3 = 0x22;

const Ipv4Address GROUP("239.1.1.1");

// Nodes on one CSMA LAN, 10.0.0.0/24 in the order in which they are given.
NetDeviceContainer
MakeLan(NodeContainer nodes)
{
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("100Mbps"));
    const auto devices = csma.Install(nodes);
    Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    return devices;
}

void
RunUntil(double end)
{
    Simulator::Stop(Seconds(end) - Simulator::Now());
    Simulator::Run();
}

std::size_t
CountSince(const std::vector<TraceLog::Sent>& messages, double from)
{
    return std::count_if(messages.begin(), messages.end(),
                         [from](const TraceLog::Sent& message) { return message.at >= Seconds(from); });
}

bool
Contains(const std::vector<std::string>& texts, const std::string& part)
{
    return std::any_of(texts.begin(), texts.end(),
                       [&part](const std::string& text) { return text.find(part) != std::string::npos; });
}

} // namespace

/// The lower address is the querier; when it falls silent the other takes over, and gives way when it is back.
class ElectionTest : public TestCase
{
  public:
    ElectionTest()
        : TestCase("election between two routers")
    {
    }

  private:
    void DoRun() override
    {
        NodeContainer routers(2);
        auto helper = TwoLans::QuickHelper();
        helper.InstallRouters(routers);
        MakeLan(routers);
        const auto lower = routers.Get(0)->GetObject<MulticastNode>();
        const auto higher = routers.Get(1)->GetObject<MulticastNode>();
        TraceLog lowerLog(routers.Get(0));
        TraceLog higherLog(routers.Get(1));
        RunUntil(30);
        NS_TEST_EXPECT_MSG_EQ(lower->GetQuerier(1).isQuerier, true, "the lower address is querier");
        NS_TEST_EXPECT_MSG_EQ(higher->GetQuerier(1).isQuerier, false, "the higher address is not");
        NS_TEST_EXPECT_MSG_EQ(higher->GetQuerier(1).querier, Ipv4Address("10.0.0.1"), "and knows who is");
        NS_TEST_EXPECT_MSG_GT(CountSince(lowerLog.SentOfType(QUERY), 5), 1, "the querier asks");
        NS_TEST_EXPECT_MSG_EQ(CountSince(higherLog.SentOfType(QUERY), 5), 0, "the other doesn't");

        routers.Get(0)->GetObject<Ipv4>()->SetDown(1);
        RunUntil(60); // Other Querier Present Interval: 2 x 10 s + 1 s
        NS_TEST_EXPECT_MSG_EQ(higher->GetQuerier(1).isQuerier, true, "the other takes over");
        NS_TEST_EXPECT_MSG_EQ(lower->GetQuerier(1).active, false, "the interface is down");
        NS_TEST_EXPECT_MSG_EQ(Contains(higherLog.states, "querier-changed"), true, "trace");

        routers.Get(0)->GetObject<Ipv4>()->SetUp(1);
        RunUntil(65);
        NS_TEST_EXPECT_MSG_EQ(lower->GetQuerier(1).isQuerier, true, "the lower address is back");
        NS_TEST_EXPECT_MSG_EQ(higher->GetQuerier(1).isQuerier, false, "and the other gives way");
        Simulator::Destroy();
    }
};

/// Both routers know the members, and both forward a stream that comes in elsewhere.
class NonQuerierTest : public TestCase
{
  public:
    NonQuerierTest()
        : TestCase("a router that is not the querier knows the members, too")
    {
    }

  private:
    void DoRun() override
    {
        NodeContainer routers(2);
        NodeContainer hosts(1);
        const auto helper = TwoLans::QuickHelper();
        helper.InstallRouters(routers);
        helper.InstallHosts(hosts);
        MakeLan(NodeContainer(routers, hosts));
        TraceLog log(routers.Get(1));
        MulticastHelper::JoinAt(Seconds(5), hosts.Get(0), GROUP);
        MulticastHelper::LeaveAt(Seconds(15), hosts.Get(0), GROUP);
        RunUntil(10);
        for (uint32_t i = 0; i < 2; ++i)
        {
            const auto members = routers.Get(i)->GetObject<MulticastNode>()->GetMembers(1);
            NS_TEST_EXPECT_MSG_EQ(members.size(), 1, "members on router " << i);
        }
        RunUntil(20); // the querier's group queries lower the group timer of the other, too
        NS_TEST_EXPECT_MSG_EQ(routers.Get(1)->GetObject<MulticastNode>()->GetMembers(1).size(), 0, "after the leave");
        NS_TEST_EXPECT_MSG_EQ(CountSince(log.SentOfType(QUERY), 5), 0, "without a query of its own");
        Simulator::Destroy();
    }
};

/// Hosts of a version below the router's are heard in that version.
class OlderHostTest : public TestCase
{
  public:
    explicit OlderHostTest(uint8_t version)
        : TestCase("IGMPv3 router, IGMPv" + std::to_string(version) + " host"),
          m_version(version)
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper());
        MulticastHelper::GetInterface(lans.right.Get(1))->SetAttribute("Version", UintegerValue(m_version));
        StockSink sink(lans.hosts.Get(0));
        TraceLog log(lans.hosts.Get(0));
        MulticastHelper::JoinAt(Seconds(1), lans.hosts.Get(0), GROUP);
        MulticastHelper::LeaveAt(Seconds(10.05), lans.hosts.Get(0), GROUP);
        lans.SendFrom(lans.sender.Get(0), 2, 10);
        lans.RunUntil(9);
        const auto members = lans.Multicast(lans.router.Get(0))->GetMembers(TwoLans::RIGHT);
        NS_TEST_EXPECT_MSG_EQ(members.size(), 1, "the group is known");
        for (const auto& group : members)
        {
            NS_TEST_EXPECT_MSG_EQ(+group.version, +m_version, "in the host's version");
        }
        lans.RunUntil(14);
        NS_TEST_EXPECT_MSG_EQ(sink.Count(), 80, "the stream arrives");
        NS_TEST_EXPECT_MSG_GT(log.SentOfType(m_version == 1 ? REPORT_V1 : REPORT_V2).size(), 0, "reports");
        NS_TEST_EXPECT_MSG_EQ(log.SentOfType(REPORT_V3).size(), 0, "none of version 3");
        NS_TEST_EXPECT_MSG_EQ(log.SentOfType(LEAVE).size(), (m_version == 1 ? 0 : 1), "leaves");
        const auto left = lans.Multicast(lans.router.Get(0))->GetMembers(TwoLans::RIGHT).size();
        NS_TEST_EXPECT_MSG_EQ(left, (m_version == 1 ? 1 : 0), "IGMPv1 members leave in silence");
        Simulator::Destroy();
    }

    uint8_t m_version;
};

/// A host of version 3 speaks an older querier's version, and version 3 again when that is gone.
class OlderQuerierTest : public TestCase
{
  public:
    explicit OlderQuerierTest(uint8_t version)
        : TestCase("IGMPv" + std::to_string(version) + " querier, IGMPv3 host"),
          m_version(version)
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper());
        const auto interface = MulticastHelper::GetInterface(lans.right.Get(0));
        interface->SetAttribute("Version", UintegerValue(m_version));
        TraceLog log(lans.hosts.Get(0));
        MulticastHelper::JoinAt(Seconds(1), lans.hosts.Get(0), GROUP);
        lans.RunUntil(9);
        NS_TEST_EXPECT_MSG_GT(log.SentOfType(m_version == 1 ? REPORT_V1 : REPORT_V2).size(), 0, "older reports");
        NS_TEST_EXPECT_MSG_EQ(log.SentOfType(REPORT_V3).size(), 0, "none of version 3");
        const auto members = lans.Multicast(lans.router.Get(0))->GetMembers(TwoLans::RIGHT);
        NS_TEST_EXPECT_MSG_EQ(members.size(), 1, "the querier knows the group");
        // The older querier becomes one of version 3: the host follows when the older one has timed out.
        Simulator::Schedule(Seconds(0.05), [=]() { interface->SetAttribute("Version", UintegerValue(3)); });
        RunUntil(300); // Older Version Querier Present Timeout: 2 x 125 s + 10 s, the host's own values
        MulticastHelper::Leave(lans.hosts.Get(0), GROUP);
        RunUntil(302);
        NS_TEST_EXPECT_MSG_GT(log.SentOfType(REPORT_V3).size(), 0, "version 3 again");
        Simulator::Destroy();
    }

    uint8_t m_version;
};

/// Routers that don't run IGMP on an interface, and nodes that don't take part at all.
class DisabledTest : public TestCase
{
  public:
    DisabledTest()
        : TestCase("Router and Enabled switched off on an interface")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper());
        const auto router = lans.Multicast(lans.router.Get(0));
        MulticastHelper::GetInterface(lans.right.Get(0))->SetAttribute("Router", BooleanValue(false));
        MulticastHelper::GetInterface(lans.right.Get(2))->SetAttribute("Enabled", BooleanValue(false));
        TraceLog log(lans.router.Get(0));
        TraceLog silent(lans.hosts.Get(1));
        MulticastHelper::JoinAt(Seconds(1), lans.hosts.Get(0), GROUP);
        lans.RunUntil(5);
        NS_TEST_EXPECT_MSG_EQ(router->GetQuerier(TwoLans::RIGHT).active, false, "no router there");
        NS_TEST_EXPECT_MSG_EQ(router->GetQuerier(TwoLans::LEFT).active, true, "but elsewhere");
        NS_TEST_EXPECT_MSG_EQ(router->GetMembers(TwoLans::RIGHT).size(), 0, "no members");
        const auto queries = log.SentOfType(QUERY);
        const bool none = std::none_of(queries.begin(), queries.end(),
                                       [](const TraceLog::Sent& query) { return query.interface == TwoLans::RIGHT; });
        NS_TEST_EXPECT_MSG_EQ(none, true, "no queries");
        NS_TEST_EXPECT_MSG_EQ(silent.sent.size(), 0, "a node that takes no part says nothing");
        Simulator::Destroy();
    }
};

/// Interfaces, addresses and attributes that change while the simulation runs.
class ChangeTest : public TestCase
{
  public:
    ChangeTest()
        : TestCase("changes while it runs")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper());
        const auto router = lans.Multicast(lans.router.Get(0));
        const auto host = lans.hosts.Get(0);
        StockSink sink(host);
        TraceLog log(host);
        TraceLog routerLog(lans.router.Get(0));
        MulticastHelper::Join(host, GROUP);
        lans.SendFrom(lans.sender.Get(0), 1, 40);
        lans.RunUntil(5.05);

        host->GetObject<Ipv4>()->SetDown(1);
        lans.RunUntil(10.05);
        host->GetObject<Ipv4>()->SetUp(1);
        lans.RunUntil(12);
        NS_TEST_EXPECT_MSG_EQ(sink.CountBetween(5.05, 10.05), 0, "an interface that is down");
        NS_TEST_EXPECT_MSG_EQ(sink.CountBetween(10.05, 12), 19, "and up again");
        NS_TEST_EXPECT_MSG_GT(CountSince(log.SentOfType(REPORT_V3), 10), 0, "reports when it comes up");

        // An interval that is in force at once; two attributes that would not be valid one by one.
        const auto interface = router->GetInterface(TwoLans::RIGHT);
        interface->SetAttribute("QueryResponseInterval", TimeValue(Seconds(20)));
        interface->SetAttribute("QueryInterval", TimeValue(Seconds(60)));
        lans.RunUntil(13);
        NS_TEST_EXPECT_MSG_EQ(router->GetQuerier(TwoLans::RIGHT).queryInterval, Seconds(60), "new interval");
        NS_TEST_EXPECT_MSG_EQ(router->GetMembers(TwoLans::RIGHT).size(), 1, "members are kept");

        // A new address on the router: queries come from the first.
        const auto ipv4 = lans.router.Get(0)->GetObject<Ipv4>();
        ipv4->RemoveAddress(TwoLans::RIGHT, 0);
        lans.RunUntil(14);
        NS_TEST_EXPECT_MSG_EQ(router->GetQuerier(TwoLans::RIGHT).active, false, "no address, no querier");
        ipv4->AddAddress(TwoLans::RIGHT, Ipv4InterfaceAddress(Ipv4Address("10.2.0.9"), Ipv4Mask("255.255.255.0")));
        lans.RunUntil(40);
        NS_TEST_EXPECT_MSG_EQ(router->GetQuerier(TwoLans::RIGHT).querier, Ipv4Address("10.2.0.9"), "new address");
        NS_TEST_EXPECT_MSG_GT(sink.CountBetween(35, 40), 45, "the stream is back with the members");
        Simulator::Destroy();
    }
};

/// A fast leave asks nobody.
class FastLeaveTest : public TestCase
{
  public:
    FastLeaveTest()
        : TestCase("fast leave")
    {
    }

  private:
    void DoRun() override
    {
        auto helper = TwoLans::QuickHelper();
        helper.SetInterface("FastLeave", BooleanValue(true));
        TwoLans lans(helper, 1);
        TraceLog log(lans.router.Get(0));
        MulticastHelper::Join(lans.hosts.Get(0), GROUP);
        lans.SendFrom(lans.sender.Get(0), 1, 10);
        MulticastHelper::LeaveAt(Seconds(5.05), lans.hosts.Get(0), GROUP);
        lans.RunUntil(11);
        NS_TEST_EXPECT_MSG_EQ(log.forwarded.size(), 41, "nothing after the leave");
        Simulator::Destroy();
    }
};

/// The suite.
class MulticastQuerierTestSuite : public TestSuite
{
  public:
    MulticastQuerierTestSuite()
        : TestSuite("multicast-querier")
    {
        AddTestCase(new ElectionTest);
        AddTestCase(new NonQuerierTest);
        AddTestCase(new OlderHostTest(1));
        AddTestCase(new OlderHostTest(2));
        AddTestCase(new OlderQuerierTest(1));
        AddTestCase(new OlderQuerierTest(2));
        AddTestCase(new DisabledTest);
        AddTestCase(new ChangeTest);
        AddTestCase(new FastLeaveTest);
    }
};

static MulticastQuerierTestSuite g_multicastQuerierTestSuite;
