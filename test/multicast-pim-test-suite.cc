// SPDX-License-Identifier: GPL-2.0-only
// PIM in ns-3: what the host of the core adds to it. Neighbours, Registers through the node's own routing, RPF from its
// protocols, the switchover without loss, SSM, BSR, failures, and the packets as others see them.

#include "multicast-pim-network.h"
#include "multicast-test-network.h"

#include "ns3/boolean.h"
#include "ns3/csma-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/multicast-pim.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/pcap-file.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

typedef MulticastPim::Tree Tree;

bool
HasTree(const PimNetwork& network, uint32_t router, const Address& group, Tree::Kind kind)
{
    const auto trees = network.Pim(router)->GetTrees(group);
    return std::any_of(trees.begin(), trees.end(), [kind](const Tree& tree) { return tree.kind == kind; });
}

/// The tree of a kind at a router; one that is nowhere joined if there is none.
Tree
FindTree(const PimNetwork& network, uint32_t router, const Address& group, Tree::Kind kind)
{
    const auto trees = network.Pim(router)->GetTrees(group);
    const auto found = std::find_if(trees.begin(), trees.end(), [kind](const Tree& tree) { return tree.kind == kind; });
    return found == trees.end() ? Tree() : *found;
}

bool
HasSptBit(const PimNetwork& network, uint32_t router, const Address& group)
{
    return FindTree(network, router, group, Tree::SG).sptBit;
}

/// Messages of PIM by name, and what else a router's PIM has told.
class PimLog
{
  public:
    explicit PimLog(Ptr<MulticastPim> pim)
    {
        pim->TraceConnectWithoutContext("Message", MakeCallback(&PimLog::OnMessage, this));
        pim->TraceConnectWithoutContext("Neighbor", MakeCallback(&PimLog::OnNeighbor, this));
        pim->TraceConnectWithoutContext("DesignatedRouter", MakeCallback(&PimLog::OnDesignatedRouter, this));
        pim->TraceConnectWithoutContext("Change", MakeCallback(&PimLog::OnChange, this));
    }

    std::map<std::string, uint32_t> sent;
    std::map<std::string, uint32_t> received;
    std::map<std::string, uint32_t> changes;
    std::vector<std::string> neighbors;         ///< "1 10.0.1.2 up"
    std::vector<std::string> designatedRouters; ///< "1 10.0.1.2"

  private:
    void OnMessage(const std::string& message, bool isSent, uint32_t)
    {
        ++(isSent ? sent : received)[message];
    }

    void OnNeighbor(uint32_t interface, const Address& neighbor, bool up)
    {
        neighbors.push_back(std::to_string(interface) + " " + ToText(neighbor) + (up ? " up" : " down"));
    }

    void OnDesignatedRouter(uint32_t interface, const Address& router, bool)
    {
        designatedRouters.push_back(std::to_string(interface) + " " + ToText(router));
    }

    void OnChange(const std::string& what, uint32_t, const Address&, const Address&, uint32_t)
    {
        ++changes[what];
    }
};

/// A source, a first-hop router, an RP and a last-hop router in a triangle, and a member.
///
///   source --0-- R0 ----1---- R1 (RP)
///                 \            |
///                  3           2
///                   \          |
///                    +------- R2 --4-- member
class Triangle : public PimNetwork
{
  public:
    explicit Triangle(MulticastNode::Family which, UnicastRouting routing = UnicastRouting::STATIC)
        : PimNetwork(which, 3, 2, routing)
    {
        AddLan({Router(0), Host(0)});
        AddLan({Router(0), Router(1)});
        AddLan({Router(1), Router(2)});
        AddLan({Router(0), Router(2)});
        AddLan({Router(2), Host(1)});
        PopulateRoutes();
    }

    Ptr<Node> Source() const
    {
        return Host(0);
    }

    Ptr<Node> Member() const
    {
        return Host(1);
    }

    Address Rp() const
    {
        return AddressOf(Router(1), 2); // from the last hop there is one shortest way to it
    }

