// SPDX-License-Identifier: GPL-2.0-only

#include "pim/rpf.h"

#include "support.h"

#include <gtest/gtest.h>
#include <map>

namespace mcast::pim
{
namespace
{

using namespace test;

class RpfTableTest : public ::testing::Test
{
  protected:
    Rpf Resolve(const Address& root)
    {
        ++m_asked;
        return m_answers[root];
    }

    std::map<Address, Rpf> m_answers;
    int m_asked = 0;
    RpfTable m_table{[this](const Address& root) { return Resolve(root); }};
    const Address m_source = Ip("10.9.0.1");
    const Address m_rp = Ip("10.8.0.1");
};

TEST_F(RpfTableTest, TreesOfOneRootShareItsAnswer)
{
    m_answers[m_source].interface = InterfaceId{3};
    auto* root = m_table.Acquire(m_source);
    EXPECT_EQ(root->address, m_source);
    EXPECT_EQ(root->rpf.interface, InterfaceId{3});
    EXPECT_EQ(m_table.Acquire(m_source), root);
    EXPECT_EQ(m_asked, 1);
    EXPECT_EQ(m_table.Size(), 1u);
    m_table.Release(root);
    EXPECT_EQ(m_table.Size(), 1u);
    m_table.Release(root);
    EXPECT_EQ(m_table.Size(), 0u);
    m_table.Release(nullptr);
}

TEST_F(RpfTableTest, RefreshTellsWhetherAnythingIsAnother)
{
    auto* source = m_table.Acquire(m_source);
    auto* rp = m_table.Acquire(m_rp);
    EXPECT_FALSE(m_table.Refresh(*Prefix::Parse("0.0.0.0/0")));
    m_answers[m_source].metric = 7;
    EXPECT_FALSE(m_table.Refresh(*Prefix::Parse("10.8.0.0/16"))); // it is not inside
    EXPECT_EQ(source->rpf.metric, 0u);
    EXPECT_TRUE(m_table.Refresh(*Prefix::Parse("10.9.0.0/16")));
    EXPECT_EQ(source->rpf.metric, 7u);
    EXPECT_FALSE(m_table.Refresh(*Prefix::Parse("10.9.0.0/16")));
    EXPECT_FALSE(m_table.Refresh(*Prefix::Parse("::/0")));
    m_answers[m_rp].neighbor = Ip("10.0.0.1");
    EXPECT_TRUE(m_table.Refresh(*Prefix::Parse("0.0.0.0/0")));
    EXPECT_EQ(rp->rpf.neighbor, Ip("10.0.0.1"));
}

TEST_F(RpfTableTest, EveryPartOfAnAnswerCounts)
{
    m_table.Acquire(m_source);
    auto& rpf = m_answers[m_source];
    const auto all = *Prefix::Parse("0.0.0.0/0");
    rpf.interface = InterfaceId{1};
    EXPECT_TRUE(m_table.Refresh(all));
    rpf.nextHop = Ip("10.0.0.1");
    EXPECT_TRUE(m_table.Refresh(all));
    rpf.preference = 1;
    EXPECT_TRUE(m_table.Refresh(all));
    rpf.isOwn = true;
    EXPECT_TRUE(m_table.Refresh(all));
    rpf.isDirectlyConnected = true;
    EXPECT_TRUE(m_table.Refresh(all));
    EXPECT_FALSE(m_table.Refresh(all));
}

TEST_F(RpfTableTest, RootsStayWhereTheyAreWhileOthersComeAndGo)
{
    auto* root = m_table.Acquire(m_source);
    std::vector<RpfRoot*> others;
    for (unsigned i = 0; i < 1000; ++i)
    {
        others.push_back(m_table.Acquire(Source(100 + i)));
    }
    EXPECT_EQ(m_table.Acquire(m_source), root);
    for (auto* other : others)
    {
        m_table.Release(other);
    }
    EXPECT_EQ(m_table.Size(), 1u);
    EXPECT_EQ(root->address, m_source);
}

} // namespace
} // namespace mcast::pim
