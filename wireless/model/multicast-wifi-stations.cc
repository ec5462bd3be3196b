// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "../core/bss-format.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-stations.h"
#include "multicast-wifi-tag.h"

#include <algorithm>
#include <numeric>

namespace ns3
{

namespace wifi = mcast::wifi;

namespace
{

const double SIGNAL_WEIGHT = 0.125; // of a new frame: the mean of some ten

} // namespace

std::size_t
WifiStations::Station::Queued() const
{
    return std::accumulate(queued.begin(), queued.end(), stored);
}

WifiStations::Station&
WifiStations::Associate(Mac48Address address, wifi::Aid aid, bool known, bool bss)
{
    SetAsleep(address, false);
    auto& station = m_stations[address];
    station.aid = aid;
    const auto requested = m_requested.extract(address);
    if (requested)
    {
        station.capabilities = requested.mapped().capabilities;
        station.told = requested.mapped().told;
        station.signal = requested.mapped().signal;
    }
    station.qos = bss && (known || station.capabilities.qos);
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
WifiStations::NoteSignal(Mac48Address address, double signal)
{
    const auto associated = m_stations.find(address);
    const auto requested = m_requested.find(address);
    if (requested != m_requested.end())
    {
        requested->second.signal = signal;
    }
    else if (associated != m_stations.end())
    {
        associated->second.signal += (signal - associated->second.signal) * SIGNAL_WEIGHT;
    }
}

void
WifiStations::ReadRequest(const WifiMacHeader& header, Ptr<const Packet> request)
{
    const auto octets = OctetsOf(request);
    // behind Capability Information, Listen Interval and, in a reassociation, the former access point
    const auto elements = mcast::BytesView(octets).Sub(header.IsReassocReq() ? 10 : 4);
    auto& station = m_requested[header.GetAddr2()];
    WifiCapabilityTag tag;
    station.told = request->PeekPacketTag(tag);
    mcast::Bytes all(elements.Data(), elements.Data() + elements.Size());
    const auto more = station.told ? CapabilityElements(tag, elements) : mcast::Bytes();
    all.insert(all.begin(), more.begin(), more.end());
    station.capabilities = wifi::CapabilitiesIn(all, true, 1);
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

void
WifiStations::SetStored(Mac48Address address, std::size_t frames)
{
    if (const auto it = m_stations.find(address); it != m_stations.end())
    {
        it->second.stored = frames;
    }
}

void
WifiStations::SetGranted(Mac48Address address, unsigned frames)
{
    if (const auto it = m_stations.find(address); it != m_stations.end())
    {
        it->second.granted = frames;
    }
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
        all.push_back(station.capabilities.rates);
    }
    return all;
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
