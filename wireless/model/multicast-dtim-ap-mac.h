// SPDX-License-Identifier: GPL-2.0-only
// DtimAp's hands in ns-3's MAC. It is the MAC's queue scheduler: it sees each frame before it is queued, when it leaves its
// queue, and says which queues have something to send. So no class of ns-3's MAC is replaced. Private to the module.
//
//   group frame   Admit() keeps it, tells the core, and Pump() queues what may go: all while nobody sleeps; one at a time in a
//                 burst, so that the order is that of arrival over all access categories and ns-3's queue lifetime of 500 ms
//                 starts when a frame may go, not when it came
//   unicast       stays in ns3's queue, which Hidden() hides while its station sleeps and has not fetched it
//   beacon        NotifyEnqueue puts the TIM in; when it is on the air the burst begins
//   reception     a tap between PHY and MAC reads the Power Management bit and PS-Polls

#ifndef MULTICAST_DTIM_AP_MAC_H
#define MULTICAST_DTIM_AP_MAC_H

#include "multicast-wifi-api.h"
#include "multicast-wifi-delivery.h"
#include "../core/dtim-scheduler.h"
#include "../core/rates.h"
#include "../core/tim.h"

#include "ns3/event-id.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
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
    struct Station
    {
        uint16_t aid = 0;
        bool asleep = false;
        bool qos = false;
        std::array<std::size_t, AC_UNDEF> queued{}; ///< unicast frames in ns-3's queues, by category
        unsigned granted = 0;                  ///< frames that a PS-Poll asked for and that are not sent yet

        std::size_t Queued() const;
    };

    struct GroupEntry
    {
        AcIndex ac;
        Ptr<WifiMpdu> mpdu;
        bool queued = false;                  ///< in ns-3's queue
        mcast::wifi::FrameId original = 0;    ///< of a repetition: the frame whose sequence number it has
    };

    typedef std::map<mcast::wifi::FrameId, GroupEntry> GroupFrames;

    // Stations
    void OnAssociated(uint16_t aid, Mac48Address station);
    void OnDeassociated(uint16_t aid, Mac48Address station);
    void OnReceive(Ptr<const WifiPsdu> psdu, RxSignalInfo signal, wifi_api::RxVector vector,
                   wifi_api::RxStatus status);
    void OnFrameOf(const WifiMacHeader& header, Ptr<const Packet> body);
    void ReadRates(Mac48Address station, Ptr<const Packet> request);
    void SetAsleep(Mac48Address address, bool asleep);
    void TellStations();

    // Unicast
    bool AdmitUnicast(AcIndex ac, Ptr<WifiMpdu> mpdu);
    void CountUnicast(AcIndex ac, const WifiMacHeader& header, int change);
    void Grant(Mac48Address station);

    // Group frames
    void AdmitGroup(AcIndex ac, Ptr<WifiMpdu> mpdu);
    void Deliver(AcIndex ac, Ptr<WifiMpdu> mpdu, const WifiDelivery::Plan& plan);
    mcast::wifi::FrameId Keep(AcIndex ac, Ptr<WifiMpdu> mpdu, std::uint64_t notBeforeDtim, mcast::wifi::FrameId original);
    void PromoteRepetition(mcast::wifi::FrameId original);
    void NumberRepetitions(mcast::wifi::FrameId original, uint16_t sequence);
    std::vector<WifiDelivery::Member> Members() const;
    WifiDelivery::Member MemberOf(Mac48Address address, const Station& station) const;
    void SendQueries();
    void ScheduleDelivery();
    Ptr<WifiMpdu> Reformat(Ptr<WifiMpdu> mpdu) const;
    bool UseQos() const;
    bool NeedsPlainData(Mac48Address address) const;
    static Ptr<WifiMpdu> ToPlainData(Ptr<WifiMpdu> mpdu);
    void Pump();
    void PumpSoon();
    bool QueueGroup(mcast::wifi::FrameId id, GroupEntry& entry);
    void TakeBack();
    void OnGroupDequeued(Ptr<WifiMpdu> mpdu);
    GroupFrames::iterator Find(Ptr<const WifiMpdu> mpdu);
    void ChooseRate();

    // Beacons and transmissions
    void PutTim(Ptr<WifiMpdu> beacon);
    void OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double power);
    void OnBeaconSent();
    void OnUnicastSent(const WifiPsdu& psdu);

    // The core
    void Drain();
    void Forget(const mcast::wifi::DtimEvent& event);
    void ScheduleDeadline();
    void OnDeadline();

    Ptr<DtimAp> m_owner;
    Ptr<ApWifiMac> m_ap;
    std::unique_ptr<mcast::wifi::DtimScheduler> m_core;
    std::unique_ptr<WifiDelivery> m_delivery; ///< if anything but plain group frames to all is asked for
    std::map<Mac48Address, std::vector<uint32_t>> m_rates; ///< 500 kb/s, from association requests
    std::map<Mac48Address, Station> m_stations;
    std::size_t m_asleep = 0;
    GroupFrames m_group;
    std::unordered_map<const WifiMpdu*, mcast::wifi::FrameId> m_inQueue;
    mcast::wifi::FrameId m_lastId = 0;
    bool m_passing = false;          ///< what is being queued now comes from Pump()
    bool m_replacing = false;        ///< the beacon with a TIM takes the other's place
    std::optional<std::pair<AcIndex, Time>> m_shortLifetime; ///< of a queue whose lifetime is long for one frame
    EventId m_pumpEvent;
    EventId m_deadlineEvent;
    EventId m_deliveryEvent;
};

} // namespace ns3

#endif // MULTICAST_DTIM_AP_MAC_H
