// SPDX-License-Identifier: GPL-2.0-only
// The candidate RPs that a BSR knows, and what it tells of them.

#include "pim/bsr/candidate-rp-set.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::pim::bsr
{
namespace
{

using namespace test;
using Change = CandidateRpSet::Change;

class CandidateRpSetTest : public ::testing::Test
{
  protected:
    Change Offer(Duration at, const std::string& range, unsigned rp, std::uint16_t holdtime = 150,
                 std::uint8_t priority = 192, bool bidirectional = false)
    {
        return m_set.Take(At(at), {*Prefix::Parse(range), bidirectional, Source(rp), priority, holdtime}, seconds{130},
                          m_limit);
    }

    // "range rpCount: address/holdtime/priority ..." of each range.
    std::vector<std::string> Told(std::uint16_t least = 150) const
    {
        std::vector<std::string> lines;
        for (const auto& group : m_set.Ranges(least))
        {
            auto line = group.group.group.ToString() + (group.group.bidirectional ? " B " : " ") +
                        std::to_string(group.rpCount) + ":";
            for (const auto& rp : group.rps)
            {
                line +=
                    " " + rp.address.ToString() + "/" + std::to_string(rp.holdtime) + "/" + std::to_string(rp.priority);
            }
            lines.push_back(line);
        }
        return lines;
    }

    using Lines = std::vector<std::string>;

    CandidateRpSet m_set;
    std::size_t m_limit = 1000;
};

TEST_F(CandidateRpSetTest, MappingsAreKeptAndRefreshed) // BSR-ROUTER-3.3-01
{
    EXPECT_EQ(Offer({}, "239.0.0.0/8", 1), Change::Added);
    EXPECT_EQ(Offer({}, "239.0.0.0/8", 2, 200, 7), Change::Added);
    EXPECT_EQ(Told(), (Lines{"239.0.0.0/8 2: 10.9.0.2/200/7 10.9.0.1/150/192"}));
    EXPECT_EQ(Offer(seconds{60}, "239.0.0.0/8", 1), Change::None);
    EXPECT_EQ(m_set.NextExpiry(), At(seconds{200}));
    EXPECT_EQ(Offer(seconds{60}, "239.0.0.0/8", 1, 150, 100), Change::Added); // another priority
}

TEST_F(CandidateRpSetTest, MappingsExpire) // BSR-ROUTER-3.3-03
{
    Offer({}, "239.0.0.0/8", 1, 100);
    Offer({}, "239.0.0.0/8", 2, 200);
    EXPECT_FALSE(m_set.Expire(At(seconds{99}), seconds{130}));
    EXPECT_TRUE(m_set.Expire(At(seconds{100}), seconds{130}));
    EXPECT_EQ(Told(), (Lines{"239.0.0.0/8 2: 10.9.0.2/200/192 10.9.0.1/0/192"}));
    m_set.Told();
    EXPECT_EQ(Told(), (Lines{"239.0.0.0/8 1: 10.9.0.2/200/192"}));
    EXPECT_EQ(m_set.NextExpiry(), At(seconds{200}));
}

TEST_F(CandidateRpSetTest, WithdrawnRangeIsToldForAWhile) // BSR-ROUTER-4.1.1-03, BSR-ROUTER-3.2-03
{
    Offer({}, "239.0.0.0/8", 1);
    EXPECT_EQ(Offer(seconds{10}, "239.0.0.0/8", 1, 0), Change::Withdrawn);
    EXPECT_EQ(Offer(seconds{10}, "239.0.0.0/8", 1, 0), Change::None);
    EXPECT_EQ(Offer(seconds{10}, "238.0.0.0/8", 1, 0), Change::None); // never there
    EXPECT_EQ(Told(), (Lines{"239.0.0.0/8 1: 10.9.0.1/0/192"}));
    m_set.Told();
    EXPECT_EQ(Told(), (Lines{"239.0.0.0/8 0:"}));
    EXPECT_EQ(m_set.NextExpiry(), At(seconds{140}));
    m_set.Expire(At(seconds{139}), seconds{130});
    EXPECT_EQ(Told().size(), 1u);
    m_set.Expire(At(seconds{140}), seconds{130});
    EXPECT_TRUE(Told().empty());
    EXPECT_EQ(m_set.NextExpiry(), NEVER);
}

TEST_F(CandidateRpSetTest, ComesBack)
{
    Offer({}, "239.0.0.0/8", 1);
    Offer({}, "239.0.0.0/8", 1, 0);
    EXPECT_EQ(Offer(seconds{1}, "239.0.0.0/8", 1), Change::Added);
    EXPECT_EQ(Told(), (Lines{"239.0.0.0/8 1: 10.9.0.1/150/192"}));
    m_set.Told();
    m_set.Expire(At(seconds{140}), seconds{130});
    EXPECT_EQ(Told().size(), 1u);
}

TEST_F(CandidateRpSetTest, ShortHoldtimesAreReplaced) // BSR-ROUTER-3.3-06
{
    Offer({}, "239.0.0.0/8", 1, 20);
    Offer({}, "239.0.0.0/8", 2, 151);
    EXPECT_EQ(Told(), (Lines{"239.0.0.0/8 2: 10.9.0.1/150/192 10.9.0.2/151/192"}));
    EXPECT_EQ(m_set.NextExpiry(), At(seconds{20})); // we believe the candidate
}

TEST_F(CandidateRpSetTest, BidirectionalOnesAlone) // BSR-ROUTER-3.3-05
{
    Offer({}, "239.0.0.0/8", 1);
    Offer({}, "239.0.0.0/8", 2, 150, 192, true);
    EXPECT_EQ(Told(), (Lines{"239.0.0.0/8 B 1: 10.9.0.2/150/192"}));
    Offer({}, "239.0.0.0/8", 2, 0, 192, true);
    m_set.Told();
    EXPECT_EQ(Told(), (Lines{"239.0.0.0/8 1: 10.9.0.1/150/192"}));
}

TEST_F(CandidateRpSetTest, NoMoreThanTheCountCanTell)
{
    for (unsigned i = 0; i < 300; ++i)
    {
        Offer({}, "239.0.0.0/8", i, 150, static_cast<std::uint8_t>(i < 10 ? 200 : 100));
    }
    const auto ranges = m_set.Ranges(150);
    ASSERT_EQ(ranges.size(), 1u);
    EXPECT_EQ(ranges[0].rpCount, 255);
    EXPECT_EQ(ranges[0].rps.size(), 255u);
    EXPECT_EQ(ranges[0].rps.back().priority, 100); // the best of them
}

TEST_F(CandidateRpSetTest, Limit)
{
    m_limit = 2;
    EXPECT_EQ(Offer({}, "239.0.0.0/8", 1), Change::Added);
    EXPECT_EQ(Offer({}, "238.0.0.0/8", 1), Change::Added);
    EXPECT_EQ(Offer({}, "237.0.0.0/8", 1), Change::Full);
    EXPECT_EQ(Offer({}, "239.0.0.0/8", 1), Change::None);
    Offer({}, "238.0.0.0/8", 1, 0);
    m_set.Told();
    EXPECT_EQ(m_set.Size(), 2u); // the withdrawal counts
    EXPECT_EQ(Offer({}, "237.0.0.0/8", 1), Change::Full);
    m_set.Expire(At(seconds{130}), seconds{130});
    EXPECT_EQ(Offer(seconds{130}, "237.0.0.0/8", 1), Change::Added);
    m_set.Clear();
    EXPECT_EQ(m_set.Size(), 0u);
}

} // namespace
} // namespace mcast::pim::bsr
