// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-ipv6-routing.h"

#include "ns3/ipv6-l3-protocol.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MulticastIpv6Routing);

TypeId
MulticastIpv6Routing::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MulticastIpv6Routing")
                            .SetParent<Ipv6ListRouting>()
                            .SetGroupName("Multicast")
                            .AddConstructor<MulticastIpv6Routing>();
    return tid;
}

void
MulticastIpv6Routing::SetIpv6(Ptr<Ipv6> ipv6)
{
    Ipv6ListRouting::SetIpv6(ipv6);
    Attach(DynamicCast<Ipv6L3Protocol>(ipv6));
}

} // namespace ns3
