// SPDX-License-Identifier: GPL-2.0-only
// What a Bootstrap message is about, and how it is cut to fit a link.                        RFC 5059 1.3, 3.1, 3.4, 4.1.1

#ifndef MCAST_CORE_PIM_BSR_MESSAGE_H
#define MCAST_CORE_PIM_BSR_MESSAGE_H

#include "../../wire/pim.h"
#include "../rp-set.h"

#include <vector>

namespace mcast::pim::bsr
{

/// 224.0.0.0/4 or ff00::/8.
Prefix AllGroups(Family family);

/// 0 to 15; of an IPv6 group.
unsigned ScopeId(const Address& group);

/// The zone that a range names. Of IPv6 only the scope counts, written as ff0<scope>::/16; none if the range is shorter than
/// that, or of a scope that never leaves its link.
std::optional<Prefix> ZoneOfRange(const Prefix& range);

/// Is the message for the global zone, or does its first range name another (RFC 5059 3.1)?
bool NamesItsZone(const Bootstrap& message);

/// The zone that a Bootstrap message is for: the first range's, if that has the Admin Scope Zone bit, else the global one.
ScopeZone ZoneOf(const Bootstrap& message);

/// Are all groups of the range in the zone? The global one contains all ranges.
bool Contains(const ScopeZone& zone, const Prefix& range);

/// Do messages of the zone stay on their side of an interface with these boundaries: is its scope equal or smaller (RFC 5059
/// 3.4)?
bool IsBorder(const std::vector<Prefix>& boundaries, const ScopeZone& zone);

/// Has no range more RPs than it says (RFC 5059 4.1)?
bool CountsFit(const Bootstrap& message);

/// Says nothing about RPs (RFC 5059 3.1.5, Store RP-Set).
bool IsEmpty(const Bootstrap& message);

/// Are all addresses of the family (RFC 5059 4.1, 4.2)?
bool IsOfFamily(const Bootstrap& message, Family family);
bool IsOfFamily(const CandidateRp& message, Family family);

/// The same for the same message, and hardly for another one.
std::uint64_t Fingerprint(const Bootstrap& message);

/// The message as semantic fragments of at most `room` octets each, from the PIM header on: whole ranges where they fit,
/// else parts of a range's RPs. Each of a scoped message begins with its first range. Never fewer than one, and at least one
/// RP in a part, whatever the room is.
std::vector<Bootstrap> Fragments(const Bootstrap& message, std::size_t room);

} // namespace mcast::pim::bsr

#endif // MCAST_CORE_PIM_BSR_MESSAGE_H
