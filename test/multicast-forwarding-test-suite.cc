// SPDX-License-Identifier: GPL-2.0-only
// The data plane: thresholds, boundaries, routes, local senders and members of routers, what is dropped and why.

#include "multicast-test-network.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/integer.h"
#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/multicast-socket.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/test.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace ns3;

/// Data goes out of an interface only with a TTL above its threshold, and with one less than it came in.
class TtlThresholdTest : public FamilyTestCase
{
  public:
    TtlThresholdTest(MulticastNode::Family family, uint8_t threshold, uint8_t ttl, bool passes)
        : FamilyTestCase(family, "threshold " + std::to_string(threshold) + ", TTL " + std::to_string(ttl)),
          m_threshold(threshold),
          m_ttl(ttl),
          m_passes(passes)
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        lans.Interface(lans.right.Get(0))->SetAttribute("TtlThreshold", UintegerValue(m_threshold));
        StockSink sink(lans.hosts.Get(0), lans.Any());
        TraceLog log(lans.router.Get(0));
        MulticastHelper::Join(lans.hosts.Get(0), lans.Group());
        lans.SendFrom(lans.sender.Get(0), 1, 2, lans.Group(), m_ttl);
        lans.RunUntil(3);
        NS_TEST_EXPECT_MSG_EQ(sink.Count(), (m_passes ? 10 : 0), "received");
        NS_TEST_EXPECT_MSG_EQ(log.drops["ttl-threshold"], (m_passes ? 0 : 10), "dropped by the threshold");
        for (const auto& packet : log.forwarded)
        {
            NS_TEST_EXPECT_MSG_EQ(+packet.hops, m_ttl - 1, "TTL of a forwarded packet");
        }
        Simulator::Destroy();
    }

    uint8_t m_threshold;
    uint8_t m_ttl;
    bool m_passes;
};

/// Groups of a range don't cross a boundary, in or out; others do; and the boundary can go while data flows.
class BoundaryTest : public FamilyTestCase
{
  public:
    BoundaryTest(MulticastNode::Family family, uint32_t interface, const std::string& name)
        : FamilyTestCase(family, "boundary on the " + name + " interface"),
          m_interface(interface)
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        const auto outside = Ip(m_family == MulticastNode::IPV4 ? "239.2.1.1" : "ff1e::2:1");
        const auto interface = lans.Multicast(lans.router.Get(0))->GetInterface(m_interface, m_family);
        if (m_family == MulticastNode::IPV4)
        {
            interface->AddBoundary(Ipv4Address("239.1.0.0"), Ipv4Mask("255.255.0.0"));
        }
        else
        {
            interface->AddBoundary(Ipv6Address("ff0e::"), Ipv6Prefix(16));
        }
        StockSink inRange(lans.hosts.Get(0), lans.Group());
        StockSink outOfRange(lans.hosts.Get(0), outside);
        MulticastHelper::Join(lans.hosts.Get(0), lans.Group());
        MulticastHelper::Join(lans.hosts.Get(0), outside);
        lans.SendFrom(lans.sender.Get(0), 1, 20);
        lans.SendFrom(lans.sender.Get(0), 1, 20, outside);
        bool removed = false;
        Simulator::Schedule(Seconds(5.05), [&]() {
            removed = m_family == MulticastNode::IPV4
                          ? interface->RemoveBoundary(Ipv4Address("239.1.0.0"), Ipv4Mask("255.255.0.0"))
                          : interface->RemoveBoundary(Ipv6Address("ff0e::"), Ipv6Prefix(16));
        });
        lans.RunUntil(21);
        NS_TEST_EXPECT_MSG_EQ(removed, true, "the boundary was there to be removed");
        NS_TEST_EXPECT_MSG_EQ(outOfRange.Count(), 190, "groups outside the range cross");
        NS_TEST_EXPECT_MSG_EQ(inRange.CountBetween(0, 5.05), 0, "groups of the range don't");
        // On the side of the members reports have been refused, too: the query at 12.5 s brings the group in.
        const double since = m_interface == TwoLans::LEFT ? 5.05 : 14.5;
        const std::size_t sent = m_interface == TwoLans::LEFT ? 149 : 55;
        NS_TEST_EXPECT_MSG_EQ(inRange.CountBetween(since, 21), sent, "until the boundary is gone");
        Simulator::Destroy();
    }

    uint32_t m_interface;
};

