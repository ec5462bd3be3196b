// SPDX-License-Identifier: GPL-2.0-only

#include "wire/ip.h"
#include "wire/ipv4-header.h"

#include "support.h"
#include "wire/checksum.h"

#include <gtest/gtest.h>

namespace mcast
{
namespace
{

using test::Ip;

// A header of 20 octets and these options, and a payload of 8 octets, with a right checksum.
Bytes
WithOptions(const Bytes& options)
{
    Writer writer;
    const auto headerSize = 20 + options.size();
    writer.U8(static_cast<std::uint8_t>(0x40 | headerSize / 4)).U8(0xc0);
    writer.U16(static_cast<std::uint16_t>(headerSize + 8)).U16(0).U16(0).U8(1).U8(2).U16(0);
    writer.WriteAddress(Ip("10.0.0.1")).WriteAddress(Ip("224.0.0.1")).Append(options);
    writer.PatchU16(10, InternetChecksum(writer.View()));
    writer.Append(Bytes(8, 0xaa));
    return writer.Take();
}

Reason
ReasonOf(const Bytes& packet)
{
    const auto parsed = ParseIpv4(packet);
    return parsed ? Reason::None : parsed.Error().reason;
}

void
FixChecksum(Bytes& packet)
{
    packet[10] = packet[11] = 0;
    const auto sum = InternetChecksum(BytesView(packet).Sub(0, std::size_t{4} * (packet[0] & 0xf)));
    packet[10] = static_cast<std::uint8_t>(sum >> 8);
    packet[11] = static_cast<std::uint8_t>(sum);
}

TEST(Ipv4HeaderTest, WritesRouterAlertAsRfc2113Says)
{
    const PacketMeta meta{Ip("10.0.0.1"), Ip("224.0.0.22"), PROTOCOL_IGMP, 1, TOS_INTERNETWORK_CONTROL, true};
    const auto packet = WriteIpv4(meta, Bytes{1, 2, 3, 4}, 0x1234);
    ASSERT_EQ(packet.size(), 28u);
    EXPECT_EQ(packet[0], 0x46);
    EXPECT_EQ(packet[1], 0xc0);
    EXPECT_EQ(packet[3], 28);
    EXPECT_EQ(packet[4], 0x12);
    EXPECT_EQ(packet[8], 1);
    EXPECT_EQ(packet[9], 2);
    EXPECT_EQ((Bytes{packet.begin() + 20, packet.begin() + 24}), (Bytes{0x94, 0x04, 0x00, 0x00}));
    EXPECT_EQ(InternetChecksum(BytesView(packet).Sub(0, 24)), 0);
}

TEST(Ipv4HeaderTest, RoundTrips)
{
    for (const bool alert : {false, true})
    {
        const PacketMeta meta{Ip("192.0.2.7"), Ip("239.1.2.3"), 17, 64, 0x28, alert};
        const Bytes payload{9, 8, 7};
        const auto packet = WriteIpv4(meta, payload);
        const auto parsed = ParseIpv4(packet);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->meta.source, meta.source);
        EXPECT_EQ(parsed->meta.destination, meta.destination);
        EXPECT_EQ(parsed->meta.protocol, 17);
        EXPECT_EQ(parsed->meta.ttl, 64);
        EXPECT_EQ(parsed->meta.tos, 0x28);
        EXPECT_EQ(parsed->meta.routerAlert, alert);
        EXPECT_EQ(parsed->headerSize, alert ? 24u : 20u);
        EXPECT_FALSE(parsed->fragment);
        ASSERT_EQ(parsed->payload.Size(), 3u);
        EXPECT_EQ(parsed->payload[0], 9);
    }
}

TEST(Ipv4HeaderTest, CutsLinkPadding)
{
    auto packet = WithOptions({});
    packet.resize(46);
    const auto parsed = ParseIpv4(packet);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->payload.Size(), 8u);
}

TEST(Ipv4HeaderTest, TruncatedAnywhereIsRefused)
{
    const auto whole = WithOptions({0x94, 4, 0, 0});
    for (std::size_t size = 0; size < whole.size(); ++size)
    {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(ReasonOf(cut), size < 20 ? Reason::Truncated : Reason::BadLength) << size;
    }
    EXPECT_EQ(ReasonOf(whole), Reason::None);
}

