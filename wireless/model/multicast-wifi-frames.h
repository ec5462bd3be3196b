// SPDX-License-Identifier: GPL-2.0-only
// Data frames that an access point makes of others. Private to the module.

#ifndef MULTICAST_WIFI_FRAMES_H
#define MULTICAST_WIFI_FRAMES_H

#include "../core/ids.h"
#include "multicast-wifi-api.h"

namespace ns3
{

/// A data frame to a group.
bool IsGroupData(const WifiMacHeader& header);

/// The group of a group frame, which is inside if the frame is concealed.
mcast::MacAddress GroupOf(const WifiMacHeader& header, Ptr<const Packet> body);

/// The same as a data frame without QoS, from the access point.
Ptr<WifiMpdu> ToPlainData(Ptr<WifiMpdu> mpdu);

/// A Null frame of the access point. \param body what a frame that it stands for has
Ptr<WifiMpdu> NullFrom(Mac48Address bssid, Mac48Address station, Ptr<const Packet> body);

enum class CopyFormat
{
    PLAIN, ///< data without QoS, to the station
    QOS,   ///< QoS data, to the station
    AMSDU  ///< QoS data, to the station; inside, the group stays the destination
};

/// A frame of groupcast with retries: to the concealment address, the group inside an A-MSDU (11.21.16.3.5).
Ptr<WifiMpdu> Concealed(const WifiMpdu& mpdu, Mac48Address bssid);

/// The frames to groups that a concealed frame stands for, in their order; of any other PSDU the PSDU itself. They have no Retry
/// bit: ns-3's own filter for duplicates compares group frames with the last frame to the station, whose number some repeated
/// frame bears sooner or later; and from 3.44 on its MAC takes no A-MSDU to a group unless its own manager has it.
std::vector<Ptr<const WifiPsdu>> Revealed(Ptr<const WifiPsdu> psdu);

/// A copy of a group frame for a station.
Ptr<WifiMpdu> CopyForStation(const WifiMpdu& mpdu, Mac48Address station, Mac48Address bssid, CopyFormat format);

} // namespace ns3

#endif // MULTICAST_WIFI_FRAMES_H
