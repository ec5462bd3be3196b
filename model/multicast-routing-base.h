// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_ROUTING_BASE_H
#define MULTICAST_ROUTING_BASE_H

#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-route.h"
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
class Ipv4L3Protocol;
class Ipv6L3Protocol;
class MulticastNode;
struct MulticastIpv4;
struct MulticastIpv6;
template <class Ip>
class MulticastStackOf;

/// The classes of ns-3's IPv4 that routing deals with.
struct MulticastIpv4Routes
{
    typedef MulticastIpv4 Ip;
    typedef Ipv4ListRouting List;
    typedef Ipv4L3Protocol L3Protocol;
    typedef Ipv4Address Address;
    typedef Ipv4InterfaceAddress InterfaceAddress;
    typedef Ipv4Header Header;
    typedef Ipv4Route Route;
};

/// The classes of ns-3's IPv6 that routing deals with.
struct MulticastIpv6Routes
{
    typedef MulticastIpv6 Ip;
    typedef Ipv6ListRouting List;
    typedef Ipv6L3Protocol L3Protocol;
    typedef Ipv6Address Address;
    typedef Ipv6InterfaceAddress InterfaceAddress;
    typedef Ipv6Header Header;
    typedef Ipv6Route Route;
};

/**
 * \ingroup multicast
 * \brief What MulticastRouting and MulticastIpv6Routing have in common, which is nearly all.
 *
 * A multicast packet is delivered to the node's applications only if one of them listens to its group and source on the
 * interface where it came in (RFC 3376 3.2), and forwarded by the multicast forwarding cache, which has the semantics
 * of Linux's.
 *
 * \tparam Types MulticastIpv4Routes or MulticastIpv6Routes
 */
template <class Types>
class MulticastRoutingBase : public Types::List
{
    typedef typename Types::List List;
    typedef typename Types::Address Address;
    typedef typename Types::InterfaceAddress InterfaceAddress;
    typedef typename Types::Header Header;
    typedef typename Types::Route Route;

    /// The parameters of a member function. RouteInput's callbacks come by value up to ns-3.38, by reference since.
    template <class R, class C, class... A>
    static std::tuple<A...> ParametersOf(R (C::*)(A...));

    /// The type of a parameter of RouteInput.
    template <std::size_t I>
    using RouteInputParameter = std::tuple_element_t<I, decltype(ParametersOf(&List::RouteInput))>;

  public:
    MulticastRoutingBase();
    ~MulticastRoutingBase() override;

    /**
     * \brief Set what the node knows of groups. Used by MulticastHelper.
     * \param node aggregated to the same node
     */
    void SetMulticastNode(Ptr<MulticastNode> node);

    /**
     * \brief Ask the unicast protocols for the way to an address.
     * \param destination the address
     * \param packet the packet to be sent, if there is one: protocols that look for routes on demand mark it
     * \param source its source
     * \return the route, or none
     */
    Ptr<Route> LookupUnicast(Address destination, Ptr<Packet> packet = nullptr, Address source = Address::GetAny());

    /// Where a route comes from, and what it costs.
    struct Origin
    {
        Ptr<Route> route;     //!< the route, or none
        uint32_t preference;  //!< of the protocol: less is better
        uint32_t metric;      //!< of the route, as far as the protocol tells; else 0
        uint8_t prefixLength; //!< of its destination, as far as the protocol tells; else 0
    };

    /**
     * \brief Ask the unicast protocols for the way back to an address, and one that finds routes on demand to look for it.
     * \param destination the address
     * \return the route with its origin
     */
    Origin LookupOrigin(Address destination);

    // Below are from Ipv4RoutingProtocol or Ipv6RoutingProtocol
    Ptr<Route> RouteOutput(Ptr<Packet> p, const Header& header, Ptr<NetDevice> oif,
                           Socket::SocketErrno& sockerr) override;
    bool RouteInput(Ptr<const Packet> p, const Header& header, Ptr<const NetDevice> idev, RouteInputParameter<3> ucb,
                    RouteInputParameter<4> mcb, RouteInputParameter<5> lcb, RouteInputParameter<6> ecb) override;
    void NotifyInterfaceUp(uint32_t interface) override;
    void NotifyInterfaceDown(uint32_t interface) override;
    void NotifyAddAddress(uint32_t interface, InterfaceAddress address) override;
    void NotifyRemoveAddress(uint32_t interface, InterfaceAddress address) override;
    void PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit unit = Time::S) const override;

  protected:
    void DoDispose() override;

    /// Takes the multicast packets of a node. \param l3 its IP; none if it is of a class that offers too little
    void Attach(Ptr<typename Types::L3Protocol> l3);

  private:
    template <class Ip>
    friend class MulticastStackOf;

    /// Lets go of what the node knows of groups.
    void Detach();
    /// \param interface an interface that is new or has changed
    void Update(uint32_t interface);

    Ptr<MulticastNode> m_node;                                           //!< what the node knows of groups
    std::shared_ptr<MulticastForwarder<typename Types::Ip>> m_forwarder; //!< takes the multicast packets
};

extern template class MulticastRoutingBase<MulticastIpv4Routes>;
extern template class MulticastRoutingBase<MulticastIpv6Routes>;

} // namespace ns3

#endif // MULTICAST_ROUTING_BASE_H
