// SPDX-License-Identifier: GPL-2.0-only
// Attributes: their defaults, the values that the RFCs forbid, and the ways in which ns-3 sets them.

#include "multicast-test-network.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/ipv4-list-routing-helper.h"
#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/multicast-routing.h"
#include "ns3/node.h"
#include "ns3/rip-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

// Names of cases are names of folders, too.
std::string
CaseName(std::string value)
{
    std::replace(value.begin(), value.end(), '/', '-');
    return value;
}

} // namespace

/// What RFC 3376 section 8 says, and our own choices.
class DefaultsTest : public TestCase
{
  public:
    DefaultsTest()
        : TestCase("defaults")
    {
    }

  private:
    void DoRun() override
    {
        const auto interface = CreateObject<MulticastInterface>();
        const auto& values = interface->GetValues();
        NS_TEST_EXPECT_MSG_EQ(+values.version, 3, "Version");
        NS_TEST_EXPECT_MSG_EQ(values.profile, 3376, "Profile");
        NS_TEST_EXPECT_MSG_EQ(values.robustness, 2, "RobustnessVariable");
        NS_TEST_EXPECT_MSG_EQ(values.queryInterval, Seconds(125), "QueryInterval");
        NS_TEST_EXPECT_MSG_EQ(values.queryResponseInterval, Seconds(10), "QueryResponseInterval");
        NS_TEST_EXPECT_MSG_EQ(values.lastMemberQueryInterval, Seconds(1), "LastMemberQueryInterval");
        NS_TEST_EXPECT_MSG_EQ(values.unsolicitedReportInterval, Seconds(1), "UnsolicitedReportInterval");
        NS_TEST_EXPECT_MSG_EQ(values.unsolicitedReportIntervalV2, Seconds(10), "UnsolicitedReportIntervalV2");
        NS_TEST_EXPECT_MSG_EQ(+values.ttlThreshold, 1, "TtlThreshold");
        NS_TEST_EXPECT_MSG_EQ(interface->Validate(), "", "the defaults are valid");
    }
};

/// A value that an RFC forbids is named with its attribute.
class ForbiddenTest : public TestCase
{
  public:
    ForbiddenTest(const std::string& attribute, const std::string& value, const std::string& named = "")
        : TestCase(attribute + " must not be " + CaseName(value)),
          m_attribute(attribute),
          m_value(value),
          m_named((named.empty() ? attribute : named) + ": ")
    {
    }

  private:
    void DoRun() override
    {
        const auto interface = CreateObject<MulticastInterface>();
        interface->SetAttribute(m_attribute, StringValue(m_value));
        const auto error = interface->Validate();
        NS_TEST_EXPECT_MSG_EQ(error.substr(0, m_named.size()), m_named, "the message starts with the attribute");
        NS_TEST_EXPECT_MSG_GT(error.size(), m_named.size() + 10, "and says what is wrong");
    }

    std::string m_attribute;
    std::string m_value;
    std::string m_named;
};

/// The checkers of the attributes refuse what no version of the protocol could mean.
class RefusedTest : public TestCase
{
  public:
    RefusedTest(const std::string& attribute, const std::string& value)
        : TestCase(attribute + " of " + value + " is refused at once"),
          m_attribute(attribute),
          m_value(value)
    {
    }

  private:
    void DoRun() override
    {
        const auto interface = CreateObject<MulticastInterface>();
        const bool taken = interface->SetAttributeFailSafe(m_attribute, StringValue(m_value));
        NS_TEST_EXPECT_MSG_EQ(taken, false, "refused");
    }

    std::string m_attribute;
    std::string m_value;
};

/// A simulation with a forbidden value ends, and its last words name the attribute and the interface.
class FatalTest : public TestCase
{
  public:
    FatalTest()
        : TestCase("a forbidden value ends the simulation")
    {
    }

  private:
    static void Simulate()
    {
        MulticastHelper helper;
        helper.SetInterface("QueryInterval", TimeValue(Seconds(5))); // below the Query Response Interval
        TwoLans lans(helper);
        lans.RunUntil(1);
    }

