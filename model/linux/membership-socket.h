// SPDX-License-Identifier: GPL-2.0-only
// The raw socket of IGMP or of MLD: control packets in and out, and the kernel's upcalls, which arrive among them.

#ifndef MCAST_LINUX_MEMBERSHIP_SOCKET_H
#define MCAST_LINUX_MEMBERSHIP_SOCKET_H

#include "membership-codec.h"
#include "unique-fd.h"

#include <functional>
#include <memory>

namespace mcast::linux_host
{

class MembershipSocket
{
  public:
    /// \throws RuntimeFailure, UnsupportedFailure if the kernel has no such family
    explicit MembershipSocket(Family family);
    ~MembershipSocket();

    int Fd() const
    {
        return m_fd.Get();
    }

    using Handler = std::function<void(const Arrival& arrival)>;

    /// Hands on what waits, at most one batch. \return how many packets; below BATCH the socket is empty
    std::size_t Receive(const Handler& handler);

    /// \return 0, or an error number
    int Send(const Transmit& packet);

    /// Packets that the kernel dropped because we were too slow.
    std::uint64_t ReceiveDrops() const;

    static constexpr std::size_t BATCH = 32;

  private:
    struct Buffers;

    const MembershipCodec& m_codec;
    UniqueFd m_fd;
    std::unique_ptr<Buffers> m_buffers;
};

/// Memberships of the groups that routers get leaves and version 3 reports by (224.0.0.2 and 224.0.0.22, ff02::2 and
/// ff02::16), on an interface, for as long as it lives. The kernel's host side does the reporting. A socket of its own,
/// as one may have 20 memberships of IPv4 only.
class RouterGroups
{
  public:
    /// \return 0, or an error number
    int Join(InterfaceId interface, Family family);

  private:
    UniqueFd m_fd;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_MEMBERSHIP_SOCKET_H
