// SPDX-License-Identifier: GPL-2.0-only

#include "sparse.h"

#include <algorithm>
#include <cassert>

namespace mcast::pim
{

namespace
{

// Machines of a tree depend on each other: the outcome of an Assert changes what is desired, and the reverse. They come
// to rest after two rounds; more are a mistake.
constexpr int MAX_ROUNDS = 4;

} // namespace

Sparse::Sparse(Family family, TreeOwner& owner)
    : Alarm(owner.GetContext().timers),
      m_family(family),
      m_owner(owner),
      m_roots([this](const Address& root) { return m_owner.FindRpf(root); })
{
    m_quietUntil.StartAt(TimePoint::min());
}

Sparse::~Sparse() = default;

Group*
Sparse::FindGroup(const Address& group) const
{
    const auto found = m_groups.find(group);
    return found == m_groups.end() ? nullptr : const_cast<Group*>(&found->second);
}

// Limits keep the state of a router bounded, whoever joins what.
bool
Sparse::RoomForState(const Address& group, InterfaceId interface)
{
    const auto& config = m_owner.GetConfig();
    if (m_counts.Total() >= config.maxStates)
    {
        m_owner.JournalOf(interface).LimitReached(group, Reason::RouterLimit);
        return false;
    }
    return true;
}

Group*
Sparse::FindOrMakeGroup(const Address& address)
{
    const auto place = m_groups.find(address);
    if (place != m_groups.end())
    {
        return &place->second;
    }
    const auto made =
        m_groups
            .emplace(std::piecewise_construct, std::forward_as_tuple(address), std::forward_as_tuple(*this, address))
            .first;
    auto& group = made->second;
    group.ssm = m_owner.GetConfig().IsSsm(address);
    AssignRp(group);
    return &group;
}

StarG*
Sparse::FindOrMakeStar(Group& group, InterfaceId interface)
{
    if (!group.star && RoomForState(group.address, interface))
    {
        group.star = std::make_unique<StarG>(*this, group);
        ++m_counts.starG;
    }
    return group.star.get();
}

SG*
Sparse::FindOrMakeSource(Group& group, const Address& source, InterfaceId interface)
{
    if (auto* known = group.FindSource(source))
    {
        return known;
    }
    if (!RoomForState(group.address, interface))
    {
        return nullptr;
    }
    ++m_counts.sG;
    auto* root = m_roots.Acquire(source);
    return &group.sources.Add(std::make_unique<SG>(*this, group, root));
}

SGRpt*
Sparse::FindOrMakeRpt(Group& group, const Address& source, InterfaceId interface)
{
    if (auto* known = group.FindRpt(source))
    {
        return known;
    }
    if (!RoomForState(group.address, interface))
    {
        return nullptr;
    }
    ++m_counts.sGRpt;
    if (!group.rpts)
    {
        group.rpts = std::make_unique<std::map<Address, SGRpt>>();
    }
    return &group.rpts->try_emplace(source, *this, group, source).first->second;
}

Sparse::Flow
Sparse::FlowOf(Group& group, const Address& source)
{
    return {group, source, group.FindSource(source), group.FindRpt(source)};
}

void
Sparse::AssignRp(Group& group)
{
    const auto rp = group.ssm ? std::nullopt : m_owner.FindRp(group.address);
    const auto before = group.rp == nullptr ? Address{} : group.rp->address;
    if (rp.value_or(Address{}) == before)
    {
        return;
    }
    if (group.star && group.star->joined)
    {
        // The old RP's tree is left, the new one's joined, though the way there may be the same.
        if (group.star->joinedTo != nullptr)
        {
            Send(*group.star, group.star->joinedTo, false, Kind::StarG, before);
        }
        group.star->joinedTo = nullptr;
        group.star->joinTimer.Stop();
    }
    auto* const old = group.rp;
    group.rp = rp ? m_roots.Acquire(*rp) : nullptr;
    m_roots.Release(old);
}

void
Sparse::Update(Group& group)
{
    const auto address = group.address;
    UpdateStar(group);
    for (const auto& source : SourcesOf(group))
    {
        UpdateSource(group, source);
    }
    Sweep(group);
    m_owner.ForwardingChanged(address);
}

void
Sparse::Update(Group& group, const Address& itsSource)
{
    const auto address = group.address;
    const auto source = itsSource; // may be of a state that ends
    UpdateSource(group, source);
    SweepSource(group, source);
    m_owner.ForwardingChanged(address, source);
}

void
Sparse::UpdateStar(Group& group)
{
    auto* star = group.star.get();
    if (star == nullptr)
    {
        return;
    }
    for (int round = 0; round < MAX_ROUNDS; ++round)
    {
        const bool asserts = CheckAsserts(*star, nullptr);
        const auto rp = group.rp == nullptr ? Address{} : group.rp->address;
        if (!Follow(*star, WishOf(group), Kind::StarG, rp) && !asserts)
        {
            break;
        }
        assert(round + 1 < MAX_ROUNDS);
    }
    Arm(*star);
}

void
Sparse::UpdateSource(Group& group, const Address& source)
{
    if (auto* sg = group.FindSource(source))
    {
        for (int round = 0; round < MAX_ROUNDS; ++round)
        {
            const auto flow = FlowOf(group, source);
            UpdateRegister(flow);
            const bool asserts = CheckAsserts(*sg, sg);
            if (!Follow(*sg, WishOf(flow), Kind::SG, source) && !asserts)
            {
                break;
            }
            assert(round + 1 < MAX_ROUNDS);
        }
        Arm(*sg);
    }
    FollowRpt(group, source);
}

void
Sparse::UpdateAll()
{
    for (const auto& address : GroupAddresses())
    {
        if (auto* group = FindGroup(address))
        {
            Update(*group);
        }
    }
}

// In the order of addresses, so that all hosts of the core do the same things in the same order.
std::vector<Address>
Sparse::GroupAddresses() const
{
    std::vector<Address> addresses;
    addresses.reserve(m_groups.size());
    for (const auto& [address, group] : m_groups)
    {
        addresses.push_back(address);
    }
    std::sort(addresses.begin(), addresses.end());
    return addresses;
}

std::vector<Address>
Sparse::SourcesOf(const Group& group) const
{
    std::vector<Address> sources;
    group.sources.ForEach([&](const SG& sg) { sources.push_back(sg.source); });
    if (group.rpts)
    {
        for (const auto& [source, rpt] : *group.rpts)
        {
            sources.push_back(source);
        }
        std::sort(sources.begin(), sources.end());
        sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
    }
    return sources;
}

// Removes what has nothing to say any more; the group, too, may be gone afterwards.
void
Sparse::Sweep(Group& group)
{
    if (group.star && !group.star->joined && group.star->Tidy())
    {
        group.star.reset();
        --m_counts.starG;
    }
    const auto address = group.address;
    for (const auto& source : SourcesOf(group))
    {
        SweepSource(group, source);
        if (FindGroup(address) == nullptr)
        {
            return;
        }
    }
    SweepGroup(group);
}

void
Sparse::SweepGroup(Group& group)
{
    if (!group.star && group.sources.Empty() && !group.rpts)
    {
        m_roots.Release(group.rp);
        m_groups.erase(Address{group.address});
    }
}

void
Sparse::SweepSource(Group& group, const Address& source)
{
    auto* sg = group.FindSource(source);
    if (sg != nullptr && sg->Tidy() && !sg->joined && !sg->keepalive.Running() &&
        sg->Registering() == RegisterState::NoInfo)
    {
        Erase(group, *sg);
    }
    auto* rpt = group.FindRpt(source);
    if (rpt != nullptr && rpt->Tidy() && !rpt->pruned && !rpt->fromWinner && !rpt->overrideTimer.Running())
    {
        group.rpts->erase(source);
        --m_counts.sGRpt;
        if (group.rpts->empty())
        {
            group.rpts.reset();
        }
    }
    SweepGroup(group);
}

void
Sparse::Erase(Group& group, SG& sg)
{
    auto* root = sg.root; // its address is the source
    group.sources.Remove(root->address);
    --m_counts.sG;
    m_roots.Release(root);
}

TimePoint
Sparse::NextOf(const Tree& tree) const
{
    auto next = tree.joinTimer.At();
    for (const auto& item : tree.interfaces)
    {
        next = std::min(next, item.downstream.Next());
        next = item.assert ? std::min(next, item.assert->Timer().At()) : next;
    }
    return next;
}

void
Sparse::Arm(Tree& tree)
{
    tree.WakeAt(NextOf(tree));
}

void
Sparse::Arm(SG& sg)
{
    auto next = std::min(NextOf(sg), sg.keepalive.At());
    next = sg.registering ? std::min(next, sg.registering->StopTimer().At()) : next;
    sg.WakeAt(next);
}

void
Sparse::Arm(SGRpt& rpt)
{
    auto next = rpt.overrideTimer.At();
    for (const auto& item : rpt.interfaces)
    {
        next = std::min(next, item.downstream.Next());
    }
    rpt.WakeAt(next);
}

void
Sparse::OnAlarm(StarG& star, TimePoint now)
{
    auto& group = star.group;
    const auto rp = group.rp == nullptr ? Address{} : group.rp->address;
    ExpireDownstream(star, now, Kind::StarG, rp);
    for (auto& item : star.interfaces)
    {
        if (item.assert)
        {
            Apply(star, item, nullptr, item.assert->Expire(now, InputsOf(group, item.id), Times()));
        }
    }
    if (star.joinTimer.Due(now))
    {
        SendPeriodic(star, now, Kind::StarG, rp);
    }
    Update(group);
}

void
Sparse::OnAlarm(SG& sg, TimePoint now)
{
    auto& group = sg.group;
    ExpireDownstream(sg, now, Kind::SG, sg.source);
    for (auto& item : sg.interfaces)
    {
        if (item.assert)
        {
            const auto inputs = InputsOf(FlowOf(group, sg.source), item.id);
            Apply(sg, item, &sg, item.assert->Expire(now, inputs, Times()));
        }
    }
    if (sg.joinTimer.Due(now))
    {
        SendPeriodic(sg, now, Kind::SG, sg.source);
    }
    sg.keepalive.Expire(now, [&] { return m_owner.AskForActivity(group.address, sg.source); });
    if (sg.registering && sg.registering->StopTimer().Due(now))
    {
        if (sg.registering->Expire(now, m_owner.GetConfig()))
        {
            SendNullRegister(sg);
        }
        TellRegister(sg);
    }
    Update(group, sg.source);
}

void
Sparse::OnAlarm(SGRpt& rpt, TimePoint now)
{
    for (auto& item : rpt.interfaces)
    {
        if (item.downstream.Expire(now))
        {
            Unclaim(item.downstream);
            Tell(EventKind::DownstreamChanged, item.id, rpt.group.address, rpt.source, item.downstream.IsPruned());
        }
    }
    if (rpt.overrideTimer.Due(now))
    {
        rpt.overrideTimer.Stop();
        const auto flow = FlowOf(rpt.group, rpt.source);
        if (RpfNeighborRpt(flow) == RpfNeighbor(rpt.group))
        {
            SendRpt(flow, true);
        }
    }
    Update(rpt.group, rpt.source);
}

void
Sparse::LearnMembers(InterfaceId interface, Group& group)
{
    if (PimInclude(group, interface))
    {
        FindOrMakeStar(group, interface);
    }
    for (const auto& source : m_owner.IncludedSources(interface, group.address))
    {
        if (PimInclude(FlowOf(group, source), interface))
        {
            FindOrMakeSource(group, source, interface);
        }
    }
}

void
Sparse::MembershipChanged(InterfaceId interface, const Address& address)
{
    auto* group = FindOrMakeGroup(address);
    LearnMembers(interface, *group);
    Update(*group);
}

void
Sparse::MembershipChanged(InterfaceId interface, const Address& address, const Address& itsSource)
{
    const auto source = itsSource;
    auto* group = FindOrMakeGroup(address);
    if (PimInclude(FlowOf(*group, source), interface))
    {
        FindOrMakeSource(*group, source, interface);
    }
    Update(*group, source);
}

void
Sparse::EverythingChanged()
{
    for (const auto& address : GroupAddresses())
    {
        auto& group = *FindGroup(address);
        group.ssm = m_owner.GetConfig().IsSsm(address);
        AssignRp(group);
    }
    m_roots.Refresh(Prefix{Address::Any(m_family), 0});
    for (const auto interface : std::vector<InterfaceId>(m_owner.DataInterfaces()))
    {
        for (const auto& address : m_owner.MemberGroups(interface, false))
        {
            LearnMembers(interface, *FindOrMakeGroup(address));
        }
    }
    UpdateAll();
}

// What neighbours told there is forgotten, and nothing more is said there.
void
Sparse::InterfaceGone(InterfaceId interface)
{
    m_queue.Drop(interface);
    const auto drop = [this, interface](auto& tree) {
        const auto* item = tree.interfaces.Find(interface);
        if (item != nullptr && item->downstream.State() != DownstreamState::NoInfo)
        {
            m_claims.Remove(item->downstream.claim);
        }
        tree.interfaces.Remove(interface);
    };
    const auto forget = [interface](Tree& tree) {
        if (tree.joinedTo != nullptr && tree.joinedTo->interface == interface)
        {
            tree.joinedTo = nullptr; // nobody is left to be told of a Prune
            tree.joinTimer.Stop();
        }
    };
    for (auto& [address, group] : m_groups)
    {
        if (group.star)
        {
            drop(*group.star);
            forget(*group.star);
        }
        group.sources.ForEach([&](SG& sg) {
            drop(sg);
            forget(sg);
        });
        if (group.rpts)
        {
            for (auto& [source, rpt] : *group.rpts)
            {
                drop(rpt);
            }
        }
    }
    EverythingChanged();
}

void
Sparse::NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change)
{
    const bool moved = m_roots.Refresh(Prefix{Address::Any(m_family), 0});
    const bool forgot = change == NeighborChange::Restarted || change == NeighborChange::Gone;
    if (forgot)
    {
        ForgetLosses(interface, neighbor);
    }
    if (change == NeighborChange::Restarted)
    {
        NeighborRestarted(interface, neighbor);
    }
    if (moved || forgot)
    {
        UpdateAll();
    }
}

