// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/access-point.h"

#include "model/core/wire/igmp.h"
#include "model/core/wire/ip.h"
#include "support.h"
#include "wireless/core/block-ack.h"
#include "wireless/core/group-leaders.h"

#include <functional>
#include <utility>

namespace mcast::wifi
{
namespace
{

using namespace test;

const MacAddress SERVER{2, 0, 0, 0, 9, 9};
const auto GROUP = *Address::Parse("239.1.2.3");
constexpr std::uint8_t FMS = 1;
constexpr std::uint8_t DMS = 2;
constexpr std::uint8_t GCR = 4;
constexpr std::uint8_t QOS = 8;

// Stations 1, 2, ... associate with what they can do; time goes on by hand.
class AccessPointTest : public ::testing::Test
{
  protected:
    void Make(AccessPointConfig config = {})
    {
        ap.emplace(config);
        bssid = config.bssid;
    }

    void Associate(std::uint8_t station, std::uint8_t can = 0, std::uint8_t qosInfo = 0)
    {
        FrameHeader header;
        header.type = FrameType::Management;
        header.subtype = 0;
        header.address1 = header.address3 = bssid;
        header.address2 = Sta(station);
        Bytes body{1, 0, 3, 0, 1, 2, 0x82, 0x84, 127, 8, 0, 0, 0, 0, 0, 0, 0, 0};
        body[11] = can & FMS ? 8 : 0;
        body[13] = can & DMS ? 4 : 0;
        body[16] = can & GCR ? 8 : 0;
        if (can & QOS)
        {
            const Bytes wmm{221, 7, 0, 0x50, 0xf2, 2, 0, 1, qosInfo};
            body.insert(body.end(), wmm.begin(), wmm.end());
        }
        ap->HandleFrame(now, WriteFrame(header, body));
        const auto answer = Take();
        ASSERT_FALSE(answer.empty());
        EXPECT_EQ(answer.front().header.address1, Sta(station));
    }

    void Null(std::uint8_t station, bool asleep)
    {
        FrameHeader header;
        header.subtype = SUBTYPE_NULL;
        header.toDs = true;
        header.powerManagement = asleep;
        header.address1 = header.address3 = bssid;
        header.address2 = Sta(station);
        ap->HandleFrame(now, WriteFrame(header));
    }

    void PsPoll(std::uint8_t station)
    {
        FrameHeader header;
        header.type = FrameType::Control;
        header.subtype = SUBTYPE_PS_POLL;
        header.address1 = bssid;
        header.address2 = Sta(station);
        ap->HandleFrame(now, WriteFrame(header));
    }

    void Trigger(std::uint8_t station)
    {
        FrameHeader header;
        header.subtype = SUBTYPE_QOS_NULL;
        header.toDs = header.powerManagement = true;
        header.address1 = header.address3 = bssid;
        header.address2 = Sta(station);
        ap->HandleFrame(now, WriteFrame(header));
    }

    void Say(std::uint8_t station, const MacAddress& to, const Bytes& body)
    {
        FrameHeader header;
        header.toDs = true;
        header.address1 = bssid;
        header.address2 = Sta(station);
        header.address3 = to;
        ap->HandleFrame(now, WriteFrame(header, body));
    }

    void Request(std::uint8_t station, const WnmMessage& message)
    {
        FrameHeader header;
        header.type = FrameType::Management;
        header.subtype = SUBTYPE_ACTION;
        header.address1 = header.address3 = bssid;
        header.address2 = Sta(station);
        ap->HandleFrame(now, WriteFrame(header, WriteWnm(message)));
    }

    template <class T>
    T Ask(std::uint8_t station, const WnmMessage& message)
    {
        Request(station, message);
        const auto answer = Take();
        const auto parsed = answer.empty() ? std::nullopt : ParseWnm(answer.front().body);
        EXPECT_TRUE(parsed && std::holds_alternative<T>(*parsed));
        return parsed && std::holds_alternative<T>(*parsed) ? std::get<T>(*parsed) : T{};
    }

    void ToGroup(const Bytes& body = {1, 2, 3})
    {
        ap->HandleMsdu(now, {GroupMac(GROUP), SERVER, body});
    }

    struct Taken
    {
        FrameHeader header;
        Bytes body;
        bool wantsAck;
    };

