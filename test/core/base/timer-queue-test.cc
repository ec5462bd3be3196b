// SPDX-License-Identifier: GPL-2.0-only

#include "base/timer-queue.h"

#include "base/random.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace mcast
{
namespace
{

using std::chrono::seconds;

TimePoint
At(int second)
{
    return TimePoint{seconds{second}};
}

class Bell final : public Alarm
{
  public:
    using Action = std::function<void(Bell&, TimePoint)>;

    Bell(TimerQueue& queue, Action action)
        : Alarm(queue),
          m_action(std::move(action))
    {
    }

    void OnAlarm(TimePoint now) override
    {
        const auto action = m_action; // outlives this object, which the action may destroy
        action(*this, now);
    }

    using Alarm::WakeAt;

  private:
    Action m_action;
};

class TimerQueueTest : public ::testing::Test
{
  protected:
    std::unique_ptr<Bell> Named(char name)
    {
        return std::make_unique<Bell>(m_queue, [this, name](Bell&, TimePoint) { m_rung += name; });
    }

    TimerQueue m_queue;
    std::string m_rung;
};

TEST_F(TimerQueueTest, IsEmptyAtFirst)
{
    EXPECT_EQ(m_queue.Next(), NEVER);
    EXPECT_EQ(m_queue.Size(), 0u);
    m_queue.RunDue(At(1000));
}

TEST_F(TimerQueueTest, WakesInOrderOfTime)
{
    const auto a = Named('a');
    const auto b = Named('b');
    const auto c = Named('c');
    a->WakeAt(At(3));
    b->WakeAt(At(1));
    c->WakeAt(At(2));
    EXPECT_EQ(m_queue.Next(), At(1));
    m_queue.RunDue(At(0));
    EXPECT_EQ(m_rung, "");
    m_queue.RunDue(At(2));
    EXPECT_EQ(m_rung, "bc");
    m_queue.RunDue(At(9));
    EXPECT_EQ(m_rung, "bca");
    EXPECT_EQ(m_queue.Next(), NEVER);
}

TEST_F(TimerQueueTest, EqualTimesWakeInOrderOfAsking)
{
    std::vector<std::unique_ptr<Bell>> bells;
    for (char name = 'a'; name <= 'z'; ++name)
    {
        bells.push_back(Named(name));
        bells.back()->WakeAt(At(5));
    }
    m_queue.RunDue(At(5));
    EXPECT_EQ(m_rung, "abcdefghijklmnopqrstuvwxyz");
}

TEST_F(TimerQueueTest, ALaterWishKeepsTheEarlierWake)
{
    const auto a = Named('a');
    a->WakeAt(At(5));
    a->WakeAt(At(9));
    EXPECT_EQ(m_queue.Next(), At(5));
    a->WakeAt(At(2));
    EXPECT_EQ(m_queue.Next(), At(2));
    EXPECT_EQ(m_queue.Size(), 1u);
}

TEST_F(TimerQueueTest, NeverWithdraws)
{
    const auto a = Named('a');
    a->WakeAt(NEVER);
    EXPECT_EQ(m_queue.Size(), 0u);
    a->WakeAt(At(5));
    a->WakeAt(NEVER);
    EXPECT_EQ(m_queue.Next(), NEVER);
    m_queue.RunDue(At(9));
    EXPECT_EQ(m_rung, "");
}

TEST_F(TimerQueueTest, ADestroyedAlarmIsGone)
{
    auto a = Named('a');
    const auto b = Named('b');
    a->WakeAt(At(1));
    b->WakeAt(At(2));
    a.reset();
    m_queue.RunDue(At(9));
    EXPECT_EQ(m_rung, "b");
}

TEST_F(TimerQueueTest, AnAlarmMayDestroyItselfAndOthers)
{
    auto other = Named('x');
    std::unique_ptr<Bell> self;
    self = std::make_unique<Bell>(m_queue, [&](Bell&, TimePoint) {
        m_rung += 's';
        other.reset();
        self.reset();
    });
    const auto last = Named('l');
    self->WakeAt(At(1));
    other->WakeAt(At(1));
    last->WakeAt(At(1));
    m_queue.RunDue(At(1));
    EXPECT_EQ(m_rung, "sl");
    EXPECT_EQ(m_queue.Size(), 0u);
}

TEST_F(TimerQueueTest, AnAlarmMayAskAgainFromWithin)
{
    int times = 0;
    Bell repeating(m_queue, [&](Bell& bell, TimePoint now) {
        if (++times < 5)
        {
            bell.WakeAt(now + seconds{1});
        }
    });
    repeating.WakeAt(At(1));
    m_queue.RunDue(At(1));
    EXPECT_EQ(times, 1);
    EXPECT_EQ(m_queue.Next(), At(2));
    m_queue.RunDue(At(2));
    EXPECT_EQ(times, 2);
}

TEST_F(TimerQueueTest, WhatBecomesDueOnTheWayIsWoken)
{
    const auto b = Named('b');
    Bell a(m_queue, [&](Bell&, TimePoint now) {
        m_rung += 'a';
        b->WakeAt(now);
    });
    a.WakeAt(At(1));
    m_queue.RunDue(At(1));
    EXPECT_EQ(m_rung, "ab");
}

// Against a list that is sorted anew for each question.
TEST_F(TimerQueueTest, BehavesAsASortedListUnderAnyUse)
{
    Random random(42);
    constexpr std::size_t BELLS = 200;
    std::vector<TimePoint> wanted(BELLS, NEVER);
    std::vector<std::unique_ptr<Bell>> bells;
    std::vector<std::size_t> rung;
    for (std::size_t i = 0; i < BELLS; ++i)
    {
        bells.push_back(std::make_unique<Bell>(m_queue, [&rung, i](Bell&, TimePoint) { rung.push_back(i); }));
    }
    TimePoint now{};
    for (int step = 0; step < 20000; ++step)
    {
        const auto which = static_cast<std::size_t>(random.Next() % BELLS);
        const auto at = now + Duration{static_cast<Duration::rep>(random.Next() % 1000)};
        switch (random.Next() % 4)
        {
        case 0:
        case 1:
            bells[which]->WakeAt(at);
            wanted[which] = std::min(wanted[which], at);
            break;
        case 2:
            bells[which]->WakeAt(NEVER);
            wanted[which] = NEVER;
            break;
        default:
            now += Duration{static_cast<Duration::rep>(random.Next() % 50)};
            rung.clear();
            m_queue.RunDue(now);
            for (std::size_t k = 1; k < rung.size(); ++k)
            {
                ASSERT_LE(wanted[rung[k - 1]], wanted[rung[k]]);
            }
            for (const auto i : rung)
            {
                ASSERT_LE(wanted[i], now);
                wanted[i] = NEVER;
            }
            ASSERT_GT(*std::min_element(wanted.begin(), wanted.end()), now);
            break;
        }
        ASSERT_EQ(m_queue.Next(), *std::min_element(wanted.begin(), wanted.end()));
    }
}

TEST(DeadlineTest, IsAValueThatRunsOrDoesNot)
{
    Deadline deadline;
    EXPECT_FALSE(deadline.Running());
    EXPECT_FALSE(deadline.Due(At(1000000)));
    EXPECT_EQ(deadline.Remaining(At(0)), Duration::zero());
    deadline.Start(At(10), seconds{5});
    EXPECT_TRUE(deadline.Running());
    EXPECT_EQ(deadline.At(), At(15));
    EXPECT_FALSE(deadline.Due(At(14)));
    EXPECT_TRUE(deadline.Due(At(15)));
    EXPECT_EQ(deadline.Remaining(At(12)), seconds{3});
    EXPECT_EQ(deadline.Remaining(At(20)), Duration::zero());
    deadline.Stop();
    EXPECT_FALSE(deadline.Running());
}

TEST(DeadlineTest, IsLoweredAndNeverRaised)
{
    Deadline deadline;
    deadline.Start(At(0), seconds{10});
    deadline.LowerTo(At(0), seconds{20});
    EXPECT_EQ(deadline.At(), At(10));
    deadline.LowerTo(At(0), seconds{2});
    EXPECT_EQ(deadline.At(), At(2));
}

} // namespace
} // namespace mcast
