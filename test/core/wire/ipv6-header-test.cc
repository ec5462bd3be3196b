// SPDX-License-Identifier: GPL-2.0-only

#include "wire/ipv6-header.h"

#include "support.h"
#include "wire/ip.h"

#include <gtest/gtest.h>

namespace mcast
{
namespace
{

using namespace test;

PacketMeta
Meta(bool routerAlert)
{
    return {Ip("fe80::1"), Ip("ff02::16"), PROTOCOL_ICMPV6, 1, 0xc0, routerAlert};
}

const Bytes MESSAGE{143, 0, 0, 0, 0, 0, 0, 0};

Reason
ReasonOf(const Bytes& packet)
{
    const auto parsed = ParseIpv6(packet);
    return parsed ? Reason::None : parsed.Error().reason;
}

TEST(Ipv6HeaderTest, IsTheOctetsOfTheRfc)
{
    const auto packet = WriteIpv6(Meta(true), MESSAGE);
    ASSERT_EQ(packet.size(), 56u);
    EXPECT_EQ(Bytes(packet.begin(), packet.begin() + 8), (Bytes{0x6c, 0, 0, 0, 0, 16, 0, 1}));
    EXPECT_EQ(Bytes(packet.begin() + 40, packet.begin() + 48), (Bytes{58, 0, 5, 2, 0, 0, 1, 0}));
}

TEST(Ipv6HeaderTest, RoundTripsWithAndWithoutRouterAlert)
{
    for (const bool alert : {false, true})
    {
        const auto packet = WriteIpv6(Meta(alert), MESSAGE);
        const auto parsed = ParseIpv6(packet);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->meta.source, Ip("fe80::1"));
        EXPECT_EQ(parsed->meta.destination, Ip("ff02::16"));
        EXPECT_EQ(parsed->meta.protocol, PROTOCOL_ICMPV6);
        EXPECT_EQ(parsed->meta.ttl, 1);
        EXPECT_EQ(parsed->meta.tos, 0xc0);
        EXPECT_EQ(parsed->meta.routerAlert, alert);
        EXPECT_EQ(parsed->headerSize, alert ? 48u : 40u);
        EXPECT_EQ(Bytes(parsed->payload.Data(), parsed->payload.Data() + parsed->payload.Size()), MESSAGE);
    }
}

TEST(Ipv6HeaderTest, LinkPaddingIsCutOff)
{
    auto packet = WriteIpv6(Meta(true), MESSAGE);
    packet.resize(packet.size() + 6);
    EXPECT_EQ(ParseIpv6(packet)->payload.Size(), MESSAGE.size());
}

TEST(Ipv6HeaderTest, TruncationAtEveryOctetIsSeen)
{
    const auto packet = WriteIpv6(Meta(true), MESSAGE);
    for (std::size_t size = 0; size < packet.size(); ++size)
    {
        const auto reason = ReasonOf(Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size)));
        EXPECT_EQ(reason, size < 40 ? Reason::Truncated : Reason::BadLength) << size;
    }
}

TEST(Ipv6HeaderTest, LyingFieldsAreRefused)
{
    auto version = WriteIpv6(Meta(false), MESSAGE);
    version[0] = 0x40;
    EXPECT_EQ(ReasonOf(version), Reason::BadLength);
    auto extension = WriteIpv6(Meta(true), MESSAGE);
    extension[41] = 9; // the Hop-by-Hop header would end after the packet
    EXPECT_EQ(ReasonOf(extension), Reason::BadLength);
    auto source = WriteIpv6(Meta(false), MESSAGE);
    source[8] = 0xff;
    EXPECT_EQ(ReasonOf(source), Reason::BadSource);
    const auto mapped = Ip("10.0.0.1").Octets(); // ::ffff:10.0.0.1
    for (const std::size_t offset : {8u, 24u})
    {
        auto packet = WriteIpv6(Meta(false), MESSAGE);
        std::copy(mapped.begin(), mapped.end(), packet.begin() + static_cast<std::ptrdiff_t>(offset));
        EXPECT_EQ(ReasonOf(packet), offset == 8 ? Reason::BadSource : Reason::BadDestination);
    }
}

TEST(Ipv6HeaderTest, OnlyTheAlertOfMldCounts)
{
    auto packet = WriteIpv6(Meta(true), MESSAGE);
    packet[45] = 1; // RSVP's value (RFC 2711 2.1)
    EXPECT_FALSE(ParseIpv6(packet)->meta.routerAlert);
    packet[42] = 1; // PadN in its place
    packet[45] = 0;
    EXPECT_FALSE(ParseIpv6(packet)->meta.routerAlert);
    packet[43] = 200; // an option that runs over the header
    EXPECT_FALSE(ParseIpv6(packet)->meta.routerAlert);
}

TEST(Ipv6HeaderTest, AlertIsFoundBehindOtherOptions)
{
    auto packet = WriteIpv6(Meta(false), Bytes{58, 1, 0, 0, 0, 1, 1, 0, 5, 2, 0, 0, 1, 2, 0, 0, 143, 0, 0, 0});
    packet[6] = 0;
    const auto parsed = ParseIpv6(packet);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->meta.routerAlert);
    EXPECT_EQ(parsed->payload.Size(), 4u);
}

TEST(Ipv6HeaderTest, FragmentsAreTold)
{
    auto packet = WriteIpv6(Meta(false), MESSAGE);
    EXPECT_FALSE(ParseIpv6(packet)->fragment);
    packet[6] = 44;
    EXPECT_TRUE(ParseIpv6(packet)->fragment);
}

TEST(Ipv6HeaderTest, ChecksumCoversThePseudoHeader)
{
    // An MLDv2 report with one record, computed by hand from RFC 8200 8.1.
    Bytes message{143, 0, 0, 0, 0, 0, 0, 0};
    const auto meta = Meta(true);
    const auto sum = UpperLayerChecksum(meta, message);
    // fe80 + 0001 + ff02 + 0016 + 0008 + 003a + 8f00 = 2 8cdb: 8cdd, inverted 7322
    EXPECT_EQ(sum, 0x7322);
    message[2] = static_cast<std::uint8_t>(sum >> 8);
    message[3] = static_cast<std::uint8_t>(sum);
    EXPECT_EQ(UpperLayerChecksum(meta, message), 0);
    auto other = meta;
    other.source = Ip("fe80::2");
    EXPECT_NE(UpperLayerChecksum(other, message), 0);
}

TEST(IpTest, FamiliesAreToldByTheDestination)
{
    EXPECT_EQ(WriteIp(Meta(false), MESSAGE)[0] >> 4, 6);
    const PacketMeta ipv4{Ip("10.0.0.1"), Ip("239.1.2.3"), 17, 3, 0, false};
    auto packet = WriteIp(ipv4, MESSAGE);
    EXPECT_EQ(packet[0] >> 4, 4);
    DecrementTtl(packet);
    EXPECT_EQ(ParseIp(Family::Ipv4, packet)->meta.ttl, 2);
    auto ipv6 = WriteIp(Meta(false), MESSAGE);
    DecrementTtl(ipv6);
    EXPECT_EQ(ParseIp(Family::Ipv6, ipv6)->meta.ttl, 0);
    EXPECT_FALSE(ParseIp(Family::Ipv4, ipv6));
}

} // namespace
} // namespace mcast
