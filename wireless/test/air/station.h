// SPDX-License-Identifier: GPL-2.0-only
// A station on the air: the doze machine, and what its upper MAC does with group frames.

#ifndef MCAST_WIFI_AIR_STATION_H
#define MCAST_WIFI_AIR_STATION_H

#include "scenario.h"
#include "wireless/core/gcr.h"
#include "wireless/core/group-responder.h"
#include "wireless/core/service-requests.h"

#include <deque>
#include <set>

namespace mcast::wifi::air
{

/// An MSDU that went up.
struct Delivery
{
    TimePoint at;
    unsigned station;
    MacAddress group;
    MacAddress source;
    std::uint32_t number; // the first octets of the datagram
};

class Station
{
  public:
    Station(unsigned number, const StationSetup& setup, const AccessPointConfig& ap);

    const MacAddress& Address() const
    {
        return m_address;
    }

    StationDoze& Doze()
    {
        return m_doze;
    }

    void Associate();
    void Disassociate(TimePoint now);
    /// Sends a group or unicast MSDU by the access point.
    void Say(const Msdu& msdu);
    void Ask(TimePoint now, GroupService service, const MacAddress& group, unsigned interval = 1);
    void StopAsking(TimePoint now, GroupService service, const MacAddress& group);
    void AdvanceTo(TimePoint now);
    std::optional<TimePoint> NextDeadline() const;
    /// IGMPv3: joins or leaves.
    void Report(const mcast::Address& group, bool join);

    /// The next frame to be sent, if there is one.
    std::optional<Outgoing> Next();
    /// What the frame it sent last came to.
    void Sent(TimePoint now, bool acknowledged);
    void Receive(TimePoint now, BytesView octets);
    /// The answer to a BlockAckReq, if it is one to us.
    std::optional<Bytes> AnswerTo(TimePoint now, BytesView octets);
    /// Whether the frame received last is one that it acknowledges as its group's leader.
    bool TakeGroupAck();
    bool Awake(TimePoint now) const;

    std::vector<Delivery> TakeDeliveries();

  private:
    FrameHeader ToAp(FrameType type, std::uint8_t subtype);
    void Push(const FrameHeader& header, const Bytes& body, bool wantsAck = true);
    void PullActions();
    void ReceiveManagement(TimePoint now, const ParsedFrame& frame, BytesView body);
    void ReceiveGroup(TimePoint now, const FrameHeader& header, BytesView body);
    void Up(TimePoint now, const Msdu& msdu);

    unsigned m_number;
    StationSetup m_setup;
    MacAddress m_address;
    MacAddress m_bssid;
    std::vector<Rate> m_rates;
    StationDoze m_doze;
    bool m_associated = false;
    Aid m_aid = 0;
    std::uint16_t m_sequence = 0;
    std::deque<Outgoing> m_queue;
    std::optional<bool> m_announcing; // the frame that is out has this Power Management bit
    bool m_triggering = false;        // and it opens a service period
    ServiceRequests m_services;
    DuplicateFilter m_duplicates;
    GroupResponder m_responder;
    bool m_groupAck = false;
    std::vector<Delivery> m_deliveries;
};

} // namespace mcast::wifi::air

#endif // MCAST_WIFI_AIR_STATION_H
