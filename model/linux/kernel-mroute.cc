// SPDX-License-Identifier: GPL-2.0-only

#include "kernel-mroute.h"

#include "failure.h"

#include <algorithm>

namespace mcast::linux_host
{

const MrouteCodec&
MrouteCodecOf(Family family)
{
    return family == Family::Ipv4 ? Ipv4MrouteCodec() : Ipv6MrouteCodec();
}

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

KernelMroute::KernelMroute(Family family, int membershipSocket)
    : m_codec(MrouteCodecOf(family)),
      m_socket(membershipSocket)
{
    const int error = m_codec.begin(m_socket);
    if (error == 0)
    {
        return;
    }
    const auto end = std::string{": "} + m_codec.init + ": " + std::strerror(error);
    switch (error)
    {
    case EADDRINUSE:
        throw RuntimeFailure("another multicast router runs in this network namespace" + end);
    case ENOPROTOOPT:
    case EOPNOTSUPP:
        throw UnsupportedFailure(std::string{"this kernel has no "} + m_codec.family + " multicast forwarding (" +
                                 m_codec.option + ")" + end);
    }
    throw RuntimeFailure(std::string{"becoming the "} + m_codec.family + " multicast router" + end);
}

KernelMroute::~KernelMroute()
{
    m_codec.end(m_socket);
}

int
KernelMroute::StartPim()
{
    if (const int error = m_codec.startPim(m_socket))
    {
        return error;
    }
    return m_vifs.Add(VifTable::NOWHERE) ? AddInterface(REGISTER_INTERFACE) : ENOSPC;
}

void
KernelMroute::StopPim()
{
    RemoveInterface(REGISTER_INTERFACE);
    m_vifs.Remove(VifTable::NOWHERE);
    m_registerEntries.clear();
    m_codec.stopPim(m_socket);
}

const ForwardingChange*
KernelMroute::FindRegisterEntry(const Address& source, const Address& group) const
{
    const auto found = m_registerEntries.find({source, group});
    return found == m_registerEntries.end() ? nullptr : &found->second;
}

void
KernelMroute::DropWaiting(const Address& source, const Address& group)
{
    if (ReadCounters(source, group))
    {
        return; // there is an entry meanwhile
    }
    ForwardingChange drop;
    drop.source = source;
    drop.group = group;
    drop.incoming = VifTable::NOWHERE;
    m_codec.setEntry(m_socket, ToVifs(drop));
    m_codec.removeEntry(m_socket, source, group);
}

int
KernelMroute::AddInterface(InterfaceId interface)
{
    const auto vif = m_vifs.Add(interface);
    if (!vif)
    {
        return ENOSPC;
    }
    const int error = m_codec.addInterface(m_socket, *vif, interface);
    if (error != 0)
    {
        m_vifs.Remove(interface);
    }
    return error;
}

void
KernelMroute::RemoveInterface(InterfaceId interface)
{
    if (const auto vif = m_vifs.Find(interface))
    {
        m_codec.removeInterface(m_socket, *vif);
        m_vifs.Remove(interface);
    }
}

void
KernelMroute::ListenOn(const Address& source, const Address& group)
{
    if (const auto* const entry = FindRegisterEntry(source, group))
    {
        m_codec.removeEntry(m_socket, source, group);
        m_codec.setEntry(m_socket, ToVifs(*entry));
    }
}

VifEntry
KernelMroute::ToVifs(const ForwardingChange& change) const
{
    VifEntry entry;
    entry.source = change.source;
    entry.group = change.group;
    const auto nowhere = m_vifs.Find(VifTable::NOWHERE);
    const auto incoming = change.incoming == REGISTER_INTERFACE ? nowhere : m_vifs.Find(change.incoming);
    for (const auto& output : change.outgoing)
    {
        if (const auto vif = m_vifs.Find(output.interface); vif && incoming)
        {
            entry.thresholds[*vif] = output.ttlThreshold;
        }
    }
    // Without a virtual interface towards the source, the entry drops whatever arrives, and keeps the kernel from
    // asking for each packet.
    entry.incoming = incoming.value_or(nowhere.value_or(0));
    if (change.source.IsUnspecified() && incoming)
    {
        // The kernel looks a (*,G) entry up by its outgoing interfaces, and sends nothing back where it came from.
        entry.thresholds[*incoming] = 1;
    }
    return entry;
}

void
KernelMroute::NoteRegisterEntry(const ForwardingChange& change)
{
    const std::pair key{change.source, change.group};
    if (change.kind != ForwardingChange::Kind::Remove && change.incoming == REGISTER_INTERFACE)
    {
        m_registerEntries.insert_or_assign(key, change);
    }
    else if (!m_registerEntries.empty())
    {
        m_registerEntries.erase(key);
    }
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
        NoteRegisterEntry(change);
        return m_codec.setEntry(m_socket, ToVifs(change));
    case ForwardingChange::Kind::Remove:
        if (star)
        {
            m_starGroups.erase(change.group);
        }
        NoteRegisterEntry(change);
        return m_codec.removeEntry(m_socket, change.source, change.group);
    case ForwardingChange::Kind::ReadCounters:
        break;
    }
    return EINVAL;
}

