// SPDX-License-Identifier: GPL-2.0-only

#include "host.h"

#include "context.h"
#include "gm/host-interface.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace mcast
{

const char*
ToString(ListenError error)
{
    switch (error)
    {
    case ListenError::NoSuchInterface:
        return "no such interface";
    case ListenError::NotMulticast:
        return "not a multicast address";
    case ListenError::BadSource:
        return "a source is not a unicast address of the group's family";
    case ListenError::TooManySources:
        return "too many sources";
    case ListenError::SsmGroup:
        return "a source-specific group needs its sources named";
    }
    return "?";
}

class Host::Impl
{
  public:
    explicit Impl(std::uint64_t seed)
        : m_context(seed)
    {
    }

    using Key = std::pair<InterfaceId, Family>;

    gm::HostInterface& Get(const Key& key);
    void Remove(const Key& key);
    const gm::HostInterface* Find(InterfaceId id, Family family) const;
    void SetState(const Key& key, const InterfaceState& state);
    std::optional<ListenError> Check(const gm::HostInterface& interface, const Address& group, FilterMode mode,
                                     const gm::SourceSet& sources) const;

    Context m_context;
    Counters m_counters;
    std::map<Key, std::unique_ptr<gm::HostInterface>> m_parts;
    std::map<InterfaceId, InterfaceState> m_states; // as they stand now
    std::set<Key> m_switchedOff;                    // deconfigured
};

// Made when it is first needed; from then on it follows the interface's state.
gm::HostInterface&
Host::Impl::Get(const Key& key)
{
    auto& part = m_parts[key];
    if (!part)
    {
        part = std::make_unique<gm::HostInterface>(key.first, gm::ProtocolOf(key.second), m_context);
        if (const auto state = m_states.find(key.first); state != m_states.end())
        {
            part->SetState(state->second);
        }
    }
    return *part;
}

void
Host::Impl::Remove(const Key& key)
{
    if (const auto found = m_parts.find(key); found != m_parts.end())
    {
        found->second->SetDown();
        m_parts.erase(found);
    }
}

const gm::HostInterface*
Host::Impl::Find(InterfaceId id, Family family) const
{
    const auto found = m_parts.find({id, family});
    return found == m_parts.end() ? nullptr : found->second.get();
}

void
Host::Impl::SetState(const Key& key, const InterfaceState& state)
{
    const bool takesPart = m_parts.count(key) != 0 || key.second == Family::Ipv4 || state.Speaks(key.second);
    if (takesPart && m_switchedOff.count(key) == 0)
    {
        Get(key).SetState(state);
    }
}

std::optional<ListenError>
Host::Impl::Check(const gm::HostInterface& interface, const Address& group, FilterMode mode,
                  const gm::SourceSet& sources) const
{
    if (!group.IsMulticast())
    {
        return ListenError::NotMulticast;
    }
    if (mode == FilterMode::Exclude && interface.GetConfig().SsmRules(group))
    {
        return ListenError::SsmGroup;
    }
    if (sources.Size() > interface.GetConfig().maxSourcesPerGroup)
    {
        return ListenError::TooManySources;
    }
    const bool good = std::all_of(sources.begin(), sources.end(), [&](const auto& source) {
        return !source.IsMulticast() && !source.IsUnspecified() && source.GetFamily() == group.GetFamily();
    });
    return good ? std::nullopt : std::optional(ListenError::BadSource);
}

Host::Host(std::uint64_t seed)
    : m_impl(std::make_unique<Impl>(seed))
{
}

Host::~Host() = default;

Expected<Done, gm::ConfigError>
Host::Configure(InterfaceId interface, const gm::HostConfig& config)
{
    if (auto valid = config.Validate(); !valid)
    {
        return valid;
    }
    const Impl::Key key{interface, config.family};
    m_impl->m_switchedOff.erase(key);
    m_impl->Get(key).Configure(config);
    return Done{};
}

void
Host::Deconfigure(InterfaceId interface, Family family)
{
    m_impl->Remove({interface, family});
    m_impl->m_switchedOff.insert({interface, family});
}

Expected<Done, ListenError>
Host::Listen(SocketId socket, InterfaceId interface, const Address& group, FilterMode mode,
             std::vector<Address> sources)
{
    const Impl::Key key{interface, group.GetFamily()};
    if (m_impl->m_states.count(interface) == 0 && m_impl->Find(interface, key.second) == nullptr)
    {
        return Unexpected{ListenError::NoSuchInterface};
    }
    if (m_impl->m_switchedOff.count(key) != 0)
    {
        return Unexpected{ListenError::NoSuchInterface};
    }
    auto& place = m_impl->Get(key);
    gm::Filter filter{mode, gm::SourceSet(std::move(sources))};
    if (const auto error = m_impl->Check(place, group, mode, filter.sources))
    {
        return Unexpected{*error};
    }
    place.Listen(socket, group, std::move(filter));
    return Done{};
}

void
Host::CloseSocket(SocketId socket)
{
    for (auto& [key, part] : m_impl->m_parts)
    {
        part->CloseSocket(socket);
    }
}

void
Host::AdvanceTo(TimePoint now)
{
    m_impl->m_context.AdvanceTo(now);
}

void
Host::HandlePacket(InterfaceId interface, const PacketMeta& meta, BytesView payload)
{
    const auto family = meta.destination.GetFamily();
    const auto found = m_impl->m_parts.find({interface, family});
    if (meta.protocol != gm::ProtocolOf(family).ipProtocol || found == m_impl->m_parts.end())
    {
        ++m_impl->m_counters.dropped[static_cast<std::size_t>(Reason::NotEnabled)];
        return m_impl->m_context.Emit(
            TraceEvent(EventKind::PacketDropped, interface).Of(family).Because(Reason::NotEnabled).Source(meta.source));
    }
    found->second->HandlePacket(meta, payload);
}

void
Host::HandleInterface(const InterfaceState& state)
{
    m_impl->m_states[state.id] = state;
    for (const auto family : {Family::Ipv4, Family::Ipv6})
    {
        m_impl->SetState({state.id, family}, state);
    }
}

void
Host::HandleInterfaceGone(InterfaceId interface)
{
    for (const auto family : {Family::Ipv4, Family::Ipv6})
    {
        m_impl->Remove({interface, family});
        m_impl->m_switchedOff.erase({interface, family});
    }
    m_impl->m_states.erase(interface);
}

std::optional<Transmit>
Host::PollTransmit()
{
    return TakeFront(m_impl->m_context.transmits);
}

std::optional<TraceEvent>
Host::PollEvent()
{
    return TakeFront(m_impl->m_context.events);
}

std::optional<TimePoint>
Host::NextDeadline() const
{
    return m_impl->m_context.NextDeadline();
}

bool
Host::Accepts(InterfaceId interface, const Address& group, const Address& source) const
{
    const auto* part = m_impl->Find(interface, group.GetFamily());
    return part != nullptr && part->Accepts(group, source);
}

bool
Host::Accepts(SocketId socket, InterfaceId interface, const Address& group, const Address& source) const
{
    const auto* part = m_impl->Find(interface, group.GetFamily());
    const auto* filter = part == nullptr ? nullptr : part->FindSocket(socket, group);
    return filter != nullptr && filter->Passes(source);
}

bool
Host::IsListening(SocketId socket, InterfaceId interface, const Address& group) const
{
    const auto* part = m_impl->Find(interface, group.GetFamily());
    return part != nullptr && part->FindSocket(socket, group) != nullptr;
}

TimePoint
Host::Now() const
{
    return m_impl->m_context.now;
}

std::vector<gm::HostInterfaceView>
Host::Interfaces() const
{
    std::vector<gm::HostInterfaceView> views;
    for (const auto& [key, part] : m_impl->m_parts)
    {
        views.push_back(part->View());
    }
    return views;
}

std::optional<gm::HostInterfaceView>
Host::FindInterface(InterfaceId interface, Family family) const
{
    const auto* part = m_impl->Find(interface, family);
    return part == nullptr ? std::nullopt : std::optional(part->View());
}

std::vector<gm::HostGroupView>
Host::Groups(InterfaceId interface, Family family) const
{
    const auto* part = m_impl->Find(interface, family);
    return part == nullptr ? std::vector<gm::HostGroupView>{} : part->Groups();
}

const Counters&
Host::GetCounters() const
{
    return m_impl->m_counters;
}

} // namespace mcast
