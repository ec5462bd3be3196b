// SPDX-License-Identifier: GPL-2.0-only

#include "pim.h"

#include "checksum.h"
#include "ipv6-header.h"

// Every message (RFC 7761 4.9, flags by RFC 9436 4)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+-------+---------------+-------------------------------+
// | Vers=2| Type  |     Flags     |           Checksum            |
// +-------+-------+---------------+-------------------------------+
//
// Encoded unicast address: family, encoding 0, address. Encoded group: family, encoding, |B|.....|Z|, mask length,
// address. Encoded source: family, encoding, .....|S|W|R|, mask length, address (RFC 7761 4.9.1).
//
// Join/Prune, Graft, Graft-Ack (RFC 7761 4.9.5, RFC 3973 4.7.7)
//
// +---------------------------------------------------------------+
// |           Upstream Neighbor Address (encoded unicast)         |
// +---------------+---------------+-------------------------------+
// |   Reserved    |  Num Groups   |           Holdtime            |
// +---------------+---------------+-------------------------------+
// |                 Group Address (encoded group)                 |   Num Groups times
// +-------------------------------+-------------------------------+
// |   Number of Joined Sources    |   Number of Pruned Sources    |
// +-------------------------------+-------------------------------+
// |          Joined, then pruned sources (encoded source)         |
// +---------------------------------------------------------------+

namespace mcast::pim
{

namespace
{

enum class Type : std::uint8_t
{
    Hello = 0,
    Register = 1,
    RegisterStop = 2,
    JoinPrune = 3,
    Bootstrap = 4,
    Assert = 5,
    Graft = 6,
    GraftAck = 7,
    CandidateRp = 8,
};

enum class Option : std::uint16_t
{
    Holdtime = 1,
    LanPruneDelay = 2,
    DrPriority = 19,
    GenerationId = 20,
    StateRefresh = 21,
    AddressList = 24,
};

constexpr std::uint8_t VERSION = 2;
constexpr std::size_t HEADER_SIZE = 4;
constexpr std::size_t REGISTER_HEAD_SIZE = 8;
constexpr std::uint8_t FAMILY_IPV4 = 1; // IANA's address family numbers
constexpr std::uint8_t FAMILY_IPV6 = 2;
constexpr std::uint8_t GROUP_BIDIRECTIONAL = 0x80;
constexpr std::uint8_t GROUP_ZONE = 0x01;
constexpr std::uint8_t SOURCE_SPARSE = 0x04;
constexpr std::uint8_t SOURCE_WILDCARD = 0x02;
constexpr std::uint8_t SOURCE_RPT = 0x01;
constexpr std::uint8_t BOOTSTRAP_NO_FORWARD = 0x80;
constexpr std::uint32_t REGISTER_BORDER = 0x80000000;
constexpr std::uint32_t REGISTER_NULL = 0x40000000;
constexpr std::uint32_t ASSERT_RPT = 0x80000000;
constexpr std::uint16_t PRUNE_DELAY_TRACKING = 0x8000;

using Result = Expected<Message, DecodeError>;

// Octets of Register that the checksum covers (RFC 7761 4.9).
std::uint16_t
Checksum(const PacketMeta& meta, BytesView message)
{
    return meta.destination.IsIpv4() ? InternetChecksum(message) : UpperLayerChecksum(meta, message);
}

std::uint8_t
FullLength(Family family)
{
    return family == Family::Ipv4 ? 32 : 128;
}

// Reads the encoded addresses and remembers the first thing that was wrong.
class Decoder
{
  public:
    explicit Decoder(BytesView message)
        : m_reader(message)
    {
    }

    Reader& Raw()
    {
        return m_reader;
    }

    Address Unicast()
    {
        const auto family = ReadFamily();
        const auto address = m_reader.ReadAddress(family);
        if (address.GetFamily() != family || address.IsMulticast())
        {
            Fail(Reason::BadSource);
        }
        return address;
    }

    EncodedGroup Group()
    {
        const auto family = ReadFamily();
        const auto flags = m_reader.U8();
        const auto length = m_reader.U8();
        const auto address = m_reader.ReadAddress(family);
        const Prefix range{address, length};
        const bool onlyGroups = length >= (family == Family::Ipv4 ? 4 : 8) && length <= FullLength(family);
        if (address.GetFamily() != family || !address.IsMulticast() || !onlyGroups)
        {
            Fail(Reason::BadGroup);
        }
        return {range, (flags & GROUP_BIDIRECTIONAL) != 0, (flags & GROUP_ZONE) != 0};
    }

    // A group of its own, not a range.
    Address WholeGroup()
    {
        const auto encoded = Group();
        if (encoded.group.Length() != FullLength(encoded.group.GetAddress().GetFamily()))
        {
            Fail(Reason::BadGroup);
        }
        return encoded.group.GetAddress();
    }

