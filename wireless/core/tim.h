// SPDX-License-Identifier: GPL-2.0-only
// The Traffic Indication Map element of Beacons.                                  IEEE 802.11-2020 9.4.2.5
//
//   1 octet      1 octet   1 octet      1 octet       1 octet          1 to 251 octets
//  +------------+--------+------------+-------------+----------------+------------------------+
//  | Element 5  | Length | DTIM Count | DTIM Period | Bitmap Control | Partial Virtual Bitmap |
//  +------------+--------+------------+-------------+----------------+------------------------+
//
//  Bitmap Control   b0      group traffic (AID 0)
//                   b1-b7   Bitmap Offset = N1 / 2, N1 the first octet of the whole map (0 to 250) that is there
//  AID n is bit n mod 8 of octet n / 8 of the whole map. Nothing for anybody: offset 0 and one octet of zero.

#ifndef MCAST_WIFI_TIM_H
#define MCAST_WIFI_TIM_H

#include "../../model/core/base/bytes.h"
#include "../../model/core/base/expected.h"
#include "ids.h"

#include <bitset>
#include <cstddef>

namespace mcast::wifi
{

/// Why octets are no element that can be used, and where this was seen.
enum class ElementProblem : std::uint8_t
{
    WrongId,
    Truncated,  ///< the element's length goes past the octets that are there
    BadLength,  ///< a length that the element may not have
    ZeroPeriod, ///< DTIM Period 0, which is reserved
    BadCount,   ///< DTIM Count not below DTIM Period
    BadValue,   ///< a reserved value
};

struct ElementError
{
    ElementProblem problem;
    std::size_t offset; ///< octets from the start of the element
};

const char* ToString(ElementProblem problem);

inline constexpr std::uint8_t ELEMENT_TIM = 5;

struct Tim
{
    std::uint8_t dtimCount = 0;  ///< Beacons until the next DTIM; 0: this is one
    std::uint8_t dtimPeriod = 1; ///< Beacons from DTIM to DTIM, 1 to 255
    bool groupTraffic = false;
    std::bitset<MAX_AID + 1> stations; ///< by AID; bit 0 is never set, groupTraffic is its place

    bool IsDtim() const
    {
        return dtimCount == 0;
    }
};

/// \param element the whole element, ID and length included; octets after it are not looked at
/// \return the map, or the problem. AIDs above 2007 in the map are ignored.
Expected<Tim, ElementError> ParseTim(BytesView element);

/// The whole element, with the shortest map that holds all AIDs; AID 0 is not written.
Bytes WriteTim(const Tim& tim);

/// Where a host puts the TIM into a Beacon that has none.
enum class TimPosition : std::uint8_t
{
    Ordered,  ///< by element ID among the first ones, as the standard has it (table 9-32)
    Trailing, ///< at the end: parsers that go by position (ns-3's, up to 3.41) still find the elements before it
};

/// Elements start here in a Beacon's body: after Timestamp (8), Beacon Interval (2), Capability Information (2).
inline constexpr std::size_t BEACON_FIXED_SIZE = 12;

/// The first element with an ID; empty if there is none. A broken element ends the search.
/// \param elements a sequence of elements, such as a Beacon's body from BEACON_FIXED_SIZE
BytesView FindElement(BytesView elements, std::uint8_t id);

/// A Beacon's body with this TIM instead of the one in it, if there is one, or else at the position.
/// \param body from the Timestamp on, without FCS; shorter than BEACON_FIXED_SIZE: returned as it is
Bytes WithTim(BytesView body, const Tim& tim, TimPosition position);

} // namespace mcast::wifi

#endif // MCAST_WIFI_TIM_H