void
Sparse::RoutesChanged(const Prefix& prefix)
{
    if (m_roots.Refresh(prefix))
    {
        UpdateAll();
    }
}

void
Sparse::RpSetChanged()
{
    for (const auto& address : GroupAddresses())
    {
        if (auto* group = FindGroup(address))
        {
            AssignRp(*group);
            Update(*group);
        }
    }
}

void
Sparse::Clear()
{
    for (const auto& address : GroupAddresses())
    {
        auto& group = *FindGroup(address);
        if (group.star && group.star->joined)
        {
            Send(*group.star, group.star->joinedTo, false, Kind::StarG,
                 group.rp == nullptr ? Address{} : group.rp->address);
        }
        group.sources.ForEach([&](SG& sg) {
            if (sg.joined)
            {
                Send(sg, sg.joinedTo, false, Kind::SG, sg.source);
            }
        });
    }
    Flush();
    m_groups.clear();
    m_roots.Clear();
    m_watched.clear();
    m_counts = {};
    m_claims.Clear();
}

void
Sparse::Flush()
{
    FlushNullRegisters();
    if (m_queue.Empty())
    {
        return;
    }
    const auto messages = m_queue.Take(m_family, m_owner.GetConfig().JoinPruneHoldtimeToTell(),
                                       [this](InterfaceId id) { return m_owner.RoomOf(id); });
    for (const auto& [id, message] : messages)
    {
        auto* interface = PimOn(id);
        if (interface != nullptr && interface->Active())
        {
            interface->Send(AllRouters(m_family), message);
        }
    }
}

void
Sparse::Tell(EventKind kind, InterfaceId interface, const Address& group, const Address& source, bool value)
{
    GetContext().Emit(TraceEvent(kind, interface).Of(m_family).Group(group).Source(source).Value(value ? 1u : 0u));
}

} // namespace mcast::pim
