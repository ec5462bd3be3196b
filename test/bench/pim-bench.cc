// SPDX-License-Identifier: GPL-2.0-only
// What PIM's trees cost in the core alone: Joins of a downstream neighbour taken in, for the first time and again, with all
// that goes upstream for them; the heap of a tree; another way to the root of many trees. Messages hold one source for
// each group, as many as an MTU holds. With few roots there are 250 sources for all groups, else each tree has its own.

#include "router.h"
#include "wire/pim.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <vector>

namespace
{

using namespace mcast;

constexpr InterfaceId UP{1};
constexpr InterfaceId DOWN{2};
constexpr std::size_t ROOM = 1480; // octets of a message

enum Trees
{
    OF_SOURCES,
    OF_GROUPS,
    OF_OWN_SOURCES, // each tree has a root of its own
};

const Address RP = Address::Ipv4(10, 8, 0, 1);

// All roots behind one neighbour, or another.
class Routes final : public RouteTable
{
  public:
    std::optional<Result> Lookup(const Address&) const override
    {
        return Result{UP, nextHop, 20, 110};
    }

    Address nextHop = Address::Ipv4(10, 0, 0, 2);
};

PacketMeta
From(const Address& neighbor)
{
    return {neighbor, pim::AllRouters(Family::Ipv4), pim::PROTOCOL, 1, TOS_INTERNETWORK_CONTROL, false};
}

void
Greet(Router& router, InterfaceId interface, const Address& neighbor)
{
    pim::Hello hello;
    hello.holdtime = pim::HOLDTIME_FOREVER;
    hello.generationId = 1;
    router.HandlePacket(interface, From(neighbor), pim::Write(From(neighbor), hello));
}

std::size_t
Drain(Router& router)
{
    std::size_t messages = 0;
    while (const auto transmit = router.PollTransmit())
    {
        messages += transmit->interface == UP && transmit->payload[0] == 0x23 ? 1u : 0u;
    }
    while (router.PollForwarding() || router.PollEvent())
    {
    }
    return messages;
}

std::unique_ptr<Router>
MakeRouter(const Routes& routes)
{
    auto router = std::make_unique<Router>(RouterOptions{}, &routes);
    RouterInterfaceConfig config;
    config.membership = false;
    config.pim.emplace();
    (void)router->Configure(UP, config);
    (void)router->Configure(DOWN, config);
    pim::RouterConfig wide;
    wide.staticRps = {{RP, *Prefix::Parse("224.0.0.0/4"), false}};
    (void)router->Configure(wide);
    router->HandleInterface({UP, "up", true, 1500, {{Address::Ipv4(10, 0, 0, 1), 24}}});
    router->HandleInterface({DOWN, "down", true, 1500, {{Address::Ipv4(10, 1, 0, 1), 24}}});
    Greet(*router, UP, Address::Ipv4(10, 0, 0, 2));
    Greet(*router, UP, Address::Ipv4(10, 0, 0, 3));
    Greet(*router, DOWN, Address::Ipv4(10, 1, 0, 2));
    router->AdvanceTo(TimePoint{std::chrono::seconds{10}});
    Drain(*router);
    return router;
}

std::vector<Bytes>
MakeJoins(std::uint32_t count, std::int64_t trees)
{
    const auto from = From(Address::Ipv4(10, 1, 0, 2));
    const auto each =
        (ROOM - pim::JoinPruneSize(Family::Ipv4)) / (pim::GroupSetSize(Family::Ipv4) + pim::SourceSize(Family::Ipv4));
    std::vector<Bytes> packets;
    pim::JoinPrune message;
    message.upstream = Address::Ipv4(10, 1, 0, 1);
    for (std::uint32_t i = 0; i < count; ++i)
    {
        const auto source = 0x0a070000u + (trees == OF_OWN_SOURCES ? i : i % 250);
        pim::GroupSet set;
        set.group.group = Prefix{Address::Ipv4(0xef000000u + i), 32};
        set.joins = {trees == OF_GROUPS ? pim::EncodedSource{RP, true, true, true}
                                        : pim::EncodedSource{Address::Ipv4(source), false, false, true}};
        message.groups.push_back(set);
        if (message.groups.size() == each || i + 1 == count)
        {
            packets.push_back(pim::Write(from, message));
            message.groups.clear();
        }
    }
    return packets;
}

// As the host of a router does: what waits in a socket is handed in, then all is sent.
std::size_t
Feed(Router& router, const std::vector<Bytes>& packets)
{
    const auto from = From(Address::Ipv4(10, 1, 0, 2));
    for (const auto& packet : packets)
    {
        router.HandlePacket(DOWN, from, packet);
    }
    return Drain(router);
}

bool
Has(const Router& router, std::size_t count)
{
    return router.PimTreeCounts().Total() == count;
}

void
PimJoin(benchmark::State& state)
{
    const auto count = static_cast<std::uint32_t>(state.range(0));
    const auto packets = MakeJoins(count, state.range(1));
    double bytes = 0;
    std::size_t messages = 0;
    for (auto _ : state)
    {
        state.PauseTiming();
        Routes routes;
        auto router = MakeRouter(routes);
        const auto before = mallinfo2().uordblks;
        state.ResumeTiming();
        messages = Feed(*router, packets);
        state.PauseTiming();
        bytes = static_cast<double>(mallinfo2().uordblks - before) / count;
        if (!Has(*router, count))
        {
            state.SkipWithError("trees are missing");
        }
        router.reset();
        state.ResumeTiming();
    }
    state.counters["bytes_per_tree"] = bytes;
    state.counters["messages"] = static_cast<double>(messages);
    state.SetItemsProcessed(state.iterations() * count);
}

// A round: the same Joins once more, and our own ones upstream.
void
PimRefresh(benchmark::State& state)
{
    const auto count = static_cast<std::uint32_t>(state.range(0));
    const auto packets = MakeJoins(count, state.range(1));
    Routes routes;
    auto router = MakeRouter(routes);
    Feed(*router, packets);
    auto now = router->Now();
    std::size_t messages = 0;
    for (auto _ : state)
    {
        now += std::chrono::seconds{60};
        while (router->NextDeadline() && *router->NextDeadline() <= now)
        {
            router->AdvanceTo(*router->NextDeadline());
            messages += Drain(*router);
        }
        router->AdvanceTo(now);
        messages += Feed(*router, packets);
    }
    if (!Has(*router, count) || messages == 0)
    {
        state.SkipWithError("trees or their Joins are missing");
    }
    state.SetItemsProcessed(state.iterations() * count);
}

// All roots are behind the other neighbour now.
void
PimRpfChange(benchmark::State& state)
{
    const auto count = static_cast<std::uint32_t>(state.range(0));
    Routes routes;
    auto router = MakeRouter(routes);
    Feed(*router, MakeJoins(count, state.range(1)));
    std::size_t messages = 0;
    for (auto _ : state)
    {
        routes.nextHop = Address::Ipv4(10, 0, 0, routes.nextHop == Address::Ipv4(10, 0, 0, 2) ? 3 : 2);
        router->HandleRouteChange(*Prefix::Parse("0.0.0.0/0"));
        messages += Drain(*router);
    }
    if (!Has(*router, count) || messages == 0)
    {
        state.SkipWithError("trees or their Joins are missing");
    }
    state.SetItemsProcessed(state.iterations() * count);
}

void
Sizes(benchmark::internal::Benchmark* benchmark)
{
    benchmark->ArgNames({"trees", "kind"});
    benchmark->ArgsProduct({{10000, 100000}, {OF_SOURCES, OF_GROUPS, OF_OWN_SOURCES}});
}

BENCHMARK(PimJoin)->Apply(Sizes);
BENCHMARK(PimRefresh)->Apply(Sizes);
BENCHMARK(PimRpfChange)->ArgNames({"trees", "kind"})->ArgsProduct({{10000}, {OF_SOURCES, OF_OWN_SOURCES}});

} // namespace
