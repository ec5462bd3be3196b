// SPDX-License-Identifier: GPL-2.0-only
// The chaos program's own tests: some seeds, that a seed is always the same run, and that the oracle finds what is wrong.

#include "chaos-run.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace mcast::chaos
{
namespace
{

class ChaosSeed : public testing::TestWithParam<int>
{
};

TEST_P(ChaosSeed, EndsInOrder)
{
    const auto outcome = chaos::Run(Settings(static_cast<std::uint64_t>(GetParam()))).Play();
    EXPECT_TRUE(outcome.complaints.empty()) << outcome.report;
}

// 8, 128: Asserts on a LAN where trees of source and RP meet; 261: a source's packet that comes around first; 277, 620: the
// first packet after a pause; 529: a Keepalive Timer that ends with the forwarding entry.
INSTANTIATE_TEST_SUITE_P(Found, ChaosSeed, testing::Values(8, 128, 261, 277, 529, 620));

TEST(Chaos, ASeedIsAlwaysTheSameRun)
{
    for (const std::uint64_t seed : {3, 7, 66})
    {
        const auto first = chaos::Run(Settings(seed)).Play();
        const auto second = chaos::Run(Settings(seed)).Play();
        EXPECT_EQ(first.digest, second.digest) << "seed " << seed;
        EXPECT_NE(first.digest, chaos::Run(Settings(seed + 1000)).Play().digest);
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

} // namespace
} // namespace mcast::chaos
