// SPDX-License-Identifier: GPL-2.0-only
// Octets in and out: a reader that cannot run past its end and a writer in network byte order.

#ifndef MCAST_CORE_BASE_BYTES_H
#define MCAST_CORE_BASE_BYTES_H

#include "address.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mcast
{

using Bytes = std::vector<std::uint8_t>;

/// Octets that somebody else owns; valid during the call it is handed to.
class BytesView
{
  public:
    constexpr BytesView() = default;

    constexpr BytesView(const std::uint8_t* data, std::size_t size)
        : m_data(data),
          m_size(size)
    {
    }

    BytesView(const Bytes& bytes)
        : m_data(bytes.data()),
          m_size(bytes.size())
    {
    }

    const std::uint8_t* Data() const
    {
        return m_data;
    }

    std::size_t Size() const
    {
        return m_size;
    }

    std::uint8_t operator[](std::size_t i) const
    {
        return m_data[i];
    }

    /// The octets from `offset`, at most `size` of them; empty beyond the end.
    BytesView Sub(std::size_t offset, std::size_t size = SIZE_MAX) const
    {
        if (offset >= m_size)
        {
            return {};
        }
        return {m_data + offset, size < m_size - offset ? size : m_size - offset};
    }

  private:
    const std::uint8_t* m_data = nullptr;
    std::size_t m_size = 0;
};

/// Reads in network byte order. Past the end every read gives zero and Ok() turns false for good, so a decoder may
/// read a whole fixed part and check once.
class Reader
{
  public:
    explicit Reader(BytesView bytes)
        : m_bytes(bytes)
    {
    }

    std::uint8_t U8()
    {
        return Take(1) ? m_bytes[m_offset - 1] : std::uint8_t{0};
    }

    std::uint16_t U16()
    {
        if (!Take(2))
        {
            return 0;
        }
        return static_cast<std::uint16_t>(m_bytes[m_offset - 2] << 8 | m_bytes[m_offset - 1]);
    }

    std::uint32_t U32()
    {
        const std::uint32_t high = U16();
        return high << 16 | U16();
    }

    /// An address of 4 or 16 octets.
    Address ReadAddress(Family family)
    {
        if (family == Family::Ipv4)
        {
            return Address::Ipv4(U32());
        }
        std::array<std::uint8_t, 16> octets{};
        for (auto& octet : octets)
        {
            octet = U8();
        }
        return Address::Ipv6(octets);
    }

    void Skip(std::size_t count)
    {
        Take(count);
    }

    std::size_t Offset() const
    {
        return m_offset;
    }

    std::size_t Left() const
    {
        return m_bytes.Size() - m_offset;
    }

    bool Ok() const
    {
        return m_ok;
    }

  private:
    bool Take(std::size_t count)
    {
        m_ok = m_ok && count <= Left();
        m_offset += m_ok ? count : 0;
        return m_ok;
    }

    BytesView m_bytes;
    std::size_t m_offset = 0;
    bool m_ok = true;
};

/// Appends in network byte order.
class Writer
{
  public:
    Writer& U8(std::uint8_t value)
    {
        m_bytes.push_back(value);
        return *this;
    }

    Writer& U16(std::uint16_t value)
    {
        return U8(static_cast<std::uint8_t>(value >> 8)).U8(static_cast<std::uint8_t>(value));
    }

    Writer& U32(std::uint32_t value)
    {
        return U16(static_cast<std::uint16_t>(value >> 16)).U16(static_cast<std::uint16_t>(value));
    }

    /// 4 octets for IPv4, 16 for IPv6.
    Writer& WriteAddress(const Address& address)
    {
        if (address.IsIpv4())
        {
            return U32(address.ToIpv4());
        }
        const auto octets = address.Octets();
        m_bytes.insert(m_bytes.end(), octets.begin(), octets.end());
        return *this;
    }

    Writer& Append(BytesView bytes)
    {
        m_bytes.insert(m_bytes.end(), bytes.Data(), bytes.Data() + bytes.Size());
        return *this;
    }

    /// Overwrites two octets already written, for checksums and lengths.
    void PatchU16(std::size_t offset, std::uint16_t value)
    {
        m_bytes[offset] = static_cast<std::uint8_t>(value >> 8);
        m_bytes[offset + 1] = static_cast<std::uint8_t>(value);
    }

    std::size_t Size() const
    {
        return m_bytes.size();
    }

    BytesView View() const
    {
        return m_bytes;
    }

    Bytes Take()
    {
        return std::move(m_bytes);
    }

  private:
    Bytes m_bytes;
};

} // namespace mcast

#endif // MCAST_CORE_BASE_BYTES_H
