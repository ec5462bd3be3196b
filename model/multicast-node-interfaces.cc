// SPDX-License-Identifier: GPL-2.0-only
// A node's interfaces: what the core is told of them, as attributes, addresses and links have it.

#include "core/gm/protocol.h"
#include "multicast-config.h"
#include "multicast-convert.h"
#include "multicast-node-impl.h"

#include "ns3/loopback-net-device.h"
#include "ns3/names.h"

namespace ns3
{

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

} // namespace ns3
