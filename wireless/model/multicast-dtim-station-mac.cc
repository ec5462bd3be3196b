// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-dtim-station-mac.h"
#include "multicast-dtim-station.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-frames.h"
#include "multicast-wifi-tag.h"
#include "../core/service-period.h"

#include "ns3/log.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("DtimStationMac");

NS_OBJECT_ENSURE_REGISTERED(DtimStationMac);

namespace wifi = mcast::wifi;

namespace
{

/// An unsigned number, least significant octet first, as all of 802.11 is.
uint64_t
LittleEndian(const mcast::Bytes& octets, std::size_t offset, std::size_t size)
{
    uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i)
    {
        value = value << 8 | octets[offset + i - 1];
    }
    return value;
}

} // namespace

TypeId
DtimStationMac::GetTypeId()
{
    static const TypeId tid = TypeId("ns3::multicast::DtimStationMac")
                                  .SetParent<Object>()
                                  .SetGroupName("Multicast")
                                  .AddConstructor<DtimStationMac>();
    return tid;
}

DtimStationMac::DtimStationMac() = default;

DtimStationMac::~DtimStationMac() = default;

void
DtimStationMac::Install(Ptr<DtimStation> owner, Ptr<StaWifiMac> mac)
{
    m_owner = PeekPointer(owner);
    m_sta = mac;
    m_responder = std::make_unique<WifiResponder>(mac);
    m_radio = std::make_unique<WifiRadio>(*owner, mac, [this]() { return m_responder->StayAwake(); });
    UintegerValue missed;
    mac->GetAttribute("MaxMissedBeacons", missed);
    m_missedBeacons = static_cast<uint32_t>(missed.Get());
    mac->TraceConnectWithoutContext("Assoc", MakeCallback(&DtimStationMac::OnAssociated, this));
    mac->TraceConnectWithoutContext("DeAssoc", MakeCallback(&DtimStationMac::OnDeassociated, this));
    mac->TraceConnectWithoutContext("AckedMpdu", MakeCallback(&DtimStationMac::OnAcked, this));
    const auto phy = mac->GetWifiPhy();
    phy->TraceConnectWithoutContext("PhyTxPsduBegin", MakeCallback(&DtimStationMac::OnTransmit, this));
    phy->SetReceiveOkCallback(MakeCallback(&DtimStationMac::OnReceive, this));
    wifi::RequestConfig requests;
    requests.timeout = ToCore(owner->m_requestTimeout);
    requests.attempts = owner->m_requestAttempts;
    m_services.emplace(*owner, requests, [this](const mcast::Bytes& body) { SendAction(body); });
}

WifiServices&
DtimStationMac::Services()
{
    return *m_services;
}

void
DtimStationMac::DoDispose()
{
    m_deadlineEvent.Cancel();
    m_core.reset();
    m_services.reset();
    m_radio.reset();
    m_responder.reset();
    m_sta = nullptr;
    m_owner = nullptr;
    Object::DoDispose();
}

void
DtimStationMac::ApplyPowerSave()
{
    if (m_core)
    {
        m_core->SetPowerSave(ToTimePoint(Simulator::Now()), m_owner->m_wanted);
        Drain();
    }
}

void
DtimStationMac::Poll()
{
    if (m_core)
    {
        m_core->Poll(ToTimePoint(Simulator::Now()));
        Drain();
    }
}

bool
DtimStationMac::IsPowerSave() const
{
    return m_core && m_core->PowerSave();
}

bool
DtimStationMac::IsDozing() const
{
    return m_radio->IsDozing();
}

Time
DtimStationMac::DozeTime() const
{
    return m_radio->DozeTime();
}

uint64_t
DtimStationMac::Dozes() const
{
    return m_radio->Dozes();
}

// Association

void
DtimStationMac::OnAssociated(Mac48Address)
{
    // The MAC is still busy with it; the association ID is there at the end of this event at the latest.
    Simulator::ScheduleNow(&DtimStationMac::Start, this);
}

