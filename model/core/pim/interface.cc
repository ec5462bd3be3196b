// SPDX-License-Identifier: GPL-2.0-only

#include "interface.h"

#include <algorithm>
#include <cassert>

namespace mcast::pim
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds DEFAULT_HOLDTIME{105};         // of a Hello that tells none (RFC 7761 4.3.2)
constexpr milliseconds DEFAULT_PROPAGATION{500}; // of a LAN where somebody tells none (4.3.3)
constexpr milliseconds DEFAULT_OVERRIDE{2500};

// Order of election without and with priorities (4.3.2).
bool
IsBetter(std::uint32_t priority, const Address& address, std::uint32_t thanPriority, const Address& thanAddress)
{
    return priority != thanPriority ? priority > thanPriority : thanAddress < address;
}

} // namespace

Interface::Interface(InterfaceId id, Family family, Context& context, InterfaceOwner& owner)
    : Alarm(context.timers),
      m_id(id),
      m_family(family),
      m_context(context),
      m_owner(owner),
      m_journal(id, family, context),
      m_address(Address::Any(family)),
      m_designatedRouter(Address::Any(family))
{
}

Address
Interface::GroupOfRouters() const
{
    return AllRouters(m_family);
}

void
Interface::Configure(const InterfaceConfig& config)
{
    assert(config.family == m_family);
    const bool retell =
        m_active && (config.drPriority != m_config.drPriority ||
                     config.HoldtimeToTell() != m_config.HoldtimeToTell() || config.mode != m_config.mode);
    m_config = config;
    m_configured = true;
    UpdateActivity();
    if (m_active && m_periodicHello.Running())
    {
        m_periodicHello.LowerTo(m_context.now, m_config.helloPeriod);
    }
    if (retell)
    {
        Trigger();
    }
    ElectAgain();
    Arm();
}

void
Interface::SetStateRefresh(std::optional<std::uint8_t> seconds)
{
    if (seconds == m_stateRefresh)
    {
        return;
    }
    m_stateRefresh = seconds;
    if (m_active && Serves(Mode::Dense))
    {
        Trigger();
        Arm();
    }
}

// Addresses beside the primary one (4.3.4). The primary one of IPv6 is link-local, its others may be of any scope.
std::vector<Address>
Interface::SecondaryAddresses() const
{
    std::vector<Address> addresses;
    for (const auto& own : m_state.addresses)
    {
        if (own.address.GetFamily() == m_family && own.address != m_address)
        {
            addresses.push_back(own.address);
        }
    }
    return addresses;
}

void
Interface::SetState(const InterfaceState& state)
{
    const auto before = m_address;
    m_known = true;
    const auto address = state.SourceAddress(m_family);
    if (m_active && state.up && !address.IsUnspecified() && address != before)
    {
        SendHello(0); // from the old address (4.3.1)
        m_state = state;
        MoveTo(address);
        return;
    }
    m_state = state;
    UpdateActivity();
    if (m_active && SecondaryAddresses() != m_told && m_heard)
    {
        SendHello(m_config.HoldtimeToTell());
    }
    Arm();
}

void
Interface::UpdateActivity()
{
    const auto address = m_state.SourceAddress(m_family);
    const bool should = m_configured && m_known && m_state.up && !address.IsUnspecified();
    if (should && !m_active)
    {
        Activate();
    }
    else if (!should && m_active)
    {
        Deactivate();
    }
}

void
Interface::Activate()
{
    m_active = true;
    m_heard = false;
    m_address = m_state.SourceAddress(m_family);
    m_generationId = static_cast<std::uint32_t>(m_context.random.Next());
    m_journal.Tell(m_journal.Event(EventKind::InterfaceUp).Source(m_address));
    ElectAgain();
    Trigger();
}

void
Interface::MoveTo(const Address& address)
{
    m_address = address;
    m_heard = false;
    AnnounceOurselves();
    ElectAgain();
    Arm();
}

void
Interface::Deactivate()
{
    if (!m_active)
    {
        return;
    }
    if (m_heard && m_state.up)
    {
        SendHello(0);
    }
    while (!m_neighbors.empty())
    {
        Forget(m_neighbors.begin());
    }
    m_active = false;
    m_address = m_designatedRouter = Address::Any(m_family);
    m_periodicHello.Stop();
    m_triggeredHello.Stop();
    m_journal.Tell(m_journal.Event(EventKind::InterfaceDown));
    m_owner.DesignatedRouterChanged(m_id);
    Arm();
}

