// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-message-io.h"

#include "core/wire/ipv4-header.h"
#include "core/wire/ipv6-header.h"
#include "multicast-convert.h"
#include "multicast-l3-access.h"

#include "ns3/header.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/queue-item.h"
#include "ns3/socket.h"
#include "ns3/traffic-control-layer.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace ns3
{

namespace
{

constexpr uint8_t CONTROL_PRIORITY = 7; // TC_PRIO_CONTROL: a leave doesn't queue behind the data that it is to end
constexpr uint8_t HEADER_WORDS = 5;     // of an IPv4 header without options
constexpr std::size_t IPV6_HEADER_SIZE = 40;
constexpr std::size_t REGISTER_SIZE = 8;

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

// Version, type, flags and checksum of a Register, as the core has written them (RFC 7761 4.9.3).
class RegisterHeader : public Header
{
  public:
    RegisterHeader() = default;

    explicit RegisterHeader(const uint8_t* octets)
    {
        std::copy_n(octets, m_octets.size(), m_octets.begin());
    }

    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::PimRegisterHeader")
                                .SetParent<Header>()
                                .SetGroupName("Multicast")
                                .AddConstructor<RegisterHeader>();
        return tid;
    }

    TypeId GetInstanceTypeId() const override
    {
        return GetTypeId();
    }

    void Print(std::ostream& os) const override
    {
        os << "PIM Register";
    }

    uint32_t GetSerializedSize() const override
    {
        return static_cast<uint32_t>(m_octets.size());
    }

    void Serialize(Buffer::Iterator start) const override
    {
        start.Write(m_octets.data(), GetSerializedSize());
    }

    uint32_t Deserialize(Buffer::Iterator start) override
    {
        start.Read(m_octets.data(), GetSerializedSize());
        return GetSerializedSize();
    }

  private:
    std::array<uint8_t, REGISTER_SIZE> m_octets{};
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
MulticastMessageIo<Ip>::ReadMeta(const Header& header, uint8_t protocol) const
{
    mcast::PacketMeta meta;
    meta.source = ToCore(header.GetSource());
    meta.destination = ToCore(header.GetDestination());
    meta.protocol = protocol;
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

template <class Ip>
mcast::BytesView
MulticastMessageIo<Ip>::InnerOf(const mcast::Transmit& packet)
{
    constexpr uint8_t versionAndType = 0x21; // of PIM version 2, a Register (RFC 7761 4.9)
    const bool isRegister = packet.meta.protocol == mcast::pim::PROTOCOL && packet.payload.size() > REGISTER_SIZE &&
                            packet.payload[0] == versionAndType;
    return isRegister ? mcast::BytesView(packet.payload).Sub(REGISTER_SIZE) : mcast::BytesView();
}

template <class Ip>
Ptr<Packet>
MulticastMessageIo<Ip>::MakePayload(const mcast::Transmit& packet, Ptr<Packet> inner)
{
    const auto& octets = packet.payload;
    if (!inner)
    {
        return Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size()));
    }
    RegisterHeader header(octets.data());
    inner->AddHeader(header);
    return inner;
}

template <class Ip>
void
MulticastMessageIo<Ip>::SendByRoute(const mcast::PacketMeta& meta, Ptr<Packet> payload, Ptr<typename Ip::Route> route)
{
    Ip::AddTags(*payload, meta);
    m_l3->Send(payload, Ip::FromCore(meta.source), Ip::FromCore(meta.destination), meta.protocol, route);
}

// Without options; ARP finds the neighbour.
template <class Ip>
void
MulticastMessageIo<Ip>::SendToNeighbor(const mcast::Transmit& packet, Ptr<NetDevice> device)
{
    const auto route = Create<typename Ip::Route>();
    route->SetDestination(Ip::FromCore(packet.meta.destination));
    route->SetSource(Ip::FromCore(packet.meta.source));
    route->SetGateway(Ip::FromCore(packet.meta.destination));
    route->SetOutputDevice(device);
    const auto payload = MakePayload(packet, nullptr);
    AddControlPriority(*payload);
    SendByRoute(packet.meta, payload, route);
}

// Ipv4Header cannot write Router Alert, so this goes to the traffic control layer as a whole packet.
template <>
void
MulticastMessageIo<MulticastIpv4>::Send(const mcast::Transmit& packet, uint32_t interface)
{
    const auto device = m_l3->GetNetDevice(interface);
    if (!packet.meta.destination.IsMulticast())
    {
        SendToNeighbor(packet, device);
        return;
    }
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
