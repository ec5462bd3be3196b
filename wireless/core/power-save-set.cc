// SPDX-License-Identifier: GPL-2.0-only

#include "power-save-set.h"

#include <algorithm>

namespace mcast::wifi
{

std::optional<Aid>
PowerSaveSet::Associate(const MacAddress& address, const StationCapabilities& capabilities)
{
    const auto known = m_aids.find(address);
    Aid aid = 1;
    if (known != m_aids.end())
    {
        aid = known->second;
    }
    else
    {
        for (const auto& [taken, station] : m_stations) // in order: the first gap
        {
            if (taken != aid)
            {
                break;
            }
            aid++;
        }
    }
    if (aid > MAX_AID)
    {
        return std::nullopt;
    }
    AssociateAs(address, aid, capabilities);
    return aid;
}

bool
PowerSaveSet::AssociateAs(const MacAddress& address, Aid aid, const StationCapabilities& capabilities)
{
    const auto holder = m_stations.find(aid);
    if (aid < 1 || aid > MAX_AID || (holder != m_stations.end() && holder->second.address != address))
    {
        return false;
    }
    Disassociate(address);
    m_aids[address] = aid;
    Station station;
    station.address = address;
    station.aid = aid;
    station.capabilities = capabilities;
    m_stations[aid] = station;
    return true;
}

bool
PowerSaveSet::Disassociate(const MacAddress& address)
{
    const auto known = m_aids.find(address);
    if (known == m_aids.end())
    {
        return false;
    }
    m_asleep -= m_stations[known->second].asleep ? 1 : 0;
    m_stations.erase(known->second);
    m_aids.erase(known);
    return true;
}

bool
PowerSaveSet::SetAsleep(const MacAddress& address, bool asleep)
{
    const auto known = m_aids.find(address);
    if (known == m_aids.end() || m_stations[known->second].asleep == asleep)
    {
        return false;
    }
    m_stations[known->second].asleep = asleep;
    m_asleep = asleep ? m_asleep + 1 : m_asleep - 1;
    return true;
}

void
PowerSaveSet::SetBuffered(const MacAddress& address, std::size_t frames, std::size_t enabled)
{
    const auto known = m_aids.find(address);
    if (known != m_aids.end())
    {
        auto& station = m_stations[known->second];
        station.buffered = frames;
        station.bufferedEnabled = std::min(enabled, frames);
    }
}

const Station*
PowerSaveSet::Find(const MacAddress& address) const
{
    const auto known = m_aids.find(address);
    return known == m_aids.end() ? nullptr : Find(known->second);
}

const Station*
PowerSaveSet::Find(Aid aid) const
{
    const auto found = m_stations.find(aid);
    return found == m_stations.end() ? nullptr : &found->second;
}

std::vector<Station>
PowerSaveSet::Stations() const
{
    std::vector<Station> stations;
    for (const auto& [aid, station] : m_stations)
    {
        stations.push_back(station);
    }
    return stations;
}

std::size_t
PowerSaveSet::Associated() const
{
    return m_stations.size();
}

bool
PowerSaveSet::AllQos() const
{
    return !m_stations.empty() && std::all_of(m_stations.begin(), m_stations.end(),
                                              [](const auto& entry) { return entry.second.capabilities.qos; });
}

void
PowerSaveSet::FillTim(Tim& tim) const
{
    static constexpr std::uint8_t ALL_CATEGORIES = 0xf;
    for (const auto& [aid, station] : m_stations)
    {
        // with some categories delivery-enabled the bit stands for the others; with all of them, for all
        const bool all = (station.capabilities.deliveryEnabled & ALL_CATEGORIES) == ALL_CATEGORIES;
        const auto told = all ? station.buffered : station.buffered - station.bufferedEnabled;
        tim.stations.set(aid, station.asleep && told > 0);
    }
}

} // namespace mcast::wifi
