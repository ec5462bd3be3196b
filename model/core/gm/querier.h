// SPDX-License-Identifier: GPL-2.0-only
// The querier of a link: election, General Queries, and the variables that are in force.
//                                            RFC 2236 3, 7; RFC 3376 4.1.6, 4.1.7, 6.6.2, 7.3.1, 8; RFC 9776 6.6.2
//
//               start            lower query      higher query   OQP expires     GQ timer expires
//  (inactive)   -> Querier, GQ   -                -              -               -
//  Querier      -                -> NonQuerier    -              -               send GQ, restart
//  NonQuerier   -                restart OQP      -              -> Querier, GQ  -
//
// OQP: Other-Querier-Present timer. A query from 0.0.0.0, as snooping switches send (RFC 4541 2.1.1), elects nobody.
//
// The Robustness Variable of the latest query is adopted whoever sent it (4.1.6), its Query Interval only by a
// non-querier (4.1.7). A router that becomes the querier goes back to what it was configured with.
//
// Older queriers: RFC 3376 7.3.1 leaves the common version to the administrator, so we only warn; under RFC 9776 a
// General Query of an older version makes us use that version until no such query came for an Other Querier Present
// Interval. See doc/deviations.md.

#ifndef MCAST_CORE_GM_QUERIER_H
#define MCAST_CORE_GM_QUERIER_H

#include "../base/timer-queue.h"
#include "../context.h"
#include "config.h"
#include "protocol.h"
#include "views.h"

namespace mcast::gm
{

/// What the querier asks of its interface.
class QuerierOwner
{
  public:
    virtual Context& GetContext() = 0;
    virtual const RouterConfig& GetConfig() const = 0;
    virtual const Protocol& GetProtocol() const = 0;
    virtual Address OwnAddress() const = 0;
    virtual void SendGeneralQuery() = 0;
    /// The role or the address of the querier is another now.
    virtual void QuerierChanged() = 0;
    virtual void VersionChanged() = 0;
    /// Something that an administrator should see; the owner limits the rate.
    virtual void Warn(Reason reason, const Address& source) = 0;

  protected:
    ~QuerierOwner() = default;
};

class Querier final : public Alarm
{
  public:
    explicit Querier(QuerierOwner& owner);

    /// The interface came up: querier at once, with the startup queries (RFC 3376 8.6, 8.7).
    void Start();
    void Stop();
    /// Configured values changed: those in force are derived anew.
    void Reconfigure();

    void HandleQuery(const Query& query, const Address& source);
    void OnAlarm(TimePoint now) override;

    bool IsQuerier() const
    {
        return m_state == State::Querier;
    }

    /// In force now: configured, or learned from queries.
    const Intervals& GetIntervals() const
    {
        return m_intervals;
    }

    /// The version of our queries.
    Version OperatingVersion() const;

    const Address& QuerierAddress() const
    {
        return m_querier;
    }

    void FillView(RouterInterfaceView& view) const;

  private:
    enum class State : std::uint8_t
    {
        Inactive,
        Querier,
        NonQuerier,
    };

    void BecomeQuerier(unsigned startupQueries);
    void BecomeNonQuerier(const Address& source);
    void SendAndReschedule();
    void Adopt(const Query& query);
    void AdoptRobustness(unsigned robustness);
    void NoticeVersion(const Query& query, const Address& source);
    bool Elects(const Query& query) const;
    Duration StartupQueryInterval() const;
    void Arm();
    void CheckInvariants() const;

    QuerierOwner& m_owner;
    State m_state = State::Inactive;
    Intervals m_intervals;
    Address m_querier;
    unsigned m_startupLeft = 0; // startup queries still to come after the one sent
    Deadline m_nextQuery;
    Deadline m_otherQuerierPresent;
    Deadline m_olderQuerierV1;
    Deadline m_olderQuerierV2;
};

} // namespace mcast::gm

#endif // MCAST_CORE_GM_QUERIER_H
