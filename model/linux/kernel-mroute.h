// SPDX-License-Identifier: GPL-2.0-only
// The kernel's multicast forwarding of one family: virtual interfaces, forwarding cache, upcalls, counters (ip_mroute,
// ip6_mroute).
//
// With PIM there is a virtual interface for Registers. The kernel takes arriving ones apart at once, whoever sent them and to
// whichever address; RFC 7761 4.4.2 wants more of an RP. So what the kernel finds in them is let in by no entry: entries whose
// data comes in by REGISTER_INTERFACE are for packets that the core took out of Registers, and that the host forwards.

#ifndef MCAST_LINUX_KERNEL_MROUTE_H
#define MCAST_LINUX_KERNEL_MROUTE_H

#include "mroute-codec.h"
#include "netlink.h"

#include <map>
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

    /// Holds the number of a virtual interface by which nothing comes in.
    static constexpr InterfaceId NOWHERE{0xfffffffd};

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

    /// Gives Registers a virtual interface, and packets on a wrong interface a voice. Takes two of the virtual interfaces.
    /// \return as AddInterface
    int StartPim();
    void StopPim();
    static constexpr std::size_t VIFS_OF_PIM = 2;

    /// The entry for what comes out of Registers of a source; null if it has none.
    const ForwardingChange* FindRegisterEntry(const Address& source, const Address& group) const;
    /// Ends the waiting of packets that the kernel took out of Registers, and that it keeps for an entry.
    void DropWaiting(const Address& source, const Address& group);
    /// What the kernel took out of a Register came in by a wrong interface. The kernel told, and would now for 3 s tell
    /// nothing of the source's own data, which ends the Registers: as a new one the entry tells again.
    void ListenOn(const Address& source, const Address& group);

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
    void NoteRegisterEntry(const ForwardingChange& change);
    std::optional<ForwardingCounters> ReadByNetlink(const Address& source, const Address& group) const;

    const MrouteCodec& m_codec;
    int m_socket;
    VifTable m_vifs;
    std::set<Address> m_starGroups;
    std::map<std::pair<Address, Address>, ForwardingChange> m_registerEntries;
    mutable NetlinkSocket m_requests{0};
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_KERNEL_MROUTE_H
