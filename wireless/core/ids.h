// SPDX-License-Identifier: GPL-2.0-only
// Names that all of wireless/core shares: addresses, association IDs, access categories, why a frame is gone.

#ifndef MCAST_WIFI_IDS_H
#define MCAST_WIFI_IDS_H

#include "../../model/core/base/ids.h"
#include "../../model/core/base/time.h"
#include "../../model/core/wire/ethernet.h"

#include <cstdint>
#include <string>

namespace mcast::wifi
{

/// Association ID: 1 to 2007; 0 stands for group traffic (IEEE 802.11-2020 9.4.1.8).
using Aid = std::uint16_t;
inline constexpr Aid MAX_AID = 2007;

/// A frame that the host of the core keeps; the core only knows its number.
using FrameId = std::uint64_t;

/// 1 TU = 1024 us (IEEE 802.11-2020 3.1).
inline constexpr Duration TIME_UNIT = std::chrono::microseconds{1024};

/// Access categories, in the order of their ACI (IEEE 802.11-2020 9.2.4.2).
enum class AccessCategory : std::uint8_t
{
    BestEffort = 0,
    Background = 1,
    Video = 2,
    Voice = 3,
};

/// The category of a traffic identifier or user priority 0 to 7 (IEEE 802.11-2020 table 10-1).
AccessCategory CategoryOf(std::uint8_t tid);

constexpr bool
IsGroup(const MacAddress& address)
{
    return address[0] & 1;
}

inline constexpr MacAddress BROADCAST{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/// Address 1 of groupcast-with-retries frames, so that stations without it pass over them (IEEE 802.11-2020
/// 11.21.16.3.5; the value is the default of dot11GCRConcealmentAddress).
inline constexpr MacAddress GCR_CONCEALMENT{0x01, 0x0f, 0xac, 0x47, 0x43, 0x52};

/// Why a frame was not delivered, or not to everybody.
enum class DropReason : std::uint8_t
{
    BufferFull, ///< the group buffer's limit, at the side that the configuration names
    Lifetime,   ///< waited longer than its lifetime
    NoStations, ///< nobody is associated
    NoMembers,  ///< snooping knows nobody who listens
    RetryLimit, ///< some member never acknowledged it
    Withdrawn,  ///< the host took it back
};

inline constexpr std::size_t N_DROP_REASONS = 6;

/// Kebab-case, stable.
const char* ToString(DropReason reason);
/// "01:00:5e:01:02:03"
std::string ToString(const MacAddress& address);

/// What is wrong with a setting: its name as in the structs, and why.
struct SettingError
{
    std::string field;
    std::string why;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_IDS_H