TEST(Ipv4HeaderTest, LyingFieldsAreRefused)
{
    auto packet = WithOptions({});
    packet[0] = 0x65;
    FixChecksum(packet);
    EXPECT_EQ(ReasonOf(packet), Reason::BadLength); // version 6

    packet = WithOptions({});
    packet[0] = 0x44;
    FixChecksum(packet);
    EXPECT_EQ(ReasonOf(packet), Reason::BadLength); // header of 16 octets

    packet = WithOptions({});
    packet[0] = 0x4f; // a header longer than the packet
    EXPECT_EQ(ReasonOf(packet), Reason::BadLength);

    packet = WithOptions({});
    packet[3] = 19;
    FixChecksum(packet);
    EXPECT_EQ(ReasonOf(packet), Reason::BadLength); // total length below the header's

    packet = WithOptions({});
    packet[3] = 29;
    FixChecksum(packet);
    EXPECT_EQ(ReasonOf(packet), Reason::BadLength); // total length above what came
}

TEST(Ipv4HeaderTest, EveryFlippedBitOfTheHeaderIsNoticed)
{
    const auto whole = WithOptions({0x94, 4, 0, 0});
    for (std::size_t bit = 0; bit < 24 * 8; ++bit)
    {
        auto packet = whole;
        packet[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_NE(ReasonOf(packet), Reason::None) << bit;
    }
}

TEST(Ipv4HeaderTest, AMulticastSourceIsRefused)
{
    auto packet = WithOptions({});
    packet[12] = 224;
    FixChecksum(packet);
    EXPECT_EQ(ReasonOf(packet), Reason::BadSource); // RFC 1112 7.2
}

TEST(Ipv4HeaderTest, SeesFragments)
{
    for (const std::uint8_t flags : {0x20, 0x00, 0x40})
    {
        auto packet = WithOptions({});
        packet[6] = flags;
        FixChecksum(packet);
        EXPECT_EQ(ParseIpv4(packet)->fragment, flags == 0x20);
    }
    auto packet = WithOptions({});
    packet[7] = 5;
    FixChecksum(packet);
    EXPECT_TRUE(ParseIpv4(packet)->fragment);
}

TEST(Ipv4HeaderTest, FindsRouterAlertAmongOptions)
{
    const auto alert = [](const Bytes& options) { return ParseIpv4(WithOptions(options))->meta.routerAlert; };
    EXPECT_TRUE(alert({0x94, 4, 0, 0}));
    EXPECT_TRUE(alert({1, 1, 1, 1, 0x94, 4, 0, 0}));     // after no-operations
    EXPECT_TRUE(alert({0x44, 4, 5, 0, 0x94, 4, 0, 0}));  // after another option
    EXPECT_FALSE(alert({0x94, 4, 0, 1}));                // a reserved value
    EXPECT_FALSE(alert({0, 0, 0, 0, 0x94, 4, 0, 0}));    // after the end of the list
    EXPECT_FALSE(alert({0x94, 3, 0, 0}));                // a wrong length
    EXPECT_FALSE(alert({0x44, 0, 0, 0, 0x94, 4, 0, 0})); // a length that leads nowhere
    EXPECT_FALSE(alert({0x44, 1, 0x94, 4, 0, 0, 0, 0})); // the same
    EXPECT_FALSE(alert({0x44, 9, 0, 0, 0x94, 4, 0, 0})); // a length that overruns the list
    EXPECT_FALSE(alert({1, 1, 1, 0x94}));                // cut after the type
    EXPECT_FALSE(alert({}));
}

TEST(Ipv4HeaderTest, DecrementedTtlKeepsTheChecksumRight)
{
    for (int ttl = 1; ttl <= 255; ++ttl)
    {
        for (const std::uint16_t identification : {0x0000, 0xffff, 0x1234})
        {
            const PacketMeta meta{Ip("10.0.0.1"), Ip("239.1.2.3"), 17, static_cast<std::uint8_t>(ttl), 0, false};
            auto packet = WriteIpv4(meta, Bytes{1}, identification);
            DecrementTtl(packet);
            EXPECT_EQ(packet[8], ttl - 1);
            EXPECT_EQ(InternetChecksum(BytesView(packet).Sub(0, 20)), 0) << ttl;
        }
    }
}

} // namespace
} // namespace mcast
