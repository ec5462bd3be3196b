// SPDX-License-Identifier: GPL-2.0-only
// The member side of one interface, from packets to packets.

#include "gm/host-interface.h"

#include "support.h"

#include <gtest/gtest.h>
#include <memory>

namespace mcast::gm
{
namespace
{

using namespace test;
using Lines = std::vector<std::string>;

const InterfaceId LAN{3};
const auto QUERIER = Address::Ipv4(10, 0, 0, 1);
const auto OTHER = Address::Ipv4(10, 0, 0, 8);
const auto GROUP = Address::Ipv4(239, 1, 2, 3);
const auto GROUP2 = Address::Ipv4(239, 1, 2, 4);
constexpr SocketId S1{1};
constexpr SocketId S2{2};

class HostInterfaceTest : public ::testing::Test
{
  protected:
    HostInterfaceTest()
        : m_interface(LAN, ProtocolOf(Family::Ipv4), m_context),
          m_state(UpInterface(LAN, "10.0.0.7"))
    {
    }

    void Start()
    {
        m_interface.Configure(m_config);
        m_interface.SetState(m_state);
        Forget();
    }

    void Join(const Address& group, SocketId socket = S1)
    {
        m_interface.Listen(socket, group, {FilterMode::Exclude, {}});
    }

    void Include(const Address& group, std::initializer_list<unsigned> sources, SocketId socket = S1)
    {
        m_interface.Listen(socket, group, {FilterMode::Include, Sources(sources)});
    }

    void LeaveGroup(const Address& group, SocketId socket = S1)
    {
        m_interface.Listen(socket, group, {});
    }

    void Hear(const MembershipMessage& message, const Address& source = QUERIER)
    {
        Hear(message, MetaFor(message, source));
    }

    void Hear(const MembershipMessage& message, const PacketMeta& meta)
    {
        m_interface.HandlePacket(meta, WriteIgmp(message));
    }

    void Advance(Duration sinceStart)
    {
        RunTo(m_context, At(sinceStart));
    }

    void Pass(Duration time)
    {
        Advance(m_context.now.time_since_epoch() + time);
    }

    /// Lets repetitions pass.
    void Settle()
    {
        Pass(seconds{30});
        Forget();
    }

    void Forget()
    {
        DrainAll(m_context.transmits);
        DrainAll(m_context.events);
    }

    std::vector<Report> TakeReports()
    {
        std::vector<Report> reports;
        for (const auto& transmit : DrainAll(m_context.transmits))
        {
            EXPECT_EQ(transmit.interface, LAN);
            EXPECT_EQ(transmit.meta.destination, Ip("224.0.0.22"));
            EXPECT_EQ(transmit.meta.ttl, 1);
            EXPECT_EQ(transmit.meta.tos, 0xc0);
            EXPECT_TRUE(transmit.meta.routerAlert);
            EXPECT_LE(transmit.payload.size() + IGMP_IP_HEADER_SIZE, m_state.mtu);
            const auto message = Read(transmit);
            reports.push_back(std::get<Report>(message));
        }
        return reports;
    }

    /// What was sent in versions 1 and 2: "v1 <group>", "v2 <group>", "leave <group>".
    Lines TakeOlder()
    {
        Lines lines;
        for (const auto& transmit : DrainAll(m_context.transmits))
        {
            const auto message = Read(transmit);
            if (const auto* leave = std::get_if<mcast::Leave>(&message))
            {
                EXPECT_EQ(transmit.meta.destination, Ip("224.0.0.2"));
                lines.push_back("leave " + leave->group.ToString());
                continue;
            }
            const auto& report = std::get<OlderReport>(message);
            EXPECT_EQ(transmit.meta.destination, report.group);
            lines.push_back((report.version == Version::V1 ? "v1 " : "v2 ") + report.group.ToString());
        }
        return lines;
    }

    std::uint64_t Dropped(Reason reason) const
    {
        return m_interface.View().counters.Dropped(reason);
    }

    Version Compatibility() const
    {
        return m_interface.View().compatibility;
    }

