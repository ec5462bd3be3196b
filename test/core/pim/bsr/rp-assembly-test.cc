// SPDX-License-Identifier: GPL-2.0-only
// Fragments of Bootstrap messages become the RP set.

#include "pim/bsr/rp-assembly.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::pim::bsr
{
namespace
{

using namespace test;

class RpAssemblyTest : public ::testing::Test
{
  protected:
    static BootstrapGroup Group(const std::string& range, unsigned count, std::vector<BootstrapRp> rps)
    {
        return {{*Prefix::Parse(range), false, false}, static_cast<std::uint8_t>(count), std::move(rps)};
    }

    static BootstrapRp Rp(unsigned number, std::uint16_t holdtime = 150, std::uint8_t priority = 192)
    {
        return {Source(number), holdtime, priority};
    }

    Bootstrap Message(std::vector<BootstrapGroup> groups) const
    {
        Bootstrap message;
        message.fragmentTag = m_tag;
        message.bsr = Ip("10.0.0.1");
        message.groups = std::move(groups);
        return message;
    }

    bool Store(std::vector<BootstrapGroup> groups, Duration at = {})
    {
        return m_assembly.Store(At(at), m_zone, Message(std::move(groups)), m_maxRps, m_set, m_journal);
    }

    std::size_t Known(const std::string& range) const
    {
        return m_set.LearnedCount(m_zone, *Prefix::Parse(range));
    }

    std::uint64_t Dropped(Reason reason) const
    {
        return m_journal.GetCounters().Dropped(reason);
    }

    Context m_context{1};
    Journal m_journal{InterfaceId{1}, Family::Ipv4, m_context};
    RpSet m_set{Family::Ipv4};
    RpAssembly m_assembly;
    ScopeZone m_zone;
    std::uint16_t m_tag = 1;
    std::size_t m_maxRps = 100;
};

TEST_F(RpAssemblyTest, WholeRangesCountAtOnce) // BSR-ROUTER-3.1.5-01
{
    EXPECT_TRUE(Store({Group("239.0.0.0/8", 2, {Rp(1), Rp(2, 100)}), Group("238.0.0.0/8", 1, {Rp(3)})}));
    EXPECT_EQ(m_set.LearnedCount(), 3u);
    EXPECT_EQ(m_set.NextExpiry(), At(seconds{100}));
    EXPECT_FALSE(Store({Group("239.0.0.0/8", 2, {Rp(1), Rp(2, 100)})}, seconds{50}));
    EXPECT_EQ(m_set.NextExpiry(), At(seconds{150}));
}

TEST_F(RpAssemblyTest, AnotherPriority)
{
    Store({Group("239.0.0.0/8", 1, {Rp(1)})});
    EXPECT_TRUE(Store({Group("239.0.0.0/8", 1, {Rp(1, 150, 7)})}));
    EXPECT_EQ(m_set.View(At({}))[0].priority, 7);
}

TEST_F(RpAssemblyTest, MissingRpsAreGone) // BSR-ROUTER-3.1.5-02
{
    Store({Group("239.0.0.0/8", 2, {Rp(1), Rp(2)})});
    ++m_tag;
    EXPECT_TRUE(Store({Group("239.0.0.0/8", 1, {Rp(2)})}));
    EXPECT_EQ(m_set.Find(Ip("239.1.1.1"))->rp, Source(2));
    EXPECT_EQ(m_set.LearnedCount(), 1u);
}

TEST_F(RpAssemblyTest, HoldtimeOfZeroAndRpCountOfZero) // BSR-ROUTER-3.1.5-01, BSR-ROUTER-4.1.1-03
{
    Store({Group("239.0.0.0/8", 1, {Rp(1)}), Group("238.0.0.0/8", 1, {Rp(1)})});
    ++m_tag;
    EXPECT_TRUE(Store({Group("239.0.0.0/8", 1, {Rp(1, 0)}), Group("238.0.0.0/8", 0, {})}));
    EXPECT_EQ(m_set.LearnedCount(), 0u);
}

TEST_F(RpAssemblyTest, RangesOfOtherFragmentsStay) // BSR-ROUTER-4.1.1-03
{
    Store({Group("239.0.0.0/8", 1, {Rp(1)})});
    ++m_tag;
    Store({Group("238.0.0.0/8", 1, {Rp(2)})});
    EXPECT_EQ(Known("239.0.0.0/8"), 1u);
}

TEST_F(RpAssemblyTest, EmptyMessagesChangeNothing) // BSR-ROUTER-3.1.5-03
{
    Store({Group("239.0.0.0/8", 1, {Rp(1)})});
    EXPECT_FALSE(Store({}));
    m_zone = Prefix::Parse("239.0.0.0/8");
    Store({Group("239.0.0.0/8", 1, {Rp(1)})});
    auto range = Group("239.0.0.0/8", 0, {});
    range.group.zone = true;
    EXPECT_FALSE(Store({range}));
    EXPECT_EQ(Known("239.0.0.0/8"), 1u);
}

TEST_F(RpAssemblyTest, SplitRangeWaitsForAllItsRps) // BSR-ROUTER-4.1.1-02
{
    Store({Group("239.0.0.0/8", 1, {Rp(9)})});
    ++m_tag;
    EXPECT_FALSE(Store({Group("239.0.0.0/8", 4, {Rp(1), Rp(2)})}));
    EXPECT_EQ(m_set.Find(Ip("239.1.1.1"))->rp, Source(9));
    EXPECT_FALSE(Store({Group("238.0.0.0/8", 3, {Rp(1)}), Group("239.0.0.0/8", 4, {Rp(3)})}));
    EXPECT_FALSE(Store({Group("239.0.0.0/8", 4, {Rp(3)})})); // the same again
    EXPECT_TRUE(Store({Group("239.0.0.0/8", 4, {Rp(4)})}));
    EXPECT_EQ(Known("239.0.0.0/8"), 4u);
    EXPECT_EQ(Known("238.0.0.0/8"), 0u);
}

TEST_F(RpAssemblyTest, FragmentsOfAnotherMessageDontMix) // BSR-ROUTER-4.1.1-02
{
    Store({Group("239.0.0.0/8", 2, {Rp(1)})});
    ++m_tag;
    Store({Group("239.0.0.0/8", 2, {Rp(2)})});
    EXPECT_EQ(Known("239.0.0.0/8"), 0u);
    Store({Group("239.0.0.0/8", 2, {Rp(3)})});
    EXPECT_EQ(Known("239.0.0.0/8"), 2u);
}

TEST_F(RpAssemblyTest, HeadsOfLaterFragmentsAreHarmless)
{
    Store({Group("239.0.0.0/8", 1, {Rp(1)}), Group("239.1.0.0/16", 1, {Rp(1)})});
    EXPECT_FALSE(Store({Group("239.0.0.0/8", 1, {}), Group("239.2.0.0/16", 0, {})}));
    EXPECT_EQ(m_set.LearnedCount(), 2u);
}

TEST_F(RpAssemblyTest, HashMaskLengthIsTheZones) // BSR-ROUTER-3.1.5-02
{
    Store({Group("238.0.0.0/8", 3, {Rp(1), Rp(2), Rp(3)})});
    auto message = Message({Group("239.0.0.0/8", 1, {Rp(1)})});
    message.hashMaskLength = 0;
    EXPECT_TRUE(m_assembly.Store(At({}), m_zone, message, m_maxRps, m_set, m_journal));
    EXPECT_EQ(m_set.Find(Ip("238.0.0.1"))->rp, m_set.Find(Ip("238.77.0.1"))->rp); // also ranges told before
    EXPECT_EQ(m_set.Find(Ip("238.0.0.1"))->rp, m_set.Find(Ip("238.255.9.9"))->rp);
}

TEST_F(RpAssemblyTest, RangesOutsideTheZone) // BSR-ROUTER-3.3-09
{
    m_zone = Prefix::Parse("239.1.0.0/16");
    EXPECT_TRUE(Store({Group("239.1.0.0/16", 1, {Rp(1)}), Group("239.2.0.0/16", 1, {Rp(1)})}));
    EXPECT_EQ(m_set.LearnedCount(), 1u);
    EXPECT_EQ(Dropped(Reason::BadGroup), 1u);
}

TEST_F(RpAssemblyTest, AddressesThatAreNoRps)
{
    EXPECT_TRUE(Store({Group("239.0.0.0/8", 3, {Rp(1), {Ip("127.0.0.1"), 150, 1}, {Ip("0.0.0.0"), 150, 1}})}));
    EXPECT_EQ(m_set.Find(Ip("239.1.1.1"))->rp, Source(1));
    EXPECT_EQ(m_set.LearnedCount(), 1u);
    EXPECT_EQ(Dropped(Reason::BadSource), 2u);
}

TEST_F(RpAssemblyTest, Limit)
{
    m_maxRps = 3;
    EXPECT_TRUE(Store({Group("239.0.0.0/8", 2, {Rp(1), Rp(2)})}));
    EXPECT_FALSE(Store({Group("238.0.0.0/8", 2, {Rp(1), Rp(2)})}));
    EXPECT_EQ(Dropped(Reason::RpLimit), 1u);
    EXPECT_TRUE(Store({Group("238.0.0.0/8", 1, {Rp(1)})}));
    EXPECT_FALSE(Store({Group("239.0.0.0/8", 2, {Rp(1), Rp(2)})})); // what is known is served on
    EXPECT_EQ(m_set.LearnedCount(), 3u);
    EXPECT_EQ(Dropped(Reason::RpLimit), 1u);
}

TEST_F(RpAssemblyTest, PartsAreLimitedToo)
{
    m_maxRps = 5;
    for (unsigned i = 0; i < 200; ++i)
    {
        Store({Group("239." + std::to_string(i) + ".0.0/16", 2, {Rp(i)})});
    }
    EXPECT_EQ(Dropped(Reason::RpLimit), 195u);
    EXPECT_EQ(m_set.LearnedCount(), 0u);
    ++m_tag; // makes room
    EXPECT_TRUE(Store({Group("239.0.0.0/16", 2, {Rp(1), Rp(2)})}));
}

TEST_F(RpAssemblyTest, BidirectionalRanges) // BSR-ROUTER-3.6-01
{
    auto range = Group("239.0.0.0/8", 1, {Rp(1)});
    range.group.bidirectional = true;
    EXPECT_TRUE(Store({Group("224.0.0.0/4", 1, {Rp(2)}), range}));
    EXPECT_EQ(m_set.Find(Ip("239.1.1.1")), std::nullopt);
    EXPECT_EQ(m_set.LearnedCount(), 2u);
}

} // namespace
} // namespace mcast::pim::bsr
