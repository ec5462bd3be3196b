// SPDX-License-Identifier: GPL-2.0-only

#include "dense.h"

#include <algorithm>

namespace mcast::pim
{

Flood::Flood(Dense& itsDense, const Address& itsGroup, RpfRoot* itsRoot)
    : Alarm(itsDense.GetContext().timers),
      dense(itsDense),
      group(itsGroup),
      source(itsRoot->address),
      root(itsRoot),
      since(itsDense.GetContext().now)
{
}

void
Flood::OnAlarm(TimePoint now)
{
    dense.OnAlarm(*this, now);
}

Dense::Dense(Family family, TreeOwner& owner)
    : m_family(family),
      m_owner(owner),
      m_roots([this](const Address& root) { return m_owner.FindRpf(root); })
{
}

Dense::~Dense() = default;

// PIM's interface if it serves dense groups.
Interface*
Dense::PimOn(InterfaceId id) const
{
    auto* interface = m_owner.FindInterface(id);
    return interface != nullptr && interface->Active() && interface->Serves(Mode::Dense) ? interface : nullptr;
}

Flood*
Dense::Find(const Address& group, const Address& source) const
{
    const auto found = m_groups.find(group);
    return found == m_groups.end() ? nullptr : found->second.Find(source);
}

Flood*
Dense::FindOrMake(const Address& group, const Address& source, InterfaceId interface)
{
    if (auto* known = Find(group, source))
    {
        return known;
    }
    if (m_count >= m_owner.GetConfig().maxStates)
    {
        m_owner.JournalOf(interface).LimitReached(group, Reason::RouterLimit);
        return nullptr;
    }
    ++m_count;
    return &m_groups[group].Add(std::make_unique<Flood>(*this, group, m_roots.Acquire(source)));
}

// In the order of addresses, so that all hosts of the core do the same things in the same order.
std::vector<Flood*>
Dense::All() const
{
    std::vector<Flood*> all;
    all.reserve(m_count);
    for (const auto& [group, sources] : m_groups)
    {
        sources.ForEach([&all](Flood& flood) { all.push_back(&flood); });
    }
    std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
        return a->group != b->group ? a->group < b->group : a->source < b->source;
    });
    return all;
}

std::vector<Flood*>
Dense::OfGroup(const Address& group) const
{
    std::vector<Flood*> floods;
    if (const auto found = m_groups.find(group); found != m_groups.end())
    {
        found->second.ForEach([&floods](Flood& flood) { floods.push_back(&flood); });
    }
    return floods;
}

std::optional<InterfaceId>
Dense::RpfInterface(const Flood& flood)
{
    return flood.root->rpf.interface;
}

// RPF'(S)
Address
Dense::RpfNeighbor(const Flood& flood) const
{
    const auto& rpf = flood.root->rpf;
    if (!rpf.interface || rpf.isDirectlyConnected)
    {
        return {};
    }
    const auto* assert = flood.AssertOn(*rpf.interface);
    return assert != nullptr && assert->IsLoser() ? assert->Winner().address : rpf.neighbor;
}

bool
Dense::LostAssert(const Flood& flood, InterfaceId interface) const
{
    const auto* assert = flood.AssertOn(interface);
    return assert != nullptr && assert->IsLoser() && RpfInterface(flood) != interface &&
           assert->Winner().IsBetterThan(InputsOf(flood, interface).mine);
}

// olist(S,G), of state that may not exist: then nothing is pruned. A member's wish for a source is both includes without
// the exclude, and there is no DR in it: who forwards on a link is for Asserts to say.
bool
Dense::InOlist(const Rpf& rpf, const Address& group, const Address& source, const Flood* flood, InterfaceId id) const
{
    if (rpf.interface == id || !m_owner.MayCross(id, group) || (flood != nullptr && LostAssert(*flood, id)))
    {
        return false;
    }
    const auto* pim = PimOn(id);
    const auto* item = flood == nullptr ? nullptr : flood->interfaces.Find(id);
    const bool pruned = item != nullptr && item->downstream.IsPruned();
    return (pim != nullptr && pim->NeighborCount() > 0 && !pruned) || m_owner.WantsSource(id, group, source);
}

bool
Dense::IsOlistEmpty(const Flood& flood) const
{
    const auto& interfaces = m_owner.DataInterfaces();
    return std::none_of(interfaces.begin(), interfaces.end(), [&](InterfaceId id) {
        return InOlist(flood.root->rpf, flood.group, flood.source, &flood, id);
    });
}

