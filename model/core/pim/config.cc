// SPDX-License-Identifier: GPL-2.0-only

#include "config.h"

#include "../gm/protocol.h"
#include "../wire/pim.h"
#include "rp-set.h"

#include <algorithm>

namespace mcast::pim
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<gm::ConfigError>
Check(const InterfaceConfig& config)
{
    if (config.helloPeriod < seconds{1} || config.helloPeriod > seconds{18724})
    {
        return gm::ConfigError{"helloPeriod", "must be from 1 s to 18724 s: a holdtime of 3.5 times it has 16 bits"};
    }
    if (config.helloHoldtime && *config.helloHoldtime < config.helloPeriod)
    {
        return gm::ConfigError{"helloHoldtime", "must not be below the Hello Period"};
    }
    if (config.triggeredHelloDelay <= Duration::zero())
    {
        return gm::ConfigError{"triggeredHelloDelay", "must be above zero (RFC 7761 4.3.1)"};
    }
    if (config.propagationDelay < Duration::zero() || config.propagationDelay > milliseconds{32767})
    {
        return gm::ConfigError{"propagationDelay", "must be from 0 to 32767 ms (RFC 7761 4.9.2)"};
    }
    if (config.overrideInterval < Duration::zero() || config.overrideInterval > milliseconds{65535})
    {
        return gm::ConfigError{"overrideInterval", "must be from 0 to 65535 ms (RFC 7761 4.9.2)"};
    }
    if (config.maxNeighbors == 0)
    {
        return gm::ConfigError{"maxNeighbors", "must not be zero"};
    }
    return std::nullopt;
}

using MaybeError = std::optional<gm::ConfigError>;

constexpr seconds MAX_HOLDTIME{65535}; // 16 bits on the wire
constexpr seconds MAX_PERIOD{1000000}; // of timers that no message tells

// What is wrong with the value of a timer.
MaybeError
CheckTime(const char* field, Duration value, const char* clause, Duration most = MAX_PERIOD)
{
    if (value > Duration::zero() && value <= most)
    {
        return std::nullopt;
    }
    const auto limit = std::to_string(std::chrono::duration_cast<seconds>(most).count());
    return gm::ConfigError{field, "must be above zero and at most " + limit + " s (" + clause + ")"};
}

// The first of several errors.
template <class... Checks>
MaybeError
First(const Checks&... checks)
{
    MaybeError first;
    const auto take = [&first](const auto& check) { return (first = check()).has_value(); };
    (void)(take(checks) || ...);
    return first;
}

MaybeError
CheckRouterAddress(const char* field, Family family, const Address& address)
{
    if (address.GetFamily() != family)
    {
        return gm::ConfigError{field, address.ToString() + " is of another family"};
    }
    if (!IsDomainWide(address))
    {
        return gm::ConfigError{field, address.ToString() + " is no address that routers reach from everywhere"};
    }
    return std::nullopt;
}

MaybeError
CheckGroups(const char* field, Family family, const Prefix& range)
{
    if (range.GetAddress().GetFamily() != family)
    {
        return gm::ConfigError{field, range.ToString() + " is of another family"};
    }
    if (!range.GetAddress().IsMulticast() || range.Length() < (family == Family::Ipv4 ? 4u : 8u))
    {
        return gm::ConfigError{field, range.ToString() + " is no range of groups"};
    }
    return std::nullopt;
}

MaybeError
CheckJoinPrune(const RouterConfig& config)
{
    if (const auto error = CheckTime("joinPrunePeriod", config.joinPrunePeriod, "RFC 7761 4.11", seconds{18724}))
    {
        return error; // a holdtime of 3.5 times the period has 16 bits
    }
    if (config.joinPruneHoldtime && *config.joinPruneHoldtime <= config.joinPrunePeriod)
    {
        return gm::ConfigError{"joinPruneHoldtime",
                               "must be above the period, or what is joined would end (RFC 7761 4.11)"};
    }
    return std::nullopt;
}

MaybeError
CheckRegister(const RouterConfig& config)
{
    if (config.registerProbeTime <= Duration::zero() || 2 * config.registerProbeTime >= config.registerSuppressionTime)
    {
        return gm::ConfigError{"registerProbeTime",
                               "must be above zero and below half of the Register Suppression Time (RFC 7761 4.11)"};
    }
    return config.registerSource ? CheckRouterAddress("registerSource", config.family, *config.registerSource)
                                 : std::nullopt;
}

MaybeError
CheckAssert(const RouterConfig& config)
{
    if (config.assertOverrideInterval <= Duration::zero() || config.assertOverrideInterval >= config.assertTime)
    {
        return gm::ConfigError{"assertOverrideInterval",
                               "must be above zero and below the Assert Time (RFC 7761 4.11)"};
    }
    return std::nullopt;
}

