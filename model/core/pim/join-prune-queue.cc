// SPDX-License-Identifier: GPL-2.0-only

#include "join-prune-queue.h"

#include <algorithm>
#include <tuple>

namespace mcast::pim
{

namespace
{

constexpr int GRID = 60; // slots in a period: Joins come up to a sixtieth of it early, to go with others
constexpr std::size_t MAX_GROUPS = 255; // of a message: the count has 8 bits

using Entry = JoinPruneQueue::Entry;
using Entries = std::vector<Entry>;

// (*,G) comes first in a group, whatever RP it names, then (S,G,rpt), then (S,G).
auto
Key(const Entry& entry)
{
    return std::make_tuple(entry.group,
                           entry.wildcard ? 0
                           : entry.rpt    ? 1
                                          : 2,
                           entry.wildcard ? Address{} : entry.source);
}

bool
ComesBefore(const Entry& a, const Entry& b)
{
    return Key(a) < Key(b);
}

// Sorted, with the last word about each entry only.
void
Settle(Entries& entries)
{
    std::stable_sort(entries.begin(), entries.end(), ComesBefore);
    Entries settled;
    settled.reserve(entries.size());
    for (const auto& entry : entries)
    {
        if (!settled.empty() && Key(settled.back()) == Key(entry))
        {
            settled.back() = entry;
        }
        else
        {
            settled.push_back(entry);
        }
    }
    entries.swap(settled);
}

// Writes one message after another until all entries are told.
class Packer
{
  public:
    Packer(Family family, JoinPrune::Kind kind, std::uint16_t holdtime, std::size_t room,
           const UpstreamNeighbor& neighbor, std::vector<JoinPruneQueue::Outgoing>& messages)
        : m_family(family),
          m_kind(kind),
          m_holdtime(holdtime),
          m_room(room),
          m_neighbor(neighbor),
          m_messages(messages)
    {
    }

    void Add(const Entry& entry)
    {
        const auto source = SourceSize(m_family);
        if (m_message != nullptr && m_message->groups.back().group.group.GetAddress() == entry.group &&
            m_left >= source)
        {
            m_left -= source;
        }
        else
        {
            OpenGroup(entry.group, source);
        }
        auto& set = m_message->groups.back();
        (entry.join ? set.joins : set.prunes).push_back({entry.source, entry.wildcard, entry.rpt, entry.sparse});
    }

    // A Join(*,G) takes back all (S,G,rpt) prunes that don't stand in the same message (4.9.5.2): they stay together,
    // and if they are too many the numerically smallest go.
    void AddSharedTree(const Entry* first, const Entry* last)
    {
        const auto fixed = JoinPruneSize(m_family) + GroupSetSize(m_family);
        const auto capacity = (m_room - fixed) / SourceSize(m_family);
        const auto count = std::min<std::size_t>(static_cast<std::size_t>(last - first), capacity);
        if (m_message == nullptr || m_left < GroupSetSize(m_family) + count * SourceSize(m_family))
        {
            m_message = nullptr; // a message of its own, with all the room there is
        }
        for (std::size_t i = 0; i < count; ++i)
        {
            Add(first[i]);
        }
    }

  private:
    void OpenGroup(const Address& group, std::size_t forSource)
    {
        const auto needed = GroupSetSize(m_family) + forSource;
        if (m_message == nullptr || m_left < needed || m_message->groups.size() >= MAX_GROUPS)
        {
            m_messages.push_back({m_neighbor.interface, {}});
            m_message = &m_messages.back().message;
            m_message->kind = m_kind;
            m_message->upstream = m_neighbor.address;
            m_message->holdtime = m_holdtime;
            m_left = m_room - JoinPruneSize(m_family);
        }
        m_left -= needed;
        GroupSet set;
        set.group.group = Prefix{group, 128};
        m_message->groups.push_back(std::move(set));
    }

    Family m_family;
    JoinPrune::Kind m_kind;
    std::uint16_t m_holdtime;
    std::size_t m_room;
    const UpstreamNeighbor& m_neighbor;
    std::vector<JoinPruneQueue::Outgoing>& m_messages;
    JoinPrune* m_message = nullptr;
    std::size_t m_left = 0;
};

} // namespace

UpstreamNeighbor*
JoinPruneQueue::Find(InterfaceId interface, const Address& address, TimePoint now)
{
    return &m_neighbors.try_emplace({interface, address}, UpstreamNeighbor{interface, address, now}).first->second;
}

void
JoinPruneQueue::Add(const UpstreamNeighbor& neighbor, const Entry& entry, const Form& form)
{
    auto place = std::find_if(m_pending.begin(), m_pending.end(), [&](const auto& pending) {
        return pending.neighbor.interface == neighbor.interface && pending.neighbor.address == neighbor.address &&
               pending.form == form;
    });
    if (place == m_pending.end())
    {
        m_pending.push_back({neighbor, form, {}});
        place = std::prev(m_pending.end());
    }
    place->entries.push_back(entry);
}

void
JoinPruneQueue::Drop(InterfaceId interface)
{
    m_pending.erase(std::remove_if(m_pending.begin(), m_pending.end(),
                                   [&](const auto& pending) { return pending.neighbor.interface == interface; }),
                    m_pending.end());
}

void
JoinPruneQueue::Pack(Family family, std::uint16_t holdtime, std::size_t room, Pending& pending,
                     std::vector<Outgoing>& messages)
{
    auto& entries = pending.entries;
    Settle(entries);
    Packer packer(family, pending.form.kind, holdtime, room, pending.neighbor, messages);
    for (std::size_t i = 0; i < entries.size();)
    {
        auto end = i + 1;
        if (entries[i].wildcard && entries[i].join)
        {
            while (end < entries.size() && entries[end].group == entries[i].group && entries[end].rpt)
            {
                ++end;
            }
            packer.AddSharedTree(&entries[i], &entries[i] + (end - i));
        }
        else
        {
            packer.Add(entries[i]);
        }
        i = end;
    }
}

TimePoint
JoinPruneQueue::NextPeriodic(const UpstreamNeighbor& neighbor, TimePoint now, Duration period)
{
    const auto slot = period / GRID;
    const auto since = now + period - neighbor.phase;
    return slot <= Duration::zero() ? now + period : neighbor.phase + since / slot * slot;
}

} // namespace mcast::pim
