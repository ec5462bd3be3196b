// SPDX-License-Identifier: GPL-2.0-only

#include "kernel-routes.h"

#include "base/bytes.h"
#include "failure.h"

#include <algorithm>
#include <linux/fib_rules.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mcast::linux_host
{

namespace
{

constexpr int MAX_ATTEMPTS = 50; // to read a table without it changing meanwhile

struct Protocol
{
    const char* name;
    std::uint8_t number; ///< RTPROT_*, /etc/iproute2/rt_protos
    std::uint32_t preference;
};

// The administrative distances that routers of most makes start from. Routes of zebra and bird are those of a routing
// protocol that doesn't say which. Whatever is not here counts as least believed, but is still a route.
constexpr std::uint32_t UNKNOWN_PREFERENCE = 255;
constexpr std::array<Protocol, 19> PROTOCOLS{{
    {"kernel", RTPROT_KERNEL, 0},
    {"redirect", RTPROT_REDIRECT, 1},
    {"boot", RTPROT_BOOT, 1},
    {"static", RTPROT_STATIC, 1},
    {"ra", RTPROT_RA, 1},
    {"dhcp", RTPROT_DHCP, 1},
    {"zebra", RTPROT_ZEBRA, 110},
    {"bird", RTPROT_BIRD, 110},
    {"babel", RTPROT_BABEL, 100},
    {"bgp", RTPROT_BGP, 20},
    {"eigrp", RTPROT_EIGRP, 90},
    {"ospf", RTPROT_OSPF, 110},
    {"isis", RTPROT_ISIS, 115},
    {"rip", RTPROT_RIP, 120},
    {"openr", 99, 115},
    {"gated", RTPROT_GATED, 110},
    {"xorp", RTPROT_XORP, 110},
    {"keepalived", RTPROT_KEEPALIVED, 1},
    {"mrouted", RTPROT_MROUTED, 1},
}};

unsigned char
ToKernel(Family family)
{
    return family == Family::Ipv4 ? AF_INET : AF_INET6;
}

RouteKind
KindOf(unsigned char type)
{
    switch (type)
    {
    case RTN_UNICAST:
        return RouteKind::Unicast;
    case RTN_LOCAL:
        return RouteKind::Local;
    case RTN_THROW:
        return RouteKind::Throw;
    }
    return RouteKind::Refused;
}

/// The next hop in RTA_GATEWAY, or in RTA_VIA if it is of another family.
void
ReadNextHop(const nlattr* attribute, Family family, RouteHop& hop)
{
    const auto type = mnl_attr_get_type(attribute);
    if (type == RTA_OIF)
    {
        hop.interface = InterfaceId{mnl_attr_get_u32(attribute)};
    }
    else if (type == RTA_GATEWAY)
    {
        hop.nextHop = ReadAddress(attribute, family).value_or(hop.nextHop);
    }
    else if (type == RTA_VIA && mnl_attr_get_payload_len(attribute) == sizeof(rtvia) + 16)
    {
        Reader reader{{static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)) + sizeof(rtvia), 16}};
        hop.nextHop = reader.ReadAddress(Family::Ipv6);
    }
}

