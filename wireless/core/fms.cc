// SPDX-License-Identifier: GPL-2.0-only

#include "fms.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

constexpr unsigned COUNTER_ID_BITS = 3;

} // namespace

Expected<FmsDescriptor, ElementError>
ParseFmsDescriptor(BytesView element)
{
    Reader reader(element);
    const auto id = reader.U8();
    const std::size_t length = reader.U8();
    if (!reader.Ok() || reader.Left() < length)
    {
        return Unexpected{ElementError{ElementProblem::Truncated, element.Size()}};
    }
    if (id != ELEMENT_FMS_DESCRIPTOR)
    {
        return Unexpected{ElementError{ElementProblem::WrongId, 0}};
    }
    const std::size_t counters = length == 0 ? 0 : reader.U8();
    if (length < 1 || length - 1 < counters)
    {
        return Unexpected{ElementError{ElementProblem::BadLength, 1}};
    }
    if (counters > MAX_FMS_COUNTERS)
    {
        return Unexpected{ElementError{ElementProblem::BadValue, 2}};
    }
    FmsDescriptor descriptor;
    for (std::size_t i = 0; i < counters; i++)
    {
        const auto octet = reader.U8();
        descriptor.counters.push_back(
            {static_cast<std::uint8_t>(octet & 7), static_cast<std::uint8_t>(octet >> COUNTER_ID_BITS)});
    }
    for (std::size_t i = 1 + counters; i < length; i++)
    {
        descriptor.buffered.push_back(reader.U8());
    }
    return descriptor;
}

Bytes
WriteFmsDescriptor(const FmsDescriptor& descriptor)
{
    Writer writer;
    writer.U8(ELEMENT_FMS_DESCRIPTOR);
    writer.U8(static_cast<std::uint8_t>(1 + descriptor.counters.size() + descriptor.buffered.size()));
    writer.U8(static_cast<std::uint8_t>(descriptor.counters.size()));
    for (const auto& counter : descriptor.counters)
    {
        writer.U8(static_cast<std::uint8_t>(counter.id | counter.count << COUNTER_ID_BITS));
    }
    writer.Append(descriptor.buffered);
    return writer.Take();
}

FmsGrant
FmsTable::Request(const MacAddress& station, bool capable, const MacAddress& group, unsigned interval)
{
    if (!capable)
    {
        return {FmsStatus::DenyCapability};
    }
    if (interval < 1 || interval > MAX_FMS_INTERVAL)
    {
        return {FmsStatus::DenyInterval};
    }
    const auto known = m_streams.find(group);
    if (known != m_streams.end())
    {
        known->second.stations.insert(station);
        return *Find(group);
    }
    const auto fmsid = FreeId();
    if (!fmsid)
    {
        return {FmsStatus::DenyStreams};
    }
    const auto counter = CounterFor(interval);
    if (!counter)
    {
        return {FmsStatus::DenyCounters};
    }
    m_intervals[*counter] = interval;
    m_streams[group] = {*fmsid, *counter, {station}};
    return *Find(group);
}

// The counter of the interval, or one that is not in use.
std::optional<std::uint8_t>
FmsTable::CounterFor(unsigned interval)
{
    auto found = std::find(m_intervals.begin(), m_intervals.end(), interval);
    if (found == m_intervals.end())
    {
        found = std::find(m_intervals.begin(), m_intervals.end(), 0U);
    }
    return found == m_intervals.end() ? std::nullopt
                                      : std::optional(static_cast<std::uint8_t>(found - m_intervals.begin()));
}

std::optional<std::uint8_t>
FmsTable::FreeId() const
{
    for (unsigned id = 1; id <= 255; id++)
    {
        const bool taken = std::any_of(m_streams.begin(), m_streams.end(),
                                       [id](const auto& entry) { return entry.second.fmsid == id; });
        if (!taken)
        {
            return static_cast<std::uint8_t>(id);
        }
    }
    return std::nullopt;
}

bool
FmsTable::Cancel(const MacAddress& station, const MacAddress& group)
{
    const auto known = m_streams.find(group);
    if (known == m_streams.end() || known->second.stations.erase(station) == 0)
    {
        return false;
    }
    if (known->second.stations.empty())
    {
        const auto counter = known->second.counter;
        m_streams.erase(known);
        const bool used = std::any_of(m_streams.begin(), m_streams.end(),
                                      [counter](const auto& entry) { return entry.second.counter == counter; });
        m_intervals[counter] = used ? m_intervals[counter] : 0;
    }
    return true;
}

void
FmsTable::Forget(const MacAddress& station)
{
    std::vector<MacAddress> groups;
    for (const auto& [group, stream] : m_streams)
    {
        groups.push_back(group);
    }
    for (const auto& group : groups)
    {
        Cancel(station, group);
    }
}

void
FmsTable::OnDtim(std::uint64_t number)
{
    m_dtim = number;
}

std::optional<FmsGrant>
FmsTable::Find(const MacAddress& group) const
{
    const auto known = m_streams.find(group);
    if (known == m_streams.end())
    {
        return std::nullopt;
    }
    const auto& stream = known->second;
    return FmsGrant{FmsStatus::Accept, stream.fmsid, stream.counter, m_intervals[stream.counter]};
}

std::uint64_t
FmsTable::DeliveryDtim(const MacAddress& group, std::uint64_t after) const
{
    const auto grant = Find(group);
    return grant ? (after / grant->interval + 1) * grant->interval : 0;
}

FmsDescriptor
FmsTable::Descriptor(const std::set<MacAddress>& waiting) const
{
    FmsDescriptor descriptor;
    for (std::size_t id = 0; id < m_intervals.size(); id++)
    {
        if (m_intervals[id] > 0)
        {
            const auto phase = m_dtim % m_intervals[id];
            const auto count = phase == 0 ? 0 : m_intervals[id] - phase;
            descriptor.counters.push_back({static_cast<std::uint8_t>(id), static_cast<std::uint8_t>(count)});
        }
    }
    for (const auto& [group, stream] : m_streams)
    {
        if (waiting.count(group) > 0)
        {
            descriptor.buffered.push_back(stream.fmsid);
        }
    }
    std::sort(descriptor.buffered.begin(), descriptor.buffered.end());
    return descriptor;
}

} // namespace mcast::wifi
