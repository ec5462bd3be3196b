// SPDX-License-Identifier: GPL-2.0-only
// The router side of one interface, from packets to packets.

#include "gm/router-interface.h"
#include "wire/record-codec.h"

#include "support.h"

#include <gtest/gtest.h>
#include <memory>
#include <set>

namespace mcast::gm
{
namespace
{

using namespace test;
using Lines = std::vector<std::string>;

const InterfaceId LAN{3};
const auto OWN = Address::Ipv4(10, 0, 0, 5);
const auto HOST = Address::Ipv4(10, 0, 0, 20);
const auto LOWER = Address::Ipv4(10, 0, 0, 1);
const auto HIGHER = Address::Ipv4(10, 0, 0, 9);
const auto GROUP = Address::Ipv4(239, 1, 2, 3);
const auto SSM_GROUP = Address::Ipv4(232, 1, 2, 3);

class RouterInterfaceTest : public ::testing::Test, protected RouterInterfaceOwner
{
  protected:
    RouterInterfaceTest()
    {
        RouterInterfaceOwner& self = *this;
        m_interface = std::make_unique<RouterInterface>(LAN, ProtocolOf(Family::Ipv4), m_context, self);
        m_state = UpInterface(LAN, "10.0.0.5");
    }

    void Start()
    {
        m_interface->Configure(m_config);
        m_interface->SetState(m_state);
        Forget();
    }

    void Forget()
    {
        DrainAll(m_context.transmits);
        DrainAll(m_context.events);
        m_changed.clear();
        m_changedSources.clear();
    }

    void Hear(const MembershipMessage& message, const Address& source = HOST)
    {
        Hear(message, MetaFor(message, source));
    }

    void Hear(const MembershipMessage& message, const PacketMeta& meta)
    {
        m_interface->HandlePacket(meta, WriteIgmp(message));
    }

    void Report(RecordType type, const Address& group, std::initializer_list<unsigned> sources = {})
    {
        Hear(mcast::Report{{MakeRecord(type, group, sources)}});
    }

    void Advance(Duration sinceStart)
    {
        RunTo(m_context, At(sinceStart));
    }

    std::vector<Query> TakeQueries()
    {
        std::vector<Query> queries;
        for (const auto& transmit : DrainAll(m_context.transmits))
        {
            EXPECT_EQ(transmit.interface, LAN);
            EXPECT_EQ(transmit.meta.ttl, 1);
            EXPECT_EQ(transmit.meta.tos, 0xc0);
            EXPECT_TRUE(transmit.meta.routerAlert);
            EXPECT_EQ(transmit.meta.source, OwnAddress());
            const auto message = Read(transmit);
            queries.push_back(std::get<Query>(message));
            EXPECT_EQ(transmit.meta.destination, queries.back().IsGeneral() ? Ip("224.0.0.1") : queries.back().group);
        }
        return queries;
    }

    std::uint64_t Dropped(Reason reason)
    {
        return m_interface->GetCounters().Dropped(reason);
    }

    bool Knows(const Address& group) const
    {
        return m_interface->FindGroup(group).has_value();
    }

    Address OwnAddress() const
    {
        return m_state.SourceAddress(Family::Ipv4);
    }

    Context m_context{1};
    RouterConfig m_config;
    InterfaceState m_state;
    std::vector<Address> m_changed;        // groups
    std::vector<Address> m_changedSources; // of groups that are otherwise as they were
    std::set<Address> m_boundary;
    std::size_t m_room = 1000;
    std::size_t m_count = 0;
    std::unique_ptr<RouterInterface> m_interface;

  private:
    void MembershipChanged(InterfaceId interface, const Address& group) override
    {
        EXPECT_EQ(interface, LAN);
        m_changed.push_back(group);
    }

    void MembershipChanged(InterfaceId interface, const Address& group, const Address& source) override
    {
        EXPECT_EQ(interface, LAN);
        EXPECT_TRUE(Knows(group));
        m_changedSources.push_back(source);
    }

    bool RoomForGroup() const override
    {
        return m_count < m_room;
    }

    void GroupCountChanged(int by) override
    {
        m_count += static_cast<std::size_t>(by);
        EXPECT_LE(m_count, m_room);
    }

