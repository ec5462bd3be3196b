// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-config.h"

#include "core/gm/protocol.h"
#include "multicast-convert.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <optional>

namespace ns3
{

namespace
{

std::optional<mcast::Duration>
TimeUnlessZero(const Time& time)
{
    return time.IsZero() ? std::nullopt : std::optional(ToCore(time));
}

std::optional<unsigned>
CountUnlessZero(uint32_t count)
{
    return count == 0 ? std::nullopt : std::optional<unsigned>(count);
}

void
FillCommon(const MulticastInterface& interface, mcast::gm::CommonConfig& config)
{
    const auto& values = interface.GetValues();
    const bool ipv4 = interface.GetFamily() == MulticastInterface::IPV4;
    config.family = ToCore(interface.GetFamily());
    const auto& protocol = mcast::gm::ProtocolOf(config.family);
    config.version = protocol.FromNumber(ipv4 ? values.version : values.mldVersion).value_or(config.version);
    config.profile = values.profile == 9776 ? mcast::gm::Profile::Rfc9776 : mcast::gm::Profile::Rfc3376;
    config.robustness = values.robustness;
    config.queryInterval = ToCore(values.queryInterval);
    config.queryResponseInterval = ToCore(values.queryResponseInterval);
    config.olderVersionCompatibility = values.olderVersionCompatibility;
    config.ssmRange = mcast::Prefix::Parse(ipv4 ? values.ssmRange : values.ipv6SsmRange);
}

void
FillRouter(const MulticastInterface& interface, mcast::gm::RouterConfig& config)
{
    FillCommon(interface, config);
    const auto& values = interface.GetValues();
    config.startupQueryInterval = TimeUnlessZero(values.startupQueryInterval);
    config.startupQueryCount = CountUnlessZero(values.startupQueryCount);
    config.lastMemberQueryInterval = ToCore(values.lastMemberQueryInterval);
    config.lastMemberQueryCount = CountUnlessZero(values.lastMemberQueryCount);
    config.fastLeave = values.fastLeave;
    config.requireRouterAlert = values.routerRequiresRouterAlert;
    config.requireOnSubnetSource = values.requireOnSubnetSource;
    config.requireTtlOne = values.requireTtlOne;
    config.maxGroups = values.maxGroups;
    config.maxSourcesPerGroup = values.maxSourcesPerGroup;
}

} // namespace

mcast::RouterInterfaceConfig
MakeRouterConfig(const MulticastInterface& interface)
{
    const auto& values = interface.GetValues();
    mcast::RouterInterfaceConfig config;
    config.membership = values.router;
    FillRouter(interface, config.gm);
    for (const auto& [group, source] : interface.GetStaticJoins())
    {
        config.gm.staticJoins.push_back({ToCore(group).value_or(mcast::Address()), ToCoreUnlessAny(source)});
    }
    config.ttlThreshold = values.ttlThreshold;
    for (const auto& [groups, length] : interface.GetBoundaries())
    {
        config.boundaries.emplace_back(ToCore(groups).value_or(mcast::Address()), length);
    }
    return config;
}

mcast::gm::HostConfig
MakeHostConfig(const MulticastInterface& interface)
{
    const auto& values = interface.GetValues();
    mcast::gm::HostConfig config;
    FillCommon(interface, config);
    config.unsolicitedReportInterval = ToCore(values.unsolicitedReportInterval);
    config.unsolicitedReportIntervalV2 = ToCore(values.unsolicitedReportIntervalV2);
    config.requireRouterAlert = values.hostRequiresRouterAlert;
    config.leaveAlways = values.leaveAlways;
    // The attribute may be set lower for the sake of the router side; a socket may always list 64 (RFC 3376 2).
    config.maxSourcesPerGroup = std::max<std::size_t>(values.maxSourcesPerGroup, 64);
    return config;
}

std::string
DescribeConfigError(const mcast::gm::ConfigError& error, MulticastInterface::Family family)
{
    // The attributes are the core's fields in PascalCase, but for these.
    static const std::map<std::string, std::string> ofBoth{{"robustness", "RobustnessVariable"}};
    static const std::map<std::string, std::string> ofIpv6{{"version", "MldVersion"}, {"ssmRange", "Ipv6SsmRange"}};
    std::string name = error.field;
    if (const auto found = ofBoth.find(name); found != ofBoth.end())
    {
        name = found->second;
    }
    if (const auto found = ofIpv6.find(name); family == MulticastInterface::IPV6 && found != ofIpv6.end())
    {
        name = found->second;
    }
    if (!name.empty())
    {
        name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    }
    return name + ": " + error.why;
}

} // namespace ns3
