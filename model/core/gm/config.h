// SPDX-License-Identifier: GPL-2.0-only
// The timers and variables of RFC 3376 section 8 (RFC 2236 8, RFC 9776 8; of MLD RFC 2710 7, RFC 3810 9, RFC 9777 9): what
// is configured, what follows from it, and what the RFCs forbid. Clauses without a number of an RFC are of RFC 3376; RFC
// 3810 has the same, a section later.

#ifndef MCAST_CORE_GM_CONFIG_H
#define MCAST_CORE_GM_CONFIG_H

#include "../base/expected.h"
#include "../base/time.h"
#include "../wire/membership.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mcast::gm
{

/// Which text rules where the two differ: the older of each family or the newer; see doc/deviations.md.
enum class Profile : std::uint8_t
{
    Rfc3376, ///< and RFC 3810
    Rfc9776, ///< and RFC 9777
};

/// What is wrong with a configuration: the field's name as in the structs below, and why.
struct ConfigError
{
    std::string field;
    std::string why;
};

/// Variables that both sides of the protocol share.
struct CommonConfig
{
    Family family = Family::Ipv4; ///< IGMP or MLD
    Version version = Version::V3;
    Profile profile = Profile::Rfc3376;
    unsigned robustness = 2;                                   ///< 8.1; 1 ("should not") to 255
    Duration queryInterval = std::chrono::seconds{125};        ///< 8.2
    Duration queryResponseInterval = std::chrono::seconds{10}; ///< 8.3
    bool olderVersionCompatibility = true;                     ///< RFC 9776 7.2.1, 7.3.1: off in an SSM-only network
    std::optional<Prefix> ssmRange; ///< default 232.0.0.0/8 or ff3x::/32 (RFC 4607 1); a length of 0: none

    /// Do the rules of the newer RFCs for source-specific groups hold for the group? An IPv6 range holds for its groups
    /// of every scope.
    bool SsmRules(const Address& group) const;
};

/// A group (and source) that is forwarded to an interface as if a member were there.
struct StaticJoin
{
    Address group;
    std::optional<Address> source;
};

/// The router side on one interface.
struct RouterConfig : CommonConfig
{
    std::optional<Duration> startupQueryInterval;               ///< 8.6; default a quarter of the Query Interval
    std::optional<unsigned> startupQueryCount;                  ///< 8.7; default the Robustness Variable
    Duration lastMemberQueryInterval = std::chrono::seconds{1}; ///< 8.8
    std::optional<unsigned> lastMemberQueryCount;               ///< 8.9; default the Robustness Variable
    bool fastLeave = false;          ///< a leave ends membership at once, without asking: one member per interface
    bool requireRouterAlert = false; ///< drop reports and leaves without it (RFC 2236 10, RFC 3376 9); MLD always
    bool requireOnSubnetSource =
        false;                 ///< drop IGMP reports and leaves from elsewhere (RFC 2236 10); 0.0.0.0 stays welcome
    bool requireTtlOne = true; ///< drop IGMP with another TTL: it came through a router; MLD always
    std::size_t maxGroups = 100000; ///< records on this interface
    std::size_t maxSourcesPerGroup = 5000;
    std::vector<StaticJoin> staticJoins;

    /// The RFC's musts: a Robustness Variable of 1 to 255 (queries tell values above 7 as 0, 4.1.6), a Query Interval
    /// above the Query Response Interval (8.3), intervals and counts above zero, values that the wire can tell (at most
    /// 31744 s; response codes 3174.4 s, of MLD 8387.584 s).
    Expected<Done, ConfigError> Validate() const;
};

/// The host side on one interface.
struct HostConfig : CommonConfig
{
    Duration unsolicitedReportInterval = std::chrono::seconds{1};    ///< 8.11 (IGMPv3)
    Duration unsolicitedReportIntervalV2 = std::chrono::seconds{10}; ///< RFC 2236 8.10, RFC 1112 A.I: for v1 and v2
    bool requireRouterAlert = true; ///< 9.1: ignore IGMPv2 and v3 queries without it; MLD always
    bool leaveAlways = false;       ///< RFC 2236 3: send a leave also when another host reported last
    /// Of a socket's list and of what a query makes us remember (9.1); not less than 64 (2).
    std::size_t maxSourcesPerGroup = 5000;

    Expected<Done, ConfigError> Validate() const;
};

/// The derived intervals, from the values in force (a non-querier's come from the querier, 4.1.6, 4.1.7).
struct Intervals
{
    unsigned robustness = 2;
    Duration queryInterval{};
    Duration queryResponseInterval{};
    Duration lastMemberQueryInterval{};
    unsigned lastMemberQueryCount = 2;
    Profile profile = Profile::Rfc3376;

    Duration GroupMembershipInterval() const;     ///< 8.4; RFC 9776 8.4 adds one more Query Response Interval
    Duration OtherQuerierPresentInterval() const; ///< 8.5
    Duration LastMemberQueryTime() const;         ///< 8.10
    Duration OlderHostPresentInterval() const;    ///< 8.13
};

/// 8.12, for a host: the values come from the last query heard (RFC 3376) or are the defaults (RFC 9776 8.12).
Duration OlderVersionQuerierPresentTimeout(const HostConfig& config, unsigned robustness, Duration queryInterval,
                                           Duration maxResponseTime);

} // namespace mcast::gm

#endif // MCAST_CORE_GM_CONFIG_H
