// SPDX-License-Identifier: GPL-2.0-only

#include "router-interface.h"

#include "../wire/record-codec.h"

#include <algorithm>

namespace mcast::gm
{

RouterInterface::RouterInterface(InterfaceId id, const Protocol& protocol, Context& context,
                                 RouterInterfaceOwner& owner)
    : m_id(id),
      m_protocol(protocol),
      m_context(context),
      m_journal(id, protocol.family, context),
      m_owner(owner),
      m_querier(*this)
{
}

RouterInterface::~RouterInterface()
{
    m_owner.GroupCountChanged(-static_cast<int>(m_groups.size()));
}

void
RouterInterface::Configure(const RouterConfig& config)
{
    const bool over = m_configured && (config.version != m_config.version || config.profile != m_config.profile ||
                                       config.olderVersionCompatibility != m_config.olderVersionCompatibility);
    const auto staticJoins = m_config.staticJoins;
    if (over)
    {
        Deactivate();
    }
    m_config = config;
    m_configured = true;
    m_querier.Reconfigure();
    for (const auto& join : staticJoins)
    {
        m_owner.MembershipChanged(m_id, join.group);
    }
    m_active ? AnnounceStaticJoins() : UpdateActivity();
}

void
RouterInterface::SetState(const InterfaceState& state)
{
    const bool moved = m_active && state.SourceAddress(m_protocol.family) != OwnAddress();
    m_state = state;
    m_known = true;
    UpdateActivity();
    if (moved && m_active && m_querier.IsQuerier())
    {
        m_querier.Start(); // the LAN knows the querier by its address: claim the role with the new one
    }
}

// Active: configured, up, and with an address to query from.
void
RouterInterface::UpdateActivity()
{
    const bool should = m_configured && m_known && m_state.up && !OwnAddress().IsUnspecified();
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
RouterInterface::Activate()
{
    m_active = true;
    m_journal.Tell(m_journal.Event(EventKind::InterfaceUp).Source(OwnAddress()));
    m_querier.Start();
    AnnounceStaticJoins();
}

void
RouterInterface::Deactivate()
{
    if (!m_active)
    {
        return;
    }
    m_querier.Stop();
    m_active = false;
    DropGroups();
    AnnounceStaticJoins();
    m_journal.Tell(m_journal.Event(EventKind::InterfaceDown));
}

void
RouterInterface::DropGroups()
{
    std::vector<Address> groups;
    groups.reserve(m_groups.size());
    for (const auto& [group, record] : m_groups)
    {
        groups.push_back(group);
    }
    std::sort(groups.begin(), groups.end());
    for (const auto& group : groups)
    {
        RecordEmpty(*m_groups.at(group));
    }
}

void
RouterInterface::AnnounceStaticJoins()
{
    for (const auto& join : m_config.staticJoins)
    {
        m_owner.MembershipChanged(m_id, join.group);
    }
}

GroupRecord*
RouterInterface::FindRecord(const Address& group)
{
    const auto found = m_groups.find(group);
    return found == m_groups.end() ? nullptr : found->second.get();
}

GroupRecord*
RouterInterface::FindOrCreate(const Address& group, FilterMode mode)
{
    if (auto* known = FindRecord(group))
    {
        return known;
    }
    if (m_groups.size() >= m_config.maxGroups || !m_owner.RoomForGroup())
    {
        m_journal.LimitReached(group, m_groups.size() >= m_config.maxGroups ? Reason::GroupLimit : Reason::RouterLimit);
        return nullptr;
    }
    m_owner.GroupCountChanged(1);
    m_creating = true;
    m_journal.Tell(m_journal.Event(EventKind::GroupJoined).Include(mode == FilterMode::Include).Group(group));
    GroupOwner& self = *this;
    return m_groups.emplace(group, std::make_unique<GroupRecord>(self, group)).first->second.get();
}

void
RouterInterface::RecordEmpty(GroupRecord& record)
{
    const auto group = record.Group();
    m_sourceCount -= record.SourceCount();
    m_groups.erase(group);
    m_owner.GroupCountChanged(-1);
    m_journal.Tell(m_journal.Event(EventKind::GroupLeft).Group(group));
    m_owner.MembershipChanged(m_id, group);
}

void
RouterInterface::SourceCountChanged(std::ptrdiff_t by)
{
    m_sourceCount += static_cast<std::size_t>(by);
}

void
RouterInterface::RecordChanged(EventKind kind, const GroupRecord& record, const Address& source)
{
    if (kind == EventKind::RecordIgnored)
    {
        return m_journal.Ignored(record.Group(), Reason::OlderHostPresent);
    }
    if (kind != EventKind::FilterModeChanged || !m_creating)
    {
        const auto value = kind == EventKind::VersionChanged ? static_cast<std::uint64_t>(record.GroupVersion()) : 0u;
        m_journal.Tell(m_journal.Event(kind)
                           .Include(record.Mode() == FilterMode::Include)
                           .Group(record.Group())
                           .Source(source)
                           .Value(value));
    }
    if (kind == EventKind::FilterModeChanged)
    {
        m_owner.MembershipChanged(m_id, record.Group());
    }
    else if (kind != EventKind::VersionChanged)
    {
        m_owner.MembershipChanged(m_id, record.Group(), source);
    }
}

void
RouterInterface::QueriesStarted(const Address& group, std::size_t sources)
{
    m_journal.Tell(m_journal.Event(EventKind::QuerySequenceStarted).Group(group).Value(sources));
}

void
RouterInterface::SourceLimitReached(const Address& group)
{
    m_journal.LimitReached(group, Reason::SourceLimit);
}

void
RouterInterface::SendGeneralQuery()
{
    Query query;
    query.group = Address::Any(m_protocol.family);
    query.version = OperatingVersion();
    query.maxResponseCode = m_protocol.maxResponseCode(query.version, GetIntervals().queryResponseInterval);
    Send(m_protocol.allSystems, query);
}

void
RouterInterface::SendSpecificQuery(const Address& group, const SourceSet& sources, bool suppressRouterSide)
{
    Query query;
    query.group = group;
    query.suppressRouterSide = suppressRouterSide;
    query.version = OperatingVersion();
    query.maxResponseCode = m_protocol.maxResponseCode(query.version, GetIntervals().lastMemberQueryInterval);
    if (sources.Empty() || query.version != Version::V3)
    {
        return Send(group, query); // older queries name no sources: one for the group asks for them all
    }
    const auto room = m_protocol.SourcesPerQuery(m_state.mtu);
    for (std::size_t first = 0; first < sources.Size(); first += room)
    {
        const auto last = std::min(first + room, sources.Size());
        query.sources.assign(sources.begin() + static_cast<std::ptrdiff_t>(first),
                             sources.begin() + static_cast<std::ptrdiff_t>(last));
        Send(group, query);
    }
}

void
RouterInterface::Send(const Address& destination, const Query& base)
{
    Query query = base;
    const auto& intervals = GetIntervals();
    query.robustness = static_cast<std::uint8_t>(intervals.robustness <= 7 ? intervals.robustness : 0); // 4.1.6
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(intervals.queryInterval).count();
    query.queryIntervalCode = static_cast<std::uint8_t>(ToFloatCode(static_cast<std::uint32_t>(seconds)));
    PacketMeta meta{OwnAddress(), destination, m_protocol.ipProtocol, 1, m_protocol.tos, true};
    const MembershipMessage message{query};
    const auto kind = KindOf(message);
    m_context.transmits.push_back({m_id, meta, m_protocol.write(meta, message)});
    m_journal.Sent(kind, query.group);
}

void
RouterInterface::QuerierChanged()
{
    m_journal.Tell(m_journal.Event(EventKind::QuerierChanged)
                       .Source(m_querier.QuerierAddress())
                       .Value(m_querier.IsQuerier() ? 1u : 0u));
    // RFC 2236 3: a last member sequence that has begun is finished. RFC 3376 6.6.2: the loser ceases to query.
    if (!m_querier.IsQuerier() && m_config.version == Version::V3)
    {
        for (auto& [group, record] : m_groups)
        {
            record->StopQuerying();
        }
    }
}

void
RouterInterface::VersionChanged()
{
    m_journal.Tell(
        m_journal.Event(EventKind::VersionChanged).Value(static_cast<std::uint64_t>(m_querier.OperatingVersion())));
}

void
RouterInterface::Warn(Reason reason, const Address& source)
{
    m_journal.Count(reason);
    m_journal.Warn(source, reason);
}

Context&
RouterInterface::GetContext()
{
    return m_context;
}

const RouterConfig&
RouterInterface::GetConfig() const
{
    return m_config;
}

const Intervals&
RouterInterface::GetIntervals() const
{
    return m_querier.GetIntervals();
}

Version
RouterInterface::OperatingVersion() const
{
    return m_querier.OperatingVersion();
}

// Version 1 has no specific queries (RFC 1112 A.I).
bool
RouterInterface::MayQuery() const
{
    return m_querier.IsQuerier() && OperatingVersion() != Version::V1;
}

const Protocol&
RouterInterface::GetProtocol() const
{
    return m_protocol;
}

Address
RouterInterface::OwnAddress() const
{
    return m_state.SourceAddress(m_protocol.family);
}

} // namespace mcast::gm
