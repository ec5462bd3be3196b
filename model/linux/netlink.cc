// SPDX-License-Identifier: GPL-2.0-only

#include "netlink.h"

#include "base/bytes.h"
#include "failure.h"

#include <algorithm>
#include <array>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mcast::linux_host
{

namespace
{

constexpr int MAX_ATTEMPTS = 50; // to read the interfaces without one of them changing meanwhile
constexpr std::size_t BUFFER_SIZE = 65536;
constexpr unsigned WATCHED_GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE;

int
CallHandler(const nlmsghdr* message, void* handler)
{
    (*static_cast<const NetlinkSocket::MessageHandler*>(handler))(*message);
    return MNL_CB_OK;
}

std::optional<Family>
ToFamily(unsigned char family)
{
    if (family == AF_INET)
    {
        return Family::Ipv4;
    }
    return family == AF_INET6 ? std::optional{Family::Ipv6} : std::nullopt;
}

/// The address in an attribute; none if its length is not the family's.
std::optional<Address>
ReadAddress(const nlattr* attribute, Family family)
{
    Reader reader{
        {static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)), mnl_attr_get_payload_len(attribute)}};
    const Address address = reader.ReadAddress(family);
    return reader.Ok() && reader.Left() == 0 ? std::optional{address} : std::nullopt;
}

/// libmnl's own loop is C only.
template <class F>
void
ForEachAttribute(const nlmsghdr& message, std::size_t headerSize, F handle)
{
    const auto* attribute = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&message, headerSize));
    const auto* const tail = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message));
    while (mnl_attr_ok(attribute, static_cast<int>(tail - reinterpret_cast<const char*>(attribute))))
    {
        handle(attribute);
        attribute = mnl_attr_next(attribute);
    }
}

