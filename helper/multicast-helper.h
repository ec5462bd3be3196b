// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_HELPER_H
#define MULTICAST_HELPER_H

#include "ns3/address.h"
#include "ns3/ipv4-routing-helper.h"
#include "ns3/ipv6-routing-helper.h"
#include "ns3/multicast-node.h"
#include "ns3/net-device.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/object-factory.h"
#include "ns3/output-stream-wrapper.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

class AttributeValue;
class Node;

/**
 * \ingroup multicast
 * \brief Gives nodes an Internet stack with IGMP and MLD.
 *
 * \code
 *   MulticastHelper multicast;
 *   multicast.InstallRouters(routers);
 *   multicast.InstallHosts(hosts);
 *   ...                                                    // addresses
 *   MulticastHelper::JoinAt(Seconds(1), hosts.Get(0), Ipv4Address("239.1.1.1"));
 * \endcode
 *
 * It is a routing helper, too, for whoever configures InternetStackHelper by themselves:
 *
 * \code
 *   multicast.SetRouter(true);
 *   InternetStackHelper stack;
 *   stack.SetRoutingHelper(multicast);                         // IPv4
 *   stack.SetRoutingHelper(MulticastIpv6RoutingHelper(multicast)); // IPv6
 *   stack.Install(routers);
 * \endcode
 *
 * Groups and sources are given as Address: an Ipv4Address or an Ipv6Address will do.
 */
class MulticastHelper : public Ipv4RoutingHelper
{
  public:
    typedef MulticastNode::Family Family; //!< a version of IP

    /// Unicast routing is that of InternetStackHelper: static, then global; for IPv6 static.
    MulticastHelper();

    /// \param other the one to copy
    MulticastHelper(const MulticastHelper& other);
    MulticastHelper& operator=(const MulticastHelper& other) = delete;
    ~MulticastHelper() override;

    MulticastHelper* Copy() const override;
    Ptr<Ipv4RoutingProtocol> Create(Ptr<Node> node) const override;

    /**
     * \brief Create for IPv6. Used by MulticastIpv6RoutingHelper.
     * \param node a node with IPv6
     * \return its routing
     */
    Ptr<Ipv6RoutingProtocol> CreateIpv6(Ptr<Node> node) const;

    /**
     * \brief Choose the unicast routing.
     * \param routing makes one protocol, or an Ipv4ListRouting whose protocols are taken over
     */
    void SetUnicastRouting(const Ipv4RoutingHelper& routing);

    /**
     * \brief Choose the unicast routing of IPv6.
     * \param routing makes one protocol, or an Ipv6ListRouting whose protocols are taken over
     */
    void SetUnicastRouting(const Ipv6RoutingHelper& routing);

    /**
     * \brief Shall InstallRouters and InstallHosts install IPv4?
     * \param enable true, as at first: yes
     */
    void SetIpv4StackInstall(bool enable);

    /**
     * \brief Shall InstallRouters and InstallHosts install IPv6?
     * \param enable true, as at first: yes
     */
    void SetIpv6StackInstall(bool enable);

    /**
     * \brief Are the nodes that Create is called for routers?
     * \param router true: yes; false, as at first: no
     */
    void SetRouter(bool router);

    /**
     * \brief Set an attribute of each MulticastNode to be made.
     * \param name name of the attribute
     * \param value its value
     */
    void Set(std::string name, const AttributeValue& value);

    /**
     * \brief Set an attribute of each MulticastInterface of the nodes to be installed.
     * \param name name of the attribute
     * \param value its value
     */
    void SetInterface(std::string name, const AttributeValue& value);

    /**
     * \brief Install an Internet stack that routes multicast.
     * \param nodes nodes without an Internet stack
     */
    void InstallRouters(NodeContainer nodes) const;

    /**
     * \brief Install an Internet stack that receives and sends multicast.
     * \param nodes nodes without an Internet stack
     */
    void InstallHosts(NodeContainer nodes) const;

    /**
     * \brief Fix the random streams of nodes.
     * \param nodes nodes with multicast; others are left out
     * \param stream first stream to use
     * \return the number of streams assigned
     */
    int64_t AssignStreams(NodeContainer nodes, int64_t stream) const;

    /**
     * \brief A node's multicast. Ends the simulation if it has none.
     * \param node the node
     * \return its MulticastNode
     */
    static Ptr<MulticastNode> GetMulticast(Ptr<Node> node);

    /**
     * \brief The multicast configuration of a device's IP interface. Ends the simulation if there is none.
     * \param device a device with an address
     * \param family of that address
     * \return its MulticastInterface
     */
    static Ptr<MulticastInterface> GetInterface(Ptr<NetDevice> device, Family family = MulticastNode::IPV4);

