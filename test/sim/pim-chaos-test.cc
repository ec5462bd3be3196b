// SPDX-License-Identifier: GPL-2.0-only
// The chaos program's own tests: some seeds, that a seed is always the same run, and that the oracle finds what is wrong.

#include "chaos-run.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace mcast::chaos
{
namespace
{

class ChaosSeed : public testing::TestWithParam<std::pair<Mode, std::uint64_t>>
{
};

TEST_P(ChaosSeed, EndsInOrder)
{
    const auto [mode, seed] = GetParam();
    const auto outcome = chaos::Run(Settings(seed, mode)).Play();
    EXPECT_TRUE(outcome.complaints.empty()) << outcome.report;
}

std::vector<std::pair<Mode, std::uint64_t>>
Seeds(Mode mode, const std::vector<std::uint64_t>& numbers)
{
    std::vector<std::pair<Mode, std::uint64_t>> seeds;
    for (const auto number : numbers)
    {
        seeds.emplace_back(mode, number);
    }
    return seeds;
}

std::string
NameOfSeed(const testing::TestParamInfo<std::pair<Mode, std::uint64_t>>& info)
{
    return std::to_string(info.param.second);
}

// 8, 128: Asserts on a LAN where trees of source and RP meet; 132: data by the RP's tree when a Keepalive Timer ends; 261: a
// source's packet that comes around first, and 1584, where it is the only one that is told; 277, 620: the first packet
// after a pause; 529: a Keepalive Timer that ends with the forwarding entry; 1158, 1847: trees that come to no rest; 1266,
// 2445: both trees by one link.
INSTANTIATE_TEST_SUITE_P(Sparse, ChaosSeed,
                         testing::ValuesIn(Seeds(Mode::Sparse,
                                                 {8, 128, 132, 261, 277, 529, 620, 1158, 1266, 1584, 1847, 2445})),
                         NameOfSeed);

// 24: a Prune to an Assert's winner that it did not take; 68: a forwarding entry that outlives its state; 83: Asserts of a
// source that is gone; 1368: a Join overheard that ends the last timer.
INSTANTIATE_TEST_SUITE_P(Dense, ChaosSeed, testing::ValuesIn(Seeds(Mode::Dense, {24, 68, 83, 1368})), NameOfSeed);

TEST(Chaos, ASeedIsAlwaysTheSameRun)
{
    for (const std::uint64_t seed : {3, 7, 66})
    {
        const auto first = chaos::Run(Settings(seed)).Play();
        const auto second = chaos::Run(Settings(seed)).Play();
        EXPECT_EQ(first.digest, second.digest) << "seed " << seed;
        EXPECT_NE(first.digest, chaos::Run(Settings(seed + 1000)).Play().digest);
        EXPECT_NE(first.digest, chaos::Run(Settings(seed, Mode::Dense)).Play().digest);
    }
}

bool
Mentions(const std::vector<std::string>& complaints, const std::string& what)
{
    return std::any_of(complaints.begin(), complaints.end(),
                       [&](const std::string& complaint) { return complaint.find(what) != std::string::npos; });
}

// A run that has members of a flow elsewhere, and is at rest.
class Calm : public testing::Test
{
  protected:
    Calm()
        : run(Settings(1))
    {
        run.Storm();
        run.ComeToRest();
        Outcome outcome;
        run.Judge(outcome);
        EXPECT_TRUE(outcome.complaints.empty()) << outcome.report;
    }

    chaos::Run run;
};

TEST_F(Calm, LostPacketsAreFound)
{
    run.Network().SetLoss(1, Duration::zero());
    Outcome outcome;
    run.Judge(outcome);
    EXPECT_TRUE(Mentions(outcome.complaints, "0 times, should be 1")) << outcome.report;
}

TEST_F(Calm, StateThatIsLeftIsFound)
{
    Outcome outcome;
    run.JudgeRest(outcome);
    EXPECT_TRUE(Mentions(outcome.complaints, "still has"));
    EXPECT_TRUE(Mentions(outcome.complaints, "still forwards"));
    EXPECT_NE(outcome.report.find("seed 1:"), std::string::npos);
}

TEST_F(Calm, ARouterThatIsGoneIsMissed)
{
    const auto links = run.Network().Links();
    const auto shared =
        std::find_if(links.begin(), links.end(), [](const auto& link) { return link.routers.size() > 1; });
    ASSERT_NE(shared, links.end());
    run.Network().SetPortUp(static_cast<std::size_t>(shared - links.begin()), 0, false);
    Outcome outcome;
    run.Judge(outcome);
    EXPECT_TRUE(Mentions(outcome.complaints, "neighbours on link")) << outcome.report;
}

TEST(Chaos, AGraftThatDoesNotHealIsFound)
{
    chaos::Run run(Settings(24, Mode::Dense));
    run.Storm();
    run.ComeToRest();
    Outcome outcome;
    run.Judge(outcome);
    EXPECT_TRUE(outcome.complaints.empty()) << outcome.report;
    run.Network().SetLoss(1, Duration::zero());
    run.JudgeGraft(outcome);
    EXPECT_TRUE(Mentions(outcome.complaints, "doesn't get")) << outcome.report;
}

TEST(Chaos, FloodingBetweenStateRefreshesIsFound)
{
    chaos::Run run(Settings(24, Mode::Dense));
    run.Storm();
    run.ComeToRest();
    auto silent = run.Network().Routers()[0].config;
    silent.stateRefresh = false; // at the source's router, so that prunes end
    for (const auto& router : run.Network().Routers())
    {
        run.Network().Sim().Use(router.id, [&](SimNode& node) { EXPECT_TRUE(node.ConfigurePim(silent)); });
    }
    Outcome outcome;
    run.JudgeQuiet(outcome);
    EXPECT_TRUE(Mentions(outcome.complaints, "nobody there asked for it")) << outcome.report;
}

} // namespace
} // namespace mcast::chaos
