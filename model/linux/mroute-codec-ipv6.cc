// SPDX-License-Identifier: GPL-2.0-only

#include "mroute-codec.h"
#include "socket-address.h"

// The kernel's header leaves out what the C library's defined before it.
#include <linux/mroute6.h>

#include <cerrno>
#include <sys/ioctl.h>

namespace mcast::linux_host
{

namespace
{

static_assert(MAX_VIFS == MAXMIFS, "the kernel's own limit");

template <class T>
int
Set(int socket, int option, const T& value)
{
    return setsockopt(socket, IPPROTO_IPV6, option, &value, sizeof value) < 0 ? errno : 0;
}

int
Begin(int socket)
{
    return Set(socket, MRT6_INIT, 1);
}

void
End(int socket)
{
    setsockopt(socket, IPPROTO_IPV6, MRT6_DONE, nullptr, 0);
}

int
StartPim(int socket)
{
    return Set(socket, MRT6_PIM,
               static_cast<int>(MRT6MSG_WRMIFWHOLE)); // to older kernels any number but zero is the same
}

void
StopPim(int socket)
{
    Set(socket, MRT6_PIM, 0);
}

int
AddInterface(int socket, std::uint16_t vif, InterfaceId interface)
{
    mif6ctl control{};
    control.mif6c_mifi = vif;
    control.vifc_threshold = 1;
    if (interface == REGISTER_INTERFACE)
    {
        control.mif6c_flags = MIFF_REGISTER;
        return Set(socket, MRT6_ADD_MIF, control);
    }
    if (interface.value > UINT16_MAX)
    {
        return EOVERFLOW; // mif6ctl has 16 bits for it
    }
    control.mif6c_pifi = static_cast<std::uint16_t>(interface.value);
    return Set(socket, MRT6_ADD_MIF, control);
}

void
RemoveInterface(int socket, std::uint16_t vif)
{
    Set(socket, MRT6_DEL_MIF, static_cast<mifi_t>(vif));
}

mf6cctl
ToEntry(const Address& source, const Address& group)
{
    mf6cctl entry{};
    entry.mf6cc_origin.sin6_family = AF_INET6;
    entry.mf6cc_origin.sin6_addr = ToIn6Addr(source);
    entry.mf6cc_mcastgrp.sin6_family = AF_INET6;
    entry.mf6cc_mcastgrp.sin6_addr = ToIn6Addr(group);
    return entry;
}

int
SetEntry(int socket, const VifEntry& wanted)
{
    auto entry = ToEntry(wanted.source, wanted.group);
    entry.mf6cc_parent = wanted.incoming;
    for (std::size_t vif = 0; vif < wanted.thresholds.size(); ++vif)
    {
        if (wanted.thresholds[vif] != 0)
        {
            IF_SET(vif, &entry.mf6cc_ifset);
        }
    }
    return Set(socket, MRT6_ADD_MFC, entry);
}

int
RemoveEntry(int socket, const Address& source, const Address& group)
{
    return Set(socket, MRT6_DEL_MFC, ToEntry(source, group));
}

std::optional<ForwardingCounters>
ReadCounters(int socket, const Address& source, const Address& group)
{
    sioc_sg_req6 request{};
    request.src.sin6_addr = ToIn6Addr(source);
    request.grp.sin6_addr = ToIn6Addr(group);
    if (ioctl(socket, SIOCGETSGCNT_IN6, &request) < 0)
    {
        return std::nullopt;
    }
    return ForwardingCounters{request.pktcnt, request.bytecnt, request.wrong_if, {}};
}

std::optional<VifUpcall>
ParseUpcall(BytesView octets)
{
    mrt6msg message{};
    if (octets.Size() < sizeof message)
    {
        return std::nullopt;
    }
    std::memcpy(&message, octets.Data(), sizeof message);
    VifUpcall result;
    result.vif = message.im6_mif;
    result.upcall.source = FromIn6Addr(message.im6_src);
    result.upcall.group = FromIn6Addr(message.im6_dst);
    switch (message.im6_msgtype)
    {
    case MRT6MSG_NOCACHE:
        result.upcall.kind = Upcall::Kind::NoCache;
        return result;
    case MRT6MSG_WRONGMIF:
        result.upcall.kind = Upcall::Kind::WrongInterface;
        return result;
    case MRT6MSG_WRMIFWHOLE:
        result.upcall.kind = Upcall::Kind::WrongInterface;
        result.upcall.packet = octets.Sub(sizeof message);
        return result;
    case MRT6MSG_WHOLEPKT:
        result.upcall.kind = Upcall::Kind::WholePacket;
        result.upcall.packet = octets.Sub(sizeof message);
        return result;
    }
    return std::nullopt;
}

} // namespace

const MrouteCodec&
Ipv6MrouteCodec()
{
    static constexpr MrouteCodec codec{"IPv6",          "MRT6_INIT",  "CONFIG_IPV6_MROUTE", Begin, StartPim,
                                       AddInterface,    SetEntry,     RemoveEntry,          End,   StopPim,
                                       RemoveInterface, ReadCounters, ParseUpcall};
    return codec;
}

} // namespace mcast::linux_host