/// \param withDead hops that the kernel doesn't use, too
std::vector<RouteHop>
ReadMultipath(const nlattr* attribute, Family family, bool withDead)
{
    std::vector<RouteHop> hops;
    const auto* hop = static_cast<const rtnexthop*>(mnl_attr_get_payload(attribute));
    auto left = static_cast<int>(mnl_attr_get_payload_len(attribute));
    for (; RTNH_OK(hop, left); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
    {
        if ((hop->rtnh_flags & RTNH_F_DEAD) != 0 && !withDead)
        {
            continue;
        }
        RouteHop read{InterfaceId{static_cast<std::uint32_t>(hop->rtnh_ifindex)}, Address::Any(family)};
        const auto* nested = reinterpret_cast<const nlattr*>(RTNH_DATA(hop));
        const auto* const end = reinterpret_cast<const char*>(hop) + hop->rtnh_len;
        while (mnl_attr_ok(nested, static_cast<int>(end - reinterpret_cast<const char*>(nested))))
        {
            ReadNextHop(nested, family, read);
            nested = mnl_attr_next(nested);
        }
        hops.push_back(read);
    }
    return hops;
}

/// None for what is no route of IPv4 or IPv6, or a copy that the kernel made for itself.
std::optional<RouteUpdate>
ReadRoute(const nlmsghdr& message)
{
    const auto& header = FixedPart<rtmsg>(message);
    const auto family = ToFamily(header.rtm_family);
    if (!family || (header.rtm_flags & RTM_F_CLONED) != 0)
    {
        return std::nullopt;
    }
    RouteUpdate update;
    update.remove = message.nlmsg_type == RTM_DELROUTE;
    update.replace = (message.nlmsg_flags & NLM_F_REPLACE) != 0 && !update.remove;
    update.table = header.rtm_table;
    update.route.kind = KindOf(header.rtm_type);
    update.route.protocol = header.rtm_protocol;
    update.route.prefixLength = header.rtm_dst_len;
    Address destination = Address::Any(*family);
    RouteHop single{InterfaceId{}, Address::Any(*family)};
    ForEachAttribute(message, sizeof header, [&](const nlattr* attribute) {
        switch (mnl_attr_get_type(attribute))
        {
        case RTA_DST:
            destination = ReadAddress(attribute, *family).value_or(destination);
            break;
        case RTA_TABLE:
            update.table = mnl_attr_get_u32(attribute);
            break;
        case RTA_PRIORITY:
            update.route.metric = mnl_attr_get_u32(attribute);
            break;
        case RTA_MULTIPATH:
            update.route.hops = ReadMultipath(attribute, *family, update.remove);
            break;
        default:
            ReadNextHop(attribute, *family, single);
        }
    });
    if (single.interface.value != 0 && (update.remove || (header.rtm_flags & RTNH_F_DEAD) == 0))
    {
        update.route.hops.push_back(single);
    }
    update.destination = Prefix{destination, header.rtm_dst_len};
    return update;
}

/// A policy rule, as far as the mirror is concerned.
struct Rule
{
    std::uint32_t priority = 0;
    std::uint32_t table = 0;
    bool simple = true; ///< every packet to anywhere is looked up in its table
};

Rule
ReadRule(const nlmsghdr& message)
{
    const auto& header = FixedPart<fib_rule_hdr>(message);
    Rule rule;
    rule.table = header.table;
    rule.simple = header.action == FR_ACT_TO_TBL && header.src_len == 0 && header.dst_len == 0 && header.tos == 0 &&
                  (header.flags & FIB_RULE_INVERT) == 0;
    ForEachAttribute(message, sizeof header, [&rule](const nlattr* attribute) {
        switch (mnl_attr_get_type(attribute))
        {
        case FRA_PRIORITY:
            rule.priority = mnl_attr_get_u32(attribute);
            break;
        case FRA_TABLE:
            rule.table = mnl_attr_get_u32(attribute);
            break;
        case FRA_SUPPRESS_PREFIXLEN:
            rule.simple = rule.simple && mnl_attr_get_u32(attribute) == UINT32_MAX;
            break;
        case FRA_PROTOCOL:
        case FRA_PAD:
            break;
        default:
            rule.simple = false;
        }
    });
    return rule;
}

/// Sends a request until its answer was not overtaken by changes. \throws RuntimeFailure
template <class MakeRequest, class Restart>
int
Dump(NetlinkSocket& socket, const MakeRequest& make, const Restart& restart,
     const NetlinkSocket::MessageHandler& handle)
{
    int error = EINTR;
    for (int attempt = 0; error == EINTR && attempt < MAX_ATTEMPTS; ++attempt)
    {
        if (attempt != 0)
        {
            socket = NetlinkSocket{0}; // the rest of the answer goes with the old one
            usleep(1000);
        }
        restart();
        NetlinkRequest request;
        make(request);
        error = socket.Request(*request.header, handle);
    }
    return error;
}

} // namespace

const RoutePreferences&
DefaultRoutePreferences()
{
    static const RoutePreferences preferences = [] {
        RoutePreferences all;
        for (const auto& protocol : PROTOCOLS)
        {
            all.emplace(protocol.number, protocol.preference);
        }
        return all;
    }();
    return preferences;
}

std::optional<std::uint8_t>
RouteProtocol(const std::string& name)
{
    const auto* const found = std::find_if(PROTOCOLS.begin(), PROTOCOLS.end(),
                                           [&](const Protocol& protocol) { return name == protocol.name; });
    return found == PROTOCOLS.end() ? std::nullopt : std::optional(found->number);
}

std::string
RouteProtocolNames()
{
    std::string names;
    for (const auto& protocol : PROTOCOLS)
    {
        names += (names.empty() ? "" : ", ") + std::string{protocol.name};
    }
    return names;
}

KernelRoutes::KernelRoutes(const InterfaceSnapshot& interfaces)
    : m_interfaces(interfaces),
      m_socket(0)
{
    Resynchronize();
}

void
KernelRoutes::Resynchronize()
{
    for (const auto family : FAMILIES)
    {
        ReadRules(family);
        ReadRoutes(family);
    }
}

