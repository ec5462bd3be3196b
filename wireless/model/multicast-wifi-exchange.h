// SPDX-License-Identifier: GPL-2.0-only
// What follows a group frame that is acknowledged, SIFS after it: the leader's Ack, or BlockAckReqs and their answers. ns-3's
// MAC knows group frames without an answer only, so this sends straight by the PHY and takes the answers before the MAC sees
// them; meanwhile the MAC's channel access waits. When it is over, whoever contended before goes on. Private to the module.
//
//   frame on the air   OnTransmit(): Duration, and what is expected after it (wireless/core/group-ack)
//   its end            SIFS | BlockAckReq | SIFS | Block Ack | SIFS | BlockAckReq ...        or   SIFS | Ack
//   an answer          TakeAnswer(), from the tap between PHY and MAC
//   no answer          SIFS, a slot and the answer's time later: the same request again, or the frame again after a backoff
//                      of a doubled contention window, as with unicast frames

#ifndef MULTICAST_WIFI_EXCHANGE_H
#define MULTICAST_WIFI_EXCHANGE_H

#include "../core/group-ack.h"
#include "multicast-wifi-api.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"

#include <functional>
#include <optional>

namespace ns3
{

class WifiExchange
{
  public:
    typedef std::function<void(Mac48Address, const mcast::wifi::Tries&)> Told;

    /// \param settle is told what becomes of a frame \param over is called when other frames may go again
    /// \param told what a member's answers say
    WifiExchange(Ptr<ApWifiMac> mac, std::function<void(const mcast::wifi::AckOutcome&)> settle, std::function<void()> over,
                 Told told);
    ~WifiExchange();

    mcast::wifi::GroupAck& Acks()
    {
        return m_acks;
    }

    /// A frame begins to be sent, after which something may be demanded. \param txop whose contention window an answer
    /// resets and its lack doubles; null for a Beacon, whose own Duration stays
    void OnTransmit(Ptr<const WifiPsdu> psdu, const WifiTxVector& vector, Ptr<Txop> txop);
    /// Tells what was decided without an exchange.
    void Drain();
    /// A frame was received. \return true if it is the answer: not for the MAC
    bool TakeAnswer(Ptr<const WifiPsdu> psdu);

    /// An exchange goes on: no other frame may be sent.
    bool IsBusy() const
    {
        return m_demand.has_value();
    }

  private:
    Time DurationOf(const mcast::wifi::AckDemand& demand) const;
    WifiTxVector AnswerVector(const WifiTxVector& vector) const;
    Time TimeOf(uint32_t octets, const WifiTxVector& vector) const;
    void Hold(Time duration);
    void OnEnd();
    void SendRequest();
    void Await(Time after, uint32_t octets, const WifiTxVector& vector);
    void OnTimeout();
    void Next(Time pause);
    void EndTurnAt(Time end);

    Ptr<ApWifiMac> m_ap;
    std::function<void(const mcast::wifi::AckOutcome&)> m_settle;
    std::function<void()> m_over;
    Told m_told;
    mcast::wifi::GroupAck m_acks;
    std::optional<mcast::wifi::AckDemand> m_demand;
    WifiTxVector m_vector; ///< of the frame that it follows
    Ptr<Txop> m_txop;
    EventId m_event;
};

} // namespace ns3

#endif // MULTICAST_WIFI_EXCHANGE_H
