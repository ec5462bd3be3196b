// SPDX-License-Identifier: GPL-2.0-only

#include "config.h"
#include "failure.h"

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

TEST(PimConfig, IsOffUnlessItIsSwitchedOn)
{
    const auto config = Parse("interfaces: {eth0: }\npim: {rp: 10.0.0.1}\n");
    for (const auto family : FAMILIES)
    {
        EXPECT_FALSE(config.interfaces[0].configs[family].pim);
        EXPECT_FALSE(config.UsesPim(family));
        EXPECT_EQ(config.pim[family].family, family);
    }
}

TEST(PimConfig, IsSwitchedOnForBothFamiliesOrOne)
{
    const auto config = Parse(R"(
defaults: {igmp: false, mld: false, pim: {hello-interval: 5, ipv6: {hello-interval: 7}}}
interfaces:
  a: {}
  b: {pim: false}
  c: {pim: {ipv6: false}}
  d: {pim: {enabled: false, dr-priority: 3, ipv4: true}}
)");
    const auto on = [&](std::size_t i, Family family) { return config.interfaces[i].configs[family].pim.has_value(); };
    EXPECT_TRUE(on(0, Family::Ipv4) && on(0, Family::Ipv6));
    EXPECT_FALSE(on(1, Family::Ipv4) || on(1, Family::Ipv6));
    EXPECT_TRUE(on(2, Family::Ipv4) && !on(2, Family::Ipv6));
    EXPECT_TRUE(on(3, Family::Ipv4) && !on(3, Family::Ipv6));
    EXPECT_EQ(config.interfaces[0].configs[Family::Ipv4].pim->helloPeriod, Duration{5s});
    EXPECT_EQ(config.interfaces[0].configs[Family::Ipv6].pim->helloPeriod, Duration{7s});
    EXPECT_EQ(config.interfaces[3].configs[Family::Ipv4].pim->helloPeriod, Duration{5s}) << "inherited";
    EXPECT_EQ(config.interfaces[3].configs[Family::Ipv4].pim->drPriority, 3U);
    EXPECT_TRUE(config.Uses(Family::Ipv6)) << "for PIM alone";
    EXPECT_FALSE(config.AsksFor(Family::Ipv6)) << "a kernel without IPv6 is no error";
}

TEST(PimConfig, ReadsEveryKeyOfAnInterface)
{
    const auto config = Parse(R"(
interfaces:
  eth1:
    pim:
      enabled: true
      mode: sparse-dense
      hello-interval: 10
      hello-holdtime: 50
      triggered-hello-delay: 500ms
      dr-priority: 4294967295
      propagation-delay: 300ms
      override-interval: 1500ms
      tracking-support: true
      max-neighbors: 7
      bsr-border: true
      accept-unknown-neighbors: true
)");
    for (const auto family : FAMILIES)
    {
        const auto& pim = *config.interfaces[0].configs[family].pim;
        EXPECT_EQ(pim.family, family);
        EXPECT_EQ(pim.helloPeriod, Duration{10s});
        EXPECT_EQ(pim.mode, pim::Mode::SparseDense);
        EXPECT_EQ(pim.helloHoldtime, Duration{50s});
        EXPECT_EQ(pim.triggeredHelloDelay, Duration{500ms});
        EXPECT_EQ(pim.drPriority, UINT32_MAX);
        EXPECT_EQ(pim.propagationDelay, Duration{300ms});
        EXPECT_EQ(pim.overrideInterval, Duration{1500ms});
        EXPECT_TRUE(pim.trackingSupport);
        EXPECT_EQ(pim.maxNeighbors, 7U);
        EXPECT_TRUE(pim.bsrBorder);
        EXPECT_TRUE(pim.acceptUnknownNeighbors);
    }
}

