// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "multicast-wifi-convert.h"
#include "multicast-wifi-frames.h"

#include "ns3/amsdu-subframe-header.h"
#include "ns3/msdu-aggregator.h"

namespace ns3
{

bool
IsGroupData(const WifiMacHeader& header)
{
    return header.IsData() && header.GetAddr1().IsGroup();
}

mcast::MacAddress
GroupOf(const WifiMacHeader& header, Ptr<const Packet> body)
{
    auto group = ToCore(header.GetAddr1());
    if (group == mcast::wifi::GCR_CONCEALMENT)
    {
        body->CopyData(group.data(), static_cast<uint32_t>(group.size())); // of the first subframe: ours is alone
    }
    return group;
}

Ptr<WifiMpdu>
ToPlainData(Ptr<WifiMpdu> mpdu)
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

Ptr<WifiMpdu>
NullFrom(Mac48Address bssid, Mac48Address station, Ptr<const Packet> body)
{
    WifiMacHeader header(WIFI_MAC_DATA_NULL);
    header.SetAddr1(station);
    header.SetAddr2(bssid);
    header.SetAddr3(bssid);
    header.SetDsFrom();
    header.SetDsNotTo();
    return Create<WifiMpdu>(body, header);
}

Ptr<WifiMpdu>
CopyForStation(const WifiMpdu& mpdu, Mac48Address station, Mac48Address bssid, CopyFormat format)
{
    const auto& old = mpdu.GetHeader();
    const bool qos = format != CopyFormat::PLAIN;
    WifiMacHeader header(qos ? WIFI_MAC_QOSDATA : WIFI_MAC_DATA);
    header.SetAddr1(station);
    header.SetAddr2(bssid);
    header.SetAddr3(old.GetAddr3());
    header.SetDsFrom();
    header.SetDsNotTo();
    if (!qos)
    {
        return Create<WifiMpdu>(mpdu.GetPacket()->Copy(), header);
    }
    header.SetQosTid(old.IsQosData() ? old.GetQosTid() : 0);
    header.SetQosAckPolicy(WifiMacHeader::NORMAL_ACK);
    header.SetQosNoEosp();
    header.SetQosTxopLimit(0);
    auto body = mpdu.GetPacket()->Copy();
    if (format == CopyFormat::QOS)
    {
        header.SetQosNoAmsdu();
        return Create<WifiMpdu>(body, header);
    }
    header.SetAddr3(bssid); // the addresses of the MSDU are inside (9.3.2.1)
    header.SetQosAmsdu();
    AmsduSubframeHeader subframe;
    subframe.SetDestinationAddr(old.GetAddr1());
    subframe.SetSourceAddr(old.GetAddr3());
    subframe.SetLength(static_cast<uint16_t>(body->GetSize()));
    body->AddHeader(subframe);
    return Create<WifiMpdu>(body, header);
}

Ptr<WifiMpdu>
Concealed(const WifiMpdu& mpdu, Mac48Address bssid)
{
    return CopyForStation(mpdu, FromCore(mcast::wifi::GCR_CONCEALMENT), bssid, CopyFormat::AMSDU);
}

std::vector<Ptr<const WifiPsdu>>
Revealed(Ptr<const WifiPsdu> psdu)
{
    auto header = psdu->GetHeader(0);
    const bool concealed =
        ToCore(header.GetAddr1()) == mcast::wifi::GCR_CONCEALMENT && header.IsQosData() && header.IsQosAmsdu();
    if (!IsGroupData(header) || (!concealed && !header.IsRetry()))
    {
        return {psdu};
    }
    header.SetNoRetry();
    const auto frame = [&](Ptr<const Packet> body) {
        return Create<const WifiPsdu>(Create<WifiMpdu>(body, header), psdu->IsSingle());
    };
    if (!concealed)
    {
        return {frame(psdu->GetPayload(0))};
    }
    std::vector<Ptr<const WifiPsdu>> frames;
    header.SetQosNoAmsdu();
    for (const auto& [body, subframe] : MsduAggregator::Deaggregate(psdu->GetPayload(0)->Copy()))
    {
        header.SetAddr1(subframe.GetDestinationAddr());
        header.SetAddr3(subframe.GetSourceAddr());
        frames.push_back(frame(body));
    }
    return frames;
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
