// SPDX-License-Identifier: GPL-2.0-only

#include "netlink.h"

#include "base/bytes.h"
#include "failure.h"

#include <sys/socket.h>

namespace mcast::linux_host
{

namespace
{

constexpr std::size_t BUFFER_SIZE = 65536;

int
CallHandler(const nlmsghdr* message, void* handler)
{
    (*static_cast<const NetlinkSocket::MessageHandler*>(handler))(*message);
    return MNL_CB_OK;
}

} // namespace

void
NetlinkSocket::Closer::operator()(mnl_socket* socket) const
{
    mnl_socket_close(socket);
}

NetlinkSocket::NetlinkSocket(unsigned groups)
    : m_socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | (groups != 0 ? SOCK_NONBLOCK : 0))),
      m_buffer(BUFFER_SIZE)
{
    if (!m_socket || mnl_socket_bind(m_socket.get(), groups, MNL_SOCKET_AUTOPID) < 0)
    {
        throw SystemFailure("opening rtnetlink");
    }
    if (groups != 0)
    {
        const int size = 4 << 20; // room for the notifications of a routing table that turns over
        setsockopt(Fd(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    }
}

int
NetlinkSocket::Fd() const
{
    return mnl_socket_get_fd(m_socket.get());
}

int
NetlinkSocket::Request(nlmsghdr& request, const MessageHandler& handler)
{
    request.nlmsg_seq = ++m_sequence;
    if (mnl_socket_sendto(m_socket.get(), &request, request.nlmsg_len) < 0)
    {
        return errno;
    }
    auto* const context = const_cast<MessageHandler*>(&handler);
    int more = MNL_CB_OK;
    while (more > MNL_CB_STOP)
    {
        const auto size = mnl_socket_recvfrom(m_socket.get(), m_buffer.data(), m_buffer.size());
        if (size < 0)
        {
            return errno;
        }
        more = mnl_cb_run(m_buffer.data(), static_cast<std::size_t>(size), m_sequence,
                          mnl_socket_get_portid(m_socket.get()), CallHandler, context);
        if (more == MNL_CB_ERROR)
        {
            return errno;
        }
        if ((request.nlmsg_flags & (NLM_F_DUMP | NLM_F_ACK)) == 0)
        {
            return 0; // the answer is one message
        }
    }
    return 0;
}

bool
NetlinkSocket::Drain(const MessageHandler& handler)
{
    bool complete = true;
    while (true)
    {
        const auto size = mnl_socket_recvfrom(m_socket.get(), m_buffer.data(), m_buffer.size());
        if (size < 0 && errno == ENOBUFS)
        {
            complete = false;
            continue;
        }
        if (size < 0)
        {
            return complete;
        }
        mnl_cb_run(m_buffer.data(), static_cast<std::size_t>(size), 0, 0, CallHandler,
                   const_cast<MessageHandler*>(&handler));
    }
}

std::optional<Family>
ToFamily(unsigned char family)
{
    if (family == AF_INET)
    {
        return Family::Ipv4;
    }
    return family == AF_INET6 ? std::optional{Family::Ipv6} : std::nullopt;
}

std::optional<Address>
ReadAddress(const nlattr* attribute, Family family)
{
    Reader reader{
        {static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)), mnl_attr_get_payload_len(attribute)}};
    const Address address = reader.ReadAddress(family);
    return reader.Ok() && reader.Left() == 0 ? std::optional{address} : std::nullopt;
}

} // namespace mcast::linux_host
