// SPDX-License-Identifier: GPL-2.0-only
// Read-outs of PIM: copies, safe to keep.

#ifndef MCAST_CORE_PIM_VIEWS_H
#define MCAST_CORE_PIM_VIEWS_H

#include "../base/address.h"
#include "../base/ids.h"
#include "../base/time.h"
#include "../base/trace.h"
#include "../wire/pim.h"
#include "config.h"

#include <optional>
#include <vector>

namespace mcast::pim
{

/// A neighbour, as read out.
struct NeighborView
{
    Address address;
    std::optional<std::uint32_t> generationId;
    std::optional<std::uint32_t> drPriority;
    std::optional<LanPruneDelay> lanPruneDelay;
    std::vector<Address> secondaryAddresses;
    std::optional<std::uint8_t> stateRefreshInterval; ///< s, if it refreshes state
    Duration expires{}; ///< zero with `forever`
    bool forever = false;
    Duration uptime{};
};

/// An interface, as read out.
struct InterfaceView
{
    InterfaceId interface;
    Family family = Family::Ipv4;
    Mode mode = Mode::Sparse;
    bool active = false;
    Address address; ///< the primary one
    Address designatedRouter;
    bool isDesignatedRouter = false;
    std::uint32_t drPriority = 1;
    std::uint32_t generationId = 0;
    Duration nextHello{};
    Duration propagationDelay{}; ///< effective ones
    Duration overrideInterval{};
    bool joinSuppression = true;
    bool stateRefreshCapable = false; ///< all neighbours are, and there is one
    std::size_t neighbors = 0;
    Counters counters;
};

/// How a router came to know an RP, in the order in which it believes them: the embedded one of a group first, then the
/// longest match, and of equally long ones the BSR's unless the static one overrides it.
enum class RpOrigin : std::uint8_t
{
    Embedded, ///< the group's address names it (RFC 3956); not in a list of RPs
    Static,
    Bootstrap,
};

/// A range of groups and one of its RPs.
struct RpView
{
    Address rp;
    Prefix groups;
    RpOrigin origin = RpOrigin::Static;
    bool isUs = false;
    std::uint8_t priority = 0; ///< of the BSR's; lower is better
    Duration holdtime{};       ///< zero for static ones
    Duration expires{};
};

/// The Bootstrap machine of a zone (RFC 5059 3.1).
struct BootstrapView
{
    enum class State : std::uint8_t
    {
        NoInfo,          ///< of a zone that no router is candidate for here
        AcceptAny,       ///< no BSR is known
        AcceptPreferred, ///< a BSR is known
        Candidate,       ///< we are a candidate, another is elected
        Pending,         ///< we are a candidate and wait for a better one
        Elected,         ///< we are the BSR
    };

    State state = State::AcceptAny;
    std::optional<Prefix> zone; ///< none: the global one
    Address bsr;                ///< unspecified if none is known
    std::uint8_t priority = 0;
    std::uint8_t hashMaskLength = 30;
    std::uint16_t fragmentTag = 0;
    Duration bootstrapTimer{};   ///< zero when not running
    Duration candidateRpTimer{}; ///< until we advertise ourselves; zero if we don't
};

enum class DownstreamState : std::uint8_t
{
    NoInfo,
    Join, ///< of (S,G,rpt) unused: a join ends it
    PrunePending,
    Prune,           ///< (S,G,rpt) only
    PruneTmp,        ///< (S,G,rpt) only
    PrunePendingTmp, ///< (S,G,rpt) only
};

enum class AssertState : std::uint8_t
{
    NoInfo,
    Winner,
    Loser,
};

enum class RegisterState : std::uint8_t
{
    NoInfo,
    Join,
    JoinPending,
    Prune,
};

/// The upstream machine of dense mode (RFC 3973 4.4.1).
enum class UpstreamState : std::uint8_t
{
    Forwarding,
    Pruned,
    AckPending,
};

/// What a tree is on one interface.
struct TreeInterfaceView
{
    InterfaceId interface;
    DownstreamState state = DownstreamState::NoInfo;
    Duration expires{};      ///< Expiry Timer, of dense mode the Prune Timer; zero when not running
    bool forever = false;    ///< joined, or pruned in dense mode, with holdtime 65535
    Duration prunePending{}; ///< Prune-Pending Timer
    AssertState assertState = AssertState::NoInfo;
    Address assertWinner; ///< unspecified in NoInfo
    std::uint32_t winnerPreference = 0;
    std::uint32_t winnerMetric = 0;
    Duration assertTimer{};
    bool couldAssert = false;
    bool localMembers = false; ///< pim_include of RFC 7761 4.1.6
    bool outgoing = false;     ///< in immediate_olist of (*,G) and (S,G), of dense ones in olist; of (S,G,rpt) in
                               ///< inherited_olist

    bool SaysAnything() const
    {
        return state != DownstreamState::NoInfo || assertState != AssertState::NoInfo || localMembers || outgoing;
    }
};

/// A tree's state at this router (RFC 7761 4.1).
struct TreeView
{
    enum class Kind : std::uint8_t
    {
        StarG,
        SG,
        SGRpt,
        Dense, ///< (S,G) of dense mode
    };

    Kind kind = Kind::StarG;
    Address group;
    Address source;           ///< unspecified of (*,G)
    Address rp;               ///< unspecified if there is none for the group
    bool joined = false;      ///< upstream Joined; of (S,G,rpt): not pruned towards the RP; of dense ones: not Pruned
    bool joinDesired = false; ///< of (S,G,rpt): PruneDesired; of dense ones: olist is not empty
    Address upstream;         ///< RPF', unspecified if none
    Address nextHop;          ///< MRIB.next_hop, unspecified if the root is on the link or unknown
    std::optional<InterfaceId>
        rpfInterface;     ///< of (*,G) and (S,G,rpt) towards the RP; REGISTER_INTERFACE at the RP itself
    Duration joinTimer{}; ///< of (S,G,rpt) and dense ones: Override Timer
    Duration keepalive{}; ///< (S,G) only; of dense ones until it ends without data, at the first hop the Source Active Timer
    bool sptBit = false;  ///< (S,G) only
    RegisterState registerState = RegisterState::NoInfo;
    Duration registerStopTimer{};
    UpstreamState upstreamState = UpstreamState::Forwarding; ///< dense ones only, like what follows
    Duration pruneLimitTimer{};
    Duration graftRetryTimer{};
    bool originator = false; ///< sends State Refreshes of its own
    Duration stateRefreshTimer{};
    Duration uptime{};
    std::vector<TreeInterfaceView> interfaces; ///< those that have any state for it, sorted
};

/// How many trees of each kind there are.
struct TreeCounts
{
    std::size_t starG = 0;
    std::size_t sG = 0;
    std::size_t sGRpt = 0;
    std::size_t dense = 0;

    std::size_t Total() const
    {
        return starG + sG + sGRpt + dense;
    }
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_VIEWS_H
