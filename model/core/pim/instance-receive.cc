// SPDX-License-Identifier: GPL-2.0-only
// Which part of PIM a message goes to, and what it must fulfil before: who may say it where, and about which groups.

#include "instance.h"

#include <algorithm>

namespace mcast::pim
{

namespace
{

// Messages of a link that only neighbours may send (RFC 7761 4.5, 4.6; RFC 3973 4.6).
bool
IsNeighborsOnly(const Message& message)
{
    return std::holds_alternative<JoinPrune>(message) || std::holds_alternative<Assert>(message) ||
           std::holds_alternative<StateRefresh>(message);
}

// Messages that cross the network by unicast. A Bootstrap message may be unicast, but to a neighbour.
bool
IsRouted(const Message& message)
{
    return std::holds_alternative<Register>(message) || std::holds_alternative<RegisterStop>(message) ||
           std::holds_alternative<CandidateRp>(message) || std::holds_alternative<PackedRegister>(message);
}

// Graft and Graft-Ack go from neighbour to neighbour by unicast (RFC 3973 4.7.8).
bool
IsGraft(const Message& message)
{
    const auto* joinPrune = std::get_if<JoinPrune>(&message);
    return joinPrune != nullptr && joinPrune->kind != JoinPrune::Kind::JoinPrune;
}

} // namespace

void
Instance::HandlePacket(InterfaceId id, const PacketMeta& meta, BytesView payload)
{
    const auto message = Parse(meta, payload);
    if (!message)
    {
        return JournalOf(id).Dropped(meta.source, message.Error().reason);
    }
    if (IsRouted(*message))
    {
        return HandleAnywhere(id, meta, *message);
    }
    auto* interface = FindInterface(id);
    if (interface == nullptr)
    {
        return m_journal.Dropped(meta.source, Reason::NotEnabled, KindOf(*message));
    }
    auto screened = meta;
    screened.ttl = IsGraft(*message) ? 1 : meta.ttl; // any will do (RFC 3973 4.7)
    auto reason = interface->Screen(screened);
    if (reason == Reason::None && IsNeighborsOnly(*message))
    {
        const bool forUs =
            IsGraft(*message) ? IsOwnAddress(meta.destination) : meta.destination == AllRouters(m_family);
        reason = !forUs                            ? Reason::BadDestination
                 : interface->Accepts(meta.source) ? Reason::None
                                                   : Reason::NotNeighbor;
    }
    if (reason != Reason::None)
    {
        return interface->GetJournal().Dropped(meta.source, reason, KindOf(*message));
    }
    HandleOnLink(*interface, meta, *message);
}

void
Instance::HandleOnLink(Interface& interface, const PacketMeta& meta, const Message& message)
{
    if (const auto* hello = std::get_if<Hello>(&message))
    {
        return interface.HandleHello(meta, *hello);
    }
    if (const auto* bootstrap = std::get_if<Bootstrap>(&message))
    {
        return m_bootstrap.HandleBootstrap(interface.Id(), meta, *bootstrap);
    }
    if (const auto* joinPrune = std::get_if<JoinPrune>(&message))
    {
        return IsGraft(message) ? HandleGraft(interface, meta, *joinPrune)
                                : HandleJoinPrune(interface, meta, *joinPrune);
    }
    const auto* assert = std::get_if<Assert>(&message);
    const auto* refresh = std::get_if<StateRefresh>(&message);
    const auto group = assert != nullptr ? assert->group : refresh != nullptr ? refresh->group : Address{};
    if (const auto reason = Screen(interface, group); reason != Reason::None)
    {
        return interface.GetJournal().Dropped(meta.source, reason, KindOf(message));
    }
    if (assert != nullptr)
    {
        return IsDense(group) ? m_dense.HandleAssert(interface, meta, *assert)
                              : m_sparse.HandleAssert(interface, meta, *assert);
    }
    if (IsDense(group))
    {
        return m_dense.HandleStateRefresh(interface, meta, *refresh);
    }
    interface.GetJournal().Dropped(meta.source, Reason::NotEnabled, KindOf(message));
}

// May a message be about the group here?
Reason
Instance::Screen(const Interface& interface, const Address& group) const
{
    if (!group.IsMulticast())
    {
        return Reason::BadGroup;
    }
    if (group.IsLinkScopeMulticast())
    {
        return Reason::LinkLocalGroup;
    }
    if (!m_owner.MayCross(interface.Id(), group))
    {
        return Reason::Boundary;
    }
    return interface.Serves(IsDense(group) ? Mode::Dense : Mode::Sparse) ? Reason::None : Reason::NotEnabled;
}

// Sets for a range of groups told (*,*,RP) once, which is no more (RFC 7761 appendix A).
Reason
Instance::Screen(const Interface& interface, const GroupSet& set) const
{
    const auto& group = set.group.group.GetAddress();
    const Prefix whole{group, 128}; // cut to what the family has
    return set.group.group == whole ? Screen(interface, group) : Reason::BadGroup;
}

// What may be looked at of a message, of dense groups or of others. \param count the sets that may not be
JoinPrune
Instance::PartOf(Interface& interface, const JoinPrune& message, bool dense, bool count) const
{
    JoinPrune part;
    part.kind = message.kind;
    part.upstream = message.upstream;
    part.holdtime = message.holdtime;
    for (const auto& set : message.groups)
    {
        const auto& group = set.group.group.GetAddress();
        const auto reason = Screen(interface, set);
        if (reason == Reason::None && IsDense(group) == dense)
        {
            part.groups.push_back(set);
        }
        else if (reason != Reason::None && count)
        {
            interface.GetJournal().Ignored(group, reason);
        }
    }
    return part;
}

void
Instance::HandleJoinPrune(Interface& interface, const PacketMeta& meta, const JoinPrune& message)
{
    interface.GetJournal().Received(MessageKind::PimJoinPrune, meta.source);
    const bool allSparse = std::all_of(message.groups.begin(), message.groups.end(), [&](const auto& set) {
        return Screen(interface, set) == Reason::None && !IsDense(set.group.group.GetAddress());
    });
    if (allSparse)
    {
        return m_sparse.HandleJoinPrune(interface, meta, message); // the usual case, without a copy
    }
    const bool forUs = message.upstream == interface.PrimaryAddress();
    const auto sparse = PartOf(interface, message, false, forUs);
    const auto dense = PartOf(interface, message, true, false);
    if (!sparse.groups.empty())
    {
        m_sparse.HandleJoinPrune(interface, meta, sparse);
    }
    if (!dense.groups.empty())
    {
        m_dense.HandleJoinPrune(interface, meta, dense);
    }
}

void
Instance::HandleGraft(Interface& interface, const PacketMeta& meta, const JoinPrune& message)
{
    auto& journal = interface.GetJournal();
    const auto kind = KindOf(message);
    // What a Graft-Ack names as upstream neighbour is ignored (RFC 3973 4.7.9): some send the Graft back as it was.
    if (message.kind == JoinPrune::Kind::Graft && message.upstream != interface.PrimaryAddress())
    {
        return journal.Dropped(meta.source, Reason::BadDestination, kind);
    }
    const auto part = PartOf(interface, message, true, true);
    if (part.groups.empty())
    {
        return journal.Dropped(meta.source, Reason::NotEnabled, kind);
    }
    journal.Received(kind, meta.source);
    if (message.kind == JoinPrune::Kind::Graft)
    {
        m_dense.HandleGraft(interface, meta, part);
    }
    else
    {
        m_dense.HandleGraftAck(interface, meta, part);
    }
}

void
Instance::HandleAnywhere(InterfaceId id, const PacketMeta& meta, const Message& message)
{
    if (meta.source.IsUnspecified() || meta.source.IsMulticast())
    {
        return JournalOf(id).Dropped(meta.source, Reason::BadSource, KindOf(message));
    }
    if (!IsOwnAddress(meta.destination))
    {
        return JournalOf(id).Dropped(meta.source, Reason::BadDestination, KindOf(message));
    }
    if (const auto* registering = std::get_if<Register>(&message))
    {
        return m_sparse.HandleRegister(id, meta, *registering);
    }
    if (const auto* stop = std::get_if<RegisterStop>(&message))
    {
        return m_sparse.HandleRegisterStop(id, meta, *stop);
    }
    if (const auto* packed = std::get_if<PackedRegister>(&message))
    {
        return m_sparse.HandlePacked(id, meta, *packed);
    }
    if (const auto* candidate = std::get_if<CandidateRp>(&message))
    {
        m_bootstrap.HandleCandidateRp(id, meta, *candidate);
    }
}

} // namespace mcast::pim
