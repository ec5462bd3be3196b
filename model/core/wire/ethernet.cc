// SPDX-License-Identifier: GPL-2.0-only

#include "ethernet.h"

namespace mcast
{

MacAddress
GroupMac(const Address& group)
{
    const auto low = group.Low();
    const auto octet = [low](unsigned shift) { return static_cast<std::uint8_t>(low >> shift); };
    if (group.IsIpv4())
    {
        return {0x01, 0x00, 0x5e, static_cast<std::uint8_t>(octet(16) & 0x7f), octet(8), octet(0)};
    }
    return {0x33, 0x33, octet(24), octet(16), octet(8), octet(0)};
}

} // namespace mcast
