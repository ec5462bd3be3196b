// SPDX-License-Identifier: GPL-2.0-only

#include "packet-socket.h"

#include "socket-address.h"

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

struct PacketSocket::Buffers
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

PacketSocket::PacketSocket(const PacketCodec& codec)
    : m_codec(codec),
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

PacketSocket::~PacketSocket() = default;

std::size_t
PacketSocket::Receive(const Handler& handler)
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
PacketSocket::Send(const Transmit& packet)
{
    const auto scope = packet.interface == BY_ROUTING ? InterfaceId{} : packet.interface;
    auto destination = ToSocketAddress(packet.meta.destination, scope);
    alignas(cmsghdr) std::array<char, CONTROL_SIZE> control{};
    msghdr message{};
    message.msg_name = &destination.storage;
    message.msg_namelen = destination.size;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    Bytes octets = m_codec.compose(message, packet);
    iovec vector{octets.data(), octets.size()};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    return sendmsg(Fd(), &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

std::uint64_t
PacketSocket::ReceiveDrops() const
{
    std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t size = sizeof info;
    return getsockopt(Fd(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) < 0 ? 0 : info[SK_MEMINFO_DROPS];
}

int
RouterGroups::Join(InterfaceId interface, const std::vector<Address>& groups)
{
    const bool ipv4 = groups.empty() || groups.front().IsIpv4();
    m_fd = UniqueFd{socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    for (const auto& group : groups)
    {
        group_req request{};
        request.gr_interface = interface.value;
        request.gr_group = ToSocketAddress(group, interface).storage;
        const int level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
        if (setsockopt(m_fd.Get(), level, MCAST_JOIN_GROUP, &request, sizeof request) < 0)
        {
            return errno;
        }
    }
    return 0;
}

} // namespace mcast::linux_host