    bool MayCross(InterfaceId, const Address& group) const override
    {
        return m_boundary.count(group) == 0;
    }
};

// Activity.

TEST_F(RouterInterfaceTest, WakesWhenConfiguredUpAndAddressed)
{
    m_interface->SetState(m_state);
    EXPECT_FALSE(m_interface->Active());
    m_interface->Configure(m_config);
    EXPECT_TRUE(m_interface->Active());
    EXPECT_EQ(TakeQueries().size(), 1u);
    EXPECT_EQ(StateEvents(m_context),
              (Lines{"interface-up if=3 source=10.0.0.5", "querier-changed if=3 source=10.0.0.5 self=1"}));
}

TEST_F(RouterInterfaceTest, AnAddressThatComesLaterStartsItOnce)
{
    m_interface->Configure(m_config);
    auto unaddressed = m_state;
    unaddressed.addresses.clear();
    m_interface->SetState(unaddressed);
    EXPECT_FALSE(m_interface->Active());
    m_interface->SetState(m_state);
    EXPECT_EQ(TakeQueries().size(), 1u);
    EXPECT_EQ(StateEvents(m_context),
              (Lines{"interface-up if=3 source=10.0.0.5", "querier-changed if=3 source=10.0.0.5 self=1"}));
}

TEST_F(RouterInterfaceTest, GoingDownTakesAllBack)
{
    m_config.staticJoins = {{Ip("239.9.9.9"), {}}};
    Start();
    Report(RecordType::ToEx, Ip("239.0.0.2"));
    Report(RecordType::ToEx, Ip("239.0.0.1"));
    Forget();
    m_state.up = false;
    m_interface->SetState(m_state);
    EXPECT_EQ(StateEvents(m_context),
              (Lines{"group-left if=3 group=239.0.0.1", "group-left if=3 group=239.0.0.2", "interface-down if=3"}));
    EXPECT_EQ(m_changed, (std::vector<Address>{Ip("239.0.0.1"), Ip("239.0.0.2"), Ip("239.9.9.9")}));
    EXPECT_EQ(m_count, 0u);
    EXPECT_FALSE(m_interface->Forwards(Ip("239.9.9.9"), Source(1)));
    EXPECT_EQ(m_context.timers.Size(), 0u);
    Report(RecordType::ToEx, GROUP);
    EXPECT_EQ(Dropped(Reason::InterfaceDown), 1u);
    EXPECT_EQ(m_interface->GroupCount(), 0u);

    m_state.up = true;
    m_interface->SetState(m_state);
    EXPECT_EQ(TakeQueries().size(), 1u);
    EXPECT_TRUE(m_interface->Forwards(Ip("239.9.9.9"), Source(1)));
}

TEST_F(RouterInterfaceTest, AQuerierThatMovesClaimsTheRoleAnew)
{
    Start();
    Report(RecordType::ToEx, GROUP);
    m_state.addresses = {{Ip("10.0.0.6"), 24}};
    m_interface->SetState(m_state);
    EXPECT_EQ(TakeQueries().size(), 1u);
    EXPECT_EQ(m_interface->View().querier, Ip("10.0.0.6"));
    EXPECT_TRUE(Knows(GROUP));
    m_interface->SetState(m_state);
    EXPECT_TRUE(TakeQueries().empty());
}

TEST_F(RouterInterfaceTest, ANewAddressAfterDownTimeStartsItOnce)
{
    Start();
    m_state.up = false;
    m_interface->SetState(m_state);
    Forget();
    m_state = UpInterface(LAN, "10.0.0.8");
    m_interface->SetState(m_state);
    EXPECT_EQ(TakeQueries().size(), 1u);
}

TEST_F(RouterInterfaceTest, ANonQuerierThatMovesWaits)
{
    Start();
    Hear(GeneralQuery(), LOWER);
    m_state.addresses = {{Ip("10.0.0.6"), 24}};
    m_interface->SetState(m_state);
    EXPECT_TRUE(TakeQueries().empty());
    EXPECT_FALSE(m_interface->View().isQuerier);
}

TEST_F(RouterInterfaceTest, ADestroyedInterfaceGivesItsRoomBack)
{
    Start();
    Report(RecordType::ToEx, GROUP);
    EXPECT_EQ(m_count, 1u);
    m_interface.reset();
    EXPECT_EQ(m_count, 0u);
    EXPECT_EQ(m_context.timers.Size(), 0u);
}

// Screening.

TEST_F(RouterInterfaceTest, UnconfiguredDropsAll)
{
    m_interface->SetState(m_state);
    Hear(GeneralQuery(), LOWER);
    EXPECT_EQ(Dropped(Reason::NotEnabled), 1u);
}

TEST_F(RouterInterfaceTest, ATtlOtherThanOneIsDroppedUnlessAllowed)
{
    Start();
    const MembershipMessage join{mcast::Report{{MakeRecord(RecordType::ToEx, GROUP)}}};
    auto meta = MetaFor(join, HOST);
    for (const std::uint8_t ttl : {0, 2, 64})
    {
        meta.ttl = ttl;
        Hear(join, meta);
    }
    EXPECT_EQ(Dropped(Reason::BadTtl), 3u);
    EXPECT_FALSE(Knows(GROUP));
    m_config.requireTtlOne = false;
    m_interface->Configure(m_config);
    Hear(join, meta);
    EXPECT_TRUE(Knows(GROUP));
}

TEST_F(RouterInterfaceTest, RouterAlertIsRequiredOfReportsWhereConfigured)
{
    const MembershipMessage join{OlderReport{Version::V2, GROUP}};
    auto meta = MetaFor(join, HOST);
    meta.routerAlert = false;
    Start();
    Hear(join, meta);
    EXPECT_TRUE(Knows(GROUP));
    m_config.requireRouterAlert = true;
    m_interface->Configure(m_config);
    Hear(join, meta);
    const MembershipMessage leave{Leave{GROUP}};
    auto leaveMeta = MetaFor(leave, HOST);
    leaveMeta.routerAlert = false;
    Hear(leave, leaveMeta);
    EXPECT_EQ(Dropped(Reason::NoRouterAlert), 2u);
    // Not of queries: version 1 has none, and a querier that is not heard makes two of them.
    auto query = MetaFor(GeneralQuery(Version::V1), LOWER);
    query.routerAlert = false;
    Hear(GeneralQuery(Version::V1), query);
    EXPECT_FALSE(m_interface->View().isQuerier);
    EXPECT_EQ(Dropped(Reason::NoRouterAlert), 2u);
}

TEST_F(RouterInterfaceTest, OffSubnetReportersAreRefusedWhereConfigured)
{
    m_config.requireOnSubnetSource = true;
    Start();
    Hear(mcast::Report{{MakeRecord(RecordType::ToEx, GROUP)}}, Ip("192.0.2.1"));
    EXPECT_EQ(Dropped(Reason::OffSubnetSource), 1u);
    Hear(GeneralQuery(), Ip("9.0.0.1"));
    EXPECT_EQ(Dropped(Reason::OffSubnetSource), 2u);
    EXPECT_TRUE(m_interface->View().isQuerier);
    Hear(mcast::Report{{MakeRecord(RecordType::ToEx, GROUP)}}, Ip("0.0.0.0")); // RFC 3376 4.2.13
    EXPECT_TRUE(Knows(GROUP));
}

TEST_F(RouterInterfaceTest, ReportersAreUnicastOrUnspecified)
{
    Start();
    Hear(mcast::Report{{MakeRecord(RecordType::ToEx, GROUP)}}, Ip("255.255.255.255"));
    Hear(OlderReport{Version::V2, GROUP}, Ip("239.0.0.1"));
    EXPECT_EQ(Dropped(Reason::BadSource), 2u);
    EXPECT_FALSE(Knows(GROUP));
}

TEST_F(RouterInterfaceTest, MalformedMessagesAreCountedByReason)
{
    Start();
    auto octets = WriteIgmp(mcast::Report{{MakeRecord(RecordType::ToEx, GROUP)}});
    const auto meta = MetaFor(mcast::Report{}, HOST);
    m_interface->HandlePacket(meta, BytesView(octets).Sub(0, 5));
    ++octets[9];
    m_interface->HandlePacket(meta, octets);
    EXPECT_EQ(Dropped(Reason::Truncated), 1u);
    EXPECT_EQ(Dropped(Reason::BadChecksum), 1u);
    EXPECT_EQ(StateEvents(m_context), (Lines{"packet-dropped if=3 source=10.0.0.20 reason=truncated",
                                             "packet-dropped if=3 source=10.0.0.20 reason=bad-checksum"}));
    EXPECT_EQ(m_interface->GroupCount(), 0u);
}

// Queries of others.

TEST_F(RouterInterfaceTest, OurOwnQueryElectsNobody)
{
    m_state.addresses.push_back({Ip("10.0.0.2"), 24});
    Start();
    Hear(GeneralQuery(), OWN);
    Hear(GeneralQuery(), Ip("10.0.0.2")); // also an address of ours
    EXPECT_EQ(Dropped(Reason::OwnMessage), 2u);
    EXPECT_TRUE(m_interface->View().isQuerier);
}

TEST_F(RouterInterfaceTest, AQueryFromNobodyElectsNobody) // RFC 4541 2.1.1
{
    Start();
    Hear(GeneralQuery(), Ip("0.0.0.0"));
    EXPECT_EQ(Dropped(Reason::BadSource), 1u);
    EXPECT_TRUE(m_interface->View().isQuerier);
}

TEST_F(RouterInterfaceTest, AGeneralQueryToAnotherGroupIsDropped) // RFC 3376 9.1
{
    Start();
    auto meta = MetaFor(GeneralQuery(), LOWER);
    meta.destination = Ip("239.1.1.1");
    Hear(GeneralQuery(), meta);
    EXPECT_EQ(Dropped(Reason::BadDestination), 1u);
    EXPECT_TRUE(m_interface->View().isQuerier);
    meta.destination = OWN; // any address of the interface will do (4.1.12)
    Hear(GeneralQuery(), meta);
    EXPECT_FALSE(m_interface->View().isQuerier);
}

TEST_F(RouterInterfaceTest, SpecificQueriesLowerTimersUnlessSuppressed) // RFC 3376 4.1.5, 6.6.1
{
    Start();
    Hear(GeneralQuery(), LOWER);
    Report(RecordType::IsEx, GROUP);
    Report(RecordType::Allow, GROUP, {1, 2});
    auto suppressed = SpecificQuery(GROUP);
    suppressed.suppressRouterSide = true;
    Hear(suppressed, LOWER);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{260});
    EXPECT_EQ(m_interface->View().otherQuerierExpires, seconds{255}); // it elects nevertheless
    Hear(SpecificQuery(GROUP, {1}), LOWER);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->sources[0].expires, seconds{2});
    EXPECT_EQ(m_interface->FindGroup(GROUP)->sources[1].expires, seconds{260});
    Hear(SpecificQuery(GROUP), LOWER);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{2});
    Hear(SpecificQuery(Ip("239.9.9.9")), LOWER); // nobody's group
    EXPECT_EQ(m_interface->GroupCount(), 1u);
}