    Context m_context{1};
    HostConfig m_config;
    HostInterface m_interface;
    InterfaceState m_state;
};

// Listening.

TEST_F(HostInterfaceTest, AJoinIsReportedFromTheInterfacesAddress)
{
    Start();
    Join(GROUP);
    ASSERT_EQ(m_context.transmits.size(), 1u);
    EXPECT_EQ(m_context.transmits.front().meta.source, Ip("10.0.0.7"));
    const auto reports = TakeReports();
    ASSERT_EQ(reports[0].records.size(), 1u);
    EXPECT_EQ(reports[0].records[0].type, RecordType::ToEx);
    EXPECT_EQ(StateEvents(m_context), (Lines{"host-state-changed if=3 group=239.1.2.3 mode=exclude sources=0"}));
}

TEST_F(HostInterfaceTest, WithoutAnAddressItReportsFromNobody) // RFC 3376 4.2.13
{
    m_state.addresses.clear();
    Start();
    Join(GROUP);
    ASSERT_EQ(m_context.transmits.size(), 1u);
    EXPECT_EQ(m_context.transmits.front().meta.source, Ip("0.0.0.0"));
}

TEST_F(HostInterfaceTest, AllSystemsIsNeverReported) // RFC 3376 5
{
    Start();
    Join(Ip("224.0.0.1"));
    Hear(GeneralQuery());
    LeaveGroup(Ip("224.0.0.1"));
    Pass(seconds{100});
    EXPECT_TRUE(TakeReports().empty());
    EXPECT_TRUE(m_interface.Groups().empty());
}

TEST_F(HostInterfaceTest, SocketsOfAllSystemsAreKnown)
{
    Start();
    m_interface.Listen(S1, Ip("224.0.0.1"), {FilterMode::Exclude, Sources({1})});
    ASSERT_NE(m_interface.FindSocket(S1, Ip("224.0.0.1")), nullptr);
    EXPECT_FALSE(m_interface.FindSocket(S1, Ip("224.0.0.1"))->Passes(Source(1)));
    EXPECT_EQ(m_interface.FindSocket(S2, Ip("224.0.0.1")), nullptr);
    m_interface.CloseSocket(S1);
    EXPECT_EQ(m_interface.FindSocket(S1, Ip("224.0.0.1")), nullptr);
}

TEST_F(HostInterfaceTest, ALeaveOfNothingIsNothing) // RFC 3376 3.1
{
    Start();
    LeaveGroup(GROUP);
    EXPECT_TRUE(m_context.transmits.empty());
    EXPECT_TRUE(m_context.events.empty());
    EXPECT_EQ(m_interface.View().groups, 0u);
}

TEST_F(HostInterfaceTest, ALeftGroupIsForgottenWhenAllIsSaid)
{
    Start();
    Join(GROUP);
    LeaveGroup(GROUP);
    EXPECT_EQ(m_interface.View().groups, 1u);
    EXPECT_TRUE(m_interface.Groups().empty());
    Pass(seconds{10});
    EXPECT_EQ(m_interface.View().groups, 0u);
    EXPECT_EQ(m_context.timers.Size(), 0u);
}

TEST_F(HostInterfaceTest, AClosedSocketLeavesAll)
{
    Start();
    Join(GROUP);
    Join(GROUP2);
    Join(GROUP2, S2);
    Settle();
    m_interface.CloseSocket(S1);
    const auto reports = TakeReports();
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].records[0].group, GROUP);
    EXPECT_EQ(reports[0].records[0].type, RecordType::ToIn);
    EXPECT_EQ(m_interface.FindSocket(S1, GROUP2), nullptr);
    EXPECT_NE(m_interface.FindState(GROUP2), nullptr);
}

// Queries.

TEST_F(HostInterfaceTest, AGeneralQueryIsAnsweredInOneReport)
{
    Start();
    Join(GROUP);
    Include(GROUP2, {1, 2});
    LeaveGroup(Ip("239.1.2.5"));
    Settle();
    const auto now = m_context.now;
    Hear(GeneralQuery());
    EXPECT_TRUE(m_context.transmits.empty()); // never at once (RFC 3376 5.2)
    EXPECT_GT(*m_context.NextDeadline(), now);
    EXPECT_LE(*m_context.NextDeadline(), now + seconds{10});
    Pass(seconds{10});
    const auto reports = TakeReports();
    ASSERT_EQ(reports.size(), 1u);
    ASSERT_EQ(reports[0].records.size(), 2u);
    EXPECT_EQ(reports[0].records[0].type, RecordType::IsEx);
    EXPECT_EQ(reports[0].records[1].type, RecordType::IsIn);
    EXPECT_EQ(reports[0].records[1].sources, Sources({1, 2}).Vector());
}

