// SPDX-License-Identifier: GPL-2.0-only
// What PIM and the forwarding plane ask of each other and of the rest of their router.

#include "router-impl.h"

#include <algorithm>

namespace mcast
{

// All that hangs on the set of interfaces, and on what they are for.
void
Router::Impl::InterfacesChanged()
{
    for (auto& [family, instance] : m_pim)
    {
        instance->InterfacesChanged();
    }
    m_forwarding.ReconsiderAll();
}

// Data follows PIM where it runs, else membership alone.
pim::Instance*
Router::Impl::RunningPim(Family family) const
{
    const auto found = m_pim.find(family);
    return found != m_pim.end() && found->second->Runs() ? found->second.get() : nullptr;
}

std::optional<RoutingDecision>
Router::Impl::Decide(const Address& group, const Address& source) const
{
    const auto* pim = RunningPim(group.GetFamily());
    return pim == nullptr ? std::nullopt : std::optional(pim->Decide(group, source));
}

void
Router::Impl::DataArrived(InterfaceId interface, const Address& group, const Address& source, std::uint8_t ttl)
{
    if (auto* pim = RunningPim(group.GetFamily()))
    {
        pim->HandleData(interface, group, source, ttl);
    }
}

void
Router::Impl::DataCounted(const Address& group, const Address& source, bool active, std::optional<Duration> idle,
                          std::uint64_t bytes)
{
    if (auto* pim = RunningPim(group.GetFamily()))
    {
        pim->HandleActivity(group, source, active, idle, bytes);
    }
}

const InterfaceState*
Router::Impl::FindState(InterfaceId id) const
{
    const auto found = m_interfaces.find(id);
    return found == m_interfaces.end() || !found->second.state ? nullptr : &*found->second.state;
}

std::vector<InterfaceId>
Router::Impl::DataInterfaces(Family family) const
{
    std::vector<InterfaceId> ids;
    for (const auto& [id, interface] : m_interfaces)
    {
        const auto part = interface.parts.find(family);
        const bool used =
            part != interface.parts.end() && (part->second.membership || part->second.config.pim.has_value());
        if (used && interface.state && interface.state->up && interface.state->Speaks(family))
        {
            ids.push_back(id);
        }
    }
    return ids;
}

bool
Router::Impl::IsOwnAddress(const Address& address) const
{
    return FindUp([&](const InterfaceState& state) { return state.HasAddress(address); }).has_value();
}

std::vector<Address>
Router::Impl::OwnAddresses(Family family) const
{
    std::vector<Address> addresses;
    for (const auto& [id, interface] : m_interfaces)
    {
        for (const auto& own :
             interface.state&& interface.state->up ? interface.state->addresses : std::vector<InterfaceAddress>{})
        {
            if (own.address.GetFamily() == family)
            {
                addresses.push_back(own.address);
            }
        }
    }
    return addresses;
}

std::optional<RouteTable::Result>
Router::Impl::WayTo(const Address& destination) const
{
    RouteTable::Result direct;
    direct.nextHop = Address::Any(destination.GetFamily());
    if (const auto own = FindUp([&](const InterfaceState& state) { return state.HasAddress(destination); }))
    {
        direct.interface = *own;
        return direct;
    }
    if (const auto route = m_routes != nullptr ? m_routes->Lookup(destination) : std::nullopt)
    {
        return route;
    }
    if (const auto link = FindUp([&](const InterfaceState& state) { return state.IsOnSubnet(destination); }))
    {
        direct.interface = *link;
        return direct;
    }
    return std::nullopt;
}

bool
Router::Impl::WantsAnySource(InterfaceId interface, const Address& group) const
{
    const auto* membership = FindMembership(interface, group.GetFamily());
    return membership != nullptr && membership->WantsAnySource(group);
}

bool
Router::Impl::WantsSource(InterfaceId interface, const Address& group, const Address& source) const
{
    return IsForwarded(interface, group, source);
}

std::vector<Address>
Router::Impl::MemberGroups(InterfaceId interface, Family family) const
{
    const auto* membership = FindMembership(interface, family);
    return membership == nullptr ? std::vector<Address>{} : membership->GroupAddresses();
}

std::vector<Address>
Router::Impl::IncludedSources(InterfaceId interface, const Address& group) const
{
    const auto* membership = FindMembership(interface, group.GetFamily());
    return membership == nullptr ? std::vector<Address>{} : membership->IncludedSources(group);
}

std::uint8_t
Router::Impl::TtlThreshold(InterfaceId interface, Family family) const
{
    const auto* part = FindPart(interface, family);
    return part == nullptr ? 1 : part->config.ttlThreshold;
}

std::vector<Prefix>
Router::Impl::Boundaries(InterfaceId interface, Family family) const
{
    const auto* part = FindPart(interface, family);
    return part == nullptr ? std::vector<Prefix>{} : part->config.boundaries;
}

void
Router::Impl::ForwardingChanged(const Address& group)
{
    m_forwarding.Reconsider(group);
}

void
Router::Impl::ForwardingChanged(const Address& group, const Address& source)
{
    m_forwarding.Reconsider(group, source);
}

void
Router::Impl::AskForData(const Address& group, const Address& source)
{
    m_forwarding.Forget(group, source);
}

bool
Router::Impl::AskForActivity(const Address& group, const Address& source)
{
    return m_forwarding.AskCounters(group, source);
}

void
Router::Impl::Decapsulate(Bytes packet)
{
    m_decapsulated.push_back(std::move(packet));
}

void
Router::Impl::Flush()
{
    for (auto& [family, instance] : m_pim)
    {
        instance->Flush();
    }
}

} // namespace mcast
