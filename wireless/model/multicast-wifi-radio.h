// SPDX-License-Identifier: GPL-2.0-only
// A station's radio: asleep as long as it may be, once nothing of the station's own is under way; on for what its host sends.
// Private to the module.

#ifndef MULTICAST_WIFI_RADIO_H
#define MULTICAST_WIFI_RADIO_H

#include "multicast-wifi-api.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"

#include <functional>

namespace ns3
{

class DtimStation;

class WifiRadio
{
  public:
    /// \param owner whose user is told. \param stayAwake how long it may not sleep yet
    WifiRadio(DtimStation& owner, Ptr<StaWifiMac> mac, std::function<Time()> stayAwake);
    ~WifiRadio();

    WifiRadio(const WifiRadio&) = delete;
    WifiRadio& operator=(const WifiRadio&) = delete;

    /// \param awake what it is to be; asleep: as soon as that can be. \param until when it wakes by itself
    void Follow(bool awake, Time until);
    /// On, to send something.
    void Wake();
    /// From now on it sleeps now and then: receptions are watched, which only those pay for that do.
    void WatchReception();

    bool IsDozing() const;
    /// In all.
    Time DozeTime() const;
    uint64_t Dozes() const;

  private:
    void OnMacTx(Ptr<const Packet> packet);
    void OnRxBegin(Ptr<const Packet> packet, RxPowerWattPerChannelBand power);
    void TryToSleep();
    bool MayStop() const;

    DtimStation& m_owner;
    Ptr<StaWifiMac> m_sta;
    Ptr<WifiPhy> m_phy;
    std::function<Time()> m_stayAwake;
    bool m_awake = true; ///< what it is to be
    Time m_until;
    bool m_dozing = false;
    bool m_watches = false;
    Time m_rxBegan = Seconds(-1);
    Time m_dozeBegan;
    Time m_dozed;
    uint64_t m_dozes = 0;
    EventId m_sleepEvent;
};

} // namespace ns3

#endif // MULTICAST_WIFI_RADIO_H
