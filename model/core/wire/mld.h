// SPDX-License-Identifier: GPL-2.0-only
// MLD versions 1 and 2: octets to values and back.                                       RFC 2710 3, RFC 3810 5

#ifndef MCAST_CORE_WIRE_MLD_H
#define MCAST_CORE_WIRE_MLD_H

#include "../base/expected.h"
#include "decode-error.h"
#include "membership.h"
#include "packet.h"

namespace mcast
{

/// \param meta for the checksum's pseudo-header
/// \param message the ICMPv6 message; octets past what its counts tell only count for the checksum
/// \param receiver V2 reads a query of any length as one of MLDv1 (Query::newer tells)
/// \return the message, or the reason: Truncated, BadChecksum, UnknownType, BadLength (a query of 25 to 27 octets,
///         RFC 3810 8.1; a count that overruns the message), BadGroup
Expected<MembershipMessage, DecodeError> ParseMld(const PacketMeta& meta, BytesView message,
                                                  Version receiver = Version::V3);

/// Is an ICMPv6 message one of MLD's? The rest of ICMPv6 is not for the core.
bool IsMld(BytesView message);

Bytes WriteMld(const PacketMeta& meta, const MembershipMessage& message);

/// The Maximum Response Code of MLDv2 in milliseconds: below 32768 literal, above (mant | 4096) << (exp + 3) (RFC 3810
/// 5.1.3); exact or the next lower; at most 8387584. MLDv1 is linear (RFC 2710 3.4).
Duration MldMaxResponseTime(Version version, std::uint16_t code);
std::uint16_t MldMaxResponseCode(Version version, Duration time);

/// Octets on the wire, for cutting messages to an MTU.
inline constexpr std::size_t MLD_QUERY_SIZE = 28;     ///< without sources
inline constexpr std::size_t MLD_REPORT_SIZE = 8;     ///< without records
inline constexpr std::size_t MLD_RECORD_SIZE = 20;    ///< without sources
inline constexpr std::size_t MLD_IP_HEADER_SIZE = 48; ///< with Router Alert

/// The longest response time that MLDv2 can tell.
inline constexpr std::chrono::milliseconds MLD_MAX_RESPONSE{8387584};

} // namespace mcast

#endif // MCAST_CORE_WIRE_MLD_H
