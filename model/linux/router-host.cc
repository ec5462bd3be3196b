// SPDX-License-Identifier: GPL-2.0-only

#include "router-host.h"

#include "event-loop.h"
#include "failure.h"
#include "wire/igmp.h"
#include "wire/ipv4-header.h"

#include <algorithm>

namespace mcast::linux_host
{

namespace
{

constexpr int MAX_BATCHES = 16; // of packets, before timers and the control socket get their turn

bool
SameState(const InterfaceState& a, const InterfaceState& b)
{
    const auto sameAddress = [](const InterfaceAddress& x, const InterfaceAddress& y) {
        return x.address == y.address && x.prefixLength == y.prefixLength;
    };
    return a.id == b.id && a.name == b.name && a.up == b.up && a.mtu == b.mtu &&
           std::equal(a.addresses.begin(), a.addresses.end(), b.addresses.begin(), b.addresses.end(), sameAddress);
}

bool
SameRoute(const StaticMulticastRoute& a, const StaticMulticastRoute& b)
{
    return a.incoming == b.incoming && a.outgoing == b.outgoing;
}

/// Are all groups of this report of link scope?
struct LinkScopeOnly
{
    bool operator()(const Report& report) const
    {
        return std::all_of(report.records.begin(), report.records.end(),
                           [](const Record& record) { return record.group.IsLinkScopeMulticast(); });
    }

    bool operator()(const OlderReport& report) const
    {
        return report.group.IsLinkScopeMulticast();
    }

    bool operator()(const Leave& leave) const
    {
        return leave.group.IsLinkScopeMulticast();
    }

