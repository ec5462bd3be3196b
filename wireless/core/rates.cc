// SPDX-License-Identifier: GPL-2.0-only

#include "rates.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

// The highest rate that every member has; 0 if there is none.
Rate
HighestCommon(const std::vector<std::vector<Rate>>& members)
{
    Rate best = 0;
    for (const auto rate : members.front())
    {
        const bool common = std::all_of(members.begin(), members.end(), [rate](const std::vector<Rate>& rates) {
            return std::find(rates.begin(), rates.end(), rate) != rates.end();
        });
        best = common ? std::max(best, rate) : best;
    }
    return best;
}

} // namespace

Rate
ChooseRate(RateChoice choice, const std::vector<Rate>& basic, const std::vector<Rate>& mandatory,
           const std::vector<std::vector<Rate>>& members)
{
    const auto& allowed = basic.empty() ? mandatory : basic;
    const auto lowest = *std::min_element(allowed.begin(), allowed.end());
    const auto highest = *std::max_element(allowed.begin(), allowed.end());
    switch (choice)
    {
    case RateChoice::LowestBasic:
        return lowest;
    case RateChoice::HighestBasic:
        return highest;
    case RateChoice::HighestOfMembers: {
        if (members.empty())
        {
            return highest;
        }
        const auto common = HighestCommon(members);
        return common == 0 ? lowest : common;
    }
    }
    return lowest;
}

} // namespace mcast::wifi
