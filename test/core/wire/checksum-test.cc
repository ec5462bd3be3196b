// SPDX-License-Identifier: GPL-2.0-only

#include "wire/checksum.h"

#include <gtest/gtest.h>

namespace mcast
{
namespace
{

TEST(ChecksumTest, IsThatOfRfc1071)
{
    // The example of RFC 1071 3: the sum is ddf2, the checksum its complement.
    EXPECT_EQ(InternetChecksum(Bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}), 0x220d);
}

TEST(ChecksumTest, AnIgmpQueryOfKnownOctets)
{
    // IGMPv2 General Query, Max Resp Time 100.
    EXPECT_EQ(InternetChecksum(Bytes{0x11, 0x64, 0, 0, 0, 0, 0, 0}), 0xee9b);
    EXPECT_EQ(InternetChecksum(Bytes{0x11, 0x64, 0xee, 0x9b, 0, 0, 0, 0}), 0);
}

TEST(ChecksumTest, AnOddOctetCountsAsTheHighOne)
{
    EXPECT_EQ(InternetChecksum(Bytes{0x12}), static_cast<std::uint16_t>(~0x1200));
    EXPECT_EQ(InternetChecksum(Bytes{0x12, 0x34, 0x56}), static_cast<std::uint16_t>(~(0x1234 + 0x5600)));
}

TEST(ChecksumTest, CarriesFoldMoreThanOnce)
{
    EXPECT_EQ(InternetChecksum(Bytes(65534, 0xff)), 0);
    EXPECT_EQ(InternetChecksum(Bytes{}), 0xffff);
    EXPECT_EQ(InternetChecksum(Bytes{0xff, 0xff}, 0xffff0001), static_cast<std::uint16_t>(~1));
}

} // namespace
} // namespace mcast
