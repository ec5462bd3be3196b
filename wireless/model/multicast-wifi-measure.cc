// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-frames.h"
#include "multicast-wifi-measure.h"

#include "ns3/simulator.h"
#include "ns3/wifi-remote-station-manager.h"

namespace ns3
{

namespace wifi = mcast::wifi;

namespace
{

bool
IsUnicastData(const WifiMacHeader& header)
{
    return header.IsData() && !header.GetAddr1().IsGroup();
}

} // namespace

WifiMeasure::WifiMeasure(Ptr<ApWifiMac> mac, Time probeInterval, std::function<std::vector<Mac48Address>()> awake)
    : m_ap(mac),
      m_phy(mac->GetWifiPhy()),
      m_probeInterval(probeInterval),
      m_awake(std::move(awake))
{
    ForTraces([](Ptr<Object> object, const char* name, const auto& callback) {
        object->TraceConnectWithoutContext(name, callback);
    });
    if (m_probeInterval.IsStrictlyPositive())
    {
        m_probeEvent = Simulator::Schedule(m_probeInterval, &WifiMeasure::Probe, this);
    }
}

WifiMeasure::~WifiMeasure()
{
    m_probeEvent.Cancel();
    ForTraces([](Ptr<Object> object, const char* name, const auto& callback) {
        object->TraceDisconnectWithoutContext(name, callback);
    });
}

template <class Connect>
void
WifiMeasure::ForTraces(Connect connect)
{
    connect(m_ap, "AckedMpdu", MakeCallback(&WifiMeasure::OnAcked, this));
    connect(m_ap, "NAckedMpdu", MakeCallback(&WifiMeasure::OnNAcked, this));
    connect(m_ap, "MpduResponseTimeout", MakeCallback(&WifiMeasure::OnMpduTimeout, this));
    connect(m_ap, "PsduResponseTimeout", MakeCallback(&WifiMeasure::OnPsduTimeout, this));
    connect(m_phy, "PhyTxPsduBegin", MakeCallback(&WifiMeasure::OnTransmit, this));
}

// Figures in

void
WifiMeasure::Tried(Mac48Address member, bool received, unsigned count)
{
    m_seen.insert(member);
    m_loss.Tried(ToCore(member), received, count);
}

void
WifiMeasure::Tried(Mac48Address member, const wifi::Tries& tries)
{
    Tried(member, true, tries.received);
    Tried(member, false, tries.lost);
}

void
WifiMeasure::Forget(Mac48Address member)
{
    m_loss.Forget(ToCore(member));
    m_rates.erase(member);
}

void
WifiMeasure::OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double)
{
    const auto& psdu = psdus.begin()->second;
    if (IsUnicastData(psdu->GetHeader(0)))
    {
        m_rates[psdu->GetAddr1()] = wifi_api::RateOf(vector);
    }
}

void
WifiMeasure::OnAcked(Ptr<const WifiMpdu> mpdu)
{
    if (IsUnicastData(mpdu->GetHeader()))
    {
        Tried(mpdu->GetHeader().GetAddr1(), true);
    }
}

void
WifiMeasure::OnNAcked(Ptr<const WifiMpdu> mpdu)
{
    if (IsUnicastData(mpdu->GetHeader()))
    {
        Tried(mpdu->GetHeader().GetAddr1(), false);
    }
}

void
WifiMeasure::OnMpduTimeout(uint8_t reason, Ptr<const WifiMpdu> mpdu, const WifiTxVector&)
{
    if (reason == WifiTxTimer::WAIT_NORMAL_ACK && IsUnicastData(mpdu->GetHeader()))
    {
        Tried(mpdu->GetHeader().GetAddr1(), false);
    }
}

void
WifiMeasure::OnPsduTimeout(uint8_t reason, Ptr<const WifiPsdu> psdu, const WifiTxVector&)
{
    if (reason == WifiTxTimer::WAIT_BLOCK_ACK && IsUnicastData(psdu->GetHeader(0)))
    {
        Tried(psdu->GetAddr1(), false, static_cast<unsigned>(psdu->GetNMpdus()));
    }
}

void
WifiMeasure::Probe()
{
    for (const auto& member : m_awake())
    {
        if (m_seen.count(member) == 0)
        {
            wifi_api::QueueOwn(m_ap, AC_BE, NullFrom(m_ap->GetAddress(), member, Create<Packet>()));
        }
    }
    m_seen.clear();
    m_probeEvent = Simulator::Schedule(m_probeInterval, &WifiMeasure::Probe, this);
}

// Figures out

double
WifiMeasure::LossOf(Mac48Address member) const
{
    return m_loss.Of(ToCore(member));
}

wifi::Rate
WifiMeasure::RateOf(Mac48Address member) const
{
    const auto it = m_rates.find(member);
    return it == m_rates.end() ? 0 : it->second;
}

wifi::Rate
WifiMeasure::GroupRate(Ptr<ApWifiMac> mac)
{
    return static_cast<wifi::Rate>(mac->GetWifiRemoteStationManager()->GetNonUnicastMode().GetDataRate(20) / 500000);
}

wifi::PhyTiming
WifiMeasure::Timing(Ptr<ApWifiMac> mac)
{
    const auto phy = mac->GetWifiPhy();
    const bool low = phy->GetPhyBand() == WIFI_PHY_BAND_2_4GHZ;
    const bool dsssAlone = phy->GetStandard() == WIFI_STANDARD_80211b;
    auto timing = dsssAlone ? wifi::PhyTiming::Of11b() : low ? wifi::PhyTiming::OfErp() : wifi::PhyTiming::Of11a();
    timing.slot = ToCore(phy->GetSlot());
    timing.sifs = ToCore(phy->GetSifs());
    const auto txop = wifi_api::TxopOf(mac, mac->GetQosSupported() ? AC_BE : AC_BE_NQOS);
    timing.cwMin = txop->GetMinCw(0);
    timing.aifsn = txop->GetAifsn(0);
    return timing;
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
