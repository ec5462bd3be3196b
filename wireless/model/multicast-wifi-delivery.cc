// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/core/wire/ethernet.h"
#include "../../model/core/wire/ip.h"
#include "../../model/multicast-convert.h"
#include "multicast-dtim-ap.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-delivery.h"
#include "multicast-wifi-measure.h"

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
SelectionOf(const DtimAp& owner, Ptr<ApWifiMac> mac)
{
    wifi::SelectionConfig config;
    config.standard.method = static_cast<wifi::Method>(owner.GetMethod());
    config.standard.retries = owner.GetRetries();
    config.standard.fmsInterval = owner.GetFmsInterval();
    config.standard.blockSize = owner.GetBlockSize();
    config.automatic = static_cast<wifi::Automatic>(owner.GetAutomatic());
    config.unicast = owner.GetMethod() == DtimAp::UNICAST_PAYLOAD ? wifi::Method::UnicastPayload : wifi::Method::UnicastAmsdu;
    config.maxUnicastMembers = owner.GetMaxUnicastMembers();
    config.maxLoss = owner.GetMaxLoss();
    config.timing = WifiMeasure::Timing(mac);
    return config;
}

std::vector<WifiDelivery::Member>
Those(const std::vector<WifiDelivery::Member>& members, const std::vector<mcast::MacAddress>& addresses)
{
    std::vector<WifiDelivery::Member> some;
    std::copy_if(members.begin(), members.end(), std::back_inserter(some), [&addresses](const auto& one) {
        return std::find(addresses.begin(), addresses.end(), ToCore(one.address)) != addresses.end();
    });
    return some;
}

} // namespace

WifiDelivery::WifiDelivery(const DtimAp& owner, Ptr<ApWifiMac> mac, WifiMeasure* measure, mcast::Duration dtimInterval)
    : m_ap(mac),
      m_measure(measure),
      m_selector(SelectionOf(owner, mac)),
      m_services({owner.GetOfferFms(), mac->GetQosSupported() && owner.GetOfferDms(),
                  mac->GetQosSupported() && owner.GetOfferGcr(), true})
{
    for (const auto& [group, method] : owner.GetGroupMethods())
    {
        auto config = SelectionOf(owner, mac).standard;
        config.method = static_cast<wifi::Method>(method);
        m_selector.Set(ToCore(group), config);
    }
    if (owner.GetSnooping())
    {
        wifi::SnoopingConfig config;
        config.querier = owner.GetQuerier();
        config.querierIpv4 = mcast::Address::Ipv4(owner.GetQuerierAddress().Get());
        const auto address6 = owner.GetQuerierAddress6();
        config.querierIpv6 =
            ToCore(address6.IsAny() ? Ipv6Address::MakeAutoconfiguredLinkLocalAddress(mac->GetAddress()) : address6);
        config.responseMargin = std::max(config.responseMargin, dtimInterval);
        m_snooping = std::make_unique<wifi::Snooping>(config);
    }
}

void
WifiDelivery::Join(const Member& member)
{
    m_services.Forget(ToCore(member.address));
    if (m_snooping)
    {
        m_snooping->StationJoined(ToTimePoint(Simulator::Now()), member.aid);
    }
}

void
WifiDelivery::Leave(const Member& member)
{
    m_services.Forget(ToCore(member.address));
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
    std::vector<mcast::MacAddress> addresses;
    std::transform(listeners.begin(), listeners.end(), std::back_inserter(addresses),
                   [](const auto& one) { return ToCore(one.address); });
    const auto division = m_services.Divide(group, addresses);
    plan.directed = Those(listeners, division.directed);
    plan.concealed = !division.unsolicited.empty();
    for (const auto& one : Those(listeners, division.blockAck))
    {
        plan.blockAck.emplace(ToCore(one.address), one.signal);
    }
    const auto others = Those(listeners, division.others);
    plan.method = m_selector.Choose(group, SituationOf(mpdu, others));
    plan.groupFrame = others.size() > 0 || listeners.empty();
    if (plan.groupFrame)
    {
        PlanForOthers(mpdu, others, dtim, plan);
    }
    return plan;
}

