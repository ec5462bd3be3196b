// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel hands reports for groups that nobody here joined to this socket, too: an interface of the forwarding
// cache gets all multicast frames, and MLD messages with Router Alert are delivered whatever their group. Those of link
// scope it must have joined (RouterGroups). The option IPV6_ROUTER_ALERT would take packets out of unicast forwarding,
// and is not needed. Messages with a wrong checksum the kernel keeps to itself, and counts them (Icmp6InCsumErrors).

#include "packet-codec.h"
#include "wire/ip.h"

#include <array>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>

namespace mcast::linux_host
{

namespace
{

constexpr std::uint8_t MLD_QUERY = 130;
constexpr std::array<std::uint8_t, 4> MLD_TYPES{MLD_QUERY, 131, 132, 143};

void
FilterTypes(int fd)
{
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    for (const auto type : MLD_TYPES)
    {
        ICMP6_FILTER_SETPASS(type, &filter);
    }
    SetSocketOption(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter, "setting ICMP6_FILTER");
}

constexpr std::uint32_t
NetworkHeader(int offset)
{
    return static_cast<std::uint32_t>(SKF_NET_OFF + offset);
}

/// What passes, besides upcalls (type zero): not
///   - a payload length of zero, which only a jumbogram may have (RFC 2675 3), and the kernel takes for no error;
///   - our queries, which loop back to this machine so that its own applications' memberships are refreshed;
///   - by the same loop, reports from ::, which the kernel sends while an address of ours is tentative: they are of our
///     own solicited-node groups, and no router takes them (RFC 3810 5.2.13).
void
FilterMessages(int fd)
{
    constexpr std::uint32_t PACKET_TYPE = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
    std::array<sock_filter, 18> code{{
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 15, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, NetworkHeader(4)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 12, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PACKET_TYPE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_LOOPBACK, 0, 11),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MLD_QUERY, 8, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NetworkHeader(8)), // the source address, word by word
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 7),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NetworkHeader(12)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NetworkHeader(16)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NetworkHeader(20)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    }};
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    SetSocketOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program, "filtering the MLD socket");
}

void
Prepare(int fd)
{
    SwitchOn(fd, IPPROTO_IPV6, IPV6_HDRINCL, "setting IPV6_HDRINCL");
    SwitchOn(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, "setting IPV6_RECVPKTINFO");
    SwitchOn(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, "setting IPV6_RECVHOPLIMIT");
    SwitchOn(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, "setting IPV6_RECVTCLASS");
    SwitchOn(fd, IPPROTO_IPV6, IPV6_RECVHOPOPTS, "setting IPV6_RECVHOPOPTS");
    SwitchOn(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, "setting IPV6_MULTICAST_LOOP");
    FilterTypes(fd);
    FilterMessages(fd);
}

/// The kernel gives the ICMPv6 message; what its IP header said comes beside it.
Arrival
Read(msghdr& message, BytesView octets)
{
    Arrival arrival;
    arrival.octets = octets;
    arrival.upcall = octets.Size() > 0 && octets[0] == 0; // ICMPv6 of this type does not pass ICMP6_FILTER
    const auto meta = ReadIpv6Header(message, PROTOCOL_ICMPV6, arrival.interface);
    if (!arrival.upcall)
    {
        arrival.packet.emplace();
        arrival.packet->meta = meta;
        arrival.packet->payload = octets;
    }
    return arrival;
}

Bytes
Compose(msghdr& message, const Transmit& packet)
{
    ControlWriter control{message};
    PutIpv6Way(control, packet.interface, Address::Any(Family::Ipv6)); // the header tells the source
    return WriteIp(packet.meta, packet.payload);
}

} // namespace

const PacketCodec&
MldCodec()
{
    static constexpr PacketCodec codec{"MLD", AF_INET6, IPPROTO_ICMPV6, Prepare, Read, Compose};
    return codec;
}

} // namespace mcast::linux_host
