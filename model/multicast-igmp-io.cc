// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-igmp-io.h"

#include "core/wire/ipv4-header.h"
#include "multicast-convert.h"
#include "multicast-l3-traces.h"

#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/queue-item.h"
#include "ns3/socket.h"

#include <array>
#include <cstddef>

namespace ns3
{

namespace
{

constexpr uint8_t CONTROL_PRIORITY = 7; // TC_PRIO_CONTROL: a leave doesn't queue behind the data that it is to end
constexpr uint8_t HEADER_WORDS = 5;     // of an IP header without options

// A packet that has its IP header already.
class WholePacketItem : public QueueDiscItem
{
  public:
    using QueueDiscItem::QueueDiscItem;

    void AddHeader() override
    {
    }

    bool Mark() override
    {
        return false;
    }
};

bool
HasRouterAlert(const Packet& packet)
{
    std::array<uint8_t, 60> header{};
    const std::size_t size = packet.CopyData(header.data(), header.size());
    const std::size_t headerSize = std::size_t{4} * (header[0] & 0xf);
    return headerSize <= size && mcast::HasRouterAlert(mcast::BytesView(header.data(), headerSize));
}

} // namespace

MulticastIgmpIo::MulticastIgmpIo(Ptr<Ipv4L3Protocol> ipv4)
    : m_ipv4(ipv4)
{
}

void
MulticastIgmpIo::OnIpv4Rx(const Ptr<const Packet>& packet)
{
    std::array<uint8_t, 4> first{};
    packet->CopyData(first.data(), first.size());
    const uint32_t headerWords = first[0] & 0xf;
    const auto totalLength = static_cast<uint32_t>(first[2] << 8 | first[3]);
    m_routerAlert = headerWords > HEADER_WORDS && HasRouterAlert(*packet);
    m_lengthIsTrue = 4 * headerWords <= totalLength && totalLength <= packet->GetSize();
}

MulticastIgmpIo::Received
MulticastIgmpIo::Read(Ptr<const Packet> payload, const Ipv4Header& header, Ptr<Ipv4Interface> interface) const
{
    Received received;
    received.interface.value = static_cast<uint32_t>(m_ipv4->GetInterfaceForDevice(interface->GetDevice()));
    received.meta.source = ToCore(header.GetSource());
    received.meta.destination = ToCore(header.GetDestination());
    received.meta.ttl = header.GetTtl();
    received.meta.tos = header.GetTos();
    received.meta.routerAlert = m_routerAlert;
    received.payload.resize(payload->GetSize());
    payload->CopyData(received.payload.data(), payload->GetSize());
    return received;
}

void
MulticastIgmpIo::Send(const mcast::Transmit& packet)
{
    const auto interface = packet.interface.value;
    const auto device = m_ipv4->GetNetDevice(interface);
    const auto octets = mcast::WriteIpv4(packet.meta, packet.payload, m_identification++);
    const auto whole = Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size()));
    FireIpv4Tx(m_ipv4, whole, interface);
    SocketPriorityTag priority;
    priority.SetPriority(CONTROL_PRIORITY);
    whole->AddPacketTag(priority);
    const auto destination = device->GetMulticast(FromCore(packet.meta.destination));
    const auto item = Create<WholePacketItem>(whole, destination, Ipv4L3Protocol::PROT_NUMBER);
    device->GetNode()->GetObject<TrafficControlLayer>()->Send(device, item);
}

Ipv4Header
MulticastIgmpIo::MakeHeader(const mcast::Transmit& packet)
{
    Ipv4Header header;
    header.SetSource(FromCore(packet.meta.source));
    header.SetDestination(FromCore(packet.meta.destination));
    header.SetProtocol(packet.meta.protocol);
    header.SetTtl(packet.meta.ttl);
    header.SetTos(packet.meta.tos);
    header.SetPayloadSize(static_cast<uint16_t>(packet.payload.size()));
    return header;
}

} // namespace ns3
