// SPDX-License-Identifier: GPL-2.0-only
// Dense mode of PIM in ns-3: flood and prune, Graft, State Refresh, Assert, failures, and beside sparse mode; with what the
// host of the core adds to it, from TTLs and prefixes to unicast messages on a link.

#include "multicast-pim-dense-network.h"

#include "ns3/boolean.h"
#include "ns3/ipv4.h"
#include "ns3/mac48-address.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/multicast-pim.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"

#include <cstdint>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

typedef MulticastPim::Tree Tree;

const uint8_t STATE_REFRESH = 9;

} // namespace

/// Modes and ranges that don't fit are refused, by name; those that do are read out.
class DenseConfigTest : public FamilyTestCase
{
  public:
    explicit DenseConfigTest(MulticastNode::Family family)
        : FamilyTestCase(family, "configuration is checked")
    {
    }

  private:
    void Expect(const PimNetwork& network, const std::string& start)
    {
        const auto wrong = network.Pim(0)->Validate();
        NS_TEST_EXPECT_MSG_EQ(wrong.substr(0, start.size()), start, "what is wrong: " << wrong);
        NS_TEST_EXPECT_MSG_EQ(wrong.empty(), start.empty(), "wrong: " << wrong);
        network.Pim(0)->ClearDenseGroups();
    }

    void ExpectTime(const PimNetwork& network, const std::string& name, Time bad, Time good)
    {
        network.Pim(0)->SetAttribute(name, TimeValue(bad));
        Expect(network, name + ": ");
        network.Pim(0)->SetAttribute(name, TimeValue(good));
    }

    void DoRun() override
    {
        const bool ipv4 = m_family == MulticastNode::IPV4;
        PimNetwork network(m_family, 2, 0);
        const auto lan = network.AddLan({network.Router(0), network.Router(1)});
        network.Pim(0)->AddDenseGroups(ipv4 ? "239.0.0.0/8" : "ff0e::/16");
        network.Pim(0)->AddDenseGroups();
        Expect(network, "");
        network.Pim(0)->AddDenseGroups("groups");
        Expect(network, "AddDenseGroups: ");
        network.Pim(0)->AddDenseGroups(ipv4 ? "ff0e::/16" : "239.0.0.0/8");
        Expect(network, "AddDenseGroups: ");
        ExpectTime(network, "StateRefreshInterval", MilliSeconds(1500), Seconds(60));
        ExpectTime(network, "StateRefreshInterval", Seconds(256), Seconds(60));
        ExpectTime(network, "PruneLimit", Seconds(0), Seconds(210));
        ExpectTime(network, "GraftRetryPeriod", Seconds(0), Seconds(3));
        ExpectTime(network, "SourceLifetime", Seconds(0), Seconds(210));
        const auto interface = MulticastHelper::GetInterface(network.DeviceOf(network.Router(0), lan), m_family);
        interface->SetAttribute("PimMode", StringValue("thick"));
        NS_TEST_EXPECT_MSG_EQ(interface->Validate().substr(0, 9), "PimMode: ", "no such mode");
        PimHelper helper;
        helper.SetMode("sparse-dense");
        helper.AddDenseGroups("239.0.0.0/8"); // each goes to its family
        helper.AddDenseGroups("ff0e::/16");
        network.InstallPim(helper);
        NS_TEST_EXPECT_MSG_EQ(interface->Validate(), "", "the helper has set another");
        interface->SetAttribute("PimMode", StringValue("dense"));
        NS_TEST_EXPECT_MSG_EQ(network.Pim(0)->GetDenseGroups().size(), 1, "its family's range");
        network.RunUntil(3);
        Read(network, 0, "dense");
        Read(network, 1, "sparse-dense");
        Simulator::Destroy();
    }

    void Read(const PimNetwork& network, uint32_t router, const std::string& mode)
    {
        for (const auto& interface : network.Pim(router)->GetInterfaces())
        {
            NS_TEST_EXPECT_MSG_EQ(interface.mode, mode, "mode of router " << router);
            NS_TEST_EXPECT_MSG_EQ(interface.stateRefreshCapable, true, "its neighbour refreshes state");
        }
        for (const auto& neighbor : network.Pim(router)->GetNeighbors())
        {
            NS_TEST_EXPECT_MSG_EQ(neighbor.stateRefreshInterval, Seconds(60), "as its Hello says");
        }
    }
};

