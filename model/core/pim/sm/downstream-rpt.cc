// SPDX-License-Identifier: GPL-2.0-only

#include "downstream-rpt.h"

namespace mcast::pim
{

void
DownstreamPrune::ReceiveJoinStarG()
{
    if (m_state == DownstreamState::Prune)
    {
        m_state = DownstreamState::PruneTmp;
    }
    else if (m_state == DownstreamState::PrunePending)
    {
        m_state = DownstreamState::PrunePendingTmp;
    }
}

void
DownstreamPrune::ReceiveJoin()
{
    m_state = DownstreamState::NoInfo;
    m_expiry.Stop();
    m_prunePending.Stop();
}

void
DownstreamPrune::ReceivePrune(TimePoint now, std::uint16_t holdtime, Duration override)
{
    const bool forever = m_state != DownstreamState::NoInfo && !m_expiry.Running();
    switch (m_state)
    {
    case DownstreamState::NoInfo:
    case DownstreamState::Join: // never here
        m_state = DownstreamState::PrunePending;
        m_prunePending.Start(now, override);
        break;
    case DownstreamState::PruneTmp:
        m_state = DownstreamState::Prune;
        break;
    case DownstreamState::PrunePendingTmp:
        m_state = DownstreamState::PrunePending;
        break;
    case DownstreamState::Prune:
    case DownstreamState::PrunePending:
        break;
    }
    if (!forever)
    {
        RestartExpiry(m_expiry, now, holdtime);
    }
}

void
DownstreamPrune::EndOfMessage()
{
    if (m_state == DownstreamState::PruneTmp || m_state == DownstreamState::PrunePendingTmp)
    {
        ReceiveJoin();
    }
}

bool
DownstreamPrune::Expire(TimePoint now)
{
    if (m_state == DownstreamState::NoInfo)
    {
        return false;
    }
    if (m_expiry.Due(now))
    {
        ReceiveJoin();
        return true;
    }
    if (m_state == DownstreamState::PrunePending && m_prunePending.Due(now))
    {
        m_state = DownstreamState::Prune;
        m_prunePending.Stop();
        return true;
    }
    return false;
}

} // namespace mcast::pim
