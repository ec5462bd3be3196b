// SPDX-License-Identifier: GPL-2.0-only
// Which RP a group has, of all that is known.

#include "pim/rp-set.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::pim
{
namespace
{

using namespace test;

const ScopeZone GLOBAL;
const auto RP1 = Ip("10.0.0.1");
const auto RP2 = Ip("10.0.0.2");
const auto RP3 = Ip("10.0.0.3");

Prefix
Range(const std::string& text)
{
    const auto prefix = Prefix::Parse(text);
    EXPECT_TRUE(prefix) << text;
    return *prefix;
}

LearnedRp
Learned(const Address& rp, std::uint8_t priority = 192, Duration holdtime = seconds{150})
{
    return {rp, priority, holdtime};
}

class RpSetTest : public ::testing::Test
{
  protected:
    bool Learn(const std::string& range, const std::vector<LearnedRp>& rps, const ScopeZone& zone = GLOBAL,
               Duration at = {})
    {
        return m_set.Learn(At(at), zone, Range(range), false, rps);
    }

    void AddStatic(const Address& rp, const std::string& range, bool overrides = false)
    {
        m_config.staticRps.push_back({rp, Range(range), overrides});
        ASSERT_TRUE(m_config.Validate());
        EXPECT_TRUE(m_set.Configure(m_config));
    }

    std::string Find(const std::string& group) const
    {
        const auto mapping = m_set.Find(Ip(group));
        return mapping ? mapping->rp.ToString() : "none";
    }

    RouterConfig m_config;
    RpSet m_set{Family::Ipv4};
};

class RpSetIpv6Test : public ::testing::Test
{
  protected:
    RpSetIpv6Test()
    {
        m_config.family = Family::Ipv6;
        m_set.Configure(m_config);
    }

    std::string Find(const std::string& group) const
    {
        const auto mapping = m_set.Find(Ip(group));
        return mapping ? mapping->rp.ToString() : "none";
    }

    RouterConfig m_config;
    RpSet m_set{Family::Ipv6};
};

TEST_F(RpSetTest, NothingKnown)
{
    EXPECT_EQ(Find("239.1.1.1"), "none");
    EXPECT_TRUE(m_set.View(At({})).empty());
    EXPECT_EQ(m_set.NextExpiry(), NEVER);
}

TEST_F(RpSetTest, StaticRpOfTheLongestRange) // PIMSM-ROUTER-4.7-01, PIMSM-ROUTER-4.7.1-01
{
    AddStatic(RP1, "224.0.0.0/4");
    AddStatic(RP2, "239.1.0.0/16");
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.2");
    EXPECT_EQ(Find("239.2.1.1"), "10.0.0.1");
    EXPECT_EQ(m_set.Find(Ip("239.1.1.1")), (RpMapping{RP2, RpOrigin::Static, Range("239.1.0.0/16")}));
}

TEST_F(RpSetTest, NoRpOfGroupsThatAreSourceSpecificOrStayOnTheirLink)
{
    AddStatic(RP1, "224.0.0.0/4");
    EXPECT_EQ(Find("232.1.1.1"), "none"); // RFC 7761 4.8
    EXPECT_EQ(Find("224.0.0.5"), "none");
    EXPECT_EQ(Find("224.0.1.1"), "10.0.0.1");
    EXPECT_EQ(Find("10.1.1.1"), "none");
    EXPECT_EQ(Find("ff0e::1"), "none");
    m_config.ssmRange = Range("239.0.0.0/8");
    EXPECT_TRUE(m_set.Configure(m_config));
    EXPECT_EQ(Find("239.1.1.1"), "none");
    EXPECT_EQ(Find("232.1.1.1"), "10.0.0.1");
    m_config.ssmRange = Prefix{Ip("0.0.0.0"), 0}; // none
    m_set.Configure(m_config);
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.1");
}

TEST_F(RpSetTest, ConfigurationTellsChanges)
{
    AddStatic(RP1, "224.0.0.0/4");
    EXPECT_FALSE(m_set.Configure(m_config));
    m_config.staticRps[0].rp = RP2;
    EXPECT_TRUE(m_set.Configure(m_config));
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.2");
    m_config.staticRps.clear();
    EXPECT_TRUE(m_set.Configure(m_config));
    EXPECT_EQ(Find("239.1.1.1"), "none");
}

TEST_F(RpSetTest, SeveralStaticRpsOfARangeShareByHash)
{
    AddStatic(RP1, "224.0.0.0/4");
    AddStatic(RP2, "224.0.0.0/4");
    AddStatic(RP3, "224.0.0.0/4");
    EXPECT_EQ(Find("239.1.1.0"), "10.0.0.3");
    EXPECT_EQ(Find("239.1.1.4"), "10.0.0.2");
}

TEST_F(RpSetTest, LongestMatchBeforePriority) // PIMSM-ROUTER-4.7.1-01
{
    Learn("224.0.0.0/4", {Learned(RP1, 0)});
    Learn("239.0.0.0/8", {Learned(RP2, 200)});
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.2");
    EXPECT_EQ(Find("238.1.1.1"), "10.0.0.1");
}

TEST_F(RpSetTest, LowestPriorityValueBeforeHash)
{
    Learn("224.0.0.0/4", {Learned(RP1, 10), Learned(RP2, 9), Learned(RP3, 10)});
    for (const auto* group : {"239.1.1.0", "239.1.1.4", "239.1.1.8", "239.1.1.12"})
    {
        EXPECT_EQ(Find(group), "10.0.0.2");
    }
}

TEST_F(RpSetTest, HashOfEqualPriorities) // PIMSM-ROUTER-4.7.2-01; values by hand from the formula
{
    Learn("224.0.0.0/4", {Learned(RP1), Learned(RP2), Learned(RP3)});
    const std::vector<std::string> expected{"10.0.0.3", "10.0.0.2", "10.0.0.2", "10.0.0.3",
                                            "10.0.0.3", "10.0.0.3", "10.0.0.2", "10.0.0.2"};
    for (std::size_t i = 0; i < expected.size(); ++i)
    {
        for (std::size_t neighbor = 0; neighbor < 4; ++neighbor) // a mask of 30 keeps four groups together
        {
            EXPECT_EQ(Find("239.1.1." + std::to_string(4 * i + neighbor)), expected[i]);
        }
    }
}

TEST_F(RpSetTest, HashMaskOfTheBsr) // BSR-ROUTER-3.1.5-02
{
    Learn("224.0.0.0/4", {Learned(RP1), Learned(RP2), Learned(RP3)});
    EXPECT_FALSE(m_set.SetHashMaskLength(GLOBAL, 30));
    EXPECT_TRUE(m_set.SetHashMaskLength(GLOBAL, 0)); // all groups of a range hash alike
    const auto one = Find("239.1.1.1");
    for (int i = 0; i < 64; ++i)
    {
        EXPECT_EQ(Find("239.1.2." + std::to_string(i)), one);
    }
    EXPECT_FALSE(m_set.SetHashMaskLength(GLOBAL, 0));
    EXPECT_TRUE(m_set.SetHashMaskLength(GLOBAL, 255)); // no longer than the address
    EXPECT_NE(Find("239.1.1.0") + Find("239.1.1.1") + Find("239.1.1.2"), one + one + one);
    Learn("239.0.0.0/8", {Learned(RP1), Learned(RP2), Learned(RP3)}); // a range that comes later has it, too
    m_set.SetHashMaskLength(GLOBAL, 0);
    EXPECT_EQ(Find("239.1.1.0"), Find("239.7.7.7"));
}

TEST(RpHashTest, ValuesOfTheFormula)
{
    EXPECT_EQ(RpHash(Ip("239.1.1.1"), 30, RP1), 1679372561u);
    EXPECT_EQ(RpHash(Ip("239.1.1.1"), 30, RP2), 694951000u);
    EXPECT_EQ(RpHash(Ip("239.1.1.1"), 0, RP1), 1410713617u);
    EXPECT_EQ(RpHash(Ip("239.1.1.5"), 32, RP1), 1758646776u);
}

TEST(RpHashTest, FoldsIpv6) // PIMSM-ROUTER-4.7.2-02
{
    const auto group = Ip("ff0e::1234");
    EXPECT_EQ(RpHash(group, 126, Ip("3ffe:b00:c18:1::10")), 741834645u);
    EXPECT_EQ(RpHash(group, 126, Ip("2001:db8::1")), 1119349325u);
    EXPECT_EQ(RpHash(group, 126, Ip("2001:db8::2")), 134927764u);
    // An address that folds to the same digest hashes alike.
    EXPECT_EQ(RpHash(group, 126, Ip("3ffe:b00:c18:1::10")), RpHash(group, 126, Ip("3ffe:b00::10:c18:1")));
}

TEST_F(RpSetIpv6Test, EqualHashesGoToTheHighestAddress) // RFC 7761 4.7.2
{
    m_set.Learn(At({}), GLOBAL, Range("ff00::/8"), false,
                {Learned(Ip("3ffe:b00:c18:1::10")), Learned(Ip("3ffe:b00::10:c18:1"))});
    EXPECT_EQ(Find("ff0e::1234"), "3ffe:b00:c18:1::10");
}

TEST_F(RpSetIpv6Test, HashesOverTheDefaultMask)
{
    m_set.Learn(At({}), GLOBAL, Range("ff00::/8"), false, {Learned(Ip("2001:db8::1")), Learned(Ip("2001:db8::2"))});
    EXPECT_EQ(Find("ff0e::3"), "2001:db8::2");
    EXPECT_EQ(Find("ff0e::4"), "2001:db8::1");
    EXPECT_EQ(Find("ff0e::14"), "2001:db8::2");
    EXPECT_EQ(Find("ff0e::1b"), "2001:db8::1");
}

TEST_F(RpSetTest, StaticAndBootstrap) // views.h RpOrigin
{
    AddStatic(RP1, "239.0.0.0/8");
    EXPECT_TRUE(Learn("239.0.0.0/8", {Learned(RP2)}));
    EXPECT_EQ(m_set.Find(Ip("239.1.1.1")), (RpMapping{RP2, RpOrigin::Bootstrap, Range("239.0.0.0/8")}));
    m_config.staticRps[0].overridesBsr = true;
    EXPECT_TRUE(m_set.Configure(m_config));
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.1");
    Learn("239.1.0.0/16", {Learned(RP3)}); // the longer range stands before, whoever told it
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.3");
    EXPECT_EQ(m_set.View(At({})).size(), 3u);
}

TEST_F(RpSetTest, WithoutTheBsrTheStaticOneIsBack)
{
    AddStatic(RP1, "239.0.0.0/8");
    Learn("239.0.0.0/8", {Learned(RP2)});
    EXPECT_TRUE(Learn("239.0.0.0/8", {}));
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.1");
    EXPECT_EQ(m_set.LearnedCount(), 0u);
}

TEST_F(RpSetTest, LearningReplacesTheRange) // BSR-ROUTER-3.1.5-02
{
    EXPECT_TRUE(Learn("239.0.0.0/8", {Learned(RP1), Learned(RP2)}));
    EXPECT_FALSE(Learn("239.0.0.0/8", {Learned(RP2), Learned(RP1)})); // a refresh
    EXPECT_TRUE(Learn("239.0.0.0/8", {Learned(RP1)}));
    EXPECT_EQ(m_set.LearnedCount(), 1u);
    EXPECT_TRUE(Learn("239.0.0.0/8", {Learned(RP1, 7)})); // another priority
    EXPECT_EQ(m_set.View(At({}))[0].priority, 7);
    EXPECT_FALSE(Learn("238.0.0.0/8", {})); // nothing to withdraw
}

TEST_F(RpSetTest, HoldtimeOfZeroRemovesAtOnce) // BSR-ROUTER-3.1.5-01
{
    Learn("239.0.0.0/8", {Learned(RP1), Learned(RP2)});
    EXPECT_TRUE(Learn("239.0.0.0/8", {Learned(RP1), Learned(RP2, 192, {})}));
    EXPECT_EQ(m_set.LearnedCount(GLOBAL, Range("239.0.0.0/8")), 1u);
    EXPECT_TRUE(Learn("239.0.0.0/8", {Learned(RP1, 192, {})}));
    EXPECT_EQ(Find("239.1.1.1"), "none");
}

TEST_F(RpSetTest, AnRpCountsOnceInItsRange)
{
    Learn("239.0.0.0/8", {Learned(RP1, 3), Learned(RP1, 5)});
    ASSERT_EQ(m_set.View(At({})).size(), 1u);
    EXPECT_EQ(m_set.View(At({}))[0].priority, 5);
    EXPECT_EQ(m_set.LearnedCount(), 1u);
}

TEST_F(RpSetTest, MappingsExpire) // BSR-ROUTER-3.1.5-04
{
    Learn("224.0.0.0/4", {Learned(RP1, 192, seconds{300})});
    Learn("239.0.0.0/8", {Learned(RP2, 1, seconds{100}), Learned(RP3, 2, seconds{200})});
    EXPECT_EQ(m_set.NextExpiry(), At(seconds{100}));
    EXPECT_FALSE(m_set.Expire(At(seconds{99})));
    EXPECT_TRUE(m_set.Expire(At(seconds{100})));
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.3");
    EXPECT_FALSE(Learn("239.0.0.0/8", {Learned(RP3, 2, seconds{200})}, GLOBAL, seconds{150})); // GET starts over
    EXPECT_FALSE(m_set.Expire(At(seconds{200})));
    EXPECT_TRUE(m_set.Expire(At(seconds{350}))); // both
    EXPECT_EQ(Find("239.1.1.1"), "none");
    EXPECT_EQ(m_set.LearnedCount(), 0u);
    EXPECT_EQ(m_set.NextExpiry(), NEVER);
}

TEST_F(RpSetTest, NarrowerZoneOfTheSameRange)
{
    const ScopeZone wide{Range("239.0.0.0/8")};
    const ScopeZone narrow{Range("239.1.0.0/16")};
    Learn("239.1.0.0/16", {Learned(RP1)}, GLOBAL);
    Learn("239.1.0.0/16", {Learned(RP2)}, narrow);
    Learn("239.1.0.0/16", {Learned(RP3)}, wide);
    EXPECT_EQ(m_set.LearnedCount(), 3u);
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.2");
    EXPECT_TRUE(m_set.Forget(narrow));
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.3");
    EXPECT_TRUE(m_set.Forget(wide));
    EXPECT_FALSE(m_set.Forget(wide));
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.1");
    EXPECT_EQ(m_set.LearnedCount(), 1u);
}

TEST_F(RpSetTest, BidirectionalRangesHaveNoRpHere) // BSR-ROUTER-3.6-01
{
    AddStatic(RP1, "224.0.0.0/4");
    EXPECT_TRUE(m_set.Learn(At({}), GLOBAL, Range("239.0.0.0/8"), true, {Learned(RP2)}));
    EXPECT_EQ(Find("239.1.1.1"), "none");
    EXPECT_EQ(Find("238.1.1.1"), "10.0.0.1");
    EXPECT_TRUE(Learn("239.0.0.0/8", {Learned(RP2)}));
    EXPECT_EQ(Find("239.1.1.1"), "10.0.0.2");
}

TEST_F(RpSetTest, ViewTellsAll)
{
    AddStatic(RP1, "224.0.0.0/4");
    Learn("239.0.0.0/8", {Learned(RP2, 7, seconds{100})});
    const auto views = m_set.View(At(seconds{30}));
    ASSERT_EQ(views.size(), 2u);
    EXPECT_EQ(views[0].rp, RP1);
    EXPECT_EQ(views[0].origin, RpOrigin::Static);
    EXPECT_EQ(views[0].holdtime, Duration::zero());
    EXPECT_EQ(views[1].rp, RP2);
    EXPECT_EQ(views[1].groups, Range("239.0.0.0/8"));
    EXPECT_EQ(views[1].origin, RpOrigin::Bootstrap);
    EXPECT_EQ(views[1].priority, 7);
    EXPECT_EQ(views[1].holdtime, seconds{100});
    EXPECT_EQ(views[1].expires, seconds{70});
}

TEST_F(RpSetTest, ManyRangesOfAllLengths)
{
    for (unsigned i = 0; i < 4000; ++i)
    {
        const Prefix range{Address::Ipv4(0xee000000u + (i << 8)), 24};
        m_set.Learn(At({}), GLOBAL, range, false, {Learned(Source(i))});
    }
    for (unsigned length = 4; length <= 32; ++length)
    {
        m_set.Learn(At({}), GLOBAL, Prefix{Ip("239.255.255.255"), length}, false, {Learned(Source(5000 + length))});
    }
    EXPECT_EQ(m_set.Find(Address::Ipv4(0xee000000u + (3999u << 8) + 17))->rp, Source(3999));
    EXPECT_EQ(m_set.Find(Ip("239.255.255.255"))->rp, Source(5032));
    EXPECT_EQ(m_set.Find(Ip("239.255.255.254"))->rp, Source(5031));
    EXPECT_EQ(m_set.Find(Ip("225.0.0.1"))->rp, Source(5004));
    EXPECT_TRUE(m_set.Forget(GLOBAL));
    EXPECT_EQ(m_set.Find(Ip("225.0.0.1")), std::nullopt);
}

// RFC 3956 5: the examples' layout, ff7<scope>:0<RIID><plen>:<prefix>:<group id>.
TEST(EmbeddedRpTest, PrefixAndInterfaceIdMakeTheAddress)
{
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:120:2001:db8:dead::1234")), Ip("2001:db8::1"));
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:140:2001:db8:beef:feed::1234")), Ip("2001:db8:beef:feed::1"));
    EXPECT_EQ(EmbeddedRp(Ip("ff78:f40:2001:db8:beef:feed:12:34")), Ip("2001:db8:beef:feed::f"));
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:130:2001:db8:beef:feed::1")), Ip("2001:db8:beef::1"));
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:101:8000::1")), Ip("8000::1")); // one bit
}

TEST(EmbeddedRpTest, FlagsMustBeRPandT)
{
    for (const auto* group :
         {"ff3e:140:2001:db8:beef:feed::1", "ff4e:140:2001:db8:beef:feed::1", "ff5e:140:2001:db8:beef:feed::1",
          "ff6e:140:2001:db8:beef:feed::1", "fffe:140:2001:db8:beef:feed::1", "ff0e:140:2001:db8:beef:feed::1"})
    {
        EXPECT_EQ(EmbeddedRp(Ip(group)), std::nullopt) << group;
    }
    EXPECT_EQ(EmbeddedRp(Ip("239.1.1.1")), std::nullopt);
}

TEST(EmbeddedRpTest, LengthsAndInterfaceIdsThatAreNone)
{
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:100:2001:db8:beef:feed::1")), std::nullopt); // length 0
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:141:2001:db8:beef:feed::1")), std::nullopt); // length 65
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:1ff:2001:db8:beef:feed::1")), std::nullopt);
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:40:2001:db8:beef:feed::1")), std::nullopt); // RIID 0
}

TEST(EmbeddedRpTest, TheAddressMustBeARouters) // RFC 3956 4
{
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:140:fe80::1")), std::nullopt);
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:140:ff02::1")), std::nullopt);
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:140:0:1::1")), std::nullopt); // ::/16
    EXPECT_EQ(EmbeddedRp(Ip("ff7e:140::1")), std::nullopt);     // ::1
}

TEST_F(RpSetIpv6Test, EmbeddedRpStandsBeforeAllOthers)
{
    m_config.staticRps = {{Ip("2001:db8::99"), Range("ff00::/8"), true}};
    m_set.Configure(m_config);
    m_set.Learn(At({}), GLOBAL, Range("ff7e:140:2001:db8:beef:feed::1/128"), false, {Learned(Ip("2001:db8::98"))});
    const auto group = Ip("ff7e:140:2001:db8:beef:feed::1");
    EXPECT_EQ(m_set.Find(group), (RpMapping{Ip("2001:db8:beef:feed::1"), RpOrigin::Embedded, Prefix{group, 128}}));
    EXPECT_EQ(Find("ff7e:40:2001:db8:beef:feed::1"), "2001:db8::99"); // names none
    EXPECT_EQ(Find("ff72:140:2001:db8:beef:feed::1"), "none");        // stays on its link
    m_config.embeddedRp = false;
    EXPECT_TRUE(m_set.Configure(m_config));
    EXPECT_EQ(Find("ff7e:140:2001:db8:beef:feed::1"), "2001:db8::98");
}

TEST_F(RpSetIpv6Test, SourceSpecificOfEveryScope) // RFC 4607 1
{
    m_config.staticRps = {{Ip("2001:db8::99"), Range("ff00::/8"), false}};
    m_set.Configure(m_config);
    EXPECT_EQ(Find("ff3e::1"), "none");
    EXPECT_EQ(Find("ff35::8000:1"), "none");
    EXPECT_EQ(Find("ff3e:20:2001:db8::1"), "2001:db8::99"); // prefix-based, any-source
    EXPECT_EQ(Find("ff1e::1"), "2001:db8::99");
    EXPECT_EQ(Find("ff02::1:3"), "none");
}

TEST(IsDomainWideTest, AddressesOfRouters)
{
    for (const auto* good : {"10.0.0.1", "192.0.2.1", "223.255.255.254", "2001:db8::1", "fd00::1", "100::1"})
    {
        EXPECT_TRUE(IsDomainWide(Ip(good))) << good;
    }
    for (const auto* bad : {"0.0.0.0", "0.0.0.7", "127.0.0.1", "169.254.1.1", "224.0.0.1", "240.0.0.1",
                            "255.255.255.255", "::", "::1", "fe80::1", "ff02::1"})
    {
        EXPECT_FALSE(IsDomainWide(Ip(bad))) << bad;
    }
}

} // namespace
} // namespace mcast::pim
