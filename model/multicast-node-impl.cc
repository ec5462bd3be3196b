// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-node-impl.h"

#include "core/gm/protocol.h"
#include "multicast-config.h"
#include "multicast-convert.h"
#include "multicast-pim-l4-protocol.h"
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

namespace
{

// What MulticastPim's trace source Change tells of.
bool
IsOfPim(mcast::EventKind kind)
{
    return kind >= mcast::EventKind::NeighborRestarted;
}

} // namespace

MulticastNode::Impl::Impl(MulticastNode& owner)
    : m_owner(owner),
      m_memberships(m_stacks),
      m_roots([this](const mcast::Address& destination) { return Lookup(destination); }, [this]() { WatchRoutes(); })
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
        m_engine->MakeRouter(GetRouterOptions(), &m_roots);
        StartPim();
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
}

void
MulticastNode::Impl::Stop()
{
    m_routeCheck.Cancel();
    m_roots.Clear();
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
        auto config = MakeRouterConfig(configuration);
        if (RunsPim(configuration))
        {
            config.pim = MakePimInterfaceConfig(configuration);
        }
        const auto router = engine.GetRouter()->Configure(id, config);
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
        ConfigurePim(engine);
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

// A router listens as a host to the groups that routers are addressed by (RFC 2236 9, RFC 3376 4.2.14, RFC 3810 5.2.14,
// RFC 7761 4.9).
void
MulticastNode::Impl::JoinRouterGroups(const MulticastInterface& configuration, uint32_t interface)
{
    const auto& values = configuration.GetValues();
    if (!m_engine->GetRouter() || !m_owner.m_joinRouterGroups || !values.enabled)
    {
        return;
    }
    const auto listen = [&](const mcast::Address& group) {
        m_memberships.Listen({MulticastMemberships::ROUTER_SOCKET, interface, group, mcast::FilterMode::Exclude, {}});
    };
    const auto family = ToCore(configuration.GetFamily());
    if (values.router)
    {
        listen(mcast::gm::ProtocolOf(family).allRouters);
        listen(mcast::gm::ProtocolOf(family).reportDestination);
    }
    if (RunsPim(configuration))
    {
        listen(mcast::pim::AllRouters(family));
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

void
MulticastNode::Impl::WatchRoutes()
{
    if (m_routeCheck.IsExpired() && !m_owner.m_routeCheckInterval.IsZero() && m_node)
    {
        m_routeCheck = Simulator::Schedule(m_owner.m_routeCheckInterval, &Impl::CheckRoutes, this);
    }
}

void
MulticastNode::Impl::CheckRoutes()
{
    const auto changed = m_roots.Check();
    if (!changed.empty())
    {
        m_engine->Handle([&changed](MulticastEngine& engine) {
            for (const auto& root : changed)
            {
                engine.GetRouter()->HandleRouteChange(mcast::Prefix(root, root.IsIpv4() ? 32 : 128));
            }
        });
    }
    if (m_roots.IsCrowded())
    {
        m_roots.Keep(*m_engine->GetRouter());
    }
    if (!m_roots.IsEmpty())
    {
        WatchRoutes();
    }
}

// PIM

// Its messages are taken in by both versions of IP, and told apart by what is configured.
void
MulticastNode::Impl::StartPim()
{
    for (auto* stack : Stacks())
    {
        const auto protocol = CreateObject<PimL4Protocol>();
        protocol->SetMulticastNode(&m_owner);
        stack->Insert(protocol);
        Adopt(protocol);
    }
    m_engine->Handle([this](MulticastEngine& engine) { ConfigurePim(engine); });
}

void
MulticastNode::Impl::ConfigurePim(MulticastEngine& engine)
{
    if (!engine.GetRouter())
    {
        return;
    }
    for (auto* stack : Stacks())
    {
        const auto family = stack->GetFamily();
        const auto pim = m_owner.FindPim(FromCore(family));
        stack->SetTakesPim(RunsPim(family));
        if (!pim)
        {
            continue;
        }
        const auto wrong = pim->Validate();
        NS_ABORT_MSG_UNLESS(wrong.empty(), "ns3::MulticastPim::" << wrong << " (node " << NodeId() << ")");
        const auto done = engine.GetRouter()->Configure(MakePimRouterConfig(*pim));
        NS_ABORT_MSG_UNLESS(done, "ns3::MulticastPim::" << DescribePimConfigError(done.Error()) << " (node "
                                                        << NodeId() << ")");
    }
}

bool
MulticastNode::Impl::RunsPim(const MulticastInterface& configuration) const
{
    const auto pim = m_owner.FindPim(configuration.GetFamily());
    return configuration.GetValues().pim || (pim && pim->GetValues().allInterfaces);
}

bool
MulticastNode::Impl::RunsPim(mcast::Family family) const
{
    const auto pim = m_owner.FindPim(FromCore(family));
    const auto& interfaces = m_owner.Interfaces(FromCore(family));
    return (pim && pim->GetValues().allInterfaces) ||
           std::any_of(interfaces.begin(), interfaces.end(),
                       [](const auto& one) { return one.second->GetValues().pim; });
}

std::optional<mcast::RouteTable::Result>
MulticastNode::Impl::Lookup(const mcast::Address& destination) const
{
    const auto* stack = FindStack(m_stacks, destination.GetFamily());
    return stack ? stack->Lookup(destination) : std::nullopt;
}

// Packets

template <class Ip, class F>
void
MulticastNode::Impl::Take(Ptr<const Packet> payload, const typename Ip::Header& header,
                          Ptr<typename Ip::Interface> interface, uint8_t protocol, F&& handle)
{
    const auto* stack = static_cast<MulticastStackOf<Ip>*>(FindStack(m_stacks, Ip::FAMILY));
    if (!m_engine || !stack)
    {
        return;
    }
    const auto message = stack->Read(*payload, header, *interface, protocol);
    const auto index = FromCore(message.interface);
    if (!message.lengthIsTrue)
    {
        m_owner.m_dropTrace(header, payload, ToString(mcast::Reason::BadLength), index);
        return;
    }
    m_owner.m_rxTrace(header, payload, index);
    const Current current{header, payload};
    m_current = &current;
    m_engine->Handle([&](MulticastEngine& engine) { handle(engine, message); });
    m_current = nullptr;
}

template <class Ip>
void
MulticastNode::Impl::Receive(Ptr<const Packet> payload, const typename Ip::Header& header,
                             Ptr<typename Ip::Interface> interface)
{
    const auto protocol = Ip::FAMILY == mcast::Family::Ipv4 ? mcast::PROTOCOL_IGMP : mcast::PROTOCOL_ICMPV6;
    Take<Ip>(payload, header, interface, protocol, [](MulticastEngine& engine, const auto& message) {
        engine.GetHost().HandlePacket(message.interface, message.meta, message.payload);
        if (engine.GetRouter())
        {
            engine.GetRouter()->HandlePacket(message.interface, message.meta, message.payload);
        }
    });
}

template <class Ip>
void
MulticastNode::Impl::ReceivePim(Ptr<const Packet> payload, const typename Ip::Header& header,
                                Ptr<typename Ip::Interface> interface)
{
    Take<Ip>(payload, header, interface, mcast::pim::PROTOCOL, [](MulticastEngine& engine, const auto& message) {
        engine.GetRouter()->HandlePacket(message.interface, message.meta, message.payload);
    });
}

template void MulticastNode::Impl::ReceivePim<MulticastIpv4>(Ptr<const Packet>, const Ipv4Header&, Ptr<Ipv4Interface>);
template void MulticastNode::Impl::ReceivePim<MulticastIpv6>(Ptr<const Packet>, const Ipv6Header&, Ptr<Ipv6Interface>);
template void MulticastNode::Impl::Receive<MulticastIpv4>(Ptr<const Packet>, const Ipv4Header&, Ptr<Ipv4Interface>);
template void MulticastNode::Impl::Receive<MulticastIpv6>(Ptr<const Packet>, const Ipv6Header&, Ptr<Ipv6Interface>);

void
MulticastNode::Impl::Transmit(const mcast::Transmit& packet)
{
    auto* stack = FindStack(m_stacks, packet.meta.destination.GetFamily());
    const bool routed = packet.interface == mcast::BY_ROUTING;
    const auto interface = routed ? ANY_INTERFACE : FromCore(packet.interface);
    if (!stack || (!routed && !IsUp(*stack, interface)))
    {
        return;
    }
    const auto payload = [&packet]() {
        return Create<Packet>(packet.payload.data(), static_cast<uint32_t>(packet.payload.size()));
    };
    if (!m_owner.m_txTrace.IsEmpty())
    {
        m_owner.m_txTrace(*stack->MakeHeader(packet), payload(), interface);
    }
    if (!stack->Send(packet))
    {
        m_owner.m_dropTrace(*stack->MakeHeader(packet), payload(), ToString(mcast::Reason::NoRoute), interface);
    }
}

// The packet inside of the Register that has just come in, with its tags, if it is that.
void
MulticastNode::Impl::Decapsulate(const mcast::Bytes& packet)
{
    if (packet.empty())
    {
        return;
    }
    const auto family = packet[0] >> 4 == 4 ? mcast::Family::Ipv4 : mcast::Family::Ipv6;
    auto* stack = FindStack(m_stacks, family);
    if (!stack)
    {
        return;
    }
    auto whole = Create<Packet>(packet.data(), static_cast<uint32_t>(packet.size()));
    if (m_current && m_current->payload->GetSize() > packet.size())
    {
        const auto inner = m_current->payload->Copy();
        inner->RemoveAtStart(static_cast<uint32_t>(inner->GetSize() - packet.size()));
        mcast::Bytes octets(packet.size());
        inner->CopyData(octets.data(), inner->GetSize());
        whole = octets == packet ? inner : whole;
    }
    stack->InputDecapsulated(whole);
}

void
MulticastNode::Impl::OnSettled()
{
    for (auto* stack : Stacks())
    {
        stack->ForgetRegistered();
    }
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
    if (!entry)
    {
        return std::nullopt;
    }
    auto counters = entry->counters;
    if (counters.packets > 0)
    {
        counters.idle = ToTimePoint(Simulator::Now()) - entry->lastUse;
    }
    return counters;
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
    if (side == MulticastEngine::Side::Router)
    {
        TellPim(event);
    }
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
    case mcast::EventKind::TreeChanged:
    case mcast::EventKind::DownstreamChanged:
    case mcast::EventKind::SharedTreePruneChanged:
    case mcast::EventKind::SptBitChanged:
    case mcast::EventKind::AssertChanged:
    case mcast::EventKind::RegisterChanged:
    case mcast::EventKind::UpstreamChanged:
    case mcast::EventKind::OriginatorChanged:
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

// To the trace sources of MulticastPim. An event that names an interface as its IP numbers it.
void
MulticastNode::Impl::TellPim(const mcast::TraceEvent& event)
{
    const auto pim = m_owner.FindPim(FromCore(event.family));
    if (!pim)
    {
        return;
    }
    const auto orAny = [&event](const mcast::Address& address) {
        return FromCore(address.IsUnspecified() ? mcast::Address::Any(event.family) : address);
    };
    const auto interface = event.interface.value;
    if (event.kind == mcast::EventKind::PacketSent || event.kind == mcast::EventKind::PacketReceived)
    {
        if (mcast::IsPim(event.message))
        {
            pim->m_messageTrace(ToString(event.message, event.family), event.kind == mcast::EventKind::PacketSent,
                                interface);
        }
    }
    else if (event.kind == mcast::EventKind::NeighborUp || event.kind == mcast::EventKind::NeighborDown)
    {
        pim->m_neighborTrace(interface, orAny(event.source), event.kind == mcast::EventKind::NeighborUp);
    }
    else if (event.kind == mcast::EventKind::DesignatedRouterChanged)
    {
        pim->m_designatedRouterTrace(interface, orAny(event.source), event.value != 0);
    }
    else if (IsOfPim(event.kind) && !pim->m_changeTrace.IsEmpty())
    {
        pim->m_changeTrace(ToString(event.kind), interface, orAny(event.source), orAny(event.group),
                           static_cast<uint32_t>(event.value));
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

namespace
{

const std::shared_ptr<MulticastEngine>&
CaughtUp(const std::shared_ptr<MulticastEngine>& engine)
{
    if (engine)
    {
        engine->CatchUp();
    }
    return engine;
}

} // namespace

mcast::Host*
MulticastCoreAccess::GetHost(const MulticastNode& node)
{
    const auto& engine = CaughtUp(node.m_impl->GetEngine());
    return engine ? &engine->GetHost() : nullptr;
}

mcast::Router*
MulticastCoreAccess::GetRouter(const MulticastNode& node)
{
    const auto& engine = CaughtUp(node.m_impl->GetEngine());
    return engine ? engine->GetRouter() : nullptr;
}

const mcast::Mfc*
MulticastCoreAccess::GetCache(const MulticastNode& node, mcast::Family family)
{
    const auto* stack = node.m_impl->GetStack(family);
    return stack ? &stack->GetCache() : nullptr;
}

} // namespace ns3
