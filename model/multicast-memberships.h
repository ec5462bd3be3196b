// SPDX-License-Identifier: GPL-2.0-only
// What the applications of a node listen to. Private to the module: not installed.

#ifndef MULTICAST_MEMBERSHIPS_H
#define MULTICAST_MEMBERSHIPS_H

#include "multicast-engine.h"
#include "multicast-node.h"
#include "multicast-stack.h"

#include <cstdint>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

namespace ns3
{

/// Takes Listen calls: keeps them until the simulation starts, then hands them to the core and knows who listens where.
class MulticastMemberships
{
  public:
    /// Of Join, Leave, Include and Exclude.
    static constexpr uint32_t SHARED_SOCKET = 1;
    /// Listens to the groups of routers.
    static constexpr uint32_t ROUTER_SOCKET = 2;
    /// Listens to the solicited-node groups of the node's addresses.
    static constexpr uint32_t NEIGHBOR_SOCKET = 3;

    /// IPMulticastListen of RFC 3376 2.
    struct Request
    {
        uint32_t socket;
        uint32_t interface; ///< as the IP of the group numbers it
        mcast::Address group;
        mcast::FilterMode mode;
        std::vector<mcast::Address> sources;

        bool Leaves() const
        {
            return mode == mcast::FilterMode::Include && sources.empty();
        }
    };

    /// \param stacks outlives this
    explicit MulticastMemberships(const MulticastStacks& stacks);

    /// Calls go to the core from now on.
    void Start(std::shared_ptr<MulticastEngine> engine);
    /// Makes the calls that were kept; one that is refused ends the simulation.
    void Replay();
    void Stop();

    uint32_t Open();
    void Close(uint32_t socket);
    /// \return false if the core refuses it
    bool Listen(const Request& request);

  private:
    bool ListenNow(const Request& request);
    bool LeaveEverywhere(const Request& request);
    void Remember(const Request& request, uint32_t interface);
    void TellForwarders();

    const MulticastStacks& m_stacks;
    std::shared_ptr<MulticastEngine> m_engine;
    std::vector<Request> m_kept;                                          ///< from before the start
    std::set<std::tuple<uint32_t, uint32_t, mcast::Address>> m_listening; ///< socket, interface, group
    uint32_t m_lastSocket = NEIGHBOR_SOCKET;
};

} // namespace ns3

#endif // MULTICAST_MEMBERSHIPS_H
