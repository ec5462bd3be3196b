// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-dtim-ap-mac.h"
#include "multicast-dtim-ap.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-rate.h"
#include "multicast-wifi-tag.h"
#include "../core/group-leaders.h"

#include "ns3/log.h"
#include "ns3/mgt-headers.h"
#include "ns3/simulator.h"
#include "ns3/wifi-remote-station-manager.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("DtimApMac");

NS_OBJECT_ENSURE_REGISTERED(DtimApMac);

namespace wifi = mcast::wifi;

namespace
{

// Enums of DtimAp are in the core's order, but for QOS_UNCHANGED, which is ns-3's alone.
template <class To, class From>
To
Same(From from)
{
    return static_cast<To>(from);
}

} // namespace

TypeId
DtimApMac::GetTypeId()
{
    static const TypeId tid = TypeId("ns3::multicast::DtimApMac")
                                  .SetParent<WifiMacQueueScheduler>()
                                  .SetGroupName("Multicast")
                                  .AddConstructor<DtimApMac>();
    return tid;
}

DtimApMac::DtimApMac() = default;

DtimApMac::~DtimApMac() = default;

void
DtimApMac::Install(Ptr<DtimAp> owner, Ptr<ApWifiMac> mac)
{
    m_owner = owner;
    m_ap = mac;
    m_inner = mac->GetMacQueueScheduler();
    Configure();
    mac->SetMacQueueScheduler(this);
    mac->TraceConnectWithoutContext("AssociatedSta", MakeCallback(&DtimApMac::OnAssociated, this));
    mac->TraceConnectWithoutContext("DeAssociatedSta", MakeCallback(&DtimApMac::OnDeassociated, this));
    const auto phy = mac->GetWifiPhy();
    phy->TraceConnectWithoutContext("PhyTxPsduBegin", MakeCallback(&DtimApMac::OnTransmit, this));
    phy->SetReceiveOkCallback(MakeCallback(&DtimApMac::OnReceive, this));
    m_unicast = std::make_unique<DtimUnicastQueue>(owner, mac, m_stations,
                                                   [this]() { return m_groups->Core().MaySendToSleepers(); });
}

void
DtimApMac::Configure()
{
    TimeValue interval;
    m_ap->GetAttribute("BeaconInterval", interval);
    wifi::DtimConfig config;
    config.beaconInterval = static_cast<unsigned>(interval.Get().GetMicroSeconds() / 1024);
    config.dtimPeriod = m_owner->m_period;
    config.lastWake = Same<wifi::LastWake>(m_owner->m_lastWake);
    config.overrun = Same<wifi::Overrun>(m_owner->m_overrun);
    config.lateFrame = m_owner->m_lateJoins ? wifi::LateFrame::JoinsBurst : wifi::LateFrame::NextDtim;
    config.dropSide = Same<wifi::DropSide>(m_owner->m_dropSide);
    config.maxFrames = m_owner->m_maxFrames;
    config.maxOctets = m_owner->m_maxOctets;
    config.lifetime = ToCore(m_owner->m_lifetime);
    config.dropWithoutStations = m_owner->m_dropWithoutStations;
    config.groupBeforeUnicast = m_owner->m_groupFirst;
    config.timPosition = Same<wifi::TimPosition>(m_owner->m_timPosition);
    const auto valid = config.Validate();
    NS_ABORT_MSG_UNLESS(valid, "DtimAp: " << valid.Error().field << ": " << valid.Error().why);
    if (m_groups)
    {
        m_groups->Core().Configure(config);
    }
    else
    {
        m_groups = std::make_unique<DtimGroupQueue>(m_owner, m_ap, config, [this](auto member, const auto& tries) {
            if (m_measure)
            {
                m_measure->Tried(member, tries);
            }
        });
    }
    if (m_owner->m_rate != DtimAp::UNCHANGED)
    {
        ChooseRate();
    }
    if (m_delivery)
    {
        m_ap->TraceDisconnectWithoutContext("AckedMpdu", MakeCallback(&DtimApMac::OnAcked, this));
        m_ap->TraceDisconnectWithoutContext("DroppedMpdu", MakeCallback(&DtimApMac::OnDroppedByMac, this));
        m_delivery.reset();
        m_measure.reset();
    }
    if (m_owner->m_method != DtimAp::NO_ACK || m_owner->m_automatic != DtimAp::OFF || m_owner->m_snooping ||
        !m_owner->m_groupMethods.empty())
    {
        Delivery();
        m_deliveryEvent = Simulator::ScheduleNow(&DtimApMac::SendQueries, this);
    }
}

