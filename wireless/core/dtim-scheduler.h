// SPDX-License-Identifier: GPL-2.0-only
// When an access point sends group frames.                                    IEEE 802.11-2020 11.2.3, 11.2.3.6
//
// All group frames go through here; the host keeps the frames, this keeps their numbers in order and says when the next one
// may go and whether its More Data bit is set.
//
//              frame          station sleeps   last one wakes        DTIM Beacon,    last frame taken
//                                                                    frames waiting
//  Open        may go         -> Holding       -                     -               -
//  Holding     waits          -                -> Open (Flush)       -> Burst        -
//                                              -> Draining           -> Burst
//  Draining    waits          -> Holding       -                     -> Burst        -
//  Burst       joins          -                stays                 stays           -> Open, Holding
//
// Draining is Holding without a sleeper: mac80211's way when the last station wakes up.
//
//   per TBTT      NextBeacon(tbtt), whose fields go into the TIM;  BeaconSent(now) when it is on the air
//   per frame     Enqueue(now, frame);  when the medium is ours: Release(now)
//   acknowledged  a released frame stays here until Settle; Repeat lets it go again, before all others. The burst lasts until
//                 the last one is settled. More Data tells of what waits behind a frame, not of its own repetition: who has
//                 heard the last frame lacks at most frames that it is asked for (GroupResponder), or has lost that one and
//                 stays awake. Frames that come after a frame without More Data wait for the next DTIM.
//   always        Stations(now, ...) when one associates, leaves, sleeps or wakes;  PollEvent until empty
//   wait          NextDeadline: the next lifetime that ends (AdvanceTo)

#ifndef MCAST_WIFI_DTIM_SCHEDULER_H
#define MCAST_WIFI_DTIM_SCHEDULER_H

#include "config.h"
#include "ids.h"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>

namespace mcast::wifi
{

/// What the core has to know of a group frame.
struct GroupFrame
{
    FrameId id = 0;
    MacAddress destination{};
    std::uint32_t octets = 0;
    /// For FMS: the frame does not go before this DTIM (DtimScheduler::DtimNumber); 0: with the next one.
    std::uint64_t notBeforeDtim = 0;
    bool acknowledged = false; ///< Settle or Repeat follows its release
};

/// The TIM's fields that are ours; the stations' bits are PowerSaveSet's.
struct BeaconFields
{
    std::uint8_t dtimCount = 0;
    std::uint8_t dtimPeriod = 1;
    bool groupTraffic = false;
};

struct GroupRelease
{
    FrameId id = 0;
    MacAddress destination{};
    bool moreData = false;
    bool inBurst = false; ///< after a DTIM Beacon (or flushed): else it goes as if nobody slept
    Duration waited{};    ///< since Enqueue
};

enum class DtimEventKind : std::uint8_t
{
    Buffered,    ///< id: it came and has to wait
    Released,    ///< id, after (waited)
    Dropped,     ///< id, reason, after (waited)
    BurstBegins, ///< value: frames waiting
    BurstEnds,   ///< value: frames sent; after: how long it lasted
    Overran,     ///< value: frames left at a TBTT
    Flushed,     ///< value: frames that the last wake-up lets go
};

struct DtimEvent
{
    DtimEventKind kind{};
    TimePoint at{};
    FrameId id = 0;
    DropReason reason{};
    Duration after{};
    std::uint64_t value = 0;
};

const char* ToString(DtimEventKind kind);

class DtimScheduler
{
  public:
    enum class State : std::uint8_t
    {
        Open,
        Holding,
        Draining,
        Burst,
    };

    /// \param config a valid one
    explicit DtimScheduler(const DtimConfig& config);

    /// A valid configuration. Another period or interval starts counting anew: the next Beacon is a DTIM.
    void Configure(const DtimConfig& config);

    const DtimConfig& Config() const
    {
        return m_config;
    }

    // Handle.

    void AdvanceTo(TimePoint now);
    /// How many stations are associated, and how many of these sleep.
    void Stations(TimePoint now, std::size_t associated, std::size_t asleep);
    /// \return false if the frame was dropped; the event says why. It may drop older ones instead (DropSide).
    bool Enqueue(TimePoint now, const GroupFrame& frame);
    /// A released frame that is to be acknowledged has to be sent again. \return false if it is not out
    bool Repeat(TimePoint now, FrameId id);
    /// It is acknowledged, or was given up.
    void Settle(TimePoint now, FrameId id);
    /// The host lost the frame or wants it back. \return false if it was not here
    bool Withdraw(TimePoint now, FrameId id);

