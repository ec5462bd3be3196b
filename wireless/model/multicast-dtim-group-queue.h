// SPDX-License-Identifier: GPL-2.0-only
// An access point's group frames between the upper layers and ns-3's queues. The core (wireless/core/dtim-scheduler) says when
// which may go; Pump() queues it: all while nobody sleeps; one at a time in a burst, so that the order is that of arrival over
// all access categories and ns-3's queue lifetime of 500 ms starts when a frame may go, not when it came. Frames that are
// acknowledged (WifiExchange) go one at a time, too, and come back here if they have to be repeated. Private to the module.

#ifndef MULTICAST_DTIM_GROUP_QUEUE_H
#define MULTICAST_DTIM_GROUP_QUEUE_H

#include "../core/dtim-scheduler.h"
#include "multicast-wifi-api.h"
#include "multicast-wifi-exchange.h"

#include "ns3/event-id.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

namespace ns3
{

class DtimAp;

class DtimGroupQueue
{
  public:
    /// \param told what a member's answers say
    DtimGroupQueue(Ptr<DtimAp> owner, Ptr<ApWifiMac> mac, const mcast::wifi::DtimConfig& config, WifiExchange::Told told);
    ~DtimGroupQueue();

    /// Takes a frame, once more for each repetition, which has its sequence number and the Retry bit.
    /// \param notBeforeDtim FMS: the DTIM that it waits for
    void Keep(AcIndex ac, Ptr<WifiMpdu> mpdu, std::uint64_t notBeforeDtim = 0, unsigned repetitions = 0);
    /// Takes a frame that members acknowledge. \param group that it is for, where it is concealed \param quality of members
    /// (GroupAck::SetMembers). Under block ack it is QoS Data.
    void KeepAcknowledged(AcIndex ac, Ptr<WifiMpdu> mpdu, const mcast::MacAddress& group,
                          const mcast::wifi::MethodConfig& method, const std::map<mcast::MacAddress, double>& quality,
                          std::uint64_t notBeforeDtim = 0);
    /// Queues what may go now.
    void Pump();
    /// Frames that are not acknowledged take another form, if they are not on their way yet. \param form may give back its argument
    void Reformat(const std::function<Ptr<WifiMpdu>(Ptr<WifiMpdu>)>& form);
    /// The stations of the BSS, and how many of them sleep, changed.
    void TellStations(std::size_t associated, std::size_t asleep);

    /// What the next beacon says; it is being queued.
    mcast::wifi::BeaconFields NextBeacon();
    void OnBeaconSent();
    /// A group frame, or a beacon, begins to be sent.
    void OnTransmit(Ptr<const WifiPsdu> psdu, const WifiTxVector& vector);

    /// May any frame go now?
    bool CanRelease() const
    {
        return !m_exchange.IsBusy() && m_core.CanRelease();
    }

    WifiExchange& Exchange()
    {
        return m_exchange;
    }

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
        std::optional<mcast::wifi::MethodConfig> acknowledged = {};
        mcast::MacAddress group{}; ///< of one that is acknowledged
        bool again = false;        ///< it was sent before
    };

    typedef std::map<mcast::wifi::FrameId, Entry> Frames;

    mcast::wifi::FrameId Add(Entry entry, std::uint64_t notBeforeDtim = 0);
    Ptr<Txop> TxopOf(const Entry& entry) const;
    void PumpSoon();
    void Queue(mcast::wifi::FrameId id, Entry& entry);
    void TakeBack();
    bool TakeBack(Entry& entry);
    Frames::iterator Find(Ptr<const WifiMpdu> mpdu);
    void PromoteRepetition(mcast::wifi::FrameId original);
    void NumberRepetitions(mcast::wifi::FrameId original, uint16_t sequence);

    void OnAcknowledgedSent(Ptr<const WifiPsdu> psdu, const WifiTxVector& vector);
    void Settle(const mcast::wifi::AckOutcome& outcome);

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
    WifiExchange m_exchange;
    bool m_oneByOne = false;                                  ///< frames that are acknowledged were here
    std::map<mcast::wifi::FrameId, Entry> m_unsettled;        ///< sent, and maybe repeated
    std::optional<mcast::wifi::FrameId> m_leaving;            ///< of these: on its way to the air now
    std::map<mcast::MacAddress, uint16_t> m_sequences;        ///< of groups under block ack, the next number
    EventId m_pumpEvent;
    EventId m_deadlineEvent;
};

} // namespace ns3

#endif // MULTICAST_DTIM_GROUP_QUEUE_H
