// SPDX-License-Identifier: GPL-2.0-only

#include "forwarding-table.h"

#include <algorithm>
#include <vector>

namespace mcast
{

// One (S,G) that the forwarding plane knows. Its alarm ends it when no data comes.
class ForwardingTable::Entry final : public Alarm
{
  public:
    Entry(ForwardingTable& forwarding, const Address& group, const Address& source, InterfaceId arrival)
        : Alarm(forwarding.m_owner.GetContext().timers),
          m_forwarding(forwarding),
          m_group(group),
          m_source(source),
          m_arrival(arrival)
    {
        Refresh();
    }

    void Refresh()
    {
        m_asked = false;
        m_idle.Start(m_forwarding.m_owner.GetContext().now, m_forwarding.m_lifetime);
        WakeAt(m_idle.At());
    }

    void OnAlarm(TimePoint now) override
    {
        if (!m_idle.Due(now))
        {
            return WakeAt(m_idle.At());
        }
        if (m_asked || m_permanent)
        {
            return m_permanent ? Refresh() : m_forwarding.Remove(*this); // asked and not answered: the plane lost it
        }
        m_asked = true;
        m_forwarding.Announce(*this, ForwardingChange::Kind::ReadCounters);
        m_idle.Start(now, m_forwarding.m_lifetime);
        WakeAt(m_idle.At());
    }

