// SPDX-License-Identifier: GPL-2.0-only

#include "timer-queue.h"

namespace mcast
{

Alarm::~Alarm()
{
    m_queue.Remove(*this);
}

void
Alarm::WakeAt(TimePoint at)
{
    m_queue.WakeAt(*this, at);
}

TimePoint
TimerQueue::Next() const
{
    return m_heap.empty() ? NEVER : m_heap.front().at;
}

void
TimerQueue::RunDue(TimePoint now)
{
    while (!m_heap.empty() && m_heap.front().at <= now)
    {
        Alarm& alarm = *m_heap.front().alarm;
        Remove(alarm);
        alarm.OnAlarm(now);
    }
}

void
TimerQueue::WakeAt(Alarm& alarm, TimePoint at)
{
    if (at == NEVER)
    {
        Remove(alarm);
        return;
    }
    const Entry entry{at, m_order++, &alarm};
    if (alarm.m_slot == Alarm::NO_SLOT)
    {
        m_heap.push_back(entry);
        SiftUp(m_heap.size() - 1, entry);
    }
    else if (at < m_heap[alarm.m_slot].at)
    {
        SiftUp(alarm.m_slot, entry);
    }
}

void
TimerQueue::Remove(Alarm& alarm)
{
    const std::size_t slot = alarm.m_slot;
    if (slot == Alarm::NO_SLOT)
    {
        return;
    }
    alarm.m_slot = Alarm::NO_SLOT;
    const Entry last = m_heap.back();
    m_heap.pop_back();
    if (slot < m_heap.size())
    {
        SiftUp(slot, last);
        SiftDown(last.alarm->m_slot, last);
    }
}

void
TimerQueue::Place(std::size_t slot, const Entry& entry)
{
    m_heap[slot] = entry;
    entry.alarm->m_slot = static_cast<std::uint32_t>(slot);
}

void
TimerQueue::SiftUp(std::size_t slot, Entry entry)
{
    while (slot > 0 && Before(entry, m_heap[(slot - 1) / 4]))
    {
        Place(slot, m_heap[(slot - 1) / 4]);
        slot = (slot - 1) / 4;
    }
    Place(slot, entry);
}

void
TimerQueue::SiftDown(std::size_t slot, Entry entry)
{
    while (true)
    {
        std::size_t best = slot * 4 + 1;
        if (best >= m_heap.size())
        {
            break;
        }
        const std::size_t end = best + 4 < m_heap.size() ? best + 4 : m_heap.size();
        for (std::size_t child = best + 1; child < end; ++child)
        {
            best = Before(m_heap[child], m_heap[best]) ? child : best;
        }
        if (!Before(m_heap[best], entry))
        {
            break;
        }
        Place(slot, m_heap[best]);
        slot = best;
    }
    Place(slot, entry);
}

bool
TimerQueue::Before(const Entry& a, const Entry& b)
{
    return a.at != b.at ? a.at < b.at : a.order < b.order;
}

} // namespace mcast
