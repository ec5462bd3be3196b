// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-routing.h"

#include "ns3/ipv4-l3-protocol.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MulticastRouting);

TypeId
MulticastRouting::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MulticastRouting")
                            .SetParent<Ipv4ListRouting>()
                            .SetGroupName("Multicast")
                            .AddConstructor<MulticastRouting>();
    return tid;
}

void
MulticastRouting::SetIpv4(Ptr<Ipv4> ipv4)
{
    Ipv4ListRouting::SetIpv4(ipv4);
    Attach(DynamicCast<Ipv4L3Protocol>(ipv4));
}

} // namespace ns3
