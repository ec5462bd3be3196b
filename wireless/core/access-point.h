// SPDX-License-Identifier: GPL-2.0-only
// An access point's upper MAC: what of group delivery a host of the core gets in one piece. It takes MSDUs of the
// distribution system and frames that were received, and says which frame goes next. The host has the medium: it asks for a
// frame when it may send (after a backoff, in EDCA's or DCF's order), sends it with the retries that a unicast frame needs, and
// makes Beacons at their target times. Associations are told by the host or by association requests.
//
//   TBTT            Beacon(now), to be sent at once;  BeaconSent(now) at its end
//   medium is ours  Next(now), then Sent(now, acknowledged)
//   received        HandleFrame(now, octets);  from the distribution system: HandleMsdu(now, msdu)
//   others          PollDistribution: what stations sent to the distribution system

#ifndef MCAST_WIFI_ACCESS_POINT_H
#define MCAST_WIFI_ACCESS_POINT_H

#include "dtim-scheduler.h"
#include "frame.h"
#include "gcr.h"
#include "group-ack.h"
#include "group-services.h"
#include "method.h"
#include "power-save-set.h"
#include "service-period.h"
#include "snooping.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace mcast::wifi
{

struct AccessPointConfig
{
    MacAddress bssid{2, 0, 0, 0, 0, 0};
    std::string ssid = "multicast";
    DtimConfig dtim;
    std::vector<Rate> basicRates{2, 4, 11, 22};
    std::vector<Rate> otherRates{12, 18, 24, 36};
    bool qos = true;                        ///< a QoS BSS (WMM)
    SelectionConfig selection;              ///< how groups are delivered
    std::optional<SnoopingConfig> snooping; ///< none: group frames go to all
    ServiceOffers services;
};

/// A frame to be sent.
struct Outgoing
{
    Bytes octets; ///< without FCS
    Rate rate = 2;
    bool wantsAck = false;  ///< unicast: retried by the host with the Retry bit
    bool once = false;      ///< wantsAck, but not retried: a BlockAckReq, a group frame that its leader acknowledges
    bool afterSifs = false; ///< follows the frame before without a backoff
};

class AccessPoint
{
  public:
    /// \param config with a valid `dtim`
    explicit AccessPoint(const AccessPointConfig& config);
    ~AccessPoint();

    // Handle.

    void AdvanceTo(TimePoint now);
    /// An MSDU for the BSS, to a group or to a station.
    void HandleMsdu(TimePoint now, const Msdu& msdu);
    /// A frame that was received without errors; the host has acknowledged it if it was to us.
    void HandleFrame(TimePoint now, BytesView octets);
    /// The signal of a station's frames, in dB over the noise: the weakest member of a group leads it (LeaderAck).
    void NoteSignal(const MacAddress& station, double signal);
    /// Another setting of the DTIM period, or of anything else in it.
    void Configure(const DtimConfig& config);

    /// The Beacon of the target time `tbtt`; its Timestamp is `now` in microseconds.
    Outgoing Beacon(TimePoint tbtt, TimePoint now);
    void BeaconSent(TimePoint now);

    /// What goes next; none: nothing may go now. Sent must follow.
    std::optional<Outgoing> Next(TimePoint now);
    void Sent(TimePoint now, bool acknowledged);
    /// Next follows SIFS after the last frame, before anybody else's: our turn is not over.
    bool GoesOn();

    // Drain.

    std::optional<Msdu> PollDistribution();
    std::optional<DtimEvent> PollEvent();

    // Wait.

    std::optional<TimePoint> NextDeadline() const;

    // Read out.

    const PowerSaveSet& Stations() const
    {
        return m_stations;
    }

    const DtimScheduler& Scheduler() const
    {
        return m_scheduler;
    }

  private:
    struct Held // a group frame that the scheduler has the number of
    {
        Bytes octets;
        Rate rate;
        MacAddress group; // as the members know it
        std::optional<MethodConfig> acknowledged = {};
    };

    struct Queue // of a station
    {
        std::deque<UnicastCopy> frames;
        bool polled = false; // a PS-Poll waits for its answer
        ServicePeriod service;
    };

    void HandleManagement(TimePoint now, const FrameHeader& header, BytesView body);
    void HandleData(TimePoint now, const FrameHeader& header, BytesView body);
    void Associate(const FrameHeader& header, BytesView body);
    void Disassociate(TimePoint now, const MacAddress& station);
    void HandleWnm(const MacAddress& station, BytesView body);
    void SetAsleep(TimePoint now, const MacAddress& station, bool asleep);
    void TellStations(TimePoint now);
    void Trigger(const MacAddress& station);
    bool NoteStationPacket(TimePoint now, Aid aid, const Msdu& msdu);

    void Deliver(TimePoint now, const Msdu& msdu);
    std::vector<MacAddress> Members(const Msdu& msdu) const;
    void SendGroup(TimePoint now, const Msdu& msdu, std::vector<MacAddress> members);
    std::vector<MacAddress> SendServices(TimePoint now, const Msdu& msdu, const std::vector<MacAddress>& members);
    void SendCopies(const std::vector<MacAddress>& to, const Msdu& msdu, CopyForm form);
    void SendPlain(TimePoint now, const Msdu& msdu, const std::vector<MacAddress>& members, unsigned fmsInterval = 0);
    GroupSituation SituationOf(const Msdu& msdu, const std::vector<MacAddress>& members) const;
    void SendConcealed(TimePoint now, const Msdu& msdu, MethodConfig method, const std::vector<MacAddress>& members);
    void SendLed(TimePoint now, const Msdu& msdu, const MethodConfig& method, const std::vector<MacAddress>& members);
    void Hold(TimePoint now, Held held, std::uint64_t notBefore = 0);
    void TellMembers(const MacAddress& group, const MethodConfig& method, const std::vector<MacAddress>& members);
    void DrainAcks(TimePoint now);
    void Settle(TimePoint now, const AckOutcome& outcome);
    std::optional<Outgoing> NextRequest();
    Bytes LeaderElement();
    void DrainEvents();
    void SendQueries(TimePoint now);
    void QueueUnicast(UnicastCopy copy);
    void UpdateBuffered(const MacAddress& station);
    std::optional<Outgoing> NextGroup(TimePoint now);
    std::optional<Outgoing> NextUnicast();
    Outgoing SendFrom(const MacAddress& station, Queue& queue);
    void AnswerConfirmed();
    void AnswerLost();
    Rate GroupRate(const std::vector<MacAddress>& members) const;
    std::uint16_t NextSequence();

    AccessPointConfig m_config;
    PowerSaveSet m_stations;
    DtimScheduler m_scheduler;
    MethodSelector m_selector;
    GroupServices m_services;
    std::unique_ptr<Snooping> m_snooping;
    std::map<FrameId, Held> m_held;
    FrameId m_lastId = 0;
    std::map<MacAddress, Queue> m_queues;
    std::deque<Outgoing> m_management;
    GroupAck m_acks;
    std::map<FrameId, Held> m_unsettled;                  // released, and maybe repeated
    std::map<MacAddress, std::uint16_t> m_groupSequences; // of groups under block ack
    std::map<MacAddress, double> m_signals;
    std::optional<MacAddress> m_sending;                           // unicast: to whom
    std::optional<Outgoing> m_answer;                              // to a request, that is out
    std::optional<AckDemand> m_demanded;                           // of what was sent last
    std::uint16_t m_sequence = 0;
    std::deque<Msdu> m_distribution;
    std::deque<DtimEvent> m_events;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_ACCESS_POINT_H