TEST_F(RouterInterfaceTest, AVersion2QueryTellsItsOwnInterval) // RFC 2236 3
{
    Start();
    Hear(GeneralQuery(), LOWER);
    Report(RecordType::IsEx, GROUP);
    auto query = SpecificQuery(GROUP, {}, Version::V2);
    query.maxResponseCode = 30;
    Hear(query, LOWER);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{6});
}

TEST_F(RouterInterfaceTest, WarningsAreRare) // RFC 3376 7.3.1: MUST be rate-limited
{
    Start();
    const auto warnings = [&] {
        std::size_t count = 0;
        for (const auto& event : DrainAll(m_context.events))
        {
            count += event.kind == EventKind::Warning ? 1 : 0;
        }
        return count;
    };
    for (int i = 0; i < 100; ++i)
    {
        Hear(GeneralQuery(Version::V2), HIGHER);
    }
    EXPECT_EQ(warnings(), 1u);
    EXPECT_EQ(Dropped(Reason::WrongVersion), 100u);
    Advance(seconds{60});
    DrainAll(m_context.events);
    Hear(GeneralQuery(Version::V2), HIGHER);
    EXPECT_EQ(warnings(), 1u);
}

TEST_F(RouterInterfaceTest, AVersion1RouterWarnsOfVersion2) // RFC 2236 4
{
    m_config.version = Version::V1;
    Start();
    Hear(GeneralQuery(Version::V2), HIGHER);
    EXPECT_EQ(Dropped(Reason::WrongVersion), 1u);
    Hear(GeneralQuery(Version::V1), HIGHER);
    EXPECT_EQ(Dropped(Reason::WrongVersion), 1u);
}