void
KernelRoutes::ReadRules(Family family)
{
    std::vector<Rule> rules;
    const int error = Dump(
        m_socket,
        [family](NetlinkRequest& request) {
            request.Begin<fib_rule_hdr>(RTM_GETRULE, NLM_F_DUMP).family = ToKernel(family);
        },
        [&rules] { rules.clear(); }, [&rules](const nlmsghdr& message) { rules.push_back(ReadRule(message)); });
    auto& order = m_orders[family];
    order.tables = {RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT}; // of a kernel without policy routing
    order.simple = std::all_of(rules.begin(), rules.end(), [](const Rule& rule) { return rule.simple; });
    if (error != 0 || rules.empty())
    {
        return;
    }
    std::stable_sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.priority < b.priority; });
    order.tables.clear();
    for (const auto& rule : rules)
    {
        order.tables.push_back(rule.table);
    }
}

void
KernelRoutes::ReadRoutes(Family family)
{
    auto& mirror = m_mirrors[family];
    const int error = Dump(
        m_socket,
        [family](NetlinkRequest& request) {
            request.Begin<rtmsg>(RTM_GETROUTE, NLM_F_DUMP).rtm_family = ToKernel(family);
        },
        [&mirror] { mirror.Clear(); },
        [&mirror, family](const nlmsghdr& message) {
            const auto update = ReadRoute(message);
            if (update && update->destination.GetAddress().GetFamily() == family)
            {
                mirror.Apply(*update);
            }
        });
    if (error != 0 && error != EAFNOSUPPORT && error != EOPNOTSUPP)
    {
        throw SystemFailure("reading the routes", error);
    }
}

std::optional<Prefix>
KernelRoutes::Apply(const nlmsghdr& message)
{
    if (message.nlmsg_type == RTM_NEWRULE || message.nlmsg_type == RTM_DELRULE)
    {
        const auto family = ToFamily(FixedPart<fib_rule_hdr>(message).family);
        if (family)
        {
            ReadRules(*family);
        }
        return family ? std::optional(Prefix{Address::Any(*family), 0}) : std::nullopt;
    }
    const auto update = ReadRoute(message);
    if (!update)
    {
        return std::nullopt;
    }
    const auto& destination = update->destination;
    m_mirrors[destination.GetAddress().GetFamily()].Apply(*update);
    // A refused host route is the broadcast or anycast address of a subnet: it stands in no source's way.
    const bool silent = update->route.kind == RouteKind::Refused && update->table == RT_TABLE_LOCAL;
    return silent ? std::nullopt : std::optional(destination);
}

std::optional<RouteTable::Result>
KernelRoutes::LocalAddress(const Address& destination) const
{
    for (const auto& [id, interface] : m_interfaces)
    {
        for (const auto& own : interface.state.addresses)
        {
            if (own.address == destination)
            {
                return Result{id, Address::Any(destination.GetFamily()), 0, 0, own.prefixLength};
            }
        }
    }
    return std::nullopt;
}

std::optional<RouteTable::Result>
KernelRoutes::ToResult(const Route& route, const Address& destination) const
{
    if (route.kind == RouteKind::Local)
    {
        return LocalAddress(destination);
    }
    const auto hop = route.kind == RouteKind::Unicast ? route.Choose() : std::nullopt;
    if (!hop)
    {
        return std::nullopt;
    }
    const auto preference = m_preferences.find(route.protocol);
    return Result{hop->interface, hop->nextHop, route.metric,
                  preference == m_preferences.end() ? UNKNOWN_PREFERENCE : preference->second, route.prefixLength};
}

std::optional<RouteTable::Result>
KernelRoutes::Lookup(const Address& destination) const
{
    const Family family = destination.GetFamily();
    if (!m_orders[family].simple)
    {
        return Ask(destination);
    }
    const auto* const route = m_mirrors[family].Find(destination, m_orders[family].tables);
    return route == nullptr ? std::nullopt : ToResult(*route, destination);
}

/// Asks for the entry of the table that decides, not for the way of one packet: that has neither metric nor protocol.
std::optional<RouteTable::Result>
KernelRoutes::Ask(const Address& destination) const
{
    const Family family = destination.GetFamily();
    const auto octets = destination.Octets();
    const std::size_t size = family == Family::Ipv4 ? 4 : 16;
    NetlinkRequest request;
    auto& query = request.Begin<rtmsg>(RTM_GETROUTE, 0);
    query.rtm_family = ToKernel(family);
    query.rtm_dst_len = static_cast<unsigned char>(size * 8);
    query.rtm_flags = RTM_F_FIB_MATCH;
    mnl_attr_put(request.header, RTA_DST, size, octets.data() + octets.size() - size);
    std::optional<Result> result;
    m_socket.Request(*request.header, [&](const nlmsghdr& message) {
        if (const auto route = ReadRoute(message))
        {
            result = ToResult(route->route, destination);
        }
    });
    return result;
}

} // namespace mcast::linux_host
