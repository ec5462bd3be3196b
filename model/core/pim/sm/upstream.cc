// SPDX-License-Identifier: GPL-2.0-only
// The upstream (*,G) and (S,G) machines: what we ask of the router towards the root.     RFC 7761 4.5.4, 4.5.5
//
//              JoinDesired->TRUE     ->FALSE
//  NotJoined   -> Joined, Join, JT   -
//  Joined      -                     -> NotJoined, Prune; of (S,G) the SPTbit is cleared
//
//  in Joined
//    JT expires                         Join, JT = t_periodic
//    see Join to RPF'                   JT raised to t_joinsuppress
//    see Prune to RPF'                  JT lowered to t_override; of (S,G) also Prune(*,G) and Prune(S,G,rpt)
//    RPF' changes, not by an Assert     Join to the new one, Prune to the old one, JT = t_periodic
//    RPF' changes by an Assert, or its  JT lowered to t_override
//    Generation ID does
//
// With a Join(*,G) go the prunes of the sources that we don't want by the shared tree (4.5.6).

#include "sparse.h"

#include <algorithm>

namespace mcast::pim
{

Sparse::Wish
Sparse::WishOf(const Group& group) const
{
    const auto interface = RpfInterfaceOfRp(group);
    const bool tunnel = interface == REGISTER_INTERFACE; // at the RP the tree ends
    const bool loser = interface && group.star && group.star->AssertOn(*interface) != nullptr &&
                       group.star->AssertOn(*interface)->IsLoser();
    return {JoinDesired(group), tunnel ? std::nullopt : interface, RpfNeighbor(group), loser};
}

Sparse::Wish
Sparse::WishOf(const Flow& flow) const
{
    const auto interface = RpfInterface(*flow.sg);
    const bool loser =
        interface && flow.sg->AssertOn(*interface) != nullptr && flow.sg->AssertOn(*interface)->IsLoser();
    return {JoinDesired(flow), interface, RpfNeighbor(flow), loser};
}

// Brings the machine to where it should be. \return did what others depend on change?
bool
Sparse::Follow(Tree& tree, const Wish& wish, Kind kind, const Address& source)
{
    const auto now = GetContext().now;
    const auto& group = tree.group.address;
    auto* const target = wish.desired && wish.interface && !wish.neighbor.IsUnspecified()
                             ? m_queue.Find(*wish.interface, wish.neighbor, now)
                             : nullptr;
    const auto told = kind == Kind::SG ? source : Address::Any(m_family);
    if (!wish.desired)
    {
        if (!tree.joined)
        {
            return false;
        }
        Send(tree, tree.joinedTo, false, kind, source);
        tree.joined = false;
        tree.byAssert = false;
        tree.joinedTo = nullptr;
        tree.joinTimer.Stop();
        if (kind == Kind::SG)
        {
            static_cast<SG&>(tree).sptBit = false;
        }
        Tell(EventKind::TreeChanged, wish.interface.value_or(InterfaceId{}), group, told, false);
        return true;
    }
    if (!tree.joined)
    {
        tree.joined = true;
        tree.byAssert = wish.byAssert;
        tree.joinedTo = target;
        Tell(EventKind::TreeChanged, wish.interface.value_or(InterfaceId{}), group, told, true);
        SendPeriodic(tree, now, kind, source);
        if (kind == Kind::SG)
        {
            m_owner.AskForData(group, source); // the packet that sets the SPTbit must not go by unseen
        }
        return true;
    }
    if (target == tree.joinedTo)
    {
        tree.byAssert = wish.byAssert;
        return false;
    }
    const auto* old = tree.joinedTo;
    const bool byAssert =
        target != nullptr && old != nullptr && target->interface == old->interface && (wish.byAssert || tree.byAssert);
    tree.joinedTo = target;
    tree.byAssert = wish.byAssert;
    if (byAssert)
    {
        tree.joinTimer.LowerTo(now, RandomOverride(target->interface));
        return true;
    }
    Send(tree, old, false, kind, source);
    SendPeriodic(tree, now, kind, source);
    return true;
}

void
Sparse::Send(Tree& tree, const UpstreamNeighbor* to, bool join, Kind kind, const Address& source)
{
    if (to != nullptr)
    {
        m_queue.Add(*to, {tree.group.address, source, kind == Kind::StarG, kind == Kind::StarG, join});
    }
}

void
Sparse::SendPeriodic(Tree& tree, TimePoint now, Kind kind, const Address& source)
{
    if (tree.joinedTo == nullptr)
    {
        return tree.joinTimer.Stop(); // Joined, and nobody there to be told
    }
    Send(tree, tree.joinedTo, true, kind, source);
    if (kind == Kind::StarG)
    {
        AddRptPrunes(tree.group, *tree.joinedTo);
    }
    tree.joinTimer.StartAt(JoinPruneQueue::NextPeriodic(*tree.joinedTo, now, m_owner.GetConfig().joinPrunePeriod));
}

// 4.5.6
void
Sparse::AddRptPrunes(Group& group, const UpstreamNeighbor& to)
{
    for (const auto& source : SourcesOf(group))
    {
        const auto flow = FlowOf(group, source);
        const auto rpf = RpfNeighbor(group);
        const bool prune =
            SptBit(flow) ? rpf != RpfNeighbor(flow) : IsInheritedOlistRptEmpty(flow) || rpf != RpfNeighborRpt(flow);
        if (prune)
        {
            m_queue.Add(to, {group.address, source, false, true, false});
        }
    }
}

Duration
Sparse::RandomOverride(InterfaceId id) const
{
    const auto* interface = PimOn(id);
    return interface == nullptr ? Duration::zero() : GetContext().random.Delay(interface->EffectiveOverrideInterval());
}

bool
Sparse::IsToldTo(const Tree* tree, InterfaceId interface, const Address& neighbor) const
{
    return tree != nullptr && tree->joined && tree->joinedTo != nullptr && tree->joinedTo->interface == interface &&
           tree->joinedTo->address == neighbor;
}

void
Sparse::Suppress(Tree& tree, Interface& interface, std::uint16_t holdtime)
{
    if (!interface.JoinSuppression())
    {
        return;
    }
    const auto period = m_owner.GetConfig().joinPrunePeriod;
    const Duration suppressed = period * 11 / 10 + GetContext().random.Delay(period * 3 / 10);
    const auto until = GetContext().now + std::min<Duration>(suppressed, std::chrono::seconds{holdtime});
    if (tree.joinTimer.Running() && tree.joinTimer.At() < until)
    {
        tree.joinTimer.StartAt(until);
    }
}

void
Sparse::Hasten(Tree& tree, InterfaceId interface)
{
    tree.joinTimer.LowerTo(GetContext().now, RandomOverride(interface));
}

// What another router of a LAN tells its upstream neighbour, which is ours, too.
void
Sparse::Overhear(Interface& interface, const JoinPrune& message)
{
    for (const auto& set : message.groups)
    {
        auto* group = FindGroup(set.group.group.GetAddress());
        if (group == nullptr)
        {
            continue;
        }
        for (const auto& entry : set.joins)
        {
            OverhearEntry(interface, *group, entry, true, message.upstream, message.holdtime);
        }
        for (const auto& entry : set.prunes)
        {
            OverhearEntry(interface, *group, entry, false, message.upstream, message.holdtime);
        }
        group->sources.ForEach([this](SG& sg) { Arm(sg); });
        if (group->star)
        {
            Arm(*group->star);
        }
        Sweep(*group);
    }
}

void
Sparse::OverhearEntry(Interface& interface, Group& group, const EncodedSource& entry, bool join,
                      const Address& upstream, std::uint16_t holdtime)
{
    const auto id = interface.Id();
    if (entry.wildcard)
    {
        if (IsToldTo(group.star.get(), id, upstream))
        {
            if (!join)
            {
                Hasten(*group.star, id);
            }
            else if (group.rp != nullptr && group.rp->address == entry.address)
            {
                Suppress(*group.star, interface, holdtime);
            }
        }
        group.sources.ForEach([&](SG& sg) {
            if (!join && IsToldTo(&sg, id, upstream))
            {
                Hasten(sg, id);
            }
        });
        return;
    }
    auto* sg = group.FindSource(entry.address);
    if (IsToldTo(sg, id, upstream))
    {
        if (!join)
        {
            Hasten(*sg, id);
        }
        else if (!entry.rpt)
        {
            Suppress(*sg, interface, holdtime);
        }
    }
    OverhearRpt(interface, group, entry.address, join, entry.rpt, upstream);
}

// It has forgotten what we joined there.
void
Sparse::NeighborRestarted(InterfaceId interface, const Address& neighbor)
{
    for (const auto& address : GroupAddresses())
    {
        auto& group = *FindGroup(address);
        if (IsToldTo(group.star.get(), interface, neighbor))
        {
            Hasten(*group.star, interface);
            Arm(*group.star);
        }
        group.sources.ForEach([&](SG& sg) {
            if (IsToldTo(&sg, interface, neighbor))
            {
                Hasten(sg, interface);
                Arm(sg);
            }
        });
    }
}

} // namespace mcast::pim
