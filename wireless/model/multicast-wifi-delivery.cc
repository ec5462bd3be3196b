// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/core/wire/ethernet.h"
#include "../../model/core/wire/ip.h"
#include "../../model/multicast-convert.h"
#include "multicast-dtim-ap.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-delivery.h"

#include "ns3/llc-snap-header.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

namespace wifi = mcast::wifi;

namespace
{

const uint16_t ETHERTYPE_IPV4 = 0x0800;
const uint16_t ETHERTYPE_IPV6 = 0x86dd;

/// The IP packet in an MSDU with an LLC/SNAP header; none if it has none, or a broken one.
struct IpInside
{
    mcast::Bytes octets;
    mcast::PacketMeta meta;
    std::size_t payload = 0;
    std::size_t payloadSize = 0;
};

std::optional<IpInside>
ReadIp(Ptr<const Packet> body)
{
    auto packet = body->Copy();
    LlcSnapHeader llc;
    if (packet->GetSize() < llc.GetSerializedSize())
    {
        return std::nullopt;
    }
    packet->RemoveHeader(llc);
    if (llc.GetType() != ETHERTYPE_IPV4 && llc.GetType() != ETHERTYPE_IPV6)
    {
        return std::nullopt;
    }
    IpInside inside;
    inside.octets = OctetsOf(packet);
    const auto family = llc.GetType() == ETHERTYPE_IPV4 ? mcast::Family::Ipv4 : mcast::Family::Ipv6;
    const auto ip = mcast::ParseIp(family, inside.octets);
    if (!ip)
    {
        return std::nullopt;
    }
    inside.meta = ip->meta;
    inside.payload = static_cast<std::size_t>(ip->payload.Data() - inside.octets.data());
    inside.payloadSize = ip->payload.Size();
    return inside;
}

wifi::SelectionConfig
SelectionOf(const DtimAp& owner)
{
    wifi::SelectionConfig config;
    config.standard.method = static_cast<wifi::Method>(owner.GetMethod());
    config.standard.retries = owner.GetRetries();
    config.standard.fmsInterval = owner.GetFmsInterval();
    config.automatic = static_cast<wifi::Automatic>(owner.GetAutomatic());
    config.unicast = owner.GetMethod() == DtimAp::UNICAST_PAYLOAD ? wifi::Method::UnicastPayload : wifi::Method::UnicastAmsdu;
    config.maxUnicastMembers = owner.GetMaxUnicastMembers();
    return config;
}

} // namespace

WifiDelivery::WifiDelivery(const DtimAp& owner)
    : m_selector(SelectionOf(owner))
{
    for (const auto& [group, method] : owner.GetGroupMethods())
    {
        auto config = SelectionOf(owner).standard;
        config.method = static_cast<wifi::Method>(method);
        m_selector.Set(ToCore(group), config);
    }
    if (owner.GetSnooping())
    {
        wifi::SnoopingConfig config;
        config.querier = owner.GetQuerier();
        config.querierIpv4 = mcast::Address::Ipv4(owner.GetQuerierAddress().Get());
        m_snooping = std::make_unique<wifi::Snooping>(config);
    }
}

void
WifiDelivery::Join(const Member& member)
{
    if (m_snooping)
    {
        m_snooping->StationJoined(ToTimePoint(Simulator::Now()), member.aid);
    }
}

void
WifiDelivery::Leave(const Member& member)
{
    m_fms.Forget(ToCore(member.address));
    if (m_snooping)
    {
        m_snooping->StationLeft(ToTimePoint(Simulator::Now()), member.aid);
    }
}

