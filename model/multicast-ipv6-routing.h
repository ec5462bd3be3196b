// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_IPV6_ROUTING_H
#define MULTICAST_IPV6_ROUTING_H

#include "multicast-routing-base.h"

namespace ns3
{

/**
 * \ingroup multicast
 * \brief The IPv6 routing of a node with multicast: unicast by the protocols of the list, as in Ipv6ListRouting;
 * multicast by what MLD has learned. Multicast routes of Ipv6StaticRouting are not used; see MulticastNode::AddRoute.
 */
class MulticastIpv6Routing : public MulticastRoutingBase<MulticastIpv6Routes>
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    void SetIpv6(Ptr<Ipv6> ipv6) override;
};

} // namespace ns3

#endif // MULTICAST_IPV6_ROUTING_H
