// SPDX-License-Identifier: GPL-2.0-only
// The three kinds of state that a sparse-mode router keeps.                              RFC 7761 4.1.2 to 4.1.4
//
//   StarG   (*,G)      the tree rooted at the RP        downstream Join, upstream, Assert
//   SG      (S,G)      the tree rooted at a source      the same, Keepalive, SPTbit, Register
//   SGRpt   (S,G,rpt)  a source pruned off the RP tree  downstream Prune, upstream
//
// All of one group hang together in its Group. They hold values; the machines work on them through Sparse.

#ifndef MCAST_CORE_PIM_SM_TREES_H
#define MCAST_CORE_PIM_SM_TREES_H

#include "../../base/timer-queue.h"
#include "../assert.h"
#include "../join-prune-queue.h"
#include "../keepalive.h"
#include "../per-interface.h"
#include "../rpf.h"
#include "../source-table.h"
#include "downstream-rpt.h"
#include "downstream.h"
#include "register.h"

#include <map>
#include <memory>
#include <vector>

namespace mcast::pim
{

class Sparse;
struct Group;

/// A joined tree on one interface.
struct TreeInterface
{
    InterfaceId id;
    DownstreamJoin downstream;
    std::unique_ptr<AssertMachine> assert; ///< none: NoInfo

    bool IsIdle() const
    {
        return !downstream.IsJoined() && !assert;
    }
};

/// What (*,G) and (S,G) have in common.
class Tree : public Alarm
{
  public:
    Tree(Sparse& sparse, Group& itsGroup);

    TreeInterface* Find(InterfaceId interface)
    {
        return interfaces.Find(interface);
    }

    const TreeInterface* Find(InterfaceId interface) const
    {
        return interfaces.Find(interface);
    }

    TreeInterface& At(InterfaceId interface)
    {
        return interfaces.At(interface);
    }

    bool Tidy()
    {
        return interfaces.Tidy();
    }

    const AssertMachine* AssertOn(InterfaceId interface) const;

    using Alarm::WakeAt;

    bool joined = false;   ///< upstream state: Joined
    bool byAssert = false; ///< joinedTo is an assert winner
    Group& group;
    UpstreamNeighbor* joinedTo = nullptr; ///< RPF' as it was told; null if there was none
    Deadline joinTimer;                   ///< JT
    TimePoint since;
    PerInterface<TreeInterface> interfaces;
};

class StarG final : public Tree
{
  public:
    using Tree::Tree;

    void OnAlarm(TimePoint now) override;
};

class SG final : public Tree
{
  public:
    SG(Sparse& sparse, Group& itsGroup, RpfRoot* itsRoot);

    void OnAlarm(TimePoint now) override;

    RegisterState Registering() const
    {
        return registering ? registering->State() : RegisterState::NoInfo;
    }

    bool sptBit = false;
    const Address& source; ///< the root's
    RpfRoot* root;
    Keepalive keepalive;                          ///< KAT
    std::unique_ptr<RegisterMachine> registering; ///< none: NoInfo
};

class SGRpt final : public Alarm
{
  public:
    struct OnInterface
    {
        InterfaceId id;
        DownstreamPrune downstream;

        bool IsIdle() const
        {
            return downstream.State() == DownstreamState::NoInfo;
        }
    };

    SGRpt(Sparse& sparse, Group& itsGroup, const Address& itsSource);

    void OnAlarm(TimePoint now) override;

    DownstreamPrune* Find(InterfaceId interface);
    const DownstreamPrune* Find(InterfaceId interface) const;

    DownstreamPrune& At(InterfaceId interface)
    {
        return interfaces.At(interface).downstream;
    }

    bool Tidy()
    {
        return interfaces.Tidy();
    }

    using Alarm::WakeAt;

    bool pruned = false;     ///< upstream: Pruned; else NotPruned, or RPTNotJoined with (*,G) not joined
    bool fromWinner = false; ///< RPF'(S,G,rpt) was another than RPF'(*,G)
    Group& group;
    Address source;
    Deadline overrideTimer; ///< OT
    TimePoint since;
    PerInterface<OnInterface> interfaces;
};

/// A group, and its RP as it is now.
struct Group
{
    Group(Sparse& itsSparse, const Address& itsAddress)
        : sparse(itsSparse),
          address(itsAddress)
    {
    }

    SG* FindSource(const Address& source)
    {
        return sources.Find(source);
    }

    SGRpt* FindRpt(const Address& source)
    {
        if (!rpts)
        {
            return nullptr;
        }
        const auto found = rpts->find(source);
        return found == rpts->end() ? nullptr : &found->second;
    }

    Sparse& sparse;
    Address address;
    bool ssm = false;
    RpfRoot* rp = nullptr; ///< RP(G); null if there is none
    std::unique_ptr<StarG> star;
    SourceTable<SG> sources;
    std::unique_ptr<std::map<Address, SGRpt>> rpts;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_SM_TREES_H
