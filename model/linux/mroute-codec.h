// SPDX-License-Identifier: GPL-2.0-only
// What tells the kernel's multicast forwarding of IPv4 (MRT) and of IPv6 (MRT6) apart, as a table: KernelMroute is
// written once, against it.

#ifndef MCAST_LINUX_MROUTE_CODEC_H
#define MCAST_LINUX_MROUTE_CODEC_H

#include "mfc/mfc.h"

#include <array>
#include <optional>

namespace mcast::linux_host
{

/// Virtual interfaces: MAXVIFS and MAXMIFS of the kernel.
inline constexpr std::size_t MAX_VIFS = 32;

/// A forwarding entry in terms of virtual interfaces.
struct VifEntry
{
    Address source;
    Address group;
    std::uint16_t incoming = 0;
    /// TTL thresholds; zero: not an outgoing one. MRT6 has no thresholds, and takes those that are not zero for 1.
    std::array<std::uint8_t, MAX_VIFS> thresholds{};
};

/// An upcall whose interface is still a virtual one. With WrongInterface the packet may come along, see startPim.
struct VifUpcall
{
    Upcall upcall;
    std::uint16_t vif = 0;
};

struct MrouteCodec
{
    const char* family; ///< "IPv4"
    const char* init;   ///< "MRT_INIT"
    const char* option; ///< of the kernel's configuration

    // Each returns 0 or an error number.

    int (*begin)(int socket);
    /// The kernel tells of packets on a wrong interface, twice where it can: first without the packet, then with it. It
    /// takes Registers apart as long as there is a virtual interface for REGISTER_INTERFACE.
    int (*startPim)(int socket);
    int (*addInterface)(int socket, std::uint16_t vif, InterfaceId interface);
    int (*setEntry)(int socket, const VifEntry& entry);
    int (*removeEntry)(int socket, const Address& source, const Address& group);

    void (*end)(int socket); ///< takes every entry and virtual interface back
    void (*stopPim)(int socket);
    void (*removeInterface)(int socket, std::uint16_t vif);
    std::optional<ForwardingCounters> (*readCounters)(int socket, const Address& source, const Address& group);
    /// \return none if it is too short or of an unknown kind
    std::optional<VifUpcall> (*parseUpcall)(BytesView octets);
};

const MrouteCodec& MrouteCodecOf(Family family);
const MrouteCodec& Ipv4MrouteCodec();
const MrouteCodec& Ipv6MrouteCodec();

} // namespace mcast::linux_host

#endif // MCAST_LINUX_MROUTE_CODEC_H
