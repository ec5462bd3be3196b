// SPDX-License-Identifier: GPL-2.0-only

#include "station.h"

#include "model/core/wire/igmp.h"
#include "model/core/wire/ip.h"
#include "wireless/core/bss-format.h"
#include "wireless/core/service-period.h"

#include <algorithm>
#include <utility>

namespace mcast::wifi::air
{

namespace
{

constexpr std::size_t NUMBER_AT = 8 + 20 + 8; // LLC/SNAP, IPv4, UDP
constexpr std::uint8_t ASSOCIATION_REQUEST = 0;
constexpr std::uint8_t ASSOCIATION_RESPONSE = 1;
constexpr std::uint8_t DISASSOCIATION = 10;

} // namespace

Station::Station(unsigned number, const StationSetup& setup, const AccessPointConfig& ap)
    : m_number(number),
      m_setup(setup),
      m_address{2, 0, 0, 0, 1, static_cast<std::uint8_t>(number)},
      m_bssid(ap.bssid),
      m_rates(setup.rates),
      m_doze(setup.doze)
{
    if (m_rates.empty())
    {
        m_rates = ap.basicRates;
        m_rates.insert(m_rates.end(), ap.otherRates.begin(), ap.otherRates.end());
    }
}

FrameHeader
Station::ToAp(FrameType type, std::uint8_t subtype)
{
    FrameHeader header;
    header.type = type;
    header.subtype = subtype;
    header.toDs = type == FrameType::Data;
    header.address1 = m_bssid;
    header.address2 = m_address;
    header.address3 = m_bssid;
    header.sequence = ++m_sequence % 4096;
    // management frames for an association in power save keep the bit, too (11.2.3.2)
    header.powerManagement = m_doze.PowerSave();
    return header;
}

void
Station::Push(const FrameHeader& header, const Bytes& body, bool wantsAck)
{
    const auto rate = *std::min_element(m_rates.begin(), m_rates.end());
    m_queue.push_back({WriteFrame(header, body), rate, wantsAck});
}

void
Station::Associate()
{
    Writer body;
    PutLittle16(body, 1); // ESS
    PutLittle16(body, static_cast<std::uint16_t>(m_setup.doze.listenInterval));
    const std::string ssid = "multicast";
    body.U8(0).U8(static_cast<std::uint8_t>(ssid.size())).Append(Bytes(ssid.begin(), ssid.end()));
    const auto split = std::min<std::size_t>(m_rates.size(), 8);
    for (const bool first : {true, false})
    {
        const auto count = first ? split : m_rates.size() - split;
        if (count > 0)
        {
            body.U8(first ? 1 : 50).U8(static_cast<std::uint8_t>(count));
            for (std::size_t i = 0; i < count; i++)
            {
                body.U8(static_cast<std::uint8_t>(m_rates[first ? i : split + i]));
            }
        }
    }
    PutElement(body, 127, ExtendedCapabilities({m_setup.fms, m_setup.dms, m_setup.gcr, m_setup.gcr}));
    if (m_setup.qos)
    {
        const bool uapsd = m_setup.doze.fetch == UnicastFetch::ServicePeriod;
        PutElement(body, 221, WmmInformation(QosInfo(uapsd, m_setup.maxServicePeriod)));
    }
    Push(ToAp(FrameType::Management, ASSOCIATION_REQUEST), body.Take());
}

void
Station::Disassociate(TimePoint now)
{
    Push(ToAp(FrameType::Management, DISASSOCIATION), Bytes{8, 0});
    m_doze.Disassociated(now);
    m_responder.Disassociated();
    m_associated = false;
    m_services.Disassociated(now);
}

void
Station::Say(const Msdu& msdu)
{
    auto header = ToAp(FrameType::Data, m_setup.qos ? SUBTYPE_QOS_DATA : SUBTYPE_DATA);
    header.address3 = msdu.destination;
    Push(header, msdu.body);
}

void
Station::Ask(TimePoint now, GroupService service, const MacAddress& group, unsigned interval)
{
    m_services.Request(now, service, group, interval);
}

void
Station::StopAsking(TimePoint now, GroupService service, const MacAddress& group)
{
    m_services.Remove(now, service, group);
}

void
Station::AdvanceTo(TimePoint now)
{
    m_doze.AdvanceTo(now);
    m_services.AdvanceTo(now);
}

std::optional<TimePoint>
Station::NextDeadline() const
{
    const auto next = std::min(m_doze.NextDeadline().value_or(NEVER), m_services.NextDeadline().value_or(NEVER));
    return next == NEVER ? std::nullopt : std::optional(next);
}

void
Station::Report(const mcast::Address& group, bool join)
{
    const auto all = mcast::Address::Ipv4(224, 0, 0, 22);
    PacketMeta meta{
        mcast::Address::Ipv4(10, 0, 0, static_cast<std::uint8_t>(m_number)), all, PROTOCOL_IGMP, 1, 0xc0, true};
    const mcast::Report report{{{join ? RecordType::ToEx : RecordType::ToIn, group, {}}}};
    Writer body;
    body.U8(0xaa).U8(0xaa).U8(3).U8(0).U16(0).U16(0x0800).Append(WriteIp(meta, WriteIgmp(report)));
    Say({GroupMac(all), m_address, body.Take()});
}

void
Station::PullActions()
{
    while (const auto body = m_services.PollFrame())
    {
        Push(ToAp(FrameType::Management, SUBTYPE_ACTION), *body);
    }
    while (m_services.PollEvent())
    {
    }
    while (const auto action = m_doze.PollAction())
    {
        if (action->kind == StationAction::Kind::PsPoll)
        {
            auto header = ToAp(FrameType::Control, SUBTYPE_PS_POLL);
            header.durationId = static_cast<std::uint16_t>(m_aid | 0xc000);
            header.powerManagement = true;
            Push(header, {});
            continue;
        }
        const bool trigger = action->kind == StationAction::Kind::Trigger;
        auto header = ToAp(FrameType::Data, trigger ? SUBTYPE_QOS_NULL : SUBTYPE_NULL);
        header.powerManagement = action->powerManagement;
        Push(header, {});
    }
}

std::optional<Outgoing>
Station::Next()
{
    PullActions();
    if (m_queue.empty() || !m_doze.Awake())
    {
        return std::nullopt;
    }
    auto front = std::move(m_queue.front());
    m_queue.pop_front();
    const auto header = ParseFrame(front.octets)->header;
    m_announcing.reset();
    m_triggering = m_setup.doze.fetch == UnicastFetch::ServicePeriod && header.IsQosData();
    if (header.type == FrameType::Data && m_associated)
    {
        m_announcing = header.powerManagement;
    }
    return front;
}

void
Station::Sent(TimePoint now, bool acknowledged)
{
    if (acknowledged && m_announcing)
    {
        m_doze.PowerManagementAcked(now, *m_announcing);
        if (m_triggering)
        {
            m_doze.TriggerAcked(now);
        }
    }
    m_announcing.reset();
}

void
Station::Receive(TimePoint now, BytesView octets)
{
    const auto parsed = ParseFrame(octets);
    if (!parsed || parsed->header.address2 != m_bssid)
    {
        return; // another BSS's, or not ours at all (10.3.6)
    }
    const auto body = octets.Sub(parsed->bodyOffset);
    const auto& header = parsed->header;
    if (header.type == FrameType::Management)
    {
        ReceiveManagement(now, *parsed, body);
    }
    else if (header.type == FrameType::Data && m_associated)
    {
        if (IsGroup(header.address1))
        {
            ReceiveGroup(now, header, body);
        }
        else if (header.address1 == m_address)
        {
            m_doze.HandleUnicast(now, header.moreData, header.endOfServicePeriod);
            if ((header.subtype & SUBTYPE_NULL) != 0 ||
                !m_duplicates.Accept(m_bssid, m_address, header.tid, header.sequence, header.retry))
            {
                return;
            }
            for (const auto& msdu : header.amsdu ? ParseAmsdu(body).value_or(std::vector<Msdu>{})
                                                 : std::vector<Msdu>{{m_address, header.address3,
                                                                      Bytes(body.Data(), body.Data() + body.Size())}})
            {
                Up(now, msdu);
            }
        }
    }
}

void
Station::ReceiveManagement(TimePoint now, const ParsedFrame& frame, BytesView body)
{
    const auto& header = frame.header;
    if (header.IsBeacon() && body.Size() > BEACON_FIXED_SIZE)
    {
        std::uint64_t stamp = 0;
        for (unsigned i = 0; i < 8; i++)
        {
            stamp |= std::uint64_t{body[i]} << 8 * i;
        }
        const std::uint64_t interval = (body[8] | body[9] << 8U) * 1024U;
        const auto tbtt = TimePoint{std::chrono::microseconds{stamp - stamp % interval}};
        const auto tim = ParseTim(FindElement(body.Sub(BEACON_FIXED_SIZE), ELEMENT_TIM));
        m_responder.HandleBeacon(body.Sub(BEACON_FIXED_SIZE));
        m_doze.HandleBeacon(now, tbtt, tim ? &*tim : nullptr);
    }
    else if (header.address1 == m_address && header.subtype == ASSOCIATION_RESPONSE && body.Size() >= 6)
    {
        m_associated = body[2] == 0 && body[3] == 0;
        m_aid = static_cast<Aid>((body[4] | body[5] << 8U) & 0x3fff);
        if (m_associated)
        {
            m_doze.Associated(now, m_aid);
            m_services.Associated(now);
            m_responder.Associated(m_address, m_aid);
        }
    }
    else if (header.address1 == m_address && header.subtype == SUBTYPE_ACTION)
    {
        m_services.Handle(now, body);
    }
}

void
Station::ReceiveGroup(TimePoint now, const FrameHeader& header, BytesView body)
{
    m_doze.HandleGroup(now, header.moreData);
    const auto group = GroupOf(header, body);
    m_groupAck = m_responder.HandleGroup(now, header, group);
    if (!m_duplicates.Accept(m_bssid, group, SequenceSpace(header.tid, header.blockAck), header.sequence, header.retry))
    {
        return;
    }
    if (header.address3 == m_address)
    {
        return; // our own frame comes back
    }
    if (header.address1 != GCR_CONCEALMENT)
    {
        if (m_services.TakesPlain(header.address1))
        {
            Up(now, {header.address1, header.address3, Bytes(body.Data(), body.Data() + body.Size())});
        }
        return;
    }
    for (const auto& msdu : ParseAmsdu(body).value_or(std::vector<Msdu>{}))
    {
        if (m_services.TakesConcealed(msdu.destination))
        {
            Up(now, msdu);
        }
    }
}

std::optional<Bytes>
Station::AnswerTo(TimePoint now, BytesView octets)
{
    const auto request = ParseGcrRequest(octets);
    const auto answer = request ? m_responder.HandleRequest(now, *request) : std::nullopt;
    return answer ? std::optional(WriteGcrAnswer(*answer)) : std::nullopt;
}

bool
Station::TakeGroupAck()
{
    return std::exchange(m_groupAck, false);
}

bool
Station::Awake(TimePoint now) const
{
    return m_doze.Awake() || now < m_responder.AwakeUntil();
}

void
Station::Up(TimePoint now, const Msdu& msdu)
{
    Reader reader(BytesView(msdu.body).Sub(NUMBER_AT));
    m_deliveries.push_back({now, m_number, msdu.destination, msdu.source, reader.U32()});
}

std::vector<Delivery>
Station::TakeDeliveries()
{
    return std::move(m_deliveries);
}

} // namespace mcast::wifi::air
