// SPDX-License-Identifier: GPL-2.0-only

#include "mfc.h"

#include <algorithm>

namespace mcast
{

namespace
{

constexpr std::size_t MAX_WAITING_PACKETS = 4; // per (S,G), as the kernel's unresolved queue
constexpr std::size_t MAX_UNRESOLVED = 1000;   // a scan of sources must not fill the memory
constexpr Duration UNRESOLVED_LIFETIME = std::chrono::seconds{10};
constexpr Duration WRONG_INTERFACE_INTERVAL = std::chrono::seconds{3};

} // namespace

Mfc::Result
Mfc::Lookup(TimePoint now, InterfaceId arrival, const Address& source, const Address& group, std::size_t bytes,
            std::uint64_t cookie)
{
    const Key key{source, group};
    if (const auto found = m_entries.find(key); found != m_entries.end())
    {
        return Hit(now, found->second, arrival, bytes);
    }
    const auto wildcard = m_entries.find(Key{Address::Any(group.GetFamily()), group});
    return wildcard != m_entries.end() ? Hit(now, wildcard->second, arrival, bytes) : Miss(now, key, arrival, cookie);
}

Mfc::Result
Mfc::Hit(TimePoint now, Entry& entry, InterfaceId arrival, std::size_t bytes)
{
    entry.lastUse = now;
    if (entry.incoming == arrival)
    {
        ++entry.counters.packets;
        entry.counters.bytes += bytes;
        return {Outcome::Forward, &entry};
    }
    ++entry.counters.wrongInterface;
    return {Outcome::WrongInterface, &entry, IsToBeTold(now, entry, arrival)};
}

bool
Mfc::IsToBeTold(TimePoint now, Entry& entry, InterfaceId arrival)
{
    for (auto& [interface, last] : entry.wrongInterfaces)
    {
        if (interface == arrival)
        {
            const bool tell = now - last >= WRONG_INTERFACE_INTERVAL;
            last = tell ? now : last;
            return tell;
        }
    }
    entry.wrongInterfaces.emplace_back(arrival, now);
    return true;
}

Mfc::Result
Mfc::Miss(TimePoint now, const Key& key, InterfaceId arrival, std::uint64_t cookie)
{
    auto found = m_unresolved.find(key);
    const bool first = found == m_unresolved.end();
    if (first && m_unresolved.size() >= MAX_UNRESOLVED)
    {
        return {Outcome::QueueFull};
    }
    if (first)
    {
        found = m_unresolved.emplace(key, Waiting{now + UNRESOLVED_LIFETIME, {}}).first;
    }
    auto& packets = found->second.packets;
    if (packets.size() >= MAX_WAITING_PACKETS)
    {
        return {Outcome::QueueFull};
    }
    packets.push_back({cookie, arrival, false});
    return {Outcome::NoCache, nullptr, first};
}

std::vector<Mfc::Released>
Mfc::Apply(const ForwardingChange& change)
{
    const Key key{change.source, change.group};
    switch (change.kind)
    {
    case ForwardingChange::Kind::ReadCounters:
        return {};
    case ForwardingChange::Kind::Remove:
        m_entries.erase(key);
        return {};
    case ForwardingChange::Kind::Install:
    case ForwardingChange::Kind::Replace:
        break;
    }
    auto& entry = m_entries[key];
    entry.incoming = change.incoming;
    entry.outgoing = change.outgoing;
    return change.source.IsUnspecified() ? ReleaseGroup(change.group) : ReleaseOne(key);
}

std::vector<Mfc::Released>
Mfc::ReleaseOne(const Key& key)
{
    const auto waiting = m_unresolved.find(key);
    if (waiting == m_unresolved.end())
    {
        return {};
    }
    auto released = std::move(waiting->second.packets);
    m_unresolved.erase(waiting);
    return released;
}

std::vector<Mfc::Released>
Mfc::ReleaseGroup(const Address& group)
{
    std::vector<Released> released;
    for (auto waiting = m_unresolved.begin(); waiting != m_unresolved.end();)
    {
        if (waiting->first.group != group)
        {
            ++waiting;
            continue;
        }
        released.insert(released.end(), waiting->second.packets.begin(), waiting->second.packets.end());
        waiting = m_unresolved.erase(waiting);
    }
    // Cookies of several sources come out in the order in which they were given.
    std::sort(released.begin(), released.end(), [](const auto& a, const auto& b) { return a.cookie < b.cookie; });
    return released;
}

std::vector<Mfc::Released>
Mfc::Expire(TimePoint now)
{
    std::vector<Released> released;
    for (auto waiting = m_unresolved.begin(); waiting != m_unresolved.end();)
    {
        if (waiting->second.until > now)
        {
            ++waiting;
            continue;
        }
        for (auto& packet : waiting->second.packets)
        {
            released.push_back({packet.cookie, packet.arrival, true});
        }
        waiting = m_unresolved.erase(waiting);
    }
    std::sort(released.begin(), released.end(), [](const auto& a, const auto& b) { return a.cookie < b.cookie; });
    return released;
}

TimePoint
Mfc::NextExpiry() const
{
    TimePoint next = NEVER;
    for (const auto& [key, waiting] : m_unresolved)
    {
        next = std::min(next, waiting.until);
    }
    return next;
}

const Mfc::Entry*
Mfc::Find(const Address& source, const Address& group) const
{
    const auto found = m_entries.find(Key{source, group});
    return found == m_entries.end() ? nullptr : &found->second;
}

std::vector<std::pair<Mfc::Key, Mfc::Entry>>
Mfc::Snapshot() const
{
    std::vector<std::pair<Key, Entry>> entries(m_entries.begin(), m_entries.end());
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        return a.first.group != b.first.group ? a.first.group < b.first.group : a.first.source < b.first.source;
    });
    return entries;
}

} // namespace mcast
