// SPDX-License-Identifier: GPL-2.0-only
// PIM's timers and values: their defaults, what follows from them, and what is refused.

#include "pim/config.h"

#include "support.h"

#include <functional>
#include <gtest/gtest.h>

namespace mcast::pim
{
namespace
{

using namespace test;

template <class Config>
std::string
Outcome(const Config& config)
{
    const auto valid = config.Validate();
    if (valid)
    {
        return "";
    }
    EXPECT_GT(valid.Error().why.size(), 5u);
    return valid.Error().field;
}

// The field that a configuration is refused for; empty if it is taken.
std::string
Router(const std::function<void(RouterConfig&)>& change, Family family = Family::Ipv4)
{
    RouterConfig config;
    config.family = family;
    change(config);
    return Outcome(config);
}

std::string
Router6(const std::function<void(RouterConfig&)>& change)
{
    return Router(change, Family::Ipv6);
}

Prefix
Range(const std::string& text)
{
    return *Prefix::Parse(text);
}

TEST(PimRouterConfigTest, DefaultsAreThoseOfTheRfcs) // RFC 7761 4.11, RFC 5059 5
{
    const RouterConfig config;
    EXPECT_TRUE(config.Validate());
    EXPECT_EQ(config.joinPrunePeriod, seconds{60});
    EXPECT_EQ(config.JoinPruneHoldtimeToTell(), 210);
    EXPECT_EQ(config.keepalivePeriod, seconds{210});
    EXPECT_EQ(config.registerSuppressionTime, seconds{60});
    EXPECT_EQ(config.registerProbeTime, seconds{5});
    EXPECT_EQ(config.assertTime, seconds{180});
    EXPECT_EQ(config.assertOverrideInterval, seconds{3});
    EXPECT_EQ(config.bootstrapPeriod, seconds{60}); // BSR-ROUTER-5-01
    EXPECT_EQ(config.BootstrapTimeout(), seconds{130});
    EXPECT_EQ(config.bootstrapMinInterval, seconds{10});
    EXPECT_EQ(config.scopeZoneTimeout, seconds{1300});
    EXPECT_EQ(config.candidateRpPeriod, seconds{60});
    EXPECT_EQ(CandidateBsrConfig().priority, 64);
    EXPECT_EQ(CandidateRpConfig().priority, 192);
    EXPECT_EQ(Router6([](auto&) {}), "");
}

TEST(PimRouterConfigTest, JoinPrune)
{
    EXPECT_EQ(Router([](auto& c) { c.joinPrunePeriod = seconds{0}; }), "joinPrunePeriod");
    EXPECT_EQ(Router([](auto& c) { c.joinPrunePeriod = seconds{18724}; }), "");
    EXPECT_EQ(Router([](auto& c) { c.joinPrunePeriod = seconds{18725}; }), "joinPrunePeriod");
    EXPECT_EQ(Router([](auto& c) { c.joinPruneHoldtime = seconds{60}; }), "joinPruneHoldtime");
    EXPECT_EQ(Router([](auto& c) { c.joinPruneHoldtime = seconds{61}; }), "");
    RouterConfig config;
    config.joinPruneHoldtime = seconds{100000};
    EXPECT_EQ(config.JoinPruneHoldtimeToTell(), 0xffff); // for ever
    config.joinPruneHoldtime = milliseconds{90500};
    EXPECT_EQ(config.JoinPruneHoldtimeToTell(), 90);
    config.joinPruneHoldtime.reset();
    config.joinPrunePeriod = seconds{18724};
    EXPECT_EQ(config.JoinPruneHoldtimeToTell(), 65534);
}

TEST(PimRouterConfigTest, Register)
{
    EXPECT_EQ(Router([](auto& c) { c.keepalivePeriod = seconds{0}; }), "keepalivePeriod");
    EXPECT_EQ(Router([](auto& c) { c.registerSuppressionTime = seconds{0}; }), "registerSuppressionTime");
    EXPECT_EQ(Router([](auto& c) { c.registerProbeTime = seconds{30}; }), "registerProbeTime");
    EXPECT_EQ(Router([](auto& c) { c.registerProbeTime = seconds{29}; }), "");
    EXPECT_EQ(Router([](auto& c) { c.registerProbeTime = seconds{0}; }), "registerProbeTime");
    const auto source = [](const char* address) { return Router([=](auto& c) { c.registerSource = Ip(address); }); };
    EXPECT_EQ(source("10.0.0.1"), "");
    EXPECT_EQ(source("224.0.0.1"), "registerSource");
    EXPECT_EQ(source("2001:db8::1"), "registerSource");
    EXPECT_EQ(Router6([](auto& c) { c.registerSource = Ip("fe80::1"); }), "registerSource");
    EXPECT_EQ(Router6([](auto& c) { c.registerSource = Ip("2001:db8::1"); }), "");
}

TEST(PimRouterConfigTest, Assert)
{
    EXPECT_EQ(Router([](auto& c) { c.assertTime = seconds{0}; }), "assertTime");
    EXPECT_EQ(Router([](auto& c) { c.assertTime = seconds{3}; }), "assertOverrideInterval");
    EXPECT_EQ(Router([](auto& c) { c.assertOverrideInterval = seconds{0}; }), "assertOverrideInterval");
    EXPECT_EQ(Router([](auto& c) { c.assertTime = seconds{4}; }), "");
}

TEST(PimRouterConfigTest, SptSwitchover)
{
    const auto with = [](SptSwitchover::When when, std::uint64_t rate) {
        return Router([=](auto& c) { c.sptSwitchover = {when, rate}; });
    };
    EXPECT_EQ(with(SptSwitchover::When::Never, 0), "");
    EXPECT_EQ(with(SptSwitchover::When::AtRate, 0), "sptSwitchover");
    EXPECT_EQ(with(SptSwitchover::When::AtRate, 1), "");
}

TEST(PimRouterConfigTest, SourceSpecificRange)
{
    const auto with = [](const char* range, Family family = Family::Ipv4) {
        return Router([=](auto& c) { c.ssmRange = Range(range); }, family);
    };
    EXPECT_EQ(with("239.232.0.0/16"), "");
    EXPECT_EQ(with("0.0.0.0/0"), ""); // none
    EXPECT_EQ(with("10.0.0.0/8"), "ssmRange");
    EXPECT_EQ(with("224.0.0.0/3"), "ssmRange");
    EXPECT_EQ(with("ff3e::/32"), "ssmRange");
    EXPECT_EQ(with("ff3e::/32", Family::Ipv6), "");

    RouterConfig config;
    EXPECT_TRUE(config.IsSsm(Ip("232.255.0.1")));
    EXPECT_FALSE(config.IsSsm(Ip("233.0.0.1")));
    EXPECT_FALSE(config.IsSsm(Ip("ff3e::1")));
    config.ssmRange = Range("239.232.0.0/16");
    EXPECT_TRUE(config.IsSsm(Ip("239.232.1.1")));
    EXPECT_FALSE(config.IsSsm(Ip("232.255.0.1")));
    config.ssmRange = Range("0.0.0.0/0");
    EXPECT_FALSE(config.IsSsm(Ip("232.255.0.1")));
    config = {};
    config.family = Family::Ipv6;
    EXPECT_TRUE(config.IsSsm(Ip("ff3e::1")));
    EXPECT_TRUE(config.IsSsm(Ip("ff35::1")));
    EXPECT_FALSE(config.IsSsm(Ip("ff3e:1::1")));
    EXPECT_FALSE(config.IsSsm(Ip("ff1e::1")));
    config.ssmRange = Range("ff3e:7::/32"); // of every scope
    EXPECT_TRUE(config.IsSsm(Ip("ff38:7::1")));
}

TEST(PimRouterConfigTest, StaticRps)
{
    const auto with = [](const char* rp, const char* range, Family family = Family::Ipv4) {
        return Router([=](auto& c) { c.staticRps = {{Ip(rp), Range(range), false}}; }, family);
    };
    EXPECT_EQ(with("10.0.0.1", "224.0.0.0/4"), "");
    EXPECT_EQ(with("10.0.0.1", "239.1.1.1/32"), "");
    EXPECT_EQ(with("10.0.0.1", "224.0.0.0/3"), "staticRps");
    EXPECT_EQ(with("10.0.0.1", "10.0.0.0/8"), "staticRps");
    EXPECT_EQ(with("10.0.0.1", "ff00::/8"), "staticRps");
    EXPECT_EQ(with("0.0.0.0", "224.0.0.0/4"), "staticRps");
    EXPECT_EQ(with("239.0.0.1", "224.0.0.0/4"), "staticRps");
    EXPECT_EQ(with("2001:db8::1", "224.0.0.0/4"), "staticRps");
    EXPECT_EQ(with("2001:db8::1", "ff00::/8", Family::Ipv6), "");
    EXPECT_EQ(with("2001:db8::1", "ff00::/7", Family::Ipv6), "staticRps");
    EXPECT_EQ(with("fe80::1", "ff00::/8", Family::Ipv6), "staticRps");
}

TEST(PimRouterConfigTest, BootstrapTimers) // RFC 5059 5: BS_Timeout above BS_Period, SZ_Timeout above BS_Timeout
{
    EXPECT_EQ(Router([](auto& c) { c.bootstrapPeriod = seconds{0}; }), "bootstrapPeriod");
    EXPECT_EQ(Router([](auto& c) { c.bootstrapMinInterval = seconds{0}; }), "bootstrapMinInterval");
    EXPECT_EQ(Router([](auto& c) { c.bootstrapMinInterval = seconds{61}; }), "bootstrapMinInterval");
    EXPECT_EQ(Router([](auto& c) { c.bootstrapTimeout = seconds{60}; }), "bootstrapTimeout");
    EXPECT_EQ(Router([](auto& c) { c.bootstrapTimeout = seconds{61}; }), "");
    EXPECT_EQ(Router([](auto& c) { c.scopeZoneTimeout = seconds{130}; }), "scopeZoneTimeout");
    EXPECT_EQ(Router([](auto& c) { c.scopeZoneTimeout = seconds{131}; }), "");
    EXPECT_EQ(Router([](auto& c) { c.candidateRpPeriod = seconds{0}; }), "candidateRpPeriod");
    EXPECT_EQ(Router([](auto& c) { c.candidateRpPeriod = seconds{26215}; }), "candidateRpPeriod");
    RouterConfig config;
    config.bootstrapPeriod = seconds{20};
    EXPECT_EQ(config.BootstrapTimeout(), seconds{50});
}

TEST(PimRouterConfigTest, CandidateBsr)
{
    const auto with = [](const std::function<void(CandidateBsrConfig&)>& change, Family family = Family::Ipv4) {
        return Router(
            [&](auto& c) {
                c.candidateBsr.emplace();
                change(*c.candidateBsr);
            },
            family);
    };
    EXPECT_EQ(with([](auto&) {}), "");
    EXPECT_EQ(with([](auto& c) { c.address = Ip("10.0.0.1"); }), "");
    EXPECT_EQ(with([](auto& c) { c.address = Ip("2001:db8::1"); }), "candidateBsr");
    EXPECT_EQ(with([](auto& c) { c.address = Ip("fe80::1"); }, Family::Ipv6), "candidateBsr");
    EXPECT_EQ(with([](auto& c) { c.hashMaskLength = 32; }), "");
    EXPECT_EQ(with([](auto& c) { c.hashMaskLength = 33; }), "candidateBsr");
    EXPECT_EQ(with([](auto& c) { c.hashMaskLength = 128; }, Family::Ipv6), "");
    EXPECT_EQ(with([](auto& c) { c.hashMaskLength = 129; }, Family::Ipv6), "candidateBsr");
    EXPECT_EQ(with([](auto& c) { c.zone = Range("239.0.0.0/8"); }), "");
    EXPECT_EQ(with([](auto& c) { c.zone = Range("10.0.0.0/8"); }), "candidateBsr");
    EXPECT_EQ(with([](auto& c) { c.zone = Range("224.0.0.0/24"); }), "candidateBsr");
    EXPECT_EQ(with([](auto& c) { c.zone = Range("ff05::/16"); }, Family::Ipv6), "");
    EXPECT_EQ(with([](auto& c) { c.zone = Range("ff00::/15"); }, Family::Ipv6), "candidateBsr"); // RFC 5059 3.1
    EXPECT_EQ(Router([](auto& c) {
                  c.candidateBsr.emplace();
                  c.bootstrap = false;
              }),
              "candidateBsr");
}

TEST(PimRouterConfigTest, CandidateRps)
{
    const auto with = [](const std::function<void(CandidateRpConfig&)>& change) {
        return Router([&](auto& c) { change(c.candidateRps.emplace_back()); });
    };
    EXPECT_EQ(with([](auto&) {}), "");
    EXPECT_EQ(with([](auto& c) { c.address = Ip("255.255.255.255"); }), "candidateRps");
    EXPECT_EQ(with([](auto& c) { c.groups = {Range("239.0.0.0/8")}; }), "");
    EXPECT_EQ(with([](auto& c) { c.groups = {Range("239.0.0.0/8"), Range("192.0.0.0/8")}; }), "candidateRps");
    EXPECT_EQ(with([](auto& c) { c.holdtime = seconds{60}; }), "candidateRps");
    EXPECT_EQ(with([](auto& c) { c.holdtime = seconds{61}; }), "");
    EXPECT_EQ(with([](auto& c) { c.holdtime = seconds{65536}; }), "candidateRps");
    EXPECT_EQ(Router([](auto& c) {
                  c.candidateRps.emplace_back();
                  c.bootstrap = false;
              }),
              "candidateRps");
}

TEST(PimRouterConfigTest, Limits)
{
    EXPECT_EQ(Router([](auto& c) { c.maxStates = 0; }), "maxStates");
    EXPECT_EQ(Router([](auto& c) { c.maxStatesPerNeighbor = 0; }), "maxStatesPerNeighbor");
    EXPECT_EQ(Router([](auto& c) { c.maxRps = 0; }), ""); // takes none from a BSR
}

TEST(PimInterfaceConfigTest, Values) // RFC 7761 4.11, 4.9.2
{
    const auto with = [](const std::function<void(InterfaceConfig&)>& change) {
        InterfaceConfig config;
        change(config);
        return Outcome(config);
    };
    EXPECT_EQ(with([](auto&) {}), "");
    EXPECT_EQ(with([](auto& c) { c.helloPeriod = milliseconds{999}; }), "helloPeriod");
    EXPECT_EQ(with([](auto& c) { c.helloPeriod = seconds{18725}; }), "helloPeriod");
    EXPECT_EQ(with([](auto& c) { c.helloHoldtime = seconds{29}; }), "helloHoldtime");
    EXPECT_EQ(with([](auto& c) { c.triggeredHelloDelay = seconds{0}; }), "triggeredHelloDelay");
    EXPECT_EQ(with([](auto& c) { c.propagationDelay = milliseconds{32768}; }), "propagationDelay");
    EXPECT_EQ(with([](auto& c) { c.overrideInterval = milliseconds{65536}; }), "overrideInterval");
    EXPECT_EQ(with([](auto& c) { c.maxNeighbors = 0; }), "maxNeighbors");
    EXPECT_EQ(InterfaceConfig().HoldtimeToTell(), 105);
}

} // namespace
} // namespace mcast::pim