/// From the first datagram on all come, and once each; those who want nothing prune themselves off.
class FloodAndPruneTest : public FamilyTestCase
{
  public:
    explicit FloodAndPruneTest(MulticastNode::Family family)
        : FamilyTestCase(family, "flood and prune")
    {
    }

  private:
    void DoRun() override
    {
        Diamond network(m_family);
        network.InstallDense();
        NumberSink sink(network.Member(), network);
        TraceLog first(network.Router(0));
        DenseLog log(network.Pim(2));
        network.Join(network.Member(), network.Group(), 2);
        network.Send(network.Source(), network.Group(), 5, 15);
        network.RunUntil(14);
        const auto root = DenseTree(network, 0, network.Group());
        NS_TEST_EXPECT_MSG_EQ((root.source == network.AddressOf(network.Source(), 0)), true, "the source");
        NS_TEST_EXPECT_MSG_EQ(root.incoming, network.InterfaceOf(network.Router(0), 0), "its link");
        NS_TEST_EXPECT_MSG_EQ(root.originator, true, "the first hop originates State Refreshes");
        NS_TEST_EXPECT_MSG_GT(root.stateRefreshTimer, Seconds(40), "the next one");
        const auto used = On(root, network.InterfaceOf(network.Router(0), 1));
        NS_TEST_EXPECT_MSG_EQ(used.outgoing, true, "to R1");
        const auto pruned = On(root, network.Detour());
        NS_TEST_EXPECT_MSG_EQ(pruned.state, "prune", "R2 has pruned itself off");
        NS_TEST_EXPECT_MSG_EQ(pruned.outgoing, false, "and gets nothing");
        NS_TEST_EXPECT_MSG_GT(pruned.expires, Seconds(1), "for a time");
        const auto side = DenseTree(network, 2, network.Group());
        NS_TEST_EXPECT_MSG_EQ(side.upstreamState, "pruned", "R2");
        NS_TEST_EXPECT_MSG_EQ(side.joined, false, "R2");
        NS_TEST_EXPECT_MSG_EQ(side.outgoing.size(), 0, "R2 forwards nowhere");
        const auto last = DenseTree(network, 3, network.Group());
        NS_TEST_EXPECT_MSG_EQ(last.upstreamState, "forwarding", "R3");
        NS_TEST_EXPECT_MSG_EQ(last.incoming, network.InterfaceOf(network.Router(3), 3), "from R1");
        NS_TEST_EXPECT_MSG_EQ(On(last, network.InterfaceOf(network.Router(3), 5)).localMembers, true, "R3's member");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(Forwarded(first, network.Detour(), 5, 6), 1, "flooded");
        NS_TEST_EXPECT_MSG_EQ(Forwarded(first, network.Detour(), 10, 14), 0, "pruned");
        const auto states = log.ValuesOf("upstream-changed");
        NS_TEST_EXPECT_MSG_EQ((!states.empty() && states.back() == 1), true, "told");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(log.Count("pim-join-prune", true), 1, "the Prune");
        network.RunUntil(16);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 100), 0, "lost");
        NS_TEST_EXPECT_MSG_EQ(sink.Duplicates(), 0, "twice");
        Simulator::Destroy();
    }
};

/// A member behind a pruned router gets the next datagram: Grafts go up at once, to the neighbour alone, and are answered.
class GraftTest : public FamilyTestCase
{
  public:
    explicit GraftTest(MulticastNode::Family family)
        : FamilyTestCase(family, "a Graft heals at once")
    {
    }

  private:
    void OnFrame(Ptr<const Packet> frame)
    {
        if (const auto to = DestinationOfGraft(frame))
        {
            m_graftsTo.push_back(*to);
        }
    }

