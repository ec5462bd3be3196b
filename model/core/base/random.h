// SPDX-License-Identifier: GPL-2.0-only
// The core's only source of chance: a small generator that the host seeds, the same everywhere for the same seed.

#ifndef MCAST_CORE_BASE_RANDOM_H
#define MCAST_CORE_BASE_RANDOM_H

#include "time.h"

#include <cstdint>

namespace mcast
{

/// SplitMix64 (Steele, Lea, Flood 2014): 8 octets of state; good enough to spread delays, no use for secrets.
class Random
{
  public:
    explicit Random(std::uint64_t seed)
        : m_state(seed)
    {
    }

    std::uint64_t Next()
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15ULL;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
        return z ^ z >> 31;
    }

    /// A delay in (0, maximum], evenly spread, as the RFCs' random response delays; zero for a maximum of zero.
    Duration Delay(Duration maximum)
    {
        const auto span = static_cast<std::uint64_t>(maximum.count());
        return maximum <= Duration::zero() ? Duration::zero() : Duration{static_cast<Duration::rep>(Next() % span) + 1};
    }

  private:
    std::uint64_t m_state;
};

} // namespace mcast

#endif // MCAST_CORE_BASE_RANDOM_H
