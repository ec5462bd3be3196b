// SPDX-License-Identifier: GPL-2.0-only
// The downstream (*,G) and (S,G) Join/Prune machine of one interface.                 RFC 7761 4.5.1, 4.5.2
//
//               Join           Prune             PPT expires              ET expires
//  NoInfo       -> Join        -                 -                        -
//  Join         restart ET     -> PrunePending   -                        -> NoInfo
//  PrunePending -> Join        -                 -> NoInfo, PruneEcho     -> NoInfo
//
// ET is restarted to the greater of what is left and the Holdtime of the message.

#ifndef MCAST_CORE_PIM_SM_DOWNSTREAM_H
#define MCAST_CORE_PIM_SM_DOWNSTREAM_H

#include "../../base/time.h"
#include "../expiry.h"
#include "../views.h"
#include "../claims.h"

#include <cstdint>

namespace mcast::pim
{

class DownstreamJoin
{
  public:
    enum class Outcome : std::uint8_t
    {
        Nothing,
        Left,   ///< NoInfo now
        Pruned, ///< NoInfo now, because nobody overrode a Prune: PruneEcho is due
    };

    /// \return was it NoInfo before?
    bool ReceiveJoin(TimePoint now, std::uint16_t holdtime);
    /// \param override J/P_Override_Interval of the interface; zero with one neighbour, which nobody can override
    void ReceivePrune(TimePoint now, Duration override);
    Outcome Expire(TimePoint now);

    /// Is the interface in joins()?
    bool IsJoined() const
    {
        return m_state != DownstreamState::NoInfo;
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

    Claims::Number claim = 0; ///< of the neighbour whose Join made it

  private:
    Outcome Reset(Outcome outcome);

    DownstreamState m_state = DownstreamState::NoInfo;
    Deadline m_expiry;       // ET; not running in Join: for ever
    Deadline m_prunePending; // PPT
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_SM_DOWNSTREAM_H
