// SPDX-License-Identifier: GPL-2.0-only

#include "ns3-world.h"

#include "conversion.h"
#include "multicast-convert.h"
#include "multicast-node-impl.h"

#include "ns3/arp-cache.h"
#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-routing-table-entry.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-routing-table-entry.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/ndisc-cache.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <type_traits>

namespace mcast::python
{

namespace
{

constexpr std::uint16_t APPLICATION_PORT = 5001;

World* g_world = nullptr; // ns-3 has one simulator

// Defaults as they are, but checksums, which simulations don't need, and the TTL that RFC 1112 6.1 wants of
// applications that don't care: with ns-3's own default a socket sends to groups with TTL 64.
void
SetDefaults(std::uint64_t seed)
{
    ns3::Config::Reset();
    ns3::GlobalValue::Bind("ChecksumEnabled", ns3::BooleanValue(true));
    ns3::Config::SetDefault("ns3::UdpSocket::IpMulticastTtl", ns3::UintegerValue(1));
    ns3::Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", ns3::BooleanValue(false));
    ns3::RngSeedManager::SetSeed(1);
    ns3::RngSeedManager::SetRun(seed);
}

ns3::Mac48Address
ToNs3(const MacAddress& mac)
{
    ns3::Mac48Address address;
    address.CopyFrom(mac.data());
    return address;
}

ns3::Ipv4InterfaceAddress
ToNs3(const Address& address, std::uint8_t prefixLength)
{
    const std::uint32_t mask = prefixLength == 0 ? 0 : ~std::uint32_t{0} << (32 - prefixLength);
    return {ns3::ToIpv4(address), ns3::Ipv4Mask(mask)};
}

Bytes
ToCore(ns3::Ptr<const ns3::Packet> packet)
{
    Bytes octets(packet->GetSize());
    packet->CopyData(octets.data(), packet->GetSize());
    return octets;
}

} // namespace

World::World(bool router, std::uint64_t seed, const Attributes& attributes)
{
    if (g_world)
    {
        throw std::logic_error("another world is still open: ns-3 has one simulator per process");
    }
    SetDefaults(seed);
    ns3::MulticastHelper multicast;
    multicast.SetRouter(router);
    multicast.Set("Seed", ns3::UintegerValue(seed));
    multicast.Set("ReportSolicitedNodes",
                  ns3::BooleanValue(false)); // unless the attributes say so: a listener of its own
    ns3::InternetStackHelper stack;
    stack.SetRoutingHelper(multicast);
    stack.SetRoutingHelper(ns3::MulticastIpv6RoutingHelper(multicast));
    m_node = ns3::CreateObject<ns3::Node>();
    stack.Install(m_node);
    // A host that is no router would send Router Solicitations. What it forwards is for MulticastNode to say.
    m_node->GetObject<ns3::Ipv6>()->SetAttribute("IpForward", ns3::BooleanValue(true));
    m_multicast = m_node->GetObject<ns3::MulticastNode>();
    g_world = this;
    for (const auto& [name, value] : attributes)
    {
        if (!m_multicast->SetAttributeFailSafe(name, ns3::StringValue(value)))
        {
            Close();
            throw FieldError{name, "'" + value + "' is refused by MulticastNode, or there is no such attribute"};
        }
    }
    TraceEvents();
}

World::~World()
{
    Close();
}

void
World::Close()
{
    if (!m_node)
    {
        return;
    }
    m_sockets.clear();
    m_devices.clear();
    m_multicast = nullptr;
    m_node = nullptr;
    ns3::Simulator::Destroy();
    ns3::Config::Reset();
    g_world = nullptr;
}

bool
World::IsOpen() const
{
    return m_node != nullptr;
}

bool
World::Exists()
{
    return g_world != nullptr;
}

InterfaceId
World::AddPort(const PortOptions& options)
{
    const InterfaceId id{static_cast<std::uint32_t>(m_devices.size() + 1)};
    const auto device = ns3::CreateObject<PipeDevice>(ToNs3(options.mac), [this, id](const Bytes& octets) {
        m_frames.push_back({Now(), id, octets});
        Stop();
    });
    device->SetMtu(options.mtu);
    m_node->AddDevice(device);
    m_devices.push_back(device);
    AddInterfaces(device, options.addresses);
    return id;
}

void
World::AddInterfaces(ns3::Ptr<PipeDevice> device, const std::vector<InterfaceAddress>& addresses)
{
    const auto ipv4 = m_node->GetObject<ns3::Ipv4>();
    const auto ipv6 = m_node->GetObject<ns3::Ipv6>();
    const InterfaceId port{ipv4->AddInterface(device)};
    if (port.value != m_devices.size() || ipv6->AddInterface(device) != port.value)
    {
        throw std::logic_error("ns-3 numbers its interfaces otherwise");
    }
    ipv4->SetMetric(port.value, 1);
    ipv4->SetUp(port.value);
    ipv6->SetMetric(port.value, 1);
    ipv6->SetUp(port.value);
    RemoveAddresses(port);
    for (const auto& address : addresses)
    {
        AddAddress(port, address);
    }
    if (ipv4->GetNAddresses(port.value) == 0)
    {
        // as the core has it: a host is ready for IGMP all the same, a router is not
        GetInterface(port, Family::Ipv4)->SetAttribute("Router", ns3::BooleanValue(false));
    }
    const auto unused = GetInterface(port, Family::Ipv6); // none if the MTU is below that of IPv6
    if (unused && ipv6->GetNAddresses(port.value) == 0)
    {
        unused->SetAttribute("Enabled", ns3::BooleanValue(false));
    }
}

void
World::AddAddress(InterfaceId port, const InterfaceAddress& address)
{
    if (address.address.IsIpv4())
    {
        m_node->GetObject<ns3::Ipv4>()->AddAddress(port.value, ToNs3(address.address, address.prefixLength));
        return;
    }
    const auto ipv6 = m_node->GetObject<ns3::Ipv6L3Protocol>();
    const auto own = ns3::ToIpv6(address.address);
    ipv6->AddAddress(port.value, ns3::Ipv6InterfaceAddress(own, ns3::Ipv6Prefix(address.prefixLength)));
    ipv6->GetInterface(port.value)->SetState(own, ns3::Ipv6InterfaceAddress::PREFERRED);
}

// Also the link-local one that an interface of IPv6 makes itself when it comes up.
void
World::RemoveAddresses(InterfaceId port)
{
    const auto ipv4 = m_node->GetObject<ns3::Ipv4>();
    while (ipv4->GetNAddresses(port.value) > 0)
    {
        ipv4->RemoveAddress(port.value, 0);
    }
    const auto ipv6 = m_node->GetObject<ns3::Ipv6>();
    while (ipv6->GetNAddresses(port.value) > 0)
    {
        ipv6->RemoveAddress(port.value, 0);
    }
}

ns3::Ptr<ns3::MulticastInterface>
World::GetInterface(InterfaceId port, Family family) const
{
    return m_multicast->GetInterface(port.value, ns3::FromCore(family));
}

void
World::AddRoute(const StaticMulticastRoute& route)
{
    std::vector<std::uint32_t> outgoing;
    for (const auto port : route.outgoing)
    {
        outgoing.push_back(port.value);
    }
    const auto source = route.source ? ns3::FromCore(*route.source) : ns3::Address();
    m_multicast->AddRoute(source, ns3::FromCore(route.group), route.incoming.value, outgoing);
}

ns3::Ptr<ns3::MulticastPim>
World::GetPim(Family family) const
{
    return ns3::PimHelper::GetPim(m_node, ns3::FromCore(family));
}

void
World::AddNeighbor(InterfaceId port, const Address& address, const MacAddress& mac)
{
    if (address.IsIpv4())
    {
        const auto cache = m_node->GetObject<ns3::Ipv4L3Protocol>()->GetInterface(port.value)->GetArpCache();
        const auto own = ns3::ToIpv4(address);
        auto* entry = cache->Lookup(own);
        entry = entry ? entry : cache->Add(own);
        entry->SetMacAddress(ToNs3(mac));
        entry->MarkPermanent();
        return;
    }
    const auto cache = m_node->GetObject<ns3::Ipv6L3Protocol>()->GetInterface(port.value)->GetNdiscCache();
    const auto own = ns3::ToIpv6(address);
    auto* entry = cache->Lookup(own);
    entry = entry ? entry : cache->Add(own);
    entry->SetMacAddress(ToNs3(mac));
    entry->MarkPermanent();
}

// Time.

void
World::Start()
{
    if (!m_started)
    {
        m_started = true;
        Settle();
    }
}

// Runs to `until`, or to where Stop() is called.
void
World::RunAt(TimePoint until)
{
    const auto delay = ns3::FromCore(until - Now());
    auto end = ns3::Simulator::Schedule(ns3::Max(delay, ns3::Seconds(0)), [] { ns3::Simulator::Stop(); });
    ns3::Simulator::Run();
    end.Cancel();
}

// What happens now may make more happen now, behind the event that ends the run.
void
World::Settle()
{
    std::uint64_t events = 0;
    do
    {
        events = ns3::Simulator::GetEventCount();
        RunAt(Now());
    } while (ns3::Simulator::GetEventCount() > events + 1);
}

void
World::AdvanceTo(TimePoint until)
{
    Start();
    if (until > Now())
    {
        RunAt(until);
        Settle();
    }
}

bool
World::Step(TimePoint until)
{
    Start();
    const auto output = [this] { return !m_frames.empty() || !m_deliveries.empty(); };
    if (!output() && until > Now())
    {
        m_stepping = true;
        RunAt(until);
        m_stepping = false;
        Settle();
    }
    return output();
}

void
World::Stop()
{
    if (m_stepping)
    {
        ns3::Simulator::Stop();
    }
}

void
World::Arrive(InterfaceId port, BytesView frame)
{
    Start();
    const auto device = m_devices.at(port.value - 1);
    ns3::Simulator::ScheduleWithContext(m_node->GetId(), ns3::Seconds(0), [&] { device->Arrive(frame); });
    Settle();
}

void
World::SetLinkUp(InterfaceId port, bool up)
{
    Start();
    m_devices.at(port.value - 1)->SetLinkUp(up);
    Settle();
}

// Those that stay are left alone.
void
World::SetAddresses(InterfaceId port, const std::vector<InterfaceAddress>& addresses)
{
    Start();
    const auto isWanted = [&](const Address& one) {
        return std::any_of(addresses.begin(), addresses.end(), [&](const auto& item) { return item.address == one; });
    };
    const auto ipv4 = m_node->GetObject<ns3::Ipv4>();
    for (std::uint32_t i = ipv4->GetNAddresses(port.value); i-- > 0;)
    {
        if (!isWanted(*ns3::ToCore(ns3::Address(ipv4->GetAddress(port.value, i).GetLocal()))))
        {
            ipv4->RemoveAddress(port.value, i);
        }
    }
    const auto ipv6 = m_node->GetObject<ns3::Ipv6>();
    for (std::uint32_t i = ipv6->GetNAddresses(port.value); i-- > 0;)
    {
        if (!isWanted(*ns3::ToCore(ns3::Address(ipv6->GetAddress(port.value, i).GetAddress()))))
        {
            ipv6->RemoveAddress(port.value, i);
        }
    }
    for (const auto& address : addresses)
    {
        if (!HasAddress(port, address.address))
        {
            AddAddress(port, address);
        }
    }
    Settle();
}

bool
World::HasAddress(InterfaceId port, const Address& address) const
{
    const auto ipv4 = m_node->GetObject<ns3::Ipv4>();
    const auto ipv6 = m_node->GetObject<ns3::Ipv6>();
    return address.IsIpv4() ? ipv4->GetInterfaceForAddress(ns3::ToIpv4(address)) == static_cast<int>(port.value)
                            : ipv6->GetInterfaceForAddress(ns3::ToIpv6(address)) == static_cast<int>(port.value);
}

namespace
{

template <class Routing>
void
RemoveRoutes(const ns3::Ptr<Routing>& routing, const std::string& network, const std::string& prefix)
{
    for (std::uint32_t i = routing->GetNRoutes(); i-- > 0;)
    {
        const auto route = routing->GetRoute(i);
        std::ostringstream destination;
        std::ostringstream length;
        destination << route.GetDestNetwork();
        if constexpr (std::is_same_v<Routing, ns3::Ipv4StaticRouting>)
        {
            length << route.GetDestNetworkMask().GetPrefixLength();
        }
        else
        {
            length << +route.GetDestNetworkPrefix().GetPrefixLength();
        }
        if (route.IsGateway() && destination.str() == network && length.str() == prefix)
        {
            routing->RemoveRoute(i);
        }
    }
}

} // namespace

void
World::AddUnicastRoute(const Prefix& prefix, InterfaceId port, const Address& nextHop, std::uint32_t metric)
{
    RemoveUnicastRoute(prefix);
    const auto network = prefix.GetAddress();
    if (network.IsIpv4())
    {
        ns3::Ipv4StaticRoutingHelper()
            .GetStaticRouting(m_node->GetObject<ns3::Ipv4>())
            ->AddNetworkRouteTo(ns3::ToIpv4(network), ToNs3(network, prefix.Length()).GetMask(), ns3::ToIpv4(nextHop),
                                port.value, metric);
    }
    else
    {
        ns3::Ipv6StaticRoutingHelper()
            .GetStaticRouting(m_node->GetObject<ns3::Ipv6>())
            ->AddNetworkRouteTo(ns3::ToIpv6(network), ns3::Ipv6Prefix(prefix.Length()), ns3::ToIpv6(nextHop),
                                port.value, metric);
    }
    m_multicast->NotifyRoutesChanged();
}

void
World::RemoveUnicastRoute(const Prefix& prefix)
{
    std::ostringstream network;
    const auto length = std::to_string(prefix.Length());
    if (prefix.GetAddress().IsIpv4())
    {
        network << ns3::ToIpv4(prefix.GetAddress());
        RemoveRoutes(ns3::Ipv4StaticRoutingHelper().GetStaticRouting(m_node->GetObject<ns3::Ipv4>()), network.str(),
                     length);
    }
    else
    {
        network << ns3::ToIpv6(prefix.GetAddress());
        RemoveRoutes(ns3::Ipv6StaticRoutingHelper().GetStaticRouting(m_node->GetObject<ns3::Ipv6>()), network.str(),
                     length);
    }
    m_multicast->NotifyRoutesChanged();
}

void
World::ApplyConfiguration()
{
    Start();
    Settle();
}

// Applications.

ns3::Ptr<ns3::MulticastSocket>
World::Socket(SocketId id)
{
    auto& socket = m_sockets[id];
    if (!socket)
    {
        using namespace ns3;
        socket = MulticastSocket::Open(m_node, APPLICATION_PORT);
        const auto deliver = [this, id](Ptr<Packet> data, const ns3::Address& source, uint16_t,
                                        const ns3::Address& group, uint32_t port) {
            m_deliveries.push_back(
                {Now(), id, InterfaceId{port}, *ns3::ToCore(source), *ns3::ToCore(group), python::ToCore(data)});
            Stop();
        };
        socket->SetReceiveCallback(MulticastSocket::ReceiveCallback(deliver));
    }
    return socket;
}

bool
World::Listen(SocketId id, InterfaceId port, const Address& group, FilterMode mode, const std::vector<Address>& sources)
{
    Start();
    std::vector<ns3::Address> list;
    for (const auto& source : sources)
    {
        list.push_back(ns3::FromCore(source));
    }
    const auto ns3Mode = mode == FilterMode::Include ? ns3::MulticastNode::INCLUDE : ns3::MulticastNode::EXCLUDE;
    const bool done = Socket(id)->Listen(port.value, ns3::FromCore(group), ns3Mode, list);
    Settle();
    return done;
}

void
World::CloseSocket(SocketId id)
{
    if (auto socket = m_sockets.extract(id))
    {
        socket.mapped()->Close();
        Settle();
    }
}

bool
World::SendData(const Address& group, BytesView payload, std::optional<InterfaceId> port,
                std::optional<std::uint8_t> ttl, bool loop)
{
    Start();
    const auto socket = ns3::Socket::CreateSocket(m_node, ns3::UdpSocketFactory::GetTypeId());
    group.IsIpv4() ? socket->Bind() : socket->Bind6();
    if (port)
    {
        socket->BindToNetDevice(m_devices.at(port->value - 1));
    }
    if (ttl)
    {
        socket->SetAttribute("IpMulticastTtl", ns3::UintegerValue(*ttl));
    }
    m_multicast->SetAttribute("MulticastLoop", ns3::BooleanValue(loop));
    const auto packet = ns3::Create<ns3::Packet>(payload.Data(), static_cast<std::uint32_t>(payload.Size()));
    const auto to = group.IsIpv4() ? ns3::Address(ns3::InetSocketAddress(ns3::ToIpv4(group), APPLICATION_PORT))
                                   : ns3::Address(ns3::Inet6SocketAddress(ns3::ToIpv6(group), APPLICATION_PORT));
    int sent = -1;
    ns3::Simulator::ScheduleWithContext(m_node->GetId(), ns3::Seconds(0),
                                        [&] { sent = socket->SendTo(packet, 0, to); });
    Settle();
    m_multicast->SetAttribute("MulticastLoop", ns3::BooleanValue(true));
    socket->Close();
    return sent >= 0;
}

// What came of it.

std::vector<World::Frame>
World::TakeFrames()
{
    return std::exchange(m_frames, {});
}

std::vector<World::Delivery>
World::TakeDeliveries()
{
    return std::exchange(m_deliveries, {});
}

std::vector<World::Event>
World::TakeEvents()
{
    return std::exchange(m_events, {});
}

void
World::TraceEvents()
{
    m_multicast->TraceConnectWithoutContext("HostEvent", ns3::MakeCallback(&World::OnHostEvent, this));
    m_multicast->TraceConnectWithoutContext("RouterEvent", ns3::MakeCallback(&World::OnRouterEvent, this));
}

void
World::OnHostEvent(ns3::Time at, const std::string& text)
{
    m_events.push_back({ns3::ToTimePoint(at), false, text});
}

void
World::OnRouterEvent(ns3::Time at, const std::string& text)
{
    m_events.push_back({ns3::ToTimePoint(at), true, text});
}

// Read out.

TimePoint
World::Now() const
{
    return ns3::ToTimePoint(ns3::Simulator::Now());
}

bool
World::HasPort(InterfaceId port) const
{
    return port.value >= 1 && port.value <= m_devices.size();
}

MacAddress
World::Mac(InterfaceId port) const
{
    MacAddress mac{};
    ns3::Mac48Address::ConvertFrom(m_devices.at(port.value - 1)->GetAddress()).CopyTo(mac.data());
    return mac;
}

// The core's time is that of its last event. Nothing is due, so to advance it changes nothing but the remaining times.
const Host&
World::GetHost()
{
    Start();
    auto* host = ns3::MulticastCoreAccess::GetHost(*m_multicast);
    host->AdvanceTo(Now());
    return *host;
}

const Router*
World::GetRouter()
{
    Start();
    auto* router = ns3::MulticastCoreAccess::GetRouter(*m_multicast);
    if (router)
    {
        router->AdvanceTo(Now());
    }
    return router;
}

InterfaceId
World::CoreInterface(InterfaceId port, Family family)
{
    return ns3::ToCoreInterface(family, port.value);
}

const Mfc&
World::GetMfc(Family family) const
{
    return *ns3::MulticastCoreAccess::GetCache(*m_multicast, family);
}

} // namespace mcast::python
