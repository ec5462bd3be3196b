// SPDX-License-Identifier: GPL-2.0-only

#ifndef MCAST_CORE_WIRE_CHECKSUM_H
#define MCAST_CORE_WIRE_CHECKSUM_H

#include "../base/bytes.h"

#include <cstdint>

namespace mcast
{

/// The Internet checksum (RFC 1071) of the octets as they stand: zero over a message whose checksum is right, the
/// field's value over a message whose checksum field holds zero.
std::uint16_t InternetChecksum(BytesView bytes, std::uint32_t initial = 0);

} // namespace mcast

#endif // MCAST_CORE_WIRE_CHECKSUM_H
