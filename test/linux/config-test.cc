// SPDX-License-Identifier: GPL-2.0-only

#include "config.h"
#include "failure.h"
#include "yaml-value.h"

#include <gtest/gtest.h>

namespace mcast::linux_host
{
namespace
{

using namespace std::chrono_literals;

DaemonConfig
Parse(const std::string& text)
{
    return ParseConfig(text, "f.yaml");
}

/// What is said about a file that can't be used.
std::string
ErrorOf(const std::string& text)
{
    try
    {
        Parse(text);
    }
    catch (const ConfigFailure& failure)
    {
        return failure.what();
    }
    return "none";
}

TEST(Duration, IsReadInSecondsUnlessItSaysMilliseconds)
{
    EXPECT_EQ(ParseDuration("125"), Duration{125s});
    EXPECT_EQ(ParseDuration("1.5"), Duration{1500ms});
    EXPECT_EQ(ParseDuration("125s"), Duration{125s});
    EXPECT_EQ(ParseDuration("500ms"), Duration{500ms});
    EXPECT_EQ(ParseDuration("0.25s"), Duration{250ms});
    EXPECT_EQ(ParseDuration("0"), Duration{0s});
}

TEST(Duration, IsRefusedWhenItIsAnythingElse)
{
    for (const char* text :
         {"", "s", "ms", "-1", "-0", "1e3", "0x10", "inf", "nan", "1 s", "1h", "1s5", "9999999999", " 1"})
    {
        EXPECT_FALSE(ParseDuration(text)) << text;
    }
}

TEST(KebabCase, IsHowTheCoresFieldsAreCalledInTheFile)
{
    EXPECT_EQ(KebabCase("lastMemberQueryInterval"), "last-member-query-interval");
    EXPECT_EQ(KebabCase("robustness"), "robustness");
}

TEST(Config, HasTheRfcsDefaults)
{
    const auto config = Parse("interfaces: {eth0: }");
    ASSERT_EQ(config.interfaces.size(), 1U);
    const auto& rule = config.interfaces[0];
    EXPECT_EQ(rule.pattern, "eth0");
    EXPECT_FALSE(rule.optional);
    for (const auto family : FAMILIES)
    {
        const auto& ofFamily = rule.configs[family];
        EXPECT_TRUE(ofFamily.membership);
        EXPECT_EQ(ofFamily.gm.family, family);
        EXPECT_EQ(ofFamily.gm.version, Version::V3);
        EXPECT_EQ(ofFamily.gm.queryInterval, Duration{125s});
        EXPECT_EQ(ofFamily.ttlThreshold, 1);
        EXPECT_TRUE(config.Uses(family));
        EXPECT_FALSE(config.AsksFor(family));
    }
    EXPECT_EQ(config.logLevel, LogLevel::Warning);
    EXPECT_EQ(config.controlSocket, "/run/mcastd.sock");
    EXPECT_FALSE(config.seeded);
}

TEST(Config, ReadsEveryKeyOfAnInterface)
{
    const auto config = Parse(R"(
interfaces:
  eth1:
    optional: true
    ttl-threshold: 16
    boundaries: [239.255.0.0/16, ff05::/16, 239.192.0.0/14]
    igmp:
      version: 2
      profile: rfc9776
      robustness: 3
      query-interval: 60
      query-response-interval: 5s
      startup-query-interval: 2.5
      startup-query-count: 4
      last-member-query-interval: 500ms
      last-member-query-count: 5
      older-version-compatibility: false
      ssm-range: 232.0.0.0/16
      fast-leave: true
      require-router-alert: true
      require-on-subnet-source: true
      require-ttl-one: false
      max-groups: 100
      max-sources-per-group: 10
      static-joins:
        - 239.1.2.3
        - {group: 232.0.0.1, source: 10.0.0.9}
)");
    const auto& rule = config.interfaces.at(0);
    const auto& ipv4 = rule.configs[Family::Ipv4];
    const auto& gm = ipv4.gm;
    EXPECT_TRUE(rule.optional);
    EXPECT_EQ(ipv4.ttlThreshold, 16);
    ASSERT_EQ(ipv4.boundaries.size(), 2U);
    EXPECT_EQ(ipv4.boundaries[1].ToString(), "239.192.0.0/14");
    EXPECT_EQ(rule.configs[Family::Ipv6].ttlThreshold, 1) << "the kernel knows none of IPv6";
    ASSERT_EQ(rule.configs[Family::Ipv6].boundaries.size(), 1U);
    EXPECT_EQ(rule.configs[Family::Ipv6].boundaries[0].ToString(), "ff05::/16");
    EXPECT_EQ(gm.version, Version::V2);
    EXPECT_EQ(gm.profile, gm::Profile::Rfc9776);
    EXPECT_EQ(gm.robustness, 3U);
    EXPECT_EQ(gm.queryInterval, Duration{60s});
    EXPECT_EQ(gm.queryResponseInterval, Duration{5s});
    EXPECT_EQ(gm.startupQueryInterval, Duration{2500ms});
    EXPECT_EQ(gm.startupQueryCount, 4U);
    EXPECT_EQ(gm.lastMemberQueryInterval, Duration{500ms});
    EXPECT_EQ(gm.lastMemberQueryCount, 5U);
    EXPECT_FALSE(gm.olderVersionCompatibility);
    EXPECT_EQ(gm.ssmRange->ToString(), "232.0.0.0/16");
    EXPECT_TRUE(gm.fastLeave);
    EXPECT_TRUE(gm.requireRouterAlert);
    EXPECT_TRUE(gm.requireOnSubnetSource);
    EXPECT_FALSE(gm.requireTtlOne);
    EXPECT_EQ(gm.maxGroups, 100U);
    EXPECT_EQ(gm.maxSourcesPerGroup, 10U);
    ASSERT_EQ(gm.staticJoins.size(), 2U);
    EXPECT_FALSE(gm.staticJoins[0].source);
    EXPECT_EQ(gm.staticJoins[1].source, Address::Ipv4(10, 0, 0, 9));
}

TEST(Config, ReadsMldBesideIgmpByItsOwnVersions)
{
    const auto config = Parse(R"(
interfaces:
  eth1:
    igmp: {version: 3}
    mld:
      version: 1
      profile: rfc9777
      robustness: 3
      query-interval: 60
      query-response-interval: 5s
      last-member-query-interval: 500ms
      ssm-range: ff3e::/32
      fast-leave: true
      max-groups: 100
      static-joins:
        - ff1e::1
        - {group: "ff3e::1", source: "2001:db8::9"}
)");
    const auto& rule = config.interfaces.at(0);
    const auto& gm = rule.configs[Family::Ipv6].gm;
    EXPECT_EQ(rule.configs[Family::Ipv4].gm.version, Version::V3);
    EXPECT_EQ(rule.configs[Family::Ipv4].gm.robustness, 2U);
    EXPECT_EQ(gm.version, Version::V2) << "MLDv1 is of the generation of IGMPv2";
    EXPECT_EQ(gm.profile, gm::Profile::Rfc9776);
    EXPECT_EQ(gm.robustness, 3U);
    EXPECT_EQ(gm.queryInterval, Duration{60s});
    EXPECT_EQ(gm.lastMemberQueryInterval, Duration{500ms});
    EXPECT_EQ(gm.ssmRange->ToString(), "ff3e::/32");
    EXPECT_TRUE(gm.fastLeave);
    EXPECT_EQ(gm.maxGroups, 100U);
    ASSERT_EQ(gm.staticJoins.size(), 2U);
    EXPECT_EQ(gm.staticJoins[0].group, *Address::Parse("ff1e::1"));
    EXPECT_EQ(gm.staticJoins[1].source, *Address::Parse("2001:db8::9"));
    EXPECT_TRUE(config.AsksFor(Family::Ipv6));
}

TEST(Config, LeavesAFamilyAloneThatNothingWants)
{
    const auto without = Parse("interfaces: {a: {mld: off}, b: {mld: false}}");
    EXPECT_FALSE(without.Uses(Family::Ipv6));
    EXPECT_TRUE(without.Uses(Family::Ipv4));
    const auto alone = Parse("defaults: {igmp: false}\ninterfaces: {a: {}, b: {mld: true}}");
    EXPECT_FALSE(alone.Uses(Family::Ipv4));
    EXPECT_TRUE(alone.AsksFor(Family::Ipv6));
    const auto routed = Parse(R"(
defaults: {igmp: false, mld: false}
interfaces: {a: {}, b: {}}
routes: [{group: "ff1e::1", source: "2001:db8::1", incoming: a, outgoing: [b]}]
)");
    EXPECT_FALSE(routed.Uses(Family::Ipv4));
    EXPECT_TRUE(routed.AsksFor(Family::Ipv6)) << "a route is reason enough";
    EXPECT_EQ(routed.routes.at(0).source, *Address::Parse("2001:db8::1"));
}

TEST(Config, ReadsTheRouterTheLogAndTheRoutes)
{
    const auto config = Parse(R"(
log-level: debug
log-to: syslog
control-socket: /tmp/s
router:
  seed: 7
  max-groups: 5
  max-forwarding-entries: 6
  forwarding-entry-lifetime: 30s
interfaces: {eth0: {igmp: false}, "lan*": {}}
routes:
  - {group: 239.1.1.1, source: 10.0.0.9, incoming: eth0, outgoing: [lan1, lan2]}
  - {group: 239.1.1.1, incoming: eth0}
)");
    EXPECT_EQ(config.logLevel, LogLevel::Debug);
    EXPECT_EQ(config.logTarget, LogTarget::Syslog);
    EXPECT_EQ(config.controlSocket, "/tmp/s");
    EXPECT_TRUE(config.seeded);
    EXPECT_EQ(config.router.seed, 7U);
    EXPECT_EQ(config.router.maxGroups, 5U);
    EXPECT_EQ(config.router.maxForwardingEntries, 6U);
    EXPECT_EQ(config.router.forwardingEntryLifetime, Duration{30s});
    EXPECT_FALSE(config.interfaces.at(0).configs[Family::Ipv4].membership);
    ASSERT_EQ(config.routes.size(), 2U);
    EXPECT_EQ(config.routes[0].source, Address::Ipv4(10, 0, 0, 9));
    EXPECT_EQ(config.routes[0].outgoing, (std::vector<std::string>{"lan1", "lan2"}));
    EXPECT_FALSE(config.routes[1].source);
}

TEST(Config, DefaultsHoldForEveryInterfaceWhereverTheyStand)
{
    const auto config = Parse(R"(
interfaces: {a: {igmp: {version: 2}}, b: {ttl-threshold: 3}}
defaults: {ttl-threshold: 9, optional: true, igmp: {robustness: 4}, mld: {robustness: 5}}
)");
    const auto& first = config.interfaces.at(0).configs;
    EXPECT_EQ(first[Family::Ipv4].gm.robustness, 4U);
    EXPECT_EQ(first[Family::Ipv6].gm.robustness, 5U);
    EXPECT_EQ(first[Family::Ipv4].gm.version, Version::V2);
    EXPECT_EQ(first[Family::Ipv4].ttlThreshold, 9);
    EXPECT_EQ(config.interfaces.at(1).configs[Family::Ipv4].ttlThreshold, 3);
    EXPECT_TRUE(config.interfaces.at(1).optional);
}

TEST(Config, PointsAtWhatIsWrong)
{
    const std::pair<const char*, const char*> cases[] = {
        {"interfaces:\n  eth0:\n    igmp:\n      qurey-interval: 3\n",
         "f.yaml:4:7: interfaces.eth0.igmp.qurey-interval: unknown key; known here: version, "},
        {"bogus: 1\n", "f.yaml:1:1: bogus: unknown key; known here: log-level, "},
        {"interfaces:\n  eth0: {igmp: {query-interval: soon}}\n",
         "f.yaml:2:17: interfaces.eth0.igmp.query-interval: must be a time in seconds"},
        {"interfaces:\n  eth0: {igmp: {version: 4}}\n",
         "f.yaml:2:17: interfaces.eth0.igmp.version: must be a whole number from 1 to 3"},
        {"interfaces:\n  eth0: {igmp: {robustness: 0}}\n", "f.yaml:2:17: interfaces.eth0.igmp.robustness: "},
        {"interfaces:\n  eth0:\n    igmp:\n      query-interval: 9\n",
         "f.yaml:3:5: interfaces.eth0.igmp: query-response-interval: "},
        {"interfaces:\n  eth0:\n    igmp: {static-joins: [10.0.0.1]}\n",
         "f.yaml:3:27: interfaces.eth0.igmp.static-joins[0]: must be an IPv4 group address"},
        {"interfaces:\n  eth0:\n    igmp: {static-joins: [224.0.0.5]}\n",
         "f.yaml:3:27: interfaces.eth0.igmp.static-joins[0]: must be a group that is routed"},
        {"interfaces:\n  eth0:\n    mld: {static-joins: [239.1.1.1]}\n",
         "f.yaml:3:26: interfaces.eth0.mld.static-joins[0]: must be an IPv6 group address"},
        {"interfaces:\n  eth0:\n    mld: {static-joins: ['ff02::5']}\n",
         "f.yaml:3:26: interfaces.eth0.mld.static-joins[0]: must be a group that is routed"},
        {"interfaces:\n  eth0: {mld: {version: 3}}\n",
         "f.yaml:2:16: interfaces.eth0.mld.version: must be a whole number from 1 to 2"},
        {"interfaces:\n  eth0: {mld: {profile: rfc3376}}\n",
         "f.yaml:2:16: interfaces.eth0.mld.profile: must be one of: rfc3810, rfc9777"},
        {"interfaces:\n  eth0: {mld: {require-ttl-one: true}}\n",
         "f.yaml:2:16: interfaces.eth0.mld.require-ttl-one: unknown key; known here: version, "},
        {"interfaces:\n  eth0: {mld: {ssm-range: 232.0.0.0/8}}\n",
         "f.yaml:2:16: interfaces.eth0.mld.ssm-range: must be an IPv6 prefix"},
        {"interfaces:\n  eth0: {mld: {version: 1, query-response-interval: 66}}\n",
         "f.yaml:2:28: interfaces.eth0.mld.query-response-interval: must be from 0.001 s to 65.535 s, as MLDv1"},
        {"interfaces:\n  eth0: {boundaries: ['fe80::/10']}\n",
         "f.yaml:2:23: interfaces.eth0.boundaries[0]: must be a range of groups"},
        {"interfaces: {a: }\nroutes:\n  - {group: 'ff1e::1', source: 10.0.0.1, incoming: a}\n",
         "f.yaml:3:5: routes[0]: the source is not of the group's family"},
        {"interfaces:\n  eth0: {boundaries: [10.0.0.0/8]}\n",
         "f.yaml:2:23: interfaces.eth0.boundaries[0]: must be a range of groups"},
        {"interfaces:\n  eth0: {boundaries: [239.0.0.0/33]}\n", "f.yaml:2:23: interfaces.eth0.boundaries[0]: must be "},
        {"interfaces:\n  eth0: {ttl-threshold: 256}\n", "f.yaml:2:10: interfaces.eth0.ttl-threshold: "},
        {"interfaces:\n  eth0: {optional: maybe}\n", "f.yaml:2:10: interfaces.eth0.optional: must be true or false"},
        {"interfaces:\n  a: {}\n  a: {}\n", "f.yaml:3:3: interfaces.a: stands here twice"},
        {"interfaces:\n  much-too-long-name: {}\n", "f.yaml:2:3: interfaces.much-too-long-name: no interface"},
        {"interfaces: [a]\n", "f.yaml:1:1: interfaces: must be a mapping"},
        {"interfaces: {}\n", "f.yaml:1:1: interfaces: at least one"},
        {"", "f.yaml:1:1: interfaces: at least one"},
        {"interfaces:\n  a: {\n", "f.yaml:3:1: "},
        {"interfaces: {a: }\nroutes:\n  - {group: 239.1.1.1, incoming: b}\n",
         "f.yaml:3:24: routes[0].incoming: 'b' is no interface of this configuration"},
        {"interfaces: {a: }\nroutes:\n  - {incoming: a}\n", "f.yaml:3:5: routes[0]: needs a group"},
        {"interfaces: {a: }\nroutes:\n  - {group: 239.1.1.1, incoming: a, outgoing: [a]}\n",
         "f.yaml:3:5: routes[0]: the incoming interface"},
        {"interfaces: {a: }\nroutes:\n  - {group: 239.1.1.1, incoming: a}\n  - {group: 239.1.1.1, incoming: a}\n",
         "f.yaml:4:5: routes[1]: there is a route"},
        {"interfaces: {a: }\nrouter: {forwarding-entry-lifetime: 10ms}\n",
         "f.yaml:2:10: router.forwarding-entry-lifetime: must be at least 1 s"},
        {"interfaces: {a: }\nlog-level: loud\n", "f.yaml:2:1: log-level: must be one of: error, warning, info, debug"},
    };
    for (const auto& [text, start] : cases)
    {
        const auto error = ErrorOf(text);
        EXPECT_EQ(error.substr(0, std::string{start}.size()), start) << text << error;
    }
}

TEST(Config, TakesTheVeryNameBeforePatternsAndThePatternsInTheirOrder)
{
    const auto config = Parse("interfaces: {'e*': {ttl-threshold: 2}, 'eth*': {ttl-threshold: 3}, eth0: {}, lo: {}}");
    EXPECT_EQ(config.FindRule("eth0")->pattern, "eth0");
    EXPECT_EQ(config.FindRule("eth1")->pattern, "e*");
    EXPECT_EQ(config.FindRule("wlan0"), nullptr);
    EXPECT_EQ(config.FindRule("eth1", false), nullptr) << "a pattern takes no loopback";
    EXPECT_EQ(config.FindRule("lo", false)->pattern, "lo") << "its name does";
}

TEST(Config, MissesTheInterfacesThatAreNamedAndNotOptional)
{
    const auto config = Parse("interfaces:\n  eth0: {}\n  eth1: {optional: true}\n  'x*': {}\n");
    EXPECT_NO_THROW(RequireInterfaces(config, {"eth0"}));
    try
    {
        RequireInterfaces(config, {"eth1"});
        FAIL() << "eth0 is not missed";
    }
    catch (const ConfigFailure& failure)
    {
        EXPECT_EQ(std::string{failure.what()}.substr(0, 32), "f.yaml:2:3: interfaces.eth0: the");
    }
}

} // namespace
} // namespace mcast::linux_host
