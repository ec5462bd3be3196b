// SPDX-License-Identifier: GPL-2.0-only

#include "config.h"

#include "../wire/pim.h"

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

} // namespace

Expected<Done, gm::ConfigError>
InterfaceConfig::Validate() const
{
    if (const auto error = Check(*this))
    {
        return Unexpected{*error};
    }
    return Done{};
}

std::uint16_t
InterfaceConfig::HoldtimeToTell() const
{
    const auto holdtime = helloHoldtime.value_or(helloPeriod * 7 / 2);
    const auto whole = std::chrono::duration_cast<seconds>(holdtime).count();
    return static_cast<std::uint16_t>(std::min<Duration::rep>(whole, HOLDTIME_FOREVER));
}

} // namespace mcast::pim