    // All that goes now, each acknowledged.
    std::vector<Taken> Take()
    {
        std::vector<Taken> all;
        while (const auto frame = ap->Next(now))
        {
            const auto parsed = ParseFrame(frame->octets);
            const auto body = BytesView(frame->octets).Sub(parsed->bodyOffset);
            all.push_back({parsed->header, Bytes(body.Data(), body.Data() + body.Size()), frame->wantsAck});
            ap->Sent(now, !answer || answer(frame->octets));
            if (all.size() > 100)
            {
                ADD_FAILURE() << "it never ends";
                break;
            }
        }
        return all;
    }

    Tim Beacon()
    {
        now = TimePoint{TIME_UNIT * 100 * ++beacons};
        const auto frame = ap->Beacon(now, now);
        const auto body = BytesView(frame.octets).Sub(24 + BEACON_FIXED_SIZE);
        const auto tim = ParseTim(FindElement(body, ELEMENT_TIM));
        EXPECT_TRUE(tim);
        elements.assign(body.Data(), body.Data() + body.Size());
        const auto fms = ParseFmsDescriptor(FindElement(body, ELEMENT_FMS_DESCRIPTOR));
        descriptor = fms ? *fms : FmsDescriptor{};
        now += milliseconds{1};
        ap->BeaconSent(now);
        return *tim;
    }

    std::optional<AccessPoint> ap;
    std::function<bool(const Bytes&)> answer; // of stations to a frame; none: each is acknowledged
    MacAddress bssid{};
    FmsDescriptor descriptor;
    Bytes elements; // of the last Beacon
    unsigned beacons = 0;
    TimePoint now{};
};

TEST_F(AccessPointTest, GroupFramesOfTheDistributionSystemGoOut)
{
    Make();
    Associate(1);
    ToGroup();
    const auto sent = Take();
    ASSERT_EQ(sent.size(), 1U);
    const auto& header = sent.front().header;
    EXPECT_EQ(header.address1, GroupMac(GROUP));
    EXPECT_EQ(header.address2, bssid);
    EXPECT_EQ(header.address3, SERVER);
    EXPECT_TRUE(header.fromDs && !header.toDs && !header.moreData && !header.IsQosData());
    EXPECT_FALSE(sent.front().wantsAck);
}

TEST_F(AccessPointTest, TheyWaitForASleeper)
{
    Make();
    Associate(1);
    Null(1, true);
    ToGroup();
    ToGroup();
    EXPECT_TRUE(Take().empty());
    EXPECT_TRUE(Beacon().groupTraffic);
    const auto sent = Take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_TRUE(sent[0].header.moreData);
    EXPECT_FALSE(sent[1].header.moreData);
    EXPECT_NE(sent[0].header.sequence, sent[1].header.sequence);
}

TEST_F(AccessPointTest, AStationsGroupFrameComesBackAndGoesOn)
{
    Make();
    Associate(1);
    Associate(2);
    Say(1, Group(7), {5});
    const auto sent = Take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent.front().header.address3, Sta(1));
    const auto msdu = ap->PollDistribution();
    ASSERT_TRUE(msdu);
    EXPECT_EQ(msdu->destination, Group(7));
}

TEST_F(AccessPointTest, StrangersAreNotServed)
{
    Make();
    Say(1, Group(7), {5});
    EXPECT_TRUE(Take().empty());
    EXPECT_FALSE(ap->PollDistribution());
}

TEST_F(AccessPointTest, ASleepersFramesAreFetchedOneByOne)
{
    Make();
    Associate(1);
    Null(1, true);
    for (int i = 0; i < 2; i++)
    {
        ap->HandleMsdu(now, {Sta(1), SERVER, {1}});
    }
    EXPECT_TRUE(Take().empty());
    EXPECT_TRUE(Beacon().stations[1]);
    PsPoll(1);
    auto sent = Take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent.front().header.moreData && sent.front().wantsAck);
    PsPoll(1);
    sent = Take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_FALSE(sent.front().header.moreData);
    PsPoll(1);
    sent = Take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent.front().header.subtype, SUBTYPE_NULL) << "nothing is there";
    EXPECT_FALSE(Beacon().stations[1]);
}

TEST_F(AccessPointTest, GroupFramesComeBeforeASleepersOwn)
{
    Make();
    Associate(1);
    Null(1, true);
    ToGroup();
    ToGroup();
    ap->HandleMsdu(now, {Sta(1), SERVER, {1}});
    Beacon();
    PsPoll(1);
    const auto sent = Take();
    ASSERT_EQ(sent.size(), 3U);
    EXPECT_TRUE(IsGroup(sent[0].header.address1) && IsGroup(sent[1].header.address1));
    EXPECT_EQ(sent[2].header.address1, Sta(1));
}

