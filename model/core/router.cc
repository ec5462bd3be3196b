// SPDX-License-Identifier: GPL-2.0-only

#include "router.h"

#include "context.h"
#include "gm/router-interface.h"
#include "mfc/member-forwarding.h"
#include "pim/instance.h"

#include <algorithm>
#include <map>

namespace mcast
{

class Router::Impl final : private gm::RouterInterfaceOwner, private ForwardingOwner, private pim::InstanceOwner
{
  public:
    Impl(const RouterOptions& options, const RouteTable* routes)
        : m_options(options),
          m_routes(routes),
          m_context(options.seed),
          m_forwarding(*this, options.maxForwardingEntries, options.forwardingEntryLifetime)
    {
    }

    Expected<Done, gm::ConfigError> Configure(InterfaceId id, const RouterInterfaceConfig& config);
    Expected<Done, gm::ConfigError> Configure(const pim::RouterConfig& config);
    void Deconfigure(InterfaceId id, Family family);
    void Shutdown();
    void HandlePacket(InterfaceId id, const PacketMeta& meta, BytesView payload);
    void HandleInterface(const InterfaceState& state);
    void HandleInterfaceGone(InterfaceId id);
    void HandleUpcall(const Upcall& upcall);
    bool IsForwarded(InterfaceId id, const Address& group, const Address& source) const;

    Context& GetContext() override
    {
        return m_context;
    }

    const gm::RouterInterface* FindMembership(InterfaceId id, Family family) const;
    template <class Condition>
    std::optional<InterfaceId> FindUp(const Condition& condition) const;

    /// What an interface is for one family.
    struct Part
    {
        RouterInterfaceConfig config;
        bool configured = false;
        std::unique_ptr<gm::RouterInterface> membership;

        void Reset()
        {
            if (membership)
            {
                membership->Deactivate();
                membership.reset();
            }
        }
    };

    struct Interface
    {
        std::optional<InterfaceState> state;
        std::map<Family, Part> parts;
    };

    const Part* FindPart(InterfaceId id, Family family) const;
    const pim::Instance* FindPim(Family family) const;
    pim::Instance& Pim(Family family);

    // gm::RouterInterfaceOwner
    void MembershipChanged(InterfaceId interface, const Address& group) override;
    void MembershipChanged(InterfaceId interface, const Address& group, const Address& source) override;
    bool RoomForGroup() const override;
    void GroupCountChanged(int by) override;
    bool MayCross(InterfaceId interface, const Address& group) const override;

    // ForwardingOwner
    std::vector<OutputInterface> MemberInterfaces(const Address& group, const Address& source) const override;
    std::optional<OutputInterface> AsOutput(InterfaceId interface, const Address& group) const override;
    std::optional<InterfaceId> ReversePath(const Address& source) const override;
    void CountDrop(Reason reason, InterfaceId interface, const Address& group, const Address& source) override;

    RouterOptions m_options;
    const RouteTable* m_routes;
    Context m_context;
    Counters m_counters;
    std::size_t m_groupCount = 0;
    bool m_shutDown = false; // until an interface is configured again
    MemberForwarding m_forwarding;
    std::map<InterfaceId, Interface> m_interfaces;
    std::map<Family, std::unique_ptr<pim::Instance>> m_pim; // of families that PIM was configured for
    std::deque<Bytes> m_decapsulated;
};

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
        if (interface.state)
        {
            Pim(config.gm.family).SetState(*interface.state);
        }
    }
    else if (FindPim(config.gm.family) != nullptr)
    {
        Pim(config.gm.family).RemoveInterface(id);
    }
    m_forwarding.ReconsiderAll();
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
    m_forwarding.ReconsiderAll();
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
    m_forwarding.HandleUpcall(upcall);
}

void
Router::Impl::HandlePacket(InterfaceId id, const PacketMeta& meta, BytesView payload)
{
    const auto family = meta.destination.GetFamily();
    if (meta.protocol == pim::PROTOCOL && FindPim(family) != nullptr)
    {
        return Pim(family).HandlePacket(id, meta, payload);
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
    for (auto& [family, instance] : m_pim)
    {
        InterfaceState gone;
        gone.id = id;
        gone.up = false;
        instance->SetState(gone);
    }
    m_interfaces.erase(found);
    m_forwarding.ReconsiderAll();
}

void
Router::Impl::MembershipChanged(InterfaceId, const Address& group)
{
    m_forwarding.Reconsider(group);
}

void
Router::Impl::MembershipChanged(InterfaceId, const Address& group, const Address& source)
{
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
    if (const auto own = FindUp([&](const InterfaceState& state) { return state.HasAddress(source); }))
    {
        return own;
    }
    if (const auto route = m_routes != nullptr ? m_routes->Lookup(source) : std::nullopt)
    {
        return route->interface;
    }
    return FindUp([&](const InterfaceState& state) { return state.IsOnSubnet(source); });
}

template <class Condition>
std::optional<InterfaceId>
Router::Impl::FindUp(const Condition& condition) const
{
    for (const auto& [id, interface] : m_interfaces)
    {
        if (interface.state && interface.state->up && condition(*interface.state))
        {
            return id;
        }
    }
    return std::nullopt;
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
    m_impl->m_forwarding.ReconsiderSources(prefix);
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
Router::PimRps(Family) const
{
    return {};
}

std::optional<Address>
Router::PimRp(const Address&) const
{
    return {};
}

std::vector<pim::BootstrapView>
Router::PimBootstrap(Family) const
{
    return {};
}

std::vector<pim::TreeView>
Router::PimTrees(Family, const std::optional<Address>&) const
{
    return {};
}

std::size_t
Router::PimTreeCount(Family) const
{
    return 0;
}

const Counters&
Router::GetCounters() const
{
    return m_impl->m_counters;
}

} // namespace mcast