TEST_F(RouterInterfaceTest, CompatibilityOffIgnoresOlderMessages) // RFC 9776 7.3.1
{
    m_config.profile = Profile::Rfc9776;
    m_config.olderVersionCompatibility = false;
    Start();
    Hear(GeneralQuery(Version::V2), LOWER);
    Hear(OlderReport{Version::V2, GROUP});
    Hear(OlderReport{Version::V1, GROUP});
    Report(RecordType::ToEx, GROUP);
    Hear(Leave{GROUP});
    EXPECT_EQ(Dropped(Reason::CompatibilityOff), 4u);
    EXPECT_TRUE(m_interface->View().isQuerier);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{270});
}

TEST_F(RouterInterfaceTest, SwitchingCompatibilityOffForgetsOlderHostsAndQueriers)
{
    m_config.profile = Profile::Rfc9776;
    Start();
    Hear(GeneralQuery(Version::V2), HIGHER);
    Hear(OlderReport{Version::V2, GROUP});
    EXPECT_EQ(m_interface->View().version, Version::V2);
    m_config.olderVersionCompatibility = false;
    m_interface->Configure(m_config);
    EXPECT_EQ(m_interface->View().version, Version::V3);
    Report(RecordType::ToEx, GROUP);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->version, Version::V3);
}

// Reports.

TEST_F(RouterInterfaceTest, EachRecordOfAReportCounts)
{
    Start();
    Hear(mcast::Report{{MakeRecord(RecordType::ToEx, GROUP), MakeRecord(RecordType::ToEx, Ip("224.0.0.5")),
                        MakeRecord(RecordType::Allow, Ip("239.0.0.2"), {1}),
                        MakeRecord(RecordType::Allow, Ip("10.0.0.1"), {1})}});
    EXPECT_EQ(m_interface->GroupCount(), 2u);
    EXPECT_EQ(Dropped(Reason::LinkLocalGroup), 1u);
    EXPECT_EQ(Dropped(Reason::BadGroup), 1u);
    EXPECT_EQ(m_interface->GetCounters().received[static_cast<std::size_t>(MessageKind::ReportV3)], 1u);
    EXPECT_EQ(StateEvents(m_context), (Lines{"group-joined if=3 group=239.1.2.3 mode=exclude",
                                             "record-ignored if=3 group=224.0.0.5 reason=link-local-group",
                                             "group-joined if=3 group=239.0.0.2 mode=include",
                                             "source-forwarded if=3 group=239.0.0.2 source=10.9.0.1",
                                             "record-ignored if=3 group=10.0.0.1 reason=bad-group"}));
}

