// SPDX-License-Identifier: GPL-2.0-only
// Which interfaces there are, and when they change; notifications of routes come by the same way.

#ifndef MCAST_LINUX_INTERFACE_MONITOR_H
#define MCAST_LINUX_INTERFACE_MONITOR_H

#include "interface.h"
#include "netlink.h"

#include <map>
#include <set>

namespace mcast::linux_host
{

/// An interface as the kernel has it.
struct KernelInterface
{
    InterfaceState state; ///< up: administratively, and with a carrier
    bool eligible = true; ///< multicast-capable and no loopback: patterns may take it
};

using InterfaceSnapshot = std::map<InterfaceId, KernelInterface>;

/// Keeps an eye on interfaces, addresses and routes. A change of an interface is only a hint to take a new snapshot: the
/// order and the loss of notifications don't matter.
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
        bool interfaces = false;       ///< or notifications were lost
        std::set<InterfaceId> deleted; ///< since the last snapshot, though an index may be in use again
    };

    /// \param handleRoute gets each notification of a route or a rule
    Changes Drain(const NetlinkSocket::MessageHandler& handleRoute);

    /// \throws RuntimeFailure
    InterfaceSnapshot Snapshot();

  private:
    int ReadAll(InterfaceSnapshot& snapshot);

    NetlinkSocket m_notifications;
    NetlinkSocket m_requests;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_INTERFACE_MONITOR_H
