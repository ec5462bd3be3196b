// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-node-impl.h"

#include "multicast-config.h"
#include "multicast-convert.h"
#include "multicast-routing.h"
#include "multicast-socket.h"

#include "ns3/ipv4-interface.h"
#include "ns3/log.h"
#include "ns3/loopback-net-device.h"
#include "ns3/names.h"
#include "ns3/node.h"
#include "ns3/simulator-impl.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <limits>
#include <sstream>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastNodeImpl");

namespace
{

const Ipv4Address ALL_ROUTERS("224.0.0.2");
const Ipv4Address ALL_IGMPV3_ROUTERS("224.0.0.22");

} // namespace

MulticastNode::Impl::Impl(MulticastNode& owner)
    : m_owner(owner)
{
}

MulticastNode::Impl::~Impl() = default;

std::shared_ptr<MulticastForwarder>
MulticastNode::Impl::Attach(Ptr<Ipv4L3Protocol> ipv4, MulticastRouting& routing)
{
    NS_ABORT_MSG_IF(m_ipv4, "ns3::MulticastNode: the node has multicast already");
    m_ipv4 = ipv4;
    m_routing = &routing;
    m_node = ipv4->GetObject<Node>();
    m_forwarder = std::make_shared<MulticastForwarder>(m_owner, routing, ipv4);
    m_rpf = std::make_unique<MulticastRpf>(ipv4, routing);
    m_io = std::make_unique<MulticastIgmpIo>(ipv4);
    ipv4->TraceConnectWithoutContext("Rx", MakeCallback(&MulticastNode::OnIpv4Rx, &m_owner));
    return m_forwarder;
}

void
MulticastNode::Impl::Start()
{
    if (!m_ipv4 || !IsMine())
    {
        return;
    }
    m_engine = std::make_shared<MulticastEngine>(*this, m_node->GetId(), DrawSeed());
    if (m_owner.m_router)
    {
        m_engine->MakeRouter(GetRouterOptions(), m_rpf.get());
    }
    m_forwarder->Start(m_engine);
    m_memberships.Start(m_engine, m_forwarder);
    for (uint32_t i = 0; i < m_ipv4->GetNInterfaces(); ++i)
    {
        UpdateInterface(i);
    }
    for (const auto& route : std::exchange(m_routes, {}))
    {
        AddRoute(route);
    }
    m_memberships.Replay();
    CheckRoutes();
}

void
MulticastNode::Impl::Stop()
{
    m_routeCheck.Cancel();
    m_memberships.Stop();
    if (m_engine)
    {
        m_engine->Stop();
        m_engine.reset();
    }
    if (m_forwarder)
    {
        m_forwarder->Stop();
        m_forwarder.reset();
    }
    for (auto* socket : std::exchange(m_sockets, {}))
    {
        socket->Close();
    }
    if (m_udpDemux)
    {
        m_udpDemux->Dispose();
        m_udpDemux = nullptr;
    }
    m_rpf.reset();
    m_io.reset();
    m_ipv4 = nullptr;
    m_node = nullptr;
    if (auto* routing = std::exchange(m_routing, nullptr))
    {
        routing->Detach();
    }
}

// With a simulator that spreads the nodes over ranks, each rank has all nodes and simulates its own.
bool
MulticastNode::Impl::IsMine() const
{
    const auto name = Simulator::GetImplementation()->GetInstanceTypeId().GetName();
    const bool distributed = name == "ns3::DistributedSimulatorImpl" || name == "ns3::NullMessageSimulatorImpl";
    return !distributed || m_node->GetSystemId() == Simulator::GetSystemId();
}

std::uint64_t
MulticastNode::Impl::DrawSeed()
{
    if (m_owner.m_seed != 0)
    {
        return m_owner.m_seed;
    }
    constexpr uint32_t most = std::numeric_limits<uint32_t>::max();
    const std::uint64_t high = m_owner.m_rng->GetInteger(0, most);
    return high << 32 | m_owner.m_rng->GetInteger(0, most);
}

mcast::RouterOptions
MulticastNode::Impl::GetRouterOptions()
{
    mcast::RouterOptions options;
    options.seed = DrawSeed();
    options.maxGroups = m_owner.m_maxGroups;
    options.maxForwardingEntries = m_owner.m_maxForwardingEntries;
    options.forwardingEntryLifetime = ToCore(m_owner.m_forwardingEntryLifetime);
    return options;
}

