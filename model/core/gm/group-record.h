// SPDX-License-Identifier: GPL-2.0-only
// A router's record of one group on one interface.                       RFC 3376 6.2, 6.4, 6.5, 6.6.1, 7.3.2
//
// State: filter mode, group timer, source records with timers, and the compatibility mode that older hosts force on
// the group. The tables of 6.4 are in membership-table; pending specific queries in specific-queries.
//
//   mode      group timer   source timer runs   source timer zero   when nothing is left
//   INCLUDE   never runs    forwarded           record deleted      the record is deleted
//   EXCLUDE   runs          forwarded           blocked             group timer expiry: INCLUDE (X), Y deleted

#ifndef MCAST_CORE_GM_GROUP_RECORD_H
#define MCAST_CORE_GM_GROUP_RECORD_H

#include "../base/timer-queue.h"
#include "../context.h"
#include "config.h"
#include "membership-table.h"
#include "specific-queries.h"
#include "views.h"

#include <memory>
#include <vector>

namespace mcast::gm
{

class GroupRecord;

/// What a group record asks of the interface that it belongs to.
class GroupOwner
{
  public:
    virtual Context& GetContext() = 0;
    virtual const RouterConfig& GetConfig() const = 0;
    virtual const Intervals& GetIntervals() const = 0;
    /// The version of the queries on this link.
    virtual Version OperatingVersion() const = 0;
    /// May specific queries for this group be sent?
    virtual bool MayQuery() const = 0;
    /// An empty set asks for the group itself.
    virtual void SendSpecificQuery(const Address& group, const SourceSet& sources, bool suppressRouterSide) = 0;
    /// Adds the interface, and tells the forwarding part if `kind` changes what is forwarded.
    virtual void RecordChanged(EventKind kind, const GroupRecord& record, const Address& source) = 0;
    /// A sequence of specific queries begins. \param sources how many it asks for; 0: for the group itself
    virtual void QueriesStarted(const Address& group, std::size_t sources) = 0;
    virtual void SourceLimitReached(const Address& group) = 0;
    /// The record has so many more source records, or fewer, than when it last told.
    virtual void SourceCountChanged(std::ptrdiff_t by) = 0;
    /// The record has said its last word; it is destroyed in here.
    virtual void RecordEmpty(GroupRecord& record) = 0;

  protected:
    ~GroupOwner() = default;
};

class GroupRecord final : public Alarm
{
  public:
    /// INCLUDE of nothing. The first message decides whether it stays.
    GroupRecord(GroupOwner& owner, const Address& group);

    // Each of these may end with the record's destruction (RecordEmpty): nothing of it may be touched afterwards.

    /// A record of a version 3 report.
    void HandleRecord(RecordType type, SourceSet reported, const Address& reporter);
    /// A version 1 or 2 report: IS_EX ({}) and a host of that version (7.3.2).
    void HandleOlderReport(Version version, const Address& reporter);
    /// TO_IN ({}) (7.3.2). \return NotQuerier or OlderHostPresent if ignored
    Reason HandleLeave();
    /// Q(G) or Q(G,A) from another router (6.6.1). \param lastMemberQueryTime to lower the timers to
    void HandleQuery(const Query& query, Duration lastMemberQueryTime);
    /// The interface stopped being the querier: what it has begun to ask stays unasked.
    void StopQuerying();

    void OnAlarm(TimePoint now) override;

    const Address& Group() const
    {
        return m_group;
    }

    FilterMode Mode() const
    {
        return m_mode;
    }

    std::size_t SourceCount() const
    {
        return m_sources.size();
    }

    /// RFC 3376 6.3: is data of this source to be forwarded?
    bool Forwards(const Address& source) const;
    /// The group compatibility mode; never above the configured version.
    Version GroupVersion() const;
    GroupView View() const;

  private:
    struct SourceRecord
    {
        Address source;
        Deadline timer;
    };

    Membership State() const;
    bool IgnoredInCompatibilityMode(RecordType type) const;
    void Apply(RecordType type, const SourceSet& reported);
    void SetSources(const TableRow& row);
    void ReportDifferences(const Membership& before, const Membership& after);
    void SetMode(FilterMode mode);
    void Query(const TableRow& row);
    void LeaveFast(const TableRow& row);
    void LowerSourceTimers(const SourceSet& sources, Duration to);
    void SendPendingQueries();
    void SendSourceQueries(const SourceSet& sources, bool groupAsked);
    void ExpireSources(TimePoint now);
    void ExpireGroupTimer();
    void ExpireOlderHosts(TimePoint now);
    SourceSet LimitSources(const Membership& before, RecordType type, const SourceSet& reported);
    const SourceRecord* Find(const Address& source) const;
    void Arm();
    void Settle();
    void TellSourceCount(std::size_t count);
    void CheckInvariants() const;

    GroupOwner& m_owner;
    Address m_group;
    Address m_lastReporter;
    TimePoint m_since;
    Deadline m_groupTimer;
    Deadline m_olderHostV1;              // IGMPv1-Host-Present
    Deadline m_olderHostV2;              // IGMPv2-Host-Present
    std::vector<SourceRecord> m_sources; // sorted by source
    std::unique_ptr<SpecificQueries> m_queries;
    std::uint32_t m_toldSources = 0; // source records that the owner knows of
    FilterMode m_mode = FilterMode::Include;
};

} // namespace mcast::gm

#endif // MCAST_CORE_GM_GROUP_RECORD_H
