// SPDX-License-Identifier: GPL-2.0-only

#include "kernel-mroute.h"

#include <gtest/gtest.h>

namespace mcast::linux_host
{
namespace
{

TEST(VifTable, GivesTheLowestFreeNumber)
{
    VifTable table;
    EXPECT_EQ(table.Add(InterfaceId{7}), 0);
    EXPECT_EQ(table.Add(InterfaceId{9}), 1);
    EXPECT_EQ(table.Add(InterfaceId{8}), 2);
    table.Remove(InterfaceId{9});
    EXPECT_FALSE(table.Find(InterfaceId{9}));
    EXPECT_FALSE(table.InterfaceOf(1));
    EXPECT_EQ(table.Add(InterfaceId{30}), 1);
    EXPECT_EQ(table.InterfaceOf(1), InterfaceId{30});
    EXPECT_EQ(table.Find(InterfaceId{8}), 2);
}

TEST(VifTable, EndsAtTheKernelsThirtyTwo)
{
    VifTable table;
    for (std::uint32_t i = 1; i <= VifTable::SIZE; ++i)
    {
        EXPECT_TRUE(table.Add(InterfaceId{i}));
    }
    EXPECT_FALSE(table.Add(InterfaceId{100}));
    EXPECT_FALSE(table.InterfaceOf(VifTable::SIZE)) << "numbers from the kernel are not trusted";
    EXPECT_FALSE(table.Find(InterfaceId{}));
}

TEST(Upcall, IsAPacketWithProtocolZero)
{
    Bytes packet(28, 0);
    EXPECT_TRUE(KernelMroute::IsUpcall(packet));
    packet[9] = 2;
    EXPECT_FALSE(KernelMroute::IsUpcall(packet));
    EXPECT_FALSE(KernelMroute::IsUpcall(Bytes(19, 0)));
}

} // namespace
} // namespace mcast::linux_host
