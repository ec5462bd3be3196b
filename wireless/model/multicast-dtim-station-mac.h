// SPDX-License-Identifier: GPL-2.0-only
// DtimStation's hands in ns-3's MAC and PHY: a tap between both hears beacons and frames, the core (wireless/core/station-doze)
// says when to sleep and what to send, WifiRadio turns the PHY off and on. Private to the module.

#ifndef MULTICAST_DTIM_STATION_MAC_H
#define MULTICAST_DTIM_STATION_MAC_H

#include "multicast-wifi-api.h"
#include "multicast-wifi-radio.h"
#include "multicast-wifi-responder.h"
#include "multicast-wifi-services.h"
#include "../core/gcr.h"
#include "../core/station-doze.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"
#include "ns3/object.h"

#include <memory>
#include <optional>
#include <vector>

namespace ns3
{

class DtimStation;

class DtimStationMac : public Object
{
  public:
    static TypeId GetTypeId();

    DtimStationMac();
    ~DtimStationMac() override;

    void Install(Ptr<DtimStation> owner, Ptr<StaWifiMac> mac);
    /// Tells the core what the owner's user wants.
    void ApplyPowerSave();
    void Poll();

    /// What it asks the access point for; from Install() on.
    WifiServices& Services();

    bool IsPowerSave() const;
    bool IsDozing() const;
    Time DozeTime() const;
    uint64_t Dozes() const;

  protected:
    void DoDispose() override;

  private:
    void OnAssociated(Mac48Address bssid);
    void Start();
    void OnDeassociated(Mac48Address bssid);
    void OnReceive(Ptr<const WifiPsdu> psdu, RxSignalInfo signal, wifi_api::RxVector vector,
                   wifi_api::RxStatus status);
    void OnBeacon(Ptr<const Packet> body);
    bool OnGroup(const WifiMacHeader& header, Ptr<const Packet> body, const WifiTxVector& vector);
    void OnUnicast(const WifiMacHeader& header, Ptr<const Packet> body);
    void OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double power);
    void OnAcked(Ptr<const WifiMpdu> mpdu);

    void Drain();
    void Send(const mcast::wifi::StationAction& action);
    bool HasRealPowerSave() const;
    void SendAction(const mcast::Bytes& body);
    void SendNull(Ptr<Packet> body, AcIndex ac);
    void TellCapabilities(Ptr<const Packet> request) const;
    void FollowCore();
    void ScheduleDeadline();
    void OnDeadline();

    DtimStation* m_owner = nullptr;
    Ptr<StaWifiMac> m_sta;
    std::optional<mcast::wifi::StationDoze> m_core; ///< while associated
    std::unique_ptr<WifiResponder> m_responder;
    std::unique_ptr<WifiRadio> m_radio;
    mcast::wifi::DuplicateFilter m_duplicates{256};
    std::optional<WifiServices> m_services;
    unsigned m_beaconInterval = 100; ///< TU, of the last beacon
    uint32_t m_missedBeacons = 10;   ///< MaxMissedBeacons as the user set it
    uint32_t m_stride = 1;           ///< what it is multiplied with now
    EventId m_deadlineEvent;
};

} // namespace ns3

#endif // MULTICAST_DTIM_STATION_MAC_H
