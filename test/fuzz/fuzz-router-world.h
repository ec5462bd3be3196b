// SPDX-License-Identifier: GPL-2.0-only
// What surrounds the fuzzed router: three links with neighbours, routes, members' addresses, groups of all modes, and its
// configuration. Which of it there is, the first octet of the input says; which address is meant, the ones that follow.

#ifndef MCAST_TEST_FUZZ_FUZZ_ROUTER_WORLD_H
#define MCAST_TEST_FUZZ_FUZZ_ROUTER_WORLD_H

#include "check.h"
#include "fuzz-input.h"
#include "gm/protocol.h"
#include "router.h"
#include "wire/pim.h"

#include <map>
#include <set>

namespace mcast::fuzz
{

using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr std::size_t MAX_STATES = 40;
inline constexpr std::size_t MAX_STATES_PER_INTERFACE = 15;
inline constexpr std::size_t MAX_NEIGHBORS = 5;
inline constexpr std::size_t MAX_RPS = 6;
inline constexpr std::size_t MAX_ENTRIES = 12;
inline constexpr std::size_t MAX_OPERATIONS = 200;
inline constexpr std::uint32_t N_INTERFACES = 3;

class Routes final : public RouteTable
{
  public:
    std::optional<Result> Lookup(const Address& destination) const override
    {
        const std::pair<const Prefix, Result>* best = nullptr;
        for (const auto& route : table)
        {
            if (route.first.Contains(destination) && (best == nullptr || route.first.Length() >= best->first.Length()))
            {
                best = &route;
            }
        }
        return best == nullptr ? std::nullopt : std::optional(best->second);
    }

    std::map<Prefix, Result> table;
};

inline RouterOptions
Limits(std::uint8_t seed)
{
    RouterOptions options;
    options.seed = seed;
    options.maxGroups = 50;
    options.maxForwardingEntries = MAX_ENTRIES;
    return options;
}

class World
{
  protected:
    explicit World(Input input)
        : m_input(input),
          m_kind(m_input.U8()),
          m_family((m_kind & 1) != 0 ? Family::Ipv6 : Family::Ipv4),
          m_protocol(gm::ProtocolOf(m_family)),
          m_router(Limits(m_kind), &m_routes)
    {
        m_input.SetFamily(m_family);
    }

    ~World() = default;

    /// Are there dense groups?
    bool HasDense() const
    {
        return (m_kind & 0x20) != 0;
    }

    /// And no others?
    bool IsDenseOnly() const
    {
        return (m_kind & 0x30) == 0x30;
    }

    Address DenseGroup() const
    {
        return Ip("239.1.2.4", "ff1e::4");
    }

    Address Ip(const char* ipv4, const char* ipv6) const
    {
        return *Address::Parse(m_family == Family::Ipv4 ? ipv4 : ipv6);
    }

