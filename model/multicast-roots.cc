// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-roots.h"

#include <iterator>
#include <utility>

namespace ns3
{

namespace
{

constexpr std::size_t ROOM = 64; // roots that are not worth sorting out

bool
IsSame(const std::optional<mcast::RouteTable::Result>& a, const std::optional<mcast::RouteTable::Result>& b)
{
    if (!a || !b)
    {
        return !a && !b;
    }
    return a->interface == b->interface && a->nextHop == b->nextHop && a->metric == b->metric &&
           a->preference == b->preference;
}

} // namespace

MulticastRoots::MulticastRoots(Question question, std::function<void()> watched)
    : m_question(std::move(question)),
      m_watched(std::move(watched))
{
}

std::optional<mcast::RouteTable::Result>
MulticastRoots::Lookup(const mcast::Address& destination) const
{
    const auto result = m_question(destination);
    m_roots[destination] = result;
    m_watched();
    return result;
}

std::vector<mcast::Address>
MulticastRoots::Check()
{
    std::vector<mcast::Address> changed;
    for (auto& [root, known] : m_roots)
    {
        const auto result = m_question(root);
        if (!IsSame(result, known))
        {
            known = result;
            changed.push_back(root);
        }
    }
    return changed;
}

bool
MulticastRoots::IsCrowded() const
{
    return m_roots.size() > 2 * m_kept + ROOM;
}

void
MulticastRoots::Keep(const mcast::Router& router)
{
    std::set<mcast::Address> used;
    for (const auto& entry : router.ForwardingEntries())
    {
        used.insert(entry.source);
    }
    for (const auto family : {mcast::Family::Ipv4, mcast::Family::Ipv6})
    {
        for (const auto& tree : router.PimTrees(family))
        {
            used.insert({tree.source, tree.rp});
        }
        for (const auto& rp : router.PimRps(family))
        {
            used.insert(rp.rp);
        }
        for (const auto& bootstrap : router.PimBootstrap(family))
        {
            used.insert(bootstrap.bsr);
        }
    }
    for (auto root = m_roots.begin(); root != m_roots.end();)
    {
        root = used.count(root->first) == 0 ? m_roots.erase(root) : std::next(root);
    }
    m_kept = m_roots.size();
}

} // namespace ns3
