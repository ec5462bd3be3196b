// SPDX-License-Identifier: GPL-2.0-only
// Which rate group frames are sent at.                                                IEEE 802.11-2020 10.6.5

#ifndef MCAST_WIFI_RATES_H
#define MCAST_WIFI_RATES_H

#include <cstdint>
#include <vector>

namespace mcast::wifi
{

/// In units of 500 kb/s, as the Supported Rates element has it: 2 is 1 Mb/s, 12 is 6 Mb/s.
using Rate = std::uint32_t;

enum class RateChoice : std::uint8_t
{
    LowestBasic,
    HighestBasic,
    HighestOfMembers, ///< the highest rate that all members take, which needs not be a basic one
};

/// \param basic the BSS basic rate set; empty: `mandatory` stands for it (10.6.5)
/// \param mandatory the PHY's mandatory rates, not empty: {2} of 11b, {12, 24, 48} of 11a
/// \param members the rates of each station that is to receive; none: as if only basic rates were known
/// \return the rate; HighestOfMembers falls back to LowestBasic if members have no rate in common
Rate ChooseRate(RateChoice choice, const std::vector<Rate>& basic, const std::vector<Rate>& mandatory,
                const std::vector<std::vector<Rate>>& members);

} // namespace mcast::wifi

#endif // MCAST_WIFI_RATES_H
