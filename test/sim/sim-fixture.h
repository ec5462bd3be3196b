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

/// A LAN "10.<n>.0.0/24" (of IPv6 "2001:db8:<n>::/64", and link-local) with routers and hosts, filled by name: address .1
/// for the first that comes, and so on.
class TestLan
{
  public:
    TestLan(SimNetwork& network, unsigned number, const LanOptions& options = {}, Family family = Family::Ipv4)
        : m_network(network),
          m_lan(network.AddLan(options)),
          m_number(number),
          m_family(family)
    {
    }

    Place Attach(NodeId node, AttachOptions options = {})
    {
        options.host.family = options.router.gm.family = m_family;
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
        const auto last = std::to_string(++m_last);
        const auto number = std::to_string(m_number);
        return m_family == Family::Ipv4 ? "10." + number + ".0." + last + "/24"
                                        : "fe80::" + last + "/64,2001:db8:" + number + "::" + last + "/64";
    }

    SimNetwork& m_network;
    LanId m_lan;
    unsigned m_number;
    Family m_family;
    unsigned m_last = 0;
};

/// The routers that think they are the querier, by their place in the list.
inline std::vector<std::size_t>
Queriers(SimNetwork& network, const std::vector<Place>& routers, Family family = Family::Ipv4)
{
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < routers.size(); ++i)
    {
        if (network.IsRunning(routers[i].node) &&
            network.Node(routers[i].node).GetRouter()->FindInterface(routers[i].port, family).value().isQuerier)
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
