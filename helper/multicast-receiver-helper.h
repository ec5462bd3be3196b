// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_RECEIVER_HELPER_H
#define MULTICAST_RECEIVER_HELPER_H

#include "ns3/address.h"
#include "ns3/application-container.h"
#include "ns3/node-container.h"
#include "ns3/object-factory.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

class AttributeValue;
class Node;

/**
 * \ingroup multicast
 * \brief Installs MulticastReceiver: applications that listen to a group from their start to their stop.
 */
class MulticastReceiverHelper
{
  public:
    /**
     * \param group the group to listen to, an Ipv4Address or Ipv6Address
     * \param port UDP port of the datagrams to receive; 0: receive none, only hold the membership for another
     *        application of the node
     */
    explicit MulticastReceiverHelper(const Address& group, uint16_t port = 0);

    /**
     * \brief Set an attribute of each MulticastReceiver to be made.
     * \param name name of the attribute
     * \param value its value
     */
    void SetAttribute(std::string name, const AttributeValue& value);

    /**
     * \brief Listen to some sources only.
     * \param sources addresses of senders
     */
    void Include(const std::vector<Address>& sources);

    /**
     * \brief Listen to all sources but some.
     * \param sources addresses of senders
     */
    void Exclude(const std::vector<Address>& sources);

    /**
     * \brief Install one application on each node.
     * \param nodes nodes with multicast
     * \return the applications
     */
    ApplicationContainer Install(NodeContainer nodes) const;

  private:
    Address m_group;                //!< for MulticastReceiver::SetGroup
    ObjectFactory m_factory;        //!< makes MulticastReceiver
    std::vector<Address> m_sources; //!< for MulticastReceiver::SetSources
};

} // namespace ns3

#endif // MULTICAST_RECEIVER_HELPER_H
