// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-config.h"

#include "core/gm/protocol.h"
#include "core/pim/names.h"
#include "multicast-convert.h"
#include "multicast-pim.h"

#include "ns3/data-rate.h"

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

// A range of groups as text; empty: all of the family.
std::optional<mcast::Prefix>
ParseGroups(const std::string& text, mcast::Family family)
{
    const bool ipv4 = family == mcast::Family::Ipv4;
    return mcast::Prefix::Parse(text.empty() ? (ipv4 ? "224.0.0.0/4" : "ff00::/8") : text);
}

std::optional<std::uint64_t>
ParseOctetsPerSecond(const std::string& rate)
{
    DataRateValue value;
    if (!value.DeserializeFromString(rate, MakeDataRateChecker()))
    {
        return std::nullopt;
    }
    return value.Get().GetBitRate() / 8;
}

std::optional<mcast::pim::SptSwitchover>
ParseSptSwitchover(const std::string& text)
{
    mcast::pim::SptSwitchover policy;
    if (text == "immediately")
    {
        return policy;
    }
    if (text == "never")
    {
        policy.when = mcast::pim::SptSwitchover::When::Never;
        return policy;
    }
    // what is no word must be a number, or DataRate would end the program
    const auto rate = !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) ? ParseOctetsPerSecond(text)
                                                                                        : std::nullopt;
    policy.when = mcast::pim::SptSwitchover::When::AtRate;
    policy.rate = rate.value_or(0);
    return rate ? std::optional(policy) : std::nullopt;
}

void
FillTimers(const MulticastPim::Values& values, mcast::pim::RouterConfig& config)
{
    config.joinPrunePeriod = ToCore(values.joinPrunePeriod);
    config.joinPruneHoldtime = TimeUnlessZero(values.joinPruneHoldtime);
    config.keepalivePeriod = ToCore(values.keepalivePeriod);
    config.registerSuppressionTime = ToCore(values.registerSuppressionTime);
    config.registerProbeTime = ToCore(values.registerProbeTime);
    config.assertTime = ToCore(values.assertTime);
    config.assertOverrideInterval = ToCore(values.assertOverrideInterval);
    config.bootstrapPeriod = ToCore(values.bootstrapPeriod);
    config.bootstrapMinInterval = ToCore(values.bootstrapMinInterval);
    config.bootstrapTimeout = TimeUnlessZero(values.bootstrapTimeout);
    config.scopeZoneTimeout = ToCore(values.scopeZoneTimeout);
    config.candidateRpPeriod = ToCore(values.candidateRpPeriod);
}

void
FillDense(const MulticastPim& pim, mcast::pim::RouterConfig& config)
{
    const auto& values = pim.GetValues();
    config.pruneLimit = ToCore(values.pruneLimit);
    config.graftRetryPeriod = ToCore(values.graftRetryPeriod);
    config.maxGraftRetries = values.maxGraftRetries;
    config.sourceLifetime = ToCore(values.sourceLifetime);
    config.stateRefresh = values.stateRefresh;
    config.stateRefreshInterval = ToCore(values.stateRefreshInterval);
    config.stateRefreshLimit = ToCore(values.stateRefreshLimit);
    config.stateRefreshTtl = values.stateRefreshTtl == 0 ? std::nullopt : std::optional(values.stateRefreshTtl);
    for (const auto& groups : pim.GetDenseGroups())
    {
        auto& ranges = config.denseGroups ? *config.denseGroups : config.denseGroups.emplace();
        if (const auto range = ParseGroups(groups, config.family))
        {
            ranges.push_back(*range);
        }
    }
}

