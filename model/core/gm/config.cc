// SPDX-License-Identifier: GPL-2.0-only

#include "config.h"

#include "protocol.h"

#include <cstdint>

namespace mcast::gm
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds MAX_CODED_SECONDS{31744}; // QQIC 0xff (4.1.7)

bool
IsInterval(Duration value)
{
    return value > Duration::zero() && value <= MAX_CODED_SECONDS;
}

// 3174.4 for 3174400 ms.
std::string
InSeconds(Duration time)
{
    const auto ms = std::chrono::duration_cast<milliseconds>(time).count();
    auto text = std::to_string(ms / 1000) + "." + std::to_string(1000 + ms % 1000).substr(1);
    text.erase(text.find_last_not_of('0') + 1);
    return (text.back() == '.' ? text.substr(0, text.size() - 1) : text) + " s";
}

// Why a response time is none that the version's queries can tell.
std::optional<std::string>
WrongResponseTime(const CommonConfig& config, Duration time)
{
    const auto& protocol = ProtocolOf(config.family);
    const auto most = config.version == Version::V3 ? protocol.maxResponse : protocol.maxResponseOlder;
    if (time >= protocol.responseUnit && time <= most)
    {
        return std::nullopt;
    }
    return "must be from " + InSeconds(protocol.responseUnit) + " to " + InSeconds(most) + ", as " +
           protocol.VersionName(config.version) + " can tell it";
}

std::optional<ConfigError>
CheckCommon(const CommonConfig& config)
{
    const auto& protocol = ProtocolOf(config.family);
    if (config.version < protocol.oldest)
    {
        return ConfigError{"version",
                           std::string(protocol.name) + " begins with " + protocol.VersionName(protocol.oldest)};
    }
    if (config.ssmRange && config.ssmRange->Length() > 0 && config.ssmRange->GetAddress().GetFamily() != config.family)
    {
        return ConfigError{"ssmRange", config.ssmRange->ToString() + " is of another family"};
    }
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
    if (const auto why = WrongResponseTime(config, config.queryResponseInterval))
    {
        return ConfigError{"queryResponseInterval", *why};
    }
    if (config.queryResponseInterval >= config.queryInterval)
    {
        return ConfigError{"queryResponseInterval", "must be below the Query Interval (RFC 3376 8.3)"};
    }
    return std::nullopt;
}

std::optional<ConfigError>
CheckStaticJoins(const RouterConfig& config)
{
    for (const auto& join : config.staticJoins)
    {
        if (join.group.GetFamily() != config.family)
        {
            return ConfigError{"staticJoins", join.group.ToString() + " is of another family"};
        }
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
    if (config.startupQueryInterval && !IsInterval(*config.startupQueryInterval))
    {
        return ConfigError{"startupQueryInterval", "must be above zero and at most 31744 s (RFC 3376 8.6)"};
    }
    if (config.startupQueryCount && (*config.startupQueryCount == 0 || *config.startupQueryCount > 255))
    {
        return ConfigError{"startupQueryCount", "must be from 1 to 255 (RFC 3376 8.7)"};
    }
    if (const auto why = WrongResponseTime(config, config.lastMemberQueryInterval))
    {
        return ConfigError{"lastMemberQueryInterval", *why};
    }
    if (config.lastMemberQueryCount && (*config.lastMemberQueryCount == 0 || *config.lastMemberQueryCount > 255))
    {
        return ConfigError{"lastMemberQueryCount", "must be from 1 to 255 (RFC 3376 8.9)"};
    }
    if (config.maxGroups == 0)
    {
        return ConfigError{"maxGroups", "must not be zero"};
    }
    return CheckStaticJoins(config);
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

bool
CommonConfig::SsmRules(const Address& group) const
{
    const auto range = ssmRange.value_or(ProtocolOf(family).ssmRange);
    return profile == Profile::Rfc9776 && range.Length() > 0 &&
           Prefix{range.GetAddress().WithoutScope(), range.Length()}.Contains(group.WithoutScope());
}

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
    if (config.profile == Profile::Rfc9776 && ProtocolOf(config.family).followsOlderQueriers)
    {
        return config.robustness * config.queryInterval + 10 * maxResponseTime;
    }
    return robustness * queryInterval + maxResponseTime;
}

} // namespace mcast::gm
