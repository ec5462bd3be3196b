// SPDX-License-Identifier: GPL-2.0-only

#include "config.h"

namespace mcast::wifi
{

Expected<Done, SettingError>
DtimConfig::Validate() const
{
    if (beaconInterval < 1 || beaconInterval > 65535)
    {
        return Unexpected{SettingError{"beaconInterval", "must be 1 to 65535 TU"}};
    }
    if (dtimPeriod < 1 || dtimPeriod > 255)
    {
        return Unexpected{SettingError{"dtimPeriod", "must be 1 to 255 Beacons"}};
    }
    if (maxFrames < 1)
    {
        return Unexpected{SettingError{"maxFrames", "must be at least 1"}};
    }
    if (maxOctets < 1)
    {
        return Unexpected{SettingError{"maxOctets", "must be at least 1"}};
    }
    if (lifetime < Duration::zero())
    {
        return Unexpected{SettingError{"lifetime", "must not be negative"}};
    }
    return Done{};
}

DtimConfig
LinuxDtimConfig()
{
    DtimConfig config;
    config.dtimPeriod = 2; // hostapd's default
    config.lastWake = LastWake::WaitForDtim;
    config.dropSide = DropSide::Oldest;
    config.maxFrames = 128;
    config.dropWithoutStations = true;
    return config;
}

} // namespace mcast::wifi