void
ReadLink(const nlmsghdr& message, InterfaceSnapshot& snapshot)
{
    const auto& link = *static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
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

/// An address with what decides about its place among the others.
struct ReadAddressResult
{
    InterfaceId interface;
    InterfaceAddress address;
    std::uint32_t flags = 0;
};

std::optional<ReadAddressResult>
ParseAddress(const nlmsghdr& message)
{
    const auto& header = *static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
    const auto family = ToFamily(header.ifa_family);
    if (!family)
    {
        return std::nullopt;
    }
    std::optional<Address> own;
    std::optional<Address> link;
    ReadAddressResult result{InterfaceId{header.ifa_index}, {}, header.ifa_flags};
    ForEachAttribute(message, sizeof header, [&](const nlattr* attribute) {
        switch (mnl_attr_get_type(attribute))
        {
        case IFA_LOCAL:
            own = ReadAddress(attribute, *family);
            break;
        case IFA_ADDRESS:
            link = ReadAddress(attribute, *family);
            break;
        case IFA_FLAGS:
            result.flags = mnl_attr_get_u32(attribute);
            break;
        }
    });
    if (!own && !link)
    {
        return std::nullopt;
    }
    result.address.address = own ? *own : *link;
    // The prefix is the peer's where there is one.
    const bool peer = own && link && *own != *link;
    result.address.prefixLength = peer ? (*family == Family::Ipv4 ? 32 : 128) : header.ifa_prefixlen;
    return result;
}

/// The kernel tells primary addresses first; IPv6 sends group membership from a link-local one (RFC 3810 5.1.14).
void
InsertAddress(const ReadAddressResult& read, InterfaceSnapshot& snapshot)
{
    const auto found = snapshot.find(read.interface);
    if (found == snapshot.end() || (read.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0)
    {
        return;
    }
    auto& addresses = found->second.state.addresses;
    const bool linkLocal = read.address.address.High() >> 54 == 0xfe80 >> 6;
    addresses.insert(linkLocal ? addresses.begin() : addresses.end(), read.address);
}

/// A route message's destination; none for what is no unicast route or of another family.
std::optional<Prefix>
RouteDestination(const nlmsghdr& message)
{
    const auto& route = *static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
    const auto family = ToFamily(route.rtm_family);
    if (!family || (route.rtm_flags & RTM_F_CLONED) != 0 || route.rtm_type == RTN_BROADCAST ||
        route.rtm_type == RTN_MULTICAST)
    {
        return std::nullopt;
    }
    Address destination = Address::Any(*family);
    ForEachAttribute(message, sizeof route, [&](const nlattr* attribute) {
        if (mnl_attr_get_type(attribute) == RTA_DST)
        {
            destination = ReadAddress(attribute, *family).value_or(destination);
        }
    });
    return Prefix{destination, route.rtm_dst_len};
}

/// An empty request in a buffer that has room for an attribute.
struct RequestBuffer
{
    alignas(nlmsghdr) std::array<char, 256> octets{};
    nlmsghdr* header = mnl_nlmsg_put_header(octets.data());

    template <class T>
    T& Begin(std::uint16_t type, std::uint16_t flags)
    {
        header->nlmsg_type = type;
        header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        return *static_cast<T*>(mnl_nlmsg_put_extra_header(header, sizeof(T)));
    }
};

} // namespace

void
NetlinkSocket::Closer::operator()(mnl_socket* socket) const
{
    mnl_socket_close(socket);
}

NetlinkSocket::NetlinkSocket(unsigned groups)
    : m_socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | (groups != 0 ? SOCK_NONBLOCK : 0))),
      m_buffer(BUFFER_SIZE)
{
    if (!m_socket || mnl_socket_bind(m_socket.get(), groups, MNL_SOCKET_AUTOPID) < 0)
    {
        throw SystemFailure("opening rtnetlink");
    }
    if (groups != 0)
    {
        const int size = 4 << 20; // room for the notifications of a routing table that turns over
        setsockopt(Fd(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    }
}

int
NetlinkSocket::Fd() const
{
    return mnl_socket_get_fd(m_socket.get());
}

int
NetlinkSocket::Request(nlmsghdr& request, const MessageHandler& handler)
{
    request.nlmsg_seq = ++m_sequence;
    if (mnl_socket_sendto(m_socket.get(), &request, request.nlmsg_len) < 0)
    {
        return errno;
    }
    auto* const context = const_cast<MessageHandler*>(&handler);
    int more = MNL_CB_OK;
    while (more > MNL_CB_STOP)
    {
        const auto size = mnl_socket_recvfrom(m_socket.get(), m_buffer.data(), m_buffer.size());
        if (size < 0)
        {
            return errno;
        }
        more = mnl_cb_run(m_buffer.data(), static_cast<std::size_t>(size), m_sequence,
                          mnl_socket_get_portid(m_socket.get()), CallHandler, context);
        if (more == MNL_CB_ERROR)
        {
            return errno;
        }
        if ((request.nlmsg_flags & (NLM_F_DUMP | NLM_F_ACK)) == 0)
        {
            return 0; // the answer is one message
        }
    }
    return 0;
}

bool
NetlinkSocket::Drain(const MessageHandler& handler)
{
    bool complete = true;
    while (true)
    {
        const auto size = mnl_socket_recvfrom(m_socket.get(), m_buffer.data(), m_buffer.size());
        if (size < 0 && errno == ENOBUFS)
        {
            complete = false;
            continue;
        }
        if (size < 0)
        {
            return complete;
        }
        mnl_cb_run(m_buffer.data(), static_cast<std::size_t>(size), 0, 0, CallHandler,
                   const_cast<MessageHandler*>(&handler));
    }
}

InterfaceMonitor::InterfaceMonitor()
    : m_notifications(WATCHED_GROUPS),
      m_requests(0)
{
    // RTMGRP_* has no bit for rules: a changed rule may turn any route around.
    const int group = RTNLGRP_IPV4_RULE;
    setsockopt(Fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
}

InterfaceMonitor::Changes
InterfaceMonitor::Drain()
{
    Changes changes;
    const Prefix everything{Address::Any(Family::Ipv4), 0};
    const bool complete = m_notifications.Drain([&](const nlmsghdr& message) {
        switch (message.nlmsg_type)
        {
        case RTM_DELLINK: {
            const auto& link = *static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
            if (link.ifi_family == AF_UNSPEC) // of AF_BRIDGE: a port left its bridge, the interface is still there
            {
                changes.deleted.insert(InterfaceId{static_cast<std::uint32_t>(link.ifi_index)});
            }
            changes.interfaces = true;
            break;
        }
        case RTM_NEWLINK:
        case RTM_NEWADDR:
        case RTM_DELADDR:
            changes.interfaces = true;
            break;
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
            if (const auto destination = RouteDestination(message))
            {
                changes.routes.push_back(*destination);
            }
            break;
        case RTM_NEWRULE:
        case RTM_DELRULE:
            changes.routes.push_back(everything);
            break;
        }
    });
    if (!complete || changes.interfaces)
    {
        // The kernel takes the IPv4 routes of an interface that goes down away without a word.
        changes.interfaces = true;
        changes.routes.assign(1, everything);
    }
    return changes;
}

InterfaceSnapshot
InterfaceMonitor::Snapshot()
{
    for (int attempt = 0; attempt < MAX_ATTEMPTS; ++attempt)
    {
        InterfaceSnapshot snapshot;
        RequestBuffer links;
        links.Begin<ifinfomsg>(RTM_GETLINK, NLM_F_DUMP).ifi_family = AF_UNSPEC;
        mnl_attr_put_u32(links.header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        int error = m_requests.Request(*links.header, [&](const auto& message) { ReadLink(message, snapshot); });
        if (error == 0)
        {
            RequestBuffer addresses;
            addresses.Begin<ifaddrmsg>(RTM_GETADDR, NLM_F_DUMP).ifa_family = AF_UNSPEC;
            error = m_requests.Request(*addresses.header, [&](const auto& message) {
                if (const auto address = ParseAddress(message))
                {
                    InsertAddress(*address, snapshot);
                }
            });
        }
        if (error == 0)
        {
            return snapshot;
        }
        if (error != EINTR) // changed while it was read
        {
            throw SystemFailure("reading the interfaces", error);
        }
        m_requests = NetlinkSocket{0}; // the rest of the answer goes with the old one
        usleep(1000);
    }
    throw SystemFailure("reading the interfaces", EINTR);
}

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
    RequestBuffer request;
    auto& query = request.Begin<rtmsg>(RTM_GETROUTE, 0);
    query.rtm_family = family == Family::Ipv4 ? AF_INET : AF_INET6;
    query.rtm_dst_len = static_cast<unsigned char>(size * 8);
    mnl_attr_put(request.header, RTA_DST, size, octets.data() + octets.size() - size);
    std::optional<Result> result;
    m_socket.Request(*request.header, [&](const nlmsghdr& message) {
        const auto& route = *static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
        if (route.rtm_type == RTN_LOCAL)
        {
            result = LocalAddress(destination);
            return;
        }
        if (route.rtm_type != RTN_UNICAST)
        {
            return;
        }
        result.emplace().nextHop = Address::Any(family);
        ForEachAttribute(message, sizeof route, [&](const nlattr* attribute) {
            if (mnl_attr_get_type(attribute) == RTA_OIF)
            {
                result->interface = InterfaceId{mnl_attr_get_u32(attribute)};
            }
            else if (mnl_attr_get_type(attribute) == RTA_GATEWAY)
            {
                result->nextHop = ReadAddress(attribute, family).value_or(result->nextHop);
            }
        });
    });
    return result;
}

} // namespace mcast::linux_host
