// SPDX-License-Identifier: GPL-2.0-only
// When a station sleeps and when it listens.                  IEEE 802.11-2020 11.2.3.2, 11.2.3.6 to 11.2.3.8, 11.2.3.5
//
//  Active      power save is off: always awake
//  Doze        the radio is off until the next Beacon that matters
//  Listen      awake for a Beacon
//  Group       a Beacon announced group frames: awake until one without More Data, or a Beacon whose TIM has no group bit
//  Poll        a PS-Poll is out: awake until its answer, and further while More Data is set
//  Service     a trigger is out (U-APSD): awake until a frame ends the service period
//
// Unicast waits for group frames: while Group lasts, nothing is polled for.
// The host sends what PollAction says, turns the radio off and on as Awake() says, and calls AdvanceTo at NextDeadline.

#ifndef MCAST_WIFI_STATION_DOZE_H
#define MCAST_WIFI_STATION_DOZE_H

#include "../../model/core/base/expected.h"
#include "ids.h"
#include "tim.h"

#include <deque>
#include <optional>

namespace mcast::wifi
{

/// How a sleeping station gets its unicast frames.
enum class UnicastFetch : std::uint8_t
{
    PsPoll,        ///< a PS-Poll for each frame
    WakeUp,        ///< Null frame with PM 0, and PM 1 again after `activeTime` without a frame
    ServicePeriod, ///< U-APSD: a QoS Null as trigger
    OnDemand       ///< not by itself: a PS-Poll when it is told to Poll()
};

struct DozeConfig
{
    unsigned beaconInterval = 100; ///< TU
    unsigned listenInterval = 1;   ///< Beacons from one that it wakes for to the next; 1 to 65535
    bool receiveDtims = true;      ///< wake for every DTIM Beacon, whatever the listen interval is
    UnicastFetch fetch = UnicastFetch::PsPoll;
    Duration wakeLead = std::chrono::microseconds{800};   ///< awake that long before the Beacon is due
    Duration sleepDelay = std::chrono::microseconds{20};  ///< awake that long after the last frame
    Duration pollTimeout = std::chrono::milliseconds{20}; ///< a PS-Poll or trigger without an answer is repeated
    Duration activeTime = std::chrono::milliseconds{100}; ///< UnicastFetch::WakeUp
    unsigned pollAttempts = 3;                            ///< then it waits for the next Beacon

    Expected<Done, SettingError> Validate() const;
};

/// Something that the station has to send.
struct StationAction
{
    enum class Kind : std::uint8_t
    {
        Null, ///< a Null frame with the Power Management bit as told
        PsPoll,
        Trigger, ///< a QoS Null with the Power Management bit set
    };

    Kind kind{};
    bool powerManagement = false;
};

struct DozeEvent
{
    enum class Kind : std::uint8_t
    {
        Doze, ///< until
        Wake,
        BeaconMissed, ///< a Beacon that it woke for did not come
        GroupDone,    ///< the burst is over
        GroupCut,     ///< a Beacon without the group bit ended it: the frame without More Data was lost
    };

    Kind kind{};
    TimePoint at{};
    TimePoint until{};
};

class StationDoze
{
  public:
    enum class State : std::uint8_t
    {
        Active,
        Doze,
        Listen,
        Group,
        Poll,
        Service,
    };

    /// \param config a valid one
    explicit StationDoze(const DozeConfig& config);

    // Handle. `now` first moves time on, as AdvanceTo does.

    void AdvanceTo(TimePoint now);
    /// Associated with this AID; awake, power save off.
    void Associated(TimePoint now, Aid aid);
    void Disassociated(TimePoint now);
    /// The user wants power save on or off: asks for a Null frame.
    void SetPowerSave(TimePoint now, bool on);
    /// The access point acknowledged a frame of ours with this Power Management bit: it holds from now on.
    void PowerManagementAcked(TimePoint now, bool on);
    /// In power save: a PS-Poll for one frame, whatever the last Beacon told.
    void Poll(TimePoint now);
    /// UnicastFetch::ServicePeriod: the access point acknowledged a QoS frame of ours, which opens a service period whatever
    /// it was sent for (11.2.3.5.4): awake until its end.
    void TriggerAcked(TimePoint now);
    /// \param tbtt when the Beacon was due by its Timestamp, on our clock (not later than now): what later ones are
    ///        counted from; a Beacon that waited for the medium moves nothing
    /// \param tim its TIM; null if it has none that can be used: it then says nothing
    void HandleBeacon(TimePoint now, TimePoint tbtt, const Tim* tim);
    /// A group frame of our BSS.
    void HandleGroup(TimePoint now, bool moreData);
    /// A unicast frame for us. \param endOfServicePeriod the EOSP bit of QoS frames
    void HandleUnicast(TimePoint now, bool moreData, bool endOfServicePeriod = false);

    // Drain.

    std::optional<StationAction> PollAction();
    std::optional<DozeEvent> PollEvent();

    // Wait.

    std::optional<TimePoint> NextDeadline() const;

    // Read out.

    State GetState() const
    {
        return m_state;
    }

    bool Awake() const
    {
        return m_state != State::Doze;
    }

    bool PowerSave() const
    {
        return m_powerSave;
    }

  private:
    Duration BeaconInterval() const;
    TimePoint NextWanted(TimePoint now) const;
    bool IsWanted(std::uint64_t beacons) const;
    void Listen(TimePoint now);
    void SleepSoon(TimePoint now);
    void Sleep(TimePoint now);
    void AfterBeacon(TimePoint now, bool unicast);
    void Fetch(TimePoint now);
    void Ask(TimePoint now);
    void Answered(TimePoint now, bool more);
    void TimedOut(TimePoint now);
    void StopTimers();
    void Emit(DozeEvent::Kind kind, TimePoint at, TimePoint until = {});

    DozeConfig m_config;
    State m_state = State::Active;
    Aid m_aid = 0;
    bool m_wanted = false;           // power save, as the user has it
    bool m_powerSave = false;        // as the access point has it
    bool m_fetching = false;         // UnicastFetch::WakeUp: awake to take frames
    std::optional<TimePoint> m_tbtt; // of the last Beacon heard
    std::uint8_t m_count = 0;        // its TIM's
    std::uint8_t m_period = 0;       // 0: no TIM was heard
    TimePoint m_listenOrigin{};      // a TBTT that it listened for: the listen interval counts from it
    bool m_unicastWaits = false;
    bool m_polled = false; // told to
    bool m_groupFollows = false; // the last Beacon announced group frames, and the last one of these has not come
    unsigned m_attempts = 0;
    Deadline m_wake;    // Doze: radio on
    Deadline m_sleep;   // radio off, once the last frame is over
    Deadline m_timeout; // Listen: the Beacon is overdue; Poll, Service: no answer; WakeUp: nothing more comes
    std::deque<StationAction> m_actions;
    std::deque<DozeEvent> m_events;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_STATION_DOZE_H