    /// What no other router does: it receives the source natively, and stops the Registers.
    void LetRpSwitch() const
    {
        Pim(1)->SetAttribute("SptSwitchover", StringValue("immediately"));
    }

    static PimHelper WithSwitchover(const std::string& when)
    {
        PimHelper helper;
        helper.Set("SptSwitchover", StringValue(when));
        return helper;
    }
};

} // namespace

/// Routers on a LAN find each other; the one with the greatest DR Priority, else the greatest address, becomes Designated
/// Router, and another when it goes.
class PimNeighborsTest : public FamilyTestCase
{
  public:
    explicit PimNeighborsTest(MulticastNode::Family family)
        : FamilyTestCase(family, "neighbours and Designated Router")
    {
    }

  private:
    void DoRun() override
    {
        PimNetwork network(m_family, 3, 1);
        const auto lan = network.AddLan({network.Router(0), network.Router(1), network.Router(2), network.Host(0)});
        network.InstallPim();
        MulticastHelper::GetInterface(network.DeviceOf(network.Router(1), lan), m_family)
            ->SetAttribute("PimDrPriority", UintegerValue(7));
        PimLog log(network.Pim(0));
        network.RunUntil(5);
        for (uint32_t router = 0; router < 3; ++router)
        {
            const auto neighbors = network.Pim(router)->GetNeighbors();
            NS_TEST_EXPECT_MSG_EQ(neighbors.size(), 2, "neighbours of router " << router);
            const auto interfaces = network.Pim(router)->GetInterfaces();
            NS_TEST_EXPECT_MSG_EQ(interfaces.size(), 1, "interfaces of router " << router);
            for (const auto& interface : interfaces)
            {
                NS_TEST_EXPECT_MSG_EQ(interface.active, true, "up, with an address");
                NS_TEST_EXPECT_MSG_EQ(interface.isDesignatedRouter, (router == 1), "the greatest priority");
            }
        }
        network.SetUp(network.Router(1), lan, false);
        network.RunUntil(15);
        NS_TEST_EXPECT_MSG_EQ(network.Pim(0)->GetNeighbors().size(), 1, "one has gone");
        for (const auto& interface : network.Pim(0)->GetInterfaces())
        {
            for (const auto& neighbor : network.Pim(0)->GetNeighbors())
            {
                const auto expected = interface.isDesignatedRouter ? interface.address : neighbor.address;
                NS_TEST_EXPECT_MSG_EQ((interface.designatedRouter == expected), true, "another is Designated Router");
            }
        }
        NS_TEST_EXPECT_MSG_EQ(network.Pim(1)->GetNeighbors().size(), 0, "of an interface that is down");
        network.SetUp(network.Router(1), lan, true);
        network.RunUntil(20);
        NS_TEST_EXPECT_MSG_EQ(network.Pim(0)->GetNeighbors().size(), 2, "it is back");
        NS_TEST_EXPECT_MSG_EQ(log.neighbors.size(), 4, "two up, one down, one up");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(log.designatedRouters.size(), 3, "chosen, lost, chosen");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(log.sent["pim-hello"], 15, "Hellos");
        Simulator::Destroy();
    }
};

/// PIM on some interfaces only, and switched on while the simulation runs.
class PimInterfacesTest : public FamilyTestCase
{
  public:
    explicit PimInterfacesTest(MulticastNode::Family family)
        : FamilyTestCase(family, "interfaces with and without PIM")
    {
    }

