// SPDX-License-Identifier: GPL-2.0-only
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+---------------+---------------------------------------+
// |Version| Traffic Class |              Flow Label               |
// +-------+---------------+-------+---------------+---------------+
// |        Payload Length         |  Next Header  |   Hop Limit   |
// +-------------------------------+---------------+---------------+
// |                    Source Address, 16 octets                  |
// |                  Destination Address, 16 octets               |
// +---------------+---------------+-------------------------------+
// |  Next Header  |   Length      |  Hop-by-Hop options, padding  |   if the Next Header above is 0
// +---------------+---------------+-------------------------------+
//                                      RFC 8200 3 and 4.3, Router Alert RFC 2711 2.1

#ifndef MCAST_CORE_WIRE_IPV6_HEADER_H
#define MCAST_CORE_WIRE_IPV6_HEADER_H

#include "../base/expected.h"
#include "decode-error.h"
#include "packet.h"

namespace mcast
{

/// \param packet an IP packet from its first octet
/// \return the packet, or Truncated, BadLength, BadSource (a multicast source, RFC 4291 2.7) or BadDestination; IPv4-mapped
///         addresses are bad ones (RFC 4291 2.5.5.2)
Expected<IpPacket, DecodeError> ParseIpv6(BytesView packet);

/// Does a Hop-by-Hop Options header hold Router Alert for MLD? For hosts whose IP layer takes headers apart.
/// \param header from its Next Header field to its last option
bool HopByHopRouterAlert(BytesView header);

/// The whole packet; with meta.routerAlert a Hop-by-Hop header with the option for MLD, 05 02 00 00, padded to 8 octets.
Bytes WriteIpv6(const PacketMeta& meta, BytesView payload);

/// The Internet checksum of an upper-layer message with the pseudo-header of RFC 8200 8.1: zero if the field is right.
std::uint16_t UpperLayerChecksum(const PacketMeta& meta, BytesView message);

} // namespace mcast

#endif // MCAST_CORE_WIRE_IPV6_HEADER_H
