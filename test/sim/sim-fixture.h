// SPDX-License-Identifier: GPL-2.0-only
// What the tests of this folder share: names for times, and questions to a whole network.

#ifndef MCAST_TEST_SIM_SIM_FIXTURE_H
#define MCAST_TEST_SIM_SIM_FIXTURE_H

#include "sim-network.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

namespace mcast
{

using std::chrono::milliseconds;
using std::chrono::seconds;

inline Address
Ip(const std::string& text)
{
    return Address::Parse(text).value();
}

/// A place in the network: a node's port.
struct Place
{
    NodeId node;
    InterfaceId port;
};

/// A LAN "10.<n>.0.0/24" with routers and hosts, filled by name: address .1 for the first that comes, and so on.
class TestLan
{
  public:
    TestLan(SimNetwork& network, unsigned number, const LanOptions& options = {})
        : m_network(network),
          m_lan(network.AddLan(options)),
          m_number(number)
    {
    }

    Place Attach(NodeId node, const AttachOptions& options = {})
    {
        return {node, m_network.Attach(node, m_lan, NextAddress(), options)};
    }

    Place AddHost(const std::string& name, const AttachOptions& options = {})
    {
        hosts.push_back(Attach(m_network.AddHost(name), options));
        return hosts.back();
    }

    Place AddRouter(const std::string& name, const AttachOptions& options = {})
    {
        routers.push_back(Attach(m_network.AddRouter(name), options));
        return routers.back();
    }

    LanId Id() const
    {
        return m_lan;
    }

    std::vector<Place> hosts;
    std::vector<Place> routers;

  private:
    std::string NextAddress()
    {
        return "10." + std::to_string(m_number) + ".0." + std::to_string(++m_last) + "/24";
    }

    SimNetwork& m_network;
    LanId m_lan;
    unsigned m_number;
    unsigned m_last = 0;
};

/// The routers that think they are the querier, by their place in the list.
inline std::vector<std::size_t>
Queriers(SimNetwork& network, const std::vector<Place>& routers)
{
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < routers.size(); ++i)
    {
        if (network.IsRunning(routers[i].node) &&
            network.Node(routers[i].node).GetRouter()->FindInterface(routers[i].port).value().isQuerier)
        {
            found.push_back(i);
        }
    }
    return found;
}

inline std::optional<gm::GroupView>
GroupAt(SimNetwork& network, const Place& router, const std::string& group)
{
    return network.Node(router.node).GetRouter()->FindGroup(router.port, Ip(group));
}

inline bool
HasGroup(SimNetwork& network, const Place& router, const std::string& group)
{
    return GroupAt(network, router, group).has_value();
}

/// How many times each node got the payload.
inline std::map<NodeId, int>
Receivers(const SimNetwork& network, const std::string& payload)
{
    std::map<NodeId, int> count;
    for (const auto& [node, delivery] : network.Deliveries())
    {
        if (std::string(delivery.payload.begin(), delivery.payload.end()) == payload)
        {
            ++count[node];
        }
    }
    return count;
}

/// Times at which a kind of event happened at a node's router side.
inline std::vector<TimePoint>
TimesOf(const SimNetwork& network, NodeId node, EventKind kind)
{
    std::vector<TimePoint> times;
    for (const auto& [at, entry] : network.Events())
    {
        if (at == node && entry.router && entry.event.kind == kind)
        {
            times.push_back(entry.event.at);
        }
    }
    return times;
}

} // namespace mcast

#endif // MCAST_TEST_SIM_SIM_FIXTURE_H
