// SPDX-License-Identifier: GPL-2.0-only
// What an access point does with group frames where the standard leaves it open or real systems differ. The defaults are the
// standard's reading.

#ifndef MCAST_WIFI_CONFIG_H
#define MCAST_WIFI_CONFIG_H

#include "../../model/core/base/expected.h"
#include "ids.h"
#include "tim.h"

#include <cstddef>

namespace mcast::wifi
{

/// The last sleeping station woke up, and group frames are buffered.
enum class LastWake : std::uint8_t
{
    Flush,       ///< they go at once (IEEE 802.11-2020 11.2.3)
    WaitForDtim, ///< they, and new ones behind them, wait for the DTIM: mac80211
};

/// Which frame a full group buffer drops.
enum class DropSide : std::uint8_t
{
    Newest, ///< the one that came
    Oldest, ///< mac80211
};

/// A burst that is not over at the next target beacon transmission time.
enum class Overrun : std::uint8_t
{
    Continue,    ///< after that Beacon, which keeps the group bit set (11.2.3.6)
    WaitForDtim, ///< stop there; the rest goes at the next DTIM
};

/// A group frame that comes while a burst is going on.
enum class LateFrame : std::uint8_t
{
    JoinsBurst,
    NextDtim,
};

/// The frame format of group data (IEEE 802.11-2020 9.2.4, 10.3.6).
enum class GroupQos : std::uint8_t
{
    NonQos,         ///< always plain Data, as Linux sends it
    QosIfAllCapable ///< QoS Data once every associated station is a QoS station
};

struct DtimConfig
{
    unsigned beaconInterval = 100; ///< TU (1024 us), 1 to 65535
    unsigned dtimPeriod = 1;       ///< Beacons, 1 to 255
    LastWake lastWake = LastWake::Flush;
    Overrun overrun = Overrun::Continue;
    LateFrame lateFrame = LateFrame::JoinsBurst;
    DropSide dropSide = DropSide::Newest;
    std::size_t maxFrames = 4096;    ///< group frames buffered, at least 1; mac80211: 128
    std::size_t maxOctets = 8 << 20; ///< and their octets
    /// How long a frame may wait; zero: for ever. Longer than a DTIM interval, or sleepers lose frames.
    Duration lifetime = Duration::zero();
    bool dropWithoutStations = false; ///< nobody is associated: drop new group frames, as mac80211 does; what waits stays
    bool groupBeforeUnicast = true;   ///< during a burst no unicast frame is sent to a sleeping station (11.2.3.6)
    TimPosition timPosition = TimPosition::Ordered;
    GroupQos groupQos = GroupQos::NonQos;

    Duration BeaconInterval() const
    {
        return TIME_UNIT * beaconInterval;
    }

    Duration DtimInterval() const
    {
        return BeaconInterval() * dtimPeriod;
    }

    Expected<Done, SettingError> Validate() const;
};

/// What hostapd and mac80211 of Linux 6.1 do, as captured.
DtimConfig LinuxDtimConfig();

} // namespace mcast::wifi

#endif // MCAST_WIFI_CONFIG_H
