// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/snooping.h"

#include "model/core/wire/igmp.h"
#include "model/core/wire/mld.h"
#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

const auto GROUP = *Address::Parse("239.1.2.3");
const auto SOURCE = *Address::Parse("10.0.0.1");
const auto GROUP6 = *Address::Parse("ff1e::1");
const auto SOURCE6 = *Address::Parse("2001:db8::1");

class SnoopingTest : public ::testing::Test
{
  protected:
    void Make(SnoopingConfig config = {})
    {
        snooping = std::make_unique<Snooping>(config);
        for (Aid aid = 1; aid <= 3; aid++)
        {
            snooping->StationJoined(now, aid);
        }
    }

    static PacketMeta Meta(Aid aid, const char* destination)
    {
        return {Address::Ipv4(10, 0, 1, static_cast<std::uint8_t>(aid)),
                *Address::Parse(destination),
                PROTOCOL_IGMP,
                1,
                0xc0,
                true};
    }

    bool Say(Aid aid, const MembershipMessage& message, const char* destination = "224.0.0.22")
    {
        return snooping->FromStation(now, aid, Meta(aid, destination), WriteIgmp(message));
    }

    bool Join(Aid aid, const Address& group = GROUP)
    {
        return Say(aid, Report{{{RecordType::ToEx, group, {}}}});
    }

    bool Leave(Aid aid, const Address& group = GROUP)
    {
        return Say(aid, Report{{{RecordType::ToIn, group, {}}}});
    }

    std::set<Aid> Members(const Address& group = GROUP, const Address& source = SOURCE) const
    {
        return snooping->AudienceOf(group, source).members;
    }

    std::vector<Query> Queries()
    {
        std::vector<Query> queries;
        while (const auto query = snooping->PollQuery())
        {
            if (query->meta.protocol == PROTOCOL_IGMP)
            {
                queries.push_back(std::get<Query>(*ParseIgmp(query->payload)));
            }
        }
        return queries;
    }

    void RunTo(Duration at)
    {
        for (auto next = snooping->NextDeadline(); next && *next <= TimePoint{at}; next = snooping->NextDeadline())
        {
            snooping->AdvanceTo(*next);
        }
        now = TimePoint{at};
        snooping->AdvanceTo(now);
    }

    std::unique_ptr<Snooping> snooping;
    TimePoint now{};
};

TEST_F(SnoopingTest, MembersAreThoseWhoReport)
{
    Make();
    EXPECT_TRUE(Members().empty());
    EXPECT_TRUE(Join(1)) << "a report goes to no other station";
    EXPECT_TRUE(Join(3));
    EXPECT_EQ(Members(), (std::set<Aid>{1, 3}));
    EXPECT_FALSE(snooping->AudienceOf(GROUP, SOURCE).all);
    EXPECT_TRUE(Members(*Address::Parse("239.1.2.4")).empty()) << "no member, nothing on the air";
}

TEST_F(SnoopingTest, SourceFiltersCount)
{
    Make();
    Say(1, Report{{{RecordType::ToIn, GROUP, {SOURCE}}}});
    EXPECT_EQ(Members(), (std::set<Aid>{1}));
    EXPECT_TRUE(Members(GROUP, *Address::Parse("10.0.0.2")).empty());
}

TEST_F(SnoopingTest, ALeaveIsAskedAboutAndEndsWithoutAnAnswer)
{
    Make();
    RunTo(seconds{1});
    Join(1);
    Join(2);
    Queries();
    Leave(1);
    EXPECT_EQ(Members(), (std::set<Aid>{1, 2}));
    const auto queries = Queries();
    ASSERT_EQ(queries.size(), 1U);
    EXPECT_EQ(queries.front().group, GROUP);
    RunTo(seconds{2});
    Say(2, Report{{{RecordType::IsEx, GROUP, {}}}});
    RunTo(seconds{6});
    EXPECT_EQ(Members(), (std::set<Aid>{2})) << "the one who answered stays";
}

TEST_F(SnoopingTest, AMemberThatSleepsThroughADtimIntervalStays)
{
    SnoopingConfig config;
    config.responseMargin = milliseconds{1024}; // DTIM period 10
    Make(config);
    RunTo(seconds{1});
    Join(1);
    Join(2);
    Leave(1);
    // both queries wait nearly a DTIM interval, and the answer takes a Max Resp Time
    RunTo(seconds{1} + milliseconds{1024 + 1000});
    EXPECT_EQ(Members().count(2), 1U);
    Say(2, Report{{{RecordType::IsEx, GROUP, {}}}});
    RunTo(seconds{10});
    EXPECT_EQ(Members(), (std::set<Aid>{2}));
}

TEST_F(SnoopingTest, AsksUntilALowerQuerierIsHeard)
{
    Make();
    EXPECT_TRUE(snooping->IsQuerier());
    EXPECT_FALSE(Queries().empty());
    Query general;
    general.group = Address::Any(Family::Ipv4);
    general.maxResponseCode = 100;
    general.robustness = 2;
    general.queryIntervalCode = 125;
    const PacketMeta meta{*Address::Parse("10.0.0.254"), *Address::Parse("224.0.0.1"), PROTOCOL_IGMP, 1, 0xc0, true};
    snooping->FromDistribution(now, meta, WriteIgmp(general));
    EXPECT_FALSE(snooping->IsQuerier());
    RunTo(seconds{200});
    EXPECT_TRUE(Queries().empty());
    RunTo(seconds{300});
    EXPECT_TRUE(snooping->IsQuerier()) << "the other one is gone";
    EXPECT_FALSE(Queries().empty());
}