TEST(PimConfig, ReadsEveryKeyOfTheRouter)
{
    const auto config = Parse(R"(
interfaces: {eth0: {pim: true}}
pim:
  join-prune-interval: 10
  join-prune-holdtime: 40
  keepalive-period: 30
  register-suppression-time: 20
  register-probe-time: 2
  assert-time: 50
  assert-override-interval: 1
  spt-switchover: {rate: 125000}
  ssm-range: 232.1.0.0/16
  rp: [10.0.0.1, {address: 10.0.0.2, groups: [239.1.0.0/16, 239.2.0.0/16], override-bsr: true}, "2001:db8::1"]
  embedded-rp: false
  null-register-packing: true
  register-source: 10.0.0.9
  bootstrap: true
  ipv6: {bootstrap: false, candidate-rp: false}
  accept-unicast-bootstrap: false
  send-unicast-bootstrap: true
  candidate-bsr: {address: 10.0.0.3, priority: 9, hash-mask-length: 24, zone: 239.255.0.0/16}
  candidate-rp:
    - {address: 10.0.0.3, priority: 5, groups: [239.0.0.0/8], holdtime: 99}
    - {address: "2001:db8::3", groups: "ff3e::/16"}
  bootstrap-interval: 15
  bootstrap-min-interval: 5
  bootstrap-timeout: 60
  scope-zone-timeout: 300
  candidate-rp-interval: 12
  dense-groups: [239.1.0.0/16, 239.2.0.0/16, "ff1e::/16"]
  prune-limit: 60
  graft-retry-period: 1500ms
  max-graft-retries: 4
  source-lifetime: 90
  state-refresh: false
  state-refresh-interval: 20
  state-refresh-limit: 5
  state-refresh-ttl: 32
  max-states: 1000
  max-states-per-neighbor: 500
  max-rps: 10
  route-preferences: {ospf: 90}
)");
    const auto& four = config.pim[Family::Ipv4];
    const auto& six = config.pim[Family::Ipv6];
    for (const auto* pim : {&four, &six})
    {
        EXPECT_EQ(pim->joinPrunePeriod, Duration{10s});
        EXPECT_EQ(pim->joinPruneHoldtime, Duration{40s});
        EXPECT_EQ(pim->keepalivePeriod, Duration{30s});
        EXPECT_EQ(pim->registerSuppressionTime, Duration{20s});
        EXPECT_EQ(pim->registerProbeTime, Duration{2s});
        EXPECT_EQ(pim->assertTime, Duration{50s});
        EXPECT_EQ(pim->assertOverrideInterval, Duration{1s});
        EXPECT_EQ(pim->sptSwitchover.when, pim::SptSwitchover::When::AtRate);
        EXPECT_EQ(pim->sptSwitchover.rate, 125000U);
        EXPECT_FALSE(pim->embeddedRp);
        EXPECT_TRUE(pim->offerPacking);
        EXPECT_FALSE(pim->acceptUnicastBootstrap);
        EXPECT_TRUE(pim->sendUnicastBootstrap);
        EXPECT_EQ(pim->bootstrapPeriod, Duration{15s});
        EXPECT_EQ(pim->bootstrapMinInterval, Duration{5s});
        EXPECT_EQ(pim->bootstrapTimeout, Duration{60s});
        EXPECT_EQ(pim->scopeZoneTimeout, Duration{300s});
        EXPECT_EQ(pim->candidateRpPeriod, Duration{12s});
        EXPECT_EQ(pim->pruneLimit, Duration{60s});
        EXPECT_EQ(pim->graftRetryPeriod, Duration{1500ms});
        EXPECT_EQ(pim->maxGraftRetries, 4U);
        EXPECT_EQ(pim->sourceLifetime, Duration{90s});
        EXPECT_FALSE(pim->stateRefresh);
        EXPECT_EQ(pim->stateRefreshInterval, Duration{20s});
        EXPECT_EQ(pim->stateRefreshLimit, Duration{5s});
        EXPECT_EQ(pim->stateRefreshTtl, std::optional<std::uint8_t>{32});
        EXPECT_EQ(pim->maxStates, 1000U);
        EXPECT_EQ(pim->maxStatesPerNeighbor, 500U);
        EXPECT_EQ(pim->maxRps, 10U);
    }
    ASSERT_TRUE(four.denseGroups && six.denseGroups);
    EXPECT_EQ(four.denseGroups->size(), 2U);
    EXPECT_EQ(four.denseGroups->at(1).ToString(), "239.2.0.0/16");
    ASSERT_EQ(six.denseGroups->size(), 1U);
    EXPECT_EQ(six.denseGroups->at(0).ToString(), "ff1e::/16");
    ASSERT_EQ(four.staticRps.size(), 3U);
    EXPECT_EQ(four.staticRps[0].groups.ToString(), "224.0.0.0/4");
    EXPECT_EQ(four.staticRps[2].rp.ToString(), "10.0.0.2");
    EXPECT_TRUE(four.staticRps[2].overridesBsr);
    ASSERT_EQ(six.staticRps.size(), 1U);
    EXPECT_EQ(six.staticRps[0].groups.ToString(), "ff00::/8");
    EXPECT_EQ(four.ssmRange->ToString(), "232.1.0.0/16");
    EXPECT_FALSE(six.ssmRange);
    EXPECT_EQ(four.registerSource->ToString(), "10.0.0.9");
    EXPECT_FALSE(six.registerSource);
    ASSERT_TRUE(four.candidateBsr);
    EXPECT_EQ(four.candidateBsr->address->ToString(), "10.0.0.3");
    EXPECT_EQ(four.candidateBsr->priority, 9);
    EXPECT_EQ(four.candidateBsr->hashMaskLength, 24);
    EXPECT_EQ(four.candidateBsr->zone->ToString(), "239.255.0.0/16");
    EXPECT_FALSE(six.candidateBsr);
    ASSERT_EQ(four.candidateRps.size(), 1U);
    EXPECT_EQ(four.candidateRps[0].priority, 5);
    EXPECT_EQ(four.candidateRps[0].holdtime, Duration{99s});
    EXPECT_TRUE(four.bootstrap);
    EXPECT_FALSE(six.bootstrap);
    EXPECT_TRUE(six.candidateRps.empty());
    EXPECT_EQ(config.routePreferences.at(RTPROT_OSPF), 90U);
    EXPECT_EQ(config.routePreferences.at(RTPROT_BGP), 20U) << "the others stay";
}

