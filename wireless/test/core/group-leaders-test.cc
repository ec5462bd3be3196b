// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/group-leaders.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

TEST(GroupLeaders, AStationFindsTheGroupsItLeads)
{
    Bytes elements{0, 2, 'a', 'b'};
    const auto ours = WriteGroupLeaders({{Group(1), 5}, {Group(2), 300}, {Group(3), 5}});
    elements.insert(elements.end(), ours.begin(), ours.end());
    EXPECT_EQ(GroupsLedBy(5, elements), (std::set<MacAddress>{Group(1), Group(3)}));
    EXPECT_EQ(GroupsLedBy(300, elements), std::set<MacAddress>{Group(2)});
    EXPECT_TRUE(GroupsLedBy(6, elements).empty());
}

TEST(GroupLeaders, ManyGroupsTakeSeveralElements)
{
    std::vector<std::pair<MacAddress, Aid>> leaders;
    for (std::uint8_t i = 0; i < 100; i++)
    {
        leaders.emplace_back(Group(i), 7);
    }
    EXPECT_EQ(GroupsLedBy(7, WriteGroupLeaders(leaders)).size(), 100U);
    EXPECT_TRUE(WriteGroupLeaders({}).empty());
}

TEST(GroupLeaders, WhatIsBrokenOrOthersIsPassedOver)
{
    const auto good = WriteGroupLeaders({{Group(1), 5}});
    for (std::size_t size = 0; size < good.size(); size++)
    {
        EXPECT_TRUE(GroupsLedBy(5, BytesView(good).Sub(0, size)).empty()) << size;
    }
    auto other = good;
    other[2] = 0x00;
    EXPECT_TRUE(GroupsLedBy(5, other).empty());
    EXPECT_TRUE(GroupsLedBy(5, Bytes{221, 3, 0x0a, 0x4d, 0x43}).empty());
}

} // namespace
} // namespace mcast::wifi
