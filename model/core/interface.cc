// SPDX-License-Identifier: GPL-2.0-only

#include "interface.h"

#include <algorithm>

namespace mcast
{

Address
InterfaceState::SourceAddress(Family family) const
{
    for (const auto& candidate : addresses)
    {
        const bool fits = family == Family::Ipv4 || candidate.address.IsLinkLocalUnicast();
        if (candidate.address.GetFamily() == family && fits)
        {
            return candidate.address;
        }
    }
    return Address::Any(family);
}

bool
InterfaceState::HasAddress(const Address& address) const
{
    return std::any_of(addresses.begin(), addresses.end(), [&](const auto& own) { return own.address == address; });
}

bool
InterfaceState::IsOnSubnet(const Address& address) const
{
    return std::any_of(addresses.begin(), addresses.end(), [&](const auto& own) {
        return Prefix{own.address, own.prefixLength}.Contains(address);
    });
}

bool
InterfaceState::Speaks(Family family) const
{
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const auto& own) { return own.address.GetFamily() == family; });
}

} // namespace mcast
