// SPDX-License-Identifier: GPL-2.0-only
// What mcastd is told by its YAML file. doc/mcastd.rst lists the keys, examples/mcastd.yaml shows each of them.

#ifndef MCAST_LINUX_CONFIG_H
#define MCAST_LINUX_CONFIG_H

#include "by-family.h"
#include "kernel-routes.h"
#include "log.h"
#include "router.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mcast::linux_host
{

/// One key below `interfaces`: the interfaces that it names and what they do.
struct InterfaceRule
{
    std::string pattern;   ///< a name, or a shell-style pattern
    std::string place;     ///< "file:line:column" of the key
    bool optional = false; ///< may be absent when the daemon starts
    ByFamily<RouterInterfaceConfig> configs;
    ByFamily<pim::InterfaceConfig> pimValues; ///< of PIM, whether it is switched on or not
    ByFamily<bool> asked;                     ///< the file switches IGMP (MLD) on in so many words

    InterfaceRule();
    bool IsPattern() const;
    bool Matches(const std::string& name) const;
};

/// A static multicast route by interface names; those may come and go.
struct RouteRule
{
    Address group;
    std::optional<Address> source; ///< none: (*,G)
    std::string incoming;
    std::vector<std::string> outgoing;

    friend bool operator==(const RouteRule& a, const RouteRule& b)
    {
        return a.group == b.group && a.source == b.source && a.incoming == b.incoming && a.outgoing == b.outgoing;
    }
};

struct DaemonConfig
{
    LogLevel logLevel = LogLevel::Warning;
    LogTarget logTarget = LogTarget::Stderr;
    std::string controlSocket = "/run/mcastd.sock";
    RouterOptions router;
    bool seeded = false; ///< router.seed was given
    std::vector<InterfaceRule> interfaces;
    std::vector<RouteRule> routes;
    ByFamily<pim::RouterConfig> pim;
    RoutePreferences routePreferences = DefaultRoutePreferences();

    DaemonConfig();

    /// Does anything want the family: membership or PIM on an interface, or a route? If not, another router may have it.
    bool Uses(Family family) const;
    /// Does PIM run on any interface?
    bool UsesPim(Family family) const;
    /// Does anything say so in so many words?
    bool AsksFor(Family family) const;

    /// The rule for an interface: the one with its very name, else the first pattern that matches; none: not ours.
    /// \param eligible may be taken by a pattern (no loopback, able to multicast)
    const InterfaceRule* FindRule(const std::string& name, bool eligible = true) const;
};

/// \throws ConfigFailure "file:line:column: key: why"
DaemonConfig LoadConfig(const std::string& path);

/// \param text the YAML. \param file its name in messages. \throws ConfigFailure
DaemonConfig ParseConfig(const std::string& text, const std::string& file);

/// Every interface that is named, and not optional, must be there. \throws ConfigFailure
void RequireInterfaces(const DaemonConfig& config, const std::set<std::string>& present);

/// The names of this network namespace's interfaces.
std::set<std::string> PresentInterfaces();

} // namespace mcast::linux_host

#endif // MCAST_LINUX_CONFIG_H
