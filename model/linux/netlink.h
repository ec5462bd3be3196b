// SPDX-License-Identifier: GPL-2.0-only
// rtnetlink: which interfaces there are, when they change, and where routes lead.

#ifndef MCAST_LINUX_NETLINK_H
#define MCAST_LINUX_NETLINK_H

#include "interface.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

struct mnl_socket;
struct nlmsghdr;

namespace mcast::linux_host
{

/// An interface as the kernel has it.
struct KernelInterface
{
    InterfaceState state; ///< up: administratively, and with a carrier
    bool eligible = true; ///< multicast-capable and no loopback: patterns may take it
};

using InterfaceSnapshot = std::map<InterfaceId, KernelInterface>;

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

/// Keeps an eye on interfaces, addresses and routes. A change is only a hint to take a new snapshot: the order and
/// the loss of notifications don't matter.
class InterfaceMonitor
{
  public:
    /// \throws RuntimeFailure
    InterfaceMonitor();

    int Fd() const
    {
        return m_notifications.Fd();
    }

    struct Changes
    {
        bool interfaces = false;
        std::set<InterfaceId> deleted; ///< since the last snapshot, though an index may be in use again
        std::vector<Prefix> routes;
    };

    Changes Drain();

    /// \throws RuntimeFailure
    InterfaceSnapshot Snapshot();

  private:
    NetlinkSocket m_notifications;
    NetlinkSocket m_requests;
};

/// The kernel's own answer to "where would a packet to this address go": policy rules and all tables included.
class KernelRoutes : public RouteTable
{
  public:
    /// \param interfaces those of now; must outlive this
    explicit KernelRoutes(const InterfaceSnapshot& interfaces);

    std::optional<Result> Lookup(const Address& destination) const override;

  private:
    std::optional<Result> LocalAddress(const Address& destination) const;

    const InterfaceSnapshot& m_interfaces;
    mutable NetlinkSocket m_socket;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_NETLINK_H
