// SPDX-License-Identifier: GPL-2.0-only

#include "election.h"

#include <cassert>
#include <cmath>

namespace mcast::pim::bsr
{

namespace
{

// The number that an address is.
double
Number(const Address& address)
{
    return address.IsIpv4() ? address.ToIpv4()
                            : std::ldexp(static_cast<double>(address.High()), 64) + static_cast<double>(address.Low());
}

// a - b, of which a is the greater, without the rounding of large numbers.
double
Difference(const Address& a, const Address& b)
{
    const auto borrow = a.Low() < b.Low() ? 1u : 0u;
    return std::ldexp(static_cast<double>(a.High() - b.High() - borrow), 64) + static_cast<double>(a.Low() - b.Low());
}

// addrDelay of RFC 5059 5, in seconds.
double
AddressDelay(const Weight& own, const Weight& best)
{
    const int bits = own.address.IsIpv4() ? 32 : 128;
    if (best.priority != own.priority)
    {
        return 2 - std::ldexp(Number(own.address), 1 - bits);
    }
    return std::log2(1 + Difference(best.address, own.address)) / (bits / 2);
}

} // namespace

Duration
RandomOverride(const Weight& own, const std::optional<Weight>& stored)
{
    auto best = own;
    if (stored)
    {
        best.priority = std::max(best.priority, stored->priority);
        best.address = std::max(best.address, stored->address);
    }
    const double delay = 5 + 2 * std::log2(1 + best.priority - own.priority) + AddressDelay(own, best);
    return std::chrono::milliseconds{std::lround(delay * 1000)};
}

Election::Election(const RouterConfig& config, bool learned)
    : m_config(config),
      m_learned(learned),
      m_state(learned ? State::NoInfo : State::AcceptAny)
{
}

void
Election::SetLearned(TimePoint now, bool learned)
{
    if (learned == m_learned)
    {
        return;
    }
    m_learned = learned;
    m_scopeZone.Stop();
    if (learned && m_state == State::AcceptAny)
    {
        m_scopeZone.Start(now, m_config.scopeZoneTimeout);
    }
    else if (!learned && m_state == State::NoInfo)
    {
        m_state = State::AcceptAny;
    }
    CheckInvariants();
}

void
Election::BecomeCandidate(TimePoint now, const Weight& own)
{
    m_own = own;
    m_scopeZone.Stop();
    Pend(now);
    CheckInvariants();
}

void
Election::StopCandidacy(TimePoint now)
{
    if (!m_own)
    {
        return;
    }
    m_own.reset();
    if (m_state == State::Candidate)
    {
        m_state = State::AcceptPreferred;
    }
    else
    {
        ForgetBsr(now);
    }
    CheckInvariants();
}

// RFC 5059 3.1.4. Who is pending or elected compares with itself; who is neither accepts first what is greater, or what the
// BSR itself says: unless it says that we are the better one.
bool
Election::IsPreferred(const Weight& sender) const
{
    const auto& measure = m_current ? *m_current : *m_own;
    if (!(sender < measure))
    {
        return true;
    }
    const bool fromBsr = m_current && sender.address == m_current->address;
    return fromBsr && (!m_own || !(sender < *m_own));
}

Election::Outcome
Election::OnMessage(TimePoint now, const Weight& sender)
{
    switch (m_state)
    {
    case State::NoInfo:
    case State::AcceptAny:
        return Accept(now, sender, State::AcceptPreferred);
    case State::AcceptPreferred:
        return IsPreferred(sender) ? Accept(now, sender, State::AcceptPreferred) : Outcome{};
    case State::Candidate:
        if (IsPreferred(sender))
        {
            return Accept(now, sender, State::Candidate);
        }
        if (sender.address != m_current->address)
        {
            return {};
        }
        m_current = sender; // its new priority is what we wait for, if for anything
        return Pend(now);
    case State::Pending:
        return IsPreferred(sender) ? Accept(now, sender, State::Candidate) : Outcome{true, false, false};
    case State::Elected:
        if (IsPreferred(sender))
        {
            return Accept(now, sender, State::Candidate);
        }
        m_bootstrap.Start(now, m_config.bootstrapPeriod);
        return {false, false, true};
    }
    return {};
}

Election::Outcome
Election::Accept(TimePoint now, const Weight& sender, State state)
{
    m_state = state;
    m_current = sender;
    m_bootstrap.Start(now, m_config.BootstrapTimeout());
    m_scopeZone.Stop();
    CheckInvariants();
    return {true, true, false};
}

Election::Outcome
Election::Pend(TimePoint now)
{
    m_state = State::Pending;
    m_bootstrap.Start(now, RandomOverride(*m_own, m_current));
    m_current.reset();
    CheckInvariants();
    return {true, false, false};
}

void
Election::ForgetBsr(TimePoint now)
{
    m_state = State::AcceptAny;
    m_current.reset();
    m_bootstrap.Stop();
    if (m_learned)
    {
        m_scopeZone.Start(now, m_config.scopeZoneTimeout);
    }
}

Election::Expiry
Election::OnTimer(TimePoint now)
{
    if (m_scopeZone.Due(now))
    {
        m_scopeZone.Stop();
        m_state = State::NoInfo;
        return Expiry::Remove;
    }
    if (!m_bootstrap.Due(now))
    {
        return Expiry::None;
    }
    if (m_state == State::AcceptPreferred)
    {
        ForgetBsr(now);
        CheckInvariants();
        return Expiry::Refresh;
    }
    if (m_state == State::Candidate)
    {
        Pend(now);
        return Expiry::None;
    }
    m_state = State::Elected; // from Pending, or it is time for the next message
    m_bootstrap.Start(now, m_config.bootstrapPeriod);
    CheckInvariants();
    return Expiry::Originate;
}

void
Election::LowerBootstrapTimer(TimePoint now, Duration delay)
{
    assert(m_state == State::Elected);
    m_bootstrap.LowerTo(now, delay);
}

void
Election::CheckInvariants() const
{
    const bool knowsAnother = m_state == State::AcceptPreferred || m_state == State::Candidate;
    const bool waits = m_state == State::NoInfo || m_state == State::AcceptAny;
    assert(m_current.has_value() == knowsAnother);
    assert(m_bootstrap.Running() == !waits);
    assert(m_own.has_value() ==
           (m_state == State::Candidate || m_state == State::Pending || m_state == State::Elected));
    assert(m_scopeZone.Running() == (m_learned && m_state == State::AcceptAny));
    (void)knowsAnother;
    (void)waits;
}

} // namespace mcast::pim::bsr