TEST_F(AccessPointTest, FmsGroupsWaitForTheirCounter)
{
    Make();
    Associate(1, FMS);
    Null(1, true);
    const auto granted = Ask<FmsResponse>(1, FmsRequest{5, GroupMac(GROUP), 3});
    EXPECT_EQ(granted.token, 5);
    EXPECT_EQ(granted.grant.status, FmsStatus::Accept);
    for (int i = 0; i < 7; i++)
    {
        ToGroup();
        const bool announced = Beacon().groupTraffic;
        ASSERT_EQ(descriptor.counters.size(), 1U);
        EXPECT_EQ(announced, descriptor.counters.front().count == 0) << i;
        EXPECT_EQ(Take().empty(), !announced);
    }
}

TEST_F(AccessPointTest, WithoutTheCapabilityRequestsAreTurnedDown)
{
    Make();
    Associate(1);
    EXPECT_EQ(Ask<FmsResponse>(1, FmsRequest{1, Group(1), 2}).grant.status, FmsStatus::DenyCapability);
    EXPECT_EQ(Ask<DmsResponse>(1, DmsRequest{2, 0, false, Group(1), {}}).type, DmsResponse::Type::Deny);
}

TEST_F(AccessPointTest, DmsIsACopyBesideTheGroupFrame)
{
    Make();
    Associate(1, DMS | QOS);
    Associate(2);
    EXPECT_EQ(Ask<DmsResponse>(1, DmsRequest{1, 0, false, GroupMac(GROUP), {}}).type, DmsResponse::Type::Accept);
    ToGroup();
    auto sent = Take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].header.address1, GroupMac(GROUP));
    EXPECT_EQ(sent[1].header.address1, Sta(1));
    EXPECT_TRUE(sent[1].header.amsdu && sent[1].wantsAck);
    EXPECT_EQ(ParseAmsdu(sent[1].body)->front().destination, GroupMac(GROUP));
    Ask<DmsResponse>(1, DmsRequest{2, 1, true, GroupMac(GROUP), {}});
    ToGroup();
    sent = Take();
    EXPECT_EQ(sent.size(), 1U);
}

TEST_F(AccessPointTest, DmsForAllMakesTheGroupFrameNeedless)
{
    Make();
    Associate(1, DMS | QOS);
    Ask<DmsResponse>(1, DmsRequest{1, 0, false, GroupMac(GROUP), {}});
    ToGroup();
    const auto sent = Take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent.front().header.address1, Sta(1));
}

TEST_F(AccessPointTest, UnsolicitedRetriesHaveOneNumber)
{
    AccessPointConfig config;
    config.selection.standard.retries = 2;
    Make(config);
    Associate(1, GCR | QOS);
    Ask<DmsResponse>(1, DmsRequest{1, 0, false, GroupMac(GROUP), DmsService::GcrUnsolicitedRetry});
    ToGroup();
    const auto sent = Take();
    ASSERT_EQ(sent.size(), 3U);
    for (std::size_t i = 0; i < sent.size(); i++)
    {
        EXPECT_EQ(sent[i].header.address1, GCR_CONCEALMENT);
        EXPECT_EQ(sent[i].header.sequence, sent[0].header.sequence);
        EXPECT_EQ(sent[i].header.retry, i > 0);
    }
}

TEST_F(AccessPointTest, BlockAckRepeatsWhatIsMissing)
{
    AccessPointConfig config;
    config.selection.standard.blockSize = 2;
    Make(config);
    Associate(1, GCR | QOS);
    Ask<DmsResponse>(1, DmsRequest{1, 0, false, GroupMac(GROUP), DmsService::GcrBlockAck});
    unsigned asked = 0;
    answer = [&](const Bytes& octets) {
        const auto request = ParseGcrRequest(octets);
        if (request)
        {
            // of the first two the first one alone, then what was repeated
            ap->HandleFrame(now, WriteGcrAnswer({bssid, Sta(1), GroupMac(GROUP), request->start, 1, 0}));
            asked++;
        }
        return request.has_value();
    };
    ToGroup({1});
    ToGroup({2});
    const auto sent = Take();
    ASSERT_EQ(sent.size(), 5U);
    EXPECT_TRUE(sent[0].header.blockAck);
    EXPECT_EQ(sent[2].header.subtype, SUBTYPE_BLOCK_ACK_REQUEST);
    EXPECT_EQ(sent[2].header.address1, Sta(1));
    EXPECT_EQ(sent[3].header.sequence, sent[1].header.sequence);
    EXPECT_TRUE(sent[3].header.retry);
    EXPECT_EQ(sent[4].header.subtype, SUBTYPE_BLOCK_ACK_REQUEST);
    EXPECT_EQ(asked, 2U);
}

