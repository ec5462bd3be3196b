// SPDX-License-Identifier: GPL-2.0-only
// Values to octets; formats in pim-format.h.

#include "pim-format.h"

namespace mcast::pim
{

using namespace format;

namespace
{

class Encoder
{
  public:
    explicit Encoder(Writer& out)
        : m_out(out)
    {
    }

    void Unicast(const Address& address) const
    {
        Head(address.GetFamily());
        m_out.WriteAddress(address);
    }

    void Group(const EncodedGroup& encoded) const
    {
        const auto& address = encoded.group.GetAddress();
        Head(address.GetFamily());
        const unsigned flags = (encoded.bidirectional ? GROUP_BIDIRECTIONAL : 0u) | (encoded.zone ? GROUP_ZONE : 0u);
        m_out.U8(static_cast<std::uint8_t>(flags)).U8(static_cast<std::uint8_t>(encoded.group.Length()));
        m_out.WriteAddress(address);
    }

    void Group(const Address& group) const
    {
        Group(EncodedGroup{Prefix{group, FullLength(group.GetFamily())}});
    }

    void Source(const EncodedSource& source) const
    {
        const auto family = source.address.GetFamily();
        Head(family);
        const unsigned flags = (source.sparse ? SOURCE_SPARSE : 0u) | (source.wildcard ? SOURCE_WILDCARD : 0u) |
                               (source.rpt ? SOURCE_RPT : 0u);
        m_out.U8(static_cast<std::uint8_t>(flags)).U8(FullLength(family)).WriteAddress(source.address);
    }

    // Messages, behind the common header.

    void operator()(const Hello& hello) const
    {
        if (hello.holdtime)
        {
            Head(Option::Holdtime, 2).U16(*hello.holdtime);
        }
        if (hello.lanPruneDelay)
        {
            const auto& delay = *hello.lanPruneDelay;
            const unsigned tracking = delay.trackingSupport ? PRUNE_DELAY_TRACKING : 0u;
            const unsigned propagation = delay.propagationDelay & (PRUNE_DELAY_TRACKING - 1u);
            Head(Option::LanPruneDelay, 4)
                .U16(static_cast<std::uint16_t>(tracking | propagation))
                .U16(delay.overrideInterval);
        }
        if (hello.drPriority)
        {
            Head(Option::DrPriority, 4).U32(*hello.drPriority);
        }
        if (hello.generationId)
        {
            Head(Option::GenerationId, 4).U32(*hello.generationId);
        }
        if (hello.stateRefreshInterval)
        {
            Head(Option::StateRefresh, 4).U8(1).U8(*hello.stateRefreshInterval).U16(0);
        }
        if (!hello.secondaryAddresses.empty())
        {
            Writer list;
            for (const auto& address : hello.secondaryAddresses)
            {
                Encoder(list).Unicast(address);
            }
            Head(Option::AddressList, list.Size()).Append(list.View());
        }
    }

    void operator()(const Register& message) const
    {
        m_out.U32((message.border ? REGISTER_BORDER : 0u) | (message.null ? REGISTER_NULL : 0u)).Append(message.packet);
    }

    void operator()(const RegisterStop& message) const
    {
        Group(message.group);
        Unicast(message.source);
    }

    void operator()(const PackedRegister& message) const
    {
        for (const auto& record : message.records)
        {
            Group(record.group);
            Unicast(record.source);
        }
    }

    void operator()(const JoinPrune& message) const
    {
        Unicast(message.upstream);
        m_out.U8(0).U8(static_cast<std::uint8_t>(message.groups.size())).U16(message.holdtime);
        for (const auto& set : message.groups)
        {
            Group(set.group);
            m_out.U16(static_cast<std::uint16_t>(set.joins.size())).U16(static_cast<std::uint16_t>(set.prunes.size()));
            for (const auto* sources : {&set.joins, &set.prunes})
            {
                for (const auto& source : *sources)
                {
                    Source(source);
                }
            }
        }
    }

    void operator()(const Bootstrap& message) const
    {
        m_out.U16(message.fragmentTag).U8(message.hashMaskLength).U8(message.priority);
        Unicast(message.bsr);
        for (const auto& group : message.groups)
        {
            Group(group.group);
            m_out.U8(group.rpCount).U8(static_cast<std::uint8_t>(group.rps.size())).U16(0);
            for (const auto& rp : group.rps)
            {
                Unicast(rp.address);
                m_out.U16(rp.holdtime).U8(rp.priority).U8(0);
            }
        }
    }

    void operator()(const Assert& message) const
    {
        Group(message.group);
        Unicast(message.source);
        m_out.U32((message.rpt ? ASSERT_RPT : 0u) | (message.preference & ~ASSERT_RPT)).U32(message.metric);
    }

    void operator()(const CandidateRp& message) const
    {
        m_out.U8(static_cast<std::uint8_t>(message.groups.size())).U8(message.priority).U16(message.holdtime);
        Unicast(message.rp);
        for (const auto& group : message.groups)
        {
            Group(group);
        }
    }

