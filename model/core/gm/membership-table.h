// SPDX-License-Identifier: GPL-2.0-only
// The tables of RFC 3376 6.4.1 and 6.4.2 as a pure function on sets: what a group record of a router becomes when a
// record of a report arrives, and which timers and queries go with it. Timers themselves live in GroupRecord.

#ifndef MCAST_CORE_GM_MEMBERSHIP_TABLE_H
#define MCAST_CORE_GM_MEMBERSHIP_TABLE_H

#include "../wire/membership.h"
#include "source-set.h"

namespace mcast::gm
{

/// INCLUDE (A): forwarded = A. EXCLUDE (X,Y): forwarded = X, sources whose timer runs; blocked = Y, timer zero.
struct Membership
{
    FilterMode mode = FilterMode::Include;
    SourceSet forwarded;
    SourceSet blocked;
};

struct TableRow
{
    Membership next;
    SourceSet toGmi;        ///< source timers set to the Group Membership Interval
    SourceSet toGroupTimer; ///< source timers set to the group timer as it was before
    bool groupTimerToGmi = false;
    SourceSet querySources;  ///< Q(G,A), if not empty
    bool queryGroup = false; ///< Q(G)
};

/// The row for a state and a record. Sources in neither set of `next` are deleted; new ones in `blocked` have timer 0.
TableRow LookUp(const Membership& state, RecordType type, const SourceSet& reported);

} // namespace mcast::gm

#endif // MCAST_CORE_GM_MEMBERSHIP_TABLE_H
