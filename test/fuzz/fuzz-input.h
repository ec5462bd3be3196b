// SPDX-License-Identifier: GPL-2.0-only
// A fuzz input as a source of choices.

#ifndef MCAST_TEST_FUZZ_FUZZ_INPUT_H
#define MCAST_TEST_FUZZ_FUZZ_INPUT_H

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
        static const std::array<const char*, 12> texts{"239.1.2.3", "239.1.2.4",       "232.1.2.3",   "238.1.2.3",
                                                       "224.0.0.1", "224.0.0.22",      "239.255.1.1", "239.129.2.3",
                                                       "0.0.0.0",   "255.255.255.255", "10.0.0.5",    "224.1.2.3"};
        return *Address::Parse(texts[U8() % texts.size()]);
    }

    Address Source()
    {
        static const std::array<const char*, 12> texts{"10.0.0.1",  "10.0.0.2",  "10.1.0.1",  "10.1.0.200",
                                                       "10.2.0.1",  "10.9.0.1",  "10.9.0.2",  "0.0.0.0",
                                                       "239.1.2.3", "127.0.0.1", "10.1.0.10", "255.255.255.255"};
        return *Address::Parse(texts[U8() % texts.size()]);
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
};

} // namespace mcast

#endif // MCAST_TEST_FUZZ_FUZZ_INPUT_H
