// SPDX-License-Identifier: GPL-2.0-only

#include "downstream.h"

#include "../../wire/pim.h"

#include <algorithm>

namespace mcast::pim
{

bool
DownstreamJoin::ReceiveJoin(TimePoint now, std::uint16_t holdtime)
{
    const bool isNew = m_state == DownstreamState::NoInfo;
    const bool forever = !isNew && !m_expiry.Running();
    m_state = DownstreamState::Join;
    m_prunePending.Stop();
    if (!forever)
    {
        RestartExpiry(m_expiry, now, holdtime);
    }
    return isNew;
}

void
DownstreamJoin::ReceivePrune(TimePoint now, Duration override)
{
    if (m_state != DownstreamState::Join)
    {
        return; // a Prune changes nothing in NoInfo, and PrunePending is waiting already
    }
    m_state = DownstreamState::PrunePending;
    m_prunePending.Start(now, override);
}

DownstreamJoin::Outcome
DownstreamJoin::Expire(TimePoint now)
{
    if (m_state == DownstreamState::PrunePending && m_prunePending.Due(now))
    {
        return Reset(Outcome::Pruned);
    }
    return m_state != DownstreamState::NoInfo && m_expiry.Due(now) ? Reset(Outcome::Left) : Outcome::Nothing;
}

DownstreamJoin::Outcome
DownstreamJoin::Reset(Outcome outcome)
{
    m_state = DownstreamState::NoInfo;
    m_expiry.Stop();
    m_prunePending.Stop();
    return outcome;
}

} // namespace mcast::pim
