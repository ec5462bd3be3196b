// SPDX-License-Identifier: GPL-2.0-only
// An access point's group frames between the upper layers and ns-3's queues. The core (wireless/core/dtim-scheduler) says when
// which may go; Pump() queues it: all while nobody sleeps; one at a time in a burst, so that the order is that of arrival over
// all access categories and ns-3's queue lifetime of 500 ms starts when a frame may go, not when it came. Private to the
// module.

#ifndef MULTICAST_DTIM_GROUP_QUEUE_H
#define MULTICAST_DTIM_GROUP_QUEUE_H

#include "../core/dtim-scheduler.h"
#include "multicast-wifi-api.h"

#include "ns3/event-id.h"

#include <map>
#include <memory>
#include <set>
#include <unordered_map>

namespace ns3
{

class DtimAp;

class DtimGroupQueue
{
  public:
    DtimGroupQueue(Ptr<DtimAp> owner, Ptr<ApWifiMac> mac, const mcast::wifi::DtimConfig& config);
    ~DtimGroupQueue();

    /// Takes a frame, once more for each repetition, which has its sequence number and the Retry bit.
    /// \param notBeforeDtim FMS: the DTIM that it waits for
    void Keep(AcIndex ac, Ptr<WifiMpdu> mpdu, std::uint64_t notBeforeDtim = 0, unsigned repetitions = 0);
    /// Queues what may go now.
    void Pump();
    /// The stations of the BSS, and how many of them sleep, changed.
    void TellStations(std::size_t associated, std::size_t asleep);

    /// What the next beacon says; it is being queued.
    mcast::wifi::BeaconFields NextBeacon();
    void OnBeaconSent();

    /// A frame of ours is being queued, not one from above.
    bool IsPassing() const
    {
        return m_passing;
    }

    /// ns-3's queue gave a frame out: it is sent now.
    void OnDequeued(Ptr<WifiMpdu> mpdu);
    /// ns-3's queue dropped a frame: too old or no room.
    void OnRemoved(Ptr<const WifiMpdu> mpdu);

    /// The groups that frames wait of.
    std::set<mcast::MacAddress> WaitingGroups() const;
    /// Frames to a group that are not sent yet, each once, with their category.
    std::vector<std::pair<AcIndex, Ptr<WifiMpdu>>> WaitingFor(Mac48Address group) const;

    mcast::wifi::DtimScheduler& Core()
    {
        return m_core;
    }

    const mcast::wifi::DtimScheduler& Core() const
    {
        return m_core;
    }

  private:
    struct Entry
    {
        AcIndex ac;
        Ptr<WifiMpdu> mpdu;
        bool queued = false;               ///< in ns-3's queue
        mcast::wifi::FrameId original = 0; ///< of a repetition: the frame whose sequence number it has
    };

    typedef std::map<mcast::wifi::FrameId, Entry> Frames;

    mcast::wifi::FrameId Add(AcIndex ac, Ptr<WifiMpdu> mpdu, std::uint64_t notBeforeDtim, mcast::wifi::FrameId original);
    void PumpSoon();
    void Queue(mcast::wifi::FrameId id, Entry& entry);
    void TakeBack();
    Frames::iterator Find(Ptr<const WifiMpdu> mpdu);
    void PromoteRepetition(mcast::wifi::FrameId original);
    void NumberRepetitions(mcast::wifi::FrameId original, uint16_t sequence);

    void Drain();
    void Forget(const mcast::wifi::DtimEvent& event);
    void ScheduleDeadline();
    void OnDeadline();

    Ptr<DtimAp> m_owner;
    Ptr<ApWifiMac> m_ap;
    mcast::wifi::DtimScheduler m_core;
    Frames m_frames;
    std::unordered_map<const WifiMpdu*, mcast::wifi::FrameId> m_inQueue;
    mcast::wifi::FrameId m_lastId = 0;
    bool m_passing = false;
    EventId m_pumpEvent;
    EventId m_deadlineEvent;
};

} // namespace ns3

#endif // MULTICAST_DTIM_GROUP_QUEUE_H
