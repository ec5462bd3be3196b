// SPDX-License-Identifier: GPL-2.0-only
// Who gets what: joins, leaves, source filters, sockets, stock applications.

#include "multicast-test-network.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4.h"
#include "ns3/multicast-receiver-helper.h"
#include "ns3/multicast-receiver.h"
#include "ns3/multicast-socket.h"
#include "ns3/node.h"
#include "ns3/on-off-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/udp-echo-helper.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

/// Data reaches a host that joined, from then until it has left, and the LAN no longer than that.
class JoinAndLeaveTest : public FamilyTestCase
{
  public:
    explicit JoinAndLeaveTest(MulticastNode::Family family)
        : FamilyTestCase(family, "a join starts and a leave stops the stream")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        StockSink member(lans.hosts.Get(0), lans.Any());
        StockSink other(lans.hosts.Get(1), lans.Any());
        TraceLog log(lans.router.Get(0));
        TraceLog otherLog(lans.hosts.Get(1));
        lans.SendFrom(lans.sender.Get(0), 1, 20);
        MulticastHelper::JoinAt(Seconds(5.05), lans.hosts.Get(0), lans.Group());
        MulticastHelper::LeaveAt(Seconds(10.05), lans.hosts.Get(0), lans.Group());
        lans.RunUntil(21);
        NS_TEST_EXPECT_MSG_EQ(member.Count(), 50, "all datagrams from the join to the leave");
        NS_TEST_EXPECT_MSG_EQ(member.CountBetween(5.05, 10.05), 50, "and no others");
        NS_TEST_EXPECT_MSG_EQ(other.Count(), 0, "the other host has not joined");
        NS_TEST_EXPECT_MSG_EQ(otherLog.drops["not-member"], log.forwarded.size(), "its IP layer drops the datagrams");
        // Two group queries, 1 s apart, then the membership is over.
        NS_TEST_EXPECT_MSG_EQ(log.forwarded.size(), 70,
                              "datagrams on the LAN: 5 s of membership, 2 s of last-member time");
        NS_TEST_EXPECT_MSG_LT(log.forwarded.back().at, Seconds(12.06), "forwarding has stopped");
        const std::vector<std::string> changes{lans.Change(2, "joined"), lans.Change(2, "left")};
        NS_TEST_EXPECT_MSG_EQ((log.changes == changes), true, "trace of membership");
        NS_TEST_EXPECT_MSG_EQ(lans.Multicast(lans.router.Get(0))->GetMembers(TwoLans::RIGHT, m_family).size(), 0,
                              "no group left");
        Simulator::Destroy();
    }
};

/// The stream stays while one of two members does.
class TwoMembersTest : public FamilyTestCase
{
  public:
    explicit TwoMembersTest(MulticastNode::Family family)
        : FamilyTestCase(family, "the last of two members ends the stream")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        StockSink first(lans.hosts.Get(0), lans.Any());
        StockSink second(lans.hosts.Get(1), lans.Any());
        TraceLog log(lans.router.Get(0));
        lans.SendFrom(lans.sender.Get(0), 1, 20);
        MulticastHelper::Join(lans.hosts.Get(0), lans.Group());
        MulticastHelper::Join(lans.hosts.Get(1), lans.Group());
        MulticastHelper::LeaveAt(Seconds(6.05), lans.hosts.Get(0), lans.Group());
        MulticastHelper::LeaveAt(Seconds(14.05), lans.hosts.Get(1), lans.Group());
        lans.RunUntil(21);
        NS_TEST_EXPECT_MSG_EQ(first.Count(), 51, "first member, 1 s to 6 s");
        NS_TEST_EXPECT_MSG_EQ(second.Count(), 131, "second member, without a gap when the first leaves");
        NS_TEST_EXPECT_MSG_EQ(log.changes.size(), 2, "one group joined, one group left");
        Simulator::Destroy();
    }
};

/// A member that vanishes is forgotten after the Group Membership Interval.
class SilentMemberTest : public FamilyTestCase
{
  public:
    SilentMemberTest(MulticastNode::Family family, uint16_t profile, double interval)
        : FamilyTestCase(family, "membership without reports ends after " + std::to_string(interval) + " s"),
          m_profile(profile),
          m_interval(interval)
    {
    }

