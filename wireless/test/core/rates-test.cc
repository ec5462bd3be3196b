// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/rates.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

const std::vector<Rate> BASIC{12, 24, 48};
const std::vector<Rate> MANDATORY{2, 4};

TEST(Rates, LowestAndHighestBasic)
{
    EXPECT_EQ(ChooseRate(RateChoice::LowestBasic, BASIC, MANDATORY, {}), 12U);
    EXPECT_EQ(ChooseRate(RateChoice::HighestBasic, BASIC, MANDATORY, {{108}}), 48U);
}

TEST(Rates, MandatoryOnesStandForAnEmptyBasicSet)
{
    EXPECT_EQ(ChooseRate(RateChoice::LowestBasic, {}, MANDATORY, {}), 2U);
    EXPECT_EQ(ChooseRate(RateChoice::HighestBasic, {}, MANDATORY, {}), 4U);
}

TEST(Rates, HighestThatAllMembersTake)
{
    EXPECT_EQ(ChooseRate(RateChoice::HighestOfMembers, BASIC, MANDATORY, {{12, 24, 72, 108}, {12, 24, 72}}), 72U);
    EXPECT_EQ(ChooseRate(RateChoice::HighestOfMembers, BASIC, MANDATORY, {{12, 24}, {72}}), 12U) << "none in common";
    EXPECT_EQ(ChooseRate(RateChoice::HighestOfMembers, BASIC, MANDATORY, {}), 48U);
}

} // namespace
} // namespace mcast::wifi
