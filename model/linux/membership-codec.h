// SPDX-License-Identifier: GPL-2.0-only
// What tells the raw sockets of IGMP and of MLD apart, as a table: MembershipSocket is written once, against it.

#ifndef MCAST_LINUX_MEMBERSHIP_CODEC_H
#define MCAST_LINUX_MEMBERSHIP_CODEC_H

#include "failure.h"
#include "wire/packet.h"

#include <optional>
#include <sys/socket.h>

namespace mcast::linux_host
{

/// What the socket gives: a packet of a peer, or an upcall of the forwarding cache. Valid until the next one.
struct Arrival
{
    InterfaceId interface; ///< where the packet came in; an upcall has its own word for that
    BytesView octets;      ///< as the kernel gives them
    bool upcall = false;
    std::optional<IpPacket> packet; ///< none: an upcall, or an IP header that is not to be trusted
};

struct MembershipCodec
{
    const char* name;
    int domain;
    int protocol;
    /// What is asked of the kernel beside the queues. \throws RuntimeFailure
    void (*prepare)(int fd);
    Arrival (*read)(msghdr& message, BytesView octets);
    /// Names the interface where a packet goes out, in the place for ancillary data of a message.
    void (*putInterface)(msghdr& message, InterfaceId interface);
};

/// Room for the ancillary data of a packet: the longest Hop-by-Hop Options header, and more.
inline constexpr std::size_t CONTROL_SIZE = 2048 + 256;

const MembershipCodec& MembershipCodecOf(Family family);
const MembershipCodec& IgmpCodec();
const MembershipCodec& MldCodec();

// For the codecs.

/// \throws RuntimeFailure
inline void
SetSocketOption(int fd, int level, int option, const void* value, socklen_t size, const char* doing)
{
    if (setsockopt(fd, level, option, value, size) < 0)
    {
        throw SystemFailure(doing);
    }
}

/// \throws RuntimeFailure
inline void
SwitchOn(int fd, int level, int option, const char* doing)
{
    const int on = 1;
    SetSocketOption(fd, level, option, &on, sizeof on, doing);
}

/// Calls `handle` with the type and the data of each ancillary item of a level.
template <class F>
void
ForEachControl(msghdr& message, int level, F handle)
{
    for (auto* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control))
    {
        if (control->cmsg_level == level)
        {
            handle(control->cmsg_type, BytesView{CMSG_DATA(control), control->cmsg_len - CMSG_LEN(0)});
        }
    }
}

/// The value that ancillary data holds.
template <class T>
T
FromControl(BytesView data)
{
    T value{};
    std::memcpy(&value, data.Data(), data.Size() < sizeof value ? data.Size() : sizeof value);
    return value;
}

/// Makes a value the one ancillary item of a message.
template <class T>
void
PutControl(msghdr& message, int level, int type, const T& value)
{
    auto* const control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(control), &value, sizeof value);
    message.msg_controllen = CMSG_SPACE(sizeof value);
}

} // namespace mcast::linux_host

#endif // MCAST_LINUX_MEMBERSHIP_CODEC_H
