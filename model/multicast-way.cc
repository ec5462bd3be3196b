// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-way.h"

#include "multicast-l3-access.h"

#include "ns3/loopback-net-device.h"
#include "ns3/net-device-queue-interface.h"
#include "ns3/node.h"
#include "ns3/queue-disc.h"
#include "ns3/socket.h"

namespace ns3
{

template <class Ip>
MulticastWay<Ip>::MulticastWay(Ptr<typename Ip::L3Protocol> l3, uint32_t interface)
    : m_l3(l3),
      m_interface(interface),
      m_route(Create<typename Ip::Route>()),
      m_ipInterface(l3->GetInterface(interface)),
      m_device(l3->GetNetDevice(interface)),
      m_broadcast(m_device->GetBroadcast()),
      m_needsMac(m_device->NeedsArp()),
      m_controlsFlow(m_device->GetObject<NetDeviceQueueInterface>())
{
    m_route->SetGateway(Ip::Address::GetAny());
    m_route->SetOutputDevice(m_device);
    if (!DynamicCast<LoopbackNetDevice>(m_device))
    {
        m_trafficControl = m_device->GetNode()->GetObject<TrafficControlLayer>();
    }
}

template <class Ip>
void
MulticastWay<Ip>::Send(const Ptr<Packet>& payload, const Header& header) const
{
    SendWithHeader(*m_l3, payload, header, m_route);
}

// What SendWithHeader and IP's interface do besides is for packets of this node or to it, for those that are too long,
// and for interfaces that are down; what the traffic control layer does, for devices with queues that it knows of.
template <class Ip>
void
MulticastWay<Ip>::Forward(const Ptr<Packet>& payload, const Header& header) const
{
    FireMulticastForward(*m_l3, header, payload, m_interface);
    if (!m_trafficControl || !m_ipInterface->IsUp() ||
        payload->GetSize() + header.GetSerializedSize() > m_device->GetMtu())
    {
        Send(payload, header);
        return;
    }
    FireTx(m_l3, header, payload, m_interface);
    const auto to = m_needsMac ? m_device->GetMulticast(header.GetDestination()) : m_broadcast;
    if (IsQueued())
    {
        const auto item = Create<typename Ip::QueueItem>(payload, to, Ip::L3Protocol::PROT_NUMBER, header);
        m_trafficControl->Send(m_device, item);
        return;
    }
    payload->AddHeader(header);
    if (payload->GetPacketTagIterator().HasNext())
    {
        SocketPriorityTag priority; // no queue, no priority
        payload->RemovePacketTag(priority);
    }
    m_device->Send(payload, to, Ip::L3Protocol::PROT_NUMBER);
}

template <class Ip>
bool
MulticastWay<Ip>::IsQueued() const
{
    return m_controlsFlow || m_trafficControl->GetRootQueueDiscOnDevice(m_device);
}

template class MulticastWay<MulticastIpv4>;
template class MulticastWay<MulticastIpv6>;

} // namespace ns3
