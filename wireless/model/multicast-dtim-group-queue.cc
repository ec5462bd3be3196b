// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-dtim-ap.h"
#include "multicast-dtim-group-queue.h"
#include "multicast-wifi-convert.h"

#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

namespace wifi = mcast::wifi;

DtimGroupQueue::DtimGroupQueue(Ptr<DtimAp> owner, Ptr<ApWifiMac> mac, const wifi::DtimConfig& config,
                               WifiExchange::Told told)
    : m_owner(owner),
      m_ap(mac),
      m_core(config),
      m_exchange(
          mac, [this](const auto& outcome) { Settle(outcome); }, [this]() { PumpSoon(); }, std::move(told))
{
}

DtimGroupQueue::~DtimGroupQueue()
{
    m_pumpEvent.Cancel();
    m_deadlineEvent.Cancel();
}

// Frames in

void
DtimGroupQueue::Keep(AcIndex ac, Ptr<WifiMpdu> mpdu, std::uint64_t notBeforeDtim, unsigned repetitions)
{
    const auto id = Add({ac, mpdu}, notBeforeDtim);
    for (unsigned i = 0; i < repetitions; ++i)
    {
        auto header = mpdu->GetHeader();
        header.SetRetry();
        Add({ac, Create<WifiMpdu>(mpdu->GetPacket(), header), false, id}, notBeforeDtim);
    }
    Drain();
}

wifi::FrameId
DtimGroupQueue::Add(Entry entry, std::uint64_t notBeforeDtim)
{
    const auto id = ++m_lastId;
    wifi::GroupFrame frame;
    frame.id = id;
    frame.destination = entry.acknowledged ? entry.group : ToCore(entry.mpdu->GetHeader().GetAddr1());
    frame.octets = entry.mpdu->GetPacketSize();
    frame.notBeforeDtim = notBeforeDtim;
    frame.acknowledged = entry.acknowledged.has_value();
    m_frames.emplace(id, std::move(entry));
    m_core.Enqueue(ToTimePoint(Simulator::Now()), frame);
    return id;
}

void
DtimGroupQueue::NumberRepetitions(wifi::FrameId original, uint16_t sequence)
{
    for (auto it = m_frames.upper_bound(original); it != m_frames.end() && it->second.original == original; ++it)
    {
        wifi_api::NumberMpdu(it->second.mpdu, sequence, 0);
    }
}

void
DtimGroupQueue::PromoteRepetition(wifi::FrameId original)
{
    // The frame is gone before it was sent: its first repetition gets a number of its own, and the others get that one.
    const auto first = m_frames.upper_bound(original);
    for (auto it = first; it != m_frames.end() && it->second.original == original; ++it)
    {
        it->second.original = it == first ? 0 : first->first;
        if (it == first)
        {
            it->second.mpdu->GetHeader().SetNoRetry();
        }
    }
}

void
DtimGroupQueue::TellStations(std::size_t associated, std::size_t asleep)
{
    m_core.Stations(ToTimePoint(Simulator::Now()), associated, asleep);
    TakeBack();
    PumpSoon();
    Drain();
}

std::set<mcast::MacAddress>
DtimGroupQueue::WaitingGroups() const
{
    std::set<mcast::MacAddress> groups;
    for (const auto& [id, entry] : m_frames)
    {
        groups.insert(ToCore(entry.mpdu->GetHeader().GetAddr1()));
    }
    return groups;
}

std::vector<std::pair<AcIndex, Ptr<WifiMpdu>>>
DtimGroupQueue::WaitingFor(Mac48Address group) const
{
    std::vector<std::pair<AcIndex, Ptr<WifiMpdu>>> frames;
    for (const auto& [id, entry] : m_frames)
    {
        if (entry.original == 0 && entry.mpdu->GetHeader().GetAddr1() == group)
        {
            frames.emplace_back(entry.ac, entry.mpdu);
        }
    }
    return frames;
}

// To ns-3's queues and from them

