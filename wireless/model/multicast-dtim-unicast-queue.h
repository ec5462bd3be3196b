// SPDX-License-Identifier: GPL-2.0-only
// Unicast frames of sleeping stations. They wait here and not in ns-3's queues, which would send as many of them as fit into an
// A-MPDU, and give them up after 500 ms. One at a time goes to ns-3's queues: for a PS-Poll one, in a service period (U-APSD)
// the next when the former is acknowledged or given up; all when the station wakes up. Private to the module.
//
// From 3.48 on ns-3's access point answers the PS-Polls of some sleepers by itself, with a frame of its queues (ServesSleeper()).
// For those the next frame is lent to its queue, hidden from everything but a poll, and the others wait here.
//
// The time between Pump() and the end of a frame's tries is `out`; for that time the station's queues in ns-3 are not hidden.

#ifndef MULTICAST_DTIM_UNICAST_QUEUE_H
#define MULTICAST_DTIM_UNICAST_QUEUE_H

#include "../core/service-period.h"
#include "multicast-wifi-api.h"
#include "multicast-wifi-stations.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace ns3
{

class DtimAp;

class DtimUnicastQueue
{
  public:
    /// \param maySend whether a burst of group frames leaves sleepers their turn
    DtimUnicastQueue(Ptr<DtimAp> owner, Ptr<ApWifiMac> mac, WifiStations& stations, std::function<bool()> maySend);
    ~DtimUnicastQueue();

    /// \return true if the frame is not for ns-3's queue: it waits here, or found no room
    bool Keep(AcIndex ac, Ptr<WifiMpdu> mpdu);

    /// A station falls asleep: what ns-3's queues have for it, and have not tried yet, waits here from now on.
    void OnSleep(Mac48Address station);
    /// It is awake: all that waited goes to ns-3's queues.
    void OnWake(Mac48Address station);
    void OnPoll(Mac48Address station);
    /// A QoS frame that opens a service period.
    void OnTrigger(Mac48Address station);
    void Forget(Mac48Address station);

    /// A unicast frame left ns-3's queues: acknowledged, or given up.
    void OnLeft(Mac48Address station);
    /// What may go now goes.
    void Pump();
    void PumpSoon();
    /// Frames that waited too long are gone.
    void Expire();

    /// Is a frame ours that is just being queued?
    bool IsPassing() const
    {
        return m_passing;
    }

    /// Does the frame that is on its way to a station end its service period?
    bool EndsServicePeriod(Mac48Address station) const;

  private:
    struct Entry
    {
        AcIndex ac;
        Ptr<WifiMpdu> mpdu;
        Time expires;
    };

    struct Sleeper
    {
        std::deque<Entry> frames;
        bool polled = false;
        mcast::wifi::ServicePeriod service;
        bool out = false;  ///< a frame for it is in ns-3's queues
        bool ends = false; ///< and it is the last one of a service period
        std::optional<Entry> lent; ///< in ns-3's queue as long as it IsQueued()
    };

    bool NeedsLoan(Mac48Address station, const Sleeper& sleeper) const;
    void Lend();
    void Renew(Sleeper& sleeper);
    void Serve(Mac48Address address, Sleeper& sleeper);
    void SendNull(Mac48Address address);
    void Pass(const Entry& entry);
    void Count(Mac48Address address, const Sleeper& sleeper);
    void Drop(const Entry& entry, mcast::wifi::DropReason reason);

    Ptr<DtimAp> m_owner;
    Ptr<ApWifiMac> m_ap;
    WifiStations& m_stations;
    std::function<bool()> m_maySend;
    std::map<Mac48Address, Sleeper> m_sleepers;
    std::set<Mac48Address> m_asking; ///< those with a poll or an open service period
    bool m_passing = false;
    EventId m_pumpEvent;
    EventId m_lendEvent;
};

} // namespace ns3

#endif // MULTICAST_DTIM_UNICAST_QUEUE_H
