// SPDX-License-Identifier: GPL-2.0-only
// Time as the core sees it: a number of nanoseconds that the host of the core hands in. There is no clock here.

#ifndef MCAST_CORE_BASE_TIME_H
#define MCAST_CORE_BASE_TIME_H

#include <chrono>
#include <cstdint>

namespace mcast
{

using Duration = std::chrono::nanoseconds;

/// Names the time line of one host; it has no now(), so nothing in the core can read a clock.
struct CoreClock
{
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<CoreClock, Duration>;
    static constexpr bool is_steady = true;
};

using TimePoint = CoreClock::time_point;

/// The deadline of a timer that is not running.
inline constexpr TimePoint NEVER = TimePoint::max();

/// A timer as a value: when it fires, or never. It knows no queue; its owner puts the earliest of its deadlines
/// into the TimerQueue.
class Deadline
{
  public:
    void Start(TimePoint now, Duration after)
    {
        m_at = now + after;
    }

    void StartAt(TimePoint at)
    {
        m_at = at;
    }

    void Stop()
    {
        m_at = NEVER;
    }

    /// Brings the deadline forward to now + after; a deadline that is already earlier stays (RFC 3376 6.6.1).
    void LowerTo(TimePoint now, Duration after)
    {
        if (now + after < m_at)
        {
            m_at = now + after;
        }
    }

    bool Running() const
    {
        return m_at != NEVER;
    }

    bool Due(TimePoint now) const
    {
        return m_at <= now;
    }

    TimePoint At() const
    {
        return m_at;
    }

    /// Time left; zero when due or not running.
    Duration Remaining(TimePoint now) const
    {
        return Running() && m_at > now ? m_at - now : Duration::zero();
    }

  private:
    TimePoint m_at = NEVER;
};

} // namespace mcast

#endif // MCAST_CORE_BASE_TIME_H
