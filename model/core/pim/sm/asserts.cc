// SPDX-License-Identifier: GPL-2.0-only
// Which Assert machine an Assert, a packet or a change concerns, and what follows.                   RFC 7761 4.6

#include "../rp-set.h"
#include "sparse.h"

namespace mcast::pim
{

AssertTimes
Sparse::Times() const
{
    return {m_owner.GetConfig().assertTime, m_owner.GetConfig().assertOverrideInterval, std::nullopt};
}

AssertInputs
Sparse::InputsOf(const Flow& flow, InterfaceId interface) const
{
    return {CouldAssert(flow, interface), AssertTrackingDesired(flow, interface),
            flow.sg != nullptr && RpfInterface(*flow.sg) == interface, MyAssertMetric(flow, interface), false};
}

AssertInputs
Sparse::InputsOf(const Group& group, InterfaceId interface) const
{
    return {CouldAssert(group, interface), AssertTrackingDesired(group, interface),
            RpfInterfaceOfRp(group) == interface, MyAssertMetric(group, interface), false};
}

AssertMachine&
Sparse::AssertAt(Tree& tree, InterfaceId interface)
{
    auto& item = tree.At(interface);
    if (!item.assert)
    {
        item.assert = std::make_unique<AssertMachine>();
    }
    return *item.assert;
}

// \return did a machine go back to NoInfo?
bool
Sparse::CheckAsserts(Tree& tree, SG* sg)
{
    bool changed = false;
    for (auto& item : tree.interfaces)
    {
        if (!item.assert)
        {
            continue;
        }
        const auto inputs =
            sg != nullptr ? InputsOf(FlowOf(tree.group, sg->source), item.id) : InputsOf(tree.group, item.id);
        const auto outcome = item.assert->Check(inputs);
        changed = changed || outcome != AssertMachine::Outcome::Nothing;
        Apply(tree, item, sg, outcome);
    }
    return changed;
}

void
Sparse::Apply(Tree& tree, TreeInterface& item, SG* sg, AssertMachine::Outcome outcome,
              const std::optional<Address>& cause)
{
    const auto& group = tree.group.address;
    const auto source = sg != nullptr ? sg->source : Address::Any(m_family);
    const auto id = item.id;
    switch (outcome)
    {
    case AssertMachine::Outcome::Nothing:
        if (item.assert && item.assert->State() == AssertState::NoInfo)
        {
            item.assert.reset(); // made for a packet that changed nothing
        }
        return;
    case AssertMachine::Outcome::Send:
        SendAssert(id, group, cause.value_or(source), item.assert->Winner());
        break;
    case AssertMachine::Outcome::Cancel:
        SendAssert(id, group, source, AssertMetric{});
        break;
    case AssertMachine::Outcome::Changed:
        // A6: who lost on the way to the source hears it from there.
        if (sg != nullptr && item.assert->IsLoser() && RpfInterface(*sg) == id && sg->joined)
        {
            sg->sptBit = true;
        }
        break;
    }
    GetContext().Emit(TraceEvent(EventKind::AssertChanged, id)
                          .Of(m_family)
                          .Group(group)
                          .Source(source)
                          .Value(static_cast<std::uint64_t>(item.assert->State())));
    if (item.assert->State() == AssertState::NoInfo)
    {
        item.assert.reset();
    }
}

void
Sparse::SendAssert(InterfaceId id, const Address& group, const Address& source, const AssertMetric& metric)
{
    auto* interface = PimOn(id);
    if (interface != nullptr && interface->Active())
    {
        interface->Send(AllRouters(m_family), Assert{group, source, metric.rpt, metric.preference, metric.metric});
    }
}

void
Sparse::HandleAssert(Interface& interface, const PacketMeta& meta, const Assert& message)
{
    auto& journal = interface.GetJournal();
    if (message.source.IsUnspecified() ? !message.rpt : !IsDomainWide(message.source))
    {
        return journal.Dropped(meta.source, Reason::BadSource, MessageKind::PimAssert);
    }
    journal.Received(MessageKind::PimAssert, meta.source, message.group);
    auto* group = FindGroup(message.group);
    if (group == nullptr)
    {
        return; // no state that it could concern
    }
    const AssertMetric heard{message.rpt, message.preference, message.metric, meta.source};
    // (*,G) is looked at only if the machine of (S,G) is in NoInfo and stays there (4.6.2).
    if (message.source.IsUnspecified() || !ReceiveAssertSG(interface, *group, message.source, heard))
    {
        ReceiveAssertStarG(interface, *group, heard);
        return Update(*group);
    }
    Update(*group, message.source);
}

// \return was it the machine of (S,G) that took it, or that is not in NoInfo?
bool
Sparse::ReceiveAssertSG(Interface& interface, Group& group, const Address& source, const AssertMetric& heard)
{
    const auto id = interface.Id();
    auto flow = FlowOf(group, source);
    const auto* known = flow.sg == nullptr ? nullptr : flow.sg->AssertOn(id);
    AssertMachine machine = known == nullptr ? AssertMachine{} : *known;
    const auto before = machine.State();
    const auto outcome = machine.Receive(GetContext().now, heard, InputsOf(flow, id), Times(), false);
    if (outcome == AssertMachine::Outcome::Nothing)
    {
        return before != AssertState::NoInfo;
    }
    auto* sg = FindOrMakeSource(group, source, id);
    if (sg != nullptr)
    {
        AssertAt(*sg, id) = machine;
        Apply(*sg, *sg->Find(id), sg, outcome);
    }
    return true;
}

void
Sparse::ReceiveAssertStarG(Interface& interface, Group& group, const AssertMetric& heard)
{
    const auto id = interface.Id();
    const auto* known = group.star ? group.star->AssertOn(id) : nullptr;
    AssertMachine machine = known == nullptr ? AssertMachine{} : *known;
    const auto outcome = machine.Receive(GetContext().now, heard, InputsOf(group, id), Times(), true);
    auto* star = outcome == AssertMachine::Outcome::Nothing ? nullptr : FindOrMakeStar(group, id);
    if (star != nullptr)
    {
        AssertAt(*star, id) = machine;
        Apply(*star, *star->Find(id), nullptr, outcome);
    }
}

// A packet came in where it should go out: somebody else forwards there, too (4.2).
void
Sparse::DataArrivedOutside(const Flow& flow, InterfaceId id)
{
    auto& group = flow.group;
    const auto now = GetContext().now;
    if ((SptBit(flow) || CouldAssert(flow, id)) && InInheritedOlist(flow, id))
    {
        auto& machine = AssertAt(*flow.sg, id);
        Apply(*flow.sg, *flow.sg->Find(id), flow.sg, machine.DataArrived(now, InputsOf(flow, id), Times()));
    }
    else if (!SptBit(flow) && InInheritedOlistRpt(flow, id) && group.star)
    {
        auto& machine = AssertAt(*group.star, id);
        const auto outcome = machine.DataArrived(now, InputsOf(group, id), Times());
        // With the source in it, who forwards there by the source's tree hears that it has won, too (4.6.1, 4.9.6).
        Apply(*group.star, *group.star->Find(id), nullptr, outcome, flow.source);
        Arm(*group.star);
    }
}

void
Sparse::ForgetLosses(InterfaceId interface, const Address& winner)
{
    const auto forget = [&](Tree& tree, SG* sg) {
        auto* item = tree.Find(interface);
        if (item != nullptr && item->assert && item->assert->Winner().address == winner)
        {
            Apply(tree, *item, sg, item->assert->ForgetLoss());
        }
    };
    for (const auto& address : GroupAddresses())
    {
        auto& group = *FindGroup(address);
        if (group.star)
        {
            forget(*group.star, nullptr);
        }
        group.sources.ForEach([&](SG& sg) { forget(sg, &sg); });
    }
}

} // namespace mcast::pim