// A Hello within Triggered_Hello_Delay, beside the periodic ones (4.3.1).
void
Interface::Trigger()
{
    m_triggeredHello.LowerTo(m_context.now, m_context.random.Delay(m_config.triggeredHelloDelay));
    Arm();
}

void
Interface::AnnounceOurselves()
{
    if (m_active && (!m_heard || m_triggeredHello.Running()))
    {
        SendHello(m_config.HoldtimeToTell());
    }
}

void
Interface::SendHello(std::uint16_t holdtime)
{
    Hello hello;
    hello.holdtime = holdtime;
    hello.lanPruneDelay =
        LanPruneDelay{m_config.trackingSupport, static_cast<std::uint16_t>(m_config.propagationDelay / milliseconds{1}),
                      static_cast<std::uint16_t>(m_config.overrideInterval / milliseconds{1})};
    hello.drPriority = m_config.drPriority;
    hello.generationId = m_generationId;
    hello.stateRefreshInterval = Serves(Mode::Dense) ? m_stateRefresh : std::nullopt;
    hello.secondaryAddresses = SecondaryAddresses();
    m_told = hello.secondaryAddresses;
    Transmit(GroupOfRouters(), hello);
    if (holdtime == 0)
    {
        return;
    }
    m_heard = true;
    m_triggeredHello.Stop();
    if (!m_periodicHello.Running())
    {
        m_periodicHello.Start(m_context.now, m_config.helloPeriod);
    }
    Arm();
}

void
Interface::Send(const Address& destination, const Message& message)
{
    AnnounceOurselves();
    Transmit(destination, message);
}

void
Interface::Transmit(const Address& destination, const Message& message)
{
    const PacketMeta meta{m_address, destination, PROTOCOL, 1, TOS_INTERNETWORK_CONTROL, false};
    m_context.transmits.push_back({m_id, meta, Write(meta, message)});
    m_journal.Sent(KindOf(message), {});
}

// Link-local messages come from the link, from somebody else, to all of us (4.9).
Reason
Interface::Screen(const PacketMeta& meta) const
{
    if (!m_active)
    {
        return m_configured ? Reason::InterfaceDown : Reason::NotEnabled;
    }
    if (m_state.HasAddress(meta.source))
    {
        return Reason::OwnMessage;
    }
    if (meta.source.IsUnspecified() || meta.source.IsMulticast())
    {
        return Reason::BadSource;
    }
    const bool onLink = m_family == Family::Ipv6 ? meta.source.IsLinkLocalUnicast() : m_state.IsOnSubnet(meta.source);
    if (!onLink)
    {
        return Reason::OffSubnetSource;
    }
    if (meta.ttl != 1)
    {
        return Reason::BadTtl;
    }
    return meta.destination == GroupOfRouters() || m_state.HasAddress(meta.destination) ? Reason::None
                                                                                        : Reason::BadDestination;
}

void
Interface::HandleHello(const PacketMeta& meta, const Hello& hello)
{
    if (meta.destination != GroupOfRouters())
    {
        return m_journal.Dropped(meta.source, Reason::BadDestination, MessageKind::PimHello);
    }
    const auto place = m_neighbors.find(meta.source);
    const bool isNew = place == m_neighbors.end();
    if (isNew && hello.holdtime != 0 && m_neighbors.size() >= m_config.maxNeighbors)
    {
        m_journal.LimitReached(meta.source, Reason::NeighborLimit);
        return;
    }
    m_journal.Received(MessageKind::PimHello, meta.source);
    if (hello.holdtime == 0)
    {
        if (!isNew)
        {
            Forget(place);
            ElectAgain();
        }
        return Arm();
    }
    auto& neighbor = isNew ? m_neighbors[meta.source] : place->second;
    if (isNew)
    {
        neighbor.since = m_context.now;
        m_journal.Tell(m_journal.Event(EventKind::NeighborUp).Source(meta.source));
    }
    const bool restarted = !isNew && hello.generationId != neighbor.hello.generationId;
    const auto addresses = neighbor.hello.secondaryAddresses;
    Remember(neighbor, meta, hello);
    if (isNew || restarted)
    {
        Trigger();
        ElectAgain();
        m_owner.NeighborChanged(m_id, meta.source, isNew ? NeighborChange::Up : NeighborChange::Restarted);
    }
    else
    {
        ElectAgain();
        if (neighbor.hello.secondaryAddresses != addresses)
        {
            m_owner.NeighborChanged(m_id, meta.source, NeighborChange::Moved);
        }
    }
    if (restarted)
    {
        m_journal.Tell(m_journal.Event(EventKind::NeighborRestarted).Source(meta.source));
    }
    Arm();
}

