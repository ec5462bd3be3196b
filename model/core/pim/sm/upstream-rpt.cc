// SPDX-License-Identifier: GPL-2.0-only
// The upstream (S,G,rpt) machine: sources that we do not want by the shared tree.                RFC 7761 4.5.7
//
//                 PruneDesired->TRUE    ->FALSE            RPTJoinDesired->FALSE
//  RPTNotJoined   -> Pruned             -                  -
//  Pruned         -                     -> NotPruned, Join -> RPTNotJoined
//  NotPruned      -> Pruned, Prune      -                  -> RPTNotJoined
//
//  in NotPruned
//    OT expires                                       Join(S,G,rpt), if RPF'(S,G,rpt) is RPF'(*,G)
//    see Prune(S,G,rpt) or Prune(S,G) to RPF'         OT lowered to t_override
//    see Join(S,G,rpt) to RPF'                        OT stopped
//    RPF'(S,G,rpt) becomes RPF'(*,G)                  OT lowered to t_override
//
// RPTNotJoined and NotPruned differ by JoinDesired(*,G) alone, so one flag is the state.

#include "sparse.h"

namespace mcast::pim
{

void
Sparse::FollowRpt(Group& group, const Address& source)
{
    auto flow = FlowOf(group, source);
    const bool rptJoinDesired = !group.ssm && !IsRp(group) && JoinDesired(group); // the RP has nobody to tell
    const bool prune = rptJoinDesired && PruneDesired(flow);
    if (flow.rpt == nullptr && (prune || RpfNeighborRpt(flow) != RpfNeighbor(group)) && rptJoinDesired)
    {
        flow.rpt = FindOrMakeRpt(group, source, InterfaceId{});
    }
    auto* rpt = flow.rpt;
    if (rpt == nullptr)
    {
        return;
    }
    const bool fromWinner = rptJoinDesired && RpfNeighborRpt(flow) != RpfNeighbor(group);
    if (!rptJoinDesired)
    {
        rpt->overrideTimer.Stop();
    }
    else if (prune && !rpt->pruned)
    {
        rpt->overrideTimer.Stop();
        SendRpt(flow, false);
    }
    else if (!prune && rpt->pruned)
    {
        SendRpt(flow, true);
    }
    else if (!prune && rpt->fromWinner && !fromWinner)
    {
        if (const auto interface = RpfInterfaceOfRp(group))
        {
            rpt->overrideTimer.LowerTo(GetContext().now, RandomOverride(*interface));
        }
    }
    if (rpt->pruned != prune)
    {
        rpt->pruned = prune;
        Tell(EventKind::SharedTreePruneChanged, RpfInterfaceOfRp(group).value_or(InterfaceId{}), group.address, source,
             prune);
    }
    rpt->fromWinner = fromWinner;
    Arm(*rpt);
}

// To RPF'(S,G,rpt), on the way to the RP.
void
Sparse::SendRpt(const Flow& flow, bool join)
{
    const auto interface = RpfInterfaceOfRp(flow.group);
    const auto neighbor = RpfNeighborRpt(flow);
    if (interface && *interface != REGISTER_INTERFACE && !neighbor.IsUnspecified())
    {
        const auto* to = m_queue.Find(*interface, neighbor, GetContext().now);
        m_queue.Add(*to, {flow.group.address, flow.source, false, true, join});
    }
}

void
Sparse::OverhearRpt(Interface& interface, Group& group, const Address& source, bool join, bool isRpt,
                    const Address& upstream)
{
    const auto flow = FlowOf(group, source);
    const bool notPruned = !group.ssm && JoinDesired(group) && !PruneDesired(flow);
    if (!notPruned || RpfInterfaceOfRp(group) != interface.Id() || RpfNeighborRpt(flow) != upstream)
    {
        return;
    }
    if (!join)
    {
        if (auto* rpt = FindOrMakeRpt(group, source, interface.Id()))
        {
            rpt->overrideTimer.LowerTo(GetContext().now, RandomOverride(interface.Id()));
            Arm(*rpt);
        }
    }
    else if (isRpt && flow.rpt != nullptr)
    {
        flow.rpt->overrideTimer.Stop();
    }
}

} // namespace mcast::pim