    bool operator()(const Query&) const
    {
        return false;
    }
};

} // namespace

RouterHost::RouterHost(DaemonConfig config, const Log& log, EventSink sink)
    : m_log(log),
      m_sink(std::move(sink)),
      m_config(std::move(config)),
      m_mroute(m_socket.Fd()),
      m_routes(m_snapshot),
      m_router(m_config.router, &m_routes)
{
}

RouterHost::~RouterHost() = default;

std::string
RouterHost::NameOf(InterfaceId interface) const
{
    if (interface.value == 0)
    {
        return "*"; // an event of the router as a whole
    }
    const auto found = m_interfaces.find(interface);
    if (found != m_interfaces.end())
    {
        return found->second.state.name;
    }
    const auto known = m_snapshot.find(interface);
    return known != m_snapshot.end() ? known->second.state.name : "if" + std::to_string(interface.value);
}

std::optional<InterfaceId>
RouterHost::Find(const std::string& name) const
{
    for (const auto& [id, interface] : m_interfaces)
    {
        if (interface.state.name == name)
        {
            return id;
        }
    }
    return std::nullopt;
}

void
RouterHost::Start()
{
    m_router.AdvanceTo(MonotonicNow());
    Reconcile({});
    if (!m_leftOut.empty())
    {
        throw RuntimeFailure("the configuration takes " + std::to_string(m_interfaces.size() + m_leftOut.size()) +
                             " interfaces, and the kernel forwards multicast among " + std::to_string(VifTable::SIZE) +
                             " at most");
    }
    m_started = true;
    Drain();
}

// --- packets --------------------------------------------------------------------------------------------------------

void
RouterHost::ServePackets()
{
    for (int i = 0; i < MAX_BATCHES; ++i)
    {
        m_router.AdvanceTo(MonotonicNow());
        const auto count = m_socket.Receive([this](InterfaceId interface, BytesView packet) {
            if (!KernelMroute::IsUpcall(packet))
            {
                HandleIp(interface, packet);
                return;
            }
            ++m_counters.upcalls;
            if (const auto upcall = m_mroute.ParseUpcall(packet))
            {
                m_router.HandleUpcall(*upcall);
            }
        });
        Drain();
        if (count < IgmpSocket::BATCH)
        {
            return;
        }
    }
}

void
RouterHost::HandleIp(InterfaceId interface, BytesView packet)
{
    ++m_counters.packets;
    const auto parsed = ParseIpv4(packet);
    if (!parsed)
    {
        ++m_counters.badIpHeaders;
    }
    else if (!IsOwnHousekeeping(interface, parsed->meta, parsed->payload))
    {
        m_router.HandlePacket(interface, parsed->meta, parsed->payload);
    }
}

/// Our own kernel reports the link-scope groups that it listens to, those of RouterGroups among them: no news to
/// anybody, and it would hide what others get wrong in the counter of such reports.
bool
RouterHost::IsOwnHousekeeping(InterfaceId interface, const PacketMeta& meta, BytesView payload) const
{
    const auto found = m_interfaces.find(interface);
    if (found == m_interfaces.end() || !found->second.state.HasAddress(meta.source))
    {
        return false;
    }
    const auto message = ParseIgmp(payload);
    return message && std::visit(LinkScopeOnly{}, *message);
}

// --- interfaces and routes ------------------------------------------------------------------------------------------

void
RouterHost::ServeNetlink()
{
    const auto changes = m_monitor.Drain();
    m_router.AdvanceTo(MonotonicNow());
    if (changes.interfaces)
    {
        Reconcile(changes.deleted);
    }
    for (const auto& prefix : changes.routes)
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
    ReconcileRoutes();
}

void
RouterHost::Release(InterfaceId interface)
{
    m_log.Info(NameOf(interface) + ": released");
    m_router.HandleInterfaceGone(interface);
    m_router.Deconfigure(interface);
    m_interfaces.erase(interface);
    // The forwarding entries that name its virtual interface must be gone before another interface gets it.
    ReconcileRoutes();
    Drain();
    m_mroute.RemoveInterface(interface);
}

void
RouterHost::Take(const KernelInterface& kernel, const InterfaceRule& rule)
{
    const auto id = kernel.state.id;
    const auto& name = kernel.state.name;
    if (const int error = m_mroute.AddInterface(id))
    {
        if (error != ENOSPC)
        {
            m_log.Warning(name + ": can't take part in multicast forwarding: " + std::strerror(error));
        }
        else if (m_leftOut.insert(id).second && m_started)
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
    if (managed.rule != rule.pattern) // renamed
    {
        Configure(managed, rule);
    }
    if (!SameState(managed.state, kernel.state))
    {
        managed.state = kernel.state;
        m_router.HandleInterface(kernel.state);
    }
}

void
RouterHost::Configure(ManagedInterface& managed, const InterfaceRule& rule)
{
    managed.rule = rule.pattern;
    managed.config = rule.config;
    managed.groups = RouterGroups{};
    if (const int error = rule.config.membership ? managed.groups.Join(managed.state.id) : 0)
    {
        m_log.Warning(managed.state.name + ": can't join the routers' groups: " + std::strerror(error));
    }
    if (const auto done = m_router.Configure(managed.state.id, rule.config); !done)
    {
        m_log.Error(rule.place + ": " + managed.state.name + ": " + done.Error().field + ": " + done.Error().why);
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
    for (auto& [id, managed] : m_interfaces)
    {
        managed.rule.clear(); // whatever the new rule is called: it is to be read again
    }
    Reconcile({});
    Drain();
}

// --- what the core wants --------------------------------------------------------------------------------------------

void
RouterHost::Advance()
{
    m_router.AdvanceTo(MonotonicNow());
    Drain();
}

void
RouterHost::Settle()
{
    const auto deadline = m_router.NextDeadline();
    if (deadline && *deadline <= MonotonicNow())
    {
        Advance();
    }
}

std::optional<TimePoint>
RouterHost::NextDeadline() const
{
    return m_router.NextDeadline();
}

void
RouterHost::Drain()
{
    bool busy = true;
    while (busy) // counters that were read may make the core ask for more
    {
        busy = false;
        while (const auto packet = m_router.PollTransmit())
        {
            Send(*packet);
        }
        while (const auto change = m_router.PollForwarding())
        {
            Apply(*change);
            busy = true;
        }
    }
    while (const auto event = m_router.PollEvent())
    {
        m_sink(*event);
    }
}

void
RouterHost::Send(const Transmit& packet)
{
    if (const int error = m_socket.Send(packet))
    {
        ++m_counters.sendFailures;
        if (m_log.Enabled(LogLevel::Debug))
        {
            m_log.Debug(NameOf(packet.interface) + ": sending: " + std::strerror(error));
        }
    }
}

void
RouterHost::Apply(const ForwardingChange& change)
{
    if (change.kind == ForwardingChange::Kind::ReadCounters)
    {
        if (const auto counters = m_mroute.ReadCounters(change.source, change.group))
        {
            m_router.HandleCounters(change.source, change.group, *counters);
        }
        return;
    }
    if (const int error = m_mroute.Apply(change))
    {
        ++m_counters.forwardingFailures;
        m_log.Warning("forwarding entry (" + change.source.ToString() + ", " + change.group.ToString() +
                      "): " + std::strerror(error));
    }
}

void
RouterHost::Stop()
{
    m_router.AdvanceTo(MonotonicNow());
    m_router.Shutdown();
    Drain();
    while (!m_interfaces.empty())
    {
        const auto id = m_interfaces.begin()->first;
        m_interfaces.erase(id);
        m_mroute.RemoveInterface(id);
    }
}

} // namespace mcast::linux_host
