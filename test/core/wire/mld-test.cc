// SPDX-License-Identifier: GPL-2.0-only

#include "wire/mld.h"

#include "support.h"
#include "wire/ipv6-header.h"

#include <gtest/gtest.h>

namespace mcast
{
namespace
{

using namespace test;

const auto GROUP = Ip("ff1e::3");
const auto SOURCE = Ip("2001:db8::1");
const PacketMeta META{Ip("fe80::1"), Ip("ff02::16"), PROTOCOL_ICMPV6, 1, 0, true};

// The checksum of a message filled in.
Bytes
Fixed(Bytes message)
{
    message[2] = message[3] = 0;
    const auto sum = UpperLayerChecksum(META, message);
    message[2] = static_cast<std::uint8_t>(sum >> 8);
    message[3] = static_cast<std::uint8_t>(sum);
    return message;
}

Bytes
operator+(Bytes a, const Bytes& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Bytes
Octets(const Address& address)
{
    const auto octets = address.Octets();
    return {octets.begin(), octets.end()};
}

Reason
ReasonOf(const Bytes& message, Version receiver = Version::V3)
{
    const auto parsed = ParseMld(META, message, receiver);
    return parsed ? Reason::None : parsed.Error().reason;
}

Query
MakeQuery(Version version)
{
    Query query;
    query.version = version;
    query.group = GROUP;
    query.maxResponseCode = 0x9abc;
    query.robustness = 3;
    query.queryIntervalCode = 0x8f;
    query.suppressRouterSide = true;
    return query;
}

TEST(MldWireTest, MessagesAreTheOctetsOfTheirRfc)
{
    auto query = MakeQuery(Version::V3);
    query.sources = {SOURCE};
    EXPECT_EQ(WriteMld(META, query),
              Fixed(Bytes{130, 0, 0, 0, 0x9a, 0xbc, 0, 0} + Octets(GROUP) + Bytes{0x0b, 0x8f, 0, 1} + Octets(SOURCE)));
    EXPECT_EQ(WriteMld(META, MakeQuery(Version::V2)), Fixed(Bytes{130, 0, 0, 0, 0x9a, 0xbc, 0, 0} + Octets(GROUP)));
    EXPECT_EQ(WriteMld(META, OlderReport{Version::V2, GROUP}), Fixed(Bytes{131, 0, 0, 0, 0, 0, 0, 0} + Octets(GROUP)));
    EXPECT_EQ(WriteMld(META, Leave{GROUP}), Fixed(Bytes{132, 0, 0, 0, 0, 0, 0, 0} + Octets(GROUP)));
    const Report report{{{RecordType::ToEx, GROUP, {}}, {RecordType::Block, GROUP, {SOURCE}}}};
    EXPECT_EQ(WriteMld(META, report), Fixed(Bytes{143, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0} + Octets(GROUP) +
                                            Bytes{6, 0, 0, 1} + Octets(GROUP) + Octets(SOURCE)));
}

TEST(MldWireTest, SizesAreThoseThatMessagesAreCutBy)
{
    EXPECT_EQ(WriteMld(META, MakeQuery(Version::V3)).size(), MLD_QUERY_SIZE);
    EXPECT_EQ(WriteMld(META, Report{}).size(), MLD_REPORT_SIZE);
    EXPECT_EQ(WriteMld(META, Report{{{RecordType::ToEx, GROUP, {}}}}).size(), MLD_REPORT_SIZE + MLD_RECORD_SIZE);
    EXPECT_EQ(WriteIpv6(META, {}).size(), MLD_IP_HEADER_SIZE);
}

TEST(MldWireTest, QueriesRoundTrip)
{
    auto query = MakeQuery(Version::V3);
    query.sources = {SOURCE, Ip("2001:db8::2")};
    const auto parsed = ParseMld(META, WriteMld(META, query));
    ASSERT_TRUE(parsed);
    const auto& back = std::get<Query>(*parsed);
    EXPECT_EQ(back.version, Version::V3);
    EXPECT_EQ(back.group, GROUP);
    EXPECT_EQ(back.sources, query.sources);
    EXPECT_EQ(back.maxResponseCode, 0x9abc);
    EXPECT_EQ(back.robustness, 3);
    EXPECT_EQ(back.queryIntervalCode, 0x8f);
    EXPECT_TRUE(back.suppressRouterSide);
}

TEST(MldWireTest, LengthTellsTheVersionOfAQuery)
{
    for (std::size_t size = 24; size <= 28; ++size)
    {
        auto octets = WriteMld(META, MakeQuery(Version::V3));
        octets.resize(size);
        const auto parsed = ParseMld(META, Fixed(octets));
        if (size > 24 && size < 28)
        {
            ASSERT_FALSE(parsed) << size;
            EXPECT_EQ(parsed.Error().reason, Reason::BadLength);
            continue;
        }
        ASSERT_TRUE(parsed) << size;
        EXPECT_EQ(std::get<Query>(*parsed).version, size == 24 ? Version::V2 : Version::V3);
    }
    const auto asVersion1 = ParseMld(META, WriteMld(META, MakeQuery(Version::V3)), Version::V2);
    ASSERT_TRUE(asVersion1);
    EXPECT_EQ(std::get<Query>(*asVersion1).version, Version::V2);
    EXPECT_TRUE(std::get<Query>(*asVersion1).newer);
}

TEST(MldWireTest, TruncationAtEveryOctetIsSeen)
{
    const Report report{{{RecordType::ToEx, GROUP, {}}, {RecordType::Block, GROUP, {SOURCE}}}};
    auto query = MakeQuery(Version::V3);
    query.sources = {SOURCE};
    for (const auto& message : {MembershipMessage{report}, MembershipMessage{OlderReport{Version::V2, GROUP}},
                                MembershipMessage{Leave{GROUP}}, MembershipMessage{query}})
    {
        const auto whole = WriteMld(META, message);
        for (std::size_t size = 0; size < whole.size(); ++size)
        {
            Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            const bool isVersion1 = std::holds_alternative<Query>(message) && size == 24;
            EXPECT_EQ(static_cast<bool>(ParseMld(META, size >= 4 ? Fixed(cut) : cut)), isVersion1) << size;
        }
    }
}

TEST(MldWireTest, LyingCountsAreRefused)
{
    auto query = WriteMld(META, MakeQuery(Version::V3));
    query[26] = query[27] = 0xff;
    EXPECT_EQ(ReasonOf(Fixed(query)), Reason::BadLength);
    auto report = WriteMld(META, Report{{{RecordType::Block, GROUP, {SOURCE}}}});
    report[7] = 2;
    EXPECT_EQ(ReasonOf(Fixed(report)), Reason::BadLength);
    report[7] = 1;
    report[11] = 2;
    EXPECT_EQ(ReasonOf(Fixed(report)), Reason::BadLength);
}

TEST(MldWireTest, WrongMessagesAreRefusedWithTheirReason)
{
    auto message = WriteMld(META, Leave{GROUP});
    message[5] ^= 1;
    EXPECT_EQ(ReasonOf(message), Reason::BadChecksum);
    EXPECT_EQ(ReasonOf(Fixed(Bytes{135, 0, 0, 0, 0, 0, 0, 0})), Reason::UnknownType);
    EXPECT_EQ(ReasonOf(WriteMld(META, Leave{SOURCE})), Reason::BadGroup);
    EXPECT_EQ(ReasonOf(WriteMld(META, OlderReport{Version::V2, Ip("::")})), Reason::BadGroup);
    auto query = MakeQuery(Version::V3);
    query.group = SOURCE;
    EXPECT_EQ(ReasonOf(WriteMld(META, query)), Reason::BadGroup);
    query.group = Ip("::");
    query.sources = {SOURCE};
    EXPECT_EQ(ReasonOf(WriteMld(META, query)), Reason::BadGroup);
    const auto mapped = Octets(Ip("239.1.2.3")); // ::ffff:239.1.2.3, which nobody may send
    for (const std::uint8_t type : {130, 131, 132})
    {
        EXPECT_EQ(ReasonOf(Fixed(Bytes{type, 0, 0, 0, 0, 0, 0, 0} + mapped)), Reason::BadGroup);
    }
    EXPECT_EQ(ReasonOf(Fixed(Bytes{143, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0} + mapped)), Reason::BadGroup);
    EXPECT_EQ(ReasonOf(Fixed(Bytes{143, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 1} + Octets(GROUP) + mapped)), Reason::BadSource);
    EXPECT_FALSE(IsMld(Bytes{136}));
    EXPECT_FALSE(IsMld(Bytes{}));
    EXPECT_TRUE(IsMld(Bytes{143}));
}

TEST(MldCodeTest, MaximumResponseCodeIsThatOfTheRfc)
{
    const auto time = [](Version version, std::uint16_t code) {
        return std::chrono::duration_cast<milliseconds>(MldMaxResponseTime(version, code)).count();
    };
    EXPECT_EQ(time(Version::V3, 10000), 10000);
    EXPECT_EQ(time(Version::V3, 0x7fff), 32767);
    EXPECT_EQ(time(Version::V3, 0x8000), 32768);
    EXPECT_EQ(time(Version::V3, 0xffff), 8387584);
    EXPECT_EQ(time(Version::V2, 0xffff), 65535); // linear (RFC 2710 3.4)
    EXPECT_EQ(MldMaxResponseCode(Version::V3, milliseconds{32769}), 0x8000);
    EXPECT_EQ(MldMaxResponseCode(Version::V3, seconds{100000}), 0xffff);
    EXPECT_EQ(MldMaxResponseCode(Version::V2, seconds{100000}), 0xffff);
}

TEST(MldCodeTest, EveryCodeRoundTripsAndTellsTheNextLowerTime)
{
    for (unsigned code = 0; code <= 0xffff; ++code)
    {
        const auto octets = static_cast<std::uint16_t>(code);
        const auto time = MldMaxResponseTime(Version::V3, octets);
        ASSERT_EQ(MldMaxResponseCode(Version::V3, time), code);
        ASSERT_EQ(MldMaxResponseCode(Version::V3, time + std::chrono::microseconds{999}), code);
    }
}

} // namespace
} // namespace mcast
