// SPDX-License-Identifier: GPL-2.0-only
// What a candidate BSR and a candidate RP do beside: originate messages, collect candidate RPs, advertise themselves.

#include "bootstrap.h"

#include <algorithm>
#include <limits>

namespace mcast::pim
{

using namespace bsr;

namespace
{

std::uint16_t
WholeSeconds(Duration time)
{
    constexpr Duration::rep most = std::numeric_limits<std::uint16_t>::max();
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time + std::chrono::milliseconds{999}).count();
    return static_cast<std::uint16_t>(std::min(whole, most));
}

} // namespace

ScopeZone
BootstrapRouter::CandidateZone() const
{
    const auto& zone = m_config.candidateBsr ? m_config.candidateBsr->zone : std::nullopt;
    return zone ? ZoneOfRange(*zone) : std::nullopt;
}

// None unless we are to be a candidate and have an address to be one with.
std::optional<Weight>
BootstrapRouter::OwnWeight() const
{
    if (!m_config.candidateBsr)
    {
        return std::nullopt;
    }
    const auto address = m_config.candidateBsr->address.value_or(m_defaultAddress);
    const bool isUsable = !address.IsUnspecified() && IsOurs(address);
    return isUsable ? std::optional(Weight{m_config.candidateBsr->priority, address}) : std::nullopt;
}

void
BootstrapRouter::UpdateCandidacy()
{
    const auto own = OwnWeight();
    const auto scope = CandidateZone();
    for (auto& [other, zone] : m_zones)
    {
        const bool isConfigured = m_config.candidateBsr && other == scope;
        if (zone.election.Own() && !(isConfigured && own == zone.election.Own()))
        {
            StopCandidacy(zone);
        }
        zone.election.SetLearned(m_context.now, other && !isConfigured);
    }
    auto* zone = own ? FindOrAddZone(scope) : nullptr;
    if (zone != nullptr && !zone->election.Own())
    {
        const auto before = Now(*zone);
        zone->election.BecomeCandidate(m_context.now, *own);
        Settle(*zone, before);
    }
}

void
BootstrapRouter::StopCandidacy(Zone& zone)
{
    const auto before = Now(zone);
    Resign(zone);
    zone.election.StopCandidacy(m_context.now);
    Settle(zone, before);
}

// Everybody else is preferred to priority 0: the next election comes sooner (3.3).
void
BootstrapRouter::Resign(Zone& zone)
{
    if (zone.election.GetState() == BootstrapView::State::Elected)
    {
        OriginateNow(zone, 0);
        zone.stored.clear();
    }
}

// Zero if a message may go out now.
Duration
BootstrapRouter::UntilNextMessage(const Zone& zone) const
{
    if (zone.originated == NEVER)
    {
        return Duration::zero();
    }
    return std::max<Duration>(zone.originated + m_config.bootstrapMinInterval - m_context.now, Duration::zero());
}

// Whatever asks for it, two messages are BS_Min_Interval apart (3.3).
void
BootstrapRouter::Originate(Zone& zone)
{
    const auto wait = UntilNextMessage(zone);
    if (wait > Duration::zero())
    {
        return zone.election.LowerBootstrapTimer(m_context.now, wait);
    }
    zone.hashMaskLength = m_config.candidateBsr->hashMaskLength.value_or(DefaultHashMaskLength(m_family));
    OriginateNow(zone, zone.election.Own()->priority);
}

void
BootstrapRouter::OriginateNow(Zone& zone, std::uint8_t priority)
{
    const auto message = Compose(zone, priority);
    zone.candidates.Told();
    zone.originated = m_context.now;
    Store(zone, m_owner.JournalOf({}), message);
    Flood(zone.scope, message);
}

Bootstrap
BootstrapRouter::Compose(const Zone& zone, std::uint8_t priority)
{
    Bootstrap message;
    message.fragmentTag = static_cast<std::uint16_t>(m_context.random.Next());
    message.hashMaskLength = zone.hashMaskLength;
    message.priority = priority;
    message.bsr = zone.election.Own()->address;
    message.groups = zone.candidates.Ranges(WholeSeconds(m_config.bootstrapPeriod * 5 / 2));
    if (zone.scope)
    {
        // The zone's own range stands first and names it, with or without RPs (3.3).
        auto& groups = message.groups;
        auto first = std::find_if(groups.begin(), groups.end(),
                                  [&zone](const auto& group) { return group.group.group == *zone.scope; });
        if (first == groups.end())
        {
            first = groups.insert(first, BootstrapGroup{{*zone.scope, false, false}, 0, {}});
        }
        std::rotate(groups.begin(), first, first + 1);
        groups.front().group.zone = true;
    }
    return message;
}

void
BootstrapRouter::HandleCandidateRp(InterfaceId id, const PacketMeta& meta, const CandidateRp& message)
{
    constexpr auto kind = MessageKind::PimCandidateRp;
    auto& journal = m_owner.JournalOf(id);
    const auto interface = FindInterface(id);
    const bool isElected = std::any_of(m_zones.begin(), m_zones.end(), [](const auto& item) {
        return item.second.election.GetState() == BootstrapView::State::Elected;
    });
    const auto reason = !m_running                       ? Reason::NotEnabled
                        : interface && interface->border ? Reason::Boundary
                        : !IsOurs(meta.destination)      ? Reason::BadDestination
                        : IsOurs(meta.source)            ? Reason::OwnMessage
                        : !IsOfFamily(message, m_family) ? Reason::UnknownEncoding
                        : !IsDomainWide(message.rp)      ? Reason::BadSource
                        : !isElected                     ? Reason::NotElected
                                                         : Reason::None;
    if (reason != Reason::None)
    {
        return journal.Dropped(meta.source, reason, kind);
    }
    journal.Received(kind, meta.source);
    // No range at all is an older way to say all of them (3.3).
    const std::vector<EncodedGroup> all{{AllGroups(m_family), false, false}};
    for (const auto& group : message.groups.empty() ? all : message.groups)
    {
        if (auto* zone = ElectedZoneFor(group.group))
        {
            TakeOffer(*zone, journal, message, group);
        }
        else
        {
            journal.Ignored(group.group.GetAddress(), Reason::NotElected);
        }
    }
    Finish();
}

