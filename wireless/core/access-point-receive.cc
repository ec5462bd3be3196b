// SPDX-License-Identifier: GPL-2.0-only
// An access point: what it makes of received frames.

#include "access-point.h"
#include "bss-format.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

constexpr std::uint8_t ELEMENT_RATES = 1;
constexpr std::uint8_t ELEMENT_EXTENDED_RATES = 50;
constexpr std::uint8_t ELEMENT_EXTENDED_CAPABILITIES = 127;
constexpr std::uint8_t ELEMENT_VENDOR = 221;
constexpr unsigned BIT_FMS = 11;
constexpr unsigned BIT_DMS = 26;
constexpr unsigned BIT_ROBUST_AV = 51;
constexpr std::uint8_t SUBTYPE_ASSOCIATION_REQUEST = 0;
constexpr std::uint8_t SUBTYPE_ASSOCIATION_RESPONSE = 1;
constexpr std::uint8_t SUBTYPE_DISASSOCIATION = 10;
constexpr std::uint8_t SUBTYPE_DEAUTHENTICATION = 12;
constexpr std::uint8_t SUBTYPE_NO_DATA = 4;
constexpr std::uint16_t CAPABILITY_ESS = 1;

bool
HasBit(BytesView element, unsigned bit)
{
    return element.Size() > 2 + bit / 8 && (element[2 + bit / 8] >> bit % 8 & 1) != 0;
}

bool
HasWmm(BytesView elements)
{
    const auto vendor = FindElement(elements, ELEMENT_VENDOR);
    return vendor.Size() >= 6 && vendor[2] == 0 && vendor[3] == 0x50 && vendor[4] == 0xf2 && vendor[5] == 2;
}

std::vector<Rate>
RatesIn(BytesView elements)
{
    std::vector<Rate> rates;
    for (const auto id : {ELEMENT_RATES, ELEMENT_EXTENDED_RATES})
    {
        const auto element = FindElement(elements, id);
        for (std::size_t i = 2; i < element.Size(); i++)
        {
            rates.push_back(element[i] & 0x7fU);
        }
    }
    return rates;
}

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
        else if (header.subtype == SUBTYPE_BLOCK_ACK)
        {
            HandleBlockAck(header, body);
            PullBlockAck(now);
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
            HandleWnm(now, header.address2, body);
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
    const auto elements = body.Sub(FIXED);
    const auto extended = FindElement(elements, ELEMENT_EXTENDED_CAPABILITIES);
    StationCapabilities capabilities;
    capabilities.listenInterval = body[2] | body[3] << 8U;
    capabilities.rates = RatesIn(elements);
    capabilities.qos = m_config.qos && HasWmm(elements);
    capabilities.fms = HasBit(extended, BIT_FMS);
    capabilities.dms = HasBit(extended, BIT_DMS);
    capabilities.gcr = HasBit(extended, BIT_ROBUST_AV);
    const auto vendor = FindElement(elements, ELEMENT_VENDOR);
    // WMM's QoS Info: U-APSD flags of VO, VI, BK, BE from bit 0 on, service period length in bits 5 and 6
    const auto info = capabilities.qos && vendor.Size() >= 9 ? vendor[8] : std::uint8_t{0};
    capabilities.deliveryEnabled =
        static_cast<std::uint8_t>((info & 1) << 3 | (info >> 1 & 1) << 2 | (info >> 2 & 1) << 1 | (info >> 3 & 1));
    capabilities.maxServicePeriod = (info >> 5 & 3) * 2;
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
    m_fms.Forget(station);
    m_dms.Forget(station);
    m_queues.erase(station);
    m_stations.Disassociate(station);
    TellStations(now);
}

void
AccessPoint::HandleWnm(TimePoint, const MacAddress& station, BytesView body)
{
    const auto message = ParseWnm(body);
    if (!message)
    {
        return;
    }
    const auto& capabilities = m_stations.Find(station)->capabilities;
    if (const auto* request = std::get_if<FmsRequest>(&*message))
    {
        const auto grant = m_fms.Request(station, m_config.fms && capabilities.fms, request->group, request->interval);
        Answer(station, FmsResponse{request->token, request->group, grant});
    }
    else if (const auto* dms = std::get_if<DmsRequest>(&*message))
    {
        DmsResponse response{dms->token, dms->dmsid, DmsResponse::Type::Terminate, dms->group, dms->service};
        if (dms->remove)
        {
            m_dms.Terminate(station, dms->group);
        }
        else
        {
            const bool directed = dms->service == DmsService::Directed;
            const bool capable = directed ? m_config.dms && capabilities.dms : m_config.gcr && capabilities.gcr;
            const auto grant = m_dms.Request(station, capable, dms->group, dms->service);
            response.type = grant.status == DmsStatus::Accept ? DmsResponse::Type::Accept : DmsResponse::Type::Deny;
            response.dmsid = grant.dmsid;
        }
        Answer(station, response);
    }
}

void
AccessPoint::Answer(const MacAddress& station, const WnmMessage& message)
{
    FrameHeader header;
    header.type = FrameType::Management;
    header.subtype = SUBTYPE_ACTION;
    header.address1 = station;
    header.address2 = header.address3 = m_config.bssid;
    header.sequence = NextSequence();
    m_management.push_back({WriteFrame(header, WriteWnm(message)), GroupRate({}), true});
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
        m_queues[station].service = 0;
        TellStations(now);
    }
}

void
AccessPoint::TellStations(TimePoint now)
{
    m_scheduler.Stations(now, m_stations.Associated(), m_stations.Asleep());
}

// A service period: so many frames as the station's association told (11.2.3.5.4).
void
AccessPoint::Trigger(const MacAddress& station)
{
    auto& queue = m_queues[station];
    const auto limit = m_stations.Find(station)->capabilities.maxServicePeriod;
    const auto waiting = std::max<std::size_t>(queue.frames.size(), 1); // a QoS Null ends an empty one
    queue.service = limit == 0 ? waiting : std::min<std::size_t>(waiting, limit);
}

void
AccessPoint::HandleBlockAck(const FrameHeader& header, BytesView body)
{
    constexpr std::size_t SIZE = 12; // control, start, bitmap
    if (!m_asked || m_asked->second != header.address2 || body.Size() < SIZE)
    {
        return;
    }
    const auto start = static_cast<std::uint16_t>((body[2] | body[3] << 8U) >> 4);
    std::uint64_t bitmap = 0;
    for (unsigned i = 0; i < 8; i++)
    {
        bitmap |= std::uint64_t{body[4 + i]} << 8 * i;
    }
    m_blocks.at(m_asked->first)->OnBlockAck(header.address2, start, bitmap);
    m_asked.reset();
}

} // namespace mcast::wifi
