// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-node-impl.h"

#include "multicast-config.h"
#include "multicast-convert.h"
#include "multicast-pim-l4-protocol.h"
#include "multicast-socket.h"

#include "ns3/node.h"
#include "ns3/simulator-impl.h"
#include "ns3/simulator.h"
#include "ns3/udp-l4-protocol.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace ns3
{

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
