// SPDX-License-Identifier: GPL-2.0-only
// Captures with what ns-3's frames carry beside their octets: the Power Management bit, and PS-Polls. Private to the module: not
// installed.

#ifndef MULTICAST_WIFI_PCAP_H
#define MULTICAST_WIFI_PCAP_H

#include "ns3/net-device.h"
#include "ns3/ptr.h"

#include <string>

namespace ns3
{

/// Captures what the PHY of a WifiNetDevice sends and receives, from now on: radiotap with the time, the rate or MCS, the
/// channel and, of received frames, signal and noise; frames without FCS. Frames sent bear the time at which they begin,
/// received ones that at which they end.
/// \param name the file's
void WriteWifiPcap(Ptr<NetDevice> device, const std::string& name);

} // namespace ns3

#endif // MULTICAST_WIFI_PCAP_H
