// SPDX-License-Identifier: GPL-2.0-only

#include "igmp-socket.h"

#include "failure.h"
#include "wire/ipv4-header.h"

#include <array>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace mcast::linux_host
{

namespace
{

constexpr int QUEUE_OCTETS = 64 << 20; // tens of thousands of reports at once wait instead of getting lost
constexpr std::size_t MAX_PACKET = 65536;

void
SetOption(int fd, int level, int option, const void* value, socklen_t size, const char* doing)
{
    if (setsockopt(fd, level, option, value, size) < 0)
    {
        throw SystemFailure(doing);
    }
}

void
SetFlag(int fd, int option, const char* doing)
{
    const int on = 1;
    SetOption(fd, IPPROTO_IP, option, &on, sizeof on, doing);
}

/// Queries loop back to this machine, so that its own applications' memberships are refreshed (the router may be a
/// host, too); the loop must not bring them to us again. Everything else passes, the kernel's own reports included.
void
FilterOwnQueries(int fd)
{
    constexpr std::uint32_t PACKET_TYPE = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
    std::array<sock_filter, 9> code{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PACKET_TYPE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_LOOPBACK, 0, 6),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9), // protocol; zero: an upcall
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_IGMP, 0, 4),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x11, 0, 1), // IGMP Membership Query
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    }};
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    SetOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program, "filtering the IGMP socket");
}

void
EnlargeQueues(int fd)
{
    for (const auto& [forced, polite] : {std::pair{SO_RCVBUFFORCE, SO_RCVBUF}, std::pair{SO_SNDBUFFORCE, SO_SNDBUF}})
    {
        if (setsockopt(fd, SOL_SOCKET, forced, &QUEUE_OCTETS, sizeof QUEUE_OCTETS) < 0)
        {
            setsockopt(fd, SOL_SOCKET, polite, &QUEUE_OCTETS, sizeof QUEUE_OCTETS); // as far as rmem_max lets us
        }
    }
}

InterfaceId
ArrivalInterface(msghdr& message)
{
    for (auto* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control))
    {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
        {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
            return InterfaceId{static_cast<std::uint32_t>(info.ipi_ifindex)};
        }
    }
    return {};
}

} // namespace

struct IgmpSocket::Buffers
{
    struct Slot
    {
        std::array<std::uint8_t, MAX_PACKET> packet; // left as it is: pages that no packet needs are never touched
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control;
        iovec vector;
    };

    std::unique_ptr<Slot[]> slots{new Slot[BATCH]};
    std::array<mmsghdr, BATCH> messages{};
};

IgmpSocket::IgmpSocket()
    : m_fd(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_IGMP)),
      m_buffers(std::make_unique<Buffers>())
{
    if (!m_fd)
    {
        throw SystemFailure("opening the IGMP socket");
    }
    SetFlag(Fd(), IP_HDRINCL, "setting IP_HDRINCL");
    SetFlag(Fd(), IP_PKTINFO, "setting IP_PKTINFO");
    SetFlag(Fd(), IP_MULTICAST_LOOP, "setting IP_MULTICAST_LOOP");
    FilterOwnQueries(Fd());
    EnlargeQueues(Fd());
}

IgmpSocket::~IgmpSocket() = default;

std::size_t
IgmpSocket::Receive(const Handler& handler)
{
    auto& messages = m_buffers->messages;
    for (std::size_t i = 0; i < BATCH; ++i)
    {
        auto& slot = m_buffers->slots[i];
        slot.vector = {slot.packet.data(), slot.packet.size()};
        auto& header = messages[i].msg_hdr;
        header.msg_iov = &slot.vector;
        header.msg_iovlen = 1;
        header.msg_control = slot.control.data();
        header.msg_controllen = slot.control.size();
    }
    const int count = recvmmsg(Fd(), messages.data(), BATCH, 0, nullptr);
    for (int i = 0; i < count; ++i)
    {
        handler(ArrivalInterface(messages[i].msg_hdr), {m_buffers->slots[i].packet.data(), messages[i].msg_len});
    }
    return count < 0 ? 0 : static_cast<std::size_t>(count);
}

int
IgmpSocket::Send(const Transmit& packet)
{
    Bytes octets = WriteIpv4(packet.meta, packet.payload);
    sockaddr_in destination{};
    destination.sin_family = AF_INET;
    destination.sin_addr.s_addr = htonl(packet.meta.destination.ToIpv4());
    iovec vector{octets.data(), octets.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
    msghdr message{};
    message.msg_name = &destination;
    message.msg_namelen = sizeof destination;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info{};
    info.ipi_ifindex = static_cast<int>(packet.interface.value);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
    return sendmsg(Fd(), &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

std::uint64_t
IgmpSocket::ReceiveDrops() const
{
    std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t size = sizeof info;
    return getsockopt(Fd(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) < 0 ? 0 : info[SK_MEMINFO_DROPS];
}

int
RouterGroups::Join(InterfaceId interface)
{
    m_fd = UniqueFd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    for (const auto& group : {Address::Ipv4(224, 0, 0, 2), Address::Ipv4(224, 0, 0, 22)})
    {
        ip_mreqn request{};
        request.imr_multiaddr.s_addr = htonl(group.ToIpv4());
        request.imr_ifindex = static_cast<int>(interface.value);
        if (setsockopt(m_fd.Get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) < 0)
        {
            return errno;
        }
    }
    return 0;
}

} // namespace mcast::linux_host
