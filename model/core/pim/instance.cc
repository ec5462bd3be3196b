// SPDX-License-Identifier: GPL-2.0-only

#include "instance.h"

#include "../wire/ip.h"

#include <algorithm>

namespace mcast::pim
{

namespace
{

constexpr std::uint8_t UNICAST_TTL = 64;

} // namespace

Instance::Instance(Family family, InstanceOwner& owner)
    : m_family(family),
      m_owner(owner),
      m_journal(InterfaceId{}, family, owner.GetContext()),
      m_rps(family),
      m_sparse(family, *this),
      m_dense(family, *this),
      m_bootstrap(family, owner.GetContext(), m_rps, *this)
{
    m_config.family = family;
    m_rps.Configure(m_config);
    m_bootstrap.Configure(m_config);
}

Instance::~Instance() = default;

void
Instance::Configure(const RouterConfig& config)
{
    const bool sameModes = config.denseGroups == m_config.denseGroups && config.ssmRange == m_config.ssmRange;
    m_config = config;
    m_rps.Configure(config);
    m_bootstrap.Configure(config);
    for (auto& [id, interface] : m_interfaces)
    {
        TellStateRefresh(*interface);
    }
    if (!sameModes)
    {
        Forget();
    }
    if (Runs())
    {
        TreesChanged();
    }
}

void
Instance::ConfigureInterface(InterfaceId id, const InterfaceConfig& config)
{
    auto& interface = m_interfaces[id];
    if (!interface)
    {
        InterfaceOwner& self = *this;
        interface = std::make_unique<Interface>(id, m_family, m_owner.GetContext(), self);
        if (const auto* state = m_owner.FindState(id))
        {
            interface->SetState(*state);
        }
    }
    TellStateRefresh(*interface);
    if (config.mode != interface->GetConfig().mode)
    {
        m_sparse.InterfaceGone(id);
        m_dense.InterfaceGone(id);
    }
    interface->Configure(config);
    m_bootstrap.Configure(m_config); // starts again what a shutdown has ended
    InterfacesChanged();
}

void
Instance::RemoveInterface(InterfaceId id)
{
    const auto found = m_interfaces.find(id);
    if (found == m_interfaces.end())
    {
        return;
    }
    if (m_interfaces.size() == 1)
    {
        m_bootstrap.Shutdown(); // while there is still a way to say so
    }
    found->second->Deactivate();
    m_interfaces.erase(found);
    m_sparse.InterfaceGone(id);
    m_dense.InterfaceGone(id);
    InterfacesChanged();
}

void
Instance::SetState(const InterfaceState& state)
{
    auto* interface = FindInterface(state.id);
    if (interface != nullptr)
    {
        const bool was = interface->Active();
        interface->SetState(state);
        if (was && !interface->Active())
        {
            m_sparse.InterfaceGone(state.id);
            m_dense.InterfaceGone(state.id);
        }
    }
    InterfacesChanged();
}

void
Instance::InterfacesChanged()
{
    m_dataInterfaces = m_owner.DataInterfaces(m_family);
    m_bootstrap.InterfacesChanged();
    const bool allDense = Runs() && std::all_of(m_interfaces.begin(), m_interfaces.end(), [](const auto& item) {
                              return item.second->GetConfig().mode == Mode::Dense;
                          });
    if (!Runs() || allDense != m_denseByDefault)
    {
        Forget(); // data goes by membership alone now, or groups are of another mode
    }
    m_denseByDefault = allDense;
    if (Runs())
    {
        TreesChanged();
    }
}

void
Instance::Forget()
{
    m_sparse.Clear();
    m_dense.Clear();
}

void
Instance::TreesChanged()
{
    m_sparse.EverythingChanged();
    m_dense.EverythingChanged();
}

void
Instance::TellStateRefresh(Interface& interface)
{
    interface.SetStateRefresh(m_config.stateRefresh ? std::optional(m_config.StateRefreshIntervalToTell())
                                                    : std::nullopt);
}

bool
Instance::IsDense(const Address& group) const
{
    return m_config.IsDense(group, m_denseByDefault);
}

// Prunes before the goodbyes: who has heard that we are gone takes nothing from us.
void
Instance::Shutdown()
{
    m_bootstrap.Shutdown();
    Forget();
    for (auto& [id, interface] : m_interfaces)
    {
        interface->Deactivate();
    }
    m_interfaces.clear();
    Forget();
}

void
Instance::MembershipChanged(InterfaceId interface, const Address& group)
{
    if (IsDense(group))
    {
        return m_dense.MembershipChanged(group);
    }
    m_sparse.MembershipChanged(interface, group);
}

void
Instance::MembershipChanged(InterfaceId interface, const Address& group, const Address& source)
{
    if (IsDense(group))
    {
        return m_dense.MembershipChanged(group);
    }
    m_sparse.MembershipChanged(interface, group, source);
}

void
Instance::RoutesChanged(const Prefix& prefix)
{
    m_sparse.RoutesChanged(prefix);
    m_dense.RoutesChanged(prefix);
}

void
Instance::HandleData(InterfaceId interface, const Address& group, const Address& source, std::uint8_t ttl)
{
    if (IsDense(group))
    {
        return m_dense.HandleData(interface, group, source, ttl);
    }
    m_sparse.HandleData(interface, group, source);
}

void
Instance::HandleActivity(const Address& group, const Address& source, bool active, std::optional<Duration> idle,
                         std::uint64_t bytes)
{
    if (IsDense(group))
    {
        return m_dense.HandleActivity(group, source, active, idle);
    }
    m_sparse.HandleActivity(group, source, active, idle, bytes);
}

void
Instance::HandleWholePacket(BytesView packet)
{
    m_sparse.HandleWholePacket(packet);
}

RoutingDecision
Instance::Decide(const Address& group, const Address& source) const
{
    return IsDense(group) ? m_dense.Decide(group, source) : m_sparse.Decide(group, source);
}

void
Instance::Flush()
{
    m_sparse.Flush();
    m_dense.Flush();
}

std::vector<TreeView>
Instance::Trees(const std::optional<Address>& group) const
{
    auto views = m_sparse.Trees(group);
    auto dense = m_dense.Trees(group);
    views.insert(views.end(), dense.begin(), dense.end());
    return views;
}

TreeCounts
Instance::Counts() const
{
    auto counts = m_sparse.Counts();
    counts.dense = m_dense.Count();
    return counts;
}

std::vector<InterfaceView>
Instance::Interfaces() const
{
    std::vector<InterfaceView> views;
    for (const auto& [id, interface] : m_interfaces)
    {
        views.push_back(interface->View());
    }
    return views;
}

std::vector<NeighborView>
Instance::Neighbors(InterfaceId id) const
{
    const auto* interface = FindInterface(id);
    return interface == nullptr ? std::vector<NeighborView>{} : interface->Neighbors();
}

std::vector<RpView>
Instance::Rps() const
{
    auto views = m_rps.View(m_owner.GetContext().now);
    for (auto& view : views)
    {
        view.isUs = IsOwnAddress(view.rp);
    }
    return views;
}

std::vector<BootstrapView>
Instance::GetBootstrap() const
{
    return m_bootstrap.View();
}

std::optional<Address>
Instance::FindRp(const Address& group) const
{
    const auto mapping = IsDense(group) ? std::nullopt : m_rps.Find(group); // a dense group needs none
    return mapping ? std::optional(mapping->rp) : std::nullopt;
}

void
Instance::NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change)
{
    m_sparse.NeighborChanged(interface, neighbor, change);
    m_dense.NeighborChanged(interface, neighbor, change);
    if (change == NeighborChange::Up || change == NeighborChange::Restarted)
    {
        m_bootstrap.PrimeNeighbor(interface, neighbor);
    }
}

