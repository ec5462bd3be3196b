// SPDX-License-Identifier: GPL-2.0-only
// The trees, as read out.

#include "sparse.h"

namespace mcast::pim
{

namespace
{

// Where data may go, and where the tree has state.
std::vector<InterfaceId>
WithState(const std::vector<InterfaceId>& interfaces, const Tree& tree)
{
    auto ids = interfaces;
    for (const auto& item : tree.interfaces)
    {
        ids.push_back(item.id);
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

} // namespace

void
Sparse::FillInterface(TreeInterfaceView& view, const Tree& tree, InterfaceId id) const
{
    const auto now = GetContext().now;
    view.interface = id;
    if (const auto* item = tree.Find(id))
    {
        view.state = item->downstream.State();
        view.expires = item->downstream.Expiry().Remaining(now);
        view.forever = item->downstream.IsJoined() && !item->downstream.Expiry().Running();
        view.prunePending = item->downstream.PrunePending().Remaining(now);
    }
    Fill(view, tree.AssertOn(id), now);
}

TreeView
Sparse::BaseView(const Group& group, TreeView::Kind kind, const Address& source, TimePoint since) const
{
    TreeView view;
    view.kind = kind;
    view.group = group.address;
    view.source = source;
    view.rp = group.rp == nullptr ? Address::Any(m_family) : group.rp->address;
    view.uptime = GetContext().now - since;
    view.upstream = view.nextHop = Address::Any(m_family);
    return view;
}

TreeView
Sparse::ViewOf(const Group& group, const StarG& star) const
{
    auto view = BaseView(group, TreeView::Kind::StarG, Address::Any(m_family), star.since);
    view.joined = star.joined;
    view.joinDesired = JoinDesired(group);
    view.rpfInterface = RpfInterfaceOfRp(group);
    view.joinTimer = star.joinTimer.Remaining(GetContext().now);
    FillUpstream(view, RpfNeighbor(group), group.rp);
    for (const auto id : WithState(m_owner.DataInterfaces(), star))
    {
        TreeInterfaceView on;
        FillInterface(on, star, id);
        on.couldAssert = CouldAssert(group, id);
        on.localMembers = PimInclude(group, id);
        on.outgoing = InImmediateOlist(group, id);
        if (on.SaysAnything())
        {
            view.interfaces.push_back(on);
        }
    }
    return view;
}

TreeView
Sparse::ViewOf(const Flow& flow, const SG& sg) const
{
    const auto now = GetContext().now;
    auto view = BaseView(flow.group, TreeView::Kind::SG, sg.source, sg.since);
    view.joined = sg.joined;
    view.joinDesired = JoinDesired(flow);
    view.rpfInterface = RpfInterface(sg);
    view.joinTimer = sg.joinTimer.Remaining(now);
    view.keepalive = sg.keepalive.Remaining(now);
    view.sptBit = SptBit(flow);
    view.registerState = sg.Registering();
    view.registerStopTimer = sg.registering ? sg.registering->StopTimer().Remaining(now) : Duration::zero();
    FillUpstream(view, RpfNeighbor(flow), sg.root);
    for (const auto id : WithState(m_owner.DataInterfaces(), sg))
    {
        TreeInterfaceView on;
        FillInterface(on, sg, id);
        on.couldAssert = CouldAssert(flow, id);
        on.localMembers = PimInclude(flow, id);
        on.outgoing = InImmediateOlist(flow, id);
        if (on.SaysAnything())
        {
            view.interfaces.push_back(on);
        }
    }
    return view;
}

TreeView
Sparse::ViewOf(const Flow& flow, const SGRpt& rpt) const
{
    const auto now = GetContext().now;
    auto view = BaseView(flow.group, TreeView::Kind::SGRpt, rpt.source, rpt.since);
    view.joined = JoinDesired(flow.group) && !rpt.pruned;
    view.joinDesired = PruneDesired(flow);
    view.rpfInterface = RpfInterfaceOfRp(flow.group);
    view.joinTimer = rpt.overrideTimer.Remaining(now);
    FillUpstream(view, RpfNeighborRpt(flow), flow.group.rp);
    for (const auto& item : rpt.interfaces)
    {
        TreeInterfaceView on;
        on.interface = item.id;
        on.state = item.downstream.State();
        on.expires = item.downstream.Expiry().Remaining(now);
        on.forever = on.state != DownstreamState::NoInfo && !item.downstream.Expiry().Running();
        on.prunePending = item.downstream.PrunePending().Remaining(now);
        on.outgoing = InInheritedOlistRpt(flow, item.id);
        view.interfaces.push_back(on);
    }
    return view;
}

void
Sparse::FillUpstream(TreeView& view, const Address& neighbor, const RpfRoot* root) const
{
    if (!neighbor.IsUnspecified())
    {
        view.upstream = neighbor;
    }
    if (root != nullptr && !root->rpf.nextHop.IsUnspecified())
    {
        view.nextHop = root->rpf.nextHop;
    }
    if (view.rpfInterface == std::nullopt && root != nullptr)
    {
        view.rpfInterface = root->rpf.interface;
    }
}

std::vector<TreeView>
Sparse::Trees(const std::optional<Address>& wanted) const
{
    std::vector<TreeView> views;
    for (const auto& address : wanted ? std::vector<Address>{*wanted} : GroupAddresses())
    {
        auto* group = FindGroup(address);
        if (group == nullptr)
        {
            continue;
        }
        if (group->star)
        {
            views.push_back(ViewOf(*group, *group->star));
        }
        for (const auto& source : SourcesOf(*group))
        {
            const auto flow = FlowOf(*group, source);
            if (flow.sg != nullptr)
            {
                views.push_back(ViewOf(flow, *flow.sg));
            }
            if (flow.rpt != nullptr)
            {
                views.push_back(ViewOf(flow, *flow.rpt));
            }
        }
    }
    return views;
}

} // namespace mcast::pim