    void DoRun() override
    {
        int ends[2];
        NS_TEST_EXPECT_MSG_EQ(pipe(ends), 0, "a pipe");
        const pid_t child = fork();
        if (child == 0)
        {
            dup2(ends[1], STDERR_FILENO);
            close(ends[0]);
            close(ends[1]);
            Simulate();
            _exit(0);
        }
        close(ends[1]);
        std::string text;
        char buffer[512];
        for (ssize_t n = read(ends[0], buffer, sizeof(buffer)); n > 0; n = read(ends[0], buffer, sizeof(buffer)))
        {
            text.append(buffer, n);
        }
        close(ends[0]);
        int status = 0;
        waitpid(child, &status, 0);
        NS_TEST_EXPECT_MSG_EQ(WIFSIGNALED(status), true, "the simulation ends");
        NS_TEST_EXPECT_MSG_NE(text.find("ns3::MulticastInterface::QueryResponseInterval: "), std::string::npos, text);
        NS_TEST_EXPECT_MSG_NE(text.find("interface 1"), std::string::npos, text);
    }
};

/// Config::SetDefault, the helper, and paths; a later one overrides an earlier one.
class WaysTest : public TestCase
{
  public:
    WaysTest()
        : TestCase("ways to set an attribute")
    {
    }

  private:
    void OnDrop(std::string context, const Header&, Ptr<const Packet>, const std::string& reason, uint32_t)
    {
        m_context = context;
        m_reason = reason;
    }

    void DoRun() override
    {
        Config::SetDefault("ns3::MulticastInterface::RobustnessVariable", UintegerValue(3));
        Config::SetDefault("ns3::MulticastInterface::QueryInterval", TimeValue(Seconds(40)));
        MulticastHelper helper;
        helper.SetInterface("QueryInterval", TimeValue(Seconds(50)));
        TwoLans lans(helper);
        const std::string node = "/NodeList/" + std::to_string(lans.router.Get(0)->GetId()) + "/$ns3::MulticastNode";
        Config::Set(node + "/InterfaceList/2/QueryInterval", StringValue("60s"));
        Config::Connect("/NodeList/*/$ns3::MulticastNode/Drop", MakeCallback(&WaysTest::OnDrop, this));
        lans.SendFrom(lans.sender.Get(0), 0.5, 0.6);
        lans.RunUntil(1);
        const auto router = lans.Multicast(lans.router.Get(0));
        NS_TEST_EXPECT_MSG_EQ(router->GetQuerier(TwoLans::LEFT).robustness, 3, "Config::SetDefault");
        NS_TEST_EXPECT_MSG_EQ(router->GetQuerier(TwoLans::LEFT).queryInterval, Seconds(50), "the helper");
        NS_TEST_EXPECT_MSG_EQ(router->GetQuerier(TwoLans::RIGHT).queryInterval, Seconds(60), "a path");
        NS_TEST_EXPECT_MSG_EQ(m_context, node + "/Drop", "a trace by its path");
        NS_TEST_EXPECT_MSG_EQ(m_reason, "not-member", "reason");
        Simulator::Destroy();
        Config::Reset();
    }

    std::string m_context;
    std::string m_reason;
};

/// Any unicast routing: its protocols are the node's own, where stock helpers find them.
class UnicastRoutingTest : public TestCase
{
  public:
    UnicastRoutingTest()
        : TestCase("unicast routing of one's choice")
    {
    }

  private:
    void DoRun() override
    {
        NodeContainer nodes(2);
        RipHelper rip;
        Ipv4ListRoutingHelper list;
        list.Add(Ipv4StaticRoutingHelper(), 5);
        list.Add(rip, 10);
        MulticastHelper helper;
        helper.SetUnicastRouting(list);
        helper.InstallRouters(NodeContainer(nodes.Get(0)));
        helper.SetUnicastRouting(Ipv4StaticRoutingHelper());
        helper.InstallHosts(NodeContainer(nodes.Get(1)));
        const auto first = DynamicCast<MulticastRouting>(nodes.Get(0)->GetObject<Ipv4>()->GetRoutingProtocol());
        const auto second = DynamicCast<MulticastRouting>(nodes.Get(1)->GetObject<Ipv4>()->GetRoutingProtocol());
        NS_TEST_EXPECT_MSG_EQ(first->GetNRoutingProtocols(), 2, "RIP and static");
        int16_t priority = 0;
        first->GetRoutingProtocol(0, priority);
        NS_TEST_EXPECT_MSG_EQ(priority, 10, "in the order of their priorities");
        NS_TEST_EXPECT_MSG_EQ(second->GetNRoutingProtocols(), 1, "one protocol");
        const auto routing = Ipv4StaticRoutingHelper().GetStaticRouting(nodes.Get(0)->GetObject<Ipv4>());
        NS_TEST_EXPECT_MSG_NE(routing, nullptr, "Ipv4StaticRoutingHelper finds its protocol");
        Simulator::Stop(Seconds(0.1)); // RIP can't be destroyed before it has started
        Simulator::Run();
        Simulator::Destroy();
    }
};

