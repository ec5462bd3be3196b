// SPDX-License-Identifier: GPL-2.0-only
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+-------+---------------+-------------------------------+
// |Version|  IHL  |      TOS      |         Total Length          |
// +-------+-------+---------------+-----+-------------------------+
// |        Identification         |Flags|     Fragment Offset     |
// +---------------+---------------+-----+-------------------------+
// |      TTL      |   Protocol    |        Header Checksum        |
// +---------------+---------------+-------------------------------+
// |                        Source Address                         |
// +---------------------------------------------------------------+
// |                      Destination Address                      |
// +---------------------------------------------------------------+
// |                       Options, padding                        |
// +---------------------------------------------------------------+
//                                               RFC 791 3.1, Router Alert RFC 2113 2.1

#ifndef MCAST_CORE_WIRE_IPV4_HEADER_H
#define MCAST_CORE_WIRE_IPV4_HEADER_H

#include "../base/expected.h"
#include "decode-error.h"
#include "packet.h"

namespace mcast
{

/// \param packet an IP packet from its first octet
/// \return the packet without link padding, or Truncated, BadLength, BadChecksum or BadSource (a multicast source, RFC 1112 7.2)
Expected<IpPacket, DecodeError> ParseIpv4(BytesView packet);

/// Does a header hold Router Alert? For hosts whose IP layer takes headers apart without telling their options.
/// \param header from its first octet to the last of its options; its checksum is not looked at
bool HasRouterAlert(BytesView header);

/// The whole packet with header checksum; with meta.routerAlert a header of 24 octets with the option 94 04 00 00.
Bytes WriteIpv4(const PacketMeta& meta, BytesView payload, std::uint16_t identification = 0);

} // namespace mcast

#endif // MCAST_CORE_WIRE_IPV4_HEADER_H
