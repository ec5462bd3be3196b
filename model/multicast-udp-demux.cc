// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-udp-demux.h"

#include "multicast-socket.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6.h"
#include "ns3/node.h"
#include "ns3/udp-header.h"
#include "ns3/udp-l4-protocol.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MulticastUdpDemux);

namespace
{

template <class Ip>
uint32_t
IndexOf(NetDevice& device)
{
    const auto ip = device.GetNode()->GetObject<Ip>();
    return static_cast<uint32_t>(ip->GetInterfaceForDevice(Ptr<NetDevice>(&device)));
}

} // namespace

TypeId
MulticastUdpDemux::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MulticastUdpDemux")
                            .SetParent<IpL4Protocol>()
                            .SetGroupName("Multicast")
                            .AddConstructor<MulticastUdpDemux>();
    return tid;
}

void
MulticastUdpDemux::SetUdp(Ptr<IpL4Protocol> udp)
{
    m_udp = udp;
}

void
MulticastUdpDemux::DoDispose()
{
    m_udp = nullptr;
    m_sockets.clear();
    IpL4Protocol::DoDispose();
}

void
MulticastUdpDemux::Add(MulticastSocket* socket)
{
    m_sockets.push_back(socket);
}

void
MulticastUdpDemux::Remove(MulticastSocket* socket)
{
    m_sockets.erase(std::remove(m_sockets.begin(), m_sockets.end(), socket), m_sockets.end());
}

int
MulticastUdpDemux::GetProtocolNumber() const
{
    return UdpL4Protocol::PROT_NUMBER;
}

IpL4Protocol::RxStatus
MulticastUdpDemux::Receive(Ptr<Packet> p, const Ipv4Header& header, Ptr<Ipv4Interface> incomingInterface)
{
    const auto group = header.GetDestination();
    const bool delivered =
        group.IsMulticast() && Deliver(p, header.GetSource(), group, IndexOf<Ipv4>(*incomingInterface->GetDevice()));
    const auto status = m_udp ? m_udp->Receive(p, header, incomingInterface) : RX_ENDPOINT_UNREACH;
    return delivered ? RX_OK : status;
}

IpL4Protocol::RxStatus
MulticastUdpDemux::Receive(Ptr<Packet> p, const Ipv6Header& header, Ptr<Ipv6Interface> incomingInterface)
{
    const auto group = header.GetDestination();
    const bool delivered =
        group.IsMulticast() && Deliver(p, header.GetSource(), group, IndexOf<Ipv6>(*incomingInterface->GetDevice()));
    const auto status = m_udp ? m_udp->Receive(p, header, incomingInterface) : RX_ENDPOINT_UNREACH;
    return delivered ? RX_OK : status;
}

bool
MulticastUdpDemux::Deliver(Ptr<const Packet> datagram, const Address& source, const Address& group, uint32_t interface)
{
    UdpHeader udp;
    const Ptr<Packet> data = datagram->Copy();
    if (data->GetSize() < udp.GetSerializedSize())
    {
        return false;
    }
    if (Node::ChecksumEnabled())
    {
        udp.EnableChecksums();
    }
    udp.InitializeChecksum(source, group, UdpL4Protocol::PROT_NUMBER);
    data->RemoveHeader(udp);
    if (!udp.IsChecksumOk())
    {
        return false;
    }
    bool delivered = false;
    const auto sockets = m_sockets; // an application may close one of them in its callback, or open another
    for (auto* socket : sockets)
    {
        const bool open = std::find(m_sockets.begin(), m_sockets.end(), socket) != m_sockets.end();
        if (open && socket->Receive(data, source, group, udp.GetSourcePort(), udp.GetDestinationPort(), interface))
        {
            delivered = true;
        }
    }
    return delivered;
}

void
MulticastUdpDemux::ReceiveIcmp(Ipv4Address icmpSource, uint8_t icmpTtl, uint8_t icmpType, uint8_t icmpCode,
                               uint32_t icmpInfo, Ipv4Address payloadSource, Ipv4Address payloadDestination,
                               const uint8_t payload[8])
{
    if (m_udp)
    {
        m_udp->ReceiveIcmp(icmpSource, icmpTtl, icmpType, icmpCode, icmpInfo, payloadSource, payloadDestination,
                           payload);
    }
}

void
MulticastUdpDemux::ReceiveIcmp(Ipv6Address icmpSource, uint8_t icmpTtl, uint8_t icmpType, uint8_t icmpCode,
                               uint32_t icmpInfo, Ipv6Address payloadSource, Ipv6Address payloadDestination,
                               const uint8_t payload[8])
{
    if (m_udp)
    {
        m_udp->ReceiveIcmp(icmpSource, icmpTtl, icmpType, icmpCode, icmpInfo, payloadSource, payloadDestination,
                           payload);
    }
}

void
MulticastUdpDemux::SetDownTarget(DownTargetCallback callback)
{
    if (m_udp)
    {
        m_udp->SetDownTarget(callback);
    }
}

void
MulticastUdpDemux::SetDownTarget6(DownTargetCallback6 callback)
{
    if (m_udp)
    {
        m_udp->SetDownTarget6(callback);
    }
}

IpL4Protocol::DownTargetCallback
MulticastUdpDemux::GetDownTarget() const
{
    return m_udp ? m_udp->GetDownTarget() : DownTargetCallback();
}

IpL4Protocol::DownTargetCallback6
MulticastUdpDemux::GetDownTarget6() const
{
    return m_udp ? m_udp->GetDownTarget6() : DownTargetCallback6();
}

} // namespace ns3
