// SPDX-License-Identifier: GPL-2.0-only

#include "sim-node.h"

#include "datagram.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <tuple>

namespace mcast
{

namespace
{

constexpr std::size_t ETHERNET_HEADER_SIZE = 14;
constexpr std::uint16_t ETHERTYPE_IPV4 = 0x0800;
constexpr int MAX_ROUNDS = 1000;              // at one time: more would go on for ever, better a test that fails
constexpr SocketId ROUTER_SOCKET{0xffffffff}; // applications count theirs from below
const std::array<Address, 2> ROUTER_GROUPS{Address::Ipv4(224, 0, 0, 2), Address::Ipv4(224, 0, 0, 22)};
constexpr std::uint8_t GROUP_BIT = 0x01; // of the first octet of an Ethernet address: group or broadcast

MacAddress
ReadMac(Reader& reader)
{
    MacAddress mac{};
    for (auto& octet : mac)
    {
        octet = reader.U8();
    }
    return mac;
}

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
        m_router->HandleRouteChange(Prefix{Address::Any(Family::Ipv4), 0});
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
        ListenAsRouter(port, config.membership ? FilterMode::Exclude : FilterMode::Include);
    }
    return outcome;
}

// A router is a member of the groups that leaves and version 3 reports go to, and says so (RFC 2236 9, RFC 3376 6).
void
SimNode::ListenAsRouter(InterfaceId port, FilterMode mode)
{
    for (const auto& group : ROUTER_GROUPS)
    {
        (void)m_host.Listen(ROUTER_SOCKET, port, group, mode); // refused without a host side on the port: nobody asks
        Drain();
    }
}

