// SPDX-License-Identifier: GPL-2.0-only

#include "base/address.h"

#include <gtest/gtest.h>
#include <set>
#include <string>
#include <unordered_set>

namespace mcast
{
namespace
{

std::string
Normal(const std::string& text)
{
    const auto address = Address::Parse(text);
    return address ? address->ToString() : "malformed";
}

TEST(AddressTest, Ipv4IsItsNumberInHostOrder)
{
    EXPECT_EQ(Address::Ipv4(0xe0000001), Address::Ipv4(224, 0, 0, 1));
    EXPECT_EQ(Address::Ipv4(10, 1, 2, 3).ToIpv4(), 0x0a010203u);
    EXPECT_EQ(Address::Ipv4(10, 1, 2, 3).ToString(), "10.1.2.3");
    EXPECT_TRUE(Address::Ipv4(0).IsIpv4());
    EXPECT_FALSE(Address().IsIpv4());
}

TEST(AddressTest, OctetsAreTheMappedFormAndBack)
{
    const auto octets = Address::Ipv4(192, 0, 2, 1).Octets();
    EXPECT_EQ(octets[9], 0);
    EXPECT_EQ(octets[10], 0xff);
    EXPECT_EQ(octets[11], 0xff);
    EXPECT_EQ(octets[12], 192);
    EXPECT_EQ(octets[15], 1);
    EXPECT_EQ(Address::Ipv6(octets), Address::Ipv4(192, 0, 2, 1));
    const auto v6 = Address::Parse("2001:db8::1").value();
    EXPECT_EQ(Address::Ipv6(v6.Octets()), v6);
}

TEST(AddressTest, ParsesDottedQuads)
{
    EXPECT_EQ(Normal("0.0.0.0"), "0.0.0.0");
    EXPECT_EQ(Normal("255.255.255.255"), "255.255.255.255");
    for (const char* bad : {"", ".", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "256.1.1.1", "1.2.3.4 ", " 1.2.3.4",
                            "1.2.3.-4", "+1.2.3.4", "1.2.3.0004", "0x1.2.3.4", "a.b.c.d", "1..2.3"})
    {
        EXPECT_EQ(Normal(bad), "malformed") << bad;
    }
}

TEST(AddressTest, ParsesAndPrintsIpv6AsRfc5952)
{
    EXPECT_EQ(Normal("::"), "::");
    EXPECT_EQ(Normal("::1"), "::1");
    EXPECT_EQ(Normal("1::"), "1::");
    EXPECT_EQ(Normal("FF02:0:0:0:0:0:0:16"), "ff02::16");
    EXPECT_EQ(Normal("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");    // the first of equal runs
    EXPECT_EQ(Normal("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");          // the longer run
    EXPECT_EQ(Normal("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1"); // one zero is no run
    EXPECT_EQ(Normal("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0");
    EXPECT_EQ(Normal("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(Normal("64:ff9b::192.0.2.1"), "64:ff9b::c000:201");
    for (const char* bad : {":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1 ", "1:",
                            ":1", "1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "1.2.3.4::1", "::1.2.3"})
    {
        EXPECT_EQ(Normal(bad), "malformed") << bad;
    }
}

TEST(AddressTest, KnowsItsKind)
{
    EXPECT_TRUE(Address::Parse("224.0.0.0")->IsMulticast());
    EXPECT_TRUE(Address::Parse("239.255.255.255")->IsMulticast());
    EXPECT_FALSE(Address::Parse("223.255.255.255")->IsMulticast());
    EXPECT_FALSE(Address::Parse("240.0.0.0")->IsMulticast());
    EXPECT_TRUE(Address::Parse("ff0e::1")->IsMulticast());
    EXPECT_FALSE(Address::Parse("fe80::1")->IsMulticast());

    EXPECT_TRUE(Address::Parse("224.0.0.255")->IsLinkScopeMulticast());
    EXPECT_FALSE(Address::Parse("224.0.1.0")->IsLinkScopeMulticast());
    EXPECT_FALSE(Address::Parse("225.0.0.1")->IsLinkScopeMulticast());
    EXPECT_TRUE(Address::Parse("ff02::1")->IsLinkScopeMulticast());
    EXPECT_TRUE(Address::Parse("ff11::1")->IsLinkScopeMulticast()); // flags don't matter
    EXPECT_FALSE(Address::Parse("ff03::1")->IsLinkScopeMulticast());

    EXPECT_TRUE(Address().IsUnspecified());
    EXPECT_TRUE(Address::Any(Family::Ipv4).IsUnspecified());
    EXPECT_TRUE(Address::Any(Family::Ipv4).IsIpv4());
    EXPECT_FALSE(Address::Any(Family::Ipv6).IsIpv4());
    EXPECT_FALSE(Address::Parse("0.0.0.1")->IsUnspecified());
}

TEST(AddressTest, OrdersByNumber)
{
    // The querier election compares addresses (RFC 2236 3): 10.0.0.9 is below 10.0.0.10.
    EXPECT_LT(Address::Parse("10.0.0.9").value(), Address::Parse("10.0.0.10").value());
    EXPECT_LT(Address::Parse("9.255.255.255").value(), Address::Parse("10.0.0.0").value());
    EXPECT_LT(Address::Parse("127.0.0.1").value(), Address::Parse("128.0.0.1").value());
    EXPECT_FALSE(Address::Parse("10.0.0.9").value() < Address::Parse("10.0.0.9").value());
}

TEST(AddressTest, HashesDifferForNeighbours)
{
    std::unordered_set<std::size_t> hashes;
    for (std::uint32_t i = 0; i < 10000; ++i)
    {
        hashes.insert(Address::Ipv4(0xe8000000 + i).Hash());
    }
    EXPECT_EQ(hashes.size(), 10000u);
    EXPECT_NE(Address::Parse("ff0e:1::1")->Hash(), Address::Parse("ff0e:2::1")->Hash());
}

TEST(PrefixTest, ClearsBitsBeyondItsLength)
{
    EXPECT_EQ(Prefix(Address::Ipv4(10, 1, 2, 3), 24).ToString(), "10.1.2.0/24");
    EXPECT_EQ(Prefix(Address::Ipv4(10, 1, 2, 3), 0).ToString(), "0.0.0.0/0");
    EXPECT_EQ(Prefix(Address::Ipv4(10, 1, 2, 3), 32).ToString(), "10.1.2.3/32");
    EXPECT_EQ(Prefix(Address::Ipv4(10, 1, 2, 3), 99).ToString(), "10.1.2.3/32");
    EXPECT_EQ(Prefix(Address::Parse("2001:db8:1:2:3::").value(), 64).ToString(), "2001:db8:1:2::/64");
    EXPECT_EQ(Prefix(Address::Parse("2001:db8:1:2:3::").value(), 0).ToString(), "::/0");
    EXPECT_EQ(Prefix(Address::Parse("2001:db8::ffff").value(), 127).ToString(), "2001:db8::fffe/127");
    EXPECT_EQ(Prefix(Address::Parse("2001:db8::ffff").value(), 300).Length(), 128u);
}

TEST(PrefixTest, ContainsAddressesOfItsFamilyOnly)
{
    const auto lan = Prefix::Parse("10.1.2.0/24").value();
    EXPECT_TRUE(lan.Contains(Address::Ipv4(10, 1, 2, 255)));
    EXPECT_FALSE(lan.Contains(Address::Ipv4(10, 1, 3, 0)));
    EXPECT_TRUE(Prefix::Parse("0.0.0.0/0")->Contains(Address::Ipv4(1, 2, 3, 4)));
    EXPECT_FALSE(Prefix::Parse("::/0")->Contains(Address::Ipv4(1, 2, 3, 4)));
    EXPECT_FALSE(Prefix::Parse("0.0.0.0/0")->Contains(Address::Parse("2001:db8::1").value()));
    EXPECT_TRUE(Prefix::Parse("ff02::/16")->Contains(Address::Parse("ff02::1:2").value()));
}

TEST(PrefixTest, Parses)
{
    EXPECT_EQ(Prefix::Parse("239.1.2.3")->ToString(), "239.1.2.3/32");
    EXPECT_EQ(Prefix::Parse("ff0e::1")->ToString(), "ff0e::1/128");
    for (const char* bad : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ", "10.0.0.0/8/8", "/8",
                            "::/129", "10.0.0/8"})
    {
        EXPECT_FALSE(Prefix::Parse(bad)) << bad;
    }
}

TEST(PrefixTest, Orders)
{
    const std::set<Prefix> sorted{*Prefix::Parse("10.0.0.0/16"), *Prefix::Parse("10.0.0.0/8"),
                                  *Prefix::Parse("9.0.0.0/8")};
    EXPECT_EQ(sorted.begin()->ToString(), "9.0.0.0/8");
    EXPECT_EQ(sorted.rbegin()->ToString(), "10.0.0.0/16");
}

} // namespace
} // namespace mcast
