// SPDX-License-Identifier: GPL-2.0-only

#include "packet-codec.h"
#include "wire/ip.h"

#include <array>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

namespace mcast::linux_host
{

namespace
{

constexpr std::size_t PROTOCOL_OFFSET = 9; // in an IPv4 header, and in an upcall, whose protocol is zero

/// Queries loop back to this machine, so that its own applications' memberships are refreshed (the router may be a
/// host, too); the loop must not bring them to us again. Everything else passes, the kernel's own reports included.
void
FilterOwnQueries(int fd)
{
    constexpr std::uint32_t PACKET_TYPE = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
    std::array<sock_filter, 9> code{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PACKET_TYPE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_LOOPBACK, 0, 6),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, PROTOCOL_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_IGMP, 0, 4),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x11, 0, 1), // IGMP Membership Query
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    }};
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    SetSocketOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program, "filtering the IGMP socket");
}

void
Prepare(int fd)
{
    SwitchOn(fd, IPPROTO_IP, IP_HDRINCL, "setting IP_HDRINCL");
    SwitchOn(fd, IPPROTO_IP, IP_PKTINFO, "setting IP_PKTINFO");
    SwitchOn(fd, IPPROTO_IP, IP_MULTICAST_LOOP, "setting IP_MULTICAST_LOOP");
    FilterOwnQueries(fd);
}

/// The kernel gives packets from their IP header on.
Arrival
Read(msghdr& message, BytesView octets)
{
    Arrival arrival;
    arrival.octets = octets;
    arrival.interface = ReadIpv4Interface(message);
    arrival.upcall = octets.Size() > PROTOCOL_OFFSET && octets[PROTOCOL_OFFSET] == 0;
    if (arrival.upcall)
    {
        return arrival;
    }
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
    PutIpv4Way(control, packet.interface, Address::Any(Family::Ipv4)); // the header tells the source
    return WriteIp(packet.meta, packet.payload);
}

} // namespace

const PacketCodec&
IgmpCodec()
{
    static constexpr PacketCodec codec{"IGMP", AF_INET, IPPROTO_IGMP, Prepare, Read, Compose};
    return codec;
}

} // namespace mcast::linux_host
