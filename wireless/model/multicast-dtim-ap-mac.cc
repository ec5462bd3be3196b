// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-dtim-ap-mac.h"
#include "multicast-dtim-ap.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-tag.h"

#include "ns3/log.h"
#include "ns3/mgt-headers.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/wifi-remote-station-manager.h"

#include <algorithm>
#include <numeric>

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

bool
IsGroupData(const WifiMacHeader& header)
{
    return header.IsData() && header.GetAddr1().IsGroup();
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
    if (m_core)
    {
        m_core->Configure(config);
    }
    else
    {
        m_core = std::make_unique<wifi::DtimScheduler>(config);
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
    m_pumpEvent.Cancel();
    m_deadlineEvent.Cancel();
    m_deliveryEvent.Cancel();
    m_delivery.reset();
    if (m_inner)
    {
        m_inner->Dispose();
    }
    m_inner = nullptr;
    m_owner = nullptr;
    m_ap = nullptr;
    m_group.clear();
    m_inQueue.clear();
    WifiMacQueueScheduler::DoDispose();
}

// Read out

std::size_t
DtimApMac::Waiting() const
{
    return m_core->Waiting();
}

std::size_t
DtimApMac::Sleeping() const
{
    return m_asleep;
}

std::size_t
DtimApMac::Associated() const
{
    return m_stations.size();
}

bool
DtimApMac::IsSleeping(Mac48Address station) const
{
    const auto it = m_stations.find(station);
    return it != m_stations.end() && it->second.asleep;
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
        return !m_core->CanRelease();
    }
    if (m_asleep == 0)
    {
        return false;
    }
    const auto receiver = wifi_api::ReceiverOf(queue);
    if (!receiver)
    {
        return false;
    }
    const auto it = m_stations.find(*receiver);
    const bool asleep = it != m_stations.end() && it->second.asleep;
    return (asleep && it->second.granted == 0) || !m_core->MaySendToSleepers();
}

Ptr<WifiMpdu>
DtimApMac::HasToDropBeforeEnqueue(AcIndex ac, Ptr<WifiMpdu> mpdu)
{
    const auto& header = mpdu->GetHeader();
    if (!m_passing && ac != AC_BEACON && IsGroupData(header))
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
    CountUnicast(ac, mpdu->GetHeader(), 1);
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
            OnGroupDequeued(mpdu);
        }
        else
        {
            CountUnicast(ac, mpdu->GetHeader(), -1);
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
        if (!IsGroupData(mpdu->GetHeader()))
        {
            CountUnicast(ac, mpdu->GetHeader(), -1);
            continue;
        }
        // ns-3's queue gave it up: too old or no room. TakeBack() is told by `queued`.
        const auto it = Find(mpdu);
        if (it != m_group.end() && it->second.queued)
        {
            it->second.queued = false;
            m_inQueue.erase(PeekPointer(mpdu));
            m_core->Withdraw(ToTimePoint(Simulator::Now()), it->first);
            PumpSoon();
        }
    }
}

// Stations

void
DtimApMac::OnAssociated(uint16_t aid, Mac48Address address)
{
    auto& station = m_stations[address];
    if (station.asleep)
    {
        --m_asleep;
    }
    station.aid = aid;
    station.asleep = false;
    station.granted = 0;
    station.qos = m_ap->GetWifiRemoteStationManager()->GetQosSupported(address);
    if (m_delivery)
    {
        m_delivery->Join(MemberOf(address, station));
    }
    TellStations();
}

void
DtimApMac::OnDeassociated(uint16_t, Mac48Address address)
{
    const auto it = m_stations.find(address);
    if (it == m_stations.end())
    {
        return;
    }
    if (it->second.asleep)
    {
        --m_asleep;
    }
    if (m_delivery)
    {
        m_delivery->Leave(MemberOf(address, it->second));
    }
    m_stations.erase(it);
    m_rates.erase(address);
    TellStations();
}

