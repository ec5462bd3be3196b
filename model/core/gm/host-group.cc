// SPDX-License-Identifier: GPL-2.0-only

#include "host-group.h"

#include <algorithm>
#include <cassert>

namespace mcast::gm
{

HostGroup::HostGroup(HostGroupOwner& owner, const Address& group)
    : Alarm(owner.GetContext().timers),
      m_owner(owner),
      m_group(group)
{
}

void
HostGroup::Listen(SocketId socket, Filter filter)
{
    m_sockets.Set(socket, std::move(filter));
    const auto before = m_state;
    m_state = m_sockets.Merge();
    if (m_state == before)
    {
        return;
    }
    m_owner.StateChanged(m_group, m_state);
    if (!m_owner.Active())
    {
        return;
    }
    if (m_owner.Compatibility() == Version::V3)
    {
        ReportChange(before);
    }
    else if (before.IsNothing())
    {
        Join();
    }
    else if (m_state.IsNothing())
    {
        Leave();
    }
    Arm();
}

// RFC 3376 5.1: the difference joins what is pending, and the merged report is the first of Robustness ones. No state
// is INCLUDE of nothing, so joining and leaving are changes like others.
void
HostGroup::ReportChange(const Filter& before)
{
    if (before.mode != m_state.mode)
    {
        m_modeReportsLeft = m_owner.Robustness();
    }
    else
    {
        NoteDifference((before.sources - m_state.sources) + (m_state.sources - before.sources));
    }
    SendStateChange();
}

void
HostGroup::NoteDifference(const SourceSet& difference)
{
    for (const auto& source : difference)
    {
        const auto place =
            std::lower_bound(m_pendingSources.begin(), m_pendingSources.end(), source,
                             [](const auto& pending, const auto& wanted) { return pending.source < wanted; });
        if (place != m_pendingSources.end() && place->source == source)
        {
            place->left = m_owner.Robustness();
        }
        else
        {
            m_pendingSources.insert(place, {source, m_owner.Robustness()});
        }
    }
}

void
HostGroup::SendStateChange()
{
    auto records = StateChangeRecords();
    m_modeReportsLeft -= m_modeReportsLeft > 0 ? 1 : 0;
    for (auto& pending : m_pendingSources)
    {
        --pending.left;
    }
    m_pendingSources.erase(std::remove_if(m_pendingSources.begin(), m_pendingSources.end(),
                                          [](const auto& pending) { return pending.left == 0; }),
                           m_pendingSources.end());
    if (!records.empty())
    {
        m_owner.SendRecords(std::move(records));
    }
    const bool more = m_modeReportsLeft > 0 || !m_pendingSources.empty();
    auto& context = m_owner.GetContext();
    more ? m_retransmit.Start(context.now, context.random.Delay(m_owner.GetConfig().unsolicitedReportInterval))
         : m_retransmit.Stop();
}

// The table at the end of RFC 3376 5.1.
std::vector<Record>
HostGroup::StateChangeRecords() const
{
    if (m_modeReportsLeft > 0)
    {
        return {{m_state.mode == FilterMode::Include ? RecordType::ToIn : RecordType::ToEx, m_group,
                 m_state.sources.Vector()}};
    }
    Record allow{RecordType::Allow, m_group, {}};
    Record block{RecordType::Block, m_group, {}};
    for (const auto& pending : m_pendingSources)
    {
        (m_state.Passes(pending.source) ? allow : block).sources.push_back(pending.source);
    }
    std::vector<Record> records;
    for (auto* record : {&allow, &block})
    {
        if (!record->sources.empty())
        {
            records.push_back(std::move(*record));
        }
    }
    return records;
}

void
HostGroup::HandleSpecificQuery(const Query& query, Duration delay)
{
    if (m_state.IsNothing())
    {
        return;
    }
    const auto now = m_owner.GetContext().now;
    const bool pending = m_response.Running();
    if (!pending) // RFC 3376 5.2, rule 3
    {
        m_askedSources = SourceSet(query.sources);
        m_response.Start(now, delay);
    }
    else if (query.sources.empty() || m_askedSources.Empty()) // rule 4
    {
        m_askedSources = {};
        m_response.LowerTo(now, delay);
    }
    else // rule 5
    {
        m_askedSources = m_askedSources + SourceSet(query.sources);
        m_response.LowerTo(now, delay);
    }
    if (m_askedSources.Size() > m_owner.GetConfig().maxSourcesPerGroup)
    {
        m_askedSources = {}; // too many to remember (RFC 3376 9.1): the whole state answers any of them
    }
    Arm();
}

// The record that answers, as RFC 3376 5.2 lists it.
void
HostGroup::Respond()
{
    m_response.Stop();
    const auto asked = std::move(m_askedSources);
    m_askedSources = {};
    if (m_state.IsNothing())
    {
        return;
    }
    if (asked.Empty())
    {
        return m_owner.SendRecords({CurrentState()});
    }
    const auto wanted = m_state.mode == FilterMode::Include ? m_state.sources * asked : asked - m_state.sources;
    if (!wanted.Empty())
    {
        m_owner.SendRecords({{RecordType::IsIn, m_group, wanted.Vector()}});
    }
}

Record
HostGroup::CurrentState() const
{
    return {m_state.mode == FilterMode::Include ? RecordType::IsIn : RecordType::IsEx, m_group,
            m_state.sources.Vector()};
}

void
HostGroup::Join()
{
    m_unsolicitedLeft = m_owner.Robustness();
    SendOlder();
}

// A report, and the next unsolicited one if some are left.
void
HostGroup::SendOlder()
{
    m_owner.SendOlderReport(m_group);
    m_lastReporter = true;
    m_unsolicitedLeft -= m_unsolicitedLeft > 0 ? 1 : 0;
    auto& context = m_owner.GetContext();
    m_unsolicitedLeft > 0
        ? m_olderTimer.Start(context.now, context.random.Delay(m_owner.GetConfig().unsolicitedReportIntervalV2))
        : m_olderTimer.Stop();
}

void
HostGroup::Leave()
{
    m_olderTimer.Stop();
    m_unsolicitedLeft = 0;
    if (m_owner.Compatibility() == Version::V2 && (m_lastReporter || m_owner.GetConfig().leaveAlways))
    {
        m_owner.SendLeave(m_group);
    }
    m_lastReporter = false;
}

void
HostGroup::HandleOlderQuery(Duration maxResponseTime)
{
    if (m_state.IsNothing())
    {
        return;
    }
    auto& context = m_owner.GetContext();
    // RFC 1112 A.I: a running timer stays. RFC 2236 3: it is drawn again if it could fire too late.
    const bool keep = m_olderTimer.Running() && (m_owner.Compatibility() == Version::V1 ||
                                                 m_olderTimer.Remaining(context.now) <= maxResponseTime);
    if (!keep)
    {
        m_olderTimer.Start(context.now, context.random.Delay(maxResponseTime));
    }
    Arm();
}

void
HostGroup::HandleOlderReport()
{
    if (m_olderTimer.Running())
    {
        m_olderTimer.Stop();
        m_unsolicitedLeft = 0;
        m_lastReporter = false;
    }
}

void
HostGroup::CancelPending()
{
    m_modeReportsLeft = 0;
    m_pendingSources.clear();
    m_askedSources = {};
    m_unsolicitedLeft = 0;
    for (auto* timer : {&m_retransmit, &m_response, &m_olderTimer})
    {
        timer->Stop();
    }
    Arm();
}

void
HostGroup::Rejoin()
{
    if (m_state.IsNothing())
    {
        return;
    }
    if (m_owner.Compatibility() != Version::V3)
    {
        Join();
    }
    else if (m_state.mode == FilterMode::Exclude)
    {
        m_modeReportsLeft = m_owner.Robustness();
        SendStateChange();
    }
    else
    {
        NoteDifference(m_state.sources);
        SendStateChange();
    }
    Arm();
}

bool
HostGroup::Finished() const
{
    return m_state.IsNothing() && !m_retransmit.Running();
}

HostGroupView
HostGroup::View() const
{
    return {m_group, m_state.mode, m_state.sources.Vector(), m_lastReporter};
}

void
HostGroup::OnAlarm(TimePoint now)
{
    if (m_retransmit.Due(now))
    {
        SendStateChange();
    }
    if (m_response.Due(now))
    {
        Respond();
    }
    if (m_olderTimer.Due(now))
    {
        SendOlder();
    }
    Finished() ? m_owner.GroupFinished(m_group) : Arm();
}

void
HostGroup::Arm()
{
    CheckInvariants();
    WakeAt(std::min({m_retransmit.At(), m_response.At(), m_olderTimer.At()}));
}

void
HostGroup::CheckInvariants() const
{
    assert(m_retransmit.Running() == (m_modeReportsLeft > 0 || !m_pendingSources.empty()));
    assert(m_unsolicitedLeft == 0 || m_olderTimer.Running());
    assert(m_response.Running() || m_askedSources.Empty());
    assert(std::is_sorted(m_pendingSources.begin(), m_pendingSources.end(),
                          [](const auto& a, const auto& b) { return a.source < b.source; }));
}

} // namespace mcast::gm