void
DtimStationMac::Start()
{
    if (!m_sta || !m_sta->IsAssociated())
    {
        return;
    }
    wifi::DozeConfig config;
    config.beaconInterval = m_beaconInterval;
    config.listenInterval = m_owner->m_listenInterval;
    config.receiveDtims = m_owner->m_receiveDtims;
    config.fetch = static_cast<wifi::UnicastFetch>(m_owner->m_fetch); // in the core's order
    config.wakeLead = ToCore(m_owner->m_wakeLead);
    config.pollTimeout = ToCore(m_owner->m_pollTimeout);
    config.activeTime = ToCore(m_owner->m_activeTime);
    const auto valid = config.Validate();
    NS_ABORT_MSG_UNLESS(valid, "DtimStation: " << valid.Error().field << ": " << valid.Error().why);
    const auto now = ToTimePoint(Simulator::Now());
    m_core.emplace(config);
    m_core->Associated(now, m_sta->GetAssociationId());
    m_responder->Associated();
    if (m_owner->m_wanted)
    {
        m_core->SetPowerSave(now, true);
    }
    m_services->OnAssociated();
    Drain();
}

void
DtimStationMac::OnDeassociated(Mac48Address)
{
    m_core.reset();
    m_services->OnDeassociated();
    m_responder->Disassociated();
    m_deadlineEvent.Cancel();
    m_radio->Follow(true, Time());
}

// Reception

void
DtimStationMac::OnReceive(Ptr<const WifiPsdu> psdu, RxSignalInfo signal, wifi_api::RxVector vector,
                     wifi_api::RxStatus status)
{
    const auto& header = psdu->GetHeader(0);
    const auto bssid = m_sta->GetBssid(0);
    const bool ours = !header.IsCtl() && header.GetAddr2() == bssid;
    if (header.IsBeacon() && (ours || !m_sta->IsAssociated()))
    {
        OnBeacon(psdu->GetPayload(0)); // before the MAC counts it: see there
    }
    else if (ours && header.IsData() && psdu->GetAddr1().IsGroup() && !OnGroup(header, psdu->GetPayload(0), vector))
    {
        return;
    }
    else if (header.IsBlockAckReq() && m_responder->TakeRequest(psdu, vector))
    {
        return;
    }
    for (const auto& one : ours ? Revealed(psdu) : std::vector{psdu})
    {
        wifi_api::PassUp(m_sta, one, signal, vector, status);
    }
    if (ours && m_core && header.IsData() && psdu->GetAddr1() == m_sta->GetAddress())
    {
        const auto last = psdu->GetNMpdus() - 1;
        OnUnicast(psdu->GetHeader(last), psdu->GetPayload(last));
    }
}

void
DtimStationMac::OnUnicast(const WifiMacHeader& header, Ptr<const Packet> body)
{
    WifiStandInTag tag;
    if (!header.HasData() && !body->PeekPacketTag(tag))
    {
        return;
    }
    if (tag.kind == WifiStandInTag::ACTION)
    {
        m_services->OnAction(body);
    }
    const bool ends = tag.endOfServicePeriod || (header.IsQosData() && header.IsQosEosp());
    m_core->HandleUnicast(ToTimePoint(Simulator::Now()), header.IsMoreData(), ends);
    Drain();
}

void
DtimStationMac::OnBeacon(Ptr<const Packet> body)
{
    const auto octets = OctetsOf(body);
    if (octets.size() < wifi::BEACON_FIXED_SIZE)
    {
        return;
    }
    m_beaconInterval = static_cast<unsigned>(LittleEndian(octets, 8, 2));
    if (!m_core)
    {
        return;
    }
    const auto elements = mcast::BytesView(octets).Sub(wifi::BEACON_FIXED_SIZE);
    const auto element = wifi::FindElement(elements, wifi::ELEMENT_TIM);
    const auto tim = wifi::ParseTim(element);
    // The MAC leaves the BSS after so many beacons without one: it shall not take those for lost that we sleep through.
    const uint32_t stride = std::max<uint32_t>(m_owner->m_listenInterval, tim ? tim->dtimPeriod : 1);
    if (stride != m_stride)
    {
        m_stride = stride;
        m_sta->SetAttribute("MaxMissedBeacons", UintegerValue(m_missedBeacons * stride));
    }
    const auto now = ToTimePoint(Simulator::Now());
    // All clocks of a simulation are one, so the Timestamp is when the beacon was due.
    const mcast::TimePoint due{std::chrono::microseconds{LittleEndian(octets, 0, 8)}};
    m_responder->OnBeacon(elements);
    m_core->HandleBeacon(now, std::min(due, now), tim ? &*tim : nullptr);
    Drain();
}