    void DoRun() override
    {
        Diamond network(m_family);
        network.InstallDense();
        NumberSink sink(network.Member(), network);
        NumberSink late(network.LateMember(), network);
        DenseLog log(network.Pim(2));
        DenseLog first(network.Pim(0));
        network.DeviceOf(network.Router(2), 2)
            ->TraceConnectWithoutContext("PhyTxBegin", MakeCallback(&GraftTest::OnFrame, this));
        network.Join(network.Member(), network.Group(), 2);
        network.Send(network.Source(), network.Group(), 5, 25);
        network.Join(network.LateMember(), network.Group(), 12.05);
        network.RunUntil(12);
        NS_TEST_EXPECT_MSG_EQ(DenseTree(network, 2, network.Group()).upstreamState, "pruned", "nobody wants it");
        NS_TEST_EXPECT_MSG_EQ(log.Count("pim-graft", true), 0, "no Graft yet");
        network.RunUntil(27);
        NS_TEST_EXPECT_MSG_EQ(late.Missing(71, 200), 0, "all from the next datagram on");
        NS_TEST_EXPECT_MSG_EQ(late.Duplicates(), 0, "twice at the late member");
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 200), 0, "lost at the other");
        NS_TEST_EXPECT_MSG_EQ(sink.Duplicates(), 0, "twice at the other");
        NS_TEST_EXPECT_MSG_EQ(log.Count("pim-graft", true), 1, "one Graft");
        NS_TEST_EXPECT_MSG_EQ(log.Count("pim-graft-ack", false), 1, "answered");
        NS_TEST_EXPECT_MSG_EQ(first.Count("pim-graft", false), 1, "R0 had it");
        NS_TEST_EXPECT_MSG_EQ(first.Count("pim-graft-ack", true), 1, "and answered");
        const auto states = log.ValuesOf("upstream-changed");
        const bool asked = states.size() >= 2 && states[states.size() - 2] == 2 && states.back() == 0;
        NS_TEST_EXPECT_MSG_EQ(asked, true, "pruned, ack-pending, forwarding");
        const auto tree = DenseTree(network, 2, network.Group());
        NS_TEST_EXPECT_MSG_EQ(tree.upstreamState, "forwarding", "it is");
        NS_TEST_EXPECT_MSG_EQ(tree.graftRetryTimer, Time(), "no repetition");
        const auto to = Mac48Address::ConvertFrom(network.DeviceOf(network.Router(0), 2)->GetAddress());
        NS_TEST_EXPECT_MSG_EQ((m_graftsTo == std::vector<Mac48Address>{to}), true, "a frame for R0 alone");
        Simulator::Destroy();
    }

    std::vector<Mac48Address> m_graftsTo;
};

/// A Graft that is lost is repeated until it is answered.
class LostGraftTest : public FamilyTestCase
{
  public:
    explicit LostGraftTest(MulticastNode::Family family)
        : FamilyTestCase(family, "a lost Graft is repeated")
    {
    }

  private:
    void DoRun() override
    {
        Diamond network(m_family);
        PimHelper helper;
        helper.Set("GraftRetryPeriod", TimeValue(Seconds(2)));
        network.InstallDense(helper);
        NumberSink late(network.LateMember(), network);
        DenseLog log(network.Pim(2));
        DenseLog first(network.Pim(0));
        network.Join(network.Member(), network.Group(), 2);
        network.Send(network.Source(), network.Group(), 5, 25);
        network.Join(network.LateMember(), network.Group(), 12.05);
        network.DeviceOf(network.Router(0), 2)
            ->SetAttribute("ReceiveErrorModel", PointerValue(CreateObject<GraftLoss>()));
        network.RunUntil(13.5);
        const auto waiting = DenseTree(network, 2, network.Group());
        NS_TEST_EXPECT_MSG_EQ(waiting.upstreamState, "ack-pending", "unanswered");
        NS_TEST_EXPECT_MSG_EQ_TOL(waiting.graftRetryTimer, MilliSeconds(550), MilliSeconds(50), "the next one");
        NS_TEST_EXPECT_MSG_EQ(late.Numbers().size(), 0, "no data yet");
        network.RunUntil(27);
        NS_TEST_EXPECT_MSG_EQ(DenseTree(network, 2, network.Group()).upstreamState, "forwarding", "answered");
        NS_TEST_EXPECT_MSG_EQ(log.Count("pim-graft", true), 2, "once more");
        NS_TEST_EXPECT_MSG_EQ(first.Count("pim-graft", false), 1, "one came");
        NS_TEST_EXPECT_MSG_EQ(late.Missing(91, 200), 0, "all since then");
        NS_TEST_EXPECT_MSG_EQ(late.Duplicates(), 0, "once");
        Simulator::Destroy();
    }
};

