// SPDX-License-Identifier: GPL-2.0-only
// Which router is the RP of a group: all that a router of one family knows of it.     RFC 7761 4.7, RFC 3956, RFC 5059 1.1
//
// Ranges of groups have RPs, from the configuration and from the BSR of each scope zone. Of those that match a group
//
//   the RP in the group's address      stands before all ranges (RFC 3956 4)
//   the longest range                  wins (RFC 7761 4.7.1, step 1)
//   of the same range                  the BSR's RPs, unless a configured one overrides them; of several zones the narrowest
//   of the same range and origin       the best priority, then the greatest hash value, then the highest address
//
// A range that the BSR gives to bidirectional PIM has no RP here, and nor have the groups of a shorter range behind it (RFC
// 5059 3.6).

#ifndef MCAST_CORE_PIM_RP_SET_H
#define MCAST_CORE_PIM_RP_SET_H

#include "config.h"
#include "views.h"

#include <array>
#include <map>
#include <optional>
#include <vector>

namespace mcast::pim
{

struct RpMapping
{
    Address rp;
    RpOrigin origin = RpOrigin::Static;
    Prefix range; ///< of an embedded RP the group alone

    friend bool operator==(const RpMapping& a, const RpMapping& b)
    {
        return a.rp == b.rp && a.origin == b.origin && a.range == b.range;
    }
};

/// A scope zone of the BSR mechanism; none is the global one (RFC 5059 1.3).
using ScopeZone = std::optional<Prefix>;

/// What a Bootstrap message tells of one RP of a range.
struct LearnedRp
{
    Address rp;
    std::uint8_t priority = 192; ///< lower is better
    Duration holdtime{};         ///< from now on
};

/// The RP that an IPv6 group's address names: of ff70::/12 with a prefix of 1 to 64 bits and an interface identifier of 1 to
/// 15, if it may be a router's address (RFC 3956 3, 4).
std::optional<Address> EmbeddedRp(const Address& group);

/// May the address be an RP's, or a BSR's: unicast, and the same all over the domain (RFC 3956 4, RFC 7761 4.7)?
bool IsDomainWide(const Address& address);

/// Of a BSR that says nothing else: 30, of IPv6 126 (RFC 7761 4.7.2, RFC 5059 4.1).
std::uint8_t DefaultHashMaskLength(Family family);

/// Value(G,M,C) of RFC 7761 4.7.2, between 0 and 2^31 - 1. Of IPv6 the four words of masked group and RP are folded by XOR.
std::uint32_t RpHash(const Address& group, unsigned hashMaskLength, const Address& rp);

class RpSet
{
  public:
    explicit RpSet(Family family);

    /// A valid configuration of the same family; what BSRs told stays. \return whether anything changed
    bool Configure(const RouterConfig& config);

    /// RP(G). None for what is no group, for groups that never leave their link, and for source-specific ones.
    std::optional<RpMapping> Find(const Address& group) const;

    // What the BSR of a zone tells. Each returns whether any group may have another RP now.

    /// For all ranges of the zone (RFC 5059 3.1.5); 30 or 126 before.
    bool SetHashMaskLength(const ScopeZone& zone, std::uint8_t length);
    /// The whole list of a range's RPs: others of the range are gone. An RP with a holdtime of zero is left out, and a range
    /// that has none is no longer there.
    /// \param bidirectional the range is bidirectional PIM's
    bool Learn(TimePoint now, const ScopeZone& zone, const Prefix& range, bool bidirectional,
               const std::vector<LearnedRp>& rps);
    bool Forget(const ScopeZone& zone);
    /// Forgets the mappings whose Expiry Timer (GET) is due.
    bool Expire(TimePoint now);

    TimePoint NextExpiry() const;

    /// Pairs of range and RP learned.
    std::size_t LearnedCount() const
    {
        return m_learned;
    }

    /// How many of them the zone has for the range.
    std::size_t LearnedCount(const ScopeZone& zone, const Prefix& range) const;

    /// All but embedded RPs, by range; `isUs` is left to who knows.
    std::vector<RpView> View(TimePoint now) const;

  private:
    struct Candidate
    {
        Address rp;
        std::uint8_t priority = 0;
        Duration holdtime{};
        Deadline expiry; // GET; not running of a configured one
    };

    // What the BSR of one zone told of a range.
    struct Told
    {
        ScopeZone zone;
        bool bidirectional = false;
        unsigned hashMaskLength = 30;
        std::vector<Candidate> rps; // by address
    };

    struct Range
    {
        std::vector<Candidate> configured;
        bool overridesBsr = false;
        std::vector<Told> told; // the narrowest zone first
    };

    using Ranges = std::map<Prefix, Range>;

    static const Candidate* Best(const std::vector<Candidate>& candidates, const Address& group,
                                 unsigned hashMaskLength);
    static Told* FindTold(Range& range, const ScopeZone& zone);
    static bool SameForFind(const Told& a, const Told& b);
    static std::vector<Candidate> Candidates(TimePoint now, const std::vector<LearnedRp>& rps);
    std::optional<RpMapping> Choose(const Ranges::value_type& entry, const Address& group) const;
    unsigned HashMaskLength(const ScopeZone& zone) const;
    Ranges::iterator Place(const Prefix& range);
    Ranges::iterator Tidy(Ranges::iterator place);
    void SetTold(Range& range, Told told);
    bool Withdraw(const ScopeZone& zone, const Prefix& range);
    template <class Predicate>
    bool RemoveCandidates(Predicate gone);
    void ForgetHashMaskLength(const ScopeZone& zone);
    void Configure(const StaticRp& rp);

    Family m_family;
    RouterConfig m_config;
    Ranges m_ranges;
    std::array<std::uint32_t, 129> m_used{}; // ranges of each length
    std::vector<std::uint8_t> m_lengths;     // those used, longest first
    std::vector<std::pair<ScopeZone, std::uint8_t>> m_hashMasks;
    std::size_t m_learned = 0;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_RP_SET_H
