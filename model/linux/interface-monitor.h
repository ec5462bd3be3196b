// SPDX-License-Identifier: GPL-2.0-only
// Which interfaces there are, and when they or the routes change.

#ifndef MCAST_LINUX_INTERFACE_MONITOR_H
#define MCAST_LINUX_INTERFACE_MONITOR_H

#include "interface.h"
#include "netlink.h"

#include <map>
#include <set>
#include <vector>

namespace mcast::linux_host
{

/// An interface as the kernel has it.
struct KernelInterface
{
    InterfaceState state; ///< up: administratively, and with a carrier
    bool eligible = true; ///< multicast-capable and no loopback: patterns may take it
};

using InterfaceSnapshot = std::map<InterfaceId, KernelInterface>;

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
    int ReadAll(InterfaceSnapshot& snapshot);

    NetlinkSocket m_notifications;
    NetlinkSocket m_requests;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_INTERFACE_MONITOR_H