MaybeError
CheckRanges(const RouterConfig& config)
{
    if (config.sptSwitchover.when == SptSwitchover::When::AtRate && config.sptSwitchover.rate == 0)
    {
        return gm::ConfigError{"sptSwitchover", "a rate must be above zero (RFC 7761 4.2.1)"};
    }
    if (config.ssmRange && config.ssmRange->Length() > 0)
    {
        if (const auto error = CheckGroups("ssmRange", config.family, *config.ssmRange))
        {
            return error;
        }
    }
    for (const auto& rp : config.staticRps)
    {
        const auto error = First([&] { return CheckRouterAddress("staticRps", config.family, rp.rp); },
                                 [&] { return CheckGroups("staticRps", config.family, rp.groups); });
        if (error)
        {
            return error;
        }
    }
    return std::nullopt;
}

// RFC 5059 5: what one timeout must be above.
MaybeError
CheckBootstrapTimers(const RouterConfig& config)
{
    if (config.bootstrapMinInterval > config.bootstrapPeriod)
    {
        return gm::ConfigError{"bootstrapMinInterval", "must not be above the period (RFC 5059 5)"};
    }
    if (config.BootstrapTimeout() <= config.bootstrapPeriod)
    {
        return gm::ConfigError{"bootstrapTimeout", "must be above the period (RFC 5059 5)"};
    }
    if (config.scopeZoneTimeout <= config.BootstrapTimeout())
    {
        return gm::ConfigError{"scopeZoneTimeout", "must be above the Bootstrap timeout (RFC 5059 5)"};
    }
    return std::nullopt;
}

MaybeError
CheckCandidateBsr(const RouterConfig& config)
{
    const auto& candidate = *config.candidateBsr;
    if (!config.bootstrap)
    {
        return gm::ConfigError{"candidateBsr", "needs bootstrap"};
    }
    if (candidate.address)
    {
        if (const auto error = CheckRouterAddress("candidateBsr", config.family, *candidate.address))
        {
            return error;
        }
    }
    if (candidate.hashMaskLength.value_or(0) > (config.family == Family::Ipv4 ? 32 : 128))
    {
        return gm::ConfigError{"candidateBsr", "the hash mask is longer than an address (RFC 5059 4.1)"};
    }
    if (!candidate.zone)
    {
        return std::nullopt;
    }
    if (config.family == Family::Ipv6 && candidate.zone->Length() < 16)
    {
        return gm::ConfigError{"candidateBsr", "a zone of IPv6 has a length of at least 16 (RFC 5059 3.1)"};
    }
    if (candidate.zone->GetAddress().IsLinkScopeMulticast())
    {
        return gm::ConfigError{"candidateBsr", candidate.zone->ToString() + " never leaves its link"};
    }
    return CheckGroups("candidateBsr", config.family, *candidate.zone);
}

MaybeError
CheckCandidateRp(const RouterConfig& config, const CandidateRpConfig& candidate)
{
    if (!config.bootstrap)
    {
        return gm::ConfigError{"candidateRps", "needs bootstrap"};
    }
    if (candidate.address)
    {
        if (const auto error = CheckRouterAddress("candidateRps", config.family, *candidate.address))
        {
            return error;
        }
    }
    if (candidate.holdtime && (*candidate.holdtime <= config.candidateRpPeriod || *candidate.holdtime > MAX_HOLDTIME))
    {
        return gm::ConfigError{"candidateRps",
                               "a holdtime must be above the period and at most 65535 s (RFC 5059 4.2)"};
    }
    for (const auto& range : candidate.groups)
    {
        if (const auto error = CheckGroups("candidateRps", config.family, range))
        {
            return error;
        }
    }
    return std::nullopt;
}

MaybeError
CheckCandidates(const RouterConfig& config)
{
    if (config.candidateBsr)
    {
        if (const auto error = CheckCandidateBsr(config))
        {
            return error;
        }
    }
    for (const auto& candidate : config.candidateRps)
    {
        if (const auto error = CheckCandidateRp(config, candidate))
        {
            return error;
        }
    }
    return std::nullopt;
}

MaybeError
CheckTimes(const RouterConfig& config)
{
    constexpr const char* sparse = "RFC 7761 4.11";
    constexpr const char* bsr = "RFC 5059 5";
    return First([&] { return CheckTime("keepalivePeriod", config.keepalivePeriod, sparse); },
                 [&] { return CheckTime("registerSuppressionTime", config.registerSuppressionTime, sparse); },
                 [&] { return CheckTime("assertTime", config.assertTime, sparse); },
                 [&] { return CheckTime("bootstrapPeriod", config.bootstrapPeriod, bsr, seconds{26214}); },
                 [&] { return CheckTime("bootstrapMinInterval", config.bootstrapMinInterval, bsr); },
                 [&] { return CheckTime("bootstrapTimeout", config.BootstrapTimeout(), bsr); },
                 [&] { return CheckTime("scopeZoneTimeout", config.scopeZoneTimeout, bsr); },
                 // A holdtime of 2.5 times either period has 16 bits.
                 [&] { return CheckTime("candidateRpPeriod", config.candidateRpPeriod, bsr, seconds{26214}); });
}