TEST(PimConfig, GoesWithoutAddressesWhereItIsACandidate)
{
    const auto config = Parse(R"(
interfaces: {eth0: {pim: true}}
pim: {candidate-bsr: true, candidate-rp: true, spt-switchover: never, ipv6: {candidate-rp: false}}
)");
    EXPECT_EQ(config.pim[Family::Ipv4].candidateBsr->hashMaskLength, 30);
    EXPECT_EQ(config.pim[Family::Ipv6].candidateBsr->hashMaskLength, 126);
    EXPECT_EQ(config.pim[Family::Ipv4].candidateRps.size(), 1U);
    EXPECT_TRUE(config.pim[Family::Ipv6].candidateRps.empty());
    EXPECT_EQ(config.pim[Family::Ipv6].sptSwitchover.when, pim::SptSwitchover::When::Never);
    const auto six = Parse(R"(
interfaces: {eth0: {pim: true}}
pim: {candidate-rp: [{address: "2001:db8::3", groups: "ff3e::/16"}, {groups: [239.0.0.0/8, "ff1e::/16"]}]}
)");
    EXPECT_EQ(six.pim[Family::Ipv4].candidateRps.size(), 1U);
    ASSERT_EQ(six.pim[Family::Ipv6].candidateRps.size(), 2U);
    EXPECT_EQ(six.pim[Family::Ipv6].candidateRps[0].groups.at(0).ToString(), "ff3e::/16");
    EXPECT_EQ(six.pim[Family::Ipv6].candidateRps[1].groups.at(0).ToString(), "ff1e::/16");
}

TEST(PimConfig, HasAModeOnEachInterfaceAndOfEachFamily)
{
    const auto config = Parse(R"(
defaults: {pim: {mode: dense}}
interfaces: {a: {}, b: {pim: {mode: sparse}}, c: {pim: {ipv6: {mode: sparse-dense}}}}
)");
    const auto mode = [&](std::size_t i, Family family) { return config.interfaces[i].configs[family].pim->mode; };
    EXPECT_EQ(mode(0, Family::Ipv4), pim::Mode::Dense);
    EXPECT_EQ(mode(0, Family::Ipv6), pim::Mode::Dense);
    EXPECT_EQ(mode(1, Family::Ipv4), pim::Mode::Sparse);
    EXPECT_EQ(mode(2, Family::Ipv4), pim::Mode::Dense);
    EXPECT_EQ(mode(2, Family::Ipv6), pim::Mode::SparseDense);
}

TEST(PimConfig, LeavesWhatIsDenseToTheModesUnlessItIsSaid)
{
    const auto of = [](const std::string& keys) { return Parse("interfaces: {a: }\npim: {" + keys + "}\n").pim; };
    EXPECT_FALSE(of("")[Family::Ipv4].denseGroups);
    const auto one = of("dense-groups: 239.1.0.0/16");
    EXPECT_EQ(one[Family::Ipv4].denseGroups->size(), 1U);
    EXPECT_FALSE(one[Family::Ipv6].denseGroups) << "nothing is said about IPv6";
    const auto none = of("dense-groups: []");
    EXPECT_TRUE(none[Family::Ipv4].denseGroups->empty() && none[Family::Ipv6].denseGroups->empty());
    const auto six = of("dense-groups: 239.1.0.0/16, ipv6: {dense-groups: []}");
    EXPECT_EQ(six[Family::Ipv4].denseGroups->size(), 1U);
    EXPECT_TRUE(six[Family::Ipv6].denseGroups->empty());
}