    /**
     * \brief The index of a device's IP interface. Ends the simulation if there is none.
     * \param device a device with an address
     * \param family of that address
     * \return the index
     */
    static uint32_t GetInterfaceIndex(Ptr<NetDevice> device, Family family = MulticastNode::IPV4);

    /**
     * \brief Let a node listen to a group, with all sources or some, until Leave. All applications of the node get it.
     * Ends the simulation if it cannot.
     * \param node the node
     * \param group the group
     * \param interface index of the IP interface, or MulticastNode::ANY_INTERFACE
     * \param mode what the sources are
     * \param sources addresses of senders
     */
    static void Join(Ptr<Node> node, Address group, uint32_t interface = MulticastNode::ANY_INTERFACE,
                     MulticastNode::FilterMode mode = MulticastNode::EXCLUDE,
                     std::vector<Address> sources = std::vector<Address>());

    /**
     * \brief Take back Join.
     * \param node the node
     * \param group the group
     * \param interface as in Join; MulticastNode::ANY_INTERFACE: all
     */
    static void Leave(Ptr<Node> node, Address group, uint32_t interface = MulticastNode::ANY_INTERFACE);

    /**
     * \brief Join at a time of the simulation.
     * \param at when
     * \param node as in Join
     * \param group as in Join
     * \param interface as in Join
     * \param mode as in Join
     * \param sources as in Join
     */
    static void JoinAt(Time at, Ptr<Node> node, Address group, uint32_t interface = MulticastNode::ANY_INTERFACE,
                       MulticastNode::FilterMode mode = MulticastNode::EXCLUDE,
                       std::vector<Address> sources = std::vector<Address>());

    /**
     * \brief Leave at a time of the simulation.
     * \param at when
     * \param node as in Leave
     * \param group as in Leave
     * \param interface as in Leave
     */
    static void LeaveAt(Time at, Ptr<Node> node, Address group, uint32_t interface = MulticastNode::ANY_INTERFACE);

    /**
     * \brief Forward a group by configuration. Ends the simulation if it cannot be.
     * \param router a router
     * \param source the source; none, 0.0.0.0 or ::, any
     * \param group the group
     * \param incoming where its data must come in
     * \param outgoing where it goes out
     */
    static void AddRoute(Ptr<Node> router, const Address& source, const Address& group, Ptr<NetDevice> incoming,
                         const std::vector<Ptr<NetDevice>>& outgoing);

    /**
     * \brief Write the multicast state of a node at a time of the simulation.
     * \param at when
     * \param node a node with multicast
     * \param stream where to
     */
    static void PrintStateAt(Time at, Ptr<Node> node, Ptr<OutputStreamWrapper> stream);

    /**
     * \brief Write each event of the protocol as a line: time in seconds, node, host or router, event.
     * \param stream where to
     * \param nodes nodes with multicast
     */
    static void EnableAsciiEvents(Ptr<OutputStreamWrapper> stream, NodeContainer nodes);

  private:
    /**
     * \brief Install an Internet stack on nodes.
     * \param nodes nodes without an Internet stack
     * \param router are they routers?
     */
    void Install(NodeContainer nodes, bool router) const;

    /**
     * \brief The multicast of a node, made if need be.
     * \param node the node
     * \return its MulticastNode
     */
    Ptr<MulticastNode> MakeMulticast(Ptr<Node> node) const;

    std::unique_ptr<const Ipv4RoutingHelper> m_unicast;     //!< makes the unicast routing
    std::unique_ptr<const Ipv6RoutingHelper> m_ipv6Unicast; //!< makes that of IPv6
    bool m_ipv4;                                            //!< install IPv4?
    bool m_ipv6;                                            //!< install IPv6?
    ObjectFactory m_nodeFactory;                            //!< makes MulticastNode
    ObjectFactory m_interfaceFactory;                       //!< makes MulticastInterface
};

/**
 * \ingroup multicast
 * \brief What MulticastHelper is for IPv4, for InternetStackHelper's IPv6: a class of its own because the two base classes
 * differ in what the same function returns.
 */
class MulticastIpv6RoutingHelper : public Ipv6RoutingHelper
{
  public:
    /// \param multicast configures what is made
    explicit MulticastIpv6RoutingHelper(const MulticastHelper& multicast);

    MulticastIpv6RoutingHelper* Copy() const override;
    Ptr<Ipv6RoutingProtocol> Create(Ptr<Node> node) const override;

  private:
    MulticastHelper m_multicast; //!< makes it
};

} // namespace ns3

#endif // MULTICAST_HELPER_H
