// SPDX-License-Identifier: GPL-2.0-only

#include "unfinished-checksum.h"

#include "wire/checksum.h"
#include "wire/ip.h"

#include <netinet/in.h>

namespace mcast::linux_host
{

namespace
{

constexpr std::size_t CHECKSUM_OFFSET = 6; // in a UDP header
constexpr std::size_t UDP_HEADER = 8;

/// One's complement sum, not inverted (RFC 1071).
std::uint16_t
Sum(BytesView octets, std::uint16_t start = 0)
{
    return static_cast<std::uint16_t>(~InternetChecksum(octets, start));
}

std::uint16_t
PseudoHeaderSum(const PacketMeta& meta, std::size_t length)
{
    Writer pseudo;
    pseudo.WriteAddress(meta.source).WriteAddress(meta.destination);
    pseudo.U32(static_cast<std::uint32_t>(length)).U32(IPPROTO_UDP);
    return Sum(pseudo.View());
}

/// Of IPv4 the payload alone doesn't tell: MF, or an offset.
bool
IsFragment(Family family, BytesView packet, const IpPacket& parsed)
{
    return family == Family::Ipv4 ? ((packet[6] & 0x3f) != 0 || packet[7] != 0) : parsed.fragment;
}

} // namespace

Bytes
FinishChecksum(Family family, BytesView packet)
{
    Bytes octets(packet.Data(), packet.Data() + packet.Size());
    const auto parsed = ParseIp(family, packet);
    if (!parsed || parsed->meta.protocol != IPPROTO_UDP || parsed->payload.Size() < UDP_HEADER ||
        IsFragment(family, packet, *parsed))
    {
        return octets;
    }
    const auto& datagram = parsed->payload;
    const auto pseudo = PseudoHeaderSum(parsed->meta, datagram.Size());
    const auto found = static_cast<std::uint16_t>(datagram[CHECKSUM_OFFSET] << 8 | datagram[CHECKSUM_OFFSET + 1]);
    if (found != pseudo || Sum(datagram, pseudo) == 0xffff)
    {
        return octets;
    }
    // What is in the checksum's place is the sum of the pseudo-header already.
    const auto checksum = static_cast<std::uint16_t>(~Sum(datagram));
    const auto place = static_cast<std::size_t>(datagram.Data() - packet.Data()) + CHECKSUM_OFFSET;
    octets[place] = static_cast<std::uint8_t>((checksum == 0 ? 0xffff : checksum) >> 8); // RFC 768: zero means none
    octets[place + 1] = static_cast<std::uint8_t>(checksum == 0 ? 0xff : checksum);
    return octets;
}

} // namespace mcast::linux_host
