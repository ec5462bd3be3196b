// SPDX-License-Identifier: GPL-2.0-only
// Registers: a source's packets on their way to the RP, and the RP's answers.                     RFC 7761 4.4

#include "../../wire/checksum.h"
#include "../../wire/fragment.h"
#include "../../wire/ip.h"
#include "../../wire/ipv6-header.h"
#include "../rp-set.h"
#include "sparse.h"

#include <algorithm>
#include <utility>

namespace mcast::pim
{

namespace
{

constexpr std::uint8_t UNICAST_TTL = 64;
constexpr std::size_t PIM_HEADER = 4;
constexpr std::size_t DUMMY_PIM_SIZE = 4;
constexpr std::size_t REGISTER_HEADER = 8; // of PIM
constexpr std::size_t LEAST_IPV6_MTU = 1280;
constexpr Duration TOO_BIG_INTERVAL = std::chrono::milliseconds{100}; // between two errors (RFC 4443 2.4 f)

// Source and group of a Null-Register's dummy header. Its IPv4 checksum may be zero, and is not looked at then (4.9.3).
Expected<PacketMeta, DecodeError>
ParseDummy(Family family, BytesView packet)
{
    Bytes copy(packet.Data(), packet.Data() + packet.Size());
    if (family == Family::Ipv4 && copy.size() >= 20 && copy[10] == 0 && copy[11] == 0)
    {
        const auto sum = InternetChecksum(BytesView(copy.data(), 20));
        copy[10] = static_cast<std::uint8_t>(sum >> 8);
        copy[11] = static_cast<std::uint8_t>(sum);
    }
    const auto parsed = ParseIp(family, copy);
    if (!parsed)
    {
        return Unexpected{parsed.Error()};
    }
    const bool dummyPim =
        family == Family::Ipv6 && parsed->meta.protocol == PROTOCOL && parsed->payload.Size() >= DUMMY_PIM_SIZE;
    if (dummyPim && UpperLayerChecksum(parsed->meta, parsed->payload.Sub(0, DUMMY_PIM_SIZE)) != 0)
    {
        return Unexpected{DecodeError{Reason::BadChecksum, 0}};
    }
    return parsed->meta;
}

} // namespace

void
Sparse::UpdateRegister(const Flow& flow)
{
    auto* sg = flow.sg;
    const bool could = CouldRegister(flow);
    if (sg == nullptr || (!could && !sg->registering))
    {
        return;
    }
    if (!sg->registering)
    {
        sg->registering = std::make_unique<RegisterMachine>();
    }
    const auto rp = flow.group.rp == nullptr ? Address{} : flow.group.rp->address;
    if (sg->registering->Update(could, rp))
    {
        TellRegister(*sg);
    }
    if (sg->registering->State() == RegisterState::NoInfo)
    {
        sg->registering.reset();
    }
}

void
Sparse::TellRegister(const SG& sg)
{
    GetContext().Emit(TraceEvent(EventKind::RegisterChanged, RpfInterface(sg).value_or(InterfaceId{}))
                          .Of(m_family)
                          .Group(sg.group.address)
                          .Source(sg.source)
                          .Value(static_cast<std::uint64_t>(sg.Registering())));
}

// The TTL of a packet is decremented before it is encapsulated (4.4.1).
void
Sparse::HandleWholePacket(BytesView packet)
{
    const auto parsed = ParseIp(m_family, packet);
    if (!parsed || parsed->meta.ttl <= 1)
    {
        return;
    }
    auto* group = FindGroup(parsed->meta.destination);
    auto* sg = group == nullptr ? nullptr : group->FindSource(parsed->meta.source);
    if (sg == nullptr || sg->Registering() != RegisterState::Join)
    {
        return;
    }
    const auto mtu = TunnelMtu(*sg);
    if (m_family == Family::Ipv6 && packet.Size() > std::max(mtu, LEAST_IPV6_MTU))
    {
        return TellTooBig(*sg, std::max(mtu, LEAST_IPV6_MTU), packet);
    }
    Bytes inner(packet.Data(), packet.Data() + packet.Size());
    DecrementTtl(inner);
    // What may not be cut, or by whom it must not, goes whole; IP cuts the Register then.
    const bool cut = MayFragment(inner) && inner.size() > mtu;
    for (auto& part : cut ? FragmentPacket(inner, mtu) : std::vector<Bytes>{inner})
    {
        SendRegister(*sg, std::move(part), parsed->meta.tos, false);
    }
}

// The tunnel takes what is left of a packet on the way to the RP, after IP's and PIM's headers (4.4.1).
std::size_t
Sparse::TunnelMtu(const SG& sg) const
{
    return m_owner.MtuTowards(sg.registering->Rp()) - IpHeaderSize(m_family) - REGISTER_HEADER;
}

// Routers don't cut IPv6 packets: their source has to (4.4.1, RFC 4443 3.2).
void
Sparse::TellTooBig(const SG& sg, std::size_t mtu, BytesView packet)
{
    auto& context = GetContext();
    const auto own = m_owner.ReachableAddress(RpfInterface(sg).value_or(InterfaceId{}));
    if (!m_quietUntil.Due(context.now) || own.IsUnspecified())
    {
        return;
    }
    m_quietUntil.Start(context.now, TOO_BIG_INTERVAL);
    const PacketMeta meta{own, sg.source, PROTOCOL_ICMPV6, UNICAST_TTL, 0, false};
    context.transmits.push_back({BY_ROUTING, meta, WritePacketTooBig(meta, static_cast<std::uint32_t>(mtu), packet)});
}

void
Sparse::SendRegister(SG& sg, Bytes packet, std::uint8_t tos, bool null)
{
    const auto source = RegisterSource(sg);
    if (source.IsUnspecified())
    {
        return m_owner.JournalOf(RpfInterface(sg).value_or(InterfaceId{})).Count(Reason::NoRoute);
    }
    Register message;
    message.null = null;
    message.packet = std::move(packet);
    m_owner.SendUnicast(source, sg.registering->Rp(), tos, message);
}

// Those that fall due together go out together, if the RP takes that (RFC 9465 5).
void
Sparse::SendNullRegister(SG& sg)
{
    if (m_packers.count(sg.registering->Rp()) != 0)
    {
        m_nullRegisters.push_back({sg.group.address, sg.source});
        return;
    }
    SendDummy(sg);
}

// A dummy header with source and group (4.9.3); of IPv6 a dummy PIM header follows.
void
Sparse::SendDummy(SG& sg)
{
    const PacketMeta meta{sg.source, sg.group.address, PROTOCOL, UNICAST_TTL, 0, false};
    Bytes dummy;
    if (m_family == Family::Ipv6)
    {
        dummy.assign(DUMMY_PIM_SIZE, 0);
        const auto sum = UpperLayerChecksum(meta, dummy);
        dummy[2] = static_cast<std::uint8_t>(sum >> 8);
        dummy[3] = static_cast<std::uint8_t>(sum);
    }
    SendRegister(sg, WriteIp(meta, dummy), TOS_INTERNETWORK_CONTROL, true);
}

// By RP and own address: the sources of a message share both. One alone goes as ever.
void
Sparse::FlushNullRegisters()
{
    std::map<std::pair<Address, Address>, std::vector<PackedRegister::Record>> batches;
    for (const auto& record : std::exchange(m_nullRegisters, {}))
    {
        auto* group = FindGroup(record.group);
        auto* sg = group == nullptr ? nullptr : group->FindSource(record.source);
        if (sg != nullptr && sg->registering)
        {
            batches[{sg->registering->Rp(), RegisterSource(*sg)}].push_back(record);
        }
    }
    for (const auto& [ends, records] : batches)
    {
        if (records.size() == 1)
        {
            SendDummy(*FindGroup(records[0].group)->FindSource(records[0].source));
            continue;
        }
        SendPacked(ends.second, ends.first, PackedRegister::Kind::NullRegister, records);
    }
}

// No message larger than the way takes whole (RFC 9465 5).
void
Sparse::SendPacked(const Address& from, const Address& to, PackedRegister::Kind kind,
                   const std::vector<PackedRegister::Record>& records)
{
    const auto recordSize = 2 * SourceSize(m_family) - 2; // an encoded group and an encoded unicast address
    const auto headers = IpHeaderSize(m_family) + PIM_HEADER;
    const auto capacity = std::max<std::size_t>((m_owner.MtuTowards(to) - headers) / recordSize, 1);
    for (std::size_t at = 0; at < records.size() && !from.IsUnspecified(); at += capacity)
    {
        const auto end = std::min(at + capacity, records.size());
        m_owner.SendUnicast(from, to, TOS_INTERNETWORK_CONTROL,
                            PackedRegister{kind,
                                           {records.begin() + static_cast<std::ptrdiff_t>(at),
                                            records.begin() + static_cast<std::ptrdiff_t>(end)}});
    }
}

Address
Sparse::RegisterSource(const SG& sg) const
{
    return m_owner.GetConfig().registerSource.value_or(
        m_owner.ReachableAddress(RpfInterface(sg).value_or(InterfaceId{})));
}

void
Sparse::HandleRegisterStop(InterfaceId interface, const PacketMeta& meta, const RegisterStop& message)
{
    m_owner.JournalOf(interface).Received(MessageKind::PimRegisterStop, meta.source, message.group);
    if (!ReceiveRegisterStop(interface, meta.source, message.group, message.source, message.packing))
    {
        return;
    }
    // What the RP said last counts: it may have been replaced by an older one (RFC 9465 5).
    if (message.packing)
    {
        m_packers.insert(meta.source);
    }
    else
    {
        m_packers.erase(meta.source);
    }
}

// \return was it from an RP that we send Registers to?
bool
Sparse::ReceiveRegisterStop(InterfaceId interface, const Address& from, const Address& address,
                            const Address& itsSource, bool together)
{
    auto* group = FindGroup(address);
    if (group == nullptr)
    {
        return false;
    }
    bool meantUs = false;
    for (const auto& source : SourcesOf(*group))
    {
        auto* sg = group->FindSource(source);
        const bool meant = itsSource.IsUnspecified() || itsSource == source;
        if (!meant || sg == nullptr || !sg->registering)
        {
            continue;
        }
        if (sg->registering->Rp() != from)
        {
            m_owner.JournalOf(interface).Ignored(address, Reason::WrongRp); // only who gets our Registers may stop them
            continue;
        }
        meantUs = true;
        if (sg->registering->ReceiveRegisterStop(GetContext().now, GetContext().random, m_owner.GetConfig(), together))
        {
            TellRegister(*sg);
        }
    }
    Update(*group);
    return meantUs;
}

void
Sparse::HandlePacked(InterfaceId interface, const PacketMeta& meta, const PackedRegister& message)
{
    auto& journal = m_owner.JournalOf(interface);
    if (message.kind == PackedRegister::Kind::RegisterStop)
    {
        journal.Received(MessageKind::PimRegisterStop, meta.source);
        for (const auto& record : message.records)
        {
            ReceiveRegisterStop(interface, meta.source, record.group, record.source, true);
        }
        return;
    }
    if (!m_owner.GetConfig().offerPacking)
    {
        return journal.Dropped(meta.source, Reason::NotEnabled, MessageKind::PimRegister);
    }
    journal.Received(MessageKind::PimRegister, meta.source);
    std::vector<PackedRegister::Record> stopped;
    for (const auto& record : message.records)
    {
        if (!record.group.IsMulticast() || record.group.IsLinkScopeMulticast() || !IsDomainWide(record.source))
        {
            const bool group = record.group.IsMulticast() && !record.group.IsLinkScopeMulticast();
            journal.Ignored(record.group, group ? Reason::BadSource : Reason::BadGroup);
            continue;
        }
        if (RegisterAtRp(meta, record.group, record.source))
        {
            stopped.push_back(record);
        }
        if (auto* group = FindGroup(record.group))
        {
            Update(*group, record.source);
        }
    }
    SendPacked(meta.destination, meta.source, PackedRegister::Kind::RegisterStop, stopped);
}

void
Sparse::HandleRegister(InterfaceId interface, const PacketMeta& meta, const Register& message)
{
    auto& journal = m_owner.JournalOf(interface);
    const auto inner = message.null ? ParseDummy(m_family, message.packet) : ParseHeader(message.packet);
    if (!inner)
    {
        return journal.Dropped(meta.source, inner.Error().reason, MessageKind::PimRegister);
    }
    const auto& source = inner->source;
    const auto& group = inner->destination;
    if (!group.IsMulticast() || group.IsLinkScopeMulticast())
    {
        return journal.Dropped(meta.source, Reason::BadGroup, MessageKind::PimRegister);
    }
    if (!IsDomainWide(source))
    {
        return journal.Dropped(meta.source, Reason::BadSource, MessageKind::PimRegister);
    }
    journal.Received(MessageKind::PimRegister, meta.source, group);
    const bool sptBit = SptBitOf(group, source);
    const bool isRp = m_owner.FindRp(group) == meta.destination;
    if (RegisterAtRp(meta, group, source))
    {
        const RegisterStop stop{group, source, m_owner.GetConfig().offerPacking};
        m_owner.SendUnicast(meta.destination, meta.source, TOS_INTERNETWORK_CONTROL, stop);
    }
    if (isRp && !sptBit && !message.null)
    {
        m_owner.Decapsulate(message.packet, meta.tos);
    }
    if (auto* known = FindGroup(group))
    {
        Update(*known, source);
    }
}

bool
Sparse::SptBitOf(const Address& address, const Address& source) const
{
    auto* group = FindGroup(address);
    return group != nullptr && SptBit(FlowOf(*group, source));
}

Expected<PacketMeta, DecodeError>
Sparse::ParseHeader(BytesView packet) const
{
    const auto parsed = ParseIp(m_family, packet);
    if (!parsed)
    {
        return Unexpected{parsed.Error()};
    }
    return parsed->meta;
}

// packet_arrives_on_rp_tunnel but for the decapsulation (4.4.2). \return is a Register-Stop to be sent?
bool
Sparse::RegisterAtRp(const PacketMeta& meta, const Address& address, const Address& source)
{
    if (m_owner.FindRp(address) != meta.destination)
    {
        return true;
    }
    auto* group = FindOrMakeGroup(address);
    auto flow = FlowOf(*group, source);
    const bool sptBit = SptBit(flow);
    const bool atOnce = SwitchToSptDesired(flow);
    const bool stop = sptBit || (atOnce && IsInheritedOlistEmpty(flow));
    if (sptBit || atOnce)
    {
        const auto& config = m_owner.GetConfig();
        const Duration rpPeriod = 3 * config.registerSuppressionTime + config.registerProbeTime;
        flow.sg = FindOrMakeSource(*group, source, REGISTER_INTERFACE);
        if (flow.sg != nullptr)
        {
            flow.sg->keepalive.Restart(GetContext().now, stop ? std::max(rpPeriod, config.keepalivePeriod) : config.keepalivePeriod);
        }
    }
    SweepGroup(*group);
    return stop;
}

} // namespace mcast::pim
