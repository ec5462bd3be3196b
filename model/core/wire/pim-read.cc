// SPDX-License-Identifier: GPL-2.0-only
// Octets to values; formats in pim-format.h.

#include "pim-format.h"

namespace mcast::pim
{

using namespace format;

namespace
{

using Result = Expected<Message, DecodeError>;

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
ReadRegisterStop(Decoder decoder, std::uint8_t flags)
{
    RegisterStop stop;
    stop.packing = (flags & REGISTER_STOP_PACKING) != 0;
    stop.group = decoder.WholeGroup();
    stop.source = decoder.Unicast();
    return decoder.Finish(stop);
}

Result
ReadPacked(Decoder decoder, std::uint8_t flags)
{
    const auto subtype = static_cast<std::uint8_t>(flags >> 4);
    if (subtype != SUBTYPE_NULL_REGISTER && subtype != SUBTYPE_REGISTER_STOP)
    {
        return Unexpected{DecodeError{Reason::UnknownType, 1}};
    }
    PackedRegister message;
    message.kind =
        subtype == SUBTYPE_NULL_REGISTER ? PackedRegister::Kind::NullRegister : PackedRegister::Kind::RegisterStop;
    while (decoder.Raw().Left() > 0 && decoder.Outcome() == Reason::None)
    {
        const auto group = decoder.WholeGroup();
        message.records.push_back({group, decoder.Unicast()});
    }
    return decoder.Finish(std::move(message));
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

Result
ReadStateRefresh(Decoder decoder)
{
    StateRefresh message;
    message.group = decoder.WholeGroup();
    message.source = decoder.Unicast();
    message.originator = decoder.Unicast();
    auto& reader = decoder.Raw();
    message.preference = reader.U32() & ~ASSERT_RPT;
    message.metric = reader.U32();
    message.maskLength = reader.U8();
    message.ttl = reader.U8();
    const auto flags = reader.U8();
    message.pruneIndicator = (flags & REFRESH_PRUNE_INDICATOR) != 0;
    message.pruneNow = (flags & REFRESH_PRUNE_NOW) != 0;
    message.assertOverride = (flags & REFRESH_ASSERT_OVERRIDE) != 0;
    message.interval = reader.U8();
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
        return ReadRegisterStop(decoder, flags);
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
    case Type::StateRefresh:
        return ReadStateRefresh(decoder);
    case Type::Packed:
        return ReadPacked(decoder, flags);
    }
    return Unexpected{DecodeError{Reason::UnknownType, 0}};
}

} // namespace mcast::pim
