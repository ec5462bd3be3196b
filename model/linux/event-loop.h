// SPDX-License-Identifier: GPL-2.0-only
// One epoll set, one timerfd.

#ifndef MCAST_LINUX_EVENT_LOOP_H
#define MCAST_LINUX_EVENT_LOOP_H

#include "base/time.h"
#include "unique-fd.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

namespace mcast::linux_host
{

/// CLOCK_MONOTONIC as the core's time.
TimePoint MonotonicNow();

class EventLoop
{
  public:
    /// Gets the EPOLL* bits.
    using Handler = std::function<void(std::uint32_t events)>;

    /// \throws RuntimeFailure
    EventLoop();

    /// The descriptor stays the caller's, who calls Remove before it is closed. \throws RuntimeFailure
    void Add(int fd, std::uint32_t events, Handler handler);
    void Modify(int fd, std::uint32_t events);
    void Remove(int fd);

    /// Wakes up for `deadline`, once; none: no wake-up.
    void SetDeadline(std::optional<TimePoint> deadline);

    /// Serves what is ready and calls `settle` after each round, until Stop(). \throws RuntimeFailure
    void Run(const std::function<void()>& settle);

    void Stop()
    {
        m_running = false;
    }

  private:
    void Serve(std::uint64_t registration, std::uint32_t events);

    UniqueFd m_epoll;
    UniqueFd m_timer;
    std::optional<TimePoint> m_deadline;
    bool m_running = false;
    // A registration outlives a descriptor's number: what was ready for a closed descriptor never reaches a new one.
    std::uint64_t m_lastRegistration = 0;
    std::unordered_map<int, std::uint64_t> m_registrations;
    std::unordered_map<std::uint64_t, Handler> m_handlers;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_EVENT_LOOP_H
