// SPDX-License-Identifier: GPL-2.0-only
// Pieces of frames that an access point reads and writes in several places.

#ifndef MCAST_WIFI_BSS_FORMAT_H
#define MCAST_WIFI_BSS_FORMAT_H

#include "../../model/core/wire/packet.h"
#include "frame.h"
#include "group-services.h"
#include "power-save-set.h"
#include "rates.h"

#include <optional>

namespace mcast::wifi
{

/// Octets of the LLC and SNAP headers in front of a packet.
inline constexpr std::size_t LLC_SNAP = 8;

inline constexpr std::uint8_t ELEMENT_EXTENDED_CAPABILITIES = 127;
inline constexpr std::uint8_t ELEMENT_VENDOR = 221;

/// 802.11's fields have their least significant octet first.
void PutLittle16(Writer& writer, std::uint16_t value);
/// An element, if its body is not empty.
void PutElement(Writer& writer, std::uint8_t id, const Bytes& body);
/// Supported Rates (9.4.2.3): the basic ones, with their top bit set, and the others.
Bytes RateOctets(const std::vector<Rate>& basic, const std::vector<Rate>& others);
/// Body of the Extended Capabilities element (9.4.2.26).
Bytes ExtendedCapabilities(const ServiceOffers& services);
/// Body of WMM's Information element with that QoS Info, as a station sends it.
Bytes WmmInformation(std::uint8_t qosInfo);
/// What a station tells with its association request. \param elements behind the fixed fields
/// \param qos whether the BSS has it. \param listenInterval Beacon intervals
StationCapabilities CapabilitiesIn(BytesView elements, bool qos, unsigned listenInterval);
/// The IP packet in an MSDU; none if it is another protocol's or broken. Points into the MSDU.
std::optional<IpPacket> IpOf(const Msdu& msdu);

} // namespace mcast::wifi

#endif // MCAST_WIFI_BSS_FORMAT_H