/// Routes by configuration, (S,G) and (*,G), static joins, and the trace of Ipv4L3Protocol.
class StaticRouteTest : public FamilyTestCase
{
  public:
    StaticRouteTest(MulticastNode::Family family, bool anySource)
        : FamilyTestCase(family, anySource ? "(*,G) route" : "(S,G) route"),
          m_anySource(anySource)
    {
    }

  private:
    void OnForward(const Ipv4Header&, Ptr<const Packet>, uint32_t interface)
    {
        m_traced += interface == TwoLans::RIGHT ? 1 : 0;
    }

    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        const auto source = m_anySource ? lans.Any() : lans.Left(2);
        const auto router = lans.Multicast(lans.router.Get(0));
        MulticastHelper::AddRoute(lans.router.Get(0), source, lans.Group(), lans.left.Get(0), {lans.right.Get(0)});
        lans.router.Get(0)->GetObject<Ipv4>()->TraceConnectWithoutContext(
            "MulticastForward", MakeCallback(&StaticRouteTest::OnForward, this));
        TraceLog log(lans.router.Get(0));
        lans.SendFrom(lans.sender.Get(0), 1, 10);
        bool removed = false;
        Simulator::Schedule(Seconds(5.05), [&]() { removed = router->RemoveRoute(source, lans.Group()); });
        lans.RunUntil(4);
        const auto entries = router->GetForwarding();
        NS_TEST_EXPECT_MSG_EQ(entries.size(), 1, "entries of the forwarding cache");
        for (const auto& entry : entries)
        {
            NS_TEST_EXPECT_MSG_EQ(entry.group, lans.Group(), "group");
            NS_TEST_EXPECT_MSG_EQ(entry.incoming, TwoLans::LEFT, "incoming interface");
            NS_TEST_EXPECT_MSG_EQ((entry.outgoing == std::vector<uint32_t>{TwoLans::RIGHT}), true, "outgoing");
            NS_TEST_EXPECT_MSG_EQ(entry.packets, log.forwarded.size(), "packets");
            NS_TEST_EXPECT_MSG_EQ(entry.bytes, log.forwarded.size() * (m_family == MulticastNode::IPV4 ? 128 : 148),
                                  "octets, with IP and UDP headers");
        }
        lans.RunUntil(11);
        NS_TEST_EXPECT_MSG_EQ(removed, true, "the route was there to be removed");
        NS_TEST_EXPECT_MSG_EQ(router->RemoveRoute(source, lans.Group()), false, "and then was not");
        NS_TEST_EXPECT_MSG_EQ(log.forwarded.size(), 41, "forwarded from 1 s to 5 s");
        NS_TEST_EXPECT_MSG_EQ(m_traced, (m_family == MulticastNode::IPV4 ? 41 : 0),
                              "Ipv4L3Protocol's MulticastForward");
        Simulator::Destroy();
    }

    bool m_anySource;
    uint32_t m_traced = 0;
};

/// A static join forwards as a member would; of one source only, if it names one.
class StaticJoinTest : public FamilyTestCase
{
  public:
    explicit StaticJoinTest(MulticastNode::Family family)
        : FamilyTestCase(family, "static joins")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        const auto second = lans.Group(2);
        const auto interface = lans.Interface(lans.right.Get(0));
        interface->AddStaticJoin(lans.Group());
        interface->AddStaticJoin(second, lans.Left(77));
        TraceLog log(lans.router.Get(0));
        lans.SendFrom(lans.sender.Get(0), 1, 4);
        lans.SendFrom(lans.sender.Get(0), 1, 4, second);
        bool removed = false;
        Simulator::Schedule(Seconds(2.05), [&]() { removed = interface->RemoveStaticJoin(lans.Group()); });
        lans.RunUntil(5);
        NS_TEST_EXPECT_MSG_EQ(removed, true, "the join was there to be removed");
        NS_TEST_EXPECT_MSG_EQ(log.forwarded.size(), 11, "the first group from 1 s to 2 s, the second from nobody");
        Simulator::Destroy();
    }
};

