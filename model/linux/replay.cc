// SPDX-License-Identifier: GPL-2.0-only

#include "replay.h"

#include "packet-codec.h"
#include "socket-address.h"
#include "wire/ip.h"

#include <algorithm>

namespace mcast::linux_host
{

namespace
{

std::uint8_t
TtlOf(Family family, BytesView packet)
{
    const std::size_t offset = family == Family::Ipv4 ? 8 : 7;
    return packet.Size() > offset ? packet[offset] : std::uint8_t{0};
}

/// A socket that takes whole packets from any source, and doesn't loop them back to us.
UniqueFd
OpenSender(Family family)
{
    const bool ipv4 = family == Family::Ipv4;
    UniqueFd fd{socket(ipv4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW)};
    if (!fd)
    {
        throw SystemFailure("opening a raw socket");
    }
    const int level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
    SwitchOn(fd.Get(), level, ipv4 ? IP_HDRINCL : IPV6_HDRINCL, "setting IP_HDRINCL");
    const int off = 0;
    SetSocketOption(fd.Get(), level, ipv4 ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP, &off, sizeof off,
                    "setting IP_MULTICAST_LOOP");
    return fd;
}

} // namespace

bool
LetsIn(const ForwardingChange& change, const Upcall& upcall)
{
    const bool kept = change.kind == ForwardingChange::Kind::Install || change.kind == ForwardingChange::Kind::Replace;
    return kept && change.group == upcall.group && change.source == upcall.source &&
           change.incoming == upcall.interface;
}

Replay::Replay(Family family)
    : m_family(family),
      m_fd(OpenSender(family))
{
}

void
Replay::Hold(const Upcall& upcall, Bytes packet)
{
    if (m_held.size() < MAX_HELD)
    {
        m_held.push_back({upcall, std::move(packet)});
        m_held.back().upcall.packet = {};
    }
}

std::size_t
Replay::Apply(const ForwardingChange& change, const RegisterSink& sink)
{
    std::size_t count = 0;
    for (auto& held : m_held)
    {
        if (!held.packet.empty() && LetsIn(change, held.upcall))
        {
            count += Forward(change, std::move(held.packet), sink) ? 1 : 0;
            held.packet.clear(); // once only
        }
    }
    return count;
}

bool
Replay::Forward(const ForwardingChange& entry, Bytes packet, const RegisterSink& sink) const
{
    const auto ttl = TtlOf(m_family, packet);
    if (ttl < 2)
    {
        return false;
    }
    for (const auto& output : entry.outgoing)
    {
        if (output.interface == REGISTER_INTERFACE && entry.incoming != REGISTER_INTERFACE)
        {
            sink({Upcall::Kind::WholePacket, REGISTER_INTERFACE, entry.source, entry.group, packet});
        }
    }
    DecrementTtl(packet);
    for (const auto& output : entry.outgoing)
    {
        if (output.interface != REGISTER_INTERFACE && output.interface != entry.incoming && ttl > output.ttlThreshold)
        {
            Send(packet, entry.group, output.interface);
        }
    }
    return true;
}

void
Replay::Send(const Bytes& packet, const Address& group, InterfaceId interface) const
{
    auto destination = ToSocketAddress(group, interface);
    iovec vector{const_cast<std::uint8_t*>(packet.data()), packet.size()};
    alignas(cmsghdr) std::array<char, CONTROL_SIZE> control{};
    msghdr message{};
    message.msg_name = &destination.storage;
    message.msg_namelen = destination.size;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    ControlWriter writer{message};
    const auto any = Address::Any(m_family); // the packet's header tells the source
    m_family == Family::Ipv4 ? PutIpv4Way(writer, interface, any) : PutIpv6Way(writer, interface, any);
    sendmsg(m_fd.Get(), &message, MSG_NOSIGNAL); // what the network doesn't take now is lost as any packet may be
}

} // namespace mcast::linux_host
