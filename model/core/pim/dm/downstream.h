// SPDX-License-Identifier: GPL-2.0-only
// The downstream Prune machine of a dense (S,G) on one interface: do its neighbours want the flood?     RFC 3973 4.4.2
//
//                Prune               Join         Graft        PPT expires           PT expires   State Refresh goes out
//  NoInfo        -> PrunePending     -            -            -                     -            -
//  PrunePending  -                   -> NoInfo    -> NoInfo    -> Prune, PruneEcho   -            -
//  Prune         raise PT            -> NoInfo    -> NoInfo    -                     -> NoInfo    restart PT
//
// PrunePending forwards as NoInfo does. A Graft is acknowledged in any state. On the interface towards the source it is
// NoInfo always. States are named as in the machine of (S,G,rpt).

#ifndef MCAST_CORE_PIM_DM_DOWNSTREAM_H
#define MCAST_CORE_PIM_DM_DOWNSTREAM_H

#include "../claims.h"
#include "../expiry.h"
#include "../views.h"

namespace mcast::pim
{

class FloodPrune
{
  public:
    enum class Outcome : std::uint8_t
    {
        Nothing,
        Pruned,  ///< nobody overrode the Prune: PruneEcho is due
        Resumed, ///< NoInfo now: the interface is flooded again
    };

    /// \param override J/P_Override_Interval; zero with one neighbour, which nobody can override
    /// \return Nothing or Pruned
    Outcome ReceivePrune(TimePoint now, std::uint16_t holdtime, Duration override);
    /// A Join or Graft; or the interface is towards the source now, or its neighbours are others. \return Nothing or
    /// Resumed
    Outcome Cancel();
    Outcome Expire(TimePoint now);
    /// We sent a State Refresh, and all neighbours keep what it keeps.
    void Refreshed(TimePoint now);

    DownstreamState State() const
    {
        return m_state;
    }

    bool IsPruned() const
    {
        return m_state == DownstreamState::Prune;
    }

    const Deadline& PruneTimer() const
    {
        return m_prune;
    }

    const Deadline& PrunePending() const
    {
        return m_prunePending;
    }

    TimePoint Next() const
    {
        return std::min(m_prune.At(), m_prunePending.At());
    }

    Claims::Number claim = 0; ///< of the neighbour whose Prune made it

  private:
    Outcome Prune(TimePoint now);

    DownstreamState m_state = DownstreamState::NoInfo;
    std::uint16_t m_holdtime = 0; // the greatest of active Prunes, s
    Duration m_waited{};          // in PrunePending; the Prune Timer is less by it
    Deadline m_prune;             // PT; not running in Prune: for ever
    Deadline m_prunePending;      // PPT
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_DM_DOWNSTREAM_H
