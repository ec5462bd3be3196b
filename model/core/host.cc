// SPDX-License-Identifier: GPL-2.0-only

#include "host.h"

#include "context.h"
#include "gm/host-interface.h"

#include <algorithm>
#include <map>

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

    gm::HostInterface& Get(InterfaceId id);
    void Remove(InterfaceId id);
    const gm::HostInterface* Find(InterfaceId id) const;
    std::optional<ListenError> Check(const gm::HostInterface& interface, const Address& group, FilterMode mode,
                                     const gm::SourceSet& sources) const;

    Context m_context;
    Counters m_counters;
    std::map<InterfaceId, std::unique_ptr<gm::HostInterface>> m_interfaces;
    std::map<InterfaceId, InterfaceState> m_switchedOff; // deconfigured ones, as they stand now
};

gm::HostInterface&
Host::Impl::Get(InterfaceId id)
{
    auto& interface = m_interfaces[id];
    if (!interface)
    {
        interface = std::make_unique<gm::HostInterface>(id, gm::Igmp(), m_context);
    }
    return *interface;
}

void
Host::Impl::Remove(InterfaceId id)
{
    const auto found = m_interfaces.find(id);
    if (found != m_interfaces.end())
    {
        found->second->SetDown();
        m_interfaces.erase(found);
    }
}

const gm::HostInterface*
Host::Impl::Find(InterfaceId id) const
{
    const auto found = m_interfaces.find(id);
    return found == m_interfaces.end() ? nullptr : found->second.get();
}

std::optional<ListenError>
Host::Impl::Check(const gm::HostInterface& interface, const Address& group, FilterMode mode,
                  const gm::SourceSet& sources) const
{
    if (!group.IsMulticast() || group.GetFamily() != gm::Igmp().family)
    {
        return ListenError::NotMulticast;
    }
    if (mode == FilterMode::Exclude && interface.SsmRules(group))
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
    auto& place = m_impl->Get(interface);
    place.Configure(config);
    if (const auto off = m_impl->m_switchedOff.extract(interface))
    {
        place.SetState(off.mapped());
    }
    return Done{};
}

void
Host::Deconfigure(InterfaceId interface)
{
    InterfaceState state;
    state.id = interface;
    state.up = false;
    if (const auto* place = m_impl->Find(interface))
    {
        state = place->GetState();
    }
    m_impl->Remove(interface);
    m_impl->m_switchedOff.emplace(interface, std::move(state));
}

Expected<Done, ListenError>
Host::Listen(SocketId socket, InterfaceId interface, const Address& group, FilterMode mode,
             std::vector<Address> sources)
{
    if (m_impl->Find(interface) == nullptr)
    {
        return Unexpected{ListenError::NoSuchInterface};
    }
    auto& place = m_impl->Get(interface);
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
    for (auto& [id, interface] : m_impl->m_interfaces)
    {
        interface->CloseSocket(socket);
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
    const auto found = m_impl->m_interfaces.find(interface);
    if (meta.protocol != PROTOCOL_IGMP || found == m_impl->m_interfaces.end())
    {
        ++m_impl->m_counters.dropped[static_cast<std::size_t>(Reason::NotEnabled)];
        return m_impl->m_context.Emit(
            TraceEvent(EventKind::PacketDropped, interface).Because(Reason::NotEnabled).Source(meta.source));
    }
    found->second->HandlePacket(meta, payload);
}

void
Host::HandleInterface(const InterfaceState& state)
{
    if (const auto off = m_impl->m_switchedOff.find(state.id); off != m_impl->m_switchedOff.end())
    {
        off->second = state;
        return;
    }
    m_impl->Get(state.id).SetState(state);
}

void
Host::HandleInterfaceGone(InterfaceId interface)
{
    m_impl->Remove(interface);
    m_impl->m_switchedOff.erase(interface);
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
    const auto* place = m_impl->Find(interface);
    if (group == gm::Igmp().allSystems)
    {
        return place != nullptr;
    }
    const auto* state = place == nullptr ? nullptr : place->FindState(group);
    return state != nullptr && state->Passes(source);
}

bool
Host::Accepts(SocketId socket, InterfaceId interface, const Address& group, const Address& source) const
{
    const auto* place = m_impl->Find(interface);
    const auto* filter = place == nullptr ? nullptr : place->FindSocket(socket, group);
    return filter != nullptr && filter->Passes(source);
}

bool
Host::IsListening(SocketId socket, InterfaceId interface, const Address& group) const
{
    const auto* place = m_impl->Find(interface);
    return place != nullptr && place->FindSocket(socket, group) != nullptr;
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
    for (const auto& [id, interface] : m_impl->m_interfaces)
    {
        views.push_back(interface->View());
    }
    return views;
}

std::optional<gm::HostInterfaceView>
Host::FindInterface(InterfaceId interface) const
{
    const auto* place = m_impl->Find(interface);
    return place == nullptr ? std::nullopt : std::optional(place->View());
}

std::vector<gm::HostGroupView>
Host::Groups(InterfaceId interface) const
{
    const auto* place = m_impl->Find(interface);
    return place == nullptr ? std::vector<gm::HostGroupView>{} : place->Groups();
}

const Counters&
Host::GetCounters() const
{
    return m_impl->m_counters;
}

} // namespace mcast