// All of the latest Hello, and nothing of earlier ones, counts (4.3.1, 4.3.4).
void
Interface::Remember(Neighbor& neighbor, const PacketMeta& meta, const Hello& hello)
{
    neighbor.hello = hello;
    TakeSecondaryAddresses(meta.source, neighbor.hello);
    if (hello.holdtime == HOLDTIME_FOREVER)
    {
        neighbor.liveness.Stop();
    }
    else
    {
        neighbor.liveness.Start(m_context.now, hello.holdtime ? seconds{*hello.holdtime} : DEFAULT_HOLDTIME);
    }
}

// The sender's primary address is not one of these; an address that two claim belongs to the later one (4.3.4).
void
Interface::TakeSecondaryAddresses(const Address& primary, Hello& hello)
{
    auto& list = hello.secondaryAddresses;
    list.erase(std::remove(list.begin(), list.end(), primary), list.end());
    for (auto& [address, other] : m_neighbors)
    {
        if (address == primary)
        {
            continue;
        }
        auto& theirs = other.hello.secondaryAddresses;
        const auto claimed = std::remove_if(theirs.begin(), theirs.end(), [&list](const auto& one) {
            return std::find(list.begin(), list.end(), one) != list.end();
        });
        if (claimed != theirs.end())
        {
            theirs.erase(claimed, theirs.end());
            m_journal.Count(Reason::AddressConflict);
            m_journal.Warn(primary, Reason::AddressConflict);
        }
    }
}

void
Interface::Forget(Neighbors_::iterator place)
{
    const auto address = place->first;
    m_neighbors.erase(place);
    m_journal.Tell(m_journal.Event(EventKind::NeighborDown).Source(address));
    m_owner.NeighborChanged(m_id, address, NeighborChange::Gone);
}

void
Interface::OnAlarm(TimePoint now)
{
    ExpireNeighbors(now);
    const bool periodic = m_periodicHello.Due(now);
    if (periodic)
    {
        m_periodicHello.Start(now, m_config.helloPeriod);
    }
    if (periodic || m_triggeredHello.Due(now))
    {
        SendHello(m_config.HoldtimeToTell());
    }
    Arm();
}

void
Interface::ExpireNeighbors(TimePoint now)
{
    bool any = false;
    for (auto place = m_neighbors.begin(); place != m_neighbors.end();)
    {
        const auto next = std::next(place);
        if (place->second.liveness.Due(now))
        {
            Forget(place);
            any = true;
        }
        place = next;
    }
    if (any)
    {
        ElectAgain();
    }
}

std::optional<Address>
Interface::FindNeighbor(const Address& address) const
{
    if (IsNeighbor(address))
    {
        return address;
    }
    for (const auto& [primary, neighbor] : m_neighbors)
    {
        const auto& theirs = neighbor.hello.secondaryAddresses;
        if (std::find(theirs.begin(), theirs.end(), address) != theirs.end())
        {
            return primary;
        }
    }
    return std::nullopt;
}

// Priorities count only if every neighbour tells one (4.3.2).
Address
Interface::Elect(const Address& without) const
{
    const bool priorities = std::all_of(m_neighbors.begin(), m_neighbors.end(), [&without](const auto& item) {
        return item.second.hello.drPriority.has_value() || item.first == without;
    });
    auto best = m_address;
    auto bestPriority = priorities ? m_config.drPriority : 0;
    for (const auto& [address, neighbor] : m_neighbors)
    {
        const auto priority = priorities ? neighbor.hello.drPriority.value_or(0) : 0;
        if (address != without && IsBetter(priority, address, bestPriority, best))
        {
            best = address;
            bestPriority = priority;
        }
    }
    return best;
}

