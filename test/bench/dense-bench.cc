// SPDX-License-Identifier: GPL-2.0-only
// What dense mode costs in the core alone: sources and groups that are flooded for the first time, a storm of Prunes for
// all of them, State Refreshes taken in and passed on, and the heap of an (S,G). Prunes come as many as an MTU holds; the
// forwarding plane is told of each (S,G) by one packet, and a State Refresh is a message of its own, as the RFC has it.

#include "router.h"
#include "wire/pim.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <vector>

namespace
{

using namespace mcast;
using std::chrono::seconds;

constexpr InterfaceId UP{1};
constexpr InterfaceId DOWN{2};
constexpr std::size_t ROOM = 1480; // octets of a message
constexpr std::uint32_t SOURCES = 250;

const Address UPSTREAM = Address::Ipv4(10, 0, 0, 2);
const Address DOWNSTREAM = Address::Ipv4(10, 1, 0, 2);

class Routes final : public RouteTable
{
  public:
    std::optional<Result> Lookup(const Address&) const override
    {
        return Result{UP, UPSTREAM, 20, 110};
    }
};

Address
Group(std::uint32_t number)
{
    return Address::Ipv4(0xef000000u + number);
}

Address
Source(std::uint32_t number)
{
    return Address::Ipv4(0x0a070000u + number % SOURCES);
}

PacketMeta
From(const Address& neighbor)
{
    return {neighbor, pim::AllRouters(Family::Ipv4), pim::PROTOCOL, 1, TOS_INTERNETWORK_CONTROL, false};
}

/// What a router said.
struct Said
{
    std::size_t prunes = 0; ///< Join/Prune messages upstream
    std::size_t refreshes = 0;
    std::size_t entries = 0; ///< of the forwarding plane, made or changed
};

Said
Drain(Router& router)
{
    Said said;
    while (const auto transmit = router.PollTransmit())
    {
        const auto type = transmit->payload[0] & 0x0f;
        said.prunes += transmit->interface == UP && type == 3 ? 1u : 0u;
        said.refreshes += transmit->interface == DOWN && type == 9 ? 1u : 0u;
    }
    while (router.PollForwarding())
    {
        ++said.entries;
    }
    while (router.PollEvent())
    {
    }
    return said;
}

void
Greet(Router& router, InterfaceId interface, const Address& neighbor)
{
    pim::Hello hello;
    hello.holdtime = pim::HOLDTIME_FOREVER;
    hello.generationId = 1;
    hello.stateRefreshInterval = 60;
    router.HandlePacket(interface, From(neighbor), pim::Write(From(neighbor), hello));
}

std::unique_ptr<Router>
MakeRouter(const Routes& routes)
{
    auto router = std::make_unique<Router>(RouterOptions{}, &routes);
    RouterInterfaceConfig config;
    config.membership = false;
    config.pim.emplace();
    config.pim->mode = pim::Mode::Dense;
    (void)router->Configure(UP, config);
    (void)router->Configure(DOWN, config);
    (void)router->Configure(pim::RouterConfig{});
    router->HandleInterface({UP, "up", true, 1500, {{Address::Ipv4(10, 0, 0, 1), 24}}});
    router->HandleInterface({DOWN, "down", true, 1500, {{Address::Ipv4(10, 1, 0, 1), 24}}});
    Greet(*router, UP, UPSTREAM);
    Greet(*router, DOWN, DOWNSTREAM);
    router->AdvanceTo(TimePoint{seconds{10}});
    Drain(*router);
    return router;
}

// The first packet of each.
Said
Flood(Router& router, std::uint32_t count)
{
    for (std::uint32_t i = 0; i < count; ++i)
    {
        router.HandleUpcall({Upcall::Kind::NoCache, UP, Source(i), Group(i), {}, 16});
    }
    return Drain(router);
}

std::vector<Bytes>
MakePrunes(std::uint32_t count)
{
    const auto each =
        (ROOM - pim::JoinPruneSize(Family::Ipv4)) / (pim::GroupSetSize(Family::Ipv4) + pim::SourceSize(Family::Ipv4));
    std::vector<Bytes> packets;
    pim::JoinPrune message;
    message.upstream = Address::Ipv4(10, 1, 0, 1);
    message.holdtime = 210;
    for (std::uint32_t i = 0; i < count; ++i)
    {
        pim::GroupSet set;
        set.group.group = Prefix{Group(i), 32};
        set.prunes = {pim::EncodedSource{Source(i), false, false, true}};
        message.groups.push_back(set);
        if (message.groups.size() == each || i + 1 == count)
        {
            packets.push_back(pim::Write(From(DOWNSTREAM), message));
            message.groups.clear();
        }
    }
    return packets;
}

std::vector<Bytes>
MakeRefreshes(std::uint32_t count)
{
    std::vector<Bytes> packets;
    for (std::uint32_t i = 0; i < count; ++i)
    {
        pim::StateRefresh message;
        message.group = Group(i);
        message.source = Source(i);
        message.originator = Address::Ipv4(10, 7, 0, 1);
        message.preference = 110;
        message.metric = 10;
        message.ttl = 64;
        message.interval = 60;
        packets.push_back(pim::Write(From(UPSTREAM), message));
    }
    return packets;
}

Said
Feed(Router& router, InterfaceId interface, const Address& from, const std::vector<Bytes>& packets)
{
    for (const auto& packet : packets)
    {
        router.HandlePacket(interface, From(from), packet);
    }
    return Drain(router);
}

bool
Has(const Router& router, std::size_t count)
{
    return router.PimTreeCounts().dense == count && router.ForwardingEntryCount() == count;
}

void
DenseFlood(benchmark::State& state)
{
    const auto count = static_cast<std::uint32_t>(state.range(0));
    double bytes = 0;
    for (auto _ : state)
    {
        state.PauseTiming();
        const Routes routes;
        auto router = MakeRouter(routes);
        const auto before = mallinfo2().uordblks;
        state.ResumeTiming();
        const auto said = Flood(*router, count);
        state.PauseTiming();
        bytes = static_cast<double>(mallinfo2().uordblks - before) / count;
        if (!Has(*router, count) || said.entries != count)
        {
            state.SkipWithError("some are not flooded");
        }
        router.reset();
        state.ResumeTiming();
    }
    state.counters["bytes_per_sg"] = bytes;
    state.SetItemsProcessed(state.iterations() * count);
}

// The only neighbour wants none of it: entries close, and all is pruned upstream.
void
DensePrune(benchmark::State& state)
{
    const auto count = static_cast<std::uint32_t>(state.range(0));
    const auto packets = MakePrunes(count);
    double bytes = 0;
    Said said;
    for (auto _ : state)
    {
        state.PauseTiming();
        const Routes routes;
        auto router = MakeRouter(routes);
        const auto before = mallinfo2().uordblks;
        Flood(*router, count);
        state.ResumeTiming();
        said = Feed(*router, DOWN, DOWNSTREAM, packets);
        state.PauseTiming();
        bytes = static_cast<double>(mallinfo2().uordblks - before) / count;
        if (!Has(*router, count) || said.entries != count || said.prunes == 0)
        {
            state.SkipWithError("some are not pruned");
        }
        router.reset();
        state.ResumeTiming();
    }
    state.counters["bytes_per_sg"] = bytes;
    state.counters["messages"] = static_cast<double>(said.prunes);
    state.SetItemsProcessed(state.iterations() * count);
}

// A round of State Refreshes for what is pruned: each is taken in, keeps the prune, and goes on to the neighbour.
void
DenseRefresh(benchmark::State& state)
{
    const auto count = static_cast<std::uint32_t>(state.range(0));
    const Routes routes;
    auto router = MakeRouter(routes);
    Flood(*router, count);
    Feed(*router, DOWN, DOWNSTREAM, MakePrunes(count));
    const auto packets = MakeRefreshes(count);
    auto now = router->Now();
    for (auto _ : state)
    {
        state.PauseTiming();
        now += seconds{60};
        router->AdvanceTo(now);
        Drain(*router);
        state.ResumeTiming();
        const auto said = Feed(*router, UP, UPSTREAM, packets);
        if (said.refreshes != count || said.entries != 0)
        {
            state.SkipWithError("State Refreshes were not passed on, or prunes not kept");
        }
    }
    state.SetItemsProcessed(state.iterations() * count);
}

BENCHMARK(DenseFlood)->ArgName("sg")->Arg(10000)->Arg(100000);
BENCHMARK(DensePrune)->ArgName("sg")->Arg(10000)->Arg(100000);
BENCHMARK(DenseRefresh)->ArgName("sg")->Arg(10000)->Arg(100000);

} // namespace
