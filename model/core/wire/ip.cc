// SPDX-License-Identifier: GPL-2.0-only

#include "ip.h"

#include "ipv4-header.h"
#include "ipv6-header.h"

namespace mcast
{

Expected<IpPacket, DecodeError>
ParseIp(Family family, BytesView packet)
{
    return family == Family::Ipv4 ? ParseIpv4(packet) : ParseIpv6(packet);
}

Bytes
WriteIp(const PacketMeta& meta, BytesView payload, std::uint16_t identification)
{
    return meta.destination.IsIpv4() ? WriteIpv4(meta, payload, identification) : WriteIpv6(meta, payload);
}

namespace
{

// One 16-bit word of an IPv4 header is another now: RFC 1624 equation 3.
void
UpdateIpv4Checksum(Bytes& packet, std::uint32_t before, std::uint32_t after)
{
    const std::uint32_t old = static_cast<std::uint32_t>(packet[10] << 8 | packet[11]);
    std::uint32_t sum = (~old & 0xffff) + (~before & 0xffff) + after;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    packet[10] = static_cast<std::uint8_t>(~sum >> 8);
    packet[11] = static_cast<std::uint8_t>(~sum);
}

std::uint32_t
Word(const Bytes& packet, std::size_t at)
{
    return static_cast<std::uint32_t>(packet[at] << 8 | packet[at + 1]);
}

} // namespace

void
DecrementTtl(Bytes& packet)
{
    if (packet[0] >> 4 == 6)
    {
        --packet[7];
        return;
    }
    const auto before = Word(packet, 8); // TTL and protocol
    --packet[8];
    UpdateIpv4Checksum(packet, before, Word(packet, 8));
}

void
SetEcn(Bytes& packet, std::uint8_t ecn)
{
    if (packet[0] >> 4 == 6)
    {
        packet[1] = static_cast<std::uint8_t>((packet[1] & 0xcf) | (ecn & 3) << 4);
        return;
    }
    const auto before = Word(packet, 0);
    packet[1] = static_cast<std::uint8_t>((packet[1] & 0xfc) | (ecn & 3));
    UpdateIpv4Checksum(packet, before, Word(packet, 0));
}

} // namespace mcast
