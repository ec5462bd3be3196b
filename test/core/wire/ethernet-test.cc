// SPDX-License-Identifier: GPL-2.0-only

#include "wire/ethernet.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast
{
namespace
{

using test::Ip;

TEST(EthernetTest, Ipv4GroupsKeepTheirLow23Bits)
{
    EXPECT_EQ(GroupMac(Ip("239.129.2.3")), (MacAddress{0x01, 0x00, 0x5e, 0x01, 0x02, 0x03}));
    EXPECT_EQ(GroupMac(Ip("224.0.0.1")), (MacAddress{0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}));
    EXPECT_EQ(GroupMac(Ip("224.0.0.22")), (MacAddress{0x01, 0x00, 0x5e, 0x00, 0x00, 0x16}));
    EXPECT_EQ(GroupMac(Ip("239.255.255.255")), (MacAddress{0x01, 0x00, 0x5e, 0x7f, 0xff, 0xff}));
}

TEST(EthernetTest, ThirtyTwoGroupsShareAnAddress)
{
    const MacAddress shared{0x01, 0x00, 0x5e, 0x01, 0x01, 0x01};
    for (const char* group : {"224.1.1.1", "225.1.1.1", "224.129.1.1", "239.129.1.1"})
    {
        EXPECT_EQ(GroupMac(Ip(group)), shared) << group;
    }
    EXPECT_NE(GroupMac(Ip("224.65.1.1")), shared);
}

TEST(EthernetTest, Ipv6GroupsKeepTheirLow32Bits)
{
    EXPECT_EQ(GroupMac(Ip("ff02::16")), (MacAddress{0x33, 0x33, 0x00, 0x00, 0x00, 0x16}));
    EXPECT_EQ(GroupMac(Ip("ff02::1:ff28:9c5a")), (MacAddress{0x33, 0x33, 0xff, 0x28, 0x9c, 0x5a}));
    EXPECT_EQ(GroupMac(Ip("ff0e::1")), GroupMac(Ip("ff02::1")));
}

} // namespace
} // namespace mcast
