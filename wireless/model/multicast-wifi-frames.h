// SPDX-License-Identifier: GPL-2.0-only
// Data frames that an access point makes of others. Private to the module.

#ifndef MULTICAST_WIFI_FRAMES_H
#define MULTICAST_WIFI_FRAMES_H

#include "multicast-wifi-api.h"

namespace ns3
{

/// A data frame to a group.
bool IsGroupData(const WifiMacHeader& header);

/// The same as a data frame without QoS, from the access point.
Ptr<WifiMpdu> ToPlainData(Ptr<WifiMpdu> mpdu);

enum class CopyFormat
{
    PLAIN, ///< data without QoS, to the station
    QOS,   ///< QoS data, to the station
    AMSDU  ///< QoS data, to the station; inside, the group stays the destination
};

/// A copy of a group frame for a station.
Ptr<WifiMpdu> CopyForStation(const WifiMpdu& mpdu, Mac48Address station, Mac48Address bssid, CopyFormat format);

} // namespace ns3

#endif // MULTICAST_WIFI_FRAMES_H
