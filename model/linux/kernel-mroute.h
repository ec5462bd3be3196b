// SPDX-License-Identifier: GPL-2.0-only
// The kernel's IPv4 multicast forwarding: virtual interfaces, forwarding cache, upcalls, counters (ip_mroute).

#ifndef MCAST_LINUX_KERNEL_MROUTE_H
#define MCAST_LINUX_KERNEL_MROUTE_H

#include "mfc/mfc.h"

#include <array>
#include <optional>
#include <set>

namespace mcast::linux_host
{

/// Which interface has which of the kernel's 32 virtual interfaces. Zero of InterfaceId is no interface on Linux.
class VifTable
{
  public:
    static constexpr std::size_t SIZE = 32; ///< MAXVIFS

    /// The lowest free number, or none if all are taken.
    std::optional<std::uint16_t> Add(InterfaceId interface);
    void Remove(InterfaceId interface);
    std::optional<std::uint16_t> Find(InterfaceId interface) const;
    std::optional<InterfaceId> InterfaceOf(std::uint16_t vif) const;

  private:
    std::array<InterfaceId, SIZE> m_interfaces{};
};

class KernelMroute
{
  public:
    /// Makes the raw IGMP socket the multicast router's of this namespace.
    /// \throws RuntimeFailure, among others if there is a multicast router already
    explicit KernelMroute(int igmpSocket);
    /// Takes every route and virtual interface back.
    ~KernelMroute();
    KernelMroute(const KernelMroute&) = delete;
    KernelMroute& operator=(const KernelMroute&) = delete;

    /// \return 0, or an error number; ENOSPC: all 32 virtual interfaces are in use
    int AddInterface(InterfaceId interface);
    /// Also when the interface is gone, and its virtual interface with it.
    void RemoveInterface(InterfaceId interface);
    const VifTable& Vifs() const
    {
        return m_vifs;
    }

    /// \return 0, or an error number. Not for ReadCounters.
    int Apply(const ForwardingChange& change);

    std::optional<ForwardingCounters> ReadCounters(const Address& source, const Address& group) const;

    /// Is this packet of the IGMP socket an upcall (a protocol of zero) instead?
    static bool IsUpcall(BytesView packet);
    /// \return none if it is of no use: of another kind, or of an interface that was removed meanwhile
    std::optional<Upcall> ParseUpcall(BytesView packet) const;

    /// (*,G) entries; all others are (S,G).
    std::size_t StarGroupCount() const
    {
        return m_starGroups.size();
    }

  private:
    int AddEntry(const ForwardingChange& change);
    int RemoveEntry(const ForwardingChange& change);

    int m_socket;
    VifTable m_vifs;
    std::set<Address> m_starGroups;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_KERNEL_MROUTE_H
