// SPDX-License-Identifier: GPL-2.0-only
// IP packets of either family, told apart by the version in their first octet.

#ifndef MCAST_CORE_WIRE_IP_H
#define MCAST_CORE_WIRE_IP_H

#include "../base/expected.h"
#include "decode-error.h"
#include "packet.h"

namespace mcast
{

/// Octets of a header without options.
constexpr std::size_t
IpHeaderSize(Family family)
{
    return family == Family::Ipv4 ? 20 : 40;
}

/// \return as ParseIpv4 or ParseIpv6, by the family that the link layer told
Expected<IpPacket, DecodeError> ParseIp(Family family, BytesView packet);

/// The whole packet, of the family of meta.destination. \param identification of IPv4
Bytes WriteIp(const PacketMeta& meta, BytesView payload, std::uint16_t identification = 0);

/// One less in the TTL or Hop Limit of a whole packet, which must be above zero; IPv4's checksum is updated (RFC 1624).
void DecrementTtl(Bytes& packet);

/// Sets the two ECN bits (RFC 3168 5) of a whole, well-formed packet; IPv4's checksum is updated.
void SetEcn(Bytes& packet, std::uint8_t ecn);

} // namespace mcast

#endif // MCAST_CORE_WIRE_IP_H