// The narrowest zone that contains the range and has us as its BSR (3.3).
BootstrapRouter::Zone*
BootstrapRouter::ElectedZoneFor(const Prefix& range)
{
    Zone* best = nullptr;
    for (auto& [scope, zone] : m_zones) // the global one is the first
    {
        const bool isElected = zone.election.GetState() == BootstrapView::State::Elected;
        if (isElected && Contains(scope, range) &&
            (best == nullptr || !best->scope || scope->Length() > best->scope->Length()))
        {
            best = &zone;
        }
    }
    return best;
}

void
BootstrapRouter::TakeOffer(Zone& zone, Journal& journal, const CandidateRp& message, const EncodedGroup& group)
{
    const CandidateRpSet::Offer offer{group.group, group.bidirectional, message.rp, message.priority, message.holdtime};
    const auto change = zone.candidates.Take(m_context.now, offer, m_config.BootstrapTimeout(), m_config.maxRps);
    if (change == CandidateRpSet::Change::Full)
    {
        return journal.LimitReached(group.group.GetAddress(), Reason::RpLimit);
    }
    Collected(zone, change);
}

// A change is told after BS_Min_Interval, when others may have come along, and a withdrawal as soon as may be (3.2, 3.3).
void
BootstrapRouter::Collected(Zone& zone, CandidateRpSet::Change change)
{
    if (change == CandidateRpSet::Change::None || zone.election.GetState() != BootstrapView::State::Elected)
    {
        return;
    }
    const auto wait = UntilNextMessage(zone);
    const bool isUrgent = change == CandidateRpSet::Change::Withdrawn || wait > Duration::zero();
    zone.election.LowerBootstrapTimer(m_context.now, isUrgent ? wait : m_config.bootstrapMinInterval);
}

bool
BootstrapRouter::IsZoneBorder(const ScopeZone& zone) const
{
    const auto interfaces = m_owner.BootstrapInterfaces();
    return std::any_of(interfaces.begin(), interfaces.end(),
                       [&zone](const auto& interface) { return IsBorder(interface.boundaries, zone); });
}

Address
BootstrapRouter::CandidateRpAddress(const CandidateRpConfig& candidate) const
{
    const auto address = candidate.address.value_or(m_defaultAddress);
    return !address.IsUnspecified() && IsOurs(address) ? address : Address::Any(m_family);
}

// RFC 5059 3.2. None has no ranges.
std::vector<CandidateRp>
BootstrapRouter::Advertisements(const Zone& zone) const
{
    std::vector<ScopeZone> zones;
    for (const auto& item : m_zones)
    {
        zones.push_back(item.first);
    }
    const bool isBorder = IsZoneBorder(zone.scope);
    std::vector<CandidateRp> messages;
    for (const auto& candidate : m_config.candidateRps)
    {
        CandidateRp message;
        message.rp = CandidateRpAddress(candidate);
        message.priority = candidate.priority;
        message.holdtime = WholeSeconds(candidate.holdtime.value_or(m_config.candidateRpPeriod * 5 / 2));
        for (const auto& range : RangesFor(m_family, zone.scope, candidate.groups, zones))
        {
            message.groups.push_back({range, false, isBorder});
        }
        for (auto& part : message.rp.IsUnspecified() ? std::vector<CandidateRp>{} : Split(message))
        {
            messages.push_back(std::move(part));
        }
    }
    return messages;
}

void
BootstrapRouter::SendAdvertisements(Zone& zone, const std::vector<CandidateRp>& messages)
{
    const auto bsr = zone.election.Bsr();
    if (!bsr)
    {
        return;
    }
    for (const auto& message : messages)
    {
        if (zone.election.GetState() != BootstrapView::State::Elected)
        {
            const auto source = IsOurs(message.rp) ? message.rp : m_defaultAddress;
            m_owner.SendUnicast(source, bsr->address, message);
            continue;
        }
        for (const auto& group : message.groups)
        {
            TakeOffer(zone, m_owner.JournalOf({}), message, group);
        }
    }
}

void
BootstrapRouter::Advertise(Zone& zone)
{
    zone.told = Advertisements(zone);
    SendAdvertisements(zone, zone.told);
}

// After a change of candidates, addresses or zones: what is no longer so is taken back at once, what is new comes as to a
// new BSR.
void
BootstrapRouter::UpdateAdvertisements()
{
    for (auto& [scope, zone] : m_zones)
    {
        if (!zone.election.Bsr())
        {
            continue;
        }
        const auto messages = Advertisements(zone);
        const auto gone = Withdrawals(zone.told, messages);
        const bool isMore = !Withdrawals(messages, zone.told).empty();
        SendAdvertisements(zone, gone);
        zone.told = messages;
        if (messages.empty())
        {
            zone.advertisement.Stop();
        }
        else if (isMore)
        {
            zone.advertisement.Start(m_context.now, m_context.random);
        }
    }
}

} // namespace mcast::pim
