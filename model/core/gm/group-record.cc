// SPDX-License-Identifier: GPL-2.0-only

#include "group-record.h"

#include <algorithm>
#include <cassert>

namespace mcast::gm
{

GroupRecord::GroupRecord(GroupOwner& owner, const Address& group)
    : Alarm(owner.GetContext().timers),
      m_owner(owner),
      m_group(group),
      m_since(owner.GetContext().now)
{
}

void
GroupRecord::HandleRecord(RecordType type, SourceSet reported, const Address& reporter)
{
    m_lastReporter = reporter;
    if (IgnoredInCompatibilityMode(type))
    {
        m_owner.RecordChanged(EventKind::RecordIgnored, *this, reporter);
        Settle();
        return;
    }
    if (GroupVersion() != Version::V3 && type == RecordType::ToEx)
    {
        reported = {}; // any TO_EX counts as TO_EX ({}) (RFC 3376 7.3.2)
    }
    Apply(type, reported);
}

void
GroupRecord::HandleOlderReport(Version version, const Address& reporter)
{
    const auto before = GroupVersion();
    auto& timer = version == Version::V1 ? m_olderHostV1 : m_olderHostV2;
    timer.Start(m_owner.GetContext().now, m_owner.GetIntervals().OlderHostPresentInterval());
    m_lastReporter = reporter;
    if (GroupVersion() != before)
    {
        m_owner.RecordChanged(EventKind::VersionChanged, *this, {});
    }
    if (m_queries && m_owner.OperatingVersion() != Version::V3)
    {
        m_queries->CancelGroup(); // RFC 2236 3: a report ends the last member queries
    }
    Apply(RecordType::IsEx, {});
}

Reason
GroupRecord::HandleLeave()
{
    if (std::min(GroupVersion(), m_owner.OperatingVersion()) == Version::V1)
    {
        return Reason::OlderHostPresent; // a version 1 host can't be asked whether it is still there (7.3.1, 7.3.2)
    }
    if (!m_owner.MayQuery() && !m_owner.GetConfig().fastLeave)
    {
        return Reason::NotQuerier; // RFC 2236 3; the querier's query will tell
    }
    Apply(RecordType::ToIn, {});
    return Reason::None;
}

// RFC 3376 7.3.2: BLOCK says nothing while version 2 hosts are there, nor TO_IN while version 1 hosts are.
bool
GroupRecord::IgnoredInCompatibilityMode(RecordType type) const
{
    const auto version = GroupVersion();
    return (type == RecordType::Block && version != Version::V3) ||
           (type == RecordType::ToIn && version == Version::V1);
}

void
GroupRecord::HandleQuery(const mcast::Query& query, Duration lastMemberQueryTime)
{
    const auto now = m_owner.GetContext().now;
    if (query.sources.empty() && m_mode == FilterMode::Exclude)
    {
        m_groupTimer.LowerTo(now, lastMemberQueryTime);
    }
    LowerSourceTimers(SourceSet(query.sources), lastMemberQueryTime);
    Arm();
}

void
GroupRecord::StopQuerying()
{
    m_queries.reset();
}

// One row of the tables, from beginning to end.
void
GroupRecord::Apply(RecordType type, const SourceSet& reported)
{
    const auto before = State();
    auto row = LookUp(before, type, reported);
    if (row.next.forwarded.Size() + row.next.blocked.Size() > m_owner.GetConfig().maxSourcesPerGroup)
    {
        row = LookUp(before, type, LimitSources(before, type, reported));
    }
    SetSources(row);
    SetMode(row.next.mode);
    if (row.groupTimerToGmi)
    {
        m_groupTimer.Start(m_owner.GetContext().now, m_owner.GetIntervals().GroupMembershipInterval());
    }
    ReportDifferences(before, row.next);
    m_owner.GetConfig().fastLeave ? LeaveFast(row) : Query(row);
    Settle();
}

// The records of row.next with their timers: kept unless the row sets them, zero in the blocked set.
void
GroupRecord::SetSources(const TableRow& row)
{
    const auto now = m_owner.GetContext().now;
    const auto membershipInterval = m_owner.GetIntervals().GroupMembershipInterval();
    std::vector<SourceRecord> records;
    const auto all = row.next.forwarded + row.next.blocked;
    records.reserve(all.Size());
    for (const auto& source : all)
    {
        SourceRecord record{source, {}};
        const auto* known = Find(source);
        if (row.toGmi.Contains(source))
        {
            record.timer.Start(now, membershipInterval);
        }
        else if (row.toGroupTimer.Contains(source))
        {
            record.timer = m_groupTimer;
        }
        else if (known != nullptr && row.next.forwarded.Contains(source))
        {
            record.timer = known->timer;
        }
        records.push_back(record);
    }
    m_sources = std::move(records);
    if (m_queries)
    {
        m_queries->KeepOnly(all);
    }
}

void
GroupRecord::SetMode(FilterMode mode)
{
    m_mode = mode;
    if (mode == FilterMode::Include)
    {
        m_groupTimer.Stop();
    }
}

void
GroupRecord::ReportDifferences(const Membership& before, const Membership& after)
{
    const bool modeChanged = before.mode != after.mode;
    if (modeChanged)
    {
        m_owner.RecordChanged(EventKind::FilterModeChanged, *this, {});
    }
    for (const auto& source : after.forwarded - before.forwarded)
    {
        m_owner.RecordChanged(EventKind::SourceForwarded, *this, source);
    }
    for (const auto& source : after.blocked - before.blocked)
    {
        m_owner.RecordChanged(EventKind::SourceBlocked, *this, source);
    }
    for (const auto& source : (before.forwarded + before.blocked) - (after.forwarded + after.blocked))
    {
        m_owner.RecordChanged(EventKind::SourceRemoved, *this, source);
    }
}

// "Send Q(G)" and "Send Q(G,X)" of the tables (RFC 3376 6.6.3); only the querier does.
void
GroupRecord::Query(const TableRow& row)
{
    if (!m_owner.MayQuery() || (!row.queryGroup && row.querySources.Empty()))
    {
        return;
    }
    const auto now = m_owner.GetContext().now;
    const auto& intervals = m_owner.GetIntervals();
    const auto time = intervals.LastMemberQueryTime();
    if (!m_queries)
    {
        m_queries = std::make_unique<SpecificQueries>();
    }
    // While the timer is low, one who leaves, too, is asked by what is pending; after an answer it is asked for anew.
    if (row.queryGroup && (!m_queries->GroupPending() || m_groupTimer.Remaining(now) > time))
    {
        m_groupTimer.LowerTo(now, time);
        m_queries->AskGroup(now, intervals.lastMemberQueryCount);
        m_owner.QueriesStarted(m_group, 0);
    }
    SourceSet asked;
    for (const auto& source : row.querySources)
    {
        if (const auto* record = Find(source); record != nullptr && record->timer.Remaining(now) > time)
        {
            asked.Append(source);
        }
    }
    if (!asked.Empty())
    {
        LowerSourceTimers(asked, time);
        m_queries->AskSources(now, asked, intervals.lastMemberQueryCount);
        m_owner.QueriesStarted(m_group, asked.Size());
    }
    SendPendingQueries();
}

// Without asking: what a query would have asked for is over now.
void
GroupRecord::LeaveFast(const TableRow& row)
{
    const auto now = m_owner.GetContext().now;
    LowerSourceTimers(row.querySources, Duration::zero());
    ExpireSources(now);
    if (row.queryGroup)
    {
        ExpireGroupTimer();
    }
}

void
GroupRecord::LowerSourceTimers(const SourceSet& sources, Duration to)
{
    for (auto& record : m_sources)
    {
        if (record.timer.Running() && sources.Contains(record.source))
        {
            record.timer.LowerTo(m_owner.GetContext().now, to);
        }
    }
}

void
GroupRecord::SendPendingQueries()
{
    const auto now = m_owner.GetContext().now;
    const auto& intervals = m_owner.GetIntervals();
    const auto round = m_queries->Take(now, intervals.lastMemberQueryInterval);
    if (round.group)
    {
        m_owner.SendSpecificQuery(m_group, {}, m_groupTimer.Remaining(now) > intervals.LastMemberQueryTime());
    }
    SendSourceQueries(round.sources, round.group);
    if (m_queries->Empty())
    {
        m_queries.reset();
    }
}

// RFC 3376 6.6.3.2: one message with the S flag for the sources that somebody has asked for meanwhile, one without for
// the others. The former says nothing new beside a query for the whole group.
void
GroupRecord::SendSourceQueries(const SourceSet& sources, bool groupAsked)
{
    const auto now = m_owner.GetContext().now;
    SourceSet wanted;
    SourceSet expiring;
    for (const auto& source : sources)
    {
        const auto* record = Find(source);
        const bool above =
            record != nullptr && record->timer.Remaining(now) > m_owner.GetIntervals().LastMemberQueryTime();
        (above ? wanted : expiring).Append(source);
    }
    if (!wanted.Empty() && !groupAsked)
    {
        m_owner.SendSpecificQuery(m_group, wanted, true);
    }
    if (!expiring.Empty())
    {
        m_owner.SendSpecificQuery(m_group, expiring, false);
    }
}

void
GroupRecord::OnAlarm(TimePoint now)
{
    ExpireSources(now);
    if (m_groupTimer.Due(now))
    {
        ExpireGroupTimer();
    }
    ExpireOlderHosts(now);
    if (m_queries && m_queries->Next() <= now)
    {
        SendPendingQueries();
    }
    Settle();
}

// RFC 3376 6.2.3: a source without timer is gone in INCLUDE mode and blocked in EXCLUDE mode.
void
GroupRecord::ExpireSources(TimePoint now)
{
    if (std::none_of(m_sources.begin(), m_sources.end(), [&](const auto& record) { return record.timer.Due(now); }))
    {
        return;
    }
    SourceSet expired;
    SourceSet left;
    for (auto& record : m_sources)
    {
        const bool due = record.timer.Due(now);
        (due ? expired : left).Append(record.source);
        if (due)
        {
            record.timer.Stop();
        }
    }
    if (m_mode == FilterMode::Include)
    {
        m_sources.erase(std::remove_if(m_sources.begin(), m_sources.end(),
                                       [](const auto& record) { return !record.timer.Running(); }),
                        m_sources.end());
    }
    if (m_queries)
    {
        m_queries->KeepOnly(left);
    }
    for (const auto& source : expired)
    {
        m_owner.RecordChanged(m_mode == FilterMode::Include ? EventKind::SourceRemoved : EventKind::SourceBlocked,
                              *this, source);
    }
}

// RFC 3376 6.5: EXCLUDE (X,Y) becomes INCLUDE (X).
void
GroupRecord::ExpireGroupTimer()
{
    const auto before = State();
    m_sources.erase(
        std::remove_if(m_sources.begin(), m_sources.end(), [](const auto& record) { return !record.timer.Running(); }),
        m_sources.end());
    SetMode(FilterMode::Include);
    if (m_queries)
    {
        m_queries->CancelGroup();
    }
    ReportDifferences(before, State());
}

void
GroupRecord::ExpireOlderHosts(TimePoint now)
{
    const auto before = GroupVersion();
    for (auto* timer : {&m_olderHostV1, &m_olderHostV2})
    {
        if (timer->Due(now))
        {
            timer->Stop();
        }
    }
    if (GroupVersion() != before)
    {
        m_owner.RecordChanged(EventKind::VersionChanged, *this, {});
    }
}

// What is left of a record that would make too many sources: new ones are not taken in, those known keep being served.
SourceSet
GroupRecord::LimitSources(const Membership& before, RecordType type, const SourceSet& reported)
{
    const auto limit = m_owner.GetConfig().maxSourcesPerGroup;
    const auto known = before.forwarded + before.blocked;
    const bool replaces = type == RecordType::IsEx || type == RecordType::ToEx;
    const auto kept = (replaces ? known * reported : known).Size();
    auto added = reported - known;
    if (!added.Empty())
    {
        added.Truncate(limit > kept ? limit - kept : 0);
        m_owner.SourceLimitReached(m_group);
    }
    return known * reported + added;
}

Membership
GroupRecord::State() const
{
    Membership state;
    state.mode = m_mode;
    for (const auto& record : m_sources)
    {
        (record.timer.Running() ? state.forwarded : state.blocked).Append(record.source);
    }
    return state;
}

const GroupRecord::SourceRecord*
GroupRecord::Find(const Address& source) const
{
    const auto place = std::lower_bound(m_sources.begin(), m_sources.end(), source,
                                        [](const auto& record, const auto& wanted) { return record.source < wanted; });
    return place != m_sources.end() && place->source == source ? &*place : nullptr;
}

bool
GroupRecord::Forwards(const Address& source) const
{
    const auto* record = Find(source);
    return record != nullptr ? record->timer.Running() : m_mode == FilterMode::Exclude;
}

Version
GroupRecord::GroupVersion() const
{
    const auto heard = m_olderHostV1.Running() ? Version::V1 : m_olderHostV2.Running() ? Version::V2 : Version::V3;
    return std::min(heard, m_owner.GetConfig().version);
}

GroupView
GroupRecord::View() const
{
    const auto now = m_owner.GetContext().now;
    GroupView view;
    view.group = m_group;
    view.mode = m_mode;
    view.version = GroupVersion();
    view.expires = m_groupTimer.Remaining(now);
    view.uptime = now - m_since;
    view.olderHostV1 = m_olderHostV1.Remaining(now);
    view.olderHostV2 = m_olderHostV2.Remaining(now);
    view.lastReporter = m_lastReporter;
    for (const auto& record : m_sources)
    {
        view.sources.push_back({record.source, record.timer.Remaining(now), record.timer.Running()});
    }
    return view;
}

// The public methods end here: the record goes if it says nothing, else it waits for its next deadline.
void
GroupRecord::Settle()
{
    TellSourceCount(m_sources.size());
    if (m_mode == FilterMode::Include && m_sources.empty())
    {
        m_owner.RecordEmpty(*this);
        return;
    }
    CheckInvariants();
    Arm();
}

void
GroupRecord::TellSourceCount(std::size_t count)
{
    if (count != m_toldSources)
    {
        m_owner.SourceCountChanged(static_cast<std::ptrdiff_t>(count) - static_cast<std::ptrdiff_t>(m_toldSources));
        m_toldSources = static_cast<std::uint32_t>(count);
    }
}

void
GroupRecord::Arm()
{
    auto next = std::min({m_groupTimer.At(), m_olderHostV1.At(), m_olderHostV2.At()});
    for (const auto& record : m_sources)
    {
        next = std::min(next, record.timer.At());
    }
    WakeAt(m_queries ? std::min(next, m_queries->Next()) : next);
}

void
GroupRecord::CheckInvariants() const
{
    assert(m_groupTimer.Running() == (m_mode == FilterMode::Exclude));
    assert(m_mode == FilterMode::Exclude ||
           std::all_of(m_sources.begin(), m_sources.end(), [](const auto& record) { return record.timer.Running(); }));
    assert(std::is_sorted(m_sources.begin(), m_sources.end(),
                          [](const auto& a, const auto& b) { return a.source < b.source; }));
}

} // namespace mcast::gm
