// SPDX-License-Identifier: GPL-2.0-only
// The IP layer of a simulated node: what happens to a packet.

#include "datagram.h"
#include "gm/protocol.h"
#include "sim-node.h"

#include "wire/fragment.h"
#include "wire/mld.h"
#include "wire/pim.h"

#include <algorithm>
#include <tuple>

namespace mcast
{

namespace
{

constexpr std::size_t ETHERNET_HEADER_SIZE = 14;
constexpr std::uint16_t ETHERTYPE_IPV4 = 0x0800;
constexpr std::uint16_t ETHERTYPE_IPV6 = 0x86dd;
constexpr MacAddress BROADCAST{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
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

} // namespace

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
    if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6)
    {
        const auto family = type == ETHERTYPE_IPV4 ? Family::Ipv4 : Family::Ipv6;
        ReceiveIp(port, family, frame.Sub(ETHERNET_HEADER_SIZE), source, destination == port.mac);
    }
}

void
SimNode::ReceiveIp(Port& port, Family family, BytesView octets, const MacAddress& source, bool isUnicast)
{
    const auto packet = ParseIp(family, octets);
    if (!packet)
    {
        return Count(port, packet.Error().reason);
    }
    Learn(port, packet->meta.source, source);
    const auto& destination = packet->meta.destination;
    if (!destination.IsMulticast() && FindOwner(destination) == nullptr)
    {
        const auto whole = octets.Sub(0, packet->headerSize + packet->payload.Size());
        if (!isUnicast || !PassOn({packet->meta, Bytes(whole.Data(), whole.Data() + whole.Size())}))
        {
            Count(port, Reason::BadDestination);
        }
    }
    else if (packet->meta.protocol == pim::PROTOCOL)
    {
        ReceivePim(port, *packet);
    }
    else if (packet->meta.protocol == gm::ProtocolOf(family).ipProtocol)
    {
        ReceiveMessage(port, *packet);
    }
    else if (packet->meta.destination.IsMulticast())
    {
        ReceiveData(port, *packet, octets.Sub(0, packet->headerSize + packet->payload.Size()));
    }
}

void
SimNode::ReceiveMessage(Port& port, const IpPacket& packet)
{
    if (packet.fragment)
    {
        Count(port, Reason::Truncated); // nor is IGMP put together again: it fits every MTU
        return;
    }
    if (packet.meta.protocol == PROTOCOL_ICMPV6 && !IsMld(packet.payload))
    {
        return; // Neighbour Discovery and the like, of which this node has none
    }
    m_host.HandlePacket(port.state.id, packet.meta, packet.payload);
    if (m_router)
    {
        m_router->HandlePacket(port.state.id, packet.meta, packet.payload);
    }
}

void
SimNode::ReceivePim(Port& port, const IpPacket& packet)
{
    if (packet.fragment)
    {
        Count(port, Reason::Truncated);
    }
    else if (m_router)
    {
        m_router->HandlePacket(port.state.id, packet.meta, packet.payload);
    }
}

// A packet for somebody else: on its way by the unicast routes.
bool
SimNode::PassOn(Packet packet)
{
    const auto& destination = packet.meta.destination;
    if (!m_router || packet.meta.ttl <= 1 || destination.IsLinkLocalUnicast() || !m_routes.Lookup(destination))
    {
        return false;
    }
    DecrementTtl(packet.octets);
    SendUnicast(destination, packet.octets);
    return true;
}

// In place of ARP and Neighbour Discovery: who sends from an address of the link has it.
void
SimNode::Learn(const Port& port, const Address& source, const MacAddress& mac)
{
    if (port.state.IsOnSubnet(source) || source.IsLinkLocalUnicast())
    {
        m_neighbors[{port.state.id, source}] = mac;
    }
}

void
SimNode::ReceiveData(Port& port, const IpPacket& packet, BytesView octets)
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
    const auto packet = ParseIp(whole.meta.source.GetFamily(), whole.octets);
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
        m_router->HandleUpcall({kind, arrival, source, group, {}, packet.meta.ttl});
    }
    if (result.outcome == Mfc::Outcome::WrongInterface && result.upcall && IsAcceptedNow(arrival, source, group))
    {
        return Forward(arrival, std::move(packet)); // it has just ended a switchover to the shortest path
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
        CountOn(arrival, Reason::WrongInterface);
        break;
    case Mfc::Outcome::QueueFull:
        CountOn(arrival, Reason::QueueFull);
        break;
    }
}

// Lets the core say what it makes of an upcall.
bool
SimNode::IsAcceptedNow(InterfaceId arrival, const Address& source, const Address& group)
{
    DrainForwarding();
    const auto* entry = m_mfc.Find(source, group);
    entry = entry ? entry : m_mfc.Find(Address::Any(group.GetFamily()), group);
    return entry && entry->incoming == arrival;
}

