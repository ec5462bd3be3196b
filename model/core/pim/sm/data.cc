// SPDX-License-Identifier: GPL-2.0-only
// The rules for data packets, over a forwarding cache that asks about the first packet of a source and group, and about
// packets that come in elsewhere than its entry says.                                            RFC 7761 4.2
//
// The rules speak of each packet; the cache shows us few. What a later packet could change is foreseen by WouldMatter:
// then the entry goes away, and the next packet is a first one again. Whether data still comes is asked for when the
// Keepalive Timer is over.

#include "sparse.h"

namespace mcast::pim
{

namespace
{

constexpr Duration MEASURE_INTERVAL = std::chrono::seconds{2}; // of rates, with SptSwitchover::AtRate

} // namespace

void
Sparse::HandleData(InterfaceId interface, const Address& address, const Address& source)
{
    if (!m_owner.MayCross(interface, address))
    {
        return;
    }
    const bool ssm = m_owner.GetConfig().IsSsm(address);
    auto* group = FindGroup(address);
    auto* sg = group == nullptr ? nullptr : group->FindSource(source);
    const auto rpf = sg == nullptr ? m_owner.FindRpf(source) : sg->root->rpf;
    const auto& config = m_owner.GetConfig();
    if (rpf.isDirectlyConnected && rpf.interface == interface && !ssm)
    {
        group = FindOrMakeGroup(address);
        sg = FindOrMakeSource(*group, source, interface);
        if (sg == nullptr)
        {
            return SweepGroup(*group);
        }
        sg->keepalive.Restart(GetContext().now, config.keepalivePeriod);
    }
    else if (sg != nullptr && rpf.interface == interface && sg->joined && !ssm &&
             !IsInheritedOlistEmpty(FlowOf(*group, source)))
    {
        sg->keepalive.Restart(GetContext().now, config.keepalivePeriod);
    }
    if (group == nullptr)
    {
        return;
    }
    if (sg != nullptr)
    {
        UpdateSource(*group, source); // Register, and what the Keepalive Timer makes desired, before the SPTbit
    }
    auto flow = FlowOf(*group, source);
    UpdateSptBit(flow, interface);
    if (flow.sg != nullptr && RpfInterface(*flow.sg) == interface && SptBit(flow))
    {
        // (S,G) state forwards it
    }
    else if (RpfInterfaceOfRp(*group) == interface && !SptBit(flow))
    {
        if (!WantsSwitch(flow))
        {
        }
        else if (SwitchToSptDesired(flow))
        {
            flow.sg = FindOrMakeSource(*group, source, interface);
            if (flow.sg != nullptr)
            {
                flow.sg->keepalive.Restart(GetContext().now, config.keepalivePeriod);
            }
        }
        else if (config.sptSwitchover.when == SptSwitchover::When::AtRate)
        {
            WatchRate(address, source);
        }
    }
    else
    {
        DataArrivedOutside(flow, interface);
    }
    Update(*group, source);
}

// The condition of Update_SPTbit (4.2.2).
bool
Sparse::WouldSetSptBit(const Flow& flow, InterfaceId interface) const
{
    const auto* sg = flow.sg;
    if (sg == nullptr || sg->sptBit || RpfInterface(*sg) != interface || !JoinDesired(flow))
    {
        return false;
    }
    const auto neighbor = RpfNeighbor(flow);
    const auto* assert = sg->AssertOn(interface);
    return sg->root->rpf.isDirectlyConnected || RpfInterfaceOfRp(flow.group) != interface ||
           IsInheritedOlistRptEmpty(flow) || (neighbor == RpfNeighbor(flow.group) && !neighbor.IsUnspecified()) ||
           (assert != nullptr && assert->IsLoser());
}

void
Sparse::UpdateSptBit(const Flow& flow, InterfaceId interface)
{
    if (WouldSetSptBit(flow, interface))
    {
        flow.sg->sptBit = true;
        Tell(EventKind::SptBitChanged, interface, flow.group.address, flow.sg->source, true);
    }
}

// Would a packet that the entry takes change state?
bool
Sparse::WouldMatter(const Flow& flow, InterfaceId incoming) const
{
    const auto* sg = flow.sg;
    if (flow.group.ssm)
    {
        return false;
    }
    if (sg != nullptr && RpfInterface(*sg) == incoming)
    {
        if (!sg->keepalive.Running() && (sg->root->rpf.isDirectlyConnected || sg->joined))
        {
            return true;
        }
        if (WouldSetSptBit(flow, incoming))
        {
            return true;
        }
    }
    return RpfInterfaceOfRp(flow.group) == incoming && !SptBit(flow) && !KeepaliveRuns(flow) && WantsSwitch(flow) &&
           SwitchToSptDesired(flow);
}

RoutingDecision
Sparse::Decide(const Address& address, const Address& source) const
{
    RoutingDecision decision;
    auto* group = FindGroup(address);
    const auto flow = group == nullptr ? std::nullopt : std::optional(FlowOf(*group, source));
    const auto* sg = flow ? flow->sg : nullptr;
    const auto rpf = sg == nullptr ? m_owner.FindRpf(source) : sg->root->rpf;
    const auto rpOfGroup = flow ? RpfInterfaceOfRp(*group) : std::nullopt;
    // With nobody on the shared tree there is no other way that data could come: the tree of the source is the one, though
    // the bit is set only by its first packet.
    const bool bySource = sg != nullptr && (SptBit(*flow) || rpf.isDirectlyConnected ||
                                            (sg->joined && (!rpOfGroup || IsInheritedOlistRptEmpty(*flow))));
    const auto incoming = bySource || !rpOfGroup ? rpf.interface : rpOfGroup;
    decision.incoming = incoming;
    // What comes from a source of the link starts the Keepalive Timer, whatever else is known, and also where data of
    // others is to come from the RP.
    decision.ask = rpf.isDirectlyConnected && rpf.interface && (sg == nullptr || !sg->keepalive.Running()) &&
                   !m_owner.GetConfig().IsSsm(address) && m_owner.MayCross(*rpf.interface, address);
    if (!flow || !incoming)
    {
        return decision;
    }
    if (bySource && InImmediateOlist(*flow, REGISTER_INTERFACE))
    {
        decision.outgoing.push_back(REGISTER_INTERFACE);
    }
    const bool both = ShareOneLink(*flow);
    for (const auto id : m_owner.DataInterfaces())
    {
        // The link of a source has its data already. The rules don't say so, as they see its first packet there and set
        // the SPTbit; here one that came around by the shared tree may be what is seen first.
        const bool has = rpf.isDirectlyConnected && rpf.interface == id;
        if (!has && (bySource || both ? InInheritedOlist(*flow, id) : InInheritedOlistRpt(*flow, id)))
        {
            decision.outgoing.push_back(id);
        }
    }
    decision.ask = decision.ask || WouldMatter(*flow, *incoming);
    return decision;
}

void
Sparse::HandleActivity(const Address& address, const Address& source, bool active, std::optional<Duration> idle,
                       std::uint64_t bytes)
{
    const auto now = GetContext().now;
    if (const auto watched = m_watched.find({address, source}); watched != m_watched.end())
    {
        const auto elapsed = std::chrono::duration<double>(now - watched->second).count();
        watched->second = now;
        auto* group = FindGroup(address);
        const double threshold = static_cast<double>(m_owner.GetConfig().sptSwitchover.rate);
        if (group != nullptr && elapsed > 0 && static_cast<double>(bytes) / elapsed >= threshold)
        {
            m_watched.erase(watched);
            if (auto* sg = FindOrMakeSource(*group, source, InterfaceId{}))
            {
                sg->keepalive.Restart(GetContext().now, m_owner.GetConfig().keepalivePeriod);
            }
            return Update(*group, source);
        }
    }
    auto* group = FindGroup(address);
    auto* sg = group == nullptr ? nullptr : group->FindSource(source);
    if (sg != nullptr && sg->keepalive.Answer(now, m_owner.GetConfig().keepalivePeriod, active, idle))
    {
        Update(*group, source); // no more: it may have come by the RP's tree, and doesn't set the SPTbit
    }
}

void
Sparse::WatchRate(const Address& group, const Address& source)
{
    m_watched.try_emplace({group, source}, GetContext().now);
    if (!m_measure.Running())
    {
        m_measure.Start(GetContext().now, MEASURE_INTERVAL);
        WakeAt(m_measure.At());
    }
}

void
Sparse::OnAlarm(TimePoint now)
{
    if (!m_measure.Due(now))
    {
        return;
    }
    for (auto place = m_watched.begin(); place != m_watched.end();)
    {
        const auto& [group, source] = place->first;
        place = m_owner.AskForActivity(group, source) ? std::next(place) : m_watched.erase(place);
    }
    m_measure.Stop();
    if (!m_watched.empty())
    {
        m_measure.Start(now, MEASURE_INTERVAL);
        WakeAt(m_measure.At());
    }
}

} // namespace mcast::pim