TEST_F(RouterInterfaceTest, UnknownRecordTypesAreCountedAndSkipped)
{
    Start();
    auto octets =
        WriteIgmp(mcast::Report{{MakeRecord(RecordType::ToEx, Ip("239.0.0.1")), MakeRecord(RecordType::ToEx, GROUP)}});
    octets[8] = 9; // the first record's type
    octets[2] = static_cast<std::uint8_t>(octets[2] - 5);
    m_interface->HandlePacket(MetaFor(mcast::Report{}, HOST), octets);
    EXPECT_EQ(Dropped(Reason::UnknownRecordType), 1u);
    EXPECT_TRUE(Knows(GROUP));
    EXPECT_FALSE(Knows(Ip("239.0.0.1")));
}

TEST_F(RouterInterfaceTest, NothingIsCreatedForWhatAsksForNothing)
{
    Start();
    Report(RecordType::ToIn, GROUP);
    Report(RecordType::IsIn, GROUP);
    Report(RecordType::Allow, GROUP);
    Report(RecordType::Block, GROUP, {1, 2});
    EXPECT_EQ(m_interface->GroupCount(), 0u);
    EXPECT_TRUE(StateEvents(m_context).empty());
    EXPECT_TRUE(TakeQueries().empty());
}

TEST_F(RouterInterfaceTest, SourcesThatAreNoneAreSkipped)
{
    Start();
    auto record = MakeRecord(RecordType::Allow, GROUP, {1});
    record.sources.push_back(Ip("0.0.0.0"));
    record.sources.push_back(Ip("239.1.1.1"));
    record.sources.push_back(Ip("255.255.255.255"));
    Hear(mcast::Report{{record}});
    EXPECT_EQ(m_interface->FindGroup(GROUP)->sources.size(), 1u);
    EXPECT_EQ(Dropped(Reason::BadSource), 1u);
    // A list of nothing else is not the empty list, which would be a leave.
    record.type = RecordType::ToIn;
    record.sources = {Ip("0.0.0.0")};
    Hear(mcast::Report{{record}});
    EXPECT_TRUE(TakeQueries().empty());
    EXPECT_EQ(m_interface->FindGroup(GROUP)->sources[0].expires, seconds{260});
    record.type = RecordType::ToEx; // here it excludes nobody
    record.group = Ip("239.0.0.9");
    Hear(mcast::Report{{record}});
    EXPECT_EQ(m_interface->FindGroup(Ip("239.0.0.9"))->mode, FilterMode::Exclude);
}

TEST_F(RouterInterfaceTest, ABoundaryKeepsGroupsOut)
{
    m_boundary.insert(GROUP);
    Start();
    Report(RecordType::ToEx, GROUP);
    Hear(OlderReport{Version::V2, GROUP});
    EXPECT_EQ(m_interface->GroupCount(), 0u);
    EXPECT_EQ(Dropped(Reason::Boundary), 2u);
}

TEST_F(RouterInterfaceTest, SsmGroupsTakeSourcesOnly) // RFC 9776 6.4
{
    m_config.profile = Profile::Rfc9776;
    Start();
    Report(RecordType::IsEx, SSM_GROUP);
    Report(RecordType::ToEx, SSM_GROUP, {1});
    Hear(OlderReport{Version::V1, SSM_GROUP});
    Hear(OlderReport{Version::V2, SSM_GROUP});
    EXPECT_EQ(m_interface->GroupCount(), 0u);
    Report(RecordType::Allow, SSM_GROUP, {1, 2});
    Hear(Leave{SSM_GROUP});
    EXPECT_EQ(Dropped(Reason::SsmGroup), 5u);
    EXPECT_EQ(m_interface->FindGroup(SSM_GROUP)->sources.size(), 2u);
    EXPECT_TRUE(TakeQueries().empty());
    Report(RecordType::ToIn, SSM_GROUP, {2});
    ASSERT_EQ(TakeQueries().size(), 1u);
}

TEST_F(RouterInterfaceTest, SsmRulesAreOfRfc9776AndOfARange)
{
    Start();
    Report(RecordType::ToEx, SSM_GROUP);
    EXPECT_TRUE(Knows(SSM_GROUP));
    m_config.profile = Profile::Rfc9776;
    m_config.ssmRange = Prefix{Ip("224.0.0.0"), 0};
    m_interface->Configure(m_config);
    Report(RecordType::ToEx, SSM_GROUP);
    EXPECT_TRUE(Knows(SSM_GROUP));
}

TEST_F(RouterInterfaceTest, OlderReportsMayComeToAnyAddressOfOurs) // RFC 3376 4.2.14
{
    Start();
    const MembershipMessage report{OlderReport{Version::V2, GROUP}};
    auto meta = MetaFor(report, HOST);
    meta.destination = OWN;
    Hear(report, meta);
    EXPECT_TRUE(Knows(GROUP));
    EXPECT_EQ(m_interface->FindGroup(GROUP)->version, Version::V2);
    const MembershipMessage leave{Leave{GROUP}};
    auto leaveMeta = MetaFor(leave, HOST);
    leaveMeta.destination = GROUP; // RFC 2236 3
    Hear(leave, leaveMeta);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{2});
}