bool
Dense::IsOriginator(const Flood& flood) const
{
    return m_owner.GetConfig().stateRefresh && flood.root->rpf.isDirectlyConnected && RpfInterface(flood) &&
           flood.active.Running();
}

FloodWish
Dense::WishOf(const Flood& flood)
{
    FloodWish wish;
    wish.empty = IsOlistEmpty(flood);
    wish.direct = flood.root->rpf.isDirectlyConnected;
    const auto neighbor = RpfNeighbor(flood);
    const auto* pim = neighbor.IsUnspecified() ? nullptr : PimOn(*RpfInterface(flood));
    if (pim != nullptr)
    {
        wish.to = m_queue.Find(pim->Id(), neighbor, GetContext().now);
        wish.override = GetContext().random.Delay(pim->EffectiveOverrideInterval());
    }
    return wish;
}

void
Dense::Act(const Flood& flood, FloodUpstream::Action action)
{
    const auto* to = flood.upstream.Neighbor();
    if (action == FloodUpstream::Action::Nothing || to == nullptr)
    {
        return;
    }
    const bool graft = action == FloodUpstream::Action::Graft;
    const bool join = graft || action == FloodUpstream::Action::Join;
    const auto form = graft ? JoinPruneQueue::Form{JoinPrune::Kind::Graft, 0} : JoinPruneQueue::Form{};
    m_queue.Add(*to, {flood.group, flood.source, false, false, join, false}, form);
}

// The entry may be gone afterwards.
void
Dense::Update(Flood& flood)
{
    CheckAsserts(flood);
    if (auto* item = RpfInterface(flood) ? flood.interfaces.Find(*RpfInterface(flood)) : nullptr)
    {
        Apply(flood, *item, item->downstream.Cancel()); // it is where the flood comes from (4.4.2)
    }
    FollowSource(flood);
    const auto wish = WishOf(flood);
    Drive(flood, [&](auto& machine) { return machine.Follow(GetContext().now, wish, m_owner.GetConfig()); });
    Arm(flood);
    const auto group = flood.group;
    const auto source = flood.source;
    Sweep(flood);
    m_owner.ForwardingChanged(group, source);
}

// Originator or not (4.5.2).
void
Dense::FollowSource(Flood& flood)
{
    const bool originates = IsOriginator(flood);
    if (originates == flood.refresh.Running())
    {
        return;
    }
    if (originates)
    {
        flood.refresh.Start(GetContext().now, m_owner.GetConfig().stateRefreshInterval);
    }
    else
    {
        flood.refresh.Stop();
    }
    Tell(EventKind::OriginatorChanged, RpfInterface(flood).value_or(InterfaceId{}), flood, originates ? 1 : 0);
}

void
Dense::Arm(Flood& flood)
{
    auto next = std::min({flood.upstream.Next(), flood.active.At(), flood.refresh.At()});
    for (const auto& item : flood.interfaces)
    {
        next = std::min(next, item.downstream.Next());
        next = item.assert ? std::min(next, item.assert->Timer().At()) : next;
    }
    flood.WakeAt(next);
}

void
Dense::Sweep(Flood& flood)
{
    if (!flood.interfaces.Tidy() || flood.active.Running() || flood.refresh.Running() || flood.upstream.Next() != NEVER)
    {
        return;
    }
    const auto place = m_groups.find(flood.group);
    auto* root = flood.root; // its address is the source
    place->second.Remove(root->address);
    if (place->second.Empty())
    {
        m_groups.erase(place);
    }
    m_roots.Release(root);
    --m_count;
}

void
Dense::OnAlarm(Flood& flood, TimePoint now)
{
    for (auto& item : flood.interfaces)
    {
        Apply(flood, item, item.downstream.Expire(now));
        if (item.assert)
        {
            const auto winner = item.assert->Winner().address;
            Apply(flood, item, item.assert->Expire(now, InputsOf(flood, item.id), Times()), winner);
        }
    }
    const auto wish = WishOf(flood);
    if (!flood.active.Running())
    {
        flood.upstream.FollowQuietly(wish);
    }
    Drive(flood, [&](auto& machine) { return machine.Expire(now, wish, m_owner.GetConfig()); });
    if (flood.refresh.Due(now))
    {
        Originate(flood);
        flood.refresh.Start(now, m_owner.GetConfig().stateRefreshInterval);
    }
    flood.active.Expire(now, [&] { return m_owner.AskForActivity(flood.group, flood.source); });
    Update(flood);
}

