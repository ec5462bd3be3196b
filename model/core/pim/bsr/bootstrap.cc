// SPDX-License-Identifier: GPL-2.0-only
// What every router does: takes messages in, passes them on, runs the timers. Candidates: see bootstrap-candidate.cc.

#include "bootstrap.h"

#include "../../wire/ip.h"

#include <algorithm>

namespace mcast::pim
{

using namespace bsr;

namespace
{

constexpr std::size_t MAX_ZONES = 64;      // that somebody may make us know
constexpr std::size_t MAX_FRAGMENTS = 256; // that are kept of a message
constexpr std::size_t MAX_PASSED = 256;
// Longer than a packet travels in a circle, and shorter than BS_Min_Interval ever is in practice.
constexpr std::chrono::seconds CIRCLE_TIME{1};

} // namespace

BootstrapRouter::BootstrapRouter(Family family, Context& context, RpSet& set, BootstrapOwner& owner)
    : Alarm(context.timers),
      m_family(family),
      m_context(context),
      m_set(set),
      m_owner(owner),
      m_defaultAddress(Address::Any(family))
{
    m_config.family = family;
}

void
BootstrapRouter::Configure(const RouterConfig& config)
{
    if (!config.bootstrap)
    {
        Shutdown();
        m_config = config;
        return;
    }
    m_config = config;
    if (!m_running)
    {
        m_running = true;
        FindOrAddZone({});
    }
    InterfacesChanged();
}

void
BootstrapRouter::InterfacesChanged()
{
    if (!m_running)
    {
        return;
    }
    if (!m_startedAt && !m_owner.BootstrapInterfaces().empty())
    {
        m_startedAt = m_context.now;
    }
    if (m_defaultAddress.IsUnspecified() || !IsOurs(m_defaultAddress))
    {
        m_defaultAddress = m_owner.DefaultCandidateAddress();
    }
    UpdateCandidacy();
    m_reconsider = true;
    Finish();
}

void
BootstrapRouter::Shutdown()
{
    if (!m_running)
    {
        return;
    }
    for (auto& [scope, zone] : m_zones)
    {
        SendAdvertisements(zone, Withdrawals(zone.told, {}));
        Resign(zone);
    }
    for (const auto& [scope, zone] : m_zones)
    {
        m_changed |= m_set.Forget(scope);
    }
    m_zones.clear();
    m_passed.clear();
    m_running = false;
    m_startedAt.reset();
    m_defaultAddress = Address::Any(m_family);
    Finish();
}

std::optional<BootstrapInterface>
BootstrapRouter::FindInterface(InterfaceId id) const
{
    auto interfaces = m_owner.BootstrapInterfaces();
    const auto found =
        std::find_if(interfaces.begin(), interfaces.end(), [id](const auto& item) { return item.pim->Id() == id; });
    return found == interfaces.end() ? std::nullopt : std::optional(std::move(*found));
}

bool
BootstrapRouter::IsOurs(const Address& address) const
{
    return m_owner.FindRpf(address).isOwn;
}

BootstrapRouter::Before
BootstrapRouter::Now(const Zone& zone) const
{
    return {zone.election.GetState(), zone.election.Bsr()};
}

void
BootstrapRouter::HandleBootstrap(InterfaceId id, const PacketMeta& meta, const Bootstrap& message)
{
    constexpr auto kind = MessageKind::PimBootstrap;
    auto& journal = m_owner.JournalOf(id);
    const auto interface = FindInterface(id);
    auto reason = !m_running   ? Reason::NotEnabled
                  : !interface ? Reason::InterfaceDown
                               : Check(*interface, meta, message);
    if (reason == Reason::None && !message.noForward && CameInACircle(message))
    {
        reason = Reason::Duplicate;
    }
    if (reason != Reason::None)
    {
        journal.Dropped(meta.source, reason, kind);
        if (reason == Reason::BadGroup)
        {
            journal.Warn(meta.source, reason); // a scope without a name (3.1)
        }
        return;
    }
    const auto scope = ZoneOf(message);
    auto* zone = FindOrAddZone(scope);
    if (zone == nullptr)
    {
        return journal.LimitReached(scope->GetAddress(), Reason::RpLimit);
    }
    Take(*zone, journal, meta, message);
    Finish();
}

// RFC 5059 3.1.3, behind what holds for all messages of neighbours.
Reason
BootstrapRouter::Check(const BootstrapInterface& interface, const PacketMeta& meta, const Bootstrap& message) const
{
    if (interface.border)
    {
        return Reason::Boundary;
    }
    if (const auto reason = interface.pim->Screen(meta); reason != Reason::None)
    {
        return reason;
    }
    if (!interface.pim->IsNeighbor(meta.source))
    {
        return Reason::NotNeighbor;
    }
    if (!IsOfFamily(message, m_family))
    {
        return Reason::UnknownEncoding;
    }
    if (!CountsFit(message))
    {
        return Reason::BadLength;
    }
    if (!IsDomainWide(message.bsr))
    {
        return Reason::BadSource;
    }
    return NamesItsZone(message) ? CheckPath(interface, meta, message, ZoneOf(message)) : Reason::BadGroup;
}

Reason
BootstrapRouter::CheckPath(const BootstrapInterface& interface, const PacketMeta& meta, const Bootstrap& message,
                           const ScopeZone& zone) const
{
    const auto rpf = m_owner.FindRpf(message.bsr);
    if (rpf.isOwn)
    {
        return Reason::OwnMessage;
    }
    if (IsBorder(interface.boundaries, zone))
    {
        return Reason::Boundary;
    }
    const bool isMulticast = meta.destination.IsMulticast();
    if (isMulticast && !message.noForward)
    {
        const bool isOnPath = rpf.interface == interface.pim->Id() && rpf.neighbor == meta.source;
        return isOnPath ? Reason::None : Reason::NotRpfNeighbor;
    }
    if (!isMulticast && !m_config.acceptUnicastBootstrap)
    {
        return Reason::NotEnabled;
    }
    const auto known = m_zones.find(zone);
    const bool hasJustBegun = m_startedAt && m_context.now - *m_startedAt <= m_config.bootstrapPeriod;
    return hasJustBegun && (known == m_zones.end() || !known->second.accepted) ? Reason::None : Reason::NotAtStartup;
}

// Where unicast routing turns in a circle, each router is its neighbour's RPF neighbour, and a message would run for ever.
bool
BootstrapRouter::CameInACircle(const Bootstrap& message)
{
    while (!m_passed.empty() && (m_passed.front().at + CIRCLE_TIME <= m_context.now || m_passed.size() >= MAX_PASSED))
    {
        m_passed.pop_front();
    }
    const auto fingerprint = Fingerprint(message);
    const bool again = std::any_of(m_passed.begin(), m_passed.end(),
                                   [fingerprint](const auto& passed) { return passed.fingerprint == fingerprint; });
    if (!again)
    {
        m_passed.push_back({m_context.now, fingerprint});
    }
    return again;
}

BootstrapRouter::Zone*
BootstrapRouter::FindOrAddZone(const ScopeZone& scope)
{
    const auto found = m_zones.find(scope);
    if (found != m_zones.end())
    {
        return &found->second;
    }
    if (m_zones.size() >= MAX_ZONES)
    {
        return nullptr;
    }
    const bool isConfigured = !scope || (m_config.candidateBsr && scope == CandidateZone());
    const auto place = m_zones.emplace(std::piecewise_construct, std::forward_as_tuple(scope),
                                       std::forward_as_tuple(m_config, scope, !isConfigured));
    place.first->second.hashMaskLength = DefaultHashMaskLength(m_family);
    m_reconsider = true;
    return &place.first->second;
}

void
BootstrapRouter::Take(Zone& zone, Journal& journal, const PacketMeta& meta, const Bootstrap& message)
{
    const auto before = Now(zone);
    const auto outcome = zone.election.OnMessage(m_context.now, {message.priority, message.bsr});
    if (!outcome.forward && !outcome.store && !outcome.originate)
    {
        return journal.Dropped(meta.source, Reason::NotPreferred, MessageKind::PimBootstrap);
    }
    journal.Received(MessageKind::PimBootstrap, meta.source);
    Settle(zone, before);
    if (outcome.forward && !message.noForward && meta.destination.IsMulticast())
    {
        Flood(zone.scope, message); // neither No-Forward nor unicast messages go on (3.4)
    }
    if (outcome.store)
    {
        zone.accepted = true;
        Store(zone, journal, message);
    }
    if (outcome.originate)
    {
        Originate(zone);
    }
}

void
BootstrapRouter::Store(Zone& zone, Journal& journal, const Bootstrap& message)
{
    m_changed |= zone.assembly.Store(m_context.now, zone.scope, message, m_config.maxRps, m_set, journal);
    zone.hashMaskLength = message.hashMaskLength;
    Remember(zone, message);
}

// The last message, in all its fragments: for new neighbours, and for when the BSR is gone (3.1.5, 3.5). A BSR whose tags
// don't change is told apart by time.
void
BootstrapRouter::Remember(Zone& zone, const Bootstrap& message)
{
    auto& stored = zone.stored;
    const bool isSame = !stored.empty() && stored.front().bsr == message.bsr &&
                        stored.front().fragmentTag == message.fragmentTag &&
                        m_context.now - zone.storedSince < m_config.bootstrapMinInterval;
    if (!isSame)
    {
        stored.clear();
        zone.storedItems = 0;
        zone.storedSince = m_context.now;
    }
    zone.storedItems += message.groups.size();
    for (const auto& group : message.groups)
    {
        zone.storedItems += group.rps.size();
    }
    if (stored.size() < MAX_FRAGMENTS && (stored.empty() || zone.storedItems <= 4 * m_config.maxRps))
    {
        stored.push_back(message);
    }
}

// A new state, and a new BSR that wants to hear of candidate RPs soon (3.2).
void
BootstrapRouter::Settle(Zone& zone, const Before& before)
{
    const auto after = Now(zone);
    const bool isElected = after.state == BootstrapView::State::Elected;
    const bool isNewBsr = after.bsr && (!before.bsr || before.bsr->address != after.bsr->address);
    if (after.state == before.state && !isNewBsr)
    {
        return;
    }
    if (!isElected)
    {
        zone.candidates.Clear();
    }
    if (!after.bsr || isNewBsr)
    {
        zone.told.clear();
        zone.advertisement.Stop();
    }
    m_context.Emit(TraceEvent(EventKind::BootstrapStateChanged, {})
                       .Of(m_family)
                       .Group(zone.scope ? zone.scope->GetAddress() : Address{})
                       .Source(after.bsr ? after.bsr->address : Address{})
                       .Value(static_cast<std::uint64_t>(after.state)));
    m_reconsider = true;
    if (isNewBsr && isElected && !m_config.candidateRps.empty())
    {
        Advertise(zone); // to ourselves, without delay
        zone.advertisement.Start(m_context.now, m_context.random);
    }
}

bool
BootstrapRouter::Passes(const BootstrapInterface& interface, const ScopeZone& zone) const
{
    return interface.pim->Active() && interface.pim->NeighborCount() > 0 && !interface.border &&
           !IsBorder(interface.boundaries, zone);
}

void
BootstrapRouter::SendTo(const BootstrapInterface& interface, const Address& destination, const Bootstrap& message) const
{
    const auto header = IpHeaderSize(m_family);
    for (const auto& fragment : Fragments(message, interface.mtu - std::min(header, interface.mtu)))
    {
        interface.pim->Send(destination, fragment);
    }
}

// Out of all interfaces with neighbours, also the one that it came from: routers of a LAN need not agree about the way to
// the BSR (3.4).
void
BootstrapRouter::Flood(const ScopeZone& zone, const Bootstrap& message)
{
    for (const auto& interface : m_owner.BootstrapInterfaces())
    {
        if (Passes(interface, zone))
        {
            SendTo(interface, AllRouters(m_family), message);
        }
    }
}

// RFC 5059 3.5
void
BootstrapRouter::PrimeNeighbor(InterfaceId id, const Address& neighbor)
{
    const auto interface = m_running ? FindInterface(id) : std::nullopt;
    if (!interface || !interface->pim->IsDesignatedRouterWithout(neighbor))
    {
        return;
    }
    for (const auto& [scope, zone] : m_zones)
    {
        for (auto message : Passes(*interface, scope) ? zone.stored : std::vector<Bootstrap>{})
        {
            message.noForward = true;
            SendTo(*interface, AllRouters(m_family), message);
            if (m_config.sendUnicastBootstrap)
            {
                SendTo(*interface, neighbor, message);
            }
        }
    }
}

void
BootstrapRouter::OnAlarm(TimePoint now)
{
    m_changed |= m_set.Expire(now);
    for (auto& [scope, zone] : m_zones)
    {
        RunZone(now, zone);
    }
    RemoveForgottenZones();
    Finish();
}

void
BootstrapRouter::RunZone(TimePoint now, Zone& zone)
{
    if (zone.candidates.Expire(now, m_config.BootstrapTimeout()))
    {
        Collected(zone, CandidateRpSet::Change::Added);
    }
    const auto before = Now(zone);
    const auto expiry = zone.election.OnTimer(now);
    Settle(zone, before);
    switch (expiry)
    {
    case Election::Expiry::None:
    case Election::Expiry::Remove:
        break;
    case Election::Expiry::Originate:
        Originate(zone);
        break;
    case Election::Expiry::Refresh:
        for (const auto& fragment : zone.stored)
        {
            m_changed |= zone.assembly.Store(now, zone.scope, fragment, m_config.maxRps, m_set, m_owner.JournalOf({}));
        }
        zone.stored.clear();
        break;
    }
    if (zone.advertisement.Due(now, m_config.candidateRpPeriod, m_context.random))
    {
        Advertise(zone);
    }
}

void
BootstrapRouter::RemoveForgottenZones()
{
    for (auto place = m_zones.begin(); place != m_zones.end();)
    {
        if (place->second.election.GetState() != BootstrapView::State::NoInfo)
        {
            ++place;
            continue;
        }
        m_changed |= m_set.Forget(place->first);
        place = m_zones.erase(place);
        m_reconsider = true;
    }
}

void
BootstrapRouter::Arm()
{
    auto next = m_set.NextExpiry();
    for (const auto& [scope, zone] : m_zones)
    {
        next = std::min({next, zone.election.NextTimer(), zone.advertisement.At(), zone.candidates.NextExpiry()});
    }
    WakeAt(next);
}

void
BootstrapRouter::Finish()
{
    if (m_reconsider)
    {
        m_reconsider = false;
        UpdateAdvertisements();
    }
    Arm();
    if (m_changed)
    {
        m_changed = false;
        m_context.Emit(TraceEvent(EventKind::RpSetChanged, {}).Of(m_family));
        m_owner.RpSetChanged();
    }
}

BootstrapView
BootstrapRouter::Describe(const Zone& zone) const
{
    BootstrapView view;
    const auto bsr = zone.election.Bsr();
    view.state = zone.election.GetState();
    view.zone = zone.scope;
    view.bsr = bsr ? bsr->address : Address::Any(m_family);
    view.priority = bsr ? bsr->priority : 0;
    view.hashMaskLength = zone.hashMaskLength;
    view.fragmentTag = zone.stored.empty() ? 0 : zone.stored.front().fragmentTag;
    view.bootstrapTimer = zone.election.BootstrapTimer(m_context.now);
    view.candidateRpTimer = zone.advertisement.Remaining(m_context.now);
    return view;
}

std::vector<BootstrapView>
BootstrapRouter::View() const
{
    std::vector<BootstrapView> views;
    for (const auto& [scope, zone] : m_zones)
    {
        views.push_back(Describe(zone));
    }
    return views;
}

} // namespace mcast::pim
