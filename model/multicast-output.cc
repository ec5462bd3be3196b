// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-output.h"

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

MulticastOutput::MulticastOutput(const MulticastNode& node, MulticastRouting& unicast, Ptr<Ipv4L3Protocol> ipv4)
    : m_node(node),
      m_unicast(unicast),
      m_ipv4(ipv4)
{
}

std::optional<uint32_t>
MulticastOutput::Choose(const Ipv4Header& header, Ptr<NetDevice> device) const
{
    if (device)
    {
        return FromIndex(m_ipv4->GetInterfaceForDevice(device));
    }
    const auto own = FromIndex(m_ipv4->GetInterfaceForAddress(header.GetSource()));
    if (own && !IsLoopback(*own))
    {
        return own;
    }
    if (m_node.m_defaultInterface < 0 && !header.GetDestination().IsLocalMulticast())
    {
        const auto route = m_unicast.LookupUnicast(header.GetDestination());
        if (route && route->GetOutputDevice() && !DynamicCast<LoopbackNetDevice>(route->GetOutputDevice()))
        {
            return FromIndex(m_ipv4->GetInterfaceForDevice(route->GetOutputDevice()));
        }
    }
    return GetDefaultInterface();
}

std::optional<uint32_t>
MulticastOutput::GetDefaultInterface() const
{
    if (m_node.m_defaultInterface >= 0)
    {
        const auto configured = static_cast<uint32_t>(m_node.m_defaultInterface);
        return configured < m_ipv4->GetNInterfaces() ? std::optional(configured) : std::nullopt;
    }
    std::optional<uint32_t> first;
    for (uint32_t i = 0; i < m_ipv4->GetNInterfaces(); ++i)
    {
        if (!IsLoopback(i) && m_ipv4->IsUp(i))
        {
            return i;
        }
        first = first || IsLoopback(i) ? first : std::optional(i);
    }
    return first;
}

Ptr<Ipv4Route>
MulticastOutput::MakeRoute(uint32_t interface, const Ipv4Header& header) const
{
    const auto group = header.GetDestination();
    // A socket that is bound to no address leaves the source open: what the header holds then is none of ours.
    const bool hasSource = m_ipv4->GetInterfaceForAddress(header.GetSource()) >= 0;
    const auto route = Create<Ipv4Route>();
    route->SetDestination(group);
    route->SetSource(hasSource ? header.GetSource() : m_ipv4->SourceAddressSelection(interface, group));
    route->SetGateway(Ipv4Address::GetAny());
    route->SetOutputDevice(m_ipv4->GetNetDevice(interface));
    return route;
}

bool
MulticastOutput::IsLoopback(uint32_t interface) const
{
    return DynamicCast<LoopbackNetDevice>(m_ipv4->GetNetDevice(interface)) != nullptr;
}

} // namespace ns3