void
Dense::Apply(const Flood& flood, const FloodInterface& item, FloodPrune::Outcome outcome)
{
    switch (outcome)
    {
    case FloodPrune::Outcome::Nothing:
        return;
    case FloodPrune::Outcome::Resumed:
        m_claims.Remove(item.downstream.claim);
        return Tell(EventKind::DownstreamChanged, item.id, flood, 0);
    case FloodPrune::Outcome::Pruned:
        break;
    }
    Tell(EventKind::DownstreamChanged, item.id, flood, 1);
    const auto* pim = PimOn(item.id);
    if (pim != nullptr && pim->NeighborCount() > 1)
    {
        // Who missed the Prune hears it once more, from ourselves to ourselves (4.4.2.2).
        const auto* us = m_queue.Find(item.id, pim->PrimaryAddress(), GetContext().now);
        m_queue.Add(*us, {flood.group, flood.source, false, false, false, false});
    }
}

void
Dense::Tell(EventKind kind, InterfaceId interface, const Flood& flood, std::uint64_t value)
{
    GetContext().Emit(TraceEvent(kind, interface).Of(m_family).Group(flood.group).Source(flood.source).Value(value));
}

void
Dense::MembershipChanged(const Address& group)
{
    for (auto* flood : OfGroup(group))
    {
        Update(*flood);
    }
}

// Who is new on a link, or has restarted, never pruned it: the link is flooded again, and those who don't want that
// prune anew. What a router that has restarted was told is to be told again (4.3.4).
void
Dense::NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change)
{
    m_roots.Refresh(Prefix{Address::Any(m_family), 0});
    const auto* pim = PimOn(interface);
    const bool alone = pim == nullptr || pim->NeighborCount() == 0;
    const bool isNew = change == NeighborChange::Up || change == NeighborChange::Restarted;
    const bool forgot = change == NeighborChange::Restarted || change == NeighborChange::Gone;
    for (auto* flood : All())
    {
        auto* item = flood->interfaces.Find(interface);
        if (item != nullptr && (isNew || alone))
        {
            Apply(*flood, *item, item->downstream.Cancel());
        }
        if (item != nullptr && forgot && item->assert && item->assert->Winner().address == neighbor)
        {
            Apply(*flood, *item, item->assert->ForgetLoss(), neighbor);
        }
        const auto* to = flood->upstream.Neighbor();
        if (change == NeighborChange::Restarted && to != nullptr && to->interface == interface &&
            to->address == neighbor)
        {
            Drive(*flood, [&](auto& machine) {
                return machine.NeighborRestarted(GetContext().now, m_owner.GetConfig());
            });
        }
        Update(*flood);
    }
}

void
Dense::EverythingChanged()
{
    m_roots.Refresh(Prefix{Address::Any(m_family), 0});
    for (auto* flood : All())
    {
        Update(*flood);
    }
}

// What neighbours told there is forgotten, and nothing more is said there.
void
Dense::InterfaceGone(InterfaceId interface)
{
    m_queue.Drop(interface);
    for (auto* flood : All())
    {
        if (auto* item = flood->interfaces.Find(interface))
        {
            Apply(*flood, *item, item->downstream.Cancel());
            flood->interfaces.Remove(interface);
        }
    }
    EverythingChanged();
}

void
Dense::RoutesChanged(const Prefix& prefix)
{
    if (!m_roots.Refresh(prefix))
    {
        return;
    }
    for (auto* flood : All())
    {
        Update(*flood);
    }
}

// Losers of our Asserts are to take over at once (4.6.2).
void
Dense::Clear()
{
    for (auto* flood : All())
    {
        for (const auto& item : flood->interfaces)
        {
            if (item.assert && item.assert->IsWinner())
            {
                SendAssert(item.id, *flood, AssertMetric{});
            }
        }
    }
    Flush();
    m_groups.clear();
    m_roots.Clear();
    m_count = 0;
    m_claims.Clear();
}

void
Dense::Flush()
{
    if (m_queue.Empty())
    {
        return;
    }
    const auto messages = m_queue.Take(m_family, m_owner.GetConfig().JoinPruneHoldtimeToTell(),
                                       [this](InterfaceId id) { return m_owner.RoomOf(id); });
    for (const auto& [id, message] : messages)
    {
        if (auto* interface = PimOn(id))
        {
            const bool graft = message.kind == JoinPrune::Kind::Graft;
            interface->Send(graft ? message.upstream : AllRouters(m_family), message);
        }
    }
}

} // namespace mcast::pim
