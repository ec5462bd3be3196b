// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-stations.h"

#include <algorithm>
#include <numeric>

namespace ns3
{

namespace wifi = mcast::wifi;

std::size_t
WifiStations::Station::Queued() const
{
    return std::accumulate(queued.begin(), queued.end(), std::size_t{0});
}

WifiStations::Station&
WifiStations::Associate(Mac48Address address, wifi::Aid aid, bool qos)
{
    SetAsleep(address, false);
    auto& station = m_stations[address];
    station.aid = aid;
    station.qos = qos;
    const auto requested = m_requested.extract(address);
    station.rates = requested ? requested.mapped() : station.rates;
    return station;
}

void
WifiStations::Forget(Mac48Address address)
{
    SetAsleep(address, false);
    m_stations.erase(address);
    m_requested.erase(address);
}

void
WifiStations::ReadRates(Mac48Address address, Ptr<const Packet> request)
{
    const auto octets = OctetsOf(request);
    const auto elements = mcast::BytesView(octets).Sub(4); // behind Capability Information and Listen Interval
    std::vector<wifi::Rate> rates;
    for (const uint8_t id : {1, 50}) // Supported Rates, Extended Supported Rates (9.4.2.3, 9.4.2.13)
    {
        const auto element = wifi::FindElement(elements, id);
        for (std::size_t i = 2; i < element.Size(); ++i)
        {
            rates.push_back(element[i] & 0x7f); // without the bit that says basic
        }
    }
    m_requested[address] = rates;
}

const WifiStations::Station*
WifiStations::Find(Mac48Address address) const
{
    const auto it = m_stations.find(address);
    return it == m_stations.end() ? nullptr : &it->second;
}

bool
WifiStations::IsAsleep(Mac48Address address) const
{
    if (m_asleep == 0)
    {
        return false;
    }
    const auto* station = Find(address);
    return station && station->asleep;
}

bool
WifiStations::SetAsleep(Mac48Address address, bool asleep)
{
    const auto it = m_stations.find(address);
    if (it == m_stations.end() || it->second.asleep == asleep)
    {
        return false;
    }
    it->second.asleep = asleep;
    it->second.granted = 0;
    m_asleep += asleep ? 1 : -1;
    return true;
}

void
WifiStations::CountQueued(AcIndex ac, const WifiMacHeader& header, int change)
{
    if (!header.IsData() || header.GetAddr1().IsGroup())
    {
        return;
    }
    const auto it = m_stations.find(header.GetAddr1());
    if (it == m_stations.end())
    {
        return;
    }
    auto& queued = it->second.queued[ac];
    queued = change < 0 && queued == 0 ? 0 : queued + change; // frames of before the association were not counted
    if (change < 0 && it->second.granted > 0)
    {
        --it->second.granted;
    }
}

bool
WifiStations::Grant(Mac48Address address)
{
    const auto it = m_stations.find(address);
    if (it == m_stations.end() || !it->second.asleep || it->second.granted > 0 || it->second.Queued() == 0)
    {
        return false;
    }
    it->second.granted = 1;
    return true;
}

bool
WifiStations::AllQos() const
{
    return std::all_of(m_stations.begin(), m_stations.end(), [](const auto& one) { return one.second.qos; });
}

void
WifiStations::FillTim(wifi::Tim& tim) const
{
    for (const auto& [address, station] : m_stations)
    {
        tim.stations.set(station.aid, station.asleep && station.Queued() > 0);
    }
}

std::vector<std::vector<wifi::Rate>>
WifiStations::Rates() const
{
    std::vector<std::vector<wifi::Rate>> all;
    for (const auto& [address, station] : m_stations)
    {
        all.push_back(station.rates);
    }
    return all;
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
