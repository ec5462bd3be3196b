// SPDX-License-Identifier: GPL-2.0-only
// Zones of Bootstrap messages, and messages cut to fit.

#include "pim/bsr/message.h"

#include "support.h"

#include <gtest/gtest.h>
#include <set>

namespace mcast::pim::bsr
{
namespace
{

using namespace test;

const ScopeZone GLOBAL;

Prefix
Range(const std::string& text)
{
    return *Prefix::Parse(text);
}

BootstrapGroup
Group(const std::string& range, unsigned rps, bool zone = false)
{
    BootstrapGroup group;
    group.group = {Range(range), false, zone};
    group.rpCount = static_cast<std::uint8_t>(rps);
    for (unsigned i = 0; i < rps; ++i)
    {
        const bool isIpv4 = group.group.group.GetAddress().IsIpv4();
        group.rps.push_back({isIpv4 ? Source(i) : Ip("2001:db8::" + std::to_string(i)), 150, 192});
    }
    return group;
}

Bootstrap
Message(std::vector<BootstrapGroup> groups, const char* bsr = "10.0.0.1")
{
    Bootstrap message;
    message.fragmentTag = 77;
    message.priority = 5;
    message.bsr = Ip(bsr);
    message.groups = std::move(groups);
    return message;
}

std::size_t
Size(const Bootstrap& message)
{
    const auto family = message.bsr.GetFamily();
    return Write({message.bsr, AllRouters(family), PROTOCOL, 1, 0, false}, message).size();
}

TEST(BootstrapZoneTest, FirstRangeNamesTheZone) // BSR-ROUTER-3.1-01
{
    EXPECT_EQ(ZoneOf(Message({})), GLOBAL);
    EXPECT_EQ(ZoneOf(Message({Group("239.0.0.0/8", 1)})), GLOBAL);
    EXPECT_EQ(ZoneOf(Message({Group("239.0.0.0/8", 1, true)})), (ScopeZone{Range("239.0.0.0/8")}));
    // The bit of later ranges is nothing (3.3).
    EXPECT_EQ(ZoneOf(Message({Group("238.0.0.0/8", 1), Group("239.0.0.0/8", 1, true)})), GLOBAL);
}

TEST(BootstrapZoneTest, OfIpv6TheScopeAlone) // BSR-ROUTER-3.1-01, BSR-ROUTER-3.1-02
{
    const ScopeZone site{Range("ff05::/16")};
    EXPECT_EQ(ZoneOf(Message({Group("ff05::/16", 0, true)}, "2001:db8::1")), site);
    EXPECT_EQ(ZoneOf(Message({Group("ff15:1::/32", 0, true)}, "2001:db8::1")), site);
    EXPECT_TRUE(NamesItsZone(Message({Group("ff15:1::/32", 0, true)}, "2001:db8::1")));
    EXPECT_TRUE(NamesItsZone(Message({Group("ff00::/15", 0)}, "2001:db8::1")));
    EXPECT_FALSE(NamesItsZone(Message({Group("ff00::/15", 0, true)}, "2001:db8::1")));
    EXPECT_FALSE(NamesItsZone(Message({Group("ff02::/16", 0, true)}, "2001:db8::1")));
    EXPECT_FALSE(NamesItsZone(Message({Group("224.0.0.0/24", 0, true)})));
}

TEST(BootstrapZoneTest, Containment)
{
    EXPECT_TRUE(Contains({}, Range("239.0.0.0/8")));
    const ScopeZone zone{Range("239.1.0.0/16")};
    EXPECT_TRUE(Contains(zone, Range("239.1.0.0/16")));
    EXPECT_TRUE(Contains(zone, Range("239.1.2.0/24")));
    EXPECT_FALSE(Contains(zone, Range("239.0.0.0/8")));
    EXPECT_FALSE(Contains(zone, Range("239.2.2.0/24")));
    const ScopeZone site{Range("ff05::/16")};
    EXPECT_TRUE(Contains(site, Range("ff75:140::/32")));
    EXPECT_FALSE(Contains(site, Range("ff08::/16")));
    EXPECT_FALSE(Contains(site, Range("ff00::/8")));
}

TEST(BootstrapZoneTest, BordersHoldEqualAndSmallerScopes) // BSR-ROUTER-3.4-03
{
    const std::vector<Prefix> none;
    EXPECT_FALSE(IsBorder(none, ScopeZone{Range("239.0.0.0/8")}));
    const std::vector<Prefix> boundary{Range("239.0.0.0/8")};
    EXPECT_TRUE(IsBorder(boundary, ScopeZone{Range("239.0.0.0/8")}));
    EXPECT_TRUE(IsBorder(boundary, ScopeZone{Range("239.1.0.0/16")}));
    EXPECT_FALSE(IsBorder(boundary, ScopeZone{Range("224.0.0.0/4")}));
    EXPECT_FALSE(IsBorder(boundary, ScopeZone{}));
    const std::vector<Prefix> site{Range("ff05::/16")};
    EXPECT_TRUE(IsBorder(site, ScopeZone{Range("ff05::/16")}));
    EXPECT_TRUE(IsBorder(site, ScopeZone{Range("ff04::/16")}));
    EXPECT_FALSE(IsBorder(site, ScopeZone{Range("ff08::/16")}));
    EXPECT_FALSE(IsBorder(site, ScopeZone{Range("239.0.0.0/8")}));
    EXPECT_TRUE(IsBorder({Range("ff00::/8")}, ScopeZone{Range("ff08::/16")}));
}

TEST(BootstrapMessageTest, Emptiness) // BSR-ROUTER-3.1.5-03
{
    EXPECT_TRUE(IsEmpty(Message({})));
    EXPECT_TRUE(IsEmpty(Message({Group("239.0.0.0/8", 0, true)})));
    EXPECT_FALSE(IsEmpty(Message({Group("239.0.0.0/8", 0)}))); // a withdrawal
    EXPECT_FALSE(IsEmpty(Message({Group("239.0.0.0/8", 1, true)})));
    EXPECT_FALSE(IsEmpty(Message({Group("239.0.0.0/8", 0, true), Group("239.1.0.0/16", 0)})));
}

TEST(BootstrapMessageTest, OneFamily) // BSR-ROUTER-4.1-02, BSR-ROUTER-4.2-01
{
    auto message = Message({Group("239.0.0.0/8", 2)});
    EXPECT_TRUE(IsOfFamily(message, Family::Ipv4));
    EXPECT_FALSE(IsOfFamily(message, Family::Ipv6));
    message.groups[0].rps[1].address = Ip("2001:db8::1");
    EXPECT_FALSE(IsOfFamily(message, Family::Ipv4));
    EXPECT_FALSE(IsOfFamily(Message({Group("ff0e::/16", 0)}), Family::Ipv4));
    CandidateRp candidate{192, 150, Ip("10.0.0.1"), {{Range("239.0.0.0/8"), false, false}}};
    EXPECT_TRUE(IsOfFamily(candidate, Family::Ipv4));
    candidate.groups.push_back({Range("ff00::/8"), false, false});
    EXPECT_FALSE(IsOfFamily(candidate, Family::Ipv4));
}

TEST(BootstrapMessageTest, FingerprintsTellMessagesApart)
{
    const auto message = Message({Group("239.0.0.0/8", 2)});
    auto other = message;
    EXPECT_EQ(Fingerprint(message), Fingerprint(other));
    other.fragmentTag = 78;
    EXPECT_NE(Fingerprint(message), Fingerprint(other));
    other = message;
    other.groups[0].rps[0].priority = 1;
    EXPECT_NE(Fingerprint(message), Fingerprint(other));
}

// The RPs of all fragments, as range and address.
std::multiset<std::string>
Mappings(const std::vector<Bootstrap>& fragments)
{
    std::multiset<std::string> all;
    for (const auto& fragment : fragments)
    {
        for (const auto& group : fragment.groups)
        {
            for (const auto& rp : group.rps)
            {
                all.insert(group.group.group.ToString() + " " + rp.address.ToString());
            }
        }
    }
    return all;
}

void
ExpectGoodFragments(const Bootstrap& message, std::size_t room)
{
    const auto fragments = Fragments(message, room);
    EXPECT_EQ(Mappings(fragments), Mappings({message}));
    for (const auto& fragment : fragments)
    {
        EXPECT_LE(Size(fragment), room);
        EXPECT_EQ(fragment.fragmentTag, message.fragmentTag); // BSR-ROUTER-4.1.1-01
        EXPECT_EQ(fragment.priority, message.priority);
        EXPECT_EQ(fragment.hashMaskLength, message.hashMaskLength);
        EXPECT_EQ(fragment.bsr, message.bsr);
        EXPECT_EQ(ZoneOf(fragment), ZoneOf(message));
        for (const auto& group : fragment.groups)
        {
            const auto same = std::find_if(message.groups.begin(), message.groups.end(), [&group](const auto& other) {
                return other.group.group == group.group.group;
            });
            ASSERT_NE(same, message.groups.end());
            EXPECT_EQ(group.rpCount, same->rpCount);
        }
    }
}

TEST(BootstrapFragmentsTest, WhatFitsIsOneMessage)
{
    const auto message = Message({Group("239.0.0.0/8", 3), Group("238.0.0.0/8", 0)});
    EXPECT_EQ(Fragments(message, 1480).size(), 1u);
    EXPECT_EQ(Fragments(message, Size(message)).size(), 1u);
    EXPECT_EQ(Fragments(message, Size(message) - 1).size(), 2u);
    EXPECT_EQ(Fragments(Message({}), 1480).size(), 1u);
}

TEST(BootstrapFragmentsTest, RangesStayWholeWhereTheyFit) // BSR-ROUTER-4.1.1-01
{
    std::vector<BootstrapGroup> groups;
    for (int i = 0; i < 30; ++i)
    {
        groups.push_back(Group("239." + std::to_string(i) + ".0.0/16", 10));
    }
    const auto message = Message(groups);
    ExpectGoodFragments(message, 300);
    for (const auto& fragment : Fragments(message, 300))
    {
        for (const auto& group : fragment.groups)
        {
            EXPECT_EQ(group.rps.size(), group.rpCount);
        }
    }
}

TEST(BootstrapFragmentsTest, OneLongRangeIsSplit)
{
    const auto message = Message({Group("238.0.0.0/8", 2), Group("239.0.0.0/8", 255), Group("237.0.0.0/8", 1)});
    ExpectGoodFragments(message, 548);
    EXPECT_GT(Fragments(message, 548).size(), 4u);
    ExpectGoodFragments(Message({Group("ff0e::/16", 200)}, "2001:db8::1"), 1240);
}

TEST(BootstrapFragmentsTest, EachOfAScopedMessageNamesTheZone) // RFC 5059 4.1
{
    auto message = Message({Group("239.0.0.0/8", 0, true), Group("239.1.0.0/16", 60), Group("239.2.0.0/16", 60)});
    ExpectGoodFragments(message, 548);
    message.groups[0] = Group("239.0.0.0/8", 100, true);
    ExpectGoodFragments(message, 548);
    for (const auto& fragment : Fragments(message, 548))
    {
        EXPECT_EQ(fragment.groups[0].group.group, Range("239.0.0.0/8"));
        EXPECT_TRUE(fragment.groups[0].group.zone);
    }
}

TEST(BootstrapFragmentsTest, NoRoomStillMakesProgress)
{
    const auto message = Message({Group("239.0.0.0/8", 3, true), Group("239.1.0.0/16", 3), Group("239.2.0.0/16", 0)});
    const auto fragments = Fragments(message, 0);
    EXPECT_EQ(Mappings(fragments), Mappings({message}));
    EXPECT_LE(fragments.size(), 8u);
}

} // namespace
} // namespace mcast::pim::bsr
