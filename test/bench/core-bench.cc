// SPDX-License-Identifier: GPL-2.0-only
// What group membership costs in the core alone: IGMPv3 and MLDv2 reports taken in, for the first time and again, and the
// heap that a group occupies. Packets hold one record each, as hosts on a LAN send them, or as many as an MTU holds.

#include "gm/protocol.h"
#include "router.h"
#include "wire/packet.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <vector>

namespace
{

using namespace mcast;

constexpr InterfaceId LAN{1};
// A family, the router's address and a host's, and where numbering of groups begins.
struct Setting
{
    const gm::Protocol& protocol;
    InterfaceAddress router;
    Address host;
    Address firstGroup;

    PacketMeta Meta() const
    {
        return {host, protocol.reportDestination, protocol.ipProtocol, 1, protocol.tos, true};
    }

    Address Group(std::uint32_t number) const
    {
        auto octets = firstGroup.Octets();
        for (std::size_t i = 15; number > 0; --i, number >>= 8)
        {
            octets[i] = static_cast<std::uint8_t>(number);
        }
        return Address::Ipv6(octets);
    }
};

const Setting&
SettingOf(std::int64_t version)
{
    static const Setting ipv4{gm::ProtocolOf(Family::Ipv4),
                              {Address::Ipv4(10, 1, 0, 1), 24},
                              Address::Ipv4(10, 1, 0, 2),
                              Address::Ipv4(239, 0, 0, 0)};
    static const Setting ipv6{gm::ProtocolOf(Family::Ipv6),
                              {*Address::Parse("fe80::1"), 64},
                              *Address::Parse("fe80::2"),
                              *Address::Parse("ff1e::")};
    return version == 4 ? ipv4 : ipv6;
}

std::unique_ptr<Router>
MakeRouter(const Setting& setting)
{
    auto router = std::make_unique<Router>(RouterOptions{});
    RouterInterfaceConfig config;
    config.gm.family = setting.protocol.family;
    config.gm.maxGroups = 1000000;
    (void)router->Configure(LAN, config);
    router->HandleInterface({LAN, "lan", true, 1500, {setting.router}});
    return router;
}

// Reports of groups in a row, `each` records a packet.
std::vector<Bytes>
MakeReports(const Setting& setting, std::uint32_t groups, RecordType type, std::uint32_t each)
{
    std::vector<Bytes> packets;
    Report report;
    for (std::uint32_t i = 0; i < groups; ++i)
    {
        report.records.push_back({type, setting.Group(i), {}});
        if (report.records.size() == each || i + 1 == groups)
        {
            packets.push_back(setting.protocol.write(setting.Meta(), report));
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
Feed(Router& router, const PacketMeta& meta, const std::vector<Bytes>& packets)
{
    for (const auto& packet : packets)
    {
        router.HandlePacket(LAN, meta, packet);
        Drain(router);
    }
}

void
Join(benchmark::State& state)
{
    const auto groups = static_cast<std::uint32_t>(state.range(0));
    const auto& setting = SettingOf(state.range(2));
    const auto packets = MakeReports(setting, groups, RecordType::ToEx, static_cast<std::uint32_t>(state.range(1)));
    double bytes = 0;
    for (auto _ : state)
    {
        state.PauseTiming();
        auto router = MakeRouter(setting);
        Drain(*router);
        const auto before = mallinfo2().uordblks;
        state.ResumeTiming();
        Feed(*router, setting.Meta(), packets);
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
    const auto& setting = SettingOf(state.range(2));
    auto router = MakeRouter(setting);
    Feed(*router, setting.Meta(), MakeReports(setting, groups, RecordType::ToEx, each));
    const auto packets = MakeReports(setting, groups, RecordType::IsEx, each);
    auto now = router->Now();
    for (auto _ : state)
    {
        now += std::chrono::seconds{100}; // below the Group Membership Interval: nothing expires
        router->AdvanceTo(now);
        Feed(*router, setting.Meta(), packets);
    }
    if (router->GroupCount() != groups)
    {
        state.SkipWithError("groups are missing");
    }
    state.SetItemsProcessed(state.iterations() * groups);
}

// As many records as an Ethernet frame holds: 180 of IGMPv3, 72 of MLDv2.
void
Sizes(benchmark::internal::Benchmark* benchmark)
{
    benchmark->ArgNames({"groups", "records", "ip"});
    benchmark->ArgsProduct({{1000, 10000, 100000}, {1, 180}, {4}});
    benchmark->ArgsProduct({{1000, 10000, 100000}, {1, 72}, {6}});
}

BENCHMARK(Join)->Apply(Sizes);
BENCHMARK(Refresh)->Apply(Sizes);

} // namespace

BENCHMARK_MAIN();
