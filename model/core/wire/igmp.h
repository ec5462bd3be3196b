// SPDX-License-Identifier: GPL-2.0-only
// IGMP versions 1, 2 and 3: octets to values and back.           RFC 1112 A.I, RFC 2236 2, RFC 3376 4

#ifndef MCAST_CORE_WIRE_IGMP_H
#define MCAST_CORE_WIRE_IGMP_H

#include "../base/expected.h"
#include "decode-error.h"
#include "membership.h"
#include "packet.h"

namespace mcast
{

/// \param message the IP payload; the checksum is over all of it
/// \param receiver the version that the receiver is configured for: versions 1 and 2 read a query of any length as
///        one of their own (Query::newer tells)
/// \return the message, or the reason: Truncated, BadChecksum, UnknownType, BadLength (a query of 9 to 11 octets,
///         RFC 3376 7.1; a count that overruns the payload), BadGroup (no group where one must be)
Expected<MembershipMessage, DecodeError> ParseIgmp(BytesView message, Version receiver = Version::V3);

Bytes WriteIgmp(const MembershipMessage& message);

/// The time that a code stands for, in a query of the version, in units of 1/10 s; a zero of IGMPv1 means 10 s.
Duration IgmpMaxResponseTime(Version version, std::uint16_t code);

/// The code for a time, the next lower where it is not exact.
std::uint16_t IgmpMaxResponseCode(Version version, Duration time);

/// Octets on the wire, for cutting messages to an MTU.
inline constexpr std::size_t IGMP_QUERY_SIZE = 12;     ///< without sources
inline constexpr std::size_t IGMP_REPORT_SIZE = 8;     ///< without records
inline constexpr std::size_t IGMP_RECORD_SIZE = 8;     ///< without sources
inline constexpr std::size_t IGMP_IP_HEADER_SIZE = 24; ///< with Router Alert

} // namespace mcast

#endif // MCAST_CORE_WIRE_IGMP_H
