// SPDX-License-Identifier: GPL-2.0-only
// What a host of the core tells about its IP interfaces, and the two questions that routing answers.

#ifndef MCAST_CORE_INTERFACE_H
#define MCAST_CORE_INTERFACE_H

#include "base/address.h"
#include "base/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mcast
{

struct InterfaceAddress
{
    Address address;
    std::uint8_t prefixLength = 0;
};

/// The whole state of an interface as it is now; handed in at start and after each change. Only addresses that can be
/// sent from: tentative IPv6 addresses come later (RFC 4862 5.4).
struct InterfaceState
{
    InterfaceId id;
    std::string name;
    bool up = true;
    std::uint16_t mtu = 1500; ///< octets of an IP packet
    std::vector<InterfaceAddress> addresses;

    /// The address that protocol messages are sent from, or 0.0.0.0 / :: if it has none: the first of IPv4, the first
    /// link-local one of IPv6 (RFC 3810 5.1.14, 5.2.13; RFC 7761 4.3.1).
    Address SourceAddress(Family family) const;
    bool HasAddress(const Address& address) const;
    bool IsOnSubnet(const Address& address) const;
    bool Speaks(Family family) const; ///< has it an address of the family?
};

/// Unicast routing as the core sees it: the way back to a source.
class RouteTable
{
  public:
    struct Result
    {
        InterfaceId interface;
        Address nextHop; ///< unspecified when the destination is on the link
        std::uint32_t metric = 0;
        std::uint32_t preference = 0;
        std::uint8_t prefixLength = 0; ///< of the route's destination; 0: all, or the host doesn't tell
    };

    virtual ~RouteTable() = default;

    virtual std::optional<Result> Lookup(const Address& destination) const = 0;
};

} // namespace mcast

#endif // MCAST_CORE_INTERFACE_H
