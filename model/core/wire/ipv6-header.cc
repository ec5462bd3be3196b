// SPDX-License-Identifier: GPL-2.0-only

#include "ipv6-header.h"

#include "checksum.h"

namespace mcast
{

namespace
{

constexpr std::size_t FIXED_SIZE = 40;
constexpr std::uint8_t HEADER_HOP_BY_HOP = 0;
constexpr std::uint8_t HEADER_FRAGMENT = 44;
constexpr std::uint8_t OPTION_PAD1 = 0;
constexpr std::uint8_t OPTION_PADN = 1;
constexpr std::uint8_t OPTION_ROUTER_ALERT = 5; // RFC 2711 2.1
constexpr std::uint16_t ALERT_MLD = 0;

bool
FindRouterAlert(Reader options)
{
    while (options.Left() > 0)
    {
        const auto type = options.U8();
        if (type == OPTION_PAD1)
        {
            continue;
        }
        const auto length = options.U8();
        if (!options.Ok() || length > options.Left())
        {
            return false;
        }
        if (type == OPTION_ROUTER_ALERT && length == 2)
        {
            return options.U16() == ALERT_MLD;
        }
        options.Skip(length);
    }
    return false;
}

} // namespace

Expected<IpPacket, DecodeError>
ParseIpv6(BytesView packet)
{
    Reader reader(packet);
    IpPacket result;
    result.headerSize = FIXED_SIZE;
    const auto first = reader.U32();
    const std::size_t payloadLength = reader.U16();
    result.meta.tos = static_cast<std::uint8_t>(first >> 20);
    result.meta.protocol = reader.U8();
    result.meta.ttl = reader.U8();
    result.meta.source = reader.ReadAddress(Family::Ipv6);
    result.meta.destination = reader.ReadAddress(Family::Ipv6);
    if (!reader.Ok())
    {
        return Unexpected{DecodeError{Reason::Truncated, packet.Size()}};
    }
    if (first >> 28 != 6)
    {
        return Unexpected{DecodeError{Reason::BadLength, 0}};
    }
    if (payloadLength > reader.Left())
    {
        return Unexpected{DecodeError{Reason::BadLength, 4}};
    }
    if (result.meta.destination.IsIpv4())
    {
        return Unexpected{DecodeError{Reason::BadDestination, 24}}; // IPv4-mapped
    }
    if (result.meta.source.IsMulticast() || result.meta.source.IsIpv4())
    {
        return Unexpected{DecodeError{Reason::BadSource, 8}};
    }
    result.payload = packet.Sub(FIXED_SIZE, payloadLength);
    if (result.meta.protocol == HEADER_HOP_BY_HOP)
    {
        Reader extension(result.payload);
        result.meta.protocol = extension.U8();
        const std::size_t size = (std::size_t{extension.U8()} + 1) * 8;
        if (!extension.Ok() || size > result.payload.Size())
        {
            return Unexpected{DecodeError{Reason::BadLength, FIXED_SIZE}};
        }
        result.meta.routerAlert = HopByHopRouterAlert(result.payload.Sub(0, size));
        result.headerSize += size;
        result.payload = result.payload.Sub(size);
    }
    result.fragment = result.meta.protocol == HEADER_FRAGMENT;
    return result;
}

bool
HopByHopRouterAlert(BytesView header)
{
    return FindRouterAlert(Reader(header.Sub(2)));
}

Bytes
WriteIpv6(const PacketMeta& meta, BytesView payload)
{
    Writer writer;
    const std::size_t extension = meta.routerAlert ? 8 : 0;
    writer.U32(0x60000000u | std::uint32_t{meta.tos} << 20);
    writer.U16(static_cast<std::uint16_t>(payload.Size() + extension));
    writer.U8(meta.routerAlert ? HEADER_HOP_BY_HOP : meta.protocol).U8(meta.ttl);
    writer.WriteAddress(meta.source).WriteAddress(meta.destination);
    if (meta.routerAlert)
    {
        writer.U8(meta.protocol).U8(0).U8(OPTION_ROUTER_ALERT).U8(2).U16(ALERT_MLD).U8(OPTION_PADN).U8(0);
    }
    writer.Append(payload);
    return writer.Take();
}

std::uint16_t
UpperLayerChecksum(const PacketMeta& meta, BytesView message)
{
    Writer pseudo;
    pseudo.WriteAddress(meta.source).WriteAddress(meta.destination);
    pseudo.U32(static_cast<std::uint32_t>(message.Size())).U32(meta.protocol);
    return InternetChecksum(message, static_cast<std::uint16_t>(~InternetChecksum(pseudo.View())));
}

} // namespace mcast
