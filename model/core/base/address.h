// SPDX-License-Identifier: GPL-2.0-only
// An IP address of either family as one 16-octet value. IPv4 is held in the IPv4-mapped form (RFC 4291 2.5.5.2),
// which never stands for anything else inside a router, so the family needs no tag and no branch.

#ifndef MCAST_CORE_BASE_ADDRESS_H
#define MCAST_CORE_BASE_ADDRESS_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mcast
{

enum class Family : std::uint8_t
{
    Ipv4,
    Ipv6,
};

/// A value; ordered by its octets, all of IPv4 between IPv6 addresses. Default: the IPv6 unspecified address.
class Address
{
  public:
    constexpr Address() = default;

    /// \param value the address in host byte order, 0xE0000001 for 224.0.0.1
    static constexpr Address Ipv4(std::uint32_t value)
    {
        return Address{0, IPV4_MAPPED | value};
    }

    static constexpr Address Ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
    {
        return Ipv4(std::uint32_t{a} << 24 | std::uint32_t{b} << 16 | std::uint32_t{c} << 8 | d);
    }

    static Address Ipv6(const std::array<std::uint8_t, 16>& octets);

    /// Dotted quad or IPv6 text (RFC 4291 2.2); none if it is neither.
    static std::optional<Address> Parse(std::string_view text);

    /// 0.0.0.0 or ::, by family.
    static constexpr Address Any(Family family)
    {
        return family == Family::Ipv4 ? Ipv4(0) : Address{};
    }

    constexpr Family GetFamily() const
    {
        return m_high == 0 && (m_low & IPV4_MASK) == IPV4_MAPPED ? Family::Ipv4 : Family::Ipv6;
    }

    constexpr bool IsIpv4() const
    {
        return GetFamily() == Family::Ipv4;
    }

    /// The IPv4 address in host byte order; only for an IPv4 address.
    constexpr std::uint32_t ToIpv4() const
    {
        return static_cast<std::uint32_t>(m_low);
    }

    /// All 16 octets in network order, the IPv4-mapped form for IPv4.
    std::array<std::uint8_t, 16> Octets() const;

    constexpr bool IsUnspecified() const
    {
        return m_high == 0 && (m_low == 0 || m_low == IPV4_MAPPED);
    }

    /// 224.0.0.0/4 or ff00::/8.
    constexpr bool IsMulticast() const
    {
        return IsIpv4() ? ToIpv4() >> 28 == 0xe : m_high >> 56 == 0xff;
    }

    /// Never forwarded off a link: 224.0.0.0/24 (RFC 5771 4), ff01::/16 and ff02::/16 (RFC 4291 2.7), fragments of
    /// the reserved scope 0 included.
    constexpr bool IsLinkScopeMulticast() const
    {
        return IsIpv4() ? ToIpv4() >> 8 == 0xe00000 : m_high >> 56 == 0xff && (m_high >> 48 & 0xf) <= 2;
    }

    /// Never sent: IPv6 groups of scope 0 and 1 (RFC 4291 2.7).
    constexpr bool IsNodeScopeMulticast() const
    {
        return m_high >> 56 == 0xff && (m_high >> 48 & 0xf) <= 1;
    }

    /// Unicast that means something on one link only: 169.254.0.0/16 (RFC 3927 2.1), fe80::/10 (RFC 4291 2.5.6).
    constexpr bool IsLinkLocalUnicast() const
    {
        return IsIpv4() ? ToIpv4() >> 16 == 0xa9fe : m_high >> 54 == 0xfe80 >> 6;
    }

    /// An IPv6 group as it would be without its scope, for ranges that hold for all scopes; other addresses as they are.
    constexpr Address WithoutScope() const
    {
        return m_high >> 56 == 0xff ? Address{m_high & ~(0xfULL << 48), m_low} : *this;
    }

    std::string ToString() const;

    constexpr std::uint64_t High() const
    {
        return m_high;
    }

    constexpr std::uint64_t Low() const
    {
        return m_low;
    }

    friend constexpr bool operator==(const Address& a, const Address& b)
    {
        return a.m_high == b.m_high && a.m_low == b.m_low;
    }

    friend constexpr bool operator!=(const Address& a, const Address& b)
    {
        return !(a == b);
    }

    friend constexpr bool operator<(const Address& a, const Address& b)
    {
        return a.m_high != b.m_high ? a.m_high < b.m_high : a.m_low < b.m_low;
    }

    /// Neighbouring addresses get neighbouring values: groups are mostly numbered in a row, and a table of a hundred
    /// thousand of them is then walked in the order of memory. For tables with a prime number of buckets.
    std::size_t Hash() const noexcept
    {
        return static_cast<std::size_t>(m_low + m_high * 0x9e3779b97f4a7c15ULL);
    }

  private:
    static constexpr std::uint64_t IPV4_MAPPED = 0x0000ffff00000000ULL;
    static constexpr std::uint64_t IPV4_MASK = 0xffffffff00000000ULL;

    constexpr Address(std::uint64_t high, std::uint64_t low)
        : m_high(high),
          m_low(low)
    {
    }

    friend class Prefix;

    std::uint64_t m_high = 0;
    std::uint64_t m_low = 0;
};

/// An address and the number of leading bits that count: 0 to 32 for IPv4, 0 to 128 for IPv6.
class Prefix
{
  public:
    constexpr Prefix() = default;

    /// Bits beyond the length are cleared; a length beyond the family's is cut to it.
    Prefix(const Address& address, unsigned length);

    /// "a.b.c.d/n" or "x::y/n"; an address alone is a host prefix; none if malformed.
    static std::optional<Prefix> Parse(std::string_view text);

    bool Contains(const Address& address) const;

    const Address& GetAddress() const
    {
        return m_address;
    }

    unsigned Length() const
    {
        return m_length;
    }

    std::string ToString() const;

    friend bool operator==(const Prefix& a, const Prefix& b)
    {
        return a.m_address == b.m_address && a.m_length == b.m_length;
    }

    friend bool operator<(const Prefix& a, const Prefix& b)
    {
        return a.m_address != b.m_address ? a.m_address < b.m_address : a.m_length < b.m_length;
    }

  private:
    Address m_address;
    std::uint8_t m_length = 0;
};

} // namespace mcast

template <>
struct std::hash<mcast::Address>
{
    std::size_t operator()(const mcast::Address& address) const noexcept
    {
        return address.Hash();
    }
};

#endif // MCAST_CORE_BASE_ADDRESS_H
