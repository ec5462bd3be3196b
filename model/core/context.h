// SPDX-License-Identifier: GPL-2.0-only
// What the parts of one router or host share: its time, its timers, its chance, and what waits to be drained.

#ifndef MCAST_CORE_CONTEXT_H
#define MCAST_CORE_CONTEXT_H

#include "base/random.h"
#include "base/take-front.h"
#include "base/timer-queue.h"
#include "base/trace.h"
#include "wire/packet.h"

#include <deque>

namespace mcast
{

struct Context
{
    explicit Context(std::uint64_t seed)
        : random(seed)
    {
    }

    /// Fires what is due; a time before the present one changes nothing.
    void AdvanceTo(TimePoint time)
    {
        now = time > now ? time : now;
        timers.RunDue(now);
    }

    std::optional<TimePoint> NextDeadline() const
    {
        return timers.Next() == NEVER ? std::nullopt : std::optional(timers.Next());
    }

    void Emit(TraceEvent event)
    {
        event.at = now;
        events.push_back(event);
    }

    TimePoint now{};
    TimerQueue timers;
    Random random;
    std::deque<Transmit> transmits;
    std::deque<TraceEvent> events;
};

} // namespace mcast

#endif // MCAST_CORE_CONTEXT_H
