// SPDX-License-Identifier: GPL-2.0-only

#include "mld.h"

#include "../base/bytes.h"
#include "ipv6-header.h"
#include "record-codec.h"

#include <algorithm>

// Query (RFC 3810 5.1); version 1 ends after the address
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+-------------------------------+
// |  Type = 130   |   Code = 0    |           Checksum            |
// +---------------+---------------+-------------------------------+
// |     Maximum Response Code     |           Reserved            |
// +-------------------------------+-------------------------------+
// |                 Multicast Address, 16 octets                  |
// +-------+-+-----+---------------+-------------------------------+
// | Flags |S| QRV |     QQIC      |     Number of Sources (N)     |
// +-------+-+-----+---------------+-------------------------------+
// |               Source Address [1..N], 16 octets                |
// +---------------------------------------------------------------+
//
// Version 2 Report (RFC 3810 5.2), type 143, with records as IGMPv3's and 16-octet addresses;
// version 1 Report (131) and Done (132): as a Query up to the address (RFC 2710 3)

namespace mcast
{

namespace
{

constexpr std::uint8_t TYPE_QUERY = 130;
constexpr std::uint8_t TYPE_V1_REPORT = 131;
constexpr std::uint8_t TYPE_DONE = 132;
constexpr std::uint8_t TYPE_V2_REPORT = 143;
constexpr std::size_t OLDER_SIZE = 24;
constexpr unsigned MANTISSA_BITS = 12; // of the Maximum Response Code

MembershipResult
Fail(Reason reason, const Reader& reader)
{
    return Unexpected{DecodeError{reason, reader.Offset()}};
}

MembershipResult
ParseQuery(Reader reader, std::size_t size, Version receiver)
{
    Query query;
    reader.Skip(3);
    query.maxResponseCode = reader.U16();
    reader.Skip(2);
    query.group = reader.ReadAddress(Family::Ipv6);
    if (query.group.IsIpv4() || (!query.group.IsUnspecified() && !query.group.IsMulticast()))
    {
        return Fail(Reason::BadGroup, reader);
    }
    if (size == OLDER_SIZE || receiver != Version::V3)
    {
        query.version = Version::V2;
        query.newer = size > OLDER_SIZE;
        return MembershipMessage{std::move(query)};
    }
    // The length tells the version (RFC 3810 8.1); 25 to 27 octets fit none.
    return ReadQueryTail(reader, Family::Ipv6, std::move(query));
}

struct MldWriter
{
    Writer& out;

    void Head(std::uint8_t type, std::uint16_t code, const Address& group) const
    {
        out.U8(type).U8(0).U16(0).U16(code).U16(0).WriteAddress(group);
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
        WriteReport(out, TYPE_V2_REPORT, report);
    }

    void operator()(const OlderReport& report) const
    {
        Head(TYPE_V1_REPORT, 0, report.group);
    }

    void operator()(const Leave& leave) const
    {
        Head(TYPE_DONE, 0, leave.group);
    }
};

} // namespace

Expected<MembershipMessage, DecodeError>
ParseMld(const PacketMeta& meta, BytesView message, Version receiver)
{
    Reader reader(message);
    const auto type = reader.U8();
    if (reader.Ok() && !IsMld(message))
    {
        return Unexpected{DecodeError{Reason::UnknownType, 0}};
    }
    if (message.Size() < (type == TYPE_V2_REPORT ? MLD_REPORT_SIZE : OLDER_SIZE))
    {
        return Unexpected{DecodeError{Reason::Truncated, message.Size()}};
    }
    if (UpperLayerChecksum(meta, message) != 0)
    {
        return Unexpected{DecodeError{Reason::BadChecksum, 2}};
    }
    if (type == TYPE_QUERY)
    {
        return ParseQuery(reader, message.Size(), receiver);
    }
    if (type == TYPE_V2_REPORT)
    {
        return ReadReport(reader, Family::Ipv6);
    }
    // Octets past the address only count for the checksum (RFC 2710 3.7).
    reader.Skip(7);
    const auto group = reader.ReadAddress(Family::Ipv6);
    if (group.IsIpv4() || !group.IsMulticast()) // IPv4-mapped ones are IPv4's inside of us
    {
        return Fail(Reason::BadGroup, reader);
    }
    return type == TYPE_DONE ? MembershipMessage{Leave{group}} : MembershipMessage{OlderReport{Version::V2, group}};
}

bool
IsMld(BytesView message)
{
    const auto type = Reader(message).U8();
    return type == TYPE_QUERY || type == TYPE_V1_REPORT || type == TYPE_DONE || type == TYPE_V2_REPORT;
}

Bytes
WriteMld(const PacketMeta& meta, const MembershipMessage& message)
{
    Writer writer;
    std::visit(MldWriter{writer}, message);
    writer.PatchU16(2, UpperLayerChecksum(meta, writer.View()));
    return writer.Take();
}

Duration
MldMaxResponseTime(Version version, std::uint16_t code)
{
    return std::chrono::milliseconds{version == Version::V3 ? FromFloatCode(code, MANTISSA_BITS) : code};
}

std::uint16_t
MldMaxResponseCode(Version version, Duration time)
{
    const auto wanted = std::clamp<Duration::rep>(time / std::chrono::milliseconds{1}, 0, MLD_MAX_RESPONSE.count());
    return version == Version::V3 ? ToFloatCode(static_cast<std::uint32_t>(wanted), MANTISSA_BITS)
                                  : static_cast<std::uint16_t>(std::min<Duration::rep>(wanted, 0xffff));
}

} // namespace mcast
