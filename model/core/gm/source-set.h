// SPDX-License-Identifier: GPL-2.0-only
// Sets of sources with the operators that RFC 3376 6.4 writes its tables in. A set is a sorted vector without
// duplicates: small, cheap to copy when empty, and in one order everywhere.

#ifndef MCAST_CORE_GM_SOURCE_SET_H
#define MCAST_CORE_GM_SOURCE_SET_H

#include "../base/address.h"

#include <vector>

namespace mcast::gm
{

class SourceSet
{
  public:
    SourceSet() = default;
    /// In any order, with any duplicates.
    SourceSet(std::vector<Address> sources);
    SourceSet(std::initializer_list<Address> sources);

    bool Contains(const Address& source) const;

    bool Empty() const
    {
        return m_sources.empty();
    }

    std::size_t Size() const
    {
        return m_sources.size();
    }

    /// Only in ascending order, each above the last: for filling a set from sorted records.
    void Append(const Address& source)
    {
        m_sources.push_back(source);
    }

    /// Keeps the lowest `size` sources.
    void Truncate(std::size_t size)
    {
        if (m_sources.size() > size)
        {
            m_sources.resize(size);
        }
    }

    auto begin() const
    {
        return m_sources.begin();
    }

    auto end() const
    {
        return m_sources.end();
    }

    const std::vector<Address>& Vector() const
    {
        return m_sources;
    }

    friend SourceSet operator+(const SourceSet& a, const SourceSet& b); ///< union
    friend SourceSet operator*(const SourceSet& a, const SourceSet& b); ///< intersection
    friend SourceSet operator-(const SourceSet& a, const SourceSet& b); ///< difference

    friend bool operator==(const SourceSet& a, const SourceSet& b)
    {
        return a.m_sources == b.m_sources;
    }

    friend bool operator!=(const SourceSet& a, const SourceSet& b)
    {
        return !(a == b);
    }

  private:
    std::vector<Address> m_sources;
};

} // namespace mcast::gm

#endif // MCAST_CORE_GM_SOURCE_SET_H
