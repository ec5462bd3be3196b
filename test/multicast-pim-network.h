// SPDX-License-Identifier: GPL-2.0-only
// Networks of PIM routers for the module's suites.

#ifndef MULTICAST_PIM_NETWORK_H
#define MULTICAST_PIM_NETWORK_H

#include "multicast-test-network.h"

#include "ns3/multicast-pim-helper.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/// How nodes know unicast routes.
enum class UnicastRouting
{
    STATIC,  ///< written by PopulateRoutes
    GLOBAL,  ///< Ipv4GlobalRouting, written by PopulateRoutes; of IPv6 the same as STATIC
    DYNAMIC, ///< RIP or RIPng
};

/// Routers and hosts on LANs: 10.0.n.0/24 or 2001:n+1::/64, the nodes of a LAN numbered from 1 in their order.
class PimNetwork
{
  public:
    PimNetwork(MulticastNode::Family family, uint32_t routers, uint32_t hosts,
               UnicastRouting routing = UnicastRouting::STATIC);

    /// \return number of the LAN, from 0
    uint32_t AddLan(const std::vector<Ptr<Node>>& nodes);

    Ptr<Node> Router(uint32_t number) const
    {
        return m_routers.Get(number);
    }

    Ptr<Node> Host(uint32_t number) const
    {
        return m_hosts.Get(number);
    }

    const NodeContainer& Routers() const
    {
        return m_routers;
    }

    Address AddressOf(Ptr<Node> node, uint32_t lan) const;
    /// Index of the IP interface.
    uint32_t InterfaceOf(Ptr<Node> node, uint32_t lan) const;
    Ptr<NetDevice> DeviceOf(Ptr<Node> node, uint32_t lan) const;
    /// 239.1.1.n or ff0e::1:n.
    Address Group(uint32_t number = 1) const;
    /// 232.1.1.n or ff3e::1:n.
    Address SsmGroup(uint32_t number = 1) const;
    Ptr<MulticastPim> Pim(uint32_t router) const;
    Ptr<MulticastNode> Multicast(uint32_t router) const;

    /// Shortest ways over the LANs that are up, for STATIC and GLOBAL; replaces what was there.
    void PopulateRoutes();
    /// A node's interface goes down or comes up; routes stay as they are.
    void SetUp(Ptr<Node> node, uint32_t lan, bool up);

    /// Hellos each second, quick to begin; Joins each 10 s; the RP is a static one unless none is given.
    void InstallPim(PimHelper helper = PimHelper(), const Address& rp = Address());

    void Join(Ptr<Node> host, const Address& group, double at = 0);
    void JoinSource(Ptr<Node> host, const Address& group, const Address& source);
    void Leave(Ptr<Node> host, const Address& group, double at);
    /// Datagrams with the numbers 0, 1, ... each 100 ms, from and until before these times, in seconds.
    void Send(Ptr<Node> host, const Address& group, double from, double to, uint32_t size = 100);
    void RunUntil(double end);

    const MulticastNode::Family family;

  private:
    struct Lan
    {
        std::vector<Ptr<Node>> nodes;
        NetDeviceContainer devices;
    };

    void AssignAddresses(uint32_t lan);
    void RemoveRoutes(Ptr<Node> node) const;
    void RouteFrom(Ptr<Node> node) const;
    void AddRoute(Ptr<Node> node, uint32_t to, uint32_t by, Ptr<Node> gateway) const;
    bool IsUp(Ptr<Node> node, uint32_t lan) const;
    bool IsRouter(Ptr<Node> node) const;

    NodeContainer m_routers;
    NodeContainer m_hosts;
    UnicastRouting m_routing;
    std::vector<Lan> m_lans;
    std::set<std::pair<uint32_t, uint32_t>> m_down; ///< node, LAN
    std::vector<Ptr<Socket>> m_sockets;
};

/// Notes which of PimNetwork's datagrams arrive at a node.
class NumberSink
{
  public:
    explicit NumberSink(Ptr<Node> node, const PimNetwork& network);

    /// How often each number has come.
    const std::map<uint32_t, uint32_t>& Numbers() const
    {
        return m_numbers;
    }

    /// Numbers from and until before these that have come not at all.
    uint32_t Missing(uint32_t from, uint32_t to) const;
    /// Datagrams that have come once more.
    uint32_t Duplicates() const;
    /// UIDs of the packets, in their order.
    std::vector<uint64_t> uids;
    /// Their sizes.
    std::vector<uint32_t> sizes;

  private:
    void OnData(Ptr<Socket> socket);

    Ptr<Socket> m_socket;
    std::map<uint32_t, uint32_t> m_numbers;
};

} // namespace ns3

#endif // MULTICAST_PIM_NETWORK_H