void
SimNode::Output(const Mfc::Entry& entry, InterfaceId arrival, const Packet& packet)
{
    for (const auto& [interface, threshold] : entry.outgoing)
    {
        if (interface == arrival || packet.meta.ttl <= threshold)
        {
            continue;
        }
        if (interface == REGISTER_INTERFACE)
        {
            m_router->HandleUpcall({Upcall::Kind::WholePacket, arrival, packet.meta.source, packet.meta.destination,
                                    packet.octets, packet.meta.ttl});
        }
        else if (auto* port = Find(interface); port && port->state.up)
        {
            OutputOn(*port, packet);
        }
    }
}

void
SimNode::OutputOn(Port& port, const Packet& packet)
{
    if (packet.octets.size() > port.state.mtu)
    {
        return Count(port, Reason::BadLength); // fragments are not made here; and nobody is told (RFC 1112 7.2)
    }
    auto copy = packet.octets;
    DecrementTtl(copy);
    Emit(port, packet.meta.destination, copy);
    // A member on the outgoing side hears what is sent there, as Linux has it.
    if (m_host.Accepts(port.state.id, packet.meta.destination, packet.meta.source))
    {
        DeliverWhole(port, packet);
    }
}

void
SimNode::Release(const std::vector<Mfc::Released>& released)
{
    for (const auto& [cookie, arrival, drop] : released)
    {
        auto waiting = m_waiting.extract(cookie);
        if (waiting.empty() || drop || (arrival != REGISTER_INTERFACE && !Find(arrival)))
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
    if (transmit.interface == BY_ROUTING)
    {
        return SendByRouting(transmit);
    }
    const auto* port = Find(transmit.interface);
    if (!port || !port->state.up)
    {
        return;
    }
    const auto& destination = transmit.meta.destination;
    const auto packet = WriteIp(transmit.meta, transmit.payload, ++m_identification);
    if (destination.IsMulticast())
    {
        return Emit(*port, destination, packet);
    }
    const auto known = m_neighbors.find({port->state.id, destination});
    EmitTo(*port, known == m_neighbors.end() ? BROADCAST : known->second, destination.GetFamily(), packet);
}

void
SimNode::SendByRouting(const Transmit& transmit)
{
    if (const auto* port = FindOwner(transmit.meta.destination)) // to ourselves
    {
        return m_router->HandlePacket(port->state.id, transmit.meta, transmit.payload);
    }
    SendUnicast(transmit.meta.destination, WriteIp(transmit.meta, transmit.payload, ++m_identification));
}

void
SimNode::SendUnicast(const Address& destination, BytesView packet)
{
    const auto route = m_routes.Lookup(destination);
    const auto* port = route ? Find(route->interface) : nullptr;
    if (!port || !port->state.up)
    {
        return;
    }
    const auto& hop = route->nextHop.IsUnspecified() ? destination : route->nextHop;
    const auto known = m_neighbors.find({port->state.id, hop});
    for (const auto& part : FragmentPacket(packet, port->state.mtu, ++m_identification))
    {
        EmitTo(*port, known == m_neighbors.end() ? BROADCAST : known->second, destination.GetFamily(), part);
    }
}

void
SimNode::Emit(const Port& port, const Address& group, BytesView packet)
{
    EmitTo(port, GroupMac(group), group.GetFamily(), packet);
}

void
SimNode::EmitTo(const Port& port, const MacAddress& destination, Family family, BytesView packet)
{
    Writer frame;
    frame.Append({destination.data(), destination.size()}).Append({port.mac.data(), port.mac.size()});
    frame.U16(family == Family::Ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6).Append(packet);
    m_frames.push_back({m_now, port.state.id, frame.Take()});
}

// What applications send from: an address that is good beyond the link, if there is one (RFC 6724 5).
Address
SimNode::DataAddress(const Port& port, Family family)
{
    for (const auto& [address, length] : port.state.addresses)
    {
        if (address.GetFamily() == family && !address.IsLinkLocalUnicast())
        {
            return address;
        }
    }
    return port.state.SourceAddress(family);
}

SimNode::Port*
SimNode::SendingPort(const std::optional<InterfaceId>& wanted, Family family)
{
    for (auto& [id, port] : m_ports)
    {
        const bool usable = port.state.up && !DataAddress(port, family).IsUnspecified();
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
    packet.meta.source = DataAddress(*port, group.GetFamily());
    packet.meta.destination = group;
    packet.meta.protocol = PROTOCOL_UDP;
    packet.meta.ttl = options.ttl;
    const auto datagram = WriteDatagram(packet.meta, {APPLICATION_PORT, APPLICATION_PORT, payload});
    packet.octets = WriteIp(packet.meta, datagram, ++m_identification);
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

void
SimNode::CountOn(InterfaceId id, Reason reason)
{
    if (auto* port = Find(id))
    {
        Count(*port, reason);
    }
}

void
SimNode::Count(Port& port, Reason reason)
{
    ++port.counters.dropped[static_cast<std::size_t>(reason)];
}

} // namespace mcast
