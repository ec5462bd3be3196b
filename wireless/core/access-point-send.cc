// SPDX-License-Identifier: GPL-2.0-only
// An access point: how MSDUs are delivered, and which frame goes next.

#include "access-point.h"
#include "../../model/core/base/take-front.h"
#include "bss-format.h"

#include <algorithm>
#include <utility>

namespace mcast::wifi
{

namespace
{

constexpr std::uint8_t ALL_CATEGORIES = 0xf;
constexpr std::uint16_t SEQUENCES = 4096;

} // namespace

void
AccessPoint::HandleMsdu(TimePoint now, const Msdu& msdu)
{
    AdvanceTo(now);
    if (const auto packet = m_snooping ? IpOf(msdu) : std::nullopt)
    {
        m_snooping->FromDistribution(now, packet->meta, packet->payload);
    }
    Deliver(now, msdu);
    DrainEvents();
}

void
AccessPoint::Deliver(TimePoint now, const Msdu& msdu)
{
    if (IsGroup(msdu.destination))
    {
        SendGroup(now, msdu, Members(msdu));
    }
    else if (const auto* station = m_stations.Find(msdu.destination))
    {
        QueueUnicast({FromDs(msdu.destination, m_config.bssid, msdu.source, station->capabilities.qos), msdu.body});
    }
}

// The stations that a group MSDU is for.
std::vector<MacAddress>
AccessPoint::Members(const Msdu& msdu) const
{
    const auto packet = m_snooping ? IpOf(msdu) : std::nullopt;
    const auto audience =
        packet ? m_snooping->AudienceOf(packet->meta.destination, packet->meta.source) : Audience{true, {}};
    std::vector<MacAddress> members;
    for (const auto& station : m_stations.Stations())
    {
        if (audience.all || audience.members.count(station.aid) > 0)
        {
            members.push_back(station.address);
        }
    }
    return members;
}

GroupSituation
AccessPoint::SituationOf(const Msdu& msdu, const std::vector<MacAddress>& members) const
{
    GroupSituation situation;
    situation.members = members.size();
    situation.octets = static_cast<std::uint32_t>(msdu.body.size());
    situation.groupRate = GroupRate(members);
    for (const auto& member : members)
    {
        const auto& station = *m_stations.Find(member);
        situation.membersWithGcr += station.capabilities.gcr ? 1 : 0;
        situation.membersAsleep += station.asleep ? 1 : 0;
        const auto& rates = station.capabilities.rates;
        situation.memberRates.push_back(rates.empty() ? situation.groupRate
                                                      : *std::max_element(rates.begin(), rates.end()));
    }
    return situation;
}

void
AccessPoint::SendGroup(TimePoint now, const Msdu& msdu, std::vector<MacAddress> members)
{
    if (members.empty() && m_snooping && m_stations.Associated() > 0)
    {
        DtimEvent event{DtimEventKind::Dropped, now};
        event.reason = DropReason::NoMembers;
        m_events.push_back(event);
        return;
    }
    const bool anybody = !members.empty();
    members = SendServices(now, msdu, members);
    if (anybody && members.empty())
    {
        return; // all have it by a service of their own
    }
    const auto method = m_selector.Choose(msdu.destination, SituationOf(msdu, members));
    const auto situation = SituationOf(msdu, members);
    switch (method.method)
    {
    case Method::UnicastPayload:
        return SendCopies(members, msdu, CopyForm::Payload);
    case Method::UnicastAmsdu:
        return SendCopies(members, msdu, CopyForm::Amsdu);
    case Method::GcrUnsolicitedRetry:
    case Method::GcrBlockAck:
        if (anybody && situation.membersWithGcr == members.size())
        {
            return SendConcealed(now, msdu, method, members);
        }
        return SendPlain(now, msdu, members);
    case Method::Fms:
        return SendPlain(now, msdu, members, method.fmsInterval);
    case Method::LeaderAck:
        return SendLed(now, msdu, method, members);
    case Method::NoAck:
    case Method::Dms:
        return SendPlain(now, msdu, members);
    }
}

// What stations asked for. \return the members that asked for nothing
std::vector<MacAddress>
AccessPoint::SendServices(TimePoint now, const Msdu& msdu, const std::vector<MacAddress>& members)
{
    auto method = m_selector.Choose(msdu.destination, SituationOf(msdu, members));
    auto division = m_services.Divide(msdu.destination, members);
    SendCopies(division.directed, msdu, CopyForm::Amsdu);
    if (!division.unsolicited.empty())
    {
        method.method = Method::GcrUnsolicitedRetry;
        SendConcealed(now, msdu, method, division.unsolicited);
    }
    if (!division.blockAck.empty())
    {
        method.method = Method::GcrBlockAck;
        SendConcealed(now, msdu, method, division.blockAck);
    }
    return std::move(division.others);
}

void
AccessPoint::SendCopies(const std::vector<MacAddress>& to, const Msdu& msdu, CopyForm form)
{
    for (const auto& member : to)
    {
        // a station without QoS knows no A-MSDU
        const bool amsdu = form == CopyForm::Amsdu && m_stations.Find(member)->capabilities.qos;
        QueueUnicast(CopyFor(member, m_config.bssid, msdu, amsdu ? CopyForm::Amsdu : CopyForm::Payload));
    }
}

void
AccessPoint::SendPlain(TimePoint now, const Msdu& msdu, const std::vector<MacAddress>& members, unsigned fmsInterval)
{
    const bool qos = m_config.dtim.groupQos == GroupQos::QosIfAllCapable && m_stations.AllQos();
    auto header = FromDs(msdu.destination, m_config.bssid, msdu.source, qos);
    header.sequence = NextSequence();
    auto notBefore = m_services.Fms().DeliveryDtim(msdu.destination, m_scheduler.DtimNumber());
    if (notBefore == 0 && fmsInterval > 0)
    {
        notBefore = (m_scheduler.DtimNumber() / fmsInterval + 1) * fmsInterval;
    }
    Hold(now, {WriteFrame(header, msdu.body), GroupRate(members), msdu.destination}, notBefore);
}

void
AccessPoint::Hold(TimePoint now, Held held, std::uint64_t notBefore)
{
    GroupFrame frame;
    frame.id = ++m_lastId;
    frame.destination = held.group;
    frame.octets = static_cast<std::uint32_t>(held.octets.size());
    frame.notBeforeDtim = notBefore;
    frame.acknowledged = held.acknowledged.has_value();
    m_held[frame.id] = std::move(held);
    m_scheduler.Enqueue(now, frame);
    DrainEvents();
}

void
AccessPoint::SendConcealed(TimePoint now, const Msdu& msdu, MethodConfig method,
                           const std::vector<MacAddress>& members)
{
    auto copy = Concealed(m_config.bssid, msdu);
    if (method.method == Method::GcrBlockAck)
    {
        TellMembers(msdu.destination, method, members);
        copy.header.noAck = false;
        copy.header.blockAck = true;
        auto& sequence = m_groupSequences[msdu.destination]; // of its own: a gap is a frame that was lost
        copy.header.sequence = sequence;
        sequence = (sequence + 1) % SEQUENCES;
        Hold(now, {WriteFrame(copy.header, copy.body), GroupRate({}), msdu.destination, method});
        return;
    }
    copy.header.sequence = NextSequence();
    UnsolicitedRetry retries(method.retries);
    retries.Push(0, copy.header.sequence);
    while (const auto attempt = retries.Next())
    {
        copy.header.retry = attempt->retry;
        Hold(now, {WriteFrame(copy.header, copy.body), GroupRate({}), msdu.destination});
    }
}

void
AccessPoint::QueueUnicast(UnicastCopy copy)
{
    const auto station = copy.header.address1;
    m_queues[station].frames.push_back(std::move(copy));
    UpdateBuffered(station);
}

void
AccessPoint::UpdateBuffered(const MacAddress& station)
{
    const auto* known = m_stations.Find(station);
    if (known)
    {
        const auto waiting = m_queues[station].frames.size();
        const bool all = known->capabilities.deliveryEnabled == ALL_CATEGORIES;
        m_stations.SetBuffered(station, waiting, all ? waiting : 0);
    }
}

std::optional<Outgoing>
AccessPoint::Next(TimePoint now)
{
    AdvanceTo(now);
    m_sending.reset();
    if (auto request = NextRequest())
    {
        return request;
    }
    if (!m_management.empty())
    {
        m_answer = std::move(m_management.front());
        m_management.pop_front();
        return m_answer;
    }
    if (auto group = NextGroup(now))
    {
        return group;
    }
    return NextUnicast();
}

std::optional<Outgoing>
AccessPoint::NextGroup(TimePoint now)
{
    const auto release = m_scheduler.Release(now);
    DrainEvents();
    if (!release)
    {
        return std::nullopt;
    }
    auto held = std::move(m_held.extract(release->id).mapped());
    auto parsed = *ParseFrame(held.octets);
    if (parsed.header.IsQosData() && !parsed.header.amsdu && !m_stations.AllQos())
    {
        // a station without QoS came while the frame waited
        parsed.header.subtype = SUBTYPE_DATA;
        held.octets = WriteFrame(parsed.header, BytesView(held.octets).Sub(parsed.bodyOffset));
    }
    SetMoreData(held.octets, release->moreData);
    Outgoing outgoing{held.octets, held.rate};
    if (held.acknowledged)
    {
        const bool last = release->inBurst && !m_scheduler.HasMore(held.group);
        m_acks.Sent(held.group, *held.acknowledged, release->id, parsed.header.sequence, last);
        const auto demand = m_acks.Demand();
        if (demand && demand->kind == AckDemand::Kind::Ack)
        {
            outgoing.wantsAck = outgoing.once = true;
            m_demanded = demand;
        }
        m_unsettled.insert_or_assign(release->id, std::move(held));
        DrainAcks(now);
    }
    return outgoing;
}

std::optional<Outgoing>
AccessPoint::NextUnicast()
{
    for (auto& [address, queue] : m_queues)
    {
        const auto* station = m_stations.Find(address);
        if (!station)
        {
            continue;
        }
        const bool fetched = queue.polled || queue.service.Open();
        const bool may = station->asleep ? fetched && m_scheduler.MaySendToSleepers() : !queue.frames.empty();
        if (may)
        {
            return SendFrom(address, queue);
        }
    }
    return std::nullopt;
}

// The next frame of a station; a Null frame if it asks and none is there.
Outgoing
AccessPoint::SendFrom(const MacAddress& address, Queue& queue)
{
    const auto& station = *m_stations.Find(address);
    const bool inService = queue.service.Open();
    UnicastCopy copy;
    if (queue.frames.empty())
    {
        copy.header = FromDs(address, m_config.bssid, m_config.bssid, inService);
        copy.header.subtype = inService ? SUBTYPE_QOS_NULL : SUBTYPE_NULL;
    }
    else
    {
        copy = std::move(queue.frames.front());
        queue.frames.pop_front();
    }
    copy.header.sequence = NextSequence();
    copy.header.moreData = station.asleep && !queue.frames.empty();
    queue.polled = false;
    copy.header.endOfServicePeriod = inService && queue.service.Take(queue.frames.size());
    UpdateBuffered(address);
    m_sending = address;
    const auto& rates = station.capabilities.rates;
    const auto rate = rates.empty() ? GroupRate({}) : *std::max_element(rates.begin(), rates.end());
    return {WriteFrame(copy.header, copy.body), rate, true};
}

void
AccessPoint::AnswerLost()
{
    const auto answer = *ParseFrame(m_answer->octets);
    m_services.Lost(answer.header.address1, BytesView(m_answer->octets).Sub(answer.bodyOffset));
}

void
AccessPoint::AnswerConfirmed()
{
    const auto answer = *ParseFrame(m_answer->octets);
    const auto station = answer.header.address1;
    const auto group = m_services.Confirmed(station, BytesView(m_answer->octets).Sub(answer.bodyOffset));
    for (const auto& [id, held] : m_held)
    {
        const auto frame = *ParseFrame(held.octets);
        if (group && frame.header.address1 == *group) // it takes the group's own address no more
        {
            const auto body = BytesView(held.octets).Sub(frame.bodyOffset);
            const Bytes msdu(body.Data(), body.Data() + body.Size());
            SendCopies({station}, {*group, frame.header.address3, msdu}, CopyForm::Amsdu);
        }
    }
}

Rate
AccessPoint::GroupRate(const std::vector<MacAddress>& members) const
{
    std::vector<std::vector<Rate>> rates;
    for (const auto& member : members)
    {
        rates.push_back(m_stations.Find(member)->capabilities.rates);
    }
    return ChooseRate(m_config.selection.standard.rate, m_config.basicRates, {2}, rates);
}

std::uint16_t
AccessPoint::NextSequence()
{
    m_sequence = (m_sequence + 1) % SEQUENCES;
    return m_sequence;
}

std::optional<Msdu>
AccessPoint::PollDistribution()
{
    return TakeFront(m_distribution);
}

std::optional<DtimEvent>
AccessPoint::PollEvent()
{
    return TakeFront(m_events);
}

} // namespace mcast::wifi