  private:
    void DoRun() override
    {
        PimNetwork network(m_family, 2, 0);
        const auto with = network.AddLan({network.Router(0), network.Router(1)});
        const auto without = network.AddLan({network.Router(0), network.Router(1)});
        PimHelper helper;
        helper.SetInterface("PimTriggeredHelloDelay", TimeValue(MilliSeconds(100)));
        helper.Install(NetDeviceContainer(network.DeviceOf(network.Router(0), with),
                                          network.DeviceOf(network.Router(1), with)));
        network.RunUntil(2);
        NS_TEST_EXPECT_MSG_EQ(network.Pim(0)->GetInterfaces().size(), 1, "one interface");
        NS_TEST_EXPECT_MSG_EQ(network.Pim(0)->GetNeighbors().size(), 1, "one neighbour");
        for (uint32_t router = 0; router < 2; ++router)
        {
            MulticastHelper::GetInterface(network.DeviceOf(network.Router(router), without), m_family)
                ->SetAttribute("Pim", BooleanValue(true));
        }
        network.RunUntil(4);
        NS_TEST_EXPECT_MSG_EQ(network.Pim(1)->GetInterfaces().size(), 2, "both");
        NS_TEST_EXPECT_MSG_EQ(network.Pim(1)->GetNeighbors().size(), 2, "the same neighbour on both");
        Simulator::Destroy();
    }
};

/// Values that don't fit are refused, by name.
class PimConfigTest : public FamilyTestCase
{
  public:
    explicit PimConfigTest(MulticastNode::Family family)
        : FamilyTestCase(family, "configuration is checked")
    {
    }

  private:
    void Expect(const std::string& start)
    {
        const auto wrong = m_pim->Validate();
        NS_TEST_EXPECT_MSG_EQ(wrong.substr(0, start.size()), start, "what is wrong: " << wrong);
        m_pim = nullptr;
        Simulator::Destroy();
    }

    void Make()
    {
        PimNetwork network(m_family, 1, 0);
        m_pim = network.Pim(0);
    }

    void DoRun() override
    {
        const bool ipv4 = m_family == MulticastNode::IPV4;
        Make();
        m_pim->AddStaticRp(Ip(ipv4 ? "10.0.0.1" : "2001:db8::1"), ipv4 ? "239.0.0.0/8" : "ff0e::/16");
        m_pim->SetCandidateBsr(100);
        m_pim->AddCandidateRp({ipv4 ? "238.0.0.0/8" : "ff05::/16"}, 5, Address(), Seconds(100));
        m_pim->SetAttribute("SptSwitchover", StringValue("64kbps"));
        Expect("");
        Make();
        m_pim->SetAttribute("SptSwitchover", StringValue("sometimes"));
        Expect("SptSwitchover: ");
        Make();
        m_pim->SetAttribute("JoinPrunePeriod", TimeValue(Seconds(0)));
        Expect("JoinPrunePeriod: ");
        Make();
        m_pim->SetAttribute("SsmRange", StringValue("groups"));
        Expect("SsmRange: ");
        Make();
        m_pim->AddStaticRp(Ip(ipv4 ? "2001:db8::1" : "10.0.0.1"));
        Expect("AddStaticRp: ");
        Make();
        m_pim->AddStaticRp(Ip(ipv4 ? "10.0.0.1" : "2001:db8::1"), "groups");
        Expect("AddStaticRp: ");
        Make();
        m_pim->AddCandidateRp({"all"});
        Expect("AddCandidateRp: ");
    }

    Ptr<MulticastPim> m_pim;
};

/// Over the RP's tree, without switchover: each datagram comes once, and the trees are those of the RFC.
class RpTreeTest : public FamilyTestCase
{
  public:
    RpTreeTest(MulticastNode::Family family, UnicastRouting routing, const std::string& name)
        : FamilyTestCase(family, "RP tree, " + name),
          m_routing(routing)
    {
    }