uint32_t
MulticastNode::Impl::NodeId() const
{
    return m_node->GetId();
}

std::string
MulticastNode::Impl::Where(uint32_t interface) const
{
    std::ostringstream where;
    where << "node " << m_node->GetId() << ", interface " << interface;
    return where.str();
}

// Interfaces

void
MulticastNode::Impl::UpdateInterface(uint32_t interface)
{
    if (!m_ipv4 || DynamicCast<LoopbackNetDevice>(m_ipv4->GetNetDevice(interface)))
    {
        return;
    }
    auto& configuration = m_owner.m_interfaces[interface];
    const bool isNew = !configuration;
    if (isNew)
    {
        configuration = m_owner.m_interfaceFactory.Create<MulticastInterface>();
        configuration->SetChangeCallback(MakeCallback(&MulticastNode::ConfigurationChanged, &m_owner));
        m_forwarder->AddInterface(interface);
    }
    if (!m_engine)
    {
        return;
    }
    WatchLink(interface);
    m_engine->Handle([&](MulticastEngine& engine) {
        const auto state = GetState(interface);
        ConfigureInterface(engine, interface);
        engine.GetHost().HandleInterface(state);
        if (auto* router = engine.GetRouter())
        {
            router->HandleInterface(state);
            router->HandleRouteChange(mcast::Prefix(mcast::Address::Any(mcast::Family::Ipv4), 0));
        }
    });
    JoinRouterGroups(interface);
}

void
MulticastNode::Impl::ConfigureInterface(MulticastEngine& engine, uint32_t interface)
{
    const auto& configuration = *m_owner.m_interfaces.at(interface);
    const auto error = configuration.Validate();
    NS_ABORT_MSG_UNLESS(error.empty(), "ns3::MulticastInterface::" << error << " (" << Where(interface) << ")");
    const mcast::InterfaceId id{interface};
    if (!configuration.GetValues().enabled)
    {
        engine.GetHost().Deconfigure(id);
        if (engine.GetRouter())
        {
            engine.GetRouter()->Deconfigure(id);
        }
        return;
    }
    const auto host = engine.GetHost().Configure(id, MakeHostConfig(configuration));
    NS_ABORT_MSG_UNLESS(host, "ns3::MulticastInterface::" << DescribeConfigError(host.Error()));
    if (engine.GetRouter())
    {
        const auto router = engine.GetRouter()->Configure(id, MakeRouterConfig(configuration));
        NS_ABORT_MSG_UNLESS(router, "ns3::MulticastInterface::" << DescribeConfigError(router.Error()));
    }
}

void
MulticastNode::Impl::Configure()
{
    if (!m_engine)
    {
        return;
    }
    m_engine->Handle([this](MulticastEngine& engine) {
        for (const auto& [interface, configuration] : m_owner.m_interfaces)
        {
            ConfigureInterface(engine, interface);
        }
    });
    for (const auto& [interface, configuration] : m_owner.m_interfaces)
    {
        JoinRouterGroups(interface);
    }
}

void
MulticastNode::Impl::WatchLink(uint32_t interface)
{
    if (m_owner.m_followLink && m_watched.insert(interface).second)
    {
        m_ipv4->GetNetDevice(interface)->AddLinkChangeCallback(
            MakeCallback(&MulticastNode::UpdateInterface, &m_owner).Bind(interface));
    }
}

bool
MulticastNode::Impl::IsUp(uint32_t interface) const
{
    return m_ipv4->IsUp(interface) && (!m_owner.m_followLink || m_ipv4->GetNetDevice(interface)->IsLinkUp());
}

mcast::InterfaceState
MulticastNode::Impl::GetState(uint32_t interface) const
{
    const auto device = m_ipv4->GetNetDevice(interface);
    mcast::InterfaceState state;
    state.id = mcast::InterfaceId{interface};
    state.name = Names::FindName(device);
    if (state.name.empty())
    {
        state.name = "if" + std::to_string(interface);
    }
    state.up = IsUp(interface);
    state.mtu = device->GetMtu();
    for (uint32_t i = 0; i < m_ipv4->GetNAddresses(interface); ++i)
    {
        const auto address = m_ipv4->GetAddress(interface, i);
        state.addresses.push_back(
            {ToCore(address.GetLocal()), static_cast<uint8_t>(address.GetMask().GetPrefixLength())});
    }
    return state;
}

