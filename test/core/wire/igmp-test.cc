// SPDX-License-Identifier: GPL-2.0-only

#include "wire/igmp.h"
#include "wire/record-codec.h"

#include "support.h"
#include "wire/checksum.h"

#include <gtest/gtest.h>

namespace mcast
{
namespace
{

using namespace test;

const auto GROUP = Address::Ipv4(239, 1, 2, 3);

Bytes
Fixed(Bytes message)
{
    if (message.size() >= 4)
    {
        message[2] = message[3] = 0;
        const auto sum = InternetChecksum(message);
        message[2] = static_cast<std::uint8_t>(sum >> 8);
        message[3] = static_cast<std::uint8_t>(sum);
    }
    return message;
}

Reason
ReasonOf(const Bytes& message, Version receiver = Version::V3)
{
    const auto parsed = ParseIgmp(message, receiver);
    return parsed ? Reason::None : parsed.Error().reason;
}

template <class Message>
Message
ParseAs(const Bytes& message, Version receiver = Version::V3)
{
    const auto parsed = ParseIgmp(message, receiver);
    return parsed ? std::get<Message>(*parsed) : Message{};
}

TEST(IgmpWireTest, QueriesOfEachVersionAreTheOctetsOfTheirRfc)
{
    EXPECT_EQ(WriteIgmp(GeneralQuery(Version::V1)), (Bytes{0x11, 0, 0xee, 0xff, 0, 0, 0, 0}));
    EXPECT_EQ(WriteIgmp(GeneralQuery(Version::V2)), (Bytes{0x11, 100, 0xee, 0x9b, 0, 0, 0, 0}));
    auto query = SpecificQuery(GROUP, {1, 2});
    query.suppressRouterSide = true;
    EXPECT_EQ(WriteIgmp(query), Fixed({0x11, 10, 0, 0, 239, 1, 2, 3, 0x0a, 125, 0, 2, 10, 9, 0, 1, 10, 9, 0, 2}));
}

TEST(IgmpWireTest, ReportsOfEachVersionAreTheOctetsOfTheirRfc)
{
    EXPECT_EQ(WriteIgmp(OlderReport{Version::V1, GROUP}), Fixed({0x12, 0, 0, 0, 239, 1, 2, 3}));
    EXPECT_EQ(WriteIgmp(OlderReport{Version::V2, GROUP}), Fixed({0x16, 0, 0, 0, 239, 1, 2, 3}));
    EXPECT_EQ(WriteIgmp(Leave{GROUP}), Fixed({0x17, 0, 0, 0, 239, 1, 2, 3}));
    const Report report{{MakeRecord(RecordType::ToEx, GROUP), MakeRecord(RecordType::Block, GROUP, {7})}};
    EXPECT_EQ(WriteIgmp(report), Fixed({0x22, 0, 0, 0, 0,   0, 0, 2, //
                                        4,    0, 0, 0, 239, 1, 2, 3, //
                                        6,    0, 0, 1, 239, 1, 2, 3, 10, 9, 0, 7}));
}

TEST(IgmpWireTest, QueriesRoundTrip)
{
    auto query = SpecificQuery(GROUP, {3, 1, 2});
    query.suppressRouterSide = true;
    query.robustness = 7;
    query.queryIntervalCode = 0x9f;
    query.maxResponseCode = 0xff;
    const auto back = ParseAs<Query>(WriteIgmp(query));
    EXPECT_EQ(back.version, Version::V3);
    EXPECT_EQ(back.group, GROUP);
    EXPECT_EQ(back.sources, query.sources);
    EXPECT_TRUE(back.suppressRouterSide);
    EXPECT_EQ(back.robustness, 7);
    EXPECT_EQ(back.queryIntervalCode, 0x9f);
    EXPECT_EQ(back.maxResponseCode, 0xff);
    EXPECT_FALSE(back.newer);
    EXPECT_FALSE(back.IsGeneral());
    EXPECT_TRUE(ParseAs<Query>(WriteIgmp(GeneralQuery())).IsGeneral());
}

TEST(IgmpWireTest, ReportsRoundTrip)
{
    Report report;
    for (int type = 1; type <= 6; ++type)
    {
        report.records.push_back(MakeRecord(static_cast<RecordType>(type), GROUP, {1, static_cast<unsigned>(type)}));
    }
    const auto back = ParseAs<Report>(WriteIgmp(report));
    ASSERT_EQ(back.records.size(), 6u);
    for (std::size_t i = 0; i < 6; ++i)
    {
        EXPECT_EQ(back.records[i].type, report.records[i].type);
        EXPECT_EQ(back.records[i].group, GROUP);
        EXPECT_EQ(back.records[i].sources, report.records[i].sources);
    }
    EXPECT_EQ(back.unknownRecords, 0);
}

// RFC 3376 7.1.
TEST(IgmpWireTest, SizeAndCodeTellTheVersionOfAQuery)
{
    EXPECT_EQ(ParseAs<Query>(Fixed({0x11, 0, 0, 0, 0, 0, 0, 0})).version, Version::V1);
    EXPECT_EQ(ParseAs<Query>(Fixed({0x11, 1, 0, 0, 0, 0, 0, 0})).version, Version::V2);
    EXPECT_EQ(ParseAs<Query>(Fixed({0x11, 0, 0, 0, 0, 0, 0, 0, 2, 125, 0, 0})).version, Version::V3);
    for (std::size_t size = 9; size <= 11; ++size)
    {
        Bytes message(size);
        message[0] = 0x11;
        EXPECT_EQ(ReasonOf(Fixed(message)), Reason::BadLength) << size;
    }
}

TEST(IgmpWireTest, OlderReceiversReadQueriesOfAnyLengthAsTheirOwn)
{
    const auto newer = WriteIgmp(SpecificQuery(GROUP, {1}));
    const auto v2 = ParseAs<Query>(newer, Version::V2);
    EXPECT_EQ(v2.version, Version::V2);
    EXPECT_EQ(v2.group, GROUP);
    EXPECT_TRUE(v2.newer);
    EXPECT_TRUE(v2.sources.empty());
    const auto v1 = ParseAs<Query>(newer, Version::V1);
    EXPECT_EQ(v1.version, Version::V1);
    EXPECT_TRUE(v1.IsGeneral()); // the field is ignored when received (RFC 1112 A.I)
    EXPECT_EQ(ParseAs<Query>(WriteIgmp(GeneralQuery(Version::V1)), Version::V2).version, Version::V1);
    Bytes odd(10);
    odd[0] = 0x11;
    odd[1] = 5;
    EXPECT_EQ(ParseAs<Query>(Fixed(odd), Version::V2).version, Version::V2); // RFC 2236 2.5
}

TEST(IgmpWireTest, AVersion1ReceiverSeesThatAQueryIsNewer)
{
    EXPECT_FALSE(ParseAs<Query>(WriteIgmp(GeneralQuery(Version::V1)), Version::V1).newer);
    EXPECT_TRUE(ParseAs<Query>(WriteIgmp(GeneralQuery(Version::V2)), Version::V1).newer); // to be warned of (4)
    EXPECT_TRUE(ParseAs<Query>(WriteIgmp(GeneralQuery(Version::V3)), Version::V1).newer);
    EXPECT_FALSE(ParseAs<Query>(WriteIgmp(GeneralQuery(Version::V2)), Version::V2).newer);
}

TEST(IgmpWireTest, ReservedBitsAreIgnored)
{
    EXPECT_EQ(ParseAs<Query>(Fixed({0x11, 1, 0, 0, 0, 0, 0, 0, 0xf3, 125, 0, 0})).robustness, 3);
    EXPECT_FALSE(ParseAs<Query>(Fixed({0x11, 1, 0, 0, 0, 0, 0, 0, 0xf3, 125, 0, 0})).suppressRouterSide);
    const auto report = ParseAs<Report>(Fixed({0x22, 0xff, 0, 0, 0xff, 0xff, 0, 1, 2, 0, 0, 0, 239, 1, 2, 3}));
    EXPECT_EQ(report.records.size(), 1u);
    EXPECT_EQ(ParseAs<Leave>(Fixed({0x17, 0xff, 0, 0, 239, 1, 2, 3})).group, GROUP);
}

TEST(IgmpWireTest, TruncatedAtEveryOctetIsRefused)
{
    const Report report{{MakeRecord(RecordType::ToEx, GROUP, {1, 2}), MakeRecord(RecordType::IsIn, GROUP, {3})}};
    for (const auto& whole : {WriteIgmp(SpecificQuery(GROUP, {1, 2, 3})), WriteIgmp(report), WriteIgmp(Leave{GROUP}),
                              WriteIgmp(OlderReport{Version::V1, GROUP}), WriteIgmp(OlderReport{Version::V2, GROUP})})
    {
        for (std::size_t size = 0; size < whole.size(); ++size)
        {
            const Bytes cut = Fixed(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
            if (size == 8 && whole[0] == 0x11)
            {
                EXPECT_EQ(ReasonOf(cut), Reason::None); // that is a version 2 query
                continue;
            }
            EXPECT_EQ(ReasonOf(cut), size < 8 ? Reason::Truncated : Reason::BadLength) << int{whole[0]} << " " << size;
        }
        EXPECT_EQ(ReasonOf(whole), Reason::None);
    }
}

TEST(IgmpWireTest, LyingCountsAreRefused)
{
    EXPECT_EQ(ReasonOf(Fixed({0x11, 1, 0, 0, 239, 1, 2, 3, 2, 125, 0xff, 0xff})), Reason::BadLength);
    EXPECT_EQ(ReasonOf(Fixed({0x11, 1, 0, 0, 239, 1, 2, 3, 2, 125, 0, 2, 10, 0, 0, 1})), Reason::BadLength);
    EXPECT_EQ(ReasonOf(Fixed({0x22, 0, 0, 0, 0, 0, 0xff, 0xff})), Reason::BadLength);
    EXPECT_EQ(ReasonOf(Fixed({0x22, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0, 239, 1, 2, 3})), Reason::BadLength);
    EXPECT_EQ(ReasonOf(Fixed({0x22, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0xff, 0xff, 239, 1, 2, 3})), Reason::BadLength);
    EXPECT_EQ(ReasonOf(Fixed({0x22, 0, 0, 0, 0, 0, 0, 1, 4, 1, 0, 0, 239, 1, 2, 3})), Reason::BadLength);
    EXPECT_EQ(ReasonOf(Fixed({0x22, 0, 0, 0, 0, 0, 0, 1, 4, 0xff, 0, 0, 239, 1, 2, 3, 0, 0, 0, 0})), Reason::BadLength);
}

TEST(IgmpWireTest, EveryFlippedBitIsNoticed)
{
    const auto whole = WriteIgmp(Report{{MakeRecord(RecordType::ToEx, GROUP, {1})}});
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit)
    {
        auto message = whole;
        message[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_EQ(ReasonOf(message), Reason::BadChecksum) << bit;
    }
}

TEST(IgmpWireTest, OctetsPastTheEndCountForTheChecksumOnly)
{
    for (const auto& message : {WriteIgmp(SpecificQuery(GROUP, {1})), WriteIgmp(OlderReport{Version::V2, GROUP}),
                                WriteIgmp(Report{{MakeRecord(RecordType::ToEx, GROUP)}}), WriteIgmp(Leave{GROUP})})
    {
        auto longer = message;
        longer.insert(longer.end(), {1, 2, 3, 4, 5});
        EXPECT_EQ(ReasonOf(longer), Reason::BadChecksum);
        EXPECT_EQ(ReasonOf(Fixed(longer)), Reason::None);
    }
    EXPECT_EQ(ParseAs<Query>(Fixed({0x11, 1, 0, 0, 239, 1, 2, 3, 2, 125, 0, 1, 10, 9, 0, 1, 9, 9, 9, 9})).sources,
              (std::vector<Address>{Source(1)}));
}

TEST(IgmpWireTest, AuxiliaryDataIsSkipped)
{
    const auto report = ParseAs<Report>(Fixed({0x22, 0,    0,    0,    0,    0,    0,    2,                 //
                                               1,    2,    0,    1,    239,  1,    2,    3,    10, 9, 0, 1, //
                                               0xde, 0xad, 0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef,              //
                                               2,    0,    0,    0,    239,  1,    2,    4}));
    ASSERT_EQ(report.records.size(), 2u);
    EXPECT_EQ(report.records[0].sources, (std::vector<Address>{Source(1)}));
    EXPECT_EQ(report.records[1].group, Ip("239.1.2.4"));
}

TEST(IgmpWireTest, UnknownRecordTypesAreSkippedAndCounted)
{
    const auto report = ParseAs<Report>(Fixed({0x22, 0, 0, 0, 0,   0, 0, 3,              //
                                               0,    0, 0, 0, 239, 1, 2, 3,              //
                                               7,    1, 0, 1, 239, 1, 2, 3, 10, 9, 0, 1, //
                                               1,    1, 1, 1,                            //
                                               2,    0, 0, 0, 239, 1, 2, 4}));
    EXPECT_EQ(report.unknownRecords, 2);
    ASSERT_EQ(report.records.size(), 1u);
    EXPECT_EQ(report.records[0].group, Ip("239.1.2.4"));
}

TEST(IgmpWireTest, UnknownTypesAreRefused)
{
    for (int type = 0; type < 256; ++type)
    {
        const bool known = type == 0x11 || type == 0x12 || type == 0x16 || type == 0x17 || type == 0x22;
        const auto reason = ReasonOf(Fixed({static_cast<std::uint8_t>(type), 0, 0, 0, 239, 0, 0, 0}));
        EXPECT_EQ(reason, known ? Reason::None : Reason::UnknownType) << type;
    }
}

TEST(IgmpWireTest, AGroupMustBeAGroup)
{
    for (const std::uint8_t type : {0x12, 0x16, 0x17})
    {
        EXPECT_EQ(ReasonOf(Fixed({type, 0, 0, 0, 10, 0, 0, 1})), Reason::BadGroup);
        EXPECT_EQ(ReasonOf(Fixed({type, 0, 0, 0, 0, 0, 0, 0})), Reason::BadGroup);
    }
    EXPECT_EQ(ReasonOf(Fixed({0x11, 1, 0, 0, 10, 0, 0, 1})), Reason::BadGroup);
    EXPECT_EQ(ReasonOf(Fixed({0x11, 1, 0, 0, 10, 0, 0, 1}), Version::V2), Reason::BadGroup);
    EXPECT_EQ(ReasonOf(Fixed({0x11, 1, 0, 0, 10, 0, 0, 1}), Version::V1), Reason::None);
    // Sources of no group (RFC 3376 4.1.3).
    EXPECT_EQ(ReasonOf(Fixed({0x11, 1, 0, 0, 0, 0, 0, 0, 2, 125, 0, 1, 10, 9, 0, 1})), Reason::BadGroup);
}

TEST(IgmpWireTest, ErrorsTellWhere)
{
    EXPECT_EQ(ParseIgmp(Bytes{0x11, 0, 0, 0, 0, 0, 0, 0}).Error().offset, 2u); // the checksum field
    EXPECT_EQ(ParseIgmp(Fixed({0x99, 0, 0, 0, 0, 0, 0, 0})).Error().offset, 0u);
}

// RFC 3376 4.1.1, 4.1.7.
TEST(IgmpCodeTest, FloatCodesAreThoseOfTheRfc)
{
    EXPECT_EQ(FromFloatCode(0), 0u);
    EXPECT_EQ(FromFloatCode(0x7f), 127u);
    EXPECT_EQ(FromFloatCode(0x80), 128u);
    EXPECT_EQ(FromFloatCode(0x8f), 248u);
    EXPECT_EQ(FromFloatCode(0xff), 31744u);
    EXPECT_EQ(ToFloatCode(125), 0x7d);
    EXPECT_EQ(ToFloatCode(128), 0x80);
    EXPECT_EQ(ToFloatCode(31744), 0xff);
    EXPECT_EQ(ToFloatCode(1000000), 0xff);
}

TEST(IgmpCodeTest, EveryCodeRoundTripsAndEveryValueGoesToTheNextLowerOne)
{
    for (unsigned code = 0; code < 256; ++code)
    {
        EXPECT_EQ(ToFloatCode(FromFloatCode(static_cast<std::uint8_t>(code))), code);
    }
    for (std::uint32_t value = 0; value <= 31744; ++value)
    {
        const auto code = ToFloatCode(value);
        ASSERT_LE(FromFloatCode(code), value);
        if (code != 0xff)
        {
            ASSERT_GT(FromFloatCode(static_cast<std::uint8_t>(code + 1)), value);
        }
    }
}

TEST(IgmpCodeTest, ResponseTimesByVersion)
{
    EXPECT_EQ(IgmpMaxResponseTime(Version::V1, 0), seconds{10});
    EXPECT_EQ(IgmpMaxResponseTime(Version::V2, 255), milliseconds{25500}); // linear (RFC 3376 7.2.1)
    EXPECT_EQ(IgmpMaxResponseTime(Version::V3, 255), milliseconds{3174400});
    EXPECT_EQ(IgmpMaxResponseTime(Version::V3, 100), seconds{10});
    EXPECT_EQ(IgmpMaxResponseCode(Version::V1, seconds{10}), 0);
    EXPECT_EQ(IgmpMaxResponseCode(Version::V2, seconds{10}), 100);
    EXPECT_EQ(IgmpMaxResponseCode(Version::V2, seconds{99}), 255);
    EXPECT_EQ(IgmpMaxResponseCode(Version::V2, milliseconds{1}), 1);        // zero would be a version 1 query
    EXPECT_EQ(IgmpMaxResponseCode(Version::V3, milliseconds{12900}), 0x80); // 12.8 s (8.8)
    EXPECT_EQ(IgmpMaxResponseCode(Version::V3, seconds{100000}), 0xff);
}

TEST(IgmpWireTest, KindsCountByVersion)
{
    EXPECT_EQ(KindOf(MembershipMessage{GeneralQuery(Version::V1)}), MessageKind::QueryV1);
    EXPECT_EQ(KindOf(MembershipMessage{GeneralQuery(Version::V2)}), MessageKind::QueryV2);
    EXPECT_EQ(KindOf(MembershipMessage{GeneralQuery()}), MessageKind::QueryV3);
    EXPECT_EQ(KindOf(MembershipMessage{OlderReport{Version::V1, GROUP}}), MessageKind::ReportV1);
    EXPECT_EQ(KindOf(MembershipMessage{OlderReport{Version::V2, GROUP}}), MessageKind::ReportV2);
    EXPECT_EQ(KindOf(MembershipMessage{Report{}}), MessageKind::ReportV3);
    EXPECT_EQ(KindOf(MembershipMessage{Leave{GROUP}}), MessageKind::Leave);
}

} // namespace
} // namespace mcast
