// SPDX-License-Identifier: GPL-2.0-only
// The Assert machine of one tree on one interface: which router of a LAN forwards.   RFC 7761 4.6.1 (S,G), 4.6.2 (*,G)
//                                                                                       RFC 3973 4.6.4 dense (S,G)
//
//            preferred   acceptable           inferior         data arrives  CouldAssert  timer   tracking ends, own metric
//            Assert      Assert               Assert           there         ->FALSE      expires better, winner gone, Join
//  NoInfo    -           -> Loser A6 (1)      -> Winner A1 (2) -> Winner A1  -            -       -
//  Winner    -> Loser A2 -                    A3               -             -> NoInfo A4 A3      -
//  Loser     A2          A2, from the winner  -> NoInfo A5,    -             -            -> NoInfo A5  -> NoInfo A5
//                                             from the winner
//
//  (1) if we track Asserts there  (2) if we could assert; of (S,G) any Assert with the RPT bit, too
//  A1, A3 send an Assert; A4 sends an AssertCancel; A2, A6 remember the winner; A5 forgets it.
//
// The machine of (*,G) looks at Asserts with the RPT bit only.
//
// In dense mode a State Refresh counts as an Assert, all interfaces track, a winner answers each packet by A3 and goes to
// NoInfo when the timer expires, and a loser forgets also when the interface comes to be the one towards the source.

#ifndef MCAST_CORE_PIM_ASSERT_H
#define MCAST_CORE_PIM_ASSERT_H

#include "../base/address.h"
#include "../base/time.h"
#include "views.h"

#include <optional>

namespace mcast::pim
{

/// RFC 7761 4.6.3.
struct AssertMetric
{
    bool rpt = true;
    std::uint32_t preference = INFINITE_PREFERENCE;
    std::uint32_t metric = INFINITE_METRIC;
    Address address; ///< primary one of the router

    static constexpr std::uint32_t INFINITE_PREFERENCE = 0x7fffffff;
    static constexpr std::uint32_t INFINITE_METRIC = 0xffffffff;

    /// infinite_assert_metric(); an AssertCancel tells it.
    bool IsInfinite() const
    {
        return preference == INFINITE_PREFERENCE && metric == INFINITE_METRIC;
    }

    /// RPT bit clear, then lower values, then the greater address.
    bool IsBetterThan(const AssertMetric& other) const;
};

/// What the machine has to know of its tree at an event.
struct AssertInputs
{
    bool couldAssert = false;     ///< CouldAssert
    bool trackingDesired = false; ///< AssertTrackingDesired
    bool isRpfInterface = false;  ///< RPF_interface of the tree's root
    AssertMetric mine;            ///< my_assert_metric
    bool dense = false;           ///< by RFC 3973
};

struct AssertTimes
{
    Duration assertTime{};
    Duration overrideInterval{};           ///< that a winner resends before
    std::optional<Duration> lossTime = {}; ///< of a loser; default the Assert Time
};

class AssertMachine
{
  public:
    enum class Outcome : std::uint8_t
    {
        Nothing,
        Send,    ///< an Assert is to be sent
        Cancel,  ///< an AssertCancel is to be sent; NoInfo now
        Changed, ///< the winner or the state is another
    };

    /// \param group is this the machine of (*,G)?
    Outcome Receive(TimePoint now, const AssertMetric& heard, const AssertInputs& in, const AssertTimes& times,
                    bool group);
    Outcome DataArrived(TimePoint now, const AssertInputs& in, const AssertTimes& times);
    Outcome Expire(TimePoint now, const AssertInputs& in, const AssertTimes& times);
    /// To be called when what the inputs say may have changed.
    Outcome Check(const AssertInputs& in);
    /// Dense mode: we sent a State Refresh, which a winner's Assert need not repeat (RFC 3973 4.6.4.2).
    void Refreshed(TimePoint now, Duration assertTime);
    /// A Join for the tree came in here, or the winner is gone or has restarted: a loser forgets.
    Outcome ForgetLoss();

    AssertState State() const
    {
        return m_state;
    }

    bool IsLoser() const
    {
        return m_state == AssertState::Loser;
    }

    bool IsWinner() const
    {
        return m_state == AssertState::Winner;
    }

    /// AssertWinnerMetric; infinite in NoInfo.
    const AssertMetric& Winner() const
    {
        return m_winner;
    }

    const Deadline& Timer() const
    {
        return m_timer;
    }

  private:
    Outcome Win(TimePoint now, const AssertInputs& in, const AssertTimes& times);
    Outcome Lose(TimePoint now, const AssertMetric& winner, const AssertInputs& in, const AssertTimes& times);
    Outcome Reset(Outcome outcome);

    Deadline m_timer; // AT
    AssertMetric m_winner;
    AssertState m_state = AssertState::NoInfo;
    bool m_wasRpfInterface = false;
};

/// \param machine null: NoInfo
void Fill(TreeInterfaceView& view, const AssertMachine* machine, TimePoint now);

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_ASSERT_H
