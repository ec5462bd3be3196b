// SPDX-License-Identifier: GPL-2.0-only

#include "loss-estimate.h"

#include <algorithm>

namespace mcast::wifi
{

LossEstimate::LossEstimate(double weight, unsigned minimum)
    : m_weight(weight),
      m_minimum(minimum)
{
}

void
LossEstimate::Tried(const MacAddress& member, bool received, unsigned count)
{
    auto& mean = m_means[member];
    for (unsigned i = 0; i < count; i++)
    {
        mean.tries++;
        const auto weight = std::max(m_weight, 1.0 / mean.tries);
        mean.loss += weight * ((received ? 0.0 : 1.0) - mean.loss);
    }
}

void
LossEstimate::Forget(const MacAddress& member)
{
    m_means.erase(member);
}

double
LossEstimate::Of(const MacAddress& member) const
{
    const auto known = m_means.find(member);
    return known == m_means.end() || known->second.tries < m_minimum ? 0 : known->second.loss;
}

double
LossEstimate::Worst(const std::vector<MacAddress>& members) const
{
    double worst = 0;
    for (const auto& member : members)
    {
        worst = std::max(worst, Of(member));
    }
    return worst;
}

unsigned
LossEstimate::Tries(const MacAddress& member) const
{
    const auto known = m_means.find(member);
    return known == m_means.end() ? 0 : known->second.tries;
}

} // namespace mcast::wifi
