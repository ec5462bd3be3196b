// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_SOCKET_H
#define MULTICAST_SOCKET_H

#include "multicast-node.h"

#include "ns3/address.h"
#include "ns3/callback.h"
#include "ns3/object.h"
#include "ns3/packet.h"

#include <cstdint>
#include <vector>

namespace ns3
{

class Node;

/**
 * \ingroup multicast
 * \brief A socket that receives UDP datagrams of the groups and sources that it listens to, and no others.
 *
 * ns-3's own UDP sockets ignore MulticastJoinGroup and have no source filter: with MulticastNode they get all that any
 * application of the node has asked for. This socket gets what it has asked for itself (RFC 3376 3.2), and any number of
 * them may share a port. To send, use one of ns-3's.
 */
class MulticastSocket : public Object
{
  public:
    /**
     * Called for each datagram: the data, its source and source port, its group, and the index of the interface, of Ipv4
     * or of Ipv6, where it came in.
     */
    typedef Callback<void, Ptr<Packet>, const Address&, uint16_t, const Address&, uint32_t> ReceiveCallback;

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /**
     * \brief Open a socket.
     * \param node a node with MulticastNode
     * \param port destination port of the datagrams; 0: none, the socket only holds memberships
     * \return the socket; it lives until Close, or until nobody points to it any more
     */
    static Ptr<MulticastSocket> Open(Ptr<Node> node, uint16_t port);

    MulticastSocket();
    ~MulticastSocket() override;

    /// Leaves all groups; nothing is received any more. So does the end of the simulation.
    void Close();

    /// \return destination port of the datagrams
    uint16_t GetPort() const;

    /**
     * \brief MulticastNode::Listen for this socket.
     * \param interface index of an IP interface, or MulticastNode::ANY_INTERFACE
     * \param group the group
     * \param mode what the sources are
     * \param sources unicast addresses
     * \return as MulticastNode::Listen
     */
    bool Listen(uint32_t interface, const Address& group, MulticastNode::FilterMode mode,
                const std::vector<Address>& sources = std::vector<Address>());

    /**
     * \brief Listen to all sources of a group.
     * \param group the group
     * \param interface as in Listen
     * \return as Listen
     */
    bool Join(const Address& group, uint32_t interface = MulticastNode::ANY_INTERFACE);

    /**
     * \brief Stop to listen to a group.
     * \param group the group
     * \param interface as in Listen
     * \return as Listen
     */
    bool Leave(const Address& group, uint32_t interface = MulticastNode::ANY_INTERFACE);

    /**
     * \brief Set who gets the datagrams.
     * \param callback called for each datagram
     */
    void SetReceiveCallback(ReceiveCallback callback);

  protected:
    void DoDispose() override;

  private:
    friend class MulticastUdpDemux;

    /// \return did the filter let it through?
    bool Receive(Ptr<const Packet> data, const Address& source, const Address& group, uint16_t sourcePort,
                 uint16_t destinationPort, uint32_t interface);

    Ptr<MulticastNode> m_node; //!< none when closed
    uint32_t m_socket;         //!< of MulticastNode::OpenSocket
    uint16_t m_port;           //!< destination port of the datagrams
    ReceiveCallback m_receive; //!< who gets them
};

} // namespace ns3

#endif // MULTICAST_SOCKET_H
