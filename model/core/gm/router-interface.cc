// SPDX-License-Identifier: GPL-2.0-only

#include "router-interface.h"

#include "../wire/record-codec.h"

#include <algorithm>

namespace mcast::gm
{

namespace
{

bool
IsUnicast(const Address& address)
{
    return !address.IsMulticast() && !address.IsUnspecified() && address != Address::Ipv4(0xffffffff);
}

// Would this record make state where there is none? (A version 1 router ignores TO_IN, RFC 3376 7.3.2.)
bool
CreatesState(RecordType type, const SourceSet& sources, Version version)
{
    switch (type)
    {
    case RecordType::IsEx:
    case RecordType::ToEx:
        return true;
    case RecordType::IsIn:
    case RecordType::Allow:
        return !sources.Empty();
    case RecordType::ToIn:
        return !sources.Empty() && version != Version::V1;
    case RecordType::Block:
        return false;
    }
    return false;
}

FilterMode
ModeOf(RecordType type)
{
    return type == RecordType::IsEx || type == RecordType::ToEx ? FilterMode::Exclude : FilterMode::Include;
}

} // namespace

struct RouterInterface::Dispatch
{
    RouterInterface& self;
    const PacketMeta& meta;

    template <class Message>
    void operator()(Message& message) const
    {
        self.Handle(meta, message);
    }
};

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

void
RouterInterface::HandlePacket(const PacketMeta& meta, BytesView payload)
{
    if (const auto reason = Screen(meta); reason != Reason::None)
    {
        return m_journal.Dropped(meta.source, reason);
    }
    auto message = m_protocol.parse(meta, payload, m_config.version);
    if (!message)
    {
        return m_journal.Dropped(meta.source, message.Error().reason);
    }
    std::visit(Dispatch{*this, meta}, *message);
}

Reason
RouterInterface::Screen(const PacketMeta& meta) const
{
    if (!m_active)
    {
        return m_configured ? Reason::InterfaceDown : Reason::NotEnabled;
    }
    if ((m_config.requireTtlOne || m_protocol.guarded) && meta.ttl != 1)
    {
        return Reason::BadTtl;
    }
    return m_protocol.Guard(meta);
}

// An IGMP report may come from 0.0.0.0, a host without an address yet (RFC 3376 4.2.13).
Reason
RouterInterface::ScreenReport(const PacketMeta& meta) const
{
    if (m_config.requireRouterAlert && !meta.routerAlert)
    {
        return Reason::NoRouterAlert;
    }
    if (meta.source.IsUnspecified())
    {
        return Reason::None;
    }
    if (!IsUnicast(meta.source))
    {
        return Reason::BadSource;
    }
    return IsOffSubnet(meta.source) ? Reason::OffSubnetSource : Reason::None;
}

bool
RouterInterface::IsOffSubnet(const Address& source) const
{
    return m_config.requireOnSubnetSource && !m_state.IsOnSubnet(source);
}

void
RouterInterface::Handle(const PacketMeta& meta, const Query& query)
{
    const auto kind = KindOf(MembershipMessage{query});
    if (m_state.HasAddress(meta.source))
    {
        return m_journal.Dropped(meta.source, Reason::OwnMessage, kind);
    }
    if (!IsUnicast(meta.source))
    {
        return m_journal.Dropped(meta.source, Reason::BadSource, kind);
    }
    if (IsOffSubnet(meta.source))
    {
        return m_journal.Dropped(meta.source, Reason::OffSubnetSource, kind);
    }
    const bool joined = meta.destination == m_protocol.allRouters || meta.destination == m_protocol.reportDestination;
    if (query.IsGeneral() && m_protocol.IsStrayQuery(meta.destination, joined))
    {
        return m_journal.Dropped(meta.source, Reason::BadDestination, kind);
    }
    if (query.version < m_config.version && !m_config.olderVersionCompatibility)
    {
        return m_journal.Dropped(meta.source, Reason::CompatibilityOff, kind);
    }
    m_journal.Received(kind, meta.source, query.group);
    m_querier.HandleQuery(query, meta.source);
    if (query.IsGeneral() || query.suppressRouterSide)
    {
        return;
    }
    if (auto* record = FindRecord(query.group))
    {
        record->HandleQuery(query, LastMemberQueryTimeOf(query));
    }
}

// A version 2 query tells the interval by its Max Resp Time (RFC 2236 3); version 3 uses our own (RFC 3376 6.6.1).
Duration
RouterInterface::LastMemberQueryTimeOf(const Query& query) const
{
    const auto& intervals = GetIntervals();
    return query.version == Version::V3
               ? intervals.LastMemberQueryTime()
               : intervals.lastMemberQueryCount * m_protocol.maxResponseTime(query.version, query.maxResponseCode);
}

void
RouterInterface::Handle(const PacketMeta& meta, Report& report)
{
    if (const auto reason = ScreenReport(meta); reason != Reason::None)
    {
        return m_journal.Dropped(meta.source, reason, MessageKind::ReportV3);
    }
    m_journal.Received(MessageKind::ReportV3, meta.source);
    if (report.unknownRecords > 0)
    {
        m_journal.Ignored({}, Reason::UnknownRecordType, report.unknownRecords);
    }
    for (auto& record : report.records)
    {
        HandleRecord(meta, record);
    }
}

void
RouterInterface::HandleRecord(const PacketMeta& meta, Record& record)
{
    const bool anySource = ModeOf(record.type) == FilterMode::Exclude;
    if (const auto reason = ScreenGroup(record.group, anySource); reason != Reason::None)
    {
        return m_journal.Ignored(record.group, reason);
    }
    const bool named = !record.sources.empty();
    auto sources = ValidSources(record);
    if (named && sources.Empty() && !anySource)
    {
        return; // nothing of it was a source; a list that was empty from the start says something else
    }
    auto* known = FindRecord(record.group);
    if (known == nullptr && CreatesState(record.type, sources, m_config.version))
    {
        known = FindOrCreate(record.group, ModeOf(record.type));
    }
    if (known != nullptr)
    {
        known->HandleRecord(record.type, std::move(sources), meta.source);
        m_creating = false;
    }
}

// RFC 3376 leaves open what a list means that names no unicast address: such entries are skipped.
SourceSet
RouterInterface::ValidSources(Record& record)
{
    const auto bad = std::remove_if(record.sources.begin(), record.sources.end(),
                                    [](const auto& source) { return !IsUnicast(source); });
    if (bad != record.sources.end())
    {
        record.sources.erase(bad, record.sources.end());
        m_journal.Ignored(record.group, Reason::BadSource);
    }
    return SourceSet(std::move(record.sources));
}

Reason
RouterInterface::ScreenGroup(const Address& group, bool anySource) const
{
    if (!group.IsMulticast())
    {
        return Reason::BadGroup;
    }
    if (group.IsLinkScopeMulticast())
    {
        return Reason::LinkLocalGroup; // never routed, so nobody needs to know its members
    }
    if (!m_owner.MayCross(m_id, group))
    {
        return Reason::Boundary;
    }
    // RFC 9776 6.4: in the SSM range only what names its sources counts.
    return anySource && m_config.SsmRules(group) ? Reason::SsmGroup : Reason::None;
}

void
RouterInterface::Handle(const PacketMeta& meta, const OlderReport& report)
{
    const auto kind = KindOf(MembershipMessage{report});
    auto reason = ScreenReport(meta);
    reason = reason == Reason::None ? ScreenGroup(report.group, true) : reason;
    // The version configured is one to be compatible with no longer.
    if (reason == Reason::None && report.version < m_config.version && !m_config.olderVersionCompatibility)
    {
        reason = Reason::CompatibilityOff;
    }
    if (reason != Reason::None)
    {
        return m_journal.Dropped(meta.source, reason, kind);
    }
    m_journal.Received(kind, meta.source, report.group);
    if (auto* record = FindOrCreate(report.group, FilterMode::Exclude))
    {
        record->HandleOlderReport(report.version, meta.source);
        m_creating = false;
    }
}

void
RouterInterface::Handle(const PacketMeta& meta, const Leave& leave)
{
    auto reason = ScreenReport(meta);
    reason = reason == Reason::None ? ScreenGroup(leave.group, true) : reason;
    if (reason == Reason::None && m_config.version == Version::V3 && !m_config.olderVersionCompatibility)
    {
        reason = Reason::CompatibilityOff;
    }
    auto* record = reason == Reason::None ? FindRecord(leave.group) : nullptr;
    if (reason == Reason::None && record == nullptr)
    {
        reason = Reason::NoMembers;
    }
    if (reason != Reason::None)
    {
        return m_journal.Dropped(meta.source, reason, MessageKind::Leave);
    }
    m_journal.Received(MessageKind::Leave, meta.source, leave.group);
    if (reason = record->HandleLeave(); reason != Reason::None)
    {
        m_journal.Ignored(leave.group, reason);
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

bool
RouterInterface::Forwards(const Address& group, const Address& source) const
{
    if (!m_active)
    {
        return false;
    }
    for (const auto& join : m_config.staticJoins)
    {
        if (join.group == group && (!join.source || *join.source == source))
        {
            return true;
        }
    }
    const auto found = m_groups.find(group);
    return found != m_groups.end() && found->second->Forwards(source);
}

bool
RouterInterface::WantsAnySource(const Address& group) const
{
    if (!m_active)
    {
        return false;
    }
    const auto found = m_groups.find(group);
    return (found != m_groups.end() && found->second->Mode() == FilterMode::Exclude) ||
           std::any_of(m_config.staticJoins.begin(), m_config.staticJoins.end(),
                       [&](const auto& join) { return join.group == group && !join.source; });
}

std::vector<Address>
RouterInterface::IncludedSources(const Address& group) const
{
    std::vector<Address> sources;
    const auto view = m_active && !WantsAnySource(group) ? FindGroup(group) : std::nullopt;
    for (const auto& source : view ? view->sources : std::vector<SourceView>{})
    {
        if (source.forwarded)
        {
            sources.push_back(source.source);
        }
    }
    for (const auto& join : m_config.staticJoins)
    {
        if (m_active && join.group == group && join.source)
        {
            sources.push_back(*join.source);
        }
    }
    return sources;
}

std::vector<Address>
RouterInterface::GroupAddresses() const
{
    std::vector<Address> groups;
    for (const auto& [group, record] : m_groups)
    {
        groups.push_back(group);
    }
    for (const auto& join : m_config.staticJoins)
    {
        groups.push_back(join.group);
    }
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    return groups;
}

RouterInterfaceView
RouterInterface::View() const
{
    RouterInterfaceView view;
    view.interface = m_id;
    view.family = m_protocol.family;
    view.active = m_active;
    m_querier.FillView(view);
    view.groups = m_groups.size();
    view.sources = m_sourceCount;
    view.counters = m_journal.GetCounters();
    return view;
}

std::vector<GroupView>
RouterInterface::Groups() const
{
    std::vector<GroupView> views;
    views.reserve(m_groups.size());
    for (const auto& [group, record] : m_groups)
    {
        views.push_back(record->View());
    }
    AddStaticJoins(views);
    std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) { return a.group < b.group; });
    return views;
}

std::optional<GroupView>
RouterInterface::FindGroup(const Address& group) const
{
    std::vector<GroupView> views;
    if (const auto found = m_groups.find(group); found != m_groups.end())
    {
        views.push_back(found->second->View());
    }
    AddStaticJoins(views);
    const auto place = std::find_if(views.begin(), views.end(), [&](const auto& view) { return view.group == group; });
    return place == views.end() ? std::nullopt : std::optional(*place);
}

// A static join shows as a record that never expires: EXCLUDE ({},{}) for any source, else a source of an INCLUDE
// record; beside members it only marks their record.
void
RouterInterface::AddStaticJoins(std::vector<GroupView>& views) const
{
    for (const auto& join : m_config.staticJoins)
    {
        auto place =
            std::find_if(views.begin(), views.end(), [&](const auto& view) { return view.group == join.group; });
        if (place == views.end())
        {
            GroupView view;
            view.group = join.group;
            view.version = m_config.version;
            place = views.insert(views.end(), view);
        }
        place->isStatic = true;
        bool listed = false;
        for (auto& known : place->sources)
        {
            const bool joined = !join.source || known.source == *join.source;
            known.forwarded = known.forwarded || joined;
            listed = listed || joined;
        }
        if (!join.source)
        {
            place->mode = FilterMode::Exclude;
        }
        else if (!listed && place->mode == FilterMode::Include)
        {
            place->sources.push_back({*join.source, {}, true});
        }
    }
}

} // namespace mcast::gm
