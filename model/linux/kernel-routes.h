// SPDX-License-Identifier: GPL-2.0-only
// Unicast routing as the kernel does it: where would a packet to this address go?
//
// Its tables are mirrored, so that ten thousand sources cost no system call each. Which of them are asked, and in which
// order, the policy rules say. A rule that looks at more than the destination is beyond the mirror: then the kernel is
// asked each time, for that family.

#ifndef MCAST_LINUX_KERNEL_ROUTES_H
#define MCAST_LINUX_KERNEL_ROUTES_H

#include "by-family.h"
#include "interface-monitor.h"
#include "route-mirror.h"

#include <optional>

namespace mcast::linux_host
{

/// How far routes of a routing protocol are believed, by RTPROT_*: the metric preference of PIM's Asserts (RFC 7761
/// 4.6.3), lower is better.
using RoutePreferences = std::map<std::uint8_t, std::uint32_t>;

/// What is customary: administrative distances.
const RoutePreferences& DefaultRoutePreferences();

/// The number of a routing protocol by its name in the configuration, such as "ospf"; none if it has none.
std::optional<std::uint8_t> RouteProtocol(const std::string& name);

/// All of those names, for messages.
std::string RouteProtocolNames();

class KernelRoutes : public RouteTable
{
  public:
    /// \param interfaces those of now; must outlive this \throws RuntimeFailure
    explicit KernelRoutes(const InterfaceSnapshot& interfaces);

    void SetPreferences(const RoutePreferences& preferences)
    {
        m_preferences = preferences;
    }

    std::optional<Result> Lookup(const Address& destination) const override;

    /// Reads rules and tables anew. \throws RuntimeFailure
    void Resynchronize();

    /// Takes in a notification of rtnetlink. \return where answers may be others now; none: nowhere
    std::optional<Prefix> Apply(const nlmsghdr& message);

  private:
    void ReadRules(Family family);
    void ReadRoutes(Family family);
    std::optional<Result> Ask(const Address& destination) const;
    std::optional<Result> ToResult(const Route& route, const Address& destination) const;
    std::optional<Result> LocalAddress(const Address& destination) const;

    /// What the rules of a family say.
    struct Order
    {
        std::vector<std::uint32_t> tables; ///< in the order in which they are asked
        bool simple = true;                ///< all that rules look at is the destination
    };

    const InterfaceSnapshot& m_interfaces;
    RoutePreferences m_preferences = DefaultRoutePreferences();
    mutable NetlinkSocket m_socket;
    ByFamily<RouteMirror> m_mirrors;
    ByFamily<Order> m_orders;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_KERNEL_ROUTES_H
