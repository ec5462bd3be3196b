// SPDX-License-Identifier: GPL-2.0-only
// What a candidate RP advertises to the BSR of each zone, and when.                                    RFC 5059 3.2

#ifndef MCAST_CORE_PIM_BSR_CANDIDATE_RP_H
#define MCAST_CORE_PIM_BSR_CANDIDATE_RP_H

#include "../../base/random.h"
#include "message.h"

#include <vector>

namespace mcast::pim::bsr
{

/// The ranges of a candidate that the BSR of a zone is told: each configured range goes to the smallest zone that contains
/// it, or else to the global one; and a zone that lies within a configured range is told its own part.
/// \param configured none stands for all groups
/// \param zones all that are known, the global one among them
std::vector<Prefix> RangesFor(Family family, const ScopeZone& zone, const std::vector<Prefix>& configured,
                              const std::vector<ScopeZone>& zones);

/// The advertisements of one that has so many ranges that the Prefix Count of 8 bits does not hold them.
std::vector<CandidateRp> Split(const CandidateRp& message);

/// What was told and is told no more: to be withdrawn with a holdtime of zero.
std::vector<CandidateRp> Withdrawals(const std::vector<CandidateRp>& before, const std::vector<CandidateRp>& after);

/// C-RP Advertisement Timer (CRPT) of one zone: three messages after short random delays when a BSR is elected, then one a
/// period.
class AdvertisementTimer
{
  public:
    void Start(TimePoint now, Random& random);
    void Stop();
    /// Is it time for a message? The timer runs on.
    bool Due(TimePoint now, Duration period, Random& random);

    TimePoint At() const
    {
        return m_timer.At();
    }

    Duration Remaining(TimePoint now) const
    {
        return m_timer.Remaining(now);
    }

  private:
    Deadline m_timer;
    unsigned m_quick = 0; // further messages after short delays
};

} // namespace mcast::pim::bsr

#endif // MCAST_CORE_PIM_BSR_CANDIDATE_RP_H
