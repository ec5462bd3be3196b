// SPDX-License-Identifier: GPL-2.0-only

#include "ns3-pipe-device.h"

#include "wire/packet.h"

#include "ns3/channel.h"
#include "ns3/node.h"
#include "ns3/packet.h"

namespace mcast::python
{

namespace
{

constexpr std::size_t ETHERNET_HEADER_SIZE = 14;
constexpr std::size_t IPV4_HEADER_SIZE = 20;
constexpr std::size_t IPV6_HEADER_SIZE = 40;
constexpr std::uint16_t ETHERTYPE_IPV4 = 0x0800;
constexpr std::uint16_t ETHERTYPE_IPV6 = 0x86dd;
constexpr std::uint8_t HOP_BY_HOP = 0;

ns3::Mac48Address
ToMac(BytesView octets)
{
    ns3::Mac48Address mac;
    mac.CopyFrom(octets.Data());
    return mac;
}

bool
IsSafeIpv4(BytesView packet)
{
    const std::size_t header = packet.Size() > 0 ? std::size_t{4} * (packet[0] & 0xf) : 0;
    return header >= IPV4_HEADER_SIZE && header <= packet.Size() && packet[0] >> 4 == 4;
}

// Do the options of a Hop-by-Hop header fill it (RFC 8200 4.2)? \param options what follows its first two octets
bool
AreOptionsWhole(BytesView options)
{
    constexpr std::uint8_t pad1 = 0;
    std::size_t at = 0;
    while (at < options.Size())
    {
        if (options[at] == pad1)
        {
            ++at;
            continue;
        }
        if (at + 2 > options.Size())
        {
            return false;
        }
        at += std::size_t{2} + options[at + 1];
    }
    return at == options.Size();
}

// ns-3 answers from the link-local address that its interface has made itself. World removes that one, since the suite
// chooses the addresses, and ns-3 would not get over it.
bool
IsEchoRequest(std::uint8_t protocol, BytesView payload)
{
    constexpr std::uint8_t echoRequest = 128;
    return protocol == PROTOCOL_ICMPV6 && payload[0] == echoRequest;
}

bool
IsSafeIpv6(BytesView packet)
{
    if (packet.Size() < IPV6_HEADER_SIZE || packet[0] >> 4 != 6)
    {
        return false;
    }
    const auto length = static_cast<std::size_t>(packet[4] << 8 | packet[5]);
    if (IPV6_HEADER_SIZE + length > packet.Size() || length == 0)
    {
        return false;
    }
    const auto payload = packet.Sub(IPV6_HEADER_SIZE, length);
    if (packet[6] != HOP_BY_HOP)
    {
        return !IsEchoRequest(packet[6], payload);
    }
    const std::size_t extension = length < 8 ? 0 : std::size_t{8} * (payload[1] + 1U);
    return extension > 0 && extension < length && AreOptionsWhole(payload.Sub(2, extension - 2)) &&
           !IsEchoRequest(payload[0], payload.Sub(extension));
}

// ns-3 takes it that what a device hands up starts with whole IP headers, and reads over the end of one that is cut, or ends
// the program: such packets come from no other ns-3 device, so this one has to drop them. ARP has no part in this.
bool
IsSafe(std::uint16_t type, BytesView packet)
{
    return type == ETHERTYPE_IPV4 ? IsSafeIpv4(packet) : type == ETHERTYPE_IPV6 && IsSafeIpv6(packet);
}

} // namespace

ns3::TypeId
PipeDevice::GetTypeId()
{
    static ns3::TypeId tid =
        ns3::TypeId("mcast::python::PipeDevice").SetParent<ns3::NetDevice>().HideFromDocumentation();
    return tid;
}

PipeDevice::PipeDevice(ns3::Mac48Address mac, FrameSink sink)
    : m_mac(mac),
      m_sink(std::move(sink))
{
}

void
PipeDevice::Arrive(BytesView frame)
{
    if (frame.Size() < ETHERNET_HEADER_SIZE || !m_up || m_receive.IsNull())
    {
        return;
    }
    const auto destination = ToMac(frame);
    const auto source = ToMac(frame.Sub(6));
    const auto type = static_cast<std::uint16_t>(frame[12] << 8 | frame[13]);
    const auto payload = frame.Sub(ETHERNET_HEADER_SIZE);
    const bool ours = destination == m_mac || destination.IsGroup();
    if (!ours || source == m_mac || !IsSafe(type, payload))
    {
        return;
    }
    const auto packet = ns3::Create<ns3::Packet>(payload.Data(), static_cast<std::uint32_t>(payload.Size()));
    m_receive(this, packet, type, source);
}

void
PipeDevice::SetLinkUp(bool up)
{
    m_up = up;
    m_linkChanges();
}

bool
PipeDevice::Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& destination, std::uint16_t protocol)
{
    return SendFrom(packet, m_mac, destination, protocol);
}

