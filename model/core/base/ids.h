// SPDX-License-Identifier: GPL-2.0-only
// Strong identifiers that the host of the core chooses: an interface index never gets mixed up with a socket.

#ifndef MCAST_CORE_BASE_IDS_H
#define MCAST_CORE_BASE_IDS_H

#include <cstdint>
#include <functional>

namespace mcast
{

template <class Tag>
struct StrongId
{
    std::uint32_t value = 0;

    friend constexpr bool operator==(StrongId a, StrongId b)
    {
        return a.value == b.value;
    }

    friend constexpr bool operator!=(StrongId a, StrongId b)
    {
        return a.value != b.value;
    }

    friend constexpr bool operator<(StrongId a, StrongId b)
    {
        return a.value < b.value;
    }
};

/// An IP interface, by the index that the host of the core uses (ns-3 interface index, Linux ifindex).
using InterfaceId = StrongId<struct InterfaceIdTag>;

/// The way out of a packet that unicast routing decides; never the name of an interface.
inline constexpr InterfaceId BY_ROUTING{0xfffffffe};

/// The virtual interface of a forwarding plane that PIM's Registers go out of and come in by (RFC 7761 4.4).
inline constexpr InterfaceId REGISTER_INTERFACE{0xffffffff};

/// A socket of an application, in the sense of RFC 3376 2.
using SocketId = StrongId<struct SocketIdTag>;

} // namespace mcast

template <class Tag>
struct std::hash<mcast::StrongId<Tag>>
{
    std::size_t operator()(mcast::StrongId<Tag> id) const noexcept
    {
        return id.value;
    }
};

#endif // MCAST_CORE_BASE_IDS_H
