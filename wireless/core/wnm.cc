// SPDX-License-Identifier: GPL-2.0-only

#include "wnm.h"

namespace mcast::wifi
{

namespace
{

constexpr std::uint8_t CATEGORY_WNM = 10;
constexpr std::uint8_t FMS_REQUEST = 9;
constexpr std::uint8_t FMS_RESPONSE = 10;
constexpr std::uint8_t DMS_REQUEST = 23;
constexpr std::uint8_t DMS_RESPONSE = 24;

constexpr std::uint8_t ELEMENT_TCLAS = 14;
constexpr std::uint8_t ELEMENT_FMS_REQUEST = 87;
constexpr std::uint8_t ELEMENT_FMS_RESPONSE = 88;
constexpr std::uint8_t ELEMENT_DMS_REQUEST = 99;
constexpr std::uint8_t ELEMENT_DMS_RESPONSE = 100;

constexpr std::uint8_t SUBELEMENT = 1; // FMS, FMS Status, and of DMS: GCR Request and Response
constexpr std::uint8_t POLICY_UNSOLICITED_RETRY = 2;
constexpr std::uint8_t POLICY_BLOCK_ACK = 3;
constexpr std::uint8_t DELIVERY_NOT_SP = 1;
constexpr std::uint8_t DESTINATION_ALONE = 2; // classifier mask
constexpr std::size_t TCLAS_SIZE = 1 + 2 + 14;

void
PutMac(Writer& writer, const MacAddress& address)
{
    writer.Append({address.data(), address.size()});
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

Bytes
Element(std::uint8_t id, const Bytes& body)
{
    Writer writer;
    writer.U8(id).U8(static_cast<std::uint8_t>(body.size())).Append(body);
    return writer.Take();
}

// User priority "any" (255), classifier type 0, mask, source, destination, type.
Bytes
Tclas(const MacAddress& group)
{
    Writer writer;
    writer.U8(255).U8(0).U8(DESTINATION_ALONE);
    PutMac(writer, {});
    PutMac(writer, group);
    writer.U16(0);
    return Element(ELEMENT_TCLAS, writer.Take());
}

std::optional<MacAddress>
GroupOf(BytesView elements)
{
    const auto tclas = FindElement(elements, ELEMENT_TCLAS);
    if (tclas.Size() < 2 + TCLAS_SIZE || tclas[3] != 0 || (tclas[4] & DESTINATION_ALONE) == 0)
    {
        return std::nullopt;
    }
    Reader reader(tclas.Sub(5 + 6, 6));
    return ReadMac(reader);
}

Bytes
GcrSubelement(DmsService service, bool response)
{
    if (service == DmsService::Directed)
    {
        return {};
    }
    Writer writer;
    writer.U8(service == DmsService::GcrBlockAck ? POLICY_BLOCK_ACK : POLICY_UNSOLICITED_RETRY).U8(DELIVERY_NOT_SP);
    if (response)
    {
        PutMac(writer, GCR_CONCEALMENT);
    }
    return Element(SUBELEMENT, writer.Take());
}

DmsService
ServiceOf(BytesView elements)
{
    const auto gcr = FindElement(elements, SUBELEMENT);
    if (gcr.Size() < 3)
    {
        return DmsService::Directed;
    }
    return gcr[2] == POLICY_BLOCK_ACK           ? DmsService::GcrBlockAck
           : gcr[2] == POLICY_UNSOLICITED_RETRY ? DmsService::GcrUnsolicitedRetry
                                                : DmsService::Directed;
}

struct Body
{
    std::uint8_t action;
    Bytes elements;
    std::uint8_t token;
};

Body
BodyOf(const FmsRequest& request)
{
    Writer sub;
    const auto interval = static_cast<std::uint8_t>(request.interval);
    sub.U8(interval).U8(interval).U32(0).Append(Tclas(request.group));
    Writer writer;
    writer.U8(request.token).Append(Element(SUBELEMENT, sub.Take()));
    return {FMS_REQUEST, Element(ELEMENT_FMS_REQUEST, writer.Take()), request.token};
}

Body
BodyOf(const FmsResponse& response)
{
    Writer sub;
    const auto interval = static_cast<std::uint8_t>(response.grant.interval);
    sub.U8(static_cast<std::uint8_t>(response.grant.status)).U8(interval).U8(interval);
    sub.U8(response.grant.fmsid).U8(response.grant.counter).U32(0);
    PutMac(sub, response.group);
    Writer writer;
    writer.U8(response.token).Append(Element(SUBELEMENT, sub.Take()));
    return {FMS_RESPONSE, Element(ELEMENT_FMS_RESPONSE, writer.Take()), response.token};
}

Body
BodyOf(const DmsRequest& request)
{
    Writer descriptor;
    descriptor.U8(request.remove ? 1 : 0).Append(Tclas(request.group)).Append(GcrSubelement(request.service, false));
    const auto rest = descriptor.Take();
    Writer writer;
    writer.U8(request.dmsid).U8(static_cast<std::uint8_t>(rest.size())).Append(rest);
    return {DMS_REQUEST, Element(ELEMENT_DMS_REQUEST, writer.Take()), request.token};
}

Body
BodyOf(const DmsResponse& response)
{
    constexpr std::uint16_t NO_SEQUENCE = 0xffff;
    Writer status;
    status.U8(static_cast<std::uint8_t>(response.type)).U16(NO_SEQUENCE);
    status.Append(Tclas(response.group)).Append(GcrSubelement(response.service, true));
    const auto rest = status.Take();
    Writer writer;
    writer.U8(response.dmsid).U8(static_cast<std::uint8_t>(rest.size())).Append(rest);
    return {DMS_RESPONSE, Element(ELEMENT_DMS_RESPONSE, writer.Take()), response.token};
}

std::optional<WnmMessage>
ParseFms(BytesView element, bool response, std::uint8_t token)
{
    const auto sub = FindElement(element.Sub(3), SUBELEMENT);
    if (response)
    {
        if (sub.Size() < 2 + 15)
        {
            return std::nullopt;
        }
        Reader reader(sub.Sub(2 + 9));
        FmsResponse message{token, ReadMac(reader), {}};
        message.grant.status = static_cast<FmsStatus>(sub[2]);
        message.grant.interval = sub[3];
        message.grant.fmsid = sub[5];
        message.grant.counter = sub[6];
        return message;
    }
    const auto group = GroupOf(sub.Sub(2 + 6));
    return group ? std::optional<WnmMessage>(FmsRequest{token, *group, sub[2]}) : std::nullopt;
}

std::optional<WnmMessage>
ParseDms(BytesView element, bool response, std::uint8_t token)
{
    const std::size_t fixed = response ? 3 : 1;
    if (element.Size() < 4 + fixed || element.Size() < 4U + element[3])
    {
        return std::nullopt;
    }
    const auto descriptor = element.Sub(4, element[3]);
    const auto rest = descriptor.Sub(fixed);
    const auto group = GroupOf(rest);
    if (!group || descriptor[0] > 2)
    {
        return std::nullopt;
    }
    if (response)
    {
        return DmsResponse{token, element[2], static_cast<DmsResponse::Type>(descriptor[0]), *group, ServiceOf(rest)};
    }
    return DmsRequest{token, element[2], descriptor[0] == 1, *group, ServiceOf(rest)};
}

} // namespace

std::optional<WnmMessage>
ParseWnm(BytesView body)
{
    constexpr std::size_t FIXED = 3;
    if (body.Size() < FIXED || body[0] != CATEGORY_WNM)
    {
        return std::nullopt;
    }
    const auto token = body[2];
    const auto elements = body.Sub(FIXED);
    switch (body[1])
    {
    case FMS_REQUEST:
        return ParseFms(FindElement(elements, ELEMENT_FMS_REQUEST), false, token);
    case FMS_RESPONSE:
        return ParseFms(FindElement(elements, ELEMENT_FMS_RESPONSE), true, token);
    case DMS_REQUEST:
        return ParseDms(FindElement(elements, ELEMENT_DMS_REQUEST), false, token);
    case DMS_RESPONSE:
        return ParseDms(FindElement(elements, ELEMENT_DMS_RESPONSE), true, token);
    default:
        return std::nullopt;
    }
}

Bytes
WriteWnm(const WnmMessage& message)
{
    const auto body = std::visit([](const auto& one) { return BodyOf(one); }, message);
    Writer writer;
    writer.U8(CATEGORY_WNM).U8(body.action).U8(body.token).Append(body.elements);
    return writer.Take();
}

} // namespace mcast::wifi
