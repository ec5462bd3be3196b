// SPDX-License-Identifier: GPL-2.0-only
// The rate of an access point's group frames, set in ns-3's station manager. Private to the module.

#ifndef MULTICAST_WIFI_RATE_H
#define MULTICAST_WIFI_RATE_H

#include "../core/rates.h"
#include "multicast-wifi-api.h"

#include <vector>

namespace ns3
{

/// Sets NonUnicastMode to what 10.6.5 and the choice give; a PHY without a mode of that rate keeps its own.
/// \param stations the rates of each
void ChooseGroupRate(Ptr<ApWifiMac> mac, mcast::wifi::RateChoice choice,
                     const std::vector<std::vector<mcast::wifi::Rate>>& stations);

} // namespace ns3

#endif // MULTICAST_WIFI_RATE_H