bool
DtimStationMac::OnGroup(const WifiMacHeader& header, Ptr<const Packet> body, const WifiTxVector& vector)
{
    const bool blockAck = header.IsQosData() && header.GetQosAckPolicy() == WifiMacHeader::BLOCK_ACK;
    const auto space = wifi::SequenceSpace(header.IsQosData() ? header.GetQosTid() : 0, blockAck);
    const auto group = GroupOf(header, body);
    m_responder->OnGroup(header, group, vector);
    // Frames of the group that come in another form have other sequence numbers, and say nothing about those that are taken.
    const bool takes = m_services->Takes(header, body);
    const bool isNew = takes && m_duplicates.Accept(ToCore(header.GetAddr2()), group, space, header.GetSequenceNumber(),
                                                    header.IsRetry());
    if (takes && !isNew)
    {
        m_owner->m_duplicate(body, header.GetAddr2());
    }
    if (m_core && m_core->PowerSave())
    {
        m_core->HandleGroup(ToTimePoint(Simulator::Now()), header.IsMoreData());
        Drain();
    }
    return isNew;
}

// Transmission

void
DtimStationMac::OnTransmit(WifiConstPsduMap psdus, WifiTxVector, double)
{
    const auto& psdu = psdus.begin()->second;
    const auto& header = psdu->GetHeader(0);
    if (header.IsCtl())
    {
        return;
    }
    if (header.IsAssocReq() || header.IsReassocReq())
    {
        TellCapabilities(psdu->GetPayload(0));
    }
    const bool real = m_core && HasRealPowerSave();
    for (auto mpdu = psdu->begin(); mpdu != psdu->end(); ++mpdu)
    {
        WifiPowerTag tag;
        const auto body = ConstCast<Packet>((*mpdu)->GetPacket());
        if (!body->PeekPacketTag(tag) || (*mpdu)->GetHeader().HasData()) // a Null frame of ours says what is to come
        {
            body->RemovePacketTag(tag);
            tag.powerManagement = IsPowerSave();
            tag.pollAid = 0;
            body->AddPacketTag(tag);
        }
        if (real)
        {
            wifi_api::SetPowerManagement((*mpdu)->GetHeader(), tag.powerManagement);
        }
    }
}

void
DtimStationMac::OnAcked(Ptr<const WifiMpdu> mpdu)
{
    WifiPowerTag tag;
    const auto& header = mpdu->GetHeader();
    if (m_core && header.IsData() && !header.HasData() && mpdu->GetPacket()->PeekPacketTag(tag) && tag.pollAid == 0)
    {
        m_core->PowerManagementAcked(ToTimePoint(Simulator::Now()), tag.powerManagement);
        Drain();
    }
    else if (m_core && m_owner->m_fetch == DtimStation::SERVICE_PERIOD && mpdu->GetHeader().IsQosData())
    {
        m_core->TriggerAcked(ToTimePoint(Simulator::Now())); // a frame of the host's
        Drain();
    }
}

void
DtimStationMac::TellCapabilities(Ptr<const Packet> request) const
{
    WifiCapabilityTag tag;
    if (request->PeekPacketTag(tag))
    {
        return; // sent once more
    }
    const bool uapsd = m_owner->m_fetch == DtimStation::SERVICE_PERIOD;
    NS_ABORT_MSG_IF(m_owner->m_maxServicePeriod % 2 != 0, "DtimStation: MaxServicePeriod is 0, 2, 4 or 6");
    NS_ABORT_MSG_IF(uapsd && !m_sta->GetQosSupported(), "DtimStation: Fetch ServicePeriod needs a station with QoS");
    tag.qos = m_sta->GetQosSupported();
    tag.fms = m_owner->m_fms;
    tag.dms = m_owner->m_dms && tag.qos;
    tag.gcr = m_owner->m_gcr && tag.qos;
    tag.qosInfo = wifi::QosInfo(uapsd, m_owner->m_maxServicePeriod);
    tag.listenInterval = static_cast<uint16_t>(m_owner->m_listenInterval);
    request->AddPacketTag(tag);
}

