// SPDX-License-Identifier: GPL-2.0-only

#include "mfc/forwarding-table.h"

#include "support.h"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace mcast
{
namespace
{

using namespace test;
using Lines = std::vector<std::string>;

const auto G = Address::Ipv4(239, 1, 2, 3);
const auto G2 = Address::Ipv4(239, 1, 2, 4);
constexpr Duration LIFETIME = seconds{210};

class ForwardingTableTest : public ::testing::Test, protected ForwardingOwner
{
  protected:
    ForwardingTableTest()
    {
        m_reverse[Source(1)] = 1;
        m_reverse[Source(2)] = 1;
        m_interfaces = {1, 2, 3, 4};
        Rebuild(LIFETIME);
    }

    void Rebuild(Duration lifetime)
    {
        ForwardingOwner& self = *this;
        m_forwarding = std::make_unique<ForwardingTable>(self, m_limit, lifetime);
    }

    void Data(const Address& source, const Address& group = G, std::uint32_t arrival = 1)
    {
        m_forwarding->HandleUpcall({Upcall::Kind::NoCache, InterfaceId{arrival}, source, group, {}});
    }

    void Member(std::uint32_t interface, const Address& group = G)
    {
        m_members[group].insert(interface);
        m_forwarding->Reconsider(group);
    }

    void NoMember(std::uint32_t interface, const Address& group = G)
    {
        m_members[group].erase(interface);
        m_forwarding->Reconsider(group);
    }

    StaticMulticastRoute Route(std::optional<Address> source, std::uint32_t incoming,
                               std::initializer_list<std::uint32_t> outgoing, const Address& group = G)
    {
        StaticMulticastRoute route{group, source, InterfaceId{incoming}, {}};
        for (const auto interface : outgoing)
        {
            route.outgoing.push_back(InterfaceId{interface});
        }
        return route;
    }

    std::string Add(const StaticMulticastRoute& route)
    {
        const auto added = m_forwarding->AddRoute(route);
        return added ? "" : added.Error().field;
    }

    // The routing protocol wants data of G so from now on, and looks at the source's entry again.
    void Decide(std::optional<std::uint32_t> incoming, std::initializer_list<std::uint32_t> outgoing, bool ask = false)
    {
        RoutingDecision decision;
        decision.incoming = incoming ? std::optional(InterfaceId{*incoming}) : std::nullopt;
        decision.ask = ask;
        for (const auto interface : outgoing)
        {
            decision.outgoing.push_back(InterfaceId{interface});
        }
        m_decision = decision;
        m_forwarding->Reconsider(G);
    }

    void Tell(const Address& source, std::uint64_t packets, std::uint64_t wrong = 0)
    {
        m_forwarding->HandleCounters(source, G, {packets, packets * 100, wrong, {}});
    }

    void Advance(Duration sinceStart)
    {
        RunTo(m_context, At(sinceStart));
    }

    /// What the plane was told: "install 10.9.0.1 239.1.2.3 1 > 2 3".
    Lines Take()
    {
        static const char* const kinds[] = {"install", "replace", "remove", "read"};
        Lines lines;
        while (const auto change = m_forwarding->Poll())
        {
            auto line = kinds[static_cast<int>(change->kind)] + (" " + change->source.ToString()) + " " +
                        change->group.ToString();
            if (change->kind == ForwardingChange::Kind::Install || change->kind == ForwardingChange::Kind::Replace)
            {
                line += " " + std::to_string(change->incoming.value) + " >";
                for (const auto& output : change->outgoing)
                {
                    line += " " + std::to_string(output.interface.value);
                }
            }
            lines.push_back(line);
        }
        return lines;
    }

    Context m_context{1};
    std::size_t m_limit = 1000;
    std::map<Address, std::set<std::uint32_t>> m_members;
    std::map<Address, std::uint32_t> m_reverse;
    std::set<std::uint32_t> m_interfaces;
    std::set<std::uint32_t> m_boundaries;
    Lines m_drops;
    std::optional<RoutingDecision> m_decision; // of the routing protocol, for all data
    Lines m_arrived;                           // what the protocol heard of packets
    Lines m_counted;                           // and of counters
    std::unique_ptr<ForwardingTable> m_forwarding;

  private:
    Context& GetContext() override
    {
        return m_context;
    }

    std::vector<OutputInterface> MemberInterfaces(const Address& group, const Address&) const override
    {
        std::vector<OutputInterface> outputs;
        const auto members = m_members.find(group);
        for (const auto interface : members == m_members.end() ? std::set<std::uint32_t>{} : members->second)
        {
            if (const auto output = AsOutput(InterfaceId{interface}, group))
            {
                outputs.push_back(*output);
            }
        }
        return outputs;
    }

    std::optional<OutputInterface> AsOutput(InterfaceId interface, const Address& group) const override
    {
        const bool usable = m_interfaces.count(interface.value) != 0 && MayCross(interface, group);
        return usable ? std::optional(OutputInterface{interface, 1}) : std::nullopt;
    }

    bool MayCross(InterfaceId interface, const Address&) const override
    {
        return m_boundaries.count(interface.value) == 0;
    }

    std::optional<InterfaceId> ReversePath(const Address& source) const override
    {
        const auto found = m_reverse.find(source);
        return found == m_reverse.end() ? std::nullopt : std::optional(InterfaceId{found->second});
    }

    void CountDrop(Reason reason, InterfaceId, const Address&, const Address&) override
    {
        m_drops.emplace_back(ToString(reason));
    }

    std::optional<RoutingDecision> Decide(const Address&, const Address&) const override
    {
        return m_decision;
    }

    void DataArrived(InterfaceId interface, const Address& group, const Address& source, std::uint8_t) override
    {
        m_arrived.push_back(std::to_string(interface.value) + " " + group.ToString() + " " + source.ToString());
    }

    void DataCounted(const Address& group, const Address& source, bool active, std::optional<Duration> idle,
                     std::uint64_t bytes) override
    {
        m_counted.push_back(group.ToString() + " " + source.ToString() + (active ? " active " : " silent ") +
                            std::to_string(bytes) + (idle ? " idle" : ""));
    }
};

// Entries from members.

TEST_F(ForwardingTableTest, DataMakesAnEntryToAllMembersButItsOwnLan)
{
    Member(1);
    Member(3);
    Member(2);
    Data(Source(1));
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 1 > 2 3"}));
    EXPECT_EQ(StateEvents(m_context), (Lines{"forwarding-installed if=1 group=239.1.2.3 source=10.9.0.1 outgoing=2"}));
    EXPECT_EQ(m_forwarding->Size(), 1u);
    EXPECT_TRUE(m_drops.empty());
}

TEST_F(ForwardingTableTest, WithoutMembersTheEntryStopsTheQuestions)
{
    Data(Source(1));
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 1 >"}));
    EXPECT_TRUE(m_drops.empty());
}

TEST_F(ForwardingTableTest, MembershipIsFollowed)
{
    Data(Source(1));
    Data(Source(2));
    Data(Source(1), G2);
    Take();
    Member(2);
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.1 239.1.2.3 1 > 2", "replace 10.9.0.2 239.1.2.3 1 > 2"}));
    Member(2);
    Member(1); // the incoming one
    EXPECT_TRUE(Take().empty());
    NoMember(2);
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.1 239.1.2.3 1 >", "replace 10.9.0.2 239.1.2.3 1 >"}));
}

TEST_F(ForwardingTableTest, OneSourceIsReconsideredAlone)
{
    Data(Source(1));
    Data(Source(2));
    Take();
    m_members[G] = {3};
    m_forwarding->Reconsider(G, Source(2));
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.2 239.1.2.3 1 > 3"}));
    m_forwarding->Reconsider(G, Source(9));
    m_forwarding->Reconsider(G2, Source(1));
    EXPECT_TRUE(Take().empty());
}

TEST_F(ForwardingTableTest, WithoutAWayBackNothingGoesOut)
{
    Member(2);
    Data(Source(7), G, 4);
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.7 239.1.2.3 4 >"}));
    EXPECT_EQ(m_drops, (Lines{"no-route"}));
    m_reverse[Source(7)] = 3;
    m_forwarding->ReconsiderSources(*Prefix::Parse("10.9.0.0/16"));
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.7 239.1.2.3 3 > 2"}));
    m_reverse.erase(Source(7));
    m_forwarding->ReconsiderSources(*Prefix::Parse("10.9.0.0/16"));
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.7 239.1.2.3 4 >"}));
    EXPECT_EQ(m_drops.size(), 1u);
}

TEST_F(ForwardingTableTest, RoutesElsewhereChangeNothing)
{
    Data(Source(1));
    Data(Ip("192.0.2.1"));
    Take();
    m_reverse[Source(1)] = 2;
    m_forwarding->ReconsiderSources(*Prefix::Parse("192.0.2.0/24"));
    EXPECT_TRUE(Take().empty());
    m_forwarding->ReconsiderSources(*Prefix::Parse("::/0"));
    EXPECT_TRUE(Take().empty());
}

TEST_F(ForwardingTableTest, BoundariesStopInAndOut)
{
    m_boundaries = {2};
    Member(2);
    Member(3);
    Data(Source(1));
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 1 > 3"}));
    m_boundaries = {1};
    m_forwarding->ReconsiderAll();
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.1 239.1.2.3 1 >"}));
    Data(Source(2));
    EXPECT_EQ(m_drops, (Lines{"boundary"}));
}

TEST_F(ForwardingTableTest, ChangesComeInOneOrder)
{
    for (unsigned group = 50; group > 0; --group)
    {
        Data(Source(2), Address::Ipv4(239, 0, 0, static_cast<std::uint8_t>(group)));
        Data(Source(1), Address::Ipv4(239, 0, 0, static_cast<std::uint8_t>(group)));
    }
    Take();
    m_reverse[Source(1)] = m_reverse[Source(2)] = 2;
    m_forwarding->ReconsiderAll();
    const auto lines = Take();
    ASSERT_EQ(lines.size(), 100u);
    EXPECT_EQ(lines[0], "replace 10.9.0.1 239.0.0.1 2 >");
    EXPECT_EQ(lines[1], "replace 10.9.0.2 239.0.0.1 2 >");
    EXPECT_EQ(lines[99], "replace 10.9.0.2 239.0.0.50 2 >");
    const auto entries = m_forwarding->Entries();
    EXPECT_TRUE(std::is_sorted(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        return std::pair(a.group, a.source) < std::pair(b.group, b.source);
    }));
}

// Upcalls.

TEST_F(ForwardingTableTest, AKnownEntryIsInstalledAgain)
{
    Data(Source(1));
    Take();
    Data(Source(1));
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 1 >"}));
    EXPECT_EQ(m_forwarding->Size(), 1u);
}

TEST_F(ForwardingTableTest, OtherUpcallsMakeNothing)
{
    m_forwarding->HandleUpcall({Upcall::Kind::WrongInterface, InterfaceId{1}, Source(1), G, {}});
    m_forwarding->HandleUpcall({Upcall::Kind::WholePacket, InterfaceId{1}, Source(1), G, {}});
    EXPECT_EQ(m_forwarding->Size(), 0u);
}

TEST_F(ForwardingTableTest, WhatIsNeverForwardedIsCountedByReason)
{
    Data(Source(1), Ip("224.0.0.5"));
    Data(Source(1), Ip("10.0.0.1"));
    Data(Ip("0.0.0.0"));
    Data(Ip("239.1.1.1"));
    EXPECT_EQ(m_drops, (Lines{"link-local-group", "bad-group", "bad-source", "bad-source"}));
    EXPECT_EQ(m_forwarding->Size(), 0u);
    EXPECT_TRUE(Take().empty());
}

TEST_F(ForwardingTableTest, EntriesAreLimited)
{
    m_limit = 2;
    Rebuild(LIFETIME);
    Data(Source(1));
    Data(Source(2));
    Data(Source(3));
    Data(Source(2)); // known
    EXPECT_EQ(m_forwarding->Size(), 2u);
    EXPECT_EQ(m_drops, (Lines{"router-limit"}));
    Advance(LIFETIME);
    Tell(Source(1), 0);
    Data(Source(3));
    EXPECT_EQ(m_forwarding->Size(), 2u);
}

// Entries without data go.

TEST_F(ForwardingTableTest, CountersDecideWhetherAnEntryStays)
{
    Data(Source(1));
    Data(Source(2));
    Take();
    Advance(LIFETIME);
    EXPECT_EQ(Take(), (Lines{"read 10.9.0.1 239.1.2.3", "read 10.9.0.2 239.1.2.3"}));
    Tell(Source(1), 5);
    Tell(Source(2), 0);
    EXPECT_EQ(Take(), (Lines{"remove 10.9.0.2 239.1.2.3"}));
    Advance(2 * LIFETIME);
    EXPECT_EQ(Take(), (Lines{"read 10.9.0.1 239.1.2.3"}));
    Tell(Source(1), 5);
    EXPECT_EQ(Take(), (Lines{"remove 10.9.0.1 239.1.2.3"}));
    EXPECT_EQ(m_forwarding->Size(), 0u);
    EXPECT_EQ(m_context.timers.Size(), 0u);
}

TEST_F(ForwardingTableTest, PacketsOnAWrongInterfaceKeepAnEntry)
{
    Data(Source(1));
    Advance(LIFETIME);
    Take();
    Tell(Source(1), 0, 3);
    EXPECT_TRUE(Take().empty());
}

TEST_F(ForwardingTableTest, AnUnansweredQuestionEndsAnEntry)
{
    Data(Source(1));
    Advance(2 * LIFETIME);
    EXPECT_EQ(Take().back(), "remove 10.9.0.1 239.1.2.3");
    Tell(Source(1), 7);
    EXPECT_TRUE(Take().empty());
}

TEST_F(ForwardingTableTest, UnaskedCountersMeanNothing)
{
    Data(Source(1));
    Take();
    Tell(Source(1), 0);
    Tell(Source(9), 0);
    EXPECT_EQ(m_forwarding->Size(), 1u);
}

// The plane lost the entry and has it anew: its counters began again, and may stand where they stood before.
TEST_F(ForwardingTableTest, CountersOfAReinstalledEntryStartAnew)
{
    Data(Source(1));
    Advance(LIFETIME);
    Tell(Source(1), 5);
    Advance(LIFETIME + seconds{10});
    Data(Source(1));
    Take();
    Advance(2 * LIFETIME + seconds{10});
    Tell(Source(1), 5);
    EXPECT_EQ(m_forwarding->Size(), 1u);
    Advance(3 * LIFETIME + seconds{10});
    Tell(Source(1), 5);
    EXPECT_EQ(m_forwarding->Size(), 0u);
}

TEST_F(ForwardingTableTest, ALifetimeOfNothingDoesNotStopTime)
{
    Rebuild(Duration::zero());
    Data(Source(1));
    EXPECT_EQ(Add(Route(Source(2), 1, {2})), "");
    m_context.AdvanceTo(At(seconds{5}));
    ASSERT_TRUE(m_context.NextDeadline());
    EXPECT_GT(*m_context.NextDeadline(), m_context.now);
}

// Static routes.

TEST_F(ForwardingTableTest, ASourceRouteIsInstalledAtOnceAndStays)
{
    EXPECT_EQ(Add(Route(Source(7), 4, {3, 2, 3})), "");
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.7 239.1.2.3 4 > 2 3"}));
    Advance(10 * LIFETIME);
    EXPECT_TRUE(Take().empty());
    EXPECT_EQ(m_forwarding->Size(), 1u);
}

TEST_F(ForwardingTableTest, MembersAreAddedToARoute)
{
    Add(Route(Source(7), 4, {3}));
    Take();
    Member(2);
    Member(3);
    Member(4);
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.7 239.1.2.3 4 > 2 3"}));
}

TEST_F(ForwardingTableTest, ARouteReplacesTheReversePath)
{
    Member(2);
    Data(Source(1));
    Take();
    EXPECT_EQ(Add(Route(Source(1), 3, {4})), "");
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.1 239.1.2.3 3 > 2 4"}));
    EXPECT_EQ(Add(Route(Source(1), 3, {1})), ""); // another in its place
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.1 239.1.2.3 3 > 1 2"}));
}

TEST_F(ForwardingTableTest, AGroupRouteServesAllItsSources)
{
    EXPECT_EQ(Add(Route({}, 4, {2})), "");
    EXPECT_TRUE(Take().empty()); // until data comes
    Data(Source(9), G, 4);
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.9 239.1.2.3 4 > 2"}));
    EXPECT_TRUE(m_drops.empty());
    EXPECT_EQ(Add(Route(Source(9), 3, {1})), ""); // the closer one counts
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.9 239.1.2.3 3 > 1"}));
    EXPECT_TRUE(m_forwarding->RemoveRoute(G, Source(9)));
    EXPECT_EQ(Take(), (Lines{"remove 10.9.0.9 239.1.2.3"}));
    Data(Source(9), G, 4);
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.9 239.1.2.3 4 > 2"}));
    EXPECT_TRUE(m_forwarding->RemoveRoute(G, {}));
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.9 239.1.2.3 4 >"}));
}

TEST_F(ForwardingTableTest, ARouteThatIsNotThereIsNotRemoved)
{
    Data(Source(1));
    Take();
    EXPECT_FALSE(m_forwarding->RemoveRoute(G, Source(1)));
    EXPECT_FALSE(m_forwarding->RemoveRoute(G, {}));
    EXPECT_TRUE(Take().empty());
}

TEST_F(ForwardingTableTest, AnEntryOfARouteThatWentMayExpire)
{
    Add(Route({}, 1, {2}));
    Data(Source(1));
    m_forwarding->RemoveRoute(G, {});
    Take();
    Advance(LIFETIME);
    EXPECT_EQ(Take(), (Lines{"read 10.9.0.1 239.1.2.3"}));
}

TEST_F(ForwardingTableTest, OutgoingInterfacesThatCannotBeAreLeftOut)
{
    m_interfaces = {1, 2};
    Add(Route(Source(7), 1, {2, 3}));
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.7 239.1.2.3 1 > 2"}));
    m_interfaces = {1, 3};
    m_forwarding->ReconsiderAll();
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.7 239.1.2.3 1 > 3"}));
}

TEST_F(ForwardingTableTest, MalformedRoutesAreRefused)
{
    EXPECT_EQ(Add(Route({}, 1, {2}, Ip("10.0.0.1"))), "group");
    EXPECT_EQ(Add(Route({}, 1, {2}, Ip("224.0.0.1"))), "group");
    EXPECT_EQ(Add(Route(Ip("239.0.0.1"), 1, {2})), "source");
    EXPECT_EQ(Add(Route(Ip("0.0.0.0"), 1, {2})), "source");
    EXPECT_EQ(Add(Route(Ip("2001:db8::1"), 1, {2})), "source");
    EXPECT_EQ(Add(Route(Source(1), 1, {2, 1})), "outgoing");
    EXPECT_TRUE(Take().empty());
    EXPECT_FALSE(m_forwarding->RemoveRoute(G, Source(1)));
}

// A routing protocol decides.

TEST_F(ForwardingTableTest, TheProtocolDecidesInsteadOfMembersAndReversePath)
{
    Member(2);
    Decide(4, {1, 3});
    Data(Source(1));
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 4 > 1 3"}));
    Decide(3, {1, 3}); // never back to where data comes from
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.1 239.1.2.3 3 > 1"}));
    Decide(3, {1});
    EXPECT_TRUE(Take().empty());
    m_decision.reset(); // no protocol any more
    m_forwarding->Reconsider(G, Source(1));
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.1 239.1.2.3 1 > 2"}));
}

TEST_F(ForwardingTableTest, DataThatTheProtocolKnowsNoWayForIsStopped)
{
    Decide(std::nullopt, {2});
    Data(Source(1), G, 3);
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 3 >"}));
    EXPECT_EQ(m_drops, (Lines{"no-route"}));
}

TEST_F(ForwardingTableTest, DecisionsStayInsideBoundariesAndUsableInterfaces)
{
    m_boundaries = {2};
    m_interfaces = {1, 2, 3};
    Decide(1, {2, 3, 4});
    Data(Source(1));
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 1 > 3"}));
    Decide(2, {3});
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.1 239.1.2.3 2 >"}));
}

TEST_F(ForwardingTableTest, StaticRoutesStandBesideAndBeforeTheProtocol)
{
    Decide(1, {2}, true);
    Add(Route(Source(1), 4, {3}));
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 4 > 2 3"}));
    Decide(1, {}, true); // asks in vain: the route's entry stays
    EXPECT_EQ(Take(), (Lines{"replace 10.9.0.1 239.1.2.3 4 > 3"}));
    m_forwarding->Forget(G, Source(1));
    EXPECT_TRUE(Take().empty());
}

TEST_F(ForwardingTableTest, AnEntryGoesWhenTheProtocolAsksForTheNextPacket)
{
    Decide(1, {2}, true);
    Data(Source(1)); // the first packet was the one: the entry is made
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 1 > 2"}));
    Decide(1, {2}, true);
    EXPECT_EQ(Take(), (Lines{"remove 10.9.0.1 239.1.2.3"}));
    EXPECT_EQ(m_forwarding->Size(), 0u);
    Data(Source(1));
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 1 > 2"}));
}

TEST_F(ForwardingTableTest, AnEntryDoesNotHideThePacketThatTheProtocolAsksFor)
{
    Decide(1, {2}, true);
    Data(Source(1), G, 3); // what it asks for comes in by 1
    EXPECT_EQ(Take(), (Lines{"install 10.9.0.1 239.1.2.3 1 > 2", "remove 10.9.0.1 239.1.2.3"}));
    EXPECT_EQ(m_forwarding->Size(), 0u);
}

TEST_F(ForwardingTableTest, TheProtocolHearsOfFirstPacketsAndOfThoseThatComeInElsewhere)
{
    Data(Source(1), G, 2);
    m_forwarding->HandleUpcall({Upcall::Kind::WrongInterface, InterfaceId{3}, Source(1), G, {}});
    m_forwarding->HandleUpcall({Upcall::Kind::WholePacket, InterfaceId{4}, Source(1), G, {}});
    Data(Source(1), Ip("224.0.0.5"));
    Data(Ip("0.0.0.0"));
    EXPECT_EQ(m_arrived, (Lines{"2 239.1.2.3 10.9.0.1", "3 239.1.2.3 10.9.0.1"}));
}

TEST_F(ForwardingTableTest, ForgottenEntriesAreAskedForAnew)
{
    Data(Source(1));
    Data(Source(2));
    Take();
    m_forwarding->Forget(G, Source(1));
    m_forwarding->Forget(G2, Source(2)); // unknown
    EXPECT_EQ(Take(), (Lines{"remove 10.9.0.1 239.1.2.3"}));
    EXPECT_EQ(m_forwarding->Size(), 1u);
    EXPECT_EQ(m_context.timers.Size(), 1u);
}

TEST_F(ForwardingTableTest, CountersAreReadWhenTheProtocolWantsThem)
{
    EXPECT_FALSE(m_forwarding->AskCounters(G, Source(1)));
    Data(Source(1));
    Take();
    EXPECT_TRUE(m_forwarding->AskCounters(G, Source(1)));
    EXPECT_FALSE(m_forwarding->AskCounters(G2, Source(1)));
    EXPECT_EQ(Take(), (Lines{"read 10.9.0.1 239.1.2.3"}));
    Tell(Source(1), 3);
    Tell(Source(1), 3);
    m_forwarding->HandleCounters(Source(1), G, {7, 650, 0, seconds{2}});
    EXPECT_EQ(m_counted, (Lines{"239.1.2.3 10.9.0.1 active 300", "239.1.2.3 10.9.0.1 silent 0",
                                "239.1.2.3 10.9.0.1 active 350 idle"}));
    EXPECT_EQ(m_forwarding->Size(), 1u);
}

TEST_F(ForwardingTableTest, CountersOfALostEntryTellThatNothingCame)
{
    Tell(Source(1), 3);
    EXPECT_EQ(m_counted, (Lines{"239.1.2.3 10.9.0.1 silent 0"}));
}

TEST_F(ForwardingTableTest, AnEntryThatEndsWithItsCountersIsStillCounted)
{
    Data(Source(1));
    Advance(LIFETIME);
    Take();
    Tell(Source(1), 0);
    EXPECT_EQ(Take(), (Lines{"remove 10.9.0.1 239.1.2.3"}));
    EXPECT_EQ(m_counted, (Lines{"239.1.2.3 10.9.0.1 silent 0"}));
}

TEST_F(ForwardingTableTest, ClearTakesAllBackInOrder)
{
    Add(Route(Source(2), 1, {2}, G2));
    Data(Source(2));
    Data(Source(1));
    Take();
    m_forwarding->Clear();
    EXPECT_EQ(Take(), (Lines{"remove 10.9.0.1 239.1.2.3", "remove 10.9.0.2 239.1.2.3", "remove 10.9.0.2 239.1.2.4"}));
    EXPECT_EQ(m_forwarding->Size(), 0u);
    EXPECT_EQ(m_context.timers.Size(), 0u);
    EXPECT_FALSE(m_forwarding->RemoveRoute(G2, Source(2)));
}

} // namespace
} // namespace mcast
