// SPDX-License-Identifier: GPL-2.0-only
// The timers and values of PIM on one interface (RFC 7761 4.11), and what the RFC forbids.

#ifndef MCAST_CORE_PIM_CONFIG_H
#define MCAST_CORE_PIM_CONFIG_H

#include "../base/address.h"
#include "../base/expected.h"
#include "../base/time.h"
#include "../gm/config.h"

#include <optional>
#include <vector>

namespace mcast::pim
{

/// Which groups PIM routes on an interface. For others it is one that has members only.
enum class Mode : std::uint8_t
{
    Sparse,      ///< sparse and source-specific ones (RFC 7761)
    Dense,       ///< dense ones (RFC 3973)
    SparseDense, ///< all, each in its mode
};

/// PIM for one family on one interface.
struct InterfaceConfig
{
    Family family = Family::Ipv4;
    Mode mode = Mode::Sparse;
    Duration helloPeriod = std::chrono::seconds{30};
    std::optional<Duration> helloHoldtime; ///< default 3.5 times the Hello Period; 65535 s and more: for ever
    Duration triggeredHelloDelay = std::chrono::seconds{5};
    std::uint32_t drPriority = 1;
    Duration propagationDelay = std::chrono::milliseconds{500};  ///< at most 32767 ms
    Duration overrideInterval = std::chrono::milliseconds{2500}; ///< at most 65535 ms
    bool trackingSupport = false;                                ///< can do without Join suppression (4.3.3)
    std::size_t maxNeighbors = 1000;
    bool bsrBorder = false; ///< Bootstrap messages don't cross it (RFC 5059 1.1)
    /// Takes Join/Prune messages and Asserts from routers without a Hello (RFC 7761 4.5, 4.6): for old neighbours only.
    bool acceptUnknownNeighbors = false;

    /// Periods above zero; delays that the wire can tell; a holdtime of at least the Hello Period, or neighbours would come
    /// and go.
    Expected<Done, gm::ConfigError> Validate() const;

    /// What a Hello tells, in whole seconds.
    std::uint16_t HoldtimeToTell() const;
};

/// An RP that is configured for a range of groups.
struct StaticRp
{
    Address rp;
    Prefix groups;             ///< the longest match decides
    bool overridesBsr = false; ///< it stands before an equally long match that a BSR told
};

/// When a last-hop router goes over from the RP's tree to the source's (RFC 7761 4.2.1 SwitchToSptDesired).
struct SptSwitchover
{
    enum class When : std::uint8_t
    {
        Immediately,
        Never,
        AtRate,
    };

    When when = When::Immediately;
    std::uint64_t rate = 0; ///< octets of IP packets per second, of one source and group; with AtRate
};

/// This router as a candidate BSR (RFC 5059 3.1).
struct CandidateBsrConfig
{
    std::optional<Address> address; ///< one of ours that is reached from everywhere; default the greatest of these
    std::uint8_t priority = 64;     ///< higher is better
    std::optional<std::uint8_t> hashMaskLength; ///< default 30, of IPv6 126 (RFC 5059 4.1)
    /// Groups that the BSR is for: none but all of them, or an administratively scoped zone.
    std::optional<Prefix> zone;
};

/// This router as a candidate RP (RFC 5059 3.2).
struct CandidateRpConfig
{
    std::optional<Address> address;   ///< default as for the candidate BSR
    std::uint8_t priority = 192;      ///< lower is better
    std::vector<Prefix> groups;       ///< none: all groups
    std::optional<Duration> holdtime; ///< default 2.5 times the interval
};

/// What PIM does for one family on all interfaces of a router.
struct RouterConfig
{
    Family family = Family::Ipv4;

    // RFC 7761 4.11
    Duration joinPrunePeriod = std::chrono::seconds{60}; ///< t_periodic
    std::optional<Duration> joinPruneHoldtime;           ///< default 3.5 times the period; 65535 s and more: for ever
    Duration keepalivePeriod = std::chrono::seconds{210};
    Duration registerSuppressionTime = std::chrono::seconds{60};
    Duration registerProbeTime = std::chrono::seconds{5}; ///< below half of the suppression time
    Duration assertTime = std::chrono::seconds{180};
    Duration assertOverrideInterval = std::chrono::seconds{3}; ///< below the Assert Time

    SptSwitchover sptSwitchover;
    std::optional<Prefix> ssmRange; ///< default 232.0.0.0/8 or ff3x::/32 (RFC 4607 1); a length of 0: none
    std::vector<StaticRp> staticRps;
    bool embeddedRp = true;    ///< IPv6: the RP that a group of ff70::/12 names (RFC 3956)
    bool offerPacking = false; ///< as RP: takes Packed Null-Registers, and says so (RFC 9465)
    std::optional<Address>
        registerSource; ///< of Registers; default the address of the source's link, of IPv6 a global one

    /// Groups that are flooded and pruned, but for source-specific ones. Default all if every interface's mode is Dense,
    /// else none.
    std::optional<std::vector<Prefix>> denseGroups;

    // RFC 3973 4.8; the Holdtime of Prunes is joinPruneHoldtime
    Duration pruneLimit = std::chrono::seconds{210}; ///< t_limit: no second Prune to the same neighbour before
    Duration graftRetryPeriod = std::chrono::seconds{3};
    Duration sourceLifetime = std::chrono::seconds{210};
    std::uint32_t maxGraftRetries = 0; ///< without an answer; 0: no end
    bool stateRefresh = true; ///< originates State Refreshes, forwards those of others, and says so in Hellos
    Duration stateRefreshInterval = std::chrono::seconds{60}; ///< whole seconds, 1 to 255
    Duration stateRefreshLimit = std::chrono::seconds{30};    ///< of one (S,G) none is forwarded sooner after another,
                                                              ///< or than half the interval that it tells
    std::optional<std::uint8_t> stateRefreshTtl; ///< default the greatest TTL of the source's packets if the host tells
                                                 ///< it, else 255

    // RFC 5059 5
    bool bootstrap = true;              ///< takes and forwards Bootstrap messages
    bool acceptUnicastBootstrap = true; ///< at startup, from a neighbour that sends them so (3.5.2)
    bool sendUnicastBootstrap =
        false; ///< to new neighbours, beside the No-Forward ones: for those that don't know these
    std::optional<CandidateBsrConfig> candidateBsr;
    std::vector<CandidateRpConfig> candidateRps;
    Duration bootstrapPeriod = std::chrono::seconds{60};
    Duration bootstrapMinInterval = std::chrono::seconds{10};
    std::optional<Duration> bootstrapTimeout; ///< default 2 periods and 10 s
    Duration scopeZoneTimeout = std::chrono::seconds{1300};
    Duration candidateRpPeriod = std::chrono::seconds{60};

    std::size_t maxStates = 1000000;           ///< (*,G), (S,G) and (S,G,rpt) of the router, dense ones besides
    std::size_t maxStatesPerNeighbor = 500000; ///< of those, how many one neighbour may have made by joining or pruning
    std::size_t maxRps = 1000;                 ///< (range, RP) pairs learned

    Expected<Done, gm::ConfigError> Validate() const;

    Duration BootstrapTimeout() const;
    /// What a Join/Prune tells, in whole seconds.
    std::uint16_t JoinPruneHoldtimeToTell() const;
    /// Are the groups of the range source-specific?
    bool IsSsm(const Address& group) const;
    /// Is the group dense? \param byDefault if denseGroups says nothing
    bool IsDense(const Address& group, bool byDefault) const;
    std::uint8_t StateRefreshIntervalToTell() const;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_CONFIG_H