TEST_F(HostInterfaceTest, WithoutStateThereIsNoAnswer)
{
    Start();
    Join(GROUP);
    LeaveGroup(GROUP);
    Hear(GeneralQuery());
    Settle();
    EXPECT_EQ(m_context.timers.Size(), 0u);
    Hear(GeneralQuery());
    EXPECT_EQ(m_context.timers.Size(), 0u);
}

TEST_F(HostInterfaceTest, ASoonerPendingAnswerCoversAllQueries) // rule 1
{
    Start();
    Join(GROUP);
    Settle();
    auto quick = GeneralQuery();
    quick.maxResponseCode = 1;
    Hear(quick);
    auto slow = GeneralQuery();
    slow.maxResponseCode = 0xff;
    auto specific = SpecificQuery(GROUP);
    specific.maxResponseCode = 0xff;
    for (int i = 0; i < 10; ++i)
    {
        Hear(slow);
        Hear(specific);
    }
    EXPECT_EQ(m_context.timers.Size(), 1u);
    Pass(milliseconds{100});
    EXPECT_EQ(TakeReports().size(), 1u);
    Pass(seconds{4000});
    EXPECT_TRUE(TakeReports().empty());
}

TEST_F(HostInterfaceTest, AnEarlierDelayReplacesThePendingAnswer) // rule 2
{
    Start();
    Join(GROUP);
    Settle();
    auto slow = GeneralQuery();
    slow.maxResponseCode = 0xff;
    Hear(slow);
    ASSERT_GT(*m_context.NextDeadline(), m_context.now + seconds{1});
    auto quick = GeneralQuery();
    quick.maxResponseCode = 1;
    Hear(quick);
    Pass(milliseconds{100});
    EXPECT_EQ(TakeReports().size(), 1u);
    Pass(seconds{4000});
    EXPECT_TRUE(TakeReports().empty());
}

TEST_F(HostInterfaceTest, ASpecificQueryIsAnsweredByItsGroup)
{
    Start();
    Join(GROUP);
    Include(GROUP2, {1, 2, 3});
    Settle();
    Hear(SpecificQuery(GROUP2, {2, 3, 4}));
    Hear(SpecificQuery(Ip("239.9.9.9")));
    Pass(seconds{1});
    const auto reports = TakeReports();
    ASSERT_EQ(reports.size(), 1u);
    ASSERT_EQ(reports[0].records.size(), 1u);
    EXPECT_EQ(reports[0].records[0].group, GROUP2);
    EXPECT_EQ(reports[0].records[0].sources, Sources({2, 3}).Vector());
}

TEST_F(HostInterfaceTest, AQueryMayComeToAnyAddressOfOurs) // RFC 3376 4.1.12
{
    Start();
    Join(GROUP);
    Settle();
    auto meta = MetaFor(GeneralQuery(), QUERIER);
    meta.destination = Ip("10.0.0.7");
    Hear(GeneralQuery(), meta);
    Pass(seconds{10});
    EXPECT_EQ(TakeReports().size(), 1u);
}

TEST_F(HostInterfaceTest, ForgedQueriesAreIgnored) // RFC 3376 9.1
{
    Start();
    Join(GROUP);
    Settle();
    auto elsewhere = MetaFor(GeneralQuery(), QUERIER);
    elsewhere.destination = GROUP;
    Hear(GeneralQuery(), elsewhere);
    EXPECT_EQ(Dropped(Reason::BadDestination), 1u);
    auto silent = MetaFor(GeneralQuery(), QUERIER);
    silent.routerAlert = false;
    Hear(GeneralQuery(), silent);
    Hear(GeneralQuery(Version::V2), silent);
    EXPECT_EQ(Dropped(Reason::NoRouterAlert), 2u);
    auto far = MetaFor(GeneralQuery(), QUERIER);
    far.ttl = 3;
    Hear(GeneralQuery(), far);
    EXPECT_EQ(Dropped(Reason::BadTtl), 1u);
    EXPECT_EQ(m_context.timers.Size(), 0u);
    Hear(GeneralQuery(Version::V1), silent); // version 1 came before the option
    EXPECT_EQ(Compatibility(), Version::V1);
}

