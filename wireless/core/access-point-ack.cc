// SPDX-License-Identifier: GPL-2.0-only
// An access point: group frames that are acknowledged, and what the end of a transmission means.

#include "access-point.h"
#include "block-ack.h"

#include <utility>

namespace mcast::wifi
{

// A plain group frame that the group's leader acknowledges.
void
AccessPoint::SendLed(TimePoint now, const Msdu& msdu, const MethodConfig& method,
                     const std::vector<MacAddress>& members)
{
    TellMembers(msdu.destination, method, members);
    auto header = FromDs(msdu.destination, m_config.bssid, msdu.source, false);
    header.sequence = NextSequence();
    Hold(now, {WriteFrame(header, msdu.body), GroupRate(members), msdu.destination, method});
}

void
AccessPoint::TellMembers(const MacAddress& group, const MethodConfig& method, const std::vector<MacAddress>& members)
{
    std::map<MacAddress, double> quality;
    for (const auto& member : members)
    {
        const auto signal = m_signals.find(member);
        quality[member] = signal == m_signals.end() ? 0 : signal->second;
    }
    m_acks.SetMembers(group, method, quality);
}

void
AccessPoint::DrainAcks(TimePoint now)
{
    while (const auto outcome = m_acks.PollOutcome())
    {
        Settle(now, *outcome);
    }
    DrainEvents();
}

void
AccessPoint::Settle(TimePoint now, const AckOutcome& outcome)
{
    auto frame = m_unsettled.extract(outcome.id);
    if (outcome.kind == AckOutcome::Kind::Repeat && frame)
    {
        SetRetry(frame.mapped().octets);
        m_held.insert(std::move(frame));
        m_scheduler.Repeat(now, outcome.id);
        return;
    }
    m_scheduler.Settle(now, outcome.id);
    if (outcome.kind == AckOutcome::Kind::GaveUp)
    {
        DtimEvent event{DtimEventKind::Dropped, now};
        event.id = outcome.id;
        event.reason = DropReason::RetryLimit;
        event.value = outcome.missing;
        m_events.push_back(event);
    }
}

// A BlockAckReq, if it is its time.
std::optional<Outgoing>
AccessPoint::NextRequest()
{
    const auto demand = m_acks.Demand();
    if (!demand || demand->kind != AckDemand::Kind::BlockAck)
    {
        return std::nullopt;
    }
    GcrRequest request;
    request.receiver = demand->member;
    request.transmitter = m_config.bssid;
    request.group = demand->group;
    request.start = demand->startSequence;
    m_demanded = demand;
    return Outgoing{WriteGcrRequest(request), GroupRate({}), true, true, true};
}

void
AccessPoint::Sent(TimePoint now, bool acknowledged)
{
    const auto demanded = std::exchange(m_demanded, std::nullopt);
    if (demanded && demanded->kind == AckDemand::Kind::Ack && acknowledged)
    {
        m_acks.OnAck();
    }
    else if (demanded && m_acks.Demand() == demanded) // a Block Ack was taken when it came
    {
        m_acks.OnNoAnswer();
    }
    if (m_answer)
    {
        acknowledged ? AnswerConfirmed() : AnswerLost();
    }
    m_answer.reset();
    DrainAcks(now);
}

bool
AccessPoint::GoesOn()
{
    const auto demand = m_acks.Demand();
    return demand && demand->kind == AckDemand::Kind::BlockAck;
}

void
AccessPoint::NoteSignal(const MacAddress& station, double signal)
{
    m_signals[station] = signal;
}

} // namespace mcast::wifi
