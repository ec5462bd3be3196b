// SPDX-License-Identifier: GPL-2.0-only
// Who leads which group: an element of our own in Beacons.                                  IEEE 802.11-2020 9.4.2.25
//
//   | 221 | length | organisation 3: 0a 4d 43 | kind 1: 1 | group 6, AID 2 (little endian) | group 6, AID 2 | ...
//
// The organisation is a locally administered one, which nobody is assigned. Several elements may follow each other.

#ifndef MCAST_WIFI_GROUP_LEADERS_H
#define MCAST_WIFI_GROUP_LEADERS_H

#include "../../model/core/base/bytes.h"
#include "ids.h"

#include <set>
#include <utility>
#include <vector>

namespace mcast::wifi
{

/// Groups with their leaders' AIDs as elements, as many as it takes; none for an empty list.
Bytes WriteGroupLeaders(const std::vector<std::pair<MacAddress, Aid>>& leaders);
/// The groups that a station leads by a Beacon's elements. What can't be read is passed over.
std::set<MacAddress> GroupsLedBy(Aid station, BytesView elements);

} // namespace mcast::wifi

#endif // MCAST_WIFI_GROUP_LEADERS_H
