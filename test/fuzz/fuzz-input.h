// SPDX-License-Identifier: GPL-2.0-only
// A fuzz input as a source of choices.

#ifndef MCAST_TEST_FUZZ_FUZZ_INPUT_H
#define MCAST_TEST_FUZZ_FUZZ_INPUT_H

#include "base/address.h"
#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <vector>

namespace mcast
{

// Takes the input from its front; zeros when it is used up.
class Input
{
  public:
    Input(const std::uint8_t* data, std::size_t size)
        : m_reader({data, size})
    {
    }

    bool Left() const
    {
        return m_reader.Left() > 0;
    }

    std::uint8_t U8()
    {
        return m_reader.U8();
    }

    std::uint16_t U16()
    {
        return m_reader.U16();
    }

    bool Flag()
    {
        return U8() % 2 == 1;
    }

    Bytes Octets(std::size_t count)
    {
        Bytes octets;
        for (count = std::min(count, m_reader.Left()); count > 0; --count)
        {
            octets.push_back(m_reader.U8());
        }
        return octets;
    }

    // Addresses are few, so that operations meet each other.

    Address Group()
    {
        using Texts = std::array<const char*, 12>;
        static const Texts ipv4{"239.1.2.3",   "239.1.2.4",   "232.1.2.3", "238.1.2.3",       "224.0.0.1", "224.0.0.22",
                                "239.255.1.1", "239.129.2.3", "0.0.0.0",   "255.255.255.255", "10.0.0.5",  "224.1.2.3"};
        static const Texts ipv6{"ff1e::3",   "ff1e::4", "ff3e::3", "ff0e::3", "ff02::1", "ff02::16",
                                "ff05::1:3", "ff18::3", "::",      "ff01::5", "fe80::5", "ff02::1:ff00:5"};
        return Pick(ipv4, ipv6);
    }

    Address Source()
    {
        using Texts = std::array<const char*, 12>;
        static const Texts ipv4{"10.0.0.1", "10.0.0.2", "10.1.0.1",  "10.1.0.200", "10.2.0.1",  "10.9.0.1",
                                "10.9.0.2", "0.0.0.0",  "239.1.2.3", "127.0.0.1",  "10.1.0.10", "255.255.255.255"};
        static const Texts ipv6{
            "2001:db8::1",   "2001:db8::2", "fe80::1", "fe80::200", "2001:db8:2::1", "2001:db8:9::1",
            "2001:db8:9::2", "::",          "ff1e::3", "::1",       "2001:db8:1::a", "::ffff:10.0.0.1"};
        return Pick(ipv4, ipv6);
    }

    Address Pick(const std::array<const char*, 12>& ipv4, const std::array<const char*, 12>& ipv6)
    {
        return *Address::Parse((m_family == Family::Ipv4 ? ipv4 : ipv6)[U8() % 12]);
    }

    Prefix GroupRange()
    {
        const auto group = Group();
        return {group, U8() % (m_family == Family::Ipv4 ? 33u : 129u)};
    }

    void SetFamily(Family family)
    {
        m_family = family;
    }

    Family GetFamily() const
    {
        return m_family;
    }

    std::vector<Address> Sources()
    {
        std::vector<Address> sources;
        const unsigned count = U8() % 8;
        for (unsigned i = 0; i < count; ++i)
        {
            sources.push_back(Source());
        }
        return sources;
    }

  private:
    Reader m_reader;
    Family m_family = Family::Ipv4;
};

} // namespace mcast

#endif // MCAST_TEST_FUZZ_FUZZ_INPUT_H
