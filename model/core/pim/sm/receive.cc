// SPDX-License-Identifier: GPL-2.0-only
// Join/Prune messages as they come in: for us, or overheard on the way to another router.            RFC 7761 4.5

#include "../rp-set.h"
#include "sparse.h"

namespace mcast::pim
{

void
Sparse::HandleJoinPrune(Interface& interface, const PacketMeta& meta, const JoinPrune& message)
{
    if (message.upstream != interface.PrimaryAddress())
    {
        return Overhear(interface, message);
    }
    const auto speaker = m_claims.NumberOf(interface.Id(), meta.source);
    for (const auto& set : message.groups)
    {
        ReceiveGroup(interface, speaker, set, message.holdtime);
    }
}

bool
Sparse::IsRoot(const EncodedSource& source, Interface& interface, const Address& group) const
{
    if (!IsDomainWide(source.address))
    {
        interface.GetJournal().Ignored(group, Reason::BadSource);
        return false;
    }
    if ((source.wildcard || source.rpt) && m_owner.GetConfig().IsSsm(group))
    {
        interface.GetJournal().Ignored(group, Reason::SsmGroup);
        return false;
    }
    return true;
}

// Joins before Prunes, and (*,G) before the sources that the message takes off it.
void
Sparse::ReceiveGroup(Interface& interface, Claims::Number speaker, const GroupSet& set, std::uint16_t holdtime)
{
    const auto& address = set.group.group.GetAddress();
    bool shared = false;
    for (const auto& entry : set.joins)
    {
        if (entry.wildcard && IsRoot(entry, interface, address))
        {
            ReceiveJoinStarG(interface, speaker, address, entry.address, holdtime);
            shared = true;
        }
    }
    std::vector<Address> sources;
    for (const bool join : {true, false})
    {
        for (const auto& entry : join ? set.joins : set.prunes)
        {
            if ((join && entry.wildcard) || !IsRoot(entry, interface, address))
            {
                continue;
            }
            auto* group = FindGroup(address);
            if (join && !entry.rpt)
            {
                ReceiveJoinSG(interface, speaker, address, entry.address, holdtime);
            }
            else if (!join && entry.rpt && !entry.wildcard)
            {
                ReceivePruneRpt(interface, speaker, *FindOrMakeGroup(address), entry.address, holdtime);
            }
            else if (group == nullptr)
            {
                continue; // there is nothing that it could change
            }
            else if (entry.wildcard)
            {
                ReceivePruneStarG(interface, *group);
                shared = true;
            }
            else if (join)
            {
                ReceiveJoinRpt(interface, *group, entry.address);
            }
            else
            {
                ReceivePruneSG(interface, *group, entry.address);
            }
            if (!entry.wildcard)
            {
                sources.push_back(entry.address);
            }
        }
    }
    auto* group = FindGroup(address);
    if (group != nullptr && shared)
    {
        EndOfMessage(interface.Id(), *group);
        return Update(*group);
    }
    for (const auto& source : sources)
    {
        if (auto* known = FindGroup(address))
        {
            Update(*known, source);
        }
    }
}

void
Sparse::ReceiveJoinStarG(Interface& interface, Claims::Number speaker, const Address& address, const Address& rp,
                         std::uint16_t holdtime)
{
    if (m_owner.FindRp(address) != rp)
    {
        return interface.GetJournal().Ignored(address, Reason::WrongRp);
    }
    const auto id = interface.Id();
    auto* group = FindOrMakeGroup(address);
    auto* known = group->star ? group->star->Find(id) : nullptr;
    if ((known == nullptr || !known->downstream.IsJoined()) && !RoomForClaim(interface, address, speaker))
    {
        return SweepGroup(*group);
    }
    auto* star = FindOrMakeStar(*group, id);
    if (star == nullptr)
    {
        return SweepGroup(*group);
    }
    auto& item = star->At(id);
    if (item.downstream.ReceiveJoin(GetContext().now, holdtime))
    {
        item.downstream.claim = speaker;
        m_claims.Add(speaker);
        Tell(EventKind::DownstreamChanged, id, address, Address::Any(m_family), true);
    }
    if (item.assert)
    {
        Apply(*star, item, nullptr, item.assert->ForgetLoss());
    }
    for (const auto& source : group->rpts ? SourcesOf(*group) : std::vector<Address>{})
    {
        auto* rpt = group->FindRpt(source);
        auto* prune = rpt == nullptr ? nullptr : rpt->Find(id);
        if (prune != nullptr)
        {
            prune->ReceiveJoinStarG();
        }
    }
}

void
Sparse::ReceivePruneStarG(Interface& interface, Group& group)
{
    auto* item = group.star ? group.star->Find(interface.Id()) : nullptr;
    if (item != nullptr)
    {
        item->downstream.ReceivePrune(GetContext().now, interface.PruneDelay());
    }
}

void
Sparse::ReceiveJoinSG(Interface& interface, Claims::Number speaker, const Address& address, const Address& source,
                      std::uint16_t holdtime)
{
    const auto id = interface.Id();
    auto* group = FindOrMakeGroup(address);
    auto* known = group->FindSource(source);
    auto* place = known == nullptr ? nullptr : known->Find(id);
    if ((place == nullptr || !place->downstream.IsJoined()) && !RoomForClaim(interface, address, speaker))
    {
        return SweepGroup(*group);
    }
    auto* sg = FindOrMakeSource(*group, source, id);
    if (sg == nullptr)
    {
        return SweepGroup(*group);
    }
    auto& item = sg->At(id);
    if (item.downstream.ReceiveJoin(GetContext().now, holdtime))
    {
        item.downstream.claim = speaker;
        m_claims.Add(speaker);
        Tell(EventKind::DownstreamChanged, id, address, source, true);
    }
    if (item.assert)
    {
        Apply(*sg, item, sg, item.assert->ForgetLoss());
    }
}

void
Sparse::ReceivePruneSG(Interface& interface, Group& group, const Address& source)
{
    auto* sg = group.FindSource(source);
    auto* item = sg == nullptr ? nullptr : sg->Find(interface.Id());
    if (item != nullptr)
    {
        item->downstream.ReceivePrune(GetContext().now, interface.PruneDelay());
    }
}

void
Sparse::ReceiveJoinRpt(Interface& interface, Group& group, const Address& source)
{
    auto* rpt = group.FindRpt(source);
    auto* prune = rpt == nullptr ? nullptr : rpt->Find(interface.Id());
    if (prune != nullptr && prune->State() != DownstreamState::NoInfo)
    {
        const bool was = prune->IsPruned();
        prune->ReceiveJoin();
        Unclaim(*prune);
        if (was)
        {
            Tell(EventKind::DownstreamChanged, interface.Id(), group.address, source, false);
        }
    }
}

void
Sparse::ReceivePruneRpt(Interface& interface, Claims::Number speaker, Group& group, const Address& source,
                        std::uint16_t holdtime)
{
    const auto id = interface.Id();
    auto* known = group.FindRpt(source);
    if ((known == nullptr || known->Find(id) == nullptr) && !RoomForClaim(interface, group.address, speaker))
    {
        return;
    }
    auto* rpt = FindOrMakeRpt(group, source, id);
    if (rpt != nullptr)
    {
        auto& prune = rpt->At(id);
        if (prune.State() == DownstreamState::NoInfo)
        {
            prune.claim = speaker;
            m_claims.Add(speaker);
        }
        prune.ReceivePrune(GetContext().now, holdtime, interface.PruneDelay());
        if (interface.PruneDelay() == Duration::zero())
        {
            prune.Expire(GetContext().now); // nobody could object, so it counts at once
        }
        Unclaim(prune); // a Holdtime of 0
    }
}

// Prunes that a Join(*,G) took back and that the message did not repeat.
void
Sparse::EndOfMessage(InterfaceId interface, Group& group)
{
    if (!group.rpts)
    {
        return;
    }
    for (auto& [source, rpt] : *group.rpts)
    {
        auto* prune = rpt.Find(interface);
        if (prune != nullptr)
        {
            const bool was = prune->State() != DownstreamState::NoInfo;
            prune->EndOfMessage();
            if (was)
            {
                Unclaim(*prune);
            }
        }
    }
}

bool
Sparse::RoomForClaim(Interface& interface, const Address& group, Claims::Number speaker)
{
    if (m_claims.Count(speaker) < m_owner.GetConfig().maxStatesPerNeighbor)
    {
        return true;
    }
    interface.GetJournal().LimitReached(group, Reason::GroupLimit);
    return false;
}

// A prune that is over is nobody's any more.
void
Sparse::Unclaim(const DownstreamPrune& prune)
{
    if (prune.State() == DownstreamState::NoInfo)
    {
        m_claims.Remove(prune.claim);
    }
}

void
Sparse::ExpireDownstream(Tree& tree, TimePoint now, Kind kind, const Address& source)
{
    for (auto& item : tree.interfaces)
    {
        const auto outcome = item.downstream.Expire(now);
        if (outcome == DownstreamJoin::Outcome::Nothing)
        {
            continue;
        }
        m_claims.Remove(item.downstream.claim);
        const auto told = kind == Kind::SG ? source : Address::Any(m_family);
        Tell(EventKind::DownstreamChanged, item.id, tree.group.address, told, false);
        if (outcome == DownstreamJoin::Outcome::Pruned)
        {
            SendPruneEcho(item.id, tree.group.address, source, kind);
        }
    }
}

// Who missed the Prune hears it once more, from ourselves to ourselves (4.5.1, 4.5.2).
void
Sparse::SendPruneEcho(InterfaceId id, const Address& group, const Address& source, Kind kind)
{
    const auto* interface = PimOn(id);
    if (interface == nullptr || interface->NeighborCount() <= 1)
    {
        return;
    }
    const auto* us = m_queue.Find(id, interface->PrimaryAddress(), GetContext().now);
    m_queue.Add(*us, {group, source, kind == Kind::StarG, kind == Kind::StarG, false});
}

} // namespace mcast::pim
