// SPDX-License-Identifier: GPL-2.0-only

#include "route-mirror.h"

#include <gtest/gtest.h>

namespace mcast::linux_host
{
namespace
{

constexpr std::uint32_t LOCAL = 255;
constexpr std::uint32_t MAIN = 254;
const std::vector<std::uint32_t> TABLES{LOCAL, MAIN};

Address
At(const char* text)
{
    return *Address::Parse(text);
}

RouteHop
Hop(std::uint32_t interface, const char* nextHop)
{
    return {InterfaceId{interface}, At(nextHop)};
}

RouteUpdate
Via(const char* prefix, std::vector<RouteHop> hops, std::uint32_t metric = 0)
{
    return {MAIN, *Prefix::Parse(prefix), {RouteKind::Unicast, metric, 4, std::move(hops)}, false, false};
}

RouteUpdate
Gone(RouteUpdate update)
{
    update.remove = true;
    return update;
}

/// The interface by which a packet to the address would go; 0 if by none.
std::uint32_t
WayTo(const RouteMirror& mirror, const char* destination)
{
    const auto* const route = mirror.Find(At(destination), TABLES);
    const auto hop = route != nullptr ? route->Choose() : std::nullopt;
    return hop ? hop->interface.value : 0;
}

TEST(RouteMirror, PrefersTheLongestMatch)
{
    RouteMirror mirror;
    mirror.Apply(Via("0.0.0.0/0", {Hop(1, "10.0.0.1")}));
    mirror.Apply(Via("10.1.0.0/16", {Hop(2, "10.0.0.2")}));
    mirror.Apply(Via("10.1.2.0/24", {Hop(3, "10.0.0.3")}));
    EXPECT_EQ(WayTo(mirror, "10.1.2.9"), 3U);
    EXPECT_EQ(WayTo(mirror, "10.1.3.9"), 2U);
    EXPECT_EQ(WayTo(mirror, "192.0.2.1"), 1U);
    mirror.Apply(Gone(Via("10.1.2.0/24", {Hop(3, "10.0.0.3")})));
    EXPECT_EQ(WayTo(mirror, "10.1.2.9"), 2U);
    mirror.Apply(Gone(Via("0.0.0.0/0", {Hop(1, "10.0.0.1")})));
    EXPECT_EQ(WayTo(mirror, "192.0.2.1"), 0U);
    EXPECT_EQ(mirror.Size(), 1U);
}

TEST(RouteMirror, PrefersTheSmallerMetricAndFallsBackToTheOther)
{
    RouteMirror mirror;
    mirror.Apply(Via("10.1.0.0/16", {Hop(1, "10.0.0.1")}, 200));
    mirror.Apply(Via("10.1.0.0/16", {Hop(2, "10.0.0.2")}, 100));
    EXPECT_EQ(WayTo(mirror, "10.1.0.9"), 2U);
    mirror.Apply(Gone(Via("10.1.0.0/16", {Hop(2, "10.0.0.2")}, 100)));
    EXPECT_EQ(WayTo(mirror, "10.1.0.9"), 1U);
}

TEST(RouteMirror, ReplacesTheRouteOfTheSameMetric)
{
    RouteMirror mirror;
    mirror.Apply(Via("10.1.0.0/16", {Hop(1, "10.0.0.1")}, 5));
    auto change = Via("10.1.0.0/16", {Hop(2, "10.0.0.2")}, 5);
    change.replace = true;
    mirror.Apply(change);
    EXPECT_EQ(WayTo(mirror, "10.1.0.9"), 2U);
    EXPECT_EQ(mirror.Size(), 1U);
}

TEST(RouteMirror, ChoosesTheGreatestNextHopWhateverTheOrder)
{
    RouteMirror mirror;
    mirror.Apply(Via("2001:db8::/32", {Hop(1, "fe80::1")}, 1024));
    // IPv6: a way more is told with all ways of the route.
    mirror.Apply(Via("2001:db8::/32", {Hop(1, "fe80::1"), Hop(3, "fe80::9"), Hop(2, "fe80::5")}, 1024));
    EXPECT_EQ(mirror.Size(), 1U);
    EXPECT_EQ(WayTo(mirror, "2001:db8::7"), 3U);
    mirror.Apply(Gone(Via("2001:db8::/32", {Hop(3, "fe80::9")}, 1024)));
    EXPECT_EQ(WayTo(mirror, "2001:db8::7"), 2U) << "and a way less alone";
    mirror.Apply(Gone(Via("2001:db8::/32", {Hop(1, "fe80::1"), Hop(2, "fe80::5")}, 1024)));
    EXPECT_EQ(mirror.Size(), 0U);
}

TEST(RouteMirror, AsksTheTablesInOrderAndPassesThrowOn)
{
    RouteMirror mirror;
    mirror.Apply({LOCAL, *Prefix::Parse("10.1.0.1/32"), {RouteKind::Local, 0, 2, {Hop(1, "0.0.0.0")}}, false, false});
    mirror.Apply({LOCAL, *Prefix::Parse("10.9.0.0/16"), {RouteKind::Throw, 0, 4, {}}, false, false});
    mirror.Apply(Via("10.0.0.0/8", {Hop(2, "10.0.0.2")}));
    EXPECT_EQ(mirror.Find(At("10.1.0.1"), TABLES)->kind, RouteKind::Local);
    EXPECT_EQ(WayTo(mirror, "10.9.0.1"), 2U);
    EXPECT_EQ(mirror.Find(At("11.0.0.1"), TABLES), nullptr);
}

TEST(RouteMirror, StopsAtWhatIsRefused)
{
    RouteMirror mirror;
    mirror.Apply(Via("0.0.0.0/0", {Hop(2, "10.0.0.2")}));
    const RouteUpdate blackhole{MAIN, *Prefix::Parse("10.0.0.0/8"), {RouteKind::Refused, 0, 4, {}}, false, false};
    mirror.Apply(blackhole);
    mirror.Apply(blackhole);
    EXPECT_EQ(mirror.Find(At("10.1.1.1"), TABLES)->kind, RouteKind::Refused);
    EXPECT_EQ(mirror.Size(), 2U) << "told twice, there once";
    mirror.Apply(Gone(blackhole));
    EXPECT_EQ(WayTo(mirror, "10.1.1.1"), 2U);
}

TEST(RouteMirror, PassesOverRoutesWhoseWaysAreDead)
{
    RouteMirror mirror;
    mirror.Apply(Via("10.0.0.0/8", {Hop(2, "10.0.0.2")}));
    mirror.Apply(Via("10.1.0.0/16", {}));
    EXPECT_EQ(WayTo(mirror, "10.1.0.1"), 2U);
    mirror.Clear();
    EXPECT_EQ(mirror.Size(), 0U);
}

} // namespace
} // namespace mcast::linux_host