std::vector<WifiDelivery::Member>
WifiDelivery::Audience(const WifiMpdu& mpdu, const std::vector<Member>& members, Plan& plan)
{
    if (!m_snooping)
    {
        return members;
    }
    const auto ip = ReadIp(mpdu.GetPacket());
    if (!ip)
    {
        return members;
    }
    const auto now = ToTimePoint(Simulator::Now());
    const auto payload = mcast::BytesView(ip->octets).Sub(ip->payload, ip->payloadSize);
    const auto source = mpdu.GetHeader().GetAddr3();
    const auto sender =
        std::find_if(members.begin(), members.end(), [source](const auto& one) { return one.address == source; });
    if (sender == members.end())
    {
        m_snooping->FromDistribution(now, ip->meta, payload);
    }
    else if (m_snooping->FromStation(now, sender->aid, ip->meta, payload))
    {
        plan.consumed = true;
        return {};
    }
    const auto audience = m_snooping->AudienceOf(ip->meta.destination, ip->meta.source);
    if (audience.all)
    {
        return members;
    }
    std::vector<Member> listeners;
    std::copy_if(members.begin(), members.end(), std::back_inserter(listeners),
                 [&audience](const auto& one) { return audience.members.count(one.aid) > 0; });
    if (listeners.empty())
    {
        plan.drop = wifi::DropReason::NoMembers;
    }
    return listeners;
}

WifiDelivery::Plan
WifiDelivery::MakePlan(const WifiMpdu& mpdu, const std::vector<Member>& members, std::uint64_t dtim)
{
    Plan plan;
    const auto listeners = Audience(mpdu, members, plan);
    if (plan.consumed || plan.drop)
    {
        return plan;
    }
    const auto group = ToCore(mpdu.GetHeader().GetAddr1());
    wifi::GroupSituation situation;
    situation.members = listeners.size();
    situation.membersAsleep =
        static_cast<std::size_t>(std::count_if(listeners.begin(), listeners.end(), [](const auto& one) { return one.asleep; }));
    situation.octets = mpdu.GetPacketSize();
    for (const auto& one : listeners)
    {
        situation.memberRates.push_back(one.rates.empty() ? 2 : *std::max_element(one.rates.begin(), one.rates.end()));
    }
    plan.method = m_selector.Choose(group, situation);
    switch (plan.method.method)
    {
    case wifi::Method::UnicastPayload:
    case wifi::Method::UnicastAmsdu:
        plan.copies = listeners;
        plan.groupFrame = false;
        break;
    case wifi::Method::Dms:
        // 11.21.16.2: stations without it still get the group frame. All stations with QoS have it here.
        std::copy_if(listeners.begin(), listeners.end(), std::back_inserter(plan.copies),
                     [](const auto& one) { return one.qos; });
        plan.groupFrame = plan.copies.size() < listeners.size();
        break;
    case wifi::Method::Fms:
        for (const auto& one : listeners)
        {
            m_fms.Request(ToCore(one.address), true, group, plan.method.fmsInterval);
        }
        plan.notBeforeDtim = m_fms.DeliveryDtim(group, dtim);
        break;
    case wifi::Method::NoAck:
    case wifi::Method::GcrUnsolicitedRetry:
    case wifi::Method::GcrBlockAck:
    case wifi::Method::LeaderAck:
        break;
    }
    return plan;
}

std::vector<std::pair<Ptr<Packet>, Mac48Address>>
WifiDelivery::PollQueries()
{
    std::vector<std::pair<Ptr<Packet>, Mac48Address>> queries;
    while (const auto query = m_snooping ? m_snooping->PollQuery() : std::nullopt)
    {
        const auto octets = mcast::WriteIp(query->meta, query->payload);
        auto body = Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size()));
        LlcSnapHeader llc;
        llc.SetType(query->meta.destination.IsIpv4() ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
        body->AddHeader(llc);
        queries.emplace_back(body, FromCore(mcast::GroupMac(query->meta.destination)));
    }
    return queries;
}

void
WifiDelivery::Advance()
{
    if (m_snooping)
    {
        m_snooping->AdvanceTo(ToTimePoint(Simulator::Now()));
    }
}

std::optional<Time>
WifiDelivery::NextDeadline() const
{
    const auto deadline = m_snooping ? m_snooping->NextDeadline() : std::nullopt;
    return deadline ? std::optional<Time>(FromCoreRoundedUp(*deadline)) : std::nullopt;
}

mcast::Bytes
WifiDelivery::FmsElement(const std::set<mcast::MacAddress>& waiting, std::uint64_t dtim)
{
    if (m_fms.Empty())
    {
        return {};
    }
    m_fms.OnDtim(dtim);
    return wifi::WriteFmsDescriptor(m_fms.Descriptor(waiting));
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
