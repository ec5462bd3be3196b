// SPDX-License-Identifier: GPL-2.0-only

#include "frame.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

constexpr std::size_t THREE_ADDRESSES = 24;
constexpr std::size_t PS_POLL_SIZE = 16;
constexpr std::size_t ACK_SIZE = 10;
constexpr std::size_t AMSDU_HEADER = 14;
constexpr std::uint8_t EOSP = 0x10;
constexpr std::uint8_t ACK_POLICY_NO_ACK = 0x20;
constexpr std::uint8_t ACK_POLICY_BLOCK_ACK = 0x60;
constexpr std::uint8_t ACK_POLICY = 0x60;
constexpr std::uint8_t AMSDU_PRESENT = 0x80;
constexpr std::uint8_t RETRY = 0x08;
constexpr std::uint8_t MORE_DATA = 0x20;
constexpr std::uint8_t POWER_MANAGEMENT = 0x10;

std::uint8_t
Bit(bool on, unsigned bit)
{
    return static_cast<std::uint8_t>(on ? 1U << bit : 0);
}

std::uint16_t
Little16(Reader& reader)
{
    const auto low = reader.U8();
    return static_cast<std::uint16_t>(low | reader.U8() << 8);
}

void
PutLittle16(Writer& writer, std::uint16_t value)
{
    writer.U8(static_cast<std::uint8_t>(value)).U8(static_cast<std::uint8_t>(value >> 8));
}

MacAddress
ReadMac(Reader& reader)
{
    MacAddress address{};
    for (auto& octet : address)
    {
        octet = reader.U8();
    }
    return address;
}

void
PutMac(Writer& writer, const MacAddress& address)
{
    writer.Append({address.data(), address.size()});
}

void
ReadFlags(std::uint8_t flags, FrameHeader& header)
{
    header.toDs = flags & 1;
    header.fromDs = flags >> 1 & 1;
    header.moreFragments = flags >> 2 & 1;
    header.retry = flags >> 3 & 1;
    header.powerManagement = flags >> 4 & 1;
    header.moreData = flags >> 5 & 1;
    header.isProtected = flags >> 6 & 1;
}

std::uint8_t
Flags(const FrameHeader& header)
{
    return static_cast<std::uint8_t>(Bit(header.toDs, 0) | Bit(header.fromDs, 1) | Bit(header.moreFragments, 2) |
                                     Bit(header.retry, 3) | Bit(header.powerManagement, 4) | Bit(header.moreData, 5) |
                                     Bit(header.isProtected, 6));
}

std::uint8_t
AckPolicy(const FrameHeader& header)
{
    return header.blockAck ? ACK_POLICY_BLOCK_ACK : header.noAck ? ACK_POLICY_NO_ACK : std::uint8_t{0};
}

void
ReadThreeAddresses(Reader& reader, FrameHeader& header)
{
    header.address2 = ReadMac(reader);
    header.address3 = ReadMac(reader);
    const auto sequence = Little16(reader);
    header.sequence = sequence >> 4;
    header.fragment = sequence & 0xf;
    if (header.IsQosData())
    {
        const auto control = reader.U8();
        reader.Skip(1);
        header.tid = control & 0xf;
        header.endOfServicePeriod = control & EOSP;
        header.noAck = (control & ACK_POLICY) == ACK_POLICY_NO_ACK;
        header.blockAck = (control & ACK_POLICY) == ACK_POLICY_BLOCK_ACK;
        header.amsdu = control & AMSDU_PRESENT;
    }
}

} // namespace

std::size_t
FrameHeader::Size() const
{
    if (type == FrameType::Control)
    {
        return subtype == SUBTYPE_ACK ? ACK_SIZE : PS_POLL_SIZE;
    }
    return THREE_ADDRESSES + (IsQosData() ? 2 : 0);
}

std::optional<ParsedFrame>
ParseFrame(BytesView frame)
{
    Reader reader(frame);
    const auto control = reader.U8();
    const auto flags = reader.U8();
    const unsigned type = control >> 2 & 3;
    constexpr std::uint8_t BOTH_DS = 3;
    constexpr std::uint8_t HT_CONTROL = 0x80;
    if ((control & 3) != 0 || type > 2 || (type == 2 && ((flags & BOTH_DS) == BOTH_DS || (flags & HT_CONTROL) != 0)))
    {
        return std::nullopt;
    }
    ParsedFrame parsed;
    auto& header = parsed.header;
    header.type = static_cast<FrameType>(type);
    header.subtype = control >> 4;
    ReadFlags(flags, header);
    header.durationId = Little16(reader);
    header.address1 = ReadMac(reader);
    if (header.type != FrameType::Control)
    {
        ReadThreeAddresses(reader, header);
    }
    else if (header.subtype != SUBTYPE_ACK)
    {
        header.address2 = ReadMac(reader);
    }
    parsed.bodyOffset = reader.Offset();
    return reader.Ok() ? std::optional(parsed) : std::nullopt;
}

