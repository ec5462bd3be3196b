// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel makes the IPv4 header of what PIM sends: a Register with a full-size packet inside is longer than the way to
// the RP can take in one piece, and only what the kernel makes a header for it also fragments.

#include "packet-codec.h"
#include "wire/ip.h"
#include "wire/pim.h"

#include <netinet/in.h>

namespace mcast::linux_host
{

namespace
{

void
Prepare(int fd)
{
    SwitchOn(fd, IPPROTO_IP, IP_PKTINFO, "setting IP_PKTINFO");
    // A goodbye is sent from an address that the interface may have lost already.
    SwitchOn(fd, IPPROTO_IP, IP_TRANSPARENT, "setting IP_TRANSPARENT");
    const int off = 0;
    SetSocketOption(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof off, "setting IP_MULTICAST_LOOP");
    const int fragment = IP_PMTUDISC_DONT; // also by routers on the way
    SetSocketOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, &fragment, sizeof fragment, "setting IP_MTU_DISCOVER");
}

/// The kernel gives packets from their IP header on.
Arrival
Read(msghdr& message, BytesView octets)
{
    Arrival arrival;
    arrival.octets = octets;
    arrival.interface = ReadIpv4Interface(message);
    if (const auto packet = ParseIp(Family::Ipv4, octets))
    {
        arrival.packet = *packet;
    }
    return arrival;
}

Bytes
Compose(msghdr& message, const Transmit& packet)
{
    ControlWriter control{message};
    PutIpv4Way(control, packet.interface, packet.meta.source);
    control.Add(IPPROTO_IP, IP_TTL, static_cast<int>(packet.meta.ttl));
    control.Add(IPPROTO_IP, IP_TOS, static_cast<int>(packet.meta.tos));
    return packet.payload;
}

} // namespace

const PacketCodec&
PimIpv4Codec()
{
    static constexpr PacketCodec codec{"PIM", AF_INET, pim::PROTOCOL, Prepare, Read, Compose};
    return codec;
}

} // namespace mcast::linux_host
