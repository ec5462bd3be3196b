// SPDX-License-Identifier: GPL-2.0-only
// Between ns-3's values and the core's. Private to the module: not installed.

#ifndef MULTICAST_CONVERT_H
#define MULTICAST_CONVERT_H

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "multicast-interface.h"

#include "ns3/address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/nstime.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

// Families

inline mcast::Family
ToCore(MulticastInterface::Family family)
{
    return family == MulticastInterface::IPV4 ? mcast::Family::Ipv4 : mcast::Family::Ipv6;
}

inline MulticastInterface::Family
FromCore(mcast::Family family)
{
    return family == mcast::Family::Ipv4 ? MulticastInterface::IPV4 : MulticastInterface::IPV6;
}

// Interfaces. Ipv4 and Ipv6 number theirs independently of each other, so each of theirs is an interface of its own to the
// core, which gets even numbers from the one and odd ones from the other. The Register interface is one for both.

inline mcast::InterfaceId
ToCoreInterface(mcast::Family family, uint32_t interface)
{
    if (interface == MulticastInterface::REGISTER_INTERFACE)
    {
        return mcast::REGISTER_INTERFACE;
    }
    return mcast::InterfaceId{interface << 1 | (family == mcast::Family::Ipv6 ? 1U : 0U)};
}

inline uint32_t
FromCore(mcast::InterfaceId interface)
{
    return interface == mcast::REGISTER_INTERFACE ? MulticastInterface::REGISTER_INTERFACE : interface.value >> 1;
}

inline mcast::Family
FamilyOf(mcast::InterfaceId interface)
{
    return (interface.value & 1) == 0 ? mcast::Family::Ipv4 : mcast::Family::Ipv6;
}

// Addresses

inline mcast::Address
ToCore(Ipv4Address address)
{
    return mcast::Address::Ipv4(address.Get());
}

inline mcast::Address
ToCore(const Ipv6Address& address)
{
    std::array<uint8_t, 16> octets;
    address.GetBytes(octets.data());
    return mcast::Address::Ipv6(octets);
}

/// None if it is no IP address.
inline std::optional<mcast::Address>
ToCore(const Address& address)
{
    if (Ipv4Address::IsMatchingType(address))
    {
        return ToCore(Ipv4Address::ConvertFrom(address));
    }
    if (Ipv6Address::IsMatchingType(address))
    {
        return ToCore(Ipv6Address::ConvertFrom(address));
    }
    return std::nullopt;
}

inline Ipv4Address
ToIpv4(const mcast::Address& address)
{
    return Ipv4Address(address.ToIpv4());
}

inline Ipv6Address
ToIpv6(const mcast::Address& address)
{
    auto octets = address.Octets();
    return Ipv6Address(octets.data());
}

inline Address
FromCore(const mcast::Address& address)
{
    return address.IsIpv4() ? Address(ToIpv4(address)) : Address(ToIpv6(address));
}

/// As people write it: an Address prints as octets.
inline std::string
ToText(const Address& address)
{
    const auto ip = ToCore(address);
    return ip ? ip->ToString() : "no IP address";
}

/// No IP address stands for none, as do 0.0.0.0 and ::.
inline std::optional<mcast::Address>
ToCoreUnlessAny(const Address& address)
{
    const auto ip = ToCore(address);
    return ip && !ip->IsUnspecified() ? ip : std::nullopt;
}

// Times

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