bool
PipeDevice::SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address& source, const ns3::Address& destination,
                     std::uint16_t protocol)
{
    if (!m_up || !m_sink)
    {
        return false;
    }
    Bytes frame(ETHERNET_HEADER_SIZE + packet->GetSize());
    ns3::Mac48Address::ConvertFrom(destination).CopyTo(frame.data());
    ns3::Mac48Address::ConvertFrom(source).CopyTo(frame.data() + 6);
    frame[12] = static_cast<std::uint8_t>(protocol >> 8);
    frame[13] = static_cast<std::uint8_t>(protocol);
    packet->CopyData(frame.data() + ETHERNET_HEADER_SIZE, packet->GetSize());
    m_sink(frame);
    return true;
}

void
PipeDevice::DoDispose()
{
    m_node = nullptr;
    m_sink = nullptr;
    m_receive = ReceiveCallback();
    m_promiscReceive = PromiscReceiveCallback();
    ns3::NetDevice::DoDispose();
}

// The rest is what NetDevice asks of every device.

void
PipeDevice::SetIfIndex(const std::uint32_t index)
{
    m_index = index;
}

std::uint32_t
PipeDevice::GetIfIndex() const
{
    return m_index;
}

ns3::Ptr<ns3::Channel>
PipeDevice::GetChannel() const
{
    return nullptr;
}

void
PipeDevice::SetAddress(ns3::Address address)
{
    m_mac = ns3::Mac48Address::ConvertFrom(address);
}

ns3::Address
PipeDevice::GetAddress() const
{
    return m_mac;
}

bool
PipeDevice::SetMtu(const std::uint16_t mtu)
{
    m_mtu = mtu;
    return true;
}

std::uint16_t
PipeDevice::GetMtu() const
{
    return m_mtu;
}

bool
PipeDevice::IsLinkUp() const
{
    return m_up;
}

void
PipeDevice::AddLinkChangeCallback(ns3::Callback<void> callback)
{
    m_linkChanges.ConnectWithoutContext(callback);
}

bool
PipeDevice::IsBroadcast() const
{
    return true;
}

ns3::Address
PipeDevice::GetBroadcast() const
{
    return ns3::Mac48Address::GetBroadcast();
}

bool
PipeDevice::IsMulticast() const
{
    return true;
}

ns3::Address
PipeDevice::GetMulticast(ns3::Ipv4Address group) const
{
    return ns3::Mac48Address::GetMulticast(group);
}

ns3::Address
PipeDevice::GetMulticast(ns3::Ipv6Address group) const
{
    return ns3::Mac48Address::GetMulticast(group);
}

bool
PipeDevice::IsBridge() const
{
    return false;
}

bool
PipeDevice::IsPointToPoint() const
{
    return false;
}

ns3::Ptr<ns3::Node>
PipeDevice::GetNode() const
{
    return m_node;
}

void
PipeDevice::SetNode(ns3::Ptr<ns3::Node> node)
{
    m_node = node;
}

bool
PipeDevice::NeedsArp() const
{
    return true;
}

void
PipeDevice::SetReceiveCallback(ReceiveCallback callback)
{
    m_receive = callback;
}

void
PipeDevice::SetPromiscReceiveCallback(PromiscReceiveCallback callback)
{
    m_promiscReceive = callback;
}

bool
PipeDevice::SupportsSendFrom() const
{
    return true;
}

} // namespace mcast::python
