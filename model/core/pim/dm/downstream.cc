// SPDX-License-Identifier: GPL-2.0-only

#include "downstream.h"

namespace mcast::pim
{

FloodPrune::Outcome
FloodPrune::ReceivePrune(TimePoint now, std::uint16_t holdtime, Duration override)
{
    switch (m_state)
    {
    case DownstreamState::NoInfo:
        m_state = DownstreamState::PrunePending;
        m_holdtime = holdtime;
        m_waited = override;
        m_prunePending.Start(now, override);
        return override == Duration::zero() ? Prune(now) : Outcome::Nothing;
    case DownstreamState::Prune:
        if (m_prune.Running())
        {
            RestartExpiry(m_prune, now, holdtime);
        }
        [[fallthrough]];
    case DownstreamState::PrunePending:
    case DownstreamState::Join:
    case DownstreamState::PruneTmp:
    case DownstreamState::PrunePendingTmp:
        m_holdtime = std::max(m_holdtime, holdtime);
        return Outcome::Nothing;
    }
    return Outcome::Nothing;
}

// A Holdtime that the wait has used up prunes nothing.
FloodPrune::Outcome
FloodPrune::Prune(TimePoint now)
{
    m_prunePending.Stop();
    if (m_holdtime != HOLDTIME_FOREVER && std::chrono::seconds{m_holdtime} <= m_waited)
    {
        m_state = DownstreamState::NoInfo;
        return Outcome::Nothing;
    }
    m_state = DownstreamState::Prune;
    if (m_holdtime != HOLDTIME_FOREVER)
    {
        m_prune.Start(now, std::chrono::seconds{m_holdtime} - m_waited);
    }
    return Outcome::Pruned;
}

FloodPrune::Outcome
FloodPrune::Cancel()
{
    if (m_state == DownstreamState::NoInfo)
    {
        return Outcome::Nothing;
    }
    m_state = DownstreamState::NoInfo;
    m_prune.Stop();
    m_prunePending.Stop();
    return Outcome::Resumed;
}

FloodPrune::Outcome
FloodPrune::Expire(TimePoint now)
{
    if (m_state == DownstreamState::PrunePending && m_prunePending.Due(now))
    {
        return Prune(now);
    }
    return m_prune.Due(now) ? Cancel() : Outcome::Nothing;
}

void
FloodPrune::Refreshed(TimePoint now)
{
    if (IsPruned() && m_prune.Running())
    {
        RestartExpiry(m_prune, now, m_holdtime);
    }
}

} // namespace mcast::pim
