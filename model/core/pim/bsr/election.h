// SPDX-License-Identifier: GPL-2.0-only
// Election of the Bootstrap Router of one scope zone.                                                          RFC 5059 3.1
//
// A candidate (3.1.1)        preferred message   BST expires             lesser message
//  Candidate                 -> Candidate, F S   -> Pending              of the elected one: -> Pending, F; of another: discard
//  Pending                   -> Candidate, F S   -> Elected, originate   F
//  Elected                   -> Candidate, F S   originate               originate
//
// Any other router (3.1.2)   preferred message   any message             BST expires           SZT expires
//  NoInfo                                        -> AcceptPreferred, F S
//  AcceptAny                                     -> AcceptPreferred, F S                        -> NoInfo, remove
//  AcceptPreferred           F S                 else: discard           -> AcceptAny, refresh
//
// F: forward the message; S: store its RP set; either sets the Bootstrap Timer to BS_Timeout. NoInfo and the Scope-Zone
// Expiry Timer are only of zones that were learned from messages.
//
// The machine is told what came in and answers what to do; it sends nothing.

#ifndef MCAST_CORE_PIM_BSR_ELECTION_H
#define MCAST_CORE_PIM_BSR_ELECTION_H

#include "../config.h"
#include "../views.h"

#include <algorithm>
#include <optional>

namespace mcast::pim::bsr
{

/// By priority, then by address; the greater one is elected (RFC 5059 3.1).
struct Weight
{
    std::uint8_t priority = 0;
    Address address;

    friend bool operator==(const Weight& a, const Weight& b)
    {
        return a.priority == b.priority && a.address == b.address;
    }

    friend bool operator<(const Weight& a, const Weight& b)
    {
        return a.priority != b.priority ? a.priority < b.priority : a.address < b.address;
    }
};

/// BS_Rand_Override (RFC 5059 5), 5 s to 23 s, in whole milliseconds: the lesser a candidate is, the longer it waits.
/// \param stored the BSR known before, if there was one
Duration RandomOverride(const Weight& own, const std::optional<Weight>& stored);

class Election
{
  public:
    using State = BootstrapView::State;

    /// What to do with a Bootstrap message; nothing: discard it.
    struct Outcome
    {
        bool forward = false;
        bool store = false;
        bool originate = false;
    };

    /// What a timer's expiry asks for.
    enum class Expiry : std::uint8_t
    {
        None,
        Originate,
        Refresh, ///< the BSR is gone: store the last message's RPs once more, then forget the message
        Remove,  ///< the zone is gone
    };

    /// \param config must outlive the election
    /// \param learned the zone is known from messages alone
    Election(const RouterConfig& config, bool learned);

    void SetLearned(TimePoint now, bool learned);
    /// Starts to be a candidate, or starts over with another weight.
    void BecomeCandidate(TimePoint now, const Weight& own);
    void StopCandidacy(TimePoint now);

    Outcome OnMessage(TimePoint now, const Weight& sender);
    Expiry OnTimer(TimePoint now);

    /// Of the elected one: its next message goes out in `delay` at the latest.
    void LowerBootstrapTimer(TimePoint now, Duration delay);

    State GetState() const
    {
        return m_state;
    }

    /// The elected BSR, which may be us.
    std::optional<Weight> Bsr() const
    {
        return m_state == State::Elected ? m_own : m_current;
    }

    const std::optional<Weight>& Own() const
    {
        return m_own;
    }

    Duration BootstrapTimer(TimePoint now) const
    {
        return m_bootstrap.Remaining(now);
    }

    TimePoint NextTimer() const
    {
        return std::min(m_bootstrap.At(), m_scopeZone.At());
    }

  private:
    bool IsPreferred(const Weight& sender) const;
    Outcome Accept(TimePoint now, const Weight& sender, State state);
    Outcome Pend(TimePoint now);
    void ForgetBsr(TimePoint now);
    void CheckInvariants() const;

    const RouterConfig& m_config;
    bool m_learned;
    State m_state;
    std::optional<Weight> m_own;     // as a candidate
    std::optional<Weight> m_current; // BSR, another one than us
    Deadline m_bootstrap;            // BST
    Deadline m_scopeZone;            // SZT
};

} // namespace mcast::pim::bsr

#endif // MCAST_CORE_PIM_BSR_ELECTION_H