TEST_F(HostInterfaceTest, ReportsOfOthersSuppressNothingInVersion3)
{
    Start();
    Join(GROUP);
    Settle();
    Hear(GeneralQuery());
    Hear(Report{{MakeRecord(RecordType::IsEx, GROUP)}}, OTHER);
    Hear(OlderReport{Version::V2, GROUP}, OTHER);
    Hear(mcast::Leave{GROUP}, OTHER);
    Pass(seconds{10});
    EXPECT_EQ(TakeReports().size(), 1u);
    EXPECT_EQ(m_interface.View().counters.received[static_cast<std::size_t>(MessageKind::ReportV3)], 1u);
}

TEST_F(HostInterfaceTest, TheQueriersRobustnessIsUsed)
{
    Start();
    auto query = GeneralQuery();
    query.robustness = 5;
    Hear(query);
    Join(GROUP);
    Pass(seconds{30});
    EXPECT_EQ(TakeReports().size(), 5u);
    query.robustness = 0; // not told: our own
    Hear(query);
    Settle();
    Join(GROUP2);
    Pass(seconds{30});
    EXPECT_EQ(TakeReports().size(), 2u);
}

// Packing (RFC 3376 4.2.16).

TEST_F(HostInterfaceTest, ManyGroupsFillReportsToTheMtu)
{
    Start();
    for (std::uint8_t i = 0; i < 250; ++i)
    {
        Join(Address::Ipv4(239, 0, 1, i));
    }
    Settle();
    Hear(GeneralQuery());
    Pass(seconds{10});
    const auto reports = TakeReports();
    ASSERT_EQ(reports.size(), 2u);
    EXPECT_EQ(reports[0].records.size(), 183u); // (1500 - 24 - 8) / 8
    EXPECT_EQ(reports[1].records.size(), 67u);
}

TEST_F(HostInterfaceTest, ALongIncludeListIsSplit)
{
    Start();
    Join(GROUP);
    m_interface.Listen(S1, GROUP2, {FilterMode::Include, SourceSet(SourceRange(1, 1000))});
    Settle();
    Hear(GeneralQuery());
    Pass(seconds{10});
    std::vector<Address> told;
    for (const auto& report : TakeReports())
    {
        for (const auto& record : report.records)
        {
            EXPECT_TRUE(record.group == GROUP || record.type == RecordType::IsIn);
            told.insert(told.end(), record.sources.begin(), record.sources.end());
        }
    }
    EXPECT_EQ(SourceSet(told).Vector(), SourceRange(1, 1000));
    EXPECT_EQ(told.size(), 1000u);
}

TEST_F(HostInterfaceTest, ALongExcludeListIsCutToTheSameEachTime)
{
    Start();
    m_interface.Listen(S1, GROUP, {FilterMode::Exclude, SourceSet(SourceRange(1, 1000))});
    Pass(seconds{30});
    const auto reports = TakeReports();
    ASSERT_EQ(reports.size(), 2u);
    for (const auto& report : reports)
    {
        ASSERT_EQ(report.records.size(), 1u);
        EXPECT_EQ(report.records[0].sources, SourceRange(1, 365)); // (1500 - 24 - 8 - 8) / 4
    }
}

TEST_F(HostInterfaceTest, RecordsThatJustFitShareAReport)
{
    m_state.mtu = 24 + 8 + 8 + 4 * 3 + 8; // a record of three sources and an empty one
    Start();
    Include(GROUP, {1, 2, 3});
    Join(GROUP2);
    Settle();
    Hear(GeneralQuery());
    Pass(seconds{10});
    EXPECT_EQ(TakeReports().size(), 1u);
    m_state.mtu -= 1;
    m_interface.SetState(m_state);
    Hear(GeneralQuery());
    Pass(seconds{10});
    EXPECT_EQ(TakeReports().size(), 2u);
}

// Older queriers (RFC 3376 7.2.1).

TEST_F(HostInterfaceTest, AVersion2QuerierMakesItVersion2)
{
    Start();
    Join(GROUP);
    Settle();
    Hear(GeneralQuery(Version::V2));
    EXPECT_EQ(Compatibility(), Version::V2);
    EXPECT_EQ(m_interface.View().olderQuerierV2, seconds{260});
    Pass(seconds{10});
    EXPECT_EQ(TakeOlder(), (Lines{"v2 239.1.2.3"}));
    Join(GROUP2);
    EXPECT_EQ(TakeOlder(), (Lines{"v2 239.1.2.4"}));
    LeaveGroup(GROUP2);
    EXPECT_EQ(TakeOlder(), (Lines{"leave 239.1.2.4"}));
    EXPECT_EQ(m_interface.View().groups, 1u);
}

