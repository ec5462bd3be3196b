// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_ROUTING_H
#define MULTICAST_ROUTING_H

#include "multicast-routing-base.h"

namespace ns3
{

/**
 * \ingroup multicast
 * \brief The IPv4 routing of a node with multicast: unicast by the protocols of the list, as in Ipv4ListRouting;
 * multicast by what IGMP has learned. Multicast routes of Ipv4StaticRouting are not used; see MulticastNode::AddRoute.
 */
class MulticastRouting : public MulticastRoutingBase<MulticastIpv4Routes>
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    void SetIpv4(Ptr<Ipv4> ipv4) override;
};

} // namespace ns3

#endif // MULTICAST_ROUTING_H
