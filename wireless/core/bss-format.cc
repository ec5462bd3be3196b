// SPDX-License-Identifier: GPL-2.0-only

#include "bss-format.h"

#include "../../model/core/wire/ip.h"
#include "service-period.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

constexpr std::uint8_t ELEMENT_RATES = 1;
constexpr std::uint8_t ELEMENT_EXTENDED_RATES = 50;
constexpr unsigned BIT_FMS = 11;
constexpr unsigned BIT_DMS = 26;
constexpr unsigned BIT_ROBUST_AV = 51;
const Bytes WMM{0x00, 0x50, 0xf2, 2, 0, 1}; // OUI, type, subtype Information, version

bool
HasBit(BytesView element, unsigned bit)
{
    return element.Size() > 2 + bit / 8 && (element[2 + bit / 8] >> bit % 8 & 1) != 0;
}

std::vector<Rate>
RatesIn(BytesView elements)
{
    std::vector<Rate> rates;
    for (const auto id : {ELEMENT_RATES, ELEMENT_EXTENDED_RATES})
    {
        const auto element = FindElement(elements, id);
        for (std::size_t i = 2; i < element.Size(); i++)
        {
            rates.push_back(element[i] & 0x7fU);
        }
    }
    return rates;
}

// The categories of the U-APSD flags for VO, VI, BK, BE in bits 0 to 3.
std::uint8_t
DeliveryEnabled(std::uint8_t qosInfo)
{
    return static_cast<std::uint8_t>((qosInfo & 1) << 3 | (qosInfo >> 1 & 1) << 2 | (qosInfo >> 2 & 1) << 1 |
                                     (qosInfo >> 3 & 1));
}

} // namespace

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

Bytes
ExtendedCapabilities(const ServiceOffers& services)
{
    Bytes octets(8);
    const auto set = [&octets](bool on, unsigned bit) {
        octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | (on ? 1U : 0U) << bit % 8);
    };
    set(services.fms, BIT_FMS);
    set(services.dms, BIT_DMS);
    set(services.gcr, BIT_ROBUST_AV);
    return octets;
}

Bytes
WmmInformation(std::uint8_t qosInfo)
{
    auto octets = WMM;
    octets.push_back(qosInfo);
    return octets;
}

StationCapabilities
CapabilitiesIn(BytesView elements, bool qos, unsigned listenInterval)
{
    const auto extended = FindElement(elements, ELEMENT_EXTENDED_CAPABILITIES);
    const auto vendor = FindElement(elements, ELEMENT_VENDOR);
    const bool wmm = vendor.Size() >= 2 + WMM.size() && std::equal(WMM.begin(), WMM.end() - 1, vendor.Data() + 2);
    StationCapabilities capabilities;
    capabilities.listenInterval = listenInterval;
    capabilities.rates = RatesIn(elements);
    capabilities.qos = qos && wmm;
    capabilities.fms = HasBit(extended, BIT_FMS);
    capabilities.dms = HasBit(extended, BIT_DMS);
    capabilities.gcr = HasBit(extended, BIT_ROBUST_AV);
    const auto info = capabilities.qos && vendor.Size() > 2 + WMM.size() ? vendor[2 + WMM.size()] : std::uint8_t{0};
    capabilities.deliveryEnabled = DeliveryEnabled(info);
    capabilities.maxServicePeriod = ServicePeriodLimit(info);
    return capabilities;
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