// A router listens as a host to the groups that IGMP addresses routers by (RFC 2236 9, RFC 3376 4.2.14).
void
MulticastNode::Impl::JoinRouterGroups(uint32_t interface)
{
    const auto& values = m_owner.m_interfaces.at(interface)->GetValues();
    if (!m_engine->GetRouter() || !m_owner.m_joinRouterGroups || !values.enabled || !values.router)
    {
        return;
    }
    for (const auto group : {ALL_ROUTERS, ALL_IGMPV3_ROUTERS})
    {
        m_memberships.Listen({MulticastMemberships::ROUTER_SOCKET, interface, group, EXCLUDE, {}});
    }
}

// Sockets

void
MulticastNode::Impl::AddSocket(MulticastSocket& socket)
{
    m_sockets.insert(&socket);
    if (socket.GetPort() == 0)
    {
        return;
    }
    if (!m_udpDemux)
    {
        m_udpDemux = CreateObject<MulticastUdpDemux>();
        m_udpDemux->Install(m_ipv4);
    }
    m_udpDemux->Add(&socket);
}

void
MulticastNode::Impl::RemoveSocket(MulticastSocket& socket)
{
    m_sockets.erase(&socket);
    if (m_udpDemux)
    {
        m_udpDemux->Remove(&socket);
    }
}

// Routes

void
MulticastNode::Impl::AddRoute(const mcast::StaticMulticastRoute& route)
{
    if (!m_engine)
    {
        m_routes.push_back(route);
        return;
    }
    NS_ABORT_MSG_UNLESS(m_engine->GetRouter(), "ns3::MulticastNode::AddRoute: node " << NodeId() << " is no router");
    const auto done =
        m_engine->Handle([&route](MulticastEngine& engine) { return engine.GetRouter()->AddRoute(route); });
    NS_ABORT_MSG_UNLESS(done,
                        "ns3::MulticastNode::AddRoute: " << done.Error().field << ": " << done.Error().why << " (node "
                                                         << NodeId() << ")");
}

bool
MulticastNode::Impl::RemoveRoute(const mcast::Address& group, const std::optional<mcast::Address>& source)
{
    if (m_engine)
    {
        return m_engine->GetRouter() && m_engine->Handle([&](MulticastEngine& engine) {
            return engine.GetRouter()->RemoveRoute(group, source);
        });
    }
    const auto found = std::find_if(m_routes.begin(), m_routes.end(), [&](const auto& route) {
        return route.group == group && route.source == source;
    });
    if (found == m_routes.end())
    {
        return false;
    }
    m_routes.erase(found);
    return true;
}

void
MulticastNode::Impl::NotifyRoutesChanged()
{
    if (m_engine && m_engine->GetRouter())
    {
        m_engine->Handle([](MulticastEngine& engine) {
            engine.GetRouter()->HandleRouteChange(mcast::Prefix(mcast::Address::Any(mcast::Family::Ipv4), 0));
        });
    }
}

// ns-3's routing protocols don't tell when a route changes: it has to be looked at from time to time.
void
MulticastNode::Impl::CheckRoutes()
{
    if (!m_engine->GetRouter() || m_owner.m_routeCheckInterval.IsZero())
    {
        return;
    }
    NotifyRoutesChanged();
    m_routeCheck = Simulator::Schedule(m_owner.m_routeCheckInterval, &Impl::CheckRoutes, this);
}

// Packets

void
MulticastNode::Impl::OnIpv4Rx(const Ptr<const Packet>& packet)
{
    if (m_io)
    {
        m_io->OnIpv4Rx(packet);
    }
}

void
MulticastNode::Impl::ReceiveIgmp(Ptr<const Packet> payload, const Ipv4Header& header, Ptr<Ipv4Interface> interface)
{
    if (!m_engine)
    {
        return;
    }
    const auto received = m_io->Read(payload, header, interface);
    if (!m_io->IsLengthTrue())
    {
        m_owner.m_dropTrace(header, payload, ToString(mcast::Reason::BadLength), received.interface.value);
        return;
    }
    m_owner.m_rxTrace(header, payload, received.interface.value);
    const Current current{header, payload};
    m_current = &current;
    m_engine->Handle([&received](MulticastEngine& engine) {
        engine.GetHost().HandlePacket(received.interface, received.meta, received.payload);
        if (engine.GetRouter())
        {
            engine.GetRouter()->HandlePacket(received.interface, received.meta, received.payload);
        }
    });
    m_current = nullptr;
}

