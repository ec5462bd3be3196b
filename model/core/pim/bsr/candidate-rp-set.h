// SPDX-License-Identifier: GPL-2.0-only
// The candidate RPs of a zone, as its elected BSR knows them, and what it tells of them.               RFC 5059 3.3
//
// A mapping of a range to a candidate stands for the holdtime that the candidate tells (CGET). When it ends, the next
// Bootstrap message tells the RP with a holdtime of 0 (3.2); a range that has no RP any more is told with an RP Count of 0
// for BS_Timeout after that (4.1.1).

#ifndef MCAST_CORE_PIM_BSR_CANDIDATE_RP_SET_H
#define MCAST_CORE_PIM_BSR_CANDIDATE_RP_SET_H

#include "../../base/time.h"
#include "../../wire/pim.h"

#include <map>
#include <vector>

namespace mcast::pim::bsr
{

class CandidateRpSet
{
  public:
    enum class Change : std::uint8_t
    {
        None,      ///< known, and refreshed
        Added,     ///< or told with another priority
        Withdrawn, ///< with a holdtime of zero
        Full,      ///< not taken
    };

    /// A candidate's word about one range.
    struct Offer
    {
        Prefix range;
        bool bidirectional = false;
        Address rp;
        std::uint8_t priority = 192;
        std::uint16_t holdtime = 150; ///< s
    };

    /// \param withdrawalTime for how long an empty range is told
    /// \param limit of Size()
    Change Take(TimePoint now, const Offer& offer, Duration withdrawalTime, std::size_t limit);

    /// \return did any mapping end?
    bool Expire(TimePoint now, Duration withdrawalTime);
    TimePoint NextExpiry() const;

    /// The ranges of the next message. Of a range with candidates for bidirectional PIM only these (3.3). No RP but a
    /// withdrawn one has a holdtime below `leastHoldtime` (s), and no range more than 255.
    std::vector<BootstrapGroup> Ranges(std::uint16_t leastHoldtime) const;

    /// The ranges were told: what was withdrawn with a holdtime of 0 need not be so again.
    void Told();

    void Clear();

    /// Mappings, and ranges without any that are told as withdrawn.
    std::size_t Size() const;

  private:
    struct Candidate
    {
        bool bidirectional = false;
        std::uint8_t priority = 0;
        std::uint16_t holdtime = 0;
        Deadline expiry;      // CGET; not running of one that left
        bool hasLeft = false; // to be told with a holdtime of zero
    };

    struct Range
    {
        std::map<Address, Candidate> candidates;
        Deadline withdrawal; // running while no candidate is left
    };

    static BootstrapGroup Describe(const Prefix& prefix, const Range& range, std::uint16_t leastHoldtime);
    static bool HasCandidates(const Range& range);
    Candidate* Find(const Prefix& prefix, const Address& rp);
    void Leave(TimePoint now, Range& range, Candidate& candidate, Duration withdrawalTime);

    std::map<Prefix, Range> m_ranges;
};

} // namespace mcast::pim::bsr

#endif // MCAST_CORE_PIM_BSR_CANDIDATE_RP_SET_H