/// An application of a router is a member as any other, on an interface of its own choice, and so is one that sends.
class RouterIsMemberTest : public FamilyTestCase
{
  public:
    explicit RouterIsMemberTest(MulticastNode::Family family)
        : FamilyTestCase(family, "members and sources on routers")
    {
    }

  private:
    void DoRun() override
    {
        Diamond network(m_family);
        network.InstallDense();
        NumberSink side(network.Router(2), network);
        NumberSink member(network.Member(), network);
        MulticastHelper::JoinAt(Seconds(2), network.Router(2), network.Group(),
                                network.InterfaceOf(network.Router(2), 6));
        network.Join(network.Member(), network.Group(2), 2);
        network.Send(network.Source(), network.Group(), 5, 10);
        network.Send(network.Router(1), network.Group(2), 12, 17);
        network.RunUntil(9.5);
        const auto tree = DenseTree(network, 2, network.Group());
        NS_TEST_EXPECT_MSG_EQ(tree.upstreamState, "forwarding", "it wants the data for itself");
        NS_TEST_EXPECT_MSG_EQ(On(tree, network.InterfaceOf(network.Router(2), 6)).localMembers, true, "a member");
        network.RunUntil(16.5);
        NS_TEST_EXPECT_MSG_EQ(DenseTree(network, 1, network.Group(2)).originator, true, "its own source's first hop");
        network.RunUntil(18);
        NS_TEST_EXPECT_MSG_EQ(side.Missing(0, 50), 0, "lost on the router");
        NS_TEST_EXPECT_MSG_EQ(side.Duplicates(), 0, "twice on the router");
        NS_TEST_EXPECT_MSG_EQ(member.Missing(0, 50), 0, "lost of what the router sends");
        NS_TEST_EXPECT_MSG_EQ(member.Duplicates(), 0, "twice of what the router sends");
        Simulator::Destroy();
    }
};

/// Prunes end after their holdtime: with State Refresh they are renewed and nothing is flooded again; without it is.
class StateRefreshTest : public FamilyTestCase
{
  public:
    StateRefreshTest(MulticastNode::Family family, bool refresh)
        : FamilyTestCase(family, refresh ? "State Refresh keeps prunes" : "without State Refresh data floods again"),
          m_refresh(refresh)
    {
    }

  private:
    // What a State Refresh says of the source's prefix, and its TTL (RFC 3973 4.7.10).
    void ExpectMessages(const TraceLog& log)
    {
        const bool ipv4 = m_family == MulticastNode::IPV4;
        const std::size_t prefix = ipv4 ? 4 + 8 + 6 + 6 + 8 : 4 + 20 + 18 + 18 + 8;
        uint32_t count = 0;
        for (const auto& one : log.sent)
        {
            if (one.payload.size() > prefix + 1 && one.payload[0] == (2 << 4 | STATE_REFRESH))
            {
                ++count;
                NS_TEST_EXPECT_MSG_EQ(+one.payload[prefix], (ipv4 ? 24 : 64), "prefix of the source");
                NS_TEST_EXPECT_MSG_EQ(+one.payload[prefix + 1], 16, "TTL of its datagrams");
                NS_TEST_EXPECT_MSG_EQ(+one.hops, 1, "but over the link alone");
            }
        }
        NS_TEST_EXPECT_MSG_EQ((count > 0), m_refresh, "State Refreshes");
    }