TEST_F(SnoopingTest, MembersOfAnotherQuerierEndWithIts)
{
    SnoopingConfig config;
    config.querier = false;
    Make(config);
    Join(1);
    Join(2);
    Query specific;
    specific.version = Version::V2;
    specific.group = GROUP;
    specific.maxResponseCode = 10; // 1 s
    const PacketMeta meta{*Address::Parse("10.0.0.254"), GROUP, PROTOCOL_IGMP, 1, 0xc0, true};
    Query general = specific;
    general.group = Address::Any(Family::Ipv4);
    general.maxResponseCode = 100;
    auto toAll = meta;
    toAll.destination = *Address::Parse("224.0.0.1");
    snooping->FromDistribution(now, toAll, WriteIgmp(general));
    snooping->FromDistribution(now, meta, WriteIgmp(specific));
    Say(2, OlderReport{Version::V2, GROUP}, "239.1.2.3");
    RunTo(seconds{3});
    EXPECT_EQ(Members(), (std::set<Aid>{2}));
    EXPECT_TRUE(Queries().empty());
    EXPECT_FALSE(snooping->IsQuerier());
}

TEST_F(SnoopingTest, WithoutReportsMembershipEnds)
{
    Make();
    Join(1);
    RunTo(seconds{259});
    EXPECT_EQ(Members(), (std::set<Aid>{1}));
    RunTo(seconds{261});
    EXPECT_TRUE(Members().empty());
}

TEST_F(SnoopingTest, AStationThatLeavesTakesItsMembershipsAlong)
{
    Make();
    Join(1);
    snooping->StationLeft(now, 1);
    EXPECT_TRUE(Members().empty());
    snooping->StationJoined(now, 1);
    EXPECT_TRUE(Members().empty());
    Join(1);
    EXPECT_EQ(Members(), (std::set<Aid>{1}));
}

TEST_F(SnoopingTest, LinkScopeGoesToAll)
{
    Make();
    EXPECT_TRUE(snooping->AudienceOf(*Address::Parse("224.0.0.251"), SOURCE).all);
    EXPECT_TRUE(snooping->AudienceOf(*Address::Parse("ff02::1"), SOURCE6).all);
    EXPECT_TRUE(snooping->AudienceOf(*Address::Parse("255.255.255.255"), SOURCE).all);
}

TEST_F(SnoopingTest, UnknownGroupsMayBeFlooded)
{
    SnoopingConfig config;
    config.floodUnknown = true;
    Make(config);
    EXPECT_TRUE(snooping->AudienceOf(GROUP, SOURCE).all);
    Join(1);
    EXPECT_FALSE(snooping->AudienceOf(GROUP, SOURCE).all);
}

TEST_F(SnoopingTest, RouterStationsGetEverythingWhileTheyAreHeard)
{
    Make();
    PacketMeta hello{Address::Ipv4(10, 0, 1, 3), *Address::Parse("224.0.0.13"), 103, 1, 0xc0, false};
    EXPECT_FALSE(snooping->FromStation(now, 3, hello, Bytes{0x20, 0, 0, 0}));
    EXPECT_EQ(Members(), (std::set<Aid>{3}));
    EXPECT_EQ(snooping->RouterStations(), (std::set<Aid>{3}));
    RunTo(seconds{256});
    EXPECT_TRUE(Members().empty());
}

TEST_F(SnoopingTest, MldIsTheSame)
{
    SnoopingConfig config;
    config.querierIpv6 = *Address::Parse("fe80::ff");
    Make(config);
    PacketMeta meta{*Address::Parse("fe80::1"), *Address::Parse("ff02::16"), PROTOCOL_ICMPV6, 1, 0, true};
    const Report report{{{RecordType::ToEx, GROUP6, {}}}};
    EXPECT_TRUE(snooping->FromStation(now, 2, meta, WriteMld(meta, report)));
    EXPECT_EQ(Members(GROUP6, SOURCE6), (std::set<Aid>{2}));
    EXPECT_TRUE(snooping->IsQuerier(Family::Ipv6));
    bool asked = false;
    while (const auto query = snooping->PollQuery())
    {
        asked = asked || query->meta.protocol == PROTOCOL_ICMPV6;
    }
    EXPECT_TRUE(asked);
}

TEST_F(SnoopingTest, OtherPacketsSayNothing)
{
    Make();
    EXPECT_FALSE(snooping->FromStation(now, 1, Meta(1, "239.1.2.3"), {}));
    auto udp = Meta(1, "239.1.2.3");
    udp.protocol = 17;
    EXPECT_FALSE(snooping->FromStation(now, 1, udp, Bytes{0x22, 0, 0, 0, 0, 0, 0, 1}));
    EXPECT_TRUE(Members().empty());
}

} // namespace
} // namespace mcast::wifi
