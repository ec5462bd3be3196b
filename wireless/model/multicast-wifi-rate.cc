// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "multicast-wifi-rate.h"

#include "ns3/string.h"
#include "ns3/wifi-remote-station-manager.h"

#include <map>

namespace ns3
{

namespace wifi = mcast::wifi;

void
ChooseGroupRate(Ptr<ApWifiMac> mac, wifi::RateChoice choice, const std::vector<std::vector<wifi::Rate>>& stations)
{
    const auto manager = mac->GetWifiRemoteStationManager();
    const auto rateOf = [](const WifiMode& mode) { return static_cast<wifi::Rate>(mode.GetDataRate(20) / 500000); };
    std::vector<wifi::Rate> basic;
    std::map<wifi::Rate, WifiMode> modes;
    for (const auto& mode : mac->GetWifiPhy()->GetModeList())
    {
        modes.emplace(rateOf(mode), mode);
        if (mode.IsMandatory())
        {
            basic.push_back(rateOf(mode));
        }
    }
    for (uint8_t i = 0; i < manager->GetNBasicModes(); ++i)
    {
        basic.push_back(rateOf(manager->GetBasicMode(i)));
    }
    const auto found = modes.find(wifi::ChooseRate(choice, basic, basic, stations));
    if (found != modes.end())
    {
        manager->SetAttribute("NonUnicastMode", StringValue(found->second.GetUniqueName()));
    }
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
