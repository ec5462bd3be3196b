// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-dtim-ap-mac.h"
#include "multicast-dtim-ap.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-frames.h"
#include "multicast-wifi-rate.h"
#include "multicast-wifi-tag.h"

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
        m_groups = std::make_unique<DtimGroupQueue>(m_owner, m_ap, config);
    }
    if (m_owner->m_rate != DtimAp::UNCHANGED)
    {
        ChooseRate();
    }
    m_delivery.reset();
    if (m_owner->m_method != DtimAp::NO_ACK || m_owner->m_automatic != DtimAp::OFF || m_owner->m_snooping ||
        !m_owner->m_groupMethods.empty())
    {
        m_delivery = std::make_unique<WifiDelivery>(*m_owner);
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
    if (m_inner)
    {
        m_inner->Dispose();
    }
    m_inner = nullptr;
    m_owner = nullptr;
    m_ap = nullptr;
    m_groups.reset();
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
        return !m_groups->Core().CanRelease();
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
        if (!AdmitUnicast(ac, mpdu))
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
    if (m_shortLifetime)
    {
        m_ap->GetTxopQueue(m_shortLifetime->first)->SetMaxDelay(m_shortLifetime->second);
        m_shortLifetime.reset();
    }
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
            m_stations.CountQueued(ac, mpdu->GetHeader(), -1);
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
            m_stations.CountQueued(ac, mpdu->GetHeader(), -1);
        }
    }
}

// Stations

void
DtimApMac::OnAssociated(uint16_t aid, Mac48Address address)
{
    const bool qos = m_ap->GetQosSupported() && m_ap->GetWifiRemoteStationManager()->GetQosSupported(address);
    const auto& station = m_stations.Associate(address, aid, qos);
    if (m_delivery)
    {
        m_delivery->Join(MemberOf(address, station));
    }
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
    m_stations.Forget(address);
    TellStations();
}

void
DtimApMac::OnReceive(Ptr<const WifiPsdu> psdu, RxSignalInfo signal, wifi_api::RxVector vector,
                     wifi_api::RxStatus status)
{
    const auto& header = psdu->GetHeader(0);
    if (header.IsAssocReq() || header.IsReassocReq())
    {
        m_stations.ReadRates(header.GetAddr2(), psdu->GetPayload(0));
    }
    // The MAC first: a frame that associates a station has to be known before its Power Management bit is read.
    wifi_api::PassUp(m_ap, psdu, signal, vector, status);
    if (header.IsCtl() || psdu->GetAddr1() != m_ap->GetAddress())
    {
        return;
    }
    const auto last = psdu->GetNMpdus() - 1;
    OnFrameOf(psdu->GetHeader(last), psdu->GetPayload(last));
}

