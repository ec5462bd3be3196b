// SPDX-License-Identifier: GPL-2.0-only
// RouterHost: families that are taken up or left alone; interfaces that come, go and change; and the static routes that
// name them.

#include "event-loop.h"
#include "failure.h"
#include "gm/protocol.h"
#include "router-host.h"
#include "wire/pim.h"

#include <algorithm>

namespace mcast::linux_host
{

namespace
{

bool
SameState(const InterfaceState& a, const InterfaceState& b)
{
    const auto sameAddress = [](const InterfaceAddress& x, const InterfaceAddress& y) {
        return x.address == y.address && x.prefixLength == y.prefixLength;
    };
    return a.id == b.id && a.name == b.name && a.up == b.up && a.mtu == b.mtu &&
           std::equal(a.addresses.begin(), a.addresses.end(), b.addresses.begin(), b.addresses.end(), sameAddress);
}

/// Of the addresses of an interface that takes no part in multicast those that mean anything to other routers: of a
/// loopback interface the RP's, and not 127.0.0.1.
InterfaceState
WithoutHostScope(InterfaceState state)
{
    static const std::array<Prefix, 2> hostScope{*Prefix::Parse("127.0.0.0/8"), *Prefix::Parse("::1/128")};
    auto& addresses = state.addresses;
    addresses.erase(std::remove_if(addresses.begin(), addresses.end(),
                                   [](const InterfaceAddress& address) {
                                       return hostScope[0].Contains(address.address) ||
                                              hostScope[1].Contains(address.address);
                                   }),
                    addresses.end());
    return state;
}

/// Where routes have changed: some prefixes, or, after many changes at once, one that covers them all.
class RouteChanges
{
  public:
    void Add(const std::optional<Prefix>& prefix)
    {
        if (prefix)
        {
            m_prefixes[prefix->GetAddress().GetFamily()].insert(*prefix);
        }
    }

    std::vector<Prefix> Prefixes() const
    {
        std::vector<Prefix> all;
        for (const auto family : FAMILIES)
        {
            const auto& prefixes = m_prefixes[family];
            if (prefixes.size() <= FEW)
            {
                all.insert(all.end(), prefixes.begin(), prefixes.end());
                continue;
            }
            // The first and the last in order have in common what all have, unless one is shorter still.
            unsigned length = 128;
            for (const auto& prefix : prefixes)
            {
                length = std::min(length, prefix.Length());
            }
            Prefix cover{prefixes.begin()->GetAddress(), length};
            while (!cover.Contains(prefixes.rbegin()->GetAddress()))
            {
                cover = Prefix{cover.GetAddress(), cover.Length() - 1};
            }
            all.push_back(cover);
        }
        return all;
    }

