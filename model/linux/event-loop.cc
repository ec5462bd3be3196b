// SPDX-License-Identifier: GPL-2.0-only

#include "event-loop.h"

#include "failure.h"

#include <array>
#include <ctime>
#include <sys/epoll.h>
#include <sys/timerfd.h>

namespace mcast::linux_host
{

namespace
{

std::timespec
ToTimespec(TimePoint at)
{
    const auto count = at.time_since_epoch().count();
    return {static_cast<std::time_t>(count / 1000000000), static_cast<long>(count % 1000000000)};
}

} // namespace

TimePoint
MonotonicNow()
{
    std::timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return TimePoint{std::chrono::seconds{now.tv_sec} + Duration{now.tv_nsec}};
}

EventLoop::EventLoop()
    : m_epoll(epoll_create1(EPOLL_CLOEXEC)),
      m_timer(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))
{
    if (!m_epoll || !m_timer)
    {
        throw SystemFailure("creating the event loop");
    }
    Add(m_timer.Get(), EPOLLIN, [this](std::uint32_t) {
        std::uint64_t expirations = 0;
        [[maybe_unused]] const auto size = ::read(m_timer.Get(), &expirations, sizeof expirations);
        m_deadline.reset(); // settle() tells the next one
    });
}

void
EventLoop::Add(int fd, std::uint32_t events, Handler handler)
{
    const auto registration = ++m_lastRegistration;
    epoll_event event{};
    event.events = events;
    event.data.u64 = registration;
    if (epoll_ctl(m_epoll.Get(), EPOLL_CTL_ADD, fd, &event) < 0)
    {
        throw SystemFailure("watching a descriptor");
    }
    m_registrations[fd] = registration;
    m_handlers.emplace(registration, std::move(handler));
}

void
EventLoop::Modify(int fd, std::uint32_t events)
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = m_registrations.at(fd);
    epoll_ctl(m_epoll.Get(), EPOLL_CTL_MOD, fd, &event);
}

void
EventLoop::Remove(int fd)
{
    const auto found = m_registrations.find(fd);
    if (found == m_registrations.end())
    {
        return;
    }
    epoll_ctl(m_epoll.Get(), EPOLL_CTL_DEL, fd, nullptr);
    m_handlers.erase(found->second);
    m_registrations.erase(found);
}

void
EventLoop::SetDeadline(std::optional<TimePoint> deadline)
{
    if (deadline == m_deadline)
    {
        return;
    }
    m_deadline = deadline;
    itimerspec timer{};
    if (deadline)
    {
        // Zero would disarm the timer, and a time in the past fires at once.
        timer.it_value = ToTimespec(std::max(*deadline, TimePoint{Duration{1}}));
    }
    timerfd_settime(m_timer.Get(), TFD_TIMER_ABSTIME, &timer, nullptr);
}

void
EventLoop::Serve(std::uint64_t registration, std::uint32_t events)
{
    const auto found = m_handlers.find(registration);
    if (found == m_handlers.end())
    {
        return;
    }
    const Handler handler = found->second; // a copy: it may remove itself
    handler(events);
}

void
EventLoop::Run(const std::function<void()>& settle)
{
    m_running = true;
    std::array<epoll_event, 32> ready{};
    settle();
    while (m_running)
    {
        const int count = epoll_wait(m_epoll.Get(), ready.data(), ready.size(), -1);
        if (count < 0 && errno != EINTR)
        {
            throw SystemFailure("waiting for events");
        }
        for (int i = 0; i < count; ++i)
        {
            Serve(ready[i].data.u64, ready[i].events);
        }
        settle();
    }
}

} // namespace mcast::linux_host
