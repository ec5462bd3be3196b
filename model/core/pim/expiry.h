// SPDX-License-Identifier: GPL-2.0-only
// The Holdtime of a message as the time until what it tells ends.             RFC 7761 4.5, RFC 3973 4.4.2

#ifndef MCAST_CORE_PIM_EXPIRY_H
#define MCAST_CORE_PIM_EXPIRY_H

#include "../base/time.h"
#include "../wire/pim.h"

#include <algorithm>
#include <cstdint>

namespace mcast::pim
{

/// Restarts an Expiry or Prune Timer for a Holdtime in seconds: never to an earlier time; 0xffff: it does not run any
/// more.
inline void
RestartExpiry(Deadline& expiry, TimePoint now, std::uint16_t holdtime)
{
    if (holdtime == HOLDTIME_FOREVER)
    {
        return expiry.Stop();
    }
    expiry.StartAt(std::max(expiry.Running() ? expiry.At() : now, now + std::chrono::seconds{holdtime}));
}

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_EXPIRY_H
