// SPDX-License-Identifier: GPL-2.0-only

#include "igmp.h"

#include "../base/bytes.h"
#include "checksum.h"
#include "record-codec.h"

#include <algorithm>

// Query (RFC 3376 4.1); versions 1 and 2 end after the group
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+-------------------------------+
// |  Type = 0x11  | Max Resp Code |           Checksum            |
// +---------------+---------------+-------------------------------+
// |                         Group Address                         |
// +-------+-+-----+---------------+-------------------------------+
// | Flags |S| QRV |     QQIC      |     Number of Sources (N)     |
// +-------+-+-----+---------------+-------------------------------+
// |                     Source Address [1..N]                     |
// +---------------------------------------------------------------+
//
// Version 3 Report (RFC 3376 4.2)
//
// +---------------+---------------+-------------------------------+
// |  Type = 0x22  |   Reserved    |           Checksum            |
// +---------------+---------------+-------------------------------+
// |             Flags             |  Number of Group Records (M)  |
// +---------------+---------------+-------------------------------+
// |  Record Type  |  Aux Data Len |     Number of Sources (N)     |   M times
// +---------------+---------------+-------------------------------+
// |                       Multicast Address                       |
// +---------------------------------------------------------------+
// |                     Source Address [1..N]                     |
// +---------------------------------------------------------------+
// |                        Auxiliary Data                         |
// +---------------------------------------------------------------+
//
// Version 1 Report (0x12), Version 2 Report (0x16), Leave (0x17): as a Query up to the group (RFC 2236 2)

namespace mcast
{

namespace
{

constexpr std::uint8_t TYPE_QUERY = 0x11;
constexpr std::uint8_t TYPE_V1_REPORT = 0x12;
constexpr std::uint8_t TYPE_V2_REPORT = 0x16;
constexpr std::uint8_t TYPE_LEAVE = 0x17;
constexpr std::uint8_t TYPE_V3_REPORT = 0x22;
constexpr std::size_t OLDER_SIZE = 8;

MembershipResult
Fail(Reason reason, const Reader& reader)
{
    return Unexpected{DecodeError{reason, reader.Offset()}};
}

// What a version 1 or 2 node sees in a query of any length: the octets past the eighth mean nothing to it (RFC 2236
// 2.5), and to version 1 the code and the group mean nothing either (RFC 1112 A.I).
Query
OlderQuery(Query query, std::size_t size, Version receiver)
{
    query.version = receiver == Version::V1 || query.maxResponseCode == 0 ? Version::V1 : Version::V2;
    query.group = receiver == Version::V1 ? Address::Any(Family::Ipv4) : query.group;
    query.newer = size > OLDER_SIZE || (receiver == Version::V1 && query.maxResponseCode != 0);
    return query;
}

MembershipResult
ParseQuery(Reader reader, std::size_t size, Version receiver)
{
    Query query;
    query.maxResponseCode = reader.U8();
    reader.Skip(2);
    query.group = reader.ReadAddress(Family::Ipv4);
    if (receiver != Version::V1 && !query.group.IsUnspecified() && !query.group.IsMulticast())
    {
        return Fail(Reason::BadGroup, reader);
    }
    if (size == OLDER_SIZE || receiver != Version::V3)
    {
        return MembershipMessage{OlderQuery(std::move(query), size, receiver)};
    }
    // The length tells the version (RFC 3376 7.1); 9 to 11 octets fit none.
    return ReadQueryTail(reader, Family::Ipv4, std::move(query));
}

struct IgmpWriter
{
    Writer& out;

    void Head(std::uint8_t type, std::uint16_t code, const Address& group) const
    {
        out.U8(type).U8(static_cast<std::uint8_t>(code)).U16(0);
        out.WriteAddress(group.IsUnspecified() ? Address::Any(Family::Ipv4) : group);
    }

    void operator()(const Query& query) const
    {
        Head(TYPE_QUERY, query.maxResponseCode, query.group);
        if (query.version == Version::V3)
        {
            WriteQueryTail(out, query);
        }
    }

    void operator()(const Report& report) const
    {
        WriteReport(out, TYPE_V3_REPORT, report);
    }

    void operator()(const OlderReport& report) const
    {
        Head(report.version == Version::V1 ? TYPE_V1_REPORT : TYPE_V2_REPORT, 0, report.group);
    }

    void operator()(const Leave& leave) const
    {
        Head(TYPE_LEAVE, 0, leave.group);
    }
};

} // namespace

Expected<MembershipMessage, DecodeError>
ParseIgmp(BytesView message, Version receiver)
{
    Reader reader(message);
    const auto type = reader.U8();
    if (message.Size() < OLDER_SIZE)
    {
        return Fail(Reason::Truncated, reader);
    }
    if (InternetChecksum(message) != 0)
    {
        return Unexpected{DecodeError{Reason::BadChecksum, 2}};
    }
    if (type == TYPE_QUERY)
    {
        return ParseQuery(reader, message.Size(), receiver);
    }
    if (type == TYPE_V3_REPORT)
    {
        return ReadReport(reader, Family::Ipv4);
    }
    if (type != TYPE_V1_REPORT && type != TYPE_V2_REPORT && type != TYPE_LEAVE)
    {
        return Unexpected{DecodeError{Reason::UnknownType, 0}};
    }
    // Octets past the eighth only count for the checksum (RFC 2236 2.5).
    reader.Skip(3);
    const auto group = reader.ReadAddress(Family::Ipv4);
    if (!group.IsMulticast())
    {
        return Fail(Reason::BadGroup, reader);
    }
    if (type == TYPE_LEAVE)
    {
        return MembershipMessage{Leave{group}};
    }
    return MembershipMessage{OlderReport{type == TYPE_V1_REPORT ? Version::V1 : Version::V2, group}};
}

Bytes
WriteIgmp(const MembershipMessage& message)
{
    Writer writer;
    std::visit(IgmpWriter{writer}, message);
    writer.PatchU16(2, InternetChecksum(writer.View()));
    return writer.Take();
}

Duration
IgmpMaxResponseTime(Version version, std::uint16_t code)
{
    constexpr std::chrono::milliseconds unit{100};
    switch (version)
    {
    case Version::V1:
        return unit * 100; // RFC 1112 A.I, RFC 3376 7.2.1
    case Version::V2:
        return unit * code;
    case Version::V3:
        return unit * static_cast<Duration::rep>(FromFloatCode(code & 0xff));
    }
    return {};
}

std::uint16_t
IgmpMaxResponseCode(Version version, Duration time)
{
    const auto tenths = std::clamp<Duration::rep>(time / std::chrono::milliseconds{100}, 0, 31744);
    switch (version)
    {
    case Version::V1:
        return 0;
    case Version::V2:
        return static_cast<std::uint16_t>(std::clamp<Duration::rep>(tenths, 1, 255));
    case Version::V3:
        return ToFloatCode(static_cast<std::uint32_t>(tenths));
    }
    return 0;
}

} // namespace mcast
