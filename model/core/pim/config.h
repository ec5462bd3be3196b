// SPDX-License-Identifier: GPL-2.0-only
// The timers and values of PIM on one interface (RFC 7761 4.11), and what the RFC forbids.

#ifndef MCAST_CORE_PIM_CONFIG_H
#define MCAST_CORE_PIM_CONFIG_H

#include "../base/address.h"
#include "../base/expected.h"
#include "../base/time.h"
#include "../gm/config.h"

#include <optional>

namespace mcast::pim
{

/// PIM for one family on one interface.
struct InterfaceConfig
{
    Family family = Family::Ipv4;
    Duration helloPeriod = std::chrono::seconds{30};
    std::optional<Duration> helloHoldtime; ///< default 3.5 times the Hello Period; 65535 s and more: for ever
    Duration triggeredHelloDelay = std::chrono::seconds{5};
    std::uint32_t drPriority = 1;
    Duration propagationDelay = std::chrono::milliseconds{500};  ///< at most 32767 ms
    Duration overrideInterval = std::chrono::milliseconds{2500}; ///< at most 65535 ms
    bool trackingSupport = false;                                ///< can do without Join suppression (4.3.3)
    std::size_t maxNeighbors = 1000;

    /// Periods above zero; delays that the wire can tell; a holdtime of at least the Hello Period, or neighbours would come
    /// and go.
    Expected<Done, gm::ConfigError> Validate() const;

    /// What a Hello tells, in whole seconds.
    std::uint16_t HoldtimeToTell() const;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_CONFIG_H
