// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_RECEIVER_H
#define MULTICAST_RECEIVER_H

#include "multicast-node.h"
#include "multicast-socket.h"

#include "ns3/address.h"
#include "ns3/application.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

class Packet;

/**
 * \ingroup multicast
 * \brief An application that listens to a group from its start to its stop.
 *
 * With a port it also receives the group's datagrams, as far as its own source filter lets them through. Without one
 * (Port 0) it only holds the membership: beside a PacketSink, an UdpEchoServer or any other application of ns-3 that is
 * bound to the group or to any address, and that gets the group for as long.
 */
class MulticastReceiver : public Application
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    MulticastReceiver();
    ~MulticastReceiver() override;

    /**
     * \brief Choose the group (attribute Group).
     * \param group the group, an Ipv4Address or Ipv6Address
     */
    void SetGroup(const Address& group);

    /**
     * \brief Listen to these sources only (attribute Include) or to all but these. May change while it runs.
     * \param sources unicast addresses
     */
    void SetSources(const std::vector<Address>& sources);

    /// \return octets of data received
    uint64_t GetTotalRx() const;

    /// \return datagrams received
    uint64_t GetTotalPackets() const;

    /**
     * \brief Signature of Rx.
     * \param packet the data
     * \param source where it comes from
     * \param group its destination
     */
    typedef void (*RxTracedCallback)(Ptr<const Packet> packet, const Address& source, const Address& group);

  protected:
    void DoDispose() override;

  private:
    void StartApplication() override;
    void StopApplication() override;

    /// Asks for what the attributes say.
    void Listen();
    /// \return the number of the interface
    uint32_t GetInterface() const;
    /// Setter of the attribute Group. \param group an address
    void SetGroupText(std::string group);
    /// Getter of the attribute Group. \return an address
    std::string GetGroupText() const;
    /// Setter of the attribute Sources. \param sources addresses, separated by commas
    void SetSourceList(std::string sources);
    /// Getter of the attribute Sources. \return addresses, separated by commas
    std::string GetSourceList() const;
    /// A datagram has come in.
    void Receive(Ptr<Packet> packet, const Address& source, uint16_t port, const Address& group, uint32_t interface);

    Address m_group;                //!< attribute Group
    uint16_t m_port;                //!< attribute Port
    int32_t m_interface;            //!< attribute Interface
    bool m_include;                 //!< attribute Include
    std::vector<Address> m_sources; //!< attribute Sources
    Ptr<MulticastSocket> m_socket;  //!< while it runs
    uint64_t m_totalRx;             //!< octets
    uint64_t m_totalPackets;        //!< datagrams

    /// Trace Rx
    TracedCallback<Ptr<const Packet>, const Address&, const Address&> m_rxTrace;
};

} // namespace ns3

#endif // MULTICAST_RECEIVER_H