  private:
    void DoRun() override
    {
        Triangle network(m_family, m_routing);
        network.InstallPim(Triangle::WithSwitchover("never"), network.Rp());
        network.LetRpSwitch();
        NumberSink sink(network.Member(), network);
        const double start = m_routing == UnicastRouting::DYNAMIC ? 20 : 5; // they must have learned the routes
        network.Join(network.Member(), network.Group(), start - 3);
        network.Send(network.Source(), network.Group(), start, start + 10);
        PimLog first(network.Pim(0));
        network.RunUntil(start + 9);
        NS_TEST_EXPECT_MSG_EQ(ToText(network.Pim(2)->GetRp(network.Group())), ToText(network.Rp()), "the RP");
        const auto shared = FindTree(network, 2, network.Group(), Tree::STAR_G);
        NS_TEST_EXPECT_MSG_EQ(shared.joined, true, "joined");
        NS_TEST_EXPECT_MSG_EQ(shared.incoming, network.InterfaceOf(network.Router(2), 2), "towards the RP");
        NS_TEST_EXPECT_MSG_EQ(shared.outgoing.size(), 1, "to the member");
        const auto root = FindTree(network, 1, network.Group(), Tree::STAR_G);
        NS_TEST_EXPECT_MSG_EQ(root.incoming, MulticastNode::REGISTER_INTERFACE, "its root");
        NS_TEST_EXPECT_MSG_EQ(HasSptBit(network, 2, network.Group()), false, "no switchover");
        NS_TEST_EXPECT_MSG_EQ(HasSptBit(network, 1, network.Group()), true, "but of the RP itself");
        const auto source = FindTree(network, 0, network.Group(), Tree::SG);
        NS_TEST_EXPECT_MSG_EQ(source.registerState, "prune", "the RP has stopped the Registers");
        network.RunUntil(start + 12);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 100), 0, "none is lost");
        NS_TEST_EXPECT_MSG_EQ(sink.Duplicates(), 0, "none comes twice");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(first.sent["pim-register"], 1, "Registers");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(first.received["pim-register-stop"], 1, "stopped");
        NS_TEST_EXPECT_MSG_LT_OR_EQ(first.sent["pim-register"], 5, "and no more of them");
        Simulator::Destroy();
    }

    UnicastRouting m_routing;
};

/// From the RP's tree to the source's, with data both ways: nothing is lost, and nothing comes twice.
class SptSwitchoverTest : public FamilyTestCase
{
  public:
    SptSwitchoverTest(MulticastNode::Family family, const std::string& when, bool switches)
        : FamilyTestCase(family, "switchover " + when),
          m_when(when),
          m_switches(switches)
    {
    }

  private:
    void DoRun() override
    {
        Triangle network(m_family);
        network.InstallPim(Triangle::WithSwitchover(m_when), network.Rp());
        network.LetRpSwitch();
        NumberSink right(network.Member(), network);
        NumberSink left(network.Source(), network);
        const auto there = network.Group(1);
        const auto back = network.Group(2);
        network.Join(network.Member(), there, 2);
        network.Join(network.Source(), back, 2);
        network.Send(network.Source(), there, 5, 25);
        network.Send(network.Member(), back, 5.05, 25.05); // not at the same time: they would wait for each other
        PimLog log(network.Pim(2));
        network.RunUntil(15);
        NS_TEST_EXPECT_MSG_EQ(HasSptBit(network, 2, there), m_switches, "at one end");
        NS_TEST_EXPECT_MSG_EQ(HasSptBit(network, 0, back), m_switches, "at the other");
        const auto tree = FindTree(network, 2, there, Tree::SG);
        if (m_switches)
        {
            NS_TEST_EXPECT_MSG_EQ(tree.incoming, network.InterfaceOf(network.Router(2), 3), "by the shorter way");
            NS_TEST_EXPECT_MSG_GT_OR_EQ(log.changes["spt-bit-changed"], 1, "told");
        }
        network.RunUntil(28);
        NS_TEST_EXPECT_MSG_EQ(right.Missing(0, 200), 0, "lost at one end");
        NS_TEST_EXPECT_MSG_EQ(left.Missing(0, 200), 0, "lost at the other");
        NS_TEST_EXPECT_MSG_EQ(right.Duplicates(), 0, "twice at one end");
        NS_TEST_EXPECT_MSG_EQ(left.Duplicates(), 0, "twice at the other");
        Simulator::Destroy();
    }

    std::string m_when;
    bool m_switches;
};

/// What goes in a Register comes out of it as the same packet; one that is too large goes in fragments.
class RegisterTest : public FamilyTestCase
{
  public:
    RegisterTest(MulticastNode::Family family, uint32_t size)
        : FamilyTestCase(family, "Register of " + std::to_string(size) + " octets"),
          m_size(size)
    {
    }

