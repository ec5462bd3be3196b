// SPDX-License-Identifier: GPL-2.0-only
// The state summarization macros, by the RFC's names: a set of interfaces is a question about one interface.
//                                                                            RFC 7761 4.1.5, 4.2.1, 4.4.1, 4.6
// A source-specific group has no (*,G) and no (S,G,rpt): these are NULL for it (4.8.1).

#include "sparse.h"

namespace mcast::pim
{

// An interface without PIM has no other router that could be the DR.
bool
Sparse::IsDr(InterfaceId interface) const
{
    const auto* pim = m_owner.FindInterface(interface);
    return pim == nullptr || pim->IsDesignatedRouter();
}

bool
Sparse::IsRp(const Group& group) const
{
    return group.rp != nullptr && group.rp->rpf.isOwn;
}

// At the RP it is where Registers are taken apart (4.2).
std::optional<InterfaceId>
Sparse::RpfInterfaceOfRp(const Group& group) const
{
    if (group.rp == nullptr)
    {
        return std::nullopt;
    }
    return group.rp->rpf.isOwn ? std::optional(REGISTER_INTERFACE) : group.rp->rpf.interface;
}

std::optional<InterfaceId>
Sparse::RpfInterface(const SG& sg) const
{
    return sg.root->rpf.interface;
}

// Winners that are not us.
static bool
HasOtherWinner(const Tree* tree, InterfaceId interface)
{
    const auto* assert = tree == nullptr ? nullptr : tree->AssertOn(interface);
    return assert != nullptr && assert->IsLoser();
}

static bool
IsWinner(const Tree* tree, InterfaceId interface)
{
    const auto* assert = tree == nullptr ? nullptr : tree->AssertOn(interface);
    return assert != nullptr && assert->IsWinner();
}

bool
Sparse::LostAssert(const Group& group, InterfaceId interface) const
{
    return RpfInterfaceOfRp(group) != interface && HasOtherWinner(group.star.get(), interface);
}

// A loss doesn't count while we would win it with the SPTbit set (4.6.5).
bool
Sparse::LostAssert(const SG& sg, InterfaceId interface) const
{
    if (RpfInterface(sg) == interface || !HasOtherWinner(&sg, interface))
    {
        return false;
    }
    const Flow flow{sg.group, sg.source, const_cast<SG*>(&sg), nullptr};
    return sg.AssertOn(interface)->Winner().IsBetterThan(SptAssertMetric(flow, interface));
}

bool
Sparse::LostAssertRpt(const Flow& flow, InterfaceId interface) const
{
    if (RpfInterfaceOfRp(flow.group) == interface ||
        (flow.sg != nullptr && RpfInterface(*flow.sg) == interface && SptBit(flow)))
    {
        return false;
    }
    return HasOtherWinner(flow.sg, interface);
}

bool
Sparse::LocalReceiverInclude(const Group& group, InterfaceId interface) const
{
    return !group.ssm && m_owner.WantsAnySource(interface, group.address);
}

bool
Sparse::LocalReceiverInclude(const Flow& flow, InterfaceId interface) const
{
    return !m_owner.WantsAnySource(interface, flow.group.address) &&
           m_owner.WantsSource(interface, flow.group.address, flow.source);
}

bool
Sparse::PimInclude(const Group& group, InterfaceId interface) const
{
    return LocalReceiverInclude(group, interface) &&
           ((IsDr(interface) && !LostAssert(group, interface)) || IsWinner(group.star.get(), interface));
}

bool
Sparse::PimInclude(const Flow& flow, InterfaceId interface) const
{
    return LocalReceiverInclude(flow, interface) &&
           ((IsDr(interface) && (flow.sg == nullptr || !LostAssert(*flow.sg, interface))) ||
            IsWinner(flow.sg, interface));
}

bool
Sparse::PimExclude(const Flow& flow, InterfaceId interface) const
{
    return LocalReceiverInclude(flow.group, interface) &&
           !m_owner.WantsSource(interface, flow.group.address, flow.source) &&
           ((IsDr(interface) && !LostAssert(flow.group, interface)) || IsWinner(flow.group.star.get(), interface));
}

bool
Sparse::InJoins(const Tree* tree, InterfaceId interface) const
{
    const auto* item = tree == nullptr ? nullptr : tree->Find(interface);
    return item != nullptr && item->downstream.IsJoined();
}

// ( joins(*,G) (-) prunes(S,G,rpt) ) (+) ( pim_include(*,G) (-) pim_exclude(S,G) )
bool
Sparse::InSharedTree(const Flow& flow, InterfaceId interface) const
{
    if (flow.group.ssm)
    {
        return false;
    }
    const auto* prune = flow.rpt == nullptr ? nullptr : flow.rpt->Find(interface);
    return (InJoins(flow.group.star.get(), interface) && (prune == nullptr || !prune->IsPruned())) ||
           (PimInclude(flow.group, interface) && !PimExclude(flow, interface));
}

bool
Sparse::InImmediateOlist(const Group& group, InterfaceId interface) const
{
    return !group.ssm && (InJoins(group.star.get(), interface) || PimInclude(group, interface)) &&
           !LostAssert(group, interface);
}

// The Register tunnel is in joins(S,G) while the Register machine is in Join (4.4.1).
bool
Sparse::InImmediateOlist(const Flow& flow, InterfaceId interface) const
{
    if (interface == REGISTER_INTERFACE)
    {
        return flow.sg != nullptr && flow.sg->Registering() == RegisterState::Join;
    }
    return (InJoins(flow.sg, interface) || PimInclude(flow, interface)) &&
           (flow.sg == nullptr || !LostAssert(*flow.sg, interface));
}

bool
Sparse::InInheritedOlistRpt(const Flow& flow, InterfaceId interface) const
{
    return InSharedTree(flow, interface) && !LostAssert(flow.group, interface) && !LostAssertRpt(flow, interface);
}

// A lost (S,G) Assert takes away what the shared tree would give, too; lost_assert(S,G,rpt) doesn't on the way to the RP.
bool
Sparse::InInheritedOlist(const Flow& flow, InterfaceId interface) const
{
    return (InInheritedOlistRpt(flow, interface) && (flow.sg == nullptr || !LostAssert(*flow.sg, interface))) ||
           InImmediateOlist(flow, interface);
}

bool
Sparse::IsInheritedOlistEmpty(const Flow& flow) const
{
    return !InImmediateOlist(flow, REGISTER_INTERFACE) &&
           !AnyInterface([&](InterfaceId id) { return InInheritedOlist(flow, id); });
}

bool
Sparse::IsInheritedOlistRptEmpty(const Flow& flow) const
{
    return !AnyInterface([&](InterfaceId id) { return InInheritedOlistRpt(flow, id); });
}

bool
Sparse::JoinDesired(const Group& group) const
{
    return AnyInterface([&](InterfaceId id) { return InImmediateOlist(group, id); });
}

bool
Sparse::JoinDesired(const Flow& flow) const
{
    return InImmediateOlist(flow, REGISTER_INTERFACE) ||
           AnyInterface([&](InterfaceId id) { return InImmediateOlist(flow, id); }) ||
           (KeepaliveRuns(flow) && !IsInheritedOlistEmpty(flow));
}

bool
Sparse::PruneDesired(const Flow& flow) const
{
    return !flow.group.ssm && JoinDesired(flow.group) &&
           (IsInheritedOlistRptEmpty(flow) || (SptBit(flow) && RpfNeighbor(flow.group) != RpfNeighbor(flow)));
}

// Of source-specific groups both are as if always set (4.8.2).
bool
Sparse::SptBit(const Flow& flow) const
{
    return flow.sg != nullptr && (flow.sg->sptBit || flow.group.ssm);
}

bool
Sparse::KeepaliveRuns(const Flow& flow) const
{
    return flow.sg != nullptr && (flow.sg->keepalive.Running() || flow.group.ssm);
}

// RPF'(*,G)
Address
Sparse::RpfNeighbor(const Group& group) const
{
    const auto interface = RpfInterfaceOfRp(group);
    if (!interface || *interface == REGISTER_INTERFACE)
    {
        return {};
    }
    return HasOtherWinner(group.star.get(), *interface) ? group.star->AssertOn(*interface)->Winner().address
                                                        : group.rp->rpf.neighbor;
}

// RPF'(S,G,rpt)
Address
Sparse::RpfNeighborRpt(const Flow& flow) const
{
    const auto interface = RpfInterfaceOfRp(flow.group);
    return interface && HasOtherWinner(flow.sg, *interface) ? flow.sg->AssertOn(*interface)->Winner().address
                                                            : RpfNeighbor(flow.group);
}

// RPF'(S,G)
Address
Sparse::RpfNeighbor(const Flow& flow) const
{
    const auto interface = flow.sg == nullptr ? std::nullopt : RpfInterface(*flow.sg);
    if (!interface)
    {
        return {};
    }
    if (HasOtherWinner(flow.sg, *interface))
    {
        return flow.sg->AssertOn(*interface)->Winner().address;
    }
    return flow.sg->root->rpf.isDirectlyConnected ? Address{} : flow.sg->root->rpf.neighbor;
}

// Without an RP, as in a source-specific group, there is no metric to assert.
bool
Sparse::CouldAssert(const Group& group, InterfaceId interface) const
{
    return group.rp != nullptr && RpfInterfaceOfRp(group) != interface &&
           (InJoins(group.star.get(), interface) || PimInclude(group, interface));
}

// Both trees come in by one link, and the SPTbit is clear. From two neighbours no Assert may ever tell whose packets these
// are: the RP's one may itself get its data from that link. So those who joined the source get it all the same; by the rules
// alone (4.2) they would wait for ever.
bool
Sparse::ShareOneLink(const Flow& flow) const
{
    return flow.sg != nullptr && flow.sg->joined && !SptBit(flow) && RpfInterface(*flow.sg) &&
           RpfInterface(*flow.sg) == RpfInterfaceOfRp(flow.group);
}

// The interfaces of inherited_olist(S,G), did (S,G) Asserts not count.
bool
Sparse::CouldAssert(const Flow& flow, InterfaceId interface) const
{
    const bool joined = InJoins(flow.sg, interface) || PimInclude(flow, interface);
    if (ShareOneLink(flow))
    {
        return joined && RpfInterface(*flow.sg) != interface;
    }
    return SptBit(flow) && RpfInterface(*flow.sg) != interface &&
           (joined || (InSharedTree(flow, interface) && !LostAssert(flow.group, interface)));
}

bool
Sparse::AssertTrackingDesired(const Group& group, InterfaceId interface) const
{
    return CouldAssert(group, interface) ||
           (LocalReceiverInclude(group, interface) && (IsDr(interface) || IsWinner(group.star.get(), interface))) ||
           (!group.ssm && RpfInterfaceOfRp(group) == interface && JoinDesired(group));
}

bool
Sparse::AssertTrackingDesired(const Flow& flow, InterfaceId interface) const
{
    return (InSharedTree(flow, interface) && !LostAssert(flow.group, interface)) || InJoins(flow.sg, interface) ||
           (LocalReceiverInclude(flow, interface) && (IsDr(interface) || IsWinner(flow.sg, interface))) ||
           (flow.sg != nullptr && RpfInterface(*flow.sg) == interface && JoinDesired(flow)) ||
           (!flow.group.ssm && RpfInterfaceOfRp(flow.group) == interface && JoinDesired(flow.group) && !SptBit(flow));
}

static Address
AddressOn(const TreeOwner& owner, InterfaceId interface)
{
    const auto* pim = owner.FindInterface(interface);
    return pim == nullptr ? Address{} : pim->PrimaryAddress();
}

AssertMetric
Sparse::SptAssertMetric(const Flow& flow, InterfaceId interface) const
{
    const auto& rpf = flow.sg->root->rpf;
    return {false, rpf.preference, rpf.metric, AddressOn(m_owner, interface)};
}

AssertMetric
Sparse::RptAssertMetric(const Group& group, InterfaceId interface) const
{
    if (group.rp == nullptr)
    {
        return {};
    }
    return {true, group.rp->rpf.preference, group.rp->rpf.metric, AddressOn(m_owner, interface)};
}

AssertMetric
Sparse::MyAssertMetric(const Flow& flow, InterfaceId interface) const
{
    return CouldAssert(flow, interface) ? SptAssertMetric(flow, interface) : MyAssertMetric(flow.group, interface);
}

AssertMetric
Sparse::MyAssertMetric(const Group& group, InterfaceId interface) const
{
    return CouldAssert(group, interface) ? RptAssertMetric(group, interface) : AssertMetric{};
}

// The RP is its own tunnel's end: nothing is to be registered there.
bool
Sparse::CouldRegister(const Flow& flow) const
{
    const auto* sg = flow.sg;
    return sg != nullptr && !flow.group.ssm && flow.group.rp != nullptr && !IsRp(flow.group) &&
           sg->root->rpf.isDirectlyConnected && sg->root->rpf.interface && IsDr(*sg->root->rpf.interface) &&
           sg->keepalive.Running();
}

bool
Sparse::SwitchToSptDesired(const Flow&) const
{
    return m_owner.GetConfig().sptSwitchover.when == SptSwitchover::When::Immediately;
}

// The condition of CheckSwitchToSpt (4.2.1) but for the policy: is this a last-hop router?
bool
Sparse::WantsSwitch(const Flow& flow) const
{
    return !flow.group.ssm && AnyInterface([&](InterfaceId id) {
        return (PimInclude(flow.group, id) && !PimExclude(flow, id)) || PimInclude(flow, id);
    });
}

} // namespace mcast::pim
