// SPDX-License-Identifier: GPL-2.0-only

#include "sim-node.h"

#include "gm/protocol.h"
#include "wire/ip.h"
#include "wire/pim.h"

#include <algorithm>
#include <stdexcept>

namespace mcast
{

namespace
{

constexpr int MAX_ROUNDS = 1000;              // at one time: more would go on for ever, better a test that fails
constexpr SocketId ROUTER_SOCKET{0xffffffff}; // applications count theirs from below

template <class Queue>
auto
Poll(Queue& queue) -> std::optional<typename Queue::value_type>
{
    if (queue.empty())
    {
        return std::nullopt;
    }
    auto item = std::move(queue.front());
    queue.pop_front();
    return item;
}

} // namespace

SimNode::SimNode(std::uint64_t seed, const std::optional<RouterOptions>& router)
    : m_host(seed),
      m_router(router ? std::make_unique<Router>(*router, &m_routes) : nullptr)
{
}

// Ports.

InterfaceId
SimNode::AddPort(InterfaceState state, const MacAddress& mac)
{
    state.id = InterfaceId{++m_lastPort};
    auto& port = m_ports[state.id];
    port.state = std::move(state);
    port.mac = mac;
    PortChanged(port);
    return port.state.id;
}

void
SimNode::RemovePort(InterfaceId id)
{
    m_ports.erase(id);
    m_neighbors.erase(m_neighbors.lower_bound({id, Address{}}), m_neighbors.lower_bound({{id.value + 1}, Address{}}));
    m_routes.RemoveInterface(id);
    m_host.HandleInterfaceGone(id);
    if (m_router)
    {
        m_router->HandleInterfaceGone(id);
    }
    Drain();
}

void
SimNode::SetPortUp(InterfaceId id, bool up)
{
    if (auto* port = Find(id); port && port->state.up != up)
    {
        port->state.up = up;
        PortChanged(*port);
    }
}

void
SimNode::SetAddresses(InterfaceId id, std::vector<InterfaceAddress> addresses)
{
    if (auto* port = Find(id))
    {
        port->state.addresses = std::move(addresses);
        PortChanged(*port);
    }
}

void
SimNode::PortChanged(Port& port)
{
    m_routes.SetConnected(port.state);
    m_host.HandleInterface(port.state);
    if (m_router)
    {
        m_router->HandleInterface(port.state);
        for (const auto family : {Family::Ipv4, Family::Ipv6})
        {
            m_router->HandleRouteChange(Prefix{Address::Any(family), 0});
        }
    }
    Drain();
}

const InterfaceState*
SimNode::FindPort(InterfaceId id) const
{
    const auto found = m_ports.find(id);
    return found == m_ports.end() ? nullptr : &found->second.state;
}

std::optional<MacAddress>
SimNode::Mac(InterfaceId id) const
{
    const auto found = m_ports.find(id);
    return found == m_ports.end() ? std::nullopt : std::optional(found->second.mac);
}

// Configuration.

SimNode::Outcome
SimNode::ConfigureHost(InterfaceId port, const gm::HostConfig& config)
{
    auto outcome = m_host.Configure(port, config);
    Drain();
    return outcome;
}

SimNode::Outcome
SimNode::ConfigureRouter(InterfaceId port, const RouterInterfaceConfig& config)
{
    if (!m_router)
    {
        return Unexpected{gm::ConfigError{"role", "a host has no router side"}};
    }
    auto outcome = m_router->Configure(port, config);
    Drain();
    if (outcome)
    {
        ListenAsRouter(port, config.gm.family, config.membership ? FilterMode::Exclude : FilterMode::Include);
    }
    return outcome;
}

// A router is a member of the groups that leaves and version 3 reports go to, and says so (RFC 2236 9, RFC 3376 6, RFC
// 3810 7).
void
SimNode::ListenAsRouter(InterfaceId port, Family family, FilterMode mode)
{
    const auto& protocol = gm::ProtocolOf(family);
    for (const auto& group : {protocol.allRouters, protocol.reportDestination})
    {
        (void)m_host.Listen(ROUTER_SOCKET, port, group, mode); // refused without a host side on the port: nobody asks
        Drain();
    }
}

void
SimNode::DeconfigureRouter(InterfaceId port, Family family)
{
    if (m_router)
    {
        m_router->Deconfigure(port, family);
        Drain();
        ListenAsRouter(port, family, FilterMode::Include);
    }
}

SimNode::Outcome
SimNode::ConfigurePim(const pim::RouterConfig& config)
{
    if (!m_router)
    {
        return Unexpected{gm::ConfigError{"role", "a host has no PIM"}};
    }
    auto outcome = m_router->Configure(config);
    Drain();
    return outcome;
}

SimNode::Outcome
SimNode::AddRoute(const StaticMulticastRoute& route)
{
    if (!m_router)
    {
        return Unexpected{gm::ConfigError{"role", "a host has no routes for multicast"}};
    }
    auto outcome = m_router->AddRoute(route);
    Drain();
    return outcome;
}

bool
SimNode::RemoveRoute(const Address& group, const std::optional<Address>& source)
{
    const bool removed = m_router && m_router->RemoveRoute(group, source);
    Drain();
    return removed;
}

void
SimNode::AddUnicastRoute(const Prefix& prefix, const RouteTable::Result& result)
{
    m_routes.Add(prefix, result);
    if (m_router)
    {
        m_router->HandleRouteChange(prefix);
        Drain();
    }
}

bool
SimNode::RemoveUnicastRoute(const Prefix& prefix)
{
    const bool removed = m_routes.Remove(prefix);
    if (removed && m_router)
    {
        m_router->HandleRouteChange(prefix);
        Drain();
    }
    return removed;
}

void
SimNode::ShutdownRouter()
{
    if (m_router)
    {
        m_router->Shutdown();
        Drain();
    }
}

// Time.

std::optional<TimePoint>
SimNode::NextDeadline() const
{
    auto next = std::min(m_host.NextDeadline().value_or(NEVER), m_mfc.NextExpiry());
    next = std::min(next, m_router ? m_router->NextDeadline().value_or(NEVER) : NEVER);
    return next == NEVER ? std::nullopt : std::optional(next);
}

void
SimNode::AdvanceTo(TimePoint now)
{
    int idle = 0;
    for (auto next = NextDeadline(); next && *next <= now; next = NextDeadline())
    {
        idle = *next > m_now ? 0 : idle + 1;
        if (idle > MAX_ROUNDS)
        {
            throw std::logic_error("a deadline stays in the past");
        }
        Step(std::max(m_now, *next));
    }
    Step(std::max(m_now, now));
}

void
SimNode::Step(TimePoint now)
{
    m_now = now;
    m_host.AdvanceTo(now);
    if (m_router)
    {
        m_router->AdvanceTo(now);
    }
    Release(m_mfc.Expire(now));
    Drain();
}

// Drain: what one half says may make the other speak, and a new entry lets packets go; so until all is silent.

void
SimNode::Drain()
{
    bool again = true;
    while (again)
    {
        again = DrainMessages();
        again = DrainForwarding() || again;
        again = DrainDecapsulated() || again;
        DrainEvents();
    }
}

bool
SimNode::DrainMessages()
{
    bool any = false;
    while (const auto transmit = m_host.PollTransmit())
    {
        any = true;
        SendMessage(*transmit);
        if (m_router)
        {
            m_router->HandlePacket(transmit->interface, transmit->meta, transmit->payload);
        }
    }
    while (const auto transmit = m_router ? m_router->PollTransmit() : std::nullopt)
    {
        any = true;
        SendMessage(*transmit);
        if (transmit->meta.protocol != pim::PROTOCOL) // a host has no use for it
        {
            m_host.HandlePacket(transmit->interface, transmit->meta, transmit->payload);
        }
    }
    return any;
}

bool
SimNode::DrainForwarding()
{
    bool any = false;
    while (const auto change = m_router ? m_router->PollForwarding() : std::nullopt)
    {
        any = true;
        if (change->kind == ForwardingChange::Kind::ReadCounters)
        {
            const auto* entry = m_mfc.Find(change->source, change->group);
            auto counters = entry ? entry->counters : ForwardingCounters{};
            if (counters.packets > 0)
            {
                counters.idle = m_now - entry->lastUse;
            }
            m_router->HandleCounters(change->source, change->group, counters);
        }
        else
        {
            Release(m_mfc.Apply(*change));
        }
    }
    return any;
}

bool
SimNode::DrainDecapsulated()
{
    bool any = false;
    while (auto octets = m_router ? m_router->PollDecapsulated() : std::nullopt)
    {
        any = true;
        const auto family = (octets->front() >> 4) == 4 ? Family::Ipv4 : Family::Ipv6;
        if (const auto packet = ParseIp(family, *octets))
        {
            const auto meta = packet->meta;
            Forward(REGISTER_INTERFACE, {meta, std::move(*octets)});
        }
    }
    return any;
}

void
SimNode::DrainEvents()
{
    while (const auto event = m_host.PollEvent())
    {
        m_events.push_back({false, *event});
    }
    while (const auto event = m_router ? m_router->PollEvent() : std::nullopt)
    {
        m_events.push_back({true, *event});
    }
}

std::optional<SimNode::Frame>
SimNode::PollFrame()
{
    return Poll(m_frames);
}

std::optional<SimNode::Delivery>
SimNode::PollDelivery()
{
    return Poll(m_deliveries);
}

std::optional<SimNode::Event>
SimNode::PollEvent()
{
    return Poll(m_events);
}

bool
SimNode::HasOutput() const
{
    return !m_frames.empty() || !m_deliveries.empty();
}

// Applications.

Expected<Done, ListenError>
SimNode::Listen(SocketId socket, InterfaceId port, const Address& group, FilterMode mode, std::vector<Address> sources)
{
    auto outcome = m_host.Listen(socket, port, group, mode, std::move(sources));
    m_sockets.insert(socket);
    Drain();
    return outcome;
}

void
SimNode::CloseSocket(SocketId socket)
{
    m_host.CloseSocket(socket);
    m_sockets.erase(socket);
    Drain();
}

const Counters&
SimNode::IpCounters(InterfaceId id) const
{
    static const Counters none;
    const auto found = m_ports.find(id);
    return found == m_ports.end() ? none : found->second.counters;
}

SimNode::Port*
SimNode::Find(InterfaceId id)
{
    const auto found = m_ports.find(id);
    return found == m_ports.end() ? nullptr : &found->second;
}

SimNode::Port*
SimNode::FindOwner(const Address& address)
{
    for (auto& [id, port] : m_ports)
    {
        if (port.state.up && port.state.HasAddress(address))
        {
            return &port;
        }
    }
    return nullptr;
}

} // namespace mcast
