// SPDX-License-Identifier: GPL-2.0-only

#include "group-leaders.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

constexpr std::uint8_t ELEMENT_VENDOR = 221;
constexpr std::uint8_t PREFIX[] = {0x0a, 0x4d, 0x43, 1};
constexpr std::size_t ENTRY = 8;
constexpr std::size_t MAX_ENTRIES = (255 - sizeof PREFIX) / ENTRY;

bool
IsOurs(std::uint8_t id, BytesView body)
{
    return id == ELEMENT_VENDOR && body.Size() >= sizeof PREFIX &&
           std::equal(std::begin(PREFIX), std::end(PREFIX), body.Data());
}

void
ReadEntries(Aid station, BytesView entries, std::set<MacAddress>& groups)
{
    for (std::size_t at = 0; at + ENTRY <= entries.Size(); at += ENTRY)
    {
        MacAddress group{};
        std::copy_n(entries.Data() + at, group.size(), group.begin());
        const auto leader = entries[at + 6] | entries[at + 7] << 8;
        if (leader == station)
        {
            groups.insert(group);
        }
    }
}

} // namespace

Bytes
WriteGroupLeaders(const std::vector<std::pair<MacAddress, Aid>>& leaders)
{
    Writer writer;
    for (std::size_t first = 0; first < leaders.size(); first += MAX_ENTRIES)
    {
        const auto count = std::min(MAX_ENTRIES, leaders.size() - first);
        writer.U8(ELEMENT_VENDOR).U8(static_cast<std::uint8_t>(sizeof PREFIX + count * ENTRY));
        writer.Append({PREFIX, sizeof PREFIX});
        for (std::size_t i = first; i < first + count; i++)
        {
            writer.Append({leaders[i].first.data(), leaders[i].first.size()});
            writer.U8(static_cast<std::uint8_t>(leaders[i].second));
            writer.U8(static_cast<std::uint8_t>(leaders[i].second >> 8));
        }
    }
    return writer.Take();
}

std::set<MacAddress>
GroupsLedBy(Aid station, BytesView elements)
{
    std::set<MacAddress> groups;
    for (std::size_t at = 0; at + 2 <= elements.Size();)
    {
        const std::size_t length = elements[at + 1];
        if (at + 2 + length > elements.Size())
        {
            break;
        }
        const auto body = elements.Sub(at + 2, length);
        if (IsOurs(elements[at], body))
        {
            ReadEntries(station, body.Sub(sizeof PREFIX), groups);
        }
        at += 2 + length;
    }
    return groups;
}

} // namespace mcast::wifi
