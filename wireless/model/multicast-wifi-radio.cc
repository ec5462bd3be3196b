// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "multicast-dtim-station.h"
#include "multicast-wifi-radio.h"

#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

namespace
{

// Preamble and PHY header of any PPDU. While it detects one, the PHY says that it is idle, and must not be put to sleep: it
// would go on to receive.
const Time PREAMBLE = MicroSeconds(250);
const Time RETRY_SLEEP = MicroSeconds(50); // something was under way: look again

} // namespace

WifiRadio::WifiRadio(DtimStation& owner, Ptr<StaWifiMac> mac, std::function<Time()> stayAwake)
    : m_owner(owner),
      m_sta(mac),
      m_phy(mac->GetWifiPhy()),
      m_stayAwake(std::move(stayAwake))
{
    m_sta->TraceConnectWithoutContext("MacTx", MakeCallback(&WifiRadio::OnMacTx, this));
}

WifiRadio::~WifiRadio()
{
    m_sleepEvent.Cancel();
    m_sta->TraceDisconnectWithoutContext("MacTx", MakeCallback(&WifiRadio::OnMacTx, this));
    if (m_watches)
    {
        m_phy->TraceDisconnectWithoutContext("PhyRxBegin", MakeCallback(&WifiRadio::OnRxBegin, this));
    }
}

void
WifiRadio::WatchReception()
{
    if (!m_watches)
    {
        m_watches = true;
        m_phy->TraceConnectWithoutContext("PhyRxBegin", MakeCallback(&WifiRadio::OnRxBegin, this));
    }
}

void
WifiRadio::Follow(bool awake, Time until)
{
    m_awake = awake;
    m_until = until;
    if (m_awake)
    {
        m_sleepEvent.Cancel();
        Wake();
    }
    else if (!m_dozing && m_sleepEvent.IsExpired())
    {
        TryToSleep();
    }
}

void
WifiRadio::OnMacTx(Ptr<const Packet>)
{
    // The host has something to send. The radio sleeps again once it is sent.
    if (m_dozing)
    {
        Wake();
        m_sleepEvent = Simulator::Schedule(RETRY_SLEEP, &WifiRadio::TryToSleep, this);
    }
}

void
WifiRadio::OnRxBegin(Ptr<const Packet>, RxPowerWattPerChannelBand)
{
    m_rxBegan = Simulator::Now();
    if (m_dozing)
    {
        // It went to sleep within the 4 us in which the PHY detects a preamble and says that it is idle: it goes on to
        // receive, which it cannot do asleep.
        Wake();
        m_sleepEvent = Simulator::Schedule(PREAMBLE, &WifiRadio::TryToSleep, this);
    }
}

bool
WifiRadio::MayStop() const
{
    return (m_phy->IsStateIdle() || m_phy->IsStateCcaBusy()) && Simulator::Now() - m_rxBegan >= PREAMBLE &&
           !wifi_api::AwaitsResponse(m_sta) && !wifi_api::HasQueuedFrames(m_sta);
}

void
WifiRadio::TryToSleep()
{
    if (m_awake || m_dozing)
    {
        return;
    }
    const auto stay = std::max(m_stayAwake(), MayStop() ? Time() : RETRY_SLEEP);
    if (stay.IsStrictlyPositive())
    {
        m_sleepEvent = Simulator::Schedule(stay, &WifiRadio::TryToSleep, this);
        return;
    }
    m_dozing = true;
    m_dozeBegan = Simulator::Now();
    ++m_dozes;
    m_phy->SetSleepMode();
    m_owner.m_doze(m_until);
}

void
WifiRadio::Wake()
{
    if (!m_dozing)
    {
        return;
    }
    m_dozing = false;
    const auto slept = Simulator::Now() - m_dozeBegan;
    m_dozed += slept;
    m_phy->ResumeFromSleep();
    m_owner.m_wake(slept);
}

bool
WifiRadio::IsDozing() const
{
    return m_dozing;
}

Time
WifiRadio::DozeTime() const
{
    return m_dozing ? m_dozed + (Simulator::Now() - m_dozeBegan) : m_dozed;
}

uint64_t
WifiRadio::Dozes() const
{
    return m_dozes;
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
