// SPDX-License-Identifier: GPL-2.0-only
// The raw IGMP socket: control packets in and out, and the kernel's upcalls, which arrive among them.

#ifndef MCAST_LINUX_IGMP_SOCKET_H
#define MCAST_LINUX_IGMP_SOCKET_H

#include "unique-fd.h"
#include "wire/packet.h"

#include <functional>
#include <memory>

namespace mcast::linux_host
{

class IgmpSocket
{
  public:
    /// \throws RuntimeFailure
    IgmpSocket();
    ~IgmpSocket();

    int Fd() const
    {
        return m_fd.Get();
    }

    /// Gets the interface where it arrived and the packet from its IP header on, valid during the call.
    using Handler = std::function<void(InterfaceId interface, BytesView packet)>;

    /// Hands on what waits, at most one batch. \return how many packets; below BATCH the socket is empty
    std::size_t Receive(const Handler& handler);

    /// \return 0, or an error number
    int Send(const Transmit& packet);

    /// Packets that the kernel dropped because we were too slow.
    std::uint64_t ReceiveDrops() const;

    static constexpr std::size_t BATCH = 32;

  private:
    struct Buffers;

    UniqueFd m_fd;
    std::unique_ptr<Buffers> m_buffers;
};

/// Memberships of 224.0.0.2 (leaves) and 224.0.0.22 (version 3 reports) on an interface, for as long as it lives. The
/// kernel's host side does the reporting. A socket of its own, as a socket may have 20 memberships only.
class RouterGroups
{
  public:
    /// \return 0, or an error number
    int Join(InterfaceId interface);

  private:
    UniqueFd m_fd;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_IGMP_SOCKET_H
