// SPDX-License-Identifier: GPL-2.0-only
// What an access point of ns-3 learns from its unicast frames, and from group frames that are acknowledged: which of them are
// lost, and at which rates they go. The choice of a
// delivery method by loss or by airtime rests on it. Private to the module.
//
// A member that nothing is sent to is asked by a Null frame now and then, as long as it is awake.

#ifndef MULTICAST_WIFI_MEASURE_H
#define MULTICAST_WIFI_MEASURE_H

#include "../core/airtime.h"
#include "../core/gcr.h"
#include "../core/loss-estimate.h"
#include "multicast-wifi-api.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"

#include <functional>
#include <map>
#include <set>

namespace ns3
{

class WifiMeasure
{
  public:
    /// \param probeInterval how long a member may be without a frame; 0: for ever
    /// \param awake the members that can be asked
    WifiMeasure(Ptr<ApWifiMac> mac, Time probeInterval, std::function<std::vector<Mac48Address>()> awake);
    ~WifiMeasure();

    WifiMeasure(const WifiMeasure&) = delete;
    WifiMeasure& operator=(const WifiMeasure&) = delete;

    /// What group frames tell of a member: a Block Ack of GCR, a leader's Ack.
    void Tried(Mac48Address member, const mcast::wifi::Tries& tries);
    void Forget(Mac48Address member);

    double LossOf(Mac48Address member) const;
    /// In 500 kb/s, of its last data frame; 0: there was none.
    mcast::wifi::Rate RateOf(Mac48Address member) const;

    /// In 500 kb/s, of group frames as they are sent now.
    static mcast::wifi::Rate GroupRate(Ptr<ApWifiMac> mac);
    /// Slot, SIFS, preamble and best effort's contention. HT and later count as OFDM with their rate.
    static mcast::wifi::PhyTiming Timing(Ptr<ApWifiMac> mac);

  private:
    void Tried(Mac48Address member, bool received, unsigned count = 1);
    void OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double power);
    void OnAcked(Ptr<const WifiMpdu> mpdu);
    void OnNAcked(Ptr<const WifiMpdu> mpdu);
    void OnMpduTimeout(uint8_t reason, Ptr<const WifiMpdu> mpdu, const WifiTxVector& vector);
    void OnPsduTimeout(uint8_t reason, Ptr<const WifiPsdu> psdu, const WifiTxVector& vector);
    void Probe();

    template <class Connect>
    void ForTraces(Connect connect);

    Ptr<ApWifiMac> m_ap;
    Ptr<WifiPhy> m_phy; ///< the MAC may be without it when this ends
    Time m_probeInterval;
    std::function<std::vector<Mac48Address>()> m_awake;
    mcast::wifi::LossEstimate m_loss;
    std::map<Mac48Address, mcast::wifi::Rate> m_rates;
    std::set<Mac48Address> m_seen; ///< that a frame was sent to since the last probes
    EventId m_probeEvent;
};

} // namespace ns3

#endif // MULTICAST_WIFI_MEASURE_H