MaybeError
CheckDense(const RouterConfig& config)
{
    constexpr const char* dense = "RFC 3973 4.8";
    const auto interval = config.stateRefreshInterval;
    if (interval < seconds{1} || interval > seconds{255} || interval % seconds{1} != Duration::zero())
    {
        return gm::ConfigError{"stateRefreshInterval", "must be whole seconds, 1 to 255 (RFC 3973 4.7.10)"};
    }
    if (config.stateRefreshLimit < Duration::zero())
    {
        return gm::ConfigError{"stateRefreshLimit", "must not be negative"};
    }
    if (config.stateRefreshTtl == 0)
    {
        return gm::ConfigError{"stateRefreshTtl", "must be from 1 to 255"};
    }
    for (const auto& range : config.denseGroups.value_or(std::vector<Prefix>{}))
    {
        if (const auto error = CheckGroups("denseGroups", config.family, range))
        {
            return error;
        }
    }
    return First([&] { return CheckTime("pruneLimit", config.pruneLimit, dense); },
                 [&] { return CheckTime("graftRetryPeriod", config.graftRetryPeriod, dense); },
                 [&] { return CheckTime("sourceLifetime", config.sourceLifetime, dense); });
}

MaybeError
CheckLimits(const RouterConfig& config)
{
    if (config.maxStates == 0)
    {
        return gm::ConfigError{"maxStates", "must not be zero"};
    }
    if (config.maxStatesPerNeighbor == 0)
    {
        return gm::ConfigError{"maxStatesPerNeighbor", "must not be zero"};
    }
    return std::nullopt;
}

Expected<Done, gm::ConfigError>
Outcome(const MaybeError& error)
{
    if (error)
    {
        return Unexpected{*error};
    }
    return Done{};
}

// Whole seconds as a holdtime of 16 bits; all ones are for ever.
std::uint16_t
AsHoldtime(Duration time)
{
    const auto whole = std::chrono::duration_cast<seconds>(time).count();
    return static_cast<std::uint16_t>(std::min<Duration::rep>(whole, HOLDTIME_FOREVER));
}

} // namespace

Expected<Done, gm::ConfigError>
InterfaceConfig::Validate() const
{
    return Outcome(Check(*this));
}

Expected<Done, gm::ConfigError>
RouterConfig::Validate() const
{
    return Outcome(First([&] { return CheckTimes(*this); }, [&] { return CheckJoinPrune(*this); },
                         [&] { return CheckRegister(*this); }, [&] { return CheckAssert(*this); },
                         [&] { return CheckRanges(*this); }, [&] { return CheckBootstrapTimers(*this); },
                         [&] { return CheckCandidates(*this); }, [&] { return CheckDense(*this); },
                         [&] { return CheckLimits(*this); }));
}

Duration
RouterConfig::BootstrapTimeout() const
{
    return bootstrapTimeout.value_or(2 * bootstrapPeriod + seconds{10});
}

std::uint16_t
RouterConfig::JoinPruneHoldtimeToTell() const
{
    return AsHoldtime(joinPruneHoldtime.value_or(joinPrunePeriod * 7 / 2));
}

// An IPv6 range holds for its groups of every scope (RFC 4607 1).
bool
RouterConfig::IsSsm(const Address& group) const
{
    const auto& range = ssmRange ? *ssmRange : gm::ProtocolOf(family).ssmRange;
    return range.Length() > 0 &&
           Prefix{range.GetAddress().WithoutScope(), range.Length()}.Contains(group.WithoutScope());
}

bool
RouterConfig::IsDense(const Address& group, bool byDefault) const
{
    if (IsSsm(group))
    {
        return false;
    }
    return !denseGroups ? byDefault
                        : std::any_of(denseGroups->begin(), denseGroups->end(), [&group](const auto& range) {
                              return Prefix{range.GetAddress().WithoutScope(), range.Length()}.Contains(
                                  group.WithoutScope());
                          });
}

std::uint8_t
RouterConfig::StateRefreshIntervalToTell() const
{
    return static_cast<std::uint8_t>(std::chrono::duration_cast<seconds>(stateRefreshInterval).count());
}

std::uint16_t
InterfaceConfig::HoldtimeToTell() const
{
    return AsHoldtime(helloHoldtime.value_or(helloPeriod * 7 / 2));
}

} // namespace mcast::pim