    /// The fields of the Beacon of this TBTT. Counts by TBTT: one that was left out or is late changes nothing. Call it
    /// once per Beacon, as late as possible before it is sent; frames that come later are not announced by it.
    BeaconFields NextBeacon(TimePoint tbtt);
    /// That Beacon is on the air: its burst begins (call it at the end of its transmission, or the start: frames taken
    /// from now on are sent after it). A burst that goes on waits from NextBeacon to here.
    void BeaconSent(TimePoint now);

    /// The frame that Release(now) would take; none: none may go now.
    std::optional<FrameId> Next() const;

    /// May this frame be released now? For a host that hands on more than one at a time.
    bool CanRelease(FrameId id) const;
    /// May any?
    bool CanRelease() const
    {
        return Next().has_value();
    }

    /// Takes the frame that goes now, if one may. The More Data bit looks at what waits behind it.
    std::optional<GroupRelease> Release(TimePoint now);
    /// The same for a host whose queues picked the frame themselves; it needs not be the front one.
    std::optional<GroupRelease> Release(TimePoint now, FrameId id);

    /// May unicast frames to sleeping stations (PS-Poll answers, service periods) go now?
    bool MaySendToSleepers() const
    {
        return m_state != State::Burst || !m_config.groupBeforeUnicast;
    }

    // Drain.

    std::optional<DtimEvent> PollEvent();

    // Wait.

    std::optional<TimePoint> NextDeadline() const;

    // Read out.

    State GetState() const
    {
        return m_state;
    }

    std::size_t Waiting() const
    {
        return m_frames.size();
    }

    /// Frames for this destination that may go now or are repeated next.
    bool HasMore(const MacAddress& destination) const;

    /// Released frames that are not settled.
    std::size_t Unsettled() const
    {
        return m_unsettled.size();
    }

    std::size_t WaitingOctets() const
    {
        return m_octets;
    }

    /// DTIMs counted so far by NextBeacon; the first has number 1.
    std::uint64_t DtimNumber() const
    {
        return m_dtims;
    }

  private:
    struct Entry
    {
        GroupFrame frame;
        TimePoint since;
        std::uint64_t number; // of arrival
        bool repetition = false;
    };

    using Frames = std::deque<Entry>;

    std::uint64_t TbttIndex(TimePoint tbtt);
    bool IsForDtim(const Entry& entry, std::uint64_t dtim) const;
    bool IsOfBurst(const Entry& entry) const;
    bool MoreInBurst() const;
    bool BurstGoesOn() const;
    bool MayGo(const Entry& entry) const;
    bool AnyForDtim(std::uint64_t dtim) const;
    GroupRelease Take(TimePoint now, Frames::iterator which);
    Frames::iterator Erase(Frames::iterator which);
    Frames::iterator Drop(TimePoint now, Frames::iterator which, DropReason reason);
    bool MakeRoom(TimePoint now, std::uint32_t octets);
    bool HasRoom(std::uint32_t octets) const;
    void Expire(TimePoint now);
    void BeginBurst(TimePoint now, bool flush);
    void EndBurst(TimePoint now);
    void Rest();
    void Emit(DtimEventKind kind, TimePoint now, std::uint64_t value = 0);
    void Emit(DtimEventKind kind, TimePoint now, const Entry& entry, DropReason reason = {});

    DtimConfig m_config;
    State m_state = State::Open;
    std::size_t m_associated = 0;
    std::size_t m_asleep = 0;
    Frames m_frames;
    std::size_t m_octets = 0;
    std::map<FrameId, Entry> m_unsettled;
    bool m_closing = false; // a frame without More Data ended the burst, but for repetitions
    std::optional<TimePoint> m_origin; // of the count: a TBTT with count 0
    std::uint64_t m_dtims = 0;
    bool m_beaconDue = false;      // NextBeacon was called, BeaconSent not yet
    bool m_announced = false;      // that Beacon says that group frames follow
    bool m_dtimDue = false;        // and is a DTIM
    bool m_flushing = false;       // the burst at work is a flush: nobody sleeps
    std::uint64_t m_burstLast = 0; // LateFrame::NextDtim: number of the last frame that the burst takes
    std::uint64_t m_arrivals = 0;
    TimePoint m_burstBegan{};
    std::uint64_t m_burstSent = 0;
    std::deque<DtimEvent> m_events;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_DTIM_SCHEDULER_H
