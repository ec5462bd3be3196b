// SPDX-License-Identifier: GPL-2.0-only
// The parts that IGMPv3 and MLDv2 lay out alike but for the size of an address: the tail of a query and the records of
// a report.                                                              RFC 3376 4.1.4 to 4.2, RFC 3810 5.1.5 to 5.2

#ifndef MCAST_CORE_WIRE_RECORD_CODEC_H
#define MCAST_CORE_WIRE_RECORD_CODEC_H

#include "../base/bytes.h"
#include "../base/expected.h"
#include "decode-error.h"
#include "membership.h"

namespace mcast
{

/// Numbers on a floating-point scale: literal below half of the code space, above it (mant | 1 << bits) << (exp + 3) with
/// three bits of exponent. `bits` is 4 for octets: QQIC of both families and IGMPv3's Max Resp Code (RFC 3376 4.1.1,
/// 4.1.7), 12 for MLDv2's Maximum Response Code (RFC 3810 5.1.3).
/// \return the code that is exact or tells the next lower value (RFC 9776 8.8); the largest for what is above it
std::uint16_t ToFloatCode(std::uint32_t value, unsigned bits = 4);
std::uint32_t FromFloatCode(std::uint16_t code, unsigned bits = 4);

using MembershipResult = Expected<MembershipMessage, DecodeError>;

/// The rest of a version 3 query: flags, QRV, QQIC and sources.
/// \param reader stands behind the group
/// \param query what was read so far
/// \return the query, BadLength (no room for these fields, RFC 3376 7.1, RFC 3810 8.1, or a list that overruns the message),
///         BadGroup (sources of no group) or BadSource (an IPv4-mapped address)
MembershipResult ReadQueryTail(Reader reader, Family family, Query query);
void WriteQueryTail(Writer& writer, const Query& query);

/// A version 3 report; records of unknown type are skipped and counted (RFC 3376 4.2.12), auxiliary data is skipped (4.2.10).
/// \param reader stands behind the type
/// \return the report, BadLength if a count overruns the message, BadGroup or BadSource for an IPv4-mapped address
MembershipResult ReadReport(Reader reader, Family family);
void WriteReport(Writer& writer, std::uint8_t type, const Report& report);

} // namespace mcast

#endif // MCAST_CORE_WIRE_RECORD_CODEC_H
