// SPDX-License-Identifier: GPL-2.0-only
// IP packets cut to what a link or a tunnel takes, and the word to an IPv6 source that it has to do that itself.
//                                                               RFC 791 3.2, RFC 8200 4.5, RFC 4443 3.2

#ifndef MCAST_CORE_WIRE_FRAGMENT_H
#define MCAST_CORE_WIRE_FRAGMENT_H

#include "packet.h"

#include <vector>

namespace mcast
{

/// May a router cut the packet? Of IPv4 if Don't Fragment is clear; never of IPv6.
bool MayFragment(BytesView packet);

/// \param packet a whole, well-formed IP packet; of IPv6 without extension headers, and our own, as only sources fragment
/// \param mtu octets of a fragment, at least 68 or 1280
/// \param identification of IPv6
/// \return the packet itself if it fits, else its fragments in order
std::vector<Bytes> FragmentPacket(BytesView packet, std::size_t mtu, std::uint32_t identification = 0);

/// ICMPv6 Packet Too Big about a packet, with as much of it as the least MTU of IPv6 holds.
Bytes WritePacketTooBig(const PacketMeta& meta, std::uint32_t mtu, BytesView packet);

} // namespace mcast

#endif // MCAST_CORE_WIRE_FRAGMENT_H
