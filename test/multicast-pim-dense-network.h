// SPDX-License-Identifier: GPL-2.0-only
// What the suite of dense mode builds its tests of.

#ifndef MULTICAST_PIM_DENSE_NETWORK_H
#define MULTICAST_PIM_DENSE_NETWORK_H

#include "multicast-pim-network.h"
#include "multicast-test-network.h"

#include "ns3/error-model.h"
#include "ns3/mac48-address.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/multicast-pim.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

/// The dense tree at a router; one that is none if there is no such.
MulticastPim::Tree DenseTree(const PimNetwork& network, uint32_t router, const Address& group);

/// What a tree is on an interface; nothing if it has no state there.
MulticastPim::TreeInterface On(const MulticastPim::Tree& tree, uint32_t interface);

/// Datagrams that a router has forwarded out of an interface from a time until before another, in seconds.
std::size_t Forwarded(const TraceLog& log, uint32_t interface, double from, double to);

/// Where a frame is for, if there is a Graft in it.
std::optional<Mac48Address> DestinationOfGraft(Ptr<const Packet> frame);

/// Loses the first Graft.
class GraftLoss : public ErrorModel
{
  private:
    bool DoCorrupt(Ptr<Packet> frame) override;
    void DoReset() override;

    bool m_done = false;
};

/// PIM's events of a router, with their times.
class DenseLog
{
  public:
    explicit DenseLog(Ptr<MulticastPim> pim);

    struct Message
    {
        Time at;
        std::string name;
        bool sent;
        uint32_t interface;
    };

    struct Change
    {
        std::string what;
        uint32_t interface;
        Address source;
        Address group;
        uint32_t value;
    };

    /// Messages of a name, sent or received, from a time until before another, in seconds.
    std::size_t Count(const std::string& name, bool sent, double from = 0, double to = 1e6) const;

    /// Values of the changes of a kind, in their order.
    std::vector<uint32_t> ValuesOf(const std::string& what) const;

    std::vector<Message> messages;
    std::vector<Change> changes;

  private:
    void OnMessage(const std::string& message, bool sent, uint32_t interface);
    void OnChange(const std::string& what, uint32_t interface, const Address& source, const Address& group,
                  uint32_t value);
};

/// Two ways from the source to a member; the routes of R3 take the one by R1. R2 may have a member, too.
///
///   source --0-- R0 --1-- R1 --3-- R3 --5-- member
///                |                 |
///                +---2--- R2 --4---+
///                         |
///                         6
///                         |
///                       late member
class Diamond : public PimNetwork
{
  public:
    explicit Diamond(MulticastNode::Family which, UnicastRouting routing = UnicastRouting::STATIC);

    Ptr<Node> Source() const
    {
        return Host(0);
    }

    Ptr<Node> Member() const
    {
        return Host(1);
    }

    Ptr<Node> LateMember() const
    {
        return Host(2);
    }

    /// The interface of R0 that leads to R2.
    uint32_t Detour() const
    {
        return InterfaceOf(Router(0), 2);
    }

    /// Dense mode on all routers, as InstallPim does it.
    void InstallDense(PimHelper helper = PimHelper());
};

} // namespace ns3

#endif // MULTICAST_PIM_DENSE_NETWORK_H