void
FillRps(const MulticastPim& pim, mcast::pim::RouterConfig& config)
{
    for (const auto& [rp, groups, overridesBsr] : pim.GetStaticRps())
    {
        if (const auto range = ParseGroups(groups, config.family))
        {
            config.staticRps.push_back({ToCore(rp).value_or(mcast::Address()), *range, overridesBsr});
        }
    }
    for (const auto& candidate : pim.GetCandidateBsrs())
    {
        auto& bsr = config.candidateBsr.emplace();
        bsr.address = ToCoreUnlessAny(candidate.address);
        bsr.priority = candidate.priority;
        if (candidate.hashMaskLength != 0)
        {
            bsr.hashMaskLength = candidate.hashMaskLength;
        }
        bsr.zone = candidate.zone.empty() ? std::nullopt : mcast::Prefix::Parse(candidate.zone);
    }
    for (const auto& candidate : pim.GetCandidateRps())
    {
        auto& rp = config.candidateRps.emplace_back();
        rp.address = ToCoreUnlessAny(candidate.address);
        rp.priority = candidate.priority;
        rp.holdtime = TimeUnlessZero(candidate.holdtime);
        for (const auto& groups : candidate.groups)
        {
            if (const auto range = ParseGroups(groups, config.family))
            {
                rp.groups.push_back(*range);
            }
        }
    }
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

std::optional<mcast::pim::Mode>
ParsePimMode(const std::string& text)
{
    for (const auto mode : {mcast::pim::Mode::Sparse, mcast::pim::Mode::Dense, mcast::pim::Mode::SparseDense})
    {
        if (text == mcast::pim::ToString(mode))
        {
            return mode;
        }
    }
    return std::nullopt;
}

mcast::pim::InterfaceConfig
MakePimInterfaceConfig(const MulticastInterface& interface)
{
    const auto& values = interface.GetValues();
    mcast::pim::InterfaceConfig config;
    config.family = ToCore(interface.GetFamily());
    config.mode = ParsePimMode(values.pimMode).value_or(config.mode);
    config.helloPeriod = ToCore(values.pimHelloPeriod);
    config.helloHoldtime = TimeUnlessZero(values.pimHelloHoldtime);
    config.triggeredHelloDelay = ToCore(values.pimTriggeredHelloDelay);
    config.drPriority = values.pimDrPriority;
    config.propagationDelay = ToCore(values.pimPropagationDelay);
    config.overrideInterval = ToCore(values.pimOverrideInterval);
    config.trackingSupport = values.pimTrackingSupport;
    config.maxNeighbors = values.pimMaxNeighbors;
    config.bsrBorder = values.pimBsrBorder;
    config.acceptUnknownNeighbors = values.pimAcceptUnknownNeighbors;
    return config;
}

mcast::pim::RouterConfig
MakePimRouterConfig(const MulticastPim& pim)
{
    const auto& values = pim.GetValues();
    mcast::pim::RouterConfig config;
    config.family = ToCore(pim.GetFamily());
    FillTimers(values, config);
    config.sptSwitchover = ParseSptSwitchover(values.sptSwitchover).value_or(config.sptSwitchover);
    config.ssmRange = values.ssmRange.empty() ? std::nullopt : mcast::Prefix::Parse(values.ssmRange);
    config.embeddedRp = values.embeddedRp;
    config.registerSource =
        values.registerSource.empty() ? std::nullopt : mcast::Address::Parse(values.registerSource);
    config.offerPacking = values.offerPacking;
    config.bootstrap = values.bootstrap;
    config.acceptUnicastBootstrap = values.acceptUnicastBootstrap;
    config.sendUnicastBootstrap = values.sendUnicastBootstrap;
    config.maxStates = values.maxStates;
    config.maxStatesPerNeighbor = values.maxStatesPerNeighbor;
    config.maxRps = values.maxRps;
    FillRps(pim, config);
    FillDense(pim, config);
    return config;
}

std::string
ValidatePimTexts(const MulticastPim& pim)
{
    const auto& values = pim.GetValues();
    const auto family = ToCore(pim.GetFamily());
    if (!ParseSptSwitchover(values.sptSwitchover))
    {
        return "SptSwitchover: '" + values.sptSwitchover + "' is neither immediately, never nor a data rate";
    }
    if (!values.ssmRange.empty() && !mcast::Prefix::Parse(values.ssmRange))
    {
        return "SsmRange: '" + values.ssmRange + "' is not of the form address/length";
    }
    if (!values.registerSource.empty() && !mcast::Address::Parse(values.registerSource))
    {
        return "RegisterSource: '" + values.registerSource + "' is no address";
    }
    for (const auto& [rp, groups, overridesBsr] : pim.GetStaticRps())
    {
        if (!ToCore(rp) || !ParseGroups(groups, family))
        {
            return "AddStaticRp: " + ToText(rp) + " for '" + groups + "': no address, or no range of groups";
        }
    }
    for (const auto& groups : pim.GetDenseGroups())
    {
        if (!ParseGroups(groups, family))
        {
            return "AddDenseGroups: '" + groups + "' is not of the form address/length";
        }
    }
    for (const auto& candidate : pim.GetCandidateBsrs())
    {
        if (!candidate.zone.empty() && !mcast::Prefix::Parse(candidate.zone))
        {
            return "SetCandidateBsr: '" + candidate.zone + "' is not of the form address/length";
        }
    }
    for (const auto& candidate : pim.GetCandidateRps())
    {
        const auto wrong = std::find_if(candidate.groups.begin(), candidate.groups.end(),
                                        [family](const auto& groups) { return !ParseGroups(groups, family); });
        if (wrong != candidate.groups.end())
        {
            return "AddCandidateRp: '" + *wrong + "' is not of the form address/length";
        }
    }
    return "";
}

std::string
DescribePimConfigError(const mcast::gm::ConfigError& error)
{
    static const std::map<std::string, std::string> methods{
        {"staticRps", "AddStaticRp"},
        {"candidateBsr", "SetCandidateBsr"},
        {"candidateRps", "AddCandidateRp"},
        {"denseGroups", "AddDenseGroups"}};
    const auto found = methods.find(error.field);
    std::string name = found == methods.end() ? error.field : found->second;
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    return name + ": " + error.why;
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
