// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-memberships.h"

#include "multicast-convert.h"

#include "ns3/log.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastMemberships");

namespace
{

mcast::FilterMode
ToCore(MulticastNode::FilterMode mode)
{
    return mode == MulticastNode::INCLUDE ? mcast::FilterMode::Include : mcast::FilterMode::Exclude;
}

std::vector<mcast::Address>
ToCore(const std::vector<Ipv4Address>& addresses)
{
    std::vector<mcast::Address> result;
    std::transform(addresses.begin(), addresses.end(), std::back_inserter(result), [](Ipv4Address address) {
        return ns3::ToCore(address);
    });
    return result;
}

} // namespace

void
MulticastMemberships::Start(std::shared_ptr<MulticastEngine> engine, std::shared_ptr<MulticastForwarder> forwarder)
{
    m_engine = std::move(engine);
    m_forwarder = std::move(forwarder);
}

void
MulticastMemberships::Replay()
{
    for (const auto& request : std::exchange(m_kept, {}))
    {
        NS_ABORT_MSG_UNLESS(ListenNow(request),
                            "ns3::MulticastNode::Listen for " << request.group << " on interface "
                                                              << static_cast<int32_t>(request.interface)
                                                              << ", called before the simulation started: no such "
                                                                 "interface, or a bad source");
    }
}

void
MulticastMemberships::Stop()
{
    m_engine.reset();
    m_forwarder.reset();
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
    m_listening.erase(m_listening.lower_bound({socket, 0, Ipv4Address(uint32_t{0})}),
                      m_listening.lower_bound({socket + 1, 0, Ipv4Address(uint32_t{0})}));
    if (m_engine)
    {
        TellForwarder();
        m_engine->Handle([socket](MulticastEngine& engine) { engine.GetHost().CloseSocket(mcast::SocketId{socket}); });
    }
}

bool
MulticastMemberships::Listen(const Request& request)
{
    if (!request.group.IsMulticast())
    {
        NS_LOG_ERROR("Listen: " << request.group << " is no multicast address");
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
    auto interface = request.interface;
    if (interface == MulticastNode::ANY_INTERFACE)
    {
        if (request.Leaves())
        {
            return LeaveEverywhere(request);
        }
        interface = m_forwarder->GetDefaultInterface().value_or(MulticastNode::ANY_INTERFACE);
    }
    const auto done = m_engine->Handle([&](MulticastEngine& engine) {
        return engine.GetHost().Listen(mcast::SocketId{request.socket},
                                       mcast::InterfaceId{interface},
                                       ns3::ToCore(request.group),
                                       ToCore(request.mode),
                                       ToCore(request.sources));
    });
    if (!done)
    {
        NS_LOG_ERROR("Listen for " << request.group << " on interface " << static_cast<int32_t>(interface) << ": "
                                   << ToString(done.Error()));
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
            ListenNow({socket, interface, group, MulticastNode::INCLUDE, {}});
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
    TellForwarder();
}

// The groups of routers are never forwarded: for them alone the host filter need not be asked.
void
MulticastMemberships::TellForwarder()
{
    m_forwarder->SetListening(std::any_of(m_listening.begin(), m_listening.end(), [](const auto& key) {
        return std::get<0>(key) != ROUTER_SOCKET;
    }));
}

} // namespace ns3
