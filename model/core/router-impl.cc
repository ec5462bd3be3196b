// SPDX-License-Identifier: GPL-2.0-only
// Configuration, interfaces, packets and membership: what a router does with or without a routing protocol.

#include "router-impl.h"

#include <algorithm>

namespace mcast
{

Expected<Done, gm::ConfigError>
Router::Impl::Configure(InterfaceId id, const RouterInterfaceConfig& config)
{
    if (config.ttlThreshold == 0)
    {
        return Unexpected{gm::ConfigError{"ttlThreshold", "must be from 1 to 255"}};
    }
    for (const auto& boundary : config.boundaries)
    {
        if (!boundary.GetAddress().IsMulticast() || boundary.GetAddress().GetFamily() != config.gm.family)
        {
            return Unexpected{gm::ConfigError{"boundaries", boundary.ToString() + " is no range of groups"}};
        }
    }
    if (auto valid = config.gm.Validate(); !valid)
    {
        return valid;
    }
    if (config.pim && config.pim->family != config.gm.family)
    {
        return Unexpected{gm::ConfigError{"pim.family", "differs from gm.family"}};
    }
    if (auto valid = config.pim ? config.pim->Validate() : Done{}; !valid)
    {
        return valid;
    }
    auto& interface = m_interfaces[id];
    auto& part = interface.parts[config.gm.family];
    part.config = config;
    part.configured = true;
    m_shutDown = false;
    if (!config.membership)
    {
        part.Reset();
    }
    else
    {
        if (!part.membership)
        {
            gm::RouterInterfaceOwner& self = *this;
            part.membership =
                std::make_unique<gm::RouterInterface>(id, gm::ProtocolOf(config.gm.family), m_context, self);
        }
        part.membership->Configure(config.gm);
        if (interface.state)
        {
            part.membership->SetState(*interface.state);
        }
    }
    if (config.pim)
    {
        Pim(config.gm.family).ConfigureInterface(id, *config.pim);
    }
    else if (FindPim(config.gm.family) != nullptr)
    {
        Pim(config.gm.family).RemoveInterface(id);
    }
    InterfacesChanged();
    return Done{};
}

Expected<Done, gm::ConfigError>
Router::Impl::Configure(const pim::RouterConfig& config)
{
    if (auto valid = config.Validate(); !valid)
    {
        return valid;
    }
    Pim(config.family).Configure(config);
    m_shutDown = false;
    return Done{};
}

const pim::Instance*
Router::Impl::FindPim(Family family) const
{
    const auto found = m_pim.find(family);
    return found == m_pim.end() ? nullptr : found->second.get();
}

pim::Instance&
Router::Impl::Pim(Family family)
{
    auto& instance = m_pim[family];
    if (!instance)
    {
        pim::InstanceOwner& self = *this;
        instance = std::make_unique<pim::Instance>(family, self);
    }
    return *instance;
}

void
Router::Impl::Deconfigure(InterfaceId id, Family family)
{
    const auto found = m_interfaces.find(id);
    if (found == m_interfaces.end())
    {
        return;
    }
    if (const auto part = found->second.parts.find(family); part != found->second.parts.end())
    {
        part->second.Reset();
        found->second.parts.erase(part);
    }
    if (FindPim(family) != nullptr)
    {
        Pim(family).RemoveInterface(id);
    }
    InterfacesChanged();
}

void
Router::Impl::Shutdown()
{
    for (auto& [id, interface] : m_interfaces)
    {
        for (auto& [family, part] : interface.parts)
        {
            part.Reset();
        }
    }
    for (auto& [family, instance] : m_pim)
    {
        instance->Shutdown();
    }
    m_pim.clear();
    m_forwarding.Clear();
    m_shutDown = true;
}

void
Router::Impl::HandleUpcall(const Upcall& upcall)
{
    if (m_shutDown)
    {
        return; // it was on its way when all was taken back
    }
    if (upcall.kind == Upcall::Kind::WholePacket)
    {
        if (auto* pim = RunningPim(upcall.group.GetFamily()))
        {
            pim->HandleWholePacket(upcall.packet);
        }
        return;
    }
    m_forwarding.HandleUpcall(upcall);
}

void
Router::Impl::HandleRouteChange(const Prefix& prefix)
{
    for (auto& [family, instance] : m_pim)
    {
        instance->RoutesChanged(prefix);
    }
    m_forwarding.ReconsiderSources(prefix);
}

void
Router::Impl::HandlePacket(InterfaceId id, const PacketMeta& meta, BytesView payload)
{
    const auto family = meta.destination.GetFamily();
    if (auto* pim = meta.protocol == pim::PROTOCOL ? RunningPim(family) : nullptr)
    {
        return pim->HandlePacket(id, meta, payload);
    }
    const auto* part = FindPart(id, family);
    if (meta.protocol != gm::ProtocolOf(family).ipProtocol || part == nullptr || !part->membership)
    {
        return CountDrop(Reason::NotEnabled, id, Address::Any(family), meta.source);
    }
    part->membership->HandlePacket(meta, payload);
}

void
Router::Impl::HandleInterface(const InterfaceState& state)
{
    auto& interface = m_interfaces[state.id];
    interface.state = state;
    for (auto& [family, part] : interface.parts)
    {
        if (part.membership)
        {
            part.membership->SetState(state);
        }
    }
    for (auto& [family, instance] : m_pim)
    {
        instance->SetState(state);
    }
    m_forwarding.ReconsiderAll();
}

void
Router::Impl::HandleInterfaceGone(InterfaceId id)
{
    const auto found = m_interfaces.find(id);
    if (found == m_interfaces.end())
    {
        return;
    }
    for (auto& [family, part] : found->second.parts)
    {
        if (part.membership)
        {
            part.membership->Deactivate();
        }
    }
    if (found->second.state)
    {
        found->second.state->up = false;
    }
    for (auto& [family, instance] : m_pim)
    {
        if (found->second.state)
        {
            instance->SetState(*found->second.state);
        }
        instance->RemoveInterface(id);
    }
    m_interfaces.erase(found);
    InterfacesChanged();
}

void
Router::Impl::MembershipChanged(InterfaceId interface, const Address& group)
{
    if (auto* pim = RunningPim(group.GetFamily()))
    {
        return pim->MembershipChanged(interface, group);
    }
    m_forwarding.Reconsider(group);
}

void
Router::Impl::MembershipChanged(InterfaceId interface, const Address& group, const Address& source)
{
    if (auto* pim = RunningPim(group.GetFamily()))
    {
        return pim->MembershipChanged(interface, group, source);
    }
    m_forwarding.Reconsider(group, source);
}

bool
Router::Impl::RoomForGroup() const
{
    return m_groupCount < m_options.maxGroups;
}

void
Router::Impl::GroupCountChanged(int by)
{
    m_groupCount += static_cast<std::size_t>(by);
}

bool
Router::Impl::MayCross(InterfaceId id, const Address& group) const
{
    const auto* part = FindPart(id, group.GetFamily());
    return part == nullptr || std::none_of(part->config.boundaries.begin(), part->config.boundaries.end(),
                                           [&](const auto& boundary) { return boundary.Contains(group); });
}

const Router::Impl::Part*
Router::Impl::FindPart(InterfaceId id, Family family) const
{
    const auto found = m_interfaces.find(id);
    if (found == m_interfaces.end())
    {
        return nullptr;
    }
    const auto part = found->second.parts.find(family);
    return part == found->second.parts.end() ? nullptr : &part->second;
}

const gm::RouterInterface*
Router::Impl::FindMembership(InterfaceId id, Family family) const
{
    const auto* part = FindPart(id, family);
    return part == nullptr ? nullptr : part->membership.get();
}

bool
Router::Impl::IsForwarded(InterfaceId id, const Address& group, const Address& source) const
{
    const auto* membership = FindMembership(id, group.GetFamily());
    return membership != nullptr && membership->Forwards(group, source);
}

std::vector<OutputInterface>
Router::Impl::MemberInterfaces(const Address& group, const Address& source) const
{
    std::vector<OutputInterface> outputs;
    for (const auto& [id, interface] : m_interfaces)
    {
        if (const auto output = IsForwarded(id, group, source) ? AsOutput(id, group) : std::nullopt)
        {
            outputs.push_back(*output);
        }
    }
    return outputs;
}

std::optional<OutputInterface>
Router::Impl::AsOutput(InterfaceId id, const Address& group) const
{
    if (id == REGISTER_INTERFACE)
    {
        return OutputInterface{id, 1};
    }
    const auto found = m_interfaces.find(id);
    const auto* part = FindPart(id, group.GetFamily());
    if (part == nullptr || !found->second.state || !found->second.state->up || !MayCross(id, group))
    {
        return std::nullopt;
    }
    return OutputInterface{id, part->config.ttlThreshold};
}

// Our own data comes in where it went out. Unicast routing knows the way to others, with the longest match; connected
// subnets stand in for it where it is silent.
std::optional<InterfaceId>
Router::Impl::ReversePath(const Address& source) const
{
    const auto way = WayTo(source);
    return way ? std::optional(way->interface) : std::nullopt;
}

void
Router::Impl::CountDrop(Reason reason, InterfaceId interface, const Address& group, const Address& source)
{
    ++m_counters.dropped[static_cast<std::size_t>(reason)];
    m_context.Emit(TraceEvent(EventKind::PacketDropped, interface)
                       .Of(source.GetFamily())
                       .Because(reason)
                       .Group(group)
                       .Source(source));
}

} // namespace mcast