void
Instance::DesignatedRouterChanged(InterfaceId)
{
    m_sparse.EverythingChanged();
}

Context&
Instance::GetContext()
{
    return m_owner.GetContext();
}

const RouterConfig&
Instance::GetConfig() const
{
    return m_config;
}

Interface*
Instance::FindInterface(InterfaceId id) const
{
    const auto found = m_interfaces.find(id);
    return found == m_interfaces.end() ? nullptr : found->second.get();
}

const std::vector<InterfaceId>&
Instance::DataInterfaces() const
{
    return m_dataInterfaces;
}

std::size_t
Instance::RoomOf(InterfaceId id) const
{
    constexpr std::size_t least = 576; // less would not hold the Prunes of a Join(*,G)
    const auto* interface = FindInterface(id);
    const std::size_t mtu = interface == nullptr ? least : interface->GetState().mtu;
    return std::max(mtu, least) - IpHeaderSize(m_family);
}

std::size_t
Instance::MtuTowards(const Address& destination) const
{
    const std::size_t least = m_family == Family::Ipv4 ? 576 : 1280; // RFC 791 3.1, RFC 8200 5
    const auto way = m_owner.WayTo(destination);
    const auto* state = way ? m_owner.FindState(way->interface) : nullptr;
    return state == nullptr ? least : std::max<std::size_t>(state->mtu, m_family == Family::Ipv4 ? 68 : least);
}

bool
Instance::IsOwnAddress(const Address& address) const
{
    return m_owner.IsOwnAddress(address);
}

Address
Instance::ReachableAddress(InterfaceId id) const
{
    const auto* state = m_owner.FindState(id);
    for (const auto& own : state == nullptr ? std::vector<InterfaceAddress>{} : state->addresses)
    {
        if (own.address.GetFamily() == m_family && !own.address.IsLinkLocalUnicast())
        {
            return own.address;
        }
    }
    return const_cast<Instance*>(this)->DefaultCandidateAddress();
}

