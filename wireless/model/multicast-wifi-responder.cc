// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-responder.h"

#include "ns3/simulator.h"
#include "ns3/wifi-remote-station-manager.h"

#include <algorithm>

namespace ns3
{

namespace wifi = mcast::wifi;

namespace
{

const Time LOOK_AGAIN = MilliSeconds(1); // something may have ended the wait

} // namespace

WifiResponder::WifiResponder(Ptr<StaWifiMac> mac)
    : m_sta(mac)
{
}

WifiResponder::~WifiResponder()
{
    m_event.Cancel();
}

void
WifiResponder::Associated()
{
    m_core.Associated(ToCore(m_sta->GetAddress()), m_sta->GetAssociationId());
}

void
WifiResponder::Disassociated()
{
    m_event.Cancel();
    m_core.Disassociated();
}

void
WifiResponder::OnBeacon(mcast::BytesView elements)
{
    m_core.HandleBeacon(elements);
}

void
WifiResponder::OnGroup(const WifiMacHeader& header, const mcast::MacAddress& group, const WifiTxVector& vector)
{
    wifi::FrameHeader frame;
    frame.sequence = header.GetSequenceNumber();
    frame.blockAck = header.IsQosData() && header.GetQosAckPolicy() == WifiMacHeader::BLOCK_ACK;
    if (m_core.HandleGroup(ToTimePoint(Simulator::Now()), frame, group))
    {
        Answer(wifi::WriteAck(ToCore(header.GetAddr2())), vector);
    }
}

bool
WifiResponder::TakeRequest(Ptr<const WifiPsdu> psdu, const WifiTxVector& vector)
{
    if (!psdu->GetHeader(0).IsBlockAckReq() || psdu->GetAddr1() != m_sta->GetAddress())
    {
        return false;
    }
    const auto request = wifi::ParseGcrRequest(wifi_api::OctetsOf(psdu));
    auto answer = request ? m_core.HandleRequest(ToTimePoint(Simulator::Now()), *request) : std::nullopt;
    if (answer)
    {
        Answer(wifi::WriteGcrAnswer(*answer), vector);
    }
    return request.has_value();
}

// \param vector of the frame that is answered
void
WifiResponder::Answer(const mcast::Bytes& octets, const WifiTxVector& vector)
{
    const auto answer = m_sta->GetWifiRemoteStationManager()->GetAckTxVector(m_sta->GetBssid(0), vector);
    m_event = Simulator::Schedule(m_sta->GetWifiPhy()->GetSifs(), &WifiResponder::Send, this, wifi_api::PsduOf(octets), answer);
}

void
WifiResponder::Send(Ptr<WifiPsdu> psdu, WifiTxVector vector)
{
    wifi_api::SendNow(m_sta->GetWifiPhy(), psdu, vector);
}

Time
WifiResponder::StayAwake() const
{
    const auto until = m_core.AwakeUntil();
    const auto now = ToTimePoint(Simulator::Now());
    if (!m_event.IsExpired())
    {
        return LOOK_AGAIN;
    }
    return until <= now ? Time() : until == mcast::NEVER ? LOOK_AGAIN : std::min(LOOK_AGAIN, FromCore(until - now));
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
