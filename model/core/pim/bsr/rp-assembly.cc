// SPDX-License-Identifier: GPL-2.0-only

#include "rp-assembly.h"

namespace mcast::pim::bsr
{

bool
RpAssembly::Store(TimePoint now, const ScopeZone& zone, const Bootstrap& fragment, std::size_t maxRps, RpSet& set,
                  Journal& journal)
{
    if (IsEmpty(fragment))
    {
        return false;
    }
    if (fragment.bsr != m_bsr || fragment.fragmentTag != m_tag)
    {
        m_bsr = fragment.bsr;
        m_tag = fragment.fragmentTag;
        m_parts.clear();
        m_partial = 0;
    }
    bool changed = set.SetHashMaskLength(zone, fragment.hashMaskLength);
    for (const auto& range : fragment.groups)
    {
        if (Contains(zone, range.group.group))
        {
            changed |= StoreRange(now, zone, range, maxRps, set, journal);
        }
        else
        {
            journal.Ignored(range.group.group.GetAddress(), Reason::BadGroup);
        }
    }
    return changed;
}

bool
RpAssembly::StoreRange(TimePoint now, const ScopeZone& zone, const BootstrapGroup& range, std::size_t maxRps,
                       RpSet& set, Journal& journal)
{
    const auto& prefix = range.group.group;
    if (m_partial + range.rps.size() > maxRps)
    {
        journal.LimitReached(prefix.GetAddress(), Reason::RpLimit);
        return false;
    }
    auto& parts = m_parts[prefix];
    m_partial -= parts.size();
    for (const auto& rp : range.rps)
    {
        parts[rp.address] = rp;
    }
    m_partial += parts.size();
    if (parts.size() < range.rpCount)
    {
        if (parts.empty())
        {
            m_parts.erase(prefix); // the head of a fragment; its RPs are in others
        }
        return false;
    }
    std::vector<LearnedRp> rps;
    for (const auto& [address, rp] : parts)
    {
        if (IsDomainWide(address))
        {
            rps.push_back({address, rp.priority, std::chrono::seconds{rp.holdtime}});
        }
        else
        {
            journal.Ignored(prefix.GetAddress(), Reason::BadSource);
        }
    }
    m_partial -= parts.size();
    m_parts.erase(prefix);
    if (set.LearnedCount() - set.LearnedCount(zone, prefix) + rps.size() > maxRps)
    {
        journal.LimitReached(prefix.GetAddress(), Reason::RpLimit);
        return false;
    }
    return set.Learn(now, zone, prefix, range.group.bidirectional, rps);
}

} // namespace mcast::pim::bsr
