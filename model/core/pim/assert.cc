// SPDX-License-Identifier: GPL-2.0-only

#include "assert.h"

namespace mcast::pim
{

bool
AssertMetric::IsBetterThan(const AssertMetric& other) const
{
    if (rpt != other.rpt)
    {
        return !rpt;
    }
    if (preference != other.preference)
    {
        return preference < other.preference;
    }
    return metric != other.metric ? metric < other.metric : other.address < address;
}

AssertMachine::Outcome
AssertMachine::Receive(TimePoint now, const AssertMetric& heard, const AssertInputs& in, const AssertTimes& times,
                       bool group)
{
    if (group && !heard.rpt)
    {
        return Outcome::Nothing;
    }
    const bool acceptable = !heard.IsInfinite() && heard.IsBetterThan(in.mine);
    const bool inferior = !in.mine.IsInfinite() && in.mine.IsBetterThan(heard);
    const bool fromWinner = heard.address == m_winner.address;
    switch (m_state)
    {
    case AssertState::NoInfo:
        if (in.couldAssert && (inferior || (heard.rpt && !group)))
        {
            return Win(now, in, times);
        }
        return acceptable && heard.rpt == group && in.trackingDesired ? Lose(now, heard, in, times) : Outcome::Nothing;
    case AssertState::Winner:
        if (inferior)
        {
            return Win(now, in, times);
        }
        return acceptable ? Lose(now, heard, in, times) : Outcome::Nothing;
    case AssertState::Loser:
        if (!heard.IsInfinite() && heard.IsBetterThan(m_winner))
        {
            return Lose(now, heard, in, times);
        }
        if (!fromWinner)
        {
            return Outcome::Nothing;
        }
        if (inferior || heard.IsInfinite())
        {
            return Reset(Outcome::Changed);
        }
        return acceptable && heard.rpt == group ? Lose(now, heard, in, times) : Outcome::Nothing;
    }
    return Outcome::Nothing;
}

AssertMachine::Outcome
AssertMachine::DataArrived(TimePoint now, const AssertInputs& in, const AssertTimes& times)
{
    const bool answers = m_state == AssertState::NoInfo || (in.dense && m_state == AssertState::Winner);
    return answers && in.couldAssert ? Win(now, in, times) : Outcome::Nothing;
}

AssertMachine::Outcome
AssertMachine::Expire(TimePoint now, const AssertInputs& in, const AssertTimes& times)
{
    if (!m_timer.Due(now))
    {
        return Outcome::Nothing;
    }
    return m_state == AssertState::Winner && !in.dense ? Win(now, in, times) : Reset(Outcome::Changed);
}

AssertMachine::Outcome
AssertMachine::Check(const AssertInputs& in)
{
    if (m_state == AssertState::Winner)
    {
        return in.couldAssert ? Outcome::Nothing : Reset(Outcome::Cancel);
    }
    if (m_state == AssertState::NoInfo)
    {
        return Outcome::Nothing;
    }
    const bool moved = m_wasRpfInterface != in.isRpfInterface && (in.dense || m_wasRpfInterface);
    m_wasRpfInterface = in.isRpfInterface;
    return !in.trackingDesired || moved || in.mine.IsBetterThan(m_winner) ? Reset(Outcome::Changed) : Outcome::Nothing;
}

void
AssertMachine::Refreshed(TimePoint now, Duration assertTime)
{
    if (IsWinner())
    {
        m_timer.Start(now, assertTime);
    }
}

AssertMachine::Outcome
AssertMachine::ForgetLoss()
{
    return IsLoser() ? Reset(Outcome::Changed) : Outcome::Nothing;
}

// The winner's timer ends before that of the losers, so they don't forget (4.6.1 A1, A3).
AssertMachine::Outcome
AssertMachine::Win(TimePoint now, const AssertInputs& in, const AssertTimes& times)
{
    m_state = AssertState::Winner;
    m_winner = in.mine;
    m_wasRpfInterface = false;
    m_timer.Start(now, times.assertTime - times.overrideInterval);
    return Outcome::Send;
}

AssertMachine::Outcome
AssertMachine::Lose(TimePoint now, const AssertMetric& winner, const AssertInputs& in, const AssertTimes& times)
{
    m_state = AssertState::Loser;
    m_winner = winner;
    m_wasRpfInterface = in.isRpfInterface;
    m_timer.Start(now, times.lossTime.value_or(times.assertTime));
    return Outcome::Changed;
}

AssertMachine::Outcome
AssertMachine::Reset(Outcome outcome)
{
    m_state = AssertState::NoInfo;
    m_winner = AssertMetric{};
    m_timer.Stop();
    return outcome;
}

void
Fill(TreeInterfaceView& view, const AssertMachine* machine, TimePoint now)
{
    if (machine != nullptr)
    {
        view.assertState = machine->State();
        view.assertWinner = machine->Winner().address;
        view.winnerPreference = machine->Winner().preference;
        view.winnerMetric = machine->Winner().metric;
        view.assertTimer = machine->Timer().Remaining(now);
    }
}

} // namespace mcast::pim
