// SPDX-License-Identifier: GPL-2.0-only
// Dense mode of one family: (S,G) that are flooded, pruned and grafted, and the machines that work on them.
//                                                                                                   RFC 3973
//   dense.cc     which state exists, what a change of anything leads to, and the macros        4.1
//   data.cc      the rules for data packets                                                    4.2
//   receive.cc   Join/Prune, Graft and Graft-Ack, for us and overheard; Assert                 4.4, 4.6
//   refresh.cc   State Refresh, our own and those of others                                    4.5
//   views.cc     read-outs
//
// All that depends on a change is looked at again by Update: each machine compares what it should be with what it is.
// State is made by data, by a State Refresh, by a Prune for us and by an Assert that concerns us; it lasts while any of
// its timers runs, that of data included (4.1.2). Without state an (S,G) would be flooded, as it is in the initial one.

#ifndef MCAST_CORE_PIM_DM_DENSE_H
#define MCAST_CORE_PIM_DM_DENSE_H

#include "../../mfc/mfc.h"
#include "../assert.h"
#include "../join-prune-queue.h"
#include "../keepalive.h"
#include "../per-interface.h"
#include "../rpf.h"
#include "../source-table.h"
#include "../tree-owner.h"
#include "downstream.h"
#include "upstream.h"

#include <memory>
#include <unordered_map>

namespace mcast::pim
{

class Dense;

/// What a flooded (S,G) is on one interface.
struct FloodInterface
{
    InterfaceId id;
    FloodPrune downstream;
    std::unique_ptr<AssertMachine> assert; ///< none: NoInfo
    Deadline pruneLimit;                   ///< of a loser: no second Prune to the winner before

    bool IsIdle() const
    {
        return downstream.State() == DownstreamState::NoInfo && !assert;
    }
};

/// A flooded (S,G).
class Flood final : public Alarm
{
  public:
    Flood(Dense& itsDense, const Address& itsGroup, RpfRoot* itsRoot);

    void OnAlarm(TimePoint now) override;

    const AssertMachine* AssertOn(InterfaceId interface) const
    {
        const auto* item = interfaces.Find(interface);
        return item == nullptr ? nullptr : item->assert.get();
    }

    using Alarm::WakeAt;

    Dense& dense;
    Address group;
    const Address& source; ///< the root's
    RpfRoot* root;
    FloodUpstream upstream;
    PerInterface<FloodInterface> interfaces;
    Keepalive active;       ///< SAT; where S is not directly connected, data and State Refreshes restart it, too
    Deadline refresh;       ///< SRT; runs at an originator only
    Deadline refreshLimit;  ///< no State Refresh is forwarded before
    std::uint8_t ttl = 0;   ///< the greatest of the source's packets; 0: not known
    std::uint8_t turn = 0;  ///< of our State Refreshes, modulo 3
    TimePoint since;
};

class Dense
{
  public:
    Dense(Family family, TreeOwner& owner);
    ~Dense();

    // Messages that their interface has screened, from neighbours, of groups that are dense and may cross it.

    void HandleJoinPrune(Interface& interface, const PacketMeta& meta, const JoinPrune& message);
    void HandleGraft(Interface& interface, const PacketMeta& meta, const JoinPrune& message);
    void HandleGraftAck(const Interface& interface, const PacketMeta& meta, const JoinPrune& message);
    void HandleAssert(Interface& interface, const PacketMeta& meta, const Assert& message);
    void HandleStateRefresh(Interface& interface, const PacketMeta& meta, const StateRefresh& message);

    // Data.

    /// A packet that the forwarding plane has no entry for, or that came in elsewhere than its entry says.
    /// \param ttl 0: not known
    void HandleData(InterfaceId interface, const Address& group, const Address& source, std::uint8_t ttl);
    /// The answer to AskForActivity. \param idle since the last packet, if known
    void HandleActivity(const Address& group, const Address& source, bool active, std::optional<Duration> idle);
    /// What the forwarding plane should do with data of the source and group.
    RoutingDecision Decide(const Address& group, const Address& source) const;

    // Changes around.

