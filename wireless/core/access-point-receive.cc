// SPDX-License-Identifier: GPL-2.0-only
// An access point: what it makes of received frames.

#include "access-point.h"
#include "block-ack.h"
#include "bss-format.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

constexpr std::uint8_t ELEMENT_RATES = 1;
constexpr std::uint8_t SUBTYPE_ASSOCIATION_REQUEST = 0;
constexpr std::uint8_t SUBTYPE_ASSOCIATION_RESPONSE = 1;
constexpr std::uint8_t SUBTYPE_DISASSOCIATION = 10;
constexpr std::uint8_t SUBTYPE_DEAUTHENTICATION = 12;
constexpr std::uint8_t SUBTYPE_NO_DATA = 4;
constexpr std::uint16_t CAPABILITY_ESS = 1;

} // namespace

void
AccessPoint::HandleFrame(TimePoint now, BytesView octets)
{
    AdvanceTo(now);
    const auto parsed = ParseFrame(octets);
    if (!parsed || parsed->header.address1 != m_config.bssid)
    {
        return; // not to us: group frames of stations come to us alone (10.3.6)
    }
    const auto& header = parsed->header;
    const auto body = octets.Sub(parsed->bodyOffset);
    switch (header.type)
    {
    case FrameType::Management:
        HandleManagement(now, header, body);
        break;
    case FrameType::Control:
        if (header.subtype == SUBTYPE_PS_POLL && m_stations.Find(header.address2))
        {
            SetAsleep(now, header.address2, true);
            m_queues[header.address2].polled = true;
        }
        else if (const auto answer = ParseGcrAnswer(octets))
        {
            m_acks.OnBlockAck(answer->transmitter, answer->group, answer->start, answer->bitmap);
        }
        break;
    case FrameType::Data:
        if (m_stations.Find(header.address2) && header.toDs)
        {
            HandleData(now, header, body);
        }
        break;
    }
    DrainEvents();
}

void
AccessPoint::HandleManagement(TimePoint now, const FrameHeader& header, BytesView body)
{
    switch (header.subtype)
    {
    case SUBTYPE_ASSOCIATION_REQUEST:
        Associate(header, body);
        TellStations(now);
        if (m_snooping && m_stations.Find(header.address2))
        {
            m_snooping->StationJoined(now, m_stations.Find(header.address2)->aid);
        }
        break;
    case SUBTYPE_DISASSOCIATION:
    case SUBTYPE_DEAUTHENTICATION:
        Disassociate(now, header.address2);
        break;
    case SUBTYPE_ACTION:
        if (m_stations.Find(header.address2))
        {
            HandleWnm(header.address2, body);
        }
        break;
    default:
        break;
    }
}

void
AccessPoint::Associate(const FrameHeader& header, BytesView body)
{
    constexpr std::size_t FIXED = 4; // capability, listen interval
    if (body.Size() < FIXED)
    {
        return;
    }
    const auto capabilities = CapabilitiesIn(body.Sub(FIXED), m_config.qos, body[2] | body[3] << 8U);
    m_services.Forget(header.address2);
    m_queues.erase(header.address2);
    const auto aid = m_stations.Associate(header.address2, capabilities);

    constexpr std::uint16_t TOO_MANY = 17;
    Writer answer;
    PutLittle16(answer, CAPABILITY_ESS);
    PutLittle16(answer, aid ? 0 : TOO_MANY);
    PutLittle16(answer, static_cast<std::uint16_t>(aid.value_or(0) | 0xc000));
    PutElement(answer, ELEMENT_RATES, RateOctets(m_config.basicRates, m_config.otherRates));
    FrameHeader response;
    response.type = FrameType::Management;
    response.subtype = SUBTYPE_ASSOCIATION_RESPONSE;
    response.address1 = header.address2;
    response.address2 = response.address3 = m_config.bssid;
    response.sequence = NextSequence();
    m_management.push_back({WriteFrame(response, answer.View()), GroupRate({}), true});
}

void
AccessPoint::Disassociate(TimePoint now, const MacAddress& station)
{
    const auto* known = m_stations.Find(station);
    if (!known)
    {
        return;
    }
    if (m_snooping)
    {
        m_snooping->StationLeft(now, known->aid);
    }
    m_services.Forget(station);
    m_acks.Leave(station);
    m_signals.erase(station);
    m_queues.erase(station);
    m_stations.Disassociate(station);
    TellStations(now);
}

void
AccessPoint::HandleWnm(const MacAddress& station, BytesView body)
{
    const auto answer = m_services.Handle(station, m_stations.Find(station)->capabilities, body);
    if (!answer)
    {
        return;
    }
    FrameHeader header;
    header.type = FrameType::Management;
    header.subtype = SUBTYPE_ACTION;
    header.address1 = station;
    header.address2 = header.address3 = m_config.bssid;
    header.sequence = NextSequence();
    m_management.push_back({WriteFrame(header, *answer), GroupRate({}), true});
}

void
AccessPoint::HandleData(TimePoint now, const FrameHeader& header, BytesView body)
{
    const auto& station = *m_stations.Find(header.address2);
    const bool sleptBefore = station.asleep;
    SetAsleep(now, header.address2, header.powerManagement);
    if (sleptBefore && header.powerManagement && header.IsQosData() &&
        (station.capabilities.deliveryEnabled >> static_cast<unsigned>(CategoryOf(header.tid)) & 1) != 0)
    {
        Trigger(header.address2);
    }
    if ((header.subtype & SUBTYPE_NO_DATA) != 0)
    {
        return;
    }
    const Msdu msdu{header.address3, header.address2, Bytes(body.Data(), body.Data() + body.Size())};
    const bool toDistributionOnly = NoteStationPacket(now, station.aid, msdu);
    const bool inside = m_stations.Find(msdu.destination) != nullptr;
    if (!inside)
    {
        m_distribution.push_back(msdu);
    }
    if (!toDistributionOnly && (inside || IsGroup(msdu.destination)))
    {
        Deliver(now, msdu);
    }
}

// \return true for reports, which no other station may hear (RFC 4541 2.1.1)
bool
AccessPoint::NoteStationPacket(TimePoint now, Aid aid, const Msdu& msdu)
{
    const auto packet = m_snooping ? IpOf(msdu) : std::nullopt;
    if (!packet)
    {
        return false;
    }
    const bool report = m_snooping->FromStation(now, aid, packet->meta, packet->payload);
    SendQueries(now);
    return report;
}

void
AccessPoint::SetAsleep(TimePoint now, const MacAddress& station, bool asleep)
{
    if (m_stations.SetAsleep(station, asleep))
    {
        m_queues[station].polled = false;
        m_queues[station].service.End();
        TellStations(now);
    }
}

void
AccessPoint::TellStations(TimePoint now)
{
    m_scheduler.Stations(now, m_stations.Associated(), m_stations.Asleep());
}

void
AccessPoint::Trigger(const MacAddress& station)
{
    auto& queue = m_queues[station];
    queue.service.Begin(queue.frames.size(), m_stations.Find(station)->capabilities.maxServicePeriod);
}

} // namespace mcast::wifi
