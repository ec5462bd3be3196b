// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-l4-protocol.h"

#include "multicast-node.h"

#include "ns3/log.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastL4Protocol");

NS_OBJECT_ENSURE_REGISTERED(MulticastL4Protocol);

TypeId
MulticastL4Protocol::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MulticastL4Protocol").SetParent<IpL4Protocol>().SetGroupName("Multicast");
    return tid;
}

MulticastL4Protocol::MulticastL4Protocol()
{
    NS_LOG_FUNCTION(this);
}

MulticastL4Protocol::~MulticastL4Protocol()
{
    NS_LOG_FUNCTION(this);
}

void
MulticastL4Protocol::DoDispose()
{
    NS_LOG_FUNCTION(this);
    m_node = nullptr;
    m_downTarget = DownTargetCallback();
    m_downTarget6 = DownTargetCallback6();
    IpL4Protocol::DoDispose();
}

void
MulticastL4Protocol::SetMulticastNode(Ptr<MulticastNode> node)
{
    m_node = node;
}

void
MulticastL4Protocol::SetDownTarget(DownTargetCallback callback)
{
    m_downTarget = callback;
}

void
MulticastL4Protocol::SetDownTarget6(DownTargetCallback6 callback)
{
    m_downTarget6 = callback;
}

IpL4Protocol::DownTargetCallback
MulticastL4Protocol::GetDownTarget() const
{
    return m_downTarget;
}

IpL4Protocol::DownTargetCallback6
MulticastL4Protocol::GetDownTarget6() const
{
    return m_downTarget6;
}

} // namespace ns3
