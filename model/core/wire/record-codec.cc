// SPDX-License-Identifier: GPL-2.0-only

#include "record-codec.h"

#include <algorithm>

namespace mcast
{

namespace
{

constexpr std::uint8_t FLAG_SUPPRESS = 0x08;
constexpr std::uint8_t MASK_ROBUSTNESS = 0x07;
constexpr std::size_t RECORD_HEAD_SIZE = 4; // type, auxiliary length, number of sources

std::size_t
AddressSize(Family family)
{
    return family == Family::Ipv4 ? 4 : 16;
}

// IPv4-mapped addresses are nowhere on an IPv6 wire (RFC 4291 2.5.5.2), and inside of us they are IPv4's.
Reason
ReadSources(Reader& reader, Family family, std::size_t count, std::vector<Address>& sources)
{
    if (!reader.Ok() || count > reader.Left() / AddressSize(family))
    {
        return Reason::BadLength;
    }
    sources.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
    {
        sources.push_back(reader.ReadAddress(family));
        if (sources.back().GetFamily() != family)
        {
            return Reason::BadSource;
        }
    }
    return Reason::None;
}

Reason
ReadRecord(Reader& reader, Family family, Report& report)
{
    const auto type = reader.U8();
    const std::size_t auxiliary = reader.U8() * std::size_t{4};
    const std::size_t sources = reader.U16();
    Record record;
    record.group = reader.ReadAddress(family);
    const auto reason = ReadSources(reader, family, sources, record.sources);
    reader.Skip(auxiliary);
    if (reason != Reason::None || !reader.Ok())
    {
        return reason != Reason::None ? reason : Reason::BadLength;
    }
    if (record.group.GetFamily() != family)
    {
        return Reason::BadGroup;
    }
    if (type < 1 || type > 6)
    {
        ++report.unknownRecords;
        return Reason::None;
    }
    record.type = static_cast<RecordType>(type);
    report.records.push_back(std::move(record));
    return Reason::None;
}

MembershipResult
Fail(Reason reason, const Reader& reader)
{
    return Unexpected{DecodeError{reason, reader.Offset()}};
}

} // namespace

std::uint16_t
ToFloatCode(std::uint32_t value, unsigned bits)
{
    const std::uint32_t scaled = 1u << (bits + 3); // the first value that is not literal
    if (value < scaled)
    {
        return static_cast<std::uint16_t>(value);
    }
    const std::uint32_t largest = (2u << bits) - 1;
    std::uint32_t exponent = 0;
    while (exponent < 7 && value >> (exponent + 3) > largest)
    {
        ++exponent;
    }
    const std::uint32_t mantissa = std::min(value >> (exponent + 3), largest) & largest >> 1;
    return static_cast<std::uint16_t>(scaled | exponent << bits | mantissa);
}

std::uint32_t
FromFloatCode(std::uint16_t code, unsigned bits)
{
    const std::uint32_t one = 1u << bits;
    return code < one << 3 ? code : ((code & (one - 1)) | one) << ((code >> bits & 0x7) + 3);
}

MembershipResult
ReadQueryTail(Reader reader, Family family, Query query)
{
    const auto flags = reader.U8();
    query.suppressRouterSide = (flags & FLAG_SUPPRESS) != 0;
    query.robustness = flags & MASK_ROBUSTNESS;
    query.queryIntervalCode = reader.U8();
    const std::size_t count = reader.U16();
    if (const auto reason = ReadSources(reader, family, count, query.sources); reason != Reason::None)
    {
        return Fail(reason, reader);
    }
    if (query.IsGeneral() && !query.sources.empty())
    {
        return Fail(Reason::BadGroup, reader); // sources of no group ask nothing (RFC 3376 4.1.3)
    }
    return MembershipMessage{std::move(query)};
}

void
WriteQueryTail(Writer& writer, const Query& query)
{
    const unsigned flags = (query.suppressRouterSide ? FLAG_SUPPRESS : 0u) | (query.robustness & MASK_ROBUSTNESS);
    writer.U8(static_cast<std::uint8_t>(flags)).U8(query.queryIntervalCode);
    writer.U16(static_cast<std::uint16_t>(query.sources.size()));
    for (const auto& source : query.sources)
    {
        writer.WriteAddress(source);
    }
}

MembershipResult
ReadReport(Reader reader, Family family)
{
    Report report;
    reader.Skip(5); // code, checksum, reserved
    const std::size_t count = reader.U16();
    if (!reader.Ok() || count > reader.Left() / (RECORD_HEAD_SIZE + AddressSize(family)))
    {
        return Fail(Reason::BadLength, reader);
    }
    report.records.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
    {
        if (const auto reason = ReadRecord(reader, family, report); reason != Reason::None)
        {
            return Fail(reason, reader);
        }
    }
    return MembershipMessage{std::move(report)};
}

void
WriteReport(Writer& writer, std::uint8_t type, const Report& report)
{
    writer.U8(type).U8(0).U16(0).U16(0).U16(static_cast<std::uint16_t>(report.records.size()));
    for (const auto& record : report.records)
    {
        writer.U8(static_cast<std::uint8_t>(record.type)).U8(0);
        writer.U16(static_cast<std::uint16_t>(record.sources.size())).WriteAddress(record.group);
        for (const auto& source : record.sources)
        {
            writer.WriteAddress(source);
        }
    }
}

} // namespace mcast