TEST_F(RouterInterfaceTest, ALeaveOfNobodyIsIgnored)
{
    Start();
    Hear(Leave{GROUP});
    EXPECT_EQ(Dropped(Reason::NoMembers), 1u);
    EXPECT_TRUE(TakeQueries().empty());
}

TEST_F(RouterInterfaceTest, ANonQuerierIgnoresLeaves)
{
    Start();
    Hear(GeneralQuery(), LOWER);
    Hear(OlderReport{Version::V2, GROUP});
    Hear(Leave{GROUP});
    EXPECT_EQ(Dropped(Reason::NotQuerier), 1u);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{260});
    EXPECT_TRUE(TakeQueries().empty());
}

TEST_F(RouterInterfaceTest, AVersion1RouterIgnoresLeaves) // RFC 2236 4
{
    m_config.version = Version::V1;
    Start();
    Hear(OlderReport{Version::V1, GROUP});
    Hear(Leave{GROUP});
    Report(RecordType::ToIn, GROUP);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{260});
    EXPECT_TRUE(TakeQueries().empty());
    Forget();
    Report(RecordType::ToIn, Ip("239.0.0.9"), {1}); // ignored from the start: nothing comes and goes
    EXPECT_TRUE(StateEvents(m_context).empty());
}

// Under RFC 9776 a version 1 querier makes the whole link version 1: it has neither leaves nor specific queries.
TEST_F(RouterInterfaceTest, BesideAVersion1QuerierLeavesAreIgnored)
{
    m_config.profile = Profile::Rfc9776;
    Start();
    Hear(GeneralQuery(Version::V1), HIGHER);
    EXPECT_EQ(m_interface->View().version, Version::V1);
    Hear(OlderReport{Version::V2, GROUP});
    Hear(Leave{GROUP});
    Report(RecordType::ToIn, GROUP);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{270});
    EXPECT_TRUE(TakeQueries().empty());
}

// What is sent.

TEST_F(RouterInterfaceTest, GeneralQueriesTellOurVariables)
{
    m_config.robustness = 3;
    m_config.queryInterval = seconds{200};
    m_config.queryResponseInterval = seconds{20};
    m_interface->Configure(m_config);
    m_interface->SetState(m_state);
    const auto queries = TakeQueries();
    ASSERT_EQ(queries.size(), 1u);
    EXPECT_EQ(queries[0].version, Version::V3);
    EXPECT_TRUE(queries[0].IsGeneral());
    EXPECT_EQ(queries[0].robustness, 3);
    EXPECT_EQ(FromFloatCode(queries[0].queryIntervalCode), 200u);
    EXPECT_EQ(FromFloatCode(queries[0].maxResponseCode), 200u);
    EXPECT_FALSE(queries[0].suppressRouterSide);
    EXPECT_EQ(m_interface->GetCounters().sent[static_cast<std::size_t>(MessageKind::QueryV3)], 1u);
}

TEST_F(RouterInterfaceTest, ARobustnessAboveSevenIsToldAsZero) // RFC 3376 4.1.6
{
    m_config.robustness = 8;
    m_interface->Configure(m_config);
    m_interface->SetState(m_state);
    EXPECT_EQ(TakeQueries()[0].robustness, 0);
}

TEST_F(RouterInterfaceTest, OlderVersionsSendTheirOwnQueries) // RFC 3376 7.3.1
{
    for (const auto version : {Version::V1, Version::V2})
    {
        m_config.version = version;
        m_interface->Configure(m_config);
        m_interface->SetState(m_state);
        const auto transmits = DrainAll(m_context.transmits);
        ASSERT_EQ(transmits.size(), 1u);
        EXPECT_EQ(transmits[0].payload.size(), 8u);
        EXPECT_EQ(transmits[0].payload[1], version == Version::V1 ? 0 : 100);
    }
}

TEST_F(RouterInterfaceTest, ManySourcesAreAskedForInSeveralQueries) // RFC 3376 4.1.8
{
    Start();
    const auto sources = SourceRange(1, 800);
    Hear(mcast::Report{{{RecordType::Allow, GROUP, sources}}});
    Hear(mcast::Report{{{RecordType::Block, GROUP, sources}}});
    const auto queries = TakeQueries();
    ASSERT_EQ(queries.size(), 3u);
    EXPECT_EQ(queries[0].sources.size(), 366u);
    EXPECT_EQ(queries[1].sources.size(), 366u);
    EXPECT_EQ(queries[2].sources.size(), 68u);
    EXPECT_EQ(queries[0].sources.front(), Source(1));
    EXPECT_EQ(queries[2].sources.back(), Source(800));
    EXPECT_EQ(queries[0].maxResponseCode, 10);
    const auto events = StateEvents(m_context);
    EXPECT_EQ(events.back(), "query-sequence-started if=3 group=239.1.2.3 sources=800");
}

TEST_F(RouterInterfaceTest, ASmallMtuStillHoldsOneSource)
{
    m_state.mtu = 20;
    Start();
    Report(RecordType::Allow, GROUP, {1, 2});
    Report(RecordType::Block, GROUP, {1, 2});
    EXPECT_EQ(TakeQueries().size(), 2u);
}