/// Senders and listeners on one node, with the loop on and off; a node may choose where it sends.
class LoopTest : public FamilyTestCase
{
  public:
    LoopTest(MulticastNode::Family family, bool loop)
        : FamilyTestCase(family,
                         loop ? "local listeners hear local senders" : "local listeners don't, if the loop is off"),
          m_loop(loop)
    {
    }

  private:
    void DoRun() override
    {
        auto helper = TwoLans::QuickHelper();
        helper.Set("MulticastLoop", BooleanValue(m_loop));
        TwoLans lans(helper, 2, m_family);
        const auto host = lans.hosts.Get(0);
        StockSink here(host, lans.Any());
        StockSink there(lans.hosts.Get(1), lans.Any());
        MulticastHelper::Join(host, lans.Group());
        MulticastHelper::Join(lans.hosts.Get(1), lans.Group());
        TraceLog log(host);
        lans.SendFrom(host, 1, 2);
        lans.RunUntil(3);
        NS_TEST_EXPECT_MSG_EQ(here.Count(), (m_loop ? 10 : 0), "on the sender's node");
        NS_TEST_EXPECT_MSG_EQ(there.Count(), 10, "on the LAN, once each");
        Simulator::Destroy();
    }

    bool m_loop;
};

/// What a router's own application sends goes out where it is sent, and on to members elsewhere.
class RouterSenderTest : public FamilyTestCase
{
  public:
    explicit RouterSenderTest(MulticastNode::Family family)
        : FamilyTestCase(family, "a router sends")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        StockSink left(lans.sender.Get(0), lans.Any());
        StockSink right(lans.hosts.Get(0), lans.Any());
        StockSink here(lans.router.Get(0), lans.Any());
        MulticastHelper::Join(lans.sender.Get(0), lans.Group());
        MulticastHelper::Join(lans.hosts.Get(0), lans.Group());
        MulticastHelper::JoinAt(Seconds(3.05), lans.router.Get(0), lans.Group(), TwoLans::LEFT);
        lans.SendFrom(lans.router.Get(0), 1, 5, lans.Group(), 4, lans.left.Get(0));
        lans.RunUntil(6);
        NS_TEST_EXPECT_MSG_EQ(left.Count(), 40, "on the LAN where it was sent");
        NS_TEST_EXPECT_MSG_EQ(right.Count(), 40, "on the other LAN, forwarded");
        NS_TEST_EXPECT_MSG_EQ(here.Count(), 19, "by the router itself while it listens, from 3 s");
        Simulator::Destroy();
    }
};

/// An application of a router hears a group on the interface that it comes in by, and on one that it is forwarded to.
class RouterMemberTest : public FamilyTestCase
{
  public:
    RouterMemberTest(MulticastNode::Family family, uint32_t interface)
        : FamilyTestCase(family, "a router listens on interface " + std::to_string(interface)),
          m_interface(interface)
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        StockSink sink(lans.router.Get(0), lans.Any());
        TraceLog log(lans.router.Get(0));
        MulticastHelper::Join(lans.router.Get(0), lans.Group(), m_interface);
        lans.SendFrom(lans.sender.Get(0), 1, 3);
        lans.RunUntil(4);
        NS_TEST_EXPECT_MSG_EQ(sink.Count(), 20, "received once each");
        const bool own =
            std::find(log.changes.begin(), log.changes.end(), lans.Change(m_interface, "joined")) != log.changes.end();
        NS_TEST_EXPECT_MSG_EQ(own, true, "the router has informed itself");
        NS_TEST_EXPECT_MSG_EQ(log.forwarded.size(), (m_interface == TwoLans::RIGHT ? 20 : 0), "forwarded");
        Simulator::Destroy();
    }

    uint32_t m_interface;
};