    void DoRun() override
    {
        Diamond network(m_family);
        PimHelper helper;
        helper.Set("JoinPruneHoldtime", TimeValue(Seconds(210)));
        // else R2 would come to want the data for R3, to have it said once more who is to bring it
        helper.Set("AssertTime", TimeValue(Seconds(240)));
        helper.Set("StateRefresh", BooleanValue(m_refresh));
        network.InstallDense(helper);
        NumberSink sink(network.Member(), network);
        TraceLog first(network.Router(0));
        DenseLog origin(network.Pim(0));
        DenseLog side(network.Pim(2));
        network.Join(network.Member(), network.Group(), 2);
        network.Send(network.Source(), network.Group(), 5, 250);
        network.RunUntil(252);
        NS_TEST_EXPECT_MSG_GT_OR_EQ(Forwarded(first, network.Detour(), 5, 10), 1, "flooded");
        NS_TEST_EXPECT_MSG_EQ(Forwarded(first, network.Detour(), 15, 210), 0, "pruned");
        NS_TEST_EXPECT_MSG_EQ((Forwarded(first, network.Detour(), 210, 250) == 0), m_refresh, "when the prune ends");
        NS_TEST_EXPECT_MSG_EQ((DenseTree(network, 2, network.Group()).upstreamState), "pruned", "and pruned again");
        NS_TEST_EXPECT_MSG_EQ(DenseTree(network, 0, network.Group()).originator, m_refresh, "originator");
        const auto origins = origin.ValuesOf("originator-changed");
        NS_TEST_EXPECT_MSG_EQ((!origins.empty() && origins.front() == 1), m_refresh, "told");
        const auto received = side.Count("pim-state-refresh", false);
        NS_TEST_EXPECT_MSG_EQ((received >= 4), m_refresh, "one a minute: " << received);
        NS_TEST_EXPECT_MSG_LT(received, 10, "and no more");
        ExpectMessages(first);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 2450), 0, "lost");
        NS_TEST_EXPECT_MSG_EQ(sink.Duplicates(), 0, "twice");
        for (const auto& neighbor : network.Pim(0)->GetNeighbors())
        {
            NS_TEST_EXPECT_MSG_EQ(neighbor.stateRefreshInterval, Seconds(m_refresh ? 60 : 0), "as Hellos say");
        }
        Simulator::Destroy();
    }

    bool m_refresh;
};

/// Two routers beside each other flood the same LAN: they tell each other so, and one goes on; when it is gone, the other.
class DenseAssertTest : public FamilyTestCase
{
  public:
    explicit DenseAssertTest(MulticastNode::Family family)
        : FamilyTestCase(family, "Assert between parallel routers")
    {
    }

  private:
    void DoRun() override
    {
        //  source -0- R0 -1- R1 and R2 -2- member
        PimNetwork network(m_family, 3, 2);
        network.AddLan({network.Router(0), network.Host(0)});
        network.AddLan({network.Router(0), network.Router(1), network.Router(2)});
        network.AddLan({network.Router(1), network.Router(2), network.Host(1)});
        network.PopulateRoutes();
        PimHelper helper;
        helper.SetMode("dense");
        network.InstallPim(helper);
        NumberSink sink(network.Host(1), network);
        TraceLog logs[2] = {TraceLog(network.Router(1)), TraceLog(network.Router(2))};
        network.Join(network.Host(1), network.Group(), 2);
        network.Send(network.Host(0), network.Group(), 5, 45);
        network.RunUntil(15);
        uint32_t winners = 0;
        uint32_t losers = 0;
        uint32_t winner = 0;
        for (uint32_t router = 1; router <= 2; ++router)
        {
            const auto lan = network.InterfaceOf(network.Router(router), 2);
            const auto on = On(DenseTree(network, router, network.Group()), lan);
            const bool wins = on.assertState == "winner";
            winner = wins ? router : winner;
            winners += wins ? 1 : 0;
            losers += on.assertState == "loser" ? 1 : 0;
            NS_TEST_EXPECT_MSG_EQ(on.outgoing, wins, "the winner forwards");
            NS_TEST_EXPECT_MSG_EQ((Forwarded(logs[router - 1], lan, 8, 15) > 0), wins, "and it alone");
            NS_TEST_EXPECT_MSG_GT(on.assertTimer, Seconds(1), "for a time");
        }
        NS_TEST_EXPECT_MSG_EQ(winners, 1, "one wins");
        NS_TEST_EXPECT_MSG_EQ(losers, 1, "one loses");
        const auto duplicates = sink.Duplicates();
        NS_TEST_EXPECT_MSG_GT_OR_EQ(duplicates, 1, "by both at first");
        NS_TEST_EXPECT_MSG_LT_OR_EQ(duplicates, 2, "at first only");
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 95), 0, "lost");
        if (winner > 0)
        {
            network.SetUp(network.Router(winner), 2, false);
            network.RunUntil(47);
            NS_TEST_EXPECT_MSG_EQ(sink.Missing(200, 400), 0, "by the other, when the neighbour is forgotten");
            NS_TEST_EXPECT_MSG_EQ(sink.Duplicates(), duplicates, "once");
        }
        Simulator::Destroy();
    }
};

