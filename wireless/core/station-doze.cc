// SPDX-License-Identifier: GPL-2.0-only

#include "station-doze.h"

#include "../../model/core/base/take-front.h"

#include <algorithm>
#include <utility>

namespace mcast::wifi
{

Expected<Done, SettingError>
DozeConfig::Validate() const
{
    if (beaconInterval < 1 || beaconInterval > 65535)
    {
        return Unexpected{SettingError{"beaconInterval", "must be 1 to 65535 TU"}};
    }
    if (listenInterval < 1 || listenInterval > 65535)
    {
        return Unexpected{SettingError{"listenInterval", "must be 1 to 65535 Beacons"}};
    }
    if (wakeLead < Duration::zero() || wakeLead >= TIME_UNIT * beaconInterval)
    {
        return Unexpected{SettingError{"wakeLead", "must be less than a beacon interval"}};
    }
    if (sleepDelay < Duration::zero())
    {
        return Unexpected{SettingError{"sleepDelay", "must not be negative"}};
    }
    if (pollTimeout <= Duration::zero())
    {
        return Unexpected{SettingError{"pollTimeout", "must be positive"}};
    }
    if (activeTime <= Duration::zero())
    {
        return Unexpected{SettingError{"activeTime", "must be positive"}};
    }
    if (pollAttempts < 1)
    {
        return Unexpected{SettingError{"pollAttempts", "must be at least 1"}};
    }
    return Done{};
}

StationDoze::StationDoze(const DozeConfig& config)
    : m_config(config)
{
}

Duration
StationDoze::BeaconInterval() const
{
    return TIME_UNIT * m_config.beaconInterval;
}

void
StationDoze::Associated(TimePoint now, Aid aid)
{
    Disassociated(now);
    m_aid = aid;
    if (m_wanted)
    {
        m_actions.push_back({StationAction::Kind::Null, true});
    }
}

void
StationDoze::Disassociated(TimePoint now)
{
    if (m_state == State::Doze)
    {
        Emit(DozeEvent::Kind::Wake, now);
    }
    StopTimers();
    m_state = State::Active;
    m_aid = 0;
    m_powerSave = m_fetching = m_unicastWaits = m_polled = m_groupFollows = false;
    m_tbtt.reset();
    m_period = 0;
    m_actions.clear();
}

void
StationDoze::SetPowerSave(TimePoint now, bool on)
{
    AdvanceTo(now);
    m_wanted = on;
    if (m_fetching)
    {
        m_fetching = false; // awake for a while becomes awake for good
        m_timeout.Stop();
    }
    if (m_aid == 0)
    {
        return; // told to the access point once there is one
    }
    if (m_state == State::Doze)
    {
        Listen(now); // the radio must be on for the Null frame
    }
    m_sleep.Stop();
    m_actions.push_back({StationAction::Kind::Null, on});
}

void
StationDoze::PowerManagementAcked(TimePoint now, bool on)
{
    AdvanceTo(now);
    if (on == m_powerSave)
    {
        return;
    }
    m_powerSave = on;
    StopTimers();
    if (!on)
    {
        m_state = State::Active;
        if (m_fetching)
        {
            m_timeout.Start(now, m_config.activeTime);
        }
        return;
    }
    m_fetching = m_unicastWaits = m_polled = false;
    m_listenOrigin = m_tbtt.value_or(now);
    m_state = m_groupFollows ? State::Group : State::Listen;
    if (m_state == State::Listen && m_tbtt) // before the first Beacon nothing tells when the next one comes
    {
        SleepSoon(now);
    }
}

void
StationDoze::TriggerAcked(TimePoint now)
{
    AdvanceTo(now);
    if (!m_powerSave || m_config.fetch != UnicastFetch::ServicePeriod || m_state == State::Service)
    {
        return;
    }
    m_wake.Stop();
    m_sleep.Stop();
    if (m_state == State::Group)
    {
        m_unicastWaits = true; // the frames come after the burst
        return;
    }
    if (m_state == State::Doze)
    {
        Emit(DozeEvent::Kind::Wake, now); // the host had turned the radio on for its frame
    }
    m_state = State::Service;
    m_attempts = m_config.pollAttempts; // nothing is lost but the end: it is not asked for again
    m_timeout.Start(now, m_config.pollTimeout);
}

void
StationDoze::Poll(TimePoint now)
{
    AdvanceTo(now);
    if (!m_powerSave || m_state == State::Poll || m_state == State::Service)
    {
        return; // it is being asked already
    }
    m_polled = true;
    if (m_state == State::Group)
    {
        m_unicastWaits = true; // after the burst
        return;
    }
    if (m_state == State::Doze)
    {
        Listen(now);
    }
    Fetch(now);
}

// Does a Beacon matter that comes so many intervals after the last one heard?
bool
StationDoze::IsWanted(std::uint64_t beacons) const
{
    const auto sinceOrigin = (*m_tbtt - m_listenOrigin + BeaconInterval() / 2) / BeaconInterval();
    if ((static_cast<std::uint64_t>(sinceOrigin) + beacons) % m_config.listenInterval == 0)
    {
        return true;
    }
    // 11.2.3.6 (ReceiveDTIMs): DTIMs are counted on from the last TIM; without one every Beacon may be a DTIM
    return m_config.receiveDtims && (m_period == 0 || (beacons + m_period - m_count) % m_period == 0);
}

TimePoint
StationDoze::NextWanted(TimePoint now) const
{
    const auto interval = BeaconInterval();
    const auto passed = (now - *m_tbtt) / interval;
    auto beacons = static_cast<std::uint64_t>(std::max<Duration::rep>(passed, 0)) + 1;
    while (!IsWanted(beacons))
    {
        beacons++;
    }
    return *m_tbtt + interval * beacons;
}

void
StationDoze::AdvanceTo(TimePoint now)
{
    if (m_sleep.Due(now))
    {
        m_sleep.Stop();
        Sleep(now);
    }
    if (m_wake.Due(now))
    {
        Listen(now);
    }
    if (m_timeout.Due(now))
    {
        m_timeout.Stop();
        TimedOut(now);
    }
}

void
StationDoze::SleepSoon(TimePoint now)
{
    m_timeout.Stop();
    m_sleep.Start(now, m_config.sleepDelay);
}

void
StationDoze::Sleep(TimePoint now)
{
    if (!m_tbtt || !m_actions.empty())
    {
        return; // something is to be sent yet
    }
    const auto due = NextWanted(now);
    const auto wake = due - m_config.wakeLead;
    if (wake <= now)
    {
        m_state = State::Listen; // there is no time left to doze
        m_timeout.Start(now, due - now + BeaconInterval() / 2);
        return;
    }
    m_state = State::Doze;
    m_wake.StartAt(wake);
    Emit(DozeEvent::Kind::Doze, now, wake);
}

void
StationDoze::Listen(TimePoint now)
{
    m_wake.Stop();
    m_state = State::Listen;
    m_timeout.Start(now, m_config.wakeLead + BeaconInterval() / 2);
    Emit(DozeEvent::Kind::Wake, now);
}

void
StationDoze::TimedOut(TimePoint now)
{
    switch (m_state)
    {
    case State::Listen:
        // Group frames may follow the Beacon that was lost: awake until one is heard (11.2.3.6).
        Emit(DozeEvent::Kind::BeaconMissed, now);
        return;
    case State::Poll:
    case State::Service:
        if (m_attempts < m_config.pollAttempts)
        {
            Ask(now);
            return;
        }
        m_state = State::Listen;
        SleepSoon(now); // the next Beacon tells whether it still waits
        return;
    case State::Active:
        if (m_fetching)
        {
            m_fetching = false;
            m_actions.push_back({StationAction::Kind::Null, true});
        }
        return;
    case State::Doze:
    case State::Group:
        return;
    }
}

void
StationDoze::HandleBeacon(TimePoint now, TimePoint tbtt, const Tim* tim)
{
    AdvanceTo(now);
    if (m_state == State::Doze)
    {
        return; // the radio is off
    }
    m_tbtt = tbtt;
    if (tim)
    {
        m_count = tim->dtimCount;
        m_period = tim->dtimPeriod;
    }
    else if (m_period != 0)
    {
        m_count = static_cast<std::uint8_t>(m_count == 0 ? m_period - 1 : m_count - 1);
    }
    m_groupFollows = m_config.receiveDtims && tim && tim->groupTraffic; // also a burst that goes on after its DTIM
    if (m_powerSave)
    {
        AfterBeacon(now, tim && tim->stations[m_aid]);
    }
}

void
StationDoze::AfterBeacon(TimePoint now, bool unicast)
{
    m_unicastWaits = unicast;
    const bool inGroup = m_state == State::Group;
    if (m_groupFollows)
    {
        m_timeout.Stop();
        m_sleep.Stop();
        m_state = State::Group;
        return;
    }
    if (inGroup)
    {
        Emit(DozeEvent::Kind::GroupCut, now);
    }
    if (m_state == State::Poll || m_state == State::Service)
    {
        return; // its answer is on the way
    }
    m_state = State::Listen;
    if (unicast)
    {
        Fetch(now);
    }
    else
    {
        SleepSoon(now);
    }
}

void
StationDoze::HandleGroup(TimePoint now, bool moreData)
{
    AdvanceTo(now);
    m_groupFollows = m_groupFollows && moreData;
    if (m_state != State::Group || moreData)
    {
        return;
    }
    Emit(DozeEvent::Kind::GroupDone, now);
    m_state = State::Listen;
    if (m_unicastWaits)
    {
        Fetch(now);
    }
    else
    {
        SleepSoon(now);
    }
}

void
StationDoze::Fetch(TimePoint now)
{
    m_attempts = 0;
    const bool polled = std::exchange(m_polled, false);
    switch (polled ? UnicastFetch::PsPoll : m_config.fetch)
    {
    case UnicastFetch::PsPoll:
        m_state = State::Poll;
        m_attempts = m_config.fetch == UnicastFetch::OnDemand ? m_config.pollAttempts - 1 : 0;
        break;
    case UnicastFetch::ServicePeriod:
        m_state = State::Service;
        break;
    case UnicastFetch::OnDemand:
        SleepSoon(now);
        return;
    case UnicastFetch::WakeUp:
        m_fetching = true;
        m_sleep.Stop();
        m_timeout.Stop();
        m_actions.push_back({StationAction::Kind::Null, false});
        return;
    }
    Ask(now);
}

void
StationDoze::Ask(TimePoint now)
{
    m_attempts++;
    m_sleep.Stop();
    m_timeout.Start(now, m_config.pollTimeout);
    const auto kind = m_state == State::Poll ? StationAction::Kind::PsPoll : StationAction::Kind::Trigger;
    m_actions.push_back({kind, true});
}

void
StationDoze::HandleUnicast(TimePoint now, bool moreData, bool endOfServicePeriod)
{
    AdvanceTo(now);
    switch (m_state)
    {
    case State::Poll:
        Answered(now, moreData);
        return;
    case State::Service:
        if (endOfServicePeriod)
        {
            Answered(now, moreData);
        }
        else
        {
            m_timeout.Start(now, m_config.pollTimeout);
        }
        return;
    case State::Active:
        if (m_fetching)
        {
            m_timeout.Start(now, m_config.activeTime);
        }
        return;
    case State::Doze:
    case State::Listen:
    case State::Group:
        return;
    }
}

void
StationDoze::Answered(TimePoint now, bool more)
{
    m_unicastWaits = more;
    m_attempts = 0;
    if (more && m_config.fetch != UnicastFetch::OnDemand)
    {
        Ask(now);
        return;
    }
    m_state = State::Listen;
    SleepSoon(now);
}

std::optional<StationAction>
StationDoze::PollAction()
{
    return TakeFront(m_actions);
}

std::optional<DozeEvent>
StationDoze::PollEvent()
{
    return TakeFront(m_events);
}

std::optional<TimePoint>
StationDoze::NextDeadline() const
{
    const auto next = std::min({m_wake.At(), m_sleep.At(), m_timeout.At()});
    return next == NEVER ? std::nullopt : std::optional(next);
}

void
StationDoze::StopTimers()
{
    m_wake.Stop();
    m_sleep.Stop();
    m_timeout.Stop();
}

void
StationDoze::Emit(DozeEvent::Kind kind, TimePoint at, TimePoint until)
{
    m_events.push_back({kind, at, until});
}

} // namespace mcast::wifi
