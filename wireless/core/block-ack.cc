// SPDX-License-Identifier: GPL-2.0-only

#include "block-ack.h"

#include "bss-format.h"

namespace mcast::wifi
{

namespace
{

constexpr std::uint16_t CONTROL_GCR = 6U << 1;
constexpr std::uint16_t TYPE_BITS = 0x1e;
constexpr unsigned BITMAP_OCTETS = 8;

std::uint64_t
Little(Reader& reader, unsigned octets)
{
    std::uint64_t value = 0;
    for (unsigned i = 0; i < octets; i++)
    {
        value |= std::uint64_t{reader.U8()} << 8 * i;
    }
    return value;
}

FrameHeader
Control(std::uint8_t subtype, const MacAddress& receiver, const MacAddress& transmitter, std::uint16_t duration)
{
    FrameHeader header;
    header.type = FrameType::Control;
    header.subtype = subtype;
    header.address1 = receiver;
    header.address2 = transmitter;
    header.durationId = duration;
    return header;
}

Writer
Information(std::uint16_t start, const MacAddress& group)
{
    Writer body;
    PutLittle16(body, CONTROL_GCR);
    PutLittle16(body, static_cast<std::uint16_t>(start << 4));
    body.Append({group.data(), group.size()});
    return body;
}

// What both frames begin with. `reader` is left behind the group.
template <class Frame>
std::optional<Frame>
ParseCommon(BytesView octets, std::uint8_t subtype, Reader& reader)
{
    const auto parsed = ParseFrame(octets);
    if (!parsed || parsed->header.type != FrameType::Control || parsed->header.subtype != subtype)
    {
        return std::nullopt;
    }
    Frame frame;
    frame.receiver = parsed->header.address1;
    frame.transmitter = parsed->header.address2;
    frame.duration = parsed->header.durationId;
    reader = Reader(octets.Sub(parsed->bodyOffset));
    const auto control = Little(reader, 2);
    frame.start = static_cast<std::uint16_t>(Little(reader, 2) >> 4);
    for (auto& octet : frame.group)
    {
        octet = reader.U8();
    }
    return reader.Ok() && (control & TYPE_BITS) == CONTROL_GCR ? std::optional(frame) : std::nullopt;
}

} // namespace

Bytes
WriteGcrRequest(const GcrRequest& request)
{
    return WriteFrame(Control(SUBTYPE_BLOCK_ACK_REQUEST, request.receiver, request.transmitter, request.duration),
                      Information(request.start, request.group).View());
}

std::optional<GcrRequest>
ParseGcrRequest(BytesView frame)
{
    Reader reader(frame);
    return ParseCommon<GcrRequest>(frame, SUBTYPE_BLOCK_ACK_REQUEST, reader);
}

Bytes
WriteGcrAnswer(const GcrAnswer& answer)
{
    auto body = Information(answer.start, answer.group);
    for (unsigned i = 0; i < BITMAP_OCTETS; i++)
    {
        body.U8(static_cast<std::uint8_t>(answer.bitmap >> 8 * i));
    }
    return WriteFrame(Control(SUBTYPE_BLOCK_ACK, answer.receiver, answer.transmitter, answer.duration), body.View());
}

std::optional<GcrAnswer>
ParseGcrAnswer(BytesView frame)
{
    Reader reader(frame);
    auto answer = ParseCommon<GcrAnswer>(frame, SUBTYPE_BLOCK_ACK, reader);
    if (answer)
    {
        answer->bitmap = Little(reader, BITMAP_OCTETS);
    }
    return answer && reader.Ok() ? answer : std::nullopt;
}

Bytes
WriteAck(const MacAddress& receiver)
{
    return WriteFrame(Control(SUBTYPE_ACK, receiver, {}, 0));
}

} // namespace mcast::wifi
