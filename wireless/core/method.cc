// SPDX-License-Identifier: GPL-2.0-only

#include "method.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace mcast::wifi
{

namespace
{

constexpr std::array<const char*, N_METHODS> NAMES{
    "no-ack", "unicast-payload", "unicast-amsdu", "dms", "fms", "gcr-unsolicited-retry", "gcr-block-ack", "leader-ack",
};

constexpr Rate CONTROL_RATE_LIMIT = 48; // 24 Mb/s: the highest mandatory rate, at which Acks go

MethodConfig
With(MethodConfig config, Method method)
{
    config.method = method;
    return config;
}

Duration
Copies(const PhyTiming& timing, const GroupSituation& situation, unsigned tries)
{
    Duration sum{};
    for (std::size_t i = 0; i < situation.members; i++)
    {
        const auto rate = i < situation.memberRates.size() ? situation.memberRates[i] : situation.groupRate;
        sum += UnicastExchange(timing, rate, std::min(rate, CONTROL_RATE_LIMIT), situation.octets);
    }
    const auto mean = MeanTries(situation.worstLoss, tries);
    return Duration{std::llround(static_cast<double>(sum.count()) * mean)};
}

} // namespace

const char*
ToString(Method method)
{
    return NAMES[static_cast<std::size_t>(method)];
}

std::optional<Method>
MethodFromString(std::string_view text)
{
    for (std::size_t i = 0; i < NAMES.size(); i++)
    {
        if (NAMES[i] == text)
        {
            return static_cast<Method>(i);
        }
    }
    return std::nullopt;
}

Duration
AirtimeOf(const MethodConfig& config, const PhyTiming& timing, const GroupSituation& situation)
{
    const auto group = GroupExchange(timing, situation.groupRate, situation.octets);
    const auto tries = config.retries + 1;
    switch (config.method)
    {
    case Method::NoAck:
    case Method::Fms:
        return group;
    case Method::UnicastPayload:
    case Method::UnicastAmsdu:
    case Method::Dms:
        return Copies(timing, situation, tries);
    case Method::GcrUnsolicitedRetry:
        return group * tries;
    case Method::GcrBlockAck: {
        // a frame goes until the last of n members has it, as if each round cost the worst one's loss; per block a
        // request of 24 octets and a block ack of 32 from each
        const auto ask = timing.sifs * 2 + PpduDuration(timing, situation.groupRate, 24) +
                         PpduDuration(timing, situation.groupRate, 32);
        const auto frames = static_cast<double>(group.count()) * MeanTries(situation.worstLoss, tries);
        const auto asking = static_cast<double>((ask * situation.members).count()) / config.blockSize;
        return Duration{std::llround(frames + asking)};
    }
    case Method::LeaderAck: {
        const auto exchange = UnicastExchange(timing, situation.groupRate,
                                              std::min(situation.groupRate, CONTROL_RATE_LIMIT), situation.octets);
        return Duration{std::llround(static_cast<double>(exchange.count()) * MeanTries(situation.worstLoss, tries))};
    }
    }
    return group;
}

MethodSelector::MethodSelector(const SelectionConfig& config)
    : m_config(config)
{
}

void
MethodSelector::Set(const Address& group, std::optional<MethodConfig> config)
{
    m_byAddress.erase(group);
    if (config)
    {
        m_byAddress[group] = *config;
    }
}

void
MethodSelector::Set(const MacAddress& group, std::optional<MethodConfig> config)
{
    m_byMac.erase(group);
    if (config)
    {
        m_byMac[group] = *config;
    }
}

MethodConfig
MethodSelector::Choose(const Address& group, const GroupSituation& situation) const
{
    const auto own = m_byAddress.find(group);
    return own != m_byAddress.end() ? own->second : Choose(GroupMac(group), situation);
}

MethodConfig
MethodSelector::Choose(const MacAddress& group, const GroupSituation& situation) const
{
    const auto own = m_byMac.find(group);
    return own != m_byMac.end() ? own->second : Automatically(situation);
}

double
MethodSelector::ResidualLoss(const MethodConfig& config, double p)
{
    const bool repeats = config.method != Method::NoAck && config.method != Method::Fms;
    return repeats ? UnsolicitedRetryLoss(p, config.retries) : p;
}

MethodConfig
MethodSelector::Automatically(const GroupSituation& situation) const
{
    const auto group = m_config.standard;
    const auto copies = With(group, m_config.unicast);
    switch (m_config.automatic)
    {
    case Automatic::Off:
        return group;
    case Automatic::ByMembers:
        return situation.members > 0 && situation.members <= m_config.maxUnicastMembers ? copies : group;
    case Automatic::ByLoss:
        return ByLoss(situation);
    case Automatic::ByAirtime:
        return situation.members > 0 &&
                       AirtimeOf(copies, m_config.timing, situation) < AirtimeOf(group, m_config.timing, situation)
                   ? copies
                   : group;
    }
    return group;
}

// The method of the least airtime whose residual loss is good enough; where none is, the one that loses least.
MethodConfig
MethodSelector::ByLoss(const GroupSituation& situation) const
{
    const auto plain = With(m_config.standard, Method::NoAck);
    if (situation.worstLoss <= m_config.maxLoss)
    {
        return plain;
    }
    std::vector<MethodConfig> candidates;
    for (unsigned retries = 1; retries <= m_config.standard.retries; retries++)
    {
        auto config = With(m_config.standard, m_config.unicast);
        config.retries = retries;
        candidates.push_back(config);
        if (situation.membersWithGcr == situation.members)
        {
            candidates.push_back(With(config, Method::GcrUnsolicitedRetry));
            candidates.push_back(With(config, Method::GcrBlockAck));
        }
    }
    MethodConfig best = plain;
    for (const auto& one : candidates)
    {
        const auto loss = ResidualLoss(one, situation.worstLoss);
        const auto bestLoss = ResidualLoss(best, situation.worstLoss);
        const bool good = loss <= m_config.maxLoss;
        const bool bestGood = bestLoss <= m_config.maxLoss;
        const bool cheaper = AirtimeOf(one, m_config.timing, situation) < AirtimeOf(best, m_config.timing, situation);
        if (good != bestGood ? good : good ? cheaper : loss < bestLoss)
        {
            best = one;
        }
    }
    return best;
}

} // namespace mcast::wifi
