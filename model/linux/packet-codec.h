// SPDX-License-Identifier: GPL-2.0-only
// What tells the raw sockets of IGMP, of MLD and of PIM over IPv4 and IPv6 apart, as a table: PacketSocket is written
// once, against it.

#ifndef MCAST_LINUX_PACKET_CODEC_H
#define MCAST_LINUX_PACKET_CODEC_H

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

struct PacketCodec
{
    const char* name;
    int domain;
    int protocol;
    /// What is asked of the kernel beside the queues. \throws RuntimeFailure
    void (*prepare)(int fd);
    Arrival (*read)(msghdr& message, BytesView octets);
    /// \return what the kernel is given to send; what it is told beside goes into the message's place for ancillary data
    Bytes (*compose)(msghdr& message, const Transmit& packet);
};

/// Room for the ancillary data of a packet: the longest Hop-by-Hop Options header, and more.
inline constexpr std::size_t CONTROL_SIZE = 2048 + 256;

const PacketCodec& MembershipCodecOf(Family family);
const PacketCodec& IgmpCodec();
const PacketCodec& MldCodec();
const PacketCodec& PimCodecOf(Family family);
const PacketCodec& PimIpv4Codec();
const PacketCodec& PimIpv6Codec();

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

/// Fills the place for ancillary data of a message, item by item.
class ControlWriter
{
  public:
    explicit ControlWriter(msghdr& message)
        : m_message(message)
    {
        m_message.msg_controllen = 0;
    }

    template <class T>
    ControlWriter& Add(int level, int type, const T& value)
    {
        auto* const item = static_cast<char*>(m_message.msg_control) + m_message.msg_controllen;
        cmsghdr header{};
        header.cmsg_level = level;
        header.cmsg_type = type;
        header.cmsg_len = CMSG_LEN(sizeof value);
        std::memcpy(item, &header, sizeof header);
        std::memcpy(item + CMSG_LEN(0), &value, sizeof value);
        m_message.msg_controllen += CMSG_SPACE(sizeof value);
        return *this;
    }

  private:
    msghdr& m_message;
};

/// By IP_PKTINFO.
InterfaceId ReadIpv4Interface(msghdr& message);

/// What an IPv6 header said, from where the kernel tells it beside the payload.
PacketMeta ReadIpv6Header(msghdr& message, std::uint8_t protocol, InterfaceId& interface);

/// IP_PKTINFO or IPV6_PKTINFO: the interface where a packet goes out, unless that is unicast routing's business, and the
/// address that it comes from.
void PutIpv4Way(ControlWriter& control, InterfaceId interface, const Address& source);
void PutIpv6Way(ControlWriter& control, InterfaceId interface, const Address& source);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_PACKET_CODEC_H
