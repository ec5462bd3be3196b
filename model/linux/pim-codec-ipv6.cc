// SPDX-License-Identifier: GPL-2.0-only

#include "packet-codec.h"
#include "wire/pim.h"

#include <netinet/in.h>

#ifndef IPV6_TRANSPARENT
#define IPV6_TRANSPARENT 75 // linux/in6.h, which can't stand beside the C library's
#endif

namespace mcast::linux_host
{

namespace
{

void
Prepare(int fd)
{
    SwitchOn(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, "setting IPV6_RECVPKTINFO");
    SwitchOn(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, "setting IPV6_RECVHOPLIMIT");
    SwitchOn(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, "setting IPV6_RECVTCLASS");
    // A goodbye is sent from an address that the interface may have lost already.
    SwitchOn(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, "setting IPV6_TRANSPARENT");
    const int off = 0;
    SetSocketOption(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof off, "setting IPV6_MULTICAST_LOOP");
    const int none = -1; // the core makes and checks it: that of a Register covers its head only (RFC 7761 4.9)
    SetSocketOption(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &none, sizeof none, "setting IPV6_CHECKSUM");
}

/// The kernel gives the PIM message; what its IP header said comes beside it.
Arrival
Read(msghdr& message, BytesView octets)
{
    Arrival arrival;
    arrival.octets = octets;
    arrival.packet.emplace();
    arrival.packet->meta = ReadIpv6Header(message, pim::PROTOCOL, arrival.interface);
    arrival.packet->payload = octets;
    return arrival;
}

Bytes
Compose(msghdr& message, const Transmit& packet)
{
    ControlWriter control{message};
    PutIpv6Way(control, packet.interface, packet.meta.source);
    control.Add(IPPROTO_IPV6, IPV6_HOPLIMIT, static_cast<int>(packet.meta.ttl));
    control.Add(IPPROTO_IPV6, IPV6_TCLASS, static_cast<int>(packet.meta.tos));
    return packet.payload;
}

} // namespace

const PacketCodec&
PimIpv6Codec()
{
    static constexpr PacketCodec codec{"PIM over IPv6", AF_INET6, pim::PROTOCOL, Prepare, Read, Compose};
    return codec;
}

} // namespace mcast::linux_host