    /// The .number of an interface's link, that of PIM's messages there.
    Address OnLink(std::uint32_t interface, std::uint32_t number) const
    {
        return m_family == Family::Ipv4
                   ? Address::Ipv4(10, static_cast<std::uint8_t>(interface), 0, static_cast<std::uint8_t>(number))
                   : Address::Ipv6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                    static_cast<std::uint8_t>(interface), static_cast<std::uint8_t>(number)});
    }

    Address Global(std::uint32_t interface, std::uint32_t number) const
    {
        return m_family == Family::Ipv4 ? OnLink(interface, number)
                                        : Address::Ipv6({0x20, 1, 0xd, 0xb8, 0, static_cast<std::uint8_t>(interface), 0,
                                                         0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(number)});
    }

    Address Rp() const
    {
        return (m_kind & 4) != 0 ? Global(1, 5) : Ip("10.8.0.1", "2001:db8:8::1");
    }

    Address Group()
    {
        static const char* const ipv4[]{"239.1.2.3", "239.1.2.4", "239.1.2.5", "232.1.2.3",
                                        "238.0.0.1", "224.0.0.5", "10.0.0.1"};
        static const char* const ipv6[]{"ff1e::3", "ff1e::4", "ff1e::5", "ff3e::8000:1", "ff7e:140:2001:db8:8::1",
                                        "ff02::9", "::1"};
        const auto which = m_input.U8() % 8;
        return which == 7 ? m_input.Group() : Ip(ipv4[which], ipv6[which]);
    }

    Address Source()
    {
        const auto which = m_input.U8();
        switch (which % 8)
        {
        case 0:
        case 1:
        case 2:
            return Ip("10.9.0.1", "2001:db8:9::1");
        case 3:
            return Ip("10.9.0.2", "2001:db8:9::2");
        case 4:
            return Global(2, 77); // on a link of ours
        case 5:
            return Rp();
        case 6:
            return Numbered(which / 8);
        default:
            return m_input.Source();
        }
    }

    Address Numbered(unsigned number) const
    {
        return m_family == Family::Ipv4 ? Address::Ipv4(10, 9, 1, static_cast<std::uint8_t>(number))
                                        : Address::Ipv6({0x20, 1, 0xd, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1,
                                                         static_cast<std::uint8_t>(number)});
    }

    std::uint32_t Interface()
    {
        return 1 + m_input.U8() % N_INTERFACES;
    }

    InterfaceState State(std::uint32_t number) const
    {
        InterfaceState state;
        state.id = InterfaceId{number};
        state.name = "eth";
        state.addresses = {{Global(number, 5), static_cast<std::uint8_t>(m_family == Family::Ipv4 ? 24 : 64)}};
        if (m_family == Family::Ipv6)
        {
            state.addresses.push_back({OnLink(number, 5), 64});
        }
        return state;
    }

    RouterInterfaceConfig GoodConfig() const
    {
        RouterInterfaceConfig config;
        config.gm.family = m_family;
        config.gm.maxSourcesPerGroup = 20;
        config.pim.emplace();
        config.pim->family = m_family;
        config.pim->maxNeighbors = MAX_NEIGHBORS;
        config.pim->mode = IsDenseOnly() ? pim::Mode::Dense
                           : HasDense()  ? pim::Mode::SparseDense
                                         : pim::Mode::Sparse;
        return config;
    }

    void ConfigureWell(std::uint32_t number)
    {
        CHECK(m_router.Configure(InterfaceId{number}, GoodConfig()));
    }

    pim::RouterConfig RouterWide() const
    {
        pim::RouterConfig config;
        config.family = m_family;
        config.maxStates = MAX_STATES;
        config.maxStatesPerNeighbor = MAX_STATES_PER_INTERFACE;
        config.maxRps = MAX_RPS;
        if ((m_kind & 8) == 0)
        {
            config.staticRps = {{Rp(), *Prefix::Parse(m_family == Family::Ipv4 ? "224.0.0.0/4" : "ff00::/8"), false}};
        }
        if (HasDense() && !IsDenseOnly())
        {
            config.denseGroups = {Prefix{DenseGroup(), 128}, Prefix{Ip("239.1.2.5", "ff1e::5"), 128}};
        }
        if ((m_kind & 0x10) != 0)
        {
            config.candidateBsr.emplace();
            config.candidateRps.emplace_back();
        }
        return config;
    }

    // To sources by interface 2, to all else by 1.
    void SetRoutes()
    {
        m_routes.table.clear();
        m_routes.table[Prefix{Address::Any(m_family), 0}] = {InterfaceId{1}, OnLink(1, 1), 20, 101};
        m_routes.table[*Prefix::Parse(m_family == Family::Ipv4 ? "10.9.0.0/16" : "2001:db8:9::/48")] = {
            InterfaceId{2}, OnLink(2, 1), 20, 101};
        for (std::uint32_t i = 1; i <= N_INTERFACES; ++i)
        {
            m_routes.table[Prefix{Global(i, 0), m_family == Family::Ipv4 ? 24u : 64u}] = {InterfaceId{i},
                                                                                          Address::Any(m_family), 0, 0};
        }
        m_router.HandleRouteChange(Prefix{Address::Any(m_family), 0});
    }

    void GreetAll()
    {
        for (std::uint32_t i = 1; i <= N_INTERFACES; ++i)
        {
            Greet(i, 1, 0xffff);
            Greet(i, 2, 0xffff);
        }
    }

    void Greet(std::uint32_t interface, std::uint32_t neighbor, std::uint16_t holdtime)
    {
        pim::Hello hello;
        hello.holdtime = holdtime;
        hello.generationId = 1;
        hello.drPriority = 1;
        hello.lanPruneDelay = pim::LanPruneDelay{};
        hello.stateRefreshInterval = 60;
        const PacketMeta meta{OnLink(interface, neighbor), pim::AllRouters(m_family), pim::PROTOCOL, 1, 0xc0, false};
        m_router.HandlePacket(InterfaceId{interface}, meta, pim::Write(meta, hello));
    }

    Input m_input;
    std::uint8_t m_kind;
    Family m_family;
    const gm::Protocol& m_protocol;
    Routes m_routes;
    Router m_router;
};

} // namespace mcast::fuzz

#endif // MCAST_TEST_FUZZ_FUZZ_ROUTER_WORLD_H