  private:
    static constexpr std::size_t FEW = 16; // each costs the core a look at every source
    ByFamily<std::set<Prefix>> m_prefixes;
};

bool
SameRoute(const StaticMulticastRoute& a, const StaticMulticastRoute& b)
{
    return a.incoming == b.incoming && a.outgoing == b.outgoing;
}

} // namespace

// --- families -------------------------------------------------------------------------------------------------------

/// A family that nothing asks for by name may be missing in the kernel, unless there is no other.
void
RouterHost::OpenPlanes()
{
    std::string missing;
    for (const auto family : FAMILIES)
    {
        try
        {
            OpenPlane(family);
        }
        catch (const UnsupportedFailure& failure)
        {
            if (m_config.AsksFor(family) || !missing.empty())
            {
                throw;
            }
            missing = failure.what();
        }
    }
    if (!missing.empty() && OpenFamilies().empty())
    {
        throw UnsupportedFailure(missing);
    }
    if (!missing.empty())
    {
        m_log.Info(missing);
    }
}

std::vector<Family>
RouterHost::OpenFamilies() const
{
    std::vector<Family> families;
    for (const auto family : FAMILIES)
    {
        if (m_planes[family])
        {
            families.push_back(family);
        }
    }
    return families;
}

/// While the daemon runs nothing of this ends it.
void
RouterHost::ReopenPlanes()
{
    for (const auto family : FAMILIES)
    {
        try
        {
            OpenPlane(family);
        }
        catch (const RuntimeFailure& failure)
        {
            m_log.Error(failure.what());
        }
    }
}

/// Opens of a family what is used and not open yet.
void
RouterHost::OpenPlane(Family family)
{
    if (!m_config.Uses(family))
    {
        return;
    }
    if (!m_planes[family])
    {
        m_planes[family] = std::make_unique<Plane>(family);
        for (const auto& [id, managed] : m_interfaces)
        {
            m_planes[family]->mroute.AddInterface(id);
        }
    }
    if (m_config.UsesPim(family))
    {
        StartPim(family);
    }
}

/// Registers take one of the virtual interfaces, so this goes before the interfaces are taken up. \throws RuntimeFailure
void
RouterHost::StartPim(Family family)
{
    auto& plane = *m_planes[family];
    if (!plane.pim)
    {
        const auto doing = std::string{"starting PIM in the kernel's "} + MrouteCodecOf(family).family + " forwarding";
        if (const int error = plane.mroute.StartPim())
        {
            plane.mroute.StopPim();
            throw error == ENOPROTOOPT ? RuntimeFailure(doing + ": the kernel has none (CONFIG_IP_PIMSM_V2)")
                                       : SystemFailure(doing, error);
        }
        plane.pim = std::make_unique<PimPlane>(family);
    }
    ConfigurePim(family);
}

void
RouterHost::ConfigurePim(Family family)
{
    if (const auto done = m_router.Configure(m_config.pim[family]); !done)
    {
        m_log.Error("pim: " + done.Error().field + ": " + done.Error().why);
    }
}

/// When no interface runs PIM any more.
void
RouterHost::StopPim(Family family)
{
    if (RunsPim(family))
    {
        m_planes[family]->mroute.StopPim();
        m_planes[family]->pim.reset();
    }
}

void
RouterHost::ClosePlane(Family family)
{
    for (auto& [id, managed] : m_interfaces)
    {
        m_router.Deconfigure(id, family);
        managed.groups[family] = RouterGroups{};
    }
    Drain();
    m_planes[family].reset();
}

// --- interfaces -----------------------------------------------------------------------------------------------------

void
RouterHost::ServeNetlink()
{
    RouteChanges routes;
    const auto changes = m_monitor.Drain([&](const nlmsghdr& message) { routes.Add(m_routes.Apply(message)); });
    m_router.AdvanceTo(MonotonicNow());
    if (changes.interfaces)
    {
        // The kernel takes the IPv4 routes of an interface that goes down away without a word.
        m_routes.Resynchronize();
        for (const auto family : FAMILIES)
        {
            routes.Add(Prefix{Address::Any(family), 0});
        }
        Reconcile(changes.deleted);
    }
    for (const auto& prefix : routes.Prefixes())
    {
        m_router.HandleRouteChange(prefix);
    }
    Drain();
}

void
RouterHost::Reconcile(const std::set<InterfaceId>& deleted)
{
    m_snapshot = m_monitor.Snapshot();
    std::vector<InterfaceId> released;
    for (const auto& [id, managed] : m_interfaces)
    {
        const auto kernel = m_snapshot.find(id);
        if (kernel == m_snapshot.end() || deleted.count(id) != 0 ||
            m_config.FindRule(kernel->second.state.name, kernel->second.eligible) == nullptr)
        {
            released.push_back(id);
        }
    }
    std::for_each(released.begin(), released.end(), [this](InterfaceId id) { Release(id); });
    for (const auto& [id, kernel] : m_snapshot)
    {
        const auto* const rule = m_config.FindRule(kernel.state.name, kernel.eligible);
        if (rule == nullptr)
        {
            m_leftOut.erase(id);
            continue;
        }
        const auto managed = m_interfaces.find(id);
        if (managed == m_interfaces.end())
        {
            Take(kernel, *rule);
        }
        else
        {
            Update(managed->second, kernel, *rule);
        }
    }
    TellOthers();
    ReconcileRoutes();
}

/// With PIM the router knows its addresses on all interfaces, also on those that take no part: one may be an RP's.
void
RouterHost::TellOthers()
{
    std::map<InterfaceId, InterfaceState> others;
    for (const auto& [id, kernel] : m_snapshot)
    {
        auto state = WithoutHostScope(kernel.state);
        const bool pim = RunsPim(Family::Ipv4) || RunsPim(Family::Ipv6);
        if (pim && m_interfaces.count(id) == 0 && !state.addresses.empty())
        {
            others.emplace(id, std::move(state));
        }
    }
    for (const auto& [id, state] : m_others)
    {
        if (others.count(id) == 0 && m_interfaces.count(id) == 0)
        {
            m_router.HandleInterfaceGone(id);
        }
    }
    for (const auto& [id, state] : others)
    {
        const auto known = m_others.find(id);
        if (known == m_others.end() || !SameState(known->second, state))
        {
            m_router.HandleInterface(state);
        }
    }
    m_others = std::move(others);
}

void
RouterHost::Release(InterfaceId interface)
{
    m_log.Info(NameOf(interface) + ": released");
    m_router.HandleInterfaceGone(interface);
    m_interfaces.erase(interface);
    // The forwarding entries that name its virtual interface must be gone before another interface gets it.
    ReconcileRoutes();
    Drain();
    RemoveFromPlanes(interface);
}

/// \return ENOSPC if there is no room, and then it is on no plane; another error number if it is on no plane
int
RouterHost::AddToPlanes(const InterfaceState& state)
{
    int result = ENODEV;
    for (const auto family : OpenFamilies())
    {
        const int error = m_planes[family]->mroute.AddInterface(state.id);
        if (error == ENOSPC)
        {
            RemoveFromPlanes(state.id);
            return error;
        }
        if (error != 0)
        {
            m_log.Warning(state.name + ": can't take part in multicast forwarding of " + MrouteCodecOf(family).family +
                          ": " + std::strerror(error));
        }
        result = error == 0 ? 0 : result;
    }
    return result;
}

void
RouterHost::RemoveFromPlanes(InterfaceId interface)
{
    for (const auto family : OpenFamilies())
    {
        m_planes[family]->mroute.RemoveInterface(interface);
    }
}

void
RouterHost::Take(const KernelInterface& kernel, const InterfaceRule& rule)
{
    const auto id = kernel.state.id;
    const auto& name = kernel.state.name;
    if (const int error = AddToPlanes(kernel.state))
    {
        if (error == ENOSPC && m_leftOut.insert(id).second && m_started)
        {
            m_log.Error(name + ": left out: all " + std::to_string(VifTable::SIZE) +
                        " virtual interfaces of the kernel are in use");
        }
        return;
    }
    m_leftOut.erase(id);
    auto& managed = m_interfaces[id];
    managed.state = kernel.state;
    Configure(managed, rule);
    m_router.HandleInterface(kernel.state);
    m_log.Info(name + ": taken, by " + rule.pattern);
}

void
RouterHost::Update(ManagedInterface& managed, const KernelInterface& kernel, const InterfaceRule& rule)
{
    const auto before = managed.state;
    managed.state = kernel.state;
    if (managed.rule != rule.pattern) // renamed
    {
        Configure(managed, rule);
    }
    if (SameState(before, kernel.state))
    {
        return;
    }
    for (const auto family : OpenFamilies())
    {
        // An interface that IPv6 was taken off, and be it for a small MTU, has lost its memberships of IPv6.
        if (!before.Speaks(family) && kernel.state.Speaks(family))
        {
            JoinGroups(managed, family);
        }
    }
    m_router.HandleInterface(kernel.state);
}

void
RouterHost::Configure(ManagedInterface& managed, const InterfaceRule& rule)
{
    managed.rule = rule.pattern;
    for (const auto family : OpenFamilies())
    {
        Configure(managed, rule, family);
    }
}

void
RouterHost::Configure(ManagedInterface& managed, const InterfaceRule& rule, Family family)
{
    managed.configs[family] = rule.configs[family];
    JoinGroups(managed, family);
    if (const auto done = m_router.Configure(managed.state.id, rule.configs[family]); !done)
    {
        m_log.Error(rule.place + ": " + managed.state.name + ": " + done.Error().field + ": " + done.Error().why);
    }
}

void
RouterHost::JoinGroups(ManagedInterface& managed, Family family)
{
    const auto& protocol = gm::ProtocolOf(family);
    std::vector<Address> groups;
    if (managed.configs[family].membership)
    {
        groups = {protocol.allRouters, protocol.reportDestination};
    }
    if (managed.configs[family].pim)
    {
        groups.push_back(pim::AllRouters(family));
    }
    managed.groups[family] = RouterGroups{};
    if (const int error = groups.empty() ? 0 : managed.groups[family].Join(managed.state.id, groups))
    {
        m_log.Warning(managed.state.name + ": can't join the routers' groups of " + MrouteCodecOf(family).family +
                      ": " + std::strerror(error));
    }
}

std::optional<StaticMulticastRoute>
RouterHost::Resolve(const RouteRule& rule) const
{
    const auto incoming = Find(rule.incoming);
    if (!incoming)
    {
        return std::nullopt;
    }
    StaticMulticastRoute route{rule.group, rule.source, *incoming, {}};
    for (const auto& name : rule.outgoing)
    {
        if (const auto outgoing = Find(name))
        {
            route.outgoing.push_back(*outgoing);
        }
    }
    return route;
}

/// Static routes hold interface names, and what these mean changes.
void
RouterHost::ReconcileRoutes()
{
    std::map<RouteKey, StaticMulticastRoute> wanted;
    for (const auto& rule : m_config.routes)
    {
        if (const auto route = Resolve(rule))
        {
            wanted.emplace(RouteKey{rule.group, rule.source}, *route);
        }
    }
    for (const auto& [key, route] : m_staticRoutes)
    {
        if (wanted.count(key) == 0)
        {
            m_router.RemoveRoute(key.first, key.second);
        }
    }
    for (const auto& [key, route] : wanted)
    {
        const auto old = m_staticRoutes.find(key);
        if (old != m_staticRoutes.end() && SameRoute(old->second, route))
        {
            continue;
        }
        if (const auto done = m_router.AddRoute(route); !done)
        {
            m_log.Error("route for " + key.first.ToString() + ": " + done.Error().field + ": " + done.Error().why);
        }
    }
    m_staticRoutes = std::move(wanted);
}

void
RouterHost::Reconfigure(DaemonConfig config)
{
    m_config = std::move(config);
    m_router.AdvanceTo(MonotonicNow());
    for (const auto family : OpenFamilies())
    {
        if (!m_config.Uses(family))
        {
            ClosePlane(family);
        }
    }
    m_routes.SetPreferences(m_config.routePreferences);
    ReopenPlanes();
    for (auto& [id, managed] : m_interfaces)
    {
        managed.rule.clear(); // whatever the new rule is called: it is to be read again
    }
    Reconcile({});
    Drain();
    for (const auto family : OpenFamilies())
    {
        if (!m_config.UsesPim(family))
        {
            StopPim(family);
        }
    }
    TellOthers();
}

} // namespace mcast::linux_host
