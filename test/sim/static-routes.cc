// SPDX-License-Identifier: GPL-2.0-only

#include "static-routes.h"

#include <algorithm>

namespace mcast
{

void
StaticRoutes::SetConnected(const InterfaceState& state)
{
    RemoveInterface(state.id);
    for (const auto& [address, length] : state.addresses)
    {
        if (state.up)
        {
            m_connected.push_back({Prefix{address, length}, {state.id, Address::Any(address.GetFamily())}});
        }
    }
}

void
StaticRoutes::RemoveInterface(InterfaceId interface)
{
    const auto gone = [&](const Route& route) { return route.result.interface == interface; };
    m_connected.erase(std::remove_if(m_connected.begin(), m_connected.end(), gone), m_connected.end());
}

void
StaticRoutes::Add(const Prefix& prefix, const Result& result)
{
    Remove(prefix);
    m_configured.push_back({prefix, result});
}

bool
StaticRoutes::Remove(const Prefix& prefix)
{
    const auto same = [&](const Route& route) { return route.prefix == prefix; };
    const auto end = std::remove_if(m_configured.begin(), m_configured.end(), same);
    const bool found = end != m_configured.end();
    m_configured.erase(end, m_configured.end());
    return found;
}

std::optional<RouteTable::Result>
StaticRoutes::Lookup(const Address& destination) const
{
    const Route* best = nullptr;
    for (const auto* routes : {&m_connected, &m_configured})
    {
        for (const auto& route : *routes)
        {
            if (route.prefix.Contains(destination) && (!best || route.prefix.Length() > best->prefix.Length()))
            {
                best = &route;
            }
        }
    }
    if (best == nullptr)
    {
        return std::nullopt;
    }
    auto result = best->result;
    result.prefixLength = static_cast<std::uint8_t>(best->prefix.Length());
    return result;
}

} // namespace mcast