    // None: a mask that is not full, which is ignored (RFC 7761 4.9.1).
    std::optional<EncodedSource> Source()
    {
        const auto family = ReadFamily();
        const auto flags = m_reader.U8();
        const auto length = m_reader.U8();
        const auto address = m_reader.ReadAddress(family);
        const EncodedSource source{address, (flags & SOURCE_WILDCARD) != 0, (flags & SOURCE_RPT) != 0,
                                   (flags & SOURCE_SPARSE) != 0};
        const bool good = length == FullLength(family) && address.GetFamily() == family && !address.IsMulticast();
        return good ? std::optional(source) : std::nullopt;
    }

    void Fail(Reason reason)
    {
        m_reason = m_reason == Reason::None ? reason : m_reason;
    }

    // What was wrong, if anything: addresses read past the end are wrong only for that.
    Reason Outcome() const
    {
        return m_reader.Ok() ? m_reason : Reason::BadLength;
    }

    template <class Value>
    Result Finish(Value value) const
    {
        if (const auto reason = Outcome(); reason != Reason::None)
        {
            return Unexpected{DecodeError{reason, m_reader.Offset()}};
        }
        return Message{std::move(value)};
    }

  private:
    Family ReadFamily()
    {
        const auto family = m_reader.U8();
        const auto encoding = m_reader.U8();
        if ((family != FAMILY_IPV4 && family != FAMILY_IPV6) || encoding != 0)
        {
            Fail(Reason::UnknownEncoding);
        }
        return family == FAMILY_IPV6 ? Family::Ipv6 : Family::Ipv4;
    }

    Reader m_reader;
    Reason m_reason = Reason::None;
};

// One option; a known one of another length than its own makes the Hello malformed, as it would be read past its end.
Reason
ReadOption(Option option, BytesView value, Hello& hello)
{
    Decoder decoder(value);
    auto& reader = decoder.Raw();
    switch (option)
    {
    case Option::Holdtime:
        hello.holdtime = reader.U16();
        break;
    case Option::LanPruneDelay: {
        const auto delay = reader.U16();
        hello.lanPruneDelay = LanPruneDelay{(delay & PRUNE_DELAY_TRACKING) != 0,
                                            static_cast<std::uint16_t>(delay & ~PRUNE_DELAY_TRACKING), reader.U16()};
        break;
    }
    case Option::DrPriority:
        hello.drPriority = reader.U32();
        break;
    case Option::GenerationId:
        hello.generationId = reader.U32();
        break;
    case Option::StateRefresh:
        reader.Skip(1); // version
        hello.stateRefreshInterval = reader.U8();
        reader.Skip(2);
        break;
    case Option::AddressList:
        hello.secondaryAddresses.clear();
        while (reader.Left() > 0 && decoder.Outcome() == Reason::None)
        {
            hello.secondaryAddresses.push_back(decoder.Unicast());
        }
        break;
    default:
        return Reason::None;
    }
    return decoder.Outcome() != Reason::None ? decoder.Outcome() : reader.Left() > 0 ? Reason::BadLength : Reason::None;
}

Result
ReadHello(Decoder decoder, BytesView message)
{
    Hello hello;
    auto& reader = decoder.Raw();
    while (reader.Left() > 0 && reader.Ok())
    {
        const auto option = static_cast<Option>(reader.U16());
        const std::size_t length = reader.U16();
        const auto value = message.Sub(reader.Offset(), length);
        reader.Skip(length);
        if (const auto reason = reader.Ok() ? ReadOption(option, value, hello) : Reason::BadLength;
            reason != Reason::None)
        {
            decoder.Fail(reason);
            break;
        }
    }
    return decoder.Finish(std::move(hello));
}

Result
ReadRegister(Decoder decoder, BytesView message)
{
    const auto flags = decoder.Raw().U32();
    const auto packet = message.Sub(REGISTER_HEAD_SIZE);
    return decoder.Finish(Register{(flags & REGISTER_BORDER) != 0, (flags & REGISTER_NULL) != 0,
                                   Bytes(packet.Data(), packet.Data() + packet.Size())});
}

Result
ReadRegisterStop(Decoder decoder)
{
    RegisterStop stop;
    stop.group = decoder.WholeGroup();
    stop.source = decoder.Unicast();
    return decoder.Finish(stop);
}

void
ReadSources(Decoder& decoder, std::size_t count, Family family, std::vector<EncodedSource>& sources)
{
    for (std::size_t i = 0; i < count && decoder.Outcome() == Reason::None; ++i)
    {
        const auto source = decoder.Source();
        if (source && source->address.GetFamily() == family)
        {
            sources.push_back(*source);
        }
    }
}

Result
ReadJoinPrune(Decoder decoder, JoinPrune::Kind kind)
{
    JoinPrune message;
    message.kind = kind;
    message.upstream = decoder.Unicast();
    const auto family = message.upstream.GetFamily();
    auto& reader = decoder.Raw();
    reader.Skip(1);
    const std::size_t groups = reader.U8();
    message.holdtime = reader.U16();
    for (std::size_t i = 0; i < groups && decoder.Outcome() == Reason::None; ++i)
    {
        GroupSet set;
        set.group = decoder.Group();
        const std::size_t joins = reader.U16();
        const std::size_t prunes = reader.U16();
        ReadSources(decoder, joins, family, set.joins);
        ReadSources(decoder, prunes, family, set.prunes);
        if (set.group.group.GetAddress().GetFamily() == family)
        {
            message.groups.push_back(std::move(set));
        }
    }
    return decoder.Finish(std::move(message));
}

Result
ReadAssert(Decoder decoder)
{
    Assert message;
    message.group = decoder.WholeGroup();
    message.source = decoder.Unicast();
    const auto preference = decoder.Raw().U32();
    message.rpt = (preference & ASSERT_RPT) != 0;
    message.preference = preference & ~ASSERT_RPT;
    message.metric = decoder.Raw().U32();
    return decoder.Finish(message);
}

BootstrapGroup
ReadBootstrapGroup(Decoder& decoder)
{
    BootstrapGroup group;
    group.group = decoder.Group();
    auto& reader = decoder.Raw();
    group.rpCount = reader.U8();
    const std::size_t inFragment = reader.U8();
    reader.Skip(2);
    for (std::size_t i = 0; i < inFragment && decoder.Outcome() == Reason::None; ++i)
    {
        BootstrapRp rp;
        rp.address = decoder.Unicast();
        rp.holdtime = reader.U16();
        rp.priority = reader.U8();
        reader.Skip(1);
        group.rps.push_back(rp);
    }
    return group;
}

Result
ReadBootstrap(Decoder decoder, std::uint8_t flags)
{
    Bootstrap message;
    auto& reader = decoder.Raw();
    message.noForward = (flags & BOOTSTRAP_NO_FORWARD) != 0;
    message.fragmentTag = reader.U16();
    message.hashMaskLength = reader.U8();
    message.priority = reader.U8();
    message.bsr = decoder.Unicast();
    while (reader.Left() > 0 && decoder.Outcome() == Reason::None)
    {
        message.groups.push_back(ReadBootstrapGroup(decoder));
    }
    return decoder.Finish(std::move(message));
}

Result
ReadCandidateRp(Decoder decoder)
{
    CandidateRp message;
    auto& reader = decoder.Raw();
    const std::size_t groups = reader.U8();
    message.priority = reader.U8();
    message.holdtime = reader.U16();
    message.rp = decoder.Unicast();
    for (std::size_t i = 0; i < groups && decoder.Outcome() == Reason::None; ++i)
    {
        message.groups.push_back(decoder.Group());
    }
    return decoder.Finish(std::move(message));
}

// Right over the whole message, or, of a Register, over its head.
bool
HasRightChecksum(const PacketMeta& meta, BytesView message, Type type)
{
    return (type == Type::Register && Checksum(meta, message.Sub(0, REGISTER_HEAD_SIZE)) == 0) ||
           Checksum(meta, message) == 0;
}

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
};

} // namespace