Bytes
WriteFrame(const FrameHeader& header, BytesView body)
{
    Writer writer;
    writer.U8(static_cast<std::uint8_t>(static_cast<unsigned>(header.type) << 2 | header.subtype << 4));
    writer.U8(Flags(header));
    PutLittle16(writer, header.durationId);
    PutMac(writer, header.address1);
    if (header.type == FrameType::Control)
    {
        if (header.subtype != SUBTYPE_ACK)
        {
            PutMac(writer, header.address2);
        }
    }
    else
    {
        PutMac(writer, header.address2);
        PutMac(writer, header.address3);
        PutLittle16(writer, static_cast<std::uint16_t>(header.sequence << 4 | header.fragment));
        if (header.IsQosData())
        {
            writer.U8(static_cast<std::uint8_t>(header.tid | (header.endOfServicePeriod ? EOSP : 0) |
                                                AckPolicy(header) |
                                                (header.amsdu ? AMSDU_PRESENT : 0)));
            writer.U8(0);
        }
    }
    writer.Append(body);
    return writer.Take();
}

void
SetMoreData(Bytes& frame, bool moreData)
{
    frame[1] = static_cast<std::uint8_t>(moreData ? frame[1] | MORE_DATA : frame[1] & ~MORE_DATA);
}

void
SetRetry(Bytes& frame, bool retry)
{
    frame[1] = static_cast<std::uint8_t>(retry ? frame[1] | RETRY : frame[1] & ~RETRY);
}

void
SetPowerManagement(Bytes& frame, bool powerManagement)
{
    frame[1] = static_cast<std::uint8_t>(powerManagement ? frame[1] | POWER_MANAGEMENT : frame[1] & ~POWER_MANAGEMENT);
}

FrameHeader
FromDs(const MacAddress& receiver, const MacAddress& bssid, const MacAddress& source, bool qos)
{
    FrameHeader header;
    header.subtype = qos ? SUBTYPE_QOS_DATA : SUBTYPE_DATA;
    header.fromDs = true;
    header.address1 = receiver;
    header.address2 = bssid;
    header.address3 = source;
    header.noAck = qos && IsGroup(receiver);
    return header;
}

Bytes
AmsduSubframe(const Msdu& msdu)
{
    Writer writer;
    PutMac(writer, msdu.destination);
    PutMac(writer, msdu.source);
    writer.U16(static_cast<std::uint16_t>(msdu.body.size()));
    writer.Append(msdu.body);
    return writer.Take();
}

std::optional<std::vector<Msdu>>
ParseAmsdu(BytesView body)
{
    std::vector<Msdu> msdus;
    for (std::size_t at = 0; body.Size() - at >= AMSDU_HEADER;)
    {
        Reader reader(body.Sub(at, AMSDU_HEADER));
        Msdu msdu;
        msdu.destination = ReadMac(reader);
        msdu.source = ReadMac(reader);
        const std::size_t length = reader.U16();
        if (length > body.Size() - at - AMSDU_HEADER)
        {
            return std::nullopt;
        }
        const auto octets = body.Sub(at + AMSDU_HEADER, length);
        msdu.body.assign(octets.Data(), octets.Data() + octets.Size());
        msdus.push_back(std::move(msdu));
        at += AMSDU_HEADER + length;
        at = std::min((at + 3) / 4 * 4, body.Size()); // each but the last is padded to four octets
    }
    return msdus;
}

UnicastCopy
CopyFor(const MacAddress& member, const MacAddress& bssid, const Msdu& msdu, CopyForm form)
{
    const bool amsdu = form == CopyForm::Amsdu;
    // of an A-MSDU the third address is the BSSID: source and destination are inside (table 9-30)
    auto header = FromDs(member, bssid, amsdu ? bssid : msdu.source, amsdu);
    header.amsdu = amsdu;
    return {header, amsdu ? AmsduSubframe(msdu) : msdu.body};
}

MacAddress
GroupOf(const FrameHeader& header, BytesView body)
{
    if (header.address1 != GCR_CONCEALMENT || !header.amsdu || body.Size() < AMSDU_HEADER)
    {
        return header.address1;
    }
    Reader reader(body);
    return ReadMac(reader);
}

UnicastCopy
Concealed(const MacAddress& bssid, const Msdu& msdu)
{
    auto header = FromDs(GCR_CONCEALMENT, bssid, bssid, true);
    header.amsdu = true;
    return {header, AmsduSubframe(msdu)};
}

} // namespace mcast::wifi
