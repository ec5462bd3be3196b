// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "multicast-dtim-ap.h"
#include "multicast-dtim-unicast-queue.h"
#include "multicast-wifi-frames.h"
#include "multicast-wifi-tag.h"

#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

namespace wifi = mcast::wifi;

DtimUnicastQueue::DtimUnicastQueue(Ptr<DtimAp> owner, Ptr<ApWifiMac> mac, WifiStations& stations,
                                   std::function<bool()> maySend)
    : m_owner(owner),
      m_ap(mac),
      m_stations(stations),
      m_maySend(std::move(maySend))
{
}

DtimUnicastQueue::~DtimUnicastQueue()
{
    m_pumpEvent.Cancel();
    m_lendEvent.Cancel();
}

// Frames in

bool
DtimUnicastQueue::Keep(AcIndex ac, Ptr<WifiMpdu> mpdu)
{
    const auto address = mpdu->GetHeader().GetAddr1();
    if (m_passing || !m_stations.IsAsleep(address))
    {
        return false;
    }
    auto& sleeper = m_sleepers[address];
    const Entry entry{ac, mpdu, Simulator::Now() + m_owner->m_unicastLifetime};
    if (NeedsLoan(address, sleeper) && sleeper.frames.empty())
    {
        sleeper.lent = entry;
        return false;
    }
    const auto ofCategory = std::count_if(sleeper.frames.begin(), sleeper.frames.end(),
                                          [ac](const auto& one) { return one.ac == ac; });
    if (static_cast<std::size_t>(ofCategory) >= m_owner->m_unicastMaxFrames)
    {
        Drop(entry, wifi::DropReason::BufferFull);
        return true;
    }
    sleeper.frames.push_back(entry);
    Count(address, sleeper);
    return true;
}

void
DtimUnicastQueue::OnSleep(Mac48Address station)
{
    auto& sleeper = m_sleepers[station];
    for (const auto ac : {AC_VO, AC_VI, AC_BE, AC_BK})
    {
        for (const auto& mpdu : wifi_api::UntriedFrames(m_ap->GetTxopQueue(ac), station))
        {
            const Entry entry{ac, mpdu, Simulator::Now() + m_owner->m_unicastLifetime};
            if (NeedsLoan(station, sleeper))
            {
                sleeper.lent = entry;
                continue;
            }
            m_ap->GetTxopQueue(ac)->Remove(mpdu);
            sleeper.frames.push_back(entry);
        }
    }
    Count(station, sleeper);
}

void
DtimUnicastQueue::OnWake(Mac48Address station)
{
    const auto it = m_sleepers.find(station);
    if (it == m_sleepers.end())
    {
        return;
    }
    const auto frames = std::move(it->second.frames);
    m_sleepers.erase(it);
    m_stations.SetStored(station, 0);
    for (const auto& entry : frames)
    {
        Pass(entry);
    }
}

void
DtimUnicastQueue::Forget(Mac48Address station)
{
    const auto it = m_sleepers.find(station);
    if (it == m_sleepers.end())
    {
        return;
    }
    for (const auto& entry : it->second.frames)
    {
        Drop(entry, wifi::DropReason::NoStations);
    }
    m_sleepers.erase(it);
}

void
DtimUnicastQueue::Expire()
{
    for (auto& [address, sleeper] : m_sleepers)
    {
        for (auto it = sleeper.frames.begin(); it != sleeper.frames.end();)
        {
            const bool over = it->expires <= Simulator::Now();
            if (over)
            {
                Drop(*it, wifi::DropReason::Lifetime);
            }
            it = over ? sleeper.frames.erase(it) : std::next(it);
        }
        Count(address, sleeper);
        Renew(sleeper);
    }
    Lend();
}

// Frames that ns-3's access point sends by itself

bool
DtimUnicastQueue::NeedsLoan(Mac48Address station, const Sleeper& sleeper) const
{
    return wifi_api::ServesSleeper(m_ap, station) && (!sleeper.lent || !sleeper.lent->mpdu->IsQueued());
}

void
DtimUnicastQueue::Lend()
{
    for (auto& [address, sleeper] : m_sleepers)
    {
        if (!sleeper.frames.empty() && NeedsLoan(address, sleeper))
        {
            sleeper.lent = sleeper.frames.front();
            sleeper.frames.pop_front();
            Count(address, sleeper);
            Pass(*sleeper.lent);
        }
    }
}

