// SPDX-License-Identifier: GPL-2.0-only

#include "config.h"

#include <cstdint>

namespace mcast::gm
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds MAX_CODED_SECONDS{31744};       // QQIC 0xff (4.1.7)
constexpr milliseconds MAX_RESPONSE_V3{3174400};  // Max Resp Code 0xff (4.1.1)
constexpr milliseconds MAX_RESPONSE_OLDER{25500}; // linear (7.2.1)

bool
IsInterval(Duration value)
{
    return value > Duration::zero() && value <= MAX_CODED_SECONDS;
}

std::optional<ConfigError>
CheckCommon(const CommonConfig& config)
{
    if (config.robustness == 0)
    {
        return ConfigError{"robustness", "must not be zero (RFC 3376 8.1)"};
    }
    if (config.robustness > 255)
    {
        return ConfigError{"robustness", "must be at most 255"};
    }
    if (!IsInterval(config.queryInterval))
    {
        return ConfigError{"queryInterval", "must be above zero and at most 31744 s (RFC 3376 4.1.7)"};
    }
    if (config.queryResponseInterval < milliseconds{100})
    {
        return ConfigError{"queryResponseInterval", "must be at least 0.1 s, the unit on the wire (RFC 3376 4.1.1)"};
    }
    if (config.queryResponseInterval > (config.version == Version::V3 ? MAX_RESPONSE_V3 : MAX_RESPONSE_OLDER))
    {
        return ConfigError{"queryResponseInterval", config.version == Version::V3
                                                        ? "must be at most 3174.4 s (RFC 3376 4.1.1)"
                                                        : "must be at most 25.5 s before version 3 (RFC 2236 2.2)"};
    }
    if (config.queryResponseInterval >= config.queryInterval)
    {
        return ConfigError{"queryResponseInterval", "must be below the Query Interval (RFC 3376 8.3)"};
    }
    return std::nullopt;
}

std::optional<ConfigError>
CheckStaticJoins(const std::vector<StaticJoin>& joins)
{
    for (const auto& join : joins)
    {
        if (!join.group.IsMulticast() || join.group.IsLinkScopeMulticast())
        {
            return ConfigError{"staticJoins", join.group.ToString() + " is no group that a router forwards"};
        }
        if (join.source && (join.source->IsMulticast() || join.source->IsUnspecified() ||
                            join.source->GetFamily() != join.group.GetFamily()))
        {
            return ConfigError{"staticJoins", join.source->ToString() + " is no source address"};
        }
    }
    return std::nullopt;
}

Expected<Done, ConfigError>
Outcome(std::optional<ConfigError> error)
{
    if (error)
    {
        return Unexpected{*error};
    }
    return Done{};
}

std::optional<ConfigError>
CheckRouter(const RouterConfig& config)
{
    const auto largest = config.version == Version::V3 ? MAX_RESPONSE_V3 : MAX_RESPONSE_OLDER;
    if (config.startupQueryInterval && !IsInterval(*config.startupQueryInterval))
    {
        return ConfigError{"startupQueryInterval", "must be above zero and at most 31744 s (RFC 3376 8.6)"};
    }
    if (config.startupQueryCount && (*config.startupQueryCount == 0 || *config.startupQueryCount > 255))
    {
        return ConfigError{"startupQueryCount", "must be from 1 to 255 (RFC 3376 8.7)"};
    }
    if (config.lastMemberQueryInterval < milliseconds{100} || config.lastMemberQueryInterval > largest)
    {
        return ConfigError{"lastMemberQueryInterval",
                           config.version == Version::V3
                               ? "must be from 0.1 s to 3174.4 s (RFC 3376 8.8)"
                               : "must be from 0.1 s to 25.5 s before version 3 (RFC 2236 2.2)"};
    }
    if (config.lastMemberQueryCount && (*config.lastMemberQueryCount == 0 || *config.lastMemberQueryCount > 255))
    {
        return ConfigError{"lastMemberQueryCount", "must be from 1 to 255 (RFC 3376 8.9)"};
    }
    if (config.maxGroups == 0)
    {
        return ConfigError{"maxGroups", "must not be zero"};
    }
    return CheckStaticJoins(config.staticJoins);
}

std::optional<ConfigError>
CheckHost(const HostConfig& config)
{
    if (!IsInterval(config.unsolicitedReportInterval))
    {
        return ConfigError{"unsolicitedReportInterval", "must be above zero and at most 31744 s (RFC 3376 8.11)"};
    }
    if (!IsInterval(config.unsolicitedReportIntervalV2))
    {
        return ConfigError{"unsolicitedReportIntervalV2", "must be above zero and at most 31744 s (RFC 2236 8.10)"};
    }
    if (config.maxSourcesPerGroup < 64)
    {
        return ConfigError{"maxSourcesPerGroup", "must be at least 64 on a host (RFC 3376 2)"};
    }
    return std::nullopt;
}

} // namespace

Expected<Done, ConfigError>
RouterConfig::Validate() const
{
    const auto error = CheckCommon(*this);
    return Outcome(error ? error : CheckRouter(*this));
}

Expected<Done, ConfigError>
HostConfig::Validate() const
{
    const auto error = CheckCommon(*this);
    return Outcome(error ? error : CheckHost(*this));
}

Duration
Intervals::GroupMembershipInterval() const
{
    const auto windows = profile == Profile::Rfc9776 ? 2 : 1;
    return robustness * queryInterval + windows * queryResponseInterval;
}

Duration
Intervals::OtherQuerierPresentInterval() const
{
    return robustness * queryInterval + queryResponseInterval / 2;
}

Duration
Intervals::LastMemberQueryTime() const
{
    return lastMemberQueryCount * lastMemberQueryInterval;
}

Duration
Intervals::OlderHostPresentInterval() const
{
    return robustness * queryInterval + queryResponseInterval;
}

Duration
OlderVersionQuerierPresentTimeout(const HostConfig& config, unsigned robustness, Duration queryInterval,
                                  Duration maxResponseTime)
{
    if (config.version == Version::V2)
    {
        return seconds{400}; // a host that knows no version 3 (RFC 2236 8.11)
    }
    if (config.profile == Profile::Rfc9776)
    {
        return config.robustness * config.queryInterval + 10 * maxResponseTime;
    }
    return robustness * queryInterval + maxResponseTime;
}

} // namespace mcast::gm
