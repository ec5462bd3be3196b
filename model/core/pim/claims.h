// SPDX-License-Identifier: GPL-2.0-only
// How much state each neighbour has made here by its Joins and Prunes, so that none can make more than its share.

#ifndef MCAST_CORE_PIM_CLAIMS_H
#define MCAST_CORE_PIM_CLAIMS_H

#include "../base/address.h"
#include "../base/ids.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace mcast::pim
{

/// Neighbours have numbers, which fit in the states' padding.
class Claims
{
  public:
    using Number = std::uint32_t;

    /// The neighbour's, from its first message on.
    Number NumberOf(InterfaceId interface, const Address& neighbor)
    {
        const auto next = static_cast<Number>(m_counts.size());
        const auto [place, isNew] = m_numbers.try_emplace({interface, neighbor}, next);
        if (isNew)
        {
            m_counts.push_back(0);
        }
        return place->second;
    }

    std::size_t Count(Number number) const
    {
        return m_counts[number];
    }

    void Add(Number number)
    {
        ++m_counts[number];
    }

    void Remove(Number number)
    {
        --m_counts[number];
    }

    void Clear()
    {
        m_numbers.clear();
        m_counts.clear();
    }

  private:
    std::map<std::pair<InterfaceId, Address>, Number> m_numbers;
    std::vector<std::size_t> m_counts;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_CLAIMS_H
