// SPDX-License-Identifier: GPL-2.0-only
// From construction to destruction, many times in one process, beside nodes that know nothing of it.

#include "multicast-test-network.h"

#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv4.h"
#include "ns3/multicast-receiver-helper.h"
#include "ns3/multicast-receiver.h"
#include "ns3/multicast-routing.h"
#include "ns3/multicast-socket.h"
#include "ns3/node.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <memory>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

// All that the nodes of one simulation say. With one seed for all of them, several hosts would answer at the same time,
// and CSMA's own chance would decide: then there is one.
std::vector<std::string>
LifeOf(uint64_t run, uint64_t seed, int64_t stream)
{
    RngSeedManager::SetRun(run);
    auto helper = TwoLans::QuickHelper();
    helper.Set("Seed", UintegerValue(seed));
    TwoLans lans(helper, seed == 0 ? 4 : 1);
    helper.AssignStreams(NodeContainer(lans.router, lans.sender, lans.hosts), stream);
    std::vector<std::unique_ptr<TraceLog>> logs;
    for (uint32_t i = 0; i < lans.hosts.GetN(); ++i)
    {
        logs.push_back(std::make_unique<TraceLog>(lans.hosts.Get(i)));
        MulticastHelper::JoinAt(Seconds(1 + i), lans.hosts.Get(i), TwoLans::GROUP);
        MulticastHelper::LeaveAt(Seconds(20 + i), lans.hosts.Get(i), TwoLans::GROUP);
    }
    logs.push_back(std::make_unique<TraceLog>(lans.router.Get(0)));
    lans.RunUntil(40);
    std::vector<std::string> life;
    for (const auto& log : logs)
    {
        life.insert(life.end(), log->events.begin(), log->events.end());
    }
    Simulator::Destroy();
    RngSeedManager::SetRun(1);
    return life;
}

} // namespace

/// The same run, streams and seed give the same life; another one of these gives other delays.
class StreamsTest : public TestCase
{
  public:
    StreamsTest()
        : TestCase("random streams")
    {
    }

  private:
    void DoRun() override
    {
        const auto life = LifeOf(1, 0, 100);
        NS_TEST_EXPECT_MSG_GT(life.size(), 50, "there is a life");
        NS_TEST_EXPECT_MSG_EQ((LifeOf(1, 0, 100) == life), true, "the same again");
        NS_TEST_EXPECT_MSG_EQ((LifeOf(2, 0, 100) == life), false, "another run");
        NS_TEST_EXPECT_MSG_EQ((LifeOf(1, 0, 200) == life), false, "other streams");
        const auto seeded = LifeOf(1, 7, 100);
        NS_TEST_EXPECT_MSG_EQ((LifeOf(2, 7, 200) == seeded), true, "a seed needs no stream");
        NS_TEST_EXPECT_MSG_EQ((LifeOf(1, 8, 100) == seeded), false, "another seed");
    }
};

/// Nobody holds on to anything when the simulation is destroyed.
class DestroyTest : public TestCase
{
  public:
    /// \param end when the simulation is cut off, in seconds; below zero: it never runs
    explicit DestroyTest(double end)
        : TestCase(end < 0 ? "destroyed before it ran" : "destroyed after " + std::to_string(end) + " s"),
          m_end(end)
    {
    }

  private:
    void DoRun() override
    {
        Ptr<Node> router;
        Ptr<MulticastNode> multicast;
        Ptr<MulticastInterface> interface;
        Ptr<Ipv4RoutingProtocol> routing;
        Ptr<MulticastSocket> socket;
        Ptr<Application> receiver;
        {
            TwoLans lans(TwoLans::QuickHelper());
            router = lans.router.Get(0);
            multicast = lans.Multicast(router);
            interface = multicast->GetInterface(1);
            routing = router->GetObject<Ipv4>()->GetRoutingProtocol();
            socket = MulticastSocket::Open(lans.hosts.Get(0), MULTICAST_TEST_PORT);
            socket->Join(TwoLans::GROUP);
            auto receivers = MulticastReceiverHelper(TwoLans::GROUP, 77).Install(lans.hosts.Get(1));
            receivers.Start(Seconds(0.5));
            receiver = receivers.Get(0);
            lans.SendFrom(lans.sender.Get(0), 1, 3);
            if (m_end >= 0)
            {
                lans.RunUntil(m_end);
            }
        }
        Simulator::Destroy();
        NS_TEST_EXPECT_MSG_EQ(router->GetReferenceCount(), 1, "node");
        NS_TEST_EXPECT_MSG_EQ(multicast->GetReferenceCount(), 1, "MulticastNode");
        NS_TEST_EXPECT_MSG_EQ(interface->GetReferenceCount(), 1, "MulticastInterface");
        NS_TEST_EXPECT_MSG_EQ(routing->GetReferenceCount(), 1, "MulticastRouting");
        NS_TEST_EXPECT_MSG_EQ(socket->GetReferenceCount(), 1, "MulticastSocket");
        NS_TEST_EXPECT_MSG_EQ(receiver->GetReferenceCount(), 1, "MulticastReceiver");
        // What is left is inert.
        NS_TEST_EXPECT_MSG_EQ(multicast->GetForwarding().size(), 0, "no cache");
        NS_TEST_EXPECT_MSG_EQ(multicast->Accepts(1, TwoLans::GROUP, TwoLans::SENDER), false, "no filter");
        socket->Close();
    }

    double m_end;
};