void
DtimApMac::OnFrameOf(const WifiMacHeader& header, Ptr<const Packet> body)
{
    WifiPowerTag tag;
    const auto address = header.GetAddr2();
    if (!body->PeekPacketTag(tag))
    {
        SetAsleep(address, wifi_api::IsPowerManagement(header)); // a station without DtimStation; polls are ns-3's business
        return;
    }
    SetAsleep(address, tag.powerManagement);
    if (tag.pollAid != 0 && m_stations.Grant(address))
    {
        wifi_api::RequestAccess(m_ap);
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

// What Hidden() hid during a burst.
void
DtimApMac::ServeSleepers()
{
    if (m_stations.Asleep() > 0 && m_groups->Core().MaySendToSleepers())
    {
        Simulator::ScheduleNow(&wifi_api::RequestAccess, m_ap);
    }
}

bool
DtimApMac::AdmitUnicast(AcIndex ac, Ptr<WifiMpdu> mpdu)
{
    const auto address = mpdu->GetHeader().GetAddr1();
    if (!m_stations.IsAsleep(address))
    {
        return true;
    }
    if (m_stations.Find(address)->queued[ac] >= m_owner->m_unicastMaxFrames)
    {
        m_owner->m_dropped(mpdu->GetPacket(), address, ToString(wifi::DropReason::BufferFull));
        return false;
    }
    // A queue gives each frame the lifetime that is set when it comes; NotifyEnqueue sets the old one again.
    const auto queue = m_ap->GetTxopQueue(ac);
    if (!m_shortLifetime)
    {
        m_shortLifetime = std::make_pair(ac, queue->GetMaxDelay());
    }
    queue->SetMaxDelay(std::max(m_owner->m_unicastLifetime, m_shortLifetime->second));
    return true;
}

// Group frames

void
DtimApMac::AdmitGroup(AcIndex ac, Ptr<WifiMpdu> mpdu)
{
    if (!m_delivery)
    {
        m_groups->Keep(ac, Reformat(mpdu));
        m_groups->Pump();
        return;
    }
    const auto plan = m_delivery->MakePlan(*mpdu, Members(), m_groups->Core().DtimNumber());
    if (plan.drop)
    {
        m_owner->m_dropped(mpdu->GetPacket(), mpdu->GetHeader().GetAddr1(), ToString(*plan.drop));
    }
    else if (!plan.consumed)
    {
        Deliver(ac, mpdu, plan);
    }
    ScheduleDelivery();
    m_groups->Pump();
}

void
DtimApMac::Deliver(AcIndex ac, Ptr<WifiMpdu> mpdu, const WifiDelivery::Plan& plan)
{
    WifiMethodTag tag;
    tag.method = static_cast<uint8_t>(plan.method.method);
    mpdu->GetPacket()->AddPacketTag(tag);
    const auto format = plan.method.method == wifi::Method::UnicastPayload ? CopyFormat::QOS : CopyFormat::AMSDU;
    for (const auto& member : plan.copies)
    {
        const auto copy = CopyForStation(*mpdu, member.address, m_ap->GetAddress(), member.qos ? format : CopyFormat::PLAIN);
        const auto txop = wifi_api::TxopOf(m_ap, m_ap->GetTxopQueue(ac) ? ac : AC_BE_NQOS);
        Simulator::ScheduleNow([txop, copy]() { txop->Queue(copy); }); // this queue is being used by our caller
    }
    if (plan.groupFrame)
    {
        const bool repeat = plan.method.method == wifi::Method::GcrUnsolicitedRetry;
        m_groups->Keep(ac, Reformat(mpdu), plan.notBeforeDtim, repeat ? plan.method.retries : 0);
    }
}

WifiDelivery::Member
DtimApMac::MemberOf(Mac48Address address, const WifiStations::Station& station)
{
    return {address, station.aid, station.qos, station.asleep, station.rates};
}

std::vector<WifiDelivery::Member>
DtimApMac::Members() const
{
    std::vector<WifiDelivery::Member> members;
    for (const auto& [address, station] : m_stations.All())
    {
        members.push_back(MemberOf(address, station));
    }
    return members;
}

void
DtimApMac::SendQueries()
{
    m_delivery->Advance();
    for (const auto& [body, group] : m_delivery->PollQueries())
    {
        WifiMacHeader header(WIFI_MAC_DATA);
        header.SetAddr1(group);
        header.SetAddr2(m_ap->GetAddress());
        header.SetAddr3(m_ap->GetAddress());
        header.SetDsFrom();
        header.SetDsNotTo();
        const auto ac = m_ap->GetQosSupported() ? AC_VO : AC_BE_NQOS;
        m_groups->Keep(ac, Create<WifiMpdu>(body, header));
    }
    m_groups->Pump();
    ScheduleDelivery();
}

void
DtimApMac::ScheduleDelivery()
{
    const auto deadline = m_delivery->NextDeadline();
    m_deliveryEvent.Cancel();
    if (deadline)
    {
        const auto at = std::max(*deadline, Simulator::Now());
        m_deliveryEvent = Simulator::Schedule(at - Simulator::Now(), &DtimApMac::SendQueries, this);
    }
}

Ptr<WifiMpdu>
DtimApMac::Reformat(Ptr<WifiMpdu> mpdu) const
{
    return mpdu->GetHeader().IsQosData() && !UseQos() ? ToPlainData(mpdu) : mpdu;
}

bool
DtimApMac::NeedsPlainData(Mac48Address address) const
{
    // ns-3's AP with QoS sends QoS data to all; stations without QoS neither acknowledge nor receive it.
    const auto* station = m_stations.Find(address);
    return station && !station->qos;
}

bool
DtimApMac::UseQos() const
{
    return m_owner->m_groupQos == DtimAp::QOS_UNCHANGED ||
           (m_owner->m_groupQos == DtimAp::QOS_IF_ALL && m_stations.AllQos());
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
    m_stations.FillTim(tim);
    auto body = wifi::WithTim(OctetsOf(beacon->GetPacket()), tim, m_groups->Core().Config().timPosition);
    if (m_delivery)
    {
        const auto fms = m_delivery->FmsElement(m_groups->WaitingGroups(), m_groups->Core().DtimNumber());
        body.insert(body.end(), fms.begin(), fms.end());
    }
    m_replacing = true;
    m_ap->GetTxopQueue(AC_BEACON)
        ->Replace(beacon, Create<WifiMpdu>(Create<Packet>(body.data(), body.size()), beacon->GetHeader()));
    m_replacing = false;
}

void
DtimApMac::OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double)
{
    const auto& psdu = psdus.begin()->second;
    const auto& header = psdu->GetHeader(0);
    std::string what = "other";
    if (header.IsBeacon())
    {
        what = "beacon";
        // The PHY is not yet in its new state here, and would grant access at once.
        Simulator::ScheduleNow(&DtimApMac::OnBeaconSent, this);
    }
    else if (header.IsData())
    {
        WifiMethodTag tag;
        const bool group = IsGroupData(header);
        const bool tagged = m_delivery && psdu->GetPayload(0)->PeekPacketTag(tag);
        what = group || tagged ? ToString(static_cast<wifi::Method>(tag.method)) : "unicast";
        if (!group)
        {
            OnUnicastSent(*psdu);
        }
    }
    if (!m_owner->m_airtime.IsEmpty())
    {
        m_owner->m_airtime(what, wifi_api::Airtime(psdu, vector, m_ap->GetWifiPhy()));
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
    for (auto mpdu = psdu.begin(); mpdu != psdu.end(); ++mpdu)
    {
        wifi_api::SetMoreData((*mpdu)->GetHeader(), more);
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
