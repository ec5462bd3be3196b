// SPDX-License-Identifier: GPL-2.0-only
// Read-outs of group membership: copies, safe to keep, sorted by address.

#ifndef MCAST_CORE_GM_VIEWS_H
#define MCAST_CORE_GM_VIEWS_H

#include "../base/address.h"
#include "../base/ids.h"
#include "../base/time.h"
#include "../base/trace.h"
#include "../wire/membership.h"

#include <vector>

namespace mcast::gm
{

/// A source record of a router (RFC 3376 6.2.3).
struct SourceView
{
    Address source;
    Duration expires{}; ///< source timer; zero: blocked (EXCLUDE mode only)
    bool forwarded = false;
};

/// A group record of a router (RFC 3376 6.2.1).
struct GroupView
{
    Address group;
    FilterMode mode = FilterMode::Include;
    Version version = Version::V3; ///< group compatibility mode (7.3.2)
    Duration expires{};            ///< group timer; zero in INCLUDE mode
    Duration uptime{};
    Duration olderHostV1{}; ///< IGMPv1-Host-Present timer
    Duration olderHostV2{};
    Address lastReporter;
    bool isStatic = false; ///< configured; dynamic members may be there besides
    std::vector<SourceView> sources;
};

/// An interface of a router.
struct RouterInterfaceView
{
    InterfaceId interface;
    Family family = Family::Ipv4;
    bool active = false; ///< configured, up and with an address
    Version version = Version::V3;
    bool isQuerier = false;
    Address querier; ///< ourselves or the one heard
    Duration otherQuerierExpires{};
    Duration nextQuery{};
    unsigned robustness = 2; ///< in force
    Duration queryInterval{};
    Duration queryResponseInterval{};
    Duration lastMemberQueryInterval{};
    Duration groupMembershipInterval{};
    std::size_t groups = 0;
    std::size_t sources = 0;
    Counters counters;
};

/// An interface's reception state for one group on a host (RFC 3376 3.2).
struct HostGroupView
{
    Address group;
    FilterMode mode = FilterMode::Include;
    std::vector<Address> sources;
    bool lastReporter = false; ///< versions 1 and 2
};

/// An interface of a host.
struct HostInterfaceView
{
    InterfaceId interface;
    Family family = Family::Ipv4;
    bool active = false;
    Version configuredVersion = Version::V3;
    Version compatibility = Version::V3; ///< host compatibility mode (7.2.1)
    Duration olderQuerierV1{};
    Duration olderQuerierV2{};
    std::size_t groups = 0;
    Counters counters;
};

} // namespace mcast::gm

#endif // MCAST_CORE_GM_VIEWS_H
