// SPDX-License-Identifier: GPL-2.0-only
// A membership router's interface: which messages it takes, and what it does with them.

#include "router-interface.h"

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

} // namespace mcast::gm