void
DtimApMac::SetWifiMac(Ptr<WifiMac> mac)
{
    WifiMacQueueScheduler::SetWifiMac(mac);
    for (const auto ac : wifi_api::ALL_CATEGORIES)
    {
        if (const auto queue = mac->GetTxopQueue(ac))
        {
            queue->SetScheduler(this);
        }
    }
}

void
DtimApMac::DoDispose()
{
    m_deliveryEvent.Cancel();
    m_delivery.reset();
    m_measure.reset();
    if (m_inner)
    {
        m_inner->Dispose();
    }
    m_inner = nullptr;
    m_owner = nullptr;
    m_ap = nullptr;
    m_groups.reset();
    m_unicast.reset();
    WifiMacQueueScheduler::DoDispose();
}

// Read out

std::size_t
DtimApMac::Waiting() const
{
    return m_groups->Core().Waiting();
}

std::size_t
DtimApMac::Sleeping() const
{
    return m_stations.Asleep();
}

std::size_t
DtimApMac::Associated() const
{
    return m_stations.All().size();
}

bool
DtimApMac::IsSleeping(Mac48Address station) const
{
    return m_stations.IsAsleep(station);
}

// Queues

bool
DtimApMac::Hidden(AcIndex ac, const WifiContainerQueueId& queue) const
{
    if (ac == AC_BEACON)
    {
        return false;
    }
    if (wifi_api::IsGroupQueue(queue))
    {
        return !m_groups->CanRelease();
    }
    if (m_stations.Asleep() == 0)
    {
        return false;
    }
    const auto receiver = wifi_api::ReceiverOf(queue);
    if (!receiver)
    {
        return false;
    }
    const auto* station = m_stations.Find(*receiver);
    return (station && station->asleep && station->granted == 0) || !m_groups->Core().MaySendToSleepers();
}

Ptr<WifiMpdu>
DtimApMac::HasToDropBeforeEnqueue(AcIndex ac, Ptr<WifiMpdu> mpdu)
{
    const auto& header = mpdu->GetHeader();
    if (!m_groups->IsPassing() && ac != AC_BEACON && IsGroupData(header))
    {
        AdmitGroup(ac, mpdu);
        return mpdu; // it is ours now: for the queue it is as if it were dropped
    }
    if (header.IsData() && !header.GetAddr1().IsGroup())
    {
        if (header.IsQosData() && NeedsPlainData(header.GetAddr1()))
        {
            m_ap->GetTxopQueue(ac)->Enqueue(ToPlainData(mpdu));
            return mpdu; // the plain one is queued in its place
        }
        if (m_stations.Asleep() > 0 && m_unicast->Keep(ac, mpdu))
        {
            return mpdu;
        }
    }
    return m_inner->HasToDropBeforeEnqueue(ac, mpdu);
}

void
DtimApMac::NotifyEnqueue(AcIndex ac, Ptr<WifiMpdu> mpdu)
{
    m_inner->NotifyEnqueue(ac, mpdu);
    if (ac == AC_BEACON)
    {
        if (!m_replacing && mpdu->GetHeader().IsBeacon())
        {
            PutTim(mpdu);
        }
        return;
    }
    m_stations.CountQueued(ac, mpdu->GetHeader(), 1);
}

void
DtimApMac::NotifyDequeue(AcIndex ac, const std::list<Ptr<WifiMpdu>>& mpdus)
{
    m_inner->NotifyDequeue(ac, mpdus);
    if (ac == AC_BEACON)
    {
        return;
    }
    for (const auto& mpdu : mpdus)
    {
        if (IsGroupData(mpdu->GetHeader()))
        {
            m_groups->OnDequeued(mpdu);
            ServeSleepers();
        }
        else
        {
            OnUnicastLeft(ac, mpdu->GetHeader());
        }
    }
}

void
DtimApMac::NotifyRemove(AcIndex ac, const std::list<Ptr<WifiMpdu>>& mpdus)
{
    m_inner->NotifyRemove(ac, mpdus);
    if (ac == AC_BEACON)
    {
        return;
    }
    for (const auto& mpdu : mpdus)
    {
        if (IsGroupData(mpdu->GetHeader()))
        {
            m_groups->OnRemoved(mpdu);
        }
        else
        {
            OnUnicastLeft(ac, mpdu->GetHeader());
        }
    }
}

void
DtimApMac::OnUnicastLeft(AcIndex ac, const WifiMacHeader& header)
{
    m_stations.CountQueued(ac, header, -1);
    if (m_stations.Asleep() > 0 && header.IsData())
    {
        m_unicast->OnLeft(header.GetAddr1());
    }
}

// Stations

