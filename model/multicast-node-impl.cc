// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-node-impl.h"

#include "core/gm/protocol.h"
#include "multicast-config.h"
#include "multicast-convert.h"
#include "multicast-socket.h"

#include "ns3/log.h"
#include "ns3/loopback-net-device.h"
#include "ns3/names.h"
#include "ns3/node.h"
#include "ns3/simulator-impl.h"
#include "ns3/simulator.h"
#include "ns3/udp-l4-protocol.h"

#include <algorithm>
#include <limits>
#include <sstream>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastNodeImpl");

MulticastNode::Impl::Impl(MulticastNode& owner)
    : m_owner(owner),
      m_memberships(m_stacks)
{
}

MulticastNode::Impl::~Impl() = default;

template <class Ip>
std::shared_ptr<MulticastForwarder<Ip>>
MulticastNode::Impl::Attach(Ptr<typename Ip::L3Protocol> l3, typename Ip::Routing& routing)
{
    auto& stack = m_stacks[static_cast<std::size_t>(Ip::FAMILY)];
    NS_ABORT_MSG_IF(stack, "ns3::MulticastNode: the node has multicast already");
    auto made = std::make_unique<MulticastStackOf<Ip>>(m_owner, l3, routing);
    const auto forwarder = made->GetForwarder();
    m_node = made->GetNode();
    stack = std::move(made);
    return forwarder;
}

template std::shared_ptr<MulticastForwarder<MulticastIpv4>> MulticastNode::Impl::Attach<MulticastIpv4>(
    Ptr<Ipv4L3Protocol>, MulticastRouting&);
template std::shared_ptr<MulticastForwarder<MulticastIpv6>> MulticastNode::Impl::Attach<MulticastIpv6>(
    Ptr<Ipv6L3Protocol>, MulticastIpv6Routing&);

void
MulticastNode::Impl::Adopt(Ptr<IpL4Protocol> protocol)
{
    m_adopted.push_back(protocol);
}

std::vector<MulticastStack*>
MulticastNode::Impl::Stacks() const
{
    std::vector<MulticastStack*> stacks;
    for (const auto family : {mcast::Family::Ipv4, mcast::Family::Ipv6})
    {
        if (auto* stack = FindStack(m_stacks, family))
        {
            stacks.push_back(stack);
        }
    }
    return stacks;
}

