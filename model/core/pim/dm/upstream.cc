// SPDX-License-Identifier: GPL-2.0-only

#include "upstream.h"

namespace mcast::pim
{

// Each state has its own timers.
void
FloodUpstream::Transition(UpstreamState state)
{
    m_state = state;
    m_graftRetry.Stop();
    m_pruneLimit.Stop();
    if (state == UpstreamState::Pruned)
    {
        m_override.Stop();
    }
}

FloodUpstream::Action
FloodUpstream::Prune(TimePoint now, const RouterConfig& config)
{
    Transition(UpstreamState::Pruned);
    if (m_to == nullptr)
    {
        return Action::Nothing;
    }
    m_pruneLimit.Start(now, config.pruneLimit);
    return Action::Prune;
}

FloodUpstream::Action
FloodUpstream::Graft(TimePoint now, const RouterConfig& config)
{
    m_retries = 0;
    Transition(m_to == nullptr ? UpstreamState::Forwarding : UpstreamState::AckPending);
    if (m_to == nullptr)
    {
        return Action::Nothing;
    }
    m_graftRetry.Start(now, config.graftRetryPeriod);
    return Action::Graft;
}

void
FloodUpstream::AssumePruned(TimePoint now, const FloodWish& wish, const RouterConfig& config)
{
    if (!wish.empty || wish.direct || wish.to == nullptr)
    {
        return;
    }
    m_to = wish.to;
    m_empty = m_begun = true;
    Transition(UpstreamState::Pruned);
    m_pruneLimit.Start(now, config.pruneLimit);
}

FloodUpstream::Action
FloodUpstream::Follow(TimePoint now, const FloodWish& wish, const RouterConfig& config)
{
    const bool moved = m_begun && wish.to != m_to;
    const bool emptied = wish.empty && !m_empty;
    const bool filled = !wish.empty && m_empty;
    m_begun = true;
    m_to = wish.to;
    m_empty = wish.empty;
    if (wish.direct)
    {
        m_override.Stop();
        Transition(UpstreamState::Forwarding);
        return Action::Nothing;
    }
    if (moved)
    {
        m_override.Stop();
        if (!wish.empty)
        {
            return Graft(now, config);
        }
        Transition(UpstreamState::Pruned);
        return Action::Nothing;
    }
    if (emptied && m_state != UpstreamState::Pruned)
    {
        return Prune(now, config);
    }
    return filled && m_state == UpstreamState::Pruned ? Graft(now, config) : Action::Nothing;
}

void
FloodUpstream::FollowQuietly(const FloodWish& wish)
{
    if (m_begun && wish.to != m_to && !wish.empty && m_state == UpstreamState::Forwarding)
    {
        m_override.Stop();
        m_to = wish.to;
    }
}

FloodUpstream::Action
FloodUpstream::DataArrived(TimePoint now, const FloodWish& wish, const RouterConfig& config)
{
    return wish.empty && !wish.direct && !m_pruneLimit.Running() ? Prune(now, config) : Action::Nothing;
}

FloodUpstream::Action
FloodUpstream::Refreshed(TimePoint now, bool prune, const FloodWish& wish, const RouterConfig& config)
{
    if (wish.direct)
    {
        return Action::Nothing;
    }
    switch (m_state)
    {
    case UpstreamState::Pruned:
        if (prune)
        {
            m_pruneLimit.Start(now, config.pruneLimit);
            return Action::Nothing;
        }
        return m_pruneLimit.Running() ? Action::Nothing : Prune(now, config);
    case UpstreamState::AckPending:
        if (!prune)
        {
            Transition(UpstreamState::Forwarding); // the Graft has come through, or was never needed
            return Action::Nothing;
        }
        [[fallthrough]];
    case UpstreamState::Forwarding:
        if (prune && !m_override.Running())
        {
            m_override.Start(now, wish.override);
        }
        return Action::Nothing;
    }
    return Action::Nothing;
}

void
FloodUpstream::SeeJoin()
{
    m_override.Stop();
}

void
FloodUpstream::SeePrune(TimePoint now, std::uint16_t holdtime, const FloodWish& wish)
{
    if (m_state == UpstreamState::Pruned)
    {
        const auto until = now + std::chrono::seconds{holdtime};
        if (m_pruneLimit.Running() && holdtime != HOLDTIME_FOREVER && m_pruneLimit.At() < until)
        {
            m_pruneLimit.StartAt(until);
        }
    }
    else if (!wish.direct && !m_override.Running())
    {
        m_override.Start(now, wish.override);
    }
}

void
FloodUpstream::ReceiveGraftAck()
{
    if (m_state == UpstreamState::AckPending)
    {
        Transition(UpstreamState::Forwarding);
    }
}

FloodUpstream::Action
FloodUpstream::NeighborRestarted(TimePoint now, const RouterConfig& config)
{
    if (m_state == UpstreamState::Pruned)
    {
        m_pruneLimit.Stop();
    }
    return m_state == UpstreamState::AckPending ? Graft(now, config) : Action::Nothing;
}

FloodUpstream::Action
FloodUpstream::Expire(TimePoint now, const FloodWish& wish, const RouterConfig& config)
{
    if (m_pruneLimit.Due(now))
    {
        m_pruneLimit.Stop();
    }
    if (m_override.Due(now))
    {
        m_override.Stop();
        if (m_to != nullptr && !wish.direct)
        {
            return Action::Join;
        }
    }
    if (!m_graftRetry.Due(now))
    {
        return Action::Nothing;
    }
    if (config.maxGraftRetries != 0 && m_retries >= config.maxGraftRetries)
    {
        Transition(UpstreamState::Forwarding);
        return Action::Nothing;
    }
    ++m_retries;
    m_graftRetry.Start(now, config.graftRetryPeriod);
    return Action::Graft;
}

} // namespace mcast::pim
