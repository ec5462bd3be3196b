// SPDX-License-Identifier: GPL-2.0-only
// The upstream machine of a dense (S,G): do we want the flood from the router towards the source?       RFC 3973 4.4.1
//
//                                    Forwarding              Pruned                  AckPending
//  data by RPF_interface, olist      -> Pruned, Prune,       Prune, start PLT        -
//    NULL, PLT not running              start PLT
//  State Refresh from RPF', P = 1    start OT (1)            restart PLT             start OT (1)
//                           P = 0    -                       PLT not running: Prune, -> Forwarding
//                                                               start PLT
//  see Join to RPF'                  stop OT                 -                       stop OT
//  see Prune to RPF'                 start OT (1)            raise PLT to Holdtime   start OT (1)
//  OT expires                        Join                    -                       Join
//  olist -> NULL                     -> Pruned, Prune,       -                       -> Pruned, Prune,
//                                       start PLT                                       start PLT
//  olist -> not NULL                 -                       -> AckPending, Graft    -
//  RPF' changes, olist not NULL      -> AckPending, Graft    -> AckPending, Graft    Graft
//                olist NULL          -> Pruned               stop PLT                -> Pruned
//  RPF' restarts                     -                       stop PLT                Graft
//  GRT expires                       -                       -                       Graft (2)
//  Graft-Ack from RPF'               -                       -                       -> Forwarding
//  S is directly connected now       -                       -> Forwarding           -> Forwarding
//
//  (1) unless it runs  (2) -> Forwarding when it was tried often enough, if a limit is set
//
// GRT runs in AckPending, OT in Forwarding and AckPending, PLT in Pruned only. Without an RPF', and with S directly
// connected, nobody is told anything.

#ifndef MCAST_CORE_PIM_DM_UPSTREAM_H
#define MCAST_CORE_PIM_DM_UPSTREAM_H

#include "../config.h"
#include "../join-prune-queue.h"
#include "../views.h"

#include <algorithm>

namespace mcast::pim
{

/// What the machine has to know of its entry at an event.
struct FloodWish
{
    bool empty = false;                    ///< is olist(S,G) NULL?
    bool direct = false;                   ///< is S directly connected?
    const UpstreamNeighbor* to = nullptr;  ///< RPF'(S); null if there is none
    Duration override{};                   ///< t_override, drawn anew
};

class FloodUpstream
{
  public:
    enum class Action : std::uint8_t
    {
        Nothing,
        Prune, ///< is to be sent to the neighbour of the wish
        Join,
        Graft,
    };

    /// An entry that a State Refresh made, which says that the link is pruned: so it is to stay, if olist is NULL.
    void AssumePruned(TimePoint now, const FloodWish& wish, const RouterConfig& config);
    /// Takes notice of another olist or RPF'.
    Action Follow(TimePoint now, const FloodWish& wish, const RouterConfig& config);
    /// RPF' is another as an Assert's time was over, and no data comes that anybody could be asked for: a Graft would lead
    /// to the next Assert, and so the state of a source that is gone would never end.
    void FollowQuietly(const FloodWish& wish);
    /// A packet came in by RPF_interface.
    Action DataArrived(TimePoint now, const FloodWish& wish, const RouterConfig& config);
    /// \param prune the Prune Indicator of a State Refresh from RPF'
    Action Refreshed(TimePoint now, bool prune, const FloodWish& wish, const RouterConfig& config);
    void SeeJoin();
    /// \param holdtime of the Prune, s
    void SeePrune(TimePoint now, std::uint16_t holdtime, const FloodWish& wish);
    void ReceiveGraftAck();
    /// RPF' has forgotten what it was told.
    Action NeighborRestarted(TimePoint now, const RouterConfig& config);
    Action Expire(TimePoint now, const FloodWish& wish, const RouterConfig& config);

    UpstreamState State() const
    {
        return m_state;
    }

    bool IsPruned() const
    {
        return m_state == UpstreamState::Pruned;
    }

    /// RPF'(S) as it was last told of.
    const UpstreamNeighbor* Neighbor() const
    {
        return m_to;
    }

    const Deadline& GraftRetry() const
    {
        return m_graftRetry;
    }

    const Deadline& Override() const
    {
        return m_override;
    }

    const Deadline& PruneLimit() const
    {
        return m_pruneLimit;
    }

    TimePoint Next() const
    {
        return std::min({m_graftRetry.At(), m_override.At(), m_pruneLimit.At()});
    }

  private:
    void Transition(UpstreamState state);
    Action Prune(TimePoint now, const RouterConfig& config);
    Action Graft(TimePoint now, const RouterConfig& config);

    const UpstreamNeighbor* m_to = nullptr;
    Deadline m_graftRetry; // GRT
    Deadline m_override;   // OT
    Deadline m_pruneLimit; // PLT
    std::uint32_t m_retries = 0;
    UpstreamState m_state = UpstreamState::Forwarding;
    bool m_empty = false; // olist, when it was last looked at
    bool m_begun = false; // RPF' has been looked at
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_DM_UPSTREAM_H
