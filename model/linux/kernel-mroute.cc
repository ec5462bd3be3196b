// SPDX-License-Identifier: GPL-2.0-only

#include "kernel-mroute.h"

#include "failure.h"

#include <netinet/in.h>

// The kernel's header leaves out what the C library's defined before it.
#include <linux/mroute.h>

#include <cstring>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace mcast::linux_host
{

namespace
{

static_assert(VifTable::SIZE == MAXVIFS, "the kernel's own limit");

in_addr
ToInAddr(const Address& address)
{
    return {htonl(address.ToIpv4())};
}

std::string
InitFailure(int error)
{
    switch (error)
    {
    case EADDRINUSE:
        return "another multicast router runs in this network namespace: MRT_INIT: ";
    case ENOPROTOOPT:
        return "this kernel has no IPv4 multicast forwarding (CONFIG_IP_MROUTE): MRT_INIT: ";
    }
    return "becoming the multicast router: MRT_INIT: ";
}

} // namespace

std::optional<std::uint16_t>
VifTable::Add(InterfaceId interface)
{
    for (std::uint16_t vif = 0; vif < SIZE; ++vif)
    {
        if (m_interfaces[vif].value == 0)
        {
            m_interfaces[vif] = interface;
            return vif;
        }
    }
    return std::nullopt;
}

void
VifTable::Remove(InterfaceId interface)
{
    if (const auto vif = Find(interface))
    {
        m_interfaces[*vif] = {};
    }
}

std::optional<std::uint16_t>
VifTable::Find(InterfaceId interface) const
{
    for (std::uint16_t vif = 0; vif < SIZE; ++vif)
    {
        if (m_interfaces[vif] == interface && interface.value != 0)
        {
            return vif;
        }
    }
    return std::nullopt;
}

std::optional<InterfaceId>
VifTable::InterfaceOf(std::uint16_t vif) const
{
    if (vif >= SIZE || m_interfaces[vif].value == 0)
    {
        return std::nullopt;
    }
    return m_interfaces[vif];
}

KernelMroute::KernelMroute(int igmpSocket)
    : m_socket(igmpSocket)
{
    const int version = 1;
    if (setsockopt(m_socket, IPPROTO_IP, MRT_INIT, &version, sizeof version) < 0)
    {
        const int error = errno;
        throw RuntimeFailure(InitFailure(error) + std::strerror(error));
    }
}

KernelMroute::~KernelMroute()
{
    setsockopt(m_socket, IPPROTO_IP, MRT_DONE, nullptr, 0);
}

int
KernelMroute::AddInterface(InterfaceId interface)
{
    const auto vif = m_vifs.Add(interface);
    if (!vif)
    {
        return ENOSPC;
    }
    vifctl control{};
    control.vifc_vifi = *vif;
    control.vifc_flags = VIFF_USE_IFINDEX;
    control.vifc_threshold = 1; // thresholds are the forwarding entries' business
    control.vifc_lcl_ifindex = static_cast<int>(interface.value);
    if (setsockopt(m_socket, IPPROTO_IP, MRT_ADD_VIF, &control, sizeof control) < 0)
    {
        const int error = errno;
        m_vifs.Remove(interface);
        return error;
    }
    return 0;
}

void
KernelMroute::RemoveInterface(InterfaceId interface)
{
    if (const auto vif = m_vifs.Find(interface))
    {
        vifctl control{};
        control.vifc_vifi = *vif;
        setsockopt(m_socket, IPPROTO_IP, MRT_DEL_VIF, &control, sizeof control);
        m_vifs.Remove(interface);
    }
}

int
KernelMroute::AddEntry(const ForwardingChange& change)
{
    mfcctl entry{};
    entry.mfcc_origin = ToInAddr(change.source);
    entry.mfcc_mcastgrp = ToInAddr(change.group);
    const auto incoming = m_vifs.Find(change.incoming);
    for (const auto& output : change.outgoing)
    {
        if (const auto vif = m_vifs.Find(output.interface); vif && incoming)
        {
            entry.mfcc_ttls[*vif] = output.ttlThreshold;
        }
    }
    // Without a virtual interface towards the source, the entry drops whatever arrives, and keeps the kernel from
    // asking for each packet.
    entry.mfcc_parent = incoming.value_or(0);
    if (change.source.IsUnspecified() && incoming)
    {
        // The kernel looks a (*,G) entry up by its outgoing interfaces, and sends nothing back where it came from.
        entry.mfcc_ttls[*incoming] = 1;
    }
    return setsockopt(m_socket, IPPROTO_IP, MRT_ADD_MFC, &entry, sizeof entry) < 0 ? errno : 0;
}

int
KernelMroute::RemoveEntry(const ForwardingChange& change)
{
    mfcctl entry{};
    entry.mfcc_origin = ToInAddr(change.source);
    entry.mfcc_mcastgrp = ToInAddr(change.group);
    return setsockopt(m_socket, IPPROTO_IP, MRT_DEL_MFC, &entry, sizeof entry) < 0 ? errno : 0;
}

int
KernelMroute::Apply(const ForwardingChange& change)
{
    const bool star = change.source.IsUnspecified();
    switch (change.kind)
    {
    case ForwardingChange::Kind::Install:
    case ForwardingChange::Kind::Replace:
        if (star)
        {
            m_starGroups.insert(change.group);
        }
        return AddEntry(change);
    case ForwardingChange::Kind::Remove:
        if (star)
        {
            m_starGroups.erase(change.group);
        }
        return RemoveEntry(change);
    case ForwardingChange::Kind::ReadCounters:
        break;
    }
    return EINVAL;
}

std::optional<ForwardingCounters>
KernelMroute::ReadCounters(const Address& source, const Address& group) const
{
    sioc_sg_req request{};
    request.src = ToInAddr(source);
    request.grp = ToInAddr(group);
    if (ioctl(m_socket, SIOCGETSGCNT, &request) < 0)
    {
        return std::nullopt;
    }
    return ForwardingCounters{request.pktcnt, request.bytecnt, request.wrong_if};
}

bool
KernelMroute::IsUpcall(BytesView packet)
{
    return packet.Size() >= sizeof(igmpmsg) && packet[offsetof(igmpmsg, im_mbz)] == 0;
}

std::optional<Upcall>
KernelMroute::ParseUpcall(BytesView packet) const
{
    igmpmsg message{};
    std::memcpy(&message, packet.Data(), sizeof message);
    const auto interface = m_vifs.InterfaceOf(static_cast<std::uint16_t>(message.im_vif | message.im_vif_hi << 8));
    if (!interface)
    {
        return std::nullopt;
    }
    Upcall upcall;
    upcall.interface = *interface;
    upcall.source = Address::Ipv4(ntohl(message.im_src.s_addr));
    upcall.group = Address::Ipv4(ntohl(message.im_dst.s_addr));
    switch (message.im_msgtype)
    {
    case IGMPMSG_NOCACHE:
        upcall.kind = Upcall::Kind::NoCache;
        return upcall;
    case IGMPMSG_WRONGVIF:
        upcall.kind = Upcall::Kind::WrongInterface;
        return upcall;
    case IGMPMSG_WHOLEPKT:
        upcall.kind = Upcall::Kind::WholePacket;
        upcall.packet = packet.Sub(sizeof message);
        return upcall;
    }
    return std::nullopt;
}

} // namespace mcast::linux_host