  private:
    void OnSent(Ptr<const Packet> packet)
    {
        m_uids.push_back(packet->GetUid());
    }

    void DoRun() override
    {
        Triangle network(m_family);
        network.InstallPim(Triangle::WithSwitchover("never"), network.Rp());
        NumberSink sink(network.Member(), network);
        network.Join(network.Member(), network.Group(), 2);
        network.DeviceOf(network.Source(), 0)->TraceConnectWithoutContext("MacTx",
                                                                         MakeCallback(&RegisterTest::OnSent, this));
        PimLog rp(network.Pim(1));
        Simulator::Schedule(Seconds(4.9), [this]() { m_uids.clear(); });
        network.Send(network.Source(), network.Group(2), 4, 4.1); // ARP keeps three packets while it asks
        network.Send(network.Source(), network.Group(), 5, 5.1, m_size);
        network.RunUntil(7);
        NS_TEST_EXPECT_MSG_EQ(sink.uids.size(), 1, "received");
        const auto uid = sink.uids.empty() ? 0 : sink.uids.front();
        NS_TEST_EXPECT_MSG_EQ((sink.sizes == std::vector<uint32_t>{m_size}), true, "whole");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(rp.received["pim-register"], 1, "in Registers");
        const bool isSame = std::find(m_uids.begin(), m_uids.end(), uid) != m_uids.end();
        NS_TEST_EXPECT_MSG_EQ(isSame, (m_size < 1400), "the packet that was sent, unless it had to be cut");
        Simulator::Destroy();
    }

    uint32_t m_size;
    std::vector<uint64_t> m_uids;
};

/// A member on the RP itself hears what comes in Registers, by a stock socket and once each.
class RpIsMemberTest : public FamilyTestCase
{
  public:
    explicit RpIsMemberTest(MulticastNode::Family family)
        : FamilyTestCase(family, "a member on the RP")
    {
    }

  private:
    void DoRun() override
    {
        Triangle network(m_family);
        network.InstallPim(PimHelper(), network.Rp());
        // Else the last hop would be Designated Router there, and bring the data by another way.
        MulticastHelper::GetInterface(network.DeviceOf(network.Router(1), 2), m_family)
            ->SetAttribute("PimDrPriority", UintegerValue(7));
        NumberSink sink(network.Router(1), network);
        MulticastHelper::JoinAt(Seconds(2), network.Router(1), network.Group(), network.InterfaceOf(network.Router(1), 2));
        network.Send(network.Source(), network.Group(), 5, 10);
        network.RunUntil(12);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 50), 0, "lost");
        NS_TEST_EXPECT_MSG_EQ(sink.Duplicates(), 0, "twice");
        Simulator::Destroy();
    }
};

/// Source-specific groups need no RP and make no (*,G).
class SsmTest : public FamilyTestCase
{
  public:
    explicit SsmTest(MulticastNode::Family family)
        : FamilyTestCase(family, "SSM")
    {
    }

  private:
    void DoRun() override
    {
        Triangle network(m_family);
        network.InstallPim(); // and no RP
        NumberSink sink(network.Member(), network);
        const auto source = network.AddressOf(network.Source(), 0);
        Simulator::Schedule(Seconds(2), [&]() { network.JoinSource(network.Member(), network.SsmGroup(), source); });
        network.Send(network.Source(), network.SsmGroup(), 5, 10);
        PimLog first(network.Pim(0));
        network.RunUntil(9);
        for (uint32_t router = 0; router < 3; ++router)
        {
            const bool shared = HasTree(network, router, network.SsmGroup(), Tree::STAR_G);
            NS_TEST_EXPECT_MSG_EQ(shared, false, "(*,G) at router " << router);
        }
        const auto tree = FindTree(network, 2, network.SsmGroup(), Tree::SG);
        NS_TEST_EXPECT_MSG_EQ(tree.joined, true, "(S,G) at the last hop");
        NS_TEST_EXPECT_MSG_EQ((tree.source == source), true, "its source");
        network.RunUntil(12);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 50), 0, "lost");
        NS_TEST_EXPECT_MSG_EQ(sink.Duplicates(), 0, "twice");
        NS_TEST_EXPECT_MSG_EQ(first.sent["pim-register"], 0, "no Registers");
        Simulator::Destroy();
    }
};

