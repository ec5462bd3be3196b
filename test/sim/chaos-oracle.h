// SPDX-License-Identifier: GPL-2.0-only
// What must hold in a network of PIM routers that has come to rest, and what is wrong if it doesn't: one line each.
//
//   CheckDelivery    each member gets each packet of a flow once, nobody else any; no link carries one twice, nor
//                    without somebody who asked for it there
//   CheckNeighbors   all routers of a link know each other and agree on the DR; all agree on the RP of each group
//   CheckTrees       each tree at each router is there for a reason, and who it asks for data knows of it; a dense one is
//                    pruned where nobody listens, and nowhere else
//   CheckNothing     no tree, no forwarding entry, no waiting packet

#ifndef MCAST_TEST_SIM_CHAOS_ORACLE_H
#define MCAST_TEST_SIM_CHAOS_ORACLE_H

#include "chaos-network.h"

#include <map>
#include <set>

namespace mcast::chaos
{

/// The payload of a multicast datagram of an application; none of other frames.
std::optional<std::string> PayloadOf(BytesView frame, Family family);

/// A host that sends to a group.
struct Flow
{
    std::size_t host = 0;
    std::size_t group = 0;
    bool active = true;
};

struct Filter
{
    FilterMode mode = FilterMode::Exclude;
    std::vector<Address> sources;

    bool Wants(const Address& source) const;
};

/// What hosts listen to: (host, group).
using Memberships = std::map<std::pair<std::size_t, std::size_t>, Filter>;

/// Something that is wrong.
struct Complaint
{
    Address group;  ///< unspecified if it is about all
    Address source; ///< the same
    std::string place; ///< the router, host or link; empty if it is about all
    std::string text;
};

class Oracle
{
  public:
    Oracle(ChaosNetwork& network, const std::vector<Flow>& flows, const Memberships& memberships);

    /// \param payloads of the flows, by flow, that were sent since the records were cleared
    void CheckDelivery(const std::map<std::string, std::size_t>& payloads);
    /// Did the host get the packet at all?
    void CheckReceived(std::size_t host, const Flow& flow, const std::string& payload);
    void CheckNeighbors();
    /// \param sparse also those of sparse groups
    void CheckTrees(bool sparse);
    void CheckNothing();

    const std::vector<Complaint>& Complaints() const
    {
        return m_complaints;
    }

    /// State of the routers about the groups that something was wrong with.
    std::string DescribeState();

  private:
    void Complain(const std::string& what);
    void Complain(const Address& group, const Address& source, const std::string& place, const std::string& what);
    void Complain(std::size_t router, const pim::TreeView& tree, const std::string& what);
    bool IsWanted(std::size_t host, const Flow& flow) const;
    bool IsWantedOn(const ChaosNetwork::Link& link, const Flow& flow) const;
    void CheckReceivers(const std::map<std::string, std::size_t>& payloads);
    void CheckLinks(const std::map<std::string, std::size_t>& payloads);
    bool IsTakenFrom(const ChaosNetwork::Link& link, const Flow& flow);
    bool IsPrunePendingOn(const ChaosNetwork::Link& link, const Flow& flow) const;
    void CheckTree(std::size_t router, const pim::TreeView& tree);
    void CheckDense(std::size_t router, const pim::TreeView& tree);
    void CheckFeeder(std::size_t router, const pim::TreeView& tree);
    void CheckUpstream(std::size_t router, const pim::TreeView& tree);
    void CheckDownstream(std::size_t router, const pim::TreeView& tree, const pim::TreeInterfaceView& on);
    bool IsAskedBy(const ChaosNetwork::Place& place, const Address& us, const pim::TreeView& tree) const;
    void CheckKeepalive(std::size_t router, const pim::TreeView& tree);
    std::string NameOf(std::size_t router, const pim::TreeView& tree) const;
    const ChaosNetwork::Link* LinkAt(std::size_t router, InterfaceId port) const;
    const pim::TreeView* TreeAt(std::size_t router, pim::TreeView::Kind kind, const pim::TreeView& like) const;

    ChaosNetwork& m_network;
    const std::vector<Flow>& m_flows;
    const Memberships& m_memberships;
    std::vector<std::vector<pim::TreeView>> m_trees; ///< by router
    std::vector<Complaint> m_complaints;
    std::set<Address> m_groups; ///< that something was wrong with
};

} // namespace mcast::chaos

#endif // MCAST_TEST_SIM_CHAOS_ORACLE_H
