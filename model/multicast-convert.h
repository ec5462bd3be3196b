// SPDX-License-Identifier: GPL-2.0-only
// Between ns-3's values and the core's. Private to the module: not installed.

#ifndef MULTICAST_CONVERT_H
#define MULTICAST_CONVERT_H

#include "core/base/address.h"
#include "core/base/time.h"

#include "ns3/ipv4-address.h"
#include "ns3/nstime.h"

namespace ns3
{

inline mcast::Address
ToCore(Ipv4Address address)
{
    return mcast::Address::Ipv4(address.Get());
}

inline Ipv4Address
FromCore(const mcast::Address& address)
{
    return address.IsIpv4() ? Ipv4Address(address.ToIpv4()) : Ipv4Address::GetAny();
}

inline mcast::Duration
ToCore(const Time& time)
{
    return mcast::Duration{time.GetNanoSeconds()};
}

inline mcast::TimePoint
ToTimePoint(const Time& time)
{
    return mcast::TimePoint{ToCore(time)};
}

inline Time
FromCore(mcast::Duration duration)
{
    return NanoSeconds(duration.count());
}

/// The simulation time at or after a point in time of the core: with a resolution coarser than a nanosecond an event
/// must not come before the deadline that it stands for.
inline Time
FromCoreRoundedUp(mcast::TimePoint at)
{
    const auto nanoSeconds = at.time_since_epoch().count();
    const Time time = NanoSeconds(nanoSeconds);
    return time.GetNanoSeconds() < nanoSeconds ? time + TimeStep(1) : time;
}

} // namespace ns3

#endif // MULTICAST_CONVERT_H
