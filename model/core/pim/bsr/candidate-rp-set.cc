// SPDX-License-Identifier: GPL-2.0-only

#include "candidate-rp-set.h"

#include <algorithm>

namespace mcast::pim::bsr
{

CandidateRpSet::Change
CandidateRpSet::Take(TimePoint now, const Offer& offer, Duration withdrawalTime, std::size_t limit)
{
    auto* known = Find(offer.range, offer.rp);
    if (offer.holdtime == 0)
    {
        if (known == nullptr || known->hasLeft)
        {
            return Change::None;
        }
        Leave(now, m_ranges[offer.range], *known, withdrawalTime);
        return Change::Withdrawn;
    }
    if (known == nullptr && Size() >= limit)
    {
        return Change::Full;
    }
    const bool isSame = known != nullptr && !known->hasLeft && known->priority == offer.priority &&
                        known->bidirectional == offer.bidirectional;
    auto& range = m_ranges[offer.range];
    auto& candidate = range.candidates[offer.rp];
    candidate = {offer.bidirectional, offer.priority, offer.holdtime, {}, false};
    candidate.expiry.Start(now, std::chrono::seconds{offer.holdtime});
    range.withdrawal.Stop();
    return isSame ? Change::None : Change::Added;
}

CandidateRpSet::Candidate*
CandidateRpSet::Find(const Prefix& prefix, const Address& rp)
{
    const auto range = m_ranges.find(prefix);
    if (range == m_ranges.end())
    {
        return nullptr;
    }
    const auto found = range->second.candidates.find(rp);
    return found == range->second.candidates.end() ? nullptr : &found->second;
}

bool
CandidateRpSet::HasCandidates(const Range& range)
{
    return std::any_of(range.candidates.begin(), range.candidates.end(),
                       [](const auto& item) { return !item.second.hasLeft; });
}

void
CandidateRpSet::Leave(TimePoint now, Range& range, Candidate& candidate, Duration withdrawalTime)
{
    candidate.hasLeft = true;
    candidate.expiry.Stop();
    if (!HasCandidates(range))
    {
        range.withdrawal.Start(now, withdrawalTime);
    }
}

bool
CandidateRpSet::Expire(TimePoint now, Duration withdrawalTime)
{
    bool any = false;
    for (auto place = m_ranges.begin(); place != m_ranges.end();)
    {
        auto& range = place->second;
        for (auto& [address, candidate] : range.candidates)
        {
            if (candidate.expiry.Due(now))
            {
                Leave(now, range, candidate, withdrawalTime);
                any = true;
            }
        }
        place = range.withdrawal.Due(now) ? m_ranges.erase(place) : std::next(place);
    }
    return any;
}

TimePoint
CandidateRpSet::NextExpiry() const
{
    auto next = NEVER;
    for (const auto& [prefix, range] : m_ranges)
    {
        next = std::min(next, range.withdrawal.At());
        for (const auto& [address, candidate] : range.candidates)
        {
            next = std::min(next, candidate.expiry.At());
        }
    }
    return next;
}

BootstrapGroup
CandidateRpSet::Describe(const Prefix& prefix, const Range& range, std::uint16_t leastHoldtime)
{
    constexpr std::size_t most = 255; // RP Count has 8 bits
    const bool bidirectional = std::any_of(range.candidates.begin(), range.candidates.end(), [](const auto& item) {
        return item.second.bidirectional && !item.second.hasLeft;
    });
    BootstrapGroup group;
    group.group = {prefix, bidirectional, false};
    for (const auto& [address, candidate] : range.candidates)
    {
        if (candidate.hasLeft)
        {
            group.rps.push_back({address, 0, candidate.priority});
        }
        else if (candidate.bidirectional == bidirectional)
        {
            group.rps.push_back({address, std::max(candidate.holdtime, leastHoldtime), candidate.priority});
        }
    }
    // The best ones, if they are too many; who has left stands behind.
    std::stable_sort(group.rps.begin(), group.rps.end(), [](const auto& a, const auto& b) {
        return (a.holdtime != 0) != (b.holdtime != 0) ? a.holdtime != 0 : a.priority < b.priority;
    });
    group.rps.resize(std::min(group.rps.size(), most));
    group.rpCount = static_cast<std::uint8_t>(group.rps.size());
    return group;
}

std::vector<BootstrapGroup>
CandidateRpSet::Ranges(std::uint16_t leastHoldtime) const
{
    std::vector<BootstrapGroup> groups;
    for (const auto& [prefix, range] : m_ranges)
    {
        groups.push_back(Describe(prefix, range, leastHoldtime));
    }
    return groups;
}

void
CandidateRpSet::Told()
{
    for (auto& [prefix, range] : m_ranges)
    {
        auto& candidates = range.candidates;
        for (auto place = candidates.begin(); place != candidates.end();)
        {
            place = place->second.hasLeft ? candidates.erase(place) : std::next(place);
        }
    }
}

void
CandidateRpSet::Clear()
{
    m_ranges.clear();
}

std::size_t
CandidateRpSet::Size() const
{
    std::size_t size = 0;
    for (const auto& [prefix, range] : m_ranges)
    {
        size += std::max<std::size_t>(range.candidates.size(), 1);
    }
    return size;
}

} // namespace mcast::pim::bsr
