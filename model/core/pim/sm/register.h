// SPDX-License-Identifier: GPL-2.0-only
// The Register machine of one (S,G) at its DR.                                              RFC 7761 4.4.1
//
//               RST expires                 CouldRegister->TRUE  ->FALSE     Register-Stop    RP changed
//  NoInfo       -                           -> Join              -           -                -
//  Join         -                           -                    -> NoInfo   -> Prune, RST*   -
//  JoinPending  -> Join                     -                    -> NoInfo   -> Prune, RST*   -> Join
//  Prune        -> JoinPending, RST = Register_Probe_Time,  -    -> NoInfo   -                -> Join
//               Null-Register
//
//  RST*: rand(0.5, 1.5) * Register_Suppression_Time - Register_Probe_Time
// The tunnel is in the outgoing list in Join.

#ifndef MCAST_CORE_PIM_SM_REGISTER_H
#define MCAST_CORE_PIM_SM_REGISTER_H

#include "../../base/random.h"
#include "../../base/time.h"
#include "../config.h"
#include "../views.h"

namespace mcast::pim
{

class RegisterMachine
{
  public:
    /// \param rp unspecified: none, so nothing can be registered
    /// \return did the state change?
    bool Update(bool couldRegister, const Address& rp);
    /// \param together the RP takes Packed Null-Registers: RST ends on a grid of Register_Probe_Time, with others
    bool ReceiveRegisterStop(TimePoint now, Random& random, const RouterConfig& config, bool together = false);
    /// \return is a Null-Register to be sent?
    bool Expire(TimePoint now, const RouterConfig& config);

    RegisterState State() const
    {
        return m_state;
    }

    const Address& Rp() const
    {
        return m_rp;
    }

    const Deadline& StopTimer() const
    {
        return m_stop;
    }

  private:
    bool Enter(RegisterState state);

    Deadline m_stop; // RST
    Address m_rp;
    RegisterState m_state = RegisterState::NoInfo;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_SM_REGISTER_H
