// SPDX-License-Identifier: GPL-2.0-only
// Flooded (S,G), as read out.

#include "dense.h"

namespace mcast::pim
{

TreeView
Dense::ViewOf(const Flood& flood) const
{
    const auto now = GetContext().now;
    const auto& rpf = flood.root->rpf;
    const auto neighbor = RpfNeighbor(flood);
    TreeView view;
    view.kind = TreeView::Kind::Dense;
    view.group = flood.group;
    view.source = flood.source;
    view.rp = Address::Any(m_family);
    view.joined = !flood.upstream.IsPruned();
    view.joinDesired = !IsOlistEmpty(flood);
    view.upstream = neighbor.IsUnspecified() ? Address::Any(m_family) : neighbor;
    view.nextHop = rpf.nextHop.IsUnspecified() ? Address::Any(m_family) : rpf.nextHop;
    view.rpfInterface = rpf.interface;
    view.joinTimer = flood.upstream.Override().Remaining(now);
    view.keepalive = flood.active.Remaining(now);
    view.upstreamState = flood.upstream.State();
    view.pruneLimitTimer = flood.upstream.PruneLimit().Remaining(now);
    view.graftRetryTimer = flood.upstream.GraftRetry().Remaining(now);
    view.originator = flood.refresh.Running();
    view.stateRefreshTimer = flood.refresh.Remaining(now);
    view.uptime = now - flood.since;
    for (const auto id : m_owner.DataInterfaces())
    {
        TreeInterfaceView on;
        on.interface = id;
        if (const auto* item = flood.interfaces.Find(id))
        {
            on.state = item->downstream.State();
            on.expires = item->downstream.PruneTimer().Remaining(now);
            on.forever = item->downstream.IsPruned() && !item->downstream.PruneTimer().Running();
            on.prunePending = item->downstream.PrunePending().Remaining(now);
        }
        Fill(on, flood.AssertOn(id), now);
        on.couldAssert = InputsOf(flood, id).couldAssert;
        on.localMembers = m_owner.WantsSource(id, flood.group, flood.source);
        on.outgoing = InOlist(rpf, flood.group, flood.source, &flood, id);
        if (on.SaysAnything())
        {
            view.interfaces.push_back(on);
        }
    }
    return view;
}

std::vector<TreeView>
Dense::Trees(const std::optional<Address>& wanted) const
{
    std::vector<TreeView> views;
    for (const auto* flood : wanted ? OfGroup(*wanted) : All())
    {
        views.push_back(ViewOf(*flood));
    }
    return views;
}

} // namespace mcast::pim
