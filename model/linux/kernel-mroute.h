// SPDX-License-Identifier: GPL-2.0-only
// The kernel's multicast forwarding of one family: virtual interfaces, forwarding cache, upcalls, counters (ip_mroute,
// ip6_mroute).

#ifndef MCAST_LINUX_KERNEL_MROUTE_H
#define MCAST_LINUX_KERNEL_MROUTE_H

#include "mroute-codec.h"
#include "netlink.h"

#include <set>

namespace mcast::linux_host
{

/// Which interface has which of the kernel's 32 virtual interfaces. Zero of InterfaceId is no interface on Linux.
class VifTable
{
  public:
    static constexpr std::size_t SIZE = MAX_VIFS;

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
    /// Makes the raw IGMP (ICMPv6) socket the multicast router's of this namespace.
    /// \throws RuntimeFailure, among others if there is a multicast router already; UnsupportedFailure
    KernelMroute(Family family, int membershipSocket);
    /// Takes every route and virtual interface back.
    ~KernelMroute();
    KernelMroute(const KernelMroute&) = delete;
    KernelMroute& operator=(const KernelMroute&) = delete;

    /// Gives Registers a virtual interface, and packets on a wrong interface a voice. \return as AddInterface
    int StartPim();
    void StopPim();

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

    /// What an entry has forwarded: packets that came in by a wrong interface are not among `packets`, but the kernel has
    /// them among its octets.
    std::optional<ForwardingCounters> ReadCounters(const Address& source, const Address& group) const;

    /// \param octets what the socket gave
    /// \return none if it is of no use: of another kind, or of an interface that was removed meanwhile
    std::optional<Upcall> ParseUpcall(BytesView octets) const;

    /// (*,G) entries; all others are (S,G).
    std::size_t StarGroupCount() const
    {
        return m_starGroups.size();
    }

  private:
    VifEntry ToVifs(const ForwardingChange& change) const;
    std::optional<ForwardingCounters> ReadByNetlink(const Address& source, const Address& group) const;

    const MrouteCodec& m_codec;
    int m_socket;
    VifTable m_vifs;
    std::set<Address> m_starGroups;
    mutable NetlinkSocket m_requests{0};
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_KERNEL_MROUTE_H