wifi::GroupSituation
WifiDelivery::SituationOf(const WifiMpdu& mpdu, const MemberList& members) const
{
    wifi::GroupSituation situation;
    situation.members = members.size();
    situation.octets = mpdu.GetPacketSize();
    situation.groupRate = WifiMeasure::GroupRate(m_ap);
    for (const auto& one : members)
    {
        situation.membersAsleep += one.asleep ? 1 : 0;
        situation.membersWithGcr += one.qos && one.capabilities.gcr ? 1 : 0;
        situation.memberRates.push_back(RateOf(one, situation.groupRate));
        situation.worstLoss = std::max(situation.worstLoss, m_measure ? m_measure->LossOf(one.address) : 0);
    }
    return situation;
}

// In 500 kb/s: that of its last frame; of a member that had none, the highest one that it told.
wifi::Rate
WifiDelivery::RateOf(const Member& member, wifi::Rate groupRate) const
{
    const auto measured = m_measure ? m_measure->RateOf(member.address) : 0;
    const auto& told = member.capabilities.rates;
    return measured > 0 ? measured : told.empty() ? groupRate : *std::max_element(told.begin(), told.end());
}

// Of the members that asked for nothing.
void
WifiDelivery::PlanForOthers(const WifiMpdu& mpdu, const MemberList& others, std::uint64_t dtim, Plan& plan)
{
    const auto group = ToCore(mpdu.GetHeader().GetAddr1());
    switch (plan.method.method)
    {
    case wifi::Method::UnicastPayload:
    case wifi::Method::UnicastAmsdu:
        plan.copies = others;
        plan.groupFrame = false;
        break;
    case wifi::Method::Dms:
        OfferDms(others, group, plan);
        break;
    case wifi::Method::Fms:
        for (const auto& one : others)
        {
            m_services.Fms().Request(ToCore(one.address), true, group, plan.method.fmsInterval);
        }
        break;
    case wifi::Method::GcrBlockAck:
    case wifi::Method::LeaderAck:
        PlanAcknowledged(others, plan);
        break;
    case wifi::Method::NoAck:
    case wifi::Method::GcrUnsolicitedRetry:
        break;
    }
    plan.notBeforeDtim = m_services.Fms().DeliveryDtim(group, dtim);
}

// 11.21.16.2: stations without it still get the group frame, and those that have it leave that to them. So a station has to know
// that it has it: it is told, and until it has acknowledged that it belongs to the others.
void
WifiDelivery::OfferDms(const MemberList& members, const mcast::MacAddress& group, Plan& plan)
{
    for (const auto& one : members)
    {
        if (auto offer = one.qos ? m_services.Offer(ToCore(one.address), one.capabilities, group) : std::nullopt)
        {
            plan.offers.emplace_back(one, *offer);
        }
    }
}

std::optional<mcast::Bytes>
WifiDelivery::HandleAction(const Member& member, mcast::BytesView body)
{
    return m_services.Handle(ToCore(member.address), member.capabilities, body);
}

std::optional<Mac48Address>
WifiDelivery::ActionAcked(Mac48Address station, mcast::BytesView body)
{
    const auto group = m_services.Confirmed(ToCore(station), body);
    return group ? std::optional(FromCore(*group)) : std::nullopt;
}

void
WifiDelivery::ActionLost(Mac48Address station, mcast::BytesView body)
{
    m_services.Lost(ToCore(station), body);
}

// Any one member can lead. Frames under block ack are QoS Data, which all members have to take; else nobody acknowledges.
void
WifiDelivery::PlanAcknowledged(const MemberList& listeners, Plan& plan)
{
    const bool block = plan.method.method == wifi::Method::GcrBlockAck;
    for (const auto& one : listeners)
    {
        if (one.answers && (one.qos || !block))
        {
            plan.acknowledgers.emplace(ToCore(one.address), one.signal);
        }
    }
    if (plan.acknowledgers.empty() || (block && plan.acknowledgers.size() < listeners.size()))
    {
        plan.acknowledgers.clear();
        plan.method.method = wifi::Method::NoAck;
    }
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
    auto& fms = m_services.Fms();
    if (fms.Empty())
    {
        return {};
    }
    fms.OnDtim(dtim);
    return wifi::WriteFmsDescriptor(fms.Descriptor(waiting));
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
