// SPDX-License-Identifier: GPL-2.0-only

#include "tim.h"

namespace mcast::wifi
{

namespace
{

constexpr std::size_t FIXED = 3;        // count, period, control
constexpr std::size_t MAP_OCTETS = 251; // of the whole map
constexpr std::uint8_t GROUP_BIT = 1;

std::uint8_t
MapOctet(const Tim& tim, std::size_t octet)
{
    std::uint8_t value = 0;
    for (std::size_t bit = 0; bit < 8; bit++)
    {
        const auto aid = octet * 8 + bit;
        if (aid != 0 && aid <= MAX_AID && tim.stations[aid])
        {
            value = static_cast<std::uint8_t>(value | 1U << bit);
        }
    }
    return value;
}

} // namespace

const char*
ToString(ElementProblem problem)
{
    switch (problem)
    {
    case ElementProblem::WrongId:
        return "wrong-id";
    case ElementProblem::Truncated:
        return "truncated";
    case ElementProblem::BadLength:
        return "bad-length";
    case ElementProblem::ZeroPeriod:
        return "zero-period";
    case ElementProblem::BadCount:
        return "bad-count";
    case ElementProblem::BadValue:
        return "bad-value";
    }
    return "";
}

Expected<Tim, ElementError>
ParseTim(BytesView element)
{
    Reader reader(element);
    const auto id = reader.U8();
    const std::size_t length = reader.U8();
    if (!reader.Ok() || reader.Left() < length)
    {
        return Unexpected{ElementError{ElementProblem::Truncated, element.Size()}};
    }
    if (id != ELEMENT_TIM)
    {
        return Unexpected{ElementError{ElementProblem::WrongId, 0}};
    }
    if (length < FIXED + 1 || length > FIXED + MAP_OCTETS)
    {
        return Unexpected{ElementError{ElementProblem::BadLength, 1}};
    }
    Tim tim;
    tim.dtimCount = reader.U8();
    tim.dtimPeriod = reader.U8();
    if (tim.dtimPeriod == 0)
    {
        return Unexpected{ElementError{ElementProblem::ZeroPeriod, 3}};
    }
    if (tim.dtimCount >= tim.dtimPeriod)
    {
        return Unexpected{ElementError{ElementProblem::BadCount, 2}};
    }
    const auto control = reader.U8();
    tim.groupTraffic = control & GROUP_BIT;
    const std::size_t first = control & 0xfeU; // N1: the offset is N1 / 2 in the bits above the lowest
    if (first + length - FIXED > MAP_OCTETS)
    {
        return Unexpected{ElementError{ElementProblem::BadLength, 4}};
    }
    for (auto aid = first * 8; aid < (first + length - FIXED) * 8; aid += 8)
    {
        const auto octet = reader.U8();
        for (std::size_t bit = 0; bit < 8; bit++)
        {
            if (octet >> bit & 1 && aid + bit != 0 && aid + bit <= MAX_AID)
            {
                tim.stations.set(aid + bit);
            }
        }
    }
    return tim;
}

Bytes
WriteTim(const Tim& tim)
{
    std::size_t first = MAP_OCTETS;
    std::size_t last = 0;
    for (std::size_t octet = 0; octet < MAP_OCTETS; octet++)
    {
        if (MapOctet(tim, octet) != 0)
        {
            first = first == MAP_OCTETS ? octet & ~std::size_t{1} : first; // N1 is even
            last = octet;
        }
    }
    if (first == MAP_OCTETS)
    {
        first = last = 0;
    }
    Writer writer;
    writer.U8(ELEMENT_TIM).U8(static_cast<std::uint8_t>(FIXED + last - first + 1));
    writer.U8(tim.dtimCount).U8(tim.dtimPeriod);
    writer.U8(static_cast<std::uint8_t>(first | (tim.groupTraffic ? GROUP_BIT : 0)));
    for (auto octet = first; octet <= last; octet++)
    {
        writer.U8(MapOctet(tim, octet));
    }
    return writer.Take();
}

BytesView
FindElement(BytesView elements, std::uint8_t id)
{
    for (std::size_t at = 0; at + 2 <= elements.Size();)
    {
        const std::size_t size = 2U + elements[at + 1];
        if (size > elements.Size() - at)
        {
            break;
        }
        if (elements[at] == id)
        {
            return elements.Sub(at, size);
        }
        at += size;
    }
    return {};
}

Bytes
WithTim(BytesView body, const Tim& tim, TimPosition position)
{
    if (body.Size() < BEACON_FIXED_SIZE)
    {
        return Bytes(body.Data(), body.Data() + body.Size());
    }
    const auto elements = body.Sub(BEACON_FIXED_SIZE);
    const auto old = FindElement(elements, ELEMENT_TIM);
    std::size_t at = 0; // in the elements
    if (old.Size() > 0)
    {
        at = static_cast<std::size_t>(old.Data() - elements.Data());
    }
    else if (position == TimPosition::Trailing)
    {
        at = elements.Size();
    }
    else
    {
        while (at + 2 <= elements.Size() && elements[at] < ELEMENT_TIM && 2U + elements[at + 1] <= elements.Size() - at)
        {
            at += 2U + elements[at + 1];
        }
    }
    Writer writer;
    writer.Append(body.Sub(0, BEACON_FIXED_SIZE + at));
    writer.Append(WriteTim(tim));
    writer.Append(elements.Sub(at + old.Size()));
    return writer.Take();
}

} // namespace mcast::wifi