  private:
    void DoRun() override
    {
        MulticastHelper helper;
        helper.SetInterface("Profile", UintegerValue(m_profile));
        TwoLans lans(helper, 2, m_family);
        TraceLog log(lans.router.Get(0));
        const auto host = lans.hosts.Get(0);
        MulticastHelper::JoinAt(Seconds(1), host, lans.Group());
        // Without its interface it cannot say that it goes; it has said twice that it came, within a second.
        Simulator::Schedule(Seconds(2.5), [&]() { lans.SetUp(host, 1, false); });
        lans.RunUntil(2 + m_interval - 1.1);
        NS_TEST_EXPECT_MSG_EQ(log.changes.size(), 1, "still a member");
        lans.RunUntil(2 + m_interval + 0.1);
        NS_TEST_EXPECT_MSG_EQ(log.changes.size(), 2, "no member any more");
        const auto querier = lans.Multicast(lans.router.Get(0))->GetQuerier(TwoLans::RIGHT, m_family);
        NS_TEST_EXPECT_MSG_EQ(querier.groupMembershipInterval, Seconds(m_interval), "read-out of the interval");
        Simulator::Destroy();
    }

    uint16_t m_profile;
    double m_interval;
};

/// INCLUDE and EXCLUDE: on the LAN as the router forwards, and on the host as its IP layer delivers.
class SourceFilterTest : public FamilyTestCase
{
  public:
    explicit SourceFilterTest(MulticastNode::Family family)
        : FamilyTestCase(family, "source filters")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        const auto wanted = lans.Left(2);
        const auto unwanted = lans.Left(99);
        StockSink sink(lans.hosts.Get(0), lans.Any());
        TraceLog log(lans.router.Get(0));
        TraceLog hostLog(lans.hosts.Get(0));
        const auto host = lans.Multicast(lans.hosts.Get(0));
        lans.SendFrom(lans.sender.Get(0), 1, 20);
        // 2 s: only from elsewhere; 5 s: only the sender; 8 s: all but the sender; 14 s: all but elsewhere
        const auto at = [&](double time, bool include, const Address& source) {
            Simulator::Schedule(Seconds(time), [=]() {
                include ? host->Include(lans.Group(), {source}) : host->Exclude(lans.Group(), {source});
            });
        };
        at(2.05, true, unwanted);
        at(5.05, true, wanted);
        at(8.05, false, wanted);
        at(14.05, false, unwanted);
        lans.RunUntil(21);
        NS_TEST_EXPECT_MSG_EQ(sink.CountBetween(0, 5.05), 0, "an INCLUDE list without the sender");
        NS_TEST_EXPECT_MSG_EQ(sink.CountBetween(5.05, 8.05), 30, "an INCLUDE list with the sender");
        NS_TEST_EXPECT_MSG_EQ(sink.CountBetween(8.05, 14.05), 0, "an EXCLUDE list with the sender");
        NS_TEST_EXPECT_MSG_EQ(sink.CountBetween(14.05, 20), 59, "an EXCLUDE list without the sender");
        const auto quiet = std::none_of(log.forwarded.begin(), log.forwarded.end(), [](const TraceLog::Sent& packet) {
            return packet.at > Seconds(10.2) && packet.at < Seconds(14.05);
        });
        NS_TEST_EXPECT_MSG_EQ(quiet, true, "the router stops a source that nobody wants after the last-member time");
        NS_TEST_EXPECT_MSG_GT(hostLog.drops["filtered"], 15, "the host drops what still comes of it");
        Simulator::Destroy();
    }
};

/// Two MulticastSockets on one port of one host: each gets what it has asked for, the stock socket what either has.
class SocketFilterTest : public FamilyTestCase
{
  public:
    explicit SocketFilterTest(MulticastNode::Family family)
        : FamilyTestCase(family, "each socket has its own filter")
    {
    }

  private:
    void Receive(Ptr<Packet> packet, const Address& source, uint16_t, const Address& group, uint32_t interface)
    {
        ++m_count;
        m_source = source;
        m_group = group;
        m_interface = interface;
        m_size = packet->GetSize();
    }

    void Refuse(Ptr<Packet>, const Address&, uint16_t, const Address&, uint32_t)
    {
        ++m_refused;
    }

    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        const auto host = lans.hosts.Get(0);
        const auto open = MulticastSocket::Open(host, MULTICAST_TEST_PORT);
        const auto choosy = MulticastSocket::Open(host, MULTICAST_TEST_PORT);
        const auto elsewhere = MulticastSocket::Open(host, MULTICAST_TEST_PORT + 1);
        StockSink stock(host, lans.Any());
        open->SetReceiveCallback(MakeCallback(&SocketFilterTest::Receive, this));
        choosy->SetReceiveCallback(MakeCallback(&SocketFilterTest::Refuse, this));
        elsewhere->SetReceiveCallback(MakeCallback(&SocketFilterTest::Refuse, this));
        open->Join(lans.Group());
        elsewhere->Join(lans.Group());
        choosy->Listen(MulticastNode::ANY_INTERFACE, lans.Group(), MulticastNode::EXCLUDE, {lans.Left(2)});
        lans.SendFrom(lans.sender.Get(0), 1, 6);
        Simulator::Schedule(Seconds(3.05), &MulticastSocket::Close, open);
        lans.RunUntil(7);
        NS_TEST_EXPECT_MSG_EQ(m_count, 21, "until it was closed");
        NS_TEST_EXPECT_MSG_EQ(m_refused, 0, "the other filter, and the other port");
        NS_TEST_EXPECT_MSG_EQ(m_source, lans.Left(2), "source of a datagram");
        NS_TEST_EXPECT_MSG_EQ(m_group, lans.Group(), "group of a datagram");
        NS_TEST_EXPECT_MSG_EQ(m_interface, 1, "interface of a datagram");
        NS_TEST_EXPECT_MSG_EQ(m_size, 100, "size of a datagram");
        NS_TEST_EXPECT_MSG_EQ(stock.Count(), 50, "a stock socket gets what any socket has asked for");
        NS_TEST_EXPECT_MSG_EQ(open->Join(lans.Group()), false, "a closed socket cannot join");
        Simulator::Destroy();
    }

    uint32_t m_count = 0;
    uint32_t m_refused = 0;
    uint32_t m_interface = 0;
    uint32_t m_size = 0;
    Address m_source;
    Address m_group;
};