/// RIP's own multicast goes on as ever: it cannot join its group.
class RipTest : public TestCase
{
  public:
    RipTest()
        : TestCase("RIP between two multicast routers gives the way back to a source")
    {
    }

  private:
    void DoRun() override
    {
        NodeContainer routers(2);
        NodeContainer hosts(2);
        auto helper = TwoLans::QuickHelper();
        helper.SetUnicastRouting(RipHelper());
        helper.InstallRouters(routers);
        auto hostHelper = TwoLans::QuickHelper();
        hostHelper.InstallHosts(hosts);
        CsmaHelper csma;
        const auto left = csma.Install(NodeContainer(hosts.Get(0), routers.Get(0)));
        const auto middle = csma.Install(routers);
        const auto right = csma.Install(NodeContainer(routers.Get(1), hosts.Get(1)));
        Ipv4AddressHelper("10.1.0.0", "255.255.255.0").Assign(left);
        Ipv4AddressHelper("10.2.0.0", "255.255.255.0").Assign(middle);
        Ipv4AddressHelper("10.3.0.0", "255.255.255.0").Assign(right);
        const Ipv4Address group("239.1.1.1");
        StockSink sink(hosts.Get(1));
        MulticastHelper::Join(hosts.Get(1), group);
        MulticastHelper::Join(routers.Get(1), group, MulticastHelper::GetInterfaceIndex(middle.Get(1)));
        const auto socket = Socket::CreateSocket(hosts.Get(0), TypeId::LookupByName("ns3::UdpSocketFactory"));
        for (int i = 0; i < 10; ++i)
        {
            Simulator::ScheduleWithContext(hosts.Get(0)->GetId(), Seconds(60) + MilliSeconds(100 * i), &SendDatagram,
                                           socket, group, 100);
        }
        Simulator::Stop(Seconds(62));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sink.Count(), 10, "datagrams over two routers");
        Simulator::Destroy();
    }
};

/// The suite.
class MulticastConfigTestSuite : public TestSuite
{
  public:
    MulticastConfigTestSuite()
        : TestSuite("multicast-config")
    {
        AddTestCase(new DefaultsTest);
        AddTestCase(new ForbiddenTest("RobustnessVariable", "0"));
        AddTestCase(new ForbiddenTest("RobustnessVariable", "256"));
        AddTestCase(new ForbiddenTest("QueryInterval", "0s"));
        AddTestCase(new ForbiddenTest("QueryInterval", "40000s"));
        AddTestCase(new ForbiddenTest("QueryInterval", "10s", "QueryResponseInterval"));
        AddTestCase(new ForbiddenTest("QueryResponseInterval", "50ms"));
        AddTestCase(new ForbiddenTest("QueryResponseInterval", "125s"));
        AddTestCase(new ForbiddenTest("StartupQueryInterval", "-1s"));
        AddTestCase(new ForbiddenTest("LastMemberQueryInterval", "0s"));
        AddTestCase(new ForbiddenTest("LastMemberQueryCount", "256"));
        AddTestCase(new ForbiddenTest("UnsolicitedReportInterval", "0s"));
        AddTestCase(new ForbiddenTest("UnsolicitedReportIntervalV2", "0s"));
        AddTestCase(new ForbiddenTest("MaxGroups", "0"));
        AddTestCase(new ForbiddenTest("Profile", "3377"));
        AddTestCase(new ForbiddenTest("SsmRange", "232.0.0.0/33"));
        AddTestCase(new ForbiddenTest("SsmRange", "all"));
        AddTestCase(new RefusedTest("Version", "0"));
        AddTestCase(new RefusedTest("Version", "4"));
        AddTestCase(new RefusedTest("TtlThreshold", "0"));
        AddTestCase(new FatalTest);
        AddTestCase(new WaysTest);
        AddTestCase(new UnicastRoutingTest);
        AddTestCase(new RipTest);
    }
};

static MulticastConfigTestSuite g_multicastConfigTestSuite;