void
MulticastNode::Impl::Transmit(const mcast::Transmit& packet)
{
    const auto interface = packet.interface.value;
    if (!IsUp(interface))
    {
        return;
    }
    if (!m_owner.m_txTrace.IsEmpty())
    {
        const auto size = static_cast<uint32_t>(packet.payload.size());
        m_owner.m_txTrace(MulticastIgmpIo::MakeHeader(packet), Create<Packet>(packet.payload.data(), size), interface);
    }
    m_io->Send(packet);
}

void
MulticastNode::Impl::ChangeForwarding(const mcast::ForwardingChange& change)
{
    m_forwarder->ChangeForwarding(change);
}

std::optional<mcast::ForwardingCounters>
MulticastNode::Impl::ReadForwarding(const mcast::Address& source, const mcast::Address& group) const
{
    const auto* entry = m_forwarder->GetCache().Find(source, group);
    return entry ? std::optional(entry->counters) : std::nullopt;
}

// Events

void
MulticastNode::Impl::OnEvent(MulticastEngine::Side side, const mcast::TraceEvent& event)
{
    auto& trace = side == MulticastEngine::Side::Host ? m_owner.m_hostEventTrace : m_owner.m_routerEventTrace;
    if (!trace.IsEmpty())
    {
        trace(FromCore(event.at.time_since_epoch()), ToString(event));
    }
    NS_LOG_INFO("node " << NodeId() << (side == MulticastEngine::Side::Host ? " host " : " router ")
                        << ToString(event));
    const auto group = FromCore(event.group);
    switch (event.kind)
    {
    case mcast::EventKind::GroupJoined:
    case mcast::EventKind::GroupLeft:
        m_owner.m_membershipTrace(event.interface.value, group, event.kind == mcast::EventKind::GroupJoined);
        return;
    case mcast::EventKind::QuerierChanged:
    case mcast::EventKind::VersionChanged:
    case mcast::EventKind::FilterModeChanged:
    case mcast::EventKind::SourceForwarded:
    case mcast::EventKind::SourceBlocked:
    case mcast::EventKind::SourceRemoved:
    case mcast::EventKind::QuerySequenceStarted:
    case mcast::EventKind::HostStateChanged:
    case mcast::EventKind::ForwardingInstalled:
    case mcast::EventKind::ForwardingReplaced:
    case mcast::EventKind::ForwardingRemoved:
    case mcast::EventKind::LimitReached:
    case mcast::EventKind::InterfaceUp:
    case mcast::EventKind::InterfaceDown:
        m_owner.m_stateTrace(event.interface.value, group, ToString(event.kind));
        return;
    case mcast::EventKind::PacketDropped:
    case mcast::EventKind::RecordIgnored:
        TraceDrop(event);
        return;
    case mcast::EventKind::PacketReceived:
    case mcast::EventKind::PacketSent:
    case mcast::EventKind::Warning:
        return;
    }
}

void
MulticastNode::Impl::TraceDrop(const mcast::TraceEvent& event)
{
    if (m_current && !m_owner.m_dropTrace.IsEmpty())
    {
        m_owner.m_dropTrace(m_current->header, m_current->payload, ToString(event.reason), event.interface.value);
    }
}

mcast::Host*
MulticastCoreAccess::GetHost(const MulticastNode& node)
{
    const auto& engine = node.m_impl->GetEngine();
    return engine ? &engine->GetHost() : nullptr;
}

mcast::Router*
MulticastCoreAccess::GetRouter(const MulticastNode& node)
{
    const auto& engine = node.m_impl->GetEngine();
    return engine ? engine->GetRouter() : nullptr;
}

const mcast::Mfc*
MulticastCoreAccess::GetCache(const MulticastNode& node)
{
    const auto& forwarder = node.m_impl->GetForwarder();
    return forwarder ? &forwarder->GetCache() : nullptr;
}

} // namespace ns3
