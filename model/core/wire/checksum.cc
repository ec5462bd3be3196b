// SPDX-License-Identifier: GPL-2.0-only

#include "checksum.h"

namespace mcast
{

std::uint16_t
InternetChecksum(BytesView bytes, std::uint32_t initial)
{
    std::uint64_t sum = initial;
    std::size_t i = 0;
    for (; i + 1 < bytes.Size(); i += 2)
    {
        sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
    }
    if (i < bytes.Size())
    {
        sum += static_cast<std::uint32_t>(bytes[i] << 8);
    }
    while (sum >> 16 != 0)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(~sum);
}

} // namespace mcast