/// Where a host with two interfaces sends: bound socket, attribute, unicast default route, first interface.
class OutputInterfaceTest : public TestCase
{
  public:
    OutputInterfaceTest()
        : TestCase("the interface that multicast leaves by")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper());
        // A second way out of the sender.
        NodeContainer extra(lans.sender.Get(0));
        extra.Create(1);
        TwoLans::QuickHelper().InstallHosts(NodeContainer(extra.Get(1)));
        const auto link = PointToPointHelper().Install(extra);
        Ipv4AddressHelper("10.3.0.0", "255.255.255.0").Assign(link);
        const auto sender = lans.sender.Get(0);
        StockSink first(lans.hosts.Get(0));
        StockSink second(extra.Get(1));
        MulticastHelper::Join(lans.hosts.Get(0), TwoLans::GROUP);
        MulticastHelper::Join(extra.Get(1), TwoLans::GROUP);
        lans.SendFrom(sender, 1, 2);                                 // the first that is up
        lans.SendFrom(sender, 2, 3, TwoLans::GROUP, 8, link.Get(0)); // bound
        const auto routing = Ipv4StaticRoutingHelper().GetStaticRouting(sender->GetObject<Ipv4>());
        Simulator::Schedule(Seconds(3.05), [=]() { routing->SetDefaultRoute(Ipv4Address("10.3.0.2"), 2); });
        lans.SendFrom(sender, 3.1, 4.1); // as unicast
        Simulator::Schedule(Seconds(4.15), [=]() {
            sender->GetObject<MulticastNode>()->SetAttribute("DefaultInterface", IntegerValue(1));
        });
        lans.SendFrom(sender, 4.2, 5.2); // as configured
        lans.RunUntil(6);
        NS_TEST_EXPECT_MSG_EQ(first.CountBetween(1, 2), 10, "first interface that is up");
        NS_TEST_EXPECT_MSG_EQ(second.CountBetween(2, 3.05), 10, "the socket's interface");
        NS_TEST_EXPECT_MSG_EQ(second.CountBetween(3.05, 4.15), 10, "where unicast would go");
        NS_TEST_EXPECT_MSG_EQ(first.CountBetween(4.15, 5.3), 10, "attribute DefaultInterface");
        NS_TEST_EXPECT_MSG_EQ(first.Count() + second.Count(), 40, "and nowhere else");
        Simulator::Destroy();
    }
};

/// Data from a source that unicast routing knows elsewhere is dropped, and taken again when the way changes.
class ReversePathTest : public FamilyTestCase
{
  public:
    explicit ReversePathTest(MulticastNode::Family family)
        : FamilyTestCase(family, "reverse path check")
    {
    }

  private:
    void AddHostAddress(Ptr<Node> node, const Address& address) const
    {
        if (m_family == MulticastNode::IPV4)
        {
            const Ipv4InterfaceAddress own(Ipv4Address::ConvertFrom(address), Ipv4Mask("255.255.255.255"));
            node->GetObject<Ipv4>()->AddAddress(1, own);
            return;
        }
        const Ipv6InterfaceAddress own(Ipv6Address::ConvertFrom(address), Ipv6Prefix(128));
        node->GetObject<Ipv6>()->AddAddress(1, own);
    }

