// SPDX-License-Identifier: GPL-2.0-only
// Join/Prune, Graft, Graft-Ack and Assert as they come in: for us, or overheard on the way to another router.
//                                                                                          RFC 3973 4.4, 4.6

#include "../rp-set.h"
#include "dense.h"

namespace mcast::pim
{

namespace
{

// Dense mode knows (S,G) only (4.7.6).
bool
IsEntry(const EncodedSource& source)
{
    return !source.wildcard && !source.rpt && IsDomainWide(source.address);
}

/// \param action gets the group, the source, and whether it is joined
template <class Action>
void
ForEntries(const JoinPrune& message, const Action& action)
{
    for (const auto& set : message.groups)
    {
        for (const bool join : {true, false})
        {
            for (const auto& source : join ? set.joins : set.prunes)
            {
                if (IsEntry(source))
                {
                    action(set.group.group.GetAddress(), source.address, join);
                }
            }
        }
    }
}

} // namespace

void
Dense::HandleJoinPrune(Interface& interface, const PacketMeta& meta, const JoinPrune& message)
{
    if (message.upstream != interface.PrimaryAddress())
    {
        return Overhear(interface, message);
    }
    ForEntries(message, [&](const Address& group, const Address& source, bool join) {
        if (join)
        {
            ReceiveJoin(interface, group, source);
        }
        else
        {
            ReceivePrune(interface, meta.source, group, source, message.holdtime);
        }
    });
}

void
Dense::ReceivePrune(Interface& interface, const Address& from, const Address& group, const Address& source,
                    std::uint16_t holdtime)
{
    const auto id = interface.Id();
    const auto speaker = m_claims.NumberOf(id, from);
    if (m_owner.FindRpf(source).interface == id)
    {
        return; // the flood does not go there
    }
    auto* known = Find(group, source);
    const auto* place = known == nullptr ? nullptr : known->interfaces.Find(id);
    const bool isNew = place == nullptr || place->downstream.State() == DownstreamState::NoInfo;
    if (isNew && m_claims.Count(speaker) >= m_owner.GetConfig().maxStatesPerNeighbor)
    {
        return interface.GetJournal().LimitReached(group, Reason::GroupLimit);
    }
    auto* flood = FindOrMake(group, source, id);
    if (flood == nullptr)
    {
        return;
    }
    AnswerAsLoser(*flood, id);
    auto& item = flood->interfaces.At(id);
    if (isNew)
    {
        item.downstream.claim = speaker;
        m_claims.Add(speaker);
    }
    Apply(*flood, item, item.downstream.ReceivePrune(GetContext().now, holdtime, interface.PruneDelay()));
    Update(*flood);
}

void
Dense::ReceiveJoin(Interface& interface, const Address& group, const Address& source)
{
    auto* flood = Find(group, source);
    if (flood == nullptr)
    {
        return; // it is flooded anyway
    }
    AnswerAsLoser(*flood, interface.Id());
    if (auto* item = flood->interfaces.Find(interface.Id()))
    {
        Apply(*flood, *item, item->downstream.Cancel());
    }
    Update(*flood);
}

// What another router of the link tells its upstream neighbour, which is ours, too.
void
Dense::Overhear(Interface& interface, const JoinPrune& message)
{
    const auto now = GetContext().now;
    ForEntries(message, [&](const Address& group, const Address& source, bool join) {
        auto* flood = Find(group, source);
        const auto* to = flood == nullptr ? nullptr : flood->upstream.Neighbor();
        if (to == nullptr || to->interface != interface.Id() || to->address != message.upstream)
        {
            return;
        }
        if (join)
        {
            flood->upstream.SeeJoin();
        }
        else
        {
            flood->upstream.SeePrune(now, message.holdtime, WishOf(*flood));
        }
        Update(*flood); // its last timer may have been stopped
    });
}

// The Graft-Ack is the Graft sent back (4.7.9).
void
Dense::HandleGraft(Interface& interface, const PacketMeta& meta, const JoinPrune& message)
{
    auto answer = message;
    answer.kind = JoinPrune::Kind::GraftAck;
    answer.upstream = meta.source;
    ForEntries(message, [&](const Address& group, const Address& source, bool join) {
        if (join)
        {
            ReceiveJoin(interface, group, source);
        }
    });
    interface.Send(meta.source, answer);
}

void
Dense::HandleGraftAck(const Interface& interface, const PacketMeta& meta, const JoinPrune& message)
{
    ForEntries(message, [&](const Address& group, const Address& source, bool join) {
        auto* flood = Find(group, source);
        const auto* to = flood == nullptr ? nullptr : flood->upstream.Neighbor();
        if (join && to != nullptr && to->interface == interface.Id() && to->address == meta.source)
        {
            Drive(*flood, [](auto& machine) {
                machine.ReceiveGraftAck();
                return FloodUpstream::Action::Nothing;
            });
            Update(*flood);
        }
    });
}

void
Dense::HandleAssert(Interface& interface, const PacketMeta& meta, const Assert& message)
{
    auto& journal = interface.GetJournal();
    if (!IsDomainWide(message.source))
    {
        return journal.Dropped(meta.source, Reason::BadSource, MessageKind::PimAssert);
    }
    journal.Received(MessageKind::PimAssert, meta.source, message.group);
    const auto id = interface.Id();
    const AssertMetric heard{message.rpt, message.preference, message.metric, meta.source};
    if (Find(message.group, message.source) == nullptr)
    {
        const auto inputs = InputsOf(m_owner.FindRpf(message.source), id);
        if (AssertMachine{}.Receive(GetContext().now, heard, inputs, Times(), false) == AssertMachine::Outcome::Nothing)
        {
            return; // it would not change anything
        }
    }
    if (auto* flood = FindOrMake(message.group, message.source, id))
    {
        ReceiveAssert(*flood, id, heard, Times());
        Update(*flood);
    }
}

AssertTimes
Dense::Times() const
{
    AssertTimes times;
    times.assertTime = m_owner.GetConfig().assertTime;
    return times;
}

// CouldAssert is all interfaces but the one towards the source (4.6.3), and all track.
AssertInputs
Dense::InputsOf(const Rpf& rpf, InterfaceId id) const
{
    AssertInputs inputs;
    inputs.isRpfInterface = rpf.interface == id;
    inputs.couldAssert = rpf.interface && !inputs.isRpfInterface;
    inputs.trackingDesired = true;
    inputs.dense = true;
    const auto* pim = PimOn(id);
    if (rpf.interface && pim != nullptr)
    {
        inputs.mine = {false, rpf.preference, rpf.metric, pim->PrimaryAddress()};
    }
    return inputs;
}

AssertMachine&
Dense::AssertAt(Flood& flood, InterfaceId id)
{
    auto& item = flood.interfaces.At(id);
    if (!item.assert)
    {
        item.assert = std::make_unique<AssertMachine>();
    }
    return *item.assert;
}

void
Dense::CheckAsserts(Flood& flood)
{
    for (auto& item : flood.interfaces)
    {
        if (item.assert)
        {
            const auto winner = item.assert->Winner().address;
            Apply(flood, item, item.assert->Check(InputsOf(flood, item.id)), winner);
        }
    }
}

void
Dense::ReceiveAssert(Flood& flood, InterfaceId id, const AssertMetric& heard, const AssertTimes& times)
{
    auto& machine = AssertAt(flood, id);
    const auto winner = machine.Winner().address;
    const auto outcome = machine.Receive(GetContext().now, heard, InputsOf(flood, id), times, false);
    Apply(flood, *flood.interfaces.Find(id), outcome, winner);
}

void
Dense::Apply(Flood& flood, FloodInterface& item, AssertMachine::Outcome outcome, const Address& before)
{
    switch (outcome)
    {
    case AssertMachine::Outcome::Nothing:
        break;
    case AssertMachine::Outcome::Send:
        SendAssert(item.id, flood, item.assert->Winner());
        break;
    case AssertMachine::Outcome::Cancel:
        SendAssert(item.id, flood, AssertMetric{});
        break;
    case AssertMachine::Outcome::Changed:
        if (item.assert->IsLoser() && item.assert->Winner().address != before && RpfInterface(flood) != item.id)
        {
            PruneToWinner(flood, item);
        }
        break;
    }
    if (outcome != AssertMachine::Outcome::Nothing)
    {
        Tell(EventKind::AssertChanged, item.id, flood, static_cast<std::uint64_t>(item.assert->State()));
    }
    if (item.assert->State() == AssertState::NoInfo)
    {
        item.assert.reset();
    }
}

// We ask nothing of the winner; routers behind it that do will say so (4.6.4.1).
void
Dense::PruneToWinner(const Flood& flood, FloodInterface& item)
{
    const auto now = GetContext().now;
    item.pruneLimit.Start(now, m_owner.GetConfig().pruneLimit);
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(item.assert->Timer().Remaining(now)).count();
    const auto holdtime = static_cast<std::uint16_t>(std::min<Duration::rep>(left, HOLDTIME_FOREVER - 1));
    const auto* winner = m_queue.Find(item.id, item.assert->Winner().address, now);
    m_queue.Add(*winner, {flood.group, flood.source, false, false, false, false},
                {JoinPrune::Kind::JoinPrune, holdtime});
}

// The winner forwards on as if it had not heard our Prune: it was lost, or the winner didn't know us yet. The RFC has no
// remedy, and State Refreshes would keep it so for ever. As a Prune upstream it is not repeated before t_limit.
void
Dense::PruneAgain(const Flood& flood, FloodInterface& item)
{
    const bool limited = item.pruneLimit.Running() && !item.pruneLimit.Due(GetContext().now);
    if (item.assert && item.assert->IsLoser() && RpfInterface(flood) != item.id && !limited)
    {
        PruneToWinner(flood, item);
    }
}

// Who still believes that we forward there hears who does (4.6.4.3).
void
Dense::AnswerAsLoser(const Flood& flood, InterfaceId id)
{
    const auto* assert = flood.AssertOn(id);
    if (assert != nullptr && assert->IsLoser())
    {
        SendAssert(id, flood, InputsOf(flood, id).mine);
    }
}

void
Dense::SendAssert(InterfaceId id, const Flood& flood, const AssertMetric& metric)
{
    if (auto* interface = PimOn(id))
    {
        interface->Send(AllRouters(m_family),
                        Assert{flood.group, flood.source, metric.rpt, metric.preference, metric.metric});
    }
}

} // namespace mcast::pim
