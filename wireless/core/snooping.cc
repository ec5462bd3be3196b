// SPDX-License-Identifier: GPL-2.0-only

#include "snooping.h"

#include "../../model/core/base/take-front.h"
#include "../../model/core/wire/mld.h"

namespace mcast::wifi
{

namespace
{

constexpr InterfaceId BSS{1U << 16}; // above all AIDs
constexpr std::uint8_t PROTOCOL_PIM = 103;
constexpr std::uint8_t PIM_HELLO = 0;
// Other Querier Present Interval with the default timers (RFC 3376 8.5): how long a station counts as a router.
constexpr std::chrono::seconds ROUTER_PRESENT{255};

enum class What : std::uint8_t
{
    Other,
    Query,
    Report, // or leave
    Hello,
};

What
WhatIs(const PacketMeta& meta, BytesView payload)
{
    if (payload.Size() == 0)
    {
        return What::Other;
    }
    const auto type = payload[0];
    switch (meta.protocol)
    {
    case PROTOCOL_IGMP:
        return type == 0x11                                                   ? What::Query
               : type == 0x12 || type == 0x16 || type == 0x17 || type == 0x22 ? What::Report
                                                                              : What::Other;
    case PROTOCOL_ICMPV6:
        return !IsMld(payload) ? What::Other : type == 130 ? What::Query : What::Report;
    case PROTOCOL_PIM:
        return (type & 0xf) == PIM_HELLO ? What::Hello : What::Other;
    default:
        return What::Other;
    }
}

// Higher than any querier's: a station's interface never wins an election.
Address
Highest(Family family, std::uint8_t last)
{
    if (family == Family::Ipv4)
    {
        return Address::Ipv4(223, 255, 255, last);
    }
    std::array<std::uint8_t, 16> octets;
    octets.fill(0xff);
    octets[0] = 0xfe;
    octets[1] = 0xbf;
    octets[15] = last;
    return Address::Ipv6(octets);
}

gm::RouterConfig
Prepared(gm::RouterConfig config, Family family, Duration margin)
{
    config.family = family;
    config.lastMemberQueryInterval += margin;
    if (!config.Validate())
    {
        config = gm::RouterConfig{};
        config.family = family;
        config.lastMemberQueryInterval += margin;
    }
    return config;
}

} // namespace

Snooping::Snooping(const SnoopingConfig& config)
    : m_config(config)
{
    m_config.ipv4 = Prepared(config.ipv4, Family::Ipv4, config.responseMargin);
    m_config.ipv6 = Prepared(config.ipv6, Family::Ipv6, config.responseMargin);
    RouterOptions options;
    options.seed = config.seed;
    m_router = std::make_unique<Router>(options);
    const auto ipv6 = config.querierIpv6.IsLinkLocalUnicast() ? config.querierIpv6 : Highest(Family::Ipv6, 0xfe);
    Open(BSS, config.querierIpv4, ipv6);
}

Snooping::~Snooping() = default;

void
Snooping::Open(InterfaceId interface, const Address& ipv4, const Address& ipv6)
{
    for (const auto& gm : {m_config.ipv4, m_config.ipv6})
    {
        RouterInterfaceConfig config;
        config.gm = gm;
        static_cast<void>(m_router->Configure(interface, config)); // validated before
    }
    InterfaceState state;
    state.id = interface;
    state.addresses = {{ipv4, 24}, {ipv6, 64}};
    m_router->HandleInterface(state);
    Drain();
}

void
Snooping::AdvanceTo(TimePoint now)
{
    m_now = now > m_now ? now : m_now;
    m_router->AdvanceTo(m_now);
    for (auto router = m_routers.begin(); router != m_routers.end();)
    {
        router = router->second <= m_now ? m_routers.erase(router) : std::next(router);
    }
    Drain();
}

void
Snooping::StationJoined(TimePoint now, Aid aid)
{
    AdvanceTo(now);
    if (m_stations.insert(aid).second)
    {
        Open(InterfaceId{aid}, Highest(Family::Ipv4, 0xff), Highest(Family::Ipv6, 0xff));
    }
}

void
Snooping::StationLeft(TimePoint now, Aid aid)
{
    AdvanceTo(now);
    if (m_stations.erase(aid) > 0)
    {
        m_router->HandleInterfaceGone(InterfaceId{aid});
        m_router->Deconfigure(InterfaceId{aid}, Family::Ipv4);
        m_router->Deconfigure(InterfaceId{aid}, Family::Ipv6);
        Drain();
    }
    m_routers.erase(aid);
}

bool
Snooping::FromStation(TimePoint now, Aid aid, const PacketMeta& meta, BytesView payload)
{
    AdvanceTo(now);
    const auto what = WhatIs(meta, payload);
    switch (what)
    {
    case What::Other:
        return false;
    case What::Hello:
        m_routers[aid] = m_now + ROUTER_PRESENT;
        return false;
    case What::Query:
        m_routers[aid] = m_now + ROUTER_PRESENT;
        m_router->HandlePacket(BSS, meta, payload);
        HandToStations(meta, payload);
        Drain();
        return false;
    case What::Report:
        m_router->HandlePacket(InterfaceId{aid}, meta, payload);
        m_router->HandlePacket(BSS, meta, payload);
        Drain();
        return true;
    }
    return false;
}

void
Snooping::FromDistribution(TimePoint now, const PacketMeta& meta, BytesView payload)
{
    AdvanceTo(now);
    if (WhatIs(meta, payload) == What::Query)
    {
        m_router->HandlePacket(BSS, meta, payload);
        HandToStations(meta, payload);
        Drain();
    }
}

void
Snooping::HandToStations(const PacketMeta& meta, BytesView payload)
{
    for (const auto aid : m_stations)
    {
        m_router->HandlePacket(InterfaceId{aid}, meta, payload);
    }
}

bool
Snooping::MayAsk(Family family) const
{
    return m_config.querier && (family == Family::Ipv4 || m_config.querierIpv6.IsLinkLocalUnicast());
}

// Of the queries only those of the BSS go on the air; the stations' interfaces hear them as any other querier's.
void
Snooping::Drain()
{
    while (auto transmit = m_router->PollTransmit())
    {
        if (transmit->interface == BSS && MayAsk(transmit->meta.destination.GetFamily()))
        {
            HandToStations(transmit->meta, transmit->payload);
            m_queries.push_back({transmit->meta, std::move(transmit->payload)});
        }
    }
    while (m_router->PollForwarding())
    {
    }
    while (m_router->PollEvent())
    {
    }
}

std::optional<SnoopingQuery>
Snooping::PollQuery()
{
    return TakeFront(m_queries);
}

std::optional<TimePoint>
Snooping::NextDeadline() const
{
    return m_router->NextDeadline();
}

bool
Snooping::IsMember(Aid aid, const Address& group, const Address& source) const
{
    return m_stations.count(aid) > 0 && m_router->IsForwarded(InterfaceId{aid}, group, source);
}

Audience
Snooping::AudienceOf(const Address& group, const Address& source) const
{
    Audience audience;
    audience.all = group.IsLinkScopeMulticast() || !group.IsMulticast();
    if (audience.all)
    {
        return audience;
    }
    bool known = false;
    for (const auto aid : m_stations)
    {
        if (IsMember(aid, group, source))
        {
            audience.members.insert(aid);
            known = true;
        }
    }
    if (!known && m_config.floodUnknown)
    {
        audience.all = true;
        return audience;
    }
    for (const auto& [aid, until] : m_routers)
    {
        audience.members.insert(aid);
    }
    return audience;
}

std::set<Aid>
Snooping::RouterStations() const
{
    std::set<Aid> stations;
    for (const auto& [aid, until] : m_routers)
    {
        stations.insert(aid);
    }
    return stations;
}

bool
Snooping::IsQuerier(Family family) const
{
    const auto view = m_router->FindInterface(BSS, family);
    return view && view->isQuerier && MayAsk(family);
}

} // namespace mcast::wifi
