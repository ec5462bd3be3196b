// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-message-io.h"

#include "core/wire/ipv4-header.h"
#include "core/wire/ipv6-header.h"
#include "multicast-convert.h"
#include "multicast-l3-access.h"

#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/queue-item.h"
#include "ns3/socket.h"
#include "ns3/traffic-control-layer.h"

#include <array>
#include <cstddef>

namespace ns3
{

namespace
{

constexpr uint8_t CONTROL_PRIORITY = 7; // TC_PRIO_CONTROL: a leave doesn't queue behind the data that it is to end
constexpr uint8_t HEADER_WORDS = 5;     // of an IPv4 header without options
constexpr std::size_t IPV6_HEADER_SIZE = 40;

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

void
AddControlPriority(Packet& packet)
{
    SocketPriorityTag priority;
    priority.SetPriority(CONTROL_PRIORITY);
    packet.AddPacketTag(priority);
}

} // namespace

template <class Ip>
MulticastMessageIo<Ip>::MulticastMessageIo(Ptr<typename Ip::L3Protocol> l3)
    : m_l3(l3)
{
}

template <>
void
MulticastMessageIo<MulticastIpv4>::OnRx(const Ptr<const Packet>& packet)
{
    std::array<uint8_t, 4> first{};
    packet->CopyData(first.data(), first.size());
    const uint32_t headerWords = first[0] & 0xf;
    const auto totalLength = static_cast<uint32_t>(first[2] << 8 | first[3]);
    m_routerAlert = headerWords > HEADER_WORDS && HasRouterAlert(*packet);
    m_lengthIsTrue = 4 * headerWords <= totalLength && totalLength <= packet->GetSize();
}

template <>
void
MulticastMessageIo<MulticastIpv6>::OnRx(const Ptr<const Packet>& packet)
{
    std::array<uint8_t, 8> first{};
    packet->CopyData(first.data(), first.size());
    const auto payloadLength = static_cast<uint32_t>(first[4] << 8 | first[5]);
    m_routerAlert = false;
    m_lengthIsTrue = IPV6_HEADER_SIZE + payloadLength <= packet->GetSize();
    if (m_lengthIsTrue && first[6] == Ipv6Header::IPV6_EXT_HOP_BY_HOP)
    {
        const auto octets = ReadPayload(*packet);
        const auto parsed = mcast::ParseIpv6(octets);
        m_lengthIsTrue = static_cast<bool>(parsed);
        m_routerAlert = m_lengthIsTrue && parsed->meta.routerAlert;
    }
}

template <class Ip>
mcast::PacketMeta
MulticastMessageIo<Ip>::ReadMeta(const Header& header) const
{
    mcast::PacketMeta meta;
    meta.source = ToCore(header.GetSource());
    meta.destination = ToCore(header.GetDestination());
    meta.protocol = Ip::FAMILY == mcast::Family::Ipv4 ? mcast::PROTOCOL_IGMP : mcast::PROTOCOL_ICMPV6;
    meta.ttl = Ip::GetHops(header);
    meta.tos = Ip::GetClass(header);
    meta.routerAlert = m_routerAlert;
    return meta;
}

template <class Ip>
mcast::Bytes
MulticastMessageIo<Ip>::ReadPayload(const Packet& payload)
{
    mcast::Bytes octets(payload.GetSize());
    payload.CopyData(octets.data(), payload.GetSize());
    return octets;
}

// Ipv4Header cannot write Router Alert, so this goes to the traffic control layer as a whole packet.
template <>
void
MulticastMessageIo<MulticastIpv4>::Send(const mcast::Transmit& packet, uint32_t interface)
{
    const auto device = m_l3->GetNetDevice(interface);
    const auto octets = mcast::WriteIpv4(packet.meta, packet.payload, m_identification++);
    const auto whole = Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size()));
    FireIpv4Tx(m_l3, whole, interface);
    AddControlPriority(*whole);
    const auto destination = device->GetMulticast(ToIpv4(packet.meta.destination));
    const auto item = Create<WholePacketItem>(whole, destination, Ipv4L3Protocol::PROT_NUMBER);
    device->GetNode()->GetObject<TrafficControlLayer>()->Send(device, item);
}

// The Hop-by-Hop header is a part of the payload to Ipv6Interface.
template <>
void
MulticastMessageIo<MulticastIpv6>::Send(const mcast::Transmit& packet, uint32_t interface)
{
    const auto octets = mcast::WriteIpv6(packet.meta, packet.payload);
    const auto size = static_cast<uint32_t>(octets.size() - IPV6_HEADER_SIZE);
    auto header = MulticastIpv6::MakeHeader(packet.meta, size);
    header.SetNextHeader(octets[6]);
    const auto payload = Create<Packet>(octets.data() + IPV6_HEADER_SIZE, size);
    FireTx(m_l3, header, payload, interface);
    AddControlPriority(*payload);
    m_l3->GetInterface(interface)->Send(payload, header, header.GetDestination());
}

template class MulticastMessageIo<MulticastIpv4>;
template class MulticastMessageIo<MulticastIpv6>;

} // namespace ns3