    void AddHostRoute(Ptr<Node> node, const Address& to, uint32_t interface) const
    {
        if (m_family == MulticastNode::IPV4)
        {
            const auto routing = Ipv4StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv4>());
            routing->AddHostRouteTo(Ipv4Address::ConvertFrom(to), interface);
            return;
        }
        const auto routing = Ipv6StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv6>());
        routing->AddHostRouteTo(Ipv6Address::ConvertFrom(to), interface);
    }

    void RemoveLastRoute(Ptr<Node> node) const
    {
        if (m_family == MulticastNode::IPV4)
        {
            const auto routing = Ipv4StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv4>());
            routing->RemoveRoute(routing->GetNRoutes() - 1);
            return;
        }
        const auto routing = Ipv6StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv6>());
        routing->RemoveRoute(routing->GetNRoutes() - 1);
    }

    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        // An address of the sender, on no subnet of the router, which at first looks for it on the wrong side.
        const auto far = Ip(m_family == MulticastNode::IPV4 ? "10.9.0.1" : "2001:9::1");
        AddHostAddress(lans.sender.Get(0), far);
        AddHostRoute(lans.router.Get(0), far, TwoLans::RIGHT);
        const auto socket = Socket::CreateSocket(lans.sender.Get(0), UdpSocketFactory::GetTypeId());
        socket->Bind(SocketAddress(far, 6000));
        for (int i = 0; i < 100; ++i)
        {
            Simulator::ScheduleWithContext(lans.sender.Get(0)->GetId(), Seconds(1) + MilliSeconds(100 * i),
                                           &SendDatagram, socket, lans.Group(), 100);
        }
        StockSink sink(lans.hosts.Get(0), lans.Any());
        TraceLog log(lans.router.Get(0));
        MulticastHelper::Join(lans.hosts.Get(0), lans.Group());
        Simulator::Schedule(Seconds(3.05), [&]() {
            RemoveLastRoute(lans.router.Get(0));
            AddHostRoute(lans.router.Get(0), far, TwoLans::LEFT);
        });
        lans.RunUntil(12);
        NS_TEST_EXPECT_MSG_EQ(sink.CountBetween(0, 3.05), 0, "nothing by the wrong interface");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(log.drops["wrong-interface"], 20, "the router tells why");
        NS_TEST_EXPECT_MSG_EQ(sink.CountBetween(8.2, 11), 28, "all of it within the route check interval");
        Simulator::Destroy();
    }
};

/// Datagrams larger than the MTU are forwarded in fragments and delivered whole, to both kinds of socket.
class FragmentsTest : public FamilyTestCase
{
  public:
    explicit FragmentsTest(MulticastNode::Family family)
        : FamilyTestCase(family, "fragments")
    {
    }

  private:
    void OnData(Ptr<Packet> packet, const Address&, uint16_t, const Address&, uint32_t)
    {
        m_sizes.push_back(packet->GetSize());
    }

    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        StockSink stock(lans.hosts.Get(0), lans.Any());
        const auto own = MulticastSocket::Open(lans.hosts.Get(0), MULTICAST_TEST_PORT);
        own->SetReceiveCallback(MakeCallback(&FragmentsTest::OnData, this));
        own->Join(lans.Group());
        TraceLog log(lans.router.Get(0));
        lans.SendFrom(lans.sender.Get(0), 1, 1.3, lans.Group(), 8, nullptr, 4000);
        lans.RunUntil(2);
        NS_TEST_EXPECT_MSG_EQ(stock.Count(), 3, "datagrams of a stock socket");
        NS_TEST_EXPECT_MSG_EQ((m_sizes == std::vector<uint32_t>{4000, 4000, 4000}), true, "of a MulticastSocket");
        NS_TEST_EXPECT_MSG_EQ(log.forwarded.size(), 9, "fragments");
        Simulator::Destroy();
    }

    std::vector<uint32_t> m_sizes;
};

/// 224.0.0.0/24: delivered to stock sockets without a join, unless that is switched off, and never forwarded.
class LinkLocalTest : public TestCase
{
  public:
    explicit LinkLocalTest(bool deliver)
        : TestCase(deliver ? "link-local groups are delivered" : "link-local groups need a join"),
          m_deliver(deliver)
    {
    }

  private:
    void DoRun() override
    {
        auto helper = TwoLans::QuickHelper();
        helper.Set("DeliverLinkLocal", BooleanValue(m_deliver));
        TwoLans lans(helper);
        const Ipv4Address group("224.0.0.9");
        StockSink router(lans.router.Get(0));
        StockSink host(lans.hosts.Get(0));
        MulticastHelper::Join(lans.hosts.Get(0), group);
        TraceLog log(lans.router.Get(0));
        lans.SendFrom(lans.sender.Get(0), 1, 2, group);
        lans.RunUntil(3);
        NS_TEST_EXPECT_MSG_EQ(router.Count(), (m_deliver ? 10 : 0), "on the sender's link");
        NS_TEST_EXPECT_MSG_EQ(host.Count(), 0, "beyond the router");
        NS_TEST_EXPECT_MSG_EQ(log.forwarded.size(), 0, "forwarded");
        NS_TEST_EXPECT_MSG_EQ(log.drops["not-member"], (m_deliver ? 0 : 10), "dropped");
        Simulator::Destroy();
    }