Expected<Message, DecodeError>
Parse(const PacketMeta& meta, BytesView message)
{
    Decoder decoder(message);
    auto& reader = decoder.Raw();
    const auto first = reader.U8();
    const auto flags = reader.U8();
    reader.Skip(2);
    const auto type = static_cast<Type>(first & 0xf);
    if (!reader.Ok() || (type == Type::Register && message.Size() < REGISTER_HEAD_SIZE))
    {
        return Unexpected{DecodeError{Reason::Truncated, message.Size()}};
    }
    if (first >> 4 != VERSION)
    {
        return Unexpected{DecodeError{Reason::WrongVersion, 0}};
    }
    if (!HasRightChecksum(meta, message, type))
    {
        return Unexpected{DecodeError{Reason::BadChecksum, 2}};
    }
    switch (type)
    {
    case Type::Hello:
        return ReadHello(decoder, message);
    case Type::Register:
        return ReadRegister(decoder, message);
    case Type::RegisterStop:
        return ReadRegisterStop(decoder);
    case Type::JoinPrune:
        return ReadJoinPrune(decoder, JoinPrune::Kind::JoinPrune);
    case Type::Bootstrap:
        return ReadBootstrap(decoder, flags);
    case Type::Assert:
        return ReadAssert(decoder);
    case Type::Graft:
        return ReadJoinPrune(decoder, JoinPrune::Kind::Graft);
    case Type::GraftAck:
        return ReadJoinPrune(decoder, JoinPrune::Kind::GraftAck);
    case Type::CandidateRp:
        return ReadCandidateRp(decoder);
    }
    return Unexpected{DecodeError{Reason::UnknownType, 0}};
}

Bytes
Write(const PacketMeta& meta, const Message& message)
{
    Writer writer;
    const auto type = std::visit(TypeOf{}, message);
    const auto* bootstrap = std::get_if<Bootstrap>(&message);
    const bool noForward = bootstrap != nullptr && bootstrap->noForward;
    writer.U8(static_cast<std::uint8_t>(VERSION << 4 | static_cast<unsigned>(type)));
    writer.U8(noForward ? BOOTSTRAP_NO_FORWARD : 0).U16(0);
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
