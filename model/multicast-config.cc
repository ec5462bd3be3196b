// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-config.h"

#include "multicast-convert.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
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
FillCommon(const MulticastInterface::Values& values, mcast::gm::CommonConfig& config)
{
    config.version = static_cast<mcast::Version>(values.version);
    config.profile = values.profile == 9776 ? mcast::gm::Profile::Rfc9776 : mcast::gm::Profile::Rfc3376;
    config.robustness = values.robustness;
    config.queryInterval = ToCore(values.queryInterval);
    config.queryResponseInterval = ToCore(values.queryResponseInterval);
    config.olderVersionCompatibility = values.olderVersionCompatibility;
    config.ssmRange = mcast::Prefix::Parse(values.ssmRange).value_or(config.ssmRange);
}

void
FillRouter(const MulticastInterface::Values& values, mcast::gm::RouterConfig& config)
{
    FillCommon(values, config);
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
    FillRouter(values, config.gm);
    for (const auto& [group, source] : interface.GetStaticJoins())
    {
        config.gm.staticJoins.push_back(
            {ToCore(group), source.IsAny() ? std::nullopt : std::optional(ToCore(source))});
    }
    config.ttlThreshold = values.ttlThreshold;
    for (const auto& [groups, mask] : interface.GetBoundaries())
    {
        config.boundaries.emplace_back(ToCore(groups), mask.GetPrefixLength());
    }
    return config;
}

mcast::gm::HostConfig
MakeHostConfig(const MulticastInterface& interface)
{
    const auto& values = interface.GetValues();
    mcast::gm::HostConfig config;
    FillCommon(values, config);
    config.unsolicitedReportInterval = ToCore(values.unsolicitedReportInterval);
    config.unsolicitedReportIntervalV2 = ToCore(values.unsolicitedReportIntervalV2);
    config.requireRouterAlert = values.hostRequiresRouterAlert;
    config.leaveAlways = values.leaveAlways;
    // The attribute may be set lower for the sake of the router side; a socket may always list 64 (RFC 3376 2).
    config.maxSourcesPerGroup = std::max<std::size_t>(values.maxSourcesPerGroup, 64);
    return config;
}

std::string
DescribeConfigError(const mcast::gm::ConfigError& error)
{
    // The attributes are the core's fields in PascalCase, but for this one.
    std::string name = error.field == "robustness" ? "RobustnessVariable" : error.field;
    if (!name.empty())
    {
        name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    }
    return name + ": " + error.why;
}

} // namespace ns3
