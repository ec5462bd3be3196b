// SPDX-License-Identifier: GPL-2.0-only

#include "packet-codec.h"

#include "socket-address.h"
#include "wire/ipv6-header.h"

namespace mcast::linux_host
{

const PacketCodec&
MembershipCodecOf(Family family)
{
    return family == Family::Ipv4 ? IgmpCodec() : MldCodec();
}

const PacketCodec&
PimCodecOf(Family family)
{
    return family == Family::Ipv4 ? PimIpv4Codec() : PimIpv6Codec();
}

InterfaceId
ReadIpv4Interface(msghdr& message)
{
    InterfaceId interface;
    ForEachControl(message, IPPROTO_IP, [&](int type, BytesView data) {
        if (type == IP_PKTINFO)
        {
            interface = InterfaceId{static_cast<std::uint32_t>(FromControl<in_pktinfo>(data).ipi_ifindex)};
        }
    });
    return interface;
}

PacketMeta
ReadIpv6Header(msghdr& message, std::uint8_t protocol, InterfaceId& interface)
{
    PacketMeta meta;
    meta.protocol = protocol;
    meta.source = FromIn6Addr(static_cast<const sockaddr_in6*>(message.msg_name)->sin6_addr);
    ForEachControl(message, IPPROTO_IPV6, [&](int type, BytesView data) {
        switch (type)
        {
        case IPV6_PKTINFO: {
            const auto info = FromControl<in6_pktinfo>(data);
            interface = InterfaceId{info.ipi6_ifindex};
            meta.destination = FromIn6Addr(info.ipi6_addr);
            break;
        }
        case IPV6_HOPLIMIT:
            meta.ttl = static_cast<std::uint8_t>(FromControl<int>(data));
            break;
        case IPV6_TCLASS:
            meta.tos = static_cast<std::uint8_t>(FromControl<int>(data));
            break;
        case IPV6_HOPOPTS:
            meta.routerAlert = HopByHopRouterAlert(data);
            break;
        }
    });
    return meta;
}

void
PutIpv4Way(ControlWriter& control, InterfaceId interface, const Address& source)
{
    in_pktinfo info{};
    info.ipi_ifindex = interface == BY_ROUTING ? 0 : static_cast<int>(interface.value);
    info.ipi_spec_dst = ToInAddr(source);
    control.Add(IPPROTO_IP, IP_PKTINFO, info);
}

void
PutIpv6Way(ControlWriter& control, InterfaceId interface, const Address& source)
{
    in6_pktinfo info{};
    info.ipi6_ifindex = interface == BY_ROUTING ? 0 : interface.value;
    info.ipi6_addr = ToIn6Addr(source);
    control.Add(IPPROTO_IPV6, IPV6_PKTINFO, info);
}

} // namespace mcast::linux_host
