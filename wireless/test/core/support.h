// SPDX-License-Identifier: GPL-2.0-only
// What the tests of wireless/core share.

#ifndef MCAST_TEST_WIFI_SUPPORT_H
#define MCAST_TEST_WIFI_SUPPORT_H

#include "wireless/core/ids.h"

#include <gtest/gtest.h>

#include <ostream>

namespace mcast::wifi
{

inline void
PrintTo(const MacAddress& address, std::ostream* out)
{
    *out << ToString(address);
}

namespace test
{

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline MacAddress
Sta(std::uint8_t number)
{
    return {2, 0, 0, 0, 0, number};
}

inline MacAddress
Group(std::uint8_t number)
{
    return {1, 0, 0x5e, 1, 2, number};
}

inline constexpr MacAddress BSSID{2, 0, 0, 0, 0, 0xaa};

inline TimePoint
At(Duration since)
{
    return TimePoint{since};
}

} // namespace test
} // namespace mcast::wifi

#endif // MCAST_TEST_WIFI_SUPPORT_H
