// SPDX-License-Identifier: GPL-2.0-only
// DtimApMac's part about who gets a group frame, and how: what WifiDelivery plans is sent; what stations ask for is answered.

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-dtim-ap-mac.h"
#include "multicast-dtim-ap.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-tag.h"

#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

namespace wifi = mcast::wifi;

namespace
{

void
TagMethod(Ptr<WifiMpdu> mpdu, wifi::Method method)
{
    const auto body = ConstCast<Packet>(mpdu->GetPacket());
    WifiMethodTag tag;
    body->RemovePacketTag(tag);
    tag.method = static_cast<uint8_t>(method);
    body->AddPacketTag(tag);
}

bool
IsAction(const WifiMpdu& mpdu)
{
    WifiStandInTag tag;
    return !mpdu.GetHeader().HasData() && mpdu.GetPacket()->PeekPacketTag(tag) && tag.kind == WifiStandInTag::ACTION;
}

} // namespace

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
    SendQueries(); // a leave makes some
}

void
DtimApMac::SendCopies(AcIndex ac, const WifiMpdu& mpdu, const std::vector<WifiDelivery::Member>& to, CopyFormat format)
{
    for (const auto& member : to)
    {
        const auto copy = CopyForStation(mpdu, member.address, m_ap->GetAddress(), member.qos ? format : CopyFormat::PLAIN);
        const auto txop = wifi_api::TxopOf(m_ap, m_ap->GetTxopQueue(ac) ? ac : AC_BE_NQOS);
        Simulator::ScheduleNow([txop, copy]() { txop->Queue(copy); }); // this queue is being used by our caller
    }
}

void
DtimApMac::Deliver(AcIndex ac, Ptr<WifiMpdu> mpdu, const WifiDelivery::Plan& plan)
{
    TagMethod(mpdu, plan.method.method);
    SendCopies(ac, *mpdu, plan.copies,
               plan.method.method == wifi::Method::UnicastPayload ? CopyFormat::QOS : CopyFormat::AMSDU);
    for (const auto& [member, body] : plan.offers)
    {
        SendAction(member.address, body);
    }
    const auto group = ToCore(mpdu->GetHeader().GetAddr1());
    if (!plan.acknowledgers.empty())
    {
        // Frames under block ack are QoS Data, whatever GroupQos says of others.
        const bool block = plan.method.method == wifi::Method::GcrBlockAck;
        m_groups->KeepAcknowledged(ac, block ? mpdu : Reformat(mpdu), group, plan.method, plan.acknowledgers,
                                   plan.notBeforeDtim);
    }
    else if (plan.groupFrame)
    {
        const bool repeat = plan.method.method == wifi::Method::GcrUnsolicitedRetry;
        m_groups->Keep(ac, Reformat(mpdu), plan.notBeforeDtim, repeat ? plan.method.retries : 0);
    }
    if (!plan.directed.empty())
    {
        const auto original = Create<WifiMpdu>(mpdu->GetPacket()->Copy(), mpdu->GetHeader());
        TagMethod(original, wifi::Method::Dms);
        SendCopies(ac, *original, plan.directed, CopyFormat::AMSDU);
    }
    if (plan.concealed)
    {
        const auto frame = Concealed(*mpdu, m_ap->GetAddress());
        TagMethod(frame, wifi::Method::GcrUnsolicitedRetry);
        m_groups->Keep(ac, frame, 0, plan.method.retries);
    }
    if (!plan.blockAck.empty())
    {
        auto method = plan.method;
        method.method = wifi::Method::GcrBlockAck;
        const auto frame = Concealed(*mpdu, m_ap->GetAddress());
        TagMethod(frame, method.method);
        m_groups->KeepAcknowledged(ac, frame, group, method, plan.blockAck);
    }
}

// Made when it is needed first: for a method, for snooping, or because a station asks for something.
WifiDelivery&
DtimApMac::Delivery()
{
    if (!m_delivery)
    {
        if (m_owner->m_automatic == DtimAp::BY_LOSS || m_owner->m_automatic == DtimAp::BY_AIRTIME)
        {
            m_measure = std::make_unique<WifiMeasure>(m_ap, m_owner->m_probeInterval, [this]() { return Awake(); });
        }
        m_delivery = std::make_unique<WifiDelivery>(*m_owner, m_ap, m_measure.get(),
                                                     m_groups->Core().Config().DtimInterval());
        m_ap->TraceConnectWithoutContext("AckedMpdu", MakeCallback(&DtimApMac::OnAcked, this));
        m_ap->TraceConnectWithoutContext("DroppedMpdu", MakeCallback(&DtimApMac::OnDroppedByMac, this));
    }
    return *m_delivery;
}

std::vector<Mac48Address>
DtimApMac::Awake() const
{
    std::vector<Mac48Address> awake;
    for (const auto& [address, station] : m_stations.All())
    {
        if (!station.asleep)
        {
            awake.push_back(address);
        }
    }
    return awake;
}

WifiDelivery::Member
DtimApMac::MemberOf(Mac48Address address, const WifiStations::Station& station)
{
    return {address, station.aid, station.qos, station.asleep, station.capabilities, station.told, station.signal};
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

// The station that associated may be the first one without QoS.
void
DtimApMac::ReformatWaiting()
{
    if (m_groups)
    {
        m_groups->Reformat([this](auto mpdu) { return Reformat(mpdu); });
    }
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

// What stations ask for

void
DtimApMac::OnAction(Mac48Address address, Ptr<const Packet> body)
{
    const auto* station = m_stations.Find(address);
    if (const auto answer = station ? Delivery().HandleAction(MemberOf(address, *station), OctetsOf(body)) : std::nullopt)
    {
        SendAction(address, *answer);
    }
}

void
DtimApMac::SendAction(Mac48Address address, const mcast::Bytes& body)
{
    WifiStandInTag tag;
    tag.kind = WifiStandInTag::ACTION;
    const auto packet = Create<Packet>(body.data(), static_cast<uint32_t>(body.size()));
    packet->AddPacketTag(tag);
    const auto txop = wifi_api::TxopOf(m_ap, m_ap->GetQosSupported() ? AC_VO : AC_BE_NQOS);
    const auto frame = NullFrom(m_ap->GetAddress(), address, packet);
    Simulator::ScheduleNow([txop, frame]() { txop->Queue(frame); }); // the queue may be our caller
}

void
DtimApMac::OnDroppedByMac(WifiMacDropReason, Ptr<const WifiMpdu> mpdu)
{
    if (IsAction(*mpdu))
    {
        m_delivery->ActionLost(mpdu->GetHeader().GetAddr1(), OctetsOf(mpdu->GetPacket()));
    }
}

void
DtimApMac::OnAcked(Ptr<const WifiMpdu> mpdu)
{
    if (!IsAction(*mpdu))
    {
        return;
    }
    const auto address = mpdu->GetHeader().GetAddr1();
    const auto* station = m_stations.Find(address);
    const auto group = m_delivery->ActionAcked(address, OctetsOf(mpdu->GetPacket()));
    if (!group || !station)
    {
        return;
    }
    for (const auto& [ac, waiting] : m_groups->WaitingFor(*group))
    {
        SendCopies(ac, *waiting, {MemberOf(address, *station)}, CopyFormat::AMSDU);
    }
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
