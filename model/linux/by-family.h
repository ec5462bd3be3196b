// SPDX-License-Identifier: GPL-2.0-only

#ifndef MCAST_LINUX_BY_FAMILY_H
#define MCAST_LINUX_BY_FAMILY_H

#include "base/address.h"

#include <array>

namespace mcast::linux_host
{

inline constexpr std::array<Family, 2> FAMILIES{Family::Ipv4, Family::Ipv6};

/// One value for IPv4 and one for IPv6.
template <class T>
class ByFamily
{
  public:
    T& operator[](Family family)
    {
        return m_values[static_cast<std::size_t>(family)];
    }

    const T& operator[](Family family) const
    {
        return m_values[static_cast<std::size_t>(family)];
    }

  private:
    std::array<T, FAMILIES.size()> m_values{};
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_BY_FAMILY_H
