// SPDX-License-Identifier: GPL-2.0-only
// The downstream (S,G,rpt) machine of one interface: sources that a joined neighbour does not want.     RFC 7761 4.5.3
//
//                    Join(*,G)   Join      Prune             end of message  PPT expires  ET expires
//  NoInfo            -           -         -> PrunePending   -               -            -
//  Prune             -> Tmp      -> NoInfo restart ET        -               -            -> NoInfo
//  PrunePending      -> Tmp      -> NoInfo restart ET        -               -> Prune     -> NoInfo
//  PruneTmp          -           -> NoInfo -> Prune          -> NoInfo       -            -
//  PrunePendingTmp   -           -> NoInfo -> PrunePending   -> NoInfo       -            -
//
// A Join(*,G) takes the prunes back that the same message does not repeat; no time passes in the Tmp states.

#ifndef MCAST_CORE_PIM_SM_DOWNSTREAM_RPT_H
#define MCAST_CORE_PIM_SM_DOWNSTREAM_RPT_H

#include "downstream.h"

namespace mcast::pim
{

class DownstreamPrune
{
  public:
    void ReceiveJoinStarG();
    void ReceiveJoin();
    void ReceivePrune(TimePoint now, std::uint16_t holdtime, Duration override);
    void EndOfMessage();
    /// \return did the state change?
    bool Expire(TimePoint now);

    /// Is the interface in prunes(S,G,rpt)?
    bool IsPruned() const
    {
        return m_state == DownstreamState::Prune || m_state == DownstreamState::PruneTmp;
    }

    DownstreamState State() const
    {
        return m_state;
    }

    const Deadline& Expiry() const
    {
        return m_expiry;
    }

    const Deadline& PrunePending() const
    {
        return m_prunePending;
    }

    TimePoint Next() const
    {
        return m_expiry.At() < m_prunePending.At() ? m_expiry.At() : m_prunePending.At();
    }

    Claims::Number claim = 0; ///< of the neighbour whose Prune made it

  private:
    DownstreamState m_state = DownstreamState::NoInfo;
    Deadline m_expiry;       // ET
    Deadline m_prunePending; // PPT
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_SM_DOWNSTREAM_RPT_H