// The neighbour on the way: who the next hop belongs to; on the link the root itself. On a link without addresses of the
// root's subnet and without a gateway (a default route into a point-to-point link) it is the only one there is.
Rpf
Instance::FindRpf(const Address& root) const
{
    Rpf rpf;
    rpf.isOwn = m_owner.IsOwnAddress(root);
    const auto way = m_owner.WayTo(root);
    if (!way)
    {
        return rpf;
    }
    rpf.interface = way->interface;
    rpf.nextHop = way->nextHop;
    rpf.metric = way->metric;
    rpf.preference = way->preference;
    rpf.prefixLength = way->prefixLength;
    const auto* state = m_owner.FindState(way->interface);
    const bool onSubnet = state != nullptr && state->IsOnSubnet(root);
    rpf.isDirectlyConnected = rpf.isOwn || (way->nextHop.IsUnspecified() && onSubnet);
    const auto* interface = FindInterface(way->interface);
    if (interface == nullptr || rpf.isOwn)
    {
        return rpf;
    }
    auto neighbor = interface->FindNeighbor(way->nextHop.IsUnspecified() ? root : way->nextHop);
    if (!neighbor && way->nextHop.IsUnspecified() && !onSubnet && interface->NeighborCount() == 1)
    {
        neighbor = interface->Neighbors().front().address;
    }
    rpf.neighbor = neighbor.value_or(Address{});
    return rpf;
}

bool
Instance::WantsAnySource(InterfaceId interface, const Address& group) const
{
    return m_owner.WantsAnySource(interface, group);
}

bool
Instance::WantsSource(InterfaceId interface, const Address& group, const Address& source) const
{
    return m_owner.WantsSource(interface, group, source);
}

std::vector<Address>
Instance::MemberGroups(InterfaceId interface, bool dense) const
{
    auto groups = m_owner.MemberGroups(interface, m_family);
    groups.erase(
        std::remove_if(groups.begin(), groups.end(), [&](const auto& group) { return IsDense(group) != dense; }),
        groups.end());
    return groups;
}

std::vector<Address>
Instance::IncludedSources(InterfaceId interface, const Address& group) const
{
    return m_owner.IncludedSources(interface, group);
}

bool
Instance::MayCross(InterfaceId interface, const Address& group) const
{
    return m_owner.MayCross(interface, group);
}

std::uint8_t
Instance::TtlThreshold(InterfaceId interface) const
{
    return m_owner.TtlThreshold(interface, m_family);
}

void
Instance::ForwardingChanged(const Address& group)
{
    m_owner.ForwardingChanged(group);
}

void
Instance::ForwardingChanged(const Address& group, const Address& source)
{
    m_owner.ForwardingChanged(group, source);
}

void
Instance::AskForData(const Address& group, const Address& source)
{
    m_owner.AskForData(group, source);
}

bool
Instance::AskForActivity(const Address& group, const Address& source)
{
    return m_owner.AskForActivity(group, source);
}

// What the way marked as congested is so for the packet inside; its class stays its own (RFC 7761 4.4.2).
void
Instance::Decapsulate(BytesView packet, std::uint8_t tos)
{
    Bytes inner(packet.Data(), packet.Data() + packet.Size());
    SetEcn(inner, tos & 3);
    m_owner.Decapsulate(std::move(inner));
}

void
Instance::SendUnicast(const Address& source, const Address& destination, std::uint8_t tos, const Message& message)
{
    const PacketMeta meta{source, destination, PROTOCOL, UNICAST_TTL, tos, false};
    GetContext().transmits.push_back({BY_ROUTING, meta, Write(meta, message)});
    const auto way = m_owner.WayTo(destination);
    JournalOf(way ? way->interface : InterfaceId{}).Sent(KindOf(message), {});
}

void
Instance::SendUnicast(const Address& source, const Address& destination, const Message& message)
{
    SendUnicast(source, destination, TOS_INTERNETWORK_CONTROL, message);
}

Journal&
Instance::JournalOf(InterfaceId id)
{
    auto* interface = FindInterface(id);
    return interface == nullptr ? m_journal : interface->GetJournal();
}

std::vector<BootstrapInterface>
Instance::BootstrapInterfaces()
{
    std::vector<BootstrapInterface> interfaces;
    for (const auto& [id, interface] : m_interfaces)
    {
        if (interface->Active())
        {
            interfaces.push_back({interface.get(), interface->GetState().mtu, interface->GetConfig().bsrBorder,
                                  m_owner.Boundaries(id, m_family)});
        }
    }
    return interfaces;
}

Address
Instance::DefaultCandidateAddress()
{
    auto best = Address::Any(m_family);
    for (const auto& address : m_owner.OwnAddresses(m_family))
    {
        if (IsDomainWide(address) && best < address)
        {
            best = address;
        }
    }
    return best;
}

void
Instance::RpSetChanged()
{
    m_sparse.RpSetChanged();
}

} // namespace mcast::pim
