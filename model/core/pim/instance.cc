// SPDX-License-Identifier: GPL-2.0-only

#include "instance.h"

#include "../wire/ip.h"

#include <algorithm>

namespace mcast::pim
{

namespace
{

constexpr std::uint8_t UNICAST_TTL = 64;

// Messages of a link that only neighbours may send (RFC 7761 4.5, 4.6).
bool
IsNeighborsOnly(const Message& message)
{
    return std::holds_alternative<JoinPrune>(message) || std::holds_alternative<Assert>(message);
}

// Messages that cross the network by unicast. A Bootstrap message may be unicast, but to a neighbour.
bool
IsRouted(const Message& message)
{
    return std::holds_alternative<Register>(message) || std::holds_alternative<RegisterStop>(message) ||
           std::holds_alternative<CandidateRp>(message) || std::holds_alternative<PackedRegister>(message);
}

} // namespace

Instance::Instance(Family family, InstanceOwner& owner)
    : m_family(family),
      m_owner(owner),
      m_journal(InterfaceId{}, family, owner.GetContext()),
      m_rps(family),
      m_sparse(family, *this),
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
    m_config = config;
    m_rps.Configure(config);
    m_bootstrap.Configure(config);
    if (Runs())
    {
        m_sparse.EverythingChanged();
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
        }
    }
    InterfacesChanged();
}

void
Instance::InterfacesChanged()
{
    m_dataInterfaces = m_owner.DataInterfaces(m_family);
    m_bootstrap.InterfacesChanged();
    if (Runs())
    {
        m_sparse.EverythingChanged();
    }
    else
    {
        m_sparse.Clear(); // data goes by membership alone now
    }
}

// Prunes before the goodbyes: who has heard that we are gone takes nothing from us.
void
Instance::Shutdown()
{
    m_bootstrap.Shutdown();
    m_sparse.Clear();
    for (auto& [id, interface] : m_interfaces)
    {
        interface->Deactivate();
    }
    m_interfaces.clear();
    m_sparse.Clear();
}

void
Instance::HandlePacket(InterfaceId id, const PacketMeta& meta, BytesView payload)
{
    const auto message = Parse(meta, payload);
    if (!message)
    {
        return JournalOf(id).Dropped(meta.source, message.Error().reason);
    }
    if (IsRouted(*message))
    {
        return HandleAnywhere(id, meta, *message);
    }
    auto* interface = FindInterface(id);
    if (interface == nullptr)
    {
        return m_journal.Dropped(meta.source, Reason::NotEnabled, KindOf(*message));
    }
    auto reason = interface->Screen(meta);
    if (reason == Reason::None && IsNeighborsOnly(*message))
    {
        reason = meta.destination != AllRouters(m_family) ? Reason::BadDestination
                 : interface->Accepts(meta.source)        ? Reason::None
                                                          : Reason::NotNeighbor;
    }
    if (reason != Reason::None)
    {
        return interface->GetJournal().Dropped(meta.source, reason, KindOf(*message));
    }
    HandleOnLink(*interface, meta, *message);
}

void
Instance::HandleOnLink(Interface& interface, const PacketMeta& meta, const Message& message)
{
    if (const auto* hello = std::get_if<Hello>(&message))
    {
        return interface.HandleHello(meta, *hello);
    }
    if (const auto* assert = std::get_if<Assert>(&message))
    {
        return m_sparse.HandleAssert(interface, meta, *assert);
    }
    if (const auto* bootstrap = std::get_if<Bootstrap>(&message))
    {
        return m_bootstrap.HandleBootstrap(interface.Id(), meta, *bootstrap);
    }
    const auto* joinPrune = std::get_if<JoinPrune>(&message);
    if (joinPrune != nullptr && joinPrune->kind == JoinPrune::Kind::JoinPrune)
    {
        return m_sparse.HandleJoinPrune(interface, meta, *joinPrune);
    }
    interface.GetJournal().Dropped(meta.source, Reason::NotEnabled, KindOf(message)); // Graft: dense mode
}

void
Instance::HandleAnywhere(InterfaceId id, const PacketMeta& meta, const Message& message)
{
    if (meta.source.IsUnspecified() || meta.source.IsMulticast())
    {
        return JournalOf(id).Dropped(meta.source, Reason::BadSource, KindOf(message));
    }
    if (!IsOwnAddress(meta.destination))
    {
        return JournalOf(id).Dropped(meta.source, Reason::BadDestination, KindOf(message));
    }
    if (const auto* registering = std::get_if<Register>(&message))
    {
        return m_sparse.HandleRegister(id, meta, *registering);
    }
    if (const auto* stop = std::get_if<RegisterStop>(&message))
    {
        return m_sparse.HandleRegisterStop(id, meta, *stop);
    }
    if (const auto* packed = std::get_if<PackedRegister>(&message))
    {
        return m_sparse.HandlePacked(id, meta, *packed);
    }
    if (const auto* candidate = std::get_if<CandidateRp>(&message))
    {
        m_bootstrap.HandleCandidateRp(id, meta, *candidate);
    }
}

void
Instance::MembershipChanged(InterfaceId interface, const Address& group)
{
    m_sparse.MembershipChanged(interface, group);
}

void
Instance::MembershipChanged(InterfaceId interface, const Address& group, const Address& source)
{
    m_sparse.MembershipChanged(interface, group, source);
}

void
Instance::RoutesChanged(const Prefix& prefix)
{
    m_sparse.RoutesChanged(prefix);
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
    const auto mapping = m_rps.Find(group);
    return mapping ? std::optional(mapping->rp) : std::nullopt;
}

void
Instance::NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change)
{
    m_sparse.NeighborChanged(interface, neighbor, change);
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
Instance::MemberGroups(InterfaceId interface) const
{
    return m_owner.MemberGroups(interface, m_family);
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
