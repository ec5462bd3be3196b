// SPDX-License-Identifier: GPL-2.0-only

#include "route-mirror.h"

#include <algorithm>

namespace mcast::linux_host
{

namespace
{

/// The kernel tells single hops that go, but always all hops of a route that comes, also if some are known already.
void
RemoveHops(std::vector<Route>& routes, const Route& gone)
{
    for (auto route = routes.begin(); route != routes.end();)
    {
        const bool same = route->metric == gone.metric && route->kind == gone.kind;
        auto& hops = route->hops;
        const auto isGone = [&gone](const RouteHop& hop) {
            return std::find(gone.hops.begin(), gone.hops.end(), hop) != gone.hops.end();
        };
        const bool had = !hops.empty();
        if (same)
        {
            hops.erase(std::remove_if(hops.begin(), hops.end(), isGone), hops.end());
        }
        const bool empty = same && (had ? hops.empty() : gone.hops.empty());
        route = empty ? routes.erase(route) : route + 1;
    }
}

void
RemoveFirst(std::vector<Route>& routes, std::uint32_t metric)
{
    const auto first =
        std::find_if(routes.begin(), routes.end(), [metric](const Route& route) { return route.metric == metric; });
    if (first != routes.end())
    {
        routes.erase(first);
    }
}

} // namespace

std::optional<RouteHop>
Route::Choose() const
{
    const auto best = std::max_element(hops.begin(), hops.end(), [](const RouteHop& a, const RouteHop& b) {
        return a.nextHop != b.nextHop ? a.nextHop < b.nextHop : a.interface < b.interface;
    });
    return best == hops.end() ? std::nullopt : std::optional(*best);
}

void
RouteMirror::Apply(const RouteUpdate& update)
{
    auto& destinations = m_tables[update.table][update.destination.Length()];
    auto& routes = destinations[update.destination.GetAddress()];
    if (update.replace)
    {
        RemoveFirst(routes, update.route.metric);
    }
    RemoveHops(routes, update.route);
    if (!update.remove)
    {
        const auto place = std::upper_bound(routes.begin(), routes.end(), update.route,
                                            [](const Route& a, const Route& b) { return a.metric < b.metric; });
        routes.insert(place, update.route);
    }
    if (routes.empty())
    {
        destinations.erase(update.destination.GetAddress());
    }
    if (destinations.empty())
    {
        m_tables[update.table].erase(update.destination.Length());
    }
}

void
RouteMirror::Clear()
{
    m_tables.clear();
}

const Route*
RouteMirror::Find(const Address& destination, const Table& table)
{
    for (const auto& [length, destinations] : table)
    {
        const auto found = destinations.find(Prefix{destination, length}.GetAddress());
        if (found == destinations.end())
        {
            continue;
        }
        // Routes whose hops are all dead are as good as absent.
        const auto usable = std::find_if(found->second.begin(), found->second.end(), [](const Route& route) {
            return route.kind != RouteKind::Unicast || !route.hops.empty();
        });
        if (usable != found->second.end())
        {
            return &*usable;
        }
    }
    return nullptr;
}

const Route*
RouteMirror::Find(const Address& destination, const std::vector<std::uint32_t>& tables) const
{
    for (const auto number : tables)
    {
        const auto table = m_tables.find(number);
        const auto* const route = table == m_tables.end() ? nullptr : Find(destination, table->second);
        if (route != nullptr && route->kind != RouteKind::Throw)
        {
            return route;
        }
    }
    return nullptr;
}

std::size_t
RouteMirror::Size() const
{
    std::size_t size = 0;
    for (const auto& [number, table] : m_tables)
    {
        for (const auto& [length, destinations] : table)
        {
            for (const auto& [address, routes] : destinations)
            {
                size += routes.size();
            }
        }
    }
    return size;
}

} // namespace mcast::linux_host