/// The BSR tells all of two RPs; when the better one goes, the groups move to the other, and data flows again.
class BsrFailoverTest : public FamilyTestCase
{
  public:
    explicit BsrFailoverTest(MulticastNode::Family family)
        : FamilyTestCase(family, "another RP by the BSR")
    {
    }

  private:
    void DoRun() override
    {
        //  source -0- R0 -1- R1 -2- R2 -3- member, and R0 -4- R3 -5- R2: R1 and R3 are candidates
        PimNetwork network(m_family, 4, 2);
        network.AddLan({network.Router(0), network.Host(0)});
        network.AddLan({network.Router(0), network.Router(1)});
        network.AddLan({network.Router(1), network.Router(2)});
        network.AddLan({network.Router(2), network.Host(1)});
        network.AddLan({network.Router(0), network.Router(3)});
        network.AddLan({network.Router(3), network.Router(2)});
        network.PopulateRoutes();
        auto helper = Triangle::WithSwitchover("never");
        helper.Set("BootstrapPeriod", TimeValue(Seconds(5)));
        helper.Set("BootstrapMinInterval", TimeValue(Seconds(1)));
        helper.Set("BootstrapTimeout", TimeValue(Seconds(12)));
        helper.Set("CandidateRpPeriod", TimeValue(Seconds(4)));
        network.InstallPim(helper);
        network.Pim(1)->SetAttribute("SptSwitchover", StringValue("immediately"));
        network.Pim(3)->SetAttribute("SptSwitchover", StringValue("immediately"));
        network.Pim(2)->SetCandidateBsr(200);
        network.Pim(1)->AddCandidateRp({}, 10);
        network.Pim(3)->AddCandidateRp({}, 20);
        NumberSink sink(network.Host(1), network);
        network.Join(network.Host(1), network.Group(), 20);
        network.Send(network.Host(0), network.Group(), 25, 65);
        PimLog log(network.Pim(0));
        network.RunUntil(30);
        for (uint32_t router = 0; router < 4; ++router)
        {
            const auto rp = network.Pim(router)->GetRp(network.Group());
            const bool isBest = rp == network.AddressOf(network.Router(1), 1) ||
                                rp == network.AddressOf(network.Router(1), 2);
            NS_TEST_EXPECT_MSG_EQ(isBest, true, "RP at router " << router << ": " << ToText(rp));
            NS_TEST_EXPECT_MSG_EQ(network.Pim(router)->GetRps().size(), 2, "both are known at router " << router);
        }
        const auto bootstrap = network.Pim(2)->GetBootstrap();
        NS_TEST_EXPECT_MSG_EQ((!bootstrap.empty() && bootstrap.front().state == "elected"), true, "the BSR");
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 45), 0, "lost before");
        network.SetUp(network.Router(1), 1, false);
        network.SetUp(network.Router(1), 2, false);
        network.PopulateRoutes();
        network.RunUntil(68);
        const auto rp = network.Pim(0)->GetRp(network.Group());
        const bool isOther = rp == network.AddressOf(network.Router(3), 4) ||
                             rp == network.AddressOf(network.Router(3), 5);
        NS_TEST_EXPECT_MSG_EQ(isOther, true, "the other is RP: " << ToText(rp));
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(300, 400), 0, "lost when it is over");
        NS_TEST_EXPECT_MSG_EQ(sink.Duplicates(), 0, "twice");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(log.changes["rp-set-changed"], 2, "told");
        Simulator::Destroy();
    }
};

/// A link of the tree fails, unicast routes change, and data flows the other way; and back.
class LinkFailureTest : public FamilyTestCase
{
  public:
    LinkFailureTest(MulticastNode::Family family, UnicastRouting routing, const std::string& name)
        : FamilyTestCase(family, "a link fails, " + name),
          m_routing(routing)
    {
    }

