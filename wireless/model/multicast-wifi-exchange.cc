// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../core/block-ack.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-exchange.h"

#include "ns3/log.h"
#include "ns3/simulator.h"
#include "ns3/wifi-remote-station-manager.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("WifiExchange");

namespace wifi = mcast::wifi;

namespace
{

// With FCS.
const uint32_t ACK_OCTETS = 14;
const uint32_t REQUEST_OCTETS = 30;
const uint32_t ANSWER_OCTETS = 38;

typedef wifi::AckDemand::Kind Kind;

} // namespace

WifiExchange::WifiExchange(Ptr<ApWifiMac> mac, std::function<void(const wifi::AckOutcome&)> settle,
                           std::function<void()> over, Told told)
    : m_ap(mac),
      m_settle(std::move(settle)),
      m_over(std::move(over)),
      m_told(std::move(told))
{
}

WifiExchange::~WifiExchange()
{
    m_event.Cancel();
}

// Times

Time
WifiExchange::TimeOf(uint32_t octets, const WifiTxVector& vector) const
{
    return WifiPhy::CalculateTxDuration(octets, vector, m_ap->GetWifiPhy()->GetPhyBand());
}

WifiTxVector
WifiExchange::AnswerVector(const WifiTxVector& vector) const
{
    return m_ap->GetWifiRemoteStationManager()->GetAckTxVector(FromCore(m_demand->member), vector);
}

// From the end of a frame to the end of the answer that it leads to.
Time
WifiExchange::DurationOf(const wifi::AckDemand& demand) const
{
    const auto sifs = m_ap->GetWifiPhy()->GetSifs();
    const auto control = AnswerVector(m_vector);
    if (demand.kind == Kind::Ack)
    {
        return sifs + TimeOf(ACK_OCTETS, control);
    }
    return 2 * sifs + TimeOf(REQUEST_OCTETS, control) + TimeOf(ANSWER_OCTETS, AnswerVector(control));
}

// Keeps the MAC's channel access waiting, from now on.
void
WifiExchange::Hold(Time duration)
{
    // Of all that channel access waits for, this is what a group frame's sender never waits for by itself.
    m_ap->GetChannelAccessManager()->NotifyCtsTimeoutStartNow(duration);
}

// The exchange

void
WifiExchange::OnTransmit(Ptr<const WifiPsdu> psdu, const WifiTxVector& vector, Ptr<Txop> txop)
{
    m_demand = m_acks.Demand();
    if (!m_demand)
    {
        return;
    }
    m_vector = vector;
    m_txop = txop;
    const auto airtime = wifi_api::Airtime(psdu, vector, m_ap->GetWifiPhy());
    const auto duration = DurationOf(*m_demand);
    if (txop)
    {
        for (auto mpdu = psdu->begin(); mpdu != psdu->end(); ++mpdu)
        {
            (*mpdu)->GetHeader().SetDuration(duration);
        }
        EndTurnAt(airtime);
    }
    Hold(airtime + duration + m_ap->GetWifiPhy()->GetSlot());
    m_event = Simulator::Schedule(airtime, &WifiExchange::OnEnd, this);
}

// A TXOP goes on SIFS after a frame without an answer, with the next frame or a CF-End. This frame ends it: for ns-3, a TXOP
// without limit is over after one frame.
void
WifiExchange::EndTurnAt(Time end)
{
    const auto limit = m_txop->GetTxopLimit(0);
    if (limit.IsZero())
    {
        return;
    }
    const auto txop = m_txop;
    Simulator::Schedule(end - NanoSeconds(1), [txop]() { txop->SetTxopLimit(Time(), 0); });
    Simulator::Schedule(end + NanoSeconds(1), [txop, limit]() { txop->SetTxopLimit(limit, 0); });
}

void
WifiExchange::OnEnd()
{
    if (m_demand->kind == Kind::Ack)
    {
        Await(Time(), ACK_OCTETS, AnswerVector(m_vector));
        return;
    }
    m_event = Simulator::Schedule(m_ap->GetWifiPhy()->GetSifs(), &WifiExchange::SendRequest, this);
}

