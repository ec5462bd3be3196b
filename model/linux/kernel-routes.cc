// SPDX-License-Identifier: GPL-2.0-only

#include "kernel-routes.h"

#include <sys/socket.h>

namespace mcast::linux_host
{

namespace
{

RouteTable::Result
ReadRoute(const nlmsghdr& message, Family family)
{
    RouteTable::Result result;
    result.nextHop = Address::Any(family);
    ForEachAttribute(message, sizeof(rtmsg), [&](const nlattr* attribute) {
        if (mnl_attr_get_type(attribute) == RTA_OIF)
        {
            result.interface = InterfaceId{mnl_attr_get_u32(attribute)};
        }
        else if (mnl_attr_get_type(attribute) == RTA_GATEWAY)
        {
            result.nextHop = ReadAddress(attribute, family).value_or(result.nextHop);
        }
    });
    return result;
}

} // namespace

KernelRoutes::KernelRoutes(const InterfaceSnapshot& interfaces)
    : m_interfaces(interfaces),
      m_socket(0)
{
}

std::optional<RouteTable::Result>
KernelRoutes::LocalAddress(const Address& destination) const
{
    for (const auto& [id, interface] : m_interfaces)
    {
        if (interface.state.HasAddress(destination))
        {
            return Result{id, Address::Any(destination.GetFamily())};
        }
    }
    return std::nullopt;
}

std::optional<RouteTable::Result>
KernelRoutes::Lookup(const Address& destination) const
{
    const Family family = destination.GetFamily();
    const auto octets = destination.Octets();
    const std::size_t size = family == Family::Ipv4 ? 4 : 16;
    NetlinkRequest request;
    auto& query = request.Begin<rtmsg>(RTM_GETROUTE, 0);
    query.rtm_family = family == Family::Ipv4 ? AF_INET : AF_INET6;
    query.rtm_dst_len = static_cast<unsigned char>(size * 8);
    mnl_attr_put(request.header, RTA_DST, size, octets.data() + octets.size() - size);
    std::optional<Result> result;
    m_socket.Request(*request.header, [&](const nlmsghdr& message) {
        switch (FixedPart<rtmsg>(message).rtm_type)
        {
        case RTN_LOCAL:
            result = LocalAddress(destination);
            break;
        case RTN_UNICAST:
            result = ReadRoute(message, family);
            break;
        }
    });
    return result;
}

} // namespace mcast::linux_host