void
DtimGroupQueue::Pump()
{
    if (m_exchange.IsBusy())
    {
        return;
    }
    if (m_core.GetState() == wifi::DtimScheduler::State::Open && !m_oneByOne)
    {
        for (auto it = m_frames.begin(); it != m_frames.end();)
        {
            const auto here = it++;
            // A stream of FMS waits here: ns-3's queue would drop it after half a second.
            if (!here->second.queued && m_core.CanRelease(here->first))
            {
                Queue(here->first, here->second);
            }
        }
        return;
    }
    // The next one when this one is on the air.
    if (!m_inQueue.empty())
    {
        wifi_api::RequestAccess(m_ap); // it may have been hidden
        return;
    }
    const auto next = m_core.Next();
    if (const auto it = next ? m_frames.find(*next) : m_frames.end(); it != m_frames.end())
    {
        Queue(it->first, it->second);
    }
}

void
DtimGroupQueue::PumpSoon()
{
    if (m_pumpEvent.IsExpired() && !m_frames.empty())
    {
        m_pumpEvent = Simulator::ScheduleNow(&DtimGroupQueue::Pump, this);
    }
}

Ptr<Txop>
DtimGroupQueue::TxopOf(const Entry& entry) const
{
    return wifi_api::TxopOf(m_ap, m_ap->GetTxopQueue(entry.ac) ? entry.ac : AC_BE_NQOS);
}

void
DtimGroupQueue::Queue(wifi::FrameId id, Entry& entry)
{
    const auto mpdu = entry.mpdu;
    entry.queued = true;
    m_inQueue.emplace(PeekPointer(mpdu), id);
    m_passing = true;
    TxopOf(entry)->Queue(mpdu);
    m_passing = false;
    if (mpdu->IsQueued() || m_inQueue.count(PeekPointer(mpdu)) == 0)
    {
        return;
    }
    m_inQueue.erase(PeekPointer(mpdu)); // no room
    entry.queued = false;
    m_core.Withdraw(ToTimePoint(Simulator::Now()), id);
    Drain();
}

// What may no longer go leaves ns-3's queues.
void
DtimGroupQueue::TakeBack()
{
    if (m_inQueue.empty() || m_core.CanRelease())
    {
        return;
    }
    for (auto& [id, entry] : m_frames)
    {
        TakeBack(entry);
    }
}

// \return false: ns-3 has it, and it may be on its way
bool
DtimGroupQueue::TakeBack(Entry& entry)
{
    if (!entry.queued)
    {
        return true;
    }
    if (!entry.mpdu->IsQueued() || wifi_api::TxopOf(m_ap, entry.ac)->GetAccessStatus(0) == Txop::GRANTED)
    {
        return false;
    }
    entry.queued = false;
    m_inQueue.erase(PeekPointer(entry.mpdu));
    m_ap->GetTxopQueue(entry.ac)->Remove(entry.mpdu);
    return true;
}

void
DtimGroupQueue::Reformat(const std::function<Ptr<WifiMpdu>(Ptr<WifiMpdu>)>& form)
{
    for (auto& [id, entry] : m_frames)
    {
        const bool concealed = ToCore(entry.mpdu->GetHeader().GetAddr1()) == wifi::GCR_CONCEALMENT;
        const bool begun = entry.original != 0 && m_frames.count(entry.original) == 0; // others of it were sent
        const auto mpdu = entry.acknowledged || concealed || begun ? entry.mpdu : form(entry.mpdu);
        if (mpdu != entry.mpdu && TakeBack(entry))
        {
            entry.original != 0 ? mpdu->GetHeader().SetRetry() : mpdu->GetHeader().SetNoRetry();
            entry.mpdu = mpdu;
        }
    }
    PumpSoon();
}

