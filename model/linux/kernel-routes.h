// SPDX-License-Identifier: GPL-2.0-only

#ifndef MCAST_LINUX_KERNEL_ROUTES_H
#define MCAST_LINUX_KERNEL_ROUTES_H

#include "interface-monitor.h"

#include <optional>

namespace mcast::linux_host
{

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

#endif // MCAST_LINUX_KERNEL_ROUTES_H
