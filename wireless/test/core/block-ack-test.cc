// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/block-ack.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

TEST(BlockAck, TheRequestsOctets)
{
    const Bytes octets{0x84, 0x00, 0x2c, 0x01,                         // BlockAckReq, 300 us
                       2,    0,    0,    0,    0,    1,                // to
                       2,    0,    0,    0,    0,    0xaa,             // from
                       0x0c, 0x00, 0xf0, 0xff,                         // GCR, 4095
                       0x01, 0x00, 0x5e, 0x01, 0x02, 0x03};
    EXPECT_EQ(WriteGcrRequest({Sta(1), BSSID, Group(3), 4095, 300}), octets);
    const auto request = ParseGcrRequest(octets);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->receiver, Sta(1));
    EXPECT_EQ(request->transmitter, BSSID);
    EXPECT_EQ(request->group, Group(3));
    EXPECT_EQ(request->start, 4095);
    EXPECT_EQ(request->duration, 300);
    EXPECT_FALSE(ParseGcrAnswer(octets));
}

TEST(BlockAck, TheAnswersBitmapComesLast)
{
    const auto octets = WriteGcrAnswer({BSSID, Sta(1), Group(3), 100, 0x8000000000000201, 0});
    ASSERT_EQ(octets.size(), 34U);
    EXPECT_EQ(octets[26], 0x01);
    EXPECT_EQ(octets[27], 0x02);
    EXPECT_EQ(octets[33], 0x80);
    const auto answer = ParseGcrAnswer(octets);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->bitmap, 0x8000000000000201U);
    EXPECT_EQ(answer->start, 100);
    EXPECT_EQ(answer->group, Group(3));
    EXPECT_EQ(answer->transmitter, Sta(1));
}

TEST(BlockAck, CutOffAndOtherTypesAreNone)
{
    const auto request = WriteGcrRequest({Sta(1), BSSID, Group(3), 1, 0});
    const auto answer = WriteGcrAnswer({BSSID, Sta(1), Group(3), 1, 1, 0});
    for (std::size_t size = 0; size < answer.size(); size++)
    {
        EXPECT_FALSE(ParseGcrAnswer(BytesView(answer).Sub(0, size))) << size;
        EXPECT_FALSE(size < request.size() && ParseGcrRequest(BytesView(request).Sub(0, size))) << size;
    }
    auto compressed = answer;
    compressed[16] = 0x05;
    EXPECT_FALSE(ParseGcrAnswer(compressed));
}

TEST(BlockAck, AnAckHasOneAddress)
{
    EXPECT_EQ(WriteAck(BSSID), (Bytes{0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 0xaa}));
}

} // namespace
} // namespace mcast::wifi