// It leaves ns-3's queue before it is too old there, for good or to come back.
void
DtimUnicastQueue::Renew(Sleeper& sleeper)
{
    if (!sleeper.lent || !sleeper.lent->mpdu->IsQueued() || !wifi_api::IsUntried(*sleeper.lent->mpdu))
    {
        return;
    }
    m_ap->GetTxopQueue(sleeper.lent->ac)->Remove(sleeper.lent->mpdu);
    if (sleeper.lent->expires > Simulator::Now())
    {
        Pass(*sleeper.lent);
    }
    else
    {
        Drop(*sleeper.lent, wifi::DropReason::Lifetime);
    }
}

// Frames out

void
DtimUnicastQueue::OnPoll(Mac48Address station)
{
    m_sleepers[station].polled = true;
    m_asking.insert(station);
    Pump();
}

void
DtimUnicastQueue::OnTrigger(Mac48Address station)
{
    const auto* known = m_stations.Find(station);
    m_sleepers[station].service.Begin(known->Queued(), known->capabilities.maxServicePeriod);
    m_asking.insert(station);
    Pump();
}

void
DtimUnicastQueue::OnLeft(Mac48Address station)
{
    const auto it = m_sleepers.find(station);
    if (it == m_sleepers.end())
    {
        return;
    }
    if (it->second.lent && m_lendEvent.IsExpired())
    {
        m_lendEvent = Simulator::ScheduleNow(&DtimUnicastQueue::Lend, this);
    }
    if (!it->second.out)
    {
        return;
    }
    it->second.out = it->second.ends = false;
    if (it->second.service.Open())
    {
        PumpSoon(); // ns-3 is busy with its queue
    }
}

void
DtimUnicastQueue::PumpSoon()
{
    if (m_pumpEvent.IsExpired())
    {
        m_pumpEvent = Simulator::ScheduleNow(&DtimUnicastQueue::Pump, this);
    }
}

void
DtimUnicastQueue::Pump()
{
    if (m_asking.empty() || !m_maySend())
    {
        return;
    }
    const auto asking = m_asking;
    for (const auto& address : asking)
    {
        const auto it = m_sleepers.find(address);
        if (it == m_sleepers.end() || (!it->second.polled && !it->second.service.Open()))
        {
            m_asking.erase(address);
        }
        else if (!it->second.out)
        {
            Serve(address, it->second);
        }
    }
}

void
DtimUnicastQueue::Serve(Mac48Address address, Sleeper& sleeper)
{
    const auto waiting = m_stations.Find(address)->Queued();
    const bool inService = sleeper.service.Open();
    sleeper.polled = false;
    if (waiting == 0 && !inService)
    {
        return; // the Ack of the PS-Poll says so
    }
    sleeper.out = true;
    sleeper.ends = inService && sleeper.service.Take(waiting == 0 ? 0 : waiting - 1);
    m_stations.SetGranted(address, 1);
    if (waiting == 0)
    {
        SendNull(address);
    }
    else if (waiting > sleeper.frames.size())
    {
        wifi_api::RequestAccess(m_ap); // from before it slept
    }
    else
    {
        const auto entry = sleeper.frames.front();
        sleeper.frames.pop_front();
        Count(address, sleeper);
        Pass(entry);
    }
}

// Ends a service period in which nothing waits.
void
DtimUnicastQueue::SendNull(Mac48Address address)
{
    WifiStandInTag tag;
    tag.kind = WifiStandInTag::QOS_NULL;
    tag.endOfServicePeriod = true;
    const auto body = Create<Packet>();
    body->AddPacketTag(tag);
    const auto ac = m_ap->GetQosSupported() ? AC_BE : AC_BE_NQOS;
    Pass({ac, NullFrom(m_ap->GetAddress(), address, body), Time()});
}

void
DtimUnicastQueue::Pass(const Entry& entry)
{
    m_passing = true;
    wifi_api::TxopOf(m_ap, entry.ac)->Queue(entry.mpdu);
    m_passing = false;
}

bool
DtimUnicastQueue::EndsServicePeriod(Mac48Address station) const
{
    const auto it = m_sleepers.find(station);
    return it != m_sleepers.end() && it->second.ends;
}

void
DtimUnicastQueue::Count(Mac48Address address, const Sleeper& sleeper)
{
    m_stations.SetStored(address, sleeper.frames.size());
}

void
DtimUnicastQueue::Drop(const Entry& entry, wifi::DropReason reason)
{
    m_owner->m_dropped(entry.mpdu->GetPacket(), entry.mpdu->GetHeader().GetAddr1(), ToString(reason));
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
