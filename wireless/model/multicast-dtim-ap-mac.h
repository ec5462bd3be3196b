// SPDX-License-Identifier: GPL-2.0-only
// DtimAp's hands in ns-3's MAC. It is the MAC's queue scheduler: it sees each frame before it is queued, when it leaves its
// queue, and says which queues have something to send. So no class of ns-3's MAC is replaced. Private to the module.
//
//   group frame   AdmitGroup() hands it to DtimGroupQueue, or makes copies of it
//   unicast       DtimUnicastQueue keeps it while its station sleeps; what was in ns-3's queues before is hidden by Hidden()
//   beacon        NotifyEnqueue puts the TIM in; when it is on the air the burst begins
//   reception     a tap between PHY and MAC reads the Power Management bit, PS-Polls, triggers and stations' requests

#ifndef MULTICAST_DTIM_AP_MAC_H
#define MULTICAST_DTIM_AP_MAC_H

#include "multicast-dtim-group-queue.h"
#include "multicast-dtim-unicast-queue.h"
#include "multicast-wifi-api.h"
#include "multicast-wifi-delivery.h"
#include "multicast-wifi-frames.h"
#include "multicast-wifi-measure.h"
#include "multicast-wifi-stations.h"

#include "ns3/event-id.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

class DtimAp;

class DtimApMac : public wifi_api::QueueFilter
{
  public:
    static TypeId GetTypeId();

    DtimApMac();
    ~DtimApMac() override;

    void Install(Ptr<DtimAp> owner, Ptr<ApWifiMac> mac);
    /// Takes the owner's attributes over.
    void Configure();

    std::size_t Waiting() const;
    std::size_t Sleeping() const;
    std::size_t Associated() const;
    bool IsSleeping(Mac48Address station) const;

    // WifiMacQueueScheduler
    void SetWifiMac(Ptr<WifiMac> mac) override;
    bool Hidden(AcIndex ac, const WifiContainerQueueId& queue) const override;
    Ptr<WifiMpdu> HasToDropBeforeEnqueue(AcIndex ac, Ptr<WifiMpdu> mpdu) override;
    void NotifyEnqueue(AcIndex ac, Ptr<WifiMpdu> mpdu) override;
    void NotifyDequeue(AcIndex ac, const std::list<Ptr<WifiMpdu>>& mpdus) override;
    void NotifyRemove(AcIndex ac, const std::list<Ptr<WifiMpdu>>& mpdus) override;

  protected:
    void DoDispose() override;

  private:
    // Stations
    void OnAssociated(uint16_t aid, Mac48Address station);
    void OnDeassociated(uint16_t aid, Mac48Address station);
    void OnReceive(Ptr<const WifiPsdu> psdu, RxSignalInfo signal, wifi_api::RxVector vector,
                   wifi_api::RxStatus status);
    void OnFrameOf(const WifiMacHeader& header, Ptr<const Packet> body, double signal);
    void OnAction(Mac48Address address, Ptr<const Packet> body);
    void OnAcked(Ptr<const WifiMpdu> mpdu);
    void OnDroppedByMac(WifiMacDropReason reason, Ptr<const WifiMpdu> mpdu);
    void SendAction(Mac48Address address, const mcast::Bytes& body);
    mcast::Bytes LeaderElement();
    void SetAsleep(Mac48Address address, bool asleep);
    void TellStations();

    void ServeSleepers();

    // Group frames
    void AdmitGroup(AcIndex ac, Ptr<WifiMpdu> mpdu);
    WifiDelivery& Delivery();
    std::vector<Mac48Address> Awake() const;
    void SendCopies(AcIndex ac, const WifiMpdu& mpdu, const std::vector<WifiDelivery::Member>& to, CopyFormat format);
    void Deliver(AcIndex ac, Ptr<WifiMpdu> mpdu, const WifiDelivery::Plan& plan);
    std::vector<WifiDelivery::Member> Members() const;
    static WifiDelivery::Member MemberOf(Mac48Address address, const WifiStations::Station& station);
    void SendQueries();
    void ScheduleDelivery();
    Ptr<WifiMpdu> Reformat(Ptr<WifiMpdu> mpdu) const;
    void ReformatWaiting();
    bool UseQos() const;
    bool NeedsPlainData(Mac48Address address) const;

    // Beacons and transmissions
    void PutTim(Ptr<WifiMpdu> beacon);
    void OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double power);
    void OnBeaconSent();
    void OnUnicastSent(const WifiPsdu& psdu);
    void OnUnicastLeft(AcIndex ac, const WifiMacHeader& header);
    void OnGroupSent(const WifiPsdu& psdu);
    std::string KindOf(const WifiPsdu& psdu) const;

    void ChooseRate();

    Ptr<DtimAp> m_owner;
    Ptr<ApWifiMac> m_ap;
    std::unique_ptr<DtimGroupQueue> m_groups;
    std::unique_ptr<WifiMeasure> m_measure;   ///< if loss or airtime decides
    std::unique_ptr<WifiDelivery> m_delivery; ///< if anything but plain group frames to all is asked for
    WifiStations m_stations;
    std::unique_ptr<DtimUnicastQueue> m_unicast;
    bool m_replacing = false;        ///< the beacon with a TIM takes the other's place
    EventId m_deliveryEvent;
};

} // namespace ns3

#endif // MULTICAST_DTIM_AP_MAC_H