  private:
    void DoRun() override
    {
        Triangle network(m_family, m_routing);
        network.InstallPim(PimHelper(), network.Rp());
        NumberSink sink(network.Member(), network);
        network.Join(network.Member(), network.Group(), 2);
        network.Send(network.Source(), network.Group(), 5, 45);
        network.RunUntil(15);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(0, 95), 0, "lost before");
        // both ends, as by a cable that is cut
        network.SetUp(network.Router(0), 3, false);
        network.SetUp(network.Router(2), 3, false);
        network.PopulateRoutes();
        network.RunUntil(30);
        const auto detour = FindTree(network, 2, network.Group(), Tree::SG);
        NS_TEST_EXPECT_MSG_EQ(detour.incoming, network.InterfaceOf(network.Router(2), 2), "the other way");
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(130, 245), 0, "lost by the other way");
        network.SetUp(network.Router(0), 3, true);
        network.SetUp(network.Router(2), 3, true);
        network.PopulateRoutes();
        network.RunUntil(47);
        NS_TEST_EXPECT_MSG_EQ(sink.Missing(300, 400), 0, "lost when it is back");
        const auto tree = FindTree(network, 2, network.Group(), Tree::SG);
        NS_TEST_EXPECT_MSG_EQ(tree.incoming, network.InterfaceOf(network.Router(2), 3), "by the shorter way again");
        Simulator::Destroy();
    }

    UnicastRouting m_routing;
};

/// A leave ends all trees, and the data stays where its source is.
class PimLeaveTest : public FamilyTestCase
{
  public:
    explicit PimLeaveTest(MulticastNode::Family family)
        : FamilyTestCase(family, "after a leave")
    {
    }

  private:
    void DoRun() override
    {
        Triangle network(m_family);
        auto helper = PimHelper();
        helper.Set("KeepalivePeriod", TimeValue(Seconds(15)));
        network.InstallPim(helper, network.Rp());
        NumberSink sink(network.Member(), network);
        TraceLog log(network.Router(0));
        network.Join(network.Member(), network.Group(), 2);
        network.Send(network.Source(), network.Group(), 5, 20);
        network.Leave(network.Member(), network.Group(), 10);
        network.RunUntil(15);
        const auto received = sink.Numbers().size();
        const auto forwarded = log.forwarded.size();
        network.RunUntil(20);
        NS_TEST_EXPECT_MSG_EQ(sink.Numbers().size(), received, "nothing after the leave");
        NS_TEST_EXPECT_MSG_EQ(log.forwarded.size(), forwarded, "not even from the first hop");
        network.RunUntil(300); // the RP waits three times the Register_Suppression_Time
        for (uint32_t router = 0; router < 3; ++router)
        {
            NS_TEST_EXPECT_MSG_EQ(network.Pim(router)->GetNTrees(), 0, "trees left at router " << router);
        }
        Simulator::Destroy();
    }
};

/// Octets on the wire, as a pcap file has them: link-local destination, TTL 1, PIM version 2, a right checksum.
class PimPcapTest : public TestCase
{
  public:
    PimPcapTest()
        : TestCase("pcap")
    {
    }

  private:
    void Write(const std::string& path) const
    {
        Triangle network(MulticastNode::IPV4);
        network.InstallPim(PimHelper(), network.Rp());
        network.Join(network.Member(), network.Group(), 2);
        network.Send(network.Source(), network.Group(), 5, 7);
        CsmaHelper().EnablePcap(path, network.DeviceOf(network.Router(0), 1), true, true);
        network.RunUntil(8);
        Simulator::Destroy();
    }

    void DoRun() override
    {
        const auto path = CreateTempDirFilename("pim.pcap");
        Write(path);
        std::map<uint8_t, uint32_t> types;
        PcapFile file;
        file.Open(path, std::ios::in);
        NS_TEST_EXPECT_MSG_EQ(file.Fail(), false, path);
        ReadAll(file, types);
        file.Close();
        NS_TEST_EXPECT_MSG_GT_OR_EQ(types[0], 14, "Hello");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(types[1], 1, "Register");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(types[2], 1, "Register-Stop");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(types[3], 1, "Join/Prune");
    }