    ForwardingTable& m_forwarding;
    Address m_group;
    Address m_source;
    InterfaceId m_arrival; // where the first packet came in: the incoming interface if there is no way back
    std::optional<InterfaceId> m_reversePath;
    InterfaceId m_incoming;
    std::vector<OutputInterface> m_outgoing;
    bool m_permanent = false;
    bool m_asked = false;        // counters asked for, because its time is over, and not told yet
    std::uint64_t m_seen = 0;    // packets, accepted and dropped
    std::uint64_t m_packets = 0; // accepted
    std::uint64_t m_bytes = 0;
    Deadline m_idle;
};

namespace
{

constexpr Duration MIN_LIFETIME = std::chrono::seconds{1}; // a shorter one would be spent on asking for counters

std::pair<Address, Address>
RouteKey(const Address& group, const std::optional<Address>& source)
{
    return {group, source.value_or(Address::Any(group.GetFamily()))};
}

} // namespace

ForwardingTable::ForwardingTable(ForwardingOwner& owner, std::size_t maxEntries, Duration lifetime)
    : m_owner(owner),
      m_maxEntries(maxEntries),
      m_lifetime(std::max(lifetime, MIN_LIFETIME))
{
}

ForwardingTable::~ForwardingTable() = default;

Expected<Done, gm::ConfigError>
ForwardingTable::AddRoute(const StaticMulticastRoute& route)
{
    if (!route.group.IsMulticast() || route.group.IsLinkScopeMulticast())
    {
        return Unexpected{gm::ConfigError{"group", route.group.ToString() + " is no group that a router forwards"}};
    }
    if (route.source && (route.source->IsMulticast() || route.source->IsUnspecified() ||
                         route.source->GetFamily() != route.group.GetFamily()))
    {
        return Unexpected{gm::ConfigError{"source", route.source->ToString() + " is no source address"}};
    }
    if (std::find(route.outgoing.begin(), route.outgoing.end(), route.incoming) != route.outgoing.end())
    {
        return Unexpected{gm::ConfigError{"outgoing", "contains the incoming interface"}};
    }
    m_routes[RouteKey(route.group, route.source)] = route;
    if (route.source && Find(route.group, *route.source) == nullptr)
    {
        Make(route.group, *route.source, route.incoming);
    }
    Reconsider(route.group);
    return Done{};
}

bool
ForwardingTable::RemoveRoute(const Address& group, const std::optional<Address>& source)
{
    if (m_routes.erase(RouteKey(group, source)) == 0)
    {
        return false;
    }
    auto* entry = source ? Find(group, *source) : nullptr;
    if (entry != nullptr)
    {
        Remove(*entry); // data that still comes makes it anew, from what is left
    }
    Reconsider(group);
    return true;
}

void
ForwardingTable::HandleUpcall(const Upcall& upcall)
{
    if (upcall.kind == Upcall::Kind::WholePacket)
    {
        return; // for protocols that asked for them
    }
    if (!upcall.group.IsMulticast() || upcall.group.IsLinkScopeMulticast())
    {
        const auto reason = upcall.group.IsMulticast() ? Reason::LinkLocalGroup : Reason::BadGroup;
        return m_owner.CountDrop(reason, upcall.interface, upcall.group, upcall.source);
    }
    // Routers don't forward what comes from a link-local source (RFC 3927 7, RFC 4291 2.5.6).
    if (upcall.source.IsUnspecified() || upcall.source.IsMulticast() || upcall.source.IsLinkLocalUnicast())
    {
        return m_owner.CountDrop(Reason::BadSource, upcall.interface, upcall.group, upcall.source);
    }
    m_owner.DataArrived(upcall.interface, upcall.group, upcall.source, upcall.ttl);
    if (upcall.kind == Upcall::Kind::WrongInterface)
    {
        return; // counted by the plane
    }
    if (auto* known = Find(upcall.group, upcall.source))
    {
        known->Refresh(); // the plane lost it, or the packet was faster than our answer
        known->m_seen = known->m_packets = known->m_bytes = 0;
        return Announce(*known, ForwardingChange::Kind::Install);
    }
    Make(upcall.group, upcall.source, upcall.interface);
}

void
ForwardingTable::Make(const Address& group, const Address& source, InterfaceId arrival)
{
    if (m_count >= m_maxEntries)
    {
        return m_owner.CountDrop(Reason::RouterLimit, arrival, group, source);
    }
    ++m_count;
    auto& entry = m_groups[group][source];
    entry = std::make_unique<Entry>(*this, group, source, arrival);
    FindReversePath(*entry);
    Evaluate(*entry, true);
}

// Kept with the entry: members come and go more often than routes, and a host's routes may be far away to ask.
void
ForwardingTable::FindReversePath(Entry& entry) const
{
    entry.m_reversePath = m_owner.ReversePath(entry.m_source);
}

void
ForwardingTable::Remove(Entry& entry)
{
    Announce(entry, ForwardingChange::Kind::Remove);
    const auto group = entry.m_group;
    const auto source = entry.m_source;
    auto& sources = m_groups.at(group);
    sources.erase(source);
    if (sources.empty())
    {
        m_groups.erase(group);
    }
    --m_count;
}

// Derives the entry from routes, members and interfaces, and tells the plane if it is another than before. The entry may be
// gone afterwards: also a new one, whose first packet came in elsewhere than the one that has to be told of.
void
ForwardingTable::Evaluate(Entry& entry, bool isNew)
{
    const auto* route = RouteFor(entry.m_group, entry.m_source);
    const auto decision = m_owner.Decide(entry.m_group, entry.m_source);
    const bool ask = decision && decision->ask && route == nullptr;
    if (ask && !isNew)
    {
        return Remove(entry);
    }
    const auto learned = decision ? decision->incoming : entry.m_reversePath;
    const auto reverse = route == nullptr ? learned : route->incoming;
    const auto incoming = reverse.value_or(entry.m_arrival);
    std::vector<OutputInterface> outgoing;
    if (reverse && m_owner.MayCross(incoming, entry.m_group))
    {
        outgoing =
            decision ? Outputs(*decision, entry.m_group) : m_owner.MemberInterfaces(entry.m_group, entry.m_source);
        for (const auto interface : route == nullptr ? std::vector<InterfaceId>{} : route->outgoing)
        {
            AddOutput(outgoing, interface, entry.m_group);
        }
        outgoing.erase(std::remove_if(outgoing.begin(), outgoing.end(),
                                      [&](const auto& output) { return output.interface == incoming; }),
                       outgoing.end());
    }
    else if (isNew)
    {
        m_owner.CountDrop(reverse ? Reason::Boundary : Reason::NoRoute, incoming, entry.m_group, entry.m_source);
    }
    const bool changed = incoming != entry.m_incoming || outgoing != entry.m_outgoing;
    entry.m_incoming = incoming;
    entry.m_outgoing = std::move(outgoing);
    entry.m_permanent = route != nullptr && route->source;
    if (isNew || changed)
    {
        Announce(entry, isNew ? ForwardingChange::Kind::Install : ForwardingChange::Kind::Replace);
    }
    if (ask && entry.m_arrival != incoming)
    {
        Remove(entry);
    }
}

std::vector<OutputInterface>
ForwardingTable::Outputs(const RoutingDecision& decision, const Address& group) const
{
    std::vector<OutputInterface> outputs;
    outputs.reserve(decision.outgoing.size());
    for (const auto interface : decision.outgoing)
    {
        AddOutput(outputs, interface, group);
    }
    return outputs;
}

const StaticMulticastRoute*
ForwardingTable::RouteFor(const Address& group, const Address& source) const
{
    for (const auto& wanted : {source, Address::Any(group.GetFamily())})
    {
        if (const auto found = m_routes.find({group, wanted}); found != m_routes.end())
        {
            return &found->second;
        }
    }
    return nullptr;
}

void
ForwardingTable::AddOutput(std::vector<OutputInterface>& outputs, InterfaceId interface, const Address& group) const
{
    const auto output = m_owner.AsOutput(interface, group);
    const auto place = std::lower_bound(outputs.begin(), outputs.end(), interface,
                                        [](const auto& known, InterfaceId id) { return known.interface < id; });
    if (output && (place == outputs.end() || place->interface != interface))
    {
        outputs.insert(place, *output);
    }
}

void
ForwardingTable::Announce(const Entry& entry, ForwardingChange::Kind kind)
{
    m_changes.push_back({kind, entry.m_source, entry.m_group, entry.m_incoming, entry.m_outgoing});
    auto event = EventKind::ForwardingInstalled;
    switch (kind)
    {
    case ForwardingChange::Kind::ReadCounters:
        return;
    case ForwardingChange::Kind::Install:
        break;
    case ForwardingChange::Kind::Replace:
        event = EventKind::ForwardingReplaced;
        break;
    case ForwardingChange::Kind::Remove:
        event = EventKind::ForwardingRemoved;
        break;
    }
    m_owner.GetContext().Emit(TraceEvent(event, entry.m_incoming)
                                  .Of(entry.m_group.GetFamily())
                                  .Group(entry.m_group)
                                  .Source(entry.m_source)
                                  .Value(entry.m_outgoing.size()));
}

void
ForwardingTable::HandleCounters(const Address& itsSource, const Address& itsGroup, const ForwardingCounters& counters)
{
    const auto source = itsSource;
    const auto group = itsGroup;
    auto* entry = Find(group, source);
    if (entry == nullptr)
    {
        return m_owner.DataCounted(group, source, false, std::nullopt, 0);
    }
    const bool active = counters.packets != entry->m_packets;
    const auto bytes = counters.bytes - std::min(counters.bytes, entry->m_bytes);
    entry->m_packets = counters.packets;
    entry->m_bytes = counters.bytes;
    if (entry->m_asked)
    {
        const auto seen = counters.packets + counters.wrongInterface;
        if (seen == entry->m_seen && !entry->m_permanent)
        {
            Remove(*entry);
        }
        else
        {
            entry->m_seen = seen;
            entry->Refresh();
        }
    }
    m_owner.DataCounted(group, source, active, counters.idle, bytes);
}

bool
ForwardingTable::AskCounters(const Address& group, const Address& source)
{
    const auto* entry = Find(group, source);
    if (entry == nullptr)
    {
        return false;
    }
    Announce(*entry, ForwardingChange::Kind::ReadCounters);
    return true;
}

void
ForwardingTable::Forget(const Address& group, const Address& source)
{
    auto* entry = Find(group, source);
    if (entry != nullptr && !entry->m_permanent)
    {
        Remove(*entry);
    }
}

void
ForwardingTable::Reconsider(const Address& group)
{
    for (const auto& source : SourcesOf(group, Prefix{Address::Any(group.GetFamily()), 0}))
    {
        Evaluate(*Find(group, source));
    }
}

void
ForwardingTable::Reconsider(const Address& group, const Address& source)
{
    if (auto* entry = Find(group, source))
    {
        Evaluate(*entry);
    }
}

void
ForwardingTable::ReconsiderAll()
{
    ReconsiderSources(Prefix{Address::Any(Family::Ipv4), 0});
    ReconsiderSources(Prefix{Address::Any(Family::Ipv6), 0});
}

void
ForwardingTable::ReconsiderSources(const Prefix& prefix)
{
    std::vector<Address> groups;
    for (const auto& [group, sources] : m_groups)
    {
        groups.push_back(group);
    }
    std::sort(groups.begin(), groups.end()); // the plane hears of changes in the same order everywhere
    for (const auto& group : groups)
    {
        for (const auto& source : SourcesOf(group, prefix))
        {
            auto& entry = *Find(group, source);
            FindReversePath(entry);
            Evaluate(entry);
        }
    }
}

// A copy: looking at an entry again may end it.
std::vector<Address>
ForwardingTable::SourcesOf(const Address& group, const Prefix& prefix) const
{
    std::vector<Address> sources;
    const auto found = m_groups.find(group);
    for (auto place = found == m_groups.end() ? Sources::const_iterator{} : found->second.begin();
         found != m_groups.end() && place != found->second.end(); ++place)
    {
        if (prefix.Contains(place->first))
        {
            sources.push_back(place->first);
        }
    }
    return sources;
}

void
ForwardingTable::Clear()
{
    m_routes.clear();
    for (const auto& change : Entries())
    {
        Remove(*Find(change.group, change.source));
    }
}

std::optional<ForwardingChange>
ForwardingTable::Poll()
{
    return TakeFront(m_changes);
}

std::vector<ForwardingChange>
ForwardingTable::Entries() const
{
    std::vector<ForwardingChange> entries;
    for (const auto& [group, sources] : m_groups)
    {
        for (const auto& [source, entry] : sources)
        {
            entries.push_back({ForwardingChange::Kind::Install, source, group, entry->m_incoming, entry->m_outgoing});
        }
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        return a.group != b.group ? a.group < b.group : a.source < b.source;
    });
    return entries;
}

ForwardingTable::Entry*
ForwardingTable::Find(const Address& group, const Address& source) const
{
    const auto found = m_groups.find(group);
    if (found == m_groups.end())
    {
        return nullptr;
    }
    const auto entry = found->second.find(source);
    return entry == found->second.end() ? nullptr : entry->second.get();
}

} // namespace mcast
