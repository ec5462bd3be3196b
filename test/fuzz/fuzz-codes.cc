// SPDX-License-Identifier: GPL-2.0-only
// The float codes of IGMPv3 and MLDv2 and the times they stand for: a code is the largest that is not above its value.
// Each four octets of the input are a value.

#include "base/bytes.h"
#include "check.h"
#include "gm/protocol.h"
#include "wire/igmp.h"
#include "wire/record-codec.h"

#include <algorithm>

using namespace mcast;

namespace
{

constexpr std::uint32_t LARGEST = 31744;

void
CheckValue(std::uint32_t value, unsigned bits)
{
    const auto code = ToFloatCode(value, bits);
    const auto told = FromFloatCode(code, bits);
    const std::uint32_t last = (16u << bits) - 1;
    CHECK(told <= value && code <= last);
    CHECK(code == last ? told == FromFloatCode(static_cast<std::uint16_t>(last), bits)
                       : FromFloatCode(static_cast<std::uint16_t>(code + 1), bits) > value);
    CHECK(ToFloatCode(told, bits) == code);
}

void
CheckMldTime(Version version, std::uint32_t ms)
{
    const auto& mld = gm::ProtocolOf(Family::Ipv6);
    const Duration time = std::chrono::milliseconds{ms};
    const auto told = mld.maxResponseTime(version, mld.maxResponseCode(version, time));
    CHECK(told <= time);
    CHECK(ms > 32767 || told == time);
}

void
CheckTime(Version version, std::uint32_t tenths)
{
    const Duration time = std::chrono::milliseconds{100} * static_cast<Duration::rep>(tenths);
    const auto code = IgmpMaxResponseCode(version, time);
    const auto told = IgmpMaxResponseTime(version, code);
    if (version == Version::V1)
    {
        CHECK(code == 0 && told == std::chrono::seconds{10});
        return;
    }
    CHECK(told <= std::max<Duration>(time, std::chrono::milliseconds{100}));
    CHECK(tenths > 127 || tenths == 0 || told == time);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Reader reader({data, size});
    while (reader.Left() >= 4)
    {
        const auto value = reader.U32();
        for (const auto bits : {4u, 12u})
        {
            CheckValue(value, bits);
            CheckValue(value % (LARGEST + 2), bits);
        }
        CheckMldTime(Version::V2, value);
        CheckMldTime(Version::V3, value);
        for (const auto version : {Version::V1, Version::V2, Version::V3})
        {
            CheckTime(version, value);
        }
    }
    for (; reader.Left() > 0;)
    {
        const auto code = reader.U8();
        CHECK(ToFloatCode(FromFloatCode(code)) == code);
    }
    return 0;
}
