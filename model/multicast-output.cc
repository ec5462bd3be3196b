// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-output.h"

#include "multicast-convert.h"
#include "multicast-ipv6-routing.h"
#include "multicast-routing.h"

#include "ns3/loopback-net-device.h"

namespace ns3
{

namespace
{

std::optional<uint32_t>
FromIndex(int32_t interface)
{
    return interface < 0 ? std::nullopt : std::optional(static_cast<uint32_t>(interface));
}

} // namespace

template <class Ip>
MulticastOutput<Ip>::MulticastOutput(const MulticastNode& node, typename Ip::Routing& unicast,
                                     Ptr<typename Ip::L3Protocol> l3)
    : m_node(node),
      m_unicast(unicast),
      m_l3(l3)
{
}

template <class Ip>
std::optional<uint32_t>
MulticastOutput<Ip>::Choose(const Header& header, Ptr<NetDevice> device) const
{
    if (device)
    {
        return FromIndex(m_l3->GetInterfaceForDevice(device));
    }
    const auto own = FromIndex(m_l3->GetInterfaceForAddress(header.GetSource()));
    if (own && !IsLoopback(*own))
    {
        return own;
    }
    if (m_node.m_defaultInterface < 0 && !ToCore(header.GetDestination()).IsLinkScopeMulticast())
    {
        const auto route = m_unicast.LookupUnicast(header.GetDestination());
        if (route && route->GetOutputDevice() && !DynamicCast<LoopbackNetDevice>(route->GetOutputDevice()))
        {
            return FromIndex(m_l3->GetInterfaceForDevice(route->GetOutputDevice()));
        }
    }
    return GetDefaultInterface();
}

template <class Ip>
std::optional<uint32_t>
MulticastOutput<Ip>::GetDefaultInterface() const
{
    if (m_node.m_defaultInterface >= 0)
    {
        const auto configured = static_cast<uint32_t>(m_node.m_defaultInterface);
        return configured < m_l3->GetNInterfaces() ? std::optional(configured) : std::nullopt;
    }
    std::optional<uint32_t> first;
    for (uint32_t i = 0; i < m_l3->GetNInterfaces(); ++i)
    {
        if (!IsLoopback(i) && m_l3->IsUp(i))
        {
            return i;
        }
        first = first || IsLoopback(i) ? first : std::optional(i);
    }
    return first;
}

template <class Ip>
Ptr<typename Ip::Route>
MulticastOutput<Ip>::MakeRoute(uint32_t interface, const Header& header) const
{
    const auto group = header.GetDestination();
    // A socket that is bound to no address leaves the source open: what the header holds then is none of ours.
    const bool hasSource = m_l3->GetInterfaceForAddress(header.GetSource()) >= 0;
    const auto route = Create<Route>();
    route->SetDestination(group);
    route->SetSource(hasSource ? header.GetSource() : Ip::SelectSource(*m_l3, interface, group));
    route->SetGateway(Ip::Address::GetAny());
    route->SetOutputDevice(m_l3->GetNetDevice(interface));
    return route;
}

template <class Ip>
bool
MulticastOutput<Ip>::IsLoopback(uint32_t interface) const
{
    return DynamicCast<LoopbackNetDevice>(m_l3->GetNetDevice(interface)) != nullptr;
}

template class MulticastOutput<MulticastIpv4>;
template class MulticastOutput<MulticastIpv6>;

} // namespace ns3