void
DtimApMac::OnReceive(Ptr<const WifiPsdu> psdu, RxSignalInfo signal, wifi_api::RxVector vector,
                     wifi_api::RxStatus status)
{
    const auto& header = psdu->GetHeader(0);
    if (header.IsAssocReq() || header.IsReassocReq())
    {
        ReadRates(header.GetAddr2(), psdu->GetPayload(0));
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
    if (!body->PeekPacketTag(tag))
    {
        return; // a station without DtimStation: it never sleeps
    }
    const auto address = header.GetAddr2();
    SetAsleep(address, tag.powerManagement);
    if (tag.pollAid != 0)
    {
        Grant(address);
    }
}

void
DtimApMac::ReadRates(Mac48Address station, Ptr<const Packet> request)
{
    const auto octets = OctetsOf(request);
    const auto elements = mcast::BytesView(octets).Sub(4); // behind Capability Information and Listen Interval
    auto& rates = m_rates[station];
    rates.clear();
    for (const uint8_t id : {1, 50}) // Supported Rates, Extended Supported Rates (9.4.2.3, 9.4.2.13)
    {
        const auto element = wifi::FindElement(elements, id);
        for (std::size_t i = 2; i < element.Size(); ++i)
        {
            rates.push_back(element[i] & 0x7f); // without the bit that says basic
        }
    }
}

void
DtimApMac::SetAsleep(Mac48Address address, bool asleep)
{
    const auto it = m_stations.find(address);
    if (it == m_stations.end() || it->second.asleep == asleep)
    {
        return;
    }
    NS_LOG_DEBUG(address << (asleep ? " sleeps" : " is awake"));
    it->second.asleep = asleep;
    it->second.granted = 0;
    m_asleep += asleep ? 1 : -1;
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
    m_core->Stations(ToTimePoint(Simulator::Now()), m_stations.size(), m_asleep);
    if (m_owner->m_rate == DtimAp::ALL_MEMBERS)
    {
        ChooseRate();
    }
    TakeBack();
    PumpSoon();
    Drain();
}

// Unicast frames

std::size_t
DtimApMac::Station::Queued() const
{
    return std::accumulate(queued.begin(), queued.end(), std::size_t{0});
}

bool
DtimApMac::AdmitUnicast(AcIndex ac, Ptr<WifiMpdu> mpdu)
{
    if (m_asleep == 0)
    {
        return true;
    }
    const auto address = mpdu->GetHeader().GetAddr1();
    const auto it = m_stations.find(address);
    if (it == m_stations.end() || !it->second.asleep)
    {
        return true;
    }
    if (it->second.queued[ac] >= m_owner->m_unicastMaxFrames)
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

void
DtimApMac::CountUnicast(AcIndex ac, const WifiMacHeader& header, int change)
{
    if (!header.IsData() || header.GetAddr1().IsGroup())
    {
        return;
    }
    const auto it = m_stations.find(header.GetAddr1());
    if (it == m_stations.end())
    {
        return;
    }
    auto& queued = it->second.queued[ac];
    queued = change < 0 && queued == 0 ? 0 : queued + change; // frames of before the association were not counted
    if (change < 0 && it->second.granted > 0)
    {
        --it->second.granted;
    }
}

void
DtimApMac::Grant(Mac48Address address)
{
    const auto it = m_stations.find(address);
    if (it != m_stations.end() && it->second.asleep && it->second.granted == 0 && it->second.Queued() > 0)
    {
        it->second.granted = 1;
        wifi_api::RequestAccess(m_ap);
    }
}

// Group frames

void
DtimApMac::AdmitGroup(AcIndex ac, Ptr<WifiMpdu> mpdu)
{
    if (m_delivery)
    {
        const auto plan = m_delivery->MakePlan(*mpdu, Members(), m_core->DtimNumber());
        if (plan.drop)
        {
            m_owner->m_dropped(mpdu->GetPacket(), mpdu->GetHeader().GetAddr1(), ToString(*plan.drop));
        }
        else if (!plan.consumed)
        {
            Deliver(ac, mpdu, plan);
        }
        ScheduleDelivery();
    }
    else
    {
        Keep(ac, Reformat(mpdu), 0, 0);
    }
    Drain();
    Pump();
}

void
DtimApMac::Deliver(AcIndex ac, Ptr<WifiMpdu> mpdu, const WifiDelivery::Plan& plan)
{
    WifiMethodTag tag;
    tag.method = static_cast<uint8_t>(plan.method.method);
    mpdu->GetPacket()->AddPacketTag(tag);
    const bool amsdu = plan.method.method != wifi::Method::UnicastPayload;
    for (const auto& member : plan.copies)
    {
        const auto copy = WifiDelivery::CopyFor(member, *mpdu, m_ap->GetAddress(), amsdu, m_ap->GetQosSupported());
        const auto txop = wifi_api::TxopOf(m_ap, m_ap->GetTxopQueue(ac) ? ac : AC_BE_NQOS);
        Simulator::ScheduleNow([txop, copy]() { txop->Queue(copy); }); // this queue is being used by our caller
    }
    if (!plan.groupFrame)
    {
        return;
    }
    const auto first = Reformat(mpdu);
    const auto id = Keep(ac, first, plan.notBeforeDtim, 0);
    const unsigned repetitions = plan.method.method == wifi::Method::GcrUnsolicitedRetry ? plan.method.retries : 0;
    for (unsigned i = 0; i < repetitions; ++i)
    {
        auto header = first->GetHeader();
        header.SetRetry();
        Keep(ac, Create<WifiMpdu>(first->GetPacket(), header), plan.notBeforeDtim, id);
    }
}

wifi::FrameId
DtimApMac::Keep(AcIndex ac, Ptr<WifiMpdu> mpdu, std::uint64_t notBeforeDtim, wifi::FrameId original)
{
    const auto id = ++m_lastId;
    m_group.emplace(id, GroupEntry{ac, mpdu, false, original});
    wifi::GroupFrame frame;
    frame.id = id;
    frame.destination = ToCore(mpdu->GetHeader().GetAddr1());
    frame.octets = mpdu->GetPacketSize();
    frame.notBeforeDtim = notBeforeDtim;
    m_core->Enqueue(ToTimePoint(Simulator::Now()), frame);
    return id;
}

void
DtimApMac::NumberRepetitions(wifi::FrameId original, uint16_t sequence)
{
    for (auto it = m_group.upper_bound(original); it != m_group.end() && it->second.original == original; ++it)
    {
        it->second.mpdu->GetHeader().SetSequenceNumber(sequence);
    }
}

void
DtimApMac::PromoteRepetition(wifi::FrameId original)
{
    // The frame is gone before it was sent: its first repetition gets a number of its own, and the others get that one.
    const auto first = m_group.upper_bound(original);
    for (auto it = first; it != m_group.end() && it->second.original == original; ++it)
    {
        it->second.original = it == first ? 0 : first->first;
        if (it == first)
        {
            it->second.mpdu->GetHeader().SetNoRetry();
        }
    }
}

WifiDelivery::Member
DtimApMac::MemberOf(Mac48Address address, const Station& station) const
{
    const auto rates = m_rates.find(address);
    return {address, station.aid, station.qos, station.asleep,
            rates == m_rates.end() ? std::vector<uint32_t>() : rates->second};
}

std::vector<WifiDelivery::Member>
DtimApMac::Members() const
{
    std::vector<WifiDelivery::Member> members;
    for (const auto& [address, station] : m_stations)
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
        Keep(ac, Create<WifiMpdu>(body, header), 0, 0);
    }
    Drain();
    Pump();
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
    const auto it = m_stations.find(address);
    return it != m_stations.end() && !it->second.qos;
}

Ptr<WifiMpdu>
DtimApMac::ToPlainData(Ptr<WifiMpdu> mpdu)
{
    const auto& old = mpdu->GetHeader();
    WifiMacHeader header(WIFI_MAC_DATA);
    header.SetAddr1(old.GetAddr1());
    header.SetAddr2(old.GetAddr2());
    header.SetAddr3(old.GetAddr3());
    header.SetDsFrom();
    header.SetDsNotTo();
    return Create<WifiMpdu>(mpdu->GetPacket(), header);
}

bool
DtimApMac::UseQos() const
{
    return m_owner->m_groupQos == DtimAp::QOS_UNCHANGED ||
           (m_owner->m_groupQos == DtimAp::QOS_IF_ALL &&
            std::all_of(m_stations.begin(), m_stations.end(), [](const auto& one) { return one.second.qos; }));
}

void
DtimApMac::Pump()
{
    if (m_core->GetState() != wifi::DtimScheduler::State::Open)
    {
        // The next one when this one is on the air.
        if (!m_inQueue.empty())
        {
            wifi_api::RequestAccess(m_ap); // it may have been hidden
            return;
        }
        const auto next = m_core->Next();
        if (const auto it = next ? m_group.find(*next) : m_group.end(); it != m_group.end())
        {
            QueueGroup(it->first, it->second);
        }
        return;
    }
    for (auto it = m_group.begin(); it != m_group.end();)
    {
        const auto here = it++;
        if (!here->second.queued)
        {
            QueueGroup(here->first, here->second);
        }
    }
}

void
DtimApMac::PumpSoon()
{
    if (!m_pumpEvent.IsExpired() || m_group.empty())
    {
        return;
    }
    m_pumpEvent = Simulator::ScheduleNow(&DtimApMac::Pump, this);
}

bool
DtimApMac::QueueGroup(wifi::FrameId id, GroupEntry& entry)
{
    const auto ac = m_ap->GetTxopQueue(entry.ac) ? entry.ac : AC_BE_NQOS;
    entry.queued = true;
    m_inQueue.emplace(PeekPointer(entry.mpdu), id);
    m_passing = true;
    wifi_api::TxopOf(m_ap, ac)->Queue(entry.mpdu);
    m_passing = false;
    if (entry.mpdu->IsQueued() || m_inQueue.count(PeekPointer(entry.mpdu)) == 0)
    {
        return true;
    }
    m_inQueue.erase(PeekPointer(entry.mpdu)); // no room
    entry.queued = false;
    m_core->Withdraw(ToTimePoint(Simulator::Now()), id);
    Drain();
    return false;
}

void
DtimApMac::TakeBack()
{
    if (m_inQueue.empty() || m_core->CanRelease())
    {
        return;
    }
    for (auto& [id, entry] : m_group)
    {
        if (!entry.queued || !entry.mpdu->IsQueued() ||
            wifi_api::TxopOf(m_ap, entry.ac)->GetAccessStatus(0) == Txop::GRANTED)
        {
            continue; // it may be on its way
        }
        entry.queued = false;
        m_inQueue.erase(PeekPointer(entry.mpdu));
        m_ap->GetTxopQueue(entry.ac)->Remove(entry.mpdu);
    }
}

void
DtimApMac::OnGroupDequeued(Ptr<WifiMpdu> mpdu)
{
    const auto it = Find(mpdu);
    if (it == m_group.end())
    {
        return;
    }
    m_inQueue.erase(PeekPointer(mpdu));
    if (it->second.original == 0)
    {
        NumberRepetitions(it->first, mpdu->GetHeader().GetSequenceNumber());
    }
    const auto release = m_core->Release(ToTimePoint(Simulator::Now()), it->first);
    if (release)
    {
        wifi_api::SetMoreData(mpdu->GetHeader(), release->moreData);
        m_owner->m_released(mpdu->GetPacket(), mpdu->GetHeader().GetAddr1(), FromCore(release->waited));
    }
    m_group.erase(it);
    Drain();
    PumpSoon();
    if (m_asleep > 0 && m_core->MaySendToSleepers())
    {
        Simulator::ScheduleNow(&wifi_api::RequestAccess, m_ap); // for what Hidden() hid during the burst
    }
}

DtimApMac::GroupFrames::iterator
DtimApMac::Find(Ptr<const WifiMpdu> mpdu)
{
    const auto it = m_inQueue.find(PeekPointer(mpdu));
    return it == m_inQueue.end() ? m_group.end() : m_group.find(it->second);
}

// Beacons and transmissions

void
DtimApMac::PutTim(Ptr<WifiMpdu> beacon)
{
    const auto now = ToTimePoint(Simulator::Now());
    const auto fields = m_core->NextBeacon(now);
    Drain();
    wifi::Tim tim;
    tim.dtimCount = fields.dtimCount;
    tim.dtimPeriod = fields.dtimPeriod;
    tim.groupTraffic = fields.groupTraffic;
    for (const auto& [address, station] : m_stations)
    {
        tim.stations.set(station.aid, station.asleep && station.Queued() > 0);
    }
    auto body = wifi::WithTim(OctetsOf(beacon->GetPacket()), tim, m_core->Config().timPosition);
    if (m_delivery)
    {
        std::set<mcast::MacAddress> waiting;
        for (const auto& [id, entry] : m_group)
        {
            waiting.insert(ToCore(entry.mpdu->GetHeader().GetAddr1()));
        }
        const auto fms = m_delivery->FmsElement(waiting, m_core->DtimNumber());
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
    m_core->BeaconSent(ToTimePoint(Simulator::Now()));
    Drain();
    Pump();
}

void
DtimApMac::OnUnicastSent(const WifiPsdu& psdu)
{
    const auto it = m_stations.find(psdu.GetAddr1());
    if (it == m_stations.end() || !it->second.asleep)
    {
        return;
    }
    // 9.2.4.1.8: more frames wait for it. The headers are this transmission's, and their size stays.
    const bool more = it->second.Queued() > psdu.GetNMpdus();
    for (auto mpdu = psdu.begin(); mpdu != psdu.end(); ++mpdu)
    {
        wifi_api::SetMoreData((*mpdu)->GetHeader(), more);
    }
}

void
DtimApMac::ChooseRate()
{
    const auto manager = m_ap->GetWifiRemoteStationManager();
    const auto phy = m_ap->GetWifiPhy();
    std::vector<wifi::Rate> basic;
    std::map<wifi::Rate, WifiMode> modes;
    for (const auto& mode : phy->GetModeList())
    {
        const auto rate = static_cast<wifi::Rate>(mode.GetDataRate(20) / 500000);
        modes.emplace(rate, mode);
        if (mode.IsMandatory())
        {
            basic.push_back(rate);
        }
    }
    for (uint8_t i = 0; i < manager->GetNBasicModes(); ++i)
    {
        basic.push_back(static_cast<wifi::Rate>(manager->GetBasicMode(i).GetDataRate(20) / 500000));
    }
    std::vector<std::vector<wifi::Rate>> members;
    for (const auto& [address, station] : m_stations)
    {
        const auto rates = m_rates.find(address);
        members.push_back(rates == m_rates.end() ? std::vector<uint32_t>() : rates->second);
    }
    const auto choice = Same<wifi::RateChoice>(static_cast<int>(m_owner->m_rate) - 1);
    const auto found = modes.find(wifi::ChooseRate(choice, basic, basic, members));
    if (found != modes.end())
    {
        manager->SetAttribute("NonUnicastMode", StringValue(found->second.GetUniqueName()));
    }
}

// The core

void
DtimApMac::Drain()
{
    while (const auto event = m_core->PollEvent())
    {
        switch (event->kind)
        {
        case wifi::DtimEventKind::Buffered:
            if (const auto it = m_group.find(event->id); it != m_group.end())
            {
                m_owner->m_buffered(it->second.mpdu->GetPacket(), it->second.mpdu->GetHeader().GetAddr1());
            }
            break;
        case wifi::DtimEventKind::Dropped:
            Forget(*event);
            break;
        case wifi::DtimEventKind::BurstBegins:
        case wifi::DtimEventKind::BurstEnds:
            m_owner->m_burst(event->kind == wifi::DtimEventKind::BurstBegins, event->value);
            break;
        case wifi::DtimEventKind::Released:
        case wifi::DtimEventKind::Overran:
        case wifi::DtimEventKind::Flushed:
            break;
        }
    }
    ScheduleDeadline();
}

void
DtimApMac::Forget(const wifi::DtimEvent& event)
{
    const auto it = m_group.find(event.id);
    if (it == m_group.end())
    {
        return;
    }
    const auto mpdu = it->second.mpdu;
    m_inQueue.erase(PeekPointer(mpdu));
    PromoteRepetition(it->first);
    m_group.erase(it);
    if (mpdu->IsQueued())
    {
        m_ap->GetTxopQueue(mpdu->GetQueueAc())->Remove(mpdu);
    }
    m_owner->m_dropped(mpdu->GetPacket(), mpdu->GetHeader().GetAddr1(), ToString(event.reason));
}

void
DtimApMac::ScheduleDeadline()
{
    const auto deadline = m_core->NextDeadline();
    if (!deadline || !m_deadlineEvent.IsExpired())
    {
        return; // one that comes too early asks again
    }
    const auto at = std::max(FromCoreRoundedUp(*deadline), Simulator::Now());
    m_deadlineEvent = Simulator::Schedule(at - Simulator::Now(), &DtimApMac::OnDeadline, this);
}

void
DtimApMac::OnDeadline()
{
    m_core->AdvanceTo(ToTimePoint(Simulator::Now()));
    Drain();
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
