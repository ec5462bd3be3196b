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

/// The whole state of an interface as it is now; handed in at start and after each change. The first address of a
/// family is the one that the interface sends from.
struct InterfaceState
{
    InterfaceId id;
    std::string name;
    bool up = true;
    std::uint16_t mtu = 1500; ///< octets of an IP packet
    std::vector<InterfaceAddress> addresses;

    /// The address that this interface sends from, or 0.0.0.0 / :: if it has none.
    Address SourceAddress(Family family) const;
    bool HasAddress(const Address& address) const;
    bool IsOnSubnet(const Address& address) const;
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
    };

    virtual ~RouteTable() = default;

    virtual std::optional<Result> Lookup(const Address& destination) const = 0;
};

} // namespace mcast

#endif // MCAST_CORE_INTERFACE_H
