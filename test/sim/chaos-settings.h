// SPDX-License-Identifier: GPL-2.0-only
// What a seed of the chaos program stands for: everything that is chosen before the network is built.

#ifndef MCAST_TEST_SIM_CHAOS_SETTINGS_H
#define MCAST_TEST_SIM_CHAOS_SETTINGS_H

#include "base/random.h"
#include "gm/config.h"
#include "pim/config.h"

#include <cstdint>
#include <string>

namespace mcast::chaos
{

/// Chance with the questions that a scenario asks.
class Dice
{
  public:
    explicit Dice(std::uint64_t seed)
        : m_random(seed)
    {
    }

    /// 0 to limit - 1.
    unsigned Below(std::size_t limit)
    {
        return static_cast<unsigned>(m_random.Next() % limit);
    }

    unsigned Between(unsigned least, unsigned most)
    {
        return least + Below(most - least + 1);
    }

    bool OneIn(unsigned count)
    {
        return Below(count) == 0;
    }

    Duration Within(Duration maximum)
    {
        return m_random.Delay(maximum);
    }

  private:
    Random m_random;
};

/// What a seed is about; the same number is another network in each.
enum class Mode : std::uint8_t
{
    Sparse,
    Dense, ///< some of them with sparse groups beside the dense ones
};

const char* ToString(Mode mode);

/// Which routers refresh the state of dense groups.
enum class Refreshing : std::uint8_t
{
    Everywhere,
    Nowhere,
    Mixed,
};

enum class RpBy : std::uint8_t
{
    Static,
    Bootstrap,
    Embedded,
};

enum class Switchover : std::uint8_t
{
    Immediately,
    Never,
    Mixed, ///< each router as it likes
};

/// The times of PIM and of membership: the RFCs' defaults, or all of them shorter, in about the same proportions.
struct Times
{
    explicit Times(bool shorter);

    pim::InterfaceConfig interface;
    pim::RouterConfig router;
    gm::RouterConfig membership;

    Duration GroupMembershipInterval() const;
    /// Until all that is not refreshed is gone.
    Duration LongestState() const;
    /// Until a lost BSR or candidate RP is noticed everywhere.
    Duration RpSetRecovery() const;
};

struct Settings
{
    explicit Settings(std::uint64_t seed, Mode mode = Mode::Sparse);

    std::uint64_t seed;
    Mode mode;
    Family family;
    unsigned routers;
    unsigned extraLinks; ///< more than a tree needs
    unsigned hostLinks;
    unsigned groups;
    unsigned ssmGroups;
    unsigned flows;   ///< sources that send to a group
    unsigned actions; ///< of the storm
    double loss;      ///< during the storm
    Duration jitter;  ///< the same; more than the time between frames reorders them
    RpBy rpBy;
    unsigned rps;
    Switchover switchover;
    bool shortTimes;
    bool equalCosts;  ///< many shortest paths: the routers differ in which they take
    bool sendInQuiet; ///< else sources are silent until data is measured, and their state ends before
    unsigned denseGroups = 0; ///< of the groups, the first ones
    Refreshing refreshing = Refreshing::Nowhere;
    bool listed = false; ///< dense groups are configured one by one
    Times times;

    bool IsDense(std::size_t group) const
    {
        return group < denseGroups;
    }

    std::string Describe() const;

  private:
    void MakeDense(Dice& dice);
};

} // namespace mcast::chaos

#endif // MCAST_TEST_SIM_CHAOS_SETTINGS_H