TEST(PimConfig, TellsWhereAndWhatIsWrong)
{
    const std::vector<std::pair<const char*, const char*>> cases{
        {"interfaces:\n  a:\n    pim: {hello: 3}\n", "f.yaml:3:11: interfaces.a.pim.hello: unknown key; known here: "},
        {"interfaces:\n  a:\n    pim: {hello-interval: 0}\n", "f.yaml:3:11: interfaces.a.pim.hello-interval: must be "},
        {"interfaces:\n  a:\n    pim: {dr-priority: -1}\n",
         "f.yaml:3:11: interfaces.a.pim.dr-priority: must be a whole"},
        {"interfaces:\n  a:\n    pim: {ipv4: {hello-interval: 0}}\n",
         "f.yaml:3:18: interfaces.a.pim.ipv4.hello-interval: must be "},
        {"interfaces:\n  a:\n    pim: 3\n", "f.yaml:3:5: interfaces.a.pim: must be true or false"},
        {"interfaces: {a: }\npim: {rp: 239.1.1.1}\n", "f.yaml:2:7: pim.rp: must be a unicast"},
        {"interfaces: {a: }\npim: {rp: [10.0.0.1, 10.0.0.2]}\n",
         "f.yaml:2:22: pim.rp[1]: there is an RP for 224.0.0.0/4"},
        {"interfaces: {a: }\npim: {rp: {groups: 239.0.0.0/8}}\n", "f.yaml:2:7: pim.rp: needs an address"},
        {"interfaces: {a: }\npim: {rp: {address: 10.0.0.1, groups: 'ff1e::/16'}}\n",
         "f.yaml:2:7: pim.rp: the groups are not of the RP's family"},
        {"interfaces: {a: }\npim: {ipv6: {rp: 10.0.0.1}}\n", "f.yaml:2:14: pim.ipv6.rp: must be of IPv6"},
        {"interfaces: {a: }\npim: {spt-switchover: later}\n",
         "f.yaml:2:7: pim.spt-switchover: must be immediately, never"},
        {"interfaces:\n  a:\n    pim: {mode: bidir}\n",
         "f.yaml:3:11: interfaces.a.pim.mode: must be sparse, dense or "},
        {"interfaces: {a: }\npim: {dense-groups: [10.0.0.0/8]}\n",
         "f.yaml:2:22: pim.dense-groups[0]: must be a range of groups"},
        {"interfaces: {a: }\npim: {ipv6: {dense-groups: 239.0.0.0/8}}\n",
         "f.yaml:2:14: pim.ipv6.dense-groups: must be of IPv6"},
        {"interfaces: {a: }\npim: {prune-limit: 0}\n", "f.yaml:2:7: pim.prune-limit: must be "},
        {"interfaces: {a: }\npim: {state-refresh-interval: 300}\n", "f.yaml:2:7: pim.state-refresh-interval: must be "},
        {"interfaces: {a: }\npim: {state-refresh-ttl: 256}\n", "f.yaml:2:7: pim.state-refresh-ttl: must be "},
        {"interfaces: {a: }\npim: {register-probe-time: 40}\n", "f.yaml:2:7: pim.register-probe-time: must be "},
        {"interfaces: {a: }\npim: {assert-override-interval: 200}\n",
         "f.yaml:2:7: pim.assert-override-interval: must be "},
        {"interfaces: {a: }\npim: {route-preferences: {egp: 3}}\n",
         "f.yaml:2:27: pim.route-preferences.egp: unknown routing"},
        {"interfaces: {a: }\npim: {candidate-rp: [{groups: 10.0.0.0/8}]}\n",
         "f.yaml:2:23: pim.candidate-rp[0].groups: must be a range of groups"},
    };
    for (const auto& [text, start] : cases)
    {
        const auto error = ErrorOf(text);
        EXPECT_EQ(error.substr(0, std::string{start}.size()), start) << text << error;
    }
}

} // namespace
} // namespace mcast::linux_host
