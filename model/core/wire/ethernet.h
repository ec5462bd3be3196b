// SPDX-License-Identifier: GPL-2.0-only
// IP groups on Ethernet.                                     RFC 1112 6.4 (IPv4), RFC 2464 7 (IPv6)

#ifndef MCAST_CORE_WIRE_ETHERNET_H
#define MCAST_CORE_WIRE_ETHERNET_H

#include "../base/address.h"

#include <array>
#include <cstdint>

namespace mcast
{

using MacAddress = std::array<std::uint8_t, 6>;

/// The link-layer address of a group: 01:00:5e and the low 23 bits, or 33:33 and the low 32 bits.
MacAddress GroupMac(const Address& group);

} // namespace mcast

#endif // MCAST_CORE_WIRE_ETHERNET_H
