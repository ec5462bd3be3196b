// SPDX-License-Identifier: GPL-2.0-only

#include "interface-monitor.h"

#include "failure.h"

#include <algorithm>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mcast::linux_host
{

namespace
{

constexpr int MAX_ATTEMPTS = 50; // to read the interfaces without one of them changing meanwhile
constexpr unsigned WATCHED_GROUPS =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

void
ReadLink(const nlmsghdr& message, InterfaceSnapshot& snapshot)
{
    const auto& link = FixedPart<ifinfomsg>(message);
    KernelInterface interface;
    interface.state.id = InterfaceId{static_cast<std::uint32_t>(link.ifi_index)};
    interface.state.up = (link.ifi_flags & IFF_UP) != 0 && (link.ifi_flags & IFF_RUNNING) != 0;
    interface.eligible = (link.ifi_flags & IFF_LOOPBACK) == 0 && (link.ifi_flags & IFF_MULTICAST) != 0;
    ForEachAttribute(message, sizeof link, [&](const nlattr* attribute) {
        if (mnl_attr_get_type(attribute) == IFLA_IFNAME)
        {
            interface.state.name = mnl_attr_get_str(attribute);
        }
        else if (mnl_attr_get_type(attribute) == IFLA_MTU)
        {
            interface.state.mtu = static_cast<std::uint16_t>(std::min(mnl_attr_get_u32(attribute), 65535U));
        }
    });
    snapshot[interface.state.id] = std::move(interface);
}

/// The two addresses of a message, and what decides about its place among the others.
struct AddressMessage
{
    InterfaceId interface;
    Family family;
    std::uint8_t prefixLength;
    std::uint32_t flags;
    std::optional<Address> own;
    std::optional<Address> peer; ///< the same as the own one, unless there is a peer

    InterfaceAddress ToInterfaceAddress() const
    {
        const auto address = own ? own : peer;
        const bool pointToPoint = own && peer && *own != *peer; // the prefix is the peer's then
        const std::uint8_t whole = family == Family::Ipv4 ? 32 : 128;
        return {*address, pointToPoint ? whole : prefixLength};
    }
};

std::optional<AddressMessage>
ParseAddress(const nlmsghdr& message)
{
    const auto& header = FixedPart<ifaddrmsg>(message);
    const auto family = ToFamily(header.ifa_family);
    if (!family)
    {
        return std::nullopt;
    }
    AddressMessage result{InterfaceId{header.ifa_index}, *family, header.ifa_prefixlen, header.ifa_flags, {}, {}};
    ForEachAttribute(message, sizeof header, [&](const nlattr* attribute) {
        switch (mnl_attr_get_type(attribute))
        {
        case IFA_LOCAL:
            result.own = ReadAddress(attribute, *family);
            break;
        case IFA_ADDRESS:
            result.peer = ReadAddress(attribute, *family);
            break;
        case IFA_FLAGS:
            result.flags = mnl_attr_get_u32(attribute);
            break;
        }
    });
    return result.own || result.peer ? std::optional(result) : std::nullopt;
}

/// The kernel tells primary addresses first. An IPv6 address that may turn out to be another's is left out until the
/// kernel tells that it is ours, unless it may be used meanwhile (RFC 4862 5.4, RFC 4429).
void
InsertAddress(const AddressMessage& message, InterfaceSnapshot& snapshot)
{
    const auto found = snapshot.find(message.interface);
    const bool tentative = (message.flags & IFA_F_TENTATIVE) != 0 && (message.flags & IFA_F_OPTIMISTIC) == 0;
    if (found != snapshot.end() && !tentative && (message.flags & IFA_F_DADFAILED) == 0)
    {
        found->second.state.addresses.push_back(message.ToInterfaceAddress());
    }
}

/// What a notification says has changed.
void
Note(const nlmsghdr& message, InterfaceMonitor::Changes& changes, const NetlinkSocket::MessageHandler& handleRoute)
{
    switch (message.nlmsg_type)
    {
    case RTM_DELLINK:
        // Of AF_BRIDGE: a port left its bridge, the interface is still there.
        if (const auto& link = FixedPart<ifinfomsg>(message); link.ifi_family == AF_UNSPEC)
        {
            changes.deleted.insert(InterfaceId{static_cast<std::uint32_t>(link.ifi_index)});
        }
        changes.interfaces = true;
        break;
    case RTM_NEWLINK:
    case RTM_NEWADDR:
    case RTM_DELADDR:
        changes.interfaces = true;
        break;
    default:
        handleRoute(message);
    }
}

} // namespace

InterfaceMonitor::InterfaceMonitor()
    : m_notifications(WATCHED_GROUPS),
      m_requests(0)
{
    // RTMGRP_* has no bits for rules: a changed rule may turn any route around.
    for (const int group : {RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE})
    {
        setsockopt(Fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
    }
}

InterfaceMonitor::Changes
InterfaceMonitor::Drain(const NetlinkSocket::MessageHandler& handleRoute)
{
    Changes changes;
    if (!m_notifications.Drain([&](const nlmsghdr& message) { Note(message, changes, handleRoute); }))
    {
        changes.interfaces = true;
    }
    return changes;
}

InterfaceSnapshot
InterfaceMonitor::Snapshot()
{
    InterfaceSnapshot snapshot;
    int error = ReadAll(snapshot);
    for (int attempt = 1; error == EINTR && attempt < MAX_ATTEMPTS; ++attempt)
    {
        m_requests = NetlinkSocket{0}; // the rest of the answer goes with the old one
        usleep(1000);
        snapshot.clear();
        error = ReadAll(snapshot);
    }
    if (error != 0)
    {
        throw SystemFailure("reading the interfaces", error);
    }
    return snapshot;
}

/// \return 0, EINTR if something changed meanwhile, or another error number
int
InterfaceMonitor::ReadAll(InterfaceSnapshot& snapshot)
{
    NetlinkRequest links;
    links.Begin<ifinfomsg>(RTM_GETLINK, NLM_F_DUMP).ifi_family = AF_UNSPEC;
    mnl_attr_put_u32(links.header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    const int error = m_requests.Request(*links.header, [&](const auto& message) { ReadLink(message, snapshot); });
    if (error != 0)
    {
        return error;
    }
    NetlinkRequest addresses;
    addresses.Begin<ifaddrmsg>(RTM_GETADDR, NLM_F_DUMP).ifa_family = AF_UNSPEC;
    return m_requests.Request(*addresses.header, [&](const auto& message) {
        if (const auto address = ParseAddress(message))
        {
            InsertAddress(*address, snapshot);
        }
    });
}

} // namespace mcast::linux_host
