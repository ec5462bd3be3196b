// SPDX-License-Identifier: GPL-2.0-only

#include "source-set.h"

#include <algorithm>
#include <iterator>

namespace mcast::gm
{

SourceSet::SourceSet(std::vector<Address> sources)
    : m_sources(std::move(sources))
{
    std::sort(m_sources.begin(), m_sources.end());
    m_sources.erase(std::unique(m_sources.begin(), m_sources.end()), m_sources.end());
}

SourceSet::SourceSet(std::initializer_list<Address> sources)
    : SourceSet(std::vector<Address>(sources))
{
}

bool
SourceSet::Contains(const Address& source) const
{
    return std::binary_search(m_sources.begin(), m_sources.end(), source);
}

SourceSet
operator+(const SourceSet& a, const SourceSet& b)
{
    if (a.Empty() || b.Empty())
    {
        return a.Empty() ? b : a;
    }
    SourceSet result;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result.m_sources));
    return result;
}

SourceSet
operator*(const SourceSet& a, const SourceSet& b)
{
    SourceSet result;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result.m_sources));
    return result;
}

SourceSet
operator-(const SourceSet& a, const SourceSet& b)
{
    if (a.Empty() || b.Empty())
    {
        return a;
    }
    SourceSet result;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result.m_sources));
    return result;
}

} // namespace mcast::gm