// A version 2 query can't name sources: one for the group stands for them.
TEST_F(RouterInterfaceTest, InVersion2OneQueryStandsForAllSources)
{
    m_config.version = Version::V2;
    Start();
    Hear(mcast::Report{{{RecordType::Allow, GROUP, SourceRange(1, 800)}}});
    Hear(Leave{GROUP});
    const auto transmits = DrainAll(m_context.transmits);
    ASSERT_EQ(transmits.size(), 1u);
    EXPECT_EQ(transmits[0].payload.size(), 8u);
}

TEST_F(RouterInterfaceTest, TheLoserOfAnElectionStopsItsSpecificQueries)
{
    Start();
    Report(RecordType::ToEx, GROUP);
    Report(RecordType::ToIn, GROUP);
    EXPECT_EQ(TakeQueries().size(), 1u);
    Hear(GeneralQuery(), LOWER);
    Advance(seconds{10});
    EXPECT_TRUE(TakeQueries().empty());
    EXPECT_FALSE(Knows(GROUP));
}

TEST_F(RouterInterfaceTest, InVersion2ItFinishesThem) // RFC 2236 3
{
    m_config.version = Version::V2;
    Start();
    Hear(OlderReport{Version::V2, GROUP});
    Hear(Leave{GROUP});
    EXPECT_EQ(TakeQueries().size(), 1u);
    Hear(GeneralQuery(Version::V2), LOWER);
    EXPECT_FALSE(m_interface->View().isQuerier);
    Advance(seconds{10});
    EXPECT_EQ(TakeQueries().size(), 1u);
    EXPECT_FALSE(Knows(GROUP));
}

// Static joins.

TEST_F(RouterInterfaceTest, StaticJoinsForwardWithoutMembers)
{
    m_config.staticJoins = {{GROUP, {}}, {Ip("239.0.0.2"), Source(1)}, {Ip("239.0.0.2"), Source(2)}};
    Start();
    EXPECT_TRUE(m_interface->Forwards(GROUP, Source(9)));
    EXPECT_TRUE(m_interface->Forwards(Ip("239.0.0.2"), Source(2)));
    EXPECT_FALSE(m_interface->Forwards(Ip("239.0.0.2"), Source(3)));
    const auto views = m_interface->Groups();
    ASSERT_EQ(views.size(), 2u);
    EXPECT_EQ(views[0].group, Ip("239.0.0.2"));
    EXPECT_EQ(views[0].mode, FilterMode::Include);
    EXPECT_EQ(views[0].sources.size(), 2u);
    EXPECT_EQ(views[1].mode, FilterMode::Exclude);
    EXPECT_TRUE(views[1].isStatic);
    EXPECT_EQ(m_interface->GroupCount(), 0u); // records only
}

TEST_F(RouterInterfaceTest, StaticJoinsShowBesideMembers)
{
    m_config.staticJoins = {{GROUP, Source(1)}, {Ip("239.0.0.2"), {}}};
    Start();
    Report(RecordType::IsEx, GROUP, {1, 2});
    auto view = m_interface->FindGroup(GROUP).value();
    EXPECT_TRUE(view.isStatic);
    ASSERT_EQ(view.sources.size(), 2u);
    EXPECT_TRUE(view.sources[0].forwarded); // blocked by members, joined by configuration
    EXPECT_FALSE(view.sources[1].forwarded);
    Report(RecordType::IsEx, Ip("239.0.0.2"), {1});
    view = m_interface->FindGroup(Ip("239.0.0.2")).value();
    EXPECT_TRUE(view.sources[0].forwarded);
    EXPECT_EQ(view.sources[0].forwarded, m_interface->Forwards(Ip("239.0.0.2"), Source(1)));
}

TEST_F(RouterInterfaceTest, MembersOutliveALeaveOfAStaticGroup)
{
    m_config.staticJoins = {{GROUP, {}}};
    Start();
    Report(RecordType::ToEx, GROUP);
    Report(RecordType::ToIn, GROUP);
    Advance(seconds{10});
    EXPECT_EQ(m_interface->GroupCount(), 0u);
    EXPECT_TRUE(m_interface->Forwards(GROUP, Source(1)));
}

TEST_F(RouterInterfaceTest, ChangedStaticJoinsAreAnnounced)
{
    m_config.staticJoins = {{GROUP, {}}};
    Start();
    m_config.staticJoins = {{Ip("239.0.0.2"), {}}};
    m_interface->Configure(m_config);
    EXPECT_EQ(m_changed, (std::vector<Address>{GROUP, Ip("239.0.0.2")}));
    EXPECT_FALSE(m_interface->Forwards(GROUP, Source(1)));
}

// Limits.

