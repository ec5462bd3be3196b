// SPDX-License-Identifier: GPL-2.0-only
// A netlink socket, and the few things that every rtnetlink message needs.

#ifndef MCAST_LINUX_NETLINK_H
#define MCAST_LINUX_NETLINK_H

#include "base/address.h"

#include <array>
#include <functional>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <memory>
#include <optional>
#include <vector>

namespace mcast::linux_host
{

/// A netlink socket for requests, and for notifications of the groups it joined.
class NetlinkSocket
{
  public:
    /// \param groups RTMGRP_* bits \throws RuntimeFailure
    explicit NetlinkSocket(unsigned groups);

    int Fd() const;

    using MessageHandler = std::function<void(const nlmsghdr&)>;

    /// Sends a request that was built in place and hands on each message of the answer.
    /// \return 0, or the kernel's error number
    int Request(nlmsghdr& request, const MessageHandler& handler);

    /// Hands on the notifications that wait, without blocking. \return false if some were lost
    bool Drain(const MessageHandler& handler);

  private:
    struct Closer
    {
        void operator()(mnl_socket* socket) const;
    };

    std::unique_ptr<mnl_socket, Closer> m_socket;
    std::vector<char> m_buffer;
    unsigned m_sequence = 0;
};

/// A request that is built in place, with room for an attribute.
struct NetlinkRequest
{
    alignas(nlmsghdr) std::array<char, 256> octets{};
    nlmsghdr* header = mnl_nlmsg_put_header(octets.data());

    /// Its type, its flags besides NLM_F_REQUEST, and its fixed part, to be filled in.
    template <class T>
    T& Begin(std::uint16_t type, std::uint16_t flags)
    {
        header->nlmsg_type = type;
        header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        return *static_cast<T*>(mnl_nlmsg_put_extra_header(header, sizeof(T)));
    }
};

/// The fixed part of a message; libmnl has checked that it is there.
template <class T>
const T&
FixedPart(const nlmsghdr& message)
{
    return *static_cast<const T*>(mnl_nlmsg_get_payload(&message));
}

/// libmnl's own loop is C only. \param headerSize of the fixed part
template <class F>
void
ForEachAttribute(const nlmsghdr& message, std::size_t headerSize, F handle)
{
    const auto* attribute = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&message, headerSize));
    const auto* const tail = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message));
    while (mnl_attr_ok(attribute, static_cast<int>(tail - reinterpret_cast<const char*>(attribute))))
    {
        handle(attribute);
        attribute = mnl_attr_next(attribute);
    }
}

/// AF_INET and AF_INET6.
std::optional<Family> ToFamily(unsigned char family);

/// The address in an attribute; none if its length is not the family's.
std::optional<Address> ReadAddress(const nlattr* attribute, Family family);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_NETLINK_H
