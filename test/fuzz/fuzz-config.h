// SPDX-License-Identifier: GPL-2.0-only
// Configurations of interfaces from a fuzz input, good and bad ones.

#ifndef MCAST_TEST_FUZZ_FUZZ_CONFIG_H
#define MCAST_TEST_FUZZ_FUZZ_CONFIG_H

#include "fuzz-input.h"
#include "router.h"

namespace mcast
{

inline constexpr std::size_t MAX_SOURCES = 50; ///< the most sources per group of any router's configuration here

template <class Config>
void
ReadCommon(Input& input, Config& config)
{
    const auto bits = input.U8();
    config.family = input.GetFamily();
    config.version = static_cast<Version>(1 + bits % 3);
    config.profile = (bits & 0x10) != 0 ? gm::Profile::Rfc9776 : gm::Profile::Rfc3376;
    config.olderVersionCompatibility = (bits & 0x20) == 0;
    config.robustness = input.U8() % 9;
    config.queryInterval = std::chrono::seconds{input.U8()};
    config.queryResponseInterval = std::chrono::milliseconds{100} * static_cast<int>(input.U8());
    config.maxSourcesPerGroup = input.U8() % MAX_SOURCES;
    if ((bits & 0x40) != 0)
    {
        config.ssmRange = input.GroupRange();
    }
}

inline RouterInterfaceConfig
ReadRouterConfig(Input& input)
{
    RouterInterfaceConfig config;
    ReadCommon(input, config.gm);
    const auto bits = input.U8();
    config.membership = bits % 8 != 0;
    config.gm.fastLeave = (bits & 0x08) != 0;
    config.gm.requireRouterAlert = (bits & 0x10) != 0;
    config.gm.requireOnSubnetSource = (bits & 0x20) != 0;
    config.gm.requireTtlOne = (bits & 0x40) != 0;
    config.gm.lastMemberQueryInterval = std::chrono::milliseconds{100} * (input.U8() % 100);
    config.gm.maxGroups = input.U8();
    config.ttlThreshold = input.U8();
    if ((bits & 0x80) != 0)
    {
        config.boundaries = {input.GroupRange()};
        config.gm.staticJoins = {{input.Group(), std::nullopt}, {input.Group(), input.Source()}};
        config.gm.startupQueryCount = input.U8() % 5;
        config.gm.lastMemberQueryCount = input.U8() % 5;
    }
    return config;
}

inline gm::HostConfig
ReadHostConfig(Input& input)
{
    gm::HostConfig config;
    ReadCommon(input, config);
    config.maxSourcesPerGroup += 60; // below 64 it is refused
    const auto bits = input.U8();
    config.requireRouterAlert = bits % 2 == 0;
    config.leaveAlways = (bits & 0x02) != 0;
    config.unsolicitedReportInterval = std::chrono::milliseconds{100} * static_cast<int>(input.U8());
    return config;
}

} // namespace mcast

#endif // MCAST_TEST_FUZZ_FUZZ_CONFIG_H