void
DtimGroupQueue::OnDequeued(Ptr<WifiMpdu> mpdu)
{
    const auto it = Find(mpdu);
    if (it == m_frames.end())
    {
        return;
    }
    m_inQueue.erase(PeekPointer(mpdu));
    if (it->second.original == 0)
    {
        NumberRepetitions(it->first, mpdu->GetHeader().GetSequenceNumber());
    }
    const auto release = m_core.Release(ToTimePoint(Simulator::Now()), it->first);
    if (release)
    {
        wifi_api::SetMoreData(mpdu->GetHeader(), release->moreData);
        m_owner->m_released(mpdu->GetPacket(), mpdu->GetHeader().GetAddr1(), FromCore(release->waited));
    }
    else
    {
        m_core.Withdraw(ToTimePoint(Simulator::Now()), it->first); // it is gone, whatever the core had in mind
    }
    if (release && it->second.acknowledged)
    {
        m_leaving = it->first;
        m_unsettled.insert_or_assign(it->first, it->second);
    }
    m_frames.erase(it);
    Drain();
    PumpSoon();
}

void
DtimGroupQueue::OnRemoved(Ptr<const WifiMpdu> mpdu)
{
    const auto it = Find(mpdu);
    if (it == m_frames.end() || !it->second.queued)
    {
        return; // TakeBack() did it
    }
    it->second.queued = false;
    m_inQueue.erase(PeekPointer(mpdu));
    m_core.Withdraw(ToTimePoint(Simulator::Now()), it->first);
    PumpSoon();
}

DtimGroupQueue::Frames::iterator
DtimGroupQueue::Find(Ptr<const WifiMpdu> mpdu)
{
    const auto it = m_inQueue.find(PeekPointer(mpdu));
    return it == m_inQueue.end() ? m_frames.end() : m_frames.find(it->second);
}

// Beacons

wifi::BeaconFields
DtimGroupQueue::NextBeacon()
{
    const auto fields = m_core.NextBeacon(ToTimePoint(Simulator::Now()));
    Drain();
    return fields;
}

void
DtimGroupQueue::OnBeaconSent()
{
    m_core.BeaconSent(ToTimePoint(Simulator::Now()));
    Drain();
    Pump();
}

// Frames that are acknowledged

void
DtimGroupQueue::KeepAcknowledged(AcIndex ac, Ptr<WifiMpdu> mpdu, const mcast::MacAddress& group,
                                 const wifi::MethodConfig& method, const std::map<mcast::MacAddress, double>& quality,
                                 std::uint64_t notBeforeDtim)
{
    m_oneByOne = true;
    m_exchange.Acks().SetMembers(group, method, quality);
    if (method.method == wifi::Method::GcrBlockAck)
    {
        // Numbers of the group's own, so that a gap is a frame that was lost. The Retry bit: see NumberMpdu().
        auto& sequence = m_sequences[group];
        mpdu->GetHeader().SetRetry();
        wifi_api::NumberMpdu(mpdu, sequence, 0);
        sequence = (sequence + 1) % 4096;
    }
    Entry entry{ac, mpdu};
    entry.acknowledged = method;
    entry.group = group;
    Add(std::move(entry), notBeforeDtim);
    Drain();
}

void
DtimGroupQueue::OnTransmit(Ptr<const WifiPsdu> psdu, const WifiTxVector& vector)
{
    if (psdu->GetHeader(0).IsBeacon())
    {
        // A block that is not full waits for no more frames, but for those who are awake.
        const auto state = m_core.GetState();
        if (m_oneByOne && !m_exchange.IsBusy() && state != wifi::DtimScheduler::State::Holding)
        {
            m_exchange.Acks().Flush();
            m_exchange.OnTransmit(psdu, vector, nullptr);
        }
    }
    else if (m_leaving)
    {
        OnAcknowledgedSent(psdu, vector);
    }
}