    void MembershipChanged(const Address& group);
    void NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change);
    /// Interfaces, boundaries or the configuration are others than before.
    void EverythingChanged();
    void InterfaceGone(InterfaceId interface);
    void RoutesChanged(const Prefix& prefix);
    /// Takes everything back: who relied on us hears it, nothing is left.
    void Clear();

    /// Sends the Joins, Prunes and Grafts that are due.
    void Flush();

    std::vector<TreeView> Trees(const std::optional<Address>& group) const;

    std::size_t Count() const
    {
        return m_count;
    }

    // For the entries.

    Context& GetContext() const
    {
        return m_owner.GetContext();
    }

    void OnAlarm(Flood& flood, TimePoint now);

  private:
    using Sources = SourceTable<Flood>;

    // dense.cc
    Interface* PimOn(InterfaceId interface) const;
    Flood* Find(const Address& group, const Address& source) const;
    /// Null if there is no room. \param interface to count it on
    Flood* FindOrMake(const Address& group, const Address& source, InterfaceId interface);
    std::vector<Flood*> All() const;
    std::vector<Flood*> OfGroup(const Address& group) const;
    static std::optional<InterfaceId> RpfInterface(const Flood& flood);
    Address RpfNeighbor(const Flood& flood) const;
    bool InOlist(const Rpf& rpf, const Address& group, const Address& source, const Flood* flood,
                 InterfaceId interface) const;
    bool LostAssert(const Flood& flood, InterfaceId interface) const;
    bool IsOlistEmpty(const Flood& flood) const;
    bool IsOriginator(const Flood& flood) const;
    FloodWish WishOf(const Flood& flood);
    void Act(const Flood& flood, FloodUpstream::Action action);
    /// Hands an event to the upstream machine and does what it answers.
    template <class Event>
    void Drive(Flood& flood, const Event& event)
    {
        const auto before = flood.upstream.State();
        Act(flood, event(flood.upstream));
        if (flood.upstream.State() != before)
        {
            Tell(EventKind::UpstreamChanged, RpfInterface(flood).value_or(InterfaceId{}), flood,
                 static_cast<std::uint64_t>(flood.upstream.State()));
        }
    }

    void Update(Flood& flood);
    void FollowSource(Flood& flood);
    void Arm(Flood& flood);
    void Sweep(Flood& flood);
    void Apply(const Flood& flood, const FloodInterface& item, FloodPrune::Outcome outcome);
    void Tell(EventKind kind, InterfaceId interface, const Flood& flood, std::uint64_t value);

    // receive.cc
    void ReceivePrune(Interface& interface, const Address& from, const Address& group, const Address& source,
                      std::uint16_t holdtime);
    void ReceiveJoin(Interface& interface, const Address& group, const Address& source);
    void Overhear(Interface& interface, const JoinPrune& message);
    void AnswerAsLoser(const Flood& flood, InterfaceId interface);
    AssertInputs InputsOf(const Rpf& rpf, InterfaceId interface) const;

    AssertInputs InputsOf(const Flood& flood, InterfaceId interface) const
    {
        return InputsOf(flood.root->rpf, interface);
    }

    AssertTimes Times() const;
    AssertMachine& AssertAt(Flood& flood, InterfaceId interface);
    void CheckAsserts(Flood& flood);
    void ReceiveAssert(Flood& flood, InterfaceId interface, const AssertMetric& heard, const AssertTimes& times);
    /// \param before the winner until now
    void Apply(Flood& flood, FloodInterface& item, AssertMachine::Outcome outcome, const Address& before);
    void PruneToWinner(const Flood& flood, FloodInterface& item);
    void PruneAgain(const Flood& flood, FloodInterface& item);
    void SendAssert(InterfaceId interface, const Flood& flood, const AssertMetric& metric);

    // refresh.cc
    void Originate(Flood& flood);
    void Refresh(Flood& flood, StateRefresh message);

    // views.cc
    TreeView ViewOf(const Flood& flood) const;

    Family m_family;
    TreeOwner& m_owner;
    RpfTable m_roots;
    JoinPruneQueue m_queue;
    std::unordered_map<Address, Sources> m_groups;
    std::size_t m_count = 0;
    Claims m_claims;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_DM_DENSE_H
