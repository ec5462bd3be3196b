// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-rpf.h"

#include "multicast-convert.h"
#include "multicast-ipv6-routing.h"
#include "multicast-routing.h"

#include "ns3/loopback-net-device.h"

namespace ns3
{

template <class Ip>
MulticastRpf<Ip>::MulticastRpf(Ptr<typename Ip::L3Protocol> l3, typename Ip::Routing& routing)
    : m_l3(l3),
      m_routing(routing)
{
}

template <class Ip>
std::optional<mcast::RouteTable::Result>
MulticastRpf<Ip>::Lookup(const mcast::Address& destination) const
{
    const auto routed = LookupRoutes(destination);
    return routed ? routed : LookupConnected(destination);
}

template <class Ip>
std::optional<mcast::RouteTable::Result>
MulticastRpf<Ip>::LookupConnected(const mcast::Address& destination) const
{
    std::optional<Result> best;
    uint8_t longest = 0;
    for (uint32_t i = 0; i < m_l3->GetNInterfaces(); ++i)
    {
        if (!m_l3->IsUp(i) || DynamicCast<LoopbackNetDevice>(m_l3->GetNetDevice(i)))
        {
            continue;
        }
        for (const auto& [address, length] : Ip::GetAddresses(*m_l3, i))
        {
            if (mcast::Prefix(address, length).Contains(destination) && (!best || length > longest))
            {
                longest = length;
                best = Result{ToCoreInterface(Ip::FAMILY, i), mcast::Address::Any(Ip::FAMILY), 0, 0, length};
            }
        }
    }
    return best;
}

template <class Ip>
std::optional<mcast::RouteTable::Result>
MulticastRpf<Ip>::LookupRoutes(const mcast::Address& destination) const
{
    const auto origin = m_routing.LookupOrigin(Ip::FromCore(destination));
    const auto device = origin.route ? origin.route->GetOutputDevice() : nullptr;
    const int32_t interface = device ? m_l3->GetInterfaceForDevice(device) : -1;
    if (interface < 0 || !m_l3->IsUp(static_cast<uint32_t>(interface)))
    {
        return std::nullopt;
    }
    const auto gateway = ToCore(origin.route->GetGateway());
    const auto id = ToCoreInterface(Ip::FAMILY, static_cast<uint32_t>(interface));
    const bool onLink = gateway.IsUnspecified() || gateway == destination;
    const auto connected = onLink ? LookupConnected(destination) : std::nullopt;
    if (connected && connected->interface == id)
    {
        return connected; // no protocol can be better
    }
    return Result{id, onLink ? mcast::Address::Any(Ip::FAMILY) : gateway, origin.metric, origin.preference,
                  origin.prefixLength};
}

template class MulticastRpf<MulticastIpv4>;
template class MulticastRpf<MulticastIpv6>;

} // namespace ns3
