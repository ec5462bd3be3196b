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
#include "../rpf.h"
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

    TreeInterface* Find(InterfaceId interface);
    const TreeInterface* Find(InterfaceId interface) const;
    /// Makes it if need be; they are sorted.
    TreeInterface& At(InterfaceId interface);
    /// Is there nothing on any interface? Idle ones are removed.
    bool Tidy();
    const AssertMachine* AssertOn(InterfaceId interface) const;

    using Alarm::WakeAt;

    bool joined = false;   ///< upstream state: Joined
    bool byAssert = false; ///< joinedTo is an assert winner
    Group& group;
    UpstreamNeighbor* joinedTo = nullptr; ///< RPF' as it was told; null if there was none
    Deadline joinTimer;                   ///< JT
    TimePoint since;
    std::vector<TreeInterface> interfaces;
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
    bool asked = false;    ///< the Keepalive Timer is over if nobody says that data came
    const Address& source; ///< the root's
    RpfRoot* root;
    Deadline keepalive;                           ///< KAT
    std::unique_ptr<RegisterMachine> registering; ///< none: NoInfo
};

class SGRpt final : public Alarm
{
  public:
    struct OnInterface
    {
        InterfaceId id;
        DownstreamPrune downstream;
    };

    SGRpt(Sparse& sparse, Group& itsGroup, const Address& itsSource);

    void OnAlarm(TimePoint now) override;

    DownstreamPrune* Find(InterfaceId interface);
    const DownstreamPrune* Find(InterfaceId interface) const;
    DownstreamPrune& At(InterfaceId interface);
    bool Tidy();

    using Alarm::WakeAt;

    bool pruned = false;     ///< upstream: Pruned; else NotPruned, or RPTNotJoined with (*,G) not joined
    bool fromWinner = false; ///< RPF'(S,G,rpt) was another than RPF'(*,G)
    Group& group;
    Address source;
    Deadline overrideTimer; ///< OT
    TimePoint since;
    std::vector<OnInterface> interfaces;
};

/// The (S,G) of a group. Most groups have one source, which takes no table.
class SourceTable
{
  public:
    SG* Find(const Address& source) const;
    SG& Add(std::unique_ptr<SG> sg);
    void Remove(const Address& source);

    bool Empty() const
    {
        return !m_one && !m_table;
    }

    /// In the order of sources. The action must not add or remove any.
    template <class Action>
    void ForEach(const Action& action) const
    {
        if (m_one)
        {
            action(*m_one);
        }
        else if (m_table)
        {
            for (const auto& [source, sg] : *m_table)
            {
                action(*sg);
            }
        }
    }

  private:
    using Table = std::map<Address, std::unique_ptr<SG>>;

    std::unique_ptr<SG> m_one;
    std::unique_ptr<Table> m_table; // from the second one on, until it is empty
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
    SourceTable sources;
    std::unique_ptr<std::map<Address, SGRpt>> rpts;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_SM_TREES_H