// More frames than a block in one burst: all blocks go in it, and a repetition before new frames.
TEST_F(AccessPointTest, ABurstOfSeveralBlocksIsSentToItsEnd)
{
    AccessPointConfig config;
    config.selection.standard.method = Method::GcrBlockAck;
    config.selection.standard.blockSize = 2;
    Make(config);
    Associate(1, GCR | QOS);
    Null(1, true);
    for (std::uint8_t i = 0; i < 5; i++)
    {
        ToGroup({i});
    }
    EXPECT_TRUE(Take().empty());
    bool lost = false;
    answer = [&](const Bytes& octets) {
        if (const auto request = ParseGcrRequest(octets))
        {
            const std::uint64_t bitmap = std::exchange(lost, true) ? 3 : 1;
            ap->HandleFrame(now, WriteGcrAnswer({bssid, Sta(1), GroupMac(GROUP), request->start, bitmap, 0}));
            return true;
        }
        return false;
    };
    EXPECT_TRUE(Beacon().groupTraffic);
    std::vector<std::pair<int, bool>> order; // sequence number and More Data; -1: a request
    for (const auto& one : Take())
    {
        order.emplace_back(one.header.type == FrameType::Data ? one.header.sequence : -1, one.header.moreData);
    }
    EXPECT_EQ(order, (std::vector<std::pair<int, bool>>{{0, true}, {1, true}, {-1, false}, {1, true}, {-1, false},
                                                        {2, true}, {3, true}, {-1, false}, {4, false}, {-1, false}}));
    EXPECT_FALSE(Beacon().groupTraffic);
}

// 11.2.3.6: the burst is not over before its last frame is acknowledged; new frames wait for the next DTIM all the same.
TEST_F(AccessPointTest, ALeadersFrameIsRepeatedInItsBurst)
{
    AccessPointConfig config;
    config.selection.standard.method = Method::LeaderAck;
    config.selection.standard.retries = 3;
    Make(config);
    Associate(1);
    Associate(2);
    ap->NoteSignal(Sta(1), 20);
    ap->NoteSignal(Sta(2), 9);
    ToGroup({0});
    Take();
    const auto led = [&] { return GroupsLedBy(2, elements); };
    Beacon();
    EXPECT_EQ(led(), std::set<MacAddress>{GroupMac(GROUP)}) << "the weaker one";
    Null(1, true);
    ToGroup({1});
    Beacon();
    unsigned tries = 0;
    answer = [&](const Bytes&) {
        if (++tries == 1)
        {
            ToGroup({2});
        }
        return tries == 3;
    };
    const auto sent = Take();
    ASSERT_EQ(sent.size(), 3U);
    for (std::size_t i = 0; i < 3; i++)
    {
        EXPECT_EQ(sent[i].body, Bytes{1});
        EXPECT_EQ(sent[i].header.retry, i > 0);
        EXPECT_EQ(sent[i].header.sequence, sent[0].header.sequence);
        EXPECT_FALSE(sent[i].header.moreData);
    }
    answer = {};
    EXPECT_TRUE(Beacon().groupTraffic);
    EXPECT_EQ(Take().size(), 1U);
}

TEST_F(AccessPointTest, WhatNobodyAcknowledgesIsDroppedForTheRetryLimit)
{
    AccessPointConfig config;
    config.selection.standard.method = Method::LeaderAck;
    config.selection.standard.retries = 1;
    Make(config);
    Associate(1);
    ToGroup();
    Take();
    Beacon();
    answer = [](const Bytes&) { return false; };
    ToGroup();
    EXPECT_EQ(Take().size(), 2U);
    unsigned dropped = 0;
    while (const auto event = ap->PollEvent())
    {
        dropped += event->kind == DtimEventKind::Dropped && event->reason == DropReason::RetryLimit ? 1 : 0;
    }
    EXPECT_EQ(dropped, 1U);
}

