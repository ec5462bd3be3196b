// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/frame.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

TEST(Frame, OctetsOfAGroupFrame)
{
    auto header = FromDs(Group(3), BSSID, Sta(1), false);
    header.moreData = true;
    header.sequence = 0x123;
    const auto octets = WriteFrame(header, Bytes{0xde, 0xad});
    EXPECT_EQ(octets, (Bytes{0x08, 0x22, 0,    0, 1, 0, 0x5e, 1, 2, 3,    2,    0,    0,
                             0,    0,    0xaa, 2, 0, 0, 0,    0, 1, 0x30, 0x12, 0xde, 0xad}));
    EXPECT_EQ(header.Size(), 24U);
}

TEST(Frame, RoundTrip)
{
    FrameHeader header = FromDs(Sta(2), BSSID, Sta(1), true);
    header.retry = header.powerManagement = header.isProtected = header.moreFragments = header.amsdu = true;
    header.endOfServicePeriod = true;
    header.tid = 5;
    header.sequence = 4095;
    header.fragment = 3;
    header.durationId = 44;
    const auto parsed = ParseFrame(WriteFrame(header));
    ASSERT_TRUE(parsed);
    const auto& read = parsed->header;
    EXPECT_EQ(parsed->bodyOffset, 26U);
    EXPECT_TRUE(read.IsQosData() && read.fromDs && !read.toDs && read.retry && read.powerManagement);
    EXPECT_TRUE(read.isProtected && read.moreFragments && read.amsdu && read.endOfServicePeriod && !read.noAck);
    EXPECT_EQ(read.tid, 5);
    EXPECT_EQ(read.sequence, 4095);
    EXPECT_EQ(read.fragment, 3);
    EXPECT_EQ(read.durationId, 44);
    EXPECT_EQ(read.address1, Sta(2));
    EXPECT_EQ(read.address2, BSSID);
    EXPECT_EQ(read.address3, Sta(1));
}

TEST(Frame, GroupQosDataAsksForNoAck)
{
    EXPECT_TRUE(FromDs(Group(1), BSSID, Sta(1), true).noAck);
    EXPECT_FALSE(FromDs(Sta(2), BSSID, Sta(1), true).noAck);
    EXPECT_FALSE(FromDs(Group(1), BSSID, Sta(1), false).noAck);
}

TEST(Frame, ControlFramesAreShort)
{
    FrameHeader poll;
    poll.type = FrameType::Control;
    poll.subtype = SUBTYPE_PS_POLL;
    poll.durationId = 0xc001;
    poll.address1 = BSSID;
    poll.address2 = Sta(1);
    auto octets = WriteFrame(poll);
    EXPECT_EQ(octets.size(), 16U);
    EXPECT_EQ(ParseFrame(octets)->header.address2, Sta(1));
    poll.subtype = SUBTYPE_ACK;
    octets = WriteFrame(poll);
    EXPECT_EQ(octets.size(), 10U);
    EXPECT_TRUE(ParseFrame(octets));
}

TEST(Frame, TruncationAtEveryOctetIsTold)
{
    const auto octets = WriteFrame(FromDs(Sta(2), BSSID, Sta(1), true));
    for (std::size_t size = 0; size < octets.size(); size++)
    {
        EXPECT_FALSE(ParseFrame(BytesView(octets).Sub(0, size))) << size;
    }
}

TEST(Frame, WhatItCannotBeIsRefused)
{
    Bytes octets(40);
    octets[0] = 0x09; // another protocol version
    EXPECT_FALSE(ParseFrame(octets));
    octets[0] = 0x0c; // extension
    EXPECT_FALSE(ParseFrame(octets));
    octets[0] = 0x08;
    octets[1] = 0x03; // four addresses
    EXPECT_FALSE(ParseFrame(octets));
    octets[1] = 0x80; // HT Control
    EXPECT_FALSE(ParseFrame(octets));
    octets[1] = 0x02;
    EXPECT_TRUE(ParseFrame(octets));
}

TEST(Frame, BitsAreSetWhereTheyStand)
{
    auto octets = WriteFrame(FromDs(Group(1), BSSID, Sta(1), false));
    const auto before = octets;
    SetMoreData(octets, true);
    EXPECT_TRUE(ParseFrame(octets)->header.moreData);
    SetMoreData(octets, false);
    EXPECT_EQ(octets, before);
    SetPowerManagement(octets, true);
    EXPECT_TRUE(ParseFrame(octets)->header.powerManagement);
    SetPowerManagement(octets, false);
    EXPECT_EQ(octets, before);
}

TEST(Amsdu, KeepsTheGroupInside)
{
    const Msdu msdu{Group(3), Sta(9), {1, 2, 3}};
    const auto copy = CopyFor(Sta(2), BSSID, msdu, CopyForm::Amsdu);
    EXPECT_EQ(copy.header.address1, Sta(2));
    EXPECT_EQ(copy.header.address3, BSSID);
    EXPECT_TRUE(copy.header.amsdu && copy.header.IsQosData() && !copy.header.noAck);
    const auto inside = ParseAmsdu(copy.body);
    ASSERT_TRUE(inside);
    ASSERT_EQ(inside->size(), 1U);
    EXPECT_EQ(inside->front().destination, Group(3));
    EXPECT_EQ(inside->front().source, Sta(9));
    EXPECT_EQ(inside->front().body, (Bytes{1, 2, 3}));
}

TEST(Amsdu, PayloadFormReplacesTheGroup)
{
    const Msdu msdu{Group(3), Sta(9), {1, 2, 3}};
    const auto copy = CopyFor(Sta(2), BSSID, msdu, CopyForm::Payload);
    EXPECT_EQ(copy.header.address1, Sta(2));
    EXPECT_EQ(copy.header.address3, Sta(9));
    EXPECT_FALSE(copy.header.amsdu || copy.header.IsQosData());
    EXPECT_EQ(copy.body, msdu.body);
}

TEST(Amsdu, ConcealmentHidesTheGroup)
{
    const auto copy = Concealed(BSSID, {Group(3), Sta(9), {1}});
    EXPECT_EQ(copy.header.address1, GCR_CONCEALMENT);
    EXPECT_TRUE(copy.header.noAck && copy.header.amsdu);
    EXPECT_EQ(ParseAmsdu(copy.body)->front().destination, Group(3));
}

TEST(Amsdu, SubframesArePaddedAndLiesAreSeen)
{
    auto two = AmsduSubframe({Group(1), Sta(1), {1, 2, 3}}); // 17 octets, 3 of padding
    two.resize(20);
    const auto second = AmsduSubframe({Group(2), Sta(2), {4}});
    two.insert(two.end(), second.begin(), second.end());
    const auto parsed = ParseAmsdu(two);
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->size(), 2U);
    EXPECT_EQ(parsed->back().destination, Group(2));
    two[13] = 200;
    EXPECT_FALSE(ParseAmsdu(two));
    EXPECT_TRUE(ParseAmsdu({})->empty());
}

} // namespace
} // namespace mcast::wifi
