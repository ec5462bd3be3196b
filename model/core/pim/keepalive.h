// SPDX-License-Identifier: GPL-2.0-only
// How long a source counts as active, with a forwarding plane that tells of few packets: when the time is over it is
// asked whether data came meanwhile, and given a second to answer.
//
// RFC 7761 4.1.4 calls it the Keepalive Timer, RFC 3973 4.5.2 the Source Active Timer.

#ifndef MCAST_CORE_PIM_KEEPALIVE_H
#define MCAST_CORE_PIM_KEEPALIVE_H

#include "../base/time.h"

#include <optional>

namespace mcast::pim
{

class Keepalive
{
  public:
    /// Data was seen. Never to an earlier time.
    void Restart(TimePoint now, Duration period)
    {
        m_asked = false;
        if (!m_timer.Running() || m_timer.At() < now + period)
        {
            m_timer.Start(now, period);
        }
    }

    /// \param ask asks the plane, and returns false if it has no such data
    template <class Ask>
    void Expire(TimePoint now, const Ask& ask)
    {
        if (!m_timer.Due(now))
        {
            return;
        }
        if (m_asked || !ask())
        {
            return m_timer.Stop();
        }
        m_asked = true;
        m_timer.Start(now, std::chrono::seconds{1});
    }

    /// The plane's answer; also one to somebody else's question counts, as it is given once.
    /// \param active whether packets came since the last answer
    /// \param idle since the last packet, if known
    /// \return may it have changed anything? Whether data came is for Running() to say.
    bool Answer(TimePoint now, Duration period, bool active, std::optional<Duration> idle)
    {
        if (!m_timer.Running() || (!m_asked && !active))
        {
            return false;
        }
        if (m_asked)
        {
            m_timer.Stop();
        }
        m_asked = false;
        const auto left = period - idle.value_or(Duration::zero());
        if (active && left > Duration::zero())
        {
            Restart(now, left);
        }
        return true;
    }

    bool Running() const
    {
        return m_timer.Running();
    }

    TimePoint At() const
    {
        return m_timer.At();
    }

    Duration Remaining(TimePoint now) const
    {
        return m_timer.Remaining(now);
    }

  private:
    Deadline m_timer;
    bool m_asked = false;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_KEEPALIVE_H