void
DtimGroupQueue::OnAcknowledgedSent(Ptr<const WifiPsdu> psdu, const WifiTxVector& vector)
{
    const auto id = *m_leaving;
    m_leaving.reset();
    auto& entry = m_unsettled.at(id);
    auto& header = (*psdu->begin())->GetHeader();
    if (entry.acknowledged->method == wifi::Method::GcrBlockAck)
    {
        // Not before: ns-3's MAC takes a frame of this Ack Policy for one of a Block Ack agreement.
        header.SetQosAckPolicy(WifiMacHeader::BLOCK_ACK);
        // Nor would it take it out of its queue, where it does so when the frame is on its way (3.48).
        Simulator::ScheduleNow([queue = m_ap->GetTxopQueue(entry.ac), mpdu = entry.mpdu]() {
            if (mpdu->IsQueued())
            {
                queue->Remove(mpdu);
            }
        });
        entry.again ? header.SetRetry() : header.SetNoRetry();
    }
    entry.mpdu = Create<WifiMpdu>(entry.mpdu->GetPacket(), header);
    entry.again = true;
    const bool last = m_core.GetState() == wifi::DtimScheduler::State::Burst && !m_core.HasMore(entry.group);
    const auto txop = TxopOf(entry);
    m_exchange.Acks().Sent(entry.group, *entry.acknowledged, id, header.GetSequenceNumber(), last);
    m_exchange.Drain();
    m_exchange.OnTransmit(psdu, vector, txop);
}

void
DtimGroupQueue::Settle(const wifi::AckOutcome& outcome)
{
    auto sent = m_unsettled.extract(outcome.id);
    const auto now = ToTimePoint(Simulator::Now());
    if (!sent)
    {
        return;
    }
    auto& entry = sent.mapped();
    if (outcome.kind == wifi::AckOutcome::Kind::Repeat)
    {
        auto header = entry.mpdu->GetHeader();
        header.SetRetry();
        if (header.IsQosData())
        {
            header.SetQosAckPolicy(WifiMacHeader::NO_ACK);
        }
        entry.mpdu = Create<WifiMpdu>(entry.mpdu->GetPacket(), header);
        wifi_api::NumberMpdu(entry.mpdu, header.GetSequenceNumber(), 0);
        entry.queued = false;
        m_frames.insert(std::move(sent));
        m_core.Repeat(now, outcome.id);
    }
    else
    {
        m_core.Settle(now, outcome.id);
        if (outcome.kind == wifi::AckOutcome::Kind::GaveUp)
        {
            m_owner->m_dropped(entry.mpdu->GetPacket(), FromCore(entry.group), ToString(wifi::DropReason::RetryLimit));
        }
    }
    Drain();
}

// The core

void
DtimGroupQueue::Drain()
{
    while (const auto event = m_core.PollEvent())
    {
        switch (event->kind)
        {
        case wifi::DtimEventKind::Buffered:
            if (const auto it = m_frames.find(event->id); it != m_frames.end())
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
DtimGroupQueue::Forget(const wifi::DtimEvent& event)
{
    const auto it = m_frames.find(event.id);
    if (it == m_frames.end())
    {
        return;
    }
    const auto mpdu = it->second.mpdu;
    m_inQueue.erase(PeekPointer(mpdu));
    PromoteRepetition(it->first);
    if (it->second.acknowledged)
    {
        m_exchange.Acks().Forget(it->first);
    }
    m_frames.erase(it);
    if (mpdu->IsQueued())
    {
        m_ap->GetTxopQueue(mpdu->GetQueueAc())->Remove(mpdu);
    }
    m_owner->m_dropped(mpdu->GetPacket(), mpdu->GetHeader().GetAddr1(), ToString(event.reason));
}

void
DtimGroupQueue::ScheduleDeadline()
{
    const auto deadline = m_core.NextDeadline();
    if (!deadline || !m_deadlineEvent.IsExpired())
    {
        return; // one that comes too early asks again
    }
    const auto at = std::max(FromCoreRoundedUp(*deadline), Simulator::Now());
    m_deadlineEvent = Simulator::Schedule(at - Simulator::Now(), &DtimGroupQueue::OnDeadline, this);
}

void
DtimGroupQueue::OnDeadline()
{
    m_core.AdvanceTo(ToTimePoint(Simulator::Now()));
    Drain();
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
