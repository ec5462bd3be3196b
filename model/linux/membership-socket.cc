// SPDX-License-Identifier: GPL-2.0-only

#include "membership-socket.h"

#include "gm/protocol.h"
#include "socket-address.h"
#include "wire/ip.h"

#include <array>
#include <linux/sock_diag.h>

namespace mcast::linux_host
{

namespace
{

constexpr int QUEUE_OCTETS = 64 << 20; // tens of thousands of reports at once wait instead of getting lost
constexpr std::size_t MAX_PACKET = 65536;

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

} // namespace

const MembershipCodec&
MembershipCodecOf(Family family)
{
    return family == Family::Ipv4 ? IgmpCodec() : MldCodec();
}

struct MembershipSocket::Buffers
{
    struct Slot
    {
        std::array<std::uint8_t, MAX_PACKET> packet; // left as it is: pages that no packet needs are never touched
        alignas(cmsghdr) std::array<char, CONTROL_SIZE> control;
        sockaddr_storage source;
        iovec vector;
    };

    std::unique_ptr<Slot[]> slots{new Slot[BATCH]};
    std::array<mmsghdr, BATCH> messages{};
};

MembershipSocket::MembershipSocket(Family family)
    : m_codec(MembershipCodecOf(family)),
      m_fd(socket(m_codec.domain, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, m_codec.protocol)),
      m_buffers(std::make_unique<Buffers>())
{
    const auto doing = std::string{"opening the "} + m_codec.name + " socket";
    if (!m_fd && errno == EAFNOSUPPORT)
    {
        throw UnsupportedFailure(SystemFailure(doing).what());
    }
    if (!m_fd)
    {
        throw SystemFailure(doing);
    }
    m_codec.prepare(Fd());
    EnlargeQueues(Fd());
}

MembershipSocket::~MembershipSocket() = default;

std::size_t
MembershipSocket::Receive(const Handler& handler)
{
    auto& messages = m_buffers->messages;
    for (std::size_t i = 0; i < BATCH; ++i)
    {
        auto& slot = m_buffers->slots[i];
        slot.vector = {slot.packet.data(), slot.packet.size()};
        auto& header = messages[i].msg_hdr;
        header.msg_name = &slot.source;
        header.msg_namelen = sizeof slot.source;
        header.msg_iov = &slot.vector;
        header.msg_iovlen = 1;
        header.msg_control = slot.control.data();
        header.msg_controllen = slot.control.size();
    }
    const int count = recvmmsg(Fd(), messages.data(), BATCH, 0, nullptr);
    for (int i = 0; i < count; ++i)
    {
        auto& message = messages[static_cast<std::size_t>(i)];
        const auto& packet = m_buffers->slots[static_cast<std::size_t>(i)].packet;
        handler(m_codec.read(message.msg_hdr, {packet.data(), message.msg_len}));
    }
    return count < 0 ? 0 : static_cast<std::size_t>(count);
}

int
MembershipSocket::Send(const Transmit& packet)
{
    Bytes octets = WriteIp(packet.meta, packet.payload);
    auto destination = ToSocketAddress(packet.meta.destination, packet.interface);
    iovec vector{octets.data(), octets.size()};
    alignas(cmsghdr) std::array<char, CONTROL_SIZE> control{};
    msghdr message{};
    message.msg_name = &destination.storage;
    message.msg_namelen = destination.size;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    m_codec.putInterface(message, packet.interface);
    return sendmsg(Fd(), &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

std::uint64_t
MembershipSocket::ReceiveDrops() const
{
    std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t size = sizeof info;
    return getsockopt(Fd(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) < 0 ? 0 : info[SK_MEMINFO_DROPS];
}

int
RouterGroups::Join(InterfaceId interface, Family family)
{
    const auto& codec = MembershipCodecOf(family);
    const auto& protocol = gm::ProtocolOf(family);
    m_fd = UniqueFd{socket(codec.domain, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const int level = family == Family::Ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
    for (const auto& group : {protocol.allRouters, protocol.reportDestination})
    {
        group_req request{};
        request.gr_interface = interface.value;
        request.gr_group = ToSocketAddress(group, interface).storage;
        if (setsockopt(m_fd.Get(), level, MCAST_JOIN_GROUP, &request, sizeof request) < 0)
        {
            return errno;
        }
    }
    return 0;
}

} // namespace mcast::linux_host
