// SPDX-License-Identifier: GPL-2.0-only
// A random network of PIM routers and hosts, and its unicast routing: an oracle that knows the topology, and tells each
// router its shortest paths some time after a change.
//
// Links join two routers or are LANs of up to five; host links have one to three routers. Addresses on link n are
// 10.n.0.1, ... or 2001:db8:n::1, ... with fe80::1, ...; which router has the greater one, and so is the DR, is chance.

#ifndef MCAST_TEST_SIM_CHAOS_NETWORK_H
#define MCAST_TEST_SIM_CHAOS_NETWORK_H

#include "chaos-settings.h"
#include "sim-network.h"

#include <optional>
#include <string>
#include <vector>

namespace mcast::chaos
{

class ChaosNetwork
{
  public:
    /// A node's place on a link.
    struct Place
    {
        std::size_t node = 0; ///< index of a router or host
        InterfaceId port;
        Address address;   ///< good everywhere
        Address linkLocal; ///< of IPv6; of IPv4 the same as address
        bool up = true;
    };

    struct Link
    {
        LanId lan;
        unsigned number = 0; ///< in addresses
        unsigned cost = 1;
        bool up = true;
        std::vector<Place> routers;
        std::vector<Place> hosts;
    };

    struct RouterNode
    {
        NodeId id;
        std::string name;
        bool up = true;
        pim::RouterConfig config;
    };

    struct HostNode
    {
        NodeId id;
        std::string name;
        std::size_t link = 0;
        Address address;
    };

    struct RpNode
    {
        std::size_t router = 0;
        std::size_t link = 0;
        Address address;
    };

    ChaosNetwork(const Settings& settings, Dice& dice);

    SimNetwork& Sim()
    {
        return m_network;
    }

    const std::vector<Link>& Links() const
    {
        return m_links;
    }

    const std::vector<RouterNode>& Routers() const
    {
        return m_routers;
    }

    const std::vector<HostNode>& Hosts() const
    {
        return m_hosts;
    }

    const std::vector<RpNode>& Rps() const
    {
        return m_rps;
    }

    const Router& RouterAt(std::size_t router);
    std::size_t LinkOf(LanId lan) const;

    Family GetFamily() const
    {
        return m_settings.family;
    }

    /// Groups of the scenario: the source-specific ones come last.
    const std::vector<Address>& Groups() const
    {
        return m_groups;
    }

    bool IsSsm(std::size_t group) const
    {
        return group >= m_settings.groups;
    }

    bool IsDense(std::size_t group) const
    {
        return m_settings.IsDense(group);
    }

    // Failures. Each is told to the unicast routing.

    void SetRouterUp(std::size_t router, bool up);
    void SetLinkUp(std::size_t link, bool up);
    void SetPortUp(std::size_t link, std::size_t place, bool up);
    void SetLoss(double loss, Duration jitter, bool inOrder = false);
    void RepairAll();

    /// The topology in lines, for reports.
    std::string Describe() const;

  private:
    using Way = std::optional<RouteTable::Result>;
    using Ways = std::vector<Way>;

    std::size_t AddLink();
    void Join(std::size_t link, std::size_t router, unsigned drPriority);
    void BuildTopology();
    void BuildHosts();
    void ChooseRps();
    void ChooseGroups();
    void ConfigurePim();
    pim::RouterConfig ConfigOf(std::size_t router);
    bool IsUsable(const Link& link, const Place& place) const;
    std::vector<std::uint32_t> DistancesTo(std::size_t destination) const;
    Ways WaysTo(std::size_t destination) const; ///< of each router
    void Reconverge();
    void Recompute();
    void Apply(std::size_t router);
    Prefix SubnetOf(const Link& link) const;
    Address MakeAddress(const Link& link, unsigned host) const;

    Settings m_settings;
    Dice& m_dice;
    SimNetwork m_network;
    std::vector<Link> m_links;
    std::vector<RouterNode> m_routers;
    std::vector<HostNode> m_hosts;
    std::vector<RpNode> m_rps;
    std::vector<Address> m_groups;
    std::vector<Ways> m_wanted;    ///< by router, then link
    std::vector<Ways> m_installed; ///< the same
};

} // namespace mcast::chaos

#endif // MCAST_TEST_SIM_CHAOS_NETWORK_H
