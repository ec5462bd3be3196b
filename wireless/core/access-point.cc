// SPDX-License-Identifier: GPL-2.0-only
// An access point: its Beacons, and what is counted and drained.

#include "access-point.h"
#include "bss-format.h"
#include "group-leaders.h"

#include "../../model/core/wire/ip.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

constexpr std::uint8_t ELEMENT_RATES = 1;
constexpr std::uint8_t ELEMENT_DS_PARAMETERS = 3;
constexpr std::uint8_t ELEMENT_EXTENDED_RATES = 50;
constexpr std::size_t MAX_RATES = 8; // in the first of the two elements
constexpr std::uint16_t CAPABILITY_ESS = 1;
constexpr std::uint8_t QOS_INFO_UAPSD = 0x80; // of an access point: it has U-APSD (9.4.1.17)

} // namespace

AccessPoint::AccessPoint(const AccessPointConfig& config)
    : m_config(config),
      m_scheduler(config.dtim),
      m_selector(config.selection),
      m_services(config.services)
{
    if (config.snooping)
    {
        m_snooping = std::make_unique<Snooping>(*config.snooping);
    }
}

AccessPoint::~AccessPoint() = default;

void
AccessPoint::Configure(const DtimConfig& config)
{
    m_config.dtim = config;
    m_scheduler.Configure(config);
}

void
AccessPoint::AdvanceTo(TimePoint now)
{
    m_scheduler.AdvanceTo(now);
    if (m_snooping)
    {
        m_snooping->AdvanceTo(now);
        SendQueries(now);
    }
    DrainEvents();
}

std::optional<TimePoint>
AccessPoint::NextDeadline() const
{
    const auto lifetime = m_scheduler.NextDeadline();
    const auto snooping = m_snooping ? m_snooping->NextDeadline() : std::nullopt;
    return lifetime && snooping ? std::min(*lifetime, *snooping) : lifetime ? lifetime : snooping;
}

// Queries go to every station, asleep or not.
void
AccessPoint::SendQueries(TimePoint now)
{
    while (auto query = m_snooping->PollQuery())
    {
        const bool ipv4 = query->meta.destination.IsIpv4();
        Writer body;
        body.U8(0xaa).U8(0xaa).U8(3).U8(0).U16(0).U16(ipv4 ? 0x0800 : 0x86dd);
        body.Append(WriteIp(query->meta, query->payload));
        SendPlain(now, {GroupMac(query->meta.destination), m_config.bssid, body.Take()}, {});
    }
}

void
AccessPoint::DrainEvents()
{
    while (const auto event = m_scheduler.PollEvent())
    {
        if (event->kind == DtimEventKind::Dropped)
        {
            m_held.erase(event->id);
            m_unsettled.erase(event->id);
            m_acks.Forget(event->id);
        }
        m_events.push_back(*event);
    }
}

Bytes
AccessPoint::LeaderElement()
{
    std::vector<std::pair<MacAddress, Aid>> leaders;
    for (const auto& [group, leader] : m_acks.Leaders())
    {
        leaders.emplace_back(group, m_stations.Find(leader)->aid);
    }
    return WriteGroupLeaders(leaders);
}

Outgoing
AccessPoint::Beacon(TimePoint tbtt, TimePoint now)
{
    AdvanceTo(now);
    const auto fields = m_scheduler.NextBeacon(tbtt);
    if (fields.dtimCount == 0)
    {
        m_services.Fms().OnDtim(m_scheduler.DtimNumber());
    }
    Writer body;
    const auto stamp = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
    for (unsigned shift = 0; shift < 64; shift += 8)
    {
        body.U8(static_cast<std::uint8_t>(stamp >> shift));
    }
    PutLittle16(body, static_cast<std::uint16_t>(m_config.dtim.beaconInterval));
    PutLittle16(body, CAPABILITY_ESS);
    PutElement(body, 0, Bytes(m_config.ssid.begin(), m_config.ssid.end()));
    const auto rates = RateOctets(m_config.basicRates, m_config.otherRates);
    const auto split = std::min(rates.size(), MAX_RATES);
    PutElement(body, ELEMENT_RATES, Bytes(rates.begin(), rates.begin() + static_cast<std::ptrdiff_t>(split)));
    PutElement(body, ELEMENT_DS_PARAMETERS, {1});
    PutElement(body, ELEMENT_EXTENDED_RATES, Bytes(rates.begin() + static_cast<std::ptrdiff_t>(split), rates.end()));
    if (!m_services.Fms().Empty())
    {
        std::set<MacAddress> waiting;
        for (const auto& [id, held] : m_held)
        {
            waiting.insert(held.group);
        }
        body.Append(WriteFmsDescriptor(m_services.Fms().Descriptor(waiting)));
    }
    PutElement(body, ELEMENT_EXTENDED_CAPABILITIES, ExtendedCapabilities(m_config.services));
    PutElement(body, ELEMENT_VENDOR, m_config.qos ? WmmInformation(QOS_INFO_UAPSD) : Bytes{});
    body.Append(LeaderElement());
    Tim tim;
    tim.dtimCount = fields.dtimCount;
    tim.dtimPeriod = fields.dtimPeriod;
    tim.groupTraffic = fields.groupTraffic;
    m_stations.FillTim(tim);
    FrameHeader header;
    header.type = FrameType::Management;
    header.subtype = SUBTYPE_BEACON;
    header.address1 = BROADCAST;
    header.address2 = header.address3 = m_config.bssid;
    header.sequence = NextSequence();
    return {WriteFrame(header, WithTim(body.View(), tim, m_config.dtim.timPosition)), GroupRate({}), false};
}

void
AccessPoint::BeaconSent(TimePoint now)
{
    m_scheduler.BeaconSent(now);
    DrainEvents();
    if (m_scheduler.GetState() != DtimScheduler::State::Holding)
    {
        m_acks.Flush(); // no frame waits for its block's end longer than a beacon interval
        DrainAcks(now);
    }
}

} // namespace mcast::wifi
