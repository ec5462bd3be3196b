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
    void HandleRouteChange(const Prefix& prefix);
    bool IsForwarded(InterfaceId id, const Address& group, const Address& source) const;
    void Flush();
    void InterfacesChanged();

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
    std::optional<RoutingDecision> Decide(const Address& group, const Address& source,
                                          InterfaceId arrival) const override;
    void DataArrived(InterfaceId interface, const Address& group, const Address& source) override;
    void DataCounted(const Address& group, const Address& source, bool active, std::optional<Duration> idle,
                     std::uint64_t bytes) override;

    // pim::InstanceOwner; MayCross is membership's, too
    const InterfaceState* FindState(InterfaceId interface) const override;
    std::vector<InterfaceId> DataInterfaces(Family family) const override;
    bool IsOwnAddress(const Address& address) const override;
    std::vector<Address> OwnAddresses(Family family) const override;
    std::optional<RouteTable::Result> WayTo(const Address& destination) const override;
    bool WantsAnySource(InterfaceId interface, const Address& group) const override;
    bool WantsSource(InterfaceId interface, const Address& group, const Address& source) const override;
    std::vector<Address> MemberGroups(InterfaceId interface, Family family) const override;
    std::vector<Address> IncludedSources(InterfaceId interface, const Address& group) const override;
    std::vector<Prefix> Boundaries(InterfaceId interface, Family family) const override;
    void ForwardingChanged(const Address& group) override;
    void ForwardingChanged(const Address& group, const Address& source) override;
    void AskForData(const Address& group, const Address& source) override;
    bool AskForActivity(const Address& group, const Address& source) override;
    void Decapsulate(Bytes packet) override;

    pim::Instance* RunningPim(Family family) const;

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
            pim->Trees().HandleWholePacket(upcall.packet);
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
Router::Impl::Decide(const Address& group, const Address& source, InterfaceId arrival) const
{
    const auto* pim = RunningPim(group.GetFamily());
    if (pim == nullptr)
    {
        return std::nullopt;
    }
    auto decision = pim->Trees().Decide(group, source, arrival);
    return RoutingDecision{decision.known ? std::optional(decision.incoming) : std::nullopt,
                           std::move(decision.outgoing), decision.ask};
}

void
Router::Impl::DataArrived(InterfaceId interface, const Address& group, const Address& source)
{
    if (auto* pim = RunningPim(group.GetFamily()))
    {
        pim->Trees().HandleData(interface, group, source);
    }
}

void
Router::Impl::DataCounted(const Address& group, const Address& source, bool active, std::optional<Duration> idle,
                          std::uint64_t bytes)
{
    if (auto* pim = RunningPim(group.GetFamily()))
    {
        pim->Trees().HandleActivity(group, source, active, idle, bytes);
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
        instance->Trees().Flush();
    }
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
    return pim == nullptr ? std::vector<pim::TreeView>{} : pim->Trees().Trees(group);
}

pim::TreeCounts
Router::PimTreeCounts(Family family) const
{
    const auto* pim = m_impl->FindPim(family);
    return pim == nullptr ? pim::TreeCounts{} : pim->Trees().Counts();
}

const Counters&
Router::GetCounters() const
{
    return m_impl->m_counters;
}

} // namespace mcast
