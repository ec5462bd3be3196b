// SPDX-License-Identifier: GPL-2.0-only
// A host's membership of one group on one interface: reports changes, answers queries.
//                                     RFC 3376 5.1 and 5.2 (version 3), RFC 2236 6 (version 2), RFC 1112 A.I (version 1)
//
// Version 3. A change is reported at once and again until it was sent Robustness times, at random gaps up to the
// Unsolicited Report Interval; a further change joins what is pending and starts the count over. A specific query is
// answered once, at the earliest of the delays drawn for it.
//
// Versions 1 and 2, while such a querier is present:
//
//                     join                 query               another's report   timer expires     leave
//  Non-Member         -> Delaying: report, -                   -                  -                 -
//                     start timer
//  Delaying Member    -                    v2: restart timer   -> Idle            -> Idle: report   -> Non-Member
//                                          if sooner
//  Idle Member        -                    -> Delaying: start  -                  -                 -> Non-Member
//                                          timer
//
// Version 2 sends a Leave if it reported last; version 1 has none.

#ifndef MCAST_CORE_GM_HOST_GROUP_H
#define MCAST_CORE_GM_HOST_GROUP_H

#include "../base/timer-queue.h"
#include "../context.h"
#include "config.h"
#include "socket-filters.h"
#include "views.h"

#include <vector>

namespace mcast::gm
{

/// What a membership asks of its interface.
class HostGroupOwner
{
  public:
    virtual Context& GetContext() = 0;
    virtual const HostConfig& GetConfig() const = 0;
    /// The host compatibility mode (RFC 3376 7.2.1).
    virtual Version Compatibility() const = 0;
    /// May anything be sent?
    virtual bool Active() const = 0;
    /// The Robustness Variable in force.
    virtual unsigned Robustness() const = 0;
    virtual void SendRecords(std::vector<Record> records) = 0;
    virtual void SendOlderReport(const Address& group) = 0;
    virtual void SendLeave(const Address& group) = 0;
    virtual void StateChanged(const Address& group, const Filter& state) = 0;
    /// The last report of a group that was left is out; the membership is destroyed in here.
    virtual void GroupFinished(Address group) = 0;

  protected:
    ~HostGroupOwner() = default;
};

class HostGroup final : public Alarm
{
  public:
    HostGroup(HostGroupOwner& owner, const Address& group);

    /// IPMulticastListen for this group and interface.
    void Listen(SocketId socket, Filter filter);

    const Filter* FindSocket(SocketId socket) const
    {
        return m_sockets.Find(socket);
    }

    /// The interface's reception state (RFC 3376 3.2).
    const Filter& State() const
    {
        return m_state;
    }

    /// A query for this group (version 3 mode). \param delay drawn by the interface
    void HandleSpecificQuery(const Query& query, Duration delay);
    /// Any query that asks for this group, while in version 1 or 2.
    void HandleOlderQuery(Duration maxResponseTime);
    /// Another host reported the group, in version 1 or 2.
    void HandleOlderReport();
    /// Nothing that is pending holds any more (RFC 3376 7.2.1).
    void CancelPending();
    /// The interface came up: tells the state anew.
    void Rejoin();

    /// The current-state record; only with state.
    Record CurrentState() const;
    /// Has it said all it had to say, and keeps nothing?
    bool Finished() const;
    HostGroupView View() const;

    void OnAlarm(TimePoint now) override;

  private:
    struct PendingSource
    {
        Address source;
        unsigned left;
    };

    void ReportChange(const Filter& before);
    void NoteDifference(const SourceSet& difference);
    void SendStateChange();
    std::vector<Record> StateChangeRecords() const;
    void Join();
    void Leave();
    void SendOlder();
    void Respond();
    void Arm();
    void CheckInvariants() const;

    HostGroupOwner& m_owner;
    Address m_group;
    SocketFilters m_sockets;
    Filter m_state;

    // Version 3: what is still to be told of changes, and the answer to a specific query.
    unsigned m_modeReportsLeft = 0;              // reports that still carry a Filter-Mode-Change record
    std::vector<PendingSource> m_pendingSources; // sorted
    Deadline m_retransmit;
    Deadline m_response;
    SourceSet m_askedSources; // empty: the whole state

    // Versions 1 and 2.
    Deadline m_olderTimer; // running: Delaying Member
    unsigned m_unsolicitedLeft = 0;
    bool m_lastReporter = false;
};

} // namespace mcast::gm

#endif // MCAST_CORE_GM_HOST_GROUP_H
