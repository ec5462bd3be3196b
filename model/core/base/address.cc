// SPDX-License-Identifier: GPL-2.0-only

#include "address.h"

#include <charconv>
#include <vector>

namespace mcast
{

namespace
{

std::optional<unsigned>
ParseNumber(std::string_view text, int base, unsigned maximum)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > maximum)
    {
        return std::nullopt;
    }
    return value;
}

std::vector<std::string_view>
Split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true)
    {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos)
        {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

std::optional<std::uint32_t>
ParseDottedQuad(std::string_view text)
{
    const auto parts = Split(text, '.');
    if (parts.size() != 4)
    {
        return std::nullopt;
    }
    std::uint32_t value = 0;
    for (const auto part : parts)
    {
        const auto octet = part.size() <= 3 ? ParseNumber(part, 10, 255) : std::nullopt;
        if (!octet)
        {
            return std::nullopt;
        }
        value = value << 8 | *octet;
    }
    return value;
}

// The 16-bit groups on one side of "::". A dotted quad may stand for the last two of the address.
bool
ParseGroups(std::string_view text, bool isEnd, std::vector<std::uint16_t>& groups)
{
    if (text.empty())
    {
        return true;
    }
    const auto parts = Split(text, ':');
    for (std::size_t i = 0; i < parts.size(); ++i)
    {
        if (isEnd && i + 1 == parts.size() && parts[i].find('.') != std::string_view::npos)
        {
            const auto quad = ParseDottedQuad(parts[i]);
            if (!quad)
            {
                return false;
            }
            groups.push_back(static_cast<std::uint16_t>(*quad >> 16));
            groups.push_back(static_cast<std::uint16_t>(*quad));
            return true;
        }
        const auto group = parts[i].size() <= 4 ? ParseNumber(parts[i], 16, 0xffff) : std::nullopt;
        if (!group)
        {
            return false;
        }
        groups.push_back(static_cast<std::uint16_t>(*group));
    }
    return true;
}

std::optional<Address>
ParseIpv6(std::string_view text)
{
    std::vector<std::uint16_t> head;
    std::vector<std::uint16_t> tail;
    const auto gap = text.find("::");
    const bool hasGap = gap != std::string_view::npos;
    if (!ParseGroups(text.substr(0, gap), !hasGap, head) || (hasGap && !ParseGroups(text.substr(gap + 2), true, tail)))
    {
        return std::nullopt;
    }
    const auto count = head.size() + tail.size();
    if (hasGap ? count > 7 : count != 8)
    {
        return std::nullopt;
    }
    head.resize(8 - tail.size());
    head.insert(head.end(), tail.begin(), tail.end());
    std::array<std::uint8_t, 16> octets{};
    for (std::size_t i = 0; i < 8; ++i)
    {
        octets[2 * i] = static_cast<std::uint8_t>(head[i] >> 8);
        octets[2 * i + 1] = static_cast<std::uint8_t>(head[i]);
    }
    return Address::Ipv6(octets);
}

// RFC 5952 4.2: the longest run of at least two zero groups is the one that "::" replaces, the first of equals.
// Where it starts (8: there is none), and its length.
std::pair<std::size_t, std::size_t>
LongestZeroRun(const std::array<std::uint16_t, 8>& groups)
{
    std::pair<std::size_t, std::size_t> best{8, 1};
    for (std::size_t i = 0; i < 8; ++i)
    {
        std::size_t length = 0;
        while (i + length < 8 && groups[i + length] == 0)
        {
            ++length;
        }
        if (length > best.second)
        {
            best = {i, length};
        }
        i += length;
    }
    return best;
}

} // namespace

Address
Address::Ipv6(const std::array<std::uint8_t, 16>& octets)
{
    Address address;
    for (std::size_t i = 0; i < 8; ++i)
    {
        address.m_high = address.m_high << 8 | octets[i];
        address.m_low = address.m_low << 8 | octets[i + 8];
    }
    return address;
}

std::optional<Address>
Address::Parse(std::string_view text)
{
    if (text.find(':') != std::string_view::npos)
    {
        return ParseIpv6(text);
    }
    const auto quad = ParseDottedQuad(text);
    return quad ? std::optional(Ipv4(*quad)) : std::nullopt;
}

std::array<std::uint8_t, 16>
Address::Octets() const
{
    std::array<std::uint8_t, 16> octets;
    for (std::size_t i = 0; i < 8; ++i)
    {
        octets[i] = static_cast<std::uint8_t>(m_high >> (56 - 8 * i));
        octets[i + 8] = static_cast<std::uint8_t>(m_low >> (56 - 8 * i));
    }
    return octets;
}

std::string
Address::ToString() const
{
    const auto octets = Octets();
    std::string text;
    if (IsIpv4())
    {
        for (std::size_t i = 12; i < 16; ++i)
        {
            text += (i > 12 ? "." : "") + std::to_string(octets[i]);
        }
        return text;
    }
    std::array<std::uint16_t, 8> groups;
    for (std::size_t i = 0; i < 8; ++i)
    {
        groups[i] = static_cast<std::uint16_t>(octets[2 * i] << 8 | octets[2 * i + 1]);
    }
    const auto [start, length] = LongestZeroRun(groups);
    for (std::size_t i = 0; i < 8; ++i)
    {
        if (i == start)
        {
            text += "::";
            i += length - 1;
            continue;
        }
        char digits[5] = {};
        std::to_chars(digits, digits + 4, groups[i], 16);
        text += (text.empty() || text.back() == ':' ? "" : ":") + std::string(digits);
    }
    return text;
}

Prefix::Prefix(const Address& address, unsigned length)
{
    const unsigned family = address.IsIpv4() ? 96 : 0;
    m_length = static_cast<std::uint8_t>(length > 128 - family ? 128 - family : length);
    const unsigned bits = family + m_length;
    const auto mask = [](unsigned count) { return count == 0 ? 0 : ~std::uint64_t{0} << (64 - count); };
    m_address.m_high = address.m_high & mask(bits < 64 ? bits : 64);
    m_address.m_low = address.m_low & mask(bits < 64 ? 0 : bits - 64);
}

std::optional<Prefix>
Prefix::Parse(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = Address::Parse(text.substr(0, slash));
    if (!address)
    {
        return std::nullopt;
    }
    const unsigned maximum = address->IsIpv4() ? 32 : 128;
    if (slash == std::string_view::npos)
    {
        return Prefix{*address, maximum};
    }
    const auto length = ParseNumber(text.substr(slash + 1), 10, maximum);
    return length ? std::optional(Prefix{*address, *length}) : std::nullopt;
}

bool
Prefix::Contains(const Address& address) const
{
    return address.GetFamily() == m_address.GetFamily() && Prefix{address, m_length} == *this;
}

std::string
Prefix::ToString() const
{
    return m_address.ToString() + "/" + std::to_string(m_length);
}

} // namespace mcast