void
DtimApMac::OnAssociated(uint16_t aid, Mac48Address address)
{
    m_unicast->OnWake(address); // should it have slept in an association before
    const bool qos = m_ap->GetWifiRemoteStationManager()->GetQosSupported(address);
    const auto& station = m_stations.Associate(address, aid, qos, m_ap->GetQosSupported());
    NS_ABORT_MSG_IF(station.capabilities.deliveryEnabled != 0 && !station.qos,
                    "DtimStation: Fetch ServicePeriod needs an access point with QoS");
    if (m_delivery)
    {
        m_delivery->Join(MemberOf(address, station));
    }
    Simulator::ScheduleNow(&DtimApMac::ReformatWaiting, this); // ns-3's queue may have just sent the association response
    TellStations();
}

void
DtimApMac::OnDeassociated(uint16_t, Mac48Address address)
{
    const auto* station = m_stations.Find(address);
    if (!station)
    {
        return;
    }
    if (m_delivery)
    {
        m_delivery->Leave(MemberOf(address, *station));
    }
    if (m_measure)
    {
        m_measure->Forget(address);
    }
    m_unicast->Forget(address);
    m_stations.Forget(address);
    m_groups->Exchange().Acks().Leave(ToCore(address));
    TellStations();
}

void
DtimApMac::OnReceive(Ptr<const WifiPsdu> psdu, RxSignalInfo signal, wifi_api::RxVector vector,
                     wifi_api::RxStatus status)
{
    const auto& header = psdu->GetHeader(0);
    if (header.IsAssocReq() || header.IsReassocReq())
    {
        m_stations.ReadRequest(header, psdu->GetPayload(0));
    }
    if (m_groups->Exchange().TakeAnswer(psdu))
    {
        return;
    }
    // The MAC first: a frame that associates a station has to be known before its Power Management bit is read.
    wifi_api::PassUp(m_ap, psdu, signal, vector, status);
    if (wifi_api::IsPsPoll(header) && psdu->GetAddr1() == m_ap->GetAddress() && m_stations.IsAsleep(header.GetAddr2()))
    {
        m_unicast->OnPoll(header.GetAddr2());
    }
    if (header.IsCtl() || psdu->GetAddr1() != m_ap->GetAddress())
    {
        return;
    }
    const auto last = psdu->GetNMpdus() - 1;
    OnFrameOf(psdu->GetHeader(last), psdu->GetPayload(last), static_cast<double>(signal.rssi));
}

void
DtimApMac::OnFrameOf(const WifiMacHeader& header, Ptr<const Packet> body, double signal)
{
    WifiPowerTag tag;
    const auto address = header.GetAddr2();
    if (!body->PeekPacketTag(tag))
    {
        SetAsleep(address, wifi_api::IsPowerManagement(header)); // a station without DtimStation
        return;
    }
    const bool slept = m_stations.IsAsleep(address);
    m_stations.NoteSignal(address, signal);
    SetAsleep(address, tag.powerManagement);
    WifiStandInTag standIn;
    body->PeekPacketTag(standIn);
    const auto* station = m_stations.Find(address);
    if (standIn.kind == WifiStandInTag::ACTION)
    {
        OnAction(address, body);
    }
    if (!slept || !station || !station->asleep)
    {
        return;
    }
    if (tag.pollAid != 0)
    {
        m_unicast->OnPoll(address);
    }
    else if (station->capabilities.deliveryEnabled != 0 && (header.IsQosData() || standIn.kind == WifiStandInTag::QOS_NULL))
    {
        m_unicast->OnTrigger(address);
    }
}

void
DtimApMac::SetAsleep(Mac48Address address, bool asleep)
{
    if (!m_stations.SetAsleep(address, asleep))
    {
        return;
    }
    NS_LOG_DEBUG(address << (asleep ? " sleeps" : " is awake"));
    m_owner->m_powerSave(address, asleep);
    asleep ? m_unicast->OnSleep(address) : m_unicast->OnWake(address);
    TellStations();
    if (!asleep)
    {
        wifi_api::RequestAccess(m_ap);
    }
}

void
DtimApMac::TellStations()
{
    if (m_owner->m_rate == DtimAp::ALL_MEMBERS)
    {
        ChooseRate();
    }
    m_groups->TellStations(m_stations.All().size(), m_stations.Asleep());
}

// Unicast frames

// What had to wait for a burst.
void
DtimApMac::ServeSleepers()
{
    if (m_stations.Asleep() > 0 && m_groups->Core().MaySendToSleepers())
    {
        m_unicast->PumpSoon();
        Simulator::ScheduleNow(&wifi_api::RequestAccess, m_ap);
    }
}

// Beacons and transmissions