std::optional<ForwardingCounters>
KernelMroute::ReadCounters(const Address& source, const Address& group) const
{
    auto counters = ReadByNetlink(source, group);
    if (!counters)
    {
        counters = m_codec.readCounters(m_socket, source, group); // an older kernel
    }
    if (counters)
    {
        counters->packets -= std::min(counters->packets, counters->wrongInterface);
    }
    return counters;
}

/// Rtnetlink tells besides how long ago the last packet came.
std::optional<ForwardingCounters>
KernelMroute::ReadByNetlink(const Address& source, const Address& group) const
{
    const bool ipv4 = group.IsIpv4();
    const std::size_t size = ipv4 ? 4 : 16;
    NetlinkRequest request;
    auto& query = request.Begin<rtmsg>(RTM_GETROUTE, 0);
    query.rtm_family = ipv4 ? RTNL_FAMILY_IPMR : RTNL_FAMILY_IP6MR;
    query.rtm_src_len = query.rtm_dst_len = static_cast<unsigned char>(size * 8);
    // What the kernel takes for the default table of IPv6 here isn't the one that it uses.
    mnl_attr_put_u32(request.header, RTA_TABLE, ipv4 ? RT_TABLE_DEFAULT : RT_TABLE_MAIN);
    for (const auto& [type, address] : {std::pair{RTA_SRC, source}, std::pair{RTA_DST, group}})
    {
        const auto octets = address.Octets();
        mnl_attr_put(request.header, type, size, octets.data() + octets.size() - size);
    }
    std::optional<ForwardingCounters> counters;
    std::optional<Duration> idle;
    const int error = m_requests.Request(*request.header, [&](const nlmsghdr& message) {
        ForEachAttribute(message, sizeof(rtmsg), [&](const nlattr* attribute) {
            const auto* const payload = mnl_attr_get_payload(attribute);
            if (mnl_attr_get_type(attribute) == RTA_MFC_STATS &&
                mnl_attr_get_payload_len(attribute) >= sizeof(rta_mfc_stats))
            {
                rta_mfc_stats stats{};
                std::memcpy(&stats, payload, sizeof stats);
                counters = ForwardingCounters{stats.mfcs_packets, stats.mfcs_bytes, stats.mfcs_wrong_if, {}};
            }
            else if (mnl_attr_get_type(attribute) == RTA_EXPIRES)
            {
                idle = std::chrono::milliseconds{10 * mnl_attr_get_u64(attribute)}; // USER_HZ
            }
        });
    });
    if (error == 0 && counters)
    {
        counters->idle = idle;
    }
    return error == 0 ? counters : std::nullopt;
}

std::optional<Upcall>
KernelMroute::ParseUpcall(BytesView octets) const
{
    auto parsed = m_codec.parseUpcall(octets);
    const auto interface = parsed ? m_vifs.InterfaceOf(parsed->vif) : std::nullopt;
    if (!interface)
    {
        return std::nullopt;
    }
    parsed->upcall.interface = *interface;
    return parsed->upcall;
}

} // namespace mcast::linux_host