TEST_F(RouterInterfaceTest, GroupsAreLimited)
{
    m_config.maxGroups = 2;
    Start();
    for (std::uint8_t i = 1; i <= 5; ++i)
    {
        Report(RecordType::ToEx, Address::Ipv4(239, 0, 0, i));
    }
    EXPECT_EQ(m_interface->GroupCount(), 2u);
    EXPECT_EQ(Dropped(Reason::GroupLimit), 3u);
    EXPECT_EQ(StateEvents(m_context).back(), "limit-reached if=3 group=239.0.0.5 reason=group-limit");
    Hear(OlderReport{Version::V2, Ip("239.0.0.1")}); // known ones are served
    EXPECT_EQ(m_interface->FindGroup(Ip("239.0.0.1"))->version, Version::V2);
    Hear(OlderReport{Version::V2, Ip("239.0.0.9")});
    EXPECT_EQ(Dropped(Reason::GroupLimit), 4u);
}

TEST_F(RouterInterfaceTest, TheRoutersRoomIsALimitToo)
{
    m_room = 1;
    Start();
    Report(RecordType::ToEx, Ip("239.0.0.1"));
    Report(RecordType::ToEx, Ip("239.0.0.2"));
    EXPECT_EQ(Dropped(Reason::RouterLimit), 1u);
    Report(RecordType::ToIn, Ip("239.0.0.1"));
    Advance(seconds{3});
    Report(RecordType::ToEx, Ip("239.0.0.2"));
    EXPECT_TRUE(Knows(Ip("239.0.0.2")));
}

TEST_F(RouterInterfaceTest, SourcesAreLimited)
{
    m_config.maxSourcesPerGroup = 3;
    Start();
    Report(RecordType::Allow, GROUP, {1, 2, 3, 4, 5});
    EXPECT_EQ(m_interface->FindGroup(GROUP)->sources.size(), 3u);
    EXPECT_EQ(Dropped(Reason::SourceLimit), 1u);
    EXPECT_EQ(m_interface->View().sources, 3u);
}

// Reconfiguration.

TEST_F(RouterInterfaceTest, ChangedValuesKeepMembership)
{
    Start();
    Report(RecordType::ToEx, GROUP);
    m_config.robustness = 3;
    m_config.fastLeave = true;
    m_interface->Configure(m_config);
    EXPECT_TRUE(Knows(GROUP));
    EXPECT_TRUE(TakeQueries().empty());
    Report(RecordType::IsEx, GROUP);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{385});
    Report(RecordType::ToIn, GROUP);
    EXPECT_FALSE(Knows(GROUP));
}

TEST_F(RouterInterfaceTest, AnotherVersionStartsOver)
{
    Start();
    Report(RecordType::ToEx, GROUP);
    m_config.version = Version::V2;
    m_interface->Configure(m_config);
    EXPECT_FALSE(Knows(GROUP));
    EXPECT_EQ(m_count, 0u);
    const auto transmits = DrainAll(m_context.transmits);
    ASSERT_EQ(transmits.size(), 1u);
    EXPECT_EQ(transmits[0].payload.size(), 8u);
}

TEST_F(RouterInterfaceTest, AnotherProfileStartsOver)
{
    Start();
    Report(RecordType::ToEx, GROUP);
    m_config.profile = Profile::Rfc9776;
    m_interface->Configure(m_config);
    EXPECT_FALSE(Knows(GROUP));
    Report(RecordType::ToEx, GROUP);
    EXPECT_EQ(m_interface->FindGroup(GROUP)->expires, seconds{270});
}

// What forwarding hears of: the group where its mode changes, else the sources that change.

TEST_F(RouterInterfaceTest, ForwardingHearsOfWhatChangesOnly)
{
    Start();
    Report(RecordType::Allow, GROUP, {1, 2});
    EXPECT_TRUE(m_changed.empty());
    EXPECT_EQ(m_changedSources, Sources({1, 2}).Vector());
    Forget();
    Report(RecordType::IsIn, GROUP, {1, 2}); // a refresh
    EXPECT_TRUE(m_changed.empty() && m_changedSources.empty());
    Report(RecordType::IsEx, GROUP, {2});
    EXPECT_EQ(m_changed, (std::vector<Address>{GROUP}));
    Forget();
    Report(RecordType::IsEx, GROUP, {2, 3});
    EXPECT_TRUE(m_changed.empty());
    EXPECT_EQ(m_changedSources, Sources({3}).Vector());
    Forget();
    Advance(seconds{260});
    EXPECT_EQ(m_interface->GroupCount(), 0u);
    EXPECT_EQ(m_changed.back(), GROUP);
}

// Events tell the life of a group.

TEST_F(RouterInterfaceTest, EventsTellALife)
{
    Start();
    Hear(OlderReport{Version::V2, GROUP});
    Hear(Leave{GROUP});
    Advance(seconds{2});
    EXPECT_EQ(StateEvents(m_context),
              (Lines{"group-joined if=3 group=239.1.2.3 mode=exclude", "version-changed if=3 group=239.1.2.3 version=2",
                     "query-sequence-started if=3 group=239.1.2.3 sources=0",
                     "filter-mode-changed if=3 group=239.1.2.3 mode=include", "group-left if=3 group=239.1.2.3"}));
}

} // namespace
} // namespace mcast::gm
