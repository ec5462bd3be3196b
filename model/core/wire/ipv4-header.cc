// SPDX-License-Identifier: GPL-2.0-only

#include "ipv4-header.h"

#include "checksum.h"

namespace mcast
{

namespace
{

constexpr std::size_t FIXED_SIZE = 20;
constexpr std::uint8_t OPTION_END = 0;
constexpr std::uint8_t OPTION_NOP = 1;
constexpr std::uint8_t OPTION_ROUTER_ALERT = 148; // copied flag 1, class 0, number 20 (RFC 2113 2.1)
constexpr std::uint16_t FRAGMENT_MASK = 0x3fff;   // more fragments, or an offset

// Looks for Router Alert. A malformed list ends the search: the packet itself stays good, as in common stacks.
bool
FindRouterAlert(Reader options)
{
    while (options.Left() > 0)
    {
        const auto type = options.U8();
        if (type == OPTION_END)
        {
            return false;
        }
        if (type == OPTION_NOP)
        {
            continue;
        }
        const auto length = options.U8();
        if (length < 2 || length - 2u > options.Left())
        {
            return false;
        }
        // Values other than 0 are reserved, and unknown ones are ignored (RFC 2113 2.1).
        if (type == OPTION_ROUTER_ALERT && length == 4)
        {
            return options.U16() == 0;
        }
        options.Skip(length - 2u);
    }
    return false;
}

} // namespace

Expected<IpPacket, DecodeError>
ParseIpv4(BytesView packet)
{
    Reader reader(packet);
    IpPacket result;
    const auto versionAndLength = reader.U8();
    result.headerSize = std::size_t{4} * (versionAndLength & 0xf);
    result.meta.tos = reader.U8();
    const std::size_t totalLength = reader.U16();
    reader.Skip(2);
    result.fragment = (reader.U16() & FRAGMENT_MASK) != 0;
    result.meta.ttl = reader.U8();
    result.meta.protocol = reader.U8();
    reader.Skip(2);
    result.meta.source = reader.ReadAddress(Family::Ipv4);
    result.meta.destination = reader.ReadAddress(Family::Ipv4);
    if (!reader.Ok())
    {
        return Unexpected{DecodeError{Reason::Truncated, packet.Size()}};
    }
    if (versionAndLength >> 4 != 4 || result.headerSize < FIXED_SIZE)
    {
        return Unexpected{DecodeError{Reason::BadLength, 0}};
    }
    if (totalLength < result.headerSize || totalLength > packet.Size())
    {
        return Unexpected{DecodeError{Reason::BadLength, 2}};
    }
    if (InternetChecksum(packet.Sub(0, result.headerSize)) != 0)
    {
        return Unexpected{DecodeError{Reason::BadChecksum, 10}};
    }
    if (result.meta.source.IsMulticast())
    {
        return Unexpected{DecodeError{Reason::BadSource, 12}};
    }
    result.meta.routerAlert = HasRouterAlert(packet.Sub(0, result.headerSize));
    result.payload = packet.Sub(result.headerSize, totalLength - result.headerSize);
    return result;
}

bool
HasRouterAlert(BytesView header)
{
    return FindRouterAlert(Reader(header.Sub(FIXED_SIZE)));
}

Bytes
WriteIpv4(const PacketMeta& meta, BytesView payload, std::uint16_t identification)
{
    const std::size_t headerSize = meta.routerAlert ? FIXED_SIZE + 4 : FIXED_SIZE;
    Writer writer;
    writer.U8(static_cast<std::uint8_t>(0x40 | headerSize / 4)).U8(meta.tos);
    writer.U16(static_cast<std::uint16_t>(headerSize + payload.Size())).U16(identification).U16(0);
    writer.U8(meta.ttl).U8(meta.protocol).U16(0);
    writer.WriteAddress(meta.source).WriteAddress(meta.destination);
    if (meta.routerAlert)
    {
        writer.U8(OPTION_ROUTER_ALERT).U8(4).U16(0);
    }
    writer.PatchU16(10, InternetChecksum(writer.View()));
    writer.Append(payload);
    return writer.Take();
}

} // namespace mcast
