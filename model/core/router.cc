// SPDX-License-Identifier: GPL-2.0-only

#include "router.h"

#include "router-impl.h"

namespace mcast
{

Router::Router(const RouterOptions& options, const RouteTable* routes)
    : m_impl(std::make_unique<Impl>(options, routes))
{
}

Router::~Router() = default;

Expected<Done, gm::ConfigError>
Router::Configure(InterfaceId interface, const RouterInterfaceConfig& config)
{
    return m_impl->Configure(interface, config);
}

void
Router::Deconfigure(InterfaceId interface, Family family)
{
    m_impl->Deconfigure(interface, family);
}

Expected<Done, gm::ConfigError>
Router::AddRoute(const StaticMulticastRoute& route)
{
    return m_impl->m_forwarding.AddRoute(route);
}

Expected<Done, gm::ConfigError>
Router::Configure(const pim::RouterConfig& config)
{
    return m_impl->Configure(config);
}

bool
Router::RemoveRoute(const Address& group, const std::optional<Address>& source)
{
    return m_impl->m_forwarding.RemoveRoute(group, source);
}

void
Router::Shutdown()
{
    m_impl->Shutdown();
}

void
Router::AdvanceTo(TimePoint now)
{
    m_impl->m_context.AdvanceTo(now);
}

void
Router::HandlePacket(InterfaceId interface, const PacketMeta& meta, BytesView payload)
{
    m_impl->HandlePacket(interface, meta, payload);
}

void
Router::HandleInterface(const InterfaceState& state)
{
    m_impl->HandleInterface(state);
}

void
Router::HandleInterfaceGone(InterfaceId interface)
{
    m_impl->HandleInterfaceGone(interface);
}

void
Router::HandleRouteChange(const Prefix& prefix)
{
    m_impl->HandleRouteChange(prefix);
}

void
Router::HandleUpcall(const Upcall& upcall)
{
    m_impl->HandleUpcall(upcall);
}

void
Router::HandleCounters(const Address& source, const Address& group, const ForwardingCounters& counters)
{
    m_impl->m_forwarding.HandleCounters(source, group, counters);
}

std::optional<Transmit>
Router::PollTransmit()
{
    m_impl->Flush();
    return TakeFront(m_impl->m_context.transmits);
}

std::optional<ForwardingChange>
Router::PollForwarding()
{
    return m_impl->m_forwarding.Poll();
}

std::optional<Bytes>
Router::PollDecapsulated()
{
    return TakeFront(m_impl->m_decapsulated);
}

std::optional<TraceEvent>
Router::PollEvent()
{
    return TakeFront(m_impl->m_context.events);
}

std::optional<TimePoint>
Router::NextDeadline() const
{
    return m_impl->m_context.NextDeadline();
}

TimePoint
Router::Now() const
{
    return m_impl->m_context.now;
}

std::vector<gm::RouterInterfaceView>
Router::Interfaces() const
{
    std::vector<gm::RouterInterfaceView> views;
    for (const auto& [id, interface] : m_impl->m_interfaces)
    {
        for (const auto& [family, part] : interface.parts)
        {
            if (part.membership)
            {
                views.push_back(part.membership->View());
            }
        }
    }
    return views;
}

std::optional<gm::RouterInterfaceView>
Router::FindInterface(InterfaceId interface, Family family) const
{
    const auto* membership = m_impl->FindMembership(interface, family);
    return membership == nullptr ? std::nullopt : std::optional(membership->View());
}

std::vector<gm::GroupView>
Router::Groups(InterfaceId interface, Family family) const
{
    const auto* membership = m_impl->FindMembership(interface, family);
    return membership == nullptr ? std::vector<gm::GroupView>{} : membership->Groups();
}

std::optional<gm::GroupView>
Router::FindGroup(InterfaceId interface, const Address& group) const
{
    const auto* membership = m_impl->FindMembership(interface, group.GetFamily());
    return membership == nullptr ? std::nullopt : membership->FindGroup(group);
}

std::size_t
Router::GroupCount() const
{
    return m_impl->m_groupCount;
}

std::size_t
Router::GroupCount(InterfaceId interface, Family family) const
{
    const auto* membership = m_impl->FindMembership(interface, family);
    return membership == nullptr ? 0 : membership->GroupCount();
}

bool
Router::IsForwarded(InterfaceId interface, const Address& group, const Address& source) const
{
    return m_impl->IsForwarded(interface, group, source);
}

std::vector<ForwardingChange>
Router::ForwardingEntries() const
{
    return m_impl->m_forwarding.Entries();
}

std::size_t
Router::ForwardingEntryCount() const
{
    return m_impl->m_forwarding.Size();
}

std::vector<pim::InterfaceView>
Router::PimInterfaces(Family family) const
{
    const auto* pim = m_impl->FindPim(family);
    return pim == nullptr ? std::vector<pim::InterfaceView>{} : pim->Interfaces();
}

std::vector<pim::NeighborView>
Router::PimNeighbors(InterfaceId interface, Family family) const
{
    const auto* pim = m_impl->FindPim(family);
    return pim == nullptr ? std::vector<pim::NeighborView>{} : pim->Neighbors(interface);
}

std::vector<pim::RpView>
Router::PimRps(Family family) const
{
    const auto* pim = m_impl->FindPim(family);
    return pim == nullptr ? std::vector<pim::RpView>{} : pim->Rps();
}

std::optional<Address>
Router::PimRp(const Address& group) const
{
    const auto* pim = m_impl->FindPim(group.GetFamily());
    return pim == nullptr ? std::nullopt : pim->FindRp(group);
}

std::vector<pim::BootstrapView>
Router::PimBootstrap(Family family) const
{
    const auto* pim = m_impl->FindPim(family);
    return pim == nullptr ? std::vector<pim::BootstrapView>{} : pim->GetBootstrap();
}

std::vector<pim::TreeView>
Router::PimTrees(Family family, const std::optional<Address>& group) const
{
    const auto* pim = m_impl->FindPim(family);
    return pim == nullptr ? std::vector<pim::TreeView>{} : pim->Trees(group);
}

pim::TreeCounts
Router::PimTreeCounts(Family family) const
{
    const auto* pim = m_impl->FindPim(family);
    return pim == nullptr ? pim::TreeCounts{} : pim->Counts();
}

const Counters&
Router::GetCounters() const
{
    return m_impl->m_counters;
}

} // namespace mcast
