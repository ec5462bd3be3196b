// SPDX-License-Identifier: GPL-2.0-only

#include "dms.h"

#include <algorithm>

namespace mcast::wifi
{

DmsGrant
DmsTable::Request(const MacAddress& station, bool capable, const MacAddress& group, DmsService service)
{
    if (!capable)
    {
        return {DmsStatus::DenyCapability};
    }
    if (!IsGroup(group))
    {
        return {DmsStatus::DenyGroup};
    }
    const auto known = m_streams.find({group, service});
    const auto id = known != m_streams.end() ? std::optional(known->second.dmsid) : FreeId();
    if (!id)
    {
        return {DmsStatus::DenyStreams};
    }
    Terminate(station, group); // one service per station and group: the newest
    auto& stream = m_streams[{group, service}];
    stream.dmsid = *id;
    stream.stations.insert(station);
    return {DmsStatus::Accept, *id};
}

std::optional<std::uint8_t>
DmsTable::FreeId() const
{
    for (unsigned id = 1; id <= 255; id++)
    {
        const bool taken = std::any_of(m_streams.begin(), m_streams.end(),
                                       [id](const auto& entry) { return entry.second.dmsid == id; });
        if (!taken)
        {
            return static_cast<std::uint8_t>(id);
        }
    }
    return std::nullopt;
}

bool
DmsTable::Terminate(const MacAddress& station, const MacAddress& group)
{
    bool had = false;
    for (auto stream = m_streams.begin(); stream != m_streams.end();)
    {
        const bool erased = stream->first.first == group && stream->second.stations.erase(station) > 0;
        had = had || erased;
        stream = stream->second.stations.empty() ? m_streams.erase(stream) : std::next(stream);
    }
    return had;
}

void
DmsTable::Forget(const MacAddress& station)
{
    for (auto stream = m_streams.begin(); stream != m_streams.end();)
    {
        stream->second.stations.erase(station);
        stream = stream->second.stations.empty() ? m_streams.erase(stream) : std::next(stream);
    }
}

std::vector<MacAddress>
DmsTable::Stations(const MacAddress& group, DmsService service) const
{
    const auto known = m_streams.find({group, service});
    if (known == m_streams.end())
    {
        return {};
    }
    return {known->second.stations.begin(), known->second.stations.end()};
}

std::optional<DmsService>
DmsTable::ServiceOf(const MacAddress& station, const MacAddress& group) const
{
    const auto found = std::find_if(m_streams.begin(), m_streams.end(), [&](const auto& entry) {
        return entry.first.first == group && entry.second.stations.count(station) > 0;
    });
    return found == m_streams.end() ? std::nullopt : std::optional(found->first.second);
}

bool
DmsTable::Has(const MacAddress& station, const MacAddress& group) const
{
    return ServiceOf(station, group).has_value();
}

bool
DmsTable::GroupFrameNeeded(const MacAddress& group, const std::vector<MacAddress>& members) const
{
    return std::any_of(members.begin(), members.end(), [&](const MacAddress& member) { return !Has(member, group); });
}

} // namespace mcast::wifi