void
Interface::ElectAgain()
{
    if (!m_active)
    {
        return;
    }
    const auto winner = Elect();
    if (winner == m_designatedRouter)
    {
        return;
    }
    m_designatedRouter = winner;
    m_journal.Tell(
        m_journal.Event(EventKind::DesignatedRouterChanged).Source(winner).Value(winner == m_address ? 1u : 0u));
    m_owner.DesignatedRouterChanged(m_id);
}

bool
Interface::EverybodyTellsPruneDelay() const
{
    return std::all_of(m_neighbors.begin(), m_neighbors.end(),
                       [](const auto& item) { return item.second.hello.lanPruneDelay.has_value(); });
}

Duration
Interface::EffectivePropagationDelay() const
{
    if (!EverybodyTellsPruneDelay())
    {
        return DEFAULT_PROPAGATION;
    }
    auto delay = m_config.propagationDelay;
    for (const auto& [address, neighbor] : m_neighbors)
    {
        delay = std::max<Duration>(delay, milliseconds{neighbor.hello.lanPruneDelay->propagationDelay});
    }
    return delay;
}

Duration
Interface::EffectiveOverrideInterval() const
{
    if (!EverybodyTellsPruneDelay())
    {
        return DEFAULT_OVERRIDE;
    }
    auto interval = m_config.overrideInterval;
    for (const auto& [address, neighbor] : m_neighbors)
    {
        interval = std::max<Duration>(interval, milliseconds{neighbor.hello.lanPruneDelay->overrideInterval});
    }
    return interval;
}

bool
Interface::JoinSuppression() const
{
    return !m_config.trackingSupport || !std::all_of(m_neighbors.begin(), m_neighbors.end(), [](const auto& item) {
        const auto& delay = item.second.hello.lanPruneDelay;
        return delay && delay->trackingSupport;
    });
}

bool
Interface::StateRefreshCapable() const
{
    return std::all_of(m_neighbors.begin(), m_neighbors.end(),
                       [](const auto& item) { return item.second.hello.stateRefreshInterval.has_value(); });
}

void
Interface::Arm()
{
    CheckInvariants();
    auto next = std::min(m_periodicHello.At(), m_triggeredHello.At());
    for (const auto& [address, neighbor] : m_neighbors)
    {
        next = std::min(next, neighbor.liveness.At());
    }
    WakeAt(next);
}

void
Interface::CheckInvariants() const
{
    assert(m_active || m_neighbors.empty());
    assert(m_active || (!m_periodicHello.Running() && !m_triggeredHello.Running()));
    assert(!m_active || m_heard || m_triggeredHello.Running());
    assert(m_designatedRouter.IsUnspecified() == !m_active);
}

InterfaceView
Interface::View() const
{
    InterfaceView view;
    view.interface = m_id;
    view.family = m_family;
    view.active = m_active;
    view.address = m_address;
    view.designatedRouter = m_designatedRouter;
    view.isDesignatedRouter = IsDesignatedRouter();
    view.drPriority = m_config.drPriority;
    view.generationId = m_generationId;
    view.nextHello = std::min(m_periodicHello, m_triggeredHello, [](const auto& a, const auto& b) {
                         return a.At() < b.At();
                     }).Remaining(m_context.now);
    view.propagationDelay = EffectivePropagationDelay();
    view.overrideInterval = EffectiveOverrideInterval();
    view.mode = m_config.mode;
    view.joinSuppression = JoinSuppression();
    view.stateRefreshCapable = !m_neighbors.empty() && StateRefreshCapable();
    view.neighbors = m_neighbors.size();
    view.counters = m_journal.GetCounters();
    return view;
}

std::vector<NeighborView>
Interface::Neighbors() const
{
    std::vector<NeighborView> views;
    for (const auto& [address, neighbor] : m_neighbors)
    {
        const auto& hello = neighbor.hello;
        views.push_back({address, hello.generationId, hello.drPriority, hello.lanPruneDelay, hello.secondaryAddresses, hello.stateRefreshInterval,
                         neighbor.liveness.Remaining(m_context.now), !neighbor.liveness.Running(),
                         m_context.now - neighbor.since});
    }
    return views;
}

} // namespace mcast::pim
