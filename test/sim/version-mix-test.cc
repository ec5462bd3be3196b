// SPDX-License-Identifier: GPL-2.0-only
// Hosts and routers of different versions on one LAN.                                RFC 3376 7, RFC 2236 4, 5

#include "sim-fixture.h"

namespace mcast
{
namespace
{

const std::string GROUP = "239.1.2.3";
const std::string SOURCE = "10.9.0.1";

AttachOptions
OfVersion(Version version)
{
    AttachOptions options;
    options.host.version = version;
    options.router.gm.version = version;
    return options;
}

struct Mix
{
    Version router;
    std::vector<Version> hosts;
};

class VersionMix : public testing::TestWithParam<Mix>
{
  protected:
    VersionMix()
        : network(1),
          lan(network, 1)
    {
        for (int i = 0; i < 3; ++i)
        {
            lan.AddRouter("r" + std::to_string(i), OfVersion(GetParam().router));
        }
        for (const auto version : GetParam().hosts)
        {
            lan.AddHost("h", OfVersion(version));
        }
        network.RunFor(seconds{60});
    }

    SimNetwork network;
    TestLan lan;
};

TEST_P(VersionMix, EachMemberAloneIsKnownAndKept)
{
    for (const auto& host : lan.hosts)
    {
        ASSERT_TRUE(network.Listen(host.node, host.port, GROUP));
        network.RunFor(seconds{1});
        for (const auto& router : lan.routers)
        {
            EXPECT_TRUE(HasGroup(network, router, GROUP));
        }
        network.RunFor(seconds{3600});
        for (const auto& router : lan.routers)
        {
            EXPECT_TRUE(HasGroup(network, router, GROUP)) << "an hour later";
        }
        ASSERT_TRUE(network.Leave(host.node, host.port, GROUP));
        network.RunFor(seconds{800}); // Older Host Present and Group Membership Intervals
        for (const auto& router : lan.routers)
        {
            EXPECT_FALSE(HasGroup(network, router, GROUP));
        }
    }
}

TEST_P(VersionMix, AllMembersTogetherAndTheLastOneCounts)
{
    for (const auto& host : lan.hosts)
    {
        ASSERT_TRUE(network.Listen(host.node, host.port, GROUP));
    }
    network.RunFor(seconds{1000});
    const auto oldest =
        std::min(GetParam().router, *std::min_element(GetParam().hosts.begin(), GetParam().hosts.end()));
    for (std::size_t i = 0; i < lan.hosts.size(); ++i)
    {
        for (const auto& router : lan.routers)
        {
            const auto view = GroupAt(network, router, GROUP);
            ASSERT_TRUE(view) << i << " have left";
            if (i == 0)
            {
                EXPECT_EQ(static_cast<int>(view->version), static_cast<int>(oldest));
            }
        }
        ASSERT_TRUE(network.Leave(lan.hosts[i].node, lan.hosts[i].port, GROUP));
        network.RunFor(seconds{1000});
    }
    for (const auto& router : lan.routers)
    {
        EXPECT_FALSE(HasGroup(network, router, GROUP));
    }
}

INSTANTIATE_TEST_SUITE_P(Mixes, VersionMix,
                         testing::Values(Mix{Version::V3, {Version::V3, Version::V2}},
                                         Mix{Version::V3, {Version::V3, Version::V1}},
                                         Mix{Version::V3, {Version::V2, Version::V1}},
                                         Mix{Version::V3, {Version::V3, Version::V2, Version::V1}},
                                         Mix{Version::V2, {Version::V3, Version::V2}},
                                         Mix{Version::V2, {Version::V2, Version::V1}},
                                         Mix{Version::V2, {Version::V3, Version::V2, Version::V1}},
                                         Mix{Version::V1, {Version::V3, Version::V1}},
                                         Mix{Version::V1, {Version::V3, Version::V2, Version::V1}}));

// RFC 3376 7.3.2: while an older host is a member its any-source membership rules, however the others filter.
TEST(VersionFallback, SourceFiltersRuleOnlyWithoutOlderMembers)
{
    SimNetwork network;
    TestLan lan(network, 1);
    const auto router = lan.AddRouter("r");
    const auto modern = lan.AddHost("v3");
    const auto old = lan.AddHost("v2", OfVersion(Version::V2));
    ASSERT_TRUE(network.Listen(modern.node, modern.port, GROUP, FilterMode::Include, {SOURCE}));
    network.RunFor(seconds{60});
    const auto forwarded = [&](const std::string& source) {
        return network.Node(router.node).GetRouter()->IsForwarded(router.port, Ip(GROUP), Ip(source));
    };
    EXPECT_TRUE(forwarded(SOURCE));
    EXPECT_FALSE(forwarded("10.9.0.2"));
    ASSERT_TRUE(network.Listen(old.node, old.port, GROUP));
    network.RunFor(seconds{1});
    EXPECT_TRUE(forwarded("10.9.0.2"));
    ASSERT_TRUE(network.Leave(old.node, old.port, GROUP));
    network.RunFor(seconds{700});
    EXPECT_TRUE(forwarded(SOURCE));
    EXPECT_FALSE(forwarded("10.9.0.2"));
}

// RFC 3376 7.2.1: a host speaks the version of the oldest querier it heard, and returns after a while.
TEST(VersionFallback, HostsFollowAnOlderQuerierAndReturn)
{
    SimNetwork network;
    TestLan lan(network, 1);
    const auto oldRouter = lan.AddRouter("v2", OfVersion(Version::V2));
    const auto host = lan.AddHost("h");
    ASSERT_TRUE(network.Listen(host.node, host.port, GROUP));
    const auto compatibility = [&] {
        return static_cast<int>(network.Node(host.node).GetHost().FindInterface(host.port).value().compatibility);
    };
    network.RunFor(seconds{200});
    EXPECT_EQ(compatibility(), 2);
    network.Fail(oldRouter.node);
    const auto modern = lan.AddRouter("v3");
    network.RunFor(seconds{700});
    EXPECT_EQ(compatibility(), 3);
    network.RunFor(seconds{700});
    EXPECT_EQ(static_cast<int>(GroupAt(network, modern, GROUP).value().version), 3);
}

} // namespace
} // namespace mcast