void
SimNode::DeconfigureRouter(InterfaceId port)
{
    if (m_router)
    {
        m_router->Deconfigure(port);
        Drain();
        ListenAsRouter(port, FilterMode::Include);
    }
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
        m_host.HandlePacket(transmit->interface, transmit->meta, transmit->payload);
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
            m_router->HandleCounters(change->source, change->group, entry ? entry->counters : ForwardingCounters{});
        }
        else
        {
            Release(m_mfc.Apply(*change));
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

// In.

void
SimNode::HandleFrame(TimePoint now, InterfaceId id, BytesView frame)
{
    AdvanceTo(now);
    if (auto* port = Find(id); port && port->state.up)
    {
        ReceiveFrame(*port, frame);
        Drain();
    }
}

void
SimNode::ReceiveFrame(Port& port, BytesView frame)
{
    Reader reader(frame);
    const auto destination = ReadMac(reader);
    const auto source = ReadMac(reader);
    const auto type = reader.U16();
    // Other people's unicast, and our own frames: the link never gives those back (RFC 1112 7.3). A group's frame
    // is taken whatever group its address stands for, IP decides (RFC 1112 7.4).
    const bool ours = (destination[0] & GROUP_BIT) != 0 || destination == port.mac;
    if (!reader.Ok() || !ours || source == port.mac)
    {
        return;
    }
    if (type == ETHERTYPE_IPV4)
    {
        ReceiveIpv4(port, frame.Sub(ETHERNET_HEADER_SIZE));
    }
}

void
SimNode::ReceiveIpv4(Port& port, BytesView octets)
{
    const auto packet = ParseIpv4(octets);
    if (!packet)
    {
        Count(port, packet.Error().reason);
    }
    else if (packet->meta.protocol == PROTOCOL_IGMP)
    {
        ReceiveMessage(port, *packet);
    }
    else if (packet->meta.destination.IsMulticast())
    {
        ReceiveData(port, *packet, octets.Sub(0, packet->headerSize + packet->payload.Size()));
    }
}

void
SimNode::ReceiveMessage(Port& port, const Ipv4Packet& packet)
{
    const auto& destination = packet.meta.destination;
    const auto hasIt = [&](const auto& item) { return item.second.state.HasAddress(destination); };
    if (!destination.IsMulticast() && std::none_of(m_ports.begin(), m_ports.end(), hasIt))
    {
        Count(port, Reason::BadDestination);
        return;
    }
    if (packet.fragment)
    {
        Count(port, Reason::Truncated); // nor is IGMP put together again: it fits every MTU
        return;
    }
    m_host.HandlePacket(port.state.id, packet.meta, packet.payload);
    if (m_router)
    {
        m_router->HandlePacket(port.state.id, packet.meta, packet.payload);
    }
}

void
SimNode::ReceiveData(Port& port, const Ipv4Packet& packet, BytesView octets)
{
    Packet whole{packet.meta, Bytes(octets.Data(), octets.Data() + octets.Size())};
    if (m_host.Accepts(port.state.id, packet.meta.destination, packet.meta.source))
    {
        DeliverWhole(port, whole);
    }
    else if (!m_router)
    {
        Count(port, Reason::NotMember);
    }
    Forward(port.state.id, std::move(whole));
}

void
SimNode::DeliverWhole(Port& port, const Packet& whole)
{
    const auto packet = ParseIpv4(whole.octets);
    if (!packet || packet->fragment)
    {
        Count(port, Reason::Truncated); // there is no reassembly here
        return;
    }
    Deliver(port.state.id, packet->meta, packet->payload);
}

void
SimNode::Deliver(InterfaceId port, const PacketMeta& meta, BytesView payload)
{
    const auto datagram = meta.protocol == PROTOCOL_UDP ? ParseDatagram(meta, payload) : std::nullopt;
    if (!datagram || datagram->destinationPort != APPLICATION_PORT)
    {
        return;
    }
    const auto data = datagram->payload;
    for (const auto socket : m_sockets)
    {
        if (m_host.Accepts(socket, port, meta.destination, meta.source))
        {
            const Bytes copy(data.Data(), data.Data() + data.Size());
            m_deliveries.push_back({m_now, socket, port, meta.source, meta.destination, copy});
        }
    }
}

// Forwarding.

void
SimNode::Forward(InterfaceId arrival, Packet packet)
{
    if (!m_router || packet.meta.destination.IsLinkScopeMulticast())
    {
        return;
    }
    const auto& [source, group] = std::tie(packet.meta.source, packet.meta.destination);
    const auto cookie = ++m_cookie;
    const auto result = m_mfc.Lookup(m_now, arrival, source, group, packet.octets.size(), cookie);
    if (result.upcall)
    {
        const auto kind =
            result.outcome == Mfc::Outcome::NoCache ? Upcall::Kind::NoCache : Upcall::Kind::WrongInterface;
        m_router->HandleUpcall({kind, arrival, source, group, {}});
    }
    switch (result.outcome)
    {
    case Mfc::Outcome::Forward:
        Output(*result.entry, arrival, packet);
        break;
    case Mfc::Outcome::NoCache:
        m_waiting.emplace(cookie, std::make_pair(arrival, std::move(packet)));
        break;
    case Mfc::Outcome::WrongInterface:
        Count(m_ports.at(arrival), Reason::WrongInterface);
        break;
    case Mfc::Outcome::QueueFull:
        Count(m_ports.at(arrival), Reason::QueueFull);
        break;
    }
}

void
SimNode::Output(const Mfc::Entry& entry, InterfaceId arrival, const Packet& packet)
{
    for (const auto& [interface, threshold] : entry.outgoing)
    {
        auto* port = Find(interface);
        if (!port || !port->state.up || interface == arrival || packet.meta.ttl <= threshold)
        {
            continue;
        }
        if (packet.octets.size() > port->state.mtu)
        {
            Count(*port, Reason::BadLength); // fragments are not made here; and nobody is told (RFC 1112 7.2)
            continue;
        }
        auto copy = packet.octets;
        DecrementTtl(copy);
        Emit(*port, packet.meta.destination, copy);
        // A member on the outgoing side hears what is sent there, as Linux has it.
        if (m_host.Accepts(interface, packet.meta.destination, packet.meta.source))
        {
            DeliverWhole(*port, packet);
        }
    }
}

void
SimNode::Release(const std::vector<Mfc::Released>& released)
{
    for (const auto& [cookie, arrival, drop] : released)
    {
        auto waiting = m_waiting.extract(cookie);
        if (waiting.empty() || drop || !Find(arrival))
        {
            continue;
        }
        // The cache has the entry now and judges the packet as any other.
        Forward(arrival, std::move(waiting.mapped().second));
    }
}

// Out.

void
SimNode::SendMessage(const Transmit& transmit)
{
    const auto* port = Find(transmit.interface);
    if (port && port->state.up)
    {
        Emit(*port, transmit.meta.destination, WriteIpv4(transmit.meta, transmit.payload, ++m_identification));
    }
}

void
SimNode::Emit(const Port& port, const Address& group, BytesView packet)
{
    const auto destination = GroupMac(group);
    Writer frame;
    frame.Append({destination.data(), destination.size()}).Append({port.mac.data(), port.mac.size()});
    frame.U16(ETHERTYPE_IPV4).Append(packet);
    m_frames.push_back({m_now, port.state.id, frame.Take()});
}

SimNode::Port*
SimNode::SendingPort(const std::optional<InterfaceId>& wanted, Family family)
{
    for (auto& [id, port] : m_ports)
    {
        const bool usable = port.state.up && !port.state.SourceAddress(family).IsUnspecified();
        if (usable && (!wanted || *wanted == id))
        {
            return &port;
        }
    }
    return nullptr;
}

bool
SimNode::SendData(const Address& group, BytesView payload, const SendOptions& options)
{
    auto* port = SendingPort(options.port, group.GetFamily());
    if (!port || !group.IsMulticast())
    {
        return false;
    }
    Packet packet;
    packet.meta.source = port->state.SourceAddress(group.GetFamily());
    packet.meta.destination = group;
    packet.meta.protocol = PROTOCOL_UDP;
    packet.meta.ttl = options.ttl;
    const auto datagram = WriteDatagram(packet.meta, {APPLICATION_PORT, APPLICATION_PORT, payload});
    packet.octets = WriteIpv4(packet.meta, datagram, ++m_identification);
    if (packet.octets.size() > port->state.mtu)
    {
        return false;
    }
    const auto id = port->state.id;
    if (options.ttl > 0) // TTL 0 stays on the node
    {
        Emit(*port, group, packet.octets);
    }
    if (options.loop && m_host.Accepts(id, group, packet.meta.source))
    {
        Deliver(id, packet.meta, datagram);
    }
    Forward(id, std::move(packet));
    Drain();
    return true;
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

void
SimNode::Count(Port& port, Reason reason)
{
    ++port.counters.dropped[static_cast<std::size_t>(reason)];
}

} // namespace mcast
