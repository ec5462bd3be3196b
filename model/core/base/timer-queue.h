// SPDX-License-Identifier: GPL-2.0-only
// One ordered store of deadlines per router or host. An object that has timers is an Alarm: it keeps its own
// deadlines as values and asks the queue to be woken at the earliest of them.

#ifndef MCAST_CORE_BASE_TIMER_QUEUE_H
#define MCAST_CORE_BASE_TIMER_QUEUE_H

#include "time.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mcast
{

class TimerQueue;

/// Something that the queue can wake. It leaves the queue when it is destroyed.
class Alarm
{
  public:
    explicit Alarm(TimerQueue& queue)
        : m_queue(queue)
    {
    }

    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    /// The queue's wake-up. It may come before any deadline of the object is due (see TimerQueue::WakeAt): look at
    /// the deadlines, act on those due, and ask for the next wake-up. The alarm may destroy itself in here.
    virtual void OnAlarm(TimePoint now) = 0;

  protected:
    virtual ~Alarm();

    /// Asks to be woken no later than `at`; NEVER withdraws the wish.
    void WakeAt(TimePoint at);

  private:
    friend class TimerQueue;
    static constexpr std::uint32_t NO_SLOT = 0xffffffff;

    TimerQueue& m_queue;
    std::uint32_t m_slot = NO_SLOT;
};

/// A 4-ary heap; equal deadlines fire in the order in which they were set.
class TimerQueue
{
  public:
    TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;

    /// The earliest wake-up, or NEVER. It may be earlier than any deadline: a deadline that moves back keeps its
    /// place, which makes the refresh of a timer free, and costs one empty wake-up later.
    TimePoint Next() const;

    /// Wakes all alarms due at `now`, also those that become due on the way.
    void RunDue(TimePoint now);

    std::size_t Size() const
    {
        return m_heap.size();
    }

  private:
    friend class Alarm;

    struct Entry
    {
        TimePoint at;
        std::uint64_t order;
        Alarm* alarm;
    };

    void WakeAt(Alarm& alarm, TimePoint at);
    void Remove(Alarm& alarm);
    void Place(std::size_t slot, const Entry& entry);
    void SiftUp(std::size_t slot, Entry entry);
    void SiftDown(std::size_t slot, Entry entry);
    static bool Before(const Entry& a, const Entry& b);

    std::vector<Entry> m_heap;
    std::uint64_t m_order = 0;
};

} // namespace mcast

#endif // MCAST_CORE_BASE_TIMER_QUEUE_H
