// SPDX-License-Identifier: GPL-2.0-only
// The float codes of IGMPv3 and the times they stand for: a code is the largest that is not above its value.
// Each four octets of the input are a value.

#include "base/bytes.h"
#include "check.h"
#include "wire/igmp.h"
#include "wire/record-codec.h"

#include <algorithm>

using namespace mcast;

namespace
{

constexpr std::uint32_t LARGEST = 31744;

void
CheckValue(std::uint32_t value)
{
    const auto code = ToFloatCode(value);
    const auto told = FromFloatCode(code);
    CHECK(told <= value);
    CHECK(code == 0xff ? told == LARGEST : FromFloatCode(static_cast<std::uint8_t>(code + 1)) > value);
    CHECK(ToFloatCode(told) == code);
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
        CheckValue(value);
        CheckValue(value % (LARGEST + 2));
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
