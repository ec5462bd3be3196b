// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_WIFI_PEERS_H
#define MULTICAST_WIFI_PEERS_H

#include "ns3/test.h"

#include <vector>

namespace ns3
{

/// Stations and access points with the power save that ns-3 has of its own, beside ours: none before 3.48.
std::vector<TestCase*> MakeWifiPeerCases();

} // namespace ns3

#endif // MULTICAST_WIFI_PEERS_H