/// PacketSink, UdpEchoServer and OnOff, with a MulticastReceiver beside them.
class StockApplicationsTest : public FamilyTestCase
{
  public:
    explicit StockApplicationsTest(MulticastNode::Family family)
        : FamilyTestCase(family, "stock applications receive a group while a MulticastReceiver holds it")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        const auto echoGroup = lans.Group(2);
        // ns-3's IPv6 delivers to a socket that is bound to a group by itself, whoever listens.
        const auto local = m_family == MulticastNode::IPV4 ? lans.Group() : lans.Any();
        const auto sinkApplications =
            PacketSinkHelper("ns3::UdpSocketFactory", SocketAddress(local, MULTICAST_TEST_PORT))
                .Install(lans.hosts.Get(0));
        auto membership = MulticastReceiverHelper(lans.Group()).Install(lans.hosts.Get(0));
        membership.Start(Seconds(2.05));
        membership.Stop(Seconds(4.05));
        OnOffHelper source("ns3::UdpSocketFactory", SocketAddress(lans.Group(), MULTICAST_TEST_PORT));
        source.SetConstantRate(DataRate("8kbps"), 100);
        auto sources = source.Install(lans.sender.Get(0));
        sources.Start(Seconds(1));
        sources.Stop(Seconds(8));

        // The echo comes back by unicast.
        UdpEchoServerHelper(9).Install(lans.hosts.Get(1));
        auto echoMembership = MulticastReceiverHelper(echoGroup).Install(lans.hosts.Get(1));
        echoMembership.Start(Seconds(0.5));
        UdpEchoClientHelper client(echoGroup, 9);
        client.SetAttribute("MaxPackets", UintegerValue(3));
        client.SetAttribute("Interval", TimeValue(Seconds(1)));
        auto clients = client.Install(lans.sender.Get(0));
        clients.Start(Seconds(1.5));
        clients.Get(0)->TraceConnectWithoutContext("Rx", MakeCallback(&StockApplicationsTest::OnEcho, this));
        lans.PopulateRoutes();
        lans.RunUntil(9);
        NS_TEST_EXPECT_MSG_EQ(DynamicCast<PacketSink>(sinkApplications.Get(0))->GetTotalRx(), 2000, "octets of 2 s");
        NS_TEST_EXPECT_MSG_EQ(m_echoes, 3, "echoes");
        Simulator::Destroy();
    }

    void OnEcho(Ptr<const Packet>)
    {
        ++m_echoes;
    }

    uint32_t m_echoes = 0;
};

/// MulticastReceiver receives, with attributes as text, and changes its list while it runs.
class ReceiverTest : public FamilyTestCase
{
  public:
    explicit ReceiverTest(MulticastNode::Family family)
        : FamilyTestCase(family, "MulticastReceiver filters and counts")
    {
    }

  private:
    void OnRx(Ptr<const Packet>, const Address& source, const Address&)
    {
        m_last = source;
    }

    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        MulticastReceiverHelper helper(lans.Group(), MULTICAST_TEST_PORT);
        helper.SetAttribute("Include", BooleanValue(true));
        const auto list = ToText(lans.Left(77)) + "," + ToText(lans.Left(2));
        helper.SetAttribute("Sources", StringValue(list));
        auto applications = helper.Install(lans.hosts.Get(0));
        applications.Start(Seconds(2.05));
        applications.Stop(Seconds(8));
        const auto receiver = DynamicCast<MulticastReceiver>(applications.Get(0));
        receiver->TraceConnectWithoutContext("Rx", MakeCallback(&ReceiverTest::OnRx, this));
        StringValue sources;
        receiver->GetAttribute("Sources", sources);
        NS_TEST_EXPECT_MSG_EQ(sources.Get(), list, "the attribute gives back what it was given");
        Simulator::Schedule(Seconds(5.05), &MulticastReceiver::SetSources, receiver,
                            std::vector<Address>{lans.Left(77)});
        lans.SendFrom(lans.sender.Get(0), 1, 8);
        lans.RunUntil(9);
        NS_TEST_EXPECT_MSG_EQ(receiver->GetTotalPackets(), 30, "datagrams, 2 s to 5 s");
        NS_TEST_EXPECT_MSG_EQ(receiver->GetTotalRx(), 3000, "octets");
        NS_TEST_EXPECT_MSG_EQ(m_last, lans.Left(2), "source");
        Simulator::Destroy();
    }

    Address m_last;
};