void
MulticastNode::Impl::Start()
{
    const auto stacks = Stacks();
    if (stacks.empty() || !IsMine())
    {
        return;
    }
    m_engine = std::make_shared<MulticastEngine>(*this, m_node->GetId(), DrawSeed());
    if (m_owner.m_router)
    {
        m_engine->MakeRouter(GetRouterOptions(), this);
    }
    m_memberships.Start(m_engine);
    for (auto* stack : stacks)
    {
        stack->Start(m_engine);
        for (uint32_t i = 0; i < stack->GetNInterfaces(); ++i)
        {
            UpdateInterface(stack->GetFamily(), i);
        }
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
    for (auto* stack : Stacks())
    {
        stack->Stop();
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
    for (const auto& protocol : std::exchange(m_adopted, {}))
    {
        protocol->Dispose();
    }
    m_node = nullptr;
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
MulticastNode::Impl::Where(mcast::Family family, uint32_t interface) const
{
    std::ostringstream where;
    where << "node " << m_node->GetId() << ", " << (family == mcast::Family::Ipv4 ? "IPv4" : "IPv6") << " interface "
          << interface;
    return where.str();
}

// Interfaces

void
MulticastNode::Impl::UpdateInterface(mcast::Family family, uint32_t interface)
{
    auto* stack = FindStack(m_stacks, family);
    if (!stack || !MakeConfiguration(*stack, interface) || !m_engine)
    {
        return;
    }
    const auto& configuration = *m_owner.GetInterface(interface, FromCore(family));
    WatchLink(*stack, interface);
    m_engine->Handle([&](MulticastEngine& engine) {
        const auto state = GetState(*stack, interface);
        ConfigureInterface(engine, configuration, interface);
        engine.GetHost().HandleInterface(state);
        if (auto* router = engine.GetRouter())
        {
            router->HandleInterface(state);
            router->HandleRouteChange(mcast::Prefix(mcast::Address::Any(family), 0));
        }
    });
    JoinRouterGroups(configuration, interface);
    JoinSolicitedNodes(*stack, configuration, interface);
}

// Is there one, as there is for all but the loopback?
bool
MulticastNode::Impl::MakeConfiguration(MulticastStack& stack, uint32_t interface)
{
    if (DynamicCast<LoopbackNetDevice>(stack.GetDevice(interface)))
    {
        return false;
    }
    const auto family = FromCore(stack.GetFamily());
    auto& configuration = m_owner.Interfaces(family)[interface];
    if (!configuration)
    {
        configuration = m_owner.m_interfaceFactory.Create<MulticastInterface>();
        configuration->SetFamily(family);
        configuration->SetChangeCallback(MakeCallback(&MulticastNode::ConfigurationChanged, &m_owner));
        stack.AddInterface(interface);
    }
    return true;
}

void
MulticastNode::Impl::ConfigureInterface(MulticastEngine& engine, const MulticastInterface& configuration,
                                        uint32_t interface)
{
    const auto family = ToCore(configuration.GetFamily());
    const auto error = configuration.Validate();
    NS_ABORT_MSG_UNLESS(error.empty(), "ns3::MulticastInterface::" << error << " (" << Where(family, interface) << ")");
    const auto id = ToCoreInterface(family, interface);
    if (family == mcast::Family::Ipv6)
    {
        engine.GetHost().Deconfigure(id, mcast::Family::Ipv4); // an interface of Ipv6's speaks no IGMP
    }
    if (!configuration.GetValues().enabled)
    {
        engine.GetHost().Deconfigure(id, family);
        if (engine.GetRouter())
        {
            engine.GetRouter()->Deconfigure(id, family);
        }
        return;
    }
    const auto describe = [&](const mcast::gm::ConfigError& why) {
        return DescribeConfigError(why, configuration.GetFamily());
    };
    const auto host = engine.GetHost().Configure(id, MakeHostConfig(configuration));
    NS_ABORT_MSG_UNLESS(host, "ns3::MulticastInterface::" << describe(host.Error()));
    if (engine.GetRouter())
    {
        const auto router = engine.GetRouter()->Configure(id, MakeRouterConfig(configuration));
        NS_ABORT_MSG_UNLESS(router, "ns3::MulticastInterface::" << describe(router.Error()));
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
        for (const auto* stack : Stacks())
        {
            for (const auto& [interface, configuration] : m_owner.Interfaces(FromCore(stack->GetFamily())))
            {
                ConfigureInterface(engine, *configuration, interface);
            }
        }
    });
    for (const auto* stack : Stacks())
    {
        for (const auto& [interface, configuration] : m_owner.Interfaces(FromCore(stack->GetFamily())))
        {
            JoinRouterGroups(*configuration, interface);
            JoinSolicitedNodes(*stack, *configuration, interface);
        }
    }
}

void
MulticastNode::Impl::WatchLink(const MulticastStack& stack, uint32_t interface)
{
    const auto id = ToCoreInterface(stack.GetFamily(), interface);
    if (m_owner.m_followLink && m_watched.insert(id).second)
    {
        stack.GetDevice(interface)->AddLinkChangeCallback(
            MakeCallback(&MulticastNode::OnLinkChange, &m_owner).Bind(id.value));
    }
}

bool
MulticastNode::Impl::IsUp(const MulticastStack& stack, uint32_t interface) const
{
    return stack.IsUp(interface) && (!m_owner.m_followLink || stack.GetDevice(interface)->IsLinkUp());
}

mcast::InterfaceState
MulticastNode::Impl::GetState(const MulticastStack& stack, uint32_t interface) const
{
    const auto device = stack.GetDevice(interface);
    mcast::InterfaceState state;
    state.id = ToCoreInterface(stack.GetFamily(), interface);
    state.name = Names::FindName(device);
    if (state.name.empty())
    {
        state.name = "if" + std::to_string(interface);
    }
    state.up = IsUp(stack, interface);
    state.mtu = device->GetMtu();
    state.addresses = stack.GetAddresses(interface);
    return state;
}

// A router listens as a host to the groups that routers are addressed by (RFC 2236 9, RFC 3376 4.2.14, RFC 3810 5.2.14).
void
MulticastNode::Impl::JoinRouterGroups(const MulticastInterface& configuration, uint32_t interface)
{
    const auto& values = configuration.GetValues();
    if (!m_engine->GetRouter() || !m_owner.m_joinRouterGroups || !values.enabled || !values.router)
    {
        return;
    }
    const auto& protocol = mcast::gm::ProtocolOf(ToCore(configuration.GetFamily()));
    for (const auto& group : {protocol.allRouters, protocol.reportDestination})
    {
        m_memberships.Listen({MulticastMemberships::ROUTER_SOCKET, interface, group, mcast::FilterMode::Exclude, {}});
    }
}

// A node listens to the solicited-node groups of its addresses from the moment that it has them (RFC 4862 5.4.2), and
// reports them, from :: if need be (RFC 3810 5.2.13, 6).
void
MulticastNode::Impl::JoinSolicitedNodes(const MulticastStack& stack, const MulticastInterface& configuration,
                                        uint32_t interface)
{
    std::set<mcast::Address> wanted;
    if (m_owner.m_reportSolicitedNodes && configuration.GetValues().enabled)
    {
        const auto groups = stack.GetSolicitedNodes(interface);
        wanted.insert(groups.begin(), groups.end());
    }
    const auto id = ToCoreInterface(stack.GetFamily(), interface);
    const auto before = std::exchange(m_solicitedNodes[id], wanted);
    const auto listen = [&](const mcast::Address& group, mcast::FilterMode mode) {
        m_memberships.Listen({MulticastMemberships::NEIGHBOR_SOCKET, interface, group, mode, {}});
    };
    for (const auto& group : wanted)
    {
        listen(group, mcast::FilterMode::Exclude); // once more does no harm, and is needed after Enabled was off
    }
    for (const auto& group : before)
    {
        if (wanted.count(group) == 0)
        {
            listen(group, mcast::FilterMode::Include);
        }
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
        for (auto* stack : Stacks())
        {
            m_udpDemux->SetUdp(stack->GetProtocol(UdpL4Protocol::PROT_NUMBER));
            stack->Insert(m_udpDemux);
        }
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
    NS_ABORT_MSG_UNLESS(done, "ns3::MulticastNode::AddRoute: " << done.Error().field << ": " << done.Error().why
                                                               << " (node " << NodeId() << ")");
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
    const auto found = std::find_if(m_routes.begin(), m_routes.end(),
                                    [&](const auto& route) { return route.group == group && route.source == source; });
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
            for (const auto family : {mcast::Family::Ipv4, mcast::Family::Ipv6})
            {
                engine.GetRouter()->HandleRouteChange(mcast::Prefix(mcast::Address::Any(family), 0));
            }
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

std::optional<mcast::RouteTable::Result>
MulticastNode::Impl::Lookup(const mcast::Address& destination) const
{
    const auto* stack = FindStack(m_stacks, destination.GetFamily());
    return stack ? stack->Lookup(destination) : std::nullopt;
}

// Packets

template <class Ip>
void
MulticastNode::Impl::Receive(Ptr<const Packet> payload, const typename Ip::Header& header,
                             Ptr<typename Ip::Interface> interface)
{
    const auto* stack = static_cast<MulticastStackOf<Ip>*>(FindStack(m_stacks, Ip::FAMILY));
    if (!m_engine || !stack)
    {
        return;
    }
    const auto message = stack->Read(*payload, header, *interface);
    const auto index = FromCore(message.interface);
    if (!message.lengthIsTrue)
    {
        m_owner.m_dropTrace(header, payload, ToString(mcast::Reason::BadLength), index);
        return;
    }
    m_owner.m_rxTrace(header, payload, index);
    const Current current{header, payload};
    m_current = &current;
    m_engine->Handle([&message](MulticastEngine& engine) {
        engine.GetHost().HandlePacket(message.interface, message.meta, message.payload);
        if (engine.GetRouter())
        {
            engine.GetRouter()->HandlePacket(message.interface, message.meta, message.payload);
        }
    });
    m_current = nullptr;
}

template void MulticastNode::Impl::Receive<MulticastIpv4>(Ptr<const Packet>, const Ipv4Header&, Ptr<Ipv4Interface>);
template void MulticastNode::Impl::Receive<MulticastIpv6>(Ptr<const Packet>, const Ipv6Header&, Ptr<Ipv6Interface>);

void
MulticastNode::Impl::Transmit(const mcast::Transmit& packet)
{
    auto* stack = FindStack(m_stacks, FamilyOf(packet.interface));
    const auto interface = FromCore(packet.interface);
    if (!stack || !IsUp(*stack, interface))
    {
        return;
    }
    if (!m_owner.m_txTrace.IsEmpty())
    {
        const auto size = static_cast<uint32_t>(packet.payload.size());
        m_owner.m_txTrace(*stack->MakeHeader(packet), Create<Packet>(packet.payload.data(), size), interface);
    }
    stack->Send(packet);
}

void
MulticastNode::Impl::ChangeForwarding(const mcast::ForwardingChange& change)
{
    if (auto* stack = FindStack(m_stacks, change.group.GetFamily()))
    {
        stack->ChangeForwarding(change);
    }
}

std::optional<mcast::ForwardingCounters>
MulticastNode::Impl::ReadForwarding(const mcast::Address& source, const mcast::Address& group) const
{
    const auto* stack = FindStack(m_stacks, group.GetFamily());
    const auto* entry = stack ? stack->GetCache().Find(source, group) : nullptr;
    return entry ? std::optional(entry->counters) : std::nullopt;
}

// Events

void
MulticastNode::Impl::OnEvent(MulticastEngine::Side side, const mcast::TraceEvent& event)
{
    auto here = event;
    here.interface.value = FromCore(event.interface);
    Tell(side, here);
}

// An event that names an interface as its IP numbers it.
void
MulticastNode::Impl::Tell(MulticastEngine::Side side, const mcast::TraceEvent& event)
{
    auto& trace = side == MulticastEngine::Side::Host ? m_owner.m_hostEventTrace : m_owner.m_routerEventTrace;
    if (!trace.IsEmpty())
    {
        trace(FromCore(event.at.time_since_epoch()), ToString(event));
    }
    NS_LOG_INFO("node " << NodeId() << (side == MulticastEngine::Side::Host ? " host " : " router ")
                        << ToString(event));
    const auto group = FromCore(event.group.IsUnspecified() ? mcast::Address::Any(event.family) : event.group);
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
    case mcast::EventKind::NeighborUp:
    case mcast::EventKind::NeighborDown:
    case mcast::EventKind::NeighborRestarted:
    case mcast::EventKind::DesignatedRouterChanged:
    case mcast::EventKind::BootstrapStateChanged:
    case mcast::EventKind::RpSetChanged:
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
MulticastCoreAccess::GetCache(const MulticastNode& node, mcast::Family family)
{
    const auto* stack = node.m_impl->GetStack(family);
    return stack ? &stack->GetCache() : nullptr;
}

} // namespace ns3
