// SPDX-License-Identifier: GPL-2.0-only

#include "register.h"

namespace mcast::pim
{

bool
RegisterMachine::Update(bool couldRegister, const Address& rp)
{
    const bool moved = rp != m_rp;
    m_rp = rp;
    if (!couldRegister || rp.IsUnspecified())
    {
        return Enter(RegisterState::NoInfo);
    }
    return m_state == RegisterState::NoInfo || moved ? Enter(RegisterState::Join) : false;
}

bool
RegisterMachine::ReceiveRegisterStop(TimePoint now, Random& random, const RouterConfig& config, bool together)
{
    if (m_state != RegisterState::Join && m_state != RegisterState::JoinPending)
    {
        return false;
    }
    Enter(RegisterState::Prune);
    const auto suppression = config.registerSuppressionTime;
    const auto least = suppression / 2 - config.registerProbeTime;
    m_stop.Start(now, least + random.Delay(suppression));
    if (together)
    {
        const auto slot = config.registerProbeTime;
        const auto at = TimePoint{m_stop.At().time_since_epoch() / slot * slot};
        m_stop.StartAt(at < now + least ? at + slot : at);
    }
    return true;
}

bool
RegisterMachine::Expire(TimePoint now, const RouterConfig& config)
{
    if (!m_stop.Due(now))
    {
        return false;
    }
    if (m_state == RegisterState::JoinPending)
    {
        Enter(RegisterState::Join);
        return false;
    }
    Enter(RegisterState::JoinPending);
    m_stop.Start(now, config.registerProbeTime);
    return true;
}

bool
RegisterMachine::Enter(RegisterState state)
{
    const bool changed = state != m_state;
    m_state = state;
    m_stop.Stop();
    return changed;
}

} // namespace mcast::pim
