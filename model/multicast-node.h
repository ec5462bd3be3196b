// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_NODE_H
#define MULTICAST_NODE_H

#include "multicast-interface.h"
#include "multicast-pim.h"

#include "ns3/address.h"
#include "ns3/event-id.h"
#include "ns3/header.h"
#include "ns3/nstime.h"
#include "ns3/object-factory.h"
#include "ns3/object.h"
#include "ns3/random-variable-stream.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace ns3
{

template <class Ip>
class MulticastForwarder;
class MulticastIcmpv6L4Protocol;
template <class Ip>
class MulticastOutput;
template <class Types>
class MulticastRoutingBase;
class MulticastSocket;
class Node;
class Packet;

/**
 * \ingroup multicast
 * \brief IP multicast of one node: the member side of IGMP and MLD always, the router side if the attribute Router is
 * set.
 *
 * Aggregated to the node by MulticastHelper, beside MulticastRouting and MulticastIpv6Routing, which take the node's
 * packets, IgmpL4Protocol, which takes its IGMP, and MulticastIcmpv6L4Protocol, which takes its MLD. A node may have IPv4,
 * IPv6 or both. The protocol itself is a core without ns-3 in it; this class gives it packets,
 * interfaces and time, and carries out what it asks for.
 *
 * Applications listen to groups through sockets in the sense of RFC 3376 section 2: OpenSocket, then Listen. Whoever
 * needs no socket of their own uses Join, Leave, Include and Exclude, which share one. Before the simulation starts
 * these calls are kept, and made at its start; a call that then turns out to be wrong ends the simulation.
 *
 * Groups and sources are given as Address: an Ipv4Address or an Ipv6Address will do. An interface is the index of an
 * interface of Ipv4 wherever the group is one of IPv4, and of Ipv6 wherever it is one of IPv6.
 */
class MulticastNode : public Object
{
  public:
    typedef MulticastInterface::Family Family;               //!< a version of IP
    static constexpr Family IPV4 = MulticastInterface::IPV4; //!< IPv4, with IGMP
    static constexpr Family IPV6 = MulticastInterface::IPV6; //!< IPv6, with MLD

    /// Stands for the interface that multicast is sent from by default: attribute DefaultInterface, or the first
    /// interface that is up and not the loopback.
    static constexpr uint32_t ANY_INTERFACE = 0xffffffff;

    /// Stands, among the interfaces of ForwardingState, for the one that PIM's Registers go out of and come in by.
    static constexpr uint32_t REGISTER_INTERFACE = MulticastInterface::REGISTER_INTERFACE;

    /// RFC 3376 section 2.
    enum FilterMode
    {
        INCLUDE, //!< only the sources of the list
        EXCLUDE, //!< all but the sources of the list
    };

    /// A group on an interface: a record of the router side, or the reception state of the member side.
    struct GroupState
    {
        Address group;   //!< the group
        FilterMode mode; //!< of the record or the reception state
        uint8_t version; //!< of IGMP or MLD: compatibility mode of the group (router side), of the interface (member)
        Time expires;    //!< group timer; zero in INCLUDE mode and on the member side
        bool isStatic;   //!< configured by a static join
        std::vector<Address> sources; //!< forwarded or included; in EXCLUDE mode the excluded ones
    };

    /// An interface as its router side sees it.
    struct QuerierState
    {
        bool active;                  //!< up, with an address, and a router
        bool isQuerier;               //!< is it this node?
        Address querier;              //!< the querier's address
        uint32_t robustness;          //!< in force, as the following
        Time queryInterval;           //!< between General Queries
        Time groupMembershipInterval; //!< until a group without reports is gone
    };

    /// An entry of the forwarding cache.
    struct ForwardingState
    {
        Address source;                 //!< 0.0.0.0 or ::, any, the entry is a (*,G)
        Address group;                  //!< the group
        uint32_t incoming;              //!< where data must come in
        std::vector<uint32_t> outgoing; //!< where it goes out
        uint64_t packets;               //!< forwarded by this entry
        uint64_t bytes;                 //!< of these packets, IP headers included
        uint64_t wrongInterface;        //!< packets that came in elsewhere
    };

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    MulticastNode();
    ~MulticastNode() override;

    // Listening

    /// \return a new socket, for Listen
    uint32_t OpenSocket();

    /**
     * \brief Leave all groups that a socket listens to.
     * \param socket from OpenSocket
     */
    void CloseSocket(uint32_t socket);

    /**
     * \brief IPMulticastListen of RFC 3376 section 2: replace what the socket asked for this group on this interface.
     * INCLUDE of no sources leaves.
     * \param socket from OpenSocket
     * \param interface index of an IP interface, or ANY_INTERFACE; to leave, that stands for all of them
     * \param group the group
     * \param mode what the sources are
     * \param sources unicast addresses
     * \return false if the group, a source, the number of sources or the interface won't do; the log tells why
     */
    bool Listen(uint32_t socket, uint32_t interface, const Address& group, FilterMode mode,
                const std::vector<Address>& sources = std::vector<Address>());

    /**
     * \brief Listen to all sources of a group.
     * \param group the group
     * \param interface as in Listen
     * \return as Listen
     */
    bool Join(const Address& group, uint32_t interface = ANY_INTERFACE);

    /**
     * \brief Take back Join, Include or Exclude.
     * \param group the group
     * \param interface as in Listen
     * \return as Listen
     */
    bool Leave(const Address& group, uint32_t interface = ANY_INTERFACE);

    /**
     * \brief Listen to some sources of a group only.
     * \param group the group
     * \param sources unicast addresses
     * \param interface as in Listen
     * \return as Listen
     */
    bool Include(const Address& group, const std::vector<Address>& sources, uint32_t interface = ANY_INTERFACE);

    /**
     * \brief Listen to all sources of a group but some.
     * \param group the group
     * \param sources unicast addresses
     * \param interface as in Listen
     * \return as Listen
     */
    bool Exclude(const Address& group, const std::vector<Address>& sources, uint32_t interface = ANY_INTERFACE);

    /**
     * \brief Does the node take a datagram (RFC 3376 3.2)?
     * \param interface where it comes in
     * \param group its destination
     * \param source its source
     * \return true if an application listens to it
     */
    bool Accepts(uint32_t interface, const Address& group, const Address& source) const;

    /**
     * \brief May a socket have a datagram (RFC 3376 3.2)?
     * \param socket from OpenSocket
     * \param interface where it comes in
     * \param group its destination
     * \param source its source
     * \return true if the socket listens to it
     */
    bool SocketAccepts(uint32_t socket, uint32_t interface, const Address& group, const Address& source) const;

    // Configuration

    /// \return is this node a multicast router?
    bool IsRouter() const;

    /**
     * \brief The configuration of an interface.
     * \param interface index of an IP interface
     * \param family whose index that is
     * \return its attributes; none for the loopback or an unknown index
     */
    Ptr<MulticastInterface> GetInterface(uint32_t interface, Family family = IPV4) const;

    /**
     * \brief Set how the configuration of interfaces is made. Used by MulticastHelper.
     * \param factory of MulticastInterface
     */
    void SetInterfaceFactory(const ObjectFactory& factory);

    /**
     * \brief Forward a group by configuration, besides what members ask for. Ends the simulation if it cannot be.
     * \param source the source; none, 0.0.0.0 or ::, any
     * \param group the group
     * \param incoming where its data must come in
     * \param outgoing where it goes out
     */
    void AddRoute(const Address& source, const Address& group, uint32_t incoming,
                  const std::vector<uint32_t>& outgoing);

    /**
     * \brief Take back AddRoute.
     * \param source as it was given
     * \param group as it was given
     * \return false if there was no such route
     */
    bool RemoveRoute(const Address& source, const Address& group);

    /**
     * \brief PIM of a version of IP; made when it is first asked for, and does nothing until it is configured.
     * \param family the version of IP
     * \return what PIM does on all interfaces; of a node that is no router, nothing
     */
    Ptr<MulticastPim> GetPim(Family family = IPV4);

    /**
     * \brief Set an attribute of all interfaces, those that come later included.
     * \param name name of an attribute of MulticastInterface
     * \param value its value
     */
    void SetInterfaceAttribute(const std::string& name, const AttributeValue& value);

    /// Tells that unicast routes have changed, for those who won't wait for RouteCheckInterval.
    void NotifyRoutesChanged();

    /**
     * \brief Assign a fixed random variable stream number to the random variable that seeds the protocol.
     * \param stream first stream to use
     * \return the number of streams assigned
     */
    int64_t AssignStreams(int64_t stream);

    // State

    /**
     * \brief Groups with members on an interface, as the router side knows them.
     * \param interface index of an IP interface
     * \param family whose index that is
     * \return the groups, sorted; none if the node is no router
     */
    std::vector<GroupState> GetMembers(uint32_t interface, Family family = IPV4) const;

    /**
     * \brief Groups that the node itself listens to on an interface.
     * \param interface index of an IP interface
     * \param family whose index that is
     * \return the groups, sorted
     */
    std::vector<GroupState> GetMemberships(uint32_t interface, Family family = IPV4) const;

    /**
     * \brief Who asks the questions on an interface.
     * \param interface index of an IP interface
     * \param family whose index that is
     * \return the state; inactive if the node is no router
     */
    QuerierState GetQuerier(uint32_t interface, Family family = IPV4) const;

    /// \return the entries of the forwarding cache, those of IPv4 first, sorted by group, then source
    std::vector<ForwardingState> GetForwarding() const;

    /**
     * \brief Write interfaces, groups and the forwarding cache as text.
     * \param os where to
     */
    void Print(std::ostream& os) const;

    // Traces

    /**
     * \brief Signature of MembershipChange.
     * \param interface index of the IP interface
     * \param group the group, an Ipv4Address or Ipv6Address
     * \param present true: there are members now; false: not any more
     */
    typedef void (*MembershipTracedCallback)(uint32_t interface, const Address& group, bool present);

    /**
     * \brief Signature of StateChange.
     * \param interface index of the IP interface
     * \param group the group, or 0.0.0.0 or :: if the change is one of the interface
     * \param what name of the change: querier-changed, filter-mode-changed, source-blocked, ...
     */
    typedef void (*StateTracedCallback)(uint32_t interface, const Address& group, const std::string& what);

    /**
     * \brief Signature of PacketTx, PacketRx and Forward.
     * \param header the IP header without options, an Ipv4Header or Ipv6Header: dynamic_cast tells
     * \param payload what follows it
     * \param interface index of the IP interface
     */
    typedef void (*PacketTracedCallback)(const Header& header, Ptr<const Packet> payload, uint32_t interface);

    /**
     * \brief Signature of Drop.
     * \param header as in PacketTx
     * \param payload what follows it
     * \param reason name of the reason: bad-checksum, not-member, ttl-threshold, ...
     * \param interface index of the IP interface
     */
    typedef void (*DropTracedCallback)(const Header& header, Ptr<const Packet> payload, const std::string& reason,
                                       uint32_t interface);

    /**
     * \brief Signature of HostEvent and RouterEvent.
     * \param at time of the event
     * \param text the event: its name, and fields as name=value
     */
    typedef void (*EventTracedCallback)(Time at, const std::string& text);

  protected:
    void DoInitialize() override;
    void DoDispose() override;

  private:
    class Impl;
    friend class IgmpL4Protocol;
    friend class MulticastCoreAccess;
    template <class Ip>
    friend class MulticastForwarder;
    friend class MulticastIcmpv6L4Protocol;
    template <class Ip>
    friend class MulticastOutput;
    template <class Types>
    friend class MulticastRoutingBase;
    friend class MulticastSocket;
    friend class PimL4Protocol;

    /// The configurations of interfaces, by index.
    typedef std::map<uint32_t, Ptr<MulticastInterface>> InterfaceMap;

    /// \return those of a version of IP
    InterfaceMap& Interfaces(Family family);
    /// \return PIM of a version of IP; none if nobody has asked for it
    Ptr<MulticastPim> FindPim(Family family) const;
    /// \param family whose interface it is
    /// \param changed an interface that is new, went up or down, or has other addresses
    void UpdateInterface(Family family, uint32_t changed);
    /// The link of an interface went up or down. \param interface as the core numbers it
    void OnLinkChange(uint32_t interface);
    /// Print of one version of IP.
    void PrintInterfaces(std::ostream& os, Family family) const;
    /// The simulation starts.
    void Start();
    /// Takes over attributes that changed.
    void ApplyConfiguration();
    /// Something in a MulticastInterface changed.
    void ConfigurationChanged();

    bool m_router;                    //!< attribute Router
    bool m_multicastLoop;             //!< attribute MulticastLoop
    bool m_followLink;                //!< attribute FollowLinkState
    bool m_deliverLinkLocal;          //!< attribute DeliverLinkLocal
    bool m_joinRouterGroups;          //!< attribute JoinRouterGroups
    bool m_reportSolicitedNodes;      //!< attribute ReportSolicitedNodes
    int32_t m_defaultInterface;       //!< attribute DefaultInterface
    uint64_t m_seed;                  //!< attribute Seed
    uint32_t m_maxGroups;             //!< attribute MaxGroups
    uint32_t m_maxForwardingEntries;  //!< attribute MaxForwardingEntries
    Time m_forwardingEntryLifetime;   //!< attribute ForwardingEntryLifetime
    Time m_routeCheckInterval;        //!< attribute RouteCheckInterval
    Ptr<UniformRandomVariable> m_rng; //!< where the protocol's seeds come from
    EventId m_start;                  //!< pending Start
    EventId m_apply;                  //!< pending ApplyConfiguration
    ObjectFactory m_interfaceFactory; //!< makes the following
    InterfaceMap m_interfaces;        //!< attribute InterfaceList
    InterfaceMap m_ipv6Interfaces;    //!< attribute Ipv6InterfaceList
    Ptr<MulticastPim> m_pim;          //!< attribute Pim
    Ptr<MulticastPim> m_ipv6Pim;      //!< attribute Ipv6Pim
    std::unique_ptr<Impl> m_impl;     //!< the core and what drives it

    /// Trace MembershipChange
    TracedCallback<uint32_t, const Address&, bool> m_membershipTrace;
    /// Trace StateChange
    TracedCallback<uint32_t, const Address&, const std::string&> m_stateTrace;
    /// Trace PacketTx
    TracedCallback<const Header&, Ptr<const Packet>, uint32_t> m_txTrace;
    /// Trace PacketRx
    TracedCallback<const Header&, Ptr<const Packet>, uint32_t> m_rxTrace;
    /// Trace Forward
    TracedCallback<const Header&, Ptr<const Packet>, uint32_t> m_forwardTrace;
    /// Trace Drop
    TracedCallback<const Header&, Ptr<const Packet>, const std::string&, uint32_t> m_dropTrace;
    /// Trace HostEvent
    TracedCallback<Time, const std::string&> m_hostEventTrace;
    /// Trace RouterEvent
    TracedCallback<Time, const std::string&> m_routerEventTrace;
};

} // namespace ns3

#endif // MULTICAST_NODE_H