TEST_F(AccessPointTest, ConversionMakesCopiesForMembers)
{
    for (const auto method : {Method::UnicastPayload, Method::UnicastAmsdu})
    {
        AccessPointConfig config;
        config.selection.standard.method = method;
        Make(config);
        Associate(1, QOS);
        Associate(2, QOS);
        ToGroup();
        const auto sent = Take();
        ASSERT_EQ(sent.size(), 2U);
        EXPECT_EQ(sent[0].header.address1, Sta(1));
        EXPECT_EQ(sent[0].header.amsdu, method == Method::UnicastAmsdu);
        EXPECT_TRUE(sent[0].wantsAck && sent[1].wantsAck);
    }
}

TEST_F(AccessPointTest, SnoopingKeepsGroupsWithoutMembersOffTheAir)
{
    AccessPointConfig config;
    config.snooping.emplace();
    Make(config);
    Associate(1);
    Associate(2);
    Take();
    const auto packet = [](const PacketMeta& meta, BytesView payload) {
        Writer body;
        body.U8(0xaa).U8(0xaa).U8(3).U8(0).U16(0).U16(0x0800).Append(WriteIp(meta, payload));
        return body.Take();
    };
    const PacketMeta data{*Address::Parse("10.0.0.200"), GROUP, 17, 16, 0, false};
    ToGroup(packet(data, Bytes(12)));
    EXPECT_TRUE(Take().empty());
    const PacketMeta meta{*Address::Parse("10.0.0.1"), *Address::Parse("224.0.0.22"), PROTOCOL_IGMP, 1, 0xc0, true};
    Say(1, GroupMac(meta.destination), packet(meta, WriteIgmp(Report{{{RecordType::ToEx, GROUP, {}}}})));
    EXPECT_TRUE(Take().empty()) << "a report goes to no station";
    EXPECT_TRUE(ap->PollDistribution());
    ToGroup(packet(data, Bytes(12)));
    EXPECT_EQ(Take().size(), 1U);
}

TEST_F(AccessPointTest, BeaconsOfTheQuerierCarryQueriesToSleepers)
{
    AccessPointConfig config;
    config.snooping.emplace();
    Make(config);
    Associate(1);
    Null(1, true);
    ap->AdvanceTo(now);
    bool asked = false;
    for (int i = 0; i < 400 && !asked; i++)
    {
        Beacon();
        for (const auto& frame : Take())
        {
            asked = asked || frame.header.address1 == GroupMac(*Address::Parse("224.0.0.1"));
        }
    }
    EXPECT_TRUE(asked);
}

TEST_F(AccessPointTest, FramesThatWaitWhenAServiceBeginsGoToItsStation)
{
    Make();
    Associate(1, QOS | DMS);
    Associate(2, QOS);
    Null(2, true);
    ToGroup({7});
    EXPECT_TRUE(Take().empty());
    Request(1, DmsRequest{1, 0, false, GroupMac(GROUP), DmsService::Directed});
    const auto sent = Take();
    ASSERT_EQ(sent.size(), 2U) << "the answer, and then a copy";
    EXPECT_EQ(sent[1].header.address1, Sta(1));
    const auto inside = ParseAmsdu(sent[1].body);
    ASSERT_TRUE(inside && inside->size() == 1);
    EXPECT_EQ(inside->front().destination, GroupMac(GROUP));
    EXPECT_EQ(inside->front().body, Bytes{7});
    Beacon();
    EXPECT_EQ(Take().size(), 1U) << "the other one gets it as before";
}

// 11.2.3.5.4
TEST_F(AccessPointTest, AServicePeriodHasNoMoreFramesThanTheStationWants)
{
    Make();
    Associate(1, QOS, 0x2f); // U-APSD in all categories, two frames
    Null(1, true);
    for (std::uint8_t i = 0; i < 3; i++)
    {
        ap->HandleMsdu(now, {Sta(1), SERVER, {i}});
    }
    EXPECT_TRUE(Beacon().stations[1]);
    EXPECT_TRUE(Take().empty());
    Trigger(1);
    const auto first = Take();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_TRUE(!first[0].header.endOfServicePeriod && first[0].header.moreData);
    EXPECT_TRUE(first[1].header.endOfServicePeriod && first[1].header.moreData);
    Trigger(1);
    const auto second = Take();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_TRUE(second[0].header.endOfServicePeriod && !second[0].header.moreData);
    EXPECT_EQ(second[0].body, Bytes{2});
    Trigger(1);
    const auto third = Take();
    ASSERT_EQ(third.size(), 1U);
    EXPECT_EQ(third[0].header.subtype, SUBTYPE_QOS_NULL);
    EXPECT_TRUE(third[0].header.endOfServicePeriod);
    EXPECT_FALSE(Beacon().stations[1]);
}

} // namespace
} // namespace mcast::wifi