/// Two hundred worlds one after the other: each starts at time zero and knows nothing of the last.
class ManyWorldsTest : public TestCase
{
  public:
    ManyWorldsTest()
        : TestCase("two hundred worlds in one process")
    {
    }

  private:
    void DoRun() override
    {
        for (uint32_t i = 0; i < 200; ++i)
        {
            TwoLans lans(TwoLans::QuickHelper());
            StockSink sink(lans.hosts.Get(0));
            MulticastHelper::Join(lans.hosts.Get(0), TwoLans::GROUP);
            lans.SendFrom(lans.sender.Get(0), 1, 1.5);
            lans.RunUntil(2);
            NS_TEST_EXPECT_MSG_EQ(sink.Count(), 5, "datagrams in world " << i);
            NS_TEST_EXPECT_MSG_EQ(lans.router.Get(0)->GetId(), 0, "node numbers start over");
            Simulator::Destroy();
        }
    }
};

/// Nodes with a stock stack, in the same network, receive and forward multicast as ever.
class StockNodesTest : public TestCase
{
  public:
    StockNodesTest()
        : TestCase("nodes without IGMP are not affected")
    {
    }

  private:
    void OnTx(Ptr<const Packet>, Ptr<Ipv4>, uint32_t)
    {
        ++m_sent;
    }

    void DoRun() override
    {
        // multicast router --- LAN --- stock router --- LAN --- stock host
        TwoLans lans(TwoLans::QuickHelper(), 1);
        NodeContainer stock(2);
        CsmaHelper csma;
        const auto router = stock.Get(0);
        const auto left = csma.Install(router, DynamicCast<CsmaChannel>(lans.right.Get(0)->GetChannel()));
        const auto right = csma.Install(stock);
        InternetStackHelper().Install(stock);
        Ipv4AddressHelper("10.2.0.0", "255.255.255.0", "0.0.0.100").Assign(left);
        Ipv4AddressHelper("10.3.0.0", "255.255.255.0").Assign(right);
        Ipv4StaticRoutingHelper().AddMulticastRoute(router, TwoLans::SENDER, TwoLans::GROUP, left.Get(0),
                                                    NetDeviceContainer(right.Get(0)));
        router->GetObject<Ipv4>()->TraceConnectWithoutContext("Tx", MakeCallback(&StockNodesTest::OnTx, this));
        StockSink near(router);
        StockSink far(stock.Get(1));
        MulticastHelper::Join(lans.hosts.Get(0), TwoLans::GROUP); // brings the stream to the LAN
        lans.SendFrom(lans.sender.Get(0), 1, 3);
        lans.RunUntil(4);
        NS_TEST_EXPECT_MSG_EQ(near.Count(), 20, "a stock node takes all that comes");
        NS_TEST_EXPECT_MSG_EQ(far.Count(), 20, "and forwards by its own routes");
        NS_TEST_EXPECT_MSG_EQ(m_sent, 20, "and sends nothing else");
        Simulator::Destroy();
    }

    uint32_t m_sent = 0;
};

/// Trace sinks may call back: a listener that joins another group when it hears of a first.
class ReentryTest : public TestCase
{
  public:
    ReentryTest()
        : TestCase("joins and leaves from within traces and applications")
    {
    }

  private:
    void OnMembership(uint32_t, const Address& group, bool present)
    {
        if (present && group == TwoLans::GROUP)
        {
            m_router->Join(Ipv4Address("239.9.9.9"), TwoLans::RIGHT);
        }
    }

    void OnData(Ptr<Packet>, const Address&, uint16_t, const Address&, uint32_t)
    {
        ++m_received;
        m_socket->Close();
    }

    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper());
        m_router = lans.Multicast(lans.router.Get(0));
        m_router->TraceConnectWithoutContext("MembershipChange", MakeCallback(&ReentryTest::OnMembership, this));
        m_socket = MulticastSocket::Open(lans.hosts.Get(0), MULTICAST_TEST_PORT);
        m_socket->SetReceiveCallback(MakeCallback(&ReentryTest::OnData, this));
        m_socket->Join(TwoLans::GROUP);
        lans.SendFrom(lans.sender.Get(0), 1, 5);
        lans.RunUntil(6);
        NS_TEST_EXPECT_MSG_EQ(m_received, 1, "closed by its own first datagram");
        const auto members = m_router->GetMembers(TwoLans::RIGHT);
        NS_TEST_EXPECT_MSG_EQ(members.size(), 1, "the group that the trace sink joined");
        for (const auto& group : members)
        {
            NS_TEST_EXPECT_MSG_EQ(group.group, Ipv4Address("239.9.9.9"), "its name");
        }
        Simulator::Destroy();
        m_socket = nullptr;
        m_router = nullptr;
    }

    Ptr<MulticastNode> m_router;
    Ptr<MulticastSocket> m_socket;
    uint32_t m_received = 0;
};

/// The suite.
class MulticastLifecycleTestSuite : public TestSuite
{
  public:
    MulticastLifecycleTestSuite()
        : TestSuite("multicast-lifecycle")
    {
        AddTestCase(new StreamsTest);
        AddTestCase(new DestroyTest(-1));
        AddTestCase(new DestroyTest(0));
        AddTestCase(new DestroyTest(2.05));
        AddTestCase(new DestroyTest(30));
        AddTestCase(new ManyWorldsTest);
        AddTestCase(new StockNodesTest);
        AddTestCase(new ReentryTest);
    }
};

static MulticastLifecycleTestSuite g_multicastLifecycleTestSuite;