TEST_F(HostInterfaceTest, ModesFallBackTimerByTimer)
{
    Start();
    Hear(GeneralQuery(Version::V1));
    EXPECT_EQ(Compatibility(), Version::V1);
    Pass(seconds{100});
    Hear(GeneralQuery(Version::V2)); // neither ends nor shortens version 1
    EXPECT_EQ(Compatibility(), Version::V1);
    Join(GROUP);
    EXPECT_EQ(TakeOlder(), (Lines{"v1 239.1.2.3"}));
    Forget();
    Advance(seconds{260});
    EXPECT_EQ(Compatibility(), Version::V2);
    Advance(seconds{360});
    EXPECT_EQ(Compatibility(), Version::V3);
    EXPECT_EQ(StateEvents(m_context), (Lines{"version-changed if=3 version=2", "version-changed if=3 version=3"}));
}

TEST_F(HostInterfaceTest, TheTimeoutFollowsTheLastQuery) // RFC 3376 8.12
{
    Start();
    auto newer = GeneralQuery();
    newer.robustness = 3;
    newer.queryIntervalCode = 60;
    Hear(newer);
    auto older = GeneralQuery(Version::V2);
    older.maxResponseCode = 50;
    Hear(older);
    EXPECT_EQ(m_interface.View().olderQuerierV2, seconds{185});
}

TEST_F(HostInterfaceTest, AnOlderSpecificQueryChangesNoMode)
{
    Start();
    Join(GROUP);
    Settle();
    Hear(SpecificQuery(GROUP, {}, Version::V2));
    EXPECT_EQ(Compatibility(), Version::V3);
    Pass(seconds{1});
    EXPECT_EQ(TakeReports().size(), 1u);
}

TEST_F(HostInterfaceTest, AModeChangeCancelsAllThatIsPending)
{
    Start();
    Join(GROUP);
    LeaveGroup(GROUP2);
    Join(GROUP2);
    LeaveGroup(GROUP2);
    Hear(GeneralQuery());
    Hear(SpecificQuery(GROUP));
    Forget();
    Hear(GeneralQuery(Version::V2));
    EXPECT_EQ(m_interface.View().groups, 1u); // the one that was only still saying goodbye is gone
    Pass(seconds{10});
    EXPECT_EQ(TakeOlder(), (Lines{"v2 239.1.2.3"})); // the answer to the version 2 query
}

TEST_F(HostInterfaceTest, OlderReportsSuppressInOlderModes)
{
    Start();
    Join(GROUP);
    Settle();
    for (const auto version : {Version::V1, Version::V2})
    {
        Hear(GeneralQuery(Version::V2));
        Hear(OlderReport{version, GROUP}, OTHER);
        Pass(seconds{10});
        EXPECT_TRUE(TakeOlder().empty());
    }
    Hear(GeneralQuery(Version::V2));
    Hear(OlderReport{Version::V2, GROUP}, Ip("10.0.0.7")); // our own that came back
    EXPECT_EQ(Dropped(Reason::OwnMessage), 1u);
    Pass(seconds{10});
    EXPECT_EQ(TakeOlder(), (Lines{"v2 239.1.2.3"}));
}

TEST_F(HostInterfaceTest, AConfiguredVersion2HostWaits400Seconds) // RFC 2236 8.11
{
    m_config.version = Version::V2;
    Start();
    Hear(GeneralQuery(Version::V1));
    EXPECT_EQ(Compatibility(), Version::V1);
    EXPECT_EQ(m_interface.View().olderQuerierV1, seconds{400});
    Hear(GeneralQuery(Version::V3)); // one of its own to it
    Hear(GeneralQuery(Version::V2));
    EXPECT_EQ(m_interface.View().olderQuerierV2, Duration::zero());
}

TEST_F(HostInterfaceTest, AConfiguredVersion1HostKnowsOneDestination) // RFC 1112 A.I
{
    m_config.version = Version::V1;
    Start();
    Join(GROUP);
    EXPECT_EQ(TakeOlder(), (Lines{"v1 239.1.2.3"}));
    Settle();
    auto meta = MetaFor(GeneralQuery(Version::V1), QUERIER);
    meta.destination = Ip("10.0.0.7");
    Hear(GeneralQuery(Version::V1), meta);
    EXPECT_EQ(Dropped(Reason::BadDestination), 1u);
    Hear(SpecificQuery(GROUP, {}, Version::V2)); // to the group
    EXPECT_EQ(Dropped(Reason::BadDestination), 2u);
    Hear(GeneralQuery(Version::V2)); // its code and length mean nothing
    Pass(seconds{10});
    EXPECT_EQ(TakeOlder(), (Lines{"v1 239.1.2.3"}));
}