    bool m_deliver;
};

/// Unicast and broadcast go their usual ways.
class UnicastTest : public TestCase
{
  public:
    UnicastTest()
        : TestCase("unicast and broadcast")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper());
        Ipv4GlobalRoutingHelper::PopulateRoutingTables();
        StockSink far(lans.hosts.Get(0));
        StockSink near(lans.hosts.Get(1));
        lans.SendFrom(lans.sender.Get(0), 1, 2, Ipv4Address("10.2.0.2"));
        const auto socket = Socket::CreateSocket(lans.hosts.Get(0), UdpSocketFactory::GetTypeId());
        socket->SetAllowBroadcast(true);
        Simulator::ScheduleWithContext(lans.hosts.Get(0)->GetId(), Seconds(1), &SendDatagram, socket,
                                       Ipv4Address("255.255.255.255"), 50);
        lans.RunUntil(3);
        NS_TEST_EXPECT_MSG_EQ(far.Count(), 10, "unicast through the router");
        NS_TEST_EXPECT_MSG_EQ(near.Count(), 1, "broadcast on the LAN");
        Simulator::Destroy();
    }
};

/// A router whose interface does not forward is a host there.
class NoForwardingTest : public FamilyTestCase
{
  public:
    explicit NoForwardingTest(MulticastNode::Family family)
        : FamilyTestCase(family, "IpForward off")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        if (m_family == MulticastNode::IPV4)
        {
            lans.router.Get(0)->GetObject<Ipv4>()->SetForwarding(TwoLans::LEFT, false);
        }
        else
        {
            lans.router.Get(0)->GetObject<Ipv6>()->SetForwarding(TwoLans::LEFT, false);
        }
        StockSink sink(lans.hosts.Get(0), lans.Any());
        TraceLog log(lans.router.Get(0));
        MulticastHelper::Join(lans.hosts.Get(0), lans.Group());
        lans.SendFrom(lans.sender.Get(0), 1, 2);
        lans.RunUntil(3);
        NS_TEST_EXPECT_MSG_EQ(sink.Count(), 0, "forwarded nothing");
        NS_TEST_EXPECT_MSG_EQ(log.drops["not-member"], 10, "and said so");
        Simulator::Destroy();
    }
};

/// The suite.
class MulticastForwardingTestSuite : public TestSuite
{
  public:
    MulticastForwardingTestSuite()
        : TestSuite("multicast-forwarding")
    {
        for (const auto family : {MulticastNode::IPV4, MulticastNode::IPV6})
        {
            AddTestCase(new TtlThresholdTest(family, 1, 1, false));
            AddTestCase(new TtlThresholdTest(family, 1, 2, true));
            AddTestCase(new TtlThresholdTest(family, 16, 16, false));
            AddTestCase(new TtlThresholdTest(family, 16, 17, true));
            AddTestCase(new BoundaryTest(family, TwoLans::LEFT, "incoming"));
            AddTestCase(new BoundaryTest(family, TwoLans::RIGHT, "outgoing"));
            AddTestCase(new StaticRouteTest(family, true));
            AddTestCase(new StaticRouteTest(family, false));
            AddTestCase(new StaticJoinTest(family));
            AddTestCase(new LoopTest(family, true));
            AddTestCase(new LoopTest(family, false));
            AddTestCase(new RouterSenderTest(family));
            AddTestCase(new RouterMemberTest(family, TwoLans::LEFT));
            AddTestCase(new RouterMemberTest(family, TwoLans::RIGHT));
            AddTestCase(new ReversePathTest(family));
            AddTestCase(new FragmentsTest(family));
            AddTestCase(new NoForwardingTest(family));
        }
        AddTestCase(new OutputInterfaceTest);
        AddTestCase(new LinkLocalTest(true));
        AddTestCase(new LinkLocalTest(false));
        AddTestCase(new UnicastTest);
    }
};

static MulticastForwardingTestSuite g_multicastForwardingTestSuite;
