// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_IPV6_ROUTING_H
#define MULTICAST_IPV6_ROUTING_H

#include "ns3/ipv6-list-routing.h"
#include "ns3/ipv6-route.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>

namespace ns3
{

template <class Ip>
class MulticastForwarder;
class MulticastNode;
struct MulticastIpv6;
template <class Ip>
class MulticastStackOf;

/**
 * \ingroup multicast
 * \brief The IPv6 routing of a node with multicast: unicast by the protocols of the list, as in Ipv6ListRouting; multicast by
 * what MLD has learned.
 *
 * A multicast packet is delivered to the node's applications only if one of them listens to its group and source on the
 * interface where it came in (RFC 3376 3.2), and forwarded by the multicast forwarding cache, which has the semantics
 * of Linux's. Multicast routes of Ipv6StaticRouting are not used; see MulticastNode::AddRoute.
 */
class MulticastIpv6Routing : public Ipv6ListRouting
{
    /// The parameters of a member function. RouteInput's callbacks come by value up to ns-3.38, by reference since.
    template <class R, class C, class... A>
    static std::tuple<A...> ParametersOf(R (C::*)(A...));

    /// The type of a parameter of RouteInput.
    template <std::size_t I>
    using RouteInputParameter = std::tuple_element_t<I, decltype(ParametersOf(&Ipv6RoutingProtocol::RouteInput))>;

  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    MulticastIpv6Routing();
    ~MulticastIpv6Routing() override;

    /**
     * \brief Set what the node knows of groups. Used by MulticastHelper.
     * \param node aggregated to the same node
     */
    void SetMulticastNode(Ptr<MulticastNode> node);

    /**
     * \brief Ask the unicast protocols for the way to an address.
     * \param destination the address
     * \return the route, or none
     */
    Ptr<Ipv6Route> LookupUnicast(Ipv6Address destination);

    // Below are from Ipv6RoutingProtocol
    Ptr<Ipv6Route> RouteOutput(Ptr<Packet> p, const Ipv6Header& header, Ptr<NetDevice> oif,
                               Socket::SocketErrno& sockerr) override;
    bool RouteInput(Ptr<const Packet> p, const Ipv6Header& header, Ptr<const NetDevice> idev,
                    RouteInputParameter<3> ucb, RouteInputParameter<4> mcb, RouteInputParameter<5> lcb,
                    RouteInputParameter<6> ecb) override;
    void NotifyInterfaceUp(uint32_t interface) override;
    void NotifyInterfaceDown(uint32_t interface) override;
    void NotifyAddAddress(uint32_t interface, Ipv6InterfaceAddress address) override;
    void NotifyRemoveAddress(uint32_t interface, Ipv6InterfaceAddress address) override;
    void SetIpv6(Ptr<Ipv6> ipv6) override;
    void PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit unit = Time::S) const override;

  protected:
    void DoDispose() override;

  private:
    template <class Ip>
    friend class MulticastStackOf;

    /// Lets go of what the node knows of groups.
    void Detach();
    /// \param interface an interface that is new or has changed
    void Update(uint32_t interface);

    Ptr<MulticastNode> m_node;                                      //!< what the node knows of groups
    std::shared_ptr<MulticastForwarder<MulticastIpv6>> m_forwarder; //!< takes the multicast packets
};

} // namespace ns3

#endif // MULTICAST_IPV6_ROUTING_H