/// A link of the tree fails, unicast routes change, and data flows by a branch that was pruned; and back.
class DenseLinkFailureTest : public FamilyTestCase
{
  public:
    DenseLinkFailureTest(MulticastNode::Family family, UnicastRouting routing, const std::string& name)
        : FamilyTestCase(family, "a link fails, " + name),
          m_routing(routing)
    {
    }

  private:
    void DoRun() override
    {
        Diamond network(m_family, m_routing);
        network.InstallDense();
        NumberSink sink(network.Member(), network);
        network.Join(network.Member(), network.Group(), 2);
        network.Send(network.Source(), network.Group(), 5, 45);
        network.RunUntil(15);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 95), 0, "lost before");
        const auto before = DenseTree(network, 3, network.Group()).incoming;
        const bool byFirst = before == network.InterfaceOf(network.Router(3), 3);
        Cut(network, byFirst ? 1 : 2, byFirst ? 3 : 4, false);
        network.RunUntil(30);
        const auto detour = DenseTree(network, 3, network.Group());
        NS_TEST_EXPECT_MSG_EQ(detour.incoming, network.InterfaceOf(network.Router(3), byFirst ? 4 : 3), "the other way");
        NS_TEST_EXPECT_MSG_EQ(detour.upstreamState, "forwarding", "grafted");
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(115, 245), 0, "lost by the other way, from 1.5 s on");
        Cut(network, byFirst ? 1 : 2, byFirst ? 3 : 4, true);
        network.RunUntil(47);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(290, 400), 0, "lost when it is back");
        Simulator::Destroy();
    }

    // Both ends, as by a cable; routes are told.
    static void Cut(PimNetwork& network, uint32_t router, uint32_t lan, bool up)
    {
        network.SetUp(network.Router(router), lan, up);
        network.SetUp(network.Router(3), lan, up);
        network.PopulateRoutes();
    }

    UnicastRouting m_routing;
};

/// An interface of the tree has no address for a time: its static routes stay, and nothing that asks for the way back to the
/// source may end the simulation.
class AddressChangeTest : public TestCase
{
  public:
    AddressChangeTest()
        : TestCase("an interface loses its address, IPv4")
    {
    }

  private:
    void DoRun() override
    {
        Diamond network(MulticastNode::IPV4);
        network.InstallDense();
        NumberSink sink(network.Member(), network);
        network.Join(network.Member(), network.Group(), 2);
        network.Send(network.Source(), network.Group(), 5, 30);
        network.RunUntil(10);
        const auto ipv4 = network.Router(3)->GetObject<Ipv4>();
        const auto interface = network.InterfaceOf(network.Router(3), 3);
        const auto address = ipv4->GetAddress(interface, 0);
        ipv4->RemoveAddress(interface, 0);
        network.RunUntil(15);
        NS_TEST_EXPECT_MSG_EQ(DenseTree(network, 3, network.Group()).hasIncoming, false, "no way to the source");
        ipv4->AddAddress(interface, address);
        network.RunUntil(32);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 50), 0, "lost before");
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(120, 250), 0, "lost when it is back");
        Simulator::Destroy();
    }
};

/// A dense, a sparse and a source-specific group in the same routers; and an interface that does without dense ones.
class SparseDenseTest : public FamilyTestCase
{
  public:
    explicit SparseDenseTest(MulticastNode::Family family)
        : FamilyTestCase(family, "both modes in one router")
    {
    }

