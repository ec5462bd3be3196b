// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-ip.h"

#include "core/wire/mld.h"
#include "multicast-convert.h"

#include "ns3/boolean.h"
#include "ns3/node.h"
#include "ns3/socket.h"

#include <array>
#include <set>

namespace ns3
{

namespace
{

constexpr uint32_t IPV4_FIXED_HEADER_SIZE = 20;

Ipv4Header
WithoutOptions(const Ipv4Header& header)
{
    Ipv4Header plain;
    plain.SetSource(header.GetSource());
    plain.SetDestination(header.GetDestination());
    plain.SetProtocol(header.GetProtocol());
    plain.SetPayloadSize(header.GetPayloadSize());
    plain.SetTos(header.GetTos());
    plain.SetIdentification(header.GetIdentification());
    plain.SetFragmentOffset(header.GetFragmentOffset());
    if (header.IsDontFragment())
    {
        plain.SetDontFragment();
    }
    if (!header.IsLastFragment())
    {
        plain.SetMoreFragments();
    }
    return plain;
}

// A usable address of ns-3's may be sent from, or is about to be removed.
bool
IsUsable(const Ipv6InterfaceAddress& address)
{
    return address.GetState() != Ipv6InterfaceAddress::TENTATIVE &&
           address.GetState() != Ipv6InterfaceAddress::TENTATIVE_OPTIMISTIC &&
           address.GetState() != Ipv6InterfaceAddress::INVALID;
}

} // namespace

// IPv4

Ipv4Address
MulticastIpv4::FromCore(const mcast::Address& address)
{
    return ToIpv4(address);
}

Ipv4Header
MulticastIpv4::NextHop(const Header& header)
{
    Header next = header.GetSerializedSize() == IPV4_FIXED_HEADER_SIZE ? header : WithoutOptions(header);
    next.SetTtl(header.GetTtl() - 1);
    if (Node::ChecksumEnabled())
    {
        next.EnableChecksum();
    }
    return next;
}

Ipv4Header
MulticastIpv4::Whole(const Header& header)
{
    Header whole = header.GetSerializedSize() == IPV4_FIXED_HEADER_SIZE ? header : WithoutOptions(header);
    whole.SetTtl(header.GetTtl());
    whole.EnableChecksum();
    return whole;
}

Ipv4Header
MulticastIpv4::MakeHeader(const mcast::PacketMeta& meta, uint32_t payloadSize)
{
    Header header;
    header.SetSource(ToIpv4(meta.source));
    header.SetDestination(ToIpv4(meta.destination));
    header.SetProtocol(meta.protocol);
    header.SetTtl(meta.ttl);
    header.SetTos(meta.tos);
    header.SetPayloadSize(static_cast<uint16_t>(payloadSize));
    return header;
}

bool
MulticastIpv4::DropsDuplicates(const L3Protocol& ipv4)
{
    BooleanValue drops;
    ipv4.GetAttribute("EnableDuplicatePacketDetection", drops);
    return drops.Get();
}

bool
MulticastIpv4::IsForRoutingProtocols(Address group)
{
    return group.IsLocalMulticast();
}

void
MulticastIpv4::AddTags(Packet& packet, const mcast::PacketMeta& meta)
{
    SocketIpTtlTag ttl;
    ttl.SetTtl(meta.ttl);
    packet.ReplacePacketTag(ttl);
    SocketIpTosTag tos;
    tos.SetTos(meta.tos);
    packet.ReplacePacketTag(tos);
}

Ipv4Address
MulticastIpv4::SelectSource(L3Protocol& ipv4, uint32_t interface, Address group)
{
    return ipv4.SourceAddressSelection(interface, group);
}

std::vector<mcast::InterfaceAddress>
MulticastIpv4::GetAddresses(const L3Protocol& ipv4, uint32_t interface)
{
    std::vector<mcast::InterfaceAddress> addresses;
    for (uint32_t i = 0; i < ipv4.GetNAddresses(interface); ++i)
    {
        const auto address = ipv4.GetAddress(interface, i);
        addresses.push_back({ToCore(address.GetLocal()), static_cast<uint8_t>(address.GetMask().GetPrefixLength())});
    }
    return addresses;
}

// IPv6

Ipv6Address
MulticastIpv6::FromCore(const mcast::Address& address)
{
    return ToIpv6(address);
}

Ipv6Header
MulticastIpv6::NextHop(const Header& header)
{
    Header next = header;
    next.SetHopLimit(header.GetHopLimit() - 1);
    return next;
}

Ipv6Header
MulticastIpv6::MakeHeader(const mcast::PacketMeta& meta, uint32_t payloadSize)
{
    Header header;
    header.SetSource(ToIpv6(meta.source));
    header.SetDestination(ToIpv6(meta.destination));
    header.SetNextHeader(meta.protocol);
    header.SetHopLimit(meta.ttl);
    header.SetTrafficClass(meta.tos);
    header.SetFlowLabel(0); // ns-3 starts with 1; messages are of no flow (RFC 6437 2)
    header.SetPayloadLength(static_cast<uint16_t>(payloadSize));
    return header;
}

bool
MulticastIpv6::IsMembership(const Packet& packet, const Header& header)
{
    uint8_t next = header.GetNextHeader();
    uint32_t offset = 0;
    if (next == Ipv6Header::IPV6_EXT_HOP_BY_HOP)
    {
        std::array<uint8_t, 2> extension{};
        packet.CopyData(extension.data(), extension.size());
        next = extension[0];
        offset = 8U * (extension[1] + 1U); // RFC 8200 4.3
    }
    if (next != mcast::PROTOCOL_ICMPV6 || offset >= packet.GetSize())
    {
        return false;
    }
    uint8_t type = 0;
    packet.CreateFragment(offset, 1)->CopyData(&type, 1);
    return mcast::IsMld(mcast::BytesView(&type, 1));
}

bool
MulticastIpv6::DeliversItself(const L3Protocol& ipv6, uint32_t interface, const Address& group)
{
    return ipv6.GetInterface(interface)->IsSolicitedMulticastAddress(group) ||
           ipv6.IsRegisteredMulticastAddress(group, interface) || ipv6.IsRegisteredMulticastAddress(group);
}

bool
MulticastIpv6::AsksRouting(const Address& group)
{
    return !group.IsAllNodesMulticast() && !group.IsAllRoutersMulticast();
}

void
MulticastIpv6::AddTags(Packet& packet, const mcast::PacketMeta& meta)
{
    SocketIpv6HopLimitTag hops;
    hops.SetHopLimit(meta.ttl);
    packet.ReplacePacketTag(hops);
    SocketIpv6TclassTag trafficClass;
    trafficClass.SetTclass(meta.tos);
    packet.ReplacePacketTag(trafficClass);
}

// Ipv6L3Protocol::SourceAddressSelection ends the program if it finds no address of the group's scope.
Ipv6Address
MulticastIpv6::SelectSource(L3Protocol& ipv6, uint32_t interface, const Address& group)
{
    const bool wantsLinkLocal = ToCore(group).IsLinkScopeMulticast();
    Address other = Address::GetAny();
    for (uint32_t i = 0; i < ipv6.GetNAddresses(interface); ++i)
    {
        const auto candidate = ipv6.GetAddress(interface, i);
        if (candidate.GetState() == Ipv6InterfaceAddress::INVALID)
        {
            continue;
        }
        if (candidate.GetAddress().IsLinkLocal() == wantsLinkLocal)
        {
            return candidate.GetAddress();
        }
        other = candidate.GetAddress();
    }
    return other;
}

std::vector<mcast::InterfaceAddress>
MulticastIpv6::GetAddresses(const L3Protocol& ipv6, uint32_t interface)
{
    std::vector<mcast::InterfaceAddress> addresses;
    for (uint32_t i = 0; i < ipv6.GetNAddresses(interface); ++i)
    {
        const auto address = ipv6.GetAddress(interface, i);
        if (IsUsable(address))
        {
            addresses.push_back({ToCore(address.GetAddress()), address.GetPrefix().GetPrefixLength()});
        }
    }
    return addresses;
}

std::vector<mcast::Address>
MulticastIpv6::GetSolicitedNodes(const L3Protocol& ipv6, uint32_t interface)
{
    std::set<mcast::Address> groups;
    for (uint32_t i = 0; i < ipv6.GetNAddresses(interface); ++i)
    {
        groups.insert(ToCore(Address::MakeSolicitedAddress(ipv6.GetAddress(interface, i).GetAddress())));
    }
    return {groups.begin(), groups.end()};
}

} // namespace ns3
