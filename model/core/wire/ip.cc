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

void
DecrementTtl(Bytes& packet)
{
    if (packet[0] >> 4 == 6)
    {
        --packet[7];
        return;
    }
    // RFC 1624 equation 3, for the 16-bit word that holds TTL and protocol.
    const std::uint32_t before = static_cast<std::uint32_t>(packet[8] << 8 | packet[9]);
    --packet[8];
    const std::uint32_t after = static_cast<std::uint32_t>(packet[8] << 8 | packet[9]);
    const std::uint32_t old = static_cast<std::uint32_t>(packet[10] << 8 | packet[11]);
    std::uint32_t sum = (~old & 0xffff) + (~before & 0xffff) + after;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    packet[10] = static_cast<std::uint8_t>(~sum >> 8);
    packet[11] = static_cast<std::uint8_t>(~sum);
}

} // namespace mcast
