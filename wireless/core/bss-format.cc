// SPDX-License-Identifier: GPL-2.0-only

#include "bss-format.h"

#include "../../model/core/wire/ip.h"

namespace mcast::wifi
{

void
PutLittle16(Writer& writer, std::uint16_t value)
{
    writer.U8(static_cast<std::uint8_t>(value)).U8(static_cast<std::uint8_t>(value >> 8));
}

void
PutElement(Writer& writer, std::uint8_t id, const Bytes& body)
{
    if (!body.empty())
    {
        writer.U8(id).U8(static_cast<std::uint8_t>(body.size())).Append(body);
    }
}

Bytes
RateOctets(const std::vector<Rate>& basic, const std::vector<Rate>& others)
{
    constexpr std::uint8_t BASIC = 0x80;
    Bytes octets;
    for (const auto rate : basic)
    {
        octets.push_back(static_cast<std::uint8_t>(rate | BASIC));
    }
    for (const auto rate : others)
    {
        octets.push_back(static_cast<std::uint8_t>(rate));
    }
    return octets;
}

std::optional<IpPacket>
IpOf(const Msdu& msdu)
{
    if (msdu.body.size() < LLC_SNAP)
    {
        return std::nullopt;
    }
    const unsigned type = msdu.body[6] << 8U | msdu.body[7];
    if (type != 0x0800 && type != 0x86dd)
    {
        return std::nullopt;
    }
    auto packet = ParseIp(type == 0x0800 ? Family::Ipv4 : Family::Ipv6, BytesView(msdu.body).Sub(LLC_SNAP));
    return packet ? std::optional(*packet) : std::nullopt;
}

} // namespace mcast::wifi