void
WifiExchange::SendRequest()
{
    const auto vector = AnswerVector(m_vector);
    const auto answer = TimeOf(ANSWER_OCTETS, AnswerVector(vector));
    const auto sifs = m_ap->GetWifiPhy()->GetSifs();
    wifi::GcrRequest request;
    request.receiver = m_demand->member;
    request.transmitter = ToCore(m_ap->GetAddress());
    request.group = m_demand->group;
    request.start = m_demand->startSequence;
    request.duration = static_cast<uint16_t>((sifs + answer).GetMicroSeconds() + 1);
    const auto time = TimeOf(REQUEST_OCTETS, vector);
    Hold(time + sifs + answer + m_ap->GetWifiPhy()->GetSlot());
    NS_LOG_DEBUG("asks " << FromCore(request.receiver) << " from " << request.start << " on");
    if (!wifi_api::SendNow(m_ap->GetWifiPhy(), wifi_api::PsduOf(wifi::WriteGcrRequest(request)), vector))
    {
        m_event = Simulator::ScheduleNow(&WifiExchange::OnTimeout, this);
        return;
    }
    Await(time, ANSWER_OCTETS, AnswerVector(vector));
}

// \param after the end of our frame
void
WifiExchange::Await(Time after, uint32_t octets, const WifiTxVector& vector)
{
    const auto phy = m_ap->GetWifiPhy();
    m_event = Simulator::Schedule(after + phy->GetSifs() + phy->GetSlot() + TimeOf(octets, vector),
                                  &WifiExchange::OnTimeout, this);
}

bool
WifiExchange::TakeAnswer(Ptr<const WifiPsdu> psdu)
{
    const auto& header = psdu->GetHeader(0);
    if (!m_demand || m_event.IsExpired() || psdu->GetAddr1() != m_ap->GetAddress())
    {
        return false;
    }
    if (m_demand->kind == Kind::Ack)
    {
        if (!header.IsAck())
        {
            return false;
        }
        m_acks.OnAck();
    }
    else
    {
        const auto answer = header.IsBlockAck() ? wifi::ParseGcrAnswer(wifi_api::OctetsOf(psdu)) : std::nullopt;
        if (!answer || !m_acks.OnBlockAck(answer->transmitter, answer->group, answer->start, answer->bitmap))
        {
            return header.IsBlockAck();
        }
    }
    Next(m_ap->GetWifiPhy()->GetSifs());
    return true;
}

void
WifiExchange::OnTimeout()
{
    NS_LOG_DEBUG("no answer of " << FromCore(m_demand->member));
    m_acks.OnNoAnswer();
    Next(Time()); // the medium was idle for more than PIFS (10.23.2.8)
}

void
WifiExchange::Next(Time pause)
{
    m_event.Cancel();
    Drain();
    m_demand = m_acks.Demand();
    if (m_demand)
    {
        m_event = Simulator::Schedule(pause, &WifiExchange::SendRequest, this);
        Hold(pause + m_ap->GetWifiPhy()->GetSlot());
        return;
    }
    m_txop = nullptr;
    m_ap->GetChannelAccessManager()->NotifyCtsTimeoutResetNow();
    m_over();
}

void
WifiExchange::Drain()
{
    while (const auto outcome = m_acks.PollOutcome())
    {
        const bool led = m_demand && m_demand->kind == Kind::Ack && m_txop;
        if (led && outcome->kind == wifi::AckOutcome::Kind::Repeat)
        {
            // ns-3 drew the backoff at the frame's end, as for a frame without an answer: it draws it again.
            m_txop->UpdateFailedCw(0);
            m_txop->Txop::NotifyChannelReleased(0);
        }
        else if (led)
        {
            m_txop->ResetCw(0);
        }
        m_settle(*outcome);
    }
    while (const auto told = m_acks.PollTries())
    {
        m_told(FromCore(told->first), told->second);
    }
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
