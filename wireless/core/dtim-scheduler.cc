// SPDX-License-Identifier: GPL-2.0-only

#include "dtim-scheduler.h"

#include "../../model/core/base/take-front.h"

#include <algorithm>

namespace mcast::wifi
{

const char*
ToString(DtimEventKind kind)
{
    switch (kind)
    {
    case DtimEventKind::Buffered:
        return "buffered";
    case DtimEventKind::Released:
        return "released";
    case DtimEventKind::Dropped:
        return "dropped";
    case DtimEventKind::BurstBegins:
        return "burst-begins";
    case DtimEventKind::BurstEnds:
        return "burst-ends";
    case DtimEventKind::Overran:
        return "overran";
    case DtimEventKind::Flushed:
        return "flushed";
    }
    return "";
}

DtimScheduler::DtimScheduler(const DtimConfig& config)
    : m_config(config)
{
}

void
DtimScheduler::Configure(const DtimConfig& config)
{
    if (config.dtimPeriod != m_config.dtimPeriod || config.beaconInterval != m_config.beaconInterval)
    {
        m_origin.reset();
    }
    m_config = config;
}

void
DtimScheduler::AdvanceTo(TimePoint now)
{
    Expire(now);
}

void
DtimScheduler::Stations(TimePoint now, std::size_t associated, std::size_t asleep)
{
    const bool lastWoke = m_asleep > 0 && asleep == 0;
    m_associated = associated;
    m_asleep = asleep;
    if (m_state == State::Burst && !(m_flushing && asleep > 0))
    {
        return; // what was announced is sent; the burst's end looks at who sleeps
    }
    if (m_state == State::Burst)
    {
        EndBurst(now); // a flush was announced to nobody: the new sleeper would miss the rest
        return;
    }
    if (lastWoke && m_config.lastWake == LastWake::Flush && !m_frames.empty())
    {
        BeginBurst(now, true);
        return;
    }
    Rest();
}

// Where the scheduler is between bursts.
void
DtimScheduler::Rest()
{
    if (m_asleep > 0)
    {
        m_state = State::Holding;
    }
    else if (m_config.lastWake == LastWake::WaitForDtim && m_state != State::Open && !m_frames.empty())
    {
        m_state = State::Draining;
    }
    else
    {
        m_state = State::Open;
    }
}

bool
DtimScheduler::Enqueue(TimePoint now, const GroupFrame& frame)
{
    Expire(now);
    const Entry entry{frame, now, m_arrivals + 1};
    if (m_associated == 0 && m_config.dropWithoutStations)
    {
        Emit(DtimEventKind::Dropped, now, entry, DropReason::NoStations);
        return false;
    }
    if (!MakeRoom(now, frame.octets))
    {
        Emit(DtimEventKind::Dropped, now, entry, DropReason::BufferFull);
        return false;
    }
    m_arrivals++;
    m_octets += frame.octets;
    m_frames.push_back(entry);
    if (!MayGo(entry))
    {
        Emit(DtimEventKind::Buffered, now, entry);
    }
    return true;
}

bool
DtimScheduler::HasRoom(std::uint32_t octets) const
{
    return m_frames.size() < m_config.maxFrames && m_octets + octets <= m_config.maxOctets;
}

bool
DtimScheduler::MakeRoom(TimePoint now, std::uint32_t octets)
{
    while (!HasRoom(octets))
    {
        if (m_config.dropSide == DropSide::Newest || m_frames.empty())
        {
            return false;
        }
        Drop(now, m_frames.begin(), DropReason::BufferFull);
    }
    return true;
}

bool
DtimScheduler::Withdraw(TimePoint now, FrameId id)
{
    const auto found =
        std::find_if(m_frames.begin(), m_frames.end(), [id](const Entry& entry) { return entry.frame.id == id; });
    if (found == m_frames.end())
    {
        return false;
    }
    Drop(now, found, DropReason::Withdrawn);
    if (m_state == State::Burst && !BurstGoesOn())
    {
        EndBurst(now); // the promised frame won't come: sleepers learn it from the next Beacon
    }
    return true;
}

bool
DtimScheduler::Repeat(TimePoint now, FrameId id)
{
    auto found = m_unsettled.find(id);
    if (found == m_unsettled.end())
    {
        return false;
    }
    auto entry = found->second;
    m_unsettled.erase(found);
    entry.repetition = true;
    m_octets += entry.frame.octets;
    // repetitions first, among themselves in the order of their arrival
    const auto behind = std::find_if(m_frames.begin(), m_frames.end(), [&entry](const Entry& other) {
        return !other.repetition || other.number > entry.number;
    });
    m_frames.insert(behind, entry);
    Expire(now);
    return true;
}

void
DtimScheduler::Settle(TimePoint now, FrameId id)
{
    m_unsettled.erase(id);
    if (m_state == State::Burst && !BurstGoesOn())
    {
        EndBurst(now);
    }
    else if (m_state == State::Draining)
    {
        Rest();
    }
}

bool
DtimScheduler::HasMore(const MacAddress& destination) const
{
    return std::any_of(m_frames.begin(), m_frames.end(), [&](const Entry& entry) {
        return entry.frame.destination == destination && MayGo(entry);
    });
}

// TBTTs since the count began; the first Beacon, and the first one after a change of the period, is a DTIM.
std::uint64_t
DtimScheduler::TbttIndex(TimePoint tbtt)
{
    if (!m_origin || tbtt < *m_origin)
    {
        m_origin = tbtt;
    }
    const auto interval = m_config.BeaconInterval();
    return static_cast<std::uint64_t>((tbtt - *m_origin + interval / 2) / interval); // hosts may round to microseconds
}

BeaconFields
DtimScheduler::NextBeacon(TimePoint tbtt)
{
    Expire(tbtt);
    const auto phase = TbttIndex(tbtt) % m_config.dtimPeriod;
    BeaconFields fields;
    fields.dtimPeriod = static_cast<std::uint8_t>(m_config.dtimPeriod);
    fields.dtimCount = static_cast<std::uint8_t>(phase == 0 ? 0 : m_config.dtimPeriod - phase);
    if (m_state == State::Burst)
    {
        const auto left = static_cast<std::uint64_t>(
            std::count_if(m_frames.begin(), m_frames.end(), [this](const Entry& entry) { return IsOfBurst(entry); }));
        Emit(DtimEventKind::Overran, tbtt, left);
        if (m_config.overrun == Overrun::WaitForDtim && phase != 0)
        {
            EndBurst(tbtt);
        }
    }
    if (phase == 0)
    {
        m_dtims++;
    }
    const bool waitsForDtim = m_state == State::Holding || m_state == State::Draining;
    const bool anything = AnyForDtim(m_dtims) || !m_unsettled.empty();
    m_announced = m_state == State::Burst || (phase == 0 && waitsForDtim && anything);
    m_beaconDue = true;
    m_dtimDue = phase == 0;
    fields.groupTraffic = m_announced;
    return fields;
}

void
DtimScheduler::BeaconSent(TimePoint now)
{
    const bool announced = m_announced && m_beaconDue;
    m_beaconDue = m_announced = false;
    if (!announced || (m_state == State::Burst && !m_dtimDue))
    {
        return;
    }
    if (m_state == State::Burst)
    {
        m_burstLast = m_arrivals; // a burst that lasts until a DTIM takes in what came since
        m_flushing = m_closing = false;
    }
    else if (m_dtimDue && (AnyForDtim(m_dtims) || !m_unsettled.empty()))
    {
        BeginBurst(now, false);
    }
}

void
DtimScheduler::BeginBurst(TimePoint now, bool flush)
{
    m_state = State::Burst;
    m_flushing = flush;
    m_closing = false;
    m_burstLast = m_arrivals;
    m_burstBegan = now;
    m_burstSent = 0;
    Emit(flush ? DtimEventKind::Flushed : DtimEventKind::BurstBegins, now, m_frames.size());
}

void
DtimScheduler::EndBurst(TimePoint now)
{
    DtimEvent event{DtimEventKind::BurstEnds, now};
    event.after = now - m_burstBegan;
    event.value = m_burstSent;
    m_events.push_back(event);
    m_closing = false;
    m_state = State::Draining; // Rest() goes on from here
    Rest();
}

bool
DtimScheduler::IsForDtim(const Entry& entry, std::uint64_t dtim) const
{
    return entry.frame.notBeforeDtim <= dtim;
}

bool
DtimScheduler::AnyForDtim(std::uint64_t dtim) const
{
    return std::any_of(m_frames.begin(), m_frames.end(),
                       [this, dtim](const Entry& entry) { return IsForDtim(entry, dtim); });
}

bool
DtimScheduler::IsOfBurst(const Entry& entry) const
{
    if (entry.repetition || m_closing)
    {
        return entry.repetition;
    }
    return IsForDtim(entry, m_dtims) && (m_config.lateFrame == LateFrame::JoinsBurst || entry.number <= m_burstLast);
}

bool
DtimScheduler::MoreInBurst() const
{
    return std::any_of(m_frames.begin(), m_frames.end(), [this](const Entry& entry) { return IsOfBurst(entry); });
}

bool
DtimScheduler::BurstGoesOn() const
{
    return !m_unsettled.empty() || MoreInBurst();
}

bool
DtimScheduler::MayGo(const Entry& entry) const
{
    switch (m_state)
    {
    case State::Open:
        // an FMS stream keeps its interval, whoever sleeps
        return IsForDtim(entry, m_dtims) && !(m_beaconDue && entry.frame.notBeforeDtim > 0);
    case State::Holding:
    case State::Draining:
        return false;
    case State::Burst:
        return !m_beaconDue && IsOfBurst(entry);
    }
    return false;
}

std::optional<FrameId>
DtimScheduler::Next() const
{
    const auto found =
        std::find_if(m_frames.begin(), m_frames.end(), [this](const Entry& entry) { return MayGo(entry); });
    return found == m_frames.end() ? std::nullopt : std::optional(found->frame.id);
}

bool
DtimScheduler::CanRelease(FrameId id) const
{
    return std::any_of(m_frames.begin(), m_frames.end(),
                       [this, id](const Entry& entry) { return entry.frame.id == id && MayGo(entry); });
}

std::optional<GroupRelease>
DtimScheduler::Release(TimePoint now)
{
    Expire(now);
    const auto id = Next();
    return id ? Release(now, *id) : std::nullopt;
}

std::optional<GroupRelease>
DtimScheduler::Release(TimePoint now, FrameId id)
{
    Expire(now);
    const auto found =
        std::find_if(m_frames.begin(), m_frames.end(), [id](const Entry& entry) { return entry.frame.id == id; });
    if (found == m_frames.end() || !MayGo(*found))
    {
        return std::nullopt;
    }
    return Take(now, found);
}

GroupRelease
DtimScheduler::Take(TimePoint now, Frames::iterator which)
{
    const Entry taken = *which;
    Erase(which);
    GroupRelease release;
    release.id = taken.frame.id;
    release.destination = taken.frame.destination;
    release.waited = now - taken.since;
    release.inBurst = m_state == State::Burst;
    release.moreData = release.inBurst && MoreInBurst();
    if (taken.frame.acknowledged)
    {
        m_unsettled.emplace(taken.frame.id, taken);
    }
    Emit(DtimEventKind::Released, now, taken);
    if (release.inBurst)
    {
        m_burstSent++;
        m_closing = m_closing || !release.moreData;
        if (!BurstGoesOn())
        {
            EndBurst(now); // with More Data 0 the sleepers go: what comes from now on waits for the next DTIM
        }
    }
    else if (m_state == State::Draining)
    {
        Rest();
    }
    return release;
}

DtimScheduler::Frames::iterator
DtimScheduler::Erase(Frames::iterator which)
{
    m_octets -= which->frame.octets;
    return m_frames.erase(which);
}

DtimScheduler::Frames::iterator
DtimScheduler::Drop(TimePoint now, Frames::iterator which, DropReason reason)
{
    Emit(DtimEventKind::Dropped, now, *which, reason);
    return Erase(which);
}

void
DtimScheduler::Expire(TimePoint now)
{
    while (m_config.lifetime > Duration::zero() && !m_frames.empty() &&
           m_frames.front().since + m_config.lifetime <= now)
    {
        Drop(now, m_frames.begin(), DropReason::Lifetime);
    }
    if (m_state == State::Burst && !BurstGoesOn())
    {
        EndBurst(now);
    }
}

std::optional<TimePoint>
DtimScheduler::NextDeadline() const
{
    if (m_config.lifetime <= Duration::zero() || m_frames.empty())
    {
        return std::nullopt;
    }
    return m_frames.front().since + m_config.lifetime;
}

std::optional<DtimEvent>
DtimScheduler::PollEvent()
{
    return TakeFront(m_events);
}

void
DtimScheduler::Emit(DtimEventKind kind, TimePoint now, std::uint64_t value)
{
    DtimEvent event{kind, now};
    event.value = value;
    m_events.push_back(event);
}

void
DtimScheduler::Emit(DtimEventKind kind, TimePoint now, const Entry& entry, DropReason reason)
{
    DtimEvent event{kind, now};
    event.id = entry.frame.id;
    event.reason = reason;
    event.after = now - entry.since;
    m_events.push_back(event);
}

} // namespace mcast::wifi
