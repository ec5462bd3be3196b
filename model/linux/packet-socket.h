// SPDX-License-Identifier: GPL-2.0-only
// A raw socket: control packets of IGMP, MLD or PIM in and out, and the kernel's upcalls, which arrive among those of
// IGMP and MLD.

#ifndef MCAST_LINUX_PACKET_SOCKET_H
#define MCAST_LINUX_PACKET_SOCKET_H

#include "packet-codec.h"
#include "unique-fd.h"

#include <functional>
#include <memory>
#include <vector>

namespace mcast::linux_host
{

class PacketSocket
{
  public:
    /// \throws RuntimeFailure, UnsupportedFailure if the kernel has no such family
    explicit PacketSocket(const PacketCodec& codec);
    ~PacketSocket();

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

    const PacketCodec& m_codec;
    UniqueFd m_fd;
    std::unique_ptr<Buffers> m_buffers;
};

/// Memberships of link-scope groups that routers get protocol messages by, on an interface, for as long as it lives. The
/// kernel's host side does the reporting. A socket of its own, as one may have 20 memberships of IPv4 only.
class RouterGroups
{
  public:
    /// All groups are of one family. \return 0, or an error number
    int Join(InterfaceId interface, const std::vector<Address>& groups);

  private:
    UniqueFd m_fd;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_PACKET_SOCKET_H
