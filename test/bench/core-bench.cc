// SPDX-License-Identifier: GPL-2.0-only
// What group membership costs in the core alone: IGMPv3 reports taken in, for the first time and again, and the heap
// that a group occupies. Packets hold one record each, as hosts on a LAN send them, or as many as an MTU holds.

#include "router.h"
#include "wire/igmp.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <vector>

namespace
{

using namespace mcast;

constexpr InterfaceId LAN{1};
constexpr PacketMeta META{
    Address::Ipv4(10, 1, 0, 2), Address::Ipv4(224, 0, 0, 22), PROTOCOL_IGMP, 1, TOS_INTERNETWORK_CONTROL, true};

std::unique_ptr<Router>
MakeRouter()
{
    auto router = std::make_unique<Router>(RouterOptions{});
    RouterInterfaceConfig config;
    config.gm.maxGroups = 1000000;
    (void)router->Configure(LAN, config);
    router->HandleInterface({LAN, "lan", true, 1500, {{Address::Ipv4(10, 1, 0, 1), 24}}});
    return router;
}

// Reports of groups 239.0.0.0 and on, `each` records a packet.
std::vector<Bytes>
MakeReports(std::uint32_t groups, RecordType type, std::uint32_t each)
{
    std::vector<Bytes> packets;
    Report report;
    for (std::uint32_t i = 0; i < groups; ++i)
    {
        report.records.push_back({type, Address::Ipv4(0xef000000 + i), {}});
        if (report.records.size() == each || i + 1 == groups)
        {
            packets.push_back(WriteIgmp(report));
            report.records.clear();
        }
    }
    return packets;
}

void
Drain(Router& router)
{
    while (router.PollTransmit() || router.PollForwarding() || router.PollEvent())
    {
    }
}

void
Feed(Router& router, const std::vector<Bytes>& packets)
{
    for (const auto& packet : packets)
    {
        router.HandlePacket(LAN, META, packet);
        Drain(router);
    }
}

void
Join(benchmark::State& state)
{
    const auto groups = static_cast<std::uint32_t>(state.range(0));
    const auto packets = MakeReports(groups, RecordType::ToEx, static_cast<std::uint32_t>(state.range(1)));
    double bytes = 0;
    for (auto _ : state)
    {
        state.PauseTiming();
        auto router = MakeRouter();
        Drain(*router);
        const auto before = mallinfo2().uordblks;
        state.ResumeTiming();
        Feed(*router, packets);
        state.PauseTiming();
        bytes = static_cast<double>(mallinfo2().uordblks - before) / groups;
        if (router->GroupCount() != groups)
        {
            state.SkipWithError("groups are missing");
        }
        router.reset();
        state.ResumeTiming();
    }
    state.counters["bytes_per_group"] = bytes;
    state.SetItemsProcessed(state.iterations() * groups);
}

void
Refresh(benchmark::State& state)
{
    const auto groups = static_cast<std::uint32_t>(state.range(0));
    const auto each = static_cast<std::uint32_t>(state.range(1));
    auto router = MakeRouter();
    Feed(*router, MakeReports(groups, RecordType::ToEx, each));
    const auto packets = MakeReports(groups, RecordType::IsEx, each);
    auto now = router->Now();
    for (auto _ : state)
    {
        now += std::chrono::seconds{100}; // below the Group Membership Interval: nothing expires
        router->AdvanceTo(now);
        Feed(*router, packets);
    }
    if (router->GroupCount() != groups)
    {
        state.SkipWithError("groups are missing");
    }
    state.SetItemsProcessed(state.iterations() * groups);
}

BENCHMARK(Join)->ArgsProduct({{1000, 10000, 100000}, {1, 180}})->ArgNames({"groups", "records"});
BENCHMARK(Refresh)->ArgsProduct({{1000, 10000, 100000}, {1, 180}})->ArgNames({"groups", "records"});

} // namespace

BENCHMARK_MAIN();
