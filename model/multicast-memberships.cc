// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-memberships.h"

#include "multicast-convert.h"

#include "ns3/log.h"

#include <algorithm>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastMemberships");

MulticastMemberships::MulticastMemberships(const MulticastStacks& stacks)
    : m_stacks(stacks)
{
}

void
MulticastMemberships::Start(std::shared_ptr<MulticastEngine> engine)
{
    m_engine = std::move(engine);
}

void
MulticastMemberships::Replay()
{
    for (const auto& request : std::exchange(m_kept, {}))
    {
        NS_ABORT_MSG_UNLESS(ListenNow(request), "ns3::MulticastNode::Listen for "
                                                    << request.group.ToString() << " on interface "
                                                    << static_cast<int32_t>(request.interface)
                                                    << ", called before the simulation started: no such "
                                                       "interface, or a bad source");
    }
}

void
MulticastMemberships::Stop()
{
    m_engine.reset();
}

uint32_t
MulticastMemberships::Open()
{
    return ++m_lastSocket;
}

void
MulticastMemberships::Close(uint32_t socket)
{
    const auto isOfSocket = [socket](const Request& request) { return request.socket == socket; };
    m_kept.erase(std::remove_if(m_kept.begin(), m_kept.end(), isOfSocket), m_kept.end());
    m_listening.erase(m_listening.lower_bound({socket, 0, {}}), m_listening.lower_bound({socket + 1, 0, {}}));
    if (m_engine)
    {
        TellForwarders();
        m_engine->Handle([socket](MulticastEngine& engine) { engine.GetHost().CloseSocket(mcast::SocketId{socket}); });
    }
}

bool
MulticastMemberships::Listen(const Request& request)
{
    if (!request.group.IsMulticast())
    {
        NS_LOG_ERROR("Listen: " << request.group.ToString() << " is no multicast address");
        return false;
    }
    if (!m_engine)
    {
        m_kept.push_back(request);
        return true;
    }
    return ListenNow(request);
}

bool
MulticastMemberships::ListenNow(const Request& request)
{
    const auto family = request.group.GetFamily();
    const auto* stack = FindStack(m_stacks, family);
    if (!stack)
    {
        NS_LOG_ERROR("Listen for " << request.group.ToString() << ": the node has no such IP with multicast");
        return false;
    }
    auto interface = request.interface;
    if (interface == MulticastNode::ANY_INTERFACE)
    {
        if (request.Leaves())
        {
            return LeaveEverywhere(request);
        }
        interface = stack->GetDefaultInterface().value_or(MulticastNode::ANY_INTERFACE);
    }
    const auto done = m_engine->Handle([&](MulticastEngine& engine) {
        return engine.GetHost().Listen(mcast::SocketId{request.socket}, ToCoreInterface(family, interface),
                                       request.group, request.mode, request.sources);
    });
    if (!done)
    {
        NS_LOG_ERROR("Listen for " << request.group.ToString() << " on interface " << static_cast<int32_t>(interface)
                                   << ": " << ToString(done.Error()));
        return false;
    }
    Remember(request, interface);
    return true;
}

bool
MulticastMemberships::LeaveEverywhere(const Request& request)
{
    for (const auto& [socket, interface, group] : std::set(m_listening))
    {
        if (socket == request.socket && group == request.group)
        {
            ListenNow({socket, interface, group, mcast::FilterMode::Include, {}});
        }
    }
    return true;
}

void
MulticastMemberships::Remember(const Request& request, uint32_t interface)
{
    const std::tuple key{request.socket, interface, request.group};
    if (request.Leaves())
    {
        m_listening.erase(key);
    }
    else
    {
        m_listening.insert(key);
    }
    TellForwarders();
}

// The groups of routers and of Neighbour Discovery are never forwarded: for them alone the host filter need not be asked.
void
MulticastMemberships::TellForwarders()
{
    for (const auto family : {mcast::Family::Ipv4, mcast::Family::Ipv6})
    {
        if (auto* stack = FindStack(m_stacks, family))
        {
            stack->SetListening(std::any_of(m_listening.begin(), m_listening.end(), [family](const auto& key) {
                const auto& [socket, interface, group] = key;
                return socket != ROUTER_SOCKET && socket != NEIGHBOR_SOCKET && group.GetFamily() == family;
            }));
        }
    }
}

} // namespace ns3
