// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-rpf.h"

#include "multicast-convert.h"
#include "multicast-routing.h"

#include "ns3/loopback-net-device.h"

namespace ns3
{

MulticastRpf::MulticastRpf(Ptr<Ipv4> ipv4, MulticastRouting& routing)
    : m_ipv4(ipv4),
      m_routing(routing)
{
}

std::optional<mcast::RouteTable::Result>
MulticastRpf::Lookup(const mcast::Address& destination) const
{
    if (!destination.IsIpv4())
    {
        return std::nullopt;
    }
    const auto connected = LookupConnected(FromCore(destination));
    return connected ? connected : LookupRoutes(FromCore(destination));
}

std::optional<mcast::RouteTable::Result>
MulticastRpf::LookupConnected(Ipv4Address destination) const
{
    std::optional<Result> best;
    uint16_t longest = 0;
    for (uint32_t i = 0; i < m_ipv4->GetNInterfaces(); ++i)
    {
        const bool usable = m_ipv4->IsUp(i) && !DynamicCast<LoopbackNetDevice>(m_ipv4->GetNetDevice(i));
        for (uint32_t j = 0; usable && j < m_ipv4->GetNAddresses(i); ++j)
        {
            const auto address = m_ipv4->GetAddress(i, j);
            const auto mask = address.GetMask();
            if (mask.IsMatch(address.GetLocal(), destination) && (!best || mask.GetPrefixLength() > longest))
            {
                longest = mask.GetPrefixLength();
                best = Result{mcast::InterfaceId{i}, mcast::Address::Any(mcast::Family::Ipv4)};
            }
        }
    }
    return best;
}

std::optional<mcast::RouteTable::Result>
MulticastRpf::LookupRoutes(Ipv4Address destination) const
{
    const auto route = m_routing.LookupUnicast(destination);
    // An on-demand protocol answers with the loopback device when it has no route yet.
    if (!route || !route->GetOutputDevice() || DynamicCast<LoopbackNetDevice>(route->GetOutputDevice()))
    {
        return std::nullopt;
    }
    const int32_t interface = m_ipv4->GetInterfaceForDevice(route->GetOutputDevice());
    if (interface < 0)
    {
        return std::nullopt;
    }
    const auto gateway = route->GetGateway();
    const bool onLink = gateway.IsAny() || gateway == destination;
    return Result{mcast::InterfaceId{static_cast<uint32_t>(interface)},
                  onLink ? mcast::Address::Any(mcast::Family::Ipv4) : ToCore(gateway)};
}

} // namespace ns3
