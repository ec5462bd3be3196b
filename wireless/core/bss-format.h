// SPDX-License-Identifier: GPL-2.0-only
// Pieces of frames that an access point reads and writes in several places.

#ifndef MCAST_WIFI_BSS_FORMAT_H
#define MCAST_WIFI_BSS_FORMAT_H

#include "../../model/core/wire/packet.h"
#include "frame.h"
#include "rates.h"

#include <optional>

namespace mcast::wifi
{

/// Octets of the LLC and SNAP headers in front of a packet.
inline constexpr std::size_t LLC_SNAP = 8;

/// 802.11's fields have their least significant octet first.
void PutLittle16(Writer& writer, std::uint16_t value);
/// An element, if its body is not empty.
void PutElement(Writer& writer, std::uint8_t id, const Bytes& body);
/// Supported Rates (9.4.2.3): the basic ones, with their top bit set, and the others.
Bytes RateOctets(const std::vector<Rate>& basic, const std::vector<Rate>& others);
/// The IP packet in an MSDU; none if it is another protocol's or broken. Points into the MSDU.
std::optional<IpPacket> IpOf(const Msdu& msdu);

} // namespace mcast::wifi

#endif // MCAST_WIFI_BSS_FORMAT_H