void
DtimStationMac::Send(const wifi::StationAction& action)
{
    m_radio->WatchReception();
    if (action.kind == wifi::StationAction::Kind::PsPoll && HasRealPowerSave())
    {
        m_radio->Wake();
        wifi_api::QueuePsPoll(m_sta);
        return;
    }
    WifiPowerTag power;
    power.powerManagement = action.kind != wifi::StationAction::Kind::Null || action.powerManagement;
    power.pollAid = action.kind == wifi::StationAction::Kind::PsPoll ? m_sta->GetAssociationId() : 0;
    const auto body = Create<Packet>();
    body->AddPacketTag(power);
    if (action.kind == wifi::StationAction::Kind::Trigger)
    {
        WifiStandInTag tag;
        tag.kind = WifiStandInTag::QOS_NULL;
        body->AddPacketTag(tag);
    }
    // Null frames go as voice, as ns-3 sends management frames. PS-Polls are best effort (10.2.3.2): they would all collide
    // after a beacon, and ns-3 ends the TXOP that voice may take with a CF-End, which lasts longer than the poll. So are triggers.
    SendNull(body, action.kind == wifi::StationAction::Kind::Null ? AC_VO : AC_BE);
}

// With U-APSD, which ns-3 has not, its access point must not think that it serves the station.
bool
DtimStationMac::HasRealPowerSave() const
{
    return m_owner->m_fetch != DtimStation::SERVICE_PERIOD && wifi_api::HasPowerSave(m_sta);
}

void
DtimStationMac::SendAction(const mcast::Bytes& octets)
{
    const auto body = Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size()));
    WifiStandInTag tag;
    tag.kind = WifiStandInTag::ACTION;
    body->AddPacketTag(tag);
    SendNull(body, AC_VO);
    if (m_core)
    {
        FollowCore(); // asleep again when it is sent
    }
}

void
DtimStationMac::SendNull(Ptr<Packet> body, AcIndex ac)
{
    m_radio->Wake();
    WifiMacHeader header(WIFI_MAC_DATA_NULL);
    const auto bssid = m_sta->GetBssid(0);
    header.SetAddr1(bssid);
    header.SetAddr2(m_sta->GetAddress());
    header.SetAddr3(bssid);
    header.SetDsNotFrom();
    header.SetDsTo();
    wifi_api::QueueOwn(m_sta, ac, Create<WifiMpdu>(body, header));
}

// The core

void
DtimStationMac::Drain()
{
    while (const auto action = m_core->PollAction())
    {
        Send(*action);
    }
    while (const auto event = m_core->PollEvent())
    {
        if (event->kind == wifi::DozeEvent::Kind::BeaconMissed)
        {
            m_owner->m_beaconMissed(FromCore(event->at.time_since_epoch()));
        }
    }
    FollowCore();
    ScheduleDeadline();
}

void
DtimStationMac::FollowCore()
{
    const auto until = m_core->NextDeadline();
    m_radio->Follow(m_core->Awake(), until ? FromCoreRoundedUp(*until) : Time::Max());
}

void
DtimStationMac::ScheduleDeadline()
{
    m_deadlineEvent.Cancel();
    if (const auto deadline = m_core->NextDeadline())
    {
        const auto at = std::max(FromCoreRoundedUp(*deadline), Simulator::Now());
        m_deadlineEvent = Simulator::Schedule(at - Simulator::Now(), &DtimStationMac::OnDeadline, this);
    }
}

void
DtimStationMac::OnDeadline()
{
    m_core->AdvanceTo(ToTimePoint(Simulator::Now()));
    Drain();
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
