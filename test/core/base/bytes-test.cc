// SPDX-License-Identifier: GPL-2.0-only

#include "base/bytes.h"

#include <gtest/gtest.h>

namespace mcast
{
namespace
{

TEST(ReaderTest, ReadsInNetworkOrder)
{
    const Bytes bytes{1, 2, 3, 4, 5, 6, 7, 10, 0, 0, 1};
    Reader reader(bytes);
    EXPECT_EQ(reader.U8(), 1);
    EXPECT_EQ(reader.U16(), 0x0203);
    EXPECT_EQ(reader.U32(), 0x04050607u);
    EXPECT_EQ(reader.Left(), 4u);
    EXPECT_EQ(reader.ReadAddress(Family::Ipv4), Address::Ipv4(10, 0, 0, 1));
    EXPECT_EQ(reader.Offset(), 11u);
    EXPECT_TRUE(reader.Ok());
}

TEST(ReaderTest, GivesZeroPastTheEndAndStaysThere)
{
    const Bytes bytes{0xff, 0xff, 0xff};
    Reader reader(bytes);
    EXPECT_EQ(reader.U16(), 0xffff);
    EXPECT_EQ(reader.U16(), 0);
    EXPECT_FALSE(reader.Ok());
    EXPECT_EQ(reader.U8(), 0); // the octet that is left does not come out any more
    EXPECT_EQ(reader.Offset(), 2u);
}

TEST(ReaderTest, SkipsNoFurtherThanTheEnd)
{
    const Bytes bytes(4);
    Reader reader(bytes);
    reader.Skip(4);
    EXPECT_TRUE(reader.Ok());
    EXPECT_EQ(reader.Left(), 0u);
    reader.Skip(1);
    EXPECT_FALSE(reader.Ok());
    Reader far(bytes);
    far.Skip(SIZE_MAX);
    EXPECT_FALSE(far.Ok());
    EXPECT_EQ(far.Left(), 4u);
}

TEST(ReaderTest, ReadsIpv6)
{
    const auto address = Address::Parse("2001:db8::16").value();
    const Bytes bytes = Writer().WriteAddress(address).Take();
    ASSERT_EQ(bytes.size(), 16u);
    Reader reader(bytes);
    EXPECT_EQ(reader.ReadAddress(Family::Ipv6), address);
}

TEST(WriterTest, WritesInNetworkOrderAndPatches)
{
    Writer writer;
    writer.U8(1).U16(0x0203).U32(0x04050607).WriteAddress(Address::Ipv4(10, 0, 0, 1)).Append(Bytes{8, 9});
    writer.PatchU16(1, 0xabcd);
    EXPECT_EQ(writer.Size(), 13u);
    EXPECT_EQ(writer.Take(), (Bytes{1, 0xab, 0xcd, 4, 5, 6, 7, 10, 0, 0, 1, 8, 9}));
}

TEST(BytesViewTest, SubStaysInside)
{
    const Bytes bytes{1, 2, 3, 4};
    const BytesView view(bytes);
    EXPECT_EQ(view.Sub(1, 2).Size(), 2u);
    EXPECT_EQ(view.Sub(1, 2)[0], 2);
    EXPECT_EQ(view.Sub(3).Size(), 1u);
    EXPECT_EQ(view.Sub(3, 100).Size(), 1u);
    EXPECT_EQ(view.Sub(4).Size(), 0u);
    EXPECT_EQ(view.Sub(SIZE_MAX).Size(), 0u);
    EXPECT_EQ(BytesView().Sub(0).Size(), 0u);
}

} // namespace
} // namespace mcast
