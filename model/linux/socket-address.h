// SPDX-License-Identifier: GPL-2.0-only
// The core's addresses as the socket interface has them.

#ifndef MCAST_LINUX_SOCKET_ADDRESS_H
#define MCAST_LINUX_SOCKET_ADDRESS_H

#include "base/address.h"
#include "base/ids.h"

#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace mcast::linux_host
{

inline in_addr
ToInAddr(const Address& address)
{
    return {htonl(address.ToIpv4())};
}

inline Address
FromInAddr(const in_addr& address)
{
    return Address::Ipv4(ntohl(address.s_addr));
}

inline in6_addr
ToIn6Addr(const Address& address)
{
    in6_addr result{};
    const auto octets = address.Octets();
    std::memcpy(&result, octets.data(), octets.size());
    return result;
}

inline Address
FromIn6Addr(const in6_addr& address)
{
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &address, octets.size());
    return Address::Ipv6(octets);
}

/// A sockaddr_in or sockaddr_in6 without a port.
struct SocketAddress
{
    sockaddr_storage storage{};
    socklen_t size = 0;
};

/// \param interface the scope of an IPv6 address
inline SocketAddress
ToSocketAddress(const Address& address, InterfaceId interface)
{
    SocketAddress result;
    if (address.IsIpv4())
    {
        sockaddr_in ipv4{};
        ipv4.sin_family = AF_INET;
        ipv4.sin_addr = ToInAddr(address);
        result.size = sizeof ipv4;
        std::memcpy(&result.storage, &ipv4, sizeof ipv4);
    }
    else
    {
        sockaddr_in6 ipv6{};
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_addr = ToIn6Addr(address);
        ipv6.sin6_scope_id = interface.value;
        result.size = sizeof ipv6;
        std::memcpy(&result.storage, &ipv6, sizeof ipv6);
    }
    return result;
}

} // namespace mcast::linux_host

#endif // MCAST_LINUX_SOCKET_ADDRESS_H