TEST_F(HostInterfaceTest, CompatibilityOffIgnoresOlderQueries) // RFC 9776 7.2.1
{
    m_config.profile = Profile::Rfc9776;
    m_config.olderVersionCompatibility = false;
    Start();
    Join(GROUP);
    Settle();
    Hear(GeneralQuery(Version::V2));
    EXPECT_EQ(Compatibility(), Version::V3);
    EXPECT_EQ(Dropped(Reason::CompatibilityOff), 1u);
    EXPECT_EQ(m_context.timers.Size(), 0u);
}

TEST_F(HostInterfaceTest, SwitchingCompatibilityOffEndsOlderModes)
{
    Start();
    Join(GROUP);
    Hear(GeneralQuery(Version::V2));
    Settle();
    m_config.olderVersionCompatibility = false;
    m_interface.Configure(m_config);
    EXPECT_EQ(Compatibility(), Version::V3);
    ASSERT_EQ(TakeReports().size(), 1u); // as if it had come up
}

TEST_F(HostInterfaceTest, UnderRfc9776OlderQueriesAreWarnedOf)
{
    m_config.profile = Profile::Rfc9776;
    Start();
    const auto warnings = [&] {
        std::size_t count = 0;
        for (const auto& event : DrainAll(m_context.events))
        {
            count += event.kind == EventKind::Warning ? 1 : 0;
        }
        return count;
    };
    Hear(SpecificQuery(GROUP, {}, Version::V2));
    EXPECT_EQ(warnings(), 0u);
    Hear(SpecificQuery(Ip("232.1.1.1"), {}, Version::V2));
    Hear(GeneralQuery(Version::V2));
    EXPECT_EQ(warnings(), 1u);
    EXPECT_EQ(m_interface.View().olderQuerierV2, seconds{350}); // RFC 9776 8.12
}

// Interfaces come, go and change.

TEST_F(HostInterfaceTest, WhatWasAskedWhileDownIsToldWhenUp)
{
    m_interface.Configure(m_config);
    Join(GROUP);
    Include(GROUP2, {1});
    EXPECT_TRUE(m_context.transmits.empty());
    Hear(GeneralQuery());
    EXPECT_EQ(Dropped(Reason::InterfaceDown), 1u);
    m_interface.SetState(m_state);
    const auto reports = TakeReports();
    ASSERT_EQ(reports.size(), 2u);
    EXPECT_EQ(reports[0].records[0].type, RecordType::ToEx);
    EXPECT_EQ(reports[1].records[0].type, RecordType::Allow);
}

TEST_F(HostInterfaceTest, GoingDownCancelsAndForgetsOlderQueriers)
{
    Start();
    Join(GROUP);
    Join(GROUP2);
    Hear(GeneralQuery(Version::V2));
    Forget();
    LeaveGroup(GROUP2);
    m_state.up = false;
    m_interface.SetState(m_state);
    EXPECT_EQ(m_context.timers.Size(), 0u);
    EXPECT_EQ(m_interface.View().groups, 1u);
    EXPECT_FALSE(m_interface.View().active);
    Forget();
    m_state.up = true;
    m_interface.SetState(m_state);
    EXPECT_EQ(TakeReports().size(), 1u); // in version 3
    EXPECT_EQ(Compatibility(), Version::V3);
}

TEST_F(HostInterfaceTest, AnotherVersionStartsOver)
{
    Start();
    Join(GROUP);
    Settle();
    m_config.version = Version::V2;
    m_interface.Configure(m_config);
    EXPECT_EQ(TakeOlder(), (Lines{"v2 239.1.2.3"}));
    m_config.robustness = 3;
    m_interface.Configure(m_config);
    EXPECT_TRUE(m_context.transmits.empty());
}

TEST_F(HostInterfaceTest, GroupsAreListedInOrder)
{
    Start();
    Include(GROUP2, {2, 1});
    Join(GROUP);
    const auto groups = m_interface.Groups();
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0].group, GROUP);
    EXPECT_EQ(groups[0].mode, FilterMode::Exclude);
    EXPECT_EQ(groups[1].sources, Sources({1, 2}).Vector());
}

} // namespace
} // namespace mcast::gm
