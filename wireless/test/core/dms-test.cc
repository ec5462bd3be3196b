// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/dms.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

TEST(DmsTable, GrantsAndEnds)
{
    DmsTable table;
    const auto one = table.Request(Sta(1), true, Group(1), DmsService::Directed);
    EXPECT_EQ(one.status, DmsStatus::Accept);
    EXPECT_EQ(table.Request(Sta(2), true, Group(1), DmsService::Directed).dmsid, one.dmsid);
    EXPECT_NE(table.Request(Sta(1), true, Group(2), DmsService::Directed).dmsid, one.dmsid);
    EXPECT_EQ(table.Stations(Group(1), DmsService::Directed), (std::vector<MacAddress>{Sta(1), Sta(2)}));
    EXPECT_TRUE(table.Terminate(Sta(1), Group(1)));
    EXPECT_FALSE(table.Terminate(Sta(1), Group(1)));
    EXPECT_EQ(table.Stations(Group(1), DmsService::Directed), (std::vector<MacAddress>{Sta(2)}));
    table.Forget(Sta(2));
    EXPECT_TRUE(table.Stations(Group(1), DmsService::Directed).empty());
    EXPECT_TRUE(table.Has(Sta(1), Group(2)));
}

TEST(DmsTable, SaysNoWithAReason)
{
    DmsTable table;
    EXPECT_EQ(table.Request(Sta(1), false, Group(1), DmsService::Directed).status, DmsStatus::DenyCapability);
    EXPECT_EQ(table.Request(Sta(1), true, Sta(2), DmsService::Directed).status, DmsStatus::DenyGroup);
    for (unsigned i = 1; i <= 255; i++)
    {
        EXPECT_EQ(table.Request(Sta(1), true, Group(static_cast<std::uint8_t>(i)), DmsService::Directed).status,
                  DmsStatus::Accept);
    }
    EXPECT_EQ(table.Request(Sta(1), true, Group(0), DmsService::Directed).status, DmsStatus::DenyStreams);
}

TEST(DmsTable, TheNewestServiceOfAStationHolds)
{
    DmsTable table;
    table.Request(Sta(1), true, Group(1), DmsService::Directed);
    table.Request(Sta(1), true, Group(1), DmsService::GcrBlockAck);
    EXPECT_TRUE(table.Stations(Group(1), DmsService::Directed).empty());
    EXPECT_EQ(table.Stations(Group(1), DmsService::GcrBlockAck).size(), 1U);
}

TEST(DmsTable, GroupFramesAreNeededForThoseWithoutAGrant)
{
    DmsTable table;
    table.Request(Sta(1), true, Group(1), DmsService::Directed);
    EXPECT_TRUE(table.GroupFrameNeeded(Group(1), {Sta(1), Sta(2)}));
    EXPECT_FALSE(table.GroupFrameNeeded(Group(1), {Sta(1)}));
    EXPECT_FALSE(table.GroupFrameNeeded(Group(1), {}));
}

} // namespace
} // namespace mcast::wifi