/// What a node says about itself, and what it refuses.
class ReadOutTest : public FamilyTestCase
{
  public:
    explicit ReadOutTest(MulticastNode::Family family)
        : FamilyTestCase(family, "state and refusals")
    {
    }

  private:
    void DoRun() override
    {
        TwoLans lans(TwoLans::QuickHelper(), 2, m_family);
        const auto host = lans.Multicast(lans.hosts.Get(0));
        NS_TEST_EXPECT_MSG_EQ(host->Join(lans.Left(1)), false, "a unicast address, before the start");
        lans.RunUntil(1);
        NS_TEST_EXPECT_MSG_EQ(host->Join(lans.Left(1)), false, "a unicast address");
        NS_TEST_EXPECT_MSG_EQ(host->Join(lans.Group(), 7), false, "no such interface");
        NS_TEST_EXPECT_MSG_EQ(host->Include(lans.Group(), {lans.Group(9)}), false, "no source");
        const std::vector<Address> excluded{lans.Left(9)};
        std::vector<Address> sources;
        for (uint32_t i = 0; i < 5001; ++i)
        {
            sources.push_back(lans.Left(1 + i));
        }
        NS_TEST_EXPECT_MSG_EQ(host->Include(lans.Group(), sources), false, "more sources than the limit");
        NS_TEST_EXPECT_MSG_EQ(host->Exclude(lans.Group(), excluded), true, "a good one");
        lans.RunUntil(2);
        const auto memberships = host->GetMemberships(1, m_family);
        NS_TEST_EXPECT_MSG_EQ(memberships.size(), 1, "one group on the host");
        for (const auto& group : memberships)
        {
            NS_TEST_EXPECT_MSG_EQ(group.group, lans.Group(), "its group");
            NS_TEST_EXPECT_MSG_EQ(group.mode, MulticastNode::EXCLUDE, "its mode");
            NS_TEST_EXPECT_MSG_EQ((group.sources == excluded), true, "its sources");
        }
        const auto members = lans.Multicast(lans.router.Get(0))->GetMembers(TwoLans::RIGHT, m_family);
        NS_TEST_EXPECT_MSG_EQ(members.size(), 1, "one group on the router");
        for (const auto& group : members)
        {
            NS_TEST_EXPECT_MSG_EQ(group.mode, MulticastNode::EXCLUDE, "its mode");
            NS_TEST_EXPECT_MSG_EQ((group.sources == excluded), true, "its excluded sources");
            NS_TEST_EXPECT_MSG_EQ(+group.version, (m_family == MulticastNode::IPV4 ? 3 : 2), "its version");
        }
        NS_TEST_EXPECT_MSG_EQ(host->Accepts(1, lans.Group(), lans.Left(2)), true, "the filter lets through");
        NS_TEST_EXPECT_MSG_EQ(host->Accepts(1, lans.Group(), lans.Left(9)), false, "and not");
        std::ostringstream text;
        lans.Multicast(lans.router.Get(0))->Print(text);
        const auto line = "members    " + ToText(lans.Group()) + " exclude {" + ToText(lans.Left(9)) + "}";
        NS_TEST_EXPECT_MSG_NE(text.str().find(line), std::string::npos, text.str());
        Simulator::Destroy();
    }
};

/// The suite.
class MulticastMembershipTestSuite : public TestSuite
{
  public:
    MulticastMembershipTestSuite()
        : TestSuite("multicast-membership")
    {
        for (const auto family : {MulticastNode::IPV4, MulticastNode::IPV6})
        {
            AddTestCase(new JoinAndLeaveTest(family));
            AddTestCase(new TwoMembersTest(family));
            AddTestCase(new SilentMemberTest(family, 3376, 260));
            AddTestCase(new SilentMemberTest(family, 9776, 270));
            AddTestCase(new SourceFilterTest(family));
            AddTestCase(new SocketFilterTest(family));
            AddTestCase(new StockApplicationsTest(family));
            AddTestCase(new ReceiverTest(family));
            AddTestCase(new ReadOutTest(family));
        }
    }
};

static MulticastMembershipTestSuite g_multicastMembershipTestSuite;