void
DtimApMac::PutTim(Ptr<WifiMpdu> beacon)
{
    const auto fields = m_groups->NextBeacon();
    wifi::Tim tim;
    tim.dtimCount = fields.dtimCount;
    tim.dtimPeriod = fields.dtimPeriod;
    tim.groupTraffic = fields.groupTraffic;
    m_unicast->Expire();
    m_stations.FillTim(tim);
    auto body = wifi::WithTim(OctetsOf(beacon->GetPacket()), tim, m_groups->Core().Config().timPosition);
    if (m_delivery)
    {
        const auto fms = m_delivery->FmsElement(m_groups->WaitingGroups(), m_groups->Core().DtimNumber());
        body.insert(body.end(), fms.begin(), fms.end());
        const auto leaders = LeaderElement();
        body.insert(body.end(), leaders.begin(), leaders.end());
    }
    m_replacing = true;
    m_ap->GetTxopQueue(AC_BEACON)
        ->Replace(beacon, Create<WifiMpdu>(Create<Packet>(body.data(), body.size()), beacon->GetHeader()));
    m_replacing = false;
}

mcast::Bytes
DtimApMac::LeaderElement()
{
    std::vector<std::pair<mcast::MacAddress, wifi::Aid>> leaders;
    for (const auto& [group, leader] : m_groups->Exchange().Acks().Leaders())
    {
        if (const auto* station = m_stations.Find(FromCore(leader)))
        {
            leaders.emplace_back(group, station->aid);
        }
    }
    return wifi::WriteGroupLeaders(leaders);
}

void
DtimApMac::OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double)
{
    const auto& psdu = psdus.begin()->second;
    const auto& header = psdu->GetHeader(0);
    if (IsGroupData(header))
    {
        OnGroupSent(*psdu);
    }
    m_groups->OnTransmit(psdu, vector);
    if (header.IsBeacon())
    {
        // The PHY is not yet in its new state here, and would grant access at once.
        Simulator::ScheduleNow(&DtimApMac::OnBeaconSent, this);
    }
    else if (header.IsData() && !header.GetAddr1().IsGroup())
    {
        OnUnicastSent(*psdu);
    }
    if (!m_owner->m_airtime.IsEmpty())
    {
        m_owner->m_airtime(KindOf(*psdu), wifi_api::Airtime(psdu, vector, m_ap->GetWifiPhy()));
    }
}

std::string
DtimApMac::KindOf(const WifiPsdu& psdu) const
{
    const auto& header = psdu.GetHeader(0);
    if (header.IsBlockAckReq() && m_groups->Exchange().IsBusy())
    {
        return ToString(wifi::Method::GcrBlockAck);
    }
    if (!header.IsData())
    {
        return header.IsBeacon() ? "beacon" : "other";
    }
    WifiMethodTag tag;
    const bool tagged = m_delivery && psdu.GetPayload(0)->PeekPacketTag(tag);
    return tagged || IsGroupData(header) ? ToString(static_cast<wifi::Method>(tag.method)) : "unicast";
}

// Up to 3.47 a group frame has left its queue by now, from 3.48 on it does when it is over: its More Data bit has to be there
// before that.
void
DtimApMac::OnGroupSent(const WifiPsdu& psdu)
{
    const auto sent = *psdu.begin();
    const auto queued = wifi_api::OriginalOf(sent, 0);
    m_groups->OnDequeued(queued);
    if (queued != sent)
    {
        wifi_api::SetMoreData(sent->GetHeader(), queued->GetHeader().IsMoreData());
    }
}

void
DtimApMac::OnBeaconSent()
{
    m_groups->OnBeaconSent();
}

void
DtimApMac::OnUnicastSent(const WifiPsdu& psdu)
{
    const auto* station = m_stations.Find(psdu.GetAddr1());
    if (!station || !station->asleep)
    {
        return;
    }
    // 9.2.4.1.8: more frames wait for it. The headers are this transmission's, and their size stays.
    const bool more = station->Queued() > psdu.GetNMpdus();
    const bool ends = m_unicast->EndsServicePeriod(psdu.GetAddr1());
    for (auto mpdu = psdu.begin(); mpdu != psdu.end(); ++mpdu)
    {
        auto& header = (*mpdu)->GetHeader();
        wifi_api::SetMoreData(header, more);
        if (header.IsQosData())
        {
            ends ? header.SetQosEosp() : header.SetQosNoEosp();
        }
    }
}

void
DtimApMac::ChooseRate()
{
    const auto choice = Same<wifi::RateChoice>(static_cast<int>(m_owner->m_rate) - 1);
    ChooseGroupRate(m_ap, choice, m_stations.Rates());
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
