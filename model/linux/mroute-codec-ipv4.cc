// SPDX-License-Identifier: GPL-2.0-only

#include "mroute-codec.h"
#include "socket-address.h"

// The kernel's header leaves out what the C library's defined before it.
#include <linux/mroute.h>

#include <cerrno>
#include <sys/ioctl.h>

namespace mcast::linux_host
{

namespace
{

static_assert(MAX_VIFS == MAXVIFS, "the kernel's own limit");

template <class T>
int
Set(int socket, int option, const T& value)
{
    return setsockopt(socket, IPPROTO_IP, option, &value, sizeof value) < 0 ? errno : 0;
}

int
Begin(int socket)
{
    return Set(socket, MRT_INIT, 1);
}

void
End(int socket)
{
    setsockopt(socket, IPPROTO_IP, MRT_DONE, nullptr, 0);
}

int
StartPim(int socket)
{
    return Set(socket, MRT_PIM,
               static_cast<int>(IGMPMSG_WRVIFWHOLE)); // to older kernels any number but zero is the same
}

void
StopPim(int socket)
{
    Set(socket, MRT_PIM, 0);
}

int
AddInterface(int socket, std::uint16_t vif, InterfaceId interface)
{
    vifctl control{};
    control.vifc_vifi = vif;
    control.vifc_threshold = 1; // thresholds are the forwarding entries' business
    if (interface == REGISTER_INTERFACE)
    {
        control.vifc_flags = VIFF_REGISTER;
    }
    else
    {
        control.vifc_flags = VIFF_USE_IFINDEX;
        control.vifc_lcl_ifindex = static_cast<int>(interface.value);
    }
    return Set(socket, MRT_ADD_VIF, control);
}

void
RemoveInterface(int socket, std::uint16_t vif)
{
    vifctl control{};
    control.vifc_vifi = vif;
    Set(socket, MRT_DEL_VIF, control);
}

mfcctl
ToEntry(const Address& source, const Address& group)
{
    mfcctl entry{};
    entry.mfcc_origin = ToInAddr(source);
    entry.mfcc_mcastgrp = ToInAddr(group);
    return entry;
}

int
SetEntry(int socket, const VifEntry& wanted)
{
    auto entry = ToEntry(wanted.source, wanted.group);
    entry.mfcc_parent = wanted.incoming;
    std::copy(wanted.thresholds.begin(), wanted.thresholds.end(), entry.mfcc_ttls);
    return Set(socket, MRT_ADD_MFC, entry);
}

int
RemoveEntry(int socket, const Address& source, const Address& group)
{
    return Set(socket, MRT_DEL_MFC, ToEntry(source, group));
}

std::optional<ForwardingCounters>
ReadCounters(int socket, const Address& source, const Address& group)
{
    sioc_sg_req request{};
    request.src = ToInAddr(source);
    request.grp = ToInAddr(group);
    if (ioctl(socket, SIOCGETSGCNT, &request) < 0)
    {
        return std::nullopt;
    }
    return ForwardingCounters{request.pktcnt, request.bytecnt, request.wrong_if, {}};
}

std::optional<VifUpcall>
ParseUpcall(BytesView octets)
{
    igmpmsg message{};
    if (octets.Size() < sizeof message)
    {
        return std::nullopt;
    }
    std::memcpy(&message, octets.Data(), sizeof message);
    VifUpcall result;
    result.vif = static_cast<std::uint16_t>(message.im_vif | message.im_vif_hi << 8);
    result.upcall.source = FromInAddr(message.im_src);
    result.upcall.group = FromInAddr(message.im_dst);
    switch (message.im_msgtype)
    {
    case IGMPMSG_NOCACHE:
        result.upcall.kind = Upcall::Kind::NoCache;
        return result;
    case IGMPMSG_WRONGVIF:
        result.upcall.kind = Upcall::Kind::WrongInterface;
        return result;
    case IGMPMSG_WRVIFWHOLE:
        result.upcall.kind = Upcall::Kind::WrongInterface;
        result.upcall.packet = octets.Sub(sizeof message);
        return result;
    case IGMPMSG_WHOLEPKT:
        result.upcall.kind = Upcall::Kind::WholePacket;
        result.upcall.packet = octets.Sub(sizeof message);
        return result;
    }
    return std::nullopt;
}

} // namespace

const MrouteCodec&
Ipv4MrouteCodec()
{
    static constexpr MrouteCodec codec{"IPv4",          "MRT_INIT",   "CONFIG_IP_MROUTE", Begin, StartPim,
                                       AddInterface,    SetEntry,     RemoveEntry,        End,   StopPim,
                                       RemoveInterface, ReadCounters, ParseUpcall};
    return codec;
}

} // namespace mcast::linux_host
