// SPDX-License-Identifier: GPL-2.0-only
// An IP packet as the core and its host exchange it: the fields of the header that matter, and the payload.

#ifndef MCAST_CORE_WIRE_PACKET_H
#define MCAST_CORE_WIRE_PACKET_H

#include "../base/address.h"
#include "../base/bytes.h"
#include "../base/ids.h"

#include <cstdint>

namespace mcast
{

/// IP protocol numbers that the core speaks.
inline constexpr std::uint8_t PROTOCOL_IGMP = 2;
inline constexpr std::uint8_t PROTOCOL_ICMPV6 = 58;

/// Precedence Internetwork Control, as routing protocols send (RFC 3376 4, RFC 2474 4.2.2.2).
inline constexpr std::uint8_t TOS_INTERNETWORK_CONTROL = 0xc0;

/// The header fields of a packet. A host fills them from what its IP layer hands it. For IPv6 `ttl` is the Hop Limit,
/// `tos` the Traffic Class, `protocol` the header after the Hop-by-Hop options, and Router Alert one of these.
struct PacketMeta
{
    Address source;
    Address destination;
    std::uint8_t protocol = PROTOCOL_IGMP;
    std::uint8_t ttl = 1;
    std::uint8_t tos = 0;
    bool routerAlert = false;
};

/// An IP packet taken apart. `payload` points into the octets that were parsed.
struct IpPacket
{
    PacketMeta meta;
    BytesView payload;           ///< what the packet's length covers beyond header and Hop-by-Hop options
    bool fragment = false;       ///< of IPv6: payload starts with the Fragment header
    std::size_t headerSize = 20; ///< octets, options included
};

/// A packet to be sent: out of an interface, on its link; or to a unicast destination wherever routing leads, for
/// BY_ROUTING. It may be larger than the way's MTU only if it goes by routing: then the IP layer fragments it.
struct Transmit
{
    InterfaceId interface;
    PacketMeta meta;
    Bytes payload; ///< what follows the IP header and its options
};

} // namespace mcast

#endif // MCAST_CORE_WIRE_PACKET_H