    void operator()(const StateRefresh& message) const
    {
        Group(message.group);
        Unicast(message.source);
        Unicast(message.originator);
        const unsigned flags = (message.pruneIndicator ? REFRESH_PRUNE_INDICATOR : 0u) |
                               (message.pruneNow ? REFRESH_PRUNE_NOW : 0u) |
                               (message.assertOverride ? REFRESH_ASSERT_OVERRIDE : 0u);
        m_out.U32(message.preference & ~ASSERT_RPT).U32(message.metric).U8(message.maskLength).U8(message.ttl);
        m_out.U8(static_cast<std::uint8_t>(flags)).U8(message.interval);
    }

  private:
    void Head(Family family) const
    {
        m_out.U8(family == Family::Ipv4 ? FAMILY_IPV4 : FAMILY_IPV6).U8(0);
    }

    Writer& Head(Option option, std::size_t length) const
    {
        return m_out.U16(static_cast<std::uint16_t>(option)).U16(static_cast<std::uint16_t>(length));
    }

    Writer& m_out;
};

struct TypeOf
{
    Type operator()(const Hello&) const
    {
        return Type::Hello;
    }

    Type operator()(const Register&) const
    {
        return Type::Register;
    }

    Type operator()(const RegisterStop&) const
    {
        return Type::RegisterStop;
    }

    Type operator()(const JoinPrune& message) const
    {
        switch (message.kind)
        {
        case JoinPrune::Kind::JoinPrune:
            return Type::JoinPrune;
        case JoinPrune::Kind::Graft:
            return Type::Graft;
        case JoinPrune::Kind::GraftAck:
            return Type::GraftAck;
        }
        return Type::JoinPrune;
    }

    Type operator()(const Bootstrap&) const
    {
        return Type::Bootstrap;
    }

    Type operator()(const Assert&) const
    {
        return Type::Assert;
    }

    Type operator()(const CandidateRp&) const
    {
        return Type::CandidateRp;
    }

    Type operator()(const PackedRegister&) const
    {
        return Type::Packed;
    }

    Type operator()(const StateRefresh&) const
    {
        return Type::StateRefresh;
    }
};

// The second octet: flag bits of some types, a subtype of others (RFC 9436 4).
std::uint8_t
FlagsOf(const Message& message)
{
    if (const auto* bootstrap = std::get_if<Bootstrap>(&message))
    {
        return bootstrap->noForward ? BOOTSTRAP_NO_FORWARD : 0;
    }
    if (const auto* stop = std::get_if<RegisterStop>(&message))
    {
        return stop->packing ? REGISTER_STOP_PACKING : 0;
    }
    const auto* packed = std::get_if<PackedRegister>(&message);
    const bool stops = packed != nullptr && packed->kind == PackedRegister::Kind::RegisterStop;
    return stops ? SUBTYPE_REGISTER_STOP << 4 : SUBTYPE_NULL_REGISTER << 4;
}

} // namespace

Bytes
Write(const PacketMeta& meta, const Message& message)
{
    Writer writer;
    const auto type = std::visit(TypeOf{}, message);
    writer.U8(static_cast<std::uint8_t>(VERSION << 4 | static_cast<unsigned>(type)));
    writer.U8(FlagsOf(message)).U16(0);
    std::visit(Encoder(writer), message);
    const auto covered = type == Type::Register ? writer.View().Sub(0, REGISTER_HEAD_SIZE) : writer.View();
    writer.PatchU16(2, Checksum(meta, covered));
    return writer.Take();
}

Address
AllRouters(Family family)
{
    static const auto ipv6 = *Address::Parse("ff02::d");
    return family == Family::Ipv4 ? Address::Ipv4(224, 0, 0, 13) : ipv6;
}

MessageKind
KindOf(const Message& message)
{
    switch (std::visit(TypeOf{}, message))
    {
    case Type::Hello:
        return MessageKind::PimHello;
    case Type::Register:
        return MessageKind::PimRegister;
    case Type::RegisterStop:
        return MessageKind::PimRegisterStop;
    case Type::JoinPrune:
        return MessageKind::PimJoinPrune;
    case Type::Bootstrap:
        return MessageKind::PimBootstrap;
    case Type::Assert:
        return MessageKind::PimAssert;
    case Type::Graft:
        return MessageKind::PimGraft;
    case Type::GraftAck:
        return MessageKind::PimGraftAck;
    case Type::CandidateRp:
        return MessageKind::PimCandidateRp;
    case Type::StateRefresh:
        return MessageKind::PimStateRefresh;
    case Type::Packed:
        return std::get<PackedRegister>(message).kind == PackedRegister::Kind::NullRegister
                   ? MessageKind::PimRegister
                   : MessageKind::PimRegisterStop;
    }
    return MessageKind::None;
}

std::size_t
JoinPruneSize(Family family)
{
    return HEADER_SIZE + 2 + (family == Family::Ipv4 ? 4 : 16) + 4;
}

std::size_t
GroupSetSize(Family family)
{
    return 4 + (family == Family::Ipv4 ? 4 : 16) + 4;
}

std::size_t
SourceSize(Family family)
{
    return 4 + (family == Family::Ipv4 ? 4u : 16u);
}

} // namespace mcast::pim