    void ReadAll(PcapFile& file, std::map<uint8_t, uint32_t>& types)
    {
        std::array<uint8_t, 2000> octets;
        uint32_t seconds = 0;
        uint32_t microseconds = 0;
        uint32_t included = 0;
        uint32_t original = 0;
        uint32_t read = 0;
        for (;;)
        {
            file.Read(octets.data(), octets.size(), seconds, microseconds, included, original, read);
            if (file.Fail())
            {
                return;
            }
            // behind the Ethernet header; its length field, since short frames are padded
            const auto* ip = octets.data() + 14;
            if (read > 34 && octets[12] == 8 && octets[13] == 0 && ip[9] == 103)
            {
                Check(ip, uint32_t{ip[2]} << 8 | ip[3]);
                ++types[ip[20] & 0xf];
            }
        }
    }

    void Check(const uint8_t* ip, uint32_t size)
    {
        const bool isRegister = (ip[20] & 0xf) == 1 || (ip[20] & 0xf) == 2;
        NS_TEST_EXPECT_MSG_EQ((ip[20] >> 4), 2, "version");
        NS_TEST_EXPECT_MSG_EQ((ip[16] == 224), !isRegister, "destination");
        if (!isRegister)
        {
            NS_TEST_EXPECT_MSG_EQ(+ip[8], 1, "TTL");
            NS_TEST_EXPECT_MSG_EQ(+ip[19], 13, "all PIM routers");
        }
        // of a Register, over its header alone (RFC 7761 4.9)
        const uint32_t covered = (ip[20] & 0xf) == 1 ? 8 : size - 20;
        uint32_t sum = 0;
        for (uint32_t i = 0; i < covered; i += 2)
        {
            sum += uint32_t{ip[20 + i]} << 8 | (i + 1 < covered ? ip[21 + i] : 0);
        }
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        NS_TEST_EXPECT_MSG_EQ(sum, 0xffff, "checksum");
    }
};

/// The suite.
class MulticastPimTestSuite : public TestSuite
{
  public:
    MulticastPimTestSuite()
        : TestSuite("multicast-pim")
    {
        for (const auto family : {MulticastNode::IPV4, MulticastNode::IPV6})
        {
            AddTestCase(new PimNeighborsTest(family));
            AddTestCase(new PimInterfacesTest(family));
            AddTestCase(new PimConfigTest(family));
            AddTestCase(new RpTreeTest(family, UnicastRouting::STATIC, "static routes"));
            AddTestCase(new RpTreeTest(family, UnicastRouting::DYNAMIC, "RIP or RIPng"));
            AddTestCase(new SptSwitchoverTest(family, "immediately", true));
            AddTestCase(new SptSwitchoverTest(family, "never", false));
            AddTestCase(new SptSwitchoverTest(family, "4kbps", true));
            AddTestCase(new SptSwitchoverTest(family, "1Mbps", false));
            AddTestCase(new RegisterTest(family, 100));
            AddTestCase(new RegisterTest(family, 1180)); // the most that IPv6 need not send in fragments
            AddTestCase(new RpIsMemberTest(family));
            AddTestCase(new SsmTest(family));
            AddTestCase(new BsrFailoverTest(family));
            AddTestCase(new LinkFailureTest(family, UnicastRouting::STATIC, "static routes"));
            AddTestCase(new PimLeaveTest(family));
        }
        AddTestCase(new RpTreeTest(MulticastNode::IPV4, UnicastRouting::GLOBAL, "global routing"));
        AddTestCase(new LinkFailureTest(MulticastNode::IPV4, UnicastRouting::GLOBAL, "global routing"));
        AddTestCase(new RegisterTest(MulticastNode::IPV4, 1450));
        AddTestCase(new RegisterTest(MulticastNode::IPV4, 4000));
        AddTestCase(new PimPcapTest);
    }
};

static MulticastPimTestSuite g_multicastPimTestSuite;