  private:
    void DoRun() override
    {
        const bool ipv4 = m_family == MulticastNode::IPV4;
        Diamond network(m_family);
        PimHelper helper;
        helper.SetMode("sparse-dense");
        helper.AddDenseGroups(ipv4 ? "239.1.1.1/32" : "ff0e::1:1/128");
        helper.AddDenseGroups(ipv4 ? "232.0.0.0/8" : "ff3e::/32"); // source-specific all the same
        network.InstallPim(helper, network.AddressOf(network.Router(1), 1));
        // R0 has no dense groups towards R2, so nothing is flooded there
        MulticastHelper::GetInterface(network.DeviceOf(network.Router(0), 2), m_family)
            ->SetAttribute("PimMode", StringValue("sparse"));
        NumberSink sink(network.Member(), network);
        NumberSink sparse(network.LateMember(), network);
        TraceLog first(network.Router(0));
        network.Join(network.Member(), network.Group(1), 2);
        network.Join(network.LateMember(), network.Group(2), 11);
        network.JoinSource(network.Member(), network.SsmGroup(), network.AddressOf(network.Source(), 0));
        network.Send(network.Source(), network.Group(1), 5, 10);
        network.Send(network.Source(), network.Group(2), 13, 18);
        network.Send(network.Source(), network.SsmGroup(), 22, 27);
        network.RunUntil(10.5);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 50), 0, "lost of the dense group");
        NS_TEST_EXPECT_MSG_EQ(sink.Duplicates(), 0, "twice of the dense group");
        NS_TEST_EXPECT_MSG_EQ(Forwarded(first, network.Detour(), 0, 10.5), 0, "no flood where there is no dense mode");
        ExpectKind(network, network.Group(1), true);
        network.RunUntil(17.5);
        ExpectKind(network, network.Group(2), false);
        network.RunUntil(20);
        NS_TEST_EXPECT_MSG_EQ(sparse.Missing(0, 50), 0, "lost of the sparse group");
        NS_TEST_EXPECT_MSG_EQ(sparse.Duplicates(), 0, "twice of the sparse group");
        const auto before = sink.uids.size();
        network.RunUntil(26.5);
        ExpectKind(network, network.SsmGroup(), false);
        network.RunUntil(28);
        NS_TEST_EXPECT_MSG_EQ(sink.uids.size() - before, 50, "of the source-specific group");
        Simulator::Destroy();
    }

    void ExpectKind(const PimNetwork& network, const Address& group, bool dense)
    {
        const auto trees = network.Pim(0)->GetTrees(group);
        NS_TEST_EXPECT_MSG_EQ(trees.empty(), false, "a tree of " << ToText(group));
        for (const auto& tree : trees)
        {
            NS_TEST_EXPECT_MSG_EQ((tree.kind == Tree::DENSE), dense, "kind of a tree of " << ToText(group));
        }
    }
};

/// The suite.
class MulticastPimDenseTestSuite : public TestSuite
{
  public:
    MulticastPimDenseTestSuite()
        : TestSuite("multicast-pim-dense")
    {
        for (const auto family : {MulticastNode::IPV4, MulticastNode::IPV6})
        {
            AddTestCase(new DenseConfigTest(family));
            AddTestCase(new FloodAndPruneTest(family));
            AddTestCase(new GraftTest(family));
            AddTestCase(new LostGraftTest(family));
            AddTestCase(new RouterIsMemberTest(family));
            AddTestCase(new StateRefreshTest(family, true));
            AddTestCase(new StateRefreshTest(family, false));
            AddTestCase(new DenseAssertTest(family));
            AddTestCase(new DenseLinkFailureTest(family, UnicastRouting::STATIC, "static routes"));
            AddTestCase(new SparseDenseTest(family));
        }
        AddTestCase(new DenseLinkFailureTest(MulticastNode::IPV4, UnicastRouting::GLOBAL, "global routing"));
        AddTestCase(new AddressChangeTest);
    }
};

static MulticastPimDenseTestSuite g_multicastPimDenseTestSuite;
